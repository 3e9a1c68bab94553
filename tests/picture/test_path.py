"""The picture of a look-up; run as a module, this writes its text twins anew."""

import pytest

from layerlab import WHITEOUT, Image, Layer, scratch
from layerlab.benches.path_finder import PathFinder
from layerlab.model.trace import trace
from layerlab.picture.path import SearchedStack, scene
from layerlab.picture.shapes import Box, Scene
from layerlab.picture.text import text
from tests.picture.moments import TWINS
from tests.picture.painted import assert_labels_agree, assert_labels_are_apart, cut


def tall(layers: int) -> Image:
    """So many layers, a few of which hold etc/passwd, hide it, or hold a directory that merges."""
    image = scratch
    for number in range(layers):
        files = {"etc/passwd": b"x" * number} if number in (0, 3, 60, 100) else {f"opt/{number}": b"1"}
        image = image.with_layer(Layer.of({"etc/passwd": WHITEOUT} if number == 110 else files))
    return image


def look(image: Image, path: str, seen: int | None = None) -> Scene:
    """The picture of a look-up in an image, at its end or after so many layers."""
    found = trace(image, path)
    labels = tuple(f"RUN step {number}" for number in range(len(image.layers)))
    return scene(found, SearchedStack(labels), len(found.asked) if seen is None else seen)


def example(path: str, seen: int | None = None) -> Scene:
    """The picture of a look-up in the bench's own container."""
    finder = PathFinder()
    finder.choose(path)
    if seen is None:
        finder.to_end()
    for _ in range(seen or 0):
        finder.step()
    return finder.scene


LONG = "usr/share/" + "a-very-long-name/" * 8 + "file"
SCENES = {
    "start": example("var/www/index.html", 0),
    "on-the-way": example("bin/bash", 3),
    "answer": example("var/www/index.html"),
    "whiteout": example("var/lib/shop/catalog.db"),
    "opaque": example("usr/lib/python2.7/os.py"),
    "no-directory": example("var/cache/apt/archives/apache2.deb"),
    "replaced": look(scratch.with_layer(Layer.of({"a": b"1"})).with_layer(Layer.of({"a/b": b"2"})), "a"),
    "symlink": example("bin/sh", 5),
    "after-symlink": example("bin/sh"),
    "merged": example("var"),
    "missing": example("no-such-file"),
    "1-layer": look(tall(1), "etc/passwd"),
    "8-layers": look(tall(8), "etc/passwd"),
    "127-layers": look(tall(127), "etc/passwd"),
    "127-layers-on-the-way": look(tall(127), "etc/passwd", 10),
    "127-layers-merged": look(tall(127), "opt"),
    "long-path": look(scratch.with_layer(Layer.of({LONG: b"1"})), LONG),
}
ALL = pytest.mark.parametrize("picture", SCENES.values(), ids=SCENES)


@ALL
def test_the_drawing_the_figure_and_the_text_carry_the_same_labels(picture: Scene) -> None:
    assert_labels_agree(picture)


@ALL
def test_no_label_is_cut_by_the_edge_or_covers_another(picture: Scene) -> None:
    assert_labels_are_apart(picture)


@pytest.mark.parametrize("name", SCENES)
def test_the_text_twin_is_as_committed(name: str) -> None:
    assert (TWINS / f"path-{name}.txt").read_text(encoding="utf-8") == text(SCENES[name]) + "\n"


def test_only_a_long_path_is_cut() -> None:
    assert ["long-path"] == [name for name, picture in SCENES.items() if cut(picture)]


def slabs(picture: Scene) -> list[tuple[str, ...]]:
    return [tuple(label.text for label in mark.labels) for mark in picture.marks if mark.kind == "slab"]


def test_eight_layers_do_not_fold_and_more_fold_into_at_most_eight_rows() -> None:
    assert [str(number) for number in reversed(range(8))] == [row[0] for row in slabs(look(tall(8), "opt"))]
    for seen in range(128):
        assert len(slabs(look(tall(127), "opt", seen))) <= 8


@pytest.mark.parametrize("seen", [1, 17, 30, 126, 127])
def test_the_layer_that_was_asked_last_never_folds(seen: int) -> None:
    present = [mark.labels[0].text for mark in look(tall(127), "opt", seen).marks if mark.present]
    assert [str(127 - seen)] == present


def test_what_a_layer_holds_shows_only_once_it_was_asked_or_the_look_up_has_ended() -> None:
    image = tall(4)
    assert [("3", "RUN step 3"), ("0", "RUN step 0")] == slabs(look(image, "etc/passwd", 0))[::3]
    assert ("0", "RUN step 0", "passwd, 0 B", "not asked: hidden") == slabs(look(image, "etc/passwd"))[3]


def test_the_square_of_a_held_file_is_filled_where_it_was_asked_and_hollow_where_it_is_hidden() -> None:
    image = tall(2).with_layer(Layer.of({"etc/passwd": b"1"}))
    rows = [mark for mark in look(image, "etc/passwd").marks if mark.kind == "slab"]
    squares = [[shape.fill for shape in mark.shapes if isinstance(shape, Box) and shape.w == shape.h] for mark in rows]
    assert [["white"], [], ["paper"]] == squares


def lowest(picture: Scene) -> float:
    """How far down the line of the look-up runs."""
    fall = next(mark for mark in picture.marks if mark.key == "fall").box
    return fall.y + fall.h


def test_the_line_runs_further_down_with_each_layer_and_not_below_the_one_that_stops_it() -> None:
    falls = [lowest(example("bin/bash", seen)) for seen in range(5)]
    assert sorted(set(falls)) == falls
    stopped = example("var/lib/shop/catalog.db")
    slab = [mark.shapes[0] for mark in stopped.marks if mark.kind == "slab"][1]
    assert isinstance(slab, Box)
    assert slab.y <= lowest(stopped) <= slab.y + slab.h


def crossed(picture: Scene) -> int:
    return sum(
        isinstance(shape, Box) and shape.texture == "cross"
        for mark in picture.marks
        for shape in mark.shapes
        if mark.kind == "link"
    )


def test_only_what_hides_or_stands_in_the_way_is_crossed_out() -> None:
    ends = {"whiteout", "opaque", "no-directory", "replaced"}
    assert {name: int(name in ends) for name in SCENES} | {"127-layers": 1} == {
        name: crossed(picture) for name, picture in SCENES.items()
    }


if __name__ == "__main__":
    for name, picture in SCENES.items():
        (TWINS / f"path-{name}.txt").write_text(text(picture) + "\n", encoding="utf-8", newline="\n")
