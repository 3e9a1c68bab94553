"""Time the model: operations a second on a container, and `stat` beside the kernel's own. `make bench` runs this."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from layerlab import Container, Directory, Host, Image, Layer, filler, scratch
from layerlab.proof.kernel import NoOverlay, Overlay, enter

HEIGHTS = (1, 127)
ROUNDS = 5


def main() -> int:
    """Print every figure."""
    print(f"{'a container after':<32}{'operations a second':>22}")
    web = container(stack(3))
    done = 0
    for history in (1_000, 10_000, 100_000):
        while done < history:
            mixed(web, 100)
            done += 700
        print(f"{f'{history:,} operations':<32}{7 * rate(lambda: mixed(web, 500), 500):>22,.0f}")
    print(f"\n{'stat of etc/app/motd, µs':<32}{'model':>10}{'kernel':>10}{'ratio':>10}")
    # Overlays are mounted in a process of its own, which becomes root of its mounts.
    kernel = subprocess.run([sys.executable, __file__, "kernel"], capture_output=True, text=True, check=False).stdout
    measured = dict(zip(HEIGHTS, map(float, kernel.split()), strict=False))
    for height in HEIGHTS:
        model = 1e6 / stat_rate(container(stack(height)).stat)
        beside = (
            f"{measured[height]:>10.2f}{model / measured[height]:>10.1f}" if height in measured else f"{'-':>10}" * 2
        )
        print(f"{f'{height} layers':<32}{model:>10.2f}{beside}")
    return 0


def stack(height: int) -> Image:
    """Return an image of so many layers that all write to one directory; the file asked for lies at the bottom."""
    image = scratch
    for number in range(height):
        image = image.with_layer(Layer.of({"etc/app/": Directory(), f"etc/app/{number or 'motd'}": filler(100)}))
    return image


def container(image: Image) -> Container:
    """Return a container of an image."""
    host = Host()
    host.add(image, "bench")
    return host.run("bench", name="web")


def mixed(web: Container, times: int) -> None:
    """Do seven operations, so many times, that leave the container as it was but for its history."""
    for _ in range(times):
        web.write("etc/app/new", b"12345")
        web.append("etc/app/new", b"6")
        web.chmod("etc/app/motd", 0o600)
        web.rename("etc/app/new", "etc/app/old")
        web.read("etc/app/old")
        web.unlink("etc/app/old")
        web.stat("etc/app/motd")


def rate(work: Callable[[], None], times: int) -> float:
    """Return how often a second `work`'s body runs, the best of some rounds."""
    best = 0.0
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        best = max(best, times / (time.perf_counter() - start))
    return best


def stat_rate(stat: Callable[[str], object]) -> float:
    """Return how many times a second a path can be asked for."""

    def ask() -> None:
        for _ in range(2_000):
            stat("etc/app/motd")

    return rate(ask, 2_000)


def kernel() -> int:
    """Print the microseconds of the kernel's stat at each height, nothing where overlays cannot be mounted."""
    with tempfile.TemporaryDirectory(prefix="layerlab-") as folder:
        try:
            ground = enter(Path(folder))
        except NoOverlay:
            return 0
        for height in HEIGHTS:
            with Overlay(stack(height), ground) as overlay, overlay.inside():
                print(1e6 / stat_rate(os.stat))
        return 0


if __name__ == "__main__":
    sys.exit(kernel() if sys.argv[1:] == ["kernel"] else main())
