"""The live view of the sharing bench: three inputs, a list of what might go, the picture and the lines under it."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import ipywidgets

from layerlab.benches.bench_view import Replayed, choice, framed, stepping
from layerlab.words.sizes import size

NEW = (0, 1, 5_000, 1_000_000, 50_000_000)
ROWS, NARROW, WIDE = 3, "140px", "240px"


class Sharing(Replayed, Protocol):
    """What this view needs of a bench."""

    files: Mapping[str, tuple[str, ...]]

    @property
    def names(self) -> list[str]: ...
    def run(self, containers: int) -> None: ...
    def rewrite(self, what: str) -> None: ...
    def write(self, new: int) -> None: ...
    def pick(self, *names: str) -> None: ...


def view(bench: Sharing, most: int) -> Any:
    """Return a widget that shows a sharing bench with at most so many containers; its callbacks change its state."""
    going = ipywidgets.SelectMultiple(
        description="What if these go?",
        rows=ROWS,
        style={"description_width": "initial"},
        layout=ipywidgets.Layout(width="280px"),
    ).add_class("layerlab-pick")
    count = ipywidgets.BoundedIntText(
        description="Containers",
        max=most,
        style={"description_width": "initial"},
        layout=ipywidgets.Layout(width=NARROW),
    ).add_class("layerlab-run")
    rewritten = choice("Each rewrites", "layerlab-rewrite", WIDE)
    rewritten.options = tuple(bench.files)
    new = choice("and adds", "layerlab-write", "160px")
    new.options = tuple((size(each), each) for each in NEW)
    inputs: list[tuple[Any, Callable[[Any], None]]] = [
        (count, bench.run),
        (rewritten, bench.rewrite),
        (new, bench.write),
        (going, lambda names: bench.pick(*names)),
    ]
    offering = False

    def chosen(act: Callable[[Any], None], value: Any) -> None:
        if not offering:
            act(value)
            offer()  # a refusal leaves the state as it was, and the input shows the state

    def offer() -> None:
        nonlocal offering
        offering = True
        now = bench.now
        names = tuple(bench.names)
        if going.options != names:
            going.options = names
        if now.new not in NEW:
            new.options = tuple((size(each), each) for each in sorted({*NEW, now.new}))
        shown = (now.containers, now.rewritten, now.new, tuple(name for name in names if name in now.going))
        for (each, _), value in zip(inputs, shown, strict=True):
            each.value = value
        offering = False

    for each, act in inputs:
        each.observe(lambda change, act=act: chosen(act, change["new"]), "value")
    return framed(bench, [count, rewritten, new, *stepping(bench)], offer, beside=going)
