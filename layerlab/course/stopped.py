"""Stopped: say in which line a learner's function raised an error, and what would help."""

import traceback
from difflib import get_close_matches
from linecache import getline

import layerlab


def stopped(error: Exception, takes: tuple[str, ...]) -> str:
    """Return one line about an error: where it was raised, what it says, and what helps where that is known.

    `takes` are the names of the function's parameters. The line is one of the learner's lines, also if the error was
    raised in a library that this line called.

    >>> try:
    ...     Layre.of({})
    ... except NameError as error:
    ...     print(stopped(error, ("image",)))
    The line `Layre.of({})` stopped: NameError: name 'Layre' is not defined. Did you mean Layer?
    """
    frames = traceback.extract_tb(error.__traceback__)
    # The function may call other functions of the learner. The deepest of their lines is where to look for the mistake.
    own = next((frame for frame in reversed(frames) if not _is_library(frame.filename)), frames[-1])
    line = own.line or getline(own.filename, own.lineno or 0).strip()
    where = f"The line `{line}` stopped" if line else "Your function stopped"
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return " ".join(f"{where}: {text}".splitlines()) + _help(error, takes)


def _is_library(filename: str) -> bool:
    package = layerlab.__path__[0]
    return filename.startswith(package) or "importlib" in filename or "/lib/python" in filename


def _help(error: Exception, takes: tuple[str, ...]) -> str:
    """Return a sentence that says what to do, "" where nothing is known that helps."""
    if isinstance(error, NameError) and error.name:
        if error.name in layerlab.__all__:
            return f". Write `from layerlab import {error.name}` in a cell above, and run that cell."
        return _meant(error.name, [*takes, *layerlab.__all__])
    if isinstance(error, AttributeError) and error.name:
        return _meant(error.name, [name for name in dir(error.obj) if not name.startswith("_")])
    name = error.args[0] if isinstance(error, KeyError) and error.args else None
    # In a layer's tar and in a view, names have no leading slash; people write it as in a shell.
    if isinstance(name, str) and name.startswith("/"):
        return f". Names in a layer or a view have no leading slash: write {name.lstrip('/')!r}."
    if isinstance(error, KeyError):
        return ". Nothing has this name there: loop over it and print the names that it has."
    return ""


def _meant(name: str, known: list[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f". Did you mean {close[0]}?" if close else ""
