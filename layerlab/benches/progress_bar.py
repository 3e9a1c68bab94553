"""Progress: a bar in the page that says how much of an archive has been read, while its cell still runs.

The notebook keeps one line, which is true after the reading too. The bar disappears when the reading is done.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

import ipywidgets
from IPython.core.getipython import get_ipython
from IPython.display import display

from layerlab.picture.page import block, bundle
from layerlab.words.sizes import size


@contextmanager
def progress_bar(name: str) -> Iterator[Callable[[int, int], object]]:
    """Show a bar while `name` is read, and yield what moves it: a function of the bytes read and the bytes to read.

    Outside a notebook's kernel nothing is shown.

    >>> with progress_bar("shop.tar") as moved:
    ...     moved(1, 2)
    """
    bar = ipywidgets.HTML(bar_html(name, 0, 0))
    # IPython in a terminal has no kernel, and no page that could show a bar.
    if getattr(get_ipython(), "kernel", None) is not None:
        show(bar, f"{name}: every byte is read once, and every digest is checked.")

    def moved(done: int, total: int) -> None:
        bar.value = bar_html(name, done, total)

    try:
        yield moved
    finally:
        # After an error too: a bar that stays would say that the reading goes on.
        bar.value = ""


def show(bar: Any, kept: str) -> None:
    """Show a bar in the page, and leave `kept` in the notebook."""
    display(bundle(bar, kept, block(f"<p>{escape(kept)}</p>")), raw=True)  # type: ignore[no-untyped-call]


def bar_html(name: str, done: int, total: int) -> str:
    """Return a bar with its label; one without a value while there is nothing to read or all is read.

    >>> bar_html("shop.tar", 5, 20)[-84:]
    '<progress max="20" value="5"></progress> Reading shop.tar: 5 B of 20 B</label></div>'
    """
    if done < total:
        value, words = f' max="{total}" value="{done}"', f"Reading {name}: {size(done)} of {size(total)}"
    else:
        # A progress element without a value shows that something goes on, but not how far it is.
        value, words = "", f"Accounting for every byte of {name}" if total else f"Opening {name}"
    return block(f"<label><progress{value}></progress> {escape(words)}</label>")
