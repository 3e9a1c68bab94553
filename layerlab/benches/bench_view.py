"""The live page of a bench: lists and worded buttons, what the last act did, the picture and the transcript.

The whole bench is one page of markup, because then the focus survives every step, and the region that a screen reader
reads out is there before its words. A press in the picture chooses what was pressed, as a list does, and a press on a
layer opens or closes it. The markup is well-formed XML too.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, Protocol

from layerlab.benches.verbs import BUTTONS, CONTAINER, TranscriptLine, Verb
from layerlab.model.host import Host
from layerlab.picture.moment import ImageStack
from layerlab.picture.shapes import Looks
from layerlab.words.digests import short_digest
from layerlab.words.printable import printable

if TYPE_CHECKING:
    from layerlab.picture.living import Form, Living

NAMED = {"container": "Container", "image": "Image", "height": "Up to layer", "path": "File"}
STEPS = {"back": "Step back", "forward": "Step forward", "start-over": "Start over"}
# What a step says where none is left.
NO_STEP = {
    "back": "this is the start: there is no step to take back",
    "forward": "no step was taken back: there is none to do again",
}
# The long form of the attribute, because XML has no attributes without a value.
SELECTED = ' selected="selected"'
# Lines that the arrows bring back.
MOST_LINES = 50
NOTHING = TranscriptLine("# refused: nothing was done", "# refused: nothing was done")
Options = Iterable[tuple[str, Any]]


class Replayed(Protocol):
    """What every page needs of a bench: what it shows, and the ways back and forward.

    Pages name what they need instead of the benches, because each bench makes its own page.
    """

    now: Any
    said: Any
    refusing: bool
    acts: tuple[Any, ...]
    undone: tuple[Any, ...]

    @property
    def status(self) -> str: ...
    @property
    def transcript(self) -> list[TranscriptLine]: ...
    @property
    def python(self) -> str: ...
    def shown(self, looks: Looks) -> str: ...
    def observe(self, handler: Callable[..., Any], names: str) -> None: ...
    def undo(self) -> None: ...
    def redo(self) -> None: ...
    def start_over(self) -> None: ...
    def refuse(self, error: ValueError | OSError) -> None: ...


class ActedOn(Replayed, Protocol):
    """What a page needs of a bench with verbs."""

    verbs: tuple[Verb, ...]
    listed: bool
    choose: tuple[str, ...]
    steps: bool
    prompt: bool
    lines: tuple[str, ...]
    answer: Any

    @property
    def completions(self) -> list[str]: ...
    @property
    def call(self) -> str: ...
    def type(self, line: str) -> None: ...
    @property
    def host(self) -> Host: ...
    def options(self, target: str, image: str = "") -> list[Any]: ...
    def do(self, key: str, container: str = "", image: str = "", path: str = "", height: int | None = None) -> None: ...


class Counted(Replayed, Protocol):
    """What a page needs of a bench that lets some containers run."""

    def run(self, containers: int) -> None: ...
    def refuse(self, error: ValueError | OSError) -> None: ...


class OneContainer(ActedOn, Protocol):
    """What a page needs of a bench with one container."""

    subjects: list[str]


def prompt_line(lines: Sequence[str], words: Sequence[str], answer: tuple[str, str], closed: int = 0) -> str:
    """Return the field for a typed line: earlier lines for the arrows, words for Tab; and a line with what it printed.

    `closed` counts how often an answer was closed, because the focus then goes back to the field.

    >>> prompt_line([], ["docker"], ("", ""))[:60]
    '<form class="prompt" data-key="prompt" data-press="type"><la'
    """
    earlier, known = (escape(json.dumps(list(map(printable, each)))) for each in (lines[-MOST_LINES:], words))
    focus = f' data-focus="{closed}"' if closed else ""
    return (
        '<form class="prompt" data-key="prompt" data-press="type"><label data-key="command">Type a command '
        f'<input type="text" name="command" data-earlier="{earlier}" data-words="{known}" autocomplete="off" '
        f'autocapitalize="off" spellcheck="false" placeholder="docker ps" aria-label="Type a command"{focus}/></label>'
        f"{_answered(*answer)}</form>"
    )


def _answered(line: str, text: str) -> str:
    """Return what a line printed: one line beside the field, more of them in a box over the picture's lower edge."""
    if not text:
        return ""
    if "\n" not in text:
        return f'<pre data-key="printed" tabindex="0" aria-label="Answer">{escape(text)}</pre>'
    # The bench has no room for more lines: they would push the transcript out of sight.
    return (
        '<div class="printed" data-key="answer"><pre data-key="printed" tabindex="0" aria-label="Answer">'
        f"$ {escape(printable(line))}\n{escape(text)}</pre>{button('Close', 'close-answer')}</div>"
    )


class PageValues:
    """A bench as a page: what is open, what is filled in, and the widget that shows it.

    Each kind of bench has a subclass with its controls and its answers to presses; this class does everything else.
    """

    def __init__(self, bench: Replayed) -> None:
        self._shown = bench
        self.opened: set[str] = set()
        self.form: dict[str, Any] = {}
        self._hearing = False
        # `said` and not `now`: a refusal that happens again leaves the same moment, and is still to be shown.
        bench.observe(self._moved, "said")

    @cached_property
    def living(self) -> "Living":
        """The widget; a page that is only written to a file needs neither it nor the packages that it is made with."""
        from layerlab.picture.living import Living

        return Living(self.paint, self.press)

    def controls(self) -> str:
        """Return the markup above the picture."""
        raise NotImplementedError

    def pressed(self, key: str) -> None:
        """Do what one of the bench's own keys means."""
        raise NotImplementedError

    def chosen(self) -> Iterable[str]:
        """Return the keys of the marks that are chosen."""
        return ()

    def beside(self) -> str:
        """Return the markup between the picture and the transcript."""
        return ""

    def lines(self) -> str:
        """Return the transcript."""
        return transcript(self._shown)

    def _moved(self, _: object) -> None:
        # After a press, the page is painted in any case. This is for acts that come from Python.
        if not self._hearing and "living" in self.__dict__:
            self.living.refresh()

    def press(self, key: str, form: "Form") -> None:
        """Do what was pressed."""
        # A message holds all fields of the page. Fields that the page does not show now keep what was filled in.
        self.form.update(form)
        bench = self._shown
        acts = {"back": bench.undo, "forward": bench.redo, "start-over": bench.start_over}
        self._hearing = True
        try:
            left = {"back": bench.acts, "forward": bench.undone}
            if not left.get(key, True):
                bench.refuse(ValueError(NO_STEP[key]))
            elif key in acts:
                acts[key]()
            elif key.startswith("layer:"):
                self.opened ^= {key}
            else:
                self.pressed(key)
        finally:
            self._hearing = False

    def paint(self, width: int) -> str:
        """Return the page for a width in pixels."""
        bench = self._shown
        looks = Looks(width, frozenset(self.opened), frozenset(self.chosen()), live=True)
        status = bench.status.replace('<div role="status">', "").removesuffix("</div>")
        # A screen reader reads out changes alone. A sentence that is said again gets or loses a space.
        if bench.said % 2:
            status = status.replace("</p>", "&#160;</p>", 1)
        return (
            f'<div class="layerlab-bench" data-key="bench"><div class="acts" data-key="acts">{self.controls()}</div>'
            # What an act did stands under the buttons: on a small screen, what lies below the picture is out of sight.
            f'<div class="said" data-key="said" role="status">{status}</div>'
            f'<div class="layerlab-picture" data-key="picture">{bench.shown(looks)}</div>'
            f'<div class="foot" data-key="foot">{self.beside()}{self.lines()}</div></div>'
        )


def transcript(bench: Replayed, *, last: bool = True) -> str:
    """Return the line of the last act, if `last`, and the whole transcript, folded. A refused act has no line."""
    lines = bench.transcript
    shown = ""
    if last:
        done = NOTHING if bench.refusing else lines[-1]
        shown = f'<div class="lines" data-key="lines">{line(done)}</div>'
    docker, python = "\n".join(each.docker for each in lines), escape(bench.python)
    return (
        f'<div class="transcript" data-key="transcript">{shown}'
        '<details data-key="whole"><summary>The whole transcript</summary>'
        f'<button type="button" data-copy="{python}">Copy the Python</button>'
        f'<pre tabindex="0">{python}</pre><pre tabindex="0">{escape(docker)}</pre></details></div>'
    )


def line(last: TranscriptLine) -> str:
    """Return the last line of a transcript as HTML.

    >>> line(TranscriptLine("host = shop()", "docker build --tag shop ."))[:47]
    '<p class="line"><span class="quiet">Python</spa'
    """
    forms = ("Python", last.python), ("Docker", last.docker)
    return "".join(
        f'<p class="line"><span class="quiet">{name}</span><code>{escape(form).replace(chr(10), "<br/>")}</code></p>'
        for name, form in forms
    )


def button(words: str, key: str, tooltip: str = "", pressed: bool | None = None) -> str:
    """Return a button.

    >>> button("Stop", "stop")
    '<button type="button" class="layerlab-stop" data-key="stop" data-press="stop">Stop</button>'
    """
    facts = f' title="{escape(tooltip)}"' if tooltip else ""
    facts += f' aria-pressed="{str(pressed).lower()}"' if pressed is not None else ""
    return (
        f'<button type="button" class="layerlab-{key.partition(":")[0]}" data-key="{escape(key)}" '
        f'data-press="{escape(key)}"{facts}>{escape(words)}</button>'
    )


def choice(words: str, name: str, options: Options, value: Any) -> str:
    """Return a list to choose one from: words and value of each, and the value that is chosen.

    >>> choice("Up to layer", "height", [("3", 3)], 3)
    '<label class="layerlab-height" data-key="height">Up to layer <select name="height" data-press="height" \
aria-label="Up to layer"><option value="3" selected="selected">3</option></select></label>'
    """
    listed = "".join(
        f'<option value="{escape(printable(str(each)))}"{SELECTED if each == value else ""}>{escape(text)}</option>'
        for text, each in options
    )
    return (
        f'<label class="layerlab-{name}" data-key="{name}">{escape(words)} '
        f'<select name="{name}" data-press="{name}" aria-label="{escape(words)}">{listed}</select></label>'
    )


def number_of_containers(now: int, most: int) -> str:
    """Return the field for how many containers run; `run_as_typed` takes what is typed there.

    >>> number_of_containers(3, 40).partition("min=")[2]
    '"0" max="40" value="3" aria-label="Containers"/></label>'
    """
    return (
        f'<label class="layerlab-run" data-key="run">Containers <input type="number" name="run" data-press="run" '
        f'min="0" max="{most}" value="{now}" aria-label="Containers"/></label>'
    )


def run_as_typed(bench: Counted, typed: str) -> None:
    """Let as many containers run as a field says; what is no whole number, such as 2.5 or 1e3, is refused."""
    try:
        containers = int(typed or 0)
    except ValueError:
        bench.refuse(ValueError(f"{printable(typed)} is no number of containers: take a whole number"))
    else:
        bench.run(containers)


def one_of(options: Sequence[Any], words: Any) -> Any:
    """Return the option that a list shows with these words, or the first option if none matches; None without options.

    >>> one_of([3, 2, 1], "2"), one_of(["a", "b"], "c"), one_of([], "a")
    (2, 'a', None)
    """
    # A page sends text. Options may be numbers, or names with letters that cannot be printed, so their words are
    # compared.
    there = (each for each in options if printable(str(each)) == printable(str(words)))
    return next(there, options[0] if options else None)


def stepping(*, steps: bool = True) -> str:
    """Return the buttons that go back and forward, if `steps`, and the one that starts over, as one group."""
    buttons = (button(words, key) for key, words in STEPS.items() if steps or key == "start-over")
    return f'<span class="steps" data-key="steps">{"".join(buttons)}</span>'


def label(verb: Verb, container: str) -> str:
    """Return the words on a verb's button: with the container that it acts on, unless a list beside it says so.

    >>> label(BUTTONS["append"], "web"), label(BUTTONS["append"], "")
    ('Write 1 byte in web', 'Write 1 byte')
    """
    return verb.label + (verb.target.format(container=container) if container else "")


class PromptedPage(PageValues):
    """A page with a prompt under the picture, if its bench is to have one."""

    def __init__(self, bench: ActedOn) -> None:
        self.bench = bench
        self.closed = 0
        super().__init__(bench)
        bench.observe(self._moved, "answer")

    def press(self, key: str, form: "Form") -> None:
        """Do what was pressed, or what was typed."""
        if key == "close-answer":
            self.closed += 1
        # An empty line closes the answer, as it gives an empty screen its next prompt.
        line = "" if key == "close-answer" else str(form.get("command", ""))
        if key in ("type", "close-answer"):
            self._hearing = True
            try:
                self.bench.type(line)
            finally:
                self._hearing = False
        else:
            super().press(key, {name: value for name, value in form.items() if name != "command"})

    def beside(self) -> str:
        """Return the prompt with what the last line printed, as long as nothing else was done since."""
        bench = self.bench
        if not bench.prompt:
            return ""
        line, text, said = bench.answer
        return prompt_line(bench.lines, bench.completions, (line, text if said == bench.said else ""), self.closed)


class StackPage(PromptedPage):
    """A stack bench as a page; a press on a container, an image or a file chooses it."""

    bench: ActedOn

    def value(self, target: str) -> Any:
        """Return what is chosen, or the first option if that is gone; None if there is nothing to choose."""
        return one_of(self.options(target), self.form.get(target))

    def options(self, target: str) -> list[Any]:
        """Return what there is to choose."""
        return self.bench.options(target, self.value("image") or "" if target in ("height", "path") else "")

    def lines(self) -> str:
        """Return the transcript, if there are verbs or a prompt: where nothing can be done, it would say nothing."""
        return super().lines() if self.bench.verbs or self.bench.prompt else ""

    def controls(self) -> str:
        """Return the lists, the verbs and the steps."""
        bench = self.bench
        if bench.listed:
            return self._all()
        lists = [self._list(target) for target in bench.choose]
        container = "" if "container" in bench.choose else self.value("container") or CONTAINER
        buttons = [button(label(verb, container), verb.key, verb.tooltip) for verb in bench.verbs]
        # Where nothing can be done, nothing can be started over.
        steps = stepping(steps=bench.steps) if lists or buttons or bench.steps or bench.prompt else ""
        return "".join([*lists, *buttons, steps])

    def _all(self) -> str:
        """Return the list of all verbs, lists of what the chosen one takes, and what sends the state to others."""
        what = choice("Do", "verb", [(verb.label, verb.key) for verb in self.bench.verbs], self.verb.key)
        lists = "".join(self._list(target) for target in self.verb.takes if self.options(target))
        call = escape(self.bench.call)
        copy = f'<button type="button" data-key="copy-state" data-copy="{call}">Copy this state</button>'
        return what + lists + button("Do it", "do", self.verb.tooltip) + stepping(steps=self.bench.steps) + copy

    @property
    def verb(self) -> Verb:
        """The verb that is chosen in the list of all."""
        keys = [verb.key for verb in self.bench.verbs]
        return BUTTONS[str(one_of(keys, self.form.get("verb") or "run"))]

    @property
    def targets(self) -> Sequence[str]:
        """What there are lists for."""
        return self.verb.takes if self.bench.listed else self.bench.choose

    def _list(self, target: str) -> str:
        options = [(printable(str(each)), each) for each in self.options(target)]
        return choice(NAMED[target], target, options, self.value(target))

    def pressed(self, key: str) -> None:
        """Choose what a mark names, or do a verb on what is chosen; a list has chosen already."""
        kind, _, what = key.partition(":")
        # A key without a colon that is no verb is the name of a list. The form has its value already.
        if key == "do":
            key = self.verb.key
            self._do(key, self.verb.takes)
            return
        if not what and key not in BUTTONS:
            return
        if kind == "card":
            self.form["container"] = what
        elif kind == "image":
            self.form["image"] = next(name for name in self.options("image") if short_digest(self._image(name)) == what)
        elif kind == "file":
            self.form["path"] = what.partition("/")[2]
        else:
            # A container is always given, because a press in the picture chooses one even where there is no list of
            # them.
            self._do(key, {*self.bench.choose, "container"}, self._pressed_file(BUTTONS[key]))

    def _do(self, key: str, targets: Iterable[str], path: str = "") -> None:
        given = {target: self.value(target) for target in targets}
        if path:
            given["path"] = path
        self.bench.do(key, **{target: value for target, value in given.items() if value is not None})

    def _pressed_file(self, verb: Verb) -> str:
        """Return the file that was pressed in the picture, if the verb acts on a file of the image; else nothing."""
        usual = verb.path in self.options("path") and not verb.path.endswith("/")
        return str(self.form.get("path", "")) if "path" in verb.takes and usual else ""

    def _image(self, name: str) -> str:
        """Return the id of the image that a list's word stands for: a name, or its id's first digits."""
        images = self.bench.now.images
        return next(str(each.id) for each in images if name in each.names or short_digest(each.id) == name)

    def chosen(self) -> Iterable[str]:
        """Yield the keys of what is chosen, where there is more than one to choose from."""
        if self.options("container")[1:]:
            yield f"card:{self.value('container')}"
        if "image" in self.targets and self.value("image"):
            yield f"image:{short_digest(self._image(self.value('image')))}"
        if path := self.form.get("path") or ("path" in self.targets and self.value("path")):
            yield from in_layers(self.bench.now.images, path)


def in_layers(images: Iterable[ImageStack], path: str) -> Iterable[str]:
    """Return the keys of a file in every layer that may have it.

    >>> from layerlab.picture.moment import StoredLayer
    >>> list(in_layers([ImageStack("1", ("shop",), (StoredLayer("sha256:5f70", "site", 0),))], "etc/motd"))
    ['file:5f70/etc/motd']
    """
    return (f"file:{short_digest(layer.key)}/{printable(path)}" for image in images for layer in image.layers)


def view(bench: ActedOn) -> "Living":
    """Return a widget that shows a bench and acts on it; a press only changes the bench's state."""
    return StackPage(bench).living


class ContainerPage(PromptedPage):
    """The container bench as a page: what, the operation, and a button that does it."""

    bench: OneContainer

    def __init__(self, bench: OneContainer) -> None:
        super().__init__(bench)
        # A bench that has acted before it is shown starts with the lists at its last act.
        for last in bench.acts[-1:]:
            self.form.update({"path": last.path, "verb": last.verb})
            self.living.refresh()

    @property
    def path(self) -> str:
        """What is acted on."""
        return str(one_of(self.bench.subjects, self.form.get("path")))

    @property
    def verb(self) -> str:
        """The operation, by its key."""
        return str(one_of([verb.key for verb in self.bench.verbs], self.form.get("verb")))

    def controls(self) -> str:
        """Return both lists and the buttons."""
        what = choice("On", "path", [(f"/{printable(path)}", path) for path in self.bench.subjects], self.path)
        how = choice("do", "verb", [(verb.label, verb.key) for verb in self.bench.verbs], self.verb)
        return what + how + button("Do it", "do") + stepping(steps=self.bench.steps)

    def pressed(self, key: str) -> None:
        """Choose a file that was pressed, or do what is chosen."""
        kind, _, what = key.partition(":")
        if kind == "file":
            self.form["path"] = what.partition("/")[2]
        elif key == "do":
            self.bench.do(self.verb, path=self.path)

    def chosen(self) -> Iterable[str]:
        """Return the keys of the file that is acted on."""
        return in_layers(self.bench.now.images, self.path)


def container_view(bench: OneContainer) -> "Living":
    """Return a widget for the container bench."""
    return ContainerPage(bench).living
