"""The learner's file of answers: written on a press alone, as a whole, and never lost."""

import json
import os
import re
from pathlib import Path

import pytest

from layerlab.cli.main import main
from layerlab.course import answers
from layerlab.course.predict import classroom, predict

FIRST = {"answers": [{"answer": "1 B", "sure": False}], "skipped": False}


@pytest.fixture(autouse=True)
def folder(new_learner: Path) -> Path:
    return new_learner


def stored(folder: Path) -> object:
    return json.loads((folder / answers.NAME).read_text())


def test_a_press_writes_what_was_said_and_nothing_else_is_left_in_the_folder(folder: Path) -> None:
    predict("00.one-byte").reveal().press("guess", {"answer": "1 B"})
    assert {"layerlab answers": 1, "questions": {"00.one-byte": [FIRST]}} == stored(folder)
    assert [answers.NAME] == [path.name for path in folder.iterdir()]


def test_asking_again_begins_a_round_and_keeps_the_first(folder: Path) -> None:
    card = predict("00.one-byte").reveal()
    for size in ("1 B", "20 MB"):
        card.press("sure", {"answer": size})
        card.press("again", {})
    rounds = answers.read(folder)["00.one-byte"]
    assert [["1 B"], ["20,000,000 B"]] == [[each["answer"] for each in said["answers"]] for said in rounds]


def test_a_change_of_mind_in_a_class_is_one_round(folder: Path) -> None:
    classroom()
    card = predict("00.one-byte").reveal()
    classroom(False)
    card.press("guess", {"answer": "1 B"})
    card.press("sure", {"answer": "20 MB"})
    (said,) = answers.read(folder)["00.one-byte"]
    assert ["1 B", "20,000,000 B"] == [each["answer"] for each in said["answers"]]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "it is damaged"),
        ("[]", "it is no file of answers"),
        ('{"layerlab answers": 1, "questions": []}', "it is damaged: its questions are not lists of rounds"),
        ('{"layerlab answers": 2}', "a newer layerlab wrote it (version 2; this one reads up to 1)"),
        (b"\xff", "can't decode"),
    ],
)
def test_a_file_that_cannot_be_read_is_set_aside_with_a_line(folder: Path, content: str | bytes, says: str) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (folder / answers.NAME).write_bytes(data)
    card = predict("00.one-byte").reveal()
    assert data == (folder / answers.NAME).read_bytes()
    card.press("guess", {"answer": "1 B"})
    assert says in card.card.status
    assert card.card.status.endswith("It was set aside as layerlab-answers.old-1.json.")
    assert data == (folder / "layerlab-answers.old-1.json").read_bytes()
    assert ["00.one-byte"] == list(answers.read(folder))


def test_an_answer_that_the_question_no_longer_knows_is_left_out_and_the_card_is_locked(folder: Path) -> None:
    answers.keep("00.ten-containers", [{"answers": [{"answer": "12 B", "sure": True}], "skipped": False}])
    assert predict("00.ten-containers").prediction.locked


def test_a_folder_that_takes_no_file_is_told_and_the_answer_opens_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(answers, "FOLDER", folder / "gone")
    card = predict("00.one-byte").reveal()
    card.press("skip", {})
    assert card.prediction.opened
    assert card.card.status.startswith("Your answer could not be saved in ")


def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers.keep("00.one-byte", [FIRST])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", full)
    assert f"Your answer could not be saved in {folder}: No space left on device." == answers.keep("00.two", [FIRST])
    monkeypatch.undo()
    assert {"00.one-byte": [FIRST]} == answers.read(folder)
    assert [answers.NAME] == [path.name for path in folder.iterdir()]


def test_the_command_lists_exports_and_erases(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers.keep("00.one-byte", [FIRST])
    copy = folder / "copy.json"
    here = ["answers", "--folder", str(folder)]
    assert [0] * 4 == [main([*here, *more]) for more in ([], ["--json"], ["--export", str(copy)], ["--erase"])]
    out = capsys.readouterr().out
    assert out.startswith("00.one-byte  1 B (a guess)\n{")
    assert out.endswith(f"1 question written to {copy}, with all answers.\n{folder / answers.NAME} is removed.\n")
    assert {"layerlab answers": 1, "questions": {"00.one-byte": [FIRST]}} == json.loads(copy.read_text())
    assert [copy] == list(folder.iterdir())


def test_the_command_prints_json_where_nothing_was_answered(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert 0 == main(["answers", "--folder", str(folder), "--json"])
    assert {"layerlab answers": 1, "questions": {}} == json.loads(capsys.readouterr().out)


def test_the_command_says_in_one_line_what_it_cannot_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / answers.NAME).write_text("{")
    assert 1 == main(["answers", "--folder", str(folder)])
    assert re.fullmatch(r"layerlab: .*layerlab-answers.json: it is damaged: .*\n", capsys.readouterr().err)


def test_every_round_is_a_line() -> None:
    skipped = {"answers": [], "skipped": True}
    picked = {"answers": [{"answer": ["job", "web"], "sure": True}], "skipped": False}
    assert [
        "00.one-byte  1 B (a guess)",
        "02.other     skipped",
        "02.other     job, web (sure)",
    ] == answers.round_lines({"00.one-byte": [FIRST], "02.other": [skipped, picked]})


def test_answers_at_a_symlink_go_to_the_file_that_it_leads_to(folder: Path) -> None:
    real = folder / "kept" / "mine.json"
    real.parent.mkdir()
    (folder / answers.NAME).symlink_to(real)
    for _ in range(2):
        assert "" == answers.keep("00.one-byte", [FIRST])
    assert (folder / answers.NAME).is_symlink()
    assert {"layerlab answers": 1, "questions": {"00.one-byte": [FIRST]}} == json.loads(real.read_text())
    assert [real] == list(real.parent.iterdir())


def test_answers_have_the_rights_that_the_file_had_and_a_new_one_those_of_any_file(folder: Path) -> None:
    for mask, rights in ((0o022, 0o644), (0o077, 0o600)):
        before = os.umask(mask)
        try:
            answers.keep("00.one-byte", [FIRST])
        finally:
            os.umask(before)
        assert rights == (folder / answers.NAME).stat().st_mode & 0o777
        (folder / answers.NAME).chmod(0o640)
        answers.keep("00.two", [FIRST])
        assert 0o640 == (folder / answers.NAME).stat().st_mode & 0o777
        (folder / answers.NAME).unlink()


def test_an_interruption_leaves_the_old_answers_and_nothing_beside_them(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    answers.keep("00.one-byte", [FIRST])
    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        answers.keep("00.two", [FIRST])
    assert {"00.one-byte": [FIRST]} == answers.read(folder)
    assert [answers.NAME] == [path.name for path in folder.iterdir()]


def test_answers_are_not_exported_to_what_is_no_file(folder: Path) -> None:
    answers.keep("00.one-byte", [FIRST])
    os.mkfifo(folder / "pipe")
    with pytest.raises(answers.AnswersError, match=r"/pipe: what is there is no regular file$"):
        answers.command(folder, export=str(folder / "pipe"))
