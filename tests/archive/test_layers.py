"""Layers of odd names, headers and ends: what Docker and Podman both load is loaded the same, all else is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from layerlab import ArchiveError, Image, Layer, load, save
from layerlab.archive import policy
from layerlab.model.changeset import squashed
from tests.archive.build import docker, write
from tests.archive.layers import CASES, PACKED, TEXT, directory, entry
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


@pytest.mark.parametrize("name", [name for name in CASES if recorded(name) != "refused"])
@pytest.mark.parametrize(
    "again", [lambda layers: [Layer(each.entries) for each in layers], lambda layers: [squashed(layers)]]
)
def test_what_is_written_anew_of_layers_is_read_as_what_engines_make_of_them(
    tmp_path: Path, name: str, again: Callable[[tuple[Layer, ...]], list[Layer]]
) -> None:
    (image,) = load(write(tmp_path / "it.tar", docker(*CASES[name])))
    save({"it": Image(again(image.layers))}, made := tmp_path / "made.tar", "docker")
    assert recorded(name) == answer(made)


def test_a_directory_that_cannot_be_stated_is_not_saved(tmp_path: Path) -> None:
    """Its name marks a whiteout, so that only what lies in it can make it, and nothing can give it a mode."""
    layer = directory("d", 0o2775) + entry("d/.wh.a/b", b"1")
    (image,) = load(write(tmp_path / "it.tar", docker(layer)))
    with pytest.raises(
        ArchiveError, match=r"'d/\.wh\.a': no tar that engines read holds a directory whose name starts"
    ):
        save({"it": Image([squashed(image.layers)])}, tmp_path / "made.tar")


def test_engines_differ_only_where_a_row_says_so() -> None:
    assert all(engine in case.here for engine, case in FOLLOWED.values())
    assert FOLLOWED.keys() == {name for name, found in ANSWERS.items() if "Podman" in found}
    assert CASES.keys() | PACKED.keys() == ANSWERS.keys()
    assert 100 < sum(found != "refused" for found in ANSWERS.values())
