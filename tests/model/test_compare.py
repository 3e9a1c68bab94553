"""How two images differ, and which files of one lie on each other; bytes are read only where nothing else decides."""

from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from time import process_time

import pytest

from layerlab import OPAQUE, WHITEOUT, Device, Directory, File, HardLink, Image, Layer, Symlink, filler, scratch
from layerlab.model import compare
from layerlab.model.compare import Diff, diff, overlaps
from layerlab.model.content import CHUNK, Content
from layerlab.model.entry import Entry, Spec
from layerlab.model.layer import Stored

FILES = 11_000


class Counted(Content):
    """Zeros, but for one byte, that count how many of them were read."""

    __slots__ = ("read_bytes", "size", "where")

    def __init__(self, size: int, where: int = -1) -> None:
        self.size, self.where, self.read_bytes = size, where, 0

    def chunks(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        stop = min(self.size, self.size if stop is None else stop)
        for begin in range(start, stop, CHUNK):
            end = min(begin + CHUNK, stop)
            self.read_bytes += end - begin
            yield (
                bytes(place == self.where for place in range(begin, end))
                if begin <= self.where < end
                else bytes(end - begin)
            )


def image(*layers: dict[str, Spec]) -> Image:
    found = scratch
    for files in layers:
        found = found.with_layer(Layer.of(files))
    return found


def loaded(layer: Layer, data: Content) -> Layer:
    """The same layer as an archive gives it: its DiffID is at hand, its entries are others."""
    entries = {name: entry._replace(content=data) if entry.size else entry for name, entry in layer.entries.items()}
    return Layer(entries, Stored(layer.diff_id, data, layer.diff_id, data, "tar"))


def layers(found: Diff) -> list[tuple[str, int | None, int | None, int]]:
    return [(row.kind, row.a, row.b, row.size) for row in found.layers]


def files(found: Diff) -> list[tuple[str, str]]:
    return [(row.path, row.kind) for row in found.files]


def test_layers_are_shared_from_the_bottom_up_and_the_rest_is_of_one_image() -> None:
    base = image({"a": b"1"}, {"b": b"22"})
    found = diff(base.with_layer(Layer.of({"c": b"333"})), base.with_layer(Layer.of({"d": b"4444"})))
    expected = [("shared", 0, 0, 1), ("shared", 1, 1, 2), ("only in a", 2, None, 3), ("only in b", None, 2, 4)]
    assert expected == layers(found)
    assert [3, 0, 3, 4] == [found.layer_size(kind) for kind in ("shared", "stored twice", "only in a", "only in b")]


def test_the_same_layer_on_another_parent_is_stored_twice() -> None:
    site: dict[str, Spec] = {"site": b"sss"}
    found = diff(image({"a": b"1"}, site), image({"b": b"22"}, {"c": b"1"}, site))
    assert [
        ("only in a", 0, None, 1),
        ("stored twice", 1, 2, 3),
        ("only in b", None, 0, 2),
        ("only in b", None, 1, 1),
    ] == (layers(found))


def test_an_empty_layer_that_one_image_has_twice_finds_one_twin_each() -> None:
    found = diff(image({"a": b"1"}, {}, {}), image({"b": b"2"}, {}))
    assert ["only in a", "stored twice", "only in a", "only in b"] == [row.kind for row in found.layers]


def test_every_layer_of_both_is_counted_once() -> None:
    a, b = image({"a": b"1"}, {"x": b"xx"}, {"c": b"3"}), image({"b": b"1"}, {"c": b"3"}, {"x": b"xx"})
    found = diff(a, b)
    assert [0, 1, 2] == sorted(row.a for row in found.layers if row.a is not None)
    assert [0, 1, 2] == sorted(row.b for row in found.layers if row.b is not None)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (b"hello", b"hullo", "content"),
        (b"hello", b"hello you", "content"),
        (Symlink("bash"), Symlink("dash"), "content"),
        (Device("char", 259), Device("char", 260), "content"),
        (b"hello", File(b"hello", mode=0o600), "metadata"),
        (b"hello", File(b"hello", uid=1), "metadata"),
        (b"hello", File(b"hello", gid=1), "metadata"),
        (b"hello", File(b"hello", mtime=1), "metadata"),
        (b"hello", File(b"hello", xattrs={"user.a": b"1"}), "metadata"),
        (Directory(), Directory(mode=0o700), "metadata"),
        (b"hello", Symlink("bash!"[:5]), "type"),
        (b"hello", Directory(), "type"),
        (Device("char", 259), Device("block", 259), "type"),
    ],
)
def test_a_changed_path_says_how_it_changed(before: Spec, after: Spec, kind: str) -> None:
    a, b = image({"x": before}), image({"x": after})
    assert [("x", kind)] == files(diff(a, b)) == files(diff(b, a))
    assert [("x", kind)] == files(diff(a, a.with_layer(Layer.of({"x": after}))))


def test_what_is_written_again_as_it_was_does_not_differ() -> None:
    base = image({"etc/motd": b"hello", "usr/lib": Symlink("lib64")})
    assert () == diff(base, base.with_layer(Layer.of({"etc/motd": b"hello", "usr/lib": Symlink("lib64")}))).files


def test_paths_are_added_and_removed_with_all_that_is_in_them() -> None:
    a, b = image({"d/e/one": b"1"}), image({"d/two": b"22"})
    assert [("d/e", "removed"), ("d/e/one", "removed"), ("d/two", "added")] == files(diff(a, b))
    row = diff(a, b).files[-1]
    assert (None, 0, 2) == (row.a, row.size_a, row.size_b)
    assert row.b is not None
    assert b"22" == row.b.read()


def test_a_directory_in_the_place_of_a_file_brings_its_names() -> None:
    assert [("x", "type"), ("x/y", "added")] == files(diff(image({"x": b"1"}), image({"x/y": b"1"})))
    assert [("x", "type"), ("x/y", "removed")] == files(diff(image({"x/y": b"1"}), image({"x": b"1"})))


def test_whiteouts_and_opaque_marks_count_as_the_view_shows_them() -> None:
    base = image({"d/one": b"1", "d/two": b"2", "three": b"3"})
    found = diff(base, base.with_layer(Layer.of({"d/": OPAQUE, "d/two": b"2", "three": WHITEOUT})))
    assert [("d/one", "removed"), ("three", "removed")] == files(found)


def test_a_squashed_image_shows_the_same_files_in_another_layer() -> None:
    base = image({"a": b"1", "d/b": HardLink("a")}, {"a": b"2"}, {"c": Symlink("a"), "d/x": Directory(mode=0o700)})
    found = diff(base, base.squash())
    assert () == found.files
    assert ["only in a"] * 3 + ["only in b"] == [row.kind for row in found.layers]


def test_bytes_are_counted_by_kind_and_hard_links_once() -> None:
    a = image({"gone": b"1", "same": b"12345"})
    b = image({"h1": b"333", "h2": HardLink("h1"), "same": b"1234567"})
    assert [3, 1, 7, 0] == [diff(a, b).file_size(kind) for kind in ("added", "removed", "content", "type")]


def test_a_result_is_frozen_and_says_in_one_line_what_it_holds() -> None:
    base = image({"a": b"1"})
    found = diff(base, base.with_layer(Layer.of({"b": b"2", "c": b"3"})))
    assert "<Diff: layers: 1 shared, 1 only in b; paths: 2 added>" == repr(found)
    assert "<Diff: the same layers; the same files>" == repr(diff(base, base.with_config(env={"A": "1"})))
    with pytest.raises(FrozenInstanceError):
        found.files = ()  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        found.files[0].kind = "type"  # type: ignore[misc]


def test_nothing_is_read_where_sizes_layers_or_identity_decide() -> None:
    data = Counted(5_000_000)
    base = image({"d/big": data})
    moved = base.with_layer(Layer.of({"d/big": File(data, mode=0o600), "d/small": Counted(10)}))
    assert [("d/big", "metadata"), ("d/small", "added")] == files(diff(base, moved))
    other = Counted(4_999_999)
    assert [("d/big", "content")] == files(diff(base, image({"d/big": other})))
    assert 0 == data.read_bytes == other.read_bytes


def test_nothing_is_read_of_a_file_that_comes_from_the_same_layer_of_two_archives() -> None:
    big: Spec = filler(5_000_000)
    for below in ({}, {"other": b"1"}):
        pair = [Counted(5_000_000), Counted(5_000_000)]
        tops = [loaded(Layer.of({"d/big": big}), data) for data in pair]
        a, b = Image([tops[0]]), Image([*([Layer.of(below)] if below else []), tops[1]])
        assert [("other", "added")] * len(below) == files(diff(a, b))
        assert [0, 0] == [data.read_bytes for data in pair]


def test_contents_of_one_size_are_read_up_to_the_first_piece_that_differs() -> None:
    pair = [Counted(8 * CHUNK, where=CHUNK + 5), Counted(8 * CHUNK)]
    a, b = image({"x": pair[0], "y": b"1"}), image({"x": pair[1], "z": b"1"})
    assert ("x", "content") in files(diff(a, b))
    assert [2 * CHUNK, 2 * CHUNK] == [data.read_bytes for data in pair]


def test_layers_made_here_are_told_apart_as_their_diff_ids_are() -> None:
    plain: dict[str, Spec] = {"a": b"12", "b": b"12", "c": b"12"}
    one: dict[str, Spec] = {**plain, "b": HardLink("a")}
    other: dict[str, Spec] = {**plain, "c": HardLink("b")}
    made = [plain, one, other, {**one, "c": HardLink("a")}, {**plain, "c": b"13"}, {**plain, "d": b""}, plain, one]
    for a in made:
        for b in made:
            shared = ["shared"] == [row.kind for row in diff(image(a), image(b)).layers]
            assert (Layer.of(a).diff_id == Layer.of(b).diff_id) == shared


def test_a_layer_made_here_is_that_of_an_archive_where_the_diff_ids_are_equal() -> None:
    layer = Layer.of({"a": b"12"})
    again = Layer.of({"a": b"12"})
    assert ["shared"] == [
        row.kind for row in diff(Image([loaded(layer, layer.entries["a"].content)]), Image([again])).layers
    ]
    apart = Layer.of({"a": b"13"})
    found = diff(Image([loaded(layer, layer.entries["a"].content)]), Image([apart])).layers
    assert ["only in a", "only in b"] == [row.kind for row in found]


def test_layers_whose_metadata_differ_are_not_hashed() -> None:
    pair = [Counted(CHUNK), Counted(CHUNK + 1)]
    diff(image({"x": pair[0]}), image({"x": File(pair[1], mode=0o600)}))
    assert [0, 0] == [data.read_bytes for data in pair]


def many(mode: int = 0o644) -> dict[str, Spec]:
    return {f"usr/{number % 100}/{number}": File(filler(32_000), mode) for number in range(FILES)}


# Each file beside each other one would be 121 million steps, which is minutes: 20 seconds tell that from slow machines.
SQUARE = 20


def test_the_time_to_compare_two_images_grows_with_their_files_and_not_with_their_square() -> None:
    base, same, other = image(many()), image({"a": b""}, many()), image(many(mode=0o600))
    top = base.with_layer(Layer.of({"usr/7/7": b"new", "usr/8/8": WHITEOUT, "etc/motd": b"hi"}))
    for a, b, expected in ((base, top, 4), (base, same, 1), (base, other, FILES)):
        start = process_time()
        assert expected == len(diff(a, b).files)
        assert process_time() - start < SQUARE


def test_a_part_of_the_tree_that_no_other_layer_touches_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[Entry | None, Entry | None]] = []

    def noting(a: Entry | None, b: Entry | None, same: set[tuple[int | None, int | None]]) -> None:
        asked.append((a, b))

    monkeypatch.setattr(compare, "_kind", noting)
    below = Layer.of(many())
    diff(Image([below]), Image([below, Layer.of({"usr/7/new": b""})]))
    assert 4 == len(asked)


def test_an_overlap_names_the_layers_that_hold_a_path_and_the_one_that_shows() -> None:
    found = overlaps(image({"a": b"1", "b": b"1"}, {"a": b"22"}, {"c": b"3"}, {"a": b"4444"}))
    (row,) = found.files
    assert ("a", (0, 1, 3), 3, 4, 3) == (row.path, row.layers, row.shows, row.size, row.below)
    assert [b"1", b"22", b"4444"] == [entry.read() for entry in row.entries]


def test_a_path_that_is_hidden_again_shows_from_no_layer() -> None:
    base = image({"d/a": b"1"}, {"d/a": b"22"})
    marks: list[dict[str, Spec]] = [{"d/a": WHITEOUT}, {"d": WHITEOUT}, {"d/": OPAQUE}, {"d": b"file"}]
    for mark in marks:
        row = next(row for row in overlaps(base.with_layer(Layer.of(mark))).files if row.path == "d/a")
        assert (None, 0, 3) == (row.shows, row.size, row.below)


def test_a_file_made_again_over_its_whiteout_shows_from_the_top() -> None:
    (row,) = overlaps(image({"a": b"1"}, {"a": WHITEOUT}, {"a": b"22"})).files
    assert ((0, 2), 2) == (row.layers, row.shows)


def test_directories_merge_and_a_file_over_a_directory_does_not() -> None:
    assert () == overlaps(image({"d/a": b"1"}, {"d/b": b"1"}, {"d/": Directory(mode=0o700)})).files
    (row,) = overlaps(image({"d": b"123"}, {"d/b": b"1"})).files
    assert ("d", (0, 1), 1, 3) == (row.path, row.layers, row.shows, row.below)


def test_a_whiteout_alone_is_no_overlap() -> None:
    assert () == overlaps(image({"a": b"1", "b": b"2"}, {"a": WHITEOUT, "b": Device("char", 0)})).files


def test_overlaps_come_with_the_most_bytes_below_first_and_count_hard_links_once() -> None:
    found = overlaps(
        image({"a": b"1", "h1": b"333", "h2": HardLink("h1")}, {"a": b"2", "h1": b"", "h2": HardLink("h1")})
    )
    assert ["h1", "h2", "a"] == [row.path for row in found.files]
    assert (1, 4) == (found.size, found.below)
    assert "<Overlaps: 3 paths in two layers or more, 4 B below>" == repr(found)
    assert "<Overlaps: no path in two layers>" == repr(overlaps(scratch))


def test_the_time_to_find_overlaps_grows_with_the_files_and_nothing_is_read() -> None:
    data = Counted(CHUNK)
    lower: dict[str, Spec] = {f"usr/{number % 100}/{number}": data for number in range(FILES)}
    both = image(lower, {name: File(data, mode=0o600) for name in lower})
    start = process_time()
    assert FILES == len(overlaps(both).files)
    assert process_time() - start < SQUARE
    assert 0 == data.read_bytes
