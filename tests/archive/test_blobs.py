"""Threads that read layers share a count of themselves."""

import concurrent.futures
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from layerlab.archive.blobs import Hashers


def test_threads_that_begin_and_end_at_once_are_all_counted() -> None:
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            hashers = Hashers(pool)

            def begin_and_end(_: int) -> None:
                for more in (1, -1) * 2_000:
                    hashers.count(more)

            list(pool.map(begin_and_end, range(8)))
    finally:
        sys.setswitchinterval(interval)
    assert 0 == hashers.reading


@pytest.mark.parametrize("more", [1, -1])
def test_nobody_counts_while_another_does(more: int) -> None:
    with ThreadPoolExecutor(1) as pool:
        hashers = Hashers(pool)
        with hashers.turn:
            waiting = pool.submit(hashers.count, more)
            with pytest.raises(concurrent.futures.TimeoutError):
                waiting.result(timeout=0.05)
            assert 0 == hashers.reading
        waiting.result()
    assert more == hashers.reading
