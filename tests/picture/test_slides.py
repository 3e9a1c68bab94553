"""The thumbnails of the seven slides: what stands on them, that nothing is cut or covered, and what is said of each."""

import re
from html import unescape
from itertools import pairwise

import pytest

from layerlab import Layer, shop, slides
from layerlab.benches.example import slide_id
from layerlab.picture.shapes import Box, Scene
from layerlab.picture.slides import APACHE, CORRECTIONS, ROOTFS, SLIDES
from layerlab.picture.svg import img, svg
from tests.picture.painted import assert_labels_are_apart, cut, labels, rectangle
from tests.picture.test_painters import drawn_labels

WORDS = (
    "Layer 2 Layer 1 Layer 0",
    "Image Layer 2 (Image 2) Layer 1 (Image 1) Layer 0 (Image 0)",
    "coreos/apache 87026dcb0044 9cd978db300e 6170bb7b0ad1 511136ea3c5a",
    "Metadata 3) 87026dcb0044 2) 9cd978db300e 1) 6170bb7b0ad1 0) 511136ea3c5a",
    "One per container Thin writable layer coreos/apache",
    "Can be shared by many containers 6170bb7b0ad1 511136ea3c5a (rootfs)",
    "One Process per Container... Usually...",
)
EACH = pytest.mark.parametrize("scene", slides().scenes, ids=lambda scene: scene.title)


def test_each_thumbnail_has_the_words_of_its_slide() -> None:
    assert WORDS == tuple(" ".join(drawn_labels(svg(scene)).elements()) for scene in slides().scenes)
    assert WORDS == tuple(" ".join(slide.words) for slide in SLIDES)


def test_the_ids_are_those_that_the_example_carries() -> None:
    image = shop("coreos/apache").images["coreos/apache"]
    assert APACHE == tuple(slide_id(image, number) for number in (3, 2, 1, 0))
    assert f"{APACHE[-1]} (rootfs)" == ROOTFS[-1]


def test_the_layer_that_is_labelled_rootfs_is_empty_and_layer_2_brought_the_files() -> None:
    layers = shop("coreos/apache").images["coreos/apache"].layers
    assert Layer.of({}) == layers[0]
    assert "bin/bash" in layers[2].entries
    assert "labelled rootfs, but it is empty. The files of the system came with layer 2." in CORRECTIONS[0]


@EACH
def test_no_word_is_cut_or_on_another_or_beyond_the_card(scene: Scene) -> None:
    assert [] == cut(scene)
    assert_labels_are_apart(scene, scene.width, scene.height)
    card, *boxes = [shape for mark in scene.marks for shape in mark.shapes if isinstance(shape, Box)]
    spans = [(box.x, box.y, box.x + box.w, box.y + box.h) for box in boxes] + [
        rectangle(each) for each in labels(scene)
    ]
    for left, top, right, bottom in spans:
        assert card.x < left < right < card.x + card.w
        assert card.y < top < bottom < card.y + card.h


@EACH
def test_slabs_lie_one_on_another_and_none_over_another(scene: Scene) -> None:
    slabs = [shape for mark in scene.marks for shape in mark.shapes if isinstance(shape, Box) and shape.fill == "layer"]
    assert all(above.y + above.h <= below.y for above, below in pairwise(slabs))


def test_text_and_page_say_the_same_and_the_page_needs_no_trust() -> None:
    data = slides()._repr_mimebundle_()
    assert data["text/plain"] == str(slides())
    page = unescape(re.sub(r"<[^>]+>", "\n", data["text/html"]))
    for slide, scene in zip(SLIDES, slides().scenes, strict=True):
        assert img(scene) in data["text/html"]
        assert f'alt="{scene.title}. ' in img(scene)
        for said in (page, data["text/plain"]):
            assert slide.says in said
            assert f"lesson {slide.lesson}" in said
    for text in CORRECTIONS:
        assert text in page
        assert text in data["text/plain"]
    assert not re.search(r"<(script|svg)", data["text/html"])


def test_sentences_of_ones_own_are_beside_their_slides() -> None:
    made = slides("Layers hide.", "", "<b>")
    assert ["You: Layers hide.", "You: no sentence yet", "You: <b>"] == [
        line.strip() for line in str(made).splitlines() if line.startswith("  You")
    ][:3]
    html = made._repr_mimebundle_()["text/html"]
    assert "<strong>You:</strong> &lt;b&gt;" in html
    assert 7 == html.count("<strong>You:</strong>")


def test_more_sentences_than_slides_are_refused() -> None:
    with pytest.raises(ValueError, match="there are 7 slides, and 8 sentences"):
        slides(*["a"] * 8)
