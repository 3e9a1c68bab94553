"""Engines of one's own: Docker and Podman in a scratch folder, with skopeo and umoci beside them, gone afterwards."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import docker

PROGRAMS = ("containerd", "dockerd", "podman", "runc", "skopeo", "umoci", "busybox")
PATIENCE = 60

CONTAINERD = """\
version = 2
root = "{folder}/containerd"
state = "{folder}/containerd-state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
  address = "{folder}/containerd.sock"
"""
STORAGE = """\
[storage]
driver = "overlay"
graphroot = "{folder}/podman"
runroot = "{folder}/podman-run"
"""
# What a machine without systemd, or inside a container itself, needs to run containers at all.
CONTAINERS = """\
[containers]
netns = "none"
log_driver = "k8s-file"
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
# Podman 4.3 unpacks what it takes for an oci-archive there, and a member called .. replaces that folder by a file.
image_copy_tmp_dir = "{folder}/copies"
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "runc"
"""


def missing() -> str:
    """Why engines cannot be started here, "" if they can."""
    if sys.platform != "linux" or os.getuid():
        return "starting engines takes the rights of root on Linux"
    absent = [name for name in PROGRAMS if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


class Machine:
    """The engines, and a folder for what they are to read."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.docker_address = f"unix://{folder}/docker.sock"
        self.podman_address = f"unix://{folder}/podman.sock"
        self.environment = os.environ | {
            "CONTAINERS_STORAGE_CONF": f"{folder}/storage.conf",
            "CONTAINERS_CONF": f"{folder}/containers.conf",
            "TMPDIR": f"{folder}/tmp",
            "DOCKER_HOST": self.docker_address,
        }

    def run(self, *command: str | Path) -> str:
        """Run a program to its end and return what it printed; a failure shows what it said."""
        run = subprocess.run(list(map(str, command)), env=self.environment, capture_output=True, text=True, check=False)
        assert run.returncode == 0, f"{' '.join(map(str, command))}: {run.stderr}"
        return run.stdout

    def asked(self, *command: str | Path) -> Any:
        """Run a program and return the JSON document that it printed."""
        return json.loads(self.run(*command))

    def versions(self) -> dict[str, str]:
        """Each engine's version."""
        commands = {name: self.run(name, "--version").split() for name in ("podman", "skopeo", "umoci")}
        return {"Docker": self.docker.version()["Version"]} | {
            name.capitalize() if name == "podman" else name: next(word for word in said if word[0].isdigit())
            for name, said in commands.items()
        }

    @property
    def docker(self) -> Any:
        """A client of Docker's API: the engine's own words."""
        return docker.APIClient(self.docker_address, version="auto")


@contextmanager
def running(folder: Path) -> Iterator[Machine]:
    """Start Docker and Podman with everything of theirs in `folder`, and stop them in the end."""
    machine = Machine(folder)
    for name, text in (("containerd.toml", CONTAINERD), ("storage.conf", STORAGE), ("containers.conf", CONTAINERS)):
        (folder / name).write_text(text.format(folder=folder))
    (folder / "tmp").mkdir()
    (folder / "copies").mkdir()
    with ExitStack() as daemons:
        daemons.callback(_unmount, folder)
        daemons.callback(_end, folder)
        daemons.enter_context(_daemon(machine, "containerd.sock", "containerd", "-c", f"{folder}/containerd.toml"))
        daemons.enter_context(
            _daemon(
                machine, "docker.sock", "dockerd", f"--containerd={folder}/containerd.sock",
                f"--host={machine.docker_address}", f"--data-root={folder}/docker", f"--exec-root={folder}/docker-run",
                f"--pidfile={folder}/docker.pid", "--iptables=false", "--ip6tables=false", "--bridge=none",
                "--ip-forward=false", "--ip-masq=false",
                "--storage-driver=overlay2", "--default-ulimit=nofile=1024:1024", "--default-ulimit=nproc=1024:1024",
            )
        )  # fmt: skip
        daemons.enter_context(
            _daemon(machine, "podman.sock", "podman", "system", "service", "--time=0", machine.podman_address)
        )
        _answering(machine)
        yield machine


@contextmanager
def _daemon(machine: Machine, socket: str, *command: str) -> Iterator[None]:
    log = machine.folder / f"{command[0]}.log"
    with log.open("w") as out:
        process = subprocess.Popen(command, env=machine.environment, stdout=out, stderr=out, start_new_session=True)
    try:
        _wait(lambda: (machine.folder / socket).exists() or process.poll() is not None, command[0], log)
        assert process.poll() is None, f"{command[0]} stopped: {log.read_text()[-2000:]}"
        yield
    finally:
        process.terminate()
        try:
            process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answering(machine: Machine) -> None:
    def both() -> bool:
        try:
            return all(
                docker.APIClient(at, version="auto").ping() for at in (machine.docker_address, machine.podman_address)
            )
        except docker.errors.DockerException:
            return False

    _wait(both, "dockerd", machine.folder / "dockerd.log")


def _wait(done: Any, what: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, f"{what} does not answer: {log.read_text()[-2000:]}"
        time.sleep(0.05)


def _end(folder: Path) -> None:
    """End what engines leave running: a monitor outlives each command in a container for minutes."""
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            if f"{folder}/".encode() in process.read_bytes():
                os.kill(int(process.parent.name), signal.SIGKILL)


def _unmount(folder: Path) -> None:
    """Take away the mounts that engines leave behind, the innermost first."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for place in sorted((place for place in mounts if place.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)
