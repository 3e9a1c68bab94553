"""What lesson 07 says that Docker printed, asked of Docker and a registry again."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from layerlab import Host, save, shop
from layerlab.course.bank import question
from layerlab.course.lessons.l07 import APP_SIZE, DEPS_SIZE, ROOT_SIZE, releases
from tests.engines.machine import Machine
from tests.engines.registry_server import RegistryServer, serving
from tests.engines.test_registry import forgotten


@pytest.fixture
def server(machine: Machine) -> Iterator[RegistryServer]:
    """A registry, and Docker without images or memory."""
    machine.run("docker", "system", "prune", "--all", "--force")
    forgotten(machine)
    with serving(machine.folder / "registry-lesson-07") as found:
        yield found
        found.empty()
    machine.run("docker", "system", "prune", "--all", "--force")


def load(machine: Machine, host: Host) -> None:
    path = machine.folder / "lesson-07.tar"
    save(host.images, path, format="docker")
    machine.run("docker", "load", "--quiet", "--input", path)


def push(machine: Machine, server: RegistryServer, image: str, ref: str) -> Counter[str]:
    """Push, and return the words about layers: an empty layer that an image has twice is told once or twice."""
    full = f"{server.names[0]}/{ref}"
    machine.run("docker", "tag", image, full)
    said = machine.run("docker", "push", full)
    found = re.findall(r"^(\w{12}): (Pushed|Mounted from \S+|Layer already exists)", said, re.MULTILINE)
    return Counter(f"{digits}: {words}" for digits, words in found)


def pull(machine: Machine, server: RegistryServer, ref: str) -> list[str]:
    said = machine.run("docker", "pull", f"{server.names[0]}/{ref}")
    return re.findall(r"^\w{12}: (Already exists|Pull complete)", said, re.MULTILINE)


def test_no_digest_of_the_manifest_is_a_diff_id(machine: Machine, server: RegistryServer) -> None:
    load(machine, shop("backup"))
    push(machine, server, "backup", "backup")
    form = "{{range .RootFS.Layers}}{{println .}}{{end}}"
    diff_ids = set(machine.run("docker", "image", "inspect", "--format", form, "backup").split())
    asked = machine.asked("skopeo", "inspect", "--tls-verify=false", f"docker://{server.names[0]}/backup")
    assert question("07.hashes").printed == str(len(diff_ids & set(asked["Layers"])))


def test_layers_are_mounted_from_where_docker_saw_them_and_pushed_where_it_forgot(
    machine: Machine, server: RegistryServer
) -> None:
    load(machine, shop("shop", "blog", "coreos/apache"))
    push(machine, server, "shop", "shop")
    first, _, then = question("07.repository").printed.partition("\n$ docker push")
    assert set(first.splitlines()) == set(push(machine, server, "blog", "team/blog"))
    forgotten(machine)
    assert set(then.splitlines()[1:]) == set(push(machine, server, "blog", "other/blog"))
    push(machine, server, "coreos/apache", "coreos/apache")
    forgotten(machine)
    assert set(question("07.forgot").printed.splitlines()) == set(
        push(machine, server, "coreos/apache", "coreos/apache")
    )


def test_docker_fetches_the_layer_above_a_changed_one_again(machine: Machine, server: RegistryServer) -> None:
    there = releases("shop", ROOT_SIZE, APP_SIZE, DEPS_SIZE)
    host = Host()
    host.add(there.first, "shop:1")
    host.add(there.second, "shop:2")
    load(machine, host)
    push(machine, server, "shop:1", "shop:1")
    pushed = [line.partition(": ")[2] for line in push(machine, server, "shop:2", "shop:2")]
    machine.run("docker", "system", "prune", "--all", "--force")
    pull(machine, server, "shop:1")
    pulled = pull(machine, server, "shop:2")
    printed = [line.partition("#")[0].strip() for line in question("07.lower").printed.splitlines()]
    assert Counter(printed) == Counter(pushed + pulled)


def test_docker_skips_only_layers_that_it_pulled_or_pushed_before(machine: Machine, server: RegistryServer) -> None:
    here, there, image = shop("backup"), Host(), shop("backup").images["backup"]
    there.add(image.with_config(labels={"team": "shop"}), "labelled")
    load(machine, there)
    push(machine, server, "labelled", "labelled")
    machine.run("docker", "system", "prune", "--all", "--force")
    forgotten(machine)
    load(machine, here)
    assert ["Pull complete"] * len(image.layers) == pull(machine, server, "labelled")
    machine.run("docker", "rmi", f"{server.names[0]}/labelled")
    assert ["Already exists"] * len(image.layers) == pull(machine, server, "labelled")


def test_a_container_runs_on_when_the_tag_has_moved(machine: Machine, server: RegistryServer) -> None:
    full = f"{server.names[0]}/shop:latest"
    there = releases("shop", 20_000, 10_000, 30_000)
    for image in (there.first, there.second):
        host = Host()
        host.add(image.with_config(cmd=["/app"]), "shop:latest")
        load(machine, host)
        push(machine, server, "shop:latest", "shop:latest")
        if image is there.first:
            machine.run("docker", "create", "--name", "web", full)
    before = machine.run("docker", "inspect", "--format", "{{.Image}}", "web")
    machine.run("docker", "pull", full)
    assert before == machine.run("docker", "inspect", "--format", "{{.Image}}", "web")
    assert before != machine.run("docker", "image", "inspect", "--format", "{{.Id}}", full)
    machine.run("docker", "rm", "--force", "web")
