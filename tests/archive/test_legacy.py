"""Archives from before Docker 1.10 get the ids that Docker gives them.

The expected ids are what `docker image inspect` printed after `docker load` of the same archives, Docker 20.10.24.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from layerlab import ArchiveError, Image, load
from layerlab.archive import gojson
from layerlab.archive.limits import Limits
from tests.archive.build import digest, member, packed, spread, tar, write
from tests.archive.corpus import archive

BOTTOM, TOP = "b" * 64, "a" * 64
BASE, CHANGE = tar(member("etc/motd", b"hello")), tar(member("etc/.wh.motd"))

OLD = {
    "id": TOP,
    "parent": BOTTOM,
    "Size": 5,
    "created": "2013-06-13T14:03:50.8200-07:00",
    "docker_version": "0.4.0",
    "author": "A <a@example.com> & B",
    "container_config": {"cmd": "one word", "Volumes": {"/z": {}, "/a<": {"x": 1}}, "PortSpecs": None, "Memory": 12},
    "config": {
        "Env": ["PATH=/bin", "tab\tbell\x07\x08 \u2028 é"], "Cmd": [], "ExposedPorts": {"80/tcp": {}, "22/tcp": {}},
        "HOSTNAME": "web", "Labels": {"z": "1", "a": "2"}, "Healthcheck": {"Retries": 0, "Test": ["CMD", "x"]},
        "StopTimeout": 0,
    },
    "unknown": [1.50],
}  # fmt: skip
NEW = {**OLD, "docker_version": "1.8.3", "os": "linux", "throwaway": True, "layer_id": "x", "parent_id": "y"}


def legacy(top: object, tags: object = None, stored: bytes = CHANGE) -> dict[str, bytes]:
    """Return the files of a legacy archive of two images."""
    bottom = {"id": BOTTOM, "comment": "Imported from -", "architecture": "x86_64"}
    return {
        f"{BOTTOM}/json": json.dumps(bottom).encode(),
        f"{BOTTOM}/layer.tar": BASE,
        f"{TOP}/json": json.dumps(top, indent=2).encode(),
        f"{TOP}/VERSION": b"1.0",
        f"{TOP}/layer.tar": stored,
        "repositories": json.dumps({"shop": {"1": TOP}} if tags is None else tags).encode(),
    }


def one(path: Path) -> Image:
    (image,) = load(path)
    return image


@pytest.mark.parametrize(
    ("expected", "top"),
    [
        ("sha256:480da3ffb4eed1cb95302831d2cbd59704fe99c71597cf2e206f33d6930aa175", OLD),
        ("sha256:395dc0e03d54e1b2b49500a35b869ecda9ac3471d2343d9bda895d547cc0e0ae", NEW),
        ("sha256:f4d569d6638a125880694d789b111350ba8b7c43ff1a5ddd91be9d0914f742be", {"parent": BOTTOM}),
    ],
    ids=["old", "new", "bare"],
)
@pytest.mark.parametrize("stored", [CHANGE, packed(CHANGE)])
def test_an_image_has_the_id_that_docker_gives_it(tmp_path: Path, expected: str, top: object, stored: bytes) -> None:
    image = one(write(tmp_path / "it.tar", legacy(top, stored=stored)))
    assert expected == image.id
    assert (digest(BASE), digest(CHANGE)) == image.diff_ids
    assert ("shop:1",) == image.names


UNKNOWN = b'"unknown"'
NULL = b'"author":null,"unknown"'


@pytest.mark.parametrize(
    ("expected", "top", "old", "new"),
    [
        ("sha256:0fe1f2bae7082e449490227bd141d8244bd67815466b2997408a04b1c9ba641d", OLD, b"A <a", b"\xe9 <a"),
        ("sha256:9a52b519ff4b83d2386f19f7a924f52aed06fbc0aa624fd98093909a7e06ad26", NEW, b"A <a", b"\xe9 <a"),
        ("sha256:332c9e6ed76c0f5da0d185c8361956312e80bfd813bf9a80b69f8af15eb0e3b7", OLD, b"A <a", b"\xe2\x82 <a"),
        ("sha256:eee913e42fdd06846a3b3507df8c63912d5b9acad93b79ab98accd167529f9bd", NEW, b"A <a", b"\xe2\x82 <a"),
        ("sha256:480da3ffb4eed1cb95302831d2cbd59704fe99c71597cf2e206f33d6930aa175", OLD, UNKNOWN, NULL),
        ("sha256:9297fa0419c1bfa67fe2bfd08c97b22f02a2a0c20f60e9af204dd40604da3a38", NEW, UNKNOWN, NULL),
        ("sha256:f52ac91259a600484ec0919b71551ad43910aa510306b27572f53d66c3bd5856", NEW, UNKNOWN, b'"\xe9"'),
    ],
)  # fmt: skip
def test_bytes_that_are_no_text_and_keys_that_repeat_give_the_id_of_docker(
    tmp_path: Path, expected: str, top: object, old: bytes, new: bytes
) -> None:
    documents = legacy(top)
    documents[f"{TOP}/json"] = documents[f"{TOP}/json"].replace(old, new)
    assert expected == one(write(tmp_path / "it.tar", documents)).id


@pytest.mark.archives
def test_an_archive_of_2015_has_the_id_that_docker_gives_it() -> None:
    image = one(archive("moby-emptyLayer"))
    assert "sha256:a9e31d6f186fbbe2468c9961316dba93971266d344ba960f68911df6e29b564c" == image.id
    assert ("matthughes/library-centos:6-2015.03.20",) == image.names
    assert [512, 0, 10240] == [layer.tar_size for layer in image.layers]


def test_a_folder_does_as_well(tmp_path: Path) -> None:
    assert one(write(tmp_path / "it.tar", legacy(OLD))) == one(spread(tmp_path / "it", legacy(OLD)))


def test_history_is_that_of_every_height(tmp_path: Path) -> None:
    image = one(write(tmp_path / "it.tar", legacy(OLD)))
    assert ["Imported from -", ""] == [step.comment for step in image.history]
    assert ["", "one word"] == [step.created_by for step in image.history]
    assert ["0001-01-01T00:00:00Z", "2013-06-13T14:03:50.82-07:00"] == [step.created for step in image.history]


@pytest.mark.parametrize(
    ("version", "kept"),
    [("1.8.3", True), ("1.10", True), (f"1.{'9' * 5_000}", True), ("1.8", False), ("0" * 5_000, False), ("x", False)],
)
def test_what_docker_wrote_from_1_8_3_on_is_kept_as_written(tmp_path: Path, version: str, kept: bool) -> None:
    image = one(write(tmp_path / "it.tar", legacy({**OLD, "docker_version": version})))
    assert kept == (b'"unknown":[1.5]' in image.config_json)


def test_every_name_leads_to_its_image_and_what_has_none_comes_last(tmp_path: Path) -> None:
    lower = legacy(OLD, tags={"base": {"1": BOTTOM, "latest": BOTTOM}})
    assert [("base:1", "base:latest"), ()] == [image.names for image in load(write(tmp_path / "it.tar", lower))]
    unnamed = legacy(OLD)
    del unnamed["repositories"]
    assert () == one(write(tmp_path / "other.tar", unnamed)).names


def test_names_may_be_null_as_docker_takes_them(tmp_path: Path) -> None:
    assert () == one(write(tmp_path / "it.tar", legacy(OLD, tags={"shop": None}))).names
    assert () == one(write(tmp_path / "it.tar", legacy(OLD) | {"repositories": b"null"})).names


def test_of_a_name_that_stands_twice_the_last_counts(tmp_path: Path) -> None:
    # Docker 20.10 then has shop:2 alone.
    twice = b'{"shop": {"1": "%s"}, "shop": {"2": "%s"}}' % (BOTTOM.encode(), TOP.encode())
    assert ("shop:2",) == one(write(tmp_path / "it.tar", legacy(OLD) | {"repositories": twice})).names


def test_two_old_ids_of_one_image_are_one_image_with_both_names(tmp_path: Path) -> None:
    # Ids are dropped from a configuration, so that nothing else tells these two apart.
    other = "c" * 64
    documents = legacy(OLD, tags={"shop": {"1": TOP}, "blog": {"1": other}})
    again = {f"{other}/json": json.dumps({**OLD, "id": other}).encode(), f"{other}/layer.tar": CHANGE}
    assert ("shop:1", "blog:1") == one(write(tmp_path / "it.tar", documents | again)).names
    del documents["repositories"]
    assert () == one(write(tmp_path / "it.tar", documents | again)).names


BAD: dict[str, tuple[dict[str, bytes], str]] = {
    "repositories is a list": (legacy(OLD, tags=[]), "repositories: it is not an object"),
    "tags are text": (legacy(OLD, tags={"shop": "x"}), "'shop' is not an object"),
    "a tag is a number": (legacy(OLD, tags={"shop": {"1": 1}}), "'shop:1' is not text"),
    "a tag leads nowhere": (legacy(OLD, tags={"shop": {"1": "x"}}), "'shop:1' names 'x', which is not in the archive"),
    "a name in capitals": (legacy(OLD, tags={"Shop": {"1": TOP}}), "no image can be called 'Shop:1'"),
    "a tag with a slash": (legacy(OLD, tags={"shop": {"a/b": TOP}}), "no image can be called 'shop:a/b'"),
    "a parent is absent": (legacy({"parent": "c" * 64}), "has the parent 'cccccc"),
    "its own parent": (legacy({"parent": TOP}), "parents lead in a circle"),
    "json is a list": (legacy([]), f"{TOP}/json: it is not an object"),
    "json is none": ({**legacy(OLD), f"{TOP}/json": b"{"}, f"{TOP}/json: no JSON"),
    "created is no time": (legacy({**OLD, "created": "yesterday"}), "no time: 'yesterday'"),
    "created is no day": (legacy({**OLD, "created": "2013-02-30T00:00:00Z"}), "no time: '2013-02-30"),
    "author is a number": (legacy({**OLD, "author": 1}), "author is not text"),
    "Cmd is a number": (legacy({**OLD, "config": {"Cmd": 1}}), "Cmd is not a list"),
    "Labels hold a number": (legacy({**OLD, "config": {"Labels": {"a": 1}}}), "Labels, 'a' is not text"),
    "nothing but names": ({"repositories": b"{}"}, "the archive holds no image"),
}


@pytest.mark.parametrize(("documents", "said"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("put", [write, spread])
def test_what_is_not_right_is_refused(tmp_path: Path, put: Any, documents: dict[str, bytes], said: str) -> None:
    path = put(tmp_path / "it", documents)
    with pytest.raises(ArchiveError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert said in str(caught.value)


def test_parents_beyond_the_limit_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="more than 1 layers"):
        load(write(tmp_path / "it.tar", legacy(OLD)), limits=Limits(layers=1))


def test_go_writes_what_a_browser_could_take_for_markup_as_escapes() -> None:
    assert r'["\u003cb\u003e","\u0026","\u2028","\u0008\n","\"\\",true,1]' == gojson.encode(
        ["<b>", "&", "\u2028", "\b\n", '"\\', True, 1]
    )


def test_members_keep_their_numbers_and_lose_their_spaces() -> None:
    text = ' { "a" : [ 1.50 , 1e3 ] , "b\\u0041" : " x  \\" < " , "c":{} } '
    assert {"a": "[1.50,1e3]", "bA": '" x  \\" \\u003c "', "c": "{}"} == gojson.members(text)
