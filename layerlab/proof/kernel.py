"""Kernel: the same verbs as a container's, on a real overlay mount of the same layers.

A process first asks for mounts of its own (`enter`), as root or, where that is allowed, as root of a user
namespace; they go with the process. Then `Overlay` writes an image's layers to folders and mounts them with the
options that engines use: redirect_dir, index and metacopy off. Linux alone has overlayfs.
"""

import contextlib
import ctypes
import errno
import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from layerlab.model.entry import Entry, Kind
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.model.lookup import PATH_MAX
from layerlab.model.oserror import refusal
from layerlab.model.tar import ESCAPE, OWN, in_order

# include/uapi/linux/sched.h and mount.h: Python's os has no mount, and unshare only since 3.12.
_CLONE_NEWNS, _CLONE_NEWUSER = 0x00020000, 0x10000000
_MS_RDONLY, _MS_NODEV, _MS_REMOUNT, _MS_NOATIME = 1, 4, 1 << 5, 1 << 10
_MS_BIND, _MS_REC, _MS_PRIVATE = 1 << 12, 1 << 14, 1 << 18
_MNT_DETACH = 2
_O_PATH: int = getattr(os, "O_PATH", 0)
_O_NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
_ACCESS = os.O_RDONLY | os.O_WRONLY | os.O_RDWR

KINDS: dict[int, Kind] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFIFO: "fifo",
    stat.S_IFCHR: "char",
    stat.S_IFBLK: "block",
    stat.S_IFSOCK: "socket",
}


DEVICES = (stat.S_IFCHR, stat.S_IFBLK)
SHARED = ("protected_regular", "protected_fifos", "protected_symlinks")


class NoOverlay(Exception):  # noqa: N818 - a state of the machine, not a mistake of the caller
    """This machine does not let us mount overlays; the text says which step was refused."""


@dataclass(frozen=True)
class Ground:
    """Where overlays can be mounted: a private tmpfs folder, and whether we are the machine's own root.

    Root of a user namespace makes no device nodes, owns no other users' ids, and marks opaque directories with
    `user.` attributes. A `guarded` machine protects the files of sticky directories, as the model does not: it takes
    the settings fs.protected_... to be 0, as they are in a kernel that nobody set up.
    """

    folder: Path
    privileged: bool
    guarded: bool = False

    @property
    def prefix(self) -> str:
        """What the names of overlayfs's own extended attributes start with."""
        return "trusted.overlay." if self.privileged else "user.overlay."


def enter(folder: Path, *, privileged: bool = True) -> Ground:
    """Give this process mounts of its own and a fresh tmpfs on `folder`, an empty folder.

    Nothing outside this process sees them. The umask becomes 0. The machine's root stays that if `privileged`; anyone
    else, and a root who may not mount, becomes root of a user namespace. Raises NoOverlay where the machine refuses.
    """
    if not hasattr(os, "setxattr"):
        raise NoOverlay("overlayfs is part of Linux, and this is another system")
    uid, gid = os.getuid(), os.getgid()
    try:
        privileged = privileged and uid == 0 and _own_mounts()
        if not privileged:
            _system("unshare", _CLONE_NEWNS | _CLONE_NEWUSER)
            # Before gid_map, which an ordinary user may not write otherwise (user_namespaces(7)).
            Path("/proc/self/setgroups").write_text("deny")
            Path("/proc/self/uid_map").write_text(f"0 {uid} 1")
            Path("/proc/self/gid_map").write_text(f"0 {gid} 1")
        # Private, so that no mount made here reaches the rest of the machine (mount_namespaces(7)).
        mount("none", "/", None, _MS_REC | _MS_PRIVATE)
        mount("tmpfs", str(folder), "tmpfs", 0)
        # The model takes no umask off a mode.
        os.umask(0)
        ground = Ground(folder, privileged, _guarded())
        # An overlay of no layers tells whether this machine lets us mount any.
        with Overlay(Image(()), ground):
            pass
    except OSError as error:
        raise NoOverlay(f"overlayfs cannot be mounted here: {error}") from error
    return ground


def _guarded() -> bool:
    settings = [Path("/proc/sys/fs", name) for name in SHARED]
    return any(setting.exists() and setting.read_text().strip() != "0" for setting in settings)


def _own_mounts() -> bool:
    try:
        _system("unshare", _CLONE_NEWNS)
    except PermissionError:
        return False
    return True


class Overlay:
    """An image's layers and an empty upper directory, mounted by the kernel; a context manager.

    `merged` and `upper` are folders outside, and `bare` is `merged` without what is mounted in it. The verbs work on
    the present root directory, so call them within `inside()`, where `/` is the merged root and absolute symlinks lead
    as they do in a container.
    """

    _counter = 0

    def __init__(self, image: Image, ground: Ground) -> None:
        Overlay._counter += 1
        self._folder = ground.folder / f"{Overlay._counter}"
        self.ground = ground
        self.merged, self.upper, self.bare = (str(self._folder / name) for name in ("merged", "upper", "bare"))
        self._outside = -1
        self._image = image

    def __enter__(self) -> "Overlay":
        lowers = [self._folder / f"{number}" for number in range(len(self._image.layers))] or [self._folder / "0"]
        for folder in (self._folder, *lowers, *(self._folder / name for name in ("upper", "work", "merged", "bare"))):
            folder.mkdir()
        for layer, folder in zip(self._image.layers, lowers, strict=False):
            write_layer(layer, str(folder), self.ground.prefix)
        # The merged root shows the attributes of the upper directory, so they are set to those of the image's root.
        _dress(self.upper, self._image.index.entry)
        options = [
            # overlayfs.rst, "Multiple lower layers": the first of the list is the highest layer.
            "lowerdir=" + ":".join(str(folder) for folder in reversed(lowers)),
            f"upperdir={self.upper}",
            f"workdir={self._folder / 'work'}",
            "index=off,metacopy=off,xino=off",
            # userxattr: marks in user. attributes, which root of a user namespace may write. It needs nofollow.
            "redirect_dir=off" if self.ground.privileged else "userxattr,redirect_dir=nofollow",
        ]
        self._outside = os.open("/", os.O_RDONLY)
        # Without devices, so that a random step never opens a driver of this machine.
        mount("overlay", self.merged, "overlay", _MS_NODEV | _MS_NOATIME, ",".join(options))
        # A bind mount without MS_REC leaves out what is mounted in the folder, now and later.
        mount(self.merged, self.bare, None, _MS_BIND)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        # Detached, because an open file would keep the mount busy (umount2(2)).
        for folder in (self.bare, self.merged):
            _system("umount2", os.fsencode(folder), _MNT_DETACH)
        shutil.rmtree(self._folder, ignore_errors=True)
        os.close(self._outside)

    def folder(self, number: int, files: Layer) -> None:
        """Write a folder of the host, to be bound by its number."""
        path = self._folder / f"host-{number}"
        path.mkdir()
        write_layer(files, str(path), self.ground.prefix)

    def mount(self, path: str, folder: int | None, mode: int, *, read_only: bool) -> None:
        """Mount a folder or, without one, a tmpfs on a directory, which is made where it is missing.

        A tmpfs has `mode` where it is missing, else the directory's own, as runc 1.1 has it.
        """
        target = f"{self.merged}/{path}"
        if os.path.isdir(target):
            mode = stat.S_IMODE(os.stat(target).st_mode)
        for each in [*reversed(Path(target).relative_to(self.merged).parents), Path(path)][1:]:
            with contextlib.suppress(FileExistsError):
                os.mkdir(f"{self.merged}/{each}", 0o755)
        if folder is None:
            mount("tmpfs", target, "tmpfs", _MS_NODEV, f"mode={mode:o}")
        else:
            mount(str(self._folder / f"host-{folder}"), target, None, _MS_BIND)
        # The first call of mount(2) for a bind mount takes no other flags.
        mount("none", target, None, _MS_BIND | _MS_REMOUNT | _MS_NODEV | _MS_RDONLY * read_only)

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """Make the merged folder this process's root for a while."""
        os.chroot(self.merged)
        os.chdir("/")
        try:
            yield
        finally:
            # A folder that was opened before the chroot leads out again.
            os.fchdir(self._outside)
            os.chroot(".")

    # The verbs, as `Container` has them.

    def open(self, path: str, flags: int, mode: int = 0o666) -> "KernelHandle":
        """Open a file. It never waits: where it would, EAGAIN is raised, and ENXIO where it is a device."""
        access = flags & _ACCESS
        try:
            file = os.open(path, flags | os.O_NONBLOCK, mode)
        except OSError as error:
            if error.errno == errno.EACCES and self._is_device(path, flags) and not self._strange(path, flags):
                raise refusal(errno.ENXIO, path) from error
            if error.errno == errno.ENXIO and not flags & os.O_NONBLOCK and stat.S_ISFIFO(os.stat(path).st_mode):
                raise refusal(errno.EAGAIN, path) from error
            raise
        if access != os.O_RDWR and not flags & (os.O_NONBLOCK | _O_PATH) and stat.S_ISFIFO(os.fstat(file).st_mode):
            os.close(file)
            raise refusal(errno.EAGAIN, path)
        return KernelHandle(file)

    @staticmethod
    def _is_device(path: str, flags: int) -> bool:
        try:
            status = os.stat(path, follow_symlinks=not flags & _O_NOFOLLOW)
        except OSError:
            return False
        return stat.S_IFMT(status.st_mode) in DEVICES

    @staticmethod
    def _strange(path: str, flags: int) -> bool:
        """Tell whether it was O_CREAT in a sticky directory that refused a device, and not the mount, without devices.

        Both are EACCES, so that the mount hides the rule; on one with devices Linux 6.18 refused 1:200 so.
        """
        name = os.path.realpath(path)
        above, status = os.stat(os.path.dirname(name)), os.stat(name)
        shared = above.st_mode & 0o1002 == 0o1002
        return bool(flags & os.O_CREAT and shared and status.st_uid not in (0, above.st_uid))

    def read(self, path: str) -> bytes:
        """Return a file's bytes."""
        with contextlib.closing(self.open(path, os.O_RDONLY)) as file:
            return file.read()

    def write(self, path: str, data: bytes) -> None:
        """Replace a file's bytes, or make a new file."""
        with contextlib.closing(self.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)) as file:
            file.write(data)

    def append(self, path: str, data: bytes) -> None:
        """Add bytes at a file's end, or make a new file."""
        with contextlib.closing(self.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)) as file:
            file.write(data)

    def write_at(self, path: str, offset: int, data: bytes) -> None:
        """Put bytes at `offset` in a file that exists."""
        with contextlib.closing(self.open(path, os.O_WRONLY)) as file:
            file.pwrite(data, offset)

    def stat(self, path: str) -> Entry:
        """Return what `path` leads to, without its content and extended attributes."""
        return entry(os.stat(path))

    def lstat(self, path: str) -> Entry:
        """Return what is at `path`, without its content and extended attributes."""
        return entry(os.lstat(path))

    def listdir(self, path: str) -> list[str]:
        """Return the names in a directory, sorted."""
        return sorted(os.listdir(path))

    def readlink(self, path: str) -> str:
        """Return a symlink's target."""
        return os.readlink(path)

    def truncate(self, path: str, size: int) -> None:
        """Cut a file, or let it grow. File systems differ where its size stays: the time is then set as on ext4."""
        os.truncate(path, size)
        os.utime(path)

    def mkdir(self, path: str, mode: int = 0o755) -> None:
        """Make a directory."""
        os.mkdir(path, mode)

    def rmdir(self, path: str) -> None:
        """Remove an empty directory."""
        os.rmdir(path)

    def unlink(self, path: str) -> None:
        """Remove a name that is no directory."""
        os.unlink(path)

    def rmtree(self, path: str) -> None:
        """Remove a name and all below it, name by name, as `rm -r` does."""
        stem = path.rstrip("/")
        if not 0 < len(os.fsencode(path)) < PATH_MAX:
            os.lstat(path)
        if not stem:
            raise refusal(errno.EBUSY, path)
        if stem.rpartition("/")[2] in (".", ".."):
            os.lstat(path)
            raise refusal(errno.EINVAL, path)
        if not stat.S_ISDIR(os.lstat(stem).st_mode):
            os.unlink(path)
            return
        folder, _, name = stem.rpartition("/")
        stem = f"{os.path.realpath(folder) if folder else ''}/{name}"
        refused: OSError | None = None
        for name in sorted(os.listdir(stem)):
            try:
                self.rmtree(f"{stem}/{name}")
            except FileNotFoundError:  # a whiteout that is listed and cannot be removed
                continue
            except OSError as error:  # as `rm -r` goes on where something is mounted
                refused = refused or error
        if refused is not None:
            raise refused
        os.rmdir(stem)

    def delete(self, path: str, *, tree: bool = False) -> None:
        """Remove a file or, with `tree`, a name and all below it."""
        (self.rmtree if tree else self.unlink)(path)

    def touch(self, path: str) -> None:
        """Set the time of the last change to now, and make an empty file where there is none."""
        try:
            os.utime(path)
        except FileNotFoundError:
            self.open(path, os.O_WRONLY | os.O_CREAT, 0o644).close()

    def rename(self, old: str, new: str) -> None:
        """Move a name."""
        os.rename(old, new)

    def link(self, old: str, new: str) -> None:
        """Give a file another name; a symlink is not followed."""
        os.link(old, new, follow_symlinks=False)

    def symlink(self, target: str, path: str) -> None:
        """Make a symlink."""
        os.symlink(target, path)

    def mknod(self, path: str, mode: int, rdev: int = 0) -> None:
        """Make a node."""
        os.mknod(path, mode, rdev)

    def chmod(self, path: str, mode: int) -> None:
        """Set permission bits."""
        os.chmod(path, mode)

    def chown(self, path: str, uid: int, gid: int, follow_symlinks: bool = True) -> None:
        """Set owner and group."""
        os.chown(path, uid, gid, follow_symlinks=follow_symlinks)

    def utime(self, path: str, mtime: int | None = None) -> None:
        """Set the time of the last change."""
        os.utime(path, None if mtime is None else (mtime, mtime))

    def setxattr(self, path: str, key: str, value: bytes) -> None:
        """Set an extended attribute."""
        os.setxattr(path, key, value)

    def getxattr(self, path: str, key: str) -> bytes:
        """Return an extended attribute's value."""
        return os.getxattr(path, key)

    def listxattr(self, path: str) -> list[str]:
        """Return the keys of the extended attributes, sorted."""
        return sorted(os.listxattr(path))

    def removexattr(self, path: str, key: str) -> None:
        """Remove an extended attribute."""
        os.removexattr(path, key)


class KernelHandle:
    """An open file of an overlay, with the methods of a container's `Handle`."""

    def __init__(self, number: int) -> None:
        self._number = number

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes from the position on, all that is left if negative."""
        pieces: list[bytes] = []
        while size < 0 or not pieces:
            pieces.append(os.read(self._number, 1 << 16 if size < 0 else size))
            if not pieces[-1]:
                break
        return b"".join(pieces)

    def pread(self, size: int, offset: int) -> bytes:
        """Return up to `size` bytes from `offset` on."""
        return os.pread(self._number, size, offset)

    def write(self, data: bytes) -> int:
        """Put bytes at the position."""
        return os.write(self._number, data)

    def pwrite(self, data: bytes, offset: int) -> int:
        """Put bytes at `offset`."""
        return os.pwrite(self._number, data, offset)

    def truncate(self, size: int) -> None:
        """Cut the file, or let it grow."""
        os.ftruncate(self._number, size)

    def close(self) -> None:
        """Close the file; closing it again does nothing."""
        if self._number >= 0:
            os.close(self._number)
        self._number = -1


def entry(status: os.stat_result) -> Entry:
    """Return what the kernel says of a name as an entry, without content, target and extended attributes."""
    kind = KINDS[stat.S_IFMT(status.st_mode)]
    return Entry(
        kind,
        stat.S_IMODE(status.st_mode),
        status.st_uid,
        status.st_gid,
        status.st_mtime_ns // 1_000_000_000,
        status.st_size if kind in ("file", "symlink") else 0,
        rdev=status.st_rdev if kind in ("char", "block") else 0,
        nlink=status.st_nlink,
        inode=status.st_ino,
    )


def write_layer(layer: Layer, folder: str, prefix: str) -> None:
    """Write a layer into an empty folder as overlayfs reads it: whiteouts are 0:0 devices, opaque marks attributes."""
    first: dict[int, str] = {}
    dressed = {folder: Entry("directory", 0o755)}
    for name in in_order(layer.entries):
        entry = layer.entries[name]
        path = f"{folder}/{name}" if name else folder
        parent, _, base = path.rpartition("/")
        if entry.kind == "opaque":
            os.setxattr(parent, f"{prefix}opaque", b"y")
        elif entry.kind == "whiteout":
            # Behind ".wh.", four letters, stands the name that is hidden.
            os.mknod(f"{parent}/{base[4:]}", stat.S_IFCHR, 0)
        elif entry.nlink > 1 and entry.inode in first:
            os.link(first[entry.inode], path, follow_symlinks=False)
        else:
            first[entry.inode] = path
            dressed[path] = entry
            _make(path, entry)
    # Only when all names exist, because making a name changes the time of its directory.
    for path in sorted(dressed, reverse=True):
        _dress(path, dressed[path])


def _make(path: str, entry: Entry) -> None:
    if entry.kind == "directory":
        os.makedirs(path, exist_ok=True)
    elif entry.kind == "symlink":
        os.symlink(entry.target, path)
    elif entry.kind == "file":
        with open(path, "wb") as file:
            file.writelines(entry.content.chunks())
    else:
        kind = next(bits for bits, kind in KINDS.items() if kind == entry.kind)
        os.mknod(path, kind | 0o600, entry.rdev)


def _dress(path: str, entry: Entry) -> None:
    """Give a file its owner, permissions, extended attributes and time, in an order in which each stays."""
    # Owner first: chown clears set-id bits and capabilities (chown(2)).
    os.chown(path, entry.uid, entry.gid, follow_symlinks=False)
    for key, value in entry.xattrs.items():
        escaped = OWN + ESCAPE + key.removeprefix(OWN) if key.startswith(OWN) else key
        os.setxattr(path, escaped, value, follow_symlinks=False)
    if entry.kind != "symlink":
        os.chmod(path, entry.mode)
    os.utime(path, (entry.mtime, entry.mtime), follow_symlinks=False)


def mount(source: str, target: str, kind: str | None, flags: int, options: str = "") -> None:
    """Mount a file system, as mount(2) does; raises OSError."""
    name = kind.encode() if kind else None
    _system("mount", source.encode(), os.fsencode(target), name, flags, os.fsencode(options))


def _system(name: str, *arguments: int | bytes | None) -> None:
    library = ctypes.CDLL(None, use_errno=True)
    if getattr(library, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
