from .archive.errors import ArchiveError
from .archive.ids import ids
from .archive.load import load
from .archive.save import save
from .benches.draw import draw
from .benches.example import shop
from .benches.kinds import bench
from .course.check import check
from .course.predict import classroom, predict
from .course.tally import tally
from .engines.client import engine
from .engines.engine_error import EngineError
from .model.accounting import Usage
from .model.compare import diff, overlaps
from .model.container import Container
from .model.content import Content, filler
from .model.entry import (
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
from .model.explain import Report, explain
from .model.host import Host, HostError
from .model.image import Image, Step, chain_ids, scratch
from .model.layer import Layer
from .model.layerlab_error import LayerlabError
from .model.mounts import Bind, Folder, Tmpfs, Volume
from .model.view import View
from .picture.ledger import ledger
from .picture.plots import crossing_plot, sharing_plot
from .picture.slides import slides

__all__ = [
    "OPAQUE",
    "WHITEOUT",
    "ArchiveError",
    "Bind",
    "Container",
    "Content",
    "Device",
    "Directory",
    "EngineError",
    "Entry",
    "Fifo",
    "File",
    "Folder",
    "HardLink",
    "Host",
    "HostError",
    "Image",
    "Layer",
    "LayerlabError",
    "Report",
    "Step",
    "Symlink",
    "Tmpfs",
    "Usage",
    "View",
    "Volume",
    "bench",
    "chain_ids",
    "check",
    "classroom",
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
