"""Demands: what a build must keep to, so that a pipeline fails with a line for each thing that it does not.

docker save shop | layerlab inspect - --max-dead 20MB --min-live 0.95 --no-secrets
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction

from layerlab.model.explain import Report
from layerlab.model.image import Image
from layerlab.words.digests import short_digest
from layerlab.words.printable import printable
from layerlab.words.sizes import size

FAILED = 3
"""The exit code of a command whose gate an image does not pass. 1 is bad input and 2 a wrong command line."""


def share(live: Fraction) -> str:
    """Return a share with three digits, rounded down, so that what is printed is never more than what there is.

    >>> share(Fraction(9499, 10_000)), share(Fraction(1))
    ('0.949', '1.000')
    """
    thousandths = int(live * 1000)
    return f"{thousandths // 1000}.{thousandths % 1000:03}"


@dataclass(frozen=True)
class Demands:
    """What every image has to keep to; None stands for no limit.

    `allowed` are places that are no secrets, such as keys of tests, with * for any letters.

    >>> image = shop().images["shop"]
    >>> list(Demands(max_size=300_000_000).failures(image, explain(image)))
    ['e417ed87c461: it is 319 MB, --max-size allows 300 MB']
    """

    max_dead: int | None = None
    min_live: Fraction | None = None
    max_size: int | None = None
    no_secrets: bool = False
    allowed: tuple[str, ...] = ()

    def failures(self, image: Image, report: Report) -> Iterator[str]:
        """Yield a line for each thing that an image does not keep to."""
        name = printable(", ".join(image.names)) or short_digest(image.id)
        dead = sum(layer.dead for layer in report.layers)
        if self.max_dead is not None and dead > self.max_dead:
            (largest, *_) = report.dead
            most = f"{size(largest.bytes)} of it is {printable(largest.path)} in layer {largest.layer}"
            yield f"{name}: {size(dead)} are dead, --max-dead allows {size(self.max_dead)}: {most}"
        if self.min_live is not None and report.live < self.min_live:
            yield f"{name}: {share(report.live)} of its bytes are live, --min-live asks for {float(self.min_live)}"
        if self.max_size is not None and image.size > self.max_size:
            yield f"{name}: it is {size(image.size)}, --max-size allows {size(self.max_size)}"
        if self.no_secrets:
            from layerlab.model.credentials import credentials  # what it looks for takes a while to prepare

            for found in credentials(image, report):
                if any(fnmatchcase(found.place, pattern.lstrip("/")) for pattern in self.allowed):
                    continue
                yield f"{name}: {printable(str(found))}"
