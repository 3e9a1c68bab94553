"""The recipe for nbgrader in deploy/hub: what learners answered becomes points in nbgrader's own gradebook."""

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from layerlab.course.answers import keep
from tools.rebuild import NOTEBOOKS

ROOT = NOTEBOOKS.parent
NBGRADER = ROOT / "build" / "hub" / "venv" / "bin" / "nbgrader"
LESSON = NOTEBOOKS / "02-what-does-a-container-add.ipynb"
ASKED = ("02.other", "02.one-byte", "02.rmtree", "02.stop")
SAID = {"answers": [{"answer": "1 B", "sure": False}], "skipped": False}
SKIPPED = {"answers": [], "skipped": True}
# Bob skipped one question and answered another later, Cid handed in a folder without answers.
CLASS = {
    "ann": {name: [SAID] for name in ASKED},
    "bob": {"02.other": [SKIPPED], "02.stop": [SKIPPED, SAID], "00.one-byte": [SAID]},
    "cid": {},
}


@pytest.mark.skipif(not NBGRADER.exists(), reason="`make hub` has not installed nbgrader")
def test_each_question_that_was_answered_is_a_point_in_the_gradebook(tmp_path: Path) -> None:
    course = tmp_path / "course"
    shutil.copytree(ROOT / "deploy" / "hub" / "nbgrader", course)
    shutil.copy(LESSON, course / "source" / "layerlab")

    def nbgrader(*arguments: str) -> None:
        path = f"{NBGRADER.parent}{os.pathsep}{os.environ['PATH']}"
        own = {"HOME": str(tmp_path), "JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "PATH": path}
        done = subprocess.run([NBGRADER, *arguments], cwd=course, env=os.environ | own, capture_output=True, text=True)
        assert 0 == done.returncode, done.stderr[-2000:]

    nbgrader("generate_assignment", "layerlab")
    for name, answers in CLASS.items():
        handed_in = course / "submitted" / name / "layerlab"
        shutil.copytree(course / "release" / "layerlab", handed_in)
        for question, rounds in answers.items():
            assert "" == keep(question, rounds, handed_in)
    nbgrader("autograde", "layerlab")
    nbgrader("export")
    with (course / "grades.csv").open() as file:
        points = {row["student_id"]: (row["score"], row["max_score"]) for row in csv.DictReader(file)}
    assert {"ann": ("4.0", "4.0"), "bob": ("1.0", "4.0"), "cid": ("0.0", "4.0")} == points
