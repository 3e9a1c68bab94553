"""Digests ahead: hashes of files in a compressed layer, taken while it is unpacked for the first time.

Whether a later layer changed a file or only its metadata is told by comparing contents; to read one out of a compressed
layer again, all before it is unpacked again. So files are hashed at once where that costs little and is likely to be
asked for: small ones outside the directories that a distribution fills once and leaves alone.
"""

import hashlib
from collections import deque

from layerlab.archive.files import Part

SMALL = 1 << 20
LEFT_ALONE = ("usr/", "bin/", "sbin/", "lib")


class Ahead:
    """The files that wait for their bytes, in the order of the tar.

    >>> from layerlab.model.content import Literal
    >>> part = Part(Literal(b"..hi"), 2, 2)
    >>> ahead = Ahead()
    >>> ahead.want("etc/motd", part)
    >>> ahead.feed(b"..h", 0)
    >>> ahead.feed(b"i", 3)
    >>> part.known == Literal(b"hi").digest
    True
    """

    def __init__(self) -> None:
        self._waiting: deque[Part] = deque()
        self._sha = hashlib.sha256()

    def want(self, name: str, part: Part) -> None:
        """Hash a file, if it is one that should be: its bytes are still to come."""
        if part.size <= SMALL and not name.startswith(LEFT_ALONE):
            self._waiting.append(part)

    def feed(self, piece: bytes, begin: int) -> None:
        """Take the bytes of the tar from `begin` on."""
        end = begin + len(piece)
        while self._waiting and self._waiting[0].offset < end:
            part = self._waiting[0]
            stop = part.offset + part.size
            self._sha.update(piece[max(part.offset - begin, 0) : min(stop, end) - begin])
            if stop > end:
                return
            part.known = f"sha256:{self._sha.hexdigest()}"
            self._sha = hashlib.sha256()
            self._waiting.popleft()
