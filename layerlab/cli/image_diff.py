"""Image diff: what a host or a registry that has an old image still needs for a new one, and which files differ."""

import sys
from collections import Counter
from typing import Any

from layerlab.archive.errors import at
from layerlab.archive.limits import Limits
from layerlab.archive.load import LIMITS
from layerlab.cli.opening import OpeningError, images_at
from layerlab.cli.terminal import ProgressLine, print_json, shortened_to_room
from layerlab.model.compare import Diff, LayerDiff, diff
from layerlab.model.history import command, made_by
from layerlab.model.image import Image
from layerlab.words.printable import printable
from layerlab.words.sizes import size
from layerlab.words.tables import aligned

FORM = 1
"""The version of the JSON, which docs/diff.schema.json describes."""
LONGEST_COMMAND = 50
MOST_FILES = 10
STATES = {"shared": "there", "stored twice": "same bytes, other parent", "only in b": "new"}


def image_diff(old: str, new: str, limits: Limits = LIMITS, *, as_json: bool, everything: bool = False) -> int:
    """Print how the image `new` differs from `old`; return the exit code."""
    with ProgressLine(sys.stderr) as line:
        first, second = (_only(word, line, limits) for word in (old, new))
        line.say("comparing every file")
        with at(new):
            found = diff(first, second)
    document = _described(old, new, found)
    if as_json:
        return 0 if print_json(document) else 1
    print("\n".join(_text(document, None if everything else MOST_FILES)))
    return 0


def _only(word: str, line: ProgressLine, limits: Limits) -> Image:
    """Return the image that a word names; OpeningError if it names several, because which one is meant is not known."""
    images = images_at(word, line.report, limits)
    if len(images) > 1:
        raise OpeningError(f"{word} holds {len(images)} images: save the one that you mean to an archive of its own")
    return images[0]


def _described(old: str, new: str, found: Diff) -> dict[str, Any]:
    lines = made_by(found.b)
    layers: list[dict[str, Any]] = [
        {
            "layer": row.b,
            "in_old": row.a,
            "state": STATES[row.kind],
            "size": row.size,
            "sent": _sent(found.b, row),
            "diff_id": found.b.layers[row.b].diff_id,
            "created_by": lines[row.b],
        }
        for row in sorted((row for row in found.layers if row.b is not None), key=lambda row: row.b or 0)
        if row.b is not None
    ]
    files = [
        {"path": row.path, "change": row.kind, "old_size": row.size_a, "new_size": row.size_b} for row in found.files
    ]
    new_bytes = sum(layer["sent"] for layer in layers if layer["state"] == STATES["only in b"])
    # Docker keeps a layer under its ChainID, so the same bytes on another parent are pulled again. A
    # registry and Podman keep it under its digest.
    moved = sum(layer["sent"] for layer in layers if layer["state"] == STATES["stored twice"])
    return {
        "layerlab diff": FORM,
        "old": old,
        "new": new,
        "old_size": found.a.size,
        "new_size": found.b.size,
        "layers": layers,
        "files": files,
        "push": new_bytes,
        "pull_by_digest": new_bytes,
        "pull_by_chain_id": new_bytes + moved,
    }


def _sent(image: Image, row: LayerDiff) -> int:
    """Return a layer's bytes as its archive stores them: packed, or its tar."""
    layer = image.layers[row.b or 0]
    return layer.blob_size if layer.blob_size is not None else layer.tar_size


def _text(document: dict[str, Any], most: int | None) -> list[str]:
    head = ["LAYER", "SIZE", "SENT", "OLD IMAGE HAS"]
    rows = _with_answers(
        [[str(each["layer"]), size(each["size"]), size(each["sent"]), each["state"]] for each in document["layers"]]
    )
    left = max(map(len, aligned([head, *rows], right=range(3)))) + 2
    made = ["CREATED BY", *shortened_to_room(left, [_command(each["created_by"]) for each in document["layers"]])]
    lines = aligned([[*row, each] for row, each in zip([head, *rows], made, strict=True)], right=range(3))
    lines += [
        "",
        _sizes(document["old_size"], document["new_size"]),
        f"A registry that has the old image is sent {size(document['push'])}.",
    ]
    by_chain = document["pull_by_chain_id"]
    if by_chain == document["push"]:
        lines.append(f"A host that has the old image pulls {size(by_chain)}.")
    else:
        lines.append(
            f"A host that has the old image pulls {size(document['push'])} with Podman and {size(by_chain)} with "
            "Docker, because Docker keeps a layer together with all layers below it."
        )
        first = next(each["layer"] for each in document["layers"] if each["state"] == STATES["only in b"])
        again = [str(each["layer"]) for each in document["layers"] if each["state"] == STATES["stored twice"]]
        lines.append(f"Move the line of layer {first} after those of {', '.join(again)}: then Docker pulls it alone.")
    return [*lines, "", *_files(document["files"], most)]


def _sizes(old: int, new: int) -> str:
    """Return by how much an image has grown.

    >>> _sizes(319_000_000, 322_000_000), _sizes(5, 5)
    ('The new image is 322 MB, 3.00 MB more than the old one.', 'The new image is 5 B, as the old one.')
    """
    change = f"{size(abs(new - old))} {'more' if new > old else 'less'} than the old one"
    return f"The new image is {size(new)}, {change if new != old else 'as the old one'}."


def _with_answers(rows: list[list[str]]) -> list[list[str]]:
    """Return rows in which the state answers whether the old image has the layer."""
    answers = {"there": "yes", "new": "no"}
    return [[*row[:3], answers.get(row[3], row[3])] for row in rows]


def _files(files: list[dict[str, Any]], most: int | None) -> list[str]:
    if not files:
        return ["Both images show the same files."]
    changes = Counter(each["change"] for each in files)
    head = ", ".join(f"{number:,} {change}" for change, number in sorted(changes.items()))
    largest = sorted(files, key=lambda each: (-max(each["old_size"], each["new_size"]), each["path"]))
    shown = largest if most is None else largest[:most]
    titles = ["CHANGE", "OLD", "NEW"]
    rows = [[each["change"], size(each["old_size"]), size(each["new_size"])] for each in shown]
    left = max(map(len, aligned([titles, *rows], [1, 2]))) + 2
    paths = ["PATH", *shortened_to_room(left, [printable(each["path"]) for each in shown])]
    table = [[*row, path] for row, path in zip([titles, *rows], paths, strict=True)]
    lines = [f"Paths that differ: {head}.", *aligned(table, [1, 2])]
    more = len(files) - len(shown)
    return [*lines, f"and {more:,} more: --all lists them"] if more else lines


def _command(created_by: str) -> str:
    text = printable(" ".join(command(created_by).split()))
    return text if len(text) <= LONGEST_COMMAND else text[: LONGEST_COMMAND - 3] + "..."
