"""The live view of the X-ray: three worded tabs, the lists that a tab needs, the picture or table, and its lines."""

from typing import TYPE_CHECKING, Any

import ipywidgets

from layerlab.lesson.show import block
from layerlab.picture.names import printable
from layerlab.picture.units import size

if TYPE_CHECKING:
    from layerlab.lesson.xray import XRay


def view(bench: "XRay") -> Any:
    """Return a widget that shows an X-ray; its callbacks only change the bench's state."""
    from layerlab.lesson.xray import TABS

    picture, lines = ipywidgets.HTML(), ipywidgets.HTML()
    tabs = ipywidgets.ToggleButtons(
        options=TABS,
        description="Show",
        style={"button_width": "84px", "description_width": "initial"},
        layout=ipywidgets.Layout(width="370px"),
    ).add_class("layerlab-tabs")
    files = [(f"/{printable(row.path)}, {size(row.bytes)}", place) for place, row in enumerate(bench.found)]
    found = ipywidgets.Dropdown(
        options=files, description="Deleted", layout=ipywidgets.Layout(width="440px")
    ).add_class("layerlab-found")
    changes = [(change.words, place) for place, change in enumerate(bench.changes)]
    change = ipywidgets.Dropdown(
        options=changes, description="What if", layout=ipywidgets.Layout(width="440px")
    ).add_class("layerlab-change")
    read = ipywidgets.Button(description="Read its first bytes", layout=ipywidgets.Layout(width="auto")).add_class(
        "layerlab-read"
    )
    back = ipywidgets.Button(description="Back", layout=ipywidgets.Layout(width="auto")).add_class("layerlab-back")
    over = ipywidgets.Button(description="Start over", layout=ipywidgets.Layout(width="auto")).add_class(
        "layerlab-start-over"
    )

    def tab_chosen(event: Any) -> None:
        if event["new"] != bench.now.tab:
            bench.show(event["new"])

    def change_chosen(event: Any) -> None:
        if event["new"] is not None and event["new"] != bench.now.change:
            bench.what_if(event["new"])

    def refresh(_: object = None) -> None:
        tabs.value = bench.now.tab
        if bench.changes:
            change.value = bench.now.change
        for control, tab in ((found, "Files"), (read, "Files"), (change, "What if")):
            there = bench.now.tab == tab and bool(bench.changes if control is change else bench.found)
            control.layout.display = "" if there else "none"
        picture.value = block(bench.picture)
        lines.value = bench.status

    tabs.observe(tab_chosen, "value")
    change.observe(change_chosen, "value")
    read.on_click(lambda _: bench.read(found.value))
    back.on_click(lambda _: bench.undo())
    over.on_click(lambda _: bench.start_over())
    bench.observe(refresh, "now")
    refresh()
    wrap = ipywidgets.Layout(flex_flow="row wrap")
    controls = ipywidgets.HBox([tabs, found, read, change, back, over], layout=wrap)
    return ipywidgets.VBox([controls, picture, lines]).add_class("layerlab-bench")
