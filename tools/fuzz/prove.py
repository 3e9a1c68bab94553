"""The proof: a bounded run of each target from a seed, and faults planted in the reader that a run must find.

`make prove ARGS="fuzz --seconds 3600"` runs longer. What breaks is kept in build/fuzz, to be run again by itself.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import IO, NamedTuple

from layerlab.proof.suite import Outcome, Run, not_run
from tools.fuzz.faults import FAULTS

ROOT = Path(__file__).resolve().parents[2]
KEEP = Path("build/fuzz")
SECONDS = 60
SHARES = {"archives": 1, "layers": 0.5, "documents": 0.5}
"""How much of the time each target has; they run side by side."""

PATIENCE = 40
SHOWN = 2000
MISSING = "there is no atheris for this Python or system"
ENDING = re.compile(r"stat::number_of_executed_units: +(\d+)")
COVERED = re.compile(r"\bcov: (\d+)")
PEAK = re.compile(r"stat::peak_rss_mb: +(\d+)")
KEPT = re.compile(r"Test unit written to (\S+)")
RAISED = re.compile(r"Uncaught Python exception: ===\n(.*)")


class Report(NamedTuple):
    """What one run says: exit status, executions, branches reached, peak in MB, and what broke, "" if nothing did."""

    status: int
    executions: int
    covered: int
    peak: int
    broken: str
    kept: str


def fuzz(run: Run, seconds: float | None = None) -> Outcome:
    """Fuzz every target, then plant each fault. Where atheris is missing, say so; that fails where nothing may."""
    if find_spec("atheris") is None:
        return not_run(MISSING, passed=os.environ.get("LAYERLAB_NO_SKIPS") != "1")
    seconds, seed = seconds or SECONDS, run.settings.seed
    begun = time.monotonic()
    runs = {name: start(name, seed, seconds=seconds * share) for name, share in SHARES.items()}
    reports = {name: report(started) for name, started in runs.items()}
    took = time.monotonic() - begun
    lines = [_line(name, each) for name, each in reports.items()]
    for name, each in reports.items():
        if each.broken:
            lines += [f"  {each.broken}", f"  again: {Path(sys.executable).name} -m tools.fuzz {name} {each.kept}"]
    with tempfile.TemporaryDirectory() as kept:
        faulty = {
            fault.name: start(target, seed, seconds=PATIENCE, fault=fault.name, keep=Path(kept))
            for fault, target in FAULTS
        }
        found = {name: report(started) for name, started in faulty.items()}
    missed = [name for name, each in found.items() if not each.broken]
    slowest = max((each.executions, name) for name, each in found.items())
    lines.append(
        f"  {len(found)} faults planted, {len(found) - len(missed)} found, the last after {slowest[0]:,} executions"
    )
    lines += [f"  not found: {name}" for name in missed]
    total = sum(each.executions for each in reports.values())
    finds = sum(each.status != 0 for each in reports.values())
    head = f"{total:,} executions in {took:.0f} s, {finds} finds"
    facts: dict[str, object] = {
        "executions": total, "finds": finds, "targets": {name: each._asdict() for name, each in reports.items()},
        "faults": {name: each.executions for name, each in found.items()},
    }  # fmt: skip
    return Outcome(not finds and not missed, [head, *lines], facts)


class Started(NamedTuple):
    """A run in a process of its own, and the file that it prints to: a pipe would be full before anyone reads it."""

    process: "subprocess.Popen[bytes]"
    output: IO[bytes]


def start(target: str, seed: int, seconds: float, fault: str = "", keep: Path = KEEP) -> Started:
    """Start to fuzz a target in a process of its own."""
    command = [sys.executable, "-m", "tools.fuzz", target, f"--seed={seed}", f"--seconds={max(1, round(seconds))}"]
    command += [f"--keep={keep}", *([f"--fault={fault}"] if fault else [])]
    output = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `report`
    return Started(subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT), output)


def report(run: Started) -> Report:
    """Wait for a run, and return what it says."""
    status = run.process.wait()
    with run.output as output:
        output.seek(0)
        text = output.read().decode(errors="replace")
    executions, covered, peak = (
        max((int(found) for found in pattern.findall(text)), default=0) for pattern in (ENDING, COVERED, PEAK)
    )
    broken = ""
    if status or not executions:
        raised, kept = RAISED.search(text), KEPT.search(text)
        broken = (raised[1] if raised else text[-SHOWN:])[:SHOWN]
        return Report(status or 1, executions, covered, peak, broken, kept[1] if kept else "")
    return Report(0, executions, covered, peak, "", "")


def _line(name: str, said: Report) -> str:
    return f"  {name:<10}{said.executions:>10,} executions {said.covered:>6,} branches {said.peak:>4} MB at most"
