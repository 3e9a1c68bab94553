"""Ids: what an image is called in each place, so that two images can be compared name by name."""

import json

from layerlab.archive.assemble import Named, oci_files
from layerlab.archive.formats.oci import INDEX
from layerlab.model.image import Image, checked


def ids(image: Image) -> dict[str, tuple[str, ...]]:
    """Return every id of an image and its layers as `sha256:<hex>`, layers oldest first.

    The image id is the digest of the metadata. A DiffID is the digest of a layer's tar. A ChainID names a layer
    together with all layers below it. The manifest digest is that of the archive that `save` writes. If the same layers
    are compressed in another way, the manifest digest is different.

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
