"""Take a picture of each way into the lessons: `python -m tools.ways` writes docs/ways/, after `make lite book`."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Page, expect, sync_playwright

from layerlab import explain
from layerlab.benches.xray_bench import example
from layerlab.cli.html_report import report
from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.lab import KERNEL_IS_READY, RUN_ALL, running_lab
from tests.browser.test_present import SETTLED, shown
from tools import book, lite
from tools.lite_walk import READY, START
from tools.rebuild import NOTEBOOKS
from tools.served import served

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "ways"
LESSON = "02-what-does-a-container-add.ipynb"
WIDTH, HEIGHT = 1280, 720
MOST = 150_000  # bytes
MOVING = 1_000  # milliseconds, after which every mark of a picture has come to its place


@contextmanager
def lab(page: Page, scratch: Path) -> Iterator[None]:
    """A lesson in JupyterLab, with all cells run."""
    root = scratch / "notebooks"
    root.mkdir()
    shutil.copy(NOTEBOOKS / LESSON, root)
    with running_lab(root, scratch / "home") as server:
        page.goto(server.page_of(LESSON))
        page.wait_for_function(KERNEL_IS_READY, timeout=START)
        page.evaluate(RUN_ALL)
        to_first_card(page)
        yield


@contextmanager
def site(page: Page, _: Path) -> Iterator[None]:
    """The same lesson on the site, with all cells run in the browser."""
    with served(lite.TARGET / "site") as address:
        page.goto(f"{address}/lab/index.html?path={LESSON}")
        page.wait_for_selector("#layerlab-start", state="detached", timeout=START)
        page.wait_for_function(READY, timeout=START)
        page.evaluate(RUN_ALL)
        to_first_card(page)
        yield


@contextmanager
def projector(page: Page, scratch: Path) -> Iterator[None]:
    """A question of the lesson on a projector."""
    with shown("02", scratch / "shown") as address:
        page.goto(address, timeout=START)
        page.wait_for_selector(".screen:not(.off)", timeout=START)
        while not page.locator(".screen:not(.off) .layerlab-card").count():
            page.keyboard.press("ArrowRight")
            page.evaluate(SETTLED)
        yield


@contextmanager
def pages(page: Page, _: Path) -> Iterator[None]:
    """The lesson as a page of the book."""
    with served(book.TARGET / "html") as address:
        page.goto(f"{address}/lessons/{Path(LESSON).stem}.html")
        page.wait_for_load_state("networkidle")
        yield


@contextmanager
def one_page(page: Page, scratch: Path) -> Iterator[None]:
    """What `layerlab inspect --html` writes of an image."""
    path, image = scratch / "it.html", example()
    path.write_text(report(image, explain(image), "shop.tar"), encoding="utf-8")
    page.goto(path.as_uri())
    page.locator('svg [data-press="layer:4"]').click()
    expect(page.get_by_text("catalog.db", exact=True)).to_be_visible()
    page.wait_for_timeout(MOVING)
    yield


WAYS: dict[str, Callable[[Page, Path], AbstractContextManager[None]]] = {
    "lab": lab, "projector": projector, "site": site, "book": pages, "report": one_page,
}  # fmt: skip


def to_first_card(page: Page) -> None:
    """Scroll to the first question once it is alive."""
    card = page.locator(".layerlab-card").first
    card.wait_for(timeout=START)
    for _ in range(3):  # what stands above grows while it comes alive
        page.wait_for_timeout(MOVING)
        card.evaluate("card => card.scrollIntoView({block: 'start'})")
    page.wait_for_timeout(MOVING)


def main() -> None:
    """Write a PNG for each way, or for those that are named."""
    if CHROMIUM is None:
        sys.exit("no Chromium on this machine: install it, for instance with apt-get install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or WAYS:
        with (
            TemporaryDirectory() as scratch,
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET) as browser,
            browser.new_context(viewport={"width": WIDTH, "height": HEIGHT}) as context,
        ):
            page = context.new_page()
            with WAYS[name](page, Path(scratch)):
                path = FOLDER / f"{name}.png"
                page.screenshot(path=path)
        print(f"{path.relative_to(FOLDER.parent.parent)}  {path.stat().st_size:,} B")
        if path.stat().st_size > MOST:
            sys.exit(f"{path.name} is {path.stat().st_size:,} bytes: at most {MOST:,} are kept")


if __name__ == "__main__":
    main()
