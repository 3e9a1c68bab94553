"""Slides: the seven slides of the course as thumbnails, each with what one can say of it that does not stand on it."""

from dataclasses import dataclass

from layerlab.picture.drawing import Drawing
from layerlab.picture.lettering import width
from layerlab.picture.shapes import Box, Ink, Label, Mark, Scene, Shape, label
from layerlab.picture.svg import LINE_HEIGHT

APACHE = ("87026dcb0044", "9cd978db300e", "6170bb7b0ad1", "511136ea3c5a")
ROOTFS = (*APACHE[:3], f"{APACHE[3]} (rootfs)")
CORRECTIONS = (
    "Slide 6: layer 0 is labelled rootfs, and is empty. The root's files came with layer 2.",
    "Slide 2: every layer is an image. It was, to the letter, until Docker 1.9.",
)
SENTENCE = "Beside each slide stands what you can say now and what is not on it."

_CELL, _PITCH, _EDGE = 440.0, 102.0, 4.0
_WIDE, _HIGH = 142.0, 94.0
_ROW, _FONT, _SAID = 17.0, 10.0, 13.0


@dataclass(frozen=True)
class Slide:
    """A slide: what can be said of it and since which lesson; texts, thin layers and slabs, from the top down.

    >>> SLIDES[0].slabs, SLIDES[0].lesson
    (('Layer 2', 'Layer 1', 'Layer 0'), '01')
    """

    lesson: str
    says: str
    heads: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    slabs: tuple[str, ...] = ()


SLIDES = (
    Slide("01", "A layer that deletes hides files. It makes nothing smaller.", slabs=("Layer 2", "Layer 1", "Layer 0")),
    Slide(
        "01",
        "A height is an image once it has metadata, and so an id, of its own.",
        heads=("Image",),
        slabs=("Layer 2 (Image 2)", "Layer 1 (Image 1)", "Layer 0 (Image 0)"),
    ),
    Slide(
        "05",
        "These ids were drawn at random. Today's are digests: anyone can compute them.",
        heads=("coreos/apache",),
        slabs=APACHE,
    ),
    Slide(
        "05",
        "A label is metadata. It changes the image id, and the id of no layer.",
        heads=("Metadata",),
        slabs=tuple(f"{3 - place}) {name}" for place, name in enumerate(APACHE)),
    ),
    Slide(
        "02",
        "The first byte that is written to a file of the image costs the whole file.",
        heads=("One per container",),
        frames=("Thin writable layer",),
        slabs=("coreos/apache",),
    ),
    Slide(
        "03",
        "Two images can give back 0 B and 0 B alone, and 319 MB together.",
        heads=("Can be shared by", "many containers"),
        frames=("", "", ""),
        slabs=ROOTFS[2:],
    ),
    Slide(
        "02",
        "docker stop ends the process. What it wrote stays in the thin layer until docker rm.",
        heads=("One Process", "per Container...", "Usually..."),
    ),
)  # fmt: skip


def slides() -> Drawing:
    """Return the seven slides as thumbnails, and two corrections to them, as one still picture.

    >>> print(str(slides()).splitlines()[0])
    SLIDE 1  Layer 2  Layer 1  Layer 0
    """
    marks = [mark for number, slide in enumerate(SLIDES) for mark in _slide(slide, number)]
    marks += _corrections(len(SLIDES))
    height = round(_PITCH * ((len(SLIDES) + 2) // 2) + _EDGE)
    title = f"{len(SLIDES)} slides, each with what is not on it"
    scene = Scene(tuple(marks), title, SENTENCE, f"{len(SLIDES)} slides, {len(CORRECTIONS)} corrections", height=height)
    return Drawing(scene, f'<p style="margin:2px 8px">{SENTENCE}</p>')


def _slide(slide: Slide, number: int) -> list[Mark]:
    left, top = _corner(number)
    card = Box(left, top, _WIDE, _HIGH, fill="paper", edge="muted")
    name = label(left + _WIDE + 10, top + 12, f"SLIDE {number + 1}", "title", bold=True)
    lesson = label(left + _CELL - 12, top + 12, f"lesson {slide.lesson}", "state", ink="muted", anchor="end", font=11)
    shapes = [card, name, *_thumbnail(slide, left, top)]
    return [Mark("caption", tuple(shapes)), Mark("caption", (_said(slide.says, left, top + 32), lesson))]


def _corrections(number: int) -> list[Mark]:
    left, top = _corner(number)
    marks = [Mark("caption", (label(left, top + 12, "TWO CORRECTIONS", "title", bold=True),))]
    y = top + 32
    for text in CORRECTIONS:
        lines = _wrapped(text, _CELL - 12)
        marks.append(Mark("caption", (label(left, y, lines, "note", font=_SAID),)))
        y += LINE_HEIGHT * (lines.count("\n") + 1) + 6
    return marks


def _corner(number: int) -> tuple[float, float]:
    return _EDGE + _CELL * (number % 2), _EDGE + _PITCH * (number // 2)


def _thumbnail(slide: Slide, left: float, top: float) -> list[Shape]:
    """Return what stands on a slide, its stack on the lower edge."""
    shapes: list[Shape] = []
    middle, rows = left + _WIDE / 2, len(slide.heads) + bool(slide.frames) + len(slide.slabs)
    y = top + _HIGH - 5 - _ROW * rows if slide.slabs else top + (_HIGH - _ROW * rows) / 2
    for text in slide.heads:
        shapes.append(_in_the_middle(text, middle, y, "ink"))
        y += _ROW
    each = (_WIDE - 10) / max(1, len(slide.frames))
    for place, text in enumerate(slide.frames):
        x = left + 5 + each * place
        shapes.append(Box(x + 2, y + 1, each - 4, _ROW - 3, edge="thin", weight=2, open_top=True))
        shapes += [_in_the_middle(text, x + each / 2, y, "ink")] if text else []
    y += _ROW if slide.frames else 0
    for text in slide.slabs:
        shapes += [Box(left + 5, y, _WIDE - 10, _ROW - 2, fill="layer"), _in_the_middle(text, middle, y, "white")]
        y += _ROW
    return shapes


def _in_the_middle(text: str, x: float, y: float, ink: Ink) -> Label:
    return label(x, y + 11, text, "note", font=_FONT, ink=ink, anchor="middle", room=_WIDE - 12)


def _said(text: str, left: float, y: float) -> Label:
    return label(left + _WIDE + 10, y, _wrapped(text, _CELL - _WIDE - 24), "note", font=_SAID)


def _wrapped(text: str, room: float, font: float = _SAID) -> str:
    """Return a text with newlines, so that no line is wider than `room`."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        lines = [*lines[:-1], longer] if width(longer, font) <= room else [*lines, word]
    return "\n".join(lines)
