"""Structs: the objects that Docker, which is written in Go, reads an image's configuration into.

A configuration that Docker refuses is refused here too. Docker makes a configuration itself from the older form of
archives. The fields are in the order of Docker's structs, because that order decides the bytes and so the image id.
"""

from collections.abc import Callable
from typing import Any

from layerlab.archive import gojson
from layerlab.archive.documents import expect, folded, pairs, texts
from layerlab.archive.errors import at
from layerlab.words.printable import shown

Field = tuple[str, Callable[[Any, str, Any], Any], Callable[[Any], bool]]
"""A field of one of Docker's structs: its name, what reads it, and which values of it are written.

A reader gets the value, its name and what the field held before, because a key may stand in an object twice. Go then
reads each in turn: null leaves text and numbers as they are and empties the others, and an object adds to the former.
"""


def _scalar(kind: type) -> Callable[[Any, str, Any], Any]:
    return lambda value, what, before: before if value is None else expect(value, kind, what)


def _texts(value: Any, what: str, before: Any = None) -> list[str] | None:
    del before
    return None if value is None else texts(value, what)


def _words(value: Any, what: str, before: Any = None) -> list[str] | None:
    return [value] if isinstance(value, str) else _texts(value, what, before)


def _keys(value: Any, what: str, before: Any) -> dict[str, Any] | None:
    known = None if value is None else expect(value, dict, what)
    for key, item in pairs(known or {}):
        expect({} if item is None else item, dict, f"{what}, {shown(key)}")
    return known if known is None else {key: {} for key in sorted({**(before or {}), **known}, key=in_utf8)}


def _map(value: Any, what: str, before: Any) -> dict[str, str] | None:
    if value is None:
        return None
    found = dict(before or {})
    for key, item in pairs(expect(value, dict, what)):
        found[key] = _text(item, f"{what}, {shown(key)}", "")
    return {key: found[key] for key in sorted(found, key=in_utf8)}


def _time(value: Any, what: str, before: str) -> str:
    return before if value is None else gojson.time(expect(value, str, what))


def _time_as_written(value: str | None, what: str, before: str) -> str:
    if value is None:
        return before
    # Only checked, because engines refuse a wrong time. The text stays as it is.
    gojson.time(expect(value, str, what))
    return value


def _pointer(fields: tuple[Field, ...]) -> Callable[[Any, str, Any], Any]:
    return lambda value, what, before: None if value is None else read(value, what, fields, before)


def _map_of_objects(fields: tuple[Field, ...]) -> Callable[[Any, str, Any], Any]:
    def reads(value: Any, what: str, before: Any) -> dict[str, Any]:
        found = dict(before or {}) if value is not None else {}
        for key, item in pairs({} if value is None else expect(value, dict, what)):
            found[key] = read({} if item is None else item, f"{what}, {shown(key)}", fields)
        return found

    return reads


def _list(fields: tuple[Field, ...]) -> Callable[[Any, str, Any], Any]:
    def reads(value: Any, what: str, before: Any) -> list[Any]:
        del before
        items = [] if value is None else expect(value, list, what)
        return [_placed(item, f"{what}, item {number}", fields) for number, item in enumerate(items)]

    return reads


def _placed(item: Any, what: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    with at(what):
        return read({} if item is None else item, "it", fields)


def in_utf8(key: str) -> bytes:
    """Return the bytes of a key, by which Go sorts the keys of a map.

    >>> sorted(["\U0001f433", "\uffee"], key=in_utf8)[0]
    '\uffee'
    """
    return key.encode("utf-8", "surrogatepass")


_text, _bool, _number = _scalar(str), _scalar(bool), _scalar(int)
# What a field holds before it is read, where that is not nothing.
ZERO = {_text: "", _bool: False, _time: gojson.NO_TIME, _time_as_written: ""}


# These tell which values Go writes: every one, or, with `omitempty`, only those that are not empty or not nil.
def _all(value: object) -> bool:
    del value
    return True


def _given(value: object) -> bool:
    return value is not None


HEALTH: tuple[Field, ...] = (
    ("Test", _texts, bool), ("Interval", _number, bool), ("Timeout", _number, bool), ("StartPeriod", _number, bool),
    ("Retries", _number, bool),
)  # fmt: skip
RUN: tuple[Field, ...] = (
    ("Hostname", _text, _all), ("Domainname", _text, _all), ("User", _text, _all), ("AttachStdin", _bool, _all),
    ("AttachStdout", _bool, _all), ("AttachStderr", _bool, _all), ("ExposedPorts", _keys, bool), ("Tty", _bool, _all),
    ("OpenStdin", _bool, _all), ("StdinOnce", _bool, _all), ("Env", _texts, _all), ("Cmd", _words, _all),
    ("Healthcheck", _pointer(HEALTH), bool),
    ("ArgsEscaped", _bool, bool), ("Image", _text, _all), ("Volumes", _keys, _all), ("WorkingDir", _text, _all),
    ("Entrypoint", _words, _all), ("NetworkDisabled", _bool, bool), ("MacAddress", _text, bool),
    ("OnBuild", _texts, _all), ("Labels", _map, _all), ("StopSignal", _text, bool), ("StopTimeout", _number, _given),
    ("Shell", _words, bool),
)  # fmt: skip
IMAGE: tuple[Field, ...] = (
    ("id", _text, bool), ("parent", _text, bool), ("comment", _text, bool),
    ("created", _time, _all), ("container", _text, bool),
    ("container_config", lambda value, what, before: read({} if value is None else value, what, RUN, before), _all),
    ("docker_version", _text, bool), ("author", _text, bool),
    ("config", _pointer(RUN), bool),
    ("architecture", _text, bool), ("variant", _text, bool), ("os", _text, bool), ("Size", _number, bool),
)  # fmt: skip

# What image.Image has beside the older form's fields.
ROOTFS: tuple[Field, ...] = (("type", _text, bool), ("diff_ids", _texts, bool))
STEP: tuple[Field, ...] = (
    ("created", _time_as_written, bool), ("created_by", _text, bool), ("author", _text, bool), ("comment", _text, bool),
    ("empty_layer", _bool, bool),
)  # fmt: skip
CONFIG: tuple[Field, ...] = (
    *IMAGE, ("rootfs", _pointer(ROOTFS), bool), ("history", _list(STEP), bool), ("os.version", _text, bool),
    ("os.features", _texts, bool),
)  # fmt: skip
# An item of manifest.json (moby, image/tarexport/tarexport.go; containers/image, docker/internal/tarfile/types.go).
SOURCE: tuple[Field, ...] = (
    ("mediaType", _text, _all), ("size", _number, _all), ("digest", _text, _all), ("urls", _texts, bool)
)  # fmt: skip
ITEM: tuple[Field, ...] = (
    ("Config", _scalar(str), _all), ("RepoTags", _texts, _all), ("Layers", _texts, _all), ("Parent", _text, bool),
    ("LayerSources", _map_of_objects(SOURCE), bool),
)  # fmt: skip


def read(value: Any, what: str, fields: tuple[Field, ...], before: "dict[str, Any] | None" = None) -> dict[str, Any]:
    """Return an object as Go reads it into a struct: a missing field gets its zero value. Else raise ArchiveError.

    `before` is what the struct holds already.

    >>> read({"test": ["CMD", None]}, "Healthcheck", HEALTH)["Test"]
    ['CMD', '']
    """
    known = {folded(name): (name, reads) for name, reads, _ in fields}
    found = dict(before) if before else {name: reads(None, name, ZERO.get(reads)) for name, reads, _ in fields}
    for key, item in pairs(expect(value, dict, what)):
        if (field := folded(key)) in known:
            name, reads = known[field]
            found[name] = reads(item, name, found[name])
    return found
