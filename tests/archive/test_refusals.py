"""Whatever is wrong with an archive: one ArchiveError, in one line, and nothing is written."""

import bz2
import itertools
import lzma
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from layerlab import ArchiveError, load
from layerlab.archive.limits import Limits
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

LAYER = tar(folder("etc"), member("etc/motd", b"hello"))
OTHER = tar(member("x", b"hello"))


def cause(path: Path, limits: Limits | None = None) -> str:
    """Return what an archive is refused for, the file's name and the line's form being right."""
    with pytest.raises(ArchiveError) as caught:
        load(path, limits=limits or Limits())
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert text.isprintable()
    return text.removeprefix(f"{path}: ")


Documents = dict[str, bytes]


def replaced(documents: Documents, **changes: bytes | None) -> Documents:
    """Return the files with some of them changed, or left out for None; `manifest_json` stands for manifest.json."""
    new = {**documents}
    for key, data in changes.items():
        name = key.replace("_", ".")
        if data is None:
            del new[name]
        else:
            new[name] = data
    return new


def manifest_json(**item: Any) -> Documents:
    return docker(LAYER, **item)


def configured(settings: bytes) -> Documents:
    item = {"Config": "config.json", "RepoTags": None, "Layers": ["layer.tar"]}
    return {"manifest.json": dumps([item]), "config.json": settings, "layer.tar": LAYER}


def described(**changes: object) -> Documents:
    """Return a layout with one image, the descriptor of its manifest changed."""
    settings = config(LAYER)
    top = manifest(settings, LAYER)
    return {"index.json": index(descriptor(top, MANIFEST_TYPE) | changes), **blobs(settings, top, LAYER)}


def manifested(**changes: object) -> Documents:
    """Return a layout with one image, its manifest changed."""
    settings = config(LAYER)
    layers = [descriptor(LAYER, LAYER_TYPE)]
    top = dumps({"schemaVersion": 2, "config": descriptor(settings, CONFIG_TYPE), "layers": layers} | changes)
    return {"index.json": index(descriptor(top, MANIFEST_TYPE)), **blobs(settings, top, LAYER)}


def nested(depth: int) -> Documents:
    data = index()
    kept = blobs(data)
    for _ in range(depth):
        data = index(descriptor(data, INDEX_TYPE))
        kept |= blobs(data)
    return {"index.json": data, **kept}


def sourced(**changes: object) -> Documents:
    """Return an archive that describes its one layer once more, as Docker has done since version 25."""
    source = descriptor(LAYER, LAYER_TYPE) | changes
    item = {"Config": "config.json", "Layers": [blob_name(LAYER)], "LayerSources": {digest(LAYER): source}}
    return {"manifest.json": dumps([item]), "config.json": config(LAYER), blob_name(LAYER): LAYER}


NO_SUCH = "sha256:" + "0" * 64

CASES: dict[str, tuple[Documents, str]] = {
    "nothing in it": ({}, "neither manifest.json nor index.json"),
    "the rest of a layout": ({"oci-layout": b"{}"}, "neither manifest.json nor index.json"),
    "the rest of an archive": ({"0/layer.tar": LAYER}, "neither manifest.json nor index.json"),
    "manifest.json is no JSON": (replaced(docker(), manifest_json=b"{"), "manifest.json: no JSON"),
    "manifest.json is no text": (replaced(docker(), manifest_json=b"\xff\xfe"), "manifest.json: no JSON"),
    "manifest.json is null": (replaced(docker(), manifest_json=b"null"), "manifest.json: the archive holds no image"),
    "manifest.json is an object": (replaced(docker(), manifest_json=b"{}"), "the manifest is not a list"),
    "manifest.json is empty": (replaced(docker(), manifest_json=b"[]"), "holds no image"),
    "manifest.json is deep": (replaced(docker(), manifest_json=b"[" * 99_999), "nested more than 100 deep"),
    "manifest.json is rather deep": (
        replaced(docker(), manifest_json=b"[" * 200 + b"]" * 200), "nested more than 100 deep"
    ),
    "manifest.json holds no number": (replaced(docker(), manifest_json=b"[NaN]"), "NaN is no JSON number"),
    "manifest.json holds a long number": (replaced(docker(), manifest_json=b"9" * 9999), "the manifest is not a list"),
    "an item is a list": (replaced(docker(), manifest_json=b"[[]]"), "item 0: it is not an object"),
    "no Config": (manifest_json(Config=None), "Config is missing"),
    "Config is a number": (manifest_json(Config=1), "Config is not text"),
    "Config is absent": (manifest_json(Config="no.json"), "'no.json' is not in the archive"),
    "Config leads out": (manifest_json(Config="../x"), "'../x' is no name of a file in the archive"),
    "Config is absolute": (manifest_json(Config="/etc/passwd"), "'/etc/passwd' is not in the archive"),
    "Config has a zero byte": (manifest_json(Config="a\0b"), "is no name of a file in the archive"),
    "Config has a newline": (manifest_json(Config="a\nb"), "'a\\nb' is not in the archive"),
    "Config is empty": (manifest_json(Config=""), "'' is no name of a file"),
    "Layers is text": (manifest_json(Layers="x"), "Layers is not a list"),
    "Layers holds null": (manifest_json(Layers=[None]), "'' is no name of a file"),
    "a layer is absent": (manifest_json(Layers=["no"]), "'no' is not in the archive"),
    "a layer too few": (manifest_json(Layers=[]), "0 layers, where the configuration has 1 diff_ids"),
    "RepoTags is text": (manifest_json(RepoTags="x"), "RepoTags is not a list"),
    "a layer of another DiffID": ({**docker(LAYER), "0/layer.tar": OTHER}, "0/layer.tar: wrong DiffID: it is sha256:"),
    "a packed layer of another DiffID": ({**docker(LAYER), "0/layer.tar": packed(OTHER)}, "wrong DiffID"),
    "the config is a list": (configured(b"[]"), "the configuration is not an object"),
    "no rootfs": (configured(b"{}"), "rootfs is missing"),
    "diff_ids is text": (configured(dumps({"rootfs": {"diff_ids": "x"}})), "diff_ids is not a list"),
    "a diff_id is no digest": (configured(dumps({"rootfs": {"diff_ids": ["x"]}})), "item 0 is no digest: 'x'"),
    "a diff_id in capitals": (
        configured(dumps({"rootfs": {"diff_ids": [digest(LAYER).upper()]}})), "is no digest: 'SHA256:"
    ),
    "history is text": (configured(config(LAYER, history="x")), "history is not a list"),
    "history holds text": (configured(config(LAYER, history=["x"])), "history, item 0: it is not an object"),
    "created_by is a number": (configured(config(LAYER, history=[{"created_by": 1}])), "created_by is not text"),
    "empty_layer is text": (configured(config(LAYER, history=[{"empty_layer": "x"}])), "not true or false"),
    "config is a list": (configured(config(LAYER, config=[])), "config is not an object"),
    "Env is text": (configured(config(LAYER, config={"Env": "A=1"})), "Env is not a list"),
    "LayerSources is a list": (manifest_json(LayerSources=[]), "LayerSources is not an object"),
    "a layer's source is text": (manifest_json(LayerSources={digest(LAYER): "x"}), "is not an object"),
    "a layer's source of another size": (sourced(size=7), "wrong size: it is 2560, stated is 7"),
    "index.json is text": (replaced(oci(LAYER), index_json=b'"x"'), "index.json: the index is not an object"),
    "manifests is text": (replaced(oci(LAYER), index_json=b'{"manifests": "x"}'), "manifests is not a list"),
    "manifests is empty": (replaced(oci(LAYER), index_json=b'{"manifests": []}'), "holds no image"),
    "a descriptor is text": (replaced(oci(LAYER), index_json=b'{"manifests": ["x"]}'), "item 0 is not an object"),
    "no digest": (described(digest=None), "manifests, item 0, digest is missing"),
    "a digest that leads out": (described(digest="sha256:../../etc"), "is no digest: 'sha256:../../etc'"),
    "a digest of another kind": (described(digest="md5:" + "0" * 32), "a digest of a kind that is not known"),
    "no size": (described(size=None), "item 0, size is missing"),
    "size is text": (described(size="9"), "item 0, size is not a whole number"),
    "size is true": (described(size=True), "item 0, size is not a whole number"),
    "size is a fraction": (described(size=1.5), "item 0, size is not a whole number"),
    "size is negative": (described(size=-1), "item 0, size is negative: -1"),
    "size is wrong": (described(size=1), "wrong size: it is"),
    "mediaType is a number": (described(mediaType=1), "mediaType is not text"),
    "platform is text": (described(platform="x"), "platform is not an object"),
    "the manifest is absent": (described(digest=NO_SUCH), "'blobs/sha256/0000"),
    "a manifest of schema 1": (
        described(mediaType="application/vnd.docker.distribution.manifest.v1+json"), "a manifest of schema 1"
    ),
    "no config": (manifested(config=None), "config is missing"),
    "no layers": (manifested(layers=None), "0 layers, where the configuration has 1 diff_ids"),
    "the config is absent": (
        manifested(config=descriptor(b"{}", CONFIG_TYPE) | {"digest": NO_SUCH}), "is not in the archive"
    ),
    "a blob is absent": (manifested(layers=[descriptor(OTHER, LAYER_TYPE)]), "is not in the archive"),
    "a blob of another size": (
        manifested(layers=[descriptor(LAYER, LAYER_TYPE) | {"size": 7}]), "wrong size: it is 2560, stated is 7"
    ),
    "a blob of another digest": (
        {**oci(LAYER), blob_name(LAYER): OTHER + bytes(len(LAYER) - len(OTHER))}, "wrong digest: it is sha256:"
    ),
    "a manifest of another digest": (
        {**oci(LAYER), blob_name(manifest(config(LAYER), LAYER)): bytes(len(manifest(config(LAYER), LAYER)))},
        "wrong digest: it is sha256:",
    ),
    "only artifacts": (
        manifested(config=descriptor(config(LAYER), "application/vnd.cncf.helm.config.v1+json")),
        "holds no image; sha256:",
    ),
    "indexes in indexes": (nested(20), "indexes nested more than 8 deep"),
}  # fmt: skip


@pytest.mark.parametrize(("documents", "said"), CASES.values(), ids=CASES)
@pytest.mark.parametrize("put", [write, spread])
def test_documents_that_are_not_right_are_refused(
    tmp_path: Path, put: Callable[..., Path], documents: Documents, said: str
) -> None:
    if put is spread:
        (tmp_path / "it").mkdir()
    assert said in cause(put(tmp_path / "it", documents))


@pytest.mark.parametrize(
    ("links", "said"),
    [
        ([symlink("0/layer.tar", "../../out.tar")], "leads out of the archive"),
        ([symlink("0/layer.tar", "/etc/passwd")], "leads out of the archive"),
        ([hard_link("0/layer.tar", "/etc/passwd")], "is not in the archive"),
        ([hard_link("0/layer.tar", "../../out.tar")], "leads out of the archive"),
        ([symlink("0/layer.tar", "../1"), symlink("1", "0/layer.tar")], "links lead in a circle"),
        ([symlink("0", "0")], "links lead in a circle"),
        ([symlink("0/layer.tar", "../none")], "is not in the archive"),
        ([folder("0/layer.tar")], "is not a file"),
        ([member("0/layer.tar", LAYER), member("0/layer.tar", OTHER)], "the archive has two files of this name"),
        ([member("../layer.tar", LAYER)], "a name with .. in it"),
    ],
)
def test_outer_names_that_lead_astray_are_refused(tmp_path: Path, links: list[object], said: str) -> None:
    documents = docker(LAYER)
    del documents["0/layer.tar"]
    path = tmp_path / "it.tar"
    path.write_bytes(tar(*links, *(member(name, data) for name, data in documents.items())))  # type: ignore[arg-type]
    assert said in cause(path)


def windowed(size: int) -> bytes:
    """Return the layer as xz with a window of `size` MiB."""
    return lzma.compress(LAYER, filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": size << 20}])


@pytest.mark.parametrize("size", [65, 128])
def test_xz_may_have_a_window_as_large_as_that_of_zstd(tmp_path: Path, size: int) -> None:
    (image,) = load(write(tmp_path / "it.tar", docker(LAYER, stored=(windowed(size),))))
    assert (digest(LAYER),) == image.diff_ids


def test_a_layer_that_is_compressed_twice_is_refused_with_that_reason(tmp_path: Path) -> None:
    path = write(tmp_path / "it.tar", docker(LAYER, stored=(packed(packed(LAYER)),)))
    assert "0/layer.tar: " in cause(path)
    assert cause(path).endswith("; it is compressed twice, with gzip and then with gzip: unpack it once")


def test_a_layer_whose_bytes_are_wrong_is_told_by_its_hash(tmp_path: Path) -> None:
    path = write(tmp_path / "it.tar", docker(LAYER, stored=(b"PK\x03\x04" + bytes(600),)))
    assert "0/layer.tar: wrong DiffID: it is" in cause(path)


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        (packed(LAYER)[:-9], "the gzip data ends too early"),
        (packed(LAYER)[:50], "the gzip data ends too early"),
        (packed(LAYER) + b"x", "the gzip data ends too early"),
        (packed(LAYER) + b"rubbish that is no gzip", "the gzip data is damaged"),
        (packed(LAYER)[:10] + b"\xff" * 30, "the gzip data is damaged"),
        (packed(LAYER)[:-8] + bytes(8), "the gzip data is damaged"),
        (bz2.compress(LAYER)[:-9], "the bzip2 data ends too early"),
        (bz2.compress(LAYER)[:20] + b"\xff" * 30, "the bzip2 data is damaged"),
        (lzma.compress(LAYER)[:-9], "the xz data ends too early"),
        (lzma.compress(LAYER)[:20] + b"\xff" * 30, "the xz data is damaged"),
        (squeezed(LAYER)[:-5], "the zstd data ends too early"),
        (squeezed(LAYER)[:-4] + bytes(9), "the zstd data is damaged"),
        (b"\x28\xb5\x2f\xfd" + LAYER, "the zstd data is damaged"),
        (squeezed(LAYER) + b"rubbish", "the zstd data is damaged"),
        (b"\x28\xb5\x2f\xfd\x00\xa0" + bytes(20), "the zstd data has a window of more than 134,217,728 bytes"),
        (windowed(129), "the xz data has a window of more than 134,217,728 bytes, the limit"),
        (skippable()[:9], "the zstd data ends too early"),
    ],
    ids=itertools.count(),
)
def test_compressed_layers_that_are_damaged_are_refused(tmp_path: Path, stored: bytes, said: str) -> None:
    assert f"0/layer.tar: {said}" in cause(write(tmp_path / "it.tar", docker(LAYER, stored=(stored,))))


@pytest.mark.parametrize(
    ("stored", "module", "said"),
    [
        (squeezed(LAYER), "backports", "zstd cannot be unpacked here: install backports-zstd"),
        (lzma.compress(LAYER), "lzma", "xz cannot be unpacked here: install a Python with lzma"),
        (bz2.compress(LAYER), "bz2", "bzip2 cannot be unpacked here: install a Python with bz2"),
    ],
    ids=["zstd", "xz", "bzip2"],
)
@pytest.mark.parametrize("whole", [False, True])
def test_a_compression_that_this_python_lacks_is_refused_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stored: bytes, module: str, said: str, whole: bool
) -> None:
    path = write(tmp_path / "it", docker(LAYER, stored=(stored,)))
    if whole:
        path.write_bytes(stored)
    monkeypatch.setitem(sys.modules, module, None)
    assert said in cause(path)


def test_damaged_bytes_are_told_by_their_hash_not_by_what_they_look_like(tmp_path: Path) -> None:
    stored = packed(LAYER)
    documents = oci(LAYER, stored=(stored,))
    documents[blob_name(stored)] = stored[:-9] + b"\xff" * 9
    assert "wrong digest: it is sha256:" in cause(write(tmp_path / "it.tar", documents))


def test_of_two_bad_layers_the_lower_one_is_named(tmp_path: Path) -> None:
    large = tar(member("big", bytes(3_000_000)))
    documents = docker(large, LAYER)
    documents["0/layer.tar"] = large[:-1] + b"x"
    documents["1/layer.tar"] = OTHER
    path = write(tmp_path / "it.tar", documents)
    assert all("0/layer.tar: wrong DiffID" in cause(path) for _ in range(10))


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"PK\x03\x04" + bytes(600), "byte 0: no tar header: the checksum is wrong"),
        (b"x" * 100, "ends too early"),
        (bytes(1024), "neither manifest.json nor index.json"),
        (b"\x28\xb5\x2f\xfd" + bytes(600), "the zstd data ends too early"),
        (packed(b"no tar"), "ends too early"),
        (squeezed(b"no tar"), "ends too early"),
        (packed(files(docker(LAYER)))[:-9], "the gzip data ends too early"),
        # A file that is something else: the error says what.
        (
            b"\xff\xfe" + files(docker(LAYER)).decode("latin-1").encode("utf-16-le"),
            "text in UTF-16, as > in PowerShell",
        ),
        (b"PK\x03\x04" + bytes(600), "; it is a zip file: unpack it first"),
        (b"\n<!DOCTYPE html>" + b"x" * 600, "; it is a web page"),
        (b"<HTML>404</HTML>", "; it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:", "; it is a pointer of Git LFS"),
        (b'[\n  {\n    "Id": "sha256:00"', "; it is JSON: save the image with `docker save --output FILE NAME`"),
        (lzma.compress(files(docker(LAYER)), lzma.FORMAT_ALONE), "; it is compressed with lzma"),
        (b"\x04\x22\x4d\x18" + bytes(600), "; it is compressed with lz4"),
        (
            packed(packed(files(docker(LAYER)))),
            "; it is compressed twice, with gzip and then with gzip: unpack it once",
        ),
        (packed(lzma.compress(files(docker(LAYER)))), "; it is compressed twice, with xz and then with gzip"),
    ],
    ids=itertools.count(),
)
def test_files_that_are_no_archives_are_refused(tmp_path: Path, data: bytes, said: str) -> None:
    path = tmp_path / "it"
    path.write_bytes(data)
    assert said in cause(path)


def test_paths_that_lead_nowhere_or_to_no_file_are_refused(tmp_path: Path) -> None:
    assert "No such file" in cause(tmp_path / "none")
    os.mkfifo(tmp_path / "pipe")
    assert "not a regular file" in cause(tmp_path / "pipe")
    root = spread(tmp_path / "it", docker(LAYER))
    (root / "0/layer.tar").unlink()
    os.mkfifo(root / "0/layer.tar")
    assert "'0/layer.tar': not a regular file" in cause(root)


@pytest.mark.parametrize(
    "documents", [docker(LAYER), oci(LAYER, stored=(packed(LAYER),)), docker(tar(member("a" * 120, b"x")))]
)
def test_an_archive_cut_off_at_any_block_is_refused(tmp_path: Path, documents: Documents) -> None:
    data = files(documents)
    path = tmp_path / "it.tar"
    for end in range(512, len(data) - 1024, 512):
        path.write_bytes(data[:end])
        assert re.search("the tar ends too early|the tar has no end, so it may be cut off", cause(path))
    path.write_bytes(b"")
    assert "the file is empty" in cause(path)


@pytest.mark.parametrize("missing", [512, 1024])
def test_the_zero_blocks_at_the_end_may_be_missing(tmp_path: Path, missing: int) -> None:
    path = tmp_path / "it.tar"
    for data in (files(docker(LAYER)), files(oci(LAYER)), LAYER):
        path.write_bytes(data[:-missing])
        assert digest(LAYER[:-missing] if data is LAYER else LAYER) == load(path)[0].diff_ids[0]


IN_BLOBS = {"Config": blob_name(config(LAYER)), "Layers": [blob_name(LAYER)], "RepoTags": ["shop:1"]}
"""Of a docker-archive the names say nothing of the bytes; those of a layout do."""


@pytest.mark.parametrize(
    "documents",
    [
        {"manifest.json": dumps([IN_BLOBS]), **blobs(config(LAYER), LAYER)},
        oci(LAYER, stored=(packed(LAYER),)),
    ],
)
def test_every_byte_that_changes_an_image_is_noticed(tmp_path: Path, documents: Documents) -> None:
    (image,) = load(write(tmp_path / "good.tar", documents))
    data = files(documents)
    path = tmp_path / "it.tar"
    for place in range(0, len(data), 13):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0x15]) + data[place + 1 :])
        try:
            (other,) = load(path)
        except ArchiveError:
            continue
        assert (image.id, image.diff_ids) == (other.id, other.diff_ids)


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(json=100), "more than 100 bytes of JSON"),
        (Limits(values=9), "more than 9 values in JSON"),
        (Limits(layers=1), "2 layers, where 1 are the limit"),
        (Limits(images=0), "1 images, where 0 are the limit"),
        (Limits(entries=2), "more than 2 entries"),
        (Limits(names=11), "more than 11 bytes of names and attributes"),
    ],
)
def test_more_than_the_limits_is_refused(tmp_path: Path, limits: Limits, said: str) -> None:
    assert said in cause(spread(tmp_path / "it", docker(LAYER, OTHER)), limits)


def test_what_unpacks_to_more_than_the_limit_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "it.tar.gz"
    path.write_bytes(packed(files(docker(LAYER))))
    assert "it.tar.gz: it unpacks to more than 100 bytes" in f"it.tar.gz: {cause(path, Limits(unpacked=100))}"
    path = write(tmp_path / "it.tar", docker(LAYER, OTHER, stored=(packed(LAYER), packed(OTHER))))
    limit = len(LAYER) + len(OTHER)
    assert f"layer.tar: it unpacks to more than {limit - 1:,} bytes" in cause(path, Limits(unpacked=limit - 1))
    assert 1 == len(load(path, limits=Limits(unpacked=limit)))


def test_layouts_with_more_layers_or_manifests_than_the_limits_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "it.tar", oci(LAYER, OTHER))
    assert "2 layers, where 1 are the limit" in cause(path, Limits(layers=1))
    assert "more than 0 manifests" in cause(path, Limits(images=0))


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [folder(str(parent)) for parent in [*reversed(tmp_path.parents)][1:]]
    out = (symlink("out", str(tmp_path)), member("out/planted", b"x"))
    hostile = tar(*made, folder(str(tmp_path)), *out, symlink("up", "../../../.."), member("up/planted"))
    where = tmp_path / "here"
    where.mkdir()
    monkeypatch.chdir(where)
    monkeypatch.setattr("tempfile.tempdir", str(where))
    path = where / "it.tar.gz"
    path.write_bytes(packed(files(docker(hostile))))
    before = sorted(tmp_path.rglob("*"))
    (image,) = load(path)
    assert before == sorted(tmp_path.rglob("*"))
    assert "planted" in " ".join(image.view())
