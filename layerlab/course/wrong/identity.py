"""Wrong models of ids: which of them would change, be equal or be lost if a belief about them were true."""

from collections.abc import Iterable, Sequence

from layerlab.course.answer import Count
from layerlab.model.accounting import Usage
from layerlab.model.image import Image

NONE = "none of them"


def all_ids(names: Iterable[str]) -> frozenset[str]:
    """There is one id under several names: if the image changes, all of them do.

    >>> sorted(all_ids(["image id", "DiffIDs"]))
    ['DiffIDs', 'image id']
    """
    return frozenset(names)


def no_id() -> frozenset[str]:
    """An id names files, and where no file has changed none of the ids has.

    >>> no_id()
    frozenset({'none of them'})
    """
    return frozenset({NONE})


def the_image_id_alone() -> frozenset[str]:
    """The manifest says nothing of the metadata, so that its digest stays.

    >>> the_image_id_alone()
    frozenset({'image id'})
    """
    return frozenset({"image id"})


def the_ids_of_metadata() -> frozenset[str]:
    """A name stands in the metadata, so a new name changes them.

    >>> sorted(the_ids_of_metadata())
    ['image id', 'manifest digest']
    """
    return frozenset({"image id", "manifest digest"})


def lost_where_no_id_is_listed(image: Image) -> Count:
    """Every line of a history without an id has lost its layer: all but the newest.

    >>> lost_where_no_id_is_listed(shop("coreos/apache").images["coreos/apache"])
    Count(number=4, thing='layer')
    """
    return Count(max(0, len(image.history) - 1), "layer")


def lost_where_no_bytes_are_listed(image: Image) -> Count:
    """Every line of a history without an id and with 0 B has lost its layer.

    >>> lost_where_no_bytes_are_listed(shop("coreos/apache").images["coreos/apache"])
    Count(number=2, thing='layer')
    """
    layers = iter(image.layers)
    sizes = [0 if step.empty_layer else next(layers).size for step in image.history]
    return Count(sizes[:-1].count(0), "layer")


def at_the_same_place(image: Image) -> frozenset[str]:
    """An id is that of a line in a Dockerfile: the same line at the same place makes the same id.

    >>> sorted(at_the_same_place(shop("coreos/apache").images["coreos/apache"]))
    ['layer 0', 'layer 1', 'layer 2', 'layer 3']
    """
    return frozenset(f"layer {number}" for number in range(len(image.layers)))


def with_the_same_bytes(image: Image, printed: Sequence[str]) -> frozenset[str]:
    """An id is made of a layer's own bytes: the layers whose DiffIDs are the ids at the same height.

    >>> from layerlab.course.lessons.l05 import PUBLISHED
    >>> with_the_same_bytes(shop("coreos/apache").images["coreos/apache"], PUBLISHED)
    frozenset({'layer 0'})
    """
    return alike(image.diff_ids, printed)


def drawn_at_random() -> frozenset[str]:
    """An id is drawn anew by each host that builds, so no two are alike.

    >>> drawn_at_random()
    frozenset({'none of them'})
    """
    return frozenset({NONE})


def alike(some: Sequence[str], others: Sequence[str]) -> frozenset[str]:
    """Return the layers whose ids in two lists, both oldest first, are the same.

    >>> sorted(alike(("a", "b", "c"), ("a", "b", "d"))), alike((), ())
    (['layer 0', 'layer 1'], frozenset({'none of them'}))
    """
    same = (f"layer {n}" for n, (one, other) in enumerate(zip(some, others, strict=True)) if one == other)
    return frozenset(same) or frozenset({NONE})


def goes_with_its_name(usage: Usage, image: Image) -> tuple[int, int]:
    """What has no name is garbage: all of it goes at once, in bytes, and nothing is left for later.

    >>> image = shop().images["shop"]
    >>> goes_with_its_name(shop().usage(), image)
    (319371253, 0)
    """
    return usage.images[image.id].size, 0


def goes_but_for_what_is_shared(usage: Usage, image: Image) -> tuple[int, int]:
    """A container needs no image once it runs: what no other image uses goes at once.

    >>> image = shop().images["shop"]
    >>> goes_but_for_what_is_shared(shop("shop", "blog").usage(), image)
    (25000000, 0)
    """
    return usage.images[image.id].unique, 0


def goes_whole_later(usage: Usage, image: Image) -> tuple[int, int]:
    """Only a container stands in the way; then all of an image goes, whoever shares its layers.

    >>> image = shop().images["shop"]
    >>> goes_whole_later(shop().usage(), image)
    (0, 319371253)
    """
    return 0, usage.images[image.id].size


def counted(diff_ids: int, chain_ids: int) -> str:
    """Return two counts of ids as an answer.

    >>> counted(1, 2)
    '1 DiffID, 2 ChainIDs'
    """
    return f"{Count(diff_ids, 'DiffID')}, {Count(chain_ids, 'ChainID')}"


def one_for_each_layer(image: Image) -> str:
    """Every layer has ids of its own.

    >>> one_for_each_layer(shop("coreos/apache").images["coreos/apache"])
    '4 DiffIDs, 4 ChainIDs'
    """
    return counted(len(image.layers), len(image.layers))


def one_for_equal_bytes(image: Image) -> str:
    """Equal layers are one thing, and have both ids in common.

    >>> one_for_equal_bytes(shop("coreos/apache").images["coreos/apache"])
    '3 DiffIDs, 3 ChainIDs'
    """
    return counted(len(set(image.diff_ids)), len(set(image.diff_ids)))
