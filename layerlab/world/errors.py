"""The one error that reading or writing an archive raises, and how it learns the place."""

from collections.abc import Iterator
from contextlib import contextmanager

LONGEST = 1000
NO_NAME = "no file can be called so"


class ArchiveError(ValueError):
    """An archive that cannot be read or written: one line that names the file, the place in it and the cause.

    A line that would be very long lacks its middle.

    >>> load("no-such-file.tar")
    Traceback (most recent call last):
    layerlab.world.errors.ArchiveError: no-such-file.tar: No such file or directory
    """

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            text = f"{text[: LONGEST // 2]} ... {text[-LONGEST // 2 :]}"
        super().__init__(printable(text))


def printable(text: str) -> str:
    r"""Return text from an archive as one line that a terminal shows and does not obey.

    >>> printable("a\x1b[2J\n")
    'a\\x1b[2J\\n'
    """
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


class EngineError(RuntimeError):
    """An engine that does not answer, or refuses, in one line.

    >>> engine("unix:///no/such.sock")
    Traceback (most recent call last):
    layerlab.world.errors.EngineError: no engine answers at unix:///no/such.sock (No such file or directory): start \
Docker, or Podman with `systemctl start podman.socket`, or give the address of its socket
    """

    def __init__(self, text: str) -> None:
        super().__init__(printable(text))


class MissingError(ArchiveError):
    """Something that an archive refers to is not in it."""


@contextmanager
def at(place: str) -> Iterator[None]:
    """Put `place` in front of what an `ArchiveError` raised inside says.

    >>> with at("web.tar"), at("manifest.json"):
    ...     raise ArchiveError("no list")
    Traceback (most recent call last):
    layerlab.world.errors.ArchiveError: web.tar: manifest.json: no list
    """
    try:
        yield
    except ArchiveError as error:
        raise type(error)(f"{place}: {error}") from error.__cause__
    except OSError as error:
        raise ArchiveError(f"{place}: {error.strerror or error}") from error


def shown(name: str) -> str:
    """Return a name from an archive as an error prints it: quoted, and cut where it is very long.

    >>> shown("etc/motd"), len(shown("x" * 5000))
    ("'etc/motd'", 85)
    """
    return repr(name if len(name) <= 80 else name[:80] + "...")
