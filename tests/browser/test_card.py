"""The card of a round in JupyterLab: by mouse, by keys alone, after a restart, and as a fresh clone shows it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from layerlab.course.answers import NAME
from tests.browser.axe import assert_accessible, assert_accessible_in_light_and_dark, load_axe, needs_axe
from tests.browser.lab import RUN_ALL, Server, open_notebook
from tests.browser.test_benches import written

TRUTH = "20,000,001 B"
ASK = """from layerlab import predict, shop
q = predict("00.one-byte")
web = shop().run("shop", name="web")
web.append("var/lib/shop/catalog.db", b"!")
q.reveal(web.size_rw)"""
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
FOCUSED = "() => document.activeElement.className"


@pytest.fixture
def opened(browser: Browser, lab_server: Server, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A notebook of its own with one card and a cell after it, in a folder without answers."""
    (lab_server.root / NAME).unlink(missing_ok=True)
    written(lab_server, request.node.name, ASK, "1 + 1")
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        open_notebook(page, lab_server, f"{request.node.name}.ipynb")
        yield page
    (lab_server.root / NAME).unlink(missing_ok=True)


def card(page: Page) -> Locator:
    return page.locator(".layerlab-card")


def test_a_round_by_mouse(opened: Page, lab_server: Server, tmp_path: Path) -> None:
    opened.evaluate(RUN_ALL)
    expect(card(opened)).to_be_visible()
    assert TRUTH not in opened.locator(".jp-Notebook").inner_text()
    assert not (lab_server.root / NAME).exists()
    card(opened).get_by_role("button", name="A guess: show me").click()
    expect(card(opened).locator(".status")).to_have_text("Type a size first, such as 300 B, 5 kB or 70 MB.")
    before = card(opened).locator("svg [data-key='card:web']")
    expect(before).to_contain_text("nothing written")
    # The picture's words and the question start on one line.
    heading, prompt = (
        card(opened).locator("svg text").first.bounding_box(),
        card(opened).locator(".prompt").bounding_box(),
    )
    assert heading
    assert prompt
    assert 2 > abs(heading["x"] - prompt["x"])
    card(opened).get_by_label("Size:").fill("one byte")
    card(opened).get_by_role("button", name="I am sure: show me").click()
    answer = card(opened).get_by_role("group", name="Answer")
    expect(answer).to_be_focused()
    expect(answer.get_by_text(TRUTH)).to_be_in_viewport()
    expect(card(opened).locator(".verdict")).to_have_text("✕ not right")
    expect(before).to_contain_text("catalog.db copied")
    expect(answer.get_by_role("img", name="you said: 1 B; measured: 20.0 MB")).to_be_visible()
    wrong = "1 B would be right if a thin layer contained only the bytes that were written."
    expect(answer.get_by_text(wrong)).to_be_visible()
    expect(answer.get_by_text("docker ps -s")).to_be_hidden()
    answer.get_by_text("In Docker").click()
    expect(answer.get_by_text("20MB (virtual 339MB)")).to_be_visible()
    assert '"1 B"' in (lab_server.root / NAME).read_text()
    card(opened).screenshot(path=tmp_path / "card.png")


def test_a_round_by_keys_alone(opened: Page) -> None:
    opened.locator(".jp-Cell").first.click()
    opened.keyboard.press("Escape")
    opened.keyboard.press("Shift+Enter")
    expect(card(opened)).to_be_focused(timeout=60_000)
    field = card(opened).get_by_label("Size:")
    for _ in range(9):
        opened.keyboard.press("Tab")
        if field.evaluate("(at) => at === document.activeElement"):
            break
    expect(field).to_be_focused()
    opened.keyboard.type("7 MB")
    opened.keyboard.press("Enter")
    expect(card(opened).locator(".status")).to_have_text("Now say how sure you are: press one of the buttons.")
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")
    answer = card(opened).get_by_role("group", name="Answer")
    expect(answer).to_be_focused()
    expect(answer).to_have_accessible_name("Answer: yours is not right")
    expect(answer.get_by_text("7.00 MB is too little: the answer is 20.0 MB.")).to_be_visible()
    expect(answer.get_by_text("would be right if")).to_have_count(0)
    opened.keyboard.press("d")
    opened.keyboard.press("d")
    expect(opened.locator(".jp-CodeCell")).to_have_count(2)
    opened.keyboard.press("Shift+Enter")
    expect(opened.locator(".jp-Cell").nth(1)).to_be_focused()


def test_enter_on_a_choice_asks_how_sure_one_is(page: Page, lab_server: Server) -> None:
    written(lab_server, "card-choice", "from layerlab import predict\npredict('00.ten-containers')")
    open_notebook(page, lab_server, "card-choice.ipynb")
    page.evaluate(RUN_ALL)
    choice = card(page).get_by_label("A: 319 MB")
    choice.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(card(page).locator(".status")).to_have_text("Now say how sure you are: press one of the buttons.")
    expect(choice).to_be_focused()
    expect(choice).to_be_checked()


def test_an_answer_outlives_its_kernel_and_a_dead_card_says_what_to_do(opened: Page) -> None:
    opened.evaluate(RUN_ALL)
    card(opened).get_by_role("button", name="Skip").click()
    expect(card(opened).get_by_text(TRUTH)).to_be_visible()
    opened.evaluate(RESTART)
    expect(
        opened.get_by_text("The kernel was restarted. Choose Run, then Run All Cells: your answers are kept.")
    ).to_be_visible(timeout=30_000)
    opened.evaluate(RUN_ALL)
    expect(
        opened.get_by_text("The kernel was restarted. Choose Run, then Run All Cells: your answers are kept.")
    ).to_have_count(0)
    expect(card(opened).get_by_text("You skipped this question.")).to_be_visible(timeout=60_000)
    expect(card(opened).get_by_text(TRUTH)).to_be_visible()


def test_a_layer_of_the_picture_opens_by_mouse_and_by_keys_and_keeps_the_focus(opened: Page) -> None:
    opened.evaluate(RUN_ALL)
    layer = card(opened).get_by_role("button", name="Layer 3, apache, 90.0 MB")
    layer.click()
    expect(layer).to_have_attribute("aria-expanded", "true")
    layer.focus()
    opened.keyboard.press("Enter")
    expect(layer).to_have_attribute("aria-expanded", "false")
    expect(layer).to_be_focused()


@needs_axe
def test_axe_finds_nothing_in_a_card_before_and_after_the_answer_in_light_and_dark(opened: Page) -> None:
    opened.evaluate(RUN_ALL)
    expect(card(opened)).to_be_visible()
    load_axe(opened)
    assert_accessible(card(opened))
    card(opened).get_by_role("button", name="Skip").click()
    expect(card(opened).get_by_text(TRUTH)).to_be_visible()
    assert_accessible_in_light_and_dark(opened, card(opened))
