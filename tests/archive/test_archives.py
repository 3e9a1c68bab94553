"""Archives made by others hold what three engines found in them."""

from typing import Any

import pytest

from layerlab import ArchiveError, Image, load
from layerlab.model.entry import Entry
from tests.archive.corpus import archive, truth

TRUTH = truth()
CAUSES = {
    "ggcr-null-manifest": "manifest.json: the archive holds no image",
    "grootfs-corrupted": "wrong size: it is 502, stated is 501",
    "grootfs-opq-whiteouts-busybox": "wrong size: it is 502, stated is 501",
    "rulesdocker-test-index2-neg": "neither manifest.json nor index.json",
    "trivy-bad-index-json": "index.json: no JSON",
}
READ = [
    "busybox-musl", "cst-tarball", "dive-docker", "dive-oci-estargz", "dive-oci-zstd", "ggcr-hello-world-v25",
    "ggcr-test-link", "podman-docker-two-images", "scalibr-overwrite-file", "scalibr-symlink-attack",
    "stereoscope-multiplatform", "sylabs-hard-link-delete-2", "sylabs-hello-world-docker-v2-manifest",
    "sylabs-whiteout-opaque-end",
]  # fmt: skip

pytestmark = pytest.mark.archives


def shown_in_tree(images: tuple[Image, ...]) -> Image:
    """Return the image that the known tree is of: the amd64 one of several platforms, else the last."""
    platforms = {image.platform.get("architecture") for image in images}
    wanted = [image for image in images if len(platforms) == 1 or image.platform.get("architecture") == "amd64"]
    return wanted[-1]


def row(entry: Entry, digests: dict[int, str]) -> list[Any]:
    """Return an entry as the list of known facts states it. Hard links are hashed once."""
    if entry.kind == "symlink":
        return ["l", "-", entry.uid, entry.gid, entry.target]
    facts = [entry.kind[0], oct(entry.mode), entry.uid, entry.gid]
    if entry.kind == "file":
        if entry.inode not in digests:
            digests[entry.inode] = str(entry.digest).removeprefix("sha256:")[:16]
        facts += [entry.size, digests[entry.inode]]
    return facts


@pytest.mark.parametrize("name", READ)
def test_identities_sizes_and_layers_are_those_that_engines_found(name: str) -> None:
    images = load(archive(name))
    known = TRUTH[name]
    assert [item["config"].removeprefix("sha256:") for item in known["images"]] == [image.id[7:] for image in images]
    assert [item["diff_ids"] for item in known["images"]] == [list(image.diff_ids) for image in images]
    if "docker" not in known["refused_by"] and known["docker_size"]:
        assert known["docker_size"] == shown_in_tree(images).size
    for item, image in zip(known["images"], images, strict=True):
        assert [layer["tar"] for layer in item["layers"]] == [layer.tar_size for layer in image.layers]
        assert [layer["entries"] for layer in item["layers"]] == [len(layer.entries) for layer in image.layers]
        assert [layer["size"] for layer in item["layers"]] == [layer.blob_size for layer in image.layers]
        assert [f"sha256:{layer['sha256']}" for layer in item["layers"]] == [layer.digest for layer in image.layers]
        marks = [sorted([*layer["whiteouts"], *layer["opaques"]]) for layer in item["layers"]]
        assert marks == [
            sorted(path for path, entry in layer.entries.items() if entry.kind in ("whiteout", "opaque"))
            for layer in image.layers
        ]
        assert item["history"] == len(image.history)
        assert item["empty"] == sum(step.empty_layer for step in image.history)
        assert {key: item["platform"][key] for key in item["platform"] or ()}.items() <= image.platform.items()


@pytest.mark.parametrize("name", READ)
def test_merged_trees_are_those_that_engines_made(name: str) -> None:
    view = shown_in_tree(load(archive(name))).view()
    digests: dict[int, str] = {}
    assert TRUTH[name]["tree"] == {path: row(entry, digests) for path, entry in view.items() if path}


@pytest.mark.parametrize("name", CAUSES)
def test_what_cannot_be_read_says_so_in_one_line(name: str) -> None:
    path = archive(name)
    with pytest.raises(ArchiveError) as caught:
        load(path)
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert CAUSES[name] in text
    assert "\n" not in text


def test_every_archive_at_hand_is_tested() -> None:
    archive("busybox-musl")
    # That one is read in the tests of legacy archives: of all engines Docker alone loads it.
    assert {*TRUTH} - {"moby-emptyLayer"} == {*READ, *CAUSES}


@pytest.mark.parametrize(
    "name",
    [
        "busybox-musl", "sylabs-hard-link-delete-2", "sylabs-hello-world-docker-v2-manifest",
        "sylabs-whiteout-opaque-end",
    ],
)  # fmt: skip
def test_podman_counts_the_bytes_of_tars_two_manifests_and_a_configuration(name: str) -> None:
    path = archive(name)
    (image,) = load(path)
    assert image.digest is not None
    manifest = path / "blobs" / image.digest.replace(":", "/")
    tars = sum(layer.tar_size for layer in image.layers)
    assert TRUTH[name]["podman_size"] == tars + 2 * manifest.stat().st_size + len(image.config_json)
