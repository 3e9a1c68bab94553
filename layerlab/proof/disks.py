"""Disks: what drivers take of a disk, beside real file systems on loop files, and pages in memory beside mincore(2).

Each set-up is one of `drivers.driver` on a file system of its own: overlay mounts on ext4, btrfs snapshots, reflinks on
XFS, plain copies. Containers do the same acts in the model and there; after each the used bytes (statvfs, after a sync)
and the model's must differ by no more than the model states. It takes the rights of root. All mounts and files are in a
tmpfs and a mount namespace of the process, so they go with it, whatever happens.
"""

import ctypes
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from layerlab.drivers.driver import DiskBytes, DriverDisk, disk
from layerlab.drivers.page_cache import PageCache
from layerlab.model.content import PAGE, filler
from layerlab.model.entry import Spec
from layerlab.model.host import Host
from layerlab.model.image import scratch
from layerlab.model.layer import Layer
from layerlab.proof.kernel import enter, mount, write_layer

# The measured workload: one file of 20 MB, and 1,000 of two blocks each.
BIG, FILES, EACH = 20_000_000, 1_000, 5_000
ROOM = "1G"
CONTAINERS = ("one", "two", "three")
RANDOM_ACTS, CACHE_ACTS = 50, 25
# Bytes that one act writes at most. btrfs frees a run of blocks only when none of it is used, which no count of the
# blocks that a file has now can tell: large files that are cut would show it.
MOST_WRITTEN, MOST_NEW = 20_000, 60_000
# How often the used bytes are asked for until they stay the same, and seconds between.
FEWEST_ASKED, MOST_ASKED, PAUSE = 2, 20, 0.03

DiskAct = tuple[str, tuple[Any, ...]]


class NoDisk(Exception):  # noqa: N818 - a state of the machine, not a mistake of the caller
    """This machine lacks what a set-up needs; the text says what."""


@dataclass(frozen=True)
class DiskSetUp:
    """A driver on a real file system: how it is asked for, how the file system is made, and how a container starts."""

    name: str
    driver: str
    options: tuple[tuple[str, Any], ...]
    make: tuple[str, ...]
    start: Callable[["LoopDisk", str], None]

    def count(self, host: Host) -> DriverDisk:
        """Return what the model says of a host; each container is one tree here, as with Podman."""
        return disk(host, self.driver, engine="podman", **dict(self.options))


class Failure(NamedTuple):
    """Where the model and a disk differ: the set-up, what was done, and both numbers."""

    set_up: str
    act: str
    measured: int
    said: str

    def __str__(self) -> str:
        return f"{self.set_up}: {self.act}: measured {self.measured:,}, said {self.said}"


class Worst(NamedTuple):
    """The act whose bytes came nearest to what may differ: the share of that, and both numbers."""

    share: float = 0.0
    act: str = ""
    measured: int = 0
    said: int = 0


class SetUpReport(NamedTuple):
    """What a set-up showed: how many comparisons of bytes and of pages, failures, and the worst comparison."""

    set_up: str
    bytes: int
    pages: int
    failures: list[Failure]
    worst: Worst


class LoopDisk:
    """A file system on a loop file, mounted, with the image's files on it; its containers are folders."""

    def __init__(self, folder: Path, set_up: DiskSetUp) -> None:
        self.set_up, self.folder = set_up, folder / set_up.name
        self.root = self.folder / "mounted"
        self.image = self.root / "image"
        self._overlays: list[Path] = []

    def open(self) -> None:
        """Make and mount the file system; raises NoDisk where this machine cannot."""
        self.root.mkdir(parents=True)
        loop = self.folder / "loop"
        run("truncate", "-s", ROOM, str(loop))
        run(*self.set_up.make, str(loop))
        run("mount", "-o", "loop", str(loop), str(self.root))

    def close(self) -> None:
        """Take all mounts away, and the loop file with them."""
        for place in (*reversed(self._overlays), self.root):
            with suppress(NoDisk):
                run("umount", str(place))
        shutil.rmtree(self.folder, ignore_errors=True)

    def used(self) -> int:
        """Return the bytes in use when all that was written is on the disk, and all that was freed is free."""
        found: list[int] = []
        # btrfs frees what it replaced with the next commit, and XFS what was removed a moment later (inodegc).
        while len(found) < MOST_ASKED and (len(found) < FEWEST_ASKED or found[-1] != found[-2]):
            run("sync", "-f", str(self.root))
            now = os.statvfs(self.root)
            found.append((now.f_blocks - now.f_bfree) * now.f_frsize)
            time.sleep(PAUSE)
        return found[-1]

    def container(self, name: str) -> Path:
        """Return a container's root folder."""
        return self.root / name / "merged" if self._overlays else self.root / name

    def overlay(self, name: str, options: str) -> None:
        """Start a container as an overlay of the image."""
        home = self.root / name
        for folder in ("upper", "work", "merged"):
            (home / folder).mkdir(parents=True)
        says = f"lowerdir={self.image},upperdir={home / 'upper'},workdir={home / 'work'},{options}"
        mount("overlay", str(home / "merged"), "overlay", 0, says)
        self._overlays.append(home / "merged")


def _overlay(store: LoopDisk, name: str) -> None:
    store.overlay(name, "redirect_dir=off,index=off,metacopy=off,xino=off")


def _metacopy(store: LoopDisk, name: str) -> None:
    store.overlay(name, "index=off,metacopy=on,redirect_dir=on,xino=off")


def _copy(store: LoopDisk, name: str) -> None:
    run("cp", "-a", str(store.image), str(store.root / name))


def _reflink(store: LoopDisk, name: str) -> None:
    run("cp", "-a", "--reflink=always", str(store.image), str(store.root / name))


def _hinted(store: LoopDisk, name: str) -> None:
    _reflink(store, name)
    # A hint is the inode's own, and a copy does not take it over.
    run("xfs_io", "-c", "cowextsize 64k", str(store.root / name / "big"), *map(str, (store.root / name).glob("tree/*")))


def _snapshot(store: LoopDisk, name: str) -> None:
    run("btrfs", "subvolume", "snapshot", str(store.image), str(store.root / name))


_EXT4, _XFS = ("mkfs.ext4", "-q", "-F"), ("mkfs.xfs", "-q", "-m", "reflink=1")
_BTRFS = ("mkfs.btrfs", "-q", "-f", "-m", "single", "-d", "single")
SET_UPS = (
    DiskSetUp("overlay2", "overlay2", (), _EXT4, _overlay),
    DiskSetUp("metacopy", "metacopy", (), _EXT4, _metacopy),
    DiskSetUp("btrfs", "btrfs", (), _BTRFS, _snapshot),
    DiskSetUp("xfs", "xfs", (), _XFS, _reflink),
    DiskSetUp("xfs-64k", "xfs", (("group", 65_536),), _XFS, _hinted),
    DiskSetUp("vfs", "vfs", (), _EXT4, _copy),
)
"""Every set-up that is compared with the model."""


def compare_all(folder: Path, seed: int, names: tuple[str, ...] = ()) -> tuple[list[SetUpReport], dict[str, str]]:
    """Compare each set-up, or those that are named; return what they showed, and why others cannot run here.

    The process gets mounts of its own first, on `folder`, so it can be called once in a process.
    """
    if os.getuid() != 0:
        return [], {set_up.name: "loop files take the rights of root" for set_up in SET_UPS}
    ground = enter(folder)
    reports, missing = [], {}
    for set_up in SET_UPS:
        if names and set_up.name not in names:
            continue
        try:
            with _store(ground.folder, set_up) as store:
                reports.append(compare_one(store, random.Random(f"{seed}/{set_up.name}")))
        except NoDisk as reason:
            missing[set_up.name] = str(reason)
    return reports, missing


@contextmanager
def _store(folder: Path, set_up: DiskSetUp) -> Iterator[LoopDisk]:
    store = LoopDisk(folder, set_up)
    try:
        store.open()
        yield store
    finally:
        store.close()


class _Compared:
    """One host in the model and on a disk, and what was compared so far."""

    def __init__(self, store: LoopDisk) -> None:
        self.store, self.host = store, Host()
        self.failures: list[Failure] = []
        self.bytes = self.pages = 0
        self.worst = Worst()

    def after(self, act: str, do: Callable[[], object]) -> None:
        """Do something on both sides, and compare what the disk and the model then have more."""
        said_before, used_before = self.store.set_up.count(self.host), self.store.used()
        do()
        measured = self.store.used() - used_before
        self.near(act, measured, self.store.set_up.count(self.host).since(said_before))

    def near(self, act: str, measured: int, said: DiskBytes) -> None:
        """Note whether a measured number is as near as the model states."""
        self.bytes += 1
        allowed = max(said.tolerance, abs(measured) // 50)
        self.worst = max(self.worst, Worst(abs(measured - said.bytes) / allowed, act, measured, said.bytes))
        if abs(measured - said.bytes) > allowed:
            self.failures.append(Failure(self.store.set_up.name, act, measured, str(said)))

    def do(self, name: str, act: DiskAct) -> None:
        """Do one act in a container on both sides, which have to agree whether it is refused."""
        verb, given = act
        text = f"{name}.{verb}({', '.join(_short(each) for each in given)})"
        answers: list[int] = []

        def both() -> None:
            for side in (self.host.containers[name], DiskFolder(self.store.container(name))):
                try:
                    getattr(side, verb)(*given)
                    answers.append(0)
                except OSError as error:
                    answers.append(error.errno or -1)

        self.after(text, both)
        if answers[0] != answers[1]:
            self.failures.append(Failure(self.store.set_up.name, text, answers[1], f"errno {answers[0]}"))


def compare_one(store: LoopDisk, chance: random.Random) -> SetUpReport:
    """Compare one set-up: the image, starts, the acts that were measured, random ones, and pages in memory."""
    files: dict[str, Spec] = {f"tree/f{number:04}": filler(EACH, number) for number in range(FILES)}
    layer = Layer.of({"big": filler(BIG), **files})
    compared = _Compared(store)
    host = compared.host

    def add() -> None:
        host.add(scratch.with_layer(layer), "w")
        if store.set_up.start is _snapshot:
            run("btrfs", "subvolume", "create", str(store.image))
        else:
            store.image.mkdir()
        write_layer(layer, str(store.image), "trusted.overlay.")

    def start(name: str) -> None:
        host.run("w", name=name)
        store.set_up.start(store, name)

    compared.after("the image", add)
    for name in CONTAINERS:
        compared.after(f"start {name}", lambda name=name: start(name))  # type: ignore[misc]
    _pages(compared, chance)
    for act in MEASURED_ACTS:
        compared.do("one", act)
    generator = _Acts(chance, files)
    for _ in range(RANDOM_ACTS):
        name = chance.choice(CONTAINERS[1:])
        compared.do(name, generator.act(name))
    return SetUpReport(store.set_up.name, compared.bytes, compared.pages, compared.failures, compared.worst)


MEASURED_ACTS: tuple[DiskAct, ...] = (
    ("read", ("big",)),
    ("chmod", ("big", 0o600)),
    ("utime", ("big", 1)),
    ("append", ("big", b"x")),
    ("write_at", ("big", 4096 * 2400, b"y" * 4096)),
    ("write_at", ("big", 10_000_384, b"y" * 4096)),
    ("write", ("tree/f0000", b"")),
    ("chmod", ("tree/f0001", 0o600)),
    ("append", ("tree/f0002", b"z")),
    ("unlink", ("big",)),
    ("rmtree", ("tree",)),
)
"""Acts in a container that were measured before, one after the other; the last ones remove what the image has."""


class _Acts:
    """Random acts that a container may do; it knows each container's files with their sizes."""

    def __init__(self, chance: random.Random, files: dict[str, Spec]) -> None:
        self.chance = chance
        there = {"big": BIG, **dict.fromkeys(files, EACH)}
        self.files = {name: dict(there) for name in CONTAINERS}
        self.made = 0

    def act(self, name: str) -> DiskAct:
        """Return an act, and note what it leads to."""
        chance, files = self.chance, self.files[name]
        # Every other act is about the large file, as long as it is there, where drivers differ most.
        path = "big" if "big" in files and chance.random() < 0.5 else chance.choice(sorted(files))
        size = files[path]
        verb = chance.choice(VERBS)
        data = bytes(chance.randrange(1, 256) for _ in range(chance.choice((1, 100, 4096, 5000, MOST_WRITTEN))))
        if verb == "append":
            files[path] += len(data)
            return verb, (path, data)
        if verb == "write_at":
            at = chance.randrange(size + 1)
            files[path] = max(size, at + len(data))
            return verb, (path, at, data)
        if verb == "truncate":
            files[path] = chance.choice((0, size // 2, size, size + 10_000)) if path != "big" else size - 1
            return verb, (path, files[path])
        if verb == "new":
            path, new = self._name(), data * chance.randrange(1, 4)
            files[path] = len(new[:MOST_NEW])
            return "write", (path, new[:MOST_NEW])
        if verb == "write":
            path = chance.choice([each for each in sorted(files) if each != "big"])
            files[path] = len(data)
            return verb, (path, data)
        if verb == "unlink":
            path = chance.choice([each for each in sorted(files) if each != "big"])
            del files[path]
            return verb, (path,)
        if verb == "rename":
            goal = self._name()
            files[goal] = files.pop(path)
            return verb, (path, goal)
        if verb == "mkdir":
            return verb, (self._name(),)
        if verb == "symlink":
            return verb, ("x" * chance.choice((5, 100)), self._name())
        return verb, (path, *self._metadata(verb))

    def _metadata(self, verb: str) -> tuple[Any, ...]:
        return {"chmod": (self.chance.choice((0o600, 0o640)),), "utime": (self.chance.randrange(1, 99),)}.get(verb, ())

    def _name(self) -> str:
        self.made += 1
        return f"new-{self.made}"


VERBS = (
    "append", "append", "write_at", "write_at", "write_at", "chmod", "utime", "read", "truncate", "new", "write",
    "unlink", "rename", "mkdir", "symlink",
)  # fmt: skip


class DiskFolder:
    """A folder of the disk with the verbs of a container."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def read(self, path: str) -> None:
        """Read a file."""
        with (self.root / path).open("rb") as file:
            while file.read(1 << 20):
                pass

    def write(self, path: str, data: bytes) -> None:
        """Replace a file's bytes, or make a new file."""
        (self.root / path).write_bytes(data)

    def append(self, path: str, data: bytes) -> None:
        """Add bytes at a file's end."""
        with (self.root / path).open("ab") as file:
            file.write(data)

    def write_at(self, path: str, offset: int, data: bytes) -> None:
        """Put bytes at an offset."""
        with (self.root / path).open("r+b") as file:
            file.seek(offset)
            file.write(data)

    def truncate(self, path: str, size: int) -> None:
        """Cut a file, or let it grow."""
        os.truncate(self.root / path, size)

    def chmod(self, path: str, mode: int) -> None:
        """Set permission bits."""
        (self.root / path).chmod(mode)

    def utime(self, path: str, mtime: int) -> None:
        """Set the time of the last change."""
        os.utime(self.root / path, (mtime, mtime))

    def unlink(self, path: str) -> None:
        """Remove a file."""
        (self.root / path).unlink()

    def rmtree(self, path: str) -> None:
        """Remove a folder and all in it."""
        shutil.rmtree(self.root / path)

    def mkdir(self, path: str) -> None:
        """Make a folder."""
        (self.root / path).mkdir()

    def rename(self, old: str, new: str) -> None:
        """Move a name."""
        (self.root / old).rename(self.root / new)

    def symlink(self, target: str, path: str) -> None:
        """Make a symlink."""
        (self.root / path).symlink_to(target)

    def drop(self, path: str) -> None:
        """Take a file's pages out of memory."""
        number = os.open(self.root / path, os.O_RDONLY)
        os.fsync(number)
        os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(number)

    def pages(self, path: str) -> int:
        """Return how many of a file's pages are in memory: mincore(2) on a mapping of it."""
        size = (self.root / path).stat().st_size
        count = -(-size // PAGE)
        library = ctypes.CDLL(None, use_errno=True)
        library.mmap.restype, library.munmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t]
        library.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_long]
        library.mincore.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_char_p]
        number = os.open(self.root / path, os.O_RDONLY)
        place, found = library.mmap(None, size, 1, 1, number, 0), ctypes.create_string_buffer(count)
        answer = library.mincore(place, size, found)
        library.munmap(place, size)
        os.close(number)
        if answer:
            raise OSError(ctypes.get_errno(), "mincore")
        return sum(byte & 1 for byte in found.raw[:count])


class _Cached:
    """Two containers that read and change the large file; the pages that each sees in memory, on both sides.

    They are containers of their own, which the model's host does not have and which stay on the disk.
    """

    NAMES = ("a", "b")

    def __init__(self, compared: _Compared) -> None:
        self.store, self.host = compared.store, Host()
        self.host.add(compared.host.images["w"], "w")
        for name in self.NAMES:
            self.host.run("w", name=name)
            self.store.set_up.start(self.store, name)
        self.cache = PageCache(self.host, self.store.set_up.driver)
        self.folders = {name: DiskFolder(self.store.container(name)) for name in self.NAMES}

    def do(self, name: str, act: str) -> None:
        """Read the file in a container, change it there, or drop its pages everywhere."""
        if act == "drop":
            os.sync()
            for folder in (*self.folders.values(), DiskFolder(self.store.image)):
                folder.drop("big")
            self.cache.drop()
        elif act == "read":
            self.cache.read(name, "big")
            self.folders[name].read("big")
        else:
            given: Any = {"chmod": 0o600, "append": b"x"}[act]
            for side in (self.host.containers[name], self.folders[name]):
                getattr(side, act)("big", given)
            os.sync()

    def seen(self, name: str) -> tuple[int, int]:
        """Return how many pages a container sees in memory: as the kernel says, and as the model does."""
        return self.folders[name].pages("big"), self.cache.pages(name, "big")


def _pages(compared: _Compared, chance: random.Random) -> None:
    """Do random acts with the page cache, and compare after each."""
    cached = _Cached(compared)
    cached.do("a", "drop")
    for number in range(CACHE_ACTS):
        # Changes come late and seldom, because the first one ends what is shared.
        changes = ("chmod", "append") if number > CACHE_ACTS // 3 else ()
        name, act = chance.choice(cached.NAMES), chance.choice(("drop", "read", "read", *changes))
        cached.do(name, act)
        for each in cached.NAMES:
            measured, said = cached.seen(each)
            compared.pages += 1
            if measured != said:
                text = f"{name} does {act}: pages that {each} sees"
                compared.failures.append(Failure(cached.store.set_up.name, text, measured, f"{said:,}"))


def run(*command: str) -> None:
    """Run a command; NoDisk with its last line where it is missing or fails."""
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)
    except FileNotFoundError as error:
        raise NoDisk(f"{command[0]} is not installed") from error
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).strip().splitlines() or [f"status {error.returncode}"]
        raise NoDisk(f"{command[0]}: {said[-1]}") from error


def _short(value: object) -> str:
    return f"{len(value):,} B" if isinstance(value, bytes) else repr(value)
