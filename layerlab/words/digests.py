"""Digests: the short form of a digest or an id, as engines print it."""

DIGITS = 12
ALGORITHM = "sha256:"


def short_digest(digest: str, digits: int = DIGITS) -> str:
    """Return the first digits of a digest, with or without the name of its algorithm in front.

    >>> short_digest("sha256:83ee3a23efb7c758495"), short_digest("83ee3a23efb7c758495", 4)
    ('83ee3a23efb7', '83ee')
    """
    return digest.rpartition(":")[2][:digits]


def cut_digest(digest: str) -> str:
    """Return a digest cut behind its first 12 digits. A stranger's digest is cut at that length, whatever it says.

    >>> cut_digest("sha256:83ee3a23efb7c758495"), cut_digest("no digest")
    ('sha256:83ee3a23efb7', 'no digest')
    """
    return digest[: len(ALGORITHM) + DIGITS]
