"""Scene: the canonical picture of a host, laid out once for every painter.

On the left the structure: containers as open-topped cards, joined to the images they stand on, and the images as
slabs. On the right the bytes on the host after each of the last steps.
"""

from collections.abc import Sequence

from layerlab.picture import cards, columns
from layerlab.picture import slabs as stack
from layerlab.picture.moment import Moment
from layerlab.picture.shapes import Mark, Point, Scene, Stroke, caption, label
from layerlab.words.plurals import counted
from layerlab.words.sizes import size


def scene(moment: Moment) -> Scene:
    """Return the picture of a moment: 880 by 372, marks in reading order.

    >>> from layerlab.picture.moment import ContainerCard, ImageStack, StoredLayer
    >>> shop = ImageStack("5f70", ("shop",), (StoredLayer("a", "site", 25_000_000),))
    >>> picture = scene(Moment((shop,), (ContainerCard("web", "5f70"),)))
    >>> [label.text for mark in picture.marks for label in mark.labels if mark.kind == "card"]
    ['web', 'running', 'nothing written', '0 B']
    """
    marks = [
        *structure(moment),
        caption(548, 16, "BYTES ON THIS HOST", "after each step"),
        *columns.draw(moment.history, containers=bool(moment.containers)),
    ]
    return Scene(tuple(marks), title(moment), moment.sentence, moment.balance)


def structure(moment: Moment) -> list[Mark]:
    """Return the left side of a picture: containers, the images that they stand on, and the lines between them.

    >>> [mark.labels[0].text for mark in structure(Moment())]
    ['CONTAINERS', 'none yet', 'READ-ONLY LAYERS', 'none yet']
    """
    own = stack.worth_a_column(moment.images, {each.image for each in moment.containers})
    under = f"; {more:,} more <none> end within" if (more := len(moment.images) - len(own)) else ""
    images = stack.columns(own)
    place = {image.id: column for column, image in enumerate(images)}
    last = len(images) - 1
    slabs, ends = stack.draw(images, {images[place.get(container.image, last)].id for container in moment.containers})
    shown = cards.cards(moment.containers, lambda image: place.get(image, last))
    at = [place.get(card.image, last) for card in shown]
    centres = [stack.LEFT + (column + 0.5) * stack.WIDTH / len(images) for column in at]
    drawn = cards.draw(shown, centres if len(images) > 1 else [0.0] * len(shown))
    links = _links([middle for _, middle in drawn], at, ends)
    return [
        caption(8, 16, "CONTAINERS", "one thin layer each"),
        *links,
        *([mark for mark, _ in drawn] or [_none(8, 48)]),
        caption(8, 364, "READ-ONLY LAYERS", f"stored once, 0 at the bottom{under}"),
        *(slabs or [_none(8, 336)]),
    ]


def title(moment: Moment) -> str:
    """Return the picture in one line, for people who hear it.

    >>> title(Moment())
    '0 containers, 0 images, 0 layers: 0 B on this host'
    """
    counts = (len(moment.containers), "container"), (len(moment.images), "image"), (len(moment.layers), "layer")
    texts = [counted(count, word) for count, word in counts]
    return f"{', '.join(texts)}: {size(moment.bytes.total)} on this host"


def _none(x: float, y: float) -> Mark:
    return Mark("caption", (label(x, y, "none yet", "note", ink="muted"),))


def _links(middles: Sequence[float], at: Sequence[int], ends: Sequence[Point]) -> list[Mark]:
    """Return the lines from cards down to their images; where two would cross, one runs lower."""
    starts: dict[int, list[float]] = {column: [] for column in sorted(set(at))}
    for middle, column in zip(middles, at, strict=True):
        starts[column].append(middle)
    spans = {column: (min(*xs, ends[column][0]), max(*xs, ends[column][0])) for column, xs in starts.items()}
    foot = cards.TOP + cards.HEIGHT
    marks = []
    for column, level in _levels(starts, spans, ends).items():
        y = foot + 19 + 4 * level
        left, right = spans[column]
        end, top = ends[column]
        drops = [Stroke(((x, foot), (x, y))) for x in starts[column]]
        marks.append(Mark("link", (*drops, Stroke(((left, y), (right, y))), Stroke(((end, y), (end, top))))))
    return marks


def _levels(
    starts: dict[int, list[float]], spans: dict[int, tuple[float, float]], ends: Sequence[Point]
) -> dict[int, int]:
    """Return how far down each column's line runs: below every other that it would cross on its way."""
    level = dict.fromkeys(starts, 0)
    for column in reversed(starts):
        if ends[column][0] > max(starts[column]):
            met = [level[other] + 1 for other in starts if other > column and spans[other][0] <= spans[column][1]]
            level[column] = max(met, default=0)
    for column in starts:
        if ends[column][0] < min(starts[column]):
            met = [level[other] + 1 for other in starts if other < column and spans[other][1] >= spans[column][0]]
            level[column] = max(met, default=0)
    return level
