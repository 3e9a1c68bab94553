"""The living picture in JupyterLab: it is pressed itself, moves, and gets on with its host and a kernel's end."""

import json
from pathlib import Path

from nbformat import v4
from playwright.sync_api import Locator, Page, Request, expect

import layerlab
from tests.browser.lab import Server, open_and_run_all, open_notebook
from tests.browser.test_benches import shown, written
from tools import rebuild

BENCH = 'bench("stack", verbs=["run", "append", "remove", "commit"], steps=False)'
RESTART = "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
# How many marks move, frame by frame, until none does.
FRAMES = """(act) => new Promise((done) => {
    const bench = document.querySelector('.layerlab-bench'), places = [];
    const key = 'block:card:web/var/lib/shop/catalog.db/copied';
    const look = () => {
        const mark = bench.querySelector(`[data-key="${key}"]`);
        if (mark) places.push(Number(mark.getAttribute('transform').match(/ ([-\\d.]+)\\)/)[1]));
        if (places.length < 2 || places.at(-1) !== places.at(-2)) requestAnimationFrame(look);
        else done(places);
    };
    bench.querySelector(act).click();
    look();
})"""


def cells(page: Page) -> Locator:
    return page.locator(".jp-Notebook .jp-CodeCell")


def test_the_things_themselves_are_pressed_by_mouse_and_touch(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, BENCH, "living-press")
    layer = bench.get_by_role("button", name="Layer 4, site, ")
    expect(layer).to_have_attribute("aria-expanded", "false")
    layer.click()
    expect(layer).to_have_attribute("aria-expanded", "true")
    expect(bench.get_by_role("button", name="File catalog.db, 20.0 MB, in /var/lib/shop of layer 4")).to_be_visible()
    assert "pointer" == layer.evaluate("(mark) => getComputedStyle(mark).cursor")
    for _ in range(2):
        bench.get_by_role("button", name="Run a container").click()
    job = bench.get_by_role("button", name="Container job, running, nothing written, 0 B")
    job.dispatch_event("click")  # a tap sends one too
    expect(job).to_have_attribute("aria-pressed", "true")
    bench.get_by_role("button", name="Write 1 byte in job").click()
    expect(bench.get_by_role("button", name="Container job, running, catalog.db copied, 20.0 MB")).to_be_visible()
    layer.click()
    expect(bench.locator("[data-mark=file]:not([data-leaving])")).to_have_count(0)


def test_a_copy_rises_from_its_layer_to_its_container_in_many_frames(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, BENCH, "living-frames")
    bench.get_by_role("button", name="Run a container").click()
    expect(bench.get_by_role("status")).to_contain_text("web costs 0 B")
    page.wait_for_timeout(500)  # milliseconds: the card has arrived
    places = page.evaluate(FRAMES, ".layerlab-append")
    assert places == sorted(places, reverse=True)
    assert len(set(places)) > 3
    assert places[0] - places[-1] > 80


def test_who_asks_for_reduced_motion_gets_none(page: Page, lab_server: Server) -> None:
    page.emulate_media(reduced_motion="reduce")
    bench = shown(page, lab_server, BENCH, "living-still")
    bench.get_by_role("button", name="Run a container").click()
    expect(bench.get_by_role("status")).to_contain_text("web costs 0 B")
    assert 1 == len(set(page.evaluate(FRAMES, ".layerlab-append")))


def test_keys_of_the_host_do_nothing_to_the_cell_while_the_picture_has_the_focus(
    page: Page, lab_server: Server
) -> None:
    written(lab_server, "living-keys", BENCH, "1 + 1")
    open_and_run_all(page, lab_server, "living-keys.ipynb")
    bench = page.locator(".layerlab-bench")
    bench.get_by_role("button", name="Run a container").click()
    mark = bench.get_by_role("button", name="Container web, running, nothing written, 0 B")
    mark.focus()
    for key in ("d", "d", "ArrowDown", "j", "x"):
        page.keyboard.press(key)
    expect(cells(page)).to_have_count(2)
    expect(bench.locator("svg :focus")).to_have_count(1)
    count = cells(page).first.locator(".jp-InputPrompt").first.inner_text()
    page.keyboard.press("Shift+Enter")
    assert page.evaluate(
        "() => document.activeElement.closest('.jp-Cell') === document.querySelectorAll('.jp-Cell')[1]"
    )
    assert count == cells(page).first.locator(".jp-InputPrompt").first.inner_text()


def test_a_restarted_kernel_is_told_in_the_picture_s_own_place(page: Page, lab_server: Server) -> None:
    shown(page, lab_server, BENCH, "living-dead")
    page.evaluate(RESTART)
    expect(page.locator(".layerlab-living .note")).to_have_text(
        "The kernel was restarted. Choose Run, then Run All Cells: your answers are kept."
    )
    expect(page.locator(".layerlab-living .page")).to_have_attribute("inert", "")


BROKEN = """from layerlab.picture.living import Living

broken = []

def paint(width):
    if broken:
        raise ValueError("no layer 7")
    return f'<p>Two layers</p>{"<br/>" * 60}<button type="button" data-press="run">Run</button>'

Living(paint, lambda key, form: broken.append(key))"""


def test_a_page_that_cannot_be_drawn_says_so_where_one_sees_it(page: Page, lab_server: Server) -> None:
    written(lab_server, "living-broken", BROKEN)
    open_and_run_all(page, lab_server, "living-broken.ipynb")
    page.get_by_role("button", name="Run", exact=True).click()
    alert = page.locator(".layerlab-living").get_by_role("alert")
    expect(alert).to_have_text("This could not be done or drawn: ValueError: no layer 7. Run this cell again.")
    expect(alert).to_be_in_viewport()
    expect(page.locator(".layerlab-living").get_by_text("Two layers")).to_be_visible()


def test_a_busy_kernel_is_told_after_two_seconds_and_the_note_goes_with_the_answer(
    page: Page, lab_server: Server
) -> None:
    written(lab_server, "living-busy", BENCH, "import time; time.sleep(6)")
    open_notebook(page, lab_server, "living-busy.ipynb")
    page.evaluate("() => { window.jupyterapp.commands.execute('notebook:run-all-cells') }")
    bench, note = page.locator(".layerlab-bench"), page.locator(".layerlab-living .note")
    bench.get_by_role("button", name="Run a container").click()
    expect(note).to_have_text("No answer yet: the kernel is busy. If it stays so, run this cell again.")
    expect(bench.get_by_role("status")).to_contain_text("web costs 0 B", timeout=15_000)
    expect(note).to_be_empty()


def test_a_press_that_changes_nothing_leaves_no_note(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, BENCH, "living-nothing")
    bench.get_by_role("button", name="Start over").click()
    page.wait_for_timeout(2_500)  # milliseconds: more than the picture's patience
    expect(page.locator(".layerlab-living .note")).to_be_empty()


def test_a_saved_notebook_opened_again_shows_the_bench_and_what_to_do(page: Page, lab_server: Server) -> None:
    written(lab_server, "living-saved", BENCH)
    open_and_run_all(page, lab_server, "living-saved.ipynb")
    bench = page.locator(".layerlab-bench")
    bench.get_by_role("button", name="Run a container").click()
    expect(bench.get_by_role("status")).to_contain_text("web costs 0 B")
    page.evaluate("(save) => window.jupyterapp.commands.execute(save)", "docmanager:save")
    assert "widgets" in json.loads((lab_server.root / "living-saved.ipynb").read_text())["metadata"]
    page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
    open_notebook(page, lab_server, "living-saved.ipynb")
    expect(bench.locator("svg[role=group]")).to_contain_text("nothing written")
    expect(page.locator(".layerlab-living .note")).to_have_text(
        "Run this cell, and the picture answers when it is pressed."
    )


def test_a_page_under_814_pixels_gets_one_column_whose_text_is_as_large_as_before(
    page: Page, lab_server: Server
) -> None:
    bench = shown(page, lab_server, BENCH, "living-narrow")

    def heights() -> tuple[float, float]:
        box = bench.locator("svg[role=group]").bounding_box()
        text = bench.locator("svg text", has_text="apache").bounding_box()
        assert box
        assert text
        return box["height"], text["height"]

    wide, letter = heights()
    page.set_viewport_size({"width": 640, "height": 720})
    expect(bench.locator("svg[role=group]")).not_to_have_attribute("viewBox", "0 0 880 372")
    page.wait_for_timeout(500)  # milliseconds: the marks have moved
    high, narrow_letter = heights()
    assert high > 1.1 * wide  # its bytes are rows above, which are lower than columns
    assert narrow_letter >= 0.98 * letter


def test_nothing_is_asked_of_any_other_machine(page: Page, lab_server: Server) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        if not request.url.startswith((lab_server.url, "data:", "blob:", lab_server.url.replace("http", "ws"))):
            asked.append(request.url)

    page.on("request", note)
    bench = shown(page, lab_server, BENCH, "living-quiet")
    bench.get_by_role("button", name="Run a container").click()
    expect(bench.get_by_role("status")).to_contain_text("web costs 0 B")
    assert [] == asked


def test_an_untrusted_notebook_shows_the_still_picture(page: Page, lab_server: Server) -> None:
    notebook = v4.new_notebook(metadata={"kernelspec": rebuild.KERNEL})
    data = layerlab.bench("stack")._repr_mimebundle_()
    cell = v4.new_code_cell("bench", outputs=[v4.new_output("display_data", data=data)])
    notebook.cells.append(cell)
    Path(lab_server.root / "untrusted.ipynb").write_text(v4.writes(notebook))
    open_notebook(page, lab_server, "untrusted.ipynb")
    expect(page.get_by_role("img", name="0 containers, 1 image, 5 layers: 319 MB on this host.")).to_be_visible()
