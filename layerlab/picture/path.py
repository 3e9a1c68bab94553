"""Path: one look-up as it falls through a stack, from the top layer to the one that answers or ends it.

The layers are slabs, the look-up a line beside them. In a layer that was asked stands what it holds at the path, and
beside it what that means. Where a stack is higher than 8 layers, runs of neighbours that say the same are folded.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import groupby

from layerlab.model.entry import Entry
from layerlab.model.trace import Glance, Trace
from layerlab.picture.shapes import Box, Ink, Label, Mark, Scene, Shape, Stroke, label
from layerlab.words.lettering import width
from layerlab.words.plurals import counted
from layerlab.words.printable import printable
from layerlab.words.sizes import size

LEFT, WIDTH, TOP, BOTTOM = 8.0, 464.0, 34.0, 346.0
MOST_ROWS, TALLEST = 8, 40.0
FALL, WORDS = 500.0, 520.0

_ERRORS = {"ENOENT": "No such file or directory", "ENOTDIR": "Not a directory"}


@dataclass(frozen=True, slots=True)
class SearchedStack:
    """The layers that a look-up falls through: a label for each of an image's, oldest first, and a container's name.

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


def scene(trace: Trace, stack: SearchedStack, seen: int) -> Scene:
    """Return the picture of a look-up that has asked the `seen` highest layers so far: 880 by 372.

    >>> from layerlab.model.trace import trace
    >>> image = scratch.with_layer(Layer.of({"a": b"hi"})).with_layer(Layer.of({"b": b""}))
    >>> picture = scene(trace(image, "a"), SearchedStack(("base", "site")), 2)
    >>> [label.text for mark in picture.marks for label in mark.labels if label.role == "note"]
    ['nothing here: falls on', 'a, 2 B', 'answers']
    """
    rows = _rows(trace, stack, seen)
    high = min(TALLEST, (BOTTOM - TOP) / max(1, len(rows)))
    top = BOTTOM - high * len(rows)
    numbers = max((width(row.number, 13, bold=True) for row in rows if not row.thin), default=0)
    marks = [_path_caption(trace)]
    marks += [_slab(row, stack, top + high * place, high, numbers) for place, row in enumerate(rows)]
    marks.insert(1, _fall(trace, rows, top, high, seen))
    marks.append(_foot(trace, stack, seen))
    return Scene(tuple(marks), title(trace, stack, seen), sentence(trace, stack, seen), balance(stack, seen))


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
        return f"The look-up of /{printable(trace.path)} starts at the top: {_first(trace, stack)} is asked first."
    glance = trace.asked[seen - 1]
    layer = stack.named(glance.layer)
    if glance.stops or seen < len(trace.asked):
        return _happened(glance, layer, trace)
    held = sum(glance.verdict == "merges" for glance in trace.asked)
    if not held:
        return f"{_capital(layer)} is the last, and holds nothing at this path either: {_ERRORS[trace.outcome]}."
    return f"{_capital(layer)} is the last: /{printable(trace.path)} shows what {_layers(held)} of it."


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _layers(count: int) -> str:
    return "1 layer holds" if count == 1 else f"{count:,} layers hold"


def _first(trace: Trace, stack: SearchedStack) -> str:
    return stack.named(trace.asked[0].layer) if trace.asked else "no layer"


def _happened(glance: Glance, layer: str, trace: Trace) -> str:
    upper, base = _capital(layer), _base(glance.at)
    end = _ERRORS.get(trace.outcome, "what is above is all that shows")
    if glance.verdict == "answers" and trace.onward:
        return f"{upper} answers with a symbolic link: the search goes on at {printable(trace.onward)}."
    return {
        "nothing": f"{upper} holds nothing at this path: the look-up falls on.",
        "answers": f"{upper} answers: no layer below is asked.",
        "merges": f"{upper} holds this directory: the look-up goes on, for directories merge.",
        "whiteout": f"The whiteout in {layer} ends the look-up: {end}.",
        "opaque": f"The opaque directory {base}/ in {layer} ends the look-up: {end}.",
        "not a directory": f"In {layer} {base} is no directory, so nothing can be under it: {end}.",
        "replaced": f"In {layer} {base} is no directory, so the one above it replaces it: {end}.",
    }[glance.verdict]


@dataclass(frozen=True, slots=True)
class _Row:
    """A slab: one glance, or a run of them that is folded, and how far the look-up is there."""

    glances: tuple[Glance, ...]
    state: str
    thin: bool
    present: bool

    @property
    def number(self) -> str:
        first, last = self.glances[0].layer, self.glances[-1].layer
        return "" if self.thin else str(first) if first == last else f"{last} to {first}"

    @property
    def only(self) -> Glance | None:
        return self.glances[0] if len(self.glances) == 1 else None


def _rows(trace: Trace, stack: SearchedStack, seen: int) -> list[_Row]:
    """Return the rows from the top down, folded where there are more layers than rows."""
    ended = seen == len(trace.asked)
    glances = [*trace.asked, *trace.below]
    states = ["seen" if place < seen else "unasked" if ended else "waiting" for place in range(len(glances))]
    keep = {seen - 1, seen if not ended else -1, len(glances) - len(stack.labels) - 1}
    keep |= {place for place in range(seen) if trace.asked[place] is trace.answer or trace.asked[place].stops}
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


def _path_caption(trace: Trace) -> Mark:
    first = label(LEFT, 18, "LOOK UP", "title", font=13, bold=True)
    return Mark(
        "caption",
        (first, label(first.right + 8, 18, f"/{printable(trace.path)}", "title", font=14, mono=True, room=780)),
    )


def _foot(trace: Trace, stack: SearchedStack, seen: int) -> Mark:
    """Draw what lies at the bottom: that layers are read-only and, at the end, how it ended."""
    first = label(LEFT, 364, "READ-ONLY LAYERS", "title", font=13, bold=True)
    shapes = [first, label(first.right + 4, 364, "0 at the bottom", "title", font=13)]
    if seen == len(trace.asked):
        shapes.append(label(WORDS, 364, _ending(trace, stack), "title", font=13, bold=True, room=352))
    return Mark("caption", tuple(shapes))


def _ending(trace: Trace, stack: SearchedStack) -> str:
    if trace.onward:
        return f"goes on at {printable(trace.onward)}"
    if trace.answer is None:
        return _ERRORS[trace.outcome]
    held = sum(glance.verdict == "merges" for glance in trace.asked)
    return f"found in {stack.named(trace.answer.layer)}" if held < 2 else f"found, merged from {held:,} layers"


def _slab(row: _Row, stack: SearchedStack, y: float, high: float, numbers: float) -> Mark:
    """Draw one slab: number, name, what is there, and the verdict beside it."""
    base = y + high / 2 + 4.5
    ink: Ink = "ink" if row.thin or row.state == "unasked" else "white"
    if row.thin:
        frame: list[Shape] = [Box(LEFT + 1.5, y + 1.5, WIDTH - 3, high - 4, edge="thin", weight=3, open_top=True)]
    elif row.state == "unasked":
        frame = [Box(LEFT + 2, y + 2, WIDTH - 4, high - 4, fill="paper", edge="layer", weight=2)]
    else:
        frame = [Box(LEFT + 1, y + 1, WIDTH - 2, high - 2, fill="layer")]
    answers = row.only is not None and row.state == "seen" and row.only.verdict == "answers"
    if answers:
        frame.append(Box(LEFT + 2, y + 2, WIDTH - 4, high - 4, edge="ink", weight=3))
    number = [label(LEFT + 10, base, row.number, "number", font=13, bold=True, ink=ink)] if row.number else []
    start = LEFT + 10 + (0 if row.thin else numbers + 10)
    chip = _chip(row, base, ink) if row.state != "waiting" else []
    limit = min((_left(shape) for shape in chip), default=LEFT + WIDTH) - 12
    text = stack.label(row.only.layer) if row.only else f"{len(row.glances):,} layers"
    name = label(start, base, text, "name", font=13, bold=row.thin, ink=ink, room=limit - start)
    words = _words(row)
    muted = row.state != "seen"
    said = [label(WORDS, base, words, "note", font=13, ink="muted" if muted else "ink", bold=row.present, room=350)]
    return Mark("slab", (*frame, *number, name, *chip, *(said if words else [])), present=row.present)


def _left(shape: Box | Label) -> float:
    return shape.x if isinstance(shape, Box) else shape.left


def _chip(row: _Row, base: float, ink: Ink) -> list[Box | Label]:
    """Draw what a layer holds at the path: a mark and its words."""
    glance = row.only
    if glance is None or glance.verdict == "nothing":
        return []
    text = label(
        LEFT + WIDTH - 12, base, _held(glance), "note", font=12, ink=ink, anchor="end",
        room=230,
    )  # fmt: skip
    x, y = text.left - 18, base - 11
    if glance.verdict in ("whiteout", "opaque"):
        return [Box(x, y, 13, 13, fill="paper", edge="ink", weight=1.2, texture="cross"), text]
    if glance.entry is not None and glance.entry.kind == "directory":
        return [Box(x, y + 2, 13, 10, edge=ink, weight=1.5), text]
    fill: Ink = "paper" if row.state == "unasked" else "thin" if row.thin else "white"
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
    """Return what stands beside a slab: the verdict, or that nobody asked."""
    if row.state == "waiting":
        return ""
    if row.state == "unasked":
        held = sum(glance.verdict != "nothing" for glance in row.glances)
        return f"not asked: what {'it holds' if row.only else f'{held:,} hold'} is hidden" if held else "not asked"
    if row.only is None:
        held = sum(glance.verdict == "merges" for glance in row.glances)
        return f"{held:,} hold this directory: goes on" if held else "nothing here: falls on"
    return {
        "nothing": "nothing here: falls on" if row.only.layer else "nothing here",
        "answers": "answers",
        "merges": "a directory: merges, goes on",
        "whiteout": "whiteout: ends here",
        "opaque": "opaque directory: ends here",
        "not a directory": "no directory: ends here",
        "replaced": "replaced from above: ends here",
    }[row.only.verdict]


def _fall(trace: Trace, rows: Sequence[_Row], top: float, high: float, seen: int) -> Mark:
    """Draw the line of the look-up down to where it is, and on it a mark for each layer that was asked."""
    asked = [place for place, row in enumerate(rows) if row.state == "seen"]
    middle = [top + high * (place + 0.5) for place in range(len(rows))]
    last = middle[asked[-1]] if asked else top
    glance = trace.asked[seen - 1] if seen else None
    goes_on = glance is None or not glance.stops
    end = last + high / 2 if asked and goes_on else last
    right = _path_caption(trace).labels[-1].right + 10
    over = ((right, 13.0), (FALL, 13.0)) if right < FALL - 10 else ((FALL, 24.0),)
    shapes: list[Shape] = [Stroke((*over, (FALL, end)), "ink", 3)]
    if goes_on:
        shapes.append(Stroke(((FALL - 5, end - 6), (FALL, end), (FALL + 5, end - 6)), "ink", 3))
    for place in asked:
        y = middle[place]
        verdict = rows[place].only.verdict if rows[place].only else "nothing"  # type: ignore[union-attr]
        if verdict == "answers":
            shapes.append(Stroke(((FALL, y), (LEFT + WIDTH + 3, y)), "ink", 3))
            shapes.append(
                Stroke(((LEFT + WIDTH + 9, y - 5), (LEFT + WIDTH + 3, y), (LEFT + WIDTH + 9, y + 5)), "ink", 3)
            )
        elif verdict == "merges":
            shapes.append(Box(FALL - 5, y - 5, 10, 10, fill="ink", edge="ink"))
        elif verdict == "nothing":
            shapes.append(Box(FALL - 4, y - 4, 8, 8, fill="paper", edge="ink", weight=1.5))
        else:
            shapes.append(Box(FALL - 8, y - 8, 16, 16, fill="paper", edge="ink", weight=2, texture="cross"))
    return Mark("link", tuple(shapes))
