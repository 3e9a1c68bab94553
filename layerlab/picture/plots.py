"""Plots: the plain figures of lessons, over a range rather than for one host.

matplotlib draws them, imported only then and never through pyplot; where it is missing, in a browser, the same plot
is a scene painted as SVG.
"""

from base64 import b64encode
from dataclasses import dataclass
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from layerlab.picture.shapes import Box, Line, Mark, Scene, Shape, Texture, label
from layerlab.picture.svg import standalone
from layerlab.picture.units import size

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BLUE, ORANGE, INK, GREY = "#0072B2", "#E69F00", "#1a1a1a", "#4d4d4d"
MOST_ROWS = 12
WIDTH, HEIGHT, DPI = 720, 330, 100


class Row(NamedTuple):
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
class SharingPlot:
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

    def row(self, count: int) -> Row:
        """Return the bytes of a host with `count` containers."""
        return Row(count, self.image, count * self.rewritten, count * (self.image + self.rewritten))

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
        step = -(-self.containers // MOST_ROWS)
        counts = sorted({1, *range(step, self.containers + 1, step), self.containers})
        rows = [
            (f"{row.containers:,}", size(row.layers), size(row.thin), size(row.total), size(row.ghost))
            for row in map(self.row, counts)
        ]
        widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
        lines = [zip(cells, widths, strict=True) for cells in (head, *rows)]
        return "\n".join("  ".join(cell.rjust(wide) for cell, wide in line) for line in lines)

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
        shapes += [Line(tuple(ends), dash=True), Line(((left, bottom), (right, bottom)))]
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
        placed: list[tuple[str, float]] = []
        for text, y in words:
            placed.append((text, max(y, placed[-1][1] + gap) if placed else y))
        return placed


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
