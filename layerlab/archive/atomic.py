"""Atomic writing: a new file or folder appears under its name whole, or what was there before stays as it was.

Bytes are written into a folder beside the target, which only this user can enter, and are renamed at the end. After an
error this folder is removed. Only a process that is killed leaves it behind.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from layerlab.archive.errors import NO_NAME, ArchiveError


@contextmanager
def new_file(path: str) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of `path` when the block ends without an error.

    It gets the rights of the file that it replaces. What is at `path` and is no regular file raises ArchiveError; a
    symlink is followed.
    """
    path = _followed(path)
    there = os.path.lexists(path)
    if there and not stat.S_ISREG(os.stat(path).st_mode):
        raise ArchiveError("a folder is there" if os.path.isdir(path) else "what is there is no regular file")
    with _beside(path) as made:
        with open(made, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())  # else a crash after the rename could leave a file without bytes
        if there:
            _copy_mode(path, made)
        # One step: readers see the old file or the new one, never a part.
        os.replace(made, path)


@contextmanager
def new_folder(path: str) -> Iterator[str]:
    """Make a folder, give its present path, and move it to `path` when the block ends without an error.

    What is at `path` must be an empty folder, or nothing; else ArchiveError is raised.
    """
    path = _followed(path)
    there = os.path.isdir(path)
    if os.path.lexists(path) and not there:
        raise ArchiveError("a file is there, where a folder must be new or empty")
    if there and os.listdir(path):
        raise ArchiveError("the folder is not empty")
    if there and os.path.samefile(path, os.curdir):
        raise ArchiveError("this is the folder that you are in, which would be gone: name a new one")
    with _beside(path) as made:
        os.mkdir(made)
        if there:
            _copy_mode(path, made)
        yield made
        if os.name == "nt" and there:
            os.rmdir(path)  # only POSIX renames onto an empty folder
        os.rename(made, path)


def _followed(path: str) -> str:
    """Return where a path leads once symlinks are followed."""
    try:
        return os.path.realpath(path)
    except ValueError:  # the name contains a zero byte, or letters that this system cannot encode
        raise ArchiveError(NO_NAME) from None


def _copy_mode(path: str, made: str) -> None:
    # As shutil.copymode does. But shutil imports every kind of compression, and the first question would wait for it.
    os.chmod(made, stat.S_IMODE(os.stat(path).st_mode))


@contextmanager
def _beside(path: str) -> Iterator[str]:
    """Give a path of the same name in a new folder beside `path`, because a rename on one disk is one step."""
    from tempfile import TemporaryDirectory  # slow to import, and few save

    folder, name = os.path.split(path)
    # The name is cut, because most file systems take 255 bytes and random letters follow.
    with TemporaryDirectory(prefix=f".{name[:200]}.", dir=folder) as place:
        yield os.path.join(place, name)
