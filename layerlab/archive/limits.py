"""How much memory, time and disk space an archive may take on the machine that reads it."""

from collections.abc import Iterator
from dataclasses import dataclass

from layerlab.archive.compression import STEP, Inflater
from layerlab.archive.errors import ArchiveError

# To begin a member takes time even if it unpacks to nothing, so each one counts as this many bytes.
MEMBER = 16 << 10
RECORDS = 2
# A piece takes memory even if it has one byte.
PIECE = 512


@dataclass(frozen=True)
class Limits:
    """Bounds that few honest images come near; pass larger ones to `load` where one does.

    Sizes are in bytes. What images share counts for each of them in `json` and `values`.

    >>> Limits().layers
    500
    """

    json: int = 8 << 20
    """All JSON documents together. A registry takes a manifest of 4 MiB."""
    values: int = 250_000
    """How many values the JSON documents hold."""
    images: int = 1_000
    layers: int = 500
    """The layers of one image. Docker stops at 125, overlayfs at 500."""
    blobs: int = 10_000
    """How many layers there are that differ."""
    entries: int = 500_000
    """The names in all layers, and the extended headers before them. There may be twice as many pax records."""
    names: int = 64 << 20
    """The names in all layers, with the targets of links and the attributes."""
    header: int = 1 << 20
    """One extended tar header. Go's archive/tar has the same bound."""
    unpacked: int = 64 << 30
    """What comes out of decompression, whatever the size of the file."""
    free: int = 1 << 30
    """What may come out of decompression of a file of any size; more only if the file is large: see `ratio`."""
    ratio: int = 50
    """How many times larger than the file that which comes out may be, where it is more than `free`."""


def bounded(count: int, limit: int, things: str) -> None:
    """Raise ArchiveError where there are more things than the limit.

    >>> bounded(501, 500, "layers")
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: 501 layers, where 500 are the limit
    """
    if count > limit:
        raise ArchiveError(f"{count:,} {things}, where {limit:,} are the limit")


def hint(limit: str) -> str:
    """Return what to do about an archive that asks for more than a limit.

    >>> hint("entries")
    'if you trust it, load it with larger limits (--limit entries=NUMBER)'
    """
    return f"if you trust it, load it with larger limits (--limit {limit}=NUMBER)"


class Budget:
    """What an archive has asked for so far; asking for more than the limits raises ArchiveError.

    `packed` is the archive's size on the disk in bytes. Threads may share a budget without a lock: a count may then be
    lost, but a bound need not be exact.

    >>> budget = Budget(Limits(entries=1), packed=100)
    >>> budget.entry(10)
    >>> budget.entry(10)
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: more than 1 entries: if you trust it, load it with larger limits \
(--limit entries=NUMBER)
    """

    def __init__(self, limits: Limits, packed: int) -> None:
        self.limits = limits
        self._entries = 0
        self._names = 0
        self._records = 0
        self._unpacked = 0
        free = max(limits.free, packed * limits.ratio)
        self._most = min(limits.unpacked, free)
        # Which limit to raise, where an archive of this size unpacks to more.
        self._lowest = "unpacked" if limits.unpacked <= free else "free"

    def entry(self, length: int) -> None:
        """Ask for one more entry, whose name and attributes take `length` bytes."""
        self._entries += 1
        if self._entries > self.limits.entries:
            raise ArchiveError(f"more than {self.limits.entries:,} entries: {hint('entries')}")
        self.name(length)

    def name(self, length: int) -> None:
        """Ask for `length` more bytes of names."""
        self._names += length
        if self._names > self.limits.names:
            raise ArchiveError(f"more than {self.limits.names:,} bytes of names and attributes: {hint('names')}")

    def records(self, count: int) -> None:
        """Ask for `count` more pax records, kept or not: reading a record takes longer than skipping a member."""
        self._records += count
        if self._records > RECORDS * self.limits.entries:
            raise ArchiveError(f"more than {RECORDS * self.limits.entries:,} pax records: {hint('entries')}")

    def unpack(self, inflater: Inflater, chunk: bytes) -> Iterator[bytes]:
        """Yield what the next bytes of a compressed stream unpack to. Each member but the first counts 16 KiB more."""
        for start in range(0, len(chunk), STEP):
            before = max(1, inflater.members)
            for piece in inflater.feed(chunk[start : start + STEP]):
                self._unpack(len(piece))
                yield piece
            self._unpack(max(0, inflater.members - before) * MEMBER)

    def fill(self, length: int, pieces: int) -> None:
        """Ask for the bytes of a sparse file's holes; each piece between them counts as a name of 512 bytes."""
        self._unpack(length)
        self.name(PIECE * pieces)

    def _unpack(self, length: int) -> None:
        self._unpacked += length
        if self._unpacked > self._most:
            raise ArchiveError(f"it unpacks to more than {self._most:,} bytes: {hint(self._lowest)}")
