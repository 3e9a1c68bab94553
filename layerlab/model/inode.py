"""Inode: a file or directory of a thin layer or of a mount, the one thing in the model that changes in place."""

from collections.abc import Iterable, Mapping
from copy import deepcopy

from layerlab.model import capability
from layerlab.model.content import EMPTY, Pages
from layerlab.model.entry import NO_XATTRS, READ_ONLY, Entry, Kind
from layerlab.model.frozen import ReadOnly


class Inode:
    """What a name in a thin layer or a mount stands for; hard links are several names of one inode.

    `pages` holds a regular file's bytes. `names` holds a directory's entries: another inode, or None for a
    whiteout, which hides the image's file of that name. An `opaque` directory hides all that the image has in it.
    `origin` is the image's entry that a file was copied up from with its bytes, so not one opened with O_TRUNC. As
    long as nobody asked for these bytes to write, a driver may leave them in the image: `metadata_only`.
    `nlink` counts names for a file; for a directory it is 2 and one more for each directory in it.

    >>> Inode("file", 0o644, number=7).entry()
    <file -rw-r--r-- 0:0 0 B>
    """

    __slots__ = (
        "gid", "kind", "metadata_only", "mode", "mtime", "names", "nlink", "number",
        "opaque", "origin", "pages", "rdev", "target", "uid", "xattrs",
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
        self.origin: Entry | None = None
        self.metadata_only = False

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
            copy.origin = entry
            copy.metadata_only = True
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
    def copied(self) -> bool:
        """Whether its bytes were copied up from the image."""
        return self.origin is not None

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


def sizes_below(top: Inode) -> dict[int, int]:
    """Return the size of each inode of a tree without an image below it, by a number that stands for the inode.

    >>> sizes_below(FileSystem(1).root).values()
    dict_values([0])
    """
    # Two names of one inode are one file, so each inode is counted once.
    sizes: dict[int, int] = {}
    inodes = [top]
    while inodes:
        inode = inodes.pop()
        sizes[id(inode)] = inode.size
        inodes += [child for child in (inode.names or {}).values() if child is not None]
    return sizes


class FileSystem:
    """A tree of inodes without an image below it, as a volume, a tmpfs and the host's own folders are.

    `number` tells file systems apart: their inodes are numbered from it on, above those of images and thin layers.

    >>> FileSystem(1).root.entry()
    <directory drwxr-xr-x 0:0>
    """

    __slots__ = ("_last", "root")

    def __init__(self, number: int, mode: int = 0o755, mtime: int = 0) -> None:
        self._last = number << 48
        self.root = Inode("directory", mode, mtime=mtime, number=self.inode_number())

    def inode_number(self) -> int:
        """Return a number that no inode has."""
        self._last += 1
        return self._last

    @property
    def size(self) -> int:
        """Bytes: each file once, whole, and the length of symlink targets."""
        return sum(sizes_below(self.root).values())

    def fill(self, directory: Inode, files: Iterable[tuple[str, Entry]]) -> None:
        """Make files in an empty directory, each by its path from there, parents first; "" is the directory itself."""
        made = {"": directory}
        links: dict[int, Inode] = {}
        for path, entry in files:
            parent, _, name = path.rpartition("/")
            above = made[parent]
            assert above.names is not None
            inode = links.get(entry.inode) if entry.nlink > 1 and entry.kind != "directory" else None
            if inode is not None:
                inode.nlink += 1
            elif not path:
                directory.mode, directory.uid, directory.gid = entry.mode, entry.uid, entry.gid
                directory.mtime, directory.xattrs = entry.mtime, entry.xattrs
                continue
            else:
                inode = Inode.copy_of(entry, self.inode_number())
                inode.xattrs = capability.as_shown(entry.xattrs)
                links[entry.inode] = inode
            if entry.kind == "directory":
                made[path] = inode
                above.nlink += 1
            above.names[name] = inode
