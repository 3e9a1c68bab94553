"""Page: how a widget of a lesson is shown, live and where no kernel runs."""

from collections.abc import Iterable, Sequence
from typing import Any

from layerlab.picture.svg import FOLLOW

# Each block of HTML brings this style, so it looks the same wherever a notebook shows it. Colours are JupyterLab's
# variables. Print has fixed colours, because a page with a dark theme is printed on white paper too. nbclassic takes
# the style out of a notebook that is not trusted, and has rules of its own for the classes of its page, such as prompt.
STYLE = """<style>
.layerlab { color: var(--jp-ui-font-color1); font-size: 14px; line-height: 1.45; max-width: 880px; }
.layerlab p { margin: 4px 0; }
.layerlab .question { font-size: 16px; font-weight: 600; }
.layerlab .truth { font-size: 20px; font-weight: 600; }
.layerlab .quiet { color: var(--jp-ui-font-color2); }
.layerlab pre { background: var(--jp-layout-color2); color: var(--jp-ui-font-color1); margin: 4px 0;
  padding: 6px 10px; font-size: 13px; line-height: 1.4; overflow-x: auto; }
.layerlab summary { cursor: pointer; }
.layerlab .transcript { padding: 0 8px; }
.layerlab .line { font-size: 12px; line-height: 1.35; margin: 0;
  white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.layerlab .line code { font-size: 12px; }
@media (max-width: 1000px), print {
  .layerlab .line, .layerlab pre { white-space: pre-wrap; word-break: normal; overflow-wrap: anywhere; }
}
@media print {
  .layerlab, .layerlab-bench { --jp-layout-color0: white; --jp-ui-font-color0: black;
    --jp-ui-font-color1: black; background: white; }
  :is(.layerlab, .layerlab-bench) :not(svg *) { background: white !important;
    color: black !important; }
  .layerlab-bench .mod-active { outline: 2px solid black; }
}
</style>"""
# nbclassic draws a fold without its mark. The rule stands at the fold, because it has to hold without the style too.
SUMMARY = '<summary style="display:list-item">'


def block(html: str) -> str:
    """Return HTML in the lessons' own look.

    >>> block("<p>hi</p>").endswith('<div class="layerlab"><p>hi</p></div>')
    True
    """
    return f'{STYLE}{FOLLOW}<div class="layerlab">{html.replace("<summary>", SUMMARY)}</div>'


def lined(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table whose first row names its columns. Its cells are HTML already.

    >>> "<td" in lined(("step", "size"), [("RUN make", "5 B")]), lined(("a",), []).count("<th")
    (True, 1)
    """
    # As large as the text around it: JupyterLab makes tables smaller, and a projector makes text larger.
    style = ' style="text-align:left;padding:1px 16px 1px 0"'
    top = "".join(f'<th scope="col"{style}>{each}</th>' for each in head)
    lines = "".join(f"<tr>{''.join(f'<td{style}>{each}</td>' for each in row)}</tr>" for row in rows)
    return f'<table style="font-size:1em"><tr>{top}</tr>{lines}</table>'


def bundle(widget: Any, text: str, html: str) -> dict[str, Any]:
    """Return what a notebook stores and shows for a widget.

    A live page takes the widget; a page without a kernel takes `html`; comparisons and terminals take `text`.
    """
    found = widget._repr_mimebundle_()
    # A living page returns a pair, its data and its metadata; other widgets return their data alone.
    data = found[0] if isinstance(found, tuple) else found
    return {**data, "text/plain": text, "text/html": html}
