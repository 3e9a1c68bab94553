"""Build context: the files that a build may copy, without those that .dockerignore names."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from layerlab.model.arguments import mapping
from layerlab.model.entry import Directory, Entry, File, Spec
from layerlab.model.layer import Layer

# Go's path/filepath.Match: [^a] is any letter but a, and a backslash takes its meaning from the letter after it.
_LETTER = r"(?:\\.|[^\\\]-])"
_SET = re.compile(rf"\[(\^?)((?:{_LETTER}(?:-{_LETTER})?)+)\]")
# In a name without one of these signs, Docker does not take a backslash as a sign either.
_SIGN = re.compile(r"(?:\\.|[^\\*?\[])*[*?\[]", re.DOTALL)
_RANGE = re.compile(rf"({_LETTER})(?:-({_LETTER}))?")
IGNORE = ".dockerignore"
DOCKERFILE = "Dockerfile"


@dataclass(frozen=True)
class BuildContext:
    """Files by path. `timed` are those whose time was stated; plain bytes have none, as if saved whenever they change.

    >>> context = BuildContext.of({"app.txt": b"hi", "a.log": b"1", ".dockerignore": b"*.log"})
    >>> list(context.sent)
    ['.dockerignore', 'app.txt']
    """

    entries: Mapping[str, Entry]
    timed: frozenset[str] = frozenset()

    @classmethod
    def of(cls, files: Mapping[str, Spec]) -> "BuildContext":
        """Take files as `Layer.of` does; marks are refused, because below a folder there is nothing to hide."""
        mapping(files, "a context", "{'app.txt': b'hi'}")
        entries = Layer.of(files).entries
        for path, entry in entries.items():
            if entry.kind in ("whiteout", "opaque"):
                raise ValueError(f"{path!r}: a mark hides what lower layers hold, and a context has none")
        timed = {path.strip("/") for path, spec in files.items() if isinstance(spec, File | Directory)}
        return cls({path: entry for path, entry in entries.items() if path}, frozenset(timed))

    @property
    def sent(self) -> Mapping[str, Entry]:
        """The files that .dockerignore leaves."""
        ignore = self.entries.get(IGNORE)
        if ignore is None or ignore.kind != "file":
            return self.entries
        return unignored(self.entries, ignore.read().decode("utf-8", "replace"))

    def hiding(self, name: str) -> "BuildContext":
        """Return the context with a line for `name` in .dockerignore, which leaves out itself where it was missing."""
        before = self.entries.get(IGNORE)
        old = before.read() if before is not None and before.kind == "file" else IGNORE.encode()
        entry = File(old + f"\n{name}\n".encode(), mode=before.mode if before is not None else 0o644).entry()
        return replace(self, entries={**self.entries, IGNORE: entry})


def unignored(entries: Mapping[str, Entry], text: str) -> dict[str, Entry]:
    """Return entries without those that a .dockerignore names; of its lines the last one that fits decides.

    >>> files = Layer.of({"a/x": b"", "a/y": b"", "b": b""}).entries
    >>> list(unignored(files, "# all but one\\na\\n!a/y"))
    ['a', 'a/y', 'b']
    """
    rules = [rule for line in text.splitlines() if (rule := _rule(line)) is not None]
    kept = {path for path in entries if not _ignored(path, rules)}
    kept |= {parent for path in kept for parent in parents(path)}
    return {path: entry for path, entry in entries.items() if path in kept}


def parents(path: str) -> Iterable[str]:
    """Yield the folders above a path, the nearest first.

    >>> list(parents("a/b/c"))
    ['a/b', 'a']
    """
    while path := posixpath.dirname(path):
        yield path


def _rule(line: str) -> tuple[bool, re.Pattern[str]] | None:
    line = "" if line.startswith("#") else line.strip()
    wanted = line.startswith("!")
    pattern = posixpath.normpath(line.removeprefix("!").strip()).lstrip("/") if line else ""
    return (wanted, re.compile(_expression(pattern))) if pattern else None


def _expression(pattern: str) -> str:
    """Return a pattern as a regular expression: ** is any folders, * and ? stop at a slash.

    >>> _expression("*[^a-c]")
    '[^/]*[^a-c]'
    """
    made, at = "", 0
    while at < len(pattern):
        if pattern.startswith("**", at):
            at += 2
            if pattern.startswith("/", at):
                at += 1
                made += "(?:.*/)?"
            else:
                made += ".*"
            continue
        letter = pattern[at]
        group = _SET.match(pattern, at)
        if letter == "\\" and at + 1 < len(pattern):
            made, at = made + re.escape(pattern[at + 1]), at + 2
        elif group:
            made, at = made + _set(group), group.end()
        else:
            made, at = made + {"*": "[^/]*", "?": "[^/]"}.get(letter, re.escape(letter)), at + 1
    return made


def _set(group: re.Match[str]) -> str:
    """Return a set of letters, such as [^a-c], as Python writes it."""
    ends = [(first[-1], (last or first)[-1]) for first, last in _RANGE.findall(group[2])]
    # A range that goes backwards has no letter in it.
    ranges = [f"{re.escape(first)}-{re.escape(last)}" for first, last in ends if first <= last]
    if not ranges:
        return "[^/]" if group[1] else "(?!)"
    return f"[{group[1]}{''.join(ranges)}]"


def _ignored(path: str, rules: Iterable[tuple[bool, re.Pattern[str]]]) -> bool:
    ignored = False
    for wanted, pattern in rules:
        if pattern.fullmatch(path) or any(pattern.fullmatch(parent) for parent in parents(path)):
            ignored = not wanted
    return ignored


@dataclass(frozen=True)
class Copied:
    """What one source of a COPY names: its path, what is there, and all below it by the path from there.

    >>> tree = Layer.of({"src/a": b"1"}).entries
    >>> copied(tree, "./src")[0].below
    {'a': <file -rw-r--r-- 0:0 1 B>}
    """

    path: str
    entry: Entry
    below: Mapping[str, Entry]


def copied(entries: Mapping[str, Entry], asked: str) -> list[Copied]:
    """Return what a source of a COPY names: one file or folder, with a star several, or nothing.

    >>> [each.path for each in copied(Layer.of({"a.txt": b"", "b.txt": b""}).entries, "*.txt")]
    ['a.txt', 'b.txt']
    """
    path = cleaned(asked)
    if not path:
        return [Copied("", Directory().entry(), {each: entry for each, entry in entries.items() if each})]
    found = [path] if path in entries else []
    if not found and _SIGN.match(path):
        names = path.split("/")
        found = [each for each in entries if _fits(each.split("/"), names)]
    return [Copied(each, entries[each], _below(entries, each)) for each in found]


def cleaned(path: str) -> str:
    """Return a source as a path from the top of the context, "" for the top itself.

    >>> cleaned("./app.txt"), cleaned("/src/"), cleaned(".")
    ('app.txt', 'src', '')
    """
    return posixpath.normpath("/" + path).lstrip("/")


def _fits(names: list[str], patterns: list[str]) -> bool:
    if len(names) != len(patterns):
        return False
    return all(re.fullmatch(_expression(each), name) for name, each in zip(names, patterns, strict=True))


def _below(entries: Mapping[str, Entry], path: str) -> dict[str, Entry]:
    if entries[path].kind != "directory":
        return {}
    return {each[len(path) + 1 :]: entry for each, entry in entries.items() if each.startswith(f"{path}/")}
