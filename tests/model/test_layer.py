"""Layers, contents and the merge: small cases, and content against a plain bytearray."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

import layerlab as ll
from layerlab.model.content import PAGE, Literal, Pages
from layerlab.model.entry import Spec

offsets = st.integers(0, 3 * PAGE)
writes = st.tuples(st.just("write"), offsets, st.binary(max_size=2 * PAGE))
cuts = st.tuples(st.just("truncate"), offsets, st.just(b""))


@given(st.binary(max_size=2 * PAGE), st.lists(writes | cuts, max_size=12), offsets, offsets)
def test_pages_hold_what_a_plain_bytearray_would(
    base: bytes, changes: list[tuple[str, int, bytes]], start: int, length: int
) -> None:
    pages, plain = Pages(Literal(base)), bytearray(base)
    frozen = []
    for kind, offset, data in changes:
        if kind == "truncate":
            pages.truncate(offset)
            plain = plain[:offset] + bytes(max(0, offset - len(plain)))
        elif data:
            pages.write(offset, data)
            plain += bytes(max(0, offset - len(plain)))
            plain[offset : offset + len(data)] = data
        frozen.append((pages.freeze(), bytes(plain)))
        assert len(plain) == pages.size
        assert bytes(plain[start : start + length]) == pages.read(start, start + length)
    for content, expected in frozen:
        assert expected == content.read()
        assert expected[start : start + length] == content.read(start, start + length)


def test_a_stream_reads_content_in_pieces() -> None:
    entry = ll.Layer.of({"a": ll.filler(3_000_000)}).entries["a"]
    with entry.open() as stream:
        pieces = [stream.read(1_000_000) for _ in range(4)]
    assert [1_000_000, 1_000_000, 1_000_000, 0] == [len(piece) for piece in pieces]
    assert entry.read() == b"".join(pieces)


def test_only_files_can_be_read() -> None:
    with pytest.raises(OSError, match="a directory has no content"):
        ll.Layer.of({"a/b": b""}).entries["a"].read()


def test_sizes_count_each_inode_once_and_symlink_targets() -> None:
    layer = ll.Layer.of(
        {"a": b"12345", "b": ll.HardLink("a"), "c": ll.HardLink("a"), "s": ll.Symlink("abc"), "d/": ll.OPAQUE}
    )
    assert 5 + 3 == layer.size
    assert 3 == layer.entries["a"].nlink
    assert layer.entries["a"].inode == layer.entries["b"].inode != layer.entries["s"].inode


def test_missing_parents_become_plain_directories() -> None:
    entry = ll.Layer.of({"a/b/c": b""}).entries["a/b"]
    assert ("directory", 0o755, 0, 0, 0) == (entry.kind, entry.mode, entry.uid, entry.gid, entry.mtime)


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"a": "text"}, "bytes"),
        ({"a/": b"x"}, "must be a directory"),
        ({"a": b"x", "a/b": b"y"}, "'a', which is not a directory"),
        ({"a": b"x", "/a": b"y"}, "named twice"),
        ({"a/../b": b"x"}, r"'\.\.' cannot be part"),
        ({"a//b": b"x"}, "cannot be part"),
        ({"a\0": b"x"}, "cannot be part"),
        ({".wh.a": b"x"}, "WHITEOUT"),
        ({"": b"x"}, "root is a directory"),
        ({"a": ll.HardLink("b")}, "no file of this layer"),
        ({"a": ll.HardLink("d"), "d/": ll.Directory()}, "no file of this layer"),
        ({"a": ll.Symlink("")}, "target"),
    ],
)
def test_a_name_that_no_layer_can_hold_is_refused_with_its_reason(files: Mapping[str, Spec], message: str) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        ll.Layer.of(files)


def test_layers_images_and_views_say_that_they_are_read_only() -> None:
    layer = ll.Layer.of({"a": b"x"})
    image = ll.scratch.with_layer(layer)
    with pytest.raises(TypeError, match="write to a container instead"):
        layer.entries["a"] = b"y"  # type: ignore[index]
    with pytest.raises(TypeError, match="write to a container instead"):
        image.view()["a"] = b"y"
    with pytest.raises(AttributeError, match="write to a container instead"):
        layer.diff_id = "sha256:00"
    with pytest.raises(AttributeError, match="return a new image"):
        image.layers = ()


def stack(*layers: Mapping[str, Spec]) -> ll.Image:
    image = ll.scratch
    for files in layers:
        image = image.with_layer(ll.Layer.of(files))
    return image


@pytest.mark.parametrize(
    ("layers", "shown"),
    [
        ([{"d/a": b"", "d/b": b""}, {"d/c": b""}], ["d/a", "d/b", "d/c"]),
        ([{"d/a": b"", "d/b": b""}, {"d/a": ll.WHITEOUT}], ["d/b"]),
        ([{"d/a": b""}, {"d/": ll.WHITEOUT}], []),
        ([{"d/a": b""}, {"d/": ll.OPAQUE, "d/c": b""}], ["d/c"]),
        ([{"d/a": b""}, {"d": b""}], ["d"]),
        ([{"d": b""}, {"d/a": b""}], ["d/a"]),
        ([{"d/a": b""}, {"d": ll.Symlink("e")}], ["d"]),
        ([{"d/a": b""}, {"d/": ll.WHITEOUT}, {"d/b": b""}], ["d/b"]),
        ([{"d/a": b""}, {"d/a": ll.WHITEOUT}, {"d/a": b"x"}], ["d/a"]),
        ([{"d/a": b""}, {"d/a": ll.Device("char", 0)}], []),
        ([{"a": b""}, {"": ll.OPAQUE, "b": b""}], ["a", "b"]),
    ],
)
def test_a_stack_shows(layers: list[Mapping[str, Spec]], shown: list[str]) -> None:
    view = stack(*layers).view()
    assert shown == [path for path, entry in view.items() if entry.kind != "directory"]


def test_the_upper_directory_gives_the_attributes_and_a_merged_one_has_one_link() -> None:
    lower, upper = ll.Directory(mode=0o700, uid=5), ll.Directory(mode=0o750, gid=6)
    image = stack({"d/": lower, "d/x/y": b""}, {"d/": upper, "d/z/": ll.Directory()})
    entry = image.view()["d"]
    assert (0o750, 0, 6, 1) == (entry.mode, entry.uid, entry.gid, entry.nlink)
    assert 3 == stack({"d/x/y": b""}).view()["d"].nlink


def test_resolve_walks_symlinks_inside_the_image() -> None:
    view = stack(
        {"a/b": b"hi", "rel": ll.Symlink("a/b"), "abs": ll.Symlink("/a"), "up": ll.Symlink("../../../rel")}
    ).view()
    assert [b"hi"] * 4 == [view.resolve(path).read() for path in ("rel", "abs/b", "/up", "a/./../rel")]
    with pytest.raises(NotADirectoryError):
        view.resolve("rel/")
    with pytest.raises(FileNotFoundError):
        view.resolve("a/c")
    with pytest.raises(KeyError):
        view["abs/b"]


def test_a_loop_of_symlinks_ends() -> None:
    with pytest.raises(OSError, match="Too many levels"):
        stack({"a": ll.Symlink("b"), "b": ll.Symlink("a")}).view().resolve("a")


def test_a_deep_stack_and_a_deep_tree_are_indexed_without_recursion() -> None:
    image = stack(*({f"d/f{number}": b"x"} for number in range(500)))
    assert 502 == len(image.view())
    assert 1001 == len(stack({"/".join(["d"] * 1000): b""}).view())
