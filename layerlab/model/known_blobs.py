"""Known blobs: what a client on a host remembers of registries, and what its store knows of the blobs that came.

Docker remembers in `image/overlay2/distribution`, Podman and skopeo in `blob-info-cache-v1.boltdb`. A registry does not
tell where else it has a blob, so a client that forgot cannot ask for a mount.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class KnownPlace(NamedTuple):
    """A place where a client saw a blob: the blob's digest and size, the registry's name and the repository.

    >>> KnownPlace("sha256:0", 1, "registry.example", "shop").repository
    'shop'
    """

    digest: str
    size: int
    registry: str
    repository: str


@dataclass
class KnownBlobs:
    """The memory of one client on one host.

    `places` are in order, the latest last. `contents` says which DiffID a blob has when it is unpacked. `arrived` and
    `manifests` belong to the store of images: they last as long as the image does, whatever the client forgets.

    >>> known = KnownBlobs()
    >>> known.see(KnownPlace("sha256:0", 1, "registry.example", "shop"), "sha256:1")
    >>> known.forget()
    >>> known.places, known.contents
    ([], {})
    """

    places: list[KnownPlace] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    arrived: dict[str, tuple[str, int]] = field(default_factory=dict)
    manifests: dict[str, str] = field(default_factory=dict)

    def see(self, place: KnownPlace, diff_id: str | None = None) -> None:
        """Remember a place as the latest, and what the blob there contains where that is known."""
        self.drop(place)
        self.places.append(place)
        if diff_id is not None:
            self.contents[place.digest] = diff_id

    def drop(self, place: KnownPlace) -> None:
        """Forget one place."""
        self.places = [each for each in self.places if each != place]

    def with_content(self, diff_id: str) -> list[KnownPlace]:
        """Return the places of all blobs that unpack to this DiffID, the latest first."""
        return [place for place in reversed(self.places) if self.contents.get(place.digest) == diff_id]

    def forget(self) -> None:
        """Forget what was seen in registries. What the store of images contains stays."""
        self.places.clear()
        self.contents.clear()

    def keep(self, diff_ids: Iterable[str], images: Iterable[str]) -> None:
        """Drop what the store knew of layers and images that are on the host no longer."""
        there, ids = set(diff_ids), set(images)
        self.arrived = {digest: each for digest, each in self.arrived.items() if each[0] in there}
        self.manifests = {digest: image for digest, image in self.manifests.items() if image in ids}
