"""The widths that a layout counts on, against the font itself."""

from math import fsum
from pathlib import Path

import matplotlib
import pytest
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

from layerlab.words.lettering import MONO, fit, width

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
LETTERS = "".join(map(chr, range(32, 127))) + "…–×é→·"


def advances(file: str) -> dict[str, float]:
    font = TTFont(FONTS / file)
    names, widths = font.getBestCmap(), font["hmtx"]
    return {letter: widths[names[ord(letter)]][0] / font["head"].unitsPerEm for letter in LETTERS}


@pytest.mark.parametrize(("file", "bold"), [("DejaVuSans.ttf", False), ("DejaVuSans-Bold.ttf", True)])
def test_no_letter_is_wider_than_counted_nor_much_narrower(file: str, bold: bool) -> None:
    for letter, advance in advances(file).items():
        assert advance <= width(letter, 1, bold=bold) <= advance + 0.12, letter


def test_mono_letters_are_no_wider_than_counted() -> None:
    assert max(advances("DejaVuSansMono.ttf").values()) <= MONO


def test_a_text_that_does_not_fit_ends_in_an_ellipsis_and_fits() -> None:
    for room in range(15, 120, 5):
        shown = fit("var/lib/shop/catalog.db", room, 12, bold=True)
        assert shown.endswith("…")
        assert width(shown, 12, bold=True) <= room


@pytest.mark.parametrize("letters", ["i", "/", "s", "a", "0"])
def test_widths_are_added_as_one_so_that_every_python_draws_the_same(letters: str) -> None:
    for count in range(1, 60):
        assert fsum([width(letters, 1)] * count) == width(letters * count, 1)
