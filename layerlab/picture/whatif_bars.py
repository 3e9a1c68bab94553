"""What if: an image before and after its layers are made otherwise, alone and on one disk with others.

All bars are on one scale. Hatched bytes are dead: stored and sent, and seen by nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from layerlab.model.store import Disk
from layerlab.picture.fates import LEFT, RIGHT, caption, spread
from layerlab.picture.shapes import Bar, Box, Mark, Scene, Shape, label
from layerlab.words.plurals import counted
from layerlab.words.sizes import size

BAR, WIDE = 80.0, 700.0

# The looks of a segment, told apart without colour.
SHARED = Box(0, 0, 0, 0, fill="layer")
OWN = Box(0, 0, 0, 0, fill="white", edge="layer", weight=1.5, texture="dots")
OTHERS = Box(0, 0, 0, 0, fill="paper", edge="layer", weight=2)
DEAD = Box(0, 0, 0, 0, fill="white", edge="layer", weight=1.5, texture="hatch")


@dataclass(frozen=True, slots=True)
class Priced:
    """What an image takes, before or after a change: its layers' sizes, what of them shows, and what a store keeps.

    >>> Priced((80, 20), 85, Disk(100, 0, 0)).dead
    15
    """

    layers: tuple[int, ...]
    visible: int
    disk: Disk

    @property
    def size(self) -> int:
        """All bytes of the image."""
        return sum(self.layers)

    @property
    def dead(self) -> int:
        """The bytes that nothing shows."""
        return self.size - self.visible


def scene(change: str, line: str, before: Priced, after: Priced, others: str = "") -> Scene:
    """Return the picture of a change: the image before and after it and, with `others`, the store that holds both.

    `change` says what is done, `line` says what to write in a Dockerfile for it.

    >>> was, now = Priced((80, 20), 85, Disk(100, 0, 0)), Priced((85,), 85, Disk(85, 0, 0))
    >>> scene("squash all layers", "RUN make && rm -r /tmp", was, now).sentence
    'The image shows the same files and is 15 B smaller.'
    """
    scale = max(before.size, after.size, before.disk.total, after.disk.total)
    marks = [
        caption(8, 16, "WHAT IF", change, font=14),
        caption(8, 52, "THIS IMAGE", "before and after: the same files"),
    ]
    for name, y, priced in (("before", 64.0, before), ("after", 118.0, after)):
        marks.append(_image_bar(name, y, priced, scale, present=name == "after"))
    if others:
        marks.append(caption(8, 192, "ON ONE DISK", f"with {others}, each layer stored once"))
        for name, y, priced in (("before", 204.0, before), ("after", 258.0, after)):
            marks.append(_disk_bar(name, y, priced.disk, scale, others, present=name == "after"))
    foot = 340 if others else 194
    marks.append(caption(8, foot, "DOCKERFILE", line or "the step has no line", font=12))
    title = f"What if: {change}: {size(before.size)} before, {size(after.size)} after"
    return Scene(tuple(marks), title, _change(before, after, others), _balance(before, after), height=foot + 14)


def _balance(before: Priced, after: Priced) -> str:
    return f"{size(before.dead)} dead before, {size(after.dead)} after"


def _change(before: Priced, after: Priced, others: str) -> str:
    """Say what a change saves on the image and, beside others, what it does to the disk."""
    saved, disk = before.size - after.size, after.disk.total - before.disk.total
    first = f"is {size(saved)} smaller" if saved else "is no smaller"
    said = f"The image shows the same files and {first}"
    if not others:
        return f"{said}."
    lost = before.disk.shared - after.disk.shared
    why = f", for {size(lost)} are shared no longer" if lost else ""
    if disk > 0:
        return f"{said}, but on one disk with {others} it takes {size(disk)} more{why}."
    return (
        f"{said}; on one disk with {others} it takes {size(-disk)} less."
        if disk
        else f"{said}; the disk keeps as much."
    )


BAR, WIDE = 80.0, 700.0


def _image_bar(name: str, y: float, priced: Priced, scale: int, *, present: bool) -> Mark:
    """Draw an image as one bar, its dead bytes hatched at the end."""
    count = len(priced.layers)
    visible = f"{size(priced.visible)} visible in {counted(count, 'layer')}"
    segments = [(priced.visible, visible, SHARED), (priced.dead, f"{size(priced.dead)} dead", DEAD)]
    return _bar(name, y, [each for each in segments if each[0]], scale, present=present)


def _disk_bar(name: str, y: float, disk: Disk, scale: int, others: str, *, present: bool) -> Mark:
    """Draw what the store keeps: shared layers, those of this image alone, those of the others alone."""
    segments = [
        (disk.shared, f"{size(disk.shared)} shared", SHARED),
        (disk.own, f"{size(disk.own)} of this image alone", OWN),
        (disk.others, f"{size(disk.others)} of {others} alone", OTHERS),
    ]
    return _bar(name, y, [each for each in segments if each[0]], scale, present=present)


def _bar(name: str, y: float, segments: Sequence[tuple[int, str, Box]], scale: int, *, present: bool) -> Mark:
    """Draw a bar of segments: its name, its whole size and, under it, each segment's look and words."""
    values = [value for value, _, _ in segments]
    shapes: list[Shape] = [label(LEFT, y + 16, name, "name", font=13, bold=True)]
    x, at = BAR, BAR
    for wide, (_, words, look) in zip(
        spread(values, WIDE * sum(values) / scale if scale else 0), segments, strict=True
    ):
        shapes.append(replace(look, x=x + 1, y=y, w=max(1.0, wide - 2), h=24))
        shapes.append(replace(look, x=at, y=y + 30, w=11, h=11))
        said = label(at + 17, y + 40, words, "note", font=12)
        shapes.append(said)
        x, at = x + wide, said.right + 18
    shapes.append(label(RIGHT, y + 16, size(sum(values)), "size", font=13, bold=True, anchor="end"))
    kinds: list[Bar] = [
        (("dead" if look is DEAD else "layers", value / scale),) for value, _, look in segments if scale
    ]
    return Mark("column", tuple(shapes), sum(kinds, ()), present=present)
