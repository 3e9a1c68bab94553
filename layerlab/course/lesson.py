"""Lesson: the questions and exercises of one lesson, each computed when it is asked for and not before."""

from collections.abc import Callable
from dataclasses import replace
from itertools import combinations, count
from random import Random
from typing import Any, TypeVarTuple

from layerlab.course.answer import same, short
from layerlab.course.exercise import Exercise, Mistake
from layerlab.course.question import Question, Wrong

Arguments = TypeVarTuple("Arguments")


class Lesson:
    """What one lesson asks. A question is a function, so that importing a lesson computes nothing.

    >>> from layerlab.course.happening import Happening
    >>> lesson = Lesson("09")
    >>> @lesson.question("apples", lambda: (2,), lambda random: ("You buy some.", random.randint(3, 9)))
    ... def apples(count):
    ...     return Question("How many apples?", count, "You bought them.", ("apples",), Happening(Host))
    >>> lesson.ask("apples").id, lesson.ask("apples").truth
    ('09.apples', 2)
    >>> lesson.ask("apples", seed=7).name, lesson.ask("apples", seed=7).situation
    ('09.apples#7', 'You buy some.')
    """

    def __init__(self, number: str) -> None:
        self.number = number
        self.exercises: dict[str, Exercise] = {}
        self._own: dict[str, Callable[[], Question]] = {}
        self._drawn: dict[str, Callable[[Random], Question]] = {}
        self._about: dict[str, Callable[..., Question]] = {}

    @property
    def asks(self) -> list[str]:
        """The ids of its questions, in the order of the lesson."""
        return [f"{self.number}.{name}" for name in self._own]

    def question(
        self,
        name: str,
        own: Callable[[], tuple[*Arguments]],
        draw: Callable[[Random], tuple[str, *Arguments]],
    ) -> Callable[[Callable[[*Arguments], Question]], Callable[[*Arguments], Question]]:
        """Register a function that makes a question of what it is about.

        `own` returns the function's arguments for the lesson's own question. `draw` returns a text and other arguments
        of the same kind. The text tells the situation, because the lesson's text does not have the drawn one.
        """

        def register(make: Callable[[*Arguments], Question]) -> Callable[[*Arguments], Question]:
            def drawn(random: Random) -> Question:
                situation, *arguments = draw(random)
                # No engine has run with drawn numbers, so a drawn question shows no engine's commands and output.
                return replace(make(*arguments), situation=situation, docker="", printed="")  # type: ignore[arg-type]

            self._own[name] = lambda: make(*own())
            self._drawn[name] = drawn
            self._about[name] = make
            return make

        return register

    def exercise(
        self,
        name: str,
        *,
        task: str,
        takes: tuple[str, ...],
        start: Callable[[], tuple[Any, ...]],
        right: str,
        hint: str,
        solution: str,
        mistakes: tuple[Mistake, ...],
    ) -> Callable[[Callable[..., str]], Callable[..., str]]:
        """Register an exercise, which the function below it judges."""

        def register(judge: Callable[..., str]) -> Callable[..., str]:
            full = f"{self.number}.{name}"
            self.exercises[full] = Exercise(full, task, takes, start, judge, right, hint, solution, mistakes)
            return judge

        return register

    def ask_about(self, name: str, subject: Any, key: str) -> Question:
        """Return the question of a name about something of the learner's own, which `key` tells from other things.

        No engine has run with it, so it shows none. A wrong answer that would be right there is left out.
        """
        made = self._about[name](subject)
        wrong: list[Wrong] = []
        for each in made.wrong:
            if not any(same(each.value, other) for other in (made.truth, *(kept.value for kept in wrong))):
                wrong.append(each)
        return replace(made, id=f"{self.number}.{name}", about=key, wrong=tuple(wrong), docker="", printed="")

    def ask(self, name: str, seed: int | None = None) -> Question:
        """Return the lesson's own question of a name, or the one like it that a seed draws: the same each time.

        Numbers are drawn again until no two answers could be taken for one another. An unknown name raises KeyError.
        """
        full = f"{self.number}.{name}"
        if seed is None:
            return replace(self._own[name](), id=full)
        draw = self._drawn[name]
        # A string as the seed gives the same numbers in every run, because Random hashes it with sha512 and not with
        # hash().
        drawn = (draw(Random(f"{full} {seed} {attempt}")) for attempt in count())
        return next(replace(each, id=full, seed=seed) for each in drawn if distinct(each))


def distinct(question: Question) -> bool:
    """Tell whether all options differ: by more than the 2 % that count as equal, and in what is shown of them."""
    return not any(
        same(one.value, other.value) or short(one.value) == short(other.value)
        for one, other in combinations(question.options, 2)
    )
