"""Archives from before Docker 1.10: a folder for each layer with its JSON and tar, and `repositories` for the names.

In these archives each layer was an image with an id of its own, and named its parent. They are converted as
`docker load` converts them (moby, image/tarexport/load.go and image/v1/imagev1.go), so that the ids are Docker's.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from layerlab.archive import gojson
from layerlab.archive.blobs import Blob
from layerlab.archive.config import NO_CONFIG, Config, parse_config
from layerlab.archive.contents import Contents, StatedImage
from layerlab.archive.documents import expect, pairs, parse
from layerlab.archive.errors import ArchiveError, at
from layerlab.archive.limits import Limits, bounded
from layerlab.archive.naming import tagged
from layerlab.archive.source import Source
from layerlab.archive.structs import HEALTH, IMAGE, RUN, Field, in_utf8, read
from layerlab.model.media_types import DOCKER_LAYER
from layerlab.words.printable import shown

REPOSITORIES = "repositories"
# From this version on Docker keeps the JSON's bytes; older JSON is written again (imagev1.go, noFallbackMinVersion).
KEPT_AS_WRITTEN = (1, 8, 3)
MOST_DIGITS = 20
# These keys of the old form have no meaning in a configuration, so Docker deletes them (imagev1.go).
DROPPED = ("id", "parent", "Size", "parent_id", "layer_id", "throwaway")


@dataclass(frozen=True)
class Height:
    """One image of a legacy archive: what its JSON says, and the id of the one below it, "" for none."""

    name: str
    text: str
    fields: dict[str, Any]
    parent: str
    blob: Blob


def legacy_contents(outer: Source, limits: Limits) -> Contents | None:
    """Return the images that `repositories` names, and after these the images that are no other image's parent.

    None is returned where neither `repositories` nor a folder of a layer is there.
    """
    if outer.get(REPOSITORIES) is None and not any(_heights(outer)):
        return None
    names = list(_heights(outer))
    bounded(len(names), limits.blobs, "layers")
    heights = {name: _height(outer, name) for name in names}
    named = _named(outer, heights)
    parents = {height.parent for height in heights.values()}
    tops = [*named, *(name for name in heights if name not in parents and name not in named)]
    bounded(len(tops), limits.images, "images")
    found = Contents()
    for top in tops:
        stack = _stack(heights, top, limits)
        blobs = [height.blob for height in stack]
        found.images.append(StatedImage(NO_CONFIG, blobs, names=named.get(top, []), convert=partial(convert, stack)))
    return found


def convert(stack: Sequence[Height], diff_ids: Sequence[str]) -> Config:
    """Return the configuration that Docker makes of a stack of legacy images, the lowest first."""
    top = stack[-1]
    kept = _version(top.fields["docker_version"]) >= KEPT_AS_WRITTEN
    members = gojson.members(top.text if kept else gojson.encode(_shown(top.fields)))
    history = [_history(height.fields) for height in stack]
    members["rootfs"] = gojson.encode({"type": "layers", "diff_ids": list(diff_ids)})
    members["history"] = gojson.encode(history)
    left = sorted((key for key in members if key not in DROPPED), key=in_utf8)
    text = "{" + ",".join(f"{gojson.encode(key)}:{members[key]}" for key in left) + "}"
    data = text.encode("utf-8", "surrogateescape")
    return parse_config(data, parse(data))


def _heights(outer: Source) -> Iterator[str]:
    return (name for name in outer.holders("json") if outer.get(f"{name}/layer.tar"))


def _height(outer: Source, name: str) -> Height:
    with at(f"{name}/json"):
        # Bytes that are not UTF-8 are kept, because the image id is the hash of the bytes.
        text = outer.read(f"{name}/json").decode("utf-8", "surrogateescape")
        fields = read(outer.document(f"{name}/json"), "it", IMAGE)
    tar = f"{name}/layer.tar"
    return Height(name, text, fields, fields["parent"], Blob(tar, outer[tar], None, None, DOCKER_LAYER))


def _named(outer: Source, heights: dict[str, Height]) -> dict[str, list[str]]:
    """Return the names of each image that has any, by its legacy id."""
    found: dict[str, list[str]] = {}
    if outer.get(REPOSITORIES) is None:
        return found
    with at(REPOSITORIES):
        document = outer.document(REPOSITORIES)
        # Where a name stands twice, the last one counts, as in a map of Go. Its tags do not add up.
        for name, tags in dict(pairs({} if document is None else expect(document, dict, "it"))).items():
            for tag, target in ({} if tags is None else expect(tags, dict, shown(name))).items():
                whole = f"{name}:{tag}"
                if expect(target, str, shown(whole)) not in heights:
                    raise ArchiveError(f"{shown(whole)} names {shown(target)}, which is not in the archive")
                found.setdefault(target, []).append(tagged(whole))
    return found


def _stack(heights: dict[str, Height], top: str, limits: Limits) -> list[Height]:
    """Return an image and all below it, the lowest first."""
    stack: list[Height] = []
    name = top
    while name:
        if name not in heights:
            raise ArchiveError(f"{shown(stack[-1].name)} has the parent {shown(name)}, which is not in the archive")
        stack.append(heights[name])
        if len(stack) > min(limits.layers, len(heights)):
            loop = len(stack) > len(heights)
            raise ArchiveError("parents lead in a circle" if loop else f"more than {limits.layers:,} layers")
        name = heights[name].parent
    return stack[::-1]


def _history(fields: dict[str, Any]) -> dict[str, str]:
    command = " ".join(fields["container_config"]["Cmd"] or [])
    said = {"author": fields["author"], "created_by": command, "comment": fields["comment"]}
    return {"created": fields["created"], **{key: text for key, text in said.items() if text}}


def _shown(values: dict[str, Any], fields: tuple[Field, ...] = IMAGE) -> dict[str, Any]:
    """Return a struct as Go writes it: fields in their order, and those with `omitempty` only if they have a value."""
    inner = {"config": RUN, "container_config": RUN, "Healthcheck": HEALTH}
    written = [name for name, _, shown in fields if shown(values[name])]
    return {name: _shown(values[name], inner[name]) if name in inner else values[name] for name in written}


def _version(text: str) -> tuple[int, ...]:
    """Return a version as Docker compares it: a part that is no number counts as 0."""
    # Digits are cut, because Python refuses to read a number of thousands of digits.
    parts = (part.lstrip("0")[:MOST_DIGITS] for part in text.split("."))
    return tuple(int(part) if part.isascii() and part.isdigit() else 0 for part in parts)
