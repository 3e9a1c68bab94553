"""Mounts: what a container sees at a directory in place of its image: volumes, folders of the host, and memory.

Nothing below a mount is part of the thin layer, so no SIZE counts it, `diff` does not tell it, and a commit leaves it
behind. A volume and a folder of the host are there before the container and after it, the same files for all who mount
them. Whatever the image has at that place is hidden, with one exception: a volume that is empty when a container is
made is first filled with it.
"""

import contextlib
import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from layerlab.model import arguments
from layerlab.model.entry import Spec
from layerlab.model.image import scratch
from layerlab.model.inode import FileSystem, Inode, sizes_below
from layerlab.model.layer import Layer
from layerlab.model.lookup import Found, Mount
from layerlab.model.thin import ThinLayer
from layerlab.model.vfs import FileTree
from layerlab.model.view import View

# What a tmpfs shows at a directory that was missing, as /tmp: everyone may write, and remove what is theirs.
TMPFS_MODE = 0o1777


class Folder(FileTree):
    """A folder of the host, made by `Host.folder`: whoever binds it sees and changes these very files.

    It has the file operations of a container. The host's own files count in no column of `usage`.

    >>> host = Host()
    >>> host.add(scratch, "demo")
    >>> site = host.folder("/srv/site", {"index.html": b"hi"})
    >>> web = host.run("demo", name="web", mounts={"srv": site})
    >>> site.write("index.html", b"new")
    >>> web.read("srv/index.html"), web.size_rw
    (b'new', 0)
    """

    def __init__(self, path: str, filesystem: FileSystem, top: Inode, clock: Callable[[], int]) -> None:
        super().__init__(ThinLayer(scratch, clock), clock)
        self.path = path
        self._filesystem = filesystem
        self._top = top

    @property
    def _root(self) -> Found:
        return Found("", self._top, None, self.mount())

    @property
    def sizes(self) -> Mapping[int, int]:
        """The bytes of each file in it, by a number that stands for the file in every folder that holds it."""
        return sizes_below(self._top)

    def mount(self, *, read_only: bool = False) -> Mount:
        """Return a mount of it: what shows at a directory of a container."""
        return Mount(self._filesystem, self._top, read_only=read_only)

    def make(self, path: str) -> Inode | None:
        """Return the folder at a path, made where it is missing, with its parents; None where a file has the name."""
        at = ""
        for name in filter(None, path.split("/")):
            at = f"{at}/{name}"
            with contextlib.suppress(FileExistsError):
                self.mkdir(at)
        found = self._find(path)
        return found.upper if found.kind == "directory" else None

    def holds(self, path: str) -> bool:
        """Tell whether there is a folder at a path."""
        try:
            return self.stat(path).kind == "directory"
        except OSError:
            return False

    def put(self, files: Mapping[str, Spec]) -> None:
        """Put files into the folder while it is empty, each as `Layer.of` takes it."""
        entries = Layer.of(files).entries
        for path, entry in entries.items():
            if entry.kind in ("whiteout", "opaque"):
                raise ValueError(f"{path!r}: a mark hides what lower layers hold, and below a folder there is none")
        self._filesystem.fill(self._top, entries.items())

    def __repr__(self) -> str:
        return f"<Folder {self.path} of the host>"


class Volume(Folder):
    """A volume, made by `Host.volume` or for the `VOLUME` of an image: files that outlive every container.

    It has the file operations of a container. `anonymous` ones have a long name that no one chose, and go with their
    container where that is asked for (`docker rm --volumes`).

    >>> host = Host()
    >>> host.add(scratch.with_layer(Layer.of({"data/first": b"1"})), "demo")
    >>> job = host.run("demo", name="job", mounts={"data": "orders"})
    >>> job.write("data/second", b"22")
    >>> host.remove("job", force=True)
    >>> host.volume("orders").listdir(), host.volume("orders").size
    (['first', 'second'], 3)
    """

    def __init__(self, name: str, filesystem: FileSystem, clock: Callable[[], int], *, anonymous: bool = False) -> None:
        super().__init__(name, filesystem, filesystem.root, clock)
        self.name = name
        self.anonymous = anonymous

    @property
    def size(self) -> int:
        """Bytes as `docker system df` counts them: each file once, whole, plus the length of symlink targets."""
        return self._filesystem.size

    def fill(self, found: Found) -> None:
        """Copy what an image has at a directory, with modes and owners, and the directory's own for the volume itself.

        Docker does so whenever a container is made and the volume is empty; Podman fills a volume once. Docker gives
        the directories new times, Podman keeps the image's (measured: Docker 20.10, Podman 4.3).
        """
        now = self._clock()
        entries = View(found).items()
        self._filesystem.fill(
            self._top,
            ((path, entry._replace(mtime=now) if entry.kind == "directory" else entry) for path, entry in entries),
        )

    def __repr__(self) -> str:
        return f"<Volume {self.name}>"


@dataclass(frozen=True)
class Bind:
    """A folder of the host for `Host.run`: the folder, its path, or files of which a new one is made.

    It hides what the image has at that place, and is never filled from it. `read_only` refuses changes with EROFS.

    >>> host = Host()
    >>> host.add(scratch.with_layer(Layer.of({"srv/old": b"1"})), "demo")
    >>> web = host.run("demo", name="web", mounts={"srv": Bind({"index.html": b"hi"}, read_only=True)})
    >>> web.listdir("srv")
    ['index.html']
    >>> web.write("srv/index.html", b"new")
    Traceback (most recent call last):
    OSError: [Errno 30] Read-only file system: this is mounted read-only: 'srv/index.html'
    """

    source: "Folder | str | Mapping[str, Spec]"
    read_only: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.source, Folder | str | Mapping):
            raise TypeError(
                "Bind takes a folder of the host, as in '/srv/site', or files, as in {'a': b'hi'}, "
                f"not {type(self.source).__name__}"
            )


@dataclass(frozen=True)
class Tmpfs:
    """Memory that shows as an empty directory, for `Host.run`: what is written there is gone when the container stops.

    It has the mode of the directory that it hides. Where none was, it has `mode`, 1777 if none is given.

    >>> host = Host()
    >>> host.add(scratch, "demo")
    >>> web = host.run("demo", name="web", mounts={"run/cache": Tmpfs()})
    >>> web.write("run/cache/page", b"hi")
    >>> host.stop("web")
    >>> host.start("web")
    >>> web.listdir("run/cache")
    []
    """

    mode: int | None = None
    read_only: bool = False

    def __post_init__(self) -> None:
        if self.mode is not None and not 0 <= arguments.mode(self.mode) <= 0o7777:
            raise ValueError(f"a mode holds permissions alone, 0o7777 at most, not {oct(self.mode)}")


MountSpec = str | Folder | Bind | Tmpfs
"""What `Host.run` takes: a volume or its name, a folder of the host or its path; ":ro" behind a name: read-only."""


class MountedAt(NamedTuple):
    """One mount of a container: its place, without a leading slash, what is there, and whether it is read-only.

    `number` is the file system's number, for a tmpfs, which is made anew at each start.

    >>> MountedAt("run/cache", Tmpfs()).kind
    'tmpfs'
    """

    path: str
    source: Folder | Tmpfs
    read_only: bool = False
    number: int = 0

    @property
    def kind(self) -> str:
        """As `docker inspect` tells it: "volume", "bind" or "tmpfs"."""
        if isinstance(self.source, Tmpfs):
            return "tmpfs"
        return "volume" if isinstance(self.source, Volume) else "bind"


def place_of(path: str) -> str:
    """Return the path of a mount as it is kept: from the root, without a slash in front; ValueError for the root.

    >>> place_of("/var/lib/../log/"), place_of("srv")
    ('var/log', 'srv')
    """
    place = normal(path, "the place of a mount")
    if not place:
        raise ValueError(f"{path!r}: nothing is mounted on the root, where the container's own files are")
    return place


def normal(path: str, what: str = "a path") -> str:
    """Return a path from the root without a slash in front, and without what leads nowhere.

    >>> normal("/srv//site/"), normal("/")
    ('srv/site', '')
    """
    return posixpath.normpath("/" + arguments.text(path, what).lstrip("/")).lstrip("/")


def in_order(mounts: Iterable[MountedAt]) -> tuple[MountedAt, ...]:
    """Return mounts, each after those that it lies in.

    >>> [each.path for each in in_order([MountedAt("a/b", Tmpfs()), MountedAt("a", Tmpfs())])]
    ['a', 'a/b']
    """
    return tuple(sorted(mounts, key=lambda each: each.path.count("/")))
