"""Benches and rounds on a 1280 x 720 screen at 100 %, 150 % and 200 %, beside JupyterLab's list of files and alone.

A browser that zooms to 200 % lays a page out in half as many CSS pixels: so does a smaller window.
"""

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.lab import RUN_ALL, Server, dark, open_notebook
from tests.browser.test_benches import FILES, WHAT_IF, written
from tools.screenshots import STORIES

ROUND = """
from layerlab import predict
asked = predict("00.ten-containers")
asked.commit("B")
asked.prediction.open()
display(predict("00.one-byte").reveal(), asked.reveal(319_371_253))
"""
BENCHES = [*STORIES.values(), FILES, WHAT_IF]
# An element may be wider than its box only inside one that scrolls; words on a button or in a line are never cut;
# nothing lies on anything else; in a picture no words lie on others, and none are so small that nobody can read them.
FAULTS = """(box) => {
    const seen = (at) => at.checkVisibility() && at.getClientRects().length > 0; // in a closed fold nothing is
    const told = (at) => `${at.tagName} ${at.textContent.trim().slice(0, 40)}`;
    const all = [...box.querySelectorAll('*')].filter(seen);
    const within = (at, frame) => {
        const inner = at.getBoundingClientRect(), outer = frame.getBoundingClientRect();
        return inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
    };
    const frames = 'svg[role], [role=region], select, .layerlab-bench, .layerlab-card';
    const frame = (at) => at.parentElement.closest(frames);
    const scrolls = (at) => at.matches('[role=region], select');
    const out = all.filter((at) => !scrolls(frame(at)) && !within(at, frame(at)));
    const cut = all.filter((at) => at.matches('button, .line') && at.scrollWidth > at.clientWidth + 1);
    const blocks = all.filter((at) => at.matches('button, select, input, p, pre, svg[role], table'));
    const over = (one, other) => {
        const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        return wide > 1 && high > 1;
    };
    const pairs = blocks.flatMap((one, place) => blocks.slice(place + 1).map((other) => [one, other]));
    const lying = pairs.filter(([one, other]) => !frame(one).matches('[role=region]') && over(one, other));
    const words = [...box.querySelectorAll('svg text')].filter((at) => seen(at) && at.textContent.trim());
    const small = words.filter((at) => at.getBoundingClientRect().height < 10);
    const together = words.flatMap((one, place) => words.slice(place + 1).map((other) => [one, other]));
    // Letters have a little air around them: so words may touch by two pixels.
    const mixed = together.filter(([one, other]) => {
        const a = one.getBoundingClientRect(), b = other.getBoundingClientRect();
        const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        return wide > 2 && high > 5;
    });
    return [...small.map((at) => `too small: ${told(at)}`),
        ...mixed.map(([one, other]) => `words on one another: ${told(one)} and ${told(other)}`),
        ...out.map((at) => `wider than its box: ${told(at)}`), ...cut.map((at) => `cut: ${told(at)}`),
        ...lying.map(([one, other]) => `on one another: ${told(one)} and ${told(other)}`)];
}"""

PAINTED = 20.0  # seconds
WHITE, BLACK = "rgb(255, 255, 255)", "rgb(0, 0, 0)"
# The colours of a box, of its picture's card and of its words.
INKS = """(box) => {
    const style = (at) => getComputedStyle(at), card = box.querySelector('.picture rect');
    const words = [...box.querySelectorAll('p, pre, label, td, code')].map((at) => style(at).color);
    return [style(box).backgroundColor, card ? style(card).fill : style(box).backgroundColor, ...new Set(words)];
}"""


@pytest.fixture(scope="module")
def opened(browser: Browser, lab_server: Server) -> Iterator[Page]:
    """A notebook with every bench after a few acts, and two cards."""
    written(lab_server, "zoom", *BENCHES, ROUND)
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        open_notebook(page, lab_server, "zoom.ipynb")
        page.evaluate(RUN_ALL)
        expect(page.locator(".layerlab-bench")).to_have_count(len(BENCHES))
        expect(page.locator(".layerlab-card")).to_have_count(2)
        yield page


@pytest.mark.parametrize("zoom", [100, 150, 200])
@pytest.mark.parametrize("beside", [True, False], ids=["beside the files", "alone"])
def test_nothing_is_cut_or_lies_on_anything_else(opened: Page, zoom: int, beside: bool) -> None:
    opened.set_viewport_size({"width": 128_000 // zoom, "height": 72_000 // zoom})
    opened.evaluate(f"() => window.jupyterapp.shell.{'expandLeft' if beside else 'collapseLeft'}()")
    opened.wait_for_timeout(300)  # milliseconds: the panes take their places
    for box in opened.locator(".layerlab-bench, .layerlab-card").all():
        # JupyterLab gives a size only to what is in view, and the kernel then paints the picture anew for its width.
        box.scroll_into_view_if_needed()
        last = time.monotonic() + PAINTED
        while found := box.evaluate(FAULTS):
            assert last > time.monotonic(), found
            opened.wait_for_timeout(200)


def test_the_dark_theme_is_printed_dark_on_white(opened: Page) -> None:
    dark(opened)
    opened.emulate_media(media="print")
    opened.wait_for_timeout(500)  # milliseconds: the theme's style sheets follow its name
    for box in opened.locator(".layerlab-bench, .layerlab-card").all():
        assert [WHITE, WHITE, BLACK] == box.evaluate(INKS)
