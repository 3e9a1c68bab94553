"""Digests ahead: hashes of files in a compressed layer, taken while it is unpacked for the first time.

To tell whether a later layer changed a file's bytes or only its metadata, the contents are compared. Reading a file out
of a compressed layer again means unpacking everything before the file again. Therefore files are hashed at once if this
takes little time and the digest will probably be needed: small files outside the system directories of a distribution,
which later layers seldom change.
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
        """Hash a file whose bytes are still to come, if it is small and not in a system directory."""
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
