"""Host level: a level as a bench. One on a host is a stack bench with a goal beside its picture."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any, overload

from layerlab.benches.bench_view import StackPage
from layerlab.benches.stack_bench import StackBench, Started
from layerlab.benches.verbs import Act, TranscriptLine
from layerlab.course.levels.bench_level import LEVEL_BENCHES, OtherLevelBench
from layerlab.course.levels.catalogue import LEVELS
from layerlab.course.levels.goal_bench import GoalBench, GoalPage
from layerlab.course.levels.level import AnyLevel, BenchLevel, Level, played
from layerlab.model.arguments import word
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.picture import goal
from layerlab.picture.host_scene import title
from layerlab.picture.living import Living
from layerlab.picture.moment import Moment
from layerlab.picture.shapes import Looks, Scene


@overload
def level(name: Level) -> "LevelBench": ...
@overload
def level(name: BenchLevel) -> OtherLevelBench: ...
@overload
def level(name: str) -> Any: ...
def level(name: str | AnyLevel) -> Any:
    """Return a level by its id: a bench to act on, and the goal that it is to reach. End a cell with it to see it.

    A level of one's own is given itself, as `as_level` writes it. An unknown id raises ValueError.

    >>> table = level("02.empty-layer")
    >>> table.type("docker stop job")
    >>> print(table.verdict)
    Not yet. job is stopped; the goal says running. job's thin layer contains 20.0 MB; the goal says 0 B. In job, \
/var/lib/shop/catalog.db is 20,000,001 B; the goal says 20,000,000 B.
    """
    if not isinstance(name, AnyLevel):
        if word(name, "a level's id") not in LEVELS:
            raise ValueError(f"no level is called {name!r}: take one of {', '.join(LEVELS)}")
        name = LEVELS[name]
    if isinstance(name, BenchLevel):
        return LEVEL_BENCHES[name.bench](name)
    assert isinstance(name, Level)
    return LevelBench(name)


class LevelBench(GoalBench, StackBench):
    """A level as a bench: its host, its verbs, and the goal beside the picture. Made by `level`, or from a `Level`.

    >>> table = level("00.same-in-all")
    >>> for name in ("job", "mail"):
    ...     table.do("append", name)
    >>> table.solved, table.verdict
    (True, 'Solved in 2 acts. The shortest way known has 2.')
    """

    level: Level

    def __init__(self, level: Level) -> None:
        self.level = level
        super().__init__(level.verbs, choose=level.choose, prompt=level.prompt, steps=level.steps)

    def _start(self, _host: Host | None, _image: Image | None) -> tuple[Callable[[], dict[str, Any]], Started]:
        # The start is run from its Python lines, so that the transcript of a level leads to the same host from nothing.
        before = played(self.level.images, self.level.start)
        names = ", ".join(f'"{name}"' for name in self.level.images)
        given = "" if self.level.images == ("shop",) else names
        self._run_before = before.run_on
        return dict, (TranscriptLine(f"host = shop({given})", "docker images"), *before.transcript[1:])

    @property
    def run_on(self) -> dict[str, str]:
        """The name of the image that each container was run on."""
        return {**self._run_before, **super().run_on}

    def begin(self) -> Moment:
        """Return the moment at the start of the level."""
        first = super().begin()
        return replace(first, sentence=f"{title(first)}.")

    @property
    def place(self) -> Host:
        """The host."""
        return self.host

    @property
    def steps_done(self) -> list[str]:
        """What the learner has done, as docker lines; to look at a file does not count."""
        return [self.written(act).docker for act in self.acts if act.verb != "read"]

    def allowed(self, act: Act) -> Act:
        """Return a typed act of one of the level's verbs, or a look at a file; any other raises ValueError."""
        if act.verb != "read" and act.verb not in self.level.verbs:
            there = ", ".join(verb.label for verb in self.verbs)
            if act.verb == "force-remove" and "remove" in self.level.verbs:
                raise ValueError(f"--force (-f) is not part of this level: type docker rm {act.container}")
            raise ValueError(f"this level is about other acts: take one of its buttons, {there}")
        return act

    def options(self, target: str, image: str = "") -> list[Any]:
        """Return what there is to choose; the level says which paths."""
        return list(self.level.paths) if target == "path" and self.level.paths else super().options(target, image)

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture of the present moment, with the goal in place of the columns of bytes."""
        # On its page, a level has its task, its verdict and its prompt around the picture. So the picture is low there.
        return goal.scene(self.now, self.wanted, replace(looks, low=looks.live))

    @cached_property
    def widget(self) -> Living:
        """The live level: the task, the controls, what still differs, the picture with the goal, and the prompt."""
        return LevelPage(self).living


class LevelPage(GoalPage, StackPage):
    """A level on a host as a page."""
