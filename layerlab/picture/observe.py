"""Observe: take from a host what a picture shows of it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Literal

from layerlab.model import history
from layerlab.model.container import Container
from layerlab.model.entry import OPAQUE_MARK, Entry, hidden_by
from layerlab.model.explain import explain
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.model.mounts import Folder, MountedAt, Volume
from layerlab.picture import events
from layerlab.picture.moment import READ_ONLY, ContainerCard, ImageStack, Moment, Outside, StoredLayer, Written
from layerlab.words.digests import short_digest
from layerlab.words.printable import printable

# The largest files of a layer that an open layer lists; the rest are counted.
MOST_FILES = 4


def moment(
    host: Host,
    before: Moment | None = None,
    *,
    step: str = "",
    read: tuple[str, str] | None = None,
    refused: str = "",
    label: Callable[[Image, int], str] | None = None,
    by: str = "",
) -> Moment:
    """Return what a picture shows of `host` now, compared with the moment `before`.

    `step` labels the column of this step; without it there is none. A read (the container's name and the path) and
    a refusal (its reason) leave no trace on the host, so they are told. `label` gives the text on an image's layer,
    by its number; without it, that is what the history says made the layer. `by` names the container that acted, for
    several may mount one volume.

    >>> host = Host()
    >>> host.add(scratch.with_layer(Layer.of({"srv/data": filler(20_000_000)}), "COPY data /srv"), "shop")
    >>> first = moment(host, step="add")
    >>> web = host.run("shop", name="web")
    >>> web.append("srv/data", b"!")
    >>> moment(host, moment(host, first), step="web +1").balance
    '20.0 MB in layers + 20.0 MB in thin layers = 40.0 MB'
    """
    earlier = before or Moment()
    now = Moment(
        tuple(_stacks(host, label or step_label)),
        tuple(map(_thin, host.containers.values())),
        earlier.history,
        places=places(host),
    )
    if refused:
        return replace(now, sentence=events.refused(refused))
    if read:
        return _read(host, now, *read)
    if step:
        now = replace(now, history=(*now.history, replace(now.bytes, step=step)))
    committed = _committed(host, earlier)
    if now.places or earlier.places:
        now = events.poured(earlier, now, _filled(host, earlier), by)
    now = replace(now, sentence=events.sentence(earlier, now, committed))
    return now if before is None else events.noted(earlier, now, committed)


def _stacks(host: Host, label: Callable[[Image, int], str]) -> Iterator[ImageStack]:
    """Yield each image once, with its names; bytes of a layer are hidden if any image on the layer hides them."""
    images = [*host.images.values(), *host.untagged]
    # One image may have several names, and an image that lost its last name is still stored.
    names: dict[str, list[str]] = {image.id: [] for image in images}
    for name, image in host.images.items():
        names[image.id].append(name)
    unique = {image.id: image for image in images}
    # A layer is stored once, so it has one number: what the image that hides most of it hides.
    lost: dict[str, list[tuple[int, str]]] = {}
    for image in unique.values():
        for key, hidden in zip(image.chain_ids, _dead(image), strict=True):
            lost.setdefault(key, []).append((hidden, (names[image.id] or ["<none>"])[0]))
    dead = {key: max(each)[0] for key, each in lost.items()}
    dead_in = {key: max(each)[1] if min(each)[0] < max(each)[0] else "" for key, each in lost.items()}
    for image in unique.values():
        stored = tuple(
            StoredLayer(
                key,
                label(image, place),
                layer.size,
                dead[key],
                tuple(_hides(image, place)),
                layer.diff_id,
                files=_files(layer)[:MOST_FILES],
                more=max(0, len(_files(layer)) - MOST_FILES),
                dead_in=dead_in[key],
            )
            for place, (key, layer) in enumerate(zip(image.chain_ids, image.layers, strict=True))
        )
        yield ImageStack(image.id, tuple(names[image.id]), stored)


@lru_cache(maxsize=256)
def _files(layer: Layer) -> tuple[tuple[str, int], ...]:
    """Return a layer's files with their sizes, the largest first."""
    found = [(path, entry.size) for path, entry in layer.entries.items() if entry.kind == "file"]
    return tuple(sorted(found, key=lambda file: (-file[1], file[0])))


# A layer or an image is a value that never changes, so its facts are computed once and kept. A picture is taken after
# every press, and most of its layers are those of the press before.
@lru_cache(maxsize=64)
def _dead(image: Image) -> tuple[int, ...]:
    return tuple(layer.dead for layer in explain(image).layers)


def step_label(image: Image, number: int) -> str:
    """Return what the history says made a layer, without the shell around it; else its DiffID's first 12 digits.

    >>> image = scratch.with_layer(Layer.of({}), "/bin/sh -c apt-get update")
    >>> step_label(image, 0), step_label(scratch.with_layer(Layer.of({})), 0)
    ('apt-get update', '5f70bf18a086')
    >>> step_label(scratch.with_layer(Layer.of({}), "RUN /bin/sh -c make # buildkit"), 0)
    'RUN make'
    """
    text = history.command(history.made_by(image)[number])
    return printable(" ".join(text.split())) or short_digest(image.layers[number].diff_id)


def _hides(image: Image, place: int) -> Iterator[str]:
    """Yield the names that a layer's whiteouts and opaque marks hide; the name of a directory ends in a slash."""
    for path, name in _marks(image.layers[place]):
        below = _holder(image.layers[:place], path)
        folder = name == OPAQUE_MARK or (below is not None and image.layers[below].entries[path].kind == "directory")
        yield printable(path.rpartition("/")[2]) + ("/" if folder else "")


@lru_cache(maxsize=256)
def _marks(layer: Layer) -> tuple[tuple[str, str], ...]:
    """Return the paths that a layer hides, each with the name of the mark that does it."""
    marks = [name for name, entry in layer.entries.items() if entry.kind in ("whiteout", "opaque")]
    return tuple((hidden_by(mark), mark.rpartition("/")[2]) for mark in marks)


def _holder(layers: Iterable[Layer], path: str) -> int | None:
    """Return the number of the topmost layer that holds `path`."""
    return next((place for place, layer in reversed(list(enumerate(layers))) if path in layer.entries), None)


def _thin(container: Container) -> ContainerCard:
    entries = container.layer.entries
    # Most of 1,000 containers have written nothing: they need no look into their image.
    if not entries:
        return ContainerCard(container.name, container.image.id, container.state)
    copied = container.copied
    # Only what the answer depends on is the key of the cache: thin layers that look alike then share one answer.
    held = tuple((path, entry.kind, entry.size, entry.inode, path in copied) for path, entry in entries.items())
    return ContainerCard(
        container.name, container.image.id, container.state, container.size_rw, _written(container.image, held)
    )


@lru_cache(maxsize=1024)
def _written(image: Image, held: tuple[tuple[str, str, int, int, bool], ...]) -> tuple[Written, ...]:
    """Return what a thin layer on an image holds: copies of the image's files first, then whiteouts and what is new.

    `held` is its entries: path, kind, size, inode, and whether bytes were copied up. A file with several names counts
    once, under the name that the image has for it. Answers are kept, because many containers write the same.
    """
    view = image.view()
    found: list[Written] = []
    seen: set[int] = set()
    filled = {path.rpartition("/")[0] for path, *_ in held}
    # Names that the image has come first, so a file with several names counts under such a name.
    for path, kind, size, inode, copied in sorted(held, key=lambda item: item[0] not in view):
        if kind in ("whiteout", "opaque"):
            hidden = hidden_by(path)
            found.append(_item(image, hidden, "hidden", 0, view.get(hidden)))
        elif kind != "directory":
            below = view.get(path)
            new = below is None or below.kind == "directory" or (kind == "file" and not copied)
            found.append(_item(image, path, "new" if new else "copied", 0 if inode in seen else size, below))
            seen.add(inode)
        # A directory is listed only if it is new and empty: else the files in it say that it is there.
        elif path not in view and path not in filled:
            found.append(Written(f"{path}/", "new"))
    return tuple(found)


def _item(image: Image, path: str, kind: Literal["new", "copied", "hidden"], size: int, below: Entry | None) -> Written:
    folder = "/" if below is not None and below.kind == "directory" else ""
    source = _holder(image.layers, path) if below is not None else None
    return Written(path if kind == "new" else path + folder, kind, size, source, below.size if below else 0)


def places(host: Host) -> tuple[Outside, ...]:
    """Return what is outside every thin layer: volumes, mounted folders of the host, each tmpfs, and logs.

    >>> host = Host()
    >>> host.add(scratch, "demo")
    >>> host.run("demo", name="web", mounts={"srv": "orders"}).write("srv/new", b"12345")
    >>> [(each.called, each.size, each.users, each.at) for each in places(host)]
    [('the volume orders', 5, ('web',), ('/srv',))]
    """
    boxes = host.containers.values()
    folders: dict[str, Folder] = dict(host.volumes)
    used: dict[str, list[tuple[str, MountedAt]]] = {name: [] for name in folders}
    for box in boxes:
        for each in box.mounts:
            if isinstance(each.source, Folder):
                # A path of the host is one folder, however often it is mounted, and files without a path are another.
                volume = isinstance(each.source, Volume)
                key = each.source.path if volume or each.source.path else f"/{id(each.source)}"
                folders.setdefault(key, each.source)
                used.setdefault(key, []).append((box.name, each))
    found, seen = [], set[int]()
    for key in sorted(folders, key=lambda key: (not isinstance(folders[key], Volume), key.count("/"))):
        folder, sizes = folders[key], folders[key].sizes
        found.append(
            Outside(
                "volume" if isinstance(folder, Volume) else "folder",
                folder.path,
                sum(sizes.values()),
                tuple(dict.fromkeys(name for name, _ in used[key])),
                tuple(dict.fromkeys(_point(each) for _, each in used[key])),
                # A folder in a mounted folder is the same files again.
                sum(size for file, size in sizes.items() if file in seen),
                isinstance(folder, Volume) and folder.anonymous,
            )
        )
        seen |= sizes.keys()
    for box in boxes:
        if memory := tuple(_point(each) for each in box.mounts if each.kind == "tmpfs"):
            found.append(Outside("tmpfs", box.name, box.tmpfs_size, (box.name,), memory))
        if box.log:
            found.append(Outside("log", box.name, len(box.log), (box.name,)))
    return tuple(found)


def _point(mount: MountedAt) -> str:
    return f"/{printable(mount.path)}{READ_ONLY if mount.read_only else ''}"


def _filled(host: Host, before: Moment) -> dict[str, str]:
    """Return from which layers volumes were filled that were empty before: the key of each one's mark."""
    known = {each.name for each in before.containers}
    full = {each.name for each in before.places if each.kind == "volume" and each.size}
    found = {}
    for box in host.containers.values():
        for each in box.mounts if box.name not in known else ():
            if isinstance(each.source, Volume) and each.source.size and each.source.name not in full:
                under = f"{each.path}/"
                layers = reversed(list(zip(box.image.chain_ids, box.image.layers, strict=True)))
                keys = (key for key, layer in layers if any(path.startswith(under) for path in layer.entries))
                found[each.source.name] = f"layer:{short_digest(next(keys, ''))}"
    return found


def _read(host: Host, now: Moment, name: str, path: str) -> Moment:
    """Return the moment with the layer that answered a read marked, or the container whose own file it was."""
    container, path = host.containers[name], path.strip("/")
    if mount := container.mounted_at(path):
        return replace(now, sentence=events.read_outside(called(mount, name)))
    own = path in container.layer.entries
    source = None if own else _holder(container.image.layers, path)
    # No layer contains the path itself, so a symbolic link on the way led to the file.
    if source is None and not own:
        return replace(now, sentence=f"Read in {name}, through a symbolic link.")
    key = container.image.chain_ids[source] if source is not None else ""
    images = tuple(
        replace(image, layers=tuple(replace(each, note="read" if each.key == key else "") for each in image.layers))
        for image in now.images
    )
    return replace(now, images=images, sentence=events.read(source, name))


def called(mount: MountedAt, container: str) -> str:
    """Return how a sentence names what is mounted.

    >>> called(MountedAt("run", Tmpfs()), "web")
    "web's tmpfs"
    """
    if not isinstance(mount.source, Folder):
        return Outside("tmpfs", container).called
    if isinstance(mount.source, Volume):
        return Outside("volume", mount.source.name, anonymous=mount.source.anonymous).called
    return Outside("folder", mount.source.path).called


def _committed(host: Host, before: Moment) -> str:
    """Return the name of a container whose thin layer is the top of an image that was not there before."""
    known = {image.id for image in before.images}
    for image in host.images.values():
        # The host does not say which image came from a commit. It is a new image whose top layer is new.
        if image.id in known or not image.layers or image.chain_ids[-1] in before.layers:
            continue
        for container in host.containers.values():
            size, top = container.size_rw, image.layers[-1]
            if len(image.layers) == len(container.image.layers) + 1 and size == top.size:
                entries = container.layer.entries
                if entries.keys() == top.entries.keys() and image.layers[:-1] == container.image.layers:
                    return container.name
    return ""
