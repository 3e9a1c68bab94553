"""Goal bench: what every level's bench and page have, whatever kind of bench it is."""

from functools import cached_property
from html import escape
from typing import Any, ClassVar

from layerlab.benches.bench_view import STEPS, PageValues, button
from layerlab.benches.replay import Replay
from layerlab.course.beliefs import BELIEFS
from layerlab.course.levels.facts import Fact
from layerlab.course.levels.level import AnyLevel, WrongWay
from layerlab.course.levels.reading import Reading, same_value, told_apart
from layerlab.picture.goal import Wanted
from layerlab.picture.living import Form, Living
from layerlab.picture.page import block, bundle
from layerlab.picture.svg import img
from layerlab.words.plurals import counted


class GoalBench(Replay):
    """A bench with a goal. After each act it says what still differs, and why a wrong way fails.

    A kind of level gives `place` (what the facts are read from) and `steps_done`; the bench gives everything else.
    """

    level: AnyLevel

    def __init__(self, *given: Any, **options: Any) -> None:
        self.hinted = 0
        self._found: dict[tuple[Any, ...], tuple[Reading | None, ...]] = {}
        super().__init__(*given, **options)

    @property
    def place(self) -> Any:
        """What the facts are read from."""
        raise NotImplementedError

    @property
    def steps_done(self) -> list[Any]:
        """What the learner has done, as steps of a way."""
        raise NotImplementedError

    @property
    def found(self) -> tuple[Reading | None, ...]:
        """What each fact is now."""
        # Kept, because after a step back the state would have to be made again for it.
        if self.acts not in self._found:
            self._found[self.acts] = self.level.read(self.place)
        return self._found[self.acts]

    @property
    def solved(self) -> bool:
        """Whether everything is now as the goal says."""
        return not self.level.unlike(self.found)

    @property
    def taken(self) -> WrongWay | None:
        """The wrong way that the last act ended, if any."""
        return None if self.solved else self.level.taken(self.steps_done)

    @property
    def count(self) -> int:
        """How many acts the learner has done."""
        return len(self.steps_done)

    @property
    def verdict(self) -> str:
        """What still differs from the goal, as sentences; how many acts it took, once nothing differs."""
        if not self.solved:
            return " ".join(["Not yet.", *self.level.differences(self.found)])
        return f"Solved in {counted(self.count, 'act')}. The shortest way known has {len(self.level.way)}."

    @property
    def belief(self) -> str:
        """What people believe who take the way that the last act ended, and when it would lead to the goal; else ""."""
        taken = self.taken
        if taken is None:
            return ""
        return f"Many people think: “{BELIEFS[taken.belief].says}” This way would work if {taken.right_if}."

    @property
    def hints(self) -> tuple[str, ...]:
        """The hints that were asked for so far."""
        return self.level.hints[: self.hinted]

    def hint(self) -> None:
        """Show one more hint."""
        self.hinted = min(self.hinted + 1, len(self.level.hints))
        self.show_now(self.now)

    @property
    def wanted(self) -> list[Wanted]:
        """The rows of the goal's picture: each fact, and what it is now where that differs."""
        return [_row(*each) for each in zip(self.level.facts, self.found, self.level.goal, strict=True)]

    @property
    def status(self) -> str:
        """The sentence, what still differs, the belief if a wrong way was taken, and the hints asked for."""
        first, _, rest = self.verdict.partition(". ")
        lines = [f"<strong>{escape(first)}.</strong> {escape(rest)}", escape(self.belief)]
        lines += [f"Hint {number}: {escape(hint)}" for number, hint in enumerate(self.hints, 1)]
        said = "".join(f'<p style="margin:2px 8px">{line}</p>' for line in lines if line)
        return f"{super().status.removesuffix('</div>')}{said}</div>"

    def __str__(self) -> str:
        lines = [self.level.task, super().__str__(), self.verdict, self.belief]
        return "\n".join(filter(None, [*lines, *(f"Hint: {hint}" for hint in self.hints)]))

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        hints = "".join(
            f"<details><summary>Hint {number}</summary><p>{escape(hint)}</p></details>"
            for number, hint in enumerate(self.level.hints, 1)
        )
        task = f'<p class="question">{escape(self.level.task)}</p>'
        return bundle(self.widget, str(self), block(f"{task}{img(self.scene)}{self.status}{hints}"))

    @cached_property
    def widget(self) -> Living:
        """The live level: the task, the controls, what still differs, and the picture with the goal."""
        raise NotImplementedError


def _row(fact: Fact, now: Reading | None, there: Reading | None) -> Wanted:
    met = same_value(now, there)
    if there is None:
        return Wanted(fact.about, fact.of, "not there", "" if met else "there")
    if met or now is None:
        return Wanted(fact.about, fact.of, f"{fact.label}: {there.words}", "" if met else "not there")
    ours, theirs = told_apart(now, there)
    return Wanted(fact.about, fact.of, f"{fact.label}: {theirs}", ours)


class GoalPage(PageValues):
    """The page of a level: that of its bench, with the task above it, and a button for the next hint."""

    bench: Any
    # The hint takes the room of these buttons, so that the goal is in view.
    left_out: ClassVar[tuple[str, ...]] = ("forward",)

    def controls(self) -> str:
        """Return the task, the controls of the bench, and a button for the next hint."""
        level, hinted = self.bench.level, self.bench.hinted
        task = f'<p class="task" data-key="task">{escape(level.task)}</p>'
        # A button that is gone loses the focus, so the button of the last hint stays.
        hint = ""
        if level.hints:
            hint = button("Next hint" if hinted else "Hint", "hint")
        markup, over = super().controls(), button(STEPS["start-over"], "start-over")
        for key in self.left_out:
            markup = markup.replace(button(STEPS[key], key), "")
        return task + markup.replace(over, over + hint)

    def press(self, key: str, form: Form) -> None:
        """Do what was pressed, or show the next hint."""
        if key == "hint":
            self.bench.hint()
        else:
            super().press(key, form)
