"""What the X-ray's "What if" says to write in a Dockerfile: it is built, and makes the image that was promised."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from layerlab import Image, Layer, load, save, scratch
from layerlab.benches.recipe import IN_A_STAGE, LAST_STAGE, SQUASH
from layerlab.benches.xray_bench import XRay
from tests.engines.machine import Machine
from tests.engines.test_benches import Engine, programs

STEPS = (
    "COPY site/ /srv/",
    "COPY deploy.env /etc/",
    "RUN rm -f /srv/db/catalog.db /etc/deploy.env",
    "RUN head -c 3000 /dev/zero > /srv/object && head -c 100 /dev/zero > /srv/kept",
    "RUN rm -f /srv/object",
)
READ = {
    "the step that deletes reads a file of the context": (
        ("COPY site/ /srv/", "RUN cp /srv/db/catalog.db /srv/kept && rm -r /srv/db"),
        ("COPY site/ /srv/", "RUN cp /srv/db/catalog.db /srv/kept && rm -r /srv/db",
         "FROM base", "COPY --from=build /srv /srv"),
    ),
    "a RUN between reads a file of the context": (
        ("COPY site/ /srv/", "RUN cp /srv/db/catalog.db /srv/kept", "RUN rm -r /srv/db"),
        ("COPY site/ /srv/", "RUN cp /srv/db/catalog.db /srv/kept", "RUN rm -r /srv/db",
         "FROM base", "COPY --from=build /srv /srv"),
    ),
    "the step that deletes moves what a RUN made": (
        ("RUN mkdir /srv && head -c 3000 /dev/zero > /srv/object", "RUN mv /srv/object /srv/kept"), (),
    ),
    "a RUN between reads what a RUN made": (
        ("RUN mkdir /srv && head -c 3000 /dev/zero > /srv/object", "RUN cp /srv/object /srv/kept",
         "RUN rm /srv/object"),
        (),
    ),
}  # fmt: skip
CONTEXT = {"site/db/catalog.db": bytes(5_000), "site/index.html": b"hi", "deploy.env": b"KEY=1\n"}


def base() -> Image:
    return scratch.with_layer(Layer.of({**programs(), "etc/motd": b"hi"}), "ADD tree /").with_config(cmd=["sh"])


def built(engine: Engine, folder: Path, steps: Sequence[str], ignored: Sequence[str] = ()) -> Image:
    """Build steps on the base as `docker build` does, which itself leaves out what .dockerignore names."""
    name = f"recipe-{len(list(folder.iterdir()))}"
    context = written(folder / name, "FROM base AS build", steps)
    (context / ".dockerignore").write_text("\n".join(ignored))
    engine.machine.run("env", "DOCKER_BUILDKIT=0", "docker", "build", "--network=none", "--tag", name, context)
    engine.machine.run("docker", "save", "--output", folder / f"{name}.tar", name)
    return load(folder / f"{name}.tar")[0]


def written(folder: Path, start: str, steps: Sequence[str]) -> Path:
    """Write a Dockerfile and its context."""
    for name, data in {**CONTEXT, "Dockerfile": "\n".join((start, *steps)).encode()}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def by_buildkit(engine: Engine, folder: Path, steps: Sequence[str] = STEPS) -> Image:
    """Build the steps with BuildKit, whose history names the lines as they stand in the Dockerfile."""
    assert "" == engine.make("\n".join(("FROM base", *steps)), CONTEXT, "steps")
    engine.machine.run("docker", "save", "--output", folder / "steps.tar", "steps")
    return load(folder / "steps.tar")[0]


def shows(image: Image) -> dict[str, tuple[str, int]]:
    """What an image shows; a builder may leave empty places for its mounts."""
    mounts = ("etc/hostname", "etc/hosts", "etc/resolv.conf", "dev", "proc", "sys", "run", "tmp")
    items = image.view().items()
    return {path: (entry.kind, entry.size) for path, entry in items if not path.startswith(mounts)}


@pytest.fixture(scope="module")
def engine(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = tmp_path_factory.mktemp("base") / "base.tar"
    save({"base": base()}, path, format="docker")
    machine.run("docker", "load", "--quiet", "--input", path)
    machine.run("podman", "load", "--quiet", "--input", path)
    return Engine(machine)


def test_every_what_if_is_built_as_it_is_written(engine: Engine, tmp_path: Path) -> None:
    image = by_buildkit(engine, tmp_path)
    assert 1 + len(STEPS) == len(image.layers)
    bench = XRay(image, base(), "base")
    seen = set()
    for place, change in enumerate(bench.changes):
        promised = bench.changed(place)
        recipe = change.recipe(promised)
        steps = [*STEPS]
        if recipe.lines == LAST_STAGE:
            steps += LAST_STAGE
        elif recipe.said == SQUASH:
            continue
        else:
            at = next(number for number in range(len(STEPS)) if change.words.startswith(f"layer {number + 1} "))
            steps[at : at + 1] = recipe.lines
        made = built(engine, tmp_path, steps, recipe.ignored)
        assert shows(promised) == shows(made), recipe
        assert promised.size == made.size, recipe
        seen.add((len(recipe.lines), len(recipe.ignored)))
    assert {(0, 0), (1, 0), (1, 1), (2, 0)} == seen


@pytest.mark.parametrize("case", READ)
def test_where_a_step_may_have_read_a_file_what_is_said_builds(case: str, engine: Engine, tmp_path: Path) -> None:
    steps, staged = READ[case]
    image = by_buildkit(engine, tmp_path, steps)
    promised = (bench := XRay(image)).changed(0)
    recipe = bench.changes[0].recipe(promised)
    assert recipe.said == (IN_A_STAGE.format(1) if staged else f"{recipe.lines[0]}, for layers 1 to {len(steps)}")
    made = built(engine, tmp_path, staged or recipe.lines)
    assert shows(promised) == shows(made)
    assert promised.size == made.size


def test_podman_squashes_the_steps_of_a_dockerfile_into_one_layer(engine: Engine, tmp_path: Path) -> None:
    image = by_buildkit(engine, tmp_path)
    bench = XRay(image, base(), "base")
    (place,) = (place for place, change in enumerate(bench.changes) if "and leave those" in change.words)
    context = written(tmp_path / "context", "FROM base", STEPS)
    asked = ["podman", "build", "--squash", "--isolation", "chroot", "--tag", "squashed", str(context)]
    ran = subprocess.run(asked, env=engine.machine.environment, capture_output=True, text=True, check=False)
    assert 0 == ran.returncode, ran.stderr
    engine.machine.run("podman", "save", "--quiet", "--output", tmp_path / "squashed.tar", "squashed")
    made, promised = load(tmp_path / "squashed.tar")[0], bench.changed(place)
    assert (2, 2) == (len(made.layers), len(promised.layers))
    assert shows(promised) == shows(made)
    assert promised.size == made.size
