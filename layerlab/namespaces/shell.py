"""Shell: a shell that runs a short program, with the rules by which dash, bash and busybox differ.

They differ in who stays. `sh -c 'sleep 5'` leaves two processes with dash, because Debian's dash starts a child for
every command at its top level. bash and busybox become their last command if nothing is left for them to do. In a
group in parentheses dash does so too. A shell with a trap stays in any case, because it must be there to run the trap.
"""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from layerlab.namespaces.pid_namespace import (
    BecomeProgram,
    CannotFork,
    Disposition,
    Executable,
    PidNamespace,
    Running,
    Task,
)
from layerlab.namespaces.shell_syntax import (
    AndOr,
    Braces,
    CommandList,
    If,
    ListItem,
    Pipeline,
    ShellCommand,
    Simple,
    Subshell,
    While,
    Word,
    parsed,
)
from layerlab.namespaces.signals import (
    ALRM,
    CHLD,
    HUP,
    INT,
    KILL,
    NUMBERS,
    PIPE,
    QUIT,
    STOP,
    TERM,
    USR1,
    USR2,
    ProcessError,
    numbered,
)

ShellKind = Literal["dash", "bash", "busybox"]
SHELLS: tuple[ShellKind, ...] = ("dash", "bash", "busybox")
NOT_FOUND, NOT_EXECUTABLE = 127, 126
BUILTINS = frozenset(
    {":", "true", "false", "exit", "exec", "wait", "kill", "trap", "echo", "cd", "[", "test", "set", "export", "return"}
)
EXIT = 0
# What bash catches once a trap for its end is set (sig.c: terminating_signals).
ENDING = frozenset({HUP, PIPE, ALRM, TERM, USR1, USR2})


class ExitShell(Exception):  # noqa: N818  it is no error: the shell has done what it was told
    """Raised by `exit`."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class CannotExecute(Exception):  # noqa: N818  a program meets it, and goes on
    """A command that cannot be executed: the code that says so, and why."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


class Loader:
    """What finds a program by its words, as execve(2) does; CannotExecute where it finds none."""

    def __call__(self, words: tuple[str, ...]) -> Executable:
        """Return the program."""
        raise NotImplementedError


@dataclass(eq=False)
class Shell:
    """A shell with a program to run. A copy of it (`child`) is what a fork makes."""

    kernel: PidNamespace
    loader: Loader
    kind: ShellKind
    words: tuple[str, ...]
    body: CommandList
    variables: dict[str, str] = field(default_factory=dict)
    own_pid: int | None = None
    traps: dict[int, str] = field(default_factory=dict)
    # Signals that were ignored when the shell started stay so: no trap changes them (POSIX, trap).
    hard_ignored: set[int] = field(default_factory=set)
    inside: bool = False
    background: bool = False
    last_status: int = 0
    last_child: int | None = None
    jobs: dict[int, int | None] = field(default_factory=dict)
    caught: list[int] = field(default_factory=list)
    # busybox remembers that it once had a trap, even if the trap is gone again (ash.c: may_have_traps).
    trapped_before: bool = False
    in_vain: set[int] = field(default_factory=set)
    trapping: bool = False
    last_code: int = 0
    # Children whose code was asked for: dash and busybox know it until they start another child.
    waited_for: set[int] = field(default_factory=set)
    interrupted: bool = False
    # bash takes a group after `wait` for a part of it (jobs.c: wait_sigint_handler looks at this_shell_builtin).
    waiting: bool = False
    # Signals that the shell ignores for itself, but not for what it starts; and those of the shell that it copies.
    own_ignored: set[int] = field(default_factory=set)
    given_back: frozenset[int] = frozenset()
    terminated: int = 0

    def catch(self, signal: int) -> None:
        """Note a signal; its trap runs when the present command is over."""
        if signal not in self.traps and signal == INT:
            self.interrupted = True
        elif signal not in self.traps:
            self.terminated = signal
        elif signal not in self.caught:
            self.caught.append(signal)

    def run(self, process: Task) -> Running:
        """Run the program and return its exit code."""
        self.process = process
        if self.own_pid is None:
            self.own_pid = process.pid
            self.hard_ignored = set(process.ignored)
        for signal in self.given_back:
            process.handle(signal, "default")
        # A shell has a handler for CHLD in any case, because it asks for the code of every child.
        process.handle(CHLD, "default")
        self._hush()
        if self.kind != "bash" and process.disposition(INT) == "default":
            # dash and busybox catch INT even without a trap, and then end by it (trap.c: setsignal, onint).
            process.handle(INT, "handled")
        try:
            status = yield from self._list(self.body, self._may_become())
        except ExitShell as left:
            status = left.status
        except CannotFork:
            self.kernel.output.append("sh: Cannot fork")
            status = 254 if self.kind == "bash" else 2
        if self.traps.get(EXIT):
            action = self.traps.pop(EXIT)
            self.last_status = status
            # Once bash ends by a signal it has dealt with it, so the trap runs to its end unless another one comes.
            ended_by, self.terminated = self.terminated, 0
            try:
                yield from self._text(action)
            except ExitShell as left:
                # A signal that ended bash is its code, whatever the trap says.
                status = status if ended_by and not self.terminated else left.status
        return status & 0xFF

    def _hush(self) -> None:
        """Ignore what a shell ignores without being told: as one in the background, and QUIT (setsignal in ash.c)."""
        if self.background:
            # Nobody types ^C for a command in the background, so it does not hear INT and QUIT (POSIX, 2.11).
            for signal in (INT, QUIT):
                if self.kind == "bash" and self.process.disposition(signal) != "ignored" and not self._is_command:
                    self.own_ignored.add(signal)
                self.process.handle(signal, "ignored")
                if self.kind != "bash":
                    self.hard_ignored.add(signal)
        elif self.kind != "dash" and not self.inside and self.process.disposition(QUIT) == "default":
            self.own_ignored.add(QUIT)
            self.process.handle(QUIT, "ignored")

    @property
    def _is_command(self) -> bool:
        """Whether all that this copy of a shell does is to become a command."""
        command = self.body.items[0].command
        return len(self.body.items) == 1 and not command.rest and isinstance(command.first.commands[0], Simple)

    def _may_become(self) -> bool:
        """Whether the last command may take the shell's place."""
        return self.kind != "dash" or self.inside

    @property
    def _has_traps(self) -> bool:
        """Whether a trap is set that runs something: then the shell has to stay."""
        if self.kind == "busybox":
            return self.trapped_before
        if self.kind == "bash" and EXIT in self.traps:
            # An empty trap for the end counts too (trap.c: signal_is_trapped).
            return True
        return any(self.traps.values()) or (self.kind == "dash" and bool(self.in_vain))

    # Lists and pipelines. `last` says that nothing is left for the shell to do afterwards.

    def _list(self, body: CommandList, last: bool) -> Running:
        status = 0
        for place, item in enumerate(body.items):
            at_end = last and place == len(body.items) - 1
            if item.ends == "&":
                self._start_in_background(item.command)
                status = self.last_status = 0
            else:
                status = yield from self._and_or(item.command, at_end and self._in_line(body, place))
            yield from self._run_traps()
        return status

    def _in_line(self, body: CommandList, place: int) -> bool:
        """Whether bash sees that a list's last command is the last one (execute_cmd.c: can_optimize_connection)."""
        if self.kind != "bash":
            return True
        before = body.items[place - 1].ends if place else "\n"
        alone = not body.items[place].command.rest
        return before == "\n" or (before == ";" and alone and self._is_simple(body.items[place].command))

    def _is_simple(self, command: AndOr) -> bool:
        final = command.rest[-1][1] if command.rest else command.first
        return not final.negated and len(final.commands) == 1 and isinstance(final.commands[0], Simple)

    def _and_or(self, command: AndOr, last: bool) -> Running:
        if self.kind == "bash" and command.rest and not self._is_simple(command):
            last = False
        status = yield from self._pipeline(command.first, last and not command.rest)
        for place, (sign, pipeline) in enumerate(command.rest):
            if (status == 0) == (sign == "&&"):
                status = yield from self._pipeline(pipeline, last and place == len(command.rest) - 1)
        return status

    def _pipeline(self, pipeline: Pipeline, last: bool) -> Running:
        if len(pipeline.commands) == 1:
            status = yield from self._command(pipeline.commands[0], last and not pipeline.negated)
        else:
            started = self._start_pipeline(pipeline)
            codes = yield from self._codes([process.pid for process in started])
            status = codes[-1]
        if pipeline.negated:
            status = int(status == 0)
        self.last_status = status
        yield from self._run_traps()
        return status

    def _command(self, command: ShellCommand, last: bool) -> Running:
        if isinstance(command, Simple):
            status = yield from self._simple(command, last)
        elif isinstance(command, Subshell):
            status = yield from self._subshell(command, last)
        elif isinstance(command, Braces):
            status = yield from self._list(command.body, last and self.kind != "bash")
        elif isinstance(command, While):
            status = yield from self._while(command)
        else:
            status = yield from self._if(command, last and self.kind != "bash")
        self.last_status = status
        return status

    def _subshell(self, command: Subshell, last: bool) -> Running:
        # bash copies itself for a group even at the end, except where a group is all that another group contains.
        alone = self.inside and self.body == CommandList((ListItem(AndOr(Pipeline((command,)))),))
        if last and not self._has_traps and (self.kind != "bash" or alone):
            # Where no copy is made, the children stay this shell's own.
            self.inside = True
            return (yield from self._list(command.body, last=True))
        child = self.child(command.body)
        return (yield from self._front(self._fork(child)))

    def _while(self, command: While) -> Running:
        status = 0
        while True:
            condition = yield from self._list(command.condition, last=False)
            if (condition == 0) == command.until:
                return status
            status = yield from self._list(command.body, last=False)
            # A loop without a process in it never gives the others a turn. The kernel counts its steps.
            yield self.kernel.now

    def _if(self, command: If, last: bool) -> Running:
        condition = yield from self._list(command.condition, last=False)
        if condition == 0:
            return (yield from self._list(command.body, last))
        return (yield from self._list(command.otherwise, last))

    def _start_in_background(self, command: AndOr) -> None:
        pipeline = self._lone_pipeline(command)
        if pipeline is None:
            started = [self._start(command, background=True)]
        else:
            started = self._start_pipeline(pipeline, background=True)
        self.last_child = started[-1].pid
        self.jobs.update(dict.fromkeys((process.pid for process in started), None))

    def _lone_pipeline(self, command: AndOr) -> Pipeline | None:
        """Return the pipeline that is all of a command: it is started without a copy of the shell to wait for it."""
        while not command.rest and not command.first.negated:
            alone = command.first.commands[0]
            if len(command.first.commands) > 1:
                return command.first
            # dash and busybox forget braces when they read them (parser.c: TBEGIN); bash does not.
            if self.kind == "bash" or not isinstance(alone, Braces) or len(alone.body.items) > 1:
                return None
            command = alone.body.items[0].command
        return None

    def _start_pipeline(self, pipeline: Pipeline, *, background: bool = False) -> list[Task]:
        """Start each command of a pipeline; each writes into a pipe that the next one reads."""
        started = list[Task]()
        for command in pipeline.commands:
            process = self._start(AndOr(Pipeline((command,))), background=background)
            if started:
                self.kernel.pipe(started[-1], process)
            started.append(process)
        return started

    def _start(self, command: AndOr, *, background: bool = False) -> Task:
        """Start a command as a child, in the background or as a part of a pipeline."""
        body = CommandList((ListItem(command),))
        alone = command.first.commands[0]
        if not command.rest and not command.first.negated and isinstance(alone, Subshell):
            # A group in parentheses needs no second copy of the shell.
            body = alone.body
        # bash does not look for a last command in braces, nor in a list with && in the background.
        may_become = self.kind != "bash" or (isinstance(alone, Subshell | Simple) and not command.rest)
        return self._fork(self.child(body, background=background, may_become=may_become))

    def child(self, body: CommandList, *, background: bool = False, may_become: bool = True) -> "Shell":
        """Return a copy of the shell that is to run a list: with its variables, without its traps (POSIX, 2.12)."""
        made = ForkedShell if may_become else StayingShell
        kept: dict[int, str] = {
            signal: action for signal, action in self.traps.items() if not action and signal != EXIT
        }
        return made(
            self.kernel, self.loader, self.kind, self.words, body, dict(self.variables), self.own_pid, kept,
            set(self.hard_ignored), inside=True, background=background, last_status=self.last_status,
            last_child=self.last_child, given_back=self._to_give_back, waiting=self.waiting,
        )  # fmt: skip

    @property
    def _to_give_back(self) -> frozenset[int]:
        """The signals that what it starts does not ignore, though the shell does."""
        return frozenset(self.own_ignored - self.traps.keys())

    @property
    def _ignored_for_others(self) -> frozenset[int]:
        """The signals that what it starts ignores, though the shell does not: CHLD, with bash alone (measured)."""
        told = CHLD in self.hard_ignored or self.traps.get(CHLD) == ""
        return frozenset({CHLD}) if self.kind == "bash" and told else frozenset()

    def _fork(self, program: Executable) -> Task:
        for pid in self.waited_for:
            self.jobs.pop(pid, None)
        self.waited_for = set()
        return self.kernel.fork(self.process, program)

    # Waiting.

    def _front(self, child: Task) -> Running:
        """Wait for a command in front. Signals with a trap wait too: the trap runs when the command is over."""
        (code,) = yield from self._codes([child.pid])
        return code

    def _codes(self, pids: list[int]) -> Generator[int | None, None, list[int]]:
        """Wait until all of these have ended, and return their codes."""
        codes: dict[int, int] = {}
        hears_interrupt = self.kind == "bash" and self.process.disposition(INT) == "default"
        if hears_interrupt:
            self.process.handle(INT, "handled")
        while len(codes) < len(pids):
            codes |= {pid: code for pid, code in self._reaped() if pid in pids}
            if len(codes) < len(pids):
                yield None
                self._terminate()
                if self.interrupted and self.waiting and self.kind == "bash":
                    yield from self._interrupted()
        if hears_interrupt:
            # bash takes INT for its own only if the command in front ended by it too (jobs.c: wait_for).
            self.process.handle(INT, "default")
            self.interrupted = self.interrupted and codes[pids[-1]] == 128 + INT
        yield from self._interrupted()
        return [codes[pid] for pid in pids]

    def _terminate(self) -> None:
        """End by a signal that bash catches because a trap for its end is set (sig.c: termsig_handler)."""
        if self.terminated:
            raise ExitShell(128 + self.terminated)

    def _interrupted(self) -> Running:
        """End by INT if that came and no trap is set for it. Process 1 cannot, so dash and busybox exit instead."""
        if self.interrupted:
            self.interrupted = False
            if self.kind == "bash" and self.traps.get(EXIT):
                # With a trap for its end it catches this signal as those in ENDING.
                self.terminated = INT
                self._terminate()
            self.process.handle(INT, "default")
            self.kernel.send(self.process, INT)
            yield self.kernel.now
            if self.kind != "bash":
                raise ExitShell(128 + INT)
        return 0

    def _reaped(self) -> Iterator[tuple[int, int]]:
        """Take every child that has ended, adopted ones too: a shell asks for any child (wait(2) with -1)."""
        while (ended := self.kernel.reap(self.process)) is not None:
            if ended[0] in self.jobs:
                self.jobs[ended[0]] = self.last_code = ended[1]
            yield ended

    def _run_traps(self) -> Running:
        """Run the traps of the signals that came meanwhile."""
        while self.caught and not self.trapping:
            signal = self.caught.pop(0)
            action = self.traps.get(signal)
            if action is None:
                continue
            status, self.trapping = self.last_status, True
            try:
                yield from self._text(action)
            finally:
                self.trapping = False
            self.last_status = status
        return 0

    def _text(self, action: str) -> Running:
        """Run a trap's text."""
        return (yield from self._list(parsed(action), last=False))

    # Simple commands.

    def _simple(self, command: Simple, last: bool) -> Running:
        words = tuple(text for word in command.words for text in self._expanded(word))
        if not words:
            for name, word in command.assignments:
                self.variables[name] = " ".join(self._expanded(word))
            return 0
        self.waiting = words[0] == "wait"
        if words[0] in BUILTINS:
            return (yield from self._builtin(words, command))
        if command.redirected and self.kind == "bash" and not self.inside:
            last = False
        return (yield from self._external(words, last))

    def _external(self, words: tuple[str, ...], last: bool) -> Running:
        try:
            program = self.loader(words)
        except CannotExecute as refused:
            # The child that would have run it says so, and ends with the code.
            self.kernel.output.append(f"sh: {refused.why}")
            if not last:
                self.kernel.last_pid += 1
            return refused.code
        if last and not self._has_traps:
            raise self._becoming(program)
        child = _Executing(self.words, program, self._to_give_back, self._ignored_for_others)
        return (yield from self._front(self._fork(child)))

    def _expanded(self, word: Word) -> list[str]:
        """Return a word's texts: a variable that is not quoted may be several words, or none."""
        texts, open_word = [""], any(piece.quoted for piece in word.pieces)
        for piece in word.pieces:
            value = self._value(piece.text) if piece.variable else piece.text
            if not piece.variable or piece.quoted:
                texts[-1] += value
                open_word = open_word or bool(value)
                continue
            first, *more = value.split() or [""]
            texts[-1] += first
            texts += more
        return texts if open_word or any(texts) else []

    def _value(self, name: str) -> str:
        special = {"?": str(self.last_status), "$": str(self.own_pid), "!": str(self.last_child or "")}
        return special.get(name, self.variables.get(name, ""))

    # Builtins.

    def _builtin(self, words: tuple[str, ...], command: Simple) -> Running:
        name, given = words[0], words[1:]
        if name == "exit":
            raise ExitShell(int(given[0]) if given and given[0].isdecimal() else self.last_status)
        if name == "exec":
            return self._exec(given)
        if name == "wait":
            return (yield from self._wait(given))
        if name == "kill":
            status = self._kill(given, unheard=command.unheard)
            # The shell may have killed or stopped itself: it goes on only if not.
            yield self.kernel.now
            self._terminate()
            yield from self._interrupted()
            return status
        if name == "trap":
            return self._trap(given)
        if name in ("[", "test"):
            return self._test(given)
        if name == "echo" and not command.quiet:
            self.kernel.output.append(" ".join(given))
        return int(name == "false")

    def _exec(self, words: tuple[str, ...]) -> int:
        if not words:
            return 0
        try:
            program = self.loader(words)
        except CannotExecute as refused:
            self.kernel.output.append(f"sh: exec: {refused.why}")
            raise ExitShell(refused.code) from None
        raise self._becoming(program, told=True)

    def _becoming(self, program: Executable, *, told: bool = False) -> BecomeProgram:
        """Give back what was ignored, which busybox does only if told to exec; return what to raise then."""
        if self.kind != "busybox" or told:
            for signal in self._to_give_back:
                self.process.handle(signal, "default")
        for signal in self._ignored_for_others:
            self.process.handle(signal, "ignored")
        return BecomeProgram(program)

    def _wait(self, given: tuple[str, ...]) -> Running:
        list(self._reaped())
        if given == ("-n",) and self.kind != "dash":
            return (yield from self._wait_any())
        if given[:1] == ("-n",):
            return 2
        wanted = [int(pid) for pid in given if pid.isdecimal()] if given else [*self.jobs]
        status = self.last_code = 0
        for pid in wanted:
            if pid not in self.jobs:
                status = NOT_FOUND
                continue
            while self.jobs[pid] is None:
                if broken := (yield from self._broken_off()):
                    return broken
            status = self.jobs[pid] or 0
            if self.kind == "bash":
                del self.jobs[pid]
            else:
                self.waited_for.add(pid)
        # After a child that failed, a plain wait of busybox goes on for children that it adopted (measured, 1.35).
        while self.kind == "busybox" and not given and self.last_code and self.kernel.children(self.process):
            if broken := (yield from self._broken_off()):
                return broken
        return status if given else 0

    def _broken_off(self) -> Running:
        """Wait once, and ask for all children that have ended; return the code with which the wait ends now, or 0."""
        # A signal with a trap ends the wait, and then the trap runs (POSIX, wait).
        if self.caught:
            return 128 + self.caught[0]
        yield None
        self._terminate()
        yield from self._interrupted()
        ended = list(self._reaped())
        # So does the end of a child with busybox and trap '' CHLD (measured, 1.35).
        return 128 + CHLD if ended and self.kind == "busybox" and self.traps.get(CHLD) == "" else 0

    def _wait_any(self) -> Running:
        """Wait for whichever child ends first."""
        while True:
            over = next((pid for pid, code in self.jobs.items() if code is not None), None)
            if over is not None:
                return self.jobs.pop(over) or 0
            if not self.jobs:
                return NOT_FOUND
            if broken := (yield from self._broken_off()):
                return broken

    def _kill(self, given: tuple[str, ...], *, unheard: bool) -> int:
        signal, targets = self._signal_of(given)
        if not targets:
            return 1 if self.kind == "busybox" else 2
        if signal is None:
            return 1
        # Each one gets its signal, also after one that is not there.
        failed = [target for target in targets if not self._send(target, signal, unheard=unheard)]
        return int(bool(failed))

    def _signal_of(self, given: Sequence[str]) -> tuple[int | None, list[str]]:
        """Return the signal that `kill` was given, None if there is no such signal, and the processes."""
        name, rest = "TERM", list(given)
        if rest[:1] == ["-s"]:
            name, rest = rest[1] if len(rest) > 1 else "", rest[2:]
        elif rest and rest[0].startswith("-") and rest[0] != "--":
            name, rest = rest[0][1:], rest[1:]
        if rest[:1] == ["--"]:
            rest = rest[1:]
        if name == "0":
            return 0, rest
        try:
            return numbered(name), rest
        except ProcessError:
            return None, rest

    def _send(self, target: str, signal: int, *, unheard: bool) -> bool:
        if target == "-1":
            # Every process but process 1 and the one that asks (kill(2)).
            others = [each for each in self.kernel.processes.values() if each is not self.process]
            for each in others:
                if each is not self.kernel.first:
                    self.kernel.send(each, signal)
            return True
        process = self.kernel.processes.get(int(target)) if target.isdecimal() else None
        if target.isdecimal():
            self.kernel.looked_at(int(target), signal, self.process)
        if process is None:
            if not unheard:
                self.kernel.output.append("sh: kill: No such process")
            return False
        reached = self.kernel.send(process, signal)
        if process is self.kernel.first and not reached and signal:
            self.kernel.tell(f"kill {target}: {self.kernel.why_nothing(process, signal)}")
        return True

    def _trap(self, given: tuple[str, ...]) -> int:
        if not given:
            return 0
        action, names = (given[0], given[1:]) if len(given) > 1 else ("-", given)
        status = 0
        for name in names:
            if name in ("EXIT", "0"):
                signal = EXIT
            elif (known := name.removeprefix("SIG")) in NUMBERS or name.isdecimal():
                signal = numbered(known)
            else:
                status = 1
                continue
            self._set_trap(signal, action)
        return status

    def _set_trap(self, signal: int, action: str) -> None:
        runs = action not in ("", "-")
        self.trapped_before = self.trapped_before or runs
        if signal in (KILL, STOP) or (signal in self.hard_ignored and signal != EXIT):
            # The signal stays ignored, as INT does in a group behind &, but dash counts the trap all the same.
            (self.in_vain.add if runs else self.in_vain.discard)(signal)
            return
        if action == "-":
            self.traps.pop(signal, None)
            way: Disposition = "default"
            if self.kind != "bash" and signal == INT:
                way = "handled"
            elif signal == QUIT and (self.kind == "bash" or (not self.inside and self.kind == "busybox")):
                self.own_ignored.add(QUIT)
                way = "ignored"
            self.process.handle(signal, way)
            return
        self.traps[signal] = action
        if signal == EXIT and self.kind == "bash" and action:
            for number in ENDING - self.traps.keys() - self.process.ignored:
                self.process.handle(number, "handled")
        if signal == CHLD and action:
            raise ProcessError("trap: this model runs no handler for CHLD, and knows only trap '' CHLD and trap - CHLD")
        if signal not in (EXIT, CHLD):
            self.process.handle(signal, "handled" if action else "ignored")

    @staticmethod
    def _test(given: tuple[str, ...]) -> int:
        """Compare two texts or numbers: enough for a condition of a loop."""
        words = [word for word in given if word != "]"]
        if len(words) != 3:
            return int(not (len(words) == 1 and words[0]))
        left, sign, right = words
        if sign in ("=", "!="):
            return int((left == right) != (sign == "="))
        signs = {"-lt": "<", "-le": "<=", "-gt": ">", "-ge": ">=", "-eq": "==", "-ne": "!="}
        if sign not in signs or not (left.isdecimal() and right.isdecimal()):
            return 2
        a, b = int(left), int(right)
        return int(not {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b, "==": a == b, "!=": a != b}[signs[sign]])


class ForkedShell(Shell):
    """A copy of a shell that may become its last command."""


class StayingShell(Shell):
    """A copy of a shell that stays until its last command is over, as bash's do."""

    def _may_become(self) -> bool:
        return False


@dataclass(eq=False)
class _Executing:
    """A copy of a shell in the moment between fork and exec."""

    words: tuple[str, ...]
    program: Executable
    given_back: frozenset[int]
    ignored: frozenset[int]

    def catch(self, signal: int) -> None:
        """It has no handlers."""

    def run(self, process: Task) -> Running:
        """Become the program."""
        for signal in self.given_back:
            process.handle(signal, "default")
        for signal in self.ignored:
            process.handle(signal, "ignored")
        yield from becoming(self.program)
        return 0


def becoming(program: Executable) -> Running:
    """Become a program, in the first step of a process."""
    raise BecomeProgram(program)
    yield None  # type: ignore[unreachable]  # it makes this a generator, as every program's run is


def shell_program(kernel: PidNamespace, loader: Loader, kind: ShellKind, words: tuple[str, ...], text: str) -> Shell:
    """Return a shell that is to run a program's text; ShellError says where it cannot be read."""
    return Shell(kernel, loader, kind, words, parsed(text))
