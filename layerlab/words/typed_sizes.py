"""Sizes as people type them: `20 MB`, `19.1 MiB` and `20000001` all count as the same answer."""

import re

TOLERANCE = 0.02
# No disk holds that many bytes. And a float, in which a size is computed, ends with 309 digits.
_LARGEST = 10**18

_UNITS = {"": 1, "b": 1, "byte": 1, "bytes": 1}
_UNITS |= {f"{letter}{end}": 1000**power for power, letter in enumerate("kmgtp", start=1) for end in ("", "b")}
_UNITS |= {f"{letter}i{end}": 1024**power for power, letter in enumerate("kmgtp", start=1) for end in ("", "b")}


def parse_size(text: str) -> int:
    """Return the size in `text` in bytes. Text without a size raises ValueError, which shows how to write one.

    >>> parse_size("300 B"), parse_size("1.5 kB"), parse_size("2 MiB"), parse_size("7,000,000"), parse_size("one byte")
    (300, 1500, 2097152, 7000000, 1)
    """
    plain = re.sub(r"^(one|a)\b", "1", text.strip().lower())
    # A separator counts as one of thousands only before exactly three digits, so that "1,5 kB" stays one and a half.
    plain = re.sub(r"(?<=\d)[,_' \u00a0\u202f](?=\d{3}(?!\d))", "", plain)
    found = re.fullmatch(r"(\d+(?:[.,]\d+)?|[.,]\d+)\s*([a-z]*)", plain)
    if not found or found[2] not in _UNITS:
        raise ValueError(f"{text.strip()!r} is no size: write a number and a unit, such as 300 B, 5 kB or 70 MB")
    size = float(found[1].replace(",", ".")) * _UNITS[found[2]]
    if size >= _LARGEST:
        raise ValueError(
            f"{text.strip()[:20]!r} is more than any disk holds: write a size such as 300 B, 5 kB or 70 MB"
        )
    return round(size)


def close(one: int, other: int) -> bool:
    """Tell whether two sizes differ by at most 2 % of the larger one, and so count as the same answer.

    >>> close(20_000_000, 20_000_001), close(1, 0)
    (True, False)
    """
    return abs(one - other) <= TOLERANCE * max(one, other)
