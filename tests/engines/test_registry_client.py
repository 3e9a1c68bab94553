"""The client of registries with a real one, with and without a password, beside Docker, Podman and skopeo."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from layerlab import Image, Layer, RegistryError, load, push, scratch
from tests.engines.machine import Machine
from tests.engines.registry_server import PROGRAM, RegistryServer, serving

USER, PASSWORD = "ann", "open-sesame"
# What `htpasswd -B` writes for them.
HTPASSWD = "ann:$2y$05$abcdefghijklmnopqrstuutXu9KzOt.1yBoZUeFWoT/914/JfszCO\n"
LOGIN = "auth: {{htpasswd: {{realm: test, path: {path}}}}}\n"
IMAGE = scratch.with_layer(Layer.of({"srv/data": bytes(range(256)) * 4_000}), "COPY data /srv/").with_config(
    cmd=["/app"]
)


@pytest.fixture(params=["open", "closed"])
def server(request: pytest.FixtureRequest, machine: Machine) -> Iterator[tuple[RegistryServer, tuple[str, str] | None]]:
    """A registry, and the log-in that it asks for."""
    if shutil.which(PROGRAM) is None:
        pytest.skip(f"not installed: {PROGRAM}")
    folder: Path = machine.folder / f"registry-{request.param}"
    folder.mkdir()
    more = ""
    if request.param == "closed":
        (folder / "htpasswd").write_text(HTPASSWD)
        more = LOGIN.format(path=folder / "htpasswd")
    with serving(folder, more=more) as found:
        yield found, (USER, PASSWORD) if more else None
    shutil.rmtree(folder, ignore_errors=True)


def skopeo(machine: Machine, login: tuple[str, str] | None, *words: str) -> str:
    given = [f"--creds={':'.join(login)}"] if login else []
    return machine.run("skopeo", "inspect", "--tls-verify=false", *given, *words)


def test_what_is_pushed_here_is_read_by_skopeo_and_read_back(
    machine: Machine, server: tuple[RegistryServer, tuple[str, str] | None]
) -> None:
    (registry, login), written = server, server[0].written
    name = f"registry:{registry.names[0]}/team/shop:1"
    written.clear()
    assert 0 < push(IMAGE, name, login=login)
    assert 2 == written.requests["PUT upload 201"]
    (image,) = load(name, login=login)
    assert IMAGE == image
    assert IMAGE.view()["srv/data"].read() == image.view()["srv/data"].read()
    told = json.loads(skopeo(machine, login, f"docker://{registry.names[0]}/team/shop:1"))
    assert image.digest == told["Digest"]
    assert [layer.digest for layer in image.layers] == told["Layers"]
    written.clear()
    assert 0 == push(image, name, login=login)
    assert 0 == written.requests["PUT upload 201"]
    if login:
        with pytest.raises(RegistryError, match="log-in"):
            load(name)
        with pytest.raises(RegistryError, match="log-in"):
            push(IMAGE, name, login=(USER, "wrong"))


def test_what_docker_and_podman_push_is_read_with_its_id(
    machine: Machine, server: tuple[RegistryServer, tuple[str, str] | None]
) -> None:
    registry, login = server
    if login:
        # Engines would keep the password, so only the open registry is asked by them.
        return
    images: list[Image] = []
    push(IMAGE, f"registry:{registry.names[0]}/shop:0")
    for number, engine in enumerate((("docker",), ("podman",)), start=1):
        flags = ["--tls-verify=false"] if engine == ("podman",) else []
        machine.run(*engine, "pull", *flags, f"{registry.names[0]}/shop:0")
        machine.run(*engine, "tag", f"{registry.names[0]}/shop:0", f"{registry.names[0]}/by:{number}")
        machine.run(*engine, "push", *flags, f"{registry.names[0]}/by:{number}")
        images += load(f"registry:{registry.names[0]}/by:{number}")
    assert [IMAGE.id] * 2 == [image.id for image in images]
    assert images[0].digest != images[1].digest


def test_a_blob_that_was_changed_on_the_registrys_disk_is_refused(
    machine: Machine, server: tuple[RegistryServer, tuple[str, str] | None]
) -> None:
    registry, login = server
    push(IMAGE, name := f"registry:{registry.names[0]}/shop:1", login=login)
    digits = IMAGE.layers[0].diff_id.removeprefix("sha256:")
    path = registry.data / "docker/registry/v2/blobs/sha256" / digits[:2] / digits / "data"
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(RegistryError, match="the bytes have another digest"):
        load(name, login=login)
