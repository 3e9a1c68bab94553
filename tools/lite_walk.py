"""Run every lesson of the site that `make lite` built in a real browser, and compare its text with what is committed.

The site is served from 127.0.0.1 under a sub-path, as a public one is, and the browser can reach nothing else.
"""

import argparse
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which

from playwright.sync_api import Browser, Page

from tools.lite import TARGET
from tools.outputs import differences
from tools.rebuild import built, read
from tools.served import closed, served

SITE = TARGET / "site"
READY = """() => {
    const context = window.jupyterapp?.shell?.currentWidget?.sessionContext;
    const kernel = context?.session?.kernel;
    return context?.isReady && kernel?.connectionStatus === "connected" && kernel?.status === "idle";
}"""
RUN_ALL = "() => window.jupyterapp.commands.execute('notebook:run-all-cells')"
CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets.map(cell =>
    cell.model.type === "code" ? [cell.model.executionCount, cell.model.sharedModel.outputs] : null)"""
# The browser compiles Python first, and a busy machine takes long for that.
START = 240_000  # milliseconds


@dataclass
class Walked:
    """What a lesson did in the browser: seconds to the kernel and to the end, and each difference in one line."""

    name: str
    kernel: float
    whole: float
    differences: list[str] = field(default_factory=list)


def walk(page: Page, site: str, path: Path) -> Walked:
    """Run all cells of a lesson in the site, and compare."""
    elsewhere = closed(page, site)
    begin = time.monotonic()
    page.goto(f"{site}/lab/index.html?path={path.name}")
    page.wait_for_selector("#layerlab-start", state="detached", timeout=START)
    page.wait_for_function(READY, timeout=START)
    kernel = time.monotonic() - begin
    page.evaluate(RUN_ALL)
    whole = time.monotonic() - begin
    found = list(differences(read(path), page.evaluate(CELLS)))
    return Walked(path.name, kernel, whole, [*found, *(f"asked for {address}" for address in elsewhere)])


def run(browser: Browser, site: str, path: Path) -> Walked:
    """Run one lesson in a profile of its own, as someone does who has never been there."""
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        return walk(context.new_page(), site, path)


def main(arguments: list[str] | None = None) -> int:
    """Walk through the lessons; return the exit status."""
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lessons", nargs="*", help="how their names begin, such as 04; default: all")
    options = parser.parse_args(arguments)
    failed = 0
    chosen = [path for path in built() if not options.lessons or path.name.startswith(tuple(options.lessons))]
    with (
        sync_playwright() as playwright,
        served(SITE) as site,
        playwright.chromium.launch(executable_path=which("chromium"), args=["--no-sandbox"]) as browser,
    ):
        for path in chosen:
            done = run(browser, site, path)
            print(f"{done.name:45} kernel {done.kernel:5.1f} s, end {done.whole:5.1f} s", flush=True)
            for line in done.differences:
                print(f"  {line}", flush=True)
            failed += bool(done.differences)
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
