"""Level: a host or a bench to bring to a state, as plain data; what it checks, and the ways that it knows.

learnGitBranching, which teaches git by levels, draws a whole tree as the goal and compares something else; so people
met a picture that they had reached and a check that refused it. Other tutors accept wrong solutions. A level here
cannot do either, because of how it is made:

- There are no numbers in a goal. `way` leads from the start to the goal, and each of `facts` is read there as it is
  read from what the learner has. What is not in `facts` is neither checked nor drawn.
- The goal's picture, the sentence about what still differs and the check come from one reading (`reading.Reading`).
- A test plays every level: the start fails, each path of a wrong belief fails, a search over all that can be pressed
  finds no way shorter than `way`, and each cheat that it or anybody finds is refused by the facts that `cheats` names.

A step of a way is a docker line on a host, as a transcript has them, and an act on every other bench.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Any

from layerlab.benches.build_bench import BuildBench
from layerlab.benches.disks_bench import DisksBench
from layerlab.benches.example import shop
from layerlab.benches.process_bench import ProcessBench
from layerlab.benches.registry_bench import RegistryBench
from layerlab.benches.replay import Replay
from layerlab.benches.stack_bench import StackBench
from layerlab.benches.verbs import Target
from layerlab.course.levels.facts import Fact
from layerlab.course.levels.reading import LevelError, Reading, same_value
from layerlab.model.host import Host

BENCHES: Mapping[str, Callable[..., Replay]] = {
    "build": BuildBench,
    "registry": RegistryBench,
    "processes": ProcessBench,
    "disks": DisksBench,
}
"""The benches without docker lines that a level can be on, by the names that `bench` has for them."""


@dataclass(frozen=True)
class WrongWay:
    """The path that a wrong belief takes; `right_if` completes "This way would work if".

    >>> WrongWay("3", ("docker stop job",), "a stop emptied the thin layer").belief
    '3'
    """

    belief: str
    way: tuple[Any, ...]
    right_if: str


@dataclass(frozen=True)
class Cheat:
    """A path that would reach the goal if these facts did not count: they alone refuse it.

    >>> Cheat(("docker stop job", "docker rm job"), (Fact("state", "job"),)).facts
    (Fact("state", "job"),)
    """

    way: tuple[Any, ...]
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class AnyLevel:
    """What every level has: what is to be reached, on a host or on another bench, and the ways that it knows.

    `way` is a shortest way to the goal.
    """

    id: str
    task: str
    way: tuple[Any, ...]
    facts: tuple[Fact, ...]
    _: KW_ONLY
    hints: tuple[str, ...] = ()
    wrong: tuple[WrongWay, ...] = ()
    cheats: tuple[Cheat, ...] = ()

    def at(self, way: Sequence[Any] = ()) -> Any:
        """Return what the facts are read from after the start and some more steps; LevelError if one is refused."""
        raise NotImplementedError

    @property
    def first(self) -> Any:
        """That with which the learner begins."""
        return self.at()

    @cached_property
    def goal(self) -> tuple[Reading | None, ...]:
        """What each fact is in the goal."""
        return self.read(self.at(self.way))

    def read(self, place: Any) -> tuple[Reading | None, ...]:
        """Return what each fact is on a host or a bench."""
        return tuple(fact.read(place) for fact in self.facts)

    def solved(self, place: Any) -> bool:
        """Tell whether a host or a bench is as the goal says."""
        # A search asks this of thousands of states, so the first fact that differs is enough.
        return all(same_value(fact.read(place), goal) for fact, goal in zip(self.facts, self.goal, strict=True))

    def unlike(self, found: Sequence[Reading | None]) -> tuple[Fact, ...]:
        """Return the facts whose reading is not that of the goal."""
        compared = zip(self.facts, found, self.goal, strict=True)
        return tuple(fact for fact, now, goal in compared if not same_value(now, goal))

    def differences(self, found: Sequence[Reading | None]) -> list[str]:
        """Return in words what still differs from the goal, fact by fact."""
        compared = zip(self.facts, found, self.goal, strict=True)
        # All facts about a container that is not there say the same sentence, which is said once.
        return list(dict.fromkeys(words for fact, now, goal in compared if (words := fact.difference(now, goal))))

    def taken(self, steps: Sequence[Any]) -> WrongWay | None:
        """Return the wrong way that the last of these steps ends, with its other steps somewhere before it, if any."""
        ended = [each for each in self.wrong if each.way[-1:] == (*steps,)[-1:] and _within(each, steps)]
        # One wrong way may be a part of another. The longer one tells better what somebody thought.
        return max(ended, key=lambda each: len(each.way), default=None)


def _within(wrong: WrongWay, steps: Sequence[Any]) -> bool:
    """Tell whether a wrong way's steps occur among these steps, in their order."""
    # `in` on an iterator reads up to what it finds, so each step is looked for after the one before it.
    left = iter(steps)
    return all(step in left for step in wrong.way)


@dataclass(frozen=True)
class Level(AnyLevel):
    """A level on a host. Its steps are docker lines, as a transcript has them.

    `images` are those of the running example that the host has, and `start` is done on it before the learner begins.
    `verbs` are the buttons, `choose` what is picked from a list, and `paths` the files in that list. With `prompt`, the
    same acts can be typed.

    >>> level = Level("02.one", "Run web.", ("docker run --detach --name web shop",), (Fact("state", "web"),), ("run",))
    >>> level.solved(level.first), level.solved(level.at(level.way))
    (False, True)
    """

    verbs: tuple[str, ...]
    choose: tuple[Target, ...] = ()
    paths: tuple[str, ...] = ()
    images: tuple[str, ...] = ("shop",)
    start: tuple[str, ...] = ()
    prompt: bool = False
    steps: bool = True

    def at(self, way: Sequence[str] = ()) -> Host:
        """Return the host after the start and some more lines; a line that is refused raises LevelError."""
        return played(self.images, (*self.start, *way)).host


@dataclass(frozen=True)
class BenchLevel(AnyLevel):
    """A level on a bench of another kind, one of `BENCHES`. Its steps are acts of that bench.

    `given` is what the bench is made with, and `start` is done on it before the learner begins.

    >>> way = (("run", 2), ("change", "add 1 byte"))
    >>> level = BenchLevel("09.two", "Let two write a byte.", way, (Fact("many"), Fact("each")), "disks")
    >>> level.solved(level.first), level.solved(level.at(way))
    (False, True)
    """

    bench: str
    given: tuple[Any, ...] = ()
    start: tuple[Any, ...] = ()

    def at(self, way: Sequence[Any] = ()) -> Replay:
        """Return the bench after the start and some more acts; an act that is refused raises LevelError."""
        table = BENCHES[self.bench](*self.given)
        for act in (*self.start, *way):
            table.act(act)
            if table.refusing:
                raise LevelError(f"{act}: {table.scene.sentence.removeprefix('Refused: ')}")
        return table


def played(images: Sequence[str], lines: Sequence[str]) -> StackBench:
    """Return a bench with these images, on which the lines were typed; a line that is refused raises LevelError.

    >>> played(["shop"], ["docker stop web"])
    Traceback (most recent call last):
    layerlab.course.levels.reading.LevelError: docker stop web: Docker says “No such container: web”. Run a container \
first.
    """
    table = StackBench((), host=shop(*images))
    for line in lines:
        before = len(table.acts)
        table.type(line)
        if len(table.acts) == before:
            raise LevelError(f"{line}: {table.now.sentence.removeprefix('Refused: ')}")
    return table
