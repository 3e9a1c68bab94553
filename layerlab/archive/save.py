"""Saving: images become an archive on disk, one that engines load."""

import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, get_args

from layerlab.archive.assemble import FilesByName, Named, docker_files, oci_files
from layerlab.archive.atomic import new_file, new_folder
from layerlab.archive.carried import refuse_lossy
from layerlab.archive.errors import ArchiveError, at
from layerlab.archive.naming import tagged
from layerlab.model import tar
from layerlab.model.entry import Entry
from layerlab.model.host import reference
from layerlab.model.image import Image, checked

Format = Literal["oci", "docker"]

COMPRESSED = (".gz", ".tgz", ".bz2", ".xz", ".zst")


def save(
    images: Image | Iterable[Image] | Mapping[str, Image],
    path: str | os.PathLike[str],
    format: Format = "oci",  # noqa: A002 - engines' own word
) -> None:
    """Write images to an archive that `load` reads, and so do skopeo, umoci, Podman and Docker.

    The format "oci" is a layout: a tar where `path` ends in ".tar", else a folder, which must be new or empty.
    "docker" is the tar of `docker save`, the one that Docker before version 25 loads. Images keep their ids. In a
    layout, layers that were loaded keep their bytes, and with them `digest`, `blob_size` and the manifest's digest;
    layers made here, and all in the docker format, are plain tars. Each layer is written once.

    Images carry the names that they were loaded with. A mapping names them itself, as `host.images` does; no tag
    means `:latest`. Platforms that share a name become an index, which the docker format has no room for.

    The same images give the same bytes. The archive appears whole or not at all: until then, what was at `path`
    stays. ArchiveError is raised for a name that no engine takes, and for a layer made here that a tar cannot contain,
    for example because the name of an attribute contains "=".

    >>> save({"Shop": scratch}, "shop.tar")
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: shop.tar: no image can be called 'Shop:latest': a name is lower-case words, \
and a tag after a colon
    """
    name = os.fspath(path)
    if format not in get_args(Format):
        raise ValueError(f'the format is "oci" or "docker", not {format!r}')
    with at(name):
        if name.lower().endswith(COMPRESSED):
            raise ArchiveError("archives are saved as plain tars: call it .tar, and compress it afterwards")
        named = list(_named(images))
        if not named:
            raise ArchiveError("there is no image to save")
        # Before anything is written: an error must leave what was at `path` as it was.
        refuse_lossy(each.image for each in named)
        files = docker_files(named) if format == "docker" else oci_files(named)
        if format == "docker" or name.endswith(".tar"):
            _write_tar(files, name)
        else:
            _write_folder(files, name)


def _named(images: Image | Iterable[Image] | Mapping[str, Image]) -> Iterator[Named]:
    if isinstance(images, Mapping):
        yield from (Named(checked(image, "save"), (tagged(reference(name)),)) for name, image in images.items())
    else:
        listed = images if isinstance(images, Iterable) else [images]
        yield from (Named(checked(image, "save"), image.names) for image in listed)


def _write_tar(files: FilesByName, path: str) -> None:
    entries = {name: Entry("file", 0o644, size=content.size, content=content) for name, content in files.items()}
    with new_file(path) as file:
        file.writelines(tar.chunks(entries))


def _write_folder(files: FilesByName, path: str) -> None:
    with new_folder(path) as folder:
        for name, content in files.items():
            place = os.path.join(folder, *name.split("/"))
            os.makedirs(os.path.dirname(place), exist_ok=True)
            with open(place, "xb") as file:
                file.writelines(content.chunks())
                file.flush()
                # Otherwise a crash could leave the new name with files of no bytes.
                os.fsync(file.fileno())
