"""The prompt: each line of a transcript leads back to its act, and what is typed is done, listed or refused."""

import json
import random
import time
from collections.abc import Callable
from typing import Any

import pytest

from layerlab import Host, Tmpfs
from layerlab.benches.kinds import bench
from layerlab.benches.stack_bench import StackBench
from layerlab.benches.verbs import VERBS, Act
from tests.benches.paged import page, press, texts
from tests.benches.test_transcripts import ODD, books, container, host_of, odd_image, stack
from tests.benches.test_words import any_act
from tests.benches.test_words import container as with_container
from tests.benches.test_words import stack as without

SECONDS = 3.0


def table(*lines: str, **options: Any) -> StackBench:
    made: StackBench = bench("stack", verbs=[], prompt=True, **options)
    for line in lines:
        made.type(line)
        assert not made.refusing, made.answer.text
    return made


def meant(act: Act) -> Act:
    """An act without what no line can tell: a slash behind a path where the verb has one form for both."""
    return act if VERBS[act.verb].tree else act._replace(path=act.where)


def told(moment: Any) -> tuple[Any, ...]:
    return moment.images, moment.containers, moment.history, moment.sentence


def typed_again(done: StackBench, again: StackBench) -> None:
    """Type each docker line of a transcript, and compare act by act."""
    for act, line in zip(done.acts, done.transcript[len(done.started) :], strict=True):
        again.type(line.docker)
        assert not again.refusing, f"{line.docker}: {again.answer.text}"
        assert meant(act) == meant(again.acts[-1]), line.docker
        assert line == again.transcript[-1]
    assert books(done.host) == books(again.host)
    assert [told(each) for each in done.moments] == [told(each) for each in again.moments]


@pytest.mark.parametrize(
    "story",
    [
        lambda: (stack(None, ""), bench("stack")),
        lambda: (stack(host_of(odd_image()), ODD), bench("stack", host=host_of(odd_image()))),
        lambda: (container(None), bench("container")),
        lambda: (container(odd_image()), bench("container", image=odd_image())),
    ],
    ids=["stack", "stack, odd", "container", "container, odd"],
)
def test_each_docker_line_of_a_story_leads_back_to_its_act(story: Callable[[], tuple[Any, Any]]) -> None:
    typed_again(*story())


@pytest.mark.parametrize("start", [without, with_container], ids=["image", "container"])
def test_each_docker_line_of_any_acts_leads_back_to_its_act(start: Callable[[], StackBench]) -> None:
    end, tried = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        seed = random.randrange(1_000_000_000)
        pick, done = random.Random(seed), start()
        for _ in range(12):
            verb, given = any_act(pick, tuple(VERBS))
            done.do(verb, **given)
        try:
            typed_again(done, start())
        except BaseException as error:
            error.add_note(f"seed {seed}")
            raise
        tried += len(done.acts)
    assert 20 < tried


# What is typed, and the line that the transcript has for it.
LINES = [
    ("docker run --detach --name job shop", 'job = host.run("shop", name="job")', ""),
    ("docker run shop", 'web = host.run("shop", name="web")', "docker run --detach --name web shop"),
    ("run --name=job shop:latest", 'job = host.run("shop", name="job")', "docker run --detach --name job shop"),
    ("docker container run -d --name a-b shop", 'host.run("shop", name="a-b")', "docker run --detach --name a-b shop"),
    ("docker run -d --name host shop", 'host.run("shop", name="host")', "docker run --detach --name host shop"),
    ("docker run -d --name print shop", 'host.run("shop", name="print")', "docker run --detach --name print shop"),
    (
        "docker run -d shop sh -c 'sleep 5; true'",
        'web = host.run("shop", name="web")',
        "docker run --detach --name web shop sh -c 'sleep 5; true'",
    ),
    (
        "docker run -v orders:/var/lib/shop --tmpfs /run/x shop",
        'web = host.run("shop", name="web", mounts={"/var/lib/shop": "orders", "/run/x": Tmpfs()})',
        "docker run --detach --name web --volume orders:/var/lib/shop --tmpfs /run/x shop",
    ),
    (
        "docker run --mount type=volume,src=orders,dst=/srv,readonly -v/srv/site:/var/www shop",
        'web = host.run("shop", name="web", mounts={"/var/www": "/srv/site", "/srv": "orders:ro"})',
        "docker run --detach --name web --volume /srv/site:/var/www --volume orders:/srv:ro shop",
    ),
    (
        "$ docker exec pad rm -r /var/www",
        'host.containers["pad"].delete("var/www", tree=True)',
        "docker exec pad rm -r /var/www",
    ),
    (
        "sudo docker exec -it pad chmod 4755 /etc/motd",
        'host.containers["pad"].chmod("etc/motd", 0o4755)',
        "docker exec pad chmod 4755 /etc/motd",
    ),
    (
        "docker exec pad sh -c 'echo \"hi you\" > /etc/motd'",
        'host.containers["pad"].write("etc/motd", b\'hi you\\n\')',
        "docker exec pad sh -c 'echo '\"'\"'hi you'\"'\"' > /etc/motd'",
    ),
    (
        "docker exec pad sh -c 'printf ab\\\\n >> etc/motd'",
        'host.containers["pad"].append("etc/motd", b\'ab\\n\')',
        "docker exec pad sh -c 'printf '\"'\"'ab\\n'\"'\"' >> /etc/motd'",
    ),
    (
        "docker exec pad sh -c 'head -c 5000 /dev/zero > /big'",
        'host.containers["pad"].write("big", bytes(5_000))',
        "docker exec pad sh -c 'head -c 5000 /dev/zero > /big'",
    ),
    (
        "docker exec pad mv /etc/motd /srv",
        'host.containers["pad"].rename("etc/motd", "srv/motd")',
        "docker exec pad mv -T /etc/motd /srv/motd",
    ),
    (
        "docker exec pad sh -c ': > /etc/motd'",
        'host.containers["pad"].write("etc/motd", b\'\')',
        "docker exec pad sh -c ': > /etc/motd'",
    ),
    ("docker stop -t 1 pad", 'host.stop("pad")', "docker stop pad"),
    ("docker rm -fv pad", 'host.remove("pad", force=True, volumes=True)', "docker rm --force --volumes pad"),
    ("docker commit pad shop:2", 'host.add(host.containers["pad"].commit("docker commit pad"), "shop:2")', ""),
    ("docker tag shop localhost:5000/shop:2", 'host.tag("shop", "localhost:5000/shop:2")', ""),
    ("docker image rm spare", 'host.remove_image("spare")', "docker rmi spare"),
    ("docker volume create mail", 'host.volume("mail")', ""),
    ("docker volume rm orders", 'host.remove_volume("orders")', ""),
    (
        "printf 'FROM shop\\nENV BUILD=7\\n' | docker build -t shop -f - .",
        'host.add(host.image("shop").with_config(env={"BUILD": "7"}, created_by="ENV BUILD=7"), "shop")',
        "printf '%s\\n' 'FROM shop' 'ENV BUILD=7' | docker build --tag shop --file - .",
    ),
]


def busy() -> Host:
    """The shop, a container with files, a second name and a volume."""
    from layerlab import shop

    host = shop()
    host.tag("shop", "spare")
    host.run("shop", name="pad").write("etc/motd", b"hello\n")
    host.containers["pad"].mkdir("srv")
    host.volume("orders")
    return host


@pytest.mark.parametrize(("line", "python", "docker"), LINES, ids=[line for line, *_ in LINES])
def test_what_is_typed_is_done_and_written(line: str, python: str, docker: str) -> None:
    made = table(line, host=busy())
    assert python == made.transcript[-1].python
    assert (docker or line) == made.transcript[-1].docker
    names: dict[str, Any] = {"host": busy()}
    exec(made.python, names)
    assert books(names["host"]) == books(made.host)
    assert list(names["host"].volumes) == list(made.host.volumes)
    again = table(made.transcript[-1].docker, host=busy())
    assert made.transcript == again.transcript


def test_a_typed_act_steps_back_and_forward_as_a_pressed_one_does() -> None:
    made = table("docker run -d --name job --tmpfs /x shop", "docker rm -f job")
    seen = books(made.host)
    made.undo()
    assert ["job"] == list(made.host.containers)
    assert [each.path for each in made.host.containers["job"].mounts] == ["x"]
    assert isinstance(made.host.containers["job"].mounts[0].source, Tmpfs)
    made.redo()
    assert seen == books(made.host)


REFUSED = [
    ("docker foo", "docker: 'foo' is not a docker command.\nSee 'docker --help'\nHere are run, exec"),
    ("docker ps --foo", "unknown flag: --foo\nSee 'docker ps --help'.\nThe options here are -a, --all"),
    ("docker ps -ax", "unknown shorthand flag: 'x' in -x\nSee 'docker ps --help'.\n"),
    ("docker run --name", "flag needs an argument: --name\nSee 'docker run --help'.\nWrite a value"),
    ("docker stop", "\"docker stop\" requires at least 1 argument.\nSee 'docker stop --help'.\nSay what"),
    ("docker tag a", '"docker tag" requires exactly 2 arguments.\n'),
    ("docker ps x", '"docker ps" accepts no arguments.\n'),
    ("docker stop nix", "Error response from daemon: No such container: nix\n"),
    ("docker exec nix ls /", "Error response from daemon: No such container: nix\n"),
    ("docker diff nix", "Error response from daemon: No such container: nix\nDocker ps --all"),
    ("docker history nix", "Error response from daemon: No such image: nix:latest\n"),
    ("docker tag nix a", "Error response from daemon: No such image: nix:latest\n"),
    ("docker rmi nix", "Error response from daemon: No such image: nix:latest\n"),
    ("docker rm pad", "Error response from daemon: You cannot remove a running container pad\nStop it first."),
    ("docker volume rm nix", "Error response from daemon: get nix: no such volume\n"),
    ("docker volume create a/b", 'Error response from daemon: create a/b: "a/b" includes invalid characters'),
    (
        "docker run --name pad shop",
        'docker: Error response from daemon: Conflict. The container name "/pad" is already',
    ),
    ("docker run --name a/b shop", "docker: Error response from daemon: Invalid container name (a/b), only"),
    ("docker run --rm shop", "A bench has nothing for --rm, which Docker knows. Leave it out."),
    ("docker run nix", "No image here is called nix, and Docker would try to pull it."),
    ("docker commit pad Shop", "invalid reference format: repository name must be lowercase\n"),
    ("docker cp a b", "A bench has nothing for docker cp"),
    ("docker exec pad sh", "Nobody could type into that shell here."),
    ("docker exec pad python3", "A bench runs no programs, so not python3."),
    ("docker exec pad chmod +x /a", "A bench cannot do chmod +x /a."),
    ("docker exec pad cat /nix", "/nix is not there. Take one that is."),
    ("docker stop ''", "invalid container name or ID: value is empty\n"),
    ("docker stop pad web", "One thing a line. Pad and web are 2."),
    ("docker ps; docker ps", "; is for a shell, and this is none."),
    ("docker ps > /tmp/x", "> is for a shell"),
    ("docker exec pad 'x", "The line does not end."),
    ("ls -l", "No docker command begins with ls."),
    ("sudo rm -rf /var/lib/docker", "Sudo rm is no docker command."),
    ("help", "A bench has no page of help. Here are run, exec,"),
    ("docker --help", "A bench has no page of help. Here are run, exec,"),
    ("# nothing", "Nothing is typed."),
]


@pytest.mark.parametrize(("line", "printed"), REFUSED, ids=[line for line, _ in REFUSED])
def test_what_cannot_be_done_is_refused_and_changes_nothing(line: str, printed: str) -> None:
    made = table(host=busy())
    before, moments, said = books(made.host), made.transcript, made.said
    made.type(line)
    assert made.answer.text.startswith(printed), made.answer.text
    assert made.refusing
    assert made.now.sentence.startswith("Refused: ")
    assert (before, moments, said + 1) == (books(made.host), made.transcript, made.said)


def test_what_an_act_prints() -> None:
    made = table("docker run -d --name job shop", "docker commit job shop:2")
    assert made.host.images["shop:2"].id == made.answer.text
    made.type("docker rmi shop:2")
    assert f"Untagged: shop:2\nDeleted: {made.moments[2].images[1].id}" == made.answer.text
    made.type("docker exec job sh -c 'printf \"a\\033\" > /x'")
    assert made.refusing
    for line, printed in (("docker stop job", "job"), ("docker start job", "job"), ("docker rm -f job", "job")):
        made.type(line)
        assert printed == made.answer.text


ODD_LINES = (
    "<script>alert(1)</script>",
    "docker stop '<script>alert(1)</script>'",
    "docker run -d --name 'a\"b' shop",
    "docker stop 'שלום \u202e'",
    "docker exec pad cat '/\N{SNOWMAN} \U0001f40b'",
    "docker exec pad sh -c 'printf \"<b>&amp;\" > /tag'",
    "docker exec pad cat /tag",
    "docker stop \x00\x1b[2J",
    "docker stop \ud800",
    "docker stop 'a\nb'",
    "docker stop " + "x" * 10_000,
    "docker " * 2_000,
    "'",
    '"',
    "\\",
    "|",
    "docker run -v '' shop",
    "docker run --mount , shop",
    "docker run --mount type=bind,src=/nix,dst=/ shop",
    "docker run --tmpfs / shop",
    "docker run -v a1:/x -v a1:/x shop",
    "docker run --name -- shop",
    "docker exec pad rm -rf /",
    "docker exec pad mv / /x",
    "docker exec pad mkdir /",
    "docker exec pad sh -c ''",
    "docker exec pad sh -c '> '",
    "docker exec pad sh -c 'head -c 99999999999999999999 /dev/zero > /x'",
    "docker exec pad sh -c 'head -c \N{SUPERSCRIPT TWO} /dev/zero > /x'",
    "docker build -f Dockerfile.up-to-layer-99 -t shop-99 .",
    "docker commit pad host",
    "printf | docker",
    "printf 'FROM shop' |",
    "docker image",
    "docker",
)


@pytest.mark.parametrize("kind", ["stack", "container"])
@pytest.mark.parametrize("line", ODD_LINES, ids=range(len(ODD_LINES)))
def test_an_odd_line_is_answered_and_its_page_is_well_formed(line: str, kind: str) -> None:
    made = bench("stack", prompt=True, host=busy()) if kind == "stack" else bench("container", prompt=True)
    for each in ("docker exec pad sh -c 'printf 1 > /tag'", line, "docker ps"):
        made.widget.hear({"press": "type", "form": {"command": each}})
        assert {"script", "b"}.isdisjoint({found.tag for found in page(made).iter()})
    exec(made.python, names := {"host": busy()})
    assert books(made.host) == books(names["host"])


def test_what_is_typed_into_the_page_is_done_and_its_answer_is_shown_until_something_else_is_done() -> None:
    made = bench("stack", prompt=True)

    def answered() -> str:
        return "".join(found.text or "" for found in page(made).findall(".//form//pre"))

    made.widget.hear({"press": "type", "form": {"command": "docker run -d --name job shop"}})
    assert "" == answered()
    assert "job costs 0 B until it writes." in texts(made)
    made.widget.hear({"press": "type", "form": {"command": "docker ps"}})
    assert "$ docker ps\nIMAGE     STATE     NAMES\nshop      running   job" == answered()
    made.type("docker stop job")
    assert "job" == answered()
    press(made, "back")
    assert "" == answered()
    made.type("docker images")
    press(made, "close-answer")
    assert "" == answered()
    field = page(made).find(".//input[@name='command']")
    assert field is not None
    lines = ["docker run -d --name job shop", "docker ps", "docker stop job", "docker images"]
    assert lines == json.loads(field.get("data-earlier", ""))
    assert "1" == field.get("data-focus")
    assert {"docker", "job", "shop", "/var/www", "/var/lib/shop/catalog.db"} <= set(
        json.loads(field.get("data-words", ""))
    )


def test_a_bench_has_no_prompt_unless_it_is_asked_for() -> None:
    assert page(bench("stack")).find(".//form") is None
    assert page(bench("container")).find(".//form") is None


def test_the_container_bench_takes_only_what_is_done_to_its_files() -> None:
    made = bench("container", prompt=True)
    made.type("docker exec web rm -r /var/www")
    assert ["delete-tree"] == [act.verb for act in made.acts]
    for line in ("docker rm -f web", "docker stop web", "docker run shop", "docker tag shop a"):
        made.type(line)
        assert "Refused: this bench is for the files of web. Take the stack bench, bench('stack')." == made.now.sentence
    made.type("docker diff web")
    assert "C /var\nD /var/www" == made.answer.text


STARTS = (
    "docker run -d --name web shop", "docker run shop", "docker exec web", "docker exec web sh -c",
    "docker commit web", "docker tag shop", "docker rm", "docker volume create", "docker run -v", "docker volume rm",
    "",
)  # fmt: skip
WORDS = (
    "docker", "run", "exec", "rm", "ps", "shop", "shop:2", "web", "job", "a/b", "A", "-d", "-a", "-fv", "--name",
    "--name=x.y", "-v orders:/srv", "--tmpfs /run", "/run:ro", "--mount", "type=tmpfs,target=/q", "sh", "-c",
    "'printf ! > /a'", "'echo hi >> /b/c'", "cat", "ls", "/", "/var/www/", "..", "chmod", "700", "8", "mkdir", "mv",
    "-r", "$x", "-1", "-it", "/a", "|", ">", ";", "'FROM shop'", "'ENV BUILD=3'", "--file", "-", "--", "''", "'", "#",
    "$x", "-1",
)  # fmt: skip


def test_any_words_are_done_or_refused_and_the_transcript_leads_to_the_same_host() -> None:
    end, done = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        seed = random.randrange(1_000_000_000)
        pick, made, lines = random.Random(seed), table("docker run -d --name web shop"), list[str]()
        try:
            for _ in range(12):
                lines.append(" ".join([pick.choice(STARTS), *pick.choices(WORDS, k=pick.randint(0, 4))]))
                made.type(lines[-1])
            exec(made.python, names := dict[str, Any]())
            assert books(made.host) == books(names["host"])
        except BaseException as error:
            error.add_note(f"seed {seed}: {lines}")
            raise
        done += len(made.acts)
    assert 20 < done
