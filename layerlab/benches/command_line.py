"""Command line: a typed line as a shell splits it, and a command's options as Docker reads them.

What Docker's client refuses is refused with its own words (Docker 20.10).
"""

import shlex
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_SIGNS = frozenset("();<>|&")


class CommandError(ValueError):
    """A line that is refused: `words` as Docker prints them, and `instead`, what to do.

    >>> print(CommandError("docker: 'foo' is not a docker command.", "type docker ps"))
    Docker says “docker: 'foo' is not a docker command”: type docker ps
    """

    def __init__(self, words: str, instead: str) -> None:
        super().__init__(f"Docker says “{words.splitlines()[0].rstrip('.')}”: {instead}")
        self.words = words
        self.instead = instead


class Synopsis(NamedTuple):
    """How a command is called: its name, how many arguments it takes, and its options.

    An option is "a all" (a switch), "f filter=" (it takes a value), "name=", or one that Docker has and a bench has
    nothing for: "!rm". `most` is -1 where there is no limit. What follows an argument is no option if `whole`.

    >>> Synopsis("docker ps", 0, 0, ("a all",)).known["-a"]
    'all'
    """

    name: str
    least: int
    most: int
    options: tuple[str, ...] = ()
    whole: bool = False

    @property
    def known(self) -> Mapping[str, str]:
        """Each option as it is typed, and what it means: its long name, with "=" behind it and "!" before it."""
        found: dict[str, str] = {}
        for option in filter(None, self.options):
            *short, long = option.removeprefix("!").split(" ")
            meaning = ("!" if option.startswith("!") else "") + long
            found |= {f"-{letter}": meaning for letter in short}
            found[f"--{long.removesuffix('=')}"] = meaning
        return found


class Given(NamedTuple):
    """What a command was given: its arguments, and the values of each of its options; a switch has the value "".

    >>> Given(["shop"], {"name": ["job"]}).last("name")
    'job'
    """

    arguments: list[str]
    options: Mapping[str, list[str]]

    def last(self, option: str) -> str:
        """Return an option's last value, "" where it was not given."""
        return (self.options.get(option) or [""])[-1]

    def has(self, option: str) -> bool:
        """Tell whether a switch was given."""
        return option in self.options


def split(line: str) -> list[str]:
    """Return the words of a line as a shell splits it; `|`, `>` and the like are words of their own.

    >>> split("docker exec web sh -c 'printf ! >> /a'"), split("cat a>>b # all of it")
    (['docker', 'exec', 'web', 'sh', '-c', 'printf ! >> /a'], ['cat', 'a', '>>', 'b'])
    """
    reader = shlex.shlex(line, posix=True, punctuation_chars=True)
    reader.whitespace_split = True
    # A shell takes a comment only where a word starts, and shlex everywhere.
    reader.commenters = ""
    try:
        words = list(reader)
    except ValueError as error:
        raise ValueError(f"the line does not end: {str(error).lower()}: close what was opened") from None
    return words[: words.index("#")] if "#" in words else words


def is_sign(word: str) -> bool:
    """Tell whether a word is one that a shell takes for itself.

    >>> is_sign("|"), is_sign(">>"), is_sign("a")
    (True, True, False)
    """
    return bool(word) and not set(word) - _SIGNS


def parse(synopsis: Synopsis, words: Sequence[str]) -> Given:
    """Return what a command was given; raise CommandError for what it does not take.

    >>> parse(Synopsis("docker run", 1, -1, ("d detach", "name="), whole=True), ["-d", "--name=job", "shop", "ls"])
    Given(arguments=['shop', 'ls'], options={'detach': [''], 'name': ['job']})
    """
    arguments: list[str] = []
    options: dict[str, list[str]] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            arguments += left
            break
        if not word.startswith("-") or word == "-":
            arguments.append(word)
            if synopsis.whole:
                arguments += left
                break
        elif word.startswith("--"):
            name, sign, value = word.partition("=")
            _take(synopsis, name, word, [value] if sign else None, left, options)
        else:
            _take_short(synopsis, word, left, options)
    _count(synopsis, arguments)
    return Given(arguments, options)


def _take_short(synopsis: Synopsis, word: str, left: list[str], options: dict[str, list[str]]) -> None:
    """Take letters that stand together: `-fv` is `-f -v`, and `-vorders:/srv` has its value behind it."""
    for place in range(1, len(word)):
        rest = word[place + 1 :]
        if synopsis.known.get(f"-{word[place]}", "").endswith("="):
            _take(synopsis, f"-{word[place]}", word, [rest.removeprefix("=")] if rest else None, left, options)
            return
        # Docker names the letters that it has not taken yet.
        _take(synopsis, f"-{word[place]}", f"-{word[place:]}", None, left, options)


def _take(
    synopsis: Synopsis, name: str, word: str, value: list[str] | None, left: list[str], options: dict[str, list[str]]
) -> None:
    see = f"\nSee '{synopsis.name} --help'."
    meaning = synopsis.known.get(name)
    if meaning is None:
        unknown = f"unknown flag: {name}" if name.startswith("--") else f"unknown shorthand flag: '{name[1]}' in {word}"
        raise CommandError(f"{unknown}{see}", _options_of(synopsis))
    if meaning.endswith("=") and value is None:
        if not left:
            lacks = name if name.startswith("--") else f"'{name[1]}' in {word}"
            raise CommandError(f"flag needs an argument: {lacks}{see}", f"write a value behind {name}")
        value = [left.pop(0)]
    if meaning.startswith("!"):
        raise ValueError(f"a bench has nothing for {name}, which Docker knows: leave it out")
    options.setdefault(meaning.removesuffix("="), []).extend(value or [""])


def _options_of(synopsis: Synopsis) -> str:
    there = [name for name, meaning in synopsis.known.items() if not meaning.startswith("!")]
    return f"the options here are {', '.join(there)}" if there else f"{synopsis.name} has no options here"


def _count(synopsis: Synopsis, arguments: Sequence[str]) -> None:
    least, most, see = synopsis.least, synopsis.most, f"\nSee '{synopsis.name} --help'."
    if least <= len(arguments) <= (most if most >= 0 else len(arguments)):
        return
    number = least if len(arguments) < least else most
    if not most:
        raise CommandError(f'"{synopsis.name}" accepts no arguments.{see}', f"type {synopsis.name} alone")
    how = "at least" if len(arguments) < least else "at most"
    if least == most:
        how = "exactly"
    takes = f"requires {how} {number} argument{'s' if number > 1 else ''}"
    instead = "say what it acts on" if len(arguments) < least else "take away what is too much"
    raise CommandError(f'"{synopsis.name}" {takes}.{see}', instead)
