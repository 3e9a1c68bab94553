"""OCI image layouts: index.json leads to manifests, these to a configuration and layers (OCI image-spec 1.1).

An index may hold other indexes, and manifests for several platforms. Archives that engines save are sparse: blobs of
platforms that were never pulled are absent, and are left out by name. So is what is no image: signatures,
attestations, charts.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from layerlab.archive.blobs import Blob
from layerlab.archive.config import Configs
from layerlab.archive.contents import Contents, StatedImage
from layerlab.archive.documents import Descriptor, descriptor, expect, optional, verify
from layerlab.archive.errors import ArchiveError, MissingError, at
from layerlab.archive.files import Part
from layerlab.archive.limits import Limits
from layerlab.archive.source import Source
from layerlab.words.printable import printable, shown

INDEX = "index.json"
INDEX_TYPES = ("application/vnd.oci.image.index.v1+json", "application/vnd.docker.distribution.manifest.list.v2+json")
CONFIG_TYPES = ("application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json", "")
SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+"
NAME_ANNOTATIONS = ("io.containerd.image.name", "org.opencontainers.image.ref.name")
DEEPEST = 8
NOTHING = b"{}"  # an artifact's configuration (OCI image-spec 1.1, manifest.md); some say that it is an image's


@dataclass(frozen=True)
class Manifest:
    """A manifest that is in the archive, its digest and size verified, and the descriptors on the way to it.

    `data` are its bytes, `document` what they say.

    `optional` tells that it is one of several platforms, so that it may be left out.
    """

    descriptor: Descriptor
    data: bytes
    document: dict[str, Any]
    names: tuple[str, ...]
    optional: bool


class Layout:
    """An OCI layout, read from `index.json` down to the manifests; `skipped` says what was left out, and why.

    In a `sparse` one any manifest may be absent.
    """

    def __init__(self, outer: Source, limits: Limits, sparse: bool = False) -> None:
        self._outer = outer
        self._sparse = sparse
        self._limits = limits
        self._seen = 0
        self._configs = Configs(outer)
        self.skipped: list[str] = []

    def contents(self) -> Contents:
        """Return the images of the layout. None at all raises ArchiveError."""
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
                    if not manifest.optional:
                        raise
                    self._skip(manifest.descriptor, str(error))
        if not found.images:
            raise ArchiveError("; ".join(["the archive holds no image", *self.skipped]))
        return found

    def manifests(self) -> Iterator[Manifest]:
        """Yield every manifest that is in the layout, in order."""
        with at(INDEX):
            document = expect(self._outer.document(INDEX), dict, "the index")
        yield from self._index(document, INDEX, (), 0)

    def blobs(self, manifest: Manifest) -> tuple[Descriptor, list[Descriptor]]:
        """Return the descriptors of a manifest's configuration and layers. What has none raises ArchiveError."""
        if manifest.document.get("schemaVersion") == 1:
            raise ArchiveError("a manifest of schema 1, from before 2016, which is not supported")
        stated = descriptor(manifest.document.get("config"), "config")
        items = expect(manifest.document.get("layers"), list, "layers")
        if len(items) > self._limits.layers:
            raise ArchiveError(f"{len(items):,} layers, where {self._limits.layers:,} are the limit")
        return stated, [descriptor(item, f"layers, item {number}") for number, item in enumerate(items)]

    def _index(self, document: dict[str, Any], place: str, names: tuple[str, ...], depth: int) -> Iterator[Manifest]:
        with at(place):
            if depth > DEEPEST:
                raise ArchiveError(f"indexes nested more than {DEEPEST} deep")
            items = optional(document, "manifests", list) or []
            known = [descriptor(item, f"manifests, item {number}") for number, item in enumerate(items)]
            self._seen += len(known)
            if self._seen > self._limits.images:
                raise ArchiveError(f"more than {self._limits.images:,} manifests")
        for item in known:
            sparse = self._sparse or (bool(item.platform) and len(known) > 1)
            yield from self._entry(item, (*names, *_names(item)), sparse, depth)

    def _entry(self, item: Descriptor, names: tuple[str, ...], sparse: bool, depth: int) -> Iterator[Manifest]:
        place = blob_name(item.digest)
        if "attestation-manifest" in item.annotations.get("vnd.docker.reference.type", ""):
            self._skip(item, "an attestation")
            return
        with at(place):
            if item.media_type.startswith(SCHEMA1):
                raise ArchiveError("a manifest of schema 1, from before 2016, which is not supported")
            try:
                data = verified(self._outer, item)
            except MissingError as error:
                if not sparse:
                    raise
                self._skip(item, str(error))
                return
            document = expect(self._outer.document(place), dict, "the manifest")
        if item.media_type in INDEX_TYPES or (not item.media_type and "manifests" in document):
            yield from self._index(document, place, names, depth + 1)
        else:
            yield Manifest(item, data, document, names, sparse)

    def _image(self, manifest: Manifest) -> StatedImage | None:
        stated, layers = self.blobs(manifest)
        if what := _other_than_image(manifest.document, stated, layers):
            self._skip(manifest.descriptor, what)
            return None
        with at(blob_name(stated.digest)):
            if verified(self._outer, stated).strip() == NOTHING:
                self._skip(manifest.descriptor, "no image: its configuration is empty")
                return None
            config = self._configs[blob_name(stated.digest)]
        if len(config.diff_ids) != len(layers):
            raise ArchiveError(f"{len(layers)} layers, where the configuration has {len(config.diff_ids)} diff_ids")
        blobs = [
            Blob(blob_name(layer.digest), located(self._outer, layer), diff_id, layer.digest, layer.media_type)
            for layer, diff_id in zip(layers, config.diff_ids, strict=True)
        ]
        head = manifest.descriptor
        return StatedImage(config, blobs, head.digest, list(manifest.names), head.platform, manifest.data)

    def _skip(self, item: Descriptor, why: str) -> None:
        platform = "/".join(filter(None, (item.platform.get(key) for key in ("os", "architecture", "variant"))))
        self.skipped.append(printable(f"{f'{platform} ' if platform else ''}{item.digest[:19]}: {why}"))


def blob_name(digest: str) -> str:
    """Return where a layout keeps the blob with that digest.

    >>> blob_name("sha256:e3b0")
    'blobs/sha256/e3b0'
    """
    return f"blobs/{digest.replace(':', '/')}"


def located(outer: Source, item: Descriptor) -> Part:
    """Return the blob's content; a missing one or a wrong size raises ArchiveError."""
    content = outer[blob_name(item.digest)]
    with at(blob_name(item.digest)):
        verify("size", item.size, content.size)
    return content


def verified(outer: Source, item: Descriptor) -> bytes:
    """Return the bytes of a blob that is a document, its size and digest verified."""
    verify("size", item.size, outer[blob_name(item.digest)].size)
    verify("digest", item.digest, outer.digest(blob_name(item.digest), item.digest))
    return outer.read(blob_name(item.digest))


def _names(item: Descriptor) -> tuple[str, ...]:
    return tuple(item.annotations[key] for key in NAME_ANNOTATIONS if item.annotations.get(key))[:1]


def _other_than_image(document: dict[str, Any], config: Descriptor, layers: list[Descriptor]) -> str:
    """Return what a manifest is of if it is no image's, as signatures, attestations and charts are; else ""."""
    if config.media_type not in CONFIG_TYPES:
        return f"no image but {shown(optional(document, 'artifactType', str) or config.media_type)}"
    others = [layer.media_type for layer in layers if layer.media_type and ".tar" not in layer.media_type]
    return f"no image but {shown(others[0])}" if others else ""
