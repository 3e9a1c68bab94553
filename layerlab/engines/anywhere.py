"""Anywhere: images from an archive on disk, a registry or a running engine, by one name."""

import os

from layerlab.archive.errors import at
from layerlab.archive.limits import Limits
from layerlab.archive.load import LIMITS, Images, images_in
from layerlab.archive.load import load as load_archive
from layerlab.archive.progress import OnProgress
from layerlab.engines.engine_error import EngineError
from layerlab.engines.prefixes import ENGINES, REGISTRY, EngineKind
from layerlab.model.image import Image


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
    if str(name).startswith(REGISTRY):
        return _from_registry(str(name), progress, limits, login)
    kind, colon, _ = str(name).partition(":")
    for each in ENGINES:
        # A file may be called docker. Where there is none, the name lacks the image.
        if kind == each and (colon or not os.path.exists(name)):
            return Images((_from_engine(each, str(name), progress),))
    return load_archive(path, progress, limits)


# Each client is imported when a name asks for it. Most names are those of files, and looking into a file would take a
# fifth longer.


def _from_engine(kind: EngineKind, name: str, progress: OnProgress | None) -> Image:
    from layerlab.engines.client import engine

    own = name.partition(":")[2]
    if not own:
        raise EngineError(f"{name} names no image: write {kind}:NAME")
    return engine(kind=kind).load(own, progress)


def _from_registry(name: str, progress: OnProgress | None, limits: Limits, login: tuple[str, str] | None) -> Images:
    from layerlab.engines.registry_client import RegistryClient, RemoteName
    from layerlab.engines.registry_source import RegistrySource

    client = RegistryClient(RemoteName.of(name), login)
    with at(name):
        return images_in(RegistrySource(client, limits, progress), None, limits)
