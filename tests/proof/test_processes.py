"""Random programs as the kernel ran them, replayed in the model; and faults in the model, which that must find."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from layerlab import LayerlabError, processes
from layerlab.proof.faults import Fault, planted
from layerlab.proof.process_faults import PROCESS_FAULTS
from layerlab.proof.process_programs import ProcessAct, ProcessGenerator, ProcessProgram, ProgramPart, usable
from layerlab.proof.process_truth import ProcessDifference, as_process_test, compared, no_namespaces, shrunk

TRACES: list[dict[str, Any]] = json.loads((Path(__file__).parent.parent / "data/process-traces.json").read_text())


def difference(trace: dict[str, Any]) -> str:
    """The first step at which the model differs from what the kernel showed, "" if none does."""
    web = processes(trace["text"], trace["shell"], trace["init"] or False)
    for number, (kind, *given) in enumerate(trace["steps"]):
        if kind == "tick":
            web.tick(given[0])
        elif kind == "exec":
            web.exec(given[0])
        elif kind == "signal":
            pid, name, inside = given
            web.signal(pid, name, inside=inside)
        else:
            printed = [line for line in web.output if re.fullmatch(r"e\d+", line)]
            rows = [str(row).replace(trace["text"], "%") for row in web.table]
            shown = [web.code, printed] if kind == "end" else [rows]
            if shown != given or (kind == "end" and rows):
                return f"step {number}: {given} != {shown}"
    return ""


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: f"{trace['shell']}: {trace['text'][:40]}")
def test_a_recorded_program_runs_in_the_model_as_in_the_kernel(trace: dict[str, Any]) -> None:
    assert "" == difference(trace)


def test_every_shell_and_every_kind_of_process_1_was_recorded() -> None:
    assert {"dash", "bash", "busybox"} == {trace["shell"] for trace in TRACES}
    assert {None, "tini", "tini -g", "dumb-init", "dumb-init -c", "catatonit"} == {trace["init"] for trace in TRACES}
    assert len(TRACES) >= 60


@pytest.mark.parametrize("fault", PROCESS_FAULTS, ids=lambda fault: fault.name)
def test_a_fault_in_the_model_is_found(fault: Fault) -> None:
    def found(trace: dict[str, Any]) -> bool:
        try:
            return bool(difference(trace))
        except (LayerlabError, KeyError, AssertionError):
            return True

    with planted(fault):
        assert any(map(found, TRACES))


def test_the_same_seed_gives_the_same_program() -> None:
    assert ProcessGenerator("1/1", "dash").program() == ProcessGenerator("1/1", "dash").program()
    assert ProcessGenerator("1/1", "dash").program() != ProcessGenerator("1/2", "dash").program()


def test_a_program_in_which_two_processes_wake_at_once_is_not_used() -> None:
    tied = ProcessProgram(
        "dash", None, (ProgramPart("sleep", number=2, background=True), ProgramPart("sleep", number=2))
    )
    assert not usable(tied)


needs_namespaces = pytest.mark.skipif(bool(no_namespaces()), reason=no_namespaces())


@needs_namespaces
def test_a_planted_fault_is_shrunk_to_a_test_that_tells_right_from_wrong() -> None:
    (fault,) = (each for each in PROCESS_FAULTS if each.name == "TERM ends a process 1 without a handler")
    program = ProcessProgram(
        "dash",
        None,
        (ProgramPart("echo", number=1), ProgramPart("sleep", number=9, background=True), ProgramPart("exec", number=8)),
        (ProcessAct(1, "signal", 0, "TERM", inside=True),),
    )
    assert compared(program, 0.5) is None
    with planted(fault):
        found = compared(program, 0.5)
        assert isinstance(found, ProcessDifference)
        small = shrunk(found)
        test = as_process_test(small)
        assert not passes(test)
    assert len(small.program.parts) < len(program.parts)
    assert passes(test)


def passes(test: str) -> bool:
    names: dict[str, Any] = {}
    exec(test, names)
    try:
        names["test_the_processes_are_those_of_the_kernel"]()
    except (AssertionError, LayerlabError):
        return False
    return True


@needs_namespaces
def test_the_same_text_runs_for_real() -> None:
    web = processes("sleep 0.3 & exec sleep 9")
    web.tick(1)
    assert web.table == web.real()


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (lambda: processes("sleep 100").tick(60), "not run: the clock stands at 60 s"),
        (lambda: None, "not run: the image's own files are not on this machine"),
    ],
)
def test_what_cannot_run_for_real_says_why_in_one_line(made: Any, why: str) -> None:
    from layerlab import ProcessError, ScriptFile

    web = processes("sleep 100") if "clock" in why else processes("/a", files={"/a": ScriptFile("#!/bin/sh\nsleep 9")})
    if "clock" in why:
        web.tick(60)
    with pytest.raises(ProcessError) as refused:
        web.real()
    assert str(refused.value).startswith(why)
    assert "\n" not in str(refused.value)
