"""JSON documents of an archive: a wrong depth, shape or value raises an error that says what is wrong."""

import base64
import codecs
import json
import re
import sys
from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from layerlab.archive.errors import ArchiveError, WrongError
from layerlab.model.hashing import DIGEST
from layerlab.words.printable import shown

# What Python's surrogateescape makes of a byte that is not UTF-8.
NO_TEXT = re.compile("[\udc80-\udcff]")
# JSON can spell half of a surrogate pair, as in "\ud83d", which UTF-8 cannot.
HALF = re.compile(rb"\\u[dD][89a-fA-F]")
DEEPEST = 100
# Python reads no longer ones, because that takes time; a 64-bit number has 19 digits.
LONGEST_NUMBER = 1000
FIELDS = ["mediaType", "digest", "size", "platform", "annotations", "urls", "data"]
PLATFORM = ["os", "architecture", "variant"]
PLATFORM_FIELDS = [*PLATFORM, "os.version", "os.features"]

Wanted = TypeVar("Wanted")

WORDS = {dict: "an object", list: "a list", str: "text", int: "a whole number", bool: "true or false"}


def parse(data: bytes) -> Any:
    """Return what a JSON document says. Text that is not JSON, or is nested very deeply, raises ArchiveError.

    >>> parse(b"[" * 5000 + b"]" * 5000)
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: JSON nested more than 100 deep
    """
    if data.startswith(codecs.BOM_UTF8):
        raise ArchiveError("no JSON: it begins with a byte order mark, which editors on Windows write")
    try:
        # As in Go, each byte that is not UTF-8 becomes U+FFFD, the replacement character.
        text = NO_TEXT.sub("\ufffd", data.decode("utf-8", "surrogateescape"))
        document = json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_constant, parse_float=_number, parse_int=_number
        )
    except RecursionError:
        raise ArchiveError(f"JSON nested more than {DEEPEST} deep") from None
    except ValueError as error:
        raise ArchiveError(f"no JSON: {error}") from None
    # The depth is counted level by level, because a recursion could run out of stack before it has counted.
    level, deep = [document], 0
    while level := [inner for value in level if isinstance(value, dict | list) for inner in _inside(value)]:
        deep += 1
        if deep > DEEPEST:
            raise ArchiveError(f"JSON nested more than {DEEPEST} deep")
    return _without_halves(document) if HALF.search(data) else document


def expect(value: object, kind: type[Wanted], what: str) -> Wanted:
    """Return `value` if it is of that kind, else raise ArchiveError: `what` is not what it should be.

    >>> expect([], dict, "config")
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: config is not an object
    """
    # In Python True is an int, in JSON true is no number. Engines keep a number in 64 bits.
    if kind is int and isinstance(value, int) and (isinstance(value, bool) or not -(1 << 63) <= value < 1 << 63):
        raise ArchiveError(f"{what} is not {WORDS[kind]}")
    if not isinstance(value, kind):
        raise ArchiveError(f"{what} is {'missing' if value is None else f'not {WORDS[kind]}'}")
    return value


def struct(value: object, what: str, names: Iterable[str]) -> dict[str, Any]:
    """Return an object as Go reads it into a struct with fields of these names; anything else raises ArchiveError.

    A key names a field in upper or lower case. If several keys name one field, the last one counts, but null changes
    nothing. Keys that name no field are kept.

    >>> struct({"config": "a.json", "CONFIG": None, "x": 1}, "it", ["Config"])
    {'Config': 'a.json', 'x': 1}
    """
    known = {folded(name): name for name in names}
    return _joined((known.get(folded(key)) or key, item) for key, item in pairs(expect(value, dict, what)))


def folded(key: str) -> str:
    """Return a key in the letters in which Go compares it with a field's name.

    Go folds letter by letter, so the long s and the Kelvin sign are s and k, but a ligature is no two letters.

    >>> folded("Layer\u017f"), folded("con\ufb01g") == "config"
    ('layers', False)
    """
    return key.lower().replace("\u017f", "s")


def pairs(value: dict[str, Any]) -> Iterable[tuple[str, Any]]:
    """Return the keys of an object with their values in the order of the text, keys that stand there twice, twice."""
    return value.pairs if isinstance(value, _Repeated) else value.items()


def optional(document: dict[str, Any], key: str, kind: type[Wanted]) -> Wanted | None:
    """Return `document[key]` if it is of that kind, None where it is missing or null, else raise ArchiveError."""
    return None if document.get(key) is None else expect(document[key], kind, key)


def texts(value: object, what: str) -> list[str]:
    """Return a list of text, [] for null, as Go reads it: null in the list becomes "". Else raise ArchiveError."""
    items = [] if value is None else expect(value, list, what)
    return ["" if item is None else expect(item, str, f"{what}, item {number}") for number, item in enumerate(items)]


def digest(value: object, what: str) -> str:
    """Return `value` if it is a digest in the form `sha256:<hex>`, sha384 or sha512, else raise ArchiveError."""
    text = expect(value, str, what)
    if not DIGEST.fullmatch(text):
        raise ArchiveError(f"{what} is no digest: {shown(text)}")
    return text


def verify(what: str, stated: str | int, found: str | int) -> None:
    """Raise WrongError unless the value that an archive states equals the value that was found."""
    if stated != found:
        raise WrongError(f"wrong {what}: it is {found}, stated is {stated}")


class Descriptor(NamedTuple):
    """What a manifest or an index says of a blob (OCI image-spec 1.1, descriptor.md); `urls`: where to fetch it."""

    digest: str
    size: int
    media_type: str
    platform: dict[str, str]
    annotations: dict[str, str]
    urls: list[str]


def descriptor(value: object, what: str) -> Descriptor:
    """Return the descriptor that `value` is, else raise ArchiveError."""
    document = struct(value, what, FIELDS)
    stated = digest(document.get("digest"), f"{what}, digest")
    size = expect(document.get("size"), int, f"{what}, size")
    if size < 0:
        raise ArchiveError(f"{what}, size is negative: {size}")
    platform = struct(optional(document, "platform", dict) or {}, "platform", PLATFORM_FIELDS)
    # Not used here, but engines refuse what is not of the right kind.
    optional(platform, "os.version", str)
    texts(platform.get("os.features"), "os.features")
    _embedded(document)
    return Descriptor(
        stated,
        size,
        optional(document, "mediaType", str) or "",
        {key: optional(platform, key, str) or "" for key in PLATFORM},
        annotations(document),
        texts(document.get("urls"), "urls"),
    )


def annotations(document: dict[str, Any]) -> dict[str, str]:
    """Return the annotations of a descriptor, a manifest or an index; those that are not text raise ArchiveError."""
    found = optional(document, "annotations", dict) or {}
    return {key: optional(found, key, str) or "" for key in found}


def _embedded(document: dict[str, Any]) -> None:
    """Check the content that a descriptor may hold itself (descriptor.md, "Embedded Content"), which no engine uses."""
    text = optional(document, "data", str) or ""
    try:
        base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except ValueError:
        raise ArchiveError(f"data is no base64: {shown(text)}") from None


def _inside(value: "dict[str, Any] | list[Any]") -> "list[Any]":
    return list(value.values()) if isinstance(value, dict) else value


def _without_halves(document: Any) -> Any:
    r"""Return a document in which each half of a surrogate pair is replaced by U+FFFD, as in Go.

    >>> _without_halves(["\ud800", "\U0001f433"])
    ['�', '🐳']
    """
    text = json.dumps(document, ensure_ascii=False)
    return json.loads(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace"))


class _Repeated(dict[str, Any]):
    """An object in which a key stands more than once; `pairs` are all its keys and values in order."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(_joined(pairs))
        self.pairs = pairs


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else _Repeated(pairs)


def _joined(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object as Go reads it if keys repeat: the last one counts, null changes nothing, and objects add up."""
    found: dict[str, Any] = {}
    for key, item in pairs:
        former = found.get(key)
        if isinstance(former, dict) and isinstance(item, dict):
            found[key] = {**former, **item}
        elif item is not None or key not in found:
            found[key] = item
    return found


def _number(text: str) -> int | float:
    """Return a number. One that is too large for Python, which engines read only where no field is, becomes a float.

    >>> _number("7"), _number("1e999") == _number("9" * 5000) == sys.float_info.max
    (7, True)
    """
    if text.removeprefix("-").isdigit() and len(text) < LONGEST_NUMBER:
        return int(text)
    # Never infinite, because JSON cannot spell that.
    return max(-sys.float_info.max, min(float(text), sys.float_info.max))


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")
