"""Set-up check: whether this computer is ready for the lessons. Each thing is found out by using it."""

import importlib
import importlib.metadata
import platform
import re
import sys
from collections.abc import Callable, Iterator
from subprocess import DEVNULL
from typing import NamedTuple

from layerlab.engines.client import engine

OLDEST, TOO_NEW = (3, 11), (3, 14)
KERNEL_SECONDS = 60


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
    print("Ready for the lessons." if works else "Not ready: install layerlab again with pip, or run make lab.")
    return 0 if works else 1


def _line(finding: Finding) -> str:
    text = f"{finding.what:<14}{finding.detail}"
    if finding.works:
        return f"ok  {text}"
    if finding.needed:
        return f"NO  {text}"
    return f"-   {text} (only for what is on your own machine)"


def findings() -> Iterator[Finding]:
    """Try what the lessons need, one thing after the other.

    >>> next(findings()).what
    'Python'
    """
    yield Finding("Python", OLDEST <= sys.version_info < TOO_NEW, f"{platform.python_version()}, needs 3.11 to 3.13")
    for name in _requirements():
        yield _package(name)
    yield _tried("a kernel", _kernel)
    yield _tried("an engine", lambda: engine().name)._replace(needed=False)


def _requirements() -> list[str]:
    """Return the names of the packages that layerlab always requires, without those of extras and single systems."""
    try:
        stated = importlib.metadata.requires("layerlab") or []
    except importlib.metadata.PackageNotFoundError:
        return []
    # A line with ";" has a condition: an extra, or a system.
    return [re.split(r"[^\w.-]", line)[0] for line in stated if ";" not in line]


def _package(name: str) -> Finding:
    def version() -> str:
        importlib.import_module(name.replace("-", "_"))
        return importlib.metadata.version(name)

    return _tried(name, version)


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
