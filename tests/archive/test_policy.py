"""Each row of the table of cases in which engines and the specification disagree."""

import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from layerlab import ArchiveError, Image, load
from layerlab.archive import policy
from layerlab.archive.policy import Case
from tests.archive.build import docker, folder, hard_link, member, symlink, tar, write

LOWER = tar(folder("a", 0o700), member("a/x", b"lower"), symlink("lib", "usr/lib"), folder("usr/lib"))


def look(tmp_path: Path, *layers: bytes) -> Image:
    return load(write(tmp_path / "it.tar", docker(*layers)))[0]


REFUSED: list[tuple[Case, bytes]] = [
    (policy.LATE_WHITEOUT, tar(member("a"), member(".wh.a"))),
    (policy.LATE_WHITEOUT, tar(member("a/b"), member(".wh.a"))),
    (policy.TWICE, tar(member("a"), member("a"))),
    (policy.TWICE, tar(folder("a"), folder("a/"))),
    (policy.TWICE, tar(member("a"), member("./a"))),
    (policy.TWICE, tar(member("a"), symlink("a", "b"))),
    (policy.TWICE, tar(folder("./"), folder("."))),
    (policy.TWICE, tar(member(".wh.a"), member(".wh.a"))),
    (policy.LINK_TO_LOWER, tar(hard_link("b", "a/x"))),
    (policy.LINK_TO_LOWER, tar(hard_link("b", "c"), member("c"))),
    (policy.LINK_TO_LOWER, tar(hard_link("b", "b"))),
    (policy.LINK_TO_LOWER, tar(member(".wh.c"), hard_link("b", ".wh.c"))),
    (policy.LINK_TO_DIRECTORY, tar(folder("d"), hard_link("b", "d"))),
    (policy.BARE_WHITEOUT, tar(member(".wh."))),
    (policy.BARE_WHITEOUT, tar(member("a/.wh..."))),
    (policy.IN_WHITEOUT, tar(member(".wh.a/b"))),
    (policy.NOT_DIRECTORY, tar(member("a"), member("a/b"))),
    (policy.NOT_DIRECTORY, tar(member("a/b"), member("a"))),
    (policy.NOT_DIRECTORY, tar(member("a/b/c"), symlink("a", "b"))),
    (policy.NOT_DIRECTORY, tar(member("./"))),
    (policy.NOT_DIRECTORY, tar(symlink(".", "x"))),
    (policy.OUTSIDE, tar(member("../etc/passwd"))),
    (policy.OUTSIDE, tar(member("a/../../b"))),
    (policy.OUTSIDE, tar(member("a/.."))),
    (policy.OUTSIDE, tar(member("x"), hard_link("b", "../x"))),
    (policy.LONG_NAME, tar(member("n" * 256))),
    (policy.LONG_NAME, tar(member("n/" * 2047 + "nn"))),
    (policy.LONG_NAME, tar(symlink("s", "t" * 4096))),
    (policy.NUMBER, tar(member("x", uid=1 << 32))),
    (policy.NUMBER, tar(member("x", gid=1 << 32))),
    (policy.NUMBER, tar(member("x", type=tarfile.CHRTYPE, devmajor=1 << 40))),
    (policy.OLD_SPARSE, tar(member("s", b"x", type=tarfile.GNUTYPE_SPARSE))),
    (policy.NO_TARGET, tar(symlink("s", ""))),
]


def lost_parent(tmp_path: Path) -> None:
    view = look(tmp_path, LOWER, tar(member("a/y"))).view()
    assert (0o755, 0) == (view["a"].mode, view["a"].uid)
    assert ["a/x", "a/y"] == [path for path in view if path.startswith("a/")]


def over_symlink(tmp_path: Path) -> None:
    view = look(tmp_path, LOWER, tar(member("lib/y"))).view()
    assert "directory" == view["lib"].kind
    assert "usr/lib/y" not in view


def through_symlink(tmp_path: Path) -> None:
    layer = tar(
        symlink("lib", "usr/lib"), member("lib/y", b"1"), symlink("up", "/../.."), member("up/z"),
        hard_link("hard", "lib/y"), member("lib/.wh.old"),
    )  # fmt: skip
    image = look(tmp_path, layer)
    assert ["lib", "usr/lib/y", "up", "z", "hard", "usr/lib/.wh.old"] == list(image.layers[0].entries)
    assert ("symlink", b"1") == (image.view()["lib"].kind, image.view()["hard"].read())


def opaque_root(tmp_path: Path) -> None:
    assert "a/x" in look(tmp_path, LOWER, tar(member(".wh..wh..opq"), member("y"))).view()


def absolute(tmp_path: Path) -> None:
    layer = tar(folder("/"), member("/etc/passwd", b"x"), hard_link("//etc/shadow", "/etc/passwd"), member("/a/.wh.x"))
    image = look(tmp_path, LOWER, layer)
    assert ["", "etc/passwd", "etc/shadow", "a/.wh.x"] == list(image.layers[1].entries)
    assert "a/x" not in image.view()


def global_records(tmp_path: Path) -> None:
    head = tarfile.TarInfo.create_pax_global_header({"uid": "7", "path": "elsewhere"})
    assert 0 == look(tmp_path, head + tar(member("x"))).view()["x"].uid


def early_time(tmp_path: Path) -> None:
    assert 0 == look(tmp_path, tar(member("x", mtime=-5))).view()["x"].mtime


def aufs(tmp_path: Path) -> None:
    layer = tar(member(".wh..wh.aufs"), folder(".wh..wh.plnk"), member(".wh..wh.plnk/12.3"), member("x"))
    assert ["x"] == list(look(tmp_path, layer).layers[0].entries)


def sparse(tmp_path: Path) -> None:
    records = {"GNU.sparse.map": "1,1", "GNU.sparse.numblocks": "1", "GNU.sparse.size": "3"}
    layer = tar(member("x", b"a", pax_headers=records), style=tarfile.PAX_FORMAT)
    assert b"\0a\0" == look(tmp_path, layer).view()["x"].read()


def early_whiteout(tmp_path: Path) -> None:
    image = look(tmp_path, LOWER, tar(member(".wh.a"), folder("a"), member("a/new", b"2")))
    assert ["a", "a/new"] == [path for path in image.view() if path.startswith("a")]


ACCEPTED: list[tuple[Case, Callable[[Path], None]]] = [
    (policy.NO_PARENT, lost_parent),
    (policy.OVER_SYMLINK, over_symlink),
    (policy.THROUGH_SYMLINK, through_symlink),
    (policy.OPAQUE_ROOT, opaque_root),
    (policy.ABSOLUTE, absolute),
    (policy.GLOBAL_RECORDS, global_records),
    (policy.EARLY_TIME, early_time),
    (policy.AUFS, aufs),
    (policy.SPARSE, sparse),
    (policy.EARLY_WHITEOUT, early_whiteout),
]


@pytest.mark.parametrize(("case", "layer"), REFUSED, ids=[f"{number}" for number in range(len(REFUSED))])
def test_a_layer_that_engines_refuse_is_refused_by_its_row(tmp_path: Path, case: Case, layer: bytes) -> None:
    with pytest.raises(ArchiveError) as caught:
        look(tmp_path, LOWER, layer)
    assert case.refused
    assert str(caught.value).endswith(case.case)
    assert "1/layer.tar: " in str(caught.value)


@pytest.mark.parametrize(("case", "check"), ACCEPTED, ids=[check.__name__ for _, check in ACCEPTED])
def test_a_layer_that_engines_take_is_taken_by_its_row(
    tmp_path: Path, case: Case, check: Callable[[Path], None]
) -> None:
    assert not case.refused
    check(tmp_path)


def test_every_row_is_tested() -> None:
    assert set(policy.CASES) == {case for case, _ in [*REFUSED, *ACCEPTED]}


def test_an_opaque_mark_may_come_last(tmp_path: Path) -> None:
    image = look(tmp_path, LOWER, tar(folder("a"), member("a/new"), member("a/.wh..wh..opq")))
    assert ["a", "a/new"] == [path for path in image.view() if path.startswith("a")]


def test_symlinks_that_form_a_loop_are_refused_where_a_name_leads_through_them(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError, match="'a': the symlinks on the way form a loop"):
        look(tmp_path, tar(symlink("a", "b"), symlink("b", "a"), member("a/x")))
