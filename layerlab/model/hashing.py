"""Hashing: which texts are digests, and the digest of bytes by the algorithm that another digest names."""

import hashlib
import re

# The three algorithms of opencontainers/go-digest. The hex digits have to be in lower case (image-spec, descriptor.md).
DIGEST = re.compile(r"sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128}")


def hashed(data: bytes, like: str = "sha256:") -> str:
    """Return the digest of `data`, by the algorithm that the digest `like` names.

    >>> hashed(b"")[:19]
    'sha256:e3b0c44298fc'
    """
    return f"{algorithm(like)}:{hashlib.new(algorithm(like), data).hexdigest()}"


def algorithm(digest: str) -> str:
    """Return the name of the algorithm that a digest is by.

    >>> algorithm("sha256:e3b0c44298fc")
    'sha256'
    """
    return digest.partition(":")[0]
