"""Time the model: operations a second on a container, `stat` beside the kernel's, and how soon a first answer comes.

`make bench` runs this.
"""

import os
import statistics
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
FRESH = 20
# A learner's first cell waits for what it imports, so Python's own start is not counted.
QUESTION = """
import time
start = time.perf_counter()
import layerlab
layerlab.predict("00.ten-containers")
print(time.perf_counter() - start)
"""


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
    print(f"\n{'in a fresh process, ms':<32}{'best':>10}{'median':>10}{'at most':>10}")
    for name, times, most in (("the first question", questions(), 100), ("layerlab inspect --help", helps(), 80)):
        print(f"{name:<32}{1e3 * min(times):>10.0f}{1e3 * statistics.median(times):>10.0f}{most:>10}")
    return 0


def questions() -> list[float]:
    """Return the seconds from `import layerlab` to the first question, in some fresh processes."""
    command = [sys.executable, "-c", QUESTION]
    return [float(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(FRESH)]


def helps() -> list[float]:
    """Return the seconds that some whole processes of `layerlab inspect --help` took."""
    command = [sys.executable, "-m", "layerlab", "inspect", "--help"]
    took = []
    for _ in range(FRESH):
        start = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
        took.append(time.perf_counter() - start)
    return took


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
