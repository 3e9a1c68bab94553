"""Count the walk from a press to the new picture: which files and rooms a bench's act and its drawing go through."""

import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import layerlab
from layerlab.picture.svg import svg

PACKAGE = Path(layerlab.__file__).parent


@dataclass(frozen=True)
class Walk:
    """How often a file of the package called one of it, by both names; calls within a file cross nothing."""

    calls: Counter[tuple[str, str]]

    @property
    def files(self) -> set[str]:
        """Every file that a call ended in."""
        return {callee for _, callee in self.calls}

    @property
    def crossings(self) -> int:
        """The calls from one file to another."""
        return sum(count for (caller, callee), count in self.calls.items() if caller != callee)

    @property
    def room_crossings(self) -> int:
        """The calls from one room to another."""
        return sum(count for ends, count in self.calls.items() if len({each.partition("/")[0] for each in ends}) > 1)


def walked(act: Callable[[], object]) -> Walk:
    """Run something and return its walk. Calls through other packages count for the file that began them.

    >>> walked(lambda: None).crossings
    0
    """
    calls: Counter[tuple[str, str]] = Counter()

    def note(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and (callee := _file(frame)):
            back = frame.f_back
            while back and not _file(back):
                back = back.f_back
            calls[_file(back) if back else callee, callee] += 1

    sys.setprofile(note)
    try:
        act()
    finally:
        sys.setprofile(None)
    return Walk(calls)


def _file(frame: FrameType) -> str:
    path = Path(frame.f_code.co_filename)
    return path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else ""


def press() -> Walk:
    """Return the walk of one act on the stack bench, from the press to the painted picture and the lines under it."""
    bench = layerlab.bench("stack")
    bench.do("run")
    # The first drawing fills caches that later presses find filled.
    svg(bench.scene)

    def act() -> None:
        bench.do("append")
        svg(bench.scene), bench.status

    return walked(act)


def main() -> int:
    """Print the walk of a press."""
    walk = press()
    print(f"{len(walk.files)} files, {walk.crossings} calls from file to file, {walk.room_crossings} from room to room")
    for (caller, callee), count in walk.calls.most_common():
        if caller != callee:
            print(f"{count:>6}  {caller} -> {callee}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
