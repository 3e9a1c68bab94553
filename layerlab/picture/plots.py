"""Plots: the plain figures of lessons, over a range rather than for one host.

A notebook shows a plot as a scene, painted as all pictures are, so it is light or dark as the page is. matplotlib draws
the same plot for slides and paper, imported only then and never through pyplot.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

from layerlab.picture.shapes import Box, Mark, Scene, Shape, Stroke, Texture, label
from layerlab.picture.svg import FOLLOW, img
from layerlab.words.sizes import size
from layerlab.words.tables import aligned

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# The same blue, orange and ink as in the pictures: blue for layers, orange for thin layers.
BLUE, ORANGE, INK, GREY = "#0072B2", "#E69F00", "#1a1a1a", "#4d4d4d"
# Rows of a table, bars that still stand apart from each other, and ticks that still have a number each.
MOST_ROWS, MOST_APART, MOST_TICKS = 12, 40, 20
WIDTH, HEIGHT, DPI = 720, 330, 100


@dataclass(frozen=True, slots=True)
class Chart:
    """What both painters draw: bars in two parts, a line over them, a level across, and words at the right end.

    Numbers are bytes. `full` is what the bars take at most and `top` where matplotlib's axis ends; words need `gap`.
    """

    title: str
    lower: Sequence[float]
    upper: Sequence[float]
    line: Sequence[float]
    level: float | None
    words: Sequence[tuple[str, float]]
    full: float
    top: float
    gap: float


class Plot(ABC):
    """A figure over a range: a notebook shows it as a picture, its text form is the table of the same numbers."""

    @property
    @abstractmethod
    def alt(self) -> str:
        """The plot in a sentence or two, for people who hear it."""

    @abstractmethod
    def figure(self) -> "Figure":
        """Return the plot as a matplotlib figure."""

    @abstractmethod
    def scene(self) -> Scene:
        """Return the same plot as a scene, for where there is no matplotlib."""

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": img(self.scene()) + FOLLOW}

    def png(self) -> bytes:
        """Return the figure as a PNG without date or version, so that the same plot has the same bytes."""
        from matplotlib import rc_context

        stream = BytesIO()
        # A reader's own settings of fonts would change the bytes of the picture.
        with rc_context({"font.family": "DejaVu Sans", "font.size": 10, "hatch.linewidth": 1.0}):
            self.figure().savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
        return stream.getvalue()


class BarPlot(Plot):
    """A plot of bars over a number of containers."""

    @property
    @abstractmethod
    def chart(self) -> Chart:
        """What there is to draw, for either painter."""

    def figure(self) -> "Figure":
        """Return the plot as a matplotlib figure."""
        from matplotlib.figure import Figure
        from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

        chart = self.chart
        last = len(chart.lower)
        counts = range(1, last + 1)
        few = last <= MOST_APART
        wide = 0.72 if few else 1.0
        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        axes.bar(counts, chart.lower, wide, color=BLUE)
        if any(chart.upper):
            # Narrow bars have no room for dots.
            dots = "..." if few else None
            axes.bar(
                counts, chart.upper, wide, bottom=chart.lower, color=ORANGE, edgecolor=INK, linewidth=0, hatch=dots
            )
        # The dashed line is what people compare the bars with: the level if there is one, else the line.
        line, marker, weight = ("--", 3.0, 1.5) if chart.level is None else ("-", 3.5, 1.2)
        axes.plot(counts, chart.line, f"o{line}" if few else line, color=INK, markersize=marker, linewidth=weight)
        if chart.level is not None:
            axes.plot([0.5, last + 0.5], [chart.level] * 2, "--", color=INK, linewidth=weight)
        end = last + 0.5 + 0.02 * last
        for text, y in _apart(chart.words, chart.gap):
            axes.text(end, y, text, va="center", color=INK)
        axes.set_xlim(0.5, end)
        axes.set_ylim(0, chart.top)
        axes.xaxis.set_major_locator(FixedLocator(counts) if last <= MOST_TICKS else MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: size(round(value))))
        axes.set_xlabel("containers")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title(chart.title, loc="left", fontweight="bold", fontsize=11)
        return figure

    def scene(self) -> Scene:
        """Return the same plot as a scene, which a notebook shows."""
        chart = self.chart
        last = len(chart.lower)
        left, right, top, bottom = 70.0, 500.0, 40.0, 280.0
        scale, pitch = (bottom - top) / chart.full, (right - left) / last
        shapes: list[Shape] = [label(8, 20, chart.title, "title", font=13, bold=True)]
        for value in ticks(chart.full):
            y = bottom - value * scale
            shapes += [
                Stroke(((left - 4, y), (left, y)), weight=1),
                label(left - 8, y + 4, size(value), "note", anchor="end"),
            ]
        shapes.append(Stroke(((left, top), (left, bottom)), weight=1))
        for count, (lower, upper) in enumerate(zip(chart.lower, chart.upper, strict=True), start=1):
            x, blue, orange = left + (count - 0.86) * pitch, lower * scale, upper * scale
            shapes.append(Box(x, bottom - blue, pitch * 0.72, blue, fill="layer"))
            if orange:
                dotted: Texture = "dots" if orange > 5 and pitch > 10 else "plain"
                shapes.append(Box(x, bottom - blue - orange, pitch * 0.72, orange, fill="thin", texture=dotted))
        middles = {count: left + (count - 0.5) * pitch for count in range(1, last + 1)}
        line = tuple((middles[count], bottom - y * scale) for count, y in enumerate(chart.line, start=1))
        # The dashed line is what people compare the bars with: the level if there is one, else the line.
        shapes.append(Stroke(line, dash=chart.level is None))
        if chart.level is not None:
            shapes.append(
                Stroke(((left, bottom - chart.level * scale), (right, bottom - chart.level * scale)), dash=True)
            )
        shapes.append(Stroke(((left, bottom), (right, bottom))))
        words = _apart(chart.words, 16 / scale)
        shapes += [label(right + 10, bottom - y * scale + 4, text, "note") for text, y in words]
        numbered = middles if last <= MOST_TICKS else {count: middles[count] for count in (1, last)}
        for count, x in numbered.items():
            shapes.append(label(x, bottom + 16, f"{count:,}", "number", anchor="middle"))
        shapes.append(label((left + right) / 2, bottom + 34, "containers", "name", anchor="middle"))
        return Scene((Mark("axis", tuple(shapes)),), self.alt.removesuffix("."), "", "", WIDTH, HEIGHT)


class PlotRow(NamedTuple):
    """The bytes of a host with so many containers: layers, thin layers and the sum of `virtual`."""

    containers: int
    layers: int
    thin: int
    ghost: int

    @property
    def total(self) -> int:
        """All bytes on the host."""
        return self.layers + self.thin


@dataclass(frozen=True)
class SharingPlot(BarPlot):
    """What n containers of one image take, against what adding up their `virtual` sizes says; made by `sharing_plot`.

    A notebook shows it as a picture, its text form is the table of the same numbers, `figure()` is matplotlib's.

    >>> print(SharingPlot(319_371_253, 20_000_001, 3))
    containers  layers     thin  on the host  adding up virtual
             1  319 MB  20.0 MB       339 MB             339 MB
             2  319 MB  40.0 MB       359 MB             679 MB
             3  319 MB  60.0 MB       379 MB            1.02 GB
    """

    image: int
    rewritten: int
    containers: int

    def row(self, count: int) -> PlotRow:
        """Return the bytes of a host with `count` containers."""
        return PlotRow(count, self.image, count * self.rewritten, count * (self.image + self.rewritten))

    @property
    def alt(self) -> str:
        """The plot in one sentence, for people who hear it."""
        last = self.row(self.containers)
        return (
            f"Bytes on the host for 1 to {self.containers:,} containers: the layers stay at {size(last.layers)}, thin "
            f"layers grow to {size(last.thin)}; adding up virtual sizes would say {size(last.ghost)}."
        )

    def __str__(self) -> str:
        head = ("containers", "layers", "thin", "on the host", "adding up virtual")
        rows = map(self.row, _counts(self.containers))
        cells = [(f"{row.containers:,}", *map(size, (row.layers, row.thin, row.total, row.ghost))) for row in rows]
        return "\n".join(aligned([head, *cells], right=range(len(head))))

    @property
    def chart(self) -> Chart:
        """Layers below thin layers, with the sum of `virtual` as a dashed line."""
        rows = [self.row(count) for count in range(1, self.containers + 1)]
        last = rows[-1]
        words = [(f"layers: {size(last.layers)}", last.layers / 2)]
        if last.thin:
            words.append((f"thin: {size(last.thin)}", last.layers + last.thin / 2))
        words.append((f"adding up virtual: {size(last.ghost)}", float(last.ghost)))
        full = max(last.ghost, last.total, 1)
        return Chart(
            title="Bytes on this host",
            lower=[row.layers for row in rows],
            upper=[row.thin for row in rows],
            line=[row.ghost for row in rows],
            level=None,
            words=words,
            full=full,
            top=1.05 * full,
            gap=0.07 * full,
        )


def sharing_plot(image: int, rewritten: int, containers: int = 10) -> SharingPlot:
    """Return a plot of the bytes on a host against its number of containers.

    `image` is the image's size and `rewritten` what each container copies up or writes, in bytes; the plot runs from 1
    to `containers`. A negative size or fewer than 1 container raises ValueError.

    >>> sharing_plot(319_371_253, 0, 10).alt
    'Bytes on the host for 1 to 10 containers: the layers stay at 319 MB, thin layers grow to 0 B; adding up virtual \
sizes would say 3.19 GB.'
    """
    if image < 0 or rewritten < 0 or containers < 1:
        raise ValueError("a plot of sharing needs sizes of 0 bytes or more and at least 1 container")
    return SharingPlot(image, rewritten, containers)


@dataclass(frozen=True)
class CrossingPlot(BarPlot):
    """How much each of n containers may copy up before copies cost what sharing saves; made by `crossing_plot`.

    n copies of an image would take n times its bytes, sharing takes them once: that saves I (n - 1). Copies of the
    image's files cost n w, where each container rewrites w bytes of them. They are equal at w = I (n - 1) / n. New
    files cost the same either way.

    >>> print(CrossingPlot(319_371_253, 20_000_000, 3))
    containers  sharing saves  equal when each rewrites  with 20.0 MB in each
             1            0 B                       0 B  costs 20.0 MB
             2         319 MB                    160 MB  saves 279 MB
             3         639 MB                    213 MB  saves 579 MB
    """

    image: int
    rewritten: int
    containers: int

    def saved(self, count: int) -> int:
        """Return the bytes that `count` containers save by sharing, copies paid; below 0 they cost more."""
        return self.image * (count - 1) - self.rewritten * count

    def crossing(self, count: int) -> Fraction:
        """Return how many bytes each of `count` containers rewrites where copies cost what sharing saves."""
        return Fraction(self.image * (count - 1), count)

    @property
    def pays_from(self) -> int | None:
        """The fewest containers that save anything, None where every byte of the image is rewritten."""
        # Sharing saves bytes if n times this is more than the image.
        left = self.image - self.rewritten
        return self.image // left + 1 if left else None

    @property
    def alt(self) -> str:
        """The plot in two sentences, for people who hear it."""
        often = self.pays_from
        pays = f"sharing pays from {often:,} containers on" if often else "sharing never pays"
        return (
            f"Copies cost what sharing saves where each of 2 containers rewrites {size(self.crossing(2))} of a "
            f"{size(self.image)} image, each of {self.containers:,} containers {size(self.crossing(self.containers))}. "
            f"With {size(self.rewritten)} rewritten in each, {pays}."
        )

    def __str__(self) -> str:
        head = ("containers", "sharing saves", "equal when each rewrites", f"with {size(self.rewritten)} in each")
        rows = []
        for count in _counts(self.containers):
            saved = self.saved(count)
            said = f"{'saves' if saved >= 0 else 'costs'} {size(abs(saved))}"
            rows.append((f"{count:,}", size(self.image * (count - 1)), size(self.crossing(count)), said))
        return "\n".join(aligned([head, *rows], right=range(3)))

    @property
    def chart(self) -> Chart:
        """A bar of the image for each number of containers, cut where copies cost what sharing saves."""
        crossings = [float(self.crossing(count)) for count in range(1, self.containers + 1)]
        last = crossings[-1]
        words = [
            (f"each rewrites {size(self.rewritten)}", float(self.rewritten)),
            ("sharing saves", last / 2),
            (f"equal: {size(self.crossing(self.containers))}", last),
            ("copies cost more", (last + self.image) / 2),
        ]
        top = 1.12 * self.image
        return Chart(
            title="Bytes of the image that each container rewrites",
            lower=crossings,
            upper=[self.image - crossing for crossing in crossings],
            line=crossings,
            level=self.rewritten,
            words=sorted(words, key=lambda word: word[1]),
            full=self.image,
            top=top,
            gap=0.07 * top,
        )


def crossing_plot(image: int, rewritten: int = 0, containers: int = 10) -> CrossingPlot:
    """Return a plot of where copies cost what sharing saves, for 1 to `containers` containers of one image.

    `image` is the image's size, and `rewritten` what each container copies up of its files, in bytes: from 0 to the
    whole image, else ValueError. It needs 2 containers or more to share anything, else ValueError.

    >>> plot = crossing_plot(319_371_253, 258_000_000)
    >>> plot.pays_from, plot.saved(5), plot.saved(6)
    (6, -12514988, 48856265)
    """
    if image < 1 or not 0 <= rewritten <= image:
        raise ValueError("a container rewrites between 0 bytes of an image and all of it, and an image holds some")
    if containers < 2:
        raise ValueError("a plot of the crossing needs at least 2 containers: one shares with nobody")
    return CrossingPlot(image, rewritten, containers)


def ticks(most: float) -> list[int]:
    """Return the round numbers of bytes up to `most` that an axis is marked with, about four of them.

    >>> ticks(319_371_253), ticks(3)
    ([0, 100000000, 200000000, 300000000], [0, 1, 2, 3])
    """
    power = 10 ** max(0, len(str(int(most))) - 1)
    step = next(
        max(1, step * power // 10) for step in (1, 2, 5, 10, 20, 50) if most <= 5 * step * power // 10 or step == 50
    )
    return list(range(0, int(most) + 1, step))


def _counts(most: int) -> list[int]:
    """Return the numbers of containers that a table lists: the first, the last, and few between."""
    # The division rounds up, so that a table never has many more than 12 rows.
    step = -(-most // MOST_ROWS)
    return sorted({1, *range(step, most + 1, step), most})


def _apart(words: Iterable[tuple[str, float]], gap: float) -> list[tuple[str, float]]:
    """Return the words with their heights, moved up so far that each is at least `gap` above the word before it."""
    placed: list[tuple[str, float]] = []
    for text, y in words:
        placed.append((text, max(y, placed[-1][1] + gap) if placed else y))
    return placed
