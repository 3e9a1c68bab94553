"""The painters: the same labels in the drawing and in the text, nothing cut, nothing on top of anything else."""

import base64
import re
import xml.etree.ElementTree as ET
from collections import Counter
from dataclasses import replace
from itertools import combinations
from time import perf_counter
from typing import Any

import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from layerlab import bench, diff, draw, predict, scratch, sharing_plot, shop, slides
from layerlab.picture.figure import figure
from layerlab.picture.host_scene import scene
from layerlab.picture.html import status
from layerlab.picture.moment import ContainerCard, Moment, Written
from layerlab.picture.shapes import Box, Label, Scene
from layerlab.picture.svg import DARK, FOLLOW, JUPYTER, LIGHT, Theme, img, standalone, svg
from layerlab.picture.text import text
from tests.picture.moments import CANONICAL, MOMENTS, TWINS
from tools.picture import DOCS, story

SVG = "{http://www.w3.org/2000/svg}"
ALL = pytest.mark.parametrize("moment", MOMENTS.values(), ids=MOMENTS)


def drawn_labels(markup: str) -> Counter[str]:
    """The texts of an SVG, in full where one was cut."""
    found: Counter[str] = Counter()
    for element in ET.fromstring(markup).iter(f"{SVG}text"):
        full = element.find(f"{SVG}title")
        found[full.text or "" if full is not None else " ".join(element.itertext())] += 1
    return found


def figure_labels(drawn: Figure) -> Counter[str]:
    """The texts of a figure's own artists: the lines of a label joined, in full where one was cut."""
    lines: dict[str | None, list[Text]] = {}
    for artist in drawn.findobj(Text):
        assert isinstance(artist, Text)
        lines.setdefault(artist.get_gid(), []).append(artist)
    shown = ((parts[0].get_label(), " ".join(part.get_text() for part in parts)) for parts in lines.values())
    return Counter(str(full or text) for full, text in shown)


def written_labels(twin: str, moment: Moment) -> Counter[str]:
    """The cells of a text twin, its bars and the lines under the picture left out."""
    lines = twin.splitlines()
    under = [moment.balance, *([moment.sentence] if moment.sentence else [])]
    assert under == lines[-len(under) :]
    cells = [cell for line in lines[: -len(under)] for cell in re.split(r"^> |\s{2,}", line)]
    return Counter(cell for cell in cells if cell and not re.fullmatch("[#:x~]+", cell))


@ALL
def test_the_drawing_the_figure_and_the_text_carry_the_same_labels(moment: Moment) -> None:
    picture = scene(moment)
    assert drawn_labels(svg(picture)) == written_labels(text(picture), moment) == figure_labels(figure(picture))


@pytest.mark.parametrize("name", MOMENTS)
def test_the_text_twin_is_as_committed(name: str) -> None:
    assert (TWINS / f"{name}.txt").read_text(encoding="utf-8") == text(scene(MOMENTS[name])) + "\n"


def rectangle(label: Label) -> tuple[float, float, float, float]:
    lines = label.shown.count("\n")
    return label.left, label.y - 0.76 * label.font, label.right, label.y + 0.2 * label.font + 13 * lines


def labels(picture: Scene) -> list[Label]:
    return [label for mark in picture.marks for label in mark.labels]


def assert_apart(said: list[Label]) -> None:
    for one, other in combinations(said, 2):
        a, b = rectangle(one), rectangle(other)
        apart = a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
        assert apart, (one.shown, other.shown)


@ALL
def test_no_label_is_cut_by_the_edge_or_covers_another(moment: Moment) -> None:
    picture = scene(moment)
    for label in labels(picture):
        left, top, right, bottom = rectangle(label)
        assert left >= 0, label
        assert right <= picture.width, label
        assert top >= 0, label
        assert bottom <= picture.height, label
    assert_apart(labels(picture))


def test_a_third_thing_that_was_written_is_counted() -> None:
    wrote = Written("www/", "hidden"), Written("catalog.db", "copied", 20_000_000, 4, 20_000_000), Written("a", "new")
    web = ContainerCard("web", CANONICAL.images[0].id, "running", 20_000_000, wrote, "new")
    said = labels(scene(replace(CANONICAL, containers=(web,))))
    assert "+2 more" in [label.shown for label in said]
    assert_apart(said)


@ALL
def test_labels_stay_within_their_card_or_slab(moment: Moment) -> None:
    for mark in scene(moment).marks:
        if mark.kind not in ("card", "slab"):
            continue
        body = next(
            shape for shape in mark.shapes if isinstance(shape, Box) and (shape.open_top or shape.fill == "layer")
        )
        for label in mark.labels:
            if not (mark.kind == "card" and label.text == "new"):
                assert body.x <= label.left, label
                assert label.right <= body.x + body.w, label


def test_a_drawing_has_a_role_a_name_and_a_description_that_says_every_label() -> None:
    root = ET.fromstring(svg(scene(CANONICAL)))
    said = root.findtext(f"{SVG}desc") or ""
    assert ("img", "3 containers, 1 image, 5 layers: 339 MB on this host") == (root.get("role"), root.get("aria-label"))
    assert root.findtext(f"{SVG}title") == root.get("aria-label")
    assert [] == [label for label in drawn_labels(svg(scene(CANONICAL))) if label not in said]


def test_names_are_escaped() -> None:
    moment = MOMENTS["1-container"]
    web = ContainerCard('<b>&"', "1")
    assert '<b>&"' in drawn_labels(svg(scene(Moment(moment.images, (web,)))))


def test_in_a_page_the_inks_follow_its_theme_and_blue_and_orange_do_not() -> None:
    markup = svg(scene(CANONICAL), JUPYTER)
    assert "var(--jp-ui-font-color0, CanvasText)" in markup
    assert "#0072B2" in markup
    assert "#E69F00" in markup
    assert "#1a1a1a" not in re.sub(r'<path [^>]*stroke-linecap="round"[^>]*>', "", markup)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_a_drawing_that_stands_alone_is_opaque_and_needs_no_page(theme: Theme) -> None:
    markup = standalone(scene(CANONICAL), theme)
    first = next(element for element in ET.fromstring(markup) if element.tag == f"{SVG}rect")
    assert ("880", "372", theme.paper) == (first.get("width"), first.get("height"), first.get("fill"))
    assert "var(" not in markup
    assert "url(" not in markup


def test_a_still_picture_brings_both_themes_and_needs_no_page() -> None:
    source = re.search(r'base64,([^"]*)', img(scene(CANONICAL)))
    assert source is not None
    markup = base64.b64decode(source[1]).decode()
    light, _, dark = (ET.fromstring(markup).findtext(f"{SVG}style") or "").partition(
        "@media (prefers-color-scheme:dark)"
    )
    for rules, theme in ((light, LIGHT), (dark, DARK)):
        given = dict(re.findall(r"--(\w+):([^;]+);", rules))
        assert given == {name: getattr(theme, name) for name in given}
        assert set(re.findall(r"var\(--(\w+)\)", markup)) <= set(given)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_words_can_be_read_on_what_lies_under_them_in_either_theme(theme: Theme) -> None:
    for ink in ("ink", "muted"):
        for ground in ("paper", "shade", "tray"):
            assert contrast(theme.colour(ink), theme.colour(ground)) >= 4.5, (ink, ground)


def contrast(one: str, other: str) -> float:
    """How much two colours differ, by WCAG 2.2."""

    def light(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    "shown",
    [draw(shop()), slides(), sharing_plot(1, 1), bench("stack"), bench("xray"), predict("00.one-byte"),
     draw(diff(scratch, scratch))],
    ids=["host", "slides", "plot", "bench", "xray", "card", "comparison"],
)  # fmt: skip
def test_what_a_notebook_shows_without_a_kernel_follows_its_theme(shown: Any) -> None:
    found = shown._repr_mimebundle_()["text/html"]
    assert 1 <= found.count('class="layerlab-still"') == found.count("<img")
    assert FOLLOW in found


def test_an_image_tag_says_what_it_shows_where_nothing_can_be_seen() -> None:
    assert img(scene(CANONICAL)).startswith(
        '<img alt="3 containers, 1 image, 5 layers: 339 MB on this host. CONTAINERS'
    )


@pytest.mark.parametrize(("name", "seconds"), [("8-containers", 0.02), ("1000-containers", 0.05), ("127-layers", 0.05)])
def test_a_picture_is_made_well_within_a_click(name: str, seconds: float) -> None:
    def once() -> float:
        start = perf_counter()
        svg(scene(MOMENTS[name]))
        return perf_counter() - start

    assert min(once() for _ in range(5)) < seconds


@pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_the_committed_picture_is_the_one_that_its_script_draws(name: str, theme: Theme) -> None:
    assert (DOCS / f"host-{name}.svg").read_text(encoding="utf-8") == standalone(scene(story()), theme)


def test_the_lines_under_a_picture_are_read_out_when_they_change() -> None:
    root = ET.fromstring(status(CANONICAL))
    assert "status" == root.get("role")
    said = " ".join(root.itertext())
    for part in (CANONICAL.sentence, CANONICAL.balance, "not counted here: volumes, logs, build cache"):
        assert part in said
