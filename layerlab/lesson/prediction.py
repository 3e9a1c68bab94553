"""Prediction: what someone said before the answer was opened, as a plain state that widgets listen to."""

from dataclasses import dataclass
from typing import Any

from traitlets import Bool, HasTraits
from traitlets import Tuple as TupleTrait

from layerlab.lesson.bank.question import Answer, Option, Question, exact, short
from layerlab.lesson.sizes import parse_size

CHANGES = 1


class PredictionError(ValueError):
    """What a question does not take, in one line that says what to do instead."""


@dataclass(frozen=True)
class Commitment:
    """An answer, the option that it amounts to (None for one of its own) and whether it was sure.

    >>> Commitment(7, None, sure=False).letter
    '?'
    """

    value: Answer
    option: Option | None
    sure: bool

    @property
    def letter(self) -> str:
        """The letter of its option, "?" where it has none."""
        return self.option.letter if self.option else "?"

    def __str__(self) -> str:
        said = exact(self.value) if self.option is None else short(self.value)
        return f"{said} ({'sure' if self.sure else 'a guess'})"


class Prediction(HasTraits):
    """What was said to a question: locked until a commitment or a skip, closed when the answer is opened.

    One change of mind is kept between the first commitment and the opening: `commitments` holds both.

    >>> from layerlab.lesson.bank import question
    >>> said = Prediction(question("00.one-byte"))
    >>> said.locked, said.message
    (True, 'Locked. Commit to an answer, or skip.')
    >>> said.commit("300 B", sure=False)
    >>> said.locked, said.commitments[-1].value
    (False, 300)
    """

    commitments = TupleTrait(())
    skipped = Bool(False)
    opened = Bool(False)

    def __init__(self, question: Question) -> None:
        super().__init__()
        self.question = question

    @property
    def locked(self) -> bool:
        """Whether the answer cannot be opened yet."""
        return not self.commitments and not self.skipped

    @property
    def closed(self) -> bool:
        """Whether no further commitment is taken."""
        return bool(self.opened) or len(self.commitments) > CHANGES

    @property
    def message(self) -> str:
        """Where the round stands, in one line."""
        if self.opened:
            return "The answer is open."
        if self.commitments:
            change = "" if self.closed else " You may change your mind once before you do."
            return f"You said {self.commitments[-1]}. Run the next cell and open its answer.{change}"
        if self.skipped:
            return "Skipped. Run the next cell and open its answer."
        return "Locked. Commit to an answer, or skip."

    def commit(self, answer: Any, *, sure: bool) -> None:
        """Commit to an answer: an option's letter, or its value; for a typed question a size such as "300 B".

        Raises PredictionError for an answer that the question does not know how to read, after the answer was opened,
        and for a second change of mind.
        """
        if self.opened:
            raise PredictionError("The answer is open: run the question's cell again to start anew.")
        value = self._read(answer)
        said = Commitment(value, self.question.option(value), sure)
        if said in self.commitments[-1:]:
            return
        if self.closed:
            raise PredictionError("One change of mind is kept, and you have made it. Open the answer.")
        self.commitments = (*self.commitments, said)

    def skip(self) -> None:
        """Unlock the answer without saying anything."""
        self.skipped = True

    def open(self) -> None:
        """Open the answer; PredictionError while it is locked."""
        if self.locked:
            raise PredictionError("The answer is locked: commit to a prediction first, or skip.")
        self.opened = True

    def _read(self, answer: Any) -> Answer:
        by_letter = {option.letter: option.value for option in self.question.options}
        if self.question.act == "type":
            return _typed(answer)
        if isinstance(answer, str) and answer.strip().upper() in by_letter:
            return by_letter[answer.strip().upper()]
        if answer in by_letter.values():
            return next(value for value in by_letter.values() if value == answer)
        raise PredictionError(f"Choose one of {', '.join(by_letter)} first.")


def _typed(answer: Any) -> int:
    if isinstance(answer, int):
        return answer
    if not str(answer or "").strip():
        raise PredictionError("Type a size first, such as 300 B, 5 kB or 70 MB.")
    try:
        return parse_size(str(answer))
    except ValueError as error:
        raise PredictionError(f"{error}.") from None
