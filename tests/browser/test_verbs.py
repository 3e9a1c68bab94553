"""Every verb of the stack bench and every operation of the container bench, by mouse and by keyboard alone.

After each, one sentence is read out, once, the focus is where it was, and the bench fits on the screen.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from layerlab.benches.bench_view import label
from layerlab.benches.container_bench import OPERATIONS
from layerlab.benches.verbs import VERBS
from tests.browser.lab import RUN_ALL, Server, open_notebook
from tests.browser.test_benches import fits, written
from tests.browser.test_stories import LISTEN, OUTLINE, STRAY

# As many as a bench holds, in an order in which each finds something to act on.
ROUNDS = (
    ("run", "write", "append", "stop"),
    ("run", "stop", "start", "remove"),
    ("run", "chmod", "touch", "delete"),
    ("run", "open", "rename", "commit"),
    ("run", "read", "delete-tree", "make"),
    ("add-files", "add-change", "add-deletion", "metadata"),
    ("name-height", "run-layer", "write-image", "remove-image"),
)
STACKS = [f'bench("stack", verbs={list(keys)})' for keys in ROUNDS]


@pytest.fixture(scope="module")
def opened(browser: Browser, lab_server: Server) -> Iterator[Page]:
    """A notebook with a bench for each round and the container bench, its cells run."""
    written(lab_server, "verbs", *STACKS, 'bench("container")')
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        open_notebook(page, lab_server, "verbs.ipynb")
        page.evaluate(RUN_ALL)
        expect(page.locator(".layerlab-bench")).to_have_count(len(STACKS) + 1)
        for bench in page.locator(".layerlab-bench").all():
            bench.get_by_role("status").evaluate(LISTEN)
        yield page


def heard(bench: Locator) -> list[str]:
    """What is read out from now on, until nothing follows."""
    region = bench.get_by_role("status")
    bench.page.wait_for_function("(region) => region.heard.length", arg=region.element_handle(), timeout=20_000)
    bench.page.wait_for_timeout(STRAY)
    return list(region.evaluate("(region) => region.heard.splice(0)"))


def test_every_verb_stands_in_a_round() -> None:
    assert set(VERBS) == {key for keys in ROUNDS for key in keys}


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
@pytest.mark.parametrize("place", range(len(ROUNDS)), ids=map("-".join, ROUNDS))
def test_a_verb_is_done_and_read_out_once(opened: Page, place: int, by: str) -> None:
    bench = opened.locator(".layerlab-bench").nth(place)
    for turn, key in enumerate(ROUNDS[place]):
        button = bench.get_by_role("button", name=label(VERBS[key], "web"), exact=True)
        if by == "mouse":
            button.click()
        else:
            button.focus()
            opened.keyboard.press("Space" if turn % 2 else "Enter")
        assert 1 == len(heard(bench)), key
        expect(button).to_be_focused()
        if by == "keyboard":
            assert "3px solid" == button.evaluate(OUTLINE)
        fits(bench)
    over = bench.get_by_role("button", name="Start over")
    over.click()
    heard(bench)


def test_every_operation_is_done_and_read_out_once(opened: Page) -> None:
    bench = opened.locator(".layerlab-bench").last
    how, act = bench.get_by_label("do", exact=True), bench.get_by_role("button", name="Do it", exact=True)
    for key in OPERATIONS:
        how.select_option(VERBS[key].label)
        act.focus()
        opened.keyboard.press("Enter")
        assert 1 == len(heard(bench)), key
        expect(act).to_be_focused()
        fits(bench)


def test_what_happens_again_is_read_out_again(opened: Page) -> None:
    bench = opened.locator(".layerlab-bench").nth(len(ROUNDS) - 1)
    for name, sentence in (
        ("Write 1 byte in the image", "Refused: layers are read-only. Write to a container instead."),
        ("Step back", "Refused: this is the start. There is no step to take back."),
        ("Step forward", "Refused: no step was taken back. There is none to do again."),
    ):
        for _ in range(2):
            bench.get_by_role("button", name=name, exact=True).click()
            (said,) = heard(bench)
            assert sentence in said
