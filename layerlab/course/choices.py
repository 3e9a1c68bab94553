"""Choices: how a question is answered, and what it lists to choose from, in words."""

from layerlab.course.answer import Count, short
from layerlab.course.question import LETTERS, Option, Question

HOW = {
    "choose": "Choose one",
    "point": "Point at one",
    "type": "Type a size",
    "pick": "Pick those that fit",
    "order": "Put them in order",
}


def how(question: Question) -> str:
    """Return how a question is answered, in a few words.

    >>> from layerlab.course.bank import question
    >>> how(question("00.one-byte"))
    'Type a size'
    """
    return "Type a number" if question.act == "type" and isinstance(question.truth, Count) else HOW[question.act]


def listed_choices(question: Question) -> list[str]:
    """Return what a question lists: its items or its options with their letters; nothing if people type the answer.

    >>> from layerlab.course.bank import question
    >>> listed_choices(question("00.ten-containers"))[0]
    'A: 319 MB'
    """
    if question.items:
        return [text for text, _ in items(question)]
    return [] if question.act == "type" else [choice(option) for option in question.options]


def choice(option: Option) -> str:
    """Return an option as a line: "A: 319 MB"."""
    return f"{option.letter}: {short(option.value)}"


def items(question: Question) -> list[tuple[str, str]]:
    """Return each item as a line with its letter, and the letter alone.

    >>> from layerlab.course.bank import question
    >>> items(question("02.volume"))[1]
    ('B: the thin layer of web', 'B')
    """
    return [(f"{letter}: {item}", letter) for letter, item in zip(LETTERS, question.items, strict=False)]
