"""An engine that only talks: a host's books told over a Unix socket as Docker 20.10 or Podman 4.3 tells them."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import unquote, urlsplit

import layerlab as ll
from tests.archive.build import digest

Reply = tuple[int, Any]
STATES = {"running": "running", "stopped": "exited"}


class Talker:
    """What an engine answers to each path of its API. `asked` holds the paths, in order."""

    def __init__(self, host: ll.Host, podman: bool = False, forgetful: bool = False, containerd: str = "") -> None:
        """Tell of `host`. A `forgetful` one fails over histories, as Podman does over those without times.

        Images are in the store of `containerd`, as an API of that version tells it, where one is given.
        """
        self.host, self.podman, self.forgetful, self.containerd = host, podman, forgetful, containerd
        self.disk: dict[str, Any] = {"LayersSize": 0, "Images": [], "Containers": [], "Volumes": [], "BuildCache": None}
        self.more: list[dict[str, Any]] = []
        """Containers that no host of the model can have."""
        self.asked: list[str] = []

    def reply(self, path: str) -> Reply:
        """Return a status and what to answer: bytes, or a document."""
        self.asked.append(path)
        match path.split("/"):
            case ["version"]:
                engine = "Podman Engine" if self.podman else "Engine"
                api = self.containerd or "1.41"
                return 200, {"Version": "1.2", "ApiVersion": api, "Components": [{"Name": engine}]}
            case ["info"]:
                store = (
                    ["driver-type", "io.containerd.snapshotter.v1"] if self.containerd else ["Supports d_type", "true"]
                )
                return 200, {"Driver": "overlayfs" if self.containerd else "overlay2", "DriverStatus": [store]}
            case ["system", "df"]:
                return 200, self.disk
            case ["images", "json"]:
                return 200, [self.listed(image, names) for image, names in self.named()]
            case ["containers", "json"]:
                return 200, [*map(self.container, self.host.containers.values()), *self.more]
            case ["containers", name, "changes"] if name in self.host.containers:
                lines = [line.split(" ", 1) for line in self.host.containers[name].diff()]
                return 200, [{"Kind": "CAD".index(kind), "Path": at} for kind, at in reversed(lines)] or None
            case ["images", *rest, what] if image := self.found("/".join(rest)):
                return self.about(image, "/".join(rest), what)
        return 404, {"message": f"No such thing: {path}"}

    def about(self, image: ll.Image, name: str, what: str) -> Reply:
        """Return what is told of one image."""
        if what == "json":
            return 200, {"Id": image.id, "RootFS": {"Type": "layers", "Layers": list(image.diff_ids)}}
        if what == "get" and not image.layers:
            return 500, {"message": "empty export - not implemented"}  # as Docker 20.10 says
        if what == "get":
            return 200, exported(self.host, name, image)
        if self.forgetful:
            return 500, {"message": "runtime error: invalid memory address or nil pointer dereference"}
        sizes = iter([self.bytes(layer) for layer in image.layers])
        lines = [
            {"CreatedBy": step.created_by, "Size": 0 if step.empty_layer else next(sizes)} for step in image.history
        ]
        return 200, lines[::-1]

    def bytes(self, layer: ll.Layer) -> int:
        """Return a layer's size as the engine counts it."""
        return layer.tar_size if self.podman else layer.size

    def named(self) -> list[tuple[ll.Image, list[str]]]:
        """Return each image with its names."""
        images = {image.id: image for image in (*self.host.images.values(), *self.host.untagged)}
        names = {name: image.id for name, image in self.host.images.items()}
        return [
            (image, [name if ":" in name else f"{name}:latest" for name, own in names.items() if own == image.id])
            for image in images.values()
        ]

    def found(self, name: str) -> ll.Image | None:
        """Return an image by its name or id."""
        return next(
            (image for image, names in self.named() if name in (image.id, *names) or f"{name}:latest" in names), None
        )

    def listed(self, image: ll.Image, names: list[str]) -> dict[str, Any]:
        """Return an image as a listing tells it."""
        told = {"Id": image.id, "RepoTags": names or None, "Size": sum(map(self.bytes, image.layers))}
        return told | ({"Manifests": self.manifests(image)} if self.containerd == "1.52" else {})

    def manifests(self, image: ll.Image) -> list[dict[str, Any]]:
        """Return what API 1.47 and later tell of an image's manifests: this platform, another one, an attestation."""
        unpacked = sum(map(self.bytes, image.layers))
        own = {"Content": unpacked // 2, "Total": unpacked + unpacked // 2}
        return [
            {"ID": digest(image.config_json + b"m"), "Available": True, "Kind": "image", "Size": own},
            {"ID": digest(b"arm"), "Available": False, "Kind": "image", "Size": {"Content": 999, "Total": 999}},
            {"ID": digest(b"proof"), "Available": True, "Kind": "attestation", "Size": {"Content": 7, "Total": 7}},
        ]

    def container(self, each: ll.Container) -> dict[str, Any]:
        """Return a container as a listing tells it: a size of 0 is left out."""
        sizes = {"SizeRw": each.size_rw} if each.size_rw else {}
        return {
            "Id": digest(each.name.encode())[7:], "Names": [f"/{each.name}"], "ImageID": each.image.id,
            "State": STATES[each.state], "SizeRootFs": each.virtual_size, **sizes,
        }  # fmt: skip


def exported(host: ll.Host, name: str, image: ll.Image) -> bytes:
    """Return what `docker save NAME` writes: all tags of a name without one."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "it.tar"
        if name == image.id:
            ll.save(image, path, "docker")
        else:
            kept = {
                own: each
                for own, each in host.images.items()
                if own == name.removesuffix(":latest") or own.startswith(f"{name}:")
            }
            ll.save(kept, path, "docker")
        return path.read_bytes()


@contextmanager
def listening(talker: Talker, folder: Path) -> Iterator[str]:
    """Let it listen at a socket in `folder`, and give the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = unquote(urlsplit(self.path).path).strip("/")
            status, answer = talker.reply(path.partition("/")[2] if path.startswith("v1.") else path)
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def address_string(self) -> str:
            return "here"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            pass

    class Server(ThreadingUnixStreamServer):
        daemon_threads = True

    path = folder / "s"
    with Server(str(path), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"unix://{path}"
        server.shutdown()
