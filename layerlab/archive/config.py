"""An image's configuration as an archive holds it (OCI image-spec 1.1, config.md)."""

from typing import Any, NamedTuple

from layerlab.archive.documents import digest, expect, optional, texts
from layerlab.archive.errors import at
from layerlab.archive.source import Source
from layerlab.model.image import Step


class Config(NamedTuple):
    """A configuration: its bytes, whose hash is the image id, and what they say."""

    data: bytes
    settings: dict[str, Any]
    diff_ids: tuple[str, ...]
    history: tuple[Step, ...]


NO_CONFIG = Config(b"", {}, (), ())


class Configs:
    """The configurations of an archive by their names in it: each is read once, however many images share it."""

    def __init__(self, outer: Source) -> None:
        self._outer = outer
        self._read: dict[str, Config] = {}

    def __getitem__(self, name: str) -> Config:
        """Return a configuration; one that is missing or not right raises ArchiveError."""
        if name not in self._read:
            self._read[name] = parse_config(self._outer.read(name), self._outer.document(name))
        return self._read[name]


def parse_config(data: bytes, said: object) -> Config:
    """Return a configuration by its bytes and what they say; a shape that is not right raises ArchiveError.

    >>> parse_config(b"", {"os": "linux", "rootfs": {"diff_ids": []}}).settings
    {'os': 'linux'}
    """
    document = expect(said, dict, "the configuration")
    rootfs = expect(document.get("rootfs"), dict, "rootfs")
    stated = texts(rootfs.get("diff_ids"), "diff_ids")
    diff_ids = [digest(item, f"diff_ids, item {number}") for number, item in enumerate(stated)]
    for key in ("architecture", "os", "variant"):
        optional(document, key, str)
    history = optional(document, "history", list) or []
    _check_config(optional(document, "config", dict) or {})
    settings = {key: value for key, value in document.items() if key not in ("rootfs", "history")}
    return Config(data, settings, tuple(diff_ids), tuple(_step(item, number) for number, item in enumerate(history)))


def _step(item: object, number: int) -> Step:
    with at(f"history, item {number}"):
        step = expect(item, dict, "it")
        said = {key: optional(step, key, str) or "" for key in ("created_by", "created", "author", "comment")}
        return Step(empty_layer=optional(step, "empty_layer", bool) or False, **said)


def _check_config(config: dict[str, Any]) -> None:
    """Check the shapes that are read later: a list of "NAME=value", words, text by name."""
    with at("config"):
        for key in ("Env", "Cmd", "Entrypoint"):
            if not (key != "Env" and isinstance(config.get(key), str)):
                texts(config.get(key), key)
        for key in ("Labels", "ExposedPorts", "Volumes"):
            optional(config, key, dict)
        for key in ("User", "WorkingDir"):
            optional(config, key, str)
