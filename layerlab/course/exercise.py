"""Exercise: something to make, judged on the object that was made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Mistake:
    """A wrong solution, the belief that it comes from, and a part of what is then said.

    >>> Mistake("1", "return image", "20.0 MB").belief
    '1'
    """

    belief: str
    code: str
    says: str


@dataclass(frozen=True)
class Exercise:
    """Something to make. `solution` is the body of the learner's function, whose parameters are `takes`.

    `start` makes the arguments afresh for each try. `judge` takes the arguments and then what the function returned,
    and returns what is still missing, in one line, or "" where nothing is; `right` is said then. `hint` is one
    sentence. `mistakes` are three wrong solutions, each with feedback of its own.

    >>> from layerlab.course.bank import exercise
    >>> exercise("05.damaged").lesson
    '05'
    """

    id: str
    task: str
    takes: tuple[str, ...]
    start: Callable[[], tuple[Any, ...]]
    judge: Callable[..., str]
    right: str
    hint: str
    solution: str
    mistakes: tuple[Mistake, ...]

    @property
    def lesson(self) -> str:
        """The number of the lesson that sets it."""
        return self.id.partition(".")[0]
