"""Structs: the objects that Docker, which is written in Go, reads an image's configuration into.

A configuration that Docker refuses is refused here too. Docker makes a configuration itself from the older form of
archives. The fields are in the order of Docker's structs, because that order decides the bytes and so the image id.
"""

from collections.abc import Callable
from typing import Any

from layerlab.archive import gojson
from layerlab.archive.documents import expect, struct, texts
from layerlab.words.printable import shown

Field = tuple[str, Callable[[Any, str], Any], Callable[[Any], bool]]
"""A field of one of Docker's structs: its name, what reads it, and which values of it are written."""


def _one(kind: type, zero: object) -> Callable[[Any, str], Any]:
    return lambda value, what: zero if value is None else expect(value, kind, what)


def _texts(value: Any, what: str) -> list[str] | None:
    return None if value is None else texts(value, what)


def _words(value: Any, what: str) -> list[str] | None:
    return [value] if isinstance(value, str) else _texts(value, what)


def _set(value: Any, what: str) -> dict[str, Any] | None:
    known = None if value is None else expect(value, dict, what)
    for key, item in (known or {}).items():
        expect({} if item is None else item, dict, f"{what}, {shown(key)}")
    return known if known is None else {key: {} for key in sorted(known, key=in_utf8)}


def _map(value: Any, what: str) -> dict[str, str] | None:
    known = None if value is None else expect(value, dict, what)
    if known is None:
        return None
    return {key: _text(known[key], f"{what}, {shown(key)}") for key in sorted(known, key=in_utf8)}


def in_utf8(key: str) -> bytes:
    """Return the bytes of a key, by which Go sorts the keys of a map.

    >>> sorted(["\U0001f433", "\uffee"], key=in_utf8)[0]
    '\uffee'
    """
    return key.encode("utf-8", "surrogatepass")


_text, _bool, _number = _one(str, ""), _one(bool, False), _one(int, None)


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
    ("AttachStdout", _bool, _all), ("AttachStderr", _bool, _all), ("ExposedPorts", _set, bool), ("Tty", _bool, _all),
    ("OpenStdin", _bool, _all), ("StdinOnce", _bool, _all), ("Env", _texts, _all), ("Cmd", _words, _all),
    ("Healthcheck", lambda value, what: None if value is None else read(value, what, HEALTH), bool),
    ("ArgsEscaped", _bool, bool), ("Image", _text, _all), ("Volumes", _set, _all), ("WorkingDir", _text, _all),
    ("Entrypoint", _words, _all), ("NetworkDisabled", _bool, bool), ("MacAddress", _text, bool),
    ("OnBuild", _texts, _all), ("Labels", _map, _all), ("StopSignal", _text, bool), ("StopTimeout", _number, _given),
    ("Shell", _words, bool),
)  # fmt: skip
IMAGE: tuple[Field, ...] = (
    ("id", _text, bool), ("parent", _text, bool), ("comment", _text, bool),
    ("created", lambda value, what: gojson.NO_TIME if value is None else gojson.time(expect(value, str, what)), _all),
    ("container", _text, bool),
    ("container_config", lambda value, what: read({} if value is None else value, what, RUN), _all),
    ("docker_version", _text, bool), ("author", _text, bool),
    ("config", lambda value, what: None if value is None else read(value, what, RUN), bool),
    ("architecture", _text, bool), ("variant", _text, bool), ("os", _text, bool), ("Size", _number, bool),
)  # fmt: skip

# What image.Image has beside the older form's fields.
VERSIONS: tuple[Field, ...] = (("os.version", _text, bool), ("os.features", _texts, bool))
# An item of manifest.json (moby, image/tarexport/tarexport.go; containers/image, docker/internal/tarfile/types.go).
SOURCE: tuple[Field, ...] = (
    ("mediaType", _text, _all), ("size", _number, _all), ("digest", _text, _all), ("urls", _texts, bool)
)  # fmt: skip
ITEM: tuple[Field, ...] = (
    ("Config", _text, _all), ("RepoTags", _texts, _all), ("Layers", _texts, _all), ("Parent", _text, bool),
    ("LayerSources", lambda value, what: _each(value, what, SOURCE), bool),
)  # fmt: skip


def _each(value: Any, what: str, fields: tuple[Field, ...]) -> dict[str, dict[str, Any]]:
    known = {} if value is None else expect(value, dict, what)
    return {key: read({} if item is None else item, f"{what}, {shown(key)}", fields) for key, item in known.items()}


def read(value: Any, what: str, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Return an object as Go reads it into a struct: a missing field gets its zero value. Else raise ArchiveError.

    >>> read({"test": ["CMD", None]}, "Healthcheck", HEALTH)["Test"]
    ['CMD', '']
    """
    given = struct(value, what, [name for name, _, _ in fields])
    return {name: reads(given.get(name), name) for name, reads, _ in fields}
