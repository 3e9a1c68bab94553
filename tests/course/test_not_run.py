"""A cell that is run before the lesson's first cell says so, in a kernel with the settings that the wheel ships."""

import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "data" / "etc" / "ipython" / "ipython_kernel_config.json"


def printed(source: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The name of the error in a fresh kernel, and what its cell shows."""
    profile = home / "profile_default"
    profile.mkdir()
    shutil.copy(SETTINGS, profile)
    monkeypatch.setenv("IPYTHONDIR", str(home))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    NotebookClient(notebook, allow_errors=True, timeout=120).execute()
    (output,) = notebook.cells[0].outputs
    return output.ename, "\n".join(output.traceback)


def test_a_round_before_the_first_cell_is_answered_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, shown = printed('ten = predict("00.ten-containers")\nten.reveal(0)', tmp_path, monkeypatch)
    assert "NameError" == name
    first = "Run the first code cell of this notebook, then this cell again"
    assert f"{first}: `predict` was not imported since the kernel started." == shown


def test_a_name_of_ones_own_keeps_its_traceback_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _, shown = printed("count = 1\nweb.size_rw", tmp_path, monkeypatch)
    assert "web.size_rw" in shown.replace("\x1b[39m", "").replace("\x1b[49m", "")
    assert "Does a cell above make `web`? Then run that cell first" in shown.splitlines()[-1]
