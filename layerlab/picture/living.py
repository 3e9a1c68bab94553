"""Living: a page of markup whose marks move, and that tells what was pressed; it works in every notebook front end.

Python paints, the page patches, moves and reports. What the marks mean is known to whoever paints them.
"""

from collections.abc import Callable, Mapping
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
    markup = traitlets.Unicode().tag(sync=True)

    def __init__(self, paint: Callable[[int], str], press: Callable[[str, Form], None]) -> None:
        self._paint, self._press, self.width = paint, press, Looks().width
        super().__init__(markup=paint(self.width))
        self.on_msg(lambda _, content, __: self.hear(content))

    def refresh(self) -> None:
        """Paint the page anew."""
        self.markup = self._paint(self.width)

    def hear(self, message: Mapping[str, Any]) -> None:
        """Do what the page says: that it is there, how wide it is, what was pressed. It is told that it was heard."""
        try:
            if "width" in message:
                self.width = int(message["width"])
                self.refresh()
            elif "press" in message:
                self._press(message["press"], message.get("form", {}))
                self.refresh()
        finally:
            self.send({"heard": True})
