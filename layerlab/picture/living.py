"""Living: a widget that shows a page of markup, moves its marks, and tells Python what was pressed.

Python writes the markup. The page changes only what differs, moves the marks and reports presses. Neither side of this
module knows what the marks mean: whoever paints them does.
"""

import time
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import traitlets

from layerlab.picture.shapes import Looks

_HERE = Path(__file__).parent

Form = Mapping[str, Any]


class Living(anywidget.AnyWidget):
    """A page that `paint` writes for a width in pixels, and whose presses go to `press`: a key, and what is filled in.

    A mark or a button with `data-press` sends it; `data-key` names the same thing from page to page. After a press the
    page is painted anew; whoever changes something else calls `refresh`.

    >>> seen = []
    >>> page = Living(lambda width: f"<p>{width}</p>", lambda key, form: seen.append(key))
    >>> page.hear({"press": "layer:4", "form": {}})
    >>> page.markup, seen
    ('<p>880</p>', ['layer:4'])
    """

    _esm = (_HERE / "living.js").read_text(encoding="utf-8")
    _css = (_HERE / "living.css").read_text(encoding="utf-8")
    # The markup is the state that the page gets. Every other fact stays in Python.
    markup = traitlets.Unicode().tag(sync=True)
    # When it was made, in seconds since 1970. A page that is shown much later was restored from a saved notebook.
    born = traitlets.Float().tag(sync=True)

    def __init__(self, paint: Callable[[int], str], press: Callable[[str, Form], None]) -> None:
        self._paint, self._press, self.width = paint, press, Looks().width
        self._painted = paint(self.width)
        super().__init__(markup=self._painted, born=time.time())
        self.on_msg(lambda _, content, __: self.hear(content))

    def refresh(self) -> None:
        """Paint the page anew."""
        try:
            self._painted = self._paint(self.width)
        except Exception as error:
            self._say(error)
            raise
        self.markup = self._painted

    def hear(self, message: Mapping[str, Any]) -> None:
        """Take a message of the page: that it is there, how wide it is, or what was pressed. Each one is answered."""
        try:
            if "width" in message:
                self.width = int(message["width"])
                self.refresh()
            elif "press" in message:
                self._press(message["press"], message.get("form", {}))
                self.refresh()
        except Exception as error:
            self._say(error)
            raise
        # The answer is sent after an error too, because the page says that the kernel is busy until an answer comes.
        finally:
            self.send({"heard": True})

    def _say(self, error: Exception) -> None:
        """Say above the page that was painted last what went wrong, because a front end shows no error of a press."""
        words = f"This could not be done or drawn: {type(error).__name__}: {error}. Run this cell again."
        self.markup = f'<p class="failed" data-key="failed" role="alert">{escape(words)}</p>{self._painted}'
