"""The live view of the X-ray: three worded tabs and the lists that a tab needs, in the frame of every bench."""

from collections.abc import Sequence
from typing import Any, Protocol

import ipywidgets

from layerlab.benches.bench_view import Replayed, button, choice, framed, stepping
from layerlab.model.explain import Dead
from layerlab.words.printable import printable
from layerlab.words.sizes import size

TAB, WIDE = "84px", "600px"
"""So wide that a tab's own controls stand in a row of their own, and those that step never move."""


class Described(Protocol):
    """A change that one can look at."""

    @property
    def words(self) -> str: ...


class LaidOpen(Replayed, Protocol):
    """What this view needs of a bench."""

    found: tuple[Dead, ...]

    @property
    def changes(self) -> Sequence[Described]: ...
    def show(self, tab: str) -> None: ...
    def read(self, place: int = 0) -> None: ...
    def what_if(self, place: int) -> None: ...


def view(bench: LaidOpen, tab_names: Sequence[str]) -> Any:
    """Return a widget that shows an X-ray; its callbacks only change the bench's state."""
    tabs = ipywidgets.ToggleButtons(options=tuple(tab_names), style={"button_width": TAB}).add_class("layerlab-tabs")
    found = choice("Deleted", "layerlab-found", WIDE)
    found.options = [(f"/{printable(row.path)}, {size(row.bytes)}", place) for place, row in enumerate(bench.found)]
    found.value = 0 if bench.found else None
    changes = choice("Change", "layerlab-change", WIDE)
    changes.options = [(change.words, place) for place, change in enumerate(bench.changes)]
    read = button("Read its first bytes", "layerlab-read", lambda: bench.read(found.value))

    def tab_chosen(event: Any) -> None:
        if event["new"] != bench.now.tab:
            bench.show(event["new"])

    def change_chosen(event: Any) -> None:
        if event["new"] is not None and event["new"] != bench.now.change:
            bench.what_if(event["new"])

    def offer() -> None:
        tabs.value = bench.now.tab
        if bench.changes:
            changes.value = bench.now.change
        if bench.now.file is not None:
            found.value = bench.now.file
        for control in (found, read):
            control.layout.display = "" if bench.now.tab == "Files" and bench.found else "none"
        changes.layout.display = "" if bench.now.tab == "What if" and bench.changes else "none"

    offer()
    tabs.observe(tab_chosen, "value")
    changes.observe(change_chosen, "value")
    return framed(bench, [tabs, *stepping(bench), found, read, changes], offer)
