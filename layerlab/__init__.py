"""See, build and break container images in a notebook, with real bytes and real hashes, and no Docker."""

from layerlab.model.content import Content, filler
from layerlab.model.entry import (
    OPAQUE,
    WHITEOUT,
    Device,
    Directory,
    Entry,
    Fifo,
    File,
    HardLink,
    Symlink,
)
from layerlab.model.image import Image, Step, chain_ids, scratch
from layerlab.model.layer import Layer
from layerlab.model.union import View

__all__ = [
    "OPAQUE",
    "WHITEOUT",
    "Content",
    "Device",
    "Directory",
    "Entry",
    "Fifo",
    "File",
    "HardLink",
    "Image",
    "Layer",
    "Step",
    "Symlink",
    "View",
    "chain_ids",
    "filler",
    "scratch",
]
