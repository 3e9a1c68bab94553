"""Handle: an open file of a container."""

import errno
import os
from collections.abc import Callable
from types import TracebackType

from layerlab.model import arguments
from layerlab.model.content import EMPTY, Content, Pages
from layerlab.model.entry import Entry
from layerlab.model.inode import Inode
from layerlab.model.oserror import refusal


class Handle:
    """What `Container.open` returns: reads and writes at a position, or at an offset that is given.

    A handle that was opened for reading stays with its file. If the file is copied up, the handle reads the copy. If
    the name is deleted, the handle still reads the old bytes. Misuse raises OSError: EBADF, EISDIR, EINVAL. A `with`
    block closes the handle at its end.
    """

    def __init__(
        self,
        path: str,
        flags: int,
        inode: Inode | None,
        entry: Entry | None = None,
        *,
        clock: Callable[[], int],
        readers: "list[Handle] | None" = None,
    ) -> None:
        access = flags & (os.O_RDONLY | os.O_WRONLY | os.O_RDWR)
        self._usable = not flags & getattr(os, "O_PATH", 0)
        self.inode = inode
        self._entry = entry
        self._path = path
        self._reads = access in (os.O_RDONLY, os.O_RDWR)
        self._writes = access in (os.O_WRONLY, os.O_RDWR)
        self._appends = bool(flags & os.O_APPEND)
        self._clock = clock
        self._readers = readers
        self._position = 0
        self._open = True

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes from the position on, all that is left if negative, and move on."""
        size = arguments.offset(size, "a size")
        data = self._read(self._position, size)
        self._position += len(data)
        return data

    def pread(self, size: int, offset: int) -> bytes:
        """Return up to `size` bytes from `offset` on; the position stays."""
        size, offset = arguments.offset(size, "a size"), arguments.offset(offset)
        if offset < 0 or size < 0:
            raise refusal(errno.EINVAL, self._path)
        return self._read(offset, size)

    def write(self, data: bytes) -> int:
        """Put bytes at the position (the end, with O_APPEND), move on, and return how many there were."""
        data = arguments.data(data)
        pages = self._pages()
        # The kernel checks the position before O_APPEND moves it to the end: fs/read_write.c, vfs_write.
        self._refuse_beyond(self._position, len(data))
        offset = pages.size if self._appends else self._position
        written = self._write(pages, data, offset)
        if data:
            self._position = offset + written
        return written

    def pwrite(self, data: bytes, offset: int) -> int:
        """Put bytes at `offset` and return how many; with O_APPEND they go to the end, as on Linux."""
        data, offset = arguments.data(data), arguments.offset(offset)
        if offset < 0:
            raise refusal(errno.EINVAL, self._path)
        pages = self._pages()
        self._refuse_beyond(offset, len(data))
        # POSIX would write at `offset` with O_APPEND too; Linux does not (pwrite(2), BUGS).
        return self._write(pages, data, pages.size if self._appends else offset)

    def truncate(self, size: int) -> None:
        """Cut the file to `size` bytes, or let it grow with zeros; the position stays."""
        size = arguments.offset(size, "a size")
        if size < 0:
            raise refusal(errno.EINVAL, self._path)
        self._check_open()
        # ftruncate(2) allows EBADF or EINVAL for a file that is not open for writing; Linux gives EINVAL.
        if not self._writes or self.inode is None or self.inode.pages is None:
            raise refusal(errno.EINVAL, self._path)
        self.inode.drop_capability()
        self.inode.pages.truncate(size)
        self.inode.mtime = self._clock()

    def close(self) -> None:
        """Close the handle; closing it again does nothing."""
        if self._open and self._readers is not None and self in self._readers:
            # Else the thin layer would keep every handle that ever read the file.
            self._readers.remove(self)
        self._open = False

    def __enter__(self) -> "Handle":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Handle of {self._path}, {'open' if self._open else 'closed'}>"

    def _check_open(self) -> None:
        if not (self._open and self._usable):
            raise refusal(errno.EBADF, self._path)

    def _read(self, offset: int, size: int) -> bytes:
        self._check_open()
        if not self._reads:
            raise refusal(errno.EBADF, self._path)
        self._refuse_beyond(offset, size)
        if self.inode is not None and self.inode.pages is not None:
            return self.inode.pages.read(offset, self.inode.pages.size if size < 0 else offset + size)
        if self._entry is not None and self._entry.kind == "directory":
            raise refusal(errno.EISDIR, self._path)
        content: Content = self._entry.content if self._entry is not None else EMPTY
        return content.read(offset, None if size < 0 else offset + size)

    def _pages(self) -> Pages:
        self._check_open()
        if not self._writes:
            raise refusal(errno.EBADF, self._path)
        if self.inode is None or self.inode.pages is None:
            raise refusal(errno.EAGAIN, self._path)
        return self.inode.pages

    def _refuse_beyond(self, offset: int, size: int) -> None:
        """Raise EINVAL where bytes would end beyond the last offset: fs/read_write.c, rw_verify_area."""
        if offset + size > arguments.MOST:
            raise refusal(errno.EINVAL, self._path)

    def _write(self, pages: Pages, data: bytes, offset: int) -> int:
        """Put bytes and return how many have room below the largest size: fs/read_write.c, generic_write_checks."""
        if data and offset >= arguments.MOST:
            raise refusal(errno.EFBIG, self._path)
        data = data[: arguments.MOST - offset]
        # Writing no bytes changes neither the time nor the capabilities.
        if data:
            pages.write(offset, data)
            assert self.inode is not None
            self.inode.drop_capability()
            self.inode.mtime = self._clock()
        return len(data)
