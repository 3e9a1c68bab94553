"""What the prompt lists, and what its acts print, asked of Docker: the same lines on a real engine, byte for byte.

Docker is asked for the columns that a model has. Ids of what was built or committed there hold a time, so they are
masked on both sides, and images that were made within one second have no order, nor has `docker diff` where the kernel
has features for which Docker compares trees. The row of the build cache is left out.
"""

import os
import random
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from layerlab import Host, save
from layerlab.benches.kinds import bench
from layerlab.benches.listings import table
from layerlab.benches.stack_bench import StackBench
from tests.benches.test_words import any_act
from tests.engines.machine import Machine
from tests.engines.test_benches import ASKED, Engine, app

# LAYERLAB_HOSTS=1000 asks for more of them.
HOSTS, LENGTH = int(os.environ.get("LAYERLAB_HOSTS", "30")), 12
ID = re.compile(r"(?:sha256:)?\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b")
TYPED = (
    "docker run -d --name cron -v orders:/srv/orders app",
    "docker run -d --name mail -v mails:/srv/d --tmpfs /srv/memory app sleep 1000",
    "docker run -d --name b-ox web-image",
    "docker run -d --name full -v full:/srv/d app",
    "docker run -d --name read -v orders:/srv/d:ro -v orders:/srv/again app",
    "docker exec full sh -c 'head -c 123456 /dev/zero > /srv/d/big'",
    "docker exec full rm /srv/d/x",
    "docker stop full",
    "docker commit full full-image",
    "docker rm -f -v full",
    "docker volume rm full",
    "docker exec cron sh -c 'printf 12345 > /srv/orders/new'",
    "docker exec mail sh -c 'printf 1 >> /srv/d/x'",
    "docker exec web sh -c 'head -c 999900 /dev/zero > /big'",
    "docker exec web chmod 600 /srv/data",
    "docker exec job mv /srv/d/x /moved",
    "docker stop cron",
    "docker start cron",
    "docker rm -f mail",
    "docker rm -f web",
    "docker rm -v cron",
    "docker commit web shop:2",
    "docker commit job app",
    "docker tag app shop:3",
    "docker tag shop:2 app",
    "docker rmi shop:2",
    "docker rmi shop:3",
    "docker volume create spare",
    "docker volume rm orders",
    "docker volume rm mails",
)
PS = "{{.Image}}\\t{{.State}}\\t{{.Names}}"
FORMATS = {
    "docker ps": PS,
    "docker ps --all": PS,
    "docker ps --all --size": f"{PS}\\t{{{{.Size}}}}",
    "docker images": "{{.Repository}}\\t{{.Tag}}\\t{{.ID}}\\t{{.Size}}",
    "docker system df": "{{.Type}}\\t{{.TotalCount}}\\t{{.Active}}\\t{{.Size}}\\t{{.Reclaimable}}",
    "docker system df --verbose": "",
    "docker volume ls": "",
    "docker history loaded": "{{.ID}}\\t{{.CreatedBy}}\\t{{.Size}}\\t{{.Comment}}",
}
LEFT_OUT = ("CREATED", "STATUS", "CONTAINER ID", "COMMAND")


def clients() -> list[str]:
    """The folders that have a docker: the machine may have one beside the one that is found first."""
    folders = dict.fromkeys(os.environ.get("PATH", "").split(os.pathsep))
    return [folder for folder in folders if shutil.which("docker", path=folder)]


@pytest.fixture(scope="module")
def engine(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    path = tmp_path_factory.mktemp("prompt") / "app.tar"
    save({"loaded": app()}, path, format="docker")
    machine.run("docker", "load", "--quiet", "--input", path)
    found = Engine(machine)
    yield found
    clean(found)
    found.clear()


def clean(engine: Engine) -> None:
    engine.tidy()
    client = engine.machine.docker
    for volume in client.volumes()["Volumes"] or []:
        client.remove_volume(volume["Name"])
    client.prune_images({"dangling": True})


def start() -> StackBench:
    """A bench that holds what Docker holds after a reset: the image that was loaded, and one built on it."""
    host = Host()
    host.add(app(), "loaded")
    host.add(app().with_config(created_by="STOPSIGNAL SIGKILL"), "app")
    made: StackBench = bench("stack", verbs=[], host=host)
    return made


def docker(engine: Engine, line: str) -> str:
    """Run a line in a shell, and return what it prints."""
    if line.startswith("printf "):
        return engine.take(line)
    if line.startswith("docker rmi "):  # what a build made stays in its cache, and is not named among what is deleted
        engine.machine.docker.prune_builds(all=True)
    line = line.replace("docker run ", "docker run --pull never --network none ", 1)
    ran = subprocess.run(
        ["sh", "-c", line], env=engine.machine.environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, f"{line}: {ran.stderr}"
    return ran.stdout


def listed(engine: Engine, line: str, columns: str) -> str:
    return docker(engine, f"{line} --format 'table {columns}'" if columns else line)


def same(text: str, line: str) -> list[str]:
    """A listing's lines in an order that both have."""
    if "--verbose" in line:
        text = "\n".join(map(cut, text.partition("\n\nBuild cache usage")[0].split("\n\n")))
    lines = [ID.sub("ID", each) for each in text.splitlines() if not each.startswith("Build Cache")]
    free = line.startswith(("docker images", "docker system df --verbose", "docker diff"))
    return sorted(lines) if free else lines


def cells(listing: str) -> list[list[str]]:
    """A listing's rows, cut where the words of its first line start."""
    head, *_ = lines = listing.splitlines()
    starts = [found.start() for found in re.finditer(r"(?<!\S)\S+(?: \S+)*", head)]
    return [[line[a:b].rstrip() for a, b in zip(starts, [*starts[1:], None], strict=True)] for line in lines]


def cut(part: str) -> str:
    """A part of a listing without the columns that a model does not have."""
    if "   " not in part:
        return part
    rows = cells(part)
    kept = [place for place, name in enumerate(rows[0]) if name not in LEFT_OUT]
    return table([[row[place] for place in kept] for row in rows])


def compare(engine: Engine, made: StackBench) -> int:
    """Compare every listing, and return how many there were."""
    asked = dict(FORMATS)
    asked |= {f"docker diff {name}": "" for name in made.host.containers}
    asked |= {f"docker history {name}": "{{.ID}}\\t{{.Size}}" for name in made.host.images if name != "loaded"}
    for line, columns in asked.items():
        made.type(line)
        here, there = made.answer.text, listed(engine, line, columns).removesuffix("\n")
        if "history" in line and "CreatedBy" not in columns:
            # What a step is called differs: BuildKit writes the shell and its own name to it.
            here = table([(row[0], row[2]) for row in cells(here)])
        assert same(here, line) == same(there, line), f"{line}\n{here}\n{there}"
        if line == "docker history loaded":
            assert here == there
    return len(asked)


def play(engine: Engine, pick: random.Random, done: list[str]) -> int:
    """Act here and there, compare what each act prints and then every listing; return how many listings there were."""
    made = start()
    for step in range(LENGTH):
        ids, acts = made.order, len(made.acts)
        if not step:
            made.do("run", image="app")
        elif pick.random() < 0.5:
            verb, given = any_act(pick, ASKED)
            made.do(verb, **given)
        else:
            made.type(pick.choice(TYPED))
        if made.refusing or acts == len(made.acts):  # a volume that is there is not made again
            continue
        if made.acts[-1].verb == "commit" and ids == made.order:
            made.undo()  # the same image as before here, and another one in Docker, which has a clock
            continue
        line = made.transcript[-1].docker
        done.append(line)
        printed = docker(engine, line).removesuffix("\n")
        if made.answer.said == made.said and not line.startswith("docker run"):
            assert ID.sub("ID", printed) == ID.sub("ID", made.answer.text)
    return compare(engine, made)


def test_docker_prints_what_the_prompt_prints(engine: Engine) -> None:
    acts = listings = 0
    for _ in range(HOSTS):
        seed, done = random.randrange(1_000_000_000), list[str]()
        clean(engine)
        engine.reset()
        try:
            listings += play(engine, random.Random(seed), done)
        except BaseException as error:
            error.add_note(f"seed {seed}: {done}")
            raise
        acts += len(done)
    assert 8 * HOSTS < listings
    assert HOSTS < acts


WRONG = (
    "docker foo",
    "docker ps --foo",
    "docker ps -ax",
    "docker run --name",
    "docker stop",
    "docker tag a",
    "docker ps x",
    "docker volume create a b",
    "docker stop nix",
    "docker diff nix",
    "docker exec nix ls",
    "docker history nix",
    "docker rmi nix",
    "docker tag nix a",
    "docker tag app Shop",
    "docker commit web Shop",
    "docker rm web",
    "docker volume rm nix",
    "docker volume create a/b",
    "docker run --name a/b app",
    "docker run -v orders:srv app",
)


@pytest.mark.parametrize("line", WRONG)
def test_docker_refuses_in_the_same_words(engine: Engine, line: str) -> None:
    clean(engine)
    engine.reset()
    made = start()
    made.do("run", image="app")
    docker(engine, made.transcript[-1].docker)
    made.type(line)
    said = []
    for folder in clients():
        environment = engine.machine.environment
        environment = environment | {"PATH": f"{folder}{os.pathsep}{environment['PATH']}"}
        ran = subprocess.run(["sh", "-c", line], env=environment, capture_output=True, text=True, check=False)
        assert ran.returncode
        said.append(engine.said(ran.stderr))
    assert made.refusing
    words = "\n".join(made.answer.text.splitlines()[:-1])
    assert words
    # Versions of the client differ in what they write around the daemon's words.
    assert any(each.startswith(words) for each in said), f"{said}\n{words}"
