"""The book that `make book` writes: each link leads somewhere, no page asks another address, axe finds nothing."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.axe import load_axe, needs_axe
from tools.book import ALIVE, TARGET
from tools.rebuild import built
from tools.served import closed, served

PAGES = TARGET / "html"
# Written by Sphinx and its theme: where the page is read by a machine, and the theme's own credits.
ELSEWHERE = ("http:", "https:", "mailto:", "data:", "javascript:")
CHECK = """async () => (await axe.run(document)).violations
    .map((found) => `${found.id}: ${found.nodes[0].html.slice(0, 120)}`)"""


@pytest.fixture(autouse=True)
def book() -> None:
    if not PAGES.is_dir():
        pytest.skip("`make book` has not written the book")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with served(PAGES) as url:
        yield url


class Links(HTMLParser):
    """What a page links to and shows, and the names of its places."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.ids = {""}
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if value and name in ("href", "src"):
                self.links.append(value)
            if value and name == "id":
                self.ids.add(value)


def test_every_link_of_every_page_leads_to_a_page_and_a_place_in_it() -> None:
    pages = {path: Links(path.read_text()) for path in PAGES.rglob("*.html")}
    broken = []
    for path, page in pages.items():
        for link in page.links:
            if link.startswith((*ELSEWHERE, ALIVE)):
                continue
            parts = urlsplit(link)
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = pages.get(target)
            if not target.is_file() or (known and unquote(parts.fragment) not in known.ids):
                broken.append(f"{path.relative_to(PAGES)}: {link}")
    assert [] == broken


def test_each_lesson_has_a_link_to_itself_alive() -> None:
    for path in built():
        page = Links((PAGES / "lessons" / f"{path.stem}.html").read_text())
        assert f"{ALIVE}{path.name}" in page.links


@needs_axe
@pytest.mark.parametrize(
    "name",
    [
        "index",
        "lessons/00-start-here",
        "lessons/02-what-does-a-container-add",
        "lessons/04-where-did-the-bytes-go",
        "papers/glossary",
        "papers/cheat-sheet",
        "papers/beliefs",
        "papers/architecture",
        "papers/instructor-guide",
        "reference/index",
        "reference/archive",
        "search",
        "genindex",
    ],
)
def test_a_page_asks_nothing_elsewhere_and_axe_finds_nothing(page: Page, address: str, name: str) -> None:
    elsewhere = closed(page, address)
    page.goto(f"{address}/{name}.html")
    expect(page.locator("h1").first).to_be_visible()
    load_axe(page)
    assert [] == page.evaluate(CHECK)
    assert [] == elsewhere


def test_the_pictures_of_a_lesson_are_shown(page: Page, address: str) -> None:
    page.goto(f"{address}/lessons/00-start-here.html")
    expect(page.locator("img[alt*='319 MB']").first).to_be_visible()
    assert Path(PAGES, "lessons", "00-start-here.html").read_text().count("<details") >= 1


def test_letters_of_a_picture_can_be_read_on_a_phone_and_the_keyboard_scrolls_it(page: Page, address: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{address}/lessons/02-what-does-a-container-add.html")
    picture = page.locator(".still").first
    # A picture of 880 has letters of 13 pixels.
    assert 11 <= picture.locator("img").evaluate("img => img.width") * 13 / 880
    assert "0" == picture.get_attribute("tabindex")
    assert 0 == page.evaluate("() => document.documentElement.scrollWidth - innerWidth")


def test_a_picture_is_dark_if_the_reader_chose_a_dark_page(page: Page, address: str) -> None:
    page.goto(f"{address}/lessons/00-start-here.html")
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.body.dataset.theme = theme; }", theme)
        scheme = "img => getComputedStyle(img).colorScheme"
        assert theme == page.locator(".layerlab-still").first.evaluate(scheme)


def test_paper_has_no_link_over_its_text(page: Page, address: str) -> None:
    page.goto(f"{address}/lessons/00-start-here.html")
    page.emulate_media(media="print")
    expect(page.locator(".skip-to-content")).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()


def test_a_page_that_is_a_file_names_no_site_that_is_not_there(page: Page) -> None:
    page.goto((PAGES / "lessons" / "00-start-here.html").as_uri())
    expect(page.get_by_text("make lab", exact=True)).to_be_visible()
    expect(page.locator("a.alive")).to_have_count(0)


@pytest.mark.parametrize(
    ("words", "page_of_it"),
    [("whiteout", "glossary.html#term-whiteout"), ("dead bytes", "glossary.html#term-dead-bytes"),
     ("copy-up", "glossary.html#term-copy-up"), ("explain", "model.html#layerlab.explain"),
     ("Host.run", "model.html#layerlab.Host.run")],
)  # fmt: skip
def test_the_search_finds_words_of_the_lessons_and_public_names(
    page: Page, address: str, words: str, page_of_it: str
) -> None:
    page.goto(f"{address}/search.html?q={words}")
    expect(page.locator(f"#search-results a[href$='{page_of_it}']").first).to_be_visible()


@pytest.mark.parametrize("name", ["Layer.of", "Host.run", "explain"])
def test_a_public_name_comes_first_if_it_is_searched_whole(page: Page, address: str, name: str) -> None:
    page.goto(f"{address}/search.html?q={name}")
    expect(page.locator("#search-results li a").first).to_have_text(f"layerlab.{name}")


def test_the_name_of_a_module_in_a_lesson_does_not_look_like_a_link(page: Page, address: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(f"{address}/lessons/04-where-did-the-bytes-go.html")
    expect(page.locator(".highlight .nn").first).to_have_css("text-decoration-line", "none")


def test_the_book_has_pages_and_nothing_that_made_them() -> None:
    assert not (PAGES / ".doctrees").exists()
    assert not (PAGES / "_sources").exists()


def test_the_reference_takes_the_text_before_a_colon_for_text() -> None:
    text = (PAGES / "reference" / "model.html").read_text()
    assert "The images by name, as people write it (without" in text
    assert 'class="field-odd">Type' not in text
