"""Container: an image and a thin writable layer, with what is mounted on directories of these two.

Reads and writes go where the path leads: to the thin layer, with copy-up from the image (see `vfs`), or to what is
mounted. Sizes, `diff` and `commit` are about the thin layer alone.
"""

import errno
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Literal

from layerlab.model import arguments, capability
from layerlab.model.changes import changes
from layerlab.model.entry import NO_XATTRS, READ_ONLY
from layerlab.model.frozen import ReadOnly
from layerlab.model.image import Image
from layerlab.model.inode import FileSystem, Inode
from layerlab.model.layer import Layer
from layerlab.model.lookup import MAX_SYMLINKS, Existing, Found, Mount, Vacant, walk
from layerlab.model.misnamed import OF_CONTAINER, misnamed
from layerlab.model.mounts import TMPFS_MODE, Folder, MountedAt, Tmpfs, Volume
from layerlab.model.oserror import refusal
from layerlab.model.thin import ThinLayer
from layerlab.model.vfs import FileTree
from layerlab.model.view import entry_of

State = Literal["running", "stopped", "removed"]


class Container(FileTree):
    """An image plus a thin layer that only this container sees and writes.

    Made by `Host.run`. Sizes are in bytes. A misuse raises the OSError that the kernel raises, errno included.

    >>> host = Host()
    >>> host.add(scratch.with_layer(Layer.of({"etc/motd": b"hi"})), "demo")
    >>> web = host.run("demo", name="web")
    >>> web.append("etc/motd", b"!")
    >>> web.read("etc/motd"), web.diff(), web.size_rw
    (b'hi!', ['C /etc', 'C /etc/motd'], 3)
    """

    def __init__(self, image: Image, name: str, clock: Callable[[], int], mounts: Sequence[MountedAt] = ()) -> None:
        """Start with an empty thin layer; `clock` gives the time of each change, in whole seconds."""
        super().__init__(ThinLayer(image, clock), clock)
        self.image = image
        self.name = name
        self.state: State = "running"
        self.mounts = tuple(mounts)
        """What is mounted, in the order in which it is: a parent before what is mounted in it."""
        self.log = b""
        """What its process printed, which the host keeps beside the thin layer until the container is removed."""
        self._mount: Mount | None = None
        self._memory: list[FileSystem] = []
        if self.mounts:
            self._fill_volumes()
            self._mount_all()

    def print(self, data: bytes) -> None:
        """Add to the log, as what a container's process prints does; ESRCH where none runs.

        The log is a file of the host. No SIZE counts it, and it grows until the container is removed. An engine that
        writes it as JSON, as Docker does, takes more bytes than were printed.

        >>> host = Host()
        >>> host.add(scratch, "demo")
        >>> web = host.run("demo", name="web")
        >>> web.print(b"GET /" * 1_000)
        >>> web.size_rw, len(web.log), host.usage().containers["web"].log
        (0, 5000, 5000)
        """
        data = arguments.data(data, "what is printed")
        if self.state != "running":
            raise OSError(errno.ESRCH, f"container {self.name} is {self.state}: no process is there to print")
        self.log += data

    # The thin layer as a whole: nothing of what is mounted is part of it.

    @property
    def layer(self) -> Layer:
        """The thin layer as a frozen `Layer`, whiteouts and opaque marks included.

        A file named `.wh.NAME` raises ValueError: a layer would read it as a mark. Sockets are left out, as engines
        leave them out of every layer.
        """
        return Layer(self._thin.entries())

    @property
    def size_rw(self) -> int:
        """Bytes in the thin layer, as Docker's SizeRw: each file once, whole, plus the length of symlink targets."""
        return self._thin.size

    @property
    def copied(self) -> frozenset[str]:
        """The paths of the thin layer's files whose bytes were copied up from the image, without a leading slash."""
        return frozenset(path for path, inode in self._thin.listed() if inode is not None and inode.copied)

    @property
    def thin(self) -> list[tuple[str, Inode | None]]:
        """Every path of the thin layer with its inode, None for a whiteout."""
        return self._thin.listed()

    @property
    def both_sides(self) -> Found:
        """Its root directory in the thin layer and in the image, without what is mounted: what its driver stores."""
        return self._without_mounts

    @property
    def virtual_size(self) -> int:
        """The image's size and `size_rw` together. Never add these up: containers share their image."""
        return self.image.size + self.size_rw

    def diff(self) -> list[str]:
        """Return what changed against the image as `docker diff` prints it: lines like "C /etc", sorted by path."""
        return changes(self._without_mounts)

    def commit(self, created_by: str = "") -> Image:
        """Return a new image: this one's with the thin layer on top. The container keeps its bytes.

        Files of volumes, of the host's folders and in memory are not in it, the directories they are mounted on are.

        Where nothing was written the new image has one more step of history and no new layer. Of extended attributes
        only security.capability goes into the layer, as with `docker commit`; `podman commit` keeps user. ones too.
        """
        layer = _committed(self.layer)
        if not layer.entries:
            return self.image.with_config(created_by=created_by)
        return self.image.with_layer(layer, created_by)

    @property
    def tmpfs_size(self) -> int:
        """Bytes in its tmpfs mounts: memory, which comes back when it stops."""
        return sum(filesystem.size for filesystem in self._memory)

    def mounted_at(self, path: str, *, follow: bool = True) -> MountedAt | None:
        """Return the mount that a path leads into; None for the image and the thin layer.

        Symlinks on the way are walked, and the last name's own with `follow`, as a write does and a removal does not.

        >>> host = Host()
        >>> host.add(scratch, "demo")
        >>> web = host.run("demo", name="web", mounts={"srv": "orders"})
        >>> web.mounted_at("srv/new").source, web.mounted_at("etc")
        (<Volume orders>, None)
        """
        if not self.mounts:
            return None
        parent, _, name = path.strip("/").rpartition("/")
        where = (self._joined(path) if follow else f"{self._joined(parent)}/{name}").strip("/")
        # The last mount that was put there or above is what shows.
        for each in reversed(self.mounts):
            if f"{where}/".startswith(f"{self._joined(each.path).strip('/')}/"):
                return each
        return None

    # Hidden from type checkers: they know which names are missing, and would take every name if they saw this.
    if not TYPE_CHECKING:

        def __getattr__(self, verb: str) -> object:
            raise misnamed(self, verb, OF_CONTAINER, self.__dict__.get("name", "web"))

    def __repr__(self) -> str:
        return f"<Container {self.name}, {self.state}>"

    # Where paths start.

    @property
    def _root(self) -> Found:
        return self._without_mounts._replace(mount=self._mount)

    @property
    def _without_mounts(self) -> Found:
        if self.state == "removed":
            raise OSError(errno.ENOENT, f"container {self.name} was removed, and its thin layer with it")
        return self._thin.root

    # What is mounted.

    def _enter(self, state: State) -> None:
        """Go from one state to another: a stop empties memory, and a start mounts everything anew."""
        if state == self.state:
            return
        before, self.state = self.state, state
        if not self.mounts or state == "removed":
            return
        try:
            self._mount_all()
        except OSError:
            self.state = before
            self._mount_all()
            raise

    def _fill_volumes(self) -> None:
        for each in self.mounts:
            if isinstance(each.source, Volume) and not each.source.listdir():
                place = self._shown(each.path)
                if place is not None and place.found.kind == "directory":
                    each.source.fill(place.found)

    def _shown(self, path: str) -> Existing | None:
        """Return what the image and the thin layer have at a path, beneath all mounts."""
        try:
            place = walk(self._without_mounts, path)
        except OSError:
            return None
        return place if isinstance(place, Existing) else None

    def _mount_all(self) -> None:
        """Mount what belongs to the present state; only memory is not there while the container is stopped.

        The path of each is walked in the container, over what is mounted already: libcontainer/rootfs_linux.go.
        """
        self._mount, self._memory = Mount(), []
        for each in self.mounts:
            try:
                self._mount_one(each)
            except OSError:
                # What is stopped needs no mounts, so a stop is never refused. The next start will be.
                if self.state == "running":
                    raise

    def _mount_one(self, each: MountedAt) -> None:
        place = self._joined(each.path)
        if isinstance(each.source, Folder):
            self._mount_on(place, each.source.mount(read_only=each.read_only))
        elif self.state == "running":
            self._mount_on(place, self._in_memory(place, each))

    def _in_memory(self, place: str, each: MountedAt) -> Mount:
        # runc 1.1 gives a tmpfs the mode of a directory that it hides, whatever mode was asked for.
        point = self._point(place)
        asked = each.source.mode if isinstance(each.source, Tmpfs) and each.source.mode is not None else TMPFS_MODE
        self._memory.append(FileSystem(each.number, asked if point is None else entry_of(point).mode, self._clock()))
        return Mount(self._memory[-1], read_only=each.read_only)

    def _point(self, path: str, *, follow: bool = True) -> Found | None:
        try:
            return self._find(path, follow=follow)
        except OSError:
            return None

    def _mount_on(self, path: str, mount: Mount) -> None:
        """Mount on a directory; it is made where it is missing, with its parents, mode 0755 and owner 0:0."""
        if self.state == "running":
            self._make_point(path)
        if (point := self._point(path)) is not None:
            if point.kind != "directory":
                raise refusal(errno.ENOTDIR, path)
            mount.put_on(point)

    def _make_point(self, path: str) -> None:
        names = path.split("/")
        for depth in range(1, len(names)):
            place = walk(self._root, "/".join(names[: depth + 1]))
            if isinstance(place, Vacant):
                self._to_write(place.parent, path)
                self._thin.create(place, self._thin.new("directory", 0o755, place))

    def _joined(self, path: str) -> str:
        """Return a path with its symlinks walked, also where they lead to nothing: runc's filepath-securejoin."""
        pending, at, links = path.split("/")[::-1], "", 0
        while pending:
            name = pending.pop()
            if name in ("", ".", ".."):
                at = at.rpartition("/")[0] if name == ".." else at
                continue
            found = self._point(f"{at}/{name}", follow=False)
            if found is None or found.kind != "symlink":
                at = f"{at}/{name}"
                continue
            links += 1
            if links > MAX_SYMLINKS:
                raise refusal(errno.ELOOP, path)
            pending += found.target.split("/")[::-1]
            at = "" if found.target.startswith("/") else at
        return at


def _committed(layer: Layer) -> Layer:
    """Return a thin layer with the attributes that a commit keeps (moby, archive.ReadSecurityXattrToTarHeader)."""
    return Layer({name: entry._replace(xattrs=_capabilities(entry.xattrs)) for name, entry in layer.entries.items()})


def _capabilities(xattrs: Mapping[str, bytes]) -> Mapping[str, bytes]:
    value = xattrs.get(capability.NAME)  # Docker asks the kernel, which gives it none where it is empty
    return ReadOnly({capability.NAME: value}, READ_ONLY) if value else NO_XATTRS
