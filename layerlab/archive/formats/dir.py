"""The directory transport: what `skopeo copy ... dir:` and `podman save --format docker-dir` write.

The folder contains a manifest as `manifest.json`, and every blob under the hex digits of its digest. For several
platforms, `manifest.json` is an index. The manifests of the platforms are then named by their hex digits and
`.manifest.json`.
"""

import json

from layerlab.archive.contents import Contents
from layerlab.archive.documents import struct
from layerlab.archive.errors import at
from layerlab.archive.files import Part
from layerlab.archive.formats.docker import MANIFEST
from layerlab.archive.formats.oci import INDEX, MANIFEST_FIELDS, Layout, blob_name
from layerlab.archive.limits import Limits
from layerlab.archive.source import Source
from layerlab.model.content import Literal
from layerlab.model.hashing import hashed

SIGNS = {"schemaVersion", "config", "layers", "manifests"}


def directory_contents(outer: Source, limits: Limits) -> Contents | None:
    """Return the images of a directory, None where `manifest.json` is not one manifest."""
    return Layout(_AsLayout(outer, limits), limits).contents() if _has_one_manifest(outer) else None


def _has_one_manifest(outer: Source) -> bool:
    """Tell whether `manifest.json` is one manifest, and not Docker's list of images."""
    content = outer.get(MANIFEST)
    if content is None or not content.read(0, 100).lstrip().startswith(b"{"):
        return False
    with at(MANIFEST):
        document = outer.document(MANIFEST)
        # A manifest need not state its version: engines do not look. Web pages have a manifest.json of their own.
        return isinstance(document, dict) and bool(SIGNS & struct(document, "the manifest", MANIFEST_FIELDS).keys())


class _AsLayout(Source):
    """A directory shown as an OCI layout, so that one reader serves both."""

    def __init__(self, outer: Source, limits: Limits) -> None:
        super().__init__(limits)
        self._outer = outer
        data, document = outer.read(MANIFEST), outer.document(MANIFEST)
        kind = struct(document, "the manifest", MANIFEST_FIELDS).get("mediaType")
        known = {"mediaType": kind} if isinstance(kind, str) else {}
        top = {"digest": hashed(data), "size": len(data), **known}
        self._top = blob_name(hashed(data))
        self._index = json.dumps({"schemaVersion": 2, "manifests": [top]}).encode()

    def get(self, name: str) -> Part | None:
        """Return the content under `name`, or None where there is none."""
        if name == INDEX:
            return Part(Literal(self._index), 0, len(self._index))
        if name == self._top:
            return self._outer.get(MANIFEST)
        digits = name.rpartition("/")[2]
        return self._outer.get(digits) or self._outer.get(f"{digits}.manifest.json")

    def holders(self, name: str) -> list[str]:
        """Return the folders at its top in which there is something called `name`, in order."""
        return self._outer.holders(name)
