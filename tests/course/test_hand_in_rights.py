"""What a learner hands in on a hub: the teacher reads it, and no other learner reads, changes or removes it."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from layerlab.course.bank import question
from layerlab.course.predict import Predict
from layerlab.course.prediction import Prediction
from layerlab.course.tally import tally
from tools.rebuild import NOTEBOOKS

HAND_IN = NOTEBOOKS.parent / "deploy" / "hub" / "hand-in.sh"
ANN, BOB, ADA, TEACHERS = 12_001, 12_002, 12_003, 12_100
ASKED = "00.one-byte"

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="takes on the rights of other users"),
]


@pytest.fixture
def drop() -> Iterator[Path]:
    """A folder as the hub's script makes it, in one that every user can enter, with what Ann handed in."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        there = Path(folder, "hand-in")
        subprocess.run(["sh", str(HAND_IN), str(there), str(TEACHERS)], check=True)
        # Once as root and elsewhere: another user may not enter the folder that modules are imported from.
        hand_in(Path(folder))
        with rights_of(ANN):
            hand_in(there)
        yield there


@contextmanager
def rights_of(user: int, group: int = 0) -> Iterator[None]:
    """Act with the rights of a user, who is in one group alone."""
    groups = os.getgroups()
    os.setgroups([])
    os.setegid(group or user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(groups)


def hand_in(folder: Path) -> None:
    said = Predict(Prediction(question(ASKED)))
    said.commit("20 MB")
    said.hand_in(folder, "ann")


def test_the_teacher_reads_and_counts_what_a_learner_handed_in(drop: Path) -> None:
    with rights_of(ADA, TEACHERS):
        assert {"B": 1} == tally(ASKED, folder=drop).last


def test_a_learner_can_hand_in_again(drop: Path) -> None:
    with rights_of(ANN):
        hand_in(drop)
    assert 2 == len((drop / "ann.txt").read_text().splitlines())


@pytest.mark.parametrize(
    "act",
    [
        lambda drop: (drop / "ann.txt").read_text(),
        lambda drop: (drop / "ann.txt").open("a"),
        lambda drop: (drop / "ann.txt").unlink(),
        lambda drop: (drop / "ann.txt").rename(drop / "bob.txt"),
        lambda drop: os.listdir(drop),
        hand_in,
    ],
    ids=["read", "write", "remove", "rename", "list", "hand in under this name"],
)
def test_another_learner_can_do_nothing_with_it(drop: Path, act: Callable[[Path], object]) -> None:
    with rights_of(BOB), pytest.raises(PermissionError):
        act(drop)


def test_a_link_that_someone_laid_is_not_followed(drop: Path) -> None:
    (drop / "ann.txt").unlink()
    with rights_of(BOB):
        (drop / "ann.txt").symlink_to(drop / "elsewhere")
    with rights_of(ANN), pytest.raises(OSError, match=r"ann\.txt"):
        hand_in(drop)
