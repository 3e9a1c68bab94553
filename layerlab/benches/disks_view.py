"""The live page of the disks bench: how many containers, what each does, and the drivers, which one presses."""

from collections.abc import Iterable
from typing import Protocol

from layerlab.benches.bench_view import (
    Counted,
    PageValues,
    choice,
    number_of_containers,
    one_of,
    run_as_typed,
    stepping,
)
from layerlab.benches.disk_changes import CHANGES
from layerlab.drivers.driver import DRIVERS
from layerlab.picture.living import Living


class Compared(Counted, Protocol):
    """What this page needs of a bench."""

    def change(self, what: str) -> None: ...
    def look(self, driver: str) -> None: ...


class DisksPage(PageValues):
    """A disks bench as a page; a press on a driver's row looks at it, as the list does."""

    def __init__(self, bench: Compared, most: int) -> None:
        self.bench, self.most = bench, most
        super().__init__(bench)

    def controls(self) -> str:
        """Return the inputs and the steps."""
        now = self.bench.now
        count = number_of_containers(now.containers, self.most)
        change = choice("Each does to catalog.db", "change", [(each, each) for each in CHANGES], now.change)
        driver = choice("Look at", "look", [(each, each) for each in DRIVERS], now.driver)
        return count + change + driver + stepping()

    def pressed(self, key: str) -> None:
        """Fill in an input, or look at a driver."""
        kind, _, name = key.partition(":")
        if kind == "driver":
            self.bench.look(name)
        elif key == "run":
            run_as_typed(self.bench, self.form["run"])
        elif key == "change":
            self.bench.change(one_of(list(CHANGES), self.form["change"]))
        elif key == "look":
            self.bench.look(one_of(list(DRIVERS), self.form["look"]))

    def chosen(self) -> Iterable[str]:
        """Yield the key of the driver's row that one looks at."""
        yield f"driver:{self.bench.now.driver}"


def view(bench: Compared, most: int) -> Living:
    """Return a widget that shows a disks bench with at most so many containers; a press only changes its state."""
    return DisksPage(bench, most).living
