"""Prove the model against the kernel and engines: `make prove` runs this, `make prove ARGS="--seed 7"` otherwise.

With --record, write the answers of this machine's kernel to the trace file that machines without overlayfs use.
"""

import argparse
import json
import random
import sys
from functools import partial
from pathlib import Path

from layerlab.proof.suite import PROOFS, Prover, Settings, prove, record
from tools.engines import engines
from tools.fuzz.prove import fuzz
from tools.layers.prove import layers

TRACE_BYTES = 980_000
ALL = {**PROOFS, "engines": engines, "layers": layers, "fuzz": fuzz}


def main() -> int:
    """Run the proofs that are named, all if none is; return the exit status."""
    parser = argparse.ArgumentParser(prog="prove", description="Prove the model against the kernel and engines.")
    parser.add_argument(
        "proofs",
        nargs="*",
        choices=[*ALL, []],
        help=f"which of {', '.join(ALL)} (all if none)",
    )
    parser.add_argument("--seed", help="a number (1; for layers a new one), or `new` for one that nobody chose")
    parser.add_argument("--count", type=int, default=100_000, help="operations to run at least (100,000)")
    parser.add_argument(
        "--seconds",
        type=float,
        help="stop running operations after so many seconds (3600), fuzz and compare layers so long",
    )
    parser.add_argument("--json", type=Path, help="write the facts to this file too")
    parser.add_argument("--record", action="store_true", help="write the trace file instead")
    options = parser.parse_args()
    seed = random.randrange(1_000_000_000) if options.seed == "new" else int(options.seed or 1)
    settings = Settings(seed, options.count, seconds=options.seconds or 3600, say=partial(print, flush=True))
    if options.record:
        print(f"{record(settings, TRACE_BYTES):,} operations recorded in {settings.traces}")
        return 0
    longer: dict[str, Prover] = {
        "layers": partial(layers, seconds=options.seconds, fresh=options.seed is None),
        "fuzz": partial(fuzz, seconds=options.seconds),
    }
    passed, facts = prove(settings, options.proofs or [*ALL], {**ALL, **longer})
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(facts, indent=1) + "\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
