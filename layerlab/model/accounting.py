"""Accounting: who takes which bytes on a host, in columns that add up.

A layer is stored once, under its ChainID, even if many images use it. `size` counts a shared layer for each of its
images, and `unique` counts it for none of them. `fair` splits a layer evenly among its images, so only the sum of
`fair` is the size of the disk.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from types import MappingProxyType
from typing import NamedTuple

from layerlab.model.arguments import words
from layerlab.model.container import Container, State
from layerlab.model.frozen import frozen
from layerlab.model.image import Image
from layerlab.model.mounts import Volume

READ_ONLY = "usage is read-only: it is what was counted at one moment"


@dataclass(frozen=True)
class LayerUsage:
    """A stored layer: its bytes, and the ids of the images that stand on it.

    >>> LayerUsage(90_000_000, ("sha256:00",)).size
    90000000
    """

    size: int
    users: tuple[str, ...]


@dataclass(frozen=True)
class ImageUsage:
    """One image's share of a host, in bytes.

    `size` is all its layers, `shared` those that another image uses too, `unique` the rest, and `fair` (a Fraction)
    splits each layer evenly among the images on it.

    >>> ImageUsage("sha256:00", ("shop",), 30, 20, Fraction(20)).unique
    10
    """

    id: str
    names: tuple[str, ...]
    size: int
    shared: int
    fair: Fraction

    @property
    def unique(self) -> int:
        """Bytes in layers that no other image uses now."""
        return self.size - self.shared


@dataclass(frozen=True)
class ContainerUsage:
    """One container's thin layer, `size_rw`, and its `virtual_size`, which counts the image in again (bytes).

    `log` is what it printed, a file of the host, and `tmpfs` memory that it uses; both are in no sum.

    >>> ContainerUsage("web", "sha256:00", "running", 1, 100).virtual_size
    101
    """

    name: str
    image: str
    state: State
    size_rw: int
    image_size: int
    log: int = 0
    tmpfs: int = 0

    @property
    def virtual_size(self) -> int:
        """The thin layer and the whole image. Adding these up counts a shared image once for each container."""
        return self.size_rw + self.image_size


@dataclass(frozen=True)
class VolumeUsage:
    """One volume's bytes, and the names of the containers that mount it, stopped ones too.

    >>> VolumeUsage("orders", 12, ()).users
    ()
    """

    name: str
    size: int
    users: tuple[str, ...]
    anonymous: bool = False


class ImageRows(Mapping[str, ImageUsage]):
    """One row for each image id, found by the id or any of its names; iterating gives one key for each row.

    >>> rows = ImageRows([ImageUsage("sha256:00", ("shop", "shop:2"), 30, 20, Fraction(20))])
    >>> list(rows), rows["shop:2"].size, rows["shop:latest"].size
    (['shop'], 30, 30)
    """

    def __init__(self, rows: Iterable[ImageUsage]) -> None:
        self._rows = {(row.names or (row.id,))[0]: row for row in rows}
        self._keys = {key: row for row in self._rows.values() for key in (row.id, *row.names)}

    def __getitem__(self, name: str) -> ImageUsage:
        return self._keys[name.removesuffix(":latest")]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


@dataclass(frozen=True)
class Usage:
    """A host's books at one moment, in bytes: `disk` is every layer once, `total` adds the thin layers.

    `volumes` has a row for each volume. `beside` is what is kept besides, in none of these sums: volumes, logs, tmpfs
    (which is memory), an engine's build cache; None where an engine does not tell how much. Folders of the host that
    are mounted count nowhere: they are not the engine's.

    >>> usage = Host().usage()
    >>> usage.disk, usage.total, sum(row.fair for row in usage.images.values())
    (0, 0, 0)
    """

    images: ImageRows
    layers: Mapping[str, LayerUsage]
    containers: Mapping[str, ContainerUsage]
    beside: Mapping[str, int | None] = field(default_factory=dict)
    volumes: Mapping[str, VolumeUsage] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "beside", frozen(self.beside, READ_ONLY))
        object.__setattr__(self, "volumes", MappingProxyType(dict(self.volumes)))

    @property
    def disk(self) -> int:
        """Bytes in image layers, each stored layer once."""
        return sum(layer.size for layer in self.layers.values())

    @property
    def thin(self) -> int:
        """Bytes in the containers' thin layers."""
        return sum(container.size_rw for container in self.containers.values())

    @property
    def total(self) -> int:
        """Bytes on the host: `disk` and all thin layers."""
        return self.disk + self.thin

    def reclaim(self, names: Collection[str]) -> int:
        """Return the bytes that come back when all of `names` (images and containers) are removed together.

        A layer comes back when its every user is in the set, and a container that stays keeps its image's layers; a
        container in the set also gives its thin layer back. An image goes with all its names or its id. An unknown
        name raises KeyError.

        >>> host = Host()
        >>> image = scratch.with_layer(Layer.of({"srv/data": filler(25_000_000)}))
        >>> host.add(image, "shop:1")
        >>> host.add(image.with_config(env={"A": "1"}), "shop:2")
        >>> usage = host.usage()
        >>> usage.reclaim({"shop:1"}), usage.reclaim({"shop:2"}), usage.reclaim({"shop:1", "shop:2"})
        (0, 0, 25000000)
        """
        going = self._known(names)
        thin = sum(row.size_rw for row in self.containers.values() if row.name in going)
        return thin + sum(self.layers[chain_id].size for chain_id in self.freed(names))

    def freed(self, names: Collection[str]) -> frozenset[str]:
        """Return the ChainIDs of the layers that come back with `names`: those that nothing else would use.

        >>> Host().usage().freed(())
        frozenset()
        """
        going = self._known(names)
        removed = {
            row.id for row in self.images.values() if row.id in going or (row.names and going.issuperset(row.names))
        }
        # A stopped container needs its image too: only a container that is removed with the image frees it.
        staying = {row.image for row in self.containers.values() if row.name not in going}
        gone = removed - staying
        return frozenset(chain_id for chain_id, layer in self.layers.items() if gone.issuperset(layer.users))

    def _known(self, names: Collection[str]) -> set[str]:
        going = {name.removesuffix(":latest") for name in words(names, "names")}
        for name in going:
            if name not in self.images and name not in self.containers:
                known = ", ".join([*self.images, *self.containers]) or "none"
                raise KeyError(f"no image or container is called {name!r}: take one of {known}")
        return going


class LayerStack(NamedTuple):
    """What of an image is counted: its id, its names, and each height's ChainID with the layer's bytes, 0 first.

    >>> LayerStack("sha256:00", ("shop",), (("sha256:01", 30),)).size
    30
    """

    id: str
    names: tuple[str, ...]
    layers: tuple[tuple[str, int], ...]

    @property
    def size(self) -> int:
        """The sum of the layers' bytes."""
        return sum(size for _, size in self.layers)


def account(
    images: Iterable[tuple[Image, Iterable[str]]], containers: Iterable[Container], volumes: Iterable[Volume] = ()
) -> Usage:
    """Count a host's images, each with its names, its containers, and its volumes.

    >>> account([], []).total
    0
    """
    containers = list(containers)
    counted = count((_stack(image, names) for image, names in images), map(_container_row, containers))
    rows = {volume.name: _volume_row(volume, containers) for volume in volumes}
    beside = {
        "volumes": sum(row.size for row in rows.values()),
        "logs": sum(row.log for row in counted.containers.values()),
        "tmpfs": sum(row.tmpfs for row in counted.containers.values()),
    }
    return replace(counted, volumes=rows, beside={what: size for what, size in beside.items() if size})


def count(images: Iterable[LayerStack], containers: Iterable[ContainerUsage]) -> Usage:
    """Count images of which only ids, names and sizes are known, and containers.

    >>> count([LayerStack("sha256:00", ("shop:latest",), (("sha256:01", 30),))], []).images["shop"].fair
    Fraction(30, 1)
    """
    stacks = [image._replace(names=tuple(name.removesuffix(":latest") for name in image.names)) for image in images]
    sizes: dict[str, int] = {}
    users: dict[str, list[str]] = {}
    for image in stacks:
        for chain_id, size in image.layers:
            sizes[chain_id] = size
            users.setdefault(chain_id, []).append(image.id)
    return Usage(
        ImageRows(_image_row(image, users) for image in stacks),
        MappingProxyType({chain_id: LayerUsage(size, tuple(users[chain_id])) for chain_id, size in sizes.items()}),
        MappingProxyType({container.name: container for container in containers}),
    )


def _stack(image: Image, names: Iterable[str]) -> LayerStack:
    sizes = (layer.size for layer in image.layers)
    return LayerStack(image.id, tuple(names), tuple(zip(image.chain_ids, sizes, strict=True)))


def _image_row(image: LayerStack, users: Mapping[str, list[str]]) -> ImageUsage:
    shared = sum(size for chain_id, size in image.layers if len(users[chain_id]) > 1)
    # Fractions, because thirds of a byte would not add up exactly as floats.
    fair = sum((Fraction(size, len(users[chain_id])) for chain_id, size in image.layers), Fraction(0))
    return ImageUsage(image.id, image.names, image.size, shared, fair)


def _container_row(container: Container) -> ContainerUsage:
    return ContainerUsage(
        container.name, container.image.id, container.state, container.size_rw, container.image.size,
        len(container.log), container.tmpfs_size,
    )  # fmt: skip


def _volume_row(volume: Volume, containers: Iterable[Container]) -> VolumeUsage:
    users = [each.name for each in containers if any(mount.source is volume for mount in each.mounts)]
    return VolumeUsage(volume.name, volume.size, tuple(users), volume.anonymous)
