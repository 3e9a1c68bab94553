"""File commands: what `RUN` does in a build, with the few commands on files that a Dockerfile mostly has.

The commands really act on the container of the step. What needs a program of its own (apt-get, make) is handed in as
a function. Everything else is refused in one line, so that no step looks as if it had run.
"""

import errno
import fnmatch
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from layerlab.builds.dockerfile import expanded, words_of
from layerlab.model.container import Container
from layerlab.model.entry import Entry
from layerlab.model.layerlab_error import LayerlabError

BuildProgram = Callable[[Container, Sequence[str]], None]
"""A program that RUN can call: it is handed the container of the step and its arguments, and acts on the files."""

_SIGN = re.compile(r"&&|\|\||;|>>|2>&1|2>|>|\||&|<|\(|\)|\n")
_ENDS = ("&&", "||", ";", "\n")
NULL = "/dev/null"
_UPTIME = "proc/uptime"
_MODE = re.compile(r"([ugoa]*)([-+=])([rwxX]*)$")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", "0": "\0"}


class RunError(LayerlabError, ValueError):
    """A command that cannot be run here, in one line that names it and what can be done.

    >>> CommandShell(Container(scratch, "build", clock=lambda: 1)).run("make | cat")
    Traceback (most recent call last):
    layerlab.builds.file_commands.RunError: RUN cannot do 'make | cat' here: it has |, and commands are joined by \
&& || ; alone
    """


class CommandFailed(LayerlabError):  # noqa: N818 - a command of a shell that says no is no fault
    """A command that ended with a code other than 0: `code`, and what it printed.

    >>> CommandFailed("rm: /a: No such file or directory", 1).code
    1
    """

    def __init__(self, says: str, code: int) -> None:
        super().__init__(says)
        self.code = code


@dataclass
class CommandShell:
    """A shell in a container: `env` are its variables, `workdir` where relative paths start, `owner` who it runs as.

    >>> box = Container(scratch, "build", clock=lambda: 1)
    >>> CommandShell(box, env={"NAME": "shop"}).run("mkdir -p /srv && echo $NAME > /srv/name")
    >>> box.read("srv/name")
    b'shop\\n'
    """

    box: Container
    env: Mapping[str, str] = field(default_factory=dict)
    workdir: str = "/"
    owner: tuple[int, int] = (0, 0)
    programs: Mapping[str, BuildProgram] = field(default_factory=dict)
    uptime: int = 0

    def run(self, script: str) -> None:
        """Run a script; CommandFailed if its last command fails, RunError for what cannot be run here."""
        failed: CommandFailed | None = None
        sign = ";"
        for command, after in _commands(script):
            due = sign in (";", "\n") or (sign == "&&") == (failed is None)
            if due:
                failed = self._failure(command)
            sign = after
        if failed is not None:
            raise failed

    def call(self, argv: Sequence[str]) -> None:
        """Run one program with its arguments as they are, as the list form of RUN does."""
        if len(argv) == 3 and posixpath.basename(argv[0]) in _SHELLS and argv[1].startswith("-") and "c" in argv[1]:
            self.run(argv[2])
        else:
            self._program(argv)

    def _failure(self, command: "Sequence[str]") -> CommandFailed | None:
        try:
            self._redirected(command)
        except CommandFailed as error:
            return error
        except OSError as error:
            name = error.filename if isinstance(error.filename, str) else ""
            return CommandFailed(f"{command[0]}: {name}: {error.strerror}", 1)
        return None

    def _redirected(self, command: Sequence[str]) -> None:
        words, goal, append = [], None, False
        waiting = iter(command)
        for word in waiting:
            if word in (">", ">>", "2>"):
                target = next(waiting, None)
                if target is None:
                    raise RunError(f"RUN cannot do {' '.join(command)!r}: nothing follows {word}")
                if word != "2>":
                    goal, append = self.path(expanded(target, self.env)), word == ">>"
            elif word != "2>&1":
                words += self._expand(word)
        if goal not in (None, NULL):
            assert goal is not None
            self._create(goal, keep=append)
        said = self._program(words) if words else b""
        if said and goal not in (None, NULL):
            assert goal is not None
            self.box.append(goal, said)

    def _program(self, argv: Sequence[str]) -> bytes:
        name, words = posixpath.basename(argv[0]), list(argv[1:])
        # A program that was handed in comes first, so that a lesson can have its own `cp`.
        if (given := self.programs.get(argv[0]) or self.programs.get(name)) is not None:
            given(self.box, words)
            return b""
        if name not in _COMMANDS:
            raise RunError(
                f"RUN cannot do {argv[0]!r} here: hand it in, as in programs={{{name!r}: function}}, or use "
                f"{', '.join(sorted(_COMMANDS))}"
            )
        flags = [word for word in words if re.fullmatch(r"-[a-zA-Z]+", word)] if name not in ("echo", "printf") else []
        letters = {letter for flag in flags for letter in flag[1:]}
        allowed, act = _COMMANDS[name]
        if letters - set(allowed):
            raise RunError(f"RUN cannot do {' '.join(argv)!r} here: {name} takes {_options(allowed)}")
        return act(self, letters, [word for word in words if word not in flags]) or b""

    def _expand(self, word: str) -> list[str]:
        """Return a word with its variables replaced; one with a star is the names that it fits, if there are any."""
        plain = expanded(word, self.env)
        if "*" not in word or any(quote in word for quote in "'\"\\"):
            return [plain] if plain or any(quote in word for quote in "'\"") else []
        return self._fitting(plain) or [plain]

    def _fitting(self, pattern: str) -> list[str]:
        folder, _, last = pattern.rpartition("/")
        if "*" in folder:
            raise RunError(f"RUN cannot do {pattern!r} here: a star stands in the last name alone")
        with suppress(OSError):
            names = fnmatch.filter(self.box.listdir(self.path(folder or ".")), last)
            return [posixpath.join(folder, name) if "/" in pattern else name for name in names if name[0] != "."]
        return []

    # What commands are made of.

    def path(self, word: str) -> str:
        """Return a path from the root."""
        return posixpath.normpath(posixpath.join(self.workdir, word))

    def kind(self, path: str) -> str:
        """Return what is at a path, "" for nothing."""
        try:
            return str(self.box.stat(path).kind)
        except (FileNotFoundError, NotADirectoryError):
            return ""

    def may(self, path: str, right: int) -> None:
        """Raise EACCES if the user has not the right (4 read, 2 write, 1 enter) to what is at a path."""
        entry = self.box.stat(path)
        user, group = self.owner
        others = 3 if entry.gid == group else 0
        shift = 6 if entry.uid == user else others
        if user and entry.mode >> shift & right != right:
            raise PermissionError(errno.EACCES, "Permission denied", path)

    def may_name(self, path: str) -> None:
        """Raise EACCES if the user may not make or remove a name in the folder of a path."""
        self.may(posixpath.dirname(path) or "/", 3)

    def owned(self, path: str) -> None:
        """Give what was made at a path to the user."""
        if any(self.owner):
            self.box.chown(path, *self.owner, follow_symlinks=False)

    def _create(self, path: str, *, keep: bool) -> None:
        if kind := self.kind(path):
            if kind == "file":
                self.may(path, 2)
            if not keep or kind != "file":
                self.box.write(path, b"")
            return
        self.may_name(path)
        self.box.append(path, b"") if keep else self.box.write(path, b"")
        self.owned(path)

    def read(self, path: str) -> bytes:
        """Return a file's bytes; of /proc there is the time since the machine started."""
        if path.strip("/") == _UPTIME and not self.kind(path):
            return f"{self.uptime}.00 {self.uptime}.00\n".encode()
        self.may(path, 4)
        return self.box.read(path)

    def entry(self, path: str) -> Entry:
        """Return what is at a path, a link itself where it is one."""
        return self.box.lstat(path)

    def remove(self, path: str) -> None:
        """Remove a name and all below it."""
        self.may_name(path)
        self.box.rmtree(path)

    def copy(self, old: str, new: str, *, keep: bool) -> None:
        """Copy a file or a tree; `keep` its times and owners."""
        entry = self.entry(old)
        if entry.kind == "directory":
            if not self.kind(new):
                self.may_name(new)
                self.box.mkdir(new, entry.mode)
                self.owned(new)
            for name in self.box.listdir(old):
                self.copy(f"{old}/{name}", f"{new}/{name}", keep=keep)
        else:
            self.may_name(new)
            if self.kind(new) == "directory":
                raise IsADirectoryError(errno.EISDIR, "Is a directory", new)
            self.box.place(new, entry)
            if not keep:
                self.box.chown(new, *self.owner, follow_symlinks=False)
        if keep and entry.kind != "symlink":
            self.box.utime(new, entry.mtime)
        elif entry.kind == "file":
            self.box.utime(new)


_SHELLS = ("sh", "bash", "ash", "dash")


def _options(allowed: str) -> str:
    return " ".join(f"-{letter}" for letter in allowed) or "no options"


def _commands(script: str) -> Iterator[tuple[list[str], str]]:
    """Yield each simple command as words, quotes still in them, with the sign that ends it."""
    now: list[str] = []
    for word in _split(script):
        if word in _ENDS:
            if now:
                yield now, word
            now = []
        elif word in ("|", "&", "<", "(", ")") or word.startswith(("`", "$(")):
            raise RunError(f"RUN cannot do {script!r} here: it has {word}, and commands are joined by && || ; alone")
        else:
            now.append(word)
    if now:
        yield now, ";"


def _split(script: str) -> Iterator[str]:
    """Yield words and signs; a sign within quotes is part of a word."""
    for part in words_of(script.replace("\n", " ; ")):
        rest, word, quote = part, "", ""
        while rest:
            found = None if quote else _SIGN.match(rest)
            if found and not (found[0].startswith("2") and word):
                yield from [word] if word else []
                yield found[0]
                word, rest = "", rest[found.end() :]
                continue
            if rest[0] == "\\" and quote != "'":
                word, rest = word + rest[:2], rest[2:]
                continue
            if rest[0] in "'\"" and quote in ("", rest[0]):
                quote = "" if quote else rest[0]
            elif not quote and (rest[0] == "`" or rest.startswith("$(")):
                raise RunError(f"RUN cannot do {script!r} here: it asks for the output of another command")
            word, rest = word + rest[0], rest[1:]
        yield from [word] if word else []


# The commands: each with the letters of its options.


def _need(words: Sequence[str], least: int, name: str) -> None:
    if len(words) < least:
        raise CommandFailed(f"{name}: missing operand", 1)


def _touch(shell: CommandShell, _flags: set[str], words: Sequence[str]) -> None:
    _need(words, 1, "touch")
    for path in map(shell.path, words):
        if shell.kind(path):
            shell.may(path, 2)
            shell.box.utime(path)
        else:
            shell.may_name(path)
            shell.box.touch(path)
            shell.owned(path)


def _rm(shell: CommandShell, flags: set[str], words: Sequence[str]) -> None:
    for path in map(shell.path, words):
        try:
            directory = shell.entry(path).kind == "directory"
        except (FileNotFoundError, NotADirectoryError):
            if "f" in flags:
                continue
            raise
        if directory and not flags & {"r", "R"}:
            raise IsADirectoryError(errno.EISDIR, "Is a directory", path)
        shell.remove(path)


def _rmdir(shell: CommandShell, _flags: set[str], words: Sequence[str]) -> None:
    for path in map(shell.path, words):
        shell.may_name(path)
        shell.box.rmdir(path)


def _mkdir(shell: CommandShell, flags: set[str], words: Sequence[str]) -> None:
    _need(words, 1, "mkdir")
    for path in map(shell.path, words):
        missing = [path]
        while "p" in flags and not shell.kind(posixpath.dirname(missing[-1])):
            missing.append(posixpath.dirname(missing[-1]))
        if "p" in flags and shell.kind(path) == "directory":
            continue
        for each in reversed(missing):
            shell.may_name(each)
            shell.box.mkdir(each)
            shell.owned(each)


def _goals(shell: CommandShell, words: Sequence[str], name: str) -> Iterator[tuple[str, str]]:
    _need(words, 2, name)
    *sources, last = words
    goal = shell.path(last)
    into = shell.kind(goal) == "directory"
    if not into and (len(sources) > 1 or last.endswith("/")):
        raise NotADirectoryError(errno.ENOTDIR, "Not a directory", goal)
    for source in map(shell.path, sources):
        yield source, posixpath.join(goal, posixpath.basename(source)) if into else goal


def _cp(shell: CommandShell, flags: set[str], words: Sequence[str]) -> None:
    for source, goal in _goals(shell, words, "cp"):
        if shell.entry(source).kind == "directory" and not flags & {"r", "R", "a"}:
            raise CommandFailed(f"cp: omitting directory '{source}'", 1)
        shell.copy(source, goal, keep=bool(flags & {"a", "p"}))


def _mv(shell: CommandShell, _flags: set[str], words: Sequence[str]) -> None:
    for source, goal in _goals(shell, words, "mv"):
        shell.may_name(source)
        shell.may_name(goal)
        try:
            shell.box.rename(source, goal)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # A directory of the image is not renamed in place: mv then copies it and removes the old one.
            shell.copy(source, goal, keep=True)
            shell.remove(source)


def _ln(shell: CommandShell, flags: set[str], words: Sequence[str]) -> None:
    _need(words, 2, "ln")
    target, path = words[0], shell.path(words[1])
    if shell.kind(path) == "directory":
        path = posixpath.join(path, posixpath.basename(target))
    shell.may_name(path)
    if "f" in flags:
        with suppress(FileNotFoundError):
            shell.box.unlink(path)
    if "s" in flags:
        shell.box.symlink(target, path)
    else:
        shell.box.link(shell.path(target), path)


def _tree(shell: CommandShell, path: str) -> Iterator[str]:
    yield path
    if shell.entry(path).kind == "directory":
        for name in shell.box.listdir(path):
            yield from _tree(shell, f"{path.rstrip('/')}/{name}")


def _paths(shell: CommandShell, flags: set[str], words: Sequence[str], name: str) -> Iterator[str]:
    _need(words, 1, name)
    for path in map(shell.path, words):
        yield from list(_tree(shell, path)) if "R" in flags else [path]


def _chmod(shell: CommandShell, flags: set[str], words: Sequence[str]) -> None:
    _need(words, 2, "chmod")
    for path in _paths(shell, flags, words[1:], "chmod"):
        entry = shell.entry(path)
        if entry.kind == "symlink" and "R" in flags:
            continue
        if shell.owner[0] not in (0, entry.uid):
            raise PermissionError(errno.EPERM, "Operation not permitted", path)
        shell.box.chmod(path, mode_of(words[0], shell.box.stat(path)))


def mode_of(asked: str, entry: Entry) -> int:
    """Return the mode that chmod's first argument gives an entry: digits, or letters as in u+x.

    >>> oct(mode_of("a+x", Entry("file", 0o644))), oct(mode_of("go-rwx", Entry("file", 0o644)))
    ('0o755', '0o600')
    """
    if re.fullmatch("[0-7]{1,4}", asked):
        return int(asked, 8)
    mode = entry.mode
    for part in asked.split(","):
        found = _MODE.fullmatch(part)
        if found is None:
            raise CommandFailed(f"chmod: invalid mode: '{asked}'", 1)
        who = {"u": 6, "g": 3, "o": 0}
        places = [who[letter] for letter in ("ugo" if "a" in found[1] or not found[1] else found[1])]
        bits = sum({"r": 4, "w": 2, "x": 1}.get(letter, 0) for letter in set(found[3]))
        if "X" in found[3] and (entry.kind == "directory" or mode & 0o111):
            bits |= 1
        for place in places:
            if found[2] == "=":
                mode &= ~(7 << place)
            mode = mode & ~(bits << place) if found[2] == "-" else mode | bits << place
    return mode


def _chown(shell: CommandShell, flags: set[str], words: Sequence[str]) -> None:
    _need(words, 2, "chown")
    user, group = owner_of(words[0], shell.box)
    for path in _paths(shell, flags, words[1:], "chown"):
        if shell.owner[0]:
            raise PermissionError(errno.EPERM, "Operation not permitted", path)
        shell.box.chown(path, user, group if ":" in words[0] else -1, follow_symlinks="R" not in flags)


def owner_of(text: str, box: Container) -> tuple[int, int]:
    """Return the numbers of `user`, `user:group` or numbers, by the container's etc/passwd and etc/group.

    A user without a group has the group that etc/passwd says, and a number without one the group 0. RunError names
    what is not found.

    >>> owner_of("5:6", Container(scratch, "build", clock=lambda: 1))
    (5, 6)
    """
    name, sign, rest = text.partition(":")
    user = _row(box, "etc/passwd", name)
    group = _row(box, "etc/group", rest) if sign else None
    if not name.isdecimal() and user is None:
        raise RunError(f"unable to find user {name}: no matching entries in passwd file")
    if sign and not rest.isdecimal() and group is None:
        raise RunError(f"unable to find group {rest}: no matching entries in group file")
    uid = int(name) if user is None else int(user[2])
    if sign:
        return uid, int(rest) if group is None else int(group[2])
    return uid, 0 if user is None else int(user[3])


def _row(box: Container, path: str, name: str) -> list[str] | None:
    try:
        lines = box.read(path).decode("utf-8", "surrogateescape").splitlines()
    except OSError:
        return None
    rows = [line.split(":") for line in lines]
    return next((row for row in rows if len(row) >= 3 and name in (row[0], row[2])), None)


def _echo(_shell: CommandShell, _flags: set[str], words: Sequence[str]) -> bytes:
    line = words[1:] if words[:1] == ["-n"] else words
    return (" ".join(line) + ("" if words[:1] == ["-n"] else "\n")).encode("utf-8", "surrogateescape")


def _printf(_shell: CommandShell, _flags: set[str], words: Sequence[str]) -> bytes:
    _need(words, 1, "printf")
    text = re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[0]), words[0])
    if "%" in text.replace("%%", "").replace("%s", "").replace("%d", ""):
        raise RunError(f"RUN cannot do printf {words[0]!r} here: it knows %s, %d and %%")
    rest = iter(words[1:])
    text = re.sub("%[sd]", lambda _: next(rest, ""), text).replace("%%", "%")
    return text.encode("utf-8", "surrogateescape")


def _cat(shell: CommandShell, _flags: set[str], words: Sequence[str]) -> bytes:
    return b"".join(shell.read(path) for path in map(shell.path, words))


def _ls(shell: CommandShell, _flags: set[str], words: Sequence[str]) -> bytes:
    lines: list[str] = []
    for path in map(shell.path, words or ["."]):
        shell.entry(path)  # an error where there is nothing
        lines += shell.box.listdir(path) if shell.kind(path) == "directory" else [path]
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")


def _true(_shell: CommandShell, _flags: set[str], _words: Sequence[str]) -> None:
    return None


def _false(_shell: CommandShell, _flags: set[str], _words: Sequence[str]) -> None:
    raise CommandFailed("false", 1)


def _cd(shell: CommandShell, _flags: set[str], words: Sequence[str]) -> None:
    goal = shell.path(words[0] if words else "/")
    if shell.box.stat(goal).kind != "directory":
        raise NotADirectoryError(errno.ENOTDIR, "Not a directory", goal)
    shell.workdir = goal


_Act = Callable[[CommandShell, set[str], Sequence[str]], bytes | None]
_COMMANDS: Mapping[str, tuple[str, _Act]] = {
    ":": ("", _true),
    "cat": ("", _cat),
    "cd": ("", _cd),
    "chmod": ("R", _chmod),
    "chown": ("Rh", _chown),
    "cp": ("rRapf", _cp),
    "echo": ("", _echo),
    "false": ("", _false),
    "ln": ("sf", _ln),
    "ls": ("1a", _ls),
    "mkdir": ("p", _mkdir),
    "mv": ("f", _mv),
    "printf": ("", _printf),
    "rm": ("rRf", _rm),
    "rmdir": ("", _rmdir),
    "touch": ("", _touch),
    "true": ("", _true),
}
