"""Pull: how a client finds out which layers a host has, and fetches the rest.

Sources: moby, distribution/pull_v2.go and xfer/download.go; containers/image, storage/storage_dest.go, copy/copy.go.
"""

from collections.abc import Mapping

from layerlab.model.host import Host
from layerlab.model.image import Image, chain_ids
from layerlab.model.known_blobs import KnownBlobs, KnownPlace
from layerlab.registries.clients import packed, parts_of
from layerlab.registries.distribution import BlobRef
from layerlab.registries.transfer import Transfer, Wire

FETCHED, HERE = "fetched", "here"


class Puller:
    """One pull: the manifest, the configuration, and the layers that are not here."""

    def __init__(self, wire: Wire, registry: str, repository: str, known: KnownBlobs) -> None:
        self._wire = wire
        self._registry = registry
        self._repository = repository
        self._known = known

    def pull(self, host: Host, reference: str, images: Mapping[str, Image]) -> tuple[Image, Transfer]:
        """Fetch what is not on the host, and return the image; `images` says which image a configuration makes."""
        wire, client, known = self._wire, self._wire.client, self._known
        wire.ping()
        there = [*host.images.values(), *host.untagged]
        digest, data = wire.manifest(self._repository, reference, known.manifests)
        config = known.manifests[digest] if data is None else parts_of(data)[0].digest
        image = images[config]
        if client.head_first:
            # Docker keeps manifests, and asks for no configuration of an image that it has.
            known.manifests[digest] = image.id
            if image.id in {each.id for each in there}:
                return image, wire.told(0, 0, [HERE] * len(image.layers))
        blobs = parts_of(data or b"{}")[1:]
        wire.fetch(self._repository, config)
        missing = (self._missing_as_docker if client.by_chain else self._missing)(blobs, there)
        fetched: set[str] = set()
        fates = []
        count = 0
        for layer, blob, absent in zip(image.layers, blobs, missing, strict=True):
            if absent and not (client.once and blob.digest in fetched):
                wire.fetch(self._repository, blob.digest)
                count += 1
            fates.append(FETCHED if absent else HERE)
            if absent:
                fetched.add(blob.digest)
                known.arrived[blob.digest] = layer.diff_id, blob.size
            # Docker notes each place, also of a layer that is here; the others note only what they fetched.
            if absent or client.by_chain:
                place = KnownPlace(blob.digest, blob.size, self._registry, self._repository)
                known.see(place, layer.diff_id if client.compresses else None)
        return image, wire.told(count, 0, fates, configs=1)

    def _missing_as_docker(self, blobs: list[BlobRef], there: list[Image]) -> list[bool]:
        """Tell which layers docker fetches: all above the first whose ChainID is not here.

        moby, distribution/xfer/download.go. The ChainID is computed from DiffIDs that docker remembers for digests, so
        a host that forgot fetches layers that it has.
        """
        stored = {chain_id for each in there for chain_id in each.chain_ids}
        below: list[str] = []
        for blob in blobs:
            diff_id = self._known.contents.get(blob.digest)
            if diff_id is None or chain_ids([*below, diff_id])[-1] not in stored:
                break
            below.append(diff_id)
        return [number >= len(below) for number in range(len(blobs))]

    def _missing(self, blobs: list[BlobRef], there: list[Image]) -> list[bool]:
        """Tell which layers podman and skopeo fetch: those whose blob they have on no image, whatever lies below."""
        layers = {layer.diff_id: layer for each in there for layer in each.layers}
        have = {digest for digest, (diff_id, _) in self._known.arrived.items() if diff_id in layers}
        if self._wire.client.compresses:
            have |= {digest for digest, diff_id in self._known.contents.items() if diff_id in layers} | layers.keys()
        else:
            have |= {packed(layer, self._wire.client).digest for layer in layers.values()}
        return [blob.digest not in have for blob in blobs]
