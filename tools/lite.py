"""Build a site in which lessons run in a browser alone: JupyterLite with Pyodide, from PyPI and npm, to build/lite/.

Everything that the site needs lies in it; no page of it asks another address for anything. There is no matplotlib for
a browser on PyPI, so plots are drawn by the project's own SVG painter there.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat

from tools.rebuild import NOTEBOOKS, read

ROOT = NOTEBOOKS.parent
PYODIDE = ROOT / "node_modules" / "pyodide"
TARGET = ROOT / "build" / "lite"
CORE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json", "package.json")
# What a Python kernel in a browser is made of, in the versions that Pyodide's own lock file names.
KERNEL = (
    "asttokens", "decorator", "executing", "ipython", "jedi", "matplotlib-inline", "micropip", "packaging", "parso",
    "prompt-toolkit", "pure-eval", "pygments", "pyodide-http", "six", "stack-data", "traitlets", "wcwidth",
)  # fmt: skip
# What the lessons need beside the standard library, in the versions that are installed here.
WIDGETS = ("ipywidgets", "jupyterlab_widgets", "comm", "anywidget", "lazy_loader", "psygnal", "typing_extensions")
SETTINGS = {
    "jupyter-lite-schema-version": 0,
    "jupyter-config-data": {
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": {"disablePyPIFallback": True}},
        "disabledExtensions": ["@jupyterlab/apputils-extension:announcements"],
        "exposeAppInBrowser": True,
    },
}
INSTALL = """import piplite

await piplite.install(["layerlab"], deps=False)
await piplite.install(["ipywidgets", "anywidget", "lazy_loader"])

"""


def build(target: Path) -> Path:
    """Build the site in `target`, which is made anew, and return the folder to serve."""
    if not PYODIDE.is_dir():
        raise FileNotFoundError("pyodide is missing: `make lite` fetches it with npm")
    shutil.rmtree(target, ignore_errors=True)
    source, site = target / "source", target / "site"
    for folder in ("static/pyodide", "pypi", "files"):
        (source / folder).mkdir(parents=True)
    (source / "jupyter-lite.json").write_text(json.dumps(SETTINGS))
    _python(source / "static" / "pyodide")
    _packages(source / "pypi")
    _lessons(source / "files")
    # It remembers in the folder where it runs what it has built, so that folder has to be new too.
    options = ["--lite-dir", source, "--output-dir", site, "--no-sourcemaps"]
    _run("jupyter", "lite", "build", *options, folder=target)
    return site


def _run(module: str, *arguments: object, folder: Path = ROOT) -> None:
    """Run a module of this Python; what it prints is shown only if it fails."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{module} {arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def _python(folder: Path) -> None:
    """Put Python for a browser into a folder, with the wheels of its kernel and a lock file that names just those."""
    for name in CORE:
        shutil.copy(PYODIDE / name, folder)
    lock: dict[str, Any] = json.loads((folder / "pyodide-lock.json").read_text())
    pins = [f"{name}=={lock['packages'][name]['version']}" for name in KERNEL]
    python = ".".join(lock["info"]["python"].split(".")[:2])
    _download(folder, *pins, python=python)
    # Wheels of one name differ between PyPI and Pyodide's own store, so their hashes are taken afresh.
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.whl")}
    packages = {name: entry for name, entry in lock["packages"].items() if entry["file_name"] in there}
    for entry in packages.values():
        entry["sha256"] = there[entry["file_name"]]
    (folder / "pyodide-lock.json").write_text(json.dumps({**lock, "packages": packages}))


def _packages(folder: Path) -> None:
    """Put the project's own wheel and the widgets into a folder."""
    _download(folder, *(f"{name}=={version(name)}" for name in WIDGETS), python="3.13")
    _run("pip", "wheel", "--no-deps", "--quiet", "--wheel-dir", folder, ROOT)


def _download(folder: Path, *pins: str, python: str) -> None:
    # Of what is compiled for machines too, a browser takes the wheel in Python alone.
    options = ["--no-deps", "--quiet", "--only-binary", ":all:", "--python-version", python, "--platform", "any"]
    options += ["--implementation", "py", "--abi", "none", "--dest", str(folder)]
    _run("pip", "download", *options, *pins)


def _lessons(folder: Path) -> None:
    """Put the lessons into a folder; each installs the package before its first cell does anything."""
    for path in sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb")):
        notebook = read(path)
        first = next(cell for cell in notebook.cells if cell.cell_type == "code")
        first.source = INSTALL + first.source
        nbformat.write(notebook, folder / path.name)


def main(arguments: list[str] | None = None) -> int:
    """Build; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET, help="the folder to build in")
    site = build(parser.parse_args(arguments).target)
    print(f"{site}: {sum(path.stat().st_size for path in site.rglob('*') if path.is_file()) / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
