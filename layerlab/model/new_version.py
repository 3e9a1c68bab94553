"""New version: how many bytes a host pulls for the next version of an image, of which only some files change.

A host that has the last version keeps its layers by their ChainIDs. A changed layer has a new ChainID, and so has every
layer above it, so all of these are pulled. Layers are counted as they are unpacked; what is sent is packed, and less.
"""

from collections.abc import Iterable

from layerlab.model.image import Image


def lowest_with(image: Image, paths: Iterable[str], first: int = 0) -> int | None:
    """Return the number of the lowest layer, from `first` up, with a file at or in one of the paths; None if none has.

    >>> image = scratch.with_layer(Layer.of({"a": b"1"})).with_layer(Layer.of({"srv/b": b"22"}))
    >>> lowest_with(image, ["srv"])
    1
    """
    names = tuple(path.strip("/") for path in paths)
    for number, layer in enumerate(image.layers[first:], start=first):
        if any(is_in(path, names) and entry.kind != "directory" for path, entry in layer.entries.items()):
            return number
    return None


def is_in(path: str, names: Iterable[str]) -> bool:
    """Tell whether a path is one of the names, or in one of them.

    >>> is_in("srv/app/main", ["srv/app"]), is_in("srv/apples", ["srv/app"])
    (True, False)
    """
    return any(path == name or path.startswith(f"{name}/") for name in names)


def release_size(image: Image, paths: Iterable[str], first: int = 0) -> int:
    """Return the bytes of the lowest layer with one of the paths and of all layers above it, 0 if no layer has one.

    Layers below `first` are a base, which no release changes.

    >>> image = scratch.with_layer(Layer.of({"app": b"1"})).with_layer(Layer.of({"srv/deps": b"22"}))
    >>> release_size(image, ["app"]), release_size(image, ["srv/deps"])
    (3, 2)
    """
    lowest = lowest_with(image, paths, first)
    return 0 if lowest is None else sum(layer.size for layer in image.layers[lowest:])
