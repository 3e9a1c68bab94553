"""See, build and break container images in a notebook, with real bytes and real hashes, and no Docker."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from layerlab.lesson.bench import bench
    from layerlab.lesson.check import check
    from layerlab.lesson.draw import draw
    from layerlab.lesson.example import shop
    from layerlab.lesson.ids import ids
    from layerlab.lesson.predict import predict
    from layerlab.lesson.tally import tally
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
    from layerlab.world.archive import load
    from layerlab.world.engine import engine
    from layerlab.world.errors import ArchiveError, EngineError
    from layerlab.world.save import save

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
    "ArchiveError": "layerlab.world.errors",
    "Container": "layerlab.model.container",
    "Content": "layerlab.model.content",
    "Device": "layerlab.model.entry",
    "Directory": "layerlab.model.entry",
    "EngineError": "layerlab.world.errors",
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
    "bench": "layerlab.lesson.bench",
    "chain_ids": "layerlab.model.image",
    "check": "layerlab.lesson.check",
    "crossing_plot": "layerlab.picture.plots",
    "diff": "layerlab.model.compare",
    "draw": "layerlab.lesson.draw",
    "engine": "layerlab.world.engine",
    "explain": "layerlab.model.explain",
    "filler": "layerlab.model.content",
    "ids": "layerlab.lesson.ids",
    "ledger": "layerlab.picture.ledger",
    "load": "layerlab.world.archive",
    "overlaps": "layerlab.model.compare",
    "predict": "layerlab.lesson.predict",
    "save": "layerlab.world.save",
    "scratch": "layerlab.model.image",
    "sharing_plot": "layerlab.picture.plots",
    "shop": "layerlab.lesson.example",
    "slides": "layerlab.picture.slides",
    "tally": "layerlab.lesson.tally",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
