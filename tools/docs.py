"""Write the papers that come out of the project's own tables: cheat sheet, glossary, beliefs, instructor guide.

`--check` writes nothing and fails where one would change.
"""

import re
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from nbformat import NotebookNode

from layerlab.benches.example import CATALOG, shop
from layerlab.benches.verbs import CONTAINER, VERBS, Act, Verb
from layerlab.course.answer import short
from layerlab.course.bank import exercise, exercises, question, questions
from layerlab.course.beliefs import BELIEFS
from layerlab.course.exercise import Exercise
from layerlab.course.question import Question
from tools import papers, scripts
from tools.papers import lessons, rows, table
from tools.rebuild import NOTEBOOKS

DOCS = NOTEBOOKS.parent / "docs"
# Verbs of one kind stand together: the first of each kind.
KINDS = {"add-files": "Images and their layers", "run": "Containers", "write": "Files in a container"}


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
    yield "is written down apart from the models, and draw other questions of its kind (`make prove`: 1,000 of each)."
    yield ""
    yield from table(
        ["", "belief", "lesson", "questions", "exercises", "tests"],
        ([belief.id, belief.says, belief.lesson, *_answered(belief.id)] for belief in BELIEFS.values()),
    )


def _answered(belief: str) -> list[str]:
    asked = [q for q in questions().values() if any(wrong.belief == belief for wrong in q.wrong)]
    made = [e for e in exercises().values() if any(mistake.belief == belief for mistake in e.mistakes)]
    lessons = sorted({each.lesson for each in asked} | {each.lesson for each in made})
    tests = [f"`tests/course/predicted/lesson_{lesson}.py`" for lesson in lessons]
    return [
        ", ".join(f"`{each.id}`" for each in asked),
        ", ".join(f"`{each.id}`" for each in made),
        ", ".join(tests),
    ]


def guide() -> Iterator[str]:
    """How to teach the lessons: plans, collecting votes, and every round with what its answers mean."""
    yield from GUIDE.strip().splitlines()
    yield from ["", "## Plans", ""]
    yield "Each script is one printed page, which `make class` writes. It says which screen to show in which minute,"
    yield "what to ask and to say, and what to leave out when you are late."
    yield ""
    yield from (f"- [{plan.title}]({plan.file}): {plan.about}" for plan in scripts.PLANS)
    for number, notebook in lessons().items():
        yield from ["", *_lesson(number, notebook)]


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
    said, *labelled = re.split(r"(?:^|(?<=[.?)] ))(?=(?:Say|Board|Follow-up|Drop): )", notes)
    if said or place:
        yield " ".join(filter(None, (f"**{place}**" if place else "", f"*{said.strip()}*" if said else "")))
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
    options = ([o.letter, short(o.value), *_meaning(o.belief, o.right_if)] for o in asked.options)
    yield from table(["", "answer", "it would be right if", "belief"], options)
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
    return (right_if, belief) if belief else ("**measured**", "")


def _exercise(made: Exercise, part: str, heading: str) -> Iterator[str]:
    yield _titled(f"Exercise `{made.id}`", part, heading)
    yield ""
    yield f"{made.task} Hint: {made.hint}"
    yield ""
    yield "```python"
    yield from made.solution.splitlines()
    yield "```"
    yield ""
    wrong = ([_code(each.code), each.belief] for each in made.mistakes)
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
- `make class` writes your script, slides, a handout for each lesson and the cheat sheet to `build/class/`.
- `layerlab present 00` shows lesson 00 on a projector. A class needs no laptops: hands, or cards with the letters A to
  D, are enough.

## A round

A round is one card. Show it, ask, wait a minute, and count hands before anyone explains. Let neighbours talk for a
minute, and count again. Then press "Open the answer". Say when a wrong answer would be right; never say what someone
believes.

In JupyterLab, write `from layerlab import classroom` and `classroom(fresh=True)` into the first cell of your own copy
of the lesson. On the projector this is done for you. Learners who answer in their own notebooks write `classroom()`
there.

Below, a number beside a wrong answer is that of its [belief](beliefs.md).

## Collecting a vote in a minute

- **Hands or cards**: type what you count on the card. "Vote again" keeps the first vote, and the answer shows both.
- **A chat**: with `classroom()` each card gives everyone one short line ("For the class"). Paste the whole chat:
  `tally("02.one-byte", text=chat)`. Of each person the last line counts.
- **A shared folder**: everyone runs `q.hand_in("folder")`; you run `tally("02.one-byte", folder="folder")`. The file
  has the name of the log-in, or the one that is given: `q.hand_in("folder", "name")`.

The exit ticket asks seven questions of lessons 00 to 05 again, with new numbers: `layerlab present exit-ticket`.
A script has those of its own lessons. In a notebook, each card shows what one said in the lesson and what one says now,
and a table at the end has all of them.
"""

PAPERS: dict[str, Callable[[], Iterator[str]]] = {
    "cheat-sheet.md": cheat_sheet,
    "glossary.md": glossary,
    "beliefs.md": beliefs,
    "instructor-guide.md": guide,
    **{plan.file: partial(scripts.script, plan) for plan in scripts.PLANS},
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
