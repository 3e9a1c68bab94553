"""What if: images that show the same files with their layers made otherwise, and what that does to bytes.

Both changes are real: they return a new image whose merged view is the one before. `squash` makes one layer of
several neighbours. `delete_within` lets a deletion happen in the step that made the files, where it frees them,
for a whiteout in a later layer frees nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from layerlab.model.changeset import changeset, delete, drop_idle_marks, layer_of, merged, says_nothing, squashed
from layerlab.model.explain import Report
from layerlab.model.history import made_by, ran
from layerlab.model.image import Image, Step
from layerlab.model.layer import Layer
from layerlab.model.union import Node, Tree

SQUASHED = "squash"


def squash(image: Image, first: int, last: int) -> Image:
    """Return an image with the same view in which one layer stands for the layers `first` to `last`.

    Layers are numbers, 0 at the bottom. What those layers add and hide again is gone; whiteouts that hide something
    below `first` stay. Numbers that are no such range raise ValueError.

    >>> image = scratch.with_layer(Layer.of({"a": b"1"})).with_layer(Layer.of({"b": b"22"}))
    >>> image = image.with_layer(Layer.of({"b": WHITEOUT, "c": b"333"}))
    >>> [layer.size for layer in squash(image, 1, 2).layers]
    [1, 3]
    """
    if not 0 <= first < last < len(image.layers):
        raise ValueError(f"layers {first} to {last} are no neighbours in a stack of {len(image.layers)}")
    one = squashed(image.layers[: last + 1], first)
    layers = [*image.layers[:first], one, *image.layers[last + 1 :]]
    commands = [ran(line) for line in made_by(image)[first : last + 1]]
    text = f"RUN {' && '.join(commands)}" if all(commands) else SQUASHED
    return _rebuilt(image, layers, {first: text}, range(first + 1, last + 1))


def delete_within(image: Image, by: int, into: int) -> Image:
    """Return an image with the same view in which what layer `by` deletes of layer `into` is deleted there.

    The files and, where they hide nothing else, their whiteouts are then in no layer. Layer `by` goes too where
    nothing is left in it. If it deletes nothing of that layer, ValueError says so.

    >>> image = scratch.with_layer(Layer.of({"a": b"1", "b": b"22"}), "COPY . /")
    >>> image = image.with_layer(Layer.of({"b": WHITEOUT}), "/bin/sh -c rm /b")
    >>> after = delete_within(image, by=1, into=0)
    >>> [layer.size for layer in after.layers], [step.created_by for step in after.history]
    ([1], ['COPY . /'])
    """
    below = merged(image.layers[: max(into, 0)])
    upper, lower, paths = _taken_out(image, by, into, below)
    # The lower layer first: what it then contains decides which whiteouts of the upper layer are still needed.
    drop_idle_marks(lower, below)
    between = [layer_of(lower), *image.layers[into + 1 : by]]
    under = merged(between, below, into)
    drop_idle_marks(upper, under)
    emptied = says_nothing(upper, under)
    layers = [*image.layers[:into], *between, *([] if emptied else [layer_of(upper)]), *image.layers[by + 1 :]]
    text = made_by(image)[into]  # the line of a COPY stays as it is, because it does not name the files that it copies
    if ran(text):
        text = f"RUN {ran(text)} && rm -r {' '.join(f'/{path}' for path in paths)}"
    return _rebuilt(image, layers, {into: text}, [by] if emptied else [])


@dataclass(frozen=True)
class Deletion:
    """Bytes of layer `into` that layer `by` hides with whiteouts or opaque marks, and in how many files.

    >>> Deletion(by=5, into=4, bytes=20_000_000, files=1).into
    4
    """

    by: int
    into: int
    bytes: int
    files: int


def deletions(report: Report) -> tuple[Deletion, ...]:
    """Return what `delete_within` could free in the image that the report is about, the most bytes first.

    >>> image = scratch.with_layer(Layer.of({"a": b"1"})).with_layer(Layer.of({"a": WHITEOUT}))
    >>> deletions(explain(image))
    (Deletion(by=1, into=0, bytes=1, files=1),)
    """
    freed: Counter[tuple[int, int]] = Counter()
    files: Counter[tuple[int, int]] = Counter()
    for row in report.dead:
        if row.reason in ("whiteout", "opaque"):
            freed[row.by, row.layer] += row.bytes
            files[row.by, row.layer] += 1
    return tuple(Deletion(*pair, size, files[pair]) for pair, size in freed.most_common())


def deleted_names(image: Image, by: int, into: int) -> tuple[str, ...]:
    """Return the names that layer `by` deletes of layer `into`; ValueError where there are none.

    >>> image = scratch.with_layer(Layer.of({"a/b": b"1"})).with_layer(Layer.of({"a": WHITEOUT}))
    >>> deleted_names(image, by=1, into=0)
    ('a',)
    """
    # What lies below decides which whiteouts stay, but not which names are deleted, so nothing is merged here.
    return tuple(_taken_out(image, by, into, None)[-1])


def _taken_out(image: Image, by: int, into: int, below: Node | None) -> tuple[Tree, Tree, list[str]]:
    """Return the changes of layers `by` and `into` after the deletion, and the names deleted; `below` is under both."""
    if not 0 <= into < by < len(image.layers):
        raise ValueError(f"of a stack of {len(image.layers)} layers, {into} does not lie below {by}")
    upper, lower = changeset(image.layers[by], by), changeset(image.layers[into], into)
    paths = list(delete(upper, lower, below))
    if not paths:
        raise ValueError(f"layer {by} deletes nothing that layer {into} holds")
    return upper, lower, paths


def _rebuilt(image: Image, layers: Sequence[Layer], lines: Mapping[int, str], gone: Iterable[int]) -> Image:
    """Return an image of `layers` with the configuration and history of `image`.

    `lines` gives new lines of history for some of the old layers, `gone` the numbers of those that have none now.
    """
    made = image
    # The steps of history before the first layer stay as they are: they belong to the image without layers.
    while (parent := made.parent) is not None:
        made = parent
    known = len([step for step in image.history if not step.empty_layer]) == len(image.layers)
    steps = image.history[len(made.history) :] if known else [Step()] * len(image.layers)
    waiting, number = iter(layers), 0
    for step in steps:
        if step.empty_layer:
            made = made.with_config(created_by=step.created_by)
            continue
        if number not in gone:
            made = made.with_layer(next(waiting), lines.get(number, step.created_by))
        number += 1
    return made
