"""Archives built in a test: tars by the standard library, layouts and docker-archives from their parts."""

import gzip
import hashlib
import itertools
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from backports import zstd

Style = Literal[0, 1, 2]

CONFIG_TYPE = "application/vnd.oci.image.config.v1+json"
LAYER_TYPE = "application/vnd.oci.image.layer.v1.tar"
MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
INDEX_TYPE = "application/vnd.oci.image.index.v1+json"


def member(name: str, data: bytes = b"", **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    """Return one member of a tar: a file with `data`, or what `fields` (attributes of TarInfo) make of it."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for key, value in fields.items():
        setattr(info, key, value)
    return info, data


def folder(name: str, mode: int = 0o755) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.DIRTYPE, mode=mode)


def symlink(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.SYMTYPE, linkname=target)


def hard_link(name: str, target: str) -> tuple[tarfile.TarInfo, bytes]:
    return member(name, type=tarfile.LNKTYPE, linkname=target)


def tar(*members: tuple[tarfile.TarInfo, bytes], style: Style = tarfile.GNU_FORMAT) -> bytes:
    """Return a tar that ends in exactly two zero blocks."""
    return b"".join(
        info.tobuf(style, "utf-8", "surrogateescape") + data + bytes(-len(data) % 512) for info, data in members
    ) + bytes(1024)


def files(documents: Mapping[str, bytes]) -> bytes:
    """Return a tar of plain files."""
    return tar(*(member(name, data) for name, data in documents.items()))


def digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def packed(data: bytes) -> bytes:
    return gzip.compress(data, compresslevel=1, mtime=0)


def squeezed(data: bytes, *frames: int) -> bytes:
    """Return `data` as zstd, cut into frames at these places."""
    cuts = [0, *frames, len(data)]
    return b"".join(zstd.compress(data[start:stop]) for start, stop in itertools.pairwise(cuts))


def skippable(data: bytes = b"not for you") -> bytes:
    """Return a zstd frame that a reader skips (RFC 8878, 3.1.2), as zstd:chunked adds for its table of contents."""
    return b"\x50\x2a\x4d\x18" + len(data).to_bytes(4, "little") + data


def dumps(document: object) -> bytes:
    return json.dumps(document).encode()


def config(*layers: bytes, **more: Any) -> bytes:
    """Return the configuration of an image with these uncompressed layers."""
    rootfs = {"type": "layers", "diff_ids": [digest(layer) for layer in layers]}
    history = [{"created_by": f"step {number}"} for number in range(len(layers))]
    return dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs, "history": history, **more})


def docker(*layers: bytes, stored: tuple[bytes, ...] = (), **item: Any) -> dict[str, bytes]:
    """Return the files of a docker-archive with one image; `stored` are its layers as they lie in it."""
    settings = config(*layers)
    names = [f"{number}/layer.tar" for number in range(len(layers))]
    entry = {"Config": f"{digest(settings)[7:]}.json", "RepoTags": ["shop:latest"], "Layers": names, **item}
    blobs = dict(zip(names, stored or layers, strict=True))
    return {**blobs, f"{digest(settings)[7:]}.json": settings, "manifest.json": dumps([entry])}


def descriptor(data: bytes, media_type: str, **more: Any) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": digest(data), "size": len(data), **more}


def blob_name(data: bytes) -> str:
    return digest(data).replace("sha256:", "blobs/sha256/")


def manifest(settings: bytes, *layers: bytes, layer_type: str = LAYER_TYPE) -> bytes:
    return dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST_TYPE,
            "config": descriptor(settings, CONFIG_TYPE),
            "layers": [descriptor(layer, layer_type) for layer in layers],
        }
    )


def index(*descriptors: dict[str, Any]) -> bytes:
    return dumps({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": list(descriptors)})


def blobs(*data: bytes) -> dict[str, bytes]:
    return {blob_name(item): item for item in data}


def oci(
    *layers: bytes, stored: tuple[bytes, ...] = (), annotations: Mapping[str, str] | None = None
) -> dict[str, bytes]:
    """Return the files of an OCI layout with one image; `stored` are its layers as they lie in it."""
    settings = config(*layers)
    written = manifest(settings, *(stored or layers))
    top = index(descriptor(written, MANIFEST_TYPE, annotations=annotations or {}))
    return {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        "index.json": top,
        **blobs(settings, written, *(stored or layers)),
    }


def write(path: Path, documents: Mapping[str, bytes]) -> Path:
    """Write the files of an archive as one tar."""
    path.write_bytes(files(documents))
    return path


def spread(path: Path, documents: Mapping[str, bytes]) -> Path:
    """Write the files of an archive into a folder."""
    for name, data in documents.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return path
