"""These tests start engines, so they run by `make prove` alone."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import docker
import pytest

from tests.engines.machine import Machine, missing, running

collect_ignore_glob = [] if os.environ.get("LAYERLAB_ENGINES") == "1" else ["test_*.py"]


@pytest.fixture(scope="session")
def machine(record_testsuite_property: Callable[[str, object], None]) -> Iterator[Machine]:
    """Docker, Podman, skopeo and umoci, ready to be asked."""
    if why := missing():
        pytest.skip(why)
    # Sockets have short paths.
    with (
        tempfile.TemporaryDirectory(prefix="ll-", ignore_cleanup_errors=True) as folder,
        running(Path(folder)) as found,
    ):
        for name, version in found.versions().items():
            record_testsuite_property(name, version)
        yield found


@pytest.fixture(scope="module", autouse=True)
def emptied(machine: Machine) -> Iterator[None]:
    """Empty both stores after each module, because tests of other modules count what is in them."""
    yield
    client = machine.docker
    for container in client.containers(all=True):
        client.remove_container(container["Id"], force=True, v=True)
    client.prune_builds(all=True)
    for image in client.images(all=True):
        with suppress(docker.errors.APIError):  # it went with another image
            client.remove_image(image["Id"], force=True)
    for volume in client.volumes()["Volumes"] or []:
        client.remove_volume(volume["Name"], force=True)
    machine.run("podman", "rm", "--all", "--force", "--volumes")
    machine.run("podman", "rmi", "--all", "--force")
    machine.run("podman", "volume", "prune", "--force")
