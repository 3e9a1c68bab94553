"""Shrink: the shortest layer that shows a difference, and that layer as a test."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from tools.layers.compare import Difference
from tools.layers.raw import END, Drawn, Raw
from tools.layers.seen import Held, Refused, Seen, Shown, Tree, unlike

MOST = 40
"""Layers that are tried to find a shorter one."""

DEFAULT = Raw()
PLAIN = (
    "mode", "uid", "gid", "mtime", "size", "checksum", "magic", "major", "minor", "prefix", "last", "body", "link",
    "type",
)  # fmt: skip

Again = Callable[[Difference], Difference | None]
"""What returns the difference that a layer shows now, if it is of the same nature."""


def shrink(difference: Difference, again: Again) -> Difference:
    """Return the same difference in a shorter layer."""
    tried = {difference.drawn}
    while len(tried) < MOST:
        shorter = next((each for each in _shorter(difference.drawn) if each not in tried), None)
        if shorter is None:
            break
        tried.add(shorter)
        difference = again(difference._replace(drawn=shorter)) or difference
    return difference


def _shorter(drawn: Drawn) -> Iterator[Drawn]:
    """Yield layers that say less, those that say least first."""
    members = drawn.members
    if drawn.packing != "plain":
        yield drawn._replace(packing="plain")
    if drawn.end != END:
        yield drawn._replace(end=END)
    if len(members) > 2:
        for half in (members[: len(members) // 2], members[len(members) // 2 :]):
            yield drawn._replace(members=half)
    for place in range(len(members)):
        yield drawn._replace(members=members[:place] + members[place + 1 :])
    usual = tuple(_usual(raw, *PLAIN[:4]) for raw in members)
    if usual != members:
        yield drawn._replace(members=usual)
    for place, raw in enumerate(members):
        for other in _simpler(raw):
            yield drawn._replace(members=(*members[:place], other, *members[place + 1 :]))


def _usual(raw: Raw, *names: str) -> Raw:
    return replace(raw, **{name: getattr(DEFAULT, name) for name in names})


def _simpler(raw: Raw) -> Iterator[Raw]:
    for name in PLAIN:
        if getattr(raw, name) != getattr(DEFAULT, name):
            yield _usual(raw, name)
    if raw.type in b"xgX":
        lines = raw.body.splitlines(keepends=True)
        for place in range(len(lines) if len(lines) > 1 else 0):
            yield replace(raw, body=b"".join(lines[:place] + lines[place + 1 :]))
    elif raw.body[:1] in (b"{", b"["):
        yield from (replace(raw, body=body) for body in _less(raw.body))
    elif len(raw.body) > 1:
        yield replace(raw, body=b"x")
    if b"/" in raw.name.strip(b"/"):
        yield replace(raw, name=raw.name.partition(b"/")[2])
        yield replace(raw, name=raw.name.rstrip(b"/").rpartition(b"/")[0])
    if len(raw.name) > 1 and raw.name.isalpha():
        yield replace(raw, name=raw.name[: len(raw.name) // 2])


def _less(body: bytes) -> Iterator[bytes]:
    """Yield documents that say less: without one key of an object, or as a plain writer writes them."""
    try:
        document = json.loads(body)
        plain = json.dumps(document).encode()
    except ValueError:
        return
    if plain != body:
        yield plain
    for top in document if isinstance(document, list) else [document]:
        for key in [*top] if isinstance(top, dict) else []:
            value = top.pop(key)
            yield json.dumps(document).encode()
            top[key] = value


def as_test(difference: Difference, usual: Tree) -> str:
    """Return a test that builds the layer or archive and asserts what the engines make of it.

    `usual` is what every image of a layer shows.
    """
    (theirs, *_) = difference.theirs.values()
    what = "archive" if isinstance(theirs, Held) or isinstance(difference.mine, Held) else "layer"
    reads = "hold" if what == "archive" else "read"
    lines = [f"def test_{_name(difference)}(tmp_path: Path) -> None:"]
    said = {"here": difference.mine, **difference.theirs}
    lines += [f"    # {name}: {_said(seen)}" for name, seen in said.items()]
    lines.append(f"    seen = {reads}({difference.drawn!r}, tmp_path)")
    lines.append(f"    assert isinstance(seen, {type(theirs).__name__})")
    if isinstance(theirs, Shown):
        mine = difference.mine.tree if isinstance(difference.mine, Shown) else usual
        if names := {at: other for at, (_, other) in unlike(mine, theirs.tree).items()}:
            lines.append(f"    assert {names!r} == {{at: seen.tree.get(at) for at in {[*names]!r}}}")
        sizes = {field: size for field in ("size", "tar") if (size := getattr(theirs, field)) is not None}
        lines += [f"    assert {size} == seen.{field}" for field, size in sizes.items()]
    if isinstance(theirs, Held):
        lines.append(f"    assert {dict(theirs.images)!r} == seen.images")
    return "\n".join(lines) + "\n"


def _name(difference: Difference) -> str:
    return "_".join(re.findall("[a-z]+", difference.nature.lower()))[:80]


def _said(seen: Seen) -> str:
    return " ".join(f"refused, {seen.why}"[:200].split()) if isinstance(seen, Refused) else "taken"
