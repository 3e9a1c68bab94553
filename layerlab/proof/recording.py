"""Recording: a program and what a kernel answered to each of its steps, kept so that it can be compared without one.

A trace file is JSON: a heading, then one line for each program. What shows and what lies in the upper directory
is told by its changes from step to step.
"""

import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

from layerlab.model.entry import WHITEOUT, Device, Directory, Fifo, File, HardLink, Spec, Symlink, Whiteout
from layerlab.proof.program import PlannedMount, Program, ProofStep, Returned
from layerlab.proof.snapshot import Seen, Snapshot

SnapshotChange = dict[str, Seen | None]
"""What is new of some names: how they show now, None where they are gone."""

_SPECS: dict[str, type[Any]] = {spec.__name__: spec for spec in (Device, Directory, Fifo, File, HardLink, Symlink)}
_BLANK = Seen("")


class RecordedStep(NamedTuple):
    """One step, the kernel's answer, and what the step changed."""

    step: ProofStep
    answer: Returned
    merged: SnapshotChange
    upper: SnapshotChange

    def after(self, merged: Snapshot, upper: Snapshot) -> tuple[Snapshot, Snapshot]:
        """Return the two states after this step, given those before it."""
        return _changed(merged, self.merged), _changed(upper, self.upper)


@dataclass
class Recording:
    """A program without its steps, the state in which it began, and its steps.

    `beneath` is what showed beneath its mounts before they were made, and in the end; None where it has none.
    """

    program: Program
    merged: Snapshot = field(default_factory=dict)
    upper: Snapshot = field(default_factory=dict)
    moments: list[RecordedStep] = field(default_factory=list)
    beneath: tuple[Snapshot, Snapshot] | None = None

    @property
    def layers(self) -> tuple[dict[str, Spec], ...]:
        """The layers that the program starts from."""
        return self.program.layers

    def begin(self, merged: Snapshot, upper: Snapshot) -> None:
        """Note the state before the first step."""
        self.merged = self._merged = merged
        self.upper = self._upper = upper

    def add(self, step: ProofStep, answer: Returned, merged: Snapshot, upper: Snapshot) -> None:
        """Note a step and the state after it."""
        self.moments.append(RecordedStep(step, answer, _change(self._merged, merged), _change(self._upper, upper)))
        self._merged, self._upper = merged, upper


def _change(before: Snapshot, after: Snapshot) -> SnapshotChange:
    change: SnapshotChange = {path: seen for path, seen in after.items() if before.get(path) != seen}
    return change | {path: None for path in before if path not in after}


def _changed(state: Snapshot, change: SnapshotChange) -> Snapshot:
    if not change:
        return state
    changed = {**state, **{path: seen for path, seen in change.items() if seen is not None}}
    for path, seen in change.items():
        if seen is None:
            del changed[path]
    return changed


def save(traces: Iterable[Recording], heading: dict[str, object], path: Path) -> None:
    """Write a trace file."""
    lines = [json.dumps(heading), *map(_line, traces)]
    path.write_text("\n".join(lines) + "\n", encoding="ascii")


def load(path: Path) -> tuple[dict[str, Any], list[Recording]]:
    """Read a trace file: its heading and its traces, but those that open files in a way that this system lacks."""
    heading, *lines = path.read_text(encoding="ascii").splitlines()
    traces = [_unpacked(json.loads(line)) for line in lines]
    return json.loads(heading), [trace for trace in traces if _possible(trace)]


def _possible(trace: Recording) -> bool:
    flags = {flag for moment in trace.moments if moment.step[0] == "open" for flag in moment.step[3].split("|")}
    return all(hasattr(os, flag) for flag in flags)


def _line(trace: Recording) -> str:
    return json.dumps(_packed(trace), separators=(",", ":"))


def packed_size(trace: Recording) -> int:
    """Return the bytes that a trace takes in a file."""
    return len(_line(trace)) + 1


def _packed(trace: Recording) -> list[object]:
    layers = _packed_files(trace.layers)
    moments = [
        [_value(moment.step), _value(moment.answer), _packed_change(moment.merged), _packed_change(moment.upper)]
        for moment in trace.moments
    ]
    packed: list[object] = [layers, _packed_change(dict(trace.merged)), _packed_change(dict(trace.upper)), moments]
    if trace.beneath is None:
        return packed
    start, bare = trace.beneath
    # The end is told by its changes, because most names are as they were.
    told = [_packed_change(dict(start)), _packed_change(dict(sorted(_change(start, bare).items())))]
    return [*packed, _packed_files(trace.program.folders), list(map(list, trace.program.mounts)), *told]


def _packed_files(each: Iterable[dict[str, Spec]]) -> list[object]:
    return [{name: _packed_spec(spec) for name, spec in files.items()} for files in each]


def _unpacked(line: list[Any]) -> Recording:
    layers, merged, upper, moments, *mounted = line
    trace = Recording(Program(_unpacked_files(layers)))
    if mounted:
        folders, mounts, start, end = mounted
        program = Program(trace.layers, (), _unpacked_files(folders), tuple(PlannedMount(*each) for each in mounts))
        first: Snapshot = _unpacked_change(start)  # type: ignore[assignment]
        trace = Recording(program, beneath=(first, _changed(first, _unpacked_change(end))))
    trace.merged, trace.upper = _unpacked_change(merged), _unpacked_change(upper)  # type: ignore[assignment]
    for step, answer, shown, thin in moments:
        error = isinstance(answer, list) and answer[:1] == ["error"]
        answer = tuple(answer) if error else _unvalue(answer)
        trace.moments.append(
            RecordedStep(tuple(map(_unvalue, step)), answer, _unpacked_change(shown), _unpacked_change(thin))
        )
    return trace


def _unpacked_files(each: list[dict[str, Any]]) -> tuple[dict[str, Spec], ...]:
    return tuple({name: _unpacked_spec(spec) for name, spec in files.items()} for files in each)


def _packed_spec(spec: Spec) -> object:
    if isinstance(spec, Whiteout):
        return None
    values = [getattr(spec, each.name) for each in fields(spec)]  # type: ignore[arg-type]
    return [type(spec).__name__, *map(_value, values)]


def _unpacked_spec(packed: list[Any] | None) -> Spec:
    spec: Spec = WHITEOUT if packed is None else _SPECS[packed[0]](*map(_unvalue, packed[1:]))
    return spec


def _packed_change(change: SnapshotChange) -> dict[str, object]:
    return {path: seen and _packed_seen(seen) for path, seen in change.items()}


def _packed_seen(seen: Seen) -> object:
    """Return a name's fields without those at the end that are as usual."""
    values = list(seen)
    # A trace file is shipped with the package, so fields at their usual value are left out.
    while values and values[-1] == _BLANK[len(values) - 1]:
        values.pop()
    return [_value(value) for value in values]


def _unpacked_change(packed: dict[str, Any]) -> SnapshotChange:
    return {path: values and _unpacked_seen(values) for path, values in packed.items()}


def _unpacked_seen(values: list[Any]) -> Seen:
    seen = Seen(*map(_unvalue, values))
    return seen._replace(xattrs=tuple((key, value) for key, value in seen.xattrs))


def _value(value: object) -> object:
    """Return a value as JSON has it; bytes that repeat as what repeats and their number."""
    if isinstance(value, bytes):
        text = value.decode("latin-1")
        unit = match[0] if (match := re.match(r"\d+\.", text)) else ""
        if unit and len(text) > 20 and (unit * len(text))[: len(text)] == text:
            return {"b": unit, "n": len(text)}
        return {"b": text}
    if isinstance(value, dict):
        return {"d": {key: _value(each) for key, each in value.items()}}
    if isinstance(value, list | tuple):
        return [_value(each) for each in value]
    return value


def _unvalue(value: Any) -> Any:
    if isinstance(value, list):
        return [_unvalue(each) for each in value]
    if not isinstance(value, dict):
        return value
    if "d" in value:
        return {key: _unvalue(each) for key, each in value["d"].items()}
    data = value["b"].encode("latin-1")
    return (data * value["n"])[: value["n"]] if "n" in value else data
