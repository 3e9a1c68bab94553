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
CHECK = """async () => (await axe.run(document, {runOnly: ["wcag2a", "wcag2aa"]})).violations
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
    "name", ["index", "lessons/00-start-here", "lessons/02-what-does-a-container-add", "papers/glossary", "reference"]
)
def test_a_page_asks_nothing_elsewhere_and_axe_finds_nothing(page: Page, address: str, name: str) -> None:
    elsewhere = closed(page, address)
    page.goto(f"{address}/{name}.html")
    expect(page.locator("h1").first).to_be_visible()
    load_axe(page)
    assert [] == page.evaluate(CHECK)
    assert [] == [url for url in elsewhere if not url.endswith("/favicon.ico")]


def test_the_pictures_of_a_lesson_are_shown(page: Page, address: str) -> None:
    page.goto(f"{address}/lessons/00-start-here.html")
    expect(page.locator("img[alt*='319 MB']").first).to_be_visible()
    assert Path(PAGES, "lessons", "00-start-here.html").read_text().count("<details") >= 1
