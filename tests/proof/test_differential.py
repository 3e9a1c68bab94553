"""One step on both sides, with a kernel that is played."""

from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any

import pytest

from layerlab.proof.differential import LOOP, Pair
from layerlab.proof.program import ProofStep


@pytest.mark.parametrize(
    ("answers", "taken"), [([LOOP, LOOP, b"found"], b"found"), ([LOOP] * 9, LOOP), ([b"first", LOOP], b"first")]
)
def test_a_loop_that_the_kernel_sees_once_is_asked_again(answers: list[Any], taken: Any) -> None:
    left = iter(answers)

    class Played(Pair):
        def __init__(self) -> None:
            self.overlay: Any = SimpleNamespace(inside=nullcontext)
            self.kernel: Any = SimpleNamespace(do=lambda _: next(left))
            self.model: Any = SimpleNamespace(do=lambda step, expected, merged, upper: [])
            self.merged, self.upper = {}, {}

        def _look(self) -> None:
            pass

    step: ProofStep = ("read", "~10")
    assert (taken, []) == Played().do(step)
