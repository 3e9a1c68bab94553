"""Hands that a teacher counts in a room: typed on the card, kept for a second vote, and shown with the answer."""

import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest

from layerlab.course import hands
from layerlab.course.bank import question, questions
from layerlab.course.card import page
from layerlab.course.predict import AGAIN, NO_HANDS, Reveal, classroom, predict
from layerlab.course.prediction import PredictionError

EVERY = pytest.mark.parametrize("name", [name for name, asked in questions().items() if asked.act != "order"])


@pytest.fixture(autouse=True)
def _a_class(new_learner: Path) -> None:
    classroom(fresh=True)


def fields(card: Reveal) -> list[str]:
    """The fields for hands that the card shows."""
    inputs = ET.fromstring(page(card.card)).iter("input")
    return [name for each in inputs if (name := each.get("name", "")).startswith("hands-")]


def shown(card: Reveal) -> list[str | None]:
    """What the empty fields for hands show."""
    inputs = ET.fromstring(page(card.card)).iter("input")
    return [each.get("placeholder") for each in inputs if each.get("name", "").startswith("hands-")]


def rows(card: Reveal) -> list[str]:
    """What the answer says of each choice."""
    listed = ET.fromstring(page(card.card)).find(".//ul[@data-key='hands']")
    return [] if listed is None else [" ".join("".join(row.itertext()).split()) for row in listed]


@EVERY
def test_each_choice_has_a_field_and_the_answer_shows_the_hands_of_both_votes(name: str) -> None:
    card = predict(name).reveal()
    asked = card.card.question
    first = fields(card)
    assert [field for field, _ in hands.fields(asked, 1)] == first
    filled = [hands.example(asked)] if asked.act == "type" else ["12", *["3"] * (len(first) - 1)]
    card.press("vote", dict(zip(first, filled, strict=True)))
    assert AGAIN == card.card.status
    second = fields(card)
    assert not set(first) & set(second)
    card.press("open", dict(zip(second, filled, strict=True)))
    shown = rows(card)
    assert card.prediction.opened
    marked = [row for row in shown if "(right)" in row]
    wanted = len(asked.letters(asked.truth)) if asked.items else 1
    assert wanted == len(marked)
    assert asked.act == "type" or "12, then 12" in shown[0]


def test_a_teacher_opens_the_answer_without_hands_only_after_a_commitment_or_a_skip() -> None:
    card = predict("00.ten-containers").reveal()
    card.press("open", {})
    assert not card.prediction.opened
    assert "The answer is locked: commit to a prediction first, or skip." == card.card.status
    card.press("vote", {})
    assert NO_HANDS == card.card.status
    card.press("open", {"hands-1-A": "20", "hands-1-C": "5"})
    assert ["A: 319 MB (right) 20", "B: 569 MB 0", "C: 3.19 GB 5", "D: 3.51 GB 0"] == rows(card)
    assert "25 hands counted." in page(card.card)


def test_answers_that_people_call_out_are_counted_by_what_they_amount_to() -> None:
    card = predict("00.one-byte").reveal()
    card.press("open", {"hands-1": "1 B: 11, 20 MB: 4; 7 kB: 2"})
    assert ["1 B 11", "20.0 MB (right) 4", "something else 2"] == rows(card)


def test_no_answer_is_told_with_the_first_vote_of_a_question_without_choices() -> None:
    card = predict("00.one-byte").reveal()
    card.press("vote", {"hands-1": "20 MB: 4, 1 B: 11"})
    assert "20.0 MB (right)" not in page(card.card)
    assert ["300 B: 9, 5 kB: 4"] == shown(card)


@pytest.mark.parametrize(
    ("name", "form", "said"),
    [
        ("00.ten-containers", {"hands-1-B": "many"}, 'Hands for B: write a whole number, not "many".'),
        ("00.ten-containers", {"hands-1-A": "-3"}, 'Hands for A: write a whole number, not "-3".'),
        ("00.ten-containers", {"hands-1-A": "12345"}, 'Hands for A: write a whole number, not "12345".'),
        (
            "00.one-byte",
            {"hands-1": "1 B: 3, twelve"},
            '"twelve" cannot be read: write an answer, a colon and a number of hands, such as 300 B: 9.',
        ),
        (
            "02.rmtree",
            {"hands-1": "some: 3"},
            '"some: 3" cannot be read: write an answer, a colon and a number of hands, such as 7: 9.',
        ),
    ],
)
def test_what_is_no_number_of_hands_is_said_in_one_line_and_opens_nothing(
    name: str, form: dict[str, str], said: str
) -> None:
    card = predict(name).reveal()
    for key in ("vote", "open"):
        card.press(key, form)
        assert said == card.card.status
        assert not card.prediction.opened
        assert [] == card.card.votes


def test_a_field_shows_what_the_choice_got_in_the_first_vote() -> None:
    card = predict("00.ten-containers").reveal()
    assert ["", "", "", ""] == shown(card)
    card.press("vote", {"hands-1-A": "20", "hands-1-C": "5"})
    assert ["20", "0", "5", "0"] == shown(card)


def test_asking_again_forgets_the_hands() -> None:
    card = predict("00.ten-containers").reveal()
    card.press("open", {"hands-1-A": "20"})
    card.press("again", {})
    assert [] == card.card.votes
    assert "20" not in {each.get("value") for each in ET.fromstring(page(card.card)).iter("input")}


def test_a_learner_s_own_card_in_a_class_has_no_fields_for_hands() -> None:
    classroom()
    assert [] == fields(predict("00.ten-containers").reveal())


def test_a_third_vote_is_not_taken() -> None:
    asked = question("00.ten-containers")
    card = predict("00.ten-containers").reveal()
    card.card.votes = [Counter(A=1), Counter(A=2)]
    assert [] == fields(card)
    card.press("vote", {"hands-3-A": "5"})
    assert NO_HANDS == card.card.status
    with pytest.raises(PredictionError):
        hands.counts(asked, 1, {"hands-1-A": "x"})
