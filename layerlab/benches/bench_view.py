"""The live view of a bench: lists, worded buttons, the picture, the lines under it and the transcript.

Controls and the boxes around what changes stay in the page, so that a focus survives every step, and the box that
is read out is there before its words are.
"""

from collections.abc import Callable, Sequence
from functools import partial
from html import escape
from typing import Any, Protocol

import ipywidgets

from layerlab.benches.verbs import VERBS, TranscriptLine, Verb
from layerlab.picture.page import LIVE, block
from layerlab.words.printable import printable

COPY = "navigator.clipboard.writeText(this.parentElement.querySelector('pre').textContent)"
# JupyterLab takes the arrow keys for its cells, but not from an element that is marked: so lists get them.
KEYS = """<style onload="
    const bench = this.closest('.layerlab-bench');
    for (const tab of bench.querySelectorAll('.widget-toggle-button'))
        tab.setAttribute('aria-pressed', tab.classList.contains('mod-active'));
    if (!bench.dataset.keys) bench.addEventListener('focusin', ({target}) =>
        target.toggleAttribute('data-lm-suppress-shortcuts', target.matches('select')));
    bench.dataset.keys = 'kept';
"></style>"""
SHOW, HIDE = "Show the whole transcript", "Hide the transcript"
NAMED = {"container": "Container", "image": "Image", "height": "Up to layer", "path": "File"}


class Replayed(Protocol):
    """What every view needs of a bench: what it shows, and the ways back and forward.

    Views name what they need instead of the benches, because each bench makes its own view.
    """

    now: Any
    said: Any

    @property
    def picture(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def transcript(self) -> list[TranscriptLine]: ...
    @property
    def python(self) -> str: ...
    def observe(self, handler: Callable[..., Any], names: str) -> None: ...
    def undo(self) -> None: ...
    def redo(self) -> None: ...
    def start_over(self) -> None: ...


class ActedOn(Replayed, Protocol):
    """What a view needs of a bench with verbs."""

    acts: tuple[Any, ...]
    verbs: tuple[Verb, ...]
    choose: tuple[str, ...]
    steps: bool

    def options(self, target: str, image: str = "") -> list[Any]: ...
    def do(self, key: str, container: str = "", image: str = "", path: str = "", height: int | None = None) -> None: ...


class OneContainer(ActedOn, Protocol):
    """What a view needs of a bench with one container."""

    subjects: list[str]


def view(bench: ActedOn) -> Any:
    """Return a widget that shows a bench and acts on it; its callbacks only change the bench's state."""
    lists = {target: choice(NAMED[target], f"layerlab-choose-{target}") for target in bench.choose}

    def act(verb: Verb) -> None:
        bench.do(verb.key, **{target: each.value for target, each in lists.items() if each.value is not None})

    def offer(_: object = None) -> None:
        image = lists["image"].value if "image" in lists else ""
        for target, each in lists.items():
            options = bench.options(target, image or "")
            keep(each, [(printable(path), path) for path in options] if target == "path" else options)

    for each in lists.values():
        each.observe(offer, "value")
    buttons = [
        button(label(verb, bench.choose), f"layerlab-{verb.key}", partial(act, verb), verb.tooltip)
        for verb in bench.verbs
    ]
    return framed(bench, [*lists.values(), *buttons, *stepping(bench, steps=bench.steps)], offer)


def label(verb: Verb, choose: Sequence[str]) -> str:
    """Return the words on a verb's button: with its container, where that is not chosen from a list.

    >>> label(VERBS["append"], ()), label(VERBS["append"], ("container",))
    ('Write 1 byte in web', 'Write 1 byte')
    """
    return verb.label + ("" if "container" in choose else verb.target.format(container="web"))


def framed(
    bench: Replayed, controls: Sequence[Any], offer: Callable[[], None] = lambda: None, beside: Any = None
) -> Any:
    """Return controls, the picture, the lines that are read out and the transcript in one box.

    `offer` brings the controls up to date; it is called whenever the bench has a new moment. `beside` is one more
    control that stands on the left of the transcript.
    """
    picture, lines, last, whole = (ipywidgets.HTML() for _ in range(4))
    picture.add_class("layerlab-picture")
    fold = button(SHOW, "layerlab-fold", lambda: turn())
    fold.layout.align_self = "flex-end"

    def turn() -> None:
        fold.description = HIDE if fold.description == SHOW else SHOW
        refresh()

    def refresh(_: object = None) -> None:
        offer()
        picture.value = bench.picture
        status = bench.status.replace(' role="status"', "")
        if bench.said % 2:  # a screen reader reads out what changes: so what is said twice differs in a space
            status = status.replace("</p>", "&nbsp;</p>", 1)
        lines.value = LIVE + KEYS + block(status)
        last.value = block(f'<div class="transcript">{line(bench.transcript[-1])}</div>')
        whole.value = written(bench.transcript, bench.python) if fold.description == HIDE else ""

    bench.observe(refresh, "said")
    refresh()
    rest, wraps = ipywidgets.Layout(flex="1 1 300px", min_width="0"), ipywidgets.Layout(flex_flow="row wrap")
    row = ipywidgets.HBox(list(controls), layout=wraps)
    if beside is None:
        last.layout = rest
        foot = ipywidgets.HBox([last, fold], layout=wraps)
    else:
        last.layout.margin = fold.layout.margin = "0"
        foot = ipywidgets.HBox([beside, ipywidgets.VBox([last, fold], layout=rest)], layout=wraps)
    return ipywidgets.VBox([row, picture, lines, foot, whole]).add_class("layerlab-bench")


def stepping(bench: Replayed, *, steps: bool = True) -> list[Any]:
    """Return the buttons that go back and forward, if `steps`, and the one that starts over."""
    over = button("Start over", "layerlab-start-over", bench.start_over)
    if not steps:
        return [over]
    back = button("Step back", "layerlab-back", bench.undo)
    return [back, button("Step forward", "layerlab-forward", bench.redo), over]


def button(words: str, name: str, act: Callable[[], None], tooltip: str = "") -> Any:
    """Return a button that is as wide as its words."""
    made = ipywidgets.Button(description=words, tooltip=tooltip, layout=ipywidgets.Layout(width="auto"))
    made.on_click(lambda _: act())
    return made.add_class(name)


def choice(words: str, name: str, width: str = "190px") -> Any:
    """Return an empty list to choose from, its words in front."""
    style = {"description_width": "initial"}
    return ipywidgets.Dropdown(description=words, style=style, layout=ipywidgets.Layout(width=width)).add_class(name)


def keep(each: Any, options: Sequence[Any]) -> None:
    """Offer other options in a list, and keep what is chosen if it is still among them."""
    if tuple(each.options) != tuple(options):
        chosen, values = each.value, [each[1] if isinstance(each, tuple) else each for each in options]
        each.options = tuple(options)
        each.value = chosen if chosen in values else next(iter(values), None)


def line(last: TranscriptLine) -> str:
    """Return the last line of a transcript as HTML.

    >>> line(TranscriptLine("host = shop()", "docker build --tag shop ."))[:47]
    '<p class="line"><span class="quiet">Python</spa'
    """
    forms = ("Python", last.python), ("Docker", last.docker)
    return "".join(
        f'<p class="line"><span class="quiet">{name}</span> <code>{escape(form)}</code></p>' for name, form in forms
    )


def written(transcript: Sequence[TranscriptLine], python: str) -> str:
    """Return the whole transcript as HTML, with a button that copies the Python.

    >>> written([TranscriptLine("host = shop()", "docker build --tag shop .")], "host = shop()").count("<pre")
    2
    """
    docker = "\n".join(each.docker for each in transcript)
    return block(
        f'<div class="transcript"><button type="button" onclick="{COPY}">Copy the Python</button>'
        f'<pre tabindex="0">{escape(python)}</pre><pre tabindex="0">{escape(docker)}</pre></div>'
    )


def container_view(bench: OneContainer) -> Any:
    """Return a widget for the container bench: what, the operation, and a button that does it."""
    what, how = choice("On", "layerlab-choose-path", "250px"), choice("do", "layerlab-choose-verb", "200px")
    keep(what, [(f"/{printable(path)}", path) for path in bench.subjects])
    keep(how, [(verb.label, verb.key) for verb in bench.verbs])
    for last in bench.acts[-1:]:
        if last.path in bench.subjects and VERBS[last.verb] in bench.verbs:
            what.value, how.value = last.path, last.verb
    act = button("Do it", "layerlab-do", lambda: bench.do(how.value, path=what.value))
    return framed(bench, [what, how, act, *stepping(bench, steps=bench.steps)])
