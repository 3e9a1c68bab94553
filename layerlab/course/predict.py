"""Predict: ask a question of the course in a cell, and answer it on one card: predict first, then look."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from layerlab.course import answers, card, hands
from layerlab.course.bank import question
from layerlab.course.card import RoundCard
from layerlab.course.hand_in import HandedIn, hand_in, learner
from layerlab.course.measured import Measured
from layerlab.course.prediction import Commitment, Prediction, PredictionError
from layerlab.course.question import Question
from layerlab.picture.page import block, bundle

if TYPE_CHECKING:
    from layerlab.course.own_image import OwnImage

NO_HANDS = "Type the hands that you counted for each choice first."
AGAIN = "The first vote is kept. Let them talk to a neighbour for a minute, and count again."
COUNTED = "Now press one of the buttons."
HOW_SURE = "Now say how sure you are: press one of the buttons."
# Predictions are kept by their question, because a cell that runs again must still know what was answered.
_asked: dict[str, Prediction] = {}
_class = _fresh = False


def classroom(on: bool = True, *, fresh: bool = False) -> None:
    """Let a class answer: cards take a commitment, one change of mind is kept, and one button opens the answer.

    Call it in the first cell of a lesson; `classroom(False)` ends it. With `fresh`, the cards are for everyone to see:
    they start without the answers of a rehearsal, which stay in the file, and have fields for the hands of each choice.

    >>> classroom()
    >>> "Commit: a guess" in predict("00.one-byte").reveal().widget.markup
    True
    >>> classroom(False)
    """
    global _class, _fresh  # one notebook is one kernel, and a class answers all of its cards
    _class, _fresh = on, fresh
    if fresh:
        _asked.clear()


def predict(name: str, seed: int | None = None, image: "OwnImage | None" = None) -> "Predict":
    """Return the question with this id: hand what the cell measured to its `reveal`, which ends the cell.

    A seed, any whole number, draws another question of the same kind; its `reveal()` measures for you. `image` is what
    `own_image` returned, for a question of the last lesson. What was said before is still known, also after a restart.
    An unknown id raises ValueError.

    >>> q = predict("00.one-byte")
    >>> print(str(q).partition("Answer")[0])  # doctest: +ELLIPSIS
    CONTAINERS...
    How many bytes does the thin layer of web contain then?
    Type a size, as a guess or as sure, or skip.
    <BLANKLINE>
    """
    asked = question(name, seed, image)
    if asked.name not in _asked:
        said = Prediction(asked)
        # Earlier rounds stay in the file. The card goes on with the last one, if there is one.
        for last in [] if _fresh else answers.rounds(asked.name)[-1:]:
            said.restore(last)
        _asked[asked.name] = said
    return Predict(_asked[asked.name])


def asked_before(name: str) -> Question | None:
    """Return a question that this notebook has asked, by its whole name; None if it has not.

    >>> asked_before("00.one-byte@no-image") is None
    True
    """
    return _asked[name].question if name in _asked else None


class Predict:
    """A question and what was said to it. Made by `predict`; a cell that ends with it measures on the model."""

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

    def hand_in(self, folder: str | Path, name: str = "") -> HandedIn:
        """Add what was said to a file of one's own in a class's folder, for `tally(..., folder=...)` to read.

        Without a name it is the one that you log in with. Only its owner and the group of the folder can read the file.
        HandInError says why nothing was handed in, such as where a file of that name is someone else's.
        """
        if not (line := self.prediction.line):
            raise PredictionError("Nothing was said yet: answer the card, and then hand in.")
        return hand_in(folder, name or learner(), line)

    def reveal(self, *values: object) -> "Reveal":
        """Return the card with the question and, once it is answered, what the cell measured.

        `values` are what the cell measured, as many as the question names; another count raises TypeError. Without
        values it is measured for you, on the model.
        """
        return Reveal(self.prediction, Measured.of(self.question, values))

    def __str__(self) -> str:
        return str(self.reveal())

    __repr__ = __str__

    def _repr_mimebundle_(self, **kwargs: object) -> Any:
        return self.reveal()._repr_mimebundle_(**kwargs)


class Reveal:
    """The card of a round: the answer is locked until a prediction was made or skipped. Made by `Predict.reveal`."""

    def __init__(self, prediction: Prediction, measured: Measured) -> None:
        self.prediction = prediction
        self.card = RoundCard(prediction, measured, _class, before=_before(prediction), counts_hands=_fresh)

    def open(self) -> None:
        """Open the answer; PredictionError while it is locked."""
        self.prediction.open()

    def press(self, key: str, form: Mapping[str, Any]) -> None:
        """Do what was pressed on the card, and keep what was said in the learner's file."""
        shown, said = self.card, self.prediction
        shown.form.update(form)
        shown.status = ""
        try:
            self._do(key, form)
        # The message is for the learner, and nothing was changed: so nothing is written to the file.
        except PredictionError as error:
            shown.status = str(error)
            return
        # Alone, an answer opens at once. In a class, the answer waits until people have talked.
        if key in ("guess", "sure", "skip") and not shown.in_class:
            said.open()
        if key == "again" or (said.opened and key in ("guess", "sure", "skip", "open")):
            shown.openings += 1
        if key in ("guess", "sure", "skip"):
            shown.status = _keep(said)

    def _do(self, key: str, form: Mapping[str, Any]) -> None:
        shown, said = self.card, self.prediction
        if key in ("guess", "sure"):
            said.commit(card.given(said.question, form), sure=key == "sure", because=form.get("because"))
        elif key == "skip":
            said.skip()
        elif key == "again":
            shown.forget()
            said.again()
        elif key == "vote":
            self._count()
        elif key == "open":
            self._open()
        elif key.startswith("layer:"):
            shown.pressed ^= {key}
        elif key == "entered":
            shown.status = COUNTED if shown.counts_hands else HOW_SURE

    def _count(self) -> None:
        """Keep the hands that were typed as the first vote; PredictionError where there are none to keep."""
        shown = self.card
        vote = len(shown.votes) + 1
        counted = hands.counts(shown.question, vote, shown.form) if vote < hands.VOTES else None
        if not counted:
            raise PredictionError(NO_HANDS)
        shown.votes.append(counted)
        shown.status = AGAIN

    def _open(self) -> None:
        """Open the answer. Hands that were typed are the last vote, and then nobody has to commit on this card."""
        shown, said = self.card, self.prediction
        vote = len(shown.votes) + 1
        last = hands.counts(shown.question, vote, shown.form) if shown.counts_hands and vote <= hands.VOTES else None
        if last:
            shown.votes.append(last)
        if said.locked and shown.votes:
            said.skip()
        said.open()

    @cached_property
    def widget(self) -> Any:
        """The live card."""
        # Imported when a card is shown, because importing a widget takes longer than the rest of a first question.
        from layerlab.picture.living import Living

        living = Living(lambda width: card.page(self.card, width), self.press)
        # Two cells may show the same question. A press on one card changes the prediction, so both cards are painted.
        self.prediction.changed.append(living.refresh)
        return living

    def __str__(self) -> str:
        return card.text(self.card)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> Any:
        return bundle(self.widget, str(self), block(card.still(self.card)))


def _before(prediction: Prediction) -> Commitment | None:
    """Return what was said to the lesson's own question, for one that was drawn anew or asks an earlier one again."""
    asked = prediction.question
    first = asked.returns or (asked.id if asked.seed is not None or asked.about else "")
    if not first:
        return None
    own = predict(first).prediction
    # The first round counts: what one says after the answer is no prediction.
    if not _fresh and (rounds := answers.rounds(own.question.name)):
        own = Prediction(own.question)
        own.restore(rounds[0])
    return own.commitments[-1] if own.opened and own.commitments else None


def _keep(said: Prediction) -> str:
    name, rounds = said.question.name, answers.rounds(said.question.name)
    # Ask me again forgets the answers, so the next press starts a new round and the earlier round stays in the file.
    earlier = rounds[:-1] if rounds and _continues(rounds[-1], said) else rounds
    return answers.keep(name, [*earlier, said.record])


def _continues(last: Mapping[str, Any], said: Prediction) -> bool:
    """Tell whether this is a change of mind in the round that was kept last: the same answers and one more."""
    now = said.record["answers"]
    return bool(last.get("answers") == now[:-1] and now[1:])
