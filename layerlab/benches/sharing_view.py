"""The live page of the sharing bench: three inputs, the picture, and what might go, which one marks by pressing it."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from layerlab.benches.bench_view import (
    Counted,
    PageValues,
    button,
    choice,
    number_of_containers,
    one_of,
    run_as_typed,
    stepping,
)
from layerlab.model.image import Image
from layerlab.picture.living import Living
from layerlab.words.digests import short_digest
from layerlab.words.sizes import size

# Bytes: nothing, one byte, a page of the shop, and sizes beside the catalog's 20 MB.
NEW = (0, 1, 5_000, 1_000_000, 50_000_000)


class Sharing(Counted, Protocol):
    """What this page needs of a bench."""

    files: Mapping[str, tuple[str, ...]]
    images: Mapping[str, Image]

    @property
    def names(self) -> list[str]: ...
    @property
    def going(self) -> Iterable[str]: ...
    def rewrite(self, what: str) -> None: ...
    def write(self, new: int) -> None: ...
    def pick(self, *names: str) -> None: ...


class SharingPage(PageValues):
    """A sharing bench as a page; a press on an image or a container marks it, and takes the mark off again."""

    def __init__(self, bench: Sharing, most: int, every: str) -> None:
        self.bench, self.most, self.every = bench, most, every
        super().__init__(bench)

    def controls(self) -> str:
        """Return the inputs and the steps."""
        now = self.bench.now
        count = number_of_containers(now.containers, self.most)
        files = choice("Each rewrites", "rewrite", [(each, each) for each in self.bench.files], now.rewritten)
        new = choice("and adds", "write", [(size(each), each) for each in sorted({*NEW, now.new})], now.new)
        return count + files + new + stepping()

    def beside(self) -> str:
        """Return a button for each thing that might go."""
        names = "".join(button(name, f"pick:{name}", pressed=name in self.bench.now.going) for name in self.bench.names)
        return (
            '<div class="acts layerlab-going" data-key="going" role="group" aria-label="What is freed if you remove:">'
            f"<span>What is freed if you remove:</span>{names}</div>"
        )

    def pressed(self, key: str) -> None:
        """Fill in an input, or mark what might go."""
        bench, (kind, _, name) = self.bench, key.partition(":")
        if kind in ("pick", "image", "card"):
            if kind == "image":
                name = next(each for each, image in bench.images.items() if short_digest(image.id) == name)
            # Of many containers none has a button, so a press on a card picks all of them.
            elif name not in bench.names:
                name = self.every
            # A set has no order. Sorted, the transcript is the same each time.
            bench.pick(*sorted(bench.now.going ^ {name}))
        elif key == "run":
            run_as_typed(bench, self.form["run"])
        elif key == "rewrite":
            bench.rewrite(one_of(list(bench.files), self.form["rewrite"]))
        elif key == "write":
            bench.write(int(self.form["write"]))

    def chosen(self) -> Iterable[str]:
        """Yield the keys of the marks that might go."""
        going = self.bench.now.going
        yield from (f"image:{short_digest(image.id)}" for name, image in self.bench.images.items() if name in going)
        yield from (f"card:{name}" for name in self.bench.going)


def view(bench: Sharing, most: int, every: str) -> Living:
    """Return a widget that shows a sharing bench with at most so many containers; `every` is the name for all of them.

    A press only changes the bench's state.
    """
    return SharingPage(bench, most, every).living
