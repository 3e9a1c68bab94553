"""A learner who has said nothing yet, for tests that answer questions."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from layerlab.course import answers
from layerlab.course.predict import classroom


@pytest.fixture
def new_learner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a learner who has answered nothing, alone and in a new kernel."""
    monkeypatch.setattr(answers, "FOLDER", tmp_path)
    monkeypatch.setattr("layerlab.course.predict._asked", {})
    yield tmp_path
    classroom(False)
