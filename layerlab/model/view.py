"""View: a merged file system to look at, path by path."""

import errno
from collections.abc import ItemsView, Iterator, Mapping, ValuesView
from typing import NoReturn

from layerlab.model.entry import Entry
from layerlab.model.lookup import Found, Vacant, walk
from layerlab.model.oserror import refusal


def entry_of(found: Found) -> Entry:
    """Return the entry that shows for what a look-up found.

    >>> entry_of(Found("", None, scratch.index)).kind
    'directory'
    """
    if found.upper is not None:
        return found.upper.entry(merged=found.lower is not None)
    assert found.lower is not None
    return found.lower.entry


READ_ONLY = "a view is read-only: write to a container instead"


class View(Mapping[str, Entry]):
    """A merged file system: every visible path, without a leading slash, and its entry; the root is "".

    Keys are literal: `resolve` is the look-up that walks symlinks.

    >>> view = scratch.with_layer(Layer.of({"bin/sh": Symlink("bash"), "bin/bash": b"#!"})).view()
    >>> list(view)
    ['', 'bin', 'bin/bash', 'bin/sh']
    >>> view["bin/sh"].kind, view.resolve("bin/sh").read()
    ('symlink', b'#!')
    """

    __slots__ = ("_root",)

    def __init__(self, root: Found) -> None:
        self._root = root

    def __getitem__(self, path: str) -> Entry:
        found: Found | None = self._root
        for name in path.split("/") if path else ():
            found = found.child(name) if found is not None and found.kind == "directory" else None
        if found is None:
            raise KeyError(path)
        return entry_of(found)

    def __iter__(self) -> Iterator[str]:
        return (path for path, _ in self._walk())

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def items(self) -> ItemsView[str, Entry]:
        """Return every path with its entry, found in one walk."""
        return _Items(self)

    def values(self) -> ValuesView[Entry]:
        """Return every entry, found in one walk."""
        return _Values(self)

    def __setitem__(self, path: str, value: object) -> NoReturn:
        raise TypeError(READ_ONLY)

    def __delitem__(self, path: str) -> NoReturn:
        raise TypeError(READ_ONLY)

    def _walk(self) -> Iterator[tuple[str, Found]]:
        work = [("", self._root)]
        while work:
            path, found = work.pop()
            yield path, found
            if found.kind == "directory":
                prefix = f"{path}/" if path else ""
                children = ((name, found.child(name)) for name in reversed(found.children()))
                work += [(prefix + name, child) for name, child in children if child is not None]

    def resolve(self, path: str) -> Entry:
        """Return the entry that `path` leads to, symlinks walked within this file system.

        A missing name raises FileNotFoundError, a file in the middle NotADirectoryError, a loop of symlinks OSError
        with ELOOP.

        >>> scratch.view().resolve("/../").kind
        'directory'
        """
        place = walk(self._root, path)
        if isinstance(place, Vacant):
            raise refusal(errno.ENOENT, path)
        if place.slash and place.found.kind != "directory":
            raise refusal(errno.ENOTDIR, path)
        return entry_of(place.found)

    def __repr__(self) -> str:
        return f"<view of {len(self):,} paths>"


class _Items(ItemsView[str, Entry]):
    _mapping: View

    def __iter__(self) -> Iterator[tuple[str, Entry]]:
        return ((path, entry_of(found)) for path, found in self._mapping._walk())


class _Values(ValuesView[Entry]):
    _mapping: View

    def __iter__(self) -> Iterator[Entry]:
        return (entry_of(found) for _, found in self._mapping._walk())
