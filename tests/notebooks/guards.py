"""What a committed notebook may not hold: each guard names the faults that it finds."""

import base64
import re
from collections.abc import Callable, Iterator
from typing import Any

from nbformat import NotebookNode

from tools.rebuild import NOTEBOOKS, WIDGET_VIEW, read

CODE_LINES = 13  # of a round one asks its question
# Of sentences: a listing is looked at, and not read word by word. What one can now say is a heading and four points.
MARKDOWN_WORDS, POINTS_WORDS = 60, 70

FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)

Guard = Callable[[NotebookNode], Iterator[str]]


def committed() -> dict[str, NotebookNode]:
    """Every notebook of the project by its file's name."""
    return {path.name: read(path) for path in sorted(NOTEBOOKS.glob("*.ipynb"))}


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


def printed(cell: NotebookNode) -> str:
    """All text that a cell's outputs hold, an embedded SVG as its source, other pictures left out."""
    values: list[Any] = []
    for output in cell.outputs:
        values += [output.get("text", ""), output.get("evalue", ""), *output.get("traceback", [])]
        values += [value for mime, value in output.get("data", {}).items() if not mime.startswith("image/")]
        values.append(output.get("data", {}).get("image/svg+xml", ""))
    text = "\n".join(map(str, values))
    text = re.sub(r"data:image/svg\+xml;base64,([\w+/=]+)", lambda m: base64.b64decode(m[1]).decode(), text)
    return re.sub(r"data:[\w/+]+;base64,[\w+/=]+", "", text)


def words(markdown: str) -> int:
    """The words that a reader sees: no tags, no addresses of links or pictures."""
    text = re.sub(r"\]\([^)]*\)", "]", markdown)
    text = re.sub(r"<[^>]*>", " ", text)
    return sum(bool(re.search(r"\w", word)) for word in text.split())


def unexecuted(notebook: NotebookNode) -> Iterator[str]:
    for number, cell in enumerate(code_cells(notebook), start=1):
        if cell.execution_count != number:
            yield f"{cell.id}: its number is {cell.execution_count}, not {number}"


def exempt_from_checks(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        tags = [tag for tag in cell.metadata.get("tags", []) if tag.startswith("nbval")]
        marks = re.findall(r"#\s*((?:NBVAL|PYTEST_VALIDATE)_\w+)", cell.source)
        yield from (f"{cell.id}: {mark}" for mark in tags + marks)


def widget_state(notebook: NotebookNode) -> Iterator[str]:
    if "widgets" in notebook.metadata:
        yield "the notebook's metadata hold widget state"
    for cell in code_cells(notebook):
        if any(WIDGET_VIEW in output.get("data", {}) for output in cell.outputs):
            yield f"{cell.id}: an output names a widget that lived in a kernel"


def standard_error(notebook: NotebookNode) -> Iterator[str]:
    for cell in code_cells(notebook):
        for output in cell.outputs:
            if output.get("name") == "stderr":
                yield f"{cell.id}: {output.text.strip()[:80]}"


def traces(pattern: str) -> Guard:
    """A guard against output text that matches `pattern`."""

    def guard(notebook: NotebookNode) -> Iterator[str]:
        for cell in code_cells(notebook):
            yield from (f"{cell.id}: {match[0]}" for match in re.finditer(pattern, printed(cell)))

    return guard


memory_addresses = traces(r"\b0x[0-9a-fA-F]{6,}\b")
dates_and_times = traces(
    r"\b\d{4}-\d\d-\d\d\b|\b\d\d?:\d\d:\d\d\b|\b(?:Wall time|CPU times):|"
    r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\w*,? (?:\d\d? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b"
)
machine_paths = traces(r"(?<![\w.])/(?:home|root|work|tmp|Users|private)/\S*|\S*site-packages\S*|\b[A-Z]:\\\S+")


def long_code(notebook: NotebookNode) -> Iterator[str]:
    for cell in code_cells(notebook):
        if (lines := len(cell.source.splitlines())) > CODE_LINES:
            yield f"{cell.id}: {lines} lines; the logic belongs into the package"


def long_text(notebook: NotebookNode) -> Iterator[str]:
    for cell in notebook.cells:
        most = POINTS_WORDS if cell.metadata.get("layerlab", {}).get("role") == "points" else MARKDOWN_WORDS
        if cell.cell_type == "markdown" and (count := words(FENCED.sub("", cell.source))) > most:
            yield f"{cell.id}: {count} words"


GUARDS: dict[str, Guard] = {
    "unexecuted": unexecuted,
    "exempt from checks": exempt_from_checks,
    "widget state": widget_state,
    "standard error": standard_error,
    "memory addresses": memory_addresses,
    "dates and times": dates_and_times,
    "machine paths": machine_paths,
    "long code": long_code,
    "long text": long_text,
}
