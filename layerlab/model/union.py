"""Union: what a stack of layers looks like from above.

The rules are those of the kernel's overlayfs and of OCI image-spec layer.md: a directory over a directory
merges, and the upper one gives the attributes; anything else over anything replaces it; a whiteout hides one
name and an opaque directory all names below it, of lower layers only. Where engines and the specification
disagree, the engines that learners use are followed: a directory that a layer leaves out above one of its
entries is a new one, mode 0755, owner 0:0, and an opaque mark at the root hides nothing (measured: Docker
20.10, Podman 4.3).
"""

from collections.abc import Callable

from layerlab.model.capability import as_shown
from layerlab.model.entry import WHITEOUT_PREFIX, Entry
from layerlab.model.layer import Layer

IMPLIED = Entry("directory", 0o755)


class Node:
    """One name of a merged stack: its entry and, for a directory, its children by name.

    `stacked` counts the layers whose directories merge here. Nodes are shared between images and never change
    once they are made.
    """

    __slots__ = ("children", "entry", "stacked")

    def __init__(self, entry: Entry, children: dict[str, "Node"] | None, stacked: int = 1) -> None:
        self.entry = entry
        self.children = children
        self.stacked = stacked


class Tree:
    """One layer's entries as a tree: a directory's children, the names it hides, and whether it is opaque."""

    __slots__ = ("children", "entry", "hides", "opaque")

    children: "dict[str, Tree]"
    hides: set[str]

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        # A layer may have 250,000 files, and nobody puts anything into one.
        self.children, self.hides = ({}, set()) if entry.kind == "directory" else (NONE, NOTHING)
        self.opaque = False


NONE: "dict[str, Tree]" = {}
NOTHING: set[str] = set()


def tree(layer: Layer) -> Tree:
    """Return the layer's entries as a tree. Their order does not matter.

    A character device 0:0 is what overlayfs itself writes for a whiteout, so it hides its name too.

    >>> tree(Layer.of({"etc/old": WHITEOUT})).children["etc"].hides
    {'old'}
    """
    root = Tree(IMPLIED)
    directories = {"": root}

    def directory(name: str) -> Tree:
        missing = []
        while name not in directories:
            missing.append(name)
            name = name.rpartition("/")[0]
        found = directories[name]
        for name in reversed(missing):
            directories[name] = Tree(IMPLIED)
            found.children[name.rpartition("/")[2]] = directories[name]
            found = directories[name]
        return found

    for name, entry in layer.entries.items():
        if entry.kind == "directory":
            directory(name).entry = entry
            continue
        parent, _, base = name.rpartition("/")
        if entry.kind == "opaque":
            directory(parent).opaque = parent != ""
        elif entry.kind == "whiteout":
            directory(parent).hides.add(base.removeprefix(WHITEOUT_PREFIX))
        elif entry.kind == "char" and entry.rdev == 0:
            directory(parent).hides.add(base)
        else:
            directory(parent).children[base] = Tree(entry)
    return root


Hidden = Callable[[str, Node, Node | None, str], None]
"""What `merge` calls for a name that a layer hides: path, what was there, what is there now, and why."""


def merge(below: Node | None, layer: Layer, number: int, hidden: Hidden | None = None) -> Node:
    """Lay one layer over a merged stack and return the new one; `below` stays as it was.

    `number` is the layer's place, 0 at the bottom. `hidden` is told of every name of `below` that goes out of
    sight, once for a whole directory tree.

    >>> below = merge(None, Layer.of({"etc/motd": b"hi", "etc/old": b"x"}), 0)
    >>> list(merge(below, Layer.of({"etc/old": WHITEOUT}), 1).children["etc"].children)
    ['motd']
    """
    upper = tree(layer)
    root = _directory(upper, below, number)
    work = [("", root, upper)]
    while work:
        path, node, above = work.pop()
        inner = []
        assert node.children is not None
        for name in sorted(above.hides - above.children.keys()):
            if (old := node.children.pop(name, None)) and hidden:
                hidden(path + name, old, None, "whiteout")
        for name, child in above.children.items():
            old = node.children.get(name)
            if child.entry.kind != "directory":
                new = Node(_entry(child.entry, number), None)
                reason = "overwritten" if old and old.entry.kind == child.entry.kind else "type"
            else:
                merges = old is not None and old.children is not None
                reason = "opaque" if merges and child.opaque else "whiteout" if name in above.hides else "type"
                kept = old if merges and not child.opaque and name not in above.hides else None
                new = _directory(child, kept, number)
                inner.append((f"{path}{name}/", new, child))
                if kept:
                    old = None
            node.children[name] = new
            if old and hidden:
                hidden(path + name, old, new, reason)
        above.children = {}  # of 250,000 files only one of the two trees is ever whole
        work += reversed(inner)  # in the order of the tar, so that who reads contents reads forwards
    return root


def _directory(above: Tree, below: Node | None, number: int) -> Node:
    """Return a directory's node, its children still only those of `below`.

    overlayfs counts the links of a directory only where it comes from one layer; a merged one has 1.
    """
    stacked = 1 + (below.stacked if below else 0)
    folders = sum(child.entry.kind == "directory" for child in above.children.values())
    entry = _entry(above.entry, number)._replace(nlink=1 if below else 2 + folders)
    return Node(entry, dict(below.children) if below and below.children else {}, stacked)


def _entry(entry: Entry, number: int) -> Entry:
    # As `_replace` does, at twice its speed; `inode` and `content` are the last fields.
    merged = Entry._make((*entry[:-2], number + 1 << 32 | entry.inode, entry.content))
    return merged._replace(xattrs=as_shown(entry.xattrs)) if entry.xattrs else merged


EMPTY_ROOT = Node(IMPLIED._replace(nlink=2), {})
