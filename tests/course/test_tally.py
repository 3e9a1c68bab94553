from pathlib import Path
from typing import Any

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


def test_a_typed_size_counts_for_the_belief_that_predicts_it_and_all_others_as_something_else() -> None:
    chat = f"""
    10:31:05 From Ann Lee to Everyone: LL1 {ASKED} 1 byte?>20 MB!
    10:31:09 From Bob to Everyone: LL1 {ASKED} 20,000,001 B (the whole file)
    10:31:11 From Cid to Everyone: 300 B
    10:31:12 From Dee to Everyone: 19.1 MiB
    10:31:13 From Eve to Everyone: no idea, 20 perhaps
    """
    found = tally(ASKED, text=chat)
    assert {"B": 3, "-": 1} == found.last
    assert {"A": 1, "B": 2, "-": 1} == found.first
    assert "  something else    1 before    1 after" in str(found)
    assert () == found.unread


def test_a_typed_number_of_things_counts_and_a_time_is_no_number() -> None:
    found = tally("02.rmtree", text="Ann 10:31\n1\nBob 10:32\n1,000\nCid: 7\nDee 10:34\nlunch?")
    truth = next(option.letter for option in question("02.rmtree").options if option.truth)
    assert 1 == found.last[truth]
    assert 3 == found.last.total()


def test_what_a_tally_cannot_read_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "ann.txt").write_text(f"LL1 {ASKED} twenty MB\n")
    (tmp_path / "bob.txt").write_text(f"LL1 {ASKED} 20 MB\n")
    (tmp_path / "cid.txt").write_text("20\n")
    found = tally(ASKED, folder=tmp_path)
    assert ["1 answer", f'Not read: "LL1 {ASKED} twenty MB", "20".'] == str(found).splitlines()[-2:]
    assert "Not read: &quot;LL1" in found._repr_mimebundle_()["text/html"]


def test_a_size_typed_for_a_question_with_choices_is_not_read() -> None:
    with pytest.raises(ValueError, match='not read: "LL1 00'):
        tally("00.ten-containers", text="Ann: LL1 00.ten-containers 319 MB")


def test_hands_for_a_typed_size_are_counted_by_the_size() -> None:
    hands: dict[str, Any] = {"1 B": 12, "20 MB": 4, "20,000,001 B": 5, "300 B": 2}
    assert {"A": 12, "B": 9, "-": 2} == tally(ASKED, **hands).last
