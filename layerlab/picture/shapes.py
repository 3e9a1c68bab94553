"""Shapes: what a scene is made of, before any painter chooses pixels, ink or letters.

Lengths are in the picture's own units, `Scene.width` by `Scene.height`, with y downwards. Colours are named by what
they stand for; a painter gives them values.
"""

from dataclasses import dataclass
from typing import Literal

from layerlab.words.lettering import fit, width
from layerlab.words.printable import printable

Ink = Literal["none", "layer", "thin", "ink", "muted", "paper", "white", "dark"]
Texture = Literal["plain", "dots", "hatch", "cross"]
Kind = Literal["caption", "card", "link", "image", "slab", "tie", "axis", "ghost", "column", "path", "tally", "account"]
Role = Literal["title", "number", "name", "note", "wrote", "state", "size", "unique", "fair"]
Point = tuple[float, float]
Bar = tuple[tuple[Literal["layers", "thin", "dead", "shared", "ghost", "back"], float], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. `texture` says what it is filled with over `fill`, `open_top` leaves its upper edge undrawn."""

    x: float
    y: float
    w: float
    h: float
    fill: Ink = "none"
    edge: Ink = "none"
    weight: float = 1
    dash: bool = False
    texture: Texture = "plain"
    open_top: bool = False


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through `points`. `dash` makes it broken, `dots` a row of round dots that far apart."""

    points: tuple[Point, ...]
    ink: Ink = "ink"
    weight: float = 1.5
    dash: bool = False
    dots: float = 0


@dataclass(frozen=True, slots=True)
class Label:
    """One text: `text` in full, `shown` as it fits, its lines parted by newlines; (x, y) is the first base line."""

    x: float
    y: float
    text: str
    shown: str
    role: Role
    font: float = 12
    bold: bool = False
    mono: bool = False
    ink: Ink = "ink"
    anchor: Literal["start", "middle", "end"] = "start"

    @property
    def width(self) -> float:
        """How wide the shown text is at most."""
        lines = self.shown.split("\n")
        return max(width(line, self.font, bold=self.bold, mono=self.mono) for line in lines)

    @property
    def left(self) -> float:
        """Where the shown text starts."""
        return self.x - {"start": 0.0, "middle": 0.5, "end": 1.0}[self.anchor] * self.width

    @property
    def right(self) -> float:
        """Where the shown text ends."""
        return self.left + self.width


Shape = Box | Stroke | Label


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing of the picture: the shapes that show it, and for a text its bar and how deep it is indented.

    `bar` names the parts of a length and their share of the longest one. `present` marks the step that is now.
    """

    kind: Kind
    shapes: tuple[Shape, ...]
    bar: Bar = ()
    depth: int = 0
    present: bool = False

    @property
    def labels(self) -> tuple[Label, ...]:
        """The mark's texts, in reading order."""
        return tuple(shape for shape in self.shapes if isinstance(shape, Label))


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture: its marks in reading order, a title, and the two lines that stand under it."""

    marks: tuple[Mark, ...]
    title: str
    sentence: str
    balance: str
    width: int = 880
    height: int = 372


def label(
    x: float,
    y: float,
    text: str,
    role: Role,
    *,
    room: float = 880,
    font: float = 12,
    bold: bool = False,
    mono: bool = False,
    ink: Ink = "ink",
    anchor: Literal["start", "middle", "end"] = "start",
) -> Label:
    """Return a text that is cut with an ellipsis where it is wider than `room`."""
    lines = [printable(line) for line in text.split("\n")]
    shown = "\n".join(fit(line, room, font, bold=bold, mono=mono) for line in lines)
    return Label(x, y, " ".join(lines), shown, role, font, bold, mono, ink, anchor)


def tag(
    x: float, y: float, word: str, role: Role = "note", anchor: Literal["start", "end"] = "start", font: float = 11
) -> list[Box | Label]:
    """Return a word in a filled box, for what this step changed: the box, then the word."""
    at = x + 5 if anchor == "start" else x - 5
    text = label(at, y, word, role, font=font, bold=True, ink="paper", anchor=anchor)
    return [Box(text.left - 5, y - 11, text.width + 10, 15, fill="ink"), text]


def caption(x: float, y: float, heading: str, rest: str) -> Mark:
    """Return the line over or under a part of a picture: what it shows, then the rest of the sentence."""
    first = label(x, y, heading, "title", font=13, bold=True)
    return Mark("caption", (first, label(first.right + 4, y, rest, "title", font=13)))


def strokes(box: Box) -> list[Stroke]:
    """Return the lines of a box's texture, for painters: rows of dots, a diagonal hatch or a cross.

    >>> strokes(Box(0, 0, 12, 12, edge="ink", texture="cross"))[0].points
    ((0, 0), (12, 12))
    """
    left, top, right, bottom = box.x, box.y, box.x + box.w, box.y + box.h
    if box.texture == "cross":
        corners = ((left, top), (right, bottom)), ((left, bottom), (right, top))
        return [Stroke(points, box.edge, box.weight) for points in corners]
    if box.texture == "dots":
        gap = 4 if max(box.w, box.h) <= 14 else 6
        rows = range(1, int((box.h + gap / 2) // gap) + 1)
        ends = [((left + gap / 2, top + gap * (row - 0.5)), (right - 1, top + gap * (row - 0.5))) for row in rows]
        return [Stroke(points, "dark", gap / 3, dots=gap) for points in ends]
    if box.texture == "hatch":
        starts = [left - box.h + 4 * step for step in range(1, int((box.w + box.h) // 4) + 1)]
        return [Stroke(_diagonal(start, box), "layer", 1.5) for start in starts if start < right]
    return []


def _diagonal(start: float, box: Box) -> tuple[Point, Point]:
    """Return the line that rises to the right from `start` on the box's lower edge, cut at its sides."""
    low, high = max(0.0, box.x - start), min(box.h, box.x + box.w - start)
    bottom = box.y + box.h
    return (start + low, bottom - low), (start + high, bottom - high)
