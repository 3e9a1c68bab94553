"""A level in JupyterLab: solved by mouse, by keys alone and by typing; a wrong way is told; axe finds nothing."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from layerlab.course.levels.catalogue import LEVELS
from tests.browser.axe import assert_accessible_in_light_and_dark, needs_axe
from tests.browser.lab import RUN_ALL, Server, open_notebook
from tests.browser.test_benches import written

CELLS = (
    'import layerlab\nlayerlab.level("02.empty-layer")',
    'import layerlab\nlayerlab.level("01.hide-the-pages")',
    'import layerlab\ntable = bench("stack", prompt=True)\ntable.do("run")\nlayerlab.as_level(table)',
)


@pytest.fixture(scope="module")
def opened(browser: Browser, lab_server: Server) -> Iterator[Page]:
    written(lab_server, "levels", *CELLS)
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        open_notebook(page, lab_server, "levels.ipynb")
        page.evaluate(RUN_ALL)
        expect(page.locator(".layerlab-bench")).to_have_count(len(CELLS))
        yield page


@pytest.fixture
def empty(opened: Page) -> Locator:
    bench = opened.locator(".layerlab-bench").first
    bench.get_by_role("button", name="Start over").click()
    expect(bench.get_by_role("status")).to_contain_text("Not yet. job's thin layer contains 20.0 MB")
    return bench


def press(bench: Locator, name: str, sentence: str) -> None:
    bench.get_by_role("button", name=name, exact=True).click()
    expect(bench.get_by_role("status")).to_contain_text(sentence)


def goal(bench: Locator) -> Locator:
    return bench.locator("svg [data-key^='goal:']")


def test_by_mouse_with_the_container_pressed_in_the_picture(empty: Locator) -> None:
    expect(goal(empty).get_by_text("now: 20.0 MB")).to_be_visible()
    empty.get_by_role("button", name="Container job, running, catalog.db copied, 20.0 MB").click()
    press(empty, "Stop", "job is stopped; the goal says running.")
    press(empty, "Remove", "There is no container job.")
    press(empty, "Run a container", "Solved in 3 acts. The shortest way known has 3.")
    expect(goal(empty).get_by_text("now:")).to_have_count(0)


def test_by_keys_alone(empty: Locator) -> None:
    keyboard, status = empty.page.keyboard, empty.get_by_role("status")
    chosen = empty.get_by_label("Container", exact=True)
    chosen.focus()
    keyboard.press("j")
    expect(chosen).to_have_value("job")
    for name, tabs, sentence in (
        ("Stop", "Tab Tab", "job is stopped; the goal says running."),
        ("Remove", "Tab Tab", "There is no container job."),
        ("Run a container", "Shift+Tab Shift+Tab Shift+Tab", "Solved in 3 acts."),
    ):
        for key in tabs.split():
            keyboard.press(key)
        expect(empty.get_by_role("button", name=name, exact=True)).to_be_focused()
        keyboard.press("Enter")
        expect(status).to_contain_text(sentence)
        expect(empty.get_by_role("button", name=name, exact=True)).to_be_focused()


def test_by_typing(empty: Locator) -> None:
    empty.get_by_label("Type a command", exact=True).click()
    for line in ("docker stop job", "docker rm job", "docker run -d --name job shop"):
        empty.page.keyboard.type(line)
        empty.page.keyboard.press("Enter")
        expect(empty.get_by_label("Type a command", exact=True)).to_have_value("")
    expect(empty.get_by_role("status")).to_contain_text("Solved in 3 acts.")


def test_a_wrong_way_is_told_with_its_belief_and_hints_come_when_asked_for(empty: Locator) -> None:
    empty.get_by_label("Container", exact=True).select_option("job")
    press(empty, "Delete a file", "In job, /var/lib/shop/catalog.db is not there; the goal says 20.0 MB.")
    status = empty.get_by_role("status")
    expect(status).to_contain_text("Many people think: “A whiteout removes the file from the layer below.”")
    first, second = LEVELS["02.empty-layer"].hints
    expect(status).not_to_contain_text(first)
    press(empty, "Hint", first)
    expect(status).not_to_contain_text(second)
    press(empty, "Next hint", second)


def test_a_level_is_made_by_ticks(opened: Page) -> None:
    maker = opened.locator(".layerlab-bench").nth(2)
    expect(maker.get_by_role("status")).to_contain_text("Tick at least one fact")
    maker.get_by_label("web is running.").check()
    expect(maker.get_by_role("status")).to_contain_text("This is a level.")
    maker.get_by_label("Task", exact=True).fill("Let web run.")
    maker.get_by_label("Task", exact=True).press("Tab")
    expect(maker.locator("pre")).to_contain_text("task='Let web run.',")
    expect(maker.locator("pre")).to_contain_text('facts=(Fact("state", "web"),),')
    expect(maker.get_by_label("web is running.")).to_be_checked()


def test_the_level_fits_on_a_screen_and_its_goal_stands_beside_it(empty: Locator) -> None:
    box = empty.bounding_box()
    assert box
    assert box["height"] <= 640
    assert box["width"] <= 880
    picture = empty.locator("svg[role=group]").bounding_box()
    assert picture
    for row in goal(empty).all():
        here = row.bounding_box()
        assert here
        assert picture["x"] <= here["x"]
        assert here["x"] + here["width"] <= picture["x"] + picture["width"] + 1
        assert here["y"] + here["height"] <= picture["y"] + picture["height"] + 1


@needs_axe
def test_axe_finds_nothing_in_levels_in_light_and_dark(opened: Page) -> None:
    assert_accessible_in_light_and_dark(opened, *opened.locator(".layerlab-bench").all())
