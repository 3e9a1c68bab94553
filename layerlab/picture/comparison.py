"""Compare: the picture of how two images differ, and the picture of files that other layers of one image cover.

The layers are on the left, as in the picture of a host, and a layer of both images is as wide as both. Above and beside
them are the paths, the largest first, and the bytes of each kind.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from layerlab.model.compare import FILE_KINDS, LAYER_KINDS, Diff, FileDiff, LayerKind, Overlap, Overlaps
from layerlab.model.explain import explain
from layerlab.model.image import Image
from layerlab.picture import slabs as stack
from layerlab.picture.drawing import Drawing
from layerlab.picture.moment import ImageStack, StoredLayer
from layerlab.picture.observe import step_label
from layerlab.picture.shapes import Bar, Box, Label, Mark, Scene, caption, label
from layerlab.words.lettering import fit
from layerlab.words.plurals import counted
from layerlab.words.printable import printable
from layerlab.words.sizes import printed_parts, size

# The columns of a picture of 880 by 372: paths, what changed of them, the end of the left part, and the right part.
LEFT, KIND, MIDDLE, SIDE, RIGHT = 8.0, 330.0, 520.0, 548.0, 872.0
TOP = 36.0  # the first line
LINE, ROW, HIGH = 18.0, 30.0, 36.0  # the heights of a path, of a row with a bar, and of a path that lies over another
OVER = 150.0  # the room for words before the bar of such a path
MOST_CHANGES, MOST_OVERLAPS = 5, 8  # lines that have room
DASH = 14.0  # a narrower outline has no dashes: too few have room to be seen as dashes

Lengths = Sequence[tuple[Literal["layers", "dead"], int]]


def show(found: Diff | Overlaps) -> Drawing:
    """Return a picture of what `diff` or `overlaps` found.

    A notebook shows it, `print` writes it as text, and its `figure()` is matplotlib's, for slides and paper.

    >>> base = scratch.with_layer(Layer.of({"etc/motd": b"hello", "srv/data": filler(20_000_000)}), "ADD base /")
    >>> print(show(diff(base, base.with_layer(Layer.of({"etc/motd": b"hello you"}), "COPY motd /etc"))))
    PATHS THAT DIFFER  from a to b, largest first
      etc/motd  content  5 B → 9 B
    READ-ONLY LAYERS  shared ones span a and b, 0 at the bottom
      a  20.0 MB
      0  ADD base /      ####################  20.0 MB
        b  20.0 MB
        1  COPY motd /etc  #                         9 B
    PATHS  in the merged views
      content    1 path   ####################      9 B
    LAYERS  on disk
      shared     1 layer  ####################  20.0 MB
      only in b  1 layer  #                         9 B
    20.0 MB shared + 9 B only in b = 20.0 MB
    1 path differs; 1 layer, 20.0 MB, is stored once for both.
    """
    return Drawing(scene(found))


def scene(found: Diff | Overlaps) -> Scene:
    """Return the scene of what `diff` or `overlaps` found: 880 by 372. Anything else raises TypeError.

    >>> scene(overlaps(scratch)).title
    '0 paths in two layers or more: 0 B lie below'
    """
    if isinstance(found, Diff):
        return _difference(found)
    if isinstance(found, Overlaps):
        return _overlapping(found)
    raise TypeError(f"this shows what diff or overlaps found, not a {type(found).__name__}")


def _difference(found: Diff) -> Scene:
    slabs = stack.draw(_stacks(found), ()).marks
    a, b = found.names
    rows = sorted(found.files, key=lambda row: (-max(row.size_a, row.size_b), row.path))
    marks = [
        caption(LEFT, 16, "PATHS THAT DIFFER", f"from {a} to {b}, largest first", room=MIDDLE - LEFT),
        *(_change(row, TOP + LINE * place) for place, row in enumerate(rows[:MOST_CHANGES])),
        *_rest(LEFT, TOP + LINE * min(len(rows), MOST_CHANGES), len(rows), MOST_CHANGES),
        caption(LEFT, 364, "READ-ONLY LAYERS", f"shared ones span {a} and {b}, 0 at the bottom", room=MIDDLE - LEFT),
        *slabs,
        *_tallies(found),
    ]
    # A layer that is stored twice takes its bytes twice, so the balance adds up to the disk.
    sizes = {kind: found.layer_size(kind) * (2 if kind == "stored twice" else 1) for kind in LAYER_KINDS}
    said = {found.called(kind): each for kind, each in sizes.items() if each or kind == "shared"}
    texts, total = printed_parts(list(said.values()))
    balance = f"{' + '.join(map(' '.join, zip(texts, said, strict=True)))} = {total}"
    sentence = _sentence(found)
    return Scene(tuple(marks), f"{a} and {b}: {sentence.rstrip('.')}", sentence, balance)


def _sentence(found: Diff) -> str:
    counts = Counter(row.kind for row in found.layers)
    if not found.files:
        if set(counts) <= {"shared"}:
            return "The same layers." if found.a == found.b else "The same layers, other metadata: another image id."
        return "Other layers, the same files."
    differ = f"{counted(len(found.files), 'path')} {'differs' if len(found.files) == 1 else 'differ'}"
    known: dict[LayerKind, str] = {"stored twice": "stored twice, on another parent", "shared": "stored once for both"}
    for kind, said in known.items():
        if counts[kind]:
            layers = f"{counted(counts[kind], 'layer')}, {size(found.layer_size(kind))},"
            return f"{differ}; {layers} {'is' if counts[kind] == 1 else 'are'} {said}."
    return f"{differ}; no layer is shared."


def _overlapping(found: Overlaps) -> Scene:
    slabs = stack.draw([_stack(found.image)], ()).marks
    files, shown, below = found.files, found.size, found.below
    paths = counted(len(files), "path")
    most = max((row.size + row.below for row in files), default=0)
    marks = [
        caption(LEFT, 16, "PATHS IN TWO LAYERS OR MORE", "where not all are directories"),
        _tally(LEFT, MIDDLE, TOP, "shows", paths, [("layers", shown)], shown + below),
        _tally(LEFT, MIDDLE, TOP + ROW, "lies below", paths, [("dead", below)], shown + below),
        caption(LEFT, 364, "READ-ONLY LAYERS", "stored once, 0 at the bottom"),
        *slabs,
        caption(SIDE, 16, "LAYER OVER LAYER", "most bytes below first"),
        *(_overlap(row, TOP + HIGH * place, most) for place, row in enumerate(files[:MOST_OVERLAPS])),
        *_rest(SIDE, TOP + HIGH * min(len(files), MOST_OVERLAPS), len(files), MOST_OVERLAPS),
    ]
    (above, under), total = printed_parts([shown, below])
    return Scene(
        tuple(marks),
        f"{paths} in two layers or more: {size(below)} lie below",
        f"{size(below)} lie below what shows; lower layers never change." if files else "Every path is in one layer.",
        f"{above} visible + {under} below = {total}",
    )


def _stacks(found: Diff) -> list[ImageStack]:
    """Return both images as stacks: a shared layer has one key in both, and a layer stored twice has a tie."""
    layers: dict[str, dict[int, StoredLayer]] = {"a": {}, "b": {}}
    for row in found.layers:
        for side, image, number in (("a", found.a, row.a), ("b", found.b, row.b)):
            if number is not None:
                # A stack draws layers with one key as one slab, so only shared layers may have the same key.
                key = f"both {number}" if row.kind == "shared" else f"{side} {number}"
                twin = f"{row.a} {row.b}" if row.kind == "stored twice" else ""
                layers[side][number] = StoredLayer(key, step_label(image, number), row.size, content=twin)
    return [
        ImageStack(
            side,
            (_called(found, side, image),),
            tuple(own[number] for number in sorted(own)),
        )
        for (side, own), image in zip(layers.items(), (found.a, found.b), strict=True)
    ]


def _called(found: Diff, side: str, image: Image) -> str:
    """Return an image's names; its side is said too where that is what the picture calls it."""
    names = ", ".join(image.names)
    return f"{side}: {names}" if names and side in found.names else names or side


def _stack(image: Image) -> ImageStack:
    """Return an image as a stack whose gauges show the bytes that no path of the merged view shows."""
    dead = [layer.dead for layer in explain(image).layers]
    rows = enumerate(zip(image.layers, dead, strict=True))
    layers = (StoredLayer(str(n), step_label(image, n), layer.size, lost) for n, (layer, lost) in rows)
    return ImageStack("image", image.names or ("",), tuple(layers))


def _change(row: FileDiff, y: float) -> Mark:
    """Draw one line: a path, how it differs, and its bytes; of other content before and after."""
    before, after = size(row.size_a), size(row.size_b)
    bytes_ = before if row.kind == "removed" else after
    if row.kind == "content" and before != after:
        bytes_ = f"{before} → {after}"
    what = f"{row.a.kind} → {row.b.kind}" if row.a and row.b and row.kind == "type" else row.kind
    weight = label(MIDDLE, y, bytes_, "size", bold=True, anchor="end")
    note = label(KIND, y, what, "note", ink="muted", room=weight.left - KIND - 8)
    entry = row.b or row.a
    folder = "/" if entry is not None and entry.kind == "directory" else ""
    return Mark("path", (_path(LEFT, y, row.path + folder, KIND - LEFT - 8), note, weight))


def _path(x: float, y: float, path: str, room: float) -> Label:
    """Return a path that is cut at its start, so that the file's own name stays."""
    whole = label(x, y, printable(path), "name")
    # The text is cut backwards, because `fit` cuts at the end.
    return replace(whole, shown=fit(whole.text[::-1], room, whole.font)[::-1])


def _overlap(row: Overlap, y: float, most: int) -> Mark:
    """Draw a path, which layer stands over which, and a gauge: what shows is solid, what lies below hatched."""
    others = [str(number) for number in row.layers if number != row.shows]
    over = " and ".join(others) if len(others) < 3 else f"{len(others):,} others"
    note = f"hidden, in {over}" if row.shows is None else f"layer {row.shows} over {over}"
    weight = label(RIGHT, y, f"{size(row.below)} below", "size", bold=True, anchor="end")
    name = _path(SIDE, y, row.path, weight.left - SIDE - 8)
    gauge, bar = _gauge(SIDE + OVER, y + 5, RIGHT - SIDE - OVER, [("layers", row.size), ("dead", row.below)], most)
    words = label(SIDE, y + 13, note, "note", font=11, ink="muted", room=OVER - 6)
    return Mark("path", (name, words, *gauge, weight), bar)


def _tallies(found: Diff) -> list[Mark]:
    """Draw how much there is of each kind that occurs: of paths, then of layers."""
    marks: list[Mark] = []
    y = 16.0
    paths = [(kind, sum(row.kind == kind for row in found.files), found.file_size(kind)) for kind in FILE_KINDS]
    layers = [
        (found.called(kind), sum(row.kind == kind for row in found.layers), found.layer_size(kind))
        for kind in LAYER_KINDS
    ]
    blocks: tuple[tuple[str, str, str, Sequence[tuple[str, int, int]]], ...] = (
        ("PATHS", "in the merged views", "path", paths),
        ("LAYERS", "on disk", "layer", layers),
    )
    for heading, rest, unit, rows in blocks:
        kept = [row for row in rows if row[1]]
        most = max((row[2] for row in kept), default=0)
        marks.append(caption(SIDE, y, heading, rest))
        for place, (kind, count, each) in enumerate(kept):
            at = y + 20 + ROW * place
            marks.append(_tally(SIDE, RIGHT, at, kind, counted(count, unit), [("layers", each)], most))
        if not kept:
            marks += _rest(SIDE, y + 20, 0, 0)
        y += ROW * max(1, len(kept)) + 28
    return marks


def _tally(left: float, right: float, y: float, kind: str, count: str, lengths: Lengths, most: int) -> Mark:
    """Draw a kind, how many there are, their bytes, and a gauge below."""
    weight = label(right, y, size(sum(length for _, length in lengths)), "size", bold=True, anchor="end")
    # An image's name may be long, and the count behind it is needed more.
    name = label(left, y, kind, "name", bold=True, room=weight.left - left - 80)
    note = label(name.right + 8, y, count, "note", ink="muted")
    gauge, bar = _gauge(left, y + 5, right - left, lengths, most, gone=kind == "removed")
    return Mark("tally", (name, note, *gauge, weight), bar)


def _gauge(
    x: float, y: float, wide: float, lengths: Lengths, most: int, *, gone: bool = False
) -> tuple[list[Box], Bar]:
    """Return a bar on one scale, and its parts as shares of the longest bar; removed bytes are an outline only."""
    bar: Bar = tuple((part, length / most if most else 0.0) for part, length in lengths)
    boxes, end = [], x + wide
    for part, share in bar:
        w = min(max(1.5, wide * share), end - x) if share else 0.0
        if gone:
            boxes.append(Box(x, y, w, 8, edge="ink", dash=w > DASH))
        elif part == "dead":
            boxes.append(Box(x, y, w, 8, fill="white", edge="layer", texture="hatch"))
        else:
            boxes.append(Box(x, y, w, 8, fill="layer"))
        x += w
    return [box for box in boxes if box.w], bar


def _rest(x: float, y: float, count: int, shown: int) -> list[Mark]:
    """Say that there is nothing to list, or how much is left out."""
    text = f"and {count - shown:,} more" if count > shown else ""
    text = text if count else "none"
    return [Mark("caption", (label(x, y, text, "note", ink="muted"),))] if text else []
