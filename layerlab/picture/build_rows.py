"""Build rows: a Dockerfile line by line, what two builds reused of it, and the files that it copies.

Each line is a slab with its number. Beside it stand the last two builds, the earlier one first: a line that ran has an
orange sign, one that was reused a blue one, and the words say which. Files stand under the lines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from layerlab.model.build_cache import STATES
from layerlab.picture.shapes import (
    LINE_HEIGHT,
    STILL,
    Box,
    Label,
    Looks,
    Mark,
    Press,
    Role,
    Scene,
    Shape,
    caption,
    label,
)
from layerlab.words.lettering import width
from layerlab.words.plurals import counted
from layerlab.words.sizes import size

# Sizes are in units of the scene.
HIGH = 38.0  # the height of a line of the Dockerfile
HIGH_LIVE = 34.0  # on a live page
HIGH_LOW = 27.0  # in a low picture
HIGH_NARROW = 36.0  # on a narrow page, without its builds below it
FILE = 30.0  # the height of a file of the context
GAP = 6.0  # below a slab
PITCH = 28.0  # from build to build below a line


@dataclass(frozen=True, slots=True)
class RowResult:
    """What one build did with one line: its state, why it ran, seconds if they are known, and bytes of its layer.

    >>> RowResult("run", "content of app", 2, 5).words, RowResult("run").words
    ('runs, 2 s, 5 B', 'runs')
    """

    state: str
    why: str = ""
    seconds: int = 0
    bytes: int = 0

    @property
    def words(self) -> str:
        """The state in words, with seconds and bytes where it ran."""
        said = STATES[self.state]
        return f"{said}, {self.seconds} s, {size(self.bytes)}" if self.state == "run" and self.seconds else said


@dataclass(frozen=True, slots=True)
class BuildTry:
    """One build: its number, the lines as they were, each with its result, and what it is called, if it has a name.

    >>> BuildTry(1, (("RUN make", RowResult("run", "", 87)),)).seconds
    87
    """

    number: int
    rows: tuple[tuple[str, RowResult], ...]
    called: str = ""

    @property
    def title(self) -> str:
        """What stands over its results."""
        return self.called or f"BUILD {self.number}"

    @property
    def seconds(self) -> int:
        """How long it took."""
        return sum(row.seconds for _, row in self.rows)

    @property
    def bytes(self) -> int:
        """Bytes of the layers that it made."""
        return sum(row.bytes for _, row in self.rows if row.state == "run")

    def of(self, line: str) -> RowResult | None:
        """Return what it did with a line, None where it did not have it."""
        return dict(self.rows).get(line)


@dataclass(frozen=True, slots=True)
class CopiedFile:
    """A file of the context: path, bytes, mode, and what happened to it since the last build, "" for nothing.

    >>> CopiedFile("app", 5, 0o644).says
    'app, 5 B, mode 644'
    """

    path: str
    bytes: int
    mode: int
    news: str = ""

    @property
    def says(self) -> str:
        """What is written on it."""
        return f"{self.path}, {size(self.bytes)}, mode {self.mode:o}" + (f", {self.news}" if self.news else "")


def scene(
    lines: Sequence[str],
    files: Sequence[CopiedFile],
    tries: Sequence[BuildTry],
    sentence: str,
    assumed: str = "",
    looks: Looks = STILL,
    unbuilt: str = "NOT BUILT YET",
) -> Scene:
    """Return the picture: lines, the last two builds, files; 880 wide, or one column. `assumed` says what seconds are.

    `unbuilt` stands where the builds would be, as long as there is none.

    >>> lines, file = ["FROM base", "COPY app /"], CopiedFile("app", 5, 0o644)
    >>> built = BuildTry(1, (("FROM base", RowResult("from")), ("COPY app /", RowResult("run", "new", 1, 5))))
    >>> scene(lines, [file], [built], "Built.").balance
    'build 1: 1 s, 5 B of new layers'
    """
    shown = tries[-2:]
    plan = _RowsPlan(looks, shown)
    marks = [caption(plan.left, 18, "DOCKERFILE", "lines in their order", room=plan.slab)]
    if not looks.narrow:
        heads = [(each.title, f"{each.seconds} s" if each.seconds else "") for each in shown] or [(unbuilt, "")]
        marks += [_head(x, *head) for x, head in zip(plan.columns, heads, strict=False) if head[0]]
    y = 28.0
    for number, line in enumerate(lines):
        marks.append(_line(line, number, y, plan, shown))
        y += plan.high
    if files:
        marks.append(caption(plan.left, y + 20, "FILES OF THE CONTEXT", "what COPY takes from", room=plan.page - 8.0))
        y += 28
    x, wide = plan.left, (plan.page - 2 * plan.left) / (1 if looks.narrow else len(files) or 1)
    for file in files:
        marks.append(_file(file, x, y, wide - 6, plan))
        x, y = (x, y + FILE) if looks.narrow else (x + wide, y)
    bottom = y if looks.narrow or not files else y + FILE
    high = bottom + (30 if files or assumed else 4)
    if assumed and files and looks.live and not looks.narrow:
        # On a page, where each row counts, it is beside the files.
        marks.append(caption(plan.columns[0], y - 8, "ASSUMED", assumed, room=plan.page - plan.columns[0] - 8.0))
        high = bottom + 6
    elif assumed:
        marks.append(caption(plan.left, bottom + 18, "ASSUMED", assumed, room=plan.page - 8.0))
    last = tries[-1] if tries else None
    return Scene(tuple(marks), _title(lines, last), sentence, balance(tries), plan.page, round(high))


def balance(tries: Sequence[BuildTry]) -> str:
    """Return seconds and bytes of the last builds, side by side.

    >>> balance([])
    '0 builds, 0 B of new layers'
    """
    said = [f"build {each.number}: {each.seconds} s, {size(each.bytes)} of new layers" for each in tries[-2:]]
    return "; ".join(said) or "0 builds, 0 B of new layers"


def _title(lines: Sequence[str], last: BuildTry | None) -> str:
    if last is None:
        return f"A Dockerfile of {counted(len(lines), 'line')}, not built yet"
    ran = sum(row.state == "run" for _, row in last.rows)
    seconds = f", {last.seconds} s" if last.seconds else ""
    return f"{last.called or f'Build {last.number}'}: {counted(ran, 'step')} ran{seconds}"


class _RowsPlan:
    """Where the parts are; on a narrow page the builds are below each line."""

    def __init__(self, looks: Looks, tries: Sequence[BuildTry]) -> None:
        self.looks = looks
        self.page = looks.column if looks.narrow else 880
        self.left = 4.0 if looks.narrow else 8.0
        self.slab = self.page - 8.0 if looks.narrow else 330.0
        # A low picture has a state and its reason in one line.
        self.low = looks.low and not looks.narrow
        high = HIGH_LIVE if looks.live else HIGH
        self.slab_high = (HIGH_LOW if self.low else high) - GAP
        self.columns = (self.left + 10, self.left + 10) if looks.narrow else (350.0, 615.0)
        # Where a state and its reason are too long for one line, each reason of the picture has a line of its own.
        said = [_named(each, found, found.why) for each in tries for _, found in each.rows]
        self.split = looks.narrow and any(width(words, 13, bold=True) > self.room(0) for words in said)
        self.pitch = PITCH + LINE_HEIGHT * self.split
        below = looks.narrow and tries
        self.high = HIGH_NARROW + self.pitch * len(tries) if below else self.slab_high + GAP

    def room(self, place: int) -> float:
        """How wide the words of a build in this place may be."""
        right = self.page if self.looks.narrow or place else self.columns[1]
        return right - self.columns[place] - 26


def _head(x: float, title: str, seconds: str) -> Mark:
    shapes = [label(x, 18, title, "title", bold=True, room=240)]
    if seconds:
        shapes.append(label(shapes[0].right + 6, 18, seconds, "title", ink="muted", room=120))
    return Mark("caption", tuple(shapes), key=f"caption:{x:g}")


def _line(line: str, number: int, y: float, plan: _RowsPlan, tries: Sequence[BuildTry]) -> Mark:
    chosen = f"line:{number}" in plan.looks.chosen
    top, middle = y + 1, y + plan.slab_high / 2 + 6
    shapes: list[Shape] = [
        Box(
            plan.left,
            top,
            plan.slab,
            plan.slab_high,
            fill="tray",
            edge="ink" if chosen else "muted",
            weight=3 if chosen else 1,
            round=4,
        ),
        # Reasons name lines by these numbers.
        label(plan.left + 8, middle, f"{number + 1} {line}", "name", mono=True, room=plan.slab - 14, bold=chosen),
    ]
    for place, each in enumerate(tries):
        found = each.of(line)
        if found is not None and found.state != "not-run":
            at = top + 36 + place * plan.pitch if plan.looks.narrow else top
            # In the text twin the later build has a column of its own.
            role: Role = "size" if place else "note"
            shapes += _result(found, at, plan, place, role, each if plan.looks.narrow else None)
    # FROM stays where it is, and so it cannot be chosen.
    press = None
    if plan.looks.live and number:
        press = Press("Choose line", chosen=chosen)
    return Mark("slab", tuple(shapes), key=f"line:{number}", press=press, present=chosen)


def _result(
    found: RowResult, top: float, plan: _RowsPlan, place: int, role: Role, named: BuildTry | None
) -> list[Box | Label]:
    """Draw what a build did with a line: a sign, and in words the state and why it ran."""
    x, room, ran = plan.columns[place], plan.room(place), found.state == "run"
    high = 20 if named else plan.slab_high - GAP
    if ran:
        sign = Box(x, top + 3, 12, high, fill="thin", edge="thin", weight=2)
    elif found.state == "hit":
        sign = Box(x, top + 3, 12, high, fill="layer", round=3)
    else:
        sign = Box(x, top + 3, 12, high, edge="muted", weight=1.5)
    x += 18
    if named:
        words = _named(named, found, "" if plan.split else found.why)
        shown = [label(x, top + 17, words, role, room=room, bold=ran)]
        if plan.split and found.why:
            shown.append(label(x, top + 17 + LINE_HEIGHT, found.why, role, room=room, ink="muted"))
        return [sign, *shown]
    if plan.low:
        state = label(x, top + 15, f"{found.words}:" if found.why else found.words, role, room=room, bold=ran)
        reason = label(state.right + 5, top + 15, found.why, role, room=room - state.width - 5, ink="muted")
        return [sign, state, *([reason] if found.why else [])]
    shown = [label(x, top + (14 if found.why else 20), found.words, role, room=room, bold=ran)]
    if found.why:
        shown.append(label(x, top + 29, found.why, role, room=room, ink="muted"))
    return [sign, *shown]


def _named(build: BuildTry, found: RowResult, why: str) -> str:
    return f"{build.title.lower()}: {found.words}{f': {why}' if why else ''}"


def _file(file: CopiedFile, x: float, y: float, wide: float, plan: _RowsPlan) -> Mark:
    key = f"file:{file.path}"
    chosen = key in plan.looks.chosen
    shapes: tuple[Shape, ...] = (
        Box(
            x,
            y,
            wide,
            FILE - 4,
            fill="paper",
            edge="ink" if chosen else "muted",
            weight=3 if chosen else 1,
            dash=False,
            round=3,
        ),
        label(x + 8, y + 18, file.says, "name", room=wide - 12, bold=bool(file.news)),
    )
    press = Press("Choose the file", chosen=chosen) if plan.looks.live else None
    return Mark("file", shapes, key=key, press=press, present=bool(file.news))
