"""The one error that reading or writing an archive raises, and how it learns the place.

Each text is written where the error is raised, because a learner needs the file, the place in it and the cause. The
error of a library would name a place in the library's parser.
"""

from layerlab.model.layerlab_error import LayerlabError
from layerlab.words.printable import printable

# A hostile archive may state names of a megabyte, and they would end up in the error.
LONGEST = 1000
NO_NAME = "no file can be called so"


class ArchiveError(LayerlabError, ValueError):
    """An archive that cannot be read or written: one line that names the file, the place in it and the cause.

    The middle of a very long line is left out.

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


class WrongError(ArchiveError):
    """A digest or a size that is not the one that an archive states."""


class at:  # noqa: N801 - a word in a `with`, as the standard library's `suppress`
    """Put `place` in front of what an `ArchiveError` raised inside says.

    >>> with at("web.tar"), at("manifest.json"):
    ...     raise ArchiveError("no list")
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: web.tar: manifest.json: no list

    This is a class and not a generator, because a generator would make a circle: the error refers to the generator's
    frame, and the frame to the error. The circle would keep files open until Python's garbage collector runs.
    """

    def __init__(self, place: str) -> None:
        self._place = place

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        """Replace the error by one that names the place as well."""
        if isinstance(error, ArchiveError):
            raise type(error)(f"{self._place}: {error}") from error.__cause__
        if isinstance(error, OSError):
            raise ArchiveError(f"{self._place}: {error.strerror or error}") from error
