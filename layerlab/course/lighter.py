"""Lighter: whether an image shows what another shows, with fewer bytes on the disk and in each new version."""

import json

from layerlab.course.own_image import OwnImage
from layerlab.model.compare import FileDiff, diff
from layerlab.model.entry import Entry
from layerlab.model.explain import explain
from layerlab.model.image import Image
from layerlab.model.new_version import release_size
from layerlab.model.store import shared_layers
from layerlab.words.plurals import counted
from layerlab.words.printable import printable
from layerlab.words.sizes import size


def missing(own: OwnImage, made: Image) -> str:
    """Return what an image still lacks to be the learner's own one, but lighter; "" where nothing is missing.

    In this order: the same files, modes and owners, the same settings, the layers of the base, no dead byte that can be
    spared, and no byte in a new version that can be spared.

    >>> mine = own_image("orders")
    >>> missing(mine, mine.image)
    '10.5 MB of the image are still dead: layer 4 hides /opt/deps/crypto.so. In all, 3 files are hidden.'
    >>> missing(mine, relayer(mine.image, 2, "srv/orders"))
    ''
    """
    return _unlike(own.image, made) or _unshared(own, made) or _dead(own, made) or _released(own, made)


def _unlike(before: Image, made: Image) -> str:
    # A new build gives new times, so times alone are no difference.
    found = [row for row in diff(before, made).files if row.kind != "metadata" or _facts(row.a) != _facts(row.b)]
    if found:
        more = f" {counted(len(found) - 1, 'more path')} differ too." if found[1:] else ""
        return f"{_how_it_differs(found[0])}{more}"
    if _links(before) != _links(made):
        return "Some files are not hard links to each other any more."
    if before.config != made.config:
        return f"{_other_settings(before, made)} The settings have to stay as they are."
    return ""


def _other_settings(before: Image, made: Image) -> str:
    """Say which settings of two images differ, by the names that the metadata has for them."""
    differ = [key for key in {**before.config, **made.config} if before.config.get(key) != made.config.get(key)]
    if not differ:
        return "The metadata have a setting of null where there was none, or the other way round."
    rows = [f"{key} is {_setting(made, key)}, and it was {_setting(before, key)}" for key in differ]
    return f"A container starts with other settings: {printable('; '.join(rows))}."


def _setting(image: Image, key: str) -> str:
    stated = image.config.get(key)
    return "not set" if stated is None else json.dumps(stated, ensure_ascii=False, default=dict)


def _how_it_differs(row: FileDiff) -> str:
    path = f"/{printable(row.path)}"
    if row.b is None:
        return f"{path} is missing."
    if row.a is None:
        return f"{path} is new: the image has to show the same files."
    if row.kind != "metadata":
        return f"{path} has other bytes than before."
    if row.a.mode != row.b.mode:
        return f"{path} has the mode {row.b.mode:o}, and it had {row.a.mode:o}."
    if (row.a.uid, row.a.gid) != (row.b.uid, row.b.gid):
        return f"{path} belongs to {row.b.uid}:{row.b.gid}, and it belonged to {row.a.uid}:{row.a.gid}."
    return f"{path} has other extended attributes than before."


def _facts(entry: Entry | None) -> tuple[object, ...]:
    return () if entry is None else (entry.mode, entry.uid, entry.gid, dict(entry.xattrs))


def _links(image: Image) -> set[frozenset[str]]:
    names: dict[int, set[str]] = {}
    for path, entry in image.view().items():
        if _is_linked(entry):
            names.setdefault(entry.inode, set()).add(path)
    return {frozenset(paths) for paths in names.values()}


def _is_linked(entry: Entry) -> bool:
    return entry.kind != "directory" and entry.nlink > 1


def _unshared(own: OwnImage, made: Image) -> str:
    shared = shared_layers(own.image, made)
    if shared >= own.base:
        return ""
    return (
        f"The base is not shared any more: a host stores its {size(own.base_size)} once more. "
        f"Keep the lowest {counted(own.base, 'layer')}, because other images use them."
    )


def _dead(own: OwnImage, made: Image) -> str:
    # A file of the base that the image replaces is dead however the image is built.
    rows = [row for row in explain(made).dead if row.layer >= own.base]
    if not rows:
        return ""
    first = rows[0]
    # Other layers may hide the rest, so the first file alone is said of a layer.
    more = f" In all, {counted(len(rows), 'file')} are hidden." if rows[1:] else ""
    return (
        f"{size(sum(row.bytes for row in rows))} of the image are still dead: layer {first.by} hides "
        f"/{printable(first.path)}.{more}"
    )


def _released(own: OwnImage, made: Image) -> str:
    sent, least = release_size(made, own.changing, own.base), release_size(own.best, own.changing, own.base)
    if sent <= least:
        return ""
    return (
        f"The image is lighter on the disk, but a new version sends {size(sent)}, and {size(least)} would do. "
        "Give what changes a layer of its own, at the top."
    )
