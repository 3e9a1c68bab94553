"""What must hold for every picture: the same labels however it is painted, none cut by the edge or over another."""

import re
from collections import Counter
from itertools import combinations

from layerlab.picture.figure import figure
from layerlab.picture.shapes import Label, Scene
from layerlab.picture.svg import svg
from layerlab.picture.text import text
from tests.picture.test_painters import drawn_labels, figure_labels


def written_labels(picture: Scene) -> Counter[str]:
    """The cells of a text twin, its bars and the lines under the picture left out."""
    lines = text(picture).splitlines()
    assert [picture.balance, picture.sentence] == lines[-2:]
    cells = [cell for line in lines[:-2] for cell in re.split(r"^> |\s{2,}", line)]
    return Counter(cell for cell in cells if cell and not re.fullmatch("[#:x=<~-]+", cell))


def labels(picture: Scene) -> list[Label]:
    return [label for mark in picture.marks for label in mark.labels]


def rectangle(label: Label) -> tuple[float, float, float, float]:
    return label.left, label.y - 0.76 * label.font, label.right, label.y + 0.2 * label.font


def assert_labels_agree(picture: Scene) -> None:
    assert drawn_labels(svg(picture)) == written_labels(picture) == figure_labels(figure(picture))


def assert_labels_are_apart(picture: Scene, width: int = 880, height: int = 372) -> None:
    assert (width, height) == (picture.width, picture.height)
    places = [(each, rectangle(each)) for each in labels(picture)]
    for each, (left, top, right, bottom) in places:
        assert left >= 0, each
        assert right <= picture.width, each
        assert top >= 0, each
        assert bottom <= picture.height, each
    for (one, a), (other, b) in combinations(places, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (one.shown, other.shown)


def cut(picture: Scene) -> list[Label]:
    return [each for each in labels(picture) if each.shown.replace("\n", " ") != each.text]
