"""Host: one machine that keeps images, runs containers on them, and counts what they take.

Names work as in an engine: a name without a tag means `:latest`, tagging moves a name, and an image that lost
its last name stays until it is removed by its id. Nothing here depends on the time or on chance. The clock counts
changes: each change adds one second, and the clock is always later than every mtime in the host's images.
"""

import hashlib
import re
from collections.abc import Mapping
from operator import index
from types import MappingProxyType
from typing import TYPE_CHECKING, overload

from layerlab.model.accounting import Usage, account
from layerlab.model.arguments import mapping, word
from layerlab.model.build_cache import BuildCache
from layerlab.model.container import Container
from layerlab.model.entry import Spec
from layerlab.model.image import Image, checked
from layerlab.model.inode import FileSystem
from layerlab.model.known_blobs import KnownBlobs
from layerlab.model.layerlab_error import LayerlabError
from layerlab.model.misnamed import OF_HOST, misnamed
from layerlab.model.mounts import Bind, Folder, MountedAt, MountSpec, Tmpfs, Volume, in_order, normal, place_of

# As many digits of an id as `docker images` prints.
ID_DIGITS = 12

# moby, volume/names.go.
VOLUME_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_.-]+")


class HostError(LayerlabError, ValueError):
    """What a host refuses, in one line that names what is in the way.

    >>> Host().remove_image("shop")
    Traceback (most recent call last):
    layerlab.model.host.HostError: no image is called shop:latest
    """


def reference(name: str) -> str:
    """Return an image's name with its tag, `latest` where none is given.

    >>> reference("coreos/apache"), reference("localhost:5000/web"), reference("shop:2")
    ('coreos/apache:latest', 'localhost:5000/web:latest', 'shop:2')
    """
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def short(name: str) -> str:
    """Return an image's name as people write it: without `:latest`.

    >>> short("shop:latest"), short("shop:2")
    ('shop', 'shop:2')
    """
    return name.removesuffix(":latest")


class Host:
    """Images by name and containers on them, with books that balance after every operation.

    >>> host = Host()
    >>> host.add(scratch.with_layer(Layer.of({"srv/data": filler(20_000_000)})), "shop")
    >>> web, job = host.run("shop", name="web"), host.run("shop", name="job")
    >>> web.append("srv/data", b"!")
    >>> usage = host.usage()
    >>> usage.disk, usage.containers["web"].size_rw, usage.total
    (20000000, 20000001, 40000001)
    """

    def __init__(self) -> None:
        self._names: dict[str, Image] = {}
        self._nameless: list[Image] = []
        self._containers: dict[str, Container] = {}
        self._volumes: dict[str, Volume] = {}
        self._filesystems = 0
        self._disk = FileSystem(self._next_filesystem())
        self._unnamed = 0
        self._seconds = 0
        self._run = 0
        self._known: dict[str, KnownBlobs] = {}
        self.builds = BuildCache()
        """What builders remember of the steps that they ran here."""

    @property
    def images(self) -> Mapping[str, Image]:
        """The images by name, as people write it (without `:latest`); those without a name are in `untagged`."""
        return MappingProxyType({short(name): image for name, image in self._names.items()})

    @property
    def untagged(self) -> tuple[Image, ...]:
        """The images that lost their last name and were not removed: `<none>` in a listing."""
        return tuple(self._nameless)

    @property
    def containers(self) -> Mapping[str, Container]:
        """The containers by name, in the order in which they were made, stopped ones too."""
        return MappingProxyType(self._containers)

    @property
    def volumes(self) -> Mapping[str, Volume]:
        """The volumes by name, in the order in which they were made, anonymous ones too."""
        return MappingProxyType(self._volumes)

    def volume(self, name: str) -> Volume:
        """Return the volume of this name, a new and empty one where there is none.

        >>> host = Host()
        >>> host.volume("orders").write("1", b"one")
        >>> host.volume("orders").read("1"), list(host.volumes)
        (b'one', ['orders'])
        """
        if word(name, "a volume's name") not in self._volumes:
            if not VOLUME_NAME.fullmatch(name):
                raise HostError(
                    f'create {name}: "{name}" includes invalid characters for a local volume name, only '
                    '"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed: a folder of the host is host.folder("/srv/site")'
                )
            self._volumes[name] = Volume(name, self._filesystem(), self._tick)
        return self._volumes[name]

    def remove_volume(self, name: str) -> None:
        """Remove a volume and its files. It is refused while any container, a stopped one too, uses it."""
        if word(name, "a volume's name") not in self._volumes:
            raise HostError(f"get {name}: no such volume")
        if users := self._users(self._volumes[name]):
            raise HostError(f"remove {name}: volume is in use - [{', '.join(users)}]: {_remove_first(users)}")
        del self._volumes[name]

    def folder(self, path: str, files: Mapping[str, Spec] | None = None) -> Folder:
        """Return a folder of the host by its path, a new one where there is none; `files` go into one that is empty.

        Files are as `Layer.of` takes them. Nothing of an image is here: these are files of the machine itself.

        >>> host = Host()
        >>> site = host.folder("/srv/site", {"index.html": b"hi"})
        >>> host.folder("/srv").read("site/index.html")
        b'hi'
        """
        place = "/" + normal(path)
        found = self._top.make(place)
        if found is None:
            raise HostError(f"{place} is no folder: a file of the host has this name")
        folder = Folder(place, self._disk, found, self._tick)
        if files is not None:
            if folder.listdir():
                raise HostError(f"{place} holds files already: write to what host.folder({place!r}) returns")
            folder.put(files)
        return folder

    def image(self, name: str) -> Image:
        """Return an image by its name, or by its id or the id's first 12 digits; HostError where there is none."""
        found = self._names.get(reference(word(name, "an image's name")))
        if found is not None:
            return found
        digits = name.removeprefix("sha256:")
        if len(digits) >= ID_DIGITS:
            for image in self._all():
                if image.id.removeprefix("sha256:").startswith(digits):
                    return image
        raise HostError(f"no image is called {reference(name)}")

    def add(self, image: Image, name: str) -> None:
        """Keep an image under a name. An image that had this name before stays, without it."""
        self._name(checked(image, "add"), word(name, "an image's name"))
        # The clock must be later than every file of the image, so that a change always shows in the file's mtime.
        self._seconds = max(self._seconds, image.newest)

    def tag(self, name: str, new: str) -> None:
        """Give an image one more name, or move that name here from another image. Nothing is copied."""
        self._name(self.image(name), new)

    def remove_image(self, name: str) -> None:
        """Take a name off an image, and remove the image with its last name.

        The last name is refused while any container, a stopped one too, uses the image; an image that has several
        names cannot be removed by its id.
        """
        image = self.image(name)
        named = reference(name) in self._names
        # `is` before `==` here and below, because `==` hashes layers that were never hashed so far.
        names = [other for other, held in self._names.items() if held is image or held == image]
        if named and len(names) > 1:
            del self._names[reference(name)]
            return
        if not named and names:
            raise HostError(f"{name} still has a name ({', '.join(map(short, names))}): remove that")
        users = [other.name for other in self._containers.values() if other.image is image or other.image == image]
        if users:
            raise HostError(f"{name} is used by {_listed(users)}: {_remove_first(users)}")
        self._names.pop(reference(name), None)
        self._nameless = [held for held in self._nameless if held is not image and held != image]
        self.builds.forget(image)

    def keep(self, image: Image) -> None:
        """Keep an image without a name, as a builder does with what it made on the way; one with a name stays so.

        >>> host = Host()
        >>> host.keep(scratch)
        >>> len(host.untagged)
        1
        """
        if not any(held is image or held == image for held in self._all()):
            self._nameless.append(image)
            self._seconds = max(self._seconds, image.newest)

    @overload
    def run(
        self, image: str, name: str | None = None, *, mounts: Mapping[str, MountSpec] | None = None
    ) -> Container: ...

    @overload
    def run(
        self, image: str, name: str | None = None, *, count: int, mounts: Mapping[str, MountSpec] | None = None
    ) -> list[Container]: ...

    def run(
        self,
        image: str,
        name: str | None = None,
        *,
        count: int | None = None,
        mounts: Mapping[str, MountSpec] | None = None,
    ) -> Container | list[Container]:
        """Start a container on an image: an empty thin layer, at no cost in bytes, whatever the image's size.

        With `count`, start that many, called `name-1`, `name-2`, ... and return a list. Without a name the image's
        own last word and a number are taken. A name that is in use raises HostError.

        `mounts` says what is mounted where: a volume's name, a folder of the host, `Bind`, or `Tmpfs`. ":ro" behind a
        name makes it read-only. A volume that is not there is made. For each `VOLUME` of the image that is not among
        them, an anonymous volume is made.

        >>> host = Host()
        >>> host.add(scratch.with_config(volumes=["/var/lib/shop"]), "shop")
        >>> web = host.run("shop", name="web", mounts={"srv": "/srv/site:ro", "run/cache": Tmpfs()})
        >>> [(each.path, each.kind) for each in web.mounts]
        [('srv', 'bind'), ('run/cache', 'tmpfs'), ('var/lib/shop', 'volume')]
        """
        base = self.image(image)
        if count is not None and index(count) < 0:
            raise HostError(f"{count} containers cannot be started")
        stem = name or short(image).rpartition("/")[2].partition(":")[0]
        if count is None and name is not None:
            return self._start(base, [name], mounts)[0]
        if count is None:
            return self._start(base, [self._free(stem)], mounts)[0]
        return self._start(base, [f"{stem}-{number}" for number in range(1, count + 1)], mounts)

    def stop(self, name: str) -> None:
        """Stop a container. Its thin layer stays and uses as much disk space as before; what is in a tmpfs is gone."""
        self._container(name)._enter("stopped")

    def start(self, name: str) -> None:
        """Start a stopped container again, with the thin layer that it had."""
        try:
            self._container(name)._enter("running")
        except OSError as error:
            raise _not_started(name, error) from error

    def remove(self, name: str, force: bool = False, volumes: bool = False) -> None:
        """Remove a container and its thin layer: this is where data is lost. A running one needs `force=True`.

        Its volumes stay. With `volumes=True` its anonymous ones go too, but those that another container uses.
        """
        container = self._container(name)
        if container.state == "running" and not force:
            raise HostError(f"{name} is running: stop it first, or remove it with force=True")
        container._enter("removed")
        del self._containers[name]
        for each in container.mounts if volumes else ():
            if isinstance(each.source, Volume) and each.source.anonymous and not self._users(each.source):
                self._volumes.pop(each.source.name, None)

    def known(self, client: str) -> KnownBlobs:
        """Return what a client on this host knows of registries: "docker", or "containers" for podman and skopeo."""
        return self._known.setdefault(client, KnownBlobs())

    def forget(self) -> None:
        """Forget which blobs were seen in which registry. Images and containers stay as they are.

        A new build machine knows nothing of a registry either, although it may have the same images.
        """
        for known in self._known.values():
            known.forget()

    def usage(self) -> Usage:
        """Return what is on this host, byte by byte, as it is now."""
        return account(self._named(), self._containers.values(), self._volumes.values())

    # Hidden from type checkers: they know which names are missing, and would take every name if they saw this.
    if not TYPE_CHECKING:

        def __getattr__(self, verb: str) -> object:
            raise misnamed(self, verb, OF_HOST)

    def __repr__(self) -> str:
        images, containers = len(self._named()), len(self._containers)
        return (
            f"<Host with {images} {'image' if images == 1 else 'images'} and "
            f"{containers} {'container' if containers == 1 else 'containers'}>"
        )

    def _all(self) -> list[Image]:
        return [*self._names.values(), *self._nameless]

    def _named(self) -> list[tuple[Image, list[str]]]:
        """Return each image once, by its id, with its names."""
        listed: list[tuple[Image, list[str]]] = []
        for name, image in [*self._names.items(), *((None, image) for image in self._nameless)]:
            names = next((names for other, names in listed if other is image or other == image), None)
            if names is None:
                names = []
                listed.append((image, names))
            if name is not None:
                names.append(name)
        return listed

    def _name(self, image: Image, name: str) -> None:
        if not word(name, "an image's name") or name != name.strip() or name.endswith(":"):
            raise HostError(f"{name!r} is no name for an image")
        full = reference(name)
        before = self._names.get(full)
        self._names[full] = image
        self._nameless = [held for held in self._nameless if held is not image and held != image]
        # An image whose last name moved away stays, without a name.
        if before is not None and not any(held is before or held == before for held in self._names.values()):
            self._nameless.append(before)

    def _container(self, name: str) -> Container:
        if name not in self._containers:
            raise HostError(f"no container is called {name}")
        return self._containers[name]

    def _free(self, stem: str) -> str:
        while True:
            self._run += 1
            if (name := f"{stem}-{self._run}") not in self._containers:
                return name

    def _start(self, image: Image, names: list[str], mounts: Mapping[str, MountSpec] | None) -> list[Container]:
        for name in names:
            if not word(name, "a container's name") or "/" in name or name != name.strip():
                raise HostError(f"{name!r} is no name for a container")
            if name in self._containers:
                raise HostError(f"a container is called {name} already")
        # All names are checked before the first container is made, so that a refusal leaves nothing behind.
        known = dict(self._volumes)
        try:
            planned = self._planned({} if mounts is None else mounts)
            made = {name: self._made(image, name, planned) for name in names}
        except (HostError, TypeError, ValueError):
            # Volumes that were made for the run that is refused go too.
            self._volumes = known
            raise
        self._containers.update(made)
        return list(made.values())

    def _made(self, image: Image, name: str, mounts: Mapping[str, MountedAt]) -> Container:
        unnamed = [place for place in map(place_of, image.config.get("Volumes") or ()) if place not in mounts]
        made = [self._anonymous() for _ in unnamed]
        placed = [each._replace(number=self._next_filesystem()) for each in mounts.values()]
        placed += [MountedAt(place, volume) for place, volume in zip(unnamed, made, strict=True)]
        try:
            return Container(image, name, self._tick, in_order(placed))
        except OSError as error:
            for volume in made:
                del self._volumes[volume.name]
            raise _not_started(name, error) from error

    def _planned(self, mounts: Mapping[str, MountSpec]) -> dict[str, MountedAt]:
        mapping(mounts, "mounts", "{'var/lib/shop': 'orders'}")
        planned: dict[str, MountedAt] = {}
        for path, spec in mounts.items():
            place = place_of(path)
            if place in planned:
                raise HostError(f"Duplicate mount point: /{place}")
            planned[place] = MountedAt(place, *self._source(spec))
        return planned

    def _source(self, spec: MountSpec) -> tuple[Folder | Tmpfs, bool]:
        if isinstance(spec, Tmpfs):
            return spec, spec.read_only
        if isinstance(spec, Volume) and self._volumes.get(spec.name) is not spec:
            raise HostError(f"get {spec.name}: no such volume")
        if isinstance(spec, Folder):
            return spec, False
        if isinstance(spec, Bind):
            return self._bound(spec), spec.read_only
        if not isinstance(spec, str):
            raise TypeError(f"what is mounted is a volume's name, Bind(...) or Tmpfs(), not {type(spec).__name__}")
        name = spec.removesuffix(":ro")
        # As with `docker run --volume`: a path of the host starts with a slash, and is made where it is missing.
        return (self.folder(name) if name.startswith("/") else self.volume(name)), name != spec

    def _bound(self, bind: Bind) -> Folder:
        if isinstance(bind.source, Folder):
            return bind.source
        if isinstance(bind.source, str):
            place = "/" + normal(bind.source)
            if not self._top.holds(place):
                raise HostError(
                    'invalid mount config for type "bind": bind source path does not exist: '
                    f"{place}: make it with host.folder({place!r})"
                )
            return self.folder(place)
        folder = Folder("", filesystem := self._filesystem(), filesystem.root, self._tick)
        folder.put(bind.source)
        return folder

    @property
    def _top(self) -> Folder:
        return Folder("/", self._disk, self._disk.root, self._tick)

    def _anonymous(self) -> Volume:
        self._unnamed += 1
        # An engine draws 64 random digits. Here they are computed, because nothing depends on chance.
        name = hashlib.sha256(f"volume {self._unnamed}".encode()).hexdigest()
        self._volumes[name] = Volume(name, self._filesystem(), self._tick, anonymous=True)
        return self._volumes[name]

    def _users(self, volume: Volume) -> list[str]:
        return [name for name, each in self._containers.items() if any(mount.source is volume for mount in each.mounts)]

    def _filesystem(self) -> FileSystem:
        return FileSystem(self._next_filesystem(), mtime=self._tick())

    def _next_filesystem(self) -> int:
        self._filesystems += 1
        return self._filesystems

    def _tick(self) -> int:
        self._seconds += 1
        return self._seconds


def _not_started(name: str, error: OSError) -> HostError:
    place = str(error.filename).lstrip("/")
    return HostError(f"{name} cannot be started: nothing can be mounted on /{place}: {error.strerror}")


def _remove_first(users: list[str]) -> str:
    return f"remove {'it' if len(users) == 1 else 'them'} first"


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
