"""What is special to lesson 05: each id that a text or an engine states is the one that the model makes."""

import re
import shutil
import subprocess

import pytest
from nbformat import NotebookNode

from layerlab import Image, Layer, filler, ids, shop
from layerlab.benches.example import CATALOG, PASSWORD
from layerlab.course.bank import exercise, question
from layerlab.course.lessons.l05 import PUBLISHED
from layerlab.model.image import sha256
from layerlab.words.sizes import size
from layerlab.words.typed_sizes import parse_size
from tests.notebooks.guards import committed, printed

LESSON = "05-which-id-is-which.ipynb"
IN_HEX = re.compile(r"(?<![\w.])(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{12,64}(?!\w)")
SLIDE = ("87026dcb0044", "9cd978db300e", "6170bb7b0ad1", "511136ea3c5a")
CONTAINER, SPECIFICATION = "e72ccd6b5c72", "c3191d32a37d"
APACHE = shop("coreos/apache").images["coreos/apache"]
SHOP = shop().images["shop"]
LABELLED = SHOP.with_config(labels={"team": "shop"}, created_by="LABEL team=shop")


def cells() -> dict[str, NotebookNode]:
    return {cell.id: cell for cell in committed()[LESSON].cells}


def source(name: str) -> str:
    return str(cells()[name].source)


def fenced(name: str) -> list[str]:
    """The lines of a listing in a text."""
    return source(name).partition("```\n")[2].partition("\n```")[0].splitlines()


def engine(name: str) -> str:
    return question(name).printed


def first(digest: str, digits: int = 12) -> str:
    return digest.removeprefix("sha256:")[:digits]


def stars() -> bytes:
    """The metadata of `backup` with stars over the password."""
    return shop("backup").images["backup"].config_json.replace(PASSWORD.encode(), b"*" * len(PASSWORD))


def rebuilt() -> Image:
    base = SHOP.parent
    assert base is not None
    return base.with_layer(Layer.of({CATALOG: filler(25_000_000, seed=6)}), "COPY site/ /")


def test_the_slides_that_the_lesson_is_about_are_named_and_drawn() -> None:
    assert "Slide 3, drawn below" in source("start")
    assert "Slide 2 calls each layer an image" in source("start")
    drawn = str(cells()["setup"].outputs[0].data["text/plain"])
    assert list(SLIDE) == re.findall(r"^ +\d  ([0-9a-f]{12})", drawn, re.MULTILINE)


def test_the_history_in_the_text_has_the_steps_of_the_image_and_an_id_for_the_newest() -> None:
    head, *lines = [re.split(r"  +", line) for line in fenced("missing")]
    assert ["IMAGE", "CREATED BY", "SIZE"] == head
    steps = list(reversed(APACHE.history))
    layers = iter(reversed(APACHE.layers))
    assert [first(APACHE.id)] + ["<missing>"] * 4 == [line[0] for line in lines]
    for step, line in zip(steps, lines, strict=True):
        assert step.created_by.startswith("".join(line[1:-1]).rstrip("…"))
        assert parse_size(line[-1]) == round(0 if step.empty_layer else next(layers).size, -6)
    assert "## Four times" in source("missing")


def test_the_ids_in_the_text_are_the_published_ones_and_two_of_them_are_ours() -> None:
    assert [f"layer {n}  {first(PUBLISHED[n])}" for n in (3, 2, 1, 0)] == fenced("match")
    assert [True, True, False, False] == [
        ours == theirs for ours, theirs in zip(APACHE.chain_ids, PUBLISHED, strict=True)
    ]
    assert [first(each) for each in PUBLISHED] == re.findall(r'"([0-9a-f]{12})"', source("match-round"))


def test_removing_the_image_printed_its_id_and_its_chain_ids_from_the_top() -> None:
    deleted = re.findall(r"^Deleted: (\S+)$", engine("05.match"), re.MULTILINE)
    assert [APACHE.id, *reversed(APACHE.chain_ids)] == deleted


def test_the_label_gave_another_image_id_and_the_same_diff_ids() -> None:
    lines = [f"{first(image.id)}: {' '.join(first(each, 8) for each in image.diff_ids)}" for image in (SHOP, LABELLED)]
    assert lines == engine("05.label").splitlines()
    assert SHOP.id != LABELLED.id


def test_the_files_of_missing_steps_are_as_large_as_the_engine_listed_them() -> None:
    count, *listed = engine("05.missing").splitlines()
    assert len(APACHE.layers) == int(count)
    for line in listed:
        words = line.split()
        assert APACHE.view()[words[-1].removeprefix("/")].size == int(words[4])


def test_the_image_without_a_name_went_with_its_container_and_left_the_shared_layers() -> None:
    lines = engine("05.none")
    assert re.search(rf"^<none> +<none> +{first(SHOP.id)} ", lines, re.MULTILINE)
    assert re.search(rf"^shop +latest +{first(rebuilt().id)} ", lines, re.MULTILINE)
    assert [SHOP.id, SHOP.chain_ids[-1]] == re.findall(r"^Deleted: (\S+)$", lines, re.MULTILINE)
    assert SHOP.chain_ids[:-1] == rebuilt().chain_ids[:-1]


def test_the_disk_had_a_folder_for_each_chain_id() -> None:
    shown, _, folders = engine("05.how-many").partition("$ ls")
    assert [first(each) for each in APACHE.diff_ids] == [first(line) for line in shown.split()]
    assert sorted(map(first, APACHE.chain_ids)) == [first(line) for line in folders.splitlines()[1:]]


def test_edited_metadata_made_the_image_that_the_engine_listed() -> None:
    assert f"\n{first(sha256(stars()))} " in engine("05.edited-metadata")
    assert shop("backup").images["backup"].id != sha256(stars())


def test_the_bench_ties_one_diff_id_that_has_two_chain_ids() -> None:
    rows = re.findall(r"\d  (\w{4}) (\w{4}) +same files", printed(cells()["bases-bench"]))
    assert 2 == len(set(rows))
    assert 1 == len({diff_id for diff_id, _ in rows})


def test_the_specification_s_example_comes_out() -> None:
    shown = str(cells()["vector-show"].outputs[0].data["text/plain"])
    assert SPECIFICATION == shown.strip("'")


@pytest.mark.parametrize(("name", "made"), [("chain", "chain-id"), ("stored", "stored-twice"), ("damaged", "damaged")])
def test_a_task_is_said_as_the_bank_says_it(name: str, made: str) -> None:
    assert exercise(f"05.{made}").task in source(name)


def test_the_slides_close_the_core_with_two_corrections() -> None:
    shown = str(cells()["seven-slides"].outputs[0].data["text/plain"])
    assert list(range(1, 8)) == [int(number) for number in re.findall(r"^SLIDE (\d)", shown, re.MULTILINE)]
    assert "TWO CORRECTIONS" in shown
    usage = shop("shop:1", "shop:2").usage()
    alone, together = usage.reclaim({"shop:1"}), usage.reclaim({"shop:1", "shop:2"})
    assert 0 == alone
    assert f"free nothing alone, and {size(together)} together" in shown


def test_every_id_in_an_output_is_made_of_plain_bytes() -> None:
    """So that no machine prints another: bytes that were compressed here would depend on the compressor."""
    images = [SHOP, LABELLED, APACHE, rebuilt(), *shop("blog", "backup").images.values()]
    known = {each for image in images for some in ids(image).values() for each in some} | set(PUBLISHED)
    known |= {sha256(stars()), *SLIDE, CONTAINER, SPECIFICATION}
    found = {word for cell in cells().values() if cell.cell_type == "code" for word in IN_HEX.findall(printed(cell))}
    assert {first(SHOP.id), SHOP.id.removeprefix("sha256:")} < found
    assert set() == {word for word in found if not any(first(each, len(word)) == word for each in known)}


def test_gnu_tar_s_empty_archive_has_other_bytes_than_docker_s_empty_layer() -> None:
    tar = shutil.which("tar")
    if tar is None or b"GNU tar" not in subprocess.run([tar, "--version"], capture_output=True, check=True).stdout:
        pytest.skip("no GNU tar: install it for this test")
    command = [tar, "--create", "--file=-", "--files-from=/dev/null"]
    empty = subprocess.run(command, capture_output=True, check=True).stdout
    assert bytes(10_240) == empty
    assert bytes(1_024) == b"".join(Layer.of({}).tar_chunks())
    assert "GNU tar writes 10,240 zero bytes" in source("chain")
