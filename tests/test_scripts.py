"""The scripts of a teacher: a page each, whose minutes and screens are those of the lessons."""

import re

import pytest

from layerlab.cli.present import EXIT
from layerlab.cli.screens import screens
from tools import docs, scripts
from tools.classroom import core
from tools.papers import lessons
from tools.scripts import NEEDED, PLANS, Plan, rows_of, steps

EVERY = pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.file)


def minutes(plan: Plan) -> float:
    return sum(step.minutes for step in steps(plan.file)) + sum(plan.breaks.values())


@EVERY
def test_a_plan_fits_its_time_and_leaves_some_for_questions(plan: Plan) -> None:
    assert 0.8 * plan.minutes <= minutes(plan) <= 0.95 * plan.minutes


def test_the_shortest_plan_has_every_round_that_later_lessons_need() -> None:
    taken = {step.row.name for step in steps("script-45.md")}
    needed = {row.name for lesson in ("00", "01", "02", "03") for row in rows_of(lesson) if row.need == NEEDED}
    assert set() == needed - taken
    assert {"00.ten-containers", "00.one-byte", "01.delete", "02.one-byte", "03.set"} <= taken


@EVERY
def test_a_screen_of_a_script_is_the_screen_that_the_projector_counts(plan: Plan) -> None:
    for step in steps(plan.file):
        if step.row.lesson == EXIT:
            continue
        shown = {screen.number: screen for screen in screens(lessons()[step.row.lesson])}
        first, last = step.row.screens
        text = "\n".join(cell["source"] for number in range(first, last + 1) for cell in shown[number].cells)
        assert f"# {step.row.ask}\n" in f"{text}\n"


@EVERY
def test_what_is_asked_and_said_is_short_and_every_row_says_something(plan: Plan) -> None:
    for step in steps(plan.file):
        assert step.row.ask
        assert 3 <= len(step.row.say.split()) <= 24, step.row.say


@EVERY
def test_what_goes_when_a_class_is_late_is_numbered_and_leaves_what_is_needed(plan: Plan) -> None:
    numbers = [number for step in steps(plan.file) for number in (step.goes, step.second_goes) if number]
    assert list(range(1, len(numbers) + 1)) == sorted(numbers)
    assert [] == [step.row.name for step in steps(plan.file) if step.row.need == NEEDED and step.goes]
    # A second vote goes before its round does.
    assert all(step.second_goes < step.goes for step in steps(plan.file) if step.goes and step.second_goes)


@EVERY
def test_minutes_only_go_on_and_each_lesson_follows_the_one_before(plan: Plan) -> None:
    lines = [line for line in scripts.script(plan) if re.match(r"\| \d", line)]
    begins = [int(line.split("|")[1]) for line in lines]
    assert sorted(begins) == begins
    order = [step.row.lesson for step in steps(plan.file)]
    assert sorted(order) == order
    assert sum("**Break" in line for line in lines) == len(plan.breaks)


@EVERY
def test_a_class_leaves_with_questions_of_the_lessons_that_it_has_had(plan: Plan) -> None:
    leaving = [step.row for step in steps(plan.file) if step.row.lesson == EXIT]
    assert ({"00.one-byte", "01.delete"} <= {row.name for row in leaving}) == plan.exits
    assert [] == [row.name for row in leaving if row.name[:2] not in plan.lessons]
    assert [] == [row.say for row in leaving if f"the hands of lesson {row.name[:2]}. " not in row.say]


def test_every_round_of_the_core_is_in_a_script_or_at_home() -> None:
    told = "\n".join("\n".join(scripts.script(plan)) for plan in PLANS)
    for lesson, notebook in lessons().items():
        names = {row.name for row in rows_of(lesson)}
        for cell in core(notebook):
            facts = cell.metadata.layerlab
            if facts.get("role") == "round" and not facts.get("recall"):
                assert facts["question"] in names
        assert f"| {lesson}: " in told


def test_the_guide_names_every_script_and_repeats_none() -> None:
    text = docs.text(docs.guide)
    for plan in PLANS:
        assert f"]({plan.file})" in text
    assert "| minutes | what |" not in text
