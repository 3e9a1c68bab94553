"""An image's configuration as an archive holds it (OCI image-spec 1.1, config.md)."""

from typing import Any, NamedTuple

from layerlab.archive import gojson
from layerlab.archive.documents import digest, optional, struct, texts
from layerlab.archive.errors import at
from layerlab.archive.source import Source
from layerlab.archive.structs import IMAGE, RUN, VERSIONS, read
from layerlab.model.image import Step

FIELDS = [*(name for name, _, _ in (*IMAGE, *VERSIONS)), "rootfs", "history"]
STEP = ["created", "created_by", "author", "comment", "empty_layer"]


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
    document = struct(said, "the configuration", FIELDS)
    read(document, "the configuration", (*IMAGE, *VERSIONS))
    rootfs = struct(document.get("rootfs"), "rootfs", ["type", "diff_ids"])
    stated = texts(rootfs.get("diff_ids"), "diff_ids")
    diff_ids = [digest(item, f"diff_ids, item {number}") for number, item in enumerate(stated)]
    history = optional(document, "history", list) or []
    settings = {key: value for key, value in document.items() if key not in ("rootfs", "history")}
    if document.get("config") is not None:
        settings["config"] = _runnable(document["config"])
    return Config(data, settings, tuple(diff_ids), tuple(_step(item, number) for number, item in enumerate(history)))


def _step(item: object, number: int) -> Step:
    with at(f"history, item {number}"):
        step = struct(item, "it", STEP)
        said = {key: optional(step, key, str) or "" for key in ("created_by", "created", "author", "comment")}
        if step.get("created") is not None:
            # Only checked, because Docker refuses a wrong time. The text stays as it is.
            gojson.time(said["created"])
        return Step(empty_layer=optional(step, "empty_layer", bool) or False, **said)


def _runnable(config: dict[str, Any]) -> dict[str, Any]:
    """Return what a container starts with, under Docker's names. Text becomes a list of one where a list is needed."""
    known = struct(config, "config", [name for name, _, _ in RUN])
    words = read(config, "config", RUN)
    lists = {name: words[name] for name in ("Env", "Cmd", "Entrypoint") if known.get(name) is not None}
    return {**known, **lists}
