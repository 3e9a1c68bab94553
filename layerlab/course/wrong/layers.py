"""Wrong models of layers: what an image would show, weigh or need if a belief about its stack were true.

They serve as the other choices of a question, and name the belief when someone takes one. Sizes are in bytes.
"""

from layerlab.course.answer import Count
from layerlab.model.image import Image


def of_the_upper_directory(image: Image, directory: str) -> Count:
    """A directory of the top layer replaces the one below, so its own files alone are listed.

    >>> lower = scratch.with_layer(Layer.of({"srv/a": b"1", "srv/b": b"2"}))
    >>> of_the_upper_directory(lower.with_layer(Layer.of({"srv/c": b"3"})), "srv/")
    Count(number=1, thing='file')
    """
    return Count(sum(path.startswith(directory) for path in image.layers[-1].entries), "file")


def of_the_lower_directory(image: Image, directory: str) -> Count:
    """A directory belongs to the layer that made it, so what a higher layer puts into it is not listed.

    >>> lower = scratch.with_layer(Layer.of({"srv/a": b"1", "srv/b": b"2"}))
    >>> of_the_lower_directory(lower.with_layer(Layer.of({"srv/c": b"3"})), "srv/")
    Count(number=2, thing='file')
    """
    return Count(sum(path.startswith(directory) for path in image.layers[0].entries), "file")


def without_the_file(image: Image, path: str) -> int:
    """A layer that deletes a file takes its bytes out of the image.

    >>> without_the_file(shop().images["shop"], "var/lib/shop/catalog.db")
    299371253
    """
    return image.size - image.view()[path].size


def with_the_file_once_more(image: Image, path: str) -> int:
    """A layer that deletes a file keeps a copy of it, to be able to bring it back.

    >>> with_the_file_once_more(shop().images["shop"], "var/lib/shop/catalog.db")
    339371253
    """
    return image.size + image.view()[path].size


def every_height_is_an_image(layer_id: str) -> frozenset[str]:
    """Each layer is an image by itself, so nothing is needed but the id of a height's top layer.

    >>> every_height_is_an_image("no more than the id of layer 3")
    frozenset({'no more than the id of layer 3'})
    """
    return frozenset({layer_id})


def a_layer_has_metadata() -> frozenset[str]:
    """Each layer says what lies under it and what to start, and only an id to call it by is missing.

    >>> a_layer_has_metadata()
    frozenset({'a new id'})
    """
    return frozenset({"a new id"})


def an_image_owns_its_layers() -> frozenset[str]:
    """No layer belongs to two images, so a new image needs all three: layers, metadata and an id.

    >>> sorted(an_image_owns_its_layers())
    ['a new id', 'copies of the layers', 'new metadata']
    """
    return frozenset({"copies of the layers", "new metadata", "a new id"})


def a_setting_is_a_layer() -> frozenset[str]:
    """Every line of a Dockerfile makes a layer, an empty one where it adds no file: files and size stay.

    >>> sorted(a_setting_is_a_layer())
    ['files', 'size']
    """
    return frozenset({"files", "size"})


def an_id_names_the_files() -> frozenset[str]:
    """An image's id is that of its layers, so it stays with them: all four stay.

    >>> len(an_id_names_the_files())
    4
    """
    return frozenset({"files", "id", "layers", "size"})


def the_top_directory_alone() -> str:
    """The top layer's directory hides those below it, and holds no such file.

    >>> the_top_directory_alone()
    'no file at all'
    """
    return "no file at all"


def the_first_that_came(image: Image, path: str) -> str:
    """The lowest layer that has a file keeps showing it.

    >>> the_first_that_came(shop().images["shop"], "var/lib/shop/catalog.db")
    'that of layer 4'
    """
    return f"that of layer {next(number for number, layer in enumerate(image.layers) if path in layer.entries)}"


def the_layer_changes(number: int) -> str:
    """A file of an image can be written where it lies, in its layer.

    >>> the_layer_changes(4)
    'layer 4 holds the new bytes'
    """
    return f"layer {number} holds the new bytes"


def a_write_makes_a_layer(image: Image) -> str:
    """An image takes each write as one more layer.

    >>> a_write_makes_a_layer(shop().images["shop"])
    'a new layer 5 holds the new bytes'
    """
    return f"a new layer {len(image.layers)} holds the new bytes"
