"""Measured: what a cell handed over as its answer, by the names that the question gives its values."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from layerlab.course.answer import Answer, Count, exact, same
from layerlab.course.question import Question


@dataclass(frozen=True)
class Measured:
    """The values that a cell measured; if it measured none, the value that the model computes.

    >>> from layerlab.course.bank import question
    >>> found = Measured.of(question("04.chmod-site"), (344_371_253, 25_000_000))
    >>> found.answer, found.rows, found.as_asked
    (344371253, [('dead bytes in the image', '25,000,000 B')], True)
    """

    question: Question
    names: tuple[str, ...]
    values: tuple[object, ...]
    place: int
    by_cell: bool = True

    @classmethod
    def of(cls, question: Question, values: Sequence[object] = ()) -> "Measured":
        """Return a cell's values; another number of them than the question names raises TypeError."""
        names = question.measured
        # A question that is drawn has no lines in the cell, so the model measures.
        if not values:
            return cls(question, (names[question.answer],), (question.truth,), 0, by_cell=False)
        if len(values) != len(names):
            raise TypeError(f"reveal takes {len(names)} values here ({', '.join(names)}), not {len(values)}")
        return cls(question, names, tuple(values), question.answer)

    @property
    def answer(self) -> Answer:
        """The value that the question asked for; if the question counts things, a plain number is a number of them."""
        value, truth = _answer(self.values[self.place]), self.question.truth
        if isinstance(truth, Count) and isinstance(value, int):
            return Count(value, truth.thing)
        return value

    @property
    def rows(self) -> list[tuple[str, str]]:
        """The other values, each with its name, as they are printed."""
        named = zip(self.names, self.values, strict=True)
        return [(name, _printed(value)) for place, (name, value) in enumerate(named) if place != self.place]

    @property
    def as_asked(self) -> bool:
        """Whether the cell does what the question says: a learner may have changed it."""
        return same(self.answer, self.question.truth)


def _printed(value: Any) -> str:
    return ", ".join(value) or "nothing" if isinstance(value, list) else exact(_answer(value))


def _answer(value: Any) -> Answer:
    # A cell may hand over a plain set. Answers are values that do not change, so they are frozen sets.
    if isinstance(value, set):
        return frozenset(value)
    return value if isinstance(value, int | Count | str | tuple | frozenset) else str(value)
