"""Moment: what a picture shows of a host, as plain frozen data: images, thin layers and the bytes of each step.

Sizes are in bytes. Layers are oldest first. `note` is a word for what the last step changed, and "" for what it did
not change.
"""

from dataclasses import dataclass
from typing import Literal

from layerlab.words.printable import printable
from layerlab.words.sizes import parts

# Bytes that a real host has and no picture here shows: the line under each picture says so.
NOT_COUNTED = "not counted here: volumes, logs, build cache"


@dataclass(frozen=True, slots=True)
class StoredLayer:
    """A read-only layer of the store, stored once for all images with the same `key` (its ChainID).

    `dead` counts the bytes of this layer that layers above hide; `dead_in` names the image if others on the layer
    still show them. `hides` names what this layer hides in lower layers.
    `content` (the DiffID) is equal if the same files are stored twice, on different parents. `files` are the largest
    files with their sizes, and `more` counts the rest. `source` names the container that the last step committed.
    """

    key: str
    label: str
    size: int
    dead: int = 0
    hides: tuple[str, ...] = ()
    content: str = ""
    note: str = ""
    files: tuple[tuple[str, int], ...] = ()
    more: int = 0
    source: str = ""
    dead_in: str = ""


@dataclass(frozen=True, slots=True)
class ImageStack:
    """An image: its id, its names and its layers, oldest first."""

    id: str
    names: tuple[str, ...]
    layers: tuple[StoredLayer, ...]
    note: str = ""

    @property
    def name(self) -> str:
        """The names in one text, `<none>` for an image that has lost its last one, as Docker prints it."""
        return ", ".join(self.names) if self.names else "<none>"

    @property
    def size(self) -> int:
        """The sum of the layers' sizes."""
        return sum(layer.size for layer in self.layers)


@dataclass(frozen=True, slots=True)
class Written:
    """One thing in a thin layer: a new file, a copy of an image's file, or a whiteout that hides one.

    `size` is what it takes in the thin layer. `source` is the number of the image's layer with the original file, and
    `original` the size of that file; `source` is None for what the image does not have. A directory's `path` ends in a
    slash.
    """

    path: str
    kind: Literal["new", "copied", "hidden"]
    size: int = 0
    source: int | None = None
    original: int = 0

    @property
    def name(self) -> str:
        """The last part of the path as it can be printed, a directory's slash kept."""
        return printable(self.path[self.path.rstrip("/").rfind("/") + 1 :])


@dataclass(frozen=True, slots=True)
class ContainerCard:
    """A container: its name, its image's id, its state and what it wrote.

    `note` is "new" if the last step changed the thin layer, and "state" if it changed the state alone.
    """

    name: str
    image: str
    state: str = "running"
    size: int = 0
    written: tuple[Written, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class StepBytes:
    """The bytes on the host after one step: layers, thin layers, and what the tools' sizes add up to (`ghost`)."""

    step: str
    layers: int
    thin: int
    ghost: int

    @property
    def total(self) -> int:
        """All bytes on the host."""
        return self.layers + self.thin


@dataclass(frozen=True, slots=True)
class Moment:
    """All that one picture shows.

    >>> shop = ImageStack("5f70", ("shop",), (StoredLayer("a", "site", 25_000_000),))
    >>> now = Moment((shop,), (), (StepBytes("add", 25_000_000, 0, 25_000_000),), "shop is here.")
    >>> now.balance
    '25.0 layers + 0 thin = 25.0 MB'
    """

    images: tuple[ImageStack, ...] = ()
    containers: tuple[ContainerCard, ...] = ()
    history: tuple[StepBytes, ...] = ()
    sentence: str = ""

    @property
    def layers(self) -> dict[str, StoredLayer]:
        """Every stored layer once, by its key."""
        return {layer.key: layer for image in self.images for layer in image.layers}

    @property
    def bytes(self) -> StepBytes:
        """The host's bytes now. The ghost adds up `virtual`, or the images' SIZE where there is no container."""
        layers = sum(layer.size for layer in self.layers.values())
        thin = sum(container.size for container in self.containers)
        sizes = {image.id: image.size for image in self.images}
        # This is the sum of what tools print, in which shared layers count several times.
        virtual = sum(container.size + sizes[container.image] for container in self.containers)
        return StepBytes("", layers, thin, virtual if self.containers else sum(sizes.values()))

    @property
    def balance(self) -> str:
        """The line under the picture: layers and thin layers, printed so that they add up to the total."""
        now = self.bytes
        (layers, thin), total = parts([now.layers, now.thin])
        return f"{layers} layers + {thin} thin = {total}"
