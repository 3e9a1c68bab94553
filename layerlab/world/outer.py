"""The outside of an archive: a folder or a tar in which names lead to content.

Symlinks and hard links between its names are followed, within it: a link that leaves it or runs in circles raises
ArchiveError.
"""

import os
import tempfile
from abc import ABC, abstractmethod
from weakref import WeakValueDictionary

from layerlab.world.changeset import MOST_SYMLINKS, clean
from layerlab.world.compression import Compression, detect
from layerlab.world.errors import ArchiveError, MissingError, at, shown
from layerlab.world.files import File, Part
from layerlab.world.headers import WITH_DATA, Headers, Member
from layerlab.world.limits import Limits

WINDOW = 4096
SYMLINK, HARD_LINK, DIRECTORY = b"2", b"1", b"5"


class Outer(ABC):
    """Named content. Names are relative, with slashes on every system."""

    @abstractmethod
    def get(self, name: str) -> Part | None:
        """Return the content under `name`, or None where there is none."""

    @abstractmethod
    def folders(self) -> list[str]:
        """Return the names of the folders at its top, in order."""

    def __getitem__(self, name: str) -> Part:
        """Return the content under `name`; a missing one raises ArchiveError."""
        content = self.get(name)
        if content is None:
            raise MissingError(f"{shown(name)} is not in the archive")
        return content


class Folder(Outer):
    """An archive that lies unpacked in a folder."""

    def __init__(self, path: str) -> None:
        self._root = os.path.realpath(path)
        self._files: WeakValueDictionary[str, File] = WeakValueDictionary()

    def get(self, name: str) -> Part | None:
        """Return the content of the file `name`; each is opened once and then lives as long as what uses it."""
        path = os.path.realpath(os.path.join(self._root, *_parts(name)))
        if os.path.commonpath([path, self._root]) != self._root:
            raise ArchiveError(f"{shown(name)}: a link leads out of the archive")
        if not os.path.lexists(path):
            return None
        file = self._files.get(path)
        if file is None:
            with at(shown(name)):
                file = self._files[path] = File.open(path)
        return Part(file, 0, file.size)

    def folders(self) -> list[str]:
        """Return the names of the folders at its top, in order."""
        return sorted(entry.name for entry in os.scandir(self._root) if entry.is_dir())


class Tar(Outer):
    """An archive that is a tar. Only its headers are read: contents are skipped by their size.

    `stored` is all of it as it lies on the disk, compressed or not.
    """

    def __init__(self, file: File, limits: Limits, stored: File) -> None:
        self.stored = Part(stored, 0, stored.size)
        self._file = file
        self._most = limits.entries
        self._members: dict[str, Member] = {}
        self._twice: set[str] = set()
        self._found: dict[str, Part] = {}
        headers = Headers(self._add, limits.header)
        while headers.next < file.size and not headers.ended:
            headers.skip(headers.next)
            headers.feed(file.read(headers.next, headers.next + max(WINDOW, headers.missing)))
        headers.skip(file.size)
        headers.finish(marked=True)

    def get(self, name: str) -> Part | None:
        """Return the content of the member that `name` leads to."""
        path = self._resolve(name)
        member = self._members.get(path)
        if member is None:
            return None
        if path in self._twice:
            raise ArchiveError(f"{shown(path)}: the archive has two files of this name")
        if member.type not in WITH_DATA:
            raise ArchiveError(f"{shown(path)} is not a file")
        return self._found.setdefault(path, Part(self._file, member.offset, member.size))

    def names(self) -> list[str]:
        """Return all names, in the order of the tar."""
        return [name for name in self._members if name]

    def folders(self) -> list[str]:
        """Return the names of the folders at its top, in order."""
        return sorted({name.partition("/")[0] for name in self._members if "/" in name})

    def _add(self, member: Member) -> None:
        name = clean(member.name)
        if member.name.startswith(b"/"):
            raise ArchiveError(f"{shown(member.name.decode(errors='replace'))}: a name that starts at /")
        if name in self._members and member.type != DIRECTORY:
            self._twice.add(name)
        if len(self._members) >= self._most:
            raise ArchiveError(f"more than {self._most:,} members")
        self._members[name] = member

    def _resolve(self, name: str) -> str:
        pending = _parts(name)[::-1]
        here: list[str] = []
        links = 0
        while pending:
            part = pending.pop()
            if part == "..":
                if not here:
                    raise ArchiveError(f"{shown(name)}: a link leads out of the archive")
                here.pop()
                continue
            here.append(part)
            member = self._members.get("/".join(here))
            if member is None or member.type not in (SYMLINK, HARD_LINK):
                continue
            links += 1
            if links > MOST_SYMLINKS:
                raise ArchiveError(f"{shown(name)}: links lead in a circle")
            target = member.link.decode("utf-8", "surrogateescape")
            if target.startswith("/"):
                raise ArchiveError(f"{shown(name)}: a link leads out of the archive, to {shown(target)}")
            here = [] if member.type == HARD_LINK else here[:-1]
            pending += [part for part in reversed(target.split("/")) if part not in ("", ".")]
        return "/".join(here)


def open_outer(path: str, limits: Limits) -> Outer:
    """Open the archive at `path`. A compressed tar is unpacked to a temporary file that has no name."""
    if os.path.isdir(path):
        return Folder(path)
    stored = File.open(path)
    compression = detect(stored.read(0, 8))
    file = _unpacked(stored, compression, limits) if compression else stored
    if not file.size:
        raise ArchiveError("the file is empty")
    return Tar(file, limits, stored)


def _unpacked(file: File, compression: Compression, limits: Limits) -> File:
    inflater = compression.inflater()
    size = 0
    with tempfile.TemporaryFile(buffering=0) as plain:
        for chunk in file.chunks():
            for piece in inflater.feed(chunk):
                size += len(piece)
                if size > limits.unpacked:
                    raise ArchiveError(f"the file unpacks to more than {limits.unpacked:,} bytes")
                plain.write(piece)
        inflater.finish()
        return File(os.dup(plain.fileno()))


def _parts(name: str) -> list[str]:
    """Return the parts of a name that a document states. One that leaves the archive raises ArchiveError."""
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if name.startswith("/") or ".." in parts or "\0" in name or not parts:
        raise ArchiveError(f"{shown(name)} is no name of a file in the archive")
    return parts
