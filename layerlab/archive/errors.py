"""The one error that reading or writing an archive raises, and how it learns the place."""

LONGEST = 1000
NO_NAME = "no file can be called so"


class ArchiveError(ValueError):
    """An archive that cannot be read or written: one line that names the file, the place in it and the cause.

    A line that would be very long lacks its middle.

    >>> load("no-such-file.tar")
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: no-such-file.tar: No such file or directory
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
    layerlab.archive.errors.EngineError: no engine answers at unix:///no/such.sock (No such file or directory): start \
Docker, or Podman with `systemctl start podman.socket`, or give the address of its socket
    """

    def __init__(self, text: str) -> None:
        super().__init__(printable(text))


class MissingError(ArchiveError):
    """Something that an archive refers to is not in it."""


class at:  # noqa: N801 - a word in a `with`, as the standard library's `suppress`
    """Put `place` in front of what an `ArchiveError` raised inside says.

    >>> with at("web.tar"), at("manifest.json"):
    ...     raise ArchiveError("no list")
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: web.tar: manifest.json: no list

    It is no generator: in one an error would come to know itself, and keep files open until someone looks for garbage.
    """

    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Raise an error that names the place in place of one that does not."""
        if isinstance(error, ArchiveError):
            raise type(error)(f"{self._place}: {error}") from error.__cause__
        if isinstance(error, OSError):
            raise ArchiveError(f"{self._place}: {error.strerror or error}") from error


def shown(name: str) -> str:
    """Return a name from an archive as an error prints it: quoted, and cut where it is very long.

    >>> shown("etc/motd"), len(shown("x" * 5000))
    ("'etc/motd'", 85)
    """
    return repr(name if len(name) <= 80 else name[:80] + "...")
