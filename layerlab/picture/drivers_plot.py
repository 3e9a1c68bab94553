"""Drivers plot: one workload with every storage driver, over a number of containers and over the share of a file.

Two panels, each with an axis of bytes from 0. A driver that takes many times what the others take leaves the panel at
the top, and its end is written there.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from layerlab.drivers.driver import DRIVERS, GROUPS, disk
from layerlab.model.content import PAGE
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.picture.plots import DPI, GREY, INK, WIDTH, Plot, ticks
from layerlab.picture.shapes import Ink, Label, Mark, Point, Scene, Shape, Stroke, label
from layerlab.words.plurals import counted, listed
from layerlab.words.sizes import size
from layerlab.words.tables import aligned

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT = 470
# Shares of the file, in percent; the plot has all, the table some.
SHARES = (0, 1, *range(10, 101, 10))


class LineLook(NamedTuple):
    """How a driver's line looks: its colour and dashes in matplotlib, and its ink and dashes in a scene.

    A line that lies on another one is thinner, so that both are seen, without colours too.
    """

    colour: str
    style: str
    weight: float
    ink: Ink
    dash: bool = False
    dots: float = 0


# Colours that people with any colour vision can tell apart (Okabe and Ito), and lines that differ too.
LOOKS: Mapping[str, LineLook] = {
    "overlay2": LineLook("#0072B2", "-", 4.5, "layer"),
    "metacopy": LineLook("#1a1a1a", "--", 1.5, "ink", dash=True),
    "btrfs": LineLook("#009E73", "-", 2.5, "outside"),
    "xfs": LineLook("#E69F00", "--", 2.5, "thin", dash=True),
    "vfs": LineLook("#1a1a1a", ":", 2.5, "ink", dots=6),
}
# A driver whose most bytes are so many times those of the next one leaves its panel, and an axis ends so far above the
# highest line that stays.
FAR, ABOVE = 3, 1.12
# Sizes are in units of the scene.
SCENE = 880  # the width of the scene
LEFT, PITCH, WIDE, TOP, BOTTOM = 70.0, 440.0, 260.0, 62.0, 340.0  # the first panel, and how far the next one is
NEAR = 5.0  # lines so near to each other are named as one
LINE = 16.0  # the height of a name
FEW = 10
"""Containers in the panel over shares."""


class Taken(NamedTuple):
    """What one driver takes, in bytes: the layers, a start, a change of one block, and of each share of the file.

    >>> Taken(300, 20, 1, (0, 5)).total(10, 1)
    510
    """

    layers: int
    start: int
    block: int
    changes: tuple[int, ...]

    def total(self, containers: int, change: int) -> int:
        """Return all bytes on the disk where each container takes so many for its change."""
        return self.layers + containers * (self.start + change)

    def share(self, percent: int) -> int:
        """Return all bytes where each of a few containers overwrites a share of the file."""
        return self.total(FEW, self.changes[SHARES.index(percent)])


class Panel(NamedTuple):
    """One half of the plot: its title, what its axis counts, where the points are, and each driver's bytes there."""

    title: str
    axis: str
    at: Sequence[int]
    lines: Mapping[str, Sequence[int]]

    @property
    def beyond(self) -> str:
        """The driver whose line leaves the panel at its top, "" if none does."""
        *_, second, most = sorted(self.lines, key=lambda name: max(self.lines[name]))
        return most if max(self.lines[most]) > FAR * max(self.lines[second]) else ""

    @property
    def top(self) -> float:
        """The bytes where the axis ends."""
        return ABOVE * max(max(line) for name, line in self.lines.items() if name != self.beyond)

    @property
    def said(self) -> str:
        """What is written where a line leaves the panel."""
        if not self.beyond:
            return ""
        least, most = (size(end(self.lines[self.beyond])) for end in (min, max))
        return f"{self.beyond}: {most}" if least == most else f"{self.beyond}: {least} to {most}"


@dataclass(frozen=True)
class DriversPlot(Plot):
    """Bytes on the disk with every driver; made by `drivers_plot`. Its text form is a table of the same numbers.

    >>> image = scratch.with_layer(Layer.of({"srv/data": filler(8_192_000)}))
    >>> plot = DriversPlot(image, "srv/data", 3)
    >>> plot.best(0), plot.best(100)
    ('xfs', 'xfs')
    """

    image: Image
    path: str
    containers: int = 100

    @cached_property
    def taken(self) -> Mapping[str, Taken]:
        """What each driver takes, counted on a host with one container for each share of the file."""
        whole = self.image.view()[self.path].size
        host = Host()
        host.add(self.image, "image")
        for name, length in {"block": PAGE, **{str(share): whole * share // 100 for share in SHARES}}.items():
            container = host.run("image", name=name)
            if length:
                container.write_at(self.path, 0, bytes(length))
        found = {}
        for driver in DRIVERS:
            there = disk(host, driver, group=GROUPS.get(driver))
            changes = {name: each.written.bytes for name, each in there.containers.items()}
            found[driver] = Taken(
                there.image.bytes, there.starts["image"].bytes, changes["block"],
                tuple(changes[str(share)] for share in SHARES),
            )  # fmt: skip
        return found

    def best(self, share: int) -> str:
        """Return the driver that takes the fewest bytes where each of 10 containers overwrites a share, in percent."""
        return min(self.taken, key=lambda name: self.taken[name].share(share))

    @property
    def panels(self) -> tuple[Panel, Panel]:
        """Over the number of containers, and over the share that each overwrites."""
        counts = sorted({*range(1, self.containers + 1, max(1, self.containers // 50)), self.containers})

        def lines(total: Callable[[Taken, int], int], at: Sequence[int]) -> dict[str, list[int]]:
            return {name: [total(each, x) for x in at] for name, each in self.taken.items()}

        blocks = lines(lambda each, count: each.total(count, each.block), counts)
        return (
            Panel("Each container overwrites one block", "containers", counts, blocks),
            Panel(f"{FEW} containers", "% of the file that each overwrites", SHARES, lines(Taken.share, SHARES)),
        )

    @property
    def assumptions(self) -> str:
        """What the numbers hold for, in two lines."""
        entry = self.image.view()[self.path]
        return (
            f"Image: {size(self.image.size)}. Each container overwrites the start of one file of {size(entry.size)}, "
            "in place.\nDocker's way to start a container; xfs with a hint of 64 KiB. Files that an engine keeps for "
            "itself are not counted."
        )

    @property
    def alt(self) -> str:
        """The plot in a few sentences, for people who hear it."""
        ends = {name: each.total(self.containers, each.block) for name, each in self.taken.items()}
        said = listed([f"{name} {size(total)}" for name, total in ends.items()])
        return (
            f"Bytes on the disk where each of {self.containers:,} containers overwrites one block: {said}. Where each "
            f"of {FEW} overwrites nothing, {self.best(0)} takes the fewest; half of the file, {self.best(50)}; all of "
            f"it, {self.best(100)}."
        )

    def __str__(self) -> str:
        taken = self.taken.values()
        counts = sorted({1, FEW, self.containers})
        rows = [
            ("each overwrites one block", *DRIVERS),
            *((counted(n, "container"), *(size(each.total(n, each.block)) for each in taken)) for n in counts),
            (f"{FEW} containers, each overwrites", *("" for _ in taken)),
            *((f"{n} % of the file", *(size(each.share(n)) for each in taken)) for n in (0, 10, 50, 100)),
        ]
        return "\n".join([*(line.rstrip() for line in aligned(rows, right=range(1, 6))), self.assumptions])

    def figure(self) -> "Figure":
        """Return the plot as a matplotlib figure."""
        from matplotlib.figure import Figure

        drawn = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white", layout="constrained")
        left, right = drawn.subplots(1, 2)
        for axes, panel in zip((left, right), self.panels, strict=True):
            _draw(axes, panel)
        left.set_ylabel("bytes on the disk")
        drawn.legend(*left.get_legend_handles_labels(), loc="outside upper center", ncols=len(DRIVERS), frameon=False)
        drawn.supxlabel(self.assumptions, fontsize=8.5, color=GREY)
        return drawn

    def scene(self) -> Scene:
        """Return the same plot as a scene, which a notebook shows."""
        shapes: list[Shape] = [label(8, 18, "BYTES ON THE DISK", "title", bold=True)]
        for place, panel in enumerate(self.panels):
            shapes += _panel(panel, LEFT + PITCH * place)
        lines = self.assumptions.split("\n")
        shapes += [
            label(8, BOTTOM + 68 + 18 * row, text, "note", ink="muted", room=SCENE - 16)
            for row, text in enumerate(lines)
        ]
        return Scene((Mark("axis", tuple(shapes)),), self.alt, "", "", SCENE, round(BOTTOM) + 98)


def _draw(axes: "Axes", panel: Panel) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter

    for name, line in panel.lines.items():
        look = LOOKS[name]
        axes.plot(panel.at, line, look.style, color=look.colour, linewidth=look.weight, label=name)
    axes.set_ylim(0, panel.top)
    axes.yaxis.set_major_locator(FixedLocator(ticks(panel.top)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: size(round(value))))
    axes.xaxis.set_major_locator(FixedLocator(_quarters(panel)))
    axes.set_xlabel(panel.axis)
    axes.grid(axis="y", color="#dddddd", linewidth=0.8)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(panel.title, loc="left", fontsize=10, color=INK)
    if panel.said:
        axes.text(0.97, 0.97, f"{panel.said} \u2191", transform=axes.transAxes, ha="right", va="top", color=INK)


def _quarters(panel: Panel) -> list[int]:
    """Return the numbers under a panel: the first, the last, and those between at quarters."""
    first, last = panel.at[0], panel.at[-1]
    return sorted({first, *(last * part // 4 for part in (1, 2, 3) if last * part // 4 > first), last})


def _panel(panel: Panel, left: float) -> list[Shape]:
    """Draw one panel: both axes with their numbers, a line for each driver, and the drivers' names beside the lines."""
    first, last = panel.at[0], panel.at[-1]

    def at(x: float, y: float) -> Point:
        across = (x - first) / max(1, last - first)
        return left + across * WIDE, BOTTOM - y / panel.top * (BOTTOM - TOP)

    shapes: list[Shape] = [label(left - 4, TOP - 18, panel.title, "title", bold=True)]
    for value in ticks(panel.top):
        y = at(first, value)[1]
        shapes.append(label(left - 8, y + 4, size(value), "size", anchor="end"))
        shapes.append(Stroke(((left, y), (left + WIDE, y)), ink="muted", weight=0.4))
    for x in _quarters(panel):
        across = at(x, 0)[0]
        shapes.append(Stroke(((across, BOTTOM), (across, BOTTOM + 5)), weight=1))
        shapes.append(label(across, BOTTOM + 20, f"{x:,}", "number", anchor="middle"))
    shapes.append(label(left + WIDE / 2, BOTTOM + 40, panel.axis, "name", anchor="middle"))
    points = {name: [at(x, y) for x, y in zip(panel.at, line, strict=True)] for name, line in panel.lines.items()}
    for name, line in points.items():
        look = LOOKS[name]
        inside = tuple(_cut(line))
        if len(inside) > 1:
            shapes.append(Stroke(inside, look.ink, look.weight, look.dash, look.dots))
    shapes.append(Stroke(((left, TOP), (left, BOTTOM), (left + WIDE, BOTTOM))))
    if panel.said:
        shapes.append(label(left + 16, TOP + 10, f"\u2191 {panel.said}", "note"))
    return [*shapes, *_names({name: line for name, line in points.items() if name != panel.beyond})]


def _cut(line: Sequence[Point]) -> Iterator[Point]:
    """Yield a line as far as it is in its panel, and the point where it leaves it at the top."""
    for (x, y), (next_x, next_y) in zip(line, [*line[1:], line[-1]], strict=True):
        if y < TOP:
            return
        yield x, y
        if next_y < TOP:
            yield x + (next_x - x) * (y - TOP) / (y - next_y), TOP


def _names(points: Mapping[str, Sequence[Point]]) -> list[Label]:
    """Name each line at its end, or at its middle where ends meet; lines that nearly coincide are named as one."""
    groups: list[list[str]] = []
    for name, line in points.items():
        near = (group for group in groups if _apart(points[group[0]], line) <= NEAR)
        group = next(near, None)
        if group is None:
            groups.append([name])
        else:
            group.append(name)
    lines = {",\n".join(group): points[group[0]] for group in groups}
    ends = sorted(line[-1][1] for line in lines.values())
    meet = any(lower - upper < NEAR for upper, lower in pairwise(ends))
    place = len(next(iter(lines.values()))) // 2 if meet else -1
    names: list[Label] = []
    free = TOP
    for text, line in sorted(lines.items(), key=lambda pair: pair[1][place][1]):
        x, y = line[place]
        if meet:
            # The upper line is named above it, and those below it under them.
            names.append(label(x + 12, y + 26 if names else y - 10, text.replace("\n", " "), "name"))
            continue
        names.append(label(x + 8, max(y + 4, free), text, "name"))
        free = names[-1].y + LINE * (1 + text.count("\n"))
    return names


def _apart(one: Sequence[Point], other: Sequence[Point]) -> float:
    """Return how far two lines are apart at most."""
    return max(abs(y - y2) for (_, y), (_, y2) in zip(one, other, strict=True))


def drivers_plot(image: Image, path: str, containers: int = 100) -> DriversPlot:
    """Return a plot of the bytes on a disk with every driver, where containers overwrite a file of an image.

    The left half runs from 1 to `containers`, each of which overwrites one block; in the right half 10 containers
    overwrite from one block to the whole file. Fewer than 2 containers raise ValueError, and so does a `path` that
    names no file of at least one block.

    >>> drivers_plot(scratch.with_layer(Layer.of({"srv/data": filler(8_192_000)})), "srv/data").best(50)
    'xfs'
    """
    entry = image.view().get(path)
    if entry is None or entry.kind != "file" or entry.size < PAGE:
        raise ValueError(f"/{path} is no file of {PAGE} bytes or more in this image")
    if containers < 2:
        raise ValueError("a plot over containers needs 2 of them or more")
    return DriversPlot(image, path, containers)
