"""Sparse files in a layer: each pax form gives the bytes that engines and Python's own tar reader see."""

import io
import itertools
import random
import tarfile
from pathlib import Path

import pytest

from layerlab import ArchiveError, Image, load
from layerlab.archive.sparse import Holes, Sparse
from layerlab.archive.tar_headers import Headers, Member
from layerlab.model.content import Literal
from tests.archive.build import docker, hard_link, member, packed, tar, write

PIECES = ((0, 5), (3000, 1500), (1 << 20, 1), (3 << 20, 700))
SIZE = (4 << 20) + 3
BYTES = random.Random(3).randbytes(sum(length for _, length in PIECES))


def whole() -> bytes:
    """Return the file that the tars below hold."""
    data = bytearray(SIZE)
    position = 0
    for offset, length in PIECES:
        data[offset : offset + length] = BYTES[position : position + length]
        position += length
    return bytes(data)


def record(key: str, value: object) -> bytes:
    """Return a pax record, which begins with its own length."""
    rest = f" {key}={value}\n".encode()
    length = next(number for number in itertools.count() if len(str(number)) + len(rest) == number)
    return str(length).encode() + rest


def form(version: str, pieces: tuple[tuple[int, int], ...] = PIECES, size: int = SIZE, stored: bytes = BYTES) -> bytes:
    """Return a tar with `x`, a hard link to it and a file behind it, as GNU tar writes that version of sparse files."""
    numbers = [str(number) for piece in pieces for number in piece]
    says = [record("GNU.sparse.size", size), record("GNU.sparse.numblocks", len(pieces))]
    if version == "0.0":
        keys = ("GNU.sparse.offset", "GNU.sparse.numbytes")
        says += [record(keys[at % 2], number) for at, number in enumerate(numbers)]
        name = "x"
    elif version == "0.1":
        says += [record("GNU.sparse.map", ",".join(numbers)), record("GNU.sparse.name", "x")]
        name = "GNUSparseFile.7/x"
    else:
        lines = "".join(f"{line}\n" for line in (len(pieces), *numbers)).encode()
        stored = lines + bytes(-len(lines) % 512) + stored
        says = [record("GNU.sparse.major", 1), record("GNU.sparse.minor", 0), record("GNU.sparse.realsize", size)]
        says += [record("GNU.sparse.name", "x")]
        name = "GNUSparseFile.7/x"
    head = member("PaxHeaders/x", b"".join(says), type=tarfile.XHDTYPE)
    return tar(head, member(name, stored), hard_link("same", "x"), member("next", b"behind it"))


def look(tmp_path: Path, layer: bytes, *stored: bytes) -> Image:
    return load(write(tmp_path / "it.tar", docker(layer, stored=stored)))[0]


forms = pytest.mark.parametrize("version", ["0.0", "0.1", "1.0"])


@forms
@pytest.mark.parametrize("compressed", [False, True])
def test_a_sparse_file_has_its_holes_and_its_whole_size(tmp_path: Path, version: str, compressed: bool) -> None:
    layer = form(version)
    image = look(tmp_path, layer, *([packed(layer)] if compressed else []))
    view = image.view()
    assert ["", "next", "same", "x"] == list(view)
    assert (SIZE, 2, whole()) == (view["x"].size, view["x"].nlink, view["x"].read())
    assert (SIZE + 9, b"behind it") == (image.size, view["next"].read())
    assert view["x"].digest == Literal(whole()).digest


@forms
def test_pythons_tar_reader_sees_the_same_bytes(version: str) -> None:
    with tarfile.open(fileobj=io.BytesIO(form(version))) as reader:
        file = reader.extractfile("x")
        assert file is not None
        assert whole() == file.read()


@forms
def test_a_squashed_image_holds_the_file_whole(tmp_path: Path, version: str) -> None:
    image = look(tmp_path, form(version)).squash()
    assert whole() == image.view()["x"].read()
    assert image.layers[0].tar_size > SIZE


@forms
@pytest.mark.parametrize("step", [1, 511, 513, 4096])
def test_a_map_may_come_in_pieces_of_any_size(version: str, step: int) -> None:
    pieces = tuple((number * 10_000, number % 7 + 1) for number in range(300))
    stored = bytes(sum(length for _, length in pieces))
    data = form(version, pieces, 10_000 * 301, stored)
    members: list[Member] = []
    reader = Headers(members.append)
    for at in range(0, len(data), step):
        reader.feed(data[at : at + step])
    reader.finish()
    assert [b"x", b"same", b"next"] == [item.name for item in members]
    assert Holes(10_000 * 301, pieces) == members[0].holes
    assert len(stored) == members[0].size


def test_a_map_of_very_many_pieces_is_refused(tmp_path: Path) -> None:
    pieces = tuple((number * 2, 1) for number in range(50_000))
    layer = form("1.0", pieces, 100_000, bytes(50_000))
    assert 100_000 == look(tmp_path, layer).view()["x"].size
    with pytest.raises(ArchiveError, match="more than 67,108,864 bytes of names"):
        load(
            write(
                tmp_path / "it.tar",
                docker(layer, *(form("1.0", pieces, size, bytes(50_000)) for size in (100_001, 100_002))),
            )
        )


def test_any_range_of_a_sparse_file_can_be_read() -> None:
    chance = random.Random(5)
    content, data = Sparse(Literal(BYTES), Holes(SIZE, PIECES)), whole()
    edges = [edge + shift for offset, length in PIECES for edge in (offset, offset + length) for shift in (-1, 0, 1)]
    for _ in range(300):
        start, stop = (max(0, chance.choice([*edges, chance.randrange(SIZE + 5)])) for _ in range(2))
        assert data[start:stop] == content.read(start, stop)
    assert data[3 << 20 :] == content.read(3 << 20)


@forms
@pytest.mark.parametrize(
    ("pieces", "size", "stored", "cause"),
    [
        (((0, 5), (3, 5)), 20, bytes(10), "overlap or lie outside"),
        (((10, 5), (0, 5)), 20, bytes(10), "overlap or lie outside"),
        (((0, 5), (16, 5)), 20, bytes(10), "overlap or lie outside"),
        (((0, 5),), 20, bytes(6), "not the bytes that it has"),
        (((0, 5),), 20, bytes(4), "not the bytes that it has"),
        (((0, 5),), 1 << 59, bytes(5), "unpacks to more than"),
        (((0, -5),), 20, b"", "no number where one should be"),
        (((0, 10**19),), 10**18, b"", "no number where one should be"),
    ],
)
def test_a_map_that_does_not_fit_is_refused(
    tmp_path: Path, version: str, pieces: tuple[tuple[int, int], ...], size: int, stored: bytes, cause: str
) -> None:
    with pytest.raises(ArchiveError, match=cause):
        look(tmp_path, form(version, pieces, size, stored))


def paxed(says: bytes, stored: bytes = b"", **fields: object) -> bytes:
    return tar(member("PaxHeaders/x", says, type=tarfile.XHDTYPE), member("x", stored, **fields))


KNOWN = record("GNU.sparse.major", 1) + record("GNU.sparse.minor", 0) + record("GNU.sparse.realsize", 9)


@pytest.mark.parametrize(
    ("layer", "cause"),
    [
        (paxed(record("GNU.sparse.map", "0,1") + record("GNU.sparse.size", 9)), "no number where one should be"),
        (
            paxed(record("GNU.sparse.map", "0,1") + record("GNU.sparse.size", 9) + record("GNU.sparse.numblocks", 2)),
            "not as long as it says",
        ),
        (paxed(record("GNU.sparse.offset", 0) * 2 + record("GNU.sparse.size", 9)), "out of order"),
        (paxed(record("GNU.sparse.numbytes", 0) + record("GNU.sparse.size", 9)), "out of order"),
        (paxed(KNOWN), "a sparse file whose map does not end"),
        (paxed(KNOWN, b"2\n0\n1\n".ljust(512, b"\0")), "a sparse file whose map does not end"),
        (paxed(KNOWN, b"1\n0\nx\n".ljust(512, b"\0")), "no number where one should be"),
        (paxed(KNOWN, b"\n" * 512), "no number where one should be"),
        (paxed(KNOWN, type=tarfile.DIRTYPE), "a sparse file that is no file"),
    ],
)
def test_a_map_that_is_none_is_refused(tmp_path: Path, layer: bytes, cause: str) -> None:
    with pytest.raises(ArchiveError, match=cause):
        look(tmp_path, layer)


def test_a_document_of_an_archive_is_not_sparse(tmp_path: Path) -> None:
    documents = docker(tar(member("a")))
    path = tmp_path / "it.tar"
    head = member(
        "PaxHeaders/x",
        record("GNU.sparse.map", "0,2") + record("GNU.sparse.numblocks", 1) + record("GNU.sparse.size", 9),
        type=tarfile.XHDTYPE,
    )
    path.write_bytes(
        tar(
            head,
            member("manifest.json", b"[]"),
            *(member(name, data) for name, data in documents.items() if name != "manifest.json"),
        )
    )
    with pytest.raises(ArchiveError, match=r"'manifest\.json' is a sparse file"):
        load(path)
