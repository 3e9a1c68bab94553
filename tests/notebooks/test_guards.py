import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import pytest
from nbformat import NotebookNode, v4

from tests.notebooks.guards import GUARDS, committed, words
from tools.rebuild import WIDGET_VIEW

ROOT = Path(__file__).resolve().parents[2]


def code(source: str = "1", count: int | None = 1, tags: Iterable[str] = (), outputs: Any = ()) -> NotebookNode:
    metadata = {"tags": list(tags)}
    return cast(NotebookNode, v4.new_code_cell(source, execution_count=count, metadata=metadata, outputs=list(outputs)))


def shows(mime: str, value: str) -> NotebookNode:
    return code(outputs=[v4.new_output("display_data", data={mime: value})])


def plain(text: str) -> NotebookNode:
    return shows("text/plain", text)


def picture(svg: str) -> NotebookNode:
    return shows("text/html", f'<img src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">')


def prints(stream: str, text: str) -> NotebookNode:
    return code(outputs=[v4.new_output("stream", name=stream, text=text)])


FAULTS = [
    ("unexecuted", code(count=None)),
    ("unexecuted", code(count=2)),
    ("exempt from checks", code("# NBVAL_IGNORE_OUTPUT\n1")),
    ("exempt from checks", code("1  #NBVAL_SKIP")),
    ("exempt from checks", code(tags=("nbval-skip",))),
    ("widget state", shows(WIDGET_VIEW, "{}")),
    ("standard error", prints("stderr", "DeprecationWarning: x")),
    ("memory addresses", plain("<Bench object at 0x7f3a2c0d9e10>")),
    ("memory addresses", picture("<svg><text>0x7f3a2c0d9e10</text></svg>")),
    ("dates and times", plain("made 2026-11-23")),
    ("dates and times", plain("at 9:05:01")),
    ("dates and times", plain("Mon Nov 23")),
    ("dates and times", plain("Wall time: 2 ms")),
    ("machine paths", plain("/home/ada/layerlab/notebooks")),
    ("machine paths", prints("stdout", "File '/tmp/ipykernel_12/3.py'")),
    ("machine paths", plain("lib/python3.11/site-packages/layerlab")),
    ("long code", code("\n".join("x = 1" for _ in range(14)))),
    ("long text", v4.new_markdown_cell("word " * 81)),
]


@pytest.mark.parametrize("guard", GUARDS)
def test_no_committed_notebook_has_the_fault(guard: str) -> None:
    for name, notebook in committed().items():
        assert [] == list(GUARDS[guard](notebook)), name


@pytest.mark.parametrize(("guard", "cell"), FAULTS)
def test_a_guard_finds_the_fault_planted_for_it_and_no_other_guard_does(guard: str, cell: NotebookNode) -> None:
    notebook = v4.new_notebook(cells=[cell])
    assert [guard] == [name for name, finds in GUARDS.items() if list(finds(notebook))]


def test_widget_state_in_the_metadata_is_a_fault() -> None:
    notebook = v4.new_notebook(metadata={"widgets": {}})
    assert ["the notebook's metadata hold widget state"] == list(GUARDS["widget state"](notebook))


def test_what_lessons_print_is_no_fault() -> None:
    cells = [
        v4.new_markdown_cell("word " * 60),
        code("\n".join("x = 1" for _ in range(12)), tags=("raises-exception",)),
        code("web.diff()", 2, outputs=plain("C /var/lib\nA /tmp\n20.0 MB").outputs),
        code("", None),
        code("image.id", 3, outputs=plain("sha256:170b376f64fb 0x1ff").outputs),
    ]
    notebook = v4.new_notebook(cells=cells)
    assert [] == [fault for finds in GUARDS.values() for fault in finds(notebook)]


def test_words_are_those_a_reader_sees() -> None:
    assert 3 == words('# A *bold* [link](https://example.org/a b) <img alt="no word of it" src="x y">')


def test_nothing_rewrites_outputs_before_they_are_compared() -> None:
    assert [] == [path for folder in ("notebooks", "tests") for path in (ROOT / folder).rglob("*sanitize*")]
    commands = (ROOT / "Makefile").read_text() + (ROOT / "pyproject.toml").read_text()
    assert [] == [option for option in ("--nbval-sanitize-with", "--nbval-lax") if option in commands]
