"""Tally: what a class said to a question, before and after it talked, from counts, pasted text or a folder."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from layerlab.course.answer import short
from layerlab.course.bank import question
from layerlab.course.hand_in import handed_in
from layerlab.course.prediction import PredictionError, typed
from layerlab.course.question import Question
from layerlab.picture.bars import PlotBar, bars
from layerlab.picture.page import block
from layerlab.words.plurals import counted
from layerlab.words.printable import printable

# A line begins with LL1, so that it can be found in a chat; the 1 is the version of the form.
FORM = "1"
START = re.compile(r"LL(?P<form>\d+) (?P<name>[\w.#-]+)[ \t]+")
SAID = re.compile(r"(?:[A-H-]+[a-h]?[?!](?:>[A-H-]+[a-h]?[?!])?|skip)(?!\w)")
# A chat writes a name, a colon and a space before what someone typed, or what was typed stands alone.
MESSAGE = re.compile(r"(?:^|.*:\s)\s*(?P<typed>\d[^:]*)$")
# A line that people hand in is much shorter. Of a longer one only so many letters are looked at.
LONGEST_LINE = 1_000
# How many of the lines that could not be read are shown.
MOST_UNREAD = 3
# Stands for an answer that is none of the options, as in the lines that people paste.
OWN = "-"


def tally(name: str, *, text: str = "", folder: str | Path = "", **counts: int) -> "Tally":
    """Return what a class said to a question: one picture of who thought what.

    Take counts of raised hands (`A=12, B=3`), the text of a chat into which people pasted their lines, or a folder to
    which each person handed in a file of lines, or has a folder of them. Of each person the last line counts. Where
    people type the answer, a size stands for a letter too: `**{"20 MB": 9}` as a count, "Ann: 20 MB" in a chat. Lines
    and files that cannot be read are named under the numbers. An unknown question, an answer that it does not have or a
    text without one line for it raises ValueError.

    >>> print(tally("00.one-byte", A=12, B=9, C=2))
    How many bytes does the thin layer of web contain then?
      A: 1 B       12
      B: 20.0 MB    9
      C: 25.0 MB    2
      D: 319 MB     0
    23 answers
    """
    asked = question(name)
    if counts:
        return Tally(asked, Counter(), _known(asked, counts))
    lines = list(_files(Path(folder), asked) if folder else _people(text, asked))
    unread = tuple(line.text for line in lines if line.votes is None)
    votes = [line.votes for line in lines if line.votes]
    if not votes:
        also = f"; not read: {_quoted(unread)}" if unread else ""
        raise ValueError(f"no line for {name} found: one looks like LL1 {name} A?>C!{also}")
    changed = any(len(vote) > 1 for vote in votes)
    # If nobody changed their mind, one column says it all.
    first = Counter(vote[0] for vote in votes) if changed else Counter()
    return Tally(asked, _known(asked, first), _known(asked, Counter(vote[-1] for vote in votes)), unread)


class Said(NamedTuple):
    """What one person said to a question: the letters first and last, none for a skip, None for what is no answer.

    >>> Said("LL1 00.one-byte A?>B!", ("A", "B")).votes
    ('A', 'B')
    """

    text: str
    votes: tuple[str, ...] | None


@dataclass(frozen=True)
class Tally:
    """How many chose each option: `first` before minds were changed, empty where none was, and `last`.

    `unread` are lines for this question that say nothing that it knows.

    >>> tally("00.one-byte", text="Ann: LL1 00.one-byte A?>B!").last
    Counter({'B': 1})
    """

    question: Question
    first: Counter[str]
    last: Counter[str]
    unread: tuple[str, ...] = ()

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
        return "\n".join([re.sub(r"</?code>", "", self.question.prompt), *rows, *self._foot()])

    __repr__ = __str__

    def _counted(self, letter: str) -> str:
        if not self.first:
            return f"{self.last[letter]:4}"
        return f"{self.first[letter]:4} before {self.last[letter]:4} after"

    def _foot(self) -> list[str]:
        """Return the number of answers and, where there are any, the lines that could not be read."""
        return [counted(self.last.total(), "answer"), *([f"Not read: {_quoted(self.unread)}."] if self.unread else [])]

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        rows: list[PlotBar] = []
        for letter in self.letters:
            if self.first:
                rows.append(PlotBar(self._name(letter), self.first[letter], f"{self.first[letter]} before"))
            name = "" if self.first else self._name(letter)
            rows.append(PlotBar(name, self.last[letter], f"{self.last[letter]}{' after' if self.first else ''}", True))
        foot = "".join(f'<p class="quiet">{escape(line)}</p>' for line in self._foot())
        html = f'<p class="question">{self.question.prompt}</p>{bars(rows)}{foot}'
        return {"text/plain": str(self), "text/html": block(html)}


def _known(asked: Question, counts: Mapping[str, int]) -> Counter[str]:
    """Return counts by letter; a key may also be what people typed, where the question takes a size or a number."""
    letters = {option.letter for option in asked.options} | {OWN}
    found: Counter[str] = Counter()
    for key, count in counts.items():
        letter = key if key in letters or asked.items else letter_of(asked, key)
        if letter is None:
            raise ValueError(f"{asked.name} has no answer {key}: it has {', '.join(sorted(letters - {OWN}))}")
        found[letter] += count
    return found


def letter_of(asked: Question, text: str) -> str | None:
    """Return the letter of what was typed, a hyphen if no belief predicts it, None if it is no size or number.

    >>> letter_of(question("00.one-byte"), "20 MB"), letter_of(question("00.one-byte"), "7 kB")
    ('B', '-')
    """
    if asked.act != "type":
        return None
    with suppress(PredictionError):
        option = asked.option(typed(text, asked.truth))
        return option.letter if option else OWN
    return None


def _votes(asked: Question, said: str) -> tuple[str, ...] | None:
    """Return the letters of what stands in a line: before and after a change of mind, () for skip, None if unread."""
    if found := SAID.match(said):
        # A tally counts answers, so the reason and how sure someone was are taken off.
        return () if found[0] == "skip" else tuple(re.sub(r"[a-h?!]", "", found[0]).split(">"))
    plain = said.partition("(")[0]
    letters = [letter_of(asked, each.strip().rstrip("?!")) for each in plain.split(">")]
    read = tuple(letter for letter in letters if letter)
    return read if len(read) == len(letters) else None


def _in_line(line: str, asked: Question) -> Iterator[tuple[int, Said]]:
    """Yield where each answer to the question starts in a line of text, and the answer."""
    starts = list(START.finditer(line))
    for number, found in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(line)
        if found["name"] == asked.name:
            # A later form may mean something else by the same letters.
            votes = _votes(asked, line[found.end() : end].strip()) if found["form"] == FORM else None
            yield found.start(), Said(line[found.start() : end].strip(), votes)
    # Where people type the answer, many type it into the chat as well.
    bare = None if starts or asked.act != "type" else MESSAGE.match(line)
    if bare:
        yield bare.start("typed"), Said(bare["typed"].strip(), _votes(asked, bare["typed"].strip()))


def _people(text: str, asked: Question) -> Iterable[Said]:
    """Return the last answer of each person of a chat: who is written before a line, or alone on the line above."""
    found: dict[str, Said] = {}
    above = ""
    for number, line in enumerate(text.splitlines()):
        answers = list(_in_line(line, asked))
        for start, said in answers:
            # Chats write a name before each line, or once above several lines. A line without a name counts as one
            # person.
            who = _who(line[:start]) or above or f"line {number}"
            found[who] = said
        above = "" if answers or START.search(line) else _who(line) or above
    return found.values()


def _who(text: str) -> str:
    """Return a name without the times and signs that a chat puts around it."""
    # Letters alone: a time such as 10:42 changes from line to line, and would make one person two.
    return " ".join(re.findall(r"[^\W\d_]+", text))


def _files(folder: Path, asked: Question) -> Iterator[Said]:
    """Yield each person's last answer, and each file that cannot be read; ValueError where there is no such folder."""
    if not folder.is_dir():
        raise ValueError(f"no folder {folder}: name the one in which each person has a file of lines")
    try:
        given = handed_in(folder)
    except OSError as error:
        raise ValueError(
            f"{folder} cannot be listed: {error.strerror}. Only its owner and its group can do that"
        ) from None
    if not given:
        raise ValueError(f"{folder} has no file of lines yet: nobody has handed in")
    found: dict[str, Said] = {}
    for each in given:
        if each.why:
            yield Said(f"{each.file}: {each.why}", None)
        for line in each.text.splitlines():
            for _, said in _in_line(line[:LONGEST_LINE], asked):
                found[each.who] = said
    yield from found.values()


def _quoted(unread: tuple[str, ...]) -> str:
    listed = ", ".join(f'"{printable(line[:60])}"' for line in unread[:MOST_UNREAD])
    more = f" and {len(unread) - MOST_UNREAD:,} more" if len(unread) > MOST_UNREAD else ""
    return f"{listed}{more}"
