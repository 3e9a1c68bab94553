"""Columns: the bytes on the host after each of the last steps, on one scale from 0."""

from collections.abc import Sequence
from dataclasses import replace

from layerlab.picture.moment import StepBytes
from layerlab.picture.shapes import Bar, Box, Ink, Label, Mark, Move, Role, Room, Shape, Stroke, label
from layerlab.picture.svg import place
from layerlab.words.lettering import width
from layerlab.words.sizes import size

ROOM = Room(548.0, 324.0)
# Units: the room right of the last column for the words layers and thin, and how near two columns may be.
GUTTER, LEAST_PITCH = 50.0, 52.0
# Units: the y of the highest outline and of the axis, 0 B.
CEILING, GROUND = 66.0, 318.0
# The share of the height that no column uses. Outlines of sums that count layers again reach into it.
HEADROOM = 0.28
# Columns: how many are shown, and for how many there is room from the start, so that the first ones do not jump.
MOST_STEPS, FEWEST = 5, 4
# The compact form has rows in place of columns.
MOST_ROWS = 3
FEWEST_ROWS = 2  # there is room for as many from the start, so that the first one does not jump
FIRST_ROW, ROW = 36.0, 20.0  # the y of the first row, and how far rows are apart
BAR = 12.0  # the height of a bar
GROW = 150
"""Milliseconds that a thin layer's bytes wait before they grow, because the copy from the layer is seen first."""


def draw(history: Sequence[StepBytes], containers: bool, room: Room = ROOM, floor: float = GROUND) -> list[Mark]:
    """Return the axis, the ghost's line of text and a column for each of the last steps, the present one last.

    `floor` is the y of the axis: a low picture has it higher up.
    """
    axis = Mark("axis", (Stroke(((room.left, floor), (room.right - GUTTER + 6, floor))),), key="axis")
    most = max(1, min(MOST_STEPS, int((room.width - GUTTER) // LEAST_PITCH)))
    shown = history[-most:]
    if not shown:
        return [axis]
    scale = (floor - CEILING) * (1 - HEADROOM) / max(1, *(step.total for step in shown))
    pitch = (room.width - GUTTER) / max(min(most, FEWEST), len(shown))
    # If the size of one column needs two lines, all sizes get two lines: then they are aligned.
    stacked = any(width(size(step.total), 13, bold=True) > pitch - 2 for step in shown)
    marks = [axis]
    # While nothing is counted twice, the sum of the printed sizes is the column itself.
    if any(step.ghost != step.sized for step in shown):
        marks.append(_ghost(room.left, CEILING - 35, containers=containers))
    first = len(history) - len(shown)
    for number, step in enumerate(shown):
        middle = room.left + (number + 0.5) * pitch
        before = history[first + number - 1] if first + number else StepBytes("", 0, 0, 0)
        bars = _bars(first + number, step, before, middle, pitch, scale, floor, present=number == len(shown) - 1)
        marks += bars
        mark = _column(step, middle, pitch, scale, floor, stacked=stacked, present=number == len(shown) - 1)
        marks.append(replace(mark, key=f"step:{first + number}", move=Move(wait=GROW)))
    return marks


def rows(history: Sequence[StepBytes], containers: bool, room: Room) -> tuple[list[Mark], float]:
    """Return the last steps as rows, for a page where columns would be out of sight, and the y where they end.

    The marks have the keys of the columns, so a page that gets narrow moves them.
    """
    shown = history[-MOST_ROWS:]
    foot = FIRST_ROW + ROW * max(FEWEST_ROWS, len(shown))
    if not shown:
        return [], foot - 10
    first = len(history) - len(shown)
    names = max(width(step.step, 13, bold=True) for step in shown)
    sizes = max(width(size(step.total), 13, bold=True) for step in shown)
    left = room.left + min(names, 0.35 * room.width) + 8
    long = room.right - sizes - 8 - left
    ghosts = any(step.ghost > step.sized for step in shown)
    scale = long * (1 - HEADROOM if ghosts else 1) / max(1, *(step.total for step in shown))
    marks: list[Mark] = []
    for number, step in enumerate(shown):
        present = number == len(shown) - 1
        y = FIRST_ROW + ROW * number
        layers, thin, outside = step.layers * scale, step.thin * scale, step.outside * scale
        low = Box(left, y - BAR + 1, layers, BAR, fill="layer" if present else "past")
        seen = max(thin, 2.0) if thin else 0.0
        top = Box(left + layers, y - BAR + 1, seen, BAR, fill="thin" if present else "spent", edge="ink")
        at = first + number
        marks.append(Mark("bar", (low,), key=f"bar:{at}:layers", move=Move(f"bar:{at - 1}:layers")))
        if step.thin:
            ground = place(replace(top, w=0))
            move = Move(f"bar:{at - 1}:thin|{ground}", ground, GROW)
            marks.append(
                Mark("bar", (replace(top, texture="dots" if thin >= 5 else "plain"),), key=f"bar:{at}:thin", move=move)
            )
        ends = left + layers + seen
        if step.outside:
            wide = max(outside, 2.0)
            box = Box(ends, y - BAR + 1, wide, BAR, fill="outside" if present else "poured", edge="ink")
            ground = place(replace(box, w=0))
            move = Move(f"bar:{at - 1}:outside|{ground}", ground, GROW)
            marks.append(Mark("bar", (box,), key=f"bar:{at}:outside", move=move))
            ends += wide
        ink: Ink = "ink" if present else "muted"
        shapes: list[Shape] = [
            label(room.left, y, step.step, "name", bold=present, ink=ink, room=left - room.left - 6),
            label(room.right, y, size(step.total), "size", bold=present, ink=ink, anchor="end"),
        ]
        if step.ghost > step.sized:
            counted = (step.ghost + step.outside) * scale
            shapes += _outline(ends, min(left + counted, left + long), y, cut=counted > long)
        whole = long * (1 - HEADROOM if ghosts else 1)
        bar: Bar = (("layers", layers / whole), ("thin", thin / whole), ("outside", outside / whole))
        marks.append(Mark("column", tuple(shapes), bar, present=present, key=f"step:{at}", move=Move(wait=GROW)))
    if ghosts:
        last = FIRST_ROW + ROW * len(shown)
        marks.append(_ghost(room.left, last, containers=containers, number=size(shown[-1].ghost)))
        foot = max(foot, last + ROW)
    # A caption comes next, and it brings a space of its own.
    return marks, foot - 10


def _outline(left: float, right: float, y: float, *, cut: bool) -> list[Shape]:
    """Return the dashed end of a row up to the ghost's length; two short strokes say that it is cut off."""
    high, low = y - BAR + 1, y + 1
    shapes: list[Shape] = [Stroke(((left, high), (right, high), (right, low), (left, low)), weight=1.2, dash=True)]
    if cut:
        shapes += [Stroke(((x - 2, low + 3), (x + 2, high - 3)), weight=1.2) for x in (right - 12, right - 8)]
    return shapes


def _ghost(x: float, y: float, *, containers: bool, number: str = "") -> Mark:
    # Lesson 00 shows this before anyone has seen a column that is called virtual. SIZE is what everyone has seen.
    sums = "if nothing were shared" if containers else "adding up SIZE"
    if number and containers:
        sums = "if not shared"  # a narrow page has room for no more beside the number
    text = f"dashed: {sums}{f', {number}' if number else ''}"
    return Mark("ghost", (label(x, y, text, "note", ink="muted"),), key="ghost")


def _bars(
    number: int,
    step: StepBytes,
    before: StepBytes,
    middle: float,
    pitch: float,
    scale: float,
    floor: float,
    *,
    present: bool,
) -> list[Mark]:
    """Draw a column's bytes: it starts as a copy of the column before it, and what was written grows on top."""
    wide = pitch * 0.72
    left, layers, thin = middle - wide / 2, step.layers * scale, step.thin * scale
    # A thin layer of 1 byte is 2 units high, because a lower bar would not be seen.
    seen = max(thin, 2.0) if thin else 0.0
    foot = Box(left, floor - layers, wide, layers, fill="layer" if present else "past")
    top = Box(left, floor - layers - seen, wide, seen, fill="thin" if present else "spent", edge="ink")
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
    if step.outside or before.outside:
        marks.append(
            _outside(number, step, before, replace(foot, y=floor - layers - seen, h=0), scale, present=present)
        )
    return marks


def _outside(number: int, step: StepBytes, before: StepBytes, foot: Box, scale: float, *, present: bool) -> Mark:
    """Draw what no SIZE counts on top of a column; `foot` is the line on which it stands."""
    high = max(step.outside * scale, 2.0) if step.outside else 0.0
    box = replace(foot, y=foot.y - high, h=high, fill="outside" if present else "poured")
    box = replace(box, edge="ink" if step.outside else "none")
    ground = place(foot)
    wait = 0 if before.outside and step.outside == before.outside else GROW
    return Mark(
        "bar", (box,), key=f"bar:{number}:outside", move=Move(f"bar:{number - 1}:outside|{ground}", ground, wait)
    )


def _column(
    step: StepBytes, middle: float, pitch: float, scale: float, floor: float, *, stacked: bool, present: bool
) -> Mark:
    """Draw what stands around a column: its number, its step and, up to the height of the ghost, a dashed outline."""
    wide = pitch * 0.72
    left = middle - wide / 2
    layers, thin, outside = step.layers * scale, step.thin * scale, step.outside * scale
    top = floor - layers - thin - outside
    lines = 2 if stacked else 1
    ink: Ink = "ink" if present else "muted"

    def number(total: int, y: float, bold: bool, role: Role) -> Label:
        text = size(total).replace(" ", "\n") if stacked else size(total)
        return label(middle, y - 14 * (lines - 1), text, role, bold=bold, ink=ink, anchor="middle", room=pitch + 2)

    shapes: list[Shape] = []
    own = top - 5
    if step.ghost > step.sized:
        # The outline says how much more SIZEs add up to, so it stands on the column, with what no SIZE counts.
        counted = top - (step.ghost - step.sized) * scale
        shapes, own, above = _cap(left, wide, top, counted, 14.0 * lines + 3)
        # Each outline has its number, because one that is cut off at the ceiling does not show how high it would be.
        shapes.append(number(step.ghost, above, False, "counted"))
    shapes.append(number(step.total, own, present, "size"))
    words = step.step if width(step.step, 13, bold=present) <= pitch - 2 else step.step.replace(" ", "\n", 1)
    shapes.append(_word(words, middle, pitch - 2, floor + 17, bold=present))
    if present:
        shapes += _names(left + wide + 6, floor, layers, thin, outside)
    whole = (floor - CEILING) * (1 - HEADROOM)
    bar: Bar = (("layers", layers / whole), ("thin", thin / whole), ("outside", outside / whole))
    return Mark("column", tuple(shapes), bar, present=present)


def _word(words: str, middle: float, room: float, y: float, *, bold: bool) -> Label:
    """Return the words under a column, without bold where bold words would be cut."""
    ink: Ink = "ink" if bold else "muted"
    for heavy in (bold, False):
        found = label(middle, y, words, "name", bold=heavy, ink=ink, anchor="middle", room=room)
        if found.shown == words:
            break
    return found


def _cap(left: float, wide: float, top: float, ghost: float, text: float) -> tuple[list[Shape], float, float]:
    """Return the dashed outline up to the ghost's height, cut off at the ceiling, and both numbers' base lines."""
    right, cap = left + wide, max(ghost, CEILING)
    # The size stands between the bar and the top of the outline. Where there is no room for it, it stands above both.
    if top - cap < text + 4:
        outline = Stroke(((left, top), (left, cap), (right, cap), (right, top)), weight=1.2, dash=True)
        return [outline], cap - 5, cap - 5 - text
    low = top - text
    shapes: list[Shape] = [Stroke(((left, low), (left, cap), (right, cap), (right, low)), weight=1.2, dash=True)]
    # Two short strokes across each side say that the outline is cut off and not to scale.
    if ghost < CEILING:
        for x in (left, right):
            shapes += [Stroke(((x - 4, cap + 15 + drop), (x + 4, cap + 11 + drop)), weight=1.2) for drop in (0, 4)]
    return shapes, top - 5, cap - 5


def _names(x: float, floor: float, layers: float, thin: float, outside: float) -> list[Shape]:
    """Return the words beside the present column: which part is which."""
    shapes: list[Shape] = []
    middle = floor - layers / 2
    if layers:
        shapes.append(label(x, middle + 4, "layers", "note", ink="muted"))
    if thin:
        # The word thin stands beside its bar, but at least 14 units above the word layers, so that they do not overlap.
        above = floor - layers - thin / 2
        middle = min(above, middle - 14 if layers else above)
        shapes.append(label(x, middle + 4, "thin", "note", ink="muted"))
    return _named_outside(x, shapes, floor - layers - thin, outside) if outside else shapes


def _named_outside(x: float, below: Sequence[Shape], foot: float, outside: float) -> list[Shape]:
    """Return the words beside a column with what is outside as the highest, each at least a line under the last."""
    # The column's size is written above its top, and may be wider than the column.
    y = max(foot - outside / 2 + 4, foot - outside + 10)
    shapes: list[Shape] = [label(x, y, "outside", "note", ink="muted")]
    for word in reversed(below):
        assert isinstance(word, Label)
        y = max(word.y, y + 14)
        shapes.append(replace(word, y=y))
    return list(reversed(shapes))
