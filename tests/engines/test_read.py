"""What is read from a running engine is what the engine itself says, and what the model says of the same acts."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import docker
import pytest

import layerlab as ll
from layerlab.engines.client import GONE, Engine
from layerlab.words.sizes import size
from tests.engines.machine import Machine
from tests.engines.tree import shown

CATALOG, SITE = "var/lib/shop/catalog.db", "var/www"
NAMES = ("coreos/apache", "shop", "blog")
LEAN = ll.shop("shop").image("shop").with_layer(ll.Layer.of({CATALOG: ll.WHITEOUT}), created_by=f"RUN rm /{CATALOG}")


class Filled(NamedTuple):
    """An engine with the running example in it, how to ask it, and a host on which the same was done."""

    machine: Machine
    client: Any
    engine: Engine
    host: ll.Host


@pytest.fixture(scope="module", params=["docker", "podman"])
def filled(
    request: pytest.FixtureRequest, machine: Machine, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Filled]:
    host = ll.shop(*NAMES)
    host.add(LEAN, "lean")
    path = tmp_path_factory.mktemp("filled") / "it.tar"
    ll.save({f"ll/{name}:1": image for name, image in host.images.items()}, path, "docker")
    address = machine.docker_address if request.param == "docker" else machine.podman_address
    client = docker.APIClient(address, version="auto", timeout=120)
    with path.open("rb") as file:
        for line in client.load_image(file):
            assert "error" not in line, line
    web, job, _ = (host.run("shop", name=name) for name in ("web", "job", "idle"))
    web.append(CATALOG, b"1\n")
    web.write("etc/note", b"new\n")
    job.rmtree(SITE)
    run(client, "web", f"echo 1 >> /{CATALOG}; echo new > /etc/note")
    run(client, "job", f"/busybox rm -r /{SITE}")
    client.stop("job", timeout=0)
    host.stop("job")
    make(client, "idle")
    host.stop("idle")
    client.commit("web", "ll/committed", "1")
    yield Filled(machine, client, ll.engine(address), host)
    for name in ("web", "job", "idle"):
        client.remove_container(name, force=True)
    for image in client.images():
        client.remove_image(image["Id"], force=True)


def make(client: Any, name: str) -> None:
    settings = client.create_host_config(network_mode="none", binds=["/bin/busybox:/busybox:ro"])
    client.create_container("ll/shop:1", ["sleep", "1000"], name=name, entrypoint="/busybox", host_config=settings)


def run(client: Any, name: str, script: str) -> None:
    make(client, name)
    client.start(name)
    asked = client.exec_create(name, ["/busybox", "sh", "-ec", script])
    assert b"" == client.exec_start(asked["Id"])
    assert 0 == client.exec_inspect(asked["Id"])["ExitCode"]


def layers_on_disk(filled: Filled) -> dict[str, int]:
    """Each image layer that the engine's store holds, by ChainID, with its size: read from the store's own files."""
    if not filled.engine.podman:
        stored = filled.machine.folder / "docker/image/overlay2/layerdb/sha256"
        return {f"sha256:{layer.name}": int((layer / "size").read_text()) for layer in stored.iterdir()}
    store = filled.machine.folder / "podman"
    layers = {layer["id"]: layer for layer in json.loads((store / "overlay-layers/layers.json").read_text())}
    found: dict[str, int] = {}
    for image in json.loads((store / "overlay-images/images.json").read_text()):
        chain, top = [], image["layer"]
        while top:
            chain.append(layers[top])
            top = layers[top].get("parent")
        diff_ids = [layer["diff-digest"] for layer in reversed(chain)]
        found.update(zip(ll.chain_ids(diff_ids), [layer["diff-size"] for layer in reversed(chain)], strict=True))
    return found


def of_model(filled: Filled) -> dict[str, ll.Image]:
    return {image.id: image for image in filled.host.images.values()}


def test_images_are_those_of_the_model(filled: Filled) -> None:
    found = {image.id: image for image in filled.engine.images()}
    for image_id, image in of_model(filled).items():
        told = found[image_id]
        assert (image.diff_ids, image.chain_ids) == (told.diff_ids, told.chain_ids)
        assert tuple(layer.tar_size if filled.engine.podman else layer.size for layer in image.layers) == told.sizes
    assert 5 == len(found)


def test_layers_are_those_of_the_store_each_once(filled: Filled) -> None:
    usage = filled.engine.usage()
    assert layers_on_disk(filled) == {chain_id: layer.size for chain_id, layer in usage.layers.items()}
    assert sum(layers_on_disk(filled).values()) == usage.disk


def test_an_x_ray_lays_an_image_of_the_engine_open(filled: Filled) -> None:
    lean, blog = (filled.engine.load(f"ll/{name}:1") for name in ("lean", "blog"))
    bench = ll.bench("xray", lean, blog)
    (name,), (other,) = lean.names, blog.names  # Podman writes localhost/ in front
    assert (True, True) == (name.endswith("ll/lean:1"), other.endswith("ll/blog:1"))
    assert "299 MB visible + 20.0 MB dead = 319 MB" == bench.scene.balance
    bench.read(0)
    assert f"Layer 5 hides /{CATALOG}, but layer 4 contains it: see below." == bench.sentence
    bench.what_if(0)
    assert f"20.0 MB smaller; on one disk with {other} it takes 20.0 MB less." in bench.sentence
    assert f"docker save --output image.tar {name}" == bench.transcript[0].docker


def test_history_is_what_the_engine_prints(filled: Filled) -> None:
    (committed,) = [image for image in filled.engine.images() if any("committed" in name for name in image.names)]
    if not filled.engine.podman:
        for image in filled.engine.images():
            printed = filled.client.history(image.id)
            assert [(line["CreatedBy"], line["Size"]) for line in reversed(printed)] == list(image.history)
        assert 20_000_006 == committed.history[-1].size == committed.sizes[-1]
    else:
        for image in filled.engine.images():
            printed = filled.machine.asked("podman", "history", "--format", "json", image.id)
            assert [line["size"] for line in reversed(printed) if line["size"]] == list(image.sizes)
    assert 6 == len(committed.sizes)


def test_the_disk_is_what_docker_says_and_podman_says_too_much(filled: Filled) -> None:
    usage = filled.engine.usage()
    if filled.engine.podman:
        # Podman adds up whole images, and so says more than there is.
        printed = filled.machine.run("podman", "system", "df", "--format", "{{.Type}} {{.Size}}").split()
        assert ["Images", f"{sum(row.size for row in usage.images.values()) / 1e9:.3g}GB"] == printed[:2]
        assert 4 * usage.disk < sum(row.size for row in usage.images.values())
    else:
        said = filled.client.df()
        assert usage.disk == said["LayersSize"]
        assert {row.id: (row.size, row.shared) for row in usage.images.values()} == {
            each["Id"]: (each["Size"], each["SharedSize"]) for each in said["Images"]
        }


def test_thin_layers_are_those_of_the_model(filled: Filled) -> None:
    told, own = filled.engine.usage().containers, filled.host.usage().containers
    # Podman writes a link of 12 bytes, /etc/mtab, into a container that has started.
    more = {name: 12 if filled.engine.podman and name != "idle" else 0 for name in own}
    assert {name: (row.size_rw + more[name], row.state, row.image) for name, row in own.items()} == {
        name: (row.size_rw, row.state, row.image) for name, row in told.items()
    }


def test_changes_are_those_of_the_model(filled: Filled) -> None:
    for name, container in filled.host.containers.items():
        told = filled.engine.diff(name)
        if not filled.engine.podman:
            mount = ["A /busybox"] if name != "idle" else []
            assert sorted([*container.diff(), *mount], key=lambda line: line[2:]) == told
        else:
            printed = filled.machine.run("podman", "diff", name).splitlines()
            assert sorted(printed) == sorted(told)
            assert {line for line in container.diff() if line[0] in "AD"} <= set(told)


def test_the_books_balance(filled: Filled) -> None:
    usage = filled.engine.usage()
    assert usage.disk == sum(row.fair for row in usage.images.values())
    assert usage.total == usage.disk + sum(row.size_rw for row in usage.containers.values())


def test_an_image_is_loaded_with_all_its_files(filled: Filled) -> None:
    image, own = filled.engine.load("ll/lean:1"), filled.host.image("lean")
    assert own == image
    assert ll.explain(own) == ll.explain(image)
    assert shown(own) == shown(image)


def test_the_ledger_and_the_sharing_bench_show_what_the_engine_has(filled: Filled) -> None:
    usage = filled.engine.usage()
    assert f"thin layers = {size(usage.total)}" in str(ll.ledger(usage))
    copies = filled.engine.host("ll/shop:1", "ll/blog:1")
    assert ll.shop("shop", "blog").usage().disk == copies.usage().disk == ll.bench("sharing", host=copies).usage.disk


def test_what_comes_back_is_what_was_said(filled: Filled) -> None:
    before = filled.engine.usage()
    (name,) = [name for name in before.images if "blog" in name]
    filled.client.remove_image(before.images[name].id, force=True)
    assert before.reclaim({name}) == before.disk - filled.engine.usage().disk
    assert before.disk - before.reclaim({name}) == sum(layers_on_disk(filled).values())


def test_containers_without_an_image_are_in_the_books(machine: Machine, tmp_path: Path) -> None:
    (tmp_path / "root/bin").mkdir(parents=True)
    (tmp_path / "root/bin/sh").write_bytes(b"x" * 1000)
    machine.run("podman", "create", "--name", "odd", "--rootfs", tmp_path / "root", "/bin/sh")
    try:
        row = ll.engine(machine.podman_address).usage().containers["odd"]
        assert ("", 0) == (row.image, row.image_size)
    finally:
        machine.run("podman", "rm", "--force", "odd")


def test_layers_of_an_image_that_was_removed_by_force_are_told_of(machine: Machine, tmp_path: Path) -> None:
    client, path = machine.docker, tmp_path / "it.tar"
    ll.save({"gone:1": ll.scratch.with_layer(ll.Layer.of({"f": ll.filler(5_000)}))}, path, "docker")
    engine = ll.engine(machine.docker_address)
    engine.add(path, "gone:1")
    client.create_container("gone:1", ["/f"], name="odd")
    try:
        client.remove_image("gone:1", force=True)
        usage = engine.usage()
        assert (5_000, 5_000) == (usage.containers["odd"].image_size, usage.beside[GONE])
    finally:
        client.remove_container("odd", force=True)
