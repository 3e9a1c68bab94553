"""Union: what a stack of layers looks like from above.

The rules are those of the kernel's overlayfs (Documentation/filesystems/overlayfs.rst) and of OCI image-spec layer.md.
If two layers have a directory of the same name, the directories merge, and the upper one gives the attributes. In
every other case the upper entry replaces the lower entry. A whiteout hides one name of the lower layers. An opaque
directory hides all names that the lower layers have in it.

Engines and the specification disagree in two cases, and the model follows the engines (measured: Docker 20.10,
Podman 4.3). If a layer has an entry but not the directory around it, that directory is new, mode 0755, owner 0:0. An
opaque mark at the root hides nothing.
"""

from collections.abc import Callable

from layerlab.model.capability import as_shown
from layerlab.model.entry import WHITEOUT_PREFIX, Entry
from layerlab.model.layer import Layer

# The directory that a layer needs for one of its entries and does not contain itself.
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

    def __deepcopy__(self, memo: dict[int, object]) -> "Node":
        """Return the node itself: a container's mounts are found by it, in a copy of the host too."""
        return self


class Tree:
    """One layer's entries as a tree: a directory's children, the names it hides, and whether it is opaque."""

    __slots__ = ("children", "entry", "hides", "opaque")

    children: "dict[str, Tree]"
    hides: set[str]

    def __init__(self, entry: Entry) -> None:
        self.entry = entry
        # All files share one empty dictionary and one empty set, because a layer may have 250,000 files and a file has
        # no children. Only a directory's own may be written to.
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
        # A loop and not a recursion, because a path in a tar can have more parts than Python's stack has room.
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
        above = directories.get(parent) or directory(parent)
        if entry.kind == "opaque":
            # At the root the mark hides nothing in Docker and Podman, so it is left out here.
            above.opaque = parent != ""
        elif entry.kind == "whiteout":
            above.hides.add(base.removeprefix(WHITEOUT_PREFIX))
        elif entry.kind == "char" and entry.rdev == 0:
            above.hides.add(base)
        else:
            above.children[base] = Tree(entry)
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
        # A name that this layer hides and also contains was made again; the loop over the children handles it.
        for name in sorted(above.hides - above.children.keys()):
            if (old := node.children.pop(name, None)) and hidden:
                hidden(path + name, old, None, "whiteout")
        for name, child in above.children.items():
            old = node.children.get(name)
            if child.entry.kind != "directory":
                new = Node(_entry(child.entry, number), None)
            else:
                merges = old is not None and old.children is not None
                kept = old if merges and not child.opaque and name not in above.hides else None
                new = _directory(child, kept, number)
                inner.append((f"{path}{name}/", new, child))
                if kept:
                    old = None
            node.children[name] = new
            if old and hidden:
                hidden(path + name, old, new, _reason(old, child, whiteout=name in above.hides))
        above.children = {}  # frees the layer's tree while the merged tree grows: a layer may have 250,000 files
        work += reversed(inner)  # keeps the order of the tar, so that a caller of `hidden` reads a blob forwards only
    return root


def _reason(old: Node, above: Tree, *, whiteout: bool) -> str:
    """Return why `above`, a name that a layer contains, hides what was there."""
    if above.entry.kind != "directory":
        return "overwritten" if old.entry.kind == above.entry.kind else "type"
    if old.children is not None and above.opaque:
        return "opaque"
    return "whiteout" if whiteout else "type"


def _directory(above: Tree, below: Node | None, number: int) -> Node:
    """Return a directory's node, its children still only those of `below`.

    overlayfs does not count the directories in a merged directory: its link count is 1 (fs/overlayfs/inode.c,
    ovl_getattr). A directory that comes from one layer has 2, and one more for each directory in it.
    """
    stacked = 1 + (below.stacked if below else 0)
    folders = sum(child.entry.kind == "directory" for child in above.children.values())
    # Nodes are shared between images, so the children are a copy and `below` keeps its own.
    entry = _entry(above.entry, number)._replace(nlink=1 if below else 2 + folders)
    return Node(entry, dict(below.children) if below and below.children else {}, stacked)


def of_layer(entry: Entry, number: int) -> Entry:
    """Return a layer's entry with an inode that no other layer has; `number` is the layer's place.

    >>> of_layer(Entry("file", 0o644, inode=7), 0).inode == 1 << 32 | 7
    True
    """
    # As `_replace` does, at twice its speed; `inode` and `content` are the last fields. + binds closer than <<.
    return Entry._make((*entry[:-2], number + 1 << 32 | entry.inode, entry.content))


def _entry(entry: Entry, number: int) -> Entry:
    merged = of_layer(entry, number)
    return merged._replace(xattrs=as_shown(entry.xattrs)) if entry.xattrs else merged


EMPTY_ROOT = Node(IMPLIED._replace(nlink=2), {})
