"""Thin: the entries of one thin layer before and after the last step, by the names that they have in its tar."""

from collections.abc import Collection, Mapping

from layerlab.model.entry import Entry
from layerlab.picture.host_scene import HEIGHT, SIDE, beside, title
from layerlab.picture.moment import Moment
from layerlab.picture.shapes import (
    STILL,
    Box,
    Ink,
    Label,
    Looks,
    Mark,
    Room,
    Scene,
    Stroke,
    Texture,
    caption,
    label,
    tag,
)
from layerlab.words.printable import printable
from layerlab.words.sizes import size

TOP, PITCH = 46.0, 19.0
# As many rows of 19 units as there are between the caption and the foot of a picture that is 372 high.
MOST_ROWS = 16

Entries = Mapping[str, Entry]


def scene(moment: Moment, name: str, was: Entries, now: Entries, looks: Looks = STILL) -> Scene:
    """Return the picture of a moment with one container's thin layer in place of the columns of bytes.

    `name` is the container's name.

    >>> [mark.labels[0].text for mark in scene(Moment(), "web", {}, {}).marks][-2:]
    ['THIN LAYER OF WEB', 'nothing']
    """
    written = [item for container in moment.containers if container.name == name for item in container.written]
    copies = {item.path for item in written if item.kind == "copied"}
    marks, width, height = beside(moment, looks, lambda room: rows(name, was, now, copies, room), HEIGHT)
    return Scene(marks, title(moment), moment.sentence, moment.balance, width, height)


def rows(name: str, was: Entries, now: Entries, copies: Collection[str] = (), room: Room = SIDE) -> list[Mark]:
    """Return a row for each name of a thin layer, with a word where the last step changed it; `copies` are dotted.

    >>> whiteout = Layer.of({"var/www": WHITEOUT}).entries
    >>> [[label.text for label in mark.labels] for mark in rows("web", {}, whiteout)][1:]
    [['var/', 'new'], ['var/.wh.www', 'new']]
    """
    before, after = (sum(_bytes(entries).values()) for entries in (was, now))
    change = f"{size(after)}" if before == after else f"{size(before)} → {size(after)}"
    marks = [caption(room.left, 16, f"THIN LAYER OF {name.upper()}", change, room=room.width)]
    # The empty path is the root directory: it has no name to show.
    changes = [(path, change_of(path, was, now)) for path in sorted({*was, *now} - {""})]
    if not changes:
        return [*marks, Mark("caption", (label(room.left, TOP, "nothing", "note", ink="muted"),))]
    shown = changes if len(changes) <= MOST_ROWS else _first(changes)
    weights = {**_bytes(was), **_bytes(now)}
    for place, (path, note) in enumerate(shown):
        # A name that the last step removed keeps its row for that step, struck through.
        entry, y = (now if path in now else was)[path], TOP + PITCH * place
        marks.append(_row(path, entry, note, weights[path], y, room, copied=path in copies))
    if left := len(changes) - len(shown):
        y = TOP + PITCH * len(shown)
        marks.append(Mark("caption", (label(room.left, y, f"and {left:,} more", "note", ink="muted"),)))
    return marks


def change_of(path: str, was: Entries, now: Entries) -> str:
    """Return what the last step did to a name: "new", "gone", "changed" or "".

    >>> change_of("etc", {}, Layer.of({"etc/motd": b"hi"}).entries)
    'new'
    """
    if path not in now:
        return "gone"
    if path not in was:
        return "new"
    # Entries that differ in their inode number alone show the same file. A directory is not marked as changed, because
    # its own row says nothing of what is in it.
    if now[path].kind == "directory" or was[path]._replace(inode=0) == now[path]._replace(inode=0):
        return ""
    return "changed"


def _first(rows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return the rows that have room, in the order of their paths; rows that changed are kept before the rest."""
    kept = {path for path, _ in sorted(rows, key=lambda row: not row[1])[: MOST_ROWS - 1]}
    return [row for row in rows if row[0] in kept]


def _bytes(entries: Entries) -> dict[str, int]:
    """Return the bytes of each name; a file with several names counts at the first of them, and the others have 0."""
    seen: set[int] = set()
    found = {}
    for path, entry in entries.items():
        found[path] = 0 if entry.inode in seen or entry.kind == "directory" else entry.size
        seen.add(entry.inode)
    return found


def _row(path: str, entry: Entry, note: str, weight: int, y: float, room: Room, *, copied: bool) -> Mark:
    """Draw one name with its icon, what happened to it, and its size; only files and links have a size."""
    mark, folder = entry.kind in ("whiteout", "opaque"), entry.kind == "directory"
    sizes = [] if mark or folder else [label(room.right, y, size(weight), "size", bold=True, anchor="end")]
    right = sizes[0].left - 8 if sizes else room.right
    notes = tag(right - 5, y, note, anchor="end") if note else []
    limit = min((shape.left if isinstance(shape, Label) else shape.x for shape in notes), default=right) - 6
    x, text = room.left + 18, printable(path) + ("/" if folder else "")
    ink: Ink = "muted" if note == "gone" else "ink"
    name = label(x, y, text, "name", room=limit - x, mono=True, ink=ink)
    struck = [Stroke(((x, y - 4), (name.right, y - 4)), "muted", 1)] if note == "gone" else []
    icon = _icon(room.left, y, mark=mark, folder=folder, copied=copied)
    shapes = (*icon, name, *struck, *notes, *sizes)
    return Mark("path", shapes, key=f"name:{printable(path)}")


def _icon(x: float, y: float, *, mark: bool, folder: bool, copied: bool) -> list[Box]:
    if folder:
        return []
    fill: Ink = "paper" if mark else "thin"
    texture: Texture = "dots" if copied else "plain"
    texture = "cross" if mark else texture
    return [Box(x, y - 11, 12, 12, fill=fill, edge="ink", weight=1.2, texture=texture)]
