"""What an archive's documents say is in it, before any layer has been read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from layerlab.archive.blobs import Blob
from layerlab.archive.config import Config


@dataclass
class StatedImage:
    """One image: its configuration, its layers as blobs, and what the archive says of it.

    `digest` is the digest of `manifest`, the manifest's bytes; both are None if there is no manifest. If an archive
    states no configuration, `convert` makes one once the layers' DiffIDs are known. A name may be in `names` twice.
    """

    config: Config
    blobs: list[Blob]
    digest: str | None = None
    names: list[str] = field(default_factory=list)
    platform: dict[str, str] = field(default_factory=dict)
    manifest: bytes | None = None
    convert: Callable[[Sequence[str]], Config] | None = None


@dataclass
class Contents:
    """All images that an archive's documents name, in their order, and a line for each thing that was left out."""

    images: list[StatedImage] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)

    def add(self, image: StatedImage) -> StatedImage:
        """Add an image and return it. If the same image is there already, it gets the names and is returned instead."""
        for known in self.images:
            same = known.digest == image.digest if image.digest else known.config.data == image.config.data
            if same:
                known.names += image.names
                return known
        self.images.append(image)
        return image
