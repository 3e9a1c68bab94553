"""Mounts: the model gives the answers that Docker and Podman gave in the same situations."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.model.mounting import CASES, Answer, Model, answers

ANSWERS: dict[str, dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "mounts.json").read_text(encoding="ascii")
)
TIMES = "copying into a volume, Docker gives directories the time of the copy, and Podman the image's"
ONCE = "Docker fills a volume whenever it is empty, and Podman once; lessons show what Docker does"
TMPCOPYUP = "Podman copies what the image has into a tmpfs (tmpcopyup), and Docker shows it empty, as a fresh tmpfs is"
MISSING = "Docker makes a missing folder of the host for --volume, which is the trap that learners meet"
FOLLOWED = {
    "the times of directories in a filled volume": ("Docker", TIMES),
    "the mode of a volume stays": ("Docker", TIMES),
    "a volume that was emptied": ("Docker", ONCE),
    "a path of the host that is missing, as --volume takes it": ("Docker", MISSING),
    "tmpfs over a directory": ("Docker", TMPCOPYUP),
    "tmpfs with a mode": ("Docker", TMPCOPYUP),
    "tmpfs in place of an anonymous volume": ("Docker", TMPCOPYUP),
}
"""Situations in which the engines differ: the engine that is followed, and why."""

IN_DOCKERS_WORDS = (
    "removing a volume that is used", "removing a volume that two use", "removing a volume that is not there",
    "a volume with a name that none can have", "a folder of the host that is missing",
)  # fmt: skip
"""Situations in which the model refuses as Docker does, in its words, and adds what to do."""


def meaning(told: list[Answer]) -> list[Answer]:
    """Return answers without the words of a refusal, which each engine has of its own."""
    return [each[:1] if isinstance(each, list) and each[:1] == ["refused"] else each for each in told]


def recorded(name: str) -> list[Answer]:
    return list(ANSWERS[name][FOLLOWED[name][0] if name in FOLLOWED else "Docker"])


@pytest.mark.parametrize("name", CASES)
def test_a_host_does_as_an_engine_did(name: str) -> None:
    assert meaning(recorded(name)) == meaning(answers(Model(), CASES[name]))


@pytest.mark.parametrize("name", IN_DOCKERS_WORDS)
def test_a_refusal_begins_with_dockers_words(name: str) -> None:
    told = answers(Model(), CASES[name])
    pairs = [pair for pair in zip(recorded(name), told, strict=True) if pair[1] and pair[1][0] == "refused"]
    words = [(said[1].partition(". If you")[0].rstrip("."), ours[1]) for said, ours in pairs]
    assert words
    assert [] == [pair for pair in words if not pair[1].startswith(pair[0])]


def test_engines_differ_only_where_a_row_says_so() -> None:
    differing = {name for name, each in ANSWERS.items() if meaning(each["Docker"]) != meaning(each["Podman"])}
    assert FOLLOWED.keys() == differing
    assert CASES.keys() == ANSWERS.keys()
    assert 60 <= len(CASES)
