"""Lesson 09: Do all disks copy the same way?"""

from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any

from layerlab.benches.example import CATALOG, CATALOG_SIZE, shop
from layerlab.course.answer import Count
from layerlab.course.compared_drivers import ComparedDrivers
from layerlab.course.draws import Topic, drawn, the_shop
from layerlab.course.exercise import Mistake
from layerlab.course.happening import Happening
from layerlab.course.lesson import Lesson
from layerlab.course.question import Question, Reason, Wrong
from layerlab.course.read_pages import ReadPages
from layerlab.drivers.driver import DRIVERS, disk
from layerlab.drivers.page_cache import PageCache
from layerlab.model.container import Container
from layerlab.model.content import PAGE
from layerlab.model.host import Host
from layerlab.model.image import Image, scratch
from layerlab.model.layer import Layer
from layerlab.words.plurals import counted, listed
from layerlab.words.sizes import size

LESSON = Lesson("09")
CONTAINERS = ("web", "job")
# The middle of a block, near the middle of the file.
MIDDLE = 10_000_384
# What the first rounds compare: the other drivers come later.
TWO = ("overlay2", "btrfs")
BTRFS = "btrfs-progs 6.2 on Linux 6.18"


def overwritten(there: Topic, offset: int, length: int, *, sizes: bool = False) -> ComparedDrivers:
    def act(host: Host) -> None:
        host.containers["web"].write_at(there.path, offset, b"!" * length)

    return ComparedDrivers(lambda: there.running("web"), act, there.path, sizes, TWO)


def taken(host: Host, driver: str) -> int:
    """Return the bytes of files that web has taken on the disk since it started, with a driver."""
    return DRIVERS[driver].written(host.containers["web"]).data


# Core.


def draw_overwritten(random: Random) -> tuple[str, Topic, int, int]:
    there = drawn(random)
    length = random.randint(1, 9) * PAGE
    offset = random.randrange(there.size // 2 // PAGE) * PAGE + PAGE // 2
    situation = (
        f"<code>{there.path}</code> is a file of {size(there.size)} in the image <code>{there.name}</code>. The disk "
        f"stores it in blocks of 4,096 bytes. <code>web</code> overwrites {length:,} bytes somewhere in it. The write "
        "starts in the middle of a block and ends in the middle of a later one."
    )
    return situation, there, offset, length


@LESSON.question("middle", lambda: (the_shop(), MIDDLE, PAGE), draw_overwritten)
def overwrite_some_blocks(there: Topic, offset: int, length: int) -> Question:
    written = overwritten(there, offset, length)
    host = written.after
    return Question(
        prompt="How many more bytes of files does the disk store then, with the driver btrfs?",
        truth=taken(host, "btrfs"),
        wrong=(
            Wrong("25a", taken(host, "overlay2"), "the driver copied the whole file, as overlay2 does on ext4"),
            Wrong("6", length, "a disk stored single bytes, or the write began where a block begins"),
            Wrong("25a", taken(host, "xfs"), "the driver copied 32 blocks at once, as the file system XFS does"),
        ),
        happening=written,
        measured=("with btrfs", "with overlay2"),
        explanation="With btrfs a container starts with a snapshot, which shares every block of the image. A write "
        "stores each block anew that it touches: here the end of one block and the start of the next. The driver "
        "overlay2 on ext4 copies the whole file. Its last block is stored whole, so the copy takes a little more.",
        docker="docker exec web dd if=/dev/zero of=/var/lib/shop/catalog.db bs=128 seek=78128 count=32 conv=notrunc\n"
        "btrfs filesystem du --si web/catalog.db    # in the driver's folder, on the machine itself",
        printed="     Total   Exclusive  Set shared  Filename\n   20.00MB      8.19kB     19.99MB  web/catalog.db",
        engine=BTRFS,
    )


@LESSON.question("size", lambda: (the_shop(), MIDDLE, PAGE), draw_overwritten)
def what_docker_ps_says(there: Topic, offset: int, length: int) -> Question:
    written = overwritten(there, offset, length, sizes=True)
    host = written.after
    return Question(
        prompt="The driver is btrfs. Which SIZE does <code>docker ps -s</code> print for <code>web</code> now?",
        truth=host.containers["web"].size_rw,
        wrong=(
            Wrong("25b", taken(host, "btrfs"), "SIZE counted the blocks that the disk stores"),
            Wrong("25b", 0, "SIZE left out what is shared with the image in part"),
            Wrong("25b", host.containers["web"].virtual_size, "SIZE counted the image in, as the virtual size does"),
        ),
        because=(
            Reason("SIZE adds up the sizes of all files that differ from the image"),
            Reason(
                "SIZE is the space on the disk that only this container uses",
                wrong="SIZE is computed from the sizes of files, and never measured on the disk",
            ),
            Reason(
                "SIZE counts the bytes that the container's process wrote",
                wrong="SIZE compares files with the image, and nobody counts what a process writes",
            ),
        ),
        happening=written,
        given=(there.size,),
        measured=("SIZE", "on the disk with the driver btrfs"),
        explanation="SIZE does not know how the disk stores a file, so the number is the same with each driver. With "
        "overlay2 on ext4 the disk stores about as much, and with btrfs far less. Compare what df prints before "
        "and after.",
        docker="docker ps -s",
        printed="SIZE\n20MB (virtual 47MB)",
        engine="Docker 20.10.24, btrfs",
    )


METADATA: dict[str, tuple[str, Callable[[Container, str], object]]] = {
    "mode": ("changes the mode of", lambda web, path: web.chmod(path, 0o600)),
    "owner": ("changes the owner of", lambda web, path: web.chown(path, 33, 33)),
    "time": ("touches", lambda web, path: web.utime(path)),
    "byte": ("appends one byte to", lambda web, path: web.append(path, b"!")),
}


def copying(host: Host, path: str) -> frozenset[str]:
    """Return the drivers that have copied a whole file for web since it started."""
    whole = host.containers["web"].image.view()[path].size
    return frozenset(name for name in DRIVERS if taken(host, name) >= whole)


def draw_chmod(random: Random) -> tuple[str, Topic, str]:
    there, what = drawn(random), random.choice(list(METADATA))
    situation = (
        f"<code>web</code> runs on <code>{there.name}</code> and {METADATA[what][0]} <code>{there.path}</code>, a file "
        f"of {size(there.size)} that came with the image. The same is done on five machines, and each machine uses "
        "another driver. Here xfs is Podman's driver vfs on a disk with XFS."
    )
    return situation, there, what


@LESSON.question("chmod", lambda: (the_shop(), "mode"), draw_chmod)
def who_copies_the_file(there: Topic, what: str) -> Question:
    happening = ComparedDrivers(
        lambda: there.running("web"), lambda host: METADATA[what][1](host.containers["web"], there.path), there.path
    )
    truth = copying(happening.after, there.path)
    appended = Happening(lambda: there.running("web"), lambda host: host.containers["web"].append(there.path, b"!"))
    unions = copying(appended.after, there.path)
    other = frozenset({"overlay2"}) if truth == unions else unions
    return Question(
        prompt="With which drivers does this change copy the bytes of the whole file?",
        act="pick",
        items=tuple(DRIVERS),
        truth=truth,
        wrong=(
            Wrong("5", frozenset(DRIVERS), "every driver copied a file before its first change"),
            Wrong("25a", other, _right_if(what)),
            Wrong("25a", truth | {"vfs"}, "vfs waited with its copy until a file changes"),
            Wrong("25a", frozenset({"btrfs", "xfs"}), "btrfs and xfs copied a whole file before its first change"),
        ),
        happening=happening,
        measured=("copy the whole file",),
        explanation="overlay2 on ext4 copies the whole file before any change, even of its mode. With the option "
        "metacopy"
        " it copies only metadata until somebody writes to the file. The drivers btrfs and xfs share blocks "
        "and copy no bytes of it. Each driver writes file-system records, such as a mode. The driver vfs "
        "copied every file at the start.",
        docker='podman run -d --name web shop    # storage.conf: mountopt = "nodev,metacopy=on"\n'
        "podman exec web chmod 600 /var/lib/shop/catalog.db\ndf --block-size=1    # before and after",
        printed="driver            more bytes on the disk   SIZE\n"
        "overlay           20,008,960               20MB\n"
        "overlay metacopy       8,192               20MB\n"
        "btrfs                 24,576               20MB\n"
        "vfs                    4,096               20MB",
        engine="Podman 4.3.1 on Linux 6.18, the same file,",
    )


def _right_if(what: str) -> str:
    if what == "byte":
        return "metacopy never copied the bytes of a file"
    return "metacopy copied the bytes of a file with its metadata"


def pages_in_memory(there: Topic, *, changed: bool) -> int:
    """Return the pages in memory after two containers have read a file, and web has changed its mode before or not."""
    host = there.running(*CONTAINERS)
    if changed:
        host.containers["web"].chmod(there.path, 0o600)
    cache = PageCache(host)
    # A copy-up reads and writes the file too, but what it left in memory is gone when the two read it.
    cache.drop()
    for name in CONTAINERS:
        cache.read(name, there.path)
    return cache.total


def draw_pages(random: Random) -> tuple[str, Topic]:
    there = drawn(random)
    situation = (
        f"<code>web</code> and <code>job</code> run on <code>{there.name}</code>. The driver is "
        f"overlay2. The two containers read <code>{there.path}</code>. The kernel keeps "
        f"{counted(pages_in_memory(there, changed=False), 'page')} of it, once for the two containers. Then "
        "<code>web</code> changes the file's mode. After a night in which nobody reads the file, no page of it is in "
        "memory. Now the two containers read it again."
    )
    return situation, there


@LESSON.question("pages", lambda: (the_shop(),), draw_pages)
def read_after_a_chmod(there: Topic) -> Question:
    shared = pages_in_memory(there, changed=False)
    happening = ReadPages(
        lambda: there.running(*CONTAINERS), lambda host: host.containers["web"].chmod(there.path, 0o600), there.path
    )
    return Question(
        prompt="How many pages of the file are in memory then, for both containers together?",
        act="choose",
        truth=Count(pages_in_memory(there, changed=True), "page"),
        wrong=(
            Wrong("20", Count(shared, "page"), "containers shared memory because their image is the same"),
            Wrong("20", Count(shared + 1, "page"), "only the page with the mode were kept twice"),
            Wrong("20", Count(0, "page"), "a file that was changed were never kept in memory"),
        ),
        happening=happening,
        measured=("pages in memory",),
        explanation="The kernel keeps pages for each inode. An inode is one file as the disk stores it. While both "
        "containers read the layer's inode, the pages are there once. The change of the mode copied the file into the "
        "thin layer, and the copy has an inode of its own. So its bytes are read, and kept, a second time.",
        docker="docker exec web chmod 600 /var/lib/shop/catalog.db\n"
        "docker exec web cat /var/lib/shop/catalog.db > /dev/null    # and the same in job",
        printed="mincore(2) on the file, pages of 4,883      web     job\n"
        "both have read                              4883    4883\n"
        "web has changed the mode; job reads            0    4883\n"
        "web reads too                               4883    4883",
        engine="Linux 6.18, overlay,",
    )


# More.


def draw_start(random: Random) -> tuple[str, Topic, int]:
    there, count = drawn(random), random.randint(3, 40)
    situation = (
        f"You start {count} containers on <code>{there.name}</code>, {size(there.image.size)}. Docker uses the driver "
        "vfs. The containers write nothing."
    )
    return situation, there, count


def copies_at_start(there: Topic, count: int, engine: Any) -> int:
    """Return how many whole copies of an image a number of new containers take with vfs."""
    start = disk(there.host(), "vfs", engine=engine).starts[there.name].data
    return count * start // DRIVERS["vfs"].start(there.image).data


@LESSON.question("start", lambda: (the_shop(), 1), draw_start)
def start_with_vfs(there: Topic, count: int) -> Question:
    own = copies_at_start(there, count, "podman")
    return Question(
        prompt="How many more times does the disk store all files of the image then?",
        act="type",
        truth=Count(copies_at_start(there, count, "docker"), "time"),
        wrong=(
            Wrong("2a", Count(own, "time"), "each container took one copy, as with Podman"),
            Wrong("25a", Count(0, "time"), "nothing were copied before a container writes, as with overlay2"),
        ),
        happening=Happening(there.host, file=there.path),
        measured=("copies of the image",),
        explanation="vfs shares nothing, so a new container is a copy of all files of the image. Docker copies "
        "twice. It first makes a layer of its own on the image, for files such as resolv.conf. Then it makes the thin "
        "layer as a copy of this layer. Podman makes only one copy.",
        docker="docker create --name web shop    # dockerd --storage-driver=vfs\n"
        "df --block-size=1    # before and after\ndocker system df",
        printed="                 more bytes on the disk\n"
        "docker import    30,330,880\n"
        "docker create    60,551,168\n\n"
        "TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE\n"
        "Containers      10        0         0B        0B",
        engine="Docker 20.10.24, vfs",
    )


LIMITS = {"AUFS": 42, "Docker": 125, "overlay2": 128, "this kernel": 500}
"""How many layers each takes at most: the old driver AUFS, Docker 20.10, its driver overlay2, and Linux 6.18."""


def refusing(layers: int) -> frozenset[str]:
    """Return who refuses so many layers."""
    return frozenset(name for name, most in LIMITS.items() if layers > most)


def draw_depth(random: Random) -> tuple[str, int]:
    layers = random.randint(43, 499)
    return f"Somebody builds an image of {layers} layers and wants a container on it.", layers


def tall(layers: int) -> Host:
    """Return a host with an image of so many small layers."""
    image, host = scratch, Host()
    for number in range(layers):
        image = image.with_layer(Layer.of({f"srv/{number}": b"!"}), f"RUN step {number}")
    host.add(image, "tall")
    return host


@LESSON.question("depth", lambda: (128,), draw_depth)
def who_refuses_a_tall_image(layers: int) -> Question:
    truth = refusing(layers)
    wrong = {
        frozenset(LIMITS): "the number were a law that all of them keep",
        frozenset({"this kernel"}): "the kernel alone set a limit",
        frozenset({"AUFS", "this kernel"}): "only AUFS and the kernel had a limit",
    }
    return Question(
        prompt=f"Who refuses an image of {layers} layers?",
        act="pick",
        items=tuple(LIMITS),
        truth=truth,
        wrong=tuple(Wrong("21", value, right_if) for value, right_if in wrong.items()),
        happening=Happening(partial(tall, layers)),
        measured=("refuse",),
        explanation="There is no law, and there are several limits. AUFS, which is gone, took the fewest layers. "
        "Docker counts layers itself and refuses before its driver would. Its usual driver has a higher limit of its "
        "own, and the kernel takes many more. Podman has no limit like Docker's.",
        docker="docker commit tall tall:more    # of a container on 125 layers",
        printed="Error response from daemon: max depth exceeded",
    )


# Exercises.


def a_host_with_changes() -> tuple[Host]:
    host = shop()
    for container in host.run("shop", name="web", count=5):
        container.chmod(CATALOG, 0o600)
    host.run("shop", name="job").write_at(CATALOG, 0, bytes(CATALOG_SIZE // 2))
    return (host,)


@LESSON.exercise(
    "fewest",
    task="Five containers changed the mode of `catalog.db`, and one overwrote half of it. Return the name of the "
    "driver with which this host takes the fewest bytes on the disk. `disk(host, name).total` counts, and `DRIVERS` "
    "has the names.",
    takes=("host",),
    start=a_host_with_changes,
    right="A change of a mode copies no bytes there, and half of a file costs half of its bytes.",
    hint="`min(DRIVERS, key=...)` finds the name with the smallest number.",
    solution="return min(DRIVERS, key=lambda name: disk(host, name).total)",
    mistakes=(
        Mistake("25a", 'return "overlay2"', "overlay2 copied the whole file six times"),
        Mistake("5", 'return "metacopy"', "metacopy copied the whole file once"),
        Mistake("25b", 'return "vfs"', "vfs stores every file of the image again"),
        Mistake("25b", 'return "xfs"', "xfs stores an inode for each file"),
    ),
)
def judge_fewest(host: Host, made: Any) -> str:
    if made not in tuple(DRIVERS):
        return f"Return one of {listed(list(DRIVERS))}; your function returns {made!r}."
    totals = {name: disk(host, name).total for name in DRIVERS}
    least = min(totals, key=lambda name: totals[name])
    why = {
        "overlay2": "overlay2 copied the whole file six times",
        "metacopy": "metacopy copied the whole file once, for the container that wrote to it",
        "xfs": "xfs stores an inode for each file again, for each container",
        "vfs": "vfs stores every file of the image again, for each container",
    }
    if made == least:
        return ""
    return f"That takes {size(totals[made])}, and another driver takes less: {why.get(made, made)}."


@LESSON.exercise(
    "refuse",
    task="`limits` says how many layers each program takes at most. Return the set of the programs that refuse "
    "`image`. `image.layers` lists its layers.",
    takes=("image", "limits"),
    start=lambda: (tall(128).images["tall"], dict(LIMITS)),
    right="Each program has a limit of its own, and a program refuses only an image above its own limit.",
    hint="Compare `len(image.layers)` with each number in `limits`. An image with just as many layers is not refused.",
    solution="return {name for name, most in limits.items() if len(image.layers) > most}",
    mistakes=(
        Mistake("21", "return set(limits) if len(image.layers) > 127 else set()", "127 is no limit for all"),
        Mistake("21", "return {name for name, most in limits.items() if most < 42}", "You leave out AUFS"),
        Mistake(
            "21", "return {name for name, most in limits.items() if len(image.layers) >= most}", "overlay2 takes 128"
        ),
    ),
)
def judge_refuse(image: Image, limits: Mapping[str, int], made: Any) -> str:
    names = {made} if isinstance(made, str) else set(made)
    if unknown := sorted(str(name) for name in names if name not in limits):
        return f"No program in limits is called {unknown[0]}."
    truth = {name for name, most in limits.items() if len(image.layers) > most}
    if names == set(limits):
        return "127 is no limit for all programs: the largest limit here is higher."
    if more := sorted(names - truth):
        return f"{more[0]} takes {limits[more[0]]} layers, and the image has {len(image.layers)}."
    return f"You leave out {min(truth - names)}." if names != truth else ""


@LESSON.exercise(
    "blocks",
    task="A container overwrites `length` bytes of a file, the first of them at `offset`. The disk stores files in "
    "blocks of `block` bytes and copies each block that a write touches. Return how many bytes it copies.",
    takes=("offset", "length", "block"),
    start=lambda: (4_000, 5_000, PAGE),
    right="A write that starts in the middle of a block touches that block too.",
    hint="The first block is `offset // block`. The last block is the one with the last byte.",
    solution="first = offset // block\nlast = (offset + length - 1) // block\nreturn (last - first + 1) * block",
    mistakes=(
        Mistake("6", "return length", "single bytes"),
        Mistake("25a", "return -(-length // block) * block", "starts at the start of a block"),
        Mistake("25a", "return offset + length", "from the start of the file"),
    ),
)
def judge_blocks(offset: int, length: int, block: int, made: Any) -> str:
    if isinstance(made, bool) or not isinstance(made, int):
        return f"Return a number of bytes; your function returns {type(made).__name__}."
    truth = ((offset + length - 1) // block - offset // block + 1) * block
    off = {
        length: "A disk does not store single bytes: it copies whole blocks.",
        -(-length // block) * block: "This is right if the write starts at the start of a block.",
        offset + length: "This copies all bytes from the start of the file.",
    }
    return "" if made == truth else off.get(made, f"{made:,} bytes is not what the touched blocks contain.")


@LESSON.exercise(
    "share",
    task="Let `web` change the mode of `catalog.db`. Return the set of drivers with which `web` and `job` still share "
    "the file's pages in memory. `PageCache(host, name).shared(one, other, path)` tells it for one driver.",
    takes=("host",),
    start=lambda: (the_shop().running(*CONTAINERS),),
    right="Only there both containers still read one inode: the mode was copied, and the bytes were not.",
    hint='Change the mode first with `host.containers["web"].chmod(path, 0o600)`, then ask for each name in `DRIVERS`.',
    solution='path = "var/lib/shop/catalog.db"\nhost.containers["web"].chmod(path, 0o600)\n'
    'return {name for name in DRIVERS if PageCache(host, name).shared("web", "job", path)}',
    mistakes=(
        Mistake("20", "return set(DRIVERS)", "btrfs gives each container an inode of its own"),
        Mistake("20", 'return {"overlay2", "metacopy"}', "overlay2 copied the file"),
        Mistake("5", "return set()", "One driver is missing"),
    ),
)
def judge_share(host: Host, made: Any) -> str:
    names = {made} if isinstance(made, str) else set(made)
    if unknown := sorted(str(name) for name in names if name not in DRIVERS):
        return f"No driver is called {unknown[0]}."
    # It may be changed already: a second change of the mode changes nothing more.
    host.containers["web"].chmod(CATALOG, 0o600)
    truth = {name for name in DRIVERS if PageCache(host, name).shared(*CONTAINERS, CATALOG)}
    if trees := sorted(names & {"btrfs", "xfs", "vfs"}):
        return f"{trees[0]} gives each container an inode of its own from the start, so it shares no pages."
    if "overlay2" in names:
        return "overlay2 copied the file for web, with an inode of its own."
    return "" if names == truth else "One driver is missing: the one that copies a mode without the bytes."
