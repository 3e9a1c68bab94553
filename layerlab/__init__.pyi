from .archive.errors import ArchiveError
from .archive.ids import ids
from .archive.save import save
from .benches.draw import draw
from .benches.example import shop
from .benches.kinds import bench
from .builds.build import Build, BuildError, BuildStep, build
from .course.check import check
from .course.levels.facts import Fact
from .course.levels.host_level import level
from .course.levels.level import Level
from .course.levels.level_maker import as_level
from .course.own_image import OwnImage, own_image
from .course.predict import classroom, predict
from .course.tally import tally
from .course.then_and_now import your_answers
from .drivers.driver import DRIVERS, DriverDisk, DriverError, disk
from .drivers.page_cache import PageCache
from .engines.anywhere import load
from .engines.client import engine
from .engines.engine_error import EngineError
from .engines.registry_push import push
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
from .model.relayer import relayer
from .model.view import View
from .namespaces.pid_namespace import ProcessRow
from .namespaces.process import ContainerProcesses, processes
from .namespaces.programs import ScriptFile
from .namespaces.shell_syntax import ShellError
from .namespaces.signals import ProcessError
from .picture.drivers_plot import drivers_plot
from .picture.fleet import fleet_plot
from .picture.ledger import ledger
from .picture.plots import crossing_plot, sharing_plot
from .picture.slides import slides
from .registries.distribution import RegistryError
from .registries.registry import Registry
from .registries.transfer import Transfer

__all__ = [
    "DRIVERS",
    "OPAQUE",
    "WHITEOUT",
    "ArchiveError",
    "Bind",
    "Build",
    "BuildError",
    "BuildStep",
    "Container",
    "ContainerProcesses",
    "Content",
    "Device",
    "Directory",
    "DriverDisk",
    "DriverError",
    "EngineError",
    "Entry",
    "Fact",
    "Fifo",
    "File",
    "Folder",
    "HardLink",
    "Host",
    "HostError",
    "Image",
    "Layer",
    "LayerlabError",
    "Level",
    "OwnImage",
    "PageCache",
    "ProcessError",
    "ProcessRow",
    "Registry",
    "RegistryError",
    "Report",
    "ScriptFile",
    "ShellError",
    "Step",
    "Symlink",
    "Tmpfs",
    "Transfer",
    "Usage",
    "View",
    "Volume",
    "as_level",
    "bench",
    "build",
    "chain_ids",
    "check",
    "classroom",
    "crossing_plot",
    "diff",
    "disk",
    "draw",
    "drivers_plot",
    "engine",
    "explain",
    "filler",
    "fleet_plot",
    "ids",
    "ledger",
    "level",
    "load",
    "overlaps",
    "own_image",
    "predict",
    "processes",
    "push",
    "relayer",
    "save",
    "scratch",
    "sharing_plot",
    "shop",
    "slides",
    "tally",
    "your_answers",
]
