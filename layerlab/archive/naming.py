"""Naming: which names an archive can give an image, and the error for a name that no image can have."""

import re

from layerlab.archive.errors import ArchiveError
from layerlab.words.printable import shown

LONGEST, LONGEST_TAG = 255, 128

_WORD = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_REGISTRY = rf"(?:localhost|{_LABEL}(?:\.{_LABEL})+)(?::[0-9]+)?|{_LABEL}:[0-9]+|\[[0-9A-Fa-f:.]+\](?::[0-9]+)?"
_TAGGED = re.compile(
    rf"(?P<name>(?:(?P<registry>{_REGISTRY})/)?{_WORD}(?:/{_WORD})*):[A-Za-z0-9_][A-Za-z0-9_.-]{{0,{LONGEST_TAG - 1}}}"
)
_PART = r"[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*"
_REF = re.compile(rf"{_PART}(?:/{_PART})*")


def tagged(name: str) -> str:
    """Return `name` if it is one that engines take, with a tag, as in "coreos/apache:latest"; else raise ArchiveError.

    The grammar is that of github.com/distribution/reference, which Docker and Podman use too.

    >>> tagged("Shop:1")
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: no image can be called 'Shop:1': a name is lower-case words, and a tag after \
a colon
    """
    match = _TAGGED.fullmatch(name) if len(name) <= LONGEST + 1 + LONGEST_TAG else None
    # Engines count the registry and folder that a name without them has.
    if not match or len(match["name"]) > LONGEST - (0 if match["registry"] else len(_implied(match["name"]))):
        raise ArchiveError(f"no image can be called {shown(name)}: a name is lower-case words, and a tag after a colon")
    return name


def _implied(name: str) -> str:
    return "docker.io/" if "/" in name else "docker.io/library/"


def familiar(name: str) -> str:
    """Return a name as Docker prints it: without Docker's own registry and folder, so that equal names are equal texts.

    >>> familiar("docker.io/library/shop:1"), familiar("docker.io/coreos/apache:1"), familiar("ex.com/shop:1")
    ('shop:1', 'coreos/apache:1', 'ex.com/shop:1')
    """
    for registry in ("docker.io/", "index.docker.io/"):
        name = name.removeprefix(registry)
    rest = name.removeprefix("library/")
    return name if "/" in rest else rest


def annotated(name: str) -> str:
    """Return `name` if an OCI layout can state it as `org.opencontainers.image.ref.name`; else raise ArchiveError.

    Such a name is any name that engines take, or one that the grammar in OCI image-spec 1.1, annotations.md, allows.

    >>> annotated("v1.0+build")
    'v1.0+build'
    """
    return name if _REF.fullmatch(name) else tagged(name)
