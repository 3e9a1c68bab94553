"""Draw the rooms of the package from its imports: docs/rooms-*.svg, and the table in docs/architecture.md.

`--check` writes nothing and fails where a file would change.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from layerlab.picture.shapes import Box, Mark, Scene, Shape, Stroke, caption, label
from layerlab.picture.svg import DARK, LIGHT, standalone
from layerlab.words.plurals import counted, listed
from tools import papers
from tools.rooms import ROOMS, ROOT, graph, modules, room

DOCS = ROOT / "docs"
WIDE, HIGH, ACROSS, DOWN, LEFT, TOP = 82.0, 34.0, 84.0, 48.0, 3.0, 34.0
TABLE = re.compile(r"(?<=<!-- rooms: written by `make docs` -->\n).*?(?=<!-- end of rooms -->)", re.DOTALL)

Arrows = Mapping[tuple[str, str], int]


def arrows(sources: Mapping[str, str]) -> Arrows:
    """Return how many modules of one room are imported by modules of another, each pair of modules once.

    >>> arrows({"layerlab.words.sizes": "", "layerlab.cli.main": "from layerlab.words.sizes import size"})
    Counter({('cli', 'words'): 1})
    """
    found: Counter[tuple[str, str]] = Counter()
    for module, targets in graph(sources).items():
        pairs = [(room(module), room(target)) for target in sorted(targets)]
        found.update((home, other) for home, other in pairs if home and other and home != other)
    return found


def drawing(sources: Mapping[str, str]) -> Scene:
    """Return the rooms on a diagonal, the command line first: arrows run right, then down to the top of a room.

    Each number stands where an arrow turns. An arrow that pointed up would stand left of the diagonal.
    """
    counts, order = arrows(sources), list(reversed(ROOMS))
    middle = {name: LEFT + place * ACROSS + WIDE / 2 for place, name in enumerate(order)}
    level = {name: TOP + place * DOWN + HIGH / 2 for place, name in enumerate(order)}
    lines: list[Shape] = []
    for name in order:
        x, y = middle[name], level[name]
        if reached := [middle[other] for home, other in counts if home == name]:
            lines.append(Stroke(((x, y), (max(reached), y))))
        if coming := [level[home] for home, other in counts if other == name]:
            top = y - HIGH / 2
            lines.append(Stroke(((x, min(coming)), (x, top))))
            lines.append(Stroke(((x - 4, top - 7), (x, top), (x + 4, top - 7))))
    boxes = [shape for name in order for shape in _room(name, sources, middle[name], level[name])]
    turns = [shape for (home, other), count in counts.items() for shape in _turn(count, middle[other], level[home])]
    marks = (
        caption(LEFT, 16, "ROOMS", "a number counts pairs of modules of which one imports the other"),
        Mark("link", tuple(lines)),
        Mark("card", (*boxes, *turns)),
        Mark(
            "caption",
            (label(LEFT, level["model"] + 4, "Nothing stands here: no room imports one above it.", "note"),),
        ),
    )
    return Scene(marks, _title(counts), "", "", round(LEFT + len(order) * ACROSS), round(level["model"] + HIGH / 2 + 4))


def _room(name: str, sources: Iterable[str], x: float, y: float) -> list[Shape]:
    count = sum(room(module) == name for module in sources)
    return [
        Box(x - WIDE / 2, y - HIGH / 2, WIDE, HIGH, fill="layer"),
        label(x, y - 2, name, "name", font=11, bold=True, ink="white", anchor="middle"),
        label(x, y + 11, counted(count, "module"), "note", font=11, ink="white", anchor="middle"),
    ]


def _turn(count: int, x: float, y: float) -> list[Shape]:
    number = label(x, y + 4, str(count), "number", bold=True, anchor="middle")
    return [Box(number.left - 4, y - 9, number.width + 8, 18, fill="paper", edge="ink"), number]


def _title(counts: Arrows) -> str:
    up = sum(count for (home, other), count in counts.items() if ROOMS.index(other) > ROOMS.index(home))
    return f"{len(ROOMS)} rooms, {counted(sum(counts.values()), 'import')} between them, {up} of them upwards"


def table(sources: Mapping[str, str]) -> Iterator[str]:
    """Return the lines of the drawing's twin: each room, its modules, and what it imports."""
    counts = arrows(sources)
    yield "| room | modules | imports |"
    yield "|---|---|---|"
    for name in reversed(ROOMS):
        targets = [f"`{each}` ({counts[name, each]})" for each in ROOMS if (name, each) in counts]
        count = sum(room(module) == name for module in sources)
        yield f"| `{name}` | {count} | {listed(targets) if targets else 'the standard library alone'} |"


def files() -> dict[Path, str]:
    """Return what `make docs` writes here, by its path."""
    sources = modules()
    scene, text = drawing(sources), (DOCS / "architecture.md").read_text(encoding="utf-8")
    rows = "\n".join(["", *table(sources), "", ""])
    return {
        DOCS / "rooms-light.svg": standalone(scene, LIGHT),
        DOCS / "rooms-dark.svg": standalone(scene, DARK),
        DOCS / "architecture.md": TABLE.sub(lambda _: rows, text),
    }


def main(arguments: list[str] | None = None) -> int:
    """Write or check; return the exit status."""
    return papers.write(files(), __doc__.splitlines()[0], arguments)


if __name__ == "__main__":
    sys.exit(main())
