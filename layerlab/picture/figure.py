"""Figure: a scene as a matplotlib figure, for slides and paper.

matplotlib is imported only when something is drawn, and never through pyplot, which would keep every figure alive.
One unit of a scene is one CSS pixel, a 96th of an inch, so that texts are as large as in the SVG.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from layerlab.picture.shapes import LINE_HEIGHT, Box, Label, Scene, Stroke, strokes
from layerlab.picture.svg import LIGHT

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.transforms import Transform

# 288 dots an inch are 3 dots for each unit of a scene.
UNITS_PER_INCH, DPI = 96, 288
POINT = 72 / UNITS_PER_INCH
_DASH = (4.0, 3.0)
# matplotlib does not draw a dash of length 0, not even with round caps, so a dot is a very short dash.
_DOT = 0.01


def figure(scene: Scene) -> "Figure":
    """Return the scene as a figure that holds what is in the scene and nothing else, in fixed light ink.

    It is 288 dots an inch: 880 by 372 units become 9.2 by 3.9 inches, 2640 by 1116 dots. A reader's own
    settings of matplotlib do not change it. `png` gives its bytes; its `savefig` writes matplotlib's other formats.

    >>> drawn = figure(Scene((), "0 containers", "", ""))
    >>> [f"{inches:.2f}" for inches in drawn.get_size_inches()], len(drawn.texts)
    (['9.17', '3.88'], 0)
    """
    with _own_settings():
        from matplotlib.figure import Figure
        from matplotlib.transforms import Affine2D

        inches = scene.width / UNITS_PER_INCH, scene.height / UNITS_PER_INCH
        drawn = Figure(figsize=inches, dpi=DPI, facecolor=LIGHT.paper)
        # The y of a scene points down and the y of a figure points up.
        place = Affine2D().scale(1 / scene.width, -1 / scene.height).translate(0, 1) + drawn.transFigure
        labels = 0
        for mark in scene.marks:
            for shape in mark.shapes:
                if isinstance(shape, Label):
                    labels += 1
                    artists: Sequence[Artist] = _text(shape, f"label-{labels}", place)
                else:
                    artists = _path([shape], place) if isinstance(shape, Stroke) else _box(shape, place)
                for artist in artists:
                    # matplotlib draws patches before texts unless all have one order: then they are drawn as they were
                    # added.
                    artist.set_zorder(1)
                    drawn.add_artist(artist)
    return drawn


def png(drawn: "Figure") -> bytes:
    """Return a figure as a PNG without date or version, so that the same picture has the same bytes.

    >>> png(figure(Scene((), "0 containers", "", "")))[1:4]
    b'PNG'
    """
    stream = BytesIO()
    with _own_settings():
        drawn.savefig(stream, format="png", dpi=drawn.dpi, metadata={"Software": None})
    return stream.getvalue()


def _own_settings() -> AbstractContextManager[None]:
    from matplotlib import style

    # The default style stands in for the reader's own settings, and only while this figure is drawn.
    return style.context("default")


def _box(box: Box, place: "Transform") -> list["Artist"]:
    from matplotlib.patches import PathPatch, Rectangle
    from matplotlib.path import Path

    edge: dict[str, Any] = {"edgecolor": "none", "linewidth": 0}
    if box.edge != "none":
        edge = {"edgecolor": LIGHT.colour(box.edge), **_stroke(box.weight, _DASH if box.dash else ())}
    filled = Rectangle((box.x, box.y), box.w, box.h, transform=place, facecolor=LIGHT.colour(box.fill))
    if box.open_top:
        filled.set(edgecolor="none", linewidth=0)
        left, top, right, bottom = box.x, box.y, box.x + box.w, box.y + box.h
        sides = Path([(left, top), (left, bottom), (right, bottom), (right, top)])
        shapes: list[Artist] = [filled, PathPatch(sides, transform=place, facecolor="none", **edge)]
    else:
        filled.set(**edge)
        shapes = [filled]
    lines = strokes(box)
    return [*shapes, *(_path(lines, place) if lines else [])]


def _path(lines: Sequence[Stroke], place: "Transform") -> list["Artist"]:
    """Return lines that all look alike as one path."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    first = lines[0]
    path = Path.make_compound_path(*(Path(line.points) for line in lines))
    dashes = _DASH if first.dash else ()
    dashes = (_DOT, first.dots) if first.dots else dashes
    style = _stroke(first.weight, dashes)
    if first.dots:
        # Snapping moves points to whole dots, which would make the gaps between small dots uneven.
        style |= {"capstyle": "round", "snap": False}
    return [PathPatch(path, transform=place, facecolor="none", edgecolor=LIGHT.colour(first.ink), **style)]


def _stroke(weight: float, dashes: tuple[float, ...]) -> dict[str, Any]:
    """Return the style of a line; matplotlib counts dashes in widths of the line."""
    pattern: Any = (0, [length / weight for length in dashes]) if dashes else "solid"
    return {"linewidth": weight * POINT, "linestyle": pattern, "capstyle": "butt", "joinstyle": "miter"}


def _text(label: Label, name: str, place: "Transform") -> list["Artist"]:
    """Return a text for each line, all with one name (gid); where something was cut, its label is the text in full."""
    from matplotlib.text import Text

    whole = label.shown.replace("\n", " ") == label.text
    return [
        Text(
            label.x,
            label.y + LINE_HEIGHT * number,
            line,
            transform=place,
            family="DejaVu Sans Mono" if label.mono else "DejaVu Sans",
            size=label.font * POINT,
            weight="bold" if label.bold else "normal",
            color=LIGHT.colour(label.ink),
            ha={"start": "left", "middle": "center", "end": "right"}[label.anchor],
            va="baseline",
            linespacing=1,
            # A file name may contain dollar signs, which matplotlib would read as mathematics.
            parse_math=False,
            gid=name,
            label="" if whole else label.text,
        )
        for number, line in enumerate(label.shown.split("\n"))
    ]
