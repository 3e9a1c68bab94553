"""Entry: what one name in a layer, a merged view or a container stands for.

The second half holds the specs that `Layer.of` takes: what a learner writes to say which entry is meant.
"""

import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BufferedReader
from typing import BinaryIO, Literal, NamedTuple

from layerlab.model import arguments
from layerlab.model.content import EMPTY, Content, ContentStream
from layerlab.model.content import Literal as InMemory
from layerlab.model.frozen import ReadOnly, frozen

Kind = Literal["file", "directory", "symlink", "fifo", "char", "block", "socket", "whiteout", "opaque"]

# OCI image-spec layer.md, "Whiteouts": the marks are names of empty files, because a tar has no type for them.
WHITEOUT_PREFIX = ".wh."
OPAQUE_MARK = ".wh..wh..opq"


def after_chown(mode: int) -> int:
    """Return a file's mode after chown(2): set-uid goes, and set-gid too where the group may execute the file.

    Without the group's right to execute, set-gid once meant mandatory locking, so that chown leaves it (chown(2)).

    >>> oct(after_chown(0o6755)), oct(after_chown(0o2644))
    ('0o755', '0o2644')
    """
    mode &= ~stat.S_ISUID
    return mode & ~stat.S_ISGID if mode & stat.S_IXGRP else mode


def whiteout_of(path: str) -> str:
    """Return the name of the whiteout that hides `path`.

    >>> whiteout_of("var/www")
    'var/.wh.www'
    """
    parent, slash, name = path.rpartition("/")
    return f"{parent}{slash}{WHITEOUT_PREFIX}{name}"


def hidden_by(mark: str) -> str:
    """Return the path that a whiteout of the name `mark` hides, or the directory that an opaque mark closes.

    >>> hidden_by("var/.wh.www"), hidden_by("srv/.wh..wh..opq"), hidden_by(".wh..wh..opq")
    ('var/www', 'srv', '')
    """
    parent, slash, name = mark.rpartition("/")
    return parent if name == OPAQUE_MARK else f"{parent}{slash}{name.removeprefix(WHITEOUT_PREFIX)}"


READ_ONLY = "attributes are read-only: setxattr of a container changes them"
NO_XATTRS: Mapping[str, bytes] = ReadOnly({}, READ_ONLY)

# The letters are those of `ls -l`; w and o are ours, because `ls` has none for marks.
_LETTER = {
    "file": "-", "directory": "d", "symlink": "l", "fifo": "p", "char": "c", "block": "b", "socket": "s",
    "whiteout": "w", "opaque": "o",
}  # fmt: skip


class Entry(NamedTuple):
    """One name's kind, owner, permissions and bytes, as a value that never changes.

    `mode` holds the permission bits (0o7777 at most), `mtime` whole seconds, `size` bytes (a file's content or a
    symlink's target, else 0), `rdev` an `os.makedev` integer for devices. `inode` is equal for hard links to one
    file, `nlink` counts them. The kinds "whiteout" and "opaque" occur in layers only, never in a merged view.

    >>> motd = Entry("file", 0o644, size=2, content=InMemory(b"hi"))
    >>> motd, motd.read()
    (<file -rw-r--r-- 0:0 2 B>, b'hi')
    """

    kind: Kind
    mode: int
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    size: int = 0
    target: str = ""
    rdev: int = 0
    xattrs: Mapping[str, bytes] = NO_XATTRS
    nlink: int = 1
    # `inode` and `content` stay last: `union` builds merged entries by position.
    inode: int = 0
    content: Content = EMPTY

    @property
    def digest(self) -> str | None:
        """The sha256 of a file's content as `sha256:<hex>`; None for what is not a file."""
        return self.content.digest if self.kind == "file" else None

    def read(self) -> bytes:
        """Return a file's whole content; OSError if the entry is not a file."""
        if self.kind != "file":
            raise OSError(f"a {self.kind} has no content to read")
        return self.content.read()

    def open(self) -> BinaryIO:
        """Return a file's content as a binary stream, read a piece at a time and forwards only."""
        if self.kind != "file":
            raise OSError(f"a {self.kind} has no content to read")
        return BufferedReader(ContentStream(self.content))

    def __repr__(self) -> str:
        letters = stat.filemode(self.mode)[1:]
        detail = {"file": f" {self.size:,} B", "symlink": f" -> {self.target}"}.get(self.kind, "")
        return f"<{self.kind} {_LETTER[self.kind]}{letters} {self.uid}:{self.gid}{detail}>"


@dataclass(frozen=True)
class File:
    """A regular file for `Layer.of`: content (bytes, or something readable such as `filler(n)`) and its metadata.

    >>> File(b"hi", mode=0o600).mode == 0o600
    True
    """

    content: bytes | Content = b""
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    xattrs: Mapping[str, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "xattrs", frozen(self.xattrs, READ_ONLY) if self.xattrs else NO_XATTRS)

    def entry(self) -> Entry:
        """Return the entry that this spec describes."""
        content = self.content if isinstance(self.content, Content) else InMemory(arguments.data(self.content))
        return Entry(
            "file", self.mode, self.uid, self.gid, self.mtime, content.size, xattrs=self.xattrs, content=content
        )


@dataclass(frozen=True)
class Directory:
    """A directory for `Layer.of`; `opaque=True` hides what lower layers hold in it.

    >>> Directory(mode=0o700).opaque
    False
    """

    mode: int = 0o755
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    xattrs: Mapping[str, bytes] = field(default_factory=dict)
    opaque: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "xattrs", frozen(self.xattrs, READ_ONLY) if self.xattrs else NO_XATTRS)

    def entry(self) -> Entry:
        """Return the entry that this spec describes."""
        return Entry("directory", self.mode, self.uid, self.gid, self.mtime, xattrs=self.xattrs)


@dataclass(frozen=True)
class Symlink:
    """A symbolic link for `Layer.of`; `target` is any text, and is looked up only when someone walks it.

    >>> Symlink("bash").target
    'bash'
    """

    target: str
    uid: int = 0
    gid: int = 0
    mtime: int = 0

    def entry(self) -> Entry:
        """Return the entry that this spec describes."""
        if not arguments.text(self.target, "a symlink's target"):
            raise ValueError("a symlink's target is text that is not empty")
        # A symlink's size is the length of its target in bytes, without a zero byte at the end (POSIX, lstat).
        size = len(self.target.encode("utf-8", "surrogateescape"))
        # Linux shows every symlink as 0777 and never looks at these bits (symlink(7)).
        return Entry("symlink", 0o777, self.uid, self.gid, self.mtime, size, self.target)


@dataclass(frozen=True)
class HardLink:
    """Another name for a file of the same layer, for `Layer.of`: both names share one inode.

    >>> HardLink("bin/busybox").target
    'bin/busybox'
    """

    target: str


@dataclass(frozen=True)
class Device:
    """A device node for `Layer.of`: kind "char" or "block", `rdev` as `os.makedev(major, minor)` gives it.

    >>> Device("char", 259).kind
    'char'
    """

    kind: Literal["char", "block"]
    rdev: int
    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0

    def entry(self) -> Entry:
        """Return the entry that this spec describes."""
        return Entry(self.kind, self.mode, self.uid, self.gid, self.mtime, rdev=self.rdev)


@dataclass(frozen=True)
class Fifo:
    """A named pipe for `Layer.of`.

    >>> Fifo().mode == 0o644
    True
    """

    mode: int = 0o644
    uid: int = 0
    gid: int = 0
    mtime: int = 0

    def entry(self) -> Entry:
        """Return the entry that this spec describes."""
        return Entry("fifo", self.mode, self.uid, self.gid, self.mtime)


@dataclass(frozen=True)
class Whiteout:
    """The type of `WHITEOUT`: in `Layer.of`, its name hides what lower layers hold under it.

    >>> list(Layer.of({"etc/old": WHITEOUT}).entries)
    ['etc', 'etc/.wh.old']
    """

    def __repr__(self) -> str:
        return "WHITEOUT"


WHITEOUT = Whiteout()
"""In `Layer.of`: this name hides what lower layers hold under it (`.wh.NAME`, OCI image-spec layer.md)."""

OPAQUE = Directory(opaque=True)
"""In `Layer.of`: a directory that hides what lower layers hold in it (`.wh..wh..opq`, OCI image-spec layer.md)."""

Spec = bytes | Content | File | Directory | Symlink | HardLink | Device | Fifo | Whiteout
