"""Not run: say which cell to run where a cell uses a name that no cell has made since the kernel started.

After a restart, a card says that its kernel is gone. A cell that is run then without the lesson's first cell would end
in a traceback about `predict`. The package's settings load this extension when a kernel starts, because no cell has
imported anything by then.
"""

from types import TracebackType
from typing import Any

import layerlab

FIRST_CELL = "Run the first code cell of this notebook, then this cell again"


def load_ipython_extension(shell: Any) -> None:
    """Let a shell of IPython answer a NameError with what to do."""
    shell.set_custom_exc((NameError,), _answered)


def line(error: NameError) -> str:
    """Return what to do about a name that is not known, in one line.

    >>> line(NameError("name 'shop' is not defined", name="shop"))
    'Run the first code cell of this notebook, then this cell again: `shop` was not imported since the kernel started.'
    >>> line(NameError("name 'web' is not defined", name="web"))
    'Does a cell above make `web`? Then run that cell first: it has not run since the kernel started.'
    """
    if error.name in layerlab.__all__:
        return f"{FIRST_CELL}: `{error.name}` was not imported since the kernel started."
    return f"Does a cell above make `{error.name}`? Then run that cell first: it has not run since the kernel started."


def _answered(
    shell: Any, kind: type[NameError], error: NameError, trace: TracebackType, tb_offset: int | None = None
) -> list[str]:
    shown = [line(error)]
    # A name of the package can only be missing because its import has not run, so the line is all there is to say.
    # Any other name may be a slip, and then the traceback shows where it is.
    if error.name not in layerlab.__all__:
        shown = [*shell.InteractiveTB.structured_traceback(kind, error, trace, tb_offset=tb_offset), *shown]
    # IPython asks an error for its own traceback, and sends that to the page.
    error._render_traceback_ = lambda: shown  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, trace))
    return shown
