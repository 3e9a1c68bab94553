"""The files that a hub is set up with: each names what exists here, and what they run does what they say."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from layerlab.cli.lab import FIRST
from tools.rebuild import NOTEBOOKS

ROOT = NOTEBOOKS.parent
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
HUB = ROOT / "deploy" / "hub"
DOCKERFILE = (HUB / "Dockerfile").read_text()


@pytest.fixture
def values() -> Any:
    return pytest.importorskip("yaml").safe_load((HUB / "values.yaml").read_text())


def test_the_image_is_of_this_version_and_named_alike_everywhere(values: Any) -> None:
    image = values["singleuser"]["image"]
    name = f"{image['name']}:{image['tag']}"
    assert image["tag"] == VERSION
    assert {name} == set(re.findall(r"registry\.example/\S+:[\d.]+", DOCKERFILE + (HUB / "README.md").read_text()))


def test_what_a_server_runs_at_its_start_copies_the_lessons_and_keeps_what_is_there(
    values: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / FIRST).write_text("mine")
    command = values["singleuser"]["lifecycleHooks"]["postStart"]["exec"]["command"]
    # Without the words that let a server start whatever happens.
    assert command[2].endswith(" || true")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    subprocess.run([*command[:2], command[2].removesuffix("|| true").replace("python", sys.executable, 1)], check=True)
    assert "mine" == (tmp_path / FIRST).read_text()
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} <= {path.name for path in tmp_path.iterdir()}
    assert f"/lab/tree/{FIRST}" == values["singleuser"]["defaultUrl"]


def test_the_server_of_a_teacher_mounts_all_folders_and_that_of_a_learner_one(values: Any) -> None:
    storage = values["singleuser"]["storage"]
    (claim,) = pytest.importorskip("yaml").safe_load_all((HUB / "hand-in.yaml").read_text())
    assert claim["metadata"]["name"] == storage["extraVolumes"]["hand-in"]["persistentVolumeClaim"]["claimName"]
    assert ["ReadWriteMany"] == claim["spec"]["accessModes"]
    (override,) = values["hub"]["config"]["Spawner"]["group_overrides"].values()
    assert override["groups"] == list(values["hub"]["config"]["JupyterHub"]["load_groups"])
    # An override is merged into the mount of the same key.
    whole = override["spawner_override"]["volume_mounts"]["hand-in"]["subPath"]
    assert f"{whole}/{{username}}" == storage["extraVolumeMounts"]["hand-in"]["subPath"]


def test_the_image_takes_the_hub_s_version_and_has_what_nbgitpuller_calls() -> None:
    assert re.search(r"apt-get install .*\bgit\b", DOCKERFILE)
    assert "jupyterhub==$JUPYTERHUB" in DOCKERFILE
    assert "sed -i /^jupyterhub==/d" in DOCKERFILE
    assert 1 == len(re.findall(r"^jupyterhub==", (ROOT / "constraints.txt").read_text(), re.MULTILINE))
    assert 1 == len(set(re.findall(r"JUPYTERHUB=([\d.]+)", DOCKERFILE + (HUB / "README.md").read_text())))


def test_each_file_that_the_text_names_is_there() -> None:
    text = (HUB / "README.md").read_text()
    assert [] == [name for name in re.findall(r"\]\((?!https?:)([^)#]+)\)", text) if not (HUB / name).exists()]
    assert [] == [name for name in re.findall(r"\bdeploy/hub/[\w./-]*\w", text) if not (ROOT / name).exists()]


def test_what_the_settings_for_a_cluster_need_is_made_before() -> None:
    text, lines = (HUB / "README.md").read_text(), (HUB / "values.yaml").read_text()
    namespaces = set(re.findall(r"--namespace (\S+)", lines))
    charts = set(re.findall(r"helm upgrade --install \S+ (\w+)/", lines))
    assert namespaces == set(re.findall(r"^kubectl create namespace (\S+)$", text, re.MULTILINE))
    assert charts == set(re.findall(r"^helm repo add (\w+) https://\S+$", text, re.MULTILINE))
    assert namespaces
    assert charts
