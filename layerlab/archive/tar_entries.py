"""Changeset: a layer's tar members turned into entries, as Docker and Podman unpack them.

Both engines write one member after the other into an empty folder, with the same code (archive.Unpack in moby's
pkg/archive and in containers/storage). What a later member does to an earlier one is done here in the same order, on
names alone. `.wh.NAME` and `.wh..wh..opq` become the kinds "whiteout" and "opaque" (OCI image-spec 1.1, layer.md).
What is content stays content: devices, set-uid bits and any symlink come as they are, since nothing is unpacked onto
the disk.
"""

import posixpath
import re

from layerlab.archive import policy
from layerlab.archive.errors import ArchiveError
from layerlab.archive.files import Part
from layerlab.archive.limits import Budget
from layerlab.archive.policy import refusal
from layerlab.archive.read_ahead import Ahead
from layerlab.archive.sparse import Sparse
from layerlab.archive.tar_headers import PAX_GLOBAL, Member
from layerlab.model.content import EMPTY, Content
from layerlab.model.entry import OPAQUE_MARK, READ_ONLY, WHITEOUT_PREFIX, Entry, Kind
from layerlab.model.frozen import ReadOnly
from layerlab.model.tar import HARD_LINK, makedev
from layerlab.words.printable import shown

KINDS: dict[bytes, Kind] = {
    b"0": "file", b"\0": "file", b"2": "symlink", b"3": "char", b"4": "block", b"5": "directory", b"6": "fifo",
}  # fmt: skip
DIRECTORY = b"5"
ODD = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")
LONGEST_NAME, LONGEST_PATH = 255, 4095
MOST_SYMLINKS = 40
OWNERS = (1 << 32) - 1
"""Owners are cut to these bits; the last of them leaves the owner as it is (chown(2))."""
MAJOR, MINOR = (1 << 12) - 1, (1 << 20) - 1
EARLIEST, LATEST = -(1 << 31), (1 << 63) // 10**9
"""The last second that Go can count in nanoseconds, in the year 2262: engines put 1970 in place of later times, and of
negative ones but for symlinks. File systems know none before 1901."""
IMPLIED = Entry("directory", 0o755)
STEP = 32
"""Bytes of names that each step along a path counts for, beside the path so far."""
SEARCH = 8
"""Bytes of names that each name counts for, when all are searched for those in one directory."""


def spelled(raw: bytes) -> str:
    """Return a tar name as Go's `filepath.Clean` writes it, by which engines tell names that come twice.

    Bytes that are not UTF-8 become surrogate escapes. A name that is too long raises ArchiveError.

    >>> spelled(b"./etc//motd"), spelled(b"//etc/app/"), spelled(b"a/../../b"), spelled(b"./")
    ('etc/motd', '/etc/app', '../b', '.')
    """
    name = raw.decode("utf-8", "surrogateescape").removeprefix("./")
    if name.endswith("/"):
        name = name.rstrip("/")
    if not name or ((name[0] in "/." or "/." in name or "//" in name) and ODD.search(name)):
        root = "/" if raw.startswith(b"/") else ""
        name = posixpath.normpath(root + name.lstrip("/"))
    if len(raw) > LONGEST_NAME and (len(path := _bytes(name)) >= LONGEST_PATH or _longest(path) > LONGEST_NAME):
        raise refusal(policy.LONG_NAME, name)
    return name


def clean(raw: bytes) -> str:
    """Return the name of an archive's member: "" for the root, no "./" and no slash at either end.

    A name that has ".." in it raises ArchiveError, for no builder writes one.

    >>> clean(b"./etc/motd"), clean(b"/etc//app/"), clean(b"./")
    ('etc/motd', 'etc/app', '')
    """
    if b".." in raw and b".." in raw.split(b"/"):
        raise refusal(policy.DOTS, raw.decode("utf-8", "surrogateescape"))
    return _inside(spelled(raw))


def _inside(name: str) -> str:
    """Return where a name lies under the root: a root has no parent, so that ".." in front means nothing."""
    name = name.removeprefix("/")
    while name.startswith("../"):
        name = name[3:]
    return "" if name in (".", "..") else name


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _longest(path: bytes) -> int:
    """Return the length of a path's longest name; a whiteout is as long as what it hides."""
    return max(len(part.removeprefix(b".wh.")) for part in path.split(b"/"))


class Changeset:
    """The entries of one layer, taken from its members in the order of the tar.

    `tar` is the uncompressed tar, in which the contents lie; what is found is taken off the `budget`. Files of a tar
    that is unpacked on the way are made known to `ahead`.
    """

    def __init__(self, tar: Content, budget: Budget, ahead: Ahead | None = None) -> None:
        self._whole, self._start = (tar.whole, tar.offset) if isinstance(tar, Part) else (tar, 0)
        self._budget = budget
        self._ahead = ahead
        self._spelled: set[str] = set()
        # What is at a path now: a directory, stated or only implied by what lies in it; a whiteout, which engines
        # make a device at the path it hides; or else what `entries` has.
        self._directories = {""}
        self._whiteouts: set[str] = set()
        # Where directories are that lie beyond a symlink, while nothing is removed.
        self._known: dict[str, str] = {}
        self._inodes = 0
        self._linked: dict[int, Entry] = {}
        self._names: dict[int, list[str]] = {}
        self._gone: list[tuple[str, Entry]] = []
        self.entries: dict[str, Entry] = {}

    def add(self, member: Member) -> None:
        """Take one member. One that breaks a rule raises ArchiveError."""
        name = spelled(member.name)
        self._budget.entry(len(name) + len(member.link))
        if name in self._spelled:
            raise refusal(policy.TWICE, name)
        self._spelled.add(name)
        if member.type == PAX_GLOBAL or (name == "." and member.type != DIRECTORY):
            return  # engines leave these out, whatever they are
        if name[0] in "/.":
            name = _inside(name)
        parent, _, base = name.rpartition("/")
        if parent not in self._directories:
            parent = self._known.get(parent) or self._place(parent)
            name = f"{parent}/{base}" if parent else base
            if len(_bytes(name)) > LONGEST_PATH:
                raise refusal(policy.LONG_NAME, name)
        if base.startswith(WHITEOUT_PREFIX):
            self._mark(parent, base, member)
        elif parent in self._directories:
            self._put(name, member)
        else:
            lies_deep = any(path in self._whiteouts for path in _parents(name))
            raise refusal(policy.CHILD_OF_WHITEOUT if lies_deep else policy.NOT_DIRECTORY, name)

    def finish(self) -> None:
        """Set the times of directories, count the names of each file, and check what only shows at the end."""
        for name, gone in sorted(self._gone, key=lambda each: each[1].inode):
            self._set_time(name, gone)
        for inode, names in self._names.items():
            names = [name for name in dict.fromkeys(names) if self._inode(name) == inode]
            entry = self._linked[inode]._replace(nlink=len(names))
            self.entries.update(dict.fromkeys(names, entry))

    def _at(self, path: str) -> Entry | None:
        """Return the entry at a path. A mark is none: what is called so in an unpacked layer is another file."""
        entry = self.entries.get(path)
        return None if entry and entry.kind in ("whiteout", "opaque") else entry

    def _inode(self, name: str) -> int | None:
        entry = self.entries.get(name)
        return entry.inode if entry else None

    def _put(self, name: str, member: Member) -> None:
        """Write a member that is no mark: a directory merges with one that is there, all else takes the place."""
        check_type(member)
        old = None
        if name in self.entries or name in self._directories or name in self._whiteouts:
            if member.type == DIRECTORY and name in self._directories:
                old = self.entries.get(name, IMPLIED)
            else:
                self._remove(name)
        if member.type == HARD_LINK:
            self._link(name, member)
            return
        if member.type == DIRECTORY:
            self._directories.add(name)
        self.entries[name] = self._entry(name, member, old)

    def _entry(self, name: str, member: Member, old: Entry | None) -> Entry:
        """Return what a member makes of the `old` directory at its name, or of nothing."""
        kind = KINDS[member.type]
        size, target, rdev, mode, xattrs = 0, "", 0, member.mode & 0o7777, member.xattrs
        uid, gid, mtime = member.uid, member.gid, member.mtime
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
            major, minor = member.device
            rdev = makedev(major & MAJOR, minor & MINOR)
        if old is not None and old.xattrs:
            xattrs = ReadOnly({**old.xattrs, **xattrs}, READ_ONLY)
        if not 0 <= uid < OWNERS or not 0 <= gid < OWNERS:
            uid, gid = _owner(uid, old.uid if old else 0), _owner(gid, old.gid if old else 0)
        if not 0 <= mtime <= LATEST and not (kind == "symlink" and EARLIEST <= mtime < 0):
            mtime = 0
        if old is not None and old.inode:
            inode = old.inode
        else:
            inode = self._inodes = self._inodes + 1
        return Entry(kind, mode, uid, gid, mtime, size, target, rdev, xattrs, 1, inode, content)

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

    def _link(self, name: str, member: Member) -> None:
        """Give a file one more name. Its header is then the file's: engines set owner, mode and time once more."""
        target = _inside(spelled(member.link))
        above, _, last = target.rpartition("/")
        if above not in self._directories:
            above = self._walk(above, make=False)
            target = f"{above}/{last}" if above else last
        if target in self._directories:
            raise refusal(policy.LINK_TO_DIRECTORY, name)
        if target in self._whiteouts:
            self._hide(name, member)
            return
        entry = self._at(target)
        if entry is None:
            raise refusal(policy.LINK_TO_LOWER, name)
        entry = self._linked.get(entry.inode, entry)
        uid, gid, xattrs = _owner(member.uid, entry.uid), _owner(member.gid, entry.gid), entry.xattrs
        if member.xattrs:
            xattrs = ReadOnly({**xattrs, **member.xattrs}, READ_ONLY)
        entry = entry._replace(uid=uid, gid=gid, xattrs=xattrs)
        if entry.kind != "symlink" and self._leads(member.link):
            mtime = member.mtime if 0 <= member.mtime <= LATEST else 0
            entry = entry._replace(mode=member.mode & 0o7777, mtime=mtime)
        self._linked[entry.inode] = self.entries[name] = entry
        self._names.setdefault(entry.inode, [target]).append(name)

    def _leads(self, link: bytes) -> bool:
        """Tell whether a hard link's target is found as it is written, part by part, as lstat(2) looks for it.

        Engines take out what a target does not need before they link to it, but not before they set mode and time.
        """
        *above, last = link.decode("utf-8", "surrogateescape").split("/")
        for place in [place for place, part in enumerate(above) if part == ".."]:
            if self._walk("/".join(above[:place]), make=False) not in self._directories:
                return False
        parent = self._walk("/".join(above), make=False)
        path = f"{parent}/{last}" if parent else last
        entry = self._at(path)
        there = path in self._directories or path in self._whiteouts or (entry is not None and entry.kind != "symlink")
        return there and last not in ("", ".", "..")

    def _mark(self, parent: str, base: str, member: Member) -> None:
        """Take a member that hides names of lower layers."""
        mark = f"{parent}/{base}" if parent else base
        if parent not in self._directories:
            return  # policy.NEEDLESS_MARK
        if base == OPAQUE_MARK:
            self.entries[mark] = self._hiding("opaque", member)
            return
        hidden = base.removeprefix(WHITEOUT_PREFIX)
        if hidden in ("", ".", ".."):
            raise refusal(policy.BARE_WHITEOUT, mark)
        path = f"{parent}/{hidden}" if parent else hidden
        if path in self.entries or path in self._directories or path in self._whiteouts:
            raise refusal(policy.LATE_WHITEOUT, path)
        self._hide(path, member)

    def _hide(self, path: str, member: Member) -> None:
        self._whiteouts.add(path)
        parent, slash, hidden = path.rpartition("/")
        self.entries[f"{parent}{slash}{WHITEOUT_PREFIX}{hidden}"] = self._hiding("whiteout", member)

    def _hiding(self, kind: Kind, member: Member) -> Entry:
        self._inodes += 1
        owner = _owner(member.uid, 0), _owner(member.gid, 0)
        return Entry(kind, member.mode & 0o7777, *owner, max(0, member.mtime), inode=self._inodes)

    def _remove(self, name: str) -> None:
        """Make room for another entry at `name`: what is there goes, with all that lies in it."""
        if not name:  # the root, which nothing can replace
            raise refusal(policy.NOT_DIRECTORY, "/")
        self._whiteouts.discard(name)
        self._known.clear()
        removed = [name]
        if name in self._directories:
            self._budget.name(SEARCH * len(self.entries))
            under = f"{name}/"
            self._directories = {path for path in self._directories if path != name and not path.startswith(under)}
            self._whiteouts = {path for path in self._whiteouts if not path.startswith(under)}
            removed += [path for path in self.entries if path.startswith(under)]
        for path in removed:
            entry = self.entries.pop(path, None)
            if entry and entry.kind == "directory":
                self._gone.append((path, entry))

    def _set_time(self, name: str, gone: Entry) -> None:
        """Set the time that a directory's header states on what has taken its place.

        Engines set the times of directories at the end, for the files in them change these; a name that is gone is an
        error then.
        """
        place = self._walk(name, make=False)
        entry = self._at(place)
        if entry is None and place not in self._directories and place not in self._whiteouts:
            raise refusal(policy.GONE, name)
        if entry is None and place and place in self._directories:
            # No header says anything of it, so that it takes the number of what is gone: a later one still counts.
            self.entries[place] = IMPLIED._replace(mtime=gone.mtime, inode=gone.inode)
        elif entry and entry.inode in self._linked:
            self._linked[entry.inode] = self._linked[entry.inode]._replace(mtime=gone.mtime)
        elif entry and (entry.kind != "directory" or entry.inode < gone.inode):
            self.entries[place] = entry._replace(mtime=gone.mtime)

    def _place(self, path: str) -> str:
        """Return where the directory of an entry is, which is made where it is missing."""
        place = self._walk(path, make=True)
        if place in self._directories:
            self._known[path] = place
        return place

    def _walk(self, path: str, make: bool) -> str:
        """Return where `path` is once symlinks of this layer are followed.

        Directories that are missing are made if `make`, but not those that a symlink leads to. It goes no further than
        to what is no directory.
        """
        pending = _parts(path)
        own = len(pending)  # how many of them are still those of `path`, and not of a symlink
        here: list[str] = []
        links = 0
        while pending:
            is_own = len(pending) <= own
            part = pending.pop()
            own = min(own, len(pending))
            if part == "..":
                del here[-1:]
                continue
            here.append(part)
            at = "/".join(here)
            self._budget.name(STEP + len(at))
            entry = None if at in self._directories else self._at(at)
            if entry and entry.kind == "symlink":
                links += 1
                if links > MOST_SYMLINKS:
                    raise ArchiveError(f"{shown(path)}: the symlinks on the way form a loop")
                here = [] if entry.target.startswith("/") else here[:-1]
                pending += _parts(entry.target)
            elif entry or at in self._whiteouts:
                return "/".join([at, *reversed(pending)])
            elif at not in self._directories and make:
                if not is_own:
                    raise refusal(policy.DANGLING, path)
                self._directories.add(at)
        return "/".join(here)


def check_type(member: Member) -> None:
    """Refuse a member of a type that no engine unpacks."""
    if member.type not in (*KINDS, HARD_LINK, PAX_GLOBAL):
        raise ArchiveError(f"a member of unknown type {member.type!r}")


def _parents(path: str) -> list[str]:
    """Return the paths of the directories that a path leads through."""
    return [path[:place] for place, letter in enumerate(path) if letter == "/"]


def _parts(path: str) -> list[str]:
    """Return a path's names, the last one first."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def _owner(number: int, old: int) -> int:
    """Return an owner of 32 bits; -1 leaves the `old` one."""
    number &= OWNERS
    return old if number == OWNERS else number
