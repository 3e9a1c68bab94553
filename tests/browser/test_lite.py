"""Lessons without an installation: a site built by `make lite`, with nothing else that the browser could reach."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect

from layerlab import save, shop
from layerlab.course.answers import NAME
from tests.browser.axe import assert_accessible, load_axe, needs_axe
from tests.browser.lab import KERNEL_IS_READY
from tools.lite import EXTENSIONS, PAGES, ROOT, TARGET
from tools.lite_walk import START, walk
from tools.outputs import differences
from tools.rebuild import NOTEBOOKS, built
from tools.served import closed, served

SITE = TARGET / "site"
RUN_CODE = """async (code) => {
    const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    const said = [];
    const future = kernel.requestExecute({code});
    future.onIOPub = (message) => said.push(message.content.text ?? message.content.evalue ?? "");
    await future.done;
    return said.join("");
}"""


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the site, served by this process under a sub-path."""
    if not SITE.is_dir():
        pytest.skip("`make lite` has not built the site")
    sources = [*(ROOT / "layerlab").rglob("*.py"), *PAGES.iterdir(), ROOT / "tools" / "lite.py"]
    newest = max(path.stat().st_mtime for path in sources)
    if SITE.stat().st_mtime < newest:
        pytest.skip("the site is older than what it is built from: `make lite` builds it again")
    with served(SITE) as address:
        yield address


# What is open: the lesson, whether it waits to be saved, and how many benches are there to be pressed.
OPEN = """() => {
    const { context, content } = window.jupyterapp.shell.currentWidget;
    return [context.path, context.model.dirty, content.node.querySelectorAll(".layerlab-bench").length];
}"""
NO_STORE = """for (const name of ["indexedDB", "localStorage", "sessionStorage"])
    Object.defineProperty(window, name, {get() { throw new DOMException("denied", "SecurityError"); }});"""


def opened(page: Page, site: str, lesson: str) -> None:
    page.goto(f"{site}/lab/index.html?path={lesson}.ipynb")
    page.wait_for_selector("#layerlab-start", state="detached", timeout=START)
    page.wait_for_function(KERNEL_IS_READY, timeout=START)


def dropped(page: Page, file: Path) -> None:
    """Drop a file of this machine on the list of files, as a hand with a mouse does."""
    box = page.locator(".jp-DirListing-content").bounding_box()
    assert box is not None
    devtools = page.context.new_cdp_session(page)
    place = {"x": box["x"] + 40, "y": box["y"] + 20}
    data = {"items": [], "files": [str(file)], "dragOperationsMask": 1}
    for kind in ("dragEnter", "dragOver", "drop"):
        devtools.send("Input.dispatchDragEvent", {"type": kind, **place, "data": data})


def test_the_address_shows_the_picture_at_once_and_then_a_bench_that_can_be_pressed(page: Page, site: str) -> None:
    elsewhere = closed(page, site)
    page.goto(f"{site}/")
    expect(page.locator("#layerlab-start img")).to_be_visible()
    expect(page.locator("#layerlab-progress [role=status]")).to_contain_text("of 4")
    page.wait_for_selector("#layerlab-start", state="detached", timeout=START)
    expect(page.locator(".layerlab-bench").first).to_be_visible()
    assert [] == elsewhere


@pytest.mark.parametrize("lesson", ["02-what-does-a-container-add"])
def test_a_lesson_runs_to_its_end_and_prints_what_is_committed(page: Page, site: str, lesson: str) -> None:
    assert [] == walk(page, site, NOTEBOOKS / f"{lesson}.ipynb").differences


def test_an_archive_that_is_dragged_in_is_xrayed_and_answers_stay_in_the_browser(
    page: Page, site: str, tmp_path: Path
) -> None:
    mine = tmp_path / "mine.tar"
    save([shop("backup").images["backup"]], mine)
    opened(page, site, "sandbox")
    dropped(page, mine)
    expect(page.locator(".jp-DirListing-item", has_text="mine.tar")).to_be_visible()
    shown = "from layerlab import bench; print(bench('xray', 'mine.tar'))"
    assert "backup" in page.evaluate(RUN_CODE, shown)
    kept = "from layerlab.course.answers import keep; print(keep('00.one-byte', [{'answers': [], 'skipped': True}]))"
    assert "" == page.evaluate(RUN_CODE, kept).strip()
    # A new page has a new kernel, and finds the files of the one before.
    opened(page, site, "sandbox")
    assert "00.one-byte" in page.evaluate(RUN_CODE, f"print(open({NAME!r}).read())")


def test_a_cell_that_printed_other_text_or_was_not_run_is_told() -> None:
    cell = nbformat.v4.new_code_cell("1", outputs=[nbformat.v4.new_output("execute_result", {"text/plain": "1"})])
    committed = nbformat.v4.new_notebook(cells=[cell])
    other = {"output_type": "execute_result", "data": {"text/plain": "2"}}
    assert [] == list(differences(committed, [[1, cell.outputs]]))
    assert ["cell 0: '1' became '2'"] == list(differences(committed, [[1, [other]]]))
    assert ["cell 0 was not run"] == list(differences(committed, [[None, []]]))


def test_a_lesson_is_alive_after_a_link_and_after_a_reload_and_its_address_can_be_sent(page: Page, site: str) -> None:
    opened(page, site, "exit-ticket")
    page.get_by_role("button", name="Lessons").click()
    page.get_by_role("link", name="Sandbox").click()
    # A lesson that is opened in the page tells that Python starts, and runs its first cell as the first lesson did.
    expect(page.locator("#layerlab-top [role=status]")).to_have_text(re.compile("…"))
    expect(page.locator("#layerlab-top [role=status]")).to_have_text("", timeout=START)
    assert ["sandbox.ipynb", False, 1] == page.evaluate(OPEN)
    expect(page).to_have_url(f"{site}/lab/index.html?path=sandbox.ipynb")
    expect(page.locator("#layerlab-lessons [aria-current=page]")).to_have_text("Sandbox: What do you want to try?")
    page.reload()
    expect(page.locator("#layerlab-start h1")).to_have_text("Sandbox: What do you want to try?")
    page.wait_for_selector("#layerlab-start", state="detached", timeout=START)
    assert ["sandbox.ipynb", False, 1] == page.evaluate(OPEN)
    expect(page).to_have_url(f"{site}/lab/index.html?path=sandbox.ipynb")
    # Without a lesson an address leads to the last one.
    page.goto(f"{site}/lab/index.html")
    expect(page.locator("#layerlab-start h1")).to_have_text("Sandbox: What do you want to try?")


def test_answers_can_be_taken_out_and_a_lesson_can_be_started_over(page: Page, site: str) -> None:
    opened(page, site, "00-start-here")
    menu, told = page.get_by_role("button", name="Lessons"), page.locator("#layerlab-lessons [role=status]")
    menu.click()
    page.get_by_role("button", name="Download my answers").click()
    expect(told).to_have_text("You have not answered a question yet.")
    kept = "from layerlab.course.answers import keep; print(keep('00.one-byte', [{'answers': [], 'skipped': True}]))"
    page.evaluate(RUN_CODE, kept)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my answers").click()
    assert NAME == download.value.suggested_filename
    assert ["00.one-byte"] == list(json.loads(download.value.path().read_text())["questions"])
    title = "window.jupyterapp.shell.currentWidget.content.widgets[0].model.sharedModel"
    page.evaluate(f"() => {title}.setSource('mine')")
    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Start this lesson over").click()
    page.wait_for_function(f"() => {title}.getSource().startsWith('# What')", timeout=START)
    page.wait_for_function(KERNEL_IS_READY, timeout=START)
    page.wait_for_function("() => document.querySelectorAll('.layerlab-bench').length === 1", timeout=START)


@pytest.mark.parametrize("name", ["layerlab.zip", "pyodide.asm.wasm", "bundle.js"])
def test_a_file_that_does_not_come_is_named_and_the_page_can_be_loaded_again(page: Page, site: str, name: str) -> None:
    page.route(f"**/{name}*", lambda route: route.fulfill(status=404))
    page.goto(f"{site}/", wait_until="commit")
    expect(page.locator("#layerlab-start [role=alert]")).to_contain_text(f"{name} could not be fetched")
    expect(page.get_by_role("button", name="Load the page again")).to_be_visible()


def test_a_lesson_that_does_not_come_is_named_too(page: Page, site: str) -> None:
    name = "05-which-id-is-which.ipynb"
    page.route(f"**/{name}*", lambda route: route.fulfill(status=404))
    page.goto(f"{site}/lab/index.html?path={name}", wait_until="commit")
    expect(page.locator("#layerlab-start [role=alert]")).to_contain_text(f"{name} could not be fetched")


def test_a_link_to_no_lesson_leads_to_the_list_and_a_short_one_to_its_lesson(page: Page, site: str) -> None:
    page.goto(f"{site}/lab/index.html?path=nosuch.ipynb")
    expect(page.locator("#layerlab-lessons [role=alert]")).to_contain_text('no lesson "nosuch.ipynb"', timeout=START)
    expect(page.locator(".jp-Dialog")).to_have_count(0)
    page.get_by_role("link", name="Sandbox").click()
    page.wait_for_function(KERNEL_IS_READY, timeout=START)
    expect(page).to_have_url(f"{site}/lab/index.html?path=sandbox.ipynb")
    for short in ("02", "02-what-does-a-container-add"):
        page.goto(f"{site}/lab/index.html?path={short}", wait_until="commit")
        expect(page.locator("#layerlab-start h1")).to_have_text("02 What does a container add?")
        expect(page).to_have_url(f"{site}/lab/index.html?path=02-what-does-a-container-add.ipynb")


@pytest.mark.parametrize("width", [390, 640, 1280])
def test_at_every_width_a_cell_is_run_and_the_list_is_opened_by_a_button(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    opened(page, site, "00-start-here")
    # What has run already is not asked for.
    expect(page.locator(".jp-Notebook")).not_to_contain_text("Click the grey cell")
    counted = "() => window.jupyterapp.shell.currentWidget.content.widgets[1].model.executionCount"
    assert 1 == page.evaluate(counted)
    page.locator(".jp-CodeCell .cm-content").first.click()
    page.get_by_role("button", name="Run cell", exact=True).click(timeout=5000)
    page.wait_for_function(f"() => ({counted})() === 2", timeout=START)
    page.get_by_role("button", name="Lessons").click(timeout=5000)
    page.get_by_role("button", name="Download my answers").click()
    expect(page.locator("#layerlab-lessons [role=status]")).to_be_in_viewport()


def test_on_a_phone_in_the_dark_a_lesson_has_the_width(browser: Browser, site: str) -> None:
    with browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark") as context:
        page = context.new_page()
        opened(page, site, "00-start-here")
        expect(page.locator("body[data-jp-theme-light=false]")).to_have_count(1)
        box = page.locator(".layerlab-bench").first.bounding_box()
        assert box is not None
        assert 350 < box["width"] <= 390
        page.get_by_role("button", name="Lessons").click()
        expect(page.locator("#layerlab-lessons")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#layerlab-lessons")).to_be_hidden()


def test_where_nothing_may_be_stored_a_lesson_runs_and_says_that_answers_are_lost(page: Page, site: str) -> None:
    page.add_init_script(NO_STORE)
    page.goto(f"{site}/")
    expect(page.locator("#layerlab-start .layerlab-kept")).to_contain_text("lost when you leave")
    page.wait_for_selector("#layerlab-start", state="detached", timeout=START)
    assert ["00-start-here.ipynb", False, 1] == page.evaluate(OPEN)


def test_without_javascript_there_is_the_picture_a_reason_and_a_list(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}/lab/index.html?path=00-start-here.ipynb")
        expect(page.locator("#layerlab-start img")).to_be_visible()
        expect(page.locator("#layerlab-start noscript strong")).to_be_visible()
        page.get_by_role("link", name="All lessons").click()
        links = page.locator("li a")
        expect(links).to_have_count(len(built()))
        assert [f"lab/index.html?path={path.name}" for path in built()] == [
            link.get_attribute("href") for link in links.all()
        ]


@needs_axe
def test_the_pages_around_a_lesson_are_accessible(page: Page, site: str) -> None:
    # Without its script the page stays as it is while it is loading.
    page.route("**/bundle.js*", lambda route: route.abort())
    page.goto(f"{site}/")
    expect(page.locator("#layerlab-start [role=alert]")).to_contain_text("bundle.js")
    load_axe(page)
    assert_accessible(page.locator("#layerlab-start"))
    page.evaluate("() => document.getElementById('layerlab-lessons').showModal()")
    assert_accessible(page.locator("#layerlab-lessons"))
    page.goto(f"{site}/lessons.html")
    load_axe(page)
    assert_accessible(page.locator("html"))


def test_the_site_has_no_extension_that_needs_a_server_and_no_second_application(site: str) -> None:
    settings = json.loads((SITE / "jupyter-lite.json").read_text())["jupyter-config-data"]
    assert sorted(EXTENSIONS) == sorted(each["name"] for each in settings["federated_extensions"])
    assert [] == [name for name in ("tree", "notebooks", "repl", "consoles", "edit") if (SITE / name).exists()]
