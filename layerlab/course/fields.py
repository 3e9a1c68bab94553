"""Fields: how an answer is given, one for each act, with names and keys that a screen reader and a keyboard know."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets

from layerlab.course.answer import Count, exact
from layerlab.course.choices import choice, items
from layerlab.course.prediction import Commitment
from layerlab.course.question import LETTERS, Question


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


def _radio(question: Question) -> Field:
    """One of the options, or one of the items."""
    options = [(choice(option), option.letter) for option in question.options]
    wide = ipywidgets.Layout(width="auto")
    radio = ipywidgets.RadioButtons(options=items(question) or options, value=None, layout=wide)
    radio.add_class("layerlab-options").add_class(f"layerlab-{question.act}")
    return Field(radio, (radio,), lambda: radio.value, lambda said: radio.set_trait("value", said.letter))


def _typed(question: Question) -> Field:
    """A size, or a number of things."""
    counts = isinstance(question.truth, Count)
    name, example = ("Number:", "7") if counts else ("Size:", "300 B, 5 kB, 70 MB")
    text = ipywidgets.Text(description=name, placeholder=example, continuous_update=False).add_class("layerlab-size")
    return Field(text, (text,), lambda: text.value, lambda said: text.set_trait("value", exact(said.value)))


def _pick(question: Question) -> Field:
    """Any number of the items."""
    wide = ipywidgets.Layout(width="auto")
    boxes = [ipywidgets.Checkbox(description=text, indent=False, layout=wide) for text, _ in items(question)]

    def read() -> str:
        return "".join(letter for letter, box in zip(LETTERS, boxes, strict=False) if box.value)

    def enter(said: Commitment) -> None:
        for letter, box in zip(LETTERS, boxes, strict=False):
            box.value = letter in said.items

    return Field(ipywidgets.VBox(boxes).add_class("layerlab-options"), tuple(boxes), read, enter)


def _order(question: Question) -> Field:
    """All of the items, a place for each."""
    listed = [("choose", ""), *items(question)]
    places = [
        ipywidgets.Dropdown(description=f"{number}:", options=listed, value="")
        for number in range(1, len(question.items) + 1)
    ]

    def enter(said: Commitment) -> None:
        for letter, place in zip(said.items, places, strict=False):
            place.value = letter

    box = ipywidgets.VBox(places).add_class("layerlab-options")
    return Field(box, tuple(places), lambda: "".join(place.value for place in places), enter)


FIELDS = {"choose": _radio, "point": _radio, "type": _typed, "pick": _pick, "order": _order}


def field(question: Question) -> Field:
    """Return the field in which a question's answer is given."""
    return FIELDS[question.act](question)
