"""Files: a table of an image's dead files, the most bytes first, that adds up to the image to the byte."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from layerlab.model.explain import Report
from layerlab.picture.names import printable
from layerlab.picture.xray import WORDS

MOST_ROWS = 20
HEAD = ("bytes", "file", "what happened", "lies in", "hidden by")


class Row(NamedTuple):
    """One line of the table: bytes, and four texts, "" where a line is a sum and has none.

    >>> Row(5, "/etc/motd", "whited out", "0 COPY", "1 RUN rm").bytes
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


def rows(report: Report, labels: Sequence[str], visible_files: int) -> list[Row]:
    """Return the table: up to 20 dead files, the rest of them summed, what is visible, and the image's size.

    `labels` says what made each layer; `visible_files` counts the files that show.

    >>> image = scratch.with_layer(Layer.of({"a": b"123", "b": b"1"})).with_layer(Layer.of({"a": WHITEOUT}))
    >>> [row.cells[:2] for row in rows(explain(image), ["COPY", "RUN rm"], 1)]
    [('3 B', '/a'), ('1 B', '1 visible file'), ('4 B', 'the whole image')]
    """
    shown, rest = report.dead[:MOST_ROWS], report.dead[MOST_ROWS:]
    table = [
        Row(row.bytes, f"/{printable(row.path)}", WORDS[row.reason], _step(row.layer, labels), _step(row.by, labels))
        for row in shown
    ]
    if rest:
        table.append(Row(sum(row.bytes for row in rest), f"{_count(len(rest), 'more dead file')}"))
    visible = sum(layer.visible for layer in report.layers)
    table.append(Row(visible, _count(visible_files, "visible file")))
    return [*table, Row(sum(row.bytes for row in table), "the whole image")]


def _step(number: int, labels: Sequence[str]) -> str:
    return f"{number} {labels[number]}".strip()


def _count(count: int, what: str) -> str:
    return f"{count:,} {what}{'' if count == 1 else 's'}"


def text(table: Sequence[Row]) -> str:
    """Return the table in aligned columns.

    >>> print(text([Row(3, "/a", "whited out", "0 COPY", "1 RUN rm"), Row(3, "the whole image")]))
    bytes  file             what happened  lies in  hidden by
      3 B  /a               whited out     0 COPY   1 RUN rm
      3 B  the whole image
    """
    lines = [HEAD, *(row.cells for row in table)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([cells[0].rjust(widths[0]), *map(str.ljust, cells[1:], widths[1:])]).rstrip() for cells in lines
    )


def html(table: Sequence[Row]) -> str:
    """Return the table as HTML with headings for its columns; it scrolls in its own box where it is high.

    >>> html([Row(0, "the whole image")]).count("<th scope")
    5
    """
    head = "".join(f'<th scope="col" style="{_style(place)}">{word}</th>' for place, word in enumerate(HEAD))
    body = "".join(f"<tr>{''.join(map(_cell, range(len(HEAD)), row.cells))}</tr>" for row in table)
    return (
        '<div tabindex="0" role="region" aria-label="Files" '
        'style="max-height:230px;max-width:880px;overflow:auto;font-size:12px">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(place: int, text: str) -> str:
    return f'<td style="{_style(place)}">{escape(text)}</td>'


def _style(place: int) -> str:
    return f"padding:1px 16px 1px 0;white-space:nowrap;text-align:{'left' if place else 'right'}"
