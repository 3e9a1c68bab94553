"""Lessons without an installation: a site built by `make lite`, with nothing else that the browser could reach."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Page, expect

from layerlab import save, shop
from layerlab.course.answers import NAME
from tests.browser.lab import KERNEL_IS_READY
from tools.lite import ROOT, TARGET
from tools.lite_walk import START, walk
from tools.outputs import differences
from tools.rebuild import NOTEBOOKS
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
    newest = max(path.stat().st_mtime for path in (ROOT / "layerlab").rglob("*.py"))
    if SITE.stat().st_mtime < newest:
        pytest.skip("the site is older than the package: `make lite` builds it again")
    with served(SITE) as address:
        yield address


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
    expect(page.locator("#layerlab-start > div > [role=status]")).to_contain_text("of 4")
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
