"""The figure: what is in the scene, as large as in the drawing, whatever a reader has set."""

import subprocess
import sys
from io import BytesIO
from itertools import combinations
from typing import Any

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from layerlab.picture.figure import figure, png
from layerlab.picture.host_scene import scene
from layerlab.picture.moment import Moment
from layerlab.picture.shapes import Box, Mark, Scene, Shape, Stroke, label
from tests.picture.moments import CANONICAL, MOMENTS

ALL = pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)
BLACK = (0x1A, 0x1A, 0x1A)
# A text's extent is that of its line: more than its ink, and a dot more for each side that falls on a fraction.
SLACK = 2.0


def texts(drawn: Figure) -> list[Text]:
    return [artist for artist in drawn.get_children() if isinstance(artist, Text)]


def extents(drawn: Figure) -> list[tuple[Text, Bbox]]:
    """Each text with the dots that it takes, from the lower left corner."""
    drawn.draw_without_rendering()
    return [(text, text.get_window_extent()) for text in texts(drawn)]


def pixels(*shapes: Shape, width: int = 40, height: int = 20) -> np.ndarray:
    """What those shapes alone look like: rows of red, green and blue, three dots to a unit each way."""
    data = png(figure(Scene((Mark("axis", shapes),), "", "", "", width, height)))
    found: np.ndarray = np.rint(imread(BytesIO(data))[:, :, :3] * 255).astype(int)
    return found


def runs(row: np.ndarray) -> int:
    """How many dark runs there are along a row of dots."""
    dark = np.concatenate([[False], row.sum(axis=1) < 300])
    return int(np.count_nonzero(dark[1:] & ~dark[:-1]))


def assert_texts_are_apart(drawn: Figure) -> None:
    """Fail where a text leaves the canvas or covers another."""
    boxes = [(text.get_text(), box) for text, box in extents(drawn)]
    wide, high = drawn.get_size_inches() * drawn.dpi
    for said, box in boxes:
        assert 0 <= box.x0, said
        assert box.x1 <= wide, said
        assert 0 <= box.y0, said
        assert box.y1 <= high, said
    for (one, a), (other, b) in combinations(boxes, 2):
        across, down = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert across <= SLACK or down <= SLACK, (one, other, across, down)


@ALL
def test_no_text_leaves_the_canvas_or_covers_another(moment: Moment) -> None:
    assert_texts_are_apart(figure(scene(moment)))


@ALL
def test_a_text_is_as_wide_as_was_counted_when_the_scene_was_laid_out(moment: Moment) -> None:
    picture = scene(moment)
    counted = [each for mark in picture.marks for each in mark.labels for _ in each.shown.split("\n")]
    for each, (text, box) in zip(counted, extents(figure(picture)), strict=True):
        assert box.width / 3 <= each.width + 1, each.text
        assert pytest.approx(each.font * 72 / 96) == text.get_fontsize()


def test_it_is_880_by_372_pixels_three_dots_to_a_pixel() -> None:
    assert (1116, 2640, 4) == imread(BytesIO(png(figure(scene(CANONICAL))))).shape


def test_it_holds_the_shapes_of_the_scene_and_nothing_else() -> None:
    drawn = figure(Scene((Mark("axis", (Box(1, 1, 5, 5, fill="layer"), label(9, 9, "a", "note"))),), "t", "s", "b"))
    children = [child for child in drawn.get_children() if child is not drawn.patch]
    assert ["Rectangle", "Text"] == [type(child).__name__ for child in children]
    assert [] == drawn.axes


def test_shapes_are_painted_in_the_order_of_the_scene_whatever_they_are() -> None:
    line = Stroke(((0, 10), (40, 10)), "ink", 6)
    cover = Box(0, 0, 40, 20, fill="layer")
    assert (0, 0x72, 0xB2) == tuple(pixels(line, cover)[30, 60])
    assert BLACK == tuple(pixels(cover, line)[30, 60])
    assert 0 == (pixels(label(2, 15, "under", "note"), cover).sum(axis=2) < 200).sum()


def test_the_inks_are_those_of_paper() -> None:
    assert (0, 0x72, 0xB2) == tuple(pixels(Box(0, 0, 40, 20, fill="layer"))[30, 60])
    assert (0xE6, 0x9F, 0) == tuple(pixels(Box(0, 0, 40, 20, fill="thin"))[30, 60])
    assert (255, 255, 255) == tuple(pixels()[30, 60])


def test_an_open_topped_box_has_three_sides() -> None:
    found = pixels(Box(5, 5, 30, 10, edge="ink", weight=2, open_top=True))
    middle = found[:, 60]
    assert 1 == runs(middle)
    assert BLACK == tuple(middle[45])
    assert 2 == runs(found[30])


def test_dots_are_drawn_as_far_apart_as_in_the_drawing() -> None:
    box = Box(0, 0, 36, 18, fill="thin", texture="dots")
    assert 6 == runs(pixels(box)[9])
    assert 7 == runs(pixels(Stroke(((2, 10), (38.5, 10)), "ink", 2, dots=6))[30])


def test_dashes_are_four_on_and_three_off_whatever_the_weight() -> None:
    for weight in (1.2, 2, 3):
        assert 6 == runs(pixels(Stroke(((0, 10), (40, 10)), "ink", weight, dash=True))[30])


def test_a_cross_and_a_hatch_fill_their_box() -> None:
    cross = pixels(Box(2, 2, 16, 16, fill="paper", edge="ink", texture="cross"))
    assert BLACK == tuple(cross[30, 30])
    assert 4 == runs(cross[18])
    hatch = pixels(Box(0, 0, 40, 20, fill="white", texture="hatch"))
    assert 10 <= runs(hatch[30]) <= 11


def test_a_text_with_dollar_signs_is_no_formula() -> None:
    (text,) = texts(figure(Scene((Mark("axis", (label(2, 12, "$HOME/$x", "note"),)),), "", "", "")))
    assert ("$HOME/$x", False) == (text.get_text(), text.get_parse_math())


def test_the_same_scene_has_the_same_bytes_without_date_or_version() -> None:
    once, again = (png(figure(scene(CANONICAL))) for _ in range(2))
    assert once == again
    assert b"tEXt" not in once
    assert b"iTXt" not in once


def test_settings_that_a_reader_changed_change_nothing() -> None:
    expected = png(figure(scene(CANONICAL)))
    own: Any = {
        "font.family": "serif", "path.sketch": (1, 100, 2), "lines.scale_dashes": False, "savefig.bbox": "tight",
        "figure.dpi": 50, "savefig.transparent": True, "text.antialiased": False, "patch.force_edgecolor": True,
    }  # fmt: skip
    with matplotlib.rc_context(own):
        assert expected == png(figure(scene(CANONICAL)))
        assert 50 == matplotlib.rcParams["figure.dpi"]


def test_matplotlib_is_imported_when_a_figure_is_drawn_and_pyplot_never() -> None:
    script = (
        "import sys; from layerlab.picture.figure import figure, png; from layerlab.picture.shapes import Scene; "
        "print('matplotlib' in sys.modules); png(figure(Scene((), '', '', ''))); "
        "print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ["False", "True", "False"] == run.stdout.split()
