"""The build bench in JupyterLab, by mouse and by keyboard alone: the task is done, and axe-core has nothing to say."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.axe import assert_accessible, load_axe, needs_axe
from tests.browser.lab import Server
from tests.browser.test_benches import fits, shown

SOURCE = 'bench("build")'
PATIENCE = 60_000  # milliseconds: a build with real layers, on a busy machine


def says(bench: Locator, sentence: str) -> None:
    expect(bench.get_by_role("status")).to_contain_text(sentence, timeout=PATIENCE)
    fits(bench)


def press(bench: Locator, name: str, sentence: str) -> None:
    bench.get_by_role("button", name=name, exact=True).click()
    says(bench, sentence)


def key(bench: Locator, name: str, pressed: str, sentence: str) -> None:
    """Press a button by a key, and see that the focus stays on it."""
    button = bench.get_by_role("button", name=name, exact=True)
    button.focus()
    bench.page.keyboard.press(pressed)
    says(bench, sentence)
    expect(button).to_be_focused()


def test_the_task_is_done_by_mouse_with_presses_in_the_picture(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, SOURCE, "build-mouse")
    press(bench, "Build", "Build 1 took 90 s: 4 steps ran, 0 were reused.")
    press(bench, "Change 1 byte", "site/index.html is one byte longer.")
    press(bench, "Build", "Build 2 took 90 s")
    # The mark of a line ends with what builds did with it: the press is on the line itself.
    bench.get_by_role("button", name="Choose line 2 COPY site/ /var/www/").click(position={"x": 20, "y": 10})
    press(bench, "Move down", "COPY site/ /var/www/ is line 3 now. Nothing was built since.")
    press(bench, "Move down", "COPY site/ /var/www/ is line 4 now. Nothing was built since.")
    expect(bench.get_by_label("Line", exact=True)).to_have_value("4")
    press(bench, "Build", "Build 3 took 90 s")
    bench.get_by_role("button", name="Choose the file site/prices.html").click()
    press(bench, "Touch", "site/prices.html has a new time and the same bytes.")
    press(bench, "Build", "Build 4 took 0 s: 0 steps ran, 4 were reused.")
    press(bench, "Change 1 byte", "site/prices.html is one byte longer.")
    press(bench, "Build", "Build 5 took 2 s: 2 steps ran, 2 were reused.")
    expect(bench.locator("svg[role=group]")).to_contain_text("content of site/prices.html")
    expect(bench.get_by_text("docker build --tag shop:2 .", exact=True).first).to_be_visible()
    press(bench, "Step back", "site/prices.html is one byte longer.")


def test_the_task_is_done_by_keyboard_alone(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, SOURCE, "build-keys")
    key(bench, "Build", "Enter", "Build 1 took 90 s")
    key(bench, "Move up", "Space", "Refused: line 1 is FROM and stays")
    key(bench, "Move down", "Enter", "COPY site/ /var/www/ is line 3 now.")
    key(bench, "Move down", "Space", "COPY site/ /var/www/ is line 4 now.")
    key(bench, "Build", "Enter", "Build 2 took 90 s")
    files = bench.get_by_label("File", exact=True)
    files.focus()
    page.keyboard.press("ArrowUp")
    expect(files).to_have_value("packages.txt")
    key(bench, "Change mode", "Enter", "packages.txt has the mode 600 now.")
    key(bench, "Step back", "Enter", "Build 2 took 90 s")
    files.focus()
    page.keyboard.press("ArrowDown")
    key(bench, "Change 1 byte", "Enter", "site/index.html is one byte longer.")
    key(bench, "Build", "Space", "Build 3 took 2 s: 2 steps ran, 2 were reused.")


@needs_axe
def test_axe_finds_nothing_in_it(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, SOURCE, "build-axe")
    load_axe(page)
    assert_accessible(bench)
    press(bench, "Build", "Build 1 took 90 s")
    assert_accessible(bench)
