"""The question bank: each lesson's questions as plain data, a file a lesson."""

from layerlab.lesson.bank import lesson_00
from layerlab.lesson.bank.question import Question

QUESTIONS = {question.id: question for questions in (lesson_00.QUESTIONS,) for question in questions}


def question(name: str) -> Question:
    """Return a question by its id, such as "00.one-byte"; an unknown one raises ValueError with those that exist.

    >>> question("00.ten-containers").prompt
    'How much does the host hold then: the image and ten containers?'
    """
    if name not in QUESTIONS:
        raise ValueError(f"no question is called {name!r}: take one of {', '.join(QUESTIONS)}")
    return QUESTIONS[name]
