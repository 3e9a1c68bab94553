"""Terminal: what every command uses to print: a line of progress, JSON, grey text."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from typing import Any, TextIO

from layerlab.words.sizes import size

FILLED = 30
# Seconds. Work that takes less shows no line, because the line would only flicker.
MOMENT = 0.5


class ProgressLine:
    """A line on a terminal that shows progress and is erased at the end. In a file or a pipe nothing is shown."""

    def __init__(self, terminal: TextIO | None) -> None:
        self._terminal = terminal
        self._start = time.monotonic()
        self.report = self._read if terminal and terminal.isatty() else None

    def say(self, words: str) -> None:
        """Show `words` in place of the words before."""
        if self.report:
            # Back to the start of the line, and erase it to its end (ECMA-48, EL).
            print(f"\r\x1b[K{words}", end="", file=self._terminal, flush=True)

    def _read(self, done: int, total: int) -> None:
        """Show what has been read, once that takes longer than a moment."""
        if time.monotonic() - self._start > MOMENT:
            filled = FILLED * done // max(total, 1)
            self.say(f"reading {'#' * filled}{'.' * (FILLED - filled)} {size(done)} of {size(total)}")

    def __enter__(self) -> ProgressLine:
        return self

    def __exit__(self, *_: object) -> None:
        self.say("")


def print_json(document: dict[str, Any]) -> bool:
    """Print a document as JSON, and tell whether all of it was read.

    Bytes of paths that are not text are escaped, so any terminal can show them.
    """
    return print_to_a_closed_pipe_too(json.dumps(document, indent=2))


LEAST_ROOM = 20
"""Letters of a last column, however narrow the terminal is: with less it would say nothing."""


def shortened_to_room(left: int, texts: list[str]) -> list[str]:
    """Return the texts of a last column that stands right of `left` letters, so that no line is wider than a terminal.

    A path is cut in the middle, because its end says most. In a file or a pipe all of it is there, for programs.
    """
    if not (sys.stdout and sys.stdout.isatty()):
        return texts
    room = max(shutil.get_terminal_size().columns - left, LEAST_ROOM)
    start = (room - 3) // 3
    return [text if len(text) <= room else f"{text[:start]}...{text[start + 3 - room :]}" for text in texts]


def print_to_a_closed_pipe_too(text: str) -> bool:
    """Print text, and tell whether all of it was read. A program such as head ends when it has read enough."""
    try:
        print(text, flush=True)
        return True
    except BrokenPipeError:
        # At exit Python writes out what is left, and would meet the closed pipe again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False


def grey(text: str) -> str:
    """Return text in grey where a terminal shows it, unless its user wants no colour (https://no-color.org)."""
    return f"\x1b[90m{text}\x1b[0m" if sys.stdout and sys.stdout.isatty() and "NO_COLOR" not in os.environ else text
