"""Totals: what a container says of its thin layer as a whole, checked against the kernel's files, name by name."""

from layerlab.model import capability
from layerlab.model.container import Container
from layerlab.model.entry import WHITEOUT_PREFIX
from layerlab.proof import snapshot
from layerlab.proof.snapshot import Mismatch, Seen, Snapshot


def check(container: Container, start: Snapshot, merged: Snapshot, upper: Snapshot) -> list[Mismatch]:
    """Return the differences in size, list of changes and committed view."""
    lines = []
    if (size := size_rw(upper)) != container.size_rw:
        lines.append(Mismatch("size_rw", "", "", size, container.size_rw))
    if (listed := changes(start, merged)) != (told := container.diff()):
        lines.append(Mismatch("diff", "", "", listed, told))
    if not lines and committable(upper):
        committed = snapshot.merged(container.commit().view())
        lines = snapshot.differences(_lasting(merged, upper), _lasting(committed, upper), "commit")
    return lines


def size_rw(upper: Snapshot) -> int:
    """Return the bytes in an upper directory as Docker counts them: each file once."""
    return sum(seen.size for path, seen in upper.items() if seen.same in ("", path))


def committable(upper: Snapshot) -> bool:
    """Tell whether a layer can hold all that is in an upper directory: no socket, and no name that reads as a mark."""
    return not any(
        seen.kind == "socket" or path.rpartition("/")[2].startswith(WHITEOUT_PREFIX) for path, seen in upper.items()
    )


def changes(start: Snapshot, merged: Snapshot) -> list[str]:
    """Return `docker diff` by its definition, from two whole file systems."""
    kinds: dict[str, str] = {}
    for path in start.keys() | merged.keys():
        before, after = start.get(path), merged.get(path)
        if not path or (before and after and _docker(before) == _docker(after)):
            continue
        if after is None and (parent := merged.get(path.rpartition("/")[0])) and parent.kind == "directory":
            kinds[path] = "D"
        elif after is not None:
            kinds[path] = "C" if before else "A"
    for path in list(kinds):
        while path := path.rpartition("/")[0]:
            kinds.setdefault(path, "C")
    return [f"{kinds[path]} /{path}" for path in sorted(kinds, key=lambda path: f"/{path}")]


def _docker(seen: Seen) -> tuple[object, ...]:
    told = (seen.kind, seen.mode, seen.uid, seen.gid, seen.rdev, dict(seen.xattrs).get(capability.NAME))
    # moby takes block devices and sockets for directories, whose times it does not compare (see `model.changes`).
    return told if seen.kind in ("directory", "block", "socket") else (*told, seen.mtime, seen.size)


def _lasting(shown: Snapshot, upper: Snapshot) -> Snapshot:
    """Leave out what a commit does not keep: the root's time, how many layers a directory comes from, and attributes.

    Of those only capabilities go into the layer; files that were not copied up keep theirs in the layers below.
    """
    kept = {**shown, "": shown[""]._replace(mtime=0)}
    for path, seen in kept.items():
        if path in upper:
            seen = seen._replace(xattrs=tuple(pair for pair in seen.xattrs if pair[0] == capability.NAME and pair[1]))
        kept[path] = seen._replace(nlink=1) if seen.kind == "directory" else seen
    return kept
