"""No answer can be seen before its reveal: not in a source, an output or a cell's metadata above it."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from nbformat import NotebookNode

from layerlab.course.answer import Answer, exact, same, short
from layerlab.course.bank import question, questions
from layerlab.course.question import Question
from tests.notebooks.guards import committed, printed

UNITS = {"B": 1, "kB": 1000, "KB": 1000, "MB": 1000**2, "GB": 1000**3, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}


def spellings(answer: Answer) -> list[str]:
    """Every way in which someone may have written an answer."""
    if not isinstance(answer, int):
        return [exact(answer)]
    found = [str(answer), f"{answer:,}", f"{answer:_}", f"{answer:,}".replace(",", " ")]
    for unit, factor in UNITS.items():
        for decimals in range(3):
            if (number := f"{answer / factor:.{decimals}f}") and float(number) > 0:
                found += [f"{number} {unit}", f"{number}{unit}"]
    return list(dict.fromkeys(found))


def spells(answer: Answer, text: str) -> list[str]:
    """The spellings of an answer that stand in a text as words of their own."""
    return [each for each in spellings(answer) if re.search(rf"(?<![\w.,]){re.escape(each)}(?![\w]|[.,]\d)", text)]


class Asked(NamedTuple):
    """A question where a notebook asks it: the file's name, and the question with its seed if it has one."""

    file: str
    question: Question

    @property
    def notebook(self) -> NotebookNode:
        return committed()[self.file]


def role(cell: NotebookNode) -> str:
    return str(cell.metadata.get("layerlab", {}).get("role", ""))


def asked_in(cell: NotebookNode) -> tuple[str, int | None]:
    found = cell.metadata.get("layerlab", {})
    return found.get("question", ""), found.get("seed")


def place(notebook: NotebookNode, asked: Question, wanted: str) -> int:
    name = (asked.id, asked.seed)
    return next(i for i, cell in enumerate(notebook.cells) if (role(cell), asked_in(cell)) == (wanted, name))


def seen(cell: NotebookNode, asked: Question) -> str:
    """What a cell shows, the choices of the question itself apart."""
    text = printed(cell) if cell.cell_type == "code" else ""
    if (role(cell), *asked_in(cell)) == ("question", asked.id, asked.seed):
        for option in asked.options:
            text = text.replace(f"{option.letter}: {short(option.value)}", "")
    return "\n".join([cell.source, text, json.dumps(cell.metadata)])


def spoilers(notebook: NotebookNode, asked: Question) -> Iterator[str]:
    """The places above a reveal that state its answer, the reveal's own code included.

    Items are named by their question itself, and every picture has a layer of 0 B: these answers cannot be hidden.
    """
    truth = asked.truth
    if asked.items or truth == 0 or any(same(truth, given) for given in asked.given):
        return
    last = place(notebook, asked, "reveal")
    above: list[tuple[str, Any]] = [(cell.id, seen(cell, asked)) for cell in notebook.cells[:last]]
    above.append((notebook.cells[last].id, notebook.cells[last].source))
    yield from (f"{name}: {found[0]}" for name, text in above if (found := spells(truth, text)))


def all_asked() -> Iterator[Asked]:
    """Every question that a notebook asks, recalls too."""
    for file, notebook in committed().items():
        asked = [asked_in(cell) for cell in notebook.cells if role(cell) == "question"]
        yield from (Asked(file, question(name, seed)) for name, seed in asked)


def first(name: str) -> Asked:
    """A question where its own lesson asks it."""
    return next(each for each in all_asked() if each.question.name == name)


EVERY = pytest.mark.parametrize("asked", [pytest.param(a, id=f"{a.file[:2]}: {a.question.name}") for a in all_asked()])


@EVERY
def test_no_lesson_states_an_answer_above_its_reveal(asked: Asked) -> None:
    assert [] == list(spoilers(asked.notebook, asked.question))


@EVERY
def test_a_question_stands_before_its_reveal_and_nothing_between_them_prints(asked: Asked) -> None:
    first, last = (place(asked.notebook, asked.question, wanted) for wanted in ("question", "reveal"))
    assert first < last
    assert [] == [cell.id for cell in asked.notebook.cells[first + 1 : last] if cell.get("outputs")]


@EVERY
def test_the_reveal_holds_the_answer_in_its_text_and_folds_it_in_its_html(asked: Asked) -> None:
    (output,) = asked.notebook.cells[place(asked.notebook, asked.question, "reveal")].outputs
    assert exact(asked.question.truth) in output.data["text/plain"]
    assert asked.question.explanation in output.data["text/plain"]
    assert re.fullmatch(
        r"(?s)<details><summary>Answer \(predict first\)</summary>.*</details>", output.data["text/html"]
    )


@EVERY
def test_the_code_above_a_reveal_does_not_name_a_belief(asked: Asked) -> None:
    cells = asked.notebook.cells[: place(asked.notebook, asked.question, "reveal") + 1]
    code = "\n".join(cell.source for cell in cells if cell.cell_type == "code")
    assert [] == [wrong.right_if for wrong in asked.question.wrong if wrong.right_if in code]


def test_each_question_of_the_bank_is_asked_once_in_its_own_lesson() -> None:
    unseeded = [each for each in all_asked() if each.question.seed is None]
    own = [each.question.id for each in unseeded if each.file.startswith(f"{each.question.lesson}-")]
    assert sorted(questions()) == sorted(own)


@pytest.mark.parametrize("written", ["40,000,004", "40000004 bytes", "40_000_004", "40.0 MB.", "40MB", "(38.1 MiB)"])
def test_an_answer_is_found_in_each_spelling(written: str) -> None:
    asked = first("02.one-byte")
    notebook = copy.deepcopy(asked.notebook)
    notebook.cells[0].source += f"\n{written}"
    assert [notebook.cells[0].id] == [found.partition(":")[0] for found in spoilers(notebook, asked.question)]


def test_an_answer_is_found_in_an_output_and_in_metadata() -> None:
    asked = first("02.one-byte")
    at = place(asked.notebook, asked.question, "question")
    for plant in ("output", "metadata"):
        notebook = copy.deepcopy(asked.notebook)
        if plant == "output":
            notebook.cells[at].outputs[0].data["text/plain"] += "\n40.0 MB"
        else:
            notebook.cells[at].metadata["layerlab"]["notes"] = "they say 40 MB"
        found = [each.partition(":")[0] for each in spoilers(notebook, asked.question)]
        assert [notebook.cells[at].id] == found, plant


def test_other_numbers_are_no_spelling() -> None:
    assert [] == spells(20_000_001, "120 MB, 20.0.1, 2.20 MB, 20 MBit, 320,000,001")
