"""Tally: what a class said to a question, before and after it talked, from counts, pasted text or a folder."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from layerlab.course.answer import short
from layerlab.course.bank import question
from layerlab.course.question import Question
from layerlab.picture.bars import Bar, bars
from layerlab.picture.page import block
from layerlab.words.plurals import counted

# A line begins with LL1, so that it can be found in a chat; the 1 is the version of the form.
LINE = re.compile(r"LL1 (?P<name>[\w.#-]+) (?P<said>[A-H-]+[a-h]?[?!](?:>[A-H-]+[a-h]?[?!])?|skip)(?!\w)")
# Stands for an answer that is none of the options, as in the lines that people paste.
OWN = "-"


def tally(name: str, *, text: str = "", folder: str | Path = "", **counts: int) -> "Tally":
    """Return what a class said to a question: one picture of who thought what.

    Take counts of raised hands (`A=12, B=3`), the text of a chat into which people pasted their lines, or a folder
    with a file of lines for each person. Of each person the last line counts. An unknown question, a letter that it
    does not have or a text without one line for it raises ValueError.

    >>> print(tally("00.one-byte", A=12, B=9, C=2))
    How many bytes does the thin layer of web hold then?
      A: 1 B       12
      B: 20.0 MB    9
      C: 25.0 MB    2
      D: 319 MB     0
    23 answers
    """
    asked = question(name)
    if counts:
        return Tally(asked, Counter(), _known(asked, counts))
    lines = _files(Path(folder)) if folder else _people(text)
    said = [match["said"] for match in lines if match["name"] == name and match["said"] != "skip"]
    if not said:
        raise ValueError(f"no line for {name} found: one looks like LL1 {name} A?>C!")
    # A tally counts answers, so the reason and how sure someone was are taken off.
    votes = [re.sub(r"[a-h?!]", "", each).split(">") for each in said]
    changed = any(len(vote) > 1 for vote in votes)
    # If nobody changed their mind, one column says it all.
    first = Counter(vote[0] for vote in votes) if changed else Counter()
    return Tally(asked, _known(asked, first), _known(asked, Counter(vote[-1] for vote in votes)))


@dataclass(frozen=True)
class Tally:
    """How many chose each option: `first` before minds were changed, empty where none was, and `last`.

    >>> tally("00.one-byte", text="Ann: LL1 00.one-byte A?>B!").last
    Counter({'B': 1})
    """

    question: Question
    first: Counter[str]
    last: Counter[str]

    def against(self, later: "Tally") -> "Tally":
        """Return this vote next to a later one on the same question, as an exit ticket does.

        >>> entry, leave = tally("00.one-byte", A=12, B=2), tally("00.one-byte", A=1, B=13)
        >>> entry.against(leave).first["A"], entry.against(leave).last["A"]
        (12, 1)
        """
        return Tally(self.question, self.last, later.last)

    @property
    def letters(self) -> list[str]:
        """Every answer that a row is for: the question's options, then what else was said."""
        options = [option.letter for option in self.question.options]
        return [*options, *sorted({*self.first, *self.last}.difference(options))]

    def _name(self, letter: str) -> str:
        option = next((option for option in self.question.options if option.letter == letter), None)
        if option:
            return f"{letter}: {short(option.value)}"
        return "something else" if letter == OWN else letter

    def __str__(self) -> str:
        names = {letter: self._name(letter) for letter in self.letters}
        width = max(map(len, names.values()))
        rows = [f"  {name:{width}} {self._counted(letter)}" for letter, name in names.items()]
        return "\n".join([re.sub(r"</?code>", "", self.question.prompt), *rows, self._total()])

    __repr__ = __str__

    def _counted(self, letter: str) -> str:
        if not self.first:
            return f"{self.last[letter]:4}"
        return f"{self.first[letter]:4} before {self.last[letter]:4} after"

    def _total(self) -> str:
        return counted(self.last.total(), "answer")

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        rows: list[Bar] = []
        for letter in self.letters:
            if self.first:
                rows.append(Bar(self._name(letter), self.first[letter], f"{self.first[letter]} before"))
            name = "" if self.first else self._name(letter)
            rows.append(Bar(name, self.last[letter], f"{self.last[letter]}{' after' if self.first else ''}", True))
        html = f'<p class="prompt">{self.question.prompt}</p>{bars(rows)}<p class="quiet">{self._total()}</p>'
        return {"text/plain": str(self), "text/html": block(html)}


def _known(asked: Question, counts: Mapping[str, int]) -> Counter[str]:
    letters = {option.letter for option in asked.options} | {OWN}
    for letter in counts:
        if letter not in letters and not asked.items:
            raise ValueError(f"{asked.name} has no answer {letter}: it has {', '.join(sorted(letters - {OWN}))}")
    return Counter(dict(counts))


def _people(text: str) -> Iterable[re.Match[str]]:
    """Return the last line of each person of a chat: who is written before a line, or alone on the line above."""
    found: dict[str, re.Match[str]] = {}
    above = ""
    for number, line in enumerate(text.splitlines()):
        for match in LINE.finditer(line):
            # Chats write a name before each line, or once above several lines. A line without a name counts as one
            # person.
            who = _who(line[: match.start()]) or above or f"line {number}"
            found[f"{who} {match['name']}"] = match
        above = "" if LINE.search(line) else _who(line) or above
    return found.values()


def _who(text: str) -> str:
    """Return a name without the times and signs that a chat puts around it."""
    # Letters alone: a time such as 10:42 changes from line to line, and would make one person two.
    return " ".join(re.findall(r"[^\W\d_]+", text))


def _files(folder: Path) -> Iterable[re.Match[str]]:
    """Return the last line for each question of each file; a folder that is not there raises ValueError."""
    if not folder.is_dir():
        raise ValueError(f"no folder {folder}: name the one in which each person has a file of lines")
    found: dict[tuple[str, str], re.Match[str]] = {}
    for path in sorted(folder.glob("*.txt")):
        # Bytes that are not UTF-8 are replaced, because a file that people wrote may have any encoding, and the lines
        # are ASCII.
        for match in LINE.finditer(path.read_text(encoding="utf-8", errors="replace")):
            found[path.name, match["name"]] = match
    return found.values()
