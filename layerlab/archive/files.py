"""Content that is on disk: an open file, a part of a file, and what a compressed part unpacks to.

No file is mapped or kept in memory. A file is opened once, all its parts share it, and bytes are read when they are
needed. The file is closed when nothing uses a part of it any more.
"""

import os
import stat
import sys
import threading
import weakref
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from layerlab.archive.compression import Inflater
from layerlab.archive.errors import NO_NAME, ArchiveError, at
from layerlab.model.content import CHUNK, Content, clip

# Nearer checkpoints would make jumps faster and take more memory: at 40 kB each, 10 MB for 1 GiB of output.
CHECKPOINT = 4 << 20

if sys.platform == "win32":
    _turn = threading.Lock()

    def pread(fd: int, length: int, offset: int) -> bytes:
        """Read at an offset. Windows has no call for this, so one thread at a time seeks and reads."""
        with _turn:
            os.lseek(fd, offset, os.SEEK_SET)
            return os.read(fd, length)
else:
    pread = os.pread


class ArchiveFile(Content):
    """An open file. Several threads may read it at once: there is no file position."""

    __slots__ = ("__weakref__", "_fd", "size")

    opened = 0
    """How many files are open."""

    def __init__(self, fd: int) -> None:
        """Take over the descriptor `fd`, and close it when this object goes."""
        weakref.finalize(self, self._close, fd)
        ArchiveFile.opened += 1
        self._fd = fd
        self.size = os.fstat(fd).st_size

    @classmethod
    def open(cls, path: str) -> "ArchiveFile":
        """Open a regular file for reading. Anything else, a pipe say, raises ArchiveError."""
        try:
            mode = os.stat(path).st_mode
        except ValueError:  # the name contains a zero byte, or letters that this system cannot encode
            raise ArchiveError(NO_NAME) from None
        # This is asked before opening, because opening a pipe would wait for someone to write into it.
        if not stat.S_ISREG(mode):
            raise ArchiveError("not a regular file")
        return cls(os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)))

    @property
    def identity(self) -> tuple[int, ...]:
        """Numbers that change if the file is replaced or written to."""
        now = os.fstat(self._fd)
        return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns

    @staticmethod
    def _close(fd: int) -> None:
        ArchiveFile.opened -= 1
        os.close(fd)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`. A file that has become shorter since raises OSError."""
        start, stop = clip(self.size, start, stop)
        while start < stop:
            chunk = pread(self._fd, min(CHUNK, stop - start), start)
            if not chunk:
                raise OSError(f"the file that was loaded has become shorter: no byte at {start:,}")
            yield chunk
            start += len(chunk)


def temporary(chunks: Iterable[bytes]) -> ArchiveFile:
    """Return a temporary file without a name that holds these bytes. Where it has no room, ArchiveError says where.

    >>> temporary([b"etc/", b"motd"]).read()
    b'etc/motd'
    """
    import tempfile  # slow to import, and few archives need it

    with tempfile.TemporaryFile(buffering=0) as file:
        for chunk in chunks:
            rest = memoryview(chunk)
            with at(f"temporary files in {tempfile.gettempdir()}"):
                while rest:  # a full disk or a signal may end a write before all bytes are written
                    rest = rest[file.write(rest) :]
        return ArchiveFile(os.dup(file.fileno()))


class Revisited(Content):
    """A file that is opened for each read and closed again. A file that was replaced since raises OSError.

    It is used because the layers of many images in folders can be more files than a process may have open.
    """

    __slots__ = ("__weakref__", "_is", "_path", "size")

    def __init__(self, path: str) -> None:
        file = ArchiveFile.open(path)
        self._path = path
        self._is = file.identity
        self.size = file.size

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`."""
        file = ArchiveFile.open(self._path)
        if file.identity != self._is:
            raise OSError(f"the file that was loaded has changed: {self._path}")
        yield from file.chunks(start, stop)


class Part(Content):
    """A range of bytes of other content. `known` is their digest once it has been computed.

    The digest is kept because a file may have many names: a busybox has one file with 400 names.
    """

    __slots__ = ("known", "offset", "size", "whole")

    def __init__(self, whole: Content, offset: int, size: int) -> None:
        self.whole = whole
        self.offset = offset
        self.size = size
        self.known: str | None = None

    @property
    def digest(self) -> str:
        """The content's sha256 as `sha256:<hex>`, computed when it is first asked for."""
        if self.known is None:
            self.known = super().digest
        return self.known

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`."""
        start, stop = clip(self.size, start, stop)
        return self.whole.chunks(self.offset + start, self.offset + stop)

    def __repr__(self) -> str:
        return f"<{self.size:,} bytes of an archive>"


class Checkpoint(NamedTuple):
    """A place in a compressed stream from which unpacking can go on: both offsets, and a decompressor's state."""

    unpacked: int
    packed: int
    state: Inflater


class Cursor:
    """Where the last read of a compressed stream stopped: its offset, unpacked bytes after it, and later pieces."""

    __slots__ = ("pieces", "position", "rest")

    def __init__(self, position: int, pieces: Iterator[bytes]) -> None:
        self.position = position
        self.pieces = pieces
        self.rest = b""


class Unpacked(Content):
    """What compressed content unpacks to. Each read unpacks from an earlier place up to the bytes that are wanted.

    A read goes on where the last read stopped, so reading files in their order takes one pass. For a read that jumps
    back, a copy of the decompressor is kept for every 4 MiB or more of output (about 40 kB each for gzip). The read
    starts at the nearest copy.
    """

    __slots__ = ("_checkpoints", "_cursor", "_inflater", "packed", "size")

    def __init__(self, packed: Content, inflater: Callable[[], Inflater]) -> None:
        """Unpack `packed` by decompressors that `inflater` makes; `size` is 0 until a reader of all bytes sets it."""
        self.packed = packed
        self.size = 0
        self._inflater = inflater
        self._checkpoints: list[Checkpoint] = []
        self._cursor: Cursor | None = None

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`."""
        start, stop = clip(self.size, start, stop)
        if start == stop:
            return
        cursor = self._at_or_before(start)
        while cursor.position < stop:
            begin, piece = cursor.position, cursor.rest or next(cursor.pieces, b"")
            if not piece:
                raise OSError(f"the file that was loaded has changed: it unpacks to {begin:,} bytes")
            cursor.position = min(begin + len(piece), stop)
            cursor.rest = piece[cursor.position - begin :]
            if cursor.position > start:
                yield piece[max(0, start - begin) : stop - begin]
        self._cursor = cursor

    def _at_or_before(self, start: int) -> Cursor:
        """Return the cursor of the last read, or one at the nearest checkpoint if that lies closer before `start`.

        The cursor is taken away, so that a second thread, or a read within a read, starts at a checkpoint.
        """
        cursor, self._cursor = self._cursor, None
        known = self._checkpoints[: bisect_right(self._checkpoints, start, key=lambda point: point.unpacked)]
        nearest = known[-1] if known else None
        if cursor and (nearest.unpacked if nearest else 0) <= cursor.position <= start:
            return cursor
        if nearest and (state := nearest.state.copy()):
            return Cursor(nearest.unpacked, self._pieces(nearest.unpacked, nearest.packed, state))
        return Cursor(0, self._pieces(0, 0, self._inflater()))

    def _pieces(self, unpacked: int, packed: int, inflater: Inflater) -> Iterator[bytes]:
        for chunk in self.packed.chunks(packed):
            for piece in inflater.feed(chunk):
                unpacked += len(piece)
                yield piece
            packed += len(chunk)
            self._keep(unpacked, packed, inflater)

    def _keep(self, unpacked: int, packed: int, inflater: Inflater) -> None:
        last = self._checkpoints[-1].unpacked if self._checkpoints else 0
        if unpacked - last >= CHECKPOINT and (state := inflater.copy()):
            self._checkpoints.append(Checkpoint(unpacked, packed, state))
