import time
from pathlib import Path
from typing import Any

import pytest

from layerlab.course.bank import question
from layerlab.course.hand_in import HandInError, hand_in
from layerlab.course.predict import Predict
from layerlab.course.prediction import Prediction, PredictionError
from layerlab.course.tally import tally
from tools.rebuild import NOTEBOOKS

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


def test_a_folder_for_each_learner_is_counted_as_one_person(tmp_path: Path) -> None:
    for number, (name, answer) in enumerate((("ann", "1 B"), ("bob", "20 MB"), ("ann", "25 MB"))):
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / f"{number}.txt").write_text(f"LL1 {ASKED} {answer}!\n")
    assert {"B": 1, "C": 1} == tally(ASKED, folder=tmp_path).last


def test_who_hands_in_without_a_name_is_who_logged_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_USER", "ann lee")
    q = Predict(Prediction(question(ASKED)))
    with pytest.raises(PredictionError, match="Nothing was said yet"):
        q.hand_in(tmp_path)
    assert [] == list(tmp_path.iterdir())
    q.commit("20 MB")
    assert f"Handed in as ann lee.txt: LL1 {ASKED} B?" == str(q.hand_in(tmp_path))


@pytest.mark.parametrize("name", [".", "..", "/", "a\0b", "a\nb", "x" * 300])
def test_a_name_that_no_file_can_have_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(HandInError, match="name"):
        hand_in(tmp_path, name, f"LL1 {ASKED} B!")
    assert [] == list(tmp_path.iterdir())


def test_a_name_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    assert tmp_path / "b.txt" == hand_in(tmp_path, "../a/b", "LL1").path


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(HandInError, match="/no: there is no such folder"):
        hand_in(tmp_path / "no", "ann", "LL1")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_a_file_of_another_encoding_is_read(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "Ann.TXT").write_bytes(f"Grüße\r\nLL1 {ASKED} B!\r\n".encode(encoding))
    assert {"B": 1} == tally(ASKED, folder=tmp_path).last


def test_a_line_of_a_later_form_is_named_and_not_guessed(tmp_path: Path) -> None:
    (tmp_path / "ann.txt").write_text(f"LL2 {ASKED} A!\n")
    (tmp_path / "bob.txt").write_text(f"LL1 {ASKED} B!\n")
    assert ({"B": 1}, (f"LL2 {ASKED} A!",)) == ((found := tally(ASKED, folder=tmp_path)).last, found.unread)


def test_a_class_of_300_is_counted(tmp_path: Path) -> None:
    for number in range(300):
        (tmp_path / f"{number}.txt").write_text(f"LL1 {ASKED} {'ABC'[number % 3]}!\n" * 10)
    assert {"A": 100, "B": 100, "C": 100} == tally(ASKED, folder=tmp_path).last


@pytest.mark.parametrize("line", ["LL1 " * 60_000, "1" * 250_000, "a: " * 80_000, "LL1 00.one-byte " + "A?>" * 80_000])
def test_a_long_line_does_not_hold_up_a_class(tmp_path: Path, line: str) -> None:
    (tmp_path / "bob.txt").write_text(line)
    (tmp_path / "ann.txt").write_text(f"LL1 {ASKED} B!\n")
    begin = time.process_time()
    assert 1 == tally(ASKED, folder=tmp_path).last["B"]
    assert time.process_time() - begin < 1


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
        ({"folder": NOTEBOOKS}, "has no file of lines yet: nobody has handed in"),
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
