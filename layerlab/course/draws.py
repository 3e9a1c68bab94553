"""Draws: what a question is about: the running example, or the names and sizes that a seed makes.

Drawn images have only a few megabytes, so that computing their real hashes takes little time.
"""

from random import Random
from typing import NamedTuple

from layerlab.benches.example import CATALOG, CATALOG_SIZE, shop
from layerlab.model.content import filler
from layerlab.model.host import Host
from layerlab.model.image import Image, scratch
from layerlab.model.layer import Layer

NAMES = ("wiki", "mail", "crm", "forum", "maps", "chat", "radio", "bank")
FILES = ("var/lib/data.db", "srv/index.bin", "opt/model.bin", "var/cache/search.idx", "srv/app/journal.log")
# Bytes: drawn sizes are whole steps, because round numbers are easier to compute with.
STEP = 10_000


class Topic(NamedTuple):
    """An image with a name, and a file of `size` bytes that lies in its top layer beside other files.

    >>> Topic("wiki", scratch, "srv/index.bin", 7).name
    'wiki'
    """

    name: str
    image: Image
    path: str
    size: int

    def host(self, *more: str) -> Host:
        """Return a new host that holds the image, under further names too."""
        host = Host()
        for name in (self.name, *more):
            host.add(self.image, name)
        return host

    def running(self, *names: str) -> Host:
        """Return a new host that holds the image, with a container for each name."""
        host = self.host()
        for name in names:
            host.run(self.name, name=name)
        return host


def holding(image: Image, name: str) -> Host:
    """Return a new host that holds an image.

    >>> list(holding(scratch, "empty").images)
    ['empty']
    """
    host = Host()
    host.add(image, name)
    return host


def with_the_same_images(other: Host) -> Host:
    """Return a new host that holds the images of another, under the same names, and no containers."""
    host = Host()
    for name, image in other.images.items():
        host.add(image, name)
    return host


def the_shop(path: str = CATALOG, size: int = CATALOG_SIZE) -> Topic:
    """Return the running example's image, with its catalog as the file that matters, or another of its paths.

    >>> the_shop().image.view()[the_shop().path].size == the_shop().size
    True
    """
    return Topic("shop", shop().images["shop"], path, size)


def layer_with(image: Image, path: str) -> Layer:
    """Return the highest layer that contains a path: the one whose entry a container shows.

    >>> layer_with(shop().images["shop"], "var/www").size
    25000000
    """
    return next(layer for layer in reversed(image.layers) if path in layer.entries)


def up_to(image: Image, height: int) -> Image:
    """Return the image that ends at a layer.

    >>> len(up_to(shop().images["shop"], 3).layers)
    4
    """
    while len(image.layers) > height + 1 and image.parent is not None:
        image = image.parent
    return image


def drawn_size(random: Random, least: int, most: int) -> int:
    """Return a size between two, both ends included, in whole steps of 10,000 bytes.

    >>> drawn_size(Random(1), 500_000, 500_000)
    500000
    """
    return random.randint(least // STEP, most // STEP) * STEP


def drawn(random: Random) -> Topic:
    """Return an image of two to four layers, the top one with a file that matters and another beside it.

    >>> from random import Random
    >>> drawn(Random(1)).image.size > drawn(Random(1)).size
    True
    """
    image = scratch.with_layer(
        Layer.of({"lib/base.so": filler(drawn_size(random, 400_000, 2_500_000))}), "ADD rootfs.tar /"
    )
    for number in range(random.randint(0, 2)):
        files = {f"usr/lib/part-{number}.so": filler(drawn_size(random, 100_000, 900_000))}
        image = image.with_layer(Layer.of(files), f"RUN install part-{number}")
    path, size = random.choice(FILES), drawn_size(random, 50_000, 600_000)
    top = Layer.of({path: filler(size), "usr/share/rest.bin": filler(drawn_size(random, 50_000, 300_000))})
    return Topic(random.choice(NAMES), image.with_layer(top, "COPY app/ /"), path, size)
