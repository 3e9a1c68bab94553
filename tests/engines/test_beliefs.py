"""What questions say of Docker beyond the files of a container is what Docker does."""

import json
import os
import tempfile
import time
from pathlib import Path

import pytest

from layerlab import Layer, save, scratch
from layerlab.benches.listings import system_df
from layerlab.course.bank import question
from layerlab.course.lessons.l08 import listed as state
from layerlab.model.host import Host
from layerlab.namespaces.process import processes
from tests.engines.machine import Machine
from tests.engines.record_mounts import programs

IMAGE = "asked"
PRINTED = 5_000_000
SECONDS = 3


@pytest.fixture(scope="module")
def host(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Host:
    """A host with one image, which Docker has too."""
    host = Host()
    host.add(scratch.with_layer(Layer.of(programs() | {"bin/uname": programs()["bin/sh"]})), IMAGE)
    path = tmp_path_factory.mktemp("asked") / "it.tar"
    save(host.images, path, "docker")
    machine.run("docker", "load", "--input", path)
    return host


def listed(text: str, what: str) -> str:
    """The size that a line of `docker system df` has."""
    line = next(line for line in text.splitlines() if line.startswith(what))
    # A name of one or two words, two counts, and then the size.
    return line.removeprefix(what).split()[2]


def test_a_container_has_the_kernel_of_its_host(machine: Machine, host: Host) -> None:
    assert host.images
    assert os.uname().release == machine.run("docker", "run", "--rm", "--network=none", IMAGE, "uname", "-r").strip()


def test_each_run_makes_a_container_of_its_own(machine: Machine, host: Host) -> None:
    for _ in range(3):
        host.stop(host.run(IMAGE).name)
        machine.run("docker", "run", "--network=none", IMAGE, "sh", "-c", ":")
    made = machine.run("docker", "ps", "--all", "--quiet", f"--filter=ancestor={IMAGE}").split()
    machine.run("docker", "rm", *made)
    assert len(host.containers) == len(made) == 3


def test_no_size_of_system_df_counts_a_log(machine: Machine, host: Host) -> None:
    script = f"i=0; while [ $i -lt {PRINTED // 100} ]; do printf '%099d\\n' 0; i=$((i+1)); done"
    before = machine.run("docker", "system", "df")
    machine.run("docker", "run", "--network=none", "--name=loud", IMAGE, "sh", "-c", script)
    after, log = machine.run("docker", "system", "df"), machine.run("docker", "logs", "loud")
    machine.run("docker", "rm", "loud")
    loud = host.run(IMAGE, name="loud")
    loud.print(log.encode())
    host.stop("loud")
    assert PRINTED == len(log) == host.usage().containers["loud"].log
    for what in ("Images", "Local Volumes", "Build Cache"):
        assert listed(before, what) == listed(after, what)
    assert "0B" == listed(after, "Containers") == listed(system_df(host), "Containers")


def load(machine: Machine, name: str, layer: Layer, volumes: list[str]) -> Host:
    """A host with an image of its own, which Docker has too."""
    made = Host()
    made.add(scratch.with_layer(layer).with_config(volumes=volumes), name)
    with tempfile.TemporaryDirectory() as folder:
        save(made.images, f"{folder}/it.tar", "docker")
        machine.run("docker", "load", "--input", f"{folder}/it.tar")
    return made


def test_rmi_force_takes_the_name_and_the_metadata_and_a_stopped_container_still_starts(machine: Machine) -> None:
    load(machine, "forced", Layer.of(programs() | {"own": b"1"}), [])
    name = machine.run("docker", "run", "--detach", "--network=none", "forced", "sh", "-c", "echo hello").strip()
    machine.run("docker", "wait", name)
    with pytest.raises(AssertionError, match=r"\(must force\)"):
        machine.run("docker", "rmi", "forced")
    image = machine.run("docker", "inspect", "--format", "{{.Image}}", name).strip()
    said = machine.run("docker", "rmi", "--force", "forced")
    assert "Untagged: forced:latest" in said
    assert f"Deleted: {image}" in said
    assert [] == machine.run("docker", "images", "--all", "--quiet", "--filter", "reference=forced").split()
    assert "hello" == machine.run("docker", "start", "--attach", name).strip()
    machine.run("docker", "rm", name)


def test_an_image_with_a_volume_copies_that_folder_when_a_container_is_made(machine: Machine) -> None:
    made = load(machine, "keeps", Layer.of(programs() | {"data/big": bytes(2_000_000)}), ["/data"])
    name = machine.run("docker", "create", "--network=none", "keeps", "sh", "-c", ":").strip()
    (mount,) = json.loads(machine.run("docker", "inspect", "--format", "{{json .Mounts}}", name))
    here = made.run("keeps", name="web")
    assert "/data" == mount["Destination"]
    assert 2_000_000 == (Path(mount["Source"]) / "big").stat().st_size == made.usage().beside["volumes"]
    assert 0 == here.size_rw == json.loads(machine.run("docker", "inspect", "--size", name))[0]["SizeRw"]
    machine.run("docker", "rm", "--volumes", name)


@pytest.mark.parametrize("engine", ["docker", "podman"])
@pytest.mark.parametrize("text", ["sleep 600 & echo ready", "echo ready; sleep 600 & wait", "exit 3"])
def test_a_container_that_nobody_stops_runs_as_long_as_its_process_1(
    machine: Machine, host: Host, tmp_path: Path, engine: str, text: str
) -> None:
    if engine == "podman":
        save(host.images, tmp_path / "it.tar", "docker")
        machine.run("podman", "load", "--quiet", "--input", tmp_path / "it.tar")
    machine.run(engine, "run", "--detach", "--network=none", "--name=lives", IMAGE, "sh", "-c", text)
    time.sleep(SECONDS)
    said = machine.run(engine, "ps", "--all", "--filter=name=lives", "--format={{.Status}}").strip()
    machine.run(engine, "rm", "--force", "lives")
    web = processes(text, "busybox")
    web.tick(SECONDS)
    assert said.startswith("Up" if web.code is None else f"Exited ({web.code})")
    if text == "sleep 600 & echo ready":
        assert state(web) == question("08.runs-on").truth
