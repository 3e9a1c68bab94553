"""The plots of lessons: numbers, pixels that repeat, and a fallback."""

import base64
import sys
import xml.etree.ElementTree as ET

import pytest

from layerlab.picture import plots
from layerlab.picture.plots import sharing_plot


def test_the_layers_stay_and_only_thin_layers_grow() -> None:
    row = sharing_plot(319_371_253, 20_000_001, 10).row(10)
    assert (319_371_253, 200_000_010, 519_371_263, 3_393_712_540) == (row.layers, row.thin, row.total, row.ghost)


def test_the_text_twin_has_the_first_and_the_last_row_and_few_between() -> None:
    lines = str(sharing_plot(1_000_000, 0, 1_000)).splitlines()
    assert ["1", "1,000"] == [lines[1].split()[0], lines[-1].split()[0]]
    assert len(lines) <= 15


def test_a_plot_is_a_png_with_a_text_twin_and_words_for_who_cannot_see_it() -> None:
    plot = sharing_plot(319_371_253, 20_000_001, 10)
    data, metadata = plot._repr_mimebundle_()
    assert str(plot) == data["text/plain"]
    assert base64.b64decode(data["image/png"]).startswith(b"\x89PNG")
    assert plot.alt == metadata["image/png"]["alt"]


def test_the_same_plot_has_the_same_bytes_without_a_date_or_a_version() -> None:
    once, again = (sharing_plot(319_371_253, 20_000_001, 10).png() for _ in range(2))
    assert once == again
    assert b"tEXt" not in once


def test_pyplot_is_never_imported() -> None:
    had = "matplotlib.pyplot" in sys.modules
    sharing_plot(1, 1, 3).png()
    assert had == ("matplotlib.pyplot" in sys.modules)


def test_every_number_at_the_end_of_a_line_is_in_the_figure_and_in_the_fallback(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plot = sharing_plot(319_371_253, 20_000_001, 10)
    said = {"layers: 319 MB", "thin: 200 MB", "adding up `virtual`: 3.39 GB"}
    assert said <= {text.get_text() for text in plot.figure().axes[0].texts}
    monkeypatch.setattr(plots, "find_spec", lambda name: None)
    data, _ = plot._repr_mimebundle_()
    assert "image/png" not in data
    root = ET.fromstring(data["image/svg+xml"])
    assert said <= {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    assert plot.alt == root.get("aria-label")


@pytest.mark.parametrize(("image", "rewritten", "containers"), [(-1, 0, 1), (0, -1, 1), (0, 0, 0)])
def test_sizes_that_cannot_be_are_refused(image: int, rewritten: int, containers: int) -> None:
    with pytest.raises(ValueError, match="at least 1 container"):
        sharing_plot(image, rewritten, containers)
