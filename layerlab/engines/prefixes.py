"""Prefixes: the word before the colon of a name, which says where an image is: in an engine or in a registry.

They are apart from the clients, because a name without such a word is a file, and reading it needs no client.
"""

from typing import Literal, get_args

EngineKind = Literal["docker", "podman"]
ENGINES: tuple[EngineKind, ...] = get_args(EngineKind)
REGISTRY = "registry:"
