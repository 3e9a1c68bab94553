"""Tables: rows as lines with aligned columns."""

from collections.abc import Collection, Iterable, Sequence


def aligned(rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Return rows as lines, columns two spaces apart; those in `right` are flush right. Empty columns are left out.

    >>> aligned([["SIZE", "", "PATH"], ["5 B", "", "etc/motd"]], right=[0])
    ['SIZE  PATH', ' 5 B  etc/motd']
    """
    rows = list(rows)  # read twice: once for the widths, once for the lines
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell.rjust(width) if place in right else cell.ljust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            if width
        ).rstrip()
        for row in rows
    ]
