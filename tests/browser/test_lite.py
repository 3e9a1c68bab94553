"""Lessons without an installation: a site built by `make lite`, with nothing else that the browser could reach."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.lab import KERNEL_IS_READY, RUN_ALL
from tools.lite import ROOT, TARGET

SITE = TARGET / "site"
START = 120_000  # milliseconds: Python itself has to be compiled by the browser
# A cell that shows a refusal is tagged as one.
ERRORS = """() => window.jupyterapp.shell.currentWidget.content.widgets
    .filter(cell => !(cell.model.getMetadata("tags") ?? []).includes("raises-exception"))
    .flatMap(cell => cell.model.type === "code" ? cell.model.sharedModel.outputs : [])
    .filter(output => output.output_type === "error").map(output => `${output.ename}: ${output.evalue}`)"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """The address of the site, served by this process."""
    if not SITE.is_dir():
        pytest.skip("`make lite` has not built the site")
    newest = max(path.stat().st_mtime for path in (ROOT / "layerlab").rglob("*.py"))
    if SITE.stat().st_mtime < newest:
        pytest.skip("the site is older than the package: `make lite` builds it again")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(SITE))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("lesson", ["00-start-here", "02-what-does-a-container-add"])
def test_a_lesson_runs_in_a_browser_that_reaches_nothing_else(page: Page, site: str, lesson: str) -> None:
    elsewhere: list[str] = []

    def check(route: Route) -> None:
        inside = route.request.url.startswith((site, "data:", "blob:"))
        if not inside:
            elsewhere.append(route.request.url)
        route.continue_() if inside else route.abort()

    page.route("**/*", check)
    page.goto(f"{site}/lab/index.html?path={lesson}.ipynb")
    page.wait_for_function(KERNEL_IS_READY, timeout=START)
    page.evaluate(RUN_ALL)
    assert [] == page.evaluate(ERRORS)
    assert [] == elsewhere
    bench = page.locator(".layerlab-bench").first
    bench.scroll_into_view_if_needed()
    bench.get_by_role("button", name="Run a container").click()
    expect(bench.get_by_role("status").filter(has_text="web")).not_to_have_count(0)
