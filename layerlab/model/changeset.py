"""Changeset: what a layer changes, as a tree that can be laid over another, cut, and made a layer again.

"Changeset" is the word of OCI image-spec layer.md for a layer's files and marks.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from layerlab.model.entry import OPAQUE_MARK, WHITEOUT_PREFIX, Entry
from layerlab.model.layer import Layer
from layerlab.model.tar import in_order
from layerlab.model.union import IMPLIED, Node, Tree, merge, of_layer, tree


def changeset(layer: Layer, number: int) -> Tree:
    """Return a layer's tree with inodes that no other layer has; `number` is the layer's place.

    A directory that stands beside a whiteout of its name was made again, and is opaque.

    >>> changeset(Layer.of({"etc/motd": b"hi"}), 3).children["etc"].children["motd"].entry.inode >> 32
    4
    """
    root = tree(layer)
    for node in _directories(root):
        for name, child in node.children.items():
            child.entry = of_layer(child.entry, number)
            child.opaque = child.opaque or (name in node.hides and child.entry.kind == "directory")
        node.hides -= node.children.keys()
    return root


def _directories(root: Tree) -> Iterator[Tree]:
    """Yield a tree's directories; what is under one is looked up after it was yielded."""
    work = [root]
    while work:
        node = work.pop()
        yield node
        work += [child for child in node.children.values() if child.entry.kind == "directory"]


def lay_over(lower: Tree, upper: Tree) -> None:
    """Put the changes of `upper` into `lower`, which then changes alone what both did.

    >>> whole = changeset(Layer.of({"a": b"1", "b": b"2"}), 0)
    >>> lay_over(whole, changeset(Layer.of({"a": WHITEOUT}), 1))
    >>> list(whole.children), whole.hides
    (['b'], {'a'})
    """
    work = [(lower, upper)]
    while work:
        low, up = work.pop()
        # Of two directories of one name the upper one gives the attributes.
        low.entry = up.entry
        # A layer's whiteouts hide names of lower layers only, so they come before what the layer adds.
        for name in up.hides:
            low.children.pop(name, None)
            low.hides.add(name)
        for name, child in up.children.items():
            old = low.children.get(name)
            is_directory = child.entry.kind == "directory"
            if is_directory and not child.opaque and old is not None and old.entry.kind == "directory":
                work.append((old, child))
                continue
            # What lies below both is hidden already, and must not merge with a directory that is made now.
            child.opaque = child.opaque or (is_directory and (old is not None or name in low.hides))
            low.hides.discard(name)
            low.children[name] = child


def delete(upper: Tree, lower: Tree, below: Node | None) -> Iterator[str]:
    """Delete from `lower` what `upper` deletes of it, and yield the paths; what is `below` stays hidden.

    >>> lower = changeset(Layer.of({"a": b"1", "b": b"2"}), 0)
    >>> list(delete(changeset(Layer.of({"a": WHITEOUT}), 1), lower, None)), list(lower.children)
    (['a'], ['b'])
    """
    work = [("", upper, lower, below)]
    while work:
        path, up, low, under = work.pop()
        shown = {} if under is None or low.opaque else under.children or {}
        if path and up.opaque and low.children:
            low.opaque = True
        for name in sorted(low.children):
            child, above = low.children[name], up.children.get(name)
            merges = above is not None and above.entry.kind == child.entry.kind == "directory"
            made_again = above is not None and above.opaque and not merges
            if name in up.hides or up.opaque or made_again:
                del low.children[name]
                if name in shown:
                    low.hides.add(name)
                yield path + name
            elif above is not None and merges:
                work.append((f"{path}{name}/", above, child, shown.get(name)))


def drop_idle_marks(root: Tree, below: Node | None) -> None:
    """Take out the whiteouts and opaque marks that hide nothing of `below`.

    >>> idle = changeset(Layer.of({"a": WHITEOUT}), 0)
    >>> drop_idle_marks(idle, None)
    >>> idle.hides
    set()
    """
    work = [(root, below)]
    while work:
        node, under = work.pop()
        shown = (under.children if under is not None else None) or {}
        # First the opaque mark: where it stays, it hides everything below, and each whiteout beside it is idle.
        node.opaque = node.opaque and bool(shown)
        shown = {} if node.opaque else shown
        node.hides &= shown.keys()
        # Only directories have marks, and most of an image's names are files.
        work += [(child, shown.get(name)) for name, child in node.children.items() if child.entry.kind == "directory"]


def says_nothing(root: Tree, below: Node | None) -> bool:
    """Tell whether a tree only repeats directories that are there already, with the attributes that they have.

    >>> base = Layer.of({"etc/motd": b"hi"})
    >>> says_nothing(changeset(Layer.of({"etc/": Directory()}), 1), merged([base]))
    True
    """
    work = [(root, below)]
    while work:
        node, under = work.pop()
        if under is None or node.entry.kind != "directory" or node.hides or node.opaque:
            return False
        if _attributes(node.entry) != _attributes(under.entry):
            return False
        work += [(child, (under.children or {}).get(name)) for name, child in node.children.items()]
    return True


def _attributes(entry: Entry) -> Entry:
    return entry._replace(inode=0, nlink=1)


def layer_of(root: Tree) -> Layer:
    """Return a tree as a layer, with inodes and links counted anew.

    >>> layer = Layer.of({"etc/old": WHITEOUT, "srv/": OPAQUE})
    >>> layer_of(changeset(layer, 0)) == layer
    True
    """
    found = dict(_entries(root))
    # A layer without an entry for the root gives the root these attributes anyway.
    if _attributes(found[""]) == IMPLIED:
        del found[""]
    links = Counter(entry.inode for entry in found.values() if entry.kind != "directory")
    numbers: dict[int, int] = {}
    entries = {}
    for place, name in enumerate(in_order(found), start=1):
        entry = found[name]
        if entry.kind == "directory":
            entries[name] = entry._replace(inode=place)
        else:
            entries[name] = entry._replace(inode=numbers.setdefault(entry.inode, place), nlink=links[entry.inode])
    return Layer(entries)


def squashed(layers: Sequence[Layer], first: int = 0) -> Layer:
    """Return one layer that stands for those from `first` up: what they add and hide again among themselves is gone.

    >>> squashed([Layer.of({"a": b"old"}), Layer.of({"a": b"new"})]).size
    3
    """
    whole = changeset(layers[first] if layers else Layer({}), first)
    for number in range(first + 1, len(layers)):
        lay_over(whole, changeset(layers[number], number))
    drop_idle_marks(whole, merged(layers[:first]))
    return layer_of(whole)


def _entries(root: Tree) -> Iterator[tuple[str, Entry]]:
    marks = 0
    work = [("", root)]
    while work:
        path, node = work.pop()
        # A directory whose name starts with .wh. cannot be stated, for that name marks a whiteout. It is made when what
        # lies in it is unpacked, and only so does it come into a layer.
        if not (path.rpartition("/")[2].startswith(WHITEOUT_PREFIX) and _attributes(node.entry) == IMPLIED):
            yield path, node.entry
        prefix = f"{path}/" if path else ""
        for mark in [WHITEOUT_PREFIX + name for name in node.hides] + [OPAQUE_MARK] * node.opaque:
            # Negative numbers, so that a mark is never taken for a hard link to a file.
            marks -= 1
            yield prefix + mark, Entry("opaque" if mark == OPAQUE_MARK else "whiteout", 0, inode=marks)
        work += [(prefix + name, child) for name, child in node.children.items()]


def merged(layers: Sequence[Layer], below: Node | None = None, lowest: int = 0) -> Node | None:
    """Return what layers look like from above, None for no layers; `below` is what lies under the first of them.

    `lowest` is the number of that first layer.

    >>> merged([]) is None
    True
    """
    root = below
    for number, layer in enumerate(layers, start=lowest):
        root = merge(root, layer, number)
    return root
