"""Registry push: the upload of an image to a real registry."""

import json

from layerlab.archive.assemble import Named, oci_files
from layerlab.archive.carried import refuse_lossy
from layerlab.archive.errors import at
from layerlab.archive.formats.oci import INDEX
from layerlab.archive.progress import OnProgress
from layerlab.engines.registry_client import RegistryClient, RemoteName, progress_of
from layerlab.model.image import Image, checked


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
    (entry,) = json.loads(index)["manifests"]
    return entry["digest"], entry["mediaType"]
