"""Process truth: a random program run in the model and in a real PID namespace, and compared beat after beat.

What is compared is the shape of the tree with every state and command, the numbers too where no two processes could
race for them, the exit code, and the order of what was printed. A busy machine is late sometimes: a difference counts
if it is there with longer beats too.
"""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeVar

from layerlab.namespaces.pid_namespace import ProcessRow
from layerlab.namespaces.process import ContainerProcesses
from layerlab.namespaces.programs import INITS
from layerlab.namespaces.real_namespace import RealNamespace
from layerlab.namespaces.shell import SHELLS
from layerlab.namespaces.signals import ProcessError
from layerlab.proof.process_programs import (
    ACT_AT,
    BEATS,
    LOOK_AT,
    ProcessGenerator,
    ProcessProgram,
    ProgramPart,
    apply,
    usable,
)

LENGTHS = (0.3, 0.8, 2.0)
"""Seconds a beat, at first and wherever a difference shows."""

TRIES = 60
"""Programs that are tried to make a difference smaller."""

TreeShape = tuple[object, ...]
Item = TypeVar("Item")


@dataclass(frozen=True)
class ProcessDifference:
    """Where model and kernel differ: at which beat, and what each showed."""

    program: ProcessProgram
    beat: int
    expected: tuple[object, ...]
    actual: tuple[object, ...]


def shape(rows: Sequence[ProcessRow]) -> TreeShape:
    """Return a table as trees of states and commands, without numbers, in an order of their own.

    >>> shape(processes("sleep 5 & exec sleep 9").table)
    ((('S', 'sleep 9'), ((('S', 'sleep 5'), ()),)),)
    """

    def below(parent: int) -> TreeShape:
        found = [((row.state, row.command), below(row.pid)) for row in rows if row.parent == parent]
        return tuple(sorted(found, key=repr))

    return below(0)


def compared(program: ProcessProgram, beat: float) -> ProcessDifference | None:
    """Run a program in both worlds with beats of so many seconds, and return the first difference."""
    model = program.start(beat)
    with RealNamespace(program.text(beat), program.shell, program.init) as real:
        began = time.monotonic()

        def at(moment: float) -> None:
            time.sleep(max(0.0, began + moment * beat - time.monotonic()))

        for number in range(BEATS):
            model.tick(ACT_AT * beat)
            at(number + ACT_AT)
            for act in apply(program, number, model, beat):
                _do(act, real, model)
            model.tick((LOOK_AT - ACT_AT) * beat)
            at(number + LOOK_AT)
            difference = _look(program, number, model, real)
            if difference is not None or model.code is not None:
                return difference
            model.tick((1 - LOOK_AT) * beat)
    return None


def _do(act: tuple[object, ...], real: RealNamespace, model: ContainerProcesses) -> None:
    if act[0] == "exec":
        real.exec(str(act[1]))
        return
    _, row, word, inside = act
    assert isinstance(row, ProcessRow)
    pid = row.pid
    if model.raced:
        # The numbers may differ, so the process is looked for by what it is.
        pid = next((each.pid for each in real.table if each[2:] == row[2:]), 0)
    real.signal(pid, str(word), inside=bool(inside))


def _look(
    program: ProcessProgram, beat: int, model: ContainerProcesses, real: RealNamespace
) -> ProcessDifference | None:
    if model.code is not None or real.code is not None:
        printed = [line for line in model.output if line.startswith("e")]
        expected = (real.code, *(line for line in real.output.splitlines() if line[:1] == "e" and line[1:].isdigit()))
        actual: tuple[object, ...] = (model.code, *printed)
        return None if expected == actual else ProcessDifference(program, beat, expected, actual)
    table = real.table
    if shape(table) != shape(model.table) or (not model.raced and table != model.table):
        return ProcessDifference(program, beat, table, model.table)
    return None


def difference_of(program: ProcessProgram) -> ProcessDifference | None:
    """Return a difference that stays with longer beats, None if there is none."""
    found = None
    for length in LENGTHS:
        found = compared(program, length)
        if found is None:
            return None
    return found


@dataclass
class Explored:
    """What a run of random programs found."""

    programs: int
    looks: int
    differences: list[ProcessDifference]
    repeated: int


def no_namespaces() -> str:
    """Return why real namespaces cannot be made here with all shells and inits, "" if they can."""
    try:
        for shell in SHELLS:
            RealNamespace("true", shell, None).close()
        for init in INITS:
            RealNamespace("true", "dash", init).close()
    except ProcessError as reason:
        return str(reason).removeprefix("not run: ")
    return ""


def explored(seed: str, shell: str, count: int, at_once: int) -> Explored:
    """Run so many random programs of a shell, several at once because they sleep most of the time."""
    found = Explored(0, 0, [], 0)
    programs = [ProcessGenerator(f"{seed}/{number}", shell).program() for number in range(count)]
    with ThreadPoolExecutor(at_once) as pool:
        first = list(pool.map(lambda program: compared(program, LENGTHS[0]), programs))
    found.programs = count
    found.looks = sum(_looks(program) for program in programs)
    late = [program for program, difference in zip(programs, first, strict=True) if difference is not None]
    found.repeated = len(late)
    with ThreadPoolExecutor(max(1, at_once // 4)) as pool:
        found.differences = [difference for difference in pool.map(_again, late) if difference is not None]
    return found


def _looks(program: ProcessProgram) -> int:
    """Return how many tables are compared: one a beat until process 1 ends."""
    model = program.start(1)
    for beat in range(BEATS):
        model.tick(ACT_AT)
        apply(program, beat, model, 1)
        model.tick(LOOK_AT - ACT_AT)
        if model.code is not None:
            return beat + 1
        model.tick(1 - LOOK_AT)
    return BEATS


def _again(program: ProcessProgram) -> ProcessDifference | None:
    found = None
    for length in LENGTHS[1:]:
        found = compared(program, length)
        if found is None:
            return None
    return found


# A difference made small, and printed as a test.


def shrunk(difference: ProcessDifference) -> ProcessDifference:
    """Return a smaller program that shows a difference still."""
    best, tries = difference, 0
    smaller = True
    while smaller and tries < TRIES:
        smaller = False
        for candidate in _smaller(best.program):
            tries += 1
            if tries >= TRIES:
                break
            if usable(candidate) and (found := _differs(candidate)) is not None:
                best, smaller = found, True
                break
    return best


def _differs(program: ProcessProgram) -> ProcessDifference | None:
    found = None
    for length in LENGTHS[:2]:
        found = compared(program, length)
        if found is None:
            return None
    return found


def _smaller(program: ProcessProgram) -> Iterator[ProcessProgram]:
    if program.init is not None:
        yield replace(program, init=None)
    for acts in _fewer(program.acts):
        yield replace(program, acts=acts)
    for parts in _fewer_parts(program.parts):
        yield replace(program, parts=parts)


def _fewer(items: tuple[Item, ...]) -> Iterator[tuple[Item, ...]]:
    for place in range(len(items)):
        yield items[:place] + items[place + 1 :]


def _fewer_parts(parts: tuple[ProgramPart, ...]) -> Iterator[tuple[ProgramPart, ...]]:
    yield from (rest for rest in _fewer(parts) if rest)
    for place, part in enumerate(parts):
        before, after = parts[:place], parts[place + 1 :]
        if part.inside and part.kind not in ("trap", "&&", "||"):
            yield before + part.inside + after
        if part.kind in ("&&", "||"):
            for half in part.inside:
                yield (*before, half, *after)
        for inside in _fewer_parts(part.inside):
            if part.kind not in ("&&", "||") or len(inside) == len(part.inside):
                yield (*before, replace(part, inside=inside), *after)


def as_process_test(difference: ProcessDifference) -> str:
    """Return a difference as a test that fails while it is there."""
    program, beat = difference.program, LENGTHS[1]
    lines = [
        "from layerlab import processes",
        "",
        "",
        "def test_the_processes_are_those_of_the_kernel() -> None:",
        f"    web = processes({program.text(beat)!r}, {program.shell!r}, {program.init or False!r})",
    ]
    model = program.start(beat)
    for number in range(difference.beat + 1):
        model.tick(ACT_AT * beat)
        lines.append(f"    web.tick({ACT_AT * beat:g})")
        lines += [f"    {_as_code(act)}" for act in apply(program, number, model, beat)]
        rest = LOOK_AT if number == difference.beat else 1
        model.tick((rest - ACT_AT) * beat)
        lines.append(f"    web.tick({(rest - ACT_AT) * beat:g})")
    if difference.expected and isinstance(difference.expected[0], ProcessRow):
        rows = [str(row) for row in difference.expected]
        lines.append(f"    assert {rows!r} == [str(row) for row in web.table]")
    else:
        code, *printed = difference.expected
        lines.append(f"    assert ({code!r}, {printed!r}) == (web.code, [*web.output])")
    return "\n".join(lines)


def _as_code(act: tuple[object, ...]) -> str:
    if act[0] == "exec":
        return f"web.exec({act[1]!r})"
    _, row, word, inside = act
    assert isinstance(row, ProcessRow)
    return f"web.signal({row.pid}, {word!r}, inside={inside})"
