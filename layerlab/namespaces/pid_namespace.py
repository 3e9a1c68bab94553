"""PID namespace: the kernel's rules for processes that were started together, on a clock that only moves when told.

The rules stand in kernel/pid_namespace.c, kernel/exit.c and kernel/signal.c, and in pid_namespaces(7). Process 1 is
special in three ways. A signal that it has no handler for does nothing to it; from outside alone, KILL and STOP work.
It becomes the parent of every orphan. And when it ends, the kernel kills every process that is left.
"""

from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from layerlab.namespaces.signals import CHLD, CONT, FORCED, HARMLESS, KILL, NAMES, STOP, ProcessError

# A program yields what it waits for: the time when it wants to go on (milliseconds of the clock), or None for an event:
# a child that ended, a signal that it has a handler for, the other end of a pipe.
Running = Generator[int | None, None, int]
Ignored = frozenset[int]
Disposition = Literal["default", "ignored", "handled"]

# Steps that all processes together may do at one moment of the clock. A loop that never waits does more.
MOST_STEPS = 20_000
# The largest number of a process, and so of processes at a time (/proc/sys/kernel/pid_max).
PID_MAX = 32_768


class Executable(Protocol):
    """What a process runs."""

    words: tuple[str, ...]

    def run(self, process: "Task", /) -> Running:
        """Do its work and return its exit code."""

    def catch(self, signal: int, /) -> None:
        """Take a signal that it has a handler for."""


class ProcessRow(NamedTuple):
    """A line of the table of processes, as `ps` prints it. State S sleeps, T is stopped, Z is a zombie.

    >>> processes("sleep 5 & exec sleep 9").table[1]
    ProcessRow(pid=2, parent=1, state='S', command='sleep 5')
    """

    pid: int
    parent: int
    state: str
    command: str

    def __str__(self) -> str:
        return f"{self.pid}<-{self.parent} {self.state} {self.command}"


@dataclass(eq=False)
class Task:
    """One process, which the kernel calls a task.

    `parent` is None for a process whose parent is outside: process 1, and what `exec` starts.
    """

    pid: int
    parent: "Task | None"
    program: Executable
    group: int
    dispositions: dict[int, Disposition] = field(default_factory=dict)
    pending: list[int] = field(default_factory=list)
    subreaper: bool = False
    stopped: bool = False
    ended: int | None = None
    wake: int | None = None
    # When it last became another program (milliseconds).
    became: int = -1
    running: Running | None = None
    # The pipes that it reads from and writes to, by number; 0 is no pipe.
    reads: int = 0
    writes: int = 0

    @property
    def alive(self) -> bool:
        """Whether it has not ended; a zombie has."""
        return self.ended is None

    @property
    def words(self) -> tuple[str, ...]:
        """The command and its arguments."""
        return self.program.words

    @property
    def name(self) -> str:
        """The name of its program: all that is left of a zombie's command."""
        return self.words[0].rpartition("/")[2][:15]

    @property
    def command(self) -> str:
        """The command as `ps` prints it: a zombie has no arguments any more, only a name in brackets."""
        return " ".join(self.words) if self.alive else f"[{self.name}]"

    @property
    def state(self) -> str:
        """S, T or Z."""
        if not self.alive:
            return "Z"
        return "T" if self.stopped else "S"

    def disposition(self, signal: int) -> Disposition:
        """What it does with a signal."""
        return self.dispositions.get(signal, "default")

    def handle(self, signal: int, disposition: Disposition) -> None:
        """Say what it does with a signal from now on (sigaction(2))."""
        if signal not in FORCED:
            self.dispositions[signal] = disposition

    @property
    def ignored(self) -> Ignored:
        """The signals that it ignores, which outlive an exec and a fork."""
        return frozenset(signal for signal, way in self.dispositions.items() if way == "ignored")


class BecomeProgram(Exception):  # noqa: N818  it is no error: execve(2) does not return
    """Raised by a program that runs another one in its own place."""

    def __init__(self, program: Executable) -> None:
        super().__init__(program)
        self.program = program


class CannotFork(ProcessError):  # noqa: N818  as a shell says it
    """The limit of processes is reached. Zombies count, because each has a number still."""


class PidNamespace:
    """The processes of one namespace, `limit` at a time. Nothing in it depends on chance or on the machine's clock."""

    def __init__(self, limit: int = PID_MAX) -> None:
        self.limit = limit
        self.now = 0
        self.last_pid = 0
        self.processes: dict[int, Task] = {}
        self.first: Task | None = None
        self.code: int | None = None
        self.codes: dict[int, int] = {}
        self.output: list[str] = []
        self.told: list[tuple[int, str]] = []
        # Whether two processes forked at one moment, or woke at one: then a real machine chooses who is first.
        self.raced = False
        self.tied = False
        self.woke_at = -1
        # Who could have run when another process forked, and when each process began and ended (milliseconds).
        self._rivals: set[int] = set()
        self._changed: dict[int, int] = {}
        self._pipes = 0
        self._ready: deque[Task] = deque()

    # What programs ask of the kernel.

    def begin(self, program: Executable) -> Task:
        """Start process 1, or a process whose parent is outside, as `docker exec` does."""
        process = self._new(None, program, None)
        if self.first is None:
            self.first = process
        self._go(process)
        return process

    def fork(self, parent: Task, program: Executable, *, own_group: bool = False) -> Task:
        """Start a child. It ignores what its parent ignores, and has no handlers of its own yet."""
        # Handlers are inherited too, but every program here gives them up in its first step.
        self.raced = self.raced or parent.pid in self._rivals
        self._rivals |= {process.pid for process in self._ready if process is not parent}
        child = self._new(parent, program, None if own_group else parent.group)
        child.dispositions = dict.fromkeys(parent.ignored, "ignored")
        child.reads, child.writes = parent.reads, parent.writes
        self._go(child)
        return child

    def reap(self, parent: Task) -> tuple[int, int] | None:
        """Return a child that has ended and its code, and forget it (wait(2)); None if no child has ended."""
        for child in self.processes.values():
            if child.parent is parent and child.ended is not None:
                del self.processes[child.pid]
                return child.pid, child.ended
        return None

    def children(self, parent: Task | None) -> list[Task]:
        """Return the children of a process, those that have ended too."""
        return [process for process in self.processes.values() if process.parent is parent]

    def send(self, target: Task, signal: int, *, outside: bool = False) -> bool:
        """Send a signal; tell whether it did anything (kernel/signal.c: sig_task_ignored, prepare_signal)."""
        if not target.alive or signal == 0:
            return False
        if signal == CONT and target.stopped:
            target.stopped = False
            self._go(target)
            for waiting in target.pending:
                self._deliver(target, waiting)
            target.pending = []
            if target.disposition(signal) != "handled":
                return True
        way = target.disposition(signal)
        # SIGNAL_UNKILLABLE: process 1 gets what it has a handler for. Only an outer namespace can force KILL and STOP.
        forced = outside and signal in FORCED
        if target is self.first and way == "default" and not forced:
            return False
        if way == "ignored" or (way == "default" and signal in HARMLESS):
            return False
        if target.stopped and signal != KILL:
            # A stopped process does nothing, not even end, until CONT or KILL comes.
            if signal not in (CONT, STOP) and signal not in target.pending:
                target.pending.append(signal)
            return False
        self._deliver(target, signal)
        return True

    def why_nothing(self, target: Task, signal: int, *, outside: bool = False) -> str:
        """Return why a signal did nothing to a process, as a sentence."""
        pid, name, way = target.pid, NAMES[signal], target.disposition(signal)
        if not target.alive:
            return f"Process {pid} is a zombie: it has ended already, and no signal can end it again."
        if way == "ignored":
            return f"Process {pid} ignores {name}."
        if signal == CONT:
            return f"Process {pid} is not stopped, so CONT does nothing."
        # The kernel drops such a signal when it is sent, so it does not wait for CONT either.
        if target is self.first and way == "default" and not (outside and signal in FORCED):
            return f"Process {pid} has no handler for {name}, so the kernel drops it."
        if target.stopped and signal == STOP:
            return f"Process {pid} is stopped already."
        if target.stopped and not (way == "default" and signal in HARMLESS):
            return f"Process {pid} is stopped, so {name} waits for CONT."
        return f"{name} does nothing to a process without a handler."

    def looked_at(self, pid: int, signal: int, by: Task) -> None:
        """Note that a process sends a signal to another one, and whether chance then has a say.

        It has if that one began or ended at this moment, or if both go on at once because it has a handler.
        """
        target = self.processes.get(pid)
        handled = target is not None and target is not by and target.disposition(signal) == "handled"
        self.tied = self.tied or handled or (pid != by.pid and self._changed.get(pid) == self.now)

    def pipe(self, writer: Task, reader: Task) -> None:
        """Let one process read what another one writes."""
        self._pipes += 1
        writer.writes = reader.reads = self._pipes

    def written_to(self, number: int) -> bool:
        """Tell whether a process is left that can write into a pipe: children have their parent's pipes too."""
        return any(process.writes == number and process.alive for process in self.processes.values())

    def tell(self, sentence: str) -> None:
        """Note what happened."""
        self.told.append((self.now, sentence))

    # The clock.

    def settle(self) -> None:
        """Let every process run until it waits. A loop that never waits raises ProcessError."""
        self._rivals = set()
        steps = 0
        while self._ready:
            process = self._ready.popleft()
            if not process.alive or process.stopped:
                continue
            steps += 1
            if steps > MOST_STEPS:
                self._ready.clear()
                raise ProcessError(f"process {process.pid} ({process.command}) never waits: put a sleep into its loop")
            self._step(process)

    def pass_until(self, moment: int) -> None:
        """Move the clock to a moment in milliseconds, and do on the way what falls due."""
        self.settle()
        while (due := self.next_moment()) is not None and due <= moment:
            self.now = due
            woken = [process for process in self.processes.values() if process.wake == due]
            self.tied = self.tied or len(woken) > 1
            self.woke_at = due
            for process in woken:
                process.wake = None
                self._go(process)
            self.settle()
        self.now = max(self.now, moment)

    def next_moment(self) -> int | None:
        """Return the moment when a process wants to go on next (milliseconds), None if all wait for an event."""
        return min((each.wake for each in self.processes.values() if each.wake is not None), default=None)

    # The life of a process.

    def _new(self, parent: Task | None, program: Executable, group: int | None) -> Task:
        if len(self.processes) >= self.limit:
            zombies = sum(not process.alive for process in self.processes.values())
            raise CannotFork(f"no process can start: there are {self.limit} already, {zombies} of them zombies")
        self.last_pid += 1
        process = Task(self.last_pid, parent, program, group or self.last_pid)
        process.running = program.run(process)
        self.processes[process.pid] = process
        self._changed[process.pid] = self.now
        return process

    def _go(self, process: Task) -> None:
        if process not in self._ready:
            self._ready.append(process)

    def _step(self, process: Task) -> None:
        assert process.running is not None
        try:
            wake = next(process.running)
        except StopIteration as end:
            if process.alive:
                self.end(process, end.value)
        except BecomeProgram as new:
            process.program, process.became = new.program, self.now
            for child in self.children(process):
                self._left_to(process, child)
            process.dispositions = dict.fromkeys(process.ignored, "ignored")
            process.running = new.program.run(process)
            self._ready.appendleft(process)
        else:
            if wake is not None and wake <= self.now:
                # It only gives the others a turn.
                self._go(process)
            elif process.alive:
                process.wake = wake

    def _deliver(self, target: Task, signal: int) -> None:
        way = target.disposition(signal)
        if signal == STOP:
            target.stopped = True
        elif way == "handled":
            target.program.catch(signal)
            self._go(target)
        elif way == "default" and signal not in HARMLESS:
            self.end(target, 128 + signal, f"is killed by {NAMES[signal]}")

    def end(self, process: Task, code: int, how: str = "ends") -> None:
        """End a process: its children get another parent, and it is a zombie until its own parent asks for its code."""
        process.ended, process.wake, process.stopped = code, None, False
        self.codes[process.pid] = code
        self._changed[process.pid] = self.now
        if process is self.first:
            self._fall(code, how)
            return
        self.tell(f"Process {process.pid} ({' '.join(process.words)}) {how}, with code {code}.")
        self._adopt(process)
        self._left_to(process.parent, process)
        self._forget_if_ignored(process)
        for reader in self.processes.values():
            if process.writes and reader.reads == process.writes:
                self._go(reader)
        if process.parent is None:
            # What `docker exec` started has its parent outside, and that asks at once.
            self.processes.pop(process.pid)
        else:
            self._go(process.parent)

    def _adopt(self, dead: Task) -> None:
        """Give the children of a process to its nearest subreaper, or to process 1 (exit.c: find_new_reaper)."""
        orphans = self.children(dead)
        if not orphans:
            return
        reaper = dead.parent
        while reaper is not None and not reaper.subreaper:
            reaper = reaper.parent
        if reaper is None or not reaper.alive:
            reaper = self.first
        for orphan in orphans:
            orphan.parent = reaper
            if orphan.alive:
                assert reaper is not None
                words = " ".join(orphan.words)
                self.tell(f"Process {orphan.pid} ({words}) is an orphan: its parent is now process {reaper.pid}.")
            self._left_to(reaper, orphan)
            self._forget_if_ignored(orphan)
        if reaper is not None:
            self._go(reaper)

    def _left_to(self, parent: Task | None, child: Task) -> None:
        """Note that chance has a say where a child ended at the moment when its parent became another program.

        Shells ask for the codes of children that have ended when they are done with a builtin, bash at once. So it is
        a zombie only if it ended after that.
        """
        if parent is not None and not child.alive:
            self.tied = self.tied or parent.became == self._changed[child.pid] == self.now

    def _forget_if_ignored(self, process: Task) -> None:
        """Take a zombie away at once if its parent ignores CHLD: nobody will ask (signal.c: do_notify_parent)."""
        parent = process.parent
        if not process.alive and parent is not None and parent.disposition(CHLD) == "ignored":
            del self.processes[process.pid]

    def _fall(self, code: int, how: str) -> None:
        """Process 1 has ended: the kernel kills all that are left (zap_pid_ns_processes)."""
        self.code = code
        # Who could still have run at this moment may have done so on a real machine.
        self.tied = self.tied or any(process.alive and not process.stopped for process in self._ready)
        left = [process for process in self.processes.values() if process is not self.first and process.alive]
        for process in left:
            process.ended, process.wake = 128 + KILL, None
            self.codes[process.pid] = 128 + KILL
        rest = ", ".join(f"{process.pid} ({' '.join(process.words)})" for process in left)
        killed = f" So the kernel kills every process that is left: {rest}." if rest else " No other process is left."
        self.tell(f"Process 1 {how}, with code {code}.{killed}")
        self.processes.clear()
        self._ready.clear()

    # What one sees.

    def rows(self) -> Iterator[ProcessRow]:
        """Yield the table of processes by their numbers."""
        for pid in sorted(self.processes):
            process = self.processes[pid]
            parent = process.parent.pid if process.parent else 0
            yield ProcessRow(pid, parent, process.state, process.command)

    def group(self, number: int) -> list[Task]:
        """Return the processes of a process group that have not ended."""
        return [process for process in self.processes.values() if process.group == number and process.alive]

    def ancestors(self, process: Task) -> Iterator[Task]:
        """Yield a process and its parents up to the one whose parent is outside."""
        above: Task | None = process
        while above is not None:
            yield above
            above = above.parent


def seconds(milliseconds: int) -> str:
    """Return a time as people write it.

    >>> seconds(10_000), seconds(600), seconds(0)
    ('10 s', '0.6 s', '0 s')
    """
    return f"{milliseconds / 1000:g} s"
