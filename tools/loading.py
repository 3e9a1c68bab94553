"""Time `layerlab inspect` beside its peers, on the image that tools/debian.py builds. `make bench` runs this.

Each figure is a whole process from start to end, the least of some rounds in which all take turns: its seconds, and the
seconds of processor time, which other work on the machine changes less. The floors are what
one core needs for the same bytes and nothing else: to read them, unpack them, and hash each blob and each tar once.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

IMAGE = Path("build/bench-image").resolve()
ROUNDS = 5
MOST_MEMORY = 64
ARCHIVES = {"docker.tar": "docker-archive", "gzip": "gzip OCI layout", "zstd": "zstd OCI layout"}
PAGE = "the same with --html"
LARGE = 1 << 16

PLAIN = """
import hashlib, sys
for path in sys.argv[1:]:
    blob = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while data := file.read(1 << 20):
            blob.update(data)
"""
GZIP = """
import hashlib, sys
from isal import isal_zlib
for path in sys.argv[1:]:
    blob, tar, unpacker = hashlib.sha256(), hashlib.sha256(), isal_zlib.decompressobj(31)
    with open(path, "rb", buffering=0) as file:
        while data := file.read(1 << 17):
            blob.update(data)
            while data:
                tar.update(unpacker.decompress(data, 1 << 20))
                data = unpacker.unconsumed_tail
"""
ZSTD = """
import hashlib, sys
from backports import zstd
for path in sys.argv[1:]:
    blob, tar, unpacker = hashlib.sha256(), hashlib.sha256(), zstd.ZstdDecompressor()
    with open(path, "rb", buffering=0) as file:
        while data := file.read(1 << 17):
            blob.update(data)
            tar.update(unpacker.decompress(data, 1 << 20))
            while not (unpacker.needs_input or unpacker.eof):
                tar.update(unpacker.decompress(b"", 1 << 20))
"""
# A child's resource usage may hold its parent's memory, so each process says what it had itself.
PEAK = """
import sys
if len(sys.argv) > 1:
    from layerlab.cli.main import main
    main(sys.argv[1:])
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM")), file=sys.stderr)
"""


class Peer(NamedTuple):
    """What `inspect` of an archive is compared with, and how many times its time `inspect` may take."""

    measured: str
    name: str
    command: list[str]
    most: float


class Time(NamedTuple):
    """The seconds that a process took, and the processor's seconds in it and its children."""

    seconds: float
    busy: float


def main() -> int:
    """Print the tables; build the image first where that can be done."""
    build = [sys.executable, "tools/debian.py", str(IMAGE)]
    if not IMAGE.exists() and subprocess.run(build, check=False).returncode:
        print("left out: layerlab inspect beside its peers, for want of their image")
        return 0
    with tempfile.TemporaryDirectory(prefix="layerlab-") as folder:
        peers = [peer for peer in _peers(Path(folder)) if _available(peer)]
        best = _best(peers, Path(folder))
    head = f"{'layerlab inspect of':<21}{'s':>6}{'cpu s':>7}   {'beside':<37}{'s':>6}{'cpu s':>7}"
    print(f"{head}{'ratio':>7}{'of cpu':>8}{'at most':>9}")
    for peer in peers:
        own, other = best[peer.measured], best[peer.name]
        print(
            f"{ARCHIVES.get(peer.measured, peer.measured):<21}{own.seconds:>6.2f}{own.busy:>7.2f}   "
            f"{peer.name:<37}{other.seconds:>6.2f}{other.busy:>7.2f}{own.seconds / other.seconds:>7.2f}"
            f"{own.busy / other.busy:>8.2f}{peer.most:>9.2f}"
        )
    if Path("/proc/self/status").exists():
        start = _peak()
        print(f"\n{'peak memory above the interpreter, MB':<75}{'':>8}{'at most':>17}")
        for archive, name in ARCHIVES.items():
            print(f"{name:<75}{(_peak('inspect', str(IMAGE / archive)) - start) / 1e6:>16.0f}{MOST_MEMORY:>9}")
    return 0


def _peers(folder: Path) -> list[Peer]:
    archive = IMAGE / "docker.tar"
    skopeo = ["skopeo", "--insecure-policy", "copy", "--quiet", f"docker-archive:{archive}", f"dir:{folder / 'dir'}"]
    podman = ["podman", f"--root={folder / 'store'}", f"--runroot={folder / 'run'}", "--storage-driver=overlay"]
    return [
        Peer("docker.tar", "one pass of hashlib over it", _floor(PLAIN, [archive]), 1.3),
        Peer("docker.tar", "skopeo copy docker-archive: dir:", skopeo, 1 / 5),
        # Beside itself without a page: the command of a peer is measured once, under its name.
        Peer(PAGE, "docker.tar", _inspect("docker.tar"), 1.5),
        Peer("gzip", "unpack, hash on one core (isal)", _floor(GZIP, _blobs("gzip")), 0.85),
        Peer("gzip", "podman load", [*podman, "load", "--quiet", "--input", str(IMAGE / "gzip")], 1 / 6),
        Peer("zstd", "unpack, hash on one core (zstd)", _floor(ZSTD, _blobs("zstd")), 0.85),
    ]


def _available(peer: Peer) -> bool:
    """Tell whether a peer can be timed here, and print what it is, or why it cannot."""
    program = peer.command[0]
    if program == sys.executable:
        return True
    if shutil.which(program) is None:
        print(f"left out: {peer.name} ({program} is not installed)")
        return False
    if program == "podman" and os.getuid():
        print(f"left out: {peer.name} (needs root)")
        return False
    print(subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip())
    return True


def _best(peers: list[Peer], folder: Path) -> dict[str, Time]:
    """Return the least times of each archive and of each peer, by their names."""
    commands: dict[str, list[str]] = {}
    for peer in peers:
        page = [f"--html={folder / 'page.html'}"] if peer.measured == PAGE else []
        archive = "docker.tar" if page else peer.measured
        commands |= {peer.measured: _inspect(archive, *page), peer.name: peer.command}
    best: dict[str, Time] = {}
    for _ in range(ROUNDS):
        for name, command in commands.items():
            for leftover in ("dir", "store", "run"):
                shutil.rmtree(folder / leftover, ignore_errors=True)
            took = _time(command)
            best[name] = Time(*map(min, took, best.get(name, took)))
    return best


def _inspect(archive: str, *options: str) -> list[str]:
    return [sys.executable, "-m", "layerlab", "inspect", str(IMAGE / archive), *options]


def _floor(script: str, paths: list[Path]) -> list[str]:
    return [sys.executable, "-c", script, *map(str, paths)]


def _blobs(layout: str) -> list[Path]:
    return [path for path in (IMAGE / layout / "blobs" / "sha256").iterdir() if path.stat().st_size > LARGE]


def _time(command: list[str]) -> Time:
    before, start = os.times(), time.perf_counter()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False)
    seconds, after = time.perf_counter() - start, os.times()
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
    busy = after.children_user + after.children_system - before.children_user - before.children_system
    return Time(seconds, busy)


def _peak(*arguments: str) -> int:
    """Return the most resident memory that a process had, in bytes: the command's, or a bare interpreter's."""
    command = [sys.executable, "-c", PEAK, *arguments]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=True)
    return int(done.stderr) << 10


if __name__ == "__main__":
    sys.exit(main())
