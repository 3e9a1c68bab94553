"""Archives that were made to do harm: each asks for little, or is refused in one line before it has taken much."""

import bz2
import json
import lzma
import os
import re
import socket
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from layerlab import ArchiveError, load, save
from layerlab.archive import policy
from layerlab.archive.limits import Limits
from layerlab.archive.load import Images
from layerlab.cli.main import main
from tests.archive.build import (
    CONFIG_TYPE,
    LAYER_TYPE,
    MANIFEST_TYPE,
    blob_name,
    blobs,
    config,
    descriptor,
    digest,
    docker,
    dumps,
    files,
    folder,
    index,
    manifest,
    member,
    oci,
    packed,
    spread,
    squeezed,
    symlink,
    tar,
    write,
)
from tests.archive.test_refusals import LAYER, cause, configured, replaced

ITEM = {"Config": "config.json", "RepoTags": ["shop:1"], "Layers": ["layer.tar"]}
KNOWN = {"layer.tar": LAYER, "config.json": config(LAYER)}
ZEROS = bytes(8 << 20)


def hybrid(top: bytes, **item: object) -> dict[str, bytes]:
    """Return an archive with a manifest.json, and beside it a layout that leads to a manifest of the same image."""
    return {
        **KNOWN, "manifest.json": dumps([ITEM | item]), **blobs(top),
        "index.json": index(descriptor(top, MANIFEST_TYPE)),
    }  # fmt: skip


def beside(**changes: object) -> bytes:
    return dumps(json.loads(manifest(config(LAYER), LAYER)) | changes)


class TestManifestsBesideManifestJson:
    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"layers": "x"}, "layers is not a list"),
            ({"layers": ["x"]}, "layers, item 0 is not an object"),
            ({"layers": [{"digest": "x"}]}, "layers, item 0, digest is no digest"),
            ({"config": []}, "config is not an object"),
        ],
    )
    def test_their_shape_is_checked_before_anything_trusts_it(
        self, tmp_path: Path, changes: dict[str, object], said: str
    ) -> None:
        # Docker and Podman load the image, so that only its manifest is left out.
        images = load(write(tmp_path / "it", hybrid(beside(**changes))))
        assert [(digest(config(LAYER)), None)] == [(image.id, image.digest) for image in images]
        (line,) = images.skipped
        assert line.startswith("the layout beside manifest.json: ")
        assert line.endswith(said) or f"{said}: " in line
        same_again(images, tmp_path)

    @pytest.mark.parametrize(
        "changes",
        [
            {"layers": None},
            {"layers": [descriptor(LAYER, LAYER_TYPE) | {"size": 7}]},
            {"layers": [descriptor(LAYER, "application/vnd.oci.image.layer.v1.tar+gzip")]},
            {"config": descriptor(config(LAYER), "application/vnd.cncf.helm.config.v1+json")},
            {"config": descriptor(config(LAYER), CONFIG_TYPE) | {"size": 0}},
        ],
    )
    def test_what_they_say_wrongly_is_not_saved(self, tmp_path: Path, changes: dict[str, object]) -> None:
        same_again(load(write(tmp_path / "it", hybrid(beside(**changes)))), tmp_path)

    def test_a_media_type_that_is_no_layer_s_is_not_saved(self, tmp_path: Path) -> None:
        source = {digest(LAYER): descriptor(LAYER, "application/vnd.oci.image.signature.v1")}
        item = {"LayerSources": source, "Layers": [blob_name(LAYER)]}
        same_again(load(write(tmp_path / "it", hybrid(beside(), **item) | blobs(LAYER))), tmp_path)


def same_again(images: Images, folder: Path) -> None:
    (image,) = images
    save({"again": image}, folder / "again.tar")
    assert [image] == [*load(folder / "again.tar")]


class TestText:
    def test_half_of_a_surrogate_pair_becomes_the_sign_for_that_as_in_go(self, tmp_path: Path) -> None:
        broken = b'["A=\\ud800", "B=\\udc00x", "C=\\ud83d\\udc33"]'
        settings = config(LAYER, config={"Env": []}).replace(b'"Env": []', b'"Env": ' + broken)
        (image,) = load(write(tmp_path / "it", configured(settings)))
        assert ["A=\ufffd", "B=\ufffdx", "C=\U0001f433"] == image.config["Env"]
        assert image.with_config(env={"D": "1"}).id.startswith("sha256:")

    @pytest.mark.parametrize("key", ["os", "architecture", "variant"])
    def test_a_platform_is_text(self, tmp_path: Path, key: str) -> None:
        assert f"{key} is not text" in cause(write(tmp_path / "it", configured(config(LAYER, **{key: ["x"]}))))

    @pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 5000])
    def test_a_number_that_python_cannot_hold_is_taken_where_engines_read_none(
        self, tmp_path: Path, number: bytes
    ) -> None:
        settings = config(LAYER, x=0).replace(b'"x": 0', b'"x": ' + number)
        (image,) = load(write(tmp_path / "it", configured(settings)))
        assert settings == image.config_json
        save(image.with_config(env={"D": "1"}), tmp_path / "other")
        assert 1 == len(load(tmp_path / "other"))

    @pytest.mark.parametrize(
        ("first", "second", "left"),
        [
            ({"Env": ["A=1"]}, None, {}),
            ({"Env": ["A=1"]}, {"Env": None}, {"Env": None}),
            ({"Env": ["A=1"]}, {"Cmd": ["sh"]}, {"Env": ["A=1"], "Cmd": ["sh"]}),
            ({"Env": ["A=1"]}, {"Env": ["B=2"]}, {"Env": ["B=2"]}),
        ],
    )
    def test_settings_that_stand_twice_are_read_in_turn(
        self, tmp_path: Path, first: object, second: object, left: dict[str, object]
    ) -> None:
        twice = b'{"config": ' + dumps(first) + b', "config": ' + dumps(second) + b", "
        settings = config(LAYER)
        rest = {key: value for key, value in json.loads(settings).items() if key != "config"}
        (image,) = load(write(tmp_path / "it", configured(twice + dumps(rest)[1:])))
        assert left == image.config

    def test_a_number_beyond_64_bits_is_none_where_engines_read_one(self, tmp_path: Path) -> None:
        settings = config(LAYER, config={"StopTimeout": 1 << 63})
        assert "StopTimeout is not a whole number" in cause(write(tmp_path / "it", configured(settings)))

    def test_what_is_left_out_is_told_in_lines_that_a_terminal_shows(self, tmp_path: Path) -> None:
        gone = descriptor(b"{}", MANIFEST_TYPE, platform={"os": "a\x1b[2J\nb", "architecture": "x"})
        top = manifest(config(LAYER), LAYER)
        here = descriptor(top, MANIFEST_TYPE, platform={"os": "linux", "architecture": "amd64"})
        images = load(write(tmp_path / "it", {"index.json": index(here, gone), **blobs(top, config(LAYER), LAYER)}))
        assert all(line.isprintable() for line in images.skipped)
        assert ["a\\x1b[2J\\nb/x"] == [line.split()[0] for line in images.skipped]

    def test_a_very_long_place_leaves_room_for_the_file_and_the_cause(self, tmp_path: Path) -> None:
        name = "/".join(["d" * 200] * 15)
        said = cause(write(tmp_path / "it", {**KNOWN, "manifest.json": dumps([ITEM | {"Layers": [name]}]), name: b"x"}))
        assert "wrong DiffID" in said
        assert 1100 > len(said)


def test_a_name_that_symlinks_make_too_long_is_refused(tmp_path: Path) -> None:
    long = "/".join(["d" * 250] * 15)
    made = (folder(long), symlink("s", long))
    assert 1 == len(load(write(tmp_path / "good", docker(tar(*made, member("s/x"))))))
    layer = tar(*made, member("s/" + "/".join(["x" * 250] * 2)))
    assert "a name longer than a file system takes" in cause(write(tmp_path / "it", docker(layer)))


class TestWhatManyShare:
    def test_a_configuration_is_read_once_for_all_that_name_it(self, tmp_path: Path) -> None:
        items = [
            ITEM | {"Layers": ["./" * (number % 3) + "layer.tar"], "RepoTags": ["shop:1", f"shop:{number}"]}
            for number in range(6)
        ]
        (image,) = load(write(tmp_path / "it", {**KNOWN, "manifest.json": dumps(items)}))
        assert ("shop:1", "shop:0", "shop:2", "shop:3", "shop:4", "shop:5") == image.names
        tops = [beside(annotations={"number": str(number)}) for number in range(3)]
        top = index(*(descriptor(each, MANIFEST_TYPE) for each in tops))
        images = load(write(tmp_path / "it", {"index.json": top, **blobs(*tops, config(LAYER), LAYER)}))
        assert 3 == len(images)
        assert all(each.history is images[0].history for each in images)

    def test_its_bytes_and_its_history_count_for_each_image(self, tmp_path: Path) -> None:
        settings = config(LAYER, history=[{}] * 50, author="x" * 5000)
        tops = [dumps(json.loads(manifest(settings, LAYER)) | {"number": number}) for number in range(40)]
        top = index(*(descriptor(each, MANIFEST_TYPE) for each in tops))
        path = write(tmp_path / "it", {"index.json": top, **blobs(*tops, settings, LAYER)})
        assert 40 == len(load(path))
        assert "more than 2,000 layers and lines of history" in cause(path, Limits(values=2000))
        assert "the images' configurations are more than 100,000 bytes" in cause(path, Limits(json=100_000))

    def test_what_legacy_images_inherit_counts_for_each(self, tmp_path: Path) -> None:
        low = {"created": "2014-01-01T00:00:00Z", "container_config": {"Cmd": ["x" * 9000]}}
        documents = {"low/json": dumps(low), "low/layer.tar": tar()}
        for number in range(20):
            top = {"parent": "low", "author": str(number)}
            documents |= {f"{number}/json": dumps(top), f"{number}/layer.tar": tar()}
        assert 20 == len(load(write(tmp_path / "it", documents)))
        assert "the images' configurations are more than 50,000 bytes" in cause(tmp_path / "it", Limits(json=50_000))

    def test_many_names_take_no_more_time_than_they_are(self, tmp_path: Path) -> None:
        names = [f"shop:{number}" for number in range(60_000)]
        items = [ITEM | {"RepoTags": own} for own in (names[:30_000], names[20_000:], names[:9])]
        path = write(tmp_path / "it", {**KNOWN, "manifest.json": dumps(items)})
        begun = time.process_time()
        (image,) = load(path)
        save([image, image], path, "docker")
        assert tuple(names) == image.names == load(path)[0].names
        assert 20 > time.process_time() - begun  # each name beside each other one would be minutes

    def test_many_names_of_two_images_take_no_more_time(self, tmp_path: Path) -> None:
        names = [f"shop:{number}" for number in range(60_000)]
        items = [ITEM | {"RepoTags": names}, ITEM | {"Config": "other.json", "RepoTags": names}]
        other = {"other.json": config(LAYER, author="me")}
        path = write(tmp_path / "it", {**KNOWN, **other, "manifest.json": dumps(items)})
        begun = time.process_time()
        assert [(), tuple(names)] == [image.names for image in load(path)]
        assert 20 > time.process_time() - begun

    def test_different_layers_have_a_limit(self, tmp_path: Path) -> None:
        layers = [tar(member(str(number))) for number in range(3)]
        assert "3 different layers, where 2 are the limit" in cause(
            write(tmp_path / "it", docker(*layers)), Limits(blobs=2)
        )
        legacy = {
            f"{number}/{name}": data for number in range(3) for name, data in (("json", b"{}"), ("layer.tar", b""))
        }
        assert "3 layers, where 2 are the limit" in cause(write(tmp_path / "it", legacy), Limits(blobs=2))


def test_names_that_lead_over_links_again_and_again_have_a_limit(tmp_path: Path) -> None:
    long = "d/" * 1000
    top = dumps([ITEM | {"Layers": ["s"] * 40}])
    settings = dumps({"rootfs": {"diff_ids": [digest(LAYER)] * 40}})
    path = tmp_path / "it"
    path.write_bytes(
        tar(
            symlink("s", f"{long}x"),
            member(f"{long}x", LAYER),
            member("manifest.json", top),
            member("config.json", settings),
        )
    )
    assert 40 == len(load(path)[0].layers)
    assert "more than 9,000,000 bytes of names" in cause(path, Limits(names=9_000_000))


class TestBombs:
    @pytest.mark.parametrize("pack", [packed, squeezed, lzma.compress, bz2.compress])
    def test_what_unpacks_to_too_much_is_refused_wherever_it_is(
        self, tmp_path: Path, pack: Callable[[bytes], bytes]
    ) -> None:
        limits = Limits(unpacked=1 << 20)
        (tmp_path / "whole").write_bytes(pack(tar(member("x", ZEROS))))
        assert "it unpacks to more than 1,048,576 bytes" in cause(tmp_path / "whole", limits)
        layer = tar(member("x", ZEROS))
        path = write(tmp_path / "layer", docker(layer, stored=(pack(layer),)))
        assert "0/layer.tar: it unpacks to more than 1,048,576 bytes" in cause(path, limits)
        assert 1 == len(load(path))

    @pytest.mark.parametrize("pack", [packed, squeezed, lzma.compress, bz2.compress])
    def test_one_is_unpacked_once_and_a_document_never(self, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
        (tmp_path / "whole").write_bytes(pack(pack(ZEROS)))
        assert cause(tmp_path / "whole").startswith("byte ")
        path = write(tmp_path / "layer", docker(LAYER, stored=(pack(pack(LAYER)),)))
        assert "0/layer.tar: byte" in cause(path)
        assert "no JSON" in cause(write(tmp_path / "document", configured(pack(ZEROS))))

    @pytest.mark.parametrize("pack", [packed, squeezed, lzma.compress, bz2.compress])
    def test_empty_members_count_as_some_bytes(self, tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
        path = write(tmp_path / "it", docker(LAYER, stored=(pack(b"") * 100 + pack(LAYER),)))
        assert 1 == len(load(path))
        assert "it unpacks to more than 1,048,576 bytes" in cause(path, Limits(unpacked=1 << 20))

    def test_pax_records_have_a_limit_of_their_own(self, tmp_path: Path) -> None:
        for kind in (b"x", b"g"):
            path = write(tmp_path / "it", docker(tar(member("x", b"5 a=\n" * 7, type=kind), member("y"))))
            assert 1 == len(load(path, limits=Limits(entries=4)))
            assert "more than 6 pax records" in cause(path, Limits(entries=3))

    def test_a_header_that_comes_a_byte_at_a_time_takes_no_more_memory(self, tmp_path: Path) -> None:
        body = b"100000 comment=" + b"x" * 99_984 + b"\n"
        layer = tar(member("x", body, type=b"x"), member("y"))
        stored = b"".join(packed(layer[place : place + 1]) for place in range(len(layer)))
        path = write(tmp_path / "it", docker(layer, stored=(stored,)))
        tracemalloc.start()
        load(path, limits=Limits(unpacked=64 << 30, ratio=10_000))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert 8 << 20 > peak

    def test_documents_are_refused_by_their_size_before_they_are_read(self, tmp_path: Path) -> None:
        path = write(tmp_path / "it", replaced(docker(LAYER), manifest_json=b" " * (9 << 20) + b"[]"))
        tracemalloc.start()
        assert "manifest.json: more than 8,388,608 bytes of JSON" in cause(path)
        assert 1 << 20 > tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()

    def test_a_hole_of_ten_terabytes_is_not_read(self, tmp_path: Path) -> None:
        path = write(tmp_path / "it", docker(LAYER))
        os.truncate(path, 10 << 40)
        assert 1 == len(load(path))


class TestFolders:
    @pytest.fixture
    def root(self, tmp_path: Path) -> Path:
        root = spread(tmp_path / "it", {**KNOWN, "manifest.json": dumps([ITEM])})
        (root / "layer.tar").unlink()
        return root

    def test_a_link_out_of_it_is_refused_whatever_it_leads_to(self, root: Path) -> None:
        for target in ("/etc/passwd", "/dev/zero", "../../..", "../none", str(root.parent)):
            (root / "layer.tar").symlink_to(target)
            assert "'layer.tar': a link leads out of the archive" in cause(root)
            (root / "layer.tar").unlink()
        (root / "out").symlink_to("..")
        (root / "manifest.json").write_bytes(dumps([ITEM | {"Layers": ["out/layer.tar"]}]))
        assert "'out/layer.tar': a link leads out of the archive" in cause(root)

    def test_a_link_in_a_circle_is_refused(self, root: Path) -> None:
        (root / "layer.tar").symlink_to("layer.tar")
        assert "'layer.tar': " in cause(root)

    def test_what_is_no_file_is_not_opened(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (root / "layer.tar").mkdir()
        assert "'layer.tar': not a regular file" in cause(root)
        (root / "layer.tar").rmdir()
        monkeypatch.chdir(root)  # the path of a socket is short
        with socket.socket(socket.AF_UNIX) as own:
            own.bind("layer.tar")
            assert "'layer.tar': not a regular file" in cause(root)
        (root / "layer.tar").unlink()
        os.mkfifo(root / "layer.tar")
        assert "'layer.tar': not a regular file" in cause(root)

    @pytest.mark.root
    @pytest.mark.skipif(
        os.name != "posix" or os.geteuid() != 0, reason="only root makes devices and gives up its rights"
    )
    def test_devices_and_what_may_not_be_read_are_refused(self, root: Path) -> None:
        os.mknod(root / "layer.tar", 0o20666, os.makedev(1, 5))
        assert "'layer.tar': not a regular file" in cause(root)
        (root / "layer.tar").unlink()
        (root / "layer.tar").write_bytes(LAYER)
        (root / "layer.tar").chmod(0)
        for each in (root, *root.parents):
            if each.owner() == "root" and each.name.startswith(("pytest", "popen", "test", "it")):
                each.chmod(0o755)
        assert "'layer.tar': Permission denied" in as_nobody(root)
        root.chmod(0o600)
        assert "Permission denied" in as_nobody(root)

    def test_a_name_that_no_file_can_have_is_not_in_it(self, root: Path) -> None:
        for name in ("x" * 300, "d/" * 3000 + "x"):
            (root / "manifest.json").write_bytes(dumps([ITEM | {"Layers": [name]}]))
            assert "layer" not in (said := cause(root))
            assert "File name too long" in said


def as_nobody(path: Path) -> str:
    """Return what the archive is refused for to someone without rights."""
    os.seteuid(65534)
    try:
        return cause(path)
    finally:
        os.seteuid(0)


class TestPaths:
    @pytest.mark.parametrize(
        "path", ["", "a\0b", "\ud800", "x" * 300, "d/" * 3000, "a\nb", "\x1b[2J", "/dev/null", "-"]
    )
    def test_one_that_is_no_archive_is_one_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str
    ) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(ArchiveError) as caught:
            load(path)
        assert str(caught.value).isprintable()
        assert str(caught.value).rpartition(": ")[2]

    def test_the_command_line_says_so_too(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        for path in ("", "\udcff", "x\n", "/dev/null", "/proc/self/mem", str(tmp_path), f"{tmp_path}/x/../../none"):
            for command in ("inspect", "usage"):
                assert 1 == main([command, path])
                out, err = capsys.readouterr()
                assert "" == out
                assert err.startswith("layerlab: ")
                assert err.endswith("\n")
                assert err[:-1].isprintable()

    def test_usage_shows_two_manifests_of_one_image_as_one(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        tops = [beside(annotations={"number": str(number)}) for number in range(2)]
        top = index(*(descriptor(each, MANIFEST_TYPE) for each in tops))
        path = write(tmp_path / "it", {"index.json": top, **blobs(*tops, config(LAYER), LAYER)})
        assert 0 == main(["usage", str(path)])
        assert 1 == capsys.readouterr().out.count(digest(config(LAYER))[7:19])


def test_names_that_no_engine_takes_are_shown_and_never_obeyed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    layer = tar(folder("etc"), member("etc/a\x1b[2J\n", b"1"), member("etc/\udcff", b"2"))
    above = tar(member("etc/.wh.a\x1b[2J\n"), member("etc/.wh.\udcff"))
    documents = oci(layer, above, annotations={"org.opencontainers.image.ref.name": "Shop\x1b[2J:\n"})
    path = str(write(tmp_path / "it", documents))
    for command in (["inspect"], ["usage"], ["inspect", "--json"], ["usage", "--json"]):
        assert 0 == main([*command, path])
        assert all(line.isprintable() for line in capsys.readouterr().out.splitlines())


def test_nothing_is_saved_over_what_the_archive_names(tmp_path: Path) -> None:
    (image,) = load(write(tmp_path / "it", oci(LAYER)))
    (tmp_path / "taken").write_bytes(files({}))
    with pytest.raises(ArchiveError, match="a file is there"):
        save({"x": image}, tmp_path / "taken")


def test_the_lines_and_limits_in_the_readme_are_those_that_tests_hold() -> None:
    here = Path(__file__)
    part = (here.parents[2] / "README.md").read_text().partition("## What it refuses")[2].partition("\n## ")[0]
    lines = [line for row in part.splitlines() if row.startswith("| ") for line in re.findall("`([^`]+)`", row)]
    held = "".join(file.read_text() for file in sorted(here.parent.glob("test_*.py"))) + str(policy.CASES)
    assert 25 < len(lines)
    assert [] == [line for line in lines if line not in held]
    known = Limits()
    sizes = (known.json >> 20, known.names >> 20, known.header >> 20, known.free >> 30, known.unpacked >> 30)
    stated = [int(text) for text in re.findall(r"(\d+) [MG]iB", part.partition("unless you raise it")[2])]
    assert [8, 64, 1, 1, 64] == list(sizes) == stated[:5]
    assert f"{known.images:,}, {known.blobs:,}, {known.layers}" in part
    assert f"{known.values:,}" in part
    assert f"{known.entries:,}" in part
    assert f"{known.ratio} times" in part


def test_a_place_beyond_many_links_is_looked_for_once(tmp_path: Path) -> None:
    chain = [symlink(f"s{number}", f"s{number + 1}") for number in range(39)]
    layer = tar(*chain, folder("s39"), *(member(f"s0/{number}") for number in range(1000)))
    path = write(tmp_path / "it", docker(layer))
    assert 1040 == len(load(path, limits=Limits(names=12_000))[0].layers[0].entries)
    assert "bytes of names" in cause(path, Limits(names=7_000))
