"""Page cache: which pages of files a machine's memory holds, and which containers share them.

The kernel keeps pages by inode. Containers share the pages of a file as long as they read one inode: with overlay2 that
of the layer, until a container has a copy of its own. A driver that gives each container a tree of its own gives it
inodes of its own too, so that nothing is shared in memory, even where blocks on the disk are.

Reading a file brings all its pages in, and writing leaves what was written there. A copy-up does both: it reads the
file of the layer and writes the copy. Nothing leaves memory until `drop`; a real kernel drops pages when it needs room.
Measured on Linux 6.18 with mincore(2).
"""

import errno
from dataclasses import dataclass, field

from layerlab.drivers.driver import CachedFile, driver_of, file_size, in_layer
from layerlab.model.container import Container
from layerlab.model.content import EMPTY, PAGE, Content
from layerlab.model.entry import Entry
from layerlab.model.host import Host, HostError
from layerlab.model.inode import Inode
from layerlab.model.lookup import Existing, Found, walk
from layerlab.model.oserror import refusal


@dataclass(slots=True)
class _Kept:
    """The pages of one file: those that were read or written, and what its own bytes were when that was last noted."""

    pages: set[int] = field(default_factory=set)
    seen: Content | None = None


class PageCache:
    """The pages in memory of a host's containers with a driver, 4096 bytes each; empty at first.

    What containers write is noted when the cache is next asked.

    >>> host = shop()
    >>> web, job = host.run("shop", name="web"), host.run("shop", name="job")
    >>> cache = PageCache(host)
    >>> cache.read("web", "var/lib/shop/catalog.db")
    >>> cache.pages("web", "var/lib/shop/catalog.db"), cache.pages("job", "var/lib/shop/catalog.db"), cache.total
    (4883, 4883, 4883)
    >>> web.chmod("var/lib/shop/catalog.db", 0o600)
    >>> cache.drop()
    >>> cache.read("job", "var/lib/shop/catalog.db")
    >>> cache.pages("web", "var/lib/shop/catalog.db"), cache.shared("web", "job", "var/lib/shop/catalog.db")
    (0, False)
    """

    def __init__(self, host: Host, driver: str = "overlay2") -> None:
        self._host, self.driver = host, driver_of(driver)
        self._kept: dict[CachedFile, _Kept] = {}
        self.drop()

    def read(self, container: str, path: str) -> None:
        """Read a whole file in a container: all its pages are in memory then. Raises OSError as reading does."""
        self._note()
        cached, found = self._file(container, path)
        self._kept.setdefault(cached, _Kept()).pages |= set(range(_pages(found)))

    def pages(self, container: str, path: str) -> int:
        """Return how many pages of a file are in memory, as the container sees it; it reads nothing."""
        self._note()
        cached, found = self._file(container, path)
        most = _pages(found)
        return sum(1 for page in self._kept.get(cached, _Kept()).pages if page < most)

    def shared(self, one: str, other: str, path: str) -> bool:
        """Return whether two containers read one inode at this path, and so share its pages."""
        return self._file(one, path)[0] == self._file(other, path)[0]

    @property
    def total(self) -> int:
        """All pages in memory, each once, however many containers share it."""
        self._note()
        return sum(len(kept.pages) for kept in self._kept.values())

    def drop(self) -> None:
        """Take all pages out of memory; none is lost, because what was written is on the disk."""
        self._kept = {}
        for container in self._host.containers.values():
            for cached, inode in self._own(container).items():
                assert inode.pages is not None
                self._kept[cached] = _Kept(seen=inode.pages.freeze())

    def _note(self) -> None:
        """Bring in what the containers have written since this was last done, and let go what was removed."""
        there = {}
        for container in self._host.containers.values():
            there.update(self._own(container))
        for cached, inode in there.items():
            kept = self._kept.setdefault(cached, _Kept())
            before = kept.seen
            if before is None:
                before = EMPTY if inode.origin is None else inode.origin.content
                if inode.origin is not None and self.driver.copies_up:
                    self._copied_up(cached, inode.origin)
            assert inode.pages is not None
            written = inode.pages.written(before)
            kept.pages = {page for page in kept.pages | written if page * PAGE < inode.size}
            kept.seen = inode.pages.freeze()
        # The pages of a file go with the file.
        running = self._host.containers.values()
        self._kept = {
            cached: kept
            for cached, kept in self._kept.items()
            if cached.owner is None
            or cached in there
            or (cached.owner in running and not isinstance(cached.file, Inode))
        }

    def _copied_up(self, cached: CachedFile, origin: Entry) -> None:
        """Bring in what a copy-up read of the layer's file, and what it wrote."""
        assert cached.owner is not None
        whole = set(range(-(-origin.size // PAGE)))
        for each in (cached, in_layer(cached.owner.image, origin)):
            self._kept.setdefault(each, _Kept()).pages |= whole

    def _own(self, container: Container) -> dict[CachedFile, Inode]:
        """Return the files that the container has an inode of its own for, and has touched."""
        files = (inode for _, inode in container.thin if inode is not None and inode.pages is not None)
        found = ((self.driver.cached_as(container, Found("", inode, None)), inode) for inode in files)
        return {cached: inode for cached, inode in found if cached.owner is not None}

    def _file(self, name: str, path: str) -> tuple[CachedFile, Found]:
        if name not in self._host.containers:
            raise HostError(f"no container is called {name}")
        container = self._host.containers[name]
        place = walk(container.both_sides, path)
        if not isinstance(place, Existing):
            raise refusal(errno.ENOENT, path)
        if place.found.kind != "file":
            raise refusal(errno.EISDIR if place.found.kind == "directory" else errno.EINVAL, path)
        return self.driver.cached_as(container, place.found), place.found


def _pages(found: Found) -> int:
    return -(-file_size(found) // PAGE)
