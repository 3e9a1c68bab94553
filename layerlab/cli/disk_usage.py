"""Disk usage: how much of one disk the images of several archives use, or everything of an engine."""

import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from layerlab.archive.limits import Limits
from layerlab.archive.load import LIMITS, Images
from layerlab.cli.opening import images_at
from layerlab.cli.terminal import ProgressLine, grey, print_json
from layerlab.engines.client import Engine, engine
from layerlab.model.accounting import ContainerUsage, Usage
from layerlab.model.host import Host, HostError
from layerlab.words.digests import short_digest
from layerlab.words.printable import printable
from layerlab.words.sizes import largest_remainder, printed_parts, size
from layerlab.words.tables import aligned

NOT_COUNTED = "not counted: containers' thin layers, volumes, logs, build cache"


def usage(archives: Sequence[str], socket: str | None, limits: Limits = LIMITS, *, as_json: bool) -> int:
    """Print what archives take together, or an engine where there are none; return the exit code."""
    asked = None if archives else engine(socket)
    counted = _usage_of_engine(asked) if asked else _usage_of_archives(archives, limits)
    if as_json:
        return 0 if print_json(_document(counted, asked)) else 1
    print("\n".join(_images(counted)))
    if asked and counted.containers:
        print("\n".join(["", *_containers(counted)]))
    print()
    thin = f", and thin layers of {size(counted.thin)}: {size(counted.total)} in all" if counted.containers else ""
    print(f"On disk: {size(counted.disk)}, each layer once{thin}.")
    for what, number in counted.beside.items():
        print(f"Not counted: {'an unknown size' if number is None else size(number)} of {what}.")
    print("FAIR splits a shared layer among its images and adds up to it.")
    print(grey(_how_counted(asked)))
    return 0


def _usage_of_engine(asked: Engine) -> Usage:
    with ProgressLine(sys.stderr) as line:
        line.say(f"asking {asked.name}")
        return asked.usage()


def _usage_of_archives(archives: Sequence[str], limits: Limits) -> Usage:
    host = Host()
    for archive in archives:
        with ProgressLine(sys.stderr) as line:
            _add(host, images_at(archive, line.report, limits))
    return host.usage()


def _add(host: Host, images: Images) -> None:
    """Add an archive's images under their names; an image without a name gets its short id.

    If several images have one name, as the platforms of an index have, the platform is added to the name.
    """
    names = Counter(name for image in images for name in image.names)
    for image in images:
        for name in image.names or (short_digest(image.id),):
            own = name if names[name] < 2 else f"{name} ({'/'.join(image.platform.values())})"
            try:
                host.add(image, own)
            except HostError:  # the host refuses this name, but takes an id
                host.add(image, short_digest(image.id))


def _document(counted: Usage, asked: Engine | None) -> dict[str, Any]:
    rows = list(counted.images.values())
    # Fair shares are fractions. Rounded each alone, they would not add up to the bytes on the disk.
    fair = largest_remainder([row.fair for row in rows])
    images = [
        {"names": row.names, "id": row.id, "size": row.size, "shared": row.shared, "unique": row.unique, "fair": own}
        for row, own in zip(rows, fair, strict=True)
    ]
    document: dict[str, Any] = {"images": images, "disk": counted.disk}
    if asked:
        keys = ("name", "image", "state", "size_rw", "virtual_size")
        containers = [{key: getattr(row, key) for key in keys} for row in counted.containers.values()]
        document |= {"engine": asked.name, "containers": containers, "total": counted.total}
        document["beside"] = dict(counted.beside)
    return document


def _images(counted: Usage) -> list[str]:
    rows = list(counted.images.values())
    columns = [printed_parts([getattr(row, name) for row in rows]) for name in ("size", "shared", "unique")]
    columns.append(printed_parts(largest_remainder([row.fair for row in rows])))
    names = [printable(", ".join(row.names) or short_digest(row.id)) for row in rows]
    head = ["IMAGE", "SIZE", "SHARED", "UNIQUE", "FAIR"]
    lines = zip(names, *(texts for texts, _ in columns), strict=True)
    return aligned([head, *lines, ["TOTAL", *(total for _, total in columns)]], right=range(1, len(head)))


def _containers(counted: Usage) -> list[str]:
    rows = list(counted.containers.values())
    thin, all_thin = printed_parts([row.size_rw for row in rows])
    virtual, all_virtual = printed_parts([row.virtual_size for row in rows])
    lines = [
        [own, with_image, printable(row.name), row.state, _image_name(counted, row)]
        for row, own, with_image in zip(rows, thin, virtual, strict=True)
    ]
    head = ["THIN", "VIRTUAL", "CONTAINER", "STATE", "IMAGE"]
    return aligned([head, *lines, [all_thin, all_virtual, "TOTAL", "", ""]], right=range(2))


def _image_name(counted: Usage, row: ContainerUsage) -> str:
    image = counted.images.get(row.image)
    return printable(", ".join(image.names if image else ())) or short_digest(row.image) or "no image"


def _how_counted(asked: Engine | None) -> str:
    if asked is None:
        return NOT_COUNTED
    of_a_layer = "a layer's tar" if asked.podman else "a layer's files"
    return f"sizes as {asked.name} counts them: {of_a_layer}; not counted: logs"
