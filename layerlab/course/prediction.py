"""Prediction: what a learner answered before the answer was opened, as plain state that a widget can follow."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from layerlab.course.answer import Answer, Count, exact, short
from layerlab.course.question import ALONE, LETTERS, Option, Question, Reason
from layerlab.model.layerlab_error import LayerlabError
from layerlab.words.plurals import plural
from layerlab.words.typed_sizes import parse_size

# Changes of mind that are kept: one, for a vote before people talk and one after.
CHANGES = 1
# A number from here on, without a unit, is one of bytes.
CLEAR = 10_000
# Nobody counts further, and Python reads no number of some thousand digits.
DIGITS = 18


class PredictionError(LayerlabError, ValueError):
    """What a question does not take, in one line that says what to do instead."""


@dataclass(frozen=True)
class Commitment:
    """An answer, the option that it amounts to (None for one of its own), whether it was sure, and the reason given.

    `items` are the letters of the items that it names, where a question has items.

    >>> Commitment(7, None, sure=False).letter
    '?'
    """

    value: Answer
    option: Option | None
    sure: bool
    items: str = ""
    reason: Reason | None = None

    @property
    def letter(self) -> str:
        """The letters of its items or of its option, "?" where it has none."""
        return self.items or (self.option.letter if self.option else "?")

    def __str__(self) -> str:
        said = short(self.value)
        # A typed size is said as it was meant: with three digits if these are all, else to the byte.
        if self.option is None and isinstance(self.value, int) and not _says(said, self.value):
            said = exact(self.value)
        return f"{said} ({'sure' if self.sure else 'a guess'})"


class Prediction:
    """What was said to a question: locked until a commitment or a skip, closed when the answer is opened.

    One change of mind is allowed between the first commitment and the opening, and `commitments` has both answers. The
    functions in `changed` are called after each change, so that a card can be painted again.

    >>> from layerlab.course.bank import question
    >>> said = Prediction(question("00.one-byte"))
    >>> said.locked
    True
    >>> said.commit("300 B", sure=False)
    >>> said.locked, said.commitments[-1].value, said.message
    (False, 300, 'You said 300 B (a guess).')
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.commitments: tuple[Commitment, ...] = ()
        self.skipped = self.opened = False
        self.changed: list[Callable[[], None]] = []

    @property
    def locked(self) -> bool:
        """Whether the answer cannot be opened yet."""
        return not self.commitments and not self.skipped

    @property
    def closed(self) -> bool:
        """Whether no further commitment is taken."""
        return self.opened or len(self.commitments) > CHANGES

    @property
    def message(self) -> str:
        """What was said so far, as sentences, "" where nothing was."""
        if self.commitments:
            first, *later = map(str, self.commitments)
            return f"You said {first}{f' first, then {later[0]}' if later else ''}."
        return "You skipped this question." if self.skipped else ""

    @property
    def record(self) -> dict[str, Any]:
        """What was said as plain data, for a file; `restore` reads it."""
        given = [_plain(said) for said in self.commitments]
        return {"answers": given, "skipped": self.skipped}

    def restore(self, record: Mapping[str, Any]) -> None:
        """Take back what a file contains, and open the answer. An answer that the question does not know is dropped."""
        try:
            for said in record.get("answers", ()):
                self.commit(said["answer"], sure=bool(said["sure"]), because=said.get("because"))
        # A question may have changed since the file was written, and a person may have edited the file.
        except (PredictionError, LookupError, TypeError):
            self.commitments = ()
            return
        self.skipped = bool(record.get("skipped"))
        self.opened = not self.locked

    def again(self) -> None:
        """Ask anew: forget what was said, and lock the answer."""
        self.commitments, self.skipped, self.opened = (), False, False
        self._tell()

    @property
    def line(self) -> str:
        """What was said as one short line that a class can collect, "" where nothing was.

        A letter, "?" for a guess or "!" for sure, and after ">" the change of mind: "LL1 02.one-byte A?>C!".
        A reason's letter is a small one; an answer that is no option is a hyphen.
        """
        if not self.commitments:
            return f"LL1 {self.question.name} skip" if self.skipped else ""
        return f"LL1 {self.question.name} {'>'.join(map(self._vote, self.commitments))}"

    def commit(self, answer: Any, *, sure: bool, because: str | None = None) -> None:
        """Commit to an answer: an option's letter, or its value; for a typed question a size such as "300 B".

        For items it is a letter or a name, or several: "A", "AC", ["web", "job"]. `because` is a reason's letter or
        its text, where the question asks for one. Raises PredictionError for an answer that the question does not know
        how to read, after the answer was opened, and for a second change of mind.
        """
        if self.opened:
            raise PredictionError("The answer is open: press Ask me again to answer anew.")
        value, reason = self._read(answer), self._reason(because)
        said = Commitment(value, self.question.option(value), sure, self.question.letters(value), reason)
        # The same answer again, such as a double press, is no change of mind.
        if said in self.commitments[-1:]:
            return
        if self.closed:
            raise PredictionError("One change of mind is kept, and you have made it. Open the answer.")
        self.commitments = (*self.commitments, said)
        self._tell()

    def skip(self) -> None:
        """Unlock the answer without saying anything."""
        self.skipped = True
        self._tell()

    def open(self) -> None:
        """Open the answer; PredictionError while it is locked."""
        if self.locked:
            raise PredictionError("The answer is locked: commit to a prediction first, or skip.")
        self.opened = True
        self._tell()

    def _tell(self) -> None:
        for show in self.changed:
            show()

    def _vote(self, said: Commitment) -> str:
        reason = LETTERS[self.question.reasons.index(said.reason)].lower() if said.reason else ""
        # A question mark means a guess in this line, so an answer without a letter has a hyphen.
        return f"{said.letter.replace('?', '-')}{reason}{'!' if said.sure else '?'}"

    def _read(self, answer: Any) -> Answer:
        if self.question.act == "type":
            return typed(answer, self.question.truth)
        if self.question.items:
            return self._items(answer)
        by_letter = {option.letter: option.value for option in self.question.options}
        by_text = {exact(value): value for value in by_letter.values()}
        if isinstance(answer, str) and answer.strip().upper() in by_letter:
            return by_letter[answer.strip().upper()]
        if isinstance(answer, str) and answer in by_text:
            return by_text[answer]
        if answer in by_letter.values():
            return next(value for value in by_letter.values() if value == answer)
        raise PredictionError(f"Choose one of {', '.join(by_letter)} first.")

    def _items(self, answer: Any) -> Answer:
        """Read items by their letters or names: one to point at, a set to pick, or all of them in an order."""
        items, act = self.question.items, self.question.act
        by_letter = dict(zip(LETTERS, items, strict=False))
        named: Iterable[Any] = answer if isinstance(answer, Iterable) else ()
        if isinstance(answer, str):
            # An item may itself be a short word of these letters, so names are tried first.
            letters = answer not in items and set(answer.upper()) <= by_letter.keys()
            named = answer.upper() if letters else [answer]
        chosen = tuple(by_letter.get(name, name) for name in named)
        if not chosen or set(chosen) - set(items) or (act == "point" and len(chosen) > 1):
            raise PredictionError(f"Choose {'one' if act == 'point' else 'some'} of {', '.join(by_letter)} first.")
        if act == "order" and sorted(chosen) != sorted(items):
            raise PredictionError(f"Give each of {', '.join(by_letter)} a place of its own first.")
        if act == "pick":
            if len({*chosen}) > 1 and (alone := ALONE.intersection(map(str, chosen))):
                raise PredictionError(f'"{min(alone)}" is an answer of its own: take it away, or take the others away.')
            return frozenset(chosen)
        return chosen if act == "order" else str(chosen[0])

    def _reason(self, because: str | None) -> Reason | None:
        reasons = self.question.reasons
        by_name = dict(zip(LETTERS.lower(), reasons, strict=False)) | {reason.text: reason for reason in reasons}
        if reasons and because not in by_name:
            what = "an answer to the second question" if self.question.second else "a reason"
            raise PredictionError(f"Choose {what} too: it is half of the answer.")
        return by_name[because] if because and reasons else None


def _says(text: str, size: int) -> bool:
    """Tell whether a size in words is that size to the byte."""
    try:
        return parse_size(text) == size
    # A number from Python may be below 0 or larger than any size that people type.
    except ValueError:
        return False


def _plain(said: Commitment) -> dict[str, Any]:
    """Return a commitment as a file holds it: names or a text that the question can read again."""
    value = said.value
    names = sorted(value) if isinstance(value, frozenset) else value
    # The file has names and texts in place of letters, because a letter depends on the other options of the question.
    text = [str(name) for name in names] if said.items and isinstance(names, list | tuple) else exact(value)
    return {"answer": text, "sure": said.sure} | ({"because": said.reason.text} if said.reason else {})


def typed(answer: Any, truth: Answer) -> Answer:
    """Return the size in bytes, or the number of what `truth` counts, that someone typed.

    PredictionError says what to type instead.

    >>> typed("20 MB", 0), str(typed("7", Count(1, "mark")))
    (20000000, '7 marks')
    """
    if isinstance(truth, Count):
        return _count(answer, truth.thing)
    if isinstance(answer, int):
        return answer
    if not str(answer or "").strip():
        raise PredictionError("Type a size first, such as 300 B, 5 kB or 70 MB.")
    # Who types 20,000,001 means bytes. Who types 20 may mean MB, and would get the feedback on 20 B.
    if (bare := str(answer).strip()).isdecimal() and 0 < float(bare) < CLEAR:
        raise PredictionError(f"{bare} of what? Add the unit: {bare} B, {bare} kB or {bare} MB.")
    try:
        return parse_size(str(answer))
    except ValueError as error:
        raise PredictionError(f"{error}.") from None


def _count(answer: Any, thing: str) -> Count:
    digits = str("" if answer is None else answer).strip().partition(" ")[0].replace(",", "")
    if not digits.isdecimal() or len(digits) > DIGITS:
        raise PredictionError(f"Type a number of {plural(thing)} first, such as 7.")
    return Count(int(digits), thing)
