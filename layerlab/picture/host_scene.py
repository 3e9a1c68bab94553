"""Scene: the canonical picture of a host, laid out once for every painter.

On the left the structure: containers as open-topped cards, joined to the images they stand on, and the images as
slabs. On the right the bytes on the host after each of the last steps.
"""

from collections.abc import Callable, Sequence

from layerlab.picture import cards, columns, places
from layerlab.picture import slabs as stack
from layerlab.picture.cards import CardFrame
from layerlab.picture.moment import Moment, Written
from layerlab.picture.shapes import STILL, Looks, Mark, Point, Room, Scene, Stroke, caption, label, lowered
from layerlab.words.digests import short_digest
from layerlab.words.plurals import counted
from layerlab.words.sizes import size

# Units: how high the usual picture is, and the gap between parts that stand one below the other on a narrow page.
HEIGHT, BETWEEN = 372, 18
# How low the columns of a low picture may end at least: lower ones could not be told apart.
LEAST = 208.0
SIDE = columns.ROOM


def scene(moment: Moment, looks: Looks = STILL) -> Scene:
    """Return the picture of a moment, 880 wide or, on a narrow page, as wide as that: marks in reading order.

    >>> from layerlab.picture.moment import ContainerCard, ImageStack, StoredLayer
    >>> shop = ImageStack("5f70", ("shop",), (StoredLayer("a", "site", 25_000_000),))
    >>> picture = scene(Moment((shop,), (ContainerCard("web", "5f70"),)))
    >>> [label.text for mark in picture.marks for label in mark.labels if mark.kind == "card"]
    ['web', 'running', 'nothing written', '0 B']
    """

    heading = "BYTES ON THIS HOST", "after each step"
    virtual = bool(moment.containers)

    def draw(room: Room) -> list[Mark]:
        return [caption(room.left, 16, *heading, room=room.width), *columns.draw(moment.history, virtual, room, floor)]

    floor, high = columns.GROUND, float(HEIGHT)
    if looks.low:
        below, foot = structure(moment, looks=looks)
        high = max(foot, *(mark.foot for mark in below), LEAST)
        floor = min(floor, high - (HEIGHT - floor))
    if not looks.narrow:
        marks, width, height = beside(moment, looks, draw, high)
        return Scene(marks, title(moment), moment.sentence, moment.balance, width, height)
    # Below the structure, columns would be out of sight, and nobody would see them grow. Rows have room above it.
    room = Room(4, looks.column - 8)
    rows, top = columns.rows(moment.history, virtual, room)
    below, foot = _stacked(moment, room, looks)
    shown = (caption(room.left, 16, *heading, room=room.width), *rows, *lowered(below, top))
    return Scene(shown, title(moment), moment.sentence, moment.balance, looks.column, round(foot + top))


def beside(
    moment: Moment, looks: Looks, draw: Callable[[Room], list[Mark]], height: float
) -> tuple[tuple[Mark, ...], int, int]:
    """Return the structure of a host with something `height` high beside it, and how wide and high both are.

    On a narrow page it stands below the structure.
    """
    if not looks.narrow:
        marks, foot = structure(moment, looks=looks)
        return (*marks, *draw(SIDE)), 880, round(max(foot, height))
    room = Room(4, looks.column - 8)
    marks, foot = _stacked(moment, room, looks)
    below = lowered(draw(room), foot + BETWEEN)
    return (*marks, *below), looks.column, round(max(mark.foot for mark in below) + 8)


def _stacked(moment: Moment, room: Room, looks: Looks) -> tuple[list[Mark], float]:
    """Return the structure of a host on a narrow page, with the places outside below it, and how high it is."""
    marks, foot = structure(moment, room, looks)
    if moment.places:
        # One below the other, nothing is beside the containers: each box says by itself who uses it.
        marks += places.draw(moment.places, room, foot + BETWEEN + places.TOP, {})
        foot = max(mark.foot for mark in marks)
    return marks, foot


def structure(moment: Moment, room: Room = stack.ROOM, looks: Looks = STILL) -> tuple[list[Mark], float]:
    """Return the left side of a picture, and how high it is: containers, their images, and the lines between them.

    >>> [mark.labels[0].text for mark in structure(Moment())[0]]
    ['CONTAINERS', 'none yet', 'READ-ONLY LAYERS', 'none yet']
    """
    aside = moment.places and not looks.narrow
    if aside:
        room = places.BESIDE
    # Old images without a name would take a column each, although their layers are drawn anyway under other images.
    own = stack.worth_a_column(moment.images, {each.image for each in moment.containers})
    under = f"; {more:,} more <none> end within" if (more := len(moment.images) - len(own)) else ""
    images = stack.columns(own, stack.most_columns(room))
    # An image without a column of its own stands in the last column, which sums up the rest.
    at = {image.id: column for column, image in enumerate(images)}
    last = len(images) - 1
    used = {images[at.get(container.image, last)].id for container in moment.containers}
    drawn = stack.draw(images, used, room, looks)
    layers = {image.id: image.layers for image in moment.images}

    def origin(card: CardFrame, item: Written) -> str:
        if item.source is None or card.image not in layers:
            return ""
        return drawn.of(layers[card.image][item.source].key, item)

    shown = cards.cards(moment.containers, lambda image: at.get(image, last), room)
    column = [at.get(card.image, last) for card in shown]
    centres = [room.left + (each + 0.5) * room.width / len(images) for each in column]
    placed = cards.draw(shown, centres if len(images) > 1 else [0.0] * len(shown), origin, room, looks)
    # The order of marks is the order in which they are painted and read: lines first, so that cards cover their ends.
    # The blocks come last, because a copy flies from a layer to its card above everything else.
    foot = drawn.foot + 18
    links = _links([each.middle for each in placed], column, drawn.ends, [images[each].id for each in column])
    marks = [
        caption(room.left, 16, "CONTAINERS", "one thin layer each", room=room.width),
        *links,
        *([each.mark for each in placed] or [_none(room.left, 48, [step.thin for step in moment.history])]),
        caption(room.left, foot, "READ-ONLY LAYERS", f"stored once, 0 at the bottom{under}", room=room.width),
        *(drawn.marks or [_none(room.left, drawn.foot - 10, [step.layers for step in moment.history])]),
        *(block for each in placed for block in each.blocks),
    ]
    if looks.bare and drawn.marks:
        # What stays begins where the headings of the picture are.
        marks = [mark for mark in marks if mark.kind != "caption" or mark.key == "caption:read-only layers"]
        lift = min(mark.box.y for mark in drawn.marks) - 4
        return lowered(marks, -lift), foot + 8 - lift
    if aside:
        ends = {
            each.key.removeprefix("card:"): (
                one.mark.key,
                (one.mark.box.x + one.mark.box.w - 8, cards.TOP + cards.HEIGHT),
            )
            for each, one in zip(shown, placed, strict=True)
            if each.key.startswith("card:")
        }
        marks += places.draw(moment.places, places.ROOM, places.TOP, ends)
    return marks, foot + 8


def title(moment: Moment) -> str:
    """Return the picture in one line, for people who hear it.

    >>> title(Moment())
    '0 containers, 0 images, 0 layers: 0 B on this host'
    """
    counts = (len(moment.containers), "container"), (len(moment.images), "image"), (len(moment.layers), "layer")
    texts = [counted(count, word) for count, word in counts]
    if moment.places:
        texts.append(f"{counted(len(moment.places), 'place')} outside")
    return f"{', '.join(texts)}: {size(moment.bytes.total)} on this host"


def _none(x: float, y: float, stored: Sequence[int]) -> Mark:
    """Say that there are none; `stored` are the bytes of such things after each step."""
    # After a removal, "yet" would be wrong.
    return Mark("caption", (label(x, y, "none" if any(stored) else "none yet", "note", ink="muted"),))


def _links(middles: Sequence[float], at: Sequence[int], ends: Sequence[Point], images: Sequence[str]) -> list[Mark]:
    """Return the lines from cards down to their images; where two would cross, one runs lower."""
    starts: dict[int, list[float]] = {column: [] for column in sorted(set(at))}
    for middle, column in zip(middles, at, strict=True):
        starts[column].append(middle)
    # Each column has one line that gathers all of its cards, because a line for each card would cover the picture.
    spans = {column: (min(*xs, ends[column][0]), max(*xs, ends[column][0])) for column, xs in starts.items()}
    foot = cards.TOP + cards.HEIGHT
    marks = []
    for column, level in _levels(starts, spans, ends).items():
        y = foot + 15 + 4 * level
        left, right = spans[column]
        end, top = ends[column]
        drops = [Stroke(((x, foot), (x, y)), "muted") for x in starts[column]]
        lines = (*drops, Stroke(((left, y), (right, y)), "muted"), Stroke(((end, y), (end, top)), "muted"))
        marks.append(Mark("link", lines, key=f"link:{short_digest(images[at.index(column)])}"))
    return marks


def _levels(
    starts: dict[int, list[float]], spans: dict[int, tuple[float, float]], ends: Sequence[Point]
) -> dict[int, int]:
    """Return how far down each column's line runs: below every other that it would cross on its way."""
    level = dict.fromkeys(starts, 0)
    # A line that goes right runs below the lines to its right that it crosses, so those must have their level first:
    # the columns are taken from the right. For lines that go left, the order is the other way round.
    for column in reversed(starts):
        if ends[column][0] > max(starts[column]):
            met = [level[other] + 1 for other in starts if other > column and spans[other][0] <= spans[column][1]]
            level[column] = max(met, default=0)
    for column in starts:
        if ends[column][0] < min(starts[column]):
            met = [level[other] + 1 for other in starts if other < column and spans[other][1] >= spans[column][0]]
            level[column] = max(met, default=0)
    return level
