"""Raw: one member of a tar field by field, so that each field can be wrong by itself, and the layer they make."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any, NamedTuple

BLOCK = 512
SHORT = 20
END = bytes(2 * BLOCK)
HEADER = (
    ("name", 100), ("mode", 8), ("uid", 8), ("gid", 8), ("size", 12), ("mtime", 12), ("checksum", 8), ("type", 1),
    ("link", 100), ("magic", 8), ("uname", 32), ("gname", 32), ("major", 8), ("minor", 8), ("prefix", 155),
    ("last", 12),
)  # fmt: skip
CHECKSUM = slice(148, 156)
USTAR, GNU, V7 = b"ustar\x0000", b"ustar  \0", bytes(8)


@dataclass(frozen=True)
class Raw:
    """One member as its bytes: fields that are longer than the header has room for are cut.

    `size` and `checksum` are right where they are None; a `size` that is wrong does not change the bytes that follow.
    """

    name: bytes = b""
    type: bytes = b"0"
    link: bytes = b""
    body: bytes = b""
    mode: bytes = b"0000644\0"
    uid: bytes = b"0000000\0"
    gid: bytes = b"0000000\0"
    mtime: bytes = b"14000000000\0"
    size: bytes | None = None
    checksum: bytes | None = None
    magic: bytes = USTAR
    uname: bytes = b""
    gname: bytes = b""
    major: bytes = b""
    minor: bytes = b""
    prefix: bytes = b""
    last: bytes = b""

    def __bytes__(self) -> bytes:
        stated = {name: getattr(self, name) for name, _ in HEADER}
        stated["size"] = octal(len(self.body), 12) if self.size is None else self.size
        stated["checksum"] = b" " * 8
        block = b"".join(stated[name][:room].ljust(room, b"\0") for name, room in HEADER)
        checksum = b"%06o\0 " % sum(block) if self.checksum is None else self.checksum
        block = block[: CHECKSUM.start] + checksum[:8].ljust(8, b"\0") + block[CHECKSUM.stop :]
        return block + self.body + bytes(-len(self.body) % BLOCK)

    def __repr__(self) -> str:
        said = [(field.name, getattr(self, field.name)) for field in fields(self)]
        defaults = Raw()
        return (
            f"Raw({', '.join(f'{name}={written(value)}' for name, value in said if value != getattr(defaults, name))})"
        )


def written(value: bytes | None) -> str:
    """Return bytes as Python source, short where they repeat.

    >>> written(bytes(512)), written(b"m/" * 60), written(b"abc")
    ("b'\\\\x00' * 512", "b'm/' * 60", "b'abc'")
    """
    if value in NAMED:
        return NAMED[value]
    if value and len(value) > SHORT:
        for length in (1, 2):
            times, rest = divmod(len(value), length)
            if value == value[:length] * times + value[len(value) - rest :]:
                return f"{value[:length]!r} * {times}" + (f" + {value[len(value) - rest :]!r}" if rest else "")
    return repr(value)


def octal(number: int, room: int) -> bytes:
    """Return a number as a header field has it, with a NUL at its end."""
    return b"%0*o\0" % (room - 1, number)


def base256(number: int, room: int) -> bytes:
    """Return a number in GNU's binary form, which also knows negative ones."""
    data = bytearray((number & ((1 << 8 * room) - 1)).to_bytes(room, "big"))
    data[0] = 0xFF if number < 0 else 0x80 | data[0]
    return bytes(data)


def record(key: bytes, value: bytes, width: int = 0) -> bytes:
    """Return a pax record, its length with leading zeros up to `width` digits."""
    length = len(key) + len(value) + 3
    while length != (total := len(key) + len(value) + 3 + max(width, len(str(length)))):
        length = total
    return b"%0*d %s=%s\n" % (width, length, key, value)


def pax(records: Iterable[tuple[bytes, bytes]], **more: Any) -> Raw:
    """Return a pax header."""
    return Raw(**{"name": b"PaxHeaders/x", "type": b"x", "body": b"".join(record(*each) for each in records), **more})


Pack = Callable[[bytes], bytes]
PACKINGS: Mapping[str, Pack] = {
    "plain": bytes,
    "gzip": lambda tar: gzip.compress(tar, 1, mtime=0),
    "gzip in two members": lambda tar: gzip.compress(tar[:700], 1, mtime=0) + gzip.compress(tar[700:], 1, mtime=0),
    "gzip with an empty member": lambda tar: gzip.compress(tar, 1, mtime=0) + gzip.compress(b"", 1, mtime=0),
    "gzip and zeros": lambda tar: gzip.compress(tar, 1, mtime=0) + bytes(512),
    "gzip and garbage": lambda tar: gzip.compress(tar, 1, mtime=0) + b"garbage",
    "gzip with a name": lambda tar: b"\x1f\x8b\x08\x08\0\0\0\0\0\xffname\0" + gzip.compress(tar, 1, mtime=0)[10:],
    "gzip cut": lambda tar: gzip.compress(tar, 1, mtime=0)[:-4],
    "gzip with a wrong sum": lambda tar: (
        gzip.compress(tar, 1, mtime=0)[:-8] + bytes(4) + len(tar).to_bytes(4, "little")
    ),
    "zlib": lambda tar: zlib.compress(tar),
    "bzip2": lambda tar: bz2.compress(tar, 1),
    "bzip2 in two streams": lambda tar: bz2.compress(tar[:700], 1) + bz2.compress(tar[700:], 1),
    "bzip2 and zeros": lambda tar: bz2.compress(tar, 1) + bytes(4),
    "bzip2 and garbage": lambda tar: bz2.compress(tar, 1) + b"garbage",
    "xz": lzma.compress,
    "xz in two streams": lambda tar: lzma.compress(tar[:700]) + lzma.compress(tar[700:]),
    "xz padded": lambda tar: lzma.compress(tar) + bytes(4),
    "xz padded between streams": lambda tar: lzma.compress(tar[:700]) + bytes(8) + lzma.compress(tar[700:]),
    "xz badly padded": lambda tar: lzma.compress(tar) + bytes(3),
    "xz and garbage": lambda tar: lzma.compress(tar) + b"garbage",
    "xz without a sum": lambda tar: lzma.compress(tar, check=lzma.CHECK_NONE),
    "xz with sha256": lambda tar: lzma.compress(tar, check=lzma.CHECK_SHA256),
}
"""Ways in which a layer's tar may lie in an archive. Docker 20.10 knows no zstd, so it is not among them."""


class Drawn(NamedTuple):
    """A layer: its members, what stands at its end, and how it is packed."""

    members: tuple[Raw, ...]
    end: bytes = END
    packing: str = "plain"

    def __repr__(self) -> str:
        members = ", ".join(map(repr, self.members)) + "," * (len(self.members) == 1)
        end = "" if self.end == END else f", end={written(self.end)}"
        packing = "" if self.packing == "plain" else f", packing={self.packing!r}"
        return f"Drawn(({members}){end}{packing})"

    def tar(self) -> bytes:
        """Return the uncompressed tar."""
        return b"".join(map(bytes, self.members)) + self.end

    def packed(self) -> bytes:
        """Return the layer as it lies in an archive."""
        return PACKINGS[self.packing](self.tar())


def folder(name: bytes, **more: Any) -> Raw:
    """Return a directory."""
    return Raw(**{"name": name, "type": b"5", "mode": b"0000755\0", **more})


BASE = Drawn(
    (
        folder(b"a"), Raw(b"a/x", body=b"1"), Raw(b"a/y", body=b"2"), folder(b"a/d"), Raw(b"a/d/z", body=b"3"),
        Raw(b"b", body=b"file"), Raw(b"c", type=b"2", link=b"a"), folder(b"d", mode=b"0001777\0"),
        Raw(b"d/x", body=b"4"), Raw(b"l", type=b"2", link=b"/d"), Raw(b"h", body=b"hard"),
        Raw(b"i", type=b"1", link=b"h"),
    )
)  # fmt: skip
"""The layer that lies below each drawn one: something to hide, to merge with and to be linked to."""

WRAPPED = Drawn((Raw(b"a", type=b"5", mode=b"0000755\0"), Raw(b"a/x", body=b"wrapped"))).tar()
OTHER = Drawn((Raw(b"other"),)).tar()
"""The layer in each drawn archive, and one that is not it."""

NAMED: dict[bytes | None, str] = {WRAPPED: "WRAPPED", OTHER: "OTHER"}
