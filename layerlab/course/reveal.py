"""Reveal: the answer that a cell measured, held back until its question has a commitment."""

from collections.abc import Sequence
from functools import cached_property
from html import escape
from typing import Any

from layerlab.course.answer import Answer, Count, exact, same, short
from layerlab.course.prediction import Commitment, Prediction
from layerlab.picture.bars import Bar, bars
from layerlab.picture.page import block, bundle, said

LOCKED = "The answer is locked: commit to a prediction above, or skip it."
READY = "The answer is here when you are."


class Reveal:
    """What was measured, next to what was predicted. Made by `Predict.reveal`; its text form holds the answer."""

    def __init__(self, prediction: Prediction, values: Sequence[object]) -> None:
        self.prediction = prediction
        self.question = prediction.question
        names = self.question.measured
        if values and len(values) != len(names):
            raise TypeError(f"reveal takes {len(names)} values here ({', '.join(names)}), not {len(values)}")
        self.names = names if values else (names[self.question.answer],)
        self.place = self.question.answer if values else 0
        self.values = self._counted(values) or (self.question.truth,)

    @property
    def measured(self) -> Any:
        """The value that the question asked for, as the cell measured it."""
        return _answer(self.values[self.place])

    def open(self) -> None:
        """Open the answer; PredictionError while it is locked."""
        self.prediction.open()

    def __str__(self) -> str:
        lines = ["Answer (predict first)", *(f"  {name}: {value}" for name, value in self._rows())]
        if note := self._note():
            lines.append(note)
        lines += [f"Because {reason.text}." for reason in self.question.because if reason.true]
        lines += [self.question.explanation]
        lines += ["In Docker:", *_indented(self.question.docker)] if self.question.docker else []
        if self.question.printed:
            lines += [f"{self.question.engine} printed:", *_indented(self.question.printed)]
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        folded = f"<details><summary>Answer (predict first)</summary>{self.answer()}</details>"
        return bundle(self.widget, str(self), folded)

    @cached_property
    def widget(self) -> Any:
        """The live form: one button that opens the answer once the question is unlocked."""
        # As in `Predict.widget`: a first question has no time for this.
        import ipywidgets

        wide = ipywidgets.Layout(width="max-content")
        button = ipywidgets.Button(description="Open the answer", button_style="primary", layout=wide)
        status, answer = ipywidgets.HTML(), ipywidgets.HTML()

        def refresh() -> None:
            button.disabled = self.prediction.locked
            if self.prediction.opened:
                button.description, button.button_style = "The answer is open", ""
            status.value = block(said(LOCKED if self.prediction.locked else self._verdict()))
            answer.value = block(self.answer(self.prediction.commitments)) if self.prediction.opened else ""

        button.on_click(lambda _: self.open())
        self.prediction.changed.append(refresh)
        refresh()
        return ipywidgets.VBox(
            [
                ipywidgets.HBox(
                    [button.add_class("layerlab-open"), status], layout=ipywidgets.Layout(flex_flow="row wrap")
                ),
                answer,
            ]
        ).add_class("layerlab-round")

    def answer(self, commitments: Sequence[Commitment] = ()) -> str:
        """Return the open answer as HTML, next to what was said."""
        parts = [f'<p class="truth">{escape(exact(self.measured))}{self._in_short()}</p>']
        if _length(self.measured) is not None:
            parts.append(bars(self._bars(commitments)))
        heard = (self._note(), *self._feedback(commitments), *self._because(commitments))
        parts += [f"<p>{escape(line)}</p>" for line in heard if line]
        parts.append(f"<p>{escape(self.question.explanation)}</p>")
        parts += [f'<p class="quiet">{escape(name)}: {escape(value)}</p>' for name, value in self._others()]
        if self.question.docker:
            parts += ['<p class="quiet">In Docker:</p>', f"<pre>{escape(self.question.docker)}</pre>"]
        if self.question.printed:
            parts += [
                f'<p class="quiet">{escape(self.question.engine)} printed:</p>',
                f"<pre>{escape(self.question.printed)}</pre>",
            ]
        return "".join(parts)

    def _in_short(self) -> str:
        rounded = short(self.measured) if isinstance(self.measured, int) else ""
        return f' <span class="quiet">= {rounded}</span>' if rounded and rounded != exact(self.measured) else ""

    def _counted(self, values: Sequence[object]) -> tuple[object, ...]:
        """Return the values, the one that was asked for as a number of things where the question counts things."""
        truth = self.question.truth
        if not isinstance(truth, Count):
            return tuple(values)
        return tuple(
            Count(value, truth.thing) if place == self.place and isinstance(value, int) else value
            for place, value in enumerate(values)
        )

    def _rows(self) -> list[tuple[str, str]]:
        return [(name, _said(value)) for name, value in zip(self.names, self.values, strict=True)]

    def _others(self) -> list[tuple[str, str]]:
        return [row for place, row in enumerate(self._rows()) if place != self.place]

    def _note(self) -> str:
        if same(self.measured, self.question.truth):
            return ""
        return "Your cell does something other than the question says: this is what yours measured."

    def _bars(self, commitments: Sequence[Commitment]) -> list[Bar]:
        names = ["you said"] if len(commitments) < 2 else ["you said first", "then"]
        spoken = [(name, each.value) for name, each in zip(names, commitments, strict=False)]
        rows = [Bar(name, length, short(value)) for name, value in spoken if (length := _length(value)) is not None]
        return [*rows, Bar("measured", _length(self.measured) or 0, short(self.measured), measured=True)]

    def _verdict(self) -> str:
        if not self.prediction.opened:
            return READY
        if not self.prediction.commitments:
            return f"Measured: {short(self.measured)}."
        last = self.prediction.commitments[-1]
        if same(last.value, self.measured):
            return f"Measured: {short(self.measured)}, as you said."
        return f"Measured: {short(self.measured)}. You said {short(last.value)}."

    def _feedback(self, commitments: Sequence[Commitment]) -> list[str]:
        """Say of each wrong answer when it would be right; of all of them where nobody committed."""
        said = [commitment.option for commitment in commitments if commitment.option]
        wrong = [option for option in said or self.question.options if option.right_if]
        return list(dict.fromkeys(option.feedback for option in wrong))

    def _because(self, commitments: Sequence[Commitment]) -> list[str]:
        """Say why, and what does not hold about another reason that was given last."""
        given = [commitment.reason for commitment in commitments[-1:] if commitment.reason]
        off = [f"Not because {reason.text}: {reason.wrong}." for reason in given if not reason.true]
        return [*off, *(f"Because {reason.text}." for reason in self.question.because if reason.true)]


def _said(value: Any) -> str:
    return ", ".join(value) or "nothing" if isinstance(value, list) else exact(_answer(value))


def _answer(value: Any) -> Answer:
    if isinstance(value, set):
        return frozenset(value)
    return value if isinstance(value, int | Count | str | tuple | frozenset) else str(value)


def _length(value: Answer) -> int | None:
    """Return how long the bar of an answer is, in its own unit; None for what is no number."""
    if isinstance(value, Count):
        return value.number
    return value if isinstance(value, int) else None


def _indented(text: str) -> list[str]:
    return [f"  {line}" for line in text.splitlines()]
