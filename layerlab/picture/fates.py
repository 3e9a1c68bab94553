"""Fates: where an image's bytes are and which of them nobody can see, layer by layer.

Bars are on one scale. Blue is what the merged view shows; hatched bytes are dead: a later layer hides them, and they
are stored and sent all the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from layerlab.model.entry import Entry
from layerlab.model.explain import DeadReason, Report
from layerlab.picture.shapes import STILL, Box, Label, Looks, Mark, Move, Press, Scene, Shape, Stroke, label, tells
from layerlab.picture.svg import place
from layerlab.words.lettering import width
from layerlab.words.plurals import counted
from layerlab.words.printable import printable
from layerlab.words.sizes import printed_parts, size

# Sizes are in units of the scene.
LEFT, RIGHT, TOP, BOTTOM = 8.0, 872.0, 28.0, 348.0  # the edges of the rows in a picture that is 880 by 372
BAR_LEFT, BAR_WIDTH = 330.0, 450.0
MOST_ROWS = 8
TALLEST = 40.0  # the height of a row
THREE_LINES = 62.0  # the height of a row on a narrow page, where its words need three lines
LINE = 15.0  # the height of each further line there
# The fates that a row names, and the files of an open layer.
MOST_FATES, MOST_FILES = 2, 4
FILE = 27.0

WORDS: dict[DeadReason, str] = {
    "overwritten": "overwritten",
    "metadata": "copied for a new mode or owner",
    "whiteout": "hidden by a whiteout",
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

    reason: DeadReason
    by: int
    bytes: int


@dataclass(frozen=True, slots=True)
class LayerFile:
    """A file of a layer: its path, its bytes, and what happened to it, "" where it shows.

    >>> LayerFile("etc/motd", 5).fate
    ''
    """

    path: str
    bytes: int
    fate: str = ""


@dataclass(frozen=True, slots=True)
class LayerFates:
    """A layer's bytes: those that show, those that are dead, and how many bytes of lower layers this layer hides.

    `dead` has the largest fate first. `files` are the layer's largest files, and `more` counts the rest.

    >>> LayerFates("site", 5, (Fate("whiteout", 5, 20),)).size
    25
    """

    label: str
    visible: int
    dead: tuple[Fate, ...] = ()
    hides: int = 0
    files: tuple[LayerFile, ...] = ()
    more: int = 0

    @property
    def size(self) -> int:
        """All bytes of the layer."""
        return self.visible + self.gone

    @property
    def gone(self) -> int:
        """The dead bytes."""
        return sum(fate.bytes for fate in self.dead)


def fates(report: Report, labels: Sequence[str], entries: Sequence[Mapping[str, Entry]] = ()) -> tuple[LayerFates, ...]:
    """Return what became of each layer's bytes, the lowest layer first; `labels` says what made each.

    With each layer's `entries` its largest files are named.

    >>> image = scratch.with_layer(Layer.of({"a": b"123", "b": b"1"})).with_layer(Layer.of({"a": WHITEOUT}))
    >>> fates(explain(image), ["COPY", "RUN rm"])[0].dead
    (Fate(reason='whiteout', by=1, bytes=3),)
    """
    lost: list[Counter[tuple[DeadReason, int]]] = [Counter() for _ in report.layers]
    hides: Counter[int] = Counter()
    for row in report.dead:
        lost[row.layer][row.reason, row.by] += row.bytes
        hides[row.by] += row.bytes
    said = {(row.layer, row.path): f"{WORDS[row.reason]} in layer {row.by}" for row in report.dead}
    files: dict[int, list[LayerFile]] = {
        number: sorted(
            (
                LayerFile(path, entry.size, said.get((number, path), ""))
                for path, entry in each.items()
                if entry.kind == "file"
            ),
            key=lambda file: (-file.bytes, file.path),
        )
        for number, each in enumerate(entries)
    }
    return tuple(
        LayerFates(
            text,
            layer.visible,
            tuple(Fate(*why, gone) for why, gone in lost[number].most_common()),
            hides[number],
            tuple(files.get(number, [])[:MOST_FILES]),
            max(0, len(files.get(number, [])) - MOST_FILES),
        )
        for number, (text, layer) in enumerate(zip(labels, report.layers, strict=True))
    )


@dataclass(frozen=True, slots=True)
class _RowPlan:
    """Where a row has its parts, and the units a byte; a narrow page has the bar below the name, then the words."""

    looks: Looks
    numbers: float
    right: float = RIGHT
    bar: float = BAR_LEFT
    wide: float = BAR_WIDTH
    units: float = 0
    high: float = TALLEST

    @property
    def name(self) -> float:
        """Where names start."""
        return LEFT + self.numbers + 10


def scene(layers: Sequence[LayerFates], looks: Looks = STILL) -> Scene:
    """Return the picture of all layers: 880 by 372 at most, one bar for each, runs of small ones folded beyond 8.

    An open layer shows its files under its bar.

    >>> scene([LayerFates("base", 80), LayerFates("site", 5, (Fate("whiteout", 2, 20),))]).balance
    '85 B visible + 20 B dead = 105 B'
    """
    rows = _rows(layers)
    scale = max((sum(layers[number].size for number in row) for row in rows), default=0)
    numbers = max((width(_number(row), 13, bold=True) for row in rows), default=0)
    plan = _RowPlan(looks, numbers, high=min(TALLEST, (BOTTOM - TOP) / max(1, len(rows))))
    if looks.narrow:
        start = LEFT + numbers + 10
        plan = _RowPlan(looks, numbers, looks.column - 8.0, start, looks.column - 8 - start, high=THREE_LINES)
    plan = replace(plan, units=plan.wide / scale if scale else 0.0)
    drawn: list[Mark] = []
    y = TOP
    for row in rows:
        more = _under(layers, row, plan).count("\n") + any(layers[number].hides for number in row)
        own = replace(plan, high=plan.high + LINE * more) if plan.looks.narrow else plan
        drawn += _layer(layers, row, y, own)
        y += own.high
        opened = _files(layers[row[0]], row, y, own)
        drawn += opened
        y += FILE * len(opened) + (6 if opened else 0)
    foot = y + 16
    visible, dead = sum(layer.visible for layer in layers), sum(layer.gone for layer in layers)
    (shown, gone), total = printed_parts([visible, dead])
    marks = [
        caption(8, 16, "EVERY BYTE OF THE IMAGE", "visible, or hidden by a later layer: dead", right=plan.right),
        *drawn,
        caption(8, foot, "READ-ONLY LAYERS", "0 at the bottom", right=plan.right),
    ]
    title = f"{counted(len(layers), 'layer')}: {size(dead)} of {size(visible + dead)} are dead"
    balance = f"{shown} visible + {gone} dead = {total}"
    page = looks.column if looks.narrow else 880
    return Scene(tuple(marks), title, _verdict(layers), balance, page, round(foot + 8))


def _verdict(layers: Sequence[LayerFates]) -> str:
    dead, total = sum(layer.gone for layer in layers), sum(layer.size for layer in layers)
    if not dead:
        return "Nothing is dead: every byte is visible."
    # The step to blame is the one that hides the most bytes, and not the layer that contains them.
    culprit = max(range(len(layers)), key=lambda number: layers[number].hides)
    share = 100 * dead / total
    said = f"{share:.0f} %" if share >= 1 else "less than 1 %"
    text = layers[culprit].label
    by = f'with "{text}"' if text else "with a step that the history does not name"
    return f"{said} of the bytes are dead; layer {culprit} hides the most, {size(layers[culprit].hides)}, {by}."


def _rows(layers: Sequence[LayerFates]) -> list[range]:
    """Return runs of layers from the top down, as many single ones as fit: the largest and those that hide most."""
    order = sorted(
        range(len(layers)), key=lambda number: -max(layers[number].size, layers[number].gone, layers[number].hides)
    )
    rows = [range(len(layers))] if layers else []
    # More single layers may still need fewer rows than are allowed, so every count is tried and the last one that fits
    # is kept.
    for count in range(len(layers) + 1):
        kept = set(order[:count])
        runs: list[range] = []
        for number in range(len(layers)):
            if runs and number not in kept and number - 1 not in kept:
                runs[-1] = range(runs[-1].start, number + 1)
            else:
                runs.append(range(number, number + 1))
        if len(runs) <= MOST_ROWS:
            rows = runs
    return rows[::-1]


def _number(row: range) -> str:
    return str(row[0]) if len(row) == 1 else f"{row[0]} to {row[-1]}"


def _layer(layers: Sequence[LayerFates], row: range, y: float, plan: _RowPlan) -> list[Mark]:
    """Draw one layer or a run of them: number, what made it, its size, words under both, and its bar."""
    whole = sum(layers[number].size for number in row)
    visible = sum(layers[number].visible for number in row)
    hides = sum(layers[number].hides for number in row)
    fates = [fate for number in row for fate in layers[number].dead]
    narrow, alone = plan.looks.narrow, len(row) == 1
    base = y + 15
    number = label(LEFT, base, _number(row), "number", bold=True)
    weight = label(plan.right, base, size(whole), "size", bold=True, anchor="end")
    text = f"{len(row):,} layers" if not alone else layers[row[0]].label or "not in the history"
    end = weight.left if narrow else plan.bar
    opens = plan.looks.live and alone and bool(layers[row[0]].files)
    name = label(plan.name, base, text, "name", room=end - plan.name - (34 if opens else 12))
    body = Box(LEFT - 4, y, plan.right - LEFT + 8, plan.high - 2, round=4)
    shapes: list[Shape] = [body, number, name]
    low = base + 16 + (18 if narrow else 0)
    if hides and not narrow:
        shapes += _icon_and_words(plan.name, low, f"hides {size(hides)} below", plan.bar)
    said = _under(layers, row, plan)
    shapes.append(label(plan.bar, low, said, "note", ink="muted", room=plan.right - plan.bar))
    if hides and narrow:
        lowest = low + LINE * (1 + said.count("\n"))
        shapes += _icon_and_words(plan.name, lowest, f"hides {size(hides)} below", plan.right)
    shapes.append(weight)
    key, press = f"layer:{row[0]}" if alone else f"layers:{row[0]}", None
    if opens:
        press = Press("Layer", opened=key in plan.looks.opened)
        x = end - 20
        # A chevron: down where the layer is open, and right where it is closed.
        points = ((x, base - 8), (x + 4, base - 4), (x, base))
        if press.opened:
            points = ((x - 2, base - 6), (x + 2, base - 2), (x + 6, base - 6))
        shapes.append(Stroke(points, "muted", 2))
    share = (visible * plan.units / plan.wide, (whole - visible) * plan.units / plan.wide)
    marks = [Mark("slab", tuple(shapes), (("layers", share[0]), ("dead", share[1])), key=key, press=press)]
    # Folded layers have many fates, so their dead bytes are one part of the bar.
    dead = [fate.bytes for fate in fates] if alone else [whole - visible]
    x, top = plan.bar, y + 4 + (18 if narrow else 0)
    for part, wide in enumerate(spread([visible, *dead], whole * plan.units)):
        if wide:
            bar = segment(x, top, wide, 14, dead=part > 0)
            # Each part has a key, so the parts of a bar move when the picture changes.
            marks.append(Mark("bar", (bar,), key=f"bar:{row[0]}:{part}"))
            x += wide
    return marks


def _under(layers: Sequence[LayerFates], row: range, plan: _RowPlan) -> str:
    """Return the words under a bar: one line, or on a narrow page as many as they need."""
    visible = sum(layers[number].visible for number in row)
    fates = [fate for number in row for fate in layers[number].dead]
    room = plan.right - plan.bar
    if not plan.looks.narrow:
        return _what_became(visible, fates, room, alone=len(row) == 1)
    lines: list[str] = []
    for word in _what_became(visible, fates, float("inf"), alone=len(row) == 1).split():
        if lines and width(f"{lines[-1]} {word}", 13) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "\n".join(lines)


def _files(layer: LayerFates, row: range, y: float, plan: _RowPlan) -> list[Mark]:
    """Draw the largest files of an open layer, the dead ones hatched."""
    if f"layer:{row[0]}" not in plan.looks.opened:
        return []
    marks = []
    # Files come out of the row of their layer, and go back into it when the layer closes.
    source = Move(place(Box(LEFT, y - plan.high, plan.right - LEFT, plan.high)), f"layer:{row[0]}")
    for number, file in enumerate(layer.files):
        top = y + FILE * number
        base = top + 17
        body = Box(plan.name, top, plan.right - plan.name + 4, FILE - 3, fill="shade", round=3)
        weight = label(plan.right, base, size(file.bytes), "size", anchor="end")
        name = printable(file.path.rpartition("/")[2])
        room = (weight.left if plan.looks.narrow else plan.bar) - plan.name - 18
        shapes: list[Shape] = [body, label(plan.name + 8, base, name, "name", room=room)]
        if not plan.looks.narrow:
            wide = max(2.0, file.bytes * plan.units)
            shapes.append(segment(plan.bar, top + 5, wide, 14, dead=bool(file.fate)))
            said = label(plan.bar + wide + 8, base, file.fate or "visible", "note", ink="muted")
            # Words that would touch the size are left out.
            if said.right < weight.left - 8:
                shapes.append(said)
        shapes.append(weight)
        marks.append(Mark("file", tuple(shapes), depth=1, key=f"file:{row[0]}/{printable(file.path)}", move=source))
    if layer.more:
        more = label(plan.name + 8, y + FILE * len(layer.files) + 17, f"and {layer.more:,} more", "name", ink="muted")
        marks.append(Mark("file", (more,), depth=1, key=f"file:{row[0]}/more", move=source))
    return marks


def _icon_and_words(x: float, y: float, words: str, right: float) -> list[Box | Label]:
    icon = Box(x, y - 10, 11, 11, fill="paper", edge="ink", weight=1.2, texture="cross")
    return [icon, label(x + 16, y, words, "note", bold=True, room=right - x - 20)]


def segment(x: float, y: float, wide: float, high: float, *, dead: bool) -> Box:
    """Return one part of a bar: blue, or hatched for what is dead.

    >>> segment(0, 0, 10, 10, dead=True).texture
    'hatch'
    """
    if dead:
        return Box(x + 0.5, y + 0.5, wide - 1, high - 1, fill="white", edge="layer", weight=1.5, texture="hatch")
    return Box(x, y, wide, high, fill="layer")


def spread(values: Sequence[int], room: float) -> list[float]:
    """Return the width of each part of a bar: a part that is not 0 gets at least 2 units, so that it can be seen.

    >>> spread([0, 1, 999], 100)
    [0.0, 2.0, 99.9]
    """
    total = sum(values)
    return [max(2.0, room * value / total) if value else 0.0 for value in values]


def _why(fate: Fate, *, alone: bool) -> str:
    return WORDS[fate.reason] + (f" in layer {fate.by}" if alone else "")


def _what_became(visible: int, fates: Sequence[Fate], room: float, *, alone: bool) -> str:
    """Say what became of a layer's bytes, the largest parts first, as many as there is room for."""
    if not fates:
        return "all visible" if visible else "no bytes"
    grouped: Counter[str] = Counter()
    for fate in fates:
        grouped[_why(fate, alone=alone)] += fate.bytes
    said = ""
    # First as many fates as a row may name, then fewer, until the words fit.
    for count in range(min(MOST_FATES, len(grouped)), 0, -1):
        texts = [f"{size(gone)} {why}" for why, gone in grouped.most_common(count)]
        more = sum(grouped.values()) - sum(gone for _, gone in grouped.most_common(count))
        named = dict(grouped.most_common(count))
        others = {fate.by for fate in fates if _why(fate, alone=alone) not in named}
        by = f"hidden by layer {others.pop()}" if alone and len(others) == 1 else "dead otherwise"
        rest = [f"{size(more)} {by}"] if more else []
        said = ", ".join([f"{size(visible)} visible" if visible else "none visible", *texts, *rest])
        if width(said, 13) <= room:
            break
    return said


def caption(x: float, y: float, heading: str, rest: str, font: float = 13, right: float = RIGHT) -> Mark:
    """Return a heading in bold and what follows it.

    >>> [label.text for label in caption(8, 16, "WHAT IF", "squash all layers").labels]
    ['WHAT IF', 'squash all layers']
    """
    first = label(x, y, heading, "title", font=font, bold=True)
    more = label(first.right + 5, y, rest, "title", font=font, ink="muted", room=right - first.right - 5)
    return Mark("caption", (first, more) if tells(more) else (first,), key=f"caption:{heading.lower()}")
