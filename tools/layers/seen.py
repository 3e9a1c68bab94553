"""Seen: what a reader makes of an image: it refuses it, or it shows these files and these sizes."""

import os
import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import layerlab as ll
from layerlab.archive.errors import ArchiveError
from layerlab.model.entry import Entry
from layerlab.proof.kernel import entry

IMPLIED = -1
"""The time of a directory that a layer does not name: an engine makes it, and so it has the time of that."""


class Name(NamedTuple):
    """All that is compared of one name; `linked` is the first name of the same file, which alone states `data`."""

    kind: str
    mode: str
    uid: int
    gid: int
    mtime: int
    size: int
    target: str
    rdev: int
    xattrs: Mapping[str, bytes]
    nlink: int
    linked: str
    data: bytes


Tree = Mapping[str, Name]


class Refused(NamedTuple):
    """A reader that takes no image, and what it says."""

    why: str


class Shown(NamedTuple):
    """The merged files of an image; `size` is what Docker counts of the upper layer, `tar` the bytes of its tar."""

    tree: Tree
    size: int | None
    tar: int | None


class Held(NamedTuple):
    """The images of an archive by id; None for one that is there and cannot be shown."""

    images: "Mapping[str, Settings | None]"


class Settings(NamedTuple):
    """What is compared of an image beside its files."""

    names: tuple[str, ...]
    diff_ids: tuple[str, ...]
    config: Mapping[str, object]

    @classmethod
    def of(cls, names: Iterable[str], diff_ids: Iterable[str], config: Mapping[str, Any]) -> "Settings":
        """Return these settings; what says nothing is left out of the configuration."""
        kept = {key: config[key] for key in KEPT if config.get(key)}
        return cls(tuple(sorted({NAMED.sub("", name) for name in names})), tuple(diff_ids), kept)


NAMED = re.compile(r"^((index\.)?docker\.io/(library/)?|localhost/)")
"""What engines may write before a name that says no registry."""

KEPT = ("Env", "Cmd", "Entrypoint", "User", "WorkingDir", "Labels")
Seen = Refused | Shown | Held


def ours(path: Path) -> Seen:
    """Return what this package makes of an archive with one image."""
    try:
        (image,) = ll.load(path)
    except ArchiveError as error:
        return Refused(str(error).removeprefix(f"{path}: "))
    top = image.layers[-1]
    # A directory that no member states has no number, and a time only where a hard link has set it.
    named = {name for name, each in top.entries.items() if each.kind == "directory" and (each.inode or each.mtime)}
    implied = {parent for name in top.entries for parent in _parents(name)} - named
    return Shown(_told(image, implied), top.size, top.tar_size)


def held(path: Path) -> Seen:
    """Return what this package makes of an archive with any number of images."""
    try:
        images = ll.load(path)
    except ArchiveError as error:
        return Refused(str(error).removeprefix(f"{path}: "))
    return Held({image.id: Settings.of(image.names, image.diff_ids, image.config) for image in images})


def _parents(name: str) -> list[str]:
    parts = name.split("/")[:-1]
    return ["/".join(parts[: count + 1]) for count in range(len(parts))]


def _told(image: ll.Image, implied: set[str]) -> Tree:
    found = {}
    first = dict[int, str]()
    for at, one in sorted(image.view().items()):
        if not at:
            continue
        linked = at if one.kind == "directory" else first.setdefault(one.inode, at)
        data = one.read() if one.kind == "file" and linked == at else b""
        when = IMPLIED if at in implied else one.mtime
        found[at] = Name(
            one.kind, oct(one.mode), one.uid, one.gid, when, one.size, one.target, one.rdev, dict(one.xattrs),
            one.nlink, linked, data,
        )  # fmt: skip
    return found


UNREADABLE = Entry("socket", 0)
"""What overlayfs refuses to show, in the words of a kind that no layer has."""


def on_disk(root: Path, begun: int) -> Tree:
    """Return what lies in a folder, however deep; what has a time between `begun` and now was not given one.

    What overlayfs lists and then does not find is a whiteout; what it refuses is UNREADABLE.
    """
    now = int(time.time())
    there: dict[str, tuple[Entry, bytes]] = {}
    for folder, folders, files, descriptor in os.fwalk(os.fsencode(root)):
        for name in folders + files:
            path = os.path.join(b"/proc/self/fd/%d" % descriptor, name)
            at = os.fsdecode(os.path.relpath(os.path.join(folder, name), os.fsencode(root)))
            try:
                there[at] = _entry(path)
            except FileNotFoundError:
                continue
            # What a mark of overlayfs leads to may be refused, or not be there (EIO).
            except OSError:
                there[at] = UNREADABLE, b""
    found = {}
    first = dict[int, str]()
    for at, (one, data) in sorted(there.items()):
        linked = at if one.kind == "directory" else first.setdefault(one.inode, at)
        when = IMPLIED if begun <= one.mtime <= now else one.mtime
        found[at] = Name(
            one.kind, oct(one.mode), one.uid, one.gid, when, one.size, one.target, one.rdev, one.xattrs,
            one.nlink, linked, data if linked == at else b"",
        )  # fmt: skip
    return found


def _entry(path: bytes) -> tuple[Entry, bytes]:
    one = entry(os.lstat(path))
    keys = os.listxattr(path, follow_symlinks=False)
    xattrs = {key: os.getxattr(path, key, follow_symlinks=False) for key in keys}
    target = os.fsdecode(os.readlink(path)) if one.kind == "symlink" else ""
    data = Path(os.fsdecode(path)).read_bytes() if one.kind == "file" else b""
    return one._replace(target=target, xattrs=xattrs), data


def unlike(mine: Tree, theirs: Tree) -> dict[str, tuple[Name | None, Name | None]]:
    """Return the names that two trees do not agree on, with what each says."""
    both = ((at, mine.get(at), theirs.get(at)) for at in sorted(mine.keys() | theirs.keys()))
    return {at: (one, other) for at, one, other in both if one != other}
