"""Lesson 00 as a learner meets it: a fresh clone, Run All, two rounds and the bench."""

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from layerlab.course.answers import NAME
from tests.browser.lab import Server, dark, open_and_run_all, open_notebook

LESSON = "00-start-here.ipynb"
BENCH = 540  # pixels: a 1280 x 720 screen leaves 599 for cells
TRUTH = "20,000,001 B"


@pytest.fixture(scope="module")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where screenshots go: a folder of pytest's, which keeps those of the last three runs."""
    return tmp_path_factory.mktemp("screenshots")


def shoot(what: Page | Locator, folder: Path, name: str) -> None:
    path = folder / f"{name}.png"
    what.screenshot(path=path)
    assert path.stat().st_size > 5_000


def test_a_fresh_clone_shows_pictures_questions_and_folded_answers_without_running_anything(
    page: Page, lab_server: Server, shots: Path
) -> None:
    open_notebook(page, lab_server, LESSON)
    picture = page.get_by_role("img", name="0 containers, 1 image, 5 layers: 319 MB on this host.").first
    expect(picture).to_be_visible()
    box = picture.bounding_box()
    assert box
    assert 880 >= box["width"]
    expect(page.get_by_role("button", name="Run a container")).to_have_count(0)
    shoot(page, shots, "fresh")
    answer = page.locator("details", has_text="Answer (predict first)").first
    answer.scroll_into_view_if_needed()
    expect(answer.get_by_text("319,371,253 B")).to_be_hidden()
    answer.locator("summary").click()
    expect(answer.get_by_text("319,371,253 B")).to_be_visible()


def test_run_all_leaves_every_card_locked(page: Page, lab_server: Server) -> None:
    open_and_run_all(page, lab_server, LESSON)
    expect(page.locator(".layerlab-card")).to_have_count(2)
    expect(page.get_by_role("button", name="A guess: show me")).to_have_count(2)
    assert TRUTH not in page.locator(".jp-Notebook").inner_text()
    assert not (lab_server.root / NAME).exists()


def test_the_bench_shows_each_step_and_fits_on_a_screen(page: Page, lab_server: Server, shots: Path) -> None:
    open_and_run_all(page, lab_server, LESSON)
    bench = page.locator(".layerlab-bench").last  # the first one is the picture to look at
    said = bench.get_by_role("status")

    def press(name: str, sentence: str) -> None:
        bench.get_by_role("button", name=name, exact=True).click()
        expect(said).to_contain_text(sentence)
        box = bench.bounding_box()
        assert box
        assert BENCH >= box["height"], name
        assert 880 >= box["width"]

    press("Write 1 byte in web", "Refused: Docker says “No such container: web”.")
    press("Run a container", "web costs 0 B until it writes.")
    press("Write 1 byte in web", "a copy of catalog.db")
    expect(said).to_contain_text("319 MB in layers + 20.0 MB in thin layers = 339 MB")
    picture = bench.get_by_role("group", name="1 container, 1 image, 5 layers: 339 MB on this host")
    expect(picture).to_contain_text("catalog.db copied")
    expect(bench.get_by_text("docker exec web sh -c 'printf ! >> /var/lib/shop/catalog.db'").first).to_be_visible()
    press("Write 1 byte in web", "Cost: 1 B")
    for name in ("job", "mail"):
        press("Run a container", f"{name} costs 0 B until it writes.")
    shoot(bench, shots, "bench-light")
    dark(page)
    shoot(bench, shots, "bench-dark")
    press("Start over", "shop is here: 5 layers, 319 MB.")


def test_the_transcript_of_the_bench_runs_in_the_next_cell(page: Page, lab_server: Server) -> None:
    open_and_run_all(page, lab_server, LESSON)
    bench = page.locator(".layerlab-bench").last  # the first one is the picture to look at
    for name in ("Run a container", "Write 1 byte in web"):
        bench.get_by_role("button", name=name, exact=True).click()
    expect(bench.get_by_role("status")).to_contain_text("20.0 MB in thin layers")
    bench.get_by_text("The whole transcript").click()
    python = bench.locator("pre").first.inner_text()
    source = f"{python}\nhost.usage().total"
    page.evaluate(
        """(source) => {
            const notebook = window.jupyterapp.shell.currentWidget.content;
            notebook.activeCellIndex = notebook.widgets.length - 1;
            window.jupyterapp.commands.execute('notebook:insert-cell-below').then(() => {
                notebook.activeCell.model.sharedModel.setSource(source);
                window.jupyterapp.commands.execute('notebook:run-cell');
            });
        }""",
        source,
    )
    expect(page.locator(".jp-OutputArea-executeResult").get_by_text("339371254", exact=True)).to_be_visible()
