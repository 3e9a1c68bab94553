"""What a learner hands in on a hub: the teacher reads it, and no other learner reads, changes or removes it."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from layerlab.course.bank import question
from layerlab.course.hand_in import MOST_BYTES, HandInError
from layerlab.course.predict import Predict
from layerlab.course.prediction import Prediction
from layerlab.course.tally import Tally, tally
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


def hand_in(folder: Path, name: str = "ann", answer: str = "20 MB") -> None:
    said = Predict(Prediction(question(ASKED)))
    said.commit(answer)
    said.hand_in(folder, name)


def counted(folder: Path) -> Tally:
    with rights_of(ADA, TEACHERS):
        return tally(ASKED, folder=folder)


def test_the_teacher_reads_and_counts_what_a_learner_handed_in(drop: Path) -> None:
    assert {"B": 1} == counted(drop).last


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
    ],
    ids=["read", "write", "remove", "rename", "list"],
)
def test_another_learner_can_do_nothing_with_it(drop: Path, act: Callable[[Path], object]) -> None:
    with rights_of(BOB), pytest.raises(PermissionError):
        act(drop)


def test_another_learner_cannot_hand_in_under_this_name(drop: Path) -> None:
    with rights_of(BOB), pytest.raises(HandInError, match=r"ann\.txt: someone else has laid this name there"):
        hand_in(drop)


def test_the_teacher_can_read_whatever_the_umask_of_a_learner_is(drop: Path) -> None:
    before = os.umask(0o077)
    try:
        with rights_of(BOB):
            hand_in(drop, "bob")
    finally:
        os.umask(before)
    assert {"B": 2} == counted(drop).last


def loose(path: Path, content: str = "") -> None:
    path.write_text(content)
    path.chmod(0o666)


def pipe(path: Path) -> None:
    os.mkfifo(path)
    path.chmod(0o666)


LAID: dict[str, Callable[[Path], object]] = {
    "link": lambda path: path.symlink_to(path.with_name("elsewhere")),
    "file that all can write": loose,
    "pipe": pipe,
    "folder": lambda path: path.mkdir(),
}


@pytest.mark.parametrize("lay", LAID.values(), ids=LAID)
def test_what_someone_else_laid_under_a_name_gets_no_answer(drop: Path, lay: Callable[[Path], object]) -> None:
    (drop / "ann.txt").unlink()
    with rights_of(BOB):
        lay(drop / "ann.txt")
    with rights_of(ANN), pytest.raises(HandInError, match=r"ann\.txt: someone else has laid this name there"):
        hand_in(drop)


def test_what_is_no_file_of_lines_is_named_and_everyone_else_is_counted(drop: Path) -> None:
    secret = drop.parent / "secret.txt"
    secret.write_text(f"LL1 {ASKED} A!\n")
    secret.chmod(0o600)
    os.chown(secret, ADA, ADA)
    with rights_of(BOB):
        (drop / "1.txt").symlink_to(secret)
        (drop / "2.txt").symlink_to("nowhere")
        os.mkfifo(drop / "3.txt")
        (drop / "4.txt").write_text("x" * (MOST_BYTES + 1))
        hand_in(drop, "5")
        (drop / "5.txt").chmod(0)
        (drop / "6.txt").mkdir(mode=0)
    found = counted(drop)
    assert {"B": 1} == found.last
    assert {
        "1.txt: it is no regular file",
        "2.txt: it is no regular file",
        "3.txt: it is no regular file",
        "4.txt: it is larger than 256 KiB",
        "5.txt: Permission denied",
        "6.txt: Permission denied",
    } == set(found.unread)


def test_a_learner_with_many_names_is_one_person_and_the_last_answer_counts(drop: Path) -> None:
    with rights_of(BOB):
        for place, answer in enumerate(("1 B", "1 B", "25 MB", "1 B")):
            hand_in(drop, f"{9 - place}", answer)
            os.utime(drop / f"{9 - place}.txt", ns=(place, place))
    assert {"A": 1, "B": 1} == counted(drop).last


def test_a_folder_that_the_teacher_closed_says_so_and_keeps_what_is_there(drop: Path) -> None:
    drop.chmod(0o3770)
    with rights_of(ANN), pytest.raises(HandInError, match="nothing can be handed in here now"):
        hand_in(drop)
    assert {"B": 1} == counted(drop).last


def test_a_learner_who_counts_is_told_who_can(drop: Path) -> None:
    with rights_of(ANN), pytest.raises(ValueError, match="cannot be listed: Permission denied"):
        tally(ASKED, folder=drop)
