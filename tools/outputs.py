"""Compare what the cells of a lesson printed with what its committed notebook says."""

from collections.abc import Iterator
from typing import Any

from nbformat import NotebookNode


def differences(committed: NotebookNode, ran: list[Any]) -> Iterator[str]:
    """Yield a line for each code cell that did not run, or printed other text than the committed notebook has."""
    for number, (cell, there) in enumerate(zip(committed.cells, ran, strict=True)):
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        count, outputs = there
        if count is None:
            yield f"cell {number} was not run"
        elif (want := texts(cell.outputs)) != (got := texts(outputs)):
            yield f"cell {number}: {_first(want, got)}"


def texts(outputs: list[Any]) -> list[str]:
    """Return what outputs say as text: streams, errors, and the plain text of results."""
    said: list[str] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream":
            said.append("".join(output["text"]))
        elif kind == "error":
            said.append(f"{output['ename']}: {output['evalue']}")
        else:
            said.append("".join(output["data"].get("text/plain", "")))
    return said


def _first(want: list[str], got: list[str]) -> str:
    wanted, gotten = "\n".join(want).splitlines(), "\n".join(got).splitlines()
    for one, other in zip(wanted, gotten, strict=False):
        if one != other:
            return f"{one[:200]!r} became {other[:200]!r}"
    return f"{len(wanted)} lines became {len(gotten)}: {gotten[-1:] if len(gotten) > len(wanted) else wanted[-1:]}"
