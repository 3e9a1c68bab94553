"""A tree of files in the words of the recorded answers of engines."""

import hashlib
from typing import Any

from layerlab import Entry, Image

Tree = dict[str, list[Any]]


def shown(image: Image) -> Tree:
    """Return what an image's view shows, but for the root."""
    first: dict[int, str] = {}
    view = {at: one for at, one in image.view().items() if at}
    return {at: told(one, one.read() if one.kind == "file" else b"", first, at) for at, one in sorted(view.items())}


def told(one: Entry, data: bytes, first: dict[int, str], at: str) -> list[Any]:
    """Return all that is compared of one name; a hard link is known by its first name, which has the bytes."""
    linked = first.setdefault(one.inode, at) if one.nlink > 1 and one.kind != "directory" else at
    digest = hashlib.sha256(data).hexdigest()[:12] if one.kind == "file" and linked == at else ""
    xattrs = {key: bytes(value).hex() for key, value in sorted(one.xattrs.items())}
    return [
        one.kind, oct(one.mode), one.uid, one.gid, one.mtime, one.size, one.target, one.rdev, xattrs,
        "" if linked == at else linked, digest,
    ]  # fmt: skip
