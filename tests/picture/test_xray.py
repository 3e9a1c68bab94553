"""The pictures and the table of the X-ray; run as a module, this writes their text twins anew."""

import re
from collections.abc import Iterator

import pytest

from layerlab import OPAQUE, WHITEOUT, Image, Layer, explain, filler, scratch
from layerlab.benches.xray_bench import XRay
from layerlab.model.explain import Dead, DeadReason, LayerReport, Report
from layerlab.model.store import Disk
from layerlab.picture import file_rows as files
from layerlab.picture import whatif_bars as whatif
from layerlab.picture.fates import Fate, LayerFates, fates, scene, spread
from layerlab.picture.shapes import Box, Looks, Mark, Scene
from layerlab.picture.text import text
from layerlab.picture.whatif_bars import Priced
from tests.picture.moments import TWINS
from tests.picture.painted import assert_labels_agree, assert_labels_are_apart, cut


def tall(layers: int) -> Image:
    """So many layers, three of them large and overwritten, one that hides a directory of many."""
    image = scratch
    for number in range(layers):
        files = {"etc/big": filler(50_000_000, number)} if number in (3, 60, 100) else {f"opt/{number}": filler(number)}
        image = image.with_layer(Layer.of({"opt/": OPAQUE} if number == 110 else files))
    return image


def laid_open(image: Image) -> Scene:
    return scene(fates(explain(image), [f"RUN step {number} of many" for number in range(len(image.layers))]))


def changes() -> Iterator[tuple[str, Scene]]:
    bench = XRay()
    for place in range(len(bench.changes)):
        bench.what_if(place)
        yield f"whatif-{place}", bench.scene


REASONS: tuple[DeadReason, ...] = ("overwritten", "metadata", "whiteout", "opaque", "type")
ALL_FATES = tuple(Fate(reason, by, 1_000_000 * by) for by, reason in enumerate(REASONS, start=1))
LONG = "RUN" + " apt-get install --yes a-very-long-name" * 8
SCENES = {
    "example": XRay().scene,
    "1-layer": laid_open(tall(1)),
    "8-layers": laid_open(tall(8)),
    "127-layers": laid_open(tall(127)),
    "nothing": scene([]),
    "every-fate": scene([LayerFates(LONG, 1_000_000, ALL_FATES), LayerFates("", 5, hides=15_000_000)]),
    **dict(changes()),
    "whatif-alone": whatif.scene(LONG, LONG, Priced((80, 20), 85, Disk(100, 0, 0)), Priced((85,), 85, Disk(85, 0, 0))),
    "whatif-empty": whatif.scene("squash", "", Priced((0,), 0, Disk(0, 0, 0)), Priced((0,), 0, Disk(0, 0, 0)), "blog"),
}
ALL = pytest.mark.parametrize("picture", SCENES.values(), ids=SCENES)


@ALL
def test_the_drawing_the_figure_and_the_text_carry_the_same_labels(picture: Scene) -> None:
    assert_labels_agree(picture)


@ALL
def test_no_label_is_cut_by_the_edge_or_covers_another(picture: Scene) -> None:
    assert_labels_are_apart(picture, height=min(372, picture.height))


@pytest.mark.parametrize("name", SCENES)
def test_the_text_twin_is_as_committed(name: str) -> None:
    assert (TWINS / f"xray-{name}.txt").read_text(encoding="utf-8") == text(SCENES[name]) + "\n"


def test_every_byte_has_its_fate_and_every_dead_one_a_layer_to_blame() -> None:
    image = scratch.with_layer(Layer.of({"a": filler(10), "b": filler(20), "d/c": filler(40), "e": b"1"}))
    image = image.with_layer(Layer.of({"a": b"new", "b": WHITEOUT})).with_layer(Layer.of({"d/": OPAQUE}))
    low, middle, top = fates(explain(image), ["low", "middle", "top"])
    assert (Fate("opaque", 2, 40), Fate("whiteout", 1, 20), Fate("overwritten", 1, 10)) == low.dead
    assert (71, 1, 70) == (low.size, low.visible, low.gone)
    assert (30, 40, 0) == (middle.hides, top.hides, low.hides)


def slabs(picture: Scene) -> list[Mark]:
    return [mark for mark in picture.marks if mark.kind == "slab"]


def test_eight_layers_do_not_fold_and_of_more_the_large_and_those_that_hide_stay() -> None:
    assert [str(number) for number in reversed(range(8))] == [mark.labels[0].text for mark in slabs(SCENES["8-layers"])]
    numbers = [mark.labels[0].text for mark in slabs(SCENES["127-layers"])]
    assert len(numbers) <= 8
    assert {"3", "60", "100"} <= set(numbers)


def bars(picture: Scene, layer: int) -> list[Box]:
    return [mark.box for mark in picture.marks if mark.key.startswith(f"bar:{layer}:")]


def test_bars_are_on_one_scale_and_dead_bytes_alone_are_hatched() -> None:
    picture = scene([LayerFates("base", 100), LayerFates("site", 20, (Fate("whiteout", 2, 30),)), LayerFates("rm", 0)])
    base, site, top = (bars(picture, layer) for layer in range(3))
    assert [] == top
    assert [450] == [box.w for box in base]
    assert [90, 134] == [box.w for box in site]
    assert ["plain", "hatch"] == [box.texture for box in site]


def test_a_part_that_is_small_can_still_be_seen() -> None:
    assert [0, 2, 100] == [round(wide) for wide in spread([0, 1, 1_000_000], 100)]


def test_the_sentence_names_the_step_that_hides_the_most() -> None:
    layers = [LayerFates("base", 50, (Fate("whiteout", 1, 50),)), LayerFates("RUN rm", 0, hides=50)]
    assert '50 % of the bytes are dead; layer 1 hides the most, 50 B, with "RUN rm".' == scene(layers).sentence
    assert (
        "less than 1 %" in scene([LayerFates("", 10_000, (Fate("type", 1, 1),)), LayerFates("", 0, hides=1)]).sentence
    )
    assert "Nothing is dead: every byte is visible." == scene([LayerFates("base", 50)]).sentence


def report(count: int) -> Report:
    dead = tuple(Dead(f"{number}/f", 1_000 - number, 0, 1, "whiteout") for number in range(count))
    return Report((LayerReport(7, sum(row.bytes for row in dead)), LayerReport(0, 0)), dead)


@pytest.mark.parametrize(("count", "lines"), [(0, 2), (1, 3), (7, 9), (8, 10), (500, 10)])
def test_the_table_has_few_lines_and_adds_up_to_the_byte(count: int, lines: int) -> None:
    table = files.rows(report(count), ["COPY", "RUN rm"], 3)
    assert lines == len(table)
    assert table[-1].bytes == sum(row.bytes for row in table[:-1])
    assert 7 + sum(1_000 - number for number in range(count)) == table[-1].bytes


def test_many_files_of_one_directory_with_one_fate_are_one_line() -> None:
    pictures = [Dead(f"www/{number}.jpg", 5, 0, 1, "whiteout") for number in range(4)]
    others = [Dead("www/a", 5, 0, 1, "metadata"), Dead("top", 7, 0, 1, "whiteout")]
    table = files.rows(Report((LayerReport(0, 32), LayerReport(0, 0)), (*pictures, *others)), ["COPY", "RUN"], 0)
    assert [("4 files in /www/", 20), ("/top", 7), ("/www/a", 5)] == [(row.file, row.bytes) for row in table[:3]]


def test_the_table_says_the_same_as_html_and_as_text() -> None:
    table = files.rows(report(21), ["COPY <a>", "RUN rm"], 3)
    rows = re.findall("<tr>(.*?)</tr>", files.html(table))
    cells = [re.findall("<t[hd][^>]*>(.*?)</t[hd]>", row) for row in rows]
    assert "0 COPY &lt;a&gt;" == cells[1][3]
    written = [re.split(r"\s{2,}", line.strip()) for line in files.text(table).splitlines()]
    assert [[cell.replace("&lt;a&gt;", "<a>") for cell in row if cell] for row in cells] == written


def test_a_path_that_cannot_be_printed_is_written_out() -> None:
    odd = Report((LayerReport(0, 1), LayerReport(0, 0)), (Dead("a\n\udcff", 1, 0, 1, "whiteout"),))
    assert "/a\\n\\udcff" == files.rows(odd, ["", ""], 0)[0].file


@pytest.mark.parametrize(
    ("after", "others", "expected"),
    [
        (Priced((85,), 85, Disk(85, 0, 0)), "", "The image shows the same files and is 15 B smaller."),
        (Priced((100,), 85, Disk(100, 0, 0)), "", "The image shows the same files and is no smaller."),
        (
            Priced((85,), 85, Disk(85, 0, 90)), "blog",
            ("The image shows the same files and is 15 B smaller, "
             "but on one disk with blog it takes 65 B more, because 80 B are no longer shared."),
        ),
        (
            Priced((80, 5), 85, Disk(5, 80, 10)), "blog",
            "The image shows the same files and is 15 B smaller; on one disk with blog it takes 15 B less.",
        ),
        (
            Priced((80, 20), 85, Disk(20, 80, 10)), "blog",
            "The image shows the same files and is no smaller; the disk keeps as much.",
        ),
    ],
)  # fmt: skip
def test_a_change_is_told_with_what_it_does_to_the_disk(after: Priced, others: str, expected: str) -> None:
    before = Priced((80, 20), 85, Disk(20, 80, 10) if others else Disk(100, 0, 0))
    assert expected == whatif.scene("squash", "", before, after, others).sentence


@pytest.mark.parametrize("width", [240, 272, 520])
def test_on_a_narrow_page_the_words_under_a_bar_are_whole_and_apart_from_the_next_row(width: int) -> None:
    dead = (Fate("whiteout", 5, 20_000_000), Fate("metadata", 4, 5_000_000))
    rows = [LayerFates("ADD", 9_000_000, hides=1), LayerFates("COPY", 5, dead, hides=30_000), LayerFates("RUN", 0)]
    picture = scene(rows, Looks(width))
    assert_labels_are_apart(picture, width, picture.height)
    assert [] == [label.text for label in cut(picture) if label.role == "note"]
    feet = [mark.foot for mark in picture.marks if mark.kind == "slab"]
    tops = [min(label.y - label.font for label in mark.labels) for mark in picture.marks if mark.kind == "slab"]
    assert all(foot + 4 <= top for foot, top in zip(feet, tops[1:], strict=False))


if __name__ == "__main__":
    for name, picture in SCENES.items():
        (TWINS / f"xray-{name}.txt").write_text(text(picture) + "\n", encoding="utf-8", newline="\n")
