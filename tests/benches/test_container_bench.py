"""The container bench: each operation on each subject, what moves, what it costs, and what is refused."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from layerlab import HardLink, Layer, filler, scratch
from layerlab.benches.container_bench import OPERATIONS, SUBJECTS, ContainerBench
from layerlab.benches.example import CATALOG, SITE
from layerlab.benches.kinds import bench
from tests.benches.paged import controls, fill, filled, options, press, texts
from tests.benches.test_bench import books
from tests.picture.painted import assert_labels_agree

INDEX = f"{SITE}index.html"
TWIN = Path(__file__).parent / "twins" / "container-bench.txt"
COPY = "Into web's thin layer: a copy of catalog.db and 3 directories. Cost: 20.0 MB. "
LINK = "The link is broken: /srv/h2 is still the image's file of 102 kB."


def after(*acts: tuple[str, str]) -> ContainerBench:
    table: ContainerBench = bench("container")
    for verb, path in acts:
        table.do(verb, path=path)
    return table


@pytest.mark.parametrize(
    ("before", "verb", "path", "said", "grown"),
    [
        ("", "read", CATALOG, "Read from layer 4. Nothing moves into web's thin layer. Cost: 0 B.", 0),
        ("", "append", CATALOG, COPY + "A file is copied whole before its first change.", 20_000_001),
        (
            "append",
            "append",
            CATALOG,
            "Cost: 1 B. web's thin layer contains this file already, so nothing is copied again.",
            1,
        ),
        ("", "chmod", CATALOG, COPY + "No byte of the file changed, and still the whole file is copied.", 20_000_000),
        ("", "touch", CATALOG, COPY + "No byte of the file changed, and still the whole file is copied.", 20_000_000),
        (
            "",
            "open",
            CATALOG,
            COPY + "Nothing was written. The whole file is copied when it is opened for writing.",
            20_000_000,
        ),
        ("", "delete", CATALOG, "Into web's thin layer: a whiteout and 3 directories. Cost: 0 B. A whiteout hides", 0),
        (
            "append",
            "delete",
            CATALOG,
            "Into web's thin layer: a whiteout. Freed: 20.0 MB of web's thin layer.",
            -20_000_001,
        ),
        ("delete", "append", CATALOG, "Into web's thin layer: catalog.db. Cost: 1 B. The new file takes the", 1),
        (
            "",
            "make",
            CATALOG,
            "Into web's thin layer: catalog.db and 3 directories. Cost: 1 B. The old contents are",
            1,
        ),
        ("", "rename", CATALOG, "Into web's thin layer: a whiteout, catalog.db.old and 3 directories.", 20_000_000),
        (
            "",
            "delete-tree",
            SITE,
            "Into web's thin layer: a whiteout and a directory. Cost: 0 B. One whiteout hides the",
            0,
        ),
        (
            "delete-tree",
            "make",
            SITE,
            "Into web's thin layer: an opaque mark and a directory. Cost: 0 B. The new directory takes",
            0,
        ),
        ("", "chmod", SITE, "Into web's thin layer: 2 directories. Cost: 0 B. A directory is copied without", 0),
        ("", "append", "srv/h1", "Into web's thin layer: a copy of h1 and a directory. Cost: 102 kB.", 102_401),
        ("", "rename", SITE, "Refused: /var/www is a directory of the image, and the kernel renames none (EXDEV).", 0),
        ("", "append", SITE, "Refused: /var/www is a directory. Take a file in it, or delete the tree.", 0),
        ("", "make", SITE, "Refused: /var/www is there already. Delete it first.", 0),
        ("delete", "delete", CATALOG, "Refused: /var/lib/shop/catalog.db is not there. Take one that is.", 0),
    ],
)
def test_each_operation_says_what_moved_and_what_it_cost(
    before: str, verb: str, path: str, said: str, grown: int
) -> None:
    table = after(*((each, path) for each in before.split()))
    was = table.container.size_rw
    table.do(verb, path=path)
    assert table.now.sentence.startswith(said)
    assert grown == table.container.size_rw - was
    assert table.now.bytes.total == table.host.usage().total


def test_writing_one_of_two_links_leaves_the_other_as_it_was() -> None:
    table = after(("append", "srv/h1"))
    assert table.now.sentence.endswith(LINK)
    assert (102_401, 102_400) == tuple(table.container.stat(path).size for path in ("srv/h1", "srv/h2"))
    table.do("append", path="srv/h1")
    assert LINK not in table.now.sentence


def test_one_whiteout_hides_a_thousand_files() -> None:
    table = after(("delete-tree", SITE))
    assert ["var", "var/.wh.www"] == [path for path in table.container.layer.entries if path]
    assert 1_000 == len([path for path in table.container.image.view() if path.startswith(SITE)])


def test_the_thin_layer_stands_beside_the_stack_name_by_name_as_it_was_and_is() -> None:
    table = after(("append", CATALOG), ("delete-tree", SITE), ("make", SITE))
    assert f"{table}\n" == TWIN.read_text(encoding="utf-8")


def test_what_did_not_change_has_no_word_and_a_refusal_changes_nothing() -> None:
    table = after(("append", CATALOG), ("rename", SITE))
    rows = [[label.text for label in mark.labels] for mark in table.scene.marks if mark.kind == "path"]
    assert [["var/"], ["var/lib/"], ["var/lib/shop/"], [CATALOG, "20.0 MB"]] == rows
    table.do("append", path=CATALOG)
    assert [CATALOG, "changed", "20.0 MB"] == [label.text for label in table.scene.marks[-1].labels]


def test_drawing_figure_and_text_carry_the_same_labels() -> None:
    assert_labels_agree(after(("rename", CATALOG), ("delete-tree", SITE), ("append", "srv/h2")).scene)


@pytest.mark.parametrize("path", SUBJECTS)
def test_every_operation_can_be_stepped_back_and_its_transcript_runs(path: str) -> None:
    table = after()
    seen = [(table.now, str(table))]
    for verb in OPERATIONS:
        acts = len(table.acts)
        table.do(verb, path=path)
        if len(table.acts) > acts:
            seen.append((table.now, str(table)))
    names: dict[str, Any] = {}
    exec(table.python, names)
    assert books(table.host) == books(names["host"])
    for state in reversed(seen[:-1]):
        table.undo()
        assert state == (table.now, str(table))
    for state in seen[1:]:
        table.redo()
        assert state == (table.now, str(table))


def test_lists_choose_the_thing_and_the_operation_and_a_button_does_it() -> None:
    table = bench("container", verbs=["append", "delete"])
    assert ["append", "delete"] == options(table, "verb")
    assert ["On", "do", "Do it", "Step back", "Step forward", "Start over"] == controls(table)
    fill(table, "path", INDEX)
    fill(table, "verb", "delete")
    press(table, "do")
    assert ["C /var", "C /var/www", "D /var/www/index.html"] == table.container.diff()
    assert "var/www/.wh.index.html" in texts(table)
    assert {"path": INDEX, "verb": "delete"} == filled(table)


def test_the_lists_start_with_what_was_done_last() -> None:
    assert {"path": "srv/h2", "verb": "append"} == filled(after(("chmod", CATALOG), ("append", "srv/h2")))
    few = bench("container", verbs=["append"])
    few.do("chmod", path=CATALOG)
    assert "append" == filled(few)["verb"]


def test_it_runs_on_an_image_that_is_given() -> None:
    image = scratch.with_layer(Layer.of({"srv/a": filler(1_000), "srv/b": HardLink("srv/a")}), "ADD srv /")
    table = bench("container", image=image)
    assert ["srv/", "srv/a", "srv/b"] == table.subjects
    table.do("append", path="srv/b")
    assert "/srv/a is still the image's file of 1.00 kB." in table.now.sentence
    names: dict[str, Any] = {"image": image}
    exec(table.python, names)
    assert books(table.host) == books(names["host"])


def test_many_names_are_cut_to_those_that_changed() -> None:
    image = scratch.with_layer(Layer.of({f"srv/{number:02}": b"1" for number in range(30)}), "ADD srv /")
    table = bench("container", image=image)
    for number in range(30):
        table.do("append", path=f"srv/{number:02}")
    twin = str(table)
    assert "srv/29  new" in twin
    assert "and 16 more" in twin


def test_an_unknown_operation_is_refused_with_those_that_exist() -> None:
    with pytest.raises(ValueError, match="no operation is called 'commit': take one of read, append"):
        bench("container", verbs=["commit"])


@pytest.mark.parametrize("path", ["srv/a b", "srv/it's", "srv/$(reboot)", "srv/a;b", "srv/plain"])
def test_the_docker_form_is_one_word_for_a_path_however_the_path_is_written(path: str) -> None:
    table = bench("container", image=scratch.with_layer(Layer.of({path: b"1"}), "COPY . /srv"))
    for verb in ("chmod", "append", "rename"):
        table.do(verb, path=path)
    chmod, append, rename = (shlex.split(line.docker) for line in table.transcript[-3:])
    assert ["docker", "exec", "web", "chmod", "700", f"/{path}"] == chmod
    assert ["printf", "!", ">>", f"/{path}"] == shlex.split(append[-1])
    assert [f"/{path}", f"/{path}.old"] == rename[-2:]


@pytest.mark.parametrize("path", ["srv/a\nb", "srv/\udcff", 'srv/say "hi"', "srv/back\\slash"])
def test_a_name_that_cannot_be_printed_is_written_out_everywhere_and_the_transcript_still_runs(path: str) -> None:
    image = scratch.with_layer(Layer.of({path: b"12345"}), "COPY . /srv")
    table = bench("container", ["append", "rename"], image=image)
    fill(table, "path", options(table, "path")[table.subjects.index(path)])
    press(table, "do")
    stored = table._repr_mimebundle_()
    for shown in (stored["text/plain"], stored["text/html"], table.widget.markup, table.python):
        assert shown.replace("\n", "").isprintable()
    assert "copy of" in stored["text/plain"]
    assert "srv/a\nb" not in stored["text/plain"]
    names: dict[str, Any] = {"image": image}
    exec(table.python, names)
    assert books(table.host) == books(names["host"])
