"""Which files of a thin layer are copies of the image's, and the words under which people remove and touch files."""

from collections.abc import Callable

import pytest

from layerlab import Container, HardLink, Host, Layer, scratch
from layerlab.model.entry import Spec

FILES: dict[str, Spec] = {"a": b"12345", "d/b": b"1", "h1": b"1", "h2": HardLink("h1")}


def start() -> Container:
    host = Host()
    host.add(scratch.with_layer(Layer.of(FILES)), "demo")
    return host.run("demo", name="web")


@pytest.mark.parametrize(
    ("acts", "expected"),
    [
        ([lambda web: web.append("a", b"!")], {"a"}),
        ([lambda web: web.chmod("d/b", 0o600)], {"d/b"}),
        ([lambda web: web.append("h2", b"!")], {"h2"}),
        ([lambda web: web.rename("a", "z")], {"z"}),
        ([lambda web: web.append("a", b"!"), lambda web: web.write("a", b"1")], {"a"}),
        ([lambda web: web.write("a", b"1")], set()),
        ([lambda web: web.delete("a"), lambda web: web.write("a", b"1")], set()),
        ([lambda web: web.append("a", b"!"), lambda web: web.delete("a")], set()),
        ([lambda web: web.chmod("d", 0o700), lambda web: web.write("new", b"1")], set()),
    ],
)
def test_a_file_is_copied_whose_bytes_came_from_the_image(
    acts: list[Callable[[Container], None]], expected: set[str]
) -> None:
    web = start()
    for act in acts:
        act(web)
    assert expected == web.copied


def test_delete_removes_a_file_and_a_tree_only_where_that_is_said() -> None:
    web = start()
    web.delete("/a")
    with pytest.raises(IsADirectoryError):
        web.delete("d")
    web.delete("/d", tree=True)
    assert ["D /a", "D /d"] == web.diff()


def test_touch_copies_a_file_up_and_makes_one_that_is_missing() -> None:
    web = start()
    web.touch("a")
    web.touch("new")
    web.touch("d")
    assert (5, ["C /a", "A /new"]) == (web.size_rw, web.diff())
    with pytest.raises(FileNotFoundError):
        web.touch("no/new")
