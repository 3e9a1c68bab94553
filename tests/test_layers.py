"""The comparison with engines itself: it draws what is read or refused, and a fault in the reader shows in it."""

import random
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import tools.layers.raw
import tools.layers.seen
from layerlab.archive import policy
from layerlab.proof.faults import Fault, planted
from tools.layers.compare import Difference, differences, explanation
from tools.layers.draw import draw
from tools.layers.faults import FAULTS
from tools.layers.prove import hold, read, usual
from tools.layers.raw import Drawn, Raw, base256, folder, pax, record
from tools.layers.seen import Held, Refused, Seen, Shown
from tools.layers.shrink import as_test, shrink
from tools.layers.wrap import wrap

LAYERS = 400


@cache
def drawn(number: int) -> Drawn:
    return draw(random.Random(f"1/{number}"))


def test_what_is_drawn_is_shown_or_refused_and_some_of_each(tmp_path: Path) -> None:
    kinds = [type(read(drawn(number), tmp_path)) for number in range(LAYERS)]
    assert {Shown, Refused} == {*kinds}
    assert LAYERS / 4 < kinds.count(Shown) < LAYERS * 3 / 4


def test_archives_that_are_drawn_are_held_or_refused_and_some_of_each(tmp_path: Path) -> None:
    kinds = [type(hold(wrap(random.Random(f"1/{number}")), tmp_path)) for number in range(LAYERS)]
    assert {Held, Refused} == {*kinds}
    assert LAYERS / 4 < kinds.count(Held) < LAYERS * 3 / 4


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_planted_fault_differs_from_what_was_read_without_it(fault: Fault, tmp_path: Path) -> None:
    assert any(found_by(drawn(number), fault, tmp_path) for number in range(LAYERS))


def found_by(layer: Drawn, fault: Fault, folder: Path) -> list[Difference]:
    right = read(layer, folder)
    with planted(fault):
        wrong = read(layer, folder)
    return differences(layer, wrong, {"Docker": right})


def test_a_difference_is_shrunk_to_the_members_that_show_it_and_its_test_tells_right_from_wrong(tmp_path: Path) -> None:
    fault = next(fault for fault in FAULTS if "symlink" in fault.name)
    layer = Drawn(
        (Raw(b"t", uid=b"0000007\0"), Raw(b"s", type=b"2", link=b"d"), folder(b"d"), Raw(b"s/x", body=b"hello")),
        packing="gzip",
    )
    (found,) = found_by(layer, fault, tmp_path)

    def again(like: Difference) -> Difference | None:
        return next((each for each in found_by(like.drawn, fault, tmp_path) if each.nature == like.nature), None)

    short = shrink(found, again)
    assert 2 <= len(short.drawn.members) <= 3
    assert "plain" == short.drawn.packing
    names: dict[str, object] = {**vars(tools.layers.raw), **vars(tools.layers.seen), "Path": Path, "read": read}
    exec(as_test(short, usual()), names)
    (test,) = [value for name, value in names.items() if name.startswith("test_")]
    assert callable(test)
    test(tmp_path)
    with planted(fault), pytest.raises(AssertionError):
        test(tmp_path)


TREE = Shown({}, 0, 0)


@pytest.mark.parametrize(
    ("members", "mine", "theirs", "case"),
    [
        ((Raw(b"a"),), Refused(f"byte 0: 'a': {policy.METACOPY.case}"), TREE, policy.METACOPY),
        ((Raw(b"a"),), Refused("byte 0: the tar ends too early"), TREE, None),
        ((Raw(b"a"),), TREE, Refused("no"), None),
        ((Raw(b"a"), Raw(b"a")), Refused("'a': the same path twice"), TREE, None),
    ],
)
def test_only_what_the_policy_decides_is_explained(
    members: tuple[Raw, ...], mine: Seen, theirs: Seen, case: policy.Case | None
) -> None:
    (found,) = differences(Drawn(members), mine, {"Docker": theirs})
    assert case == explanation(found)


def test_a_difference_in_two_names_is_explained_by_a_case_for_each(tmp_path: Path) -> None:
    layer = Drawn((*access_list(b"t"), Raw(b"a/.wh.d"), folder(b"a/d", mode=b"0000700\0")))
    mine = read(layer, tmp_path)
    assert isinstance(mine, Shown)
    again = {"a/d/z": mine.tree["a/x"], "t": mine.tree["t"]._replace(mode="0o600")}
    (found,) = differences(layer, mine, {"Podman": mine._replace(tree={**mine.tree, **again})})
    assert explanation(found)
    unknown = {"a/x": mine.tree["a/x"]._replace(uid=7)}
    (found,) = differences(layer, mine, {"Podman": mine._replace(tree={**mine.tree, **again, **unknown})})
    assert explanation(found) is None


@pytest.mark.parametrize(
    ("members", "gone", "case"),
    [
        ((Raw(b"/./a/.wh.d"), folder(b"a/d")), (), policy.EARLY_WHITEOUT),
        ((Raw(b"l/z"), Raw(b"l", b"g", body=record(b"path", b"/l/z"))), ("l/z",), policy.GLOBAL_RECORDS),
        ((Raw(b"l/z"), Raw(b"m", b"g")), ("l/z",), None),
    ],
)
def test_a_name_is_compared_as_a_path_from_the_root(
    members: tuple[Raw, ...], gone: tuple[str, ...], case: policy.Case | None, tmp_path: Path
) -> None:
    mine = read(Drawn(members), tmp_path)
    assert isinstance(mine, Shown)
    tree = {name: entry for name, entry in mine.tree.items() if name not in gone}
    if not gone:
        tree["a/d/z"] = mine.tree["a/x"]
    (found,) = differences(Drawn(members), mine, {"Podman": mine._replace(tree=tree)})
    assert case == explanation(found)


def access_list(name: bytes) -> tuple[Raw, Raw]:
    """Return a file with an access list, for which engines set other modes."""
    listed = bytes.fromhex("0200000001000600ffffffff04000400ffffffff20000400ffffffff")
    return pax([(b"SCHILY.xattr.system.posix_acl_access", listed)]), Raw(name, mode=b"0000755\0")


def test_engines_that_differ_alike_are_one_difference() -> None:
    layer = Drawn((Raw(b"a"),))
    assert 1 == len(differences(layer, TREE, {"Docker": Refused("x"), "Podman": Refused("y")}))
    assert 2 == len(differences(layer, TREE, {"Docker": Refused("x"), "Podman": Shown({}, 1, 0)}))
    assert [] == differences(layer, Refused("x"), {"Docker": Refused("y"), "Podman": Refused("z")})


def test_a_raw_member_says_all_that_is_in_its_header() -> None:
    raw = Raw(b"a", body=b"hi", major=base256(-1, 8))
    assert 1024 == len(bytes(raw))
    assert b"\xff" * 8 == bytes(raw)[329:337]
    assert raw == eval(repr(raw), {"Raw": Raw})
    assert b"7 a=bc\n" == record(b"a", b"bc")
    assert b"00009 a=b\n"[1:] != record(b"a", b"b", 5)
    assert replace(pax([(b"a", b"b")]), body=b"") == Raw(b"PaxHeaders/x", type=b"x")
