"""Store: what several images take together on a disk, where each layer is kept once for all that stand on it."""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from layerlab.model.accounting import LayerStack, count
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


def stored(image: Image, others: Iterable[Image] = ()) -> Disk:
    """Count what a store keeps of an image and the others: equal layers once where all below them are equal too.

    That is the sum over distinct ChainIDs, found without hashing layers that were made here.

    >>> base = scratch.with_layer(Layer.of({"a": b"1"}))
    >>> stored(base.with_layer(Layer.of({"b": b"22"})), [base])
    Disk(own=2, shared=1, others=0)
    """
    stacks = _stacks([image, *others])
    layers = count((LayerStack(str(number), (), stack) for number, stack in enumerate(stacks)), ()).layers.values()
    return Disk(
        sum(layer.size for layer in layers if set(layer.users) == {"0"}),
        sum(layer.size for layer in layers if set(layer.users) > {"0"}),
        sum(layer.size for layer in layers if "0" not in layer.users),
    )


def shared_layers(one: Image, other: Image) -> int:
    """Return how many layers two images share, counted from the bottom.

    >>> base = scratch.with_layer(Layer.of({"a": b"1"}))
    >>> shared_layers(base.with_layer(Layer.of({"b": b"22"})), base)
    1
    """
    pairs = zip(one.layers, other.layers, strict=False)
    return sum(1 for _ in itertools.takewhile(lambda pair: same_layer(*pair), pairs))


def _stacks(images: Sequence[Image]) -> list[tuple[tuple[str, int], ...]]:
    """Return each image's heights: a name, which images share that share all layers up to it, and the layer's bytes."""
    stacks: list[list[tuple[str, int]]] = [[] for _ in images]
    names = map(str, itertools.count())
    work = [list(range(len(images)))]
    while work:
        # Images that share all layers so far stay in one group, so a layer is compared only within its group.
        for layer, those in _by_next(images, work.pop(), stacks):
            name = next(names)
            for number in those:
                stacks[number].append((name, layer.size))
            work.append(those)
    return [tuple(stack) for stack in stacks]


def _by_next(
    images: Sequence[Image], those: Iterable[int], stacks: Sequence[Sequence[object]]
) -> list[tuple[Layer, list[int]]]:
    """Group images by the layer above those in `stacks`."""
    groups: list[tuple[Layer, list[int]]] = []
    for number in those:
        for layer in images[number].layers[len(stacks[number]) :][:1]:
            group = next((group for known, group in groups if same_layer(known, layer)), None)
            if group is None:
                group = []
                groups.append((layer, group))
            group.append(number)
    return groups
