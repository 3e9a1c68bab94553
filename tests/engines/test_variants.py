"""What is said of engines in `tests/archive/variants.py` is what these say themselves."""

import subprocess
from pathlib import Path

import pytest
import requests

from layerlab.archive.naming import familiar
from tests.archive.build import config, digest, docker, files, member, packed, spread, squeezed, tar, write
from tests.archive.variants import DOCKER_ARCHIVES, LAYOUTS, ONE, ONE_NAME, TWO, Layout, Variant, items
from tests.engines.machine import Machine


def taken(machine: Machine, *command: str | Path) -> bool:
    """Whether a program ends well."""
    run = subprocess.run([*map(str, command)], env=machine.environment, capture_output=True, check=False)
    return run.returncode == 0


def loaded(machine: Machine, path: Path) -> bool:
    """Whether Docker loads an archive. It ends the connection over a system that it does not know."""
    with path.open("rb") as file:
        try:
            return all("error" not in line for line in machine.docker.load_image(file))
        except requests.ConnectionError:
            return False


@pytest.mark.parametrize("variant", DOCKER_ARCHIVES.values(), ids=DOCKER_ARCHIVES)
def test_docker_and_podman_load_what_is_said(machine: Machine, tmp_path: Path, variant: Variant) -> None:
    path = tmp_path / "it.tar"
    path.write_bytes(tar(*variant.members))
    assert variant.docker == loaded(machine, path)
    assert variant.podman == taken(machine, "podman", "load", "--quiet", "--input", path)
    name, layers = digest(variant.settings), [digest(ONE), digest(TWO)]
    if variant.docker:
        found = machine.docker.inspect_image(name)
        assert (name, layers, 5) == (found["Id"], found["RootFS"]["Layers"], found["Size"])
        machine.docker.remove_image(name, force=True)
    if variant.podman:
        (shown,) = machine.asked("podman", "image", "inspect", name)
        assert (name[7:], layers) == (shown["Id"], shown["RootFS"]["Layers"])
        machine.run("podman", "rmi", "--force", name)


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_skopeo_and_umoci_take_the_image_out_of_a_layout(machine: Machine, tmp_path: Path, layout: Layout) -> None:
    place = spread(tmp_path / "it", layout.documents)
    assert layout.skopeo == taken(machine, "skopeo", "copy", "--quiet", f"oci:{place}:app", f"dir:{tmp_path}/copy")
    assert layout.umoci == taken(machine, "umoci", "unpack", "--image", f"{place}:app", tmp_path / "bundle")
    assert not layout.umoci or b"hi" == (tmp_path / "bundle/rootfs/f").read_bytes()


@pytest.mark.parametrize(("given", "kept"), ONE_NAME)
def test_docker_gives_a_name_of_two_images_to_the_last_one(
    machine: Machine, tmp_path: Path, given: list[list[str]], kept: list[tuple[str, ...]]
) -> None:
    assert loaded(machine, write(tmp_path / "it.tar", items(*given)))
    for settings, names in zip((config(ONE), config(TWO)), kept, strict=True):
        found = machine.docker.inspect_image(digest(settings))
        assert sorted(map(familiar, names)) == sorted(found["RepoTags"])
        machine.docker.remove_image(digest(settings), force=True)


def test_podman_loads_the_first_of_two_images_of_one_name_alone(machine: Machine, tmp_path: Path) -> None:
    path = write(tmp_path / "it.tar", items(["v:1"], ["v:1"]))
    assert taken(machine, "podman", "load", "--quiet", "--input", path)
    assert taken(machine, "podman", "image", "exists", digest(config(ONE))[7:])
    assert not taken(machine, "podman", "image", "exists", digest(config(TWO))[7:])
    machine.run("podman", "rmi", "--force", digest(config(ONE)))


PLAIN = files(docker(ONE))
DEEP = [tar(member(f"f{number}")) for number in range(126)]


@pytest.mark.parametrize(
    ("data", "in_docker", "in_podman"),
    [
        (files(docker(*DEEP[:125])), True, True),
        (files(docker(*DEEP)), False, True),
        (files(docker(ONE, stored=(squeezed(ONE),))), False, True),
        (packed(packed(PLAIN)), False, True),
    ],
    ids=["125 layers", "126 layers", "zstd", "compressed twice"],
)
def test_engines_differ_as_the_table_says(
    machine: Machine, tmp_path: Path, data: bytes, in_docker: bool, in_podman: bool
) -> None:
    path = tmp_path / "it.tar"
    path.write_bytes(data)
    assert in_docker == loaded(machine, path)
    assert in_podman == taken(machine, "podman", "load", "--quiet", "--input", path)
    for image in machine.docker.images():
        machine.docker.remove_image(image["Id"], force=True)
    machine.run("podman", "rmi", "--all", "--force")
