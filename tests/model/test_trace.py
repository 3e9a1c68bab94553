"""Look-ups traced layer by layer, each held to what the merged view or the container itself shows."""

import errno
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab import OPAQUE, WHITEOUT, Container, Directory, File, Host, Image, Layer, Symlink, scratch
from layerlab.model.entry import Device, Entry, Spec
from layerlab.model.trace import Trace, hops, trace


def stack(*layers: Mapping[str, Spec]) -> Image:
    """The layers as an image, given from the bottom."""
    image = scratch
    for files in layers:
        image = image.with_layer(Layer.of(files))
    return image


def asked(found: Trace) -> list[tuple[int, str, str]]:
    return [(glance.layer, glance.verdict, glance.at) for glance in found.asked]


@pytest.mark.parametrize(
    ("layers", "path", "expected", "outcome"),
    [
        ([{"a": b"1"}, {"b": b"2"}], "a", [(1, "nothing", "a"), (0, "answers", "a")], "found"),
        ([{"a": b"1"}, {"a": b"2"}], "a", [(1, "answers", "a")], "found"),
        ([{"a": b"1"}, {"a": WHITEOUT}, {}], "a", [(2, "nothing", "a"), (1, "whiteout", "a")], "ENOENT"),
        ([{"d/a": b"1"}, {"d/": WHITEOUT}], "d/a", [(1, "whiteout", "d")], "ENOENT"),
        ([{"d/a": b"1"}, {"d/": OPAQUE, "d/b": b""}], "d/a", [(1, "opaque", "d")], "ENOENT"),
        ([{"d/a": b"1"}, {"d/": OPAQUE, "d/b": b""}], "d/b", [(1, "answers", "d/b")], "found"),
        ([{"d/a": b"1"}, {"d/": OPAQUE}], "d", [(1, "opaque", "d")], "found"),
        ([{"d/a": b"1"}, {"d/b": b"2"}], "d", [(1, "merges", "d"), (0, "merges", "d")], "found"),
        ([{"d": b"1"}, {"d/b": b"2"}], "d", [(1, "merges", "d"), (0, "replaced", "d")], "found"),
        ([{"d": b"1"}, {"d/b": b"2"}], "d/a", [(1, "nothing", "d/a"), (0, "replaced", "d")], "ENOENT"),
        ([{"d": b"1"}, {}, {"d/b": b"2"}], "d/a", [(2, "nothing", "d/a"), (1, "nothing", "d/a"), (0, "replaced", "d")],
         "ENOENT"),
        ([{"d/a": b"1"}, {"d": b"2"}], "d/a", [(1, "not a directory", "d")], "ENOTDIR"),
        ([{"a": b"1"}, {"a": Device("char", 0)}], "a", [(1, "whiteout", "a")], "ENOENT"),
        ([{"a": b"1"}, {}], "b", [(1, "nothing", "b"), (0, "nothing", "b")], "ENOENT"),
    ],
)  # fmt: skip
def test_each_layer_has_its_verdict_and_the_first_that_stops_is_the_last_asked(
    layers: list[Mapping[str, Spec]], path: str, expected: list[tuple[int, str, str]], outcome: str
) -> None:
    found = trace(stack(*layers), path)
    assert expected == asked(found)
    assert outcome == found.outcome


def test_what_lies_below_the_answer_is_told_but_was_not_asked() -> None:
    found = trace(stack({"a": b"old"}, {}, {"a": b"new"}), "a")
    assert [(1, "nothing"), (0, "answers")] == [(glance.layer, glance.verdict) for glance in found.below]
    assert b"old" == found.below[1].entry.read()  # type: ignore[union-attr]


def test_a_thin_layer_is_asked_first_under_the_number_above_the_image() -> None:
    web = container([Layer.of({"a": b"1", "b": b"2"})])
    web.append("a", b"!")
    web.unlink("b")
    assert [(1, "answers", "a")] == asked(trace(web, "a"))
    assert [(1, "whiteout", "b")] == asked(trace(web, "b"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("bin/sh", ["bin", "usr/bin/sh", "usr/bin/bash"]),
        ("/bin/./../bin/bash", ["bin", "usr/bin/bash"]),
        ("var/run", ["var/run", "run"]),
        ("var/run/pid", ["var/run", "run/pid"]),
        ("root/etc", ["root", "etc"]),
        ("missing/../etc", ["missing/../etc"]),
    ],
)
def test_a_symlink_ends_one_trace_and_starts_the_next(path: str, expected: list[str]) -> None:
    image = stack(
        {"bin": Symlink("usr/bin"), "usr/bin/sh": Symlink("bash"), "usr/bin/bash": b"#!", "run/pid": b"1"},
        {"var/run": Symlink("../run"), "root": Symlink("/"), "etc/motd": b"hi"},
    )
    assert expected == [hop.path for hop in hops(image, path)]


def test_a_directory_made_again_beside_its_whiteout_hides_what_lies_below() -> None:
    again = {".wh.d": Entry("whiteout", 0, inode=1), "d": Entry("directory", 0o755, inode=2)}
    image = stack({"d/a": b"1"}).with_layer(Layer(again))
    assert [(1, "opaque", "d")] == asked(trace(image, "d/a"))
    assert "d/a" not in image.view()


@pytest.mark.parametrize(("links", "expected"), [(40, "found"), (41, "ELOOP")])
def test_as_many_symlinks_are_followed_as_in_the_kernel(links: int, expected: str) -> None:
    chain: dict[str, Spec] = {f"l{number}": Symlink(f"l{number + 1}") for number in range(links)}
    image = stack({**chain, f"l{links}": b"end"})
    assert (expected, expected) == (shown(image, "l0")[0], traced(image, "l0")[0])


def test_a_loop_of_symlinks_ends_in_the_kernels_refusal() -> None:
    with pytest.raises(OSError, match="'/a'") as refused:
        hops(stack({"a": Symlink("b"), "b": Symlink("a")}), "/a")
    assert errno.ELOOP == refused.value.errno


NAMES = ["a", "b", "c", "a/a", "a/b", "a/c", "b/a", "b/b", "a/b/a", "a/b/c", "b/a/c"]
SPECS: st.SearchStrategy[Spec] = st.sampled_from(
    [
        b"1", b"22", File(b"333", mode=0o600), Symlink("b"), Symlink("../a"), Symlink("/b/a"), WHITEOUT, OPAQUE,
        Directory(mode=0o700), Device("char", 0),
    ]
)  # fmt: skip


@st.composite
def layers(draw: st.DrawFn) -> Layer:
    kept: dict[str, Spec] = {}
    for name, spec in draw(st.dictionaries(st.sampled_from(NAMES), SPECS, max_size=6)).items():
        try:
            Layer.of({**kept, name: spec})
        except ValueError:
            continue
        kept[name] = spec
    return Layer.of(kept)


def container(stack: list[Layer]) -> Container:
    image = scratch
    for layer in stack:
        image = image.with_layer(layer)
    host = Host()
    host.add(image, "demo")
    return host.run("demo", name="web")


def change(web: Container, verb: str, path: str) -> None:
    verbs = {
        "append": lambda: web.append(path, b"!"), "unlink": lambda: web.unlink(path),
        "rmtree": lambda: web.rmtree(path), "mkdir": lambda: web.mkdir(path),
        "symlink": lambda: web.symlink("../b", path), "chmod": lambda: web.chmod(path, 0o711),
    }  # fmt: skip
    try:
        verbs[verb]()
    except OSError:
        return


VERBS = st.sampled_from(["append", "unlink", "rmtree", "mkdir", "symlink", "chmod"])


def shown(target: Container | Image, path: str) -> tuple[str, Entry | None]:
    """What a path leads to, symlinks walked, or the error that it fails with."""
    try:
        return "found", target.stat(path) if isinstance(target, Container) else target.view().resolve(path)
    except OSError as error:
        return errno.errorcode[error.errno or 0], None


def traced(target: Container | Image, path: str) -> tuple[str, Trace | None]:
    """The outcome of a look-up, symlinks walked, and its last trace."""
    try:
        last = hops(target, path)[-1]
    except OSError as error:
        return errno.errorcode[error.errno or 0], None
    return last.outcome, last


def bare(entry: Entry | None) -> Entry | None:
    """The entry without what only a merged view can know."""
    return entry._replace(inode=0, nlink=1) if entry else None


@given(st.lists(layers(), min_size=1, max_size=5), st.lists(st.tuples(VERBS, st.sampled_from(NAMES)), max_size=8))
def test_every_look_up_ends_where_the_merged_view_says(stack: list[Layer], acts: list[tuple[str, str]]) -> None:
    web = container(stack)
    for verb, path in acts:
        change(web, verb, path)
    for target in (web.image, web):
        for path in [*NAMES, *(f"{name}/x" for name in NAMES)]:
            why, entry = shown(target, path)
            outcome, last = traced(target, path)
            assert why == outcome, path
            if entry is None or last is None:
                continue
            assert last.answer is not None
            assert bare(entry) == bare(last.answer.entry), path
            if isinstance(target, Image):
                assert (entry.inode >> 32) - 1 == last.answer.layer, path
            else:
                assert (last.path in target.layer.entries) == (last.answer.layer == len(stack)), path


@given(st.lists(layers(), min_size=1, max_size=5), st.sampled_from(NAMES))
def test_no_layer_is_asked_after_one_that_stops_and_none_is_left_out(stack: list[Layer], path: str) -> None:
    found = trace(container(stack).image, path)
    assert [False] * (len(found.asked) - 1) == [glance.stops for glance in found.asked[:-1]]
    assert found.asked[-1].stops or not found.below
    assert list(range(len(stack)))[::-1] == [glance.layer for glance in (*found.asked, *found.below)]
