"""The disks bench: its bytes are those of the model, and its picture and its text say the same."""

import re

import pytest

from layerlab import DRIVERS, Host, bench, disk
from layerlab.benches.disk_changes import CHANGES
from layerlab.benches.disks_bench import MEANINGS, DisksBench
from layerlab.drivers.driver import GROUPS
from layerlab.picture.shapes import Looks
from layerlab.words.sizes import size
from tests.benches.paged import fill, page, press
from tests.picture.painted import assert_labels_agree, assert_labels_are_apart, cut


def after(containers: int, change: str = "nothing", driver: str = "overlay2") -> DisksBench:
    table: DisksBench = bench("disks")
    table.run(containers)
    if change != "nothing":
        table.change(change)
    if driver != "overlay2":
        table.look(driver)
    return table


@pytest.mark.parametrize("change", CHANGES)
def test_each_row_is_what_a_host_with_all_containers_takes(change: str) -> None:
    table = after(2, change)
    names: dict[str, Host] = {}
    exec(table.python, names)
    found = {row.name: row.total for row in table.rows}
    assert {name: disk(names["host"], name, group=GROUPS.get(name)).total for name in DRIVERS} == found


@pytest.mark.parametrize("change", [change for change in CHANGES if change not in ("nothing", "delete it")])
def test_a_strip_says_the_bytes_of_files_that_the_change_took(change: str) -> None:
    table = after(1, change)
    for name, found in table._disks(change).items():
        if name != "vfs":
            written = found.containers["web-1"].written.data
            assert table.strips[name].said == (f"copies {size(written)}" if written else "copies no bytes of it")


def test_the_five_drivers_are_side_by_side_and_each_says_what_it_copies() -> None:
    lines = str(after(10, "overwrite 4 KiB")).splitlines()
    said = [tuple(re.split(r"\s{2,}", line.strip())[:-3]) for line in lines[2:7]]
    assert [
        ("overlay2", "copies 20.0 MB"),
        ("metacopy", "copies 20.0 MB"),
        ("btrfs", "copies 4.10 kB"),
        ("xfs", "hint 64 KiB", "copies 65.5 kB"),
        ("vfs", "copied at the start"),
    ] == said


def test_a_deleted_file_and_a_bench_without_containers_have_no_strips() -> None:
    assert {"deleted"} == {strip.said for strip in after(2, "delete it").strips.values()}
    assert {} == after(0).strips
    assert "no container runs yet" in str(after(0))


def test_docker_ps_says_the_same_with_every_driver() -> None:
    assert 20_000_000 == after(10, "overwrite 4 KiB").size_rw
    assert "20.0 MB for each container, with every driver" in str(after(10, "overwrite 4 KiB"))


@pytest.mark.parametrize(
    ("driver", "said"),
    [
        (
            "overlay2",
            "With overlay2 each new container takes 20.5 kB (all in file-system records), and the change takes",
        ),
        ("overlay2", "the change takes 20.0 MB more (20.0 MB in files, 12.3 kB in file-system records)."),
        ("metacopy", "and the change takes 16.4 kB more (all in file-system records)."),
        ("btrfs", "With btrfs each new container takes 32.8 kB (all in file-system records)"),
        ("vfs", "and the change takes 0 B more."),
    ],
)
def test_the_sentence_is_about_the_driver_that_one_looks_at(driver: str, said: str) -> None:
    assert said in after(10, "change its mode", driver).scene.sentence


@pytest.mark.parametrize("driver", DRIVERS)
def test_the_sentence_says_what_the_name_of_a_driver_means(driver: str) -> None:
    table: DisksBench = bench("disks")
    table.look(driver)
    assert f"{driver} is {MEANINGS[driver]}. It stores the layers of shop in " in table.scene.sentence


@pytest.mark.parametrize(("containers", "change"), [(0, "nothing"), (1, "add 1 byte"), (100, "overwrite all")])
def test_the_picture_and_its_text_have_the_same_labels(containers: int, change: str) -> None:
    scene = after(containers, change).scene
    assert_labels_agree(scene)
    assert_labels_are_apart(scene, height=332)
    assert [] == cut(scene)
    narrow = after(containers, change).drawn(Looks(600))
    assert_labels_agree(narrow)
    assert_labels_are_apart(narrow, 600, 552)


@pytest.mark.parametrize("width", [240, 272, 400, 811])
@pytest.mark.parametrize("change", ["nothing", "add 1 byte", "chmod"])
def test_on_a_narrow_page_no_words_of_a_driver_are_cut(change: str, width: int) -> None:
    picture = after(3, change).drawn(Looks(width, live=True))
    lines = [label for mark in picture.marks if mark.kind == "tally" for label in mark.labels]
    assert lines
    assert [] == [label.text for label in lines if label.shown != label.text]


def test_a_press_on_a_row_looks_at_its_driver_and_marks_the_row() -> None:
    table = after(3)
    press(table, "driver:btrfs")
    assert "btrfs" == table.now.driver
    rows = [mark for mark in page(table).iter("g") if (mark.get("data-key") or "").startswith("driver:")]
    assert ["driver:btrfs"] == [mark.get("data-key") for mark in rows if mark.get("aria-pressed") == "true"]


@pytest.mark.parametrize(
    ("act", "why"),
    [
        (lambda table: table.run(101), "101 containers cannot be compared. Take a whole number, 0 to 100"),
        (lambda table: table.run(-3), "-3 containers cannot be compared. Take a whole number, 0 to 100"),
        (lambda table: table.run(1.5), "1.5 containers cannot be compared. Take a whole number, 0 to 100"),
        (lambda table: fill(table, "run", "2.5"), "2.5 is no number of containers. Take a whole number."),
        (lambda table: table.look("aufs"), "no driver is called 'aufs'. Take one of overlay2"),
        (lambda table: table.change("burn it"), "'burn it' is not in the list. Take one of nothing"),
        (lambda table: (table.run(0), table.change("add 1 byte")), "Run a container first"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(act: object, why: str) -> None:
    table = after(1)
    act(table)  # type: ignore[operator]
    assert table.refusing
    assert why in table.scene.sentence


def test_a_driver_that_only_podman_offers_is_asked_for_by_podman() -> None:
    table = after(1, "nothing")
    asked = {}
    for name in DRIVERS:
        table.look(name)
        asked[name] = table.transcript[-1].docker.partition(" ")[0]
    assert {"metacopy", "xfs"} == {name for name, program in asked.items() if program == "podman"}
