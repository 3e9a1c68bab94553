"""Fuzz one target until something does not hold: `python -m tools.fuzz layers --seconds 60`.

Prints libFuzzer's report. An input that breaks something is kept in `--keep`; give it as an argument to see it again.
"""

import argparse
import os
import sys
import tempfile
from contextlib import nullcontext
from pathlib import Path
from typing import NoReturn

import atheris

with atheris.instrument_imports(include=["layerlab.archive", "layerlab.model"]):
    from layerlab.proof.faults import planted
    from tools.fuzz import seeds
    from tools.fuzz.faults import FAULTS
    from tools.fuzz.mutate import Mutator
    from tools.fuzz.targets import TARGETS

SEEDS = {"archives": seeds.archives, "layers": seeds.layers, "documents": seeds.documents}
MEMORY, SECONDS = 300, 5


def main() -> int:
    """Run libFuzzer in a process of its own, which it ends in its own way."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Fuzz what reads archives.")
    parser.add_argument("target", choices=TARGETS)
    parser.add_argument("inputs", nargs="*", type=Path, help="take these inputs alone")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--fault", choices=[fault.name for fault, _ in FAULTS], help="plant this fault first")
    parser.add_argument("--keep", type=Path, default=Path("build/fuzz"))
    options = parser.parse_args()
    options.keep.mkdir(parents=True, exist_ok=True)
    shared = Path("/dev/shm")  # in memory, where a save that waits for the disk waits for nothing
    with tempfile.TemporaryDirectory(prefix="layerlab-", dir=shared if shared.is_dir() else None) as folder:
        if not (child := os.fork()):
            fuzz(options, Path(folder))
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def fuzz(options: argparse.Namespace, folder: Path) -> NoReturn:
    """Run libFuzzer with its corpus and all that a target writes in a folder."""
    (scratch := folder / "scratch").mkdir()
    (corpus := folder / "corpus").mkdir()
    seeds.write(SEEDS[options.target](), corpus)
    tempfile.tempdir = str(scratch)
    target = TARGETS[options.target](scratch)

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        return target.mutate(Mutator(atheris.Mutate, seed), data, most)

    arguments = [
        sys.argv[0], f"-seed={options.seed}", f"-max_total_time={options.seconds}",
        f"-max_len={target.largest}", f"-timeout={SECONDS}", f"-rss_limit_mb={MEMORY}", "-print_final_stats=1",
        f"-artifact_prefix={options.keep}/{options.target}-",
        *(map(str, options.inputs) if options.inputs else [str(corpus)]),
    ]  # fmt: skip
    faults = {fault.name: fault for fault, _ in FAULTS}
    with planted(faults[options.fault]) if options.fault else nullcontext():
        atheris.Setup(arguments, target.run, custom_mutator=mutate)
        atheris.Fuzz()
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
