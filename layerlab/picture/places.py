"""Places: the part of a picture for what is outside every layer and thin layer, beside the containers that use it.

A volume, a folder of the host, a tmpfs and a log are a box each, joined to the containers that mount it. What was
written there is a block that comes from its container, or from the layer that a volume was filled with.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from layerlab.picture.columns import GROW
from layerlab.picture.moment import Outside
from layerlab.picture.shapes import Box, Label, Mark, Move, Point, Room, Stroke, caption, label
from layerlab.picture.svg import place
from layerlab.words.plurals import counted, listed
from layerlab.words.printable import printable
from layerlab.words.sizes import size

ROOM, BESIDE = Room(368.0, 152.0), Room(8.0, 336.0)
"""Where places are on a wide page, and what is left of the structure's room beside them."""

# Sizes are in units of the scene.
TOP, GAP, HIGH = 26.0, 8.0, 58.0  # where the boxes begin, how far they are apart, and how high one is
BLOCK = 10.0  # the edge of the block that flies to a place when something is written there
# Boxes that one column beside the layers has room for; the last one sums up what is more.
MOST = 5
# Units: how far the first line from a container runs under the cards and before the boxes, and from line to line.
LANE, NEXT = 6.0, 4.0
# Units: how far under the top of a box its line ends.
ENTRY = 13.0
# Names of users that a box has room for, and lines that can be told apart.
MOST_NAMED, MOST_LINES = 2, 4


def draw(places: Sequence[Outside], room: Room, top: float, cards: Mapping[str, tuple[str, Point]]) -> list[Mark]:
    """Return the boxes of places from `top` down, and lines to the containers that use them.

    `cards` has, by a container's name, the key of its card and where a line can start. Without cards no line is drawn.
    """
    shown, rest = list(places), list[Outside]()
    if len(shown) > MOST:
        shown, rest = shown[: MOST - 1], shown[MOST - 1 :]
    boxes = [
        Box(room.left, top + number * (HIGH + GAP), room.width, HIGH, fill="well", edge="outside", round=6)
        for number in range(len(shown) + bool(rest))
    ]
    head = caption(room.left, top - 10, "OUTSIDE", "in no SIZE", room=room.width)
    lines = [
        _joined(each, box, number, [cards[name][1] for name in each.users if name in cards])
        for number, (each, box) in enumerate(zip(shown, boxes, strict=False))
        if any(name in cards for name in each.users)
    ]
    blocks = [_block(each, box) for each, box in zip(shown, boxes, strict=False) if each.source]
    marks = [_drawn(each, box) for each, box in zip(shown, boxes, strict=False)]
    if rest:
        marks.append(_rest(rest, boxes[-1]))
    return [head, *lines, *marks, *blocks]


def _drawn(each: Outside, box: Box) -> Mark:
    box = replace(box, dash=each.kind == "tmpfs", weight=4 if each.note else 1.5)
    weight = label(box.x + box.w - 8, box.y + 18, size(each.size), "size", bold=True, anchor="end")
    name = label(box.x + 10, box.y + 18, _name(each), "name", bold=True, room=max(24.0, weight.left - box.x - 18))
    low = [label(box.x + 10, box.y + 34, _kind(each), "state", ink="muted", room=box.w - 16)]
    if each.at:
        low.append(label(box.x + 10, box.y + 50, f"at {', '.join(each.at)}", "wrote", ink="muted", room=box.w - 16))
    around = place(Box(box.x + box.w + RISE, box.y, box.w, box.h))
    return Mark("outside", (box, name, *low, weight), key=each.key, move=Move(around, around))


RISE = 24.0
"""How far a new box comes from, in units."""


def _name(each: Outside) -> str:
    if each.kind == "log":
        return "log"
    if each.kind == "tmpfs":
        return "memory"
    return printable(each.name[:12] if each.anonymous else each.name) or "a folder"


def _kind(each: Outside) -> str:
    """Return what a place is and who uses it, in words that stand on the box.

    >>> _kind(Outside("volume", "orders", users=("web", "job")))
    'volume of web and job'
    """
    words = {"volume": "volume", "folder": "folder for", "tmpfs": "tmpfs", "log": "printed by"}[each.kind]
    if not each.users:
        return f"{words}, unused"
    who = listed(list(map(printable, each.users)))
    if len(each.users) > MOST_NAMED:
        who = counted(len(each.users), "container")
    return f"{words} {who}" if words.endswith((" for", " by")) else f"{words} of {who}"


def _rest(rest: Sequence[Outside], box: Box) -> Mark:
    """Sum up the places that have no box of their own."""
    weight = size(sum(each.size - each.again for each in rest))
    said: list[Label] = [
        label(box.x + 10, box.y + 18, f"{len(rest):,} more", "name", bold=True),
        label(box.x + 10, box.y + 34, "places outside", "state", ink="muted"),
        label(box.x + box.w - 8, box.y + 18, weight, "size", bold=True, anchor="end"),
    ]
    return Mark("outside", (box, *said), key="outside:rest")


def _block(each: Outside, box: Box) -> Mark:
    """Draw what the last step wrote: it comes from the container, or from a layer, into the box."""
    # It stops where the line enters the box. The size of the place is in its key, so each write is a new block.
    at = Box(box.x - 4, box.y + ENTRY - BLOCK / 2, BLOCK, BLOCK, fill="outside", edge="ink")
    return Mark("block", (at,), key=f"poured:{each.key}:{each.size}", move=Move(each.source, place(at)))


def _joined(each: Outside, box: Box, number: int, starts: Sequence[Point]) -> Mark:
    """Return the line from cards to a box: under the cards to the right, then up or down to the middle of its side."""
    lane = LANE + NEXT * min(number, MOST_LINES - 1)
    trunk, middle = box.x - lane, box.y + ENTRY
    lines = []
    for x, y in starts:
        x -= 2 * NEXT * number
        lines.append(Stroke(((x, y), (x, y + lane - 2), (trunk, y + lane - 2)), "outside", dash=each.kind == "tmpfs"))
    down = starts[0][1] + lane - 2
    lines.append(Stroke(((trunk, down), (trunk, middle), (box.x, middle)), "outside", dash=each.kind == "tmpfs"))
    return Mark("link", tuple(lines), key=f"link:{each.key}", move=Move(wait=GROW))
