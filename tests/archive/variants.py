"""Archives as builders really write them, and what engines make of each.

Measured with Docker 20.10 and Podman 4.3, layouts with skopeo 1.9 and umoci 0.4.7, and asked again in
`tests/engines/test_variants.py`. `refused` is what is said here, "" where it is taken. Every archive that is taken
holds the same image.
"""

import json
import tarfile
from collections.abc import Iterable
from typing import Any, NamedTuple

from layerlab.archive.policy import AMBIGUOUS
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
    dumps,
    hard_link,
    index,
    manifest,
    member,
    packed,
    symlink,
    tar,
)
from tests.archive.layers import record

Member = tuple[tarfile.TarInfo, bytes]

ONE, TWO = tar(member("f", b"hi")), tar(member("g", b"two"))
SETTINGS = config(ONE, TWO)
LAYERS = ["1.tar", "2.tar"]


class Variant(NamedTuple):
    """A docker-archive; whether Docker and Podman take it, and why it is refused here."""

    members: list[Member]
    docker: bool = True
    podman: bool = True
    refused: str = ""
    settings: bytes = SETTINGS


def said(Config: str = "config.json", Layers: Iterable[str] = LAYERS, **more: Any) -> bytes:  # noqa: N803
    return dumps([{"Config": Config, "RepoTags": ["v:1"], "Layers": list(Layers), **more}])


def members(
    told: bytes = said(), settings: bytes = SETTINGS, one: str = "1.tar", name: str = "config.json"
) -> list[Member]:
    return [member(one, ONE), member("2.tar", TWO), member(name, settings), member("manifest.json", told)]


def changed(**fields: Any) -> bytes:
    return dumps({**json.loads(SETTINGS), **fields})


def beside(told: bytes) -> list[Member]:
    """Return the members of a layout with one manifest."""
    return [member("index.json", index(descriptor(told, MANIFEST_TYPE))), member(blob_name(told), told)]


def configured(settings: bytes, docker: bool = True, podman: bool = True, refused: str = "") -> Variant:
    return Variant(members(settings=settings), docker, podman, refused, settings)


def twice(key: str, first: Any, second: Any) -> bytes:
    """Return the configuration with a key that stands in it twice."""
    rest = {name: value for name, value in json.loads(SETTINGS).items() if name != key}
    return b'{"%s": %s, "%s": %s, ' % (key.encode(), dumps(first), key.encode(), dumps(second)) + dumps(rest)[1:]


HASH = "a" * 64
SHIFTED = SETTINGS.replace(b'"rootfs"', b'"RootFS"').replace(b'"diff_ids"', b'"DIFF_IDS"').replace(b'"os"', b'"Os"')
REST = [member("2.tar", TWO), member("config.json", SETTINGS), member("manifest.json", said())]

DOCKER_ARCHIVES = {
    # Keys, as Go's encoding/json matches them.
    "keys without capitals, as Jib before 2.3": Variant(
        members(dumps([{"config": "config.json", "repoTags": ["v:1"], "layers": LAYERS}]))
    ),
    "keys in capitals": Variant(members(dumps([{"CONFIG": "config.json", "REPOTAGS": ["v:1"], "LAYERS": LAYERS}]))),
    "a key with a letter that folds to s": Variant(
        members('[{"Config": "config.json", "RepoTag\u017f": ["v:1"], "Layer\u017f": ["1.tar", "2.tar"]}]'.encode())
    ),
    "a key in two spellings": Variant(members(said().replace(b'{"Config"', b'{"CONFIG": "none.json", "Config"'))),
    "a key once more, with null": Variant(members(said(config=None))),
    "a configuration's keys in any case": configured(SHIFTED),
    # Bytes that are no UTF-8.
    "a configuration in Latin-1": configured(SETTINGS.replace(b"step 0", b"caf\xe9 0")),
    "a configuration with half a letter": configured(SETTINGS.replace(b"step 0", b"x\xe2\x82 0")),
    "a field that nobody reads, in Latin-1": Variant(members(said().replace(b'{"Config"', b'{"\xe9": 1, "Config"'))),
    "a name in Latin-1": Variant(
        members(said(RepoTags=["v:x"]).replace(b"v:x", b"v:\xe9")), False, False, "no image can be called 'v:\ufffd'"
    ),
    # Names of members.
    "slashes in front, as pack": Variant(members(said(Layers=["/1.tar", "2.tar"]), one="/1.tar")),
    "a configuration with a slash in front": Variant(members(said("/config.json"), name="/config.json")),
    "a slash in front of the member alone": Variant(members(one="/1.tar"), podman=False),
    "a slash in front of the layer alone": Variant(members(said(Layers=["/1.tar", "2.tar"])), podman=False),
    "a slash in front of manifest.json": Variant([*members()[:3], member("/manifest.json", said())], podman=False),
    "dots in front": Variant(members(said("./config.json", ["./1.tar", "./2.tar"]), one="./1.tar")),
    "dots and slashes inside": Variant(members(said(Layers=["d//./1.tar", "2.tar"]), one="d/1.tar")),
    "two dots in a layer's name": Variant(
        members(said(Layers=["../1.tar", "2.tar"])), False, False, "is no name of a file in the archive"
    ),
    # Members that repeat.
    "a layer's member twice": Variant([member("1.tar", ONE), *members()]),
    "a configuration's member twice": Variant([member("config.json", SETTINGS), *members()]),
    "manifest.json three times": Variant([member("manifest.json", said())] * 2 + members()),
    "a link twice": Variant([member("x", ONE), symlink("1.tar", "x"), symlink("1.tar", "x"), *REST], podman=False),
    "another layer of the same name": Variant(
        [member("1.tar", TWO), *members()], podman=False, refused="the archive has two files of this name"
    ),
    "another layer of the same name and size": Variant(
        [member("1.tar", ONE.replace(b"hi", b"ho")), *members()], podman=False, refused="two files of this name"
    ),
    "another link of the same name": Variant(
        [member("x", ONE), symlink("1.tar", "y"), symlink("1.tar", "x"), *REST], podman=False,
        refused="two files of this name",
    ),
    # Configurations and layers under any name.
    "a configuration named by another hash": Variant(members(said(f"{HASH}.json"), name=f"{HASH}.json")),
    "a configuration named by a digest": Variant(members(said(f"sha256:{HASH}"), name=f"sha256:{HASH}")),
    "a layer named by another hash": Variant(members(said(Layers=[HASH, "2.tar"]), one=HASH)),
    "a layer named by another digest": Variant(members(said(Layers=[f"sha256:{HASH}", "2.tar"]), one=f"sha256:{HASH}")),
    "a configuration in the place of another blob": Variant(
        members(said(f"blobs/sha256/{HASH}"), name=f"blobs/sha256/{HASH}"), refused="wrong digest: it is"
    ),
    "a layer in the place of another blob": Variant(
        members(said(Layers=[f"./blobs/sha256/{HASH}", "2.tar"]), one=f"blobs/sha256/{HASH}"),
        refused="wrong digest: it is",
    ),
    # Links.
    "a layer that is a symlink": Variant([member("x", ONE), symlink("1.tar", "x"), *REST], podman=False),
    "a layer that is a hard link": Variant([member("/x", ONE), hard_link("1.tar", "/x"), *REST], podman=False),
    "a configuration that is a symlink": Variant([*members(said("c")), symlink("c", "config.json")]),
    "manifest.json that is a symlink": Variant(
        [*members()[:3], member("m", said()), symlink("manifest.json", "m")]
    ),
    "a hard link to a later member": Variant(
        [hard_link("1.tar", "x"), member("x", ONE), *REST], False, False, "comes before the file that it names"
    ),
    "a hard link to a symlink to a later member": Variant(
        [symlink("y", "x"), hard_link("1.tar", "y"), member("x", ONE), *REST], podman=False
    ),
    "a member of an unknown type": Variant([member("x", type=b"7"), *members()], docker=False, refused="unknown type"),
    "a symlink from the root": Variant(
        [member("x", ONE), symlink("1.tar", "/x"), *REST], podman=False, refused="a link leads out of the archive"
    ),
    "a name with .. in it": Variant(
        [member("../1.tar", ONE), *REST], podman=False, refused="a name with .. in it"
    ),
    # Names of images.
    "no names": Variant(members(said(RepoTags=None))),
    "a name without a tag": Variant(members(said(RepoTags=["v"])), False, False, "no image can be called 'v'"),
    "a name in capitals": Variant(members(said(RepoTags=["V:1"])), False, False, "no image can be called 'V:1'"),
    "a name that is empty": Variant(members(said(RepoTags=[""])), False, False, "no image can be called ''"),
    "a name with a digest": Variant(members(said(RepoTags=[f"v@{digest(b'')}"])), False, False, "no image can be"),
    # What a configuration says.
    "a time that is none": configured(changed(created="yesterday"), False, False, "no time: 'yesterday'"),
    "a time with a comma": configured(changed(created="2014-01-01T00:00:00,5Z")),
    "a label that is null": configured(changed(config={"Labels": {"a": None}})),
    "a time that is empty": configured(changed(created=""), False, False, "no time: ''"),
    "a time in the history that is none": configured(
        changed(history=[{"created": "x"}, {}]), False, False, "history, item 0: no time: 'x'"
    ),
    "a time in small letters": configured(
        changed(created="2014-01-01t00:00:00z"), False, False, "no time: '2014-01-01t00:00:00z'"
    ),
    "a time in the history in small letters": configured(
        changed(history=[{"created": "2014-01-01T00:00:00z"}, {}]), False, False, "history, item 0: no time"
    ),
    "a label that is a number": configured(
        changed(config={"Labels": {"a": 1}}), False, False, "Labels, 'a' is not text"
    ),
    "a port that is a number": configured(
        changed(config={"ExposedPorts": {"80/tcp": 1}}), False, False, "ExposedPorts, '80/tcp' is not an object"
    ),
    "null among the words": configured(changed(config={"Cmd": ["sh", None]})),
    "words in other letters": configured(changed(config={"env": ["A=1"], "CMD": ["sh"]})),
    "one word where a list is due": configured(changed(config={"Cmd": "sh"}), podman=False),
    "more lines of history than layers": configured(changed(history=[{}] * 5), docker=False),
    "fewer lines of history than layers": configured(changed(history=[{"created_by": "x"}])),
    "no configuration, no history": configured(changed(config=None, history=None)),
    "something after the list": Variant(members(said() + b"x"), podman=False, refused="no JSON"),
    "something after the configuration": configured(SETTINGS + b"x", False, False, "no JSON"),
    "a layer that is not there": Variant(members(said(Layers=["no", "2.tar"])), False, False, "'no' is not in the"),
    "a type that is a number": configured(
        changed(rootfs={**json.loads(SETTINGS)["rootfs"], "type": 1}), False, False, "type is not text"
    ),
    "labels twice": configured(twice("config", {"Labels": {"a": "1"}}, {"Labels": {"b": "2"}})),
    "labels twice, the first of another type": configured(
        twice("config", {"Labels": {"a": 1}}, {"Labels": {"a": "2"}}), False, False, "Labels, 'a' is not text"
    ),
    "a name twice, the first of another type": configured(twice("author", [], "x"), False, False, "author is not text"),
    "no diff_ids the second time": configured(twice("rootfs", json.loads(SETTINGS)["rootfs"], {})),
    "a time twice": configured(twice("created", "x", "2014-01-01T00:00:00Z"), False, False, "no time: 'x'"),
    "a size that is text": configured(changed(Size="5"), False, False, "Size is not a whole number"),
    "a size beyond 64 bits": configured(changed(Size=1 << 63), False, False, "Size is not a whole number"),
    "a version that is a number": configured(changed(**{"os.version": 1}), False, False, "os.version is not text"),
    "features that are text": configured(changed(**{"os.features": "x"}), False, False, "os.features is not a list"),
    "a number that no float can hold": Variant(members(said(more=5).replace(b'"more": 5', b'"more": 1e999'))),
    "a number of 5,000 digits": configured(changed(more=5).replace(b'"more": 5', b'"more": ' + b"9" * 5000)),
    # What manifest.json says besides.
    "layers twice, the first of another type": Variant(
        members(said().replace(b'{"Config"', b'{"Layers": [1], "Config"')), False, False, "Layers, item 0 is not text"
    ),
    "a parent": Variant(members(said(Parent="sha256:" + HASH))),
    "a parent that is a number": Variant(members(said(Parent=1)), False, False, "Parent is not text"),
    "sources that are a list": Variant(members(said(LayerSources=[])), False, False, "LayerSources is not an object"),
    "a source that is text": Variant(
        members(said(LayerSources={"x": "y"})), False, False, "LayerSources, 'x' is not an object"
    ),
    "a source whose size is text": Variant(members(said(LayerSources={"x": {"size": "1"}})), False, False, "size is"),
    "a source without a digest": Variant(members(said(LayerSources={digest(ONE): {"digest": "x"}}))),
    "a source of another size": Variant(
        members(said(LayerSources={digest(ONE): descriptor(ONE, LAYER_TYPE) | {"size": 7}})),
        refused="wrong size: it is 2048, stated is 7",
    ),
    "a name as long as one may be": Variant(members(said(RepoTags=["n" * 237 + ":1"]))),
    "a name that is too long": Variant(members(said(RepoTags=["n" * 238 + ":1"])), False, False, "no image can be"),
    "a name that looks like a digest": Variant(members(said(RepoTags=[f"sha256:{HASH}"]))),
    "two images, one without a configuration": Variant(
        members(dumps([*json.loads(said()), {"Config": "none.json", "RepoTags": None, "Layers": []}])), False, False,
        "'none.json' is not in the archive",
    ),
    "a name with a tag and a digest": Variant(
        members(said(RepoTags=[f"v:1@{digest(b'')}"])), podman=False, refused="no image can be called"
    ),
    "a hard link in the place of a layer's folder": Variant(
        [member("0/1.tar", ONE), *members(said(Layers=["0/1.tar", "2.tar"]), one="x"), hard_link("0", "/real")],
        docker=False, refused="is not in the archive",
    ),
    "a symlink in the place of a layer's folder": Variant(
        [member("0/1.tar", ONE), *members(said(Layers=["0/1.tar", "2.tar"]), one="x"), symlink("0", "y")],
        docker=False, refused="is not in the archive",
    ),
    "a file in the place of a layer's folder": Variant(
        [member("0/1.tar", ONE), *members(said(Layers=["0/1.tar", "2.tar"]), one="x"), member("0", b"1")],
        docker=False, refused="is not in the archive",
    ),
    "a hard link to nothing that no image needs": Variant([hard_link("x", "y"), *members()], docker=False),
    "a long name of a header for all members": Variant(
        [member("g", record(b"path", b"p" * 300), type=b"g"), *members()]
    ),
    "a hard link to the root that no image needs": Variant([hard_link("x", ""), *members()], docker=False),
    "a name under a file that no image needs": Variant([*members(), member("config.json/x")], docker=False),
    "Windows": configured(changed(os="windows"), docker=False),
    "a member with an attribute that no file can have": Variant(
        [member("x", record(b"SCHILY.xattr." + b"k" * 256, b"1"), type=b"x"), *members()], docker=False
    ),
    "a file and a directory of the same name": Variant(
        [*members(), member("config.json", type=b"5")], docker=False, refused="two files of this name"
    ),
    "a system that is not known": configured(changed(os="plan9"), docker=False),
    "a name with Docker's registry": Variant(members(said(RepoTags=["docker.io/library/v:1"]))),
    "an index that is no JSON": Variant([*members(), member("index.json", b"{")]),
    "an index that is text": Variant([*members(), member("index.json", b'"x"')]),
    # A layout beside manifest.json that cannot be read.
    "an index whose list is text": Variant([*members(), member("index.json", b'{"manifests": "x"}')]),
    "an index with an entry without a digest": Variant(
        [*members(), member("index.json", index({"mediaType": MANIFEST_TYPE, "size": 7}))]
    ),
    "a manifest of a layout that is no JSON": Variant([*members(), *beside(b"{x")]),
    "a manifest of a layout that is a list": Variant([*members(), *beside(b"[]")]),
    "a manifest of a layout without a configuration": Variant([*members(), *beside(b'{"schemaVersion": 2}')]),
}  # fmt: skip


class Layout(NamedTuple):
    """An OCI layout in which `app` is one of what the index lists; what is left out of it, or why it is refused."""

    documents: dict[str, bytes]
    skopeo: bool = True
    umoci: bool = True
    left_out: tuple[str, ...] = ()
    refused: str = ""


APP_SETTINGS = config(ONE)
APP = manifest(APP_SETTINGS, ONE)
APP_ENTRY = descriptor(APP, MANIFEST_TYPE, annotations={"org.opencontainers.image.ref.name": "app"})
OTHER = manifest(config(TWO), TWO)


def listing(*entries: Any, kept: Iterable[bytes] = (), **more: Any) -> Layout:
    """Return a layout of `app` and other entries, with further blobs."""
    documents = {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": index(APP_ENTRY, *entries),
        **blobs(ONE, APP_SETTINGS, APP, *kept),
    }
    return Layout(documents, **more)


def with_other(other: bytes = OTHER, kept: Iterable[bytes] = (config(TWO), TWO), **more: Any) -> Layout:
    """Return a layout of `app` and another image, which is called win."""
    entry = descriptor(other, MANIFEST_TYPE, annotations={"org.opencontainers.image.ref.name": "win"})
    return listing(entry, kept=[other, *kept], **more)


def lone(told: bytes, kind: str = MANIFEST_TYPE, kept: Iterable[bytes] = (), **more: Any) -> Layout:
    """Return a layout in which `told` is what is called app."""
    entry = descriptor(told, kind, annotations={"org.opencontainers.image.ref.name": "app"})
    documents = {
        "oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
        "index.json": index(entry),
        **blobs(ONE, APP_SETTINGS, told, *kept),
    }
    return Layout(documents, **more)


def app(**fields: Any) -> bytes:
    """Return the manifest of `app` with some fields changed."""
    return dumps({**json.loads(APP), **fields})


def one_layer(**fields: Any) -> bytes:
    """Return the manifest of `app` with fields of its layer's descriptor changed."""
    return app(layers=[{**descriptor(ONE, LAYER_TYPE), **fields}])


WITHOUT_ROOTFS = dumps({"architecture": "amd64", "os": "linux", "config": {}})
FOREIGN = {
    **descriptor(TWO, "application/vnd.oci.image.layer.nondistributable.v1.tar"), "urls": ["https://example.com/layer"],
}  # fmt: skip
CACHE = index(
    descriptor(packed(TWO), f"{LAYER_TYPE}+gzip"), descriptor(b"{}", "application/vnd.buildkit.cacheconfig.v0")
)
ARTIFACT = dumps({"mediaType": "application/vnd.oci.artifact.manifest.v1+json", "blobs": []})
CHART = OTHER.replace(CONFIG_TYPE.encode(), b"application/vnd.cncf.helm.config.v1+json")

LAYOUTS = {
    "text": listing(descriptor(b"<x/>", "text/xml"), kept=[b"<x/>"], left_out=("no image but 'text/xml'",)),
    "text that is not there": listing(
        descriptor(b"<x/>", "application/xml"), left_out=("no image but 'application/xml'",)
    ),
    "a type that is not known, without a size": listing(
        {"mediaType": "application/x", "digest": digest(b"")}, left_out=("no image but 'application/x'",)
    ),
    "a type that is not known, without a digest": listing(
        {"mediaType": "application/x"}, left_out=("manifests, item 1: no image but 'application/x'",)
    ),
    "an artifact manifest": listing(
        descriptor(ARTIFACT, "application/vnd.oci.artifact.manifest.v1+json"), kept=[ARTIFACT],
        left_out=("no image but 'application/vnd.oci.artifact.manifest.v1+json'",),
    ),
    "a cache of BuildKit": listing(
        descriptor(CACHE, INDEX_TYPE), kept=[CACHE, packed(TWO), b"{}"],
        left_out=(f"no image but '{LAYER_TYPE}+gzip'", "no image but 'application/vnd.buildkit.cacheconfig.v0'"),
    ),
    "a chart": with_other(CHART, left_out=("'win': no image but 'application/vnd.cncf.helm.config.v1+json'",)),
    "a manifest of schema 1": listing(
        descriptor(b"{}", "application/vnd.docker.distribution.manifest.v1+prettyjws"), kept=[b"{}"],
        left_out=("a manifest of schema 1, from before 2016, which is not supported",),
    ),
    "a digest of a kind that is not known": listing(
        {**descriptor(OTHER, MANIFEST_TYPE), "digest": f"blake3:{HASH}"},
        left_out=("blake3:aaaaaaaaaaaa: a digest of a kind that is not known",),
    ),
    "an encrypted layer": with_other(
        manifest(config(TWO), TWO, layer_type=f"{LAYER_TYPE}+gzip+encrypted"), left_out=("its layers are encrypted",)
    ),
    "an encrypted layer, not compressed": with_other(
        manifest(config(TWO), TWO, layer_type=f"{LAYER_TYPE}+encrypted"), left_out=("its layers are encrypted",)
    ),
    "an encrypted layer of Docker": with_other(
        manifest(config(TWO), TWO, layer_type="application/vnd.docker.image.rootfs.diff.tar.gzip+encrypted"),
        left_out=("its layers are encrypted",),
    ),
    "a compression that is not known": with_other(
        manifest(config(TWO), TWO, layer_type=f"{LAYER_TYPE}+lz4"), left_out=(f"no image but '{LAYER_TYPE}+lz4'",)
    ),
    "a layer that is no tar": with_other(
        manifest(config(TWO), TWO, layer_type="application/vnd.erofs.layer.v1"),
        left_out=("no image but 'application/vnd.erofs.layer.v1'",),
    ),
    "a manifest that is not there": listing(descriptor(OTHER, MANIFEST_TYPE), left_out=("is not in the archive",)),
    "a configuration that is not there": with_other(kept=[TWO], left_out=("'win': 'blobs/sha256/",)),
    "a layer that is not there": with_other(kept=[config(TWO)], left_out=("'win': 'blobs/sha256/",)),
    "a foreign layer that is not there": with_other(
        dumps({**json.loads(OTHER), "layers": [FOREIGN]}), kept=[config(TWO)],
        left_out=("is not in the archive, but it can be fetched from 'https://example.com/layer'",),
    ),
    "a foreign layer that is there": with_other(dumps({**json.loads(OTHER), "layers": [FOREIGN]})),
    "a manifest that is damaged": Layout(
        with_other().documents | {blob_name(OTHER): bytes(len(OTHER))}, refused="wrong digest: it is"
    ),
    "a number among annotations": listing(
        {**descriptor(OTHER, MANIFEST_TYPE), "annotations": {"a": 1}}, skopeo=False, umoci=False,
        refused="a is not text",
    ),
    # What Go reads into fields of another kind.
    "a schema version that is text": lone(
        app(schemaVersion="2"), skopeo=False, umoci=False, refused="schemaVersion is not a whole number"
    ),
    "a media type that is a number": lone(app(mediaType=5), skopeo=False, umoci=False, refused="mediaType is not text"),
    "a number among a manifest's annotations": lone(
        app(annotations={"a": 1}), skopeo=False, umoci=False, refused="a is not text"
    ),
    "a subject that is text": lone(app(subject="x"), skopeo=False, umoci=False, refused="subject is not an object"),
    "features of a platform that are text": lone(
        one_layer(platform={"os.features": "x"}), skopeo=False, umoci=False, refused="os.features is not a list"
    ),
    "content in a descriptor that is a number": lone(
        one_layer(data=5), skopeo=False, umoci=False, refused="data is not text"
    ),
    "content in a descriptor that is no base64": lone(
        one_layer(data="!"), skopeo=False, umoci=False, refused="data is no base64: '!'"
    ),
    "content in a descriptor of other bytes": lone(one_layer(data="e30=")),
    # Two forms of a manifest in one.
    "a manifest with fields of an index": lone(app(manifests=[]), skopeo=False, refused=AMBIGUOUS.case),
    "a manifest with fields of schema 1": lone(app(history=[]), skopeo=False, refused=AMBIGUOUS.case),
    "an index with fields of a manifest": lone(
        dumps({**json.loads(index(APP_ENTRY)), "layers": []}), INDEX_TYPE, [APP], skopeo=False, refused=AMBIGUOUS.case
    ),
    "a manifest that is called an index": lone(
        APP, INDEX_TYPE, skopeo=False, umoci=False, refused=AMBIGUOUS.case
    ),
    "a manifest of schema 1 with layers": lone(app(schemaVersion=1)),
    # What a layout may lack.
    "a configuration without rootfs": lone(
        manifest(WITHOUT_ROOTFS), kept=[WITHOUT_ROOTFS], umoci=False, refused="rootfs is missing"
    ),
    "no file oci-layout": Layout(
        {name: data for name, data in lone(APP).documents.items() if name != "oci-layout"}, umoci=False
    ),
    "a layout of another version": Layout(
        {**lone(APP).documents, "oci-layout": b'{"imageLayoutVersion":"2.0.0"}'}, umoci=False
    ),
    "a number as a platform": listing(
        {**descriptor(OTHER, MANIFEST_TYPE), "platform": {"os": 1}}, skopeo=False, umoci=False, refused="os is not text"
    ),
}  # fmt: skip


def items(*names: list[str]) -> dict[str, bytes]:
    """Return a docker-archive of two images, with an item for each list of names in turn."""
    images = ({"Config": "1.json", "Layers": ["1.tar"]}, {"Config": "2.json", "Layers": ["2.tar"]})
    told = [{**images[number % 2], "RepoTags": each} for number, each in enumerate(names)]
    return {
        "1.json": config(ONE), "2.json": config(TWO), "1.tar": ONE, "2.tar": TWO, "manifest.json": dumps(told)
    }  # fmt: skip


ONE_NAME = [
    ([["v:1"], ["v:1"]], [(), ("v:1",)]),
    ([["docker.io/library/v:1", "a:1"], ["v:1"]], [("a:1",), ("v:1",)]),
    ([["v:1"], ["index.docker.io/v:1"]], [(), ("index.docker.io/v:1",)]),
    ([["v:1", "a:1"], ["v:1", "b:1"], ["v:1"]], [("v:1", "a:1"), ("b:1",)]),
    ([["v:1"], ["ex.com/v:1"]], [("v:1",), ("ex.com/v:1",)]),
]
"""The names of each item of a docker-archive of two images, and the names that the images then have."""
