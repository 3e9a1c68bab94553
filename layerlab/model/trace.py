"""Trace: how one path is looked up in a stack of layers, from the top down, a layer at a time.

overlayfs asks the highest layer first (fs/overlayfs/namei.c, ovl_lookup). A file there is the result. After a directory
the next layer is asked too, because directories merge. A whiteout, an opaque directory, or a file where the path needs
a directory ends the look-up, and no layer below is asked. A container's thin layer is the highest layer of all.
"""

import errno
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from layerlab.model.container import Container
from layerlab.model.entry import Entry
from layerlab.model.image import Image
from layerlab.model.lookup import MAX_SYMLINKS
from layerlab.model.oserror import refusal
from layerlab.model.union import Tree, tree

Verdict = Literal["nothing", "answers", "merges", "whiteout", "opaque", "not a directory", "replaced"]
STOPS = frozenset({"answers", "whiteout", "opaque", "not a directory", "replaced"})


@dataclass(frozen=True)
class Glance:
    """What one layer says of a path.

    `layer` is its number, 0 at the bottom; a container's thin layer has the number above its image's top. The
    verdicts: "nothing" is here; a file, or what else is no directory, "answers"; a directory "merges" with those
    below; a "whiteout" or an "opaque" directory hides what is below; an entry that is "not a directory" stands where
    one is needed; one that was "replaced" lies under a directory of a higher layer. `at` is the path that the verdict
    is about: the path itself, or a directory on the way to it. `entry` is what this layer holds at the path, if it has
    one.

    >>> Glance(4, "whiteout", "var/www").stops
    True
    """

    layer: int
    verdict: Verdict
    at: str
    entry: Entry | None = None

    @property
    def stops(self) -> bool:
        """Whether the look-up ends here, so that no lower layer is asked."""
        return self.verdict in STOPS


@dataclass(frozen=True)
class Trace:
    """One look-up: the layers that were asked, from the top, and what the layers below would have said.

    `path` has no symlink on the way; where it ends in one, `onward` is the absolute path at which the search goes on,
    else "".

    >>> trace(scratch.with_layer(Layer.of({"etc/motd": b"hi"})), "etc/issue").outcome
    'ENOENT'
    """

    path: str
    asked: tuple[Glance, ...]
    below: tuple[Glance, ...]
    onward: str = ""

    @property
    def answer(self) -> Glance | None:
        """The highest glance that has an entry to show; None where nothing shows."""
        first = next((glance for glance in self.asked if glance.verdict != "nothing"), None)
        return first if first is not None and first.entry is not None else None

    @property
    def outcome(self) -> Literal["found", "ENOENT", "ENOTDIR"]:
        """Whether the path is there; if not, as which error it fails."""
        if self.answer is not None:
            return "found"
        last = self.asked[-1] if self.asked else None
        return "ENOTDIR" if last is not None and last.verdict == "not a directory" else "ENOENT"


def trace(target: Image | Container, path: str) -> Trace:
    """Look up `path` layer by layer, as far as its first symlink.

    Sockets of a thin layer are not seen: no layer can hold them.

    >>> base = scratch.with_layer(Layer.of({"srv/log": b"1", "srv/page": b"hi"}))
    >>> image = base.with_layer(Layer.of({"srv/log": WHITEOUT})).with_layer(Layer.of({"srv/new": b"2"}))
    >>> [(glance.layer, glance.verdict) for glance in trace(image, "/srv/log").asked]
    [(2, 'nothing'), (1, 'whiteout')]
    >>> [(glance.layer, glance.verdict) for glance in trace(image, "/srv/log").below]
    [(0, 'answers')]
    """
    view = target.view()
    layers = target.layers if isinstance(target, Image) else (*target.image.layers, target.layer)
    first, onward = _first_hop(view, path)
    names = first.split("/") if first else []
    glances = [_glance(tree(layer), number, names) for number, layer in enumerate(layers)][::-1]
    asked: list[Glance] = []
    directories = 0  # how many names of the path are directories in the layers asked so far
    for glance, depth in glances:
        # A higher layer has a directory under this name, and a file below a directory never shows.
        covered = glance.verdict in ("answers", "not a directory") and depth < directories
        asked.append(replace(glance, verdict="replaced") if covered else glance)
        directories = max(directories, depth)
        if glance.stops:
            break
    return Trace(first, tuple(asked), tuple(glance for glance, _ in glances[len(asked) :]), onward)


def hops(target: Image | Container, path: str) -> tuple[Trace, ...]:
    """Look up `path` through every symlink: one trace for each, the last one where the search ends.

    More than 40 symlinks raise OSError with ELOOP, as in the kernel.

    >>> image = scratch.with_layer(Layer.of({"bin": Symlink("usr/bin"), "usr/bin/sh": b"#!"}))
    >>> [hop.path for hop in hops(image, "/bin/sh")]
    ['bin', 'usr/bin/sh']
    """
    found = [trace(target, path)]
    while found[-1].onward:
        if len(found) > MAX_SYMLINKS:
            raise refusal(errno.ELOOP, path)
        found.append(trace(target, found[-1].onward))
    return tuple(found)


def _first_hop(view: Mapping[str, Entry], path: str) -> tuple[str, str]:
    """Return `path` up to its first symlink, and where the search then goes on; the whole path and "" without one."""
    pending = [name for name in path.split("/") if name not in ("", ".")]
    walked: list[str] = []
    while pending:
        name = pending.pop(0)
        if name == "..":
            del walked[-1:]
            continue
        walked.append(name)
        entry = view.get("/".join(walked))
        if entry is not None and entry.kind == "symlink":
            # A relative target starts in the symlink's own directory (POSIX, pathname resolution).
            start = [] if entry.target.startswith("/") else walked[:-1]
            return "/".join(walked), "/" + "/".join([*start, entry.target.strip("/"), *pending])
        if entry is None or entry.kind != "directory":
            break
    return "/".join([*walked, *pending]), ""


def _glance(root: Tree, layer: int, names: list[str]) -> tuple[Glance, int]:
    """Return what one layer says of a path, and how many of its names are directories there."""
    node, opaque = root, ""
    for depth, name in enumerate(names):
        at = "/".join(names[: depth + 1])
        child = node.children.get(name)
        if child is None:
            if name in node.hides:
                return Glance(layer, "whiteout", at), depth
            return Glance(layer, "opaque" if opaque else "nothing", opaque or "/".join(names)), depth
        if child.entry.kind != "directory":
            last = depth == len(names) - 1
            return Glance(layer, "answers" if last else "not a directory", at, child.entry if last else None), depth
        if child.opaque or name in node.hides:
            opaque = at
        node = child
    return Glance(layer, "opaque" if opaque else "merges", opaque or "/".join(names), node.entry), len(names)
