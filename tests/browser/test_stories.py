"""Four benches by mouse and by keyboard alone, all in one page of JupyterLab: paths, sharing, X-ray and disks.

After every act exactly one region is read out, once, and the focus stays where one sees it.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.lab import RUN_ALL, Server, open_notebook
from tests.browser.test_benches import fits, written

KINDS = ("path", "sharing", "xray", "disks")
ROUND = """
from layerlab import predict
asked = predict("00.ten-containers")
asked.reveal(319_371_253)
"""
LIVE = "[role=status], [role=alert], [role=log], [aria-live]"
LISTEN = """(region) => {
    region.heard = [];
    new MutationObserver(() => region.heard.push(region.textContent))
        .observe(region, {childList: true, subtree: true, characterData: true});
}"""
OUTLINE = "(at) => `${getComputedStyle(at).outlineWidth} ${getComputedStyle(at).outlineStyle}`"
STRAY = 100  # milliseconds: a second announcement comes as soon as the first


@pytest.fixture(scope="module")
def opened(browser: Browser, lab_server: Server) -> Iterator[Page]:
    """A notebook with the four benches, its cells run."""
    written(lab_server, "stories", *(f'bench("{kind}")' for kind in KINDS), ROUND)
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        open_notebook(page, lab_server, "stories.ipynb")
        page.evaluate(RUN_ALL)
        boxes = page.locator(".layerlab-bench, .layerlab-card")
        expect(boxes).to_have_count(len(KINDS) + 1)
        for box in boxes.all():
            expect(box.locator(LIVE)).to_have_count(1)
            assert box.get_by_role("status").get_attribute("aria-live") in (None, "polite")
            box.get_by_role("status").evaluate(LISTEN)
        yield page


@pytest.fixture
def benches(opened: Page) -> dict[str, Locator]:
    """The four benches as they open; whoever has changed one starts over."""
    found = dict(zip(KINDS, opened.locator(".layerlab-bench").all(), strict=True))
    for bench in found.values():
        bench.get_by_role("button", name="Start over").click()
    opened.wait_for_timeout(STRAY)
    for bench in found.values():
        bench.get_by_role("status").evaluate("(region) => { region.heard = [] }")
    return found


def says(bench: Locator, sentence: str) -> None:
    """Check that a sentence is read out, and nothing before or after it."""
    region = bench.get_by_role("status")
    bench.page.wait_for_function("(region) => region.heard.length", arg=region.element_handle(), timeout=20_000)
    bench.page.wait_for_timeout(STRAY)
    heard = region.evaluate("(region) => region.heard.splice(0)")
    assert 1 == len(heard)
    assert sentence in heard[0]


def press(bench: Locator, name: str, sentence: str) -> None:
    bench.get_by_role("button", name=name, exact=True).click()
    says(bench, sentence)
    fits(bench)


def keys(bench: Locator, focus: Locator, pressed: str, sentence: str = "") -> None:
    """Press keys, and check that the focus is then on `focus`, that it is seen, and what is read out, if anything."""
    for key in pressed.split():
        bench.page.keyboard.press(key)
    expect(focus).to_be_focused()
    if sentence:
        says(bench, sentence)
        expect(focus).to_be_focused()
    assert "3px solid" == focus.evaluate(OUTLINE)


def named(bench: Locator, name: str) -> Locator:
    return bench.get_by_role("button", name=name, exact=True)


def labelled(bench: Locator, name: str) -> Locator:
    return bench.get_by_label(name, exact=True)


def test_the_path_finder_by_mouse(benches: dict[str, Locator]) -> None:
    bench = benches["path"]
    labelled(bench, "Look up").select_option(label="/var/lib/shop/catalog.db")
    says(bench, "The look-up of /var/lib/shop/catalog.db starts at the top")
    press(bench, "Ask all that are left", "The whiteout in layer 5 ends the look-up: No such file or directory.")
    expect(bench.locator("svg[role=group]")).to_contain_text("not asked: hidden")
    expect(bench.get_by_text("docker exec web stat -L /var/lib/shop/catalog.db", exact=True)).to_be_visible()
    press(bench, "Step back", "The look-up of /var/lib/shop/catalog.db starts at the top")
    press(bench, "Ask the next layer", "The thin layer of web has nothing at this path: the next layer is asked.")
    press(bench, "Step back", "The look-up of /var/lib/shop/catalog.db starts at the top")
    press(bench, "Step forward", "The thin layer of web has nothing at this path: the next layer is asked.")
    press(bench, "Start over", "The look-up of /var/www/index.html starts at the top")
    expect(labelled(bench, "Look up")).to_have_value("var/www/index.html")


def test_the_path_finder_by_keyboard_alone(benches: dict[str, Locator]) -> None:
    bench = benches["path"]
    paths = labelled(bench, "Look up")
    named(bench, "Ask the next layer").focus()
    keys(bench, paths, "Shift+Tab ArrowDown", "The look-up of /etc/apt/sources.list starts at the top")
    keys(
        bench,
        named(bench, "Ask all that are left"),
        "Tab Tab Space",
        "Layer 5 has this name: no layer below is asked.",
    )
    keys(bench, named(bench, "Step back"), "Tab Enter", "The look-up of /etc/apt/sources.list starts at the top")
    keys(bench, named(bench, "Ask the next layer"), "Shift+Tab Shift+Tab Enter", "The thin layer of web has nothing")
    keys(bench, named(bench, "Step back"), "Tab Tab Enter", "The look-up of /etc/apt/sources.list starts at the top")
    keys(bench, named(bench, "Step forward"), "Tab Enter", "The thin layer of web has nothing at this path")
    keys(bench, named(bench, "Start over"), "Tab Enter", "The look-up of /var/www/index.html starts at the top")


def test_the_sharing_bench_by_mouse(benches: dict[str, Locator]) -> None:
    bench = benches["sharing"]
    labelled(bench, "Containers").fill("3")
    labelled(bench, "Containers").blur()
    says(bench, "Against 3 copies of shop sharing saves 639 MB.")
    labelled(bench, "Each rewrites").select_option("catalog.db")
    says(bench, "files copied up cost 60.0 MB of that.")
    labelled(bench, "and adds").select_option("1.00 MB")
    says(bench, "New files take 3.00 MB either way.")
    press(bench, "shop", "shop would be refused: web-1 and 2 more use it.")
    press(bench, "web-1", "shop would be refused: web-2 and 1 more use it.")
    press(bench, "web-2", "shop would be refused: web-3 uses it.")
    press(bench, "web-3", "Removing these 4 frees 88.0 MB together, 25.0 MB more than one by one.")
    expect(bench.locator("svg[role=group]")).to_contain_text("goes")
    press(bench, "Step back", "shop would be refused: web-3 uses it.")
    press(bench, "Step forward", "Removing these 4 frees 88.0 MB together")
    press(bench, "Start over", "SIZE adds up to 918 MB, UNIQUE to 35.0 MB")
    expect(labelled(bench, "Containers")).to_have_value("0")


def test_the_sharing_bench_by_keyboard_alone(benches: dict[str, Locator]) -> None:
    bench = benches["sharing"]
    count, rewritten = (labelled(bench, name) for name in ("Containers", "Each rewrites"))
    count.focus()
    keys(bench, rewritten, "Tab ArrowDown", "Refused: images are read-only and nothing runs here.")
    expect(rewritten).to_have_value("nothing")
    keys(bench, count, "Shift+Tab ArrowUp", "web-1 copied nothing up; alone it shares shop with nobody.")
    keys(bench, count, "ArrowUp", "Against 2 copies of shop sharing saves 319 MB.")
    keys(bench, rewritten, "Tab ArrowDown", "files copied up cost 10.0 kB of that.")
    keys(bench, labelled(bench, "and adds"), "Tab ArrowDown", "New files take 2 B either way.")
    keys(bench, named(bench, "Step back"), "Tab Space", "files copied up cost 10.0 kB of that.")
    keys(bench, named(bench, "Step forward"), "Tab Enter", "New files take 2 B either way.")
    apache, shop = named(bench, "coreos/apache"), named(bench, "shop")
    apache.focus()
    keys(bench, apache, "Enter", "Removing coreos/apache frees 0 B; 294 MB more are shared.")
    keys(bench, shop, "Tab Enter", "shop would be refused: web-1 and 1 more use it.")


def test_the_x_ray_by_mouse(benches: dict[str, Locator]) -> None:
    bench = benches["xray"]
    press(bench, "Files", "2 deleted files can still be read from a lower layer: choose one.")
    press(bench, "Read its first bytes", "Layer 8 hides /var/lib/shop/catalog.db, but layer 4 contains it")
    labelled(bench, "Deleted").select_option(label="/etc/deploy.env, 24 B")
    press(
        bench,
        "Read its first bytes",
        "Layer 8 hides /etc/deploy.env, but layer 5 contains it: see below.",
    )
    expect(bench.get_by_text("DB_PASSWORD=open sesame").first).to_be_visible()
    press(bench, "What if", "The image shows the same files and is 20.0 MB smaller")
    labelled(bench, "Change").select_option(label="squash all layers into one")
    says(bench, "but on one disk with blog it takes 269 MB more, because 294 MB are no longer shared.")
    press(bench, "Step back", "The image shows the same files and is 20.0 MB smaller")
    press(bench, "Step forward", "it takes 269 MB more")
    press(bench, "Start over", "Each row is a layer. Hatched bytes are dead")


def test_the_x_ray_by_keyboard_alone(benches: dict[str, Locator]) -> None:
    bench = benches["xray"]
    tabs = {name: named(bench, name) for name in ("Layers", "Files", "What if")}
    tabs["Layers"].focus()
    keys(bench, tabs["Files"], "Tab Enter", "2 deleted files can still be read from a lower layer: choose one.")
    assert ["false", "true", "false"] == [tab.get_attribute("aria-pressed") for tab in tabs.values()]
    keys(bench, labelled(bench, "Deleted"), "Tab Tab Tab Tab Tab ArrowDown")
    keys(bench, named(bench, "Read its first bytes"), "Tab Enter", "Layer 8 hides /etc/deploy.env")
    keys(bench, bench.get_by_role("region", name="Files"), "Tab")
    keys(bench, tabs["What if"], " ".join(["Shift+Tab"] * 6 + ["Space"]), "The image shows the same files")
    keys(
        bench,
        labelled(bench, "Change"),
        "Tab Tab Tab Tab ArrowDown",
        "The image shows the same files and is 24 B smaller",
    )
    keys(bench, named(bench, "Step back"), " ".join(["Shift+Tab"] * 3 + ["Enter"]), "and is 20.0 MB smaller")
    assert ["false", "false", "true"] == [tab.get_attribute("aria-pressed") for tab in tabs.values()]


def test_the_disks_bench_by_mouse(benches: dict[str, Locator]) -> None:
    bench = benches["disks"]
    labelled(bench, "Containers").fill("10")
    labelled(bench, "Containers").blur()
    says(bench, "With overlay2 each new container takes 20.5 kB (all in file-system records).")
    labelled(bench, "Each does to catalog.db").select_option("overwrite 4 KiB")
    says(bench, "10 containers overwrote 4 KiB in the middle.")
    expect(bench.locator("svg[role=group]")).to_contain_text("20.0 MB for each container, with every driver")
    bench.get_by_role("button", name="btrfs, ").click()
    says(bench, "and the change takes 20.5 kB more (4.10 kB in files, 16.4 kB in file-system records).")
    expect(labelled(bench, "Look at")).to_have_value("btrfs")
    fits(bench)
    press(bench, "Step back", "and the change takes 20.0 MB more (20.0 MB in files")
    press(bench, "Start over", "It stores the layers of shop in")


def test_the_disks_bench_by_keyboard_alone(benches: dict[str, Locator]) -> None:
    bench = benches["disks"]
    count = labelled(bench, "Containers")
    count.focus()
    keys(bench, count, "ArrowUp", "1 container wrote nothing. With overlay2 a new container takes 20.5 kB")
    count.fill("12")
    keys(bench, count, "Enter", "12 containers wrote nothing.")
    expect(count).to_be_focused()
    count.fill("1")
    keys(bench, count, "Enter", "1 container wrote nothing.")
    change = labelled(bench, "Each does to catalog.db")
    keys(bench, change, "Tab")
    keys(bench, change, "ArrowDown", "1 container changed the file's mode.")
    look = labelled(bench, "Look at")
    keys(bench, look, "Tab")
    keys(bench, look, "ArrowDown", "and the change takes 16.4 kB more (all in file-system records).")
    # A mark's ring is drawn in the picture, and not by the browser.
    bench.get_by_role("button", name="overlay2, ").focus()
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown", "Enter"):
        bench.page.keyboard.press(key)
    says(bench, "With vfs a new container takes 646 MB")
    expect(bench.get_by_role("button", name="vfs, ")).to_be_focused()
