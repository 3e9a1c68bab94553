"""The living picture and the card outside JupyterLab: in Notebook 7 and in Voila, pressed by mouse and by keys."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from layerlab.course.answers import NAME
from tests.browser.lab import KERNEL_IS_READY, KERNEL_TIMEOUT, RUN_ALL, TOKEN, Server, running
from tests.browser.test_benches import written
from tests.browser.test_card import ASK as CARD
from tests.browser.test_card import TRUTH

BENCH = 'bench("stack", verbs=["run", "append", "remove", "commit"], steps=False)'
# What the template that Voila brings asks of public addresses: icons and formulas. A page without them works.
VOILA = ("https://cdn.jsdelivr.net/", "https://cdnjs.cloudflare.com/ajax/libs/mathjax/")


@pytest.fixture(scope="module")
def notebook_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("notebook")
    with running("notebook", folder, folder / "home", "--expose-app-in-browser") as server:
        yield server


@pytest.fixture(scope="module")
def voila_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("voila")
    # As an extension of a Jupyter server, which is how a hub serves it.
    with running("jupyter_server", folder, folder / "home", "--ServerApp.jpserver_extensions=voila=True") as server:
        yield server


def in_notebook(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/notebooks/it.ipynb?token={TOKEN}")
    page.wait_for_function(KERNEL_IS_READY, timeout=KERNEL_TIMEOUT)
    page.evaluate(RUN_ALL)


def in_voila(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/voila/render/it.ipynb?token={TOKEN}")


@pytest.fixture(params=[in_notebook, in_voila])
def opened(request: pytest.FixtureRequest, page: Page) -> Iterator[Page]:
    """A page of each front end that shows a bench and a card, and asks nothing of another machine."""
    server = request.getfixturevalue(f"{request.param.__name__.removeprefix('in_')}_server")
    (server.root / NAME).unlink(missing_ok=True)
    written(server, "it", BENCH, CARD)
    elsewhere: list[str] = []

    def note(asked: Request) -> None:
        if not asked.url.startswith((server.url, "data:", "blob:", *VOILA, server.url.replace("http", "ws"))):
            elsewhere.append(asked.url)

    page.on("request", note)
    request.param(page, server)
    expect(page.locator(".layerlab-card")).to_be_visible(timeout=KERNEL_TIMEOUT)
    yield page
    assert [] == elsewhere


def test_a_bench_is_pressed_and_moves(opened: Page) -> None:
    bench = opened.locator(".layerlab-bench")
    bench.get_by_role("button", name="Run a container").click()
    expect(bench.get_by_role("status")).to_contain_text("web costs 0 B")
    bench.get_by_role("button", name="Write 1 byte in web").focus()
    opened.keyboard.press("Enter")
    expect(bench.get_by_role("button", name="Container web, running, 20.0 MB")).to_be_visible()
    bench.get_by_role("button", name="Layer 4, site, 25.0 MB").click()
    expect(bench.get_by_role("button", name="/var/lib/shop/catalog.db, 20.0 MB, in layer 4")).to_be_visible()


def test_a_card_is_answered_in_its_place(opened: Page) -> None:
    card = opened.locator(".layerlab-card")
    assert TRUTH not in card.inner_text()
    card.get_by_label("Size:").fill("20 MB")
    card.get_by_role("button", name="I am sure: show me").click()
    answer = card.get_by_role("group", name="Answer")
    expect(answer.get_by_text(TRUTH)).to_be_visible()
    expect(answer).to_be_focused()
