"""The drawing of the rooms, and the walk from a press to the new picture."""

import pytest

from layerlab.picture.svg import standalone
from tools import architecture, papers
from tools.rooms import ROOMS, modules
from tools.walk import press, walked

BELOW = {"layerlab.model.layer": "", "layerlab.cli.main": "from layerlab.model.layer import Layer"}
UPWARDS = {"layerlab.model.layer": "from layerlab.cli.main import main", "layerlab.cli.main": ""}


def test_the_committed_drawing_and_table_are_those_of_the_imports() -> None:
    assert [] == papers.stale(architecture.files())


def test_every_room_is_drawn_and_described() -> None:
    text = (architecture.DOCS / "architecture.md").read_text(encoding="utf-8")
    picture = standalone(architecture.drawing(modules()))
    assert [] == [name for name in ROOMS if f"- **`{name}`** " not in text or f">{name}</text>" not in picture]


@pytest.mark.parametrize(("sources", "title"), [(BELOW, "1 import between them, 0 of"), (UPWARDS, "1 of them upwards")])
def test_an_arrow_that_points_up_is_told_of(sources: dict[str, str], title: str) -> None:
    assert title in architecture.drawing(sources).title


def test_a_press_walks_from_a_bench_through_the_model_to_the_painter() -> None:
    walk = press()
    assert {"benches/verbs.py", "model/container.py", "picture/host_scene.py", "picture/svg.py"} <= walk.files
    assert len(walk.files) <= 40
    assert walk.room_crossings < walk.crossings < 605


def test_a_walk_counts_calls_that_came_through_other_packages() -> None:
    from layerlab.words.plurals import counted, listed

    calls = walked(lambda: sorted([2, 1], key=lambda count: listed([counted(count, "layer")]))).calls
    assert {("words/plurals.py", "words/plurals.py"): 5} == calls
