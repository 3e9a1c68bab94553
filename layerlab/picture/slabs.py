"""Stack: the images of a picture as slabs, one for each stored layer, each as wide as the images that stand on it.

Slabs are equally high, 0 at the bottom; a gauge on one scale shows their bytes. Where a stack is higher than 8
slabs, runs of neighbours that nothing touched are folded into one.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from layerlab.picture.moment import ImageStack, StoredLayer
from layerlab.picture.shapes import Bar, Box, Label, Mark, Point, Stroke, label, tag
from layerlab.words.lettering import width
from layerlab.words.sizes import size

LEFT, WIDTH, TOP, BOTTOM = 8.0, 512.0, 150.0, 346.0
MOST_ROWS, MOST_COLUMNS, TALLEST = 8, 6, 34.0
ROOMY, MOST_NARROW_ROWS, TIGHT = 3, 7, 100.0
GAUGE, WIDE, NARROW, NARROW_WITH_WORDS = 140.0, 360.0, 150.0, 200.0
REST = "rest"


@dataclass(slots=True)
class SlabLayer:
    """A stored layer in its place: its number, the columns of the images on it, and the node below."""

    layer: StoredLayer
    number: int
    below: "SlabLayer | None"
    first: int
    last: int
    top: bool = False
    row: int = 0


@dataclass(frozen=True, slots=True)
class Slab:
    """What is drawn as one slab: a run of nodes, a single one as a rule, with its place."""

    nodes: tuple[SlabLayer, ...]
    x: float
    y: float
    w: float
    h: float

    @property
    def size(self) -> int:
        """The bytes of all its layers."""
        return sum(node.layer.size for node in self.nodes)

    @property
    def dead(self) -> int:
        """The hidden bytes of all its layers."""
        return sum(node.layer.dead for node in self.nodes)

    @property
    def number(self) -> str:
        """The layer's number, or "3 to 120"."""
        first, last = self.nodes[0].number, self.nodes[-1].number
        if self.nodes[0].layer.key == REST:
            return ""
        return str(first) if first == last else f"{first} to {last}"


def worth_a_column(images: Sequence[ImageStack], used: Collection[str]) -> list[ImageStack]:
    """Return the images but, of more than 3, those that only lie under others: the oldest without names and containers.

    `used` holds the ids of the images that have containers. Every layer stays in the picture.

    >>> a, b, c, d = (StoredLayer(key, key, 1) for key in "abcd")
    >>> stacks = [ImageStack("4", ("shop",), (a, b, c, d))]
    >>> stacks += [ImageStack(str(count), (), (a, b, c)[:count]) for count in (1, 2, 3)]
    >>> [stack.id for stack in worth_a_column(stacks, {"1"})]
    ['4', '1', '3']
    """
    tops = [stack.layers[-1].key if stack.layers else "" for stack in images]
    under = [
        stack
        for stack, top in zip(images, tops, strict=True)
        if not stack.names
        and stack.id not in used
        and any(top in (layer.key for layer in other.layers) for other in images if other.names or other.id in used)
    ]
    left_out = {stack.id for stack in under[: max(0, len(images) - ROOMY)]}
    return [stack for stack in images if stack.id not in left_out]


def columns(images: Sequence[ImageStack]) -> list[ImageStack]:
    """Return the images from left to right: those that share layers side by side, an image before what stands on it.

    Of more than 6 images the last column stands for all that have no column of their own.

    >>> a, b, c = (StoredLayer(key, key, 1) for key in "abc")
    >>> stacks = [ImageStack("1", ("one",), (a, b)), ImageStack("2", ("two",), (c,)), ImageStack("3", ("base",), (a,))]
    >>> [stack.name for stack in columns(stacks)]
    ['base', 'one', 'two']
    """
    shown = list(images) if len(images) <= MOST_COLUMNS else list(images[: MOST_COLUMNS - 1])
    seen: dict[str, int] = {}
    places = {stack.id: [seen.setdefault(layer.key, len(seen)) for layer in stack.layers] for stack in shown}
    shown.sort(key=lambda stack: places[stack.id])
    if rest := images[len(shown) :]:
        extra = {layer.key: layer.size for stack in rest for layer in stack.layers if layer.key not in seen}
        slab = StoredLayer(REST, f"{len(extra):,} layers", sum(extra.values()))
        shown.append(ImageStack(REST, (f"{len(rest)} more",), (slab,)))
    return shown


def slabs(images: Sequence[ImageStack]) -> list[Slab]:
    """Return the slabs of images that stand in columns, from the top of each column downwards."""
    nodes = _nodes(images)
    runs = _runs(nodes, MOST_ROWS if WIDTH / max(1, len(images)) >= NARROW else MOST_NARROW_ROWS)
    rows = max((run[0].row for run in runs), default=0) + 1
    high = min(TALLEST, (BOTTOM - TOP) / rows)
    wide = WIDTH / max(1, len(images))
    return [
        Slab(
            tuple(run),
            LEFT + run[0].first * wide,
            BOTTOM - (run[0].row + 1) * high,
            (run[0].last - run[0].first + 1) * wide,
            high,
        )
        for run in runs
    ]


def _nodes(images: Sequence[ImageStack]) -> list[SlabLayer]:
    found: dict[str, SlabLayer] = {}
    for column, image in enumerate(images):
        below = None
        for number, layer in enumerate(image.layers):
            node = found.setdefault(layer.key, SlabLayer(layer, number, below, column, column))
            node.last = column
            below = node
        if below is not None:
            below.top = True
    return list(found.values())


def _runs(nodes: list[SlabLayer], most_rows: int) -> list[list[SlabLayer]]:
    """Return the nodes in runs, as few folded as lets every stack keep within a number of rows."""
    worth = sorted(nodes, key=_worth)
    fewest, most = 0, len(worth)
    if _rows(nodes, set(map(id, worth))) > most_rows:
        while fewest + 1 < most:
            middle = (fewest + most) // 2
            fits = _rows(nodes, set(map(id, worth[:middle]))) <= most_rows
            fewest, most = (middle, most) if fits else (fewest, middle)
        _rows(nodes, set(map(id, worth[:fewest])))
    runs: dict[tuple[int, int], list[SlabLayer]] = {}
    for node in nodes:
        runs.setdefault((node.first, node.row), []).append(node)
    return sorted(runs.values(), key=lambda run: (run[0].first, -run[0].row))


def _worth(node: SlabLayer) -> tuple[bool, bool, bool, int, int]:
    layer = node.layer
    return not layer.note, not (layer.dead or layer.hides), not node.top, -layer.size, -node.number


def _rows(nodes: list[SlabLayer], kept: set[int]) -> int:
    """Set each node's row, the same one for neighbours that fold, and return how many rows the highest stack has."""
    for node in nodes:
        below = node.below
        if below is None:
            node.row = 0
            continue
        alike = (node.first, node.last) == (below.first, below.last)
        node.row = below.row + (not alike or id(node) in kept or id(below) in kept)
    return 1 + max((node.row for node in nodes), default=0)


def draw(images: Sequence[ImageStack], used: Collection[str]) -> tuple[list[Mark], list[Point]]:
    """Return the marks of images and slabs, and for each image the point where lines from its containers arrive.

    `used` holds the ids of the images that have containers: their names leave room for that line.
    """
    shown = slabs(images)
    wide = WIDTH / max(1, len(images))
    numbers = max((width(slab.number, 13, bold=True) for slab in shown), default=0)
    scale = max((slab.size for slab in shown), default=0)
    twins = _twins(shown)
    again = {id(slab) for pair in twins for slab in pair}
    marks: list[Mark] = []
    ends: list[Point] = []
    depths: list[int] = []
    for column, image in enumerate(images):
        room = wide - (22 if image.id in used else 6)
        own = [slab for slab in shown if slab.nodes[0].first == column]
        above = [slab for slab in shown if slab.nodes[0].first <= column <= slab.nodes[0].last]
        under = own[-1].nodes[0].below if own else above[0].nodes[0] if above else None
        depths.append(depths[under.first] + 1 if under else 0)
        top = min((slab.y for slab in above), default=BOTTOM)
        name = _name(image, LEFT + column * wide, top - 8, room, alone=len(images) == 1)
        right = max(shape.x + shape.w if isinstance(shape, Box) else shape.right for shape in name)
        ends.append((max(LEFT + (column + 0.5) * wide, right + 12), top))
        marks.append(Mark("image", tuple(name), depth=depths[column]))
        marks += [_slab(slab, numbers, scale, depths[column], again=id(slab) in again) for slab in own]
    return [*marks, *(_tie(one, other) for one, other in twins)], ends


def _name(image: ImageStack, x: float, y: float, room: float, *, alone: bool) -> list[Box | Label]:
    """Draw an image's name and what it is made of or, beside others, how large it is, where that fits."""
    small = 9 if room < TIGHT else 11
    room -= width(image.note, small, bold=True) + 18 if image.note else 0
    top = len(image.layers) - 1
    if alone:
        made_of = f"layers 0 to {top} + metadata" if top > 0 else "layer 0 + metadata" if top == 0 else "metadata alone"
        texts = [(f"image {image.name}".rstrip(), True), (f"= {made_of}, {size(image.size)}", False)]
    else:
        texts = [(image.name, True), (size(image.size), False)]
    weight = width(texts[1][0], 12) + 8
    if image.id == REST or (not alone and width(texts[0][0], 13, bold=True) + weight > room):
        texts, weight = texts[:1], 0
    font = 13 if room > 100 else 11 if room > 50 else 10
    name = label(x + 4, y, texts[0][0], "name", font=font, bold=True, room=room - weight)
    shapes: list[Box | Label] = [name]
    if texts[1:]:
        shapes.append(label(name.right + 7, y, texts[1][0], "size", font=12))
    if image.note:
        shapes += tag(name.right + 8 + weight, y, image.note, font=small)
    return shapes


def _slab(slab: Slab, numbers: float, scale: int, depth: int, *, again: bool) -> Mark:
    """Draw one slab: its number, its name, what happened to it, its gauge and its size."""
    said = _said(slab, again=again)
    inline, narrow = slab.w >= WIDE, slab.w < (NARROW_WITH_WORDS if said else NARROW)
    two_lines = narrow and slab.h >= 28
    font = 13.0 if inline else 12.0 if not narrow else 11.0 if two_lines else 10.0
    base = slab.y + slab.h / 2 + (-2 if two_lines else 3.5 if inline or slab.h < 30 else 1.5)
    right = slab.x + slab.w - (9 if not narrow else 6)
    body = Box(slab.x + 1, slab.y + 1, slab.w - 2, slab.h - 2, fill="layer")
    number = label(slab.x + (9 if not narrow else 6), base, slab.number, "number", font=font, bold=True, ink="white")
    low = base + (13 if two_lines else 0)
    weight = label(right, low, size(slab.size), "size", font=font, bold=True, ink="white", anchor="end")
    note = next((node.layer.note for node in slab.nodes if node.layer.note), "")
    gauge, bar = _gauge(slab, scale, right - 66 - GAUGE if inline else slab.x + 9, inline=inline, read=note == "read")
    limit = right - 66 - GAUGE - 12 if inline else right if two_lines else weight.left - 8
    room = 150 if inline else max(100, 0.5 * slab.w)
    notes = _notes([] if narrow else said, note, weight.left - 6 if two_lines else limit, low, room)
    if notes and not two_lines:
        limit = min(shape.left if isinstance(shape, Label) else shape.x for shape in notes) - 10
    start = number.x + (numbers + 10 if inline else number.width + (6 if narrow else 10))
    text = f"{len(slab.nodes):,} layers" if len(slab.nodes) > 1 else slab.nodes[0].layer.label
    text = ", ".join([text, *said]) if narrow else text
    name = label(start, base, text, "name", font=font, ink="white", room=limit - start)
    edge = replace(body, fill="none", edge="ink", weight=3, x=body.x + 1, w=body.w - 2)
    outline = [edge] if note not in ("", "read") else []
    numbered = [number] if number.text else []
    return Mark("slab", (body, *outline, *numbered, name, *notes, *gauge, weight), bar, depth)


def _said(slab: Slab, *, again: bool) -> list[str]:
    """Return the words about a slab: what of it is hidden, that its files lie elsewhere too, what it hides."""
    hides = [name for node in slab.nodes for name in node.layer.hides]
    hidden = [f"{size(slab.dead)} hidden"] if slab.dead else []
    same = ["same files"] if again else []
    return hidden + same + ([f"hides {hides[0] if len(hides) == 1 else f'{len(hides):,} names'}"] if hides else [])


def _notes(texts: Sequence[str], note: str, limit: float, base: float, room: float) -> list[Box | Label]:
    """Draw the words about a slab, right-aligned at `limit`, a crossed box before what it hides."""
    shapes: list[Box | Label] = []
    for text in texts:
        words = label(limit, base, text, "note", room=room, ink="white", anchor="end")
        shapes.append(words)
        limit = words.left - 10
        if text.startswith("hides"):
            shapes.append(Box(limit - 7, base - 10.5, 12, 12, fill="paper", edge="ink", weight=1.2, texture="cross"))
            limit -= 17
    return [*shapes, *(tag(limit, base, note, anchor="end") if note else [])]


def _gauge(slab: Slab, scale: int, x: float, *, inline: bool, read: bool) -> tuple[list[Box], Bar]:
    """Return the byte gauge, its hidden part hatched, and the same as shares of the longest one."""
    share = slab.size / scale if scale else 0.0
    dead = slab.dead / scale if scale else 0.0
    bar: Bar = (("layers", share - dead), ("dead", dead))
    high = min(14.0, slab.h - 8) if inline else 4.0
    y = slab.y + (slab.h - high) / 2 if inline else slab.y + slab.h - 8
    if not inline and (slab.h < 30 or slab.w < GAUGE + 18):
        return [], bar
    frame = [Box(x, y, GAUGE, high, edge="white", weight=0.8)] if inline else []
    filled = [Box(x, y, max(1.5, GAUGE * (share - dead)), high, fill="white")] if share > dead else []
    hidden = [Box(x + GAUGE * (share - dead), y, GAUGE * dead, high, fill="white", texture="hatch")] if dead else []
    around = [Box(x - 1, y - 1, GAUGE + 2, high + 2, edge="ink", weight=3)] if read else []
    return [*frame, *filled, *hidden, *around], bar


def _twins(shown: Sequence[Slab]) -> list[tuple[Slab, Slab]]:
    """Return the pairs of slabs that hold the same files, stored again on another parent."""
    first: dict[str, Slab] = {}
    pairs = []
    for slab in shown:
        layer = slab.nodes[0].layer
        if len(slab.nodes) == 1 and layer.content and layer.size:
            other = first.setdefault(layer.content, slab)
            if other is not slab:
                pairs.append((other, slab))
    return pairs


def _tie(one: Slab, other: Slab) -> Mark:
    """Draw a dotted line along the edges of slabs, from one of the same files to the other."""
    left, right = sorted([one, other], key=lambda slab: slab.x)
    if left.x == right.x:
        edge = left.x + left.w - 3
        points: tuple[Point, ...] = ((edge, left.y + left.h / 2), (edge, right.y + right.h / 2))
    else:
        foot = left.y + left.h
        points = (left.x + 8, foot), (right.x, foot), (right.x, right.y + right.h - 6)
    return Mark("tie", (Stroke(points, "ink", 5), Stroke(points, "paper", 2.4, dots=5)))
