"""The question bank: each lesson's questions and exercises as plain data, a file a lesson."""

from layerlab.course.another import another
from layerlab.course.exercise import Exercise
from layerlab.course.lessons import l00 as lesson_00
from layerlab.course.lessons import l01 as lesson_01
from layerlab.course.lessons import l02 as lesson_02
from layerlab.course.lessons import l03 as lesson_03
from layerlab.course.lessons import l04 as lesson_04
from layerlab.course.lessons import l05 as lesson_05
from layerlab.course.question import Question

LESSONS = (lesson_00, lesson_01, lesson_02, lesson_03, lesson_04, lesson_05)
QUESTIONS = {question.id: question for lesson in LESSONS for question in lesson.QUESTIONS}
EXERCISES: dict[str, Exercise] = {exercise.id: exercise for lesson in LESSONS for exercise in lesson.EXERCISES}


def question(name: str, seed: int | None = None) -> Question:
    """Return a question by its id, such as "00.one-byte", or another like it that a seed draws.

    An unknown one raises ValueError with those that exist.

    >>> question("00.ten-containers").prompt
    'How much does the host hold then: the image and ten containers?'
    """
    if name not in QUESTIONS:
        raise ValueError(f"no question is called {name!r}: take one of {', '.join(QUESTIONS)}")
    return QUESTIONS[name] if seed is None else another(QUESTIONS[name], seed)


def exercise(name: str) -> Exercise:
    """Return an exercise by its id; an unknown one raises ValueError with those that exist."""
    if name not in EXERCISES:
        raise ValueError(f"no exercise is called {name!r}")
    return EXERCISES[name]
