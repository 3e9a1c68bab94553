"""Papers: files that a tool writes to docs/, and that are committed; what they are made from and of."""

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from nbformat import NotebookNode

from tools.rebuild import NOTEBOOKS, read


def lessons() -> dict[str, NotebookNode]:
    """Return every lesson by its number, in their order."""
    paths = sorted(NOTEBOOKS.glob("[0-9][0-9]-*.ipynb"))
    return {path.name[:2]: read(path) for path in paths}


def table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> Iterator[str]:
    """Return the lines of a Markdown table."""
    head = list(head)
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from rows(lines)


def rows(lines: Iterable[Iterable[str]]) -> Iterator[str]:
    """Return the lines of a table's rows."""
    yield from (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def stale(files: Mapping[Path, str]) -> list[Path]:
    """Return the paths of files that are not as they would be written."""
    return [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def write(files: Mapping[Path, str], description: str, arguments: list[str] | None) -> int:
    """Write or check, as a command line asks; return the exit status."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file would change")
    check = parser.parse_args(arguments).check
    found = stale(files)
    for path in found:
        print(f"docs/{path.name}: {'`make docs` would change it' if check else 'written'}", file=sys.stderr)
        if not check:
            path.write_text(files[path], encoding="utf-8", newline="\n")
    return int(check and bool(found))
