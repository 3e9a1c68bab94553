"""Reading back out of compressed content: in order it costs one pass, in any order it gives the right bytes."""

import gzip
import random
from collections.abc import Iterator

from layerlab.model.content import Content, Literal
from layerlab.world.compression import Gzip
from layerlab.world.files import Part, Unpacked


class Counted(Literal):
    """Bytes that count how many of them are read."""

    read_so_far = 0

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        for chunk in super().chunks(start, stop):
            self.read_so_far += len(chunk)
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
