"""Compare: how two images differ, layer by layer and file by file, and which files of one image lie on each other.

Bytes are read only where nothing else decides. Layers that both images have need no look inside: what they hold is
merged once, and a part of the tree that no other layer touches is passed over. Two files of one size are the same
where both come from one layer; else they are compared, up to the first byte that differs.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeVar, get_args

from layerlab.model.changeset import merged
from layerlab.model.content import CHUNK, Content, Filler
from layerlab.model.entry import Entry
from layerlab.model.image import Image, checked
from layerlab.model.layer import Layer
from layerlab.model.union import EMPTY_ROOT, Node

LayerKind = Literal["shared", "stored twice", "only in a", "only in b"]
FileKind = Literal["added", "removed", "content", "metadata", "type"]
Kind = TypeVar("Kind", bound=str)
LAYER_KINDS: tuple[LayerKind, ...] = get_args(LayerKind)
FILE_KINDS: tuple[FileKind, ...] = get_args(FileKind)


@dataclass(frozen=True)
class LayerDiff:
    """One layer of two images: its number in `a` and in `b` (None where it is not there) and its size in bytes.

    The kinds: "shared", one ChainID, so a store keeps it once; "stored twice", the same DiffID on another parent;
    "only in a"; "only in b".

    >>> LayerDiff("only in b", None, 4, 10_000_000).size
    10000000
    """

    kind: LayerKind
    a: int | None
    b: int | None
    size: int


@dataclass(frozen=True)
class FileDiff:
    """One path that two merged views show differently: its entry in `a` and in `b`, None where it is not there.

    The kinds: "added" and "removed", seen from `a`; "content", other bytes, another target or device; "metadata", the
    same content with another mode, owner, mtime or xattr; "type", another kind of entry.

    >>> FileDiff("etc/motd", "added", None, Entry("file", 0o644, size=2))
    FileDiff(path='etc/motd', kind='added', a=None, b=<file -rw-r--r-- 0:0 2 B>)
    """

    path: str
    kind: FileKind
    a: Entry | None
    b: Entry | None

    @property
    def size_a(self) -> int:
        """Its bytes in `a`, 0 where it is not there."""
        return self.a.size if self.a is not None else 0

    @property
    def size_b(self) -> int:
        """Its bytes in `b`, 0 where it is not there."""
        return self.b.size if self.b is not None else 0


@dataclass(frozen=True, repr=False)
class Diff:
    """What `diff` found: every layer of both images, and every path that their views show differently, sorted.

    `layers` holds those of `a` from the bottom up, then those that only `b` has.

    >>> diff(scratch, scratch)
    <Diff: the same layers; the same files>
    """

    a: Image
    b: Image
    layers: tuple[LayerDiff, ...]
    files: tuple[FileDiff, ...]

    @property
    def names(self) -> tuple[str, str]:
        """What to call both images: the first name of each; a and b for images without one, or with the same one.

        >>> diff(scratch, scratch).names
        ('a', 'b')
        """
        sides = zip((self.a, self.b), ("a", "b"), strict=True)
        a, b = (next(iter(image.names), side).removesuffix(":latest") for image, side in sides)
        return (a, b) if a != b else ("a", "b")

    def called(self, kind: LayerKind) -> str:
        """Return a kind of layer with the image's name in place of a or b."""
        a, b = self.names
        return {"only in a": f"only in {a}", "only in b": f"only in {b}"}.get(kind, kind)

    def layer_size(self, kind: LayerKind) -> int:
        """Return the bytes of the layers of one kind, each counted once."""
        return sum(row.size for row in self.layers if row.kind == kind)

    def file_size(self, kind: FileKind) -> int:
        """Return the bytes of the paths of one kind, hard links once: those in `b`, of removed paths those in `a`."""
        entries = (row.a if kind == "removed" else row.b for row in self.files if row.kind == kind)
        return sum({entry.inode: entry.size for entry in entries if entry is not None}.values())

    def __repr__(self) -> str:
        layers, files = Counter[str](row.kind for row in self.layers), Counter[str](row.kind for row in self.files)
        stacks = "the same layers"
        if layers.keys() - {"shared"}:
            stacks = f"layers: {_counted(layers, LAYER_KINDS, self.called)}"
        views = f"paths: {_counted(files, FILE_KINDS)}" if files else "the same files"
        return f"<Diff: {stacks}; {views}>"


@dataclass(frozen=True)
class Overlap:
    """One path that stands in several layers of an image, at least once as something else than a directory.

    `layers` are numbers, 0 at the bottom, `entries` what each of them holds there; `shows` is the layer that answers
    for the path in the merged view, None where a layer above hides it.

    >>> Overlap("etc/motd", (0, 3), (Entry("file", 0o644, size=2), Entry("file", 0o644, size=5)), 3).below
    2
    """

    path: str
    layers: tuple[int, ...]
    entries: tuple[Entry, ...]
    shows: int | None

    @property
    def size(self) -> int:
        """The bytes that show: those of the layer that answers."""
        return sum(entry.size for layer, entry in zip(self.layers, self.entries, strict=True) if layer == self.shows)

    @property
    def below(self) -> int:
        """The bytes that lie in all the other layers, which cannot be seen under this path."""
        return sum(entry.size for entry in self.entries) - self.size


@dataclass(frozen=True, repr=False)
class Overlaps:
    """What `overlaps` found: every such path, the one with the most bytes below first.

    >>> overlaps(scratch)
    <Overlaps: no path in two layers>
    """

    image: Image
    files: tuple[Overlap, ...]

    @property
    def size(self) -> int:
        """The bytes that show under all of these paths, hard links of one layer once."""
        return sum(self._sizes(shown=True).values())

    @property
    def below(self) -> int:
        """The bytes that lie below them, hard links of one layer once."""
        return sum(self._sizes(shown=False).values())

    def _sizes(self, *, shown: bool) -> dict[tuple[int, int], int]:
        return {
            (layer, entry.inode): entry.size
            for row in self.files
            for layer, entry in zip(row.layers, row.entries, strict=True)
            if (layer == row.shows) is shown
        }

    def __repr__(self) -> str:
        if not self.files:
            return "<Overlaps: no path in two layers>"
        paths = f"{len(self.files):,} {'path' if len(self.files) == 1 else 'paths'}"
        return f"<Overlaps: {paths} in two layers or more, {self.below:,} B below>"


def diff(a: Image, b: Image) -> Diff:
    """Compare two images: which layers they share, and what the merged view of `b` shows that `a`'s does not.

    >>> base = scratch.with_layer(Layer.of({"etc/motd": b"hello", "srv/data": filler(20_000_000)}))
    >>> found = diff(base, base.with_layer(Layer.of({"etc/motd": b"hullo", "srv/data": WHITEOUT})))
    >>> found
    <Diff: layers: 1 shared, 1 only in b; paths: 1 removed, 1 content>
    >>> [(row.path, row.kind, row.size_a, row.size_b) for row in found.files]
    [('etc/motd', 'content', 5, 5), ('srv/data', 'removed', 20000000, 0)]
    """
    checked(a, "diff"), checked(b, "diff")
    layers = tuple(_layers(a.layers, b.layers))
    shared = sum(row.kind == "shared" for row in layers)
    below = merged(a.layers[:shared])
    roots = [merged(image.layers[shared:], below, shared) or EMPTY_ROOT for image in (a, b)]
    same = {(row.a, row.b) for row in layers}
    return Diff(a, b, layers, tuple(sorted(_files(roots[0], roots[1], same), key=lambda row: row.path)))


def overlaps(image: Image) -> Overlaps:
    """Find the files that stand under others: paths that two layers or more hold.

    Directories merge, so a path that is one in every layer is left out. For bytes that no path shows, and why, ask
    `explain`: a copy below may still show under another name, and a whiteout hides what no layer holds again.

    >>> base = scratch.with_layer(Layer.of({"etc/motd": b"hi", "srv/data": filler(20_000_000)}))
    >>> found = overlaps(base.with_layer(Layer.of({"srv/data": File(filler(20_000_000), mode=0o600)})))
    >>> found
    <Overlaps: 1 path in two layers or more, 20,000,000 B below>
    >>> [(row.path, row.layers, row.shows) for row in found.files]
    [('srv/data', (0, 1), 1)]
    """
    held: dict[str, list[tuple[int, Entry]]] = {}
    for number, layer in enumerate(checked(image, "overlaps").layers):
        for path, entry in layer.entries.items():
            if entry.kind not in ("whiteout", "opaque") and (entry.kind, entry.rdev) != ("char", 0):
                held.setdefault(path, []).append((number, entry))
    rows = []
    for path, found in held.items():
        layers, entries = zip(*found, strict=True)
        if len(found) > 1 and any(entry.kind != "directory" for entry in entries):
            rows.append(Overlap(path, layers, entries, _shows(image.index, path)))
    return Overlaps(image, tuple(sorted(rows, key=lambda row: (-row.below, row.path))))


def _shows(root: Node, path: str) -> int | None:
    """Return the number of the layer whose entry a merged tree shows under a path."""
    node: Node | None = root
    for name in path.split("/"):
        node = node.children.get(name) if node is not None and node.children is not None else None
    return _layer_of(node.entry) if node is not None else None


def _layer_of(entry: Entry) -> int:
    """Return the number of the layer that a merged entry comes from."""
    return (entry.inode >> 32) - 1


def _layers(a: tuple[Layer, ...], b: tuple[Layer, ...]) -> Iterator[LayerDiff]:
    """Yield every layer once: equal ones from the bottom up are shared, any other equal pair is stored twice."""
    # From the bottom up, because a store shares a layer only if all layers below it are shared too (ChainID).
    shared = 0
    while shared < min(len(a), len(b)) and same_layer(a[shared], b[shared]):
        shared += 1
    yield from (LayerDiff("shared", place, place, a[place].size) for place in range(shared))
    rest = list(range(shared, len(b)))
    for place in range(shared, len(a)):
        twin = next((other for other in rest if same_layer(a[place], b[other])), None)
        if twin is None:
            yield LayerDiff("only in a", place, None, a[place].size)
        else:
            rest.remove(twin)
            yield LayerDiff("stored twice", place, twin, a[place].size)
    yield from (LayerDiff("only in b", None, place, b[place].size) for place in rest)


def same_layer(one: Layer, other: Layer) -> bool:
    """Say whether the DiffIDs are equal. For two layers made here no tar is hashed: equal entries make equal tars.

    >>> same_layer(Layer.of({"a": b"1"}), Layer.of({"a": b"2"}))
    False
    """
    if one is other:
        return True
    # From the cheapest test to the dearest: sizes, digests that are known, metadata, and last the bytes.
    if one.size != other.size:
        return False
    if one.stored and other.stored:
        return one.diff_id == other.diff_id
    pairs = [(entry, other.entries.get(path)) for path, entry in one.entries.items()]
    if len(pairs) != len(other.entries) or not all(twin and _facts(entry) == _facts(twin) for entry, twin in pairs):
        return False
    # The same entries can be written as different tars, so a loaded layer is compared by its hash.
    if one.stored or other.stored:
        return one.diff_id == other.diff_id
    same = all(twin and _same_bytes(entry.content, twin.content) for entry, twin in pairs)
    return same and _links(one) == _links(other)


def _links(layer: Layer) -> set[frozenset[str]]:
    """Return the sets of paths that are hard links to one file."""
    groups: dict[int, set[str]] = {}
    for path, entry in layer.entries.items():
        if entry.nlink > 1 and entry.kind != "directory":
            groups.setdefault(entry.inode, set()).add(path)
    return {frozenset(paths) for paths in groups.values()}


def _files(a: Node, b: Node, same: set[tuple[int | None, int | None]]) -> Iterator[FileDiff]:
    """Yield the paths that two merged trees show differently; `same` are the pairs of numbers of equal layers."""
    work: list[tuple[str, Node | None, Node | None]] = [("", a, b)]
    while work:
        path, old, new = work.pop()
        # Both trees are built on the shared layers: one node in both has the same files below it.
        if old is new:
            continue
        before, after = old.entry if old is not None else None, new.entry if new is not None else None
        if (kind := _kind(before, after, same)) is not None:
            yield FileDiff(path, kind, before, after)
        left, right = (node.children or {} if node is not None else {} for node in (old, new))
        prefix = f"{path}/" if path else ""
        work += [(prefix + name, left.get(name), right.get(name)) for name in left.keys() | right.keys()]


def _kind(a: Entry | None, b: Entry | None, same: set[tuple[int | None, int | None]]) -> FileKind | None:
    """Return how two entries differ, None if they do not. The layer of a file and its links are not compared."""
    if a is None or b is None:
        return "added" if a is None else "removed"
    if a.kind != b.kind:
        return "type"
    if (a.size, a.target, a.rdev) != (b.size, b.target, b.rdev):
        return "content"
    if a.kind == "file" and (_layer_of(a), _layer_of(b)) not in same and not _same_bytes(a.content, b.content):
        return "content"
    return None if _facts(a) == _facts(b) else "metadata"


def _facts(entry: Entry) -> tuple[object, ...]:
    """Return all that an entry says of itself, without its bytes."""
    # The fields behind `xattrs` say where the file is stored and not what it is.
    return entry[: Entry._fields.index("xattrs") + 1]


def _same_bytes(one: Content, other: Content) -> bool:
    """Compare two contents of one size a piece at a time, up to the first difference."""
    if one is other or (isinstance(one, Filler) and isinstance(other, Filler) and one.seed == other.seed):
        return True
    pieces = range(0, one.size, CHUNK)
    return all(one.read(start, start + CHUNK) == other.read(start, start + CHUNK) for start in pieces)


def _counted(counts: Counter[str], order: Iterable[Kind], called: Callable[[Kind], str] = str) -> str:
    return ", ".join(f"{counts[kind]:,} {called(kind)}" for kind in order if counts[kind])
