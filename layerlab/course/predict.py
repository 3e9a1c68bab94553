"""Predict: a question as a learner meets it, with two ways to commit and one to skip."""

import re
from collections.abc import Callable
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

from layerlab.course.bank import question
from layerlab.course.choices import how, listed
from layerlab.course.prediction import Prediction, PredictionError
from layerlab.course.question import LETTERS
from layerlab.course.reveal import Reveal
from layerlab.picture.page import block, bundle, said

# A click in a form selects its cell, so the next Shift+Enter runs that cell again: what was said must outlive it.
_waiting: dict[str, Prediction] = {}


def predict(name: str, seed: int | None = None) -> "Predict":
    """Return the question with this id: show it by ending a cell with it, then hand what you measure to `reveal`.

    A seed, any whole number, draws another question of the same kind; its `reveal()` measures for you. Asked again
    before its answer was opened, a question still knows what was said to it; after that it starts anew. An unknown id
    raises ValueError.

    >>> q = predict("00.one-byte")
    >>> print(q)
    How many bytes does the thin layer of web hold then?
    Type a size, commit to it as a guess or as sure, or skip.
    """
    asked = question(name, seed)
    if asked.name not in _waiting or _waiting[asked.name].opened:
        _waiting[asked.name] = Prediction(asked)
    return Predict(_waiting[asked.name])


class Predict:
    """A question and what was said to it. Made by `predict`."""

    def __init__(self, prediction: Prediction) -> None:
        self.prediction = prediction
        self.question = prediction.question

    def commit(self, answer: object, *, sure: bool = False, because: str | None = None) -> None:
        """Commit from Python, as the buttons do: a letter, or for a typed question a size such as "300 B".

        `because` is the letter of a reason, where the question asks for one.
        """
        self.prediction.commit(answer, sure=sure, because=because)

    def skip(self) -> None:
        """Unlock the answer without saying anything."""
        self.prediction.skip()

    def hand_in(self, folder: str | Path, name: str) -> None:
        """Add what was said to a file of one's own in a class's folder, for `tally(..., folder=...)` to read."""
        with (Path(folder) / f"{Path(name).name}.txt").open("a", encoding="utf-8") as file:
            file.write(f"{self.prediction.line}\n")

    def reveal(self, *values: object) -> Reveal:
        """Return the answer, locked until this question has a commitment or was skipped.

        `values` are what the cell measured, as many as the question names; another count raises TypeError. Without
        values it is measured for you, on the model.
        """
        return Reveal(self.prediction, values)

    def __str__(self) -> str:
        asked = self.question
        lines = [_plain(text) for text in (asked.situation, asked.prompt) if text]
        lines += [f"  {line}" for line in listed(asked)]
        lines += [f"  because {letter}: {text}" for text, letter in self._reasons()]
        lines.append(f"{how(asked)}, commit to it as a guess or as sure, or skip.")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return bundle(self.widget, str(self), self._still())

    def _reasons(self) -> list[tuple[str, str]]:
        return [(reason.text, letter) for letter, reason in zip(LETTERS.lower(), self.question.reasons, strict=False)]

    def _said(self) -> str:
        """Return the situation, where the question brings its own, and the prompt, as HTML."""
        situation = f"<p>{self.question.situation}</p>" if self.question.situation else ""
        return f'{situation}<p class="prompt">{self.question.prompt}</p>'

    def _still(self) -> str:
        """Return the question for a page without a kernel."""
        reasons = [f"because {letter}: {text}" for text, letter in self._reasons()]
        choices = "".join(
            f"<p>{'<br>'.join(map(escape, lines))}</p>" for lines in (listed(self.question), reasons) if lines
        )
        prompt = self._said().replace('<p class="prompt">', "<p><strong>").removesuffix("</p>")
        return f"{prompt}</strong></p>{choices}<p>Run this cell to answer.</p>"

    @cached_property
    def widget(self) -> Any:
        """The live form: prompt, answers, two buttons to commit, one to skip, and a line that says what happened."""
        # Imported when a form is shown, because ipywidgets alone takes longer than all the rest of a first question.
        import ipywidgets

        from layerlab.course.fields import field

        answer, reason = field(self.question), self._because()
        parts = [answer.widget, *([reason] if self.question.because else [])]
        inputs = [*answer.inputs, reason]
        if self.prediction.commitments:
            answer.enter(self.prediction.commitments[-1])
            reason.value = self.prediction.commitments[-1].reason and self.prediction.commitments[-1].reason.text
        status, line = ipywidgets.HTML(), ipywidgets.HTML()
        guess = _button("Commit: a guess").add_class("layerlab-guess")
        sure = _button("Commit: I am sure").add_class("layerlab-sure")
        skip = _button("Skip").add_class("layerlab-skip")

        def refresh() -> None:
            status.value, line.value = block(said(self.prediction.message)), block(self._for_a_class())
            for each in (guess, sure, *inputs):
                each.disabled = self.prediction.closed
            skip.disabled = not self.prediction.locked

        def commit(sure: bool) -> Callable[[object], None]:
            def on_click(_: object) -> None:
                try:
                    self.commit(answer.read(), sure=sure, because=reason.value)
                except PredictionError as error:
                    status.value = block(said(str(error)))

            return on_click

        def chosen(_: object) -> None:
            status.value = block(said("Now commit to it: as a guess, or as sure."))

        for each in inputs:
            each.observe(chosen, "value")
        guess.on_click(commit(sure=False))
        sure.on_click(commit(sure=True))
        skip.on_click(lambda _: self.skip())
        self.prediction.changed.append(refresh)
        refresh()
        buttons = ipywidgets.HBox([guess, sure, skip], layout=ipywidgets.Layout(flex_flow="row wrap"))
        box = ipywidgets.VBox([ipywidgets.HTML(block(self._said())), *parts, buttons, status, line])
        return box.add_class("layerlab-round")

    def _for_a_class(self) -> str:
        line = escape(self.prediction.line)
        return f'<details class="quiet"><summary>In a class?</summary><code>{line}</code></details>' if line else ""

    def _because(self) -> Any:
        import ipywidgets

        options = [(f"because {letter}: {text}", text) for text, letter in self._reasons()]
        wide = ipywidgets.Layout(width="auto")
        return ipywidgets.RadioButtons(options=options, value=None, layout=wide).add_class("layerlab-because")


def _button(text: str) -> Any:
    import ipywidgets

    return ipywidgets.Button(description=text, layout=ipywidgets.Layout(width="max-content"))


def _plain(html: str) -> str:
    return re.sub(r"</?code>", "", html)
