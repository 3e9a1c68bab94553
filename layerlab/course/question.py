"""Question: all parts of one question as plain data, from its prompt to the lines that a real engine printed."""

from collections.abc import Set
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

from layerlab.course.answer import Answer, rank, same, subject

if TYPE_CHECKING:
    from layerlab.picture.shapes import Looks, Scene

# As many letters as a question may have options or items. A line for the class knows the same letters.
LETTERS = "ABCDEFGH"
# The engine that printed the lines of nearly every question, from the same images as in the lessons.
ENGINE = "Docker 20.10.24, overlay2"
# Items that say that no other item is right, so nobody can pick them together with others.
ALONE = frozenset({"none of them", "nowhere"})

AnswerAct = Literal["choose", "type", "point", "pick", "order"]


class Pictured(Protocol):
    """What a card needs of that which a question is about: its picture, before it happened and after.

    A question names what it needs and not the classes, because these classes are models of builds, of processes and of
    drivers. A question is about one of them, and must not wait until all of them are imported.
    """

    @property
    def has_bytes(self) -> bool:
        """Whether the model computes real bytes and real hashes: processes have none."""

    def scene(self, looks: "Looks", *, happened: bool = False, pressed: Set[str] = frozenset()) -> "Scene":
        """Return the picture: before or, with `happened`, after. `pressed` are the keys of the marks that were."""


@dataclass(frozen=True)
class Wrong:
    """A wrong answer: what a belief predicts, and when that would be right.

    `belief` is its number in the list of beliefs (part letters as in "2a"); `right_if` completes "would be right if".

    >>> Wrong("6", 1, "a container kept only the bytes that it wrote").value
    1
    """

    belief: str
    value: Answer
    right_if: str


class Reason(NamedTuple):
    """A reason for an answer; `wrong` says what does not hold about it, and is empty for the true one.

    >>> Reason("the layer below cannot change").true
    True
    """

    text: str
    wrong: str = ""

    @property
    def true(self) -> bool:
        """Whether this is the true reason."""
        return not self.wrong


@dataclass(frozen=True)
class Option:
    """One of a question's answers with its letter; `right_if` is empty for the truth.

    >>> Option("A", 1, "files were changed in place").truth
    False
    """

    letter: str
    value: Answer
    right_if: str = ""
    belief: str = ""

    @property
    def truth(self) -> bool:
        """Whether this is what the model computes."""
        return not self.right_if

    @property
    def feedback(self) -> str:
        """When a wrong answer would be right, as a sentence; empty for the truth.

        >>> Option("A", frozenset({"web", "job"}), "files were changed in place").feedback
        'job and web would be right if files were changed in place.'
        >>> Option("B", frozenset({"a new id"}), "a label were no metadata").feedback
        'Only "a new id" would be right if a label were no metadata.'
        """
        if self.truth:
            return ""
        one = isinstance(self.value, frozenset) and len(self.value) == 1 and not self.value <= ALONE
        return f"{'Only ' if one else ''}{subject(self.value)} would be right if {self.right_if}."


@dataclass(frozen=True)
class Question:
    """A question of a lesson, asked before a cell shows the answer.

    `act` is how people answer: "choose" one of the options, "type" a size, "point" at one of the `items`, "pick" some
    of them, or put them in "order". `truth` and the wrong answers are computed on the model. `happening` is what the
    question is about, for its picture. `measured` names the values that the cell hands to `reveal`, in their order;
    `answer` is the place of the one that was asked for. `given` is what the situation states openly, which may be the
    very number of the answer. `because` holds reasons to choose from beside the answer; where `second` asks another
    question about the same act, they are its choices. `explanation` has 60 words at most, and each number in
    it is computed. `docker` are commands that do the same, and `printed` what a real engine then printed: `engine`, its
    version and its store.

    A lesson gives the `id`, and for a drawn one the `seed` and a `situation`, which is said before the prompt. A
    question about an image of the learner's own has the first digits of its id as `about`. `returns` is the id of an
    earlier question that this one asks again, so that a card can show what was said then.

    >>> from layerlab.course.bank import question
    >>> question("00.one-byte").lesson
    '00'
    """

    prompt: str
    truth: Answer
    explanation: str
    measured: tuple[str, ...]
    happening: Pictured
    wrong: tuple[Wrong, ...] = ()
    docker: str = ""
    printed: str = ""
    engine: str = ENGINE
    act: AnswerAct = "choose"
    answer: int = 0
    items: tuple[str, ...] = ()
    because: tuple[Reason, ...] = ()
    second: str = ""
    given: tuple[Answer, ...] = ()
    situation: str = ""
    id: str = ""
    seed: int | None = None
    about: str = ""
    returns: str = ""

    @property
    def lesson(self) -> str:
        """The number of the lesson that asks it."""
        return self.id.partition(".")[0]

    @property
    def name(self) -> str:
        """Its id, with the seed of one that was drawn, "02.one-byte#7", or with the image that it is about."""
        drawn = self.id if self.seed is None else f"{self.id}#{self.seed}"
        return f"{drawn}@{self.about}" if self.about else drawn

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The truth and the wrong answers, sorted by value, with letters from A; items by their own letters."""
        answers = [(self.truth, "", ""), *((wrong.value, wrong.right_if, wrong.belief) for wrong in self.wrong)]
        # Sorted by value, so that the place of the truth gives nothing away.
        answers.sort(key=lambda answer: rank(self.letters(answer[0]) if self.items else answer[0]))
        letters = [self.letters(answer[0]) for answer in answers] if self.items else LETTERS
        return tuple(Option(letter, *answer) for letter, answer in zip(letters, answers, strict=False))

    @cached_property
    def reasons(self) -> tuple[Reason, ...]:
        """The reasons to choose from, in alphabetical order, because that order does not give the true one away."""
        return tuple(sorted(self.because))

    def letters(self, value: Answer) -> str:
        """Return the letters of the items that an answer names, one after the other.

        >>> from layerlab.course.bank import question
        >>> question("00.one-byte").letters(7)
        ''
        """
        by_item = dict(zip(self.items, LETTERS, strict=False))
        if isinstance(value, frozenset):
            return "".join(sorted(by_item.get(name, "") for name in value))
        names = value if isinstance(value, tuple) else (value,)
        return "".join(by_item.get(str(name), "") for name in names)

    def option(self, value: Answer) -> Option | None:
        """Return the option that an answer amounts to, within 2 % for sizes; None for an answer of its own."""
        return next((option for option in self.options if same(option.value, value)), None)
