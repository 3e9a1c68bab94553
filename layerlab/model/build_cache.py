"""Build cache: what builders remember of steps that they ran, and when they forget it.

The classic builder and Podman look at the images of the host, so a step is forgotten with the last image that was made
on top of it. BuildKit keeps a store of its own, and remembers the files that it was sent.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from layerlab.model.entry import Entry
from layerlab.model.image import Image
from layerlab.model.layer import Layer

Parts = Mapping[str, object]
STATES: Mapping[str, str] = {
    "run": "runs",
    "hit": "reused",
    "from": "base",
    "no-step": "metadata alone",
    "not-run": "not needed",
}
"""What a build does with a line, in the words of every list and picture."""


def key_of(below: str, parts: object) -> str:
    """Return the key of a step: the sha256 of what is below it and of its parts.

    >>> key_of("", {"command": "true"})[:12]
    'f0203216e661'
    """
    return hashlib.sha256(json.dumps([below, parts], sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Cached:
    """A step as it was run: what was below, the parts of its key, and the image and layer that it made.

    >>> Cached("", "RUN", {"command": "true"}, Image(), None).layer is None
    True
    """

    below: str
    keyword: str
    parts: Parts
    image: Image
    layer: Layer | None


@dataclass
class BuildCache:
    """The memory of one host's builders.

    >>> BuildCache().prune()
    """

    steps: dict[str, dict[str, Cached]] = field(default_factory=lambda: defaultdict(dict))
    """By builder, and then by key."""
    sent: dict[str, Entry] = field(default_factory=dict)
    """The files that BuildKit has of the context."""
    builds: int = 0
    _made: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))

    def keep(self, builder: str, image: Image, keys: Iterable[str]) -> None:
        """Note that an image was made by these steps of a builder whose cache is in the images."""
        self._made[builder, image.id].update(keys)

    def forget(self, image: Image) -> None:
        """Forget the steps of an image that left the host, where no other image is on top of them."""
        if not self._made:
            return  # to ask for an id may hash every layer
        for place in [place for place in self._made if place[1] == image.id]:
            gone = self._made.pop(place)
            left = set().union(*(keys for (builder, _), keys in self._made.items() if builder == place[0]))
            for key in gone - left:
                self.steps[place[0]].pop(key, None)

    def prune(self) -> None:
        """Empty what BuildKit keeps, as `docker builder prune --all` does; the images stay."""
        self.steps.pop("buildkit", None)
        self.sent.clear()
