"""Wrong models of bytes that nothing shows: what beliefs about deleting, secrets, chmod and squashing predict.

Sizes are in bytes.
"""

from collections.abc import Iterable

from layerlab.course.secret import in_layers, in_metadata, in_view
from layerlab.model.explain import explain
from layerlab.model.image import Image
from layerlab.model.store import disk

NOWHERE = frozenset({"nowhere"})


def what_is_deleted_is_gone(image: Image, secret: bytes) -> frozenset[str]:
    """A layer holds a secret only while a container shows it; the metadata are something else.

    >>> image = scratch.with_layer(Layer.of({"key": b"sesame"})).with_layer(Layer.of({"key": WHITEOUT}))
    >>> what_is_deleted_is_gone(image, b"sesame")
    frozenset({'nowhere'})
    """
    layers = in_layers(image, secret) if in_view(image, secret) else frozenset[str]()
    return layers | in_metadata(image, secret) or NOWHERE


def variables_leave_no_trace(image: Image, secret: bytes) -> frozenset[str]:
    """ENV and ARG are there while the image is built, and no longer.

    >>> variables_leave_no_trace(scratch.with_config(env={"KEY": "sesame"}), b"sesame")
    frozenset({'nowhere'})
    """
    return in_layers(image, secret) or NOWHERE


def what_no_container_lists_is_gone(image: Image, secret: bytes) -> frozenset[str]:
    """A secret is in an image as long as a container lists a file with it.

    >>> image = scratch.with_config(env={"KEY": "sesame"})
    >>> what_no_container_lists_is_gone(image, b"sesame")
    frozenset({'nowhere'})
    """
    return in_layers(image, secret) if in_view(image, secret) else NOWHERE


def only_the_new_mode(image: Image) -> int:
    """A layer that changes modes holds modes, which are no bytes.

    >>> only_the_new_mode(shop().images["shop"])
    319371253
    """
    return image.size


def everything_again(image: Image) -> int:
    """A step that touches the tree stores the whole image once more.

    >>> everything_again(shop().images["shop"])
    638742506
    """
    return 2 * image.size


def only_the_top_layers(images: Iterable[Image]) -> int:
    """A layer that is squashed away takes its bytes along, so that each image keeps those of its top layer.

    >>> only_the_top_layers(shop("shop", "blog").images.values())
    35000000
    """
    return sum(image.layers[-1].size for image in images)


def shared_as_before(one: Image, other: Image) -> int:
    """Files that two images have in common are stored once, whatever layers they lie in.

    >>> shared_as_before(*shop("shop", "blog").images.values())
    329371253
    """
    return disk(one, [other]).total


def the_step_that_deletes(image: Image) -> int:
    """A deletion gives back what lies below, if it only deletes the right files: its own step is the one to change.

    >>> image = scratch.with_layer(Layer.of({"a": b"1"})).with_layer(Layer.of({})).with_layer(Layer.of({"a": WHITEOUT}))
    >>> the_step_that_deletes(image)
    2
    """
    return explain(image).dead[0].by


def the_step_below_the_deletion(image: Image) -> int:
    """A whiteout reaches into the layer right below it.

    >>> image = scratch.with_layer(Layer.of({"a": b"1"})).with_layer(Layer.of({})).with_layer(Layer.of({"a": WHITEOUT}))
    >>> the_step_below_the_deletion(image)
    1
    """
    return the_step_that_deletes(image) - 1
