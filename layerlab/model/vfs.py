"""VFS: the operations on files, with the errors that the kernel gives for them, on whatever a path leads to.

The kernel's virtual file system walks a path, refuses what no file system may do, and asks the one that holds the
place. Here these are two: an overlay of an image and a thin layer, with redirect_dir, index and metacopy off, as
engines mount it, and plain trees without an image below, as volumes are. In an overlay the first change to a file of
the image copies the whole file up, with every directory above it; deleting leaves a whiteout; a directory made again
over a whiteout is opaque; a directory of the image is never renamed in place (EXDEV).
"""

import errno
import os
import stat
from collections.abc import Callable, Mapping

from layerlab.model import arguments, capability
from layerlab.model.entry import NO_XATTRS, Entry, Kind, after_chown
from layerlab.model.handle import Handle
from layerlab.model.inode import Inode
from layerlab.model.lookup import PATH_MAX, Existing, Found, Place, Vacant, too_long, walk
from layerlab.model.oserror import MOUNTED_ON, OTHER_MOUNT, refusal
from layerlab.model.tar import ESCAPE, OWN
from layerlab.model.thin import ThinLayer, mark_moved
from layerlab.model.view import View, entry_of

# The two halves of a Unix mode: twelve permission bits, and the type of the file above them (inode(7)).
PERMISSIONS, KIND = 0o7777, 0o170000
# Linux's limits on one attribute, in bytes: include/uapi/linux/limits.h.
XATTR_NAME_MAX = 255
XATTR_SIZE_MAX = 65536

SHARED = stat.S_ISVTX | stat.S_IWOTH

# Systems other than Linux lack some of these; 0 then means that nobody can ask for them.
O_DIRECTORY = getattr(os, "O_DIRECTORY", 0)
O_NOFOLLOW = getattr(os, "O_NOFOLLOW", 0)
O_NONBLOCK = getattr(os, "O_NONBLOCK", 0)
O_PATH = getattr(os, "O_PATH", 0)
O_TMPFILE = getattr(os, "O_TMPFILE", 0)
# O_TMPFILE contains O_DIRECTORY, so that old kernels refuse it (include/uapi/asm-generic/fcntl.h); this is the
# remaining bit.
O_UNNAMED = O_TMPFILE & ~O_DIRECTORY
O_ACCMODE = os.O_RDONLY | os.O_WRONLY | os.O_RDWR
# Both bits at once are Linux's access mode 3, which gives a handle that neither reads nor writes (open(2)).
WRITING = (os.O_WRONLY, os.O_RDWR)

_NODES: dict[int, Kind] = {
    # A mode without a type makes a regular file (mknod(2)).
    0: "file",
    stat.S_IFREG: "file",
    stat.S_IFIFO: "fifo",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
    stat.S_IFSOCK: "socket",
}


class FileTree:
    """Files to work on: a container's, a volume's, a folder's of the host.

    Operations run as root, no umask is taken off a mode, and paths start at the tree's root. A misuse raises the
    OSError that the kernel raises, errno included.

    >>> site = Host().folder("/srv/site", {"index.html": b"hi"})
    >>> site.append("index.html", b"!")
    >>> site.read("index.html"), site.stat("index.html").size
    (b'hi!', 3)
    """

    def __init__(self, thin: ThinLayer, clock: Callable[[], int]) -> None:
        self._thin = thin
        self._clock = clock

    @property
    def _root(self) -> Found:
        """The directory at which paths start."""
        raise NotImplementedError

    # What is there.

    def stat(self, path: str) -> Entry:
        """Return the entry that `path` leads to, symlinks walked."""
        return entry_of(self._find(path))

    def lstat(self, path: str) -> Entry:
        """Return the entry at `path`, the symlink itself if it is one."""
        return entry_of(self._find(path, follow=False))

    def listdir(self, path: str = "/") -> list[str]:
        """Return the names in a directory, sorted; whiteouts and what they hide are not among them."""
        found = self._find(path)
        if found.kind != "directory":
            raise refusal(errno.ENOTDIR, path)
        return found.children()

    def readlink(self, path: str) -> str:
        """Return a symlink's target."""
        found = self._find(path, follow=False)
        if found.kind != "symlink":
            raise refusal(errno.EINVAL, path)
        return found.target

    def view(self) -> View:
        """Return all files as they are seen from here now, those of mounts too."""
        return View(self._root)

    # Reading and writing files.

    def open(self, path: str, flags: int, mode: int = 0o666) -> Handle:
        """Open a file with `os.O_*` flags and return a handle; opening for writing alone copies it up.

        With O_CREAT a new file gets exactly `mode`. Where a real open would wait for another process (a fifo) it is
        refused with EAGAIN instead, and a device is refused with ENXIO: no driver is behind it.
        """
        path, flags, mode = arguments.text(path), arguments.mode(flags), arguments.mode(mode)
        # O_PATH comes first: with it the kernel ignores O_CREAT, O_TRUNC and the access mode (open(2)).
        if flags & O_PATH:
            return self._open_path(path, flags)
        # fs/open.c, build_open_flags: this pair of flags is refused before the path is looked at.
        if flags & os.O_CREAT and flags & O_DIRECTORY:
            raise refusal(errno.EINVAL, path)
        if flags & O_UNNAMED:
            return self._open_unnamed(path, flags, mode)
        place = self._place_to_open(path, flags)
        if isinstance(place, Vacant):
            return self._open_new(place, path, flags, mode)
        self._refuse_open(place, path, flags)
        if place.found.kind != "file":
            return self._open_special(place.found, path, flags)
        if flags & O_ACCMODE in WRITING or flags & os.O_TRUNC:
            self._to_write(place.found, path)
            return Handle(path, flags, self._opened_to_write(place, flags), clock=self._clock)
        return self._open_to_read(place.found, path, flags)

    def read(self, path: str) -> bytes:
        """Return a file's bytes. Reading copies nothing up."""
        with self.open(path, os.O_RDONLY) as handle:
            return handle.read()

    def write(self, path: str, data: bytes) -> None:
        """Replace a file's bytes, or make a new file, mode 0644. What the file held is not copied up first."""
        data = arguments.data(data)
        # O_TRUNC is what a shell's `>` uses. With it the kernel copies the file up without its bytes.
        with self.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644) as handle:
            handle.write(data)

    def append(self, path: str, data: bytes) -> None:
        """Add bytes at a file's end, or make a new file, mode 0644."""
        data = arguments.data(data)
        with self.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) as handle:
            handle.write(data)

    def write_at(self, path: str, offset: int, data: bytes) -> None:
        """Put bytes at `offset` in a file that exists; a gap before them reads as zeros."""
        data = arguments.data(data)
        with self.open(path, os.O_WRONLY) as handle:
            handle.pwrite(data, offset)

    def place(self, path: str, entry: Entry) -> None:
        """Make what `entry` says at a path, in place of a file that is there, as a builder's COPY does.

        A file's bytes are shared with the entry and not read, so that this costs the same for any size.
        """
        place = walk(self._root, arguments.text(path), create=True)
        if isinstance(place, Existing):
            self.unlink(path)
        vacant = self._to_create(path)
        inode = Inode.copy_of(entry, self._thin.new(entry.kind, entry.mode, vacant).number)
        # The bytes come from outside: `origin` would say that they were copied up from the image.
        inode.origin, inode.metadata_only = None, False
        self._thin.create(vacant, inode)

    def truncate(self, path: str, size: int) -> None:
        """Cut a file to `size` bytes, or let it grow with zeros. The file is copied up whole first."""
        path, size = arguments.text(path), arguments.offset(size, "a size")
        if size < 0:
            raise refusal(errno.EINVAL, path)
        place = self._existing(path)
        if place.found.kind == "directory":
            raise refusal(errno.EISDIR, path)
        if place.found.kind != "file":
            raise refusal(errno.EINVAL, path)
        self._to_write(place.found, path)
        # Unlike O_TRUNC, truncate(2) copies all bytes up first: fs/overlayfs/inode.c, ovl_setattr.
        inode = self._thin.copy_up(place)
        assert inode.pages is not None
        inode.metadata_only = False
        inode.pages.truncate(size)
        inode.drop_capability()
        inode.mtime = self._clock()

    # Making, removing and moving names.

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Make a directory; one that takes the place of a whiteout is opaque."""
        path, mode = arguments.text(path), arguments.mode(mode)
        place = self._to_create(path, directory=True)
        # Linux takes the sticky bit from the mode of mkdir, but not the set-id bits (mkdir(2)).
        self._thin.create(place, self._thin.new("directory", mode & 0o1777, place))

    def rmdir(self, path: str) -> None:
        """Remove an empty directory; EBUSY where something is mounted on it."""
        place = walk(self._root, path, create=True)
        if isinstance(place, Existing) and not place.name:
            # fs/namei.c, do_rmdir, tells these three endings apart; do_unlinkat does not.
            raise refusal({"/": errno.EBUSY, ".": errno.EINVAL, "..": errno.ENOTEMPTY}[place.ending], path)
        place = self._to_remove(place, path)
        found = place.found
        if found.kind != "directory":
            raise refusal(errno.ENOTDIR, path)
        if found.busy:
            raise refusal(errno.EBUSY, path, MOUNTED_ON)
        if not found.empty:
            raise refusal(errno.ENOTEMPTY, path)
        self._thin.remove(place)

    def unlink(self, path: str) -> None:
        """Remove a name that is no directory. A file of the image leaves a whiteout, and frees nothing."""
        place = walk(self._root, path, create=True)
        if isinstance(place, Existing) and not place.name:
            raise refusal(errno.EISDIR, path)
        place = self._to_remove(place, path)
        if place.found.kind == "directory":
            raise refusal(errno.EISDIR, path)
        if place.slash:
            raise refusal(errno.ENOTDIR, path)
        self._thin.remove(place)

    def rmtree(self, path: str) -> None:
        """Remove a name and all below it, as `rm -r` does: a tree of the image leaves one whiteout at its top.

        Where something is mounted in the tree, all else goes, and all that is in the mount too; then EBUSY is raised.
        """
        place = self._present(walk(self._root, path, create=True), path)
        if not place.name:
            raise refusal(errno.EBUSY if place.ending == "/" else errno.EINVAL, path)
        if place.slash and place.found.kind != "directory":
            self._to_write(place.parent, path)
            raise refusal(errno.ENOTDIR, path)
        if (error := self._remove_tree(place, path)) is not None:
            raise error

    def delete(self, path: str, *, tree: bool = False) -> None:
        """Remove a file as `rm` does or, with `tree`, a name and all below it as `rm -r` does.

        These are `unlink` and `rmtree` under the word that people use.
        """
        if tree:
            self.rmtree(path)
        else:
            self.unlink(path)

    def rename(self, old: str, new: str) -> None:
        """Move a name, replacing what `new` was; a directory that is part of the image is refused with EXDEV."""
        old, new = arguments.text(old), arguments.text(new)
        start, goal = walk(self._root, old, create=True), walk(self._root, new, create=True)
        if start.parent.mount is not goal.parent.mount:
            raise refusal(errno.EXDEV, new, OTHER_MOUNT)
        for place, path in ((start, old), (goal, new)):
            # A path that ends in "/", "." or ".." names no entry that could be moved: fs/namei.c, do_renameat2.
            if not place.name:
                raise refusal(errno.EBUSY, path)
        source = self._to_remove(start, old)
        if too_long(goal.name):
            raise refusal(errno.ENAMETOOLONG, new)
        if not self._refuse_rename(source, goal, old, new):
            self._thin.move(source, goal)

    def link(self, old: str, new: str) -> None:
        """Give a file another name: a hard link. A file of the image is copied up first; a symlink is not followed."""
        old, new = arguments.text(old), arguments.text(new)
        # On Linux link(2) does not follow a symlink; POSIX leaves this to the system.
        source = self._existing(old, follow=False)
        goal = self._to_create(new)
        if source.found.mount is not goal.parent.mount:
            raise refusal(errno.EXDEV, new, OTHER_MOUNT)
        if source.found.kind == "directory":
            raise refusal(errno.EPERM, new)
        # The copy must exist first, because a name in the thin layer cannot point into the image.
        inode = self._thin.copy_up(source)
        inode.nlink += 1
        self._thin.create(goal, inode)

    def symlink(self, target: str, path: str) -> None:
        """Make a symlink at `path` whose text is `target`. The target need not exist."""
        path = arguments.text(path)
        # An empty target is ENOENT, as an empty path is (symlink(2)).
        if not arguments.text(target, "a symlink's target"):
            raise refusal(errno.ENOENT, path)
        # PATH_MAX counts the zero byte at the end too, hence >= and not >.
        if len(target.encode("utf-8", "surrogateescape")) >= PATH_MAX:
            raise refusal(errno.ENAMETOOLONG, path)
        place = self._to_create(path)
        self._thin.create(place, self._thin.new("symlink", 0o777, place, target=target))

    def mknod(self, path: str, mode: int, rdev: int = 0) -> None:
        """Make a file, fifo, socket or device node; `mode` holds its type (`stat.S_IF...`) and permissions.

        A character device 0:0 is refused with EPERM outside mounts: it is how overlayfs writes a whiteout.
        """
        path, mode, rdev = arguments.text(path), arguments.mode(mode), arguments.device(rdev, path)
        kind = _NODES.get(mode & KIND)
        if kind is None:
            # fs/namei.c, may_mknod: a directory is EPERM, an unknown type EINVAL.
            raise refusal(errno.EPERM if mode & KIND == stat.S_IFDIR else errno.EINVAL, path)
        place = self._to_create(path)
        # fs/overlayfs/dir.c, ovl_mknod; the name is checked before, so an existing one is EEXIST.
        if kind == "char" and rdev == 0 and place.parent.overlay:
            raise refusal(errno.EPERM, path)
        self._thin.create(
            place, self._thin.new(kind, mode & PERMISSIONS, place, rdev=rdev if kind in ("char", "block") else 0)
        )

    # Changing metadata: each change copies the whole file up, because metacopy is off (overlayfs.rst, "Metadata only
    # copy up").

    def chmod(self, path: str, mode: int) -> None:
        """Set permission bits. A file of the image is copied up whole."""
        path, mode = arguments.text(path), arguments.mode(mode)
        self._thin.copy_up(self._to_change(path)).mode = mode & PERMISSIONS

    def chown(self, path: str, uid: int, gid: int, follow_symlinks: bool = True) -> None:
        """Set owner and group, -1 for no change. A file loses its set-user-id bit and its capabilities."""
        path, new_uid, new_gid = arguments.text(path), arguments.owner(uid), arguments.owner(gid)
        inode = self._thin.copy_up(self._to_change(path, follow=follow_symlinks))
        inode.uid = inode.uid if new_uid is None else new_uid
        inode.gid = inode.gid if new_gid is None else new_gid
        # fs/open.c, chown_common: capabilities too are cleared when the owner changes, even by root.
        if inode.kind != "directory":
            inode.drop_capability()
        if inode.kind not in ("directory", "symlink"):
            inode.mode = after_chown(inode.mode)

    def utime(self, path: str, mtime: int | None = None) -> None:
        """Set the time of the last change, in whole seconds; now, by the host's clock, if None."""
        path, mtime = arguments.text(path), None if mtime is None else arguments.offset(mtime, "a time")
        inode = self._thin.copy_up(self._to_change(path))
        inode.mtime = self._clock() if mtime is None else mtime

    def touch(self, path: str) -> None:
        """Set the time of the last change to now, and make an empty file, mode 0644, where there is none."""
        try:
            self.utime(path)
        except FileNotFoundError:
            self.open(path, os.O_WRONLY | os.O_CREAT, 0o644).close()

    def setxattr(self, path: str, key: str, value: bytes) -> None:
        """Set an extended attribute: user. (on files and directories only), trusted. or security. and a name.

        A value of `security.capability` that is no capability is refused with EINVAL.
        """
        value = arguments.data(value, "an attribute's value")
        place = self._with_xattrs(path, key, len(value), errno.EPERM, self._to_change)
        # fs/xattr.c, vfs_setxattr, looks at capabilities before it asks overlayfs, so that nothing is copied up.
        if key == capability.NAME and not capability.accepted(value):
            raise refusal(errno.EINVAL, path)
        inode = self._thin.copy_up(place)
        _refuse_key(key, path)  # overlayfs asks the file system below, so a key that it refuses has copied up too
        inode.set_xattr(key, value)
        inode.xattrs = capability.as_shown(inode.xattrs)

    def getxattr(self, path: str, key: str) -> bytes:
        """Return an extended attribute's value; ENODATA if it is missing, EINVAL if a capability is malformed."""
        place = self._with_xattrs(path, key, 0, errno.ENODATA, self._existing)
        _refuse_key(key, path)
        xattrs = self._xattrs(place)
        if key not in xattrs:
            raise refusal(errno.ENODATA, path)
        if key == capability.NAME and capability.shown(xattrs[key]) is None:
            raise refusal(errno.EINVAL, path)
        return xattrs[key]

    def listxattr(self, path: str) -> list[str]:
        """Return the keys of the extended attributes, sorted."""
        return sorted(self._xattrs(self._existing(path)))

    def removexattr(self, path: str, key: str) -> None:
        """Remove an extended attribute; ENODATA where there is none."""
        place = self._with_xattrs(path, key, 0, errno.EPERM, self._to_change)
        _refuse_key(key, path)
        if key not in self._xattrs(place):
            raise refusal(errno.ENODATA, path)
        self._thin.copy_up(place).set_xattr(key, None)

    # Finding: what the operations above start with.

    def _find(self, path: str, *, follow: bool = True) -> Found:
        return self._existing(path, follow=follow).found

    def _existing(self, path: str, *, follow: bool = True) -> Existing:
        place = self._present(walk(self._root, path, follow=follow), path)
        if place.slash and place.found.kind != "directory":
            raise refusal(errno.ENOTDIR, path)
        return place

    @staticmethod
    def _present(place: Place, path: str) -> Existing:
        if isinstance(place, Vacant):
            raise refusal(errno.ENAMETOOLONG if too_long(place.name) else errno.ENOENT, path)
        return place

    def _to_change(self, path: str, *, follow: bool = True) -> Existing:
        place = self._existing(path, follow=follow)
        self._to_write(place.found, path)
        return place

    def _to_remove(self, place: Place, path: str) -> Existing:
        # fs/namei.c asks for the right to write to a mount before it looks the last name up (mnt_want_write), but only
        # after that where the name is to be made.
        self._to_write(place.parent, path)
        return self._present(place, path)

    @staticmethod
    def _to_write(found: Found, path: str) -> None:
        """Raise where what was found lies in a mount that is read-only."""
        if found.mount is not None and found.mount.read_only:
            raise refusal(errno.EROFS, path)

    def _to_create(self, path: str, *, directory: bool = False) -> Vacant:
        place = walk(self._root, path, create=True)
        if isinstance(place, Existing):
            raise refusal(errno.EEXIST, path)
        if too_long(place.name):
            raise refusal(errno.ENAMETOOLONG, path)
        if place.slash and not directory:
            raise refusal(errno.ENOENT, path)
        self._to_write(place.parent, path)
        return place

    @staticmethod
    def _xattrs(place: Existing) -> Mapping[str, bytes]:
        _, upper, lower, _ = place.found
        if upper is not None:
            return upper.xattrs
        return lower.entry.xattrs if lower is not None else NO_XATTRS

    def _with_xattrs(self, path: str, key: str, size: int, special: int, find: Callable[[str], Existing]) -> Existing:
        path, key = arguments.text(path), arguments.text(key, "an attribute's name")
        # fs/xattr.c: ERANGE for a name that is empty or too long, E2BIG for a value that is too long.
        if not 0 < len(os.fsencode(key)) <= XATTR_NAME_MAX:
            raise refusal(errno.ERANGE, path)
        if size > XATTR_SIZE_MAX:
            raise refusal(errno.E2BIG, path)
        place = find(path)
        # xattr(7): on other files the permission bits do not say who may store data. `special` is the errno for them.
        if key.startswith("user.") and place.found.kind not in ("file", "directory"):
            raise refusal(special, path)
        if key.startswith(OWN) and place.found.overlay:
            _refuse_own(key, path)
        return place

    def _refuse_rename(self, source: Existing, goal: Place, old: str, new: str) -> bool:
        """Raise where a rename is refused, in the kernel's order; return True where it has nothing to do.

        The order is that of fs/namei.c, do_renameat2 and vfs_rename, then of fs/overlayfs/dir.c, ovl_rename.
        """
        moved = source.found
        is_directory = moved.kind == "directory"
        if not is_directory and (source.slash or goal.slash):
            raise refusal(errno.ENOTDIR, old if source.slash else new)
        if is_directory and any(_same(found, moved) for found in goal.trail):
            raise refusal(errno.EINVAL, new)
        over = goal.found if isinstance(goal, Existing) else None
        if over is not None and self._refuse_replace(source, over, new):
            return True
        if moved.busy or (over is not None and over.busy):
            raise refusal(errno.EBUSY, old if moved.busy else new, MOUNTED_ON)
        # overlayfs.rst, "renaming directories": with redirect_dir off this is EXDEV, and mv(1) then copies the tree.
        if is_directory and moved.lower is not None:
            raise refusal(errno.EXDEV, old)
        if over is not None and is_directory and not over.empty:
            if over.lower is None and moved.upper is not None:
                mark_moved(moved.upper, goal)  # overlayfs marks first, and lets the upper file system refuse
            raise refusal(errno.ENOTEMPTY, new)
        return False

    @staticmethod
    def _refuse_replace(source: Existing, over: Found, new: str) -> bool:
        """Raise where one thing cannot take the place of another; return True where both are one file."""
        moved = source.found
        is_directory = moved.kind == "directory"
        if any(_same(found, over) for found in source.trail):
            raise refusal(errno.ENOTEMPTY, new)
        # Both names are links to one file: POSIX's rename then succeeds and does nothing.
        if _same(over, moved):
            return True
        if is_directory != (over.kind == "directory"):
            raise refusal(errno.ENOTDIR if is_directory else errno.EISDIR, new)
        return False

    # Removing a tree in which something is mounted.

    def _remove_tree(self, place: Existing, path: str) -> OSError | None:
        """Remove as much of a tree as can be removed; return the first refusal."""
        refused: OSError | None = None
        inside = place.parent.child(place.name) if _holds_mount(place.found) else None
        for name in inside.children() if inside is not None else ():
            assert inside is not None
            # What was mounted twice is gone here too once it was removed there.
            if (found := inside.beneath(name)) is not None:
                there = Existing([*place.trail, inside], name, found, False, "")
                error = self._remove_tree(there, f"{path}/{name}")
                refused = refused or error
        if refused is not None:
            return refused
        try:
            self._to_write(place.parent, path)
        except OSError as error:
            return error
        if place.found.busy:
            return refusal(errno.EBUSY, path, MOUNTED_ON)
        self._thin.remove(place)
        return None

    # Opening: the cases that `open` tells apart.

    def _place_to_open(self, path: str, flags: int) -> Place:
        creates = bool(flags & os.O_CREAT)
        # With O_CREAT, O_EXCL never follows a symlink at the end of the path, so a dangling one is EEXIST (open(2)).
        follow = not ((creates and flags & os.O_EXCL) or flags & O_NOFOLLOW)
        return walk(self._root, path, follow=follow, file=creates)

    @staticmethod
    def _refuse_open(place: Existing, path: str, flags: int) -> None:
        """Raise where opening what exists is refused, in the order of fs/namei.c, do_open."""
        found = place.found
        writes = flags & O_ACCMODE != os.O_RDONLY
        if flags & os.O_CREAT and flags & os.O_EXCL:
            raise refusal(errno.EEXIST, path)
        if found.kind == "directory" and (writes or flags & (os.O_CREAT | os.O_TRUNC)):
            raise refusal(errno.EISDIR, path)
        if flags & os.O_CREAT and _strange(place):
            raise refusal(errno.EACCES, path)
        if found.kind != "directory" and (place.slash or flags & O_DIRECTORY):
            raise refusal(errno.ENOTDIR, path)

    def _opened_to_write(self, place: Existing, flags: int) -> Inode:
        # fs/overlayfs/copy_up.c, ovl_copy_up_one: with O_TRUNC the size to copy is 0.
        inode = self._thin.copy_up(place, data=not flags & os.O_TRUNC)
        # fs/overlayfs/copy_up.c, ovl_need_meta_copy_up: to open for writing needs the bytes, even if none is written.
        inode.metadata_only = False
        if flags & os.O_TRUNC and inode.pages is not None:
            inode.pages.truncate(0)
            inode.drop_capability()
            inode.mtime = self._clock()
        return inode

    def _open_to_read(self, found: Found, path: str, flags: int) -> Handle:
        if found.lower is None or found.upper is not None:
            return Handle(path, flags, found.upper, clock=self._clock)
        # The handle reads the image now. It is kept in a list, because after a copy-up it must read the copy.
        readers = self._thin.readers(found.lower)
        handle = Handle(path, flags, None, found.lower.entry, clock=self._clock, readers=readers)
        readers.append(handle)
        return handle

    def _open_new(self, place: Vacant, path: str, flags: int, mode: int) -> Handle:
        if too_long(place.name):
            raise refusal(errno.ENAMETOOLONG, path)
        if not flags & os.O_CREAT:
            raise refusal(errno.ENOENT, path)
        self._to_write(place.parent, path)
        inode = self._thin.new("file", mode & PERMISSIONS, place)
        self._thin.create(place, inode)
        return Handle(path, flags, inode, clock=self._clock)

    def _open_unnamed(self, path: str, flags: int, mode: int) -> Handle:
        if not flags & O_DIRECTORY or flags & O_ACCMODE == os.O_RDONLY:
            raise refusal(errno.EINVAL, path)
        place = self._existing(path, follow=not flags & O_NOFOLLOW)
        if place.found.kind != "directory":
            raise refusal(errno.ENOTDIR, path)
        self._to_write(place.found, path)
        self._thin.copy_up(place)
        return Handle(path, flags, self._thin.unnamed(mode & PERMISSIONS), clock=self._clock)

    def _open_path(self, path: str, flags: int) -> Handle:
        found = self._find(path, follow=not flags & O_NOFOLLOW)
        if flags & O_DIRECTORY and found.kind != "directory":
            raise refusal(errno.ENOTDIR, path)
        return Handle(path, flags, None, entry_of(found), clock=self._clock)

    def _open_special(self, found: Found, path: str, flags: int) -> Handle:
        # Only O_NOFOLLOW leads here; POSIX's open names ELOOP for it.
        if found.kind == "symlink":
            raise refusal(errno.ELOOP, path)
        access = flags & O_ACCMODE
        # On Linux a pipe that is opened for reading and writing never waits for another process (fifo(7)).
        if found.kind == "fifo" and access != os.O_RDWR:
            if access not in (os.O_RDONLY, os.O_WRONLY):
                raise refusal(errno.EINVAL, path)
            if access == os.O_WRONLY and flags & O_NONBLOCK:
                raise refusal(errno.ENXIO, path)
            if not flags & O_NONBLOCK:
                raise refusal(errno.EAGAIN, path)
        elif found.kind not in ("directory", "fifo"):
            raise refusal(errno.ENXIO, path)
        return Handle(path, flags, None, entry_of(found), clock=self._clock)


def _same(one: Found, other: Found) -> bool:
    """Tell whether two look-ups found one and the same file or directory in one mount."""
    if one.mount is not other.mount:
        return False
    if one.upper is not None or other.upper is not None:
        return one.upper is other.upper
    return one.lower is other.lower


def _holds_mount(directory: Found) -> bool:
    """Tell whether something is mounted on a directory or in it."""
    work = [directory] if directory.mount is not None and directory.mount.points else []
    while work:
        found = work.pop()
        if found.busy:
            return True
        if found.kind == "directory":
            work += [child for name in found.children() if (child := found.beneath(name)) is not None]
    return False


def _strange(place: Existing) -> bool:
    """Tell whether O_CREAT is refused for an entry of a sticky directory that everyone may write, as /tmp is.

    A symlink, socket or device in such a directory is opened only if root or the directory's owner owns the entry
    (fs/namei.c, may_create_in_sticky). For files and pipes the kernel has the settings fs.protected_regular and
    fs.protected_fifos. The model takes both settings as 0, which is the kernel's own default.
    """
    parent, found = place.trail[-1], entry_of(place.found)
    if found.uid == 0 or found.kind in ("file", "fifo", "directory"):
        return False
    above = entry_of(parent)
    return above.mode & SHARED == SHARED and found.uid != above.uid


def _refuse_own(key: str, path: str) -> None:
    """Raise for a user's attribute in overlayfs's own name space that overlayfs cannot store under another name.

    overlayfs stores such an attribute as `trusted.overlay.overlay.NAME`, so the name must leave room for eight bytes
    more: fs/overlayfs/xattrs.c, ovl_own_xattr_set.
    """
    if key == OWN:
        raise refusal(errno.EINVAL, path)
    if len(os.fsencode(key)) + len(ESCAPE) > XATTR_NAME_MAX:
        raise refusal(errno.EOPNOTSUPP, path)


def _refuse_key(key: str, path: str) -> None:
    # Linux has one handler for each name space; the file system chooses the handler by the prefix (xattr(7)).
    space, dot, name = key.partition(".")
    if not dot or space not in ("user", "trusted", "security"):
        raise refusal(errno.EOPNOTSUPP, path)
    if not name:
        raise refusal(errno.EINVAL, path)
