"""How much an archive may ask of the machine that reads it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Bounds that no honest image comes near; pass larger ones to `load` where one does.

    `json` is the size of one JSON document in bytes (registries take manifests of 4 MiB), `images` how many images
    an archive holds, `layers` how many an image has (Docker stops at 125, this kernel's overlayfs at 500), `entries`
    the names in one layer, `header` the bytes of one extended tar header (Go's archive/tar has the same bound),
    `unpacked` the bytes of one layer or archive after decompression.

    >>> Limits().layers
    500
    """

    json: int = 4 << 20
    images: int = 1_000
    layers: int = 500
    entries: int = 400_000
    header: int = 1 << 20
    unpacked: int = 64 << 30
