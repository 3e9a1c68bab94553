"""Thin layer: the writable layer of one container, and copy-up, which fills it.

A thin layer holds inodes by name, and the image never changes. A change first copies the whole file up, with every
directory above the file. If a name of the image is removed, a whiteout takes its place. A directory that is made in
the place of a whiteout is opaque. Nothing here is refused, because the caller has checked the operation before.

A place may also lie in a mount. Then the inodes are those of the mounted file system, and the thin layer holds nothing
of them.
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
        # Numbers above those of every layer: `union.merge` puts a layer's number + 1 into the bits from 32 up.
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
        """Return the thin layer's inode for a place; a file of the image is first copied up, with its parents.

        A file with one name keeps its inode number. If the file has several names, the copy gets a new number and the
        other names still lead to the old file, as in overlayfs with index off (overlayfs.rst, "Non-standard behavior").
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
        # fs/overlayfs/file.c looks at each read whether the file has been copied up since it was opened.
        for handle in self._readers.pop(found.lower, ()):
            handle.inode = copy
        return copy

    def new(self, kind: Kind, mode: int, place: Vacant, *, target: str = "", rdev: int = 0) -> Inode:
        """Return a new inode for a place; a directory with the set-group-id bit hands its group on."""
        filesystem = place.parent.mount.filesystem if place.parent.mount is not None else None
        number = self._number() if filesystem is None else filesystem.inode_number()
        inode = Inode(kind, mode, mtime=self._clock(), number=number, target=target, rdev=rdev)
        parent = entry_of(place.parent)
        # fs/inode.c, inode_init_owner: a new directory gets the bit too, so the group goes down the tree.
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
            # Nothing shows here, so a name that is in the thin layer is a whiteout. Without the opaque mark, the new
            # directory would merge with what the whiteout hid: fs/overlayfs/dir.c, ovl_create_over_whiteout.
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
        # A directory that may be moved is in the thin layer already: those of the image are refused before.
        if source.found.kind != "directory":
            self.copy_up(source)
        before = self._copy_up_directories(source.trail)
        after = self._copy_up_directories(goal.trail)
        inode = _names(before)[source.name]
        assert inode is not None
        # What `goal` names is replaced, so its links are counted down before its name is given to another inode.
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
        # Two names of one inode are one file on the disk, so each inode is counted once.
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
        # In a mount all is there to be written to, and so the directories on the way to it stay as they are.
        trail = [found for found in trail if found.mount is trail[-1].mount]
        upper = trail[0].upper
        assert upper is not None
        for found in trail[1:]:
            child = _names(upper).get(found.name)
            # overlayfs.rst, "Non-directories": copy-up first makes the missing parents, with the image's metadata.
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
    """Make a moved directory opaque if its new parent is also in the image, so that it cannot merge with the image's.

    overlayfs does so whenever the parent is merged, without looking for the name: fs/overlayfs/dir.c, ovl_rename.
    """
    directory.opaque = directory.opaque or goal.trail[-1].lower is not None


def _names(directory: Inode) -> dict[str, Inode | None]:
    assert directory.names is not None
    return directory.names


def _hide(place: Existing, parent: Inode) -> None:
    """Take the name out of the thin layer, leaving a whiteout where the image would show through."""
    lower = place.trail[-1].lower
    # fs/overlayfs/dir.c, ovl_do_remove: a whiteout only where a lower layer has the name, else nothing is left.
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
