"""Ask: what Docker and Podman make of images, read from their own stores. Many images come in one archive.

An engine stops at the first image that it refuses, so that one is loaded again by itself, and then those after it.
"""

import hashlib
import json
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import docker
import requests

import layerlab as ll
from layerlab.proof.kernel import mount
from tests.archive.build import config, digest, dumps, files
from tests.engines.machine import Machine
from tools.layers.raw import BASE, Drawn, Raw
from tools.layers.seen import Held, Refused, Seen, Settings, Shown, on_disk

PATIENCE = 300
TOGETHER = 40
BOTTOM = BASE.tar()
MARKER = "made"
ENDED = "the engine ended the connection"


class Case(NamedTuple):
    """A drawn layer, and the number that makes it like no other: an engine reads no layer twice."""

    number: int
    drawn: Drawn

    @property
    def whole(self) -> Drawn:
        """The layer with its number in it, as a file at its begin."""
        marker = Raw(MARKER.encode(), body=b"%08d" % self.number)
        return self.drawn._replace(members=(marker, *self.drawn.members))

    @property
    def layers(self) -> tuple[bytes, bytes]:
        """The tars of the image."""
        return BOTTOM, self.whole.tar()

    @property
    def settings(self) -> bytes:
        """The image's configuration."""
        return config(*self.layers, author=str(self.number))

    @property
    def chain(self) -> tuple[str, ...]:
        """What a store names its layers by."""
        return ll.chain_ids(digest(layer) for layer in self.layers)


def archive(cases: Sequence[Case]) -> bytes:
    """Return a docker-archive of an image for each case."""
    parts, items = {"base.tar": BOTTOM}, []
    for case in cases:
        settings = case.settings
        name, layer = f"{hashlib.sha256(settings).hexdigest()}.json", f"{case.number}.tar"
        parts |= {name: settings, layer: case.whole.packed()}
        items.append({"Config": name, "RepoTags": [f"case:{case.number}"], "Layers": ["base.tar", layer]})
    return files({**parts, "manifest.json": dumps(items)})


class Engine(ABC):
    """An engine of one's own, its store and a folder for what it is to read."""

    name = ""

    def __init__(self, machine: Machine, address: str) -> None:
        self._machine = machine
        self._folder = machine.folder / self.name.lower()
        self._client = docker.APIClient(address, version="auto", timeout=PATIENCE)
        self._archive = machine.folder / f"{self.name}.tar"
        self._merged = machine.folder / f"{self.name}-merged"
        self._merged.mkdir(exist_ok=True)
        self._begun = int(time.time()) - 1
        self.loads = 0
        # An image of the layer below stays, so that this one is not unpacked each time.
        below = Case(0, Drawn(()))
        self.load(archive([below]))
        self._stays = {digest(below.settings)}

    def ask(self, cases: Sequence[Case], doubtful: frozenset[int] = frozenset()) -> dict[int, Seen]:
        """Return what the engine makes of each case; those that are `doubtful` are loaded one by one."""
        found: dict[int, Seen] = {}
        alone = [case for case in cases if case.number in doubtful]
        rest = [case for case in cases if case.number not in doubtful]
        while rest:
            some, rest = rest[:TOGETHER], rest[TOGETHER:]
            while some:
                self.load(archive(some))
                have = self.images()
                taken = [case for case in some if digest(case.settings) in have]
                found |= self._read(taken)
                left = [case for case in some if case not in taken]
                alone += left[:1]
                some = left[1:]
                self._tidy()
        for number, case in enumerate(alone):
            why = self.load(archive([case]))
            if digest(case.settings) in self.images():
                found |= self._read([case])
            else:
                found[case.number] = Refused(why or "(nothing said)")
            if number % TOGETHER == TOGETHER - 1:
                self._tidy()
        self._tidy()
        return found

    def hold(self, data: bytes) -> Seen:
        """Return which images the engine makes of an archive."""
        why = self.load(data)
        try:
            return Refused(why) if why else Held({name: self._settings(name) for name in self.images()})
        finally:
            self._tidy()

    def _settings(self, image: str) -> Settings | None:
        """Return an image's settings; None where the engine has the image and cannot show it: Podman with a 1e999."""
        try:
            said = self._client.inspect_image(image)
        except docker.errors.APIError:
            return None
        return Settings.of(said.get("RepoTags") or [], said["RootFS"].get("Layers") or [], said.get("Config") or {})

    def load(self, data: bytes) -> str:
        """Load an archive; return why not, "" if it was."""
        self.loads += 1
        self._archive.write_bytes(data)
        # An archive may have replaced this folder by a file: see `tests/engines/machine.py`.
        copies = self._machine.folder / "copies"
        if not copies.is_dir():
            copies.unlink(missing_ok=True)
            copies.mkdir()
        try:
            with self._archive.open("rb") as file:
                said = list(self._client.load_image(file))
        except docker.errors.APIError as error:
            return self.said(str(error.explanation or error))
        except requests.ConnectionError:
            self._client.ping()  # an engine that is gone is no answer
            return ENDED
        return self.said(" ".join(str(line["error"]) for line in said if "error" in line))

    def said(self, text: str) -> str:
        """Return what an error says, without what every one says."""
        return text.partition("Error processing tar file(exit status 1): ")[2] or text

    def images(self) -> set[str]:
        """Return the ids of the images that have been loaded."""
        return {f"sha256:{image['Id'].removeprefix('sha256:')}" for image in self._client.images()} - self._stays

    def _tidy(self) -> None:
        """Remove what has been loaded."""
        for image in self.images():
            self._client.remove_image(image, force=True)

    def _read(self, cases: Sequence[Case]) -> dict[int, Seen]:
        store = self.stored() if cases else {}
        found: dict[int, Seen] = {}
        for case in cases:
            bottom, top = (store[chain] for chain in case.chain)
            with self._mounted([top.folder, bottom.folder]) as merged:
                found[case.number] = Shown(on_disk(merged, self._begun), top.size, top.tar)
        return found

    @contextmanager
    def _mounted(self, folders: list[Path]) -> Iterator[Path]:
        options = f"lowerdir={':'.join(map(str, folders))},redirect_dir=off,index=off,metacopy=off,xino=off"
        mount("overlay", str(self._merged), "overlay", 1, options)
        try:
            yield self._merged
        finally:
            subprocess.run(["umount", "--lazy", self._merged], check=True)

    @abstractmethod
    def stored(self) -> Mapping[str, "Stored"]:
        """Return the layers in the store by ChainID."""


class Stored(NamedTuple):
    """Where a layer lies in a store, and the size that the store notes: what it unpacks to, or its tar."""

    folder: Path
    size: int | None
    tar: int | None


class Docker(Engine):
    """Docker."""

    name = "Docker"

    def stored(self) -> Mapping[str, Stored]:
        """Return the layers in the store by ChainID."""
        found = {}
        for layer in (self._folder / "image/overlay2/layerdb/sha256").iterdir():
            place = self._folder / "overlay2" / (layer / "cache-id").read_text() / "diff"
            found[f"sha256:{layer.name}"] = Stored(place, int((layer / "size").read_text()), None)
        return found


class Podman(Engine):
    """Podman."""

    name = "Podman"

    def said(self, text: str) -> str:
        """Return what an error says of the form that is tried here, among all that Podman tries."""
        # A warning in front of the cause may end the line, so all that is said of this form is taken.
        mine = text.partition("\n * docker-archive: ")[2].partition("\n * ")[0]
        return super().said(mine or text)

    def stored(self) -> Mapping[str, Stored]:
        """Return the layers in the store by ChainID."""
        layers = json.loads((self._folder / "overlay-layers/layers.json").read_text())
        known = {layer["id"]: layer for layer in layers}
        found = {}
        for layer in layers:
            chain: list[Any] = [layer]
            while parent := chain[-1].get("parent"):
                chain.append(known[parent])
            name = ll.chain_ids(each["diff-digest"] for each in reversed(chain))[-1]
            found[name] = Stored(self._folder / "overlay" / layer["id"] / "diff", None, layer["diff-size"])
        return found
