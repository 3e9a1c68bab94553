"""The live view of the path finder: a list of paths, worded buttons, the picture and the lines under it."""

from typing import TYPE_CHECKING, Any

import ipywidgets

from layerlab.picture.svg import svg

if TYPE_CHECKING:
    from layerlab.lesson.path_finder import PathFinder


def view(finder: "PathFinder") -> Any:
    """Return a widget that shows a path finder; its callbacks only change the finder's state."""
    picture, lines = ipywidgets.HTML(), ipywidgets.HTML()
    choice = ipywidgets.Dropdown(
        options=[(f"/{path}", path) for path in finder.paths],
        description="Look up",
        layout=ipywidgets.Layout(width="300px"),
    ).add_class("layerlab-path")
    verbs = [
        ("Ask the next layer", "step", finder.step),
        ("Fall to the end", "to-end", finder.to_end),
        ("Back", "back", finder.undo),
        ("Forward", "forward", finder.redo),
        ("Start over", "start-over", finder.start_over),
    ]
    buttons = []
    for word, name, act in verbs:
        button = ipywidgets.Button(description=word, layout=ipywidgets.Layout(width="auto")).add_class(
            f"layerlab-{name}"
        )
        button.on_click(lambda _, act=act: act())
        buttons.append(button)

    def chosen(change: Any) -> None:
        if change["new"] != finder.now.path:
            finder.choose(change["new"])

    def refresh(_: object = None) -> None:
        picture.value = svg(finder.scene)
        lines.value = finder.status
        if finder.now.path in finder.paths:
            choice.value = finder.now.path

    choice.observe(chosen, "value")
    finder.observe(refresh, "now")
    refresh()
    controls = ipywidgets.HBox([choice, *buttons], layout=ipywidgets.Layout(flex_flow="row wrap"))
    return ipywidgets.VBox([controls, picture, lines]).add_class("layerlab-bench")
