"""Inspect: an archive's images, layer by layer, as text or as JSON."""

import sys
from typing import Any

from layerlab.archive.errors import at
from layerlab.archive.limits import Limits
from layerlab.archive.load import LIMITS, load
from layerlab.cli.terminal import ProgressLine, print_json
from layerlab.model.explain import explain
from layerlab.model.history import command, made_by
from layerlab.model.image import Image
from layerlab.words.digests import short_digest
from layerlab.words.printable import printable
from layerlab.words.sizes import printed_parts, size
from layerlab.words.tables import aligned

LONGEST_COMMAND = 50
MOST_DEAD = 5


def inspect(archive: str, limits: Limits = LIMITS, *, as_json: bool) -> int:
    """Print an archive's images and what was left out of it; return the exit code."""
    with ProgressLine(sys.stderr) as line:
        images = load(archive, line.report, limits)
        line.say("accounting for every byte")
        # Contents are read only now, so an archive that has changed since gives an error here.
        with at(archive):
            described = [_described(image) for image in images]
    if as_json:
        print_json({"archive": archive, "images": described, "skipped": list(images.skipped)})
        return 0
    for number, image in enumerate(described):
        if number:
            print()
        print(_text(image))
    # Names in an archive are written by strangers, so whatever a terminal would obey is written out.
    for skipped in images.skipped:
        print(printable(f"left out: {skipped}"))
    return 0


def _described(image: Image) -> dict[str, Any]:
    """Return everything that `inspect` says about an image, for JSON and for the text."""
    report = explain(image)
    layers = [
        {
            "layer": number,
            "size": layer.size,
            "dead": split.dead,
            "entries": len(layer.entries),
            "tar_size": layer.tar_size,
            "blob_size": layer.blob_size,
            "diff_id": layer.diff_id,
            "chain_id": chain_id,
            "digest": layer.digest,
            "media_type": layer.media_type,
            "created_by": created_by,
        }
        for number, (layer, split, chain_id, created_by) in enumerate(
            zip(image.layers, report.layers, image.chain_ids, made_by(image), strict=True)
        )
    ]
    return {
        "names": list(image.names),
        "id": image.id,
        "digest": image.digest,
        "platform": dict(image.platform),
        "size": image.size,
        "dead_size": sum(split.dead for split in report.layers),
        "live": float(report.live),
        "layers": layers,
        "dead": [vars(row) for row in report.dead],
    }


def _text(image: dict[str, Any]) -> str:
    lines = [
        printable(", ".join(image["names"])) or "<none>",
        f"  id        {short_digest(image['id'])}",
        f"  platform  {printable('/'.join(image['platform'].values())) or 'not stated'}",
        f"  layers    {len(image['layers'])}, 0 at the bottom",
        "",
        *_layers(image["layers"]),
    ]
    if image["dead"]:
        lines += ["", "Dead: bytes in a layer that no path shows, because a later layer hides them."]
        lines += _dead(image["dead"])
    return "\n".join(lines)


def _layers(layers: list[dict[str, Any]]) -> list[str]:
    sizes, total = printed_parts([layer["size"] for layer in layers])
    deads, dead = printed_parts([layer["dead"] for layer in layers])
    rows = [
        [str(layer["layer"]), own, lost, short_digest(layer["diff_id"]), _command(layer["created_by"])]
        for layer, own, lost in zip(layers, sizes, deads, strict=True)
    ]
    head = ["LAYER", "SIZE", "DEAD", "DIFF ID", "CREATED BY"]
    return aligned([head, *rows, ["TOTAL", total, dead, "", ""]], right=range(3))


def _dead(dead: list[dict[str, Any]]) -> list[str]:
    rows = [
        [size(row["bytes"]), printable(row["path"]), f"layer {row['layer']}", f"layer {row['by']} ({row['reason']})"]
        for row in dead[:MOST_DEAD]
    ]
    lines = aligned([["BYTES", "PATH", "LIES IN", "HIDDEN BY"], *rows], right=[0])
    more = len(dead) - MOST_DEAD
    return [*lines, f"and {more:,} more"] if more > 0 else lines


def _command(created_by: str) -> str:
    text = printable(" ".join(command(created_by).split()))
    return text if len(text) <= LONGEST_COMMAND else text[: LONGEST_COMMAND - 3] + "..."
