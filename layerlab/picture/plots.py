"""Plots: the plain figures of lessons, over a range rather than for one host.

matplotlib draws them, imported only then and never through pyplot; where it is missing, in a browser, the same plot
is a scene painted as SVG.
"""

from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from layerlab.picture.shapes import Box, Mark, Scene, Shape, Stroke, Texture, label
from layerlab.picture.svg import standalone
from layerlab.words.sizes import size

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, INK, GREY = "#0072B2", "#E69F00", "#1a1a1a", "#4d4d4d"
MOST_ROWS = 12
WIDTH, HEIGHT, DPI = 720, 330, 100


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

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, str], dict[str, Any]]:
        data = {"text/plain": str(self)}
        if find_spec("matplotlib") is None:
            return {**data, "image/svg+xml": standalone(self.scene())}, {"image/svg+xml": {"alt": self.alt}}
        return {**data, "image/png": b64encode(self.png()).decode()}, {"image/png": {"alt": self.alt}}

    def png(self) -> bytes:
        """Return the figure as a PNG without date or version, so that the same plot has the same bytes."""
        from matplotlib import rc_context

        stream = BytesIO()
        with rc_context({"font.family": "DejaVu Sans", "font.size": 10, "hatch.linewidth": 1.0}):
            self.figure().savefig(stream, format="png", dpi=DPI, metadata={"Software": None})
        return stream.getvalue()


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
class SharingPlot(Plot):
    """What n containers of one image take, against what adding up their `virtual` sizes says; made by `sharing_plot`.

    A notebook shows it as a picture, its text form is the table of the same numbers, `figure()` is matplotlib's.

    >>> print(SharingPlot(319_371_253, 20_000_001, 3))
    containers  layers     thin  on the host  adding up `virtual`
             1  319 MB  20.0 MB       339 MB               339 MB
             2  319 MB  40.0 MB       359 MB               679 MB
             3  319 MB  60.0 MB       379 MB              1.02 GB
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
        head = ("containers", "layers", "thin", "on the host", "adding up `virtual`")
        rows = map(self.row, _counts(self.containers))
        cells = [(f"{row.containers:,}", *map(size, (row.layers, row.thin, row.total, row.ghost))) for row in rows]
        return _table(head, cells)

    def figure(self) -> "Figure":
        """Return the plot as a matplotlib figure: bars from 0, the sum of `virtual` as a dashed line."""
        from matplotlib.figure import Figure
        from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        rows = [self.row(count) for count in range(1, self.containers + 1)]
        counts, layers, thin, ghosts, totals = (
            [row.containers for row in rows],
            [row.layers for row in rows],
            [row.thin for row in rows],
            [row.ghost for row in rows],
            [row.total for row in rows],
        )
        wide = 0.72 if self.containers <= 40 else 1.0
        axes.bar(counts, layers, wide, color=BLUE)
        if self.rewritten:
            hatch = "..." if self.containers <= 40 else None
            axes.bar(counts, thin, wide, bottom=layers, color=ORANGE, edgecolor=INK, linewidth=0, hatch=hatch)
        axes.plot(counts, ghosts, "o--" if self.containers <= 40 else "--", color=INK, markersize=3)
        at = self.containers + 0.5 + 0.02 * self.containers
        for text, y in self._ends(0.07 * max(*ghosts, *totals, 1)):
            axes.text(at, y, text, va="center", color=INK)
        axes.set_xlim(0.5, at)
        axes.set_ylim(0, 1.05 * max(*ghosts, *totals, 1))
        axes.xaxis.set_major_locator(FixedLocator(counts) if self.containers <= 20 else MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: size(round(value))))
        axes.set_xlabel("containers")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title("Bytes on this host", loc="left", fontweight="bold", fontsize=11)
        return figure

    def scene(self) -> Scene:
        """Return the same plot as a scene, for where there is no matplotlib."""
        left, right, top, bottom = 70.0, 500.0, 40.0, 280.0
        last = self.row(self.containers)
        scale = (bottom - top) / max(last.ghost, last.total, 1)
        pitch = (right - left) / self.containers
        shapes: list[Shape] = [label(8, 20, "Bytes on this host", "title", font=13, bold=True)]
        for row in map(self.row, range(1, self.containers + 1)):
            x, blue, orange = left + (row.containers - 0.86) * pitch, row.layers * scale, row.thin * scale
            shapes.append(Box(x, bottom - blue, pitch * 0.72, blue, fill="layer"))
            if orange:
                dotted: Texture = "dots" if orange > 5 and pitch > 10 else "plain"
                shapes.append(Box(x, bottom - blue - orange, pitch * 0.72, orange, fill="thin", texture=dotted))
        xs = [left + (count - 0.5) * pitch for count in (1, self.containers)]
        ends = [(x, bottom - ghost * scale) for x, ghost in zip(xs, (self.row(1).ghost, last.ghost), strict=True)]
        shapes += [Stroke(tuple(ends), dash=True), Stroke(((left, bottom), (right, bottom)))]
        shapes += [label(right + 10, bottom - y * scale + 4, text, "note") for text, y in self._ends(16 / scale)]
        for x, count in dict(zip(xs, (1, self.containers), strict=True)).items():
            shapes.append(label(x, bottom + 16, f"{count:,}", "number", anchor="middle"))
        shapes.append(label((left + right) / 2, bottom + 34, "containers", "name", anchor="middle"))
        return Scene((Mark("axis", tuple(shapes)),), self.alt, "", "", WIDTH, HEIGHT)

    def _ends(self, gap: float) -> list[tuple[str, float]]:
        """Return the words at the right end, each with the bytes where it stands, at least `gap` apart."""
        last = self.row(self.containers)
        words = [(f"layers: {size(last.layers)}", last.layers / 2)]
        if last.thin:
            words.append((f"thin: {size(last.thin)}", last.layers + last.thin / 2))
        words.append((f"adding up `virtual`: {size(last.ghost)}", float(last.ghost)))
        return _apart(words, gap)


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
class CrossingPlot(Plot):
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
        return _table(head, rows, left=(3,))

    def figure(self) -> "Figure":
        """Return the plot as a matplotlib figure: a bar of the image for each number of containers, cut in two."""
        from matplotlib.figure import Figure
        from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

        figure = Figure(figsize=(WIDTH / DPI, HEIGHT / DPI), dpi=DPI, facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        counts = list(range(1, self.containers + 1))
        crossings = [float(self.crossing(count)) for count in counts]
        few = self.containers <= 40
        wide = 0.72 if few else 1.0
        above = [self.image - crossing for crossing in crossings]
        axes.bar(counts, crossings, wide, color=BLUE)
        hatch = "..." if few else None
        axes.bar(counts, above, wide, bottom=crossings, color=ORANGE, edgecolor=INK, linewidth=0, hatch=hatch)
        axes.plot(counts, crossings, "o-" if few else "-", color=INK, markersize=3.5, linewidth=1.2)
        at = self.containers + 0.5 + 0.02 * self.containers
        top = 1.12 * max(1, self.image)
        axes.plot([0.5, self.containers + 0.5], [self.rewritten] * 2, "--", color=INK, linewidth=1.2)
        for text, y in self._ends(0.07 * top):
            axes.text(at, y, text, va="center", color=INK)
        axes.set_xlim(0.5, at)
        axes.set_ylim(0, top)
        axes.xaxis.set_major_locator(FixedLocator(counts) if self.containers <= 20 else MaxNLocator(integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: size(round(value))))
        axes.set_xlabel("containers")
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_title("Bytes of the image that each container rewrites", loc="left", fontweight="bold", fontsize=11)
        return figure

    def scene(self) -> Scene:
        """Return the same plot as a scene, for where there is no matplotlib."""
        left, right, top, bottom = 70.0, 500.0, 40.0, 280.0
        scale = (bottom - top) / max(1, self.image)
        pitch = (right - left) / self.containers
        shapes: list[Shape] = [
            label(8, 20, "Bytes of the image that each container rewrites", "title", font=13, bold=True)
        ]
        for count in range(1, self.containers + 1):
            x, blue = left + (count - 0.86) * pitch, float(self.crossing(count)) * scale
            orange = bottom - top - blue
            dotted: Texture = "dots" if orange > 5 and pitch > 10 else "plain"
            shapes.append(Box(x, top, pitch * 0.72, orange, fill="thin", texture=dotted))
            shapes.append(Box(x, bottom - blue, pitch * 0.72, blue, fill="layer"))
        at = bottom - self.rewritten * scale
        shapes += [Stroke(((left, at), (right, at)), dash=True), Stroke(((left, bottom), (right, bottom)))]
        shapes += [label(right + 10, bottom - y * scale + 4, text, "note") for text, y in self._ends(16 / scale)]
        for count in dict.fromkeys((1, self.containers)):
            middle = left + (count - 0.5) * pitch
            shapes.append(label(middle, bottom + 16, f"{count:,}", "number", anchor="middle"))
        shapes.append(label((left + right) / 2, bottom + 34, "containers", "name", anchor="middle"))
        return Scene((Mark("axis", tuple(shapes)),), self.alt, "", "", WIDTH, HEIGHT)

    def _ends(self, gap: float) -> list[tuple[str, float]]:
        """Return the words at the right end, each with the bytes where it stands, at least `gap` apart."""
        last = float(self.crossing(self.containers))
        words = [
            (f"each rewrites {size(self.rewritten)}", float(self.rewritten)),
            ("sharing saves", last / 2),
            (f"equal: {size(self.crossing(self.containers))}", last),
            ("copies cost more", (last + self.image) / 2),
        ]
        return _apart(sorted(words, key=lambda word: word[1]), gap)


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


def _counts(most: int) -> list[int]:
    """Return the numbers of containers that a table lists: the first, the last, and few between."""
    step = -(-most // MOST_ROWS)
    return sorted({1, *range(step, most + 1, step), most})


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], left: Sequence[int] = ()) -> str:
    """Return rows under their heads; columns are aligned at their end, those in `left` at their start."""
    lines = [head, *rows]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(wide) if place in left else cell.rjust(wide)
            for place, (cell, wide) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _apart(words: Iterable[tuple[str, float]], gap: float) -> list[tuple[str, float]]:
    """Return words from the lowest up, each moved up until it stands at least `gap` above the one below."""
    placed: list[tuple[str, float]] = []
    for text, y in words:
        placed.append((text, max(y, placed[-1][1] + gap) if placed else y))
    return placed
