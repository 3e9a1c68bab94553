"""The path finder's state, tested without a browser, and that its view only follows it."""

import shlex
from typing import Any

import pytest

from layerlab import Layer, Symlink, scratch
from layerlab.benches.path_finder import PathFinder, ready
from tests.benches.paged import controls, fill, filled, press, texts


def words(finder: PathFinder) -> tuple[str, str]:
    return finder.scene.sentence, finder.scene.balance


def test_the_ready_paths_end_in_every_way_that_there_is() -> None:
    finder = PathFinder()
    ends = set()
    for path in finder.paths:
        finder.choose(path)
        ends |= {glance.verdict for trace in finder.now.traces for glance in trace.asked}
    assert {"answers", "merges", "nothing", "whiteout", "opaque", "not a directory"} == ends


def test_a_step_asks_one_layer_and_back_takes_it_back() -> None:
    finder = PathFinder()
    finder.choose("var/lib/shop/catalog.db")
    start = finder.now
    assert "The look-up of /var/lib/shop/catalog.db starts at the top: the thin layer of web is asked first." == (
        finder.scene.sentence
    )
    finder.step()
    assert (
        "The thin layer of web has nothing at this path: the next layer is asked.",
        "asked 1 of 7 layers",
    ) == words(finder)
    finder.undo()
    assert start == finder.now
    finder.redo()
    assert 1 == finder.now.seen


def test_at_the_end_nothing_is_left_to_ask() -> None:
    finder = PathFinder()
    finder.choose("var/lib/shop/catalog.db")
    finder.to_end()
    end = finder.now
    assert finder.ended
    finder.step()
    assert end == finder.now
    assert ("The whiteout in layer 5 ends the look-up: No such file or directory.", "asked 2 of 7 layers") == words(
        finder
    )


def test_a_symlink_starts_the_fall_again_at_the_top() -> None:
    finder = PathFinder()
    finder.choose("bin/sh")
    for _ in range(5):
        finder.step()
    assert "Layer 2 has a symbolic link here, so the look-up continues at /bin/dash." == finder.scene.sentence
    assert not finder.ended
    finder.step()
    assert "asked 1 of 7 layers" == finder.scene.balance
    finder.to_end()
    assert "Look-up of /bin/dash: asked 5 of 7 layers" == finder.scene.title


def test_a_loop_of_symlinks_is_refused_and_the_picture_stays() -> None:
    image = scratch.with_layer(Layer.of({"a": Symlink("b"), "b": Symlink("a"), "c": b"1"}))
    finder = PathFinder(image)
    finder.choose("c")
    before = finder.scene
    finder.choose("a")
    assert "Refused: /a, Too many levels of symbolic links." == finder.scene.sentence
    assert before.marks == finder.scene.marks
    finder.step()
    assert "Layer 0 has this name: no layer below is asked." == finder.scene.sentence


def test_an_image_whose_every_path_loops_still_opens() -> None:
    finder = PathFinder(scratch.with_layer(Layer.of({"a": Symlink("a")})))
    assert ("no-such-file",) == finder.paths


def test_an_image_without_layers_has_one_path_that_is_missing() -> None:
    finder = PathFinder(scratch)
    assert ("no-such-file",) == finder.paths
    assert finder.ended


def test_start_over_leads_to_the_first_path() -> None:
    finder = PathFinder()
    start = finder.now
    finder.choose("var")
    finder.to_end()
    finder.start_over()
    assert start == finder.now


def test_a_path_that_is_given_twice_over_is_ready_once() -> None:
    paths = list(ready(PathFinder().target))
    assert sorted(set(paths)) == sorted(paths)


def test_the_transcript_leads_to_the_same_look_up() -> None:
    finder = PathFinder()
    finder.choose("bin/sh")
    finder.to_end()
    assert ['finder.choose("bin/sh")', "finder.to_end()"] == [line.python for line in finder.transcript[1:]]
    assert "docker exec web stat -L /bin/sh" == finder.transcript[1].docker
    pasted: dict[str, Any] = {}
    exec(finder.python, pasted)
    assert finder.now.traces == pasted["finder"].now.traces
    assert str(finder) == str(pasted["finder"])


def test_what_is_stored_is_the_whole_text_and_a_picture() -> None:
    finder = PathFinder()
    bundle = finder._repr_mimebundle_()
    assert str(finder) == bundle["text/plain"]
    assert bundle["text/html"].startswith("<img alt=")
    assert finder.scene.sentence in bundle["text/html"]


def test_the_view_acts_on_the_state_and_follows_it() -> None:
    finder = PathFinder()
    press(finder, "step")
    assert 1 == finder.now.seen
    fill(finder, "path", "bin/sh")
    assert ("bin/sh", 0) == (finder.now.path, finder.now.seen)
    press(finder, "to-end")
    press(finder, "back")
    assert 0 == finder.now.seen
    press(finder, "forward")
    assert "Look-up of /bin/dash: asked 5 of 7 layers" in texts(finder)
    finder.choose("var")
    assert "var" == filled(finder)["path"]
    assert 'role="status"' in finder.status
    assert finder.scene.balance in texts(finder)
    press(finder, "start-over")
    assert finder.paths[0] == filled(finder)["path"]


def test_a_press_on_a_layer_asks_down_to_it() -> None:
    finder = PathFinder()
    press(finder, "ask:3")
    assert (1, True) == (finder.now.seen, finder.ended)
    finder.choose("no-such-file")
    press(finder, "ask:3")
    assert [6, 5, 4, 3] == [glance.layer for glance in finder.here[0].asked[: finder.now.seen]]


@pytest.mark.parametrize("most", [7])
def test_there_are_few_controls(most: int) -> None:
    assert len(controls(PathFinder())) <= most


def test_the_docker_form_is_one_word_for_a_path_however_the_path_is_written() -> None:
    path = "srv/it's $(reboot)"
    finder = PathFinder(scratch.with_layer(Layer.of({path: b"1"})))
    finder.choose(path)
    assert f"/{path}" == shlex.split(finder.transcript[-1].docker)[-1]


def test_the_transcript_looks_in_what_was_given() -> None:
    image = scratch.with_layer(Layer.of({"a": b"1"}))
    finder = PathFinder(image)
    finder.to_end()
    names: dict[str, Any] = {"target": image}
    exec(finder.python, names)
    assert str(finder) == str(names["finder"])
    assert "docker run --rm image stat -L /a" == finder.transcript[-1].docker
