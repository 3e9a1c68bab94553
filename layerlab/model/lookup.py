"""Look-up: how a path finds its file, through symlinks and through a thin layer over an image.

A directory has up to two sides: an inode of the thin layer and a node of the image. A name is looked up in the thin
layer first. A whiteout there ends the search. A directory there merges with the image's directory of that name, unless
it is opaque. Any other entry of the thin layer is the result, and the image is not asked.
"""

import errno
from typing import NamedTuple

from layerlab.model.arguments import text
from layerlab.model.inode import Inode
from layerlab.model.oserror import refusal
from layerlab.model.union import Node

# Linux's limits: MAXSYMLINKS in include/linux/namei.h, the other two in include/uapi/linux/limits.h. PATH_MAX counts
# the zero byte at the end of a path too.
MAX_SYMLINKS = 40
NAME_MAX = 255
PATH_MAX = 4096


class Found(NamedTuple):
    """What a name leads to: its side in the thin layer and its side in the image, at least one of which is not None.

    >>> Found("etc", None, Node(Entry("directory", 0o755), {})).kind
    'directory'
    """

    name: str
    upper: Inode | None
    lower: Node | None

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
        """Return what `name` leads to in this directory, None if the name is missing or hidden."""
        _, upper, lower = self
        below = lower.children.get(name) if lower is not None and lower.children is not None else None
        if upper is not None and upper.names is not None and name in upper.names:
            above = upper.names[name]
            if above is None:
                return None
            merges = above.names is not None and not above.opaque and below is not None and below.children is not None
            return Found(name, above, below if merges else None)
        return Found(name, None, below) if below is not None else None

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

    `name` is "" where the path ends in the root, "." or "..", which `ending` then tells apart. `slash`: the path
    asks for a directory.

    >>> walk(Found("", None, scratch.index), "/..").ending
    '..'
    """

    trail: list[Found]
    name: str
    found: Found
    slash: bool
    ending: str


class Vacant(NamedTuple):
    """Where a path ends in a name under which nothing shows: the directories on the way, the name, and `slash`.

    >>> walk(Found("", None, scratch.index), "new/")[1:]
    ('new', True)
    """

    trail: list[Found]
    name: str
    slash: bool


Place = Existing | Vacant


def walk(root: Found, path: str, *, follow: bool = True, create: bool = False, file: bool = False) -> Place:
    """Follow `path` from `root` and return where it ends; the last name need not exist.

    `follow` walks a symlink at the end of the path too. `create` is for calls that make, remove or rename the last
    name: it is then never followed, not even where a slash stands behind it. `file` is for opening what may be made:
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
    links = 0
    while pending:
        name = pending.pop()
        if name == "." or name == "..":
            ending = name
            # At the root ".." is the root itself (POSIX, pathname resolution), so a path cannot leave the container.
            if name == ".." and len(trail) > 1:
                trail.pop()
            continue
        final = not pending
        # fs/namei.c, open_last_lookups: O_CREAT cannot make a directory, whether the name exists or not.
        if file and final and slash:
            raise refusal(errno.EISDIR, path)
        found = trail[-1].child(name)
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
    return Existing(trail[:-1] or trail, "", trail[-1], True, ending)


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
