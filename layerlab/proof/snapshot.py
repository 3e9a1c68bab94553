"""Snapshot: everything that shows in a file system, as plain values that two sides can be compared by.

`merged` is what a process sees, `upper` what lies in the thin layer: copies, whiteouts and opaque marks. Both
are told from a container and from folders of the kernel in the same words. Times that a test sets lie before
`NOW`; whatever the clock of either side has set since counts as one and the same "now".
"""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable
from typing import NamedTuple

from layerlab.model.container import Container
from layerlab.model.entry import Entry
from layerlab.model.tar import ESCAPE
from layerlab.model.view import View
from layerlab.proof.kernel import KINDS

NOW = 1_500_000_000
WHITEOUT = "whiteout"
HASHED = 9
"""Bytes of the hash that stands for long content."""


class Seen(NamedTuple):
    """All that shows of one name: an entry's fields, with `content` as `short` gives it.

    `same` is the first of the names that are hard links to the same file.
    """

    kind: str
    mode: int = 0
    uid: int = 0
    gid: int = 0
    mtime: int = 0
    nlink: int = 0
    size: int = 0
    rdev: int = 0
    target: str = ""
    content: bytes = b""
    xattrs: tuple[tuple[str, bytes], ...] = ()
    opaque: bool = False
    same: str = ""


Snapshot = dict[str, Seen]
HIDDEN = Seen(WHITEOUT)


def short(data: bytes) -> bytes:
    """Return bytes as they are if there are few of them, else a hash in their place."""
    return data if len(data) <= 40 else hashlib.sha1(data, usedforsecurity=False).digest()[:HASHED]


def merged(view: View) -> Snapshot:
    """Return what shows in a container or an image: its public view."""
    return _grouped((path, entry, False) for path, entry in view.items())


def upper(container: Container) -> Snapshot:
    """Return what a container's thin layer holds, its root included."""
    root = container._root.upper
    assert root is not None
    thin = container._thin.listed()
    listed = [(path, inode.entry() if inode else None, bool(inode and inode.opaque)) for path, inode in thin]
    return _grouped([("", root.entry(), False), *listed])


def _seen(entry: Entry, content: bytes, xattrs: tuple[tuple[str, bytes], ...], opaque: bool = False) -> Seen:
    mtime = min(entry.mtime, NOW)
    return Seen(
        entry.kind, entry.mode, entry.uid, entry.gid, mtime, entry.nlink, entry.size, entry.rdev, entry.target,
        content, xattrs, opaque,
    )  # fmt: skip


def _grouped(entries: Iterable[tuple[str, Entry | None, bool]]) -> Snapshot:
    state: Snapshot = {}
    links: dict[int, list[str]] = {}
    for path, entry, opaque in entries:
        if entry is None:
            state[path] = HIDDEN
            continue
        content = short(entry.content.read()) if entry.size and entry.kind == "file" else b""
        state[path] = _seen(entry, content, tuple(sorted(entry.xattrs.items())) if entry.xattrs else (), opaque)
        if entry.nlink > 1 and entry.kind != "directory":
            links.setdefault(entry.inode, []).append(path)
    _group(state, links.values())
    return state


def _group(state: Snapshot, links: Iterable[list[str]]) -> None:
    for names in links:
        first = min(names)
        for name in names:
            state[name] = state[name]._replace(same=first)


def folder(top: str, prefix: str, ghosts: frozenset[str] = frozenset()) -> Snapshot:
    """Return what shows in a folder of the kernel's; attributes that start with `prefix` are overlayfs's own.

    Those of others that start so too have ESCAPE in front of the rest there. Without `prefix` all are as they show.

    `ghosts` are names that may be listed and not be there: whiteouts of a lower layer in a directory that merges
    with no other, which the kernel lists and does not find.
    """
    state: Snapshot = {}
    links: dict[tuple[int, int], list[str]] = {}
    work = [(top, "")]
    while work:
        path, name = work.pop()
        try:
            status = os.lstat(path)
        except FileNotFoundError:
            if name.rpartition("/")[2] in ghosts:
                continue
            raise
        kind = KINDS[stat.S_IFMT(status.st_mode)]
        # In a file system that is mounted this is a device as any other.
        if prefix and kind == "char" and status.st_rdev == 0:
            state[name] = HIDDEN
            continue
        if kind == "directory":
            prefixed = f"{name}/" if name else ""
            work += [(f"{path}/{child}", prefixed + child) for child in os.listdir(path)]
        elif status.st_nlink > 1:
            links.setdefault((status.st_dev, status.st_ino), []).append(name)
        state[name] = _of_file(path, kind, status, prefix)
    _group(state, links.values())
    return state


def _of_file(path: str, kind: str, status: os.stat_result, prefix: str) -> Seen:
    held = {key: _value(path, key) for key in os.listxattr(path, follow_symlinks=False)}
    opaque = f"{prefix}opaque" in held
    if prefix:
        own = {key: value for key, value in held.items() if key.startswith(prefix)}
        held = {key: value for key, value in held.items() if key not in own}
        held |= {prefix + key.removeprefix(prefix + ESCAPE): own[key] for key in own if key.startswith(prefix + ESCAPE)}
    xattrs = tuple(sorted(held.items()))
    content = b""
    if kind == "file" and status.st_size:
        with open(path, "rb", buffering=0) as file:
            content = short(file.read())
    return Seen(
        kind,
        stat.S_IMODE(status.st_mode),
        status.st_uid,
        status.st_gid,
        min(status.st_mtime_ns // 1_000_000_000, NOW),
        status.st_nlink,
        status.st_size if kind in ("file", "symlink") else 0,
        status.st_rdev if kind in ("char", "block") else 0,
        os.readlink(path) if kind == "symlink" else "",
        content,
        xattrs,
        opaque,
    )


def _value(path: str, key: str) -> bytes:
    """Return an attribute's value; an empty capability can be set and not be read."""
    try:
        return os.getxattr(path, key, follow_symlinks=False)
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return b""


class Mismatch(NamedTuple):
    """One thing that differs: where, of which name, in which field, and both sides' word; no field: the name itself."""

    where: str
    path: str
    field: str
    kernel: object
    model: object

    def __str__(self) -> str:
        field = f"{self.field} is " if self.field else ""
        return f"{self.where} /{self.path}: {field}{self.kernel!r} for the kernel, {self.model!r} in the model"


def differences(expected: Snapshot, actual: Snapshot, where: str) -> list[Mismatch]:
    """Return a line for each name and field in which two states differ: the kernel's and the model's."""
    lines = []
    for path in sorted(expected.keys() | actual.keys()) if expected != actual else ():
        right, wrong = expected.get(path), actual.get(path)
        if right is None or wrong is None:
            lines.append(Mismatch(where, path, "", right and right.kind, wrong and wrong.kind))
        elif right != wrong:
            lines += [
                Mismatch(where, path, field, ours, theirs)
                for field, ours, theirs in zip(Seen._fields, right, wrong, strict=True)
                if ours != theirs
            ]
    return lines
