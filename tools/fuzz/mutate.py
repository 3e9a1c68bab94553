"""Mutate: changes to archives that know what an archive is, so that a change is not stopped by a checksum.

A tar is taken apart into members, changed in one or two places, and put together again with its sizes and checksums
right; then every digest and size that a document states of what was changed is made right too. Once in a while all this
is left out: wrong bytes must be refused as well.
"""

import bz2
import gzip
import hashlib
import json
import lzma
import random
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from backports import zstd

from layerlab.model.tar import BLOCK

Raw = Callable[[bytes, int], bytes]
"""What changes bytes without knowing what they are: atheris.Mutate, given the most bytes that may come out."""

LARGEST = 256 << 10
UNPACK: dict[bytes, tuple[Callable[[bytes], bytes], Callable[[bytes], bytes]]] = {
    b"\x1f\x8b": (gzip.decompress, lambda data: gzip.compress(data, 1, mtime=0)),
    b"\x28\xb5\x2f\xfd": (zstd.decompress, lambda data: zstd.compress(data, 1)),
    b"BZh": (bz2.decompress, lambda data: bz2.compress(data, 1)),
    b"\xfd7zXZ\0": (lzma.decompress, lambda data: lzma.compress(data, preset=0)),
}
FIELDS = {
    "name": (0, 100), "mode": (100, 8), "uid": (108, 8), "gid": (116, 8), "size": (124, 12), "mtime": (136, 12),
    "type": (156, 1), "link": (157, 100), "magic": (257, 8), "major": (329, 8), "minor": (337, 8), "prefix": (345, 155),
}  # fmt: skip
NAMES = (
    b"etc", b"etc/motd", b"etc/", b"./", b"", b".", b"..", b"/", b"../x", b"/etc/passwd", b"a//b", b".wh.", b".wh.etc",
    b"etc/.wh..wh..opq", b".wh..wh..opq", b".wh..wh.aufs", b"lib", b"lib/x", b"usr/lib", b"\xff", b"a\nb", b"x" * 100,
    b"etc/.wh.motd/x", b"manifest.json", b"index.json", b"repositories", b"0/layer.tar", b"aa/json", b"usr/../etc",
)  # fmt: skip
NUMBERS = (
    b"0000000\0", b"7777777\0", b"-000001\0", b"       \0", b"\x80\0\0\0\0\0\0\x01", b"\x80" + b"\xff" * 7, b"\xff" * 8,
    b"8", b"\0" * 8, b"\x80\0\0\0\x01\0\0\0",
)  # fmt: skip
RECORDS = (
    ("path", NAMES), ("linkpath", NAMES), ("size", (b"0", b"1", b"-1", b"9" * 19, b"9" * 25)),
    ("uid", (b"0", b"4294967296", b"x")), ("mtime", (b"1.5", b"-1", b"-0.5", b"9" * 18, b"9" * 19, b".")),
    ("SCHILY.xattr.user.k", (b"v", b"", b"\xff\0")), ("GNU.sparse.major", (b"1",)), ("comment", (b"x" * 600, b"=")),
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, 0, 1, -1, 1 << 31, 1 << 64, 10**400, 0.5, float("inf"), "", "x", "..", "/etc/passwd", "a\0b", "a\nb",
    "\ud800", "\udcff", "sha256:" + "0" * 64, "sha512:" + "0" * 128, "sha256:../../x", "x" * 5000, [], {}, [[]], [None],
    [{}], {"": None}, "application/vnd.oci.image.config.v1+json", "application/vnd.oci.image.index.v1+json",
    "application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.x", "application/vnd.docker.distribution.manifest.v1+json", "linux", "amd64", "1.9.0",
    "2014-01-01T00:00:00Z", "9999-12-31T23:59:60+99:99", "shop:latest", "Shop", "layer.tar", "config.json", "b" * 64,
)  # fmt: skip
TYPES = (b"0", b"1", b"2", b"3", b"4", b"5", b"6", b"7", b"L", b"K", b"x", b"g", b"S", b"\0")
KEYS = (
    "Config", "Layers", "RepoTags", "LayerSources", "rootfs", "diff_ids", "history", "config", "layers", "manifests",
    "digest", "size", "mediaType", "platform", "annotations", "artifactType", "schemaVersion", "os", "architecture",
    "variant", "created_by", "empty_layer", "created", "Env", "Cmd", "Labels", "container_config", "parent", "id",
    "docker_version", "Healthcheck", "ExposedPorts", "io.containerd.image.name", "vnd.docker.reference.type",
)  # fmt: skip
DIGEST, SIZE = rb'"digest": ?"sha256:([0-9a-f]{64})"', rb'"size": ?(\d+)'
DESCRIBED = re.compile(DIGEST + b", ?" + SIZE + b"|" + SIZE + b", ?" + DIGEST)


@dataclass(frozen=True)
class Piece:
    """A member of a tar: its header block as it is, its content, and whether the header keeps its wrong size."""

    header: bytes
    body: bytes
    lies: bool = False

    def __bytes__(self) -> bytes:
        header = self.header
        if not self.lies:
            header = put(header, "size", b"%011o\0" % len(self.body))
        header = header[:148] + b" " * 8 + header[156:]
        return header[:148] + b"%06o\0 " % sum(header) + header[156:] + self.body + bytes(-len(self.body) % BLOCK)


def put(header: bytes, field: str, value: bytes) -> bytes:
    """Return a header block with one field replaced."""
    start, length = FIELDS[field]
    return header[:start] + value[:length].ljust(length, b"\0") + header[start + length :]


def split(data: bytes) -> tuple[list[Piece], bytes]:
    """Return the members of a tar, and what follows the last one that can be read."""
    pieces = []
    position = 0
    while position + BLOCK <= len(data):
        header = data[position : position + BLOCK]
        digits = header[124:136].strip(b" \0")
        if header.count(0) == BLOCK or not digits.isdigit() or set(digits) & set(b"89"):
            break
        size = int(digits, 8)
        if position + BLOCK + size > len(data):
            break
        pieces.append(Piece(header, data[position + BLOCK : position + BLOCK + size]))
        position += BLOCK + size + -size % BLOCK
    return pieces, data[position:]


def join(pieces: list[Piece], rest: bytes) -> bytes:
    """Return a tar of these members."""
    return b"".join(map(bytes, pieces)) + rest


def unpack(data: bytes) -> tuple[bytes, Callable[[bytes], bytes]] | None:
    """Return what compressed bytes unpack to, and what packs them again; None for others and damaged ones."""
    for magic, (unpacked, pack) in UNPACK.items():
        if data.startswith(magic):
            try:
                plain = unpacked(data)
            except Exception:  # every compression has its own
                return None
            return (plain, pack) if len(plain) <= LARGEST else None
    return None


class Mutator:
    """Changes inputs, each time by a seed: the same seed gives the same change."""

    def __init__(self, raw: Raw, seed: int) -> None:
        self._raw = raw
        self._chance = random.Random(seed)

    def archive(self, data: bytes, most: int) -> bytes:
        """Return a changed archive."""
        if self._chance.random() < 0.1:
            return self._raw(data, most)
        if packed := unpack(data):
            return packed[1](self.archive(packed[0], most))
        before, rest = split(data)
        if not before:
            return self._raw(data, most)
        after = self._pieces(before)
        right = self._chance.random() < 0.9
        whole = join(mended(before, after) if right else [piece for piece in after if piece], rest)
        if self._chance.random() < 0.02:
            whole = self._chance.choice([*UNPACK.values()])[1](whole)
        return whole if len(whole) <= most else self._raw(data, most)

    def layer(self, data: bytes, most: int) -> bytes:
        """Return a changed layer."""
        pieces, rest = split(data)
        if not pieces or self._chance.random() < 0.1:
            return self._raw(data, most)
        for _ in range(self._chance.choice((1, 1, 2, 4))):
            pieces = self._members(pieces) or pieces
        return join(pieces, rest)[:most]

    def document(self, data: bytes, most: int) -> bytes:
        """Return changed JSON text, sometimes none."""
        try:
            document = json.loads(data)
        except (ValueError, RecursionError):
            return self._raw(data, most)
        if self._chance.random() < 0.15:
            return self._raw(data, most)
        holder = [document]
        for _ in range(self._chance.choice((1, 1, 1, 2, 3))):
            self._value(holder)
        return json.dumps(holder[0]).encode()[:most]

    def kind(self, kind: bytes, kinds: int) -> bytes:
        """Return the byte that tells a document's kind, once in a while another one."""
        return kind if kind and self._chance.random() < 0.97 else bytes([self._chance.randrange(kinds)])

    def _pieces(self, before: list[Piece]) -> list[Piece | None]:
        """Return the members changed, each in its place, None for one that is left out; new ones come last."""
        after: list[Piece | None] = [*before]
        for _ in range(self._chance.choice((1, 1, 2))):
            place = self._chance.randrange(len(before))
            piece = after[place]
            if piece is None:
                continue
            kind = self._chance.random()
            if kind < 0.7:
                after[place] = replace(piece, body=self._body(piece.body))
            elif kind < 0.9:
                after[place] = self._header(piece)
            elif kind < 0.93:
                after[place] = None
            else:
                link = put(put(piece.header, "type", self._chance.choice((b"1", b"2"))), "link", self._name(before))
                after.append(self._chance.choice((piece, replace(piece, header=link, body=b""))))
        return after

    def _body(self, body: bytes) -> bytes:
        if packed := unpack(body):
            plain = self._body(packed[0])
            return self._chance.choice((packed[1], packed[1], *(pack for _, pack in UNPACK.values())))(plain)
        if body[:1] in (b"{", b"["):
            return self.document(body, LARGEST)
        if split(body)[0]:
            return self.layer(body, LARGEST)
        return self._raw(body, len(body) + 64)

    def _members(self, pieces: list[Piece]) -> list[Piece]:
        place = self._chance.randrange(len(pieces))
        kind = self._chance.random()
        if kind < 0.5:
            changed = [self._header(pieces[place])]
        elif kind < 0.6:
            changed = [replace(pieces[place], body=self._raw(pieces[place].body, len(pieces[place].body) + 64))]
        elif kind < 0.75:
            changed = [self._extension(), pieces[place]]
        elif kind < 0.82:
            changed = []
        else:
            other = self._chance.choice(pieces)
            changed = [pieces[place], replace(other, header=put(other.header, "name", self._name(pieces)))]
        return [*pieces[:place], *changed, *pieces[place + 1 :]]

    def _header(self, piece: Piece) -> Piece:
        field = self._chance.choice([*FIELDS])
        start, length = FIELDS[field]
        if field in ("name", "link", "prefix"):
            value = self._name([piece])
        elif field == "type":
            value = self._chance.choice(TYPES)
        else:
            value = self._chance.choice(NUMBERS)
        if self._chance.random() < 0.2:
            value = self._raw(piece.header[start : start + length], length)
        changed = Piece(put(piece.header, field, value), piece.body, lies=piece.lies or field == "size")
        # Members of these kinds have no content, whatever their size.
        if field == "type" and value in (b"1", b"2", b"3", b"4", b"5", b"6"):
            return replace(changed, body=b"")
        return changed

    def _name(self, pieces: list[Piece]) -> bytes:
        if self._chance.random() < 0.3:
            return self._chance.choice(pieces).header[:100].partition(b"\0")[0]
        name = self._chance.choice(NAMES)
        return name if self._chance.random() < 0.6 else name + b"/" + self._chance.choice(NAMES)

    def _extension(self) -> Piece:
        """Return a header that extends the next one: a long name, or pax records."""
        kind = self._chance.choice((b"x", b"x", b"x", b"g", b"L", b"K"))
        if kind in (b"L", b"K"):
            body = b"/".join(self._chance.choices(NAMES, k=self._chance.choice((1, 3, 60)))) + b"\0"
        else:
            body = b"".join(self._record() for _ in range(self._chance.choice((1, 1, 2))))
        return Piece(put(put(bytes(BLOCK), "name", b"@Extension"), "type", kind), body)

    def _record(self) -> bytes:
        key, values = self._chance.choice(RECORDS)
        said = b" " + key.encode() + b"=" + self._chance.choice(values) + b"\n"
        length = len(said) + len(str(len(said)))
        length += len(str(length)) - len(str(len(said)))
        return str(length).encode() + said

    def _value(self, holder: list[Any]) -> None:
        """Change one value, or one key, of a document."""
        places = _places(holder)
        container, key = self._chance.choice(places)
        kind = self._chance.random()
        if kind < 0.55:
            container[key] = deepcopy(self._chance.choice(VALUES))
        elif kind < 0.7:
            other, there = self._chance.choice(places)
            container[key] = deepcopy(other[there])
        elif kind < 0.78 and isinstance(container, dict):
            container[self._chance.choice(KEYS)] = container.pop(key)
        elif kind < 0.86 and isinstance(container, dict):
            del container[key]
        elif kind < 0.94 and isinstance(container, list) and container is not holder:
            container[key:key] = [deepcopy(container[key]) for _ in range(self._chance.choice((1, 1, 5)))]
        elif kind < 0.96:
            for _ in range(self._chance.choice((1, 99, 120))):
                container[key] = [container[key]]
        else:
            container[key] = self._chance.choice(([], {}, ""))


def _places(holder: Any) -> list[tuple[Any, Any]]:
    """Return every place of a document in which a value is: its container, and the key in it."""
    found: list[tuple[Any, Any]] = []
    work = [holder]
    while work:
        container = work.pop()
        keys = list(container) if isinstance(container, dict) else range(len(container))
        for key in keys:
            found.append((container, key))
            if isinstance(container[key], dict | list):
                work.append(container[key])
    return found


def mended(before: list[Piece], after: list[Piece | None]) -> list[Piece]:
    """Return the members with all digests and sizes that documents and names state of changed ones made right."""
    old = [hashes(piece.body) for piece in before]
    kept = [piece for piece in after if piece]
    first = [old[place] if place < len(old) else [] for place, piece in enumerate(after) if piece]
    for _ in range(5):
        now = [hashes(piece.body) for piece in kept]
        pairs = [pair for known, own in zip(first, now, strict=True) for pair in zip(known, own, strict=False)]
        swaps = {was: new for was, new in pairs if was != new}
        sizes = {found[0]: len(piece.body) for found, piece in zip(now, kept, strict=True)}
        mended = [_mend(piece, swaps, sizes) for piece in kept]
        if mended == kept:
            break
        kept, first = mended, now
    return kept


def hashes(body: bytes) -> list[bytes]:
    """Return the sha256 of bytes, and of what they unpack to, in hexadecimal."""
    packed = unpack(body)
    return [hashlib.sha256(each).hexdigest().encode() for each in (body, packed[0] if packed else body)]


def _mend(piece: Piece, swaps: dict[bytes, bytes], sizes: dict[bytes, int]) -> Piece:
    header, body = piece.header, piece.body
    for was, new in swaps.items():
        header = header[:100].replace(was, new) + header[100:]
    if body[:1] in (b"{", b"["):
        for was, new in swaps.items():
            body = body.replace(was, new)
        body = DESCRIBED.sub(lambda match: _sized(match, sizes), body)
    return replace(piece, header=header, body=body)


def _sized(match: re.Match[bytes], sizes: dict[bytes, int]) -> bytes:
    size = sizes.get(match[1] or match[4])
    place = 2 if match[1] else 3
    if size is None:
        return match[0]
    start, end = match.start(place) - match.start(), match.end(place) - match.start()
    return match[0][:start] + str(size).encode() + match[0][end:]
