"""Differential: one program run step by step in a container and on the kernel, and compared after every step."""

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import TracebackType

from layerlab.model.container import Container
from layerlab.model.entry import Whiteout
from layerlab.model.layer import Layer
from layerlab.proof import snapshot, totals
from layerlab.proof.generate import Generator
from layerlab.proof.kernel import Ground, Overlay
from layerlab.proof.program import Program, ProofStep, Returned, Side, container
from layerlab.proof.recording import Recording
from layerlab.proof.snapshot import Mismatch, Snapshot

LOOP: Returned = ("error", "ELOOP")
AGAIN = 5
"""How often a step is done again that the kernel refuses with ELOOP, which changes nothing.

Linux looks a path up without locks first. If anything is renamed or mounted in that moment, it starts again, and does
not forget the symlinks that it has followed (fs/namei.c): a chain of 31 may then be more than the 40 that it allows.
"""


@dataclass(frozen=True)
class Difference:
    """Where model and kernel differ: the program up to that step, the kernel's answers, and what differs."""

    program: Program
    answers: tuple[Returned, ...]
    mismatches: tuple[Mismatch, ...]


@dataclass
class OperationCount:
    """How many steps of each verb were done, and how many of them the kernel let through."""

    done: Counter[str] = field(default_factory=Counter)
    allowed: Counter[str] = field(default_factory=Counter)

    def add(self, verb: str, answer: Returned) -> None:
        """Count one step."""
        self.done[verb] += 1
        self.allowed[verb] += not (isinstance(answer, tuple) and answer[:1] == ("error",))

    def __iadd__(self, other: "OperationCount") -> "OperationCount":
        self.done += other.done
        self.allowed += other.allowed
        return self


class Subject:
    """A container that is asked to be as the kernel is. Whatever it raises is a difference, never an error here."""

    def __init__(self, program: Program) -> None:
        self.container = container(program)
        self.side = Side(self.container)
        self.start: Snapshot = {}

    def begin(self, start: Snapshot, merged: Snapshot, upper: Snapshot) -> list[Mismatch]:
        """Compare it with the kernel before the first step; `start` is what showed before anything was mounted."""
        self.start = start
        return self.compare(merged, upper)

    def do(self, step: ProofStep, expected: Returned, merged: Snapshot, upper: Snapshot) -> list[Mismatch]:
        """Do a step and return the differences from the kernel's answer, view and upper directory."""
        try:
            actual = self.side.do(step)
        # Every exception is caught, because a planted fault can raise anything, and that is a difference to report.
        except Exception as error:
            actual = ("crash", repr(error))
        lines = [] if expected == actual else [Mismatch("answer", "", "", expected, actual)]
        return lines + self.compare(merged, upper)

    def compare(self, merged: Snapshot, upper: Snapshot) -> list[Mismatch]:
        """Return the differences in what shows and in what the thin layer holds."""
        try:
            lines = snapshot.differences(merged, snapshot.merged(self.container.view()), "merged")
            return lines + snapshot.differences(upper, snapshot.upper(self.container), "upper")
        except Exception as error:
            return [Mismatch("crash", "", "", None, error)]

    def finish(self, bare: Snapshot, upper: Snapshot) -> list[Mismatch]:
        """Return the differences in what it says of its thin layer as a whole; `bare` shows beneath all mounts."""
        try:
            return totals.check(self.container, self.start, bare, upper)
        except Exception as error:
            return [Mismatch("crash", "", "", None, error)]


class Pair:
    """An overlay of the kernel and a container of the same image; a context manager."""

    def __init__(self, program: Program, ground: Ground) -> None:
        self.ground = ground
        self.program = program
        self.overlay = Overlay(program.image(), ground)
        self.kernel, self.model = Side(self.overlay), Subject(program)
        self.start: Snapshot = {}
        self.merged: Snapshot = {}
        self.upper: Snapshot = {}
        # The kernel lists a whiteout of a lower layer in a directory that merges with no other (see `snapshot.folder`).
        self._ghosts = frozenset(
            name.rpartition("/")[2]
            for files in program.layers
            for name, spec in files.items()
            if isinstance(spec, Whiteout)
        )

    def __enter__(self) -> "Pair":
        self.overlay.__enter__()
        self.start = self.bare()
        try:
            self._mount()
        except OSError:
            self.overlay.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.kernel.close()
        self.model.side.close()
        self.overlay.__exit__(kind, error, traceback)

    def begin(self) -> list[Mismatch]:
        """Compare the two before the first step."""
        self._look()
        return self.model.begin(self.start, self.merged, self.upper)

    def do(self, step: ProofStep) -> tuple[Returned, list[Mismatch]]:
        """Do a step on both sides; return the kernel's answer and the differences."""
        with self.overlay.inside():
            expected = self.kernel.do(step)
            for _ in range(AGAIN):
                if expected != LOOP:
                    break
                expected = self.kernel.do(step)
            if step[0] == "listdir" and isinstance(expected, list):
                expected = [name for name in expected if name not in self._ghosts or self._there(step[1], name)]
        self._look()
        return expected, self.model.do(step, expected, self.merged, self.upper)

    def finish(self) -> list[Mismatch]:
        """Compare what the container says of its thin layer, and mount the image that a commit of it makes."""
        lines = self.model.finish(self.bare(), self.upper)
        if lines or not totals.committable(self.upper):
            return lines
        committed = self.model.container.commit()
        shown_by = Container(committed, "committed", lambda: snapshot.NOW)
        with Overlay(committed, self.ground) as overlay:
            shown = snapshot.folder(overlay.merged, "", self._ghosts)
        return snapshot.differences(shown, snapshot.merged(shown_by.view()), "committed")

    def bare(self) -> Snapshot:
        """Return what shows beneath all mounts."""
        return snapshot.folder(self.overlay.bare, "", self._ghosts)

    def _mount(self) -> None:
        for number, files in enumerate(self.program.folders):
            self.overlay.folder(number, Layer.of(files))
        for path, folder, read_only, mode in self.program.mounts:
            self.overlay.mount(path, folder, mode, read_only=read_only)

    def _look(self) -> None:
        self.merged = snapshot.folder(self.overlay.merged, "", self._ghosts)
        self.upper = snapshot.folder(self.overlay.upper, self.ground.prefix)

    @staticmethod
    def _there(folder: str, name: str) -> bool:
        directory = os.open(folder, os.O_RDONLY)
        try:
            os.lstat(name, dir_fd=directory)
        except FileNotFoundError:
            return False
        finally:
            os.close(directory)
        return True


Choose = Callable[[Pair, int], ProofStep | None]


def run(
    start: Program, choose: Choose, ground: Ground, count: OperationCount, trace: Recording | None = None
) -> Difference | None:
    """Run steps as `choose` gives them until it gives None; return the first difference."""
    steps: list[ProofStep] = []
    answers: list[Returned] = []
    with Pair(start, ground) as pair:
        lines = pair.begin()
        if trace is not None:
            trace.begin(pair.merged, pair.upper)
        while not lines and (step := choose(pair, len(steps))) is not None:
            steps.append(step)
            answer, lines = pair.do(step)
            answers.append(answer)
            count.add(step[0], answer)
            if trace is not None:
                trace.add(step, answer, pair.merged, pair.upper)
        if not lines:
            lines = pair.finish()
        if trace is not None and start.mounts:
            trace.beneath = (pair.start, pair.bare())
    return Difference(replace(start, steps=tuple(steps)), tuple(answers), tuple(lines)) if lines else None


def explore(
    generator: Generator, length: int, ground: Ground, count: OperationCount
) -> tuple[Difference | None, Recording]:
    """Run a new random program of up to `length` steps; return the first difference, and what the kernel said."""

    def choose(pair: Pair, number: int) -> ProofStep | None:
        return generator.step(pair.merged, pair.kernel.handles) if number < length else None

    trace = Recording(generator.program())
    return run(trace.program, choose, ground, count, trace), trace


def repeat(program: Program, ground: Ground) -> Difference | None:
    """Run a program that is known; return the first difference."""
    steps = program.steps
    start = replace(program, steps=())
    return run(start, lambda _, number: steps[number] if number < len(steps) else None, ground, OperationCount())


def replay(trace: Recording, count: OperationCount) -> Difference | None:
    """Run a trace's program in a container alone, against what the kernel said when the trace was made."""
    merged, upper = dict(trace.merged), dict(trace.upper)
    try:
        subject = Subject(trace.program)
    except Exception as error:  # a planted fault
        return Difference(trace.program, (), (Mismatch("crash", "", "", None, error),))
    steps: list[ProofStep] = []
    answers: list[Returned] = []
    try:
        start, bare = trace.beneath or (merged, None)
        lines = subject.begin(start, merged, upper)
        for moment in trace.moments if not lines else ():
            steps.append(moment.step)
            answers.append(moment.answer)
            merged, upper = moment.after(merged, upper)
            count.add(moment.step[0], moment.answer)
            if lines := subject.do(moment.step, moment.answer, merged, upper):
                break
        if not lines:
            lines = subject.finish(merged if bare is None else bare, upper)
    finally:
        subject.side.close()
    return Difference(replace(trace.program, steps=tuple(steps)), tuple(answers), tuple(lines)) if lines else None
