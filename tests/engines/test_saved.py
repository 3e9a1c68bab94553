"""What is saved here, engines load: the same ids, the same layers, the same files."""

import hashlib
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import docker.errors
import pytest

import layerlab as ll
from layerlab.archive.save import Format
from tests.engines.machine import Machine
from tests.engines.tree import differences, on_disk, shown

CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")
DEEP = f"deep/{'x' * 200}/{'y' * 120}"

BASE = ll.Layer.of(
    {
        "etc/motd": b"hi", "etc/app/a": b"1", "etc/app/b": b"2", "gone": b"x", "n" * 255: b"x", "dir/one": b"1",
        "dir/two": b"2", "dir/sub/three": b"3", "typed/a": b"1", "big": ll.filler(3_000_000),
        "link": ll.Symlink("etc/motd"), "far": ll.Symlink("/etc/" + "z" * 150),
        "h1": ll.File(b"hard", 0o4755, 12, 34, 1_600_000_000),
        "h2": ll.HardLink("h1"), "etc/h3": ll.HardLink("h1"), "fifo": ll.Fifo(0o600), "empty": b"",
        "null": ll.Device("char", os.makedev(1, 3), 0o666),
        "disk": ll.Device("block", os.makedev(259, 300), 0o660, 0, 6),
        "ping": ll.File(b"p", xattrs={"security.capability": CAPABILITY, "user.a": b"a=1\n", "user.b": b"\xff\0"}),
        DEEP: b"deep", "caf\udce9": b"latin", "\u00fc\u00e4\u4e2d": b"utf-8", "white space\n": b"line",
        "owned": ll.File(b"", uid=3_000_000, gid=2_500_000), "late": ll.File(b"", mtime=8_589_934_592),
        "tmp": ll.Directory(0o1777, mtime=7, xattrs={"user.kind": b"scratch"}),
    }
)  # fmt: skip
TOP = ll.Layer.of(
    {
        "gone": ll.WHITEOUT, "n" * 255: ll.WHITEOUT, "dir/": ll.OPAQUE, "dir/four": b"4", "etc/app/a": ll.WHITEOUT,
        "etc/motd": ll.Directory(0o700), "typed": b"a file now", "h2": b"a file of its own", "tmp/x": b"",
    }
)  # fmt: skip
ODD = (
    ll.scratch.with_layer(BASE, created_by="ADD base /")
    .with_config(env={"A": "1", "B": "é"}, cmd=["sh"], created_by="ENV A=1")
    .with_layer(ll.Layer.of({}), created_by="RUN true")
    .with_layer(ll.Layer.of({}), created_by="RUN true")
    .with_layer(TOP, created_by="RUN rm -r ...")
)
FORMATS: list[Format] = ["oci", "docker"]
SHOP = ll.shop("coreos/apache", "shop", "blog").images


def images(which: str, form: Format) -> dict[str, ll.Image]:
    """Images by name: two with all that a layer can hold, or the running example, of which a layout gets one."""
    if which == "odd":
        return {"ll/below:1": ODD.parent or ODD, "ll/odd:1": ODD}
    return {f"ll/{name}:1": image for name, image in SHOP.items() if form == "docker" or name == "shop"}


@pytest.fixture
def place(machine: Machine, tmp_path: Path) -> Iterator[Path]:
    """An empty folder, and engines that hold nothing afterwards."""
    yield tmp_path
    machine.run("podman", "rmi", "--all", "--force")
    for _ in range(100):  # an image goes after those that stand on it, and may take what it stands on with it
        images = machine.docker.images(all=True)
        for image in images:
            with suppress(docker.errors.APIError):
                machine.docker.remove_image(image["Id"], force=True)
        if not images:
            break


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where archives stay that several tests read."""
    return tmp_path_factory.mktemp("shelf")


def saved(shelf: Path, which: str, form: Format) -> Path:
    path = shelf / f"{which}-{form}.tar"
    if not path.exists():
        ll.save(images(which, form), path, form)
    return path


def sha(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


both_kinds = pytest.mark.parametrize("which", ["odd", "example"])
both_formats = pytest.mark.parametrize("form", FORMATS)


# skopeo


@both_kinds
@both_formats
def test_skopeo_reads_every_image_by_its_name(
    machine: Machine, shelf: Path, place: Path, which: str, form: Format
) -> None:
    path = saved(shelf, which, form)
    for name, image in images(which, form).items():
        source = f"{'oci' if form == 'oci' else 'docker'}-archive:{path}:{name}"
        assert image.id == sha(machine.run("skopeo", "inspect", "--raw", "--config", source))
        # A copy into a folder checks every byte on the way.
        copy = place / image.id[7:19]
        machine.run("skopeo", "copy", "--quiet", source, f"dir:{copy}")
        layers = json.loads((copy / "manifest.json").read_text())["layers"]
        assert [(layer.diff_id, layer.tar_size) for layer in image.layers] == [
            (layer["digest"], layer["size"]) for layer in layers
        ]


# umoci


@both_kinds
def test_umoci_unpacks_what_the_view_shows(machine: Machine, shelf: Path, place: Path, which: str) -> None:
    ll.save(images(which, "oci"), place / "layout")
    assert sorted(images(which, "oci")) == sorted(machine.run("umoci", "ls", "--layout", place / "layout").split())
    for name, image in images(which, "oci").items():
        bundle = place / image.id[7:19]
        machine.run("umoci", "unpack", "--image", f"{place}/layout:{name}", bundle)
        assert {} == differences(shown(image), on_disk(bundle / "rootfs"))
        subprocess.run(["rm", "-r", bundle], check=True)


# Podman


@both_kinds
@both_formats
def test_podman_loads_the_same_images(machine: Machine, shelf: Path, place: Path, which: str, form: Format) -> None:
    path = saved(shelf, which, form)
    if form == "docker":
        machine.run("podman", "load", "--quiet", "--input", path)
    for name, image in images(which, form).items():
        # Of a layout with several images podman load takes none, podman pull the one that is named.
        if form == "oci":
            machine.run("podman", "pull", "--quiet", f"oci-archive:{path}:{name}")
        (found,) = machine.asked("podman", "image", "inspect", name)
        assert (image.id[7:], list(image.diff_ids)) == (found["Id"], found["RootFS"]["Layers"])
        assert [name] == [stated.removeprefix("localhost/") for stated in found["RepoTags"]]
        sizes = [line["size"] for line in machine.asked("podman", "history", "--format", "json", name)]
        assert [layer.tar_size for layer in image.layers] == [size for size in reversed(sizes) if size]
        if which == "odd" or "shop" in name:
            root = Path(machine.run("podman", "image", "mount", name).strip())
            assert {} == differences(shown(image), on_disk(root))
            machine.run("podman", "image", "unmount", name)


# Docker


def docker_load(machine: Machine, path: Path) -> None:
    with path.open("rb") as file:
        for line in machine.docker.load_image(file):
            assert "error" not in line, line


@contextmanager
def merged(machine: Machine, found: dict[str, Any], place: Path) -> Iterator[Path]:
    """Mount an image of Docker's as a container's processes would see it, and check its layers' ids on the way."""
    data = found["GraphDriver"]["Data"]
    folders = [data["UpperDir"], *data.get("LowerDir", "").split(":")]
    mount = place / "merged"
    mount.mkdir(exist_ok=True)
    machine.run("mount", "-t", "overlay", "overlay", "-o", f"ro,lowerdir={':'.join(filter(None, folders))}", mount)
    try:
        yield mount
    finally:
        machine.run("umount", mount)


@both_kinds
def test_docker_loads_the_same_images(machine: Machine, shelf: Path, place: Path, which: str) -> None:
    docker_load(machine, saved(shelf, which, "docker"))
    stored = machine.folder / "docker/image/overlay2/layerdb/sha256"
    for name, image in images(which, "docker").items():
        found = machine.docker.inspect_image(name)
        assert (image.id, list(image.diff_ids)) == (found["Id"], found["RootFS"]["Layers"])
        assert (image.size, [name]) == (found["Size"], found["RepoTags"])
        lines = [step.created_by for step in image.history]
        assert lines == [line["CreatedBy"] for line in reversed(machine.docker.history(name))]
        for chain_id, layer in zip(image.chain_ids, image.layers, strict=True):
            assert str(layer.size) == (stored / chain_id[7:] / "size").read_text()
            assert layer.diff_id == (stored / chain_id[7:] / "diff").read_text()
        if which == "odd" or "shop" in name:
            with merged(machine, found, place) as root:
                assert {} == differences(shown(image), on_disk(root))


# There and back


@both_formats
@pytest.mark.parametrize("source", ["docker", "podman docker-archive", "podman oci-archive", "skopeo oci"])
def test_what_an_engine_saved_is_saved_again_as_the_same_image(
    machine: Machine, place: Path, source: str, form: Format
) -> None:
    # A copy from one format to the other would write the configuration anew, under another id.
    program, _, kind = source.partition(" ")
    theirs, first = place / "theirs", place / "first.tar"
    ll.save({"ll/odd:1": ODD}, first, "oci" if kind.startswith("oci") else "docker")
    if program == "docker":
        docker_load(machine, first)
        theirs.write_bytes(b"".join(machine.docker.get_image("ll/odd:1")))
    elif program == "podman":
        machine.run("podman", "load", "--quiet", "--input", first)
        machine.run("podman", "save", "--quiet", "--format", kind, "--output", theirs, "ll/odd:1")
    else:
        machine.run("skopeo", "copy", "--quiet", f"oci-archive:{first}:ll/odd:1", f"oci:{theirs}:ll/odd:1")
    (image,) = ll.load(theirs)
    assert (ODD, ODD.diff_ids) == (image, image.diff_ids)
    again = place / "again.tar"
    ll.save({"ll/again:1": image}, again, form)
    (resaved,) = ll.load(again)
    if form == "oci":
        assert image.digest in (None, resaved.digest)
        assert image.digest is None or both(image) == both(resaved)
    machine.run("podman", "load", "--quiet", "--input", again)
    assert [ODD.id[7:]] == [each["Id"] for each in machine.asked("podman", "image", "inspect", "ll/again:1")]
    if form == "docker":
        docker_load(machine, again)
        assert ODD.id == machine.docker.inspect_image("ll/again:1")["Id"]


def both(image: ll.Image) -> list[tuple[object, ...]]:
    return [(layer.digest, layer.blob_size, layer.media_type) for layer in image.layers]
