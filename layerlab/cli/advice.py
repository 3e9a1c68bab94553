"""Advice: which lines of a Dockerfile to write otherwise, so that an image shows the same files with fewer bytes.

Two amounts are saved: bytes on disk, and bytes that each release sends. A release is taken to change the files that the
last COPY brings. Then that layer is sent, and each layer that a later RUN makes, because a RUN gives new times and with
them new bytes. A COPY of the same files gives the same bytes again (measured with BuildKit).

Only lines that build are said. A RUN may have read what a later step deletes, and so may the step that deletes it, as
in `tar -xf /tmp/app.tar && rm /tmp/app.tar`. So a file is left out of the build context only if no RUN came between
and the later step does nothing but delete. Neighbouring RUNs become one RUN. In all other cases the steps can run in a
stage that is not shipped. Layers of the base are not spoken of, because another Dockerfile makes them.
"""

import re
import shlex
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from layerlab.benches.recipe import (
    can_be_one_run,
    copied_by_digest,
    in_no_line_with_others,
    joined,
    may_be_read,
    never_held,
    orders_between,
)
from layerlab.model.entry import Entry
from layerlab.model.explain import Dead, Report
from layerlab.model.history import BUILDKIT, NO_RUN, SHELL, base_height, made_by, ran, steps_between
from layerlab.model.image import Image, Step
from layerlab.model.view import View
from layerlab.model.whatif import delete_within, deleted_names
from layerlab.words.plurals import listed

DELETED = ("whiteout", "opaque")
STAGE = (
    "run the steps from layer {} on in a stage (FROM ... AS build), begin again from the same base, and copy the result"
)
AGAIN = "; write {} there again, because a stage does not pass them on"
NOTHING_LEFT = "leave out the steps from layer {} on, because nothing that they make can be seen"
MADE_BY_COPY = 0o755
SMALL = 100
"""What is less than one part of so many of all dead bytes needs no change."""

_ORDERS_THAT_STAY = (
    "ENV", "LABEL", "WORKDIR", "USER", "EXPOSE", "VOLUME", "SHELL", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD",
)  # fmt: skip

Pairs = Mapping[tuple[int, int], Sequence[Dead]]


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
    base = base_height(image)
    pairs: dict[tuple[int, int], list[Dead]] = defaultdict(list)
    for row in report.dead:
        if row.layer >= base:
            pairs[row.layer, row.by].append(row)
    dead = sum(row.bytes for rows in pairs.values() for row in rows)
    large = {pair: rows for pair, rows in pairs.items() if sum(row.bytes for row in rows) * SMALL >= dead}
    found = {pair: local for pair, rows in large.items() if (local := _local(image, lines, *pair, rows))}
    merged = _intervals(image, lines, large, found)
    inside = {pair for pair in large for low, high in merged if low <= pair[0] and pair[1] <= high}
    left = [row for pair, rows in large.items() if pair not in found and pair not in inside for row in rows]
    staged: list[Advice] = []
    if left and all(lines[min(row.layer for row in left) :]):
        staged = list(_staged(image, lines, left, report, base))
        # Steps that run in a stage need not be one step.
        from_here = min((min(each.instead) for each in staged), default=len(lines))
        if any(low >= from_here for low, _ in merged):
            merged = [each for each in merged if each[0] < from_here]
            inside = {pair for pair in inside if pair[0] < from_here}
            left = [row for pair, rows in large.items() if pair not in found and pair not in inside for row in rows]
            staged = list(_staged(image, lines, left, report, base))
    alone = [local for pair, local in found.items() if pair not in inside]
    ones = [_one_run(lines, low, high, pairs) for low, high in merged]
    return tuple(sorted((*alone, *ones, *staged), key=lambda each: -each.bytes))


def _local(image: Image, lines: Sequence[str], into: int, by: int, rows: Sequence[Dead]) -> Advice | None:
    """Return how one line is written otherwise, None where one line does not do."""
    if all(row.reason in DELETED for row in rows):
        if may_be_read(lines, into, by):
            return None
        lost = sum(row.bytes for row in rows)
        fewer = lost if _sent(lines, into) else 0
        if ran(lines[into]):
            return _deleted_at_once(image, lines, into, by, (lost, fewer))
        return _not_copied(image, lines, into, by, (lost, fewer)) if _from_context(lines[into]) else None
    if all(row.reason == "metadata" for row in rows) and _copies(lines[into]):
        return _copied_as_it_ends(image, lines, into, by, sum(row.bytes for row in rows))
    return None


def _deleted_at_once(image: Image, lines: Sequence[str], into: int, by: int, amounts: tuple[int, int]) -> Advice | None:
    """Return the RUN that deletes what it made itself, as a later step does now."""
    text, later = ran(lines[into]), ran(lines[by])
    if in_no_line_with_others(text):
        return None
    words = "only the step that writes a file can free it"
    others = [number for number in range(by) if number != into and _deletes_of(image, by, number)]
    if not others and not orders_between(image, into, by) and not in_no_line_with_others(later):
        said = f"layers {into} and {by} in one RUN, because {words}"
        return Advice(*amounts, said, (joined((text, later)),), (), (into, by))
    if can_be_one_run(image, lines, into, by):
        return None  # the steps become one RUN, in `_one_run`
    names = " ".join(_shell_names(_under(image, into + 1), deleted_names(image, by, into)))
    said = f"layer {into} deletes its own files, because {words}: layer {by} no longer has to delete them"
    return Advice(*amounts, said, (joined((text, f"rm -rf {names}")),), (), (into,))


def _not_copied(image: Image, lines: Sequence[str], into: int, by: int, amounts: tuple[int, int]) -> Advice:
    """Return how a COPY leaves out what a later step deletes before anything has read it."""
    after = delete_within(image, by, into)
    emptied = not any(entry.kind != "directory" for entry in after.layers[into].entries.values())
    recipe = never_held(image, into, by, emptied=emptied)
    words = f"layer {into} never contains what layer {by} deletes, so that layer {by} need not delete it"
    if copied_by_digest(_plain(lines[into])) and not emptied:
        words += ": name it in .dockerignore, or delete it in the stage that the COPY takes it from"
    elif not recipe.lines:
        words += f": {recipe.said}"
    return Advice(*amounts, words, recipe.lines, recipe.ignored, (into,))


def _copied_as_it_ends(image: Image, lines: Sequence[str], into: int, by: int, lost: int) -> Advice | None:
    """Return the COPY that gives the mode and the owner which a later step gives."""
    options = _options(image, into, by)
    if not options:
        return None
    line = _plain(lines[into])
    # Layer `by` goes away whole, because it does nothing else.
    fewer = image.layers[by].size if _sent(lines, by) else 0
    said = f"layer {into} is copied as layer {by} makes it"
    if _from_context(line) and not copied_by_digest(line):
        return Advice(lost, fewer, said, (_with_options(line, options),), (), (into, by))
    if copied_by_digest(line) and "--chmod" in options:
        return None  # the classic builder has no such option
    # A history does not say what a COPY from a stage or of the classic builder is called in its Dockerfile.
    return Advice(
        lost, fewer, f"{said}: add {options} to its COPY, and remove the line of layer {by}", (), (), (into, by)
    )


def _with_options(line: str, options: str) -> str:
    """Return a COPY with options in place of those of the same names.

    >>> _with_options("COPY --chown=www --link app /app", "--chown=33:33")
    'COPY --chown=33:33 --link app /app'
    """
    for option in options.split():
        line = re.sub(rf" {option.split('=')[0]}=\S+", "", line)
    return line.replace("COPY", f"COPY {options}", 1)


def _intervals(
    image: Image, lines: Sequence[str], large: Pairs, found: Mapping[tuple[int, int], Advice]
) -> list[tuple[int, int]]:
    """Return the ranges of layers whose RUNs become one RUN, because one of them hides bytes of another."""
    can = sorted(pair for pair in large if can_be_one_run(image, lines, *pair))
    merged = [pair for pair in can if pair not in found]
    while True:
        wider = _united([*merged, *(pair for pair in can if any(_overlap(pair, each) for each in merged))])
        if wider == merged:
            return merged
        merged = wider


def _united(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return ranges in order, those that overlap as one.

    >>> _united([(4, 6), (1, 2), (2, 3)])
    [(1, 3), (4, 6)]
    """
    united: list[tuple[int, int]] = []
    for low, high in sorted(set(ranges)):
        if united and low <= united[-1][1]:
            united[-1] = (united[-1][0], max(high, united[-1][1]))
        else:
            united.append((low, high))
    return united


def _overlap(one: tuple[int, int], other: tuple[int, int]) -> bool:
    return one[0] <= other[1] and other[0] <= one[1]


def _one_run(lines: Sequence[str], low: int, high: int, pairs: Pairs) -> Advice:
    """Return the RUN that does what the RUNs of several layers do, one after the other."""
    rows = [row for (into, by), rows in pairs.items() if low <= into and by <= high for row in rows]
    lost = sum(row.bytes for row in rows)
    texts = [ran(line) for line in lines[low : high + 1]]
    which = f"{low} {'and' if high == low + 1 else 'to'} {high}"
    words = f"layers {which} in one RUN, because only the step that writes a file can free it"
    fewer = lost if _sent(lines, low) else 0
    return Advice(lost, fewer, words, (joined(texts),), (), tuple(range(low, high + 1)))


def _deletes_of(image: Image, by: int, into: int) -> bool:
    """Tell whether a layer deletes something that a lower layer contains."""
    try:
        return bool(deleted_names(image, by, into))
    except ValueError:
        return False


def _shell_names(view: View, names: Sequence[str]) -> list[str]:
    """Return names as a shell takes them; a star for all that a directory of the view contains."""
    by_parent: dict[str, set[str]] = defaultdict(set)
    for name in names:
        parent, _, own = name.rpartition("/")
        by_parent[parent].add(own)
    said = []
    for parent, children in by_parent.items():
        there = {path[len(parent) + 1 :] for path in view if path.rpartition("/")[0] == parent} if parent else set()
        # A star stands for no name that begins with a dot.
        if len(children) > 1 and there <= children and not any(each.startswith(".") for each in children):
            said.append(f"{shlex.quote(f'/{parent}')}/*")
        else:
            said += [shlex.quote(f"/{parent}/{each}" if parent else f"/{each}") for each in sorted(children)]
    return said


def _options(image: Image, into: int, by: int) -> str:
    """Return --chmod and --chown with which a COPY makes what a later layer makes of it; "" where it cannot.

    The options count for everything that the COPY brings, so all of it has to end with one mode and one owner.
    """
    below, under = _under(image, into), _under(image, by)
    own = {path: entry for path, entry in image.layers[into].entries.items() if entry.kind != "whiteout"}
    # A layer contains the directories above its files too, as they were.
    copied = {path: entry for path, entry in own.items() if not _same_directory(entry, below.get(path))}
    entries = image.layers[by].entries
    later = {path: entry for path, entry in entries.items() if not _same_directory(entry, under.get(path))}
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
    # BuildKit's history leaves out the owner that a COPY gives, so an owner that stays as it is has to be said too.
    if owners != {(0, 0)}:
        if len(owners) != 1:
            return ""
        options.append("--chown={}:{}".format(*owners.pop()))
    return " ".join(options)


def _same_directory(entry: Entry, there: Entry | None) -> bool:
    """Tell whether an entry is a directory that was there already, with this mode and owner."""
    return entry.kind == "directory" and there is not None and there.kind == "directory" and _like(entry, there)


def _like(one: Entry, other: Entry) -> bool:
    return (one.mode, *_owner(one)) == (other.mode, *_owner(other))


def _sent(lines: Sequence[str], number: int) -> bool:
    """Tell whether a release sends a layer: the last one that a COPY above the base made, and those of later RUNs.

    Where nothing is copied, a release builds every RUN again.
    """
    copies = [place for place, line in enumerate(lines) if place and _plain(line).startswith(("COPY ", "ADD "))]
    changed = copies[-1] if copies else 0
    return number == changed or (number > changed and bool(ran(lines[number])))


def _staged(
    image: Image, lines_now: Sequence[str], rows: Iterable[Dead], report: Report, base: int
) -> Iterator[Advice]:
    """Yield the advice to copy out of a stage, if copying gives the same files."""
    rows = list(rows)
    first = _with_directories(image, min((row.layer for row in rows), default=0), base)
    if not rows or first < base:
        return  # copying changes no directory that is there already
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
        lines.append(_copy_line(chown, path))
    if modes := [
        f"chmod {top[path].mode:o} {shlex.quote(f'/{path}')}" for path in sorted(parts) if _is_made(top[path])
    ]:
        lines.append(f"RUN {' && '.join(modes)}")
    layers = tuple(range(first, len(image.layers)))
    sent = [number for number in range(len(image.layers)) if _sent(lines_now, number)]
    before = sum(image.layers[number].size for number in sent if number >= first)
    fewer = max(before - _sent_of_parts(top, part_of, sent, report), 0)
    words = f"{STAGE.format(first)}{_said_again(image, first)}" if lines else NOTHING_LEFT.format(first)
    yield Advice(sum(row.bytes for row in rows), fewer, words, tuple(lines), (), layers)


def _is_made(entry: Entry) -> bool:
    """Tell whether a COPY gives a directory another mode: COPY copies what is in it, and makes the directory itself."""
    return entry.kind == "directory" and entry.mode != MADE_BY_COPY


def _said_again(image: Image, first: int) -> str:
    """Return which orders of the steps from a layer on an image would lose that is copied out of a stage."""
    words = [step.split(maxsplit=1)[0] for step in steps_between(image, first - 1, len(image.layers)) if step]
    found = [word for word in _ORDERS_THAT_STAY if word in words]
    return AGAIN.format(listed(found)) if found else ""


def _copy_line(chown: str, path: str) -> str:
    """Return the COPY of one path; a name with a space in it is written in brackets.

    >>> _copy_line("", "srv/a b")
    'COPY --from=build ["/srv/a b", "/srv/a b"]'
    """
    if re.search(r"\s", path):
        quoted = f'"/{path}"'
        return f"COPY --from=build {chown}[{quoted}, {quoted}]"
    return f"COPY --from=build {chown}/{path} /{path}"


def _with_directories(image: Image, first: int, base: int) -> int:
    """Return the layer to begin a stage with, so that no directory below has another mode or owner in the end."""
    top = image.view()
    while first >= base:
        below = _under(image, first)
        if not any(
            entry.kind == "directory" and path in top and top[path].kind == "directory" and not _like(entry, top[path])
            for path, entry in below.items()
        ):
            return first
        first -= 1
    return first


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


def _from_context(line: str) -> bool:
    """Tell whether a COPY takes from the build context, as far as its line says. A history leaves out `--from`.

    >>> _from_context("COPY --chown=5 app /app"), _from_context("COPY /out /app # buildkit")
    (True, False)
    """
    words = [word for word in _plain(line).split()[1:] if not word.startswith("--")]
    return _copies(line) and not any(word.startswith("/") for word in words[:-1])


def _owner(entry: Entry) -> tuple[int, int]:
    return entry.uid, entry.gid
