"""Shipment: a build machine, a registry and a server side by side, each with its images and the layers that they use.

A layer that travelled comes out of the place that sent it. All gauges have one scale.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from layerlab.picture.shapes import Bar, Box, Looks, Mark, Move, Press, Room, Scene, Shape, caption, label, tag
from layerlab.words.digests import short_digest
from layerlab.words.plurals import counted
from layerlab.words.sizes import size

# Sizes are in units of the scene.
TOP, GAP = 20.0, 22.0  # where a place starts, and how far places are apart
NAME, SLAB = 28.0, 31.0  # the heights of an image's name and of a layer
# Below the last layer.
FOOT = 14.0
# Where the room below "no image yet" starts.
EMPTY = TOP + 10 + NAME


@dataclass(frozen=True, slots=True)
class ShippedLayer:
    """A layer in one of the places: its DiffID, what it is called, its bytes there, and a word for the last act.

    `source` is the place that it came from in the last act, "" where it did not move.
    """

    diff_id: str
    label: str
    size: int
    note: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class ShippedName:
    """A name in one of the places: what it names, and the key that a press on it sends, "" where nothing follows.

    `new` tells whether it is new there or names something else than before.
    """

    text: str
    rest: str
    press: str = ""
    says: str = ""
    new: bool = False


@dataclass(frozen=True, slots=True)
class Site:
    """One of the three places."""

    key: str
    title: str
    rest: str
    names: tuple[ShippedName, ...]
    layers: tuple[ShippedLayer, ...]

    @property
    def height(self) -> float:
        """How many units it takes from its title to its last layer."""
        return TOP + 10 + NAME * max(1, len(self.names)) + 6 + SLAB * max(1, len(self.layers)) + FOOT


def shipment(sites: Sequence[Site], looks: Looks, sentence: str, balance: str) -> Scene:
    """Return the picture: the places side by side, or one below the other on a narrow page."""
    largest = max((layer.size for site in sites for layer in site.layers), default=1) or 1
    marks: list[Mark] = []
    if looks.narrow:
        top = 0.0
        for site in sites:
            marks += _site(site, Room(8, looks.column - 16), top, largest)
            top += site.height
        width, height = looks.column, top
    else:
        width = 880
        for number, site in enumerate(sites):
            marks += _site(site, place(number, len(sites)), 0, largest)
        height = max(site.height for site in sites)
    told = ", ".join(f"{site.title.lower()} with {counted(len(site.layers), 'layer')}" for site in sites)
    return Scene(tuple(marks), told, sentence, balance, width, round(max(height, 120)))


def place(number: int, count: int) -> Room:
    """Return where one of `count` places is on a wide page.

    >>> place(1, 2)
    Room(left=451.0, width=421.0)
    """
    wide = (880 - 16 - GAP * (count - 1)) / count
    return Room(8 + number * (wide + GAP), wide)


def _site(site: Site, room: Room, top: float, largest: int) -> Iterable[Mark]:
    yield caption(room.left, top + TOP, site.title, site.rest, room.width)
    y = top + TOP + 10
    for name in site.names:
        yield _name(site, name, room, y)
        y += NAME
    if not site.names:
        nothing = label(room.left, y + 18, "no image yet", "note", ink="muted")
        yield Mark("link", (nothing,), key=f"none:{site.key}")
        y += NAME
    y += 6
    # As everywhere, the lowest layer is at the bottom.
    for layer in reversed(site.layers):
        yield _layer(site, layer, room, y, largest)
        y += SLAB


def _name(site: Site, name: ShippedName, room: Room, y: float) -> Mark:
    box = Box(room.left, y, room.width, NAME - 3, edge="ink" if name.press else "muted", round=4, weight=1.2)
    text = label(room.left + 8, y + 16, name.text, "name", bold=True, room=room.width * 0.62)
    right = room.right - 8
    shapes: list[Shape] = [box, text]
    if name.new:
        shapes += tag(right, y + 16, "new", "note", anchor="end")
        right -= 48
    shapes.append(
        label(right, y + 16, name.rest, "note", ink="muted", anchor="end", room=max(20.0, right - text.right - 6))
    )
    press = Press(name.says) if name.press else None
    return Mark("image", tuple(shapes), key=name.press or f"name:{site.key}:{name.text}:{name.rest}", press=press)


def _layer(site: Site, layer: ShippedLayer, room: Room, y: float, largest: int) -> Mark:
    h = SLAB - 4
    box = Box(room.left, y, room.width, h, fill="layer", round=3)
    right = room.right - 8
    number = label(right, y + 16, size(layer.size), "size", ink="white", anchor="end")
    shapes: list[Shape] = [box, number]
    left = room.left + 8
    if layer.size:
        longest = room.width - 16
        shapes.append(Box(left, y + h - 5, max(2.0, longest * layer.size / largest), 3, fill="white"))
    text = label(left, y + 16, layer.label, "name", bold=True, ink="white", room=room.width - 155)
    shapes.append(text)
    if layer.note:
        word = tag(text.right + 10, y + 15, layer.note, font=12)
        shapes += word
    key = f"{site.key}/{short_digest(layer.diff_id)}"
    move = Move(f"{layer.source}/{short_digest(layer.diff_id)}") if layer.source else Move()
    bar: Bar = (("layers", layer.size / largest),)
    return Mark("slab", tuple(shapes), bar=bar, key=key, move=move)
