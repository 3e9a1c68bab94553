"""A bare layer: a tar with a file system in it and no documents, as `docker export` and distributions write it.

The tar becomes an image of one layer, as `docker import` does it. The configuration says nothing about what to start.
"""

from collections.abc import Sequence

from layerlab.archive.blobs import Blob
from layerlab.archive.config import NO_CONFIG, Config, parse_config
from layerlab.archive.contents import Contents, StatedImage
from layerlab.archive.errors import ArchiveError
from layerlab.archive.formats.docker import MANIFEST
from layerlab.archive.formats.oci import INDEX
from layerlab.archive.gojson import encode
from layerlab.archive.source import Source, TarSource
from layerlab.model.image import Step
from layerlab.words.printable import shown

STEP = Step(comment="imported from a tar")
MEDIA_TYPE = "application/vnd.oci.image.layer.v1.tar"
VERSION = "oci-layout"
HEAD = 100_000
"""How many bytes of a manifest.json are searched for the word that tells Docker's."""
# A tar with one of these names is an image archive without its documents, and no file system.
SIGNS = (VERSION, "blobs", INDEX, MANIFEST, "repositories")


def bare_contents(outer: Source) -> Contents:
    """Return the image that a bare layer makes. A folder, or an archive without its documents, raises ArchiveError."""
    names = outer.names() if isinstance(outer, TarSource) else []
    signs = [name for name in names if name in SIGNS or name.endswith("/layer.tar")]
    if nested := _nested(outer, names):
        raise ArchiveError(f"no image archive: {nested}")
    if not isinstance(outer, TarSource) or not names or signs:
        has = f"{shown(signs[0])} is there, but " if signs else ""
        raise ArchiveError(f"no image archive: {has}neither manifest.json nor index.json is in it")
    blob = Blob("the layer", outer.stored, None, None, MEDIA_TYPE)
    return Contents([StatedImage(NO_CONFIG, [blob], convert=_config)])


def _nested(outer: Source, names: Sequence[str]) -> str:
    """Return what to do about an archive that lies in a folder, "" where nothing looks like one.

    Engines find no documents in a folder. Taken as a file system, such an archive would be an image of blobs.
    """
    layouts = [folder for folder in outer.holders(VERSION) if folder in outer.holders(INDEX)]
    found = [f"{folder}/{INDEX}" for folder in layouts]
    found += [f"{folder}/{MANIFEST}" for folder in outer.holders(MANIFEST) if _is_dockers(outer, folder)]
    if not found:
        return ""
    place, folder = shown(found[0]), found[0].partition("/")[0]
    if not isinstance(outer, TarSource):
        return f"{place} is there: load the folder {shown(folder)}"
    # The file system of an image may have an archive in one of its folders. A Mac adds files that begin with "._".
    if any(name.partition("/")[0] != folder for name in names if not name.startswith("._")):
        return ""
    return f"{place} is not at the top: pack what is in the folder {shown(folder)}, and not the folder itself"


def _is_dockers(outer: Source, folder: str) -> bool:
    """Tell whether manifest.json in a folder is a list of images. Web pages have a file of that name too."""
    head = outer[f"{folder}/{MANIFEST}"].read(0, HEAD).lower()
    return head.lstrip().startswith(b"[") and b'"layers"' in head


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
