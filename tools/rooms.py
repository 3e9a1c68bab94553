"""Read the rooms of the package from its imports: which room imports which, and what points the wrong way.

Imports inside functions and those for type checkers count too, because a reader has to follow them all the same.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# A room may import from itself and from the rooms before it.
ROOMS = (
    "words",
    "model",
    "builds",
    "registries",
    "namespaces",
    "drivers",
    "archive",
    "engines",
    "proof",
    "picture",
    "benches",
    "course",
    "cli",
)
# These rooms run anywhere, a browser too, because they import nothing from outside Python.
COMPUTED = ROOMS[: ROOMS.index("archive")]


def modules() -> dict[str, str]:
    """Return the source of each module of the package by its dotted name; a room's own is called by the room."""
    found = {}
    for path in sorted((ROOT / "layerlab").rglob("*.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path.read_text()
    return found


def room(name: str) -> str | None:
    """Return the room that a dotted name lies in; None outside the rooms.

    >>> room("layerlab.model.image"), room("layerlab"), room("json")
    ('model', None, None)
    """
    top, _, rest = name.partition(".")
    first = rest.partition(".")[0]
    return first if top == "layerlab" and first in ROOMS else None


def imports(source: str, module: str, *, package: bool = False) -> Iterator[str]:
    """Yield the absolute names that `module`, a dotted name, imports anywhere in `source`.

    >>> list(imports("from .entry import Entry", "layerlab.model.layer"))
    ['layerlab.model.entry.Entry']
    """
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parts = module.split(".")
            base = parts[: len(parts) - node.level + package] if node.level else []
            origin = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def wrong_ways(source: str, module: str, *, package: bool = False) -> list[str]:
    """Return what `module` imports against the arrows: from a later room, or into a computed room from outside Python.

    >>> wrong_ways("from layerlab.archive.load import load", "layerlab.model.layer")
    ['layerlab.archive.load.load']
    """
    home = room(module)
    return [name for name in imports(source, module, package=package) if home and _against(home, name)]


def _against(home: str, name: str) -> bool:
    top, target = name.partition(".")[0], room(name)
    if top != "layerlab":
        # `_typeshed` holds the standard library's own protocols, which type checkers alone see.
        return home in COMPUTED and top not in {*sys.stdlib_module_names, "_typeshed"}
    if target is None:
        # The package imports every room, so nothing below the course, whose doctests are learners' code, may import it.
        return ROOMS.index(home) < ROOMS.index("benches")
    return ROOMS.index(target) > ROOMS.index(home)


def graph(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Return for each module the modules of the package that it imports."""
    found: dict[str, set[str]] = {}
    for name, source in sources.items():
        package = any(other.startswith(f"{name}.") for other in sources)
        names = set(imports(source, name, package=package))
        homes = {each if each in sources else each.rpartition(".")[0] for each in names}
        found[name] = {home for home in homes if home in sources} - {name}
    return found


def circle(edges: Mapping[str, Iterable[str]]) -> list[str]:
    """Return modules that import one another in a circle, each importing the next; none where there is no circle.

    >>> circle({"a": ["b"], "b": ["a"]})
    ['a', 'b', 'a']
    """
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(reversed(error.args[1]))
    return []
