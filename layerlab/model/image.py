"""Image: a stack of layers and the configuration that makes it runnable, named by the hash of that configuration.

An image never changes: `with_layer` and `with_config` return a new one. Layers are in order, the oldest
(0, the bottom) first. Field names and hashes are those of OCI image-spec 1.1, config.md.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

from layerlab.model.arguments import texts, word, words
from layerlab.model.changeset import squashed
from layerlab.model.frozen import ReadOnly, frozen
from layerlab.model.layer import Layer
from layerlab.model.lookup import Found
from layerlab.model.misnamed import OF_IMAGE, misnamed
from layerlab.model.union import EMPTY_ROOT, Node, merge
from layerlab.model.view import View

READ_ONLY = "images are read-only: with_layer and with_config return a new image"


@dataclass(frozen=True)
class Step:
    """One line of an image's history: what made a layer, or, with `empty_layer`, what changed only metadata.

    `created` is the archive's text for the time, "" for an image made here: there is no clock.

    >>> Step("ENV A=1", empty_layer=True).empty_layer
    True
    """

    created_by: str = ""
    empty_layer: bool = False
    created: str = ""
    author: str = ""
    comment: str = ""

    def __post_init__(self) -> None:
        word(self.created_by, "created_by")

    def to_json(self) -> dict[str, Any]:
        """Return the step as the configuration's JSON states it: fields that say nothing are left out."""
        return {key: value for key, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Origin:
    """Where a loaded image came from: the configuration's bytes and what the archive says of it.

    `digest` is that of `manifest` (None where an archive has no manifest of its own), `names` are as stated there.

    >>> Origin(b"{}").names
    ()
    """

    config: bytes
    digest: str | None = None
    names: tuple[str, ...] = ()
    platform: Mapping[str, str] = field(default_factory=dict)
    manifest: bytes | None = None


def chain_ids(diff_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the ChainID of every height of a stack, the bottom first (OCI image-spec 1.1, config.md).

    A layer's ChainID names it together with all that lies under it: it is the sha256 of the text "ChainID below,
    a space, DiffID". Two empty layers, one on the other, give what `docker rmi` printed for coreos/apache:

    >>> empty = Layer.of({}).diff_id
    >>> chain_ids([empty, empty])[1]
    'sha256:170b376f64fb30995c140276be3d71dfb256b308d86183ca3b22aa93a79ad548'
    """
    chain: list[str] = []
    for diff_id in words(diff_ids, "diff_ids"):
        chain.append(sha256(f"{chain[-1]} {diff_id}".encode()) if chain else diff_id)
    return tuple(chain)


def checked(image: "Image", verb: str) -> "Image":
    """Return `image`; TypeError if it is none: what `verb` takes.

    >>> checked("shop", "diff")
    Traceback (most recent call last):
    TypeError: diff takes images, not a str: with_layer and commit return one
    """
    if not isinstance(image, Image):
        raise TypeError(f"{verb} takes images, not a {type(image).__name__}: with_layer and commit return one")
    return image


def sha256(data: bytes) -> str:
    """Return the sha256 of `data` as `sha256:<hex>`.

    >>> sha256(bytes(1024))[:19]
    'sha256:5f70bf18a086'
    """
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Image:
    """A frozen stack of layers with its configuration, equal to every image with the same `id`.

    `layers` and everything that follows them are oldest first; sizes are in bytes.

    >>> image = scratch.with_layer(Layer.of({"etc/motd": b"hi"}), created_by="ADD motd /etc/")
    >>> image.size, [step.created_by for step in image.history]
    (2, ['ADD motd /etc/'])
    >>> image.view()["etc/motd"].read()
    b'hi'
    """

    layers: tuple[Layer, ...]
    history: tuple[Step, ...]

    def __init__(
        self,
        layers: Iterable[Layer] = (),
        history: Iterable[Step] = (),
        settings: Mapping[str, Any] | None = None,
        origin: Origin | None = None,
        below: "Image | None" = None,
    ) -> None:
        """Make an image; `scratch`, `with_layer` and `with_config` are the usual ways to one.

        `settings` is the configuration's JSON without `rootfs` and `history`. `origin` belongs to a loaded image.
        `below` is an image of the lower layers, whose merged index this one builds on.
        """
        # Past `__setattr__`, which refuses every change of an image.
        self.__dict__["layers"] = tuple(layers)
        self.__dict__["history"] = tuple(history)
        settings = settings or {"architecture": "amd64", "os": "linux", "config": {}}
        self.__dict__["_settings"] = frozen(settings, READ_ONLY)
        self.__dict__["_origin"] = origin
        self.__dict__["_below"] = below

    @cached_property
    def config_json(self) -> bytes:
        """The configuration's JSON, the bytes that `id` is the hash of; as loaded, or made with sorted keys."""
        # A loaded configuration is kept byte for byte: written anew it could have another hash, and so another id.
        if self._origin:
            return self._origin.config
        document = {
            **self._settings,
            "history": [step.to_json() for step in self.history],
            "rootfs": {"type": "layers", "diff_ids": list(self.diff_ids)},
        }
        # Sorted keys and no spaces, so that equal images have equal bytes and equal ids.
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @cached_property
    def id(self) -> str:
        """The image id: the sha256 of the configuration's bytes, as `sha256:<hex>`."""
        return sha256(self.config_json)

    @property
    def diff_ids(self) -> tuple[str, ...]:
        """Each layer's DiffID."""
        return tuple(layer.diff_id for layer in self.layers)

    @cached_property
    def chain_ids(self) -> tuple[str, ...]:
        """Each height's ChainID: what a store on disk names its layers by."""
        return chain_ids(self.diff_ids)

    @property
    def config(self) -> Mapping[str, Any]:
        """What a container of this image starts with (`Env`, `Cmd`, `Labels`, ...), as `docker inspect` prints it."""
        return self._settings.get("config") or ReadOnly({}, READ_ONLY)

    @property
    def digest(self) -> str | None:
        """The manifest's digest, or None for an image that has no manifest."""
        return self._origin.digest if self._origin else None

    @property
    def manifest_json(self) -> bytes | None:
        """The manifest's JSON as loaded, the bytes that `digest` is the hash of; None where there is none."""
        return self._origin.manifest if self._origin else None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the archive states, none for an image made here."""
        return self._origin.names if self._origin else ()

    @property
    def platform(self) -> Mapping[str, str]:
        """The system that the image is for: `os`, `architecture` and, where it is stated, `variant`."""
        stated = dict(self._origin.platform) if self._origin else {}
        keys = ("os", "architecture", "variant")
        own = {key: str(self._settings[key]) for key in keys if self._settings.get(key)}
        return ReadOnly({**own, **{key: stated[key] for key in keys if stated.get(key)}}, READ_ONLY)

    @property
    def size(self) -> int:
        """The sum of the layers' sizes, as Docker counts them."""
        return sum(layer.size for layer in self.layers)

    @property
    def newest(self) -> int:
        """The latest mtime in any layer, in whole seconds."""
        return max((layer.newest for layer in self.layers), default=0)

    @property
    def parent(self) -> "Image | None":
        """The image below the top layer, with this image's configuration; None where there is no layer.

        >>> base = scratch.with_layer(Layer.of({"a": b"1"}))
        >>> base.with_layer(Layer.of({"b": b"2"})).parent == base
        True
        """
        if not self.layers:
            return None
        # Steps above the top layer that made no layer belong to this image and not to its parent.
        made_top = [index for index, step in enumerate(self.history) if not step.empty_layer][-1:]
        history = self.history[: made_top[0]] if made_top else ()
        return Image(self.layers[:-1], history, self._settings)

    def with_layer(self, layer: Layer, created_by: str = "") -> "Image":
        """Return a new image: this one with `layer` on top and a step of history that says what made it."""
        if not isinstance(layer, Layer):
            raise TypeError(f"with_layer takes a layer, not a {type(layer).__name__}: Layer.of returns one")
        return Image((*self.layers, layer), (*self.history, Step(created_by)), self._settings, below=self)

    def with_config(
        self,
        *,
        env: Mapping[str, str] | None = None,
        cmd: Iterable[str] | None = None,
        entrypoint: Iterable[str] | None = None,
        labels: Mapping[str, str] | None = None,
        user: str | None = None,
        workdir: str | None = None,
        expose: Iterable[str] = (),
        volumes: Iterable[str] = (),
        created_by: str = "",
    ) -> "Image":
        """Return a new image with the same layers and other metadata: a step of history without a layer.

        `env` and `labels` are added to what is there; the others replace it. `expose` holds ports as "80/tcp",
        `volumes` places that each container gets a volume for, as `VOLUME` says.

        >>> image = scratch.with_config(env={"A": "1"}, cmd=["sh"])
        >>> image.config["Env"], image.config["Cmd"], image.history[0].empty_layer, len(image.layers)
        (['A=1'], ['sh'], True, 0)
        """
        config = dict(self.config)
        if env:
            # Env is a list of NAME=value; a name that is set again keeps its place and gets the new value.
            kept = dict(line.partition("=")[::2] for line in config.get("Env") or [])
            config["Env"] = [f"{key}={value}" for key, value in {**kept, **texts(env, "env")}.items()]
        if labels:
            config["Labels"] = {**(config.get("Labels") or {}), **texts(labels, "labels")}
        if ports := words(expose, "expose"):
            config["ExposedPorts"] = {**(config.get("ExposedPorts") or {}), **{port: {} for port in ports}}
        if places := words(volumes, "volumes"):
            config["Volumes"] = {**(config.get("Volumes") or {}), **{place: {} for place in places}}
        if cmd is not None:
            config["Cmd"] = words(cmd, "cmd")
        if entrypoint is not None:
            config["Entrypoint"] = words(entrypoint, "entrypoint")
        if user is not None:
            config["User"] = word(user, "user")
        if workdir is not None:
            config["WorkingDir"] = word(workdir, "workdir")
        step = Step(created_by, empty_layer=True)
        return Image(self.layers, (*self.history, step), {**self._settings, "config": config}, below=self)

    def with_settings(self, **settings: Any) -> "Image":
        """Return a new image with other fields in its configuration's JSON, and no new step of history.

        >>> scratch.with_settings(author="me") == scratch
        False
        """
        return Image(self.layers, self.history, {**self._settings, **settings}, below=self)

    def stepped(
        self, step: Step, layer: Layer | None = None, config: Mapping[str, Any] | None = None, **settings: str
    ) -> "Image":
        """Return a new image: this one after one step of a builder, which may add a layer and replace `config`.

        `settings` are fields beside the configuration, as `author`.

        >>> made = scratch.stepped(Step("USER 5", empty_layer=True), config={"User": "5"})
        >>> made.config["User"], len(made.history)
        ('5', 1)
        """
        layers = self.layers if layer is None else (*self.layers, layer)
        new = {**self._settings, **settings, "config": self.config if config is None else config}
        return Image(layers, (*self.history, step), new, below=self)

    def view(self) -> View:
        """Return the merged file system; its index is built once for an image, when it is first looked at."""
        return View(Found("", None, self.index))

    @cached_property
    def index(self) -> Node:
        """The root of the merged layers, built on the nearest image below that already has one."""
        below, waiting = self._below, list(self.layers)
        # `cached_property` stores its value in `__dict__`: looking there does not compute the index.
        while below is not None and "index" not in below.__dict__:
            below = below._below
        done = len(below.layers) if below is not None else 0
        root = below.index if below is not None and done else None
        for number, layer in enumerate(waiting[done:], start=done):
            root = merge(root, layer, number)
        return root or EMPTY_ROOT

    def squash(self) -> "Image":
        """Return an image with the same view and configuration in one layer.

        Squashing drops bytes that nothing shows, and shares nothing with any other image.

        >>> image = scratch.with_layer(Layer.of({"a": b"old"})).with_layer(Layer.of({"a": b"new"}))
        >>> image.size, image.squash().size
        (6, 3)
        """
        return Image([squashed(self.layers)], [Step("squash")], self._settings)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Image):
            return NotImplemented
        # Identity first: an id needs the DiffID of every layer, and so the hash of every tar.
        return self is other or self.id == other.id

    def __hash__(self) -> int:
        return hash(self.id)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(READ_ONLY)

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(READ_ONLY)

    # Hidden from type checkers: they know which names are missing, and would take every name if they saw this.
    if not TYPE_CHECKING:

        def __getattr__(self, verb: str) -> object:
            raise misnamed(self, verb, OF_IMAGE)

    def __repr__(self) -> str:
        count = len(self.layers)
        names = f" {', '.join(self.names)}" if self.names else ""
        return f"<Image{names} of {count} {'layer' if count == 1 else 'layers'}>"

    _settings: Mapping[str, Any]
    _origin: Origin | None
    _below: "Image | None"


scratch = Image()
"""The image with no layers: what `FROM scratch` starts from."""
