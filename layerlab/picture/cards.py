"""Cards: the containers of a picture, each an open-topped frame with what its thin layer holds.

Up to 3 containers are full cards, 4 to 6 small ones; 7 and more are grouped by what they wrote. On a narrow page
there is room for fewer. What a container wrote is a block of its own, so that one sees where it comes from.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from layerlab.picture.moment import ContainerCard, Written
from layerlab.picture.shapes import STILL, Box, Ink, Label, Looks, Mark, Move, Press, Room, Shape, Texture, label, tag
from layerlab.picture.slabs import ROOM
from layerlab.picture.svg import place
from layerlab.words.lettering import width
from layerlab.words.printable import printable
from layerlab.words.sizes import size

TOP, HEIGHT = 26.0, 78.0
# Units: the left part of a picture is 512 wide, so it has room for 3 full cards or 6 small ones.
FULL_WIDTH, SMALL_WIDTH = 160.0, 78.0
GAP = 8.0
# Units: a box of exactly this size is taken for the icon of something written, and becomes a block of its own.
ICON = 14.0
RISE, SETTLE = 24.0, 150
"""How far above its place a new card starts, in units, and the milliseconds that words wait after a copy."""

_LOOK: dict[str, tuple[Ink, Texture]] = {
    "new": ("thin", "plain"),
    "copied": ("thin", "dots"),
    "hidden": ("paper", "cross"),
}
# Names that stand for several files. They are no paths, so no word such as new is written after them.
GROUPED = ("new files", "other files")


@dataclass(frozen=True, slots=True)
class CardFrame:
    """What one frame says: a container, or a group of containers that wrote the same."""

    name: str
    image: str
    state: str
    size: int
    written: tuple[Written, ...]
    note: str = ""
    count: str = ""
    key: str = ""


def most(room: Room) -> int:
    """Return how many cards have room.

    >>> most(ROOM), most(Room(4, 264))
    (6, 3)
    """
    return max(1, int(room.width // SMALL_WIDTH))


def cards(containers: Sequence[ContainerCard], column: Callable[[str], int], room: Room = ROOM) -> list[CardFrame]:
    """Return the cards of a picture in the order of their images' columns.

    >>> [card.name for card in cards([ContainerCard("web", "shop"), ContainerCard("job", "shop")], lambda image: 0)]
    ['web', 'job']
    """
    found = _groups(containers, most(room)) if len(containers) > most(room) else [*map(_card_of, containers)]
    return sorted(found, key=lambda card: column(card.image))


def _groups(containers: Sequence[ContainerCard], most_groups: int) -> list[CardFrame]:
    kinds: dict[tuple[str, tuple[Written, ...]], list[ContainerCard]] = {}
    for container in containers:
        kinds.setdefault((container.image, _alike(container.written)), []).append(container)
    # The largest groups have a card each, and the last card gathers the rest.
    groups = sorted(kinds.items(), key=lambda item: -len(item[1]))
    shown = [_group(image, written, members, len(containers)) for (image, written), members in groups]
    if len(shown) > most_groups:
        rest = [member for _, members in groups[most_groups - 1 :] for member in members]
        others = (Written("other files", "new"),) if any(member.written for member in rest) else ()
        shown = [*shown[: most_groups - 1], _group(rest[0].image, others, rest, len(containers))]
    # A group has no container to choose, so its key names its place and it cannot be pressed. A container that is like
    # no other keeps its name.
    alone = [members[0] if len(members) == 1 else None for _, members in groups]
    named = zip(shown, [*alone[: len(shown) - 1], None] if len(shown) < len(groups) else alone, strict=True)
    return [_card_of(own) if own else replace(card, key=f"group:{number}") for number, (card, own) in enumerate(named)]


def _card_of(container: ContainerCard) -> CardFrame:
    each = container
    return CardFrame(each.name, each.image, each.state, each.size, each.written, each.note, key=f"card:{each.name}")


def _alike(written: tuple[Written, ...]) -> tuple[Written, ...]:
    """Return what the containers of a group have in common: changed files of the image, and whether any are new."""
    kept = [replace(item, size=0) for item in written if item.kind != "new"]
    return (*kept, Written("new files", "new")) if len(kept) < len(written) else tuple(kept)


def _group(image: str, written: tuple[Written, ...], members: list[ContainerCard], total: int) -> CardFrame:
    states = Counter(member.state for member in members)
    # A state other than running is named before running, because a stopped container still takes its bytes.
    state, count = min(states.items(), key=lambda item: (item[0] == "running", item[0]))
    stated = state if count == len(members) else f"{count:,} {state}"
    notes = {member.note for member in members} - {""}
    # What a container wrote matters more than its state, so new wins where the members of a group differ.
    note = "new" if "new" in notes else "".join(notes)
    whole = sum(member.size for member in members)
    return CardFrame(f"{len(members):,}", image, stated, whole, written, note, f"of {total:,}")


def words(item: Written) -> str:
    """Return the words beside a mark: "catalog.db copied".

    >>> words(Written("var/www/", "hidden")), words(Written("new files", "new"))
    ('www/ hidden', 'new files')
    """
    return item.name if item.path in GROUPED else f"{item.name} {item.kind}"


@dataclass(frozen=True, slots=True)
class Placed:
    """A card's mark, the blocks of what it holds, and the x of its middle."""

    mark: Mark
    blocks: tuple[Mark, ...]
    middle: float


def draw(
    shown: Sequence[CardFrame],
    centres: Sequence[float],
    origin: Callable[[CardFrame, Written], str],
    room: Room = ROOM,
    looks: Looks = STILL,
) -> list[Placed]:
    """Return the cards in their places; `centres` are the middles of their images' columns.

    `origin` returns where the original of a written file is drawn in its layer, in the form that `Move` uses.
    """
    if not shown:
        return []
    fits = max(1, int(room.width // FULL_WIDTH))
    if len(shown) <= fits:
        wide = (room.width - (fits - 1) * GAP) / fits
        # A full card stands over its image where it can, so that the line between them is short.
        lefts = _apart([centre - wide / 2 for centre in centres], wide + GAP, room)
        return [_placed(card, _full(card, left, wide), origin, looks) for card, left in zip(shown, lefts, strict=True)]
    gap = 6.0
    wide = (room.width - gap * (len(shown) - 1)) / len(shown)
    lefts = [room.left + number * (wide + gap) for number in range(len(shown))]
    return [_placed(card, _small(card, left, wide), origin, looks) for card, left in zip(shown, lefts, strict=True)]


def _placed(card: CardFrame, shapes: list[Shape], origin: Callable[[CardFrame, Written], str], looks: Looks) -> Placed:
    """Return a card and its blocks: each written file is a mark, so that it can move; its words do not move."""
    # The painters of both cards put the frame first.
    frame = shapes[0]
    assert isinstance(frame, Box)
    icons = [shape for shape in shapes if isinstance(shape, Box) and shape.w == shape.h == ICON]
    blocks = [_block(card, item, icon, origin(card, item)) for item, icon in zip(card.written, icons, strict=False)]
    press = None
    if looks.live and card.key.startswith("card:"):
        press = Press("Container", chosen=card.key in looks.chosen)
        if press.chosen:
            shapes.append(Box(frame.x - 3, frame.y - 3, frame.w + 6, frame.h + 7, edge="ink", weight=2, round=5))
    # A new card comes down from above, and a card that is removed goes up again.
    above = place(replace(frame, y=frame.y - RISE))
    mark = Mark(
        "card",
        tuple(shape for shape in shapes if shape not in icons),
        key=card.key,
        press=press,
        move=Move(above, above),
    )
    return Placed(mark, tuple(blocks), frame.x + frame.w / 2)


def _block(card: CardFrame, item: Written, icon: Box, origin: str) -> Mark:
    """Draw the block of one file: a copy comes up out of its layer, and anything else shrinks to its place."""
    key = f"block:{card.key}/{printable(item.path)}/{item.kind}"
    # A box three times as wide around the icon: the block starts large and settles on the card.
    around = place(Box(icon.x - ICON, icon.y - ICON, 3 * ICON, 3 * ICON))
    if item.kind == "copied":
        return Mark("block", (icon,), key=key, move=Move(origin, origin))
    return Mark("block", (icon,), key=key, move=Move(around, around))


def _apart(wished: list[float], pitch: float, room: Room) -> list[float]:
    """Return places that do not overlap and lie inside the room, near the wished ones."""
    # The first pass moves cards right until they are apart. The second pass moves them left again until they are
    # inside.
    lefts: list[float] = []
    for wish in wished:
        lefts.append(max(wish, lefts[-1] + pitch if lefts else room.left))
    last = room.right - pitch + GAP
    for number in reversed(range(len(lefts))):
        lefts[number] = min(lefts[number], last)
        last = lefts[number] - pitch
    return lefts


def _frame(card: CardFrame, left: float, wide: float) -> list[Shape]:
    inside = Box(left + 1.5, TOP, wide - 3, HEIGHT - 1.5, fill="tray", edge="thin", weight=3, open_top=True)
    # A black frame is for what is chosen. What the last step changed has a frame of its own colour, twice as thick.
    changed = Box(left, TOP, wide, HEIGHT, edge="thin", weight=6, open_top=True)
    return [inside, *([changed] if card.note == "new" else [])]


def _full(card: CardFrame, left: float, wide: float) -> list[Shape]:
    right = left + wide - 10
    text = f"{card.name} {card.count}".strip()
    name = label(left + 11, TOP + 19, text, "name", font=14, bold=True, room=wide - 18)
    state = _state(card, right, TOP + 19)
    weight = label(right, TOP + 68, size(card.size), "size", font=14, bold=True, anchor="end")
    if name.right + 8 > _leftmost(state) and card.count and len(card.written) < 2:
        state = [label(left + 11, TOP + 68, card.state, "state", ink="muted", room=weight.left - left - 17)]
    elif name.right + 8 > _leftmost(state):
        name = label(name.x, name.y, text, "name", font=14, bold=True, room=_leftmost(state) - name.x - 8)
    items = _items(card.written, left + 11, right, weight.left - 8)
    return [*_frame(card, left, wide), name, *state, *items, weight]


def _state(card: CardFrame, right: float, y: float) -> list[Box | Label]:
    """Return the word for the state, in a box if the last step changed the state alone."""
    if card.note == "state":
        return tag(right + 2, y, card.state, "state", anchor="end")
    return [label(right, y, card.state, "state", ink="muted", anchor="end")]


def _items(written: Sequence[Written], left: float, right: float, short: float) -> list[Shape]:
    """Return up to two lines of icons and words; the second line ends at `short`, because the size stands there."""
    if not written:
        return [label(left, TOP + 42, "nothing written", "wrote", ink="muted")]
    shapes = _item(written[0], left, TOP + 42, right - left)
    room = short - left
    if len(written) == 2 and width(written[1].kind, 13) <= room - ICON - 6:
        shapes += _item(written[1], left, TOP + 66, room)
    elif written[1:]:
        more = f"+{len(written) - 1:,}"
        text = f"{more} more" if width(f"{more} more", 13) <= room else more
        shapes.append(label(left, TOP + 66, text, "wrote", ink="muted", room=room))
    return shapes


def _item(item: Written, left: float, y: float, room: float, font: float = 13) -> list[Shape]:
    fill, texture = _LOOK[item.kind]
    icon = Box(left, y - ICON + 2, ICON, ICON, fill=fill, edge="ink", weight=1.2, texture=texture)
    return [icon, _words_beside(item, left + ICON + 6, y, room - ICON - 6, font)]


def _words_beside(item: Written, x: float, y: float, room: float, font: float) -> Label:
    """Return a mark's words; where they do not fit, the name is cut before the last one, or stands alone."""
    whole = label(x, y, words(item), "wrote", room=room, font=font)
    if whole.shown == whole.text:
        return whole
    verb = "" if item.path in GROUPED else item.kind
    cut = label(x, y, item.name, "wrote", room=room - width(" " + verb, font), font=font).shown
    # A shorter name says too little: then the name stands alone if it fits, or else the word alone.
    if len(cut) > 4:
        return replace(whole, shown=f"{cut} {verb}".strip())
    return replace(whole, shown=item.name if width(item.name, font) <= room else verb or cut)


def _small(card: CardFrame, left: float, wide: float) -> list[Shape]:
    inner, room = left + 7, wide - 12
    shapes = [*_frame(card, left, wide), label(inner, TOP + 16, card.name, "name", bold=True, room=room)]
    second = f"{card.count} {card.state}".strip() if card.count and wide > 125 else card.count or card.state
    if card.note == "state":
        shapes += tag(inner - 3, TOP + 33, card.state, "state", font=12)
    else:
        shapes.append(label(inner, TOP + 33, second, "state", ink="muted", room=room))
    if not card.written:
        nothing = "nothing written" if wide > 125 else "nothing"
        shapes.append(label(inner, TOP + 51, nothing, "wrote", ink="muted", room=room))
    elif len(card.written) == 1:
        shapes += _item(card.written[0], inner, TOP + 51, room)
    else:
        first, *more = card.written
        shapes += _item(first, inner, TOP + 51, ICON + 4)[:1]
        text = f"+{len(more):,} more" if wide > 95 else f"+{len(more):,}"
        shapes.append(label(inner + ICON + 4, TOP + 51, text, "wrote", room=room - ICON - 4))
    weight = size(card.size)
    # A small card is as narrow as 78 units, so its size is written smaller and never cut: a cut number is a wrong
    # number.
    fits = min(13, (wide - 12) / width(weight, 1, bold=True))
    shapes.append(label(left + wide - 6, TOP + 69, weight, "size", font=fits, bold=True, anchor="end"))
    return shapes


def _leftmost(shapes: Sequence[Box | Label]) -> float:
    return min(shape.left if isinstance(shape, Label) else shape.x for shape in shapes)
