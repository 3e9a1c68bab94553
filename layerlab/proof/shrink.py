"""Shrink: a smaller program that still shows a difference, found by leaving things out (delta debugging).

Hypothesis' state machines would shrink too, but they draw the programs as well: a step that does nothing takes them a
third of the time that a step takes here with model, kernel and comparison. And programs here are plain data of a seed,
which recorded answers, worker processes and printed tests share.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeVar

from layerlab.model.entry import Spec
from layerlab.proof.differential import Difference, repeat
from layerlab.proof.kernel import Ground
from layerlab.proof.program import Program, ProofStep

Item = TypeVar("Item")


def shrink(difference: Difference, ground: Ground) -> Difference:
    """Return a difference of the same sort in the smallest program that was found."""
    best = difference

    def fails(program: Program) -> bool:
        nonlocal best
        try:
            found = repeat(program, ground)
        except (ValueError, OSError):  # the layers that are left cannot be made or written
            return False
        if found is None or _sort(found) != _sort(difference):
            return False
        best = found
        return True

    size = -1
    # Until nothing more can go: a layer that is gone may make a step needless, and the other way round.
    while size != _size(best.program):
        size = _size(best.program)
        _smaller(best.program.steps, partial(_fails_with, fails, best.program))
        for smaller in _layers(best.program):
            if _size(smaller) < _size(best.program):
                fails(smaller)
    return best


def _fails_with(fails: Callable[[Program], bool], program: Program, steps: tuple[ProofStep, ...]) -> bool:
    return fails(replace(program, steps=steps))


def _sort(difference: Difference) -> tuple[str, str]:
    return difference.mismatches[0].where, difference.mismatches[0].field


def _size(program: Program) -> int:
    folders = sum(1 + len(files) for files in (*program.layers, *program.folders))
    return len(program.steps) + folders + len(program.mounts)


def _smaller(items: Sequence[Item], fails: Callable[[tuple[Item, ...]], bool]) -> None:
    """Leave out ever smaller runs of items while the rest still fails."""
    kept = tuple(items)
    run = len(kept)
    while run:
        place = 0
        while place < len(kept):
            rest = kept[:place] + kept[place + run :]
            if fails(rest):
                kept = rest
            else:
                place += run
        run //= 2


def _layers(program: Program) -> Iterator[Program]:
    """Yield the program with one layer, one mount, or one name of a layer or folder less."""
    for number in range(len(program.mounts)):
        yield replace(program, mounts=program.mounts[:number] + program.mounts[number + 1 :])
    for number, files in enumerate(program.folders):
        for name in files:
            less: dict[str, Spec] = {key: spec for key, spec in files.items() if key != name}
            yield replace(program, folders=(*program.folders[:number], less, *program.folders[number + 1 :]))
    for number, files in enumerate(program.layers):
        others = program.layers[:number], program.layers[number + 1 :]
        yield replace(program, layers=others[0] + others[1])
        for name in files:
            fewer: dict[str, Spec] = {key: spec for key, spec in files.items() if key != name}
            yield replace(program, layers=(*others[0], fewer, *others[1]))
