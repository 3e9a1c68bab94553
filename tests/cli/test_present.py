"""A lesson for a projector: which cells are shown on which screen, and what is said where it cannot be shown."""

import json
import socket
from pathlib import Path

import pytest

from layerlab.cli import present
from layerlab.cli.lab import lessons
from layerlab.cli.main import main
from layerlab.cli.screens import for_projector, screens


def cell(kind: str, source: str, *, code: bool = False, **facts: str) -> dict[str, object]:
    metadata = {"slideshow": {"slide_type": kind}, "layerlab": facts}
    return {"cell_type": "code" if code else "markdown", "metadata": metadata, "source": source}


LESSON = {
    "cells": [
        cell("slide", "# Why?\n\nYou can say why.\n\nPress the cell below.", role="title"),
        cell("slide", "## Who reads it?\n\nSee [lesson 01](01-what-is-an-image.ipynb).", role="situation"),
        cell("subslide", "q.reveal(1)", code=True, role="round"),
        cell("fragment", "print(2)", code=True, role="show"),
        cell("slide", "## Try it", role="exercise"),
        cell("fragment", "check(...)", code=True, role="check"),
        cell("slide", "## More", part="more", role="more"),
    ]
}


def test_a_slide_and_a_subslide_begin_a_screen_and_a_fragment_does_not() -> None:
    sources = [[each["source"].partition("\n")[0] for each in screen.cells] for screen in screens(LESSON)]
    assert [["# Why?"], ["## Who reads it?"], ["q.reveal(1)", "print(2)"], ["## Try it"]] == sources


def test_a_task_is_shown_with_its_bench_or_with_the_picture_before() -> None:
    picture, task, other = (
        cell("slide", "bench()", code=True),
        cell("slide", "Press it.", role="task"),
        cell("slide", "Why?"),
    )
    own = cell("subslide", "bench('stack')", code=True, role="bench")
    found = for_projector({"cells": [picture, task, other, task, own]})["cells"][1:]
    tags = [["screen-1"], ["screen-1", "later"], ["screen-2"], ["screen-3"], ["screen-3"]]
    assert tags == [each["metadata"]["tags"] for each in found]


def test_a_screen_without_a_heading_has_the_one_before() -> None:
    assert ["Why?", "Who reads it?", "Who reads it?", "Try it"] == [screen.heading for screen in screens(LESSON)]


def test_a_projector_shows_no_link_to_another_lesson_and_asks_nobody_to_press_a_cell() -> None:
    title, situation = (screen.cells[0]["source"] for screen in screens(LESSON)[:2])
    assert "# Why?\n\nYou can say why." == title
    assert "## Who reads it?\n\nSee lesson 01." == situation


def test_the_first_cell_lets_the_class_answer_and_is_not_seen() -> None:
    first, *rest = for_projector(LESSON)["cells"]
    assert ("from layerlab import classroom\n\nclassroom(fresh=True)", ["unseen"]) == (
        first["source"],
        first["metadata"]["tags"],
    )
    tags = [["screen-1"], ["screen-2"], ["screen-3", "story"], ["screen-3"], ["screen-3", "later"], ["screen-4"]]
    assert tags == [each["metadata"]["tags"] for each in rest]


def test_what_happened_before_a_question_stands_on_its_screen_too_without_the_heading() -> None:
    told = [each for each in for_projector(LESSON)["cells"] if "story" in each["metadata"]["tags"]]
    assert ["See lesson 01."] == [each["source"] for each in told]


@pytest.mark.parametrize("path", sorted(lessons().glob("*.ipynb")), ids=lambda path: path.name[:2])
def test_every_screen_of_every_lesson_has_something_to_show(path: Path) -> None:
    def shows(each: dict[str, object]) -> bool:
        return bool(each["source"] if each["cell_type"] == "markdown" else each["outputs"])

    found = screens(json.loads(path.read_text(encoding="utf-8")))
    assert [] == [screen.number for screen in found if not any(map(shows, screen.cells))]
    assert all(screen.heading for screen in found)


def test_a_number_without_a_lesson_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["present", "77"])
    said = capsys.readouterr().err
    assert said.startswith("layerlab: no lesson is called '77': there are 00, 01, 02,")
    assert 1 == said.count("\n")


def test_a_missing_voila_is_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("layerlab.cli.present.importlib.util.find_spec", lambda name: None)
    assert 1 == main(["present", "02"])
    assert "layerlab: Voila is missing: pip install 'layerlab[present]'\n" == capsys.readouterr().err


def test_a_taken_port_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("voila")
    with socket.socket() as other:
        other.bind((present.HERE, 0))
        other.listen()
        port = other.getsockname()[1]
        assert 1 == main(["present", "02", "--port", str(port), "--no-browser"])
    assert f"layerlab: port {port}: it is taken: choose another one with --port\n" == capsys.readouterr().err


def test_a_number_that_no_port_has_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("voila")
    assert 1 == main(["present", "02", "--port", "70000"])
    assert "layerlab: port 70000: ports go up to 65535\n" == capsys.readouterr().err
