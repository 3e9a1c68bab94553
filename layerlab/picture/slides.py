"""Slides: the seven slides of the course as thumbnails, each with a sentence that the slide itself does not say."""

from dataclasses import dataclass
from html import escape

from layerlab.picture.shapes import Box, Ink, Label, Mark, Scene, Shape, label
from layerlab.picture.svg import FOLLOW, img

APACHE = ("87026dcb0044", "9cd978db300e", "6170bb7b0ad1", "511136ea3c5a")
ROOTFS = (*APACHE[:3], f"{APACHE[3]} (rootfs)")
CORRECTIONS = (
    "Slide 6: layer 0 is labelled rootfs, but it is empty. The files of the system came with layer 2.",
    "Slide 2: today a layer alone is no image. Before Docker 1.10, the id of each layer was also the id of an image.",
)

WAITING = "no sentence yet"

# Units: a thumbnail's width and height, the height of a line, and the size of its font.
_WIDE, _HIGH, _ROW, _FONT = 142, 94, 17.0, 10.0
# Blocks are two in a row on a page of 63 letters, and below each other on a narrow one. They grow with the letters.
_PART = '<div style="display:inline-block;vertical-align:top;max-width:100%;line-height:1.4;'
_BLOCK, _BESIDE = f'{_PART}width:28.8em;margin:.43em .5em .43em 0">', f'{_PART}width:17.4em;margin-left:.7em">'


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

    @property
    def words(self) -> tuple[str, ...]:
        """All texts of the slide, from the top down."""
        return tuple(filter(None, (*self.heads, *self.frames, *self.slabs)))


SLIDES = (
    Slide("01", "A layer that deletes hides files. It makes nothing smaller.", slabs=("Layer 2", "Layer 1", "Layer 0")),
    Slide(
        "01",
        "The lower layers are an image if they have metadata and an id of their own.",
        heads=("Image",),
        slabs=("Layer 2 (Image 2)", "Layer 1 (Image 1)", "Layer 0 (Image 0)"),
    ),
    Slide(
        "05",
        "These ids were random. Today they are digests, and anyone can compute a digest.",
        heads=("coreos/apache",),
        slabs=APACHE,
    ),
    Slide(
        "05",
        "A label is metadata. A new label changes the image id, and the id of no layer.",
        heads=("Metadata",),
        slabs=tuple(f"{3 - place}) {name}" for place, name in enumerate(APACHE)),
    ),
    Slide(
        "02",
        "The first byte that you add to a file of the image costs a copy of the whole file.",
        heads=("One per container",),
        frames=("Thin writable layer",),
        slabs=("coreos/apache",),
    ),
    Slide(
        "03",
        "Two images can free nothing alone, and 319 MB together.",
        heads=("Can be shared by", "many containers"),
        frames=("", "", ""),
        slabs=ROOTFS[2:],
    ),
    Slide(
        "02",
        "docker stop ends the process. Its thin layer stays until docker rm.",
        heads=("One Process", "per Container...", "Usually..."),
    ),
)  # fmt: skip


@dataclass(frozen=True, repr=False)
class Slides:
    """The seven slides in a notebook: a thumbnail of each, and as text beside it what one can say of it.

    >>> print(str(slides()).splitlines()[0])
    SLIDE 1  Layer 2, Layer 1, Layer 0
    """

    slides: tuple[Slide, ...]
    own: tuple[str, ...] = ()

    @property
    def scenes(self) -> tuple[Scene, ...]:
        """Each slide as a small picture."""
        return tuple(_scene(slide, number) for number, slide in enumerate(self.slides, start=1))

    def __str__(self) -> str:
        lines = []
        for number, slide in enumerate(self.slides, start=1):
            lines.append(f"SLIDE {number}  {', '.join(slide.words)}")
            lines += [f"  You: {own}" for own in self._own(number)]
            lines.append(f"  {slide.says}  lesson {slide.lesson}")
        return "\n".join([*lines, "TWO CORRECTIONS", *(f"  {text}" for text in CORRECTIONS)])

    __repr__ = __str__

    def _own(self, number: int) -> list[str]:
        """Return the learner's sentence for a slide as a list, empty where there is none."""
        if not self.own:
            return []
        return [self.own[number - 1] if len(self.own) >= number and self.own[number - 1] else WAITING]

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        blocks = []
        for number, (slide, scene) in enumerate(zip(self.slides, self.scenes, strict=True), start=1):
            name = f'<strong>Slide {number}</strong> <span style="opacity:.8">lesson {slide.lesson}</span>'
            own = "".join(f"<br><strong>You:</strong> {escape(text)}" for text in self._own(number))
            blocks.append(f"{_BLOCK}{img(scene)}{_BESIDE}{name}{own}<br>{escape(slide.says)}</div></div>")
        corrections = "".join(f'<div style="margin-top:4px">{escape(text)}</div>' for text in CORRECTIONS)
        blocks.append(f"{_BLOCK}<strong>Two corrections</strong>{corrections}</div>")
        page = f'{FOLLOW}<div class="layerlab-slides" style="max-width:63em;font-size:14px">{"".join(blocks)}</div>'
        return {"text/plain": str(self), "text/html": page}


def slides(*own: str) -> Slides:
    """Return the seven slides of the course, each with what one can say of it now, and two corrections to them.

    `own` are sentences of one's own, the first for slide 1; "" leaves a slide without one.

    >>> print("\\n".join(str(slides("Layers hide, and never shrink.")).splitlines()[:2]))
    SLIDE 1  Layer 2, Layer 1, Layer 0
      You: Layers hide, and never shrink.
    """
    if len(own) > len(SLIDES):
        raise ValueError(f"there are {len(SLIDES)} slides, and {len(own)} sentences")
    return Slides(SLIDES, own)


def _scene(slide: Slide, number: int) -> Scene:
    """Return the picture of a slide; a stack stands on the lower edge, and words alone are in the middle."""
    card = Box(0.5, 0.5, _WIDE - 1, _HIGH - 1, edge="muted")
    rows = len(slide.heads) + bool(slide.frames) + len(slide.slabs)
    y = _HIGH - 5 - _ROW * rows if slide.slabs else (_HIGH - _ROW * rows) / 2
    shapes: list[Shape] = []
    for text in slide.heads:
        shapes.append(_in_the_middle(text, _WIDE / 2, y, "ink"))
        y += _ROW
    each = (_WIDE - 10) / max(1, len(slide.frames))
    for place, text in enumerate(slide.frames):
        x = 5 + each * place
        shapes.append(Box(x + 2, y + 1, each - 4, _ROW - 3, edge="thin", weight=2, open_top=True))
        shapes += [_in_the_middle(text, x + each / 2, y, "ink")] if text else []
    y += _ROW if slide.frames else 0
    for text in slide.slabs:
        shapes += [Box(5, y, _WIDE - 10, _ROW - 2, fill="layer"), _in_the_middle(text, _WIDE / 2, y, "white")]
        y += _ROW
    return Scene((Mark("caption", (card, *shapes)),), f"Slide {number}", slide.says, "", _WIDE, _HIGH)


def _in_the_middle(text: str, x: float, y: float, ink: Ink) -> Label:
    return label(x, y + 11, text, "note", font=_FONT, ink=ink, anchor="middle", room=_WIDE - 12)
