"""File bytes: which bytes of one file a disk stores for a container alone, and which it shares with the image."""

from typing import NamedTuple

from layerlab.drivers.driver import Driver, TreeDriver, file_size
from layerlab.model.container import Container
from layerlab.model.lookup import Existing, walk


class FileBytes(NamedTuple):
    """A container's file on a disk: its size, the runs of bytes that only this container stores, and since when.

    A run is whole blocks, so the last one may reach beyond the end of the file. `from_start` tells whether they were
    copied when the container was created.

    >>> FileBytes(10_000, (range(4096, 8192),)).stored
    4096
    """

    size: int
    own: tuple[range, ...] = ()
    from_start: bool = False

    @property
    def stored(self) -> int:
        """The bytes on the disk that only this container uses."""
        return sum(map(len, self.own))


def file_bytes(container: Container, path: str, driver: Driver) -> FileBytes | None:
    """Return where a container's file has bytes of its own with a driver, or None if it has no such file.

    >>> web = shop().run("shop", name="web")
    >>> web.append("var/lib/shop/catalog.db", b"!")
    >>> file_bytes(web, "var/lib/shop/catalog.db", DRIVERS["btrfs"]).own
    (range(19996672, 20000768),)
    """
    place = walk(container.both_sides, path)
    if not isinstance(place, Existing) or place.found.kind != "file":
        return None
    found = place.found
    of_image = found.upper is None or found.upper.origin is not None
    whole_trees = isinstance(driver, TreeDriver) and not driver.shares
    return FileBytes(file_size(found), driver.own(found), whole_trees and of_image)
