"""Opening: what a word on the command line names, as images: an archive, a pipe, or an image of an engine."""

import os
import re
import sys

from layerlab.archive.errors import ArchiveError, at
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
            return _of_a_pipe(report, limits)
    try:
        return load(word, report, limits)
    except ArchiveError as error:
        meant = "" if os.path.lexists(word) else _meant(word)
        if not meant:
            raise
        raise OpeningError(f"{error}: {meant}") from None


def _of_a_pipe(report: OnProgress | None, limits: Limits) -> Images:
    try:
        return load_from(sys.stdin.buffer, report, limits)
    except ArchiveError as error:
        if "the file is empty" not in str(error):
            raise
        raise ArchiveError("nothing came through the pipe: did the command before it fail?") from None


def _meant(word: str) -> str:
    """Return what to write instead of a word that names no file, as other programs call images; "" if it is none.

    >>> _meant("oci:build/shop"), _meant("shop.tar")
    ('a path stands alone: build/shop', '')
    >>> _meant("shop:1")
    'an image is docker:shop:1 or podman:shop:1, and registry:HOST/shop:1 in a registry'
    """
    transport, _, name = word.partition(":")
    if transport in ("oci", "oci-archive", "docker-archive", "dir") and name:
        return f"a path stands alone: {name}"
    if transport in ("docker-daemon", "containers-storage"):
        return f"write {'docker' if transport == 'docker-daemon' else 'podman'}:{name}"
    if re.fullmatch(r"[a-z0-9][a-z0-9._/-]*(?::[\w.-]+)?", word) and not word.endswith(
        (".tar", "gz", "xz", "zst", "/")
    ):
        return f"an image is docker:{word} or podman:{word}, and registry:HOST/{word} in a registry"
    return ""
