"""Present: show a lesson on a projector, one step a screen, with its kernel.

Voila runs the notebook and shows its pages without code. Its template here lays out the screens and loads everything
from this machine. The notebook is written to a temporary folder, so a class starts without anybody's earlier answers.
"""

import errno
import gc
import importlib.util
import json
import os
import socket
from pathlib import Path
from tempfile import TemporaryDirectory

from layerlab.cli.lab import lessons
from layerlab.cli.screens import for_projector
from layerlab.model.layerlab_error import LayerlabError

HERE = "127.0.0.1"
PORT = 8866
EXIT = "exit-ticket"
"""The notebook that asks questions of the first lessons again, at the end of a class."""
TEMPLATES = Path(__file__).parent / "projector"
"""A folder of Jupyter's data, with the template of the screens."""
KEYS = """\
Arrow keys or Page Up and Page Down go on and back, c shows the code. Ctrl+C here ends the lesson."""


class PresentError(LayerlabError, RuntimeError):
    """A lesson cannot be shown, in one line that says why and what to do."""


def lesson_file(number: str, folder: Path) -> Path:
    """Return the notebook of a lesson by its number, or the exit ticket; PresentError where there is none.

    >>> lesson_file("2", lessons()).name
    '02-what-does-a-container-add.ipynb'
    """
    files = {path.name.partition("-")[0]: path for path in sorted(folder.glob("[0-9][0-9]-*.ipynb"))}
    if (leave := folder / f"{EXIT}.ipynb").exists():
        files[EXIT] = leave
    found = files.get(number if number == EXIT else number.zfill(2))
    if found is None:
        raise PresentError(f"no lesson is called {number!r}: there are {', '.join(files)}")
    return found


def claim(port: int) -> None:
    """Raise PresentError if a port cannot be used, so that this is said before the lesson starts."""
    with socket.socket() as probe:
        # As the server does it: without this, a port would seem taken for a minute after the last lesson.
        if os.name == "posix":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HERE, port))
        except OverflowError:
            raise PresentError(f"port {port}: ports go up to 65535") from None
        except OSError as error:
            taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
            why = "it is taken" if error.errno == errno.EADDRINUSE else error.strerror
            more = ": choose another one with --port" if taken else ""
            raise PresentError(f"port {port}: {why}{more}") from None


def present(number: str, port: int = PORT, *, browser: bool = True) -> int:
    """Show a lesson on this machine alone until it is stopped; return the exit code.

    PresentError if the lesson, Voila or the port is not there.
    """
    notebook = lesson_file(number, lessons())
    if importlib.util.find_spec("voila") is None:
        raise PresentError("Voila is missing: pip install 'layerlab[present]'")
    claim(port)
    # The command line does without garbage collection, because its other commands end soon.
    gc.enable()
    paths = [str(TEMPLATES), *filter(None, os.environ.get("JUPYTER_PATH", "").split(os.pathsep))]
    os.environ["JUPYTER_PATH"] = os.pathsep.join(paths)
    with TemporaryDirectory(prefix="layerlab-present-") as folder:
        copy = Path(folder, notebook.name)
        shown = for_projector(json.loads(notebook.read_text(encoding="utf-8")))
        copy.write_text(json.dumps(shown), encoding="utf-8")
        name = "The exit ticket" if notebook.stem == EXIT else f"Lesson {notebook.name[:2]}"
        print(f"{name} is at http://{HERE}:{port}/\n{KEYS}", flush=True)
        return _serve(copy, port, browser)


def _serve(notebook: Path, port: int, browser: bool) -> int:
    from voila.app import Voila

    options = [f"--Voila.ip={HERE}", f"--port={port}", "--Voila.port_retries=0", "--template=layerlab"]
    options += ["--VoilaConfiguration.strip_sources=False", "--Voila.log_level=ERROR", "--show_tracebacks=True"]
    if not browser:
        options.append("--no-browser")
    try:
        Voila.launch_instance([str(notebook), *options])
    except SystemExit as stopped:
        return stopped.code if isinstance(stopped.code, int) else 1
    return 0
