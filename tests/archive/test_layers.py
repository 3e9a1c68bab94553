"""Layers of odd names, headers and ends: what Docker and Podman both load is loaded the same, all else is refused."""

import json
from pathlib import Path
from typing import Any

import pytest

from layerlab import ArchiveError, load
from layerlab.archive import policy
from tests.archive.build import docker, write
from tests.archive.layers import CASES, PACKED, TEXT
from tests.archive.unpacked import shown

ANSWERS: dict[str, Any] = json.loads((Path(__file__).parents[1] / "data" / "engine-layers.json").read_text())
FOLLOWED = {
    "a capability that a link does not repeat": ("Podman", policy.LINK_HEADER),
    "a whiteout after its parent's": ("Podman", policy.NEEDLESS_MARK),
    "user. on a device": ("Docker", policy.NO_PLACE),
    "a header for all of a long name in a directory": ("Docker", policy.GLOBAL_RECORDS),
    "a header for all called like a mark": ("Docker", policy.GLOBAL_RECORDS),
    "a whiteout two names under a whiteout": ("Podman", policy.NEEDLESS_MARK),
    "a whiteout of no name under a file": ("Podman", policy.NEEDLESS_MARK),
    "a link of the same owner to a set-uid file, not found": ("Podman", policy.LINK_HEADER),
    "a capability and a link that is not found": ("Podman", policy.LINK_HEADER),
}
"""Cases in which the engines differ: the engine that is followed, and the row that says why."""


def answer(path: Path) -> object:
    try:
        (image,) = load(path)
    except ArchiveError:
        return "refused"
    return json.loads(json.dumps(shown(image)))


def recorded(name: str) -> object:
    found = ANSWERS[name]
    return found[FOLLOWED[name][0]] if name in FOLLOWED else found


@pytest.mark.parametrize("name", CASES)
def test_a_layer_is_what_engines_make_of_it(tmp_path: Path, name: str) -> None:
    assert recorded(name) == answer(write(tmp_path / "it.tar", docker(*CASES[name])))


@pytest.mark.parametrize("name", PACKED)
def test_a_compressed_layer_is_what_engines_make_of_it(tmp_path: Path, name: str) -> None:
    assert recorded(name) == answer(write(tmp_path / "it.tar", docker(TEXT, stored=(PACKED[name],))))


def test_engines_differ_only_where_a_row_says_so() -> None:
    assert all(engine in case.here for engine, case in FOLLOWED.values())
    assert FOLLOWED.keys() == {name for name, found in ANSWERS.items() if "Podman" in found}
    assert CASES.keys() | PACKED.keys() == ANSWERS.keys()
    assert 100 < sum(found != "refused" for found in ANSWERS.values())
