"""Write the book to build/book/html/: lessons, guide, words, architecture and reference as pages that need no kernel.

A lesson is shown as it is committed: pictures stand still and answers are folded. Below each bench, a fold shows what
it shows after each press. A link leads from each lesson to the same lesson alive, in the site that `make lite` builds,
beside which the book is published.
"""

import argparse
import copy
import importlib
import inspect
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat

import layerlab
from layerlab.course.check import UNANSWERED
from tools.classroom import RUN
from tools.rebuild import NOTEBOOKS, built, read
from tools.stories import story

ROOT = NOTEBOOKS.parent
SITE = ROOT / "tools" / "site"
TARGET = ROOT / "build" / "book"
# Where the site lies, seen from a page of a lesson in the published book.
ALIVE = "../../lab/index.html?path="
PAPERS = ("instructor-guide", "cheat-sheet", "glossary", "beliefs", "architecture", "pipelines")
SETTINGS = """
import os
import re

project = "layerlab"
author = "The layerlab developers"
extensions = ["myst_nb", "sphinx.ext.autodoc"]
html_theme = "furo"
html_title = "layerlab"
html_static_path = ["static"]
html_css_files = ["book.css"]
html_js_files = ["book.js"]
html_search_scorer = os.path.join(os.path.dirname(__file__), "book-search.js")
html_favicon = "static/book-icon.svg"
nb_execution_mode = "off"
nb_code_prompt_show = "The code of this question"
nb_code_prompt_hide = "The code of this question"
# Widgets need a kernel, and their script would come from elsewhere.
nb_ipywidgets_js = {}
myst_heading_anchors = 4
myst_enable_extensions = ["html_image"]
autodoc_member_order = "bysource"
# A name between backquotes in a docstring is code, and a link where the reference has that name.
default_role = "py:obj"
python_use_unqualified_type_names = True
toc_object_entries_show_parents = "hide"
html_copy_source = False
html_show_copyright = False
html_show_sphinx = False
# Links to files of the repository that are no page of the book lead to the repository.
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]

ERROR = re.compile(r"(?<![`.\\w])((?:Archive|Build|Driver|Engine|Host|Layerlab|Process|Registry|Shell)Error)(?![`\\w])")


def link_errors(app, what, name, thing, options, lines):
    # What Python says of a field of a named tuple says nothing.
    if lines and lines[0].startswith("Alias for field number"):
        lines.clear()
    lines[:] = [line if ">>>" in line or "Error:" in line else ERROR.sub(r"`\\1`", line) for line in lines]


def setup(app):
    app.connect("autodoc-process-docstring", link_errors)
"""
REPOSITORY = "https://github.com/layerlab/layerlab/blob/main"
LINK = re.compile(r"(\]\(|src=\"|srcset=\"|href=\")(?!https?:|#|data:)([^)\"#]+)")
WRITE = "Write your lines on paper first, then open the solution."
OPEN = "<p>Decide first, then open the answer.</p>"
TELLS = "Where a text asks you to press, open the fold below the picture: it shows what each press does. "
# What public names return or contain, although nobody makes one by this name.
RETURNED = (
    "model.explain.LayerReport", "model.explain.Dead", "model.compare.Diff", "model.compare.Overlaps",
    "model.accounting.LayerUsage", "model.accounting.ImageUsage", "model.accounting.ContainerUsage",
    "model.accounting.VolumeUsage",
    "course.tally.Tally", "benches.stack_bench.StackBench", "benches.container_bench.ContainerBench",
    "benches.path_finder.PathFinder", "benches.sharing_bench.SharingBench", "benches.xray_bench.XRay",
    "benches.build_bench.BuildBench", "benches.registry_bench.RegistryBench", "benches.process_bench.ProcessBench",
    "benches.disks_bench.DisksBench",
)  # fmt: skip

RETURNED_ARE = "Rows of reports, and the benches. Public names return them, so nobody makes one by its own name."


def write_source(source: Path) -> None:
    """Write what Sphinx reads: settings, pages, lessons and the list of public names."""
    for folder in ("lessons", "papers", "reference", "static"):
        (source / folder).mkdir(parents=True)
    for name in ("book.css", "book.js", "book-icon.svg"):
        shutil.copy(SITE / name, source / "static")
    for look in ("light", "dark"):
        shutil.copy(ROOT / "docs" / f"host-{look}.svg", source / "static")
    shutil.copy(SITE / "book-search.js", source)
    (source / "conf.py").write_text(SETTINGS)
    known = words()
    lessons = []
    for path in built():
        nbformat.write(lesson(path, known), source / "lessons" / path.name)
        lessons.append(f"lessons/{path.stem}")
    papers = []
    for name in PAPERS:
        text = glossary(known) if name == "glossary" else paper(ROOT / "docs" / f"{name}.md", source)
        (source / "papers" / f"{name}.md").write_text(text)
        papers.append(f"papers/{name}")
    rooms = reference()
    for name, text in rooms.items():
        (source / "reference" / f"{name}.md").write_text(text)
    parts = {"Lessons": lessons, "Papers": papers, "Reference": [f"reference/{name}" for name in rooms]}
    trees = "\n".join(
        f"```{{toctree}}\n:caption: {name}\n:hidden:\n\n{chr(10).join(parts[name])}\n```\n" for name in parts
    )
    (source / "index.md").write_text(first_page() + trees)


def first_page() -> str:
    """Return the first page: what this is, where to begin, and each lesson with its question and its minutes."""
    rows = [f"| {link} | {minutes} |" for link, minutes in map(_row, built())]
    return f"""---
myst:
  html_meta:
    description: What a container image is, what a container adds to it, and where the bytes go.
---
# layerlab

See, build and break container images in a notebook, with real bytes and real hashes, and no Docker.

```{{image}} static/host-light.svg
:class: only-light layerlab-still
:alt: {PICTURE}
```
```{{image}} static/host-dark.svg
:class: only-dark layerlab-still
:alt: {PICTURE}
```

Here you read the lessons. Each lesson asks first: decide, then open the answer below the question.
To press and type yourself, take the link at the top of a lesson: it opens the same lesson in your browser.

Begin with [lesson 00](lessons/{built()[0].name}). It takes ten minutes at most.

| lesson | minutes |
|---|---|
{chr(10).join(rows)}

- [Words](papers/glossary.md) explains each word of the lessons in one line, and the
  [cheat sheet](papers/cheat-sheet.md) says what each step costs.
- For teachers: the [instructor guide](papers/instructor-guide.md), and what [people believe](papers/beliefs.md).
- For developers: the [reference](reference/index.md), and [layerlab in a pipeline](papers/pipelines.md).

"""


PICTURE = (
    "One host: the five layers of the image shop, 319 MB, three containers on them, and the bytes after each step."
)


def _row(path: Path) -> tuple[str, str]:
    facts = read(path).cells[0].metadata.get("layerlab", {})
    return f"[{titled(path)}](lessons/{path.name})", facts.get("minutes", "")


def titled(path: Path) -> str:
    """Return the title of a lesson with its number, by which other lessons call it.

    >>> titled(NOTEBOOKS / "01-what-is-an-image.ipynb")
    '01: What is an image?'
    """
    title = read(path).cells[0].source.splitlines()[0].removeprefix("# ")
    name = path.stem[:2] if path.stem[:2].isdigit() else path.stem.replace("-", " ").capitalize()
    return f"{name}: {title}"


def lesson(path: Path, known: dict[str, tuple[str, str]]) -> nbformat.NotebookNode:
    """Return a lesson as its page shows it.

    Under the title is a link to the lesson alive. Words of the glossary lead there. Below a bench is what it shows
    after each press. A question stands before its code, because the code computes the answer.
    """
    notebook = copy.deepcopy(read(path))
    tells = ""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = _linked(cell.source, known)
            continue
        if cell.metadata.get("layerlab", {}).get("role") == "round":
            cell.metadata.tags = ["hide-input"]
        for output in cell.outputs:
            if html := output.get("data", {}).get("text/html"):
                output.data["text/html"] = html.replace(RUN, OPEN).replace(UNANSWERED, WRITE)
        if told := story(path.name[:2], cell):
            tells = TELLS
            cell.outputs.append(nbformat.v4.new_output("display_data", {"text/html": told}))
    title = notebook.cells[0]
    first, _, rest = title.source.partition("\n")
    # A page has no cell to run.
    rest = "\n\n".join(part for part in rest.split("\n\n") if "Shift+Enter" not in part)
    swipe = '<span class="narrow">Swipe a picture to see its right side.</span>'
    alive = f'<a class="alive" href="{ALIVE}{path.name}">run this lesson in your browser</a>'
    title.source = f"# {titled(path)}\n{rest}\n\nThis page is for reading. {tells}To press and type, {alive}. {swipe}"
    assert first.startswith("# "), path
    return notebook


def words() -> dict[str, tuple[str, str]]:
    """Return each word of the glossary with its meaning and the number of its lesson."""
    rows = re.findall(r"^\| \*\*(.+?)\*\* \| (.+) \| (\d\d) \|$", (ROOT / "docs/glossary.md").read_text(), re.MULTILINE)
    return {word: (meaning, number) for word, meaning, number in rows}


def glossary(known: dict[str, tuple[str, str]]) -> str:
    """Return the words as a page on which each word is a place of its own, with a link to its lesson."""
    pages = {path.name[:2]: path.name for path in built()}
    rows = [
        f"{word}\n  {meaning} ([lesson {number}](../lessons/{pages[number]}))\n"
        for word, (meaning, number) in known.items()
    ]
    return "\n".join(["# Words", "", "Each word as the lessons use it.", "", "```{glossary}", *rows, "```", ""])


def _linked(source: str, known: dict[str, tuple[str, str]]) -> str:
    """Return a text whose bold words lead to the glossary."""

    def linked(found: re.Match[str]) -> str:
        return f"**{{term}}`{found[1]}`**" if found[1] in known else found[0]

    return re.sub(r"\*\*([^*\n]+)\*\*", linked, source)


def paper(path: Path, source: Path) -> str:
    """Return a paper of docs/ whose links lead to the book's own pages, or else to the repository."""

    def mended(found: re.Match[str]) -> str:
        before, target = found[1], found[2]
        file = (path.parent / target).resolve()
        if file.suffix in (".svg", ".png"):
            shutil.copy(file, source / "papers")
            return before + file.name
        if file.parent == NOTEBOOKS and file in built():
            return f"{before}../lessons/{file.name}"
        if file.parent == ROOT / "docs" and file.stem in PAPERS:
            return before + file.name
        return f"{before}{REPOSITORY}/{file.relative_to(ROOT)}"

    return LINK.sub(mended, path.read_text())


def reference() -> dict[str, str]:
    """Return the pages of the public names: a list of them all, and a page for each room of the package."""
    rooms: dict[str, list[str]] = {}
    for name in sorted(layerlab.__all__, key=str.lower):
        rooms.setdefault(room(getattr(layerlab, name)), []).append(name)
    heads = {name: str(importlib.import_module(f"layerlab.{name}").__doc__).splitlines()[0] for name in rooms}
    first = ["# Reference", "", "Every name that `import layerlab` gives, by the room of the package it is from.", ""]
    pages = {}
    for name in sorted(rooms):
        first += [f"## [layerlab.{name}]({name}.md)", "", heads[name], "", "| name | what it is |", "|---|---|"]
        first += [f"| {{py:obj}}`~layerlab.{each}` | {_line(getattr(layerlab, each))} |" for each in rooms[name]]
        first.append("")
        pages[name] = "\n".join(
            [f"# layerlab.{name}", "", heads[name], "", *_entries(f"layerlab.{each}" for each in rooms[name])]
        )
    first += ["## [What these names return](returned.md)", "", RETURNED_ARE, ""]
    first += ["{ref}`All names in one list <genindex>`.", ""]
    pages["returned"] = "\n".join(
        [
            "# What bench returns",
            "",
            "`bench` returns one of these.",
            "",
            *_entries(f"layerlab.{each}" for each in RETURNED),
        ]
    )
    return {"index": "\n".join(first)} | pages


def room(thing: object) -> str:
    """Return the room of the package that a public name is from.

    >>> room(layerlab.Host), room(layerlab.WHITEOUT)
    ('model', 'model')
    """
    module = getattr(thing, "__module__", "")
    return (module if module.startswith("layerlab.") else type(thing).__module__).split(".")[1]


def _line(thing: object) -> str:
    """Return the first line of what a docstring says, as a cell of a table."""
    line = (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ").replace("|", "\\|")
    return re.sub(r"`+([^`]+)`+", r"`\1`", line)


def _entries(names: Iterator[str]) -> Iterator[str]:
    for full in names:
        module, _, name = full.rpartition(".")
        thing = getattr(importlib.import_module(module), name)
        kind = "autoclass" if inspect.isclass(thing) else "autofunction" if callable(thing) else "autodata"
        members = ["   :members:"] if kind == "autoclass" else []
        yield from (f"## {name}", "", "```{eval-rst}", f".. {kind}:: {full}", *members, "```", "")


def build(target: Path) -> Path:
    """Build the book in `target`, which is made anew, and return the folder of its pages."""
    shutil.rmtree(target, ignore_errors=True)
    source, pages = target / "source", target / "html"
    write_source(source)
    command = [sys.executable, "-m", "sphinx", "--quiet", "--keep-going", "-b", "html"]
    command += ["-d", str(target / "doctrees"), str(source), str(pages)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"sphinx failed:\n{done.stderr[-3000:]}")
    print(done.stderr[-6000:], file=sys.stderr, end="")
    (pages / "_sources").rmdir()  # Sphinx makes this folder, and is told to put nothing in it
    for picture in (source / "papers").glob("*.svg"):
        shutil.copy(picture, pages / "papers")
    for page in pages.rglob("*.html"):
        page.write_text(accessible(page.read_text()))
    return pages


def accessible(text: str) -> str:
    """Return a page with what its theme leaves out: levels of headings, names of landmarks, scrolling pictures.

    >>> accessible('<p class="caption" role="heading">Lessons</p><th class="head"><p></p></th>')
    '<p class="caption" role="heading" aria-level="2">Lessons</p><td></td>'
    """
    text = text.replace('class="caption" role="heading">', 'class="caption" role="heading" aria-level="2">')
    text = text.replace('<th class="head"><p></p></th>', "<td></td>")
    text = text.replace('<aside class="sidebar-drawer">', '<aside class="sidebar-drawer" aria-label="All pages">')
    text = text.replace('<aside class="toc-drawer', '<aside aria-label="On this page" class="toc-drawer')
    text = text.replace('<summary aria-label="Toggle hidden content">', "<summary>")
    text = text.replace('<div id="search-results">', '<h1>Search</h1><div id="search-results">')
    return STILL.sub(r'<div class="still" role="group" aria-label="Picture">\g<0></div>', text)


STILL = re.compile(r'<img[^>]*class="[^"]*\blayerlab-still"[^>]*>')


def main(arguments: list[str] | None = None) -> int:
    """Build; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET, help="the folder to build in")
    pages = build(parser.parse_args(arguments).target)
    print(f"{pages}: {len(list(pages.rglob('*.html')))} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
