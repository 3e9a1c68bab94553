"""Listings: what docker prints of a host, byte for byte in the columns that a model can have.

A model has no clock and draws no ids by lot. So columns are left out: CONTAINER ID, COMMAND, PORTS, and all that tells
a time: CREATED and STATUS, whose place STATE takes. Of `docker system df` the row of the build cache is always empty.
`docker ps --format` and the others print the same columns of a real host, for example `docker ps --format
'table {{.Image}}\\t{{.State}}\\t{{.Names}}'`. An image's id is real, as long as the image was not built here.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from layerlab.model.accounting import ContainerUsage
from layerlab.model.host import Host, HostError, reference
from layerlab.model.image import Image
from layerlab.words.digests import short_digest
from layerlab.words.printable import printable

# cli/command/formatter/formatter.go: tabwriter.NewWriter(output, 10, 1, 3, ' ', 0).
_NARROWEST, _PADDING = 10, 3
_UNITS = ("B", "kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB")
# How wide a line of history may be (cli/command/formatter/history.go).
_CREATED_BY = 45
# Letters of a log that are printed; a real terminal would print all of them.
_MOST_PRINTED = 600
_STATES = {"running": "running", "stopped": "exited"}
COMMITTED = "docker commit "
"""How the step of history begins that a commit here makes."""


def human_size(count: float, digits: int = 3) -> str:
    """Return bytes as docker/go-units writes them: `docker system df` has four digits, all else three.

    >>> human_size(0), human_size(319_371_253), human_size(319_371_253, 4), human_size(999_900)
    ('0B', '319MB', '319.4MB', '1e+03kB')
    """
    power = 0
    while count >= 1000 and power < len(_UNITS) - 1:
        count, power = count / 1000, power + 1
    return f"{count:.{digits}g}{_UNITS[power]}"


def table(rows: Iterable[Sequence[str]]) -> str:
    """Return rows as Docker's table writer aligns them: at least ten wide, three spaces between, the last as it is.

    >>> table([("DRIVER", "VOLUME NAME"), ("local", "orders")])
    'DRIVER    VOLUME NAME\\nlocal     orders'
    """
    lines = [[printable(cell) for cell in row] for row in rows]
    widths = [max(_NARROWEST, max(map(len, column)) + _PADDING) for column in zip(*lines, strict=True)]
    return "\n".join(
        "".join(cell.ljust(width) for cell, width in zip(line[:-1], widths, strict=False)) + line[-1] for line in lines
    )


def ps(host: Host, run_on: Mapping[str, str], *, every: bool = False, size: bool = False) -> str:
    """Return `docker ps`: the newest first, and without `every` the running ones alone.

    `run_on` is the image's name that each container was run on, for those of which it is known.

    >>> host = shop()
    >>> web = host.run("shop", name="web")
    >>> print(ps(host, {}, size=True))
    IMAGE     STATE     NAMES     SIZE
    shop      running   web       0B (virtual 319MB)
    """
    rows = [("IMAGE", "STATE", "NAMES", "SIZE")]
    for each in reversed(list(host.containers.values())):
        if every or each.state == "running":
            sizes = f"{human_size(each.size_rw)} (virtual {human_size(each.virtual_size)})"
            bare = sizes if each.virtual_size else human_size(each.size_rw)
            rows.append((_shown(host, each.image, run_on.get(each.name)), _STATES[each.state], each.name, bare))
    return table(rows if size else [row[:-1] for row in rows])


def _shown(host: Host, image: Image, name: str | None) -> str:
    """Return an image as `docker ps` shows it: the name that was given, or its id where that leads to another now."""
    names = [each for each, there in host.images.items() if there == image]
    if name is None:
        return min(names, default=short_digest(image.id))
    try:
        there = host.image(name)
    except HostError:
        return short_digest(image.id)
    return name if there == image else short_digest(image.id)


def images(host: Host, order: Sequence[str]) -> str:
    """Return `docker images`, a row for each name, the newest image first; `order` are ids, the oldest first.

    >>> print(images(shop("shop"), ()))
    REPOSITORY   TAG       IMAGE ID       SIZE
    shop         latest    e417ed87c461   319MB
    """
    rows = [("REPOSITORY", "TAG", "IMAGE ID", "SIZE")]
    for image, name in _named(host, order):
        rows.append((*_split(name), short_digest(image.id), human_size(image.size)))
    return table(rows)


def _split(name: str) -> tuple[str, str]:
    repository, _, tag = reference(name).rpartition(":")
    return ("<none>", "<none>") if not name else (repository, tag)


def _named(host: Host, order: Sequence[str]) -> list[tuple[Image, str]]:
    """Return each image with each of its names, the newest first, as `docker images` lists them; "" for no name."""
    age = {key: place for place, key in enumerate(order)}
    everyone = {image.id: image for image in [*host.images.values(), *host.untagged]}
    parents = {up.id for image in everyone.values() if (up := parent(host, image))}
    listed = []
    for image in sorted(everyone.values(), key=lambda image: -age.get(image.id, -1)):
        names = sorted(name for name, there in host.images.items() if there == image)
        # An image without a name on which another was committed is not listed (moby, daemon/images/images.go).
        listed += [(image, name) for name in names or ([] if image.id in parents else [""])]
    return listed


def parent(host: Host, image: Image) -> Image | None:
    """Return the image that this one was committed on, where a commit made it; builds keep no parents.

    >>> host = shop()
    >>> web = host.run("shop", name="web")
    >>> host.add(web.commit("docker commit web"), "shop:2")
    >>> parent(host, host.images["shop:2"]) == host.images["shop"]
    True
    """
    steps = image.history
    if not steps or not steps[-1].created_by.startswith(COMMITTED):
        return None
    below = image.layers if steps[-1].empty_layer else image.layers[:-1]
    found = (each for each in [*host.images.values(), *host.untagged] if each.history == steps[:-1])
    return next((each for each in found if each.layers == below), None)


def diff(host: Host, name: str) -> str:
    """Return `docker diff`: what changed in a container, a line for each path."""
    return "\n".join(map(printable, host.containers[name].diff()))


def logs(host: Host, name: str) -> str:
    """Return `docker logs`: what a container printed, cut where it is long.

    >>> host = shop()
    >>> host.run("shop", name="web").print(b"GET /\\n" * 1_000)
    >>> print(logs(host, "web").splitlines()[-1])
    (6,000 bytes in 1,000 lines, of which these are the first)
    """
    log = host.containers[name].log
    text = log[:_MOST_PRINTED].decode("utf-8", "surrogateescape").removesuffix("\n")
    lines = log.count(b"\n")
    rest = (
        f"\n({len(log):,} bytes in {lines:,} lines, of which these are the first)" if len(log) > _MOST_PRINTED else ""
    )
    return "\n".join(map(printable, text.split("\n"))) + rest


def history(host: Host, image: Image) -> str:
    """Return `docker history`: the newest step first. `<missing>` is a step that is no image of its own.

    >>> print(history(shop(), shop().images["shop"]).splitlines()[0])
    IMAGE          CREATED BY                                      SIZE      COMMENT
    """
    layers = iter(image.layers)
    sizes = [0 if step.empty_layer else next(layers).size for step in image.history]
    rows = [("IMAGE", "CREATED BY", "SIZE", "COMMENT")]
    known: Image | None = image
    for step, size in zip(reversed(image.history), reversed(sizes), strict=True):
        made_by = shortened(step.created_by.replace("\t", " "), _CREATED_BY)
        rows.append((short_digest(known.id) if known else "<missing>", made_by, human_size(size), step.comment))
        known = parent(host, known) if known else None
    return table(rows)


def shortened(text: str, width: int) -> str:
    """Return a text cut to a width in columns of a terminal, with an ellipsis (docker/cli, Ellipsis).

    >>> shortened("COPY site /", 45), shortened("a" * 50, 5)
    ('COPY site /', 'aaaa…')
    """
    wide = [2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text]
    if sum(wide) <= width:
        return text
    kept = 0
    while sum(wide[: kept + 1]) < width:
        kept += 1
    return f"{text[:kept]}…"


def volumes(host: Host) -> str:
    """Return `docker volume ls`, by name.

    >>> print(volumes(Host()))
    DRIVER    VOLUME NAME
    """
    return table([("DRIVER", "VOLUME NAME"), *(("local", name) for name in sorted(host.volumes))])


def system_df(host: Host) -> str:
    """Return `docker system df`: what is stored, and what Docker says would come back.

    >>> print(system_df(shop()))
    TYPE            TOTAL     ACTIVE    SIZE      RECLAIMABLE
    Images          1         0         319.4MB   319.4MB (100%)
    Containers      0         0         0B        0B
    Local Volumes   0         0         0B        0B
    Build Cache     0         0         0B        0B
    """
    usage = host.usage()
    used = {row.image for row in usage.containers.values()}
    # What Docker calls reclaimable: all layers, but for those that a single used image has for itself alone.
    kept = sum(row.size - row.shared for row in usage.images.values() if row.id in used)
    running = [row for row in usage.containers.values() if row.state == "running"]
    bound = [row for row in usage.volumes.values() if row.users]
    thin, held = usage.thin, sum(row.size for row in usage.volumes.values())
    listed = {image.id for image, _ in _named(host, ())}
    rows = [
        ("TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE"),
        _row("Images", len(listed), len(used & listed), usage.disk, usage.disk - kept),
        _row("Containers", len(usage.containers), len(running), thin, thin - sum(row.size_rw for row in running)),
        _row("Local Volumes", len(usage.volumes), len(bound), held, held - sum(row.size for row in bound)),
        # Printed without a share of the whole, because it is no sum.
        ("Build Cache", "0", "0", "0B", "0B"),
    ]
    return table(rows)


def _row(what: str, total: int, active: int, size: int, back: int) -> tuple[str, str, str, str, str]:
    share = f" ({back * 100 // size}%)" if size else ""
    return what, str(total), str(active), human_size(size, 4), human_size(back, 4) + share


def system_df_verbose(host: Host, run_on: Mapping[str, str], order: Sequence[str]) -> str:
    """Return `docker system df --verbose`: a table of images, one of containers and one of volumes.

    >>> print(system_df_verbose(shop(), {}, ()).splitlines()[2])
    REPOSITORY   TAG       IMAGE ID       SIZE      SHARED SIZE   UNIQUE SIZE   CONTAINERS
    """
    usage = host.usage()
    users = [row.image for row in usage.containers.values()]
    stored: list[tuple[str, ...]] = [
        ("REPOSITORY", "TAG", "IMAGE ID", "SIZE", "SHARED SIZE", "UNIQUE SIZE", "CONTAINERS")
    ]
    # Each image once, under the first of its names (cli/command/formatter/disk_usage.go).
    first: dict[str, tuple[Image, str]] = {}
    for image, name in _named(host, order):
        first.setdefault(image.id, (image, name))
    for image, name in first.values():
        row = next(row for row in usage.images.values() if row.id == image.id)
        # SIZE has three digits, as in `docker images`, and the other two have four.
        shared, unique = human_size(row.shared, 4), human_size(row.unique, 4)
        size, count = human_size(row.size), str(users.count(image.id))
        stored.append((*_split(name), short_digest(image.id), size, shared, unique, count))
    boxes: list[tuple[str, ...]] = [("IMAGE", "LOCAL VOLUMES", "SIZE", "NAMES")]
    for each in reversed(list(host.containers.values())):
        mine = usage.containers[each.name]
        named = _shown(host, each.image, run_on.get(each.name))
        boxes.append((named, str(_mounted(host, mine)), human_size(mine.size_rw), each.name))
    held: list[tuple[str, ...]] = [
        ("VOLUME NAME", "LINKS", "SIZE"),
        *((each.name, str(len(each.users)), human_size(each.size, 4)) for each in usage.volumes.values()),
    ]
    parts = {"Images": stored, "Containers": boxes, "Local Volumes": held}
    return "\n\n".join(f"{what} space usage:\n\n{table(rows)}" for what, rows in parts.items())


def _mounted(host: Host, row: ContainerUsage) -> int:
    return sum(mount.kind == "volume" for mount in host.containers[row.name].mounts)
