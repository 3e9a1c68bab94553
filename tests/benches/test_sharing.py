import json
import re
import shlex
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from layerlab import Host, Layer, bench, filler, scratch
from layerlab.benches.sharing_bench import ALL, REWRITTEN, SharingBench
from layerlab.benches.stack_bench import copied, named
from layerlab.picture.observe import moment
from tests.benches.paged import controls, fill, filled, page, press, texts
from tests.picture.painted import assert_labels_agree, assert_labels_are_apart

TWIN = Path(__file__).parent / "twins" / "sharing-bench.txt"
TWO = "the 2 largest files"
LESSON = Path(__file__).parents[2] / "notebooks" / "03-who-pays-for-shared-layers.ipynb"


def after(*acts: tuple[Any, ...], images: tuple[str, ...] = ()) -> SharingBench:
    table: SharingBench = bench("sharing", *images)
    for verb, *rest in acts:
        getattr(table, verb)(*rest)
    return table


def books(host: Host) -> tuple[int, list[tuple[str, int]]]:
    usage = host.usage()
    return usage.total, [(name, row.size_rw) for name, row in usage.containers.items()]


def picked(table: SharingBench) -> list[str]:
    """The names on the buttons that are marked."""
    return [each.text or "" for each in page(table).iter("button") if each.get("aria-pressed") == "true"]


def test_a_new_bench_holds_three_images_that_stand_on_one_base_and_no_container() -> None:
    assert (329_371_253, []) == books(after().host)
    assert ["coreos/apache", "shop", "blog"] == after().names


def test_each_container_rewrites_and_adds_what_is_chosen_for_all() -> None:
    table = after(("run", 3), ("rewrite", "catalog.db"), ("write", 5_000))
    assert (389_386_253, [(f"web-{number}", 20_005_000) for number in (1, 2, 3)]) == books(table.host)
    table.run(1)
    assert (349_376_253, [("web-1", 20_005_000)]) == books(table.host)


@pytest.mark.parametrize(
    ("acts", "said"),
    [
        ((), "SIZE adds up to 918 MB, UNIQUE to 35.0 MB; the layers take 329 MB, the sum of the fair shares."),
        ((("run", 1),), "web-1 copied nothing up; alone it shares shop with nobody."),
        ((("run", 1), ("rewrite", "catalog.db")), "web-1 copied 20.0 MB up; alone it shares shop with nobody."),
        ((("run", 3),), "Against 3 copies of shop sharing saves 639 MB."),
        (
            (("run", 3), ("write", 5_000)),
            "Against 3 copies of shop sharing saves 639 MB. New files take 15.0 kB either way.",
        ),
        (
            (("run", 6), ("rewrite", TWO)),
            "Against 6 copies of shop sharing saves 1.60 GB; files copied up cost 1.55 GB of that.",
        ),
        (
            (("run", 5), ("rewrite", TWO)),
            "Against 5 copies of shop sharing saves 1.28 GB; files copied up cost 1.29 GB, more than it saves.",
        ),
        ((("pick", "blog"),), "Removing blog frees 10.0 MB; 294 MB more are shared."),
        (
            (("run", 9), ("pick", "shop", ALL)),
            "Removing these 10 frees 25.0 MB together, 25.0 MB more than one by one.",
        ),
    ],
)
def test_the_sentence_says_what_sharing_saves_and_what_comes_back(acts: tuple[Any, ...], said: str) -> None:
    assert said == after(*acts).scene.sentence


def test_a_file_and_an_image_with_odd_names_are_rewritten_in_both_forms() -> None:
    host, path = Host(), 'it\'s "odd"'
    host.add(scratch.with_layer(Layer.of({path: b"12"})), path)
    table = bench("sharing", host=host)
    table.run(1)
    table.rewrite(path)
    names: dict[str, Any] = {"host": copied(host)}
    exec(table.python, names)
    assert books(table.host) == books(names["host"])
    script = shlex.split(table.transcript[-1].docker.partition("sh -c ")[2].removesuffix("; done"))[0]
    assert ["dd", f"of=/{path}"] == shlex.split(script)[3:5]


def test_two_twins_give_back_together_what_neither_gives_alone() -> None:
    table = after(("pick", "shop:1", "shop:2"), images=("shop:1", "shop:2"))
    assert "Removing shop:1 and shop:2 frees 319 MB together; one by one, 0 B + 0 B = 0 B." == table.scene.sentence
    assert 5 == sum(label.text == "goes" for mark in table.scene.marks for label in mark.labels if mark.kind == "slab")
    table.pick("shop:1")
    assert "Removing shop:1 frees 0 B; 319 MB more are shared." == table.scene.sentence
    assert "goes" not in [label.text for mark in table.scene.marks for label in mark.labels if mark.kind == "slab"]


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (("rewrite", "catalog.db"), "Refused: images are read-only and nothing runs here. Run a container first."),
        (("write", 1), "Refused: images are read-only and nothing runs here. Run a container first."),
        (("run", 1_001), "Refused: 1,001 containers cannot be drawn. Take 0 to 1,000."),
        (("run", -1), "Refused: -1 containers cannot be drawn. Take 0 to 1,000."),
        (
            ("pick", "web-1"),
            "Refused: no image or container is called web-1. Take some of blog, coreos/apache, shop.",
        ),
    ],
)
def test_a_refused_act_changes_nothing_and_teaches(act: tuple[Any, ...], said: str) -> None:
    table = after(act)
    assert said == table.scene.sentence
    assert (books(after().host), ()) == (books(table.host), table.acts)
    table.run(1)
    assert "" == table.now.refused


@pytest.mark.parametrize("typed", ["2.5", "1e3", "9" * 5_000])
def test_a_number_that_is_no_count_is_refused_in_a_sentence(typed: str) -> None:
    table = after(("run", 2))
    fill(table, "run", typed)
    assert f"Refused: {typed} is no number of containers. Take a whole number." == table.scene.sentence
    assert 2 == table.now.containers


def test_what_cannot_be_written_is_refused() -> None:
    for act, why in ((("rewrite", "etc"), "cannot be rewritten"), (("write", -1), "do not fit")):
        assert why in after(("run", 1), act).now.refused


def test_a_host_that_is_given_lends_its_images_alone() -> None:
    base = scratch.with_layer(Layer.of({"srv/big": filler(70_000), "etc/motd": b"hello"}), "ADD base /")
    host = Host()
    host.add(base, "base")
    host.add(base.with_layer(Layer.of({"srv/more": filler(30_000)}), "ADD more /"), "more")
    host.run("base", name="web-1").write("new", b"1")
    table = bench("sharing", host=host)
    assert ["nothing", "srv/big", "srv/more", "etc/motd"] == list(table.files)
    table.run(2)
    table.rewrite("srv/big")
    table.write(9)
    assert (240_023, [("web-1", 70_009), ("web-2", 70_009)]) == books(table.host)
    assert 1 == len(host.containers)
    assert ["nothing"] == list(bench("sharing", "blog").files)[:1]
    with pytest.raises(ValueError, match="at least one image"):
        bench("sharing", host=Host())


def test_steps_go_back_and_forward_and_over() -> None:
    acts = (("run", 3), ("rewrite", "catalog.db"), ("pick", "web-3"))
    table = after(*acts)
    for done in (2, 1, 0, 0):
        table.undo()
        assert after(*acts[:done]).now == table.now
    for done in (1, 2, 3, 3):
        table.redo()
        assert after(*acts[:done]).now == table.now
    table.start_over()
    assert after().now == table.now


def test_what_is_picked_goes_with_its_container() -> None:
    table = after(("run", 3), ("pick", "web-2", "web-3", "blog"), ("run", 2))
    assert {"web-2", "blog"} == table.now.going
    table.run(0)
    assert (("nothing", 0, {"blog"})) == (table.now.rewritten, table.now.new, table.now.going)


@pytest.mark.parametrize("count", [1, 3, 8, 1_000])
@pytest.mark.parametrize("rewritten", REWRITTEN)
def test_every_picture_has_its_labels_in_all_painters_and_in_their_places(count: int, rewritten: str) -> None:
    picture = after(("run", count), ("rewrite", rewritten), ("write", 1_000_000), ("pick", "shop", "blog")).scene
    assert_labels_agree(picture)
    assert_labels_are_apart(picture)


@given(count=st.integers(0, 12), rewritten=st.sampled_from(list(REWRITTEN)), new=st.integers(0, 10**8))
def test_the_books_are_those_of_a_host_on_which_every_container_has_written(
    count: int, rewritten: str, new: int
) -> None:
    table = after(("run", count), ("rewrite", rewritten), ("write", new))
    host = table.host
    assert host.usage() == table.usage
    assert moment(host, label=named) == replace(table._seen_and_counted[0], sentence=moment(host).sentence)


@given(count=st.integers(0, 12), rewritten=st.sampled_from(list(REWRITTEN)), new=st.integers(0, 10**8))
def test_the_transcript_leads_to_the_same_host_when_it_is_run(count: int, rewritten: str, new: int) -> None:
    table = after(("run", count), ("rewrite", rewritten), ("write", new), ("pick", "shop"))
    names: dict[str, Any] = {}
    exec(table.python, names)
    assert books(table.host) == books(names["host"])
    assert table.usage.total == names["host"].usage().total
    assert all(line.docker.startswith(("docker ", "for n in ")) for line in table.transcript)


def test_the_last_line_asks_for_what_is_picked() -> None:
    names: dict[str, Any] = {}
    table = after(("run", 9), ("pick", "shop", "blog", ALL))
    exec(table.python, names)
    last = table.transcript[-1].python
    assert 'host.usage().reclaim({"shop", "blog", *host.containers})' == last
    assert 35_000_000 == eval(last, names)


def test_the_text_twin_is_the_golden_one() -> None:
    table = after(("run", 8), ("rewrite", "catalog.db"), ("write", 5_000), ("pick", "shop", "blog", "web-1"))
    assert f"{table}\n" == TWIN.read_text(encoding="utf-8")


def test_the_text_twin_says_what_the_picture_says() -> None:
    twin = str(after(("run", 2), ("rewrite", "catalog.db"), ("pick", "web-1")))
    assert "web-1          goes   339 MB           20.0 MB" in twin
    assert twin.endswith(
        "98 MB + 123 MB + 108 MB in fair shares + 20.0 MB + 20.0 MB in thin layers = 369 MB\n"
        "Removing web-1 frees 20.0 MB."
    )


def test_inputs_act_and_show_the_state_after_a_refusal_and_after_a_step_back() -> None:
    table = after()
    for _ in range(2):
        fill(table, "rewrite", "catalog.db")
        assert ("nothing", ()) == (filled(table)["rewrite"], table.acts)
    assert "Refused: images are read-only and nothing runs here." in texts(table)
    fill(table, "run", 3)
    fill(table, "rewrite", "catalog.db")
    press(table, "pick:shop")
    press(table, "pick:web-1")
    assert (("run", 3), ("rewrite", "catalog.db"), ("pick", "shop"), ("pick", "shop", "web-1")) == table.acts
    assert "shop would be refused: web-2 and 1 more use it." in texts(table)
    for _ in range(3):
        press(table, "back")
    assert ("3", "nothing", []) == (filled(table)["run"], filled(table)["rewrite"], picked(table))
    fill(table, "run", 100)
    assert ALL in texts(table)
    table.write(12)
    assert "12" == filled(table)["write"]
    press(table, "start-over")
    assert ("0", 0) == (filled(table)["run"], len(table.acts))


def test_a_press_on_an_image_or_a_container_marks_it_and_another_takes_the_mark_off() -> None:
    table = after(("run", 2))
    keys = [each.get("data-press", "") for each in page(table).iter("g") if each.get("aria-pressed")]
    assert ["card:web-1", "card:web-2"] == sorted(key for key in keys if key.startswith("card"))
    for key in keys:
        press(table, key)
    assert ["blog", "coreos/apache", "shop", "web-1", "web-2"] == sorted(picked(table))
    press(table, keys[-1])
    assert 4 == len(picked(table))


def test_there_are_at_most_seven_controls_each_with_a_name() -> None:
    assert ["Containers", "Each rewrites", "and adds", "Step back", "Step forward", "Start over"] == controls(after())
    (going,) = [each for each in page(after()).iter("div") if each.get("role") == "group"]
    assert "What is freed if you remove:" == going.get("aria-label")


def test_the_task_of_the_lesson_names_buttons_that_the_bench_has() -> None:
    cells = ["".join(cell["source"]) for cell in json.loads(LESSON.read_text())["cells"]]
    told = re.findall(r"Press `([^`]+)`", cells[cells.index('bench("sharing")') - 1])
    assert ["blog", "shop", "coreos/apache"] == told
    assert set(told) == {each.text for each in page(after()).iter("button")} & set(told)


def test_a_page_without_a_kernel_shows_a_still_picture_and_what_is_not_counted() -> None:
    html = after()._repr_mimebundle_()["text/html"]
    assert html.startswith('<img alt="0 containers, 3 images, 6 layers: 329 MB on this host.')
    assert "not counted here: volumes, logs, build cache" in html
