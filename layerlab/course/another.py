"""Another: a question of the same kind with other numbers, the same for the same seed, as many as there are seeds."""

from dataclasses import replace
from itertools import combinations, count
from random import Random

from layerlab.course.answer import same, short
from layerlab.course.question import Question


def another(question: Question, seed: int) -> Question:
    """Return the question that a seed draws. One whose kind has no other raises ValueError.

    Numbers are drawn again until no two answers could be taken for one another. No engine was asked about these, so
    nothing is said of one.

    >>> from layerlab.course.bank import question
    >>> drawn = another(question("00.one-byte"), 7)
    >>> drawn.name, drawn.truth() == another(question("00.one-byte"), 7).truth()
    ('00.one-byte#7', True)
    """
    if question.like is None:
        raise ValueError(f"{question.id} has no other like it")
    drawn = (question.like(Random(f"{question.id} {seed} {attempt}")) for attempt in count())
    named = (replace(each, id=question.id, seed=seed, like=question.like, docker="", recorded=None) for each in drawn)
    return next(each for each in named if distinct(each))


def distinct(question: Question) -> bool:
    """Tell whether every two options differ by more than typing may, and also as they are shown."""
    return not any(
        same(one.value, other.value) or short(one.value) == short(other.value)
        for one, other in combinations(question.options, 2)
    )
