"""The strips of inodes: as many pages as the model counts, and each inode with its readers."""

from dataclasses import replace

import pytest

from layerlab.course.answer import Count
from layerlab.course.bank import question
from layerlab.picture.shapes import STILL, Looks
from tests.picture.painted import assert_labels_agree, assert_labels_are_apart, cut


@pytest.mark.parametrize("happened", [False, True])
@pytest.mark.parametrize("seed", [None, 3])
def test_the_round_about_memory_shows_the_pages_that_it_asks_for(seed: int | None, happened: bool) -> None:
    asked = question("09.pages", seed)
    pages = getattr(asked.happening, "inodes")(happened=happened)  # noqa: B009  each question has another happening
    total = Count(sum(each.pages for each in pages), "page")
    assert happened == (total == asked.truth)
    assert [("web", "job")] if not happened else [("job",), ("web",)] == [each.readers for each in pages]
    assert (["", "web"] if happened else [""]) == [each.own for each in pages]


def test_it_has_room_for_its_words() -> None:
    for looks, width in ((STILL, 880), (Looks(600), 600)):
        picture = question("09.pages").happening.scene(looks, happened=True)
        assert_labels_agree(replace(picture, sentence="Said below the picture."))
        assert_labels_are_apart(picture, width, picture.height)
        assert [] == cut(picture)
