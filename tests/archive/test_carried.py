"""What a format cannot hold is refused before anything is written: what is saved loads as what it was."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerlab as ll
from layerlab.archive.carried import lost
from layerlab.archive.save import Format
from layerlab.archive.tar_entries import LATEST
from layerlab.model.entry import Entry


def container() -> ll.Container:
    host = ll.Host()
    host.add(ll.scratch.with_layer(ll.Layer.of({"a": b"1", "d/": ll.Directory()})), "it")
    return host.run("it", name="web")


def nest(web: ll.Container) -> None:
    """Make a path of more than 4,095 bytes, by moving a directory of new ones into another."""
    names = ["x" * 255] * 9
    for top in ("one", "two"):
        for depth in range(len(names) + 1):
            web.mkdir("/".join([top, *names[:depth]]))
    web.rename("one", "/".join(["two", *names, "one"]))


CHANGES: dict[str, tuple[Callable[[ll.Container], object], str]] = {
    "=": (lambda web: web.setxattr("a", "trusted.a=b", b"1"), "'a': .* an attribute called 'trusted.a=b'"),
    "empty": (lambda web: web.setxattr("a", "user.k", b""), "'a': .* an attribute without bytes: 'user.k'"),
    "no Unicode": (lambda web: web.setxattr("a", "user.\udcff", b"1"), "'a': .* an attribute called 'user.*"),
    "early": (lambda web: web.utime("a", -1), "'a': .* a time before 1970"),
    "late": (lambda web: web.utime("a", 2**63 - 1), "'a': .* a time after April 2262"),
    "deep": (nest, "a name longer than a file system takes"),
}


@pytest.mark.parametrize("form", ["oci", "docker"])
@pytest.mark.parametrize(("change", "line"), CHANGES.values(), ids=CHANGES)
def test_what_a_tar_cannot_hold_is_refused_in_one_line_and_nothing_is_written(
    tmp_path: Path, change: Callable[[ll.Container], object], line: str, form: Format
) -> None:
    web = container()
    change(web)
    with pytest.raises(ll.ArchiveError, match=line) as caught:
        ll.save({"it": web.image.with_layer(web.layer)}, tmp_path / "it.tar", form)
    assert "\n" not in str(caught.value)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("spec", "line"),
    [
        (ll.File(b"", xattrs={"com.apple.x": b"1"}), "'a': .* engines leave out or change: 'com.apple.x'"),
        (ll.File(b"", xattrs={"security.capability": b"1"}), "'a': .* engines refuse: 'security.capability'"),
    ],
)
def test_an_attribute_that_no_engine_unpacks_is_refused(tmp_path: Path, spec: ll.File, line: str) -> None:
    with pytest.raises(ll.ArchiveError, match=line):
        ll.save({"it": ll.scratch.with_layer(ll.Layer.of({"a": spec}))}, tmp_path / "it.tar")
    assert [] == list(tmp_path.iterdir())


def test_text_that_is_no_unicode_in_a_history_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ll.ArchiveError, match="the configuration has text that is no Unicode"):
        ll.save({"it": ll.scratch.with_config(created_by="\ud800")}, tmp_path / "it.tar")
    assert [] == list(tmp_path.iterdir())


KEYS = st.sampled_from(["user.a", "user.a=b", "user.\udcff", "trusted.é", "user." + "k" * 250, "user." + "k" * 251])
NUMBERS = st.sampled_from([-1, 0, 1, 2**21, 2**32 - 2, 2**32 - 1, 2**32, 2**33, LATEST, LATEST + 1, 2**63])
PARTS = st.sampled_from(["a", "é", "\udcff", "x" * 255, "é" * 127, "é" * 128, "x" * 256])
NAMES = st.lists(PARTS, min_size=1, max_size=17).map("/".join)


@given(
    name=NAMES,
    mode=st.sampled_from([0, 0o644, 0o7777, 0o100644, -1]),
    numbers=st.tuples(NUMBERS, NUMBERS, NUMBERS, NUMBERS),
    xattrs=st.dictionaries(KEYS, st.sampled_from([b"", b"1", b"\n=\0"]), max_size=2),
    target=st.sampled_from(["", "a", "x" * 4095, "x" * 4096, "\udcff"]),
    kind=st.sampled_from(["file", "symlink", "char", "fifo", "directory"]),
)
def test_what_is_not_refused_loads_as_it_was(
    tmp_path_factory: pytest.TempPathFactory,
    name: str,
    mode: int,
    numbers: tuple[int, int, int, int],
    xattrs: dict[str, bytes],
    target: str,
    kind: str,
) -> None:
    uid, gid, mtime, rdev = numbers
    mode = 0o777 if kind == "symlink" else mode
    linked = target if kind == "symlink" else ""
    size = len(linked.encode("utf-8", "surrogateescape"))
    device = rdev if kind == "char" else 0
    entry = Entry(kind, mode, uid, gid, mtime, size, linked, device, xattrs, inode=1)  # type: ignore[arg-type]
    image = ll.scratch.with_layer(ll.Layer({name: entry}))
    path = tmp_path_factory.mktemp("saved") / "it.tar"
    try:
        ll.save({"it": image}, path)
    except ll.ArchiveError:
        assert lost(name, entry)
        return
    again = ll.load(path)[0]
    assert image == again
    assert {name: entry[:9]} == {name: found[:9] for name, found in again.layers[0].entries.items()}


def test_what_a_container_can_do_with_devices_and_owners_is_saved(tmp_path: Path) -> None:
    web = container()
    web.mknod("c", stat.S_IFCHR, 2**32 - 1)
    web.chown("c", 2**32 - 2, 2**32 - 2)
    web.utime("c", LATEST)
    ll.save({"it": web.commit()}, tmp_path / "it.tar")
    found = ll.load(tmp_path / "it.tar")[0].view()["c"]
    assert (2**32 - 2, LATEST, os.makedev(4095, 2**20 - 1)) == (found.uid, found.mtime, found.rdev)
