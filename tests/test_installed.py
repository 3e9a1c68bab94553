"""What an installed copy holds: lessons, the proof with its recorded answers, and a description whose links lead on."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Source"]
PROOF = """
import json
import layerlab
from layerlab.proof import FAULTS, caught, compare
from layerlab.proof.suite import recorded_traces

verdict = compare(4)
found = caught(FAULTS[0])
print(json.dumps([layerlab.__file__, verdict.differences, verdict.operations, len(recorded_traces()), found]))
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the wheel and the source archive."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> zipfile.ZipFile:
    (path,) = built.glob("*.whl")
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def python(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the Python of an environment that has the wheel, and other packages from here."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=os.name != "nt")
    found = folder / ("Scripts" if os.name == "nt" else "bin") / "python"
    (path,) = built.glob("*.whl")
    # The folder is only searched; a .pth file in it, which leads to the checkout, is not read.
    shared = f"import sys; sys.path.append({sysconfig.get_path('purelib')!r})\n"
    (Path(sysconfig.get_path("purelib", vars={"base": str(folder)})) / "shared.pth").write_text(shared)
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(found),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        str(path),
    ]
    subprocess.run(pip, check=True, capture_output=True)
    return found


def test_the_proof_runs_from_an_installed_copy(python: Path, tmp_path: Path) -> None:
    # An isolated Python: neither the checkout nor a variable leads it back here.
    done = subprocess.run([python, "-I", "-c", PROOF], cwd=tmp_path, capture_output=True, text=True, check=True)
    home, differences, operations, recorded, found = json.loads(done.stdout)
    assert Path(home).is_relative_to(python.parents[1])
    assert (0, True) == (differences, found)
    assert operations >= 20
    assert recorded > 100


def test_the_wheel_and_the_source_archive_hold_every_notebook_as_it_is(built: Path, wheel: zipfile.ZipFile) -> None:
    here = {path.name: path.read_bytes() for path in (ROOT / "notebooks").glob("*.ipynb")}
    prefix = "layerlab/notebooks/"
    assert here == {name.removeprefix(prefix): wheel.read(name) for name in wheel.namelist() if name.startswith(prefix)}
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as source:
        inside = [name.partition("/")[2] for name in source.getnames()]
    assert {f"notebooks/{name}" for name in here} == {name for name in inside if name.startswith("notebooks/")}


def test_each_link_that_a_package_index_shows_leads_to_a_file_of_the_repository(wheel: zipfile.ZipFile) -> None:
    (metadata,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    text = str(message_from_string(wheel.read(metadata).decode()).get_payload())
    links = [*re.findall(r"\]\(([^)\s]+)\)", text), *re.findall(r'(?:src|srcset|href)="([^"]+)"', text)]
    assert len(links) >= 20
    assert [] == [link for link in links if not link.startswith("https://")]
    ours = [re.sub(r"^/(blob|raw)/main/", "", link.removeprefix(SOURCE)) for link in links if link.startswith(SOURCE)]
    assert [] == [path for path in ours if not (ROOT / path.partition("#")[0]).exists()]
