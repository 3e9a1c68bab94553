"""Exec command: what `docker exec` runs in a container, as an act on its files."""

import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from layerlab.benches.command_line import split
from layerlab.benches.verbs import BYTE, LINE, UPLOAD, Act, TranscriptLine, in_quotes, in_script, in_shell, is_running
from layerlab.model.container import Container
from layerlab.model.host import Host
from layerlab.words.printable import printable

# Letters that are printed of a file; a real terminal would print all of them.
MOST_PRINTED = 4_000
MOST_WRITTEN = 100_000_000
_ESCAPES = {"\\n": b"\n", "\\t": b"\t", "\\\\": b"\\"}


class Spoken(Protocol):
    """What is needed of a bench: its host, and how its transcript names a container."""

    @property
    def host(self) -> Host:
        """The host."""

    def spoken(self, container: str) -> str:
        """Return how the transcript's Python names a container."""


class Inside:
    """One command in a container of a bench."""

    def __init__(self, name: str, bench: Spoken) -> None:
        self.name = name
        self.it = bench.spoken(name)
        self.box = bench.host.containers.get(name)

    def path(self, word: str) -> str:
        """Return a path as acts have it, from the root; a relative one starts where the image says."""
        start = (self.box.image.config.get("WorkingDir") or "/") if self.box else "/"
        return posixpath.join(start, word).lstrip("/")

    def file(self, word: str) -> str:
        """Return the path of what is no directory, or not said to be one."""
        return self.path(word).rstrip("/")

    def kind(self, path: str) -> str:
        """Return what is at a path, "" for nothing."""
        try:
            return str(self.box.stat(path).kind) if self.box else ""
        except OSError:
            return ""

    def act(self, key: str, path: str, python: str = "", docker: str = "", name: str = "") -> Act:
        """Return an act on a path; a line of its own where the verb's forms do not say it."""
        line = TranscriptLine(f"{self.it}.{python}", f"docker exec {in_shell(self.name)} {docker}") if python else None
        return Act(key, self.name, path=path, name=name, line=line)


def inside(container: str, command: Sequence[str], bench: Spoken) -> Act | str:
    """Return what a command in a container does: an act, or what it prints where it changes nothing.

    >>> from layerlab.benches.stack_bench import StackBench
    >>> table = StackBench()
    >>> table.do("run")
    >>> inside("web", ["sh", "-c", "printf ! >> /etc/motd"], table)[:5]
    ('append', 'web', '', 0, 'etc/motd')
    """
    it = Inside(container, bench)
    is_running(bench.host, Act("read", container))
    program, *words = command
    if program in ("sh", "/bin/sh", "bash", "ash"):
        if len(words) != 2 or words[0] != "-c":
            raise ValueError("nobody could type into that shell here: type docker exec web COMMAND, or sh -c 'COMMAND'")
        return _script(it, split(words[1]))
    return _program(it, program, words)


def _program(it: Inside, program: str, words: Sequence[str]) -> Act | str:
    program = posixpath.basename(program)
    if program not in _PROGRAMS:
        raise ValueError(f"a bench runs no programs, so not {printable(program)}: here are {', '.join(_PROGRAMS)}")
    flags = {letter for word in words if word.startswith("-") for letter in word[1:]}
    found = _PROGRAMS[program](it, flags, [word for word in words if not word.startswith("-")])
    if found is None:
        raise ValueError(f"a bench cannot do {printable(' '.join((program, *words)))}: {_LIKE[program]}")
    return found


def _cat(it: Inside, flags: set[str], words: Sequence[str]) -> Act | str | None:
    return it.act("read", it.file(words[0])) if len(words) == 1 and not flags else None


def _ls(it: Inside, flags: set[str], words: Sequence[str]) -> Act | str | None:
    if len(words) > 1 or flags - {"1", "a", "A"}:
        return None
    path = it.file(words[0] if words else ".")
    path = "" if path == "." else path
    if not path:
        return printed_by_ls(it.box, "/") if it.box else ""  # an act without a path would take the usual one
    return it.act("read", f"{path}/") if it.kind(path) == "directory" else printable(f"/{path}")


def _chmod(it: Inside, flags: set[str], words: Sequence[str]) -> Act | None:
    if len(words) != 2 or flags or not re.fullmatch("[0-7]{1,4}", words[0], re.ASCII):
        return None
    mode, path = int(words[0], 8), it.file(words[1])
    if mode == 0o700:
        return it.act("chmod", path)
    return it.act("chmod", path, f'chmod("{in_quotes(path)}", 0o{mode:o})', f"chmod {mode:o} {in_shell('/' + path)}")


def _touch(it: Inside, flags: set[str], words: Sequence[str]) -> Act | None:
    return it.act("touch", it.file(words[0])) if len(words) == 1 and not flags else None


def _rm(it: Inside, flags: set[str], words: Sequence[str]) -> Act | str | None:
    if len(words) != 1 or flags - set("rRf"):
        return None
    path = it.file(words[0])
    if "f" in flags and it.box and not path:
        return None
    if "f" in flags and not it.kind(path) and path not in _links(it.box):
        return ""  # with --force, nothing to remove is no error
    return it.act("delete-tree", f"{path}/") if flags & set("rR") else it.act("delete", path)


def _links(box: Container | None) -> set[str]:
    return {path for path, entry in box.view().items() if entry.kind == "symlink"} if box else set()


def _mkdir(it: Inside, flags: set[str], words: Sequence[str]) -> Act | None:
    return it.act("make", f"{it.file(words[0])}/") if len(words) == 1 and not flags else None


def _mv(it: Inside, flags: set[str], words: Sequence[str]) -> Act | None:
    if len(words) != 2 or flags - {"T"}:
        return None
    old, new = map(it.file, words)
    if it.kind(new) == "directory" and "T" not in flags:
        new = posixpath.join(new, posixpath.basename(old))
    if new == f"{old}.old":
        return it.act("rename", old)
    docker = f"mv -T {in_shell('/' + old)} {in_shell('/' + new)}"
    return it.act("rename", old, f'rename("{in_quotes(old)}", "{in_quotes(new)}")', docker)


_PROGRAMS: Mapping[str, Callable[[Inside, set[str], Sequence[str]], Act | str | None]] = {
    "cat": _cat, "ls": _ls, "chmod": _chmod, "touch": _touch, "rm": _rm, "mkdir": _mkdir, "mv": _mv,
}  # fmt: skip
_LIKE = {
    "cat": "take one file, cat /etc/motd",
    "ls": "take one directory, ls /etc",
    "chmod": "take a mode in octal and one path, chmod 700 /etc/motd",
    "touch": "take one path, touch /etc/motd",
    "rm": "take one path, rm /etc/motd or rm -r /etc",
    "mkdir": "take one path, mkdir /srv/new",
    "mv": "take two paths, mv /etc/motd /etc/old",
}


def _script(it: Inside, words: Sequence[str]) -> Act | str:
    """Return what a line of a shell in the container does: a program, or something that is printed into a file."""
    if not words:
        raise ValueError("the script is empty: write sh -c 'printf ! >> /etc/motd', for example")
    if list(words) == ["yes", LINE, "|", "head", "-n", "1000", ">", "/proc/1/fd/1"]:
        return Act("print", it.name)
    match words:
        case [*command, (">" | ">>") as sign, file] if not {">", ">>", "|", ";", "&&"} & set(command):
            return _printed(it, command, sign, it.file(file))
    return _program(it, words[0], words[1:])


def _printed(it: Inside, command: Sequence[str], sign: str, path: str) -> Act:
    quoted, adds = in_script("/" + path), sign == ">>"
    match command:
        case [":"] | []:
            if adds:
                return it.act("open", path)
            data, written = b"", ":"
        case ["head", "-c", number, "/dev/zero"] if number.isdecimal() and number.isascii() and not adds:
            size, act = int(number[:12]), it.act("write", "", name=path)
            if size > MOST_WRITTEN:
                raise ValueError(f"a bench holds each byte in memory: take {MOST_WRITTEN} at most")
            if size == UPLOAD:
                return act
            python = f'write("{in_quotes(path)}", bytes({size:_}))'
            return it.act("make", path, python, f"sh -c 'head -c {size} /dev/zero > {quoted}'")
        case ["printf" | "echo" as how, *words]:
            data, written = _data(how, words)
        case _:
            raise ValueError(
                f"a bench cannot print {printable(' '.join(command))} into a file: take printf or echo and a text"
            )
    if data == BYTE:
        return it.act("append" if adds else "make", path)
    verb, method = ("append", "append") if adds else ("make", "write")
    return it.act(verb, path, f'{method}("{in_quotes(path)}", {data!r})', f"sh -c '{written} {sign} {quoted}'")


def _data(how: str, words: Sequence[str]) -> tuple[bytes, str]:
    """Return what printf or echo prints, and the command as it stands in a script."""
    text = " ".join(words)
    if how == "echo":
        if words[:1] and words[0].startswith("-"):
            raise ValueError("echo takes no options here: use printf, which ends no line by itself")
        return f"{text}\n".encode("utf-8", "surrogateescape"), f"echo {in_script(text)}"
    if len(words) != 1 or "%" in text or re.search(r"\\[^nt\\]", text):
        raise ValueError("printf takes one text here, with \\n and \\t and without %: printf 'one\\n'")
    parts = re.split(r"(\\[nt\\])", text)
    data = b"".join(_ESCAPES.get(part) or part.encode("utf-8", "surrogateescape") for part in parts)
    return data, f"printf {in_script(text)}"


def printed_by_ls(box: Container, path: str) -> str:
    """Return what `ls` prints: the names in a directory, one a line.

    >>> print(printed_by_ls(shop().run("shop", name="web"), "var/lib"))
    apt
    dpkg
    shop
    """
    names = (name for name in sorted(box.listdir(path)) if not name.startswith("."))
    return "\n".join(map(printable, names))


def printed_by_cat(box: Container, path: str) -> str:
    """Return what `cat` prints, cut where it is long, with what cannot be printed as escapes.

    >>> web = shop().run("shop", name="web")
    >>> web.write("etc/motd", b"one\\ntwo\\x1b")
    >>> print(printed_by_cat(web, "etc/motd"))
    one
    two\\x1b
    """
    data = box.read(path)
    if len(data) > MOST_PRINTED:
        return f"{data[:64].hex(' ')} ...\n({len(data):,} bytes; the first 64 as hexadecimal digits)"
    text = data.decode("utf-8", "surrogateescape")
    return "\n".join(map(printable, text.removesuffix("\n").split("\n")))
