"""Columns: the bytes on the host after each of the last steps, on one scale from 0."""

from collections.abc import Sequence

from layerlab.picture.moment import StepBytes
from layerlab.picture.shapes import Bar, Box, Label, Mark, Shape, Stroke, label
from layerlab.words.lettering import width
from layerlab.words.sizes import size

LEFT, RIGHT, GUTTER = 548.0, 872.0, 44.0
CEILING, GROUND = 50.0, 322.0
HEADROOM = 0.28
MOST_STEPS, FEWEST = 8, 4


def draw(history: Sequence[StepBytes], containers: bool) -> list[Mark]:
    """Return the axis, the ghost's line of text and a column for each of the last 8 steps, the present one last."""
    axis = Mark("axis", (Stroke(((LEFT, GROUND), (RIGHT - GUTTER + 6, GROUND))),))
    shown = history[-MOST_STEPS:]
    if not shown:
        return [axis]
    scale = (GROUND - CEILING) * (1 - HEADROOM) / max(1, *(step.total for step in shown))
    pitch = (RIGHT - LEFT - GUTTER) / max(FEWEST, len(shown))
    stacked = any(width(size(step.total), 11, bold=True) > pitch - 4 for step in shown)
    marks = [axis, _ghost(shown, containers, pitch)]
    for place, step in enumerate(shown):
        middle = LEFT + (place + 0.5) * pitch
        marks.append(_column(step, middle, pitch, scale, stacked=stacked, present=place == len(shown) - 1))
    return marks


def _ghost(shown: Sequence[StepBytes], containers: bool, pitch: float) -> Mark:
    text = f"adding up {'`virtual`' if containers else 'SIZE'}: {size(shown[-1].ghost)}"
    right = LEFT + (len(shown) - 0.15) * pitch
    needed = width(text, 12)
    return Mark("ghost", (label(max(right, LEFT + needed), CEILING - 10, text, "note", anchor="end"),))


def _column(step: StepBytes, middle: float, pitch: float, scale: float, *, stacked: bool, present: bool) -> Mark:
    wide = pitch * 0.72
    left = middle - wide / 2
    layers, thin = step.layers * scale, step.thin * scale
    top = GROUND - layers - thin
    shapes: list[Shape] = [Box(left, GROUND - layers, wide, layers, fill="layer")] if layers else []
    if thin:
        seen = max(thin, 2.0)
        shapes.append(Box(left, top, wide, seen, fill="thin", edge="ink", texture="dots" if thin >= 5 else "plain"))
    lines = 2 if stacked else 1
    ghost, number = _cap(left, wide, top, GROUND - step.ghost * scale, 13.0 * lines + 3, drawn=step.ghost > step.total)
    shapes += ghost
    weight = size(step.total).replace(" ", "\n") if stacked else size(step.total)
    high = number - 13 * (lines - 1)
    shapes.append(label(middle, high, weight, "size", font=11, bold=present, anchor="middle", room=pitch + 2))
    fits = width(step.step, 11, bold=True) <= pitch - 2
    words = step.step if fits else step.step.replace(" ", "\n", 1)
    shapes.append(_word(words, middle, pitch - 2, bold=present))
    if present:
        shapes.append(Box(left - 2, GROUND + 21 + 14 * words.count("\n"), wide + 4, 4, fill="thin"))
        shapes += _names(left + wide + 6, layers, thin)
    whole = (GROUND - CEILING) * (1 - HEADROOM)
    bar: Bar = (("layers", layers / whole), ("thin", thin / whole))
    return Mark("column", tuple(shapes), bar, present=present)


def _word(words: str, middle: float, room: float, *, bold: bool) -> Label:
    """Return the words under a column, smaller and then lighter where they would be cut."""
    for font, heavy in ((11, bold), (10, bold), (9, bold), (8, bold), (8, False)):
        found = label(middle, GROUND + 15, words, "name", font=font, bold=heavy, anchor="middle", room=room)
        if found.shown == words:
            break
    return found


def _cap(left: float, wide: float, top: float, ghost: float, text: float, *, drawn: bool) -> tuple[list[Shape], float]:
    """Return the dashed outline up to the ghost's height, cut off at the ceiling, and the base line of the number."""
    if not drawn:
        return [], top - 5
    right, cut = left + wide, ghost < CEILING
    cap = max(ghost, CEILING)
    if top - cap < text + 4:
        return [Stroke(((left, top), (left, cap), (right, cap), (right, top)), weight=1.2, dash=True)], cap - 5
    low = top - text
    shapes: list[Shape] = [Stroke(((left, low), (left, cap), (right, cap), (right, low)), weight=1.2, dash=True)]
    if cut and low - cap > 24:
        for x in (left, right):
            shapes += [Stroke(((x - 4, cap + 15 + drop), (x + 4, cap + 11 + drop)), weight=1.2) for drop in (0, 4)]
    return shapes, top - 5


def _names(x: float, layers: float, thin: float) -> list[Shape]:
    """Return the words beside the present column: which part is which."""
    shapes: list[Shape] = []
    middle = GROUND - layers / 2
    if layers:
        shapes.append(label(x, middle + 4, "layers", "note", font=11))
    if thin:
        above = GROUND - layers - thin / 2
        shapes.append(label(x, min(above, middle - 14 if layers else above) + 4, "thin", "note", font=11))
    return shapes
