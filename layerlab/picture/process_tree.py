"""Process tree: containers as boxes, with the processes in each as a tree that grows downwards from process 1.

Process 1 has a colour of its own. A process that has ended and still has a number is dashed and hatched, and says so.
When process 1 has ended its box says with which code, and the thin layer under it is still there.
"""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from layerlab.namespaces.pid_namespace import ProcessRow
from layerlab.picture.shapes import (
    LINE_HEIGHT,
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
    label,
)
from layerlab.words.lettering import MONO, width
from layerlab.words.plurals import counted
from layerlab.words.printable import printable
from layerlab.words.sizes import size

# Sizes are in units of the scene.
TOP = 8.0  # the margin of the picture
HEAD = 46.0  # the height of a box above its processes: its name, and what was started
ROW, GAP = 30.0, 4.0  # the height of a process, and how far processes are apart
INDENT = 22.0  # how far a child is right of its parent
LEAST_ROWS = 3  # a box has room for as many, so that it does not grow with each process
BAR = 24.0  # the height of the bar for a stop that waits
STRIP = 26.0  # the height of the thin layer under a box
# As many rows as a screen has room for under a bench's lists; a box with more names how many it leaves out.
MOST_ROWS = 5
# Lines for what was started: enough for a loop that watches a service, beside another container.
MOST_LINES, FONT = 4, 13
STATES = {"S": "", "T": "stopped", "Z": "zombie"}


@dataclass(frozen=True, slots=True)
class ContainerTree:
    """A container with its processes at one moment.

    `started` is what was started, `code` the exit code of one that has ended, `thin` the bytes of its thin layer, None
    where that is not shown. `waited` and `grace` are the seconds of a stop that has just happened; `new` are the
    numbers of processes that this step started. A container that has not been `begun` says so.
    """

    name: str
    started: str
    rows: tuple[ProcessRow, ...] = ()
    code: int | None = None
    now: float = 0
    thin: int | None = None
    waited: float | None = None
    grace: float = 10
    new: frozenset[int] = frozenset()
    begun: bool = True

    @property
    def state(self) -> str:
        """What is written beside its name."""
        if not self.begun:
            return "not started yet"
        if self.code is None:
            return f"running, {self.now:g} s"
        return f"ended, exit code {self.code}"


@dataclass(frozen=True, slots=True)
class ProcessMoment:
    """Containers side by side, and what the last act did, in one sentence."""

    containers: tuple[ContainerTree, ...] = ()
    sentence: str = ""


def scene(moment: ProcessMoment, looks: Looks = STILL) -> Scene:
    """Return the picture: 880 wide with containers side by side, or one column.

    >>> web = ContainerTree("web", "sh -c sleep 5", processes("sleep 5").table)
    >>> picture = scene(ProcessMoment((web,), "web runs."))
    >>> [mark.key for mark in picture.marks]
    ['container:web', 'process:web/1', 'process:web/2']
    """
    wide = looks.column if looks.narrow else 880
    columns = 1 if looks.narrow else max(1, len(moment.containers))
    each = (wide - GAP * 2 * (columns - 1)) / columns
    marks: list[Mark] = []
    top = foot = TOP
    # Containers side by side are equally high, so that their thin layers are on one line.
    least = LEAST_ROWS if any(container.begun for container in moment.containers) else 0
    lines = 1 if looks.narrow else max([least, *map(_lines, moment.containers)])
    waits = any(container.waited is not None for container in moment.containers)
    heads = [HEAD + LINE_HEIGHT * (len(_started(container, each)) - 1) for container in moment.containers]
    for number, container in enumerate(moment.containers):
        head = heads[number] if looks.narrow else max(heads)
        left = (number % columns) * (each + 2 * GAP)
        high = head + max(lines, _lines(container)) * (ROW + GAP) + GAP
        high += BAR if container.waited is not None or (waits and not looks.narrow) else 0
        box = list(_container(container, left, top, (each, high, head), looks))
        marks += box
        foot = max(foot, *(mark.foot for mark in box))
        if looks.narrow:
            top = foot + 2 * GAP
    return Scene(tuple(marks), title(moment), moment.sentence, balance(moment), round(wide), round(foot + TOP))


def _lines(container: ContainerTree) -> int:
    """Return how many rows a container's box has: one for each process while there is room, and one for the rest."""
    return min(len(container.rows), MOST_ROWS + 1)


def title(moment: ProcessMoment) -> str:
    """Return the picture in one line, for people who hear it.

    >>> title(ProcessMoment())
    'Processes: 0 processes in 0 containers'
    """
    return f"Processes: {balance(moment)}"


def balance(moment: ProcessMoment) -> str:
    """Return how many processes there are.

    >>> balance(ProcessMoment((ContainerTree("web", "sleep 5", processes("exec sleep 5").table),)))
    '1 process in 1 container'
    """
    rows = [row for container in moment.containers for row in container.rows]
    zombies = sum(row.state == "Z" for row in rows)
    more = f", {counted(zombies, 'of them a zombie', 'of them zombies')}," if zombies else ""
    return f"{counted(len(rows), 'process', 'processes')}{more} in {counted(len(moment.containers), 'container')}"


def _container(
    container: ContainerTree, left: float, top: float, size_of: tuple[float, float, float], looks: Looks
) -> Iterator[Mark]:
    """Yield the box of a container, its processes and its thin layer."""
    wide, high, head = size_of
    listed = list(ordered(container.rows))
    shown, rest = listed[:MOST_ROWS], len(listed) - MOST_ROWS
    yield _box(container, left, top, wide, high)
    at = top + head
    places: dict[int, tuple[float, float]] = {}
    for row, depth in shown:
        yield _process(container, row, depth, (left, at, wide), places, looks)
        at += ROW + GAP
    if rest > 0:
        more = label(left + 14, at + 18, f"and {rest} more", "note", ink="muted")
        yield Mark("process", (more,), depth=1, key=f"more:{container.name}")
    if not listed and container.begun:
        gone = label(left + 14, at + 20, "no process is left", "note", ink="muted", room=wide - 28)
        yield Mark("process", (gone,), depth=1, key=f"none:{container.name}")
    if container.waited is not None:
        yield _waited(container, left, top + high - BAR, wide)
    if container.thin is not None:
        yield _thin_layer(container, left, top + high + GAP, wide)


def _box(container: ContainerTree, left: float, top: float, wide: float, high: float) -> Mark:
    name = label(left + 12, top + 19, container.name, "name", font=15, bold=True)
    state = label(left + wide - 12, top + 19, container.state, "state", bold=True, anchor="end")
    shown = "\n".join(_started(container, wide))
    what = label(left + 12, top + 37, shown, "wrote", mono=True, ink="muted", room=wide - 24)
    # Where lines were left out, the whole text is in the title and in the text form.
    what = replace(what, text=printable(container.started))
    frame = Box(
        left + 1, top, wide - 2, high, fill="none", edge="ink", weight=1.5, round=6, dash=container.code is not None
    )
    return Mark("process", (frame, name, state, what), key=f"container:{container.name}")


def _started(container: ContainerTree, wide: float) -> list[str]:
    """Return what was started as lines that fit into a box; the last one ends in … where there would be too many."""
    letters = int((wide - 24) / (MONO * FONT))
    text = printable(container.started)
    return textwrap.wrap(text, letters, max_lines=MOST_LINES, placeholder=" …", break_on_hyphens=False) or [text]


def ordered(rows: Sequence[ProcessRow]) -> Iterator[tuple[ProcessRow, int]]:
    """Yield a table as a tree: each process after its parent, with its depth.

    >>> [(row.pid, depth) for row, depth in ordered(processes("sleep 5; true").table)]
    [(1, 0), (2, 1)]
    """
    known = {row.pid for row in rows}

    def below(parent: int, depth: int) -> Iterator[tuple[ProcessRow, int]]:
        for row in rows:
            if row.parent == parent or (parent == 0 and row.parent not in known):
                yield row, depth
                yield from below(row.pid, depth + 1)

    return below(0, 0)


def _process(
    container: ContainerTree,
    row: ProcessRow,
    depth: int,
    room: tuple[float, float, float],
    places: dict[int, tuple[float, float]],
    looks: Looks,
) -> Mark:
    """Return the mark of one process; `places` has the left and the foot of those above it."""
    left, top, wide = room
    x = left + 12 + depth * INDENT
    w = left + wide - 12 - x
    key = f"process:{container.name}/{row.pid}"
    first, zombie = row.pid == 1, row.state == "Z"
    fill, ink = _inks(first, zombie)
    state = _state(row, first=first)
    number = label(x + 10, top + 20, f"{row.pid}", "number", bold=True, ink=ink)
    said = label(x + w - 10, top + 20, state, "state", ink=ink, anchor="end", bold=zombie) if state else None
    start = x + 10 + max(22.0, width(f"{row.pid}", 13, bold=True) + 8)
    end = said.left - 8 if said else x + w - 10
    command = label(start, top + 20, row.command, "wrote", mono=True, ink=ink, room=end - start)
    chosen = key in looks.chosen
    weight = 2.5 if first else 1.2
    if chosen:
        weight = 4
    shapes: list[Shape] = [
        Box(x, top, w, ROW, fill=fill, edge="ink", weight=weight, dash=zombie, round=4),
        *([Box(x + w - 6, top + 4, 4, ROW - 8, fill="none", texture="hatch")] if zombie else []),
        number,
        command,
        *([said] if said else []),
    ]
    if row.parent in places:
        above_x, above_y = places[row.parent]
        elbow = ((above_x + 10, above_y), (above_x + 10, top + ROW / 2), (x, top + ROW / 2))
        shapes.append(Stroke(elbow, "muted", 1.2))
    places[row.pid] = (x, top + ROW)
    source = f"process:{container.name}/{row.parent}" if row.pid in container.new else ""
    press = Press("Process", chosen=chosen) if looks.live else None
    return Mark("process", tuple(shapes), depth=depth + 1, key=key, press=press, move=Move(source=source))


def _inks(first: bool, zombie: bool) -> tuple[Ink, Ink]:
    if zombie:
        return "shade", "ink"
    return ("layer", "white") if first else ("paper", "ink")


def _state(row: ProcessRow, *, first: bool) -> str:
    """Return what is written at the right of a process."""
    words = [STATES[row.state]]
    if row.parent == 0:
        words.append("" if first else "parent outside")
    if first:
        words.append("process 1")
    return ", ".join(word for word in words if word)


def _waited(container: ContainerTree, left: float, top: float, wide: float) -> Mark:
    """Return the bar of a stop: how much of its grace was waited for."""
    waited, grace = container.waited or 0.0, container.grace
    text = f"waited {waited:g} of {grace:g} s"
    said = label(left + wide - 12, top + 14, text, "size", bold=True, anchor="end")
    room = wide - 36 - said.width
    share = min(1.0, waited / grace) if grace else 1.0
    tray = Box(left + 12, top + 4, room, 12, fill="tray", edge="muted", round=2)
    bar = [Box(left + 12, top + 4, max(2.0, room * share), 12, fill="thin", round=2)] if waited else []
    return Mark("process", (tray, *bar, said), depth=1, key=f"waited:{container.name}")


def _thin_layer(container: ContainerTree, left: float, top: float, wide: float) -> Mark:
    name = label(left + 12, top + 18, "thin layer", "name", bold=True)
    kept = "is still there" if container.code is not None else ""
    note = label(name.right + 12, top + 18, kept, "note") if kept else None
    amount = label(left + wide - 12, top + 18, size(container.thin or 0), "size", bold=True, anchor="end")
    frame = Box(left + 1.5, top, wide - 3, STRIP, fill="tray", edge="thin", weight=3, open_top=True)
    labels: list[Label] = [name, *([note] if note else []), amount]
    return Mark("process", (frame, *labels), key=f"thin:{container.name}")
