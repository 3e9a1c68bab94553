"""Archives as builders write them are taken where engines take them, and refused where they do not."""

import json
import lzma
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from layerlab import ArchiveError, load, save
from layerlab.archive import policy
from tests.archive.build import (
    MANIFEST_TYPE,
    blob_name,
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
    symlink,
    tar,
    write,
)
from tests.archive.variants import (
    APP,
    APP_SETTINGS,
    ARTIFACT,
    DOCKER_ARCHIVES,
    HASH,
    LAYOUTS,
    ONE,
    ONE_NAME,
    TWO,
    Layout,
    Variant,
    app,
    configured,
    items,
    lone,
)

variants = pytest.mark.parametrize("variant", DOCKER_ARCHIVES.values(), ids=DOCKER_ARCHIVES)
layouts = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)


@variants
def test_a_docker_archive_is_taken_as_engines_take_it(tmp_path: Path, variant: Variant) -> None:
    path = tmp_path / "it.tar"
    path.write_bytes(tar(*variant.members))
    if variant.refused:
        with pytest.raises(ArchiveError) as caught:
            load(path)
        assert variant.refused in str(caught.value)
        return
    (image,) = load(path)
    assert (digest(variant.settings), (digest(ONE), digest(TWO)), 5) == (image.id, image.diff_ids, image.size)
    # Names stay as they are written there; some variants have none, or one of their own.
    odd = ("docker.io/library/v:1", "n" * 237 + ":1", f"sha256:{HASH}")
    assert image.names in ((), ("v:1",), *((name,) for name in odd))


def test_what_both_engines_take_is_taken_and_what_both_refuse_is_refused() -> None:
    strict = {"a configuration in the place of another blob", "a layer in the place of another blob"}
    strict |= {"a source of another size"}
    for name, variant in DOCKER_ARCHIVES.items():
        if variant.docker and variant.podman:
            assert bool(variant.refused) == (name in strict), name
        if not variant.docker and not variant.podman:
            assert variant.refused, name


@layouts
@pytest.mark.parametrize("put", [write, spread])
def test_a_layout_gives_its_image_whatever_else_it_lists(
    tmp_path: Path, put: Callable[..., Path], layout: Layout
) -> None:
    path = put(tmp_path / "it", layout.documents)
    if layout.refused:
        with pytest.raises(ArchiveError) as caught:
            load(path)
        assert layout.refused in str(caught.value)
        return
    images = load(path)
    assert (digest(APP_SETTINGS), ("app",)) == (images[0].id, images[0].names)
    assert len(layout.left_out) == len(images.skipped)
    assert all(expected in line for expected, line in zip(layout.left_out, images.skipped, strict=True))


def test_a_configuration_is_shown_under_dockers_names(tmp_path: Path) -> None:
    settings = configured(
        config(ONE, TWO, config={"env": ["A=1", None], "CMD": "sh -c", "labels": {"A": "1", "B": None}}, OS="linux")
    )
    path = tmp_path / "it.tar"
    path.write_bytes(tar(*settings.members))
    (image,) = load(path)
    assert {"Env": ["A=1", ""], "Cmd": ["sh -c"], "Labels": {"A": "1", "B": ""}} == dict(image.config)
    assert "linux" == image.platform["os"]


@pytest.mark.parametrize(
    ("data", "shown"), [(b"\xe9", "\ufffd"), (b"\xe2\x82", "\ufffd\ufffd"), (b"\xed\xa0\x80", "\ufffd" * 3)]
)
def test_bytes_that_are_no_text_are_shown_as_go_shows_them(tmp_path: Path, data: bytes, shown: str) -> None:
    path = tmp_path / "it.tar"
    path.write_bytes(tar(*configured(config(ONE, TWO).replace(b"step 0", data)).members))
    (image,) = load(path)
    assert shown == image.history[0].created_by
    assert image.config_json.count(data) == 1


def test_an_image_alone_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    encrypted = LAYOUTS["an encrypted layer"].documents
    entry = index(descriptor(encrypted_manifest(encrypted), MANIFEST_TYPE))
    with pytest.raises(
        ArchiveError, match=r"holds no image; sha256:.*: its layers are encrypted: they can be read only"
    ):
        load(write(tmp_path / "it", {**encrypted, "index.json": entry}))


def encrypted_manifest(documents: dict[str, bytes]) -> bytes:
    (found,) = [data for data in documents.values() if b"+encrypted" in data]
    return found


def hybrid(layout: Layout, *items: Mapping[str, object]) -> dict[str, bytes]:
    """Return a layout with a manifest.json beside it, as `docker save` writes both."""
    return layout.documents | {"manifest.json": dumps([*items])}


APP_ITEM = {"Config": blob_name(APP_SETTINGS), "RepoTags": ["app:1"], "Layers": [blob_name(ONE)]}
WIN_ITEM = {"Config": blob_name(config(TWO)), "RepoTags": ["win:1"], "Layers": [blob_name(TWO)]}


@pytest.mark.parametrize(
    "kind", ["an artifact manifest", "a cache of BuildKit", "text", "a chart", "a manifest of schema 1"]
)
def test_in_a_hybrid_other_things_are_left_out_by_name(tmp_path: Path, kind: str) -> None:
    images = load(write(tmp_path / "it", hybrid(LAYOUTS[kind], APP_ITEM)))
    assert [(digest(APP_SETTINGS), ("app:1",))] == [(image.id, image.names) for image in images]
    assert len(LAYOUTS[kind].left_out) == len(images.skipped)


def test_in_a_hybrid_an_image_whose_blobs_are_absent_is_left_out_by_name(tmp_path: Path) -> None:
    documents = hybrid(LAYOUTS["a foreign layer that is not there"], WIN_ITEM, APP_ITEM)
    images = load(write(tmp_path / "it", documents))
    assert [digest(APP_SETTINGS)] == [image.id for image in images]
    assert [f"win:1: {blob_name(TWO)!r} is not in the archive"] == list(images.skipped)
    with pytest.raises(ArchiveError, match="holds no image; win:1: "):
        load(write(tmp_path / "it", hybrid(LAYOUTS["a foreign layer that is not there"], WIN_ITEM)))


@pytest.mark.parametrize("layers", [{}, {"layers": None}, {"layers": []}])
@pytest.mark.parametrize("settings", [config(), config(rootfs={}), config(rootfs={"type": "layers", "diff_ids": None})])
def test_an_image_without_layers_may_have_no_list_of_them(
    tmp_path: Path, layers: dict[str, object], settings: bytes
) -> None:
    told = {key: value for key, value in json.loads(manifest(settings)).items() if key != "layers"}
    (image,) = load(write(tmp_path / "it", lone(dumps({**told, **layers}), kept=[settings]).documents))
    assert (digest(settings), (), ("app",)) == (image.id, image.diff_ids, image.names)
    save(image, tmp_path / "again")
    assert image.id == load(tmp_path / "again")[0].id


@pytest.mark.parametrize(("given", "kept"), ONE_NAME)
def test_a_name_of_two_images_is_that_of_the_last_one(
    tmp_path: Path, given: list[list[str]], kept: list[tuple[str, ...]]
) -> None:
    images = load(write(tmp_path / "it.tar", items(*given)))
    assert kept == [image.names for image in images]
    save(images, tmp_path / "again.tar", "docker")
    assert [image.id for image in images] == [image.id for image in load(tmp_path / "again.tar")]


@pytest.mark.parametrize("damaged", ["digest", "size"])
def test_a_wrong_digest_or_size_beside_manifest_json_is_refused(tmp_path: Path, damaged: str) -> None:
    documents = hybrid(lone(APP), APP_ITEM)
    if damaged == "digest":
        documents[blob_name(APP)] = APP.replace(b"2", b"3", 1)
    else:
        documents["index.json"] = index({**descriptor(APP, MANIFEST_TYPE), "size": 7})
    with pytest.raises(ArchiveError, match=f"wrong {damaged}: it is"):
        load(write(tmp_path / "it", documents))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"annotations": []}, "annotations is not an object"),
        ({"manifests": []}, "a manifest with fields of an index or of schema 1, or an index with those of a manifest"),
    ],
)
def test_what_is_wrong_in_a_layout_beside_manifest_json_is_told(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    documents = hybrid(lone(app(**changes)), APP_ITEM)
    images = load(write(tmp_path / "it", documents))
    assert [digest(APP_SETTINGS)] == [image.id for image in images]
    (line,) = images.skipped
    assert line.startswith("the layout beside manifest.json: blobs/sha256/")
    assert line.endswith(f": {said}")


@pytest.mark.parametrize("pack", [bytes, packed])
@pytest.mark.parametrize(
    ("documents", "document"), [(oci(ONE), "index.json"), (items(["v:1"], ["w:1"]), "manifest.json")]
)
def test_an_archive_in_a_folder_is_no_file_system(
    tmp_path: Path, pack: Callable[[bytes], bytes], documents: dict[str, bytes], document: str
) -> None:
    path, place = tmp_path / "it.tar", f"image/{document}"
    deep = {f"./my/image/{name}": data for name, data in documents.items()}
    path.write_bytes(pack(tar(folder("./my"), *(member(*each) for each in deep.items()))))
    with pytest.raises(ArchiveError, match=f"'my/{place}' is not at the top: pack what is in the folder 'my/image'"):
        load(path)
    nested = {f"image/{name}": data for name, data in documents.items()}
    path.write_bytes(pack(tar(member("._image"), folder("image"), *(member(*each) for each in nested.items()))))
    with pytest.raises(ArchiveError, match=f"no image archive: '{place}' is not at the top: pack what is in the"):
        load(path)
    # A folder of archives is none, and a file system may have an archive in it.
    with pytest.raises(ArchiveError, match=f"no image archive: '{place}' is there: load the folder 'image'"):
        load(spread(tmp_path / "it", nested))
    (image,) = load(write(tmp_path / "it.tar", nested | {"etc/passwd": b"x"}))
    assert place in image.view()


def test_a_page_with_a_manifest_of_its_own_in_a_folder_is_a_file_system(tmp_path: Path) -> None:
    pages = {"app/index.json": b"{}", "app/manifest.json": b'[{"src": "a.js"}]', "app/oci-layout.txt": b""}
    (image,) = load(write(tmp_path / "it.tar", pages))
    assert pages.keys() <= {*image.view()}
    for odd in (symlink("app/manifest.json", "/data/manifest.json"), folder("app/manifest.json")):
        (tmp_path / "it.tar").write_bytes(tar(folder("app"), odd))
        (image,) = load(tmp_path / "it.tar")
        assert "app/manifest.json" in image.view()


def test_an_image_may_have_more_layers_than_docker_takes(tmp_path: Path) -> None:
    (image,) = load(write(tmp_path / "it.tar", docker(*(tar(member(f"f{number}")) for number in range(130)))))
    assert 130 == len(image.layers)


def test_what_is_not_known_is_never_read(tmp_path: Path) -> None:
    # Its bytes have another digest, and nobody looks.
    documents = LAYOUTS["an artifact manifest"].documents | {blob_name(ARTIFACT): b"["}
    assert 1 == len(load(write(tmp_path / "it", documents)))


@pytest.mark.parametrize("place", ["blobs", "blobs/sha256", "each blob"])
@pytest.mark.parametrize("absolute", [False, True])
def test_blobs_in_a_folder_may_be_links_to_a_store(tmp_path: Path, place: str, absolute: bool) -> None:
    root, store = spread(tmp_path / "it", oci(ONE)), tmp_path / "store"
    places = [f"blobs/sha256/{name}" for name in os.listdir(root / "blobs/sha256")] if place == "each blob" else [place]
    for number, each in enumerate(places):
        target = store / str(number)
        target.parent.mkdir(exist_ok=True)
        (root / each).rename(target)
        (root / each).symlink_to(target if absolute else os.path.relpath(target, (root / each).parent))
    assert (digest(ONE),) == load(root)[0].diff_ids


@pytest.mark.parametrize("name", ["index.json", "oci-layout/x", "manifest.json"])
def test_other_files_of_a_folder_lie_in_it(tmp_path: Path, name: str) -> None:
    if name == "oci-layout/x":
        root, name = spread(tmp_path / "it", docker(ONE, Config="c.json") | {"c.json": config(ONE)}), "c.json"
    else:
        root = spread(tmp_path / "it", oci(ONE) if name == "index.json" else docker(ONE))
    (root / name).rename(tmp_path / "out")
    (root / name).symlink_to("../out")
    with pytest.raises(ArchiveError, match="a link leads out of the archive"):
        load(root)


def test_a_blob_in_a_store_is_verified(tmp_path: Path) -> None:
    root = spread(tmp_path / "it", oci(ONE))
    (root / blob_name(ONE)).unlink()
    (tmp_path / "out").write_bytes(ONE.replace(b"hi", b"ho"))
    (root / blob_name(ONE)).symlink_to(tmp_path / "out")
    with pytest.raises(ArchiveError, match="wrong digest"):
        load(root)


def test_repeated_members_are_read_no_more_than_twice(tmp_path: Path) -> None:
    path = tmp_path / "it.tar"
    names = [member("0/layer.tar", ONE)] * 50
    path.write_bytes(tar(*names, *(member(name, data) for name, data in docker(ONE).items())))
    assert (digest(ONE),) == load(path)[0].diff_ids


ROWS = {
    policy.TWO_FILES: ("another layer of the same name", "a layer's member twice"),
    policy.WRONG_NAME: ("a layer in the place of another blob", ""),
    policy.SOURCE_SIZE: ("a source of another size", ""),
    policy.LINK_OUT: ("a symlink from the root", ""),
    policy.LINES: ("", "more lines of history than layers"),
    policy.WORDS: ("", "one word where a list is due"),
    policy.TRAILING: ("something after the list", ""),
    policy.DOTS: ("a name with .. in it", ""),
    policy.LINKS: ("", "a layer that is a hard link"),
    policy.LINK_TO_LATER: ("a hard link to a later member", "a hard link to a symlink to a later member"),
    policy.SPELLED: ("", "a slash in front of the member alone"),
    policy.ONE_BROKEN: ("two images, one without a configuration", ""),
    policy.SYSTEM: ("", "a system that is not known"),
    policy.NAMELESS: ("", "a name that looks like a digest"),
    policy.TAG_AND_DIGEST: ("a name with a tag and a digest", ""),
    policy.LINK_TO_NOTHING: ("", "a hard link to nothing that no image needs"),
    policy.REPLACED: ("a hard link in the place of a layer's folder", ""),
    policy.OUTER_ATTRIBUTE: ("", "a member with an attribute that no file can have"),
    policy.TYPE: ("a member of an unknown type", ""),
}


@pytest.mark.parametrize("document", [b"[]", b"null"])
def test_an_archive_without_an_image_is_refused(tmp_path: Path, document: bytes) -> None:
    path = write(tmp_path / "it.tar", docker(ONE) | {"manifest.json": document})
    with pytest.raises(ArchiveError, match=policy.NOTHING.case):
        load(path)


def test_a_layer_of_xz_needs_no_checksum(tmp_path: Path) -> None:
    stored = lzma.compress(ONE, check=lzma.CHECK_NONE)
    (image,) = load(write(tmp_path / "it.tar", docker(ONE, stored=(stored,))))
    assert (digest(ONE),) == image.diff_ids


def test_an_archive_in_several_gzip_members_is_read_to_the_end(tmp_path: Path) -> None:
    data, path = files(docker(ONE)), tmp_path / "it.tar"
    path.write_bytes(packed(b"") + packed(data[:700]) + packed(data[700:]))
    assert (digest(ONE),) == load(path)[0].diff_ids


def test_a_tar_without_documents_is_the_files_of_one_image(tmp_path: Path) -> None:
    path = tmp_path / "it.tar"
    path.write_bytes(ONE)
    (image,) = load(path)
    assert ((digest(ONE),), ["f"]) == (image.diff_ids, [name for name in image.view() if name])


def test_every_row_on_archives_is_tested() -> None:
    elsewhere = {
        policy.BLOBS_ELSEWHERE,
        policy.NO_IMAGE,
        policy.ABSENT,
        policy.NO_CHECK,
        policy.BARE,
        policy.GZIP_MEMBERS,
        policy.ONE_NAME,
        policy.NO_VERSION,
        policy.DEEP,
        policy.ZSTD,
    }
    refused_elsewhere = {
        policy.NOTHING,
        policy.AMBIGUOUS,
        policy.NO_ROOTFS,
        policy.LARGE_WINDOW,
        policy.PACKED_TWICE,
    }
    assert set(policy.ARCHIVES) == ROWS.keys() | elsewhere | refused_elsewhere
    for case, (refused, taken) in ROWS.items():
        assert case.refused == bool(refused)
        assert not refused or DOCKER_ARCHIVES[refused].refused
        assert not taken or not DOCKER_ARCHIVES[taken].refused
    assert all(not case.refused for case in elsewhere)
    assert all(case.refused for case in refused_elsewhere)
