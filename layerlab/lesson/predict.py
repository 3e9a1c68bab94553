"""Predict: a question as a learner meets it, with two ways to commit and one to skip."""

from collections.abc import Callable
from functools import cached_property
from html import escape
from typing import Any

import ipywidgets

from layerlab.lesson.bank import question
from layerlab.lesson.bank.question import Option, exact, short
from layerlab.lesson.prediction import Commitment, Prediction, PredictionError
from layerlab.lesson.reveal import Reveal
from layerlab.lesson.show import block, bundle, said

# A click in a form selects its cell, so the next Shift+Enter runs that cell again: what was said must outlive it.
_waiting: dict[str, Prediction] = {}


def predict(name: str) -> "Predict":
    """Return the question with this id: show it by ending a cell with it, then hand what you measure to `reveal`.

    Asked again before its answer was opened, a question still knows what was said to it; after that it starts anew.
    An unknown id raises ValueError.

    >>> q = predict("00.one-byte")
    >>> print(q)
    How many bytes does the thin layer of web hold then?
    Type a size, commit to it as a guess or as sure, or skip.
    """
    if name not in _waiting or _waiting[name].opened:
        _waiting[name] = Prediction(question(name))
    return Predict(_waiting[name])


class Predict:
    """A question and what was said to it. Made by `predict`."""

    def __init__(self, prediction: Prediction) -> None:
        self.prediction = prediction
        self.question = prediction.question

    def commit(self, answer: object, *, sure: bool = False) -> None:
        """Commit from Python, as the buttons do: a letter, or for a typed question a size such as "300 B"."""
        self.prediction.commit(answer, sure=sure)

    def skip(self) -> None:
        """Unlock the answer without saying anything."""
        self.prediction.skip()

    def reveal(self, *values: object) -> Reveal:
        """Return the answer, locked until this question has a commitment or was skipped.

        `values` are what the cell measured, as many as the question names; another count raises TypeError.
        """
        return Reveal(self.prediction, values)

    def __str__(self) -> str:
        lines = [_plain(self.question.prompt)]
        if self.question.act == "choose":
            lines += [f"  {_choice(option)}" for option in self.question.options]
        lines.append(f"{self._how}, commit to it as a guess or as sure, or skip.")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return bundle(self.widget, str(self), self._still())

    @property
    def _how(self) -> str:
        return "Type a size" if self.question.act == "type" else "Choose one"

    def _still(self) -> str:
        """Return the question for a page without a kernel."""
        options = "<br>".join(escape(_choice(option)) for option in self.question.options)
        listed = f"<p>{options}</p>" if self.question.act == "choose" else ""
        return f"<p><strong>{self.question.prompt}</strong></p>{listed}<p>Run this cell to answer.</p>"

    @cached_property
    def widget(self) -> Any:
        """The live form: prompt, answers, two buttons to commit, one to skip, and a line that says what happened."""
        field = self._field()
        if self.prediction.commitments:
            field.value = self._entry(self.prediction.commitments[-1])
        status = ipywidgets.HTML()
        guess = _button("Commit: a guess").add_class("layerlab-guess")
        sure = _button("Commit: I am sure").add_class("layerlab-sure")
        skip = _button("Skip").add_class("layerlab-skip")

        def refresh(_: object = None) -> None:
            status.value = block(said(self.prediction.message))
            guess.disabled = sure.disabled = field.disabled = self.prediction.closed
            skip.disabled = not self.prediction.locked

        def answer(sure: bool) -> Callable[[object], None]:
            def on_click(_: object) -> None:
                try:
                    self.commit(field.value, sure=sure)
                except PredictionError as error:
                    status.value = block(said(str(error)))

            return on_click

        def chosen(_: object) -> None:
            status.value = block(said("Now commit to it: as a guess, or as sure."))

        field.observe(chosen, "value")
        guess.on_click(answer(sure=False))
        sure.on_click(answer(sure=True))
        skip.on_click(lambda _: self.skip())
        self.prediction.observe(refresh, ["commitments", "skipped", "opened"])
        refresh()
        prompt = ipywidgets.HTML(block(f'<p class="prompt">{self.question.prompt}</p>'))
        box = ipywidgets.VBox(
            [
                prompt,
                field,
                ipywidgets.HBox([guess, sure, skip], layout=ipywidgets.Layout(flex_flow="row wrap")),
                status,
            ]
        )
        return box.add_class("layerlab-round")

    def _entry(self, said: Commitment) -> str:
        """Return what the field holds for an answer."""
        return exact(said.value) if self.question.act == "type" else said.letter

    def _field(self) -> Any:
        if self.question.act == "type":
            return ipywidgets.Text(
                description="Size:", placeholder="300 B, 5 kB, 70 MB", continuous_update=False
            ).add_class("layerlab-size")
        options = [(_choice(option), option.letter) for option in self.question.options]
        return ipywidgets.RadioButtons(options=options, value=None).add_class("layerlab-options")


def _choice(option: Option) -> str:
    return f"{option.letter}: {short(option.value)}"


def _button(text: str) -> Any:
    return ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="max-content"))


def _plain(html: str) -> str:
    return html.replace("<code>", "").replace("</code>", "")
