"""The rooms of the package: imports point one way, nothing runs in a circle, and no name stands twice."""

import ast
from collections import Counter

import pytest

from tools.rooms import ROOMS, ROOT, circle, graph, modules, wrong_ways

SOURCES = modules()


def is_package(name: str) -> bool:
    return any(other.startswith(f"{name}.") for other in SOURCES)


def test_imports_point_from_the_command_line_down_to_the_model() -> None:
    found = {name: wrong_ways(source, name, package=is_package(name)) for name, source in SOURCES.items()}
    assert {} == {name: wrong for name, wrong in found.items() if wrong}


def test_every_folder_of_the_package_is_a_room() -> None:
    folders = {path.name for path in (ROOT / "layerlab").iterdir() if (path / "__init__.py").exists()}
    assert set(ROOMS) == folders


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("layerlab.model.layer", "import numpy"),
        ("layerlab.model.layer", "def f():\n    from layerlab.archive.load import load"),
        ("layerlab.model.layer", "from ..archive import load"),
        ("layerlab.model.layer", "from layerlab import Layer"),
        ("layerlab.model.layer", "if TYPE_CHECKING:\n    from layerlab.words.sizes import size"),
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


def test_no_name_of_a_class_or_a_module_stands_twice() -> None:
    names = Counter(name.rpartition(".")[2] for name in SOURCES)
    for source in SOURCES.values():
        names.update(node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef))
    assert [] == [name for name, count in names.items() if count > 1]
