"""Stories: what a bench of a lesson shows after each press, as pictures for a page on which nothing can be pressed.

A story is what the task above the bench asks for, act by act. A level has its own: the shortest way to its goal.
"""

import ast
from collections.abc import Iterator
from html import escape
from itertools import groupby
from typing import Any

from nbformat import NotebookNode

import layerlab
from layerlab.benches.build_bench import BuildBench
from layerlab.benches.disks_bench import DisksBench
from layerlab.benches.path_finder import PathFinder
from layerlab.benches.process_bench import ORPHAN, PROGRAMS, ContainerAct
from layerlab.benches.replay import Replay
from layerlab.benches.sharing_bench import SharingBench
from layerlab.benches.xray_bench import XRay
from layerlab.course.levels.catalogue import LEVELS
from layerlab.course.levels.goal_bench import GoalBench
from layerlab.picture.page import block
from layerlab.picture.svg import img

# A docker command, which is typed, or an act as the bench takes it.
Act = Any

CATALOG = "var/lib/shop/catalog.db"
RUN, STOP = "docker run --detach --name web shop", "docker stop web"
BYTE = f"docker exec web sh -c 'printf ! >> /{CATALOG}'"
NAMED = "docker build --tag shop-{0} --file Dockerfile.up-to-layer-{0} ."
PAGE = "site/index.html"
WRITE, STOPPED, TEN = ContainerAct("write", "web"), ContainerAct("stop", "web"), ContainerAct("tick", "web", seconds=10)
ORPHANS = (ContainerAct("exec", "web", ORPHAN),) * 5


def _built(line: str) -> str:
    return f"printf '%s\\n' 'FROM shop' '{line}' | docker build --tag shop --file - ."


def _ran(program: str, *, init: bool = False) -> ContainerAct:
    return ContainerAct("run", "web", PROGRAMS[program], "dash", init)


def _released(number: int) -> tuple[Act, ...]:
    return (("release", str(number)), ("push", "shop"), ("pull", "shop"))


# By lesson and cell. Each story begins anew, with the bench of the cell.
STORIES: dict[tuple[str, str], tuple[tuple[Act, ...], ...]] = {
    ("00", "bench"): ((RUN, BYTE, BYTE, RUN.replace("web", "job"), RUN.replace("web", "mail")),),
    ("01", "bench"): ((_built("COPY srv/news-5 /srv/"), _built(f"RUN rm /{CATALOG}"), NAMED.format(3)),),
    ("01", "fall-bench"): ((("choose", CATALOG), ("to_end",)), (("choose", "var"), ("to_end",))),
    ("01", "back-bench"): ((_built(f"RUN rm /{CATALOG}"), NAMED.format(4), _built("ENV BUILD=7")),),
    ("02", "bench"): ((RUN, BYTE, f"docker exec web rm /{CATALOG}"), (RUN, BYTE, STOP, "docker rm web")),
    ("02", "container-bench"): (("docker exec web rm -r /var/www", "docker exec web mkdir /var/www"),),
    ("02", "copy-bench"): (
        ("docker exec web sh -c 'printf ! >> /var/www/index.html'",),
        (BYTE,),
        (f"docker exec web chmod 700 /{CATALOG}",),
    ),
    ("03", "bench"): ((("pick", "blog"), ("pick", "blog", "shop"), ("pick", "blog", "shop", "coreos/apache")),),
    ("03", "pays-bench"): ((("run", 1), ("rewrite", "the 2 largest files"), ("run", 2), ("run", 10)),),
    ("03", "two-bench"): ((("pick", "shop:1", "shop:2"), ("pick", "shop:1", "shop:2", "blog")),),
    ("04", "blame-bench"): ((("read", 0), ("what_if", 0), ("what_if", 1)),),
    ("04", "xray-mode-bench"): ((("what_if", 0), ("what_if", 1)),),
    ("04", "fall-bench"): ((("choose", "etc/backup.env"), ("to_end",)),),
    ("05", "bases-bench"): (("docker rmi shop",),),
    ("05", "heights-bench"): (tuple(NAMED.format(height) for height in range(4)),),
    ("05", "rmi-bench"): (("docker rmi shop", "docker rmi blog"),),
    ("06", "bench"): (
        (("build",), ("change", PAGE), ("build",)),
        (("move", 2, 4), ("build",), ("change", PAGE), ("build",)),
    ),
    ("07", "bench"): (
        (("push", "coreos/apache"), ("push", "shop"), ("pull", "shop"), ("run",), *_released(2), ("remove",), ("run",)),
    ),
    ("07", "forget-bench"): ((("push", "shop"), ("forget",), ("push", "shop"), ("push", "blog")),),
    ("07", "release-bench"): ((("push", "shop"), ("pull", "shop"), ("run",), *_released(2), *_released(3)),),
    ("08", "bench"): (
        (_ran("a service, ends after 5 s"), WRITE, TEN),
        (WRITE, STOPPED),
        (WRITE, ContainerAct("signal", "web", pid=1, signal="KILL", inside=False)),
        (_ran("a service, then a server", init=True), WRITE, STOPPED),
    ),
    ("08", "zombies-bench"): ((*ORPHANS, TEN), (_ran("a service, then a server", init=True), *ORPHANS, TEN)),
    ("09", "bench"): ((("run", 10), ("change", "add 1 byte"), ("look", "btrfs"), ("change", "overwrite all")),),
    ("09", "half-bench"): (
        (("run", 50), *(("change", f"overwrite {what}") for what in ("4 KiB", "half", "all"))),
    ),
    ("10", "tools-bench"): ((("what_if", 0), ("what_if", 1)),),
}  # fmt: skip


def story(lesson: str, cell: NotebookNode) -> str:
    """Return what happens on the bench of a cell as folded HTML; "" where a cell has no bench or no story."""
    level = cell.metadata.get("layerlab", {}).get("level")
    ways: tuple[tuple[Act, ...], ...]
    if level and cell.cell_type == "code":
        summary, ways = "The shortest way (try first)", (LEVELS[level].way,)
    elif (lesson, cell.id) in STORIES:
        summary, ways = "What happens (say it first)", STORIES[lesson, cell.id]
    else:
        return ""
    many = len(ways) > 1
    parts = [
        (f"<p><strong>Way {number}{anew(number)}</strong></p>" if many else "")
        + "".join(_stills(opened(cell.source), way))
        for number, way in enumerate(ways, 1)
    ]
    return block(f"<details><summary>{summary}</summary>{''.join(parts)}</details>")


def anew(number: int) -> str:
    """Return what stands behind the number of a way, because a way does not go on where the one before ended.

    >>> anew(1), anew(2)
    ('', ', after Start over')
    """
    return ", after Start over" if number > 1 else ""


def opened(source: str) -> Any:
    """Return the bench that a cell ends with.

    >>> opened('bench("stack")').now.sentence
    'shop is here: 5 layers, 319 MB.'
    """
    *lines, last = ast.parse(source).body
    assert isinstance(last, ast.Expr), source
    names = {name: getattr(layerlab, name) for name in layerlab.__all__}
    exec(compile(ast.Module(lines, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def _stills(bench: Any, way: tuple[Act, ...]) -> Iterator[str]:
    """Yield a picture after each act; acts that are the same act again have one picture."""
    for act, same in groupby(way):
        count = sum(1 for _ in same)
        said = _said(bench, act)
        for _ in range(count):
            do(bench, act)
        times = f", {count} times" if count > 1 else ""
        yield f'<p class="press">{said}{times}:</p>' + shown(bench)


def do(bench: Any, act: Act) -> None:
    """Do an act. One that the bench refuses is a fault of the story, and raises ValueError."""
    before = len(bench.acts)
    bench.type(act) if isinstance(act, str) else bench.act(act)
    if bench.refusing or len(bench.acts) == before:
        raise ValueError(f"{act}: {bench.scene.sentence}")


def shown(bench: Replay) -> str:
    """Return the picture of a bench and the lines under it, without the task and the hints of a level."""
    if isinstance(bench, GoalBench):
        return img(bench.scene) + bench.status
    return str(bench._repr_mimebundle_()["text/html"])


def _said(bench: Any, act: Act) -> str:
    """Return an act as the docker command that it is, or in words."""
    if isinstance(bench, XRay):
        verb, place = act
        return "A deleted file is read" if verb == "read" else f"Change: {escape(bench.changes[place].words)}"
    words = next((said[act[0]] for kind, said in WORDS.items() if isinstance(bench, kind) and act[0] in said), "")
    if words:
        return escape(words.format(*act[1:], listed=", ".join(map(str, act[1:]))))
    lines = act if isinstance(act, str) else bench.written(act).docker.replace("\n", "; ")
    return f"After <code>{escape(lines)}</code>"


# What has no docker command of its own.
WORDS: dict[type[Replay], dict[str, str]] = {
    SharingBench: {"run": "Containers: {0}", "rewrite": "Each container rewrites {0}", "pick": "Chosen: {listed}"},
    DisksBench: {"run": "Containers: {0}", "change": "Change: {0}", "look": "The driver {0}"},
    BuildBench: {"move": "Line {0} moves to place {1}", "change": "{0} gets one byte more"},
    PathFinder: {"choose": "You look for /{0}", "to_end": "All layers are asked that the search needs"},
}
