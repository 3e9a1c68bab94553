import xml.etree.ElementTree as ET

from layerlab.lesson.bars import ROOM, Bar, bars

SVG = "{http://www.w3.org/2000/svg}"


def test_bars_stand_on_one_axis_from_zero_in_proportion() -> None:
    drawing = ET.fromstring(bars([Bar("you said", 50, "50 B"), Bar("measured", 100, "100 B", measured=True)]))
    rects = drawing.findall(f"{SVG}rect")
    assert [ROOM / 2, ROOM] == [float(rect.attrib["width"]) for rect in rects]
    assert 1 == len({rect.attrib["x"] for rect in rects})
    assert ["none", "#0072B2"] == [rect.attrib["fill"] for rect in rects]


def test_every_bar_has_its_words_and_the_drawing_says_them_in_one_name() -> None:
    drawing = ET.fromstring(bars([Bar("you said", 1, "1 B"), Bar("measured", 20_000_001, "20.0 MB", measured=True)]))
    assert ["you said", "1 B", "measured", "20.0 MB"] == [text.text for text in drawing.iter(f"{SVG}text")]
    assert "you said: 1 B; measured: 20.0 MB" == drawing.attrib["aria-label"]


def test_a_bar_of_nothing_can_still_be_seen() -> None:
    drawing = ET.fromstring(bars([Bar("you said", 0, "0 B")]))
    assert ["2.0"] == [rect.attrib["width"] for rect in drawing.findall(f"{SVG}rect")]
