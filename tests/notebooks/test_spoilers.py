"""No answer can be seen before one answers: not in a source, an output or metadata above it, nor on the card itself."""

import copy
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from nbformat import NotebookNode

from layerlab import shop
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
    assert re.fullmatch(r"(?s).*<details><summary[^>]*>Answer \(predict first\)</summary>.*</details></div>", html)


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


# What exact values miss: words that tell the reason, sums in earlier pictures, and code that points at the answer.

SMALL = {"that", "this", "with", "from", "then", "than", "them", "they", "only", "each", "into", "same", "does", "have"}


def weighty(text: str) -> set[str]:
    """What the longer words of a text begin with: enough to know a sentence again in other words."""
    return {word[:5] for word in re.findall(r"[a-z]{4,}", text.lower()) if word not in SMALL}


def told_reasons(notebook: NotebookNode, asked: Question) -> Iterator[str]:
    """The sentences of a question's situation, or of the round's code, that say its true reason or second answer."""
    true = next((weighty(reason.text) for reason in asked.because if reason.true), set())
    at = place(notebook, asked)
    for cell in notebook.cells[max(0, at - 1) : at + 1]:
        for sentence in re.split(r"(?<=[.?!])\s+|\n", cell.source):
            if true and true <= weighty(sentence):
                yield f"{cell.id}: {sentence}"


def pointed_at(notebook: NotebookNode, asked: Question) -> Iterator[str]:
    """The code near a question, above it and in the two cells after it, that names a layer which is in the answer."""
    layers = [str(item) for item in asked.items if str(item).startswith("layer ")]
    if not layers or not isinstance(asked.truth, frozenset):
        return
    at = place(notebook, asked)
    for cell in notebook.cells[max(0, at - 2) : at + 4]:
        for layer in asked.truth & set(layers):
            if cell.cell_type == "code" and re.search(rf"layers?\[{layer.split()[1]}\]", cell.source):
                yield f"{cell.id}: {layer}"


def drawn_before(asked: Asked) -> Iterator[str]:
    """The pictures and tables of earlier lessons that print a question's number: a curve or a list of sums may."""
    truth = asked.question.truth
    stated = {layer.size for image in shop("shop", "blog", "coreos/apache").images.values() for layer in image.layers}
    stated |= {image.size for image in shop("shop", "blog", "coreos/apache").images.values()}
    given = any(same(truth, each) for each in asked.question.given)
    if not isinstance(truth, int) or truth in stated | {0} or given or asked.question.seed is not None:
        return
    for file, notebook in committed().items():
        for cell in notebook.cells if file < asked.file and file[:2].isdigit() else []:
            core = cell.metadata.get("layerlab", {}).get("part", "core") == "core"
            if core and role(cell) in ("plot", "show", "bench", "setup") and (found := spells(truth, printed(cell))):
                yield f"{file[:2]} {cell.id}: {found[0]}"


@EVERY
def test_no_sentence_and_no_code_near_a_question_tells_its_answer_in_other_words(asked: Asked) -> None:
    found = [*told_reasons(asked.notebook, asked.question), *pointed_at(asked.notebook, asked.question)]
    assert [] == [*found, *drawn_before(asked)]


def test_a_reason_in_other_words_is_found() -> None:
    asked = first("02.rmtree")
    notebook = copy.deepcopy(asked.notebook)
    cell = notebook.cells[place(notebook, asked.question) - 1]
    cell.source += "\nNothing is ever freed, because layer 4 keeps all of its files."
    assert [cell.id] == [found.partition(":")[0] for found in told_reasons(notebook, asked.question)]


def test_code_that_points_at_the_answer_is_found() -> None:
    asked = first("04.secret")
    notebook = copy.deepcopy(asked.notebook)
    notebook.cells[place(notebook, asked.question) + 2].source = "print(layers[1])"
    assert ["layer 1"] == [found.partition(": ")[2] for found in pointed_at(notebook, asked.question)]


def test_a_plot_of_an_earlier_lesson_that_prints_the_number_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = first("02.one-byte")
    setup = committed()["00-start-here.ipynb"].cells[1]
    assert "setup" == role(setup)
    notebooks = copy.deepcopy(committed())
    notebooks["00-start-here.ipynb"].cells[1].outputs[0].data["text/plain"] += "\n 2  319 MB  40.0 MB"
    monkeypatch.setattr("tests.notebooks.test_spoilers.committed", lambda: notebooks)
    assert ["00 setup: 40.0 MB"] == list(drawn_before(asked))
