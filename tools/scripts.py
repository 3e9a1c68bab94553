"""Scripts: a page each from which a teacher gives the lessons, minute by minute, computed from the lessons.

A lesson is taken apart into rows, one for each thing that a class does. A row knows its screens and its minutes. A plan
takes what no later row can do without, then adds what it has time for, the most useful first. So what was added last
goes first when a class is late.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from nbformat import NotebookNode

from layerlab.cli.present import EXIT
from layerlab.cli.screens import screens
from layerlab.course.bank import question
from layerlab.course.choices import listed_choices
from tools.papers import lessons, table
from tools.rebuild import NOTEBOOKS, read

COMPARE = "Write these hands beside the hands of lesson {}. What has changed?"
# The surprises of the first lessons: nearly everyone gets them wrong there. The rest is asked if there is time.
LAST_ASKED = {"00.one-byte", "01.delete"}
# Words that one says, or reads from a screen, in a minute: a class hears many of them for the first time.
SPOKEN = 140
# Minutes: to think and raise hands, to talk to a neighbour and raise hands again, to start the next lesson.
VOTE, TALK, BEGIN = 1.25, 1.75, 1.0
# And to look at what a cell shows, or to do what a bench asks.
LOOK = {"show": 0.5, "task": 0.5, "plot": 2.0, "bench": 4.0}
# A plan leaves this share of its time for questions.
SLACK = 0.06

# What is added to a plan, in this order: what nothing can do without, what is told, further rounds, second votes of the
# rounds that are needed, rounds that a note lets go, benches, and second votes of all rounds.
NEEDED, TOLD, VOTED, SECOND, SKIPPED, TRIED, AGAIN = range(7)


@dataclass(frozen=True)
class Plan:
    """A length of time and the lessons that it is for; `breaks` are minutes after a lesson."""

    file: str
    title: str
    minutes: int
    lessons: tuple[str, ...]
    breaks: Mapping[str, int] = field(default_factory=dict)
    exits: bool = True

    @property
    def about(self) -> str:
        """The lessons of the plan in a few words."""
        return f"lessons {self.lessons[0]} to {self.lessons[-1]}{', then the exit ticket' if self.exits else ''}"


PLANS = (
    Plan("script-45.md", "45 minutes", 45, ("00", "01", "02", "03")),
    Plan("script-90.md", "90 minutes", 90, ("00", "01", "02", "03", "04"), {"02": 5}),
    Plan("script-180.md", "180 minutes", 180, ("00", "01", "02", "03", "04", "05", "06"), {"02": 10, "04": 10}),
    Plan("script-more.md", "85 minutes more", 85, ("07", "08", "09", "10"), {"08": 5}, exits=False),
)


@dataclass(frozen=True)
class Row:
    """One thing that a class does: its screens, what to ask and to say, its minutes, and how much it is needed.

    `second` are the minutes of a second vote, 0 where people vote once or not at all.
    """

    lesson: str
    name: str
    screens: tuple[int, int]
    minutes: float
    need: int
    ask: str
    say: str
    second: float = 0

    @property
    def where(self) -> str:
        """The screens as a teacher reads them."""
        first, last = self.screens
        lesson = self.lesson.partition("-")[0]
        return f"{lesson}: {first}" if first == last else f"{lesson}: {first}–{last}"


@cache
def rows_of(lesson: str) -> tuple[Row, ...]:
    """Return what a class does in a lesson, in its order."""
    notebook = read(NOTEBOOKS / f"{EXIT}.ipynb") if lesson == EXIT else lessons()[lesson]
    found = {cell["id"]: screen.number for screen in screens(notebook) for cell in screen.cells}
    rows = []
    for group in _groups(notebook, found):
        numbers = [found[cell.id] for cell in group]
        rows.append(_row(lesson, group, (min(numbers), max(numbers))))
    return tuple(row for row in rows if row is not None)


def _groups(notebook: NotebookNode, shown: Mapping[str, int]) -> Iterator[list[NotebookNode]]:
    """Yield the cells of a projector that belong together: what is asked or told, and then what is seen."""
    group: list[NotebookNode] = []
    for cell in (each for each in notebook.cells if each.id in shown):
        begins = cell.cell_type == "markdown" and cell.source.startswith("#")
        # A recall has no text of its own.
        begins |= _role(cell) == "round" and bool(group) and _role(group[-1]) in ("setup", "round")
        if begins and group:
            yield group
            group = []
        group.append(cell)
    yield group


def _row(lesson: str, group: list[NotebookNode], numbers: tuple[int, int]) -> Row | None:
    roles = [_role(cell) for cell in group]
    notes = "\n".join(str(cell.metadata.layerlab.get("notes", "")) for cell in group)
    texts = [cell.source for cell in group if cell.cell_type == "markdown"]
    heading = texts[0].splitlines()[0].lstrip("# ") if texts else ""
    say = _said(notes)
    words = sum(len(text.split()) for text in texts) + len(say.split())
    row = Row(lesson, group[0].id, numbers, words / SPOKEN, TOLD, heading, say)
    if "round" in roles:
        return _round(row, group[roles.index("round")], notes)
    if {"points", "words", "exercise"} & set(roles) or not say:
        return None
    if "title" in roles:
        # Nobody reads the aims aloud: they are for those who learn alone.
        return replace(row, minutes=BEGIN + len(say.split()) / SPOKEN, need=NEEDED)
    looked = max(LOOK.get(role, 0) for role in roles)
    return replace(row, minutes=row.minutes + looked, need=TRIED if "bench" in roles else TOLD)


def _round(row: Row, cell: NotebookNode, notes: str) -> Row | None:
    facts = cell.metadata.layerlab
    asked = question(facts["question"], facts.get("seed"))
    read_aloud = [
        asked.situation,
        asked.prompt,
        asked.second,
        *listed_choices(asked),
        *(each.text for each in asked.because),
    ]
    minutes = row.minutes + sum(len(text.split()) for text in read_aloud) / SPOKEN + VOTE
    if row.lesson == EXIT:
        need = NEEDED if asked.id in LAST_ASKED else SKIPPED
        return replace(row, name=asked.id, minutes=minutes, need=need, say=COMPARE.format(asked.lesson))
    # A class that has just had the lesson before needs no question about it.
    if facts.get("recall"):
        return None
    drop = re.search(r"Drop: (.+)", notes)
    need = {"not": NEEDED, "the": VOTED, "thi": SKIPPED}.get(drop[1][:3] if drop else "", NEEDED)
    return replace(row, name=facts["question"], minutes=minutes, need=need, second=TALK)


def _said(notes: str) -> str:
    """Return what a teacher says when the answer is open."""
    found = re.search(r"Say: (.+?)(?= (?:Board|Follow-up|Drop): |$)", notes, re.MULTILINE)
    return found[1] if found else ""


def _role(cell: NotebookNode) -> str:
    return str(cell.metadata.layerlab.get("role", ""))


@dataclass(frozen=True)
class Step:
    """A row in a plan: with one vote or two, and its place among what goes when a class is late, 0 if it stays."""

    row: Row
    votes: int = 1
    goes: int = 0
    second_goes: int = 0

    @property
    def minutes(self) -> float:
        """How long it takes."""
        return self.row.minutes + (self.row.second if self.votes > 1 else 0)


@cache
def steps(plan: str) -> tuple[Step, ...]:
    """Return what a class does in a plan, in its order: what is needed, and what there is time for."""
    chosen = next(each for each in PLANS if each.file == plan)
    every = [row for lesson in chosen.lessons for row in rows_of(lesson)]
    # A class can answer the exit ticket's questions of the lessons that it has had.
    every += [row for row in rows_of(EXIT) if chosen.exits and row.name.partition(".")[0] in chosen.lessons]
    left = chosen.minutes * (1 - SLACK) - sum(chosen.breaks.values())
    taken = {row: Step(row) for row in every if row.need == NEEDED}
    left -= sum(step.minutes for step in taken.values())
    added: list[tuple[Row, bool]] = []
    for need in range(TOLD, AGAIN + 1):
        for row in every:
            second = need in (SECOND, AGAIN)
            votes = taken[row].votes if row in taken else 0
            wanted = row.need == need and not votes
            if second:
                wanted = votes == 1 and row.second > 0 and (row.need == NEEDED or need == AGAIN)
            minutes = row.second if second else row.minutes
            if wanted and minutes <= left:
                taken[row] = Step(row, 2 if second else 1)
                added.append((row, second))
                left -= minutes
    for goes, (row, second) in enumerate(reversed(added), 1):
        taken[row] = replace(taken[row], second_goes=goes) if second else replace(taken[row], goes=goes)
    return tuple(taken[row] for row in every if row in taken)


def script(plan: Plan) -> Iterator[str]:
    """Write a plan as a page."""
    yield f"# {plan.title}: {plan.about}"
    yield ""
    yield "Show each lesson with `layerlab present` and its number. The number of a screen is at its bottom right."
    yield "Ask, wait, count hands, and type them on the card. Neighbours talk before a second vote."
    yield "If you are late, leave out something that is still to come. Begin with the lowest number in the last column."
    yield ""
    yield from table(["min", "screens", "votes", "ask", "say, when the answer is open", "when late"], _lines(plan))
    yield ""
    yield f"That leaves {plan.minutes - round(_end(plan))} minutes for questions. {_at_home(plan)}".strip()


def _lines(plan: Plan) -> Iterator[list[str]]:
    begin, done = 0.0, steps(plan.file)
    for number, step in enumerate(done):
        votes = str(step.votes) if step.row.second or step.row.lesson == EXIT else ""
        yield [f"{begin:.0f}", step.row.where, votes, step.row.ask, step.row.say, _when_late(step)]
        begin += step.minutes
        following = done[number + 1].row.lesson if number + 1 < len(done) else ""
        if step.row.lesson != following and step.row.lesson in plan.breaks:
            minutes = plan.breaks[step.row.lesson]
            yield [f"{begin:.0f}", "", "", f"**Break, {minutes} minutes**", "", ""]
            begin += minutes


def _when_late(step: Step) -> str:
    """Say what goes when a class is late: the second vote goes before the round itself."""
    parts = [(step.second_goes, "one vote"), (step.goes, "out")]
    return ", ".join(f"**{goes}** {what}" for goes, what in parts if goes)


def _end(plan: Plan) -> float:
    return sum(step.minutes for step in steps(plan.file)) + sum(plan.breaks.values())


def _at_home(plan: Plan) -> str:
    """Say what of the lessons there is no time for."""
    taken = {step.row for step in steps(plan.file)}
    home = [row for lesson in plan.lessons for row in rows_of(lesson) if row not in taken]
    names = [f"the bench of {row.lesson}" if row.need == TRIED else f'"{row.ask}" ({row.where})' for row in home]
    return f"At home: {'; '.join(names)}." if home else ""
