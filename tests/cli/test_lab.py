"""The lessons of one's own: copied, listed, and opened in JupyterLab."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from layerlab.cli import lab
from layerlab.cli.main import main

ROOT = Path(__file__).parents[2]


def test_a_learners_copy_is_added_to_and_never_overwritten(tmp_path: Path) -> None:
    source, target = tmp_path / "notebooks", tmp_path / "mine"
    (source / "pictures").mkdir(parents=True)
    (source / "00.ipynb").write_text("lesson 0")
    (source / "pictures" / "a.png").write_bytes(b"a")
    (source / ".ipynb_checkpoints").mkdir()
    (source / ".ipynb_checkpoints" / "00.ipynb").write_text("older")
    assert [target / "00.ipynb", target / "pictures" / "a.png"] == lab.copy_new(source, target)
    (target / "00.ipynb").write_text("my notes")
    (source / "00.ipynb").write_text("lesson 0, corrected")
    (source / "01.ipynb").write_text("lesson 1")
    assert [target / "01.ipynb"] == lab.copy_new(source, target)
    assert "my notes" == (target / "00.ipynb").read_text()
    assert ["00.ipynb", "01.ipynb", "pictures"] == sorted(os.listdir(target))


def test_the_lab_opens_on_the_first_lesson_and_passes_options_on(tmp_path: Path) -> None:
    (tmp_path / lab.FIRST).write_text("lesson 0")
    opened = lab.command(tmp_path, ["--no-browser"])
    start = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={tmp_path}"]
    assert [*start, f"--LabApp.default_url=/lab/tree/{lab.FIRST}"] == opened[:5]
    assert "--no-browser" == opened[-1]


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="no root on this system")
@pytest.mark.parametrize(("uid", "allowed"), [(0, True), (1000, False)])
def test_the_lab_may_run_as_root_only_when_root_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uid: int, allowed: bool
) -> None:
    monkeypatch.setattr(os, "getuid", lambda: uid)
    assert allowed is ("--allow-root" in lab.command(tmp_path, []))


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[list[str]]:
    """Return a list of the programs that were started instead of JupyterLab, in a home of its own."""
    programs: list[list[str]] = []

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        programs.append(command)
        return subprocess.CompletedProcess(command, 3)

    monkeypatch.setattr("layerlab.cli.lab.subprocess.run", run)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    return programs


def test_without_options_the_copy_is_in_the_learners_home(
    started: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 3 == main(["lab"])  # what JupyterLab returned
    copy = tmp_path / "layerlab-lessons"
    (program,) = started
    assert f"--ServerApp.root_dir={copy}" in program
    assert f"--LabApp.default_url=/lab/tree/{lab.FIRST}" in program
    here = sorted(path.name for path in (ROOT / "notebooks").glob("*.ipynb"))
    assert here == sorted(path.name for path in copy.iterdir())
    assert f"The lessons are in {copy} ({len(here)} new).\n" == capsys.readouterr().out
    main(["lab"])
    assert "(0 new)" in capsys.readouterr().out


def test_options_after_two_dashes_go_to_jupyterlab(started: list[list[str]], tmp_path: Path) -> None:
    main(["lab", "--folder", str(tmp_path / "mine"), "--", "--no-browser", "--port=9000"])
    (program,) = started
    assert ["--no-browser", "--port=9000"] == program[-2:]


def test_no_browser_is_an_option_as_for_present(started: list[list[str]], tmp_path: Path) -> None:
    main(["lab", "--no-browser", "--folder", str(tmp_path / "mine")])
    (program,) = started
    assert "--no-browser" == program[-1]


def test_on_a_hub_no_second_server_is_started(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("JUPYTERHUB_SERVICE_PREFIX", "/user/ada/")
    assert 0 == main(["lab"])
    assert [] == started
    assert "Open layerlab-lessons/00-start-here.ipynb in the list of files on the left.\n" in capsys.readouterr().out


def test_the_list_has_each_lesson_with_its_question(capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["lab", "--list"])
    lines = capsys.readouterr().out.splitlines()
    assert ["00-start-here.ipynb", "What does one more container cost?"] == lines[0].split(None, 1)
    assert len(list((ROOT / "notebooks").glob("*.ipynb"))) == len(lines)


def test_where_the_copy_cannot_be_made_one_line_says_where(
    started: list[list[str]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("in the way")
    assert 1 == main(["lab", "--folder", str(tmp_path / "file" / "inside")])
    error = capsys.readouterr().err
    assert error.startswith(f"layerlab: {tmp_path / 'file'}")
    assert error.endswith("choose another folder with --folder\n")
    assert [] == started


def test_without_jupyterlab_one_line_says_how_to_install_it(
    started: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("layerlab.cli.lab.importlib.util.find_spec", lambda name: None)
    assert 1 == main(["lab"])
    assert "layerlab: JupyterLab is missing: pip install 'layerlab[lab]'\n" == capsys.readouterr().err


def test_jupyterlab_finds_the_lessons_settings_after_the_learners_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTER_CONFIG_PATH", "/mine")
    code = "from jupyter_core.paths import jupyter_config_path; print(*jupyter_config_path(), sep='\\n')"
    run = subprocess.run(
        [sys.executable, "-c", code], env=lab.environment(), capture_output=True, text=True, check=True
    )
    paths = run.stdout.splitlines()
    assert paths.index("/mine") < paths.index(str(lab.SETTINGS))


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out.startswith("layerlab 0.")
