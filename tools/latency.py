"""Measure from a press to the first frame that shows a change, in JupyterLab: `make latency` runs this.

Each act on every bench and on a card is done again and again in a headless Chromium; the clock is the page's own. It
also counts the frames of each motion. It fails where an act takes longer than its limit at the 95th percentile, where
frames are fewer than 50 a second at the median, or where a bench is much slower than the stack bench.
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from nbformat import v4
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import CHROMIUM, QUIET
from tests.browser.lab import Server, open_notebook, running_lab
from tools.rebuild import KERNEL

HOST = """
from layerlab import Host, Layer, bench, filler, scratch
from layerlab.benches.example import CATALOG

image = scratch
for number in range({layers}):
    files = {{f"srv/{{number}}": filler(1_000_000 + 50_000 * number)}}
    if number == 0:
        files[CATALOG] = filler(20_000_000)
    image = image.with_layer(Layer.of(files), f"COPY srv/{{number}} /")
host = Host()
host.add(image, "shop")
"""
LAYERS = """
from layerlab import WHITEOUT, Layer, bench, filler, scratch

image = scratch
for number in range({layers}):
    files = {{f"srv/{{number}}": filler(1_000_000 + 50_000 * number), f"srv/{{number}}.log": filler(50_000)}}
    if number > 1:
        files[f"srv/{{number - 2}}"] = WHITEOUT if number % 2 else filler(1_000_000)
    image = image.with_layer(Layer.of(files), f"RUN step {{number}}")
"""
CONTAINERS = 'for place, each in enumerate(host.run("shop", name="box", count={containers})):\n'
CONTAINERS += '    if place % 25 == 0:\n        each.append(CATALOG, b"!")\n'

# Does one act in the page, and returns the milliseconds until the first frame that shows a change of the picture, and
# then the milliseconds of each frame of its motion.
ACT = """([name, value]) => new Promise((done, fail) => {
    const bench = document.querySelector('.layerlab-bench, .layerlab-card');
    const controls = [...bench.querySelectorAll(
        `.layerlab-${name}, .layerlab-${name} :is(select, input), button[data-press="${name}"]`)];
    const control = controls.find(({tagName}) => ['BUTTON', 'SELECT', 'INPUT'].includes(tagName));
    const late = setTimeout(() => { watch.disconnect(); fail(new Error(`${name}: nothing new in 10 s`)); }, 10000);
    const watch = new MutationObserver(() => {
        watch.disconnect();
        clearTimeout(late);
        requestAnimationFrame(() => {
            const took = performance.now() - start, frames = [];
            let last = performance.now();
            const next = (now) => {
                frames.push(now - last);
                last = now;
                if (now - start - took < 400) requestAnimationFrame(next);
                else done([took, frames.slice(1)]);
            };
            requestAnimationFrame(next);
        });
    });
    watch.observe(bench.querySelector('.layerlab-picture'),
        {subtree: true, childList: true, characterData: true, attributes: true});
    const start = performance.now();
    if (control.tagName === 'BUTTON') {
        control.click();
    } else {
        const after = control.selectedIndex + 1;
        control.value = value === 'the next' ? control.options[after % control.length].value : value;
        control.dispatchEvent(new Event('change', {bubbles: true}));
    }
})"""


# Runs all cells, and returns how many progress bars were seen until the bench was there, and how long that took.
OPEN = """async () => {
    const start = performance.now(), seen = new Set();
    const watch = new MutationObserver(() => {
        for (const bar of document.querySelectorAll('progress')) seen.add(bar);
    });
    watch.observe(document.body, {subtree: true, childList: true});
    await window.jupyterapp.commands.execute('notebook:run-all-cells');
    while (!document.querySelector(":is(.layerlab-bench, .layerlab-card) svg[role=group]"))
        await new Promise((done) => setTimeout(done, 10));
    watch.disconnect();
    return [seen.size, (performance.now() - start) / 1000];
}"""
Act = tuple[str, str | None]
FEWER, NEXT = "fewer", "the next"
FRAME = 20.0  # milliseconds at the median: 50 frames a second
SIZES = ((10, 20, 100.0), (127, 1_000, 250.0))  # layers, containers, milliseconds
SLOWER = 3  # times the stack bench: so much slower, a bench does something that it need not do


@dataclass(frozen=True)
class Case:
    """A bench in one state, and the acts to time on it in turn: a control's class and, for an input, its value.

    NEXT is the option after the one that is chosen. FEWER is a number of containers that falls from round to round, so
    that none repeats the one before. `limit` is in milliseconds, at the 95th percentile of each act.
    """

    name: str
    source: str
    acts: Sequence[Act]
    limit: float
    containers: int = 0


def _sized(kind: str, source: str, acts: Sequence[Act]) -> Iterator[Case]:
    for layers, containers, limit in SIZES:
        name = f"{kind}, {layers} layers"
        if "{containers}" in source:
            name += f", {containers:,} containers"
        yield Case(name, source.format(layers=layers, containers=containers), acts, limit, containers)


BACK: Act = ("back", None)
STACK: Sequence[Act] = (("run", None), ("append", None), BACK, BACK, ("forward", None), BACK)
CONTAINER: Sequence[Act] = (("do", None), BACK, ("forward", None), BACK)
PATH: Sequence[Act] = (("step", None), ("to-end", None), ("path", "/no-such-file"), ("to-end", None), *[BACK] * 4)
SHARING: Sequence[Act] = (("run", FEWER), ("rewrite", "catalog.db"), ("write", "5000"), *[BACK] * 3)
XRAY: Sequence[Act] = (
    ("tab-files", None),
    ("read", None),
    ("tab-what-if", None),
    ("change", NEXT),
    ("tab-layers", None),
    *[BACK] * 5,
)
DISKS: Sequence[Act] = (("run", "7"), ("change", NEXT), ("look", NEXT), *[BACK] * 3)
# A step back leaves the line chosen that was moved: so it is moved down and up again.
BUILD: Sequence[Act] = (*[("build", None), ("down", None), ("build", None), ("up", None)], *[BACK] * 4)
PROCESSES: Sequence[Act] = tuple((name, None) for name in ("tick", "orphan", "write", "stop", "start", *["back"] * 5))
REGISTRY: Sequence[Act] = (("push", None), ("pull", None), ("release", None), *[BACK] * 3)
CARD: Sequence[Act] = (("skip", None), ("again", None))
ROUND = 'from layerlab import predict\n\npredict("00.one-byte").reveal()'
CASES = (
    *_sized("stack", f'{HOST}{CONTAINERS}bench("stack", host=host)', STACK),
    *_sized("container", f'{HOST}bench("container", ["append"], image=image)', CONTAINER),
    *_sized("path", f'{HOST}bench("path", host.run("shop", name="web"))', PATH),
    *_sized("sharing", f'{HOST}table = bench("sharing", host=host)\ntable.run({{containers}})\ntable', SHARING),
    *_sized("xray", f'{LAYERS}bench("xray", image)', XRAY),
    *(
        Case(kind, f"from layerlab import bench\n\n{source}", acts, SIZES[0][2])
        for kind, source, acts in (
            ("disks", 'bench("disks")', DISKS),
            ("build", 'bench("build")', BUILD),
            ("processes", 'bench("processes", containers=2)', PROCESSES),
            ("registry", 'bench("registry", "coreos/apache", "shop")', REGISTRY),
        )
    ),
    Case("card", ROUND, CARD, SIZES[0][2]),
)


def opened(path: Path) -> Case:
    """Return the case of an X-ray of the archive at `path`."""
    return Case(f"xray, {path.name}", f'from layerlab import bench\n\nbench("xray", {str(path)!r})', XRAY, SIZES[0][2])


@dataclass(frozen=True)
class Timed:
    """What was found for a case: the milliseconds of each act, and those of all frames."""

    case: Case
    took: dict[str, list[float]]
    frames: list[float]

    @property
    def slowest(self) -> tuple[float, str]:
        """The act that takes longest at the 95th percentile."""
        return max((at_95(values), name) for name, values in self.took.items())

    @property
    def p95(self) -> float:
        """The 95th percentile of all acts together."""
        return at_95([value for values in self.took.values() for value in values])


def measure(page: Page, case: Case, rounds: int) -> tuple[dict[str, list[float]], list[float]]:
    """Return the milliseconds of each act in each round but the first, which warms up, and those of all frames."""
    took: dict[str, list[float]] = {}
    frames: list[float] = []
    for turn in range(rounds + 1):
        for name, value in case.acts:
            given = str(case.containers - 1 - turn % (case.containers - 1)) if value == FEWER else value
            milliseconds, passed = page.evaluate(ACT, [name, given])
            if turn:
                took.setdefault(name, []).append(milliseconds)
                frames += passed
    return took, frames


def at_95(values: Sequence[float]) -> float:
    """Return the 95th percentile."""
    return quantiles(values, n=20, method="inclusive")[-1]


def report(case: Case, took: dict[str, list[float]], frames: list[float]) -> bool:
    """Print the distribution of each act of a case and of its frames, and tell whether all keep their limits."""
    rows = [(name, values, case.limit, at_95(values)) for name, values in took.items()]
    rows.append(("frames", frames, FRAME, median(frames)))
    for name, values, limit, held in rows:
        row = f"{case.name:<40}{name:<14}{len(values):>6}{median(values):>9.0f}{at_95(values):>8.0f}{max(values):>8.0f}"
        print(f"{row}{limit:>9.0f}{'  too late' if held > limit else ''}", flush=True)
    return all(held <= limit for _, _, limit, held in rows)


def summed_up(found: Sequence[Timed]) -> bool:
    """Print a line for each case, and tell whether none is much slower than the stack bench of its size."""
    stacks = [each for each in found if each.case.name.startswith("stack")]
    print(f"\n{'press to first changed frame':<40}{'p95':>8}{'slowest act':>22}{'frames a second':>17}{'of stack':>10}")
    kept = True
    for each in found:
        # A stack of the same limit is one of about the same size.
        like = next((stack.p95 for stack in stacks if stack.case.limit == each.case.limit), None)
        times = each.p95 / like if like else None
        kept = kept and (times is None or times <= SLOWER)
        slowest = f"{each.slowest[1]}, {each.slowest[0]:.0f}"
        ratio = f"{times:.1f} x" if times else ""
        row = f"{each.case.name:<40}{each.p95:>8.0f}{slowest:>22}{1000 / median(each.frames):>17.0f}{ratio:>10}"
        print(f"{row}{'  too slow' if times and times > SLOWER else ''}", flush=True)
    return kept


def run(browser: Browser, server: Server, case: Case, rounds: int) -> tuple[bool, Timed]:
    """Open a notebook with the case's bench, time it and print what was found."""
    notebook = v4.new_notebook(cells=[v4.new_code_cell(case.source.strip())], metadata={"kernelspec": KERNEL})
    path = server.root / f"{case.name.replace(', ', '-').replace(' ', '-')}.ipynb"
    path.write_text(v4.writes(notebook), encoding="utf-8")
    with browser.new_context(viewport={"width": 1280, "height": 720}) as context:
        page = context.new_page()
        open_notebook(page, server, path.name)
        bars, seconds = page.evaluate(OPEN)
        page.locator(":is(.layerlab-bench, .layerlab-card) svg[role=group]").wait_for()
        if bars:
            print(f"{case.name:<40}open in {seconds:.1f} s, with a progress bar that moved {bars - 1} times")
        timed = Timed(case, *measure(page, case, rounds))
        return report(case, timed.took, timed.frames), timed


def main() -> int:
    """Time the cases whose names hold a word that was given, all if none was; return the exit status."""
    parser = argparse.ArgumentParser(prog="latency", description=__doc__.splitlines()[0])
    parser.add_argument("words", nargs="*", help="only cases whose names hold one of these")
    parser.add_argument("--rounds", type=int, default=20, help="how often each act is timed (20)")
    parser.add_argument("--archive", type=Path, action="append", default=[], help="time an X-ray of this archive too")
    options = parser.parse_args()
    if CHROMIUM is None:
        print("no Chromium on this machine: install it, for instance with apt-get install chromium", file=sys.stderr)
        return 1
    cases = [
        case
        for case in (*CASES, *map(opened, map(Path.resolve, options.archive)))
        if not options.words or any(word in case.name for word in options.words)
    ]
    print(
        f"{'milliseconds from click to page':<40}{'act':<14}{'times':>6}{'median':>9}{'p95':>8}{'max':>8}{'limit':>9}"
    )
    with TemporaryDirectory(prefix="layerlab-") as folder:
        root = Path(folder) / "notebooks"
        root.mkdir()
        with (
            running_lab(root, Path(folder) / "home") as server,
            sync_playwright() as playwright,
            playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET) as browser,
        ):
            found = [run(browser, server, case, options.rounds) for case in cases]
    alike = summed_up([timed for _, timed in found])
    return 0 if alike and all(kept for kept, _ in found) else 1


if __name__ == "__main__":
    sys.exit(main())
