"""Reading from an engine, with one that only talks; `make prove` does it with Docker and Podman themselves."""

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerlab as ll
from layerlab.cli.main import main
from layerlab.engines import client as module
from layerlab.engines.layer_sizes import HistoryLine, layer_sizes
from tests.archive.build import digest
from tests.engine_api.replies import Talker, listening

BASE = (
    ll.scratch.with_layer(ll.Layer.of({}), created_by="")
    .with_layer(ll.Layer.of({"usr/base": ll.filler(2_000_000)}), created_by="/bin/sh -c #(nop) ADD rootfs.tar in /")
    .with_config(cmd=["sh"], created_by='/bin/sh -c #(nop)  CMD ["sh"]')
)
SHOP = BASE.with_layer(ll.Layer.of({"srv/page": ll.filler(5_000)}), created_by="COPY site/ /")
LEAN = SHOP.with_layer(ll.Layer.of({"srv/page": ll.WHITEOUT}), created_by="/bin/sh -c rm /srv/page")


@pytest.fixture
def host() -> ll.Host:
    host = ll.Host()
    for name, image in (
        ("base", BASE),
        ("shop:1", SHOP),
        ("shop", SHOP.with_config(env={"A": "1"}, created_by="ENV A=1")),
        ("lean", LEAN),
    ):
        host.add(image, name)
    host.tag("lean", "best/lean:2")
    host.add(SHOP.with_config(env={"B": "2"}, created_by="ENV B=2"), "shop:1")
    web = host.run("shop", name="web")
    web.append("usr/base", b"!")
    web.unlink("srv/page")
    host.run("lean", name="job")
    host.stop("job")
    return host


@pytest.fixture(params=["docker", "podman"])
def talker(request: pytest.FixtureRequest, host: ll.Host) -> Talker:
    return Talker(host, podman=request.param == "podman")


@pytest.fixture
def engine(talker: Talker, tmp_path: Path) -> Iterator[module.Engine]:
    with listening(talker, tmp_path) as address:
        yield ll.engine(address)


def test_an_engine_says_which_it_is(engine: module.Engine, talker: Talker) -> None:
    assert ("Podman 1.2" if talker.podman else "Docker 1.2") == engine.name
    assert f"<{engine.name} at {engine.address}>" == repr(engine)


def test_images_have_their_names_layers_and_history(engine: module.Engine, talker: Talker) -> None:
    found = {image.id: image for image in engine.images()}
    assert {image.id for image, _ in talker.named()} == found.keys()
    for image, names in talker.named():
        told = found[image.id]
        assert (tuple(names), image.diff_ids, image.chain_ids) == (told.names, told.diff_ids, told.chain_ids)
        assert tuple(map(talker.bytes, image.layers)) == told.sizes
        assert sum(told.sizes) == told.size == sum(line.size for line in told.history)
        assert [step.created_by for step in image.history] == [line.created_by for line in told.history]
    assert [("base:latest",), ("lean:latest", "best/lean:2"), ("shop:1",), ("shop:latest",), ()] == [
        image.names for image in engine.images()
    ]


def test_nothing_is_exported_where_the_history_tells_the_sizes(engine: module.Engine, talker: Talker) -> None:
    engine.usage()
    assert [] == [path for path in talker.asked if path.endswith("/get")]


def test_the_books_of_an_engine_balance_and_are_those_of_its_host(engine: module.Engine, talker: Talker) -> None:
    told, own = engine.usage(), talker.host.usage()
    assert sum(row.fair for row in told.images.values()) + told.thin == told.total
    assert own.layers.keys() == told.layers.keys()
    assert {name: (row.size_rw, row.state, row.image) for name, row in own.containers.items()} == {
        name: (row.size_rw, row.state, row.image) for name, row in told.containers.items()
    }
    if not talker.podman:
        assert {row.id: (row.size, row.shared, row.fair) for row in own.images.values()} == {
            row.id: (row.size, row.shared, row.fair) for row in told.images.values()
        }
        assert (own.disk, own.total, own.reclaim({"web", "shop"})) == (
            told.disk,
            told.total,
            told.reclaim({"web", "shop"}),
        )
        assert own.containers["web"].virtual_size == told.containers["web"].virtual_size


def beside(tmp_path: Path, talker: Talker) -> dict[str, int | None]:
    with listening(talker, tmp_path) as address:
        usage = ll.engine(address).usage()
    assert usage.total == usage.disk + usage.thin
    return dict(usage.beside)


def test_nothing_is_beside_images_and_containers_where_nothing_is_told(tmp_path: Path, host: ll.Host) -> None:
    assert {} == beside(tmp_path, Talker(host))


@pytest.mark.parametrize(
    "told",
    [
        {
            "Volumes": [{"UsageData": {"Size": 12}}, {"UsageData": {"Size": -1}}, {"UsageData": None}],
            "BuildCache": [{"Size": 30}, {"Size": 4, "Shared": False}, {"Size": 100, "Shared": True}],
        },
        {"VolumeUsage": {"TotalSize": 12, "TotalCount": 3}, "BuildCacheUsage": {"TotalSize": 34}},
    ],
    ids=["API 1.41", "API 1.52"],
)
def test_volumes_and_the_build_cache_are_lines_of_their_own(
    tmp_path: Path, host: ll.Host, told: dict[str, object]
) -> None:
    talker = Talker(host)
    talker.disk = told
    assert {"volumes": 12, "build cache": 34} == beside(tmp_path, talker)


def test_a_container_in_a_folder_has_no_image(tmp_path: Path, host: ll.Host) -> None:
    # As Podman 4.3 tells of `podman create --rootfs FOLDER`.
    odd = {
        "Id": "5" * 64,
        "Names": ["/odd"],
        "Image": "",
        "ImageID": "sha256:",
        "State": "created",
        "SizeRw": 1_982_256,
    }
    talker = Talker(host, podman=True)
    talker.more = [{**odd, "SizeRootFs": None}]
    with listening(talker, tmp_path) as address:
        usage = ll.engine(address).usage()
    row = usage.containers["odd"]
    assert ("", "stopped", 1_982_256, 1_982_256) == (row.image, row.state, row.size_rw, row.virtual_size)
    assert "images/sha256:/json" not in talker.asked  # Podman would answer that it is no name
    assert {} == dict(usage.beside)


def test_layers_below_a_container_whose_image_was_removed_are_a_line_of_their_own(
    tmp_path: Path, host: ll.Host
) -> None:
    # As Docker 20.10 tells after `docker rmi -f` of an image that stopped containers use.
    gone = {"ImageID": digest(b"gone"), "State": "exited", "SizeRootFs": 1_982_263}
    talker = Talker(host)
    talker.more = [{**gone, "Id": name * 64, "Names": [f"/{name}"], "SizeRw": 0} for name in "ab"]
    assert {module.GONE: 1_982_263} == beside(tmp_path, talker)


def test_an_image_that_is_not_exported_is_named(tmp_path: Path, host: ll.Host) -> None:
    host.add(ll.scratch.with_config(cmd=["sh"], created_by="CMD sh"), "empty:1")
    with listening(Talker(host), tmp_path) as address:
        engine = ll.engine(address)
        with pytest.raises(ll.EngineError, match=r"^Docker 1\.2: empty:1: empty export - not implemented$"):
            engine.load("empty:1")
        with pytest.raises(ll.EngineError, match=r"empty:1: empty export"):
            engine.host()


def test_of_containerds_store_the_packed_layers_are_a_line_of_their_own(tmp_path: Path, host: ll.Host) -> None:
    talker = Talker(host, containerd="1.52")
    packed = sum(sum(layer.size for layer in image.layers) // 2 for image, _ in talker.named()) + 7
    assert {module.PACKED: packed} == beside(tmp_path, talker)


def test_of_an_older_store_of_containerd_nobody_knows_how_much_is_packed(tmp_path: Path, host: ll.Host) -> None:
    assert {module.PACKED: None} == beside(tmp_path, Talker(host, containerd="1.44"))


def test_the_command_says_what_it_does_not_count(
    tmp_path: Path, host: ll.Host, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    talker = Talker(host, containerd="1.44")
    talker.disk = {"Volumes": [{"UsageData": {"Size": 12_000_000}}]}
    with listening(talker, tmp_path) as address:
        monkeypatch.setenv("DOCKER_HOST", address)
        assert 0 == main(["usage"])
        told = capsys.readouterr().out
        assert 0 == main(["usage", "--json"])
    assert ["Not counted: 12.0 MB of volumes.", f"Not counted: an unknown size of {module.PACKED}."] == [
        line for line in told.splitlines() if line.startswith("Not counted")
    ]
    assert {"volumes": 12_000_000, module.PACKED: None} == json.loads(capsys.readouterr().out)["beside"]


def test_changes_are_told_as_docker_diff_prints_them(engine: module.Engine, host: ll.Host) -> None:
    assert host.containers["web"].diff() == engine.diff("web")
    assert [] == engine.diff("job")


@pytest.mark.parametrize(
    "name", ["shop", "shop:1", "best/lean:2", SHOP.with_config(env={"A": "1"}, created_by="ENV A=1").id]
)
def test_an_image_is_loaded_with_its_files(engine: module.Engine, host: ll.Host, name: str) -> None:
    image = engine.load(name)
    assert host.image(name) == image
    assert host.image(name).view()["usr/base"].digest == image.view()["usr/base"].digest


def test_a_bench_acts_on_copies_of_its_images(engine: module.Engine, talker: Talker, host: ll.Host) -> None:
    copies = engine.host("base", "lean")
    assert {name: host.image(name) for name in ("base", "lean")} == copies.images
    assert copies.usage().disk == host.image("lean").size
    asked = len(talker.asked)
    bench = ll.bench("stack", verbs=["run"], host=copies)
    bench.do("run")
    assert ("web costs 0 B until it writes.", asked) == (bench.now.sentence, len(talker.asked))


def test_without_names_all_images_that_have_one_are_copied(engine: module.Engine, host: ll.Host) -> None:
    found = {name.removesuffix(":latest"): image for name, image in engine.host().images.items()}
    assert {"base", "lean", "best/lean:2", "shop", "shop:1"} == found.keys()
    assert found["lean"] is found["best/lean:2"]


def test_of_a_name_without_a_tag_one_image_is_exported(engine: module.Engine, talker: Talker) -> None:
    engine.load("shop")
    assert [f"images/{'shop:latest'}/get"] == [path for path in talker.asked if path.endswith("/get")]


def test_an_engine_that_fails_over_histories_is_asked_for_the_images_themselves(tmp_path: Path, host: ll.Host) -> None:
    talker = Talker(host, podman=True, forgetful=True)
    with listening(talker, tmp_path) as address:
        images = ll.engine(address).images()
    assert [f"images/{LEAN.id}/get"] == [path for path in talker.asked if path.endswith("/get")]
    assert {image.id: tuple(map(talker.bytes, image.layers)) for image, _ in talker.named()} == {
        image.id: image.sizes for image in images
    }


def test_a_container_whose_image_is_gone_is_counted(tmp_path: Path, host: ll.Host) -> None:
    talker = Talker(host)
    gone = host.containers["web"].image.id
    known = talker.named
    talker.named = lambda: [(image, names) for image, names in known() if image.id != gone]  # type: ignore[method-assign]
    with listening(talker, tmp_path) as address:
        usage = ll.engine(address).usage()
    assert host.containers["web"].virtual_size == usage.containers["web"].virtual_size
    assert gone not in {row.id for row in usage.images.values()}


@pytest.mark.parametrize("names", [[], None])
def test_a_container_that_has_lost_its_name_goes_by_its_id(tmp_path: Path, host: ll.Host, names: object) -> None:
    talker = Talker(host)
    whole = talker.container
    talker.container = lambda each: whole(each) | {"Names": names}  # type: ignore[method-assign]
    with listening(talker, tmp_path) as address:
        told = ll.engine(address).usage().containers
    assert {digest(name.encode())[7:19]: each.size_rw for name, each in host.containers.items()} == {
        name: each.size_rw for name, each in told.items()
    }


def test_an_image_that_only_a_container_shows_is_counted(tmp_path: Path, host: ll.Host) -> None:
    talker = Talker(host)
    hidden = host.containers["web"].image.id
    reply = talker.reply

    def shortened(path: str) -> tuple[int, object]:
        status, answer = reply(path)
        return status, [each for each in answer if each["Id"] != hidden] if path == "images/json" else answer

    talker.reply = shortened  # type: ignore[method-assign]
    with listening(talker, tmp_path) as address:
        assert hidden in {row.id for row in ll.engine(address).usage().images.values()}


def test_what_an_engine_does_not_have_is_told_in_one_line(engine: module.Engine) -> None:
    for ask in (engine.load, engine.diff):
        with pytest.raises(ll.EngineError, match=f"^{engine.name}: No such thing: .*no.*$"):
            ask("no")


def test_what_an_engine_breaks_off_is_told_in_one_line(engine: module.Engine, talker: Talker) -> None:
    talker.reply = lambda path: (500, {"message": "out\nof order"})  # type: ignore[method-assign]
    with pytest.raises(ll.EngineError, match=rf"^{engine.name}: out\\nof order$"):
        engine.images()


def test_a_question_that_the_package_docker_does_not_know_fails_as_the_others_do(tmp_path: Path, host: ll.Host) -> None:
    talker = Talker(host, containerd="1.52")
    reply = talker.reply

    def once(path: str) -> tuple[int, object]:
        asked = talker.asked.count(path)
        return (500, {"message": "out of order"}) if path == "images/json" and asked else reply(path)

    talker.reply = once  # type: ignore[method-assign]
    with listening(talker, tmp_path) as address, pytest.raises(ll.EngineError, match=r"^Docker 1\.2: out of order$"):
        ll.engine(address).usage()


# Finding an engine.


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A machine with no engine at any known place."""
    for key in ("DOCKER_HOST", "CONTAINER_HOST"):
        monkeypatch.delenv(key, raising=False)
    monkeypatch.setattr(module, "SOCKETS", ("~/docker.sock", "$XDG_RUNTIME_DIR/podman.sock"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    return monkeypatch


@pytest.mark.usefixtures("alone")
def test_without_an_engine_one_line_says_what_to_start() -> None:
    with pytest.raises(ll.EngineError, match=r"^no engine answers: start Docker, or Podman with `systemctl"):
        ll.engine()


@pytest.mark.parametrize("name", ["docker.sock", "podman.sock"])
def test_an_engine_is_found_at_a_known_place(
    alone: pytest.MonkeyPatch, tmp_path: Path, host: ll.Host, name: str
) -> None:
    (tmp_path / "far").mkdir()
    with listening(Talker(host), tmp_path / "far") as address:
        (tmp_path / name).symlink_to(address.removeprefix("unix://"))
        assert f"unix://{tmp_path / name}" == ll.engine().address
        alone.setenv("DOCKER_HOST", "unix:///no/such.sock")
        with pytest.raises(
            ll.EngineError, match=r"no engine answers at unix:///no/such\.sock \(No such file or directory\)"
        ):
            ll.engine()
        alone.setenv("CONTAINER_HOST", address)
        assert address == ll.engine().address


@pytest.mark.usefixtures("alone")
def test_a_socket_that_does_not_answer_is_named_with_the_reason(tmp_path: Path) -> None:
    os.mknod(tmp_path / "docker.sock", stat.S_IFSOCK | 0o600)
    with pytest.raises(ll.EngineError, match=r"at unix://.*/docker\.sock \(Connection refused\): start Docker"):
        ll.engine()


# Which layer has which size.

NAMES = ["", "RUN true", "COPY a b", "ENV A=1", '/bin/sh -c #(nop)  CMD ["sh"]', "/bin/sh -c #(nop) WORKDIR /a"]


@given(st.lists(st.tuples(st.sampled_from(NAMES), st.integers(0, 2), st.booleans()), max_size=7))
def test_sizes_are_told_only_where_there_is_one_way(steps: list[tuple[str, int, bool]]) -> None:
    metadata = ("ENV", "/bin/sh -c #(nop)  CMD")
    truth = [(name, size, bool(size) or (made and not name.startswith(metadata))) for name, size, made in steps]
    sizes = [size for _, size, made in truth if made]
    diff_ids = [f"sha256:{number}" for number, _ in enumerate(sizes)]
    found = layer_sizes(diff_ids, [HistoryLine(name, size) for name, size, _ in truth])
    assert found in (None, sizes)


def test_empty_tars_tell_where_the_layers_without_bytes_are() -> None:
    empty = ll.Layer.of({}).diff_id
    lines = [
        HistoryLine("", 0),
        HistoryLine("MAINTAINER", 0),
        HistoryLine("ADD", 30),
        HistoryLine("RUN", 9),
        HistoryLine("CMD", 0),
        HistoryLine("COPY", 5),
    ]
    assert [0, 0, 30, 9, 5] == layer_sizes([empty, empty, "sha256:1", "sha256:2", "sha256:3"], lines)


def test_lines_that_fit_in_two_ways_leave_it_open() -> None:
    lines = [HistoryLine("WORKDIR /a", 0), HistoryLine("ADD", 30), HistoryLine("RUN rm a", 0)]
    assert layer_sizes(["sha256:1", "sha256:2"], lines) is None
    assert [30, 0] == layer_sizes(["sha256:1", "sha256:2"], [*lines[1:], HistoryLine("RUN rm b", 0)])
    assert layer_sizes(["sha256:1", "sha256:2"], []) is None


def test_an_archive_is_loaded_and_the_image_that_then_has_the_name_is_told(
    engine: module.Engine, host: ll.Host, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_image(file: BinaryIO) -> Iterator[dict[str, str]]:
        (tmp_path / "sent.tar").write_bytes(file.read())
        for image in ll.load(tmp_path / "sent.tar"):
            host.add(image, image.names[0])
        yield {"stream": "Loaded image"}

    monkeypatch.setattr(engine._client, "load_image", load_image)
    made = BASE.with_layer(ll.Layer.of({"new": b"1"}), "COPY new /")
    ll.save({"new:lighter": made}, tmp_path / "new.tar", format="docker")
    found = engine.add(tmp_path / "new.tar", "new:lighter")
    assert (made.id, made.diff_ids) == (found.id, found.diff_ids)


def test_an_archive_that_an_engine_refuses_is_one_line(
    engine: module.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine._client, "load_image", lambda _: iter([{"error": "no space left on device"}]))
    ll.save({"new": BASE}, tmp_path / "new.tar", format="docker")
    with pytest.raises(ll.EngineError, match=f"{engine.name}: no space left on device"):
        engine.add(tmp_path / "new.tar", "new")
    with pytest.raises(ll.EngineError, match="No such file or directory"):
        engine.add(tmp_path / "none.tar", "new")
