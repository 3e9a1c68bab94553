"""Inode: a file or directory of a container's thin layer, the one thing in the model that changes in place."""

from collections.abc import Mapping
from copy import deepcopy

from layerlab.model import capability
from layerlab.model.content import EMPTY, Pages
from layerlab.model.entry import NO_XATTRS, READ_ONLY, Entry, Kind
from layerlab.model.frozen import ReadOnly


class Inode:
    """What a name in a thin layer stands for; hard links are several names of one inode.

    `pages` holds a regular file's bytes. `names` holds a directory's entries: another inode, or None for a
    whiteout, which hides the image's file of that name. An `opaque` directory hides all that the image has in it.
    A file is `copied` if its bytes were copied up from the image. A file that was opened with O_TRUNC is not.
    `nlink` counts names for a file; for a directory it is 2 and one more for each directory in it.

    >>> Inode("file", 0o644, number=7).entry()
    <file -rw-r--r-- 0:0 0 B>
    """

    __slots__ = (
        "copied", "gid", "kind", "mode", "mtime", "names", "nlink", "number",
        "opaque", "pages", "rdev", "target", "uid", "xattrs",
    )  # fmt: skip

    names: "dict[str, Inode | None] | None"

    def __init__(
        self,
        kind: Kind,
        mode: int,
        uid: int = 0,
        gid: int = 0,
        mtime: int = 0,
        *,
        number: int,
        target: str = "",
        rdev: int = 0,
    ) -> None:
        self.kind = kind
        self.mode = mode
        self.uid = uid
        self.gid = gid
        self.mtime = mtime
        self.number = number
        self.target = target
        self.rdev = rdev
        self.xattrs: Mapping[str, bytes] = NO_XATTRS
        self.pages = Pages() if kind == "file" else None
        self.names = {} if kind == "directory" else None
        # A directory starts with two links: its name in the parent, and the "." in itself.
        self.nlink = 2 if kind == "directory" else 1
        self.opaque = False
        self.copied = False

    @classmethod
    def copy_of(cls, entry: Entry, number: int, *, data: bool = True) -> "Inode":
        """Return an inode with all that `entry` says; without `data`, a file that is still empty."""
        copy = cls(
            entry.kind, entry.mode, entry.uid, entry.gid, entry.mtime,
            number=number, target=entry.target, rdev=entry.rdev,
        )  # fmt: skip
        copy.xattrs = entry.xattrs
        if data and copy.pages is not None:
            copy.pages = Pages(entry.content)
            copy.copied = True
        return copy

    def __deepcopy__(self, memo: dict[int, object]) -> "Inode":
        """Return an inode with bytes and names of its own; attributes are values and stay the same."""
        # Slot by slot, because only `pages` and `names` can change in place and need a copy of their own.
        copy = object.__new__(Inode)
        memo[id(self)] = copy
        for slot in Inode.__slots__:
            setattr(copy, slot, getattr(self, slot))
        copy.pages, copy.names = deepcopy(self.pages, memo), deepcopy(self.names, memo)
        return copy

    @property
    def size(self) -> int:
        """Bytes as Docker counts them: a file's content or a symlink's target, else 0."""
        if self.pages is not None:
            return self.pages.size
        return len(self.target.encode("utf-8", "surrogateescape")) if self.kind == "symlink" else 0

    def entry(self, *, merged: bool = False) -> Entry:
        """Return the inode as a value; a directory that is `merged` with the image's has one link, as in overlayfs."""
        content = EMPTY if self.pages is None else self.pages.freeze()
        return Entry(
            self.kind, self.mode, self.uid, self.gid, self.mtime, self.size, self.target, self.rdev,
            self.xattrs, 1 if merged else self.nlink, self.number, content,
        )  # fmt: skip

    def set_xattr(self, key: str, value: bytes | None) -> None:
        """Set an extended attribute, or remove it where `value` is None."""
        xattrs = {**self.xattrs}
        if value is None:
            del xattrs[key]
        else:
            xattrs[key] = value
        self.xattrs = ReadOnly(xattrs, READ_ONLY) if xattrs else NO_XATTRS

    def drop_capability(self) -> None:
        """Remove the file's capabilities, as the kernel does whenever the file's bytes or owner change."""
        # The kernel does not see an attribute of 0 bytes: security/commoncap.c, cap_inode_need_killpriv.
        if self.xattrs.get(capability.NAME):
            self.set_xattr(capability.NAME, None)
