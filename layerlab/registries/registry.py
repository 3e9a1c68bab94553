"""Registry: where images lie between hosts, and what a push and a pull take there.

Nothing is sent and nothing compressed: what would travel is counted. Bytes are those of bodies, as a proxy counts them.
"""

from layerlab.model.arguments import word
from layerlab.model.host import Host, reference
from layerlab.model.image import Image
from layerlab.model.known_blobs import KnownBlobs
from layerlab.registries.clients import parts_of, policy
from layerlab.registries.distribution import REPOSITORY_NAME, BlobRef, Distribution, RegistryError
from layerlab.registries.pull import Puller
from layerlab.registries.push import Copier, Pusher
from layerlab.registries.transfer import Transfer, Wire

TAGS = "/v2/{}/tags/list"


class Registry(Distribution):
    """A registry to which hosts push, and from which they pull.

    `name` is what stands before the first slash of an image's name, as in `registry.example/shop:1`. References are
    given without it: "shop:1", "team/shop:1", "shop@sha256:...".

    >>> registry, host, other = Registry(), Host(), Host()
    >>> page = Layer.of({"srv/page": filler(1_000_000)}).with_packed_size(400_000)
    >>> host.add(scratch.with_layer(page), "shop")
    >>> push = registry.push(host, "shop", "shop:1")
    >>> push.blobs, push.requests["PATCH upload 202"], push.up > 400_000
    (2, 2, True)
    >>> pull = registry.pull(other, "shop:1")
    >>> pull.layers, list(other.images)
    (('fetched',), ['registry.example/shop:1'])
    """

    def __init__(self, name: str = "registry.example") -> None:
        super().__init__()
        self.name = word(name, "a registry's name")
        self._images: dict[str, Image] = {}

    def push(self, host: Host, image: str, ref: str, client: str = "docker") -> Transfer:
        """Push an image of a host, as `docker tag IMAGE REF` and `docker push REF` would do, and say what it took.

        `client` is "docker", "podman" or "skopeo". What the host saw in this registry before is not sent again.
        """
        repository, tag = self._split(ref)
        wire, found = Wire(self, self.name, policy(client)), host.image(image)
        told = Pusher(wire, self.name, repository, _known(host, client)).push(found, tag)
        self._images[found.id] = found
        return told

    def pull(self, host: Host, ref: str, client: str = "docker") -> Transfer:
        """Pull an image to a host, where it gets the name `REGISTRY/REF`, and say what it took.

        An image that had this name before stays on the host, without it. A container on it runs on.
        """
        repository, tag = self._split(ref)
        wire = Wire(self, self.name, policy(client))
        image, told = Puller(wire, self.name, repository, _known(host, client)).pull(host, tag, self._images)
        host.add(image, f"{self.name}/{reference(ref)}" if "@" not in ref else f"{self.name}/{repository}")
        return told

    def copy(self, host: Host, ref: str, to: str) -> Transfer:
        """Copy from one repository of this registry to another, as `skopeo copy` on this host does."""
        (repository, tag), (other, other_tag) = self._split(ref), self._split(to)
        copier = Copier(Wire(self, self.name, policy("skopeo")), self.name, _known(host, "skopeo"))
        return copier.copy((repository, tag), (other, other_tag), self._images)

    def inspect(self, ref: str) -> Transfer:
        """Say what `skopeo inspect` takes: manifest, configuration and the list of tags, and no layer."""
        repository, tag = self._split(ref)
        wire = Wire(self, self.name, policy("skopeo"))
        wire.ping()
        _, data = wire.manifest(repository, tag)
        wire.fetch(repository, parts_of(data or b"{}")[0].digest)
        wire.ping()
        wire.ask("GET", "tags", TAGS.format(repository))
        return wire.told(0, 0, (), configs=1)

    def list_tags(self, repository: str) -> Transfer:
        """Say what `skopeo list-tags` takes."""
        wire = Wire(self, self.name, policy("skopeo"))
        wire.ping()
        if wire.ask("GET", "tags", TAGS.format(repository)).status != 200:
            raise RegistryError(f"{self.name}/{repository}: name unknown: repository name not known to registry")
        return wire.told(0, 0, ())

    def parts(self, ref: str) -> tuple[BlobRef, ...]:
        """Return what a manifest lists: the configuration first, then each layer, the bottom first.

        A digest of something that was packed here stands in for the one that the client would compute.
        """
        repository, tag = self._split(ref)
        _, data = Wire(self, self.name, policy("podman")).manifest(repository, tag)
        return tuple(parts_of(data or b"{}"))

    def image(self, ref: str) -> Image:
        """Return the image that a reference names."""
        return self._images[self.parts(ref)[0].digest]

    def _split(self, ref: str) -> tuple[str, str]:
        """Return a reference's repository, and its tag or digest."""
        whole = word(ref, "a reference").removeprefix(f"{self.name}/")
        repository, at, digest = whole.partition("@")
        if not at:
            repository, _, digest = reference(whole).rpartition(":")
        if not REPOSITORY_NAME.fullmatch(repository):
            raise RegistryError(f"{ref!r} is no reference: names are lower-case, as in shop:1 or team/shop:1")
        return repository, digest


def _known(host: Host, client: str) -> KnownBlobs:
    """Return what a client on a host knows, without what went with images that are gone."""
    known = host.known(policy(client).memory)
    images = [*host.images.values(), *host.untagged]
    known.keep((diff_id for image in images for diff_id in image.diff_ids), (image.id for image in images))
    return known
