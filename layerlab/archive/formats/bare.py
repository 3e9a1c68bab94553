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
from layerlab.model.media_types import OCI_LAYER
from layerlab.words.printable import shown

STEP = Step(comment="imported from a tar")
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
    blob = Blob("the layer", outer.stored, None, None, OCI_LAYER)
    return Contents([StatedImage(NO_CONFIG, [blob], convert=_config)])


def _nested(outer: Source, names: Sequence[str]) -> str:
    """Return what to do about an archive that lies in a folder, "" where nothing looks like one.

    Engines find no documents in a folder. Taken as a file system, such an archive would be an image of blobs.
    """
    in_tar = isinstance(outer, TarSource)
    if in_tar:
        folders = {name.rpartition("/")[0] for name in names if name.endswith((f"/{VERSION}", f"/{MANIFEST}"))}
        # The file system of an image may have archives in it, so nothing may lie elsewhere. Then all other folders lie
        # in the one that has the shortest name.
        folders = {folder for folder in sorted(folders, key=len)[:1] if all(_belongs(name, folder) for name in names)}
    else:
        folders = {*outer.holders(VERSION), *outer.holders(MANIFEST)}
    for folder in sorted(folders):
        if document := _document(outer, folder):
            place, inner = shown(f"{folder}/{document}"), shown(folder)
            if in_tar:
                return f"{place} is not at the top: pack what is in the folder {inner}, and not the folder itself"
            return f"{place} is there: load the folder {inner}"
    return ""


def _belongs(name: str, folder: str) -> bool:
    """Tell whether a name is in a folder or on the way to it. A Mac adds files whose names begin with "._"."""
    on_the_way = f"{folder}/".startswith(f"{name}/")
    return on_the_way or name.startswith(f"{folder}/") or name.rpartition("/")[2].startswith("._")


def _document(outer: Source, folder: str) -> str:
    """Return the document that makes a folder an archive, "" for none. Web pages have a manifest.json of their own."""
    try:
        if outer.get(f"{folder}/{VERSION}") and outer.get(f"{folder}/{INDEX}"):
            return INDEX
        manifest = outer.get(f"{folder}/{MANIFEST}")
    except ArchiveError:  # what is called so is no file
        return ""
    head = manifest.read(0, HEAD).lower().lstrip() if manifest else b""
    return MANIFEST if head.startswith(b"[") and b'"layers"' in head else ""


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
