"""The live view of the path finder: a list of paths and worded buttons, in the frame of every bench."""

from typing import Any, Protocol

from layerlab.benches.bench_view import Replayed, button, choice, framed, stepping
from layerlab.words.printable import printable


class LookedUp(Replayed, Protocol):
    """What this view needs of a bench."""

    paths: tuple[str, ...]

    def choose(self, path: str) -> None: ...
    def step(self) -> None: ...
    def to_end(self) -> None: ...


def view(finder: LookedUp) -> Any:
    """Return a widget that shows a path finder; its callbacks only change the finder's state."""
    paths = choice("Look up", "layerlab-path", "290px")
    paths.options = [(f"/{printable(path)}", path) for path in finder.paths]
    one = button("Ask the next layer", "layerlab-step", finder.step)
    rest = button("Fall to the end", "layerlab-to-end", finder.to_end)

    def chosen(change: Any) -> None:
        if change["new"] != finder.now.path:
            finder.choose(change["new"])

    def offer() -> None:
        if finder.now.path in finder.paths:
            paths.value = finder.now.path

    offer()
    paths.observe(chosen, "value")
    return framed(finder, [paths, one, rest, *stepping(finder)], offer)
