"""No answer can be seen before its reveal: not in a source, an output or a cell's metadata above it."""

import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from nbformat import NotebookNode

from layerlab.lesson.bank import QUESTIONS
from layerlab.lesson.bank.question import Answer, Question, exact, short
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


def role(cell: NotebookNode) -> str:
    return str(cell.metadata.get("layerlab", {}).get("role", ""))


def asked_in(cell: NotebookNode) -> str:
    return str(cell.metadata.get("layerlab", {}).get("question", ""))


def place(notebook: NotebookNode, question: Question, wanted: str) -> int:
    return next(i for i, cell in enumerate(notebook.cells) if (role(cell), asked_in(cell)) == (wanted, question.id))


def seen(cell: NotebookNode, question: Question) -> str:
    """What a cell shows, the choices of the question itself apart."""
    text = printed(cell) if cell.cell_type == "code" else ""
    if (role(cell), asked_in(cell)) == ("question", question.id):
        for option in question.options:
            text = text.replace(f"{option.letter}: {short(option.value)}", "")
    return "\n".join([cell.source, text, json.dumps(cell.metadata)])


def spoilers(notebook: NotebookNode, question: Question) -> Iterator[str]:
    """The places above a reveal that state its answer, the reveal's own code included."""
    truth = question.truth()
    if any(truth == given() for given in question.given):
        return
    last = place(notebook, question, "reveal")
    above: list[tuple[str, Any]] = [(cell.id, seen(cell, question)) for cell in notebook.cells[:last]]
    above.append((notebook.cells[last].id, notebook.cells[last].source))
    yield from (f"{name}: {found[0]}" for name, text in above if (found := spells(truth, text)))


def lesson_of(question: Question) -> NotebookNode:
    return next(nb for name, nb in committed().items() if name.startswith(f"{question.lesson}-"))


EVERY = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)


@EVERY
def test_no_lesson_states_an_answer_above_its_reveal(question: Question) -> None:
    assert [] == list(spoilers(lesson_of(question), question))


@EVERY
def test_a_question_stands_before_its_reveal_and_nothing_between_them_prints(question: Question) -> None:
    notebook = lesson_of(question)
    first, last = (place(notebook, question, wanted) for wanted in ("question", "reveal"))
    assert first < last
    assert [] == [cell.id for cell in notebook.cells[first + 1 : last] if cell.get("outputs")]


@EVERY
def test_the_reveal_holds_the_answer_in_its_text_and_folds_it_in_its_html(question: Question) -> None:
    notebook = lesson_of(question)
    (output,) = notebook.cells[place(notebook, question, "reveal")].outputs
    assert spells(question.truth(), output.data["text/plain"])
    assert question.explanation in output.data["text/plain"]
    assert re.fullmatch(
        r"(?s)<details><summary>Answer \(predict first\)</summary>.*</details>", output.data["text/html"]
    )


@EVERY
def test_the_code_above_a_reveal_does_not_name_a_belief(question: Question) -> None:
    notebook = lesson_of(question)
    code = "\n".join(cell.source for cell in notebook.cells[: place(notebook, question, "reveal") + 1])
    assert [] == [wrong.right_if for wrong in question.wrong if wrong.right_if in code]


@pytest.mark.parametrize("written", ["20,000,001", "20000001 bytes", "20_000_001", "20.0 MB.", "20MB", "(19.1 MiB)"])
def test_an_answer_is_found_in_each_spelling(written: str) -> None:
    question = QUESTIONS["00.one-byte"]
    notebook = copy.deepcopy(lesson_of(question))
    notebook.cells[0].source += f"\n{written}"
    assert [notebook.cells[0].id] == [found.partition(":")[0] for found in spoilers(notebook, question)]


def test_an_answer_is_found_in_an_output_and_in_metadata() -> None:
    question = QUESTIONS["00.one-byte"]
    first = place(lesson_of(question), question, "question")
    for plant in ("output", "metadata"):
        notebook = copy.deepcopy(lesson_of(question))
        if plant == "output":
            notebook.cells[first].outputs[0].data["text/plain"] += "\n20.0 MB"
        else:
            notebook.cells[first].metadata["layerlab"]["notes"] = "they say 20 MB"
        assert [notebook.cells[first].id] == [found.partition(":")[0] for found in spoilers(notebook, question)], plant


def test_other_numbers_are_no_spelling() -> None:
    assert [] == spells(20_000_001, "120 MB, 20.0.1, 2.20 MB, 20 MBit, 320,000,001")
