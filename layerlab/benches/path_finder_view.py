"""The live page of the path finder: a list of paths and worded buttons; a press on a layer asks down to it."""

from typing import Protocol

from layerlab.benches.bench_view import PageValues, Replayed, button, choice, one_of, stepping
from layerlab.picture.living import Living


class LookedUp(Replayed, Protocol):
    """What this view needs of a bench."""

    paths: tuple[str, ...]

    def choose(self, path: str) -> None: ...
    def step(self) -> None: ...
    def to_end(self) -> None: ...
    def ask(self, layer: int) -> None: ...
    def described(self, path: str) -> str: ...


class PathPage(PageValues):
    """A path finder as a page."""

    def __init__(self, finder: LookedUp) -> None:
        self.finder = finder
        super().__init__(finder)

    def controls(self) -> str:
        """Return the list of paths and the buttons."""
        now = self.finder.now.path
        # A path that was chosen from Python need not be one of the ready paths, but the list has to show it.
        known = [(self.finder.described(path), path) for path in dict.fromkeys([*self.finder.paths, now])]
        steps = button("Ask the next layer", "step") + button("Ask all that are left", "to-end")
        return choice("Look up", "path", known, now) + steps + stepping()

    def pressed(self, key: str) -> None:
        """Look another path up, or ask on."""
        kind, _, layer = key.partition(":")
        if key == "path":
            self.finder.choose(one_of(self.finder.paths, self.form["path"]))
        elif key == "step":
            self.finder.step()
        elif key == "to-end":
            self.finder.to_end()
        elif kind == "ask":
            self.finder.ask(int(layer))


def view(finder: LookedUp) -> Living:
    """Return a widget that shows a path finder; a press only changes the finder's state."""
    return PathPage(finder).living
