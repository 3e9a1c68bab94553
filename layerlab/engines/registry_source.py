"""Registry source: an image of a real registry, read as an OCI layout whose blobs are fetched when asked for."""

import json
import platform
from typing import Any

from layerlab.archive.documents import descriptor, parse
from layerlab.archive.files import Part, temporary
from layerlab.archive.formats.oci import INDEX, INDEX_TYPES
from layerlab.archive.limits import Limits
from layerlab.archive.progress import OnProgress
from layerlab.archive.source import Source, stated_digest
from layerlab.engines.registry_client import RegistryClient, progress_of
from layerlab.model.hashing import DIGEST, hashed
from layerlab.registries.distribution import RegistryError
from layerlab.words.printable import printable

# What Go calls the processors that Python names otherwise.
PROCESSORS = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64"}


class RegistrySource(Source):
    """The documents and blobs of an image. Each blob is fetched once, to a temporary file without a name."""

    def __init__(self, client: RegistryClient, limits: Limits, progress: OnProgress | None = None) -> None:
        super().__init__(limits)
        self._client = client
        wanted = client.name.reference
        data, kind = client.manifest(wanted)
        document = _as_object(parse(data))
        if kind in INDEX_TYPES or "manifests" in document:
            # As `docker pull` does: of several platforms, the one of this machine.
            chosen = descriptor(_for_this_machine(document.get("manifests")), "the index's entry for this machine")
            wanted = chosen.digest
            data, kind = client.manifest(wanted, chosen.size)
            document = _as_object(parse(data))
        # Whoever asks by a tag has stated no digest, so there is nothing to compare with.
        digest = wanted if DIGEST.fullmatch(wanted) else hashed(data)
        entry = {
            "mediaType": kind or document.get("mediaType", ""),
            "digest": digest,
            "size": len(data),
            "annotations": {"io.containerd.image.name": str(client.name)},
        }
        parts = [part for part in (document.get("config"), *_as_list(document.get("layers"))) if isinstance(part, dict)]
        stated = [(str(part.get("digest")), part.get("size")) for part in parts]
        # A blob without a digest cannot be verified, so it is not fetched. The reader of layouts then says that it is
        # missing.
        self._sizes = {digest: size for digest, size in stated if DIGEST.fullmatch(digest)}
        total = sum(size for size in self._sizes.values() if isinstance(size, int))
        self._told = progress_of(progress, total)
        # A layout has an index above the manifest. A registry has none, so it is made here, and the reader of layouts
        # then verifies every digest and size as it does for a file.
        index = json.dumps({"schemaVersion": 2, "manifests": [entry]}).encode()
        self._parts = {INDEX: _document(index), digest: _document(data)}

    def get(self, name: str) -> Part | None:
        """Return the content under a layout's name, None where the image has none."""
        # A layout names a blob by its path, and a registry by its digest.
        key = stated_digest(name) or name
        size = self._sizes.get(key)
        if key not in self._parts and isinstance(size, int) and size >= 0:
            self._parts[key] = _on_disk(self._client.blob(key, size, self._told))
        return self._parts.get(key)

    def holders(self, name: str) -> list[str]:  # noqa: ARG002 - what every source is asked
        """Return no folder: a registry has none."""
        return []


def _on_disk(chunks: Any) -> Part:
    file = temporary(chunks)
    return Part(file, 0, file.size)


def _document(data: bytes) -> Part:
    return _on_disk([data])


def _as_object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _as_list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _for_this_machine(manifests: object) -> dict[str, Any]:
    """Return the entry of an index for this machine's processor, on Linux."""
    entries = [_as_object(each) for each in _as_list(manifests)]
    wanted = f"linux/{PROCESSORS.get(platform.machine(), platform.machine().lower())}"
    known: dict[str, dict[str, Any]] = {_platform(entry): entry for entry in reversed(entries)}
    if wanted not in known:
        raise RegistryError(printable(f"no image for {wanted}: there are {', '.join(sorted(known)) or 'none'}"))
    return known[wanted]


def _platform(entry: dict[str, Any]) -> str:
    told = _as_object(entry.get("platform"))
    return f"{told.get('os')}/{told.get('architecture')}"
