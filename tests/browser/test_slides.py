"""Slides on a projector: nothing of a slide is cut, and all can be read. Paper: a page is one page."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page

from tools import classroom
from tools.papers import lessons
from tools.scripts import PLANS

# Of the slide that shows: how much is cut, and the smallest text outside pictures, in pixels of a 1280 x 720 screen.
SHOWN = """() => {
    const slide = Reveal.getCurrentSlide();
    slide.querySelectorAll("details").forEach(each => { each.open = true; });
    const read = [...slide.querySelectorAll(":not(svg *, aside *)")].filter(each =>
        each.getClientRects().length && [...each.childNodes].some(child => child.nodeType === 3 && child.data.trim()));
    const sizes = read.map(each => parseFloat(getComputedStyle(each).fontSize) * Reveal.getScale());
    return [slide.scrollHeight - slide.clientHeight, Math.min(...sizes), Reveal.isLastSlide()];
}"""
LEAST = 13  # pixels: code; sentences are half as large again


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make class` writes."""
    if not classroom.REVEAL.is_dir():
        pytest.skip("reveal.js is not here: `make class` fetches it with npm")
    written = tmp_path_factory.mktemp("class")
    classroom.write(written)
    return written


@pytest.mark.parametrize("number", lessons())
def test_no_slide_is_cut_and_its_text_can_be_read(page: Page, folder: Path, number: str) -> None:
    page.goto((folder / f"{number}-slides.html").as_uri())
    page.wait_for_function("() => window.Reveal?.isReady()")
    page.evaluate("() => Reveal.configure({ fragments: false })")
    for _ in range(100):
        cut, least, last = page.evaluate(SHOWN)
        assert (0, True) == (cut, least >= LEAST), page.evaluate("() => location.hash")
        if last:
            break
        page.evaluate("() => Reveal.next()")
    assert last


@pytest.mark.parametrize("name", ["cheat-sheet", *(plan.file.partition(".")[0] for plan in PLANS)])
def test_the_cheat_sheet_and_each_script_are_printed_on_one_page(page: Page, folder: Path, name: str) -> None:
    page.goto((folder / f"{name}.html").as_uri())
    assert 1 == len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))


def test_no_list_of_a_handout_goes_on_on_another_page(page: Page, folder: Path) -> None:
    page.goto((folder / "02-handout.html").as_uri())
    page.emulate_media(media="print")
    broken = "() => [...new Set([...document.querySelectorAll('ul')].map(each => getComputedStyle(each).breakInside))]"
    assert ["avoid"] == page.evaluate(broken)
