"""Moment: what a picture shows of a host, as plain frozen data: images, thin layers and the bytes of each step.

Sizes are in bytes. Layers are oldest first. `note` is a word for what the last step changed, and "" for what it did
not change.
"""

from dataclasses import dataclass
from typing import Literal

from layerlab.words.printable import printable
from layerlab.words.sizes import printed_parts, size

# Bytes that a real host has and no picture here shows: the line under each picture says so.
NOT_COUNTED = "not counted here: volumes, logs, build cache"
READ_ONLY = ", read-only"
"""What is behind the path of a mount that nobody can write to."""

# What each kind of place is called where its bytes are summed up.
_SUMS = {"volume": "volumes", "folder": "folders", "tmpfs": "tmpfs", "log": "logs"}


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
class Outside:
    """A place outside every layer and thin layer: a volume, a folder of the host, a container's tmpfs, or its log.

    `name` is the volume's, the folder's path, or for a tmpfs and a log the container's. `users` are the containers that
    mount it, and `at` the paths where they do. `again` are those of its bytes that another place has too, because one
    folder lies in the other. `note` is "new" if the last step changed it. `source` says where the bytes of the last
    step came from: the key of a mark.

    >>> Outside("volume", "orders", 20, ("web",)).called
    'the volume orders'
    """

    kind: Literal["volume", "folder", "tmpfs", "log"]
    name: str
    size: int = 0
    users: tuple[str, ...] = ()
    at: tuple[str, ...] = ()
    again: int = 0
    anonymous: bool = False
    note: str = ""
    source: str = ""

    @property
    def key(self) -> str:
        """What is the same for this place in every picture."""
        # Files that were given without a folder have no path: then their users and places tell them apart.
        return f"outside:{self.kind}:{printable(self.name or ' '.join((*self.users, *self.at)))}"

    @property
    def called(self) -> str:
        """How a sentence names it."""
        name = printable(self.name)
        if self.kind == "volume":
            return "a volume without a name" if self.anonymous else f"the volume {name}"
        if self.kind == "folder":
            return f"the folder {name} of the host" if name else "a folder of the host"
        return f"{name}'s {self.kind}"


@dataclass(frozen=True, slots=True)
class StepBytes:
    """The bytes on the host after one step: layers, thin layers, and what the tools' sizes add up to (`ghost`).

    `outside` are bytes of volumes, folders of the host, tmpfs and logs.
    """

    step: str
    layers: int
    thin: int
    ghost: int
    outside: int = 0

    @property
    def sized(self) -> int:
        """The bytes that a SIZE counts: layers and thin layers."""
        return self.layers + self.thin

    @property
    def total(self) -> int:
        """All bytes on the host."""
        return self.sized + self.outside


@dataclass(frozen=True, slots=True)
class Moment:
    """All that one picture shows.

    >>> shop = ImageStack("5f70", ("shop",), (StoredLayer("a", "site", 25_000_000),))
    >>> now = Moment((shop,), (), (StepBytes("add", 25_000_000, 0, 25_000_000),), "shop is here.")
    >>> now.balance
    '25.0 MB in layers + 0 B in thin layers = 25.0 MB'
    """

    images: tuple[ImageStack, ...] = ()
    containers: tuple[ContainerCard, ...] = ()
    history: tuple[StepBytes, ...] = ()
    sentence: str = ""
    places: tuple[Outside, ...] = ()

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
        outside = sum(place.size - place.again for place in self.places)
        return StepBytes("", layers, thin, virtual if self.containers else sum(sizes.values()), outside)

    @property
    def balance(self) -> str:
        """The line under the picture: layers, thin layers and what is outside, printed so that they add up."""
        now = self.bytes
        if self.places:
            (layers, thin, outside), total = printed_parts([now.layers, now.thin, now.outside])
            return f"{layers} in layers + {thin} in thin layers + {outside} outside = {total}"
        # Each part has its unit: a bare number before "layers" would be read as a count of layers.
        (layers, thin), total = printed_parts([now.layers, now.thin])
        return f"{layers} in layers + {thin} in thin layers = {total}"

    @property
    def uncounted(self) -> str:
        """What no SIZE counts: the bytes of each kind of place where there are any, and what no picture shows.

        >>> Moment().uncounted
        'not counted here: volumes, logs, build cache'
        >>> Moment(places=(Outside("volume", "orders", 20), Outside("log", "web", 5))).uncounted
        'outside: volumes 20 B, logs 5 B; not counted: build cache'
        """
        if not self.places:
            return NOT_COUNTED
        found = {kind: sum(place.size - place.again for place in self.places if place.kind == kind) for kind in _SUMS}
        held = [f"{words} {size(found[kind])}" for kind, words in _SUMS.items() if found[kind]]
        return f"outside: {', '.join(held) or '0 B'}; not counted: build cache"
