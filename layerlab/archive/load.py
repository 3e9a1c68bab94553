"""Loading: an archive on disk becomes images."""

import os
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import BinaryIO

from layerlab.archive.blobs import Blob, layers
from layerlab.archive.contents import Contents, StatedImage
from layerlab.archive.errors import ArchiveError, at
from layerlab.archive.files import temporary
from layerlab.archive.formats.bare import bare_contents
from layerlab.archive.formats.dir import directory_contents
from layerlab.archive.formats.docker import docker_contents
from layerlab.archive.formats.legacy import legacy_contents
from layerlab.archive.formats.oci import oci_contents
from layerlab.archive.limits import Budget, Limits, bounded, hint
from layerlab.archive.progress import OnProgress, Progress
from layerlab.archive.source import Source, TarSource, open_outer, outer_tar
from layerlab.model.image import Image, Origin
from layerlab.model.layer import Layer

LIMITS = Limits()
CHUNK = 1 << 20
# The first that returns something decides. Since Docker 25 an archive may have both documents, manifest.json and
# index.json. Then manifest.json decides (see formats/docker.py).
FORMATS = (directory_contents, docker_contents, oci_contents, legacy_contents)

Key = tuple[int, int, int, str | None, str | None]


class Images(tuple[Image, ...]):
    """The images of an archive, in its order. `skipped` says what was left out, a line for each."""

    skipped: tuple[str, ...] = ()


def load(path: str | os.PathLike[str], progress: OnProgress | None = None, limits: Limits = LIMITS) -> Images:
    """Return the images in an archive: what `docker save`, `podman save`, `skopeo copy` and others write.

    It reads OCI layouts and docker-archives of every age, as a folder or a tar; layers may be plain or compressed with
    gzip, zstd, bzip2 or xz, and so may the whole file. A tar of a file system alone is an image of one layer. The
    images come in the archive's order, one for each platform of an index; where an archive is both, manifest.json
    decides. Every digest and size that it states is verified. Each byte is read once; a file's content stays where it
    is until someone reads it.

    `progress` is called now and then with the bytes read so far and the bytes to read: of the file first, where that is
    compressed, then of the layers. What cannot be read, or asks for more than `limits`, raises ArchiveError.

    >>> load("no-such-file.tar", progress=print)
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: no-such-file.tar: No such file or directory
    """
    name = os.fspath(path)
    with at(name):
        return images_in(open_outer(name, limits, progress), progress, limits)


def load_from(stream: BinaryIO, progress: OnProgress | None = None, limits: Limits = LIMITS) -> Images:
    """Return the images in an archive that comes through a pipe, as `load` does.

    The archive is kept in a temporary file without a name, because its documents may come after its layers.
    """
    stored = temporary(iter(partial(stream.read, CHUNK), b""))
    return images_in(outer_tar(stored, limits, progress), progress, limits)


def images_in(outer: Source, progress: OnProgress | None = None, limits: Limits = LIMITS) -> Images:
    """Return the images in an archive that is open, as `load` does."""
    try:
        contents = _contents(outer, limits)
    except ArchiveError as error:
        if isinstance(outer, TarSource) and not outer.marked:
            raise type(error)(f"{error}; the tar has no end, so it may be cut off") from error.__cause__
        raise
    # A layer that several images share is read once.
    blobs = {_key(blob): blob for found in contents.images for blob in found.blobs}
    bounded(len(blobs), limits.blobs, "different layers")
    total = sum(blob.content.size for blob in blobs.values())
    budget = outer.budget or Budget(limits, total)
    read = layers(blobs.values(), budget, Progress(progress, total))
    images = Images(_images(contents, {key: read[blob] for key, blob in blobs.items()}, limits))
    images.skipped = tuple(contents.skipped)
    return images


def _contents(outer: Source, limits: Limits) -> Contents:
    for contents in FORMATS:
        if found := contents(outer, limits):
            if not found.images:
                raise ArchiveError("; ".join(["the archive holds no image", *found.skipped]))
            return found
    return bare_contents(outer)


def _key(blob: Blob) -> Key:
    """Return a key that is equal for two blobs if their bytes and their stated digests are the same."""
    return id(blob.content.whole), blob.content.offset, blob.content.size, blob.diff_id, blob.digest


def _images(contents: Contents, layers: dict[Key, Layer], limits: Limits) -> Iterator[Image]:
    """Yield each image. More than the limits in all raises ArchiveError; shared parts count for each image."""
    json = steps = 0
    for found in _distinct(contents.images, layers, limits):
        image = _image(found, [layers[_key(blob)] for blob in found.blobs])
        json += len(image.config_json)
        steps += len(image.history) + len(image.layers)
        _check(json, steps, limits)
        yield image


def _check(json: int, steps: int, limits: Limits) -> None:
    if json > limits.json:
        raise ArchiveError(f"the images' configurations are more than {limits.json:,} bytes of JSON: {hint('json')}")
    if steps > limits.values:
        raise ArchiveError(f"more than {limits.values:,} layers and lines of history: {hint('values')}")


def _distinct(images: list[StatedImage], layers: dict[Key, Layer], limits: Limits) -> Iterator[StatedImage]:
    """Yield images with their configurations. Of those that archives state without one, each comes once.

    Two images of old ids may turn out to be the same image. Then it has the names of both, as in Docker.
    """
    made: dict[bytes, StatedImage] = {}
    json = steps = 0
    for found in images:
        if found.convert:
            found.config = found.convert([layers[_key(blob)].diff_id for blob in found.blobs])
            json += len(found.config.data)
            steps += len(found.config.history) + len(found.blobs)
            _check(json, steps, limits)
            made.setdefault(found.config.data, replace(found, names=[])).names += found.names
    for found in images:
        if not found.convert:
            yield found
        elif same := made.pop(found.config.data, None):
            yield same


def _image(found: StatedImage, layers: list[Layer]) -> Image:
    config = found.config
    origin = Origin(config.data, found.digest, tuple(dict.fromkeys(found.names)), found.platform, found.manifest)
    return Image(layers, config.history, config.settings, origin)
