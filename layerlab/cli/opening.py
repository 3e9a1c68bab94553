"""Opening: what a word on the command line names, as images: an archive, a pipe, or an image of an engine."""

import sys

from layerlab.archive.errors import at
from layerlab.archive.limits import Limits
from layerlab.archive.load import Images, load_from
from layerlab.archive.progress import OnProgress
from layerlab.engines.anywhere import load
from layerlab.model.layerlab_error import LayerlabError

PIPE = "-"


class OpeningError(LayerlabError, ValueError):
    """A word that names no images, in one line that says why."""


def images_at(word: str, report: OnProgress | None, limits: Limits) -> Images:
    """Return the images that a word names: `-` is an archive in a pipe, `docker:shop` an image of a running Docker.

    Everything else is what `load` takes.
    """
    if word == PIPE:
        # A program that was started without a standard input has none at all.
        if sys.stdin is None or sys.stdin.isatty():
            raise OpeningError("- reads an archive from a pipe: docker save shop | layerlab inspect -")
        with at("standard input"):
            return load_from(sys.stdin.buffer, report, limits)
    return load(word, report, limits)
