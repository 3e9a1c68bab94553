"""The proof: random layers and archives, read here, by Docker and by Podman; a difference is printed as a test.

`make prove ARGS="layers --seconds 7200"` runs for two hours.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Container, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from layerlab.proof.faults import Fault, planted
from layerlab.proof.suite import Outcome, Run
from tests.engines.machine import Machine, missing, running
from tools.layers.ask import Case, Docker, Engine, Podman, archive
from tools.layers.compare import Difference, differences, explanation
from tools.layers.draw import draw
from tools.layers.faults import FAULTS
from tools.layers.raw import Drawn
from tools.layers.seen import Refused, Seen, Shown, Tree, held, ours
from tools.layers.shrink import Again, as_test, shrink
from tools.layers.wrap import wrap

NAMES = ("Docker", "Podman")
COUNT = 400
BATCH = 100
KEPT = 300
"""Layers whose answers the planted faults are held against."""

SHOWN = 5


@dataclass
class Found:
    """What a run found: how many layers, refused by whom, explained differences, and the others by their nature."""

    layers: int = 0
    archives: int = 0
    answers: list["Answer"] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    explained: Counter[str] = field(default_factory=Counter)
    natures: Counter[str] = field(default_factory=Counter)
    finds: dict[str, Difference] = field(default_factory=dict)

    @property
    def drawn(self) -> int:
        """How many layers and archives there were."""
        return self.layers + self.archives


Answer = tuple[Drawn, Seen, dict[str, Seen]]
"""What was drawn, what this package makes of it and what each engine does."""

Ask = Callable[[Sequence[Drawn], Container[str]], list[Answer]]
"""What asks the engines of these names."""


class Comparison:
    """Engines, and the numbers of the layers that they have been asked of."""

    def __init__(self, machine: Machine) -> None:
        self._folder = machine.folder
        self.engines: list[Engine] = [
            Docker(machine, machine.docker_address), Podman(machine, machine.podman_address),
        ]  # fmt: skip
        self._number = 0

    def ask_of_archives(self, archives: Sequence[Drawn], of: Container[str] = NAMES) -> list[Answer]:
        """Return what this package and each engine make of whole archives."""
        asked = [engine for engine in self.engines if engine.name in of]
        found = []
        with ThreadPoolExecutor(len(asked)) as pool:
            for drawn in archives:
                data = drawn.packed()
                jobs = {engine.name: pool.submit(engine.hold, data) for engine in asked}
                mine = hold(drawn, self._folder)
                found.append((drawn, mine, {name: job.result() for name, job in jobs.items()}))
        return found

    def ask(self, layers: Sequence[Drawn], of: Container[str] = NAMES) -> list[Answer]:
        """Return what this package and each engine make of layers."""
        cases = []
        for drawn in layers:
            self._number += 1
            cases.append(Case(self._number, drawn))
        mine = {case.number: self._own(case) for case in cases}
        doubtful = frozenset(number for number, seen in mine.items() if isinstance(seen, Refused))
        with ThreadPoolExecutor(len(self.engines)) as pool:
            jobs = {
                engine.name: pool.submit(engine.ask, cases, doubtful) for engine in self.engines if engine.name in of
            }
            theirs = {name: job.result() for name, job in jobs.items()}
        return [
            (case.drawn, mine[case.number], {name: seen[case.number] for name, seen in theirs.items()})
            for case in cases
        ]

    def _own(self, case: Case) -> Seen:
        path = self._folder / "own.tar"
        path.write_bytes(archive([case]))
        return ours(path)


def _again(ask: Ask, names: Sequence[str]) -> Again:
    """Return what tells whether a layer still differs in the same way from the engines of these names."""

    def tell(like: Difference) -> Difference | None:
        found = [each for answer in ask([like.drawn], names) for each in differences(*answer)]
        return next((each for each in found if each.nature == like.nature and not explanation(each)), None)

    return tell


def compare(ask: Ask, drawn: Sequence[Drawn], found: Found) -> list[Answer]:
    """Compare what `ask` tells of layers or archives, add it to `found` and return it; shrink what is new."""
    answers = ask(drawn, NAMES)
    for each, mine, theirs in answers:
        found.refused += Counter(name for name, seen in (("here", mine), *theirs.items()) if isinstance(seen, Refused))
        for difference in differences(each, mine, theirs):
            if case := explanation(difference):
                found.explained[case.case] += 1
                continue
            found.natures[difference.nature] += 1
            if difference.nature not in found.finds:
                found.finds[difference.nature] = _shrunk(ask, difference)
    return answers


def _shrunk(ask: Ask, difference: Difference) -> Difference:
    """Shrink a difference by asking one engine, and then all whether it is still the same one."""
    (name, *others), theirs = difference.theirs, difference.theirs
    short = shrink(difference._replace(theirs={name: theirs[name]}), _again(ask, (name,)))
    return (_again(ask, (name, *others))(difference._replace(drawn=short.drawn))) or difference


def hold(drawn: Drawn, folder: Path) -> Seen:
    """Return what this package makes of a whole archive; `folder` is for its file."""
    path = folder / "archive.tar"
    path.write_bytes(drawn.packed())
    return held(path)


def read(drawn: Drawn, folder: Path) -> Seen:
    """Return what this package makes of a layer; `folder` is for its archive."""
    path = folder / "one.tar"
    path.write_bytes(archive([Case(0, drawn)]))
    return ours(path)


def usual() -> Tree:
    """Return what an image shows whose upper layer holds its number alone."""
    with tempfile.TemporaryDirectory() as folder:
        seen = read(Drawn(()), Path(folder))
    assert isinstance(seen, Shown)
    return seen.tree


def layers(run: Run, seconds: float | None = None, fresh: bool = False) -> Outcome:
    """Compare 300 layers and 100 archives, or as many as fit in so many seconds, and plant faults in the reader.

    The seed is a new one if `fresh`, else that of the run.
    """
    if why := missing():
        return Outcome(True, [f"not run: {why}"], {"run": False, "why": why})
    seed = random.randrange(10**9) if fresh else run.settings.seed
    found, begun = Found(), time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="ll-", ignore_cleanup_errors=True) as folder,
        running(Path(folder)) as machine,
    ):
        versions = machine.versions()
        comparison = Comparison(machine)
        while found.drawn < COUNT if seconds is None else time.monotonic() - begun < seconds:
            step(comparison, seed, found)
        missed = [fault.name for fault in FAULTS if not caught(fault, found.answers, Path(folder))]
    return report(found, seed, versions, time.monotonic() - begun, missed)


def step(comparison: Comparison, seed: int, found: Found) -> None:
    """Compare the next hundred: layers three times, then archives."""
    chances = [random.Random(f"{seed}/{number}") for number in range(found.drawn, found.drawn + BATCH)]
    if found.drawn // BATCH % 4 == 3:
        found.archives += BATCH
        compare(comparison.ask_of_archives, [wrap(chance) for chance in chances], found)
    else:
        found.layers += BATCH
        found.answers += compare(comparison.ask, [draw(chance) for chance in chances], found)
        del found.answers[KEPT:]


def caught(fault: Fault, answers: Sequence[Answer], folder: Path) -> bool:
    """Tell whether a fault in the reader makes another difference between it and what engines have answered."""
    for drawn, mine, theirs in answers:
        with planted(fault):
            wrong = read(drawn, folder)
        if {each.nature for each in differences(drawn, mine, theirs)} != {
            each.nature for each in differences(drawn, wrong, theirs)
        }:
            return True
    return False


def report(found: Found, seed: int, versions: dict[str, str], seconds: float, missed: list[str]) -> Outcome:
    """Return what was found as lines for people and facts for machines."""
    with_whom = " and ".join(f"{name} {versions[name]}" for name in NAMES)
    drawn = f"{found.layers:,} layers and {found.archives:,} archives of seed {seed}"
    lines = [
        f"{drawn} compared with {with_whom} in {seconds:.0f} s, {len(found.finds)} differences",
        "  refused " + ", ".join(f"{number:,} {name}" for name, number in sorted(found.refused.items())),
        *(f"  {number:>6,} explained: {case}" for case, number in sorted(found.explained.items())),
        *(f"  {number:>6,} NOT EXPLAINED: {nature}" for nature, number in found.natures.most_common()),
        f"  {len(FAULTS)} faults planted, {len(FAULTS) - len(missed)} caught",
        *(f"  not caught: {name}" for name in missed),
    ]
    facts: dict[str, object] = {
        "seed": seed, "layers": found.layers, "archives": found.archives, "differences": dict(found.natures),
        "explained": dict(found.explained), "refused": dict(found.refused), "not caught": missed,
    }  # fmt: skip
    tests = [as_test(each, usual()) for each in [*found.finds.values()][:SHOWN]]
    return Outcome(not found.finds and not missed, lines, facts, tests)
