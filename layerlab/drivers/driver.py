"""Drivers: what the same containers take on a disk, by how their storage driver keeps layers and changed files.

A container's operations are the same with every driver, and so is the SIZE that `docker ps -s` prints, which counts
bytes of files. Drivers differ in what the disk stores for it. A driver is a policy that reads what the operations did:

- overlay2 keeps each layer once and merges layers when a file is read. The first change of a file copies it whole.
- metacopy is overlay2 with one mount option: a change of mode, owner or time copies no bytes of the file.
- btrfs gives each container a snapshot, a tree of its own whose blocks it shares. A change copies single blocks.
- xfs gives each container a copy made of reflinks: shared blocks too, of which a change copies a group.
- vfs gives each layer and each container a whole copy. Docker makes two for a container, because it copies the image
  for the container's `-init` layer (hosts, resolv.conf) and that layer for the container.

Bytes of files are counted in whole blocks, as they are allocated. What a file system keeps beside them (inodes, names,
trees of blocks) is estimated; `DiskBytes.nodes` says how many nodes of 16 KiB may differ. Measured on Linux 6.18: ext4,
btrfs and XFS as mkfs makes them. Files that an engine keeps beside a container, such as its configuration, are not
counted. Nor is what a file system sets aside or frees late: XFS reserves blocks behind the end of a file that grows,
and btrfs frees a run of blocks that was written at once only when nothing uses any block of it.
"""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from operator import attrgetter
from types import MappingProxyType
from typing import Literal, NamedTuple

from layerlab.model.arguments import word
from layerlab.model.container import Container
from layerlab.model.content import PAGE
from layerlab.model.entry import Entry
from layerlab.model.frozen import ReadOnly
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.model.inode import Inode
from layerlab.model.layer import Layer
from layerlab.model.layerlab_error import LayerlabError
from layerlab.model.lookup import Found
from layerlab.model.store import shared_layers
from layerlab.model.union import Node

NODE = 16_384
"""Bytes of one node of a file system's metadata: what btrfs reads and writes of it at once."""

# Inodes of 512 bytes, as on XFS, in one node. One change may write 4 nodes: that of the inode, those above it, and the
# tree that counts who uses a block. Each of the first inodes, with its names, may lie in a node of its own.
PER_NODE, FEWEST_NODES, APART = NODE // 512, 4, 4

EngineName = Literal["docker", "podman"]


class DriverError(LayerlabError, ValueError):
    """A driver or a size of blocks that does not exist, in one line.

    >>> disk(Host(), "aufs")
    Traceback (most recent call last):
    layerlab.drivers.driver.DriverError: no driver is called 'aufs': take one of overlay2, metacopy, btrfs, xfs, vfs
    """


class DiskBytes(NamedTuple):
    """What a disk stores of something: bytes of files in whole blocks, bytes of metadata, and files and directories.

    `parts` is how many layers and containers this is about.

    >>> DiskBytes(4096, 16_384, 1).bytes
    20480
    """

    data: int = 0
    metadata: int = 0
    inodes: int = 0
    parts: int = 1

    @property
    def bytes(self) -> int:
        """All bytes on the disk."""
        return self.data + self.metadata

    @property
    def nodes(self) -> int:
        """Nodes of metadata, 16 KiB each, by which the bytes may differ from what a real disk stores."""
        touched = abs(self.inodes)
        return FEWEST_NODES * max(self.parts, 1) + min(touched, APART) + -(-touched // PER_NODE)

    @property
    def tolerance(self) -> int:
        """Bytes by which a real disk may differ: 16 KiB for each node, or 2 % where that is more."""
        return max(NODE * self.nodes, abs(self.bytes) // 50)

    def times(self, number: int) -> "DiskBytes":
        """Return so many of this."""
        return DiskBytes(*(number * each for each in self))


def total(parts: Iterable[DiskBytes]) -> DiskBytes:
    """Return what several things take together.

    >>> total([DiskBytes(4096), DiskBytes(0, 16_384)])
    DiskBytes(data=4096, metadata=16384, inodes=0, parts=2)
    """
    return DiskBytes(*map(sum, zip(DiskBytes(parts=0), *parts, strict=True)))


def _difference(now: DiskBytes, before: DiskBytes) -> DiskBytes:
    """Return what is stored now and was not before, as one part."""
    return DiskBytes(*(mine - other for mine, other in zip(now, before, strict=True)))._replace(parts=1)


class Backing(NamedTuple):
    """The file system that a driver writes to: bytes of a block, and of what it keeps beside the blocks.

    `inode` is the metadata of each file that takes new space, 0 where mkfs made room for all. A file of up to `inline`
    bytes needs no block, nor does a symlink of up to `symlink`, nor a directory whose names take up to `directory`.

    >>> EXT4.blocks(1), EXT4.blocks(4097), EXT4.folder(0)
    (4096, 8192, 4096)
    """

    name: str
    block: int
    inode: int
    inline: int
    symlink: int
    directory: int
    entry: int

    def blocks(self, size: int) -> int:
        """Return the bytes of as many blocks as `size` bytes need."""
        return -(-size // self.block) * self.block

    def folder(self, names: int) -> int:
        """Return the bytes of a directory's own blocks, for so many names."""
        size = names * self.entry
        return 0 if size <= self.directory else max(self.block, self.blocks(size))


# A directory of 1,000 names took 28 to 32 KiB on ext4 and XFS. On btrfs names lie in the nodes, with their inodes:
# 1,000 files of two blocks took 639 KB there. A directory of ext4 always has a block, hence -1.
EXT4 = Backing("ext4", 4096, 0, 0, 59, -1, 28)
BTRFS = Backing("btrfs", 4096, 640, 2048, 2048, 1 << 62, 0)
XFS = Backing("XFS", 4096, 512, 0, 300, 300, 28)

# Directories that a container has of its own with overlay2: its folder, upper, work, work/work and merged.
OWN_FOLDERS = 5
# Bytes that a btrfs snapshot's tree gets for each inode that is changed in it: the inode, its names, its extents.
CHANGED_INODE = 360
# XFS copies a block that is shared together with those around it, 32 blocks (cowextsize, xfs_io(8)).
COW_BLOCKS = 32
GROUPS: Mapping[str, int] = MappingProxyType({"xfs": 65_536})
"""Bytes that a driver copies at once where drivers are compared: XFS is told so by a hint, which replaces 128 KiB."""


class CachedFile(NamedTuple):
    """What the page cache knows a file by: the container that alone has it, None for a layer's, and its inode."""

    owner: Container | None
    file: Hashable


def in_layer(image: Image, entry: Entry) -> CachedFile:
    """Return a file of an image's layer: the same for each image that has this layer, and all below it.

    >>> image = scratch.with_layer(Layer.of({"etc/motd": b"hi"}))
    >>> entry = image.view()["etc/motd"]
    >>> in_layer(image, entry) == in_layer(image.with_layer(Layer.of({"a": b""})), entry)
    True
    """
    # union.merge puts a layer's number + 1 into the bits from 32 up. Layers are told apart without hashing them.
    height = entry.inode >> 32
    return CachedFile(None, (tuple(map(id, image.layers[:height])), entry.inode & 0xFFFFFFFF))


@dataclass(frozen=True)
class Driver(ABC):
    """How a storage driver keeps layers and containers; `rule` is one sentence for people.

    `moves_folders` tells whether a folder of the image can be renamed in place; else rename(2) fails with EXDEV.
    `copies_up` tells whether the first change of a file copies it into a new inode. `trees` is how many copies or
    snapshots of the image Docker makes for one container.

    >>> DRIVERS["overlay2"].moves_folders, DRIVERS["btrfs"].moves_folders
    (False, True)
    """

    name: str
    rule: str
    backing: Backing
    moves_folders: bool
    trees = 1
    copies_up = False

    @abstractmethod
    def layers(self, images: Iterable[Image]) -> DiskBytes:
        """Return what the layers of some images take, each stored layer once."""

    @abstractmethod
    def start(self, image: Image) -> DiskBytes:
        """Return what a new container takes before it writes."""

    @abstractmethod
    def written(self, container: Container) -> DiskBytes:
        """Return what a container takes more since it started, which is below 0 where it freed some of its copy."""

    @abstractmethod
    def cached_as(self, container: Container, found: Found) -> "CachedFile":
        """Return what the page cache knows a file by: equal for containers that share the file's pages."""

    @abstractmethod
    def own(self, found: Found) -> tuple[range, ...]:
        """Return which bytes of a container's file are stored for it alone: runs of whole blocks, in order."""

    def _whole(self, found: Found) -> tuple[range, ...]:
        size = file_size(found)
        return (range(self.backing.blocks(size)),) if size else ()

    def _file(self, entry: Entry) -> int:
        """Return the bytes of blocks that a whole file, or what else is no directory, takes."""
        if entry.kind == "symlink":
            length = len(entry.target.encode("utf-8", "surrogateescape"))
            return self.backing.blocks(length) if length > self.backing.symlink else 0
        return self.backing.blocks(entry.size) if entry.size > self.backing.inline else 0

    def _filled(self, inode: Inode) -> int:
        """Return the same for a file of a container, whose holes take nothing."""
        if inode.pages is None:
            return self._file(inode.entry())
        return self.backing.blocks(inode.pages.filled * PAGE) if inode.size > self.backing.inline else 0


@dataclass(frozen=True)
class UnionDriver(Driver):
    """Layers that are stored once and merged when a file is read: overlay2, with metacopy or without.

    >>> DRIVERS["overlay2"].start(scratch).bytes
    20480
    """

    metacopy: bool = False
    copies_up = True

    def layers(self, images: Iterable[Image]) -> DiskBytes:
        """Return the bytes of each layer's own files and folders."""
        return total(self._layer(image.layers[height]) for image, height in _heights(images))

    def start(self, image: Image) -> DiskBytes:  # noqa: ARG002 - the price of a start is the same for each image
        """Return five empty folders, whatever the image's size."""
        return DiskBytes(0, OWN_FOLDERS * self.backing.folder(0), OWN_FOLDERS)

    def written(self, container: Container) -> DiskBytes:
        """Return the thin layer: copied files whole, new files, and the folders around them."""
        names = _names(path for path, _ in container.thin)
        # Whiteouts take nothing: overlayfs makes all of them links to one inode.
        inodes = {id(inode): inode for _, inode in container.thin if inode is not None}
        bare = [inode for inode in inodes.values() if self.metacopy and inode.metadata_only]
        data = sum(self._filled(inode) for inode in inodes.values() if inode.kind != "directory")
        data -= sum(map(self._filled, bare))
        folders = [path for path, inode in container.thin if inode is not None and inode.kind == "directory"]
        metadata = sum(self.backing.folder(names[path]) for path in folders)
        # ext4 stores equal attributes of files once, in one block of their own.
        return DiskBytes(data, metadata + (self.backing.block if bare else 0), len(container.thin))

    def cached_as(self, container: Container, found: Found) -> "CachedFile":
        """Return the file of the layer, which all containers on it read, until this one has bytes of its own."""
        inode = found.upper
        if inode is None:
            assert found.lower is not None
            return in_layer(container.image, found.lower.entry)
        if self.metacopy and inode.metadata_only and inode.origin is not None:
            return in_layer(container.image, inode.origin)
        return CachedFile(container, inode)

    def own(self, found: Found) -> tuple[range, ...]:
        """Return the whole file once it was copied."""
        inode = found.upper
        return () if inode is None or (self.metacopy and inode.metadata_only) else self._whole(found)

    def _layer(self, layer: Layer) -> DiskBytes:
        names = _names(layer.entries)
        files = list(_own_files(layer))
        folders = {"", *(path for path, entry in layer.entries.items() if entry.kind == "directory")}
        metadata = sum(self.backing.folder(names[path]) for path in folders)
        return DiskBytes(sum(map(self._file, files)), metadata, len(files) + len(folders))


@dataclass(frozen=True)
class TreeDriver(Driver):
    """A tree of its own for each layer and each container: snapshots, copies made of reflinks, or plain copies.

    Where blocks are shared (`shares`) a change copies each block that it touches, `group` blocks at once; else the tree
    has all bytes already, and a change costs nothing more. A `snapshot` is made in one step: its inodes are shared too.

    >>> DRIVERS["vfs"].start(shop().images["shop"]).data
    322678784
    """

    shares: bool = True
    snapshot: bool = False
    group: int = 1
    trees: int = 1

    def layers(self, images: Iterable[Image]) -> DiskBytes:
        """Return a tree for each layer: that of the layer below with the layer's own files in it."""
        return total(self._layer(image, height) for image, height in _heights(images))

    def start(self, image: Image) -> DiskBytes:
        """Return a tree like the image's."""
        if self.snapshot:
            return DiskBytes(0, NODE, 1)
        tree = _tree_of(self, image.index)
        return tree._replace(data=0) if self.shares else tree

    def written(self, container: Container) -> DiskBytes:
        """Return the blocks that are its own since it started."""
        inodes = {id(inode): inode for _, inode in container.thin if inode is not None and inode.kind != "directory"}
        data, touched = sum(map(self._own, inodes.values())), len(container.thin)
        if self.snapshot:
            # One node is the leaf with the first changed inode; the tree's root is the container's since it started.
            return DiskBytes(data, NODE * (1 + touched * CHANGED_INODE // NODE) if touched else 0, touched)
        if not touched:
            return DiskBytes()
        change = _difference(self.tree(container.both_sides), self.start(container.image))
        change = change._replace(inodes=max(touched, abs(change.inodes)))
        return change._replace(data=data) if self.shares else change

    def cached_as(self, container: Container, found: Found) -> "CachedFile":
        """Return the container's own file: even where blocks are shared, each tree has an inode of its own."""
        # A file of the image keeps its inode in the container's tree when the container changes the file.
        entry = found.upper.origin if found.upper is not None else None
        if found.lower is not None and found.upper is None:
            entry = found.lower.entry
        if entry is None:
            return CachedFile(container, found.upper)
        return CachedFile(container, in_layer(container.image, entry).file)

    def own(self, found: Found) -> tuple[range, ...]:
        """Return the blocks that were copied or added, or the whole file where nothing is shared."""
        inode = found.upper
        if not self.shares or (inode is not None and inode.origin is None):
            return self._whole(found)
        if inode is None or inode.pages is None:
            return ()
        block = self.backing.block
        return tuple(range(run.start * block, run.stop * block) for run in self._own_blocks(inode))

    def _layer(self, image: Image, height: int) -> DiskBytes:
        tree = self.tree(_root(image, height + 1))
        if self.shares:
            # Blocks of the layer below are shared. This layer gives none of them back, even if it hides a file.
            tree = tree._replace(data=sum(map(self._file, _own_files(image.layers[height]))))
        if self.snapshot:
            below = self.tree(_root(image, height))
            tree = tree._replace(metadata=max(tree.metadata - below.metadata, 0) + NODE)
        return tree

    def tree(self, root: Found) -> DiskBytes:
        """Return what a whole tree takes if none of it is shared."""
        data = inodes = 0
        metadata = self.backing.folder(len(root.children()))
        seen: set[Hashable] = set()
        for found in _walk(root):
            key: Hashable = id(found.upper)
            if found.upper is None and found.lower is not None:
                key = found.lower.entry.inode if found.lower.entry.nlink > 1 else id(found.lower)
            if key in seen:
                continue
            seen.add(key)
            inodes += 1
            metadata += self.backing.inode
            if found.kind == "directory":
                metadata += self.backing.folder(len(found.children()))
            elif found.upper is not None:
                data += self._filled(found.upper)
            elif found.lower is not None:
                data += self._file(found.lower.entry)
        return DiskBytes(data, metadata, inodes)

    def _own(self, inode: Inode) -> int:
        """Return the bytes of a file's blocks that the image does not share."""
        pages, origin = inode.pages, inode.origin
        if pages is None or origin is None:
            return self._filled(inode)
        copied = sum(map(len, self._own_blocks(inode)))
        # Measured on XFS: where a truncate(2) lets the file grow, the group of the old end is reserved whole.
        if pages.stretched(origin.content) and origin.size % PAGE:
            copied += -self._shared_end(inode) % self.group
        return copied * self.backing.block

    def _shared_end(self, inode: Inode) -> int:
        """Return how many blocks the file has had from the image all the time."""
        assert inode.pages is not None
        assert inode.origin is not None
        return min(-(-size // self.backing.block) for size in (inode.origin.size, inode.pages.size))

    def _own_blocks(self, inode: Inode) -> list[range]:
        """Return the blocks of a file of the image that the container copied or added, as runs in their order."""
        assert inode.pages is not None
        assert inode.origin is not None
        ends = self._shared_end(inode)
        written = {page * PAGE // self.backing.block for page in inode.pages.written(inode.origin.content)}
        # A group is copied as far as the file goes that is shared.
        groups = {number // self.group for number in written if number < ends}
        copied = [range(number * self.group, min((number + 1) * self.group, ends)) for number in groups]
        runs = list[range]()
        for run in sorted(
            [*copied, *(range(number, number + 1) for number in written if number >= ends)], key=attrgetter("start")
        ):
            if runs and runs[-1].stop == run.start:
                run = range(runs.pop().start, run.stop)
            runs.append(run)
        return runs


class DriverTable(ReadOnly[Driver]):
    """The storage drivers of the model by their names; what is in it cannot be changed.

    >>> list(DRIVERS)
    ['overlay2', 'metacopy', 'btrfs', 'xfs', 'vfs']
    """


DRIVERS = DriverTable(
    {
        driver.name: driver
        for driver in (
            UnionDriver("overlay2", "The first change of a file copies the whole file.", EXT4, False),
            # metacopy=on turns redirect_dir on (fs/overlayfs/params.c), with which a folder can be renamed.
            UnionDriver(
                "metacopy", "As overlay2, but a change of metadata copies no bytes.", EXT4, True, metacopy=True
            ),
            TreeDriver(
                "btrfs", "A change copies the blocks of 4 KiB that it touches.", BTRFS, True, snapshot=True, trees=2
            ),
            # Podman's vfs driver makes reflinks where the file system can; Docker's does not.
            TreeDriver("xfs", "A change copies a group of blocks, 128 KiB.", XFS, True, group=COW_BLOCKS),
            TreeDriver("vfs", "Each container starts with copies of all files.", EXT4, True, shares=False, trees=2),
        )
    },
    "the drivers of the model are read-only",
)
"""Every driver by its name."""


class ContainerDiskBytes(NamedTuple):
    """One container's bytes on the disk: what its start took, and what it wrote since.

    `size_rw` is what `docker ps -s` prints as its size, whatever the driver.

    >>> ContainerDiskBytes(DiskBytes(0, 20_480), DiskBytes(4_096), 1).bytes
    24576
    """

    start: DiskBytes
    written: DiskBytes
    size_rw: int

    @property
    def bytes(self) -> int:
        """All bytes that go when the container is removed."""
        return self.start.bytes + self.written.bytes


@dataclass(frozen=True)
class DriverDisk:
    """A host's bytes on a disk at one moment, by one driver; made by `disk`.

    `starts` has, for each image by its names, what one more container takes.

    >>> host = shop()
    >>> web = host.run("shop", name="web")
    >>> before = disk(host, "btrfs")
    >>> web.append("var/lib/shop/catalog.db", b"!")
    >>> spent = disk(host, "btrfs").since(before)
    >>> spent.data, spent.metadata, web.size_rw
    (4096, 16384, 20000001)
    """

    driver: Driver
    image: DiskBytes
    containers: Mapping[str, ContainerDiskBytes]
    starts: Mapping[str, DiskBytes]

    @property
    def total(self) -> int:
        """All bytes on the disk: layers and containers."""
        return self.image.bytes + sum(each.bytes for each in self.containers.values())

    def since(self, before: "DriverDisk") -> DiskBytes:
        """Return what was stored since another moment of the same host; below 0 where more was freed."""
        changed = [
            _difference(now, then)
            for now, then in zip(self._parts(before), before._parts(self), strict=True)
            if now != then
        ]
        return total(changed)

    def _parts(self, other: "DriverDisk") -> list[DiskBytes]:
        """Return what can change: the layers, and each container that there is at one of two moments."""
        none = ContainerDiskBytes(DiskBytes(parts=0), DiskBytes(parts=0), 0)
        rows = [self.containers.get(name, none) for name in sorted({*self.containers, *other.containers})]
        return [self.image, *(part for row in rows for part in (row.start, row.written))]


def disk(
    host: Host,
    driver: str = "overlay2",
    *,
    block: int | None = None,
    group: int | None = None,
    engine: EngineName = "docker",
) -> DriverDisk:
    """Count what a host's images and containers take on a disk with a driver: one of `DRIVERS`.

    `block` is the size of the file system's blocks in bytes, and `group` how many bytes btrfs or xfs copies at once, as
    XFS's `cowextsize` sets it. Volumes, logs and tmpfs are in no driver's store. An unknown driver, or a size that is
    no multiple of 4096, raises DriverError.

    >>> host = shop()
    >>> web = host.run("shop", name="web")
    >>> web.write_at("var/lib/shop/catalog.db", 10_000_384, b"!" * 4096)
    >>> [disk(host, name).containers["web"].written.data for name in DRIVERS]
    [20000768, 20000768, 8192, 131072, 0]
    >>> disk(host, "xfs", group=65_536).containers["web"].written.data
    65536
    """
    policy = driver_of(driver, block, group)
    if engine not in ("docker", "podman"):
        raise DriverError(f"no engine is called {engine!r}: take docker or podman")
    images = [*host.images.values(), *host.untagged]
    times = policy.trees if engine == "docker" else 1
    starts = {id(image): policy.start(image).times(times) for image in images}
    containers = {
        name: ContainerDiskBytes(starts[id(each.image)], policy.written(each), each.size_rw)
        for name, each in host.containers.items()
    }
    named = {name: starts[id(image)] for name, image in host.images.items()}
    return DriverDisk(policy, policy.layers(images), MappingProxyType(containers), MappingProxyType(named))


def driver_of(name: str, block: int | None = None, group: int | None = None) -> Driver:
    """Return a driver by its name, with other sizes of blocks in bytes where they are given; else DriverError.

    >>> driver_of("btrfs", block=65_536).backing.block
    65536
    """
    known = DRIVERS.get(word(name, "a driver"))
    if known is None:
        raise DriverError(f"no driver is called {name!r}: take one of {', '.join(DRIVERS)}")
    if block is not None:
        known = replace(known, backing=known.backing._replace(block=_blocks(block, PAGE) * PAGE))
    if group is None:
        return known
    if not isinstance(known, TreeDriver) or not known.shares:
        raise DriverError(f"{name} copies whole files: only btrfs and xfs copy a group of blocks")
    return replace(known, group=_blocks(group, known.backing.block))


def file_size(found: Found) -> int:
    """Return the size of a file that was looked up, 0 for what is no file."""
    if found.upper is not None:
        return found.upper.size
    return found.lower.entry.size if found.lower is not None else 0


@lru_cache(maxsize=32)
def _tree_of(driver: TreeDriver, root: Node) -> DiskBytes:
    """Return what a whole image takes; kept, because each container on it is compared with it."""
    return driver.tree(Found("", None, root))


def _blocks(size: int, block: int) -> int:
    """Return how many blocks a size is, 1 or more."""
    if size < block or size % block:
        raise DriverError(f"{size} bytes are no multiple of {block}, which is a block")
    return size // block


def _heights(images: Iterable[Image]) -> Iterator[tuple[Image, int]]:
    """Yield each stored layer once: an image that has it, and its height there."""
    done: list[Image] = []
    for image in images:
        shared = max((shared_layers(image, other) for other in done), default=0)
        yield from ((image, height) for height in range(shared, len(image.layers)))
        done.append(image)


def _root(image: Image, height: int | None = None) -> Found:
    """Return the root directory of an image or, with a height, of so many of its layers."""
    if height is None or height == len(image.layers):
        return Found("", None, image.index)
    return Found("", None, Image(image.layers[:height]).index)


def _walk(root: Found) -> Iterator[Found]:
    """Yield all that shows below a directory."""
    work = [root]
    while work:
        directory = work.pop()
        for name in directory.children():
            found = directory.beneath(name)
            assert found is not None
            yield found
            if found.kind == "directory":
                work.append(found)


def _names(paths: Iterable[str]) -> Counter[str]:
    """Return how many names each directory has; the root is ""."""
    return Counter(path.rpartition("/")[0] for path in paths if path)


def _own_files(layer: Layer) -> Iterator[Entry]:
    """Yield what a layer holds besides directories and marks, each inode once."""
    seen: set[int] = set()
    for entry in layer.entries.values():
        if entry.kind not in ("whiteout", "opaque", "directory") and entry.inode not in seen:
            seen.add(entry.inode)
            yield entry
