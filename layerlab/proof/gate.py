"""Gate: every planted fault must be found by replaying what the kernel said."""

import signal
from collections.abc import Sequence
from dataclasses import dataclass

from layerlab.proof.differential import OperationCount, replay
from layerlab.proof.faults import Fault, planted
from layerlab.proof.recording import Recording

# Seconds after which a replay counts as endless: a fault can make the model loop.
PATIENCE = 20


@dataclass(frozen=True)
class Catch:
    """How a fault was found: after how many operations, and by what difference. None and "" where it was not."""

    fault: Fault
    operations: int | None
    line: str = ""


class _Stuck(Exception):  # noqa: N818
    """The model does not end, which is a difference too."""


def catch(fault: Fault, traces: Sequence[Recording]) -> Catch:
    """Plant a fault and replay programs until one of them shows a difference."""
    count = OperationCount()
    with planted(fault):
        for trace in traces:
            difference = _patiently(trace, count)
            if difference:
                return Catch(fault, count.done.total(), difference)
    return Catch(fault, None)


def _patiently(trace: Recording, count: OperationCount) -> str:
    if not hasattr(signal, "alarm"):  # Windows
        difference = replay(trace, count)
        return str(difference.mismatches[0]) if difference else ""

    def stop(*_: object) -> None:
        raise _Stuck

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(PATIENCE)
    try:
        difference = replay(trace, count)
        return str(difference.mismatches[0]) if difference else ""
    except _Stuck:
        return "it never ends"
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
