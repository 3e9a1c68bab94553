"""Fleet: what releases of an image move to many hosts and store in a registry, with and without a shared base.

Both axes are logarithmic, because hosts and bytes span five powers of ten. The assumptions are part of the figure.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from layerlab.model.image import Image
from layerlab.picture.plots import BLUE, DPI, HEIGHT, INK, ORANGE, WIDTH, Chart, Plot
from layerlab.picture.shapes import Mark, Scene, Shape, Stroke, label
from layerlab.words.sizes import size
from layerlab.words.tables import aligned

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HOSTS = (1, 10, 100, 1_000, 10_000, 100_000)


@dataclass(frozen=True)
class FleetPlot(Plot):
    """So many releases of an image: `base` bytes are the same in each, `top` bytes change. Both are packed sizes.

    >>> plot = FleetPlot(base=90_000_000, top=10_000_000, releases=10)
    >>> plot.moved(100, shared=True), plot.moved(100, shared=False)
    (19000000000, 100000000000)
    >>> plot.stored(shared=True), plot.stored(shared=False)
    (190000000, 1000000000)
    """

    base: int
    top: int
    releases: int

    def stored(self, *, shared: bool) -> int:
        """Return the bytes that the registry stores, each blob once."""
        if shared:
            return self.base + self.releases * self.top
        return self.releases * (self.base + self.top)

    def moved(self, hosts: int, *, shared: bool) -> int:
        """Return the bytes that so many hosts fetch: each one gets what the registry stores, once."""
        return hosts * self.stored(shared=shared)

    @property
    def assumptions(self) -> str:
        """What is assumed, in a sentence or two."""
        return (
            f"Assumed: {self.releases} releases; {size(self.base)} of base and {size(self.top)} of changes, packed. "
            "Each host pulls every release once, and keeps it. Manifests and metadata are left out."
        )

    @property
    def alt(self) -> str:
        """The plot in a sentence or two, for people who hear it."""
        last = HOSTS[-1]
        with_base, without = (size(self.moved(last, shared=shared)) for shared in (True, False))
        return (
            f"{last:,} hosts fetch {with_base} with a shared base, and {without} without one. The registry stores "
            f"{size(self.stored(shared=True))} or {size(self.stored(shared=False))}. {self.assumptions}"
        )

    def __str__(self) -> str:
        head = ["hosts", "moved, shared base", "moved, none"]
        rows = [[f"{hosts:,}", *(size(self.moved(hosts, shared=each)) for each in (True, False))] for hosts in HOSTS]
        stored = f"stored in the registry: {size(self.stored(shared=True))}, or {size(self.stored(shared=False))}"
        return "\n".join([*aligned([head, *rows], [0, 1, 2]), stored, self.assumptions])

    @property
    def chart(self) -> Chart:
        """What there is to draw; its numbers are the bytes moved at each count of hosts."""
        with_base, without = ([float(self.moved(hosts, shared=each)) for hosts in HOSTS] for each in (True, False))
        return Chart(self._title, with_base, [0.0] * len(HOSTS), without, None, (), max(without), max(without), 0)

    @property
    def _title(self) -> str:
        return f"{self.releases} releases: bytes moved to the hosts, and stored in the registry"

    @property
    def _lines(self) -> Iterable[tuple[str, str, str, list[int]]]:
        for words, colour, shared in (("with a shared base", BLUE, True), ("without one", ORANGE, False)):
            yield f"moved, {words}", colour, "-", [self.moved(hosts, shared=shared) for hosts in HOSTS]
            yield f"stored, {words}", colour, "--", [self.stored(shared=shared)] * len(HOSTS)

    def figure(self) -> "Figure":
        """Return the plot as a matplotlib figure."""
        from matplotlib.figure import Figure
        from matplotlib.ticker import FuncFormatter

        figure = Figure(figsize=(WIDTH / DPI, 1.2 * HEIGHT / DPI), dpi=DPI, facecolor="white", layout="constrained")
        axes = figure.add_subplot()
        for words, colour, style, bytes_ in self._lines:
            axes.plot(HOSTS, bytes_, style, color=colour, label=words, linewidth=2, marker="o" if style == "-" else "")
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{round(value):,}"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: size(round(value))))
        axes.set_xlabel("hosts")
        axes.set_ylabel("bytes: each step is ten times more")
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False, labelcolor=INK)
        axes.set_title(self._title, loc="left", fontweight="bold", fontsize=11)
        figure.supxlabel(self.assumptions, fontsize=8, x=0.01, ha="left", wrap=True)
        return figure

    def scene(self) -> Scene:
        """Return the same plot as a scene, for where there is no matplotlib."""
        from math import ceil, log10

        # The words at the ends of the lines need the rest of the width.
        left, right, top, bottom = 90.0, 476.0, 52.0, 282.0
        least = log10(min(bytes_[0] for _, _, _, bytes_ in self._lines))
        most = log10(max(bytes_[-1] for _, _, _, bytes_ in self._lines))
        xs = [left + (right - left) * place / (len(HOSTS) - 1) for place in range(len(HOSTS))]
        shapes: list[Shape] = [label(8, 20, self._title, "title", font=13, bold=True, room=760)]
        for number, (words, _, style, bytes_) in enumerate(self._lines):
            ys = [bottom - (bottom - top) * (log10(each) - least) / (most - least) for each in bytes_]
            shapes.append(Stroke(tuple(zip(xs, ys, strict=True)), "layer" if number < 2 else "thin", 2, style == "--"))
            shapes.append(label(right + 10, ys[-1] + 4, f"{words}: {size(bytes_[-1])}", "note", room=270))
        # Whole powers of ten where they have room: they show that each step up is ten times more.
        tens = [each for each in range(ceil(least), ceil(most)) if least + 0.35 < each < most - 0.35]
        shapes += [
            label(
                left - 10,
                bottom - (bottom - top) * (power - least) / (most - least) + 4,
                size(round(10**power)),
                "note",
                anchor="end",
            )
            for power in (least, *tens, most)
        ]
        shapes.append(label(left - 10, top - 14, "bytes", "note", anchor="end"))
        shapes += [
            label(x, bottom + 18, f"{hosts:,}", "note", anchor="middle") for x, hosts in zip(xs, HOSTS, strict=True)
        ]
        words = "hosts (on both axes, each step is ten times more)"
        shapes.append(label((left + right) / 2, bottom + 38, words, "note", anchor="middle"))
        return Scene((Mark("axis", tuple(shapes)),), self._title, self.assumptions, "", 760, 332)


def fleet_plot(image: Image, releases: int = 10) -> FleetPlot:
    """Return the figure for releases of an image that change its top layer alone.

    >>> from layerlab.benches.example import shop
    >>> print(fleet_plot(shop().images["shop"]).alt[:73])
    100,000 hosts fetch 34.3 TB with a shared base, and 118 TB without one. T
    """
    if not image.layers or releases < 1:
        raise ValueError("a fleet takes an image with a layer, and 1 release or more")
    *below, top = image.layers
    return FleetPlot(sum(layer.packed_size for layer in dict.fromkeys(below)), top.packed_size, releases)
