"""Layers made otherwise: what the image shows stays, and only bytes that nothing shows go."""

from collections.abc import Mapping
from contextlib import suppress
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab import (
    OPAQUE,
    WHITEOUT,
    Directory,
    File,
    HardLink,
    Host,
    Image,
    Layer,
    Symlink,
    explain,
    filler,
    scratch,
)
from layerlab.model.entry import Device, Entry, Spec
from layerlab.model.store import Disk, shared_layers, stored
from layerlab.model.whatif import Deletion, delete_within, deletions, squash


def stack(*layers: Mapping[str, Spec]) -> Image:
    """The layers as an image, given from the bottom."""
    image = scratch
    for files in layers:
        image = image.with_layer(Layer.of(files))
    return image


def shown(image: Image) -> tuple[dict[str, Entry], set[frozenset[str]]]:
    """What an image shows, and which of its names are hard links to one file.

    Inodes are counted anew where layers are made otherwise, and so are links.
    """
    view = dict(image.view())
    links: dict[int, set[str]] = {}
    for path, entry in view.items():
        links.setdefault(entry.inode if entry.kind != "directory" else -len(links) - 1, set()).add(path)
    return {path: entry._replace(inode=0, nlink=1) for path, entry in view.items()}, set(map(frozenset, links.values()))


def test_deleting_in_the_step_that_made_the_file_leaves_neither_file_nor_whiteout() -> None:
    image = stack({"srv/big": filler(100), "srv/page": b"hi"}, {"srv/big": WHITEOUT})
    after = delete_within(image, by=1, into=0)
    assert [2] == [layer.size for layer in after.layers]
    assert ["srv", "srv/page"] == list(after.layers[0].entries)


def test_a_layer_that_does_more_than_delete_stays_without_the_whiteout() -> None:
    image = stack({"big": filler(100)}, {"big": WHITEOUT, "new": b"1"})
    assert [[], ["new"]] == [list(layer.entries) for layer in delete_within(image, by=1, into=0).layers]


@pytest.mark.parametrize(
    "directory", [Directory(mode=0o700), Directory(mtime=5), Directory(uid=1), Directory(xattrs={"user.a": b"1"})]
)
def test_a_layer_that_gives_a_directory_other_attributes_stays(directory: Directory) -> None:
    image = stack({"d/big": filler(100)}, {"d/": directory, "d/big": WHITEOUT})
    assert 2 == len(delete_within(image, by=1, into=0).layers)


def test_what_lay_below_the_deleted_file_is_hidden_in_the_step_that_deletes_now() -> None:
    image = stack({"a": b"1"}, {"a": b"22"}, {"a": WHITEOUT})
    after = delete_within(image, by=2, into=1)
    assert [["a"], [".wh.a"]] == [list(layer.entries) for layer in after.layers]


def test_a_whiteout_stays_where_a_layer_between_made_the_file_again() -> None:
    image = stack({"a": b"1"}, {"a": b"22"}, {"a": WHITEOUT})
    after = delete_within(image, by=2, into=0)
    assert [[], ["a"], [".wh.a"]] == [list(layer.entries) for layer in after.layers]


def test_an_opaque_directorys_deletion_moves_too() -> None:
    image = stack({"d/low": b"1"}, {"d/big": filler(100)}, {"d/": OPAQUE, "d/new": b"1"})
    after = delete_within(image, by=2, into=1)
    assert [["d", "d/low"], ["d", "d/.wh..wh..opq"], ["d", "d/new"]] == [list(layer.entries) for layer in after.layers]


def test_only_deletions_of_that_layer_move() -> None:
    image = stack({"a": filler(10)}, {"b": filler(20)}, {"a": WHITEOUT, "b": WHITEOUT})
    after = delete_within(image, by=2, into=0)
    assert [0, 20, 0] == [layer.size for layer in after.layers]
    assert [".wh.b"] == list(after.layers[2].entries)


def test_a_hard_link_that_stays_keeps_its_bytes() -> None:
    image = stack({"a": b"123", "b": HardLink("a"), "c": HardLink("a")}, {"a": WHITEOUT})
    after = delete_within(image, by=1, into=0)
    assert (3, 2) == (after.size, after.view()["b"].nlink)


def test_a_file_that_was_deleted_to_make_a_directory_is_deleted_in_its_own_step() -> None:
    again = {".wh.d": Entry("whiteout", 0, inode=1), "d": Entry("directory", 0o755, inode=2)}
    image = stack({"d": b"1"}).with_layer(Layer(again))
    assert [[], ["d"]] == [list(layer.entries) for layer in delete_within(image, by=1, into=0).layers]


@pytest.mark.parametrize(("by", "into"), [(0, 1), (1, 1), (2, 0), (1, -1)])
def test_layers_that_are_not_one_below_the_other_are_refused(by: int, into: int) -> None:
    with pytest.raises(ValueError, match=f"of a stack of 2 layers, {into} does not lie below {by}"):
        delete_within(stack({"a": b"1"}, {"a": WHITEOUT}), by, into)


def test_a_layer_that_deletes_nothing_there_is_refused() -> None:
    with pytest.raises(ValueError, match="layer 1 deletes nothing that layer 0 holds"):
        delete_within(stack({"a": b"1"}, {"a": b"2", "b": WHITEOUT}), 1, 0)


def test_the_history_says_what_is_deleted_where_and_keeps_its_metadata_steps() -> None:
    image = scratch.with_config(env={"A": "1"}, created_by="ENV A=1")
    image = image.with_layer(Layer.of(dict.fromkeys("abcd", b"1")), "COPY . /").with_config(
        cmd=["sh"], created_by="CMD"
    )
    after = delete_within(image.with_layer(Layer.of(dict.fromkeys("abcd", WHITEOUT)), "RUN rm *"), 1, 0)
    assert ["ENV A=1", "COPY . /", "CMD"] == [step.created_by for step in after.history]
    assert [True, False, True] == [step.empty_layer for step in after.history]
    assert (["A=1"], ["sh"]) == (after.config["Env"], after.config["Cmd"])


def test_squashed_layers_share_a_line_of_history() -> None:
    image = scratch.with_layer(Layer.of({"a": b"1"}), "/bin/sh -c make").with_config(user="me", created_by="USER me")
    image = image.with_layer(Layer.of({"a": WHITEOUT}), "/bin/sh -c rm a")
    image = image.with_layer(Layer.of({}), "/bin/sh -c #(nop) ADD x").with_layer(Layer.of({"b": b"2"}), "COPY b /")
    assert ["RUN make && rm a", "USER me", "ADD x", "COPY b /"] == [
        step.created_by.removeprefix("/bin/sh -c #(nop) ") for step in squash(image, 0, 1).history
    ]
    after = squash(image, 0, 2)
    assert ["squash", "USER me", "COPY b /"] == [step.created_by for step in after.history]
    assert [0, 1] == [layer.size for layer in after.layers]


def test_a_step_that_ran_deletes_what_it_made_and_every_name_stands_in_its_line() -> None:
    image = scratch.with_layer(Layer.of(dict.fromkeys("abcd", b"1")), "/bin/sh -c make")
    after = delete_within(image.with_layer(Layer.of(dict.fromkeys("abcd", WHITEOUT)), "RUN rm *"), 1, 0)
    assert ["RUN make && rm -r /a /b /c /d"] == [step.created_by for step in after.history]


def test_an_image_whose_history_does_not_fit_its_layers_keeps_its_layers() -> None:
    image = Image([Layer.of({"a": b"1"}), Layer.of({"b": b"2"}), Layer.of({"a": WHITEOUT})])
    assert [2, 2] == [len(squash(image, 1, 2).layers), len(delete_within(image, 2, 0).layers)]


def test_squashing_keeps_the_whiteouts_that_hide_lower_layers_alone() -> None:
    image = stack({"a": b"1"}, {"b": b"2"}, {"a": WHITEOUT, "b": WHITEOUT})
    assert [".wh.a"] == list(squash(image, 1, 2).layers[1].entries)


def test_a_directory_made_again_within_the_squashed_layers_does_not_merge_with_one_below() -> None:
    image = stack({"d/low": b"1"}, {"d/": WHITEOUT}, {"d/new": b"2"})
    after = squash(image, 1, 2)
    assert ["d", "d/.wh..wh..opq", "d/new"] == list(after.layers[1].entries)
    assert "d/low" not in after.view()


@pytest.mark.parametrize(("first", "last"), [(1, 1), (1, 0), (-1, 1), (0, 2)])
def test_what_is_no_range_of_layers_is_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match=f"layers {first} to {last} are no neighbours in a stack of 2"):
        squash(stack({"a": b"1"}, {"b": b"2"}), first, last)


def test_deletions_are_those_of_whiteouts_and_opaque_marks_the_most_bytes_first() -> None:
    image = stack(
        {"a": b"1", "b": b"22", "c": b"333", "d/e": b"4444"},
        {"a": WHITEOUT, "b": WHITEOUT, "c": b"x", "d/": OPAQUE},
        {"c": WHITEOUT},
    )
    assert (Deletion(1, 0, 7, 3), Deletion(2, 1, 1, 1)) == deletions(explain(image))


NAMES = ["a", "b", "c", "a/a", "a/b", "a/c", "b/a", "b/b", "a/b/a", "a/b/c", "b/a/c"]
SPECS: st.SearchStrategy[Spec] = st.sampled_from(
    [
        b"1", b"22", b"333", File(b"333", mode=0o600), Symlink("b"), WHITEOUT, WHITEOUT, OPAQUE, Directory(mode=0o700),
        Directory(mtime=9), Device("char", 0), HardLink("c"), HardLink("a/a"),
    ]
)  # fmt: skip


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    """Any layer, now and then as an archive may have it: without parents, or a whiteout beside what it hides."""
    kept: dict[str, Spec] = {}
    for name, spec in draw(st.dictionaries(st.sampled_from(NAMES), SPECS, max_size=7)).items():
        try:
            Layer.of({**kept, name: spec})
        except ValueError:
            continue
        kept[name] = spec
    if draw(st.booleans()):
        kept[""] = Directory(mode=draw(st.sampled_from([0o755, 0o700])))
    layer = Layer.of(kept)
    entries = dict(layer.entries)
    for name in draw(st.sets(st.sampled_from(NAMES), max_size=2)):
        if name in entries and entries[name].kind == "directory" and draw(st.booleans()):
            del entries[name]
        elif name in entries and "." not in name:
            parent, slash, base = name.rpartition("/")
            entries[f"{parent}{slash}.wh.{base}"] = Entry("whiteout", 0, inode=-100 - len(entries))
    return Layer(entries)


@st.composite
def images(draw: st.DrawFn) -> Image:
    image = scratch
    for layer in draw(st.lists(layers(), min_size=2, max_size=5)):
        image = image.with_layer(layer)
    return image


def changed(image: Image) -> list[Image]:
    """The image after every change that is possible."""
    pairs = list(combinations(range(len(image.layers)), 2))
    found = [squash(image, *pair) for pair in pairs]
    for into, by in pairs:
        with suppress(ValueError):
            found.append(delete_within(image, by, into))
    return found


@given(images())
def test_the_view_is_the_same_after_every_change_and_dead_bytes_are_what_went(image: Image) -> None:
    before, report = shown(image), explain(image)
    visible = sum(layer.visible for layer in report.layers)
    for after in changed(image):
        assert before == shown(after)
        assert after.size <= image.size
        assert visible == sum(layer.visible for layer in explain(after).layers)
        assert image.config == after.config


@given(images())
def test_a_change_to_the_layers_is_a_layer_like_any_other(image: Image) -> None:
    for after in changed(image):
        for layer in after.layers:
            inodes: dict[int, set[str]] = {}
            for name, entry in layer.entries.items():
                inodes.setdefault(entry.inode, set()).add(name)
                assert 1 <= entry.inode < 1 << 32 or layer in image.layers
            for name, entry in layer.entries.items():
                if layer not in image.layers:
                    assert len(inodes[entry.inode]) == (entry.nlink if entry.kind != "directory" else 1), name
                    assert entry.kind != "whiteout" or name.replace(".wh.", "") not in layer.entries


@given(images())
def test_squashing_all_layers_leaves_no_dead_byte_and_no_mark(image: Image) -> None:
    whole = squash(image, 0, len(image.layers) - 1)
    assert 1 == explain(whole).live
    assert {"whiteout", "opaque"}.isdisjoint(entry.kind for entry in whole.layers[0].entries.values())


@given(images())
def test_every_deletion_that_is_offered_can_be_moved(image: Image) -> None:
    for row in deletions(explain(image)):
        assert delete_within(image, row.by, row.into).size <= image.size


@given(st.lists(images(), min_size=1, max_size=3), st.integers(0, 4))
def test_a_store_keeps_each_chain_id_once(others: list[Image], height: int) -> None:
    image = others[0]
    while len(image.layers) > height and image.parent is not None:
        image = image.parent
    image = image.with_layer(Layer.of({"own": b"1"}))
    host = Host()
    for number, each in enumerate([image, *others]):
        host.add(each, f"i{number}")
    kept = stored(image, others)
    assert host.usage().disk == kept.total
    mine, theirs = set(image.chain_ids), {chain for other in others for chain in other.chain_ids}
    size = dict(zip(image.chain_ids, (layer.size for layer in image.layers), strict=True))
    assert sum(size[chain] for chain in mine & theirs) == kept.shared
    assert sum(size[chain] for chain in mine - theirs) == kept.own
    assert len(mine & set(others[0].chain_ids)) == shared_layers(image, others[0])


def test_squashing_one_of_two_images_stores_their_base_twice() -> None:
    base = stack({"base": filler(300)})
    shop, blog = base.with_layer(Layer.of({"s": filler(25)})), base.with_layer(Layer.of({"b": filler(10)}))
    assert (Disk(25, 300, 10), 335) == (stored(shop, [blog]), stored(shop, [blog]).total)
    assert Disk(325, 0, 310) == stored(squash(shop, 0, 1), [blog])


def test_layers_that_look_alike_are_told_apart_by_their_bytes() -> None:
    one, other = stack({"a": b"1"}), stack({"a": b"2"})
    assert Disk(1, 0, 1) == stored(one, [other])
    assert Disk(0, 1, 0) == stored(one, [stack({"a": b"1"})])


def test_comparing_what_differs_hashes_nothing() -> None:
    one = stack({"a": filler(10**12)})
    assert Disk(10**12, 0, 1) == stored(one, [stack({"a": b"1"})])


@given(images())
def test_what_is_built_on_a_squashed_image_is_accounted_for(image: Image) -> None:
    gone = image.squash().with_layer(Layer.of({"a": WHITEOUT}))
    report = explain(gone)
    assert {0} >= {row.layer for row in report.dead}
    assert gone.size == sum(layer.visible + layer.dead for layer in report.layers)


def test_an_example_that_can_be_counted_by_hand() -> None:
    image = stack({"log": filler(100), "page": b"hi"}, {"page": File(b"hi", mode=0o600)}, {"log": WHITEOUT})
    assert Fraction(2, 104) == explain(image).live
    assert [2, 2] == [layer.size for layer in delete_within(image, 2, 0).layers]
    assert [2] == [layer.size for layer in squash(image, 0, 2).layers]
