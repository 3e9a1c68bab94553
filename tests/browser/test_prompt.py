"""The prompt of the stack bench and of the container bench: typed by keys alone, in a page of JupyterLab.

A typed act moves the picture and stands in the transcript, one sentence is read out, once, and the bench still fits.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.axe import assert_accessible_in_light_and_dark, needs_axe
from tests.browser.lab import RUN_ALL, Server, open_notebook
from tests.browser.test_benches import fits, written
from tests.browser.test_stories import LISTEN, OUTLINE, says

CELLS = (
    'bench("stack", verbs=["run", "append", "delete-tree"], choose=["container"], prompt=True)',
    'bench("container", prompt=True)',
)


@pytest.fixture(scope="module")
def opened(browser: Browser, lab_server: Server) -> Iterator[Page]:
    written(lab_server, "prompt", *CELLS)
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        open_notebook(page, lab_server, "prompt.ipynb")
        page.evaluate(RUN_ALL)
        expect(page.locator(".layerlab-bench")).to_have_count(len(CELLS))
        for bench in page.locator(".layerlab-bench").all():
            bench.get_by_role("status").evaluate(LISTEN)
        yield page


def field(bench: Locator) -> Locator:
    return bench.get_by_label("Type a command", exact=True)


def typed(bench: Locator, line: str, sentence: str) -> None:
    """Type a line into the field that has the focus, press Enter, and check what is read out."""
    bench.page.keyboard.type(line)
    bench.page.keyboard.press("Enter")
    says(bench, sentence)
    expect(field(bench)).to_be_focused()
    expect(field(bench)).to_have_value("")
    fits(bench)


def test_a_typed_act_moves_the_picture_and_stands_in_the_transcript(opened: Page) -> None:
    bench = opened.locator(".layerlab-bench").first
    fits(bench)
    field(bench).click()
    typed(bench, "docker run -d --name job shop", "job costs 0 B until it writes.")
    expect(bench.get_by_role("button", name="Container job, running, nothing written, 0 B")).to_be_visible()
    expect(bench.get_by_text("docker run --detach --name job shop", exact=True)).to_be_visible()
    typed(bench, "docker exec job rm -r /var/www", "One whiteout hides the whole directory from this container.")
    typed(bench, "docker ps -a", "Nothing changed: the answer is at the prompt.")
    expect(bench.get_by_label("Answer")).to_have_text(
        "$ docker ps -a\nIMAGE     STATE     NAMES\nshop      running   job"
    )
    typed(bench, "docker system df -v", "Nothing changed: the answer is at the prompt.")
    typed(bench, "docker stop nix", "Refused: Docker says “No such container: nix”.")
    expect(bench.get_by_label("Answer")).to_contain_text("Error response from daemon: No such container: nix")
    bench.get_by_role("button", name="Step back").click()
    says(bench, "job costs 0 B until it writes.")
    expect(bench.get_by_label("Answer")).to_have_count(0)


def test_arrows_bring_lines_back_and_tab_completes_or_leaves(opened: Page) -> None:
    bench = opened.locator(".layerlab-bench").nth(1)
    keyboard = opened.keyboard
    field(bench).focus()
    assert "3px solid" == field(bench).evaluate(OUTLINE)
    typed(bench, "docker exec web rm /srv/h1", "a whiteout")
    typed(bench, "docker diff web", "Nothing changed: the answer is at the prompt.")
    keyboard.type("half")
    for key, value in (
        ("ArrowUp", "docker diff web"),
        ("ArrowUp", "docker exec web rm /srv/h1"),
        ("ArrowUp", "docker exec web rm /srv/h1"),
        ("ArrowDown", "docker diff web"),
        ("ArrowDown", "half"),
    ):
        keyboard.press(key)
        expect(field(bench)).to_have_value(value)
    field(bench).fill("docker di")
    keyboard.press("Tab")
    expect(field(bench)).to_have_value("docker diff ")
    keyboard.type("w")
    keyboard.press("Tab")
    expect(field(bench)).to_have_value("docker diff web ")
    expect(field(bench)).to_be_focused()
    keyboard.press("Tab")
    expect(bench.get_by_label("Answer")).to_be_focused()
    keyboard.press("Shift+Tab")
    keyboard.press("Enter")
    says(bench, "Nothing changed: the answer is at the prompt.")
    expect(bench.get_by_label("Answer")).to_contain_text("D /srv/h1")


def test_an_answer_goes_with_close_and_the_focus_is_in_the_field_again(opened: Page) -> None:
    bench = opened.locator(".layerlab-bench").nth(1)
    field(bench).focus()
    typed(bench, "docker system df", "Nothing changed: the answer is at the prompt.")
    bench.get_by_role("button", name="Close").click()
    expect(bench.get_by_label("Answer")).to_have_count(0)
    expect(field(bench)).to_be_focused()
    fits(bench)


@needs_axe
def test_axe_finds_nothing_in_a_prompt_with_an_answer_in_light_and_dark(opened: Page) -> None:
    bench = opened.locator(".layerlab-bench").first
    field(bench).focus()
    typed(bench, "docker history shop", "Nothing changed: the answer is at the prompt.")
    assert_accessible_in_light_and_dark(opened, bench)
