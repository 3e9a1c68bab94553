"""The plots of lessons: numbers, the picture in a notebook, and a figure whose pixels repeat."""

import base64
import re
import subprocess
import sys
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab import shop
from layerlab.picture import plots
from layerlab.picture.plots import CrossingPlot, crossing_plot, sharing_plot


def test_the_layers_stay_and_only_thin_layers_grow() -> None:
    row = sharing_plot(319_371_253, 20_000_001, 10).row(10)
    assert (319_371_253, 200_000_010, 519_371_263, 3_393_712_540) == (row.layers, row.thin, row.total, row.ghost)


def test_the_text_twin_has_the_first_and_the_last_row_and_few_between() -> None:
    lines = str(sharing_plot(1_000_000, 0, 1_000)).splitlines()
    assert ["1", "1,000"] == [lines[1].split()[0], lines[-1].split()[0]]
    assert len(lines) <= 15


def shown(plot: plots.Plot) -> ET.Element:
    """The picture in what a notebook shows."""
    source = re.search(r'base64,([^"]*)', plot._repr_mimebundle_()["text/html"])
    assert source is not None
    return ET.fromstring(base64.b64decode(source[1]))


def test_a_plot_is_a_picture_with_a_text_twin_and_words_for_who_cannot_see_it() -> None:
    plot = sharing_plot(319_371_253, 20_000_001, 10)
    data = plot._repr_mimebundle_()
    assert {"text/plain", "text/html"} == set(data)
    assert str(plot) == data["text/plain"]
    assert f'<img alt="{plot.alt} ' in data["text/html"]
    assert plot.alt == f"{shown(plot).get('aria-label')}."


def test_a_plot_in_a_notebook_needs_no_matplotlib() -> None:
    code = "import sys; from layerlab import sharing_plot; sharing_plot(1, 1, 3)._repr_mimebundle_(); "
    done = subprocess.run(
        [sys.executable, "-c", f"{code}print('matplotlib' in sys.modules)"], capture_output=True, text=True, check=True
    )
    assert "False" == done.stdout.strip()


@given(most=st.integers(0, 10**13))
def test_an_axis_has_few_round_numbers_up_to_its_length(most: int) -> None:
    ticks = plots.ticks(most)
    assert 0 == ticks[0]
    assert ticks[-1] <= most
    assert len(ticks) <= 6
    assert most < 2 or len(ticks) >= 3
    assert [] == [tick for tick in ticks if len(str(tick).rstrip("0")) > 2]


def test_the_same_plot_has_the_same_bytes_without_a_date_or_a_version() -> None:
    once, again = (sharing_plot(319_371_253, 20_000_001, 10).png() for _ in range(2))
    assert once == again
    assert b"tEXt" not in once


def test_pyplot_is_never_imported() -> None:
    had = "matplotlib.pyplot" in sys.modules
    sharing_plot(1, 1, 3).png()
    assert had == ("matplotlib.pyplot" in sys.modules)


def words(plot: plots.Plot) -> set[str]:
    """The texts of the picture in a notebook."""
    return {element.text or "" for element in shown(plot).iter("{http://www.w3.org/2000/svg}text")}


def test_every_number_at_the_end_of_a_line_is_in_the_figure_and_in_the_picture() -> None:
    plot = sharing_plot(319_371_253, 20_000_001, 10)
    said = {"layers: 319 MB", "thin: 200 MB", "adding up virtual: 3.39 GB"}
    assert said <= {text.get_text() for text in plot.figure().axes[0].texts}
    assert said | {"0 B", "1.00 GB", "2.00 GB", "3.00 GB"} | set(map(str, range(1, 11))) <= words(plot)


@pytest.mark.parametrize(("image", "rewritten", "containers"), [(-1, 0, 1), (0, -1, 1), (0, 0, 0)])
def test_sizes_that_cannot_be_are_refused(image: int, rewritten: int, containers: int) -> None:
    with pytest.raises(ValueError, match="at least 1 container"):
        sharing_plot(image, rewritten, containers)


IMAGE = 319_371_253


@given(image=st.integers(1, 10**12), share=st.fractions(0, 1), count=st.integers(1, 1_000))
def test_at_the_crossing_copies_cost_what_sharing_saves(image: int, share: float, count: int) -> None:
    plot = CrossingPlot(image, int(image * share), 10)
    assert image * (count - 1) == plot.crossing(count) * count
    assert (plot.rewritten < plot.crossing(count)) == (plot.saved(count) > 0)
    often = plot.pays_from
    assert (often is None) == (plot.rewritten == image)
    if often is not None:
        assert plot.saved(often) > 0 >= plot.saved(often - 1)


@pytest.mark.parametrize("new", [0, 5_000])
@pytest.mark.parametrize(("count", "path", "copied"), [(3, "var/lib/shop/catalog.db", 20_000_000), (2, "", 0)])
def test_what_sharing_saves_is_what_a_host_tells(count: int, path: str, copied: int, new: int) -> None:
    host = shop()
    for each in host.run("shop", name="web", count=count):
        each.write("var/new", bytes(new))
        if path:
            each.write_at(path, 0, b"!")
    apart = count * (IMAGE + new)
    assert apart - host.usage().total == crossing_plot(IMAGE, copied).saved(count)


def test_the_crossing_is_told_in_words_and_in_a_table() -> None:
    plot = crossing_plot(IMAGE, 258_311_429, 6)
    assert [
        "containers  sharing saves  equal when each rewrites  with 258 MB in each",
        "         1            0 B                       0 B  costs 258 MB",
        "         2         319 MB                    160 MB  costs 197 MB",
        "         3         639 MB                    213 MB  costs 136 MB",
        "         4         958 MB                    240 MB  costs 75.1 MB",
        "         5        1.28 GB                    255 MB  costs 14.1 MB",
        "         6        1.60 GB                    266 MB  saves 47.0 MB",
    ] == str(plot).splitlines()
    assert (
        "Copies cost what sharing saves where each of 2 containers rewrites 160 MB of a 319 MB image, each of 6 "
        "containers 266 MB. With 258 MB rewritten in each, sharing pays from 6 containers on."
    ) == plot.alt
    assert crossing_plot(IMAGE, IMAGE).alt.endswith("With 319 MB rewritten in each, sharing never pays.")


def test_the_crossing_is_drawn_with_and_without_matplotlib() -> None:
    plot = crossing_plot(IMAGE, 20_000_000)
    assert plot.png() == plot.png()
    said = {"copies cost more", "sharing saves", "equal: 287 MB", "each rewrites 20.0 MB"}
    axes = plot.figure().axes[0]
    assert said == {text.get_text() for text in axes.texts}
    assert [IMAGE * (count - 1) / count for count in range(1, 11)] == list(axes.lines[0].get_ydata())  # type: ignore[arg-type]
    assert said <= words(plot)


@pytest.mark.parametrize(
    ("image", "rewritten", "containers", "why"),
    [(0, 0, 2, "all of it"), (5, 6, 2, "all of it"), (5, -1, 2, "all of it"), (5, 5, 1, "at least 2 containers")],
)
def test_a_crossing_that_cannot_be_is_refused(image: int, rewritten: int, containers: int, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        crossing_plot(image, rewritten, containers)
