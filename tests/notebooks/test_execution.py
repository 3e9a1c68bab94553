import asyncio
from pathlib import Path

import pytest
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode, v4

from tools.rebuild import NOTEBOOKS, execute, main, normal_form, rebuild, rebuild_all


def test_a_kernel_that_dies_as_it_starts_is_started_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    died = iter([RuntimeError("died"), RuntimeError("died"), None, DeadKernelError("died"), None])

    async def unlucky(notebook: NotebookNode, folder: Path) -> NotebookNode:
        if error := next(died):
            raise error
        return notebook

    monkeypatch.setattr("tools.rebuild._execute", unlucky)
    asyncio.run(execute(v4.new_notebook(), tmp_path))
    with pytest.raises(DeadKernelError):
        asyncio.run(execute(v4.new_notebook(), tmp_path))


def test_every_lesson_is_committed_as_a_rebuild_writes_it() -> None:
    paths = sorted(NOTEBOOKS.glob("*.ipynb"))
    texts = asyncio.run(rebuild_all(paths))
    assert [] == [path.name for path, text in zip(paths, texts, strict=True) if text != path.read_text("utf-8")]


@pytest.fixture
def notebook(tmp_path: Path) -> Path:
    """A notebook that shows what differs between runs: a widget, a random id, a traceback and two prints."""
    cells = [
        v4.new_markdown_cell("# A title", id="title"),
        v4.new_code_cell("import ipywidgets\nipywidgets.Button(description='Run')", id="widget"),
        v4.new_code_cell("print('one', flush=True)\nprint('two')", id="prints"),
        v4.new_code_cell("1 / 0", id="fails", metadata={"tags": ["raises-exception"]}),
        v4.new_code_cell("", id="empty"),
    ]
    path = tmp_path / "sample.ipynb"
    path.write_text(v4.writes(v4.new_notebook(cells=cells, metadata={"layerlab": {"lesson": "00"}})))
    return path


def test_a_rebuild_is_byte_identical_the_second_time(notebook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 1 == main(["--check", str(notebook)])
    assert "sample.ipynb: `make notebooks` would change it" in capsys.readouterr().err
    assert 0 == main([str(notebook)])
    assert "sample.ipynb: rebuilt\n" == capsys.readouterr().out
    first = notebook.read_bytes()
    assert 0 == main([str(notebook)])
    assert first == notebook.read_bytes()
    assert 0 == main(["--check", str(notebook)])


def test_a_rebuild_keeps_what_an_unopened_notebook_shows_and_drops_what_a_kernel_made(notebook: Path) -> None:
    form = v4.reads(asyncio.run(rebuild(notebook)))
    widget, prints, fails, empty = form.cells[1:]
    assert {"text/plain": "Button(description='Run', style=ButtonStyle())"} == widget.outputs[0].data
    assert ["one\ntwo\n"] == [output.text for output in prints.outputs]
    assert ["ZeroDivisionError: division by zero"] == fails.outputs[0].traceback
    assert [1, 2, 3, None] == [cell.execution_count for cell in (widget, prints, fails, empty)]
    assert ["title", "widget", "prints", "fails", "empty"] == [cell.id for cell in form.cells]
    assert {"name": "python"} == form.metadata.language_info
    assert {"lesson": "00"} == form.metadata.layerlab


def test_a_failing_cell_stops_the_rebuild_and_leaves_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text(v4.writes(v4.new_notebook(cells=[v4.new_code_cell("1 / 0", id="fails")])))
    before = path.read_bytes()
    assert 1 == main([str(path)])
    assert "broken.ipynb: " in capsys.readouterr().err
    assert before == path.read_bytes()


def test_the_normal_form_of_a_normal_form_is_itself(notebook: Path) -> None:
    form = v4.reads(asyncio.run(rebuild(notebook)))
    assert form == normal_form(form)
