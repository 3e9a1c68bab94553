"""Record what the kernel showed of random programs: `python -m tests.namespaces.record_processes` writes the file."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from layerlab.namespaces.pid_namespace import ProcessRow
from layerlab.namespaces.real_namespace import RealNamespace
from layerlab.namespaces.shell import SHELLS
from layerlab.proof.process_programs import (
    ACT_AT,
    BEATS,
    LOOK_AT,
    ProcessAct,
    ProcessGenerator,
    ProcessProgram,
    ProgramPart,
    apply,
)

FILE = Path(__file__).parent.parent / "data" / "process-traces.json"
EACH, BEAT = 40, 1.5


def recorded(program: ProcessProgram) -> dict[str, Any] | None:
    """What the kernel showed, step by step; None where two processes raced for a number."""
    model, steps = program.start(BEAT), list[list[Any]]()
    with RealNamespace(program.text(BEAT), program.shell, program.init) as real:
        began = time.monotonic()
        for beat in range(BEATS):
            for place in (ACT_AT, LOOK_AT):
                time.sleep(max(0.0, began + (beat + place) * BEAT - time.monotonic()))
                if place == LOOK_AT:
                    break
                model.tick(ACT_AT * BEAT)
                steps.append(["tick", round(ACT_AT * BEAT, 3)])
                for act in apply(program, beat, model, BEAT):
                    if act[0] == "exec":
                        real.exec(str(act[1]))
                        steps.append(list(act))
                    else:
                        assert isinstance(act[1], ProcessRow)
                        real.signal(act[1].pid, str(act[2]), inside=bool(act[3]))
                        steps.append(["signal", act[1].pid, act[2], act[3]])
                model.tick((LOOK_AT - ACT_AT) * BEAT)
                steps.append(["tick", round((LOOK_AT - ACT_AT) * BEAT, 3)])
            if model.raced:
                return None
            code = real.code
            if code is not None:
                printed = [line for line in real.output.splitlines() if line[:1] == "e" and line[1:].isdigit()]
                steps.append(["end", code, printed])
                break
            steps.append(["table", [str(row).replace(program.text(BEAT), "%") for row in real.table]])
            model.tick((1 - LOOK_AT) * BEAT)
            steps.append(["tick", round((1 - LOOK_AT) * BEAT, 3)])
    return {"text": program.text(BEAT), "shell": program.shell, "init": program.init, "steps": steps}


def steady(program: ProcessProgram) -> dict[str, Any] | None:
    """A recording that a second run agrees with: a busy machine is late sometimes."""
    if program.start(BEAT).raced:
        return None
    first = recorded(program)
    return first if first is not None and first == recorded(program) else None


def plain(text: str) -> ProgramPart:
    """A part of a program that is written as it stands."""
    return ProgramPart("word", text)


# A program for each rule that chance meets seldom; BEAT is 1.5 s.
DIRECTED = [
    ProcessProgram(shell, init, (plain(text),), acts)
    for shell in SHELLS
    for init, text, acts in (
        (None, "(trap '' TERM; exec sleep 90) & sleep 90; true", (ProcessAct(1, "signal", 1, "TERM", inside=True),)),
        (
            None,
            "sleep 4.5 & sleep 90; true",
            (ProcessAct(0, "signal", 1, "STOP"), ProcessAct(5, "signal", 1, "CONT")),
        ),
        (None, "sleep 90 & sleep 91; true", (ProcessAct(1, "signal", 1, "INT"), ProcessAct(2, "signal", 2, "INT"))),
        (None, "trap 'echo e1' TERM; sleep 90 & wait; echo e2; sleep 91; true", (ProcessAct(1, "signal", 0, "TERM"),)),
        ("tini", "(sleep 1.5 &); sleep 90; true", (ProcessAct(5, "signal", 0, "HUP"),)),
        ("catatonit", "(sleep 1.5 &); exec sleep 90", ()),
        (None, "trap : TERM; trap - TERM; sleep 90", ()),
        (None, "trap '' CHLD; (sleep 1.5 &); exec sleep 90", ()),
        (None, "trap '' CHLD; exec sh -c '(sleep 1.5 &); exec sleep 90'", ()),
        (None, "trap '' CHLD; sleep 1.5 & wait; echo e$?; sleep 3; true", ()),
        (
            None,
            "exec sleep 90",
            (
                ProcessAct(0, "signal", 0, "STOP"),
                ProcessAct(1, "signal", 0, "TERM"),
                ProcessAct(3, "signal", 0, "CONT"),
            ),
        ),
        (None, "{ sleep 1.5; sleep 90; } & wait", (ProcessAct(4, "signal", 0, "KILL"),)),
        (None, "sleep 1.5 && sleep 90 & wait", (ProcessAct(4, "signal", 0, "KILL"),)),
        (None, "(sleep 6; true) & wait; echo e1; sleep 90; true", (ProcessAct(1, "signal", 1, "TERM"),)),
        (
            None,
            "(trap 'echo e1' TERM; (sleep 6; echo e2; true); true); sleep 90; true",
            (ProcessAct(1, "signal", 2, "TERM"),),
        ),
    )
]


def main() -> None:
    """Write the file."""
    programs = DIRECTED + [
        ProcessGenerator(f"record/{number}", shell).program() for shell in SHELLS for number in range(EACH)
    ]
    with ThreadPoolExecutor(12) as pool:
        kept = [trace for trace in pool.map(steady, programs) if trace is not None]
    FILE.write_text("[\n" + ",\n".join(json.dumps(trace) for trace in kept) + "\n]\n")


if __name__ == "__main__":
    main()
