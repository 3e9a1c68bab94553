"""Goal: what is to be reached, beside the structure of a host, row by row: only what is checked is drawn."""

from collections.abc import Sequence
from dataclasses import replace
from math import fsum
from typing import NamedTuple

from layerlab.picture.host_scene import HEIGHT, SIDE, beside, title
from layerlab.picture.moment import Moment
from layerlab.picture.shapes import STILL, Box, Ink, Looks, Mark, Room, Scene, Shape, Stroke, caption, label, lowered
from layerlab.words.lettering import width

# Sizes are in units of the scene.
TOP = 26.0  # where the frames begin, below the caption
HEAD = 24.0  # the height of a frame's heading
PITCH = 20.0  # the height of a row: what is wanted
NOW = 16.0  # the height of the line below it: what is there now
PAD = 8.0  # between frames, and between a frame and its words
TICK = 20.0  # the room for the mark before a row
FONT = 13
MOST_IN_A_ROW = 3
# How high a low picture is at least. It has room for six layers, so that it does not grow with each act.
LOWER = 312
NAMED, REST = "THE GOAL: ", "nothing else is checked"
# A frame whose rows are side by side.
ROW = HEAD + PITCH + NOW + PAD / 2
_OTHER: tuple[Ink, bool] = ("paper", False)
_FRAMES: dict[str, tuple[Ink, bool]] = {
    "container": ("tray", True),
    "image": ("shade", False),
}


class Wanted(NamedTuple):
    """One thing that is checked: of what it is, its words in the goal, and what it is now, "" if it is as in the goal.

    `about` is "container", "image", "host" or another thing of which there is one, and `of` the name of the container
    or the image.

    >>> Wanted("container", "job", "thin layer: 0 B", "20.0 MB").of
    'job'
    """

    about: str
    of: str
    words: str
    now: str = ""

    @property
    def head(self) -> str:
        """What it is of, in words."""
        if self.of:
            return f"{self.about} {self.of}"
        return "this host" if self.about == "host" else f"the {self.about}"


def scene(moment: Moment, wanted: Sequence[Wanted], looks: Looks = STILL) -> Scene:
    """Return the picture of a moment with the goal in place of the columns of bytes.

    >>> marks = scene(Moment(), [Wanted("container", "job", "thin layer: 0 B", "20.0 MB")]).marks
    >>> [label.text for mark in marks for label in mark.labels][-5:]
    ['THE GOAL', 'nothing else is checked', 'container job', 'thin layer: 0 B', 'now: 20.0 MB']
    """
    lowest = max((mark.foot for mark in rows(wanted)), default=0.0)
    usual = LOWER if looks.low else HEIGHT
    marks, width, height = beside(moment, looks, lambda room: rows(wanted, room), max(usual, lowest + PAD))
    return Scene(marks, title(moment), moment.sentence, moment.balance, width, height)


def rows(wanted: Sequence[Wanted], room: Room = SIDE) -> list[Mark]:
    """Return a frame for each container, each image and the host, with a row for each thing that is checked of it."""
    marks = [_caption(room)]
    y = TOP
    for own in _framed(wanted):
        marks += _frame(own, y, room)
        y += _high(own) + PAD
    return marks


def below(picture: Scene, wanted: Sequence[Wanted], looks: Looks = STILL) -> Scene:
    """Return another picture with the goal below it: frames side by side, on a narrow page one below the other.

    >>> below(Scene((), "", "", "", height=100), [Wanted("disk", "", "bytes: 0 B", "20.0 MB")]).height
    198
    """
    room = Room(PAD, picture.width - 2 * PAD)
    if looks.narrow:
        drawn = rows(wanted, Room(4, picture.width - 8))
    elif looks.live:
        # Where each row counts, the caption is in the first frame, and the margin below the picture is left out.
        frames = _framed(wanted)
        drawn = _in_a_row(frames, room) or _side_by_side(frames, room, 0, named=True)
    else:
        drawn = [_caption(room), *_side_by_side(_framed(wanted), room, TOP)]
    return _lower(picture, drawn, picture.height - (PAD / 2 if looks.live else 0))


def within(picture: Scene, wanted: Sequence[Wanted], room: Room, top: float) -> Scene:
    """Return another picture with the goal in a part of it that is free, from `top` down.

    >>> within(Scene((), "", "", "", height=300), [Wanted("disk", "", "bytes: 0 B")], Room(600, 280), 60).height
    300
    """
    return _lower(picture, rows(wanted, room), top)


def _lower(picture: Scene, drawn: Sequence[Mark], y: float) -> Scene:
    marks = lowered(drawn, y)
    foot = max((mark.foot + PAD for mark in marks), default=0.0)
    return replace(picture, marks=(*picture.marks, *marks), height=round(max(foot, picture.height)))


def _side_by_side(frames: Sequence[Sequence[Wanted]], room: Room, top: float, *, named: bool = False) -> list[Mark]:
    """Draw frames of one width and height side by side; a single frame has room for its rows side by side."""
    wide = (room.width + PAD) / max(1, len(frames))
    high = max(map(_high, frames), default=0) if frames[1:] else ROW
    marks: list[Mark] = []
    for number, own in enumerate(frames):
        place = Room(room.left + number * wide, wide - PAD)
        columns = [] if frames[1:] else [(place.width - PAD) / len(own)] * len(own)
        marks += _frame(own, top, place, high, columns, named=named and not number)
    return marks


def _in_a_row(frames: Sequence[Sequence[Wanted]], room: Room) -> list[Mark]:
    """Draw all that is checked in one row, so that a live page fits on a screen; nothing if it is too much for one."""
    needs = [[_need(each) for each in own] for own in frames]
    for number, (own, wide) in enumerate(zip(frames, needs, strict=True)):
        head = own[0].head if number else f"{NAMED}{own[0].head}"
        wide[-1] += max(0, width(head, FONT, bold=True) + PAD - fsum(wide))
    spare = room.width - fsum(map(fsum, needs)) - PAD * (2 * len(frames) - 1)
    # The place of a row must not depend on what it says now.
    if spare < 0 or sum(map(len, frames)) > MOST_IN_A_ROW:
        return []
    more = spare / max(1, sum(map(len, frames)))
    marks: list[Mark] = []
    left = room.left
    for number, (own, wide) in enumerate(zip(frames, needs, strict=True)):
        columns = [need + more for need in wide]
        place = Room(left, fsum(columns) + PAD)
        marks += _frame(own, 0, place, ROW, columns, named=not number)
        left = place.right + PAD
    return marks


def _need(wanted: Wanted) -> float:
    return max(width(wanted.words, FONT), width(f"now: {wanted.now}", FONT, bold=True)) + TICK + PAD


def _caption(room: Room) -> Mark:
    return caption(room.left, 16, "THE GOAL", REST, room=room.width)


def _framed(wanted: Sequence[Wanted]) -> list[list[Wanted]]:
    """Return what is checked, in a list for each thing that it is of."""
    return [[each for each in wanted if each.head == head] for head in dict.fromkeys(each.head for each in wanted)]


def _high(own: Sequence[Wanted]) -> float:
    return HEAD + sum(PITCH + (NOW if each.now else 0) for each in own) + PAD / 2


def _frame(
    own: Sequence[Wanted],
    y: float,
    room: Room,
    high: float = 0,
    columns: Sequence[float] = (),
    *,
    named: bool = False,
) -> list[Mark]:
    """Draw what is checked of one thing, one row below the other or, with the widths of `columns`, side by side.

    `high` is how high its frame is, else as high as its rows. A frame that is `named` says that it is the goal.
    """
    head = own[0].head
    fill, open_top = _FRAMES.get(own[0].about, _OTHER)
    frame = Box(
        room.left, y, room.width, high or _high(own), fill=fill, edge="ink", weight=1.5, dash=True, open_top=open_top,
        round=3,
    )  # fmt: skip
    words = f"{NAMED}{head}" if named else head
    name = label(room.left + PAD, y + 17, words, "note", bold=True, room=room.width - 2 * PAD)
    shapes: list[Shape] = [frame, name]
    if named and name.right + PAD + width(REST, FONT) < room.right - PAD:
        shapes.append(
            label(name.right + PAD, y + 17, REST, "note", ink="muted", room=room.right - name.right - 2 * PAD)
        )
    marks = [Mark("caption", tuple(shapes), key=f"goal:{head}")]
    left, at = room.left + PAD, y + HEAD
    for number, each in enumerate(own):
        wide = columns[number] if columns else room.width - PAD
        marks.append(_row(each, at, Room(left, wide - PAD), f"goal:{head}/{number}"))
        if columns:
            left += wide
        else:
            at += PITCH + (NOW if each.now else 0)
    return marks


def _row(wanted: Wanted, y: float, room: Room, key: str) -> Mark:
    """Draw a box with a tick if a thing is as in the goal; else the box is empty, and what it is now stands below."""
    box = Box(room.left, y + 2, 12, 12, fill="paper", edge="ink", weight=1.5)
    tick = Stroke(((room.left + 2.5, y + 8), (room.left + 5, y + 11.5), (room.left + 10, y + 4)), "ink", 2)
    x = room.left + TICK
    words = label(x, y + 13, wanted.words, "name", room=room.right - x)
    if not wanted.now:
        return Mark("path", (box, tick, words), key=key, depth=1)
    now = label(x, y + 13 + NOW, f"now: {wanted.now}", "note", room=room.right - x, bold=True)
    return Mark("path", (box, words, now), key=key, depth=1)
