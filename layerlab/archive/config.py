"""An image's configuration as an archive holds it (OCI image-spec 1.1, config.md)."""

from typing import Any, NamedTuple

from layerlab.archive.documents import digest, expect, struct
from layerlab.archive.source import Source
from layerlab.archive.structs import CONFIG, RUN, read
from layerlab.model.image import Step

FIELDS = [name for name, _, _ in CONFIG]


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
    """Return the configuration in `data`, whose parsed JSON is `said`; a wrong shape raises ArchiveError.

    >>> parse_config(b"", {"os": "linux", "rootfs": {"diff_ids": []}}).settings
    {'os': 'linux'}
    """
    read_as = read(said, "the configuration", CONFIG)
    rootfs = expect(read_as["rootfs"], dict, "rootfs")
    diff_ids = [digest(item, f"diff_ids, item {number}") for number, item in enumerate(rootfs["diff_ids"] or [])]
    document = struct(said, "the configuration", FIELDS)
    settings = {key: value for key, value in document.items() if key not in ("rootfs", "history")}
    if "config" in settings:
        settings["config"] = read_as["config"] and _runnable(document["config"], read_as["config"])
    return Config(data, settings, tuple(diff_ids), tuple(Step(**step) for step in read_as["history"]))


def _runnable(config: dict[str, Any], read_as: dict[str, Any]) -> dict[str, Any]:
    """Return what a container starts with, under Docker's names. Text becomes a list of one where a list is needed."""
    known = struct(config, "config", [name for name, _, _ in RUN])
    return {**known, **{name: read_as[name] for name in ("Env", "Cmd", "Entrypoint", "Labels") if name in known}}
