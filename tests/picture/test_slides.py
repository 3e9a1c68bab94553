"""The thumbnails of the seven slides: what stands on them, that nothing is cut or covered, and what is said of each."""

from itertools import combinations

from layerlab import Layer, shop, slides
from layerlab.lesson.example import layer_label
from layerlab.picture.shapes import Box, Label
from layerlab.picture.slides import APACHE, CORRECTIONS, ROOTFS, SLIDES
from layerlab.picture.svg import LINE_HEIGHT, img
from tests.picture.painted import assert_labels_agree, cut, labels

PICTURE = slides().scene
WORDS = (
    "Layer 2 Layer 1 Layer 0",
    "Image Layer 2 (Image 2) Layer 1 (Image 1) Layer 0 (Image 0)",
    "coreos/apache 87026dcb0044 9cd978db300e 6170bb7b0ad1 511136ea3c5a",
    "Metadata 3) 87026dcb0044 2) 9cd978db300e 1) 6170bb7b0ad1 0) 511136ea3c5a",
    "One per container Thin writable layer coreos/apache",
    "Can be shared by many containers 6170bb7b0ad1 511136ea3c5a (rootfs)",
    "One Process per Container... Usually...",
)


def rectangle(label: Label) -> tuple[float, float, float, float]:
    lines = label.shown.count("\n")
    return label.left, label.y - 0.76 * label.font, label.right, label.y + 0.2 * label.font + LINE_HEIGHT * lines


def test_each_thumbnail_has_the_words_of_its_slide() -> None:
    assert WORDS == tuple(" ".join(filter(None, [*slide.heads, *slide.frames, *slide.slabs])) for slide in SLIDES)


def test_the_ids_are_those_that_the_example_carries() -> None:
    image = shop("coreos/apache").images["coreos/apache"]
    assert APACHE == tuple(layer_label(image, number) for number in (3, 2, 1, 0))
    assert f"{APACHE[-1]} (rootfs)" == ROOTFS[-1]


def test_the_layer_that_is_labelled_rootfs_is_empty_and_layer_2_brought_the_files() -> None:
    layers = shop("coreos/apache").images["coreos/apache"].layers
    assert Layer.of({}) == layers[0]
    assert "bin/bash" in layers[2].entries
    assert "rootfs, and is empty. The root's files came with layer 2." in CORRECTIONS[0]


def test_the_drawing_the_figure_and_the_text_carry_the_same_labels() -> None:
    assert_labels_agree(PICTURE)


def test_no_text_is_cut_or_on_another_or_beyond_the_edge() -> None:
    assert [] == cut(PICTURE)
    places = [(each, rectangle(each)) for each in labels(PICTURE)]
    for each, (left, top, right, bottom) in places:
        assert 0 <= left < right <= PICTURE.width, each.shown
        assert 0 <= top < bottom <= PICTURE.height, each.shown
    for (one, a), (other, b) in combinations(places, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one.shown, other.shown)


def test_what_stands_on_a_thumbnail_lies_within_its_card() -> None:
    for mark in PICTURE.marks:
        card, *shapes = mark.shapes
        if isinstance(card, Box):
            boxes = [shape for shape in shapes if isinstance(shape, Box)]
            spans = [(box.x, box.y, box.x + box.w, box.y + box.h) for box in boxes]
            spans += [rectangle(each) for each in mark.labels if each.role != "title"]
            for left, top, right, bottom in spans:
                assert card.x <= left
                assert right <= card.x + card.w
                assert card.y <= top
                assert bottom <= card.y + card.h


def test_an_unopened_notebook_shows_the_picture_and_says_all_of_it() -> None:
    data = slides()._repr_mimebundle_()
    assert data["text/html"].startswith(img(PICTURE))
    assert data["text/plain"] == str(slides())
    for slide in SLIDES:
        assert slide.says in data["text/plain"]
        assert slide.says.replace("'", "&#x27;") in data["text/html"]
