"""Each lesson has the shape of a lesson, and each rule finds a fault that is planted."""

import copy
import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from nbformat import NotebookNode

from tests.notebooks.guards import code_cells, committed
from tests.notebooks.lessons import OPENING, ROOT, RULES, facts, lessons, of_role, own_words, role

README = ROOT / "README.md"
CASES = [(name, rule) for name in lessons() for rule in RULES if not (name.startswith("00-") and rule in OPENING)]


@pytest.mark.parametrize(("name", "rule"), CASES)
def test_a_lesson_keeps_the_rule(name: str, rule: str) -> None:
    assert [] == list(RULES[rule](lessons()[name]))


def test_no_word_is_introduced_twice() -> None:
    found = [word.lower() for notebook in lessons().values() for word in own_words(notebook)]
    assert sorted(set(found)) == sorted(found)


def test_every_lesson_has_a_recall_rounds_and_something_to_do_in_its_core_and_an_exercise() -> None:
    for name, notebook in list(lessons().items())[1:]:
        of_core = [cell for cell in notebook.cells if facts(cell).get("part", "core") == "core"]
        asked = [cell for cell in of_core if role(cell) == "round"]
        recalls = sum(bool(facts(cell).get("recall")) for cell in asked)
        assert 1 <= recalls <= 2, name
        assert 3 <= len(asked) - recalls <= 4, name
        assert 1 == sum(role(cell) in ("bench", "check") for cell in of_core), name
        for wanted in ("points", "words"):
            assert 1 == sum(role(cell) == wanted for cell in of_core), f"{name}: {wanted}"
        for wanted in ("bench", "check"):
            assert any(role(cell) == wanted for cell in notebook.cells), f"{name}: {wanted}"


def test_every_lesson_ends_its_core_with_a_link_to_the_next() -> None:
    found = list(lessons().items())
    for (name, notebook), (following, after) in pairwise(found):
        (end,) = of_role(notebook, "puzzle" if name.startswith("00-") else "more")
        title = after.cells[0].source.splitlines()[0].removeprefix("# ")
        assert f"Next: [{title}]({following})" == end.source.splitlines()[-1], name


def test_the_map_in_the_readme_has_every_notebook_with_its_title_and_minutes() -> None:
    rows = re.findall(
        r"^\| \[.+?\]\(notebooks/(.+?)\) \| (.+?) \| ([\d to]+) \|$", README.read_text("utf-8"), re.MULTILINE
    )
    found = {name: (title, minutes) for name, title, minutes in rows}
    assert found.keys() == committed().keys()
    for name, notebook in committed().items():
        stated = facts(notebook.cells[0]).get("minutes") or notebook.metadata.layerlab.minutes
        assert (notebook.cells[0].source.splitlines()[0].removeprefix("# "), str(stated)) == found[name]


def shown(source: str, names: dict[str, Any]) -> None:
    """Run a cell's lines as a kernel does."""
    exec(source, names)


def test_a_latecomer_can_go_from_the_set_up_cell_to_any_cell() -> None:
    for name, notebook in lessons().items():
        (setup,) = of_role(notebook, "setup")
        cells = code_cells(notebook)
        for cell in cells:
            if "raises-exception" in cell.metadata.get("tags", []) or cell is setup:
                continue
            names: dict[str, Any] = {}
            shown(setup.source, names)
            try:
                shown(cell.source, names)
            except NameError as error:
                pytest.fail(f"{name}, {cell.id}: {error}")


def planted(change: Callable[[NotebookNode], None]) -> list[str]:
    """The rules that a lesson breaks after a change."""
    notebook = copy.deepcopy(next(nb for name, nb in lessons().items() if name.startswith("02-")))
    change(notebook)
    return [rule for rule, find in RULES.items() if list(find(notebook))]


def cell(notebook: NotebookNode, wanted: str) -> NotebookNode:
    return of_role(notebook, wanted)[0]


def say(wanted: str, text: str) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        cell(notebook, wanted).source += f"\n{text}"

    return change


def drop(wanted: str) -> Callable[[NotebookNode], None]:
    return lambda notebook: notebook.cells.remove(cell(notebook, wanted))


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("kinds of cells", drop("setup")),
        ("silent cells", lambda notebook: cell(notebook, "bench").update(outputs=[])),
        ("more comes last", lambda notebook: cell(notebook, "more").metadata.pop("jp-MarkdownHeadingCollapsed")),
        ("more comes last", lambda notebook: notebook.cells[-1].metadata.layerlab.update(part="core")),
        ("objectives and points", say("title", "- The thin layer")),
        ("objectives and points", drop("points")),
        ("objectives and points", lambda notebook: cell(notebook, "points").update(source="- A.\n- B.\n- C.\n- D.")),
        ("rounds", lambda notebook: cell(notebook, "round").metadata.layerlab.pop("recall")),
        ("rounds", lambda notebook: cell(notebook, "round").metadata.layerlab.update(seed=77)),
        ("rounds", lambda notebook: cell(notebook, "round").update(source='q = predict("01.delete", seed=2)')),
        ("reasons", lambda notebook: notebook.cells.__delitem__(slice(2, 30))),
        ("notes for a class", lambda notebook: [c.metadata.layerlab.pop("notes", "") for c in notebook.cells]),
        ("headings", say("situation", "## The truth about bytes")),
        ("counts", lambda notebook: notebook.cells.__delitem__(slice(2, 14))),
        ("counts", say("words", "- **one**: a.\n- **two**: a.\n- **three**: a.\n- **four**: a.\n- **five**: a.")),
        ("counts", say("bench", 'bench("stack", verbs=["a", "b", "c", "d", "e", "f", "g", "h"])')),
        ("minutes", lambda notebook: cell(notebook, "title").metadata.layerlab.update(minutes="30 to 40")),
        ("minutes", say("title", "word " * 500)),
        ("minutes", lambda notebook: notebook.cells.extend(4 * [cell(notebook, "bench")])),
        ("one word for one thing", say("situation", "The writable layer grows.")),
        ("one word for one thing", lambda notebook: cell(notebook, "round").outputs[0].data.update(text="upperdir")),
        ("words before use", say("words", "- **situation**: a.\n- **container**: a thing that stands above.")),
        ("typed numbers", say("situation", "It takes 12.5 MB.")),
        ("links", say("situation", "[there](nowhere.ipynb)")),
    ],
)
def test_a_planted_fault_is_found(rule: str, change: Callable[[NotebookNode], None]) -> None:
    assert rule in planted(change)
