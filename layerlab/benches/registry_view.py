"""The live page of the registry bench: names in the picture can be pressed, and each press has a button too."""

from typing import Protocol

from layerlab.benches.bench_view import PageValues, Replayed, button, choice, one_of, stepping
from layerlab.picture.living import Living


class Shipping(Replayed, Protocol):
    """What this page needs of a bench."""

    def push(self, name: str) -> None: ...
    def pull(self, ref: str) -> None: ...
    def release(self) -> None: ...
    def run(self) -> None: ...
    def remove(self) -> None: ...
    def forget(self) -> None: ...


class RegistryPage(PageValues):
    """A registry bench as a page."""

    def __init__(self, bench: Shipping) -> None:
        self.bench = bench
        super().__init__(bench)

    def controls(self) -> str:
        """Return a list and a button for a push and for a pull, and the other acts."""
        now = self.bench.now
        images = choice("Image", "image", [(name, name) for name in now.images], self._chosen("image", now.images))
        tags = choice("Name", "tag", [(name, name) for name in now.tags], self._chosen("tag", now.tags))
        pull = tags + button("Pull to the server", "pull") if now.tags else ""
        acts = (
            ("Build the next shop", "release"),
            ("Run web on the server", "run"),
            ("Remove web", "remove"),
            ("New build machine", "forget"),
        )
        return images + button("Push", "push") + pull + "".join(button(*act) for act in acts) + stepping()

    def _chosen(self, field: str, there: tuple[str, ...]) -> str:
        chosen = str(self.form.get(field, ""))
        return chosen if chosen in there or not there else there[0]

    def pressed(self, key: str) -> None:
        """Push or pull what was pressed or chosen, or do another act."""
        bench, now = self.bench, self.bench.now
        kind, _, name = key.partition(":")
        if kind == "push":
            bench.push(name or one_of(now.images, self.form.get("image")))
        elif kind == "pull":
            bench.pull(name or one_of(now.tags, self.form.get("tag")))
        elif act := {
            "release": bench.release,
            "run": bench.run,
            "remove": bench.remove,
            "forget": bench.forget,
        }.get(kind):
            act()


def view(bench: Shipping) -> Living:
    """Return a widget that shows a registry bench; a press only changes the bench's state."""
    return RegistryPage(bench).living
