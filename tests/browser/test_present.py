"""A lesson on a projector, in a browser that reaches this machine alone: each screen is whole, and can be read."""

import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from layerlab.cli.present import HERE
from tests.browser.lab import KERNEL_TIMEOUT, environment, free_port, wait_until_ready

# Pixels, as is the next: text that is read, and the letters of a picture, which is drawn with 13 and never shrinks.
LEAST = 20
LEAST_DRAWN = 12.9
# What a screen shows: how much of it is cut in height and width, its text, and its smallest letters.
SHOWN = """() => {
    const screen = document.querySelector(".screen:not(.off)");
    const seen = root => [...root.querySelectorAll("*")].filter(each => each.getClientRects().length
        && [...each.childNodes].some(child => child.nodeType === 3 && child.data.trim()));
    const size = each => parseFloat(getComputedStyle(each).fontSize);
    const read = [...seen(screen), ...seen(document.querySelector("#where"))].filter(each => !each.closest("svg"));
    const drawn = seen(screen).filter(each => each.matches("svg text"));
    return {
        cut: [screen.scrollHeight - screen.clientHeight, screen.scrollWidth - screen.clientWidth],
        empty: !screen.innerText.trim(),
        small: read.filter(each => size(each) < LEAST).map(each => each.outerHTML.slice(0, 80)),
        drawn: Math.min(99, ...drawn.map(each => size(each) * each.getScreenCTM().a)),
        inside: drawn.every(each => each.getBoundingClientRect().right <= innerWidth),
    };
}""".replace("LEAST", str(LEAST))
WHOLE = "screen => screen.outerHTML"
SETTLED = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 600))))"


@contextmanager
def shown(number: str, home: Path) -> Iterator[str]:
    """Present a lesson, and return its address."""
    port = free_port()
    command = [sys.executable, "-m", "layerlab", "present", number, "--port", str(port), "--no-browser"]
    home.mkdir()
    with (home / "log.txt").open("wb") as log:
        process = subprocess.Popen(command, env=environment(home), stdout=log, stderr=subprocess.STDOUT)
        try:
            # A file of its own, because the page itself would start a kernel.
            wait_until_ready(f"http://{HERE}:{port}/voila/static/voila.js", process, home / "log.txt")
            yield f"http://{HERE}:{port}/"
        finally:
            process.terminate()
            process.wait(timeout=60)


# Each day another lesson is tried with the first and the fullest one, so that all are seen and no run takes long.
DAY = datetime.now(UTC).date()
OTHERS = ("01", "03", "04", "05", "06", "07", "08", "09", "10")
TRIED = ["00", "02", random.Random(str(DAY)).choice(OTHERS)]


@pytest.fixture(scope="module", params=TRIED)
def lesson(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    pytest.importorskip("voila")
    with shown(request.param, tmp_path_factory.mktemp("present") / "home") as address:
        yield address


@pytest.fixture
def screen(browser: Browser, lesson: str) -> Iterator[Page]:
    """The first screen of a lesson, in a browser that refuses each request to another machine."""
    refused: list[str] = []

    def only_here(route: Route) -> None:
        if urlsplit(route.request.url).hostname == HERE:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort()

    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        context.route("http*://**", only_here)
        page = context.new_page()
        page.goto(lesson, timeout=4 * KERNEL_TIMEOUT)
        expect(page.locator("#rendered_cells")).to_be_visible(timeout=KERNEL_TIMEOUT)
        page.wait_for_function("document.querySelectorAll('.layerlab-card').length > 1", timeout=KERNEL_TIMEOUT)
        yield page
    assert [] == refused


def current(page: Page) -> Locator:
    return page.locator(".screen:not(.off)")


def number(page: Page) -> str:
    return page.locator("#where .number").inner_text()


def faults(page: Page) -> list[object]:
    """What is wrong with what the page shows now."""
    page.evaluate(SETTLED)
    found = page.evaluate(SHOWN)
    whole = {"cut": [0, 0], "empty": False, "small": [], "inside": True}
    wrong = {name: found[name] for name in whole if found[name] != whole[name]}
    if found["drawn"] < LEAST_DRAWN:
        wrong["drawn"] = found["drawn"]
    return [number(page), wrong] if wrong else []


def test_no_screen_is_empty_or_cut_or_small(screen: Page) -> None:
    wrong: list[object] = [faults(screen)]
    count = int(number(screen).split(" of ")[1])
    # A screen can take two presses: what is shown later on it, or its explanation.
    for _ in range(3 * count):
        card = current(screen).locator(".layerlab-card")
        if card.count() and not card.locator(".answer").count():
            wrong += count_hands(screen, card)
            card.get_by_role("button", name="Open the answer").click()
            expect(card.get_by_role("group", name="Answer")).to_be_visible()
            wrong.append(faults(screen))
            for summary in card.locator("summary").all():
                summary.click()
                wrong.append(faults(screen))
                summary.click()
            screen.evaluate(SETTLED)
        bench = current(screen).locator(".layerlab-bench").get_by_role("button", name="Run a container")
        if bench.count():
            for _ in range(3):
                bench.click()
            wrong.append(faults(screen))
            current(screen).get_by_role("button", name="Layer 4, site, ").click()
            wrong.append(faults(screen))
        before = current(screen).evaluate(WHOLE)
        screen.keyboard.press("ArrowRight")
        if before == current(screen).evaluate(WHOLE):
            break
        wrong.append(faults(screen))
    assert number(screen) == f"{count} of {count}"
    assert [] == [each for each in wrong if each]


def count_hands(screen: Page, card: Locator) -> list[object]:
    """Type the hands of two votes; return what is wrong between the votes."""
    wrong: list[object] = []
    for vote in (1, 2):
        fields = card.locator(f"input[name^='hands-{vote}']")
        for field in fields.all():
            example = field.get_attribute("placeholder") or ""
            field.fill(example if ":" in example else f"{7 + vote}")
        if fields.count() and vote == 1:
            card.get_by_role("button", name="Vote again").click()
            expect(card.get_by_role("status")).to_contain_text("The first vote is kept")
            wrong.append(faults(screen))
    if not fields.count():
        card.get_by_role("button", name="Skip").click()
    return wrong


def test_keys_go_on_and_back_and_show_the_code(screen: Page) -> None:
    first = number(screen)
    assert first.startswith("1 of ")
    screen.keyboard.press("ArrowRight")
    assert number(screen).startswith("2 of ")
    presses = 1
    while not (code := current(screen).locator(".jp-InputArea-editor").first).count():  # lesson 10 begins with words
        screen.keyboard.press("ArrowRight")
        presses += 1
    expect(code).to_be_hidden()
    screen.keyboard.press("c")
    expect(code).to_be_visible()
    assert [] == faults(screen)
    screen.keyboard.press("c")
    expect(code).to_be_hidden()
    screen.keyboard.press("PageUp")
    for _ in range(presses - 1):
        screen.keyboard.press("ArrowLeft")
    assert first == number(screen)
    screen.keyboard.press("ArrowLeft")
    assert first == number(screen)


def test_a_class_commits_and_the_teacher_opens(screen: Page) -> None:
    while not current(screen).locator(".layerlab-card").count():
        screen.keyboard.press("ArrowRight")
    card = current(screen).locator(".layerlab-card")
    field = card.locator("input").first
    if field.get_attribute("type") == "text":
        field.fill("7" if field.get_attribute("placeholder") == "7" else "20 MB")
        before = number(screen)
        field.press("ArrowLeft")
        assert before == number(screen)
    else:
        field.check()
    # A second question is half of the answer.
    if (reasons := card.locator("input[name=because]")).count():
        reasons.first.check()
    card.get_by_role("button", name="Commit: I am sure").click()
    expect(card.get_by_role("status")).to_contain_text("You can change your mind once")
    expect(card.locator(".answer")).to_have_count(0)
    assert [] == faults(screen)
    card.get_by_role("button", name="Open the answer").click()
    expect(card.get_by_role("group", name="Answer")).to_be_focused()
    assert [] == faults(screen)


def test_the_answer_shows_the_hands_of_two_votes_beside_the_right_one(screen: Page) -> None:
    while not current(screen).locator(".layerlab-card").count():
        screen.keyboard.press("ArrowRight")
    card = current(screen).locator(".layerlab-card")
    assert [] == [each for each in count_hands(screen, card) if each]
    card.get_by_role("button", name="Open the answer").click()
    rows = card.get_by_role("list", name="Hands of the class")
    # The round may have several right letters.
    expect(rows.locator(".right")).not_to_have_count(0)
    expect(rows).to_contain_text(", then ")
    assert [] == faults(screen)


def test_nothing_is_left_when_a_lesson_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("voila")
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with shown("00", tmp_path / "home"):
        assert 1 == len(list(tmp_path.glob("layerlab-present-*")))
    assert ["home"] == sorted(os.listdir(tmp_path))
