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
    (policy.LATE_WHITEOUT, tar(member(".wh.a"), member("/.wh.a"))),
    (policy.CHILD_OF_WHITEOUT, tar(member(".wh.a"), member("a/b"))),
    (policy.CHILD_OF_WHITEOUT, tar(member(".wh.a"), member("a/b/c"))),
    (policy.TWICE, tar(member("a"), member("a"))),
    (policy.TWICE, tar(folder("a"), folder("a/"))),
    (policy.TWICE, tar(member("a"), member("./a"))),
    (policy.TWICE, tar(member("a"), symlink("a", "b"))),
    (policy.TWICE, tar(folder("./"), folder("."))),
    (policy.TWICE, tar(member(".wh.a"), member(".wh.a"))),
    (policy.TWICE, tar(member("a"), member("b/../a"))),
    (policy.DANGLING, tar(symlink("lib", "usr/lib"), member("lib/y"))),
    (policy.DANGLING, tar(symlink("lib", "usr/lib"), member("lib/x/y"))),
    (policy.GONE, tar(folder("d"), folder("d/e"), member("/d"))),
    (policy.LINK_TO_LOWER, tar(hard_link("b", "a/x"))),
    (policy.LINK_TO_LOWER, tar(hard_link("b", "c"), member("c"))),
    (policy.LINK_TO_LOWER, tar(hard_link("b", "b"))),
    (policy.LINK_TO_LOWER, tar(member("b"), hard_link("/b", "b"))),
    (policy.LINK_TO_LOWER, tar(member(".wh.c"), hard_link("b", ".wh.c"))),
    (policy.LINK_TO_DIRECTORY, tar(folder("d"), hard_link("b", "d"))),
    (policy.BARE_WHITEOUT, tar(member(".wh."))),
    (policy.BARE_WHITEOUT, tar(member("a/.wh..."))),
    (policy.NOT_DIRECTORY, tar(member("a"), member("a/b"))),
    (policy.NOT_DIRECTORY, tar(member("a"), member("a/b/c"))),
    (policy.NOT_DIRECTORY, tar(member("/"))),
    (policy.NOT_DIRECTORY, tar(symlink("/.", "x"))),
    (policy.LONG_NAME, tar(member("n" * 256))),
    (policy.LONG_NAME, tar(member("n/" * 2047 + "nn"))),
    (policy.LONG_NAME, tar(symlink("s", "t" * 4096))),
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
        folder("usr/lib"), symlink("lib", "usr/lib"), member("lib/y", b"1"), symlink("up", "/../.."), member("up/z"),
        hard_link("hard", "lib/y"), member("lib/.wh.old"),
    )  # fmt: skip
    image = look(tmp_path, layer)
    assert ["usr/lib", "lib", "usr/lib/y", "up", "z", "hard", "usr/lib/.wh.old"] == list(image.layers[0].entries)
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


def far_time(tmp_path: Path) -> None:
    link, _ = symlink("s", "x")
    link.mtime = -5
    view = look(tmp_path, tar(member("x", mtime=-5), member("y", mtime=1 << 40), (link, b""))).view()
    assert (0, 0, -5) == (view["x"].mtime, view["y"].mtime, view["s"].mtime)


def aufs(tmp_path: Path) -> None:
    layer = tar(member(".wh..wh.aufs"), folder(".wh..wh.plnk"), member("x"))
    image = look(tmp_path, LOWER, layer)
    assert ["whiteout", "whiteout", "file"] == [entry.kind for entry in image.layers[1].entries.values()]
    assert {"x"} == image.view().keys() - look(tmp_path, LOWER).view().keys()


def in_whiteout(tmp_path: Path) -> None:
    view = look(tmp_path, LOWER, tar(member(".wh.a"), member(".wh.a/b", b"1"))).view()
    assert [".wh.a", ".wh.a/b"] == [path for path in view if path.startswith((".wh", "a"))]


def spellings(tmp_path: Path) -> None:
    layer = tar(folder("usr/lib"), symlink("lib", "usr/lib"), folder("/lib/../usr", 0o700), member("usr/lib/x", b"1"))
    assert 0o700 == look(tmp_path, layer).view()["usr"].mode
    twice = member("usr/x", b"1"), member("lib/x", b"2")
    layer = tar(folder("usr"), symlink("lib", "usr"), *twice, member("/lib", b"3"))
    view = look(tmp_path, layer).view()
    assert (b"2", b"3", 2) == (view["usr/x"].read(), view["lib"].read(), look(tmp_path, layer).size)


def root(tmp_path: Path) -> None:
    view = look(tmp_path, tar(folder("./", 0o700), member(".", b"a file"))[:512] + tar(member("x"))).view()
    assert (0o700, {"", "x"}) == (view[""].mode, set(view))


def needless_mark(tmp_path: Path) -> None:
    layer = tar(member(".wh.a"), member("a/.wh.x"), member("f", b"1"), member("f/.wh..wh..opq"), member("f/.wh.y"))
    image = look(tmp_path, LOWER, layer)
    assert [".wh.a", "f"] == list(image.layers[1].entries)
    assert not [path for path in image.view() if path.startswith("a")]


def link_header(tmp_path: Path) -> None:
    own, _ = hard_link("b", "a")
    own.mode, own.uid, own.mtime, own.pax_headers = 0o600, 7, 9, {"SCHILY.xattr.user.k": "2"}
    first = member("a", b"x", mode=0o4755, uid=5, pax_headers={"SCHILY.xattr.user.k": "1", "SCHILY.xattr.user.l": "1"})
    view = look(tmp_path, tar(first, (own, b""), style=tarfile.PAX_FORMAT)).view()
    for name in ("a", "b"):
        assert (0o600, 7, 9, 2, b"x") == (*view[name][1:3], view[name].mtime, view[name].nlink, view[name].read())
        assert {"user.k": b"2", "user.l": b"1"} == dict(view[name].xattrs)


def outside(tmp_path: Path) -> None:
    layer = tar(member("../etc/passwd", b"1"), member("a/../../b"), hard_link("c", "../../b"))
    image = look(tmp_path, layer)
    assert ["etc/passwd", "b", "c"] == list(image.layers[0].entries)
    assert b"1" == image.view()["etc/passwd"].read()


def number(tmp_path: Path) -> None:
    layer = tar(
        member("a", uid=-2, gid=(1 << 32) + 7),
        folder("d"),
        member("x", type=tarfile.CHRTYPE, devmajor=4097, devminor=3),
    )
    view = look(tmp_path, layer).view()
    assert (4294967294, 7, 259) == (view["a"].uid, view["a"].gid, view["x"].rdev)
    view = look(tmp_path, tar(member("a", uid=-1), member("d/x", uid=5), member("/d/x", uid=-1))).view()
    assert (0, 0) == (view["a"].uid, view["d/x"].uid)


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
    (policy.FAR_TIME, far_time),
    (policy.AUFS, aufs),
    (policy.IN_WHITEOUT, in_whiteout),
    (policy.SPELLINGS, spellings),
    (policy.ROOT, root),
    (policy.NEEDLESS_MARK, needless_mark),
    (policy.LINK_HEADER, link_header),
    (policy.OUTSIDE, outside),
    (policy.NUMBER, number),
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


def test_a_member_of_unknown_type_is_refused_unless_it_is_a_mark(tmp_path: Path) -> None:
    made = tar(member("etc/.wh.old", type=b"V"), member(".wh..wh..opq", type=b"A"))
    (image,) = load(write(tmp_path / "it.tar", docker(made)))
    assert {"etc/.wh.old", ".wh..wh..opq"} == image.layers[0].entries.keys()
    with pytest.raises(ArchiveError, match="a member of unknown type b'V'"):
        load(write(tmp_path / "it.tar", docker(tar(member("x", type=b"V")))))


def test_a_directory_that_a_symlink_replaces_gives_its_time_to_where_that_leads(tmp_path: Path) -> None:
    layer = tar(member("/d", type=tarfile.DIRTYPE, mtime=7), member("a/y"), symlink("d", "a"))
    (image,) = load(write(tmp_path / "it.tar", docker(layer)))
    shown = image.view()["a"]
    assert ("directory", 0o755, 7) == (shown.kind, shown.mode, shown.mtime)
