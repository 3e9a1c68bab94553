"""Cards: the containers of a picture, each an open-topped frame with what its thin layer holds.

Up to 3 containers are full cards, 4 to 8 small ones; 9 and more are grouped by what they wrote.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from layerlab.picture.moment import ContainerCard, Written
from layerlab.picture.shapes import Box, Ink, Label, Mark, Shape, Texture, label, tag
from layerlab.words.lettering import width
from layerlab.words.sizes import size

LEFT, WIDTH, TOP, HEIGHT = 8.0, 512.0, 26.0, 72.0
FULL, MOST_CARDS, MOST_GROUPS = 3, 8, 6
GAP = 8.0

_LOOK: dict[str, tuple[Ink, Texture]] = {
    "new": ("thin", "plain"),
    "copied": ("thin", "dots"),
    "hidden": ("paper", "cross"),
}
GROUPED = ("new files", "other files")


@dataclass(frozen=True, slots=True)
class Card:
    """What one frame says: a container, or a group of containers that wrote the same."""

    name: str
    image: str
    state: str
    size: int
    written: tuple[Written, ...]
    note: str = ""
    count: str = ""


def cards(containers: Sequence[ContainerCard], column: Callable[[str], int]) -> list[Card]:
    """Return the cards of a picture in the order of their images' columns.

    >>> [card.name for card in cards([ContainerCard("web", "shop"), ContainerCard("job", "shop")], lambda image: 0)]
    ['web', 'job']
    """
    if len(containers) > MOST_CARDS:
        found = _groups(containers)
    else:
        found = [Card(each.name, each.image, each.state, each.size, each.written, each.note) for each in containers]
    return sorted(found, key=lambda card: column(card.image))


def _groups(containers: Sequence[ContainerCard]) -> list[Card]:
    kinds: dict[tuple[str, tuple[Written, ...]], list[ContainerCard]] = {}
    for container in containers:
        kinds.setdefault((container.image, _alike(container.written)), []).append(container)
    groups = sorted(kinds.items(), key=lambda item: -len(item[1]))
    shown = [_group(image, written, members, len(containers)) for (image, written), members in groups]
    if len(shown) <= MOST_GROUPS:
        return shown
    rest = [member for _, members in groups[MOST_GROUPS - 1 :] for member in members]
    others = (Written("other files", "new"),) if any(member.written for member in rest) else ()
    return [*shown[: MOST_GROUPS - 1], _group(rest[0].image, others, rest, len(containers))]


def _alike(written: tuple[Written, ...]) -> tuple[Written, ...]:
    """Return what makes two containers of one kind: the image's files they touched, and that they made new ones."""
    kept = [Written(item.path, item.kind) for item in written if item.kind != "new"]
    return (*kept, Written("new files", "new")) if len(kept) < len(written) else tuple(kept)


def _group(image: str, written: tuple[Written, ...], members: list[ContainerCard], total: int) -> Card:
    states = Counter(member.state for member in members)
    state, count = min(states.items(), key=lambda item: (item[0] == "running", item[0]))
    stated = state if count == len(members) else f"{count:,} {state}"
    notes = {member.note for member in members} - {""}
    note = "new" if "new" in notes else "".join(notes)
    whole = sum(member.size for member in members)
    return Card(f"{len(members):,}", image, stated, whole, written, note, f"of {total:,}")


def words(item: Written) -> str:
    """Return the words beside a mark: "catalog.db copied".

    >>> words(Written("var/www/", "hidden")), words(Written("new files", "new"))
    ('www/ hidden', 'new files')
    """
    return item.name if item.path in GROUPED else f"{item.name} {item.kind}"


def draw(shown: Sequence[Card], centres: Sequence[float]) -> list[tuple[Mark, float]]:
    """Return each card's mark and the x of its middle; `centres` are where their images' columns have theirs."""
    if not shown:
        return []
    if len(shown) <= FULL:
        wide = (WIDTH - 2 * GAP) / 3
        lefts = _apart([centre - wide / 2 for centre in centres], wide + GAP)
        return [(_full(card, left, wide), left + wide / 2) for card, left in zip(shown, lefts, strict=True)]
    gap = 6.0
    wide = (WIDTH - gap * (len(shown) - 1)) / len(shown)
    lefts = [LEFT + place * (wide + gap) for place in range(len(shown))]
    return [(_small(card, left, wide), left + wide / 2) for card, left in zip(shown, lefts, strict=True)]


def _apart(wished: list[float], pitch: float) -> list[float]:
    """Return places as near to the wished ones as keeps them apart and inside."""
    lefts: list[float] = []
    for wish in wished:
        lefts.append(max(wish, lefts[-1] + pitch if lefts else LEFT))
    last = LEFT + WIDTH - pitch + GAP
    for place in reversed(range(len(lefts))):
        lefts[place] = min(lefts[place], last)
        last = lefts[place] - pitch
    return lefts


def _frame(card: Card, left: float, wide: float) -> list[Shape]:
    frame: list[Shape] = [Box(left + 1.5, TOP, wide - 3, HEIGHT - 1.5, edge="thin", weight=3, open_top=True)]
    if card.note == "new":
        frame.insert(0, Box(left - 1, TOP, wide + 2, HEIGHT + 1, edge="ink", weight=2, open_top=True))
    return frame


def _full(card: Card, left: float, wide: float) -> Mark:
    right = left + wide - 9
    text = f"{card.name} {card.count}".strip()
    name = label(left + 10, TOP + 17, text, "name", font=14, bold=True, room=wide - 18)
    state = _state(card, right, TOP + 17)
    weight = label(right, TOP + 62, size(card.size), "size", font=13, bold=True, anchor="end")
    foot = left + 10
    news: list[Box | Label] = []
    if card.note == "new":
        crowded = len(card.written) > 1
        news = tag(weight.left - 7, TOP + 61, "new", anchor="end") if crowded else tag(left + 8, TOP + 61, "new")
        foot += 40
    if name.right + 8 > _leftmost(state) and card.count and len(card.written) < 2:
        state = [label(foot, TOP + 61, card.state, "state", ink="muted", room=weight.left - foot - 6)]
    elif name.right + 8 > _leftmost(state):
        name = label(name.x, name.y, text, "name", font=14, bold=True, room=_leftmost(state) - name.x - 8)
    items = _items(card.written, left + 10, right, _leftmost([weight, *news]) - 8)
    return Mark("card", (*_frame(card, left, wide), name, *state, *items, *news, weight))


def _state(card: Card, right: float, y: float) -> list[Box | Label]:
    """Return the state's word; where the last step changed nothing else, in a box."""
    if card.note == "state":
        return tag(right + 2, y, card.state, "state", anchor="end")
    return [label(right, y, card.state, "state", ink="muted", anchor="end")]


def _items(written: Sequence[Written], left: float, right: float, short: float) -> list[Shape]:
    """Return up to two lines of marks and words; the second ends at `short`, where the size stands."""
    if not written:
        return [label(left, TOP + 38, "nothing written", "wrote", ink="muted")]
    shapes = _item(written[0], left, TOP + 38, right - left)
    room = short - left
    if len(written) == 2 and width(written[1].kind, 12) <= room - 17:
        shapes += _item(written[1], left, TOP + 56, room)
    elif written[1:]:
        more = f"+{len(written) - 1:,}"
        text = f"{more} more" if width(f"{more} more", 12) <= room else more
        shapes.append(label(left, TOP + 56, text, "wrote", ink="muted", room=room))
    return shapes


def _item(item: Written, left: float, y: float, room: float, side: float = 12, font: float = 12) -> list[Shape]:
    fill, texture = _LOOK[item.kind]
    icon = Box(left, y - side + 1.5, side, side, fill=fill, edge="ink", weight=1.2, texture=texture)
    return [icon, _said(item, left + side + 5, y, room - side - 5, font)]


def _said(item: Written, x: float, y: float, room: float, font: float) -> Label:
    """Return a mark's words; where they do not fit, the name is cut before the last one, or stands alone."""
    whole = label(x, y, words(item), "wrote", room=room, font=font)
    if whole.shown == whole.text:
        return whole
    verb = "" if item.path in GROUPED else item.kind
    cut = label(x, y, item.name, "wrote", room=room - width(" " + verb, font), font=font).shown
    if len(cut) > 4:
        return replace(whole, shown=f"{cut} {verb}".strip())
    return replace(whole, shown=item.name if width(item.name, font) <= room else verb or cut)


def _small(card: Card, left: float, wide: float) -> Mark:
    inner, room = left + 7, wide - 12
    font = 12 if wide > 80 else 10
    shapes = [*_frame(card, left, wide), label(inner, TOP + 13, card.name, "name", font=font + 1, bold=True, room=room)]
    second = f"{card.count} {card.state}".strip() if card.count and wide > 110 else card.count or card.state
    if card.note == "state":
        shapes += tag(inner - 5, TOP + 28, card.state, "state", font=font - 1)
    else:
        shapes.append(label(inner, TOP + 28, second, "state", font=font, ink="muted", room=room))
    if not card.written:
        nothing = "nothing written" if wide > 115 else "nothing"
        shapes.append(label(inner, TOP + 45, nothing, "wrote", font=font, ink="muted", room=room))
    elif len(card.written) == 1:
        shapes += _item(card.written[0], inner, TOP + 45, room, side=10, font=font)
    else:
        first, *more = card.written
        shapes += _item(first, inner, TOP + 45, 10, side=10, font=font)[:1]
        text = f"+{len(more):,} more" if wide > 80 else f"+{len(more):,}"
        shapes.append(label(inner + 14, TOP + 45, text, "wrote", font=font, room=room - 14))
    weight = size(card.size)
    fits = min(font + 1, (wide - 12) / width(weight, 1, bold=True))
    shapes.append(label(left + wide - 6, TOP + 63, weight, "size", font=fits, bold=True, anchor="end"))
    if card.note == "new":
        shapes += tag(left + wide / 2 - 17, TOP + HEIGHT + 13, "new")
    return Mark("card", tuple(shapes))


def _leftmost(shapes: Sequence[Box | Label]) -> float:
    return min(shape.left if isinstance(shape, Label) else shape.x for shape in shapes)
