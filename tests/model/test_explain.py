"""Dead bytes: each with its layer, its culprit and its reason, in stacks small enough to count by hand."""

from collections.abc import Mapping
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerlab as ll
from layerlab.model.entry import Spec


def stack(*layers: Mapping[str, Spec]) -> ll.Image:
    image = ll.scratch
    for files in layers:
        image = image.with_layer(ll.Layer.of(files))
    return image


def dead(image: ll.Image) -> list[tuple[str, int, int, int, str]]:
    return [(row.path, row.bytes, row.layer, row.by, row.reason) for row in ll.explain(image).dead]


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ([{"a": b"old"}, {"a": b"newer"}], [("a", 3, 0, 1, "overwritten")]),
        ([{"a": b"old"}, {"a": b"new"}], [("a", 3, 0, 1, "overwritten")]),
        ([{"a": b"same"}, {"a": ll.File(b"same", mode=0o600)}], [("a", 4, 0, 1, "metadata")]),
        ([{"a": b"123"}, {"a": ll.WHITEOUT}], [("a", 3, 0, 1, "whiteout")]),
        ([{"d/a": b"123"}, {"d/": ll.OPAQUE}], [("d/a", 3, 0, 1, "opaque")]),
        ([{"d/a": b"123"}, {"d": b"x"}], [("d/a", 3, 0, 1, "type")]),
        ([{"a": b"123"}, {"a/b": b"x"}], [("a", 3, 0, 1, "type")]),
        ([{"a": b"123"}, {"a": ll.Symlink("b")}], [("a", 3, 0, 1, "type")]),
        ([{"s": ll.Symlink("abc")}, {"s": ll.Symlink("ab")}], [("s", 3, 0, 1, "overwritten")]),
        # A directory that was removed: every file in it, blamed on the one whiteout.
        (
            [{"d/a": b"1", "d/e/b": b"22"}, {"d/": ll.WHITEOUT}],
            [("d/e/b", 2, 0, 1, "whiteout"), ("d/a", 1, 0, 1, "whiteout")],
        ),
        # A file that comes back: the first hiding is to blame, the new copy is visible.
        ([{"a": b"123"}, {"a": ll.WHITEOUT}, {"a": b"123"}], [("a", 3, 0, 1, "whiteout")]),
        ([{"a": b"1"}, {"a": b"22"}, {"a": b"333"}], [("a", 2, 1, 2, "overwritten"), ("a", 1, 0, 1, "overwritten")]),
        # A hard link survives: nothing is dead until its last name goes, and that layer is to blame.
        ([{"a": b"123", "b": ll.HardLink("a")}, {"a": ll.WHITEOUT}], []),
        ([{"a": b"123", "b": ll.HardLink("a")}, {"a": b"x"}, {"b": ll.WHITEOUT}], [("b", 3, 0, 2, "whiteout")]),
        ([{"d/a": b"123", "b": ll.HardLink("d/a")}, {"d/": ll.WHITEOUT}], []),
        ([{"a": b""}, {"a": ll.WHITEOUT}], []),
    ],
)
def test_every_dead_byte_has_its_culprit_and_reason(
    layers: list[Mapping[str, Spec]], expected: list[tuple[str, int, int, int, str]]
) -> None:
    assert expected == dead(stack(*layers))


def test_an_image_whose_directory_was_removed_is_not_called_efficient() -> None:
    image = stack({"d/big": ll.filler(100_000), "small": ll.filler(1_000)}, {"d/": ll.WHITEOUT})
    assert Fraction(1_000, 101_000) == ll.explain(image).live


names = st.sampled_from(["a", "b", "d/a", "d/b", "d/e/a", "d", "d/e"])
specs: st.SearchStrategy[Spec] = st.sampled_from(
    [b"1", b"22", b"333", ll.Symlink("b"), ll.WHITEOUT, ll.OPAQUE, ll.Directory()]
)


@st.composite
def layers(draw: st.DrawFn) -> ll.Layer:
    files = draw(st.dictionaries(names, specs, max_size=5))
    try:
        return ll.Layer.of(files)
    except ValueError:
        return ll.Layer.of({})


@given(st.lists(layers(), max_size=6))
def test_visible_bytes_are_those_of_the_merged_view_and_the_rest_is_dead(stack: list[ll.Layer]) -> None:
    image = ll.scratch
    for layer in stack:
        image = image.with_layer(layer)
    report = ll.explain(image)
    shown = {entry.inode: entry.size for entry in image.view().values() if entry.kind in ("file", "symlink")}
    assert sum(shown.values()) == sum(row.visible for row in report.layers)
    assert image.size == sum(row.visible + row.dead for row in report.layers)
    assert sum(row.dead for row in report.layers) == sum(row.bytes for row in report.dead)
    assert all(row.layer < row.by < len(image.layers) for row in report.dead)
