"""The benches in JupyterLab: by mouse, by keyboard alone, by screen reader, light and dark, on a 1280 x 720 screen."""

import json

from nbformat import v4
from playwright.sync_api import Locator, Page, expect

from layerlab.benches.kinds import KINDS
from tests.browser.axe import assert_accessible_in_light_and_dark, needs_axe
from tests.browser.lab import Server, open_and_run_all
from tests.browser.test_lesson_00 import BENCH
from tools import rebuild
from tools.screenshots import STORIES

STACK = 'bench("stack", verbs=["run", "append", "delete-tree"], choose=["container"])'
FILES = """
xray = bench("xray")
xray.read(1)
xray
"""
WHAT_IF = FILES.replace("read(1)", "what_if(3)")
STEPS = """
import layerlab
image = layerlab.scratch
for number in range(127):
    layer = layerlab.Layer.of({f"srv/{number}": layerlab.filler(1_000 * number)})
    image = image.with_layer(layer, f"RUN step {number}")
host = layerlab.Host()
host.add(image, "tall")
_ = host.run("tall", name="many", count=1_000)
"""


def written(server: Server, name: str, *sources: str) -> None:
    """Write a notebook with a cell for each source."""
    cells = [v4.new_code_cell(f"from layerlab import bench\n\n{source}") for source in sources]
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": rebuild.KERNEL})
    (server.root / f"{name}.ipynb").write_text(v4.writes(notebook))


def shown(page: Page, server: Server, source: str, name: str) -> Locator:
    """Run a notebook whose last cell shows a bench, and return that bench."""
    written(server, name, source)
    open_and_run_all(page, server, f"{name}.ipynb")
    bench = page.locator(".layerlab-bench")
    expect(bench).to_be_visible()
    return bench


def fits(bench: Locator) -> None:
    box = bench.bounding_box()
    assert box
    assert BENCH >= box["height"]
    assert 880 >= box["width"]


def press(bench: Locator, name: str, sentence: str) -> None:
    bench.get_by_role("button", name=name, exact=True).click()
    expect(bench.get_by_role("status")).to_contain_text(sentence)
    fits(bench)


def test_the_stack_bench_by_mouse(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, STACK, "stack-mouse")
    press(bench, "Run a container", "web costs 0 B until it writes.")
    press(bench, "Run a container", "job costs 0 B until it writes.")
    bench.get_by_label("Container", exact=True).select_option("job")
    press(bench, "Write 1 byte", "a copy of catalog.db")
    expect(bench.locator("svg[role=group]")).to_contain_text("catalog.db copied")
    expect(bench.get_by_text('job.append("var/lib/shop/catalog.db", b"!")', exact=True)).to_be_visible()
    press(bench, "Delete a tree", "One whiteout hides the whole directory from this container.")
    press(bench, "Step back", "a copy of catalog.db")
    press(bench, "Step back", "job costs 0 B until it writes.")
    press(bench, "Step forward", "a copy of catalog.db")
    expect(bench.get_by_label("Container", exact=True)).to_have_value("job")
    press(bench, "Start over", "shop is here: 5 layers, 319 MB.")
    press(bench, "Write 1 byte", "Refused: Docker says “No such container: web”. Images are read-only")


def test_the_stack_bench_by_keyboard_alone_keeps_a_focus_that_one_sees(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, STACK, "stack-keyboard")
    said = bench.get_by_role("status")
    chosen, run, write = (
        bench.get_by_label("Container", exact=True),
        *(bench.get_by_role("button", name=name) for name in ("Run a container", "Write 1 byte")),
    )
    chosen.focus()
    page.keyboard.press("Tab")
    for name in ("web", "job"):
        page.keyboard.press("Enter")
        expect(said).to_contain_text(f"{name} costs 0 B until it writes.")
        expect(run).to_be_focused()
    assert "solid" == run.evaluate("(button) => getComputedStyle(button).outlineStyle")
    page.keyboard.press("Shift+Tab")
    expect(chosen).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(chosen).to_have_value("job")
    for key in ("Tab", "Tab", "Space"):
        page.keyboard.press(key)
    expect(said).to_contain_text("a copy of catalog.db")
    expect(write).to_be_focused()
    for key in ("Tab", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(said).to_contain_text("job costs 0 B until it writes.")
    for key in ("Tab", "Enter"):
        page.keyboard.press(key)
    expect(said).to_contain_text("a copy of catalog.db")
    page.keyboard.press("Tab")
    expect(bench.get_by_role("button", name="Start over")).to_be_focused()
    page.keyboard.press("Tab")
    mark = bench.get_by_role("button", name="Layer 4, site, ")
    page.keyboard.press("ArrowDown")
    expect(mark).to_be_focused()
    page.keyboard.press("Enter")
    expect(bench.locator("svg[role=group]")).to_contain_text("and 997 more")
    expect(mark).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(bench.get_by_role("button", name="File catalog.db, 20.0 MB, in /var/lib/shop of layer 4")).to_be_focused()
    for key in ("Tab", "Enter"):
        page.keyboard.press(key)
    expect(bench.locator("pre").first).to_contain_text('job.append("var/lib/shop/catalog.db", b"!")')
    expect(bench.locator("summary")).to_be_focused()


def test_what_changes_is_said_in_one_region_that_stays_and_the_transcript_stays_open(
    page: Page, lab_server: Server
) -> None:
    bench = shown(page, lab_server, STACK, "stack-said")
    said = bench.get_by_role("status")
    expect(said).to_have_count(1)
    said.evaluate("(region) => { region.seen = 'before' }")
    bench.get_by_text("The whole transcript").click()
    press_only = bench.get_by_role("button", name="Run a container")
    press_only.click()
    expect(said).to_contain_text("web costs 0 B until it writes.")
    expect(said).to_have_count(1)
    assert "before" == said.evaluate("(region) => region.seen")
    expect(bench.locator("pre").first).to_contain_text('web = host.run("shop", name="web")')
    expect(bench.get_by_role("button", name="Copy the Python")).to_be_visible()


def test_the_container_bench_by_mouse(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, 'bench("container")', "container-mouse")
    on, do = bench.get_by_label("On", exact=True), bench.get_by_label("do", exact=True)
    for thing, operation, sentence in (
        ("/var/lib/shop/catalog.db", "Read a file", "Read from layer 4. Nothing moves into web's thin layer."),
        ("/srv/h1", "Change a file's mode", "The link is broken: /srv/h2 is still the image's file of 102 kB."),
        ("/var/www/", "Rename a file", "Refused: /var/www is a directory of the image, and the kernel renames none"),
        ("/var/www/", "Delete a tree", "Into web's thin layer: a whiteout and a directory."),
        ("/var/www/", "Make it again", "Into web's thin layer: an opaque mark and a directory."),
    ):
        on.select_option(label=thing)
        do.select_option(label=operation)
        press(bench, "Do it", sentence)
    expect(bench.locator("svg[role=group]")).to_contain_text("var/www/.wh..wh..opq")
    press(bench, "Step back", "Into web's thin layer: a whiteout and a directory.")
    expect(bench.locator("svg[role=group]")).not_to_contain_text("var/www/.wh..wh..opq")
    press(bench, "Step forward", "Into web's thin layer: an opaque mark and a directory.")
    press(bench, "Start over", "web has written nothing: its thin layer is empty.")


def test_the_container_bench_by_keyboard_alone(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, 'bench("container", verbs=["append", "delete"])', "container-keyboard")
    bench.get_by_label("On", exact=True).focus()
    for key in ("ArrowDown", "Tab", "ArrowDown", "Tab", "Enter"):
        page.keyboard.press(key)
    expect(bench.get_by_role("status")).to_contain_text("Into web's thin layer: a whiteout and 2 directories.")
    expect(bench.locator("svg[role=group]")).to_contain_text("var/www/.wh.index.html")
    expect(bench.get_by_role("button", name="Do it")).to_be_focused()


def test_127_layers_and_1_000_containers_fit_and_answer(page: Page, lab_server: Server) -> None:
    bench = shown(page, lab_server, f'{STEPS}\nbench("stack", host=host)', "stack-many")
    fits(bench)
    press(bench, "Run a container", "web costs 0 B until it writes.")
    expect(bench.locator("svg[role=group]")).to_contain_text("of 1,001")


@needs_axe
def test_axe_finds_nothing_in_any_bench_as_it_opens_and_after_a_few_acts_in_light_and_dark(
    page: Page, lab_server: Server
) -> None:
    sources = [*(f"bench({json.dumps(kind)})" for kind in KINDS), *STORIES.values(), FILES, WHAT_IF]
    written(lab_server, "axe", *sources)
    open_and_run_all(page, lab_server, "axe.ipynb")
    benches = page.locator(".layerlab-bench")
    expect(benches).to_have_count(len(sources))
    for bench in benches.all():
        bench.get_by_text("The whole transcript").click()
        expect(bench.locator("pre").last).to_be_visible()
    assert_accessible_in_light_and_dark(page, *benches.all())
