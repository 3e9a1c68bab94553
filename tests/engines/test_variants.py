"""What is said of engines in `tests/archive/variants.py` is what these say themselves."""

import subprocess
from pathlib import Path

import pytest
import requests

from tests.archive.build import digest, spread, tar
from tests.archive.variants import DOCKER_ARCHIVES, LAYOUTS, ONE, TWO, Layout, Variant
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
