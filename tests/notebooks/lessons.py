"""The shape of a lesson: each rule names the faults that it finds. What holds for any notebook is in `guards`."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from math import ceil
from pathlib import Path

from nbformat import NotebookNode

from layerlab import shop
from layerlab.benches.example import (
    APACHE_PACKED,
    APACHE_SIZE,
    CATALOG_SIZE,
    EMPTY_PACKED,
    PAGE_SIZE,
    POST_SIZE,
    ROOT_PACKED,
    ROOT_SIZE,
)
from layerlab.course.answer import short
from layerlab.course.bank import question
from layerlab.course.question import Question
from layerlab.words.sizes import size
from tests.notebooks.guards import code_cells, committed, printed, words

ROOT = Path(__file__).resolve().parents[2]
ROLES = {
    "title", "setup", "text", "situation", "round", "task", "bench", "plot", "show", "exercise", "check",
    "points", "words", "more", "breakit", "puzzle",
}  # fmt: skip
SLIDES = {"slide", "subslide", "fragment", "notes", "skip", "-"}
# What someone who is used to such texts needs, and what a beginner needs: words a minute, and seconds to do a thing.
# The words of a card are counted apart: these are the seconds to think, to answer and to look at the picture.
WORDS_A_MINUTE = (200, 140)
SECONDS = {
    "round": (40, 100), "bench": (80, 180), "check": (120, 300), "setup": (5, 30), "plot": (10, 30), "show": (10, 30),
}  # fmt: skip
RECALL = (20, 60)
# A beginner is through the core in so many minutes.
LONGEST = 20
LONGEST_OPENING = 10
CORE_CELLS = range(10, 21)
NEW_WORDS = 5
CONTROLS = 7
# Headings that are the same in every lesson; all others ask, but for those over something to do.
FIXED = {"What you can now say", "Words you now own", "More", "The puzzle of this course"}
DOING = {"exercise", "task", "breakit"}
# What an objective says that someone can do afterwards.
ABILITIES = {"add", "decide", "find", "list", "name", "read", "say", "split", "tell", "work"}
# Words that join an objective to its key point say more than these.
COMMON = {"what", "when", "which", "that", "than", "then", "them", "with", "from", "your", "only", "before", "after"}
# One word for one thing; the slides themselves say "thin writable layer".
INSTEAD_OF = {
    r"(?<!thin )writ(?:e?able) layer|container layer|upper layer|upperdir": "thin layer",
    r"copy-on-write|copies on write|copied on write": "copy-up",
    r"file ?system layers?": "layer",
    r"disc\b": "disk",
}

Rule = Callable[[NotebookNode], Iterator[str]]


@cache
def lessons() -> dict[str, NotebookNode]:
    """The lessons by the names of their files, in their order."""
    return {name: notebook for name, notebook in committed().items() if re.match(r"\d\d-", name)}


def facts(cell: NotebookNode) -> dict[str, object]:
    return dict(cell.metadata.get("layerlab", {}))


def role(cell: NotebookNode) -> str:
    return str(facts(cell).get("role", ""))


def core(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if facts(cell).get("part", "core") == "core"]


def of_role(notebook: NotebookNode, *roles: str) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if role(cell) in roles]


def bullets(cell: NotebookNode) -> list[str]:
    return re.findall(r"^- (.+)$", cell.source, re.MULTILINE)


def own_words(notebook: NotebookNode) -> dict[str, str]:
    """The words that a lesson introduces, with what it says of them."""
    found = [
        re.fullmatch(r"\*\*(.+?)\*\*: (.+)", line) for cell in of_role(notebook, "words") for line in bullets(cell)
    ]
    return {match[1]: match[2] for match in found if match}


def read_on_card(asked: Question) -> int:
    """How many words one reads on a card: the question, its answers and reasons, and the answer to it."""
    texts = [asked.situation, asked.prompt, asked.second, asked.explanation, *(reason.text for reason in asked.because)]
    answers = sum(words(short(option.value)) for option in asked.options) if asked.act != "type" else 0
    return sum(map(words, texts)) + answers


def seconds(cell: NotebookNode, reader: int) -> float:
    """How long one person spends on a cell: `reader` is 0 for someone used to such texts, and 1 for a beginner."""
    count = words(cell.source) if cell.cell_type == "markdown" else 0
    doing = SECONDS.get(role(cell), (0, 0))
    if role(cell) == "round":
        seed = facts(cell).get("seed")
        count += read_on_card(question(str(facts(cell)["question"]), seed if isinstance(seed, int) else None))
        doing = RECALL if facts(cell).get("recall") else doing
    return count * 60 / WORDS_A_MINUTE[reader] + doing[reader]


def minutes_of(notebook: NotebookNode) -> tuple[int, int]:
    """How many minutes the core of a notebook takes, from someone used to such texts to a beginner."""
    low, high = (sum(seconds(cell, reader) for cell in core(notebook)) / 60 for reader in (0, 1))
    return round(low), ceil(high)


def kinds_of_cells(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if role(cell) not in ROLES:
            yield f"{cell.id}: no role is called {role(cell)!r}"
        if cell.metadata.get("slideshow", {}).get("slide_type") not in SLIDES:
            yield f"{cell.id}: has no slide type"
        if facts(cell).get("part", "core") not in ("core", "more"):
            yield f"{cell.id}: belongs to the core or to more"
    if code_cells(notebook)[:1] != of_role(notebook, "setup"):
        yield "one set-up cell comes first"


def silent_cells(notebook: NotebookNode) -> Iterator[str]:
    yield from (f"{cell.id}: shows nothing" for cell in code_cells(notebook) if not cell.outputs)


def more_comes_last_and_folded(notebook: NotebookNode) -> Iterator[str]:
    parts = [str(facts(cell).get("part", "core")) for cell in notebook.cells]
    if parts != sorted(parts):
        yield "a cell of the core stands under More"
    if "more" in parts:
        head = notebook.cells[parts.index("more")]
        if head.source.splitlines()[0] != "## More" or not head.metadata.get("jp-MarkdownHeadingCollapsed"):
            yield f"{head.id}: More opens with a folded heading of its own"
        for cell in notebook.cells[parts.index("more") + 1 :]:
            if re.search(r"^##? ", cell.source, re.MULTILINE) and cell.cell_type == "markdown":
                yield f"{cell.id}: its heading ends what is folded"


def objectives_and_points(notebook: NotebookNode) -> Iterator[str]:
    (title,), points = of_role(notebook, "title"), of_role(notebook, "points")
    goals, met = bullets(title), [line for cell in points for line in bullets(cell)]
    if len(goals) != len(met) or not 1 <= len(goals) <= 4:
        yield f"{len(goals)} objectives, {len(met)} key points"
    yield from (f"{goal!r} names no ability" for goal in goals if goal.split()[0] not in ABILITIES)
    for goal, point in zip(goals, met, strict=False):
        if not stems(goal) & stems(point):
            yield f"{point!r} does not answer {goal!r}"


def stems(text: str) -> set[str]:
    """What the longer words of a line begin with."""
    return {word[:4] for word in re.findall(r"[a-z]{3,}", text.lower()) if word not in COMMON} - {"the", "and", "its"}


def rounds(notebook: NotebookNode) -> Iterator[str]:
    """A round asks and reveals in one cell; a recall is of an earlier lesson, other rounds are of this one."""
    own = str(notebook.metadata.layerlab.lesson)
    for cell in of_role(notebook, "round"):
        found = {key: facts(cell).get(key) for key in ("question", "seed", "recall")}
        seed = "" if found["seed"] is None else f", seed={found['seed']}"
        ask = re.match(rf'(\w+) = predict\("{found["question"]}"{seed}(?:, image=mine)?\)\n', cell.source)
        if ask is None or not cell.source.splitlines()[-1].startswith(f"{ask[1]}.reveal("):
            yield f"{cell.id}: does not ask {found['question']}{seed} and end with its reveal"
        earlier = str(found["question"])[:2]
        if earlier >= own if found["recall"] else earlier != own:
            yield f"{cell.id}: is a question of lesson {earlier}"


def reasons(notebook: NotebookNode) -> Iterator[str]:
    asked = [question(str(facts(cell)["question"])) for cell in core(notebook) if role(cell) == "round"]
    if not any(each.because for each in asked):
        yield "no question asks for a number and because"


def notes_for_a_class(notebook: NotebookNode) -> Iterator[str]:
    """Each round of the core tells a teacher what to say, to sketch, to ask next and to drop."""
    for cell in core(notebook):
        if role(cell) == "round" and not facts(cell).get("recall"):
            for label in ("Say: ", "Board: ", "Follow-up: ", "Drop: "):
                if label not in str(facts(cell).get("notes", "")):
                    yield f"{cell.id}: its notes have no {label.strip()}"


def headings(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and role(cell) not in DOING:
            for title in re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE):
                if not title.endswith("?") and title not in FIXED:
                    yield f"{cell.id}: {title!r} does not ask"


def counts(notebook: NotebookNode) -> Iterator[str]:
    if len(core(notebook)) not in CORE_CELLS:
        yield f"{len(core(notebook))} cells in the core"
    if len(own_words(notebook)) > NEW_WORDS:
        yield f"{len(own_words(notebook))} new words"
    for cell in of_role(notebook, "bench"):
        for call in re.findall(r"verbs=(\[[^\]]*\])", cell.source):
            if len(ast.literal_eval(call)) > CONTROLS:
                yield f"{cell.id}: more than {CONTROLS} controls"


def minutes(notebook: NotebookNode) -> Iterator[str]:
    """The first cell states the minutes as a range, and a beginner needs no more than a lesson may take."""
    title = notebook.cells[0]
    low, high = minutes_of(notebook)
    stated = facts(title).get("minutes")
    if stated != f"{low} to {high}":
        yield f"states {stated!r} minutes; its cells add up to {low} to {high}"
    elif f"{stated} minutes" not in title.source:
        yield f"the title does not say {stated} minutes"
    longest = LONGEST_OPENING if notebook.metadata.layerlab.lesson == "00" else LONGEST
    if high > longest:
        yield f"takes a beginner {high} minutes, more than {longest}"


def words_used(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        text = cell.source if cell.cell_type == "markdown" else printed(cell)
        for pattern, word in INSTEAD_OF.items():
            if found := re.search(rf"\b(?:{pattern})\b", text, re.IGNORECASE):
                yield f"{cell.id}: {found[0]!r} instead of {word!r}"


def words_before_use(notebook: NotebookNode) -> Iterator[str]:
    """A new word is said in bold, with its meaning, where it first stands."""
    for word in own_words(notebook):
        for cell in notebook.cells:
            text = cell.source if cell.cell_type == "markdown" and role(cell) != "title" else ""
            if re.search(rf"\b{re.escape(word)}", text, re.IGNORECASE):
                if not re.search(rf"\*\*{re.escape(word)}", text, re.IGNORECASE):
                    yield f"{cell.id}: uses {word!r} before the lesson says what it is"
                break


@cache
def known_sizes() -> frozenset[str]:
    """Sizes of the running example that a text may state, as the pictures print them."""
    usage = shop("coreos/apache", "shop", "blog").usage()
    found = {1, 1_000_000, ROOT_SIZE, APACHE_SIZE, CATALOG_SIZE, PAGE_SIZE, POST_SIZE, usage.disk, 0}
    found |= {layer.size for layer in usage.layers.values()}
    found |= {row.size for row in usage.images.values()}
    found |= {sum(row.size for row in usage.images.values())}
    found |= {ROOT_PACKED, APACHE_PACKED, ROOT_PACKED + APACHE_PACKED + EMPTY_PACKED}
    return frozenset(size(number) for number in found)


def typed_numbers(notebook: NotebookNode) -> Iterator[str]:
    """A size in a text is one of the example's, or stands in a cell's code: everything else is computed."""
    literals = [int(n.replace("_", "")) for c in code_cells(notebook) for n in re.findall(r"\b\d[\d_]*\b", c.source)]
    known = known_sizes() | {size(number) for number in literals}
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for found in re.findall(r"\b\d+(?:\.\d+)? (?:B|kB|MB|GB)\b", cell.source):
                if found not in known:
                    yield f"{cell.id}: types {found}"


def links(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^)]+)\)", cell.source):
                if not target.startswith("https://") and not (ROOT / "notebooks" / target.partition("#")[0]).exists():
                    yield f"{cell.id}: leads to {target}, which is not there"


RULES: dict[str, Rule] = {
    "kinds of cells": kinds_of_cells,
    "silent cells": silent_cells,
    "more comes last": more_comes_last_and_folded,
    "objectives and points": objectives_and_points,
    "rounds": rounds,
    "reasons": reasons,
    "notes for a class": notes_for_a_class,
    "headings": headings,
    "counts": counts,
    "minutes": minutes,
    "one word for one thing": words_used,
    "words before use": words_before_use,
    "typed numbers": typed_numbers,
    "links": links,
}
# The first lesson is ten minutes without words of its own to keep, recalls or an exercise.
OPENING = {"objectives and points", "reasons", "counts"}
