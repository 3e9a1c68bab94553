"""Store: what several images take together on a disk, where each layer is kept once for all that stand on it."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import takewhile

from layerlab.model.compare import same_layer
from layerlab.model.image import Image
from layerlab.model.layer import Layer


@dataclass(frozen=True)
class Disk:
    """What a store keeps of an image and some others, in bytes: layers of it alone, of it and another, of others alone.

    >>> Disk(25, 294, 10).total
    329
    """

    own: int
    shared: int
    others: int

    @property
    def total(self) -> int:
        """All bytes, each stored layer once."""
        return self.own + self.shared + self.others


def disk(image: Image, others: Iterable[Image] = ()) -> Disk:
    """Count what a store keeps of an image and the others: equal layers once where all below them are equal too.

    That is the sum over distinct ChainIDs, found without hashing layers that were made here.

    >>> base = scratch.with_layer(Layer.of({"a": b"1"}))
    >>> disk(base.with_layer(Layer.of({"b": b"22"})), [base])
    Disk(own=2, shared=1, others=0)
    """
    own = shared = rest = 0
    work = [[(image.layers, True), *((other.layers, False) for other in others)]]
    while work:
        for layer, stacks in _by_first(work.pop()):
            sides = {mine for _, mine in stacks}
            own += layer.size * (sides == {True})
            shared += layer.size * (sides == {True, False})
            rest += layer.size * (sides == {False})
            work.append(stacks)
    return Disk(own, shared, rest)


def shared_layers(one: Image, other: Image) -> int:
    """Return how many layers two images share, counted from the bottom.

    >>> base = scratch.with_layer(Layer.of({"a": b"1"}))
    >>> shared_layers(base.with_layer(Layer.of({"b": b"22"})), base)
    1
    """
    pairs = zip(one.layers, other.layers, strict=False)
    return sum(1 for _ in takewhile(lambda pair: same_layer(*pair), pairs))


Stack = tuple[tuple[Layer, ...], bool]


def _by_first(stacks: Iterable[Stack]) -> list[tuple[Layer, list[Stack]]]:
    """Group stacks by their lowest layer, which is taken off them."""
    groups: list[tuple[Layer, list[Stack]]] = []
    for layers, mine in stacks:
        if not layers:
            continue
        group = next((group for layer, group in groups if same_layer(layer, layers[0])), None)
        if group is None:
            group = []
            groups.append((layers[0], group))
        group.append((layers[1:], mine))
    return groups
