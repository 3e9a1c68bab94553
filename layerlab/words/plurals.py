"""Plurals: a number with its noun, and several names listed as in a sentence."""

from collections.abc import Sequence


def counted(count: int, thing: str, things: str = "") -> str:
    """Return a number with its noun; `things` is the plural if it is not the noun with an s, or with es after an s.

    >>> counted(1, "layer"), counted(1_000, "layer"), counted(0, "entry", "entries"), counted(2, "process")
    ('1 layer', '1,000 layers', '0 entries', '2 processes')
    """
    return f"{count:,} {thing if count == 1 else things or plural(thing)}"


def plural(thing: str) -> str:
    """Return the plural of a noun that takes an s, or es after an s.

    >>> plural("layer"), plural("process")
    ('layers', 'processes')
    """
    return f"{thing}es" if thing.endswith("s") else f"{thing}s"


def listed(names: Sequence[str]) -> str:
    """Return names with commas and an `and` before the last.

    >>> listed(["web"]), listed(["web", "job", "old"])
    ('web', 'web, job and old')
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
