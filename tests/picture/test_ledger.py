"""The ledger: rows that add up, what comes back, and the same labels in all three painters."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab import Host, Image, Layer, filler, scratch, shop
from layerlab.benches.example import CATALOG, layer_label
from layerlab.picture import ledger
from layerlab.picture.observe import moment
from layerlab.picture.shapes import Box, Looks, Scene, Stroke
from layerlab.picture.text import text
from tests.picture.moments import TWINS
from tests.picture.painted import assert_labels_agree, assert_labels_are_apart

THREE = ("coreos/apache", "shop", "blog")
TWINNED = ("shop:1", "shop:2")


def host(*images: str, containers: int = 0, writing: int = 0) -> Host:
    """A host of the example; of its containers on the last image, the first so many rewrote the catalogue."""
    made = shop(*images)
    for each in made.run("shop" if "shop" in images else images[-1], name="web", count=containers)[:writing]:
        each.write_at(CATALOG, 0, b"!")
    return made


def many() -> Host:
    """Eight images on one base, and containers on four of them."""
    made = host(*THREE, containers=5, writing=2)
    for number in range(5):
        added = Layer.of({f"srv/{number}": filler(10 ** (number + 3))})
        image = made.images["shop"].with_layer(added, f"COPY srv/{number} /")
        made.add(image, f"registry.example/a-long-name:{number}")
        made.run(f"registry.example/a-long-name:{number}", name=f"far-{number}")
    return made


HOSTS = {
    "nothing": (Host(), ()),
    "3-images": (host(*THREE), ()),
    "1-container": (host(*THREE, containers=1), ()),
    "3-containers": (host(*THREE, containers=3, writing=1), ("shop", "blog")),
    "8-containers": (host(*THREE, containers=8, writing=5), ("shop", *(f"web-{number}" for number in range(1, 9)))),
    "1000-containers": (host(*THREE, containers=1_000, writing=40), ()),
    "twins": (host(*TWINNED), TWINNED),
    "many": (many(), ("blog",)),
}
ALL = pytest.mark.parametrize("name", HOSTS)


def alone(name: str) -> Scene:
    made, going = HOSTS[name]
    return ledger.scene(made.usage(), going)


def beside(name: str) -> Scene:
    made, going = HOSTS[name]
    return ledger.beside(moment(made, label=layer_label), made.usage(), going)


@ALL
def test_the_drawing_the_figure_and_the_text_carry_the_same_labels(name: str) -> None:
    assert_labels_agree(alone(name))
    assert_labels_agree(beside(name))


@ALL
def test_no_label_is_cut_by_the_edge_or_covers_another(name: str) -> None:
    assert_labels_are_apart(alone(name), 640, alone(name).height)
    assert_labels_are_apart(beside(name))


@ALL
@pytest.mark.parametrize("width", [240, 272, 520])
def test_on_a_narrow_page_no_number_lies_on_another_and_no_short_name_is_cut(name: str, width: int) -> None:
    made, going = HOSTS[name]
    picture = ledger.beside(moment(made, label=layer_label), made.usage(), going, Looks(width, live=True))
    rows = replace(picture, marks=tuple(mark for mark in picture.marks if mark.kind == "account"))
    assert_labels_are_apart(rows, picture.width, picture.height)
    named = [label for mark in rows.marks for label in mark.labels if label.role == "name" and len(label.text) < 12]
    assert [] == [label.text for label in named if label.shown != label.text]


@ALL
def test_every_bar_stays_on_the_axis_and_apart_from_the_words(name: str) -> None:
    for picture, left, right in ((alone(name), 8, 632), (beside(name), 548, 872)):
        for mark in picture.marks:
            if mark.kind == "account":
                boxes = [shape for shape in mark.shapes if isinstance(shape, Box) and shape.fill != "ink"]
                points = [point for shape in mark.shapes if isinstance(shape, Stroke) for point in shape.points]
                assert all(left <= box.x and box.x + box.w <= right + 0.1 for box in boxes)
                assert all(left <= x <= right + 0.1 and y <= picture.height for x, y in points)


@ALL
def test_the_text_twin_is_as_committed(name: str) -> None:
    assert (TWINS / f"ledger-{name}.txt").read_text(encoding="utf-8") == text(alone(name)) + "\n"


def test_fair_shares_and_thin_layers_add_up_as_printed() -> None:
    assert "98 MB + 123 MB + 108 MB in fair shares + 20.0 MB in thin layers = 349 MB" == alone("3-containers").balance
    rows = [line.split() for line in str(ledger.ledger(host(*THREE).usage())).splitlines()]
    assert [["98", "MB"], ["123", "MB"], ["108", "MB"]] == [row[5:7] for row in rows[2:5]]
    assert ["adding", "up", "918", "MB", "35.0", "MB"] == rows[5]


def test_what_is_counted_again_never_sets_the_scale() -> None:
    few, more = (ledger.scene(host(*THREE, containers=count).usage()) for count in (3, 1_000))
    solid = [
        [shape.w for mark in picture.marks if mark.kind == "account" for shape in mark.shapes
         if isinstance(shape, Box) and shape.fill == "layer" and shape.w > 12]
        for picture in (few, more)
    ]  # fmt: skip
    assert solid[0] == solid[1]


@pytest.mark.parametrize(
    ("going", "said"),
    [
        ((), "SIZE adds up to 918 MB, UNIQUE to 35.0 MB; the layers take 329 MB, the sum of the fair shares."),
        (("blog",), "Removing blog frees 10.0 MB; 294 MB more are shared."),
        (("web-1",), "Removing web-1 frees 20.0 MB."),
        (("shop",), "shop would be refused: web-1 and 2 more use it. Mark them too."),
        (
            ("shop", "blog"),
            "shop would be refused: web-1 and 2 more use it. Mark them too. The rest frees 10.0 MB.",
        ),
        (
            ("shop", "web-1", "web-2", "web-3"),
            "Removing these 4 frees 45.0 MB together, 25.0 MB more than one by one.",
        ),
        (("web-1", "web-2"), "Removing web-1 and web-2 frees 20.0 MB. What they share stays."),
        ((*THREE, "web-1", "web-2", "web-3"), "Removing these 6 frees 349 MB together, 319 MB more than one by one."),
    ],
)
def test_the_sentence_says_what_comes_back(going: tuple[str, ...], said: str) -> None:
    assert said == ledger.sentence(host(*THREE, containers=3, writing=1).usage(), going)


def test_twins_give_back_together_what_neither_gives_alone() -> None:
    made = host(*TWINNED)
    said = "Removing shop:1 and shop:2 frees 319 MB together; one by one, 0 B + 0 B = 0 B."
    assert said == ledger.sentence(made.usage(), TWINNED)


def test_an_image_goes_with_all_its_names_and_one_without_a_name_goes_by_its_id() -> None:
    made = host("shop")
    made.tag("shop", "web:1")
    assert "Removing web:1 frees 319 MB." == ledger.sentence(made.usage(), {"web:1"}).replace("shop", "web:1")
    image = made.images["shop"]
    made = host("shop")
    made.add(image.with_config(env={"A": "1"}), "shop")
    assert f"<none> {image.id[7:19]}" in str(ledger.ledger(made.usage(), {image.id}))


def test_an_unknown_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        ledger.scene(Host().usage(), {"shop"})


LAYERS = [Layer.of({f"srv/{number}": filler(size)}) for number, size in enumerate((0, 7, 5_000, 999_999, 25_000_000))]


@given(
    stacks=st.lists(st.lists(st.sampled_from(LAYERS), max_size=4), max_size=9),
    writes=st.lists(st.tuples(st.integers(0, 8), st.integers(0, 40_000)), max_size=12),
)
def test_the_ledger_of_any_host_adds_up_to_its_bytes(stacks: list[list[Layer]], writes: list[tuple[int, int]]) -> None:
    made = Host()
    for number, layers in enumerate(stacks):
        image: Image = scratch
        for layer in layers:
            image = image.with_layer(layer)
        made.add(image, f"image-{number}")
    for number, (on, size) in enumerate(writes):
        if on < len(stacks):
            made.run(f"image-{on}", name=f"web-{number}").write("new", bytes(size))
    usage = made.usage()
    found = ledger.account(usage)
    assert usage.total == sum((Fraction(row.share) for row in found.rows), Fraction(0)) == found.total
    assert sum(row.size for row in usage.images.values()) == sum(row.size for row in found.images)
    assert all((row.unique or 0) <= row.share <= row.size for row in found.rows)
    every = ledger.account(usage, [*usage.images, *usage.containers])
    assert usage.total == every.back
    assert all(row.going for row in every.rows)
    assert_labels_are_apart(ledger.scene(usage), 640, ledger.scene(usage).height)


if __name__ == "__main__":
    for name in HOSTS:
        path: Path = TWINS / f"ledger-{name}.txt"
        path.write_text(text(alone(name)) + "\n", encoding="utf-8", newline="\n")
