"""Printed sizes and sums."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab.words.sizes import UNITS, largest_remainder, printed_parts, size


@pytest.mark.parametrize(
    ("printed", "n"),
    [
        ("0 B", 0),
        ("999 B", 999),
        ("1.00 kB", 1_000),
        ("9.99 kB", 9_994),
        ("10.0 kB", 9_995),
        ("999 kB", 999_499),
        ("1.00 MB", 999_500),
        ("20.0 MB", 20_000_001),
        ("1.12 GB", 1_119_428_253),
        ("98.1 MB", Fraction(294_371_253, 3)),
        ("1000 PB", 10**18),
    ],
)
def test_a_size_has_three_digits_and_a_decimal_unit(printed: str, n: int) -> None:
    assert printed == size(n)


@given(st.integers(1, 10**17))
def test_a_size_is_within_half_of_its_last_digit(n: int) -> None:
    number, unit = size(n).split()
    printed = Fraction(number) * 1000 ** UNITS.index(unit)
    decimals = len(number.partition(".")[2])
    assert abs(printed - n) <= Fraction(1000 ** UNITS.index(unit), 2 * 10**decimals)


@given(st.lists(st.integers(0, 10**12), min_size=1, max_size=4))
def test_printed_parts_add_up_to_the_printed_total(values: list[int]) -> None:
    texts, total = printed_parts(values)
    number, unit = total.split()
    shown = sum(Fraction(text.split()[0]) * 1000 ** UNITS.index((text.split()[1:] or [unit])[0]) for text in texts)
    last_digit = Fraction(1000 ** UNITS.index(unit), 10 ** len(number.partition(".")[2]))
    # Parts may be printed finer than their total: then it is their sum, rounded.
    assert abs(shown - Fraction(number) * 1000 ** UNITS.index(unit)) <= last_digit / 2


def test_a_part_that_is_there_is_never_printed_as_0() -> None:
    assert (["319 MB", "1 B"], "319 MB") == printed_parts([319_371_253, 1])


def test_decimals_are_added_only_where_ordinary_rounding_does_not_add_up() -> None:
    assert (["98 MB", "123 MB", "108 MB"], "329 MB") == printed_parts([98_123_751, 123_123_751, 108_123_751])
    assert (["319.6 MB", "20.6 MB"], "340.2 MB") == printed_parts([319_600_000, 20_600_000])


@given(st.lists(st.fractions(0, 1000), max_size=8))
def test_largest_remainders_keep_the_sum_and_move_nothing_by_1(values: list[Fraction]) -> None:
    rounded = largest_remainder(values)
    assert abs(sum(values, Fraction()) - sum(rounded)) <= Fraction(1, 2)
    assert all(abs(value - number) < 1 for value, number in zip(values, rounded, strict=True))
