"""The page of an image, opened from a file: pressed by mouse and keys, with nothing asked of a network."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, expect

from layerlab import explain
from layerlab.benches.xray_bench import example
from layerlab.cli.html_report import report
from tests.browser.axe import assert_accessible, load_axe, needs_axe


@pytest.fixture
def opened(page: Page, tmp_path: Path) -> Iterator[Page]:
    """A page of the example, as a browser opens it from a file. It asks for nothing else, whatever is pressed."""
    path = tmp_path / "it.html"
    image = example()
    path.write_text(report(image, explain(image), "in words"), encoding="utf-8")
    outside: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith(("file:", "data:")):
            outside.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda error: outside.append(str(error)))
    page.goto(path.as_uri())
    expect(page.locator("svg[role=group]")).to_be_visible()
    yield page
    assert [] == outside


def test_layers_open_and_tabs_change_by_mouse(opened: Page) -> None:
    opened.locator('svg [data-press="layer:4"]').click()
    expect(opened.get_by_text("catalog.db", exact=True)).to_be_visible()
    opened.get_by_role("button", name="What if").click()
    expect(opened.get_by_text("20.0 MB smaller")).to_be_visible()
    opened.get_by_label("Change").select_option(index=1)
    opened.get_by_role("button", name="Step back").click()
    expect(opened.get_by_text("20.0 MB smaller")).to_be_visible()
    opened.get_by_role("button", name="Start over").click()
    expect(opened.get_by_role("button", name="Layers")).to_have_attribute("aria-pressed", "true")


def test_keys_do_the_same(opened: Page) -> None:
    opened.locator('svg [data-press="layer:4"]').focus()
    opened.keyboard.press("Enter")
    expect(opened.get_by_text("catalog.db", exact=True)).to_be_visible()
    expect(opened.locator('svg [data-press="layer:4"]')).to_be_focused()
    opened.get_by_role("button", name="Files").focus()
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("button", name="Read its first bytes")).to_be_visible()


@needs_axe
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(opened: Page, scheme: str) -> None:
    opened.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    load_axe(opened)
    assert_accessible(opened.locator("main"))
