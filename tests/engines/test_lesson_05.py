"""What lesson 05 says that Docker printed, asked of Docker again: each line for the very same images."""

import re
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from layerlab import Image, save, shop
from layerlab.benches.example import PASSWORD
from layerlab.course.bank import question
from tests.engines.machine import Machine
from tests.notebooks.test_lesson_05 import LABELLED, rebuilt


def recorded(name: str) -> str:
    return question(name).printed


def asked(machine: Machine, *words: str) -> str:
    return machine.run("docker", *words)


def load(machine: Machine, images: Mapping[str, Image], folder: Path, edit: tuple[bytes, bytes] = (b"", b"")) -> str:
    path = folder / "images.tar"
    save(images, path, format="docker")
    if edit[0]:
        path.write_bytes(path.read_bytes().replace(*edit))
    return asked(machine, "load", "--quiet", "--input", str(path))


@pytest.fixture
def docker(machine: Machine) -> Iterator[Machine]:
    """Docker without the images of the lesson before and after a test."""
    yield machine
    held = asked(machine, "image", "ls", "--all", "--quiet").split()
    if held:
        asked(machine, "rmi", "--force", *dict.fromkeys(held))


def test_removing_the_image_prints_its_id_and_chain_ids(docker: Machine, tmp_path: Path) -> None:
    load(docker, shop("coreos/apache").images, tmp_path)
    folders = docker.folder / "docker/image/overlay2/layerdb/sha256"
    assert set(re.findall(r"^\w{64}$", recorded("05.how-many"), re.MULTILINE)) <= {
        each.name for each in folders.iterdir()
    }
    diff_ids = "{{range .RootFS.Layers}}{{println (slice . 0 19)}}{{end}}"
    shown = asked(docker, "image", "inspect", "--format", diff_ids, "coreos/apache")
    assert recorded("05.how-many").partition("$")[0].split() == shown.split()
    assert recorded("05.match") == asked(docker, "rmi", "coreos/apache").strip()


def test_a_label_changes_the_image_id_and_no_diff_id(docker: Machine, tmp_path: Path) -> None:
    load(docker, {"shop": shop().images["shop"], "shop:labelled": LABELLED}, tmp_path)
    form = "{{slice .Id 7 19}}:{{range .RootFS.Layers}} {{slice . 7 15}}{{end}}"
    shown = asked(docker, "image", "inspect", "--format", form, "shop", "shop:labelled")
    assert recorded("05.label") == shown.strip()


def test_history_names_one_id_and_each_file_is_there(docker: Machine, tmp_path: Path) -> None:
    load(docker, shop("coreos/apache").images, tmp_path)
    printed = asked(docker, "history", "--format", "{{.ID}}", "coreos/apache").split()
    assert ["<missing>"] * 4 == printed[1:]
    count, *files = recorded("05.missing").splitlines()
    assert count == asked(docker, "image", "inspect", "--format", "{{len .RootFS.Layers}}", "coreos/apache").strip()
    busybox = ["--volume", f"{shutil.which('busybox')}:/busybox", "--entrypoint", "/busybox"]
    listed = ["coreos/apache", "ls", "-l", "/bin/bash", "/etc/mime.types"]
    assert files == asked(docker, "run", "--rm", "--network", "none", *busybox, *listed).splitlines()


def test_an_image_without_a_name_stays_while_a_container_uses_it(docker: Machine, tmp_path: Path) -> None:
    load(docker, shop().images, tmp_path)
    asked(docker, "create", "--name", "web", "shop")
    load(docker, {"shop": rebuilt()}, tmp_path)
    form = "{{.Repository}} {{.Tag}} {{.ID}}"
    shown = set(asked(docker, "image", "ls", "--format", form).splitlines())
    lines = recorded("05.none").splitlines()
    assert {" ".join(line.split()[:3]) for line in lines[1:3]} == shown
    assert lines[3] == asked(docker, "image", "prune", "--force").strip()
    with pytest.raises(AssertionError, match="unable to delete e417ed87c461"):
        asked(docker, "rmi", "e417ed87c461")
    asked(docker, "rm", "--force", "web")
    assert lines[-2:] == asked(docker, "rmi", "e417ed87c461").splitlines()


def test_edited_metadata_loads_as_another_image(docker: Machine, tmp_path: Path) -> None:
    stars = (f'={PASSWORD}"'.encode(), b"=" + b"*" * len(PASSWORD) + b'"')
    said = load(docker, shop("backup").images, tmp_path, stars)
    history = asked(docker, "history", "--format", "{{.ID}} {{.CreatedBy}} {{.Size}}", "backup").splitlines()
    assert recorded("05.edited-metadata").splitlines()[0] == said.strip()
    rows = [re.sub(" +", " ", line) for line in recorded("05.edited-metadata").splitlines()[2:]]
    assert rows == history
