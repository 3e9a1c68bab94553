import lzma
import os
import tarfile
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import layerlab as ll
from layerlab.archive.save import Format
from layerlab.model.entry import Spec
from tests.archive.build import (
    blobs,
    config,
    descriptor,
    docker,
    index,
    manifest,
    member,
    oci,
    packed,
    spread,
    tar,
    write,
)  # fmt: skip
from tests.archive.corpus import archive
from tests.archive.test_archives import READ

MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
BASE = tar(member("usr/base", bytes(20_000)))
PAGE = tar(member("srv/page", b"hello"))

SHOP = (
    ll.scratch.with_layer(ll.Layer.of({"usr/base": ll.filler(300_000)}), created_by="ADD base")
    .with_config(env={"A": "1"}, created_by="ENV A=1")
    .with_layer(ll.Layer.of({"srv/page": b"hello"}), created_by="COPY page")
)

FORMATS: list[Format] = ["oci", "docker"]
# A target's name for each way to lie on disk.
TARGETS: list[tuple[Format, str]] = [("oci", "it.tar"), ("oci", "it"), ("docker", "it.tar"), ("docker", "it")]


def members(path: Path) -> dict[str, bytes]:
    """The files of an archive by name; no name is there twice."""
    if path.is_dir():
        return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}
    with tarfile.open(path, "r:") as archive:
        found = [(info.name, archive.extractfile(info)) for info in archive]
        assert len({name for name, _ in found}) == len(found)
        return {name: data.read() for name, data in found if data}


def seen(image: ll.Image) -> dict[str, Any]:
    """What the merged view shows, with each file's bytes; inodes are counted anew in each image."""
    return {name: (entry._replace(inode=0, content=None), entry.digest) for name, entry in image.view().items()}  # type: ignore[arg-type]


NAMES = st.sampled_from(["a", "b", "etc", "é", "caf\udce9", "x" * 120, "y" * 255, "white space", "a\nb", "-", "..."])
MODES = st.integers(0, 0o7777)
IDS = st.sampled_from([0, 1, 1000, 2_097_151, 2_097_152, 4_294_967_294])
TIMES = st.sampled_from([0, 1, 1_700_000_000, 8_589_934_591, 8_589_934_592])
# Not empty: a pax record without a value is none (POSIX.1-2017, pax).
VALUES = st.binary(min_size=1, max_size=20)
# The kernel takes only a capability that is one: here of revision 2, which allows nothing.
CAPABILITY = st.just(b"\0\0\0\2" + bytes(16))
XATTRS = st.one_of(
    st.dictionaries(st.sampled_from(["user.a", "user.é", "trusted.b"]), VALUES, max_size=2),
    st.dictionaries(st.just("security.capability"), CAPABILITY, max_size=1),
)
CONTENTS = st.one_of(st.binary(max_size=20), st.sampled_from([0, 511, 512, 513, 70_000]).map(ll.filler))
LEAVES: st.SearchStrategy[Spec] = st.one_of(
    st.builds(ll.File, CONTENTS, MODES, IDS, IDS, TIMES, XATTRS),
    st.builds(ll.Symlink, st.sampled_from(["a", "../b", "/etc", "z" * 150, "caf\udce9"]), IDS, IDS, TIMES),
    st.builds(ll.Fifo, MODES),
    st.builds(
        ll.Device, st.sampled_from(["char", "block"]), st.integers(0, 0xFFFFFFFF).map(lambda n: n & 0xFFFFF), MODES
    ),
    st.just(ll.WHITEOUT),
)
DIRECTORIES = st.builds(ll.Directory, MODES, IDS, IDS, TIMES, XATTRS, st.booleans())


@st.composite
def layers(draw: st.DrawFn) -> ll.Layer:
    """A small layer of anything that a layer can hold, hard links included."""
    specs: dict[str, Spec] = {}
    folders = [""]
    for _ in range(draw(st.integers(0, 6))):
        parent = draw(st.sampled_from(folders))
        name = f"{parent}/{draw(NAMES)}".lstrip("/")
        if name not in specs:
            specs[name] = draw(st.one_of(LEAVES, DIRECTORIES))
            folders += [name] if isinstance(specs[name], ll.Directory) else []
    originals = [name for name, spec in specs.items() if isinstance(spec, ll.File)]
    if draw(st.booleans()) and originals:
        specs["linked"] = ll.HardLink(draw(st.sampled_from(originals)))
    return ll.Layer.of(specs)


@st.composite
def stacks(draw: st.DrawFn) -> ll.Image:
    """A few layers and steps of metadata, some of them the same one twice."""
    image = ll.scratch
    pool = draw(st.lists(layers(), min_size=1, max_size=3))
    for layer in draw(st.lists(st.one_of(st.none(), st.sampled_from(pool)), max_size=5)):
        created_by = draw(st.text(max_size=10))
        image = (
            image.with_layer(layer, created_by) if layer else image.with_config(env={"A": "é"}, created_by=created_by)
        )
    return image


@pytest.mark.parametrize(("form", "name"), TARGETS)
@given(images=st.lists(stacks(), min_size=1, max_size=3, unique=True))
@settings(max_examples=40)
def test_what_is_saved_loads_as_the_same_images(
    tmp_path_factory: pytest.TempPathFactory, images: list[ll.Image], form: Format, name: str
) -> None:
    path = tmp_path_factory.mktemp("saved") / name
    ll.save({f"it:{number}": image for number, image in enumerate(images)}, path, form)
    loaded = ll.load(path)
    assert images == list(loaded)
    assert [(f"it:{number}",) for number in range(len(images))] == [image.names for image in loaded]
    for image, again in zip(images, loaded, strict=True):
        assert (image.diff_ids, image.chain_ids, image.history) == (again.diff_ids, again.chain_ids, again.history)
        assert (image.config, image.platform, image.size) == (again.config, again.platform, again.size)
        assert [layer.tar_size for layer in image.layers] == [layer.tar_size for layer in again.layers]
        assert seen(image) == seen(again)


@pytest.mark.parametrize(("form", "name"), TARGETS)
def test_the_same_images_give_the_same_bytes(tmp_path: Path, form: Format, name: str) -> None:
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        ll.save({"shop": SHOP, "base": SHOP.parent or SHOP}, tmp_path / folder / name, form)
    first, second = (tmp_path / folder / name for folder in ("first", "second"))
    assert members(first) == members(second)
    assert first.is_dir() or first.read_bytes() == second.read_bytes()


def test_a_layer_that_images_share_is_written_once(tmp_path: Path) -> None:
    other = SHOP.with_layer(ll.Layer.of({"srv/more": b"more"}))
    twice = ll.scratch.with_layer(ll.Layer.of({})).with_layer(ll.Layer.of({}))
    ll.save([SHOP, other, twice], tmp_path / "it")
    ll.save([SHOP, other, twice], tmp_path / "it.tar", "docker")
    assert 4 == sum(file.endswith(".tar") for file in members(tmp_path / "it.tar"))
    assert 4 + 3 + 3 == sum(file.startswith("blobs/") for file in members(tmp_path / "it"))


def test_layers_made_here_are_stored_as_plain_tars(tmp_path: Path) -> None:
    ll.save(SHOP, tmp_path / "it")
    for layer, made in zip(ll.load(tmp_path / "it")[0].layers, SHOP.layers, strict=True):
        assert (made.diff_id, made.tar_size, OCI_LAYER) == (layer.digest, layer.blob_size, layer.media_type)


def test_saving_takes_no_memory_for_content(tmp_path: Path) -> None:
    image = ll.scratch.with_layer(ll.Layer.of({"srv/big": ll.filler(100_000_000)}))
    tracemalloc.start()
    try:
        ll.save(image, tmp_path / "it.tar")
        assert 8_000_000 > tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


# What was loaded stays what it was.


def both(image: ll.Image) -> list[tuple[object, ...]]:
    return [(layer.digest, layer.blob_size, layer.media_type) for layer in image.layers]


def gzipped(tmp_path: Path) -> ll.Image:
    """An image loaded from a layout of gzip layers, whose manifest is written otherwise than here."""
    settings = config(BASE, PAGE, variant="v8")
    stored = [packed(BASE), packed(PAGE)]
    written = manifest(settings, *stored, layer_type=f"{OCI_LAYER}+gzip")
    top = index(descriptor(written, MANIFEST_TYPE, annotations={"org.opencontainers.image.ref.name": "v1"}))
    documents = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": top}
    (image,) = ll.load(write(tmp_path / "source.tar", {**documents, **blobs(settings, written, *stored)}))
    return image


def test_loaded_blobs_and_their_manifest_are_kept_byte_for_byte(tmp_path: Path) -> None:
    image = gzipped(tmp_path)
    ll.save(image, tmp_path / "it.tar")
    source, saved = members(tmp_path / "source.tar"), members(tmp_path / "it.tar")
    assert {name: data for name, data in source.items() if name.startswith("blobs/")} == {
        name: data for name, data in saved.items() if name.startswith("blobs/")
    }
    (again,) = ll.load(tmp_path / "it.tar")
    assert (image, image.digest, both(image), ("v1",)) == (again, again.digest, both(again), again.names)


@pytest.mark.parametrize(
    ("old", "new"), [(b'"schemaVersion"', b'"\xc1": 1, "schemaVersion"'), (b'"layers"', b'"Layers"')]
)
def test_a_manifest_that_engines_read_is_saved_whatever_its_bytes_and_letters(
    tmp_path: Path, old: bytes, new: bytes
) -> None:
    settings = config(BASE)
    written = manifest(settings, BASE).replace(old, new, 1)
    top = index(descriptor(written, MANIFEST_TYPE))
    documents = {"oci-layout": b'{"imageLayoutVersion": "1.0.0"}', "index.json": top}
    (image,) = ll.load(write(tmp_path / "source.tar", {**documents, **blobs(settings, written, BASE)}))
    ll.save(image, tmp_path / "it.tar")
    assert (image,) == tuple(ll.load(tmp_path / "it.tar"))


def test_a_loaded_image_keeps_its_id_in_the_docker_format_and_has_plain_layers(tmp_path: Path) -> None:
    image = gzipped(tmp_path)
    ll.save(image, tmp_path / "it.tar", "docker")
    saved = members(tmp_path / "it.tar")
    assert [BASE, PAGE] == [saved[f"{diff_id[7:]}.tar"] for diff_id in image.diff_ids]
    (again,) = ll.load(tmp_path / "it.tar")
    assert (image, ("v1:latest",)) == (again, again.names)


def test_a_loaded_docker_archive_becomes_a_layout_with_the_words_of_oci(tmp_path: Path) -> None:
    stored = (packed(BASE), lzma.compress(PAGE))
    (image,) = ll.load(write(tmp_path / "source.tar", docker(BASE, PAGE, stored=stored)))
    ll.save(image, tmp_path / "it")
    (again,) = ll.load(tmp_path / "it")
    assert (image, image.names) == (again, again.names)
    assert [f"{OCI_LAYER}+gzip", OCI_LAYER] == [layer.media_type for layer in again.layers]
    assert [image.layers[0].digest, image.diff_ids[1]] == [layer.digest for layer in again.layers]


def test_a_manifest_in_the_words_of_docker_is_written_anew_in_those_of_oci(tmp_path: Path) -> None:
    top = index(descriptor(docker_manifest(), "application/vnd.docker.distribution.manifest.v2+json"))
    documents = {"index.json": top, **blobs(config(BASE), docker_manifest(), packed(BASE))}
    (image,) = ll.load(spread(tmp_path / "source", documents))
    ll.save(image, tmp_path / "it")
    (again,) = ll.load(tmp_path / "it")
    assert (image, [(image.layers[0].digest, image.layers[0].blob_size, f"{OCI_LAYER}+gzip")]) == (again, both(again))
    assert image.digest != again.digest
    assert b"docker" not in b"".join(data for name, data in members(tmp_path / "it").items() if len(data) < 2_000)


def test_a_manifest_whose_layers_are_stored_otherwise_is_written_anew(tmp_path: Path) -> None:
    written = manifest(config(PAGE), lzma.compress(PAGE), layer_type=f"{OCI_LAYER}+xz")
    top = index(descriptor(written, MANIFEST_TYPE))
    (image,) = ll.load(
        spread(tmp_path / "source", {"index.json": top, **blobs(config(PAGE), written, lzma.compress(PAGE))})
    )
    ll.save(image, tmp_path / "it")
    (again,) = ll.load(tmp_path / "it")
    assert (image, [(image.diff_ids[0], len(PAGE), OCI_LAYER)]) == (again, both(again))
    assert image.digest != again.digest


def docker_manifest() -> bytes:
    written = manifest(config(BASE), packed(BASE), layer_type="application/vnd.docker.image.rootfs.diff.tar.gzip")
    return written.replace(MANIFEST_TYPE.encode(), b"application/vnd.docker.distribution.manifest.v2+json")


def test_an_archive_can_be_saved_over_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "it.tar", oci(BASE, PAGE, stored=(packed(BASE), packed(PAGE))))
    (image,) = ll.load(path)
    ll.save(image.with_layer(ll.Layer.of({"a": b"1"})), path)
    (again,) = ll.load(path)
    assert [*both(image), (again.diff_ids[2], 2048, OCI_LAYER)] == both(again)
    assert [bytes(20_000)] == [entry.read() for name, entry in image.view().items() if name == "usr/base"]


def test_an_archive_that_has_changed_since_is_not_passed_on(tmp_path: Path) -> None:
    path = write(tmp_path / "source.tar", docker(BASE))
    (image,) = ll.load(path)
    data = path.read_bytes()
    path.write_bytes(data.replace(BASE, BASE[:700] + b"!" + BASE[701:]))
    with pytest.raises(ll.ArchiveError, match=r"it\.tar: sha256:.*: the archive that it was loaded from has changed"):
        ll.save(image, tmp_path / "it.tar")
    assert ["source.tar"] == os.listdir(tmp_path)


@pytest.mark.archives
@pytest.mark.parametrize("name", READ)
def test_archives_of_others_are_the_same_images_when_they_are_saved_again(tmp_path: Path, name: str) -> None:
    images = ll.load(archive(name))
    single = len({name for image in images for name in image.names}) == sum(len(image.names) for image in images)
    for form in FORMATS if single else FORMATS[:1]:
        ll.save(images, tmp_path / f"{form}.tar", form)
        again = ll.load(tmp_path / f"{form}.tar")
        assert [(image, image.names, image.chain_ids) for image in images] == [
            (image, image.names, image.chain_ids) for image in again
        ]
        if form == "oci":
            assert [[layer.digest for layer in image.layers] for image in images] == [
                [layer.digest for layer in image.layers] for image in again
            ]


# Names.


def names(path: Path) -> list[tuple[str, ...]]:
    return [image.names for image in ll.load(path)]


@pytest.mark.parametrize(("form", "name"), TARGETS)
def test_a_mapping_gives_names_and_no_tag_means_latest(tmp_path: Path, form: Format, name: str) -> None:
    images = {"coreos/apache": SHOP, "localhost:5000/web:1.0_x": SHOP, "my__shop": ll.scratch}
    ll.save(images, tmp_path / name, form)
    assert [("coreos/apache:latest", "localhost:5000/web:1.0_x"), ("my__shop:latest",)] == names(tmp_path / name)


@pytest.mark.parametrize(("form", "name"), TARGETS)
def test_an_image_without_a_name_is_saved_without_one(tmp_path: Path, form: Format, name: str) -> None:
    ll.save([SHOP, ll.scratch], tmp_path / name, form)
    assert [(), ()] == names(tmp_path / name)


@pytest.mark.parametrize(
    "name",
    ["Shop", "shop:", "shop:-1", "a b", "/shop", "shop/", "shop@sha256:0", "x" * 256, "shop:" + "1" * 129, "é", "\x1b"],
)
@pytest.mark.parametrize("form", ["oci", "docker"])
def test_a_name_that_no_engine_takes_is_refused_in_one_line(tmp_path: Path, name: str, form: Format) -> None:
    with pytest.raises(
        ll.ArchiveError, match=r"it\.tar: no image can be called .*: a name is lower-case words"
    ) as error:
        ll.save({"fine": SHOP, name: SHOP}, tmp_path / "it.tar", form)
    assert str(error.value).isprintable()
    assert [] == os.listdir(tmp_path)


def test_a_loaded_name_that_no_archive_can_state_is_refused(tmp_path: Path) -> None:
    source = oci(BASE, annotations={"org.opencontainers.image.ref.name": "a b"})
    (image,) = ll.load(write(tmp_path / "source.tar", source))
    for form in ("oci", "docker"):
        with pytest.raises(ll.ArchiveError, match="no image can be called 'a b"):
            ll.save(image, tmp_path / "it.tar", form)


def test_two_images_of_one_name_are_refused(tmp_path: Path) -> None:
    ll.save({"shop": SHOP}, tmp_path / "one.tar")
    ll.save({"shop": ll.scratch}, tmp_path / "two.tar")
    both = [*ll.load(tmp_path / "one.tar"), *ll.load(tmp_path / "two.tar")]
    with pytest.raises(ll.ArchiveError, match="two images for one platform are called shop:latest"):
        ll.save(both, tmp_path / "it.tar")
    with pytest.raises(ll.ArchiveError, match="two images are called shop:latest, of which a docker-archive holds one"):
        ll.save(both, tmp_path / "it.tar", "docker")


def test_platforms_that_share_a_name_become_an_index(tmp_path: Path) -> None:
    settings = [config(BASE, architecture="amd64"), config(PAGE, architecture="arm64")]
    written = [manifest(settings[0], BASE), manifest(settings[1], PAGE)]
    platforms = [{"os": "linux", "architecture": "amd64"}, {"os": "linux", "architecture": "arm64", "variant": "v8"}]
    inner = index(*(descriptor(each, MANIFEST_TYPE, platform=at) for each, at in zip(written, platforms, strict=True)))
    annotations = {"org.opencontainers.image.ref.name": "shop:1"}
    top = index(descriptor(inner, "application/vnd.oci.image.index.v1+json", annotations=annotations))
    source = {"index.json": top, **blobs(inner, *settings, *written, BASE, PAGE)}
    images = ll.load(spread(tmp_path / "source", source))
    ll.save(images, tmp_path / "it")
    again = ll.load(tmp_path / "it")
    assert [(image, image.digest, image.names) for image in images] == [
        (image, image.digest, image.names) for image in again
    ]
    assert platforms == [dict(image.platform) for image in again]
    assert 1 == members(tmp_path / "it")["index.json"].count(b'"digest"')
    with pytest.raises(ll.ArchiveError, match="two images are called shop:1"):
        ll.save(images, tmp_path / "it.tar", "docker")


# What is asked for must make sense.


@pytest.mark.parametrize("name", ["it.tar.gz", "it.tgz", "it.tar.zst", "IT.TAR.XZ"])
def test_a_name_that_promises_compression_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ll.ArchiveError, match="archives are saved as plain tars"):
        ll.save(SHOP, tmp_path / name)
    assert [] == os.listdir(tmp_path)


def test_nothing_to_save_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ll.ArchiveError, match=r"it\.tar: there is no image to save"):
        ll.save([], tmp_path / "it.tar")


def test_other_formats_and_other_things_than_images_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match='the format is "oci" or "docker", not \'tar\''):
        ll.save(SHOP, tmp_path / "it.tar", "tar")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="save takes images, not a Layer"):
        ll.save(SHOP.layers, tmp_path / "it.tar")  # type: ignore[arg-type]
    assert [] == os.listdir(tmp_path)
