"""What the model says of pushes and pulls, asked of docker, podman and skopeo with a real registry: each request."""

import json
import os
import random
import shutil
from collections.abc import Iterator
from urllib.request import Request, urlopen

import pytest

from layerlab import Host, Image, Layer, Registry, Transfer, load, save, scratch
from tests.engines.machine import Machine
from tests.engines.registry_server import PROGRAM, RegistryServer, serving

ACTS = 14
FIRST = ("push", "push", "push", "pull")
LATER = ("push",) * 4 + ("pull",) * 3 + ("empty", "name", "forget")
# Packed sizes are those that were measured; only lengths of digits in documents could differ.
FEW = 300
REPOSITORIES = ("shop", "team/shop", "team/blog", "other")
# Sizes of layers in bytes: small, middle and large for docker. The first two are in several images.
SIZES = {"base": 1_000_000, "tools": 3_000_000, "conf": 20_000, "apache": 11_000_000, "site": 400_000, "posts": 500_000}
STACKS = {
    "shop1": ("base", "tools", "site"),
    "shop2": ("base", "tools", "posts"),
    "blog": ("base", "conf", "posts"),
    "big": ("base", "apache"),
    "rebuilt": ("base", "site", "tools"),
    "twice": ("conf", "base", "conf"),
}


@pytest.fixture
def server(machine: Machine) -> Iterator[RegistryServer]:
    """A registry under three names, which no client used before: podman and skopeo share what they remember."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"not installed: {PROGRAM}")
    with serving(machine.folder / f"registry-{random.randrange(1 << 32)}", names=3) as found:
        yield found


@pytest.fixture(scope="module")
def images(machine: Machine) -> dict[str, Image]:
    """Images of layers that no client saw before, because podman remembers blobs of earlier runs."""
    chance = random.Random(os.urandom(8))
    layers = {name: Layer.of({name: chance.randbytes(size)}) for name, size in SIZES.items()}
    made = {}
    for name, stack in STACKS.items():
        image = scratch
        for part in stack:
            image = image.with_layer(layers[part], f"COPY {part} /")
        made[name] = image.with_config(cmd=[f"/{name}"])
        save({f"{name}:1": made[name]}, machine.folder / f"{name}.tar", format="docker")
        machine.run(
            "skopeo", "copy", f"docker-archive:{machine.folder}/{name}.tar", f"oci:{machine.folder}/oci-{name}:1"
        )
    return made


def forgotten(machine: Machine) -> None:
    """Empty what docker remembers of registries."""
    for name in ("v2metadata-by-diffid", "diffid-by-digest"):
        folder = machine.folder / "docker/image/overlay2/distribution" / name
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "sha256").mkdir(parents=True)


class Client:
    """A client on a real host beside one on a host of the model: the same acts on both."""

    def __init__(self, name: str, machine: Machine, server: RegistryServer, images: dict[str, Image]) -> None:
        self.name, self.machine, self.server = name, machine, server
        self.registry, self.host, self.target = Registry(server.names[0]), Host(), Host()
        self.images = images
        self.layout = machine.folder / f"pulled-{random.random()}"
        self.port = server.names[0]

    def load(self, names: list[str]) -> None:
        for name in names:
            if self.name == "docker":
                self.machine.run("docker", "load", "--quiet", "--input", f"{self.machine.folder}/{name}.tar")
            if self.name == "podman":
                self.machine.run("podman", "load", "--quiet", "--input", f"{self.machine.folder}/{name}.tar")
            self.host.add(self.images[name], f"{name}:1")

    def push(self, name: str, ref: str) -> Transfer:
        self.server.written.clear()
        full = f"{self.port}/{ref}"
        if self.name == "docker":
            self.machine.run("docker", "tag", f"{name}:1", full)
            self.machine.run("docker", "push", "--quiet", full)
        if self.name == "podman":
            self.machine.run("podman", "push", "--quiet", "--tls-verify=false", f"localhost/{name}:1", full)
        if self.name == "skopeo":
            self.copy(f"oci:{self.machine.folder}/oci-{name}:1", f"docker://{full}")
        # Docker's command names the image, and so does the model's host, which matters when the image is removed.
        told = self.registry.push(self.host, f"{name}:1", ref, self.name)
        if self.name == "docker":
            self.host.tag(f"{name}:1", full)
        return told

    def pull(self, ref: str) -> Transfer:
        self.server.written.clear()
        full = f"{self.port}/{ref}"
        if self.name == "docker":
            self.machine.run("docker", "pull", "--quiet", full)
        if self.name == "podman":
            self.machine.run("podman", "pull", "--quiet", "--tls-verify=false", full)
        if self.name == "skopeo":
            self.copy(f"docker://{full}", f"oci:{self.layout}:{ref.replace('/', '-').replace(':', '-')}")
            self.target._known = self.host._known
            return self.registry.pull(self.target, ref, self.name)
        return self.registry.pull(self.host, ref, self.name)

    def copy(self, source: str, target: str) -> None:
        self.machine.run("skopeo", "copy", "--src-tls-verify=false", "--dest-tls-verify=false", source, target)

    def empty(self) -> None:
        """Remove all images; what the client remembers stays."""
        if self.name == "docker":
            self.machine.run("docker", "system", "prune", "--all", "--force")
        if self.name == "podman":
            self.machine.run("podman", "rmi", "--all", "--force")
        if self.name == "skopeo":
            shutil.rmtree(self.layout, ignore_errors=True)
            self.target = Host()
            return
        for name in list(self.host.images):
            self.host.remove_image(name)
        for image in self.host.untagged:
            self.host.remove_image(image.id)

    def forget(self) -> None:
        """Make docker forget, as on a new machine."""
        forgotten(self.machine)
        self.host.forget()

    def use_name(self, number: int) -> None:
        """Ask the same registry under another of its names."""
        self.port = self.registry.name = self.server.names[number]


def compare(client: Client, told: Transfer) -> None:
    written = client.server.written
    assert dict(written.requests) == dict(told.requests)
    assert written.up == pytest.approx(told.up, abs=FEW)
    assert written.down == pytest.approx(told.down, abs=FEW)


def sized(machine: Machine, server: RegistryServer, client: str, images: dict[str, Image]) -> dict[str, Image]:
    """Return the images with packed sizes as a client makes them."""
    if client == "skopeo":
        return {name: load(machine.folder / f"oci-{name}")[0] for name in images}
    sizes: dict[str, int] = {}
    for name, image in images.items():
        if client == "podman":
            # Podman and skopeo compress with the same library.
            layers = [layer.blob_size or 0 for layer in load(machine.folder / f"oci-{name}")[0].layers]
        else:
            direct = f"127.0.0.1:{server.port}/measured/{name}:1"
            machine.run("docker", "load", "--quiet", "--input", f"{machine.folder}/{name}.tar")
            machine.run("docker", "tag", f"{name}:1", direct)
            machine.run("docker", "push", "--quiet", direct)
            layers = [each["size"] for each in manifest(server, f"measured/{name}", "1")["layers"]]
        sizes.update(zip(image.diff_ids, layers, strict=True))
    found = {}
    for name, image in images.items():
        stack = [layer.with_packed_size(sizes[layer.diff_id]) for layer in image.layers]
        found[name] = Image(stack, image.history, {"architecture": "amd64", "os": "linux", "config": image.config})
        assert image.id == found[name].id
    return found


def manifest(server: RegistryServer, repository: str, tag: str) -> dict[str, list[dict[str, int]]]:
    accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json"
    asked = Request(f"http://127.0.0.1:{server.port}/v2/{repository}/manifests/{tag}", headers={"Accept": accept})
    with urlopen(asked) as answer:
        found: dict[str, list[dict[str, int]]] = json.load(answer)
    return found


@pytest.mark.parametrize("name", ["docker", "podman", "skopeo"])
def test_random_pushes_and_pulls_take_the_same_requests(
    name: str, machine: Machine, server: RegistryServer, images: dict[str, Image]
) -> None:
    client = Client(name, machine, server, sized(machine, server, name, images))
    client.empty()
    if name == "docker":
        client.forget()
    server.empty()
    client.load(list(STACKS))
    seed = int(os.environ.get("LAYERLAB_SEED") or random.randrange(1_000_000))
    chance = random.Random(seed)
    pushed: dict[str, str] = {}
    done: list[str] = []
    for number in range(ACTS):
        act = (
            ("push", "push", "push", "pull")[number]
            if number < 4
            else chance.choice(("push",) * 4 + ("pull",) * 3 + ("empty", "name", "forget"))
        )
        image, ref = chance.choice(list(STACKS)), f"{chance.choice(REPOSITORIES)}:{chance.randint(1, 2)}"
        done.append(f"{act} {image} {ref}")
        try:
            if act == "push":
                compare(client, client.push(image, ref))
                pushed[ref] = image
            if act == "pull":
                compare(client, client.pull(chance.choice(list(pushed))))
        except AssertionError as error:
            raise AssertionError(f"seed {seed}, {name}, after {'; '.join(done)}: {error}") from error
        if act == "empty":
            client.empty()
            if pushed:
                compare(client, client.pull(chance.choice(list(pushed))))
            client.load(list(STACKS))
        if act == "name":
            client.use_name(chance.randrange(len(server.names)))
        if act == "forget" and name == "docker":
            client.forget()
    client.empty()
