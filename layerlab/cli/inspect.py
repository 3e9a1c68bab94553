"""Inspect: an archive's images, layer by layer, as text or as JSON.

What only an option needs is imported when that option is given.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from layerlab.archive.errors import at
from layerlab.archive.limits import Limits
from layerlab.archive.load import LIMITS
from layerlab.cli.demands import FAILED, Demands, share
from layerlab.cli.opening import images_at
from layerlab.cli.terminal import LEAST_ROOM, ProgressLine, print_json, print_to_a_closed_pipe_too, shortened_to_room
from layerlab.model.explain import Report, explain
from layerlab.model.history import command, made_by
from layerlab.model.image import Image
from layerlab.words.digests import short_digest
from layerlab.words.printable import printable
from layerlab.words.sizes import printed_parts, size
from layerlab.words.tables import aligned

FORM = 1
"""The version of the JSON, which docs/inspect.schema.json describes. A field that goes or changes makes a new one."""
LONGEST_COMMAND = 50
"""Letters of a command where the output is no terminal, whose width would tell."""
MOST_DEAD = 5
OPEN = Demands()
"""A gate that lets everything through."""


def inspect(
    archive: str, limits: Limits = LIMITS, *, as_json: bool, most: int | None = MOST_DEAD, fix: bool = False,
    gate: Demands = OPEN, html: str = "",
) -> int:  # fmt: skip
    """Print an archive's images and what was left out of it; return the exit code.

    `most` is how many files with dead bytes are listed, None for all. With `fix` what to change is printed too. `html`
    is the file for a page about the first image.
    """
    if html and _same_file(archive, html):
        from layerlab.cli.html_report import ReportError

        raise ReportError(f"{html}: the page would replace the archive: choose another name with --html")
    with ProgressLine(sys.stderr) as line:
        images = images_at(archive, line.report, limits)
        line.say("accounting for every byte")
        # Contents are read only now, so an archive that has changed since gives an error here.
        with at(archive):
            reports = [explain(image) for image in images]
            failures = [
                failure
                for image, report in zip(images, reports, strict=True)
                for failure in gate.failures(image, report)
            ]
            described = [_described(image, report) for image, report in zip(images, reports, strict=True)]
            if fix:
                from layerlab.cli.advice import advice

                for document, image, report in zip(described, images, reports, strict=True):
                    document["fix"] = [vars(each) for each in advice(image, report)]
            if html:
                from layerlab.cli.html_report import write_report

                line.say("drawing")
                write_report(images[0], reports[0], _text(described[0], most), html)
    if as_json:
        skipped = list(images.skipped)
        document = {"layerlab inspect": FORM, "archive": archive, "images": described, "skipped": skipped}
        read = print_json(document | ({"failures": failures} if gate != OPEN else {}))
    else:
        # Names in an archive are written by strangers, so whatever a terminal would obey is written out.
        left_out = [printable(f"left out: {words}") for words in images.skipped]
        text = "\n\n".join(_text(image, most) for image in described)
        # The gate is told below, whether somebody reads the text to its end or not.
        read = print_to_a_closed_pipe_too("\n".join([text, *left_out]))
    # The lines of a gate go beside the output, so that a pipeline shows them where the output goes to a file.
    for failure in failures:
        print(f"layerlab: {failure}", file=sys.stderr)
    if failures:
        return FAILED
    return 0 if read or gate != OPEN else 1


def _same_file(archive: str, html: str) -> bool:
    """Tell whether the page has the name of the archive, or another name of that file."""
    try:
        return os.path.samefile(archive, html)
    except OSError:
        return False  # one of the two is not there


def _described(image: Image, report: Report) -> dict[str, Any]:
    """Return everything that `inspect` says about an image, for JSON and for the text."""
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


def _text(image: dict[str, Any], most: int | None) -> str:
    live = 1 - Fraction(image["dead_size"], image["size"] or 1)
    lines = [
        printable(", ".join(image["names"])) or "<none>",
        f"  id        {short_digest(image['id'])}",
        f"  platform  {printable('/'.join(image['platform'].values())) or 'not stated'}",
        f"  layers    {len(image['layers'])}, 0 at the bottom",
        f"  live      {share(live)} of {size(image['size'])}",
        "",
        *_layers(image["layers"]),
    ]
    if image["dead"] and most != 0:
        lines += ["", "Dead: bytes in a layer that no path shows, because a later layer hides them."]
        lines += _dead(image["dead"], most)
    if image.get("fix"):
        lines += ["", "To change:"]
        for row in image["fix"]:
            saved = f"{size(row['bytes'])} less on disk, {size(row['per_release'])} less sent with each release"
            lines += [f"  {saved}: {printable(row['words'])}", *_indented(row["lines"])]
            lines += _indented([f"{name}   (in .dockerignore)" for name in row["ignored"]])
    elif "fix" in image:
        unknown = "its base brings the dead bytes, or no other lines are known to show the same files"
        why = unknown if image["dead_size"] else "no bytes are dead"
        lines += ["", f"To change: nothing, because {why}."]
    return "\n".join(lines)


def _indented(lines: Sequence[str]) -> list[str]:
    return [f"      {printable(line)}" for line in lines]


def _layers(layers: list[dict[str, Any]]) -> list[str]:
    sizes, total = printed_parts([layer["size"] for layer in layers])
    deads, dead = printed_parts([layer["dead"] for layer in layers])
    rows = [
        [str(layer["layer"]), own, lost, short_digest(layer["diff_id"])]
        for layer, own, lost in zip(layers, sizes, deads, strict=True)
    ]
    head = ["LAYER", "SIZE", "DEAD", "DIFF ID"]
    table = [head, *rows, ["TOTAL", total, dead, ""]]
    left = max(map(len, aligned(table, right=range(3))))
    terminal = sys.stdout and sys.stdout.isatty()
    room = max(shutil.get_terminal_size().columns - left - 2, LEAST_ROOM) if terminal else LONGEST_COMMAND
    commands = ["CREATED BY", *(_command(layer["created_by"], room) for layer in layers), ""]
    return aligned([[*row, each] for row, each in zip(table, commands, strict=True)], right=range(3))


def _dead(dead: list[dict[str, Any]], most: int | None) -> list[str]:
    shown = dead if most is None else dead[:most]
    head = ["BYTES", "IN", "HIDDEN BY"]
    rows = [[size(row["bytes"]), f"layer {row['layer']}", f"layer {row['by']} ({row['reason']})"] for row in shown]
    left = max(map(len, aligned([head, *rows], right=[0])))
    # The last column is the one that is cut where a terminal is narrow.
    paths = shortened_to_room(left + 2, [printable(row["path"]) for row in shown])
    lines = aligned([[*row, path] for row, path in zip([head, *rows], ["PATH", *paths], strict=True)], right=[0])
    more = len(dead) - len(shown)
    return [*lines, f"and {more:,} more: --all lists them"] if more > 0 else lines


def _command(created_by: str, room: int) -> str:
    text = printable(" ".join(command(created_by).split()))
    return text if len(text) <= room else text[: room - 3] + "..."
