"""The question bank: every lesson's questions and exercises by their ids; a lesson is imported when it is asked for."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from layerlab.course import lessons
from layerlab.course.exercise import Exercise
from layerlab.course.lesson import Lesson
from layerlab.course.question import Question
from layerlab.model.arguments import word

if TYPE_CHECKING:
    from layerlab.course.own_image import OwnImage

# A lesson is a file l00.py, l01.py and so on in the folder, so a new file needs no entry in a list.
LESSONS = sorted(module.name.removeprefix("l") for module in iter_modules(lessons.__path__))
LAST = LESSONS[-1]


def lesson(number: str) -> Lesson:
    """Return a lesson by its number, such as "00"; an unknown one raises ModuleNotFoundError."""
    found: Lesson = import_module(f"{lessons.__name__}.l{number}").LESSON
    return found


def question(name: str, seed: int | None = None, own: "OwnImage | None" = None) -> Question:
    """Return a question by its id, such as "00.one-byte", or another like it that a seed draws.

    The questions of the last lesson are about an image; `own` is the learner's own.

    An unknown one raises ValueError with those that exist.

    >>> question("00.ten-containers").prompt
    'How much disk space do the image and ten containers use together?'
    """
    # Only the lesson in the id is imported; the others are imported only to list what exists in the message.
    number, _, short = word(name, "a question's id").partition(".")
    if number not in LESSONS or name not in lesson(number).asks:
        known = [asked for each in LESSONS for asked in lesson(each).asks]
        raise ValueError(f"no question is called {name!r}: take one of {', '.join(known)}")
    if own is not None and own.key:
        if number != LAST:
            raise ValueError(f"{name} is not about an image of your own: only the questions of lesson {LAST} are")
        return lesson(number).ask_about(short, own, own.key)
    return _of_the_lesson(number, short) if seed is None else lesson(number).ask(short, seed)


# Kept, because a lesson's own question never changes, and computing its truth runs the model. The cell, the tally and
# the handout all ask for it.
@cache
def _of_the_lesson(number: str, name: str) -> Question:
    return lesson(number).ask(name)


def questions() -> dict[str, Question]:
    """Return every question by its id, in the order of the lessons. This computes all of them."""
    return {name: question(name) for number in LESSONS for name in lesson(number).asks}


def exercise(name: str) -> Exercise:
    """Return an exercise by its id; an unknown one raises ValueError with those that exist.

    >>> exercise("01.hide").takes
    ('image',)
    """
    number = word(name, "an exercise's id").partition(".")[0]
    if number not in LESSONS or name not in lesson(number).exercises:
        raise ValueError(f"no exercise is called {name!r}: take one of {', '.join(exercises())}")
    return lesson(number).exercises[name]


def exercises() -> dict[str, Exercise]:
    """Return every exercise by its id, in the order of the lessons."""
    return {name: made for number in LESSONS for name, made in lesson(number).exercises.items()}
