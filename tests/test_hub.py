"""The learner of the load test: what it presses and what it counts as a failure, on a server without a hub."""

import asyncio
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbformat import NotebookNode

from layerlab import bench
from tests.browser.lab import TOKEN, running
from tools import hub
from tools.rebuild import NOTEBOOKS, read

LESSON = "00-start-here"


def test_what_can_be_pressed_is_pressed_with_what_is_filled_in() -> None:
    xray = bench("xray").widget
    xray.hear({"press": "tab-files", "form": {}})
    page = hub.Controls(xray.markup)
    assert "read" in page.keys
    with pytest.raises(KeyError, match="found"):
        xray.hear({"press": "read", "form": {}})
    xray.hear({"press": "read", "form": page.form})


def test_memory_is_that_of_a_process_that_runs() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    assert child.pid in hub.children(os.getpid())
    shared, resident = hub.proportional(child.pid)
    assert 0 < shared <= resident
    child.communicate(b"\n")
    assert (0, 0) == hub.proportional(child.pid)
    assert [] == hub.children(child.pid)


def visited(folder: Path) -> hub.Learner:
    """Return a learner who took lesson 00 on a server that is started in a folder."""
    learner = hub.Learner("ann")
    root = folder / "home-of-ann"
    root.mkdir()
    shutil.copy(NOTEBOOKS / f"{LESSON}.ipynb", root)
    base = f"/user/{learner.name}"
    with running(
        "jupyter_server", root, folder / "home", f"--ServerApp.base_url={base}", ready=f"{base}/api"
    ) as server:
        visit = hub.Visit(learner, hub.Client(server.url, TOKEN), 10_000, random.Random(1))
        asyncio.run(visit.lesson(LESSON, time.monotonic()))
    return learner


def test_a_learner_runs_a_lesson_over_the_websocket_and_presses_its_buttons(tmp_path: Path) -> None:
    learner = visited(tmp_path)
    assert [] == learner.failures
    assert learner.cells == sum(cell.cell_type == "code" for cell in read(NOTEBOOKS / f"{LESSON}.ipynb").cells)
    assert 0 < learner.first_cell
    assert len(learner.pressed) > learner.cells / 2


def test_other_outputs_and_errors_behind_a_press_are_failures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def changed(path: Path) -> NotebookNode:
        notebook = read(path)
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        # A page that raises an error for each press, and a picture that says something else than the committed one.
        first.source = (
            "from layerlab.picture.living import Living\n"
            "def fails(*_): raise ValueError('no such act')\n"
            """Living(lambda width: '<button data-press="run">Run</button>', fails)"""
        )
        notebook.cells = [first]
        return notebook

    monkeypatch.setattr(hub, "read", changed)
    failures = visited(tmp_path).failures
    assert failures[0].startswith(f"{LESSON}: cell 0: ")
    assert {f"{LESSON}: run: ValueError: no such act"} == set(failures[1:])


def test_the_report_counts_failures_and_names_them() -> None:
    learner = hub.Learner("ann", started=2.0, first_cell=3.0, cells=5, failures=["cell 3 was not run"])
    learner.memory = hub.Memory(200 << 20, [100 << 20])
    lines = hub.report([learner], hub.Watch(os.getpid(), [learner]), [0.5, 1.0])
    assert "1 learners, 5 cells run, 0 presses, 1 failures" == lines[0]
    assert "  ann: cell 3 was not run" == lines[1]
    assert any(line.startswith("a learner, MiB") and line.endswith("most 300") for line in lines)
