"""Files: a table of an image's dead files, the most bytes first, that adds up to the image to the byte."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import NamedTuple

from layerlab.model.explain import Dead, Report
from layerlab.picture.fates import WORDS
from layerlab.words.plurals import counted
from layerlab.words.printable import printable
from layerlab.words.tables import aligned

# Lines of dead files, and how many files of one directory still have a line each.
MOST_ROWS, FEW = 7, 3
CUT = {1: 38, 3: 30, 4: 32}
"""The columns whose texts may be cut, by their places, and the width that each asks for, in percent."""
HEAD = ("bytes", "file", "what happened", "stored in", "hidden by")


class FileRow(NamedTuple):
    """One line of the table: bytes and four texts; a line that is a sum has "" for texts that it does not need.

    >>> FileRow(5, "/etc/motd", "hidden by a whiteout", "0 COPY", "1 RUN rm").bytes
    5
    """

    bytes: int
    file: str
    happened: str = ""
    layer: str = ""
    by: str = ""

    @property
    def cells(self) -> tuple[str, ...]:
        """The line's texts; bytes with separators, so that a column can be added up."""
        return (f"{self.bytes:,} B", self.file, self.happened, self.layer, self.by)


def rows(report: Report, labels: Sequence[str], visible_files: int) -> list[FileRow]:
    """Return the table: dead files in up to 7 lines, the rest of them summed, what is visible, and the image's size.

    More than 3 files of one directory with one fate are one line. `labels` says what made each layer; `visible_files`
    counts the files that show.

    >>> image = scratch.with_layer(Layer.of({"a": b"123", "b": b"1"})).with_layer(Layer.of({"a": WHITEOUT}))
    >>> [row.cells[:2] for row in rows(explain(image), ["COPY", "RUN rm"], 1)]
    [('3 B', '/a'), ('1 B', '1 visible file'), ('4 B', 'the whole image')]
    """
    # Sorting keeps the order of equal groups, so the table is the same each time.
    groups = sorted(_groups(report.dead), key=lambda group: -sum(row.bytes for row in group))
    table = [
        FileRow(
            sum(row.bytes for row in group),
            _named(group),
            WORDS[group[0].reason],
            _step(group[0].layer, labels),
            _step(group[0].by, labels),
        )
        for group in groups[:MOST_ROWS]
    ]
    if rest := [row for group in groups[MOST_ROWS:] for row in group]:
        table.append(FileRow(sum(row.bytes for row in rest), f"{counted(len(rest), 'more dead file')}"))
    visible = sum(layer.visible for layer in report.layers)
    table.append(FileRow(visible, counted(visible_files, "visible file")))
    return [*table, FileRow(sum(row.bytes for row in table), "the whole image")]


def _groups(dead: Sequence[Dead]) -> Iterator[list[Dead]]:
    """Yield the dead files of each line: many files of one directory that one layer hid in one way, or one file."""
    alike: dict[tuple[str, int, int, str], list[Dead]] = {}
    for row in dead:
        alike.setdefault((_folder(row), row.layer, row.by, row.reason), []).append(row)
    for group in alike.values():
        if len(group) > FEW:
            yield group
        else:
            yield from ([row] for row in group)


def _folder(row: Dead) -> str:
    return row.path.rpartition("/")[0]


def _named(group: Sequence[Dead]) -> str:
    if len(group) == 1:
        return f"/{printable(group[0].path)}"
    folder = f"/{printable(_folder(group[0]))}".rstrip("/")
    return f"{counted(len(group), 'file')} in {folder}/"


def _step(number: int, labels: Sequence[str]) -> str:
    return f"{number} {labels[number]}".strip()


def text(table: Sequence[FileRow]) -> str:
    """Return the table in aligned columns.

    >>> print(text([FileRow(3, "/a", "hidden by a whiteout", "0 COPY", "1 RUN rm"), FileRow(3, "the whole image")]))
    bytes  file             what happened         stored in  hidden by
      3 B  /a               hidden by a whiteout  0 COPY     1 RUN rm
      3 B  the whole image
    """
    return "\n".join(aligned([HEAD, *(row.cells for row in table)], right=[0]))


def html(table: Sequence[FileRow]) -> str:
    """Return the table as HTML with headings for its columns; it scrolls in its own box where a page is narrow.

    >>> html([FileRow(0, "the whole image")]).count("<th scope")
    5
    """
    head = "".join(f'<th scope="col" style="{_style(place)}">{word}</th>' for place, word in enumerate(HEAD))
    body = "".join(f"<tr>{''.join(map(_cell, range(len(HEAD)), row.cells))}</tr>" for row in table)
    return (
        # A box that scrolls has to take the focus, or people without a mouse could not scroll it.
        '<div tabindex="0" role="region" aria-label="Files" '
        'style="max-width:880px;overflow:auto;font-size:13px">'
        f'<table style="width:100%;min-width:700px"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _cell(place: int, text: str) -> str:
    return f'<td style="{_style(place)}" title="{escape(text)}">{escape(text)}</td>'


def _style(place: int) -> str:
    """Return the style of a column's cells: a text that does not fit is cut, and its tooltip shows the whole text."""
    # A cell with max-width 0 does not grow with its text, so the width in percent decides and the text is cut.
    cut = f";width:{CUT[place]}%;max-width:0;overflow:hidden;text-overflow:ellipsis" if place in CUT else ""
    return f"padding:1px 14px 1px 0;white-space:nowrap;text-align:{'left' if place else 'right'}{cut}"
