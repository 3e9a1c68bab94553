"""Wrong models of sharing: what the columns of today's tools are taken to say, computed as if they said it (bytes)."""

from collections.abc import Collection, Iterable

from layerlab.model.accounting import ImageUsage, Usage
from layerlab.model.image import Image


def sum_of_virtual(usage: Usage) -> int:
    """Virtual sizes can be added: each container has its image to itself.

    >>> host = shop()
    >>> _ = host.run("shop", count=10)
    >>> sum_of_virtual(host.usage())
    3193712530
    """
    return sum(row.virtual_size for row in usage.containers.values())


def sum_of_thin_layers(usage: Usage) -> int:
    """What containers wrote is all that they need; the image takes nothing.

    >>> sum_of_thin_layers(shop().usage())
    0
    """
    return sum(row.size_rw for row in usage.containers.values())


def a_copy_for_every_container(usage: Usage) -> int:
    """What one container copied up is copied for all of them.

    >>> host = shop()
    >>> web, _ = host.run("shop", count=2)
    >>> web.append("var/lib/shop/catalog.db", b"!")
    >>> a_copy_for_every_container(host.usage())
    359371255
    """
    return usage.disk + len(usage.containers) * max(row.size_rw for row in usage.containers.values())


def one_by_one(usage: Usage, names: Iterable[str]) -> int:
    """A set gives back what its parts give back, each asked about alone.

    >>> one_by_one(shop("shop:1", "shop:2").usage(), {"shop:1", "shop:2"})
    0
    """
    return sum(usage.reclaim({name}) for name in names)


def whole_images(usage: Usage, names: Iterable[str]) -> int:
    """An image gives back its SIZE, whoever else stands on its layers.

    >>> whole_images(shop("shop:1", "shop:2").usage(), {"shop:1", "shop:2"})
    638742506
    """
    return sum(usage.images[name].size for name in names)


def fair_shares(usage: Usage, names: Iterable[str]) -> int:
    """An image gives back its fair share, in whole bytes.

    >>> fair_shares(shop("coreos/apache", "shop", "blog").usage(), {"blog"})
    108123751
    """
    return round(sum(usage.images[name].fair for name in names))


def the_layers_above(image: Image, height: int) -> int:
    """Only the layers above a height go, as if another image stood on those below.

    >>> the_layers_above(shop().images["shop"], 4)
    25000000
    """
    return sum(layer.size for layer in image.layers[height:])


def all_but_the_unique_bytes_in_use(usage: Usage) -> int:
    """Everything can go but the unique bytes of images that a container uses: the layers that they share as well.

    >>> host = shop("coreos/apache", "shop", "blog")
    >>> _ = host.run("blog", name="old")
    >>> all_but_the_unique_bytes_in_use(host.usage())
    319371253
    """
    return usage.disk - sum(row.unique for row in in_use(usage))


def in_use(usage: Usage) -> list[ImageUsage]:
    """Return the rows of the images that a container uses, stopped ones too.

    >>> in_use(shop().usage())
    []
    """
    used = {row.image for row in usage.containers.values()}
    return [row for row in usage.images.values() if row.id in used]


def layers_by_content(images: Collection[Image]) -> int:
    """The same layer is stored once, whatever it lies on.

    >>> images = shop("shop", "blog").images.values()
    >>> layers_by_content(images)
    329371253
    """
    return sum({layer.diff_id: layer.size for image in images for layer in image.layers}.values())


def one_base_for_all(one: Image, other: Image) -> int:
    """A host keeps one base: the second image adds only what lies above its own.

    >>> one_base_for_all(shop().images["shop"], shop("blog").images["blog"])
    329371253
    """
    return one.size + other.layers[-1].size
