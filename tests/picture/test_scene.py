"""How a scene is laid out: lines that do not cross, textures within their boxes, layers that fold."""

from dataclasses import replace

import pytest

from layerlab.picture.host_scene import scene
from layerlab.picture.moment import ContainerCard, ImageStack, Moment, StoredLayer
from layerlab.picture.shapes import Box, Stroke, Texture, strokes
from tests.picture.moments import APACHE, MOMENTS, POSTS, SHOP, SITE, tall

Segment = tuple[float, float, float, float]


def segments(moment: Moment) -> list[list[Segment]]:
    """For each image that has containers, the straight pieces of the lines to it."""
    return [
        [(*line.points[0], *line.points[1]) for line in mark.shapes if isinstance(line, Stroke)]
        for mark in scene(moment).marks
        if mark.kind == "link"
    ]


def cross(one: Segment, other: Segment) -> bool:
    """Whether two upright or level pieces have a point in common, their ends included."""
    (a, b), (c, d) = ([sorted(piece[axis::2]) for axis in (0, 1)] for piece in (one, other))
    return a[0] <= c[1] and c[0] <= a[1] and b[0] <= d[1] and d[0] <= b[1]


def stacks(count: int) -> tuple[ImageStack, ...]:
    return tuple(
        ImageStack(str(number), (f"img{number}",), (*APACHE, replace(POSTS, key=f"p{number}")))
        for number in range(count)
    )


@pytest.mark.parametrize("on", ["000333", "333444", "001144", "444555", "000111", "0011", "23", "012345"])
def test_lines_from_cards_to_images_never_cross(on: str) -> None:
    moment = Moment(stacks(6), tuple(ContainerCard(f"c{place}", image) for place, image in enumerate(on)))
    links = segments(moment)
    assert len(set(on)) == len(links)
    for place, link in enumerate(links):
        for other in links[place + 1 :]:
            assert not any(cross(a, b) for a in link for b in other)


def test_every_line_ends_on_the_top_slab_of_its_image() -> None:
    for moment in (MOMENTS["3-containers"], MOMENTS["3-images"], MOMENTS["8-images"]):
        slabs = [mark.shapes[0] for mark in scene(moment).marks if mark.kind == "slab"]
        for link in segments(moment):
            x, y = link[-1][2:]
            assert any(isinstance(s, Box) and s.x <= x <= s.x + s.w and abs(s.y - 1 - y) < 0.1 for s in slabs)


def slab_texts(moment: Moment) -> list[tuple[str, str]]:
    return [(m.labels[0].text, m.labels[1].text) for m in scene(moment).marks if m.kind == "slab"]


def test_eight_layers_do_not_fold() -> None:
    assert [str(number) for number in reversed(range(8))] == [number for number, _ in slab_texts(tall(8))]


def test_over_eight_layers_the_untouched_fold_and_the_large_stay() -> None:
    assert [
        ("126", "RUN step 126"), ("125", "RUN step 125"), ("61 to 124", "64 layers"), ("60", "RUN step 60"),
        ("4 to 59", "56 layers"), ("3", "RUN step 3"), ("0 to 2", "3 layers"),
    ] == slab_texts(tall(127))  # fmt: skip


def test_a_layer_that_the_step_changed_never_folds() -> None:
    (stack,) = tall(127).images
    layers = tuple(replace(layer, note="new" if layer.key == "90" else "") for layer in stack.layers)
    assert "90" in [number for number, _ in slab_texts(Moment((replace(stack, layers=layers),)))]


def test_two_images_of_the_same_layers_share_every_slab() -> None:
    twins = Moment((SHOP, replace(SHOP, id="2", names=("shop:2",))))
    picture = scene(twins)
    assert 5 == len([mark for mark in picture.marks if mark.kind == "slab"])
    assert ["shop", "shop:2"] == [mark.labels[0].text for mark in picture.marks if mark.kind == "image"]


def test_an_image_without_layers_has_a_name_and_no_slab() -> None:
    picture = scene(Moment((ImageStack("0", ("empty",), ()),)))
    assert ["image empty", "metadata alone, 0 B"] == [
        label.text for mark in picture.marks if mark.kind == "image" for label in mark.labels
    ]


def test_the_same_files_on_another_parent_are_tied() -> None:
    kinds = [mark.kind for mark in scene(MOMENTS["same-files"]).marks]
    assert 1 == kinds.count("tie")
    assert "tie" not in [mark.kind for mark in scene(MOMENTS["3-images"]).marks]


def test_gauges_are_on_one_scale() -> None:
    picture = scene(Moment((ImageStack("1", ("x",), (StoredLayer("a", "a", 100), StoredLayer("b", "b", 25))),)))
    filled = [
        shape.w
        for mark in picture.marks
        for shape in mark.shapes
        if isinstance(shape, Box) and mark.kind == "slab" and shape.fill == "white"
    ]
    assert [35, 140] == filled


@pytest.mark.parametrize(("texture", "least"), [("dots", 1), ("hatch", 3), ("cross", 2)])
@pytest.mark.parametrize("size", [(12.0, 12.0), (36.0, 11.0), (50.0, 140.0)])
def test_a_texture_stays_within_its_box(texture: Texture, least: int, size: tuple[float, float]) -> None:
    box = Box(100, 50, *size, edge="ink", texture=texture)
    lines = strokes(box)
    assert len(lines) >= least
    for line in lines:
        for x, y in line.points:
            assert 100 <= x <= 100 + box.w
            assert 50 <= y <= 50 + box.h
    assert all(line.dots for line in lines) == (texture == "dots")


def test_a_layer_under_two_images_is_counted_once() -> None:
    moment = Moment((SHOP, ImageStack("2", ("blog",), (*APACHE, POSTS))))
    assert sum(layer.size for layer in APACHE) + SITE.size + POSTS.size == moment.bytes.layers
    assert 2 * sum(layer.size for layer in APACHE) + SITE.size + POSTS.size == moment.bytes.ghost
