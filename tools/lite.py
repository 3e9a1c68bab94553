"""Build a site in which lessons run in a browser alone: JupyterLite with Pyodide, from PyPI and npm, to build/lite/.

Everything that the site needs lies in it; no page of it asks another address for anything. There is no matplotlib for
a browser on PyPI, so plots are drawn by the project's own SVG painter there.

Most of what a learner waits for at the start is Python that compiles its own modules, and packages that are fetched one
by one. So all modules are compiled here, and two archives hold all packages.
"""

import argparse
import hashlib
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from html import escape
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from nbformat import NotebookNode

from tools.rebuild import NOTEBOOKS, built, read

ROOT = NOTEBOOKS.parent
PYODIDE = ROOT / "node_modules" / "pyodide"
PAGES = ROOT / "tools" / "site"
TARGET = ROOT / "build" / "lite"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "package.json")
# What a Python kernel in a browser is made of, in the versions that Pyodide's own lock file names. jedi and parso are
# left out: IPython completes names without them, and they are a fifth of all that the kernel would fetch.
KERNEL = (
    "asttokens", "decorator", "executing", "ipython", "matplotlib-inline", "micropip", "packaging",
    "prompt-toolkit", "pure-eval", "pygments", "pyodide-http", "six", "stack-data", "traitlets", "wcwidth",
)  # fmt: skip
# What the lessons need beside the standard library, in the versions that are installed here.
WIDGETS = ("ipywidgets", "jupyterlab_widgets", "comm", "anywidget", "lazy_loader", "psygnal", "typing_extensions")
# The kernel's own packages, as its extension for JupyterLite has them.
INSTALLED = Path(sys.prefix, "share/jupyter/labextensions")
OWN_WHEELS = INSTALLED / "@jupyterlite/pyodide-kernel-extension/static/pypi"
# The kernel fetches these by name, each in an archive of its own. What is named here lies in the archive of IPython.
ASKED_FOR = ("ipykernel", "comm", "pyodide-kernel", "jedi", "micropip", "piplite")
# A traceback is coloured by these lexers alone.
LEXERS = ("__init__", "_mapping", "python", "special")
# Tests, files of a page that the site has elsewhere, and recordings of a kernel that no lesson asks for.
LEFT_OUT = re.compile(
    rf"(^|/)tests?/|\.data/data/|^layerlab/(notebooks|proof)/|^pygments/lexers/(?!({'|'.join(LEXERS)})\.)"
)
PACKAGES = (*ASKED_FOR, "ipython", "layerlab")
# Of JupyterLab's extensions that are installed here, those that work without a server.
EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",
    "@jupyterlite/pyodide-kernel-extension",
    "anywidget",
    "jupyterlab_pygments",
)
# Where a browser refuses to store anything, a lesson still runs, and forgets.
STORES = ("asyncStorage", "localStorageWrapper", "memoryStorageDriver")
# Lesson 00 says how its first cell is run. In the site that cell has run already, so it says this of the later ones.
FIRST = "00-start-here.ipynb"
TO_RUN = "**Click the grey cell below and press Shift+Enter.** Then you can press each layer of the picture."
HAS_RUN = (
    "The grey cell below has run already, so you can press each layer of the picture. "
    "**To run a later cell, click it, then press Shift+Enter, or the button Run cell at the top right.**"
)
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "litePluginSettings": {
            "@jupyterlite/pyodide-kernel-extension:kernel": {
                "disablePyPIFallback": True,
                "loadPyodideOptions": {"packages": PACKAGES},
            }
        },
        "disabledExtensions": ["@jupyterlab/apputils-extension:announcements"],
        "exposeAppInBrowser": True,
        "appName": "layerlab",
        "enableMemoryStorage": True,
        **{f"{kind}StorageDrivers": STORES for kind in ("contents", "settings", "workspaces")},
    },
}
# The theme is that of the system, and names of lessons are not cut off by their time of change.
OVERRIDES = {
    "@jupyterlab/apputils-extension:themes": {"adaptive-theme": True},
    "@jupyterlab/filebrowser-extension:browser": {"showLastModifiedColumn": False},
}


def build(target: Path, book: Path | None = None) -> Path:
    """Build the site in `target`, which is made anew, with a book in it if there is one; return the folder to serve."""
    if not PYODIDE.is_dir():
        raise FileNotFoundError("pyodide is missing: `make lite` fetches it with npm")
    shutil.rmtree(target, ignore_errors=True)
    source, site = target / "source", target / "site"
    for folder in ("static/pyodide", "files"):
        (source / folder).mkdir(parents=True)
    (source / "jupyter-lite.json").write_text(json.dumps(SETTINGS))
    (source / "overrides.json").write_text(json.dumps(OVERRIDES))
    _python(source / "static" / "pyodide")
    _lessons(source / "files")
    # It remembers in the folder where it runs what it has built, so that folder has to be new too.
    options = ["--lite-dir", source, "--output-dir", site, "--no-sourcemaps", "--apps", "lab"]
    options += ["--no-unused-shared-packages", "--ignore-sys-prefix"]
    options += [f"--LiteBuildConfig.federated_extensions={INSTALLED / name}" for name in EXTENSIONS]
    _run("jupyter", "lite", "build", *options, folder=target)
    if book:
        shutil.copytree(book, site / "book")
    _start(site)
    return site


def _start(site: Path) -> None:
    """Put what is seen first into the pages of a site: lesson 00's picture, how far it is, and a list of lessons."""
    title, still = _first(read(NOTEBOOKS / FIRST))
    fetched = json.dumps(["pyodide.asm.wasm", "python_stdlib.zip", *(f"{name}.zip" for name in PACKAGES)])
    lab = site / "lab" / "index.html"
    start = _page("start.html", TITLE=escape(title), STILL=still, FETCHED=fetched, LESSONS=_rows("index.html"))
    lab.write_text(
        lab.read_text().replace("<title>JupyterLite<", "<title>layerlab<").replace("</body>", f"{start}</body>")
    )
    shutil.copy(PAGES / "index.html", site)
    book = ' To read them without Python, there is <a href="book/index.html">the book</a>.'
    words = book if (site / "book").is_dir() else ""
    (site / "lessons.html").write_text(_page("lessons.html", LESSONS=_rows("lab/index.html"), BOOK=words))


def _first(lesson: NotebookNode) -> tuple[str, str]:
    """Return the title of a lesson, and the still picture of its first code cell."""
    title = str(lesson.cells[0].source).splitlines()[0].lstrip("# ")
    first = next(cell for cell in lesson.cells if cell.cell_type == "code")
    return title, str(first.outputs[0].data.get("text/html", ""))


def _rows(page: str) -> str:
    """Return the lessons as rows of a list; each links to the page of JupyterLab that opens it."""
    rows = []
    for path in built():
        lesson = read(path)
        number = path.name[:2] if path.name[:2].isdecimal() else f"{path.stem.replace('-', ' ').capitalize()}:"
        minutes = lesson.cells[0].metadata.layerlab.get("minutes", "")
        told = f" <span>{minutes} minutes</span>" if minutes else ""
        text = escape(f"{number} {_first(lesson)[0]}")
        rows.append(f'      <li><a href="{page}?path={path.name}">{text}</a>{told}</li>')
    return "\n".join(rows)


def _page(name: str, **parts: str) -> str:
    text = (PAGES / name).read_text()
    return re.sub("@([A-Z]+)@", lambda found: parts[found[1]], text)


def _run(module: str, *arguments: object, folder: Path = ROOT) -> None:
    """Run a module of this Python; what it prints is shown only if it fails."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{module} {arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _python(folder: Path) -> None:
    """Put Python for a browser into a folder, with all packages, and a lock file that names just those."""
    for name in CORE:
        shutil.copy(PYODIDE / name, folder)
    lock: dict[str, Any] = json.loads((folder / "pyodide-lock.json").read_text())
    python = ".".join(lock["info"]["python"].split(".")[:2])
    with TemporaryDirectory() as temporary:
        there = Path(temporary)
        shutil.copy(folder / "python_stdlib.zip", there)
        _download(there, *(f"{name}=={lock['packages'][name]['version']}" for name in KERNEL), python=python)
        _download(there, *(f"{name}=={version(name)}" for name in WIDGETS), python="3.13")
        _run("pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", there, ROOT)
        for wheel in OWN_WHEELS.glob("*.whl"):
            shutil.copy(wheel, there)
        _compile(folder, there)
        shutil.copy(there / "python_stdlib.zip", folder)
        wheels = {_named(wheel): wheel for wheel in sorted(there.glob("*.whl"))}
        alone = {name: [wheels.pop(name)] if name in wheels else [] for name in (*ASKED_FOR, "layerlab")}
        archives = {**alone, "ipython": [wheel for name, wheel in wheels.items() if "widgetsnbextension" not in name]}
        entries = {name: _entry(name, _packed(folder / f"{name}.zip", files)) for name, files in archives.items()}
    (folder / "pyodide-lock.json").write_text(json.dumps({**lock, "packages": entries}))


def _named(wheel: Path) -> str:
    return wheel.name.partition("-")[0].replace("_", "-").lower()


def _compile(pyodide: Path, folder: Path) -> None:
    """Compile what a folder holds, by the Python that a browser runs."""
    command = ["node", str(PAGES / "compile.mjs"), str(pyodide), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr[-2000:]}")


def _packed(archive: Path, wheels: Iterable[Path]) -> Path:
    """Write the files of wheels into one archive, without what a browser never asks for."""
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=9) as packed:
        for wheel in wheels:
            with ZipFile(wheel) as whole:
                for name in whole.namelist():
                    if not LEFT_OUT.search(name):
                        packed.writestr(ZipInfo(name), whole.read(name), ZIP_DEFLATED, compresslevel=9)
    return archive


def _entry(name: str, archive: Path) -> dict[str, Any]:
    """Return what the lock file says of an archive."""
    return {
        "name": name,
        "version": "0",
        "file_name": archive.name,
        "install_dir": "site",
        "sha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
        "package_type": "package",
        "imports": [],
        "depends": [],
        "unvendored_tests": False,
    }


def _download(folder: Path, *pins: str, python: str) -> None:
    # Of what is compiled for machines too, a browser takes the wheel in Python alone.
    options = ["--no-deps", "--quiet", "--only-binary", ":all:", "--python-version", python, "--platform", "any"]
    options += ["--implementation", "py", "--abi", "none", "--dest", str(folder)]
    _run("pip", "download", *options, *pins)


def _lessons(folder: Path) -> None:
    """Put the lessons into a folder; the kernel has the package before their first cell runs, which runs by itself."""
    for path in built():
        shutil.copy(path, folder)
    first = folder / FIRST
    text = first.read_text()
    if text.count(TO_RUN) != 1:
        raise ValueError(f"{FIRST} does not say once: {TO_RUN}")
    first.write_text(text.replace(TO_RUN, HAS_RUN))


def main(arguments: list[str] | None = None) -> int:
    """Build; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET, help="the folder to build in")
    parser.add_argument(
        "--book", type=Path, help="the folder of the pages that `make book` wrote, to publish beside it"
    )
    options = parser.parse_args(arguments)
    site = build(options.target, options.book)
    print(f"{site}: {sum(path.stat().st_size for path in site.rglob('*') if path.is_file()) / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
