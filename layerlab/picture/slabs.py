"""Slabs: the images of a picture, one slab for each stored layer, each as wide as the images that stand on it.

All slabs have the same height, and layer 0 is at the bottom. A gauge on each slab shows its bytes, and all gauges have
one scale. In a stack of more than 8 slabs, neighbours that the last step did not change are drawn as one slab. A layer
that is open shows its largest files under its slab.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from layerlab.picture.moment import ImageStack, StoredLayer, Written
from layerlab.picture.shapes import (
    STILL,
    Bar,
    Box,
    Ink,
    Label,
    Looks,
    Mark,
    Move,
    Point,
    Press,
    Room,
    Shape,
    Stroke,
    label,
    tag,
)
from layerlab.picture.svg import place
from layerlab.words.digests import short_digest
from layerlab.words.lettering import width
from layerlab.words.plurals import counted
from layerlab.words.printable import printable
from layerlab.words.sizes import size

# The left part of a picture that is 880 wide. The bytes of steps or a ledger have the rest.
ROOM = Room(8.0, 512.0)
TOP, BOTTOM = 150.0, 346.0
MOST_ROWS = 8  # of a stack
MOST_NARROW_ROWS = 7  # of a stack in a narrow column
TALLEST = 34.0  # a slab's height, in units of the scene as all sizes here
LOW = 27.0  # a slab's height in a low picture
LEAST_COLUMN = 85.0  # what an image needs for a column of its own
ROOMY = 3  # images that have a column of their own in any case
TIGHT = 100.0  # in a narrower column an image's name is smaller
GAUGE = 140.0  # the longest gauge
WIDE = 360.0  # a slab that is as wide has all in one line
NARROW = 180.0  # in a narrower slab the notes follow the name
LEAST_NAME = 5  # letters of a cut name, the ellipsis among them: a shorter one is left out
FEW_FILES = 3  # of an open layer in a low picture, where there are more than its list has
ROW = 27.0  # the height of a file's line
STEP_IN = 34.0  # how far a file's line is indented
CHEVRON = 22.0  # the room for the sign that a layer opens
# The id and the key of what sums up the images that have no column.
REST = "rest"


@dataclass(slots=True)
class SlabLayer:
    """A stored layer in its place: its number, the first and last column of the images on it, and the layer below."""

    layer: StoredLayer
    number: int
    below: "SlabLayer | None"
    first: int
    last: int
    top: bool = False
    row: int = 0


@dataclass(frozen=True, slots=True)
class Slab:
    """What is drawn as one slab, and where: one layer as a rule, or several neighbours that are folded."""

    nodes: tuple[SlabLayer, ...]
    x: float
    y: float
    w: float
    h: float
    extra: float = 0

    @property
    def only(self) -> StoredLayer | None:
        """The layer, if the slab is exactly one; None for folded layers and for the sum of images without a column."""
        layer = self.nodes[0].layer
        return layer if len(self.nodes) == 1 and layer.key != REST else None

    @property
    def key(self) -> str:
        """What names the slab from picture to picture."""
        # A folded run has a prefix of its own, because a press on a key that starts with layer: opens that layer.
        return f"{'layer' if self.only else 'layers'}:{short_digest(self.nodes[0].layer.key)}"

    @property
    def opens(self) -> bool:
        """Whether a press opens it, because there are files or hidden names to list."""
        return self.only is not None and bool(self.only.files or self.only.hides)

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
    """Return the images without those that only lie under others; up to 3 images all stay.

    What goes has no name and no container, the oldest first. `used` holds the ids of the images that have containers.
    Every layer stays in the picture, because the images above contain it.

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


def most_columns(room: Room) -> int:
    """Return how many images have room side by side.

    >>> most_columns(ROOM), most_columns(Room(4, 264))
    (6, 3)
    """
    return max(1, int(room.width // LEAST_COLUMN))


def columns(images: Sequence[ImageStack], most: int = 6) -> list[ImageStack]:
    """Return the images from left to right: those that share layers side by side, an image before what stands on it.

    Of more images than `most` the last column stands for all that have no column of their own.

    >>> a, b, c = (StoredLayer(key, key, 1) for key in "abc")
    >>> stacks = [ImageStack("1", ("one",), (a, b)), ImageStack("2", ("two",), (c,)), ImageStack("3", ("base",), (a,))]
    >>> [stack.name for stack in columns(stacks)]
    ['base', 'one', 'two']
    """
    shown = list(images) if len(images) <= most else list(images[: most - 1])
    # Layers are numbered as they are met. Images sorted by these numbers stand beside those with the same lowest
    # layers, and an image comes before the images that start with all of its layers.
    seen: dict[str, int] = {}
    places = {stack.id: [seen.setdefault(layer.key, len(seen)) for layer in stack.layers] for stack in shown}
    shown.sort(key=lambda stack: places[stack.id])
    if rest := images[len(shown) :]:
        extra = {layer.key: layer.size for stack in rest for layer in stack.layers if layer.key not in seen}
        slab = StoredLayer(REST, f"{len(extra):,} layers", sum(extra.values()))
        shown.append(ImageStack(REST, (f"{len(rest)} more",), (slab,)))
    return shown


def slabs(images: Sequence[ImageStack], room: Room = ROOM, looks: Looks = STILL) -> list[Slab]:
    """Return the slabs of images that stand in columns, from the top of each column downwards.

    A slab that is open has `extra` room under it, and with it every slab of its row.
    """
    wide = room.width / max(1, len(images))
    runs = _runs(_nodes(images), MOST_ROWS if wide >= NARROW else MOST_NARROW_ROWS)
    rows = max((run[0].row for run in runs), default=0) + 1
    # The notes on a narrow slab have a line of their own, so that slab stays as high as ever.
    high = min(LOW if looks.low and wide >= NARROW + 70 else TALLEST, (BOTTOM - TOP) / rows)
    flat = [
        Slab(tuple(run), room.left + run[0].first * wide, 0, (run[0].last - run[0].first + 1) * wide, high)
        for run in runs
    ]
    # The open layer with most lines sets the room of its row, because all slabs of a row stay in line.
    extra = [0.0] * rows
    for slab in flat:
        if slab.key in looks.opened:
            extra[slab.nodes[0].row] = max(extra[slab.nodes[0].row], ROW * len(_rows_of(slab, looks)) + 6)
    # Stacks stand on one line, so a low stack has its free room above it, unless the whole picture is to be low.
    top = TOP if looks.low else BOTTOM - rows * high
    return [
        replace(slab, y=top + (rows - 1 - row) * high + sum(extra[row + 1 :]), extra=extra[row])
        for slab, row in ((slab, slab.nodes[0].row) for slab in flat)
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
    """Return the layers in runs that fold as few layers as possible: no stack has more than `most_rows` rows."""
    worth = sorted(nodes, key=_worth)
    fewest, most = 0, len(worth)
    # More layers kept single never make fewer rows, so a binary search finds how many of them fit.
    if _rows(nodes, set(map(id, worth))) > most_rows:
        while fewest + 1 < most:
            middle = (fewest + most) // 2
            fits = _rows(nodes, set(map(id, worth[:middle]))) <= most_rows
            fewest, most = (middle, most) if fits else (fewest, middle)
        # The last try of the search may not be the one that fits, so the rows are set once more.
        _rows(nodes, set(map(id, worth[:fewest])))
    runs: dict[tuple[int, int], list[SlabLayer]] = {}
    for node in nodes:
        runs.setdefault((node.first, node.row), []).append(node)
    return sorted(runs.values(), key=lambda run: (run[0].first, -run[0].row))


def _worth(node: SlabLayer) -> tuple[bool, bool, bool, int, int]:
    layer = node.layer
    # The first to stay single are layers that the last step changed, then those that hide or are hidden, then the tops
    # of images, then the largest.
    return not layer.note, not (layer.dead or layer.hides), not node.top, -layer.size, -node.number


def _rows(nodes: list[SlabLayer], kept: set[int]) -> int:
    """Set each node's row, the same one for neighbours that fold, and return how many rows the highest stack has."""
    for node in nodes:
        below = node.below
        if below is None:
            node.row = 0
            continue
        # Two layers fold only if the same images stand on both. Otherwise the slab would be wider than one of them.
        alike = (node.first, node.last) == (below.first, below.last)
        node.row = below.row + (not alike or id(node) in kept or id(below) in kept)
    return 1 + max((node.row for node in nodes), default=0)


@dataclass(frozen=True, slots=True)
class DrawnSlabs:
    """The marks of a stack, where the line to each image ends, how low the stack reaches, its scale and its bars."""

    marks: list[Mark]
    ends: list[Point]
    foot: float
    scale: float
    gauges: dict[str, Box]
    bars: dict[tuple[str, str], Box]

    def of(self, key: str, item: Written) -> str:
        """Return where the original of a written file is drawn, in the form that `Move` uses; "" if it is not drawn."""
        if bar := self.bars.get((key, item.path)):
            return place(bar)
        # Where the layer is closed, the copy comes out of the layer's gauge, as wide as the file's part of it.
        gauge = self.gauges.get(key)
        return place(replace(gauge, w=max(2.0, item.original * self.scale))) if gauge else ""


def draw(
    images: Sequence[ImageStack],
    used: Collection[str],
    room: Room = ROOM,
    looks: Looks = STILL,
) -> DrawnSlabs:
    """Return the marks of images and slabs.

    `used` holds the ids of the images that have containers. The names of these images leave room for the line that
    comes down from the containers.
    """
    shown = slabs(images, room, looks)
    wide = room.width / max(1, len(images))
    largest = max((slab.size for slab in shown), default=0)
    numbers = max((width(slab.number, 13, bold=True) for slab in shown), default=0)
    plan = _SlabPlan(room, looks, numbers, GAUGE / largest if largest else 0.0)
    twins = _twins(shown)
    again = {id(slab) for pair in twins for slab in pair}
    # Without any slab there is nothing to leave room for: what says so stands right under the containers.
    foot = max((slab.y + slab.h + slab.extra for slab in shown), default=TOP)
    drawn = DrawnSlabs([], [], foot, plan.scale, {}, {})
    depths: list[int] = []
    for column, image in enumerate(images):
        # A shared slab is drawn with the first image that stands on it, and once.
        own = [slab for slab in shown if slab.nodes[0].first == column]
        above = [slab for slab in shown if slab.nodes[0].first <= column <= slab.nodes[0].last]
        under = above[0].nodes[0] if above else None
        under = own[-1].nodes[0].below if own else under
        # In the text, an image is indented under the image whose layers it goes on from.
        depths.append(depths[under.first] + 1 if under else 0)
        top = min((slab.y for slab in above), default=foot)
        name = _name(
            image, room.left + column * wide, top, wide - (22 if image.id in used else 6), alone=len(images) == 1
        )
        right = max(shape.x + shape.w if isinstance(shape, Box) else shape.right for shape in name)
        # The line from the containers comes down right of the name, so that it does not cross the words.
        drawn.ends.append((max(room.left + (column + 0.5) * wide, right + 12), top))
        drawn.marks.append(_image(image, name, depths[column], looks))
        for slab in own:
            _open(slab, plan, drawn, depths[column])
            drawn.marks.append(_slab(slab, plan, drawn, depths[column], again=id(slab) in again))
    drawn.marks.extend(_tie(one, other) for one, other in twins)
    return drawn


@dataclass(frozen=True, slots=True)
class _SlabPlan:
    """What is the same for all slabs of a picture: their room, the width of their numbers, and the units a byte."""

    room: Room
    looks: Looks
    numbers: float
    scale: float


def _image(image: ImageStack, name: Sequence[Box | Label], depth: int, looks: Looks) -> Mark:
    key = f"image:{short_digest(image.id)}"
    press = None
    if looks.live and image.id != REST:
        first = name[0]
        assert isinstance(first, Label)
        # Where an image is alone, its name on the picture starts with "image".
        press = Press("" if first.text.startswith("image ") else "Image", chosen=key in looks.chosen)
    shapes: list[Shape] = list(name)
    if press is not None:
        right = max(shape.x + shape.w if isinstance(shape, Box) else shape.right for shape in name)
        chosen: Ink = "shade" if press.chosen else "none"
        # The box comes first, because the first box of a mark is where it is pressed.
        shapes.insert(0, Box(first.x - 4, first.y - 17, right - first.x + 10, 24, fill=chosen, round=5))
    return Mark("image", tuple(shapes), depth=depth, key=key, press=press)


def _name(image: ImageStack, x: float, top: float, room: float, *, alone: bool) -> list[Box | Label]:
    """Draw an image's name with its layers and size; beside other images with its size alone, if that fits."""
    y = top - 9
    small = 11 if room < TIGHT else 13
    # The note says what the last step did, so the name is cut before the note is.
    room -= width(image.note, small, bold=True) + 18 if image.note else 0
    count = len(image.layers)
    if alone:
        layers = f"{counted(count, 'layer')} + metadata" if count else "metadata alone"
        texts = [(f"image {image.name}".rstrip(), True), (f"{layers}, {size(image.size)}", False)]
    else:
        texts = [(image.name, True), (size(image.size), False)]
    if alone and width(texts[0][0], 13, bold=True) + width(texts[1][0], 13) + 12 > room:
        texts[1] = (size(image.size), False)
    weight = width(texts[1][0], 13) + 8
    if image.id == REST or (not alone and width(texts[0][0], 13, bold=True) + weight > room):
        texts, weight = texts[:1], 0
    name = label(x + 4, y, texts[0][0], "name", bold=True, room=room - weight)
    shapes: list[Box | Label] = [name]
    if texts[1:]:
        shapes.append(label(name.right + 7, y, texts[1][0], "size", ink="muted", room=x + room - name.right - 7))
    if image.note:
        shapes += tag(name.right + 8 + weight, y, image.note, font=small)
    return shapes


def _rows_of(slab: Slab, looks: Looks) -> list[tuple[str, int | None]]:
    """Return the lines under an open slab, each with its size; the size is None for a line that is not a file."""
    layer = slab.only
    if layer is None:
        return []
    files, more = layer.files, layer.more
    marked = [number for number, (path, _) in enumerate(files) if _file_key(layer, path) in looks.chosen]
    if looks.low and more:
        files = files[: max([FEW_FILES, *(number + 1 for number in marked)])]
        more += len(layer.files) - len(files)
    rows: list[tuple[str, int | None]] = [*files, *((f"hides {name}", None) for name in layer.hides)]
    return rows + ([(f"and {more:,} more", None)] if more else [])


def _file_key(layer: StoredLayer, path: str) -> str:
    return f"file:{short_digest(layer.key)}/{printable(path)}"


def _open(slab: Slab, plan: _SlabPlan, drawn: DrawnSlabs, depth: int) -> None:
    """Draw the files of an open layer under its slab; they move out of the slab, and back into it when it closes."""
    if slab.key not in plan.looks.opened or slab.only is None:
        return
    layer, inside = slab.only, slab.w >= WIDE
    x, right = slab.x + (STEP_IN if inside else 6), slab.x + slab.w - 4
    gauge = _gauge_box(slab)
    for number, (path, weight) in enumerate(_rows_of(slab, plan.looks)):
        y = slab.y + slab.h + 2 + ROW * number
        key = _file_key(layer, path)
        body = Box(x, y, right - x, ROW - 3, fill="shade" if weight is not None else "none", round=3)
        sizes = [] if weight is None else [label(right - CHEVRON - 4, y + 17, size(weight), "size", anchor="end")]
        limit = min((each.left for each in sizes), default=right) - 8
        shapes: list[Shape] = [body]
        if weight is not None and inside:
            # A file's bar starts where the gauge of its layer starts and has the same scale, so the two can be
            # compared.
            bar = Box(gauge.x, y + 5, max(1.5, weight * plan.scale), 14, fill="layer", round=1)
            drawn.bars[layer.key, path] = bar
            shapes.append(bar)
            limit = gauge.x - 8
        # The file's own name is what people look for. Its whole path is in the words for people who hear the picture.
        words = path if weight is None else printable(path.rpartition("/")[2])
        ink: Ink = "muted" if weight is None else "ink"
        shapes += [label(x + 8, y + 17, words, "name", room=limit - x - 8, ink=ink), *sizes]
        press = None
        if plan.looks.live and weight is not None:
            folder = printable(path.rpartition("/")[0])
            press = Press("File", f"in /{folder} of layer {slab.number}", chosen=key in plan.looks.chosen)
            if press.chosen:
                shapes.append(replace(body, fill="none", edge="ink", weight=2))
        move = Move(place(Box(slab.x, slab.y, slab.w, slab.h)), slab.key)
        drawn.marks.append(Mark("file", tuple(shapes), depth=depth + 1, key=key, press=press, move=move))


def _gauge_box(slab: Slab) -> Box:
    """Return the frame of a slab's gauge: in a wide slab before the size, in a narrow one along its foot."""
    if slab.w >= WIDE:
        high = min(14.0, slab.h - 8)
        return Box(slab.x + slab.w - 9 - CHEVRON - 66 - GAUGE, slab.y + (slab.h - high) / 2, GAUGE, high)
    return Box(slab.x + 9, slab.y + slab.h - 8, min(GAUGE, slab.w - 18), 4.0)


def _slab(slab: Slab, plan: _SlabPlan, drawn: DrawnSlabs, depth: int, *, again: bool) -> Mark:
    """Draw one slab: its number, its name, what happened to it, its gauge and its size."""
    said = _words_about(slab, again=again)
    note = next((node.layer.note for node in slab.nodes if node.layer.note), "")
    # Three widths: all in one line, a name with notes, and a narrow slab whose notes follow the name after a comma.
    inline, narrow = slab.w >= WIDE, slab.w < NARROW + 30 * bool(said) + 40 * bool(said and note)
    two_lines = narrow and slab.h >= 32
    font = 13.0 if not narrow or two_lines else 12.0
    below = 4.5 if inline or slab.h < 30 else 1.5
    base = slab.y + slab.h / 2 + (-3 if two_lines else below)
    end = CHEVRON if inline else 0.0
    right = slab.x + slab.w - (9 if not narrow else 6) - end
    body = Box(slab.x + 1, slab.y + 1, slab.w - 2, slab.h - 2, fill="layer", round=4)
    number = label(slab.x + (9 if not narrow else 6), base, slab.number, "number", font=font, bold=True, ink="white")
    low = base + (14.5 if two_lines else 0)
    weight = label(right, low, size(slab.size), "size", font=font, bold=True, ink="white", anchor="end")
    gauge, bar = _gauge(slab, plan, drawn, inline=inline, read=note == "read")
    limit = right if two_lines else weight.left - 8
    limit = _gauge_box(slab).x - 12 if inline else limit
    room = 150 if inline else max(100, 0.5 * slab.w)
    notes = _notes([] if narrow else said, note, weight.left - 6 if two_lines else limit, low, room)
    if notes and not two_lines:
        limit = min(shape.left if isinstance(shape, Label) else shape.x for shape in notes) - 10
    after = plan.numbers + 18 if inline else number.width + 6 + 4 * (not narrow)
    start = number.x + after
    text = f"{len(slab.nodes):,} layers" if len(slab.nodes) > 1 else slab.nodes[0].layer.label
    text = ", ".join([text, *said]) if narrow else text
    name = label(start, base, text, "name", font=font, ink="white", room=limit - start)
    if name.shown != name.text and len(name.shown) < LEAST_NAME:
        # Between a number and a note, one or two letters say nothing and lie under the note. The name is still heard.
        name = replace(name, shown="")
    numbered: list[Shape] = [number] if number.text else []
    # In wide slabs the numbers stand in a column of darker blue, as wide as the widest number.
    if inline and number.text:
        numbered.insert(0, Box(body.x, body.y, plan.numbers + 18, body.h, fill="deep", round=4))
    edge = replace(body, fill="none", edge="ink", weight=3, x=body.x + 1, w=body.w - 2)
    # A read changes nothing, so the frame is around its gauge and not around the slab.
    outline = [edge] if note not in ("", "read") else []
    shapes = (body, *numbered, name, *notes, *gauge, weight, *outline, *_chevron(slab, plan, inline=inline))
    press = None
    if plan.looks.live and slab.opens:
        press = Press("Layer", opened=slab.key in plan.looks.opened)
    source = slab.only.source if slab.only else ""
    # After a commit, the new layer comes from the card of its container.
    move = Move(f"card:{source}" if source else "", wait=0)
    return Mark("slab", shapes, bar, depth, key=slab.key, press=press, move=move)


def _chevron(slab: Slab, plan: _SlabPlan, *, inline: bool) -> list[Stroke]:
    """Draw the sign that a layer opens, at its right end where there is room."""
    if not (plan.looks.live and slab.opens and inline):
        return []
    x, y = slab.x + slab.w - 15, slab.y + slab.h / 2
    if slab.key in plan.looks.opened:
        return [Stroke(((x - 5, y - 2.5), (x, y + 2.5), (x + 5, y - 2.5)), "white", 2)]
    return [Stroke(((x - 2.5, y - 5), (x + 2.5, y), (x - 2.5, y + 5)), "white", 2)]


def _words_about(slab: Slab, *, again: bool) -> list[str]:
    """Return the words about a slab: what of it is hidden, that its files lie elsewhere too, what it hides."""
    hides = [name for node in slab.nodes for name in node.layer.hides]
    # Several layers in one slab may be hidden in several images: then no image is named.
    where = {node.layer.dead_in for node in slab.nodes if node.layer.dead}
    image = where.pop() if len(where) == 1 else ""
    said = []
    if slab.dead:
        said.append(f"{size(slab.dead)} hidden" + (f" in {image}" if image else ""))
    if again:
        said.append("same files")
    if hides:
        said.append(f"hides {hides[0]}" if len(hides) == 1 else f"hides {len(hides):,} names")
    return said


def _notes(texts: Sequence[str], note: str, limit: float, base: float, room: float) -> list[Box | Label]:
    """Draw the words about a slab, right-aligned at `limit`, a crossed box before what it hides."""
    shapes: list[Box | Label] = []
    for text in texts:
        words = label(limit, base, text, "note", room=room, ink="white", anchor="end")
        if words.shown != words.text and " hidden in " in text:
            # Where the image's name has no room, half of it says less than none.
            words = label(limit, base, text.partition(" in ")[0], "note", room=room, ink="white", anchor="end")
        shapes.append(words)
        limit = words.left - 10
        if text.startswith("hides"):
            shapes.append(Box(limit - 7, base - 11, 12, 12, fill="paper", edge="ink", weight=1.2, texture="cross"))
            limit -= 17
    return [*shapes, *(tag(limit, base, note, anchor="end") if note else [])]


def _gauge(slab: Slab, plan: _SlabPlan, drawn: DrawnSlabs, *, inline: bool, read: bool) -> tuple[list[Box], Bar]:
    """Return the byte gauge, its hidden part hatched, and the same as shares of the longest one."""
    share, dead = slab.size * plan.scale / GAUGE, slab.dead * plan.scale / GAUGE
    bar: Bar = (("layers", share - dead), ("dead", dead))
    frame = _gauge_box(slab)
    # A narrow slab has its gauge along the foot, and there must be room for it under the words.
    if not inline and (slab.h < 30 or slab.w < GAUGE + 18):
        return [], bar
    if slab.only is not None:
        drawn.gauges[slab.only.key] = frame
    x, y, high = frame.x, frame.y, frame.h
    filled = [Box(x, y, max(1.5, GAUGE * (share - dead)), high, fill="white", round=1)] if share > dead else []
    hidden = [Box(x + GAUGE * (share - dead), y, GAUGE * dead, high, fill="white", texture="hatch")] if dead else []
    around = [Box(x - 1, y - 1, GAUGE + 2, high + 2, edge="ink", weight=3)] if read else []
    return [*filled, *hidden, *around], bar


def _twins(shown: Sequence[Slab]) -> list[tuple[Slab, Slab]]:
    """Return the pairs of slabs that hold the same files, stored again on another parent."""
    first: dict[str, Slab] = {}
    pairs = []
    for slab in shown:
        layer = slab.nodes[0].layer
        # Empty layers all have the same content, and a line between them would say nothing.
        if len(slab.nodes) == 1 and layer.content and layer.size:
            other = first.setdefault(layer.content, slab)
            if other is not slab:
                pairs.append((other, slab))
    return pairs


def _tie(one: Slab, other: Slab) -> Mark:
    """Draw a dotted line between two slabs with the same files, along the edges of slabs so that it covers no words."""
    left, right = sorted([one, other], key=lambda slab: slab.x)
    if left.x == right.x:
        edge = left.x + left.w - 3
        points: tuple[Point, ...] = ((edge, left.y + left.h / 2), (edge, right.y + right.h / 2))
    else:
        foot = left.y + left.h
        points = (left.x + 8, foot), (right.x, foot), (right.x, right.y + right.h - 6)
    # Dots in the colour of the paper on a line of ink: they can be seen on a blue slab and on the paper.
    return Mark("tie", (Stroke(points, "ink", 5), Stroke(points, "paper", 2.4, dots=5)))
