"""Reading: what a fact is in one state, a value to compare and the words to show; and what a kind of fact is."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from layerlab.model.layerlab_error import LayerlabError
from layerlab.words.plurals import counted
from layerlab.words.sizes import size

About = Literal["host", "container", "image", "build", "build machine", "registry", "server", "disk", "containers"]


class LevelError(LayerlabError, ValueError):
    """What a level does not take, in one line that says what to do instead."""


class Reading(NamedTuple):
    """What a fact is in one state: a value to compare, the words for it, and words that tell close values apart.

    >>> Reading(20_000_001, "20.0 MB", "20,000,001 B").words
    '20.0 MB'
    """

    value: object
    words: str
    exact: str


class FactKind(NamedTuple):
    """A kind of fact: what it is about, its short name, how its sentence begins, and how it is read.

    `read` takes a host or a bench, the name of a container or an image, and a path.

    >>> FactKind("host", "containers", "The number of containers is", lambda *_: number(2)).read(None, "", "")
    Reading(value=2, words='2', exact='2')
    """

    about: About
    label: str
    lead: str
    read: Callable[[Any, str, str], Reading | None]


def in_bytes(count: int) -> Reading:
    """Return a number of bytes as a reading.

    >>> in_bytes(20_000_001).words
    '20.0 MB'
    """
    return Reading(count, size(count), f"{count:,} B")


def number(count: int, thing: str = "") -> Reading:
    """Return a count as a reading, with the things that were counted.

    >>> number(2, "step").words
    '2 steps'
    """
    words = counted(count, thing) if thing else f"{count:,}"
    return Reading(count, words, words)


def said(words: str) -> Reading:
    """Return a word or a few as a reading.

    >>> said("running").value
    'running'
    """
    return Reading(words, words, words)


def same_value(now: Reading | None, goal: Reading | None) -> bool:
    """Tell whether two readings have one value; a thing that is not there is like nothing that is.

    >>> same_value(None, Reading(0, "0 B", "0 B"))
    False
    """
    return now == goal if now is None or goal is None else now.value == goal.value


def told_apart(now: Reading, goal: Reading) -> tuple[str, str]:
    """Return the words of two readings, the exact ones where the usual ones look alike.

    >>> told_apart(Reading(1, "20 MB", "20,000,001 B"), Reading(0, "20 MB", "20,000,000 B"))
    ('20,000,001 B', '20,000,000 B')
    """
    return (now.words, goal.words) if now.words != goal.words else (now.exact, goal.exact)
