"""Arguments: what `os` takes for each verb. It refuses the rest before the kernel is asked, and so does the model.

The kernel holds owners and devices in 32 bits, sizes, offsets and times in 64; CPython's posixmodule.c turns Python's
numbers into these, and what does not fit is OverflowError there. A text with a zero byte is ValueError.
"""

import errno
from collections.abc import Iterable, Mapping
from operator import index

from layerlab.model.oserror import refusal

MOST = (1 << 63) - 1
"""The largest offset, size or time: a signed 64-bit number (`loff_t`, `time64_t`)."""

NO_ID = (1 << 32) - 1
"""The owner that none can be: -1 in 32 bits, which `chown` takes for "no change" (POSIX, chown)."""


def text(value: str, what: str = "a path") -> str:
    """Return `value`; TypeError if it is no text, ValueError if no name can be so.

    >>> text("etc/motd")
    'etc/motd'
    >>> text("etc\\0motd")
    Traceback (most recent call last):
    ValueError: a path holds no zero byte
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} is text, as in 'etc/motd', not {type(value).__name__}")
    if "\0" in value:
        raise ValueError(f"{what} holds no zero byte")
    # A surrogate that stands for no byte raises UnicodeEncodeError, a ValueError, as `os` does.
    if not value.isascii():
        value.encode("utf-8", "surrogateescape")
    return value


def data(value: bytes, what: str = "a file's content") -> bytes:
    """Return `value` as bytes; TypeError if it holds none.

    >>> data(bytearray(b"hi"))
    b'hi'
    """
    # Bytes cannot change and are used as they are; the others are copied, because their owner may change them.
    if type(value) is bytes:
        return value
    if not isinstance(value, bytes | bytearray | memoryview):
        raise TypeError(f"{what} is bytes, as in b'hi', not {type(value).__name__}")
    return bytes(value)


def words(values: Iterable[str], what: str) -> list[str]:
    """Return texts as a list; TypeError for one text, which would be taken letter by letter.

    >>> words("sh -c", "cmd")
    Traceback (most recent call last):
    TypeError: cmd is a list of texts, as in ['sh -c'], not one
    """
    if isinstance(values, str):
        raise TypeError(f"{what} is a list of texts, as in [{values!r}], not one")
    return [word(value, f"a part of {what}") for value in values]


def word(value: str, what: str) -> str:
    """Return `value`; TypeError if it is no text.

    >>> word("root", "user")
    'root'
    """
    if not isinstance(value, str):
        raise TypeError(f"{what} is text, not {type(value).__name__}")
    return value


def mapping(value: object, what: str, example: str) -> None:
    """Raise TypeError if `value` is no dictionary.

    >>> mapping({}, "env", "{'NAME': 'value'}")
    """
    if not isinstance(value, Mapping):
        raise TypeError(f"{what} is a dictionary, as in {example}, not {type(value).__name__}")


def texts(values: Mapping[str, str], what: str) -> dict[str, str]:
    """Return texts by name; TypeError if they are not that.

    >>> texts(["A=1"], "env")
    Traceback (most recent call last):
    TypeError: env is a dictionary, as in {'NAME': 'value'}, not list
    """
    mapping(values, what, "{'NAME': 'value'}")
    return {word(name, f"a name in {what}"): word(value, f"a value in {what}") for name, value in values.items()}


def mode(value: int) -> int:
    """Return `value` if it fits in a C int.

    >>> oct(mode(0o644))
    '0o644'
    """
    return _within(value, -1 << 31, (1 << 31) - 1, "a mode")


def owner(value: int) -> int | None:
    """Return an owner or group, None for no change: -1, which is 4294967295 in 32 bits.

    >>> owner(1000), owner(-1)
    (1000, None)
    """
    number = _within(value, -1, NO_ID, "an owner")
    return None if number in (-1, NO_ID) else number


def device(value: int, path: str) -> int:
    """Return a device number. One beyond the kernel's 32 bits is EINVAL, as glibc has it (sysdeps, mknodat.c).

    >>> device(259, "dev/null")
    259
    """
    number = _within(value, 0, (1 << 64) - 1, "a device number")
    if number >> 32:
        raise refusal(errno.EINVAL, path)
    return number


def offset(value: int, what: str = "an offset") -> int:
    """Return `value` if it fits in 64 bits.

    >>> offset(4096)
    4096
    """
    return _within(value, -MOST - 1, MOST, what)


def _within(value: int, least: int, most: int, what: str) -> int:
    number = index(value)
    if not least <= number <= most:
        raise OverflowError(f"{what} lies between {least} and {most}, and {number} does not")
    return number
