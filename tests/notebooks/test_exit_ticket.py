"""The exit ticket asks what each of the first lessons is about, and its core alone is enough to answer."""

import re

from nbformat import NotebookNode

from layerlab.cli.present import EXIT
from layerlab.course.bank import question
from layerlab.course.card import text
from layerlab.course.predict import predict
from tests.notebooks.guards import committed
from tests.notebooks.lessons import core, facts, lessons, minutes_of, of_role

# What a core has to have said: a key point, a definition, or an explanation on a card.
SAID = {
    "00.ten-containers": ("A thin layer uses no disk space until its container writes",),
    "00.one-byte": ("the whole file is copied into its thin layer",),
    "01.delete": ("A layer that deletes makes nothing smaller.",),
    "02.stop": ("Removing a container loses its thin layer. Stopping does not.",),
    "03.set": ("Removing a set frees the layers that nothing else uses",),
    "04.secret": (
        "Anyone who has the image can read a deleted file in its layer, and a variable in `Env` and the history.",
    ),
    "05.label": (
        "Settings are metadata too: variables",
        "A label changes the image id and the manifest, and no id of a layer.",
    ),
}


def ticket() -> NotebookNode:
    return committed()[f"{EXIT}.ipynb"]


def asked() -> dict[str, int]:
    """The questions of the exit ticket with their seeds."""
    return {str(facts(cell)["question"]): int(str(facts(cell)["seed"])) for cell in of_role(ticket(), "round")}


def read_in_core(first: str) -> str:
    """All texts of the cores up to a lesson."""
    notebooks = [notebook for name, notebook in lessons().items() if name[:2] <= first]
    return "\n".join(cell.source for notebook in notebooks for cell in core(notebook))


def test_it_asks_about_containers_deletion_sharing_secrets_and_ids() -> None:
    assert SAID.keys() == asked().keys()


def test_each_question_was_a_round_in_the_core_of_its_lesson() -> None:
    for name in asked():
        (notebook,) = [each for file, each in lessons().items() if file.startswith(name[:2])]
        assert name in [facts(cell).get("question") for cell in of_role(notebook, "round") if cell in core(notebook)]


def test_what_a_question_needs_is_in_the_cores_up_to_its_lesson() -> None:
    for name, said in SAID.items():
        assert [] == [each for each in said if each not in read_in_core(name[:2])], name


def test_no_lesson_has_asked_a_question_with_these_numbers() -> None:
    everywhere = [cell for file, notebook in committed().items() if EXIT not in file for cell in notebook.cells]
    elsewhere = {(facts(cell).get("question"), facts(cell).get("seed")) for cell in everywhere}
    assert set() == elsewhere & {*asked().items()}


def test_each_card_has_numbers_of_its_own_and_its_cell_says_of_which_lesson_it_is() -> None:
    for name, seed in asked().items():
        assert question(name, seed).situation
        assert question(name, seed).truth != question(name).truth or name[:2] in ("04", "05")
        (situation,) = [each for each in of_role(ticket(), "situation") if facts(each).get("question") == name]
        assert f"\n\nLesson {name[:2]}. " in situation.source
        assert "Answer (predict first)" in text(predict(name, seed).reveal().card)


def test_it_says_how_long_it_takes_and_ends_in_the_answers_of_then_and_now() -> None:
    low, high = minutes_of(ticket())
    assert f"{low} to {high}" == facts(ticket().cells[0])["minutes"]
    assert f"Time: {low} to {high} minutes." in ticket().cells[0].source
    assert re.fullmatch(r"your_answers\(\)", of_role(ticket(), "show")[-1].source)
