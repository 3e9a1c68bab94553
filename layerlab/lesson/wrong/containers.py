"""Wrong models: for each belief one small function that returns what the belief predicts, computed on the model.

They serve as the other choices of a question, and name the belief when someone takes one. Sizes are in bytes.
"""

from layerlab.model.image import Image


def only_the_copies(image: Image, containers: int) -> int:
    """Each container holds an image of its own, so n containers cost n times the image.

    >>> only_the_copies(shop().images["shop"], 10)
    3193712530
    """
    return containers * image.size


def the_image_and_copies(image: Image, containers: int) -> int:
    """Starting a container copies the image, which stays beside the copies.

    >>> the_image_and_copies(shop().images["shop"], 10)
    3513083783
    """
    return image.size + only_the_copies(image, containers)


def copies_of_the_top_layer(image: Image, containers: int) -> int:
    """A thin layer starts as a copy of the layer under it.

    >>> copies_of_the_top_layer(shop().images["shop"], 10)
    569371253
    """
    return image.size + containers * image.layers[-1].size


def only_the_bytes_written(data: bytes) -> int:
    """A container keeps the bytes that it wrote and nothing else.

    >>> only_the_bytes_written(b"!")
    1
    """
    return len(data)


def the_layer_of_the_file(image: Image, path: str, data: bytes) -> int:
    """The first write copies the whole layer that holds the file.

    >>> the_layer_of_the_file(shop().images["shop"], "var/lib/shop/catalog.db", b"!")
    25000001
    """
    return next(layer.size for layer in reversed(image.layers) if path in layer.entries) + len(data)


def the_image(image: Image, data: bytes) -> int:
    """The first write copies the whole image.

    >>> the_image(shop().images["shop"], b"!")
    319371254
    """
    return image.size + len(data)
