"""The levels of lessons 06 to 09 in JupyterLab: on each page, the way to the goal and every wrong way are pressed.

The page says that the goal is reached, or which belief the wrong way takes. It fits on a screen after each act.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from layerlab.benches.process_bench import ORPHAN, PROGRAMS
from layerlab.course.beliefs import BELIEFS
from layerlab.course.levels.catalogue import ALL
from layerlab.course.levels.level import BenchLevel, WrongWay
from tests.browser.axe import assert_accessible_in_light_and_dark, needs_axe
from tests.browser.lab import RUN_ALL, Server, open_notebook
from tests.browser.test_benches import written
from tests.browser.test_lesson_00 import shoot

LEVELS = [each for each in ALL if isinstance(each, BenchLevel)]
WRONG = [(each, wrong) for each in LEVELS for wrong in each.wrong]
ROOM = 599  # pixels: what JupyterLab leaves of a screen of 1280 x 720
BELIEF = 45  # pixels: two lines, for what people believe
PATIENCE = 60_000  # milliseconds: a build with real layers, on a busy machine
PRESSED = {
    "touch": "Touch", "change": "Change 1 byte", "chmod": "Change mode", "build": "Build",
    "push": "Push", "pull": "Pull to the server", "release": "Build the next shop", "run": "Run web on the server",
    "forget": "New build machine",
}  # fmt: skip


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of the pages go: a folder of pytest's, which keeps those of the last three runs."""
    return tmp_path_factory.mktemp("levels")


@pytest.fixture(scope="module")
def opened(browser: Browser, lab_server: Server) -> Iterator[Page]:
    written(lab_server, "bench-levels", *(f'from layerlab import level\nlevel("{each.id}")' for each in LEVELS))
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        open_notebook(page, lab_server, "bench-levels.ipynb")
        page.evaluate(RUN_ALL)
        expect(page.locator(".layerlab-bench")).to_have_count(len(LEVELS), timeout=120_000)
        yield page


def begun(opened: Page, each: BenchLevel) -> Locator:
    """The page of a level at its start."""
    bench = opened.locator(".layerlab-bench").nth(LEVELS.index(each))
    button(bench, "Start over").click()
    expect(bench.get_by_role("status")).to_contain_text("Not yet.")
    return bench


def button(bench: Locator, name: str) -> Locator:
    return bench.get_by_role("button", name=name, exact=True)


def choose(bench: Locator, name: str, value: str) -> None:
    """Choose in a list. A list of one is not shown."""
    listed = bench.get_by_label(name, exact=True)
    if listed.count():
        listed.select_option(value)


def press(bench: Locator, kind: str, act: Any) -> None:
    """Do an act of a bench by its lists and buttons."""
    if kind == "disks":
        verb, given = act
        if verb == "run":
            bench.get_by_label("Containers", exact=True).fill(str(given))
            bench.get_by_label("Containers", exact=True).press("Tab")
        else:
            choose(bench, {"change": "Each does to catalog.db", "look": "Look at"}[verb], given)
    elif kind == "processes":
        press_process(bench, act)
    elif act[0] == "move":
        choose(bench, "Line", str(act[1]))
        button(bench, "Move down" if act[2] > act[1] else "Move up").click()
        # The list of lines is drawn anew, so the next choice has to wait for it.
        says(bench, f"is line {act[2]} now")
    else:
        for name in act[1:]:
            choose(bench, {"push": "Image", "pull": "Name"}.get(act[0], "File"), name)
        button(bench, PRESSED[act[0]]).click()


def press_process(bench: Locator, act: Any) -> None:
    if act.do == "run":
        choose(bench, "Program", next(name for name, text in PROGRAMS.items() if text == act.text))
        init = button(bench, "--init")
        if (init.get_attribute("aria-pressed") == "true") != act.init:
            init.click()
            expect(init).to_have_attribute("aria-pressed", str(act.init).lower())
        button(bench, f"Run {act.name} anew").click()
    elif act.do == "signal":
        # The middle of a mark with its line to its parent is on the rows between them.
        bench.get_by_role("button", name=f"Process {act.pid},").locator("rect").first.click()
        choose(bench, "Signal", act.signal)
        button(bench, f"Send it to process {act.pid} of {act.name}").click()
    elif act.do == "tick":
        button(bench, "1 s passes" if act.seconds == 1 else f"{act.seconds:g} s pass").click()
    elif act.do == "exec":
        button(bench, "Leave an orphan" if act.text == ORPHAN else "Start a service").click()
    else:
        button(bench, {"stop": f"docker stop {act.name}", "write": "Write 1 kB"}[act.do]).click()


def says(bench: Locator, words: str) -> None:
    expect(bench.get_by_role("status")).to_contain_text(words, timeout=PATIENCE)


def fits(bench: Locator, more: int = 0) -> None:
    box = bench.bounding_box()
    assert box
    assert ROOM + more >= box["height"]
    assert 880 >= box["width"]


def named(case: object) -> str:
    return case.id if isinstance(case, BenchLevel) else f"belief {getattr(case, 'belief', case)}"


@pytest.mark.parametrize("each", LEVELS, ids=named)
def test_the_way_is_pressed_and_the_page_says_that_it_is_the_goal(opened: Page, shots: Path, each: BenchLevel) -> None:
    bench = begun(opened, each)
    goal = bench.locator("svg [data-key^='goal:']")
    expect(goal.get_by_text("now:").first).to_be_visible()
    fits(bench)
    shoot(bench, shots, f"{each.id} start")
    for act in each.way:
        expect(bench.get_by_role("status")).not_to_contain_text("Solved")
        press(bench, each.bench, act)
        fits(bench)
    count = len(each.way)
    says(bench, f"Solved in {count} acts. The shortest way known has {count}.")
    expect(goal.get_by_text("now:")).to_have_count(0)
    fits(bench)
    shoot(bench, shots, f"{each.id} solved")


@pytest.mark.parametrize(("each", "wrong"), WRONG, ids=named)
def test_a_wrong_way_is_pressed_and_gets_the_sentence_of_its_belief(
    opened: Page, shots: Path, each: BenchLevel, wrong: WrongWay
) -> None:
    bench = begun(opened, each)
    for act in wrong.way:
        expect(bench.get_by_role("status")).not_to_contain_text(wrong.right_if)
        press(bench, each.bench, act)
    says(bench, f"Many people think: “{BELIEFS[wrong.belief].says}” This way would work if {wrong.right_if}.")
    says(bench, "Not yet.")
    fits(bench, BELIEF)
    shoot(bench, shots, f"{each.id} belief {wrong.belief}")


@pytest.mark.parametrize("each", LEVELS, ids=named)
def test_hints_come_one_by_one_and_only_when_asked_for(opened: Page, each: BenchLevel) -> None:
    bench = begun(opened, each)
    first, *more = each.hints
    expect(bench.get_by_role("status")).not_to_contain_text(first)
    button(bench, "Hint").click()
    says(bench, f"Hint 1: {first}")
    for hint in more:
        expect(bench.get_by_role("status")).not_to_contain_text(hint)
        button(bench, "Next hint").click()
        says(bench, hint)


@needs_axe
def test_axe_finds_nothing_in_them_in_light_and_dark(opened: Page) -> None:
    assert_accessible_in_light_and_dark(opened, *opened.locator(".layerlab-bench").all())
