# ruff: noqa: E501 - a table of source text
"""What containers take on a disk, as real mounts and engines measured it: tests/data/drivers.json.

A row is within max(16 KiB for each node touched, 2 %) of what the model says, as bytes of metadata are estimated.
"""

import errno
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import layerlab as ll
from layerlab.drivers.driver import DiskBytes, _tree_of, total
from layerlab.model.entry import Spec
from layerlab.proof.faults import Fault, planted
from layerlab.words.sizes import size

MEASURED: dict[str, Any] = json.loads((Path(__file__).parent.parent / "data/drivers.json").read_text())
BIG, FILES, EACH = 20_000_000, 1_000, 5_000
NAMES = [f"tree/f{number:04}" for number in range(FILES)]

Act = Callable[[ll.Container], object]

# A mistake in each rule of the drivers and of the page cache, which the measured rows must show.
MISTAKES = (
    Fault("blocks-down", "whole blocks", "drivers.driver", "return -(-size // self.block) * self.block", "return size // self.block * self.block // 2"),
    Fault("metacopy-copies", "metacopy", "drivers.driver", "data -= sum(map(self._filled, bare))", "data -= 0 * len(bare)"),
    Fault("no-groups", "groups of blocks", "drivers.driver", "copied = sum(map(len, self._own_blocks(inode)))", "copied = len(self._own_blocks(inode))"),
    Fault("groups-beyond-the-end", "groups of blocks", "drivers.driver", "min((number + 1) * self.group, ends)", "(number + 1) * self.group"),
    Fault("snapshot-copies", "snapshots", "drivers.driver", "return DiskBytes(0, NODE, 1)", "return _tree_of(self, image.index)"),
    Fault("copies-shared", "whole copies", "drivers.driver", "return tree._replace(data=0) if self.shares else tree", "return tree._replace(data=0)"),
    Fault("one-tree", "Docker's -init layer", "drivers.driver", 'times = policy.trees if engine == "docker" else 1', "times = 1"),
    Fault("nothing-freed", "whole copies", "drivers.driver", "return change._replace(data=data) if self.shares else change", "return change._replace(data=max(data, 0))"),
    Fault("opening-is-metadata", "opening to write", "vfs", "        # fs/overlayfs/copy_up.c, ovl_need_meta_copy_up: to open for writing needs the bytes, even if none is written.\n        inode.metadata_only = False\n", ""),
    Fault("trees-share-pages", "inodes of a tree", "drivers.driver", "return CachedFile(container, in_layer(container.image, entry).file)", "return in_layer(container.image, entry)"),
    Fault("copies-share-pages", "copy-up ends sharing", "drivers.driver", "        return CachedFile(container, inode)\n", "        return in_layer(container.image, inode.origin)\n"),
    Fault("metacopy-un-shares-pages", "metacopy", "drivers.driver", "if self.metacopy and inode.metadata_only and inode.origin is not None:", "if False:"),
    Fault("copy-up-leaves-no-pages", "copy-up", "drivers.page_cache", "if inode.origin is not None and self.driver.copies_up:", "if False:"),
)  # fmt: skip


def workload() -> ll.Image:
    files: dict[str, Spec] = {name: ll.filler(EACH, seed) for seed, name in enumerate(NAMES)}
    return ll.scratch.with_layer(ll.Layer.of({"big": ll.filler(BIG), **files}))


IMAGE = workload()
"""The files that were measured; one image for all tests, because it never changes."""

# As each measured set-up is asked for: the driver, and options of `disk`. Plain copies and snapshots are those of one
# tree, as Podman makes them.
ONE: dict[str, Any] = {"engine": "podman"}
SET_UPS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "run1": {
        "overlay_default": ("overlay2", ONE),
        "overlay_metacopy": ("metacopy", ONE),
        "overlay_metacopy_redirect": ("metacopy", ONE),
        "vfs_copy_ext4": ("vfs", ONE),
        "xfs_reflink": ("xfs", ONE),
        "btrfs_snapshot": ("btrfs", ONE),
        "btrfs_snapshot_compress_zstd": ("btrfs", ONE),
    },
    "run2": {
        "xfs_block_64k": ("xfs", {"block": 65_536}),
        "xfs_cowextsize_64k": ("xfs", {"group": 65_536}),
        "xfs_cowextsize_4k": ("xfs", {"group": 4_096}),
        "overlay_default": ("overlay2", ONE),
        "overlay_metacopy": ("metacopy", ONE),
        "btrfs_snapshot": ("btrfs", ONE),
    },
}


def rename(container: ll.Container) -> None:
    """Rename a folder of the image, which the model's containers refuse as overlay2 does."""
    with pytest.raises(OSError, match="Invalid cross-device link") as refused:
        container.rename("tree", "tree2")
    assert errno.EXDEV == refused.value.errno


def each_of_the_tree(act: Callable[[ll.Container, str], object]) -> Act:
    return lambda container: [act(container, name) for name in NAMES]


def open_to_write(container: ll.Container) -> None:
    container.open("big", 2).close()


ACTS: dict[str, Act] = {
    "nothing": lambda container: None,
    "read": lambda container: container.stat("big"),
    "append_1": lambda container: container.append("big", b"x"),
    "chmod": lambda container: container.chmod("big", 0o600),
    "utime": lambda container: container.utime("big", 1),
    "rewrite_4k_aligned": lambda container: container.write_at("big", 4096 * 2400, b"y" * 4096),
    "rewrite_4k_unaligned": lambda container: container.write_at("big", 10_000_384, b"y" * 4096),
    "open_rw_write_nothing": open_to_write,
    "open_trunc": lambda container: container.write("big", b""),
    "delete_big": lambda container: container.unlink("big"),
    "delete_tree": lambda container: container.rmtree("tree"),
    "chmod_tree_1000": each_of_the_tree(lambda container, name: container.chmod(name, 0o600)),
    "append_tree_1000": each_of_the_tree(lambda container, name: container.append(name, b"z")),
    "rename_tree": rename,
}


def on(driver: str, **options: Any) -> tuple[ll.Host, Callable[[], ll.DriverDisk]]:
    host = ll.Host()
    host.add(IMAGE, "w")
    return host, lambda: ll.disk(host, driver, **options)


def assert_near(measured: int, said: DiskBytes, what: str) -> None:
    allowed = max(said.tolerance, abs(measured) // 50)
    assert abs(measured - said.bytes) <= allowed, f"{what}: measured {measured:,}, said {said}"


# Blocks of 4 KiB that one act took on XFS, whose copies are made of reflinks; measured on Linux 6.18.
ON_XFS: dict[int, tuple[Act, ...]] = {
    19: (
        lambda each: each.append("big", b"x" * 100),
        lambda each: each.truncate("big", BIG - 1),
        lambda each: each.write_at("big", 19_990_000, b"y"),
    ),
    21: (lambda each: each.append("big", b"x" * 5_000),),
    24: (lambda each: each.append("big", b"x" * 20_000),),
    22: (lambda each: each.write_at("big", 19_990_000, b"y" * 20_000),),
    32: (
        lambda each: each.truncate("big", BIG + 10_000),
        lambda each: each.truncate("tree/f0000", 15_000),
        lambda each: each.truncate("tree/f0000", 6_000),
        lambda each: each.write_at("big", 1_000, b"y"),
    ),
    64: (lambda each: each.write_at("big", 130_000, b"y" * 10_000),),
    1: (lambda each: each.truncate("tree/f0000", 2_500),),
    2: (lambda each: each.append("tree/f0000", b"x" * 100), lambda each: each.write_at("tree/f0000", 0, b"y")),
    3: (lambda each: each.append("tree/f0000", b"x" * 5_000), lambda each: each.write_at("tree/f0000", 4_000, b"y" * 5_000)),
    7: (lambda each: each.append("tree/f0000", b"x" * 20_000),),
}  # fmt: skip


@pytest.mark.parametrize(("blocks", "act"), [(blocks, act) for blocks, acts in ON_XFS.items() for act in acts])
def test_a_write_to_shared_blocks_takes_exactly_the_blocks_that_xfs_took(blocks: int, act: Act) -> None:
    host, count = on("xfs")
    container = host.run("w", name="one")
    act(container)
    assert blocks * 4096 == count().containers["one"].written.data


SHORT = ("append_1", "chmod", "rewrite_4k_unaligned", "delete_big")


def compare_row(run: str, measured: str, verbs: Iterable[str]) -> None:
    row = MEASURED[run][measured]
    driver, options = SET_UPS[run][measured]
    host, count = on(driver, **options)
    assert_near(row["image"], count().image, "the image")
    before = count()
    for number, expected in enumerate(row["create_1_to_10"][:2], start=1):
        host.run("w", name=f"start-{number}")
        assert_near(expected, count().since(before), f"{number} containers")
    # What lies in an upper directory was counted for two more acts.
    more = {verb: each["alloc"] for verb, each in row.get("upper_after", {}).items() if verb not in row["ops"]}
    for verb in (*verbs, *(verb for verb in more if "tree" not in verb)):
        container = host.run("w", name="one")
        before = count()
        ACTS[verb](container)
        assert_near({**more, **row["ops"]}[verb], count().since(before), verb)
        host.remove("one", force=True)


ROWS = [(run, name) for run, set_ups in SET_UPS.items() for name in set_ups]


@pytest.mark.parametrize(("run", "measured"), ROWS, ids=lambda name: name)
def test_every_measured_row_is_what_the_model_says(run: str, measured: str) -> None:
    compare_row(run, measured, MEASURED[run][measured]["ops"])


@pytest.mark.parametrize(("run", "measured"), ROWS, ids=lambda name: name)
def test_ten_containers_start_and_write_one_after_the_other_as_measured(run: str, measured: str) -> None:
    row = MEASURED[run][measured]
    driver, options = SET_UPS[run][measured]
    host, count = on(driver, **options)
    before = count()
    containers = []
    for number, expected in enumerate(row["create_1_to_10"], start=1):
        containers.append(host.run("w", name=f"n{number}"))
        assert_near(expected, count().since(before), f"{number} containers")
    for verb, steps in row["writes_cumulative_over_10"].items():
        before = count()
        for container, expected in zip(containers, steps, strict=True):
            ACTS[verb](container)
            if container.name in ("n1", "n2", "n10"):
                assert_near(expected, count().since(before), f"{verb} in {container.name}")


@pytest.mark.parametrize("measured", ["overlay_default", "overlay_metacopy"])
def test_what_lies_in_the_upper_directory_after_each_act_is_in_the_thin_layer(measured: str) -> None:
    for verb, expected in MEASURED["run1"][measured]["upper_after"].items():
        host, _ = on("overlay2")
        container = host.run("w", name="one")
        if verb == "rename_tree" and measured != "overlay_default":
            continue  # the folder is moved there, which the model's containers never do
        ACTS[verb](container)
        assert expected["files_bytes"] == container.size_rw


@pytest.mark.parametrize(
    ("asked", "driver", "engine"),
    [
        ("btrfs_fi_du_append_1", "btrfs", 4_096),
        ("btrfs_fi_du_rewrite_4k_unaligned", "btrfs", 8_192),
        ("btrfs_fi_du_chmod", "btrfs", 0),
    ],
)
def test_the_data_that_a_snapshot_has_alone_is_exactly_what_btrfs_counts(asked: str, driver: str, engine: int) -> None:
    last = MEASURED["btrfs_filesystem_du"][asked].splitlines()[-1].split()
    assert engine == int(last[1])
    host, count = on(driver)
    container = host.run("w", name="one")
    ACTS[asked.removeprefix("btrfs_fi_du_")](container)
    assert engine == count().containers["one"].written.data


ENGINES = {
    "podman.overlay": ("overlay2", "podman"),
    "podman.overlaymetacopy": ("metacopy", "podman"),
    "podman.vfs": ("vfs", "podman"),
    "docker.overlay2": ("overlay2", "docker"),
    "docker.vfs": ("vfs", "docker"),
    "podman.btrfs": ("btrfs", "podman"),
    "docker.btrfs": ("btrfs", "docker"),
}


@pytest.mark.parametrize("measured", ENGINES)
def test_engines_take_what_the_model_says_and_their_own_files_besides(measured: str) -> None:
    row = MEASURED["real_engines"][measured]
    driver, engine = ENGINES[measured]
    # Their image has a small system beside the workload, which each whole copy has too.
    further = row["image_disk"] - on(driver)[1]().image.bytes
    host, count = on(driver, engine=engine)
    start = count().starts["w"]
    copies = start.data // (BIG + EACH * FILES)
    said = total([start, DiskBytes(copies * further, 0, copies * 1_000)])
    # A container's configuration and its folders in the engine's store: 50 to 100 KB.
    assert 0 <= row["create_1"] - said.bytes + said.tolerance
    assert row["create_1"] - said.bytes <= said.tolerance + 100_000
    for verb, measured_act in row["ops"].items():
        container = host.run("w", name="one")
        before = count()
        ACTS["rewrite_4k_aligned" if verb == "rewrite_4k" else verb](container)
        assert_near(measured_act["delta"], count().since(before), verb)
        # The SIZE that is printed knows nothing of drivers: "20MB (virtual 27MB)".
        assert measured_act["size"].split(" ")[0] == size(container.size_rw).replace(".0 ", "").replace(" ", "")
        host.remove("one", force=True)


CACHES = {
    "overlay_default": "overlay2",
    "overlay_metacopy": "metacopy",
    "vfs_copy": "vfs",
    "xfs_reflink": "xfs",
    "btrfs_snapshot": "btrfs",
}


@pytest.mark.parametrize("measured", CACHES)
def test_pages_in_memory_are_exactly_those_that_mincore_counted(measured: str) -> None:
    expected = MEASURED["page_cache_pages_of_4883"][measured]
    host, _ = on("overlay2")
    containers = [host.run("w", name=f"c{number}") for number in range(10)]
    cache = ll.PageCache(host, CACHES[measured])

    def seen() -> list[int]:
        return [cache.pages("c0", "big"), cache.pages("c1", "big")]

    assert expected["0 all dropped"] == seen()
    cache.read("c0", "big")
    assert expected["1 after A reads"] == seen()
    cache.read("c1", "big")
    assert expected["2 after B reads"] == seen()
    cache.drop()
    for container in containers:
        cache.read(container.name, "big")
    # The kernel's counter `Cached` is of the whole machine, and noisy: one file is 20 MB of it, ten are 200 MB.
    assert (cache.total == 4_883) == (expected["3 Cached grows when 10 containers read it, bytes"] < 2 * BIG)
    assert cache.total in (4_883, 48_830)
    containers[0].chmod("big", 0o600)
    assert expected["4 after A chmods"] == seen()
    cache.drop()
    cache.read("c1", "big")
    assert expected["5 dropped, B reads, A has chmodded"] == seen()
    cache.drop()
    containers[0].append("big", b"x")
    cache.drop()
    cache.read("c1", "big")
    assert expected["6 dropped, B reads, A has appended a byte"] == seen()
    cache.read("c0", "big")
    assert expected["7 and A reads too"] == seen()


def everything_measured() -> None:
    """Compare what tells the drivers apart with the model."""
    for name in CACHES:
        test_pages_in_memory_are_exactly_those_that_mincore_counted(name)
    for run, name in ROWS:
        compare_row(run, name, SHORT)
    test_engines_take_what_the_model_says_and_their_own_files_besides("docker.vfs")


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_the_measured_rows_show_a_mistake_in_each_rule(mistake: Fault) -> None:
    _tree_of.cache_clear()
    with planted(mistake), pytest.raises(Exception):  # noqa: B017, PT011 - a mistake may raise anything
        everything_measured()
    _tree_of.cache_clear()


def test_the_lesson_says_what_overlay2_took_on_three_file_systems() -> None:
    measured = {name: row for name, row in MEASURED["overlay_on_other_file_systems"].items() if name != "how"}
    lesson = json.loads((Path(__file__).parents[2] / "notebooks/09-do-all-disks-copy-the-same-way.ipynb").read_text())
    text = "".join(line for cell in lesson["cells"] for line in cell["source"])
    for name, row in measured.items():
        assert f"| {name} | {row['chmod']:,} | {row['then_one_byte']:,} |" in text
