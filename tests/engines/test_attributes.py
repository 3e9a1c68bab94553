"""Extended attributes: what an unpacked layer shows of them, and what a commit keeps, asked of Docker and Podman."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import layerlab as ll
from tests.archive.attributes import CAPABILITY, LOWER, SHOWN
from tests.archive.build import docker, folder, member, tar, write
from tests.engines.machine import Machine
from tests.engines.tree import differences, on_disk, shown

USED = {
    "user.k": b"v", "trusted.x": b"v", "security.foo": b"v", "security.capability": CAPABILITY,
    "trusted.overlay.opaque": b"y",
}  # fmt: skip
PATHS = ("etc", "etc/motd", "new", "made")


@contextmanager
def mounted(machine: Machine, engine: str, image: str) -> Iterator[tuple[Any, Path]]:
    """Start a container that waits, and give its id and where its merged files are."""
    command = ["create", "--network=none", "--volume=/bin/busybox:/busybox:ro", "--entrypoint=/busybox", image]
    container = machine.run(engine, *command, "sleep", "1000").strip()
    machine.run(engine, "start", container)
    try:
        if engine == "docker":
            yield container, Path(machine.docker.inspect_container(container)["GraphDriver"]["Data"]["MergedDir"])
        else:
            yield container, Path(machine.run("podman", "mount", container).strip())
    finally:
        machine.run(engine, "kill", container)  # podman rm would wait for ten seconds
        machine.run(engine, "rm", "--force", container)


@pytest.mark.parametrize("engine", ["docker", "podman"])
@pytest.mark.parametrize("name", SHOWN)
def test_an_engine_shows_the_attributes_that_the_view_shows(
    machine: Machine, tmp_path: Path, engine: str, name: str
) -> None:
    case = SHOWN[name]
    path = write(tmp_path / "it.tar", docker(*([LOWER] if case.over else []), case.layer, RepoTags=["ll/attributes:1"]))
    if engine == "podman" and not case.podman:
        with pytest.raises(AssertionError, match="operation not permitted"):
            machine.run(engine, "load", "--input", path)
        return
    machine.run(engine, "load", "--input", path)
    try:
        (image,) = ll.load(path)
        with mounted(machine, engine, "ll/attributes:1") as (_, root):
            found = {at: row for at, row in on_disk(root, ()).items() if at in shown(image) or at in case.hidden}
        left_out = set(differences(shown(image), found)) if engine == "podman" and case.differs else set()
        assert {} == {at: row for at, row in differences(shown(image), found).items() if at not in left_out}
        assert not set(case.hidden) & found.keys()
    finally:
        machine.run(engine, "rmi", "--force", "ll/attributes:1")


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_a_commit_keeps_the_attributes_that_are_said(machine: Machine, tmp_path: Path, engine: str) -> None:
    path = write(tmp_path / "it.tar", docker(tar(folder("etc"), member("etc/motd", b"hi")), RepoTags=["ll/kept:1"]))
    machine.run(engine, "load", "--input", path)
    host = ll.Host()
    host.add(ll.load(path)[0], "kept")
    model = host.run("kept", name="model")
    model.mkdir("made")
    model.write("new", b"1")
    with mounted(machine, engine, "ll/kept:1") as (container, root):
        (root / "made").mkdir()
        (root / "new").write_bytes(b"1")
        for at in PATHS:
            for key, value in USED.items():
                os.setxattr(root / at, key, value)
                model.setxattr(at, key, value)
        machine.run(engine, "commit", container, "ll/committed:1")
    machine.run(engine, "save", "--output", tmp_path / "saved.tar", "ll/committed:1")
    (image,) = ll.load(tmp_path / "saved.tar")
    found = {at: dict(image.layers[-1].entries[at].xattrs) for at in PATHS}
    capability = {"security.capability": CAPABILITY}
    expected = capability if engine == "docker" else {**capability, "user.k": b"v"}
    assert dict.fromkeys(PATHS, expected) == found
    assert dict.fromkeys(PATHS, capability) == {at: dict(model.commit().layers[-1].entries[at].xattrs) for at in PATHS}
    for name in ("ll/kept:1", "ll/committed:1"):
        machine.run(engine, "rmi", "--force", name)
