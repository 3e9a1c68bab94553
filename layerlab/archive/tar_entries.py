"""Tar entries: a layer's tar members turned into entries, as Docker and Podman unpack them.

Both engines write one member after the other into an empty folder, with the same code (archive.Unpack in moby's
pkg/archive and in containers/storage). A later member can change or replace an earlier one. Here the same happens in
the same order, but only to names. `.wh.NAME` and `.wh..wh..opq` become the kinds "whiteout" and
"opaque" (OCI image-spec 1.1, layer.md). Devices, set-uid bits and symlinks are kept as they are, because nothing is
unpacked onto the disk.
"""

import posixpath
import re
from stat import S_ISGID

from layerlab.archive import policy
from layerlab.archive.attributes import check_attributes, of_the_root
from layerlab.archive.errors import ArchiveError
from layerlab.archive.files import Part
from layerlab.archive.limits import Budget
from layerlab.archive.policy import refusal
from layerlab.archive.read_ahead import Ahead
from layerlab.archive.sparse import Sparse
from layerlab.archive.tar_headers import PAX_GLOBAL, Member
from layerlab.model import capability
from layerlab.model.content import EMPTY, Content
from layerlab.model.entry import OPAQUE_MARK, READ_ONLY, WHITEOUT_PREFIX, Entry, Kind, after_chown, whiteout_of
from layerlab.model.frozen import ReadOnly
from layerlab.model.lookup import MAX_SYMLINKS, NAME_MAX, PATH_MAX
from layerlab.model.tar import HARD_LINK, makedev
from layerlab.model.union import IMPLIED
from layerlab.words.printable import shown

KINDS: dict[bytes, Kind] = {
    b"0": "file", b"\0": "file", b"2": "symlink", b"3": "char", b"4": "block", b"5": "directory", b"6": "fifo",
}  # fmt: skip
DIRECTORY = b"5"
# What `check_type` lets through; a set, because it is asked for each member.
UNPACKED = frozenset((*KINDS, HARD_LINK, PAX_GLOBAL))
# A part of a path that is empty, "." or "..": only such paths need the slow normpath.
ODD = re.compile(r"(?:^|/)\.{0,2}(?:/|$)")
# PATH_MAX counts the zero byte at the end too.
LONGEST_PATH = PATH_MAX - 1
OWNERS = (1 << 32) - 1
"""Owners are cut to 32 bits. The largest number, which is -1, tells chown(2) to leave the owner as it is."""
# Linux numbers devices with 12 bits for the major and 20 bits for the minor number (include/linux/kdev_t.h).
MAJOR, MINOR = (1 << 12) - 1, (1 << 20) - 1
EARLIEST, LATEST = -(1 << 31), (1 << 63) // 10**9
"""The earliest time is in 1901, where the times of file systems begin. The latest is in 2262: it is the last second
that Go can count in nanoseconds. Engines replace later and negative times by 1970, but those of symlinks, of which Go
keeps the low 64 bits of the nanoseconds."""
STEP = 32
"""Bytes of names that each step along a path counts for, beside the path so far."""
SEARCH = 8
"""Bytes of names that each name counts for, when all are searched for those in one directory."""


def spelled(raw: bytes) -> str:
    """Return a tar name as Go's `filepath.Clean` writes it, by which engines tell names that come twice.

    Bytes that are not UTF-8 become surrogate escapes.

    >>> spelled(b"./etc//motd"), spelled(b"//etc/app/"), spelled(b"a/../../b"), spelled(b"./")
    ('etc/motd', '/etc/app', '../b', '.')
    """
    name = raw.decode("utf-8", "surrogateescape").removeprefix("./")
    if name.endswith("/"):
        name = name.rstrip("/")
    if not name or ((name[0] in "/." or "/." in name or "//" in name) and ODD.search(name)):
        root = "/" if raw.startswith(b"/") else ""
        # normpath keeps two slashes in front, which Go does not. So all are taken off and one is put back.
        name = posixpath.normpath(root + name.lstrip("/"))
    return name


def _checked(raw: bytes) -> str:
    """Return a tar name as `spelled` does. A name that no file can have, as it is too long, raises ArchiveError."""
    name = spelled(raw)
    if len(raw) > NAME_MAX and (len(path := _bytes(name)) >= LONGEST_PATH or _longest(path) > NAME_MAX):
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
    return _inside(_checked(raw))


def _inside(name: str) -> str:
    """Return where a name lies under the root. A ".." in front is dropped, because the root has no parent."""
    name = name.removeprefix("/")
    while name.startswith("../"):
        name = name[3:]
    return "" if name in (".", "..") else name


def _bytes(name: str) -> bytes:
    return name.encode("utf-8", "surrogateescape")


def _longest(path: bytes) -> int:
    """Return the length of a path's longest name. A whiteout counts without `.wh.`, as the name that it hides."""
    return max(len(part.removeprefix(b".wh.")) for part in path.split(b"/"))


class Unpacking:
    """The entries of one layer, unpacked from its members in the order of the tar.

    `tar` is the uncompressed tar that contains the files' bytes. Each entry is taken off the `budget`. If the tar is
    being unpacked while it is read, `ahead` is told of each file, so that it can hash small ones.
    """

    def __init__(self, tar: Content, budget: Budget, ahead: Ahead | None = None) -> None:
        self._whole, self._start = (tar.whole, tar.offset) if isinstance(tar, Part) else (tar, 0)
        self._budget = budget
        self._ahead = ahead
        self._spelled: set[str] = set()
        # What is at a path now. `_directories` has those that a member states, and those that exist only because
        # something lies in them. `_whiteouts` has the hidden paths, at which engines make a device. All else is in
        # `entries`.
        self._directories = {""}
        self._root_has_set_gid = False
        self._whiteouts: set[str] = set()
        # Where a path through a symlink leads. Forgotten at each removal, which may take the symlink away.
        self._known: dict[str, str] = {}
        self._inodes = 0
        self._linked: dict[int, Entry] = {}
        self._names: dict[int, list[str]] = {}
        self._gone: list[tuple[str, Entry]] = []
        # Directories whose header spells a path through a symlink: that spelling, and where they were put.
        self._ways: list[tuple[str, str]] = []
        self.entries: dict[str, Entry] = {}

    def add(self, member: Member) -> None:
        """Take one member. One that breaks a rule raises ArchiveError."""
        # The name of a header for all members is only compared, so it may have any length.
        name = spelled(member.name) if member.type == PAX_GLOBAL else _checked(member.name)
        self._budget.entry(len(name) + len(member.link))
        if name in self._spelled:
            raise refusal(policy.TWICE, name)
        # Names are compared before symlinks are followed, because engines compare them so too.
        self._spelled.add(name)
        if member.type == PAX_GLOBAL or (name == "." and member.type != DIRECTORY):
            return  # engines unpack neither a global header nor a root that is no directory
        if name == "." and member.xattrs:
            member = member._replace(xattrs=of_the_root(member.xattrs))
        if name[0] in "/.":
            # Engines set the root's mode while they unpack if it is called "/" or "..". As "." it keeps its own.
            if member.type == DIRECTORY and name != "." and not _inside(name):
                self._root_has_set_gid = bool(member.mode & S_ISGID)
            name = _inside(name)
        parent, _, base = name.rpartition("/")
        way = ""
        if parent not in self._directories:
            way = parent
            parent = self._known.get(parent) or self._place(parent)
            name = f"{parent}/{base}" if parent else base
            if len(_bytes(name)) > LONGEST_PATH:
                raise refusal(policy.LONG_NAME, name)
        if base.startswith(WHITEOUT_PREFIX):
            self._mark(parent, base, member)
        elif parent in self._directories:
            self._put(name, member, way)
        else:
            lies_deep = any(path in self._whiteouts for path in _parents(name))
            raise refusal(policy.CHILD_OF_WHITEOUT if lies_deep else policy.NOT_DIRECTORY, name)

    def finish(self) -> None:
        """Set the times of directories that were replaced, and count the names of each file. Call it after the last."""
        # Inodes count the members, so this is the order of the tar, in which engines set the times.
        gone = [*self._gone]
        for spelling, name in self._ways:
            # Engines set the time at the end, by the spelling. If a later member has replaced a symlink on that way,
            # the time goes to something else.
            entry = self.entries.get(name)
            # A directory that was replaced is among those that are gone, and what replaced it has its own time.
            if entry and entry.kind == "directory" and self._walk(spelling, make=False) != name:
                gone.append((spelling, entry))
        for name, entry in sorted(gone, key=lambda each: each[1].inode):
            self._set_time(name, entry)
        for inode, names in self._names.items():
            # A later member may have replaced one of the names: then that name is another file.
            names = [name for name in dict.fromkeys(names) if self._inode(name) == inode]
            entry = self._linked[inode]._replace(nlink=len(names))
            self.entries.update(dict.fromkeys(names, entry))
        for path in sorted(self._directories - self.entries.keys()):
            # Made before the one that it is in got its set-gid bit. It has to be stated to stay without, for a tar
            # written from these entries has the outer directory first.
            if path and (above := self.entries.get(path.rpartition("/")[0])) and above.mode & S_ISGID:
                self.entries[path] = IMPLIED

    def _at(self, path: str) -> Entry | None:
        """Return the entry at a path, None for a mark, because unpacking makes no file of a mark's name."""
        entry = self.entries.get(path)
        return None if entry and entry.kind in ("whiteout", "opaque") else entry

    def _inode(self, name: str) -> int | None:
        entry = self.entries.get(name)
        return entry.inode if entry else None

    def _put(self, name: str, member: Member, way: str) -> None:
        """Write a member that is no mark. A directory merges with a directory; anything else replaces what is there.

        `way` is how the member spells the directory, if that leads through symlinks. It must not lead through what is
        replaced.
        """
        check_type(member)
        old = None
        if name in self.entries or name in self._directories or name in self._whiteouts:
            if member.type == DIRECTORY and name in self._directories:
                old = self.entries.get(name, IMPLIED)
            else:
                self._remove(name)
                if way and self._walk(way, make=False) not in self._directories:
                    raise refusal(policy.DANGLING, name)
        if member.type == HARD_LINK:
            self._link(name, member)
            return
        if member.type == DIRECTORY:
            self._directories.add(name)
            if way:
                self._ways.append((f"{way}/{name.rpartition('/')[2]}", name))
        self.entries[name] = self._entry(name, member, old)

    def _entry(self, name: str, member: Member, old: Entry | None) -> Entry:
        """Return the entry that a member makes; `old` is the directory that it merges with, None if there is none."""
        kind = KINDS[member.type]
        size, target, rdev, mode, xattrs = 0, "", 0, member.mode & 0o7777, member.xattrs
        check_attributes(name, xattrs, kind)
        uid, gid, mtime = member.uid, member.gid, member.mtime
        content: Content = EMPTY
        if kind == "file":
            size, content = self._content(name, member)
        elif kind == "symlink":
            if not member.link:
                raise refusal(policy.NO_TARGET, name)
            if len(member.link) > LONGEST_PATH:
                raise refusal(policy.LONG_NAME, name)
            # Linux gives each symlink the mode 0777, whatever its header says, and the length of its target as size.
            size, target, mode = len(member.link), member.link.decode("utf-8", "surrogateescape"), 0o777
        elif kind in ("char", "block"):
            major, minor = member.device
            rdev = makedev(major & MAJOR, minor & MINOR)
        # Engines only add attributes to a directory that is there: they take none away.
        if old is not None and old.xattrs:
            xattrs = ReadOnly({**old.xattrs, **xattrs}, READ_ONLY)
        if not 0 <= uid < OWNERS or not 0 <= gid < OWNERS:
            uid, gid = _owner(uid, old.uid if old else 0), _owner(gid, old.gid if old else 0)
        if not 0 <= mtime <= LATEST:
            mtime = max(EARLIEST, _in_nanoseconds(mtime)) if kind == "symlink" else 0
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
        """Give a file one more name. The file takes over this header: engines set owner, mode and time again."""
        target = _inside(_checked(member.link))
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
        # All names share one file. Its newest state is in `_linked`, until `finish` writes it to each name.
        entry = self._linked.get(entry.inode, entry)
        if (member.uid & OWNERS, member.gid & OWNERS) != (entry.uid, entry.gid):
            entry = _owned(entry, member)
        if member.xattrs:
            check_attributes(name, member.xattrs, entry.kind)
            entry = entry._replace(xattrs=ReadOnly({**entry.xattrs, **member.xattrs}, READ_ONLY))
        if entry.kind != "symlink" and self._leads(member.link):
            entry = _set(entry, member)
        elif entry.kind == "symlink" and member.link.endswith(b"/"):
            self._change(name, entry, member)
        self._linked[entry.inode] = self.entries[name] = entry
        self._names.setdefault(entry.inode, [target]).append(name)

    def _leads(self, link: bytes) -> bool:
        """Tell whether lstat(2) finds a hard link's target as the header spells it, part by part.

        Engines shorten the target ("a/../b" to "b") before they make the link. They do not shorten it before they set
        mode and time, so that these stay as they are if a part of the long form does not exist.
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

    def _change(self, name: str, symlink: Entry, member: Member) -> None:
        """Set mode and time of what a new name of a symlink leads to, as engines do if its target ends in a slash.

        With the slash lstat(2) finds what the old name leads to, so that engines take the file for no symlink.
        """
        if self._walk(member.link.decode("utf-8", "surrogateescape"), make=False) not in self._directories:
            return
        path = self._walk(posixpath.join(posixpath.dirname(name), symlink.target), make=False)
        entry = IMPLIED if path in self._directories else None
        entry = self._at(path) or entry
        if entry:
            entry = _set(self._linked.get(entry.inode, entry), member)
            self.entries[path] = entry
            if entry.inode in self._linked:
                self._linked[entry.inode] = entry
        elif path not in self._whiteouts:
            raise refusal(policy.DANGLING, name)

    def _mark(self, parent: str, base: str, member: Member) -> None:
        """Take a member that hides names of lower layers."""
        mark = f"{parent}/{base}" if parent else base
        hidden = base.removeprefix(WHITEOUT_PREFIX)
        there = parent in self._directories or parent in self._whiteouts or self._at(parent) is not None
        if hidden in ("", ".", "..") and there:
            raise refusal(policy.BARE_WHITEOUT, mark)
        if parent not in self._directories:
            # An opaque mark is an attribute that engines set on its directory. So something must be there.
            if base == OPAQUE_MARK and not there:
                raise refusal(policy.NOT_DIRECTORY, mark)
            return  # policy.NEEDLESS_MARK: what it would hide is hidden already
        if mark in self._directories or self._at(mark):
            self._remove(mark)  # a directory of the mark's name, which something that lies in it has made
        if base == OPAQUE_MARK:
            self.entries[mark] = self._hiding("opaque", member)
            return
        path = f"{parent}/{hidden}" if parent else hidden
        if path in self.entries or path in self._directories or path in self._whiteouts:
            raise refusal(policy.LATE_WHITEOUT, path)
        self._hide(path, member)

    def _hide(self, path: str, member: Member) -> None:
        self._whiteouts.add(path)
        self.entries[whiteout_of(path)] = self._hiding("whiteout", member)

    def _hiding(self, kind: Kind, member: Member) -> Entry:
        self._inodes += 1
        owner = _owner(member.uid, 0), _owner(member.gid, 0)
        return Entry(kind, member.mode & 0o7777, *owner, max(0, member.mtime), inode=self._inodes)

    def _remove(self, name: str) -> None:
        """Remove what is at `name`, with everything in it, because another entry takes its place."""
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

        Engines set the times of directories at the end, because each file that is written into a directory changes its
        time. If the name no longer exists then, setting its time fails, and engines refuse the layer.
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

        If `make` is true, missing directories are made, except those that a symlink leads to. The walk stops at the
        first entry that is no directory.
        """
        pending = _parts(path)
        own = len(pending)  # how many of them come from `path` itself and not from a symlink
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
                if links > MAX_SYMLINKS:
                    raise ArchiveError(f"{shown(path)}: the symlinks on the way form a loop")
                # An absolute target starts at the root of the layer, never at that of this machine.
                here = [] if entry.target.startswith("/") else here[:-1]
                pending += _parts(entry.target)
            elif entry or at in self._whiteouts:
                return "/".join([at, *reversed(pending)])
            elif at not in self._directories and make:
                if not is_own:
                    raise refusal(policy.DANGLING, path)
                self._make(at)
        return "/".join(here)

    def _make(self, path: str) -> None:
        """Make a directory that no member states. The set-gid bit is taken over from the one it is in (mkdir(2))."""
        self._directories.add(path)
        parent = path.rpartition("/")[0]
        above = self.entries.get(parent)
        inherits = above and above.mode & S_ISGID if parent else self._root_has_set_gid
        if inherits:
            self.entries[path] = IMPLIED._replace(mode=IMPLIED.mode | S_ISGID)


def check_type(member: Member) -> None:
    """Refuse a member of a type that no engine unpacks."""
    if member.type not in UNPACKED:
        raise ArchiveError(f"a member of unknown type {member.type!r}")


def _in_nanoseconds(seconds: int) -> int:
    """Return the seconds that are left of a time whose nanoseconds are cut to 64 bits."""
    return ((seconds * 10**9 + (1 << 63)) % (1 << 64) - (1 << 63)) // 10**9


def _owned(entry: Entry, member: Member) -> Entry:
    """Return a file with the owner of a hard link's header. As by chown(2), set-id bits and capabilities go."""
    uid, gid = _owner(member.uid, entry.uid), _owner(member.gid, entry.gid)
    if entry.kind == "symlink":
        return entry._replace(uid=uid, gid=gid)
    xattrs = entry.xattrs
    if capability.NAME in xattrs:
        xattrs = ReadOnly({key: value for key, value in xattrs.items() if key != capability.NAME}, READ_ONLY)
    return entry._replace(uid=uid, gid=gid, mode=after_chown(entry.mode), xattrs=xattrs)


def _set(entry: Entry, member: Member) -> Entry:
    """Return an entry with the mode and the time of a hard link's header, as engines set them on the link's target."""
    mtime = member.mtime if 0 <= member.mtime <= LATEST else 0
    if entry.kind == "directory" and entry.inode:  # a directory's own header sets its time once more, at the end
        mtime = entry.mtime
    return entry._replace(mode=member.mode & 0o7777, mtime=mtime)


def _parents(path: str) -> list[str]:
    """Return the paths of the directories that a path leads through."""
    return [path[:place] for place, letter in enumerate(path) if letter == "/"]


def _parts(path: str) -> list[str]:
    """Return a path's names, the last one first."""
    return [part for part in reversed(path.split("/")) if part not in ("", ".")]


def _owner(number: int, old: int) -> int:
    """Return an owner of 32 bits; -1 leaves the `old` owner."""
    number &= OWNERS
    return old if number == OWNERS else number
