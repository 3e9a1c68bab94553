"""Disks bench: containers that all do the same to one file, and what that takes on a disk with each storage driver.

The state is three choices: how many containers run, what each of them does, and which driver one looks at. All
containers do the same, so one container is counted and its bytes are taken as often as there are containers.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from layerlab.benches.disk_changes import CHANGES
from layerlab.benches.example import CATALOG, shop
from layerlab.benches.replay import Replay
from layerlab.benches.verbs import TranscriptLine, run
from layerlab.drivers.driver import DRIVERS, GROUPS, DiskBytes, DriverDisk, disk
from layerlab.drivers.file_bytes import file_bytes
from layerlab.model.container import Container
from layerlab.model.host import Host
from layerlab.picture import events
from layerlab.picture.disk_rows import DiskRow, scene
from layerlab.picture.file_strips import FileStrip, in_one
from layerlab.picture.shapes import Looks, Scene
from layerlab.words.plurals import counted
from layerlab.words.sizes import printed_parts, size

MOST_CONTAINERS = 100
# What each name of a driver means here: the same driver stores other bytes on another file system.
MEANINGS: Mapping[str, str] = {
    "overlay2": "Docker's usual driver, on ext4",
    "metacopy": "overlay2 with Podman's option metacopy, on ext4",
    "btrfs": "the driver btrfs",
    "xfs": "Podman's driver vfs on XFS, which shares blocks and is told by a hint to copy 64 KiB at once, not 128 KiB",
    "vfs": "Docker's driver vfs on ext4, where each layer has copies of all files below",
}
PODMANS = ("metacopy", "xfs")


@dataclass(frozen=True)
class DiskChoices:
    """All that a disks bench knows; `refused` is the reason why the last act changed nothing, else "".

    >>> DiskChoices().change
    'nothing'
    """

    containers: int = 0
    change: str = "nothing"
    driver: str = "overlay2"
    refused: str = ""


class DisksBench(Replay):
    """The image `shop`, containers that all do the same, and the bytes on the disk with each driver.

    >>> table = DisksBench()
    >>> table.run(10)
    >>> table.change("change its mode")
    >>> table.look("metacopy")
    >>> table.scene.balance
    'metacopy: 323 MB in layers + 369 kB in containers = 323 MB'
    """

    def __init__(self) -> None:
        super().__init__()
        self.started = (TranscriptLine("host = shop()", "docker build --tag shop ."),)
        self._counted: dict[str, Mapping[str, DriverDisk]] = {}
        self._webs: dict[str, Container] = {}
        self.start_over()

    def run(self, containers: float) -> None:
        """Let so many containers run, 0 to 100; each does what is chosen for all. A part of one is refused."""
        self.act(("run", containers))

    def change(self, what: str) -> None:
        """Let each container do this to catalog.db: one of `CHANGES`."""
        self.act(("change", what))

    def look(self, driver: str) -> None:
        """Look at one driver: the sentence under the picture is about it."""
        self.act(("look", driver))

    def begin(self) -> DiskChoices:
        """Return the choices of a new bench: no containers."""
        return DiskChoices()

    def after(self, act: tuple[Any, ...]) -> DiskChoices:
        """Return the choices after an act; what cannot be raises ValueError."""
        now: DiskChoices = replace(self.now, refused="")
        verb, given = act
        if verb == "run":
            if not isinstance(given, int) or not 0 <= given <= MOST_CONTAINERS:
                raise ValueError(
                    f"{given:,} containers cannot be compared: take a whole number, 0 to {MOST_CONTAINERS}"
                )
            # Without containers nobody writes.
            return replace(now, containers=given, change=now.change if given else "nothing")
        if verb == "look":
            if given not in DRIVERS:
                raise ValueError(f"no driver is called {given!r}: take one of {', '.join(DRIVERS)}")
            return replace(now, driver=given)
        if given not in CHANGES:
            raise ValueError(f"{given!r} is not in the list: take one of {', '.join(CHANGES)}")
        if not now.containers and given != "nothing":
            raise ValueError("images are read-only and nothing runs here: run a container first")
        return replace(now, change=given)

    def refused(self, reason: str) -> DiskChoices:
        """Return the present choices with the reason why nothing changed."""
        now: DiskChoices = self.now
        return replace(now, refused=reason)

    @property
    def host(self) -> Host:
        """A new host as it is chosen, to go on with in the next cell."""
        return self._host(self.now)

    @property
    def rows(self) -> tuple[DiskRow, ...]:
        """The bytes with each driver, in the order of `DRIVERS`."""
        now: DiskChoices = self.now
        strips = self.strips
        return tuple(
            DiskRow(
                name,
                found.image.bytes,
                now.containers * sum(each.bytes for each in found.containers.values()),
                strips.get(name),
                f"hint {GROUPS[name] // 1024} KiB" if name in GROUPS else "",
            )
            for name, found in self._disks(now.change).items()
        )

    @property
    def strips(self) -> dict[str, FileStrip]:
        """The file in one container with each driver; empty where none runs."""
        now: DiskChoices = self.now
        if not now.containers:
            return {}
        disks = self._disks(now.change)
        web = self._webs[now.change]
        return {name: FileStrip(name, file_bytes(web, CATALOG, found.driver)) for name, found in disks.items()}

    @property
    def row(self) -> DiskRow:
        """The bytes with the driver that is looked at."""
        return next(row for row in self.rows if row.name == self.now.driver)

    @property
    def size_rw(self) -> int:
        """What `docker ps -s` prints as the size of each container, with any driver (bytes)."""
        now: DiskChoices = self.now
        return self._disks(now.change)["overlay2"].containers["web-1"].size_rw

    def drawn(self, looks: Looks) -> Scene:
        """Return a bar for each driver, and what `docker ps -s` says beside them."""
        now: DiskChoices = self.now
        many = "no container runs"
        if now.containers:
            many = f"{size(self.size_rw)} for {'the' if now.containers == 1 else 'each'} container, with every driver"
        file = in_one("catalog.db") if now.containers else "no container runs yet"
        row = self.row
        (layers, containers), total = printed_parts([row.layers, row.containers])
        balance = f"{now.driver}: {layers} in layers + {containers} in containers = {total}"
        return replace(scene(self.rows, file, now.driver, many, looks), sentence=self._sentence(row), balance=balance)

    @property
    def transcript(self) -> list[TranscriptLine]:
        """The choices as lines that lead to the same host; in Docker, a shell's loop stands for Python's."""
        return [*self.started, *self._lines(self.now)]

    @cached_property
    def widget(self) -> Any:
        """The live bench."""
        from layerlab.benches.disks_view import view

        return view(self, MOST_CONTAINERS)

    def _sentence(self, row: DiskRow) -> str:
        """Say why nothing changed, or what the chosen driver takes for what the containers did."""
        now: DiskChoices = self.now
        if now.refused:
            return events.refused(now.refused)
        if not now.containers:
            return f"{now.driver} is {MEANINGS[now.driver]}. It stores the layers of shop in {size(row.layers)}."
        found = self._disks(now.change)[now.driver].containers["web-1"]
        done = f"{counted(now.containers, 'container')} {CHANGES[now.change].did}"
        each = "a new container" if now.containers == 1 else "each new container"
        cost = f"With {now.driver} {each} takes {size(found.start.bytes)}{_notes(found.start)}"
        if now.change == "nothing":
            return f"{done}. {cost}."
        written = found.written.bytes
        more = f"takes {size(written)} more{_notes(found.written)}"
        if written < 0:
            more = f"gives back {size(-written)}"
        return f"{done}. {cost}, and the change {more}."

    def _disks(self, change: str) -> Mapping[str, DriverDisk]:
        """Return what one container takes with each driver; kept, because it takes a while to count."""
        if change not in self._counted:
            host = self._host(DiskChoices(1, change))
            self._webs[change] = host.containers["web-1"]
            self._counted[change] = {name: disk(host, name, group=GROUPS.get(name)) for name in DRIVERS}
        return self._counted[change]

    def _host(self, chosen: DiskChoices) -> Host:
        names: dict[str, Any] = {"host": shop()}
        # The lines of the transcript make the host, so the transcript cannot say anything else.
        for line in self._lines(replace(chosen, driver="overlay2")):
            run(line.python, names)
        host: Host = names["host"]
        return host

    @staticmethod
    def _lines(now: DiskChoices) -> Iterable[TranscriptLine]:
        each = f"for n in $(seq {now.containers}); do docker"
        if now.containers:
            python = f'web = host.run("shop", name="web", count={now.containers})'
            yield TranscriptLine(python, f"{each} run --detach --name web-$n shop; done")
        if now.change != "nothing":
            change = CHANGES[now.change]
            yield TranscriptLine(
                f"for each in web: {change.python}", f"{each} exec web-$n sh -c '{change.shell}'; done"
            )
        if now.driver != "overlay2":
            hint = f", group={GROUPS[now.driver]}" if now.driver in GROUPS else ""
            # With Docker one cannot choose these two.
            asks = "docker info --format '{{.Driver}}'"
            if now.driver in PODMANS:
                asks = "podman info --format '{{.Store.GraphDriverName}}'"
            yield TranscriptLine(f'disk(host, "{now.driver}"{hint}).total', asks)


def _notes(spent: DiskBytes) -> str:
    """Return which bytes are not bytes of files, in brackets, and "" if all are.

    >>> _notes(DiskBytes(4096, 16_384)), _notes(DiskBytes(4096)), _notes(DiskBytes(0, 20_480))
    (' (4.10 kB in files, 16.4 kB in file-system records)', '', ' (all in file-system records)')
    """
    if not spent.metadata:
        return ""
    files = f"{size(spent.data)} in files, {size(spent.metadata)}" if spent.data else "all"
    return f" ({files} in file-system records)"
