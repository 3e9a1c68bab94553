"""Programs: what an image contains besides its shell: sleep, cat, scripts of its own, and small programs for process 1.

Such a program (tini, which is Docker's `--init`; dumb-init; catatonit, which is Podman's) starts one child, passes
signals on to it, asks for the code of every process that ends, and ends with the code of its child.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from layerlab.namespaces.pid_namespace import Executable, PidNamespace, Running, Task
from layerlab.namespaces.shell import NOT_EXECUTABLE, NOT_FOUND, CannotExecute, Loader, ShellKind, shell_program
from layerlab.namespaces.signals import ABRT, CHLD, FORCED, NAMES, SEGV, ProcessError

InitKind = Literal["docker-init", "tini", "tini -g", "dumb-init", "dumb-init -c", "catatonit"]
# The words that each of them is started with.
INITS: Mapping[str, tuple[str, ...]] = {
    "docker-init": ("/sbin/docker-init", "--"),
    "tini": ("tini", "--"),
    "tini -g": ("tini", "-g", "--"),
    "dumb-init": ("dumb-init", "--"),
    "dumb-init -c": ("dumb-init", "-c", "--"),
    "catatonit": ("catatonit", "--"),
}
# These two pass a signal on to all processes that their child started, not to the child alone.
TO_THE_GROUP = frozenset({"tini -g", "dumb-init"})
FOREVER = "infinity"
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


@dataclass(eq=False)
class SleepProgram:
    """`sleep`: it has no handler for any signal and never asks for the code of a child."""

    kernel: PidNamespace
    words: tuple[str, ...]
    milliseconds: int | None

    def catch(self, signal: int) -> None:
        """It has no handlers."""

    def run(self, _: Task) -> Running:
        """Wait until the time is over. A sleep that was stopped in between ends no later."""
        if self.milliseconds is None:
            while True:
                yield None
        until = self.kernel.now + self.milliseconds
        while self.kernel.now < until:
            yield until
        return 0


@dataclass(eq=False)
class CatProgram:
    """`cat`: it reads until nobody can write any more."""

    kernel: PidNamespace
    words: tuple[str, ...]

    def catch(self, signal: int) -> None:
        """It has no handlers."""

    def run(self, process: Task) -> Running:
        """Wait for the end of what it reads. Without a pipe that comes at once."""
        while process.reads and self.kernel.written_to(process.reads):
            yield None
        return 0


@dataclass(eq=False)
class QuickProgram:
    """A program that ends at once with a code, such as `true`."""

    words: tuple[str, ...]
    code: int

    def catch(self, signal: int) -> None:
        """It has no handlers."""

    def run(self, _: Task) -> Running:
        """End."""
        yield from ()
        return self.code


@dataclass(eq=False)
class InitProgram:
    """A small process 1: it starts one child, passes signals on, reaps, and ends with the child's code."""

    kernel: PidNamespace
    kind: InitKind
    words: tuple[str, ...]
    program: Executable
    subreaper: bool = False
    caught: list[int] = field(default_factory=list)

    def catch(self, signal: int) -> None:
        """Note a signal that is to be passed on."""
        self.caught.append(signal)

    def run(self, process: Task) -> Running:
        """Start the child, and wait for signals and ends. A subreaper gets the orphans below it (tini -s)."""
        process.subreaper = self.subreaper
        if self.kind in ("dumb-init", "dumb-init -c"):
            # It has a handler for CHLD. With tini and catatonit an ignored CHLD stays so: they never end (measured).
            process.handle(CHLD, "default")
        for signal in NAMES.keys() - FORCED - {CHLD, SEGV, ABRT}:
            process.handle(signal, "handled")
        child = self.kernel.fork(process, self.program, own_group=True)
        while True:
            while self.caught:
                self._pass_on(self.caught.pop(0), child)
            while (ended := self.kernel.reap(process)) is not None:
                if ended[0] == child.pid:
                    return ended[1]
            yield None

    def _pass_on(self, signal: int, child: Task) -> None:
        to = self.kernel.group(child.group) if self.kind in TO_THE_GROUP else [child]
        names = ", ".join(str(process.pid) for process in to)
        own = f"Process {child.parent.pid if child.parent else 1} ({self.words[0].rpartition('/')[2]})"
        self.kernel.tell(f"{own} passes {NAMES[signal]} on to {names}.")
        for process in to:
            self.kernel.send(process, signal)


class ProgramFiles(Loader):
    """The programs of an image, by the name of their files; `files` are scripts of its own."""

    def __init__(self, kernel: PidNamespace, kind: ShellKind, files: Mapping[str, "ScriptFile"]) -> None:
        self.kernel, self.kind, self.files = kernel, kind, files

    def __call__(self, words: tuple[str, ...]) -> Executable:
        """Return the program that these words start; CannotExecute with 126, 127 or 1 where there is none."""
        if not words:
            raise CannotExecute(NOT_FOUND, "a program is missing")
        path = words[0]
        if path in self.files:
            return self._script(self.files[path], words)
        name = path.rpartition("/")[2]
        if name == "busybox" and len(words) > 1:
            return self._shown(self(words[1:]), words)
        if name in ("sh", "dash", "bash") and words[1:2] == ("-c",) and len(words) > 2:
            kind: ShellKind = {"dash": "dash", "bash": "bash"}.get(name, self.kind)  # type: ignore[assignment]
            return shell_program(self.kernel, self, kind, words, words[2])
        if name == "sleep":
            return SleepProgram(self.kernel, words, duration(words[1:]))
        if name in ("tini", "dumb-init", "catatonit", "docker-init"):
            return self._init(name, words)
        if name == "cat":
            return CatProgram(self.kernel, words)
        if name in ("true", "false"):
            return QuickProgram(words, int(name == "false"))
        raise CannotExecute(NOT_FOUND, f"{path}: not found")

    def _init(self, name: str, words: tuple[str, ...]) -> Executable:
        options = tuple(word for word in words[1:3] if word in ("-g", "-s", "-c"))
        rest = words[1 + len(options) :]
        program = self(rest[1:] if rest[:1] == ("--",) else rest)
        named = " ".join((name, *(option for option in options if option != "-s")))
        kind = next((kind for kind in INITS if kind == named), name)
        return InitProgram(self.kernel, kind, words, program, "-s" in options)  # type: ignore[arg-type]

    def _script(self, script: "ScriptFile", words: tuple[str, ...]) -> Executable:
        if not script.executable:
            raise CannotExecute(NOT_EXECUTABLE, f"{words[0]}: permission denied")
        first, _, text = script.text.partition("\n")
        if not first.startswith("#!"):
            raise CannotExecute(1, f"exec {words[0]}: exec format error")
        # The kernel puts the interpreter's words before the script's (binfmt_script.c).
        interpreter = tuple(first.removeprefix("#!").split())
        kinds: Mapping[str, ShellKind] = {"dash": "dash", "bash": "bash", "busybox": "busybox", "sh": self.kind}
        if interpreter[0].rpartition("/")[2] not in kinds:
            raise CannotExecute(1, f"exec {words[0]}: no such file or directory")
        kind = kinds[interpreter[0].rpartition("/")[2]]
        return shell_program(self.kernel, self, kind, (*interpreter, *words), text)

    @staticmethod
    def _shown(program: Executable, words: tuple[str, ...]) -> Executable:
        program.words = words
        return program


@dataclass(frozen=True)
class ScriptFile:
    """A file of an image that can be run: its text, whose first line names the interpreter after #!.

    >>> script = ScriptFile("#!/bin/sh\\ntrap 'exit 0' TERM; sleep 100 & wait")
    >>> processes("/app.sh", shell="dash", files={"/app.sh": script}).table[1].command
    '/bin/sh /app.sh'
    """

    text: str
    executable: bool = True


def duration(given: tuple[str, ...]) -> int | None:
    """Return how long `sleep` sleeps (milliseconds), None for ever.

    >>> duration(("0.6",)), duration(("1m",)), duration(("infinity",))
    (600, 60000, None)
    """
    total = 0.0
    for text in given:
        if text == FOREVER:
            return None
        number, unit = (text[:-1], _UNITS[text[-1:]]) if text[-1:] in _UNITS else (text, 1)
        if not number.replace(".", "", 1).isdecimal():
            raise ProcessError(f"sleep takes a number of seconds, as in sleep 5, and {text!r} is none")
        total += float(number) * unit
    if not given:
        raise ProcessError("sleep takes a number of seconds, as in sleep 5")
    return round(total * 1000)
