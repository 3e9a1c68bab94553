"""Ids against published ones: the specification's vector, and what Docker printed for the image on the slides."""

import gzip
import hashlib
import io
import json
import os
import sys
import tarfile

import pytest

import layerlab as ll
from layerlab.model import tar

EMPTY_DIFF_ID = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
TWO_EMPTY_LAYERS = "sha256:170b376f64fb30995c140276be3d71dfb256b308d86183ca3b22aa93a79ad548"
EMPTY_BLOB = "a3ed95caeb02ffe68cdd9fd84406680ae93d633cb16422d00e8a7c22955b46d4"


def sha256(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


def members(layer: ll.Layer) -> list[tarfile.TarInfo]:
    return tarfile.open(fileobj=io.BytesIO(b"".join(layer.tar_chunks()))).getmembers()


def test_an_empty_layer_has_the_published_diff_id() -> None:
    assert EMPTY_DIFF_ID == ll.Layer.of({}).diff_id


def test_two_empty_layers_have_the_chain_id_that_docker_rmi_printed() -> None:
    empty = ll.Layer.of({})
    image = ll.scratch.with_layer(empty).with_layer(empty)
    assert (EMPTY_DIFF_ID, TWO_EMPTY_LAYERS) == image.chain_ids


def test_the_empty_layer_is_inside_the_well_known_gzip_blob() -> None:
    blob = bytes.fromhex("1f8b080000096e8800ff621805a360148c5800080000ffff2eafb5ef00040000")
    assert EMPTY_BLOB == hashlib.sha256(blob).hexdigest()
    assert b"".join(ll.Layer.of({}).tar_chunks()) == gzip.decompress(blob)


def test_chain_ids_are_those_of_the_specification() -> None:
    lower = "sha256:c6f988f4874bb0add23a778f753c65efe992244e148a1d2ec2a8b664fb66bbd1"
    above = "sha256:c3191d32a37d7159b2e30830937d2e30268ad6c375a773a8994911a3aba9b93f"
    assert (lower, above) == ll.chain_ids([lower, EMPTY_DIFF_ID])


def test_an_image_id_is_the_hash_of_its_configuration() -> None:
    image = ll.scratch.with_layer(ll.Layer.of({"a": b"1"}), created_by="ADD a /").with_config(
        env={"A": "1"}, cmd=["sh"]
    )
    config = json.loads(image.config_json)
    assert sha256(image.config_json) == image.id
    assert list(image.diff_ids) == config["rootfs"]["diff_ids"]
    assert ["ADD a /", None] == [step.get("created_by") for step in config["history"]]
    assert [None, True] == [step.get("empty_layer") for step in config["history"]]
    assert {"Env": ["A=1"], "Cmd": ["sh"]} == config["config"]


def test_history_without_empty_layers_is_as_long_as_the_diff_ids() -> None:
    image = ll.scratch.with_layer(ll.Layer.of({})).with_config(user="1000").with_layer(ll.Layer.of({"a": b""}))
    assert len(image.diff_ids) == sum(not step.empty_layer for step in image.history)


def test_metadata_changes_the_image_id_and_no_layer_id() -> None:
    image = ll.scratch.with_layer(ll.Layer.of({"a": b"1"}))
    labelled = image.with_config(labels={"team": "shop"})
    assert image.id != labelled.id
    assert (image.diff_ids, image.chain_ids) == (labelled.diff_ids, labelled.chain_ids)


def test_the_same_change_on_another_parent_has_the_same_diff_id_and_another_chain_id() -> None:
    site = ll.Layer.of({"site": b"hi"})
    one = ll.scratch.with_layer(ll.Layer.of({"a": b"1"})).with_layer(site)
    two = ll.scratch.with_layer(ll.Layer.of({"b": b"2"})).with_layer(site)
    assert one.diff_ids[1] == two.diff_ids[1]
    assert one.chain_ids[1] != two.chain_ids[1]


def test_names_and_order_do_not_count_for_equality() -> None:
    one = ll.Layer.of({"a": b"1", "b": b"2"})
    two = ll.Layer.of({"b": b"2", "a": b"1"})
    assert one == two
    assert hash(one) == hash(two)
    assert ll.scratch.with_layer(one) == ll.scratch.with_layer(two)
    assert one != ll.Layer.of({"a": b"1"})


def test_the_canonical_tar_is_these_bytes_on_every_python() -> None:
    layer = ll.Layer.of(
        {
            "bin/sh": ll.Symlink("bash"),
            "bin/bash": ll.File(b"#!", mode=0o4755, uid=1, gid=2, mtime=1_700_000_000),
            "bin/again": ll.HardLink("bin/bash"),
            "dev/null": ll.Device("char", 259, mode=0o666),
            "etc/old": ll.WHITEOUT,
            "run/pipe": ll.Fifo(),
            "srv/" + "long" * 60: ll.File(b"x", xattrs={"user.note": b"\xff\x00", "user.a": b"1"}),
            "srv/na\u00efve": b"",
            "srv/\udcff": b"not UTF-8",
            "var/cache/": ll.OPAQUE,
        }
    )
    assert "sha256:23c1fc30485cfe7e90f5ae4de86f36b8ba0699cd9f8b211260241fc87990c7f8" == layer.diff_id
    assert bytes(1024) == b"".join(layer.tar_chunks())[-1024:]
    assert len(b"".join(layer.tar_chunks())) == layer.tar_size


def test_an_independent_reader_finds_every_field_in_the_tar() -> None:
    layer = ll.Layer.of(
        {
            "b/sh": ll.Symlink("bash", uid=3),
            "b/bash": ll.File(b"#!", mode=0o4755, uid=1, gid=2, mtime=1_700_000_000, xattrs={"user.note": b"\xff"}),
            "b/zz": ll.HardLink("b/bash"),
            "dev": ll.Device("block", 8 << 8 | 1, mode=0o660),
            "old": ll.WHITEOUT,
            "x/": ll.Directory(mode=0o1777, opaque=True),
        }
    )
    found = {member.name: member for member in members(layer)}
    assert [".wh.old", "b", "b/bash", "b/sh", "b/zz", "dev", "x", "x/.wh..wh..opq"] == list(found)
    assert (0o4755, 1, 2, 1_700_000_000, 2) == (
        found["b/bash"].mode, found["b/bash"].uid, found["b/bash"].gid, found["b/bash"].mtime, found["b/bash"].size,
    )  # fmt: skip
    assert "\udcff" == found["b/bash"].pax_headers["SCHILY.xattr.user.note"]
    assert (True, "b/bash") == (found["b/zz"].islnk(), found["b/zz"].linkname)
    assert (True, "bash", 3) == (found["b/sh"].issym(), found["b/sh"].linkname, found["b/sh"].uid)
    assert (True, 8, 1) == (found["dev"].isblk(), found["dev"].devmajor, found["dev"].devminor)
    assert (True, 0o1777) == (found["x"].isdir(), found["x"].mode)
    assert (True, 0) == (found["x/.wh..wh..opq"].isreg(), found[".wh.old"].size)


@pytest.mark.parametrize("size", [0, 1, 511, 512, 513, 1 << 20, (1 << 20) + 7])
def test_filler_hashes_and_reads_as_the_bytes_it_stands_for(size: int) -> None:
    content = ll.filler(size, seed=3)
    data = content.read()
    assert size == len(data) == content.size
    assert sha256(data) == content.digest
    assert data[100:5000] == content.read(100, 5000)
    assert ll.Layer.of({"a": data}) == ll.Layer.of({"a": content})


def test_another_seed_gives_other_bytes() -> None:
    assert ll.filler(64).read() != ll.filler(64, seed=1).read()


def test_parent_stops_one_layer_lower_and_ends_at_scratch() -> None:
    base = ll.scratch.with_layer(ll.Layer.of({"a": b"1"}), created_by="ADD a /").with_config(env={"A": "1"})
    image = base.with_layer(ll.Layer.of({"b": b"2"}), created_by="ADD b /")
    assert base == image.parent
    bottom = base.parent
    assert bottom is not None
    assert () == bottom.layers
    assert None is bottom.parent
    assert None is ll.scratch.parent


def test_squash_shows_the_same_files_in_one_layer() -> None:
    image = ll.scratch.with_layer(
        ll.Layer.of(
            {"d/a": b"old", "d/h1": b"linked", "d/h2": ll.HardLink("d/h1"), "gone/x": b"x", "s": ll.Symlink("d")}
        )
    ).with_layer(ll.Layer.of({"d/a": b"newer", "d/h2": ll.WHITEOUT, "gone/": ll.WHITEOUT}))
    squashed = image.squash()

    def files(image: ll.Image) -> dict[str, tuple[object, ...]]:
        return {path: (entry.kind, entry.mode, entry.size, entry.target) for path, entry in image.view().items()}

    assert 1 == len(squashed.layers)
    assert files(image) == files(squashed)
    assert 1 == squashed.view()["d/h1"].nlink
    assert len(b"newer") + len(b"linked") + len("d") == squashed.size


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="os.makedev packs otherwise here")
@pytest.mark.parametrize("numbers", [(1, 3), (8, 1), (4095, 1_048_575), (4096, 300), (70_000, 2_000_000)])
def test_device_numbers_are_packed_as_linux_packs_them(numbers: tuple[int, int]) -> None:
    packed = os.makedev(*numbers)
    assert packed == tar.makedev(*numbers)
    assert numbers == (tar.major(packed), tar.minor(packed))
