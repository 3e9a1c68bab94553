import re

import pytest
from nbformat import NotebookNode

from layerlab import Layer, shop
from layerlab.benches.example import CATALOG
from layerlab.course.bank import exercise
from layerlab.words.sizes import size
from tests.notebooks.guards import code_cells, committed

LESSON = "01-what-is-an-image.ipynb"


def cells() -> list[NotebookNode]:
    return list(committed()[LESSON].cells)


def cell(name: str) -> NotebookNode:
    return next(each for each in cells() if each.id == name)


def test_the_three_slides_are_named_where_they_are_shown() -> None:
    named = {"rootfs": "Slide 1", "height": "slide 2", "parts": "slide 4"}
    assert [] == [name for name, slide in named.items() if slide not in cell(name).source]


def test_the_layer_that_the_slides_call_rootfs_is_empty_and_layer_2_brought_the_system() -> None:
    layers = shop().images["shop"].layers
    assert [0, 1] == [number for number, layer in enumerate(layers) if layer == Layer.of({})]
    assert "In `shop`, layers 0 and 1 are empty" in cell("rootfs").source
    assert "bin/bash" in layers[2].entries
    assert "came with layer 2" in cell("rootfs").source


def test_both_parts_of_an_image_are_printed() -> None:
    (output,) = cell("config").outputs
    image = shop().images["shop"]
    *layers, metadata = output.text.splitlines()
    assert "layer 0: 0 names" == layers[0]
    for number, layer in enumerate(image.layers):
        named = dict(re.findall(r", (\S+) ([\d,]+) B", layers[number]))
        assert min(2, len(layer.entries)) == len(named)
        assert {name: f"{layer.entries[name].size:,}" for name in named} == named
        assert layers[number].partition(", ")[0] == f"layer {number}: {len(layer.entries)} names"
    assert f"metadata, what to start: {image.config}" == metadata


def test_a_name_points_to_an_image_and_the_image_stays_until_its_last_name_is_removed() -> None:
    (output,) = cell("names-show").outputs
    first, then = output.text.splitlines()
    assert "['shop', 'shop:friday'] True" == first
    assert f"['shop:friday'] {shop().usage().disk:,} B" == then


def test_the_file_that_is_deleted_lies_where_the_text_says_and_is_as_large() -> None:
    image = shop().images["shop"]
    text = cell("delete").source
    assert f"`shop` is {size(image.size)}. {size(image.layers[4].entries[CATALOG].size)} of this" in text
    assert f"in layer {len(image.layers) - 1}." in text
    assert f"makes layer {len(image.layers)}." in text


def test_the_parent_of_the_shop_has_apache_and_no_shop_and_is_coreos_apache() -> None:
    parent = shop().images["shop"].parent
    assert parent is not None
    assert shop("coreos/apache").images["coreos/apache"] == parent
    assert "usr/sbin/apache2ctl" in parent.view()
    assert CATALOG not in parent.view()


@pytest.mark.parametrize("name", ["hide", "lighter", "up-to"])
def test_a_task_is_said_as_the_bank_says_it(name: str) -> None:
    assert exercise(f"01.{name}").task in cell(name).source


def test_code_cells_have_few_lines_and_the_first_shows_the_stack() -> None:
    code = code_cells(committed()[LESSON])
    assert code[0].outputs[0].data["text/html"].startswith('<img alt="0 containers, 1 image, 5 layers')
    assert 8 >= max(len(each.source.splitlines()) for each in code)
