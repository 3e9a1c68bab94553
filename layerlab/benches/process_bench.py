"""Process bench: containers with their processes, to start, to send signals to, to stop and to start again.

Time stands still between the acts. The state is the list of acts, as on every bench; a container's processes and its
thin layer are made again from it.
"""

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import groupby
from typing import Any, NamedTuple

from layerlab.benches.example import shop
from layerlab.benches.replay import Replay
from layerlab.benches.verbs import TranscriptLine
from layerlab.model.host import Host
from layerlab.model.layerlab_error import LayerlabError
from layerlab.namespaces.process import ContainerProcesses, processes
from layerlab.namespaces.signals import numbered
from layerlab.picture import events
from layerlab.picture.process_tree import ContainerTree, ProcessMoment, scene
from layerlab.picture.shapes import Looks, Scene
from layerlab.words.plurals import counted, listed
from layerlab.words.printable import printable

NAMES = ("web", "job")
SERVICE, ORPHAN = "exec sleep 300", "(sleep 5 &)"
WRITTEN = 1_000
SUPERVISOR = (
    "trap 'kill $a; exit 0' TERM; sleep 600 & a=$!; while true; do kill -0 $a || { sleep 600 & a=$!; }; "
    "sleep 1 & wait $!; done 2>/dev/null"
)
# What each does, and its text. The first one is what a bench starts with.
PROGRAMS: dict[str, str] = {
    "a service, then a server": "sleep 300 & exec sleep 600",
    "a server": "sleep 600",
    "a server that hears TERM": "trap 'exit 0' TERM; sleep 600 & wait",
    "a trap, but the server in front": "trap 'exit 0' TERM; sleep 600",
    "a service, ends after 5 s": "sleep 300 & exec sleep 5",
    "a loop that watches a service": SUPERVISOR,
}
FORMS: dict[str, str | None] = {"dash": "dash", "bash": "bash", "busybox": "busybox", "no shell (exec form)": None}
SIGNALS = ("TERM", "KILL", "INT", "HUP", "STOP", "CONT")
# How a process other than process 1 ended: its number, and the rest of the sentence.
ENDED = re.compile(r"Process (\d+)( \(.*\) (?:ends|is killed).*)")
# A sentence about more processes counts them.
MOST_NAMED = 6


class Offered(NamedTuple):
    """What the lists of a bench offer: texts of programs by their words, shells by theirs, and signals.

    >>> Offered(signals=("TERM",)).programs["a server"]
    'sleep 600'
    """

    programs: Mapping[str, str] = PROGRAMS
    forms: Mapping[str, str | None] = FORMS
    signals: tuple[str, ...] = SIGNALS


ALL_OFFERED = Offered()


class ContainerAct(NamedTuple):
    """Something done to a container: `do` is what, the rest is what that takes."""

    do: str
    name: str
    text: str = ""
    shell: str | None = "dash"
    init: bool = False
    pid: int = 0
    signal: str = ""
    inside: bool = True
    seconds: float = 0


@dataclass
class LiveContainers:
    """The containers after some acts: their processes, and the host that has their thin layers."""

    host: Host = field(default_factory=shop)
    trees: dict[str, ContainerProcesses] = field(default_factory=dict)
    waited: dict[str, float] = field(default_factory=dict)

    def do(self, act: ContainerAct) -> None:
        """Do one act. What Docker or the kernel refuses raises ValueError, and nothing is changed."""
        self.waited = {}
        if act.do == "run":
            self._run(act)
        elif act.do == "tick":
            for tree in self.trees.values():
                tree.tick(act.seconds)
        elif act.do == "start":
            self._start(act)
        else:
            tree = self._running(act.name)
            if act.do == "signal":
                tree.signal(act.pid, act.signal, inside=act.inside)
            elif act.do == "stop":
                self.waited[act.name] = tree.stop()
            elif act.do == "write":
                self.host.containers[act.name].append("orders.log", bytes(WRITTEN))
            else:
                tree.exec(act.text)
        for name, tree in self.trees.items():
            if tree.code is not None and self.host.containers[name].state == "running":
                self.host.stop(name)

    def _run(self, act: ContainerAct) -> None:
        if act.shell is None and set(act.text) & set(";&|()$'"):
            raise BenchRefusal("the exec form starts one program, and this text needs a shell: take a shell")
        tree = processes(act.text, act.shell, act.init)
        if act.name in self.trees:
            self.host.remove(act.name, force=True)
        self.host.run("shop", name=act.name)
        self.trees[act.name] = tree

    def _start(self, act: ContainerAct) -> None:
        self.trees[act.name] = processes(act.text, act.shell, act.init)
        self.host.start(act.name)

    def _running(self, name: str) -> ContainerProcesses:
        tree = self.trees[name]
        if tree.code is not None:
            raise BenchRefusal(f"Docker says “Container {name} is not running”: start it again")
        return tree


class BenchRefusal(LayerlabError, ValueError):  # noqa: N818  it is shown, not raised to anyone
    """What this bench refuses."""


class ProcessBench(Replay):
    """Containers with their processes; `chosen` is the process that a signal goes to.

    >>> table = ProcessBench()
    >>> table.send("TERM", inside=True)
    >>> table.now.sentence
    'TERM is sent to process 1 from inside. Process 1 has no handler for TERM, so the kernel drops it.'
    >>> table.stop()
    >>> table.scene.balance
    '0 processes in 1 container'
    """

    def __init__(self, containers: int = 1, offers: Offered = ALL_OFFERED, *, steps: bool = True) -> None:
        """Start with `web`, and with `job` too if `containers` is 2. `steps` offers to step back and forward.

        `offers` is what its lists offer.
        """
        super().__init__()
        if containers not in (1, 2):
            raise ValueError(f"this bench has 1 or 2 containers, not {containers}")
        self.names = NAMES[:containers]
        self.offers = offers
        self.steps = steps
        first = ContainerAct("run", "web", PROGRAMS["a service, then a server"])
        second = ContainerAct("run", "job", PROGRAMS["a server"], "busybox")
        self._first = (first, second)[:containers]
        self.started = tuple(map(_run_line, self._first))
        self.chosen = ("web", 1)
        self._state: tuple[tuple[ContainerAct, ...], LiveContainers] | None = None
        self.start_over()

    # Acts.

    def run(self, text: str, shell: str | None = "dash", *, init: bool = False, name: str = "") -> None:
        """Remove a container and run another one of its name, with a program of one's own."""
        self._do(ContainerAct("run", name or self.chosen[0], text, shell, init))
        self.chosen = (name or self.chosen[0], 1)

    def tick(self, seconds: float = 1) -> None:
        """Let time pass (seconds)."""
        self._do(ContainerAct("tick", self.chosen[0], seconds=seconds))

    def send(self, signal: str, *, inside: bool, pid: int = 0, name: str = "") -> None:
        """Send a signal to a process: the chosen one if none is given."""
        numbered(signal)
        self._do(
            ContainerAct("signal", name or self.chosen[0], pid=pid or self.chosen[1], signal=signal, inside=inside)
        )

    def stop(self, name: str = "") -> None:
        """Stop a container as `docker stop` does. Docker has no error for one that is stopped already."""
        name = name or self.chosen[0]
        if self._tree(name).code is not None:
            self.say(f"{name} has stopped already. docker stop changes nothing, and gives no error.")
        else:
            self._do(ContainerAct("stop", name))

    def start(self, name: str = "") -> None:
        """Start a container again: new processes, the same thin layer. Docker has no error for one that runs."""
        name = name or self.chosen[0]
        if self._tree(name).code is None:
            self.say(f"{name} runs already. docker start changes nothing, and gives no error.")
        else:
            # The act keeps what it starts, so that its line says the same after a later run.
            self._do(self.ran(name)._replace(do="start"))

    def service(self, name: str = "") -> None:
        """Start one more process with `docker exec`."""
        self._do(ContainerAct("exec", name or self.chosen[0], SERVICE))

    def orphan(self, name: str = "") -> None:
        """Leave an orphan that ends after five seconds."""
        self._do(ContainerAct("exec", name or self.chosen[0], ORPHAN))

    def write(self, name: str = "") -> None:
        """Add 1 kB to a file that only the container has."""
        self._do(ContainerAct("write", name or self.chosen[0]))

    def choose(self, name: str, pid: int) -> None:
        """Choose the process that a signal goes to."""
        self.chosen = (name, pid)
        self.show_now(self.now)

    def ran(self, name: str) -> ContainerAct:
        """Return the act that ran a container as it is now: its program, its shell and its process 1."""
        acts: tuple[ContainerAct, ...] = (*self._first, *self.acts)
        return next(each for each in reversed(acts) if each.do == "run" and each.name == name)

    def say(self, sentence: str) -> None:
        """Say something under the picture, and do nothing."""
        self.show_now(replace(self.now, sentence=sentence))

    def _do(self, act: ContainerAct) -> None:
        self.act(act)
        # A process that is gone cannot be chosen any more.
        name, pid = self.chosen
        if not any(row.pid == pid for row in self._tree(name).rows):
            self.chosen = (name, 1)

    # What every bench does.

    def begin(self) -> ProcessMoment:
        """Return the first moment."""
        self.chosen = ("web", 1)
        state = self._after(())
        names = " and ".join(self.names)
        return self._moment(state, None, f"{names} {'run' if len(self.names) > 1 else 'runs'}. Process 1 is blue.")

    def start_over(self) -> None:
        """Go back to the start, and forget every act."""
        self.chosen = ("web", 1)
        super().start_over()

    def after(self, act: ContainerAct) -> ProcessMoment:
        """Do one act and return the moment after it."""
        state = self._after(self.acts)
        before = {name: len(tree.story) for name, tree in state.trees.items()}
        trees = dict(state.trees)
        # An act that is refused may have done a part of its work, so the state is made again when it is needed.
        self._state = None
        state.do(act)
        self._state = ((*self.acts, act), state)
        told = [
            line.partition(": ")[2]
            for name, tree in state.trees.items()
            for line in tree.story[before[name] if tree is trees.get(name) else 0 :]
        ]
        return self._moment(state, self.now, self._sentence(act, told, state))

    @staticmethod
    def _sentence(act: ContainerAct, told: list[str], state: LiveContainers) -> str:
        if act.do == "write":
            return f"{act.name} added 1.00 kB to orders.log, which is in its thin layer."
        if act.do == "start":
            return f"{act.name} runs again, with new processes and with its old thin layer."
        if act.do == "run":
            return f"A new container {act.name} runs. Its thin layer is empty."
        if act.do == "exec" and act.text == ORPHAN:
            orphan = state.trees[act.name].table[-1]
            started = f"A new process starts process {orphan.pid} ({orphan.command}) and ends."
            return f"{started} So process {orphan.pid} is an orphan: its parent is now process {orphan.parent}."
        if act.do == "exec":
            service = state.trees[act.name].table[-1]
            return f"docker exec starts process {service.pid} ({service.command}). Its parent is outside of {act.name}."
        if not told:
            return f"{act.seconds:g} s {'passes' if act.seconds == 1 else 'pass'}, and nothing ends."
        left = f" The thin layer of {act.name} is still there." if state.trees[act.name].code is not None else ""
        return " ".join(_shortened(told, act)) + left

    @property
    def live(self) -> LiveContainers:
        """The containers as the acts so far have made them."""
        return self._after(self.acts)

    @property
    def host(self) -> Host:
        """The host that has their thin layers."""
        return self.live.host

    def _after(self, acts: tuple[ContainerAct, ...]) -> LiveContainers:
        """Return the containers after these acts."""
        if self._state is not None and self._state[0] == acts:
            return self._state[1]
        state = LiveContainers()
        for act in (*self._first, *acts):
            state.do(act)
        return state

    def _moment(self, state: LiveContainers, before: ProcessMoment | None, sentence: str) -> ProcessMoment:
        was = {tree.name: {row.pid for row in tree.rows} for tree in before.containers} if before else {}
        trees = []
        for name, tree in state.trees.items():
            shell = f"{tree.shell}: sh -c " if tree.shell else "exec form: "
            started = f"{'--init ' if tree.init else ''}{shell}{tree.text}"
            new = (
                frozenset(row.pid for row in tree.table) - frozenset(was.get(name, ())) if before else frozenset[int]()
            )
            thin = state.host.containers[name].size_rw
            waited = state.waited.get(name)
            trees.append(ContainerTree(name, started, tree.table, tree.code, tree.now, thin, waited, new=new))
        return ProcessMoment(tuple(trees), sentence)

    def refused(self, reason: str) -> ProcessMoment:
        """Return the present moment with the reason why an act was refused."""
        now: ProcessMoment = self.now
        return replace(now, sentence=events.refused(reason))

    def _tree(self, name: str) -> ContainerTree:
        now: ProcessMoment = self.now
        return next(tree for tree in now.containers if tree.name == name)

    def written(self, act: ContainerAct) -> TranscriptLine:
        """Return an act in Python and as a docker command."""
        it = act.name
        if act.do == "run":
            python, docker = _run_line(act)
            return TranscriptLine(python, f"docker rm --force {it}\n{docker}")
        if act.do == "start":
            # The thin layer is still there, so its container is not made again.
            return TranscriptLine(_run_line(act).python.partition("\n")[0], f"docker start {it}")
        if act.do == "tick":
            python = "; ".join(f"{name}.tick({act.seconds:g})" for name in self.names)
            return TranscriptLine(python, f"sleep {act.seconds:g}")
        if act.do == "signal":
            outside = "" if act.inside else ", inside=False"
            return TranscriptLine(f'{it}.signal({act.pid}, "{act.signal}"{outside})', _kill_line(act))
        if act.do == "stop":
            return TranscriptLine(f"{it}.stop()", f"docker stop {it}")
        if act.do == "write":
            return TranscriptLine(
                f'{it}_files.append("orders.log", bytes({WRITTEN:_}))',
                f"docker exec {it} sh -c 'head -c {WRITTEN} /dev/zero >> /orders.log'",
            )
        return TranscriptLine(
            f"{it}.exec({json.dumps(act.text)})", f"docker exec --detach {it} sh -c {shlex.quote(act.text)}"
        )

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture of the present moment as someone looks at it."""
        name, pid = self.chosen
        chosen = looks.chosen | {f"process:{name}/{pid}"} if looks.live else looks.chosen
        return scene(self.now, replace(looks, chosen=chosen))

    @cached_property
    def widget(self) -> Any:
        """The live bench: lists, buttons, the picture and the lines under it."""
        from layerlab.benches.process_bench_view import view

        return view(self)


def _shortened(told: list[str], act: ContainerAct) -> list[str]:
    """Return the sentences about an act that have room under the buttons."""
    if act.do == "stop":
        # The sentence before says already that the engine sends KILL.
        told = [line for line in told if not line.startswith("KILL is sent")]
    # A small process 1 has a handler only to pass the signal on. What matters is who gets it, and what follows.
    if passed := [line for line in told if " passes " in line]:
        got = tuple(f"Process {pid} (" for line in passed for pid in re.findall(r"\d+", line.partition(" on to ")[2]))
        kept = [line for line in told if line in (told[0], *passed, told[-1]) or "so the engine sends" in line]
        ends = [line for line in told if line.startswith(got) and ENDED.match(line)]
        return [re.sub(r"^(Process \d+) \(.{40,}\)", r"\1", line) for line in told if line in (*kept, *ends)]
    told = _together(told)
    if act.do == "stop" or len(told) <= 4:
        return told
    more = f"{counted(len(told) - 3, 'thing')} more happened between: run the Python of the transcript, and print"
    return [*told[:2], told[-1], f"{more} {act.name}.story."]


def _together(told: list[str]) -> list[str]:
    """Return sentences with one for all processes that ended in the same way, one after the other.

    >>> _together([f"Process {pid} (sleep 5) ends, with code 0." for pid in (5, 8)])
    ['Processes 5 and 8 (sleep 5) end, with code 0.']
    """
    found: list[str] = []
    for how, lines in groupby(told, lambda line: ended[2] if (ended := ENDED.match(line)) else line):
        pids = [ended[1] for line in lines if (ended := ENDED.match(line))]
        if len(pids) < 2:
            found += [f"Process {pid}{how}" for pid in pids] or [how]
            continue
        who = f"Processes {listed(pids)}" if len(pids) <= MOST_NAMED else f"{len(pids)} processes"
        found.append(f"{who}{how.replace('ends, with', 'end, with').replace('is killed', 'are killed')}")
    return found


def _run_line(act: ContainerAct) -> TranscriptLine:
    given = [json.dumps(act.text)]
    # The shell is the second argument, and dash where it is left out.
    if act.shell != "dash" or act.init:
        given.append(json.dumps(act.shell) if act.shell else "None")
    if act.init:
        given.append("init=True")
    words = f"sh -c {shlex.quote(act.text)}" if act.shell else act.text
    init = "--init " if act.init else ""
    # The shell is a part of the image; that of Debian and Ubuntu is dash.
    image = "shop" if act.shell in ("dash", None) else f"shop:{act.shell}"
    files = f'{act.name}_files = shop().run("shop", name="{act.name}")'
    return TranscriptLine(
        f"{act.name} = processes({', '.join(given)})\n{files}",
        f"docker run --detach {init}--name {act.name} {image} {printable(words)}",
    )


def _kill_line(act: ContainerAct) -> str:
    if act.inside:
        return f"docker exec {act.name} kill -{act.signal} {act.pid}"
    if act.pid == 1:
        return f"docker kill --signal {act.signal} {act.name}"
    return f"kill -{act.signal} PID    # on the host; docker top {act.name} prints its number there"
