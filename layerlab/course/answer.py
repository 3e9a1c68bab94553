"""Answer: what people can answer to a question, how two answers are compared, and how an answer is written."""

from dataclasses import dataclass

from layerlab.words.plurals import counted
from layerlab.words.sizes import size
from layerlab.words.typed_sizes import close


@dataclass(frozen=True)
class Count:
    """A number of things such as marks, layers or places; it is not a size in bytes.

    >>> str(Count(1, "whiteout")), str(Count(1_000, "whiteout"))
    ('1 whiteout', '1,000 whiteouts')
    """

    number: int
    thing: str

    def __str__(self) -> str:
        return counted(self.number, self.thing)


Answer = int | Count | str | tuple[str, ...] | tuple[int, ...] | frozenset[str]
"""A number of bytes, a number of things, a verdict in words, names or sizes in an order, or a set of names."""


def same(one: Answer, other: Answer) -> bool:
    """Tell whether two answers count as the same: sizes within 2 %, everything else if it is equal.

    >>> same(20_000_000, 20_000_001), same(Count(50, "mark"), Count(51, "mark")), same("1", "one")
    (True, False, False)
    >>> same((1_000_000, 0), (1_001_374, 0)), same((1_000_000, 0), (1_001_374, 1))
    (True, False)
    """
    # A size is printed and typed with few digits, so it need not be right to the byte.
    if isinstance(one, int) and isinstance(other, int):
        return close(one, other)
    if isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        return all(map(same, one, other))
    return one == other


def short(value: Answer) -> str:
    """Return an answer as a choice shows it: a size with three digits, several with commas.

    >>> short(20_000_001), short(Count(3, "place")), short(("COPY", "RUN")), short(frozenset({"web", "job"}))
    ('20.0 MB', '3 places', 'COPY, RUN', 'job, web')
    >>> short((20_000_001, 0))
    '20.0 MB, 0 B'
    """
    if isinstance(value, int):
        return size(value)
    if isinstance(value, str | Count):
        return str(value)
    return ", ".join(sorted(value) if isinstance(value, frozenset) else map(short, value)) or "none"


def subject(value: Answer) -> str:
    """Return an answer as the subject of a sentence: several names joined, all in quotes where one has a space.

    >>> subject(20_000_001), subject("a volume"), subject(frozenset({"Env", "history", "layer 1"}))
    ('20.0 MB', '"a volume"', '"Env", "history" and "layer 1"')
    """
    if not isinstance(value, str | frozenset):
        return short(value)
    # A set has no order of its own. Sorted, the sentence is the same each time.
    names = sorted([value] if isinstance(value, str) else value)
    quoted = any(" " in name for name in names)
    *some, last = [f'"{name}"' if quoted else name for name in names]
    return f"{', '.join(some)} and {last}" if some else last


def exact(value: Answer) -> str:
    """Return an answer to the byte.

    >>> exact(20_000_001), exact("refused"), exact((20_000_001, 0))
    ('20,000,001 B', 'refused', '20,000,001 B, 0 B')
    """
    if isinstance(value, tuple):
        return ", ".join(map(exact, value))
    return f"{value:,} B" if isinstance(value, int) else short(value)


def rank(value: Answer) -> tuple[int, str]:
    """Return what answers are sorted by: numbers by their value, words by the alphabet.

    >>> sorted([Count(10, "mark"), Count(9, "mark")], key=rank)[0].number
    9
    """
    if isinstance(value, Count):
        return (value.number, "")
    return (value, "") if isinstance(value, int) else (0, short(value))
