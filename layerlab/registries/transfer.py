"""Transfer: what one push or pull takes, counted request by request.

Requests of several layers run at the same time, so only their number is told, and not their order.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from layerlab.model.known_blobs import KnownPlace
from layerlab.model.media_types import DOCKER_MANIFEST, OCI_MANIFEST
from layerlab.registries.clients import ClientPolicy
from layerlab.registries.distribution import (
    BlobRef,
    Distribution,
    RegistryError,
    Response,
)

ACCEPT = {"Accept": f"{OCI_MANIFEST}, {DOCKER_MANIFEST}"}


@dataclass(frozen=True)
class Transfer:
    """What one push or pull took: requests by kind, bytes of their bodies, and what became of each layer.

    `requests` counts kinds such as "PUT upload 201". `blobs` counts blobs that were sent or fetched, the configuration
    too; `mounts` those that the registry took from another repository. `layers` has a word for each layer, the bottom
    first: "sent", "mounted" or "there" for a push, "fetched" or "here" for a pull.

    >>> host, registry = Host(), Registry()
    >>> host.add(scratch.with_layer(Layer.of({"srv/page": b"hello"})), "shop")
    >>> registry.push(host, "shop", "shop:1").layers, registry.push(host, "shop", "shop:2").layers
    (('sent',), ('there',))
    """

    client: str
    requests: Counter[str]
    up: int
    down: int
    blobs: int
    mounts: int
    layers: tuple[str, ...]
    blobs_of_layers: int = 0
    """As `blobs`, without the configuration."""

    def __repr__(self) -> str:
        return (
            f"<Transfer by {self.client}: {sum(self.requests.values())} requests, {self.up:,} bytes up, "
            f"{self.down:,} bytes down, {self.blobs} blobs, {self.mounts} mounts>"
        )


class Wire:
    """One transfer while it runs: it asks the registry and counts."""

    def __init__(self, registry: Distribution, name: str, client: ClientPolicy) -> None:
        self.client = client
        self.requests: Counter[str] = Counter()
        self.up = self.down = 0
        self._registry = registry
        self._name = name

    def ask(self, method: str, kind: str, target: str, body: bytes | BlobRef = b"", **headers: str) -> Response:
        """Ask, and count the request under its kind."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self._registry.ask(method, target, body, {**ACCEPT, **told})
        self.requests[f"{method} {kind} {answer.status}"] += 1
        self.up += len(body) if isinstance(body, bytes) else body.size
        self.down += answer.size
        return answer

    def ping(self) -> None:
        """Ask whether this is a registry: what each client does first."""
        self.ask("GET", "ping", "/v2/")

    def has(self, repository: str, digest: str) -> bool:
        """Ask whether a repository has a blob."""
        return self.ask("HEAD", "blob", f"/v2/{repository}/blobs/{digest}").status == 200

    def mount(self, repository: str, place: KnownPlace) -> Response:
        """Ask the registry to take a blob from another of its repositories."""
        query = urlencode({"from": place.repository, "mount": place.digest})
        return self.ask("POST", "upload", f"/v2/{repository}/blobs/uploads/?{query}")

    def cancel(self, begun: Response) -> None:
        """Give up an upload that was begun."""
        self.ask("DELETE", "upload", begun.headers["Location"])

    def send(self, repository: str, blob: BlobRef | bytes, digest: str, begun: Response | None = None) -> None:
        """Upload a blob, into an upload that was begun already if there is one."""
        begun = begun or self.ask("POST", "upload", f"/v2/{repository}/blobs/uploads/")
        sent = self.ask("PATCH", "upload", begun.headers["Location"], blob)
        self.ask("PUT", "upload", f"{sent.headers['Location']}&digest={quote(digest)}")
        if self.client.verifies:
            self.has(repository, digest)

    def fetch(self, repository: str, digest: str) -> Response:
        """Download a blob."""
        return self.ask("GET", "blob", f"/v2/{repository}/blobs/{digest}")

    def manifest(self, repository: str, reference: str, kept: Iterable[str] = ()) -> tuple[str, bytes | None]:
        """Return a manifest's digest, and the manifest itself unless its digest is one of those that are `kept`."""
        target = f"/v2/{repository}/manifests/"
        tagged = not reference.startswith("sha256:")
        digest = reference
        if tagged and self.client.head_first:
            head = self.ask("HEAD", "manifest", target + reference)
            digest = head.headers.get("Docker-Content-Digest", reference)
        if digest in kept:
            return digest, None
        answer = self.ask("GET", "manifest", target + digest)
        if answer.status != 200:
            separator = ":" if tagged else "@"
            shown = f"{self._name}/{repository}{separator}{reference}"
            raise RegistryError(f"manifest for {shown} not found: manifest unknown")
        return answer.headers["Docker-Content-Digest"], answer.body

    def put_manifest(self, repository: str, reference: str, data: bytes) -> None:
        """Upload a manifest."""
        kind = str(json.loads(data)["mediaType"])
        self.ask("PUT", "manifest", f"/v2/{repository}/manifests/{reference}", data, content_type=kind)

    def told(self, blobs: int, mounts: int, layers: Iterable[str], configs: int = 0) -> Transfer:
        """Return what was counted: so many blobs of layers and of configurations, and so many mounts."""
        fates = tuple(layers)
        return Transfer(self.client.name, self.requests, self.up, self.down, blobs + configs, mounts, fates, blobs)
