"""The one error that reading or writing an archive raises, and how it learns the place.

Each text is written where the error is raised. A library's would name a place in its own parser, where a learner needs
the file, the place in it and the cause.
"""

from layerlab.words.printable import printable

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
