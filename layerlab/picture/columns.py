"""Columns: the bytes on the host after each of the last steps, on one scale from 0."""

from collections.abc import Sequence
from dataclasses import replace

from layerlab.picture.moment import StepBytes
from layerlab.picture.shapes import Bar, Box, Ink, Label, Mark, Move, Room, Shape, Stroke, label
from layerlab.picture.svg import place
from layerlab.words.lettering import width
from layerlab.words.sizes import size

ROOM = Room(548.0, 324.0)
# Units: the room right of the last column for the words layers and thin, and how near two columns may be.
GUTTER, LEAST_PITCH = 50.0, 52.0
# Units: the y of the highest outline and of the axis, 0 B.
CEILING, GROUND = 52.0, 318.0
# The share of the height that no column uses. Outlines of sums that count layers again reach into it.
HEADROOM = 0.28
# Columns: how many are shown, and for how many there is room from the start, so that the first ones do not jump.
MOST_STEPS, FEWEST = 5, 4
GROW = 150
"""Milliseconds that a thin layer's bytes wait before they grow, because the copy from the layer is seen first."""


def draw(history: Sequence[StepBytes], containers: bool, room: Room = ROOM) -> list[Mark]:
    """Return the axis, the ghost's line of text and a column for each of the last steps, the present one last."""
    axis = Mark("axis", (Stroke(((room.left, GROUND), (room.right - GUTTER + 6, GROUND))),), key="axis")
    most = max(1, min(MOST_STEPS, int((room.width - GUTTER) // LEAST_PITCH)))
    shown = history[-most:]
    if not shown:
        return [axis]
    scale = (GROUND - CEILING) * (1 - HEADROOM) / max(1, *(step.total for step in shown))
    pitch = (room.width - GUTTER) / max(min(most, FEWEST), len(shown))
    # If the size of one column needs two lines, all sizes get two lines: then they are aligned.
    stacked = any(width(size(step.total), 13, bold=True) > pitch - 2 for step in shown)
    marks = [axis]
    # While nothing is counted twice, the sum of the printed sizes is the column itself.
    if any(step.ghost != step.total for step in shown):
        marks.append(_ghost(shown, room, pitch, containers=containers))
    first = len(history) - len(shown)
    for number, step in enumerate(shown):
        middle = room.left + (number + 0.5) * pitch
        before = history[first + number - 1] if first + number else StepBytes("", 0, 0, 0)
        bars = _bars(first + number, step, before, middle, pitch, scale, present=number == len(shown) - 1)
        marks += bars
        mark = _column(step, middle, pitch, scale, stacked=stacked, present=number == len(shown) - 1)
        marks.append(replace(mark, key=f"step:{first + number}", move=Move(wait=GROW)))
    return marks


def _ghost(shown: Sequence[StepBytes], room: Room, pitch: float, *, containers: bool) -> Mark:
    text = f"adding up {'virtual' if containers else 'SIZE'}: {size(shown[-1].ghost)}"
    right = room.left + (len(shown) - 0.15) * pitch
    needed = width(text, 13)
    x = min(room.right, max(right, room.left + needed))
    return Mark("ghost", (label(x, CEILING - 12, text, "note", ink="muted", anchor="end"),), key="ghost")


def _bars(
    number: int, step: StepBytes, before: StepBytes, middle: float, pitch: float, scale: float, *, present: bool
) -> list[Mark]:
    """Draw a column's bytes: it starts as a copy of the column before it, and what was written grows on top."""
    wide = pitch * 0.72
    left, layers, thin = middle - wide / 2, step.layers * scale, step.thin * scale
    # A thin layer of 1 byte is 2 units high, because a lower bar would not be seen.
    seen = max(thin, 2.0) if thin else 0.0
    foot = Box(left, GROUND - layers, wide, layers, fill="layer" if present else "past")
    top = Box(left, GROUND - layers - seen, wide, seen, fill="thin" if present else "spent", edge="ink")
    top = replace(top, texture="dots" if thin >= 5 and present else "plain")
    # The key is the step's number, so old columns move left. A new column starts where the one before it is.
    marks = [Mark("bar", (foot,), key=f"bar:{number}:layers", move=Move(f"bar:{number - 1}:layers"))]
    if step.thin or before.thin:
        # Where no thin layer was before, the bar grows out of the top of the layers. It goes back there when the bytes
        # go.
        ground = place(replace(foot, h=0))
        source = f"bar:{number - 1}:thin|{ground}"
        top = top if thin else replace(top, edge="none")
        wait = 0 if before.thin and step.thin == before.thin else GROW
        marks.append(Mark("bar", (top,), key=f"bar:{number}:thin", move=Move(source, ground, wait)))
    return marks


def _column(step: StepBytes, middle: float, pitch: float, scale: float, *, stacked: bool, present: bool) -> Mark:
    """Draw what stands around a column: its number, its step and, up to the height of the ghost, a dashed outline."""
    wide = pitch * 0.72
    left = middle - wide / 2
    layers, thin = step.layers * scale, step.thin * scale
    top = GROUND - layers - thin
    lines = 2 if stacked else 1
    shapes, number = _cap(left, wide, top, GROUND - step.ghost * scale, 14.0 * lines + 3, drawn=step.ghost > step.total)
    weight = size(step.total).replace(" ", "\n") if stacked else size(step.total)
    high = number - 14 * (lines - 1)
    ink: Ink = "ink" if present else "muted"
    shapes.append(label(middle, high, weight, "size", bold=present, ink=ink, anchor="middle", room=pitch + 2))
    words = step.step if width(step.step, 13, bold=present) <= pitch - 2 else step.step.replace(" ", "\n", 1)
    shapes.append(_word(words, middle, pitch - 2, bold=present))
    if present:
        shapes += _names(left + wide + 6, layers, thin)
    whole = (GROUND - CEILING) * (1 - HEADROOM)
    bar: Bar = (("layers", layers / whole), ("thin", thin / whole))
    return Mark("column", tuple(shapes), bar, present=present)


def _word(words: str, middle: float, room: float, *, bold: bool) -> Label:
    """Return the words under a column, without bold where bold words would be cut."""
    ink: Ink = "ink" if bold else "muted"
    for heavy in (bold, False):
        found = label(middle, GROUND + 17, words, "name", bold=heavy, ink=ink, anchor="middle", room=room)
        if found.shown == words:
            break
    return found


def _cap(left: float, wide: float, top: float, ghost: float, text: float, *, drawn: bool) -> tuple[list[Shape], float]:
    """Return the dashed outline up to the ghost's height, cut off at the ceiling, and the base line of the number."""
    if not drawn:
        return [], top - 5
    right, cut = left + wide, ghost < CEILING
    cap = max(ghost, CEILING)
    # The size stands between the bar and the top of the outline. Where there is no room for it, it stands above both.
    if top - cap < text + 4:
        return [Stroke(((left, top), (left, cap), (right, cap), (right, top)), weight=1.2, dash=True)], cap - 5
    low = top - text
    shapes: list[Shape] = [Stroke(((left, low), (left, cap), (right, cap), (right, low)), weight=1.2, dash=True)]
    # Two short strokes across each side say that the outline is cut off and not to scale.
    if cut and low - cap > 24:
        for x in (left, right):
            shapes += [Stroke(((x - 4, cap + 15 + drop), (x + 4, cap + 11 + drop)), weight=1.2) for drop in (0, 4)]
    return shapes, top - 5


def _names(x: float, layers: float, thin: float) -> list[Shape]:
    """Return the words beside the present column: which part is which."""
    shapes: list[Shape] = []
    middle = GROUND - layers / 2
    if layers:
        shapes.append(label(x, middle + 4, "layers", "note", ink="muted"))
    if thin:
        # The word thin stands beside its bar, but at least 14 units above the word layers, so that they do not overlap.
        above = GROUND - layers - thin / 2
        shapes.append(label(x, min(above, middle - 14 if layers else above) + 4, "thin", "note", ink="muted"))
    return shapes
