r"""Go's JSON: text as Go's encoding/json writes it, byte for byte.

Docker is written in Go, and an image id is the hash of a configuration's bytes. If Docker makes the configuration
itself, the same bytes are needed to get the same id: no spaces, sorted keys in maps, `\u003c` for `<` and so on.
Python's json has no option for these escapes, nor for times and numbers as Go reads and writes them.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from json.decoder import JSONDecoder
from typing import Any

from layerlab.archive.errors import ArchiveError
from layerlab.words.printable import shown

# Go escapes <, > and & because of HTML, and the two line separators because of JavaScript.
SPECIAL = re.compile('["\\\\\x00-\x1f<>&\u2028\u2029\ud800-\udfff]')
IN_HTML = re.compile("[<>&\u2028\u2029]")
# Not \b and \f: Go writes these as \u0008 and \u000c before version 1.22.
SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# A text is matched as a whole and kept, so that only blanks between texts are removed.
SPACE = re.compile(r'("(?:[^"\\]++|\\.)*+")|[ \t\r\n]+')
BLANK = re.compile(r"[ \t\r\n]*")
# RFC 3339, as Go's time.Time reads it from JSON.
TIME = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:[.,](\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
# How Go writes a time that was never set.
NO_TIME = "0001-01-01T00:00:00Z"


def encode(value: Any) -> str:
    r"""Return a value as Go writes it. The keys of an object keep their order, as the fields of a Go struct do.

    >>> encode({"Cmd": ["a < b"], "Env": None})
    '{"Cmd":["a \\u003c b"],"Env":null}'
    """
    if isinstance(value, str):
        return f'"{SPECIAL.sub(_escaped, value)}"'
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{encode(key)}:{encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(encode, value)) + "]"
    return "null" if value is None else str(value).lower()


def members(text: str) -> dict[str, str]:
    r"""Return the members of a JSON object, which is known to be one, each as the compact text that Go makes of it.

    >>> members('{"id": "a", "list": [1,  "<"]}')
    {'id': '"a"', 'list': '[1,"\\u003c"]'}
    """
    decoder = JSONDecoder()
    found = {}
    position = _skip(text, _skip(text, 0) + 1)
    while text[position] != "}":
        key, position = decoder.raw_decode(text, position)
        start = _skip(text, _skip(text, position) + 1)
        position = decoder.raw_decode(text, start)[1]
        found[key] = IN_HTML.sub(_escaped, SPACE.sub(lambda match: match[1] or "", text[start:position]))
        position = _skip(text, position)
        if text[position] == ",":
            position = _skip(text, position + 1)
    return found


def time(text: str) -> str:
    """Return a time as Go writes it after reading it: no zeros at the end of a fraction, Z for no offset.

    >>> time("2013-06-13T14:03:50.8200-07:00"), time("2015-03-04T21:38:56.000+00:00")
    ('2013-06-13T14:03:50.82-07:00', '2015-03-04T21:38:56Z')
    """
    match = TIME.fullmatch(text)
    try:
        if match is None:
            raise ValueError
        # The pattern alone would accept a 30th of February.
        datetime.fromisoformat(f"{match[1]}T{match[2]}+00:00")
    except ValueError:
        raise ArchiveError(f"no time: {shown(text)}") from None
    # Go keeps nanoseconds, which are nine digits.
    fraction = (match[3] or "")[:9].rstrip("0")
    zone = "Z" if match[4] in ("z", "+00:00", "-00:00") else match[4]
    return f"{match[1]}T{match[2]}{'.' if fraction else ''}{fraction}{zone}"


def _skip(text: str, position: int) -> int:
    match = BLANK.match(text, position)
    return match.end() if match else position


def _escaped(match: re.Match[str]) -> str:
    letter = match[0]
    if "\ud800" <= letter <= "\udfff":
        return "\ufffd"
    return SHORT.get(letter) or f"\\u{ord(letter):04x}"
