"""The card of a round in every state, without a browser: what it shows, what a press does, what a notebook stores."""

import re
import xml.etree.ElementTree as ET
from html import escape
from pathlib import Path
from typing import Any

import pytest

from layerlab.course import answers
from layerlab.course.answer import Answer, Count, exact, same
from layerlab.course.bank import question, questions
from layerlab.course.card import page, still, text
from layerlab.course.choices import items
from layerlab.course.feedback import right, unpredicted
from layerlab.course.predict import Reveal, classroom, predict
from layerlab.course.question import Question
from layerlab.picture.shapes import STILL
from layerlab.picture.svg import img
from layerlab.picture.text import text as drawn_as_text
from tests.notebooks.test_spoilers import spells

EVERY = pytest.mark.parametrize("name", questions())


pytestmark = pytest.mark.usefixtures("new_learner")


def shown(card: Reveal) -> str:
    """All words of a card as it is now; its markup is well-formed."""
    return "\n".join(ET.fromstring(page(card.card)).itertext())


def form(asked: Question, value: Answer, because: str = "a") -> dict[str, Any]:
    """What is filled in to give an answer."""
    filled: dict[str, Any] = {"because": because} if asked.because else {}
    letters = dict(zip(asked.items, "ABCDEFGH", strict=False))
    if asked.act == "pick":
        assert isinstance(value, frozenset)
        return filled | {f"pick-{letter}": item in value for item, letter in letters.items()}
    if asked.act == "order":
        assert isinstance(value, tuple)
        return filled | {f"place-{n}": letters[str(item)] for n, item in enumerate(value, 1)}
    if asked.act == "type":
        return filled | {"answer": str(value.number) if isinstance(value, Count) else exact(value)}
    return filled | {"answer": next(option.letter for option in asked.options if option.value == value)}


def true_reason(asked: Question) -> str:
    """The letter of the true reason; any letter where no reason is asked for."""
    return next((letter for reason, letter in zip(asked.reasons, "abcdef", strict=False) if reason.true), "a")


def answer(card: Reveal, value: Answer, key: str = "guess") -> None:
    card.press(key, form(card.card.question, value))


def own(asked: Question) -> Answer | None:
    """An answer that no model predicts; None where one can only choose among those that are."""
    truth = asked.truth
    if asked.act == "type":
        return Count(977, truth.thing) if isinstance(truth, Count) else 7_654_321
    if asked.act == "pick":
        known = [option.value for option in asked.options]
        sets = (frozenset(item for n, item in enumerate(asked.items) if bits >> n & 1) for bits in range(1, 64))
        return next(each for each in sets if each and each not in known)
    return None


# Every question.


@EVERY
def test_a_locked_card_asks_and_says_nothing_of_the_answer(name: str) -> None:
    card = predict(name).reveal()
    asked, words = card.card.question, shown(card)
    assert asked.explanation not in words
    assert "would be right" not in words
    assert "In Docker" not in words
    for line in (*(item for item, _ in items(asked)), "A guess: show me", "I am sure: show me", "Skip"):
        assert line in words


@EVERY
def test_a_right_answer_opens_the_card_and_gets_no_diagnosis(name: str) -> None:
    card = predict(name).reveal()
    asked = card.card.question
    card.press("sure", form(asked, asked.truth, true_reason(asked)))
    words = shown(card)
    assert card.prediction.opened
    # The verdict says so once, to readers and to listeners.
    assert right(asked.truth) not in words
    assert 'class="verdict right"' in page(card.card)
    assert 'aria-label="Answer: yours is right"' in page(card.card)
    assert "would be right if" not in words
    assert asked.explanation in words
    assert ["In Docker", "How it was computed"] == re.findall("<summary>(.*?)</summary>", page(card.card))


@EVERY
def test_a_wrong_answer_is_told_when_it_would_be_right_and_no_other_is_named(name: str) -> None:
    for wrong in (option for option in question(name).options if not option.truth):
        card = predict(name).reveal()
        answer(card, wrong.value)
        words = shown(card)
        assert wrong.feedback in words
        assert 1 == words.count("would be right if")
        card.press("again", {})


@EVERY
def test_an_answer_that_no_model_predicts_gets_the_truth_and_no_diagnosis(name: str) -> None:
    asked = question(name)
    if (value := own(asked)) is None:
        return
    card = predict(name).reveal()
    answer(card, value)
    words = shown(card)
    assert "would be right if" not in words
    assert asked.explanation in words
    if asked.act == "pick":
        assert re.search("Right in your answer|Missing from it|Not part of it", words)
    else:
        assert unpredicted(value, asked.truth) in words


@EVERY
def test_an_answer_is_called_right_in_words_and_with_a_mark(name: str) -> None:
    asked = question(name)
    card = predict(name).reveal()
    assert 'class="verdict' not in page(card.card)
    true = true_reason(asked)
    card.press("guess", form(asked, asked.truth, true))
    assert 'class="verdict right"><span aria-hidden="true">✓ </span>right</strong>' in page(card.card)
    for value in [option.value for option in asked.options if not option.truth][:1]:
        card.press("again", {})
        card.press("guess", form(asked, value, true))
        words = "partly right" if asked.because else "not right"
        assert f"</span>{words}</strong>" in page(card.card)
    card.press("again", {})
    card.press("skip", {})
    assert 'class="verdict' not in page(card.card)


@pytest.mark.parametrize(
    ("name", "look"), [("02.other", "tiny"), ("00.ten-containers", "brief"), ("05.label", "brief"), ("02.stop", "")]
)
def test_choices_stand_side_by_side_where_their_words_are_short(name: str, look: str) -> None:
    first = re.search(r'class="choices ?([a-z]*)"', page(predict(name).reveal().card))
    assert first
    assert look == first[1]


def test_a_card_without_containers_keeps_no_place_for_them() -> None:
    for name, kept in (("01.merge", False), ("00.ten-containers", True)):
        there = predict(name).reveal()
        assert kept == ("CONTAINERS" in shown(there))
        assert kept == ("none yet" in shown(there))
    heights = [
        int(re.findall(r'viewBox="0 0 880 (\d+)"', page(predict(n).reveal().card))[0])
        for n in ("04.secret", "00.ten-containers")
    ]
    assert heights[0] + 60 < heights[1]


@EVERY
def test_a_skip_opens_the_card_with_the_answer_alone(name: str) -> None:
    card = predict(name).reveal()
    card.press("skip", {})
    words = shown(card)
    assert "You skipped this question." in words
    assert exact(card.card.question.truth) in words
    assert "would be right if" not in words


@EVERY
def test_in_a_class_a_card_takes_two_answers_and_opens_by_its_own_button(name: str) -> None:
    classroom()
    card = predict(name).reveal()
    asked = card.card.question
    first, last, *_ = [option.value for option in asked.options]
    buttons = page(card.card).partition('<div class="acts" data-key="acts">')[2]
    commits, _, opens = buttons.partition('<div class="acts teacher"')
    assert 2 == commits.count('class="main"')
    assert 'data-press="open"' not in commits
    assert 'data-press="open" class="plain" aria-disabled="true"' in opens
    answer(card, first)
    answer(card, last, "sure")
    assert not card.prediction.opened
    assert 'data-press="open" class="main">' in page(card.card)
    assert asked.explanation not in shown(card)
    assert "For the class: " in shown(card).replace("\n", "")
    answer(card, first)
    assert "One change of mind is kept" in shown(card)
    card.press("open", {})
    assert asked.explanation in shown(card)


@EVERY
def test_a_still_card_folds_its_answer_and_draws_what_it_is_about(name: str) -> None:
    card = predict(name).reveal()
    before, after = still(card.card).split("<details><summary>Answer (predict first)</summary>")
    asked = card.card.question
    assert asked.explanation not in before
    assert before.startswith("<img alt=")
    assert len(asked.wrong) == after.count("would be right if")
    assert [] == [reason.wrong for reason in asked.because if escape(f"{reason.wrong}.") not in after]
    pictures = {happened: img(asked.happening.scene(STILL, happened=happened)) for happened in (False, True)}
    assert before.startswith(pictures[False])
    assert (pictures[True] != pictures[False]) == (pictures[True] in after)


def test_a_round_that_changes_something_shows_it_in_the_fold_and_one_that_looks_shows_no_second_picture() -> None:
    byte, column = (still(predict(name).reveal().card) for name in ("00.one-byte", "03.column"))
    assert (2, 1) == (byte.count("<img"), column.count("<img"))


@EVERY
def test_the_picture_of_a_locked_card_does_not_state_the_answer(name: str) -> None:
    asked = question(name)
    truth = asked.truth
    if asked.items or truth == 0 or any(same(truth, given) for given in asked.given):
        return
    before = text(predict(name).reveal().card).partition("Answer (predict first)")[0]
    for option in asked.options:
        before = before.replace(f"{option.letter}: ", "")
    choices = [exact(option.value) for option in asked.options] if asked.act == "choose" else []
    # "1 in web" is no part of the choice "1,001 in web".
    said = {each: len(re.findall(rf"(?<![\w.,]){re.escape(each)}", before)) for each in spells(truth, before)}
    assert [] == [each for each, count in said.items() if count > (1 if choices else 0)]


@EVERY
def test_each_key_of_a_card_stands_once(name: str) -> None:
    card = predict(name).reveal()
    card.press("skip", {})
    for each in ET.fromstring(page(card.card)).iter():
        keys = [child.get("data-key") for child in each if child.get("data-key")]
        assert len(keys) == len(set(keys))


def test_a_drawn_question_draws_its_own_numbers() -> None:
    card = predict("00.one-byte", seed=3).reveal()
    assert card.card.question.situation in page(card.card)
    assert "catalog.db" not in page(card.card)


# Presses.


def test_an_answer_that_cannot_be_read_is_told_so_and_leaves_the_lock() -> None:
    card = predict("00.one-byte").reveal()
    card.press("sure", {"answer": "much"})
    assert "'much' is no size" in shown(card)
    assert card.prediction.locked
    assert not (answers.FOLDER / answers.NAME).exists()


@pytest.mark.parametrize("digits", [18, 40, 400, 5_000])
def test_a_number_that_nobody_means_is_refused_and_the_card_still_answers(digits: int) -> None:
    card = predict("00.one-byte").reveal()
    card.press("sure", {"answer": "9" * digits})
    assert "9' is more than any disk holds" in shown(card)
    assert card.prediction.locked
    card.press("sure", {"answer": "1 PB"})
    assert "You said 1.00 PB (sure)." in shown(card)


@pytest.mark.parametrize("number", [-5, 10**18, 10**40])
def test_a_number_from_python_is_said_to_the_byte_where_no_one_types_it(number: int) -> None:
    asked = predict("00.one-byte")
    asked.commit(number)
    assert f"You said {number:,} B (a guess)." == asked.prediction.message


def test_a_count_has_no_more_digits_than_people_count() -> None:
    card = predict("01.merge").reveal()
    card.press("sure", {"answer": "9" * 5_000})
    assert "Type a number of files first, such as 7." in shown(card)


def test_whoever_skips_reads_the_second_question_with_its_answer() -> None:
    card = predict("02.other").reveal()
    card.press("skip", {})
    assert "And what happens to the image? The image stays the same, and so does its id." in shown(card)


def test_enter_in_the_field_asks_how_sure_one_is() -> None:
    card = predict("00.one-byte").reveal()
    card.press("entered", {"answer": "20 MB"})
    assert "Now say how sure you are" in shown(card)
    assert 'value="20 MB"' in page(card.card)


def test_a_press_on_a_layer_opens_it_and_closes_it_again() -> None:
    card = predict("00.ten-containers").reveal()
    key = re.findall(r'data-press="(layer:\w+)"', page(card.card))[0]
    assert "catalog.db" not in shown(card)
    card.press(key, {})
    assert "catalog.db" in shown(card)
    card.press(key, {})
    assert "catalog.db" not in shown(card)
    assert card.prediction.locked


def test_the_answer_takes_the_focus_when_it_is_opened_and_the_question_when_it_is_asked_again() -> None:
    card = predict("00.ten-containers").reveal()
    stamps = []
    for _ in range(2):
        card.press("skip", {})
        stamps += re.findall('data-focus="(.*?)"', page(card.card))
        card.press("again", {})
        stamps += re.findall('tabindex="-1" data-focus="(.*?)"', page(card.card))
    assert ["1", "2", "3", "4"] == stamps


def test_a_number_without_a_unit_is_asked_for_one() -> None:
    card = predict("00.one-byte").reveal()
    for bare in ("20", " 319 "):
        card.press("guess", {"answer": bare})
        assert f"{bare.strip()} of what? Add the unit: {bare.strip()} B, " in card.card.status
        assert card.prediction.locked
    card.press("guess", {"answer": "20,000,001"})
    assert 20_000_001 == card.prediction.commitments[0].value


def test_a_class_can_start_without_what_was_answered_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "FOLDER", tmp_path)
    predict("00.one-byte").reveal().press("guess", {"answer": "1 B"})
    try:
        classroom(fresh=True)
        assert predict("00.one-byte").prediction.locked
        classroom()
        assert predict("00.one-byte").prediction.locked  # the class has begun, and goes on
    finally:
        classroom(False)
    assert 1 == len(answers.rounds("00.one-byte"))


def test_a_card_of_the_same_question_in_another_cell_says_the_same() -> None:
    one, other = predict("00.ten-containers").reveal(), predict("00.ten-containers").reveal()
    assert one.widget.markup == other.widget.markup
    one.widget.hear({"press": "skip", "form": {}})
    assert "You skipped this question." in other.widget.markup


def test_a_cell_that_was_changed_shows_what_it_measured_and_says_so() -> None:
    card = predict("00.ten-containers").reveal(339_371_254)
    assert "Your cell does something other than the question says" in str(card)
    card.press("skip", {})
    assert "339,371,254 B" in shown(card)
    assert "Your cell" not in str(predict("00.ten-containers").reveal(319_371_253))


def test_a_wrong_count_of_values_is_refused_with_their_names() -> None:
    names = r"takes 2 values here \(the image, dead bytes in the image\), not 1"
    with pytest.raises(TypeError, match=names):
        predict("04.chmod-site").reveal(1)


def test_a_narrow_page_gets_a_picture_of_its_own_width() -> None:
    card = predict("00.one-byte").reveal()
    card.widget.hear({"width": 400})
    assert 'viewBox="0 0 400 ' in card.widget.markup


# What a notebook stores.


def test_text_and_html_do_not_depend_on_what_was_said() -> None:
    before = predict("00.one-byte").reveal(20_000_001)._repr_mimebundle_()
    answer(predict("00.one-byte").reveal(), 1)
    after = predict("00.one-byte").reveal(20_000_001)._repr_mimebundle_()
    assert [before[mime] for mime in ("text/plain", "text/html")] == [
        after[mime] for mime in ("text/plain", "text/html")
    ]


def test_showing_a_card_writes_no_file() -> None:
    for name in questions():
        predict(name).reveal()._repr_mimebundle_()
    assert [] == list(answers.FOLDER.iterdir())


def test_an_answer_is_shown_again_by_a_new_kernel() -> None:
    for name, asked in questions().items():
        answer(predict(name).reveal(), asked.options[0].value, "sure")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("layerlab.course.predict._asked", {})
        for name, asked in questions().items():
            said = predict(name).prediction
            assert (True, asked.options[0].value, True) == (
                said.opened,
                said.commitments[0].value,
                said.commitments[0].sure,
            )
            assert (said.commitments[0].reason is None) == (not asked.because)


def test_a_card_with_other_numbers_says_what_was_said_in_the_lesson() -> None:
    answer(predict("00.one-byte").reveal(), 1)
    later = predict("00.one-byte", seed=9).reveal()
    answer(later, later.card.question.truth, "sure")
    said = later.card.prediction.commitments[0]
    assert f"In the lesson you said 1 B (a guess), which was not right. Now you said {said}, which is right." in shown(
        later
    )


def test_a_live_card_says_every_value_that_its_cell_measured_without_a_press() -> None:
    card = predict("09.middle").reveal(8_192, 20_000_768)
    card.press("skip", {})
    unfolded = re.sub(r"<details.*?</details>", "", page(card.card), flags=re.DOTALL)
    assert "with overlay2: 20,000,768 B" in unfolded


def test_the_card_of_the_shell_form_shows_the_table_of_each_shell_by_its_name() -> None:
    happening = question("08.shell-form").happening
    before, after = happening.scene(STILL), happening.scene(STILL, happened=True)
    assert ["container:dash", "container:bash", "container:busybox"] == [mark.key for mark in before.marks]
    first = [mark.key for mark in after.marks if mark.key.endswith("/1")]
    assert ["process:dash/1", "process:bash/1", "process:busybox/1"] == first


def test_only_a_model_of_files_computes_with_bytes_and_hashes() -> None:
    words = {}
    for name in ("08.deaf", "02.stop"):
        card = predict(name).reveal()
        card.press("skip", {})
        words[name] = page(card.card)
    assert ["02.stop"] == [name for name, said in words.items() if "real bytes and real hashes" in said]
    assert "on the model." in words["08.deaf"]


def test_the_round_about_the_shells_shows_who_was_process_1_and_how_long_the_stop_took() -> None:
    shown = drawn_as_text(question("08.shell-form").happening.scene(STILL, happened=True))
    assert ["10", "0", "0"] == re.findall(r"waited (\d+) of 10 s", shown)
    assert 2 == len(re.findall(r"1  /app\.sh", shown))
    assert "7 processes in 3 containers before docker stop" in shown
