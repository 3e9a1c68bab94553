"""The pictures of what a comparison found: the same labels however painted, nothing cut, and what they must say."""

import base64
import re
from typing import Any

import pytest

from layerlab import WHITEOUT, Directory, File, HardLink, Host, Image, Layer, Symlink, filler, scratch
from layerlab.model.compare import Diff, Overlaps, diff, overlaps
from layerlab.model.entry import Spec
from layerlab.model.image import Origin
from layerlab.picture.comparison import scene, show
from layerlab.picture.shapes import Box, Mark
from tests.picture.painted import assert_labels_agree, assert_labels_are_apart, cut
from tests.picture.test_figure import assert_texts_are_apart
from tests.picture.test_painters import figure_labels

LONG = "opt/a-rather-long-name-of-a-directory/and-another-one-in-it/and-a-third"


def image(*layers: dict[str, Spec]) -> Image:
    found = scratch
    for number, files in enumerate(layers):
        found = found.with_layer(Layer.of(files), f"RUN step {number}")
    return found


BASE = image({"bin/sh": Symlink("dash"), "lib/c": filler(200_000_000), "etc/motd": b"hello"}, {})
SITE: dict[str, Spec] = {"www/db": filler(20_000_000), **{f"www/{number}": filler(5_000) for number in range(1_000)}}
SHOP = BASE.with_layer(Layer.of(SITE), "COPY site/ /")
BLOG = BASE.with_layer(Layer.of({"posts/1": filler(10_000_000)}), "COPY posts/ /")
UPGRADED = SHOP.with_layer(
    Layer.of(
        {"www/db": filler(21_000_000), "www/1": File(filler(5_000), mode=0o600), "bin/sh": b"#!", "www/2": WHITEOUT,
         f"{LONG}/file-1.dat": filler(1_000_000), "h1": b"12", "h2": HardLink("h1")}
    ),
    "RUN upgrade",
)  # fmt: skip
OTHER = image({"other": filler(100_000_000)}).with_layer(Layer.of(SITE), "COPY site/ /")


def tall(layers: int) -> Image:
    steps: list[dict[str, Spec]] = [
        {"db": filler(20_000_000 + number), f"{LONG}/{number}": b"1"} for number in range(layers)
    ]
    return image(*steps)


def wide() -> Image:
    """Many paths in two layers each."""
    files: dict[str, Spec] = {f"{LONG}/{number}/a-file-with-a-name.dat": filler(1_000 * number) for number in range(40)}
    return image(files, {name: File(filler(1), mode=0o600) for name in files})


CASES: dict[str, Diff | Overlaps] = {
    "one base": diff(SHOP, BLOG),
    "parent": diff(BASE, SHOP),
    "every kind": diff(SHOP, UPGRADED),
    "twice": diff(SHOP, OTHER),
    "nothing shared": diff(image({"a": b"1"}), image({"b": b"1"})),
    "same layers": diff(SHOP, SHOP.with_config(env={"A": "1"})),
    "same": diff(SHOP, SHOP),
    "squashed": diff(UPGRADED, UPGRADED.squash()),
    "nothing": diff(scratch, scratch),
    "from nothing": diff(scratch, SHOP),
    "long names": diff(
        Image(SHOP.layers, SHOP.history, origin=Origin(b"{}", names=(f"registry.example/{LONG}:1",))),
        Image(BLOG.layers, BLOG.history, origin=Origin(b"{}", names=(f"registry.example/{LONG}:2",))),
    ),
    "tall": diff(tall(5), tall(127)),
    "wide": diff(wide(), scratch),
    "over": overlaps(UPGRADED),
    "over none": overlaps(BLOG),
    "over nothing": overlaps(scratch),
    "over tall": overlaps(tall(127)),
    "over wide": overlaps(wide()),
    "over hidden": overlaps(image({"a": b"1"}, {"a": b"22"}, {"a": WHITEOUT})),
}
ALL = pytest.mark.parametrize("found", CASES.values(), ids=CASES)


def said(found: Diff | Overlaps, kind: str) -> list[list[str]]:
    """The labels of each mark of a kind."""
    return [[label.text for label in mark.labels] for mark in marks(found, kind)]


def marks(found: Diff | Overlaps, kind: str) -> list[Mark]:
    return [mark for mark in scene(found).marks if mark.kind == kind]


@ALL
def test_the_drawing_the_figure_and_the_text_carry_the_same_labels(found: Diff | Overlaps) -> None:
    assert_labels_agree(scene(found))


@ALL
def test_no_label_is_cut_by_the_edge_or_covers_another(found: Diff | Overlaps) -> None:
    assert_labels_are_apart(scene(found))
    assert_texts_are_apart(show(found).figure())


@ALL
def test_boxes_stay_on_the_canvas(found: Diff | Overlaps) -> None:
    for mark in scene(found).marks:
        for box in mark.shapes:
            if isinstance(box, Box):
                assert box.x >= 0, box
                assert box.x + box.w <= 872.5, box
                assert box.y + box.h <= 372, box


def test_a_path_that_is_too_long_keeps_its_own_name() -> None:
    shown = [label.shown for label in cut(scene(CASES["every kind"])) if label.text.startswith(LONG)]
    assert 1 == len(shown)
    assert shown[0].startswith("…")
    assert shown[0].endswith("/file-1.dat")


def test_what_two_images_share_stands_once_and_each_has_its_own_on_top() -> None:
    expected = [
        ["2", "COPY site/ /", "25.0 MB"],
        ["1", "RUN step 1", "0 B"],
        ["0", "RUN step 0", "200 MB"],
        ["2", "COPY posts/ /", "10.0 MB"],
    ]
    assert expected == said(CASES["one base"], "slab")
    assert [["a", "225 MB"], ["b", "210 MB"]] == said(CASES["one base"], "image")


def test_an_image_of_an_archive_says_its_names_too() -> None:
    named = Image(SHOP.layers, SHOP.history, origin=Origin(b"{}", names=("shop:1", "shop:2")))
    assert ["shop:1, shop:2", "b"] == [texts[0] for texts in said(diff(named, BLOG), "image")]
    assert ["a: shop:1, shop:2", "b: shop:1, shop:2"] == [texts[0] for texts in said(diff(named, named), "image")]


def test_a_picture_calls_named_images_by_their_names() -> None:
    shop = Image(SHOP.layers, SHOP.history, origin=Origin(b"{}", names=("shop:latest",)))
    blog = Image(BLOG.layers, BLOG.history, origin=Origin(b"{}", names=("blog:2",)))
    found = diff(shop, blog)
    words = str(show(found))
    assert "from shop to blog:2, largest first" in words
    assert "only in shop" in words
    assert "only in a" not in words
    assert "<Diff: layers: 2 shared, 1 only in shop, 1 only in blog:2;" in repr(found)


def test_a_layer_stored_twice_is_tied_to_its_twin() -> None:
    assert 1 == len(marks(CASES["twice"], "tie"))
    assert 2 == sum("same files" in texts for texts in said(CASES["twice"], "slab"))
    assert [] == marks(CASES["one base"], "tie")


def test_each_kind_that_occurs_has_a_row_with_its_number_and_its_bytes() -> None:
    expected = [
        ["added", "7 paths", "1.00 MB"],
        ["removed", "1 path", "5.00 kB"],
        ["content", "1 path", "21.0 MB"],
        ["metadata", "1 path", "5.00 kB"],
        ["type", "1 path", "2 B"],
        ["shared", "3 layers", "225 MB"],
        ["only in b", "1 layer", "22.0 MB"],
    ]
    assert expected == said(CASES["every kind"], "tally")


def test_paths_come_with_the_largest_first_and_say_what_changed() -> None:
    first, second, *_ = said(CASES["every kind"], "path")
    assert ["www/db", "content", "20.0 MB → 21.0 MB"] == first
    assert [f"{LONG}/file-1.dat", "added", "1.00 MB"] == second
    types = diff(image({"x": Symlink("dash")}), image({"x": b"12"}))
    assert [["x", "symlink → file", "2 B"]] == said(types, "path")
    assert [["x", "removed", "4 B"]] == said(diff(image({"x": Symlink("dash")}), image({})), "path")
    assert [["d/", "added", "0 B"]] == said(diff(scratch, image({"d/": Directory()})), "path")


@pytest.mark.parametrize(
    ("name", "balance", "sentence"),
    [
        (
            "one base",
            "200 MB shared + 25.0 MB only in a + 10.0 MB only in b = 235 MB",
            "1,004 paths differ; 2 layers, 200 MB, are stored once for both.",
        ),
        ("same layers", "225 MB shared = 225 MB", "The same layers, other metadata: another image id."),
        ("same", "225 MB shared = 225 MB", "The same layers."),
        ("over none", "0 B visible + 0 B below = 0 B", "Every path is in one layer."),
        ("over hidden", "0 B visible + 3 B below = 3 B", "3 B lie below what shows; lower layers never change."),
    ],
)
def test_the_lines_under_a_picture_add_up_and_say_it(name: str, balance: str, sentence: str) -> None:
    picture = scene(CASES[name])
    assert (balance, sentence) == (picture.balance, picture.sentence)


def test_what_is_stored_twice_counts_twice_on_the_disk() -> None:
    picture = scene(CASES["twice"])
    assert "0 B shared + 50.0 MB stored twice + 200 MB only in a + 100 MB only in b = 350 MB" == picture.balance
    assert picture.sentence.endswith("1 layer, 25.0 MB, is stored twice, on another parent.")


def test_a_squashed_image_has_other_layers_and_the_same_files() -> None:
    assert "Other layers, the same files." == scene(CASES["squashed"]).sentence


def test_an_overlap_says_which_layer_stands_over_which() -> None:
    assert ["www/db", "layer 3 over 2", "20.0 MB below"] == said(CASES["over"], "path")[0]
    assert ["a", "hidden, in 0 and 1", "3 B below"] == said(CASES["over hidden"], "path")[0]
    assert ["db", "layer 126 over 126 others", "2.52 GB below"] == said(CASES["over tall"], "path")[0]
    assert "20.0 MB hidden" in said(CASES["over"], "slab")[1]


def test_what_does_not_fit_is_counted() -> None:
    assert ["and 35 more"] in said(diff(image({str(n): b"" for n in range(40)}), image({})), "caption")
    assert ["and 32 more"] in said(CASES["over wide"], "caption")
    assert 8 == len(marks(CASES["over wide"], "path"))


def test_a_notebook_shows_an_image_with_words_and_a_twin() -> None:
    shown = show(CASES["one base"])
    data = shown._repr_mimebundle_()
    assert {"text/plain", "text/html"} == set(data)
    assert str(shown) == repr(shown) == data["text/plain"]
    html = data["text/html"]
    assert '<img alt="a and b: 1,004 paths differ; 2 layers, 200 MB, are stored once for both. PATHS THAT' in html
    source = re.search(r"base64,([^\"]*)", html)
    assert source is not None
    assert base64.b64decode(source[1]).startswith(b"<?xml")
    assert f">{shown.scene.sentence}</p>" in html
    assert f"<strong>{shown.scene.balance}</strong>" in html


def test_its_figure_is_matplotlibs() -> None:
    assert figure_labels(show(CASES["over"]).figure())["www/db"] == 1


def test_names_that_are_no_text_can_be_shown() -> None:
    odd = diff(scratch, image({"a\nb": b"1", "\udcff": b"22", "\x1b[2J": b"333"}))
    assert_labels_agree(scene(odd))
    assert "a\\nb" in str(show(odd))
    assert show(odd)._repr_mimebundle_()["text/html"].encode()


def test_anything_else_is_refused_with_what_it_shows() -> None:
    wrong: Any = Host()
    with pytest.raises(TypeError, match="shows what diff or overlaps found, not a Host"):
        show(wrong)
