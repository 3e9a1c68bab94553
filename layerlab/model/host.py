"""Host: one machine that keeps images, runs containers on them, and counts what they take.

Names work as in an engine: a name without a tag means `:latest`, tagging moves a name, and an image that lost
its last name stays until it is removed by its id. Nothing here depends on the time or on chance. The clock counts
changes: each change adds one second, and the clock is always later than every mtime in the host's images.
"""

from collections.abc import Mapping
from operator import index
from types import MappingProxyType
from typing import overload

from layerlab.model.accounting import Usage, account
from layerlab.model.arguments import word
from layerlab.model.container import Container
from layerlab.model.image import Image, checked
from layerlab.model.layerlab_error import LayerlabError

# As many digits of an id as `docker images` prints.
ID_DIGITS = 12


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
        self._seconds = 0
        self._run = 0

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
            raise HostError(f"{name} is used by {_listed(users)}: remove {'it' if len(users) == 1 else 'them'} first")
        self._names.pop(reference(name), None)
        self._nameless = [held for held in self._nameless if held is not image and held != image]

    @overload
    def run(self, image: str, name: str | None = None) -> Container: ...

    @overload
    def run(self, image: str, name: str | None = None, *, count: int) -> list[Container]: ...

    def run(self, image: str, name: str | None = None, *, count: int | None = None) -> Container | list[Container]:
        """Start a container on an image: an empty thin layer, at no cost in bytes, whatever the image's size.

        With `count`, start that many, called `name-1`, `name-2`, ... and return a list. Without a name the image's
        own last word and a number are taken. A name that is in use raises HostError.
        """
        base = self.image(image)
        if count is not None and index(count) < 0:
            raise HostError(f"{count} containers cannot be started")
        stem = name or short(image).rpartition("/")[2].partition(":")[0]
        if count is None and name is not None:
            return self._start(base, [name])[0]
        if count is None:
            return self._start(base, [self._free(stem)])[0]
        return self._start(base, [f"{stem}-{number}" for number in range(1, count + 1)])

    def stop(self, name: str) -> None:
        """Stop a container. Its thin layer stays and uses as much disk space as before."""
        self._container(name).state = "stopped"

    def start(self, name: str) -> None:
        """Start a stopped container again, with the thin layer that it had."""
        self._container(name).state = "running"

    def remove(self, name: str, force: bool = False) -> None:
        """Remove a container and its thin layer: this is where data is lost. A running one needs `force=True`."""
        container = self._container(name)
        if container.state == "running" and not force:
            raise HostError(f"{name} is running: stop it first, or remove it with force=True")
        container.state = "removed"
        del self._containers[name]

    def usage(self) -> Usage:
        """Return what is on this host, byte by byte, as it is now."""
        return account(self._named(), self._containers.values())

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

    def _start(self, image: Image, names: list[str]) -> list[Container]:
        for name in names:
            if not word(name, "a container's name") or "/" in name or name != name.strip():
                raise HostError(f"{name!r} is no name for a container")
            if name in self._containers:
                raise HostError(f"a container is called {name} already")
        # All names are checked before the first container is made, so that a refusal leaves nothing behind.
        made = {name: Container(image, name, self._tick) for name in names}
        self._containers.update(made)
        return list(made.values())

    def _tick(self) -> int:
        self._seconds += 1
        return self._seconds


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
