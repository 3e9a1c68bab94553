"""Changeset: a layer's tar members turned into entries, by the rules of OCI image-spec 1.1, layer.md.

Names lose a leading "./" and a trailing slash; `.wh.NAME` and `.wh..wh..opq` become the kinds "whiteout" and
"opaque". What is content stays content: devices, set-uid bits and any symlink come as they are, since nothing is
ever unpacked onto the disk.
"""

import re

from layerlab.archive import policy
from layerlab.archive.errors import ArchiveError
from layerlab.archive.files import Part
from layerlab.archive.limits import Budget
from layerlab.archive.policy import refusal
from layerlab.archive.read_ahead import Ahead
from layerlab.archive.sparse import Sparse
from layerlab.archive.tar_headers import Member
from layerlab.model.content import EMPTY, Content
from layerlab.model.entry import OPAQUE_MARK, WHITEOUT_PREFIX, Entry, Kind
from layerlab.model.tar import HARD_LINK, makedev
from layerlab.words.printable import shown

KINDS: dict[bytes, Kind] = {
    b"0": "file", b"\0": "file", b"7": "file", b"2": "symlink", b"3": "char", b"4": "block", b"5": "directory",
    b"6": "fifo",
}  # fmt: skip
AUFS_PREFIX = ".wh..wh."
ODD = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")
LONGEST_NAME, LONGEST_PATH = 255, 4095
MOST_SYMLINKS = 40
MOST_ID = 1 << 32
MOST_DEVICES = (1 << 12, 1 << 20)


def clean(raw: bytes) -> str:
    """Return a tar name as entries have it: "" for the root, no "./" and no slash at either end.

    Bytes that are not UTF-8 become surrogate escapes. A name that leads out of the root raises ArchiveError.

    >>> clean(b"./etc/motd"), clean(b"/etc//app/"), clean(b"./")
    ('etc/motd', 'etc/app', '')
    """
    name = raw.decode("utf-8", "surrogateescape").removeprefix("./")
    if name.endswith("/"):
        name = name.rstrip("/")
    if len(raw) > LONGEST_NAME and (len(raw) > LONGEST_PATH or _longest(raw) > LONGEST_NAME):
        raise refusal(policy.LONG_NAME, name)
    if not (name[:1] in "/." or "/." in name or "//" in name) or not ODD.search(name):
        return name
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise refusal(policy.OUTSIDE, name)
    return "/".join(parts)


def _longest(raw: bytes) -> int:
    """Return the length of a path's longest name; a whiteout is as long as what it hides."""
    return max(len(part.removeprefix(b".wh.")) for part in raw.split(b"/"))


class Changeset:
    """The entries of one layer, taken from its members in the order of the tar.

    `tar` is the uncompressed tar, in which the contents lie; what is found is taken off the `budget`. Files of a tar
    that is unpacked on the way are made known to `ahead`.
    """

    def __init__(self, tar: Content, budget: Budget, ahead: Ahead | None = None) -> None:
        self._whole, self._start = (tar.whole, tar.offset) if isinstance(tar, Part) else (tar, 0)
        self._budget = budget
        self._ahead = ahead
        self._directories = {""}
        self._links: dict[int, list[str]] = {}
        self.entries: dict[str, Entry] = {}

    def add(self, member: Member) -> None:
        """Take one member. One that breaks a rule raises ArchiveError."""
        entries = self.entries
        name = clean(member.name)
        self._budget.entry(len(name) + len(member.link))
        parent, _, base = name.rpartition("/")
        if parent not in self._directories:
            parent = self._walk(parent)
            name = f"{parent}/{base}" if parent else base
            if len(name.encode("utf-8", "surrogateescape")) > LONGEST_PATH:
                raise refusal(policy.LONG_NAME, name)
        if ".wh." in name and self._mark(name, parent, base, member):
            return
        if name in entries:
            raise refusal(policy.TWICE, name)
        entries[name] = self._linked(name, member) if member.type == HARD_LINK else self._entry(name, member)

    def finish(self) -> None:
        """Count the names of each file, and check what only shows at the end."""
        for names in self._links.values():
            entry = self.entries[names[0]]._replace(nlink=len(names))
            self.entries.update(dict.fromkeys(names, entry))
        for name in self._directories & self.entries.keys():
            if self.entries[name].kind != "directory":
                raise refusal(policy.NOT_DIRECTORY, name)

    def _entry(self, name: str, member: Member) -> Entry:
        kind = KINDS[member.type]
        if member.uid >= MOST_ID or member.gid >= MOST_ID:
            raise refusal(policy.NUMBER, name)
        size, target, rdev, mode = 0, "", 0, member.mode & 0o7777
        content: Content = EMPTY
        if kind == "file":
            size, content = self._content(name, member)
        elif kind == "symlink":
            if not member.link:
                raise refusal(policy.NO_TARGET, name)
            if len(member.link) > LONGEST_PATH:
                raise refusal(policy.LONG_NAME, name)
            size, target, mode = len(member.link), member.link.decode("utf-8", "surrogateescape"), 0o777
        elif kind in ("char", "block"):
            if any(number >= most for number, most in zip(member.device, MOST_DEVICES, strict=True)):
                raise refusal(policy.NUMBER, name)
            rdev = makedev(*member.device)
        return Entry(
            kind, mode, member.uid, member.gid, max(0, member.mtime), size, target, rdev, member.xattrs, 1,
            len(self.entries) + 1, content,
        )  # fmt: skip

    def _content(self, name: str, member: Member) -> tuple[int, Content]:
        """Return a file's size and content."""
        if not member.size and not member.holes:
            return 0, EMPTY
        content = Part(self._whole, self._start + member.offset, member.size)
        if member.holes:
            self._budget.fill(member.holes.size - member.size, len(member.holes.pieces))
            content = Part(Sparse(content, member.holes), 0, member.holes.size)
        elif self._ahead:
            self._ahead.want(name, content)
        return content.size, content

    def _linked(self, name: str, member: Member) -> Entry:
        target = clean(member.link)
        if target not in self.entries and "/" in target:
            parent, _, base = target.rpartition("/")
            target = f"{self._walk(parent)}/{base}"
        entry = self.entries.get(target)
        if entry is None or target == name or entry.kind in ("whiteout", "opaque"):
            raise refusal(policy.LINK_TO_LOWER, name)
        if entry.kind == "directory":
            raise refusal(policy.LINK_TO_DIRECTORY, name)
        self._links.setdefault(entry.inode, [target]).append(name)
        return entry

    def _mark(self, name: str, parent: str, base: str, member: Member) -> bool:
        """Take a member whose name is, or lies under, a mark. Return False for one that only looks so."""
        if any(part.startswith(AUFS_PREFIX) and part != OPAQUE_MARK for part in name.split("/")):
            return True
        if any(part.startswith(WHITEOUT_PREFIX) for part in parent.split("/")):
            raise refusal(policy.IN_WHITEOUT, name)
        if not base.startswith(WHITEOUT_PREFIX):
            return False
        if name in self.entries:
            raise refusal(policy.TWICE, name)
        kind: Kind = "opaque"
        if base != OPAQUE_MARK:
            kind, hidden = "whiteout", base.removeprefix(WHITEOUT_PREFIX)
            path = f"{parent}/{hidden}" if parent else hidden
            if hidden in ("", ".", ".."):
                raise refusal(policy.BARE_WHITEOUT, name)
            if path in self.entries or path in self._directories:
                raise refusal(policy.LATE_WHITEOUT, path)
        self.entries[name] = Entry(
            kind, member.mode & 0o7777, member.uid, member.gid, max(0, member.mtime), inode=len(self.entries) + 1
        )
        return True

    def _walk(self, path: str) -> str:
        """Return where the directory `path` is once symlinks of this layer are followed, and note it as one."""
        pending = path.split("/")[::-1]
        here: list[str] = []
        links = 0
        while pending:
            part = pending.pop()
            if part == "..":
                del here[-1:]
                continue
            at = "/".join([*here, part])
            self._budget.name(len(at))
            entry = self.entries.get(at)
            if entry is None or entry.kind != "symlink":
                here.append(part)
                self._directories.add(at)
                continue
            links += 1
            if links > MOST_SYMLINKS:
                raise ArchiveError(f"{shown(path)}: the symlinks on the way form a loop")
            if entry.target.startswith("/"):
                here = []
            pending += [part for part in reversed(entry.target.split("/")) if part not in ("", ".")]
        return "/".join(here)
