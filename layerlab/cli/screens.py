"""Screens: a lesson for a projector, as a notebook whose cells say on which screen they are shown.

A screen is a step of the lesson: it begins at a cell that the notebook marks as a slide or a subslide. A cell that is
marked as a fragment is shown later on the screen before it. A task and its bench are one screen, because a class reads
the task while it works; a task without a bench of its own is about the picture before. Only the core of a lesson is
shown: what is called More takes longer than a class has, and its exercises are written in code, which people do on
their own computers.
"""

import copy
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Cell = dict[str, Any]

# The class answers, and no answer of a rehearsal is shown.
IN_CLASS = "from layerlab import classroom\n\nclassroom(fresh=True)"
# A projector has one lesson, so a link to another lesson leads nowhere. Its words stay.
LINK = re.compile(r"\[([^\]]+)\]\([\w.-]+\.ipynb\)")


class Screen(NamedTuple):
    """What is shown at once, apart from fragments: its number, from 1, its heading and its cells."""

    number: int
    heading: str
    cells: list[Cell]


def screens(notebook: Mapping[str, Any]) -> list[Screen]:
    """Return the screens of a lesson, given as the JSON of its notebook.

    >>> slide, part = [{"slideshow": {"slide_type": kind}} for kind in ("slide", "fragment")]
    >>> cells = [{"cell_type": "markdown", "metadata": each, "source": "# Why?"} for each in (slide, part, slide)]
    >>> [(each.number, each.heading, len(each.cells)) for each in screens({"cells": cells})]
    [(1, 'Why?', 2), (2, 'Why?', 1)]
    """
    found: list[Screen] = []
    heading = ""
    for cell in _steps(notebook):
        heading = _heading(cell) or heading
        if _kind(cell) in ("slide", "subslide") or not found:
            found.append(Screen(len(found) + 1, heading, []))
        found[-1].cells.append(cell)
    return found


def for_projector(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Return the notebook that is shown: each cell is tagged with its screen, and questions are asked of a class."""
    first = {"cell_type": "code", "metadata": {"tags": ["unseen"]}, "source": IN_CLASS, "outputs": []}
    cells = [first | {"execution_count": None, "id": "in-class"}]
    before = None
    for screen in screens(notebook):
        cells += _story(before, screen)
        before = screen
        for place, cell in enumerate(screen.cells):
            later = place and _kind(cell) == "fragment"
            tags = [f"screen-{screen.number}", *(["later"] if later else [])]
            cells.append(cell | {"metadata": cell["metadata"] | {"tags": tags}})
    return {**notebook, "cells": cells}


def _story(before: Screen | None, screen: Screen) -> list[Cell]:
    """Return what happened before a question, to stand above it too; nothing if that is on the question's own screen.

    A class that looks up from its talk sees the question alone, and would have to ask what it is about.
    """
    told = before.cells[-1] if before else None
    if told is None or _role(told) != "situation" or _role(screen.cells[0]) != "round":
        return []
    words = "\n\n".join(part for part in told["source"].split("\n\n") if not part.startswith("#"))
    tags = {"tags": [f"screen-{screen.number}", "story"]}
    return [told | {"id": f"story-{screen.number}", "source": words, "metadata": told["metadata"] | tags}]


def _steps(notebook: Mapping[str, Any]) -> Iterator[Cell]:
    """Yield the cells that are shown, with a task and its bench as one slide."""
    cells = list(_shown(notebook))
    for cell, following in zip(cells, [*cells[1:], None], strict=True):
        if _role(cell) == "task":
            if following and _role(following) == "bench":
                following["metadata"]["slideshow"] = {"slide_type": "-"}
            else:
                cell["metadata"]["slideshow"] = {"slide_type": "fragment"}
        yield cell


def _kind(cell: Cell) -> str:
    return str(cell["metadata"].get("slideshow", {}).get("slide_type", "-"))


def _role(cell: Cell) -> str:
    return str(cell["metadata"].get("layerlab", {}).get("role", ""))


def _shown(notebook: Mapping[str, Any]) -> Iterator[Cell]:
    """Yield the cells of the core, with words that are true on a projector."""
    for original in notebook["cells"]:
        cell = copy.deepcopy(original)
        facts = cell["metadata"].get("layerlab", {})
        # A check runs code that a learner writes in the cell. Its task, in the cell before, is shown.
        if facts.get("part", "core") != "core" or facts.get("role") == "check":
            continue
        cell["source"] = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            text = opening(cell["source"]) if facts.get("role") == "title" else cell["source"]
            cell["source"] = LINK.sub(r"\1", text)
        yield cell


def opening(source: str) -> str:
    r"""Return a title with what one can do afterwards, and nothing about the cells that follow.

    >>> opening("# Why?\n\nYou can say why.\n\nPress the cell below.")
    '# Why?\n\nYou can say why.'
    """
    title, start, *rest = source.split("\n\n")
    return "\n\n".join([title, start, *(part for part in rest if part.startswith("- "))])


def _heading(cell: Cell) -> str:
    if cell["cell_type"] != "markdown":
        return ""
    return next((line.lstrip("# ") for line in cell["source"].splitlines() if line.startswith("#")), "")
