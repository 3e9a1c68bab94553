"""The live view of a bench: worded buttons, the picture, the lines under it and the transcript."""

from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets

from layerlab.lesson.show import block
from layerlab.lesson.verbs import Line
from layerlab.picture.svg import svg

if TYPE_CHECKING:
    from layerlab.lesson.stack import StackBench

COPY = "navigator.clipboard.writeText(this.parentElement.querySelector('pre').textContent)"


def view(bench: "StackBench") -> Any:
    """Return a widget that shows a bench and acts on it; its callbacks only change the bench's state."""
    picture, lines, transcript = ipywidgets.HTML(), ipywidgets.HTML(), ipywidgets.HTML()
    buttons = []
    for verb in bench.verbs:
        button = ipywidgets.Button(description=verb.label, tooltip=verb.costs).add_class(f"layerlab-{verb.key}")
        button.on_click(lambda _, key=verb.key: bench.do(key))
        buttons.append(button)
    over = ipywidgets.Button(description="Start over").add_class("layerlab-start-over")
    over.on_click(lambda _: bench.start_over())

    def refresh(_: object = None) -> None:
        picture.value = svg(bench.scene)
        lines.value = block(bench.status)
        transcript.value = block(f'<div class="transcript">{written(bench.transcript, bench.python)}</div>')

    bench.observe(refresh, "now")
    refresh()
    box = ipywidgets.VBox(
        [ipywidgets.HBox([*buttons, over], layout=ipywidgets.Layout(flex_flow="row wrap")), picture, lines, transcript]
    )
    return box.add_class("layerlab-bench")


def written(transcript: Sequence[Line], python: str) -> str:
    """Return the transcript as HTML: the last line open, the whole folded, with a button that copies the Python.

    >>> written([Line("host = shop()", "docker build --tag shop .")], "host = shop()")[:47]
    '<p class="line"><code>host = shop()</code> <spa'
    """
    last = transcript[-1]
    docker = "\n".join(line.docker for line in transcript)
    return (
        f'<p class="line"><code>{escape(last.python)}</code> <span class="quiet">in Docker:</span> '
        f"<code>{escape(last.docker)}</code></p>"
        "<details><summary>The whole transcript, to paste into a cell</summary>"
        f'<button type="button" onclick="{COPY}">Copy the Python</button>'
        f"<pre>{escape(python)}</pre><pre>{escape(docker)}</pre></details>"
    )
