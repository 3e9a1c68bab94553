"""Shapes: what a scene is made of, before any painter chooses pixels, ink or letters.

Lengths are in the picture's own units, `Scene.width` by `Scene.height`, with y downwards. Colours are named by what
they stand for; a painter gives them values.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from layerlab.words.lettering import fit, width
from layerlab.words.printable import printable

# Units from one base line to the next, for the usual font of 13.
LINE_HEIGHT = 14
# Letters of a cut text below which it is left out: "after st…" says nothing.
LEAST_LETTERS = 15
# A box as a place of `Move`: its x, its y and the rest.
_LOWER = re.compile(r"^(-?[\d.]+) (-?[\d.]+) (-?[\d.]+ -?[\d.]+)$")
Ink = Literal[
    "none", "layer", "thin", "ink", "muted", "paper", "white", "dark", "deep", "shade", "tray", "past", "spent",
    "outside", "well", "poured",
]  # fmt: skip
Texture = Literal["plain", "dots", "hatch", "cross"]
MarkKind = Literal[
    "caption", "card", "block", "link", "image", "slab", "file", "tie", "axis", "ghost", "bar", "column", "path",
    "tally", "account", "process", "outside",
]  # fmt: skip
Role = Literal["title", "number", "name", "note", "wrote", "state", "size", "unique", "fair", "counted"]
Point = tuple[float, float]
Bar = tuple[tuple[Literal["layers", "thin", "dead", "shared", "ghost", "back", "outside"], float], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle. `texture` says what it is filled with over `fill`, `open_top` leaves its upper edge undrawn.

    `round` is the radius of its corners.
    """

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
    round: float = 0


@dataclass(frozen=True, slots=True)
class Stroke:
    """A line through `points`. `dash` breaks it into dashes. `dots` makes it round dots, so many units apart."""

    points: tuple[Point, ...]
    ink: Ink = "ink"
    weight: float = 1.5
    dash: bool = False
    dots: float = 0


@dataclass(frozen=True, slots=True)
class Label:
    """One text: `text` is the whole of it, and `shown` is what fits, with newlines between lines.

    (x, y) is where the base line of the first line starts, or ends, or has its middle, as `anchor` says.
    """

    x: float
    y: float
    text: str
    shown: str
    role: Role
    font: float = 13
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
class Press:
    """What people hear of a mark that can be pressed, beside its own words, and whether it is chosen or open.

    `says` comes before the words that the mark shows, `more` after them. `chosen` is None where a mark cannot be
    chosen, and `opened` is None where a mark cannot be opened.
    """

    says: str = ""
    more: str = ""
    chosen: bool | None = None
    opened: bool | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """Where a new mark comes from, where it goes when it leaves, and how long it waits (milliseconds).

    A place is the key of a mark, or a box "x y w h". Several places have `|` between them, and the first one that
    exists is taken.
    """

    source: str = ""
    goal: str = ""
    wait: int = 0


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing of the picture: the shapes that show it, and for a text its bar and how deep it is indented.

    `bar` names the parts of a length and their share of the longest one. `present` marks the step that is now. `key`
    names the same thing from picture to picture, so that it can move; it is unique in a scene. A press sends it.
    """

    kind: MarkKind
    shapes: tuple[Shape, ...]
    bar: Bar = ()
    depth: int = 0
    present: bool = False
    key: str = ""
    press: Press | None = None
    move: Move = Move()

    @property
    def labels(self) -> tuple[Label, ...]:
        """The mark's texts, in reading order."""
        return tuple(shape for shape in self.shapes if isinstance(shape, Label))

    @property
    def heard(self) -> str:
        """The mark's name for people who hear it. It has the words that are seen, as people call a thing what they see.

        >>> number, name = (Label(0, 0, text, text, "name") for text in ("4", "site"))
        >>> Mark("slab", (number, name), press=Press("Layer")).heard
        'Layer 4, site'
        """
        press = self.press or Press()
        seen = ", ".join(label.shown.replace("\n", " ") for label in self.labels if label.shown)
        # A text that was cut is heard as it is seen, and then in full.
        return ", ".join(filter(None, [f"{press.says} {seen}".strip(), *self.cut, press.more]))

    @property
    def cut(self) -> tuple[str, ...]:
        """The whole of each text that is shown cut."""
        return tuple(label.text for label in self.labels if label.shown.replace("\n", " ") != label.text)

    @property
    def foot(self) -> float:
        """The y of the lowest point of the mark."""
        # Letters such as g and p reach below the base line, here by a fifth of the font's size.
        texts = [text.y + 0.2 * text.font + LINE_HEIGHT * text.shown.count("\n") for text in self.labels]
        boxes = [shape.y + shape.h for shape in self.shapes if isinstance(shape, Box)]
        lines = [y for shape in self.shapes if isinstance(shape, Stroke) for _, y in shape.points]
        return max([*texts, *boxes, *lines], default=0.0)

    @property
    def box(self) -> Box:
        """Where the mark is: its first box, or all that it is made of if it has none.

        >>> Mark("axis", (Stroke(((4, 8), (10, 8))),)).box
        Box(x=4, y=8, w=6, h=0, fill='none', edge='none', weight=1, dash=False, texture='plain', open_top=False, \
round=0)
        """
        # The first box is the body of a mark. What else the mark has, such as an outline, lies on the body.
        boxes = [shape for shape in self.shapes if isinstance(shape, Box)]
        if boxes:
            return boxes[0]
        points = [point for shape in self.shapes if isinstance(shape, Stroke) for point in shape.points]
        for text in self.labels:
            # A text has no box, so its font's size stands for its height above the base line.
            points += [(text.left, text.y - text.font), (text.right, text.y)]
        xs, ys = [x for x, _ in points] or [0.0], [y for _, y in points] or [0.0]
        return Box(min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys))


@dataclass(frozen=True, slots=True)
class Looks:
    """How a picture is shown: the width of its page in pixels, what is open or chosen, and whether it can be pressed.

    A narrow page, under 814, gets a picture in one column, painted for its width. `opened` and `chosen` hold keys.
    A `low` picture of a wide page leaves room for what is below it on a screen. A `bare` one keeps no place for
    containers, because there never are any.

    >>> Looks().narrow, Looks(640).column, Looks(272).column
    (False, 640, 272)
    """

    width: int = 880
    opened: frozenset[str] = frozenset()
    chosen: frozenset[str] = frozenset()
    live: bool = False
    low: bool = False
    bare: bool = False

    @property
    def narrow(self) -> bool:
        """Whether the parts of a picture stand one below the other."""
        # A wide picture shrinks with its page: letters of 13 have 12 pixels here. living.js has the same limit: below
        # it, the page tells its own width instead of 880.
        return self.width < 814

    @property
    def column(self) -> int:
        """How wide the picture of a narrow page is."""
        # The left part of a wide picture ends at 520. Much wider bars would only be longer, and no easier to compare.
        return max(240, min(640, self.width))


STILL = Looks()


@dataclass(frozen=True, slots=True)
class Room:
    """The part of a picture's width that one part of its content may use.

    >>> Room(8, 512).right
    520
    """

    left: float
    width: float

    @property
    def right(self) -> float:
        """Where it ends."""
        return self.left + self.width


@dataclass(frozen=True, slots=True)
class Scene:
    """A whole picture: its marks in reading order, a title, and the two lines that stand under it."""

    marks: tuple[Mark, ...]
    title: str
    sentence: str
    balance: str
    width: int = 880
    height: int = 372


def layers_alone(scene: Scene) -> Scene:
    """Return a scene in which nothing but layers can be pressed, for a page with no use for a choice of other things.

    >>> layers_alone(Scene((Mark("card", (), press=Press("web")),), "", "", "")).marks[0].press is None
    True
    """
    marks = (mark if mark.kind == "slab" else replace(mark, press=None) for mark in scene.marks)
    return replace(scene, marks=tuple(marks))


def shifted(shape: Shape, x: float, y: float) -> Shape:
    """Return a shape elsewhere.

    >>> shifted(Stroke(((0, 0), (1, 1))), 10, 20).points
    ((10, 20), (11, 21))
    """
    if isinstance(shape, Stroke):
        return replace(shape, points=tuple((left + x, top + y) for left, top in shape.points))
    return replace(shape, x=shape.x + x, y=shape.y + y)


def lowered(marks: Iterable[Mark], y: float) -> list[Mark]:
    """Return marks moved down by `y` units, for a part of a picture that stands below another part.

    >>> lowered([Mark("bar", (), move=Move("bar:1|8 300 90 0"))], 20)[0].move.source
    'bar:1|8 320 90 0'
    """

    def place(words: str) -> str:
        return "|".join(
            _LOWER.sub(lambda box: f"{box[1]} {float(box[2]) + y:g} {box[3]}", each) for each in words.split("|")
        )

    return [
        replace(
            mark,
            shapes=tuple(shifted(shape, 0, y) for shape in mark.shapes),
            move=replace(mark.move, source=place(mark.move.source), goal=place(mark.move.goal)),
        )
        for mark in marks
    ]


def label(
    x: float,
    y: float,
    text: str,
    role: Role,
    *,
    room: float = 880,
    font: float = 13,
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
    x: float, y: float, word: str, role: Role = "note", anchor: Literal["start", "end"] = "start", font: float = 13
) -> list[Box | Label]:
    """Return a word in a filled box, for what this step changed: the box, then the word."""
    at = x + 5 if anchor == "start" else x - 5
    text = label(at, y, word, role, font=font, bold=True, ink="paper", anchor=anchor)
    return [Box(text.left - 5, y - font, text.width + 10, font + 4, fill="ink", round=3), text]


def caption(x: float, y: float, heading: str, rest: str, room: float = 880) -> Mark:
    """Return the line over or under a part of a picture: what it shows, then the rest of the sentence."""
    first = label(x, y, heading, "title", bold=True)
    more = label(first.right + 4, y, rest, "title", ink="muted", room=room - first.width - 4)
    return Mark("caption", (first, more) if tells(more) else (first,), key=f"caption:{heading.lower()}")


def tells(text: Label) -> bool:
    """Return whether what is left of a text that was cut still says something.

    >>> [tells(label(0, 0, "stored once, 0 at the bottom", "title", room=room)) for room in (60, 400)]
    [False, True]
    """
    return text.shown == text.text or len(text.shown) > LEAST_LETTERS


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
        # A small icon has its dots closer together, so that it has several rows of them.
        gap = 4 if max(box.w, box.h) <= 14 else 6
        rows = range(1, int((box.h + gap / 2) // gap) + 1)
        ends = [((left + gap / 2, top + gap * (row - 0.5)), (right - 1, top + gap * (row - 0.5))) for row in rows]
        return [Stroke(points, "dark", gap / 3, dots=gap) for points in ends]
    if box.texture == "hatch":
        # A hatch line rises at 45 degrees. The first lines start left of the box, by its height, so that they fill its
        # corner.
        starts = [left - box.h + 4 * step for step in range(1, int((box.w + box.h) // 4) + 1)]
        return [Stroke(_diagonal(start, box), "layer", 1.5) for start in starts if start < right]
    return []


def _diagonal(start: float, box: Box) -> tuple[Point, Point]:
    """Return the line that rises to the right from `start` on the box's lower edge, cut at its sides."""
    low, high = max(0.0, box.x - start), min(box.h, box.x + box.w - start)
    bottom = box.y + box.h
    return (start + low, bottom - low), (start + high, bottom - high)
