"""Tar headers: what a tar says of its members, read as the bytes come by.

`Headers` is fed a tar in pieces of any size and hands out each member once its headers are complete. Contents are not
read: the size in a header says where the next header begins. `Headers` reads V7, ustar and POSIX pax headers
(IEEE 1003.1-2017, pax), GNU long names and base-256 numbers. Where these formats leave a choice, `Headers` does as Go's
archive/tar does, because Docker and Podman read tars with archive/tar.

The standard library's tarfile is not used, for three reasons. tarfile reads from a file, but here the bytes arrive
while they are unpacked and hashed. tarfile accepts much that engines refuse. And tarfile needs three times as long for
a stream (measured on 11,000 members with CPython 3.11).
"""

import struct
from collections.abc import Callable, Mapping
from typing import NamedTuple
from zlib import adler32

from layerlab.archive.errors import ArchiveError
from layerlab.archive.limits import Budget, Limits
from layerlab.archive.policy import NOT_TEXT, OLD_SPARSE, refusal
from layerlab.archive.sparse import LENGTH, MAP, OFFSET, Holes, Map, Stated, holes, integer, stated
from layerlab.model.entry import NO_XATTRS, READ_ONLY
from layerlab.model.frozen import ReadOnly
from layerlab.model.tar import BLOCK, XATTR_RECORD

# The fields of POSIX.1-1988 (ustar), in order: name, mode, uid, gid, size, mtime, checksum, type, link, magic with
# version, uname, gname, two device numbers, prefix. GNU and star keep times where ustar has its prefix (archive/tar,
# format.go).
FIELDS = struct.Struct("100s8s8s8s12s12s8sc100s8s32s32s8s8s155s12x")
USTAR, GNU = b"ustar\0", b"ustar  \0"  # as in Go, only a GNU header has to state its version too
# star ends its header with this mark, and its prefix is 131 bytes long, because times follow the prefix.
STAR_MARK, STAR_PREFIX = b"tar\0", 131
TIMES = struct.Struct("12s12s")
GNU_TIMES, STAR_TIMES = 345, 476
ZERO = bytes(BLOCK)
HALF = BLOCK // 2
WITH_DATA = b"0\0"
# Links, devices, directories and pipes have no content, whatever size their header states (archive/tar, isHeaderOnly).
HEADER_ONLY = b"123456"
FILE = b"0"
NO_DEVICES = (0, 0)
# V7 had no type for directories: there a directory is a file whose name ends in a slash.
OLD_FILE = b"\0"
LONG_NAME, LONG_LINK, PAX, PAX_GLOBAL = b"L", b"K", b"x", b"g"
EXTENSIONS = (LONG_NAME, LONG_LINK, PAX, PAX_GLOBAL)
# GNU tar puts a name that does not fit into 100 bytes into the content of a member before the one that it names.
LONG = {LONG_NAME: b"path", LONG_LINK: b"linkpath"}
# In these records Go refuses a zero byte in the value, in all other records a zero byte in the key (validPAXRecord).
TEXTS = frozenset((b"path", b"linkpath", b"uname", b"gname"))
MOST, MOST_BYTES = 1 << 63, 1 << 62
# Without this bound, a tar in which every number is another one would fill the memory.
REMEMBERED = 10_000
XATTR = XATTR_RECORD.encode()
ATTRIBUTE = 64
"""How many bytes each attribute counts for in the budget, besides its name and its value."""


class Member(NamedTuple):
    """One member of a tar as its headers state it. Names are raw bytes; `offset` is where its content begins.

    For a sparse file, `size` counts the bytes that are in the tar, and `holes` says where in the file they go. A header
    for all members that follow is handed out too, with type "g", because engines count its name among the others.
    """

    name: bytes
    type: bytes
    mode: int
    uid: int
    gid: int
    mtime: int
    size: int
    link: bytes
    device: tuple[int, int]
    xattrs: Mapping[str, bytes]
    offset: int
    holes: Holes | None = None


class Headers:
    """A push parser: call `feed` with each piece of a tar, then `finish`; `found` gets every `Member`.

    `seen` counts the bytes so far. A caller that can jump within the tar may leave out the bytes before `next`, if it
    then calls `skip`.
    Errors name the byte at which a header begins.

    >>> members = []
    >>> reader = Headers(members.append)
    >>> for chunk in Layer.of({"etc/motd": b"hi"}).tar_chunks():
    ...     reader.feed(chunk)
    >>> reader.finish()
    >>> [(member.name, member.size, member.offset) for member in members]
    [(b'etc/', 0, 512), (b'etc/motd', 2, 1024)]
    """

    def __init__(self, found: Callable[[Member], None], budget: Budget | None = None) -> None:
        self._found = found
        self._budget = budget or Budget(Limits(), 0)
        self._longest = self._budget.limits.header
        self.seen = 0
        self._held = bytearray()
        self._need = BLOCK
        self._body: Callable[[bytes], None] | None = None
        self._records: dict[bytes, bytes] = {}
        self._long: dict[bytes, bytes] = {}
        self._content_end = 0
        self._text_end = 0  # the end of an extended header's body, without its padding
        self._zeros = 0
        self._numbers = Numbers()
        self._begin = 0

    @property
    def next(self) -> int:
        """The offset of the next byte that is needed."""
        return self._begin + len(self._held)

    @property
    def missing(self) -> int:
        """How many bytes from `next` on complete the header, or the body of an extended one, that begins there."""
        return self._need - len(self._held)

    @property
    def ended(self) -> bool:
        """Whether the two zero blocks that end a tar have been read. Bytes that follow them are not looked at."""
        return self._zeros == 2

    def skip(self, offset: int) -> None:
        """Go on at `offset`, which is no further than `next`, as if the bytes before it had been fed."""
        self.seen = offset

    def feed(self, chunk: bytes) -> None:
        """Take the next bytes of the tar."""
        start, self.seen = self.seen, self.seen + len(chunk)
        while self._begin < self.seen and self._zeros < 2:
            held = self._held
            position = self._begin + len(held) - start
            block = chunk[position : position + self._need - len(held)]
            # Most headers lie whole in one piece. Only a header that the end of a piece cuts is collected in `held`.
            if held or len(block) < self._need:
                held += block
                if len(held) < self._need:
                    return
                block = bytes(held)
                held.clear()
            begin, self._begin = self._begin, self._begin + self._need
            try:
                if self._body:
                    self._take_body(block)
                else:
                    self._take_header(block)
            except ArchiveError as error:
                raise ArchiveError(f"byte {begin:,}: {error}") from error.__cause__

    def finish(self) -> None:
        """Say that the tar ends here. An end within a member raises ArchiveError.

        The two zero blocks may be missing, and so may the padding of the last body or of the last member's content.
        """
        if self._body and self._begin < self._text_end <= self.seen:
            self._take_body(bytes(self._held))
            self._held.clear()
        if self._held or self._body or self._content_end > self.seen:
            raise ArchiveError(f"byte {self.seen:,}: the tar ends too early")

    def _take_header(self, block: bytes) -> None:
        if block == ZERO:
            self._zeros += 1
            return
        # Only two zero blocks together end a tar (POSIX). Go refuses one zero block before another header.
        if self._zeros:
            raise ArchiveError("a zero block is followed by something else")
        fields = FIELDS.unpack(block)
        name, mode, uid, gid, size, mtime, checksum, kind, link, magic, _, _, major, minor, prefix = fields
        number = self._numbers
        self._check(block, checksum)
        name = name.partition(b"\0")[0]
        devices = NO_DEVICES
        if magic[:6] == USTAR or magic == GNU:
            devices = number[major], number[minor]
            if prefix[0] or block[508:] == STAR_MARK:
                name = _prefix(block, magic, prefix) + name
        # Go reads all numbers of a header and refuses the header for any wrong one, also before an extension.
        numbers = number[mode], number[uid], number[gid], number[mtime], number[size]
        if kind in EXTENSIONS:
            self._take_extension(kind, name, numbers[-1])
            return
        member = Member(name, kind, *numbers, link.partition(b"\0")[0], devices, NO_XATTRS, self._begin)
        sparse = None
        if self._records or self._long:
            # A GNU long name counts more than the path of a pax header, as in Go. Both are for the next member alone.
            member = _extended(member, {**self._records, **self._long})
            sparse = stated(self._records, member.size)
            self._records, self._long = {}, {}
        # The type changes the size, so this comes after a pax record may have stated another size.
        if kind != FILE:
            member = _typed(member)
        end = self._begin + _blocks(member.size)
        self._content_end = self._begin + member.size
        if sparse:
            self._take_sparse(member, sparse, end)
            return
        self._begin = end
        self._found(member)

    def _take_sparse(self, member: Member, sparse: Stated, end: int) -> None:
        """Hand out a sparse file, once the map that may precede its bytes has been read; `end` is where it ends."""
        if member.type in HEADER_ONLY:
            raise ArchiveError("a sparse file that is no file")
        member = member._replace(name=sparse.name or member.name)
        # In the form 1.0 the map is the first part of the content, so that `size` in the header counts the map as well.
        lines = Map()

        def found(numbers: list[int], length: int) -> None:
            self._begin = end
            size = member.size - length
            # Engines read no byte of a mark of size 0, so they do not see that its map is wrong (tar-split,
            # NewInputTarStream). All other members are read once, to be packed again as they were.
            unread = sparse.size == 0 and member.name.rpartition(b"/")[2].startswith(b".wh.")
            where = holes(sparse.size, numbers, sum(numbers[1::2]) if unread else size)
            self._found(member._replace(size=size, offset=member.offset + length, holes=where))

        def body(block: bytes) -> None:
            length = self._begin - member.offset
            if length > min(member.size, self._longest):
                raise ArchiveError("a sparse file whose map does not end")
            if lines.feed(block):
                found(lines.numbers, length)
            else:
                self._body = body

        if sparse.map is None:
            self._body = body
        else:
            found(sparse.map, 0)

    def _check(self, block: bytes, field: bytes) -> None:
        """Compare the stated checksum with the sum of the header's bytes, its own eight counted as spaces.

        The low half of adler32 is 1 + the sum modulo 65,521: the sum at the speed of C, of pieces that cannot reach it.
        Some old tars sum signed bytes.
        """
        both = (adler32(block[:HALF]) & 0xFFFF) + (adler32(block[HALF:]) & 0xFFFF)
        total = both - 2 - sum(field) + 8 * ord(" ")
        if field == b"%06o\0 " % total:  # as nearly every tar writes it
            return
        try:
            stated = _octal(field)
        except ArchiveError:
            raise ArchiveError("no tar header: it has no checksum") from None
        if total != stated:
            signed = sum(byte - 256 if byte > 127 else byte for byte in block[:148] + block[156:])
            if signed + 256 != stated:
                raise ArchiveError("no tar header: the checksum is wrong")

    def _take_extension(self, kind: bytes, name: bytes, length: int) -> None:
        """Prepare to read the body of a header that extends the next header, or all headers that follow."""
        need = _blocks(length)
        self._text_end = self._begin + length
        if length > self._longest:
            raise ArchiveError(f"an extended header of {length:,} bytes, where {self._longest:,} are the limit")
        self._budget.entry(0)
        key = LONG.get(kind)

        def body(data: bytes) -> None:
            if key:
                self._long.pop(key, None)
                if text := data[:length].partition(b"\0")[0]:
                    self._long[key] = text
                return
            records, count = _pax_records(data[:length])
            # Records are counted even if they are not kept, because reading them takes time.
            self._budget.records(count)
            if kind == PAX:
                self._records = records
                kept = (key for key in records if key.startswith(XATTR))
                self._budget.name(sum(ATTRIBUTE + len(key) + len(records[key]) for key in kept))
            else:
                # Go hands out a global header as a member, and forgets the extended headers before it.
                self._records, self._long = {}, {}
                name_of_all = records.get(b"path", name)
                self._found(Member(name_of_all, kind, 0, 0, 0, 0, 0, b"", NO_DEVICES, NO_XATTRS, self._begin))

        self._body, self._need = body, need
        if not length:
            self._take_body(b"")

    def _take_body(self, block: bytes) -> None:
        body, self._body, self._need = self._body, None, BLOCK
        assert body
        body(block)


class Numbers(dict[bytes, int]):
    """Header fields and the numbers in them, remembered because owners, modes and small sizes repeat in a tar."""

    def __missing__(self, field: bytes) -> int:
        value = _parsed(field)
        if len(self) < REMEMBERED:
            self[field] = value
        return value


def _blocks(size: int) -> int:
    """Return how many bytes the blocks of a member's content take."""
    if not 0 <= size < MOST_BYTES:
        what = "that is a negative number" if size < 0 else "more than any file can have"
        raise ArchiveError(f"a size of {size:,} bytes, {what}")
    return size + -size % BLOCK


def _typed(member: Member) -> Member:
    """Return the member with the size and type that it really has."""
    if member.type == OLD_FILE and member.name.endswith(b"/"):
        return member._replace(type=b"5", size=0)
    if member.type in HEADER_ONLY:
        return member._replace(size=0) if member.size else member
    if member.type == b"S":
        raise ArchiveError(OLD_SPARSE.case)
    return member


def _parsed(field: bytes) -> int:
    """Return the number in a header field: octal text, or base-256 where the first bit is set (strconv.go)."""
    text = field[:-1]
    if text.isdigit() and field[-1] in b" \0" and b"8" not in text and b"9" not in text:
        return int(text, 8)
    if not field[0] & 0x80:
        return _octal(field)
    # In base-256 the first bit is only a mark. The second bit is the sign.
    value = int.from_bytes(field, "big", signed=bool(field[0] & 0x40))
    value = value if field[0] & 0x40 else value - (0x80 << 8 * (len(field) - 1))
    if not -MOST <= value < MOST:
        raise ArchiveError("a number beyond 64 bits in a tar header")
    return value


def _octal(field: bytes) -> int:
    """Return the number in a field of octal text. A blank field is 0; a sign is refused, as Go's ParseUint does."""
    text = field.strip(b" \0").partition(b"\0")[0]
    if text and (not text.isdigit() or b"8" in text or b"9" in text):
        raise ArchiveError(f"no octal number where a tar header has one: {field!r}")
    return int(text or b"0", 8)


def _prefix(block: bytes, magic: bytes, prefix: bytes) -> bytes:
    """Return the text before the name: a ustar prefix with its slash, or nothing.

    A GNU header has times in the place of the prefix. Go before version 1.8 wrote a prefix into GNU headers. Go still
    reads such a prefix if the times are not numbers and the prefix is ASCII.
    """
    if magic == GNU:
        prefix = prefix.partition(b"\0")[0]
        if prefix.isascii():
            try:
                _times(block, GNU_TIMES)
            except ArchiveError:
                return prefix + b"/"
        return b""
    if block[508:] == STAR_MARK:
        prefix = prefix[:STAR_PREFIX]
        _times(block, STAR_TIMES)
    prefix = prefix.partition(b"\0")[0]
    return prefix + b"/" if prefix else b""


def _times(block: bytes, offset: int) -> None:
    """Read the two times at `offset`; a time that is not a number raises ArchiveError."""
    for field in TIMES.unpack_from(block, offset):
        if field[0] or offset == STAR_TIMES:  # Go leaves out a GNU time that begins with a zero byte
            _parsed(field)


def _pax_records(data: bytes) -> tuple[dict[bytes, bytes], int]:
    """Return the records "length key=value\\n" of a pax header, and their number. An empty value deletes its key."""
    records: dict[bytes, bytes] = {}
    pairs: list[bytes] = []
    position = count = 0
    while position < len(data):
        space = data.find(b" ", position)
        end = position + (integer(data[position:space]) or 0) if space > 0 else 0
        # The length counts the whole record: its own digits, the space, and the newline at the end.
        key, equals, value = data[space + 1 : end - 1].partition(b"=")
        if not space < end <= len(data) or data[end - 1 : end] != b"\n" or not key or not equals:
            raise ArchiveError(f"a pax record that is none: {data[position : position + 40]!r}")
        if b"\0" in (value if key in TEXTS else key):
            raise ArchiveError(f"a pax record with a zero byte in a name: {data[position : position + 40]!r}")
        position = end
        count += 1
        if key in (OFFSET, LENGTH):  # GNU sparse 0.0, the only form whose keys repeat: one pair for each piece
            if b"," in value or (key == OFFSET) == (len(pairs) % 2):
                raise ArchiveError("a sparse file whose map is out of order")
            pairs.append(value)
        else:
            records[key] = value
    if pairs:
        records[MAP] = b",".join(pairs)
    return {key: value for key, value in records.items() if value}, count


def _extended(member: Member, records: Mapping[bytes, bytes]) -> Member:
    """Return the member as the extended headers before it change it."""
    if b"atime" in records or b"ctime" in records:  # both are dropped, but Go refuses a wrong one
        _seconds(records, b"atime", 0)
        _seconds(records, b"ctime", 0)
    return member._replace(
        name=records.get(b"path", member.name),
        link=records.get(b"linkpath", member.link),
        size=_decimal(records, b"size", member.size),
        uid=_decimal(records, b"uid", member.uid),
        gid=_decimal(records, b"gid", member.gid),
        mtime=_seconds(records, b"mtime", member.mtime),
        xattrs=_xattrs(records),
    )


def _decimal(records: Mapping[bytes, bytes], key: bytes, default: int) -> int:
    text = records.get(key)
    if text is None:
        return default
    value = integer(text)
    if value is None:
        raise ArchiveError(f"a pax {key.decode()} that is no number: {text[:40]!r}")
    return value


def _seconds(records: Mapping[bytes, bytes], key: bytes, default: int) -> int:
    """Return a pax time in whole seconds, rounded down as engines do. Only nine digits of the fraction are read."""
    text = records.get(key)
    if text is None:
        return default
    whole, _, fraction = text.partition(b".")
    seconds = integer(whole)
    if seconds is None or (fraction and not fraction.isdigit()):
        raise ArchiveError(f"a pax {key.decode()} that is no time: {text[:40]!r}")
    return seconds - (whole.startswith(b"-") and bool(fraction[:9].strip(b"0")))


def _xattrs(records: Mapping[bytes, bytes]) -> Mapping[str, bytes]:
    found = {key[len(XATTR) :]: value for key, value in records.items() if key.startswith(XATTR)}
    for key in found:
        if not is_text(key):
            raise refusal(NOT_TEXT, repr(key)[1:])
    return ReadOnly({key.decode(): value for key, value in found.items()}, READ_ONLY) if found else NO_XATTRS


def is_text(name: bytes) -> bool:
    """Tell whether bytes are UTF-8.

    >>> is_text(b"user.key"), is_text(b"\\xff")
    (True, False)
    """
    try:
        name.decode()
    except UnicodeDecodeError:
        return False
    return True
