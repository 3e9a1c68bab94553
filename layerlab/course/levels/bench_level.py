"""Bench level: levels on a build, a registry, a process or a disks bench, with the goal below the picture."""

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from itertools import product
from typing import Any, ClassVar

from layerlab.benches.bench_view import PageValues, transcript
from layerlab.benches.build_bench import BuildBench
from layerlab.benches.build_view import BuildPage
from layerlab.benches.disk_changes import CHANGES
from layerlab.benches.disks_bench import MOST_CONTAINERS, DiskChoices, DisksBench
from layerlab.benches.disks_view import DisksPage
from layerlab.benches.process_bench import ORPHAN, SERVICE, ContainerAct, ProcessBench
from layerlab.benches.process_bench_view import ProcessPage
from layerlab.benches.registry_bench import RegistryBench
from layerlab.benches.registry_view import RegistryPage
from layerlab.course.levels.goal_bench import GoalBench, GoalPage
from layerlab.course.levels.level import BenchLevel
from layerlab.drivers.driver import DRIVERS
from layerlab.picture import goal
from layerlab.picture.living import Living
from layerlab.picture.shapes import Looks, Room, Scene
from layerlab.picture.shipment import EMPTY, place


class OtherLevelBench(GoalBench):
    """A level on a bench that is no stack bench. A subclass adds the bench, its page, and what can be pressed."""

    level: BenchLevel
    page: ClassVar[type[PageValues]]

    def __init__(self, level: BenchLevel) -> None:
        self.level = level
        super().__init__(*level.given)

    def offered(self) -> Iterator[Any]:
        """Yield each act that can be pressed now, those that are refused too."""
        raise NotImplementedError

    @property
    def alike(self) -> Hashable:
        """What two states have in common if nobody can tell them apart, now or later."""
        return self.acts

    def start_over(self) -> None:
        """Go back to the start of the level."""
        super().start_over()
        for act in self.level.start:
            self.act(act)

    def undo(self) -> None:
        """Take the last act back, but none of the start."""
        if self.steps_done:
            super().undo()
        else:
            self.go(self.acts, self.undone)

    @property
    def place(self) -> GoalBench:
        """The bench itself."""
        return self

    @property
    def steps_done(self) -> list[Any]:
        """What the learner has done."""
        return list(self.acts[len(self.level.start) :])

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture of the present moment, with the goal below it."""
        return goal.below(super().drawn(looks), self.wanted, looks)

    @cached_property
    def widget(self) -> Living:
        """The live level: the task, the controls, what still differs, and the picture with the goal."""
        return self.page(self).living


class OtherLevelPage(GoalPage):
    """A level's page on a bench that has no docker prompt: the picture has the room of the last act's lines."""

    def lines(self) -> str:
        """Return the whole transcript, folded."""
        return transcript(self._shown, last=False)


class BuildLevelPage(OtherLevelPage, BuildPage):
    """A level on a build bench as a page."""


class BuildLevelBench(OtherLevelBench, BuildBench):
    """A level on a build bench.

    >>> next(BuildLevelBench(BenchLevel("", "", (), (), "build")).offered())
    ('move', 2, 1)
    """

    page = BuildLevelPage

    @property
    def alike(self) -> Hashable:
        """Its lines and files, and those of each build: the cache follows from them. Times of files are left out."""
        built = [now for act, now in zip(self.acts, self.moments, strict=False) if act == ("build",)]
        return tuple((now.lines, *((file.content, file.mode) for _, file in now.files)) for now in (*built, self.now))

    def offered(self) -> Iterator[tuple[Any, ...]]:
        """Yield the lines that can be moved by one place, what can be done to each file, and a build."""
        now = self.now
        for line, by in product(range(2, len(now.lines) + 1), (-1, 1)):
            yield "move", line, line + by
        yield from product(("touch", "change", "chmod"), now.by_path)
        yield ("build",)


class RegistryLevelPage(OtherLevelPage, RegistryPage):
    """A level on a registry bench as a page."""


class RegistryLevelBench(OtherLevelBench, RegistryBench):
    """A level on a registry bench.

    >>> list(RegistryLevelBench(BenchLevel("", "", (), (), "registry", ("shop",))).offered())
    [('push', 'shop'), ('release', '2'), ('run',), ('remove',), ('forget',)]
    """

    page = RegistryLevelPage

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture, with the goal in the column of a server that is empty and that no way needs."""
        *_, server = sites = self.now.sites
        used = server.names or server.layers or any(act[0] in ("pull", "run") for act in self.level.way)
        if used or looks.narrow or not looks.live:
            return super().drawn(looks)
        column = place(len(sites) - 1, len(sites))
        # Wider than the column, so that the longest words fit.
        room = Room(column.left - 10, column.width + 14)
        return goal.within(RegistryBench.drawn(self, looks), self.wanted, room, EMPTY)

    def offered(self) -> Iterator[tuple[str, ...]]:
        """Yield what can be pushed and pulled, the next release, and the other acts."""
        yield from product(("push",), self.now.images)
        yield from product(("pull",), self.now.tags)
        yield "release", self.next_release
        yield ("run",)
        yield ("remove",)
        yield ("forget",)


class ProcessLevelPage(OtherLevelPage, ProcessPage):
    """A level on a process bench as a page."""


class ProcessLevelBench(OtherLevelBench, ProcessBench):
    """A level on a process bench.

    >>> len(list(ProcessLevelBench(BenchLevel("", "", (), (), "processes")).offered()))
    79
    """

    page = ProcessLevelPage

    @property
    def alike(self) -> Hashable:
        """How each container was started, and what was done to it since."""
        trees = self.live.trees.values()
        sizes = tuple(container.size_rw for container in self.host.containers.values())
        return sizes, tuple((tree.text, tree.shell, tree.init, *tree.acts) for tree in trees)

    def offered(self) -> Iterator[ContainerAct]:
        """Yield what can be done to each container and to each process."""
        programs, forms, signals = self.offers
        for tree in self.now.containers:
            name = tree.name
            for text, shell, init in product(programs.values(), forms.values(), (False, True)):
                yield ContainerAct("run", name, text, shell, init)
            # Process 1 is chosen where none is there.
            pids = [row.pid for row in tree.rows] or [1]
            for pid, signal, inside in product(pids, signals, (True, False)):
                yield ContainerAct("signal", name, pid=pid, signal=signal, inside=inside)
            yield from (ContainerAct("tick", name, seconds=seconds) for seconds in (1, 10))
            yield from (ContainerAct(do, name) for do in ("stop", "write"))
            yield self.ran(name)._replace(do="start")
            yield from (ContainerAct("exec", name, text) for text in (SERVICE, ORPHAN))


class DisksLevelPage(OtherLevelPage, DisksPage):
    """A level on a disks bench as a page."""

    # The bench has three lists. To choose again in a list is as quick as to go back.
    left_out = ("back", "forward")

    def __init__(self, bench: "DisksLevelBench") -> None:
        super().__init__(bench, MOST_CONTAINERS)


class DisksLevelBench(OtherLevelBench, DisksBench):
    """A level on a disks bench.

    >>> len(list(DisksLevelBench(BenchLevel("", "", (), (), "disks")).offered()))
    114
    """

    page = DisksLevelPage

    @property
    def alike(self) -> Hashable:
        """The three choices."""
        now: DiskChoices = self.now
        return replace(now, refused="")

    def offered(self) -> Iterator[tuple[Any, ...]]:
        """Yield each number of containers, each change and each driver."""
        yield from product(("run",), range(MOST_CONTAINERS + 1))
        yield from product(("change",), CHANGES)
        yield from product(("look",), DRIVERS)


LEVEL_BENCHES: Mapping[str, type[OtherLevelBench]] = {
    "build": BuildLevelBench,
    "registry": RegistryLevelBench,
    "processes": ProcessLevelBench,
    "disks": DisksLevelBench,
}
"""The bench of a level by the name of its kind."""
