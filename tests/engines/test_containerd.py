"""What containerd's own store keeps of images: their layers packed, as they came, and unpacked, one folder a ChainID.

Docker uses this store by default since version 29. No such Docker runs here, so the store itself is asked, with `ctr`.
"""

from pathlib import Path

import layerlab as ll
from layerlab import Layer, filler, scratch
from tests.engines.machine import Machine

NAMES = ("docker.io/library/shop:1", "docker.io/library/blog:1")


def test_containerd_keeps_layers_packed_and_unpacked_and_a_shared_one_once(machine: Machine, tmp_path: Path) -> None:
    base = scratch.with_layer(Layer.of({"base": filler(3_000_000)}))
    images = [base.with_layer(Layer.of({name: filler(1_000_000, seed=place)})) for place, name in enumerate(NAMES)]
    ll.save(dict(zip(NAMES, images, strict=True)), tmp_path / "both.tar", format="oci")
    ctr = ("ctr", "--address", machine.folder / "containerd.sock", "--namespace", "layerlab")
    machine.run(*ctr, "images", "import", "--snapshotter", "native", tmp_path / "both.tar")
    try:
        # The content store: each blob once, by its digest.
        rows = [line.split() for line in machine.run(*ctr, "content", "ls").splitlines()[1:]]
        kept = {row[0] for row in rows}
        assert {image.id for image in images} <= kept
        assert {layer.diff_id for image in images for layer in image.layers} <= kept  # saved without compression
        # The snapshots: each layer once more, unpacked, under its ChainID.
        listed = machine.run(*ctr, "snapshots", "--snapshotter", "native", "ls").splitlines()[1:]
        parents = {row[0]: row[1] for row in (line.split() for line in listed)}
        assert {chain for image in images for chain in image.chain_ids} == parents.keys()
        assert all(image.chain_ids[0] == parents[image.chain_ids[1]] for image in images)
    finally:
        machine.run(*ctr, "images", "rm", "--sync", *NAMES)
