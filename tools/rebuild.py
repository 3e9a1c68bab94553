"""Run every notebook afresh and write it in its one normal form.

A notebook's bytes are then the same on every run and on each supported Python: no times, no widget state, no
ids drawn at random, nothing that names the kernel's version. `--check` writes nothing and fails where a
notebook would change.
"""

import argparse
import asyncio
import copy
import difflib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import cast

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
CELL_TIMEOUT = 60  # seconds
STARTS = 3
KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
LANGUAGE = {"name": "python"}
# The kernel warns on each start that its sockets are not encrypted; nothing that a notebook prints.
KERNEL_ARGUMENTS = ["--log-level=ERROR"]
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
# Where a cell of a lesson stands when the lesson is shown as slides: an answer has a slide of its own.
SLIDE_TYPES = {
    "title": "slide", "setup": "subslide", "text": "slide", "show": "fragment", "situation": "slide",
    "round": "subslide", "task": "slide", "bench": "subslide", "plot": "subslide",
    "exercise": "slide", "check": "fragment", "points": "slide", "words": "slide", "puzzle": "slide", "more": "slide",
    "breakit": "slide",
}  # fmt: skip
RECALL = {"round": "slide"}


def output_form(output: NotebookNode, count: int) -> NotebookNode:
    """Return one output of the cell numbered `count` without what differs between runs or machines.

    A widget's view names a model that lives in the kernel alone, so it goes; the text and HTML beside it,
    which are what an unopened notebook shows, stay. A traceback names files of this machine; its last line
    stays.
    """
    form = copy.deepcopy(output)
    if form.output_type == "error":
        form.traceback = [f"{form.ename}: {form.evalue}"]
    if form.output_type in ("execute_result", "display_data"):
        form.data.pop(WIDGET_VIEW, None)
    if form.output_type == "execute_result":
        form.execution_count = count
    return form


def normal_form(notebook: NotebookNode) -> NotebookNode:
    """Return the normal form of an executed notebook. What an author wrote, cell ids included, stays."""
    form = copy.deepcopy(notebook)
    form.metadata.pop("widgets", None)
    form.metadata.update(kernelspec=KERNEL, language_info=LANGUAGE)
    count = 0
    for cell in form.cells:
        cell.metadata.pop("execution", None)
        if "layerlab" in cell.metadata:
            cell.metadata["slideshow"] = {"slide_type": slide_type(cell)}
        if cell.cell_type == "code":
            runs = bool(cell.source.strip())
            count += runs
            cell.execution_count = count if runs else None
            cell.outputs = [output_form(output, count) for output in cell.outputs]
    return form


def slide_type(cell: NotebookNode) -> str:
    """Return where a cell of a lesson stands among its slides."""
    role = str(cell.metadata.layerlab.get("role", ""))
    types = RECALL if cell.metadata.layerlab.get("recall") and role in RECALL else SLIDE_TYPES
    return types.get(role, "fragment")


async def execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    """Return `notebook` as run from top to bottom in a new kernel that starts in `folder`."""
    for _ in range(STARTS - 1):
        try:
            return await _execute(notebook, folder)
        except DeadKernelError:
            raise
        except RuntimeError:
            # A kernel is told a free port, which another program may take before it does: then it dies as it starts.
            continue
    return await _execute(notebook, folder)


async def _execute(notebook: NotebookNode, folder: Path) -> NotebookNode:
    executed = copy.deepcopy(notebook)
    client = NotebookClient(
        executed,
        timeout=CELL_TIMEOUT,
        kernel_name=KERNEL["name"],
        coalesce_streams=True,
        record_timing=False,
        store_widget_state=False,
        extra_arguments=KERNEL_ARGUMENTS,
        resources={"metadata": {"path": str(folder)}},
    )
    await client.async_execute()
    return executed


def built() -> list[Path]:
    """Return the notebooks of site and book: all but the appendix, which asks a kernel that a browser does not have."""
    return [path for path in sorted(NOTEBOOKS.glob("*.ipynb")) if not path.name.startswith("appendix")]


def read(path: Path) -> NotebookNode:
    """Return the notebook at `path`."""
    return cast(NotebookNode, nbformat.read(path, as_version=4))


async def rebuild(path: Path) -> str:
    """Return the text that the notebook at `path` should hold. A cell that fails raises."""
    notebook = normal_form(await execute(read(path), path.parent))
    return str(nbformat.writes(notebook, version=4)) + "\n"


async def rebuild_all(paths: Iterable[Path]) -> list[str | CellControlSignal]:
    """Return the text of each notebook, or the error that stopped it, as many at once as there are cores."""
    slots = asyncio.Semaphore(os.cpu_count() or 1)

    async def one(path: Path) -> str | CellControlSignal:
        async with slots:
            try:
                return await rebuild(path)
            except CellControlSignal as error:
                return error

    return await asyncio.gather(*map(one, paths))


def first_difference(committed: str, rebuilt: str) -> str:
    """Return the first removed and added line, in the form of a diff."""
    lines = difflib.unified_diff(committed.splitlines(), rebuilt.splitlines(), lineterm="", n=0)
    return "\n".join(line[:160] for line in list(lines)[2:5])


def main(arguments: list[str] | None = None) -> int:
    """Rebuild or check; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a notebook would change")
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: every notebook of the project")
    options = parser.parse_args(arguments)
    paths = options.notebooks or sorted(NOTEBOOKS.glob("*.ipynb"))
    failed = False
    for path, text in zip(paths, asyncio.run(rebuild_all(paths)), strict=True):
        if isinstance(text, CellControlSignal):
            print(f"{path.name}: {text}", file=sys.stderr)
            failed = True
        elif text == (committed := path.read_text(encoding="utf-8")):
            continue
        elif options.check:
            print(f"{path.name}: `make notebooks` would change it", file=sys.stderr)
            print(first_difference(committed, text), file=sys.stderr)
            failed = True
        else:
            path.write_text(text, encoding="utf-8", newline="\n")
            print(f"{path.name}: rebuilt")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
