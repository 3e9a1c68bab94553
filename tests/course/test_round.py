"""A round from its question to its answer, without a browser: the states, the widgets' traits and what is stored."""

import re
from typing import Any

import pytest

from layerlab.course.bank import question
from layerlab.course.predict import Predict, predict
from layerlab.course.prediction import Prediction, PredictionError
from layerlab.course.reveal import LOCKED, Reveal
from layerlab.picture.page import LIVE

DIFF = ["C /var"]


@pytest.fixture(autouse=True)
def _nothing_was_said_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("layerlab.course.predict._waiting", {})


def ten() -> Predict:
    return predict("00.ten-containers")


def byte() -> Predict:
    return predict("00.one-byte")


def texts(widget: Any) -> str:
    """All that a widget shows: values and descriptions, its children's too."""
    own = [str(getattr(widget, name, "")) for name in ("value", "description")]
    return " ".join([*own, *(texts(child) for child in getattr(widget, "children", ()))])


def find(widget: Any, name: str) -> Any:
    """The part of a widget that carries a class."""
    if f"layerlab-{name}" in widget._dom_classes:
        return widget
    return next((found for child in getattr(widget, "children", ()) if (found := find(child, name))), None)


# The state.


def test_a_new_prediction_is_locked() -> None:
    said = Prediction(question("00.one-byte"))
    assert said.locked
    with pytest.raises(PredictionError, match="locked: commit to a prediction first, or skip"):
        said.open()
    assert not said.opened


def test_a_commitment_unlocks_but_does_not_open() -> None:
    q = ten()
    q.commit("c", sure=True)
    said = q.prediction
    assert (False, False) == (said.locked, said.opened)
    assert [("C", 3_193_712_530, True)] == [(each.letter, each.value, each.sure) for each in said.commitments]
    said.open()
    assert said.opened


def test_one_change_of_mind_is_kept_and_a_second_is_not_taken() -> None:
    q = ten()
    q.commit("C")
    q.commit("A", sure=True)
    with pytest.raises(PredictionError, match="One change of mind"):
        q.commit("B")
    assert ["C", "A"] == [each.letter for each in q.prediction.commitments]


def test_saying_the_same_again_is_no_change_of_mind() -> None:
    q = ten()
    for _ in range(3):
        q.commit("C")
    assert ["C"] == [each.letter for each in q.prediction.commitments]
    assert "You may change your mind once" in q.prediction.message


def test_nothing_is_taken_after_the_answer_was_opened() -> None:
    q = ten()
    q.commit("C")
    q.prediction.open()
    with pytest.raises(PredictionError, match="answer is open"):
        q.commit("A")


def test_a_skip_unlocks_and_still_lets_one_commit() -> None:
    q = ten()
    q.skip()
    assert not q.prediction.locked
    q.commit("B")
    assert ["B"] == [each.letter for each in q.prediction.commitments]


def test_a_question_that_is_run_again_still_knows_what_was_said_until_its_answer_is_open() -> None:
    ten().commit("B")
    assert "B" == find(ten().widget, "options").value
    assert not ten().reveal(319_371_253).prediction.locked
    ten().prediction.open()
    assert ten().prediction.locked
    byte().commit("70 kB")
    assert "70,000 B" == find(byte().widget, "size").value


def test_a_typed_size_finds_the_option_that_it_amounts_to() -> None:
    answers = ["20 MB", "19.1 MiB", "20000001", "one byte", "7 MB"]
    letters = []
    for answer in answers:
        said = Prediction(question("00.one-byte"))
        said.commit(answer, sure=False)
        letters.append(said.commitments[0].letter)
    assert ["B", "B", "B", "A", "?"] == letters


@pytest.mark.parametrize(
    ("name", "answer", "says"),
    [
        ("00.ten-containers", None, "Choose one of A, B, C, D"),
        ("00.ten-containers", "F", "Choose one of A, B, C, D"),
        ("00.one-byte", "", "Type a size first"),
        ("00.one-byte", "much", "'much' is no size"),
    ],
)
def test_an_answer_that_cannot_be_read_is_refused_and_leaves_the_lock(name: str, answer: object, says: str) -> None:
    q = predict(name)
    with pytest.raises(PredictionError, match=says):
        q.commit(answer)
    assert q.prediction.locked


# The widgets.


def test_a_reveal_stays_locked_until_its_question_is_committed_and_opened() -> None:
    q = byte()
    shown = q.reveal(20_000_001, DIFF)
    button, live = find(shown.widget, "open"), shown.widget
    assert button.disabled
    assert LOCKED in texts(live)
    button.click()
    assert not q.prediction.opened
    assert [] == re.findall(r"20[,.]0", texts(live))
    q.commit("1")
    assert not button.disabled
    assert [] == re.findall(r"20[,.]0", texts(live))
    button.click()
    assert "20,000,001 B" in texts(live)
    assert "The answer is open" == button.description


def test_an_open_answer_shows_both_on_one_axis_and_when_the_prediction_would_be_right() -> None:
    q = byte()
    q.commit("1 B")
    q.commit("25 MB", sure=True)
    shown = q.reveal(20_000_001, DIFF)
    shown.open()
    html = shown.widget.children[-1].value
    assert 'aria-label="you said first: 1 B; then: 25.0 MB; measured: 20.0 MB"' in html
    assert "1 B would be right if a thin layer kept only the bytes that were written." in html
    assert "25.0 MB would be right if the first write copied the whole layer that holds the file." in html
    assert "319 MB would be right" not in html
    assert "You said 25.0 MB." in texts(shown.widget)


def test_the_answer_lists_every_belief_where_nobody_committed() -> None:
    shown = byte().reveal(20_000_001, DIFF)
    assert 3 == shown.answer().count("would be right if")


def test_a_right_prediction_is_told_so() -> None:
    q = ten()
    q.commit("A")
    shown = q.reveal(319_371_253)
    shown.open()
    assert "Measured: 319 MB, as you said." in texts(shown.widget)
    assert "would be right if" not in shown.widget.children[-1].value


def test_a_cell_that_was_changed_shows_what_it_measured_and_says_so() -> None:
    shown = ten().reveal(339_371_254)
    assert "Answer (predict first)\n  on the host: 339,371,254 B\nYour cell does something other" in str(shown)
    assert "Your cell" not in str(ten().reveal(319_371_253))


def test_a_reveal_made_after_the_answer_was_opened_is_open() -> None:
    q = ten()
    q.commit("A")
    q.prediction.open()
    assert "319,371,253 B" in texts(q.reveal(319_371_253).widget)


def test_buttons_commit_to_what_the_field_holds() -> None:
    q = ten()
    options, sure = find(q.widget, "options"), find(q.widget, "sure")
    assert ["A: 319 MB", "B: 569 MB", "C: 3.19 GB", "D: 3.51 GB"] == [label for label, _ in options.options]
    assert options.value is None
    sure.click()
    assert q.prediction.locked
    assert "Choose one of A, B, C, D first." in texts(q.widget)
    options.value = "C"
    assert "Now commit to it: as a guess, or as sure." in texts(q.widget)
    sure.click()
    assert "You said 3.19 GB (sure)." in texts(q.widget)
    find(q.widget, "guess").click()
    assert [True, True, True] == [find(q.widget, name).disabled for name in ("guess", "sure", "options")]


def test_the_typed_field_and_skip_work_by_button_too() -> None:
    q = byte()
    find(q.widget, "size").value = "70 kB"
    find(q.widget, "guess").click()
    assert "You said 70,000 B (a guess)." in texts(q.widget)
    other = ten()
    find(other.widget, "skip").click()
    assert not other.prediction.locked
    assert "Skipped." in texts(other.widget)


def test_a_wrong_count_of_values_is_refused_with_their_names() -> None:
    with pytest.raises(
        TypeError, match=r"takes 2 values here \(the thin layer of web, docker diff web \(C: changed\)\), not 1"
    ):
        byte().reveal(1)


# What a notebook stores.


def stored(shown: Predict | Reveal) -> dict[str, str]:
    return shown._repr_mimebundle_()


def test_text_and_html_carry_the_answer_and_do_not_depend_on_what_was_said() -> None:
    q = byte()
    before = stored(q.reveal(20_000_001, DIFF))
    assert "20,000,001 B" in before["text/plain"]
    assert q.question.explanation in before["text/plain"]
    assert before["text/html"].startswith("<details><summary>Answer (predict first)</summary>")
    q.commit("1")
    q.prediction.open()
    after = stored(q.reveal(20_000_001, DIFF))
    assert [before[mime] for mime in ("text/plain", "text/html")] == [
        after[mime] for mime in ("text/plain", "text/html")
    ]


def test_a_question_stores_its_choices_and_a_typed_one_no_number() -> None:
    assert "  C: 3.19 GB\n" in stored(ten())["text/plain"]
    assert "<br>C: 3.19 GB<br>" in stored(ten())["text/html"]
    assert [] == re.findall(r"\d", stored(byte())["text/plain"] + stored(byte())["text/html"])


def test_changing_text_stands_in_a_live_region() -> None:
    q = ten()
    status, line = q.widget.children[-2:]
    assert LIVE in status.value
    assert LIVE not in line.value
    assert LIVE in texts(q.reveal(319_371_253).widget)
