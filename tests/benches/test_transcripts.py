"""Every bench's transcript: its Python leads to what the bench shows, and its docker form is what a shell can read.

Each story does all that its bench can do, on things with usual names and with names that a shell would take apart.
"""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest

from layerlab import WHITEOUT, Host, Image, Layer, filler, save, scratch
from layerlab.benches.kinds import bench
from layerlab.benches.replay import Replay
from layerlab.benches.verbs import VERBS

COMMANDS = ("docker", "printf", "tar", "for", "touch", "chmod", "cd")
SHELL = shutil.which("sh")
ODD = 'srv/it\'s a $(name); "x" & #1'


def odd_image() -> Image:
    """Two layers: a file whose name a shell would take apart, twice, and one that is deleted."""
    image = scratch.with_layer(Layer.of({ODD: filler(5_000), f"{ODD}.log": b"1"}), "COPY . /srv")
    return image.with_layer(Layer.of({f"{ODD}.log": WHITEOUT, "srv/b": b"2"}), "RUN rm")


def host_of(image: Image) -> Host:
    host = Host()
    host.add(image, "shop")
    return host


def stack(host: Host | None, path: str) -> Replay:
    """Every verb once, and more where one undoes another."""
    table = bench("stack", verbs=[], host=host)
    for key in ("run", *VERBS, "run", "start", "run", "commit"):
        table.do(key, path=path if "path" in VERBS[key].takes else "")
    assert 12 < len(table.acts)
    return table


def outside() -> Replay:
    """Every verb for what is outside a thin layer."""
    table = bench("stack", verbs="all")
    for key in ("run-volume", "write-outside", "print", "run-folder", "run-tmpfs"):
        table.do(key)
    for key, name in (("write-outside", "job"), ("write-outside", "mail"), ("stop", "web"), ("remove-volumes", "web")):
        table.do(key, container=name)
        assert not table.refusing, table.now.sentence
    assert ["docker rm --volumes web"] == [line.docker for line in table.transcript[-1:]]
    return table


def container(image: Image | None) -> Replay:
    table = bench("container", image=image)
    for path in table.subjects:
        for verb in table.verbs:
            table.do(verb.key, path=path)
    assert len(table.subjects) < len(table.acts)
    return table


def path_finder(image: Image | None) -> Replay:
    finder = bench("path", *([image] if image else []))
    for path in finder.paths:
        finder.choose(path)
        finder.step()
        finder.to_end()
    return finder


def sharing(host: Host | None) -> Replay:
    table = bench("sharing", host=host)
    table.run(3)
    table.rewrite(list(table.files)[-1])
    table.write(5_000)
    table.pick(*table.names)
    return table


def x_ray(*given: Any) -> Replay:
    table = bench("xray", *given)
    for place in range(len(table.found)):
        table.read(place)
    for place in range(len(table.changes)):
        table.what_if(place)
    for tab in ("Layers", "Files", "What if"):
        table.show(tab)
    return table


def builds() -> Replay:
    table = bench("build")
    table.build()
    table.move(2, 4)
    for path in ("site/index.html", "packages.txt"):
        table.touch(path)
        table.chmod(path)
        table.build()
        table.change(path)
    table.chmod("packages.txt")
    table.build()
    assert 12 == len(table.acts)
    return table


STORIES: dict[str, Callable[[Path], tuple[Replay, dict[str, Any]]]] = {
    "stack": lambda _: (stack(None, ""), {}),
    "stack, odd": lambda _: (stack(host_of(odd_image()), ODD), {"host": host_of(odd_image())}),
    "outside": lambda _: (outside(), {}),
    "container": lambda _: (container(None), {}),
    "container, odd": lambda _: (container(odd_image()), {"image": odd_image()}),
    "path": lambda _: (path_finder(None), {}),
    "path, odd": lambda _: (path_finder(odd_image()), {"target": odd_image()}),
    "sharing": lambda _: (sharing(None), {}),
    "sharing, odd": lambda _: (sharing(host_of(odd_image())), {"host": host_of(odd_image())}),
    "xray": lambda _: (x_ray(), {}),
    "xray, odd": lambda _: (x_ray(odd_image()), {"image": odd_image()}),
    "build": lambda _: (builds(), {}),
    "xray, archive": lambda folder: (x_ray(saved(folder / 'a "b" c.tar')), {}),
}


def saved(path: Path) -> Path:
    save([odd_image()], path, format="docker")
    return path


def stands(table: Any) -> Any:
    """What a bench's acts have led to: its books where it has a host, else all that it says."""
    return str(table) if not hasattr(table, "host") else books(table.host)


def books(host: Host) -> Any:
    holds = {
        name: (each.image.id, each.state, [(path, entry.size) for path, entry in each.layer.entries.items()])
        for name, each in host.containers.items()
    }
    beside = {name: volume.size for name, volume in host.volumes.items()}, dict(host.usage().beside)
    return {name: image.id for name, image in host.images.items()}, holds, host.usage().total, beside


@pytest.mark.parametrize("story", STORIES)
def test_the_python_leads_to_what_the_bench_shows(story: str, tmp_path: Path) -> None:
    table, names = STORIES[story](tmp_path)
    exec(table.python, names)
    found = (
        books(names["host"])
        if "host" in names
        else stands(next(names[name] for name in ("finder", "xray", "table") if name in names))
    )
    assert stands(table) == found


def in_shell(*words: str) -> tuple[int, str]:
    """What a shell makes of a line, and what it complains of; with "-n" first it only reads the line."""
    *options, line = words
    ran = subprocess.run([SHELL or "sh", *options, "-c", line], capture_output=True, text=True, check=False)
    return ran.returncode, ran.stderr


@pytest.mark.skipif(SHELL is None, reason="no sh on this machine")
@pytest.mark.parametrize("story", STORIES)
def test_the_docker_form_is_what_a_shell_can_read(story: str, tmp_path: Path) -> None:
    table, _ = STORIES[story](tmp_path)
    # What docker would run in a container is handed to a shell there.
    heard = 'docker() { while [ $# -gt 0 ]; do [ "$1" = sh ] && { sh -n -c "$3" || exit 3; }; shift; done; }\n'
    for line in table.transcript:
        assert "\n" not in line.docker
        assert line.docker.split()[0] in (*COMMANDS, "#"), line.docker
        assert (0, "") == in_shell("-n", line.docker), line.docker
        if line.docker.startswith("docker exec"):
            assert (0, "") == in_shell(heard + line.docker), line.docker


def test_a_line_is_written_as_fast_for_a_file_of_many_bytes() -> None:
    table = bench("stack")
    table.do("add-change")
    start = process_time()
    assert 2 == len(table.transcript)
    assert process_time() - start < 0.1
