"""A round about a build draws its lines, and what builds did with each of them after the answer alone."""

import pytest

from layerlab.course.bank import question
from layerlab.course.built_again import BuiltAgain
from layerlab.picture.shapes import STILL, Looks, Scene
from tests.picture.painted import assert_labels_agree, assert_labels_are_apart

ROUNDS = ["06.touch", "06.order", "06.apt", "06.comment"]


def rows(scene: Scene) -> list[list[str]]:
    return [[label.text for label in mark.labels] for mark in scene.marks if mark.kind == "slab"]


@pytest.mark.parametrize("name", ROUNDS)
def test_no_result_is_drawn_before_the_answer(name: str) -> None:
    scene = question(name).happening.scene(STILL)
    assert {1} == {len(row) for row in rows(scene)}
    assert not any(mark.press for mark in scene.marks)


def test_after_the_answer_each_line_says_what_both_builds_did() -> None:
    scene = question("06.touch").happening.scene(STILL, happened=True)
    assert ["2 COPY packages.txt /srv/", "reused", "reused"] == rows(scene)[1]
    assert ["4 COPY site/ /var/www/", "reused", "runs", "content of site/index.html"] == rows(scene)[3]
    assert "after touch: 0 ran; after one byte more: 2 ran" == scene.balance


def test_the_line_that_had_to_be_added_is_drawn_where_it_belongs() -> None:
    before, after = (question("06.order").happening.scene(STILL, happened=each) for each in (False, True))
    line = "4 COPY site/ /var/www/"
    assert line not in [row[0] for row in rows(before)]
    assert [line, "runs", "content of site/index.html"] == rows(after)[3]


@pytest.mark.parametrize("width", [880, 520, 280])
@pytest.mark.parametrize("seed", [None, 1, 7])
@pytest.mark.parametrize("name", ROUNDS)
def test_its_labels_are_apart_and_its_text_says_the_same(name: str, seed: int | None, width: int) -> None:
    happening = question(name, seed).happening
    assert isinstance(happening, BuiltAgain)
    for happened in (False, True):
        scene = happening.scene(Looks(width, live=True, low=width > 640), happened=happened)
        assert_labels_are_apart(scene, scene.width, scene.height)
        assert_labels_agree(scene)
