"""Compared drivers: a file of a container before and after what a question asks about, with each storage driver."""

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from layerlab.drivers.driver import DRIVERS
from layerlab.drivers.file_bytes import file_bytes
from layerlab.model.host import Host

if TYPE_CHECKING:
    from layerlab.picture.shapes import Looks, Scene


@dataclass(frozen=True)
class ComparedDrivers:
    """A host as the question finds it, and what is then done to a file of its container `web`.

    The picture shows the file with each of `drivers`, before and after. `sizes` tells whether the picture after says
    what `docker ps -s` prints too, which may be the answer to a later question.

    >>> def byte(host: Host) -> None:
    ...     host.containers["web"].append("var/www/index.html", b"!")
    >>> def web() -> Host:
    ...     host = shop()
    ...     host.run("shop", name="web")
    ...     return host
    >>> compared = ComparedDrivers(web, byte, "var/www/index.html")
    >>> compared.after.containers["web"].size_rw
    5001
    """

    has_bytes = True

    start: Callable[[], Host]
    act: Callable[[Host], object]
    file: str
    sizes: bool = False
    drivers: tuple[str, ...] = tuple(DRIVERS)

    @cached_property
    def after(self) -> Host:
        """The host on which it has happened."""
        host = self.start()
        self.act(host)
        return host

    def scene(self, looks: "Looks", *, happened: bool = False, pressed: Set[str] = frozenset()) -> "Scene":
        """Return the picture: of the file with each driver. Nothing in it can be pressed."""
        from layerlab.picture.file_strips import scene
        from layerlab.words.sizes import size

        web = (self.after if happened else self.start()).containers["web"]
        files = {name: file_bytes(web, self.file, DRIVERS[name]) for name in self.drivers}
        printed = f"{size(web.size_rw)}, with every driver" if self.sizes and happened else ""
        name = f"{self.file.rpartition('/')[2]} ({size(web.image.view()[self.file].size)})"
        return scene(files, name, printed, replace(looks, opened=frozenset(pressed)), happened=happened)
