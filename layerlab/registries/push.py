"""Push: how a client finds out what a registry has, and sends the rest.

Sources: moby, distribution/push_v2.go; containers/image, docker/docker_image_dest.go, copy/copy.go, pkg/blobinfocache.
"""

from collections.abc import Mapping

from layerlab.model.image import Image
from layerlab.model.known_blobs import KnownBlobs, KnownPlace
from layerlab.model.layer import Layer
from layerlab.registries.clients import layer_type, manifest_json, packed, parts_of
from layerlab.registries.distribution import BlobRef, Response
from layerlab.registries.transfer import Transfer, Wire

# moby, distribution/push_v2.go: docker tries harder for a large layer. Sizes are of the unpacked layer.
SMALL_LAYER, MIDDLE_LAYER = 100 << 10, 10 << 20
# containers/image, pkg/blobinfocache/internal/prioritize: as many places are tried for one layer.
MOST_CANDIDATES = 5

SENT, MOUNTED, THERE = "sent", "mounted", "there"


class Pusher:
    """One push: the layers first, then the configuration, the manifest last."""

    def __init__(self, wire: Wire, registry: str, repository: str, known: KnownBlobs) -> None:
        self._wire = wire
        self._registry = registry
        self._repository = repository
        self._known = known

    def push(self, image: Image, reference: str) -> Transfer:
        """Push an image and say what it took."""
        wire, client = self._wire, self._wire.client
        wire.ping()
        fates: list[str] = []
        blobs: list[BlobRef] = []
        sent = 0
        for group in [[layer] for layer in image.layers] if client.serial else [list(image.layers)]:
            for layer, (fate, found, begun) in zip(group, self._looks(group), strict=True):
                blob = found or self._blob(layer)
                if found is None and not (client.once and blob in blobs):
                    wire.send(self._repository, blob, blob.digest, begun)
                    self._see(blob, layer.diff_id if client.compresses else None)
                    sent += 1
                fates.append(fate)
                blobs.append(blob)
        configs = self.push_config(image)
        data = manifest_json(client, image, blobs)
        wire.put_manifest(self._repository, reference, data)
        return wire.told(sent, wire.requests["POST upload 201"], fates, configs)

    def push_config(self, image: Image) -> int:
        """Send the configuration unless it is there; return how many blobs were sent."""
        if self._wire.has(self._repository, image.id):
            return 0
        self._wire.send(self._repository, image.config_json, image.id)
        return 1

    def _blob(self, layer: Layer) -> BlobRef:
        client = self._wire.client
        came = next((d for d, (diff_id, _) in self._known.arrived.items() if diff_id == layer.diff_id), None)
        if came and not client.compresses:
            # A layout keeps the blob as it came.
            return BlobRef(came, self._known.arrived[came][1], layer_type(client))
        return packed(layer, client)

    def _looks(self, layers: list[Layer]) -> list[tuple[str, BlobRef | None, Response | None]]:
        """Look for layers that are handled at the same time: all are looked for before the first is sent."""
        client = self._wire.client
        if client.by_chain:
            found = {layer: self._look_as_docker(layer) for layer in dict.fromkeys(layers)}
            return [found[layer] for layer in layers]
        kind = layer_type(client)
        unpacked = [BlobRef(layer.diff_id, layer.tar_size, kind) for layer in layers]
        stored = unpacked if client.compresses else [self._blob(layer) for layer in layers]
        diff_ids = [layer.diff_id for layer in layers]
        return [(*look, None) for look in self.look_as_containers(stored, diff_ids)]

    def _look_as_docker(self, layer: Layer) -> tuple[str, BlobRef | None, Response | None]:
        """Look for a layer where this host saw it: in the repository itself, then by mounts.

        moby, distribution/push_v2.go, Upload: for a larger layer more mounts are tried, and more digests asked for.
        """
        wire, kind = self._wire, layer_type(self._wire.client)
        places = sorted(self._known.with_content(layer.diff_id), key=self._likeness, reverse=True)
        mounts, checks, anywhere = 1, 1, False
        if layer.size > SMALL_LAYER:
            mounts = 3
        if layer.size > MIDDLE_LAYER:
            mounts, checks, anywhere = 4, 3, True
        asked: set[str] = set()
        if places and self._is_here(places[0], layer, asked):
            return THERE, BlobRef(places[0].digest, places[0].size, kind), None
        begun: Response | None = None
        elsewhere = [each for each in places if each.registry == self._registry and each.repository != self._repository]
        for place in elsewhere[:mounts]:
            answer = wire.mount(self._repository, place)
            if answer.status == 201:
                wire.has(self._repository, place.digest)
                self._known.see(place._replace(repository=self._repository), layer.diff_id)
                return MOUNTED, BlobRef(place.digest, place.size, kind), None
            if begun:
                wire.cancel(begun)
            begun = answer
        for place in places:
            own = (place.registry, place.repository) == (self._registry, self._repository)
            if len(asked) >= checks or place.digest in asked or not (anywhere or own):
                continue
            if self._is_here(place, layer, asked):
                return THERE, BlobRef(place.digest, place.size, kind), None
        return SENT, None, begun

    def _is_here(self, place: KnownPlace, layer: Layer, asked: set[str]) -> bool:
        asked.add(place.digest)
        own = place._replace(registry=self._registry, repository=self._repository)
        if self._wire.has(self._repository, place.digest):
            self._known.see(own, layer.diff_id)
            return True
        if place == own:
            self._known.drop(place)
        return False

    def _likeness(self, place: KnownPlace) -> int:
        """Return how many parts of the two repositories' names are the same, from the left. The registry's is one."""
        one = [place.registry, *place.repository.split("/")]
        other = [self._registry, *self._repository.split("/")]
        return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))

    def look_as_containers(self, stored: list[BlobRef], diff_ids: list[str]) -> list[tuple[str, BlobRef | None]]:
        """Look for layers' blobs as the client's store has them, then for other blobs of them that this host saw.

        containers/image, docker/docker_image_dest.go, TryReusingBlob. The library asks whether a blob is elsewhere
        before it asks for a mount, and does not look at whether the blob is in this repository already.
        """
        # Of two equal layers each is looked for before anything is known of the other.
        candidates = [self._candidates(blob.digest, diff_id) for blob, diff_id in zip(stored, diff_ids, strict=True)]
        there = [self._wire.has(self._repository, blob.digest) for blob in stored]
        found: list[tuple[str, BlobRef | None]] = []
        for blob, places, own in zip(stored, candidates, there, strict=True):
            fate, other = (THERE, blob) if own else self._look_elsewhere(blob, places)
            if other:
                self._see(other, None)
            elif not self._wire.client.compresses:
                # Its digest is known before it is sent, so the library asks a second time (PutBlob).
                self._wire.has(self._repository, blob.digest)
            found.append((fate, other))
        return found

    def _look_elsewhere(self, stored: BlobRef, places: list[KnownPlace]) -> tuple[str, BlobRef | None]:
        for place in places[:MOST_CANDIDATES]:
            own = place.repository == self._repository
            if own and place.digest == stored.digest:
                continue
            if not self._wire.has(place.repository, place.digest):
                continue
            if not own and self._wire.mount(self._repository, place).status != 201:
                continue
            return THERE if own else MOUNTED, BlobRef(place.digest, place.size, stored.media_type)
        return SENT, None

    def _candidates(self, stored: str, diff_id: str) -> list[KnownPlace]:
        """Return places of the very blob, then of other blobs of the same content, each the latest first."""
        content = diff_id if stored == diff_id else self._known.contents.get(stored)
        here = [place for place in reversed(self._known.places) if place.registry == self._registry]
        own = [place for place in here if place.digest == stored]
        others = [
            place for place in here if place.digest != stored and self._known.contents.get(place.digest) == content
        ]
        return own + (others if content else [])

    def _see(self, blob: BlobRef, diff_id: str | None) -> None:
        self._known.see(KnownPlace(blob.digest, blob.size, self._registry, self._repository), diff_id)


class Copier:
    """One copy from a repository to another of the same registry, as `skopeo copy` does it: through this machine.

    A layer is asked for in the target before it is fetched, and again before it is sent. What this machine fetched
    before is mounted.
    """

    def __init__(self, wire: Wire, registry: str, known: KnownBlobs) -> None:
        self._wire = wire
        self._registry = registry
        self._known = known

    def copy(self, source: tuple[str, str], target: tuple[str, str], images: Mapping[str, Image]) -> Transfer:
        """Copy; `source` and `target` are a repository and a tag each."""
        wire, (origin, reference), (repository, tag) = self._wire, source, target
        wire.ping()
        _, data = wire.manifest(origin, reference)
        wire.ping()
        config, *blobs = parts_of(data or b"{}")
        image = images[config.digest]
        pusher = Pusher(wire, self._registry, repository, self._known)
        looks = pusher.look_as_containers(blobs, list(image.diff_ids))
        sent = 0
        for blob, (_, found) in zip(blobs, looks, strict=True):
            if found is None:
                wire.fetch(origin, blob.digest)
                self._known.see(KnownPlace(blob.digest, blob.size, self._registry, origin))
                wire.send(repository, blob, blob.digest)
                self._known.see(KnownPlace(blob.digest, blob.size, self._registry, repository))
                sent += 1
        wire.fetch(origin, config.digest)
        configs = pusher.push_config(image)
        wire.put_manifest(repository, tag, data or b"{}")
        return wire.told(sent, wire.requests["POST upload 201"], [fate for fate, _ in looks], configs)
