"""Read pages: the pages in memory of a file that containers read, before and after what a question asks about."""

from collections.abc import Callable, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from layerlab.drivers.driver import DRIVERS
from layerlab.drivers.file_bytes import file_bytes
from layerlab.drivers.page_cache import PageCache
from layerlab.model.host import Host

if TYPE_CHECKING:
    from layerlab.picture.inode_strips import InodePages
    from layerlab.picture.shapes import Looks, Scene


@dataclass(frozen=True)
class ReadPages:
    """A host whose containers all read one file with overlay2, and what is then done before they read it again.

    >>> def two() -> Host:
    ...     host = shop()
    ...     host.run("shop", name="web"), host.run("shop", name="job")
    ...     return host
    >>> def mode(host: Host) -> None:
    ...     host.containers["web"].chmod("var/www/index.html", 0o600)
    >>> [each.pages for each in ReadPages(two, mode, "var/www/index.html").inodes(happened=True)]
    [2, 2]
    """

    has_bytes = True

    start: Callable[[], Host]
    act: Callable[[Host], object]
    file: str

    @property
    def after(self) -> Host:
        """The host on which it has happened."""
        host = self.start()
        self.act(host)
        return host

    def inodes(self, *, happened: bool) -> "list[InodePages]":
        """Return each inode that the containers read, with its pages and its readers."""
        from layerlab.picture.inode_strips import InodePages

        host = self.after if happened else self.start()
        cache = PageCache(host)
        cache.drop()
        found: list[InodePages] = []
        for name, container in reversed(list(host.containers.items())):
            cache.read(name, self.file)
            same = next((each for each in found if cache.shared(each.readers[0], name, self.file)), None)
            if same is not None:
                found[found.index(same)] = same._replace(readers=(name, *same.readers))
                continue
            copied = file_bytes(container, self.file, DRIVERS["overlay2"])
            own = name if copied is not None and copied.own else ""
            found.append(InodePages(own, cache.pages(name, self.file), (name,)))
        return found

    def scene(self, looks: "Looks", *, happened: bool = False, pressed: Set[str] = frozenset()) -> "Scene":
        """Return the picture: a strip for each inode. Nothing in it can be pressed."""
        from layerlab.picture.inode_strips import scene

        shown = replace(looks, opened=frozenset(pressed))
        return scene(self.inodes(happened=happened), self.file.rpartition("/")[2], shown)
