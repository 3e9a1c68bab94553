"""Fields: how an answer is given, one for each act, with names and keys that a screen reader and a keyboard know."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets

from layerlab.course.answer import Count, exact, short
from layerlab.course.prediction import Commitment
from layerlab.course.question import LETTERS, Option, Question


@dataclass(frozen=True)
class Field:
    """What holds an answer until it is committed to: `read` returns it, `enter` puts one in that was said before.

    >>> from layerlab.course.bank import question
    >>> field(question("00.ten-containers")).read() is None
    True
    """

    widget: Any
    inputs: tuple[Any, ...]
    read: Callable[[], Any]
    enter: Callable[[Commitment], None]


def _one(question: Question) -> Field:
    """One of the options, or one of the items."""
    options = [(choice(option), option.letter) for option in question.options]
    wide = ipywidgets.Layout(width="auto")
    radio = ipywidgets.RadioButtons(options=_items(question) or options, value=None, layout=wide)
    radio.add_class("layerlab-options").add_class(f"layerlab-{question.act}")
    return Field(radio, (radio,), lambda: radio.value, lambda said: radio.set_trait("value", said.letter))


def _typed(question: Question) -> Field:
    """A size, or a number of things."""
    counts = isinstance(question.truth(), Count)
    name, example = ("Number:", "7") if counts else ("Size:", "300 B, 5 kB, 70 MB")
    text = ipywidgets.Text(description=name, placeholder=example, continuous_update=False).add_class("layerlab-size")
    return Field(text, (text,), lambda: text.value, lambda said: text.set_trait("value", exact(said.value)))


def _pick(question: Question) -> Field:
    """Any number of the items."""
    wide = ipywidgets.Layout(width="auto")
    boxes = [ipywidgets.Checkbox(description=text, indent=False, layout=wide) for text, _ in _items(question)]

    def read() -> str:
        return "".join(letter for letter, box in zip(LETTERS, boxes, strict=False) if box.value)

    def enter(said: Commitment) -> None:
        for letter, box in zip(LETTERS, boxes, strict=False):
            box.value = letter in said.items

    return Field(ipywidgets.VBox(boxes).add_class("layerlab-options"), tuple(boxes), read, enter)


def _order(question: Question) -> Field:
    """All of the items, a place for each."""
    listed = [("choose", ""), *_items(question)]
    places = [
        ipywidgets.Dropdown(description=f"{number}:", options=listed, value="")
        for number in range(1, len(question.items) + 1)
    ]

    def enter(said: Commitment) -> None:
        for letter, place in zip(said.items, places, strict=False):
            place.value = letter

    box = ipywidgets.VBox(places).add_class("layerlab-options")
    return Field(box, tuple(places), lambda: "".join(place.value for place in places), enter)


FIELDS = {"choose": _one, "point": _one, "type": _typed, "pick": _pick, "order": _order}
HOW = {
    "choose": "Choose one",
    "point": "Point at one",
    "type": "Type a size",
    "pick": "Pick those that fit",
    "order": "Put them in order",
}


def field(question: Question) -> Field:
    """Return the field in which a question's answer is given."""
    return FIELDS[question.act](question)


def how(question: Question) -> str:
    """Return how a question is answered, in a few words.

    >>> from layerlab.course.bank import question
    >>> how(question("00.one-byte"))
    'Type a size'
    """
    return "Type a number" if question.act == "type" and isinstance(question.truth(), Count) else HOW[question.act]


def listed(question: Question) -> list[str]:
    """Return what a question lists: its options or its items with their letters; nothing where one types.

    >>> from layerlab.course.bank import question
    >>> listed(question("00.ten-containers"))[0]
    'A: 319 MB'
    """
    if question.items:
        return [text for text, _ in _items(question)]
    return [] if question.act == "type" else [choice(option) for option in question.options]


def choice(option: Option) -> str:
    """Return an option as a line: "A: 319 MB"."""
    return f"{option.letter}: {short(option.value)}"


def _items(question: Question) -> list[tuple[str, str]]:
    return [(f"{letter}: {item}", letter) for letter, item in zip(LETTERS, question.items, strict=False)]
