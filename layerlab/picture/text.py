"""Text: a scene as aligned lines, the twin of the drawing for a terminal, a comparison or a screen reader.

The text has the same labels as the drawing. In a bar, `#` stands for layers, `:` for thin layers, `~` for what lies
outside them, and `x` for bytes that layers above hide. In a ledger, `=` stands for an image's part of shared layers,
`-` for bytes that are counted again, and `<` for bytes that a removal frees. `>` stands before the present step.
"""

from layerlab.picture.shapes import Mark, Role, Scene
from layerlab.words.tables import aligned

# Characters: the length of the longest bar.
BAR = 20
_FILL = {"layers": "#", "thin": ":", "dead": "x", "shared": "=", "ghost": "-", "back": "<", "outside": "~"}
# The columns of each kind of mark, in their order; None is the place of the bar. A kind that is not here is one line.
_CELLS: dict[str, tuple[Role | None, ...]] = {
    "card": ("name", "state", "wrote", "size", "note"),
    "outside": ("name", "state", "wrote", "size"),
    "slab": ("number", "name", "note", None, "size"),
    "column": ("name", None, "size", "counted", "note"),
    "path": ("name", "note", None, "size"),
    "tally": ("name", "wrote", "note", None, "size"),
    "account": ("name", "note", "size", "unique", "fair", None),
}
_NUMBERS = ("size", "number", "unique", "fair", "counted")


def text(scene: Scene) -> str:
    """Return the scene as text: containers, layers, bytes, the balance line and the sentence.

    >>> from layerlab.picture.moment import ContainerCard, ImageStack, Moment, StoredLayer
    >>> from layerlab.picture.host_scene import scene
    >>> shop = ImageStack("5f70", ("shop",), (StoredLayer("a", "base", 5), StoredLayer("b", "site", 20)))
    >>> print(text(scene(Moment((shop,), (ContainerCard("web", "5f70"),), (), "web costs 0 B until it writes."))))
    CONTAINERS  one thin layer each
      web  running  nothing written  0 B
    READ-ONLY LAYERS  stored once, 0 at the bottom
      image shop  2 layers + metadata, 25 B
      1  site  ####################  20 B
      0  base  #####                  5 B
    BYTES ON THIS HOST  after each step
    25 B in layers + 0 B in thin layers = 25 B
    web costs 0 B until it writes.
    """
    marks = [mark for mark in scene.marks if mark.labels]
    rows = {kind: [_cells(mark) for mark in marks if mark.kind == kind] for kind in _CELLS}
    columns = {kind: iter(aligned(cells, _right(kind))) for kind, cells in rows.items()}
    lines = [_line(mark, next(columns[mark.kind])) if mark.kind in _CELLS else _plain(mark) for mark in marks]
    return "\n".join([*lines, scene.balance, *([scene.sentence] if scene.sentence else [])])


def _right(kind: str) -> list[int]:
    """Return the columns of sizes and numbers, which are aligned on the right so that their digits can be compared."""
    return [place for place, role in enumerate(_CELLS[kind]) if role in _NUMBERS]


def _plain(mark: Mark) -> str:
    start = "" if mark.labels[0].role == "title" else "  " * (mark.depth + 1)
    return start + "  ".join(label.text for label in mark.labels)


def _line(mark: Mark, columns: str) -> str:
    return (("> " if mark.present else "  " * (mark.depth + 1)) + columns).rstrip()


def _cells(mark: Mark) -> list[str]:
    """Return the mark's texts role by role, and its bar where the role is None."""
    return [_cell(mark, role) for role in _CELLS[mark.kind]]


def _cell(mark: Mark, role: Role | None) -> str:
    if role is not None:
        return "  ".join(label.text for label in mark.labels if label.role == role)
    # A part that is not 0 has at least one character, because a byte that is there must be seen.
    return "".join(_FILL[part] * (max(1, round(share * BAR)) if share > 0 else 0) for part, share in mark.bar)
