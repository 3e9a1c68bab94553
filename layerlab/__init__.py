"""See, build and break container images in a notebook, with real bytes and real hashes, and no Docker."""

from layerlab.model.accounting import Usage
from layerlab.model.container import Container
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
from layerlab.model.explain import Report, explain
from layerlab.model.host import Host, HostError
from layerlab.model.image import Image, Step, chain_ids, scratch
from layerlab.model.layer import Layer
from layerlab.model.view import View
from layerlab.world.archive import load
from layerlab.world.errors import ArchiveError

__all__ = [
    "OPAQUE",
    "WHITEOUT",
    "ArchiveError",
    "Container",
    "Content",
    "Device",
    "Directory",
    "Entry",
    "Fifo",
    "File",
    "HardLink",
    "Host",
    "HostError",
    "Image",
    "Layer",
    "Report",
    "Step",
    "Symlink",
    "Usage",
    "View",
    "chain_ids",
    "explain",
    "filler",
    "load",
    "scratch",
]
