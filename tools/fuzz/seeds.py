"""Seeds: small archives, layers and documents of every kind, from which a fuzzer starts; and real ones at hand."""

import bz2
import json
import lzma
import tarfile
from collections.abc import Iterator
from pathlib import Path

from tests.archive.build import (
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
    squeezed,
    symlink,
    tar,
)
from tests.archive.corpus import ARCHIVES

LARGEST = 64 << 10

BASE = tar(
    folder("etc"),
    member("etc/motd", b"hello"),
    member("etc/shadow", b"secret", mode=0o4600, uid=1000, gid=65534, mtime=1_700_000_000),
    symlink("lib", "usr/lib"),
    hard_link("etc/issue", "etc/motd"),
    member("dev/null", type=tarfile.CHRTYPE, devmajor=1, devminor=3),
    member("run/pipe", type=tarfile.FIFOTYPE),
)
UPPER = tar(
    member("etc/.wh.motd"), member("srv/.wh..wh..opq"), member("etc/shadow", b"secret", mode=0o600), member("lib", b"x")
)
PAX = tar(
    member("naïve/" + "d" * 120, b"x", mtime=1.5, pax_headers={"SCHILY.xattr.user.k": "v", "uid": "7"}),
    member("big", uid=3_000_000_000),
    style=tarfile.PAX_FORMAT,
)
GNU = tar(member("d" * 90 + "/" + "e" * 90, b"x"), symlink("s", "t" * 150), member("a", gid=1 << 31), member("./b/"))
LAYERS = (BASE, UPPER, PAX, GNU, tar())
SETTINGS = config(BASE)
TOP = manifest(SETTINGS, BASE)

LEGACY = {"id": "b" * 64, "parent": "a" * 64, "created": "2014-01-01T00:00:00.5Z", "container_config": {"Cmd": ["x"]}}
OLDEST = {"id": "a" * 64, "created": "2013-06-13T14:03:50-07:00", "docker_version": "1.8.3", "config": {"Env": ["A=1"]}}


def legacy(top: bytes = dumps(LEGACY), names: bytes = dumps({"shop": {"latest": "b" * 64}})) -> dict[str, bytes]:
    """Return the files of an archive from before Docker 1.10."""
    known = {f"{'a' * 64}/json": dumps(OLDEST), f"{'a' * 64}/layer.tar": BASE}
    return {**known, f"{'b' * 64}/json": top, f"{'b' * 64}/layer.tar": UPPER, "repositories": names}


def platforms() -> dict[str, bytes]:
    """Return a layout with one image for two platforms, one of which is absent."""
    here = descriptor(TOP, MANIFEST_TYPE, platform={"os": "linux", "architecture": "amd64", "variant": "v3"})
    gone = descriptor(b"{}", MANIFEST_TYPE, platform={"os": "linux", "architecture": "arm64"})
    inner = index(here, gone)
    named = descriptor(inner, INDEX_TYPE, annotations={"org.opencontainers.image.ref.name": "shop:1"})
    return {"index.json": index(named), **blobs(inner, TOP, SETTINGS, BASE)}


def hybrid() -> dict[str, bytes]:
    """Return what Docker writes since version 25: a layout with a manifest.json."""
    settings = config(BASE, UPPER)
    sources = {digest(layer): descriptor(layer, LAYER_TYPE) for layer in (BASE, UPPER)}
    item = {
        "Config": blob_name(settings), "RepoTags": ["shop:1"], "Layers": [blob_name(BASE), blob_name(UPPER)],
        "LayerSources": sources,
    }  # fmt: skip
    return {**oci(BASE, UPPER), "manifest.json": dumps([item])}


def directory() -> dict[str, bytes]:
    """Return what skopeo writes with the transport `dir:`."""
    return {"manifest.json": TOP, digest(SETTINGS)[7:]: SETTINGS, digest(BASE)[7:]: BASE}


def archives() -> Iterator[bytes]:
    """Yield whole archives: every wrapping, every compression, and the real ones that are small."""
    for documents in (
        docker(*LAYERS),
        docker(BASE, UPPER, stored=(packed(BASE), squeezed(UPPER, 700))),
        docker(PAX, GNU, stored=(lzma.compress(PAX), bz2.compress(GNU))),
        oci(BASE, UPPER, annotations={"org.opencontainers.image.ref.name": "shop:1"}),
        oci(PAX, stored=(packed(PAX[:600]) + packed(PAX[600:]),)),
        oci(BASE, stored=(skippable() + squeezed(BASE),)),
        platforms(),
        hybrid(),
        directory(),
        legacy(),
    ):
        yield files(documents)
    links = docker(BASE)
    del links["0/layer.tar"]
    named = [member(name, data) for name, data in links.items()]
    yield tar(symlink("0/layer.tar", "../1"), hard_link("1", "2"), member("2", BASE), *named)
    yield BASE
    yield packed(BASE)
    yield packed(files(docker(BASE)))
    yield squeezed(files(oci(BASE)))
    yield lzma.compress(files(docker(UPPER)))
    yield bz2.compress(files(docker(UPPER)))
    for path in sorted(ARCHIVES.glob("*/*")):
        if path.is_file() and path.stat().st_size <= LARGEST:
            yield path.read_bytes()


def layers() -> Iterator[bytes]:
    """Yield tars of layers."""
    yield from LAYERS
    yield tarfile.TarInfo.create_pax_global_header({"comment": "0" * 40}) + BASE
    for name in ("./etc/../x", "/abs", ".wh.", "etc/.wh..wh.aufs", "a/.wh.b/c", "\udcff", "a\nb"):
        yield tar(member(name, b"x"), folder("z"), hard_link("y/b", name))


KINDS = (
    "manifest.json", "config", "index.json", "manifest", "inner index", "image config", "legacy", "repositories",
    "directory", "hybrid manifest",
)  # fmt: skip


def wrapped(kind: str, document: bytes) -> dict[str, bytes]:
    """Return the files of an archive in which a document has that place, digests and sizes being right."""
    item = {"Config": "config.json", "RepoTags": ["shop:1"], "Layers": ["layer.tar"]}
    known = {**blobs(SETTINGS, TOP, BASE), "layer.tar": BASE, "config.json": SETTINGS}
    match kind:
        case "manifest.json" | "directory":
            return {**directory(), **known, "manifest.json": document}
        case "config":
            return {**known, "manifest.json": dumps([item]), "config.json": document}
        case "index.json":
            return {**known, "index.json": document}
        case "manifest":
            return {**known, **blobs(document), "index.json": index(descriptor(document, MANIFEST_TYPE))}
        case "inner index":
            return {**known, **blobs(document), "index.json": index(descriptor(document, INDEX_TYPE))}
        case "image config":
            outer = manifest(document, BASE)
            return {**known, **blobs(document, outer), "index.json": index(descriptor(outer, MANIFEST_TYPE))}
        case "legacy":
            return legacy(top=document)
        case "repositories":
            return legacy(names=document)
        case _:
            top = index(descriptor(document, MANIFEST_TYPE))
            return {**known, **blobs(document), "manifest.json": dumps([item]), "index.json": top}


def documents() -> Iterator[bytes]:
    """Yield documents, before each the number of its kind."""
    whole = config(
        BASE,
        config={
            "Env": ["A=1"], "Cmd": ["sh"], "Entrypoint": None, "Labels": {"a": "b"}, "User": "1", "WorkingDir": "/",
            "ExposedPorts": {"80/tcp": {}}, "Volumes": None,
        },
        history=[{"created_by": "x", "empty_layer": True, "created": "2014-01-01T00:00:00Z", "author": "a"}, {}],
        variant="v8",
    )  # fmt: skip
    named = {"io.containerd.image.name": "shop:1", "vnd.docker.reference.type": "x"}
    platform = {"os": "linux", "architecture": "amd64"}
    listed = index(descriptor(TOP, MANIFEST_TYPE, annotations=named, platform=platform))
    item = {
        "Config": blob_name(SETTINGS), "RepoTags": ["shop:1"], "Layers": [blob_name(BASE)],
        "LayerSources": {digest(BASE): descriptor(BASE, LAYER_TYPE)},
    }  # fmt: skip
    chart = json.loads(TOP) | {"artifactType": "x", "config": descriptor(SETTINGS, "chart")}
    run = {"Env": ["A=1"], "Cmd": "sh", "ExposedPorts": {"80": {}}, "Labels": {"a": "<"}, "StopTimeout": 1}
    aged = LEGACY | {"docker_version": "1.9.0", "config": run | {"Healthcheck": {"Test": ["x"]}}, "Size": 1}
    for kind, document in (
        ("manifest.json", dumps([item, item])), ("config", whole), ("index.json", listed), ("manifest", TOP),
        ("manifest", dumps(chart)), ("inner index", listed), ("image config", whole), ("legacy", dumps(LEGACY)),
        ("legacy", dumps(aged)), ("repositories", dumps({"shop": {"latest": "b" * 64, "1": "a" * 64}})),
        ("directory", TOP), ("directory", listed), ("hybrid manifest", TOP),
    ):  # fmt: skip
        yield bytes([KINDS.index(kind)]) + document


def write(corpus: Iterator[bytes], folder: Path) -> None:
    """Write seeds into a folder."""
    for number, data in enumerate(corpus):
        (folder / f"{number:03}").write_bytes(data)
