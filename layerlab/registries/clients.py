"""Clients: what tells docker, podman and skopeo from one another when they push and pull, as data.

Measured: docker 20.10.24, podman 4.3.1 and skopeo 1.9.3 with docker-registry 2.8.2. Podman and skopeo are made
from one library, containers/image, so they share what they remember and how they compress.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from layerlab.model.image import Image, sha256
from layerlab.model.layer import Layer
from layerlab.model.media_types import (
    DOCKER_CONFIG,
    DOCKER_LAYER_GZIP,
    DOCKER_MANIFEST,
    OCI_CONFIG,
    OCI_LAYER_GZIP,
    OCI_MANIFEST,
)
from layerlab.registries.distribution import BlobRef, RegistryError


@dataclass(frozen=True)
class ClientPolicy:
    """What tells one client from the others.

    `memory` and `packer` are shared by podman and skopeo, which are made from one library. `compresses` says that
    layers lie unpacked in the client's store, so that their packed bytes are known only after packing them.

    >>> CLIENTS["docker"].verifies, CLIENTS["podman"].verifies
    (True, False)
    """

    name: str
    memory: str
    packer: str
    compresses: bool
    verifies: bool
    """Ask for each blob again after it was sent or mounted."""
    head_first: bool
    """Ask for the digest behind a tag before asking for the manifest."""
    by_chain: bool
    """Find a layer that is here by its ChainID, and not by the blob's digest alone."""
    once: bool
    """Send or fetch a blob once where an image has a layer twice."""
    serial: bool
    """Push one layer after the other, and not several at the same time."""
    oci: bool
    """Write manifests in OCI's words, and not in Docker's."""
    indent: int | None


CLIENTS = {
    client.name: client
    for client in (
        ClientPolicy(
            name="docker", memory="docker", packer="docker", compresses=True, verifies=True, head_first=True,
            by_chain=True, once=True, serial=False, oci=False, indent=3,
        ),
        ClientPolicy(
            name="podman", memory="containers", packer="containers", compresses=True, verifies=False, head_first=False,
            by_chain=False, once=False, serial=False, oci=False, indent=None,
        ),
        ClientPolicy(
            name="skopeo", memory="containers", packer="containers", compresses=False, verifies=False, head_first=False,
            by_chain=False, once=False, serial=True, oci=True, indent=None,
        ),
    )
}  # fmt: skip


def policy(client: str) -> ClientPolicy:
    """Return a client by its name; RegistryError for one that is not known.

    >>> policy("buildah")
    Traceback (most recent call last):
    layerlab.registries.distribution.RegistryError: a client is one of docker, podman, skopeo, not 'buildah'
    """
    if client not in CLIENTS:
        raise RegistryError(f"a client is one of {', '.join(CLIENTS)}, not {client!r}")
    return CLIENTS[client]


def packed(layer: Layer, client: ClientPolicy) -> BlobRef:
    """Return the blob that a client makes of a layer.

    Nothing is compressed here. The size is the layer's `packed_size`, and the digest stands in for the one that the
    client would compute: gzip has no one result, so docker's blob of a layer is not podman's.
    """
    kind = layer_type(client)
    if not client.compresses and layer.digest and layer.stored and layer.stored.digest != layer.diff_id:
        return BlobRef(layer.digest, layer.packed_size, kind)
    return BlobRef(sha256(f"{client.packer} gzip {layer.diff_id}".encode()), layer.packed_size, kind)


def manifest_json(client: ClientPolicy, image: Image, blobs: Iterable[BlobRef]) -> bytes:
    """Return the manifest that a client writes, to the byte but for digests that stand in."""
    kind = OCI_CONFIG if client.oci else DOCKER_CONFIG
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST if client.oci else DOCKER_MANIFEST,
        "config": {"mediaType": kind, "size": len(image.config_json), "digest": image.id},
        "layers": [{"mediaType": blob.media_type, "size": blob.size, "digest": blob.digest} for blob in blobs],
    }
    separators = None if client.indent else (",", ":")
    return json.dumps(document, indent=client.indent, separators=separators).encode()


def layer_type(client: ClientPolicy) -> str:
    """Return the media type that a client gives a layer in its manifests."""
    return OCI_LAYER_GZIP if client.oci else DOCKER_LAYER_GZIP


def parts_of(manifest: bytes) -> list[BlobRef]:
    """Return a manifest's configuration and its layers."""
    document: Any = json.loads(manifest)
    return [
        BlobRef(part["digest"], part["size"], part["mediaType"]) for part in (document["config"], *document["layers"])
    ]
