"""Sparse files: a tar may leave out the holes of a file, and say where the stored bytes go.

The pax forms of GNU tar are read (0.0, 0.1 and 1.0: GNU tar manual, "Storing Sparse Files"). bsdtar writes them too,
and engines take them. The older form, a member of type "S", is refused by Docker and Podman, and therefore here. The
standard library's tarfile reads these forms too, but accepts maps that engines refuse, such as pieces that overlap.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from layerlab.archive.errors import ArchiveError
from layerlab.model.content import CHUNK, Content, clip

PREFIX = b"GNU.sparse."
MAP, NAME, COUNT = PREFIX + b"map", PREFIX + b"name", PREFIX + b"numblocks"
SIZE, REAL_SIZE = PREFIX + b"size", PREFIX + b"realsize"
OFFSET, LENGTH = PREFIX + b"offset", PREFIX + b"numbytes"
MAJOR, MINOR = PREFIX + b"major", PREFIX + b"minor"
# The forms 0.0 and 0.1 did not always state a version. Go takes a file for one of them if it has a map.
GUESSED = (b"", b"")
FORMS = (GUESSED, (b"0", b"0"), (b"0", b"1"), (b"1", b"0"))
# int() alone would also take spaces and underscores, which Go's ParseInt refuses.
INTEGER = re.compile(rb"([+-]?)0*([0-9]{1,19})")
MOST = 1 << 63
ZEROS = bytes(CHUNK)


class Holes(NamedTuple):
    """Where a sparse file's bytes go: its size, and the offset and length of each piece, in order."""

    size: int
    pieces: tuple[tuple[int, int], ...]


class Stated(NamedTuple):
    """What pax records say of a sparse file: name, size and map; the map is None where it precedes the bytes (1.0)."""

    name: bytes | None
    size: int
    map: list[int] | None


def stated(records: Mapping[bytes, bytes], size: int) -> Stated | None:
    """Return what pax records say of a sparse file, None if the file is not sparse; wrong records raise ArchiveError.

    `size` is used where the records state no size. A file with a version that Go does not know is not sparse.

    >>> stated({MAP: b"0,1,8,1", COUNT: b"2", NAME: b"a"}, 9)
    Stated(name=b'a', size=9, map=[0, 1, 8, 1])
    """
    version = records.get(MAJOR, b""), records.get(MINOR, b"")
    if version not in FORMS or (version == GUESSED and MAP not in records):
        return None
    if text := records.get(SIZE) or records.get(REAL_SIZE):
        size = number(text)
    if version == (b"1", b"0"):
        return Stated(records.get(NAME), size, None)
    numbers = [number(text) for text in records[MAP].split(b",")] if MAP in records else []
    if len(numbers) != 2 * number(records.get(COUNT, b"")):
        raise ArchiveError("a sparse file whose map is not as long as it says")
    return Stated(records.get(NAME), size, numbers)


def integer(text: bytes) -> int | None:
    """Return a decimal number of 64 bits, read as Go's ParseInt does; None for text that is no such number.

    >>> integer(b"+007"), integer(b"-2"), integer(b"1_0")
    (7, -2, None)
    """
    if len(text) < 19 and text.isdigit():
        return int(text)
    match = INTEGER.fullmatch(text)
    value = int(match[1] + match[2]) if match else MOST
    return value if -MOST <= value < MOST else None


def number(text: bytes) -> int:
    """Return a number of a sparse file's map. Text that is no number, or a negative one, raises ArchiveError."""
    value = integer(text)
    if value is None or value < 0:
        raise ArchiveError(f"a sparse file with no number where one should be: {text[:40]!r}")
    return value


def holes(size: int, numbers: Sequence[int], stored: int) -> Holes:
    """Return where the `stored` bytes of a file of `size` go; a map that does not fit them raises ArchiveError.

    >>> holes(9, [0, 1, 8, 1], 2)
    Holes(size=9, pieces=((0, 1), (8, 1)))
    """
    pieces = tuple(zip(numbers[::2], numbers[1::2], strict=True))
    end = 0
    for offset, length in pieces:
        if offset < end or offset + length > size:
            raise ArchiveError("a sparse file whose pieces overlap or lie outside it")
        end = offset + length
    # Otherwise reading the file would read bytes of the next member.
    if sum(numbers[1::2]) != stored:
        raise ArchiveError("a sparse file whose pieces are not the bytes that it has")
    # Pieces of no bytes are dropped. GNU tar ends a map with one if the file ends in a hole.
    return Holes(size, tuple(piece for piece in pieces if piece[1]))


class Map:
    """The map before the bytes of a file in the form 1.0: lines of numbers, of which the first counts the pairs.

    >>> lines = Map()
    >>> lines.feed(b"1\\n0\\n"), lines.feed(b"3\\n"), lines.numbers
    (False, True, [0, 3])
    """

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self._count: int | None = None
        self._rest = b""

    def feed(self, data: bytes) -> bool:
        """Take the next bytes and tell whether the map is complete. Bytes after its last line are not looked at."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if self._count is None:
                self._count = number(line)
            elif len(self.numbers) < 2 * self._count:
                self.numbers.append(number(line))
        return self._count is not None and len(self.numbers) == 2 * self._count


class Sparse(Content):
    """A sparse file as its reader sees it: each piece of `stored` in its place, and zeros in the holes.

    >>> from layerlab.model.content import Literal
    >>> Sparse(Literal(b"ab"), Holes(5, ((1, 1), (3, 1)))).read()
    b'\\x00a\\x00b\\x00'
    """

    __slots__ = ("_pieces", "_stored", "size")

    def __init__(self, stored: Content, where: Holes) -> None:
        self._stored = stored
        self.size = where.size
        self._pieces: list[tuple[int, int, int]] = []
        position = 0
        for offset, length in where.pieces:
            self._pieces.append((offset, length, position))
            position += length

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`."""
        start, stop = clip(self.size, start, stop)
        # A file may have thousands of pieces, so the first piece is found by bisection.
        first = max(0, bisect_right(self._pieces, start, key=lambda piece: piece[0]) - 1)
        for offset, length, position in self._pieces[first:]:
            if offset >= stop:
                break
            if start < offset:
                yield from _zeros(offset - start)
                start = offset
            end = min(offset + length, stop)
            if start < end:
                yield from self._stored.chunks(position + start - offset, position + end - offset)
                start = end
        yield from _zeros(stop - start)


def _zeros(length: int) -> Iterator[bytes]:
    for begin in range(0, length, CHUNK):
        yield ZEROS[: length - begin]
