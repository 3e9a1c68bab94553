"""Compression: which one bytes are in, told by their first bytes, and unpacking them a piece at a time.

This is the one place that names a decompressor; all others ask `detect` for one.
"""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from layerlab.model.content import CHUNK
from layerlab.world.errors import ArchiveError

GZIP_ONLY = 16 + zlib.MAX_WBITS
MOST_XZ_MEMORY = 128 << 20


class Inflater(ABC):
    """A decompressor that is fed a stream in pieces, the members of a concatenated stream one after the other."""

    @abstractmethod
    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to, at most 1 MiB at a time. Bytes that are not right raise ArchiveError."""

    @abstractmethod
    def finish(self) -> None:
        """Raise ArchiveError where the stream has ended in the middle."""

    def copy(self) -> "Inflater | None":
        """Return a decompressor in the same state, or None where that cannot be had."""
        return None


class Gzip(Inflater):
    """gzip (RFC 1952); estargz and what pigz writes are gzip with several members."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(GZIP_ONLY)
        self._inside = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to."""
        while data:
            try:
                piece = self._member.decompress(data, CHUNK)
            except zlib.error as error:
                raise ArchiveError("the gzip data is damaged") from error
            self._inside = not self._member.eof
            if self._inside:
                data = self._member.unconsumed_tail
            else:
                data = self._member.unused_data
                self._member = zlib.decompressobj(GZIP_ONLY)
            if piece:
                yield piece

    def finish(self) -> None:
        """Raise ArchiveError where the stream has ended in the middle."""
        if self._inside:
            raise ArchiveError("the gzip data ends too early")

    def copy(self) -> "Gzip":
        """Return a decompressor in the same state."""
        twin = Gzip()
        twin._member, twin._inside = self._member.copy(), self._inside
        return twin


class OneMember(Protocol):
    """What the decompressors of `bz2` and `lzma` have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the member has been reached."""

    @property
    def needs_input(self) -> bool:
        """Whether there is nothing left to hand out."""

    @property
    def unused_data(self) -> bytes:
        """What follows the end of the member."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most `max_length` bytes of what `data`, and what was left over before, unpacks to."""


class Other(Inflater):
    """bzip2 or xz, by the standard library's decompressor for one member."""

    def __init__(self, name: str, new: Callable[[], OneMember]) -> None:
        self._name, self._new = name, new
        self._member = new()
        self._inside = True

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to."""
        more = False
        while data or more:
            try:
                piece = self._member.decompress(data, CHUNK)
            except Exception as error:  # lzma has an error class of its own, bz2 raises OSError
                raise ArchiveError(f"the {self._name} data is damaged") from error
            self._inside = not self._member.eof
            if self._member.eof:
                data, more = self._member.unused_data, False
                self._member = self._new()
            else:
                data, more = b"", not self._member.needs_input
            if piece:
                yield piece

    def finish(self) -> None:
        """Raise ArchiveError where the stream has ended in the middle."""
        if self._inside:
            raise ArchiveError(f"the {self._name} data ends too early")


def _bzip2() -> Inflater:
    import bz2  # not part of every Python build, as `lzma` is not

    return Other("bzip2", bz2.BZ2Decompressor)


def _xz() -> Inflater:
    import lzma

    return Other("xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_XZ_MEMORY))


class Compression(NamedTuple):
    """A compression: its name and what makes a decompressor, None where there is none here."""

    name: str
    inflater: Callable[[], Inflater] | None


KINDS = (
    (b"\x1f\x8b", Compression("gzip", Gzip)),
    (b"BZh", Compression("bzip2", _bzip2)),
    (b"\xfd7zXZ\0", Compression("xz", _xz)),
    (b"\x28\xb5\x2f\xfd", Compression("zstd", None)),
)


def detect(head: bytes) -> Compression | None:
    r"""Return the compression that bytes which begin with `head` are in, None where they are in none.

    >>> detect(b"\x1f\x8b\x08").name
    'gzip'
    """
    if head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:  # a skippable frame, as zstd:chunked may begin
        return Compression("zstd", None)
    return next((kind for magic, kind in KINDS if head.startswith(magic)), None)
