"""Progress: how many of the bytes to read have been read, told to whoever asked."""

import threading
from collections.abc import Callable, Iterator

from layerlab.archive.errors import ArchiveError

OnProgress = Callable[[int, int], object]
"""What `load` calls, in the caller's own thread, with the bytes read so far and the bytes to read."""


class Progress:
    """Counts the bytes that several threads read, and can stop these threads."""

    def __init__(self, report: OnProgress | None, total: int) -> None:
        self._report = report
        self._total = total
        self._done = 0
        self._lock = threading.Lock()
        self._stopped = False
        self.interval = None if report is None else 0.1

    def count(self, chunks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield `chunks`, counting their bytes, until told to stop."""
        for chunk in chunks:
            if self._stopped:
                raise ArchiveError("reading was stopped")
            with self._lock:
                self._done += len(chunk)
            yield chunk

    def show(self) -> None:
        """Report how many bytes have been read so far."""
        if self._report:
            self._report(self._done, self._total)

    def stop(self) -> None:
        """Make the threads that are still reading give up."""
        self._stopped = True
