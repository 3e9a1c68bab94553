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

    Of the whole archive: `json` is the bytes of all its JSON documents (registries take manifests of 4 MiB), `values`
    how many values they hold, `images` how many images there are, `blobs` how many different layers, `entries` the
    names in all layers and the extended headers before them (there may be twice as many pax records), `names` the bytes
    of these names, their targets and attributes, `unpacked` the bytes after decompression, and `ratio` how many times
    larger than the file that may be, once it is more than `free`. Of one image: `layers`, how many it has (Docker stops
    at 125, this kernel's overlayfs at 500). Of one tar header: `header`, its bytes (Go's archive/tar has the same
    bound). What images share counts for each of them in `json` and `values`.

    >>> Limits().layers
    500
    """

    json: int = 8 << 20
    values: int = 250_000
    images: int = 1_000
    layers: int = 500
    blobs: int = 10_000
    entries: int = 500_000
    names: int = 64 << 20
    header: int = 1 << 20
    unpacked: int = 64 << 30
    free: int = 1 << 30
    ratio: int = 50


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
