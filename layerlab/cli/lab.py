"""Lab: open the lessons in JupyterLab, in a copy that belongs to the learner."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from layerlab.model.layerlab_error import LayerlabError
from layerlab.words.tables import aligned

FOLDER = "layerlab-lessons"
FIRST = "00-start-here.ipynb"
SKIPPED_FOLDERS = {".ipynb_checkpoints", "__pycache__"}
SETTINGS = Path(__file__).parent / "jupyter"
"""Jupyter's configuration for the lessons. It saves pictures with a notebook, and asks nothing about news."""


class LabError(LayerlabError, RuntimeError):
    """The lessons cannot be opened, in one line that says why and what to do."""


def lessons() -> Path:
    """Return the folder of the lessons: inside an installed package, and beside it in a checkout.

    >>> (lessons() / "00-start-here.ipynb").exists()
    True
    """
    package = Path(__file__).parents[1]
    folders = [package / "notebooks", package.parent / "notebooks"]
    for folder in folders:
        if (folder / FIRST).exists():
            return folder
    raise LabError(f"there are no lessons in {folders[0]}: install layerlab again")


def titles(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield each notebook's file name and its title, in the order of the course."""
    for path in sorted(folder.glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        text = "".join(cells[0]["source"]) if cells else ""
        yield path.name, text.partition("\n")[0].removeprefix("#").strip()


def copy_new(source: Path, target: Path) -> list[Path]:
    """Copy each file of `source` that `target` lacks; return the new files.

    A file that is already there is the learner's work and stays as it is.
    """
    new = []
    for path in sorted(source.rglob("*")):
        relative = path.relative_to(source)
        copy = target / relative
        if path.is_dir() or SKIPPED_FOLDERS.intersection(relative.parts) or os.path.lexists(copy):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        # Written aside and renamed, so that an interrupted copy is not taken for the learner's own file.
        aside = copy.with_name(copy.name + ".part")
        aside.write_bytes(path.read_bytes())
        aside.rename(copy)
        new.append(copy)
    return new


def command(folder: Path, options: Sequence[str]) -> list[str]:
    """Return the command that starts JupyterLab on the first lesson in `folder`."""
    start = [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={folder}"]
    # Not as the file to open: then the address that is printed, and copied where no browser opens, leads elsewhere.
    if (folder / FIRST).exists():
        start.append(f"--LabApp.default_url=/lab/tree/{FIRST}")
    if hasattr(os, "getuid") and os.getuid() == 0:
        start.append("--allow-root")
    return [*start, *options]


def environment() -> dict[str, str]:
    """Return the environment for JupyterLab, in which it finds the lessons' settings after the learner's own.

    Nothing is written into JupyterLab's own folders, because the learner may not own them.
    """
    paths = os.environ.get("JUPYTER_CONFIG_PATH", "").split(os.pathsep)
    return {**os.environ, "JUPYTER_CONFIG_PATH": os.pathsep.join([*filter(None, paths), str(SETTINGS)])}


def lab(folder: str, options: Sequence[str] = (), *, listing: bool = False) -> int:
    """Bring the learner's copy up to date, and run JupyterLab until it is stopped; return its exit code.

    `folder` is the copy, by default layerlab-lessons in the learner's home. With `listing` print the lessons instead.
    """
    source = lessons()
    if listing:
        print("\n".join(aligned(titles(source), right=())))
        return 0
    copy = Path(folder).expanduser().absolute() if folder else Path.home() / FOLDER
    try:
        copy.mkdir(parents=True, exist_ok=True)
        new = copy_new(source, copy)
    except OSError as error:
        raise LabError(f"{error.filename or copy}: {error.strerror}: choose another folder with --folder") from None
    print(f"The lessons are in {copy} ({len(new)} new).", flush=True)
    if "JUPYTERHUB_SERVICE_PREFIX" in os.environ:
        # A hub has started a server for this user already. A second one could not be reached through the hub.
        first = copy / FIRST
        shown = first.relative_to(Path.home()) if first.is_relative_to(Path.home()) else first
        print(f"Open {shown} in the list of files on the left.")
        return 0
    if importlib.util.find_spec("jupyterlab") is None:
        raise LabError("JupyterLab is missing: pip install 'layerlab[lab]'")
    try:
        return subprocess.run(command(copy, options), env=environment(), check=False).returncode
    except KeyboardInterrupt:
        return 0
