import ast
import json
import subprocess
import sys

from nbformat import NotebookNode

from layerlab import shop
from layerlab.benches.example import PAGE_SIZE, SITE
from layerlab.course.lessons.l02 import LINK_SIZE
from tests.notebooks.guards import code_cells, committed
from tests.notebooks.lessons import ROOT

LESSON = "02-what-does-a-container-add.ipynb"

# A page without a kernel of its own machine has no threads, no processes and no matplotlib.
IN_A_BROWSER = """
import _thread, ast, contextlib, io, json, subprocess, sys

def refused(*_, **__):
    raise RuntimeError("there are no threads and no processes here")

import ipywidgets  # what comes with the page is there before
_thread.start_new_thread = subprocess.Popen = refused
import threading
threading.Thread.start = refused
sys.modules["matplotlib"] = None
for name, source, raises in json.load(sys.stdin):
    names = globals().setdefault("names", {})
    tree = ast.parse(source)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    try:
        with contextlib.redirect_stdout(printed):
            exec(compile(tree, name, "exec"), names)
            shown = eval(compile(ast.Expression(last.value), name, "eval"), names)
    except ValueError:
        assert raises, name
        continue
    assert not raises, name
    assert printed.getvalue() or shown._repr_mimebundle_()["text/plain"], name
print("all")
"""


def cells() -> list[NotebookNode]:
    return list(committed()[LESSON].cells)


def cell(name: str) -> NotebookNode:
    return next(cell for cell in cells() if cell.id == name)


def test_every_cell_works_where_a_browser_is_all_there_is() -> None:
    sources = [
        (cell.id, cell.source, "raises-exception" in cell.metadata.get("tags", []))
        for cell in code_cells(committed()[LESSON])
    ]
    command = [sys.executable, "-c", IN_A_BROWSER]
    run = subprocess.run(command, input=json.dumps(sources), cwd=ROOT, capture_output=True, text=True, check=False)
    assert ("all\n", "") == (run.stdout, run.stderr)


def test_the_numbers_that_texts_state_are_those_of_the_example() -> None:
    names = shop().run("shop").listdir(SITE)
    pictures = [name for name in names if name.startswith("picture-")]
    assert f"{len(names):,} files" in cell("rmtree").source
    assert f"The {len(pictures)} pictures" in cell("alone").source
    assert f"one file of {LINK_SIZE:,} bytes" in cell("hard-link").source
    assert f"contains {PAGE_SIZE + 1:,} bytes" in cell("dear").source
    assert f"one file of {LINK_SIZE:,} bytes" in cell("relink").source
    assert f"only once: {LINK_SIZE + 1:,} bytes" in cell("relink").source


def test_what_is_written_outside_the_thin_layer_is_counted_beside_it_and_goes_when_the_text_says() -> None:
    running, stopped, removed = cell("outside-show").outputs[0].text.splitlines()
    assert "thin layer 0 B; outside: {'volumes': 1000000, 'logs': 1000000, 'tmpfs': 1000000}" == running
    assert "after stop and start: {'volumes': 1000000, 'logs': 1000000}" == stopped
    assert "after remove: {'volumes': 1000000}" == removed


def test_the_slides_that_it_shows_are_named() -> None:
    text = " ".join(cell.source for cell in cells() if cell.cell_type == "markdown")
    assert "slide 5" in text
    assert "one process per container, usually (slide 7" in text


def test_the_bench_offers_the_six_acts_of_the_lesson_and_a_way_to_start_over() -> None:
    (call,) = [node for node in ast.walk(ast.parse(cell("bench").source)) if isinstance(node, ast.Call)]
    options = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert {"verbs": ["run", "append", "delete", "stop", "start", "remove"], "steps": False} == options
