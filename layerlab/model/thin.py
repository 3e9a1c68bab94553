"""Thin layer: the writable layer of one container, and copy-up, which fills it.

It holds inodes by name. What the image holds is never touched: a change first copies a file up, whole and with
every directory above it; a name that is taken away leaves a whiteout where the image would show through; a
directory made in a whiteout's place is opaque. Nothing here refuses: whoever calls has looked before.
"""

import stat
from collections.abc import Callable

from layerlab.model.entry import OPAQUE_MARK, WHITEOUT_PREFIX, Entry, Kind
from layerlab.model.handle import Handle
from layerlab.model.image import Image
from layerlab.model.inode import Inode
from layerlab.model.lookup import Existing, Found, Place, Vacant
from layerlab.model.union import IMPLIED, Node
from layerlab.model.view import entry_of


class ThinLayer:
    """The upper side of a container's file system; the image below it is the lower one.

    >>> thin = ThinLayer(scratch, clock=lambda: 1)
    >>> thin.listed(), thin.entries()
    ([], {})
    """

    def __init__(self, image: Image, clock: Callable[[], int]) -> None:
        self._image = image
        self._clock = clock
        self._numbers = len(image.layers) + 1 << 32
        self._upper: Inode | None = None
        self._readers: dict[Node, list[Handle]] = {}

    @property
    def root(self) -> Found:
        """Both sides of the root directory. The image's side is indexed when this is first asked for."""
        lower = self._image.index
        if self._upper is None:
            self._upper = Inode.copy_of(lower.entry, lower.entry.inode)
        return Found("", self._upper, lower)

    def readers(self, lower: Node) -> list[Handle]:
        """Return the open handles that read a file of the image; they follow the file once it is copied up."""
        return self._readers.setdefault(lower, [])

    def copy_up(self, place: Existing, *, data: bool = True) -> Inode:
        """Return the thin layer's inode for a place, copied up with its parents if the image answers so far.

        A file with one name keeps its inode number; hard links break: the copy is an inode of its own.
        """
        found = place.found
        if found.upper is not None:
            return found.upper
        if found.kind == "directory":
            return self._copy_up_directories([*place.trail, found])
        assert found.lower is not None
        entry = found.lower.entry
        copy = Inode.copy_of(entry, entry.inode if entry.nlink == 1 else self._number(), data=data)
        _names(self._copy_up_directories(place.trail))[found.name] = copy
        for handle in self._readers.pop(found.lower, ()):
            handle.inode = copy
        return copy

    def new(self, kind: Kind, mode: int, place: Vacant, *, target: str = "", rdev: int = 0) -> Inode:
        """Return a new inode for a place; a directory with the set-group-id bit hands its group on."""
        inode = Inode(kind, mode, mtime=self._clock(), number=self._number(), target=target, rdev=rdev)
        parent = entry_of(place.trail[-1])
        if parent.mode & stat.S_ISGID:
            inode.gid = parent.gid
            if kind == "directory":
                inode.mode |= stat.S_ISGID
        return inode

    def unnamed(self, mode: int) -> Inode:
        """Return a new file that no directory names, as O_TMPFILE makes it."""
        inode = Inode("file", mode, mtime=self._clock(), number=self._number())
        inode.nlink = 0
        return inode

    def create(self, place: Vacant, inode: Inode) -> None:
        """Put an inode at a place where nothing shows."""
        parent = self._copy_up_directories(place.trail)
        names = _names(parent)
        if inode.kind == "directory":
            inode.opaque = place.name in names
            parent.nlink += 1
        names[place.name] = inode
        parent.mtime = self._clock()

    def remove(self, place: Existing) -> None:
        """Take away what shows at a place, with all below it."""
        parent = self._copy_up_directories(place.trail)
        _detach(parent, place.name)
        _hide(place, parent)
        parent.mtime = self._clock()

    def move(self, source: Existing, goal: Place) -> None:
        """Move what shows at one place to another, in place of what shows there."""
        if source.found.kind != "directory":
            self.copy_up(source)
        before = self._copy_up_directories(source.trail)
        after = self._copy_up_directories(goal.trail)
        inode = _names(before)[source.name]
        assert inode is not None
        _detach(after, goal.name)
        if inode.kind == "directory":
            before.nlink -= 1
            after.nlink += 1
            mark_moved(inode, goal)
        _hide(source, before)
        _names(after)[goal.name] = inode
        before.mtime = after.mtime = self._clock()

    def listed(self) -> list[tuple[str, Inode | None]]:
        """Return every path below the root with its inode, None for a whiteout."""
        listed: list[tuple[str, Inode | None]] = []
        work = [("", self._upper)] if self._upper is not None else []
        while work:
            prefix, directory = work.pop()
            for name, inode in _names(directory).items():
                listed.append((prefix + name, inode))
                if inode is not None and inode.names is not None:
                    work.append((f"{prefix}{name}/", inode))
        return listed

    @property
    def size(self) -> int:
        """Bytes: each file once, whole, and the length of symlink targets."""
        return sum({id(inode): inode.size for _, inode in self.listed() if inode is not None}.values())

    def entries(self) -> dict[str, Entry]:
        """Return what a layer holds of it. A name that starts with .wh. raises ValueError; sockets are left out."""
        entries: dict[str, Entry] = {}
        numbers: dict[int, int] = {}  # a layer counts its own inodes from 1
        marks = 0
        for path, inode in self.listed():
            parent, _, name = path.rpartition("/")
            if name.startswith(WHITEOUT_PREFIX):
                raise ValueError(f"/{path}: a layer cannot hold a name that starts with .wh., which marks a whiteout")
            if inode is None:
                marks -= 1
                entries[f"{parent}/{WHITEOUT_PREFIX}{name}".lstrip("/")] = Entry("whiteout", 0, inode=marks)
            elif inode.kind != "socket":
                number = numbers.setdefault(inode.number, len(numbers) + 1)
                entries[path] = inode.entry()._replace(inode=number)
            if inode is not None and inode.opaque:
                marks -= 1
                entries[f"{path}/{OPAQUE_MARK}"] = Entry("opaque", 0, inode=marks)
        root = entry_of(self.root)
        # A layer that says nothing of the root gives it the attributes of a directory that is only implied.
        if not _same_attributes(root, IMPLIED if entries else self._image.index.entry):
            entries[""] = root
        return {name: entries[name] for name in sorted(entries)}

    def _copy_up_directories(self, trail: list[Found]) -> Inode:
        upper = trail[0].upper
        assert upper is not None
        for found in trail[1:]:
            child = _names(upper).get(found.name)
            if child is None:
                assert found.lower is not None
                child = Inode.copy_of(found.lower.entry, found.lower.entry.inode)
                _names(upper)[found.name] = child
                upper.nlink += 1
            upper = child
        return upper

    def _number(self) -> int:
        self._numbers += 1
        return self._numbers


def mark_moved(directory: Inode, goal: Place) -> None:
    """Make a directory opaque that moves to where it might merge with one of the image."""
    directory.opaque = directory.opaque or goal.trail[-1].lower is not None


def _names(directory: Inode) -> dict[str, Inode | None]:
    assert directory.names is not None
    return directory.names


def _hide(place: Existing, parent: Inode) -> None:
    """Take the name out of the thin layer, leaving a whiteout where the image would show through."""
    lower = place.trail[-1].lower
    if lower is not None and lower.children is not None and place.name in lower.children:
        _names(parent)[place.name] = None
    else:
        _names(parent).pop(place.name, None)


def _detach(parent: Inode, name: str) -> None:
    """Count down the links of what a name of the thin layer stands for, and of all below it."""
    inode = _names(parent).get(name)
    if inode is None:
        return
    parent.nlink -= inode.kind == "directory"
    work = [inode]
    while work:
        gone = work.pop()
        if gone.names is None:
            gone.nlink -= 1
        else:
            work += [child for child in gone.names.values() if child is not None]


def _same_attributes(one: Entry, other: Entry) -> bool:
    return (one.mode, one.uid, one.gid, one.xattrs) == (other.mode, other.uid, other.gid, other.xattrs)
