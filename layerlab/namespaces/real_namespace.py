"""Real namespace: the same text in a PID namespace of this machine, and the table that the kernel then shows.

The table is read from outside, by each process's line NSpid in /proc/PID/status, so nothing has to be mounted. A
machine that lets its users make user namespaces needs no rights of root.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Protocol

from layerlab.namespaces.pid_namespace import ProcessRow
from layerlab.namespaces.programs import INITS
from layerlab.namespaces.signals import NUMBERS, ProcessError

HELPER = Path(__file__).with_name("namespace_entry.py")
# What may take a while on a busy machine: the start of a process, and its end after KILL.
PATIENCE = 60.0
MOMENT = 0.15


class Repeatable(Protocol):
    """What this module needs of processes: how they were started and what was done to them."""

    acts: list[tuple[Any, ...]]

    @property
    def text(self) -> str:
        """The program."""

    @property
    def shell(self) -> str | None:
        """What runs it."""

    @property
    def init(self) -> str | None:
        """What runs that as process 1."""

    @property
    def files(self) -> Mapping[str, object]:
        """The image's own files."""

    @property
    def now(self) -> float:
        """Seconds since the start."""


def replayed(model: Repeatable, limit: float) -> tuple[ProcessRow, ...]:
    """Do in a real namespace what was done to `model`, at the same seconds, and return the kernel's table."""
    if model.now > limit:
        raise ProcessError(
            f"not run: the clock stands at {model.now:g} s, and the real one would need as long (limit={limit:g})"
        )
    if model.files:
        raise ProcessError("not run: the image's own files are not on this machine")
    with RealNamespace(model.text, model.shell, model.init) as real:
        # A process that was just started, or got a signal, needs a moment until it is what it will be.
        time.sleep(MOMENT)
        for act in model.acts:
            real.do(act)
            time.sleep(0 if act[0] == "tick" else MOMENT)
        return real.table


class RealNamespace:
    """A PID namespace of the kernel; a context manager, which kills what is left in it."""

    def __init__(self, text: str, shell: str | None, init: str | None) -> None:
        if sys.platform != "linux":
            raise ProcessError(f"not run: PID namespaces are Linux's, and this is {platform.system() or sys.platform}")
        self.shell = shell
        self._folder = tempfile.mkdtemp(prefix="layerlab-")
        self._helpers: list[subprocess.Popen[bytes]] = []
        self._roots: list[int] = []
        self._output = tempfile.TemporaryFile()  # noqa: SIM115  it is closed with the namespace
        try:
            if shell is not None:
                # `sh` inside the text is to be the same shell, as it is in an image.
                os.symlink(_installed(shell), f"{self._folder}/sh")
            words = ["sh", "-c", text] if shell else text.split()
            path = _installed(words[0], self._folder)
            if init is not None:
                path, words = _installed(INITS[init][0].rpartition("/")[2]), [*INITS[init], *words]
            self._status = self._started("new", path, words)
        except BaseException:
            self.close()
            raise
        self.first = self._roots[0]

    def __enter__(self) -> "RealNamespace":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _started(self, place: str, path: str, words: list[str]) -> IO[str]:
        """Start a process through the helper; return what will tell its wait status."""
        reading, writing = os.pipe()
        channel = os.fdopen(reading)
        environment = {"PATH": f"{self._folder}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        command = [sys.executable, "-I", "-S", str(HELPER), str(writing), place, path, *words]
        self._helpers.append(
            subprocess.Popen(
                command, env=environment, pass_fds=[writing], stdin=subprocess.DEVNULL, stdout=self._output,
                stderr=self._output, start_new_session=True,
            )
        )  # fmt: skip
        os.close(writing)
        said = channel.readline().strip()
        if not said.isdecimal():
            channel.close()
            why = said.removeprefix("no ") or "the helper ended"
            raise ProcessError(f"not run: this machine lets us make no PID namespace ({why})")
        self._roots.append(int(said))
        return channel

    # What `ContainerProcesses` can do, done by the kernel.

    def do(self, act: tuple[Any, ...]) -> None:
        """Do one act of the model."""
        kind, *given = act
        if kind == "tick":
            time.sleep(given[0])
        elif kind == "signal":
            pid, name, inside = given
            self.signal(pid, name, inside=inside)
        elif kind == "stop":
            self.stop(*given)
        else:
            self.exec(given[0])

    @property
    def table(self) -> tuple[ProcessRow, ...]:
        """The kernel's table of the namespace, as the model writes it."""
        return tuple(sorted(row for root in self._roots for row in _below(root, 0)))

    def signal(self, pid: int, name: str, *, inside: bool) -> None:
        """Send a signal to the process that has this number inside."""
        if inside:
            self._entered(_installed("kill"), ["kill", f"-{name}", str(pid)])
            return
        there = {row.pid: number for root in self._roots for number, row in numbered(root, 0)}
        # A process may end between the look and the signal.
        with suppress(ProcessLookupError):
            if pid in there:
                os.kill(there[pid], NUMBERS[name])

    def exec(self, text: str) -> None:
        """Start one more process whose parent is outside."""
        self._entered(f"{self._folder}/sh" if self.shell else "/bin/sh", ["sh", "-c", text], wait=False)

    def _entered(self, path: str, words: list[str], *, wait: bool = True) -> None:
        """Start a process inside, if the namespace is still there."""
        if not _there(self.first):
            return
        try:
            status = self._started(str(self.first), path, words)
        except ProcessError:
            # Process 1 has ended between the look and the entry: nothing can start in what is left of it.
            return
        if wait:
            status.readline()
        status.close()

    def stop(self, grace: float, name: str) -> None:
        """Send a signal to process 1 and, if it is still there after `grace` seconds, KILL."""
        self.signal(1, name, inside=False)
        until = time.monotonic() + grace
        while time.monotonic() < until and _there(self.first):
            time.sleep(0.01)
        if _there(self.first):
            with suppress(ProcessLookupError):
                os.kill(self.first, NUMBERS["KILL"])
            self.ended()

    @property
    def code(self) -> int | None:
        """Process 1's exit code, 128 and the signal's number where one killed it; None while it runs."""
        return None if _there(self.first) else self.ended()

    def ended(self) -> int:
        """Wait for the end of process 1, and return its code."""
        if not hasattr(self, "_code"):
            status = int(self._status.readline() or -1)
            code = os.waitstatus_to_exitcode(status) if status >= 0 else -1
            self._code = 128 - code if code < 0 else code
        return self._code

    def close(self) -> None:
        """Kill what is left; with process 1 everything goes."""
        for root in self._roots[:1]:
            with suppress(ProcessLookupError):
                if _there(root):
                    os.kill(root, NUMBERS["KILL"])
        for helper in self._helpers:
            helper.wait(PATIENCE)
        self._output.close()
        if hasattr(self, "_status"):
            self._status.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def output(self) -> str:
        """What the program has printed so far."""
        self._output.seek(0)
        return self._output.read().decode(errors="replace")


def _installed(name: str, folder: str = "") -> str:
    """Return the path of a program of this machine; ProcessError where it is not installed."""
    own = f"{folder}/{name}"
    if folder and os.path.lexists(own):
        return own
    # tini and docker-init are one program.
    found = shutil.which(name) or (shutil.which("tini") if name == "docker-init" else None)
    if found is None:
        raise ProcessError(f"not run: {name} is not installed on this machine")
    return found


def _there(number: int) -> bool:
    """Whether a process of this machine has not ended."""
    state = _status(number).get("State", "X")
    return state[:1] not in ("X", "Z") and bool(_words(number))


def _status(number: int) -> dict[str, str]:
    try:
        text = Path(f"/proc/{number}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return {}
    return dict(re.findall(r"^(\w+):\t(.*)$", text, re.MULTILINE))


def _words(number: int) -> str:
    """Return a process's command; "" of one that has ended or is about to."""
    try:
        return Path(f"/proc/{number}/cmdline").read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _below(number: int, parent: int) -> Iterator[ProcessRow]:
    return (row for _, row in numbered(number, parent))


def numbered(number: int, parent: int) -> Iterator[tuple[int, ProcessRow]]:
    """Yield a process and all below it: its number on this machine, and its line in the table."""
    status = _status(number)
    if "NSpid" not in status:
        return
    pid, state = int(status["NSpid"].split()[-1]), status["State"][:1]
    if state == "X":
        return
    words = _words(number)
    try:
        children = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="ascii").split()
    except OSError:
        return
    # A process that is just ending has no words any more, and is no zombie yet.
    state = state if words else "Z"
    # R is a process that sleeps most of the time and is just doing something; the model knows sleep, stop and zombie.
    shown = state if state in "TZ" else "S"
    # Process 1 and what was entered from outside have a parent that has no number in here.
    yield number, ProcessRow(pid, parent, shown, words or f"[{status['Name']}]")
    for child in children:
        yield from numbered(int(child), pid)
