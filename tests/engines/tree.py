"""A tree of files as an engine unpacked it, and the view that it should be."""

import os
from functools import cache
from pathlib import Path
from typing import Any

import layerlab as ll
from layerlab.archive.files import ArchiveFile
from layerlab.model.content import Content
from layerlab.proof.kernel import entry

OVERLAY = ("trusted.overlay.", "user.overlay.")


def on_disk(root: Path, own: tuple[str, ...] = OVERLAY) -> dict[str, tuple[Any, ...]]:
    """What lies under a folder by path: all that an entry says, with the hash of its bytes.

    Attributes that start with one of `own` are left out. A name that is listed and cannot be found is none.
    """
    found, first = {}, dict[int, str]()
    for folder, folders, files in os.walk(os.fsencode(root)):
        for name in sorted(folders + files):
            path = os.path.join(folder, name)
            at = os.fsdecode(os.path.relpath(path, os.fsencode(root)))
            try:
                one = entry(os.lstat(path))
            except FileNotFoundError:
                continue
            attributes = {
                key: os.getxattr(path, key, follow_symlinks=False)
                for key in os.listxattr(path, follow_symlinks=False)
                if not key.startswith(own)
            }
            target = os.fsdecode(os.readlink(path)) if one.kind == "symlink" else ""
            found[at] = (one._replace(target=target, xattrs=attributes), path)
    return {
        at: told(one, ArchiveFile.open(os.fsdecode(path)) if one.kind == "file" else None, first, at)
        for at, (one, path) in sorted(found.items())
    }


@cache
def shown(image: ll.Image) -> dict[str, tuple[Any, ...]]:
    """What an image's view shows, in the same words."""
    first = dict[int, str]()
    return {
        at: told(one, one.content if one.kind == "file" else None, first, at)
        for at, one in sorted(image.view().items())
        if at
    }


def told(one: ll.Entry, content: Content | None, first: dict[int, str], at: str) -> tuple[Any, ...]:
    """All that is compared of one name; a hard link is known by its first name, which has the bytes."""
    linked = first.setdefault(one.inode, at) if one.nlink > 1 and one.kind != "directory" else at
    digest = content.digest if content and linked == at else None
    return (
        one.kind, oct(one.mode), one.uid, one.gid, one.mtime, one.size, one.target, one.rdev, dict(one.xattrs), linked,
        digest,
    )  # fmt: skip


def differences(expected: dict[str, tuple[Any, ...]], found: dict[str, tuple[Any, ...]]) -> dict[str, Any]:
    """The names that two trees do not agree on, with what each says."""
    return {
        at: (expected.get(at), found.get(at))
        for at in expected.keys() | found.keys()
        if expected.get(at) != found.get(at)
    }
