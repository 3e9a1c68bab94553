"""Ids: what an image is called in each place, so that two images can be compared name by name."""

import json

from layerlab.archive.formats.oci import INDEX
from layerlab.archive.written import Named, oci_files
from layerlab.model.image import Image, checked


def ids(image: Image) -> dict[str, tuple[str, ...]]:
    """Return every id of an image and its layers as `sha256:<hex>`, layers oldest first.

    The image id is the digest of the metadata, a DiffID that of a layer's tar, a ChainID that of a layer and all
    below it. The manifest digest is the one that `save` gives: another packing of the same layers has another.

    >>> image = shop().images["shop"]
    >>> labelled = ids(image.with_config(labels={"team": "shop"}))
    >>> [name for name, those in ids(image).items() if those != labelled[name]]
    ['image id', 'manifest digest']
    """
    (manifest,) = json.loads(oci_files([Named(checked(image, "ids"), ())])[INDEX].read())["manifests"]
    return {
        "image id": (image.id,),
        "manifest digest": (manifest["digest"],),
        "DiffIDs": image.diff_ids,
        "ChainIDs": image.chain_ids,
    }
