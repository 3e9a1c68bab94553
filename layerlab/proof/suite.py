"""Suite: the named proofs that need the kernel, run with a seed on all processors, and their report."""

import datetime
import multiprocessing
import os
import platform
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from layerlab.namespaces.shell import SHELLS
from layerlab.proof.differential import Difference, OperationCount, explore, replay
from layerlab.proof.disks import compare_all
from layerlab.proof.faults import FAULTS, Fault, planted
from layerlab.proof.gate import Catch, catch
from layerlab.proof.generate import Generator
from layerlab.proof.kernel import Ground, NoOverlay, enter
from layerlab.proof.process_truth import as_process_test, explored, no_namespaces, shrunk
from layerlab.proof.recording import Recording, load, packed_size, save
from layerlab.proof.script import as_test
from layerlab.proof.shrink import shrink

TRACES = Path(__file__).with_name("data") / "kernel-traces.jsonl"
"""What a kernel answered, for machines without overlayfs."""

BATCH = 20
"""Programs that a worker runs at a time."""

GATE = 400
"""Programs whose kernel answers the planted faults are held against."""

SPARE = 110_000
"""Bytes of a trace file that are left for programs which show what the first ones do not."""

SEEDS = 5
"""Seeds whose programs are looked at for a trace file."""

SHOWN = 3
"""Differences that are shrunk and printed."""


@dataclass(frozen=True)
class Settings:
    """What a run is asked for: `count` operations at least, `length` a program, unless `seconds` are over before."""

    seed: int = 1
    count: int = 100_000
    length: int = 50
    seconds: float = 3600.0
    traces: Path = TRACES
    say: Callable[[str], None] = print


@dataclass
class Outcome:
    """What a proof found: whether it holds, lines for people, and facts for machines."""

    passed: bool
    lines: list[str]
    facts: dict[str, object]
    tests: list[str] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """What stands before the lines; nothing where the proof could not be run."""
        if self.facts.get("run") is False:
            return ""
        return "holds: " if self.passed else "FAILS: "


def not_run(why: str, *, passed: bool = True) -> Outcome:
    """Return what a proof says that could not be run, which is a failure where nothing may be skipped."""
    return Outcome(passed, [f"not run: {why}"], {"run": not passed, "why": why})


@dataclass
class Run:
    """What the proofs of one run share: settings, worker processes, and what the kernel has answered so far."""

    settings: Settings
    pool: ProcessPoolExecutor
    folder: Path
    missing: str
    privileged: bool = True
    traces: list[Recording] = field(default_factory=list)


NAMESPACE = 5_000
"""Operations that are run in a user namespace too."""

Prover = Callable[[Run], Outcome]


@dataclass
class Batch:
    """What a worker brings back of the programs from `start` on."""

    start: int
    count: OperationCount
    traces: list[Recording]
    differences: list[Difference]


def fidelity(run: Run, *, table: bool = True) -> Outcome:
    """Run random programs in a container and on the kernel; compare after every operation."""
    if run.missing:
        return not_run(run.missing)
    settings = run.settings
    count, differences, started = OperationCount(), list[Difference](), time.monotonic()
    said = started
    traces: dict[int, list[Recording]] = {}
    for batch in _batches(run):
        count += batch.count
        differences += batch.differences
        traces[batch.start] = batch.traces
        if time.monotonic() - said > 20:
            said = time.monotonic()
            settings.say(f"{count.done.total():,} operations, {len(differences)} differences")
    run.traces += [trace for start in sorted(traces) for trace in traces[start]]
    seconds = time.monotonic() - started
    operations = count.done.total()
    lines = [
        f"{operations:,} operations in {seconds:.0f} s, {len(differences)} differences",
        *(_table(count) if table else []),
    ]
    facts = {
        "operations": operations,
        "differences": len(differences),
        "seconds": round(seconds, 1),
        "kinds": {verb: {"done": count.done[verb], "allowed": count.allowed[verb]} for verb in sorted(count.done)},
    }
    return Outcome(not differences, lines, facts, [as_test(difference) for difference in differences[:SHOWN]])


def _batches(run: Run) -> Iterator[Batch]:
    """Yield what workers bring back, in any order, until the run has its count or its seconds are over."""
    settings = replace(run.settings, say=print)  # whatever else it is may not cross to a worker
    deadline = time.monotonic() + settings.seconds
    programs = -(-settings.count // settings.length)
    starts = iter(range(0, programs, BATCH))
    waiting: set[Future[Batch]] = set()
    while True:
        while (
            len(waiting) < 2 * workers() and time.monotonic() < deadline and (start := next(starts, None)) is not None
        ):
            stop = min(start + BATCH, programs)
            waiting.add(run.pool.submit(_explore, run.folder, run.privileged, settings, start, stop))
        if not waiting:
            return
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield future.result()


def _table(count: OperationCount) -> list[str]:
    head = f"  {'operation':<16}{'done':>10}{'allowed':>10}"
    rows = [f"  {verb:<16}{number:>10,}{count.allowed[verb]:>10,}" for verb, number in sorted(count.done.items())]
    return [head, *rows]


def recorded(run: Run) -> Outcome:
    """Replay the committed traces in a container."""
    heading, traces = load(run.settings.traces)
    count = OperationCount()
    differences = [difference for trace in traces if (difference := replay(trace, count))]
    operations = count.done.total()
    line = f"{operations:,} recorded operations of Linux {heading['kernel']} replayed, {len(differences)} differences"
    facts = {"operations": operations, "differences": len(differences), "kernel": heading["kernel"]}
    return Outcome(not differences, [line], facts, [as_test(difference) for difference in differences[:SHOWN]])


def gate(run: Run) -> Outcome:
    """Plant faults in the model, one at a time; each must be found."""
    traces = [*run.traces, *recorded_traces()]
    shares = [FAULTS[start :: workers()] for start in range(workers())]
    found = [run.pool.submit(_catch, share, traces) for share in shares]
    catches = {caught.fault.name: caught for future in found for caught in future.result()}
    missed = [name for name, caught in catches.items() if caught.operations is None]
    slowest = max((caught.operations or 0, name) for name, caught in catches.items())
    line = f"{len(FAULTS)} faults planted, {len(FAULTS) - len(missed)} caught"
    lines = [f"{line}, the last after {slowest[0]:,} operations ({slowest[1]})"]
    lines += [f"  not caught: {name}" for name in missed]
    facts: dict[str, object] = {
        "planted": len(FAULTS),
        "caught": len(FAULTS) - len(missed),
        "faults": {fault.name: {"rule": fault.rule, "operations": catches[fault.name].operations} for fault in FAULTS},
    }
    return Outcome(not missed, lines, facts)


def shrinking(run: Run) -> Outcome:
    """Find planted faults against the kernel itself; each must shrink to a test that tells right from wrong."""
    if missing := run.missing or ("" if run.privileged else "some faults show to root alone"):
        return not_run(missing)
    faults = list({fault.rule: fault for fault in reversed(FAULTS)}.values())
    found = [run.pool.submit(_shrink, run.folder, run.settings.seed, fault) for fault in faults]
    sizes = {fault.name: future.result() for fault, future in zip(faults, found, strict=True)}
    wrong = [name for name, size in sizes.items() if size is None]
    longest = max((size for size in sizes.values() if size is not None), default=0)
    line = f"{len(sizes) - len(wrong)} of {len(sizes)} faults shrunk to tests of {longest} operations at most"
    return Outcome(not wrong, [line, *(f"  no test for: {name}" for name in wrong)], {"operations": sizes})


def namespace(run: Run) -> Outcome:
    """Run programs without the rights of root, as a reader may: in a user namespace, with `userxattr`."""
    with _pool() as pool:
        missing, _ = pool.submit(_rights, run.folder, False).result()
        if missing:
            return not_run(missing)
        settings = replace(run.settings, count=min(NAMESPACE, run.settings.count))
        return fidelity(Run(settings, pool, run.folder, "", privileged=False), table=False)


def disks(run: Run) -> Outcome:
    """Compare what drivers take of a disk, and pages in memory, with real file systems on loop files."""
    folder = run.folder / "disks"
    folder.mkdir()
    # A process of its own, because its mounts and loop files go with it.
    with _pool(1) as pool:
        try:
            reports, missing = pool.submit(compare_all, folder, run.settings.seed).result()
        except NoOverlay as reason:
            return not_run(str(reason), passed=not nothing_may_be_skipped())
    failures = [failure for report in reports for failure in report.failures]
    count, pages = sum(report.bytes for report in reports), sum(report.pages for report in reports)
    lines = [f"{count} amounts of bytes and {pages} of pages on {len(reports)} disks, {len(failures)} differences"]
    lines += [f"  {report.set_up:<10} at most {report.worst.share:.0%} of what may differ" for report in reports]
    lines += [f"  not run: {name}, because {why}" for name, why in missing.items()]
    lines += [f"  {failure}" for failure in failures]
    facts: dict[str, object] = {
        "bytes": count,
        "pages": pages,
        "differences": [str(failure) for failure in failures],
        "missing": missing,
        "worst": {report.set_up: report.worst._asdict() for report in reports},
    }
    return Outcome(not failures and not (missing and nothing_may_be_skipped()), lines, facts)


def nothing_may_be_skipped() -> bool:
    """Tell whether this machine is to lack nothing, as in continuous integration."""
    return os.environ.get("LAYERLAB_NO_SKIPS") == "1"


PROGRAMS = 170
"""Programs of processes that each shell runs."""


def processes(run: Run) -> Outcome:
    """Run random programs of each shell in the model and in real PID namespaces; compare the tables of processes."""
    if missing := no_namespaces():
        return not_run(missing)
    started = time.monotonic()
    found = {shell: explored(str(run.settings.seed), shell, PROGRAMS, 10 * workers()) for shell in SHELLS}
    programs = sum(each.programs for each in found.values())
    looks = sum(each.looks for each in found.values())
    differences = [difference for each in found.values() for difference in each.differences]
    seconds = time.monotonic() - started
    late = sum(each.repeated for each in found.values())
    line = f"{programs} programs of {', '.join(SHELLS)} in {seconds:.0f} s, {looks:,} tables"
    line += f", {len(differences)} differences ({late} programs were run again with more time)"
    facts: dict[str, object] = {
        "programs": programs,
        "tables": looks,
        "differences": len(differences),
        "again": late,
        "seconds": round(seconds, 1),
    }
    return Outcome(not differences, [line], facts, [as_process_test(shrunk(each)) for each in differences[:SHOWN]])


PROOFS: dict[str, Prover] = {
    "fidelity": fidelity,
    "recorded": recorded,
    "faults": gate,
    "shrinking": shrinking,
    "namespace": namespace,
    "disks": disks,
    "processes": processes,
}
"""Every proof by its name, in the order in which they run."""


def prove(
    settings: Settings, names: list[str] | None = None, proofs: Mapping[str, Prover] = MappingProxyType(PROOFS)
) -> tuple[bool, dict[str, object]]:
    """Run proofs and say what they found; return whether all hold, and the facts."""
    date = datetime.datetime.now(datetime.UTC).date().isoformat()
    kernel = _kernel()
    settings.say(f"layerlab against Linux {kernel}, {date}, seed {settings.seed}")
    facts: dict[str, object] = {"date": date, "kernel": kernel, "seed": settings.seed}
    passed = True
    with tempfile.TemporaryDirectory(prefix="layerlab-") as folder, _pool() as pool:
        missing, privileged = pool.submit(_rights, Path(folder)).result()
        if missing:
            settings.say(f"{missing}: recorded answers are replayed instead")
        run = Run(settings, pool, Path(folder), missing, privileged)
        for name in names or proofs:
            outcome = proofs[name](run)
            passed = passed and outcome.passed
            facts[name] = {"passed": outcome.passed, **outcome.facts}
            settings.say(f"{name}: {outcome.verdict}" + "\n".join(outcome.lines))
            for test in outcome.tests:
                settings.say(f"\n{test}")
    return passed, facts


def _kernel() -> str:
    return platform.release().partition("-")[0]


class Agreement(NamedTuple):
    """What a comparison found: differences among so many operations, and who was asked."""

    differences: int
    operations: int
    against: str


def compare(programs: int, length: int = 5, seed: int = 1) -> Agreement:
    """Run random programs in a container and on this machine's kernel, and count the differences.

    Where overlayfs cannot be mounted, the recorded answers are replayed instead; `against` tells which it was.
    """
    with tempfile.TemporaryDirectory(prefix="layerlab-") as folder, _pool() as pool:
        missing, privileged = pool.submit(_rights, Path(folder)).result()
        settings = Settings(seed, programs * length, length, say=lambda _: None)
        run = Run(settings, pool, Path(folder), missing, privileged)
        facts = (recorded if missing else fidelity)(run).facts
    against = f"recorded answers of Linux {facts['kernel']}" if missing else f"Linux {_kernel()}"
    return Agreement(int(str(facts["differences"])), int(str(facts["operations"])), against)


@cache
def recorded_traces() -> tuple[Recording, ...]:
    """Return the recorded answers of a kernel."""
    return tuple(load(TRACES)[1])


def caught(fault: Fault) -> bool:
    """Plant a fault in the model for a moment; tell whether the recorded answers show it."""
    return catch(fault, recorded_traces()).operations is not None


def workers() -> int:
    """Return how many processes work at a time."""
    return os.cpu_count() or 1


def _pool(processes: int | None = None) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(processes or workers(), multiprocessing.get_context("spawn"))


# What runs in a worker.

_grounds: dict[Path, Ground] = {}


def _ground(folder: Path, privileged: bool = True) -> Ground:
    if folder not in _grounds:
        _grounds[folder] = enter(folder, privileged=privileged)
    return _grounds[folder]


def _rights(folder: Path, privileged: bool = True) -> tuple[str, bool]:
    """Return why overlays cannot be mounted, "" if they can, and whether with the rights of the machine's root."""
    try:
        return "", _ground(folder, privileged).privileged
    except NoOverlay as reason:
        return str(reason), False


def _explore(folder: Path, privileged: bool, settings: Settings, start: int, stop: int) -> Batch:
    ground = _ground(folder, privileged)
    batch = Batch(start, OperationCount(), [], [])
    for number in range(start, stop):
        generator = Generator(f"{settings.seed}/{number}", ground.privileged, ground.guarded)
        difference, trace = explore(generator, settings.length, ground, batch.count)
        if difference:
            batch.differences.append(difference if batch.differences else shrink(difference, ground))
        elif number < GATE:
            batch.traces.append(trace)
    return batch


def _catch(faults: tuple[Fault, ...], traces: list[Recording]) -> list[Catch]:
    return [catch(fault, traces) for fault in faults]


def _shrink(folder: Path, seed: int, fault: Fault) -> int | None:
    """Return the steps of a test that a fault is shrunk to; None if no test tells right from wrong."""
    ground = _ground(folder)
    for number in range(GATE):
        with planted(fault):
            generator = Generator(f"{seed}/{number}", ground.privileged, ground.guarded)
            difference, _ = explore(generator, Settings.length, ground, OperationCount())
            if difference is None:
                continue
            difference = shrink(difference, ground)
            test = as_test(difference)
            caught = not _passes(test)
        if caught and _passes(test):  # a name such as .wh.a can be in no layer, so no test of layers
            return len(difference.program.steps)
    return None


def _passes(test: str) -> bool:
    names: dict[str, Callable[[], None]] = {}
    exec(test, names)
    try:
        names["test_the_container_does_as_the_kernel_does"]()
    except Exception:
        return False
    return True


def record(settings: Settings, size: int) -> int:
    """Write a trace file of about `size` bytes at most: a seed's programs, and the kernel's answers to them.

    The first programs are taken as they come, then those alone that show a planted fault which none before them shows.
    """
    with tempfile.TemporaryDirectory(prefix="layerlab-") as folder, _pool() as pool:
        kept: list[Recording] = []
        programs = _recordings(pool, Path(folder), settings)
        while size > SPARE:
            kept.append(next(programs))
            size -= packed_size(kept[-1])
        missing = [fault for fault in FAULTS if catch(fault, kept).operations is None]
        while missing:
            trace = next(programs)
            found = [fault for fault in missing if catch(fault, [trace]).operations is not None]
            if found and packed_size(trace) < size:
                kept.append(trace)
                size -= packed_size(trace)
                missing = [fault for fault in missing if fault not in found]
    heading = {"kernel": _kernel(), "seed": settings.seed, "programs": len(kept)}
    settings.traces.parent.mkdir(parents=True, exist_ok=True)
    save(kept, heading, settings.traces)
    return sum(len(trace.moments) for trace in kept)


def _recordings(pool: ProcessPoolExecutor, folder: Path, settings: Settings) -> Iterator[Recording]:
    """Yield programs with the kernel's answers, of a seed and of those that follow it; a difference raises ValueError.

    Programs that do not show every planted fault raise it too, after many.
    """
    for seed in range(settings.seed, settings.seed + SEEDS):
        asked = replace(settings, seed=seed, say=print)
        for start in range(0, GATE, BATCH):
            batch = pool.submit(_explore, folder, True, asked, start, start + BATCH).result()
            if batch.differences:
                raise ValueError("the model differs from this kernel: mend that first")
            yield from batch.traces
    raise ValueError(f"{SEEDS * GATE} programs do not show every planted fault")
