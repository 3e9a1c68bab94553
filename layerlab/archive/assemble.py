"""Assemble: the files that an archive of images consists of, by their names, before anything is written.

Each blob is written once, however many images use it. Documents have sorted keys and contain no time, and layers made
here are stored as plain tars, because the same images have to give the same bytes on every machine.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from layerlab.archive.compression import detect
from layerlab.archive.documents import parse
from layerlab.archive.errors import ArchiveError
from layerlab.archive.formats.docker import MANIFEST
from layerlab.archive.formats.oci import INDEX, blob_name
from layerlab.archive.naming import annotated, tagged
from layerlab.model.content import Content, Literal, clip
from layerlab.model.hashing import algorithm
from layerlab.model.host import reference
from layerlab.model.image import Image, sha256
from layerlab.model.layer import Layer
from layerlab.model.media_types import (
    OCI,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_LAYER,
    OCI_LAYER_GZIP,
    OCI_LAYER_ZSTD,
    OCI_MANIFEST,
)
from layerlab.words.digests import cut_digest

LAYER_TYPES = {"": OCI_LAYER, "gzip": OCI_LAYER_GZIP, "zstd": OCI_LAYER_ZSTD}
LIKE_A_LAYER = re.compile(rf"{re.escape(OCI)}layer\.[\w.]*v1\.tar(\+\w+)?")
REF_NAME = "org.opencontainers.image.ref.name"

FilesByName = dict[str, Content]
JsonObject = dict[str, Any]


class Checked(Content):
    """Content that is hashed while it is read from start to end. A digest that differs raises ArchiveError."""

    __slots__ = ("_content", "size", "stated")

    def __init__(self, content: Content, digest: str) -> None:
        self._content = content
        self.stated = digest
        self.size = content.size

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`. Only a read of all bytes is checked and can raise ArchiveError."""
        if clip(self.size, start, stop) != (0, self.size):
            yield from self._content.chunks(start, stop)
            return
        sha = hashlib.new(algorithm(self.stated))
        for chunk in self._content.chunks():
            sha.update(chunk)
            yield chunk
        if self.stated != f"{sha.name}:{sha.hexdigest()}":
            raise ArchiveError(f"{cut_digest(self.stated)}: the archive that it was loaded from has changed")


class LayerTar(Content):
    """A layer's uncompressed tar as content."""

    __slots__ = ("_layer", "size")

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self.size = layer.tar_size

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `start` up to `stop`; bytes before `start` are made and dropped."""
        start, stop = clip(self.size, start, stop)
        position = 0
        for chunk in self._layer.tar_chunks():
            if position >= stop:
                return
            if piece := chunk[max(0, start - position) : stop - position]:
                yield piece
            position += len(chunk)


@dataclass(frozen=True)
class Named:
    """An image and the names that it is to have."""

    image: Image
    names: tuple[str, ...]


def oci_files(images: Iterable[Named]) -> FilesByName:
    """Return the files of an OCI layout (image-spec 1.1, image-layout.md).

    A name that several platforms of an image share leads to an index of them.

    >>> list(oci_files([Named(scratch, ("empty:1",))]))[-2:]
    ['index.json', 'oci-layout']
    """
    files: FilesByName = {}
    heads: dict[tuple[str, str], dict[str, JsonObject]] = {}
    for each in images:
        manifest = _manifest(each.image, files)
        digest = manifest["digest"]
        for name, nameless in [(name, "") for name in each.names] or [("", digest)]:
            heads.setdefault((name, nameless), {})[digest] = manifest
    tops = [_head(name, list(found.values()), files) for (name, _), found in heads.items()]
    files[INDEX] = Literal(_index(tops))
    files["oci-layout"] = Literal(_json({"imageLayoutVersion": "1.0.0"}))
    return files


def docker_files(images: Iterable[Named]) -> FilesByName:
    """Return the files of a docker-archive: manifest.json, configurations, and layers as plain tars.

    >>> list(docker_files([Named(scratch, ("empty:1",))]))[-1]
    'manifest.json'
    """
    files: FilesByName = {}
    owners: dict[str, Image] = {}
    items: dict[str, Any] = {}
    for each in images:
        image = each.image
        config = f"{_hex(image.id)}.json"
        files[config] = Literal(image.config_json)
        layers = [f"{_hex(layer.diff_id)}.tar" for layer in image.layers]
        for path, layer in zip(layers, image.layers, strict=True):
            files.setdefault(path, Checked(LayerTar(layer), layer.diff_id))
        item = items.setdefault(image.id, {"Config": config, "Layers": layers, "RepoTags": []})
        for name in map(tagged, map(reference, each.names)):
            if name not in owners:
                owners[name] = image
                item["RepoTags"].append(name)
            elif owners[name] != image:
                raise ArchiveError(f"two images are called {name}, of which a docker-archive holds one")
    # Last, so that the documents follow all files that they name.
    files[MANIFEST] = Literal(_json([*items.values()]))
    return files


def _head(name: str, manifests: list[JsonObject], files: FilesByName) -> JsonObject:
    """Return the descriptor under one name in index.json: of a manifest, or of an index with one for each platform."""
    if not name:
        return manifests[0]
    platforms = [_json(each.get("platform")) for each in manifests]
    if len(set(platforms)) < len(platforms):
        raise ArchiveError(f"two images for one platform are called {name}")
    head = manifests[0]
    if len(manifests) > 1:
        head = _descriptor(OCI_INDEX, _index(manifests), files)
    return {**head, "annotations": {REF_NAME: annotated(name)}}


def _manifest(image: Image, files: FilesByName) -> JsonObject:
    """Add an image's blobs, and return the descriptor of its manifest: the loaded manifest if it still fits."""
    config = _descriptor(OCI_CONFIG, image.config_json, files)
    layers = [_layer(layer, files) for layer in image.layers]
    made = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": config, "layers": layers}
    loaded = image.manifest_json
    manifest = _descriptor(OCI_MANIFEST, loaded if loaded and _alike(parse(loaded), made) else _json(made), files)
    keys = ("os", "architecture", "variant")
    platform = {key: image.platform[key] for key in keys if key in image.platform}
    return {**manifest, "platform": platform} if {"os", "architecture"} <= platform.keys() else manifest


def _alike(loaded: Any, made: Any) -> bool:
    """Tell whether a loaded manifest describes the blobs that are written, as a manifest made here does.

    Its media types must be those of OCI, because skopeo finds no others in a layout. Sizes are compared too, because
    those in a manifest beside a manifest.json were never verified.
    """
    # Engines read keys in any case, but a manifest that spells them otherwise is written anew.
    if loaded.get("mediaType", OCI_MANIFEST) != OCI_MANIFEST or not {"layers", "config"} <= loaded.keys():
        return False
    blobs = [[*(document["layers"] or ()), document["config"]] for document in (loaded, made)]
    return len(blobs[0]) == len(blobs[1]) and all(
        all(told.get(key, kept[key]) == kept[key] for key in kept) for told, kept in zip(*blobs, strict=True)
    )


def _layer(layer: Layer, files: FilesByName) -> JsonObject:
    """Add a layer's blob: as it was loaded if OCI has a media type for its compression, else as a plain tar."""
    stored = layer.stored
    compression = detect(stored.blob.read(0, 8)) if stored else None
    kind = compression.name if compression else ""
    if stored and kind in LAYER_TYPES:
        digest, content = stored.digest, stored.blob
        media_type = stored.media_type if LIKE_A_LAYER.fullmatch(stored.media_type) else LAYER_TYPES[kind]
    else:
        digest, content, media_type = layer.diff_id, LayerTar(layer), LAYER_TYPES[""]
    files.setdefault(blob_name(digest), Checked(content, digest))
    return {"mediaType": media_type, "digest": digest, "size": content.size}


def _descriptor(media_type: str, data: bytes, files: FilesByName) -> JsonObject:
    """Add a document as a blob and return its descriptor."""
    digest = sha256(data)
    files[blob_name(digest)] = Literal(data)
    return {"mediaType": media_type, "digest": digest, "size": len(data)}


def _index(manifests: list[JsonObject]) -> bytes:
    return _json({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests})


def _json(document: object) -> bytes:
    return json.dumps(document, sort_keys=True, separators=(",", ":")).encode()


def _hex(digest: str) -> str:
    return digest.partition(":")[2]
