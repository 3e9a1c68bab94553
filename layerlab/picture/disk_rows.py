"""Disk rows: the same containers with each storage driver, a row for each: one container's file, and the whole disk.

The file is a strip from its first byte to its last, which shows what was copied. The bars of the disk have one axis
from 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from layerlab.picture.file_strips import EDGE, GAP, ROW, STRIP, TOP, WIDE, FileStrip, drawn
from layerlab.picture.shapes import (
    STILL,
    Bar,
    Box,
    Label,
    Looks,
    Mark,
    Press,
    Room,
    Scene,
    Shape,
    Stroke,
    caption,
    label,
)
from layerlab.words.sizes import size

# Units: how far the file and the disk stand apart in a row, and how high a row is in which they stand one below the
# other.
BETWEEN, TALL = 24.0, 88.0
# A bar is cut if it is so many times as long as the next one, and the axis then ends at so many times the next
# one or the longest layers.
FAR, BEYOND = 3, 1.3


@dataclass(frozen=True, slots=True)
class DiskRow:
    """One driver's bytes: the layers of the images, what all containers take besides, and the file of one of them.

    `strip` is None while no container runs, and `hint` is how the driver was set up.

    >>> DiskRow("btrfs", 319, 12).total
    331
    """

    name: str
    layers: int
    containers: int
    strip: FileStrip | None = None
    hint: str = ""

    @property
    def total(self) -> int:
        """All bytes on the disk."""
        return self.layers + self.containers


def scene(rows: Sequence[DiskRow], file: str, chosen: str, printed: str, looks: Looks = STILL) -> Scene:
    """Return the picture: a row for each driver, shared bytes blue and a container's own orange.

    `file` says whose file the strips are, and `printed` is what `ps -s` says.

    >>> [mark.key for mark in scene([DiskRow("btrfs", 319, 12)], "data", "btrfs", "0 B each").marks]
    ['caption:the file', 'caption:the disk', 'driver:btrfs', 'caption:docker ps -s']
    """
    width = looks.column if looks.narrow else WIDE
    room, high = Room(EDGE, width - 2 * EDGE), TALL if looks.narrow else ROW
    half = Room(room.left + 8, (room.width - 16 - BETWEEN) / 2)
    places = (Room(half.left, room.width - 16),) * 2 if looks.narrow else (half, Room(half.right + BETWEEN, half.width))
    most = _scale(rows)
    below = 20.0 if looks.narrow else 0.0
    heads = (
        caption(room.left, 18, "THE FILE", file, room=places[0].width),
        caption(
            places[1].left if not looks.narrow else room.left, 18 + below, "THE DISK",
            "layers + all containers", room=places[1].width,
        ),
    )  # fmt: skip
    top = TOP + below
    drawn_rows = [
        _row(row, room, top + (high + GAP) * place, (high, places), most, chosen=row.name == chosen)
        for place, row in enumerate(rows)
    ]
    foot = top + (high + GAP) * len(rows)
    last = caption(room.left, foot + 16, "DOCKER PS -S", printed, room=room.width)
    return Scene(
        (*heads, *drawn_rows, last),
        f"{len(rows)} storage drivers",
        "",
        "",
        width,
        round(foot + (30 if looks.live else 38)),
    )


def _scale(rows: Sequence[DiskRow]) -> float:
    """Return the bytes at the end of the axis: one bar that is far longer than the others is cut, behind its layers."""
    *_, second, most = sorted([1, 1, *(row.total for row in rows)])
    if most <= FAR * second:
        return most
    return BEYOND * max(second, *(row.layers for row in rows))


def _row(
    row: DiskRow, room: Room, y: float, plan: tuple[float, tuple[Room, Room]], most: float, *, chosen: bool
) -> Mark:
    """Draw a driver's name, the file as a strip, the driver's bytes, and its bar."""
    high, (left, right) = plan
    base, lower = y + 17, y + high - ROW
    name = label(left.left, base, row.name, "name", bold=True)
    hint = [label(name.right + 8, base, row.hint, "name", ink="muted")] if row.hint else []
    total = label(right.right, lower + 17, size(row.total), "size", bold=True, anchor="end")
    note = f"{size(row.layers)} + {size(row.containers)}"
    longer = row.total > most
    # Where the words have no room, two strokes through the bar still say that it is cut.
    cuts = ("; the bar is cut", "; bar cut", "") if longer else ("",)
    beside = total.left - right.left - 8
    said = _fitting([label(right.left, lower + 17, note + cut, "note", ink="muted", room=beside) for cut in cuts])
    scale = right.width / most
    shapes: list[Shape] = [
        Box(room.left, y, room.width, high, fill="tray", edge="ink" if chosen else "none", weight=2, round=4),
        name, *hint, said, total,
    ]  # fmt: skip
    if row.strip is not None:
        words = row.strip.said, row.strip.said.replace("no bytes of it", size(0))
        spot = left.right - name.right - 12
        beside = spot if not hint else left.right - hint[0].right - 12
        told = _fitting([label(left.right, base, each, "wrote", anchor="end", room=beside) for each in words])
        if hint and told.shown != told.text:
            # What happened to the file counts more than how the driver is set.
            shapes.remove(hint[0])
            told = _fitting([label(left.right, base, each, "wrote", anchor="end", room=spot) for each in words])
        shapes.append(told)
        shapes += drawn(row.strip, left, y + ROW - STRIP - 7)
    x, bar = right.left, lower + ROW - STRIP - 7
    parts: Bar = (("layers", float(row.layers)), ("thin", float(row.containers)))
    end = right.right
    for part, length in parts:
        # A byte that is there is seen, as a thin line.
        wide = min(max(1.5, length * scale), end - x) if length > 0 else 0.0
        if wide > 0 and part == "layers":
            shapes.append(Box(x, bar, wide, STRIP, fill="layer"))
        elif wide > 0:
            shapes.append(Box(x, bar, wide, STRIP, fill="thin", edge="ink", texture="dots" if wide >= 8 else "plain"))
        x += wide
    if longer:
        # Two strokes through the bar say that it is longer than the axis.
        shapes += [Stroke(((end - 20 + at, bar + STRIP + 3), (end - 14 + at, bar - 3)), weight=2) for at in (0, 6)]
    shares: Bar = _shares(parts, most)
    return Mark(
        "tally", tuple(shapes), shares, key=f"driver:{row.name}",
        press=Press(chosen=chosen),
    )  # fmt: skip


def _fitting(ways: Sequence[Label]) -> Label:
    """Return the first of several ways to say the same that fits, or the last one."""
    return next((way for way in ways if way.shown == way.text), ways[-1])


def _shares(parts: Bar, most: float) -> Bar:
    """Return the parts as shares of the axis, cut where it ends."""
    left, shares = 1.0, []
    for part, length in parts:
        shares.append((part, min(left, length / most)))
        left -= shares[-1][1]
    return tuple(shares)
