"""Relayer: the same files in a base that is kept, a layer of what stays, and a layer of what a release changes.

Nothing of the upper layers is stored twice or hidden then, and a new release of what changes needs only the top layer.
"""

from collections.abc import Iterator, Sequence

from layerlab.model.arguments import word
from layerlab.model.changeset import changeset, drop_idle_marks, lay_over, layer_of, merged, says_nothing
from layerlab.model.entry import Entry
from layerlab.model.image import Image, checked
from layerlab.model.layer import Layer
from layerlab.model.union import Tree

STAYS = "COPY --from=build / /"


def relayer(image: Image, keep: int, *changing: str) -> Image:
    """Return an image with the same view and the same lowest `keep` layers, and one or two layers above them.

    The upper one contains the paths `changing`, and all that is in them; the lower one contains the rest. Without
    paths there is one layer. A last stage of a build does the same: FROM the base, and a COPY --from for each layer.
    A number of layers or a path that the image does not have raises ValueError, and a list of paths TypeError.

    >>> image = scratch.with_layer(Layer.of({"bin/sh": b"1"})).with_layer(Layer.of({"app": b"old", "lib": b"22"}))
    >>> image = image.with_layer(Layer.of({"app": b"new"}))
    >>> [layer.size for layer in relayer(image, 1, "app").layers], [layer.size for layer in relayer(image, 0).layers]
    ([1, 2, 3], [6])
    """
    _not_around(image)
    count = len(checked(image, "relayer").layers)
    if not 0 <= keep < count:
        raise ValueError(f"this image has {count} layers: it can keep 0 to {count - 1} of them, not {keep}")
    below = merged(image.layers[:keep])
    rest = changeset(image.layers[keep], keep)
    for number in range(keep + 1, count):
        lay_over(rest, changeset(image.layers[number], number))
    drop_idle_marks(rest, below)
    layers = [] if says_nothing(rest, below) else [layer_of(rest)]
    lines = [STAYS] * len(layers)
    if changing:
        paths = [_path(path) for path in changing]
        top = Tree(rest.entry)
        for path in paths:
            _move(path, rest, top)
        _no_link_in_both(rest, top)
        staying = [] if _is_in(rest, top) or says_nothing(rest, below) else [layer_of(rest)]
        layers = [*staying, layer_of(top)]
        lines = [STAYS] * len(staying) + [" && ".join(f"COPY --from=build /{path} /{path}" for path in paths)]
    return _on_the_base(image, keep, layers, lines)


def _not_around(given: object) -> None:
    """Raise TypeError for an object that has an image, and is none: what `own_image` or `build` returned."""
    if not isinstance(given, Image) and isinstance(getattr(given, "image", None), Image):
        raise TypeError("relayer takes an image: write .image after the first name")


def _path(path: object) -> str:
    if isinstance(path, list | tuple | set | frozenset):
        raise TypeError("relayer takes each path by itself: write a star before a list, as in *paths")
    return word(path, "a path").strip("/")  # type: ignore[arg-type]


def _move(path: str, rest: Tree, top: Tree) -> None:
    """Move what is at a path from one tree to another, where its directories have the same attributes."""
    low, up, parts = rest, top, path.split("/")
    for name in parts[:-1]:
        if name not in low.children:
            raise ValueError(_not_there(path))
        low = low.children[name]
        if name not in up.children:
            up.children[name] = Tree(low.entry)
        up = up.children[name]
    if parts[-1] not in low.children:
        raise ValueError(_not_there(path))
    up.children[parts[-1]] = low.children.pop(parts[-1])


def _not_there(path: str) -> str:
    return f"the layers above those that are kept do not show /{path}"


def _is_in(rest: Tree, top: Tree) -> bool:
    """Tell whether a tree has nothing but directories that the layer above has too."""
    paths = {path for path, _ in _all(top)}
    return all(path in paths and not tree.hides and not tree.opaque for path, tree in _all(rest))


def _all(root: Tree) -> Iterator[tuple[str, Tree]]:
    work = [("", root)]
    while work:
        path, found = work.pop()
        yield path, found
        work += [(f"{path}/{name}", child) for name, child in found.children.items()]


def _no_link_in_both(rest: Tree, top: Tree) -> None:
    """Refuse to part the names of one file: in two layers they would be two files."""
    names = {tree.entry.inode: path for path, tree in _all(rest) if _has_links(tree.entry)}
    for path, tree in _all(top):
        if _has_links(tree.entry) and tree.entry.inode in names:
            raise ValueError(f"{path} and {names[tree.entry.inode]} are one file: put both into one layer")


def _has_links(entry: Entry) -> bool:
    return entry.kind != "directory" and entry.nlink > 1


def _on_the_base(image: Image, keep: int, layers: Sequence[Layer], lines: Sequence[str]) -> Image:
    """Return an image of the lowest `keep` layers and others, with the configuration of `image`."""
    made, steps = image, image.history
    known = len([step for step in steps if not step.empty_layer]) == len(image.layers)
    while len(made.layers) > keep and (parent := made.parent) is not None:
        made = parent
    for step in steps[len(made.history) :] if known else ():
        if step.empty_layer:
            made = made.with_config(created_by=step.created_by)
    for layer, line in zip(layers, lines, strict=True):
        made = made.with_layer(layer, line)
    return made
