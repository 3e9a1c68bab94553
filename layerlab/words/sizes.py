"""Sizes: how Docker prints them (decimal, three digits), and sums whose printed parts add up."""

from collections.abc import Sequence
from fractions import Fraction
from math import floor

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")
# How many numbers of decimals are tried. More would make the numbers long.
MORE_DECIMALS = 3

# A fair share is a fraction of a layer. Floats are not used, because sums have to be exact.
Bytes = int | Fraction


def size(n: Bytes) -> str:
    """Return `n` bytes with three digits and a decimal unit, as Docker prints sizes.

    >>> size(0), size(5), size(57_000), size(25_000_000), size(319_371_253)
    ('0 B', '5 B', '57.0 kB', '25.0 MB', '319 MB')
    >>> size(999_499), size(999_500)
    ('999 kB', '1.00 MB')
    """
    power = _power(n)
    return f"{_fixed(n, power, _decimals(n, power))} {UNITS[power]}"


def printed_parts(values: Sequence[Bytes]) -> tuple[list[str], str]:
    """Return `values` and their sum as printed text that visibly adds up: parts and total, each with its unit.

    Parts are in the total's unit if all have that unit, else each part has its own unit. The fewest decimals with which
    rounded parts add up are used. If no number of decimals helps, the largest remainders are rounded up.

    >>> printed_parts([319_371_253, 20_000_003, 0])
    (['319 MB', '20.0 MB', '0 B'], '339 MB')
    >>> printed_parts([319_600_000, 20_600_000])
    (['319.6 MB', '20.6 MB'], '340.2 MB')
    >>> printed_parts([319_371_253, 57_000])
    (['319 MB', '57.0 kB'], '319 MB')
    """
    total = sum(values)
    power = _power(total)
    fewest = _decimals(total, power)
    if any(value and _power(value) != power for value in values):
        return _each_in_its_unit(values, total, power, fewest)
    for decimals in range(fewest, fewest + MORE_DECIMALS):
        rounded = [_rounded(value, power, decimals) for value in values]
        if sum(rounded) == _rounded(total, power, decimals):
            break
    else:
        decimals = fewest
        rounded = largest_remainder([Fraction(value) * 10**decimals / 1000**power for value in values])
    texts = [
        f"{_part(value, number, power, decimals)} {UNITS[power if value else 0]}"
        for value, number in zip(values, rounded, strict=True)
    ]
    return texts, f"{_point(_rounded(total, power, decimals), decimals)} {UNITS[power]}"


def _each_in_its_unit(values: Sequence[Bytes], total: Bytes, power: int, fewest: int) -> tuple[list[str], str]:
    """Print parts with their units, with as many more decimals as it takes until their printed sum is the total."""
    for more in range(3 * power + 1):
        printed = [_as_printed(value, more) for value in values]
        shown = sum(number for number, _ in printed)
        if _rounded(shown, power, fewest + more) == _rounded(total, power, fewest + more):
            break
    return [text for _, text in printed], f"{_fixed(total, power, fewest + more)} {UNITS[power]}"


def _as_printed(n: Bytes, more: int) -> tuple[Fraction, str]:
    power = _power(n)
    decimals = _decimals(n, power) + (more if power else 0)
    text = f"{_fixed(n, power, decimals)} {UNITS[power]}"
    return Fraction(_rounded(n, power, decimals) * 1000**power, 10**decimals), text


def largest_remainder(values: Sequence[Bytes]) -> list[int]:
    """Round to whole numbers whose sum is the rounded sum: the largest fractions go up, earlier ones first.

    >>> largest_remainder([Fraction(1, 3), Fraction(1, 3), Fraction(1, 3)])
    [1, 0, 0]
    """
    whole = [floor(value) for value in values]
    short = floor(sum(values) + Fraction(1, 2)) - sum(whole)
    by_remainder = sorted(range(len(values)), key=lambda place: whole[place] - values[place])
    for place in by_remainder[:short]:
        whole[place] += 1
    return whole


def _part(value: Bytes, number: int, power: int, decimals: int) -> str:
    """Print a part with three digits of its own if these say the same as the rounded number."""
    own = _decimals(value, power)
    if value and own > decimals and _rounded(value, power, own) == number * 10 ** (own - decimals):
        return _fixed(value, power, own)
    return _point(number, decimals if value else 0)


def _power(n: Bytes) -> int:
    power = 0
    # Rounded first, because 999,500 bytes print as 1.00 MB and not as 1000 kB.
    while power < len(UNITS) - 1 and _rounded(n, power, 0) >= 1000:
        power += 1
    return power


def _decimals(n: Bytes, power: int) -> int:
    """Return how many decimals make three digits; whole bytes have none."""
    if power == 0 or n == 0:
        return 0
    return next((decimals for decimals in (2, 1) if _rounded(n, power, decimals) < 1000), 0)


def _rounded(n: Bytes, power: int, decimals: int) -> int:
    """Return `n` in units of 10 ** -decimals of the unit, halves up."""
    half = 1000**power
    return int((2 * n * 10**decimals + half) // (2 * half))


def _fixed(n: Bytes, power: int, decimals: int) -> str:
    return _point(_rounded(n, power, decimals), decimals)


def _point(number: int, decimals: int) -> str:
    whole, rest = divmod(number, 10**decimals)
    return f"{whole}.{rest:0{decimals}}" if decimals else str(whole)
