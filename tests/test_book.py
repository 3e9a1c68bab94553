"""What a page of the book says where nothing can be pressed: questions first, and a picture after each press."""

import re
from pathlib import Path

import pytest
from nbformat import NotebookNode

import layerlab
from layerlab.course.check import UNANSWERED
from layerlab.picture.page import SUMMARY
from tools import book, stories
from tools.classroom import RUN
from tools.rebuild import built, read

LESSONS = [path for path in built() if path.stem[:2].isdigit()]
named = pytest.mark.parametrize("path", built(), ids=lambda path: path.stem)


def shown(path: Path) -> NotebookNode:
    return book.lesson(path, book.words())


def html(cell: NotebookNode) -> str:
    return "".join(output.get("data", {}).get("text/html", "") for output in cell.get("outputs", []))


def role(cell: NotebookNode) -> str:
    return str(cell.metadata.get("layerlab", {}).get("role", ""))


@named
def test_no_page_asks_to_run_a_cell_and_a_question_stands_before_its_code(path: Path) -> None:
    for cell in shown(path).cells:
        assert RUN not in html(cell)
        assert UNANSWERED not in html(cell)
        if role(cell) == "round":
            assert ["hide-input"] == cell.metadata.tags


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_each_bench_has_a_picture_after_each_press(path: Path) -> None:
    for cell in shown(path).cells:
        if role(cell) == "bench":
            told = html(cell).partition(f"<details>{SUMMARY}")[2]
            # The ledger of one act may stand without a picture, and the rest of an X-ray is a table.
            assert re.search("<img|<table", told), cell.id


def test_every_story_belongs_to_a_bench_that_is_there() -> None:
    benches = {(path.stem[:2], cell.id) for path in LESSONS for cell in read(path).cells if role(cell) == "bench"}
    assert set() == set(stories.STORIES) - benches


def test_an_act_that_a_bench_refuses_is_a_fault_of_its_story() -> None:
    bench = stories.opened('bench("stack")')
    with pytest.raises(ValueError, match="docker stop web: "):
        stories.do(bench, "docker stop web")


@named
def test_a_title_has_the_number_by_which_other_lessons_call_it(path: Path) -> None:
    first = shown(path).cells[0].source
    assert first.startswith(f"# {book.titled(path)}\n")
    assert f"{book.ALIVE}{path.name}" in first


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_the_words_of_a_lesson_lead_to_the_glossary(path: Path) -> None:
    known = book.words()
    for cell in shown(path).cells:
        if role(cell) == "words":
            words = re.findall(r"^- \*\*(.*?)\*\*", cell.source, re.MULTILINE)
            assert words
            assert [] == [word for word in words if word.strip("`") in known]
            assert "{term}`" in cell.source


def test_the_glossary_of_the_book_has_every_word_of_the_paper() -> None:
    rows = (book.ROOT / "docs" / "glossary.md").read_text().count("\n| **")
    assert rows == len(book.words())


def test_the_reference_has_every_public_name_once() -> None:
    pages = book.reference()
    assert "returned" in pages
    entries = re.findall(r"^\.\. auto\w+:: layerlab\.(\w+)$", "\n".join(pages.values()), re.MULTILINE)
    assert sorted(layerlab.__all__) == sorted(entries)


@named
def test_a_page_with_a_story_says_where_its_presses_are_shown_and_no_page_asks_for_a_key(path: Path) -> None:
    cells = shown(path).cells
    told = any("(say it first)" in html(cell) or "The shortest way" in html(cell) for cell in cells)
    assert told == (book.TELLS in cells[0].source)
    assert "Shift+Enter" not in cells[0].source


def test_each_way_after_the_first_says_that_the_bench_starts_over() -> None:
    bench = next(cell for cell in read(built()[2]).cells if cell.id == "bench")
    told = stories.story("02", bench)
    assert ["Way 1", "Way 2, after Start over"] == re.findall(r"<strong>(Way[^<]*)</strong>", told)
