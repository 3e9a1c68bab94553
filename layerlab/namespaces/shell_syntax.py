"""Shell syntax: a short program of the shell as a tree, or one line that says where it cannot be read.

It is the part of POSIX' Shell Command Language in which processes start, wait and end. What is left out (functions,
substitutions, patterns, here-documents) is refused by name, because a program that is half understood teaches nothing.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from layerlab.model.layerlab_error import LayerlabError


class ShellError(LayerlabError, ValueError):
    """A program that cannot be read, in one line that says where.

    >>> parsed("sleep 5; (sleep 1")
    Traceback (most recent call last):
    layerlab.namespaces.shell_syntax.ShellError: line 1, column 18: the program ends where ) is missing
    """


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a word: text, or the name of a variable. What is not quoted may fall apart at its spaces."""

    text: str
    variable: bool = False
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Word:
    """One word, and where it stands in the program."""

    pieces: tuple[Piece, ...]
    place: int = 0

    @property
    def plain(self) -> str:
        """The word, if nothing in it is quoted or a variable; "" otherwise. Only such words are keywords."""
        if len(self.pieces) == 1 and not self.pieces[0].variable and not self.pieces[0].quoted:
            return self.pieces[0].text
        return ""


@dataclass(frozen=True, slots=True)
class Simple:
    """Variables that are set, and a command with its words.

    `redirected` tells whether any of its output goes elsewhere; `quiet` and `unheard`, whether what it prints and its
    errors do.
    """

    assignments: tuple[tuple[str, Word], ...]
    words: tuple[Word, ...]
    redirected: bool = False
    quiet: bool = False
    unheard: bool = False


@dataclass(frozen=True, slots=True)
class Subshell:
    """A list in parentheses, which a copy of the shell runs."""

    body: "CommandList"


@dataclass(frozen=True, slots=True)
class Braces:
    """A list in braces, which the shell itself runs."""

    body: "CommandList"


@dataclass(frozen=True, slots=True)
class While:
    """A loop: `until` repeats while the condition fails."""

    condition: "CommandList"
    body: "CommandList"
    until: bool = False


@dataclass(frozen=True, slots=True)
class If:
    """A choice. Without `else` the other list is empty."""

    condition: "CommandList"
    body: "CommandList"
    otherwise: "CommandList"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Commands whose output is the next one's input; `negated` after an exclamation mark."""

    commands: tuple["ShellCommand", ...]
    negated: bool = False


@dataclass(frozen=True, slots=True)
class AndOr:
    """Pipelines with && or || before all but the first."""

    first: Pipeline
    rest: tuple[tuple[str, Pipeline], ...] = ()


@dataclass(frozen=True, slots=True)
class ListItem:
    """A part of a list. `ends` is what follows it: ";", "&" for a command in the background, a line's end, or ""."""

    command: AndOr
    ends: str = ""


@dataclass(frozen=True, slots=True)
class CommandList:
    """Commands one after the other."""

    items: tuple[ListItem, ...] = ()


ShellCommand = Simple | Subshell | Braces | While | If

OPERATORS = ("&&", "||", ";;", ";", "&", "|", "(", ")", "\n")
_REDIRECTION = re.compile(r"(\d?)(>>|>&|>|<)")
_VARIABLE = re.compile(r"\$(?:\{(\w+|[?!$])\}|(\w+|[?!$]))")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=")
OPENED = {"while": "done", "until": "done", "if": "fi", "{": "}"}
CLOSERS = frozenset({"then", "else", "elif", "fi", "do", "done", "}"})
LEFT_OUT = {
    "`": "a command in backquotes",
    "$(": "a command inside $( )",
    "<<": "a here-document",
    ";;": "case",
    "((": "arithmetic (write a group in a group with a space: ( ( )",
}
LEFT_OUT_WORDS = frozenset({"for", "case", "function", "select", "[[", "coproc", "time"})


@dataclass(frozen=True, slots=True)
class Redirection:
    """Where a command's output goes."""

    sign: str
    file: str
    place: int


Token = str | Word | Redirection


def parsed(text: str) -> CommandList:
    """Return a program as a tree; ShellError says where it cannot be read.

    >>> [item.ends for item in parsed("sleep 100 & exec sleep 5").items]
    ['&', '']
    """
    return _Parser(text).program()


class _Parser:
    """Reads one program, token after token; a token's place is the index of its first letter."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = list(self._tokens())
        self.at = 0

    def program(self) -> CommandList:
        found = self.list(frozenset())
        if self.at < len(self.tokens):
            self.fail(f"{self._shown()} has nothing to close")
        return found

    # Tokens.

    def _tokens(self) -> Iterator[tuple[Token, int]]:
        at, text = 0, self.text
        while at < len(text):
            if text[at] in " \t":
                at += 1
            elif text[at] == "#":
                at = (text.find("\n", at) + len(text) + 1) % (len(text) + 1)
            elif text.startswith("\\\n", at):
                at += 2
            elif sign := _REDIRECTION.match(text, at):
                yield from self._redirection(sign)
                at = self._end
            elif operator := next((each for each in OPERATORS if text.startswith(each, at)), ""):
                self._refuse(text[at : at + 2], at)
                yield operator, at
                at += len(operator)
            else:
                yield self._word(at), at
                at = self._end

    def _redirection(self, sign: "re.Match[str]") -> Iterator[tuple[Token, int]]:
        at = sign.end()
        if self.text.startswith("<", at):
            self._refuse("<<", sign.start())
        while self.text[at : at + 1] in (" ", "\t"):
            at += 1
        if at >= len(self.text) or self.text[at] in ";&|()\n":
            self.fail("a file is missing after the sign for input or output", at)
        file = self._word(at)
        yield Redirection(sign[1] + sign[2], "".join(piece.text for piece in file.pieces), sign.start()), sign.start()

    def _word(self, start: int) -> Word:
        at, text, pieces = start, self.text, list[Piece]()
        while at < len(text) and text[at] not in " \t\n;&|()<>":
            letter = text[at]
            if letter == "'":
                end = text.find("'", at + 1)
                if end < 0:
                    self.fail("this quotation mark is not closed", at)
                pieces.append(Piece(text[at + 1 : end], quoted=True))
                at = end + 1
            elif letter == '"':
                at = self._double(at, pieces)
            elif letter == "\\":
                pieces.append(Piece(text[at + 1 : at + 2], quoted=True))
                at += 2
            else:
                at = self._bare(at, pieces)
        self._end = at
        return Word(tuple(pieces), start)

    def _double(self, start: int, pieces: list[Piece]) -> int:
        """Read what stands in double quotes, where a variable is a variable still."""
        at, text = start + 1, self.text
        pieces.append(Piece("", quoted=True))
        while at < len(text) and text[at] != '"':
            if text[at] == "\\" and text[at + 1 : at + 2] in tuple('$`"\\'):
                pieces.append(Piece(text[at + 1], quoted=True))
                at += 2
            else:
                at = self._bare(at, pieces, quoted=True)
        if at >= len(text):
            self.fail("this quotation mark is not closed", start)
        return at + 1

    def _bare(self, at: int, pieces: list[Piece], *, quoted: bool = False) -> int:
        if variable := _VARIABLE.match(self.text, at):
            pieces.append(Piece(variable[1] or variable[2], variable=True, quoted=quoted))
            return variable.end()
        for sign in ("`", "$("):
            if self.text.startswith(sign, at):
                self._refuse(sign, at)
        if not quoted and self.text[at] in "*?[" and self.text[at : at + 2].strip() != "[":
            self.fail(f"patterns such as {self.text[at]} are left out here", at)
        # Letters that belong together are one piece, so that a keyword is one.
        if pieces and not pieces[-1].variable and pieces[-1].quoted == quoted:
            pieces[-1] = Piece(pieces[-1].text + self.text[at], quoted=quoted)
        else:
            pieces.append(Piece(self.text[at], quoted=quoted))
        return at + 1

    def _refuse(self, sign: str, at: int) -> None:
        if sign in LEFT_OUT:
            self.fail(f"{LEFT_OUT[sign]} is left out here", at)

    # The grammar.

    def peek(self) -> Token | None:
        return self.tokens[self.at][0] if self.at < len(self.tokens) else None

    def keyword(self) -> str:
        """Return the operator or the unquoted word that comes next, "" if neither does."""
        token = self.peek()
        if isinstance(token, Word):
            return token.plain
        return token if isinstance(token, str) else ""

    def take(self, wanted: str) -> None:
        if self.keyword() != wanted:
            if self.peek() is None:
                self.fail(f"the program ends where {wanted} is missing")
            self.fail(f"{self._shown()} stands where {wanted} is missing")
        self.at += 1

    def list(self, closers: frozenset[str]) -> CommandList:
        """Return the commands up to one of `closers`, which is left to the caller."""
        items: list[ListItem] = []
        while True:
            while self.peek() == "\n":
                self.at += 1
            if self.peek() is None or self.keyword() in closers or self.keyword() in CLOSERS | {")"}:
                break
            command = self.and_or()
            ends = self.peek()
            if ends not in (";", "&", "\n"):
                items.append(ListItem(command))
                break
            self.at += 1
            items.append(ListItem(command, str(ends)))
        return CommandList(tuple(items))

    def filled(self, *closers: str) -> CommandList:
        """Return a list that may not be empty."""
        found = self.list(frozenset(closers))
        if not found.items:
            self.fail(f"a command is missing before {closers[0]}")
        return found

    def and_or(self) -> AndOr:
        first, rest = self.pipeline(), list[tuple[str, Pipeline]]()
        while self.peek() in ("&&", "||"):
            sign = str(self.peek())
            self.at += 1
            self._lines()
            rest.append((sign, self.pipeline()))
        return AndOr(first, tuple(rest))

    def pipeline(self) -> Pipeline:
        negated = self.keyword() == "!"
        self.at += negated
        commands = [self.command()]
        while self.peek() == "|":
            self.at += 1
            self._lines()
            commands.append(self.command())
        return Pipeline(tuple(commands), negated)

    def _lines(self) -> None:
        while self.peek() == "\n":
            self.at += 1

    def command(self) -> ShellCommand:
        word = self.keyword()
        if self.peek() is None or (word in OPERATORS and word != "("):
            self.fail("a command is missing here")
        if word in LEFT_OUT_WORDS:
            self.fail(f"{word} is left out here")
        if word in CLOSERS:
            self.fail(f"{word} has nothing to close")
        made: ShellCommand | None = None
        if word == "(":
            self.at += 1
            made = Subshell(self.filled(")"))
            self.take(")")
        elif word == "{":
            self.at += 1
            made = Braces(self.filled("}"))
            self.take("}")
        elif word in ("while", "until"):
            self.at += 1
            condition = self.filled("do")
            self.take("do")
            made = While(condition, self.filled("done"), word == "until")
            self.take("done")
        elif word == "if":
            self.at += 1
            made = self._if()
        if made is None:
            return self.simple()
        while isinstance(self.peek(), Redirection):  # its output is not looked at
            self.at += 1
        return made

    def _if(self) -> If:
        condition = self.filled("then")
        self.take("then")
        body = self.filled("fi", "else", "elif")
        otherwise = CommandList()
        if self.keyword() == "elif":
            self.at += 1
            return If(condition, body, CommandList((ListItem(AndOr(Pipeline((self._if(),)))),)))
        if self.keyword() == "else":
            self.at += 1
            otherwise = self.filled("fi")
        self.take("fi")
        return If(condition, body, otherwise)

    def simple(self) -> Simple:
        assignments, words, redirected = list[tuple[str, Word]](), list[Word](), False
        quiet = unheard = False
        while isinstance(token := self.peek(), Word | Redirection):
            self.at += 1
            if isinstance(token, Redirection):
                redirected = True
                quiet = quiet or token.sign in (">", ">>", "1>", "1>>")
                unheard = unheard or token.sign.startswith("2")
            elif not words and (assigned := self._assignment(token)):
                assignments.append(assigned)
            else:
                words.append(token)
        if self.peek() == "(" and words:
            self.fail("functions are left out here")
        return Simple(tuple(assignments), tuple(words), redirected, quiet, unheard)

    @staticmethod
    def _assignment(word: Word) -> tuple[str, Word] | None:
        first = word.pieces[0] if word.pieces else Piece("")
        name = _ASSIGNMENT.match(first.text) if not first.variable and not first.quoted else None
        if name is None:
            return None
        rest = Piece(first.text[name.end() :]), *word.pieces[1:]
        return name[1], Word(tuple(rest), word.place)

    # Errors.

    def _shown(self) -> str:
        token = self.peek()
        if isinstance(token, Word):
            return "".join(piece.text for piece in token.pieces)
        if isinstance(token, Redirection):
            return token.sign
        return "the line's end" if token == "\n" else str(token)

    def fail(self, what: str, at: int | None = None) -> NoReturn:
        if at is None:
            at = self.tokens[self.at][1] if self.at < len(self.tokens) else len(self.text)
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        raise ShellError(f"line {line}, column {column}: {what}")
