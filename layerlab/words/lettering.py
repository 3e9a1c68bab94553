"""Lettering: how wide a text will be when it is drawn.

The widths are those of DejaVu Sans, rounded up. DejaVu Sans is the widest of the fonts that JupyterLab falls back to,
so a text that fits here also fits there. A test compares the widths with the font itself.
"""

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from itertools import repeat
from math import fsum

# All widths are in units of the font size. In a monospaced font all letters have this width.
MONO = 0.603
# A letter that no table has counts as wide, so that a text is cut too early and never too late.
UNKNOWN = 1.05


def _table(classes: Mapping[float, str]) -> dict[str, float]:
    return {letter: width for width, letters in classes.items() for letter in letters}


_REGULAR = _table(
    {
        0.30: "'ijlIJ",
        0.34: " ,./:;\\|·",
        0.42: "f-()[]t!r",
        0.54: '"*_`sz?–',
        0.62: "cLFkvxyPTYoaeé",
        0.64: "EhnuSbdgpq$0123456789{}",
        0.70: "KAVXZBRC",
        0.79: "UNHDG&OQ",
        0.87: "w#+<=>^~M×→",
        1.00: "%mW@…",
    }
)
_BOLD = _table(
    {
        0.35: "'ijl ",
        0.38: "/\\|IJ,.·",
        0.46: ":;-f!()[]",
        0.53: 't r_`"*–'.replace(" ", ""),
        0.60: "?zcs",
        0.70: "Lxvykae0123456789TEFo$é",
        0.74: "hnu{}bdgpqSYZPC",
        0.79: "BRXAVK",
        0.86: "UGDHN#+<=>^~OQ×→",
        0.93: "&w",
        1.00: "M@…",
        1.11: "%mW",
    }
)


# A picture measures the same names and sizes again and again. The bound keeps a long session from filling the memory.
@lru_cache(maxsize=4096)
def width(text: str, font: float, *, bold: bool = False, mono: bool = False) -> float:
    """Return how wide `text` is at most, in the unit of the font size.

    >>> round(width("319 MB", 10), 1), round(width("319 MB", 10, bold=True), 1)
    (38.3, 42.4)
    """
    if mono:
        return len(text) * MONO * font
    table = _BOLD if bold else _REGULAR
    # sum() rounds after each addition before Python 3.12 and no longer since. With fsum every Python draws the same
    # picture.
    return fsum(map(table.get, text, repeat(UNKNOWN))) * font


def fit(text: str, room: float, font: float, *, bold: bool = False, mono: bool = False) -> str:
    """Return `text`, or as much of it as fits into `room` with an ellipsis at its end.

    >>> fit("catalog.db", 80, 12), fit("catalog.db", 50, 12)
    ('catalog.db', 'catal…')
    """
    if width(text, font, bold=bold, mono=mono) <= room:
        return text

    def cut(letters: int) -> float:
        return width(text[:letters] + "…", font, bold=bold, mono=mono)

    # A letter more is never narrower, so the longest beginning that fits is found by halving.
    fitting = bisect_right(range(len(text)), room, key=cut)
    return text[: max(fitting - 1, 0)].rstrip() + "…"
