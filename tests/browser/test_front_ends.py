"""The living picture and the card outside JupyterLab: in Notebook 7, nbclassic and Voila, by mouse and by keys."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, Request, expect

from layerlab.cli.lab import copy_new, lessons
from layerlab.course.answers import NAME
from tests.browser.lab import KERNEL_IS_READY, KERNEL_TIMEOUT, RUN_ALL, TOKEN, Server, running
from tests.browser.test_benches import written
from tests.browser.test_card import ASK as CARD
from tests.browser.test_card import TRUTH
from tools.outputs import differences
from tools.rebuild import NOTEBOOKS, WIDGET_VIEW, read

LESSONS = ("00-start-here", "02-what-does-a-container-add")
# How a question is drawn, and each fold. nbclassic has rules of its own for a class and an element that both have.
DRAWN = """() => [...document.querySelectorAll(".layerlab-card p.prompt, .layerlab-card legend.prompt")].map(each => {
    const style = getComputedStyle(each), card = getComputedStyle(each.closest(".layerlab-card"));
    return [style.textAlign, style.fontFamily === card.fontFamily, style.borderBottomWidth, style.color === card.color];
})"""
FOLDS = "() => [...document.querySelectorAll('.layerlab-card summary')].map(each => getComputedStyle(each).display)"
CODE = "() => jupyterapp.shell.currentWidget.content.model.toJSON().cells"
BENCH = 'bench("stack", verbs=["run", "append", "remove", "commit"], steps=False)'
# What the template that Voila brings asks of public addresses: icons and formulas. A page without them works.
VOILA = ("https://cdn.jsdelivr.net/", "https://cdnjs.cloudflare.com/ajax/libs/mathjax/")

# There is a notebook before its cells are there, and a connection before the kernel has said who it is. A widget of a
# cell that runs before that is not shown.
CLASSIC_IS_READY = "() => window.Jupyter?.notebook?._fully_loaded && Jupyter.notebook.kernel?.info_reply?.banner"
# A reply may come before the last output does, so the end of a cell is waited for, as the page is told of it.
CLASSIC_RUN_ALL = """() => new Promise((done) => {
    const cells = Jupyter.notebook.get_cells().filter((cell) => cell.cell_type === "code" && cell.get_text().trim());
    const left = new Set(cells);
    Jupyter.notebook.events.on("finished_execute.CodeCell", (_, {cell}) => left.delete(cell) && left.size || done());
    Jupyter.notebook.execute_all_cells();
})"""
CLASSIC_CELLS = """() => Jupyter.notebook.get_cells()
    .map(cell => cell.cell_type === "code" ? [cell.input_prompt_number, cell.output_area.toJSON()] : null)"""


@pytest.fixture(scope="module")
def notebook_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("notebook")
    with running("notebook", folder, folder / "home", "--expose-app-in-browser") as server:
        yield server


@pytest.fixture(scope="module")
def classic_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("classic")
    root = folder / "notebooks"
    root.mkdir()
    copy_new(lessons(), root)
    with running("nbclassic", root, folder / "home") as server:
        yield server


@pytest.fixture(scope="module")
def voila_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("voila")
    # As an extension of a Jupyter server, which is how a hub serves it.
    with running("jupyter_server", folder, folder / "home", "--ServerApp.jpserver_extensions=voila=True") as server:
        yield server


def in_notebook(page: Page, server: Server) -> None:
    run_in_notebook(page, server, "it.ipynb")


def run_in_notebook(page: Page, server: Server, name: str) -> None:
    """Open a notebook in Notebook 7, and return when all its cells have run."""
    page.goto(f"{server.url}/notebooks/{name}?token={TOKEN}")
    page.wait_for_function(KERNEL_IS_READY, timeout=KERNEL_TIMEOUT)
    page.evaluate(RUN_ALL)


def in_classic(page: Page, server: Server) -> None:
    run_in_classic(page, server, "it.ipynb")


def run_in_classic(page: Page, server: Server, name: str) -> None:
    """Open a notebook in nbclassic, and return when all its cells have run."""
    # Beside Notebook 7, which has the shorter address.
    page.goto(f"{server.url}/nbclassic/notebooks/{name}?token={TOKEN}")
    page.wait_for_function(CLASSIC_IS_READY, timeout=KERNEL_TIMEOUT)
    page.evaluate(CLASSIC_RUN_ALL)


def in_voila(page: Page, server: Server) -> None:
    page.goto(f"{server.url}/voila/render/it.ipynb?token={TOKEN}")


@pytest.fixture(params=[in_notebook, in_classic, in_voila])
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
    expect(bench.get_by_role("button", name="Container web, running, catalog.db copied, 20.0 MB")).to_be_visible()
    bench.get_by_role("button", name="Layer 4, site, ").click()
    expect(bench.get_by_role("button", name="File catalog.db, 20.0 MB, in /var/lib/shop of layer 4")).to_be_visible()


def test_a_card_is_answered_in_its_place(opened: Page) -> None:
    card = opened.locator(".layerlab-card")
    assert TRUTH not in card.inner_text()
    assert [["start", True, "0px", True]] == opened.evaluate(DRAWN)
    card.get_by_label("Size:").fill("20 MB")
    card.get_by_role("button", name="I am sure: show me").click()
    answer = card.get_by_role("group", name="Answer")
    expect(answer.get_by_text(TRUTH)).to_be_visible()
    expect(answer).to_be_focused()
    assert [["start", True, "0px", True]] == opened.evaluate(DRAWN)
    assert {"list-item"} == set(opened.evaluate(FOLDS))


def pressed(page: Page) -> None:
    """Run a container on a bench of a lesson, and skip its first card."""
    run = page.get_by_role("button", name="Run a container")
    bench = page.locator(".layerlab-bench").filter(has=run).first
    bench.get_by_role("button", name="Run a container").click(timeout=KERNEL_TIMEOUT)
    expect(bench.get_by_role("status")).to_contain_text("web costs 0 B")
    card = page.locator(".layerlab-card").first
    card.get_by_role("button", name="Skip").click()
    expect(card.get_by_role("group", name="Answer")).to_be_visible()


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_in_notebook_7_to_its_end_and_prints_what_is_committed(
    page: Page, notebook_server: Server, lesson: str
) -> None:
    (notebook_server.root / NAME).unlink(missing_ok=True)
    copy_new(lessons(), notebook_server.root)
    run_in_notebook(page, notebook_server, f"{lesson}.ipynb")
    ran = [
        [cell["execution_count"], cell["outputs"]] if cell["cell_type"] == "code" else None
        for cell in page.evaluate(CODE)
    ]
    assert [] == list(differences(read(NOTEBOOKS / f"{lesson}.ipynb"), ran))
    pressed(page)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_pressed_in_voila(page: Page, voila_server: Server, lesson: str) -> None:
    (voila_server.root / NAME).unlink(missing_ok=True)
    copy_new(lessons(), voila_server.root)
    page.goto(f"{voila_server.url}/voila/render/{lesson}.ipynb?token={TOKEN}")
    pressed(page)


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_runs_in_nbclassic_to_its_end_and_prints_what_is_committed(
    page: Page, classic_server: Server, lesson: str
) -> None:
    run_in_classic(page, classic_server, f"{lesson}.ipynb")
    ran = page.evaluate(CLASSIC_CELLS)
    assert [] == list(differences(read(NOTEBOOKS / f"{lesson}.ipynb"), ran))
    widgets = [output for cell in ran if cell for output in cell[1] if WIDGET_VIEW in output.get("data", {})]
    expect(page.locator(".layerlab-living")).to_have_count(len(widgets))
    assert widgets
    (classic_server.root / NAME).unlink(missing_ok=True)


def test_a_lesson_in_nbclassic_before_it_is_run_shows_the_still_picture_and_the_question(
    page: Page, classic_server: Server
) -> None:
    page.goto(f"{classic_server.url}/nbclassic/notebooks/00-start-here.ipynb?token={TOKEN}")
    page.wait_for_function(CLASSIC_IS_READY, timeout=KERNEL_TIMEOUT)
    expect(page.locator(".output img[alt*='319 MB']").first).to_be_visible()
    expect(page.locator(".layerlab-bench, .layerlab-card button")).to_have_count(0)
    # A notebook that is not trusted is shown without its own style.
    question = page.locator(".output p", has_text="How much disk space")
    family = "each => getComputedStyle(each).fontFamily"
    assert question.evaluate(family) == page.locator(".output p", has_text="A: 319 MB").evaluate(family)
    assert question.evaluate("each => getComputedStyle(each).padding") == "0px"
    expect(page.locator(".output summary").first).to_have_css("display", "list-item")
