"""What people read is plain: short sentences, nouns, no figures of speech. Each rule finds a fault that is planted."""

import re

import pytest

from tests.notebooks.guards import committed
from tests.notebooks.lessons import core, facts, lessons, own_words, role
from tests.notebooks.prose import RULES, Paragraph, faults, of_a_notebook, of_the_bank, plain

LESSONS = [name for name in committed() if not name.startswith("appendix")]
PLANTED = {
    "long sentences": " ".join(["word"] * 23) + ".",
    "because in questions": "How much is freed, and because of what?",
    "words without a noun": "Both are right.",
    "figures of speech": "How much comes back?",
    "colons": "One thing: a size: 20.0 MB.",
}
# Words that a lesson explains in passing, without asking anyone to keep them.
EVERYDAY = {"image", "layer", "base", "stage"}


@pytest.mark.parametrize("name", LESSONS)
def test_the_texts_of_a_notebook_are_plain(name: str) -> None:
    assert [] == [found for each in of_a_notebook(name, committed()[name]) for found in faults(each)]


def test_questions_and_exercises_are_plain_drawn_ones_too() -> None:
    assert [] == sorted({found for each in of_the_bank() for found in faults(each)})


@pytest.mark.parametrize("rule", RULES)
def test_a_planted_sentence_is_found(rule: str) -> None:
    assert list(RULES[rule](Paragraph("here", PLANTED[rule])))
    assert [rule] == [name for name, find in RULES.items() if list(find(Paragraph("here", PLANTED[rule])))]


@pytest.mark.parametrize(
    "text", ["It is full.", "They are shared.", "This is slide 5.", "That means more.", "These are two."]
)
def test_the_first_sentence_of_a_text_names_its_thing(text: str) -> None:
    assert ["words without a noun"] == [
        n for n, find in RULES.items() if list(find(Paragraph("here", text, first=True)))
    ]


def test_a_size_and_a_piece_of_code_are_one_word_each() -> None:
    text = "The file `var/lib/shop/catalog.db  and more` is 20.0 MB, " + " ".join(["word"] * 16) + "."
    assert [] == faults(Paragraph("here", text))


def before_they_are_said() -> list[str]:
    """Where the core of a lesson uses a word that a later lesson introduces, and does not say what it is."""
    found, said = [], set[str]()
    introduced = {word: number for number, notebook in enumerate(lessons().values()) for word in own_words(notebook)}
    for number, (name, notebook) in enumerate(lessons().items()):
        texts = [cell.source for cell in core(notebook) if cell.cell_type == "markdown" and role(cell) != "title"]
        # What stands apart as code or as a listing has Docker's words, and nobody chose them.
        text = "\n".join(line for each in texts for line in plain(each))
        said |= set(re.findall(r"\*\*(.+?)\*\*", text.lower()))
        for word, lesson in introduced.items():
            if (
                lesson > number
                and word.lower() not in said | EVERYDAY
                and re.search(rf"\b{word}s?\b", text, re.IGNORECASE)
            ):
                found.append(f"{name[:2]}: {word}")
    return found


def test_no_core_uses_a_word_that_only_a_later_lesson_explains() -> None:
    assert [] == before_they_are_said()


def test_a_word_that_is_used_too_early_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    first = next(iter(lessons().values()))
    cell = next(cell for cell in first.cells if facts(cell).get("role") == "points")
    monkeypatch.setitem(cell, "source", f"{cell.source}\n- A volume and a manifest.")
    assert ["00: volume", "00: manifest"] == before_they_are_said()
