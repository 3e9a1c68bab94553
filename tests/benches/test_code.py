"""A state that can be sent: it comes back as it was, damage is refused in one line, and old codes are read for good."""

import base64
import random
import zlib
from typing import Any

import pytest

from layerlab import Host, Layer, shop
from layerlab.benches import code as codes
from layerlab.benches.code import CodeError
from layerlab.benches.kinds import bench
from layerlab.benches.stack_bench import StackBench
from layerlab.benches.verbs import BUTTONS
from layerlab.model.image import scratch
from tests.benches.test_transcripts import books
from tests.benches.test_words import any_act, app

SEQUENCES, LENGTH = 500, 8
MOUNTING = tuple(BUTTONS)[-6:]
TYPED = (
    "docker run -d --name cron -v orders:/srv/d -v /srv/site:/srv/e:ro app",
    "docker run -d --name b-ox --tmpfs /run/x app sleep 10",
    "docker exec cron sh -c 'printf 12345 > /srv/d/new'",
    'docker exec web sh -c \'echo "a b; c" > "/srv/ü"\'',
    "docker exec web chmod 4755 /srv/data",
    "docker rm -f web",
    "docker commit web shop:2",
    "docker tag app other:1",
    "docker volume create spare",
    "docker volume rm spare",
)


def small(code: str | None = None) -> StackBench:
    made: StackBench = bench("stack", verbs="all", images={"app": app()}, code=code)
    return made


def story(pick: random.Random) -> StackBench:
    made = small()
    for _ in range(pick.randrange(LENGTH + 1)):
        chance = pick.random()
        if chance < 0.3:
            made.type(pick.choice(TYPED))
        else:
            verb, given = any_act(pick, tuple(BUTTONS))
            made.do(verb, **given)
    return made


def all_books(host: Host) -> Any:
    inside = {
        name: [(path, entry.size) for path, entry in each.view().items()] for name, each in host.containers.items()
    }
    volumes = {name: [(path, entry.size) for path, entry in each.view().items()] for name, each in host.volumes.items()}
    logs = {name: each.log for name, each in host.containers.items()}
    return books(host), inside, volumes, logs, dict(host.usage().beside)


def test_random_acts_come_back_as_the_same_host() -> None:
    acts = 0
    for _ in range(SEQUENCES):
        seed = random.randrange(1_000_000_000)
        made = story(random.Random(seed))
        try:
            again = small(made.code)
            assert all_books(made.host) == all_books(again.host)
            assert made.now.history == again.now.history
            assert made.code == again.code
        except BaseException as error:
            error.add_note(f"seed {seed}: {[line.docker for line in made.transcript]}")
            raise
        acts += len(made.acts)
    assert SEQUENCES < acts


def letters() -> str:
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~ é\x00\u202e"


def outcome(code: str, start: bytes) -> str:
    """The lines that a code stands for, or why it is refused."""
    try:
        return "\n".join(codes.read(code, start))
    except CodeError as error:
        return str(error)


def test_every_damage_of_one_letter_is_refused_in_one_line_or_changes_nothing() -> None:
    start = codes.mark(small().host)
    for seed in range(3):
        made = story(random.Random(seed))
        code, lines = made.code, codes.read(made.code, start)
        changed = {code[:place] + letter + code[place + 1 :] for place in range(len(code)) for letter in letters()}
        changed |= {code[:place] for place in range(len(code))} | {code[:p] + code[p + 1 :] for p in range(len(code))}
        changed |= {code[:p] + code[p + 1] + code[p] + code[p + 2 :] for p in range(len(code) - 1)}
        found = {outcome(each, start) for each in changed - {code}}
        assert found <= {"\n".join(lines), *(each for each in found if each.startswith("this ") and "\n" not in each)}
        assert len(found) > 1


def packed(text: bytes, start: bytes) -> str:
    """A whole code of what no bench wrote."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=codes._WORDS)
    body = start + packer.compress(text) + packer.flush()
    return "L1" + base64.urlsafe_b64encode(zlib.crc32(body).to_bytes(4, "big") + body).decode().rstrip("=")


def body(data: bytes) -> str:
    return "L1" + base64.urlsafe_b64encode(zlib.crc32(data).to_bytes(4, "big") + data).decode().rstrip("=")


START = codes.mark(shop())
REFUSED = {
    "nothing": ("", "this is no code of a bench"),
    "a word": ("hello", "this is no code of a bench"),
    "an address": ("https://example.org/?code=L1AAAA", "this is no code of a bench"),
    "a newer version": ("L2" + "A" * 40, "this code is of version 2"),
    "version 12": ("L12AAAA", "this code is damaged"),
    "cut": (packed(b"run --detach --name web shop", START)[:-3], "this code is damaged, or a part of it is missing"),
    "foreign": (packed(b"", b"abc"), "this code starts from other images"),
    "no lines": (body(START + b"\xff" * 9), "this code holds no lines"),
    "no text": (packed(b"\xff\xfe", START), "this code holds no lines"),
    "an empty stream": (body(START), "this code holds no lines"),
    "many acts": (packed(b"ps\n" * 3_000, START), "this code has more than 2,000 acts"),
    "many bytes": (packed(b"\x00" * 10_000_000, START), "this code has more than 2,000 acts"),
    "many letters": ("L1" + "A" * 50_000, "this code has 50,002 letters"),
    "an act that is refused": (packed(b"stop web", START), "act 1 of this code is refused: Docker says"),
    "a line of a shell": (packed(b"ps; rm -rf /", START), "act 1 of this code is refused: ; is for a shell"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_code_is_refused_in_one_clear_line(name: str) -> None:
    code, words = REFUSED[name]
    with pytest.raises(CodeError) as error:
        bench("stack", code=code)
    assert str(error.value).startswith(words)
    assert 1 == len(str(error.value).splitlines())


def test_a_code_may_be_broken_into_lines_and_any_type_but_text_is_refused() -> None:
    made = bench("stack")
    made.do("run")
    assert made.now == bench("stack", code=f" {made.code[:9]}\n{made.code[9:]} ").now
    with pytest.raises(TypeError):
        bench("stack", code=5)


OLD = {
    "L1sjXYDNHiWsMrSQPHEBV0WAs-nOmXiJQDthWa2CnLrsiGkFD0gtMjSC9qjQASAQA": (
        10,
        "319 MB in layers + 0 B in thin layers + 21.0 MB outside",
    ),
    "L1ETh_gNHiWsOlE1884koTuNKzKUaqhGvUr1BHK66LCxKLUMpDaHmNIzgzUnNy8pEzaaI6IoHAy_z8kozUIgA": (
        7,
        "319 MB in layers + 0 B in thin layers + 5 B outside",
    ),
    "L1rgVtetHiWisgo7akVq1gPljqRbwhhLUUxqioTAlUVKYKegA": (6, "329 MB in layers + 0 B in thin layers"),
}


@pytest.mark.parametrize("code", OLD)
def test_old_codes_are_read_for_good(code: str) -> None:
    acts, balance = OLD[code]
    made = bench("stack", code=code)
    assert acts == len(made.acts)
    assert made.now.balance.startswith(balance), made.now.balance


def test_ten_acts_take_fewer_than_140_letters() -> None:
    made = bench("stack", verbs="all")
    for verb in ("run", "append", "run", "delete", "commit", "run-volume", "print", "add-files", "stop", "remove"):
        made.do(verb)
    assert 9 <= len(made.acts)
    assert len(made.call) < 140


def test_a_code_of_own_images_opens_only_beside_these_images() -> None:
    images = {"mine": scratch.with_layer(Layer.of({"bin/sh": b"#"}))}
    made = bench("stack", images=images)
    made.do("run")
    assert f'bench("stack", images=images, code="{made.code}")' == made.call
    assert made.now == eval(made.call, {"bench": bench, "images": images}).now
    with pytest.raises(CodeError, match="other images"):
        bench("stack", code=made.code)


def test_a_bench_takes_images_as_load_returns_them() -> None:
    named = app()
    assert ["image-1"] == list(bench("stack", images=[named]).host.images)
    with pytest.raises(ValueError, match="one of them"):
        bench("stack", images=[named], host=Host())
    with pytest.raises(ValueError, match="holds none"):
        bench("stack", images=[])
