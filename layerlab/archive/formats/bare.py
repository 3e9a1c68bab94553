"""A bare layer: a tar with a file system in it and no documents, as `docker export` and distributions write it.

The tar becomes an image of one layer, as `docker import` does it. The configuration says nothing about what to start.
"""

from collections.abc import Sequence

from layerlab.archive.blobs import Blob
from layerlab.archive.config import NO_CONFIG, Config, parse_config
from layerlab.archive.contents import Contents, StatedImage
from layerlab.archive.errors import ArchiveError
from layerlab.archive.gojson import encode
from layerlab.archive.source import Source, TarSource
from layerlab.model.image import Step
from layerlab.model.media_types import OCI_LAYER
from layerlab.words.printable import shown

STEP = Step(comment="imported from a tar")
# A tar with one of these names is an image archive without its documents, and no file system.
SIGNS = ("oci-layout", "blobs", "index.json", "manifest.json", "repositories")


def bare_contents(outer: Source) -> Contents:
    """Return the image that a bare layer makes. A folder, or an archive without its documents, raises ArchiveError."""
    names = outer.names() if isinstance(outer, TarSource) else []
    signs = [name for name in names if name in SIGNS or name.endswith("/layer.tar")]
    if not isinstance(outer, TarSource) or not names or signs:
        has = f"{shown(signs[0])} is there, but " if signs else ""
        raise ArchiveError(f"no image archive: {has}neither manifest.json nor index.json is in it")
    blob = Blob("the layer", outer.stored, None, None, OCI_LAYER)
    return Contents([StatedImage(NO_CONFIG, [blob], convert=_config)])


def _config(diff_ids: Sequence[str]) -> Config:
    # No time is in it, so that the same tar always gives the same image id.
    document = {
        "architecture": "amd64",
        "config": {},
        "history": [STEP.to_json()],
        "os": "linux",
        "rootfs": {"diff_ids": list(diff_ids), "type": "layers"},
    }
    return parse_config(encode(document).encode(), document)
