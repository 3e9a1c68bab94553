"""What the stack bench refuses and what it counts, asked of Docker: random sequences of acts on a real engine."""

import io
import random
import re
import shlex
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from layerlab import File, HardLink, Host, Image, Layer, Symlink, filler, save, scratch
from layerlab.benches.kinds import bench
from layerlab.benches.stack_bench import StackBench
from layerlab.benches.verbs import NEWS, VERBS
from layerlab.model.entry import Spec
from tests.benches.test_words import OWN_REFUSALS, any_act, every_sequence, would_be
from tests.engines.machine import Machine

SEQUENCES, BLOCKS, LENGTH = 200, 10, 6
KEPT = ("loaded:latest", "<none>:<none>")
PROGRAMS = ("sh", "cat", "ls", "rm", "chmod", "touch", "mkdir", "mv", "head", "sleep")
# A height has no image in Docker that a transcript could name, and the other two have no docker form at all.
ASKED = tuple(key for key in VERBS if key not in ("name-height", "run-layer", "write-image"))


def programs() -> dict[str, Spec]:
    """What containers and builds run."""
    tools: dict[str, Spec] = {f"bin/{name}": Symlink("busybox") for name in PROGRAMS}
    return {"bin/busybox": File(Path("/bin/busybox").read_bytes(), mode=0o755), **tools}


def app() -> Image:
    """The image of the test of words, with real programs in it."""
    files: dict[str, Spec] = {"srv/data": filler(2_000), "srv/d/x": b"x", "srv/d/y": b"yy"}
    image = scratch.with_layer(Layer.of({**programs(), **files}), "ADD tree /")
    links: dict[str, Spec] = {"srv/link": Symlink("data"), "srv/h1": filler(300), "srv/h2": HardLink("srv/h1")}
    image = image.with_layer(Layer.of({**links, "srv/d/x": b"new"}), "COPY links /srv/")
    return image.with_config(cmd=["sleep", "100000"])


class Engine:
    """Docker, taking the lines of transcripts."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine

    def take(self, line: str) -> str:
        """Run a line, and return what Docker says where it refuses, else ""."""
        if line.startswith("printf "):
            return self.build(*shlex.split(line.replace("|", " "))[2:])
        if line.startswith("docker run "):
            line = line.replace("docker run ", "docker run --pull never --network none ", 1)
        ran = subprocess.run(
            ["sh", "-c", line], env=self.machine.environment, capture_output=True, text=True, check=False
        )
        return "" if ran.returncode == 0 else ran.stderr or "refused"

    def build(self, start: str, step: str, *words: str) -> str:
        """Build one step on an image."""
        files = {shlex.split(step)[1]: bytes(NEWS)} if step.startswith("COPY ") else {}
        return self.make(f"{start}\n{step}\n", files, words[words.index("--tag") + 1])

    def make(self, dockerfile: str, files: Mapping[str, bytes], name: str) -> str:
        """Build as BuildKit does, which keeps no parents; the client here may have no BuildKit of its own."""
        context = io.BytesIO()
        with tarfile.open(fileobj=context, mode="w") as tar:
            for path, data in {"Dockerfile": dockerfile.encode(), **files}.items():
                info = tarfile.TarInfo(path)
                info.size, info.mode = len(data), 0o644
                tar.addfile(info, io.BytesIO(data))
        asked = {"t": name, "version": "2", "networkmode": "none"}
        client, kind = self.machine.docker, {"Content-Type": "application/x-tar"}
        answer = client.post(
            f"{client.base_url}/v{client.api_version}/build", params=asked, data=context.getvalue(), headers=kind
        )
        failed = [line for line in answer.text.splitlines() if '"error"' in line or '"message"' in line]
        return failed[0] if failed else ""

    def clear(self) -> None:
        """Take away all that was made here: other tests count what the store holds, and a build's cache is in it."""
        client = self.machine.docker
        self.tidy()
        client.remove_image("loaded", force=True)
        client.prune_builds(all=True)
        client.prune_images({"dangling": True})
        assert client.images(all=True) == []

    def reset(self) -> None:
        """Take away the containers and images of the last sequence, and build the image that all start with."""
        self.tidy()
        # `docker stop` waits ten seconds for a program that does not listen.
        assert "" == self.build("FROM loaded", "STOPSIGNAL SIGKILL", "--tag", "app")

    def tidy(self) -> None:
        """Take away the containers and images of the last sequence."""
        client = self.machine.docker
        for each in client.containers(all=True):
            client.remove_container(each["Id"], force=True)
        for image in client.images():
            for name in image["RepoTags"] or []:
                if name not in KEPT:
                    client.remove_image(name, force=True)

    def found(self) -> tuple[dict[str, Any], dict[str, int]]:
        """Each container's state, bytes and changes, and each image's size."""
        client = self.machine.docker
        containers = {
            each["Names"][0].strip("/"): (each["State"], each.get("SizeRw") or 0, self.changes(each["Id"]))
            for each in client.containers(all=True, size=True)
        }
        names = [(name, each["Size"]) for each in client.images() for name in each["RepoTags"] or []]
        kept = {name.removesuffix(":latest"): size for name, size in names if name not in KEPT}
        return containers, kept

    def changes(self, container: str) -> list[str]:
        found = self.machine.docker.diff(container) or []
        return [f"{'CAD'[each['Kind']]} {each['Path']}" for each in sorted(found, key=lambda each: each["Path"])]

    def said(self, words: str) -> str:
        """What Docker says, with names where it has ids."""
        names = {each["Id"]: each["Names"][0].strip("/") for each in self.machine.docker.containers(all=True)}
        for key, name in names.items():
            words = words.replace(key, name).replace(key[:12], name)
        return any_user(words)


def any_user(words: str) -> str:
    """Docker names any one of the containers that use an image."""
    return re.sub(r"container \w+ is using", "container ANY is using", words)


@pytest.fixture(scope="module")
def engine(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("app") / "app.tar"
    save({"loaded": app()}, path, format="docker")
    machine.run("docker", "load", "--quiet", "--input", path)
    found = Engine(machine)
    yield found
    found.clear()


def held(host: Host) -> tuple[dict[str, Any], dict[str, int]]:
    state = {"running": "running", "stopped": "exited"}
    containers = {name: (state[each.state], each.size_rw, each.diff()) for name, each in host.containers.items()}
    return containers, {name: image.size for name, image in host.images.items()}


def start() -> StackBench:
    host = Host()
    host.add(app(), "app")
    table: StackBench = bench("stack", verbs=[], host=host)
    return table


@pytest.mark.parametrize("block", range(BLOCKS))
def test_docker_refuses_and_counts_what_the_bench_refuses_and_counts(engine: Engine, block: int) -> None:
    for _ in range(SEQUENCES // BLOCKS):
        seed = random.randrange(1_000_000_000)
        pick, table, done = random.Random(seed), start(), []
        engine.reset()
        steps = [("run", {"image": "app"}), *(any_act(pick, ASKED) for _ in range(LENGTH))]
        for verb, given in steps:
            done.append((verb, given))
            ids = {*(image.id for image in table.host.images.values())}
            table.do(verb, **given)
            if said := refused(table):
                if any(words in said for words in OWN_REFUSALS):
                    continue
                answer = engine.said(engine.take(would_be(verb, given)))
                assert answer, f"seed {seed}: Docker takes what is refused: {done}: {said}"
                quoted = re.search("“(.*)”", any_user(said))
                assert quoted is None or quoted[1] in answer, f"seed {seed}: {done}: {answer}"
                continue
            assert "" == engine.take(table.transcript[-1].docker), f"seed {seed}: {done}"
            if verb == "commit" and {image.id for image in table.host.images.values()} == ids:
                break  # the same image here, and another one in Docker, which has a clock
        here, there = held(table.host), engine.found()
        assert here == there, f"seed {seed}: {done}: {here} {there}"


def refused(table: StackBench) -> str:
    said: str = table.now.sentence
    return said if said.startswith("Refused: ") else ""


def test_no_three_verbs_make_a_bench_say_what_is_false() -> None:
    every_sequence(3, most=2_000)
