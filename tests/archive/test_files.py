"""Reading back out of compressed content: in order it costs one pass, in any order it gives the right bytes."""

import gzip
import random
from collections.abc import Iterator
from pathlib import Path

from layerlab import load
from layerlab.archive.compression import Gzip
from layerlab.archive.files import Part, Unpacked
from layerlab.model.content import Content, Literal
from tests.archive.build import digest, docker, member, tar, write


class Counted(Literal):
    """Bytes that count how many of them are read."""

    read_so_far = 0

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        for chunk in super().chunks(start, stop):
            object.__setattr__(self, "read_so_far", self.read_so_far + len(chunk))  # content is read-only
            yield chunk


DATA = random.Random(1).randbytes(6 << 20)


def unpacked(packed: Content) -> Unpacked:
    content = Unpacked(packed, Gzip)
    content.size = len(DATA)
    return content


def test_files_that_are_read_in_their_order_cost_one_pass() -> None:
    packed = Counted(gzip.compress(DATA, 1))
    whole = unpacked(packed)
    for offset in range(0, len(DATA), 100_000):
        assert DATA[offset : offset + 60_000] == Part(whole, offset, 60_000).read(0, min(60_000, len(DATA) - offset))
    assert packed.size >= packed.read_so_far


def test_any_order_gives_the_right_bytes_and_a_read_within_a_read_does_too() -> None:
    whole = unpacked(Literal(gzip.compress(DATA, 1)))
    places = random.Random(2)
    for _ in range(30):
        start = places.randrange(len(DATA))
        stop = min(len(DATA), start + places.randrange(1, 2 << 20))
        outer = whole.chunks(start, stop)
        first = next(outer)
        assert DATA[:10] == whole.read(0, 10)
        assert DATA[start:stop] == first + b"".join(outer)


def test_small_files_of_a_compressed_layer_are_hashed_on_the_way_and_rightly(tmp_path: Path) -> None:
    files = {f"etc/{number}": DATA[: number * 7919] for number in range(60)} | {"usr/big": DATA, "var/big": DATA}
    data = tar(*(member(name, text) for name, text in files.items()))
    (image,) = load(write(tmp_path / "it.tar", docker(data, stored=(gzip.compress(data, 1),))))
    entries = image.layers[0].entries
    known = {name for name, entry in entries.items() if isinstance(entry.content, Part) and entry.content.known}
    assert {name for name, text in files.items() if name.startswith("etc/") and text} == known
    assert {name: digest(text) for name, text in files.items()} == {name: entries[name].digest for name in files}


def test_the_digest_of_a_file_with_many_names_is_found_out_once() -> None:
    packed = Counted(gzip.compress(DATA, 1, mtime=0))
    content = unpacked(packed)
    part = Part(content, 1 << 20, 1 << 20)
    expected = digest(DATA[1 << 20 : 2 << 20])
    object.__setattr__(packed, "read_so_far", 0)
    assert expected == part.digest
    once = packed.read_so_far
    assert [expected] * 400 == [part.digest for _ in range(400)]
    assert once == packed.read_so_far
