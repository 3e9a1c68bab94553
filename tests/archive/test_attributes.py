"""Extended attributes: a loaded layer has those that it has when an engine has unpacked it."""

import tarfile
from pathlib import Path

import pytest

import layerlab as ll
from layerlab import ArchiveError, load
from layerlab.archive import policy
from tests.archive.attributes import CAPABILITY, FILE, LOWER, REFUSED, SHOWN, Case, layer, own, stating
from tests.archive.build import digest, docker, folder, member, symlink, write


@pytest.mark.parametrize("case", SHOWN.values(), ids=SHOWN)
def test_the_view_shows_what_engines_show(tmp_path: Path, case: Case) -> None:
    (image,) = load(write(tmp_path / "it.tar", docker(*([LOWER] if case.over else []), case.layer)))
    view = image.view()
    assert case.shown == {path: dict(view[path].xattrs) for path in case.shown}
    assert [] == [path for path in case.hidden if path in view]
    # The bytes stay those of the archive.
    assert digest(case.layer) == image.layers[-1].diff_id


@pytest.mark.parametrize(("one", "stated"), REFUSED.values(), ids=REFUSED)
def test_what_no_file_can_have_is_refused(
    tmp_path: Path, one: tuple[tarfile.TarInfo, bytes], stated: dict[str, bytes]
) -> None:
    with pytest.raises(ArchiveError) as caught:
        load(write(tmp_path / "it.tar", docker(layer(stating(one, stated)))))
    assert policy.ATTRIBUTE.case in str(caught.value)


@pytest.mark.parametrize(
    ("case", "one", "stated"),
    [
        (policy.REDIRECT, folder("new"), own(redirect=b"old")),
        (policy.REDIRECT, folder("new"), own(redirect=b"/a/old", opaque=b"n")),
        (policy.METACOPY, FILE, own(metacopy=b"y")),
        (policy.METACOPY, member("app"), own(metacopy=b"\0", redirect=b"/plain")),
    ],
)
def test_what_shows_something_else_on_other_kernels_is_refused(
    tmp_path: Path, case: policy.Case, one: tuple[tarfile.TarInfo, bytes], stated: dict[str, bytes]
) -> None:
    with pytest.raises(ArchiveError) as caught:
        load(write(tmp_path / "it.tar", docker(layer(stating(one, stated)))))
    assert case.case in str(caught.value)


LIST = "an access list that says another mode than the header"


def test_every_row_on_attributes_is_tested() -> None:
    refused = {policy.REDIRECT, policy.METACOPY, policy.ATTRIBUTE, policy.NOT_TEXT}
    assert refused == {case for case in policy.ATTRIBUTES if case.refused}
    taken = {policy.OVERLAY, policy.NO_PLACE, policy.LABEL, policy.ACCESS_LIST, policy.NO_ROOM}
    assert taken == set(policy.ATTRIBUTES) - refused
    assert {"an opaque directory", "a user's attribute of a symlink", "a label", LIST} <= SHOWN.keys()


def test_attributes_that_ext4_has_no_room_for_are_taken(tmp_path: Path) -> None:
    long = {"user.k": b"v" * 5000}
    (image,) = load(write(tmp_path / "it.tar", docker(layer(stating(FILE, long)))))
    assert long == dict(image.view()["app"].xattrs)


def test_a_whiteout_frees_nothing_and_is_counted_as_docker_counts_it(tmp_path: Path) -> None:
    case = SHOWN["a directory with files that are whiteouts"]
    (image,) = load(write(tmp_path / "it.tar", docker(LOWER, case.layer)))
    assert 0 == image.layers[1].size
    assert [("w/gone", 1, "whiteout")] == [(row.path, row.bytes, row.reason) for row in ll.explain(image).dead]


def test_marks_of_other_systems_on_symlinks_are_left_out(tmp_path: Path) -> None:
    made = layer(stating(symlink("s", "x"), {"com.apple.x": b"1", "user.a": b"1"}))
    (image,) = load(write(tmp_path / "it.tar", docker(made)))
    assert {} == dict(image.view()["s"].xattrs)


def test_a_commit_keeps_capabilities_alone(tmp_path: Path) -> None:
    host = ll.Host()
    host.add(ll.scratch.with_layer(ll.Layer.of({"etc/motd": ll.File(b"hi", xattrs={"user.had": b"1"})})), "x")
    container = host.run("x", name="c")
    for key in ("user.k", "trusted.x", "security.foo", "trusted.overlay.opaque"):
        container.setxattr("etc/motd", key, b"v")
        container.setxattr("etc", key, b"y")
    container.setxattr("etc/motd", "security.capability", CAPABILITY)
    image = container.commit()
    assert {"etc": {}, "etc/motd": {"security.capability": CAPABILITY}} == {
        name: dict(entry.xattrs) for name, entry in image.layers[-1].entries.items()
    }
    # The container itself keeps them all.
    assert "user.had" in container.listxattr("etc/motd")
    ll.save({"x": image}, tmp_path / "saved.tar", "docker")
    assert image == load(tmp_path / "saved.tar")[0]


def test_what_looks_like_a_mark_is_saved_as_no_mark(tmp_path: Path) -> None:
    top = ll.Layer.of({"a/": ll.Directory(xattrs={"trusted.overlay.opaque": b"y"})})
    image = ll.scratch.with_layer(ll.Layer.of({"a/b": b"1"})).with_layer(top)
    ll.save({"x": image}, tmp_path / "saved.tar", "docker")
    (loaded,) = load(tmp_path / "saved.tar")
    assert image == loaded
    assert {"trusted.overlay.opaque": b"y"} == dict(loaded.view()["a"].xattrs)
    assert "a/b" in loaded.view()
