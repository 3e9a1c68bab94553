"""Inode strips: the inodes of one file that containers read, each with its pages in memory as a strip.

The layer's inode is blue. A copy in a thin layer is orange with dots.
"""

from collections.abc import Sequence
from typing import NamedTuple

from layerlab.picture.file_strips import EDGE, GAP, ROW, STRIP, TOP, WIDE
from layerlab.picture.shapes import STILL, Bar, Box, Looks, Mark, Room, Scene, caption, label
from layerlab.words.plurals import counted, listed


class InodePages(NamedTuple):
    """An inode of a file: whose thin layer it is in ("" for a layer), its pages in memory, and who reads it.

    >>> InodePages("web", 2, ("web",)).said
    '2 pages in memory, read by web'
    """

    own: str
    pages: int
    readers: tuple[str, ...]

    @property
    def said(self) -> str:
        """What is written beside the strip."""
        return f"{counted(self.pages, 'page')} in memory, read by {listed(self.readers)}"


def scene(inodes: Sequence[InodePages], name: str, looks: Looks = STILL) -> Scene:
    """Return the picture; `name` is the file's.

    >>> [mark.key for mark in scene([InodePages("", 2, ("job",)), InodePages("web", 2, ("web",))], "data").marks]
    ['caption:in memory', 'inode:', 'inode:web']
    """
    width = looks.column if looks.narrow else WIDE
    room = Room(EDGE, width - 2 * EDGE)
    marks = [caption(room.left, 18, "IN MEMORY", f"pages of {name}, kept for each inode", room=room.width)]
    marks += [_row(inode, room, TOP + (ROW + GAP) * place) for place, inode in enumerate(inodes)]
    balance = f"{counted(sum(inode.pages for inode in inodes), 'page')} in {counted(len(inodes), 'inode')}"
    title = f"{name} in memory: {balance}"
    return Scene(tuple(marks), title, "", balance, width, round(TOP + (ROW + GAP) * len(inodes)))


def _row(inode: InodePages, room: Room, y: float) -> Mark:
    inner = Room(room.left + 8, room.width - 16)
    where = f"inode in {inode.own}'s thin layer" if inode.own else "inode in the layer"
    name = label(inner.left, y + 17, where, "name", bold=True)
    said = label(inner.right, y + 17, inode.said, "note", anchor="end", room=inner.right - name.right - 12)
    strip = Box(inner.left, y + ROW - STRIP - 7, inner.width, STRIP, fill="layer")
    if inode.own:
        strip = Box(inner.left, y + ROW - STRIP - 7, inner.width, STRIP, fill="thin", edge="ink", texture="dots")
    tray = Box(room.left, y, room.width, ROW, fill="tray", round=4)
    bar: Bar = (("thin" if inode.own else "layers", 1.0),)
    return Mark("tally", (tray, name, said, strip), bar, key=f"inode:{inode.own}")
