"""Nothing is asked of another machine: lab, projector, slides and paper behind a proxy that refuses and takes notes.

Browser and servers have this proxy alone for whatever is not on this machine. Other tests hold the site, the book, the
report and other front ends to the same.
"""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from layerlab.cli.lab import FIRST, copy_new, lessons
from tests.browser.lab import KERNEL_TIMEOUT, open_and_run_all, running_lab
from tests.browser.test_present import shown
from tools import classroom

PROXIES = ("http_proxy", "https_proxy", "all_proxy")
# What Chromium asks for on its own account, whatever the page is.
CHROMIUM_S_OWN = ("content-autofill.googleapis.com:443",)
# Whatever an owner of this machine has set says nothing about what a page asks for.
HERE = "127.0.0.1,localhost"


class Refusing(ThreadingHTTPServer):
    """A proxy that refuses, and notes, each request."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Refusal)

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"


class Refusal(BaseHTTPRequestHandler):
    """The answer to all that is asked."""

    server: Refusing

    def parse_request(self) -> bool:
        """Note a request of any kind, and refuse it."""
        if super().parse_request():
            if not self.path.endswith(CHROMIUM_S_OWN):
                self.server.asked.append(f"{self.command} {self.path}")
            self.send_error(403)
        return False

    def log_message(self, *_: object) -> None:
        """Print nothing."""


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Refusing]:
    """A refusing proxy, which every server that is started has for the outside."""
    with Refusing() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        for name in PROXIES:
            monkeypatch.setenv(name, server.address)
            monkeypatch.setenv(name.upper(), server.address)
        monkeypatch.setenv("no_proxy", HERE)
        monkeypatch.setenv("NO_PROXY", HERE)
        yield server
        server.shutdown()


@pytest.fixture
def page(browser: Browser, proxy: Refusing) -> Iterator[Page]:
    """An empty page of a browser that reaches the outside by this proxy alone."""
    settings = {"server": proxy.address, "bypass": HERE}
    with browser.new_context(viewport={"width": 1280, "height": 720}, proxy=settings) as context:  # type: ignore[arg-type]
        yield context.new_page()


def test_the_proxy_notes_what_a_page_asks_for(page: Page, proxy: Refusing) -> None:
    page.set_content('<img src="http://example.com/a.png"><script src="https://example.org/b.js"></script>')
    expect(page.locator("img")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    assert ["CONNECT example.org:443", "GET http://example.com/a.png"] == sorted(proxy.asked)


def test_a_lesson_in_jupyterlab(page: Page, proxy: Refusing, tmp_path: Path) -> None:
    root = tmp_path / "lessons"
    root.mkdir()
    copy_new(lessons(), root)
    with running_lab(root, tmp_path / "home") as server:
        open_and_run_all(page, server, FIRST)
        page.get_by_role("button", name="Run a container").first.click(timeout=KERNEL_TIMEOUT)
        expect(page.get_by_text("web costs 0 B").first).to_be_visible()
        page.wait_for_load_state("networkidle")
    assert [] == proxy.asked


def test_a_lesson_on_the_projector(page: Page, proxy: Refusing, tmp_path: Path) -> None:
    pytest.importorskip("voila")
    with shown("00", tmp_path / "home") as address:
        page.goto(address)
        expect(page.locator(".screen:not(.off)")).to_be_visible(timeout=KERNEL_TIMEOUT)
        for _ in range(8):
            page.keyboard.press("ArrowRight")
        page.wait_for_load_state("networkidle")
    assert [] == proxy.asked


def test_slides_and_paper(page: Page, proxy: Refusing, tmp_path: Path) -> None:
    if not classroom.REVEAL.is_dir():
        pytest.skip("reveal.js is not here: `make class` fetches it with npm")
    classroom.write(tmp_path)
    for path in sorted(tmp_path.glob("*.html")):
        page.goto(path.as_uri())
        page.wait_for_load_state("networkidle")
    assert [] == proxy.asked
