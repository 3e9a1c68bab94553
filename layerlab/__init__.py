"""See, build and break container images in a notebook, with real bytes and real hashes, and no Docker."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from layerlab.model.accounting import Usage
from layerlab.model.compare import diff, overlaps
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
from layerlab.world.engine import EngineError, engine
from layerlab.world.errors import ArchiveError
from layerlab.world.save import save

if TYPE_CHECKING:
    from layerlab.lesson.bench import bench
    from layerlab.lesson.check import check
    from layerlab.lesson.draw import draw
    from layerlab.lesson.example import shop
    from layerlab.lesson.predict import predict
    from layerlab.lesson.tally import tally
    from layerlab.picture.ledger import ledger
    from layerlab.picture.plots import crossing_plot, sharing_plot

__all__ = [
    "OPAQUE",
    "WHITEOUT",
    "ArchiveError",
    "Container",
    "Content",
    "Device",
    "Directory",
    "EngineError",
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
    "bench",
    "chain_ids",
    "check",
    "crossing_plot",
    "diff",
    "draw",
    "engine",
    "explain",
    "filler",
    "ledger",
    "load",
    "overlaps",
    "predict",
    "save",
    "scratch",
    "sharing_plot",
    "shop",
    "tally",
]

# What lessons use is imported when it is first asked for: the rest needs the standard library alone.
_LESSONS = {
    "bench": "layerlab.lesson.bench",
    "check": "layerlab.lesson.check",
    "crossing_plot": "layerlab.picture.plots",
    "draw": "layerlab.lesson.draw",
    "ledger": "layerlab.picture.ledger",
    "predict": "layerlab.lesson.predict",
    "sharing_plot": "layerlab.picture.plots",
    "shop": "layerlab.lesson.example",
    "tally": "layerlab.lesson.tally",
}


def __getattr__(name: str) -> Any:
    if name not in _LESSONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LESSONS[name]), name)
