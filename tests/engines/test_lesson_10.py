"""The end of the course: from each prepared start, and from an image of an engine, to a lighter one that loads."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from layerlab import Image, OwnImage, check, explain, own_image, relayer, save
from layerlab.course.starts import START
from tests.engines.machine import Machine
from tests.engines.test_saved import merged
from tests.engines.tree import differences, on_disk, shown

NAMES = tuple(START)
# For each start: bytes of the image, and bytes that a new version sends, before and after.
NUMBERS = {
    "search": ((34_000_059, 26_000_059), (15_000_000, 1_000_000)),
    "orders": ((29_000_000, 12_000_000), (18_500_000, 1_500_000)),
    "mailer": ((27_540_000, 5_500_000), (10_500_000, 2_000_000)),
}


@pytest.fixture(scope="module", params=NAMES)
def mine(request: pytest.FixtureRequest) -> OwnImage:
    """A start with the lighter image that the exercise's solution makes."""
    start = own_image(request.param)
    found = check("10.lighter", lambda mine: relayer(mine.image, mine.base, *mine.changing), start)
    assert found.done, found.says
    return start


@pytest.fixture(params=["docker", "podman"])
def kind(request: pytest.FixtureRequest, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> str:
    """The engine that a cell finds."""
    address = machine.docker_address if request.param == "docker" else machine.podman_address
    monkeypatch.setenv("DOCKER_HOST", address)
    monkeypatch.delenv("CONTAINER_HOST", raising=False)
    return str(request.param)


@pytest.fixture
def root(kind: str, machine: Machine, mine: OwnImage, tmp_path: Path) -> Iterator[Path]:
    """What the engine shows of the lighter image."""
    mine.ship(tmp_path)
    name = f"{mine.name}:lighter"
    if kind == "docker":
        with merged(machine, machine.docker.inspect_image(name), tmp_path) as folder:
            yield folder
    else:
        yield Path(machine.run("podman", "image", "mount", name).strip())
        machine.run("podman", "image", "unmount", name)


def after(mine: OwnImage) -> Image:
    assert mine.lighter is not None
    return mine.lighter


def test_the_lighter_image_has_no_dead_byte_and_sends_less(mine: OwnImage) -> None:
    lighter = OwnImage(mine.name, after(mine), mine.base, mine.changing, prepared=False)
    assert NUMBERS[mine.name] == ((mine.image.size, mine.release), (lighter.image.size, lighter.release))
    assert () == explain(lighter.image).dead


def test_an_engine_loads_it_with_the_same_ids(kind: str, machine: Machine, mine: OwnImage, tmp_path: Path) -> None:
    said = str(mine.ship(tmp_path)).splitlines()
    version = machine.versions()["Docker" if kind == "docker" else "Podman"]
    assert f"{kind.capitalize()} {version} loaded it as {mine.name}:lighter: the same ids" in said[-1]
    found = machine.asked(kind, "image", "inspect", f"{mine.name}:lighter")[0]
    assert after(mine).id == f"sha256:{found['Id'].removeprefix('sha256:')}"
    assert list(after(mine).diff_ids) == found["RootFS"]["Layers"]
    # Podman counts tars and documents, Docker the files.
    assert kind == "podman" or after(mine).size == found["Size"]


def test_an_engine_shows_the_files_of_the_start(root: Path, mine: OwnImage) -> None:
    assert {} == differences(shown(mine.image), on_disk(root))


def test_a_host_stores_the_base_once(machine: Machine, mine: OwnImage, tmp_path: Path) -> None:
    path = tmp_path / "both.tar"
    save({f"{mine.name}:heavy": mine.image, f"{mine.name}:lighter": after(mine)}, path, format="docker")
    machine.run("docker", "load", "--quiet", "--input", path)
    heavy, lighter = (
        machine.docker.inspect_image(f"{mine.name}:{tag}")["RootFS"]["Layers"] for tag in ("heavy", "lighter")
    )
    assert heavy[: mine.base] == lighter[: mine.base]
    assert heavy[mine.base] != lighter[mine.base]


def test_an_image_of_an_engine_is_taken_by_its_name(
    kind: str, machine: Machine, mine: OwnImage, tmp_path: Path
) -> None:
    path, name = tmp_path / "heavy.tar", f"{'localhost/' if kind == 'podman' else ''}{mine.name}:heavy"
    save({f"{mine.name}:heavy": mine.image}, path, format="docker")
    machine.run(kind, "load", "--quiet", "--input", path)
    found = own_image(f"{kind}:{name}", changing=mine.changing)
    assert (mine.name, mine.image, mine.base) == (found.name, found.image, found.base)
    assert check("10.lighter", lambda own: relayer(own.image, own.base, *own.changing), found).done
    assert found.lighter == mine.lighter
