"""Tar: the one byte string that stands for a layer, so that its hash is the layer's name.

The tar made here is canonical: names in order, parents first, fixed header fields, PAX records only where a
plain header cannot hold a value, and exactly 1,024 zero bytes at the end. The same entries give the same
bytes, and so the same DiffID, on every machine. The header bytes themselves are the standard library's.
"""

from collections.abc import Iterable, Iterator, Mapping

from layerlab.model.entry import OPAQUE_MARK, Entry

BLOCK = 512
# POSIX (pax, ustar) ends an archive with two blocks of zeros. GNU tar and Python's tarfile fill up to 10,240 bytes;
# Docker writes 1,024, and the layers made here must have Docker's hashes.
END = bytes(2 * BLOCK)
# The PAX keyword of `star` for an extended attribute, which GNU tar, Go's archive/tar and Docker use too.
XATTR_RECORD = "SCHILY.xattr."
OWN = "trusted.overlay."
ESCAPE = "overlay."
OWN_ESCAPED = f"{OWN}{ESCAPE}"
"""What overlayfs keeps its own marks under, and what it makes of an attribute of that name which is somebody's."""

HARD_LINK = b"1"
TYPES = {
    "file": b"0", "symlink": b"2", "char": b"3", "block": b"4", "directory": b"5", "fifo": b"6",
    "whiteout": b"0", "opaque": b"0",
}  # fmt: skip


def makedev(major: int, minor: int) -> int:
    """Return two device numbers as `os.makedev` packs them, Linux's way on every system.

    >>> makedev(1, 3)
    259
    """
    # glibc's gnu_dev_makedev: minor in bits 0 to 7 and 20 to 43, major in bits 8 to 19 and 44 to 63.
    return minor & 0xFF | (major & 0xFFF) << 8 | (minor & ~0xFF) << 12 | (major & ~0xFFF) << 32


def major(rdev: int) -> int:
    """Return the major number in an `os.makedev` integer, Linux's way on every system.

    >>> major(259), minor(259)
    (1, 3)
    """
    return rdev >> 8 & 0xFFF | rdev >> 32 & ~0xFFF


def minor(rdev: int) -> int:
    """Return the minor number in an `os.makedev` integer, Linux's way on every system.

    >>> minor(makedev(4096, 300))
    300
    """
    return rdev & 0xFF | rdev >> 12 & 0xFFFFFF00


def header(name: str, entry: Entry, link: str | None = None) -> bytes:
    """Return the header blocks of one entry: 512 bytes, more where PAX records are needed.

    `link` makes it a hard link to that earlier name.

    >>> len(header("etc/motd", Entry("file", 0o644)))
    512
    """
    import tarfile  # here, because the import is slow and a program that only reads a tar does not need it

    info = tarfile.TarInfo(name or ".")
    info.mode, info.uid, info.gid, info.mtime = entry.mode, entry.uid, entry.gid, entry.mtime
    info.type = TYPES[entry.kind]
    info.pax_headers = {
        XATTR_RECORD + stated(key): entry.xattrs[key].decode("utf-8", "surrogateescape") for key in sorted(entry.xattrs)
    }
    if link is not None:
        info.type, info.linkname = HARD_LINK, link
    elif entry.kind == "symlink":
        info.linkname = entry.target
    elif entry.kind == "file":
        info.size = entry.size
    elif entry.kind in ("char", "block"):
        info.devmajor, info.devminor = major(entry.rdev), minor(entry.rdev)
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def stated(key: str) -> str:
    """Return the name of an attribute in a tar: a user's attribute must not be read as a mark of overlayfs.

    >>> stated("trusted.overlay.opaque"), stated("user.a")
    ('trusted.overlay.overlay.opaque', 'user.a')
    """
    return f"{OWN_ESCAPED}{key.removeprefix(OWN)}" if key.startswith(OWN) else key


def in_order(names: Iterable[str]) -> list[str]:
    """Return tar names in canonical order: parents first, then by name, an opaque mark before its siblings.

    >>> in_order(["b", "a-b", "a/x", "a/-", "a/.wh..wh..opq", "a"])
    ['a', 'a/.wh..wh..opq', 'a/-', 'a/x', 'a-b', 'b']
    """
    return sorted(names, key=_place)


def _place(name: str) -> str:
    """Return what a name is sorted by: its parts with the smallest of all characters between them."""
    if OPAQUE_MARK in name:
        name = "/".join("" if part == OPAQUE_MARK else part for part in name.split("/"))
    return name.replace("/", "\0")


def headers(entries: Mapping[str, Entry]) -> Iterator[tuple[bytes, Entry | None]]:
    """Yield each entry's header in order, with the entry where its content follows.

    Later names of an inode become hard links to its first one. Sockets are left out: a tar cannot hold them.
    """
    first: dict[int, str] = {}
    for name in in_order(entries):
        entry = entries[name]
        if entry.kind == "socket":
            continue
        # A tar is read from its start, so the first name has the content and each later name refers back to it.
        link = first.setdefault(entry.inode, name) if entry.nlink > 1 and entry.kind != "directory" else name
        if link != name:
            yield header(name, entry, link), None
        else:
            yield header(name, entry), entry if entry.kind == "file" else None


def chunks(entries: Mapping[str, Entry]) -> Iterator[bytes]:
    """Yield the canonical tar of `entries` a piece at a time.

    >>> b"".join(chunks({})) == bytes(1024)
    True
    """
    for head, entry in headers(entries):
        yield head
        if entry is not None:
            yield from entry.content.chunks()
            # Content fills whole blocks: -size % 512 zero bytes are missing to the next one.
            yield bytes(-entry.size % BLOCK)
    yield END


def size(entries: Mapping[str, Entry]) -> int:
    """Return the length of the canonical tar of `entries` in bytes, without making its contents.

    >>> size({})
    1024
    """
    total = len(END)
    for head, entry in headers(entries):
        total += len(head)
        if entry is not None:
            total += entry.size + -entry.size % BLOCK
    return total
