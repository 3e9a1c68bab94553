"""The rooms of the package: imports point one way, nothing runs in a circle, and no name stands twice."""

import ast
import re
from collections import defaultdict
from collections.abc import Mapping

import pytest

from tools.rooms import ROOMS, ROOT, circle, graph, modules, wrong_ways

SOURCES = modules()


def is_package(name: str) -> bool:
    return any(other.startswith(f"{name}.") for other in SOURCES)


def test_imports_point_from_the_command_line_down_to_words_and_the_model() -> None:
    found = {name: wrong_ways(source, name, package=is_package(name)) for name, source in SOURCES.items()}
    assert {} == {name: wrong for name, wrong in found.items() if wrong}


def test_every_folder_of_the_package_is_a_room() -> None:
    folders = {path.name for path in (ROOT / "layerlab").iterdir() if (path / "__init__.py").exists()}
    assert set(ROOMS) == folders


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("layerlab.model.layer", "import numpy"),
        ("layerlab.builds.build", "import yaml"),
        ("layerlab.model.host", "from layerlab.registries.registry import Registry"),
        ("layerlab.model.layer", "def f():\n    from layerlab.archive.load import load"),
        ("layerlab.model.layer", "from ..archive import load"),
        ("layerlab.model.layer", "from layerlab import Layer"),
        ("layerlab.model.layer", "if TYPE_CHECKING:\n    from layerlab.picture.svg import svg"),
        ("layerlab.archive.load", "from ..picture.moment import Moment"),
        ("layerlab.words.sizes", "import layerlab.archive.load"),
        ("layerlab.picture.svg", "import layerlab.benches.kinds"),
        ("layerlab.picture.svg", "from layerlab import benches"),
        ("layerlab.benches.kinds", "from layerlab.course.bank import question"),
        ("layerlab.engines.client", "import layerlab.proof"),
    ],
)
def test_an_import_against_the_arrows_is_found(module: str, source: str) -> None:
    assert 1 == len(wrong_ways(source, module))


def test_a_rooms_own_module_is_held_to_the_arrows() -> None:
    assert 1 == len(wrong_ways("from ..benches import kinds", "layerlab.picture", package=True))


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("layerlab.model.layer", "import hashlib\nfrom .entry import Entry\nfrom layerlab.model import tar"),
        ("layerlab.benches.kinds", "import ipywidgets\nfrom ..picture import svg\nfrom layerlab import Host"),
        ("layerlab", "from .benches import kinds"),
    ],
)
def test_an_import_along_the_arrows_is_allowed(module: str, source: str) -> None:
    assert [] == wrong_ways(source, module, package=module == "layerlab")


def test_no_module_imports_itself_through_others() -> None:
    assert [] == circle(graph({name: source for name, source in SOURCES.items() if name != "layerlab"}))


@pytest.mark.parametrize(
    "back",
    [
        "from layerlab.model.image import Image",
        "if TYPE_CHECKING:\n    from layerlab.model.image import Image",
        "def f():\n    from .image import Image",
    ],
)
def test_a_circle_is_found(back: str) -> None:
    model = {name: source for name, source in SOURCES.items() if name.startswith("layerlab.model.")}
    found = circle(graph(model | {"layerlab.model.layer": back}))
    assert {"layerlab.model.image", "layerlab.model.layer"} <= set(found)


def homes(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Return the modules in which each name stands: modules, classes, aliases of types, and what is imported `as`.

    Names that differ only in case are one, but a class may lie in the module of its name. What is imported under
    another name stands where it comes from, so that two modules may call one thing by the same other name.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for module, source in sources.items():
        found[module.rpartition(".")[2].lower()].add(module)
        tree = ast.parse(source)
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                found[node.name.lower()].add(module)
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("layerlab."):
                for alias in node.names:
                    if alias.asname:
                        whole = f"{node.module}.{alias.name}"
                        found[alias.asname.lower()].add(whole if whole in sources else str(node.module))
        for name in filter(None, map(alias_of_a_type, tree.body)):
            found[name.lower()].add(module)
    return found


def alias_of_a_type(node: ast.stmt) -> str | None:
    """Return the name that a statement gives to a type, as in `Spec = File | Directory`; a call is no type."""
    match node:
        case ast.Assign([ast.Name(name)], ast.Name() | ast.Attribute() | ast.Subscript() | ast.BinOp()):
            return name if re.match(r"_?[A-Z]+[a-z]", name) else None
    return None


def twice(sources: Mapping[str, str]) -> set[str]:
    return {name for name, modules in homes(sources).items() if len(modules) > 1}


def test_no_name_of_a_class_or_a_module_or_a_type_stands_twice() -> None:
    assert set() == twice(SOURCES)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("class Usage: ...", "class Usage: ..."),
        ("class Usage: ...", "class USAGE: ..."),
        ("class Usage: ...", "Usage = dict[str, int]"),
        ("class Usage: ...", "Usage = int | str"),
        ("class Usage: ...", "from layerlab.model.image import Step as Usage"),
        ("class Usage: ...", "def f():\n    from layerlab.model.image import Step as usage"),
        ("class Two: ...", ""),
    ],
)
def test_a_name_that_stands_twice_is_found(one: str, other: str) -> None:
    assert 1 == len(twice({"layerlab.model.one": one, "layerlab.model.two": other}))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("class One: ...", "class Two: ..."),
        ("from layerlab.model.image import Step as S", "from layerlab.model.image import Step as S"),
        ("Item = TypeVar('Item')", "Item = TypeVar('Item')"),
        ("LIMIT = LONGEST", "LIMIT = LONGEST"),
        ("from layerlab.model.layer import Layer", "class Layer: ..."),
    ],
)
def test_a_name_that_means_one_thing_is_allowed(one: str, other: str) -> None:
    assert set() == twice({"layerlab.model.one": one, "layerlab.model.two": other})
