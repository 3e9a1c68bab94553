"""Atomic writing: a new file or folder appears under its name whole, or what was there before stays as it was.

Bytes go beside the target and move there at the end. Where the system can, they go into a file that has no name yet
(Linux's O_TMPFILE): then a process that is killed leaves nothing behind.
"""

import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO

from layerlab.archive.errors import NO_NAME, ArchiveError


@contextmanager
def new_file(path: str) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` when the block ends without an error.

    It gets the rights of the file that it replaces. What is at `path` and is no regular file raises ArchiveError; a
    symlink is followed.
    """
    path = _followed(path)
    mode = os.stat(path).st_mode if os.path.lexists(path) else None
    if mode is not None and not stat.S_ISREG(mode):
        raise ArchiveError("a folder is there" if os.path.isdir(path) else "what is there is no regular file")
    nameless = _nameless(os.path.dirname(path))
    with _named(path) if nameless is None else open(nameless, "wb") as file:
        if mode is not None and os.chmod in os.supports_fd:
            os.chmod(file.fileno(), stat.S_IMODE(mode))
        yield file
        file.flush()
        os.fsync(file.fileno())
        if nameless is not None:
            _link(nameless, path)


@contextmanager
def new_folder(path: str) -> Iterator[str]:
    """Make a folder, give its present path, and move it to `path` when the block ends without an error.

    What is at `path` must be an empty folder, or nothing; else ArchiveError is raised.
    """
    path = _followed(path)
    if os.path.lexists(path) and not os.path.isdir(path):
        raise ArchiveError("a file is there, where a folder must be new or empty")
    there = os.path.isdir(path)
    if there and os.listdir(path):
        raise ArchiveError("the folder is not empty")
    if there and os.path.samefile(path, os.curdir):
        raise ArchiveError("this is the folder that you are in, which would be gone: name a new one")
    beside = _beside(path)
    os.mkdir(beside)
    try:
        if there:
            shutil.copymode(path, beside)
        yield beside
        if os.name == "nt" and there:
            os.rmdir(path)  # only POSIX renames onto an empty folder
        os.rename(beside, path)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise


def _followed(path: str) -> str:
    """Return where a path leads once symlinks are followed."""
    try:
        return os.path.realpath(path)
    except ValueError:  # a zero byte, or letters that this system has no bytes for
        raise ArchiveError(NO_NAME) from None


def _nameless(folder: str) -> int | None:
    """Return the descriptor of a new file without a name, None where the system has none."""
    flag: int | None = getattr(os, "O_TMPFILE", None)
    if flag is None or not os.path.isdir("/proc/self/fd"):
        return None
    with suppress(OSError):  # file systems that lack them, and a folder that takes no file, which then says so itself
        return os.open(folder, flag | os.O_WRONLY | os.O_CLOEXEC, 0o666)
    return None


def _link(nameless: int, path: str) -> None:
    """Give a nameless file its name. Where the name is taken, it needs another one first: a link replaces nothing."""
    source = f"/proc/self/fd/{nameless}"
    folder = os.open(os.path.dirname(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        try:
            # Given a folder's descriptor, os.link calls linkat and follows the symlink in /proc.
            os.link(source, path, dst_dir_fd=folder)
        except FileExistsError:
            beside = _beside(path)
            os.link(source, beside, dst_dir_fd=folder)
            _replace(beside, path)
    finally:
        os.close(folder)


@contextmanager
def _named(path: str) -> Iterator[BinaryIO]:
    beside = _beside(path)
    try:
        with open(beside, "xb") as file:
            yield file
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(beside)
        raise
    _replace(beside, path)


def _replace(beside: str, path: str) -> None:
    try:
        os.replace(beside, path)
    except OSError:
        os.unlink(beside)
        raise


def _beside(path: str) -> str:
    folder, name = os.path.split(path)
    return os.path.join(folder, f".{name[:200]}.{secrets.token_hex(4)}")
