"""Path: one look-up, from the top layer of a stack down to the layer that answers it or ends it.

The layers are slabs, and the look-up is a line beside them. A layer that was asked shows what it contains at the path,
and the words beside it say what that means. In a stack of more than 8 layers, neighbours that say the same are folded.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from layerlab.model.entry import Entry
from layerlab.model.trace import Glance, Trace
from layerlab.picture.shapes import (
    STILL,
    Box,
    Ink,
    Label,
    Looks,
    Mark,
    Move,
    Press,
    Scene,
    Shape,
    Stroke,
    caption,
    label,
)
from layerlab.words.lettering import width
from layerlab.words.plurals import counted
from layerlab.words.printable import printable
from layerlab.words.sizes import size

TOP, BOTTOM, FOOT = 34.0, 346.0, 26.0
MOST_ROWS = 8  # of a stack
TALLEST = 40.0  # a slab's height
TWO_LINES = 46.0  # a slab's height on a narrow page, where the verdict is a second line in it
# Milliseconds: first the line moves down, and then one sees what the layer did.
STOP = 150

_ERRORS = {"ENOENT": "No such file or directory", "ENOTDIR": "Not a directory"}


@dataclass(frozen=True, slots=True)
class _PathPlan:
    """Where the slabs, the line of the look-up and the words are; `words` is 0 where the words are in the slabs."""

    looks: Looks
    left: float = 8.0
    width: float = 464.0
    fall: float = 500.0
    words: float = 520.0

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def page(self) -> int:
        return self.looks.column if self.looks.narrow else 880


def _plan(looks: Looks) -> _PathPlan:
    if not looks.narrow:
        return _PathPlan(looks)
    return _PathPlan(looks, 4.0, looks.column - 44.0, looks.column - 20.0, 0.0)


@dataclass(frozen=True, slots=True)
class SearchedStack:
    """The layers that a look-up may ask: a label for each layer of the image, oldest first, and the container's name.

    >>> SearchedStack(("base", "site"), "web").label(2)
    'thin layer of web'
    """

    labels: tuple[str, ...]
    container: str = ""

    def label(self, layer: int) -> str:
        """Return what is written on a layer; the one above the image's top is the container's."""
        return self.labels[layer] if layer < len(self.labels) else f"thin layer of {self.container}"

    def named(self, layer: int) -> str:
        """Return how a sentence calls a layer.

        >>> SearchedStack(("base", "site"), "web").named(1)
        'layer 1'
        """
        return f"layer {layer}" if layer < len(self.labels) else f"the {self.label(layer)}"


def scene(trace: Trace, stack: SearchedStack, seen: int, looks: Looks = STILL) -> Scene:
    """Return the picture of a look-up that has asked the `seen` highest layers so far: 880 by 372, or one column.

    >>> from layerlab.model.trace import trace
    >>> image = scratch.with_layer(Layer.of({"a": b"hi"})).with_layer(Layer.of({"b": b""}))
    >>> picture = scene(trace(image, "a"), SearchedStack(("base", "site")), 2)
    >>> [label.text for mark in picture.marks for label in mark.labels if label.role == "note"]
    ['nothing here: look below', 'a, 2 B', 'found here']
    """
    plan, rows = _plan(looks), _rows(trace, stack, seen)
    high = TWO_LINES if looks.narrow else min(TALLEST, (BOTTOM - TOP) / max(1, len(rows)))
    bottom = TOP + high * len(rows) if looks.narrow else BOTTOM
    top = bottom - high * len(rows)
    numbers = max((width(row.number, 13, bold=True) for row in rows if not row.thin), default=0)
    marks = [_path_caption(trace, plan)]
    marks += [_slab(row, stack, plan, top + high * number, high, numbers) for number, row in enumerate(rows)]
    # The line is painted before the slabs, but after the caption, which is read first.
    marks[1:1] = _fall(trace, rows, plan, top, high, seen)
    marks += _foot(trace, stack, plan, bottom + 18, seen)
    height = 372 if not looks.narrow else round(bottom + FOOT + 20)
    return Scene(
        tuple(marks), title(trace, stack, seen), sentence(trace, stack, seen), balance(stack, seen), plan.page, height
    )


def title(trace: Trace, stack: SearchedStack, seen: int) -> str:
    """Return the picture in one line, for people who hear it.

    >>> title(Trace("etc/motd", (), ()), SearchedStack(()), 0)
    'Look-up of /etc/motd: asked 0 of 0 layers'
    """
    return f"Look-up of /{printable(trace.path)}: {balance(stack, seen)}"


def balance(stack: SearchedStack, seen: int) -> str:
    """Return how many layers were asked.

    >>> balance(SearchedStack(("base",)), 0)
    'asked 0 of 1 layer'
    """
    count = len(stack.labels) + bool(stack.container)
    return f"asked {seen:,} of {counted(count, 'layer')}"


def sentence(trace: Trace, stack: SearchedStack, seen: int) -> str:
    """Say what the layer that was asked last did to the look-up.

    >>> sentence(Trace("a", (Glance(1, "whiteout", "a"),), ()), SearchedStack(("base", "rm")), 1)
    'The whiteout in layer 1 ends the look-up: No such file or directory.'
    """
    if not seen:
        return f"The look-up of /{printable(trace.path)} starts at the top: {_top_layer(trace, stack)} is asked first."
    glance = trace.asked[seen - 1]
    layer = stack.named(glance.layer)
    if glance.stops or seen < len(trace.asked):
        return _happened(glance, layer, trace)
    held = sum(glance.verdict == "merges" for glance in trace.asked)
    if not held:
        return f"{_capital(layer)} is the last, and has nothing at this path either: {_ERRORS[trace.outcome]}."
    return f"{_capital(layer)} is the last: /{printable(trace.path)} shows what {_layers(held)} of it."


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _layers(count: int) -> str:
    return "1 layer holds" if count == 1 else f"{count:,} layers hold"


def _top_layer(trace: Trace, stack: SearchedStack) -> str:
    return stack.named(trace.asked[0].layer) if trace.asked else "no layer"


def _happened(glance: Glance, layer: str, trace: Trace) -> str:
    upper, base = _capital(layer), _base(glance.at)
    end = _ERRORS.get(trace.outcome, "what is above is all that shows")
    if glance.verdict == "answers" and trace.onward:
        return f"{upper} has a symbolic link here, so the look-up continues at {printable(trace.onward)}."
    return {
        "nothing": f"{upper} has nothing at this path: the next layer is asked.",
        "answers": f"{upper} has this name: no layer below is asked.",
        "merges": f"{upper} has this directory. Names of all layers show in it, so the next layer is asked.",
        "whiteout": f"The whiteout in {layer} ends the look-up: {end}.",
        "opaque": f"The opaque directory {base}/ in {layer} ends the look-up: {end}.",
        "not a directory": f"In {layer} {base} is no directory, so nothing can be under it: {end}.",
        "replaced": f"In {layer} {base} is no directory, so the one above it replaces it: {end}.",
    }[glance.verdict]


@dataclass(frozen=True, slots=True)
class _Row:
    """A slab: what one layer says to the look-up, or several folded layers, and whether they were asked already."""

    glances: tuple[Glance, ...]
    state: str
    thin: bool
    present: bool

    @property
    def number(self) -> str:
        first, last = self.glances[0].layer, self.glances[-1].layer
        if self.thin:
            return ""
        return str(first) if first == last else f"{last} to {first}"

    @property
    def only(self) -> Glance | None:
        return self.glances[0] if len(self.glances) == 1 else None


def _rows(trace: Trace, stack: SearchedStack, seen: int) -> list[_Row]:
    """Return the rows from the top down, folded where there are more layers than rows."""
    ended = seen == len(trace.asked)
    glances = [*trace.asked, *trace.below]
    left = "unasked" if ended else "waiting"
    states = ["seen" if place < seen else left for place in range(len(glances))]
    # Single rows: the layer asked last, the next one, the image's top layer, and each layer that answered or ended it.
    keep = {seen - 1, seen if not ended else -1, len(glances) - len(stack.labels) - 1}
    keep |= {place for place in range(seen) if trace.asked[place] is trace.answer or trace.asked[place].stops}
    # Three ways to fold, from none to much. The first one that gives few enough rows is taken.
    folds: list[list[object]] = [
        list(range(len(glances))),
        [
            (_gap(place, keep), state, glance.verdict)
            for place, (glance, state) in enumerate(zip(glances, states, strict=True))
        ],
        [(_gap(place, keep), state) for place, state in enumerate(states)],
    ]
    for fold in folds:
        runs = [list(run) for _, run in groupby(range(len(glances)), key=fold.__getitem__)]
        if len(runs) <= MOST_ROWS:
            break
    return [
        _Row(
            tuple(glances[place] for place in run),
            states[run[0]],
            glances[run[0]].layer >= len(stack.labels),
            run[0] == seen - 1,
        )
        for run in runs
    ]


def _gap(place: int, keep: Collection[int]) -> tuple[int, bool]:
    """Return a key that is equal for neighbours that may fold: those between the same two places to keep."""
    return sum(kept < place for kept in keep), place in keep


def _path_caption(trace: Trace, plan: _PathPlan) -> Mark:
    first = label(plan.left, 18, "LOOK UP", "title", bold=True)
    room = plan.page - first.right - 28
    path = label(first.right + 8, 18, f"/{printable(trace.path)}", "title", mono=True, room=room)
    return Mark("caption", (first, path), key="caption:look up")


def _foot(trace: Trace, stack: SearchedStack, plan: _PathPlan, y: float, seen: int) -> list[Mark]:
    """Draw the caption under the slabs and, once the look-up is over, how it ended."""
    marks = [caption(plan.left, y, "READ-ONLY LAYERS", "0 at the bottom", room=plan.page)]
    if seen == len(trace.asked):
        x, low, room = (plan.words, y, 352.0) if plan.words else (plan.left, y + 20, plan.page - 8.0)
        ending = label(x, low, _ending(trace, stack), "title", bold=True, room=room)
        marks[0] = replace(marks[0], shapes=(*marks[0].shapes, ending))
    return marks


def _ending(trace: Trace, stack: SearchedStack) -> str:
    if trace.onward:
        return f"continues at {printable(trace.onward)}"
    if trace.answer is None:
        return _ERRORS[trace.outcome]
    held = sum(glance.verdict == "merges" for glance in trace.asked)
    return f"found in {stack.named(trace.answer.layer)}" if held < 2 else f"found, merged from {held:,} layers"


def _slab(row: _Row, stack: SearchedStack, plan: _PathPlan, y: float, high: float, numbers: float) -> Mark:
    """Draw one slab: number, name, what the layer contains, and the verdict, which a narrow page has in the slab."""
    base = y + high / 2 + 4.5 if plan.words else y + 18
    left, wide = plan.left, plan.width
    ink: Ink = "ink" if row.thin or row.state == "unasked" else "white"
    if row.thin:
        frame: list[Shape] = [
            Box(left + 1.5, y + 1.5, wide - 3, high - 4, fill="tray", edge="thin", weight=3, open_top=True)
        ]
    elif row.state == "unasked":
        frame = [Box(left + 2, y + 2, wide - 4, high - 4, fill="paper", edge="layer", weight=2, round=4)]
    else:
        frame = [Box(left + 1, y + 1, wide - 2, high - 2, fill="layer", round=4)]
    if row.only is not None and row.state == "seen" and row.only.verdict == "answers":
        frame.append(Box(left + 2, y + 2, wide - 4, high - 4, edge="ink", weight=3, round=4))
    number = [label(left + 10, base, row.number, "number", bold=True, ink=ink)] if row.number else []
    start = left + 10 + (0 if row.thin else numbers + 10)
    chip = _chip(row, plan, base, ink) if row.state != "waiting" else []
    limit = min((_left(shape) for shape in chip), default=plan.right) - 12
    text = stack.label(row.only.layer) if row.only else f"{len(row.glances):,} layers"
    name = label(start, base, text, "name", bold=row.thin, ink=ink, room=limit - start)
    words = _words(row)
    quiet: Ink = "muted" if row.state != "seen" else "ink"
    said = label(plan.words, base, words, "note", ink=quiet, bold=row.present, room=350)
    if not plan.words:
        said = label(start, base + 19, words, "note", ink=ink, bold=row.present, room=plan.right - start - 8)
    press = None
    if plan.looks.live and row.state == "waiting":
        press = Press("Ask down to layer" if row.number else "Ask down to the")
    shapes = (*frame, *number, name, *chip, *([said] if words else []))
    # The number of the lowest layer of a run: a press asks all layers down to it.
    return Mark("slab", shapes, present=row.present, key=f"ask:{row.glances[-1].layer}", press=press)


def _left(shape: Box | Label) -> float:
    return shape.x if isinstance(shape, Box) else shape.left


def _chip(row: _Row, plan: _PathPlan, base: float, ink: Ink) -> list[Box | Label]:
    """Draw what a layer contains at the path: an icon and its words."""
    glance = row.only
    if glance is None or glance.verdict == "nothing":
        return []
    text = label(plan.right - 12, base, _held(glance), "note", ink=ink, anchor="end", room=plan.width / 2)
    x, y = text.left - 18, base - 11
    if glance.verdict in ("whiteout", "opaque"):
        return [Box(x, y, 13, 13, fill="paper", edge="ink", weight=1.2, texture="cross"), text]
    if glance.entry is not None and glance.entry.kind == "directory":
        return [Box(x, y + 2, 13, 10, edge=ink, weight=1.5), text]
    fill: Ink = "thin" if row.thin else "white"
    fill = "paper" if row.state == "unasked" else fill
    return [Box(x, y, 13, 13, fill=fill, edge="ink", weight=1.2), text]


def _held(glance: Glance) -> str:
    base = _base(glance.at)
    if glance.verdict == "whiteout":
        return f"hides {base}"
    if glance.verdict == "opaque":
        return f"{base}/ is opaque"
    return _described(base, glance.entry)


def _described(name: str, entry: Entry | None) -> str:
    """Return an entry in a few words.

    >>> _described("sh", Entry("symlink", 0o777, target="bash"))
    'sh -> bash'
    """
    if entry is None:
        return f"{name} is a file"
    if entry.kind == "directory":
        return f"{name}/"
    return f"{name} -> {printable(entry.target)}" if entry.kind == "symlink" else f"{name}, {size(entry.size)}"


def _base(path: str) -> str:
    return printable(path.rpartition("/")[2])


def _words(row: _Row) -> str:
    """Return the words beside a slab: the verdict, or that the layer was not asked."""
    if row.state == "waiting":
        return ""
    if row.state == "unasked":
        held = sum(glance.verdict != "nothing" for glance in row.glances)
        if not held:
            return "not asked"
        return f"not asked: hidden{'' if row.only else f' in {held:,} layers'}"
    if row.only is None:
        held = sum(glance.verdict == "merges" for glance in row.glances)
        return f"{held:,} have this directory: look below too" if held else "nothing here: look below"
    return {
        "nothing": "nothing here: look below" if row.only.layer else "nothing here",
        "answers": "found here",
        "merges": "a directory: look below too",
        "whiteout": "whiteout: ends here",
        "opaque": "opaque directory: ends here",
        "not a directory": "no directory: ends here",
        "replaced": "replaced from above: ends here",
    }[row.only.verdict]


def _fall(trace: Trace, rows: Sequence[_Row], plan: _PathPlan, top: float, high: float, seen: int) -> list[Mark]:
    """Draw the line of the look-up down to the layer asked last, with a sign for each layer that was asked."""
    asked = [number for number, row in enumerate(rows) if row.state == "seen"]
    middle = [top + high * (number + 0.5) for number in range(len(rows))]
    last = middle[asked[-1]] if asked else top
    glance = trace.asked[seen - 1] if seen else None
    goes_on = glance is None or not glance.stops
    # The line ends between two layers while the look-up goes on, and in the middle of a layer that ends it.
    end = last + high / 2 if asked and goes_on else last
    right, x = _path_caption(trace, plan).labels[-1].right + 10, plan.fall
    # A long path reaches as far as the line, which then starts below the path.
    over, start = (((right, 13.0), (x, 13.0)), 13.0) if right < x - 10 else (((x, 24.0), (x, 24.0)), 24.0)
    marks = [
        Mark("link", (Stroke(over, "ink", 3),), key="from the path"),
        # A box and not a stroke, because the page can make a box grow as the look-up goes down.
        Mark("link", (Box(x - 1.5, start, 3, end - start, fill="ink"),), key="fall"),
    ]
    if goes_on:
        marks.append(Mark("link", (Stroke(((x - 5, end - 6), (x, end), (x + 5, end - 6)), "ink", 3),), key="tip"))
    for number in asked:
        row, y = rows[number], middle[number]
        verdict = row.only.verdict if row.only else "nothing"
        marks.append(Mark("link", _stop(verdict, plan, y), key=f"stop:{row.glances[-1].layer}", move=Move(wait=STOP)))
    return marks


def _stop(verdict: str, plan: _PathPlan, y: float) -> tuple[Shape, ...]:
    """Draw on the line what a layer did to the look-up."""
    x, edge = plan.fall, plan.right
    if verdict == "answers":
        arrow = Stroke(((edge + 9, y - 5), (edge + 3, y), (edge + 9, y + 5)), "ink", 3)
        return Stroke(((x, y), (edge + 3, y)), "ink", 3), arrow
    if verdict == "merges":
        return (Box(x - 5, y - 5, 10, 10, fill="ink", edge="ink"),)
    if verdict == "nothing":
        return (Box(x - 4, y - 4, 8, 8, fill="paper", edge="ink", weight=1.5),)
    return (Box(x - 8, y - 8, 16, 16, fill="paper", edge="ink", weight=2, texture="cross"),)
