"""No answer can be seen before one answers: not in a source, an output or metadata above it, nor on the card itself."""

import copy
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from nbformat import NotebookNode

from layerlab.course.answer import Answer, exact, same, short
from layerlab.course.bank import question, questions
from layerlab.course.card import FOLD
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


def asks(cell: NotebookNode, asked: Question) -> bool:
    """Whether a cell is the round of a question."""
    return (role(cell), *asked_in(cell)) == ("round", asked.id, asked.seed)


def place(notebook: NotebookNode, asked: Question) -> int:
    """Which cell asks a question."""
    return next(number for number, cell in enumerate(notebook.cells) if asks(cell, asked))


def seen(cell: NotebookNode, asked: Question) -> str:
    """What a cell shows before anyone answers: of the card itself no answer, and not the choices of the question."""
    if asks(cell, asked):
        cell = copy.deepcopy(cell)
        for output in cell.outputs:
            output.data.update({mime: str(value).partition(FOLD)[0] for mime, value in output.data.items()})
    text = printed(cell) if cell.cell_type == "code" else ""
    if asks(cell, asked):
        for option in asked.options:
            text = text.replace(f"{option.letter}: {short(option.value)}", "")
    return "\n".join([cell.source, text, json.dumps(cell.metadata)])


def spoilers(notebook: NotebookNode, asked: Question) -> Iterator[str]:
    """The places before an answer that state it: cells above, the code of the round itself, its picture and its prompt.

    Items are named by their question itself, and every picture has a layer of 0 B: these answers cannot be hidden.
    """
    truth = asked.truth
    if asked.items or truth == 0 or any(same(truth, given) for given in asked.given):
        return
    above = [(cell.id, seen(cell, asked)) for cell in notebook.cells[: place(notebook, asked) + 1]]
    yield from (f"{name}: {found[0]}" for name, text in above if (found := spells(truth, text)))


def all_asked() -> Iterator[Asked]:
    """Every question that a notebook asks, recalls too."""
    for file, notebook in committed().items():
        asked = [asked_in(cell) for cell in notebook.cells if role(cell) == "round"]
        yield from (Asked(file, question(name, seed)) for name, seed in asked)


def first(name: str) -> Asked:
    """A question where its own lesson asks it."""
    return next(each for each in all_asked() if each.question.name == name)


EVERY = pytest.mark.parametrize("asked", [pytest.param(a, id=f"{a.file[:2]}: {a.question.name}") for a in all_asked()])


@EVERY
def test_no_lesson_states_an_answer_above_its_reveal(asked: Asked) -> None:
    assert [] == list(spoilers(asked.notebook, asked.question))


@EVERY
def test_a_card_holds_the_answer_in_its_text_and_folds_it_in_its_html(asked: Asked) -> None:
    (output,) = asked.notebook.cells[place(asked.notebook, asked.question)].outputs
    text, html = output.data["text/plain"].partition(FOLD)[2], output.data["text/html"]
    assert exact(asked.question.truth) in text
    assert asked.question.explanation in text
    assert re.fullmatch(r"(?s).*<details><summary>Answer \(predict first\)</summary>.*</details></div>", html)


@EVERY
def test_the_code_above_a_reveal_does_not_name_a_belief(asked: Asked) -> None:
    cells = asked.notebook.cells[: place(asked.notebook, asked.question) + 1]
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
    at = place(asked.notebook, asked.question)
    for plant in ("output", "metadata"):
        notebook = copy.deepcopy(asked.notebook)
        if plant == "output":
            notebook.cells[at].outputs[0].data["text/plain"] = "40.0 MB\n"
        else:
            notebook.cells[at].metadata["layerlab"]["notes"] = "they say 40 MB"
        found = [each.partition(":")[0] for each in spoilers(notebook, asked.question)]
        assert [notebook.cells[at].id] == found, plant


def test_other_numbers_are_no_spelling() -> None:
    assert [] == spells(20_000_001, "120 MB, 20.0.1, 2.20 MB, 20 MBit, 320,000,001")
