"""Content: the bytes of a file, as something with a size that can be read in pieces.

A layer may hold gigabytes, so nothing here asks for all of them at once: `Content.chunks` yields any range
a piece at a time, and a subclass says where the bytes come from. `Literal` holds them, `Filler` makes them
up on demand, `Pages` is what a container has written over them. Content that lies in archives on disk is
supplied from outside the model.
"""

import hashlib
import operator
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cache
from io import RawIOBase
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

# A piece of a content takes at most 1 MiB of memory. Writes are kept in pages of 4 KiB, the page size of x86.
CHUNK = 1 << 20
PAGE = 4096


class Content(ABC):
    """Readable bytes with a size.

    `size` is in bytes. A subclass gives `chunks`; the rest follows from it.

    >>> Literal(b"hello").read()
    b'hello'
    """

    __slots__ = ()

    size: int

    @abstractmethod
    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop` (the end, if None) in pieces of at most 1 MiB."""

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """Return the bytes from `start` up to `stop` at once.

        >>> Literal(b"hello").read(1, 3)
        b'el'
        """
        return b"".join(self.chunks(start, stop))

    @property
    def digest(self) -> str:
        """The content's sha256 as `sha256:<hex>`, computed anew each time it is asked for.

        >>> Literal(b"").digest[:19]
        'sha256:e3b0c44298fc'
        """
        sha = hashlib.sha256()
        for chunk in self.chunks():
            sha.update(chunk)
        return "sha256:" + sha.hexdigest()

    def __deepcopy__(self, memo: dict[int, object]) -> "Content":
        # Content never changes, so copies of a container share it.
        return self


def clip(size: int, start: int, stop: int | None) -> tuple[int, int]:
    """Return `start` and `stop` as offsets that lie within `size` bytes.

    >>> clip(5, 2, None), clip(5, 9, 12)
    ((2, 5), (5, 5))
    """
    start = min(start, size)
    return start, size if stop is None else max(start, min(stop, size))


def _refuse(*_: object) -> NoReturn:
    raise AttributeError("content is read-only: write to a container instead")


class ContentStream(RawIOBase):
    """Content as a raw binary stream that is read from its start to its end.

    >>> ContentStream(Literal(b"hello")).read(4)
    b'hell'
    """

    def __init__(self, content: Content) -> None:
        self._chunks = content.chunks()
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        """Return True: reading is all that one can do with it."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill `buffer` with the next bytes and return how many there were, 0 at the end."""
        if not self._rest:
            self._rest = memoryview(next(self._chunks, b""))
        view = memoryview(buffer)
        length = min(len(view), len(self._rest))
        view[:length] = self._rest[:length]
        self._rest = self._rest[length:]
        return length


class Literal(Content):
    """Bytes that are held in memory.

    >>> Literal(b"hi").size
    2
    """

    __slots__ = ("data", "size")

    data: bytes

    def __init__(self, data: bytes) -> None:
        object.__setattr__(self, "data", data)
        object.__setattr__(self, "size", len(data))

    __setattr__ = __delattr__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        # Without this pickle would set the attributes one by one, which `__setattr__` refuses.
        return Literal, (self.data,)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`."""
        start, stop = clip(self.size, start, stop)
        if stop - start == self.size <= CHUNK:
            if self.size:
                yield self.data
            return
        for offset in range(start, stop, CHUNK):
            yield self.data[offset : min(offset + CHUNK, stop)]

    def read(self, start: int = 0, stop: int | None = None) -> bytes:
        """Return the bytes from `start` up to `stop`; a slice, so reading costs only what is asked for."""
        return self.data[start:stop]

    def __repr__(self) -> str:
        return f"Literal({self.data!r})" if self.size <= 40 else f"<Literal of {self.size:,} bytes>"


EMPTY = Literal(b"")


# Kept for each seed, because every piece of every filler of that seed is cut from this block.
@cache
def _filler_block(seed: int) -> bytes:
    line = f"layerlab stand-in content, seed {seed}".encode()
    line = line + b"." * (63 - len(line)) + b"\n"
    # One line more than a chunk, so that a piece can start anywhere in a line.
    return line * (CHUNK // len(line) + 1)


class Filler(Content):
    """Stand-in bytes, made on demand: a readable line over and over, so that any size costs no memory.

    Two fillers of the same size and seed hold the same bytes; they compress well and hash as fast as the
    machine can hash. Made by `filler`.
    """

    __slots__ = ("seed", "size")

    seed: int

    def __init__(self, size: int, seed: int = 0) -> None:
        size, seed = operator.index(size), operator.index(seed)
        if size < 0:
            raise ValueError(f"filler size is {size}: a file has 0 bytes or more")
        object.__setattr__(self, "size", size)
        object.__setattr__(self, "seed", seed)

    __setattr__ = __delattr__ = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return Filler, (self.size, self.seed)

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`."""
        start, stop = clip(self.size, start, stop)
        block = _filler_block(self.seed)
        period = block.index(b"\n") + 1
        whole = block[:CHUNK]
        while start < stop:
            length = min(CHUNK, stop - start)
            phase = start % period
            yield whole if phase == 0 and length == CHUNK else block[phase : phase + length]
            start += length

    def __repr__(self) -> str:
        return f"filler({self.size:_}{f', seed={self.seed}' if self.seed else ''})"


def filler(size: int, seed: int = 0) -> Filler:
    """Return stand-in content of exactly `size` bytes that takes no memory.

    Use it for files whose size matters and whose text does not. Another `seed` gives other bytes.
    A negative size raises ValueError.

    >>> rootfs = filler(204_371_253)
    >>> rootfs.size
    204371253
    >>> rootfs.read(0, 64)
    b'layerlab stand-in content, seed 0..............................\\n'
    """
    return Filler(size, seed)


class Pages:
    """What a container's file holds while it can be written: pages of 4,096 bytes laid over a base.

    Writing one byte to a large file keeps one page, whatever the file's size. Where there is neither page
    nor base, the file is a hole and reads as zeros. `freeze` gives the present bytes as `Content` without
    copying them; the next write after it copies what it touches.

    >>> pages = Pages(filler(20_000_000))
    >>> pages.write(20_000_000, b"!")
    >>> pages.size, pages.freeze().read(19_999_998)
    (20000001, b'.\\n!')
    """

    __slots__ = ("_base", "_base_size", "_frozen", "_pages", "_shared", "size")

    def __init__(self, base: Content = EMPTY) -> None:
        self._base = base
        self._base_size = base.size
        self._pages: dict[int, bytearray] = {}
        self._shared: set[int] = set()
        self._frozen: Content | None = base
        self.size = base.size

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`, fewer where the file ends."""
        start, stop = clip(self.size, start, stop)
        first = start // PAGE
        # A small read of a written page needs no `freeze`, after which the next write would have to copy pages.
        if stop - start <= PAGE and (stop - 1) // PAGE == first and (page := self._pages.get(first)) is not None:
            return bytes(page[start - first * PAGE : stop - first * PAGE])
        return self.freeze().read(start, stop)

    def write(self, offset: int, data: bytes) -> None:
        """Put `data` at `offset`, growing the file where it ends earlier."""
        if not data:
            return
        # Nothing of the old bytes is left, so the base need not be kept in memory.
        if offset == 0 and len(data) >= self.size:
            self._replace(data)
            return
        self._detach()
        end = offset + len(data)
        position = 0
        while offset < end:
            index, inner = divmod(offset, PAGE)
            length = min(PAGE - inner, end - offset)
            self._page(index)[inner : inner + length] = data[position : position + length]
            offset += length
            position += length
        self.size = max(self.size, end)

    def truncate(self, size: int) -> None:
        """Cut the file to `size` bytes, or let it grow to `size` with zeros."""
        if size == self.size:
            return
        self._detach()
        if size < self.size:
            # What was cut off must read as zeros if the file grows again (POSIX, ftruncate). This concerns the base,
            # whole pages, and the end of the last page.
            self._base_size = min(self._base_size, size)
            last, inner = divmod(size, PAGE)
            for index in [index for index in self._pages if index > last]:
                del self._pages[index]
            if last in self._pages:
                self._page(last)[inner:] = bytes(PAGE - inner)
        self.size = size

    def freeze(self) -> Content:
        """Return the present bytes as content that later writes do not change."""
        if self._frozen is None:
            self._frozen = _Frozen(self._base, self._base_size, self._pages, self.size)
            # The frozen content and this file now share their pages; `_page` copies a page before a write changes it.
            self._shared = set(self._pages)
        return self._frozen

    @property
    def filled(self) -> int:
        """How many pages hold bytes; a hole needs none."""
        base = -(-self._base_size // PAGE)
        return base + sum(1 for index in self._pages if index >= base)

    def written(self, since: Content) -> set[int]:
        """Return the numbers of the pages written since the file held `since`: its base, or what `freeze` returned.

        The page in which the file ended then counts too if the file grew or was cut there: its rest became zeros.

        >>> pages = Pages(filler(20_000_000))
        >>> before = pages.freeze()
        >>> pages.write(20_000_000, b"!")
        >>> pages.written(before), pages.written(pages.freeze())
        ({4882}, set())
        """
        base, size, pages = since, since.size, {}
        if isinstance(since, _Frozen):
            base, size, pages = since._base, since._base_size, since._pages
        if self._base is not base:
            return {*range(-(-self._base_size // PAGE)), *self._pages}
        # `_page` copies a page that is frozen, so a page that is still the same object was not written since.
        found = {index for index, page in self._pages.items() if pages.get(index) is not page}
        end = min(self._base_size, size) if self._base_size < size else since.size
        if self._base_size < size or self.size > since.size:
            found |= {end // PAGE} if end % PAGE else set()
        return found

    def stretched(self, since: Content) -> bool:
        """Return whether the file got longer than `since` without a write to the page in which `since` ended."""
        return self._base is since and self.size > since.size and since.size // PAGE not in self._pages

    def _replace(self, data: bytes) -> None:
        self._frozen = self._base = Literal(bytes(data))
        self._base_size = self.size = len(data)
        self._pages = {}
        self._shared = set()

    def _detach(self) -> None:
        if self._frozen is not None:
            self._frozen = None
            # The frozen content keeps the old dictionary: new pages must not show in it.
            self._pages = dict(self._pages)

    def _page(self, index: int) -> bytearray:
        page = self._pages.get(index)
        if page is None:
            start = index * PAGE
            page = bytearray(self._base.read(start, max(start, min(start + PAGE, self._base_size))))
            page += bytes(PAGE - len(page))
            self._pages[index] = page
        elif index in self._shared:
            page = self._pages[index] = bytearray(page)
        self._shared.discard(index)
        return page


class _Frozen(Content):
    """The bytes of a `Pages` at one moment."""

    __slots__ = ("_base", "_base_size", "_order", "_pages", "size")

    def __init__(self, base: Content, base_size: int, pages: dict[int, bytearray], size: int) -> None:
        self._base = base
        self._base_size = base_size
        self._pages = pages
        self._order: list[int] | None = None
        self.size = size

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`: pages where there are any, the base between them."""
        start, stop = clip(self.size, start, stop)
        for index in self._between(start, stop):
            begin = index * PAGE
            yield from self._unwritten(start, begin)
            start = max(start, begin)
            yield bytes(self._pages[index][start - begin : stop - begin])
            start = min(begin + PAGE, stop)
        yield from self._unwritten(start, stop)

    def _between(self, start: int, stop: int) -> list[int]:
        first, last = start // PAGE, (stop - 1) // PAGE
        # The shorter of two ways: over the pages of the range, or over the pages that were written.
        if last - first < len(self._pages):
            return [index for index in range(first, last + 1) if index in self._pages]
        if self._order is None:
            self._order = sorted(self._pages)
        return [index for index in self._order if first <= index <= last]

    def _unwritten(self, start: int, stop: int) -> Iterator[bytes]:
        if start < min(stop, self._base_size):
            yield from self._base.chunks(start, min(stop, self._base_size))
            start = self._base_size
        while start < stop:
            length = min(CHUNK, stop - start)
            yield bytes(length)
            start += length
