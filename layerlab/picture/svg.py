"""SVG: a scene as one string of markup, for a page that follows JupyterLab's theme or for a file that stands alone."""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from html import escape

from layerlab.picture.shapes import LINE_HEIGHT, Box, Ink, Label, Mark, Press, Scene, Stroke, shifted, strokes

# Units: a box whose edges are this near to the edges of its mark grows and shrinks with the mark.
FOLLOWS = 6
# Units: WCAG 2.2 asks for a target of at least 24 by 24 CSS pixels (2.5.8), so a smaller mark gets a larger ring.
TARGET = 24


@dataclass(frozen=True, slots=True)
class Theme:
    """The values of the inks that are not fixed, and the fonts. The paper is painted, so ink and paper always match.

    >>> LIGHT.paper, DARK.paper
    ('#ffffff', '#111111')
    """

    ink: str
    muted: str
    paper: str
    shade: str
    tray: str
    past: str
    spent: str
    well: str
    poured: str
    sans: str = "'DejaVu Sans', Verdana, sans-serif"

    def colour(self, ink: Ink) -> str:
        """Return an ink's value: blue and orange are the same in every theme.

        >>> DARK.colour("layer"), DARK.colour("paper")
        ('#0072B2', '#111111')
        """
        return _FIXED.get(ink) or str(getattr(self, ink))


# Canvas and CanvasText are the browser's own colours: a page without JupyterLab's variables falls back to them. The
# tints are mixed with the paper, so they are light on a light page and dark on a dark one.
JUPYTER = Theme(
    ink="var(--jp-ui-font-color0, CanvasText)",
    muted="var(--jp-ui-font-color1, CanvasText)",
    paper="var(--jp-layout-color0, Canvas)",
    shade="color-mix(in srgb, #0072B2 14%, var(--jp-layout-color0, Canvas))",
    tray="color-mix(in srgb, #E69F00 14%, var(--jp-layout-color0, Canvas))",
    past="color-mix(in srgb, #0072B2 50%, var(--jp-layout-color0, Canvas))",
    spent="color-mix(in srgb, #E69F00 55%, var(--jp-layout-color0, Canvas))",
    well="color-mix(in srgb, #009E73 14%, var(--jp-layout-color0, Canvas))",
    poured="color-mix(in srgb, #009E73 50%, var(--jp-layout-color0, Canvas))",
    sans="var(--jp-ui-font-family, sans-serif)",
)
"""The theme that follows the page: JupyterLab's light and dark themes, and the colours of any other page."""

# A file has no page to follow. The tints are written out here, because not every viewer of SVG knows color-mix.
LIGHT = Theme("#1a1a1a", "#4d4d4d", "#ffffff", "#dbebf4", "#fbf2db", "#80b9d9", "#f1ca73", "#dbf1eb", "#80ceb9")
DARK = Theme("#f2f2f2", "#c8c8c8", "#111111", "#0f1f28", "#2f250f", "#094262", "#865f08", "#0f251f", "#095842")

PAGE = Theme(
    "var(--ink)",
    "var(--muted)",
    "var(--paper)",
    "var(--shade)",
    "var(--tray)",
    "var(--past)",
    "var(--spent)",
    "var(--well)",
    "var(--poured)",
)
"""The theme of a still picture in a page: an image sees none of the page's variables, so it brings both themes."""

# A browser tells an image the colour scheme of the element that shows it. JupyterLab says which theme it has, and sets
# no colour scheme, so a page needs FOLLOW beside its still pictures. Where there is no such rule, they are light.
FOLLOW = (
    '<style>[data-jp-theme-light="false"] .layerlab-still { color-scheme: dark; } '
    "@media print { .layerlab-still { color-scheme: light !important; } }</style>"
)

# Blue, orange and green stand for layers, thin layers and places outside them in every theme, so they do not follow
# the page.
_NAMES = ("ink", "muted", "paper", "shade", "tray", "past", "spent", "well", "poured")
_TITLE = re.compile("<title>.*?</title>")
_FIXED = {"layer": "#0072B2", "deep": "#005a8f", "thin": "#E69F00", "outside": "#009E73"}
_FIXED |= {"white": "#ffffff", "dark": "#1a1a1a", "none": "none"}


def _variables(theme: Theme) -> str:
    return "".join(f"--{name}:{getattr(theme, name)};" for name in _NAMES)


def svg(scene: Scene, theme: Theme = JUPYTER, style: str = "") -> str:
    """Return the scene as an SVG element with role, name and description for people who hear it.

    `style` are rules of CSS for an image that is alone in its page.

    >>> svg(Scene((), "0 containers", "", ""))[:52]
    '<svg xmlns="http://www.w3.org/2000/svg" role="img" a'
    """
    said = escape(scene.title)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" aria-label="{said}" width="{scene.width}" '
        f'height="{scene.height}" viewBox="0 0 {scene.width} {scene.height}" '
        # The picture is never drawn wider than its cell, and it keeps its proportions when it shrinks.
        f'style="max-width:100%;height:auto" font-family="{theme.sans}">'
    )
    card = f'<rect width="{scene.width}" height="{scene.height}" fill="{theme.paper}"/>'
    marks = "".join(_mark(mark, theme) for mark in scene.marks)
    rules = f"<style>{style}</style>" if style else ""
    return f"{head}{rules}<title>{said}</title><desc>{escape(description(scene))}</desc>{card}{marks}</svg>"


def live(scene: Scene, theme: Theme = JUPYTER) -> str:
    """Return the scene as an SVG element whose marks carry keys, so that a page can move them and have them pressed.

    A mark is drawn from its own corner. `data-box` says where that corner is and how large the mark is. A part with
    `data-fit-w` or `data-fit-h` is always narrower or lower than the box by that many units.

    >>> axis = Mark("axis", (Box(8, 300, 90, 2, fill="dark"),), key="axis")
    >>> print(live(Scene((axis,), "0 containers", "", "")).partition("</title>")[2].removesuffix("</svg>"))
    <g data-key="axis" data-mark="axis" data-box="8 300 90 2" transform="translate(8 300)">\
<rect x="0" y="0" width="90" height="2" data-fit-w="0" data-fit-h="0" fill="#1a1a1a"/></g>
    """
    said = escape(scene.title)
    head = (
        # A screen reader does not look into an element of the role img, so a picture with buttons in it is a group.
        f'<svg data-key="picture" role="group" aria-label="{said}" viewBox="0 0 {scene.width} {scene.height}" '
        f'style="max-width:{scene.width}px" font-family="{theme.sans}"><title>{said}</title>'
    )
    return f"{head}{''.join(_keyed(mark, theme) for mark in named(scene).marks)}</svg>"


def named(scene: Scene) -> Scene:
    """Return the scene with a key for each mark that has none: its kind and its number.

    >>> [mark.key for mark in named(Scene((Mark("axis", ()), Mark("tie", (), key="tie:a")), "", "", "")).marks]
    ['axis.1', 'tie:a']
    """
    # The number counts marks of one kind only: a new mark of another kind does not change the key, so nothing moves.
    seen: Counter[str] = Counter()
    marks = []
    for mark in scene.marks:
        seen[mark.kind] += 1
        marks.append(mark if mark.key else replace(mark, key=f"{mark.kind}.{seen[mark.kind]}"))
    return replace(scene, marks=tuple(marks))


def place(box: Box) -> str:
    """Return where a box is, in the form that `data-box` and `Move` use.

    >>> place(Box(8, 300, 90, 0.04))
    '8 300 90 0'
    """
    return f"{_n(box.x)} {_n(box.y)} {_n(box.w)} {_n(box.h)}"


def _keyed(mark: Mark, theme: Theme) -> str:
    box = mark.box
    facts = f'data-key="{escape(mark.key)}" data-mark="{mark.kind}" data-box="{place(box)}"'
    facts += f' transform="translate({_n(box.x)} {_n(box.y)})"'
    for name, value in (("from", mark.move.source), ("to", mark.move.goal), ("wait", mark.move.wait)):
        if value:
            facts += f' data-{name}="{escape(str(value))}"'
    # The page moves a mark by its transform alone, so every shape is drawn relative to the corner of the mark.
    shapes = [shifted(shape, -box.x, -box.y) for shape in mark.shapes]
    inner = "".join(_fitted(shape, box, theme) if isinstance(shape, Box) else _shape(shape, theme) for shape in shapes)
    # Without a space between them, two texts would be one word for a program that reads the page.
    inner = inner.replace("</text>", "</text> ")
    if mark.press is not None:
        # One tooltip for the whole mark, after its texts: within a text it would be read as a part of it.
        inner = _TITLE.sub("", inner) + (f"<title>{escape(', '.join(mark.cut))}</title>" if mark.cut else "")
        facts += f" {_pressable(mark, mark.press)}"
        # Both are 0 or negative: they say how far the ring reaches beyond a mark that is smaller than a target.
        low, wide = min(0.0, (box.h - TARGET) / 2), min(0.0, (box.w - TARGET) / 2)
        ring = Box(wide, low, box.w - 2 * wide, box.h - 2 * low)
        inner += (
            f'<rect class="ring" x="{_n(ring.x)}" y="{_n(ring.y)}" width="{_n(ring.w)}" height="{_n(ring.h)}" rx="5" '
            f'data-fit-w="{_n(box.w - ring.w)}" data-fit-h="{_n(box.h - ring.h)}"/>'
        )
    return f"<g {facts}>{inner}</g>"


def _pressable(mark: Mark, press: Press) -> str:
    # Every mark starts outside the order of Tab. The page then lets Tab reach one mark, and the arrow keys go to the
    # rest.
    facts = f'data-press="{escape(mark.key)}" role="button" tabindex="-1" aria-label="{escape(mark.heard)}"'
    # An attribute that says false means a button that can be chosen or opened, so a plain button has no attribute.
    for name, state in (("pressed", press.chosen), ("expanded", press.opened)):
        if state is not None:
            facts += f' aria-{name}="{str(state).lower()}"'
    return facts


def _fitted(shape: Box, whole: Box, theme: Theme) -> str:
    """Return a box of a mark, drawn from the mark's corner; a box that fills the mark follows the mark's size.

    While a box grows, the box cuts off its dots and its hatch, but a cross is stretched with the box.
    """
    wide, high = whole.w - shape.w, whole.h - shape.h
    fit = ""
    if abs(shape.x) <= FOLLOWS and abs(wide) <= FOLLOWS:
        fit += f' data-fit-w="{_n(wide)}"'
    if abs(shape.y) <= FOLLOWS and abs(high) <= FOLLOWS:
        fit += f' data-fit-h="{_n(high)}"'
    # The texture goes into an inner SVG element, because an inner element cuts off what reaches beyond its edges.
    drawn = _box(replace(shape, texture="plain"), theme, fit)
    lines = strokes(replace(shape, x=0, y=0))
    if not lines:
        return drawn
    scaled = ""
    if shape.texture == "cross":
        scaled = f' viewBox="0 0 {_n(shape.w)} {_n(shape.h)}" preserveAspectRatio="none"'
    size = f'x="{_n(shape.x)}" y="{_n(shape.y)}" width="{_n(shape.w)}" height="{_n(shape.h)}"'
    return f'{drawn}<svg aria-hidden="true" {size}{fit}{scaled}>{_texture(lines, theme)}</svg>'


def standalone(scene: Scene, theme: Theme = LIGHT, style: str = "") -> str:
    """Return the scene as an SVG file with its own opaque card and fixed inks, for an image tag or a README.

    >>> standalone(Scene((), "0 containers", "", "")).splitlines()[0]
    '<?xml version="1.0" encoding="UTF-8"?>'
    """
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{svg(scene, theme, style)}\n'


def img(scene: Scene) -> str:
    """Return an HTML image of the scene that needs no script and no trust: its data are in the tag.

    It is light or dark as the element that shows it; in JupyterLab that takes the rule `FOLLOW`.

    >>> img(Scene((), "0 containers", "", ""))[:23]
    '<img alt="0 containers.'
    """
    both = f"svg{{{_variables(LIGHT)}}}@media (prefers-color-scheme:dark){{svg{{{_variables(DARK)}}}}}"
    data = b64encode(standalone(scene, PAGE, both).encode()).decode()
    text = escape(f"{scene.title}. {description(scene)}".strip())
    return f'<img alt="{text}" class="layerlab-still" width="{scene.width}" src="data:image/svg+xml;base64,{data}">'


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
    # One decimal is enough for the eye. It keeps the markup short, and rounding hides how machines differ in the last
    # digits.
    return f"{value:.1f}".removesuffix(".0")


def _box(box: Box, theme: Theme, fit: str = "") -> str:
    where = f'x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.w)}" height="{_n(box.h)}"{fit}'
    where += f' rx="{_n(box.round)}"' if box.round else ""
    dash = ' stroke-dasharray="4 3"' if box.dash else ""
    edge = f' stroke="{theme.colour(box.edge)}" stroke-width="{_n(box.weight)}"{dash}' if box.edge != "none" else ""
    rect = f'<rect {where} fill="{theme.colour(box.fill)}"{"" if box.open_top else edge}/>'
    if box.open_top:
        # The stroke of a rectangle has four sides, so an open top is drawn as a path of three sides over the filled
        # area.
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
    # A dash of length 0 with round caps is a dot, as wide as the line.
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
    # A browser shows the title as a tooltip, so a text that was cut can still be read in full.
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
