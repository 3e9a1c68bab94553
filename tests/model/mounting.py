"""Situations with volumes, folders of the host, tmpfs and logs, as acts that a model and real engines do alike.

`tests/data/mounts.json` holds what Docker and Podman answered, which `python -m tests.engines.record_mounts` asks.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from layerlab import Bind, Directory, Fifo, File, HardLink, Host, HostError, Image, Layer, Symlink, Tmpfs, scratch
from layerlab.model.entry import Spec
from layerlab.model.mounts import MountSpec
from layerlab.proof.program import Side
from layerlab.proof.snapshot import NOW

Act = tuple[Any, ...]
"""What is done, then to what. An act that starts with a container's name is a step of `layerlab.proof.program`."""

Answer = Any
"""What an act gave, None where it just went well, and `["refused", words]` where an engine refused it."""

# What engines mount themselves has its place in the image already, so that no container has to make it.
PLACES: dict[str, Spec] = {
    "etc/hosts": b"", "etc/hostname": b"", "etc/resolv.conf": b"", "etc/mtab": Symlink("/proc/mounts"),
    "run/": Directory(), "dev/": Directory(), "proc/": Directory(), "sys/": Directory(), "tmp/": Directory(0o1777),
}  # fmt: skip
FILES: dict[str, Spec] = {
    # The model's clock is later than every file, so that what it does has the time that is recorded as now.
    "etc/motd": File(b"welcome", mtime=NOW),
    "srv/index": b"index", "srv/link": Symlink("/var/lib/shop"), "srv/nowhere": Symlink("/opt/none"),
    "var/lib/shop/": Directory(0o750, 7, 8, mtime=99),
    "var/lib/shop/a": File(b"one", 0o640, 3, 4, mtime=50),
    "var/lib/shop/b": HardLink("var/lib/shop/a"),
    "var/lib/shop/d/x": File(b"xx", 0o600, mtime=60),
    "var/lib/shop/s": Symlink("a", 5, 6, mtime=70),
    "var/spool/": Directory(0o2775, 0, 9), "var/spool/pipe": Fifo(0o620, mtime=80),
}  # fmt: skip


def images(programs: Mapping[str, Spec]) -> dict[str, Image]:
    """Return the images by name: one with files, and two that name places for volumes."""
    shop = scratch.with_layer(Layer.of({**programs, **PLACES})).with_layer(Layer.of(FILES))
    shop = shop.with_config(cmd=["sleep", "100000"])
    return {
        "shop": shop,
        "shop:volume": shop.with_config(volumes=["/var/lib/shop"]),
        "shop:new": shop.with_config(volumes=["/data/deep"]),
    }


SHOP = "var/lib/shop"


def run(name: str, mounts: Mapping[str, MountSpec] | None = None, image: str = "shop") -> Act:
    """Return the act that starts a container."""
    return ("run", name, image, dict(mounts or {}))


CASES: dict[str, tuple[Act, ...]] = {
    "a volume at a missing place": (
        run("web", {"data/deep": "orders"}), ("web", "stat", "data"), ("web", "stat", "data/deep"), ("diff", "web"),
        ("size", "web"),
    ),
    "an empty volume is filled": (
        run("web", {SHOP: "orders"}), ("web", "listdir", SHOP), ("web", "stat", f"{SHOP}/a"),
        ("web", "lstat", f"{SHOP}/s"), ("web", "stat", f"{SHOP}/d/x"), ("web", "read", f"{SHOP}/s"), ("diff", "web"),
    ),
    "the times of directories in a filled volume": (
        run("web", {SHOP: "orders"}), ("web", "stat", SHOP), ("web", "stat", f"{SHOP}/d"),
    ),
    "hard links in a filled volume": (
        run("web", {SHOP: "orders"}), ("web", "append", f"{SHOP}/a", b"!"), ("web", "read", f"{SHOP}/b"),
    ),
    "a pipe in a filled volume": (
        run("web", {"var/spool": "spool"}), ("web", "listdir", "var/spool"), ("web", "chmod", "var/spool", 0o700),
    ),
    "a volume that holds something hides the image": (
        run("web", {"data": "orders"}), ("web", "write", "data/first", b"1"), run("job", {SHOP: "orders"}),
        ("job", "listdir", SHOP), ("job", "stat", SHOP),
    ),
    "a volume is not filled twice": (
        run("web", {SHOP: "orders"}), ("web", "unlink", f"{SHOP}/a"), ("rm", "web", False),
        run("job", {SHOP: "orders"}), ("job", "listdir", SHOP),
    ),
    "a volume that was emptied": (
        run("web", {SHOP: "orders"}), ("web", "rmtree", SHOP), ("rm", "web", False), run("job", {SHOP: "orders"}),
        ("job", "listdir", SHOP),
    ),
    "a volume that was emptied, after a restart": (
        run("web", {SHOP: "orders"}), ("web", "rmtree", SHOP), ("stop", "web"), ("start", "web"),
        ("web", "listdir", SHOP),
    ),
    "a volume that was made before": (
        ("volume", "orders"), run("web", {SHOP: "orders"}), ("web", "listdir", SHOP), ("volumes",),
    ),
    "a read-only volume": (
        run("web", {SHOP: "orders:ro"}), ("web", "listdir", SHOP), ("web", "write", f"{SHOP}/a", b"2"),
        ("web", "unlink", f"{SHOP}/none"), ("web", "mkdir", f"{SHOP}/d"), ("web", "chmod", SHOP, 0o700),
    ),
    "read-only for one, writable for another": (
        run("web", {SHOP: "orders"}), run("job", {SHOP: "orders:ro"}), ("web", "append", f"{SHOP}/a", b"!"),
        ("job", "read", f"{SHOP}/a"), ("job", "append", f"{SHOP}/a", b"?"),
    ),
    "two containers see one volume": (
        run("web", {SHOP: "orders"}), run("job", {"data": "orders"}), ("web", "write", f"{SHOP}/new", b"1"),
        ("job", "read", "data/new"), ("job", "unlink", "data/a"), ("web", "listdir", SHOP),
    ),
    "one volume at two places": (
        run("web", {"data": "orders", SHOP: "orders"}), ("web", "write", "data/new", b"1"),
        ("web", "read", f"{SHOP}/new"), ("web", "link", "data/new", f"{SHOP}/linked"),
        ("web", "rename", "data/new", f"{SHOP}/moved"), ("web", "rename", "data/new", "data/moved"),
    ),
    "the mode of a volume stays": (
        run("web", {SHOP: "orders"}), ("web", "chmod", SHOP, 0o700), ("web", "chown", SHOP, 70, 80, True),
        ("rm", "web", False), run("job", {"data": "orders"}), ("job", "stat", "data"),
    ),
    "a folder of the host hides the image": (
        ("folder", "/site", {"page": File(b"hi", mtime=5)}), run("web", {"srv": Bind("/site")}),
        ("web", "listdir", "srv"), ("web", "read", "srv/page"), ("diff", "web"), ("size", "web"),
    ),
    "an empty folder of the host is not filled": (
        ("folder", "/site", {}), run("web", {SHOP: Bind("/site")}), ("web", "listdir", SHOP), ("web", "stat", SHOP),
    ),
    "a folder of the host is written to from both sides": (
        ("folder", "/site", {"page": b"hi"}), run("web", {"srv": Bind("/site")}), ("web", "append", "srv/page", b"!"),
        ("host", "read", "/site", "page"), ("host", "write", "/site", "new", b"2"), ("web", "read", "srv/new"),
        ("rm", "web", True), ("host", "listdir", "/site"),
    ),
    "a read-only folder of the host": (
        ("folder", "/site", {"page": b"hi"}), run("web", {"srv": Bind("/site", read_only=True)}),
        ("web", "write", "srv/page", b"2"), ("web", "write", "srv/new", b"2"), ("web", "rmdir", "srv/none"),
        ("web", "open", 0, "srv/page", "O_RDWR", 0), ("web", "rename", "srv/page", "srv/moved"),
        ("host", "write", "/site", "page", b"new"), ("web", "read", "srv/page"),
    ),
    "a folder of the host that is missing": (
        run("web", {"srv": Bind("/missing")}),
    ),
    "a path of the host that is missing, as --volume takes it": (
        run("web", {"srv": "/missing"}), ("host", "listdir", "/missing"),
    ),
    "a folder inside another": (
        ("folder", "/site", {"a/page": b"hi"}), run("web", {"srv": Bind("/site"), "data": Bind("/site/a")}),
        ("web", "write", "data/new", b"1"), ("web", "listdir", "srv/a"),
    ),
    "tmpfs at a missing place": (
        run("web", {"data/cache": Tmpfs()}), ("web", "stat", "data/cache"), ("web", "write", "data/cache/x", b"12345"),
        ("diff", "web"), ("size", "web"),
    ),
    "tmpfs over a directory": (
        run("web", {SHOP: Tmpfs()}), ("web", "stat", SHOP), ("web", "listdir", SHOP), ("diff", "web"),
    ),
    "tmpfs with a mode": (
        run("web", {SHOP: Tmpfs(0o700), "data": Tmpfs(0o755)}), ("web", "stat", SHOP), ("web", "stat", "data"),
    ),
    "tmpfs is empty after a stop": (
        run("web", {"data": Tmpfs()}), ("web", "write", "data/x", b"1"), ("stop", "web"), ("start", "web"),
        ("web", "listdir", "data"), ("web", "stat", "data"), ("diff", "web"),
    ),
    "tmpfs beside a volume after a stop": (
        run("web", {"run/cache": Tmpfs(), "data": "orders"}), ("web", "write", "run/cache/x", b"1"),
        ("web", "write", "data/x", b"2"), ("stop", "web"), ("start", "web"), ("web", "listdir", "run/cache"),
        ("web", "read", "data/x"),
    ),
    "reading a volume of a stopped container": (
        run("web", {SHOP: "orders"}), ("web", "write", f"{SHOP}/new", b"1"), ("stop", "web"),
        ("cp", "web", f"{SHOP}/new"),
    ),
    "reading beneath the tmpfs of a stopped container": (
        run("web", {SHOP: Tmpfs(0o755)}), ("stop", "web"), ("cp", "web", f"{SHOP}/d/x"),
    ),
    "a read-only tmpfs": (
        run("web", {"data": Tmpfs(read_only=True)}), ("web", "write", "data/x", b"1"), ("web", "listdir", "data"),
    ),
    "an anonymous volume": (
        run("web", image="shop:volume"), ("volumes",), ("web", "listdir", SHOP), ("web", "write", f"{SHOP}/new", b"1"),
        ("diff", "web"), ("size", "web"),
    ),
    "an anonymous volume at a missing place": (
        run("web", image="shop:new"), ("volumes",), ("web", "stat", "data/deep"), ("diff", "web"),
    ),
    "an anonymous volume stays": (
        run("web", image="shop:volume"), ("rm", "web", False), ("volumes",),
    ),
    "an anonymous volume goes with its container": (
        run("web", image="shop:volume"), ("rm", "web", True), ("volumes",),
    ),
    "each container has an anonymous volume of its own": (
        run("web", image="shop:volume"), run("job", image="shop:volume"), ("volumes",),
        ("web", "unlink", f"{SHOP}/a"), ("job", "listdir", SHOP), ("rm", "web", True), ("volumes",),
    ),
    "a named volume stays": (
        run("web", {SHOP: "orders"}), ("web", "write", f"{SHOP}/new", b"1"), ("rm", "web", True), ("volumes",),
        run("job", {"data": "orders"}), ("job", "read", "data/new"),
    ),
    "a named volume in place of an anonymous one": (
        run("web", {SHOP: "orders"}, "shop:volume"), ("volumes",), ("rm", "web", True), ("volumes",),
    ),
    "tmpfs in place of an anonymous volume": (
        run("web", {SHOP: Tmpfs(0o755)}, "shop:volume"), ("volumes",), ("web", "stat", SHOP),
    ),
    "an anonymous volume after a restart": (
        run("web", image="shop:volume"), ("web", "write", f"{SHOP}/new", b"1"), ("stop", "web"), ("start", "web"),
        ("web", "read", f"{SHOP}/new"), ("volumes",),
    ),
    "removing a volume that is used": (
        run("web", {SHOP: "orders"}), ("volume rm", "orders"), ("stop", "web"), ("volume rm", "orders"),
        ("rm", "web", False), ("volume rm", "orders"), ("volumes",),
    ),
    "removing a volume that two use": (
        run("web", {SHOP: "orders"}), run("job", {"data": "orders"}), ("rm", "web", True), ("volume rm", "orders"),
        ("volumes",),
    ),
    "removing a volume that is not there": (("volume rm", "orders"),),
    "a volume with a name that none can have": (("volume", "a b"), ("volumes",)),
    "an image that a container uses": (
        run("web", image="shop:new"), ("rmi", "shop:new"), ("stop", "web"), ("rmi", "shop:new"), ("rm", "web", False),
        ("rmi", "shop:new"), ("volumes",),
    ),
    "a commit leaves a volume out": (
        run("web", {SHOP: "orders"}), ("web", "write", f"{SHOP}/new", b"1"), ("web", "write", "srv/new", b"2"),
        ("commit", "web", "made"), run("job", image="made"), ("job", "listdir", SHOP), ("job", "read", "srv/new"),
    ),
    "a commit has the place of a volume": (
        run("web", {"data/deep": "orders"}), ("web", "write", "data/deep/x", b"1"), ("commit", "web", "made"),
        run("job", image="made"), ("job", "listdir", "data"), ("job", "listdir", "data/deep"),
        ("job", "stat", "data/deep"),
    ),
    "a commit of an image with a volume": (
        run("web", image="shop:volume"), ("web", "write", f"{SHOP}/new", b"1"), ("commit", "web", "made"),
        run("job", image="made"), ("job", "listdir", SHOP), ("volumes",),
    ),
    "a commit leaves memory out": (
        run("web", {"data": Tmpfs()}), ("web", "write", "data/x", b"1"), ("commit", "web", "made"),
        run("job", image="made"), ("job", "listdir", "data"),
    ),
    "what is counted": (
        run("web", {SHOP: "orders", "data": Tmpfs()}), ("web", "write", f"{SHOP}/new", bytes(5_000)),
        ("web", "write", "data/new", bytes(6_000)), ("web", "write", "srv/new", bytes(700)), ("size", "web"),
        ("diff", "web"),
    ),
    "nothing crosses a mount": (
        run("web", {SHOP: "orders"}), ("web", "link", f"{SHOP}/a", "srv/a"), ("web", "rename", f"{SHOP}/a", "srv/a"),
        ("web", "link", "srv/index", f"{SHOP}/index"), ("web", "rename", "srv", f"{SHOP}/srv"), ("diff", "web"),
    ),
    "a mount point is busy": (
        run("web", {"srv/data": "orders"}), ("web", "rmdir", "srv/data"), ("web", "rename", "srv/data", "srv/moved"),
        ("web", "mkdir", "srv/other", 0o755), ("web", "rename", "srv/other", "srv/data"), ("web", "rmdir", "srv"),
    ),
    "removing a tree with a mount in it": (
        run("web", {"srv/data": "orders"}), ("web", "write", "srv/data/x", b"1"), ("web", "rmtree", "srv"),
        ("web", "listdir", "srv"), ("web", "listdir", "srv/data"), ("diff", "web"),
    ),
    "a directory that was made for a mount is renamed": (
        run("web", {"data/deep": "orders"}), ("web", "write", "data/deep/x", b"1"), ("web", "rename", "data", "moved"),
        ("web", "read", "moved/deep/x"), ("diff", "web"), ("stop", "web"), ("start", "web"),
        ("web", "read", "data/deep/x"), ("web", "listdir", "moved/deep"),
    ),
    "a volume in a volume": (
        run("web", {"data": "outer", "data/in": "inner"}), ("web", "write", "data/in/x", b"1"), ("rm", "web", False),
        run("job", {"data": "outer"}), ("job", "listdir", "data"), ("job", "listdir", "data/in"),
    ),
    "a volume in a folder of the host": (
        ("folder", "/site", {"page": b"hi"}), run("web", {"srv": Bind("/site"), "srv/data": "orders"}),
        ("web", "write", "srv/data/x", b"1"), ("host", "listdir", "/site"), ("host", "listdir", "/site/data"),
    ),
    "a volume in memory": (
        run("web", {"data": Tmpfs(), "data/in": "inner"}), ("web", "write", "data/in/x", b"1"), ("stop", "web"),
        ("start", "web"), ("web", "listdir", "data"), ("web", "read", "data/in/x"), ("diff", "web"),
    ),
    "a container removes what another has mounted on": (
        run("web", {"data": "outer", "data/in": "inner"}), run("job", {"data": "outer"}),
        ("web", "write", "data/in/x", b"1"), ("job", "rmdir", "data/in"), ("web", "listdir", "data"),
    ),
    "a symlink to the place of a volume": (
        run("web", {"srv/link": "orders"}), ("web", "listdir", SHOP), ("web", "write", f"{SHOP}/new", b"1"),
        ("diff", "web"),
    ),
    "a symlink to nowhere as the place of a volume": (
        run("web", {"srv/nowhere/data": "orders"}), ("web", "listdir", "opt/none"), ("diff", "web"),
    ),
    "a file as the place of a volume": (run("web", {"etc/motd": "orders"}),),
    "the root as the place of a volume": (run("web", {"/": "orders"}),),
    "an absolute symlink in a volume": (
        run("web", {"data": "orders"}), ("web", "symlink", "/etc/motd", "data/motd"), ("web", "read", "data/motd"),
        ("web", "symlink", "../srv/index", "data/index"), ("web", "read", "data/index"),
        ("web", "read", "data/../srv/index"),
    ),
    "a log": (
        run("web"), ("print", "web", "hello\n"), ("log", "web"), ("size", "web"), ("diff", "web"),
    ),
    "a log after a restart": (
        run("web"), ("print", "web", "one\n"), ("stop", "web"), ("start", "web"), ("print", "web", "two\n"),
        ("log", "web"),
    ),
    "the log of a stopped container": (
        run("web"), ("print", "web", "one\n"), ("stop", "web"), ("log", "web"), ("print", "web", "two\n"),
    ),
}  # fmt: skip


class Player(Protocol):
    """Who does acts."""

    def do(self, act: Act) -> Answer:
        """Do one act and return its answer."""


def answers(player: Player, case: tuple[Act, ...]) -> list[Answer]:
    """Do a situation's acts; return the answers as JSON can hold them."""
    return [plain(player.do(act)) for act in case]


def plain(answer: Answer) -> Answer:
    """Return an answer as JSON can hold it."""
    if isinstance(answer, bytes):
        return answer.decode("latin-1")
    return [plain(each) for each in answer] if isinstance(answer, list | tuple) else answer


class Model:
    """A host of the model, doing acts."""

    def __init__(self) -> None:
        self.host = Host()
        for name, image in images({}).items():
            self.host.add(image, name)

    def do(self, act: Act) -> Answer:
        """Do one act and return its answer."""
        verb, *rest = act
        if verb in self.host.containers:
            return Side(self.host.containers[verb]).do(tuple(rest))
        try:
            return getattr(self, "_" + verb.replace(" ", "_"))(*rest)
        except (HostError, ValueError, OSError) as error:
            return ("refused", str(error))

    def _run(self, name: str, image: str, mounts: Mapping[str, MountSpec]) -> None:
        self.host.run(image, name, mounts=mounts)

    def _stop(self, name: str) -> None:
        self.host.stop(name)

    def _start(self, name: str) -> None:
        self.host.start(name)

    def _rm(self, name: str, volumes: bool) -> None:
        self.host.remove(name, force=True, volumes=volumes)

    def _rmi(self, name: str) -> None:
        self.host.remove_image(name)

    def _volume(self, name: str) -> None:
        self.host.volume(name)

    def _volume_rm(self, name: str) -> None:
        self.host.remove_volume(name)

    def _volumes(self) -> list[str]:
        return sorted("anonymous" if each.anonymous else each.name for each in self.host.volumes.values())

    def _folder(self, path: str, files: Mapping[str, Spec]) -> None:
        self.host.folder(path, files)

    def _host(self, verb: str, path: str, *rest: Any) -> Answer:
        return getattr(self.host.folder(path), verb)(*rest)

    def _commit(self, name: str, image: str) -> None:
        self.host.add(self.host.containers[name].commit(), image)

    def _diff(self, name: str) -> list[str]:
        return self.host.containers[name].diff()

    def _size(self, name: str) -> int:
        return self.host.containers[name].size_rw

    def _cp(self, name: str, path: str) -> bytes:
        return self.host.containers[name].read(path)

    def _print(self, name: str, text: str) -> None:
        self.host.containers[name].print(text.encode())

    def _log(self, name: str) -> bytes:
        return self.host.containers[name].log
