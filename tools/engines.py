"""Engines: a proof that Docker, Podman, skopeo and umoci take what is saved here, and say what is read from them.

It starts engines of its own in a scratch folder, which takes the rights of root, runs tests/engines, and stops them.
"""

import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from layerlab.proof.suite import Outcome, Run, not_run

ROOT = Path(__file__).resolve().parents[1]
SHOWN = 20_000


def engines(run: Run) -> Outcome:
    """Run the tests that need engines. Where there are none, say so; that fails where nothing may be skipped."""
    del run
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:nbval", "tests/engines", f"--junitxml={report}"]
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"LAYERLAB_ENGINES": "1"}, capture_output=True, text=True, check=False
        )
        suite = ElementTree.parse(report).getroot().find("testsuite") if report.exists() else None
    if suite is None:
        return Outcome(False, [done.stdout[-SHOWN:] + done.stderr[-SHOWN:]], {})
    cases = suite.findall("testcase")
    skipped = {skip.get("message", "") for case in cases if (skip := case.find("skipped")) is not None}
    if skipped:
        return not_run(", ".join(sorted(skipped)), passed=done.returncode == 0)
    versions = {str(each.get("name")): str(each.get("value")) for each in suite.iter("property")}
    count = Counter(str(case.get("name")).partition("[")[0] for case in cases)
    with_whom = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [f"{len(cases)} comparisons with {with_whom} in {time.monotonic() - started:.0f} s"]
    lines += [f"  {number:>2}  {name.removeprefix('test_').replace('_', ' ')}" for name, number in count.items()]
    if done.returncode:
        lines.append(done.stdout[-SHOWN:])
    results = {str(case.get("name")): not len(case) for case in cases}
    return Outcome(done.returncode == 0, lines, {"versions": versions, "results": results})
