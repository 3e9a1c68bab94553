"""File strips: one file of one container with each storage driver, as a strip from its first byte to its last.

Blue bytes are shared with the image. Orange ones with dots are stored for this container alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from layerlab.drivers.file_bytes import FileBytes
from layerlab.picture.shapes import STILL, Bar, Box, Looks, Mark, Room, Scene, Shape, Texture, caption, label
from layerlab.words.sizes import size

# Units: the first row's top, a row's height and what of it is the strip, and how far rows stand apart.
TOP, ROW, STRIP, GAP = 34.0, 48.0, 16.0, 4.0
WIDE, EDGE = 880, 8.0
# Units: a few bytes of a large file are drawn so wide at least, because they have to be seen.
LEAST = 5.0


@dataclass(frozen=True, slots=True)
class FileStrip:
    """A driver's name and a container's file with it; None is a file that was deleted.

    >>> FileStrip("btrfs", FileBytes(10_000, (range(4096, 8192),))).said
    'copies 4.10 kB'
    """

    name: str
    file: FileBytes | None
    happened: bool = True

    @property
    def said(self) -> str:
        """What is written beside the strip."""
        if self.file is None:
            return "deleted"
        if self.file.from_start:
            return "copied at the start"
        if not self.file.stored:
            return "copies no bytes of it" if self.happened else "shares it with the image"
        return f"copies {size(self.file.stored)}"

    @property
    def parts(self) -> Bar:
        """The shared and the copied parts in their order, as shares of the file."""
        if self.file is None or not self.file.size:
            return ()
        whole, at = self.file.size, 0
        parts: list[tuple[Any, float]] = []
        for run in self.file.own:
            start, stop = min(run.start, whole), min(run.stop, whole)
            parts += [("layers", (start - at) / whole), ("thin", (stop - start) / whole)]
            at = stop
        parts.append(("layers", (whole - at) / whole))
        return tuple((part, share) for part, share in parts if share > 0)


def drawn(strip: FileStrip, room: Room, y: float) -> list[Shape]:
    """Return the shapes of a strip: its box, and the copied parts over it."""
    if strip.file is None or not strip.file.size:
        return [Box(room.left, y, room.width, STRIP, edge="muted", dash=True)]
    shapes: list[Shape] = [Box(room.left, y, room.width, STRIP, fill="layer")]
    at = 0.0
    for part, share in strip.parts:
        if part == "thin":
            wide = max(LEAST, share * room.width)
            left = min(room.left + at * room.width, room.right - wide)
            texture: Texture = "dots" if wide >= 8 else "plain"
            shapes.append(Box(left, y, wide, STRIP, fill="thin", edge="ink", texture=texture))
        at += share
    return shapes


def scene(
    files: Mapping[str, FileBytes | None], name: str, printed: str = "", looks: Looks = STILL, *, happened: bool = True
) -> Scene:
    """Return the picture: a strip for each driver; `name` is the file's, and `printed` is what `docker ps -s` prints.

    `happened` tells whether the file was changed already.

    >>> picture = scene({"btrfs": FileBytes(10_000, (range(4096, 8192),))}, "data")
    >>> [mark.key for mark in picture.marks], picture.marks[1].bar
    (['caption:the file', 'strip:btrfs'], (('layers', 0.4096), ('thin', 0.4096), ('layers', 0.1808)))
    """
    width = looks.column if looks.narrow else WIDE
    room = Room(EDGE, width - 2 * EDGE)
    strips = [FileStrip(driver, file, happened) for driver, file in files.items()]
    marks = [caption(room.left, 18, "THE FILE", in_one(name), room=room.width)]
    marks += [_row(strip, room, TOP + (ROW + GAP) * place) for place, strip in enumerate(strips)]
    foot = TOP + (ROW + GAP) * len(strips)
    if printed:
        marks.append(caption(room.left, foot + 16, "DOCKER PS -S", printed, room=room.width))
        foot += 24
    return Scene(tuple(marks), name, "", f"{name} with {len(strips)} storage drivers", width, round(foot))


def in_one(name: str) -> str:
    """Return the words over strips of a file.

    >>> in_one("data")
    'data in one container, copies in orange'
    """
    return f"{name} in one container, copies in orange"


def _row(strip: FileStrip, room: Room, y: float) -> Mark:
    inner = Room(room.left + 8, room.width - 16)
    name = label(inner.left, y + 17, strip.name, "name", bold=True)
    said = label(inner.right, y + 17, strip.said, "note", anchor="end", room=inner.right - name.right - 12)
    tray = Box(room.left, y, room.width, ROW, fill="tray", round=4)
    shapes: list[Shape] = [tray, name, said, *drawn(strip, inner, y + ROW - STRIP - 7)]
    return Mark("tally", tuple(shapes), strip.parts, key=f"strip:{strip.name}")
