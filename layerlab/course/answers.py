"""Answers: what a learner answered, kept in a file of the learner's folder, because a kernel forgets it at a restart.

The file is `layerlab-answers.json`, plain JSON: `{"layerlab answers": 1, "questions": {id: [round, ...]}}`, where 1 is
the version of this form. A round is `{"answers": [{"answer": ..., "sure": ..., "because": ...}], "skipped": ...}`; the
last round of a question is the one that its card shows. It is written only when a button is pressed.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from layerlab.archive.atomic import new_file
from layerlab.archive.errors import ArchiveError
from layerlab.course.answer import Count
from layerlab.model.layerlab_error import LayerlabError

NAME = "layerlab-answers.json"
VERSION = 1
# The folder of the notebook. It is taken at import, because a cell of the learner may change the working folder later.
FOLDER = Path.cwd()

Rounds = list[dict[str, Any]]


class AnswersError(LayerlabError, ValueError):
    """A file of answers that cannot be read, in one line that names it and says why."""


def read(folder: Path | None = None) -> dict[str, Rounds]:
    """Return each question's rounds by its id, nothing where there is no file; AnswersError if it cannot be read."""
    path = (folder or FOLDER) / NAME
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise AnswersError(f"{path}: {error}") from None
    try:
        found = json.loads(text)
    except ValueError as error:
        raise AnswersError(f"{path}: it is damaged: {error}") from None
    version = found.get("layerlab answers") if isinstance(found, dict) else None
    if not isinstance(version, int):
        raise AnswersError(f"{path}: it is damaged: it is no file of answers")
    # A newer form may have fields that this version would lose when it writes the file again.
    if version > VERSION:
        raise AnswersError(f"{path}: a newer layerlab wrote it (version {version}; this one reads up to {VERSION})")
    questions = found.get("questions")
    if not isinstance(questions, dict) or not all(map(_are_rounds, questions.values())):
        raise AnswersError(f"{path}: it is damaged: its questions are not lists of rounds")
    return questions


def _are_rounds(found: object) -> bool:
    return isinstance(found, list) and all(isinstance(each, dict) for each in found)


def rounds(name: str) -> Rounds:
    """Return the rounds of one question, and none if the file cannot be read: `keep` says so at the next press."""
    # A question can be asked without its earlier answers, so a damaged file does not stop a cell.
    with suppress(AnswersError):
        return read().get(name, [])
    return []


def keep(name: str, said: Rounds, folder: Path | None = None) -> str:
    """Write the rounds of a question beside those of all others. Return what went wrong, "" where nothing did.

    A file that cannot be read is set aside under another name, and never lost.
    """
    folder = folder or FOLDER
    aside = ""
    try:
        try:
            found = read(folder)
        # A learner's answers are never overwritten, not even those that cannot be read: a person may still repair them.
        except AnswersError as error:
            found, aside = {}, f"{error}. It was set aside as {_set_aside(folder).name}."
        _write(folder / NAME, {"layerlab answers": VERSION, "questions": found | {name: said}})
    except (OSError, ArchiveError) as error:
        return f"Your answer could not be saved in {folder}: {_why(error)}."
    return aside


def _set_aside(folder: Path) -> Path:
    # The first free number, because an earlier file that was set aside must stay too.
    free = (folder / f"layerlab-answers.old-{number}.json" for number in count(1))
    target = next(path for path in free if not path.exists())
    (folder / NAME).rename(target)
    return target


def _write(path: Path, found: Mapping[str, object]) -> None:
    """Write a file as a whole or not at all."""
    with new_file(str(path)) as file:
        file.write(json.dumps(found, ensure_ascii=False, indent=1).encode() + b"\n")


def _why(error: OSError | ArchiveError) -> str:
    return str(error.strerror or error) if isinstance(error, OSError) else str(error)


def command(folder: str | Path, *, as_json: bool = False, export: str = "", erasing: bool = False) -> str:
    """Do what `layerlab answers` asks for, and return what it prints: a line a round, all of it, or what was done.

    A folder without answers is no error. One that is not there, and a file that cannot be read or written, raise
    AnswersError.

    >>> command("no/such/folder")
    Traceback (most recent call last):
    layerlab.course.answers.AnswersError: no/such/folder: there is no such folder
    """
    path = Path(folder) / NAME
    if not path.parent.is_dir():
        raise AnswersError(f"{folder}: there is no such folder")
    # A program that asks gets the same form from a learner who answered nothing.
    if not path.exists() and not as_json:
        return f"{folder} has no {NAME}: nothing was answered there yet."
    if erasing:
        path.unlink()
        return f"{path} is removed."
    found = read(Path(folder))
    whole = {"layerlab answers": VERSION, "questions": found}
    if export:
        try:
            _write(Path(export), whole)
        except (OSError, ArchiveError) as error:
            raise AnswersError(f"{export}: {_why(error)}") from None
        return f"{Count(len(found), 'question')} written to {export}, with all answers."
    return json.dumps(whole, ensure_ascii=False, indent=1) if as_json else "\n".join(round_lines(found))


def round_lines(found: Mapping[str, Rounds]) -> list[str]:
    """Return a line for each round: the question, what was said to it, and how sure.

    >>> round_lines({"00.one-byte": [{"answers": [{"answer": "1 B", "sure": False}], "skipped": False}]})
    ['00.one-byte  1 B (a guess)']
    """
    wide = max((len(name) for name in found), default=0)
    return [f"{name:{wide}}  {said(each)}" for name, rounds in found.items() for each in rounds]


def said(each: Mapping[str, Any]) -> str:
    """Return what one round says: the answers, how sure, and the change of mind.

    >>> said({"answers": [], "skipped": True})
    'skipped'
    """
    texts = []
    for given in each.get("answers", ()):
        answer = given.get("answer", "")
        text = ", ".join(answer) if isinstance(answer, list) else answer
        texts.append(f"{text} ({'sure' if given.get('sure') else 'a guess'})")
    return ", then ".join(texts) or "skipped"
