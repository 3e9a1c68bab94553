"""Measure what archives made to do harm cost: each is loaded in a process of its own. `make hostile` runs this.

Each line has the seconds of processor time, the memory beyond that of Python with the package, and what `load` said.
"""

import bz2
import gzip
import lzma
import os
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from backports import zstd

from tests.archive import layers
from tests.archive.build import (
    INDEX_TYPE,
    MANIFEST_TYPE,
    blobs,
    config,
    descriptor,
    digest,
    docker,
    dumps,
    files,
    folder,
    hard_link,
    index,
    manifest,
    member,
    oci,
    symlink,
    tar,
)

MIB = 1 << 20
FILE = tar(member("x", b"1"))
Pack = Callable[[bytes], bytes]
PACK: dict[str, Pack] = {
    "gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress, "zstd": zstd.compress,
}  # fmt: skip
BOMB = 10 << 30
LOAD = """
import resource, sys
from layerlab import ArchiveError, load
def peak():
    # Not ru_maxrss: that of a new process begins with what its parent took.
    return int(open("/proc/self/status").read().partition("VmHWM:")[2].split()[0])
before, least = resource.getrusage(resource.RUSAGE_SELF), peak()
try:
    said = f"{len(load(sys.argv[1])):,} images"
except ArchiveError as error:
    said = str(error).partition(": ")[2]
after = resource.getrusage(resource.RUSAGE_SELF)
print(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, peak() - least)
print(said)
"""


def bomb(pack: Pack) -> bytes:
    """Return what unpacks to a tar with one file of 10 GB: its header, then the same 64 MiB of zeros many times."""
    header = tarfile.TarInfo("x")
    header.size = BOMB
    return pack(header.tobuf(tarfile.GNU_FORMAT)) + pack(bytes(64 * MIB)) * (BOMB // (64 * MIB) + 1)


def stored(data: bytes, layer: bytes = FILE) -> bytes:
    """Return a docker-archive whose one layer is stored as this."""
    return files(docker(layer, stored=(data,)))


def record(key: str, value: str) -> bytes:
    """Return a pax record of text."""
    return layers.record(key.encode(), value.encode())


def one(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return a docker-archive of one layer of these members."""
    return files(docker(tar(*members)))


def with_attributes(count: int) -> bytes:
    """Return an archive of many files with an attribute each."""
    record_of = record("SCHILY.xattr.user.a", "1")
    pair = [(member("x", record_of, type=b"x"), member(f"d/{number}")) for number in range(count)]
    return one(*(each for both in pair for each in both))


def sharing(images: int) -> bytes:
    """Return an archive in which many images share one large configuration."""
    settings = config(FILE, author="x" * 7 * MIB)
    items = [{"Config": "c", "RepoTags": [f"a:{number}"], "Layers": ["l"]} for number in range(images)]
    return files({"l": FILE, "c": settings, "manifest.json": dumps(items)})


def nested(depth: int) -> bytes:
    """Return a layout whose index leads to an index, and so on."""
    last = manifest(config(FILE), FILE)
    parts, kind = blobs(FILE, config(FILE), last), MANIFEST_TYPE
    for _ in range(depth):
        last, kind = index(descriptor(last, kind), descriptor(last, kind)), INDEX_TYPE
        parts |= blobs(last)
    return files({"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": last, **parts})


def names(count: int) -> bytes:
    """Return an archive with one image of many names."""
    item = {"Config": "c", "RepoTags": [f"shop:{number}" for number in range(count)], "Layers": ["l"]}
    return files({"l": FILE, "c": config(FILE), "manifest.json": dumps([item])})


def said(text: bytes) -> bytes:
    """Return an archive whose manifest.json says this."""
    return files({"manifest.json": text})


def links_over_links() -> bytes:
    """Return an archive in which each layer's name leads over 40 links with long names."""
    members = [symlink(f"s{number}", f"{'d/../' * 800}s{number + 1}") for number in range(39)]
    item = {"Config": "c", "RepoTags": None, "Layers": ["s0"] * 400}
    return tar(
        *members, member("s39", FILE), member("c", config(*[FILE] * 400)), member("manifest.json", dumps([item]))
    )


def replaced(count: int) -> bytes:
    """Return a layer in which a directory of many files is replaced again and again, through another symlink each."""
    ways = [symlink(f"s{number}", ".") for number in range(count)]
    many = [member(f"d/{number}") for number in range(count)]
    again = [(member if number % 2 else folder)(f"s{number}/d") for number in range(count)]
    return one(*ways, folder("d"), *many, *again)


def wide_window() -> bytes:
    """Return two layers of zstd whose windows are as wide as a reader allows."""
    options = {int(zstd.CompressionParameter.window_log): 27, int(zstd.CompressionParameter.compression_level): 1}
    tars = [tar(member("x", os.urandom(MIB) * 160), member(str(number))) for number in range(2)]
    return files(docker(*tars, stored=tuple(zstd.compress(each, options=options) for each in tars)))


def many(count: int) -> bytes:
    """Return an archive of many files."""
    return one(*(member(f"d/{number}") for number in range(count)))


PACKED: dict[str, Callable[[Pack], bytes]] = {
    "10 GB of zeros in a layer": lambda pack: stored(bomb(pack)),
    "10 GB of zeros in a layer of a layout": lambda pack: files(oci(FILE, stored=(bomb(pack),))),
    "10 GB of zeros as the archive": bomb,
    "a million empty members": lambda pack: stored(pack(b"") * 1_000_000 + pack(FILE)),
    "a layer that is packed three times": lambda pack: stored(pack(pack(pack(bytes(64 * MIB))))),
    "one byte in each of 100,000 members": lambda pack: stored(
        b"".join(pack(bytes([byte])) for byte in (FILE * 40)[:100_000])
    ),
    "a document of zeros": lambda pack: said(pack(bytes(64 * MIB))),
    "cut in the middle": lambda pack: stored(pack(os.urandom(8 * MIB))[: 4 * MIB]),
}
"""What is tried in every compression."""


def archives() -> dict[str, Callable[[], bytes]]:
    """Return what makes each archive, by what it does."""
    found: dict[str, Callable[[], bytes]] = {}
    for name, pack in PACK.items():
        found |= {f"{what}, {name}": partial(make, pack) for what, make in PACKED.items()}
    for count in (250_000, 600_000):
        found[f"{count:,} files"] = partial(many, count)
    return found | {
        "250,000 files with an attribute each": lambda: with_attributes(250_000),
        "250,000 names of one file": lambda: one(
            member("f"), *(hard_link(str(number), "f") for number in range(250_000))
        ),
        "250,000 directories in one another's place": lambda: one(
            *(folder(f"{'./' * (number % 9)}d/{number}") for number in range(250_000))
        ),
        "200,000 whiteouts": lambda: one(*(member(f".wh.{number}") for number in range(200_000))),
        "100,000 files through a symlink": lambda: one(
            folder("d"), symlink("s", "d"), *(member(f"s/{number}") for number in range(100_000))
        ),
        "20,000 files through 39 symlinks": lambda: one(
            folder("d"),
            symlink("s39", "d"),
            *(symlink(f"s{number}", f"s{number + 1}") for number in range(39)),
            *(member(f"s0/{number}/f") for number in range(20_000)),
        ),
        "a loop of symlinks": lambda: one(symlink("a", "b"), symlink("b", "a"), member("a/f")),
        "12,500 names of 4,000 bytes": lambda: one(*(member("n/" * 1995 + str(number)) for number in range(12_500))),
        "a directory that is replaced 1,000 times": lambda: replaced(1000),
        "a pax header of 200,000 records": lambda: one(member("x", b"5 a=\n" * 200_000, type=b"x"), member("y")),
        "200 pax headers of 1 MB": lambda: one(
            *(
                each
                for number in range(200)
                for each in (member("x", record("comment", "x" * (MIB - 40)), type=b"x"), member(str(number)))
            )
        ),
        "a pax header of 2 GB": lambda: one(member("x", b"", type=b"x", size=2 << 30)),
        "an attribute of 1 MB on each of 200 files": lambda: one(
            *(
                each
                for number in range(200)
                for each in (
                    member("x", record("SCHILY.xattr.user.a", "x" * (MIB - 60)), type=b"x"),
                    member(str(number)),
                )
            )
        ),
        "a hole of 8 EB": lambda: one(
            member(
                "x",
                record("GNU.sparse.major", "0")
                + record("GNU.sparse.minor", "1")
                + record("GNU.sparse.numblocks", "0")
                + record("GNU.sparse.size", str(2**62))
                + record("GNU.sparse.map", ""),
                type=b"x",
            ),
            member("f"),
        ),
        "a map of 100,000 holes": lambda: one(
            member(
                "x",
                record("GNU.sparse.major", "0")
                + record("GNU.sparse.minor", "1")
                + record("GNU.sparse.numblocks", "100000")
                + record("GNU.sparse.size", "1000000")
                + record("GNU.sparse.map", ",".join(f"{number * 2},1" for number in range(100_000))),
                type=b"x",
            ),
            member("f", bytes(100_000)),
        ),
        "one configuration of 7 MB for 1,000 images": lambda: sharing(1000),
        "an index in an index, 30 deep, each twice": lambda: nested(30),
        "60,000 names of one image": lambda: names(60_000),
        "links over links": links_over_links,
        "two windows of 128 MiB": wide_window,
        "JSON of 9 MB": lambda: said(b" " * (9 * MIB) + b"[]"),
        "JSON of 300,000 lists": lambda: said(b"[" + b"[]," * 300_000 + b"[]]"),
        "JSON 100,000 deep": lambda: said(b"[" * 100_000 + b"]" * 100_000),
        "JSON with a number of a million digits": lambda: said(b"[" + b"9" * 1_000_000 + b"]"),
        "JSON with one key 200,000 times": lambda: said(b"[{" + b'"Config":"x",' * 200_000 + b'"Config":"y"}]'),
        "JSON with text of 8 MB": lambda: said(b'["' + b"\\u0041" * 1_300_000 + b'"]'),
        "an archive of 10 TB, all holes": lambda: files(docker(FILE)),
        "a size of 8 EB in a header": lambda: one(member("x", size=2**62 - 1)),
        "a name that leads out": lambda: one(member("../../etc/passwd", b"x")),
        "a digest of another algorithm, 1,000 times": lambda: files(
            {
                "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
                "index.json": index(
                    *[descriptor(FILE, MANIFEST_TYPE) | {"digest": f"sha512:{digest(FILE)[7:] * 2}"}] * 1000
                ),
            }
        ),
    }


def main() -> int:
    """Load every archive and print what it cost; return 1 if one of them made a traceback."""
    worst: list[tuple[float, int]] = []
    failed = 0
    found = archives()
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "it.tar"
        for name, make in found.items():
            path.write_bytes(make())
            if "10 TB" in name:
                os.truncate(path, 10 << 40)
            run = subprocess.run([sys.executable, "-c", LOAD, str(path)], capture_output=True, text=True, check=False)
            if run.returncode:
                failed += 1
                print(f"{name}: {run.stderr.strip().splitlines()[-1]}")
                continue
            numbers, line = run.stdout.split("\n")[:2]
            seconds, memory = float(numbers.split()[0]), int(numbers.split()[1]) * 1024
            worst.append((seconds, memory))
            print(f"{seconds:6.2f} s {memory / 1e6:7.1f} MB  {name}: {line[:110]}", flush=True)
    times, memories = zip(*worst, strict=True)
    print(f"{len(worst)} archives: at most {max(times):.1f} s and {max(memories) / 1e6:.0f} MB, {failed} tracebacks")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
