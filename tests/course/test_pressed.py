"""Whatever is pressed and typed on a card, in any order: no state that cannot be, and no answer before one answers."""

import random
import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from layerlab.course.answer import Answer
from layerlab.course.bank import question, questions
from layerlab.course.card import page
from layerlab.course.predict import Reveal, classroom, predict
from layerlab.course.prediction import Prediction
from tests.notebooks.test_spoilers import spells

COUNT = 800
TYPED = (
    "", " ", "20", "20 MB", "1e999 MB", "-1 B", "A", "web", "x" * 5000, "<script>alert(1)</script>", "&amp;",
    "\u202e20 MB", "٢٠ MB", "20\u00a0MB", "\0", "\ud800", "\U0001f433", "None", "0x14",
    "20,000,001", "1 B; DROP", "½ MB", "]]>",
)  # fmt: skip


pytestmark = pytest.mark.usefixtures("new_learner")


def test_no_press_and_no_text_brings_a_card_into_a_state_that_cannot_be() -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    cards: list[Reveal] = []
    pressed: list[str] = []
    for number in range(COUNT):
        if not cards or chance.random() < 0.03:
            classroom(chance.random() < 0.5, fresh=chance.random() < 0.3)
            name = chance.choice([*questions()])
            cards.append(predict(name, chance.choice([None, None, chance.randrange(50)])).reveal())
        card = chance.choice(cards[-4:])
        keys = re.findall('data-press="(.*?)"', page(card.card))
        key = chance.choice([*keys, *keys, "guess", "open", "again", "layer:x", "nonsense", ""])
        form = filled(chance, page(card.card))
        pressed.append(f"{card.card.question.name} {key} {form}")
        try:
            card.widget.hear({"press": key, "form": form})
            check(card)
        except Exception as error:
            error.add_note("\n".join([f"seed {seed}, press {number}:", *pressed[-6:]]))
            raise


def filled(chance: random.Random, markup: str) -> dict[str, Any]:
    """Fill in what the page has: what it offers, or anything."""
    form: dict[str, Any] = {}
    for name in re.findall(r'<(?:input|select)[^>]* name="(.*?)"', markup):
        values = re.findall(rf'name="{name}" value="(.*?)"', markup) + re.findall(r'option value="(.*?)"', markup)
        form[name] = chance.choice([*values, chance.choice(TYPED), True, False])
        if name == "answer" and not values:
            form[name] = chance.choice(TYPED)
    return form


def check(card: Reveal) -> None:
    """The page is well-formed, says what the prediction is, and nothing of a locked answer."""
    said, markup = card.prediction, card.widget.markup
    root = ET.fromstring(markup.encode())
    opened = root.find(".//*[@data-key='answer']") is not None
    assert opened == said.opened
    assert not (said.opened and said.locked)
    assert len(said.commitments) <= 2
    assert "<script" not in markup
    if said.locked:
        # The status says what was typed once more, with the units that may have been meant.
        words = " ".join(" ".join(part.itertext()) for part in root if part.get("data-key") != "status")
        given = " ".join(each.get("value", "") for each in root.iter("{*}input"))
        asked = question(card.card.question.id, card.card.question.seed)
        assert not [each for each in told(asked.truth, words, given) if each not in before(card)]


def told(truth: Answer, words: str, given: str) -> list[str]:
    """The spellings of the answer in the page's words, but for those that the learner filled in."""
    return [each for each in spells(truth, words) if each not in given]


def before(card: Reveal) -> str:
    """The words of the card as it first is, and with its layers open: a choice or a size may be the answer."""
    shown: list[str] = []
    for opened in (set[str](), {f"layer:{key}" for key in re.findall(r'data-key="layer:(.*?)"', page(card.card))}):
        fresh = Reveal(Prediction(card.card.question), card.card.measured)
        fresh.card.pressed |= opened
        shown += ET.fromstring(page(fresh.card)).itertext()
    return " ".join(shown)
