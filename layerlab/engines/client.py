"""Engine client: asks a running Docker or Podman over the socket of its API (Docker Engine API 1.41 for both)."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from layerlab.archive.errors import at
from layerlab.archive.files import temporary
from layerlab.archive.load import LIMITS, images_in
from layerlab.archive.progress import OnProgress
from layerlab.archive.source import TarSource
from layerlab.engines.engine_error import EngineError
from layerlab.engines.layer_sizes import HistoryLine, layer_sizes
from layerlab.engines.prefixes import EngineKind
from layerlab.model.accounting import ContainerUsage, LayerStack, Usage, count
from layerlab.model.arguments import word
from layerlab.model.host import Host, reference
from layerlab.model.image import Image, chain_ids
from layerlab.words.digests import short_digest

START = "start Docker, or Podman with `systemctl start podman.socket`, or give the address of its socket"
# In order: Docker as a service, rootless, two places of Docker Desktop; Podman rootless, as a service, its machine.
SOCKETS = (
    "/var/run/docker.sock",
    "$XDG_RUNTIME_DIR/docker.sock",
    "~/.docker/run/docker.sock",
    "~/.docker/desktop/docker.sock",
    "$XDG_RUNTIME_DIR/podman/podman.sock",
    "/run/podman/podman.sock",
    "~/.local/share/containers/podman/machine/podman.sock",
)
PIPE = "npipe:////./pipe/docker_engine"
# Seconds to wait for an answer. An engine may need minutes to measure all containers and volumes.
PATIENCE = 300
CHUNK = 1 << 20
# How `docker info` says that images are in containerd's store.
CONTAINERD = ["driver-type", "io.containerd.snapshotter.v1"]
PACKED = "packed layers, as containerd's store keeps them too; one that images share counts for each"
GONE = "layers of removed images that containers still use; one that images share counts for each"
CHANGE_LETTERS = "CAD"
"""What the API's kinds of change 0, 1 and 2 are called by `docker diff`."""


@dataclass(frozen=True)
class EngineImage:
    """An image as an engine lists it, without its files: `sizes` and `diff_ids` of its layers, the oldest first.

    Sizes are in bytes as this engine counts them: Docker counts a layer's files, Podman counts its tar. `history` is
    what the engine prints, the oldest line first. It is empty if the engine fails, as Podman 4.3 does for a history
    without times.

    >>> EngineImage("sha256:00", ("shop:1",), ("sha256:01", "sha256:02"), (20, 5), ()).size
    25
    """

    id: str
    names: tuple[str, ...]
    diff_ids: tuple[str, ...]
    sizes: tuple[int, ...]
    history: tuple[HistoryLine, ...]

    @property
    def chain_ids(self) -> tuple[str, ...]:
        """Each height's ChainID: images share the layers whose ChainIDs they share."""
        return chain_ids(self.diff_ids)

    @property
    def size(self) -> int:
        """The sum of the layers' bytes."""
        return sum(self.sizes)


class Engine:
    """A running Docker or Podman: its images, its containers and how much disk space they use. `engine` finds one.

    The engine is only asked, and never told to change anything, but by `add`.
    """

    def __init__(self, client: Any, address: str) -> None:
        """Ask through `client`, a `docker.APIClient`."""
        self._client = client
        self._sizes: dict[str, int] = {}
        version = client.version()
        parts = [part.get("Name", "") for part in version.get("Components") or []]
        self.address = address
        # Podman answers on the same API as Docker. Only the names of its components tell it apart.
        self.podman = any(part.startswith("Podman") for part in parts)
        self.name = f"{'Podman' if self.podman else 'Docker'} {version.get('Version', '')}"

    def images(self) -> tuple[EngineImage, ...]:
        """Return the images that the engine lists, by name, untagged ones last.

        An engine tells a size for each line of history, but not which lines made a layer. If the sizes of layers cannot
        be found out from the lines, the image is exported once and counted.
        """
        with self._asking():
            found = self._described([(each["Id"], each.get("RepoTags")) for each in self._client.images()])
        return tuple(sorted(found, key=lambda image: (not image.names, image.names, image.id)))

    def usage(self) -> Usage:
        """Return what is on this machine, byte by byte: all images, and containers that run or are stopped.

        As in a `Host`, fair shares and thin layers add up to the whole. `beside` contains the volumes and the build
        cache. If Docker uses containerd's store, its default since version 29, `beside` also contains the packed
        layers, because that store keeps layers packed and unpacked (docs.docker.com/engine/storage/containerd). Logs
        are not counted.
        """
        images = self.images()
        with self._asking():
            containers = self._client.containers(all=True, size=True)
            known = {image.id: image for image in images}
            # A container may use an image that the engine does not list. Its layers take disk space too.
            for missing in {_id(each["ImageID"]) for each in containers} - {"", *known}:
                known |= {image.id: image for image in self._described(self._unlisted(missing))}
        stacks = [
            LayerStack(image.id, image.names, tuple(zip(image.chain_ids, image.sizes, strict=True)))
            for image in known.values()
        ]
        with self._asking():
            beside = self._beside()
        rows = [_container(each, known) for each in containers]
        # `docker rmi -f` removes an image that a stopped container uses, but not the layers below that container.
        gone = {row.image: row.image_size for row in rows if row.image not in known}
        if size := sum(gone.values()):
            beside[GONE] = size
        return replace(count(stacks, rows), beside=beside)

    def diff(self, container: str) -> list[str]:
        """Return what a container changed, as `docker diff` prints it, sorted by path.

        Podman leaves out parents that were only copied up, and adds what it writes itself.
        """
        with self._asking():
            changes = self._client.diff(container) or []
        return [
            f"{CHANGE_LETTERS[each['Kind']]} {each['Path']}"
            for each in sorted(changes, key=lambda each: str(each["Path"]))
        ]

    def load(self, image: str, progress: OnProgress | None = None) -> Image:
        """Return one image with all its files, for `view`, `explain` or the X-ray bench.

        The engine exports the image to a temporary file without a name. The file is removed when the image is no longer
        used. Layers, ids and sizes are then computed here, because Podman's tars contain the same files as Docker's.
        """
        with at(f"{image} from {self.name}"), self._asking(image):
            wanted = _id(self._client.inspect_image(image)["Id"])
            by_id = wanted[7:].startswith(image.removeprefix("sha256:"))
            # Docker exports every tag if a name has no tag, so `reference` adds one.
            archive = temporary(self._client.get_image(image if by_id else reference(image), chunk_size=CHUNK))
            found = images_in(TarSource(archive, LIMITS, archive), progress)
        return next((each for each in found if wanted in (each.id, each.digest)), found[0])

    def add(self, archive: str | os.PathLike[str], name: str) -> EngineImage:
        """Load an archive, as `docker load --input` does, and return the image that then has a name.

        This is the only method that changes something on the machine.
        """
        with at(f"{os.fspath(archive)} to {self.name}"), self._asking():
            with open(archive, "rb") as file:
                said = list(self._client.load_image(file))
            if refusal := next((each["error"] for each in said if "error" in each), ""):
                raise EngineError(f"{self.name}: {refusal}")
            found = self._client.inspect_image(name)
            return self._described([(found["Id"], found.get("RepoTags"))])[0]

    def host(self, *images: str, progress: OnProgress | None = None) -> Host:
        """Return a host of the model with these images and all their files.

        Without arguments, the host gets every image that has a name, under each of its names. Give the host to a bench:
        what you run, break and remove there changes nothing on this machine.
        """
        found = Host()
        wanted = ((name,) for name in images) if images else (image.names for image in self.images() if image.names)
        for names in wanted:
            image = self.load(names[0], progress)
            for name in names:
                found.add(image, name)
        return found

    def __repr__(self) -> str:
        return f"<{self.name} at {self.address}>"

    def _described(self, listed: list[tuple[str, list[str] | None]]) -> tuple[EngineImage, ...]:
        """Return images by their ids and names. All are asked first, because one may tell the sizes of another."""
        found = []
        for image_id, names in listed:
            diff_ids = (self._client.inspect_image(image_id).get("RootFS") or {}).get("Layers") or []
            lines = self._history(image_id)
            self._sizes.update(zip(chain_ids(diff_ids), layer_sizes(diff_ids, lines) or (), strict=False))
            tags = tuple(name for name in names or () if name != "<none>:<none>")
            found.append(EngineImage(_id(image_id), tags, tuple(diff_ids), (), tuple(lines)))
        # The highest images come first: exporting one tells the sizes of all images below it.
        for image in sorted(found, key=lambda each: -len(each.diff_ids)):
            if not self._sizes.keys() >= {*image.chain_ids}:
                own = [layer.tar_size if self.podman else layer.size for layer in self.load(image.id).layers]
                self._sizes.update(zip(image.chain_ids, own, strict=True))
        return tuple(
            replace(image, sizes=tuple(self._sizes[chain_id] for chain_id in image.chain_ids)) for image in found
        )

    def _beside(self) -> dict[str, int | None]:
        """Return the bytes of each kind that is neither an unpacked layer nor a container, without kinds of 0 B."""
        told = self._client.df()
        found: dict[str, int | None] = {
            "volumes": _total(told, "VolumeUsage", [_volume(each) for each in told.get("Volumes") or []]),
            "build cache": _total(
                told,
                "BuildCacheUsage",
                [each.get("Size") or 0 for each in told.get("BuildCache") or [] if not each.get("Shared")],
            ),
        }
        if CONTAINERD in (self._client.info().get("DriverStatus") or []):
            found[PACKED] = self._packed()
        return {what: size for what, size in found.items() if size != 0}

    def _packed(self) -> int | None:
        """Return the bytes of packed layers and documents; None where the API, before version 1.47, does not tell.

        The API tells a size for each manifest, so that a layer of several manifests counts for each of them.
        """
        from docker.errors import create_api_error_from_http_exception
        from requests.exceptions import HTTPError

        # The package docker has no method for this parameter, but its client is a session of requests.
        url = f"{self._client.base_url}/v{self._client.api_version}/images/json"
        answer = self._client.get(url, params={"manifests": "1"}, timeout=PATIENCE)
        try:
            answer.raise_for_status()
        except HTTPError as error:
            create_api_error_from_http_exception(error)  # raises it with the engine's explanation
        listed = answer.json()
        if not all("Manifests" in each for each in listed):
            return None
        manifests = [each for image in listed for each in image["Manifests"] or [] if each.get("Available")]
        content: dict[str, int] = {each["ID"]: each["Size"]["Content"] for each in manifests}
        return sum(content.values())

    def _history(self, image_id: str) -> list[HistoryLine]:
        """Return an image's history, oldest first; an empty one if the engine fails."""
        from docker.errors import APIError

        try:
            lines = self._client.history(image_id) or []
        except APIError as error:
            if not error.is_server_error():
                raise
            return []
        return [HistoryLine(each.get("CreatedBy") or "", each.get("Size") or 0) for each in reversed(lines)]

    def _unlisted(self, image_id: str) -> list[tuple[str, list[str] | None]]:
        """Return the image of a container that the engine does not list, and no image if it was removed since."""
        from docker.errors import NotFound

        try:
            return [(self._client.inspect_image(image_id)["Id"], None)]
        except NotFound:
            return []

    @contextmanager
    def _asking(self, about: str = "") -> Iterator[None]:
        """Turn an error while the engine is asked into one line that names the engine, and what it was asked about."""
        from docker.errors import APIError, DockerException
        from requests.exceptions import RequestException

        try:
            yield
        except APIError as error:
            why = str(error.explanation or error)
            place = f"{about}: " if about and about not in why else ""
            raise EngineError(f"{self.name}: {place}{why}") from error
        except (DockerException, RequestException, OSError) as error:
            raise EngineError(f"{self.name} at {self.address}: {error}") from error


def engine(address: str | None = None, kind: EngineKind | None = None) -> Engine:
    """Return the Docker or Podman that runs on this machine, or the one whose socket is at `address`.

    `kind` asks for one of the two, "docker" or "podman".

    An address is a path, or "unix:///run/podman/podman.sock", or "tcp://host:port". Without one, DOCKER_HOST and
    CONTAINER_HOST are tried, then the places where Docker's and Podman's sockets are. Where no engine answers,
    EngineError says what to start.

    >>> engine("/no/such.sock")
    Traceback (most recent call last):
    layerlab.engines.engine_error.EngineError: no engine answers at unix:///no/such.sock (No such file or directory): \
start Docker, or Podman with `systemctl start podman.socket`, or give the address of its socket
    """
    try:
        import docker
    except ImportError:
        raise EngineError("to ask an engine, install the package docker: pip install docker") from None
    tried: list[str] = []
    for each in [word(address, "an address")] if address else _addresses():
        where = f"unix://{each}" if each.startswith("/") else each
        try:
            _knock(where)
            found = Engine(docker.APIClient(where, version="auto", timeout=PATIENCE), where)
        except (docker.errors.DockerException, OSError) as error:
            why = getattr(error, "strerror", None) or error
            tried.append(f" at {where} ({why})")
            continue
        if kind is None or found.podman == (kind == "podman"):
            return found
        tried.append(f" at {where} ({found.name}, not {kind})")
    raise EngineError(f"no engine answers{','.join(tried)}: {START}")


def _addresses() -> list[str]:
    """Return where an engine may listen: the addresses in the environment, else each known place that exists."""
    if stated := [os.environ[key] for key in ("DOCKER_HOST", "CONTAINER_HOST") if os.environ.get(key)]:
        return stated
    if sys.platform == "win32":
        return [PIPE]
    runtime = os.environ.get("XDG_RUNTIME_DIR") or f"/run/user/{os.getuid()}"
    places = [os.path.expanduser(place.replace("$XDG_RUNTIME_DIR", runtime)) for place in SOCKETS]
    return [place for place in places if os.path.exists(place)]


def _knock(address: str) -> None:
    """Open a Unix socket once, because the error of the system says why it cannot be opened."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as knock:
            knock.connect(address.removeprefix("unix://"))


def _container(each: dict[str, Any], images: dict[str, EngineImage]) -> ContainerUsage:
    image, own = _id(each["ImageID"]), each.get("SizeRw") or 0
    below = images[image].size if image in images else max(0, (each.get("SizeRootFs") or 0) - own)
    state = each.get("State") or ""
    # A container that is being removed may have lost its name.
    name = each["Names"][0].removeprefix("/") if each.get("Names") else short_digest(each["Id"])
    return ContainerUsage(name, image, "running" if state in ("running", "paused") else "stopped", own, below)


def _total(told: dict[str, Any], kind: str, sizes: list[int]) -> int:
    """Return the bytes of one kind of thing: the total since API 1.52, the sum of `sizes` before."""
    total: int = (told.get(kind) or {}).get("TotalSize") or sum(sizes)
    return total


def _volume(each: dict[str, Any]) -> int:
    return max(0, (each.get("UsageData") or {}).get("Size") or 0)  # -1 means not measured


def _id(stated: str) -> str:
    # Some answers state an id without its algorithm. Podman states an algorithm alone where a container has no image,
    # as one in a folder has none (`podman create --rootfs`).
    digits = stated.removeprefix("sha256:")
    return f"sha256:{digits}" if digits else ""
