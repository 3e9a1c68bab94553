"""Dockerfile: its lines as instructions, read as Docker's own parser reads them.

The parsers that others publish did not fit. dockerfile-parse takes the body of a here-document for instructions, and
so finds a FROM that is none. dockerfile is Docker's parser, compiled, so that a browser cannot run it. Of
e2b-dockerfile-utils there was one release, too young to build on. What a build needs is the few rules below.

The rules are those of BuildKit's frontend/dockerfile/parser: an escape directive on top, comments and empty lines,
which may also stand within a continued line, flags, the JSON form of arguments, and here-documents.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from layerlab.model.arguments import word
from layerlab.model.layerlab_error import LayerlabError

KEYWORDS = frozenset({
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD",
    "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})  # fmt: skip
_DIRECTIVE = re.compile(r"#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$")
# Quotes hold a flag's value together.
_FLAG = re.compile(r"""--([a-z][a-z-]*)(?:=((?:"[^"]*"|'[^']*'|[^\s"'])*))?(?:\s+|$)""")
_WITH_VALUE = frozenset({"chmod", "chown", "from"})
_HEREDOC = re.compile(r"(?<![<0-9])[0-9]*<<(-?)\s*(['\"]?)([a-zA-Z_][a-zA-Z0-9_]*)\2")
# Instructions whose arguments a list in JSON may give, and those that a here-document may follow.
_JSON = frozenset({"ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"})
_WITH_HEREDOC = frozenset({"ADD", "COPY", "RUN"})
_VARIABLE = re.compile(r"\$(?:([a-zA-Z_][a-zA-Z0-9_]*)|\{([a-zA-Z_][a-zA-Z0-9_]*)(?::?([-+?])([^}]*))?\})")


class DockerfileError(LayerlabError, ValueError):
    """A line of a Dockerfile that no builder takes, in one line that says which.

    >>> Dockerfile.parse("FROM scratch\\nCPOY a /")
    Traceback (most recent call last):
    layerlab.builds.dockerfile.DockerfileError: Dockerfile line 2: unknown instruction: CPOY
    """

    def __init__(self, line: int, says: str) -> None:
        super().__init__(f"Dockerfile line {line}: {says}")
        self.line = line


@dataclass(frozen=True)
class Instruction:
    """One instruction: its keyword, its flags, and the rest of its text.

    `line` is where it starts, from 1. `text` is the rest without flags and without blanks around it, continued lines
    joined. `written` is the whole line with its blanks, as it stands in the file. `words` is the list where the
    arguments are JSON, else None. `heredocs` maps the names of here-documents to their text.

    >>> Dockerfile.parse("FROM scratch\\nCOPY --chown=5:6 a /b").instructions[1].flags
    {'chown': '5:6'}
    """

    keyword: str
    text: str
    line: int
    written: str = ""
    flags: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] | None = None
    heredocs: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        flags = "".join(f"--{name}={value} " if value else f"--{name} " for name, value in self.flags.items())
        return f"{self.keyword} {flags}{self.text}".strip()


@dataclass(frozen=True)
class Stage:
    """A FROM and the instructions after it; `name` is what AS gives it, in small letters, or "".

    >>> Dockerfile.parse("FROM scratch AS Build").stages[0].name
    'build'
    """

    start: Instruction
    name: str
    base: str
    steps: tuple[Instruction, ...] = ()

    @property
    def lines(self) -> tuple[Instruction, ...]:
        """The FROM and the instructions after it."""
        return (self.start, *self.steps)


@dataclass(frozen=True)
class Dockerfile:
    """What a Dockerfile says: its instructions in order, and its stages.

    >>> parsed = Dockerfile.parse("FROM scratch AS build\\nRUN make \\\\\\n  # why\\n  all\\nFROM scratch")
    >>> [str(each) for each in parsed.instructions]
    ['FROM scratch AS build', 'RUN make   all', 'FROM scratch']
    """

    instructions: tuple[Instruction, ...]
    escape: str = "\\"

    @classmethod
    def parse(cls, text: str) -> "Dockerfile":
        """Read a Dockerfile's text; DockerfileError for what no builder takes."""
        lines = word(text, "a Dockerfile").removeprefix("\ufeff").splitlines()
        escape = _escape(lines)
        parsed = cls(tuple(_instructions(lines, escape)), escape)
        _ = parsed.stages  # what no stage can be is refused here, before anything is built
        return parsed

    @property
    def arguments(self) -> tuple[Instruction, ...]:
        """The ARG lines before the first FROM: only FROM lines see them."""
        first = next((place for place, each in enumerate(self.instructions) if each.keyword == "FROM"), 0)
        return self.instructions[:first]

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Each FROM with its instructions."""
        found: list[Stage] = []
        for each in self.instructions:
            if each.keyword == "FROM":
                found.append(_stage(each))
            elif found:
                found[-1] = replace(found[-1], steps=(*found[-1].steps, each))
            elif each.keyword != "ARG":
                raise DockerfileError(each.line, f"no build stage in current context: {each.keyword} comes before FROM")
        if not found:
            raise DockerfileError(1, "file with no instructions: a build starts with FROM")
        return tuple(found)


def words_of(text: str, escape: str = "\\") -> list[str]:
    """Return text as words at blanks; quotes and escaped blanks hold a word together, and stay in it.

    >>> words_of('A=1 B="x y"')
    ['A=1', 'B="x y"']
    """
    found: list[str] = []
    now, quote, at = "", "", 0
    while at < len(text):
        letter = text[at]
        if letter == escape and quote != "'" and at + 1 < len(text):
            now += text[at : at + 2]
            at += 2
            continue
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote = letter
        elif letter.isspace():
            found += [now] if now else []
            now, at = "", at + 1
            continue
        now, at = now + letter, at + 1
    return [*found, now] if now else found


def expanded(text: str, values: Mapping[str, str], escape: str = "\\") -> str:
    """Return a word with its variables replaced and its quotes gone, as Docker's shell parser does it.

    >>> expanded('"$A-${B:-none}" \\\\$A', {"A": "1"})
    '1-none $A'
    """
    made, quote, at = "", "", 0
    while at < len(text):
        letter = text[at]
        if letter == escape and quote != "'" and at + 1 < len(text):
            # In double quotes an escape stays in the text, except before a sign whose meaning it takes.
            kept = quote == '"' and text[at + 1] not in f'"${escape}'
            made += text[at : at + 2] if kept else text[at + 1]
            at += 2
        elif letter in "'\"" and quote in ("", letter):
            quote = "" if quote else letter
            at += 1
        elif letter == "$" and quote != "'" and (found := _VARIABLE.match(text, at)):
            made += _value(found, values, escape)
            at = found.end()
        else:
            made, at = made + letter, at + 1
    return made


def pairs(instruction: Instruction, escape: str = "\\") -> list[tuple[str, str]]:
    """Return what ENV or LABEL sets, not yet expanded: `A=1 B=2`, or the old form `A 1` of one name.

    >>> pairs(Dockerfile.parse("FROM scratch\\nENV A one two").instructions[1])
    [('A', 'one two')]
    """
    words = words_of(instruction.text, escape)
    if words and "=" not in words[0]:
        name, *rest = instruction.text.split(None, 1)
        if not rest:
            raise DockerfileError(instruction.line, f"{instruction.keyword} must have two arguments")
        return [(name, rest[0])]
    if bad := [each for each in words if "=" not in each]:
        raise DockerfileError(
            instruction.line, f"Syntax error - can't find = in {bad[0]!r}. Must be of the form: name=value"
        )
    return [(name, value) for name, _, value in (each.partition("=") for each in words)]


def _value(found: re.Match[str], values: Mapping[str, str], escape: str) -> str:
    name = found[1] or found[2]
    value, sign = values.get(name, ""), found[3]
    if sign == "+":
        return expanded(found[4], values, escape) if value else ""
    if sign == "-" and not value:
        return expanded(found[4], values, escape)
    return value


def _escape(lines: Sequence[str]) -> str:
    """Return the character that continues a line: directives stand on top, before any comment or instruction."""
    for number, line in enumerate(lines, start=1):
        found = _DIRECTIVE.match(line.strip())
        if found is None:
            break
        if found[1].lower() == "escape":
            if found[2] not in ("\\", "`"):
                raise DockerfileError(number, f"invalid ESCAPE {found[2]!r}. Must be ` or \\")
            return found[2]
    return "\\"


def _instructions(lines: Sequence[str], escape: str) -> Iterator[Instruction]:
    continued = re.compile(rf"(^|[^{re.escape(escape)}]){re.escape(escape)}[ \t]*$")
    at = 0
    while at < len(lines):
        start, whole, more = at + 1, "", True
        while more and at < len(lines):
            line = lines[at]
            at += 1
            # Comments and empty lines between the parts of one line are left out; the other parts keep their blanks.
            if line.lstrip().startswith("#") or (whole and not line.strip()):
                more = bool(whole)
                continue
            line = line if whole else line.lstrip()
            more = continued.search(line) is not None
            whole += continued.sub(r"\1", line)
        if not whole.strip():
            continue
        instruction = _instruction(whole, start)
        bodies: dict[str, str] = {}
        for strip, _, name in _heredocs(instruction):
            bodies[name], at = _body(lines, at, name, bool(strip), start)
        yield replace(instruction, heredocs=bodies) if bodies else instruction


def _heredocs(instruction: Instruction) -> list[tuple[str, str, str]]:
    return _HEREDOC.findall(instruction.text) if instruction.keyword in _WITH_HEREDOC else []


def _body(lines: Sequence[str], at: int, name: str, strip: bool, start: int) -> tuple[str, int]:
    body = ""
    for place in range(at, len(lines)):
        line = lines[place].lstrip("\t") if strip else lines[place]
        if line == name:
            return body, place + 1
        body += line + "\n"
    raise DockerfileError(start, f"unterminated heredoc: no line is {name}")


def _instruction(whole: str, line: int) -> Instruction:
    first, *rest = whole.strip().split(None, 1)
    keyword, text = first.upper(), rest[0].strip() if rest else ""
    if keyword not in KEYWORDS:
        raise DockerfileError(line, f"unknown instruction: {first}")
    flags: dict[str, str] = {}
    # Only what stands before the first argument is a flag. CMD and ENTRYPOINT have no flags, so there --x is an
    # argument. What stands behind ONBUILD belongs to the line that it keeps.
    while keyword not in ("CMD", "ENTRYPOINT", "ONBUILD") and (found := _FLAG.match(text)):
        if found[1] in _WITH_VALUE and not found[2]:
            raise DockerfileError(line, f"missing a value on flag: {found[1]}")
        flags[found[1]] = re.sub("[\"']", "", found[2] or "")
        text = text[found.end() :]
    words = _list(text) if keyword in _JSON else None
    if not (text if words is None else words) and keyword not in ("CMD", "ENTRYPOINT"):
        raise DockerfileError(line, f"{keyword} requires at least one argument")
    later = text.partition(" ")[0].upper()
    if keyword == "ONBUILD" and later in ("FROM", "MAINTAINER", "ONBUILD"):
        raise DockerfileError(line, f"{later} isn't allowed as an ONBUILD trigger")
    return Instruction(keyword, text, line, whole, flags, words)


def _list(text: str) -> tuple[str, ...] | None:
    """Return arguments in the form of JSON; what looks like it and is not is plain text, as for Docker."""
    try:
        found = json.loads(text) if text.startswith("[") else None
    except ValueError:
        return None
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        return None
    return tuple(found)


def _stage(start: Instruction) -> Stage:
    base, *rest = start.text.split()
    if not rest:
        return Stage(start, "", base)
    if len(rest) != 2 or rest[0].upper() != "AS":
        raise DockerfileError(start.line, "FROM requires either one or three arguments")
    return Stage(start, rest[1].lower(), base)
