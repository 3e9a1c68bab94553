"""Explain: which bytes of an image nobody can see, which layer hid them, and how.

A file's bytes are dead when no name shows them in the merged view. Dead bytes stay on the disk, because a layer never
changes. The report names the layer that hid the last name of the file.
"""

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from layerlab.model.entry import Entry
from layerlab.model.image import Image, checked
from layerlab.model.union import EMPTY_ROOT, Node, merge

DeadReason = Literal["overwritten", "metadata", "whiteout", "opaque", "type"]


@dataclass(frozen=True)
class Dead:
    """One file's dead bytes: its path, the layer it lies in, the layer `by` that hid it, and the reason.

    Layers are indexes, 0 at the bottom. The reasons: "overwritten" by a file, "metadata" when that file has the
    same content (a chmod, a chown), "whiteout", "opaque", and "type" when another kind of entry took the place.

    >>> Dead("etc/motd", 2, 0, 1, "whiteout").bytes
    2
    """

    path: str
    bytes: int
    layer: int
    by: int
    reason: DeadReason


@dataclass(frozen=True)
class LayerReport:
    """A layer's size in bytes, split into what the merged view shows of it and what it does not.

    >>> LayerReport(80, 20).dead
    20
    """

    visible: int
    dead: int


@dataclass(frozen=True)
class Report:
    """What `explain` found: a split of each layer, and every file whose bytes are dead, largest first.

    >>> explain(scratch).live
    Fraction(1, 1)
    """

    layers: tuple[LayerReport, ...]
    dead: tuple[Dead, ...]

    @property
    def live(self) -> Fraction:
        """The share of the image's bytes that the merged view shows; 1 for an image without any."""
        visible = sum(layer.visible for layer in self.layers)
        total = visible + sum(layer.dead for layer in self.layers)
        return Fraction(visible, total) if total else Fraction(1)


def explain(image: Image) -> Report:
    """Account for every byte of an image: visible, or dead with a path, a culprit and a reason.

    >>> base = scratch.with_layer(Layer.of({"srv/log": filler(100), "srv/page": b"hi"}))
    >>> report = explain(base.with_layer(Layer.of({"srv/log": WHITEOUT})))
    >>> report.dead, report.live
    ((Dead(path='srv/log', bytes=100, layer=0, by=1, reason='whiteout'),), Fraction(1, 51))
    """
    hidden: dict[int, Dead] = {}
    root: Node | None = None
    for number, layer in enumerate(checked(image, "explain").layers):
        root = merge(root, layer, number, _Recorder(number, hidden))
    shown = _inodes(root or EMPTY_ROOT)
    # A file with several names is dead only when the last name is hidden, so inodes decide and not paths.
    dead = [row for inode, row in hidden.items() if inode not in shown and row.bytes]
    dead.sort(key=lambda row: (-row.bytes, row.layer, row.path))
    lost = [0] * len(image.layers)
    for row in dead:
        lost[row.layer] += row.bytes
    return Report(
        tuple(LayerReport(layer.size - gone, gone) for layer, gone in zip(image.layers, lost, strict=True)), tuple(dead)
    )


def _inodes(root: Node) -> set[int]:
    """Return the inodes of all names in a merged stack."""
    found = set()
    work = [root]
    while work:
        node = work.pop()
        found.add(node.entry.inode)
        if node.children:
            work += node.children.values()
    return found


class _Recorder:
    """Notes each inode that a layer hides; a later call for the same inode, by a later name, takes its place."""

    def __init__(self, number: int, hidden: dict[int, Dead]) -> None:
        self._number = number
        self._hidden = hidden

    def __call__(self, path: str, old: Node, new: Node | None, reason: str) -> None:
        work = [(path, old)]
        while work:
            name, node = work.pop()
            if node.children is not None:
                work += [(f"{name}/{child}", below) for child, below in node.children.items()]
            elif node.entry.kind in ("file", "symlink"):
                # Only the top of a hidden tree was replaced by `new`; what lay in it was not compared with `new`.
                why = _reason(node.entry, new.entry if new is not None and node is old else None, reason)
                layer = (node.entry.inode >> 32) - 1
                self._hidden[node.entry.inode] = Dead(name, node.entry.size, layer, self._number, why)


def _reason(old: Entry, new: Entry | None, reason: str) -> DeadReason:
    if reason == "overwritten" and new is not None and _same_content(old, new):
        return "metadata"
    return reason  # type: ignore[return-value]


def _same_content(old: Entry, new: Entry) -> bool:
    # The digests come last, because they read both files.
    return old.size == new.size and old.target == new.target and old.digest == new.digest
