"""Why: which part of a step's key differs from what a builder remembers, in words."""

from collections.abc import Mapping, Sequence

from layerlab.model.build_cache import Parts

# What the columns of a file's row are called; `Copying` makes the rows.
_COLUMNS = ("kind", "mode", "owner", "content")
_WORDS = {
    "line": "the words of the line",
    "command": "the words of the command",
    "sources": "the words of the line",
    "destination": "the words of the line",
    "owner": "the owner",
    "mode": "the mode of --chmod",
    "user": "USER",
    "folder": "the folder of WORKDIR",
}


# What makes a step the step of one line, whatever the files, the variables and the user are.
_OF_A_LINE = ("line", "command", "sources", "destination")


def is_of_the_same_line(parts: Parts, other: Parts) -> bool:
    """Tell whether two keys are of one line, so that the later step is the earlier one again.

    >>> is_of_the_same_line({"command": ["make"], "user": "1"}, {"command": ["make"], "user": "2"})
    True
    """
    return all(parts.get(name) == other.get(name) for name in _OF_A_LINE)


def why(parts: Parts, known: Sequence[Parts]) -> str:
    """Return what is new in a step's key, against the one of the known keys that is most like it.

    >>> why({"files": {"app": ["file", 420, "0:0", "b"]}}, [{"files": {"app": ["file", 420, "0:0", "a"]}}])
    'content of app'
    """
    # `min` takes the first of equals, so the list is reversed: a reader compares with what was built last.
    nearest = min(reversed(known), key=lambda one: sum(len(_told(name, parts, one)) for name in parts))
    told = list(dict.fromkeys(words for name in parts for words in _told(name, parts, nearest)))
    if "the words of the line" in told:
        told = ["the words of the line"]  # it is another line, and so are its files
    more = f" and {len(told) - 3} more" if len(told) > 3 else ""
    return ", ".join(told[:3]) + more


def _told(name: str, parts: Parts, other: Parts) -> list[str]:
    now, before = parts.get(name), other.get(name)
    if now == before:
        return []
    if not isinstance(now, Mapping) or not isinstance(before, Mapping):
        return [_WORDS.get(name, name)]
    if name == "files":
        return [_of_file(path, now.get(path), before.get(path)) for path in _different(now, before)]
    word = {"arguments": "the argument", "environment": "the variable"}[name]
    return [f"{word} {each}" for each in _different(now, before)]


def _different(now: Mapping[str, object], before: Mapping[str, object]) -> list[str]:
    return [each for each in sorted({*now, *before}) if now.get(each) != before.get(each)]


def _of_file(path: str, now: object, before: object) -> str:
    shown = path or "the file"
    if not isinstance(now, Sequence):
        return f"{shown} is gone"
    if not isinstance(before, Sequence):
        return f"{shown} is new"
    columns = [word for word, one, other in zip(_COLUMNS, now, before, strict=True) if one != other]
    return f"{' and '.join(columns)} of {shown}"
