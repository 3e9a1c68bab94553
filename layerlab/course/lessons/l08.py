"""Lesson 08: How many processes are in a container?"""

from random import Random
from typing import Any

from layerlab.course.answer import Count
from layerlab.course.exercise import Mistake
from layerlab.course.lesson import Lesson
from layerlab.course.question import Question, Reason, Wrong
from layerlab.course.started_processes import StartedProcesses
from layerlab.namespaces.process import ContainerProcesses, processes
from layerlab.namespaces.programs import ScriptFile
from layerlab.namespaces.shell import SHELLS

LESSON = Lesson("08")
DOCKER = "Docker 20.10.24, runc 1.1.5"
# A program that ends by itself when it is asked to, as a web server does.
APP = "/app.sh"
SERVER = ScriptFile("#!/bin/busybox sh\ntrap 'echo bye; exit 0' TERM; sleep 100 & wait")
SERVICES = ("mail", "cron", "logs", "cache", "search")
NOT_HERE = ("nginx", "/srv/start.sh", "pyhton", "/bin/bsh", "node")


def ended(code: int, seconds: float) -> str:
    """Return how a container ended, as a choice says it."""
    when = "at once" if seconds == 0 else f"after {seconds:g} s"
    return f"{when}, exit code {code}"


def code_of(web: ContainerProcesses) -> int:
    """Return the exit code of a container that has ended."""
    if web.code is None:
        raise ValueError("this container still runs")
    return web.code


# What is left when process 1 ends?


def draw_first(random: Random) -> tuple[str, int, int]:
    services, seconds = random.randint(2, 9), random.randint(2, 60)
    situation = (
        f"The program of a container starts {services} services, each of which would run for hours. Then process 1 "
        f"works for {seconds} s and ends."
    )
    return situation, services, seconds


@LESSON.question("first-process", lambda: (2, 5), draw_first)
def when_process_1_ends(services: int, seconds: int) -> Question:
    text = "".join(f"sleep {100 * (number + 1)} & " for number in range(services)) + f"exec sleep {seconds}"
    started = StartedProcesses(text, lambda web: web.tick(seconds))
    return Question(
        prompt="How many processes are left in the container after that?",
        act="type",
        truth=Count(len(started.after.table), "process"),
        wrong=(
            Wrong("15", Count(services, "process"), "each process of a container ended for itself"),
            Wrong("15", Count(services + 1, "process"), "a container ended only when nothing is left to do"),
        ),
        second="And what is the exit code of the container?",
        because=(
            Reason("the code with which process 1 ended"),
            Reason("the code of a process that was killed", "only process 1 gives a container its code"),
            Reason("none yet, because the container still runs", "a container runs as long as its process 1 does"),
        ),
        happening=started,
        measured=("left in the container", "exit code"),
        explanation="When the first process of a container ends, the kernel kills every process that is left in the "
        "container. The code with which the first process ended is the exit code of the "
        "container. So the first process decides how long a container runs.",
        docker="docker run -d --name web shop sh -c 'sleep 100 & sleep 200 & exec sleep 5'\n"
        "docker exec web ps -o pid,ppid,args    # and 6 s later:\n"
        "docker ps --all\ndocker exec web ps",
        printed="PID   PPID  COMMAND\n    1     0 sleep 5\n    7     1 sleep 100\n    8     1 sleep 200\n"
        "NAMES     STATUS\nweb       Exited (0) 3 seconds ago\n"
        "Error response from daemon: Container a405546f7ab4 is not running",
        engine=DOCKER,
    )


# How does docker stop end a program without a handler?


def draw_deaf(random: Random) -> tuple[str, str, bool, int]:
    init, grace = random.random() < 0.4, random.choice((3, 5, 20, 30, 45, 60, 90, 120))
    handler = " with <code>docker run --init</code>" if init else ""
    seconds = random.randint(2, 90)
    situation = (
        f"A container runs <code>sleep {seconds * 100}</code>, started{handler} in the exec form. It has run for "
        f"{seconds} s. Someone types <code>docker stop --time {grace} web</code>."
    )
    return situation, f"sleep {seconds * 100}", init, grace


@LESSON.question("deaf", lambda: ("sleep 100", False, 10), draw_deaf)
def stop_a_program_without_a_handler(text: str, init: bool, grace: int) -> Question:
    took: list[float] = []
    started = StartedProcesses(text, lambda web: took.append(web.stop(grace)), {"shell": None, "init": init})
    code = code_of(started.after)
    answers = {
        ended(143, 0): ("15b", "process 1 ended by TERM as any other process does"),
        ended(137, grace): ("15b", "process 1 ignored TERM, and KILL ended it after the time that docker stop waits"),
        ended(0, 0): ("15c", "the signal of the engine reached every process, and each ended by itself"),
        ended(0, grace): ("15b", "a stop waited for the program's work and was no failure"),
    }
    truth = ended(code, took[0])
    return Question(
        prompt="When does the container end, and with which exit code?",
        truth=truth,
        wrong=tuple(Wrong(belief, value, why) for value, (belief, why) in answers.items() if value != truth),
        happening=started,
        measured=("the container ends",),
        explanation="docker stop sends TERM to the first process alone. Without a handler for TERM, the kernel drops "
        "the signal. Then the engine waits, usually ten seconds, and sends KILL. The exit code tells which signal "
        "ended the process. (It is KILL too when memory runs out.) With --init, a small first process passes TERM "
        "on to yours, which then ends.",
        docker="docker run -d --name web shop sleep 100\ntime docker stop web\n"
        "docker inspect --format '{{.State.ExitCode}}' web    # KILL: 128 + 9 = 137; TERM: 128 + 15 = 143",
        printed="web\nelapsed 0:10.73\n137",
        engine=DOCKER,
    )


# Who is process 1 in the shell form?


def draw_form(random: Random) -> tuple[str, str, str, tuple[str, ...]]:
    before = random.choice(("", "true; ", "cd / && ", "exec ", "sleep 1 & ", "X=1 "))
    path = f"/srv/{random.choice(SERVICES)}-{random.randint(1, 60)}.sh"
    text = f"{before}{path}"
    situation = (
        f"<code>{path}</code> has a handler for TERM, which ends it at once. Three images have the line "
        f"<code>CMD {text.replace('&', '&amp;')}</code> in their Dockerfile, in the shell form. In each image "
        "<code>/bin/sh</code> is a different shell."
    )
    return situation, text, path, tuple(random.sample(SHELLS, 3))


@LESSON.question("shell-form", lambda: (APP, APP, SHELLS), draw_form)
def which_shells_let_term_through(text: str, path: str, items: tuple[str, ...]) -> Question:
    files = {path: SERVER}

    def took(shell: str) -> float:
        return processes(text, shell, files=files).stop()

    heard = frozenset(shell for shell in items if took(shell) < 10)
    answers = {
        frozenset(items): "process 1 was always the program itself",
        frozenset({"bash", "busybox"}): "dash alone stayed as process 1",
        frozenset({"dash"}): "dash alone became the program",
        frozenset({"busybox"}): "busybox alone became the program",
    }
    wrong = tuple(Wrong("15d", value, why) for value, why in answers.items() if value != heard)
    return Question(
        prompt="In which of these images does the program hear TERM, so that <code>docker stop</code> is over at once?",
        act="pick",
        items=items,
        truth=heard,
        wrong=wrong,
        happening=StartedProcesses(text, ContainerProcesses.stop, {"files": files}, drawn=False, shells=items),
        measured=("the program hears TERM", "process 1 with dash", "process 1 with busybox"),
        explanation="In the shell form, /bin/sh -c runs the program. Debian's and Ubuntu's shell, dash, starts it as "
        "a child and stays the first process, without a handler. Today's bash and busybox usually let their last "
        "command take their place. In the exec form no shell runs, so the program is the first process. With dash, "
        "write exec before it.",
        docker="# CMD /app.sh, with dash, bash and busybox as /bin/sh\n"
        "docker run -d --name web app:dash\ndocker exec web ps -o pid,ppid,args\ntime docker stop web\n"
        "docker inspect --format '{{.State.ExitCode}}' web",
        printed="dash:    1 /bin/sh -c /app.sh    7 {app.sh} /bin/busybox sh /app.sh    elapsed 0:10.79    137\n"
        "bash:    1 {app.sh} /bin/busybox sh /app.sh                            elapsed 0:00.33    0\n"
        "busybox: 1 {app.sh} /bin/busybox sh /app.sh                            elapsed 0:00.53    0",
        engine=DOCKER,
    )


# What becomes of a process whose parent has ended?


def draw_zombie(random: Random) -> tuple[str, int, bool]:
    orphans, init = random.randint(1, 9), random.random() < 0.4
    with_init = " It was started with <code>docker run --init</code>." if init else ""
    name = random.choice(SERVICES)
    seconds = random.randint(200, 2000)
    situation = (
        f"Process 1 of the container <code>{name}</code> is <code>sleep {seconds}</code>.{with_init} A script started "
        f"{orphans} helper{'s' if orphans > 1 else ''} and ended. Each helper works for one second and ends too."
    )
    return situation, orphans, init


@LESSON.question("zombie", lambda: (1, False), draw_zombie)
def when_an_orphan_ends(orphans: int, init: bool) -> Question:
    helpers = "sleep 1 & " * orphans
    started = StartedProcesses(
        f"({helpers.strip()}); exec sleep 100", lambda web: web.tick(2), {"init": init}, drawn=False
    )
    running = 2 if init else 1
    counts = {
        len(started.after.table): "",
        running: "a process that has ended left the table at once",
        running + orphans: "nobody asked for the code of a helper that has ended",
        running + 2 * orphans: "the script stayed in the table with each of its helpers",
    }
    truth = Count(len(started.after.table), "process")
    wrong = [(Count(number, "process"), why) for number, why in counts.items() if number != truth.number]
    return Question(
        prompt="How many processes does the table of the container list after two seconds?",
        truth=truth,
        wrong=tuple(Wrong("15e", value, why) for value, why in wrong),
        second="And whose child is a process whose parent has ended?",
        because=(
            Reason("the child of process 1"),
            Reason("the child of its dead parent, as before", "a parent that has ended cannot wait for a child"),
            Reason("nobody's child", "process 1 takes the orphans of its container"),
        ),
        happening=started,
        measured=("in the table", "zombies"),
        # A picture of an earlier round shows this number openly.
        given=(Count(running + orphans, "process"),),
        explanation="A process that has ended keeps its number until its parent asks for its exit code. Until then it "
        "is a zombie. An orphan becomes the first process's child, unless a process above it asked for orphans. The "
        "program sleep never asks, so the zombie stays. A shell that waits asks for every child. So does --init.",
        docker="docker run -d --name web shop sh -c '(sleep 1 &); exec sleep 100'\n"
        "docker exec web ps -o pid,ppid,stat,args    # after 2 s; then with --init",
        printed="PID   PPID  STAT COMMAND\n    1     0 S    sleep 100\n    7     1 Z    [sleep]\n"
        "PID   PPID  STAT COMMAND\n    1     0 S    /sbin/docker-init -- sh -c (sleep 1 &); exec sleep 100\n"
        "    7     1 S    sleep 100",
        engine=DOCKER,
    )


# Which of two commands ends the container?


def draw_last(random: Random) -> tuple[str, int, int, str]:
    first, last = random.sample(range(1, 60), 2)
    shell = random.choice(SHELLS)
    situation = (
        f"A container runs <code>sh -c 'sleep {first} &amp; sleep {last}'</code>. The shell of its image is {shell}."
    )
    return situation, first, last, shell


@LESSON.question("last-command", lambda: (5, 1, "dash"), draw_last)
def which_command_ends_the_container(first: int, last: int, shell: str) -> Question:
    def until_the_end(web: ContainerProcesses) -> None:
        while web.code is None:
            web.tick(1)

    started = StartedProcesses(f"sleep {first} & sleep {last}", until_the_end, {"shell": shell})
    truth = ended(code_of(started.after), started.after.now)
    answers = {
        ended(0, last): "process 1 ended with its last command",
        ended(0, first): "a container ended with the command in the background",
        ended(0, first + last): "the two commands ran one after the other",
        ended(137, last): "a killed service gave the container its code",
    }
    return Question(
        prompt="After how long does the container end, and with which exit code?",
        truth=truth,
        wrong=tuple(Wrong("15", value, why) for value, why in answers.items() if value != truth),
        happening=started,
        measured=("the container ends",),
        explanation="The shell starts the first command in the background and waits for the last one only. Then "
        "the shell is at its end, and so is the container. If the last one runs longer, the first one can end without "
        "anyone noticing. Two services need a first process that watches over both.",
        docker="time docker run --rm shop sh -c 'sleep 5 & sleep 1'; echo $?",
        printed="elapsed 0:02.45\n0",
        engine=DOCKER,
    )


# Who can kill process 1?

NOTHING, KILLED, ASKED = "it runs on", "it ends, exit code 137", "it ends, exit code 0"


def draw_kill(random: Random) -> tuple[str, str, bool, str]:
    signal = random.choice(("KILL", "TERM", "STOP", "INT", "HUP", "USR1", "QUIT"))
    inside, handler = random.random() < 0.6, random.random() < 0.4
    name, seconds = random.choice(SERVICES), random.randint(100, 900)
    trap = f"trap 'exit 0' {signal}; sleep {seconds} & wait" if handler else f"exec sleep {seconds}"
    by = f"docker exec {name} kill -{signal} 1" if inside else f"docker kill --signal {signal} {name}"
    situation = (
        f'The container <code>{name}</code> runs <code>sh -c "{trap.replace("&", "&amp;")}"</code>. Someone types '
        f"<code>{by}</code>."
    )
    return situation, signal, inside, trap


@LESSON.question("kill", lambda: ("KILL", True, "exec sleep 100"), draw_kill)
def send_a_signal_to_process_1(signal: str, inside: bool, text: str) -> Question:
    started = StartedProcesses(text, lambda web: web.signal(1, signal, inside=inside), {"shell": "bash"})
    web = started.after
    stopped = web.code is None and web.table[0].state == "T"
    truth = {137: KILLED, 0: ASKED}.get(-1 if web.code is None else web.code, NOTHING)
    frozen = "it is frozen until CONT comes"
    truth = frozen if stopped else truth
    answers = {
        NOTHING: "process 1 had no handler, or the signal came from inside and cannot be forced",
        KILLED: "process 1 could be killed as any other process can",
        ASKED: "process 1 had a handler that ends it",
        frozen: "process 1 could be stopped as any other process can",
    }
    return Question(
        prompt="What does this do to the container?",
        truth=truth,
        wrong=tuple(Wrong("15f", value, why) for value, why in answers.items() if value != truth),
        happening=started,
        measured=("what happens",),
        explanation="From inside its own container, the first process gets only signals that it has a handler for. "
        "No process can have a handler for KILL, so the kernel drops a KILL from inside. From outside, the kernel lets "
        "KILL and STOP through. With these two the engine can end or freeze any container.",
        docker="docker exec web kill -KILL 1\ndocker ps\ndocker kill web\ndocker ps --all",
        printed="NAMES     STATUS\nweb       Up Less than a second\n"
        "NAMES     STATUS\nweb       Exited (137) Less than a second ago",
        engine=DOCKER,
    )


# What does an exit code tell?

MEANINGS = {
    125: "the engine itself failed, because of an option or a missing image",
    126: "the program is there and cannot be run",
    127: "the program is not there",
    137: "KILL ended process 1, which gives 128 + 9",
    143: "TERM ended the program, which gives 128 + 15",
}


def draw_code(random: Random) -> tuple[str, str, str | None, bool, str]:
    kind = random.choice(("missing", "forbidden", "kill", "term"))
    name, seconds = random.choice(NOT_HERE), random.randint(10, 900)
    if kind == "missing":
        return (
            f"Someone types <code>docker run shop {name}</code>, and the image has no such file.",
            name,
            None,
            False,
            "",
        )
    if kind == "forbidden":
        path = f"/srv/{random.choice(SERVICES)}-{seconds}"
        return (
            f"The file <code>{path}</code> of the image has mode 0644. It is the container's program.",
            path,
            None,
            False,
            "",
        )
    if kind == "kill":
        return (
            f"A container runs <code>sleep {seconds}</code>, and <code>docker kill</code> ends it.",
            f"sleep {seconds}",
            None,
            False,
            "KILL",
        )
    text = (
        f"A container runs <code>sleep {seconds}</code> with <code>--init</code>, and <code>docker stop</code> ends it."
    )
    return text, f"sleep {seconds}", None, True, "TERM"


@LESSON.question("code", lambda: ("nosuch", None, False, ""), draw_code)
def what_an_exit_code_tells(text: str, shell: str | None, init: bool, signal: str) -> Question:
    files = {text: ScriptFile("", executable=False)} if text.startswith("/srv/") else {}
    options: dict[str, Any] = {"shell": shell, "init": init, "files": files}

    def act(web: ContainerProcesses) -> None:
        if signal:
            web.signal(1, signal, inside=False)

    started = StartedProcesses(text, act, options, drawn=bool(signal))
    truth = code_of(started.after)
    codes = sorted({125, 126, 127, 137, 143} - {truth}, key=lambda code: abs(code - truth))[:3]
    return Question(
        prompt="Which exit code does <code>docker run</code> end with?",
        truth=f"code {truth}",
        wrong=tuple(Wrong("15g", f"code {code}", f"it meant that {MEANINGS[code]}") for code in codes),
        happening=started,
        measured=("docker run ends with",),
        explanation="If the program starts, docker run ends with the program's own code. If a signal ended the "
        "program, this code is larger, because it contains the signal's number. Three codes say that nothing "
        "started: Docker itself failed, the program cannot be run, or it is not there.",
        docker="docker run --rm shop nosuch; echo $?     # it is not there\n"
        "docker run --rm shop /notexec; echo $?   # it cannot be run\n"
        "docker run --nosuch shop; echo $?        # Docker itself failed",
        printed="127\n126\n125",
        engine=DOCKER,
    )


# How long does a container run?

LATER = 60


def listed(web: ContainerProcesses) -> str:
    """Return what a list of all containers says of this one."""
    return "it runs" if web.code is None else f"it has ended with code {web.code}"


def draw_runs_on(random: Random) -> tuple[str, str, int]:
    code, work, later = random.randint(0, 9), random.randint(5, 90), random.randint(100, 900)
    end = f"exit {code}" if code else "echo ready"
    program = random.choice((end, f"sleep {later} & {end}", f"sleep {work}; {end}", f"sleep {later} & sleep {work}"))
    seconds = random.choice((10, 30, 60, 95))
    situation = (
        f"You type <code>docker run -d --name web shop sh -c '{program.replace('&', '&amp;')}'</code>. Nobody stops "
        f"<code>web</code>, and {seconds} s pass."
    )
    return situation, program, seconds


@LESSON.question("runs-on", lambda: ("sleep 600 & echo ready", LATER), draw_runs_on)
def list_a_container_that_nobody_stops(text: str, seconds: int) -> Question:
    started = StartedProcesses(text, lambda web: web.tick(seconds), drawn=False)
    truth = listed(started.after)
    answers = {
        "it runs": "a container ran until someone stops it",
        "it has ended with code 0": "a container ended when docker run -d returns",
        "it has ended with code 137": "Docker killed a container that nobody uses",
        "it is gone": "Docker removed a container as soon as its program ends",
    }
    return Question(
        prompt="What does <code>docker ps --all</code> say of <code>web</code> now?",
        truth=truth,
        wrong=tuple(Wrong("29", value, why) for value, why in answers.items() if value != truth),
        happening=started,
        measured=("docker ps --all",),
        explanation="A container is no small machine that somebody switches off. It runs as long as its first "
        "process, and the services in the background change nothing. With -d, docker run does not wait for the "
        "container. The container does not run longer for that. So the first process has to stay: start the service "
        "itself last, in the foreground.",
        docker="docker run -d --name web shop sh -c 'sleep 600 & echo ready'    # and a minute later:\ndocker ps --all",
        printed="NAMES     STATUS\nweb       Exited (0) About a minute ago",
        engine=DOCKER,
    )


# To make.


def two_services() -> tuple[ContainerProcesses]:
    """Return a container in which an orphan has run as a service beside process 1 for a second."""
    web = processes("(sleep 100 &); exec sleep 200")
    web.tick(1)
    return (web,)


@LESSON.exercise(
    "handler",
    task="Write a program for `/bin/sh` of Debian: it runs `sleep 100`, and `docker stop` ends it at once, with exit "
    "code 0. Return the text of the program.",
    takes=(),
    start=lambda: (),
    right="At once, exit code 0: process 1 has a handler for TERM, and waits in a way that a signal can end.",
    hint="Set a trap for TERM that exits. A shell runs a trap only when the command in front is over, so start sleep "
    "in the background, and wait.",
    solution="return \"trap 'exit 0' TERM; sleep 100 & wait\"",
    mistakes=(
        Mistake("15d", 'return "sleep 100"', "no handler"),
        Mistake("15b", "return \"trap 'exit 0' TERM; sleep 100\"", "the trap waits"),
        Mistake("15g", "return \"trap 'exit 3' TERM; sleep 100 & wait\"", "exit code 3"),
    ),
)
def judge_handler(text: object) -> str:
    if not isinstance(text, str):
        return "Return the program as text, between quotation marks."
    web = processes(text)
    if not any(row.command == "sleep 100" for row in web.table):
        return "sleep 100 does not run in it."
    took = web.stop()
    if took >= 10 and any("has a handler" in line for line in web.story):
        return f"It took {took:g} s: the trap waits until the command in front is over."
    if took >= 1:
        return f"It took {took:g} s, exit code {web.code}: process 1 has no handler for TERM."
    return "" if web.code == 0 else f"It ends at once, but with exit code {web.code}."


@LESSON.exercise(
    "no-zombie",
    task="`web` runs a service, `sleep 100`, whose parent has ended. End the service from inside, and leave no zombie "
    "in the table. You may start the same program in another way. Return the container.",
    takes=("web",),
    start=two_services,
    right="One process less, and no zombie: with --init, process 1 asks for the code of every process that ends.",
    hint="web's process 1 is sleep, which never asks for an exit code. Start web.text again with init=True, and look "
    "in its table which number the service has.",
    solution="web = processes(web.text, init=True)\nservice = next(row.pid for row in web.table if row.command == "
    '"sleep 100")\nweb.signal(service, "TERM")\nreturn web',
    mistakes=(
        Mistake("15e", 'web.signal(3, "TERM")\nreturn web', "a zombie is in the table"),
        Mistake("15f", 'web.signal(3, "STOP")\nreturn web', "only stopped"),
        Mistake("15", 'web.signal(1, "KILL", inside=False)\nreturn web', "the container has ended"),
        Mistake("15c", 'web.signal(1, "TERM")\nreturn web', "still runs"),
    ),
)
def judge_no_zombie(given: ContainerProcesses, web: ContainerProcesses) -> str:
    if web.text != given.text:
        return "Leave the program as it is, and change only how it is started."
    if web.code is not None:
        return f"No zombie, but the container has ended with code {web.code}."
    if web.zombies:
        return "The service has ended, and a zombie is in the table."
    states = {row.state for row in web.table if row.command == "sleep 100"}
    if "T" in states:
        return "The service is only stopped: it has not ended, and CONT would let it go on."
    return "The service still runs." if states else ""


@LESSON.exercise(
    "watch",
    task="Write a program for bash that runs two services, `sleep 30` and `sleep 60`, at the same time. It has to "
    "end with exit code 9 as soon as one service ends. Return its text.",
    takes=(),
    start=lambda: (),
    right="Exit code 9 after 30 s: nobody has to look whether half of the container still works.",
    hint="bash has wait -n, which waits for whichever child ends first.",
    solution='return "sleep 30 & sleep 60 & wait -n; exit 9"',
    mistakes=(
        Mistake("15", 'return "sleep 30 & sleep 60; exit 9"', "after 60 s"),
        Mistake("15", 'return "sleep 30 & wait -n; exit 9"', "do not run beside each other"),
        Mistake("15", 'return "sleep 60 & sleep 30"', "exit code 0"),
    ),
)
def judge_watch(text: object) -> str:
    if not isinstance(text, str):
        return "Return the program as text, between quotation marks."
    web = processes(text, "bash")
    commands = [row.command for row in web.table]
    if not {"sleep 30", "sleep 60"} <= set(commands):
        return "The two services do not run beside each other."
    while web.code is None and web.now < 100:
        web.tick(1)
    if web.now != 30:
        return f"It ends after {web.now:g} s."
    return "" if web.code == 9 else f"It ends after 30 s, with exit code {web.code}."


@LESSON.exercise(
    "as-long",
    task="A container with the program `sleep 300 & echo ready` ends at once. Return a better program. It prints ready "
    "at once, and the container runs as long as the service `sleep 300`, and no longer.",
    takes=(),
    start=lambda: (),
    right="The container prints ready, and ends after 300 s, with its service.",
    hint="Process 1 has to stay until the service ends: start the service last and without &, or wait for it.",
    solution='return "echo ready; exec sleep 300"',
    mistakes=(
        Mistake("29", 'return "echo ready"', "sleep 300 does not run"),
        Mistake("29", 'return "echo ready; sleep 300 & sleep 3600"', "after 3600 s"),
        Mistake("29", 'return "sleep 300 & echo ready; sleep 1"', "after 1 s"),
    ),
)
def judge_as_long(text: object) -> str:
    if not isinstance(text, str):
        return "Return the program as text, between quotation marks."
    web = processes(text)
    if "ready" not in web.output:
        return "It does not print ready at once."
    if not any(row.command == "sleep 300" for row in web.table):
        return "sleep 300 does not run in it."
    while web.code is None and web.now < 4000:
        web.tick(1)
    if web.code is None:
        return "It still runs after an hour, without its service."
    return "" if web.now == 300 else f"It ends after {web.now:g} s."
