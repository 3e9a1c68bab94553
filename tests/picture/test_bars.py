import xml.etree.ElementTree as ET

from layerlab.picture.bars import ROOM, PlotBar, bars
from layerlab.words.lettering import width

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_stand_on_one_axis_from_zero_in_proportion() -> None:
    drawing = ET.fromstring(bars([PlotBar("you said", 50, "50 B"), PlotBar("measured", 100, "100 B", measured=True)]))
    rects = drawing.findall(f"{SVG}rect")
    assert [ROOM / 2, ROOM] == [float(rect.attrib["width"]) for rect in rects]
    assert 1 == len({rect.attrib["x"] for rect in rects})
    assert ["none", "#0072B2"] == [rect.attrib["fill"] for rect in rects]


def test_every_bar_has_its_words_and_the_drawing_says_them_in_one_name() -> None:
    drawing = ET.fromstring(
        bars([PlotBar("you said", 1, "1 B"), PlotBar("measured", 20_000_001, "20.0 MB", measured=True)])
    )
    assert ["you said", "1 B", "measured", "20.0 MB"] == [text.text for text in drawing.iter(f"{SVG}text")]
    assert "you said: 1 B; measured: 20.0 MB" == drawing.attrib["aria-label"]


def test_a_long_name_stands_whole_beside_its_bar() -> None:
    name = "C: 1.00 MB, 1.00 MB, 1.00 MB, 0 B"
    drawing = ET.fromstring(bars([PlotBar("A: 1 B", 1, "1"), PlotBar(name, 2, "2", measured=True)]))
    ends = {float(text.attrib["x"]) for text in drawing.iter(f"{SVG}text") if text.get("text-anchor") == "end"}
    assert 1 == len(ends)
    assert width(name, 13, bold=True) < min(ends)
    assert float(drawing.attrib["viewBox"].split()[2]) == float(drawing.attrib["width"])


def test_a_bar_of_nothing_can_still_be_seen() -> None:
    drawing = ET.fromstring(bars([PlotBar("you said", 0, "0 B")]))
    assert ["2.0"] == [rect.attrib["width"] for rect in drawing.findall(f"{SVG}rect")]


def test_bars_of_a_narrow_page_are_shorter_and_not_shrunk() -> None:
    rows = [PlotBar("you said first", 50, "50 B"), PlotBar("measured", 20_000_000, "20.0 MB", measured=True)]
    wide, narrow = ET.fromstring(bars(rows)), ET.fromstring(bars(rows, 247))
    assert 640 == float(wide.attrib["width"])
    assert 247 >= float(narrow.attrib["width"])
    for text in narrow.iter(f"{SVG}text"):
        said = width(str(text.text), 13, bold=text.get("font-weight") == "bold")
        x = float(text.attrib["x"])
        assert 0 <= (x - said if text.get("text-anchor") == "end" else x)
        assert 247 >= (x if text.get("text-anchor") == "end" else x + said)
