"""SVG: a scene as one string of markup, for a page that follows JupyterLab's theme or for a file that stands alone."""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from layerlab.picture.shapes import Box, Ink, Label, Mark, Scene, Stroke, strokes

LINE_HEIGHT = 13


@dataclass(frozen=True, slots=True)
class Theme:
    """The values of the inks that are not fixed, and the fonts. The paper is painted, so ink and paper always match.

    >>> LIGHT.paper, DARK.paper
    ('#ffffff', '#111111')
    """

    ink: str
    muted: str
    paper: str
    sans: str = "'DejaVu Sans', Verdana, sans-serif"

    def colour(self, ink: Ink) -> str:
        """Return an ink's value: blue and orange are the same in every theme.

        >>> DARK.colour("layer"), DARK.colour("paper")
        ('#0072B2', '#111111')
        """
        return _FIXED.get(ink) or {"ink": self.ink, "muted": self.muted, "paper": self.paper}[ink]


JUPYTER = Theme(
    ink="var(--jp-ui-font-color0, CanvasText)",
    muted="var(--jp-ui-font-color1, CanvasText)",
    paper="var(--jp-layout-color0, Canvas)",
    sans="var(--jp-ui-font-family, sans-serif)",
)
"""Follows the page: JupyterLab's light and dark, and any other page's own colours."""

LIGHT = Theme(ink="#1a1a1a", muted="#4d4d4d", paper="#ffffff")
DARK = Theme(ink="#f2f2f2", muted="#c8c8c8", paper="#111111")

_FIXED = {"layer": "#0072B2", "thin": "#E69F00", "white": "#ffffff", "dark": "#1a1a1a", "none": "none"}


def svg(scene: Scene, theme: Theme = JUPYTER) -> str:
    """Return the scene as an SVG element with role, name and description for people who hear it.

    >>> svg(Scene((), "0 containers", "", ""))[:52]
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" a'
    """
    said = escape(scene.title)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{said}" width="{scene.width}" '
        f'height="{scene.height}" viewBox="0 0 {scene.width} {scene.height}" '
        f'style="max-width:100%;height:auto" font-family="{theme.sans}">'
    )
    card = f'<rect width="{scene.width}" height="{scene.height}" fill="{theme.paper}"/>'
    marks = "".join(_mark(mark, theme) for mark in scene.marks)
    return f"{head}<title>{said}</title><desc>{escape(description(scene))}</desc>{card}{marks}</svg>"


def standalone(scene: Scene, theme: Theme = LIGHT) -> str:
    """Return the scene as an SVG file with its own opaque card and fixed inks, for an image tag or a README.

    >>> standalone(Scene((), "0 containers", "", "")).splitlines()[0]
    '<?xml version="1.0" encoding="UTF-8"?>'
    """
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg(scene, theme)}\n'


def img(scene: Scene, theme: Theme = LIGHT) -> str:
    """Return an HTML image of the scene that needs no script and no trust: its data are in the tag.

    >>> img(Scene((), "0 containers", "", ""))[:23]
    '<img alt="0 containers.'
    """
    data = b64encode(standalone(scene, theme).encode()).decode()
    text = escape(f"{scene.title}. {description(scene)}".strip())
    return f'<img alt="{text}" width="{scene.width}" src="data:image/svg+xml;base64,{data}">'


def description(scene: Scene) -> str:
    """Return all labels as sentences, mark by mark, in reading order.

    >>> description(Scene((), "", "", ""))
    ''
    """
    said = (", ".join(label.text for label in mark.labels) for mark in scene.marks)
    return " ".join(f"{text}." for text in said if text)


def _mark(mark: Mark, theme: Theme) -> str:
    return f'<g data-mark="{mark.kind}">{"".join(_shape(shape, theme) for shape in mark.shapes)}</g>'


def _shape(shape: Box | Stroke | Label, theme: Theme) -> str:
    if isinstance(shape, Label):
        return _text(shape, theme)
    if isinstance(shape, Stroke):
        return _line(shape, theme)
    return _box(shape, theme)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _box(box: Box, theme: Theme) -> str:
    place = f'x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.w)}" height="{_n(box.h)}"'
    dash = ' stroke-dasharray="4 3"' if box.dash else ""
    edge = f' stroke="{theme.colour(box.edge)}" stroke-width="{_n(box.weight)}"{dash}' if box.edge != "none" else ""
    rect = f'<rect {place} fill="{theme.colour(box.fill)}"{"" if box.open_top else edge}/>'
    if box.open_top:
        rect = rect if box.fill != "none" else ""
        sides = f"M{_n(box.x)} {_n(box.y)}V{_n(box.y + box.h)}H{_n(box.x + box.w)}V{_n(box.y)}"
        rect += f'<path d="{sides}" fill="none"{edge}/>'
    return rect + _texture(strokes(box), theme)


def _texture(lines: Iterable[Stroke], theme: Theme) -> str:
    """Return a texture's lines, which all look alike, as one path."""
    lines = list(lines)
    return _path(lines, theme) if lines else ""


def _line(line: Stroke, theme: Theme) -> str:
    return _path([line], theme)


def _path(lines: list[Stroke], theme: Theme) -> str:
    first = lines[0]
    d = "".join("M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in line.points) for line in lines)
    style = f'stroke="{theme.colour(first.ink)}" stroke-width="{_n(first.weight)}"'
    if first.dots:
        style += f' stroke-linecap="round" stroke-dasharray="0 {_n(first.dots)}"'
    elif first.dash:
        style += ' stroke-dasharray="4 3"'
    return f'<path d="{d}" fill="none" {style}/>'


def _text(label: Label, theme: Theme) -> str:
    style = f'font-size="{_n(label.font)}" fill="{theme.colour(label.ink)}"'
    if label.bold:
        style += ' font-weight="bold"'
    if label.mono:
        style += ' font-family="monospace"'
    if label.anchor != "start":
        style += f' text-anchor="{label.anchor}"'
    cut = label.shown.replace("\n", " ") != label.text
    full = f"<title>{escape(label.text)}</title>" if cut else ""
    lines = label.shown.split("\n")
    if len(lines) == 1:
        return f'<text x="{_n(label.x)}" y="{_n(label.y)}" {style}>{full}{escape(label.shown)}</text>'
    spans = "".join(
        f'<tspan x="{_n(label.x)}" y="{_n(label.y + LINE_HEIGHT * place)}">{escape(line)}</tspan>'
        for place, line in enumerate(lines)
    )
    return f"<text {style}>{full}{spans}</text>"
