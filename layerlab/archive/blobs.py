"""Blobs: a layer's stored bytes are read once, and hashed, unpacked and indexed during that one pass.

Two layers are read at once. While a core is idle, hashing runs in a thread of its own beside unpacking and indexing.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Executor, Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple, TypeVar

from layerlab.archive import attributes
from layerlab.archive.compression import Compression, Inflater, detect
from layerlab.archive.documents import verify
from layerlab.archive.errors import ArchiveError, at
from layerlab.archive.files import Part, Unpacked
from layerlab.archive.limits import Budget
from layerlab.archive.mistaken import looks_like
from layerlab.archive.progress import Progress
from layerlab.archive.read_ahead import Ahead
from layerlab.archive.tar_entries import Unpacking
from layerlab.archive.tar_headers import Headers
from layerlab.model.content import Content
from layerlab.model.hashing import algorithm
from layerlab.model.layer import Layer, Stored
from layerlab.model.tar import BLOCK

SHA256 = "sha256:"
# Handing less than this to another thread takes longer than it saves.
ALONE = 64 << 10
READERS = 2  # not more, because each reader of zstd may need a window of 128 MiB
CORES = min(4, os.cpu_count() or 1)
Result = TypeVar("Result")


class Blob(NamedTuple):
    """A layer as an archive states it: its place, and the digests that its bytes must have, None if not stated."""

    place: str
    content: Part
    diff_id: str | None
    digest: str | None
    media_type: str


class AtOnce(Executor):
    """Does each job when it is handed in, where no threads can be started: in a browser."""

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> "Future[Result]":
        """Do a job and return its result; what goes wrong in it is raised here, so that no further job begins."""
        done: Future[Result] = Future()
        done.set_result(fn(*args, **kwargs))
        return done


def _pool(threads: int) -> Executor:
    try:
        threading.Thread(target=int).start()
    except RuntimeError:
        return AtOnce()
    return ThreadPoolExecutor(threads)


class Hashers:
    """Threads that hash while other threads read. `reading` counts readers, so that hashing leaves each a core."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self.reading = 0
        self.turn = threading.Lock()

    def count(self, more: int) -> None:
        """Count a thread that begins to read (1) or ends (-1). The lock is needed because += is more than one step."""
        with self.turn:
            self.reading += more

    def submit(self, update: Callable[[bytes], None], data: bytes) -> "Future[None] | None":
        """Hash in another thread if a core is idle, else at once; small pieces are not worth a thread."""
        if len(data) >= ALONE and self.reading < CORES:
            # hashlib lets other threads run while it hashes a large piece, so this uses a second core.
            return self._pool.submit(update, data)
        update(data)
        return None


class Digest:
    """A hash that may be computed in another thread, at most one piece behind."""

    def __init__(self, algorithm: str, hashers: Hashers) -> None:
        self.algorithm = algorithm
        self._sha = hashlib.new(algorithm)
        self._hashers = hashers
        self._pending: Future[None] | None = None

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        # A hash needs its bytes in order, so the piece before has to be finished first.
        if self._pending:
            self._pending.result()
        self._pending = self._hashers.submit(self._sha.update, data)

    def __str__(self) -> str:
        if self._pending:
            self._pending.result()
        return f"{self.algorithm}:{self._sha.hexdigest()}"


def layers(blobs: Iterable[Blob], budget: Budget, progress: Progress) -> dict[Blob, Layer]:
    """Read each blob once and return its layer. Of those that are wrong, the first in order raises ArchiveError."""
    with _pool(READERS) as readers, _pool(max(READERS, CORES)) as pool:
        hashers = Hashers(pool)
        jobs = {blob: readers.submit(_layer, blob, budget, hashers, progress) for blob in blobs}
        try:
            _watch(jobs.values(), progress)
            return {blob: jobs.pop(blob).result() for blob in [*jobs]}
        finally:
            progress.stop()
            # An error refers to this frame, and the frame to the job with the error. That circle would keep the file
            # open until Python's garbage collector runs.
            jobs.clear()


def _watch(jobs: Iterable["Future[Layer]"], progress: Progress) -> None:
    rest = set(jobs)
    while rest:
        done, rest = wait(rest, progress.interval, FIRST_EXCEPTION)
        progress.show()
        if any(job.exception() for job in done):
            return


def _layer(blob: Blob, budget: Budget, hashers: Hashers, progress: Progress) -> Layer:
    hashers.count(1)
    try:
        return _read(blob, budget, hashers, progress)
    finally:
        hashers.count(-1)


def _read(blob: Blob, budget: Budget, hashers: Hashers, progress: Progress) -> Layer:
    """Read one blob: every byte of it once, and every byte of the tar in it once."""
    with at(blob.place):
        compression = detect(blob.content.read(0, 8))
        inflater, tar = _unpacking(blob.content, compression)
        diff_id = blob.diff_id or SHA256
        packed = _digests(hashers, blob.digest or diff_id, *([] if inflater else [diff_id]))
        unpacked = _digests(hashers, diff_id) if inflater else packed
        ahead = Ahead() if inflater else None
        changeset = Unpacking(tar, budget, ahead)
        headers = Headers(changeset.add, budget)
        chunks = progress.count(blob.content.chunks())
        head = b""
        try:
            for chunk in chunks:
                _update(packed, chunk)
                for piece in budget.unpack(inflater, chunk) if inflater else (chunk,):
                    if inflater:
                        _update(unpacked, piece)
                    head = head or piece[:BLOCK]
                    headers.feed(piece)
                    if ahead:
                        ahead.feed(piece, headers.seen - len(piece))
            if inflater:
                inflater.finish()
            headers.finish()
            changeset.finish()
            entries = attributes.unpacked(changeset.entries)
        except ArchiveError as error:
            # Damaged bytes can look like anything. That their hash is wrong says more than the error they led to, so
            # the rest is read and the hash is checked first.
            for chunk in chunks:
                _update(packed, chunk)
            _verify(blob, packed, {} if inflater else packed)
            if hint := looks_like(head, compression.name if compression else ""):
                raise type(error)(f"{error}{hint}") from error.__cause__
            raise
        _verify(blob, packed, unpacked)
        # Only now is known how much the blob unpacks to.
        if isinstance(tar, Unpacked):
            tar.size = headers.seen
        digest = str(packed[algorithm(blob.digest or diff_id)])
        found = str(unpacked[algorithm(diff_id)])
        return Layer(entries, Stored(found, tar, digest, blob.content, blob.media_type))


def _verify(blob: Blob, packed: dict[str, Digest], unpacked: dict[str, Digest]) -> None:
    if blob.digest:
        verify("digest", blob.digest, str(packed[algorithm(blob.digest)]))
    if blob.diff_id and unpacked:
        verify("DiffID", blob.diff_id, str(unpacked[algorithm(blob.diff_id)]))


def _update(digests: dict[str, Digest], data: bytes) -> None:
    for digest in digests.values():
        digest.update(data)


def _unpacking(content: Part, compression: Compression | None) -> tuple[Inflater | None, Content]:
    """Return what unpacks a blob, None for a plain one, and the tar in it as content."""
    if compression is None:
        return None, content
    return compression.inflater(), Unpacked(content, compression.divisible)


def _digests(hashers: Hashers, *like: str) -> dict[str, Digest]:
    return {name: Digest(name, hashers) for name in dict.fromkeys(map(algorithm, like))}
