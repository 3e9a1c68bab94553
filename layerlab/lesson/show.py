"""Show: how a widget of a lesson is shown, live and where no kernel runs."""

from html import escape
from typing import Any

STYLE = """<style>
.layerlab { color: var(--jp-ui-font-color1); font-size: 14px; line-height: 1.45; max-width: 880px; }
.layerlab p { margin: 4px 0; }
.layerlab .prompt { font-size: 16px; font-weight: 600; }
.layerlab .truth { font-size: 20px; font-weight: 600; }
.layerlab .quiet { color: var(--jp-ui-font-color2); }
.layerlab pre { background: var(--jp-layout-color2); color: var(--jp-ui-font-color1); margin: 4px 0;
  padding: 6px 10px; font-size: 13px; line-height: 1.4; overflow-x: auto; }
.layerlab summary { cursor: pointer; }
.layerlab .transcript { padding: 0 8px; }
.layerlab .line { font-size: 12px; margin: 1px 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.layerlab .line code { font-size: 12px; }
.layerlab-round { border-left: 4px solid #E69F00; padding: 4px 0 4px 12px; max-width: 880px; }
.layerlab-bench button:focus-visible, .layerlab-bench select:focus-visible, .layerlab-bench pre:focus-visible {
  outline: 3px solid var(--jp-ui-font-color0); outline-offset: -3px; }
.layerlab-round button { font-weight: 600; }
</style>"""


def block(html: str) -> str:
    """Return HTML in the lessons' own look.

    >>> block("<p>hi</p>").endswith('<div class="layerlab"><p>hi</p></div>')
    True
    """
    return f'{STYLE}<div class="layerlab">{html}</div>'


def said(text: str) -> str:
    """Return a line that is read out when it changes.

    >>> said("Locked.")
    '<span role="status">Locked.</span>'
    """
    return f'<span role="status">{escape(text)}</span>'


def bundle(widget: Any, text: str, html: str) -> dict[str, Any]:
    """Return what a notebook stores and shows for a widget.

    A live page takes the widget; a page without a kernel takes `html`; comparisons and terminals take `text`.
    """
    data = widget._repr_mimebundle_()
    return {**data, "text/plain": text, "text/html": html}
