# ruff: noqa: E501 - tables of what may be wrong
"""Draw: random layers. Most are ones that a builder could write, with a thing or two that only a strange one does."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random

from tools.layers.raw import END, GNU, PACKINGS, USTAR, V7, Drawn, Raw, base256, octal, pax, record

ROOMS = {"mode": 8, "uid": 8, "gid": 8, "size": 12, "mtime": 12, "major": 8, "minor": 8}
TOPS = (b"a", b"a", b"b", b"c", b"d", b"d", b"l", b"e", b"f", b"s", b"t", b"u")
NAMES = (b"x", b"y", b"d", b"z", b"e", b"v", b"w")
TARGETS = (
    b"a", b"x", b"/d", b"../d", b"..", b"/", b".", b"nowhere", b"e", b"./a", b"a/../d", b"s", b"/a/d", b"../../a",
)  # fmt: skip
ODD_TARGETS = (
    b"", b"t" * 100, b"t" * 120, b"t" * 255, b"t/" * 2000, b"t" * 4095, b"t" * 4096, b"\xff", b"a\0b", b" ", b"a\nb",
)  # fmt: skip
CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")
ACL = bytes.fromhex("0200000001000600ffffffff04000400ffffffff20000400ffffffff")
LONG_ACL = bytes.fromhex("0200000001000600ffffffff02000700e803000004000400ffffffff10000700ffffffff20000000ffffffff")
KEYS = (
    b"user.a", b"user.b", b"user.overlay.opaque", b"user.overlay.whiteout", b"trusted.overlay.opaque",
    b"trusted.overlay.redirect", b"trusted.overlay.origin", b"trusted.overlay.metacopy", b"trusted.overlay.whiteout",
    b"trusted.overlay.upper", b"trusted.a", b"security.capability", b"security.selinux", b"security.ima", b"security.a",
    b"system.posix_acl_access", b"system.posix_acl_default", b"system.nfs4_acl", b"system.a", b"com.apple.quarantine",
    b"user.", b"user", b"", b"a", b"user." + b"k" * 250, b"user." + b"k" * 251, b"user.\xff", b"user.a b", b"USER.a",
    b"user.a=b", b"user.mime_type", b"btrfs.compression",
)  # fmt: skip
VALUES = (
    b"v", b"", b"y", b"x", b"\xff\0z", b"v" * 3000, b"v" * 5000, b"/a", CAPABILITY, CAPABILITY[:12],
    b"\x01" + CAPABILITY[1:19], ACL, LONG_ACL, b"a=b\n",
)  # fmt: skip

Mutation = Callable[[Random, list[Raw]], list[Raw]]


def draw(random: Random) -> Drawn:
    """Return a random layer."""
    members = _plain([_member(random) for _ in range(random.choice((1, 1, 2, 2, 3, 3, 4, 5, 7)))])
    for _ in range(random.choices((0, 1, 2, 3), (10, 60, 20, 10))[0]):
        members = random.choices([*MUTATIONS], [*MUTATIONS.values()])[0](random, members)
    end, packing = END, "plain"
    if random.random() < 0.06:
        end = random.choice(ENDS)
    if random.random() < 0.06:
        packing = random.choice([*PACKINGS])
    return Drawn(tuple(members), end, packing)


def _plain(members: list[Raw]) -> list[Raw]:
    """Leave out what a builder would not write: a name again, one under a file, a link to nothing."""
    kept: list[Raw] = []
    kinds: dict[bytes, bytes] = {}
    for raw in members:
        name = raw.name.rstrip(b"/")
        parts = name.split(b"/")
        above = [b"/".join(parts[:count]) for count in range(1, len(parts))]
        hidden = name.replace(b".wh..wh..opq", b"").replace(b".wh.", b"")
        below = any(other.startswith(name + b"/") for other in kinds)
        if name in kinds or hidden in kinds or below or any(kinds.get(parent, b"5") != b"5" for parent in above):
            continue
        if raw.type == b"1":
            files = [known for known, kind in kinds.items() if kind == b"0" and b".wh." not in known]
            if not files:
                continue
            raw = replace(raw, link=files[-1])
        kinds |= dict.fromkeys(above, b"5") | {name: raw.type}
        kept.append(raw)
    return kept or [members[0]]


ENDS = (
    b"", bytes(512), bytes(1536), bytes(10240), END + b"garbage", END + b"g" * 512, bytes(512) + b"g" * 512, b"g" * 512,
    b"garbage", bytes(100), bytes(612), bytes(1023), bytes(512) + bytes(Raw(b"f")) + END, END + bytes(Raw(b"f")) + END,
    bytes(Raw(b"f", body=b"x"))[:600], bytes(pax([(b"path", b"f")])), bytes(pax([(b"path", b"f")])) + END,
    bytes(pax([(b"path", b"f")]))[:600], bytes(pax([(b"comment", b"f")], type=b"g", name=b"g")) + END,
    bytes(pax([(b"comment", b"f")], type=b"g", name=b"g")), bytes(Raw(b"l", type=b"L", body=b"f\0")) + END,
    bytes(Raw(b"l", type=b"K", body=b"f\0")), bytes(Raw(b"f"))[:500], bytes(Raw(b"f", body=b"x" * 600))[:1024] ,
    bytes(Raw(b"f", body=b"xyz"))[:515],
)  # fmt: skip


def _path(random: Random) -> bytes:
    depth = random.choices((1, 2, 3), (45, 40, 15))[0]
    return b"/".join([random.choice(TOPS), *(random.choice(NAMES) for _ in range(depth - 1))])


def _member(random: Random) -> Raw:
    path = _path(random)
    kind = random.choices(
        ("file", "folder", "symlink", "link", "whiteout", "opaque", "device", "fifo"), (40, 22, 14, 10, 8, 4, 4, 2)
    )[0]
    mode = octal(random.choice((0o644, 0o755, 0o4755, 0o2755, 0o1777, 0, 0o777, 0o100644, 0o40755, 0o7777)), 8)
    owner = octal(random.choice((0, 0, 1, 1000, 65534, 65535, 0o7777777)), 8)
    group = octal(random.choice((0, 0, 1, 1000, 65534)), 8)
    time = octal(random.choice((0, 1, 1_600_000_000, 1_700_000_000, 4_000_000_000)), 12)
    raw = Raw(path, mode=mode, uid=owner, gid=group, mtime=time)
    parent, slash, base = path.rpartition(b"/")
    match kind:
        case "file":
            return replace(raw, body=random.choice((b"", b"x", b"hello", b"y" * 511, b"z" * 513, b"w" * 1024)))
        case "folder":
            return replace(raw, type=b"5", name=path + random.choice((b"/", b"")))
        case "symlink":
            return replace(raw, type=b"2", link=random.choice(TARGETS))
        case "link":
            return replace(raw, type=b"1", link=_path(random))
        case "whiteout":
            return replace(raw, name=parent + slash + b".wh." + base)
        case "opaque":
            return replace(raw, name=path + b"/.wh..wh..opq")
        case "device":
            numbers = random.choice(((0, 0), (1, 3), (8, 1), (259, 300), (4095, 1), (5, 0o7777777)))
            return replace(
                raw, type=random.choice((b"3", b"4")), major=octal(numbers[0], 8), minor=octal(numbers[1], 8)
            )
        case _:
            return replace(raw, type=b"6")


# What only a strange builder writes. Each takes the members and returns others.


def _at(change: Callable[[Random, Raw], Raw | list[Raw]]) -> Mutation:
    """Return a mutation of one member."""

    def mutation(random: Random, members: list[Raw]) -> list[Raw]:
        place = random.randrange(len(members))
        changed = change(random, members[place])
        return [*members[:place], *(changed if isinstance(changed, list) else [changed]), *members[place + 1 :]]

    return mutation


def _spelled(random: Random, name: bytes) -> bytes:
    first, slash, rest = name.partition(b"/")
    forms = [
        b"./" + name, b"/" + name, b"//" + name, b"././" + name, b"/./" + name, name + b"/", name + b"//", name + b"/.",
        first + b"//" + rest, first + b"/./" + rest, b"../" + name, b"q/../" + name, b"/../" + name, name + b"/..",
        b"./../" + name, name + b"/./", b"q/../../" + name, b".//" + name, name + b"\0z", b" " + name, name + b" ",
        b"..." + name, name.replace(b"/", b"\\"), b"a/" + name, b"c/" + name, b"l/" + name, b"s/" + name,
        first + b"/../" + first + slash + rest,
    ]  # fmt: skip
    dotted = random.random() < 0.2
    return random.choice([form for form in forms if dotted or b".." not in form] or forms)


def _spelling(random: Random, raw: Raw) -> Raw:
    return replace(raw, name=_spelled(random, raw.name))


def _strange(random: Random, raw: Raw) -> Raw:
    names = (
        b"", b".", b"..", b"/", b"//", b"./", b"./.", b"\xff", b"a/\xc3\x28", b"caf\xe9", "\u00fc".encode(),
        "u\u0308".encode(), b"\n", b"a\tb", b" ", b".wh.", b".wh..", b".wh...", b".wh..wh.", b".wh..wh..opq",
        b".wh..wh.aufs", b".wh..wh.plnk", b".wh..wh.plnk/1", b"a/.wh.", b"a/.wh..wh.x", b".wh.a/x", b".wh.a/", b"/.wh.a",
        b"./.wh.a", b"a/.wh.x/", b"a/.wh..wh..opq/", b"a/.wh..wh..opq/x", b".wh..wh..opqx", b"a/./.wh.x", b"a//.wh.x",
        b"c/.wh.x", b"s/.wh.x", b"s/.wh..wh..opq", b".wh.e/x", b".wh.x/../a", b".wh.b", b".wh.a", b".wh.d", b".WH.a",
        b"x.wh.a", b".wh.\xff", b".wh.c", b"../.wh.a", b"a/../.wh.b", b".wh..wh.a", b".wh..wh..wh.a", b"a/d/.wh.z",
    )  # fmt: skip
    return replace(raw, name=random.choice(names))


def _long(random: Random, raw: Raw) -> Raw | list[Raw]:
    """Give a member a long name, in one of the ways in which a tar has one."""
    part = random.choice(
        (b"n" * 90, b"n" * 100, b"n" * 101, b"n" * 150, b"n" * 255, b"n" * 256, b"n" * 251 + b"\xc3\xa9\xc3\xa9")
    )
    name = random.choice(
        (
            part, b"a/" + part, part + b"/" + b"m" * 60, b".wh." + part, b"m/" * 60 + b"x", part + b"/",
            b"m/" * 2046 + b"xyz", b"m/" * 2047 + b"xy",
        )
    )  # fmt: skip
    long = replace(raw, name=name)
    match random.randrange(6):
        case 0:
            head, _, tail = name.rpartition(b"/")
            return replace(long, name=tail, prefix=head or b"p", magic=random.choice((USTAR, GNU, V7)))
        case 1:
            return [pax([(b"path", name)]), long]
        case 2:
            return [Raw(b"././@LongLink", type=b"L", body=name + b"\0", magic=GNU), replace(long, magic=GNU)]
        case 3:
            return [Raw(b"././@LongLink", type=b"L", body=name), long]
        case 4:
            return [Raw(b"././@LongLink", type=b"L", body=b"other\0"), pax([(b"path", name)]), long]
        case _:
            return [pax([(b"path", name)]), Raw(b"././@LongLink", type=b"L", body=b"other\0"), long]


def _target(random: Random, raw: Raw) -> Raw | list[Raw]:
    target = random.choice((*ODD_TARGETS, _spelled(random, _path(random))))
    linked = replace(raw, link=target, type=random.choice((b"2", b"2", b"1")))
    match random.randrange(4):
        case 0:
            return [pax([(b"linkpath", target)]), linked]
        case 1:
            return [Raw(b"././@LongLink", type=b"K", body=target + b"\0", magic=GNU), linked]
        case _:
            return linked


def _twice(random: Random, members: list[Raw]) -> list[Raw]:
    again = random.choice(members)
    other = replace(_member(random), name=again.name) if random.random() < 0.6 else again
    if random.random() < 0.3:
        other = replace(other, name=_spelled(random, again.name))
    place = random.randrange(len(members) + 1)
    return [*members[:place], other, *members[place:]]


def _through(random: Random, members: list[Raw]) -> list[Raw]:
    """Add a symlink and names under it: two spellings of one file, perhaps."""
    target = random.choice(TARGETS)
    link = Raw(random.choice((b"s", b"e", b"c", b"a/e", b"f")), type=b"2", link=target)
    under = replace(_member(random), name=link.name + b"/" + random.choice(NAMES))
    plain = replace(_member(random), name=target.strip(b"/.") + b"/" + under.name.rpartition(b"/")[2])
    new = [link, under, plain][: random.choice((2, 2, 3))]
    if random.random() < 0.3:
        random.shuffle(new)
    place = random.randrange(len(members) + 1)
    return [*members[:place], *new, *members[place:]]


def _under_mark(random: Random, members: list[Raw]) -> list[Raw]:
    """Add a whiteout and something that lies under the name it hides, in any order."""
    path = random.choice((b"a", b"d", b"b", b"e", b"a/d"))
    parent, slash, base = path.rpartition(b"/")
    new = [Raw(parent + slash + b".wh." + base), replace(_member(random), name=path + b"/" + random.choice(NAMES))]
    if random.random() < 0.5:
        new.insert(random.randrange(3), Raw(path + b"/", type=b"5", mode=b"0000700\0"))
    if random.random() < 0.2:
        new.append(Raw(path + b"/.wh..wh..opq"))
    if random.random() < 0.3:
        random.shuffle(new)
    return [*members, *new]


def _number(random: Random, raw: Raw) -> Raw:
    field = random.choice([*ROOMS])
    room = ROOMS[field]
    small = random.choice((0, 1, 7, 8, 1000, 0o7777))
    forms = [
        b"", b" " * room, b"%*o " % (room - 1, small), b"%0*o" % (room, small), b"%o" % small, b" %o\0" % small,
        b"\0%o" % small, b"%o \0" % small, b"%o\0%o" % (small, small), b"%o %o" % (small, small), b"-1\0", b"+1\0",
        b"8\0", b"x\0", b"0x1\0", b"7 x\0", b"-\0", b"0o7\0", b"1_0\0", b"\xff" * room, base256(small, room),
        base256(-1, room), base256(-small - 2, room), base256((1 << 31) - 1, room), base256(1 << 31, room),
        base256((1 << 32) - 1, room), base256(1 << 32, room), base256(1 << 33, room), b"\x80" + bytes(room - 1),
        b"\x80" + b"\xff" * (room - 1), b"\xc0" + bytes(room - 1), b"\x81" + bytes(room - 2) + b"\1", b"\t7\0", b"7\n\0",
        b"7" * room, b"7" * (room - 1) + b" ", b"\xb2\0", b" 1\0 ", b"1\0\0x",
    ]  # fmt: skip
    changed = replace(raw, **{field: random.choice(forms)})
    if field in ("major", "minor") and random.random() < 0.6:
        changed = replace(changed, type=random.choice((b"3", b"4", b"3", b"6", b"5")))
    return changed


def _magic(random: Random, raw: Raw) -> Raw:
    magic = random.choice(
        (
            USTAR, GNU, V7, b"ustar\0  ", b"ustar 00", b"ustar\x000\0", b"ustar\0\0\0", b"USTAR\x0000", b"ustar  x",
            b"ustar\x0011", b"\0" * 7 + b"x", b"garbage!",
        )
    )  # fmt: skip
    prefix = random.choice(
        (
            b"", b"p", b"p/q", b"/p", b"p/", b"a", b".", b"\0p", b"\xff", octal(5, 12) + octal(6, 12), b"p" * 155,
            b"p" * 131 + b"\0" * 23 + b"q",
        )
    )  # fmt: skip
    last = random.choice((b"", b"", b"\0" * 8 + b"tar\0", b"x", b"\0" * 8 + b"tarx"))
    return replace(raw, magic=magic, prefix=prefix, last=last)


def _type(random: Random, raw: Raw) -> Raw:
    kind = random.choice(
        (
            b"7", b"7", b"\0", b"\0", b"A", b"S", b"D", b"V", b"M", b"N", b"X", b" ", b"8", b"s", b"1", b"2", b"3",
            b"4", b"5", b"6", b"0", b"\xff",
        )
    )  # fmt: skip
    name = raw.name + b"/" if random.random() < 0.3 else raw.name
    return replace(raw, type=kind, name=name)


def _size(random: Random, raw: Raw) -> Raw:
    """Let a member that has no content say that it has some, with or without the bytes; or a file lie about its size."""
    sizes = (
        b"00000000005\0", b"00000001000\0", b"00000000000\0", b"", b"77777777777\0", b"00000002000\0", base256(5, 12),
    )  # fmt: skip
    return replace(raw, size=random.choice(sizes), body=random.choice((raw.body, b"", b"hello", b"y" * 512)))


def _checksum(random: Random, raw: Raw) -> Raw:
    header = bytes(replace(raw, checksum=b" " * 8))[:512]
    unsigned = sum(header)
    signed = sum(byte - 256 if byte > 127 else byte for byte in header)
    forms = (
        b"%06o\0 " % unsigned, b"%07o\0" % unsigned, b"%06o  " % unsigned, b" %05o\0 " % unsigned, b"%06o\0 " % max(0, signed),
        b"%06o\0 " % (unsigned + 1), b"", b" " * 8, b"%08o" % unsigned, base256(unsigned, 8), b"%06o\0x" % unsigned,
        b"\0%06o\0" % unsigned, b"%06o\0\0" % (unsigned & 0o77777), b"xxxxxx\0 ", b"%06o\0 " % (unsigned + 65521),
    )  # fmt: skip
    return replace(raw, checksum=random.choice(forms))


def _records(random: Random, raw: Raw) -> list[tuple[bytes, bytes]]:
    name = raw.name
    values = {
        b"path": (name, b"", b"/" + name, b"./" + name, name + b"/", b"p", b"\xff", b"a\0b", b"p\0", b"\0", b"../p", b"a\nb", b".wh.b", b"p" * 300),
        b"linkpath": (b"h", b"", b"a", b"t" * 200, b"a\0b", b"\xff", b"/a", b"./b"),
        b"size": (b"0", b"1", b"5", b"000000005", b"0" * 30 + b"5", b"", b"-1", b"x", b"+5", b"5.0", b"0x5", b"99999999999999999999", b"9223372036854775807", b"5 ", b"1_0", b"\xd9\xa3", b"512"),
        b"uid": (b"0", b"1000", b"0001", b"", b"-1", b"x", b"+1", b"4294967295", b"4294967296", b"4294967294", b"2147483648", b"1.5", b"9223372036854775808", b"5\0"),
        b"gid": (b"0", b"1000", b"-1", b"", b"4294967295", b"4294967296", b"3000000000"),
        b"mtime": (
            b"0", b"1", b"1.5", b"-1", b"-1.5", b"1.", b".5", b"", b"x", b"1e5", b"1.x", b"+1", b"1.999999999999", b"-0.5", b"253402300800", b"-99999999999",
            b"9223372036854775807", b"9223372036854775808", b"-9223372036854775808", b"1..5", b"1.5.5", b"1 ", b" 1", b"15032385535", b"15032385536", b"-2147483649",
            b"4294967296.5", b"--1", b"-", b"-.5", b".", b"1.-5", b"001", b"0000000000000000000000001",
        ),
        b"atime": (b"1", b"x", b"", b"-1"), b"ctime": (b"1", b"x", b""), b"uname": (b"root", b"", b"a\0b"),
        b"gname": (b"root", b"a\0b"), b"comment": (b"x", b"a\0b", b""), b"hdrcharset": (b"BINARY", b"x"), b"charset": (b"x",),
        b"VENDOR.key": (b"x", b"", b"a\0b"), b"": (b"x",), b"SCHILY.dev": (b"1",), b"SCHILY.realsize": (b"5",),
        b"LIBARCHIVE.xattr.user.a": (b"dg",), b"LIBARCHIVE.creationtime": (b"1",), b"SCHILY.xattr.user.a": (b"v", b"", b"a\0b"),
        b"SCHILY.acl.access": (b"user::rw-",), b"SCHILY.devmajor": (b"5",), b"mode": (b"0600",), b"RHT.security.selinux": (b"x\0",),
        b"GNU.sparse.realsize": (b"5",), b"GNU.sparse.major": (b"1",), b"GNU.sparse.name": (b"p",), b"PATH": (b"p",),
    }  # fmt: skip
    keys = [random.choice([*values]) for _ in range(random.choice((1, 1, 1, 2, 3)))]
    return [(key, random.choice(values[key])) for key in keys]


def _global(random: Random, raw: Raw) -> Raw:
    """Return a pax header for all members; Podman makes the directory of its name."""
    return pax(_records(random, raw), type=b"g", name=random.choice((b"g", b"g", b"g", b"PaxHeaders/g")))


def _pax(random: Random, raw: Raw) -> list[Raw]:
    header = pax(_records(random, raw))
    match random.randrange(14):
        case 0:
            header = replace(
                header,
                body=b"".join(record(*each, random.choice((0, 3, 5, 19, 20, 25))) for each in _records(random, raw)),
            )
        case 1:
            body = header.body
            header = replace(
                header,
                body=random.choice(
                    (body[:-1], body + b"\n", body + b"x", body + b"\0", body + bytes(20), b" " + body, b"0" + body, b"+" + body, body.replace(b" ", b"", 1), body.replace(b" ", b"  ", 1), body.replace(b" ", b"\t", 1), body.replace(b"=", b"", 1), b"5 a=\n" + body, b"-5 a=b\n" + body, b"", b"0 \n" + body, b"4 =\n" + body, b"3 \n" + body, b"99 a=b\n" + body, b"5 a=b" + body, b"6 a=b\n6 a=c\n" + body)
                ),
            )  # fmt: skip
        case 2:
            return [header, pax(_records(random, raw)), raw]
        case 3:
            return [_global(random, raw), raw]
        case 4:
            return [header, _global(random, raw), raw]
        case 5:
            return [_global(random, raw), header, raw]
        case 6:
            header = replace(header, type=b"X")
        case 7:
            header = replace(header, size=octal(len(header.body) + random.choice((-1, 1, 512)), 12))
        case 8:
            header = replace(
                header,
                name=random.choice((b"", b"../x", b"\xff", b"x" * 100)),
                mode=b"x",
                uid=b"x",
                magic=random.choice((GNU, V7)),
            )
        case _:
            pass
    return [header, raw]


def _last(random: Random, members: list[Raw]) -> list[Raw]:
    raw = members[-1]
    kind = random.choice((b"x", b"g", b"L", b"K"))
    return [*members, pax(_records(random, raw), type=kind, name=b"last")]


def _xattr(random: Random, raw: Raw) -> list[Raw]:
    pairs = [
        (b"SCHILY.xattr." + random.choice(KEYS), random.choice(VALUES)) for _ in range(random.choice((1, 1, 1, 2, 3)))
    ]
    return [pax(pairs), raw]


def _capable(random: Random, raw: Raw) -> list[Raw]:
    """Give an attribute that has a meaning to a member of any kind."""
    key, value = random.choice(
        (
            (b"security.capability", CAPABILITY), (b"system.posix_acl_access", ACL), (b"system.posix_acl_access", LONG_ACL), (b"system.posix_acl_default", ACL),
            (b"user.a", b"v"), (b"trusted.overlay.opaque", b"y"), (b"trusted.overlay.opaque", b"x"),
            (b"trusted.overlay.redirect", b"/a"), (b"trusted.overlay.metacopy", b""), (b"user.overlay.opaque", b"y"),
            (b"com.apple.quarantine", b"v"), (b"trusted.a", b"v"), (b"trusted.overlay.whiteout", b""), (b"security.a", b"v"),
        )
    )  # fmt: skip
    kind = random.choice((b"0", b"5", b"2", b"3", b"6"))
    return [pax([(b"SCHILY.xattr." + key, value)]), replace(raw, type=kind, body=b"", link=raw.link or b"a", size=None)]


def _hard(random: Random, members: list[Raw]) -> list[Raw]:
    """Add a file and a hard link to it whose header says something else."""
    first = replace(
        _member(random),
        name=random.choice((b"e", b"a/e", b"f")),
        type=random.choice((b"0", b"0", b"0", b"2", b"6", b"3")),
        link=b"a",
    )
    other = replace(
        _member(random),
        name=random.choice((b"g", b"a/g", b"k/g", b"e/g", first.name)),
        type=b"1",
        link=random.choice(
            (
                first.name, b"/" + first.name, b"./" + first.name, b"q/../" + first.name, first.name + b"/",
                b"//" + first.name, b"../" + first.name,
            )
        ),
        body=b"",
    )  # fmt: skip
    new = [first, other]
    if random.random() < 0.3:
        new.append(replace(_member(random), name=random.choice((b"j", b"a/j")), type=b"1", link=other.name))
    if random.random() < 0.2:
        new.insert(random.randrange(3), replace(first, body=b"again"))
    if random.random() < 0.3:
        new.insert(1, pax([(b"SCHILY.xattr.user.a", b"link")]))
    if random.random() < 0.2:
        new[-1] = replace(new[-1], size=b"00000000005\0", body=random.choice((b"", b"hello")))
    place = random.randrange(len(members) + 1)
    return [*members[:place], *new, *members[place:]]


def _sparse(random: Random, raw: Raw) -> list[Raw]:
    """Make a file sparse, in one of the pax forms, with a map that may be wrong."""
    data = b"D" * random.choice((0, 5, 512, 600))
    real = random.choice((len(data), len(data) + 1000, 5, 0))
    spans = random.choice(
        (
            [(0, len(data))], [(real - len(data), len(data))], [(100, len(data))],
            [(0, 5), (100, max(0, len(data) - 5))], [(real, 0)], [],
        )
    )  # fmt: skip
    numbers = b",".join(b"%d,%d" % span for span in spans)
    match random.randrange(4):
        case 0:
            records = [
                (b"GNU.sparse.major", b"1"),
                (b"GNU.sparse.minor", b"0"),
                (b"GNU.sparse.name", b"e"),
                (b"GNU.sparse.realsize", b"%d" % real),
            ]
            lines = b"%d\n" % len(spans) + b"".join(b"%d\n%d\n" % span for span in spans)
            return [pax(records), replace(raw, type=b"0", body=lines + bytes(-len(lines) % 512) + data)]
        case 1:
            records = [
                (b"GNU.sparse.size", b"%d" % real),
                (b"GNU.sparse.numblocks", b"%d" % len(spans)),
                (b"GNU.sparse.map", numbers),
                (b"GNU.sparse.name", b"e"),
            ]
        case 2:
            records = [(b"GNU.sparse.size", b"%d" % real), (b"GNU.sparse.numblocks", b"%d" % len(spans))]
            records += [
                pair
                for span in spans
                for pair in ((b"GNU.sparse.offset", b"%d" % span[0]), (b"GNU.sparse.numbytes", b"%d" % span[1]))
            ]
        case _:
            records = [
                (b"GNU.sparse.size", b"%d" % real),
                (b"GNU.sparse.map", random.choice((b"", b"0", b"0,x", b"5,1,0,1", b"0,99999"))),
            ]
    return [pax(records), replace(raw, type=random.choice((b"0", b"0", b"0", b"7", b"5")), body=data, size=None)]


def _zeros(random: Random, members: list[Raw]) -> list[Raw]:
    """Put a block of zeros, or of letters, between members: as a body that no header announces."""
    place = random.randrange(len(members))
    raw = members[place]
    return [*members[:place], replace(raw, size=raw.size or octal(len(raw.body), 12), body=raw.body + bytes(-len(raw.body) % 512) + random.choice((bytes(512), bytes(1024), b"x" * 512))), *members[place + 1 :]]  # fmt: skip


MUTATIONS: Mapping[Mutation, float] = {
    _at(_spelling): 2, _at(_strange): 2, _at(_long): 1, _at(_target): 0.6, _twice: 0.3, _through: 2.5, _under_mark: 1.2,
    _at(_number): 1.5, _at(_magic): 2.5, _at(_type): 0.8, _at(_size): 0.5, _at(_checksum): 0.4, _at(_pax): 3, _last: 0.7,
    _at(_xattr): 1.5, _at(_capable): 1, _hard: 1.8, _at(_sparse): 0.5, _zeros: 0.15,
}  # fmt: skip
"""What is done to a layer, and how often: less where most of the outcomes are the same refusal."""


def header_mutations() -> tuple[Mutation, ...]:
    """Return the mutations that change how a member's header is written."""
    return _at(_number), _at(_magic), _at(_checksum), _at(_pax), _last, _at(_xattr)
