"""Question: one prediction as plain data, from its prompt to the line that a real engine printed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from layerlab.lesson.sizes import close
from layerlab.picture.units import size

Answer = int | str | tuple[str, ...] | frozenset[str]
"""A number of bytes, a verdict in words, names in an order, or a set of names."""

Model = Callable[[], Answer]


@dataclass(frozen=True)
class Wrong:
    """A wrong answer: the model that a belief amounts to, and when it would be right.

    `belief` is its number in the list of beliefs (part letters as in "2a"); `right_if` completes "would be right if".

    >>> Wrong("6", lambda: 1, "a container kept only the bytes that it wrote").model()
    1
    """

    belief: str
    model: Model
    right_if: str


@dataclass(frozen=True)
class Recorded:
    """What a real engine printed when someone did the same: the engine with its version and store, and its lines.

    >>> Recorded("Docker 20.10.24, overlay2", "0B (virtual 319MB)").lines
    '0B (virtual 319MB)'
    """

    engine: str
    lines: str


@dataclass(frozen=True)
class Option:
    """One of a question's answers with its letter; `right_if` is empty for the truth.

    >>> Option("A", 1, "files were changed in place").truth
    False
    """

    letter: str
    value: Answer
    right_if: str = ""

    @property
    def truth(self) -> bool:
        """Whether this is what the model computes."""
        return not self.right_if


@dataclass(frozen=True)
class Question:
    """A question of a lesson, asked before a cell shows the answer.

    `act` is how people answer: "choose" one of the options, or "type" a size. `truth` computes the answer on the
    model, and so do the wrong models. `measured` names the values that the cell hands to `reveal`, in their order;
    `answer` is the place of the one that was asked for. `given` computes what the situation states openly, which
    may be the very number of the answer. `explanation` has 60 words at most and no number that a cell computes.

    >>> from layerlab.lesson.bank import question
    >>> question("00.one-byte").lesson
    '00'
    """

    id: str
    prompt: str
    truth: Model
    wrong: tuple[Wrong, ...]
    measured: tuple[str, ...]
    explanation: str
    docker: str
    recorded: Recorded
    act: Literal["choose", "type"] = "choose"
    answer: int = 0
    given: tuple[Model, ...] = ()

    @property
    def lesson(self) -> str:
        """The number of the lesson that asks it."""
        return self.id.partition(".")[0]

    @cached_property
    def options(self) -> tuple[Option, ...]:
        """The truth and the wrong answers, sorted by value, with letters from A."""
        answers = [(self.truth(), ""), *((wrong.model(), wrong.right_if) for wrong in self.wrong)]
        ordered = sorted(answers, key=lambda answer: _rank(answer[0]))
        return tuple(
            Option(letter, value, right_if) for letter, (value, right_if) in zip("ABCDEFGH", ordered, strict=False)
        )

    def option(self, value: Answer) -> Option | None:
        """Return the option that an answer amounts to, within 2 % for sizes; None for an answer of its own."""
        return next((option for option in self.options if same(option.value, value)), None)


def same(one: Answer, other: Answer) -> bool:
    """Tell whether two answers are one: sizes within 2 %, anything else when equal."""
    if isinstance(one, int) and isinstance(other, int):
        return close(one, other)
    return one == other


def short(value: Answer) -> str:
    """Return an answer as a choice shows it: a size with three digits, names with commas.

    >>> short(20_000_001), short(("COPY", "RUN")), short(frozenset({"web", "job"}))
    ('20.0 MB', 'COPY, RUN', 'job, web')
    """
    if isinstance(value, int):
        return size(value)
    return value if isinstance(value, str) else ", ".join(sorted(value) if isinstance(value, frozenset) else value)


def exact(value: Answer) -> str:
    """Return an answer to the byte.

    >>> exact(20_000_001), exact("refused")
    ('20,000,001 B', 'refused')
    """
    return f"{value:,} B" if isinstance(value, int) else short(value)


def _rank(value: Answer) -> tuple[int, str]:
    return (value, "") if isinstance(value, int) else (0, short(value))
