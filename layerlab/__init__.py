"""See, build and break container images in a notebook, with real bytes and real hashes, and no Docker."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layerlab.archive.errors import ArchiveError, EngineError
    from layerlab.archive.ids import ids
    from layerlab.archive.load import load
    from layerlab.archive.save import save
    from layerlab.benches.draw import draw
    from layerlab.benches.example import shop
    from layerlab.benches.kinds import bench
    from layerlab.course.check import check
    from layerlab.course.predict import predict
    from layerlab.course.tally import tally
    from layerlab.engines.client import engine
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
    from layerlab.picture.ledger import ledger
    from layerlab.picture.plots import crossing_plot, sharing_plot
    from layerlab.picture.slides import slides

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
    "ids",
    "ledger",
    "load",
    "overlaps",
    "predict",
    "save",
    "scratch",
    "sharing_plot",
    "shop",
    "slides",
    "tally",
]

# Each name is imported when it is first asked for, so that nothing waits for what it does not use.
_HOMES = {
    "ArchiveError": "layerlab.archive.errors",
    "Container": "layerlab.model.container",
    "Content": "layerlab.model.content",
    "Device": "layerlab.model.entry",
    "Directory": "layerlab.model.entry",
    "EngineError": "layerlab.archive.errors",
    "Entry": "layerlab.model.entry",
    "Fifo": "layerlab.model.entry",
    "File": "layerlab.model.entry",
    "HardLink": "layerlab.model.entry",
    "Host": "layerlab.model.host",
    "HostError": "layerlab.model.host",
    "Image": "layerlab.model.image",
    "Layer": "layerlab.model.layer",
    "OPAQUE": "layerlab.model.entry",
    "Report": "layerlab.model.explain",
    "Step": "layerlab.model.image",
    "Symlink": "layerlab.model.entry",
    "Usage": "layerlab.model.accounting",
    "View": "layerlab.model.view",
    "WHITEOUT": "layerlab.model.entry",
    "bench": "layerlab.benches.kinds",
    "chain_ids": "layerlab.model.image",
    "check": "layerlab.course.check",
    "crossing_plot": "layerlab.picture.plots",
    "diff": "layerlab.model.compare",
    "draw": "layerlab.benches.draw",
    "engine": "layerlab.engines.client",
    "explain": "layerlab.model.explain",
    "filler": "layerlab.model.content",
    "ids": "layerlab.archive.ids",
    "ledger": "layerlab.picture.ledger",
    "load": "layerlab.archive.load",
    "overlaps": "layerlab.model.compare",
    "predict": "layerlab.course.predict",
    "save": "layerlab.archive.save",
    "scratch": "layerlab.model.image",
    "sharing_plot": "layerlab.picture.plots",
    "shop": "layerlab.benches.example",
    "slides": "layerlab.picture.slides",
    "tally": "layerlab.course.tally",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
