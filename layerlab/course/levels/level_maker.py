"""Level maker: the present state of a stack bench as the goal of a level, without an editor.

It lists the facts of the state, each with a tick that says whether it counts, and writes the level as Python.
"""

from collections.abc import Iterable
from functools import cached_property
from html import escape
from typing import Any

from layerlab.benches.bench_view import choice
from layerlab.benches.example import shop
from layerlab.benches.stack_bench import MOST_CONTROLS, StackBench
from layerlab.benches.verbs import VERBS, Act, Target
from layerlab.course.levels.facts import Fact, facts_of
from layerlab.course.levels.level import Level, played
from layerlab.course.levels.reading import LevelError
from layerlab.course.levels.shortest import MOST_ACTS, Way, shortest
from layerlab.picture.living import Form, Living
from layerlab.picture.page import block, bundle
from layerlab.words.printable import printable

TASK = "Bring this host to the goal."
# A press has to be answered soon, so the search for shorter ways ends early; and a few other ways can be read.
MOST_TRIED, MOST_OTHERS = 300, 5
_LISTS: tuple[Target, ...] = ("container", "image", "path")


def as_level(table: StackBench, counts: Iterable[Fact] = (), *, start: int = 0, task: str = TASK) -> "LevelMaker":
    """Return the present state of a bench as a goal: end a cell with it, tick what counts, and take the Python.

    `counts` are the facts that are ticked at first. The first `start` acts are done before the level begins. What
    cannot be written as data raises LevelError: a host that was given, and an act that has no button.

    >>> table = StackBench()
    >>> table.type("docker run -d --name web shop")
    >>> made = as_level(table, [Fact("state", "web")], task="Let web run.")
    >>> print(made.data)
    from layerlab import Fact, Level, level
    <BLANKLINE>
    level(
        Level(
            id='own',
            task='Let web run.',
            way=('docker run --detach --name web shop',),
            facts=(Fact("state", "web"),),
            verbs=('run',),
            prompt=True,
        )
    )
    """
    if not isinstance(table, StackBench):
        raise TypeError(f"as_level takes a stack bench, not a {type(table).__name__}: bench('stack') returns one")
    return LevelMaker(table, counts, start=start, task=task)


class LevelMaker:
    """A state, its facts, and which of them count. Made by `as_level`."""

    def __init__(self, table: StackBench, counts: Iterable[Fact] = (), *, start: int = 0, task: str = TASK) -> None:
        self.images = _images(table)
        self.acts = table.acts
        if typed := [act for act in self.acts if act.verb not in VERBS]:
            raise LevelError(f"{table.written(typed[0]).docker} has no button: use acts that have one")
        self.lines = tuple(table.written(act).docker for act in self.acts)
        self.facts = facts_of(played(self.images, self.lines).host)
        self.counts, self.task = set(counts), task
        if unknown := sorted(self.counts - set(self.facts)):
            raise LevelError(f"this state has no {unknown[0]!r}: its facts are {', '.join(map(repr, self.facts))}")
        if not 0 <= start <= len(self.lines):
            raise LevelError(f"start={start}: the bench has done {len(self.lines)}, so take a number from 0 to that")
        self.start = start
        self._searched: dict[tuple[frozenset[Fact], int], list[Way]] = {}

    @property
    def level(self) -> Level:
        """The level, with what is ticked now."""
        own, facts = self.acts[self.start :], tuple(fact for fact in self.facts if fact in self.counts)
        verbs = tuple(dict.fromkeys(act.verb for act in own))
        choose = _lists(own, len(verbs))
        paths = tuple(dict.fromkeys(act.path for act in own if act.path)) if "path" in choose else ()
        steps = len(verbs) + len(choose) + 3 <= MOST_CONTROLS
        return Level(
            "own", self.task, self.lines[self.start :], facts, verbs, choose, paths, self.images,
            start=self.lines[: self.start], prompt=True, steps=steps,
        )  # fmt: skip

    @property
    def lacks(self) -> str:
        """What is still to do before this is a level, as a sentence; "" if it is one."""
        if not self.counts:
            return "Tick at least one fact: a goal without facts checks nothing."
        if self.level.solved(self.level.first):
            return "Everything that is ticked is so at the start already: tick a fact that the acts change."
        return ""

    @property
    def data(self) -> str:
        """The level as Python for a cell, with a shortest way to it; LevelError if it is no level yet."""
        if self.lacks:
            raise LevelError(self.lacks)
        made, found = self.level, self._found
        # The way that the bench went may be longer than it has to be.
        way = made.way if made.way in found else [*found, made.way][0]
        rows: dict[str, object] = {
            "id": made.id,
            "task": made.task,
            "way": made.way if made.way in found else (found or [made.way])[0],
        }
        rows |= {"facts": made.facts, "verbs": made.verbs, "choose": made.choose, "paths": made.paths}
        rows |= {"images": made.images if made.images != ("shop",) else (), "start": made.start}
        lines = [f"{name}={value!r}," for name, value in rows.items() if value]
        lines += ["prompt=True,", *([] if made.steps else ["steps=False,"])]
        inner = "".join(f"        {line}\n" for line in lines)
        # The other ways stand there to be read: one of them may be a cheat that no fact refuses.
        others = [f"# also: {'; '.join(each)}" for each in found if each != way][:MOST_OTHERS]
        head = "\n".join(["from layerlab import Fact, Level, level", "", *others])
        return f"{head}\nlevel(\n    Level(\n{inner}    )\n)"

    @property
    def _found(self) -> list[Way]:
        """All shortest ways, none where the search would keep the page waiting."""
        key = (frozenset(self.counts), self.start)
        if key not in self._searched:
            self._searched[key] = shortest(self.level, min(len(self.level.way), MOST_ACTS), MOST_TRIED)
        return self._searched[key]

    def press(self, _key: str, form: Form) -> None:
        """Tick what is ticked on the page, and take the task and the start from it."""
        self.counts = {fact for number, fact in enumerate(self.facts) if form.get(f"fact-{number}")}
        self.task = str(form.get("task", "")).strip() or TASK
        self.start = int(form.get("start", self.start))

    def page(self, _width: int = 0) -> str:
        """Return the live page."""
        starts = [
            (f"{number}: {line}" if number else "no act", number) for number, line in enumerate(("", *self.lines))
        ]
        ticks = "".join(map(self._tick, range(len(self.facts))))
        said = self.lacks or "This is a level. Put the Python into a cell."
        task = escape(printable(self.task))
        return (
            '<div class="layerlab-bench" data-key="maker"><form class="acts" data-key="acts" data-press="entered">'
            f'<label data-key="task">Task <input type="text" name="task" data-press="task" size="50" value="{task}" '
            f'aria-label="Task"/></label>{choice("Begins after", "start", starts, self.start)}</form>'
            f'<fieldset class="ticks" data-key="ticks"><legend>Which facts count?</legend>{ticks}</fieldset>'
            f'<div class="said" data-key="said" role="status"><p>{escape(said)}</p></div>'
            f"{'' if self.lacks else self._code()}</div>"
        )

    def _code(self) -> str:
        code = escape(self.data)
        return (
            f'<button type="button" data-key="copy" data-copy="{code}">Copy the Python</button>'
            f'<pre data-key="code" tabindex="0">{code}</pre>'
        )

    def _tick(self, number: int) -> str:
        fact = self.facts[number]
        words = escape(self._sentences[fact])
        ticked = ' checked="checked"' if fact in self.counts else ""
        return (
            f'<label class="choice" data-key="fact:{number}"><input type="checkbox" name="fact-{number}" '
            f'data-press="fact-{number}"{ticked}/> {words}</label>'
        )

    @cached_property
    def _sentences(self) -> dict[Fact, str]:
        host = played(self.images, self.lines).host
        return {fact: fact.sentence(fact.read(host)) for fact in self.facts}

    @cached_property
    def widget(self) -> Living:
        """The live page: a tick for each fact, and the level as Python."""
        return Living(self.page, self.press)

    def __str__(self) -> str:
        ticks = [f"[{'x' if fact in self.counts else ' '}] {self._sentences[fact]}" for fact in self.facts]
        return "\n".join(["Which facts count?", *ticks, self.lacks or self.data])

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return bundle(self.widget, str(self), block(f"<pre>{escape(str(self))}</pre>"))


def _images(table: StackBench) -> tuple[str, ...]:
    """Return the names of the images with which a bench began; LevelError if they are not the running example's."""
    first = table.moments[0]
    names = tuple(name for image in first.images for name in image.names)
    refused = "a level begins with images of the running example and no containers: take bench('stack')"
    try:
        known = [image.id for image in shop(*names).images.values()] if names else []
    except ValueError as error:
        raise LevelError(refused) from error
    if first.containers or known != [image.id for image in first.images]:
        raise LevelError(refused)
    return names


def _lists(own: tuple[Act, ...], verbs: int) -> tuple[Target, ...]:
    """Return the lists that acts took more than one thing from, as far as a bench has room for lists."""
    taken = {target: {getattr(act, target) for act in own} - {""} for target in _LISTS}
    needed = [target for target in _LISTS if len(taken[target]) > 1]
    return tuple(needed[: max(0, MOST_CONTROLS - 1 - verbs)])
