"""The build bench: what its builds reuse is what the model's builds reuse, and its page says so."""

from pathlib import Path
from typing import Any

import pytest

from layerlab import bench, build, shop
from layerlab.benches.build_bench import LINES, BuildBench
from layerlab.picture.shapes import Looks
from tests.benches.paged import controls, fill, filled, press, texts
from tests.picture.painted import assert_labels_agree, assert_labels_are_apart

TWIN = Path(__file__).parent / "twins" / "build-bench.txt"
PAGE = "site/index.html"


def after(*acts: tuple[Any, ...]) -> BuildBench:
    table: BuildBench = bench("build")
    for verb, *given in acts:
        getattr(table, verb)(*given)
    return table


BUILD, CHANGE, BETTER = ("build",), ("change", PAGE), ("move", 2, 4)


def states(table: BuildBench) -> list[str]:
    return [row.state for _, row in table.now.tries[-1].rows]


def test_the_task_a_changed_page_builds_in_two_seconds_instead_of_ninety() -> None:
    assert [90, 90] == [each.seconds for each in after(BUILD, CHANGE, BUILD).now.tries]
    table = after(BUILD, BETTER, BUILD, CHANGE, BUILD)
    assert 2 == table.now.tries[-1].seconds
    assert ["from", "hit", "hit", "run", "run", "no-step"] == states(table)
    assert "build 2: 90 s, 30.0 MB of new layers; build 3: 2 s, 65 B of new layers" == table.scene.balance


@pytest.mark.parametrize(
    ("act", "expected", "why"),
    [
        (("touch", PAGE), ["from", "hit", "hit", "hit", "hit", "no-step"], ""),
        (("chmod", PAGE), ["from", "run", "run", "run", "run", "no-step"], "mode of site/index.html"),
        (("change", "packages.txt"), ["from", "hit", "run", "run", "run", "no-step"], "content of packages.txt"),
    ],
)
def test_each_line_is_lit_as_reused_or_run_with_the_part_of_its_key_that_is_new(
    act: tuple[str, str], expected: list[str], why: str
) -> None:
    table = after(BUILD, act, BUILD)
    assert expected == states(table)
    assert why == next((row.why for _, row in table.now.tries[-1].rows if row.state == "run"), "")


def test_a_build_after_a_step_back_does_not_know_what_was_undone() -> None:
    table = after(BUILD)
    table.undo()
    table.build()
    assert ["from", "run", "run", "run", "run", "no-step"] == states(table)


def test_its_builds_are_those_of_the_model() -> None:
    files, host = dict(after().now.files), shop("coreos/apache")
    with pytest.raises(ValueError, match="RUN cannot do 'install' here"):
        build("\n".join(LINES), files, host=host)


def test_the_first_build_says_of_each_line_that_it_was_never_built() -> None:
    assert ["", *["never built before"] * 4, ""] == [row.why for _, row in after(BUILD).now.tries[-1].rows]


def test_a_build_that_reuses_the_long_step_says_so_and_why() -> None:
    why = "Only 2 s: RUN install was reused, because no line above it ran."
    assert after(BUILD, BETTER, BUILD, CHANGE, BUILD).scene.sentence.endswith(why)
    for acts in ((BUILD,), (BUILD, CHANGE, BUILD), (BUILD, BUILD), (BETTER, BUILD, ("change", "packages.txt"), BUILD)):
        assert why not in after(*acts).scene.sentence


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (("move", 1, 2), "Refused: line 1 is FROM and stays"),
        (("move", 2, 7), "Refused: line 1 is FROM and stays"),
        (("move", 5, 2), "Refused: RUN ls needs /var/www and /srv"),
        (("move", 4, 2), "Refused: RUN install reads packages.txt"),
        (("touch", "site/no"), "Refused: no file is called site/no"),
    ],
)
def test_what_cannot_be_is_refused(act: tuple[Any, ...], said: str) -> None:
    table = after(act)
    assert table.scene.sentence.startswith(said)
    assert not table.acts


@pytest.mark.parametrize(("key", "said"), [("back", "this is the start"), ("forward", "no step was taken back")])
def test_a_step_that_is_not_there_is_refused(key: str, said: str) -> None:
    table = BuildBench()
    press(table, key)
    assert table.scene.sentence.startswith(f"Refused: {said}")
    press(table, "build")
    press(table, "back")
    assert table.scene.sentence.startswith("Nothing was built yet.")


def test_the_page_moves_the_line_and_changes_the_file_that_were_pressed() -> None:
    table = after()
    press(table, "line:1")
    press(table, "down")
    press(table, "down")
    assert ("COPY packages.txt /srv/", "RUN install", "COPY site/ /var/www/") == table.now.lines[1:4]
    assert "4" == filled(table)["line"]
    press(table, "file:site/prices.html")
    press(table, "touch")
    assert "site/prices.html has a new time and the same bytes." == table.scene.sentence
    fill(table, "file", "packages.txt")
    press(table, "change")
    press(table, "chmod")
    press(table, "build")
    assert "Build 1 took 90 s: 4 steps ran, 0 were reused." == table.scene.sentence
    assert "runs, 87 s, 30.0 MB" in texts(table)
    fill(table, "line", "2")
    press(table, "up")
    assert table.refusing
    assert "2" == filled(table)["line"]
    press(table, "back")
    press(table, "start-over")
    assert LINES == table.now.lines


def test_a_move_alone_is_told_as_other_lines_above_and_not_as_new_words() -> None:
    whys = {line: row.why for line, row in after(BUILD, BETTER, BUILD).now.tries[-1].rows}
    assert "other lines above it" == whys["COPY packages.txt /srv/"]
    assert "line 2 above it ran again" == whys["RUN install"]


def test_what_stands_on_a_page_without_a_kernel_is_a_bench_after_some_acts() -> None:
    table = after()
    still = table._repr_mimebundle_()
    assert "BUILD 2" in still["text/html"]
    assert "Build 2 took 90 s" in still["text/html"]
    assert "NOT BUILT YET" in still["text/plain"]
    assert not table.acts
    moved = after(BETTER)._repr_mimebundle_()
    assert "BUILD 2" not in moved["text/html"]


def test_its_controls() -> None:
    named = ["Line", "Move up", "Move down", "File", "Touch", "Change 1 byte", "Change mode", "Build"]
    assert [*named, "Step back", "Step forward", "Start over"] == controls(after())


@pytest.mark.parametrize("width", [880, 520, 280])
@pytest.mark.parametrize(
    "acts", [(), (BUILD,), (BUILD, BETTER, BUILD, CHANGE, ("touch", "packages.txt"), BUILD, CHANGE)]
)
def test_labels_do_not_touch_at_any_width(acts: tuple[tuple[Any, ...], ...], width: int) -> None:
    picture = after(*acts).drawn(Looks(width, live=True))
    assert_labels_are_apart(picture, picture.width, picture.height)


@pytest.mark.parametrize("width", [811, 640, 400, 272])
def test_on_a_narrow_page_no_state_and_no_reason_is_cut(width: int) -> None:
    for acts in ((BUILD,), (BUILD, BETTER, BUILD), (BUILD, CHANGE, BUILD)):
        picture = after(*acts).drawn(Looks(width, live=True))
        lines = [label for mark in picture.marks if mark.kind == "slab" for label in mark.labels if not label.mono]
        assert lines
        assert [] == [label.text for label in lines if label.shown != label.text]


def test_the_text_twin_says_what_the_picture_says() -> None:
    table = after(BUILD, BETTER, BUILD, CHANGE, BUILD)
    assert_labels_agree(table.scene)
    assert TWIN.read_text() == f"{table}\n"
