"""Take a picture of every bench in JupyterLab, light and dark: `python -m tools.screenshots` writes docs/benches/."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from nbformat import v4
from playwright.sync_api import Page, sync_playwright

from layerlab.benches.kinds import KINDS
from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.lab import KERNEL_IS_READY, RUN_ALL, Server, running_lab
from tools.rebuild import KERNEL

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "benches"
THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}
MOST = 150_000  # bytes: a page with ten of them still opens at once

# What was done before the picture is taken.
STORIES = {
    "stack": """
table = bench("stack", verbs=["run", "append", "delete-tree"], choose=["container"])
for _ in range(3):
    table.do("run")
for verb, container in [("append", "web"), ("stop", "mail"), ("delete-tree", "job")]:
    table.do(verb, container)
table
""",
    "container": """
table = bench("container")
table.do("delete-tree", path="var/www/")
table.do("chmod", path="var/lib/shop/catalog.db")
table
""",
    "path": """
table = bench("path")
table.choose("var/lib/shop/catalog.db")
table.to_end()
table
""",
    "sharing": """
table = bench("sharing", "shop:1", "shop:2", "blog")
table.run(3)
table.write(50_000_000)
table.pick("shop:1", "shop:2")
table
""",
    "xray": 'bench("xray")',
    "disks": """
table = bench("disks")
table.run(10)
table.change("overwrite 4 KiB")
table.look("btrfs")
table
""",
    "build": """
table = bench("build")
table.build()
table.move(2, 4)
table.build()
table.change("site/index.html")
table.build()
table
""",
    "processes": """
table = bench("processes", containers=2)
table.orphan()
table.service()
table.tick(10)
table.write()
table
""",
    "registry": """
table = bench("registry", "coreos/apache", "shop")
for name in ("coreos/apache", "shop"):
    table.push(name)
table.pull("shop")
table.run()
table.release()
table.push("shop")
table.pull("shop")
table
""",
}


def main() -> None:
    """Write a PNG for each kind and theme."""
    if CHROMIUM is None:
        sys.exit("no Chromium on this machine: install it, for instance with apt-get install chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as scratch:
        root = Path(scratch) / "notebooks"
        root.mkdir()
        for kind in KINDS:
            source = STORIES[kind].strip()
            cells = [v4.new_code_cell(f"from layerlab import bench\n\n{source}")]
            notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": KERNEL})
            (root / f"{kind}.ipynb").write_text(v4.writes(notebook), encoding="utf-8")
        with (
            running_lab(root, Path(scratch) / "home") as server,
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET) as browser,
        ):
            for kind in KINDS:
                with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
                    shoot(context.new_page(), server, kind)


def shoot(page: Page, server: Server, kind: str) -> None:
    """Open the notebook of a kind and write its bench in every theme."""
    page.goto(server.page_of(f"{kind}.ipynb"))
    page.wait_for_function(KERNEL_IS_READY, timeout=60_000)
    page.evaluate(RUN_ALL)
    bench = page.locator(".layerlab-bench").first
    bench.wait_for()
    for theme, name in THEMES.items():
        page.evaluate(f"() => window.jupyterapp.commands.execute('apputils:change-theme', {{theme: '{name}'}})")
        page.locator(f"body[data-jp-theme-light={'true' if theme == 'light' else 'false'}]").wait_for(state="attached")
        page.wait_for_timeout(500)  # milliseconds: the theme's style sheets are loaded after the attribute is set
        path = FOLDER / f"{kind}-{theme}.png"
        bench.screenshot(path=path)
        size, box = path.stat().st_size, bench.bounding_box()
        assert box
        print(f"{path.relative_to(FOLDER.parent.parent)}  {box['width']:.0f} x {box['height']:.0f}  {size:,} B")
        if size > MOST:
            sys.exit(f"{path.name} is {size:,} bytes: at most {MOST:,} are kept")


if __name__ == "__main__":
    main()
