from nbformat import NotebookNode

from layerlab import shop
from layerlab.words.sizes import size
from tests.notebooks.guards import code_cells, committed

LESSON = "00-start-here.ipynb"


def cells() -> list[NotebookNode]:
    return list(committed()[LESSON].cells)


def cell(name: str) -> NotebookNode:
    return next(cell for cell in cells() if cell.id == name)


def test_the_puzzle_s_numbers_are_those_of_the_model() -> None:
    usage = shop("coreos/apache", "shop", "blog").usage()
    listed = sum(row.size for row in usage.images.values())
    assert f"add up to {size(listed)}. On the disk, they use {size(usage.disk)}." in cell("puzzle").source


def test_the_first_picture_has_words_and_no_buttons() -> None:
    (output,) = code_cells(committed()[LESSON])[0].outputs
    assert output.data["text/html"].startswith('<img alt="0 containers, 1 image, 5 layers: 319 MB on this host.')
    assert "<button" not in output.data["text/html"]


def test_code_cells_have_four_lines_at_most_and_each_shows_something() -> None:
    for each in code_cells(committed()[LESSON]):
        assert 4 >= len(each.source.splitlines()), each.id
        assert each.outputs, each.id


def test_titles_ask() -> None:
    titles = [line for each in cells() for line in each.source.splitlines() if line.startswith("#")]
    asking = [title for title in titles if title.endswith("?")]
    assert "# What does one more container cost?" == titles[0]
    told = [title for title in titles if title not in asking and not title.startswith("###")]
    assert ["## What you can now say", "## The puzzle of this course"] == told


def test_every_cell_has_a_role_and_a_slide_type() -> None:
    assert [] == [each.id for each in cells() if not each.metadata.get("layerlab", {}).get("role")]
    assert [] == [each.id for each in cells() if "slide_type" not in each.metadata.get("slideshow", {})]


def test_the_store_is_named_once() -> None:
    assert 1 == sum("`overlay2`" in each.source for each in cells())
