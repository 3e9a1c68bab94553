"""Advice: which lines of a Dockerfile to write otherwise, so that an image shows the same files with fewer bytes.

Two amounts are saved: bytes on disk, and bytes that each release sends. A release is taken to change the files that the
last COPY brings. Then that layer is sent, and each layer that a later RUN makes, because a RUN gives new times and with
them new bytes. A COPY of the same files gives the same bytes again (measured with BuildKit).

Only lines that build are said. A RUN between two steps may have read what the later one deletes, so a file is left out
of the build context only if no RUN came between. In all other cases the steps can run in a stage that is not shipped.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from layerlab.benches.recipe import without
from layerlab.model.entry import Entry
from layerlab.model.explain import Dead, Report
from layerlab.model.history import BUILDKIT, NO_RUN, SHELL, made_by, ran
from layerlab.model.image import Image, Step
from layerlab.model.view import View
from layerlab.model.whatif import delete_within, deleted_names

DELETED = ("whiteout", "opaque")
STAGE = (
    "run the steps from layer {} on in a stage (FROM ... AS build), begin again from the same base, and copy the result"
)


SMALL = 100
"""What is less than one part of so many of all dead bytes needs no change. It is often a file of the base."""


@dataclass(frozen=True)
class Advice:
    """What to change: the bytes that it saves on disk and in a first push, in words, and the lines to write.

    `per_release` is how many bytes fewer each release sends. The lines replace those that made the layers
    `instead`. Names in `ignored` go into .dockerignore.
    """

    bytes: int
    per_release: int
    words: str
    lines: tuple[str, ...]
    ignored: tuple[str, ...]
    instead: tuple[int, ...]


def advice(image: Image, report: Report) -> tuple[Advice, ...]:
    """Return what to change in the Dockerfile of an image of which `explain` made the report, the most bytes first.

    >>> image = scratch.with_layer(Layer.of({"bin/sh": filler(5)}), "ADD base.tar /")
    >>> image = image.with_layer(Layer.of({"app": filler(900)}), "COPY app /app")
    >>> image = image.with_layer(Layer.of({"app": File(filler(900), mode=0o755)}), "RUN chmod 755 /app")
    >>> [line for each in advice(image, explain(image)) for line in each.lines]
    ['COPY --chmod=755 app /app']
    """
    lines = made_by(image)
    pairs: dict[tuple[int, int], list[Dead]] = defaultdict(list)
    for row in report.dead:
        pairs[row.layer, row.by].append(row)
    found, left = [], []
    dead = sum(layer.dead for layer in report.layers)
    for (into, by), rows in pairs.items():
        if into == 0 or sum(row.bytes for row in rows) * SMALL < dead:
            continue  # the bottom layer comes with the base
        local = _local(image, lines, into, by, rows)
        if local:
            found.append(local)
        else:
            left += rows
    if left and all(lines[min(row.layer for row in left) :]):
        found += _staged(image, lines, left, report)
    return tuple(sorted(found, key=lambda each: -each.bytes))


def _local(image: Image, lines: Sequence[str], into: int, by: int, rows: Sequence[Dead]) -> Advice | None:
    """Return how one line is written otherwise, None where one line does not do."""
    lost = sum(row.bytes for row in rows)
    between = lines[into + 1 : by]
    if all(row.reason in DELETED for row in rows):
        if not ran(lines[into]) and (not _copies(lines[into]) or any(map(ran, between))):
            return None
        after = delete_within(image, by, into)
        emptied = not any(entry.kind != "directory" for entry in after.layers[into].entries.values())
        recipe = without(lines[into], deleted_names(image, by, into), emptied=emptied)
        words = f"layer {into} never contains what layer {by} deletes, so that layer {by} need not delete it"
        fewer = lost if _sent(lines, into) else 0
        return Advice(lost, fewer, f"{words}: {recipe.said}", recipe.lines, recipe.ignored, (into,))
    if all(row.reason == "metadata" for row in rows) and _copies(lines[into]):
        options = _options(image, into, by)
        if options:
            line = _plain(lines[into]).replace("COPY", f"COPY {options}", 1)
            # Layer `by` goes away whole, because it does nothing else.
            fewer = image.layers[by].size if _sent(lines, by) else 0
            return Advice(lost, fewer, f"layer {into} is copied as layer {by} makes it", (line,), (), (into, by))
    return None


def _options(image: Image, into: int, by: int) -> str:
    """Return --chmod and --chown with which a COPY makes what a later layer makes of it; "" where it cannot.

    The options count for everything that the COPY brings, so all of it has to end with one mode and one owner.
    """
    copied = {path: entry for path, entry in image.layers[into].entries.items() if entry.kind != "whiteout"}
    later = image.layers[by].entries
    changed = {path: later[path] for path in copied if path in later}
    files = {path: entry for path, entry in copied.items() if entry.kind == "file"}
    # A later layer that does more than this would lose the rest with its line.
    if changed.keys() != later.keys() or any(entry.kind not in ("file", "directory") for entry in copied.values()):
        return ""
    ends = [changed.get(path, entry) for path, entry in copied.items()]
    modes = {changed.get(path, entry).mode for path, entry in files.items()}
    owners = {(entry.uid, entry.gid) for entry in ends}
    has_directories = len(files) < len(copied)
    options = []
    if any(changed[path].mode != copied[path].mode for path in changed):
        if len(modes) != 1 or has_directories:
            return ""
        options.append(f"--chmod={modes.pop():o}")
    if any(_owner(changed[path]) != _owner(copied[path]) for path in changed):
        if len(owners) != 1:
            return ""
        options.append("--chown={}:{}".format(*owners.pop()))
    return " ".join(options)


def _sent(lines: Sequence[str], number: int) -> bool:
    """Tell whether a release sends a layer: the last one that a COPY above the base made, and those of later RUNs.

    Where nothing is copied, a release builds every RUN again.
    """
    copies = [place for place, line in enumerate(lines) if place and _plain(line).startswith(("COPY ", "ADD "))]
    changed = copies[-1] if copies else 0
    return number == changed or (number > changed and bool(ran(lines[number])))


def _staged(image: Image, lines_now: Sequence[str], rows: Iterable[Dead], report: Report) -> Iterator[Advice]:
    """Yield the advice to copy out of a stage, if copying gives the same files."""
    rows = list(rows)
    first = min(row.layer for row in rows)
    below, top = _under(image, first), image.view()
    if any(path not in top for path in below):
        return  # a file of the base is deleted, and copying deletes nothing
    parts: dict[str, list[Entry]] = {}
    part_of: dict[str, str] = {}
    for path, entry in top.items():  # a directory comes before what is in it
        parent = path.rpartition("/")[0]
        if parent in part_of:
            part_of[path] = part_of[parent]
            parts[part_of[path]].append(entry)
        elif path not in below or (entry.kind != "directory" and below[path] != entry):
            part_of[path] = path
            parts[path] = [entry]
    lines = []
    # What an early step made changes least, so it is copied first: then a new release sends only the last parts.
    for path in sorted(parts, key=_first_seen(image, part_of)):
        owners = {_owner(entry) for entry in parts[path]}
        if len(owners) != 1 or any(entry.xattrs or (entry.kind == "file" and entry.nlink > 1) for entry in parts[path]):
            return  # COPY gives all one owner, and loses attributes and hard links
        (owner,) = owners
        chown = "" if owner == (0, 0) else "--chown={}:{} ".format(*owner)
        lines.append(f"COPY --from=build {chown}/{path} /{path}")
    layers = tuple(range(first, len(image.layers)))
    sent = [number for number in range(len(image.layers)) if _sent(lines_now, number)]
    before = sum(image.layers[number].size for number in sent if number >= first)
    fewer = max(before - _sent_of_parts(top, part_of, sent, report), 0)
    yield Advice(sum(row.bytes for row in rows), fewer, STAGE.format(first), tuple(lines), (), layers)


def _sent_of_parts(top: View, part_of: Mapping[str, str], sent: Collection[int], report: Report) -> int:
    """Return the bytes of the parts that a release sends: those with bytes of a layer that is made anew."""
    # A chmod leaves the times of a file as they are, so the copy of a file is new only if the file itself is.
    made_of = {(row.by, row.path): row.layer for row in report.dead if row.reason == "metadata"}
    sizes: Counter[str] = Counter()
    changed = set()
    for path, part in part_of.items():
        if top[path].kind == "file":
            sizes[part] += top[path].size
            if _origin(made_of, path, top[path]) in sent:
                changed.add(part)
    return sum(sizes[part] for part in changed)


def _origin(made_of: Mapping[tuple[int, str], int], path: str, entry: Entry) -> int:
    """Return the layer that gave a visible file its bytes, below all that only changed its mode or owner."""
    number = (entry.inode >> 32) - 1  # as layerlab.model.union numbers inodes
    while (number, path) in made_of:
        number = made_of[number, path]
    return number


def _under(image: Image, number: int) -> View:
    """Return what the layers below a number show."""
    return Image(image.layers[:number], [Step()] * number, {}).view()


def _first_seen(image: Image, part_of: Mapping[str, str]) -> Callable[[str], tuple[int, str]]:
    """Return the order of parts: by the layer that first contains something of a part, then by name."""
    first: dict[str, int] = {}
    for number, layer in enumerate(image.layers):
        for path in layer.entries:
            if path in part_of:
                first.setdefault(part_of[path], number)
    return lambda part: (first[part], part)


def _copies(line: str) -> bool:
    return _plain(line).startswith("COPY ")


def _plain(line: str) -> str:
    """Return a line of history as it stood in the Dockerfile."""
    return line.removesuffix(BUILDKIT).removeprefix(SHELL + NO_RUN).strip()


def _owner(entry: Entry) -> tuple[int, int]:
    return entry.uid, entry.gid
