"""Anywhere: images from an archive on disk, a registry or a running engine, by one name, and images to a registry."""

import os
from typing import get_args

from layerlab.archive.assemble import Named, oci_files
from layerlab.archive.carried import refuse_lossy
from layerlab.archive.errors import at
from layerlab.archive.formats.oci import INDEX
from layerlab.archive.limits import Limits
from layerlab.archive.load import LIMITS, Images, images_in
from layerlab.archive.load import load as load_archive
from layerlab.archive.progress import OnProgress
from layerlab.engines.client import EngineKind, engine
from layerlab.engines.engine_error import EngineError
from layerlab.engines.registry_client import PREFIX, RegistryClient, RemoteName, progress_of
from layerlab.engines.registry_source import RegistrySource
from layerlab.model.image import Image, checked

KINDS: tuple[EngineKind, ...] = get_args(EngineKind)


def load(
    path: str | os.PathLike[str],
    progress: OnProgress | None = None,
    limits: Limits = LIMITS,
    *,
    login: tuple[str, str] | None = None,
) -> Images:
    """Return the images in an archive: what `docker save`, `podman save`, `skopeo copy` and others write.

    It reads OCI layouts and docker-archives of every age, as a folder or a tar; layers may be plain or compressed with
    gzip, zstd, bzip2 or xz, and so may the whole file. A tar of a file system alone is an image of one layer. The
    images come in the archive's order, one for each platform of an index; where an archive is both, manifest.json
    decides. Every digest and size that it states is verified. Each byte is read once; a file's content stays where it
    is until someone reads it.

    A name such as "registry:127.0.0.1:5000/shop:1" is fetched from a registry, of several platforms that of this
    machine. Connections are by TLS, except to this machine itself. `login` is a name and a password; without one,
    what `docker login` kept is used where the registry asks for it.

    "docker:shop" and "podman:shop" are an image of an engine that runs on this machine. A file whose name begins with
    one of these words is written "./docker:shop".

    `progress` is called now and then with the bytes read so far and the bytes to read. What cannot be read, or asks for
    more than `limits`, raises ArchiveError, what a registry does not give RegistryError, and what an engine does not
    give EngineError.

    >>> load("no-such-file.tar", progress=print)
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: no-such-file.tar: No such file or directory
    >>> load("registry:Shop")
    Traceback (most recent call last):
    layerlab.registries.distribution.RegistryError: registry:Shop: a name in a registry is HOST/NAME:TAG, as in \
127.0.0.1:5000/shop:1
    """
    name = os.fspath(path)
    kind, _, own = str(name).partition(":")
    for each in KINDS:
        if kind == each:
            if not own:
                raise EngineError(f"{name} names no image: write {kind}:NAME")
            return Images((engine(kind=each).load(own, progress),))
    if not str(name).startswith(PREFIX):
        return load_archive(path, progress, limits)
    client = RegistryClient(RemoteName.of(name), login)
    with at(name):
        return images_in(RegistrySource(client, limits, progress), None, limits)


def push(image: Image, name: str, progress: OnProgress | None = None, *, login: tuple[str, str] | None = None) -> int:
    """Upload an image to a registry, and return how many bytes of blobs were sent.

    Only blobs that the repository does not have are sent; the manifest goes last. Layers that were loaded are sent as
    they were stored, layers made here as plain tars, so that the same image is the same bytes each time.

    >>> push(scratch, "registry:127.0.0.1:5000/Shop")
    Traceback (most recent call last):
    layerlab.registries.distribution.RegistryError: registry:127.0.0.1:5000/Shop: 'Shop' is no repository: its name is \
lower-case words
    """
    remote = RemoteName.of(name)
    client = RegistryClient(remote, login)
    with at(name):
        refuse_lossy([checked(image, "push")])
        files = oci_files([Named(image, ())])
        index = files[INDEX].read()
    manifest, kind = _manifest(index)
    blobs = {}
    for path, content in files.items():
        kind_of, _, digits = path.rpartition("/")
        if kind_of.startswith("blobs/"):
            blobs[f"{kind_of.removeprefix('blobs/')}:{digits}"] = content
    data = blobs.pop(manifest).read()
    # The manifest goes last, because a registry refuses one whose blobs it does not have.
    missing = {digest: content for digest, content in blobs.items() if not client.has(digest)}
    told = progress_of(progress, sum(content.size for content in missing.values()))
    for digest, content in missing.items():
        client.upload(digest, content, told)
    client.put_manifest(data, kind, remote.reference)
    return sum(content.size for content in missing.values())


def _manifest(index: bytes) -> tuple[str, str]:
    """Return the digest and the media type of the one manifest that an index lists."""
    import json

    (entry,) = json.loads(index)["manifests"]
    return entry["digest"], entry["mediaType"]
