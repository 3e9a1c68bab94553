"""Every exercise: unanswered, wrong answers each with feedback of its own, the solution, and a learner's error."""

import re
from collections.abc import Callable
from html import escape
from textwrap import indent
from typing import Any

import pytest

import layerlab
from layerlab.course.bank import exercise, exercises
from layerlab.course.check import UNANSWERED, Check, check
from layerlab.course.exercise import Exercise

EVERY = pytest.mark.parametrize("asked", exercises().values(), ids=exercises())


def function(asked: Exercise, body: str) -> Callable[..., Any]:
    """The function that a learner writes, with every public name in reach."""
    names: dict[str, Any] = {name: getattr(layerlab, name) for name in layerlab.__all__} | {"ll": layerlab}
    exec(f"def make({', '.join(asked.takes)}):\n{indent(body, '    ')}", names)
    made: Callable[..., Any] = names["make"]
    return made


def tried(asked: Exercise, body: str) -> Check:
    return check(asked.id, function(asked, body))


@EVERY
def test_an_unanswered_exercise_says_so_and_is_not_done(asked: Exercise) -> None:
    found = tried(asked, "...")
    assert (False, UNANSWERED) == (found.done, found.says)


@EVERY
def test_the_solution_is_right_and_what_it_says_too(asked: Exercise) -> None:
    found = tried(asked, asked.solution)
    assert found.done, found.says
    assert asked.right == found.says
    assert 6 >= len(asked.solution.splitlines())


@EVERY
def test_each_wrong_answer_gets_feedback_of_its_own(asked: Exercise) -> None:
    assert 3 <= len(asked.mistakes)
    heard = [tried(asked, mistake.code) for mistake in asked.mistakes]
    assert [False] * len(heard) == [found.done for found in heard]
    assert [True] * len(heard) == [
        mistake.says in found.says for mistake, found in zip(asked.mistakes, heard, strict=True)
    ]
    assert len(heard) == len({found.says for found in heard})
    assert all(mistake.belief for mistake in asked.mistakes)


@EVERY
@pytest.mark.parametrize("body", ["1 / 0", "return 7", "return 'seven'", "return []"])
def test_an_error_and_another_kind_of_thing_are_explained_and_not_raised(asked: Exercise, body: str) -> None:
    found = tried(asked, body)
    assert not found.done
    assert 1 == len(found.says.splitlines())
    assert found.says not in ("", UNANSWERED)


@EVERY
def test_a_task_a_hint_and_praise_are_sentences(asked: Exercise) -> None:
    for text in (asked.task, asked.hint, asked.right):
        assert text.endswith(".")
        assert 60 >= len(text.split())
    assert asked.id.startswith(f"{asked.lesson}.")


@EVERY
def test_code_in_what_is_said_is_shown_as_code(asked: Exercise) -> None:
    html = str(tried(asked, "1 / 0")._repr_mimebundle_()["text/html"])
    assert "`" not in html
    assert [] == [name for name in re.findall("`(.+?)`", asked.hint) if f"<code>{escape(name)}</code>" not in html]


def test_a_function_that_takes_something_else_is_told_what_it_gets() -> None:
    for asked in exercises().values():
        found = check(asked.id, lambda one, two, three, four, five: one)
        assert f"Your function has to take {', '.join(asked.takes)}, and nothing else." == found.says


@pytest.mark.parametrize("name", ["nothing", "01.nothing", "99.hide"])
def test_an_unknown_exercise_is_refused_with_those_that_exist(name: str) -> None:
    with pytest.raises(ValueError, match=rf"no exercise is called '{name}': take one of 01.hide, 01.lighter"):
        exercise(name)


@pytest.mark.parametrize(
    ("body", "helps"),
    [
        ("return Layre.of({})", "NameError: name 'Layre' is not defined. Did you mean Layer?"),
        ("return imgae", "NameError: name 'imgae' is not defined. Did you mean image?"),
        ("return image.layer", "has no attribute 'layer'. Did you mean layers?"),
        ('return image.view()["/bin/bash"]', "have no leading slash: write 'bin/bash'."),
        ('return image.view()["bin/bosh"]', "print the names that it has."),
        ("image.layers = ()", "AttributeError: images are read-only"),
    ],
)
def test_an_error_says_what_would_help(body: str, helps: str) -> None:
    assert helps in tried(exercise("01.hide"), body).says


def test_a_public_name_that_was_not_imported_is_told_how_to_import_it() -> None:
    def make(image: object) -> object:
        return Layer.of({})  # type: ignore[name-defined]  # noqa: F821

    assert (
        "The line `return Layer.of({})  # type: ignore[name-defined]  # noqa: F821` stopped: NameError: name 'Layer' "
        "is not defined. Write `from layerlab import Layer` in a cell above, and run that cell."
    ) == check("01.hide", make).says


def test_the_line_that_is_shown_is_the_learners_own_deepest_one() -> None:
    def inner(image: Any) -> Any:
        return image.view()["no/such/file"]

    assert 'The line `return image.view()["no/such/file"]` stopped' in check("01.hide", lambda image: inner(image)).says
