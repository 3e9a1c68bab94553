import bz2
import errno
import gc
import gzip
import io
import json
import lzma
import os
import random
import sys
import tarfile
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from layerlab import ArchiveError, Layer, Symlink, chain_ids, filler, load
from layerlab.archive import files as archive_files
from layerlab.archive.limits import Limits
from layerlab.archive.load import Images
from tests.archive.build import (
    CONFIG_TYPE,
    INDEX_TYPE,
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
    hard_link,
    index,
    manifest,
    member,
    oci,
    packed,
    skippable,
    spread,
    squeezed,
    symlink,
    tar,
    write,
)

BASE = tar(folder("./"), folder("./etc"), member("./etc/motd", b"hello", mode=0o600, uid=5, mtime=99))
TOP = tar(folder("etc", 0o700), member("etc/.wh.motd"), symlink("etc/mtab", "/proc/mounts"))


def trees(images: Images) -> list[list[str]]:
    return [list(image.view()) for image in images]


STORED = {
    "plain": (BASE, TOP),
    "gzip": (packed(BASE), TOP),
    "bzip2, xz": (bz2.compress(BASE), lzma.compress(TOP)),
    "zstd": (squeezed(BASE), squeezed(TOP, 512, 513)),
    "zstd:chunked": (skippable() + squeezed(BASE) + skippable(), squeezed(TOP, 1024) + skippable(b"")),
}


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
@pytest.mark.parametrize("make", [docker, oci])
@pytest.mark.parametrize("put", [write, spread])
def test_one_image_is_the_same_in_every_wrapping(
    tmp_path: Path, put: Callable[..., Path], make: Callable[..., dict[str, bytes]], stored: tuple[bytes, ...]
) -> None:
    (image,) = load(put(tmp_path / "it", make(BASE, TOP, stored=stored)))
    assert digest(config(BASE, TOP)) == image.id
    assert (digest(BASE), digest(TOP)) == image.diff_ids
    assert chain_ids(image.diff_ids) == image.chain_ids
    assert ["", "etc", "etc/mtab"] == list(image.view())
    assert (5 + len("/proc/mounts"), [len(BASE), len(TOP)]) == (image.size, [x.tar_size for x in image.layers])
    assert [(digest(blob), len(blob)) for blob in stored] == [(x.digest, x.blob_size) for x in image.layers]
    assert [BASE, TOP] == [b"".join(layer.tar_chunks()) for layer in image.layers]
    assert ["step 0", "step 1"] == [step.created_by for step in image.history]
    assert {"os": "linux", "architecture": "amd64"} == dict(image.platform)
    motd = image.layers[0].entries["etc/motd"]
    assert ("file", 0o600, 5, 99, b"hello") == (motd.kind, motd.mode, motd.uid, motd.mtime, motd.read())


def test_a_docker_archive_states_names_and_has_no_manifest_digest(tmp_path: Path) -> None:
    names = ["shop:1", "example.com/shop:1"]
    (image,) = load(write(tmp_path / "it.tar", docker(BASE, RepoTags=names)))
    assert (tuple(names), None) == (image.names, image.digest)
    assert "application/vnd.docker.image.rootfs.diff.tar" == image.layers[0].media_type


@pytest.mark.parametrize("tags", [None, []])
def test_an_image_without_names_has_none(tmp_path: Path, tags: object) -> None:
    assert () == load(write(tmp_path / "it.tar", docker(BASE, RepoTags=tags)))[0].names


def test_a_layout_states_names_in_annotations(tmp_path: Path) -> None:
    documents = oci(
        BASE, annotations={"org.opencontainers.image.ref.name": "1", "io.containerd.image.name": "docker.io/shop:1"}
    )
    (image,) = load(write(tmp_path / "it.tar", documents))
    assert (("docker.io/shop:1",), digest(manifest(config(BASE), BASE))) == (image.names, image.digest)
    assert LAYER_TYPE == image.layers[0].media_type


def test_in_a_hybrid_manifest_json_decides_and_the_layout_gives_the_digest(tmp_path: Path) -> None:
    settings = config(BASE)
    item = {"Config": blob_name(settings), "RepoTags": ["shop:1"], "Layers": [blob_name(BASE)]}
    documents = oci(BASE, annotations={"io.containerd.image.name": "elsewhere:1"}) | {"manifest.json": dumps([item])}
    (image,) = load(write(tmp_path / "it.tar", documents))
    assert (("shop:1",), digest(manifest(settings, BASE))) == (image.names, image.digest)


def test_sources_of_layers_give_their_media_type_unless_they_speak_of_elsewhere(tmp_path: Path) -> None:
    settings = config(BASE)
    item = {"Config": "config.json", "RepoTags": None, "Layers": [blob_name(BASE)]}
    documents = {"config.json": settings, blob_name(BASE): BASE}
    for source, media_type in (
        (descriptor(BASE, LAYER_TYPE), LAYER_TYPE),
        (descriptor(b"remote", "foreign"), "application/vnd.docker.image.rootfs.diff.tar"),
    ):
        documents["manifest.json"] = dumps([item | {"LayerSources": {digest(BASE): source}}])
        assert media_type == load(write(tmp_path / "it.tar", documents))[0].layers[0].media_type


def test_an_image_listed_twice_appears_once_with_all_its_names(tmp_path: Path) -> None:
    settings = config(BASE)
    top = manifest(settings, BASE)
    listed = [descriptor(top, MANIFEST_TYPE, annotations={"io.containerd.image.name": name}) for name in ("a:1", "b:1")]
    documents = {"index.json": index(*listed), **blobs(settings, top, BASE)}
    assert [("a:1", "b:1")] == [image.names for image in load(write(tmp_path / "it.tar", documents))]
    documents = docker(BASE)
    item = {"Config": f"{digest(settings)[7:]}.json", "Layers": ["0/layer.tar"]}
    documents["manifest.json"] = dumps([item | {"RepoTags": ["a:1"]}, item | {"RepoTags": ["b:1"]}])
    assert [("a:1", "b:1")] == [image.names for image in load(write(tmp_path / "it.tar", documents))]


def platforms(*present: str) -> dict[str, bytes]:
    """Return a layout whose nested index lists three platforms, with the blobs of those in `present`."""
    listed: list[dict[str, object]] = []
    kept: dict[str, bytes] = {}
    for name in ("amd64", "arm64", "s390x"):
        layer = tar(member(name))
        settings = config(layer, architecture=name)
        top = manifest(settings, layer)
        listed.append(descriptor(top, MANIFEST_TYPE, platform={"os": "linux", "architecture": name, "variant": "v8"}))
        if name in present:
            kept |= blobs(settings, top, layer)
        elif name == "s390x":
            kept |= blobs(settings, top)
    proof = dumps({"schemaVersion": 2})
    attestation = {"vnd.docker.reference.type": "attestation-manifest"}
    listed.append(descriptor(proof, MANIFEST_TYPE, annotations=attestation, platform={"os": "unknown"}))
    nested = index(*listed)
    names = {"io.containerd.image.name": "shop:1"}
    return {"index.json": index(descriptor(nested, INDEX_TYPE, annotations=names)), **kept, **blobs(nested)}


def test_each_platform_of_an_index_is_an_image(tmp_path: Path) -> None:
    images = load(write(tmp_path / "it.tar", platforms("amd64", "arm64", "s390x")))
    expected = [{"os": "linux", "architecture": name, "variant": "v8"} for name in ("amd64", "arm64", "s390x")]
    assert expected == [dict(image.platform) for image in images]
    assert [("shop:1",)] * 3 == [image.names for image in images]


def test_platforms_whose_blobs_are_absent_are_left_out_by_name(tmp_path: Path) -> None:
    images = load(spread(tmp_path / "it", platforms("arm64")))
    assert ["arm64"] == [image.platform["architecture"] for image in images]
    amd64, s390x, proof = images.skipped
    assert amd64.startswith("linux/amd64/v8 sha256:")
    assert "is not in the archive" in amd64
    assert s390x.startswith("linux/s390x/v8 sha256:")
    assert proof.endswith("an attestation")


def test_no_platform_at_all_is_an_error_that_names_them(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"holds no image; linux/amd64/v8 sha256:.* is not in the archive; linux/ar"):
        load(write(tmp_path / "it.tar", platforms()))


@pytest.mark.parametrize(
    ("kind", "layer_kind"),
    [("application/vnd.cncf.helm.config.v1+json", LAYER_TYPE), (CONFIG_TYPE, "application/vnd.dev.cosign.simple+json")],
)
def test_what_is_no_image_is_left_out_by_name(tmp_path: Path, kind: str, layer_kind: str) -> None:
    chart = dumps({"schemaVersion": 2, "config": descriptor(b"{}", kind), "layers": [descriptor(b"chart", layer_kind)]})
    settings = config(BASE)
    top = manifest(settings, BASE)
    documents = {
        "index.json": index(descriptor(chart, MANIFEST_TYPE), descriptor(top, MANIFEST_TYPE)),
        **blobs(settings, top, BASE, chart, b"{}", b"chart"),
    }
    images = load(write(tmp_path / "it.tar", documents))
    assert 1 == len(images)
    assert "no image but 'application/vnd." in images.skipped[0]


def test_an_artifact_that_says_it_is_an_image_is_left_out_by_its_empty_configuration(tmp_path: Path) -> None:
    settings, artifact = config(BASE), manifest(b"{}", b"no tar at all")
    top = manifest(settings, BASE)
    documents = {
        "index.json": index(descriptor(artifact, MANIFEST_TYPE), descriptor(top, MANIFEST_TYPE)),
        **blobs(settings, top, BASE, artifact, b"{}", b"no tar at all"),
    }
    images = load(write(tmp_path / "it.tar", documents))
    assert [digest(settings)] == [image.id for image in images]
    assert [f"{digest(artifact)[:19]}: no image: its configuration is empty"] == list(images.skipped)


def test_layers_that_images_share_are_one_object_and_read_once(tmp_path: Path) -> None:
    one, two = config(BASE), config(BASE, TOP)
    items = [
        {"Config": "one.json", "RepoTags": None, "Layers": ["0/layer.tar"]},
        {"Config": "two.json", "RepoTags": None, "Layers": ["0/layer.tar", "1/layer.tar"]},
    ]
    documents = {"0/layer.tar": BASE, "1/layer.tar": TOP, "one.json": one, "two.json": two}
    seen: list[tuple[int, int]] = []
    images = load(
        write(tmp_path / "it.tar", documents | {"manifest.json": dumps(items)}), lambda *now: seen.append(now)
    )
    assert images[0].layers[0] is images[1].layers[0]
    assert (len(BASE) + len(TOP),) * 2 == seen[-1]


def test_one_blob_under_two_layers_is_read_once(tmp_path: Path) -> None:
    empty = bytes(1024)
    (image,) = load(write(tmp_path / "it.tar", oci(empty, empty)))
    assert (2, 0) == (len(image.layers), image.size)
    assert image.layers[0] is image.layers[1]


@pytest.mark.parametrize("length", [0, 512, 1024])
def test_empty_tars_of_any_length_are_layers(tmp_path: Path, length: int) -> None:
    (image,) = load(write(tmp_path / "it.tar", docker(bytes(length))))
    assert (digest(bytes(length)), 0, length) == (image.layers[0].diff_id, image.size, image.layers[0].tar_size)


def test_an_image_may_have_no_layers_and_no_history(tmp_path: Path) -> None:
    documents = docker()
    (image,) = load(write(tmp_path / "it.tar", documents))
    assert ((), (), [""]) == (image.layers, image.history, list(image.view()))


def test_sha512_digests_are_verified_too(tmp_path: Path) -> None:
    import hashlib

    name = "sha512:" + hashlib.sha512(BASE).hexdigest()
    settings = config(BASE)
    layer = descriptor(BASE, LAYER_TYPE) | {"digest": name}
    top = dumps({"schemaVersion": 2, "config": descriptor(settings, CONFIG_TYPE), "layers": [layer]})
    documents = {
        "index.json": index(descriptor(top, "")),
        **blobs(settings, top),
        f"blobs/{name.replace(':', '/')}": BASE,
    }
    assert name == load(write(tmp_path / "it.tar", documents))[0].layers[0].digest
    documents[f"blobs/{name.replace(':', '/')}"] = BASE[:-1] + b"x"
    with pytest.raises(ArchiveError, match="wrong digest: it is sha512:"):
        load(write(tmp_path / "it.tar", documents))


@pytest.mark.parametrize("target", ["../blob.tar", "./../blob.tar", "../1/../blob.tar", "../link", "/"])
def test_links_in_the_outer_tar_are_followed_within_it(tmp_path: Path, target: str) -> None:
    documents = docker(BASE)
    del documents["0/layer.tar"]
    link = hard_link("0/layer.tar", "blob.tar") if target == "/" else symlink("0/layer.tar", target)
    extra = (folder("1"), member("blob.tar", BASE), symlink("link", "blob.tar"), link)
    path = tmp_path / "it.tar"
    path.write_bytes(tar(*extra, *(member(name, data) for name, data in documents.items())))
    assert (digest(BASE),) == load(path)[0].diff_ids


def test_links_in_a_folder_are_followed_within_it(tmp_path: Path) -> None:
    root = spread(tmp_path / "it", oci(BASE))
    (root / blob_name(BASE)).rename(root / "rootfs.tar")
    (root / blob_name(BASE)).symlink_to("../../rootfs.tar")
    assert (digest(BASE),) == load(root)[0].diff_ids
    (root / "rootfs.tar").rename(tmp_path / "rootfs.tar")
    (root / blob_name(BASE)).unlink()
    (root / blob_name(BASE)).symlink_to("../../../rootfs.tar")
    assert (digest(BASE),) == load(root)[0].diff_ids


def test_gzip_is_unpacked_without_isal_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "it.tar", docker(BASE, TOP, stored=(packed(BASE), packed(TOP))))
    with_isal = load(path)
    monkeypatch.setitem(sys.modules, "isal", None)
    assert list(with_isal) == list(load(path))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, squeezed])
def test_a_compressed_file_is_unpacked_where_nobody_sees_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "it"
    path.write_bytes(pack(files(docker(BASE))))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (image,) = load(path)
    assert ["it"] == os.listdir(tmp_path)
    assert b"hello" == image.view()["etc/motd"].read()


class Disk(io.FileIO):
    """A file on a disk that takes a few bytes at a time, until its `room` is used up."""

    room = 1 << 20

    def write(self, data: Any) -> int:
        if self.tell() >= self.room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return super().write(data[:700])


def test_a_compressed_file_is_unpacked_whole_where_writes_are_cut_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "it"
    path.write_bytes(packed(files(docker(BASE))))
    monkeypatch.setattr("tempfile.TemporaryFile", lambda buffering: Disk(tmp_path / "plain", "w+"))
    assert b"hello" == load(path)[0].view()["etc/motd"].read()
    monkeypatch.setattr(Disk, "room", 3_000)
    monkeypatch.setattr("tempfile.tempdir", "/full")
    with pytest.raises(ArchiveError, match=f"^{path}: temporary files in /full: No space left on device$"):
        load(path)


@pytest.mark.parametrize("pack", [bytes, packed, lzma.compress, squeezed])
def test_a_tar_of_a_file_system_is_an_image_of_one_layer(tmp_path: Path, pack: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "rootfs.tar"
    path.write_bytes(pack(BASE))
    (image,) = load(path)
    assert (digest(BASE), digest(pack(BASE)), len(pack(BASE))) == (
        image.layers[0].diff_id, image.layers[0].digest, image.layers[0].blob_size,
    )  # fmt: skip
    assert ["", "etc", "etc/motd"] == list(image.view())
    assert (1, "imported from a tar", ()) == (len(image.history), image.history[0].comment, image.names)
    assert digest(image.config_json) == image.id


def directory(top: bytes, *blobs: bytes, **others: bytes) -> dict[str, bytes]:
    """Return what `skopeo copy ... dir:` writes; `others` are further manifests."""
    plain = {digest(blob)[7:]: blob for blob in blobs}
    manifests = {f"{digest(data)[7:]}.manifest.json": data for data in others.values()}
    return {"manifest.json": top, "version": b"Directory Transport Version: 1.1\n", **plain, **manifests}


@pytest.mark.parametrize("put", [write, spread])
def test_a_directory_of_skopeo_is_an_image(tmp_path: Path, put: Callable[..., Path]) -> None:
    settings, layer = config(BASE), packed(BASE)
    top = manifest(settings, layer)
    (image,) = load(put(tmp_path / "it", directory(top, settings, layer)))
    assert (digest(settings), (digest(BASE),), digest(top)) == (image.id, image.diff_ids, image.digest)


@pytest.mark.parametrize("given", [b'"schemaVersion"', b'"mediaType"', b'"config"', b'"layers"'])
def test_the_manifest_of_a_directory_may_spell_its_fields_otherwise(tmp_path: Path, given: bytes) -> None:
    # Podman 4.3 and skopeo 1.9 take these, and one without a version too.
    settings = config(BASE)
    without = json.loads(manifest(settings, BASE))
    del without["schemaVersion"]
    for top in (manifest(settings, BASE).replace(given, given.upper()), json.dumps(without).encode()):
        (image,) = load(spread(tmp_path / digest(top)[7:], directory(top, settings, BASE)))
        assert (digest(settings), digest(top)) == (image.id, image.digest)


def test_a_page_with_a_manifest_of_its_own_is_no_directory(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"manifest\.json: the manifest is not a list"):
        load(spread(tmp_path / "it", {"manifest.json": b'{"name": "shop", "icons": []}'}))


def test_a_directory_of_several_platforms_is_an_image_for_each(tmp_path: Path) -> None:
    settings = [config(BASE, architecture=name) for name in ("amd64", "arm64")]
    tops = [manifest(item, BASE) for item in settings]
    listed = [descriptor(top, MANIFEST_TYPE, platform={"os": "linux"}) for top in tops]
    documents = directory(index(*listed), *settings, BASE, first=tops[0], second=tops[1])
    assert [digest(item) for item in settings] == [image.id for image in load(spread(tmp_path / "it", documents))]
    del documents[f"{digest(tops[1])[7:]}.manifest.json"]
    images = load(spread(tmp_path / "other", documents))
    assert [digest(settings[0])] == [image.id for image in images]
    assert "is not in the archive" in images.skipped[0]


def test_a_folder_of_files_is_no_image(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match=r"neither manifest\.json nor index\.json"):
        load(spread(tmp_path / "it", {"etc/motd": b"hello"}))


def test_names_in_the_outer_tar_may_begin_with_a_dot(tmp_path: Path) -> None:
    path = write(tmp_path / "it.tar", {f"./{name}": data for name, data in docker(BASE).items()})
    assert 1 == len(load(path))


def test_content_stays_content(tmp_path: Path) -> None:
    layer = tar(
        member("dev/sda", type=tarfile.BLKTYPE, devmajor=8, devminor=300),
        member("bin/su", b"x", mode=0o4755),
        symlink("out", "../../../etc/shadow"),
        member("x", b"1", pax_headers={"SCHILY.xattr.security.capability": "\x01\0\0\x02" + "\0" * 16}),
        member("\udcff", b"raw"),
        style=tarfile.PAX_FORMAT,
    )
    (image,) = load(write(tmp_path / "it.tar", docker(layer)))
    view = image.view()
    assert ("block", os.makedev(8, 300)) == (view["dev/sda"].kind, view["dev/sda"].rdev)
    assert (0o4755, "../../../etc/shadow") == (view["bin/su"].mode, view["out"].target)
    assert {"security.capability": b"\x01\0\0\x02" + bytes(16)} == dict(view["x"].xattrs)
    assert b"raw" == view["\udcff"].read()


def test_hard_links_share_an_inode_and_count_once(tmp_path: Path) -> None:
    layer = tar(member("a", b"12345"), hard_link("b", "a"), hard_link("c", "./b"), hard_link("d/e", "/a"), member("f"))
    (image,) = load(write(tmp_path / "it.tar", docker(layer)))
    entries = image.layers[0].entries
    assert 1 == len({entries[name].inode for name in ("a", "b", "c", "d/e")})
    assert [4, 4, 4, 4, 1] == [entries[name].nlink for name in ("a", "b", "c", "d/e", "f")]
    assert (5, b"12345") == (image.size, entries["d/e"].read())


def test_a_made_layer_comes_back_equal(tmp_path: Path) -> None:
    made = Layer.of({"bin/sh": Symlink("bash"), "bin/bash": filler(3_000_000), "etc/motd": b"hi"})
    data = b"".join(made.tar_chunks())
    (image,) = load(write(tmp_path / "it.tar", docker(data, stored=(packed(data),))))
    assert made == image.layers[0]
    assert made.entries["bin/bash"].digest == image.layers[0].entries["bin/bash"].digest


FILES = {f"f{number:02}": random.Random(number).randbytes(number * 25_013) for number in range(24)}


class TestReadingBack:
    @pytest.fixture(params=["plain", "gzip", "many members", "zstd"])
    def layer(self, request: pytest.FixtureRequest, tmp_path: Path) -> Layer:
        data = tar(*(member(name, text) for name, text in FILES.items()))
        stored = {
            "plain": lambda: data,
            "gzip": lambda: packed(data),
            "many members": lambda: b"".join(packed(data[at : at + 200_000]) for at in range(0, len(data), 200_000)),
            "zstd": lambda: squeezed(data, 1_000_000),
        }[request.param]()
        return load(write(tmp_path / "it.tar", docker(data, stored=(stored,))))[0].layers[0]

    def test_single_files_are_read_in_any_order_and_in_part(self, layer: Layer) -> None:
        names = list(FILES)
        random.Random(5).shuffle(names)
        for name in names * 2:
            assert FILES[name] == layer.entries[name].read()
            assert FILES[name][1000:20_000] == layer.entries[name].content.read(1000, 20_000)

    def test_a_stream_reads_forwards(self, layer: Layer) -> None:
        with layer.entries["f20"].open() as stream:
            assert FILES["f20"][:10] == stream.read(10)
            assert FILES["f20"][10:] == stream.read()

    def test_threads_may_read_at_once(self, layer: Layer) -> None:
        wrong: list[str] = []

        def read() -> None:
            wrong.extend(name for name, text in FILES.items() if layer.entries[name].read() != text)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [] == wrong


def test_a_later_read_starts_at_a_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = tar(member("big", random.Random(1).randbytes(20_000_000)), member("last", b"end"))
    (image,) = load(write(tmp_path / "it.tar", docker(data, stored=(packed(data),))))
    last = image.layers[0].entries["last"]
    assert b"end" == last.read()
    read = 0

    def counting(fd: int, length: int, offset: int) -> bytes:
        nonlocal read
        read += length
        return os.pread(fd, length, offset)

    monkeypatch.setattr(archive_files, "pread", counting)
    assert b"end" == last.read()
    assert 0 < read < 8_000_000


DAMAGED = files(docker(BASE, TOP, stored=(packed(BASE)[:-9], BASE)))


def open_files(folder: Path) -> list[str]:
    """Return the files under `folder` that this process has open."""
    links = [f"/proc/self/fd/{number}" for number in os.listdir("/proc/self/fd")]
    return [name for link in links if os.path.lexists(link) and (name := os.readlink(link)).startswith(str(folder))]


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to see open files")
@pytest.mark.parametrize("put", [write, spread])
def test_files_stay_open_as_long_as_something_uses_them(tmp_path: Path, put: Callable[..., Path]) -> None:
    images = load(put(tmp_path / "it", oci(BASE, TOP, stored=(packed(BASE), TOP))))
    assert (1 if put is write else 2) == len(open_files(tmp_path))
    motd = images[0].layers[0].entries["etc/motd"]
    del images
    gc.collect()
    assert b"hello" == motd.read()
    assert 1 == len(open_files(tmp_path))
    del motd
    gc.collect()
    assert [] == open_files(tmp_path)


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to see open files")
@pytest.mark.parametrize("data", [DAMAGED, packed(DAMAGED), packed(DAMAGED)[:-9], b"x" * 2_000], ids=range(4))
def test_a_file_that_is_refused_is_closed_at_once(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "it"
    path.write_bytes(data)
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(ArchiveError):
            load(path)
        assert [] == open_files(tmp_path)
    finally:
        gc.enable()


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "it.tar", docker(BASE))
    (image,) = load(path)
    os.truncate(path, 100)
    with pytest.raises(OSError, match="has become shorter"):
        image.view()["etc/motd"].read()


def test_progress_comes_in_the_callers_thread_and_ends_at_the_total(tmp_path: Path) -> None:
    seen: list[tuple[int, int, int]] = []
    data = tar(member("big", bytes(5_000_000)))
    stored = packed(data)
    load(
        write(tmp_path / "it.tar", docker(data, stored=(stored,))),
        progress=lambda done, total: seen.append((done, total, threading.get_ident())),
    )
    assert (len(stored), len(stored), threading.get_ident()) == seen[-1]
    assert sorted(seen) == seen


def test_progress_of_a_compressed_file_counts_that_first(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    data = tar(member("big", os.urandom(3_000_000)))
    whole = packed(write(tmp_path / "it.tar", docker(data)).read_bytes())
    (tmp_path / "it.tgz").write_bytes(whole)
    load(tmp_path / "it.tgz", lambda done, total: seen.append((done, total)))
    assert [(0, len(whole)), (1 << 20, len(whole)), (2 << 20, len(whole))] == seen[:3]
    assert (len(data), len(data)) == seen[-1]


def test_what_progress_raises_comes_out_and_stops_the_reading(tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        load(write(tmp_path / "it.tar", docker(BASE)), interrupt)
    assert not any("ThreadPool" in thread.name for thread in threading.enumerate())


def test_contents_are_never_held_in_memory(tmp_path: Path) -> None:
    import tracemalloc

    data = tar(member("big", bytes(40_000_000)))
    path = write(tmp_path / "it.tar", docker(data, stored=(packed(data),)))
    tracemalloc.start()
    load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16_000_000


def test_limits_can_be_raised(tmp_path: Path) -> None:
    path = spread(tmp_path / "it", docker(BASE))
    with pytest.raises(ArchiveError, match="more than 2 entries: if you trust it, load it with larger limits"):
        load(path, limits=Limits(entries=2))
    assert 1 == len(load(path, limits=Limits(entries=3)))


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="needs /proc to see open files")
def test_a_folder_of_many_layers_keeps_few_files_open(tmp_path: Path) -> None:
    stack = [tar(member("f", b"%d" % number)) for number in range(300)]
    (image,) = load(spread(tmp_path / "it", oci(*stack, stored=tuple(map(packed, stack)))))
    assert len(open_files(tmp_path)) <= 64
    assert [b"%d" % number for number in range(300)] == [layer.entries["f"].read() for layer in image.layers]
    for file in (tmp_path / "it/blobs/sha256").iterdir():
        file.write_bytes(bytes(file.stat().st_size))
    with pytest.raises(OSError, match="the file that was loaded has changed"):
        image.layers[299].entries["f"].read()


def test_the_archive_may_be_a_pathlib_path_or_text(tmp_path: Path) -> None:
    path = write(tmp_path / "it.tar", docker(BASE))
    assert load(path) == load(str(path))


def test_large_honest_images_are_within_the_limits(tmp_path: Path) -> None:
    layer = tar(member("swap.img", bytes(600 << 20)))
    assert 600 << 20 == load(write(tmp_path / "zeros.tar", docker(layer, stored=(squeezed(layer),))))[0].size
    header = member("x")[0].tobuf(tarfile.USTAR_FORMAT)
    headers = (named(header, f"d/{number // 1000:03}/{number:06}".encode()) for number in range(260_000))
    layer = b"".join(headers) + bytes(1024)
    (image,) = load(write(tmp_path / "many.tar", docker(layer, stored=(squeezed(layer),))))
    assert 260_000 == len(image.layers[0].entries)


def named(header: bytes, name: bytes) -> bytes:
    """Return a header with another name, as `tarfile` would make it in ten times the time."""
    block = name.ljust(100, b"\0") + header[100:148] + b" " * 8 + header[156:]
    return block[:148] + b"%06o\0 " % sum(block) + block[156:]


def test_it_works_where_threads_cannot_be_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    layers = [tar(member(str(number), bytes(number << 20))) for number in range(3)]
    path = write(tmp_path / "it.tar", docker(*layers, stored=tuple(map(packed, layers))))
    broken = write(tmp_path / "broken.tar", {**docker(*layers), "1/layer.tar": layers[2]})
    expected = load(path)[0]
    monkeypatch.setattr("threading.Thread.start", no_thread)
    (image,) = load(path, print)
    assert (expected.id, expected.chain_ids, expected.size) == (image.id, image.chain_ids, image.size)
    with pytest.raises(ArchiveError, match=r"1/layer\.tar: wrong DiffID"):
        load(broken)


def no_thread(_: object) -> None:
    raise RuntimeError("can't start new thread")
