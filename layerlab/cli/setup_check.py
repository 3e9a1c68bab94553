"""Set-up check: whether this computer is ready for the lessons. Each thing is found out by using it."""

import importlib
import importlib.metadata
import json
import platform
import re
import sys
from collections.abc import Callable, Iterator
from subprocess import DEVNULL
from typing import NamedTuple

from packaging.markers import default_environment
from packaging.requirements import Requirement

from layerlab.cli.lab import lessons
from layerlab.engines.client import engine

OLDEST = (3, 11)
KERNEL_SECONDS = 60
# What the code of a cell says if it needs a package that only some cells need.
USES = {
    "anywidget": r"\b(?:predict|bench)\(",
    "ipywidgets": r"\b(?:predict|bench)\(",
    "matplotlib": r"_plot\(|\.figure\(|\btally\(",
}

ONLY_FOR = {"isal": "only makes archives with gzip load faster"}
"""Of each package that the lessons do without, what it is for."""


class Finding(NamedTuple):
    """One thing that was tried: its name, whether it works, its version or an error, and whether lessons need it."""

    what: str
    works: bool
    detail: str
    needed: bool = True


def check() -> int:
    """Print a line for each thing as soon as it was tried; return the exit code."""
    works = True
    for finding in findings():
        works = works and (finding.works or not finding.needed)
        print(_line(finding), flush=True)  # at once, because starting a kernel takes seconds
    # A checkout has a command of its own for that.
    or_make = ", or run make lab" if (lessons().parent / "Makefile").exists() else ""
    print("Ready for the lessons." if works else f"Not ready: pip install --upgrade 'layerlab[lab]'{or_make}.")
    return 0 if works else 1


def _line(finding: Finding) -> str:
    text = f"{finding.what:<16}{finding.detail}"
    if finding.works:
        return f"ok  {text}"
    if finding.needed:
        return f"NO  {text}"
    return f"-   {text} ({ONLY_FOR.get(finding.what, 'only for what is on your own machine')})"


def findings() -> Iterator[Finding]:
    """Try what the lessons need, one thing after the other.

    >>> next(findings()).what
    'Python'
    """
    yield Finding("Python", sys.version_info >= OLDEST, f"{platform.python_version()}, needs 3.11 or newer")
    for need in _requirements():
        yield _package(need)._replace(needed=need.name not in ONLY_FOR)
    yield _tried("a kernel", _kernel)
    yield _tried("an engine", lambda: engine().name)._replace(needed=False)


def _requirements() -> list[Requirement]:
    """Return what the lessons require on this system, with the oldest version that will do."""
    try:
        stated = importlib.metadata.requires("layerlab") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    here = {name: str(value) for name, value in default_environment().items()} | {"extra": "lab"}
    needs = [Requirement(line) for line in stated]
    return [need for need in needs if need.name != "layerlab" and (need.marker is None or need.marker.evaluate(here))]


def _package(need: Requirement) -> Finding:
    def version() -> str:
        found = importlib.metadata.version(need.name)
        if found not in need.specifier:
            raise ImportError(f"{found} is here")
        if need.name in USES:
            importlib.import_module(need.name)
        return found

    finding = _tried(need.name, version)
    if finding.works:
        return finding
    return finding._replace(detail=f"{finding.detail}; needs {need.specifier}{_failing(need.name)}")


def _failing(name: str) -> str:
    """Return which cells of the lessons cannot run without a package, as the end of a line."""
    if name not in USES:
        return ""
    numbers = []
    for path in sorted(lessons().glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
        if failing := sum(bool(re.search(USES[name], source)) for source in code):
            # A lesson is called by its number; other notebooks have none.
            start = path.stem.partition("-")[0]
            numbers.append(f"{failing} of {len(code)} in {start if start.isdigit() else path.stem}")
    return f"; cells that fail: {', '.join(numbers)}"


def _kernel() -> str:
    from jupyter_client.manager import start_new_kernel

    manager, client = start_new_kernel(startup_timeout=KERNEL_SECONDS, stdout=DEVNULL, stderr=DEVNULL)
    # A kernel that is still running would outlive this check.
    client.stop_channels()
    manager.shutdown_kernel(now=True)
    return "starts"


def _tried(what: str, attempt: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, attempt())
    except Exception as error:  # a broken installation may raise anything, and the learner has to see it
        lines = str(error).splitlines() or [type(error).__name__]
        return Finding(what, False, lines[0])
