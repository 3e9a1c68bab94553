"""The five ways to answer, reasons, and the line for a class, on questions made here."""

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from layerlab.course.answer import Answer, Count
from layerlab.course.bank import question
from layerlab.course.card import RoundCard, given, page, text
from layerlab.course.feedback import feedback
from layerlab.course.measured import Measured
from layerlab.course.prediction import Prediction, PredictionError, typed
from layerlab.course.question import AnswerAct, Question, Reason, Wrong

LAYERS = ("4 site", "3 apache", "2 root")


def wrong(*values: Answer) -> tuple[Wrong, ...]:
    return tuple(Wrong("1", value, f"{value} were so") for value in values)


def asking(act: AnswerAct, truth: Answer, others: Iterable[Answer], items: tuple[str, ...] = ()) -> Question:
    """A question about something else, answered in one of the ways."""
    made = replace(question("00.one-byte"), act=act, truth=truth, wrong=wrong(*others), items=items)
    return replace(made, measured=("here",), printed="")


POINT = asking("point", "4 site", ["3 apache", "2 root"], LAYERS)
PICK = asking("pick", frozenset({"4 site", "2 root"}), [frozenset({"4 site"})], LAYERS)
ORDER = asking("order", ("2 root", "3 apache", "4 site"), [LAYERS], LAYERS)
COUNT = asking("type", Count(3, "place"), [Count(0, "place"), Count(1, "place")])
WHY = replace(
    asking("choose", Count(4, "file"), [Count(1, "file"), Count(3, "file")]),
    because=(Reason("directories merge"), Reason("the upper one hides the lower", "only a mark does that")),
)


def said(asked: Question, answer: Any, because: str | None = None) -> Prediction:
    prediction = Prediction(asked)
    prediction.commit(answer, sure=True, because=because)
    return prediction


@pytest.mark.parametrize(
    ("asked", "answers", "value", "line"),
    [
        (POINT, ("A", "a", "4 site"), "4 site", "A!"),
        (PICK, ("AC", "ca", ["2 root", "4 site"]), frozenset({"4 site", "2 root"}), "AC!"),
        (ORDER, ("CBA", ["2 root", "3 apache", "4 site"]), ("2 root", "3 apache", "4 site"), "CBA!"),
        (COUNT, ("3", 3, "3 places", " 3"), Count(3, "place"), "C!"),
    ],
)
def test_an_answer_is_read_by_letter_and_by_name(
    asked: Question, answers: Iterable[Any], value: Answer, line: str
) -> None:
    for answer in answers:
        found = said(asked, answer)
        assert value == found.commitments[0].value
        assert found.commitments[0].option
        assert found.commitments[0].option.truth
        assert f"LL1 00.one-byte {line}" == found.line


@pytest.mark.parametrize(
    ("asked", "answer", "says"),
    [
        (POINT, "AB", "Choose one of A, B, C first"),
        (POINT, None, "Choose one of A, B, C first"),
        (PICK, "", "Choose some of A, B, C first"),
        (PICK, "D", "Choose some of A, B, C first"),
        (ORDER, "AAB", "a place of its own"),
        (ORDER, "A", "a place of its own"),
        (COUNT, "some", "Type a number of places first, such as 7"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(asked: Question, answer: Any, says: str) -> None:
    with pytest.raises(PredictionError, match=says):
        said(asked, answer)


def test_a_reason_is_half_of_the_answer() -> None:
    with pytest.raises(PredictionError, match="Choose a reason too"):
        said(WHY, "C")
    right, off = said(WHY, "C", "directories merge"), said(WHY, "C", "b")
    assert ["LL1 00.one-byte Ca!", "LL1 00.one-byte Cb!"] == [right.line, off.line]
    assert [
        "4 files: that is right.",
        "Your reason was that the upper one hides the lower. It does not hold: only a mark does that.",
        "The reason: directories merge.",
    ] == feedback(WHY, off.commitments[0], Count(4, "file"))
    assert "Your reason is right: directories merge." == feedback(WHY, right.commitments[0], Count(4, "file"))[-1]


def test_a_second_question_is_asked_as_one_and_answered_in_whole_sentences() -> None:
    asked = replace(WHY, second="And what happens to the directory?")
    assert "And what happens to the directory?" in page(RoundCard(Prediction(asked), Measured.of(asked)))
    assert "because directories" not in page(RoundCard(Prediction(asked), Measured.of(asked)))
    off = said(asked, "C", "b").commitments[0]
    assert [
        '"The upper one hides the lower" is not so: only a mark does that.',
        "And what happens to the directory? Directories merge.",
    ] == [line.replace("? directories", "? Directories") for line in feedback(asked, off, Count(4, "file"))[1:]]


def test_a_number_that_a_cell_counted_is_one_of_the_things_that_were_asked_for() -> None:
    assert [Count(3, "place")] * 2 == [Measured.of(COUNT, (value,)).answer for value in (3, Count(3, "place"))]
    assert "Type a number, as a guess or as sure, or skip." in text(RoundCard(Prediction(COUNT), Measured.of(COUNT)))


SENT = replace(
    asking("choose", (1_001_374, 11_001_376), [(1_000_000, 1_000_000), (13_000_000, 13_000_000)]),
    measured=("sent, and fetched by Docker",),
)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ("A", "Sent: 1.00 MB is right. Fetched by Docker: 1.00 MB is not right."),
        ("C", "None of the sizes is right."),
    ],
)
def test_of_two_sizes_the_one_that_is_right_as_it_is_shown_is_named(answer: str, says: str) -> None:
    assert says == feedback(SENT, said(SENT, answer).commitments[0], SENT.truth)[-1]


def test_several_sizes_are_right_if_each_is_as_it_is_shown() -> None:
    rounded = Measured.of(SENT, ((1_001_000, 11_000_000),))
    assert rounded.as_asked
    assert ["1.00 MB, 11.0 MB: that is right."] == feedback(SENT, said(SENT, "B").commitments[0], rounded.answer)


def test_sizes_without_names_of_their_own_are_numbered() -> None:
    stopped = question("02.stop")
    (line,) = [each for each in feedback(stopped, said(stopped, "B").commitments[0], stopped.truth) if "Right" in each]
    assert re.fullmatch(r"Right in your answer: numbers? 1(, \d)*( and \d)? of 4\.", line), line


def test_what_is_counted_has_its_plural() -> None:
    with pytest.raises(PredictionError, match=r"Type a number of processes first, such as 7\."):
        typed("", Count(2, "process"))


@pytest.mark.parametrize("name", ["04.secret", "05.label", "05.match"])
def test_an_item_that_says_none_cannot_be_picked_with_others(name: str) -> None:
    asked = question(name)
    with pytest.raises(PredictionError, match="is an answer of its own: take it away, or take the others away"):
        said(asked, [asked.items[0], asked.items[-1]])
    alone = said(asked, [asked.items[-1]], "a" if asked.because else None)
    assert frozenset({asked.items[-1]}) == alone.commitments[0].value


def test_no_answer_is_said_to_follow_from_no_idea_where_nobody_can_know() -> None:
    blamed = said(question("04.blame"), "the step of layer 4").commitments[0]
    lines = feedback(question("04.blame"), blamed, question("04.blame").truth)
    assert '"the step of layer 4" is not right: the answer is "the step of layer 5". The text below says why.' in lines


def test_whoever_picks_only_none_is_not_told_that_none_is_no_part_of_it() -> None:
    asked = question("04.secret")
    none = said(asked, ["nowhere"]).commitments[0]
    assert "Missing from it: Env, history, layer 1." == feedback(asked, none, asked.truth)[-1]


def test_an_answer_that_was_taken_back_is_still_called_right() -> None:
    prediction = said(WHY, "C", "a")
    prediction.commit("A", sure=True, because="a")
    prediction.open()
    shown = page(RoundCard(prediction, Measured.of(WHY)))
    assert "4 files: that is right." in shown
    assert 'aria-label="Answer: yours is partly right"' in shown


@pytest.mark.parametrize("seed", range(8))
def test_layers_are_equal_by_their_own_bytes_but_for_those_that_differ(seed: int) -> None:
    asked = question("05.match", seed)
    (own,) = [
        each.value for each in asked.options if each.right_if == "an id were computed from a layer's own bytes alone"
    ]
    changed = re.findall(r"one file in layer (\d)|layers (\d) and (\d) are in the opposite order", asked.situation)[0]
    layers = frozenset(item for item in asked.items if item.startswith("layer "))
    assert layers - {f"layer {number}" for number in changed if number} == own


@pytest.mark.parametrize("seed", range(8))
def test_the_picture_of_a_drawn_image_has_the_name_that_the_text_says(seed: int) -> None:
    asked = question("05.label", seed)
    (name,) = re.findall(r"^The image <code>(\w+)</code>", asked.situation)
    assert f"image {name}" in text(RoundCard(Prediction(asked), Measured.of(asked)))


def test_a_change_of_mind_and_a_skip_have_lines_too() -> None:
    changed, skipped = Prediction(COUNT), Prediction(COUNT)
    changed.commit(7, sure=False)
    changed.commit(3, sure=True)
    skipped.skip()
    assert ["LL1 00.one-byte -?>C!", "LL1 00.one-byte skip", ""] == [
        changed.line,
        skipped.line,
        Prediction(COUNT).line,
    ]


@pytest.mark.parametrize(
    ("asked", "form", "answer"),
    [
        (POINT, {"answer": "A"}, "4 site"),
        (PICK, {"pick-A": True, "pick-B": False, "pick-C": True}, frozenset({"4 site", "2 root"})),
        (ORDER, {"place-1": "C", "place-2": "B", "place-3": "A"}, ("2 root", "3 apache", "4 site")),
        (COUNT, {"answer": "3"}, Count(3, "place")),
        (WHY, {"answer": "C", "because": "a"}, Count(4, "file")),
    ],
)
def test_a_form_gives_back_what_was_filled_in(asked: Question, form: dict[str, Any], answer: Answer) -> None:
    assert answer == said(asked, given(asked, form), form.get("because")).commitments[0].value


def test_the_text_form_lists_items_and_reasons() -> None:
    lines = text(RoundCard(Prediction(PICK), Measured.of(PICK))).splitlines()
    start = lines.index(PICK.prompt.replace("<code>", "").replace("</code>", ""))
    assert ["  A: 4 site", "  B: 3 apache", "  C: 2 root"] == lines[start + 1 : start + 4]
    assert "Pick those that fit, as a guess or as sure, or skip." == lines[start + 4]
    assert "  a: because directories merge" in text(RoundCard(Prediction(WHY), Measured.of(WHY))).splitlines()


def test_a_question_that_a_seed_drew_says_its_situation_and_measures_for_itself() -> None:
    drawn = question("00.one-byte", 3)
    assert drawn.situation in page(RoundCard(Prediction(drawn), Measured.of(drawn)))
    assert drawn.truth == Measured.of(drawn).answer
