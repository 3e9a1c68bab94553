import os
import random
import re
from importlib import import_module, reload
from itertools import chain, combinations
from pathlib import Path
from subprocess import run
from sys import executable
from unittest.mock import patch

import pytest

from layerlab.course.answer import Answer, Count, exact, same, short
from layerlab.course.bank import LESSONS, question, questions
from layerlab.course.lesson import distinct
from layerlab.course.question import Question
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.words.typed_sizes import close, parse_size

PREDICTIONS = Path(__file__).with_name("predicted")
# `make prove` draws a thousand, `make test` a sample: others each time.
SEEDS = 1_000 if os.environ.get("LAYERLAB_LONG") else 60
EVERY = pytest.mark.parametrize("asked", questions().values(), ids=questions())

# What people believe, as the answer that it leads to: kept apart from the models that compute it, a file a lesson.
WRITTEN = [import_module(f"tests.course.predicted.{path.stem}") for path in sorted(PREDICTIONS.glob("lesson_*.py"))]
PREDICTED = {name: options for lesson in WRITTEN for name, options in lesson.PREDICTED.items()}
TRUTHS = {name: letter for lesson in WRITTEN for name, letter in lesson.TRUTHS.items()}


def test_every_question_has_its_numbers_written_down_here() -> None:
    assert PREDICTED.keys() == TRUTHS.keys() == questions().keys()


@EVERY
def test_each_option_is_what_its_model_computes(asked: Question) -> None:
    assert PREDICTED[asked.id] == {option.letter: option.value for option in asked.options}
    assert [TRUTHS[asked.id]] == [option.letter for option in asked.options if option.truth]


@EVERY
def test_options_differ_by_more_than_typing_may_and_also_as_they_are_shown(asked: Question) -> None:
    assert distinct(asked)
    assert len(asked.options) == len({option.letter for option in asked.options}) == 1 + len(asked.wrong)


@EVERY
def test_choices_have_the_letters_a_to_d_and_more_only_where_several_are_picked(asked: Question) -> None:
    letters = "ABCD" if asked.act != "pick" else "ABCDEF"
    assert {letter for option in asked.options for letter in option.letter} <= set(letters)
    assert len(asked.items) <= len(letters)
    if not asked.items:
        assert list(letters[: len(asked.options)]) == [option.letter for option in asked.options]


@EVERY
def test_feedback_is_a_sentence_about_the_answer(asked: Question) -> None:
    for option in asked.options:
        assert option.truth or re.fullmatch(r"(\d|\w+|\"|/).* would be right if .*\w\.", option.feedback)


@EVERY
def test_any_seed_draws_a_question_whose_answers_can_be_told_apart(asked: Question) -> None:
    beliefs = {wrong.belief for wrong in asked.wrong}
    truths = set()
    for seed in random.sample(range(1_000_000), SEEDS):
        drawn = question(asked.id, seed)
        (truth,) = [option for option in drawn.options if option.truth]
        assert distinct(drawn)
        assert {option.belief for option in drawn.options if not option.truth} <= beliefs
        assert all(option.right_if for option in drawn.options if not option.truth)
        assert drawn.situation
        assert (asked.id, asked.act) == (drawn.id, drawn.act)
        truths.add((drawn.situation, short(truth.value)))
    assert len(truths) > SEEDS // 10


@EVERY
def test_a_seed_draws_the_same_question_each_time(asked: Question) -> None:
    one, other = question(asked.id, 7), question(asked.id, 7)
    assert (one.situation, one.prompt) == (other.situation, other.prompt)
    assert [(o.letter, o.value) for o in one.options] == [(o.letter, o.value) for o in other.options]


@EVERY
def test_feedback_says_when_a_wrong_answer_would_be_right_and_never_what_someone_believes(asked: Question) -> None:
    for wrong in asked.wrong:
        assert wrong.belief
        assert wrong.right_if
        assert not wrong.right_if.endswith(".")
        assert "you" not in wrong.right_if.split()
    assert len(asked.wrong) == len({wrong.right_if for wrong in asked.wrong})


@EVERY
def test_an_explanation_is_short_and_types_no_number(asked: Question) -> None:
    drawn = [question(asked.id, seed).explanation for seed in range(12)]
    assert 60 >= max(len(each.split()) for each in (asked.explanation, *drawn))
    # A number is computed, so other seeds have others. (overlay2 and ext4 are names.)
    assert set() == set.intersection(*(set(re.findall(r"\b\d[\d.,]*", each)) for each in (asked.explanation, *drawn)))


@EVERY
def test_reasons_are_several_and_one_of_them_is_true(asked: Question) -> None:
    if asked.because:
        assert 1 == sum(reason.true for reason in asked.because)
        assert 3 <= len(asked.because)


@EVERY
def test_a_question_names_its_command_and_the_engine_that_was_asked(asked: Question) -> None:
    assert asked.docker
    assert any(letter.isdigit() for letter in asked.engine)
    assert asked.printed
    assert asked.id.startswith(f"{asked.lesson}.")
    assert 0 <= asked.answer < len(asked.measured)


def printed_sizes(lines: str) -> list[int]:
    """Every size that stands in what an engine printed."""
    return [parse_size(found) for found in re.findall(r"\b\d+(?:\.\d+)?[kMG]?B\b", lines)]


def agrees(lines: str, truth: Answer) -> bool:
    """Whether a size is one that an engine printed, or the sum of some."""
    if not isinstance(truth, int):
        return True
    sizes = printed_sizes(lines)[:12]
    sums = chain.from_iterable(combinations(sizes, count) for count in range(1, 4))
    return truth == 0 or any(close(sum(some), truth) for some in sums)


@EVERY
def test_the_engine_printed_what_the_model_computes(asked: Question) -> None:
    assert agrees(asked.printed, asked.truth)


def test_an_answer_of_ones_own_is_no_option() -> None:
    assert question("00.one-byte").option(7_000_000) is None
    letters = [
        option.letter for value in (1, 20_000_000, 19_900_000) if (option := question("00.one-byte").option(value))
    ]
    assert ["A", "B", "B"] == letters


@pytest.mark.parametrize("name", ["00.two", "one-byte", "99.one-byte", ""])
def test_an_unknown_question_is_refused_with_those_that_exist(name: str) -> None:
    with pytest.raises(ValueError, match=r"take one of 00.ten-containers, 00.one-byte"):
        question(name)


def test_a_first_question_imports_its_own_lesson_and_nothing_that_only_pictures_or_other_lessons_need() -> None:
    code = """
import sys, layerlab
layerlab.predict("00.ten-containers")
print(*sorted({name.split(".")[1] for name in sys.modules if name.startswith("layerlab.")}))
print(*sorted(name for name in sys.modules if name.startswith("layerlab.course.lessons.l")))
print(*sorted({"ipywidgets", "traitlets", "IPython", "matplotlib", "anywidget"} & sys.modules.keys()))
"""
    found = run([executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "archive benches course model picture words\nlayerlab.course.lessons.l00\n\n" == found


def test_importing_a_lesson_computes_no_question() -> None:
    for number in LESSONS:
        with (
            patch.object(Host, "run", side_effect=AssertionError),
            patch.object(Image, "view", side_effect=AssertionError),
        ):
            reload(import_module(f"layerlab.course.lessons.l{number}"))


def test_answers_of_other_kinds_are_compared_and_shown_too() -> None:
    assert same(frozenset({"web", "job"}), frozenset({"job", "web"}))
    assert not same(("a", "b"), ("b", "a"))
    assert not same(Count(50, "mark"), Count(51, "mark"))
    assert ["a, b", "job, web", "refused"] == [
        exact(value) for value in (("a", "b"), frozenset({"web", "job"}), "refused")
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20 MB", 20_000_000),
        ("19.1 MiB", 20_027_802),
        ("20000001", 20_000_001),
        ("20,000,001 B", 20_000_001),
        ("20_000_001", 20_000_001),
        ("20 000 001 bytes", 20_000_001),
        (" 1 ", 1),
        ("one byte", 1),
        ("a byte", 1),
        ("0", 0),
        (".5kb", 500),
        ("1,5 GB", 1_500_000_000),
        ("64 KiB", 65_536),
        ("3 m", 3_000_000),
    ],
)
def test_sizes_are_read_as_people_type_them(text: str, expected: int) -> None:
    assert expected == parse_size(text)


@pytest.mark.parametrize("text", ["", "much", "20 MX", "-3", "1.2.3", "20 MB each"])
def test_text_that_is_no_size_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(ValueError, match="300 B, 5 kB or 70 MB"):
        parse_size(text)


def test_sizes_within_two_percent_count_as_one() -> None:
    assert [True, True, False, True, False] == [
        close(20_000_001, 20_000_000),
        close(98, 100),
        close(97, 100),
        close(0, 0),
        close(0, 1),
    ]
