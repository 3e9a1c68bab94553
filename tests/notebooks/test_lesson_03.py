"""What is special to lesson 03: what a text or a listing states is what the model computes."""

import re

from nbformat import NotebookNode

from layerlab import shop
from layerlab.course.bank import question
from layerlab.course.card import FOLD
from layerlab.course.lessons.l03 import THREE
from layerlab.words.sizes import size
from layerlab.words.typed_sizes import close, parse_size
from tests.notebooks.guards import committed

LESSON = "03-who-pays-for-shared-layers.ipynb"


def cells(lesson: str = LESSON) -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in committed()[lesson].cells}


def cell(name: str) -> NotebookNode:
    return cells()[name]


def listed(name: str) -> list[list[str]]:
    """The rows under the head of a listing in a text, cut where two spaces or more are."""
    lines = cell(name).source.partition("```\n")[2].partition("\n```")[0].splitlines()
    return [re.split(r"  +", line) for line in lines[1:]]


def shown(name: str) -> str:
    return str(cell(name).outputs[0].data["text/plain"])


def test_the_lines_of_docker_ps_are_those_of_the_model_s_containers() -> None:
    host = shop()
    for container in host.run("shop", name="shop", count=10)[:3]:
        container.append("var/lib/shop/catalog.db", b"!")
    rows = host.usage().containers
    for name, printed in listed("sum"):
        thin, virtual = re.findall(r"[\d.]+[kM]?B", printed)
        assert close(rows[name].size_rw, parse_size(thin)), name
        assert close(rows[name].virtual_size, parse_size(virtual)), name
    assert 6 == len(rows) - len(listed("sum")) == sum(row.size_rw == 0 for row in rows.values()) - 1


def test_the_columns_are_those_of_the_model_and_of_the_engine() -> None:
    rows = shop(*THREE).usage().images
    printed = question("03.column").printed
    for name, listed_size, unique, fair in listed("column"):
        assert close(rows[name].size, parse_size(listed_size)), name
        assert rows[name].unique == parse_size(unique), name
        assert close(round(rows[name].fair), parse_size(fair)), name
        assert re.search(rf"(?m)^{name} +{listed_size} .* {unique}$", printed), name


def test_the_puzzle_of_the_first_lesson_is_solved_with_the_model_s_numbers() -> None:
    usage = shop(*THREE).usage()
    listed_sizes = sum(row.size for row in usage.images.values())
    puzzle = cell("puzzle").source
    assert f"## {size(listed_sizes)} or {size(usage.disk)}: which is right?" == puzzle.splitlines()[0]
    opening = cells("00-start-here.ipynb")["puzzle"].source
    assert f"add up to {size(listed_sizes)}. On the disk, they use {size(usage.disk)}." in opening
    assert "98 MB + 123 MB + 108 MB in fair shares + 0 B in thin layers = 329 MB" in shown("ledger")
    assert "not counted here: volumes, logs, build cache" in cell("ledger").outputs[0].data["text/html"]


def test_the_last_key_point_is_what_the_twins_give_back() -> None:
    rows = [line.strip() for line in shown("set-round").partition(f"{FOLD}\n")[2].splitlines()[:3]]
    assert [
        "both together: 319,371,253 B",
        "removed alone, shop:1 frees: 0 B",
        "removed alone, shop:2 frees: 0 B",
    ] == rows
    assert f"UNIQUE SIZE 0 B each can free {size(319_371_253)}." in cell("points").source


def test_what_docker_promises_is_the_belief_and_not_the_answer() -> None:
    asked = question("03.reclaimable")
    promised = listed("reclaimable")[0][4].split()[0]
    (option,) = [each for each in asked.options if close(int(str(each.value)), parse_size(promised))]
    assert not option.truth
    assert promised in asked.printed


def test_the_other_engine_counts_the_base_three_times() -> None:
    (images,) = listed("podman")
    assert close(sum(row.size for row in shop(*THREE).usage().images.values()), parse_size(images[2]))
    assert all(total == unique for _, _, total, unique in listed("podman-twins"))


def test_sharing_pays_from_the_number_of_containers_that_the_table_shows() -> None:
    signs = [line.split()[-3] for line in shown("pays-plot").splitlines()[1:]]
    assert ["costs"] * 5 + ["saves"] * 5 == signs


def test_the_lesson_ends_on_its_question() -> None:
    assert "why" == list(cells())[-1]
    assert "### The same files were stored twice: why?" == cell("why").source.splitlines()[0]
    assert "Lesson 05" in cell("next").source
