"""What if: an image before and after its layers are made otherwise, alone and on one disk with others.

All bars are on one scale. Hatched bytes are dead: stored and sent, and seen by nobody.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from layerlab.model.store import Disk
from layerlab.picture.fates import LEFT, caption, spread
from layerlab.picture.shapes import STILL, Bar, Box, Looks, Mark, Scene, Shape, label, lowered
from layerlab.words.plurals import counted
from layerlab.words.sizes import size

# Units: where the bars begin on a wide page, and the length of the longest bar.
BAR, WIDE = 80.0, 700.0

# The looks of a segment. They differ in fill, edge or texture too, so that nobody needs colours to tell them apart.
SHARED = Box(0, 0, 0, 0, fill="layer")
OWN = Box(0, 0, 0, 0, fill="white", edge="layer", weight=1.5, texture="dots")
OTHERS = Box(0, 0, 0, 0, fill="paper", edge="layer", weight=2)
DEAD = Box(0, 0, 0, 0, fill="white", edge="layer", weight=1.5, texture="hatch")


@dataclass(frozen=True, slots=True)
class Priced:
    """What an image takes before or after a change: its layers' sizes, the visible bytes, and what a store keeps.

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


def scene(change: str, line: str, before: Priced, after: Priced, others: str = "", looks: Looks = STILL) -> Scene:
    """Return the picture of a change: the image before and after it and, with `others`, the store that holds both.

    `change` says what is done, `line` says what to write in a Dockerfile for it.

    >>> was, now = Priced((80, 20), 85, Disk(100, 0, 0)), Priced((85,), 85, Disk(85, 0, 0))
    >>> scene("squash all layers", "RUN make && rm -r /tmp", was, now).sentence
    'The image shows the same files and is 15 B smaller.'
    """
    # One scale for all bars, so that the bars of the image can be compared with those of the disk.
    scale = max(before.size, after.size, before.disk.total, after.disk.total)
    page = looks.column if looks.narrow else 880
    plan = _BarPlan(page - 8.0, 8.0 if looks.narrow else BAR, page - 16.0 if looks.narrow else WIDE, looks.narrow)
    marks = [caption(8, 16, "WHAT IF", change, font=14, right=plan.right)]
    images = [("before", _image_bar(before)), ("after", _image_bar(after))]
    pairs = [("THIS IMAGE", "before and after: the same files", images)]
    if others:
        disks = [("before", _disk_bar(before.disk, others)), ("after", _disk_bar(after.disk, others))]
        pairs.append(("ON ONE DISK", f"with {others}, each layer stored once", disks))
    y = 52.0
    for heading, rest, bars in pairs:
        marks.append(caption(8, y, heading, rest, right=plan.right))
        y += 12
        for name, segments in bars:
            drawn, high = _bar(heading, name, segments, scale, plan, present=name == "after")
            marks += lowered(drawn, y)
            y += high
        y += 20
    marks.append(caption(8, y, "DOCKERFILE", line or "the step has no line", right=plan.right))
    title = f"What if: {change}: {size(before.size)} before, {size(after.size)} after"
    return Scene(tuple(marks), title, _change(before, after, others), _balance(before, after), page, round(y + 14))


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
    why = f", because {size(lost)} are no longer shared" if lost else ""
    if disk > 0:
        return f"{said}, but on one disk with {others} it takes {size(disk)} more{why}."
    if disk < 0:
        return f"{said}; on one disk with {others} it takes {size(-disk)} less."
    return f"{said}; the disk keeps as much."


@dataclass(frozen=True, slots=True)
class _BarPlan:
    """Where the bars are; on a narrow page they are below their names, and their words have a line each."""

    right: float
    bar: float
    wide: float
    narrow: bool


def _image_bar(priced: Priced) -> list[tuple[int, str, Box]]:
    """Return the parts of an image's bar, its dead bytes at the end."""
    count = len(priced.layers)
    visible = f"{size(priced.visible)} visible in {counted(count, 'layer')}"
    return [(priced.visible, visible, SHARED), (priced.dead, f"{size(priced.dead)} dead", DEAD)]


def _disk_bar(disk: Disk, others: str) -> list[tuple[int, str, Box]]:
    """Return what the store keeps: shared layers, those of this image alone, those of the others alone."""
    return [
        (disk.shared, f"{size(disk.shared)} shared", SHARED),
        (disk.own, f"{size(disk.own)} of this image alone", OWN),
        (disk.others, f"{size(disk.others)} of {others} alone", OTHERS),
    ]


def _bar(
    heading: str, name: str, parts: Sequence[tuple[int, str, Box]], scale: int, plan: _BarPlan, *, present: bool
) -> tuple[list[Mark], float]:
    """Draw a bar at 0: its name, its whole size, its segments and, under them, each segment's look and words.

    Returns its marks and how high they are.
    """
    segments = [each for each in parts if each[0]]
    values = [value for value, _, _ in segments]
    drop = 20.0 if plan.narrow else 0.0
    weight = label(plan.right, 16, size(sum(values)), "size", bold=True, anchor="end")
    shapes: list[Shape] = [label(LEFT, 16, name, "name", bold=True)]
    marks: list[Mark] = []
    x, at, y = plan.bar, plan.bar, drop + 40
    for wide, (_, words, look) in zip(
        spread(values, plan.wide * sum(values) / scale if scale else 0), segments, strict=True
    ):
        bar = replace(look, x=x + 1, y=drop, w=max(1.0, wide - 2), h=24)
        # The key names the look and not the place: a part that becomes 0 does not hand its key to the next one.
        kind = next(number for number, each in enumerate((SHARED, OWN, OTHERS, DEAD)) if each is look)
        marks.append(Mark("bar", (bar,), key=f"bar:{heading.lower()}:{name}:{kind}"))
        shapes.append(replace(look, x=at, y=y - 10, w=11, h=11))
        said = label(at + 17, y, words, "note", room=plan.right - at - 17)
        shapes.append(said)
        x, at = x + wide, said.right + 18
        if plan.narrow:
            at, y = plan.bar, y + 18
    shapes.append(weight)
    kinds: list[Bar] = [
        (("dead" if look is DEAD else "layers", value / scale),) for value, _, look in segments if scale
    ]
    key = f"{heading.lower()}:{name}"
    return [*marks, Mark("column", tuple(shapes), sum(kinds, ()), present=present, key=key)], (
        y + 4 if plan.narrow else 54.0
    )
