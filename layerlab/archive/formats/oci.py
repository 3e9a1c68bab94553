"""OCI image layouts: index.json names manifests, and these name a configuration and layers (OCI image-spec 1.1).

An index may contain other indexes, and manifests for several platforms. Archives that engines save may lack blobs of
platforms that were never pulled. Such an image is left out, and `skipped` names it. Signatures, attestations, charts
and caches are left out too, because they are not images. A document of an unknown media type is never read (image-spec
1.1, manifest.md).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from layerlab.archive import policy
from layerlab.archive.blobs import Blob
from layerlab.archive.config import Configs
from layerlab.archive.contents import Contents, StatedImage
from layerlab.archive.documents import FIELDS, PLATFORM, Descriptor, annotations, descriptor, optional, struct, verify
from layerlab.archive.errors import ArchiveError, MissingError, at
from layerlab.archive.files import Part
from layerlab.archive.limits import Limits, bounded
from layerlab.archive.source import Source
from layerlab.model.media_types import (
    DOCKER_CONFIG,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    DOCKER_SCHEMA1,
    OCI_CONFIG,
    OCI_INDEX,
    OCI_MANIFEST,
)
from layerlab.words.digests import cut_digest
from layerlab.words.printable import printable, shown

INDEX = "index.json"
INDEX_TYPES = (OCI_INDEX, DOCKER_LIST)
MANIFEST_TYPES = (OCI_MANIFEST, DOCKER_MANIFEST)
CONFIG_TYPES = (OCI_CONFIG, DOCKER_CONFIG, "")
# containerd writes the whole name, and in ref.name perhaps only the tag, so the whole name comes first.
NAME_ANNOTATIONS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
MANIFEST_FIELDS = [
    "schemaVersion", "mediaType", "artifactType", "annotations", "subject", "manifests", "config", "layers", "fsLayers",
    "history",
]  # fmt: skip
# Each form of manifest has its own fields. With those of two forms, readers would see two things (containers/image,
# manifest/common.go, and CVE-2021-41190).
OF_AN_IMAGE, OF_AN_INDEX, OF_SCHEMA1 = ("config", "layers"), ("manifests",), ("fsLayers", "history")
PACKED = ("", "gzip", "zstd", "bzip2", "xz")
ENCRYPTED = "+encrypted"
DIGEST_LIKE = re.compile(r"[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]+")
ALGORITHMS = ("sha256:", "sha384:", "sha512:")
# An index cannot contain itself, because it is named by its digest, but a chain of indexes can be long.
DEEPEST = 8
NOTHING = b"{}"  # an artifact's configuration (OCI image-spec 1.1, manifest.md); some say that it is an image's


@dataclass(frozen=True)
class Manifest:
    """A manifest that is in the archive, its digest and size verified, and the descriptors on the way to it.

    `data` is its bytes, `document` the parsed JSON.
    """

    descriptor: Descriptor
    data: bytes
    document: dict[str, Any]
    names: tuple[str, ...]


class Layout:
    """An OCI layout, read from `index.json` down to the manifests; `skipped` says what was left out, and why."""

    def __init__(self, outer: Source, limits: Limits) -> None:
        self._outer = outer
        self._limits = limits
        self._seen = 0
        self._configs = Configs(outer)
        self.skipped: list[str] = []

    def contents(self) -> Contents:
        """Return the images of the layout."""
        found = Contents(skipped=self.skipped)
        known: dict[str, StatedImage] = {}
        for manifest in self.manifests():
            if manifest.descriptor.digest in known:
                known[manifest.descriptor.digest].names += manifest.names
                continue
            with at(blob_name(manifest.descriptor.digest)):
                try:
                    if image := self._image(manifest):
                        known[manifest.descriptor.digest] = found.add(image)
                except MissingError as error:
                    self._skip(manifest.descriptor, str(error), manifest.names)
        return found

    def manifests(self) -> Iterator[Manifest]:
        """Yield every manifest that is in the layout, in order."""
        yield from self._index(self.index(), INDEX, (), 0)

    def index(self) -> dict[str, Any]:
        """Return what `index.json` says; what is no object raises ArchiveError."""
        with at(INDEX):
            return self._document(INDEX, "the index")

    def blobs(self, manifest: Manifest) -> tuple[Descriptor, list[Descriptor]] | None:
        """Return the descriptors of an image's configuration and layers, None if it is not an image and is left out.

        A manifest without them raises ArchiveError.
        """
        stated = descriptor(manifest.document.get("config"), "config")
        # An image without layers may say so by no list at all, as Go writes one that is empty.
        items = optional(manifest.document, "layers", list) or []
        bounded(len(items), self._limits.layers, "layers")
        layers = [descriptor(item, f"layers, item {number}") for number, item in enumerate(items)]
        if what := _other_than_image(manifest.document, stated, layers):
            self._skip(manifest.descriptor, what, manifest.names)
            return None
        return stated, layers

    def _index(self, document: dict[str, Any], place: str, names: tuple[str, ...], depth: int) -> Iterator[Manifest]:
        with at(place):
            if depth > DEEPEST:
                raise ArchiveError(f"indexes nested more than {DEEPEST} deep")
            items = optional(document, "manifests", list) or []
            self._seen += len(items)
            if self._seen > self._limits.images:
                raise ArchiveError(f"more than {self._limits.images:,} manifests")
            listed = [self._listed(item, f"manifests, item {number}") for number, item in enumerate(items)]
        for item in filter(None, listed):
            yield from self._entry(item, (*names, *_names(item)), depth)

    def _listed(self, value: object, what: str) -> Descriptor | None:
        """Return a descriptor in an index, None if its type is not known and it is left out."""
        stated = struct(value, what, FIELDS)
        kind, digest = optional(stated, "mediaType", str) or "", stated.get("digest")
        why = ""
        if kind.startswith(DOCKER_SCHEMA1):
            why = "a manifest of schema 1, from before 2016, which is not supported"
        elif kind not in ("", *MANIFEST_TYPES, *INDEX_TYPES):
            why = f"no image but {shown(kind)}"
        elif isinstance(digest, str) and DIGEST_LIKE.fullmatch(digest) and not digest.startswith(ALGORITHMS):
            why = "a digest of a kind that is not known"
        if not why:
            return descriptor(value, what)
        name = cut_digest(digest) if isinstance(digest, str) else what
        self.skipped.append(printable(f"{name}: {why}"))
        return None

    def _entry(self, item: Descriptor, names: tuple[str, ...], depth: int) -> Iterator[Manifest]:
        place = blob_name(item.digest)
        # BuildKit lists its attestations as images for the platform unknown/unknown, marked by this annotation.
        if "attestation-manifest" in item.annotations.get("vnd.docker.reference.type", ""):
            self._skip(item, "an attestation")
            return
        try:
            data = verified(self._outer, item)
        except MissingError as error:
            self._skip(item, str(error), names)
            return
        with at(place):
            document = self._document(place, "the manifest")
            # A descriptor should state a media type. One that states none may name an index or a manifest.
            is_index = item.media_type in INDEX_TYPES or (not item.media_type and "manifests" in document)
            others = OF_AN_IMAGE if is_index else OF_AN_INDEX
            old = document.get("schemaVersion") == 1 and "config" not in document
            if any(document.get(key) is not None for key in (*others, *(() if old else OF_SCHEMA1))):
                raise ArchiveError(policy.AMBIGUOUS.case)
        if is_index:
            yield from self._index(document, place, names, depth + 1)
        elif old:
            self._skip(item, "a manifest of schema 1, from before 2016, which is not supported", names)
        else:
            yield Manifest(item, data, document, names)

    def _document(self, name: str, what: str) -> dict[str, Any]:
        """Return a manifest or an index. What engines refuse of the fields of both raises ArchiveError."""
        document = struct(self._outer.document(name), what, MANIFEST_FIELDS)
        optional(document, "schemaVersion", int)
        optional(document, "mediaType", str)
        optional(document, "subject", dict)
        annotations(document)
        return document

    def _image(self, manifest: Manifest) -> StatedImage | None:
        if (blobs := self.blobs(manifest)) is None:
            return None
        stated, layers = blobs
        data = verified(self._outer, stated)
        with at(blob_name(stated.digest)):
            if data.strip() == NOTHING:
                self._skip(manifest.descriptor, "no image: its configuration is empty", manifest.names)
                return None
            config = self._configs[blob_name(stated.digest)]
        if len(config.diff_ids) != len(layers):
            raise ArchiveError(f"{len(layers)} layers, where the configuration has {len(config.diff_ids)} diff_ids")
        stored = [
            Blob(blob_name(layer.digest), located(self._outer, layer), diff_id, layer.digest, layer.media_type)
            for layer, diff_id in zip(layers, config.diff_ids, strict=True)
        ]
        head = manifest.descriptor
        return StatedImage(config, stored, head.digest, list(manifest.names), head.platform, manifest.data)

    def _skip(self, item: Descriptor, why: str, names: tuple[str, ...] = ()) -> None:
        platform = "/".join(filter(None, (item.platform.get(key) for key in PLATFORM)))
        words = [platform, cut_digest(item.digest), *map(shown, names)]
        self.skipped.append(printable(f"{' '.join(filter(None, words))}: {why}"))


def oci_contents(outer: Source, limits: Limits) -> Contents | None:
    """Return the images of a layout, None where there is no `index.json`."""
    return Layout(outer, limits).contents() if outer.get(INDEX) is not None else None


def blob_name(digest: str) -> str:
    """Return where a layout keeps the blob with that digest.

    >>> blob_name("sha256:e3b0")
    'blobs/sha256/e3b0'
    """
    return f"blobs/{digest.replace(':', '/')}"


def located(outer: Source, item: Descriptor) -> Part:
    """Return the blob's content; a missing one or a wrong size raises ArchiveError."""
    content = outer.get(blob_name(item.digest))
    if content is None:
        elsewhere = f", but it can be fetched from {shown(item.urls[0])}" if item.urls else ""
        raise MissingError(f"{shown(blob_name(item.digest))} is not in the archive{elsewhere}")
    with at(blob_name(item.digest)):
        verify("size", item.size, content.size)
    return content


def verified(outer: Source, item: Descriptor) -> bytes:
    """Return the bytes of a blob that is a document, its size and digest verified."""
    name = blob_name(item.digest)
    located(outer, item)
    with at(name):
        verify("digest", item.digest, outer.digest(name, item.digest))
        return outer.read(name)


def _names(item: Descriptor) -> tuple[str, ...]:
    return tuple(item.annotations[key] for key in NAME_ANNOTATIONS if item.annotations.get(key))[:1]


def _other_than_image(document: dict[str, Any], config: Descriptor, layers: list[Descriptor]) -> str:
    """Return why a manifest is not an image's (signatures, attestations and charts have manifests too), else ""."""
    if config.media_type not in CONFIG_TYPES:
        return f"no image but {shown(optional(document, 'artifactType', str) or config.media_type)}"
    kinds = [layer.media_type for layer in layers if layer.media_type]
    if any(kind.endswith(ENCRYPTED) for kind in kinds):
        return "its layers are encrypted: they can be read only with a key"
    others = [kind for kind in kinds if ".tar" not in kind or kind.partition("+")[2] not in PACKED]
    return f"no image but {shown(others[0])}" if others else ""
