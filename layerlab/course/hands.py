"""Hands: what a teacher counts in a room and types on the card, for each choice, before and after people talk."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from layerlab.course.answer import Count, short
from layerlab.course.choices import choice, items
from layerlab.course.prediction import PredictionError
from layerlab.course.question import Question
from layerlab.course.tally import OWN, letter_of
from layerlab.words.printable import printable

# A class votes, talks and votes again.
VOTES = 2
# As many digits as a number of hands may have.
DIGITS = 4
# What people say to a question without choices, and how many of them: "300 B: 9". A comma inside a number is no end.
HEARD = re.compile(r"\s*(?P<said>.+?)\s*[:=]\s*(?P<hands>\d+)\s*", re.ASCII)
END = re.compile(r",\s+|;|\n")


def fields(question: Question, vote: int) -> list[tuple[str, str]]:
    """Return the name and the label of each field for a vote; none for a question that asks for an order.

    >>> from layerlab.course.bank import question
    >>> fields(question("00.ten-containers"), 1)[0], fields(question("00.one-byte"), 2)
    (('hands-1-A', 'A'), [('hands-2', 'Answers')])
    """
    if question.act == "order":
        return []
    if question.act == "type":
        return [(f"hands-{vote}", "Answers")]
    return [(f"hands-{vote}-{letter}", letter) for letter, _ in _rows(question)]


def example(question: Question, label: str = "", votes: Sequence[Counter[str]] = ()) -> str:
    """Return what an empty field shows: what it may contain, or for a choice what it got in the vote before.

    >>> from layerlab.course.bank import question
    >>> example(question("00.one-byte")), example(question("00.ten-containers"), "A", [Counter(A=12)])
    ('300 B: 9, 5 kB: 4', '12')
    """
    if question.act != "type":
        return str(votes[-1][label]) if votes else ""
    return "7: 9, 8: 4" if isinstance(question.truth, Count) else "300 B: 9, 5 kB: 4"


def counts(question: Question, vote: int, form: Mapping[str, Any]) -> Counter[str]:
    """Return how many hands each letter got in a vote; what cannot be read raises PredictionError.

    >>> from layerlab.course.bank import question
    >>> counts(question("00.ten-containers"), 1, {"hands-1-A": "12", "hands-1-C": "", "hands-1-D": "3"})
    Counter({'A': 12, 'D': 3})
    >>> counts(question("00.one-byte"), 1, {"hands-1": "20 MB: 9, 1 B: 4, 7 kB: 2"})
    Counter({'B': 9, 'A': 4, '-': 2})
    """
    found: Counter[str] = Counter()
    for name, label in fields(question, vote):
        typed = str(form.get(name) or "").strip()
        if question.act == "type":
            for letter, hands in _heard(question, typed):
                found[letter] += hands
        elif typed:
            if not typed.isdecimal() or len(typed) > DIGITS:
                raise PredictionError(f"Hands for {label}: write a whole number, not {_quoted(typed)}.")
            found[label] += int(typed)
    return +found


def _heard(question: Question, typed: str) -> Iterator[tuple[str, int]]:
    for part in filter(str.strip, END.split(typed)):
        found = HEARD.fullmatch(part)
        letter = letter_of(question, found["said"]) if found and len(found["hands"]) <= DIGITS else None
        if found is None or letter is None:
            wanted = f"an answer, a colon and a number of hands, such as {example(question).partition(',')[0]}"
            raise PredictionError(f"{_quoted(part.strip())} cannot be read: write {wanted}.")
        yield letter, int(found["hands"])


def _quoted(text: str) -> str:
    return f'"{printable(text[:40])}"'


def drawn(question: Question, votes: Sequence[Counter[str]]) -> str:
    """Return the votes as rows of HTML, the right choice marked; "" where nobody counted.

    >>> from layerlab.course.bank import question
    >>> drawn(question("00.ten-containers"), [Counter(A=2, C=8), Counter(A=9, C=1)]).count("<li")
    4
    """
    votes = [vote for vote in votes if vote]
    if not votes:
        return ""
    most = max(max(vote.values()) for vote in votes)
    right = question.letters(question.truth) if question.items else _truth(question)
    rows = []
    for letter, words in _rows(question):
        hands, is_right = [vote[letter] for vote in votes], letter in right
        # People type here and see no choices, so a wrong answer that nobody gave has no row.
        if question.act == "type" and not is_right and not any(hands):
            continue
        bars = "".join(f'<span class="bar" style="width:{100 * count / most:.0f}%"></span>' for count in hands)
        what = f"{escape(words)}{' (right)' if is_right else ''}"
        rows.append(
            f'<li{_class("right", is_right)}><span class="what">{what}</span> <span class="bars">{bars}</span> '
            f'<span class="count">{", then ".join(map(str, hands))}</span></li>'
        )
    return f'<ul class="hands" data-key="hands" aria-label="Hands of the class">{"".join(rows)}</ul>'


def _class(name: str, on: bool) -> str:
    return f' class="{name}"' if on else ""


def _truth(question: Question) -> str:
    return next(option.letter for option in question.options if option.truth)


def _rows(question: Question) -> list[tuple[str, str]]:
    """Return a letter and its words for each thing that hands are raised for."""
    if question.items:
        return [(letter, words) for words, letter in items(question)]
    if question.act == "type":
        # No letters before the words: people saw no choices, so letters would mean nothing to them.
        return [*((option.letter, short(option.value)) for option in question.options), (OWN, "something else")]
    return [(option.letter, choice(option)) for option in question.options]
