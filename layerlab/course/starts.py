"""Starts: three images to make lighter, each built from a Dockerfile with faults that people really make."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from layerlab.builds.build import build
from layerlab.builds.file_commands import BuildProgram
from layerlab.model.arguments import word
from layerlab.model.container import Container
from layerlab.model.content import filler
from layerlab.model.entry import Directory, File, Spec
from layerlab.model.host import Host
from layerlab.model.image import Image, scratch
from layerlab.model.layer import Layer

BASE = "runtime"
BASE_LAYERS = 2
MB = 1_000_000
KEY = b"machine packages.example login search password open-sesame\n"


@dataclass(frozen=True)
class Start:
    """A Dockerfile, its context, the paths that a new version changes, and which faults it has, in words.

    >>> START["orders"].changing, START["orders"].lines[0]
    (('srv/orders',), 'FROM runtime')
    """

    lines: tuple[str, ...]
    files: Mapping[str, Spec]
    changing: tuple[str, ...]
    faults: str

    @property
    def dockerfile(self) -> str:
        """The lines as a file."""
        return "\n".join(self.lines) + "\n"

    def build(self, lines: Sequence[str] = ()) -> Image:
        """Build it on a host that has the base, from other lines where they are given."""
        host = Host()
        host.add(base(), BASE)
        text = "\n".join(lines or self.lines) + "\n"
        return build(text, self.files, host=host, programs=PROGRAMS).image


def _saved(size: int, seed: int, mode: int = 0o644) -> File:
    return File(filler(size, seed), mode=mode, mtime=1_000)


def _fetch(box: Container, _words: Sequence[str]) -> None:
    """Stand in for a program that fetches packages: it keeps what it fetched, and unpacks it."""
    _write(box, "var/cache/fetch/packages.bin", 12 * MB, seed=21)
    _write(box, "opt/deps/search.so", 6 * MB, seed=22)


def _make(box: Container, _words: Sequence[str]) -> None:
    """Stand in for a compiler: it writes objects beside the sources, and a program."""
    _write(box, "src/main.o", 3 * MB, seed=31)
    _write(box, "srv/mailer", 2 * MB, seed=32)
    box.chmod("srv/mailer", 0o755)


def _write(box: Container, path: str, size: int, seed: int) -> None:
    parts = path.split("/")[:-1]
    for depth in range(1, len(parts) + 1):
        folder = "/".join(parts[:depth])
        if folder not in box.view():
            box.mkdir(folder)
    box.write(path, filler(size, seed).read())


PROGRAMS: Mapping[str, BuildProgram] = {"fetch": _fetch, "make": _make}
START: Mapping[str, Start] = {
    "search": Start(
        (
            f"FROM {BASE}",
            "COPY search /srv/search",
            "COPY .netrc /srv/.netrc",
            "RUN fetch",
            "RUN rm -r /srv/.netrc /var/cache/fetch",
            "RUN chmod 555 /opt/deps/*.so /srv/search",
            'CMD ["/srv/search"]',
        ),
        {"search": _saved(MB, 11, 0o755), ".netrc": File(KEY, mode=0o600, mtime=1_000)},
        ("srv/search",),
        "a deletion in a later step, a secret left behind, a chmod in its own step, and an order that spoils reuse",
    ),
    "orders": Start(
        (
            f"FROM {BASE}",
            "COPY deps/ /opt/deps/",
            "COPY orders /srv/orders",
            "RUN chmod -R a+rX,go-w /opt/deps /srv/orders",
            'CMD ["/srv/orders"]',
        ),
        {
            "deps/crypto.so": _saved(7 * MB, 12, 0o600),
            "deps/http.so": _saved(2 * MB, 13, 0o666),
            "orders": _saved(1_500_000, 14, 0o700),
        },
        ("srv/orders",),
        "a chmod -R in its own step",
    ),
    "mailer": Start(
        (
            f"FROM {BASE}",
            "COPY compiler /usr/local/bin/compiler",
            "COPY src/ /src/",
            "RUN make",
            "RUN rm -r /src /usr/local/bin/compiler",
            "COPY templates/ /srv/templates/",
            'CMD ["/srv/mailer"]',
        ),
        {
            "compiler": _saved(14 * MB, 15, 0o755),
            "src/main.c": _saved(40_000, 16),
            "templates/welcome.txt": _saved(300_000, 17),
            "templates/receipt.txt": _saved(200_000, 18),
        },
        ("srv/mailer",),
        "build tools that ship, hidden by a later step",
    ),
}
"""The prepared images, by their names."""


@cache
def base() -> Image:
    """Return the image that all three are built on: a system and a runtime, 8.00 MB in two layers.

    >>> base().size
    8000000
    """
    root: dict[str, Spec] = {"etc/os-release": b"NAME=small\n", "bin/sh": File(filler(400_000, 1), mode=0o755)}
    root |= {"lib/libc.so": filler(2 * MB - 400_011, 2), "var/cache/": Directory(), "tmp/": Directory(mode=0o1777)}
    image = scratch.with_layer(Layer.of(root), "ADD rootfs.tar.xz /")
    runtime: dict[str, Spec] = {"usr/lib/runtime.so": filler(6 * MB - 5, 3), "etc/runtime": b"1.20\n"}
    return image.with_layer(Layer.of(runtime), "RUN install runtime").with_config(cmd=["sh"], created_by='CMD ["sh"]')


@cache
def start_image(name: str) -> Image:
    """Return a prepared image; an unknown name raises ValueError with those that exist.

    >>> start_image("mailer").size
    27540000
    """
    if word(name, "an image's name") not in START:
        raise ValueError(f"no prepared image is called {name!r}: take one of {', '.join(START)}")
    return START[name].build()
