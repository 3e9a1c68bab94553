"""The live page of the X-ray: three worded tabs and the lists that a tab needs, in the frame of every bench."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from layerlab.benches.bench_view import PageValues, Replayed, button, choice, stepping
from layerlab.model.explain import Dead
from layerlab.words.printable import printable
from layerlab.words.sizes import size

if TYPE_CHECKING:
    from layerlab.picture.living import Living

TABS = {"tab-layers": "Layers", "tab-files": "Files", "tab-what-if": "What if"}


class Described(Protocol):
    """A change that one can look at."""

    @property
    def words(self) -> str: ...


class LaidOpen(Replayed, Protocol):
    """What this page needs of a bench."""

    found: tuple[Dead, ...]

    @property
    def changes(self) -> Sequence[Described]: ...
    def show(self, tab: str) -> None: ...
    def read(self, place: int = 0) -> None: ...
    def what_if(self, place: int) -> None: ...


class XRayPage(PageValues):
    """An X-ray as a page."""

    def __init__(self, bench: LaidOpen) -> None:
        self.bench = bench
        super().__init__(bench)

    def controls(self) -> str:
        """Return the tabs, the steps and, in a row of their own, what the present tab needs."""
        tabs = "".join(button(tab, key, pressed=tab == self.bench.now.tab) for key, tab in TABS.items())
        own = self._own()
        row = f'<div class="acts own" data-key="own">{own}</div>' if own else ""
        return f'<span class="acts tabs" data-key="tabs">{tabs}</span>{stepping()}{row}'

    def _own(self) -> str:
        bench, now = self.bench, self.bench.now
        if now.tab == "Files" and bench.found:
            files = [(f"/{printable(row.path)}, {size(row.bytes)}", number) for number, row in enumerate(bench.found)]
            chosen = int(self.form.get("found", now.file or 0))
            return choice("Deleted", "found", files, chosen) + button("Read its first bytes", "read")
        if now.tab == "What if" and bench.changes:
            words = [(change.words, number) for number, change in enumerate(bench.changes)]
            return choice("Change", "change", words, now.change)
        return ""

    def pressed(self, key: str) -> None:
        """Show a tab, read a file, or look at a change."""
        if key in TABS:
            self.bench.show(TABS[key])
        elif key == "read":
            self.bench.read(int(self.form["found"]))
        elif key == "change":
            self.bench.what_if(int(self.form["change"]))


def view(bench: LaidOpen) -> "Living":
    """Return a widget that shows an X-ray; a press only changes the bench's state."""
    return XRayPage(bench).living
