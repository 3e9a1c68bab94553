"""Compression: how bytes are compressed, told by their first bytes, and unpacking them a piece at a time.

Only this module names decompressors; all others ask `detect` for one. Decompressors that are not part of the standard
library are imported when a stream needs them. Without `isal`, `zlib` does its work at half the speed. Without
`backports.zstd`, an error says that zstd cannot be unpacked.
"""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import NamedTuple, Protocol

from layerlab.archive.errors import ArchiveError
from layerlab.model.content import CHUNK

# 16 more tells zlib to expect the header of gzip, and to refuse its own (zlib manual, inflateInit2).
GZIP_ONLY = 16 + zlib.MAX_WBITS
STEP = 64 << 10
# The flags are the fourth byte of a gzip header; five of them have a meaning (RFC 1952, 2.3.1).
FLAGS, KNOWN_FLAGS = 3, 0x1F
# A window of 2 ** 27 bytes, 128 MiB, is what zstd itself accepts without an option such as --long=31. `xz -9` uses one
# of 64 MiB. To unpack, xz counts some memory besides the window (xz(1)).
LARGEST_WINDOW = 27
MOST_XZ_MEMORY = (1 << LARGEST_WINDOW) + (8 << 20)
# How the decompressors say that a window is larger: liblzma, and zstd.
TOO_LARGE = ("Memory usage limit exceeded", "Frame requires too much memory for decoding")
XZ_PADDING = 4
"""After a stream of xz there may be zero bytes, a multiple of four (xz file format 1.2.1, section 2.2)."""


class Inflater(ABC):
    """A decompressor that is fed a stream in pieces. A stream may consist of several members, one after the other.

    `members` counts the members that have ended.
    """

    members = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what `data` unpacks to, at most 1 MiB at a time. Damaged bytes raise ArchiveError."""
        # A decompressor copies the rest of its input with each piece and at the end of each member. Small inputs keep
        # these copies small.
        for start in range(0, len(data), STEP):
            yield from self._feed(data[start : start + STEP])

    @abstractmethod
    def _feed(self, data: bytes) -> Iterator[bytes]:
        """Yield what a small input unpacks to."""

    @abstractmethod
    def finish(self) -> None:
        """Raise ArchiveError where the stream has ended in the middle."""

    def copy(self) -> "Inflater | None":
        """Return a decompressor in the same state, or None where that cannot be had."""
        return None


class AnyMember(Protocol):
    """What all decompressors have in common."""

    @property
    def eof(self) -> bool:
        """Whether the end of the member has been reached."""

    @property
    def unused_data(self) -> bytes:
        """What follows the end of the member."""


class GzipMember(AnyMember, Protocol):
    """What the decompressors of `zlib` and `isal` have in common."""

    @property
    def unconsumed_tail(self) -> bytes:
        """The bytes of the last piece that are still to be unpacked."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Return at most `max_length` bytes of what `data` unpacks to."""


class Gzip(Inflater):
    """gzip (RFC 1952). A stream may have several members, as that of estargz has.

    Without `new`, zlib unpacks the members, because the state of zlib's decompressor can be copied.
    """

    def __init__(self, new: Callable[[int], GzipMember] = zlib.decompressobj) -> None:
        self._new = new
        self._member = new(GZIP_ONLY)
        self._inside = True
        self._seen = 0  # how many bytes of the member have been taken

    def _feed(self, data: bytes) -> Iterator[bytes]:
        while data:
            data = _known_flags(data, FLAGS - self._seen)
            try:
                piece = self._member.decompress(data, CHUNK)
            except Exception as error:  # zlib and isal each have an error class of their own
                raise ArchiveError("the gzip data is damaged") from error
            self._inside = not self._member.eof
            if self._inside:
                rest = self._member.unconsumed_tail
                self._seen += len(data) - len(rest)
                data = rest
            else:
                data = self._member.unused_data
                self._member, self._seen = self._new(GZIP_ONLY), 0
                self.members += 1
            if piece:
                yield piece

    def finish(self) -> None:
        """Raise ArchiveError where the stream has ended in the middle."""
        if self._inside:
            raise ArchiveError("the gzip data ends too early")

    def copy(self) -> "Gzip | None":
        """Return a decompressor in the same state, None for isal's."""
        if self._new is not zlib.decompressobj:
            return None
        twin = Gzip()
        twin._member, twin._inside, twin._seen = self._member.copy(), self._inside, self._seen  # type: ignore[attr-defined]
        return twin


def _known_flags(data: bytes, at: int) -> bytes:
    """Return bytes with the unknown flags cleared in the byte `at`: engines and isal ignore them, zlib refuses them."""
    if 0 <= at < len(data) and data[at] & ~KNOWN_FLAGS:
        return data[:at] + bytes([data[at] & KNOWN_FLAGS]) + data[at + 1 :]
    return data


class OneMember(AnyMember, Protocol):
    """What the decompressors of `bz2`, `lzma` and `zstd` have in common."""

    @property
    def needs_input(self) -> bool:
        """Whether there is nothing left to hand out."""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """Return at most `max_length` bytes of what `data`, and what was left over before, unpacks to."""


class Other(Inflater):
    """bzip2, xz or zstd, by a decompressor for one member. zstd calls a member a frame, xz calls it a stream.

    After a member there may be zero bytes, if `padding` divides their number; a `padding` of 0 allows none.
    """

    def __init__(self, name: str, new: Callable[[], OneMember], padding: int = 0) -> None:
        self._name, self._new, self._padding = name, new, padding
        self._member = new()
        self._inside = True
        self._zeros = 0

    def _feed(self, data: bytes) -> Iterator[bytes]:
        more = False
        while data or more:
            if self._padding and not self._inside:
                rest = data.lstrip(b"\0")
                self._zeros += len(data) - len(rest)
                data = rest
                if not data:
                    return
                self._check_padding()
            try:
                piece = self._member.decompress(data, CHUNK)
            except Exception as error:  # lzma and zstd have error classes of their own, bz2 raises OSError
                if any(words in str(error) for words in TOO_LARGE):
                    raise ArchiveError(
                        f"the {self._name} data has a window of more than {1 << LARGEST_WINDOW:,} bytes, the limit"
                    ) from error
                raise ArchiveError(f"the {self._name} data is damaged") from error
            # The decompressor keeps input that it has not unpacked. It has to be asked again, with no new bytes.
            self._inside = not self._member.eof
            if self._member.eof:
                data, more = self._member.unused_data, False
                self._member = self._new()
                self.members += 1
            else:
                data, more = b"", not self._member.needs_input
            if piece:
                yield piece

    def finish(self) -> None:
        """Raise ArchiveError where the stream has ended in the middle."""
        if self._inside:
            raise ArchiveError(f"the {self._name} data ends too early")
        self._check_padding()

    def _check_padding(self) -> None:
        if self._padding and self._zeros % self._padding:
            raise ArchiveError(f"the {self._name} data is damaged")
        self._zeros = 0


def _gzip() -> Inflater:
    try:
        from isal import isal_zlib
    except ImportError:
        return Gzip()
    return Gzip(isal_zlib.decompressobj)


def _bzip2() -> Inflater:
    import bz2  # a Python can be built without bz2, and without lzma

    return Other("bzip2", bz2.BZ2Decompressor)


def _xz() -> Inflater:
    import lzma

    return Other("xz", lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, MOST_XZ_MEMORY), XZ_PADDING)


def _zstd() -> Inflater:
    from backports import zstd

    options = {int(zstd.DecompressionParameter.window_log_max): LARGEST_WINDOW}
    return Other("zstd", lambda: zstd.ZstdDecompressor(options=options))


class Compression(NamedTuple):
    """A compression: its name, and two makers of decompressors.

    `fastest` is for one pass from start to end, `divisible` for reading in parts. `needs` is what to install if
    they are missing.
    """

    name: str
    fastest: Callable[[], Inflater]
    divisible: Callable[[], Inflater]
    needs: str

    def inflater(self) -> Inflater:
        """Return a decompressor for one pass. Where this Python has none, ArchiveError says what to install.

        >>> import gzip
        >>> list(GZIP.inflater().feed(gzip.compress(b"hello")))
        [b'hello']
        """
        try:
            return self.fastest()
        except ImportError as error:
            raise ArchiveError(f"{self.name} cannot be unpacked here: install {self.needs}") from error


GZIP = Compression("gzip", _gzip, Gzip, "a Python with zlib")
BZIP2 = Compression("bzip2", _bzip2, _bzip2, "a Python with bz2")
XZ = Compression("xz", _xz, _xz, "a Python with lzma")
ZSTD = Compression("zstd", _zstd, _zstd, "backports-zstd")

# gzip has a third byte, for deflate. Engines compare it too, so a tar may begin with a name of the first two.
KINDS = ((b"\x1f\x8b\x08", GZIP), (b"BZh", BZIP2), (b"\xfd7zXZ\0", XZ), (b"\x28\xb5\x2f\xfd", ZSTD))


def detect(head: bytes) -> Compression | None:
    r"""Return the compression of bytes that begin with `head`, None if they are not compressed.

    >>> detect(b"\x1f\x8b\x08").name
    'gzip'
    """
    if head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F:  # a skippable frame (RFC 8878, 3.1.2)
        return ZSTD
    return next((kind for magic, kind in KINDS if head.startswith(magic)), None)
