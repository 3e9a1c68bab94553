"""A small model of Docker's states, made from what Docker 20.10 was seen to do and from nothing of layerlab.

It takes docker commands, one after the other, and says whether Docker would have accepted each of them. Files are
plain tables of names: a path and its kind.
"""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Tree = dict[str, Any]  # a path without a leading slash, and "file", "directory" or "-> target" for a symlink


class RefusedError(Exception):
    """What Docker or the kernel says no to."""


def real(tree: Tree, path: str, *, last: bool = True) -> str:
    """Return the path that a path leads to; the symlink itself where `last` is not to be followed."""
    found: list[str] = []
    rest = [name for name in path.split("/") if name]
    for _ in range(100):
        if not rest:
            return "/".join(found)
        name, *rest = rest
        if name == "..":
            found = found[:-1]
            continue
        here = "/".join([*found, name])
        kind = tree.get(here, "")
        if kind.startswith("-> ") and (rest or last):
            target = kind[3:]
            rest = [*[part for part in target.split("/") if part], *rest]
            found = [] if target.startswith("/") else found
            continue
        if rest and kind != "directory":
            raise RefusedError(f"{here}: {'Not a directory' if kind else 'No such file or directory'}")
        found.append(name)
    raise RefusedError("Too many levels of symbolic links")


def run_in(tree: Tree, words: list[str]) -> None:
    """Run a command on a tree, in place, as busybox or coreutils would; refuse what they would refuse."""
    if words[:2] == ["sh", "-c"]:
        script = words[2]
        if (found := re.fullmatch(r"(printf !|:|head -c \d+ /dev/zero) >>? (.*)", script)) is None:
            raise AssertionError(f"what does this do: {script}")
        (path,) = shlex.split(found[2])
        _open_to_write(tree, path)
        return
    PROGRAMS[words[0]](tree, words[1:])


def _touch(tree: Tree, words: list[str]) -> None:
    if tree.get(real(tree, words[0])) is None:
        _open_to_write(tree, words[0])


def _mkdir(tree: Tree, words: list[str]) -> None:
    where = real(tree, words[0], last=False)
    if where in tree:
        raise RefusedError(f"{words[0]}: File exists")
    _parent(tree, where)
    tree[where] = "directory"


def _kind(tree: Tree, path: str, kinds: set[str]) -> None:
    if tree.get(real(tree, path)) not in kinds:
        raise RefusedError(f"{path}: no {' or '.join(kinds)}")


def _parent(tree: Tree, where: str) -> None:
    parent = where.rpartition("/")[0]
    if parent and tree.get(parent) != "directory":
        raise RefusedError(f"{parent}: No such file or directory")


def _open_to_write(tree: Tree, path: str) -> None:
    where = real(tree, path)
    if tree.get(where) == "directory":
        raise RefusedError(f"{path}: Is a directory")
    _parent(tree, where)
    tree[where] = "file"


def _remove(tree: Tree, path: str, *, recursive: bool) -> None:
    where = real(tree, path, last=False)
    if where not in tree:
        raise RefusedError(f"{path}: No such file or directory")
    if tree[where] == "directory" and not recursive:
        raise RefusedError(f"{path}: Is a directory")
    for each in [each for each in tree if each == where or each.startswith(f"{where}/")]:
        del tree[each]


def _move(tree: Tree, old: str, new: str) -> None:
    """Move as `mv -T` does where rename works: a directory of the image, which mv would copy, is not moved here."""
    source, goal = real(tree, old, last=False), real(tree, new, last=False)
    if source not in tree:
        raise RefusedError(f"{old}: No such file or directory")
    over = tree.get(goal)
    if over is not None and (over == "directory") != (tree[source] == "directory"):
        raise RefusedError(f"{new}: Is a directory, or is none")
    if over == "directory" and any(each.startswith(f"{goal}/") for each in tree):
        raise RefusedError(f"{new}: Directory not empty")
    for each in [each for each in tree if each == source or each.startswith(f"{source}/")]:
        tree[goal + each[len(source) :]] = tree.pop(each)


PROGRAMS: dict[str, Callable[[Tree, list[str]], None]] = {
    "cat": lambda tree, words: _kind(tree, words[0], {"file"}),
    "ls": lambda tree, words: _kind(tree, words[0], {"directory"}),  # its path ends in a slash
    "chmod": lambda tree, words: _kind(tree, words[1], {"file", "directory"}),
    "touch": _touch,
    "rm": lambda tree, words: _remove(tree, words[-1], recursive=words[0] == "-r"),
    "mkdir": _mkdir,
    "mv": lambda tree, words: _move(tree, words[-2], words[-1]),
}


@dataclass
class Box:
    """A container: its image's id, whether it runs, and its files."""

    image: int
    running: bool
    tree: Tree


@dataclass
class Docker:
    """Images by name and id, and containers by name."""

    names: dict[str, int] = field(default_factory=dict)
    trees: dict[int, Tree] = field(default_factory=dict)
    boxes: dict[str, Box] = field(default_factory=dict)

    def image(self, name: str) -> int:
        if name not in self.names:
            raise RefusedError(f"No such image: {name}")
        return self.names[name]

    def box(self, name: str) -> Box:
        if name not in self.boxes:
            raise RefusedError(f"No such container: {name}")
        return self.boxes[name]

    def name(self, name: str, tree: Tree) -> None:
        """Give a new image a name; the image that had it stays without."""
        self.trees[len(self.trees) + 1] = tree
        self.names[name] = len(self.trees)

    def take(self, line: str) -> None:
        """Run one line of a transcript."""
        if line.startswith("printf "):
            self._build(*shlex.split(line.replace("|", " ")))
            return
        _, verb, *words = shlex.split(line)
        getattr(self, f"_{verb}")(*words)

    def _build(self, *words: str) -> None:
        if words[0] == "--tag":  # from the Dockerfile up to one of its lines, which needs no image
            self.name(words[1], {})
            return
        _, _, start, step, *_, name = words[: words.index("--file")]
        tree = dict(self.trees[self.image(start.removeprefix("FROM "))])
        verb, _, rest = step.partition(" ")
        if verb == "RUN":
            inside = shlex.split(rest)
            run_in(tree, ["sh", "-c", rest] if inside[0] == "printf" else inside)
        elif verb == "COPY":
            source, goal = shlex.split(rest)
            tree[goal.strip("/")] = "directory"
            tree[f"{goal.strip('/')}/{source.rpartition('/')[2]}"] = "file"
        self.name(name, tree)

    def _run(self, *words: str) -> None:
        at = words.index("--name") + 1
        name, image = words[at : at + 2]
        found = self.image(image)
        if name in self.boxes:
            raise RefusedError(f'Conflict. The container name "/{name}" is already in use')
        if "file" not in self.trees[found].values():
            raise RefusedError("nothing in it can be started")
        self.boxes[name] = Box(found, running=True, tree=dict(self.trees[found]))

    def _stop(self, name: str) -> None:
        self.box(name).running = False

    def _start(self, name: str) -> None:
        self.box(name).running = True

    def _rm(self, name: str) -> None:
        if self.box(name).running:
            raise RefusedError("You cannot remove a running container")
        del self.boxes[name]

    def _rmi(self, name: str) -> None:
        image = self.image(name)
        last = list(self.names.values()).count(image) == 1
        if last and any(box.image == image for box in self.boxes.values()):
            raise RefusedError("conflict: unable to remove repository reference")
        del self.names[name]

    def _commit(self, name: str, image: str) -> None:
        self.name(image, dict(self.box(name).tree))

    def _exec(self, name: str, *words: str) -> None:
        box = self.box(name)
        if not box.running:
            raise RefusedError(f"Container {name} is not running")
        run_in(box.tree, list(words))
