"""X-ray: where an image's bytes are and which of them nobody can see, layer by layer.

Bars are on one scale. Blue is what the merged view shows; hatched bytes are dead: a later layer hides them, and they
are stored and sent all the same.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from layerlab.model.explain import Reason, Report
from layerlab.picture.shapes import Box, Label, Mark, Scene, Shape, label
from layerlab.words.lettering import width
from layerlab.words.plurals import counted
from layerlab.words.sizes import parts, size

LEFT, RIGHT, TOP, BOTTOM = 8.0, 872.0, 28.0, 348.0
BAR_LEFT, BAR_WIDTH = 330.0, 450.0
MOST_ROWS, TALLEST, MOST_FATES, SMALL, SMALLEST = 8, 40.0, 2, 12, 11

WORDS: dict[Reason, str] = {
    "overwritten": "overwritten",
    "metadata": "copied for new metadata",
    "whiteout": "whited out",
    "opaque": "under an opaque mark",
    "type": "replaced by another kind",
}
"""What happened to dead bytes, in words."""


@dataclass(frozen=True, slots=True)
class Fate:
    """Dead bytes of one layer: what happened to them, and in which layer.

    >>> Fate("whiteout", 5, 20_000_000).by
    5
    """

    reason: Reason
    by: int
    bytes: int


@dataclass(frozen=True, slots=True)
class LayerFates:
    """A layer's bytes: those that show, those that are dead, most first, and those of others that it hides itself.

    >>> LayerFates("site", 5, (Fate("whiteout", 5, 20),)).size
    25
    """

    label: str
    visible: int
    dead: tuple[Fate, ...] = ()
    hides: int = 0

    @property
    def size(self) -> int:
        """All bytes of the layer."""
        return self.visible + self.gone

    @property
    def gone(self) -> int:
        """The dead bytes."""
        return sum(fate.bytes for fate in self.dead)


def fates(report: Report, labels: Sequence[str]) -> tuple[LayerFates, ...]:
    """Return what became of each layer's bytes, the lowest layer first; `labels` says what made each.

    >>> image = scratch.with_layer(Layer.of({"a": b"123", "b": b"1"})).with_layer(Layer.of({"a": WHITEOUT}))
    >>> fates(explain(image), ["COPY", "RUN rm"])[0]
    LayerFates(label='COPY', visible=1, dead=(Fate(reason='whiteout', by=1, bytes=3),), hides=0)
    """
    lost: list[Counter[tuple[Reason, int]]] = [Counter() for _ in report.layers]
    hides: Counter[int] = Counter()
    for row in report.dead:
        lost[row.layer][row.reason, row.by] += row.bytes
        hides[row.by] += row.bytes
    return tuple(
        LayerFates(
            text, layer.visible, tuple(Fate(*why, gone) for why, gone in lost[number].most_common()), hides[number]
        )
        for number, (text, layer) in enumerate(zip(labels, report.layers, strict=True))
    )


def scene(layers: Sequence[LayerFates]) -> Scene:
    """Return the picture of all layers: 880 by 372 at most, one bar for each, runs of small ones folded beyond 8.

    >>> scene([LayerFates("base", 80), LayerFates("site", 5, (Fate("whiteout", 2, 20),))]).balance
    '85 visible + 20 dead = 105 B'
    """
    rows = _rows(layers)
    high = min(TALLEST, (BOTTOM - TOP) / max(1, len(rows)))
    scale = max((sum(layers[place].size for place in row) for row in rows), default=0)
    numbers = max((width(_number(row), 13, bold=True) for row in rows), default=0)
    foot = TOP + high * len(rows) + 16
    visible, dead = sum(layer.visible for layer in layers), sum(layer.gone for layer in layers)
    (shown, gone), total = parts([visible, dead])
    marks = [
        caption(8, 16, "EVERY BYTE OF THE IMAGE", "visible, or hidden by a later layer: dead"),
        *(_layer(layers, row, TOP + high * place, numbers, scale) for place, row in enumerate(rows)),
        caption(8, foot, "READ-ONLY LAYERS", "0 at the bottom"),
    ]
    title = f"{counted(len(layers), 'layer')}: {size(dead)} of {size(visible + dead)} are dead"
    balance = f"{shown} visible + {gone} dead = {total}"
    return Scene(tuple(marks), title, _verdict(layers), balance, height=round(foot + 8))


def _verdict(layers: Sequence[LayerFates]) -> str:
    dead, total = sum(layer.gone for layer in layers), sum(layer.size for layer in layers)
    if not dead:
        return "Nothing is dead: every byte is visible."
    culprit = max(range(len(layers)), key=lambda number: layers[number].hides)
    share = 100 * dead / total
    said = f"{share:.0f} %" if share >= 1 else "less than 1 %"
    text = layers[culprit].label
    by = f'with "{text}"' if text else "with a step that the history does not name"
    return f"{said} of the bytes are dead; layer {culprit} hides the most, {size(layers[culprit].hides)}, {by}."


def _rows(layers: Sequence[LayerFates]) -> list[range]:
    """Return runs of layers from the top down, as many single ones as fit: the largest and those that hide most."""
    order = sorted(
        range(len(layers)), key=lambda place: -max(layers[place].size, layers[place].gone, layers[place].hides)
    )
    rows = [range(len(layers))] if layers else []
    for count in range(len(layers) + 1):
        kept = set(order[:count])
        runs: list[range] = []
        for place in range(len(layers)):
            if runs and place not in kept and place - 1 not in kept:
                runs[-1] = range(runs[-1].start, place + 1)
            else:
                runs.append(range(place, place + 1))
        if len(runs) <= MOST_ROWS:
            rows = runs
    return rows[::-1]


def _number(row: range) -> str:
    return str(row[0]) if len(row) == 1 else f"{row[0]} to {row[-1]}"


def _layer(layers: Sequence[LayerFates], row: range, y: float, numbers: float, scale: int) -> Mark:
    """Draw one layer or a run of them: number, what made it, its bar, its size, and words under both."""
    whole = sum(layers[place].size for place in row)
    visible = sum(layers[place].visible for place in row)
    hides = sum(layers[place].hides for place in row)
    fates = [fate for place in row for fate in layers[place].dead]
    base, low = y + 15, y + 30
    number = label(LEFT, base, _number(row), "number", font=13, bold=True)
    start = LEFT + numbers + 10
    text = f"{len(row):,} layers" if len(row) > 1 else layers[row[0]].label or "not in the history"
    name = label(start, base, text, "name", font=13, room=BAR_LEFT - start - 12)
    alone = len(row) == 1
    dead = [fate.bytes for fate in fates] if alone else [whole - visible]
    shapes: list[Shape] = [number, name]
    x = BAR_LEFT
    for place, wide in enumerate(spread([visible, *dead], BAR_WIDTH * whole / scale if scale else 0)):
        if wide:
            shapes.append(segment(x, y + 4, wide, 14, dead=place > 0))
            x += wide
    shapes += _icon_and_words(start, low, f"hides {size(hides)} below") if hides else []
    said = _said(visible, fates, alone=alone)
    font = SMALL if width(said, SMALL) <= RIGHT - BAR_LEFT else SMALLEST
    shapes.append(label(BAR_LEFT, low, said, "note", font=font, ink="muted", room=RIGHT - BAR_LEFT))
    shapes.append(label(RIGHT, base, size(whole), "size", font=13, bold=True, anchor="end"))
    share = (visible / scale, (whole - visible) / scale) if scale else (0.0, 0.0)
    return Mark("slab", tuple(shapes), (("layers", share[0]), ("dead", share[1])))


def _icon_and_words(x: float, y: float, words: str) -> list[Box | Label]:
    icon = Box(x, y - 9, 10, 10, fill="paper", edge="ink", weight=1.2, texture="cross")
    return [icon, label(x + 15, y, words, "note", font=SMALL, bold=True, room=BAR_LEFT - x - 20)]


def segment(x: float, y: float, wide: float, high: float, *, dead: bool) -> Box:
    """Return one part of a bar: blue, or hatched for what is dead.

    >>> segment(0, 0, 10, 10, dead=True).texture
    'hatch'
    """
    if dead:
        return Box(x + 0.5, y + 0.5, wide - 1, high - 1, fill="white", edge="layer", weight=1.5, texture="hatch")
    return Box(x, y, wide, high, fill="layer")


def spread(values: Sequence[int], room: float) -> list[float]:
    """Share out a bar: each part that is not 0 gets at least 2 units, so that it can be seen.

    >>> spread([0, 1, 999], 100)
    [0.0, 2.0, 99.9]
    """
    total = sum(values)
    return [max(2.0, room * value / total) if value else 0.0 for value in values]


def _said(visible: int, fates: Sequence[Fate], *, alone: bool) -> str:
    """Say what became of a layer's bytes, the largest parts first, as many as there is room for."""
    if not fates:
        return "all visible" if visible else "no bytes"
    grouped: Counter[str] = Counter()
    for fate in fates:
        grouped[WORDS[fate.reason] + (f" by layer {fate.by}" if alone else "")] += fate.bytes
    said = ""
    for count in range(min(MOST_FATES, len(grouped)), 0, -1):
        texts = [f"{size(gone)} {why}" for why, gone in grouped.most_common(count)]
        more = sum(grouped.values()) - sum(gone for _, gone in grouped.most_common(count))
        rest = [f"{size(more)} dead otherwise"] if more else []
        said = ", ".join([f"{size(visible)} visible" if visible else "none visible", *texts, *rest])
        if width(said, SMALLEST) <= RIGHT - BAR_LEFT:
            break
    return said


def caption(x: float, y: float, heading: str, rest: str, font: float = 13) -> Mark:
    """Return a heading in bold and what follows it.

    >>> [label.text for label in caption(8, 16, "WHAT IF", "squash all layers").labels]
    ['WHAT IF', 'squash all layers']
    """
    first = label(x, y, heading, "title", font=font, bold=True)
    return Mark("caption", (first, label(first.right + 5, y, rest, "title", font=font, room=RIGHT - first.right - 5)))
