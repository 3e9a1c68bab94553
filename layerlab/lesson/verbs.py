"""Verbs: what one can do on a bench, each with its button, its Python form, its docker form and what it costs."""

from collections.abc import Callable
from dataclasses import dataclass

from layerlab.lesson.example import CATALOG
from layerlab.model.host import Host

IMAGE = "shop"
NAMES = ("web", "job", "mail", "cron", "test")


@dataclass(frozen=True)
class Verb:
    """One verb on three surfaces: a button, a Python method and the docker command that it stands for.

    The forms and the step's label hold `{name}`, the container that it acts on; `target` chooses that container when a
    button is pressed. `costs` says what it takes on the host.

    >>> VERBS["run"].written("web").python
    'web = host.run("shop", name="web")'
    """

    key: str
    label: str
    python: str
    docker: str
    step: str
    costs: str
    target: Callable[[Host], str]
    do: Callable[[Host, str], object]

    def written(self, name: str) -> "Line":
        """Return both forms for the container `name`."""
        return Line(self.python.format(name=name), self.docker.format(name=name))


@dataclass(frozen=True)
class Line:
    """A line of a transcript: the same act in Python and as a docker command.

    >>> Line("host = shop()", "docker build --tag shop .").python
    'host = shop()'
    """

    python: str
    docker: str


START = Line("host = shop()", "docker build --tag shop .")


def _next_name(host: Host) -> str:
    number = len(host.containers)
    return NAMES[number] if number < len(NAMES) else f"more_{number + 1}"


def _append(host: Host, name: str) -> None:
    if name not in host.containers:
        raise ValueError(f"no container is called {name}, and images are read-only: run a container first")
    host.containers[name].append(CATALOG, b"!")


_ALL = (
    Verb(
        key="run",
        label="Run a container",
        python='{name} = host.run("shop", name="{name}")',
        docker="docker run --detach --name {name} shop",
        step="run {name}",
        costs="0 B until it writes",
        target=_next_name,
        do=lambda host, name: host.run(IMAGE, name=name),
    ),
    Verb(
        key="append",
        label="Write 1 byte in web",
        python=f'{{name}}.append("{CATALOG}", b"!")',
        docker=f"docker exec {{name}} sh -c 'printf ! >> /{CATALOG}'",
        step="{name} +1",
        costs="the whole file the first time, then the bytes written",
        target=lambda _: NAMES[0],
        do=_append,
    ),
)

VERBS = {verb.key: verb for verb in _ALL}
