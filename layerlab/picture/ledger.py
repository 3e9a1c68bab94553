"""Ledger: who takes which bytes on a host, with all bars on one axis and one column that adds up to the disk.

SIZE and `virtual` count shared layers again and UNIQUE leaves them out. FAIR splits each layer among its images;
fair shares and thin layers together are the bytes on the host.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from layerlab.model.accounting import ContainerUsage, ImageUsage, Usage
from layerlab.picture.drawing import Drawing
from layerlab.picture.host_scene import HEIGHT, title
from layerlab.picture.host_scene import beside as structure_beside
from layerlab.picture.html import status
from layerlab.picture.moment import Moment
from layerlab.picture.shapes import (
    STILL,
    Bar,
    Box,
    Label,
    Looks,
    Mark,
    Role,
    Room,
    Scene,
    Shape,
    Stroke,
    caption,
    label,
)
from layerlab.words.digests import short_digest
from layerlab.words.lettering import width
from layerlab.words.plurals import listed
from layerlab.words.sizes import Bytes, printed_parts, size

LEFT, WIDE = 8.0, 640
# Sizes are in units of the scene.
TOP, FOOT = 22.0, 366.0  # where the rows begin and end
HEADING = (19.0, 16.0)  # the height of a line without a bar: roomy, and tight where there are many rows
TALLEST = 32.0  # the highest row
ROOMY = 25.0  # the lowest row with letters of size 13
NAMED = 84.0  # with less room for names, as on a phone, a name has a line above its numbers
LINE = 16.0  # the height of such a line
MOST_IMAGES, MOST_CARDS, MOST_GROUPS = 6, 8, 6  # rows: of images, of containers, of groups of containers
MOST_NAMED = 3  # names in the sentence
MANY = 3  # as many equal parts are written as a product in the balance
FULL = 0.82
"""The share of the axis that the whole host takes; the rest has room for bytes that are counted again."""


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """An image, a container or a group: what tools print, what nobody else uses, and its part of the host (bytes).

    A container has no `unique`: its `share` is its thin layer.
    """

    name: str
    size: int
    unique: int | None
    share: Bytes
    going: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """The rows of a ledger, and the bytes that are freed if all rows that are `going` are removed together.

    >>> Ledger((LedgerRow("shop", 25, 5, 15),), (LedgerRow("web", 35, None, 10),), 0).balance
    '15 B in fair shares + 10 B in thin layers = 25 B'
    """

    images: tuple[LedgerRow, ...]
    containers: tuple[LedgerRow, ...]
    back: int

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        """Images first, then containers."""
        return self.images + self.containers

    @property
    def total(self) -> int:
        """All bytes on the host."""
        return int(sum(row.share for row in self.rows))

    @property
    def printed(self) -> tuple[list[str], str]:
        """Each row's part of the host with its unit, and their total: the parts visibly add up."""
        return printed_parts([row.share for row in self.rows])

    @property
    def balance(self) -> str:
        """The line under the ledger: fair shares and thin layers, printed so that they add up to the host."""
        texts, total = self.printed
        fair, thin = texts[: len(self.images)], texts[len(self.images) :]
        return f"{_added(fair)} in fair shares + {_added(thin)} in thin layers = {total}"


def ledger(usage: Usage, going: Collection[str] = ()) -> Drawing:
    """Return the ledger of a host as a picture; `going` names images and containers that may be removed together.

    An unknown name raises KeyError.

    >>> base = scratch.with_layer(Layer.of({"srv/data": filler(20_000_000)}))
    >>> host = Host()
    >>> host.add(base, "base")
    >>> host.add(base.with_layer(Layer.of({"srv/more": filler(5_000_000)})), "shop")
    >>> host.run("shop", name="web").append("srv/data", b"!")
    >>> print(ledger(host.usage(), {"web", "shop"}))
    LEDGER  who takes which bytes
      IMAGES                 SIZE   UNIQUE     FAIR
      base                20.0 MB      0 B  10.0 MB  ====----
      shop          goes  25.0 MB  5.00 MB  15.0 MB  ##====----
      adding up           45.0 MB  5.00 MB
      CONTAINERS          virtual              thin
      web           goes  45.0 MB           20.0 MB  :::::::::-----------
      adding up           45.0 MB
      on this host                          45.0 MB  ###########:::::::::
      is freed                              25.0 MB  <<<<<<<<<<<
    10.0 MB + 15.0 MB in fair shares + 20.0 MB in thin layers = 45.0 MB
    Removing shop and web frees 25.0 MB together; one by one, 0 B + 20.0 MB = 20.0 MB.
    """
    if not isinstance(usage, Usage):
        raise TypeError(f"ledger takes what host.usage() returns, not {type(usage).__name__}")
    found = scene(usage, going)
    return Drawing(found, status(found))


def scene(usage: Usage, going: Collection[str] = ()) -> Scene:
    """Return the ledger alone: 640 wide and as high as it has rows."""
    found = account(usage, going)
    height = TOP + _text_lines(found) * HEADING[0] + _bar_lines(found) * TALLEST
    marks = [caption(LEFT, 16, "LEDGER", "who takes which bytes"), *draw(found, LEFT, WIDE - LEFT, TALLEST, HEADING[0])]
    return Scene(tuple(marks), _title(found), sentence(usage, going), found.balance, WIDE, round(height + 6))


def beside(moment: Moment, usage: Usage, going: Collection[str] = (), looks: Looks = STILL) -> Scene:
    """Return the structure of a host with its ledger beside it: 880 wide or, on a narrow page, below it."""
    found = account(usage, going)
    # The roomy heading first: the tight one is taken where rows would be too low for their bars.
    for heading in HEADING:
        pitch = min(TALLEST, (FOOT - TOP - _text_lines(found) * heading) / _bar_lines(found))
        if pitch >= ROOMY:
            break

    def draw_beside(room: Room) -> list[Mark]:
        return [
            caption(room.left, 16, "LEDGER", "who takes which bytes", room=room.width),
            *draw(found, room.left, room.right, pitch, heading),
        ]

    marks, width, height = structure_beside(moment, looks, draw_beside, HEIGHT)
    return Scene(marks, title(moment), sentence(usage, going), found.balance, width, height)


def account(usage: Usage, going: Collection[str] = ()) -> Ledger:
    """Return a host's rows, few enough to draw: over 6 images and over 8 containers are grouped.

    >>> account(Host().usage())
    Ledger(images=(), containers=(), back=0)
    """
    going = ids_of(usage, going)
    images = [_image(row, row.id in going) for row in usage.images.values()]
    rest = images[MOST_IMAGES - 1 :] if len(images) > MOST_IMAGES else []
    shown = [*images[: len(images) - len(rest)], *([_merged(f"{len(rest):,} more", rest)] if rest else [])]
    containers = list(usage.containers.values())
    cards = [_container(row, row.name in going) for row in containers]
    if len(cards) > MOST_CARDS:
        cards = _groups(containers, going)
    return Ledger(tuple(shown), tuple(cards), usage.reclaim(going))


def sentence(usage: Usage, going: Collection[str] = ()) -> str:
    """Say which column adds up or, of what is going, what is freed: often more than the sum of its parts.

    >>> sentence(Host().usage())
    'Nothing is on this host.'
    """
    if going:
        return _coming_back(usage, ids_of(usage, going))
    if not usage.images:
        return "Nothing is on this host."
    listed = sum(row.size for row in usage.images.values())
    unique = sum(row.unique for row in usage.images.values())
    if listed == usage.disk:
        return f"Nothing is shared: SIZE adds up to the {size(listed)} of layers."
    said = f"SIZE adds up to {size(listed)}, UNIQUE to {size(unique)}"
    return f"{said}; the layers take {size(usage.disk)}, the sum of the fair shares."


def _coming_back(usage: Usage, going: Collection[str]) -> str:
    # Images are compared by their ids, because one image may be in the table under several names.
    names = {row.id: key for key, row in usage.images.items()} | {name: name for name in usage.containers}
    keys = [key for key in names if key in going]
    who = listed([names[key] for key in keys]) if len(keys) <= MOST_NAMED else f"these {len(keys):,}"
    together = usage.reclaim(going)
    if kept := _kept(usage, going):
        return f"{kept} The rest frees {size(together)}." if len(keys) > 1 else kept
    if len(keys) == 1:
        row = usage.images.get(keys[0])
        shared = row.shared if row else 0
        return f"Removing {who} frees {size(together)}{f'; {size(shared)} more are shared' if shared else ''}."
    # A container alone gives back its thin layer. That needs no `reclaim`, which would be slow for 1,000 containers.
    alone = [usage.containers[key].size_rw if key in usage.containers else usage.reclaim({key}) for key in keys]
    if together == sum(alone):
        return f"Removing {who} frees {size(together)}. What they share stays."
    if len(keys) > MOST_NAMED:
        return f"Removing {who} frees {size(together)} together, {size(together - sum(alone))} more than one by one."
    texts, total = printed_parts(alone)
    return f"Removing {who} frees {size(together)} together; one by one, {' + '.join(texts)} = {total}."


def ids_of(usage: Usage, going: Collection[str]) -> set[str]:
    """Return the ids of images and the names of containers; an image is removed with all of its names.

    >>> host = Host()
    >>> host.add(scratch, "empty:1")
    >>> ids_of(host.usage(), {"empty:1"}) == {scratch.id}
    True
    """
    containers = {name for name in going if name in usage.containers}
    images = {usage.images[name].id for name in going if name in usage.images or name not in containers}
    return images | containers


def _kept(usage: Usage, going: Collection[str]) -> str:
    """Say which image would not be removed: an engine refuses while a container that stays uses the image."""
    for key, row in usage.images.items():
        users = [each.name for each in usage.containers.values() if each.image == row.id and each.name not in going]
        if row.id in going and users:
            others = f" and {len(users) - 1:,} more" if len(users) > 1 else ""
            verb, them = ("use", "them") if others else ("uses", "it")
            return f"{key} would be refused: {users[0]}{others} {verb} it. Mark {them} too."
    return ""


def _image(row: ImageUsage, going: bool) -> LedgerRow:
    return LedgerRow(", ".join(row.names) or f"<none> {short_digest(row.id)}", row.size, row.unique, row.fair, going)


def _container(row: ContainerUsage, going: bool) -> LedgerRow:
    return LedgerRow(row.name, row.virtual_size, None, row.size_rw, going)


def _groups(containers: Sequence[ContainerUsage], going: Collection[str]) -> list[LedgerRow]:
    """Return one row for all containers of an image whose thin layers are equally large, the commonest first."""
    # Containers of one image with equally large thin layers have the same row but for the name.
    alike: dict[tuple[str, int], list[LedgerRow]] = {}
    for row in containers:
        alike.setdefault((row.image, row.size_rw), []).append(_container(row, row.name in going))
    groups = sorted(alike.values(), key=len, reverse=True)
    if len(groups) > MOST_GROUPS:
        rest = [row for group in groups[MOST_GROUPS - 1 :] for row in group]
        groups = [*groups[: MOST_GROUPS - 1], rest]
    whole = f"{len(containers):,}"
    return [_merged(f"{len(each):,} of {whole}" if len(groups) > 1 else f"all {whole}", each) for each in groups]


def _merged(name: str, rows: Sequence[LedgerRow]) -> LedgerRow:
    own = [row.unique for row in rows if row.unique is not None]
    unique = sum(own) if own else None
    going = all(row.going for row in rows)
    return LedgerRow(name, sum(row.size for row in rows), unique, sum(row.share for row in rows), going)


def _text_lines(found: Ledger) -> int:
    return 2 + 2 * bool(found.containers)


def _bar_lines(found: Ledger) -> int:
    return max(1, len(found.images)) + len(found.containers) + 1 + bool(found.back)


def _title(found: Ledger) -> str:
    return f"Ledger: {len(found.images):,} rows of images, {len(found.containers):,} of containers, {size(found.total)}"


def draw(found: Ledger, left: float, right: float, pitch: float, heading: float) -> list[Mark]:
    """Return the marks of a ledger between `left` and `right`, `pitch` for a row that has a bar, else `heading`."""
    page = _Page(found, left, right, pitch, heading)
    printed, total = found.printed
    marks = [page.text("IMAGES", "SIZE", "UNIQUE", "FAIR", swatches="image")]
    for row, text in zip(found.images, printed, strict=False):
        marks.append(page.row(row, text))
    if not found.images:
        marks.append(page.none())
    marks.append(page.sums(found.images))
    if found.containers:
        marks.append(page.text("CONTAINERS", "virtual", "", "thin", swatches="container"))
        for row, text in zip(found.containers, printed[len(found.images) :], strict=True):
            marks.append(page.row(row, text))
        marks.append(page.sums(found.containers))
    marks.append(page.total(total))
    if found.back:
        marks.append(page.back())
    return marks


class _Page:
    """Where the next line of a ledger goes, and where its columns end."""

    def __init__(self, found: Ledger, left: float, right: float, pitch: float, heading: float) -> None:
        self.found, self.left, self.right, self.pitch, self.heading = found, left, right, pitch, heading
        self.y = TOP
        self.font = 13.0 if pitch >= ROOMY else 12.0
        self.scale = (right - left) * FULL / max(1, found.total)
        printed, total = found.printed
        sums = [_sum(row.size for row in rows) for rows in (found.images, found.containers)]
        fair = self._wide([*printed, total, size(found.back)], "FAIR")
        unique = self._wide([size(row.unique or 0) for row in found.images], "UNIQUE")
        listed = self._wide([size(row.size) for row in found.rows] + sums, "virtual")
        # The columns are as wide as their widest text. What is left is for the names.
        self.ends: dict[Role, float] = {"fair": right, "unique": right - fair, "size": right - fair - unique}
        self.room = right - fair - unique - listed - left
        self.split = self.room < NAMED

    def _wide(self, texts: Iterable[str], heading: str) -> float:
        widest = max((width(text, self.font, bold=True) for text in texts), default=0)
        return max(widest, width(heading, self.font, bold=True) + 15) + 9

    def text(
        self, name: str, listed: str, unique: str, fair: str, swatches: Literal["image", "container", ""] = ""
    ) -> Mark:
        """Return a line without a bar: a heading, or sums."""
        base, bold = self.y + 12, bool(swatches)
        first = label(self.left, base, name, "name", font=self.font, bold=bold, ink="ink" if bold else "muted")
        shapes: list[Shape] = [first]
        base = self._below(base)
        columns: tuple[tuple[Role, str], ...] = (("size", listed), ("unique", unique), ("fair", fair))
        for role, said in columns:
            if said:
                word = self._number(role, said, base, bold=bold)
                shapes.append(word)
                shapes += _swatch(word.left - 13, base - 8, role, swatches) if swatches else []
        self.y += self.heading
        return Mark("account", tuple(shapes))

    def sums(self, rows: Sequence[LedgerRow]) -> Mark:
        """Return what the printed columns add up to: numbers that no disk holds."""
        unique = [row.unique for row in rows if row.unique is not None]
        return self.text("adding up", _sum(row.size for row in rows), _sum(unique) if unique else "", "")

    def row(self, row: LedgerRow, share: str) -> Mark:
        """Return an image's or a container's line with its bar."""
        texts: list[tuple[Role, str]] = [("size", size(row.size)), ("fair", share)]
        if row.unique is not None:
            texts.insert(1, ("unique", size(row.unique)))
            own: Bar = (("layers", row.unique), ("shared", float(row.share - row.unique)))
        else:
            own = (("thin", float(row.share)),)
        bar: Bar = (*own, ("ghost", float(row.size - row.share)))
        return self._line(row.name, texts, bar, going=row.going)

    def none(self) -> Mark:
        """Return the line of a host without images."""
        return self._line("none yet", [], ())

    def total(self, text: str) -> Mark:
        """Return the line of the whole host; what `virtual` or SIZE adds up to is the dashed cap on its bar."""
        layers = float(sum(row.share for row in self.found.images))
        thin = float(sum(row.share for row in self.found.containers))
        counted = sum(row.size for row in self.found.containers or self.found.images)
        ghost = max(0.0, counted - layers - thin)
        bar: Bar = (("layers", layers), ("thin", thin), *((("ghost", ghost),) if ghost else ()))
        return self._line("on this host", [("fair", text)], bar, bold=True)

    def back(self) -> Mark:
        """Return the line of what is freed with the set that is going."""
        bar: Bar = (("back", float(self.found.back)),)
        return self._line("is freed", [("fair", size(self.found.back))], bar, bold=True)

    def _line(
        self, name: str, texts: Sequence[tuple[Role, str]], bar: Bar, *, bold: bool = False, going: bool = False
    ) -> Mark:
        base = self.y + 10
        room = self.right - self.left if self.split else self.room
        room -= 50 if going else 0
        listed = any(role == "size" for role, _ in texts)
        if not listed:
            # A row without a SIZE may use that column for its name.
            room = self.ends["unique"] - self.left
        first = label(self.left, base, name, "name", font=self.font, bold=bold, room=room)
        shapes: list[Shape] = [first, *(_goes(first.right + 9, base) if going else [])]
        if listed:
            base = self._below(base)
        shapes += [self._number(role, said, base, bold=bold or role == "fair") for role, said in texts]
        # The bar stands under the words of its row, so a low row has a thin bar.
        high = max(3.5, min(10.0, self.pitch - 17))
        gap = max(3.5, (self.pitch - 8 - high) / 2)
        shapes += _bar(self.left, base + gap, high, bar, self.scale, self.right)
        self.y += self.pitch
        whole = max(1, self.found.total)
        shares: Bar = tuple((part, min(length, whole) / whole) for part, length in bar)
        return Mark("account", tuple(shapes), shares)

    def _below(self, base: float) -> float:
        """Return the base line of the numbers of a name: that of the name, or one of their own below it."""
        if not self.split:
            return base
        self.y += LINE
        return base + LINE

    def _number(self, role: Role, text: str, base: float, *, bold: bool) -> Label:
        return label(self.ends[role], base, text, role, font=self.font, bold=bold, anchor="end")


def _bar(x: float, y: float, high: float, bar: Bar, scale: float, right: float) -> list[Shape]:
    """Draw a bar: unique bytes solid, the part of shared ones hatched, thin layers orange, counted again dashed."""
    shapes: list[Shape] = []
    for part, length in bar:
        wide = length * scale
        if not wide:
            continue
        if part == "ghost":
            shapes += _ghost(x, y, high, wide, right)
            continue
        # One byte is seen as a thin line.
        wide = max(wide, 1.5)
        if part == "shared":
            shapes.append(Box(x, y, wide, high, fill="white", edge="layer", texture="hatch"))
        elif part == "back":
            shapes.append(Box(x, y, wide, high, edge="ink", weight=1.8))
        else:
            # A bar below 8 units has no room for rows of dots.
            dotted = part == "thin" and high >= 8 and wide >= 8
            edge: Literal["ink", "none"] = "ink" if part == "thin" else "none"
            fill: Literal["layer", "thin"] = "thin" if part == "thin" else "layer"
            shapes.append(Box(x, y, wide, high, fill=fill, edge=edge, texture="dots" if dotted else "plain"))
        x += wide
    return shapes


def _ghost(x: float, y: float, high: float, wide: float, right: float) -> list[Shape]:
    """Draw the dashed outline of what is counted again, cut off where the axis ends."""
    end = min(x + wide, right)
    if end - x < 1:
        return []
    shapes: list[Shape] = [Stroke(((x, y), (end, y), (end, y + high), (x, y + high)), weight=1.2, dash=True)]
    # Two strokes through the outline say that it is longer than the axis.
    if x + wide > right and end - x > 24:
        shapes += [Stroke(((end - 16 + at, y + high + 2), (end - 12 + at, y - 2)), weight=1.2) for at in (0, 4)]
    return shapes


def _goes(x: float, base: float) -> list[Shape]:
    """Return the word on a row that goes, in a box that is lower than the line."""
    word = label(x, base, "goes", "note", font=12, bold=True, ink="paper")
    return [Box(word.left - 4, base - 10.5, word.width + 8, 13, fill="ink", round=2), word]


def _swatch(x: float, y: float, role: str, kind: str) -> list[Shape]:
    """Draw what a column's bytes look like in the bars, before the column's word."""
    if role == "size":
        return [Box(x, y, 9, 8, edge="ink", weight=1.2, dash=True)]
    if role == "fair" and kind == "container":
        return [Box(x, y, 9, 8, fill="thin", edge="ink")]
    if role == "fair":
        return [Box(x, y, 4, 8, fill="layer"), Box(x + 4, y, 6, 8, fill="white", edge="layer", texture="hatch")]
    return [Box(x, y, 9, 8, fill="layer")]


def _sum(values: Iterable[int]) -> str:
    return size(sum(values))


def _added(texts: Sequence[str]) -> str:
    """Return printed parts with a plus between them: zeros are left out, and 3 or more equal parts are a product.

    >>> _added(["98 MB", "0 B", "20.0 MB", "20.0 MB", "20.0 MB"]), _added(["0 B"])
    ('98 MB + 3 × 20.0 MB', '0 B')
    """
    runs = [(text, len(list(run))) for text, run in groupby(text for text in texts if text != "0 B")]
    terms = (" + ".join([text] * count) if count < MANY else f"{count} × {text}" for text, count in runs)
    return " + ".join(terms) or "0 B"
