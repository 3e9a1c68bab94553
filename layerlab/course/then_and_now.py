"""Then and now: what a learner first answered to a question, and what to a later question of the same kind."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import NamedTuple

from layerlab.course import answers
from layerlab.course.answers import AnswersError, Rounds
from layerlab.course.bank import LAST, lesson, question
from layerlab.course.card import plain
from layerlab.course.predict import asked_before
from layerlab.course.prediction import Prediction
from layerlab.course.question import Question
from layerlab.picture.page import block

NOTHING = "No question was answered twice yet. When one was, this table has your first and your last answer."

# JupyterLab sets every table to the right, which is for numbers.
LEFT = ' style="text-align:left"'


class ThenAndNow(NamedTuple):
    """One question, what was said to it first, and what was said to the later one, each with whether it was right.

    >>> ThenAndNow("01.delete", "How large?", "5 B (sure), not right", "9 B (sure), right").id
    '01.delete'
    """

    id: str
    prompt: str
    then: str
    now: str


class YourAnswers:
    """The answers of then and now as a table. Made by `your_answers`."""

    def __init__(self, rows: tuple[ThenAndNow, ...]) -> None:
        self.rows = rows

    def __str__(self) -> str:
        lines = [f"{row.id}  {row.prompt}\n  then: {row.then}\n  now:  {row.now}" for row in self.rows]
        return "\n".join(lines) or NOTHING

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        rows = [(row.id[:2], row.prompt, row.then, row.now) for row in self.rows]
        cells = "".join(f"<tr>{''.join(f'<td{LEFT}>{escape(text)}</td>' for text in row)}</tr>" for row in rows)
        head = "".join(f"<th{LEFT}>{text}</th>" for text in ("lesson", "question", "then", "now"))
        html = f"<table><tr>{head}</tr>{cells}</table>" if self.rows else f"<p>{escape(NOTHING)}</p>"
        return {"text/plain": str(self), "text/html": block(html)}


def your_answers() -> YourAnswers:
    """Return what you answered in a lesson, and what to the same kind of question later, from your file of answers.

    >>> your_answers()
    No question was answered twice yet. When one was, this table has your first and your last answer.
    """
    try:
        found = answers.read()
    except AnswersError:
        # The next press on a card says so, and sets the file aside.
        found = {}
    return YourAnswers(tuple(_rows(found)))


def _rows(found: Mapping[str, Rounds]) -> Iterator[ThenAndNow]:
    returning = {name: question(name).returns for name in lesson(LAST).asks}
    later: dict[str, str] = {}
    for name in found:
        short = name.partition("@")[0].partition("#")[0]
        first = returning.get(short) or short
        if first != name and first in found:
            later[first] = name
    for first in sorted(later, key=_place):
        asked = _question(first)
        # A file may have a question that this version does not ask any more.
        if asked is None:
            continue
        then, now = _last_answer(first, found[first][0]), _last_answer(later[first], found[later[first]][-1])
        yield ThenAndNow(first, plain(asked.prompt), then, now)


def _place(name: str) -> tuple[str, int]:
    """Return where a question stands in the course: its lesson, and its place there."""
    number = name[:2]
    try:
        return number, lesson(number).asks.index(name)
    # A file may have a question of a lesson that this version does not have.
    except (ModuleNotFoundError, ValueError):
        return number, -1


def _last_answer(name: str, record: Mapping[str, object]) -> str:
    """Return the last answer of a round as a sentence has it, and whether it was right if the question is known."""
    asked = _question(name)
    if asked is None:
        return answers.said(record)
    given = Prediction(asked)
    given.restore(record)
    if not given.commitments:
        return answers.said(record)
    last = given.commitments[-1]
    return f"{last}, {'right' if last.option and last.option.truth else 'not right'}"


def _question(name: str) -> Question | None:
    """Return the question of a name in the file; None for one about an image that this notebook does not have."""
    if known := asked_before(name):
        return known
    short, _, seed = name.partition("#")
    if "@" in name:
        return None
    try:
        return question(short, int(seed) if seed else None)
    except ValueError:
        return None
