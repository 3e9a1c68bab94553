"""The live page of the process bench: a row to run a container, a row to act on it; a press chooses a process."""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from layerlab.benches.bench_view import PageValues, Replayed, button, choice, one_of, stepping
from layerlab.picture.living import Form, Living


class WithProcesses(Replayed, Protocol):
    """What this page needs of a bench."""

    names: tuple[str, ...]
    offers: Any
    steps: bool
    chosen: tuple[str, int]

    def run(self, text: str, shell: str | None = "dash", *, init: bool = False) -> None: ...
    def tick(self, seconds: float = 1) -> None: ...
    def send(self, signal: str, *, inside: bool) -> None: ...
    def stop(self) -> None: ...
    def start(self) -> None: ...
    def service(self) -> None: ...
    def orphan(self) -> None: ...
    def write(self) -> None: ...
    def choose(self, name: str, pid: int) -> None: ...
    def say(self, sentence: str) -> None: ...
    def ran(self, name: str) -> Any: ...


class ProcessPage(PageValues):
    """A process bench as a page."""

    def __init__(self, bench: WithProcesses) -> None:
        self.bench = bench
        self.init = False
        super().__init__(bench)
        self._drawn = bench.ran(bench.chosen[0])
        self._follow()

    def controls(self) -> str:
        """Return the row that runs a container, and the row that acts on it."""
        offers, (name, pid) = self.bench.offers, self.bench.chosen
        run = (
            self._list("Program", "program", [*offers.programs])
            + self._list("/bin/sh is", "shell", [*offers.forms])
            + button("--init", "init", "A small process 1 runs the program as its child", pressed=self.init)
            + button(f"Run {name} anew", "run")
        )
        acts = (
            self._list("Signal", "signal", offers.signals)
            + self._list("from", "sender", ("inside", "outside"))
            + button(f"Send it to process {pid} of {name}", "send")
            + button(f"docker stop {name}", "stop")
            + button(f"docker start {name}", "start")
        )
        more = (
            button("1 s passes", "tick")
            + button("10 s pass", "tick-10")
            + button("Start a service", "service", "docker exec: a process whose parent is outside")
            + button("Leave an orphan", "orphan", "A process that ends after 5 s, and whose parent ends now")
            + button("Write 1 kB", "write")
            + stepping(steps=self.bench.steps)
        )
        return "".join(
            f'<div class="acts own" data-key="{key}">{markup}</div>'
            for key, markup in (("row-run", run), ("row-acts", acts), ("row-more", more))
        )

    def _list(self, words: str, name: str, options: Sequence[str]) -> str:
        # A list of one would ask for a choice that nobody has.
        there = ((each, each) for each in options)
        return choice(words, name, there, self._picked(name, options)) if options[1:] else ""

    def _picked(self, name: str, options: Sequence[str]) -> str:
        return str(one_of(options, self.form.get(name)))

    def press(self, key: str, form: Form) -> None:
        """Do what was pressed. Then the lists say what the chosen container runs, if it is another one or runs anew."""
        super().press(key, form)
        drawn = self.bench.ran(self.bench.chosen[0])
        if key == "start-over" or drawn != self._drawn:
            self._drawn = drawn
            self._follow()

    def _follow(self) -> None:
        ran, offers = self._drawn, self.bench.offers
        self.init = ran.init
        for field, table, value in (("program", offers.programs, ran.text), ("shell", offers.forms, ran.shell)):
            self.form[field] = next((words for words, each in table.items() if each == value), self.form.get(field))

    def chosen(self) -> Iterable[str]:
        """Return the key of the chosen process."""
        name, pid = self.bench.chosen
        return [f"process:{name}/{pid}"]

    def pressed(self, key: str) -> None:
        """Do what was pressed."""
        bench, form, offers = self.bench, self.form, self.bench.offers
        if key.startswith("process:"):
            name, _, pid = key.removeprefix("process:").partition("/")
            bench.choose(name, int(pid))
        elif key == "init":
            self.init = not self.init
            self._choose("--init is on" if self.init else "--init is off")
        elif key in ("program", "shell"):
            self._choose(f"You chose “{form[key]}”")
        elif key == "run":
            text = offers.programs[self._picked("program", [*offers.programs])]
            bench.run(text, offers.forms[self._picked("shell", [*offers.forms])], init=self.init)
        elif key == "send":
            bench.send(self._picked("signal", offers.signals), inside=form.get("sender") != "outside")
        elif key in ("tick", "tick-10"):
            bench.tick(10 if key == "tick-10" else 1)
        else:
            self._acts().get(key, lambda: None)()

    def _choose(self, what: str) -> None:
        name = self.bench.chosen[0]
        self.bench.say(f"{what}. It takes effect when you press “Run {name} anew”.")

    def _acts(self) -> dict[str, Any]:
        bench = self.bench
        return {
            "stop": bench.stop,
            "start": bench.start,
            "service": bench.service,
            "orphan": bench.orphan,
            "write": bench.write,
        }


def view(bench: WithProcesses) -> Living:
    """Return a widget that shows a process bench; a press only changes the bench's state."""
    return ProcessPage(bench).living
