"""Write the papers that come out of the project's own tables: cheat sheet, glossary, beliefs, instructor guide.

`--check` writes nothing and fails where one would change.
"""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from nbformat import NotebookNode

from layerlab.benches.example import CATALOG, shop
from layerlab.benches.verbs import CONTAINER, VERBS, Act, Verb
from layerlab.course.answer import short
from layerlab.course.bank import exercise, exercises, question, questions
from layerlab.course.beliefs import BELIEFS, LATER
from layerlab.course.exercise import Exercise
from layerlab.course.question import Question
from tools import papers
from tools.rebuild import NOTEBOOKS, read

DOCS = NOTEBOOKS.parent / "docs"
# Verbs of one kind stand together: the first of each kind.
KINDS = {"add-files": "Images and their layers", "run": "Containers", "write": "Files in a container"}
PLANS = {
    "45 minutes": {"00": 6, "01": 8, "02": 15, "03": 10, "exit ticket": 4},
    "90 minutes": {"00": 6, "01": 10, "02": 20, "03": 18, "break": 5, "04": 18, "exit ticket": 5},
    "180 minutes": {
        "00": 8, "01": 24, "02": 30, "03": 27, "break": 10, "04": 27, "second break": 10, "05": 27, "exit ticket": 6,
    },
}  # fmt: skip
# A question, a minute to think, a vote, two minutes of talk, the answer.
ROUND_MINUTES = 3


def lessons() -> dict[str, NotebookNode]:
    """Return every lesson by its number, in their order."""
    paths = sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))
    return {path.name[:2]: read(path) for path in paths}


def table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> Iterator[str]:
    """Return the lines of a Markdown table."""
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from rows(lines)


def rows(lines: Iterable[Iterable[str]]) -> Iterator[str]:
    """Return the lines of a table's rows."""
    yield from (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def cheat_sheet() -> Iterator[str]:
    """What each verb does, in Docker and in Python, and what it costs."""
    yield "# Cheat sheet: what each step costs"
    yield ""
    yield "`host = shop()` is the host of the lessons; `web` is a container on `shop`. Sizes are file bytes, as"
    yield "Docker's overlay2 store counts them."
    for verb in VERBS.values():
        if verb.key in KINDS:
            yield from ["", f"## {KINDS[verb.key]}", ""]
            yield from table(["you want to", "docker", "Python", "what it costs"], [])
        forms = ["no way", "no way"]
        if not verb.forms.docker.startswith("#"):
            line = verb.written(_example(verb))
            forms = [f"`{line.docker}`", f"`{line.python}`"]
        yield from rows([[verb.label[0].lower() + verb.label[1:], *forms, verb.costs]])


def _example(verb: Verb) -> Act:
    """Return an act of a verb on the running example, on a file with a short name."""
    host = shop()
    if "container" in verb.takes:
        host.run("shop", name=CONTAINER)
    if verb.key == "remove":
        host.stop(CONTAINER)
    path = "etc/passwd" if verb.path == CATALOG else verb.path
    return verb.complete(host, Act(verb.key, height=3 if "height" in verb.takes else 0, path=path))


def glossary() -> Iterator[str]:
    """Every word that a lesson introduces, by the alphabet."""
    found = {}
    for number, notebook in lessons().items():
        text = "\n".join(cell.source for cell in notebook.cells if _role(cell) == "words")
        for word, meaning in re.findall(r"^- \*\*(.+?)\*\*: (.+)$", text, re.MULTILINE):
            found[word] = meaning, number
    yield "# Words"
    yield ""
    yield from table(
        ["word", "what it is", "lesson"],
        ([f"**{word}**", *found[word]] for word in sorted(found, key=str.lower)),
    )


def beliefs() -> Iterator[str]:
    """Every belief with the questions, exercises and tests that answer it."""
    yield "# What people believe, and where it is answered"
    yield ""
    yield "For each belief that a lesson here answers, the model computes what the belief predicts. That value is one"
    yield "of the question's choices, and whoever takes it is told when it would be right. An exercise has wrong"
    yield "answers that come from the belief, each with feedback of its own. The tests hold each choice to a value that"
    yield "is written down apart from the models, and draw 1,000 other questions of its kind."
    yield ""
    yield from table(
        ["", "belief", "lesson", "questions", "exercises", "tests"],
        ([belief.id, belief.says, belief.lesson, *_answered(belief.id)] for belief in BELIEFS.values()),
    )
    yield from ["", "## Questions of lessons that are still to come", ""]
    later = ([later.belief, f"`{later.id}`", later.asks, later.predicts, later.truth] for later in LATER)
    yield from table(["belief", "question", "it asks", "the belief predicts", "true"], later)


def _answered(belief: str) -> list[str]:
    asked = [q for q in questions().values() if any(wrong.belief == belief for wrong in q.wrong)]
    made = [e for e in exercises().values() if any(mistake.belief == belief for mistake in e.mistakes)]
    lessons = sorted({each.lesson for each in asked} | {each.lesson for each in made})
    tests = [f"`tests/course/predicted/lesson_{lesson}.py`" for lesson in lessons]
    later = [f"`{each.id}` (to come)" for each in LATER if each.belief == belief]
    return [
        ", ".join([*(f"`{each.id}`" for each in asked), *later]),
        ", ".join(f"`{each.id}`" for each in made),
        ", ".join(tests),
    ]


def guide() -> Iterator[str]:
    """How to teach the lessons: plans, collecting votes, and every round with what its answers mean."""
    yield from GUIDE.strip().splitlines()
    yield from ["", "## Plans", "", f"A round with a vote takes about {ROUND_MINUTES} minutes. Take them in order."]
    for name, plan in PLANS.items():
        yield from ["", f"### {name}", "", "| minutes | what | on the screen |", "|---|---|---|"]
        begin = 0
        for what, minutes in plan.items():
            yield f"| {begin} to {begin + minutes} | {what} | {_screens(what, minutes)} |"
            begin += minutes
        yield from ["", f"That is {begin} minutes; the rest is slack."]
    for number, notebook in lessons().items():
        yield from ["", *_lesson(number, notebook)]


def _screens(what: str, minutes: int) -> str:
    """Return the rounds and benches of a lesson's core that fit into so many minutes, in their order."""
    notebook = lessons().get(what)
    if notebook is None:
        return ""
    shown = []
    for cell in notebook.cells:
        facts = cell.metadata.get("layerlab", {})
        if facts.get("part", "core") == "core" and not facts.get("recall") and facts.get("seed") is None:
            if _role(cell) == "round":
                shown.append(f"`{facts['question']}`")
            elif _role(cell) == "bench":
                shown.append("the bench")
    fit = max(1, minutes // ROUND_MINUTES)
    later = f"; at home: {', '.join(shown[fit:])}" if shown[fit:] else ""
    return f"{', '.join(shown[:fit])}{later}"


def _lesson(number: str, notebook: NotebookNode) -> Iterator[str]:
    title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
    minutes = notebook.cells[0].metadata.layerlab.get("minutes", 5)
    yield f"## {number}: {title}"
    yield ""
    yield f"Alone {minutes} minutes."
    heading = text = ""
    for cell in notebook.cells:
        facts = cell.metadata.get("layerlab", {})
        if cell.cell_type == "markdown":
            found, text = _parts(cell.source)
            heading = found or heading
        if _role(cell) == "round" and not facts.get("recall") and facts.get("seed") is None:
            yield from ["", *_round(question(facts["question"]), facts.get("part", "core"), heading, text)]
        elif _role(cell) == "check":
            yield from ["", *_exercise(exercise(facts["exercise"]), facts.get("part", "core"), heading)]
        if facts.get("notes"):
            yield from ["", *_notes(facts["notes"], _place(cell, heading))]


def _parts(source: str) -> tuple[str, str]:
    """Return the heading of a text, "" where it has none, and what stands under it."""
    found = re.match(r"#+ (.+)\n*", source)
    return (found[1], source[found.end() :]) if found else ("", source)


def _place(cell: NotebookNode, heading: str) -> str:
    """Return what a cell's notes are about, "" where they stand under the round or the exercise itself."""
    facts, role = cell.metadata.layerlab, _role(cell)
    if facts.get("recall"):
        return f"Recall `{facts['question']}`"
    if role == "setup":
        return "The first picture"
    return "" if role in ("round", "check") else heading


def _notes(notes: str, place: str) -> Iterator[str]:
    """Return a teacher's notes: the sketch, the question after the answer and what may be left out on their own."""
    said, *labelled = re.split(r"(?:^|(?<=[.?)] ))(?=(?:Board|Follow-up|Drop): )", notes)
    if said:
        yield f"**{place}** *{said.strip()}*" if place else f"*{said.strip()}*"
    if labelled:
        yield ""
    for each in labelled:
        label, _, rest = each.strip().partition(": ")
        yield f"- **{label}**: {rest}"


def _round(asked: Question, part: str, heading: str, situation: str) -> Iterator[str]:
    yield _titled(f"`{asked.id}`", part, heading)
    yield ""
    yield from (f"> {line}".rstrip() for line in situation.splitlines())
    yield ""
    yield f"**Ask**: {_plain(asked.prompt)}"
    yield ""
    options = ([o.letter, short(o.value), *_meaning(o.belief, o.right_if), "unknown"] for o in asked.options)
    yield from table(["", "answer", "it would be right if", "belief", "expected share"], options)
    yield ""
    if asked.second:
        yield from [f"**Then ask**: {asked.second}", ""]
    for reason in asked.because:
        yield f"- {'' if asked.second else 'because '}{reason.text}: {reason.wrong or 'true'}"
    if asked.because:
        yield ""
    yield asked.explanation


def _titled(name: str, part: str, heading: str) -> str:
    return f"### {name}{' (More)' if part == 'more' else ''}: {heading}"


def _meaning(belief: str, right_if: str) -> tuple[str, str]:
    return (f"{right_if}", f"{belief}: {BELIEFS[belief].says}") if belief else ("**measured**", "")


def _exercise(made: Exercise, part: str, heading: str) -> Iterator[str]:
    yield _titled(f"Exercise `{made.id}`", part, heading)
    yield ""
    yield f"{made.task} Hint: {made.hint}"
    yield ""
    yield "```python"
    yield from made.solution.splitlines()
    yield "```"
    yield ""
    wrong = ([_code(each.code), f"{each.belief}: {BELIEFS[each.belief].says}"] for each in made.mistakes)
    yield from table(["a wrong answer", "belief"], wrong)


def _code(lines: str) -> str:
    """Return lines of code as one cell of a table."""
    return "<br>".join(f"`{line}`" for line in lines.splitlines())


def _plain(html: str) -> str:
    return re.sub(r"</?code>", "`", html)


def _role(cell: NotebookNode) -> str:
    return str(cell.metadata.get("layerlab", {}).get("role", ""))


GUIDE = """
# Instructor guide

Generated from the question bank and the notes in the lessons. Nothing here is needed to take a lesson alone.

## Before you start

- Try `make lab` on the machine that shows the picture, and open lesson 00. Windows has no make: the README has three
  lines instead.
- `make class` writes slides, a printable handout for each lesson and the cheat sheet to `build/class/`; solutions are
  on pages of their own.
- A class without laptops works as well: one projector, and hands or cards with the letters A to D.

## A round

A round is one card. In a class, write `from layerlab import classroom` and `classroom(fresh=True)` into the first cell
of your own copy of the lesson: `fresh` leaves out what you answered while you rehearsed. Where learners answer in their
own notebooks, they write `classroom()` there too, before they answer. Then a card takes an answer, keeps one change of
mind, and opens only with its own button. Show the card, ask, wait a minute, and collect before anyone explains. Let
neighbours talk for a minute and collect again. Then press "Open the answer". Say what a wrong answer would need to be
true; never say what someone believes.

## Collecting a vote in a minute

- **Hands or cards**: type what you count: `tally("02.one-byte", A=12, B=3, C=9, D=2)`.
- **A chat**: with `classroom()` each card gives everyone one short line ("For the class"). Paste the whole chat:
  `tally("02.one-byte", text=chat)`. Of each person the last line counts.
- **A shared folder**: everyone runs `q.hand_in("folder", "name")`; you run `tally("02.one-byte", folder="folder")`.

The two questions of lesson 00 come back as the exit ticket, with new numbers; each card shows what one said in the
lesson and what one says now. For a class `entry.against(leave)` shows both votes in one picture.
"""

PAPERS: dict[str, Callable[[], Iterator[str]]] = {
    "cheat-sheet.md": cheat_sheet,
    "glossary.md": glossary,
    "beliefs.md": beliefs,
    "instructor-guide.md": guide,
}


def text(paper: Callable[[], Iterator[str]]) -> str:
    """Return a paper as its file holds it."""
    return "\n".join(paper()) + "\n"


def files(folder: Path = DOCS) -> dict[Path, str]:
    """Return every paper by its path."""
    return {folder / name: text(paper) for name, paper in PAPERS.items()}


def main(arguments: list[str] | None = None) -> int:
    """Write or check; return the exit status."""
    return papers.write(files(), __doc__.splitlines()[0], arguments)


if __name__ == "__main__":
    sys.exit(main())
