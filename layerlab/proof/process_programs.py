"""Process programs: random programs of the little shell language, with acts from inside and outside, from a seed.

Times are whole beats. What programs do falls on beats, acts fall a quarter of a beat later, and tables are looked at
in between, so that a table is compared when nothing is about to happen. A program in which two processes wake at one
moment is not used: chance alone says which goes first.
"""

from dataclasses import dataclass
from random import Random

from layerlab.namespaces.process import ContainerProcesses, processes
from layerlab.namespaces.signals import ProcessError

BEATS = 8
"""How long a program is looked at, in beats."""

ACT_AT, LOOK_AT = 0.3, 0.65
"""Where in a beat acts and looks fall."""

SIGNALS = ("TERM", "TERM", "TERM", "KILL", "KILL", "HUP", "USR1", "INT", "QUIT", "STOP", "CONT")
TRAPPED = ("TERM", "TERM", "HUP", "USR1", "INT", "EXIT")
INITS = (None, None, None, None, "tini", "tini -g", "dumb-init", "dumb-init -c", "catatonit")


@dataclass(frozen=True)
class ProgramPart:
    """A part of a program: its kind, a number or a word, and the parts inside it."""

    kind: str
    word: str = ""
    number: int = 0
    inside: tuple["ProgramPart", ...] = ()
    background: bool = False


@dataclass(frozen=True)
class ProcessAct:
    """An act at a beat: a signal to the process in a place of the table, or a text that `exec` runs."""

    beat: int
    kind: str
    place: int = 0
    word: str = ""
    inside: bool = False
    parts: tuple[ProgramPart, ...] = ()


@dataclass(frozen=True)
class ProcessProgram:
    """A program, the shell and process 1 that run it, and what is done to it."""

    shell: str
    init: str | None
    parts: tuple[ProgramPart, ...]
    acts: tuple[ProcessAct, ...] = ()

    def text(self, beat: float) -> str:
        """Return the program as text, with beats of so many seconds."""
        return written(self.parts, beat)

    def start(self, beat: float) -> ContainerProcesses:
        """Start it in the model."""
        return processes(self.text(beat), self.shell, self.init or False)


def written(parts: tuple[ProgramPart, ...], beat: float) -> str:
    """Return parts as a list of commands.

    >>> written((ProgramPart("sleep", number=2, background=True), ProgramPart("exit", number=3)), 0.5)
    'sleep 1 & exit 3'
    """
    text = ""
    for place, part in enumerate(parts):
        text += _written(part, beat)
        last = place == len(parts) - 1
        # What ends a command in the background separates it from the next one too.
        if part.background:
            text += " &"
        elif not last:
            text += ";"
        if not last:
            text += " "
    return text


def _written(part: ProgramPart, beat: float) -> str:
    inside = written(part.inside, beat)
    closed = inside if inside.endswith("&") else f"{inside};"
    texts = {
        "sleep": f"sleep {part.number * beat:g}",
        "exec": f"exec sleep {part.number * beat:g}",
        "group": f"( {inside})" if inside.startswith("(") else f"({inside})",
        "braces": f"{{ {closed} }}",
        "sh": f"sh -c '{inside}'",
        "exec sh": f"exec sh -c '{inside}'",
        "loop": f"while true; do {closed} done",
        "watch": f"while kill -0 $! 2>/dev/null; do sleep {part.number * beat:g}; done",
        "if": f"if {part.word}; then {closed} fi",
        "trap": f"trap '{inside}' {part.word}",
        "kill": f"kill -{part.word} $! 2>/dev/null",
        "kill self": f"kill -{part.word} $$",
        "kill 1": f"kill -{part.word} 1",
        "exit": f"exit {part.number}",
        "echo": f"echo e{part.number}",
        "wait": "wait",
        "wait last": "wait $!",
        "pipe": f"sleep {part.number * beat:g} | cat",
        "word": part.word,
    }
    if part.kind in ("&&", "||"):
        left, right = part.inside
        return f"{_written(left, beat)} {part.kind} {_written(right, beat)}"
    return texts[part.kind]


class ProcessGenerator:
    """Programs from a seed: the same seed gives the same program on every machine."""

    def __init__(self, seed: str, shell: str) -> None:
        self.random = Random(f"processes/{seed}/{shell}")
        self.shell = shell
        self.echoes = 0

    def program(self) -> ProcessProgram:
        """Return a program that the model runs without a tie."""
        while True:
            self.echoes = 0
            init = self.random.choice(INITS)
            made = ProcessProgram(self.shell, init, self._list(0), self._acts())
            if usable(made):
                return made

    def _list(self, depth: int, *, quoted: bool = False) -> tuple[ProgramPart, ...]:
        count = self.random.choice((1, 2, 2, 3, 3, 4) if depth == 0 else (1, 1, 2, 2, 3))
        parts = [self._part(depth, quoted=quoted) for _ in range(count)]
        if self.random.random() < 0.2:
            parts.append(self._ending(depth, quoted=quoted))
        return tuple(parts)

    def _ending(self, depth: int, *, quoted: bool) -> ProgramPart:
        if self.random.random() < 0.5:
            return ProgramPart("exec", number=self._beats())
        if depth == 0 and not quoted and self.random.random() < 0.5:
            return ProgramPart("exec sh", inside=self._list(2, quoted=True))
        return ProgramPart("exit", number=self.random.randint(0, 9))

    def _beats(self) -> int:
        return self.random.randint(1, BEATS + 1)

    def _part(self, depth: int, *, quoted: bool) -> ProgramPart:
        kinds = ["sleep"] * 6 + ["sleep &"] * 5 + ["word", "wait", "wait", "wait last", "echo", "kill", "kill self"]
        kinds += ["kill 1", "&&", "||", "watch", "pipe", "children"]
        if depth < 2:
            kinds += ["group"] * 2 + ["group &"] * 3 + ["braces", "braces &", "loop", "if", "sh"]
        if not quoted:
            kinds += ["trap"] * 3
        kind = self.random.choice(kinds)
        background = kind.endswith(" &")
        kind = kind.removesuffix(" &")
        number = self._beats()
        if kind == "sh" and quoted:
            kind = "group"
        if kind in ("group", "braces", "sh", "if"):
            inside = self._list(depth + 1, quoted=quoted or kind == "sh")
            return ProgramPart(kind, self.random.choice(("true", "false")), inside=inside, background=background)
        if kind == "loop":
            slept = ProgramPart("sleep", number=self.random.randint(1, 4))
            return ProgramPart("loop", inside=(slept, *self._list(2, quoted=quoted)[:1]))
        if kind == "trap":
            return ProgramPart("trap", self.random.choice(TRAPPED), inside=self._action())
        if kind in ("&&", "||"):
            pair = self._part(2, quoted=quoted), self._part(2, quoted=quoted)
            return ProgramPart(kind, inside=tuple(self._plain(part) for part in pair))
        if kind == "echo":
            return self._echo()
        if kind == "children":
            return ProgramPart("word", self.random.choice(('trap "" CHLD', 'trap "" CHLD', "trap - CHLD")))
        words = {"word": self.random.choice(("true", "false")), "watch": ""}
        return ProgramPart(
            kind, words.get(kind, self.random.choice(SIGNALS)), number, background=background
        )  # fmt: skip

    @staticmethod
    def _plain(part: ProgramPart) -> ProgramPart:
        """Return a part as it may stand beside && or ||."""
        if part.kind in ("&&", "||", "trap") or part.word.startswith("trap"):
            return ProgramPart("word", "true")
        return ProgramPart(part.kind, part.word, part.number, part.inside)

    def _echo(self) -> ProgramPart:
        self.echoes += 1
        return ProgramPart("echo", number=self.echoes)

    def _action(self) -> tuple[ProgramPart, ...]:
        """Return what a trap does."""
        way = self.random.randrange(7)
        if way == 0:
            return ()
        if way == 1:
            return (ProgramPart("word", "true"),)
        if way == 2:
            return (ProgramPart("kill", "TERM"), ProgramPart("wait"))
        if way == 3:
            return (ProgramPart("sleep", number=1), ProgramPart("exit", number=7))
        if way == 4:
            return (self._echo(),)
        return (self._echo(), ProgramPart("exit", number=self.random.randint(0, 9)))

    def _acts(self) -> tuple[ProcessAct, ...]:
        beats = sorted(self.random.sample(range(BEATS - 1), self.random.choice((0, 1, 1, 2, 3))))
        return tuple(self._act(beat) for beat in beats)

    def _act(self, beat: int) -> ProcessAct:
        if self.random.random() < 0.15:
            return ProcessAct(beat, "exec", parts=self._list(2, quoted=True))
        signal = self.random.choice(SIGNALS)
        place = 0 if self.random.random() < 0.4 else self.random.randrange(6)
        return ProcessAct(beat, "signal", place, signal, self.random.random() < 0.4)


def usable(program: ProcessProgram) -> bool:
    """Whether the model runs it to its end with no tie, so that a real machine has no choice either."""
    try:
        model = program.start(1)
        beats = iter(range(BEATS))
        while not _over(model) and (beat := next(beats, None)) is not None:
            model.tick(ACT_AT)
            if _chance(model) or _ambiguous(program, beat, model):
                return False
            apply(program, beat, model, 1)
            model.tick(LOOK_AT - ACT_AT)
            if _chance(model):
                return False
            model.tick(1 - LOOK_AT)
    except ProcessError:
        return False
    # A program that is over at once shows nothing.
    return not model.tied and model.now > 0


def _chance(model: ContainerProcesses) -> bool:
    return model.just_woke


def _over(model: ContainerProcesses) -> bool:
    return model.code is not None


def _ambiguous(program: ProcessProgram, beat: int, model: ContainerProcesses) -> bool:
    """Whether an act's process cannot be told from another one in the kernel's table, where numbers may differ."""
    rows = model.table
    if not model.raced or not rows:
        return False
    looks = [row[2:] for row in rows]
    aimed = [looks[act.place % len(rows)] for act in program.acts if act.beat == beat and act.kind == "signal"]
    return any(looks.count(look) > 1 for look in aimed)


def apply(program: ProcessProgram, beat: int, model: ContainerProcesses, length: float) -> list[tuple[object, ...]]:
    """Do a beat's acts in the model; return them as they are to be done for real."""
    done: list[tuple[object, ...]] = []
    for act in program.acts:
        if act.beat != beat or model.code is not None:
            continue
        if act.kind == "exec":
            text = written(act.parts, length)
            model.exec(text)
            done.append(("exec", text))
            continue
        rows = model.table
        row = rows[act.place % len(rows)]
        model.signal(row.pid, act.word, inside=act.inside)
        done.append(("signal", row, act.word, act.inside))
    return done
