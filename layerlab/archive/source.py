"""The outside of an archive: a folder or a tar in which names lead to content.

Symlinks and hard links inside the archive are followed. A link that leaves the archive, or leads in a circle, raises
ArchiveError.
"""

import os
import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from operator import eq
from typing import Any
from weakref import WeakValueDictionary

from layerlab.archive.compression import Compression, detect
from layerlab.archive.documents import parse
from layerlab.archive.errors import ArchiveError, MissingError, at
from layerlab.archive.files import ArchiveFile, Part, Revisited, temporary
from layerlab.archive.limits import Budget, Limits, hint
from layerlab.archive.mistaken import looks_like
from layerlab.archive.policy import LINK_OUT, LINK_TO_LATER, TWO_FILES, refusal
from layerlab.archive.progress import OnProgress
from layerlab.archive.tar_entries import check_type, clean
from layerlab.archive.tar_headers import PAX_GLOBAL, WITH_DATA, Headers, Member
from layerlab.model.hashing import algorithm, hashed
from layerlab.model.lookup import MAX_SYMLINKS
from layerlab.model.tar import BLOCK, HARD_LINK
from layerlab.words.printable import shown

IN_LAYOUT = re.compile(r"blobs/(sha256|sha384|sha512)/([0-9a-f]+)")
# One read of this length usually contains a header together with the long name before it.
WINDOW = 4096
# A process may have few files open, on macOS 256 by default, and the notebook's kernel needs some of them.
MOST_OPEN = 64
# In JSON each value but the first follows one of these. Counting them bounds the memory before anything is parsed.
VALUES = (b",", b"[", b"{")
SYMLINK, DIRECTORY = b"2", b"5"


class Source(ABC):
    """Named content. Names are relative, with slashes on every system.

    `budget` is what is left of the limits. It is None until something has been taken off it.
    """

    budget: Budget | None = None

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._read: dict[str, bytes] = {}
        self._documents: dict[str, Any] = {}
        self._digests: dict[tuple[str, str], str] = {}
        self._json = 0
        self._values = 0

    @abstractmethod
    def get(self, name: str) -> Part | None:
        """Return the content under `name`, or None where there is none."""

    @abstractmethod
    def holders(self, name: str) -> list[str]:
        """Return the folders at its top in which there is something called `name`, in order."""

    def read(self, name: str) -> bytes:
        """Return the bytes of a JSON document. More bytes in all than the limits allow raises ArchiveError."""
        if name not in self._read:
            content = self[name]
            self._json += content.size
            if self._json > self._limits.json:
                raise ArchiveError(f"more than {self._limits.json:,} bytes of JSON: {hint('json')}")
            self._read[name] = content.read()
        return self._read[name]

    def document(self, name: str) -> Any:
        """Return what a JSON document says. More values in all than the limits allow raises ArchiveError."""
        if name not in self._documents:
            data = self.read(name)
            self._values += sum(map(data.count, VALUES))
            if self._values > self._limits.values:
                raise ArchiveError(f"more than {self._limits.values:,} values in JSON: {hint('values')}")
            self._documents[name] = parse(data)
        return self._documents[name]

    def digest(self, name: str, like: str = "sha256:") -> str:
        """Return the digest of a JSON document, by the algorithm that the digest `like` names."""
        key = name, algorithm(like)
        if key not in self._digests:
            self._digests[key] = hashed(self.read(name), like)
        return self._digests[key]

    def __getitem__(self, name: str) -> Part:
        """Return the content under `name`; a missing one raises ArchiveError."""
        content = self.get(name)
        if content is None:
            raise MissingError(f"{shown(name)} is not in the archive")
        return content


class FolderSource(Source):
    """An archive that is a folder of files."""

    def __init__(self, path: str, limits: Limits) -> None:
        super().__init__(limits)
        self._root = os.path.realpath(path)
        # A file is closed when no content uses it any more, so this dictionary must not keep it open.
        self._files: WeakValueDictionary[str, ArchiveFile | Revisited] = WeakValueDictionary()

    def get(self, name: str) -> Part | None:
        """Return the content of the file `name`. The file stays open while it is used, unless too many are open."""
        try:
            path = os.path.realpath(os.path.join(self._root, *_parts(name)))
        except UnicodeEncodeError:  # this system cannot name such a file
            return None
        # A blob may be a link to a store that several layouts share. Its digest is verified, so a link that leads to
        # any other file gives an error.
        if os.path.commonpath([path, self._root]) != self._root and not stated_digest(name):
            raise refusal(LINK_OUT, name)
        with at(shown(name)):
            try:
                os.lstat(path)
            except (FileNotFoundError, NotADirectoryError):
                return None
            file = self._files.get(path)
            if file is None:
                file = ArchiveFile.open(path) if ArchiveFile.opened < MOST_OPEN else Revisited(path)
                self._files[path] = file
        return Part(file, 0, file.size)

    def holders(self, name: str) -> list[str]:
        """Return the folders at its top in which there is something called `name`, in order."""
        return [folder for folder in sorted(os.listdir(self._root)) if os.path.lexists(f"{self._root}/{folder}/{name}")]


class TarSource(Source):
    """An archive that is a tar. Only its headers are read: contents are skipped by their size.

    `stored` is the whole archive as it is on the disk, compressed or not. `marked` tells whether two zero blocks end
    the tar.
    """

    def __init__(self, file: ArchiveFile, limits: Limits, stored: ArchiveFile, budget: Budget | None = None) -> None:
        super().__init__(limits)
        self.budget = budget
        self.stored = Part(stored, 0, stored.size)
        self._file = file
        self._members: dict[str, Member] = {}
        self._earlier: dict[str, list[Member]] = {}
        self._found: dict[str, Part] = {}
        self._counted = Budget(limits, 0)
        # A name can lead over many links, so each step of following them takes something off a budget of its own.
        self._walked = Budget(limits, 0)
        self._linked = False
        headers = Headers(self._add, self._counted)
        while headers.next < file.size and not headers.ended:
            headers.skip(headers.next)
            headers.feed(file.read(headers.next, headers.next + max(WINDOW, headers.missing)))
        headers.skip(file.size)
        headers.finish()
        self.marked = headers.ended

    def get(self, name: str) -> Part | None:
        """Return the content of the member that `name` leads to."""
        path = self._resolve(name)
        member = self._members.get(path)
        if member is None or self._in_a_file(path):
            return None
        if not all(self._equal(member, other) for other in self._earlier.get(path, ())):
            raise refusal(TWO_FILES, path)
        # They were compared and are equal, so they need not be compared again.
        self._earlier.pop(path, None)
        if member.type not in WITH_DATA:
            raise ArchiveError(f"{shown(path)} is not a file")
        if member.holes:
            raise ArchiveError(f"{shown(path)} is a sparse file, which only a layer may hold")
        return self._found.setdefault(path, Part(self._file, member.offset, member.size))

    def _in_a_file(self, path: str) -> bool:
        """Tell whether a part of a path before the last is a file: then Docker cannot unpack both."""
        above = (self._members.get(path[:at]) for at, letter in enumerate(path) if letter == "/")
        return any(member is not None and member.type in WITH_DATA for member in above)

    def names(self) -> list[str]:
        """Return all names, in the order of the tar."""
        return [name for name in self._members if name]

    def holders(self, name: str) -> list[str]:
        """Return the folders at its top in which there is something called `name`, in order."""
        ending = f"/{name}"
        found = (member.removesuffix(ending) for member in self._members if member.endswith(ending))
        return sorted(folder for folder in found if "/" not in folder)

    def _add(self, member: Member) -> None:
        self._counted.entry(len(member.name) + len(member.link))
        if member.type == PAX_GLOBAL:
            return  # engines make no file of it, so that its name may be anything
        name = clean(member.name)
        check_type(member)
        if (known := self._members.get(name)) and not known.type == member.type == DIRECTORY:
            # Docker reads the last member of a name, Podman the first: what they say must be the same.
            self._earlier.setdefault(name, []).append(known)
        self._linked = self._linked or member.type in (SYMLINK, HARD_LINK)
        self._members[name] = member

    def _equal(self, one: Member, other: Member) -> bool:
        """Tell whether two members are the same file, or lead to the same one."""
        if one.type in (SYMLINK, HARD_LINK):
            return (one.type, one.link) == (other.type, other.link)
        contents = [Part(self._file, each.offset, each.size) for each in (one, other) if each.type in WITH_DATA]
        if len(contents) < 2 or one.size != other.size or one.holes or other.holes:
            return False
        return all(map(eq, *(content.chunks() for content in contents)))

    def _resolve(self, name: str) -> str:
        pending = _parts(name)[::-1]
        if not self._linked:
            return "/".join(reversed(pending))
        here: list[str] = []
        links = 0
        link: Member | None = None
        while pending:
            part = pending.pop()
            if part == "..":
                if not here:
                    raise refusal(LINK_OUT, name)
                here.pop()
                continue
            here.append(part)
            path = "/".join(here)
            self._walked.name(len(path))
            member = self._members.get(path)
            if member and link and not pending:
                _check_earlier(name, member, link)
                link = None
            if member is None or member.type not in (SYMLINK, HARD_LINK):
                continue
            if not all(self._equal(member, other) for other in self._earlier.get(path, ())):
                raise refusal(TWO_FILES, path)
            links += 1
            if links > MAX_SYMLINKS:
                raise ArchiveError(f"{shown(name)}: links lead in a circle")
            target = _target(name, member)
            # A hard link states its target from the root of the tar, a symlink from the folder that contains it.
            here = [] if member.type == HARD_LINK else here[:-1]
            link = member if member.type == HARD_LINK else link
            pending += reversed(target)
        return "/".join(here)


def _target(name: str, member: Member) -> list[str]:
    """Return the parts of the path that a link leads to. A symlink that leaves the archive raises ArchiveError."""
    target = member.link.decode("utf-8", "surrogateescape")
    if target.startswith("/") and member.type == SYMLINK:
        raise refusal(LINK_OUT, name)
    return [part for part in target.split("/") if part not in ("", ".")]


def _check_earlier(name: str, member: Member, link: Member) -> None:
    if link.offset < member.offset:
        raise refusal(LINK_TO_LATER, name)


def open_outer(path: str, limits: Limits, progress: OnProgress | None = None) -> Source:
    """Open the archive at `path`. A compressed tar is unpacked to a temporary file without a name."""
    return FolderSource(path, limits) if os.path.isdir(path) else outer_tar(ArchiveFile.open(path), limits, progress)


def outer_tar(stored: ArchiveFile, limits: Limits, progress: OnProgress | None = None) -> Source:
    """Open an archive that is a file, as `open_outer` does."""
    compression = detect(stored.read(0, 8))
    budget = Budget(limits, stored.size) if compression else None
    # Layers are read in the order of the documents and not of the tar, so a compressed tar cannot stay compressed.
    file = temporary(_unpacked(stored, compression, budget, progress)) if compression and budget else stored
    if not file.size:
        raise ArchiveError("the file is empty")
    try:
        return TarSource(file, limits, stored, budget)
    except ArchiveError as error:
        if hint := looks_like(file.read(0, BLOCK), compression.name if compression else ""):
            raise type(error)(f"{error}{hint}") from error.__cause__
        raise


def _unpacked(
    file: ArchiveFile, compression: Compression, budget: Budget, progress: OnProgress | None
) -> Iterator[bytes]:
    inflater = compression.inflater()
    read = 0
    for chunk in file.chunks():
        if progress:
            progress(read, file.size)
        read += len(chunk)
        yield from budget.unpack(inflater, chunk)
    inflater.finish()


def stated_digest(name: str) -> str | None:
    """Return the digest that is in the name of a layout's blob, None for any other name.

    >>> stated_digest("./blobs/sha256/e3b0"), stated_digest("e3b0.json")
    ('sha256:e3b0', None)
    """
    match = IN_LAYOUT.fullmatch("/".join(_parts(name)))
    return f"{match[1]}:{match[2]}" if match else None


def _parts(name: str) -> list[str]:
    """Return the parts of a name that a document states. A name that leaves the archive raises ArchiveError.

    A slash in front is ignored, as in the names of members.
    """
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name or not parts:
        raise ArchiveError(f"{shown(name)} is no name of a file in the archive")
    return parts
