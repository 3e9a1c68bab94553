"""What `layerlab inspect --fix` and `layerlab diff` say of seven ways to build one image, built by BuildKit.

The ways and their numbers are those of a shop's program: 10 MB that rarely change, 1 MB that changes with each release,
a tool of 8 MB that only the build needs, and 5 MB that nothing needs.
"""

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest

from layerlab import Image, explain, load, save
from layerlab.cli.advice import Advice, advice
from layerlab.cli.main import main
from tests.engines.machine import Machine
from tests.engines.test_benches import Engine
from tests.engines.test_recipes import base, shows

MB = 1_000_000
PARTS = {"deps": 10 * MB, "tool": 8 * MB, "junk.log": 5 * MB}
SEPARATE = ("COPY deps /deps", "COPY tool /tool", "COPY app /app")
# For each way: its Dockerfile, the bytes of its layers on top of the base, what release 2 sends, what Docker pulls.
WAYS = {
    "everything, then chmod, then rm": (
        ("COPY . /src/", "RUN cp /src/deps /deps && cp /src/app /app", "RUN chmod 755 /deps /app", "RUN rm -r /src"),
        46, 46, 46,
    ),
    "one COPY each, chmod and rm in later RUNs": (
        (*SEPARATE, "RUN chmod 755 /deps /app", "RUN rm /tool"), 30, 12, 12,
    ),
    "a stage, one COPY a part, what is stable first": (
        ("COPY deps tool app /", "RUN chmod 755 /deps /app", "FROM base", "COPY --from=build /deps /deps",
         "COPY --from=build /app /app"),
        11, 1, 1,
    ),
    "a stage, what changes first": (
        ("COPY deps tool app /", "RUN chmod 755 /deps /app", "FROM base", "COPY --from=build /app /app",
         "COPY --from=build /deps /deps"),
        11, 1, 11,
    ),
    "COPY --chmod": (("COPY --chmod=755 deps /deps", "COPY --chmod=755 app /app"), 11, 1, 1),
    "a stage, everything in one COPY": (
        ("COPY deps tool app /out/", "RUN rm /out/tool && chmod 755 /out/deps /out/app", "FROM base",
         "COPY --from=build /out /"),
        11, 11, 11,
    ),
    "all in one layer": (
        ("COPY deps tool app /", "RUN chmod 755 /deps /app && rm /tool", "FROM scratch", "COPY --from=build / /"),
        11, 11, 11,
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def engine(machine: Machine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    path = tmp_path_factory.mktemp("base") / "base.tar"
    save({"base": base()}, path, format="docker")
    machine.run("docker", "load", "--quiet", "--input", path)
    return Engine(machine)


def built(engine: Engine, folder: Path, steps: Sequence[str], release: int = 1) -> Path:
    """Build steps on the base with BuildKit, and return the archive of the image."""
    context = {name: random.Random(name).randbytes(size) for name, size in PARTS.items()}
    context["app"] = random.Random(release).randbytes(MB)
    name = f"way-{release}"
    assert "" == engine.make("\n".join(("FROM base AS build", *steps)), context, name)
    path = folder / f"{len(list(folder.iterdir()))}.tar"
    engine.machine.run("docker", "save", "--output", path, name)
    return path


@pytest.mark.parametrize("way", WAYS)
def test_what_a_release_sends_is_what_the_diff_says(
    way: str, engine: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps, on_top, pushed, pulled = WAYS[way]
    old, new = (built(engine, tmp_path, steps, release) for release in (1, 2))
    image = load(old)[0]
    below = 0 if way == "all in one layer" else len(base().layers)
    own = sum(layer.size for layer in image.layers[below:]) - (0 if below else base().size)
    assert on_top == round(own / MB)
    assert 0 == main(["diff", str(old), str(new), "--json"])
    found = json.loads(capsys.readouterr().out)
    whole = (base().size if way == "all in one layer" else 0) / MB
    assert (pushed, pulled) == (round(found["push"] / MB - whole), round(found["pull_by_chain_id"] / MB - whole))


def followed(steps: Sequence[str], each: Advice, below: int) -> tuple[str, ...]:
    """Return the steps as an advice says."""
    first = min(each.instead) - below
    if "--from=build" in "".join(each.lines):
        return (*steps, "FROM base", *steps[:first], *each.lines)
    kept = [step for number, step in enumerate(steps) if number + below not in each.instead]
    return (*kept[:first], *each.lines, *kept[first:])


BAD = {
    "everything, then chmod, then rm": WAYS["everything, then chmod, then rm"][0],
    "one COPY each, chmod and rm in later RUNs": WAYS["one COPY each, chmod and rm in later RUNs"][0],
    "a chmod of what one COPY brought": ("COPY deps /deps", "COPY app /app", "RUN chmod 755 /deps"),
    "a deletion of what a RUN made": ("COPY deps /deps", "RUN cp /deps /copy && cp /deps /b", "RUN rm -f /copy"),
    "a deletion of what nothing read": ("COPY deps tool /srv/", "RUN rm -f /srv/tool"),
    "the same in a WORKDIR": ("WORKDIR /srv", "COPY deps tool ./", "RUN rm -f tool"),
    "a step that reads what it deletes": ("COPY deps /deps", "RUN cp /deps /copy && rm /deps"),
    "a file that a later RUN moves": ("COPY app /app", "RUN cp /app /copy", "RUN mv /copy /b"),
    "a RUN between that needs the file": ("COPY app /app", "RUN cp /app /copy", "RUN cp /copy /b", "RUN rm /copy"),
    "a chmod in a folder": ("COPY deps /srv/deps", "RUN chmod 755 /srv/deps"),
    "a chown of a folder": ("COPY deps tool /srv/", "RUN chown -R 5:6 /srv"),
    "a chmod of what a COPY gave an owner": ("COPY --chown=5:6 deps /deps", "RUN chmod 755 /deps"),
    "a chmod of a folder": ("COPY deps tool /srv/", "RUN chmod 700 /srv && cp /srv/deps /copy && rm /srv/tool"),
    "a comment after a RUN": ("COPY app /app", "RUN cp /app /copy && cp /app /b # both", "RUN rm /copy"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_is_advised_builds_shows_the_same_files_and_saves_what_it_says(
    bad: str, engine: Engine, tmp_path: Path
) -> None:
    steps = BAD[bad]
    before = load(built(engine, tmp_path, steps))[0]
    (each,) = advice(before, explain(before))
    after = load(built(engine, tmp_path, followed(steps, each, len(base().layers))))[0]
    assert () == each.ignored  # tests of recipes build with .dockerignore
    assert shows(before) == shows(after)
    assert modes(before) == modes(after)
    assert abs(before.size - after.size - each.bytes) < 1000
    assert [] == [row for row in explain(after).dead if row.bytes > 1000]


@pytest.mark.parametrize("bad", ["one COPY each, chmod and rm in later RUNs", "a chmod of what one COPY brought"])
def test_a_release_sends_as_many_bytes_fewer_as_was_said(bad: str, engine: Engine, tmp_path: Path) -> None:
    steps, below = BAD[bad], len(base().layers)
    pairs = []
    first = load(built(engine, tmp_path, steps))[0]
    (each,) = advice(first, explain(first))
    for way in (steps, followed(steps, each, below)):
        old, new = (load(built(engine, tmp_path, way, release))[0] for release in (1, 2))
        there = {layer.diff_id for layer in old.layers}
        pairs.append(sum(layer.size for layer in new.layers if layer.diff_id not in there))
    assert abs(pairs[0] - pairs[1] - each.per_release) < 1000


def modes(image: Image) -> dict[str, tuple[int, int, int]]:
    parts = ("deps", "app", "copy", "b", "srv")
    items = image.view().items()
    return {path: (entry.mode, entry.uid, entry.gid) for path, entry in items if path.startswith(parts)}


@pytest.mark.parametrize("kind", ["docker", "podman"])
def test_an_image_of_an_engine_is_inspected_by_its_name(
    kind: str, engine: Engine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    machine = engine.machine
    save({"base": base()}, tmp_path / "base.tar", format="docker")
    machine.run(kind, "load", "--quiet", "--input", tmp_path / "base.tar")
    # Both are named, so that the one that is asked for has to be found.
    monkeypatch.setenv("DOCKER_HOST", machine.docker_address)
    monkeypatch.setenv("CONTAINER_HOST", machine.podman_address)
    name = "base" if kind == "docker" else "localhost/base"
    assert 0 == main(["inspect", f"{kind}:{name}", "--json"])
    (image,) = json.loads(capsys.readouterr().out)["images"]
    assert [layer.diff_id for layer in base().layers] == [layer["diff_id"] for layer in image["layers"]]
    assert 1 == main(["inspect", f"{kind}:no-such-image"])
    error = capsys.readouterr().err
    assert error.startswith(f"layerlab: {kind.capitalize()} ")
    assert 1 == error.count("\n")
