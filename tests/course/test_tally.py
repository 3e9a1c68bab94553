from pathlib import Path

import pytest

from layerlab.course.bank import question
from layerlab.course.predict import Predict
from layerlab.course.prediction import Prediction
from layerlab.course.tally import tally

ASKED = "00.one-byte"
CHAT = f"""
10:31:05 From Ann Lee to Everyone: LL1 {ASKED} A?
10:31:09 From Bob to Everyone: LL1 {ASKED} D! (copies everything)
10:31:40 From Ann Lee to Everyone: LL1 {ASKED} A?>B!
10:32:00 From Cid to Everyone: no idea
10:32:01 From Dee to Everyone: LL1 {ASKED} skip
10:33:00 From Eve to Everyone: LL1 00.ten-containers C!
"""


def test_counts_of_raised_hands_are_taken_as_they_are() -> None:
    found = tally(ASKED, A=12, B=3)
    assert ({"A": 12, "B": 3}, {}) == (found.last, found.first)
    assert "15 answers" == str(found).splitlines()[-1]


def test_of_each_person_in_a_chat_the_last_line_counts() -> None:
    found = tally(ASKED, text=CHAT)
    assert {"B": 1, "D": 1} == found.last
    assert {"A": 1, "D": 1} == found.first


def test_a_name_may_stand_above_its_line() -> None:
    found = tally(ASKED, text=f"Ann 10:31\nLL1 {ASKED} A?\nBob 10:32\nLL1 {ASKED} A!\nAnn 10:33\nLL1 {ASKED} B!")
    assert {"A": 1, "B": 1} == found.last


def test_bare_lines_count_one_by_one() -> None:
    assert {"A": 2, "-": 1} == tally(ASKED, text=f"LL1 {ASKED} A?\nLL1 {ASKED} A?\nLL1 {ASKED} -!").last


def test_each_file_of_a_folder_is_one_person(tmp_path: Path) -> None:
    (tmp_path / "ann.txt").write_text(f"LL1 {ASKED} A?\nLL1 {ASKED} B!\n")
    (tmp_path / "bob.txt").write_text(f"LL1 00.ten-containers C!\nLL1 {ASKED} B?\n")
    assert {"B": 2} == tally(ASKED, folder=tmp_path).last


def test_what_a_question_hands_in_a_tally_reads(tmp_path: Path) -> None:
    for name, answer in (("ann", "1 B"), ("bob", "20 MB"), ("ann", "20 MB")):
        q = Predict(Prediction(question(ASKED)))
        q.commit(answer)
        q.hand_in(tmp_path, name)
    assert {"B": 2} == tally(ASKED, folder=tmp_path).last


def test_the_picture_holds_the_same_numbers_and_does_not_tell_which_is_right() -> None:
    shown = tally(ASKED, text=CHAT)._repr_mimebundle_()
    assert ["A: 1 B", "B: 20.0 MB", "C: 25.0 MB", "D: 319 MB"] == [
        name for name in ("A: 1 B", "B: 20.0 MB", "C: 25.0 MB", "D: 319 MB") if name in shown["text/html"]
    ]
    assert "measured" not in shown["text/html"]
    assert "  B: 20.0 MB    0 before    1 after" in shown["text/plain"]


def test_an_exit_ticket_stands_against_the_entry() -> None:
    both = tally(ASKED, A=12, B=2).against(tally(ASKED, A=1, B=13))
    assert "  A: 1 B       12 before    1 after" in str(both)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"Z": 1}, "00.one-byte has no answer Z: it has A, B, C, D"),
        ({"text": "hello"}, "no line for 00.one-byte found: one looks like LL1 00.one-byte A"),
        ({"folder": "nowhere"}, "no folder nowhere"),
    ],
)
def test_what_cannot_be_counted_is_said_in_one_line(options: dict[str, object], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        tally(ASKED, **options)  # type: ignore[arg-type]
