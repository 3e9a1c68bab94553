"""Layers of which it was recorded what Docker and Podman make of them: odd names, odd headers, odd ends.

`tests/data/engine-layers.json` holds the answers, which `python -m tests.engines.record` takes from real engines.
"""

import bz2
import gzip
import lzma
import zlib

from layerlab.model.tar import BLOCK, END

WRONG_MAP = [
    (f"GNU.sparse.{key}", value) for key, value in zip(("size", "numblocks", "offset", "numbytes"), "0100", strict=True)
]
MISSING_BYTES = [
    (f"GNU.sparse.{key}", value)
    for key, value in zip(("size", "numblocks", "offset", "numbytes"), ("1000", "1", "0", "5"), strict=True)
]
NO_CAPABILITY = ("SCHILY.xattr.security.capability", "12345678901234567890")
CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")
GNU = b"ustar  \0"
V7 = bytes(8)


def number(value: int | bytes, width: int) -> bytes:
    """Return a header's number: octal, base-256 where that cannot hold it, or bytes as they are."""
    if isinstance(value, bytes):
        return value.ljust(width, b"\0")
    if 0 <= value < 8 ** (width - 1):
        return b"%0*o\0" % (width - 1, value)
    data = value.to_bytes(width, "big", signed=True)
    return bytes([data[0] | 0x80]) + data[1:]


def checked(header: bytes, *changes: tuple[int, bytes]) -> bytes:
    """Return a header, or a member that begins with one, with bytes changed and its checksum made right."""
    block = bytearray(header)
    for offset, data in changes:
        block[offset : offset + len(data)] = data
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block[:BLOCK])
    return bytes(block)


def entry(
    name: bytes | str, data: bytes = b"", kind: bytes = b"0", link: bytes = b"", mode: int = 0o644, uid: int = 0,
    gid: int = 0, mtime: int = 1, size: int | None = None, magic: bytes = b"ustar\x0000", prefix: bytes = b"",
    tail: bytes = b"", device: tuple[int, int] | None = None,
) -> bytes:  # fmt: skip
    """Return a member of a tar: its header as stated, and its data in whole blocks."""
    devices = b"".join(number(each, 8) for each in device) if device else bytes(16)
    header = b"".join([
        raw(name).ljust(100, b"\0"), number(mode, 8), number(uid, 8), number(gid, 8),
        number(len(data) if size is None else size, 12), number(mtime, 12), bytes(8), kind, link.ljust(100, b"\0"),
        magic, bytes(64), devices, prefix.ljust(155, b"\0"), tail.ljust(12, b"\0"),
    ])  # fmt: skip
    return checked(header) + data + bytes(-len(data) % BLOCK)


def directory(name: str, mode: int = 0o755, uid: int = 0, gid: int = 0, mtime: int = 1, size: int = 0) -> bytes:
    return entry(f"{name}/", kind=b"5", mode=mode, uid=uid, gid=gid, mtime=mtime, size=size)


def symlink(name: str, target: bytes, uid: int = 0, mtime: int = 1) -> bytes:
    return entry(name, kind=b"2", link=target, mode=0o777, uid=uid, mtime=mtime)


def link(name: str, target: bytes, mode: int = 0o644, uid: int = 0, gid: int = 0, mtime: int = 1) -> bytes:
    return entry(name, kind=b"1", link=target, mode=mode, uid=uid, gid=gid, mtime=mtime)


def device(name: str, major: int, minor: int, mode: int = 0o600, magic: bytes = b"ustar\x0000") -> bytes:
    return entry(name, kind=b"3", device=(major, minor), mode=mode, magic=magic)


def record(key: bytes, value: bytes) -> bytes:
    """Return a pax record, which states its own length."""
    rest = b" %b=%b\n" % (key, value)
    length = len(rest)
    while len(b"%d" % length) + len(rest) != length:
        length = len(b"%d" % length) + len(rest)
    return b"%d%b" % (length, rest)


def pax(*records: tuple[str | bytes, str | bytes]) -> bytes:
    """Return the header with these records for the next member."""
    return body(b"".join(record(raw(key), raw(value)) for key, value in records))


def raw(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def body(data: bytes, kind: bytes = b"x", name: str = "PaxHeaders/f") -> bytes:
    return entry(name, data, kind=kind)


def for_all(name: str, key: str = "comment", value: str = "x") -> bytes:
    """Return a header with a record for all members that follow."""
    return body(record(key.encode(), value.encode()), b"g", name)


def long_name(data: bytes, kind: bytes = b"L") -> bytes:
    return entry("././@LongLink", data, kind=kind)


FILE = entry("f", b"hi")
TEXT = entry("f", b"hi" * 500) + END
SECOND = directory("usr") + directory("usr/lib") + symlink("lib", b"usr/lib")
LIBRARY = SECOND + directory("usr/lib/x") + entry("usr/lib/x/a.so", b"A" * 100)
XATTR = "SCHILY.xattr.user."
LOWER = directory("a") + entry("a/x") + END


def stated(*records: tuple[str | bytes, str | bytes]) -> bytes:
    return pax(*records) + FILE


def sparse(*records: tuple[str, str]) -> bytes:
    return stated(*((f"GNU.sparse.{key}", value) for key, value in records))


MAPPED = pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", "5")) + entry("s", b"0\n")
"""A sparse file whose bytes are a map of no pieces."""


CAPABLE = pax(("SCHILY.xattr.security.capability", CAPABILITY)) + FILE


def whole(cases: dict[str, bytes]) -> dict[str, tuple[bytes, ...]]:
    return {name: (data + END,) for name, data in cases.items()}


def above(cases: dict[str, bytes]) -> dict[str, tuple[bytes, ...]]:
    return {name: (LOWER, data + END) for name, data in cases.items()}


NAMES = whole({
    "the root as ./": directory(".") + FILE,
    "the root as ./, a file": entry(".", b"x") + FILE,
    "the root as /": directory("") + FILE,
    "the root as /, a file": entry("/", b"x") + FILE,
    "the root as /., a file": entry("/.", b"x") + FILE,
    "the root as .., a directory": directory("..") + FILE,
    "the root twice": directory(".") + entry(".", kind=b"5"),
    "a symlink for the root": symlink("/", b"x"),
    "out of the root": entry("../x", b"1") + FILE,
    "out of the root by way of a directory": entry("a/../../b", b"1") + FILE,
    "a name that ends in ..": entry("a/..", b"1") + FILE,
    "a name with .. and another that is the same": entry("a/../b", b"1") + entry("b", b"2"),
    "a hard link out of the root": entry("x", b"1") + link("b", b"../x"),
    "under a symlink to nothing": symlink("lib", b"usr/lib") + entry("lib/y", b"1"),
    "two under a symlink to nothing": symlink("lib", b"usr/lib") + entry("lib/x/y", b"1"),
    "through a symlink": SECOND + entry("lib/y", b"1") + entry("lib/.wh.old") + link("hard", b"lib/y")
    + entry("lib/n/z", b"2"),
    "through a symlink from the root": directory("usr") + symlink("lib", b"/usr") + entry("lib/y", b"1"),
    "through a symlink above the root": symlink("up", b"/../..") + entry("up/z", b"1"),
    "through two symlinks": SECOND + symlink("l", b"./lib/.") + entry("l/y", b"1") + link("l/z", b"l/../lib/y"),
    "a loop of symlinks": symlink("a", b"b") + symlink("b", b"a") + entry("a/x"),
    "a directory in the place of a symlink": SECOND + directory("/lib") + entry("lib/y", b"1"),
    "a file in the place of a directory": directory("d", mtime=1000) + entry("/d", b"1", mtime=2000),
    "a file in the place of a directory with a directory": directory("d") + directory("d/e") + entry("/d", b"1"),
    "a file in the place of a directory with a file": directory("d", mtime=9) + entry("d/e") + entry("/d", b"1"),
    "a symlink in the place of a directory": entry("t", b"1", mtime=5) + directory("d", mtime=9) + symlink("/d", b"t"),
    "a symlink to a directory in its place": directory("t", mtime=5) + directory("d", mtime=9) + symlink("/d", b"t"),
    "a symlink to nothing in the place of a directory": directory("d") + symlink("/d", b"t"),
    "a directory in its own place": pax((XATTR + "a", "1")) + directory("d", 0o700, 3, 4, 1000)
    + pax((XATTR + "b", "1")) + directory("/d", 0o711, 5, 6, 2000),
    "merged /usr, directories": LIBRARY + directory("lib/x") + entry("lib/x/b.so", b"B" * 50),
    "merged /usr, files": LIBRARY + entry("lib/x/a.so", b"C" * 30),
    "merged /usr, a hard link": LIBRARY + link("lib/x/b.so", b"lib/x/a.so", mode=0o755),
    "merged /usr, the symlink comes last": directory("lib") + entry("lib/a") + symlink("/lib", b"usr/lib"),
    "a slash in front": entry("f", b"1") + entry("/f", b"22"),
    "a slash in front first": entry("/f", b"22") + entry("f", b"1"),
    "slashes in front": entry("/f") + entry("//f"),
    "a dot in front": entry("a") + entry("./a"),
    "two slashes within": entry("b/a") + entry("b//a"),
    "out of the root and in it": entry("f", b"1") + entry("../f", b"2"),
    "the same name": entry("a") + entry("a"),
    "the same directory": directory("a") + directory("a"),
    "a file and a symlink of the same name": entry("a") + symlink("a", b"b"),
    "two whiteouts": entry(".wh.a") + entry("/.wh.a"),
    "the same whiteout": entry(".wh.a") + entry(".wh.a"),
    "a whiteout after what it hides": directory("a") + entry("/.wh.a"),
    "a whiteout after what only a child implies": entry("a/b") + entry(".wh.a"),
    "an opaque mark on a file": entry("a", b"1") + entry("a/.wh..wh..opq"),
    "an entry under a whiteout": entry(".wh.a/b", b"1"),
    "a whiteout of no name": entry(".wh."),
    "a whiteout of a dot": entry("a/.wh.."),
    "a whiteout of two dots": entry("a/.wh..."),
    "AUFS": entry(".wh..wh.aufs") + directory(".wh..wh.plnk") + entry(".wh..wh.plnk/12.3", b"12") + FILE,
    "AUFS, a link": directory(".wh..wh.plnk") + entry(".wh..wh.plnk/12.3", b"12") + link("x", b".wh..wh.plnk/12.3"),
    "AUFS, deep": entry("a/.wh..wh.foo") + FILE,
    "a link to a file in whose place it is": entry("a", b"1") + link("/a", b"a"),
    "a link to a file that is replaced": entry("a", b"1") + link("b", b"a") + entry("/a", b"22"),
    "a link to a symlink": entry("t", b"1") + symlink("s", b"t", 3, 5) + link("b", b"s", 0o600, 4, 5, 9),
    "a link to a device": device("n", 1, 3) + link("m", b"n", 0o666, 9),
    "a link to a pipe": entry("n", kind=b"6", mode=0o600) + link("m", b"n", 0o666, 9),
    "a link to a directory": directory("d") + link("b", b"d"),
    "a link to nothing": link("b", b"c") + entry("c"),
    "a link to a mark": entry(".wh.c") + link("b", b".wh.c"),
    "a link's own header": entry("a", b"x", mode=0o4755, uid=5, gid=6, mtime=1000)
    + pax((XATTR + "b", "2")) + link("b", b"a", 0o600, 7, 8, 2000),
    "a link to a symlink with a slash": directory("d/e") + symlink("d/s", b"e") + link("d/b", b"d/s/", 0o600, mtime=9),
    "a link to a symlink with a slash, elsewhere": directory("d/e") + symlink("d/s", b"e") + directory("e", mtime=2)
    + link("b", b"d/s/", 0o600, 4, 5, 9),
    "a link to a symlink with a slash, to a file elsewhere": directory("d/e") + symlink("d/s", b"e") + entry("e", b"1")
    + link("f", b"e") + link("b", b"d/s/", 0o600, 4, 5, 9),
    "a link to a symlink with a slash, to nothing there": directory("d/e") + symlink("d/s", b"e")
    + link("b", b"d/s/", 0o600),
    "a link to a symlink with a slash, to a file": entry("d/e") + symlink("d/s", b"e") + link("b", b"d/s/", 0o600),
    "a link to a symlink with a slash, to nothing": symlink("s", b"e") + link("b", b"s/", 0o600),
    "a directory made in one with the set-gid bit": directory("d", 0o2775, 3, 4, 5) + entry("d/e/f/g", b"1"),
    "a directory made in one that lost the set-gid bit": directory("d", 0o2775, 3, 4, 5) + directory("/d", 0o775)
    + entry("d/e/f", b"1"),
    "a directory made in one that gets the set-gid bit": entry("d/e/f", b"1") + directory("d", 0o2775)
    + entry("d/e/g/h", b"1"),
    "a directory made under a set-gid bit, then stated": directory("d", 0o2775, 3, 4) + entry("d/e/f", b"1")
    + directory("d/e", 0o700, 7, 8, 9),
    "a whiteout in a directory made under a set-gid bit": directory("d", 0o2775, 3, 4) + entry("d/e/.wh.f"),
    "a link to a set-uid file, spelled so that it is not found": entry("e", b"1", mode=0o6755)
    + link("b", b"q/../e", 0o777, 4, 5, 9),
    "a link to a set-gid file, spelled so that it is not found": entry("e", b"1", mode=0o2644)
    + link("b", b"q/../e", 0o777, 4, 5, 9),
    "a link to a set-uid device, spelled so that it is not found": device("e", 1, 3, 0o6755)
    + link("b", b"q/../e", 0o777, 4, 5, 9),
    "user. on a device": pax(("SCHILY.xattr.user.", "1")) + device("e", 1, 3),
    "user. on a file": pax(("SCHILY.xattr.user.", "1")) + FILE,
    "a header for all of a long name": for_all("g", "path", "p" * 300) + FILE,
    "a header for all of a long name in a directory": for_all("g", "path", "d/" + "p" * 300) + FILE,
    "through the symlink in whose place it is": symlink("e", b".") + entry("e/e", b"1"),
    "a directory through the symlink in whose place it is": symlink("e", b".") + directory("e/e"),
    "through the directory in whose place it is": directory("d") + symlink("d/s", b"..") + entry("d/s/d", b"1"),
    "a directory through itself": directory("d") + symlink("d/s", b"..") + directory("d/s/d", 0o700),
    "a mark through the symlink that it hides": symlink("e", b".") + entry("e/.wh.e"),
    "through a symlink beside what it replaces": directory("d") + symlink("s", b"d") + entry("d/x")
    + entry("s/x", b"1"),
    "an opaque mark on a whiteout": entry(".wh.d") + entry("d/.wh..wh..opq"),
    "an opaque mark under a whiteout": entry(".wh.d") + entry("d/v/.wh..wh..opq"),
    "an opaque mark under a file": entry("d") + entry("d/v/.wh..wh..opq"),
    "a whiteout two names under a whiteout": entry(".wh.d") + entry("d/v/.wh.x"),
    "an opaque mark on a symlink to nothing": symlink("s", b"x") + entry("s/.wh..wh..opq"),
    "a link of the same owner to a set-uid file, not found": entry("e", b"1", mode=0o6755, uid=4, gid=5)
    + link("b", b"e/", 0o777, 4, 5, 9),
    "a capability and a link of another owner": CAPABLE + link("g", b"f", 0o644, 4, 5),
    "a capability and a link that is not found": CAPABLE + link("g", b"f/", 0o644),
    "a capability and a link of another owner that is not found": CAPABLE + link("g", b"f/", 0o644, 4, 5),
    "a sparse mark of type 7": pax(
        ("GNU.sparse.numblocks", "1"), ("GNU.sparse.offset", "0"), ("GNU.sparse.numbytes", "0")
    ) + entry(".wh.x", kind=b"7"),
    "a header for all called like a mark": for_all(".wh..") + FILE,
    "a mark in whose place a directory is": entry(".wh.e/x", b"1") + entry(".wh.e"),
    "a mark in whose place a directory with a symlink is": symlink(".wh.e/x", b"/a/d") + entry(".wh.e"),
    "an opaque mark in whose place a directory is": entry("d/.wh..wh..opq/x", b"1") + entry("d/.wh..wh..opq"),
    "a symlink's time in the year 10000": pax(("mtime", "253402300800")) + symlink("s", b"t"),
    "a symlink's time in the year 2300": pax(("mtime", "10413792000")) + symlink("s", b"t"),
    "a symlink's time in the year 2800": pax(("mtime", "26192246400")) + symlink("s", b"t"),
    "a symlink's time in 1800": pax(("mtime", "-5364662400")) + symlink("s", b"t"),
    "a directory through a symlink, and then a file in the symlink's folder": symlink("a/e", b"../d") + entry("d/x")
    + directory("a/e/y") + entry("a", b"w"),
    "a directory made on its way, replaced by a symlink to where it was": entry("a/x") + directory("a/d/z", mtime=5)
    + symlink("s", b"/a/d") + entry("s/z", kind=b"2", link=b"../d", mtime=7),
    "a directory through a symlink that is replaced": symlink("a/e", b"../d") + entry("d/x")
    + directory("a/e/y") + directory("./a/e") + entry("a/e/z"),
    "a sparse whiteout with another map than bytes": pax(*WRONG_MAP) + entry(".wh.z", b"x"),
    "a sparse whiteout that lacks bytes": pax(*MISSING_BYTES) + entry(".wh.z"),
    "a sparse whiteout with a byte too many": pax(*MISSING_BYTES) + entry(".wh.z", b"123456"),
    "a sparse whiteout with all of its bytes": pax(*MISSING_BYTES) + entry(".wh.z", b"12345"),
    "a sparse file with another map than bytes": pax(*WRONG_MAP) + entry("z", b"x"),
    "a capability that is none, and a link that takes it away": pax(NO_CAPABILITY) + entry("e", b"1")
    + link("f", b"e", gid=1),
    "a capability that is none, on a file that is replaced": pax(NO_CAPABILITY) + entry("e", b"1") + directory("./e"),
    "an absolute root with the set-gid bit": entry("/", kind=b"5", mode=0o2777) + entry("s/y", b"1"),
    "a root above the root with the set-gid bit": entry("..", kind=b"5", mode=0o2777) + entry("s/y", b"1"),
    "an absolute root that loses the set-gid bit": entry("/", kind=b"5", mode=0o2777) + entry("s/y", b"1")
    + entry("..", kind=b"5", mode=0o755) + entry("t/y", b"1"),
    "the root as ./ with a capability that is none": pax(NO_CAPABILITY) + directory(".") + FILE,
    "the root as / with a capability that is none": pax(NO_CAPABILITY) + entry("/", kind=b"5") + FILE,
    "the root as .. with a capability that is none": pax(NO_CAPABILITY) + entry("..", kind=b"5") + FILE,
    "the root above a directory with a capability that is none": pax(NO_CAPABILITY) + directory("a/..") + FILE,
    "a root with the set-gid bit": directory(".", 0o2777) + entry("s/y", b"1"),
    "a whiteout of no name on a file": entry("a") + entry("a/.wh."),
    "a whiteout of a dot on a whiteout": entry(".wh.a") + entry("a/.wh.."),
    "a whiteout of two dots on a file": entry("a") + entry("a/.wh..."),
    "a whiteout of no name under a file": entry("a") + entry("a/v/.wh."),
    "a link's attributes add up": pax((XATTR + "a", "1"), (XATTR + "b", "1")) + entry("a", b"x")
    + pax((XATTR + "b", "2")) + link("b", b"a") + link("c", b"b", 0o4711, mtime=7),
    "a capability that a link does not repeat": pax((b"SCHILY.xattr.security.capability", CAPABILITY))
    + entry("a", b"x") + link("b", b"a"),
    "a link that is replaced": entry("a", b"1") + link("b", b"a") + link("c", b"a", 0o600) + entry("/b", b"22"),
    "a child of a device": device("n", 0, 0) + entry("n/x"),
    "a child of a file": entry("a") + entry("a/b"),
    "a grandchild of a file": entry("a") + entry("a/b/c"),
    "a file after its child": entry("a/b") + entry("a", b"x"),
    "a symlink after what lies under it": entry("a/b/c") + symlink("a", b"b"),
    "two headers for all": for_all("pax_global_header") + entry("a") + for_all("pax_global_header") + entry("b"),
    "two headers for all, of two names": for_all("g1") + entry("a") + for_all("g2") + entry("b"),
    "a header for all with a file's name": for_all("a") + entry("a"),
    "a header for all after one for the next": pax(("uid", "5")) + for_all("g") + FILE,
    "a header for all with no owner": for_all("g", "uid", "x") + FILE,
    "an empty name": entry("", b"hi"),
    "a name that begins with a zero byte": entry(b"\0abc", b"hi"),
    "a name that is no UTF-8": entry(b"caf\xe9", b"hi"),
    "a name of 100 bytes": entry("a" * 100, b"hi"),
    "a name of 255 bytes": stated(("path", "n" * 255)),
    "a name of 256 bytes": stated(("path", "n" * 256)),
    "a whiteout of 255 bytes": stated(("path", ".wh." + "n" * 255)),
    "a path of 4,095 bytes": stated(("path", "n/" * 2047 + "n")),
    "a target of 4,095 bytes": pax(("linkpath", "t" * 4095)) + symlink("s", b"x"),
    "a target of 4,096 bytes": pax(("linkpath", "t" * 4096)) + symlink("s", b"x"),
    "a symlink to no name": symlink("s", b""),
}) | above({
    "two opaque marks": directory("a") + entry("a/.wh..wh..opq") + entry("/a/.wh..wh..opq") + entry("a/y"),
    "an opaque mark that is replaced": directory("a") + entry("a/.wh..wh..opq") + entry("/a", b"1"),
    "a whiteout that is a directory": directory(".wh.a"),
    "an entry under a whiteout beside it": entry(".wh.a") + entry(".wh.a/b", b"1"),
    "a link to a whiteout": entry(".wh.c") + link("a", b"c"),
    "a file after its whiteout": entry(".wh.a") + entry("a", b"1"),
    "a child after its parent's whiteout": entry(".wh.a") + entry("a/new", b"22"),
    "a grandchild after its parent's whiteout": entry(".wh.a") + entry("a/b/c"),
    "a whiteout after its parent's": entry(".wh.a") + entry("a/.wh.x"),
    "a child through another spelling after its parent's whiteout": entry("/.wh.a") + entry("./a/new", b"22"),
})  # fmt: skip

HEADERS = whole({
    "V7": entry("f", b"hi", magic=V7, prefix=b"pre"),
    "ustar without a version": entry("f", b"hi", magic=b"ustar\0  ", prefix=b"pre"),
    "ustar of version 99": entry("f", b"hi", magic=b"ustar\x0099", prefix=b"pre"),
    "neither ustar nor GNU": entry("f", b"hi", magic=b"ustar 00", prefix=b"pre"),
    "GNU of another version": entry("f", b"hi", magic=b"ustar \0\0", prefix=b"pre"),
    "GNU with a prefix": entry("f", b"hi", magic=GNU, prefix=b"pre/fix"),
    "GNU with a long prefix and a large owner": entry("f", b"hi", magic=GNU, prefix=b"opt/" + b"d" * 99, uid=3_000_000),
    "GNU with a prefix that is a time": entry("f", b"hi", magic=GNU, prefix=b"12345"),
    "GNU with a prefix that is almost a time": entry("f", b"hi", magic=GNU, prefix=b"18"),
    "GNU with a prefix that is no ASCII": entry("f", b"hi", magic=GNU, prefix="pré".encode()),
    "GNU with a time of junk": entry("f", b"hi", magic=GNU, prefix=b"00000000000\0junk"),
    "GNU with a time in base-256": entry("f", b"hi", magic=GNU, prefix=b"\x80" + bytes(10) + b"\5"),
    "star": entry("f", b"hi", prefix=b"p" * 131 + b"00000000001\0" * 2, tail=b"\0" * 8 + b"tar\0"),
    "star with a time of junk": entry("f", b"hi", prefix=bytes(131) + b"junk", tail=b"\0" * 8 + b"tar\0"),
    "a prefix from the root": entry("f", b"hi", prefix=b"/a"),
    "letters in a device field": checked(FILE, (329, b"abcdefg\0")),
    "letters in a device field, V7": checked(entry("f", b"hi", magic=V7), (329, b"abcdefg\0")),
    "letters in a device field, GNU": checked(entry("f/", kind=b"5", magic=GNU), (337, b"zzz")),
    "blanks in a device field": checked(FILE, (329, b"       \0")),
    "a negative device": device("n", -1, -1),
    "a large device": device("n", 1 << 12 | 3, (1 << 20) + 5),
    "a large device that becomes 0": device("n", 1 << 12, 0),
    "a device in V7": device("n", 1, 3, magic=V7),
    "owner -1": entry("f", b"hi", uid=-1, gid=-1),
    "owner -2": entry("f", b"hi", uid=-2, gid=-2),
    "owner -2 in pax": stated(("uid", "-2"), ("gid", "-2")),
    "owner -1 in pax": stated(("uid", "-1"), ("gid", "+7")),
    "owner -2,147,483,648": entry("f", b"hi", uid=-(2**31)),
    "owner -1,099,511,627,779": entry("f", b"hi", uid=-(2**40) - 3),
    "owner 4,294,967,295": entry("f", b"hi", uid=2**32 - 1),
    "owner 4,294,967,303": entry("f", b"hi", uid=2**32 + 7),
    "owner 1,099,511,627,777 in pax": stated(("uid", str(2**40 + 1))),
    "owner 2 to the 63rd in pax": stated(("uid", str(2**63))),
    "owner 7.0 in pax": stated(("uid", "7.0")),
    "owner -1 of a symlink": symlink("s", b"t", uid=-1),
    "owner -1 of a directory that is there": directory("f", uid=5, gid=6) + directory("/f", uid=-1, gid=7),
    "owner -1 of a hard link": entry("f", b"hi", uid=5) + link("g", b"f", uid=-1),
    "a minus in an octal field": checked(FILE, (108, b"-000002\0")),
    "a plus in an octal field": checked(FILE, (108, b"+0000017")),
    "junk in an octal field": checked(FILE, (108, b"abc\0")),
    "blanks around an octal number": checked(FILE, (108, b"  17 \0\0\0")),
    "a zero byte in an octal number": checked(FILE, (108, b"17\x0099\0\0\0")),
    "zero bytes before an octal number": checked(FILE, (108, b"\0\0\x0017\0\0\0")),
    "eight octal digits": checked(FILE, (108, b"00000017")),
    "a negative mode": entry("f", b"hi", mode=-1),
    "a mode with a type": entry("f", b"hi", mode=0o100644),
    "a negative size": entry("f", b"hi", size=-1),
    "a negative size of a directory": directory("f", size=-1),
    "a size of a directory": directory("f", size=512),
    "a size of a hard link": FILE + entry("g", kind=b"1", link=b"f", size=600),
    "before 1970": entry("f", b"hi", mtime=-5) + directory("d", mtime=-5) + link("g", b"f", mtime=-7),
    "before 1970, a symlink": symlink("s", b"t", mtime=-5),
    "the last second": entry("f", b"hi", mtime=9223372036) + symlink("s", b"t", mtime=9223372036),
    "after the last second": entry("f", b"hi", mtime=9223372037) + entry("g", mtime=1 << 40),
    "type 7": entry("f", b"hi", kind=b"7"),
    "type D": entry("f", b"hi", kind=b"D"),
    "type S": entry("f", b"hi", kind=b"S"),
    "type V": entry("f", kind=b"V") + entry("g"),
    "type X": entry("f", b"6 a=b\n", kind=b"X") + FILE,
    "type 0 with a slash": entry("f/", b"hi"),
    "the oldest type": entry("f", b"hi", kind=b"\0"),
    "the oldest type with a slash": entry("f/", kind=b"\0", size=100) + entry("g"),
    "a sum with blanks": checked(FILE)[:148] + checked(FILE)[148:154].lstrip(b"0").rjust(7) + b"\0" + FILE[156:],
    "a sum that is wrong": FILE[:148] + b"000017\0 " + FILE[156:],
    "a sum of junk": FILE[:148] + b"xxxxxxxx" + FILE[156:],
    "no sum": FILE[:148] + b" " * 8 + FILE[156:],
})  # fmt: skip

RECORDS = whole({
    "a size with zeros in front": stated(("size", "0000000000000000000002")),
    "a size with a plus": stated(("size", "+2")),
    "a size with a blank": stated(("size", " 2")),
    "a size with an underscore": stated(("size", "0_2")),
    "a size below 0": stated(("size", "-2")),
    "a size of 2 to the 63rd": stated(("size", str(1 << 63))),
    "an owner of nothing": pax(("uid", "")) + entry("f", b"hi", uid=3),
    "a record's length with zeros in front": body(b"35".rjust(28, b"0") + b" uid=7\n") + FILE,
    "a record's length with a plus": body(b"+11 uid=42\n") + FILE,
    "a record's length with a blank": body(b" 9 uid=7\n") + FILE,
    "a record of no key": body(b"4 =\n") + FILE,
    "a record without its end": body(b"8 uid=7x") + FILE,
    "junk after a record": body(b"8 uid=7\nxx") + FILE,
    "no record": body(b"") + FILE,
    "two pax headers": pax(("uid", "1"), ("gid", "2")) + stated(("uid", "7")),
    "a key twice": stated(("uid", "1"), ("uid", "7")),
    "a key taken back": stated(("uid", "1"), ("uid", "")),
    "a pax header at the end": FILE + pax(("uid", "7")),
    "a long name at the end": FILE + long_name(b"x" * 120),
    "a header for all at the end": FILE + for_all("g"),
    "a zero byte in a path": stated(("path", "a\0b")),
    "a zero byte in a target": stated(("linkpath", "a\0b")),
    "a zero byte in an owner's name": stated(("uname", "a\0b")),
    "a zero byte in a group's name": stated(("gname", "a\0b")),
    "a zero byte in a comment": stated(("comment", "a\0b")),
    "a zero byte in a key": stated((b"a\0b", b"c")),
    "a zero byte in an attribute's name": stated((b"SCHILY.xattr.user.a\0b", b"1")),
    "a zero byte in an attribute": stated((XATTR + "a", "a\0b")),
    "an empty attribute": stated((XATTR + "a", "")),
    "a time with a fraction": stated(("mtime", "5.9")),
    "a time with a long fraction": stated(("mtime", "5." + "9" * 40)),
    "a time with a dot": stated(("mtime", "5.")),
    "a time with a plus": stated(("mtime", "+5")),
    "a time without seconds": stated(("mtime", ".5")),
    "a time with an exponent": stated(("mtime", "5e3")),
    "a time of 2 to the 63rd": stated(("mtime", str(2**63))),
    "a time of access that is none": stated(("atime", "x")),
    "a time of change that is none": stated(("ctime", "1.x")),
    "a fraction before 1970": pax(("mtime", "-0.5")) + symlink("s", b"t"),
    "a small fraction before 1970": pax(("mtime", "-1.00000000001")) + symlink("s", b"t"),
    "a path with a slash of the oldest type": pax(("path", "dir/")) + entry("x", kind=b"\0"),
    "a path from the root": stated(("path", "/abs")),
    "a hard link's target": FILE + pax(("linkpath", "f")) + link("g", b"nope"),
    "an empty long name": long_name(b"\0") + FILE,
    "a long name of no bytes": long_name(b"") + FILE,
    "a long name with a zero byte": long_name(b"abc\0def") + FILE,
    "two long names": long_name(b"abc\0") + long_name(b"def\0") + FILE,
    "a long name and a path": long_name(b"abc\0") + stated(("path", "xyz")),
    "a long target": long_name(b"abc\0", b"K") + symlink("s", b"t"),
    "a long name with an owner of junk": checked(long_name(b"abc\0"), (108, b"zzz")) + FILE,
    "a long name of a negative size": checked(long_name(b"abc\0"), (124, b"\xff" * 12)) + FILE,
    "a sparse file of an unknown version": sparse(("major", "2"), ("minor", "0")),
    "a sparse file of half a version": sparse(("major", "1")),
    "a sparse file without a size": sparse(("map", "0,2"), ("numblocks", "1")),
    "a sparse file with its real size": sparse(("map", "1,2"), ("numblocks", "1"), ("realsize", "+05")),
    "a sparse file without a map": pax(
        ("GNU.sparse.major", "0"), ("GNU.sparse.minor", "1"), ("GNU.sparse.numblocks", "0"), ("GNU.sparse.size", "7")
    ) + entry("f"),
    "a sparse directory": pax(("GNU.sparse.map", "0,0"), ("GNU.sparse.numblocks", "1")) + directory("d"),
    "a sparse file before its begin": sparse(("map", "-1,2"), ("numblocks", "1"), ("size", "5")),
    "a sparse file that is too short": sparse(("map", "0,1"), ("numblocks", "1"), ("size", "5")),
    "a size of a sparse file alone": sparse(("size", "5")),
})  # fmt: skip

ENDS: dict[str, tuple[bytes, ...]] = {
    "no zero block": (FILE,),
    "one zero block": (FILE + bytes(512),),
    "half a zero block": (FILE + bytes(100),),
    "one zero block and a half": (FILE + bytes(700),),
    "no padding": (FILE[:514],),
    "no padding after a pax header": (FILE + pax(("uid", "7"))[: BLOCK + 8],),
    "no padding after a pax header of junk": (FILE + body(b"3 junk\n")[: BLOCK + 7],),
    "no padding after a long name": (FILE + long_name(b"abc\0")[: BLOCK + 5],),
    "no padding after a map of holes": (FILE + MAPPED[: -BLOCK + 8],),
    "half of a file": (entry("f", b"x" * 600)[:1000],),
    "half of a pax header": (FILE + pax(("comment", "7" * 600))[:1024],),
    "a pax header at the end, no zero block": (FILE + pax(("uid", "7")),),
    "a member after one zero block": (FILE + bytes(512) + entry("g") + END,),
    "junk after one zero block": (FILE + bytes(512) + b"x" * 512,),
    "junk after the end": (FILE + END + b"junk",),
    "a name that begins as gzip does": (entry(b"\x1f\x8bx", b"1"),),
    "a name that begins as gzip does, for deflate": (entry(b"\x1f\x8b\x08x", b"1"),),
    "a name that begins as bzip2 does": (entry(b"BZh9x", b"1"),),
    "a name that begins as xz does": (entry(b"\xfd7zXZ", b"1"),),
    "a tar after the end": (FILE + END + entry("g") + END,),
    "zero blocks alone": (END,),
    "one zero block alone": (bytes(512),),
    "nothing": (b"",),
}

CASES = NAMES | HEADERS | RECORDS | ENDS


def gzipped(flags: int, fields: bytes = b"") -> bytes:
    """Return TEXT as gzip with flags in its header, and with the fields that these announce (RFC 1952)."""
    plain = gzip.compress(TEXT, mtime=0)
    return plain[:3] + bytes([flags]) + plain[4:10] + fields + plain[10:]


def header_sum(flags: int) -> bytes:
    """Return the sum of such a header without further fields: the low half of its CRC32."""
    return zlib.crc32(gzipped(flags)[:10]).to_bytes(4, "little")[:2]


PACKED: dict[str, bytes] = {
    "xz, 8 bytes of padding": lzma.compress(TEXT) + bytes(8),
    "xz, 131,072 bytes of padding": lzma.compress(TEXT) + bytes(1 << 17),
    "xz, 3 bytes of padding": lzma.compress(TEXT) + bytes(3),
    "xz, two streams": lzma.compress(TEXT[:600]) + lzma.compress(TEXT[600:]),
    "xz, two streams with padding": lzma.compress(TEXT[:600]) + bytes(4) + lzma.compress(TEXT[600:]) + bytes(4),
    "xz, two streams with 2 bytes of padding": lzma.compress(TEXT[:600]) + bytes(2) + lzma.compress(TEXT[600:]),
    "xz, junk": lzma.compress(TEXT) + b"junkjunk",
    "xz, padding and junk": lzma.compress(TEXT) + bytes(4) + b"junk",
    "xz, padding in front": bytes(4) + lzma.compress(TEXT),
    "gzip, zero bytes": gzip.compress(TEXT, mtime=0) + bytes(8),
    "gzip, junk": gzip.compress(TEXT, mtime=0) + b"junk",
    "gzip, two members": gzip.compress(TEXT[:600], mtime=0) + gzip.compress(TEXT[600:], mtime=0),
    "bzip2, zero bytes": bz2.compress(TEXT) + bytes(8),
    "gzip, a name and a comment": gzipped(0x18, b"layer.tar\0by hand\0"),
    "gzip, a further field": gzipped(4, b"\4\0abcd"),
    "gzip, a sum of its header": gzipped(2, header_sum(2)),
    "gzip, a wrong sum of its header": gzipped(2, b"xx"),
    "gzip, a flag that is not known": gzipped(0x80),
    "gzip, a wrong sum": gzip.compress(TEXT, mtime=0)[:-8] + bytes(4) + gzip.compress(TEXT, mtime=0)[-4:],
    "gzip, a wrong size": gzip.compress(TEXT, mtime=0)[:-4] + bytes(4),
    "gzip, neither sum nor size": gzip.compress(TEXT, mtime=0)[:-8],
    "gzip, another method": b"\x1f\x8b\7" + gzip.compress(TEXT, mtime=0)[3:],
    "gzip twice": gzip.compress(gzip.compress(TEXT, mtime=0), mtime=0),
    "xz, a window of 128 MiB": lzma.compress(
        TEXT, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 128 << 20}]
    ),
    "bzip2, two streams": bz2.compress(TEXT[:600]) + bz2.compress(TEXT[600:]),
}
"""What unpacks to TEXT, or is refused."""
