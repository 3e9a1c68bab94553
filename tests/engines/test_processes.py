"""Random programs in containers of Docker and Podman, with and without --init: the same trees, codes and lines.

Engines number processes with gaps, because their own threads take numbers, so trees are compared without numbers. The
image's shell is busybox.
"""

import os
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from layerlab import ContainerProcesses, Directory, Layer, ProcessRow, Symlink, save, scratch
from layerlab.namespaces.real_namespace import numbered
from layerlab.namespaces.signals import NUMBERS
from layerlab.proof.process_programs import ACT_AT, LOOK_AT, ProcessGenerator, ProcessProgram, apply, usable
from layerlab.proof.process_truth import TreeShape, shape
from tests.engines.machine import Machine
from tests.engines.test_benches import programs

COUNT, AT_ONCE, LOOKS, SEED = 30, 6, 4, "engines/1"
BEATS = (2.0, 5.0, 15.0)
"""Seconds a beat: a difference counts if it is there with longer beats too.

A look has to be over before the next beat. On a busy machine an engine alone takes seconds to answer.
"""


def image(machine: Machine) -> None:
    tools = programs() | {f"bin/{name}": Symlink("busybox") for name in ("kill", "true")}
    made = scratch.with_layer(Layer.of({**tools, "tmp/": Directory(0o1777)}), "ADD tree /")
    archive = machine.folder / "processes.tar"
    save({"processes:1": made}, archive, format="docker")
    machine.run("docker", "load", "--input", archive)
    machine.run("podman", "load", "--quiet", "--input", archive)


@pytest.fixture(scope="module")
def stocked(machine: Machine) -> Machine:
    """The engines with an image of busybox."""
    image(machine)
    return machine


def drawn(init: bool) -> list[ProcessProgram]:
    """Programs in which each process that gets a signal can be told from the others by what it is."""
    found: list[ProcessProgram] = []
    number = 0
    while len(found) < COUNT:
        made = ProcessGenerator(f"{SEED}/{init}/{number}", "busybox").program()
        made = replace(made, init="docker-init" if init else None)
        number += 1
        if usable(made) and _told_apart(made):
            found.append(made)
    return found


def _told_apart(program: ProcessProgram) -> bool:
    model = program.start(1)
    for beat in range(LOOKS):
        model.tick(ACT_AT)
        if model.code is not None:
            return True
        looks = [row[2:] for row in model.table]
        for act in program.acts:
            if act.beat == beat and act.kind == "signal" and looks.count(looks[act.place % len(looks)]) > 1:
                return False
        apply(program, beat, model, 1)
        model.tick(1 - ACT_AT)
    return True


class RunningContainer:
    """A container of an engine that runs a program."""

    def __init__(self, machine: Machine, engine: str, name: str, program: ProcessProgram, beat: float) -> None:
        self.machine, self.engine, self.name = machine, engine, name
        self._ask("rm", "--force", name)
        options = ["--init"] if program.init else []
        options += ["--network", "none"] if engine == "docker" else []
        self._ask("run", "--detach", "--name", name, *options, "processes:1", "sh", "-c", program.text(beat))
        self.first = int(self._ask("inspect", "--format", "{{.State.Pid}}", name) or 0)

    def _ask(self, *words: str) -> str:
        ran = subprocess.run(
            [self.engine, *words], env=self.machine.environment, capture_output=True, text=True, check=False
        )
        return ran.stdout.strip()

    @property
    def age(self) -> float:
        """Seconds since its first process began: on a busy machine `run` returns long after."""
        try:
            fields = Path(f"/proc/{self.first}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            return 0.0
        return time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")

    def rows(self) -> list[tuple[int, ProcessRow]]:
        """Every process with its number on the host; what exec started is found by its namespace."""
        there = _namespace(self.first)
        inside = {
            int(path.name) for path in Path("/proc").glob("[0-9]*") if there and _namespace(int(path.name)) == there
        }
        roots = [number for number in sorted(inside) if _parent(number) not in inside]
        return [found for root in roots for found in numbered(root, 0)]

    def shape(self) -> TreeShape:
        return shape([row._replace(command=plain(row.command)) for _, row in self.rows()])

    def do(self, act: tuple[object, ...]) -> None:
        if act[0] == "exec":
            self._ask("exec", "--detach", self.name, "sh", "-c", str(act[1]))
            return
        _, row, word, inside = act
        assert isinstance(row, ProcessRow)
        wanted = row.state, plain(row.command)
        for number, each in self.rows():
            if (each.state, plain(each.command)) == wanted:
                if inside:
                    self._ask("exec", self.name, "kill", f"-{word}", str(each.pid))
                else:
                    os.kill(number, NUMBERS[str(word)])
                return

    @property
    def code(self) -> int | None:
        state = self._ask("inspect", "--format", "{{.State.Running}} {{.State.ExitCode}}", self.name)
        return int(state.split()[1]) if state.startswith("false") else None

    def printed(self) -> list[str]:
        return re.findall(r"^e\d+$", self._ask("logs", self.name), re.MULTILINE)

    def remove(self) -> None:
        self._ask("rm", "--force", *(["--time", "0"] if self.engine == "podman" else []), self.name)


def plain(command: str) -> str:
    """A command without the words of whichever small process 1 stands before it."""
    return re.sub(r"^\S*-init -- ", "init ", command)


def _namespace(number: int) -> str:
    try:
        return os.readlink(f"/proc/{number}/ns/pid")
    except OSError:
        return ""


def _parent(number: int) -> int:
    try:
        text = Path(f"/proc/{number}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0
    return int(re.search(r"PPid:\t(\d+)", text)[1])  # type: ignore[index]


def difference(machine: Machine, engine: str, name: str, program: ProcessProgram, beat: float) -> str:
    """What differs between the engine's container and the model, "" if nothing does."""
    model = program.start(beat)
    real = RunningContainer(machine, engine, name, program, beat)
    began = time.monotonic() - real.age
    try:
        for number in range(LOOKS):
            model.tick(ACT_AT * beat)
            time.sleep(max(0.0, began + (number + ACT_AT) * beat - time.monotonic()))
            for act in apply(program, number, model, beat):
                real.do(act)
            model.tick((LOOK_AT - ACT_AT) * beat)
            time.sleep(max(0.0, began + (number + LOOK_AT) * beat - time.monotonic()))
            found = _look(model, real)
            if found or model.code is not None:
                return found and f"{program.init} {program.text(beat)} {program.acts}, beat {number}: {found}"
            model.tick((1 - LOOK_AT) * beat)
        return ""
    finally:
        real.remove()


def _look(model: ContainerProcesses, real: RunningContainer) -> str:
    code = real.code
    if model.code is not None or code is not None:
        expected = code, real.printed()
        actual = model.code, [line for line in model.output if re.fullmatch(r"e\d+", line)]
        return "" if expected == actual else f"{expected} != {actual}"
    expected_tree = real.shape()
    actual_tree = shape([row._replace(command=plain(row.command)) for row in model.table])
    return "" if expected_tree == actual_tree else f"{expected_tree} != {actual_tree}"


@pytest.mark.parametrize("init", [False, True], ids=["alone", "init"])
@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_random_programs_run_as_in_a_container_of_an_engine(stocked: Machine, engine: str, init: bool) -> None:
    def stays(numbered_program: tuple[int, ProcessProgram]) -> str:
        number, program = numbered_program
        found = ""
        for beat in BEATS:
            found = difference(stocked, engine, f"p{number}", program, beat)
            if not found:
                return ""
        return found

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = [each for each in pool.map(stays, enumerate(drawn(init))) if each]
    assert [] == found
