"""Changes: what a container's thin layer did to its image, as `docker diff` tells it.

Docker compares the container's files with the image's: A is added, C changed, D deleted. A file counts as
changed when its mode, owner, size, device or mtime differs; its bytes are not compared, so a file that was
copied up and left as it was does not show. A directory counts as changed too when anything in it shows, and
its own mtime does not matter. Nothing below a deleted directory is listed (measured: Docker 20.10).

Block devices and sockets count as directories there: pkg/archive/changes_unix.go looks for the directory's bit in the
mode, 0o040000, which their types hold too (0o060000 and 0o140000), so that their time goes unseen.
"""

from layerlab.model import capability
from layerlab.model.entry import Entry
from layerlab.model.lookup import Found
from layerlab.model.union import Node
from layerlab.model.view import entry_of

TIMELESS = ("directory", "block", "socket")


def changes(root: Found) -> list[str]:
    """Return lines such as "C /etc", sorted by path. Only what the thin layer touches is visited.

    >>> changes(Found("", None, scratch.index))
    []
    """
    kinds: dict[str, str] = {}
    work: list[tuple[str, Found, Node | None]] = [("", root, root.lower)]
    while work:
        path, found, old = work.pop()
        for name in _touched(found, old):
            here = f"{path}/{name}"
            before = old.children.get(name) if old is not None and old.children is not None else None
            after = found.child(name)
            if after is None:
                if before is not None:
                    _mark(kinds, here, "D")
                continue
            if before is None:
                _mark(kinds, here, "A")
            elif _differs(before.entry, entry_of(after)):
                _mark(kinds, here, "C")
            # A directory without an inode in the thin layer contains no change.
            if after.upper is not None and after.kind == "directory":
                work.append((here, after, before))
    return [f"{kinds[path]} {path}" for path in sorted(kinds)]


def _touched(found: Found, old: Node | None) -> set[str]:
    """Return the names that the thin layer may have changed: its own, and all of the image's under an opaque mark."""
    own = set(found.upper.names or ()) if found.upper is not None else set()
    hidden = old.children if old is not None and found.lower is None else None
    return own | set(hidden or ())


def _mark(kinds: dict[str, str], path: str, kind: str) -> None:
    kinds[path] = kind
    parent = path.rpartition("/")[0]
    # A parent that is marked has marked parents, so the walk up ends at the first one.
    while parent and parent not in kinds:
        kinds[parent] = "C"
        parent = parent.rpartition("/")[0]


def _differs(old: Entry, new: Entry) -> bool:
    if (old.kind, old.mode, old.uid, old.gid, old.rdev) != (new.kind, new.mode, new.uid, new.gid, new.rdev):
        return True
    if old.xattrs.get(capability.NAME) != new.xattrs.get(capability.NAME):
        return True
    return old.kind not in TIMELESS and (old.mtime, old.size) != (new.mtime, new.size)
