"""A cell that is run again at once shows the same, because learners run cells again."""

import asyncio
import copy
import os
import random
from pathlib import Path

from nbformat import NotebookNode, v4

from tests.notebooks.guards import code_cells, committed
from tools.rebuild import NOTEBOOKS, execute, output_form

# `make prove` runs every lesson so, `make test` some: others each time.
LESSONS = 99 if os.environ.get("LAYERLAB_LONG") else 4


def unlike_the_second_time(notebook: NotebookNode, folder: Path) -> list[str]:
    """The ids of cells that show something else when they are run again at once."""
    doubled = copy.deepcopy(notebook)
    doubled.cells = []
    for cell in code_cells(notebook):
        again = copy.deepcopy(cell)
        again.id = f"{cell.id}-again"
        doubled.cells += [cell, again]
    cells = asyncio.run(execute(doubled, folder)).cells
    shown = [[output_form(output, 0) for output in cell.outputs] for cell in cells]
    return [cells[i].id for i in range(0, len(cells), 2) if shown[i] != shown[i + 1]]


def test_every_cell_of_a_lesson_shows_the_same_when_it_is_run_twice() -> None:
    lessons = committed()
    for name in random.sample(sorted(lessons), min(LESSONS, len(lessons))):
        assert [] == unlike_the_second_time(lessons[name], NOTEBOOKS), name


def test_a_cell_that_counts_its_runs_is_found(tmp_path: Path) -> None:
    cells = [v4.new_code_cell("n = 0", id="zero"), v4.new_code_cell("n += 1\nn", id="count")]
    assert ["count"] == unlike_the_second_time(v4.new_notebook(cells=cells), tmp_path)
