"""Write what a class needs besides the lessons: slides, handouts and a teacher's scripts, to build/class/.

Slides show benches as stills and answers folded; what an engine does and prints follows on a slide of its own; a
teacher's notes are speaker notes (press S). A handout has room for answers; its solutions start on a page of their
own. Nothing in either is fetched from elsewhere.
"""

import argparse
import copy
import re
import shutil
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from nbconvert.filters import markdown2html
from nbformat import NotebookNode

from layerlab.course.answer import exact
from layerlab.course.bank import exercise, question
from layerlab.course.choices import how, listed_choices
from layerlab.course.exercise import Exercise
from layerlab.course.feedback import true_reason, wrong_reasons
from layerlab.course.question import Question
from layerlab.picture import page
from tools import docs, scripts
from tools.papers import lessons
from tools.rebuild import normal_form
from tools.scripts import Plan

ROOT = Path(__file__).resolve().parents[1]
REVEAL = ROOT / "node_modules" / "reveal.js"
TARGET = ROOT / "build" / "class"

# A slide is 1000 x 720: text is as large as the fullest of them allows, pictures keep their width.
LOOK = """<style>
.reveal { font-size: 26px } .reveal h1 { font-size: 1.6em } .reveal h2 { font-size: 1.3em }
.reveal pre { font-size: 17px }
.reveal .jp-InputArea .highlight pre { font-size: 14px; line-height: 1.14; white-space: pre-wrap }
.reveal .jp-RenderedHTML pre { margin: 6px 0; padding: 6px 10px; width: 100%; box-sizing: border-box; font-size: 17px }
.reveal .jp-RenderedHTML pre { line-height: 1.4; box-shadow: none; background: #eee; max-height: none }
.reveal .jp-RenderedHTML pre { white-space: pre-wrap; overflow-wrap: anywhere }
.reveal .jp-RenderedMarkdown { font-size: 24px }
.reveal .jp-RenderedHTML, .reveal .jp-RenderedHTML p { font-size: 22px; margin: 6px 0 }
.reveal .jp-RenderedHTML div div, .reveal .jp-RenderedHTML div div p { font-size: 16.5px; margin: 2px 0 }
.reveal .jp-RenderedHTML .layerlab-slides div { font-size: 14px }
.reveal .jp-RenderedHTML summary { font-size: 20px } .reveal .jp-RenderedHTML small { font-size: 15px }
.reveal .truth { font-weight: bold } .reveal .slides section section { max-height: 720px; overflow-y: auto }
.reveal details summary { cursor: pointer }
</style></head>"""
# What a page without a kernel says of a question, and where an engine's lines begin.
PROMPT = '<p class="question">'
FOLD = f"<details>{page.SUMMARY}Answer (predict first)</summary>"
RUN = "<p>Run this cell to answer.</p>"
ENGINE = '<p class="quiet">In Docker:</p>'
OPEN_BLOCK = page.block("").removesuffix("</div>")
# As nbconvert's own filters mark a cell whose input is not shown.
NO_SOURCE = {"transient": {"remove_source": True}}
SCRIPTS = re.compile(r"<script[^>]*>.*?</script>", re.DOTALL)
START = """<script src="reveal.js/dist/reveal.js"></script><script src="reveal.js/plugin/notes/notes.js"></script>
<script>
Reveal.initialize({ hash: true, width: 1000, height: 720, center: false, transition: "none", plugins: [RevealNotes] })
</script>
</html>"""


def slides(notebook: NotebookNode) -> str:
    """Return a lesson's core as slides, with the teacher's notes beside each."""
    shown = copy.deepcopy(notebook)
    shown.cells = [
        cell for original in core(normal_form(notebook)) for part in _on_slides(original) for cell in _with_notes(part)
    ]
    exporter = SlidesExporter(  # type: ignore[no-untyped-call]
        exclude_input_prompt=True, exclude_output_prompt=True, reveal_url_prefix="reveal.js", font_awesome_url=""
    )
    page, _ = exporter.from_notebook_node(shown)
    # The exporter's own scripts load reveal.js by another library and formulas from elsewhere.
    return beside(SCRIPTS.sub("", str(page)), "slides").replace("</head>", LOOK, 1).replace("</html>", START)


def core(notebook: NotebookNode) -> list[NotebookNode]:
    """Return the cells that everyone takes."""
    return [cell for cell in notebook.cells if cell.metadata.get("layerlab", {}).get("part", "core") == "core"]


def _on_slides(cell: NotebookNode) -> Iterator[NotebookNode]:
    """Return what a projector shows of a cell: no line that only asks a question, the engine's lines by themselves."""
    cell = copy.deepcopy(cell)
    role = cell.metadata.get("layerlab", {}).get("role")
    for output in cell.get("outputs", []):
        html = output.get("data", {}).get("text/html", "")
        if role != "round":
            continue
        # The situation as drawn and the question stand on slides of their own, without the lines that compute the
        # answer, because both on one slide are higher than a projector; the answer follows.
        asked, answer = html.replace(RUN, "").split(FOLD)
        # A folded answer begins with the picture after, where there is one. The picture has a slide of its own.
        picture, end, rest = answer.partition(">") if answer.startswith("<img") else ("", "", answer)
        drawn, prompt, choices = asked.partition(PROMPT)
        if "<img" in drawn:
            yield _slide(cell, "drawn", f"{drawn}</div>")
            asked = f"{OPEN_BLOCK}{prompt}{choices}"
        yield _slide(cell, "ask", f"{asked}</div>")
        # So do the reasons that do not hold: with them, the answer would be cut.
        facts = cell.metadata.layerlab
        wrong = [f"<p>{escape(line)}</p>" for line in wrong_reasons(question(facts["question"], facts.get("seed")))]
        for line in wrong:
            rest = rest.replace(line, "")
        answer, of_engine, lines = rest.removesuffix("</details></div>").partition(ENGINE)
        output.data["text/html"] = f"{OPEN_BLOCK}{FOLD}{answer}</details></div>"
        if wrong:
            yield cell
            cell = _slide(cell, "reasons", f"{OPEN_BLOCK}{''.join(wrong)}</div>")
        if picture:
            yield cell
            cell = _slide(cell, "after", f"{OPEN_BLOCK}{picture}{end}</div>")
        if of_engine:
            shown = nbformat.v4.new_output("display_data", {"text/html": f"{ENGINE}{lines}"})
            metadata = {"slideshow": {"slide_type": "subslide"}} | NO_SOURCE
            engine = nbformat.v4.new_code_cell(outputs=[shown], id=f"{cell.id[:50]}-engine", metadata=metadata)
            yield cell
            cell = engine
    yield cell


def _slide(cell: NotebookNode, name: str, html: str) -> NotebookNode:
    """Return a slide of its own that shows a part of a cell's output, and not its lines."""
    slide = copy.deepcopy(cell)
    slide.id = f"{cell.id[:50]}-{name}"
    slide.metadata.pop("layerlab", None)
    slide.metadata.update(NO_SOURCE)
    slide.outputs[0].data["text/html"] = html
    return slide


def _with_notes(cell: NotebookNode) -> Iterator[NotebookNode]:
    yield cell
    if notes := cell.metadata.get("layerlab", {}).get("notes"):
        metadata = {"slideshow": {"slide_type": "notes"}}
        yield nbformat.v4.new_markdown_cell(notes, id=f"{cell.id[:50]}-notes", metadata=metadata)


def handout(notebook: NotebookNode) -> str:
    """Return a lesson's questions and exercises with room for answers, and the solutions on pages of their own."""
    title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
    sheet, solutions = "".join(_sheet(notebook)), "".join(_solutions(notebook))
    return PAGE.format(title=escape(title), sheet=sheet, solutions=solutions)


def _sheet(notebook: NotebookNode) -> Iterator[str]:
    last = ""
    for cell in core(notebook):
        facts = cell.metadata.get("layerlab", {})
        role = facts.get("role")
        if role == "title":
            yield _text(_opening(cell.source))
        elif role == "situation" and facts.get("question"):
            yield f"<section>{_text(cell.source)}"
        elif role == "show" and "question" in facts:
            yield "".join(f"<pre>{escape(output.data['text/plain'])}</pre>" for output in cell.outputs)
        elif role == "round" and not facts.get("recall"):
            picture = _drawn(cell)
            # The same picture again would take a page of its own.
            yield f"{SAME if picture and picture == last else picture}{_asked(question(facts['question']))}</section>"
            last = picture or last
        elif role == "exercise":
            yield f"<section>{_text(cell.source)}<div class='room tall'></div></section>"


SAME = "<p>The picture above is the start here too.</p>"


def _opening(source: str) -> str:
    """Return what one can do after a lesson, and nothing about the cells that follow. The title is the page's own."""
    _, start, *rest = source.split("\n\n")
    return "\n\n".join([start, *(part for part in rest if part.startswith("- "))])


def _text(source: str) -> str:
    html = re.sub(r'<a class="anchor-link".*?</a>', "", str(markdown2html(source)))
    return beside(html, "handout")


def beside(html: str, kind: str) -> str:
    """Return a page whose links to other lessons lead to their pages of the same kind, which lie in the same folder.

    What has no such page, as the exit ticket, is named without a link.

    >>> beside('<a href="01-what-is-an-image.ipynb">lesson 01</a>', "slides")
    '<a href="01-slides.html">lesson 01</a>'
    >>> beside('<a href="exit-ticket.ipynb">What do you say now?</a>', "slides")
    'What do you say now?'
    """
    html = re.sub(r'href="(\d\d)-[^"]*\.ipynb"', rf'href="\1-{kind}.html"', html)
    return re.sub(r'<a href="[^":]*\.ipynb">(.*?)</a>', r"\1", html)


def _drawn(cell: NotebookNode) -> str:
    """Return the picture that a question is about, if there is one."""
    asked = "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs).partition(FOLD)[0]
    return "".join(re.findall("<img[^>]*>", asked)[:1])


def _asked(asked: Question) -> str:
    lead = "" if asked.second else "because "
    groups = [listed_choices(asked), [f"{lead}{reason.text}" for reason in asked.reasons]]
    boxes, second = ("".join(f"<li>{escape(line)}</li>" for line in lines) for lines in groups)
    if second:
        second = f"<p><strong>{asked.second}</strong></p><ul class='boxes'>{second}</ul>"
    room = "<p class='room'></p>" if asked.act in ("type", "order") else ""
    # On paper one writes what one types on a card, and marks what one points at.
    act = how(asked).replace("Type", "Write").replace("Point at", "Mark")
    mark = f"{act}, then mark: a guess &#9744; sure &#9744;"
    return (
        f"<p><strong>{asked.prompt}</strong></p><ul class='boxes'>{boxes}</ul>{room}{second}<p class='quiet'>{mark}</p>"
    )


def _solutions(notebook: NotebookNode) -> Iterator[str]:
    for cell in core(notebook):
        facts = cell.metadata.get("layerlab", {})
        if facts.get("role") == "round" and not facts.get("recall"):
            yield _answer(question(facts["question"]))
        elif facts.get("role") == "check":
            yield _solution(exercise(facts["exercise"]))
        elif facts.get("role") in ("points", "words"):
            yield _text(cell.source)


def _answer(asked: Question) -> str:
    lines = [*(option.feedback for option in asked.options if not option.truth), *wrong_reasons(asked)]
    wrong = "".join(f"<li>{escape(line)}</li>" for line in lines)
    because = f"<p>{escape(true_reason(asked))}</p>" if asked.because else ""
    return (
        f"<section><h3>{asked.prompt}</h3><p><strong>{escape(exact(asked.truth))}</strong></p>{because}"
        f"<ul>{wrong}</ul><p>{escape(asked.explanation)}</p></section>"
    )


def _solution(made: Exercise) -> str:
    return f"<section><h3>Exercise</h3>{_text(made.task)}<pre>{escape(made.solution)}</pre></section>"


PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
body {{ font: 11pt/1.4 sans-serif; max-width: 180mm; margin: 0 auto; color: #000; background: #fff }}
section {{ break-inside: avoid; margin: 0 0 5mm }} h2, h3 {{ margin: 3mm 0 2mm }}
pre {{ background: #eee; padding: 2mm; white-space: pre-wrap; overflow-wrap: anywhere }}
p, ul {{ margin: 2mm 0 }} ul {{ break-inside: avoid }} @page {{ margin: 12mm }}
a {{ color: inherit; text-decoration: none }}
.boxes {{ list-style: none; padding: 0 }} .boxes li::before {{ content: "\\2610\\00a0\\00a0" }}
.room {{ border-bottom: 1px solid #000; height: 8mm }} .tall {{ height: 30mm; border: 1px solid #000 }}
.name {{ text-align: right }} .name span {{ display: inline-block; width: 45mm; border-bottom: 1px solid #000 }}
h1 {{ font-size: 18pt; margin: 0 0 2mm }} h2, h3, p:has(+ ul) {{ break-after: avoid }}
img {{ display: block; width: 160mm; max-width: 100%; height: auto; color-scheme: light; margin: 2mm 0 }}
.quiet {{ color: #555; font-size: 9pt }} .solutions {{ break-before: page }}
</style></head><body>
<main>
<p class="name">Name <span></span> Date <span></span></p>
<h1>{title}</h1>
{sheet}
<div class="solutions"><h2>Solutions: {title}</h2>
{solutions}
</div></main></body></html>
"""


def cheat_sheet() -> str:
    """Return the cheat sheet as one printed page."""
    return _one_page("Cheat sheet", docs.text(docs.cheat_sheet), "8pt")


def script(plan: Plan) -> str:
    """Return a teacher's script as one printed page, in letters as large as its rows allow."""
    letters = min(LARGEST, round((ROOM / len(scripts.steps(plan.file))) ** 0.5, 1))
    return _one_page(f"Script: {plan.title}", "\n".join(scripts.script(plan)), f"{letters}pt", SCRIPT)


def _one_page(title: str, source: str, letters: str, style: str = "") -> str:
    return SHEET.format(title=title, sheet=_text(source).replace("\\|", "|"), letters=letters, style=style)


# A page has room for so many rows in letters of one point. Larger letters take room in height and in width.
ROOM, LARGEST = 2100, 10
SCRIPT = """body { font-family: Arial, "Liberation Sans", Helvetica, sans-serif; max-width: none; line-height: 1.15 }
@page { margin: 7mm } table { table-layout: fixed } td, th { padding: .5pt 3px } td:nth-child(2) { white-space: nowrap }
th:nth-child(1) { width: 2.4em } th:nth-child(2) { width: 4.9em } th:nth-child(3) { width: 2.7em }
th:nth-child(4) { width: 27% } th:nth-child(6) { width: 7.6em } """
SHEET = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>
h1 {{ font-size: 13pt; margin: 1mm 0 }}
body {{ font: {letters}/1.25 sans-serif; margin: 0 auto; max-width: 194mm; color: #000; background: #fff }}
h2 {{ font-size: 11pt; margin: 2mm 0 1mm }} p {{ margin: 1mm 0 }} @page {{ margin: 8mm }}
table {{ border-collapse: collapse; width: 100% }} code {{ font-size: .88em; overflow-wrap: anywhere }}
td, th {{ border: 1px solid #999; padding: 0 3px; text-align: left; vertical-align: top }}
{style}</style></head><body><main>
{sheet}
</main></body></html>
"""


def write(target: Path) -> list[Path]:
    """Write slides and handouts of every lesson, the scripts and the cheat sheet; return the files.

    Without reveal.js it raises FileNotFoundError.
    """
    if not REVEAL.is_dir():
        raise FileNotFoundError("reveal.js is missing: `make class` fetches it with npm")
    target.mkdir(parents=True, exist_ok=True)
    for part in ("dist", "plugin/notes"):
        shutil.copytree(REVEAL / part, target / "reveal.js" / part, dirs_exist_ok=True)
    # Themes ask a public address for letters. A room without a network shows others, so every room does.
    for theme in (target / "reveal.js" / "dist" / "theme").glob("*.css"):
        text = theme.read_text(encoding="utf-8")
        theme.write_text(re.sub(r"@import url\(https?:[^)]*\);\n?", "", text), encoding="utf-8")
    written = [target / "cheat-sheet.html"]
    written[0].write_text(cheat_sheet(), encoding="utf-8")
    for plan in scripts.PLANS:
        written.append(target / plan.file.replace(".md", ".html"))
        written[-1].write_text(script(plan), encoding="utf-8")
    for number, notebook in lessons().items():
        for kind, make in (("slides", slides), ("handout", handout)):
            written.append(target / f"{number}-{kind}.html")
            written[-1].write_text(make(notebook), encoding="utf-8")
    return written


def main(arguments: list[str] | None = None) -> int:
    """Write everything; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET, help="the folder to write to")
    for path in write(parser.parse_args(arguments).target):
        print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
