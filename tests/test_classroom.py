"""What a class gets besides the lessons: papers that come out of tables, slides and handouts."""

import re
from pathlib import Path

import pytest

from layerlab.benches.verbs import VERBS
from layerlab.course.answer import exact
from layerlab.course.bank import exercises, questions
from layerlab.course.beliefs import BELIEFS
from tools import classroom, docs, papers
from tools.scripts import PLANS

LESSONS = papers.lessons()
EVERY = pytest.mark.parametrize("number", LESSONS)


def test_every_paper_is_committed_as_its_tables_write_it() -> None:
    assert [] == papers.stale(docs.files())


def test_a_paper_that_lags_behind_its_table_is_found(tmp_path: Path) -> None:
    for path, text in docs.files(tmp_path).items():
        path.write_text(text, encoding="utf-8")
    assert [] == papers.stale(docs.files(tmp_path))
    (tmp_path / "cheat-sheet.md").write_text("# Cheat sheet", encoding="utf-8")
    (tmp_path / "glossary.md").unlink()
    assert ["cheat-sheet.md", "glossary.md"] == [path.name for path in papers.stale(docs.files(tmp_path))]


def test_the_cheat_sheet_has_a_row_for_each_verb_and_fits_a_page() -> None:
    rows = [line for line in docs.cheat_sheet() if line.startswith("| ") and "you want to" not in line]
    assert len(VERBS) == len(rows)
    assert 60 > len(list(docs.cheat_sheet()))


def test_every_belief_has_a_question_now_or_later() -> None:
    asked = {wrong.belief for question in questions().values() for wrong in question.wrong}
    assert set(BELIEFS) == asked


def test_every_belief_of_a_lesson_that_is_here_has_an_exercise() -> None:
    made = {mistake.belief for exercise in exercises().values() for mistake in exercise.mistakes}
    assert set() == {belief.id for belief in BELIEFS.values() if belief.lesson in LESSONS} - made


def test_every_belief_that_is_named_exists_and_is_met_in_its_own_lesson() -> None:
    named = {wrong.belief for question in questions().values() for wrong in question.wrong}
    named |= {mistake.belief for exercise in exercises().values() for mistake in exercise.mistakes}
    assert set() == named - set(BELIEFS)
    for belief in BELIEFS.values():
        lessons = [q.lesson for q in questions().values() if any(wrong.belief == belief.id for wrong in q.wrong)]
        assert belief.lesson in lessons, belief.id


def test_the_guide_has_every_question_and_exercise_and_states_what_it_does_not_know() -> None:
    text = docs.text(docs.guide)
    assert [] == [name for name in (*questions(), *exercises()) if f"`{name}`" not in text]
    assert "expected share" not in text


def test_the_guide_says_of_every_round_what_to_sketch_to_ask_next_and_to_drop() -> None:
    text = docs.text(docs.guide)
    for number, notebook in LESSONS.items():
        for cell in classroom.core(notebook):
            facts = cell.metadata.layerlab
            if facts.get("role") == "round" and not facts.get("recall"):
                said = text.partition(f"### `{facts['question']}`")[2].partition("\n#")[0]
                for label in ("Say", "Board", "Follow-up", "Drop"):
                    assert f"\n- **{label}**: " in said, f"{number}, {facts['question']}: {label}"


def test_the_guide_tells_a_round_whole_and_says_of_each_note_what_it_is_about() -> None:
    text = docs.text(docs.guide)
    for notebook in LESSONS.values():
        for cell in notebook.cells:
            facts = cell.metadata.layerlab
            role, notes = (
                facts.get("role"),
                re.split("(?:^| )(?:Say|Board|Follow-up|Drop): ", facts.get("notes", ""))[0],
            )
            section = text.partition(f"### `{facts.get('question')}`")[2].partition("\n#")[0]
            if role == "situation" and facts.get("question") and facts.get("seed") is None:
                heading, _, rest = cell.source.lstrip("#").strip().partition("\n")
                assert f": {heading}\n" in section
                assert "\n".join(f"> {line}".rstrip() for line in rest.strip().splitlines()) in section
            elif notes and facts.get("recall"):
                assert f"\n**Recall `{facts['question']}`** *{notes}*" in text
            elif notes and role == "round":
                assert f"\n*{notes}*" in section
            elif notes and role not in ("round", "check"):
                assert re.search(rf"\n\*\*.+\*\* \*{re.escape(notes)}", text), notes


@EVERY
def test_a_slide_asks_without_code_and_an_answer_leaves_the_engine_s_lines_to_the_next(number: str) -> None:
    page = classroom.slides(LESSONS[number])
    assert classroom.RUN not in page
    answers = re.findall(r"<details><summary[^>]*>Answer.*?</details>", page, re.DOTALL)
    assert answers
    assert [] == [answer for answer in answers if classroom.ENGINE in answer]
    asked = [facts for cell in classroom.core(LESSONS[number]) if (facts := cell.metadata.layerlab)]
    told = [facts for facts in asked if facts.get("role") == "round" and not facts.get("recall")]
    assert len(told) == page.count(classroom.ENGINE)


@EVERY
def test_slides_are_whole_without_the_network_and_carry_the_notes(number: str) -> None:
    page = classroom.slides(LESSONS[number])
    assert [] == re.findall(r'(?:src|href)="(?:https?:)?//[^"]*"', page)
    assert "require(" not in page
    notes = [cell for cell in classroom.core(LESSONS[number]) if cell.metadata.layerlab.get("notes")]
    assert len(notes) == page.count('<aside class="notes">')
    assert "Reveal.initialize" in page


@EVERY
def test_a_handout_asks_first_and_answers_on_a_page_of_its_own(number: str) -> None:
    sheet, solutions = classroom.handout(LESSONS[number]).split('<div class="solutions">')
    for question in (q for q in questions().values() if q.lesson == number):
        if question.prompt in sheet:
            assert question.explanation not in sheet
            assert exact(question.truth) in solutions.replace("&#x27;", "'").replace("&lt;", "<").replace("&gt;", ">")
    for exercise in (e for e in exercises().values() if e.lesson == number):
        assert exercise.solution not in sheet
    assert sheet.count("<section>") == sheet.count("</section>")


@EVERY
def test_a_handout_shows_what_its_questions_are_about_and_asks_for_nothing_that_paper_cannot_do(number: str) -> None:
    page = classroom.handout(LESSONS[number])
    sheet = page.split('<div class="solutions">')[0]
    rounds = [cell for cell in classroom.core(LESSONS[number]) if cell.metadata.layerlab.get("role") == "round"]
    asked = [cell for cell in rounds if not cell.metadata.layerlab.get("recall")]
    drawn = [cell for cell in asked if "<img" in cell.outputs[0].data["text/html"].partition(classroom.FOLD)[0]]
    assert len(drawn) == sheet.count("<img") + sheet.count(classroom.SAME)
    assert "Type a" not in sheet
    assert "Point at" not in sheet
    assert (1, 1) == (page.count("<h1"), page.count("<main>"))
    assert 'class="name"' in sheet


@EVERY
def test_slides_and_handouts_lead_to_pages_of_their_own_folder(number: str) -> None:
    for page in (classroom.slides(LESSONS[number]), classroom.handout(LESSONS[number])):
        assert ".ipynb" not in page


def test_everything_is_written_to_one_folder(tmp_path: Path) -> None:
    if not classroom.REVEAL.is_dir():
        pytest.skip("reveal.js is not here: `make class` fetches it with npm")
    written = classroom.write(tmp_path)
    assert 1 + len(PLANS) + 2 * len(LESSONS) == len(written)
    assert (tmp_path / "reveal.js" / "dist" / "reveal.js").exists()
