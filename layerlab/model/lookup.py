"""Look-up: how a path finds its file, through symlinks and through a thin layer over an image.

A directory has up to two sides: an inode of the thin layer and a node of the image. A name is looked up in the thin
layer first. A whiteout there ends the search. A directory there merges with the image's directory of that name, unless
it is opaque. Any other entry of the thin layer is the result, and the image is not asked.

A directory on which something is mounted is never entered: the look-up goes on at the root of what is mounted.
"""

import errno
from typing import NamedTuple

from layerlab.model.arguments import text
from layerlab.model.inode import FileSystem, Inode
from layerlab.model.oserror import refusal
from layerlab.model.union import Node

# Linux's limits: MAXSYMLINKS in include/linux/namei.h, the other two in include/uapi/linux/limits.h. PATH_MAX counts
# the zero byte at the end of a path too.
MAX_SYMLINKS = 40
NAME_MAX = 255
PATH_MAX = 4096


class Mount:
    """What is mounted at one place: a directory of a file system, None for a container's own thin layer and image.

    `points` are the mount points of a container, by directory: the image's side of it, which stays where a copy-up
    makes the other side, or its inode. For each it has what is mounted there, by the mount through which the directory
    is seen, because a folder may be mounted twice. So a mount goes with its directory when a parent is renamed, as in
    the kernel (fs/namespace.c, lookup_mnt).

    >>> Mount(FileSystem(1)).read_only
    False
    """

    __slots__ = ("filesystem", "points", "read_only", "root")

    def __init__(
        self, filesystem: FileSystem | None = None, root: Inode | None = None, *, read_only: bool = False
    ) -> None:
        self.filesystem = filesystem
        self.root = root if root is not None or filesystem is None else filesystem.root
        self.read_only = read_only
        self.points: dict[Node | Inode, dict[Mount, Mount]] = {}

    def put_on(self, directory: "Found") -> None:
        """Mount this on a directory that was looked up."""
        assert directory.mount is not None
        key = directory.side
        assert key is not None
        self.points = directory.mount.points
        self.points.setdefault(key, {})[directory.mount] = self


class Found(NamedTuple):
    """What a name leads to: its side in the thin layer and its side in the image, at least one of which is not None.

    `mount` is the mount that it lies in, None where nothing is mounted.

    >>> Found("etc", None, Node(Entry("directory", 0o755), {})).kind
    'directory'
    """

    name: str
    upper: Inode | None
    lower: Node | None
    mount: Mount | None = None

    @property
    def kind(self) -> str:
        """The kind of the upper side or, if there is none, of the lower side."""
        if self.upper is not None:
            return self.upper.kind
        return self.lower.entry.kind if self.lower is not None else ""

    @property
    def target(self) -> str:
        """A symlink's target."""
        if self.upper is not None:
            return self.upper.target
        return self.lower.entry.target if self.lower is not None else ""

    def child(self, name: str) -> "Found | None":
        """Return what `name` leads to from this directory, None if the name is missing or hidden."""
        found = self.beneath(name)
        if self.mount is None:
            return found
        while found is not None and (mounted := found.mounted) is not None:
            found = Found(name, mounted.root, None, mounted)
        return found

    @property
    def mounted(self) -> Mount | None:
        """What is mounted on this directory, and is seen in its place."""
        if self.mount is None or not self.mount.points or (side := self.side) is None:
            return None
        return self.mount.points.get(side, {}).get(self.mount)

    @property
    def busy(self) -> bool:
        """Whether something is mounted on this directory, through this mount of it or another (is_local_mountpoint)."""
        return self.mount is not None and bool(self.mount.points) and self.side in self.mount.points

    @property
    def side(self) -> Node | Inode | None:
        """The image's side or, if there is none, the thin layer's: what stays the same as long as this is there."""
        return self.upper if self.lower is None else self.lower

    @property
    def overlay(self) -> bool:
        """Whether this lies in a thin layer and an image, and not in a file system that is mounted on them."""
        return self.mount is None or self.mount.filesystem is None

    def beneath(self, name: str) -> "Found | None":
        """Return what `name` stands for in this directory itself, beneath what may be mounted on it."""
        _, upper, lower, mount = self
        below = lower.children.get(name) if lower is not None and lower.children is not None else None
        if upper is not None and upper.names is not None and name in upper.names:
            above = upper.names[name]
            if above is None:
                return None
            merges = above.names is not None and not above.opaque and below is not None and below.children is not None
            return Found(name, above, below if merges else None, mount)
        return Found(name, None, below, mount) if below is not None else None

    def children(self) -> list[str]:
        """Return the names that show in this directory, sorted."""
        names = set(self.lower.children or ()) if self.lower is not None else set()
        for name, upper in (self.upper.names or {}).items() if self.upper is not None else ():
            if upper is None:
                names.discard(name)
            else:
                names.add(name)
        return sorted(names)

    @property
    def empty(self) -> bool:
        """Whether no name shows in this directory."""
        return not self.children()


class Existing(NamedTuple):
    """Where a path ends in something: the directories on the way (the root first), the last name, what it leads to.

    `name` is "" where the path ends in the root, "." or "..", which `ending` then tells apart, and `left` is the
    directory that is asked for these. `slash`: the path asks for a directory.

    >>> walk(Found("", None, scratch.index), "/..").ending
    '..'
    """

    trail: list[Found]
    name: str
    found: Found
    slash: bool
    ending: str
    left: Found | None = None

    @property
    def parent(self) -> Found:
        """The directory in which the last part of the path was looked up, "." and ".." too."""
        return self.left or self.trail[-1]


class Vacant(NamedTuple):
    """Where a path ends in a name under which nothing shows: the directories on the way, the name, and `slash`.

    >>> walk(Found("", None, scratch.index), "new/")[1:]
    ('new', True)
    """

    trail: list[Found]
    name: str
    slash: bool

    @property
    def parent(self) -> Found:
        """The directory in which nothing has this name."""
        return self.trail[-1]


Place = Existing | Vacant


def walk(root: Found, path: str, *, follow: bool = True, create: bool = False, file: bool = False) -> Place:
    """Follow `path` from `root` and return where it ends; the last name need not exist.

    `follow` walks a symlink at the end of the path too. `create` is for calls that make, remove or rename the last
    name: it is then never followed, not even where a slash stands behind it, and what is mounted there stays out of it
    (fs/namei.c, lookup_one_qstr_excl). `file` is for opening what may be made:
    a slash behind the last name, or behind what a symlink there says, is EISDIR. ENOENT, ENOTDIR, ELOOP and
    ENAMETOOLONG are raised as the kernel raises them (fs/namei.c, link_path_walk).

    >>> place = walk(Found("", None, scratch.index), "/etc/../motd")
    Traceback (most recent call last):
    FileNotFoundError: [Errno 2] No such file or directory: '/etc/../motd'
    """
    pending = _parts(path)
    slash = path.endswith("/") and bool(pending)
    trail = [root]
    ending = "/"
    left = root
    links = 0
    while pending:
        name = pending.pop()
        if name == "." or name == "..":
            ending, left = name, trail[-1]
            # At the root ".." is the root itself (POSIX, pathname resolution), so a path cannot leave the container.
            if name == ".." and len(trail) > 1:
                trail.pop()
            continue
        final = not pending
        # fs/namei.c, open_last_lookups: O_CREAT cannot make a directory, whether the name exists or not.
        if file and final and slash:
            raise refusal(errno.EISDIR, path)
        found = trail[-1].beneath(name) if final and create else trail[-1].child(name)
        kind = found.kind if found is not None else ""
        if found is not None and kind == "symlink" and (not final or (not create and (follow or slash))):
            # Links are counted over the whole path and not per name, so a loop ends here too.
            links += 1
            if links > MAX_SYMLINKS:
                raise refusal(errno.ELOOP, path)
            slash = slash or (final and found.target.endswith("/"))
            ending = _follow(found.target, trail, pending) or ending
            continue
        if final:
            return Vacant(trail, name, slash) if found is None else Existing(trail, name, found, slash, "")
        if found is None:
            raise refusal(errno.ENAMETOOLONG if too_long(name) else errno.ENOENT, path)
        if kind != "directory":
            raise refusal(errno.ENOTDIR, path)
        trail.append(found)
    # The path ended in the root, "." or "..": the last directory on the way is the result.
    return Existing(trail[:-1] or trail, "", trail[-1], True, ending, left)


def _follow(target: str, trail: list[Found], pending: list[str]) -> str:
    """Put a symlink's target in front of what is left of the path; "/" if the search starts at the root again."""
    # `pending` is a stack, the next name last; `_parts` returns the names in that order.
    pending += _parts(target)
    if not target.startswith("/"):
        return ""
    del trail[1:]
    return "/"


def too_long(name: str) -> bool:
    """Tell whether a name is longer than a directory can hold: 255 bytes.

    >>> too_long("x" * 255), too_long("x" * 256)
    (False, True)
    """
    # The limit is in bytes. ASCII text has one byte a letter, so most names need not be encoded.
    return len(name) > NAME_MAX or (not name.isascii() and len(name.encode("utf-8", "surrogateescape")) > NAME_MAX)


def _parts(path: str) -> list[str]:
    """Return the names in `path`, the first one last. An empty path is ENOENT (POSIX, pathname resolution)."""
    if not text(path):
        raise refusal(errno.ENOENT, path)
    # UTF-8 has at most 4 bytes a letter: a short path cannot be too long, and need not be encoded.
    if len(path) * 4 >= PATH_MAX and len(path.encode("utf-8", "surrogateescape")) >= PATH_MAX:
        raise refusal(errno.ENAMETOOLONG, path)
    return [name for name in reversed(path.split("/")) if name]
