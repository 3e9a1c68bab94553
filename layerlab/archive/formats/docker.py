"""Docker's own archives, as `docker save` and its peers write them: manifest.json names configurations and layers.

Since Docker 25 they are OCI layouts as well. Then manifest.json decides which images there are, and the layout adds
each one's manifest digest.
"""

import re
from typing import Any, NamedTuple

from layerlab.archive.blobs import Blob
from layerlab.archive.config import Configs
from layerlab.archive.contents import Contents, StatedImage
from layerlab.archive.documents import descriptor, expect, optional, texts, verify
from layerlab.archive.errors import ArchiveError, at
from layerlab.archive.formats.oci import INDEX, Layout, Manifest, blob_name
from layerlab.archive.limits import Limits
from layerlab.archive.source import Source
from layerlab.words.printable import shown

MANIFEST = "manifest.json"
PLAIN_TYPE = "application/vnd.docker.image.rootfs.diff.tar"
IN_LAYOUT = re.compile(r"blobs/(sha256|sha512)/([0-9a-f]+)")
CONFIG = re.compile(r"(?:(sha256):)?([0-9a-f]{64})(?:\.json)?")


class Item(NamedTuple):
    """What manifest.json says of an image: where its configuration and layers lie, its names, descriptors of layers."""

    config: str
    layers: list[str]
    names: list[str]
    sources: dict[str, Any]


def docker_contents(outer: Source, limits: Limits) -> Contents:
    """Return the images that manifest.json names. What is not right raises ArchiveError."""
    found = Contents()
    configs = Configs(outer)
    manifests = _manifests(outer, limits)
    with at(MANIFEST):
        items = expect(outer.document(MANIFEST), list, "the manifest")
        if not items:
            raise ArchiveError("the archive holds no image")
        if len(items) > limits.images:
            raise ArchiveError(f"{len(items):,} images, where {limits.images:,} are the limit")
        known: dict[tuple[str, ...], StatedImage] = {}
        for number, value in enumerate(items):
            with at(f"item {number}"):
                item = _item(value)
                says = (item.config, *item.layers)
                if says in known:
                    known[says].names += item.names
                    continue
                image = _image(outer, item, configs, limits)
                if manifest := manifests.get(outer.digest(item.config)):
                    image.digest, image.platform = manifest.descriptor.digest, manifest.descriptor.platform
                    image.manifest = manifest.data
                known[says] = found.add(image)
    return found


def _item(value: object) -> Item:
    document = expect(value, dict, "it")
    return Item(
        expect(document.get("Config"), str, "Config"),
        texts(document.get("Layers"), "Layers"),
        texts(document.get("RepoTags"), "RepoTags"),
        optional(document, "LayerSources", dict) or {},
    )


def _image(outer: Source, item: Item, configs: Configs, limits: Limits) -> StatedImage:
    if len(item.layers) > limits.layers:
        raise ArchiveError(f"{len(item.layers):,} layers, where {limits.layers:,} are the limit")
    outer.read(item.config)
    with at(shown(item.config)):
        if stated := _stated(item.config):
            verify("digest", stated, outer.digest(item.config, stated))
        config = configs[item.config]
    if len(item.layers) != len(config.diff_ids):
        raise ArchiveError(f"{len(item.layers)} layers, where the configuration has {len(config.diff_ids)} diff_ids")
    layers = zip(item.layers, config.diff_ids, strict=True)
    return StatedImage(
        config, [_blob(outer, path, diff_id, item.sources) for path, diff_id in layers], names=item.names
    )


def _blob(outer: Source, path: str, diff_id: str, sources: dict[str, Any]) -> Blob:
    """Return a layer as a blob. A source in `sources` may speak of another place than this archive."""
    content = outer[path]
    stated, media_type = _stated(path), PLAIN_TYPE
    if diff_id in sources:
        source = descriptor(sources[diff_id], f"LayerSources, {diff_id}")
        if source.digest == stated or source.digest == diff_id:
            with at(path):
                verify("size", source.size, content.size)
            stated, media_type = source.digest, source.media_type or media_type
    return Blob(path, content, diff_id, stated, media_type)


def _stated(path: str) -> str | None:
    """Return the digest that a path states: a blob of a layout, or a configuration that is named by its hash."""
    match = IN_LAYOUT.fullmatch(path) or CONFIG.fullmatch(path)
    return f"{match[1] or 'sha256'}:{match[2]}" if match else None


def _manifests(outer: Source, limits: Limits) -> dict[str, Manifest]:
    """Return, by image id, each manifest that the archive has as an OCI layout."""
    if outer.get(INDEX) is None:
        return {}
    layout = Layout(outer, limits, sparse=True)
    found = {}
    for manifest in layout.manifests():
        with at(blob_name(manifest.descriptor.digest)):
            config, _ = layout.blobs(manifest)
        found[config.digest] = manifest
    return found
