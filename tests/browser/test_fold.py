"""The rounds of a lesson in JupyterLab on a small screen: a card is seen whole, from its picture to its buttons."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from layerlab.cli.lab import lessons
from tests.browser.lab import Server, open_and_run_all

SCROLL = "number => window.jupyterapp.shell.currentWidget.content.scrollToItem(number, 'start')"
# JupyterLab's own bars, tabs and toolbar leave this part of the window to a notebook.
ROOM = ".jp-NotebookPanel:not(.lm-mod-hidden) .jp-WindowedPanel-outer"


def core_rounds(path: Path) -> dict[int, str]:
    """The numbers of the cells that ask a question before More, each with the question's name."""
    cells = [cell["metadata"].get("layerlab", {}) for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]]
    return {
        number: cell["question"]
        for number, cell in enumerate(cells)
        if cell.get("role") == "round" and cell.get("part", "core") == "core"
    }


@pytest.mark.parametrize("lesson", ["00", "02", "03"])
def test_the_question_and_its_buttons_are_seen_with_the_picture(page: Page, lab_server: Server, lesson: str) -> None:
    (path,) = lessons().glob(f"{lesson}-*.ipynb")
    rounds = core_rounds(path)
    assert rounds
    open_and_run_all(page, lab_server, path.name)
    room = page.locator(ROOM).bounding_box()
    assert room
    for number, name in rounds.items():
        page.evaluate(SCROLL, number)
        card = page.locator(f'.jp-Cell[data-windowed-list-index="{number}"] .layerlab-card')
        expect(card.get_by_role("button", name="Skip")).to_be_visible()
        box = card.bounding_box()
        assert box
        assert room["height"] > box["height"], name
        card.evaluate("card => card.scrollIntoView({block: 'start'})")
        expect(card.get_by_role("button", name="Skip")).to_be_in_viewport(ratio=1)
        expect(card.locator(".layerlab-picture")).to_be_in_viewport(ratio=0.99)
