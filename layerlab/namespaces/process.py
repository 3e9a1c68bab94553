"""Process: a container's processes, from a program's text to the table of processes, with what one can do to them."""

import shlex
from collections.abc import Mapping
from typing import Any

from layerlab.namespaces.pid_namespace import PID_MAX, PidNamespace, ProcessRow, Task, seconds
from layerlab.namespaces.programs import INITS, InitKind, InitProgram, ProgramFiles, ScriptFile
from layerlab.namespaces.shell import SHELLS, CannotExecute, Shell, ShellKind
from layerlab.namespaces.signals import KILL, NAMES, ProcessError, numbered

# `docker stop` waits so many seconds before it sends KILL.
GRACE = 10.0


class ContainerProcesses:
    """The processes of one container on a clock of its own, which stands still until `tick`, `stop` or `run_out`.

    >>> web = processes("sleep 100 & exec sleep 5")
    >>> for row in web.table:
    ...     print(row)
    1<-0 S sleep 5
    2<-1 S sleep 100
    >>> web.tick(5)
    >>> web.table, web.code
    ((), 0)
    """

    def __init__(
        self,
        text: str,
        shell: ShellKind | None,
        init: InitKind | None,
        files: Mapping[str, ScriptFile] | None,
        limit: int | None,
    ) -> None:
        self.text, self.shell, self.init, self.files = text, shell, init, dict(files or {})
        self.acts: list[tuple[Any, ...]] = []
        # How many seconds the last stop took, None where there was none.
        self.waited: float | None = None
        self._kernel = PidNamespace(limit or PID_MAX)
        self._image = ProgramFiles(self._kernel, shell or "busybox", self.files)
        words = ("sh", "-c", text) if shell else tuple(shlex.split(text))
        if not words:
            raise ProcessError("a container needs a program: this text is empty")
        self._start(words)

    def _start(self, words: tuple[str, ...]) -> None:
        kernel = self._kernel
        try:
            program = self._image(words)
        except CannotExecute as refused:
            # The engine starts the container and cannot: no process ever runs in it.
            kernel.code = refused.code
            kernel.tell(f"The engine cannot start the program ({refused.why}): code {refused.code}.")
            return
        if self.init:
            before = INITS[self.init]
            program = InitProgram(kernel, self.init, (*before, *words), program)
        first = kernel.begin(program)
        kernel.tell(f"Process 1 starts: {' '.join(first.words)}")
        kernel.settle()

    @property
    def table(self) -> tuple[ProcessRow, ...]:
        """Every process with its parent, its state and its command, as `ps` lists them; empty when all have ended."""
        return tuple(self._kernel.rows())

    @property
    def code(self) -> int | None:
        """The container's exit code, which is that of process 1; None while it runs."""
        return self._kernel.code

    @property
    def codes(self) -> dict[int, int]:
        """The code of every process that has ended, by its number, in the order in which they ended."""
        return dict(self._kernel.codes)

    @property
    def now(self) -> float:
        """The seconds since the start."""
        return self._kernel.now / 1000

    @property
    def output(self) -> tuple[str, ...]:
        """The lines that the program printed, as `docker logs` shows them."""
        return tuple(self._kernel.output)

    @property
    def story(self) -> tuple[str, ...]:
        """What happened, in sentences with their times.

        >>> web = processes("sleep 5")
        >>> web.signal(2, "KILL")
        >>> print(*web.story, sep="\\n")
        0 s: Process 1 starts: sh -c sleep 5
        0 s: KILL is sent to process 2 from inside.
        0 s: Process 2 (sleep 5) is killed by KILL, with code 137.
        0 s: Process 1 ends, with code 137. No other process is left.
        """
        return tuple(f"{seconds(moment)}: {sentence}" for moment, sentence in self._kernel.told)

    @property
    def zombies(self) -> int:
        """How many processes have ended and still have a number, because nobody asked for their code."""
        return sum(row.state == "Z" for row in self.table)

    @property
    def raced(self) -> bool:
        """Whether chance has a say: two processes started others at one moment, so a real machine may number otherwise.

        >>> processes("(sleep 1 & sleep 2) & sleep 3").raced
        True
        """
        return self._kernel.raced

    @property
    def tied(self) -> bool:
        """Whether two processes woke at one moment, so that a real machine chooses which goes first."""
        return self._kernel.tied

    @property
    def just_woke(self) -> bool:
        """Whether a process woke at this very moment, so that an act now may come before or after it."""
        return self._kernel.woke_at == self._kernel.now

    def tick(self, seconds: float = 1) -> None:
        """Let time pass (seconds)."""
        if seconds < 0:
            raise ProcessError(f"time goes forward: {seconds} is less than 0")
        self.acts.append(("tick", seconds))
        self._pass(round(seconds * 1000))

    def _pass(self, milliseconds: int) -> None:
        self._kernel.pass_until(self._kernel.now + milliseconds)

    def signal(self, pid: int, signal: str | int = "TERM", *, inside: bool = True) -> None:
        """Send a signal to a process: from inside, as `docker exec web kill` does, or from outside (`docker kill`).

        From outside the host sends it, and the kernel lets the host's KILL and STOP through to process 1 too. A process
        that is not there raises ProcessError.
        """
        number = numbered(signal)
        target = self._process(pid)
        self.acts.append(("signal", pid, NAMES[number], inside))
        if inside:
            # The `kill` that runs inside is a process too, and takes the next number.
            self._kernel.last_pid += 1
        self._send(target, number, inside=inside)

    def _send(self, target: Task, number: int, *, inside: bool) -> None:
        kernel, name = self._kernel, NAMES[number]
        kernel.tell(f"{name} is sent to process {target.pid} from {'inside' if inside else 'outside'}.")
        stopped, handled = target.stopped, target.disposition(number) == "handled"
        reached = kernel.send(target, number, outside=not inside)
        if not reached:
            kernel.tell(kernel.why_nothing(target, number, outside=not inside))
        elif target.alive and target.stopped:
            kernel.tell(f"Process {target.pid} is stopped.")
        elif target.alive and stopped:
            kernel.tell(f"Process {target.pid} runs again.")
        if reached and target.alive and handled:
            kernel.tell(f"Process {target.pid} has a handler for {name}.")
        kernel.settle()
        if reached and target.alive and isinstance(target.program, Shell) and number in target.program.caught:
            kernel.tell("It runs only when the command in front is over.")

    def stop(self, grace: float = GRACE, signal: str | int = "TERM") -> float:
        """Stop the container as `docker stop` does, and return the seconds that it took.

        The engine sends `signal` to process 1 alone, waits up to `grace` seconds for its end, and then sends KILL.

        >>> deaf, heard = processes("exec sleep 100"), processes("exec sleep 100", init=True)
        >>> deaf.stop(), deaf.code
        (10.0, 137)
        >>> heard.stop(), heard.code
        (0.0, 143)
        """
        number = numbered(signal)
        first = self._process(1)
        self.acts.append(("stop", grace, NAMES[number]))
        began = self._kernel.now
        self._send(first, number, inside=False)
        until = began + round(grace * 1000)
        while self.code is None and (due := self._kernel.next_moment()) is not None and due <= until:
            self._kernel.pass_until(due)
        if self.code is None:
            self._kernel.pass_until(until)
        if self.code is None:
            self._kernel.tell(f"Process 1 is still there after {seconds(until - began)}, so the engine sends KILL.")
            self._send(first, KILL, inside=False)
        self.waited = (self._kernel.now - began) / 1000
        return self.waited

    def exec(self, text: str) -> int:
        """Start one more process, as `docker exec web sh -c text` does, and return its number.

        Its parent is outside, so the table shows 0. `codes` has its code when it has ended.

        >>> web = processes("exec sleep 100")
        >>> web.exec("sleep 5; exit 3")
        2
        >>> web.tick(5)
        >>> web.codes
        {3: 0, 2: 3}
        """
        self._process(1)
        program = self._image(("sh", "-c", text))
        process = self._kernel.begin(program)
        self.acts.append(("exec", text))
        self._kernel.tell(f"exec starts process {process.pid}: {' '.join(process.words)}.")
        self._kernel.settle()
        return process.pid

    def real(self, limit: float = 30) -> tuple[ProcessRow, ...]:
        """Run the same text in a real PID namespace of this machine, with the same acts, and return the kernel's table.

        It takes as many seconds as the clock has passed, so more than `limit` are refused. Where this machine cannot
        do it, ProcessError says why in one line.
        """
        from layerlab.namespaces.real_namespace import replayed

        return replayed(self, limit)

    def _process(self, pid: int) -> Task:
        there = self._kernel.processes
        if self.code is not None:
            raise ProcessError(f"the container has ended with code {self.code}: it has no processes any more")
        if pid not in there:
            *others, last = map(str, sorted(there))
            known = f"{', '.join(others)} and {last}" if others else last
            raise ProcessError(f"there is no process {pid}: the table has {known}")
        return there[pid]

    def __str__(self) -> str:
        rows = [f"{'PID':>5} {'PARENT':>6} STATE COMMAND"]
        rows += [f"{row.pid:>5} {row.parent:>6} {row.state:<5} {row.command}" for row in self.table]
        if self.code is not None:
            rows = [f"no process: the container has ended with code {self.code}"]
        return "\n".join(rows)

    def __repr__(self) -> str:
        return str(self)


def processes(
    text: str,
    shell: str | None = "dash",
    init: bool | str = False,
    files: Mapping[str, ScriptFile] | None = None,
    pids_limit: int | None = None,
) -> ContainerProcesses:
    """Start a container's program, a short piece of shell, and return its processes.

    `shell` is what `/bin/sh` is in the image: "dash" (Debian, Ubuntu), "bash" (Fedora), "busybox" (Alpine); None is the
    exec form, in which no shell runs. With `init` a small process 1 runs the program as its child: True is Docker's
    `--init`; "tini", "tini -g", "dumb-init", "dumb-init -c" and "catatonit" can be named. `files` are scripts of the
    image by their paths, and `pids_limit` is how many processes there may be at a time. What cannot be read raises
    ShellError, what cannot be done ProcessError.

    >>> print(processes("sleep 100", shell="dash"))
      PID PARENT STATE COMMAND
        1      0 S     sh -c sleep 100
        2      1 S     sleep 100
    >>> print(processes("sleep 100", shell="busybox"))
      PID PARENT STATE COMMAND
        1      0 S     sleep 100
    """
    kind = next((known for known in SHELLS if known == shell), None)
    if shell is not None and kind is None:
        raise ProcessError(f"no shell is called {shell!r}: take one of {', '.join(SHELLS)}, or None for the exec form")
    if not isinstance(text, str):
        raise TypeError(f"a program is text, as in 'sleep 5', not {type(text).__name__}")
    name = "docker-init" if init is True else init or None
    if name is not None and name not in INITS:
        raise ProcessError(f"no init is called {init!r}: take one of {', '.join(INITS)}")
    return ContainerProcesses(text, kind, name, files, pids_limit)  # type: ignore[arg-type]
