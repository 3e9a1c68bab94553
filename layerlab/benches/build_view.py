"""The live page of the build bench: a press chooses a line or a file, and buttons move, touch, change and build."""

from collections.abc import Iterable
from typing import Protocol

from layerlab.benches.bench_view import PageValues, Replayed, button, choice, one_of, stepping
from layerlab.picture.living import Living


class Buildable(Replayed, Protocol):
    """What this page needs of a bench."""

    def move(self, line: int, to: int) -> None: ...
    def touch(self, path: str) -> None: ...
    def change(self, path: str) -> None: ...
    def chmod(self, path: str) -> None: ...
    def build(self) -> None: ...


class BuildPage(PageValues):
    """A build bench as a page; it remembers which line and which file are chosen."""

    def __init__(self, bench: Buildable) -> None:
        self.bench = bench
        self.line, self.file = 2, one_of(list(bench.now.by_path), "site/index.html")
        super().__init__(bench)

    def controls(self) -> str:
        """Return the lists and the buttons."""
        now = self.bench.now
        lines = [(f"{number}: {line}", number) for number, line in enumerate(now.lines, start=1) if number > 1]
        files = [(path, path) for path in now.by_path]
        return (
            choice("Line", "line", lines, self.line)
            + button("Move up", "up")
            + button("Move down", "down")
            + choice("File", "file", files, self.file)
            + button("Touch", "touch")
            + button("Change 1 byte", "change")
            + button("Change mode", "chmod")
            + button("Build", "build")
            + stepping()
        )

    def pressed(self, key: str) -> None:
        """Choose what was pressed, or do what a button says."""
        kind, _, name = key.partition(":")
        if kind == "line":
            self.line = (
                int(name) + 1 if name else int(one_of(range(2, len(self.bench.now.lines) + 1), self.form["line"]))
            )
        elif kind == "file":
            self.file = one_of(list(self.bench.now.by_path), name or self.form["file"])
        elif key in ("up", "down"):
            self._move(-1 if key == "up" else 1)
        elif key == "build":
            self.bench.build()
        elif key in ("touch", "change", "chmod"):
            {"touch": self.bench.touch, "change": self.bench.change, "chmod": self.bench.chmod}[key](self.file)

    def _move(self, by: int) -> None:
        self.bench.move(self.line, self.line + by)
        # The line stays chosen where it went; where it could not go, the bench says why.
        if not self.bench.refusing:
            self.line += by

    def chosen(self) -> Iterable[str]:
        """Return the keys of the line and of the file that are chosen."""
        return (f"line:{self.line - 1}", f"file:{self.file}")


def view(bench: Buildable) -> Living:
    """Return a widget that shows a build bench; a press only changes what is chosen, and the bench's state."""
    return BuildPage(bench).living
