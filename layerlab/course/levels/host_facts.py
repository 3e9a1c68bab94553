"""Host facts: the kinds of facts that are read from a host, or from the host that a bench has."""

from collections.abc import Callable, Mapping

from layerlab.course.levels.reading import FactKind, Reading, in_bytes, number, said
from layerlab.model.container import Container
from layerlab.model.entry import Entry
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.model.view import View
from layerlab.words.digests import short_digest
from layerlab.words.sizes import size

Read = Callable[[Host, str, str], Reading | None]


def _images(host: Host) -> list[Image]:
    return list({image.id: image for image in (*host.images.values(), *host.untagged)}.values())


def _of_container(read: Callable[[Container], Reading]) -> Read:
    return lambda host, of, _: read(host.containers[of]) if of in host.containers else None


def _of_image(read: Callable[[Image], Reading]) -> Read:
    return lambda host, of, _: read(host.images[of]) if of in host.images else None


def _state(host: Host, of: str, _: str) -> Reading:
    return said(host.containers[of].state if of in host.containers else "not there")


def _there(host: Host, of: str, _: str) -> Reading:
    return said("there" if of in host.images else "not there")


def _runs_on(host: Host, of: str, _: str) -> Reading | None:
    if of not in host.containers:
        return None
    image = host.containers[of].image
    names = [name for name, each in host.images.items() if each == image]
    digits = short_digest(image.id)
    words = f"the image {names[0]}" if names else f"an image without a name, {digits}"
    return Reading(image.id, words, f"the image {digits}")


def _shown(view: View, path: str) -> Reading:
    entry: Entry | None = view.get(path)
    if entry is None:
        return said("not there")
    if entry.kind != "file":
        return said(f"a {entry.kind}")
    # Its size alone is compared, because the size is all that the words and the picture say of a file.
    return Reading(entry.size, size(entry.size), f"{entry.size:,} B")


def _in_container(host: Host, of: str, path: str) -> Reading | None:
    return _shown(host.containers[of].view(), path) if of in host.containers else None


def _in_image(host: Host, of: str, path: str) -> Reading | None:
    return _shown(host.images[of].view(), path) if of in host.images else None


def _kept(host: Host, of: str, path: str) -> Reading | None:
    if of not in host.images:
        return None
    return number(sum(path in layer.entries for layer in host.images[of].layers))


def _kept_here(host: Host, _: str, path: str) -> Reading:
    layers = {key: layer for image in _images(host) for key, layer in zip(image.chain_ids, image.layers, strict=True)}
    return number(sum(path in layer.entries for layer in layers.values()))


HOST_FACTS: Mapping[str, FactKind] = {
    "containers": FactKind(
        "host", "containers", "The number of containers is", lambda host, *_: number(len(host.containers))
    ),
    "images": FactKind("host", "images", "The number of images is", lambda host, *_: number(len(_images(host)))),
    "layers": FactKind(
        "host", "stored layers", "The number of stored layers is", lambda host, *_: number(len(host.usage().layers))
    ),
    "bytes": FactKind("host", "all bytes", "This host stores", lambda host, *_: in_bytes(host.usage().total)),
    "kept here": FactKind(
        "host", "layers with {name}", "The number of stored layers that contain /{path} is", _kept_here
    ),
    "state": FactKind("container", "state", "{of} is", _state),
    "runs on": FactKind("container", "runs on", "{of} runs on", _runs_on),
    "thin": FactKind(
        "container", "thin layer", "{of}'s thin layer contains", _of_container(lambda each: in_bytes(each.size_rw))
    ),
    "file": FactKind("container", "{name}", "In {of}, /{path} is", _in_container),
    "image": FactKind("image", "image", "The image {of} is", _there),
    "size": FactKind("image", "size", "The size of {of} is", _of_image(lambda each: in_bytes(each.size))),
    "depth": FactKind("image", "layers", "The number of layers of {of} is", _of_image(lambda i: number(len(i.layers)))),
    "shows": FactKind("image", "{name}", "In {of}, /{path} is", _in_image),
    "kept": FactKind("image", "layers with {name}", "The number of layers of {of} that contain /{path} is", _kept),
}
"""The kinds of facts of a host, by their names."""
