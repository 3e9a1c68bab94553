"""Write the book to build/book/html/: lessons, guide, words, architecture and reference as pages that need no kernel.

A lesson is shown as it is committed: pictures stand still and answers are folded. A link leads from each lesson to the
same lesson alive, in the site that `make lite` builds, beside which the book is published.
"""

import argparse
import copy
import inspect
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat

import layerlab
from tools.rebuild import NOTEBOOKS, built, read

ROOT = NOTEBOOKS.parent
TARGET = ROOT / "build" / "book"
# Where the site lies, seen from a page of a lesson in the published book.
ALIVE = "../../lab/index.html?path="
PAPERS = ("instructor-guide", "cheat-sheet", "glossary", "beliefs", "architecture", "pipelines")
SETTINGS = """
project = "layerlab"
author = "The layerlab developers"
extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
html_theme = "furo"
html_title = "layerlab"
nb_execution_mode = "off"
# Widgets need a kernel, and their script would come from elsewhere.
nb_ipywidgets_js = {}
myst_heading_anchors = 4
myst_enable_extensions = ["html_image"]
autodoc_member_order = "bysource"
html_show_sphinx = False
# Links to files of the repository that are no page of the book lead to the repository.
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type"]
"""
REPOSITORY = "https://github.com/layerlab/layerlab/blob/main"
LINK = re.compile(r"(\]\(|src=\"|srcset=\"|href=\")(?!https?:|#|data:)([^)\"#]+)")


def write_source(source: Path) -> None:
    """Write what Sphinx reads: settings, pages, lessons and the list of public names."""
    (source / "lessons").mkdir(parents=True)
    (source / "papers").mkdir()
    (source / "conf.py").write_text(SETTINGS)
    lessons = []
    for path in built():
        nbformat.write(lesson(path), source / "lessons" / path.name)
        lessons.append(f"lessons/{path.stem}")
    papers = []
    for name in PAPERS:
        (source / "papers" / f"{name}.md").write_text(paper(ROOT / "docs" / f"{name}.md", source))
        papers.append(f"papers/{name}")
    (source / "reference.md").write_text(reference())
    parts = {"Lessons": lessons, "Papers": papers, "Reference": ["reference"]}
    trees = "\n".join(
        f"```{{toctree}}\n:caption: {name}\n:maxdepth: 1\n\n{chr(10).join(parts[name])}\n```\n" for name in parts
    )
    first = (
        "See, build and break container images in a notebook, with real bytes and real hashes, and no Docker.\n\n"
        "Each lesson asks before it shows. A page of a lesson has a link to the same lesson alive in your browser.\n"
    )
    (source / "index.md").write_text(f"# layerlab\n\n{first}\n{trees}")


def lesson(path: Path) -> nbformat.NotebookNode:
    """Return a lesson as its page shows it: with a link to the lesson alive under its title."""
    notebook = copy.deepcopy(read(path))
    title = notebook.cells[0]
    title.source += f'\n\n<a class="alive" href="{ALIVE}{path.name}">Open this lesson alive, in your browser.</a>'
    return notebook


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


def reference() -> str:
    """Return the page of the public names: each with what its docstring says."""
    rows = ["# Reference", "", "Every name that `import layerlab` gives.", ""]
    for name in sorted(layerlab.__all__, key=str.lower):
        thing = getattr(layerlab, name)
        kind = "autoclass" if inspect.isclass(thing) else "autofunction" if callable(thing) else "autodata"
        members = ["   :members:"] if kind == "autoclass" else []
        rows += [f"## {name}", "", "```{eval-rst}", f".. {kind}:: layerlab.{name}", *members, "```", ""]
    return "\n".join(rows)


def build(target: Path) -> Path:
    """Build the book in `target`, which is made anew, and return the folder of its pages."""
    shutil.rmtree(target, ignore_errors=True)
    source, pages = target / "source", target / "html"
    write_source(source)
    command = [sys.executable, "-m", "sphinx", "--quiet", "--keep-going", "-b", "html", str(source), str(pages)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"sphinx failed:\n{done.stderr[-3000:]}")
    print(done.stderr[-6000:], file=sys.stderr, end="")
    for picture in (source / "papers").glob("*.svg"):
        shutil.copy(picture, pages / "papers")
    for page in pages.rglob("*.html"):
        page.write_text(accessible(page.read_text()))
    return pages


def accessible(text: str) -> str:
    """Return a page with what its theme leaves out: the level of a heading, and a focus for code that is scrolled.

    >>> accessible('<p class="caption" role="heading">Lessons</p><pre>code</pre>')
    '<p class="caption" role="heading" aria-level="2">Lessons</p><pre tabindex="0">code</pre>'
    """
    text = text.replace('class="caption" role="heading">', 'class="caption" role="heading" aria-level="2">')
    return re.sub(r"<pre(?=[ >])", '<pre tabindex="0"', text)


def main(arguments: list[str] | None = None) -> int:
    """Build; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", type=Path, default=TARGET, help="the folder to build in")
    pages = build(parser.parse_args(arguments).target)
    print(f"{pages}: {len(list(pages.rglob('*.html')))} pages")
    return 0


if __name__ == "__main__":
    sys.exit(main())
