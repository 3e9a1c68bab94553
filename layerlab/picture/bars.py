"""Bars: a few sizes on one axis from 0, as a small drawing that follows the page's colours."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from layerlab.words.lettering import width

# Sizes are in units of the scene.
ROW = 26  # the height of a row
LEFT = 150  # the least room for names
ROOM = 340  # the longest bar
SAID = 150  # the room for the words after it
FONT = 13
# Units: the least room of the longest bar on a narrow page, and of the words after it.
LEAST, LEAST_SAID = 40, 80


class PlotBar(NamedTuple):
    """A row: who says it, how many bytes, how it is printed, and whether it was measured."""

    who: str
    value: int
    said: str
    measured: bool = False


def bars(rows: Sequence[PlotBar], page: int = 880) -> str:
    """Return the rows as an SVG element, no wider than the page: measured sizes filled, predicted ones outlined.

    >>> bars([PlotBar("you", 1, "1 B"), PlotBar("measured", 20_000_001, "20.0 MB", True)]).count("<rect")
    2
    """
    most = max(1, *(row.value for row in rows))
    height = ROW * len(rows) + 4
    # The widest name decides where the bars begin, so names are never cut.
    named = max(round(width(row.who, FONT, bold=True)) + 16 for row in rows)
    left, room, said = max(LEFT, named), ROOM, SAID
    if left + room + said > page:
        # A drawing that is shrunk has letters that nobody can read, so its bars are shorter.
        left = named
        said = max(LEAST_SAID, *(round(width(row.said, FONT, bold=True)) + 10 for row in rows))
        room = max(LEAST, min(ROOM, page - left - said))
    wide = left + room + said
    drawn = "".join(_row(row, left, 2 + ROW * place, row.value / most * room) for place, row in enumerate(rows))
    heard = escape("; ".join(f"{row.who}: {row.said}" for row in rows))
    axis = f'<path d="M{left} 0V{height}" stroke="var(--jp-ui-font-color1)" stroke-width="1.5"/>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{heard}" width="{wide}" height="{height}" '
        f'viewBox="0 0 {wide} {height}" font-size="{FONT}" font-family="var(--jp-ui-font-family)" '
        f'style="max-width:100%;height:auto">{drawn}{axis}</svg>'
    )


def _row(row: PlotBar, left: float, top: float, length: float) -> str:
    look = (
        'fill="#0072B2"' if row.measured else 'fill="none" stroke="#E69F00" stroke-width="2.5" stroke-dasharray="5 3"'
    )
    ink = 'fill="var(--jp-ui-font-color1)"'
    weight = ' font-weight="bold"' if row.measured else ""
    return (
        f'<text x="{left - 8}" y="{top + 17}" text-anchor="end" {ink}{weight}>{escape(row.who)}</text>'
        # Even 0 bytes are 2 units wide, so that a row always shows whether it was measured or predicted.
        f'<rect x="{left}" y="{top + 3}" width="{max(length, 2):.1f}" height="{ROW - 8}" {look}/>'
        f'<text x="{left + max(length, 2) + 8:.1f}" y="{top + 17}" {ink}{weight}>{escape(row.said)}</text>'
    )
