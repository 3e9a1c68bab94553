"""The strips of a file: what is orange are the bytes that the model says a container stores for itself."""

from dataclasses import replace

import pytest

from layerlab import DRIVERS, shop
from layerlab.course.bank import question
from layerlab.drivers.file_bytes import FileBytes, file_bytes
from layerlab.picture.file_strips import LEAST, FileStrip, drawn, scene
from layerlab.picture.shapes import STILL, Box, Looks, Room
from layerlab.picture.text import text
from tests.picture.painted import assert_labels_agree, assert_labels_are_apart, cut

PATH = "var/lib/shop/catalog.db"
ROOM = Room(0, 400)


def orange(file: FileBytes) -> list[tuple[float, float]]:
    shapes = drawn(FileStrip("btrfs", file), ROOM, 0)
    return [(shape.x, shape.w) for shape in shapes if isinstance(shape, Box) and shape.fill == "thin"]


def test_copied_bytes_are_orange_where_they_lie_in_the_file() -> None:
    assert [(100, 100), (300, 100)] == orange(FileBytes(40_960, (range(10_240, 20_480), range(30_720, 40_960))))
    assert [(0, 400)] == orange(FileBytes(40_000, (range(40_960),)))


def test_a_few_bytes_are_seen_and_stay_inside() -> None:
    assert [(200, LEAST)] == orange(FileBytes(40_960_000, (range(20_480_000, 20_484_096),)))
    assert [(400 - LEAST, LEAST)] == orange(FileBytes(40_960_000, (range(40_955_904, 40_960_000),)))


def test_a_write_over_two_blocks_is_one_run_and_two_writes_apart_are_two() -> None:
    web = shop().run("shop", name="web")
    web.write_at(PATH, 2048, bytes(4096))
    assert (range(8192),) == getattr(file_bytes(web, PATH, DRIVERS["btrfs"]), "own", None)
    web.write_at(PATH, 10_000_000, b"!")
    found = file_bytes(web, PATH, DRIVERS["btrfs"])
    assert found is not None
    assert (2, 12_288) == (len(found.own), found.stored)


@pytest.mark.parametrize(("driver", "own"), [("overlay2", 20_000_768), ("metacopy", 0), ("btrfs", 0), ("xfs", 0)])
def test_a_new_mode_copies_the_bytes_with_overlay2_alone(driver: str, own: int) -> None:
    web = shop().run("shop", name="web")
    web.chmod(PATH, 0o600)
    found = file_bytes(web, PATH, DRIVERS[driver])
    assert found is not None
    assert (own, False) == (found.stored, found.from_start)


def test_with_vfs_a_file_of_the_image_is_copied_at_the_start_and_a_new_one_is_not() -> None:
    web = shop().run("shop", name="web")
    web.write("new", b"x" * 5000)
    of_image, new = (file_bytes(web, path, DRIVERS["vfs"]) for path in (PATH, "new"))
    assert (True, False) == (of_image and of_image.from_start, new and new.from_start)
    assert None is file_bytes(web, "nothing", DRIVERS["vfs"])


TWO = ["overlay2", "btrfs"]


@pytest.mark.parametrize(("asked", "drivers"), [("09.middle", TWO), ("09.size", TWO), ("09.chmod", [*DRIVERS])])
def test_the_rounds_show_the_file_with_the_drivers_that_the_lesson_knows(asked: str, drivers: list[str]) -> None:
    happening = question(asked).happening
    for looks, width, happened in ((STILL, 880, True), (Looks(600), 600, True), (STILL, 880, False)):
        picture = happening.scene(looks, happened=happened)
        assert [f"strip:{name}" for name in drivers] == [mark.key for mark in picture.marks if mark.kind == "tally"]
        assert_labels_agree(replace(picture, sentence="Said below the picture."))
        assert_labels_are_apart(picture, width, picture.height)
        assert [] == cut(picture)
    strips = {mark.key: mark.labels[1].text for mark in happening.scene(STILL).marks[1:]}
    # Before, the file is the image's with each driver but vfs, and the picture says how large it is.
    assert {"strip:vfs": "copied at the start"} | dict.fromkeys(
        [f"strip:{name}" for name in drivers if name != "vfs"], "shares it with the image"
    ) == {"strip:vfs": "copied at the start"} | strips
    assert "catalog.db (20.0 MB)" in text(happening.scene(STILL))


def test_only_the_round_about_docker_ps_says_its_size() -> None:
    said = [
        any(mark.key == "caption:docker ps -s" for mark in question(asked).happening.scene(STILL, happened=True).marks)
        for asked in ("09.middle", "09.size", "09.chmod")
    ]
    assert [False, True, False] == said


def test_an_empty_or_deleted_file_is_an_empty_strip() -> None:
    picture = scene({"btrfs": None, "xfs": FileBytes(0)}, "data")
    assert [(), ()] == [mark.bar for mark in picture.marks[1:]]
