"""What is special to lesson 04: its texts say what its cells do."""

import re

from nbformat import NotebookNode

from layerlab import WHITEOUT, Layer, explain, shop
from layerlab.course.bank import exercise, question
from layerlab.course.check import check
from tests.notebooks.guards import committed, printed

LESSON = "04-where-did-the-bytes-go.ipynb"


def cell(name: str) -> NotebookNode:
    cells: list[NotebookNode] = list(committed()[LESSON].cells)
    return next(cell for cell in cells if cell.id == name)


def fenced(name: str) -> str:
    """The code that a text shows."""
    found: list[str] = re.findall(r"```(?:python)?\n(.*?)```", cell(name).source, re.DOTALL)
    return found[0]


def test_the_build_file_in_the_text_is_the_history_of_the_image() -> None:
    history = shop("backup").images["backup"].history
    made = [line.rpartition("#")[::2] for line in fenced("secret").splitlines()]
    assert [step.created_by for step in history] == [line.rstrip() for line, _ in made]
    assert ["layer 0", "layer 1", "metadata", "layer 2"] == [layer.strip() for _, layer in made]
    assert [2] == [place for place, step in enumerate(history) if step.empty_layer]


def test_the_dead_bytes_of_the_deleted_password_are_as_many_as_the_text_says() -> None:
    (row,) = explain(shop("backup").images["backup"]).dead
    assert f"the {row.bytes} bytes of the file" in cell("read").source


def test_the_deleted_password_is_read_and_nothing_else_is_printed() -> None:
    assert r"b'DB_PASSWORD=open-sesame\n'" == printed(cell("read-archive")).strip()


def test_the_password_stands_in_no_file_that_a_container_shows() -> None:
    view = shop("backup").images["backup"].view()
    assert [] == [path for path, entry in view.items() if entry.kind == "file" and b"open-sesame" in entry.read()]


def test_the_steps_of_the_package_are_those_that_one_can_point_at() -> None:
    named = [f"the step of layer {number}" for number in re.findall(r"Layer (\d)", cell("package").source)]
    assert list(question("04.blame").items[1:]) == named


def test_the_lines_that_the_exercise_shows_leave_dead_bytes() -> None:
    def as_shown(base: object, php: object, package: object) -> object:
        names = {"base": base, "php": php, "package": package, "Layer": Layer, "WHITEOUT": WHITEOUT}
        exec(fenced("light"), names)
        return names["image"]

    found = check("04.no-dead-bytes", as_shown)
    assert exercise("04.no-dead-bytes").mistakes[0].says in found.says
    assert not found.done
