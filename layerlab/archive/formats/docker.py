"""Docker's own archives, as `docker save` and its peers write them: manifest.json names configurations and layers.

Since Docker 25 these archives are OCI layouts as well. Then manifest.json decides which images there are, and the
layout adds the manifest digest of each image.
"""

from typing import Any, NamedTuple

from layerlab.archive import policy
from layerlab.archive.blobs import Blob
from layerlab.archive.config import Configs
from layerlab.archive.contents import Contents, StatedImage
from layerlab.archive.documents import expect, verify
from layerlab.archive.errors import ArchiveError, MissingError, WrongError, at
from layerlab.archive.formats.oci import INDEX, Layout, Manifest, blob_name
from layerlab.archive.limits import Limits, bounded
from layerlab.archive.naming import familiar, tagged
from layerlab.archive.source import Source, stated_digest
from layerlab.archive.structs import ITEM, read
from layerlab.model.media_types import DOCKER_LAYER
from layerlab.words.printable import printable, shown

MANIFEST = "manifest.json"


class Item(NamedTuple):
    """What manifest.json says of an image: where its configuration and layers lie, its names, descriptors of layers."""

    config: str
    layers: list[str]
    names: list[str]
    sources: dict[str, Any]


def docker_contents(outer: Source, limits: Limits) -> Contents | None:
    """Return the images that manifest.json names, None where there is none. A wrong document raises ArchiveError."""
    if outer.get(MANIFEST) is None:
        return None
    layout = _layout(outer, limits)
    found = Contents(skipped=layout.skipped if layout else [])
    configs = Configs(outer)
    manifests = _manifests(layout, found.skipped) if layout else {}
    owners: dict[str, StatedImage] = {}
    with at(MANIFEST):
        document = outer.document(MANIFEST)
        items = [] if document is None else expect(document, list, "the manifest")
        if not items:
            raise ArchiveError(policy.NOTHING.case)
        bounded(len(items), limits.images, "images")
        known: dict[tuple[str, ...], StatedImage] = {}
        for number, value in enumerate(items):
            with at(f"item {number}"):
                item = _item(value)
                says = (item.config, *item.layers)
                if says in known:
                    known[says].names += item.names
                    owners |= dict.fromkeys(map(familiar, item.names), known[says])
                    continue
                try:
                    image = _image(outer, item, configs, limits)
                # A layout may lack blobs (image-layout.md), a plain docker-archive has to be whole.
                except MissingError as error:
                    if not layout:
                        raise
                    found.skipped.append(printable(f"{', '.join(item.names) or f'item {number}'}: {error}"))
                    continue
                if manifest := manifests.get(outer.digest(item.config)):
                    image.digest, image.platform = manifest.descriptor.digest, manifest.descriptor.platform
                    image.manifest = manifest.data
                known[says] = found.add(image)
                owners |= dict.fromkeys(map(familiar, item.names), known[says])
    for image in found.images:  # policy.ONE_NAME
        image.names = [name for name in image.names if owners[familiar(name)] is image]
    return found


def _item(value: object) -> Item:
    item = read(value, "it", ITEM)
    config = expect(item["Config"], str, "Config")
    return Item(config, item["Layers"] or [], [tagged(name) for name in item["RepoTags"] or []], item["LayerSources"])


def _image(outer: Source, item: Item, configs: Configs, limits: Limits) -> StatedImage:
    bounded(len(item.layers), limits.layers, "layers")
    outer.read(item.config)
    with at(shown(item.config)):
        if stated := stated_digest(item.config):
            verify("digest", stated, outer.digest(item.config, stated))
        config = configs[item.config]
    if len(item.layers) != len(config.diff_ids):
        raise ArchiveError(f"{len(item.layers)} layers, where the configuration has {len(config.diff_ids)} diff_ids")
    layers = zip(item.layers, config.diff_ids, strict=True)
    return StatedImage(
        config, [_blob(outer, path, diff_id, item.sources) for path, diff_id in layers], names=item.names
    )


def _blob(outer: Source, path: str, diff_id: str, sources: dict[str, Any]) -> Blob:
    """Return a layer as a blob. A descriptor in `sources` is used only if it describes the bytes in this archive."""
    content = outer[path]
    stated, media_type = stated_digest(path), DOCKER_LAYER
    source = sources.get(diff_id)
    if source and source["digest"] in (stated, diff_id):
        with at(path):
            verify("size", source["size"] or 0, content.size)
        stated, media_type = source["digest"], source["mediaType"] or media_type
    return Blob(path, content, diff_id, stated, media_type)


def _layout(outer: Source, limits: Limits) -> Layout | None:
    """Return the archive as an OCI layout, if it is one too; an index that says nothing is as none, as for engines."""
    if outer.get(INDEX) is None:
        return None
    layout = Layout(outer, limits)
    try:
        layout.index()
    except ArchiveError:
        return None
    return layout


def _manifests(layout: Layout, skipped: list[str]) -> dict[str, Manifest]:
    """Return, by image id, each manifest that the archive has as an OCI layout.

    manifest.json decides, so that engines load the images whatever is wrong in the layout beside it. A line in
    `skipped` says what is.
    """
    found = {}
    try:
        for manifest in layout.manifests():
            with at(blob_name(manifest.descriptor.digest)):
                if blobs := layout.blobs(manifest):
                    found[blobs[0].digest] = manifest
    except WrongError:
        raise
    except ArchiveError as error:
        skipped.append(printable(f"the layout beside {MANIFEST}: {error}"))
    return found
