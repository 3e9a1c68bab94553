"""Drawing: a scene as a value to look at, in a notebook, in a terminal, on a slide."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from layerlab.picture.figure import figure
from layerlab.picture.html import under
from layerlab.picture.page import bundle
from layerlab.picture.shapes import Looks, Scene, layers_alone
from layerlab.picture.svg import FOLLOW, img, live
from layerlab.picture.text import text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Drawing:
    """A picture. A notebook shows it even before a kernel runs; its text holds all that the picture says.

    `lines` is the HTML under the picture; if it is "", the sentence and the balance line stand there. With `paint`, the
    picture is alive where a kernel runs: it is painted for the width of the page, and a press on a layer opens it.

    >>> Drawing(Scene((), "0 containers", "Nothing is here.", "0 layers = 0 B"))
    0 layers = 0 B
    Nothing is here.
    """

    scene: Scene
    lines: str = ""
    paint: Callable[[Looks], Scene] | None = field(default=None, compare=False)

    @cached_property
    def widget(self) -> Any:
        """The live picture, for a drawing with `paint`."""
        # Imported when a picture is shown, because a terminal and a slide need no widget.
        from layerlab.picture.living import Living

        opened: set[str] = set()

        def page(width: int) -> str:
            looks = Looks(width, frozenset(opened), live=True)
            picture = live(layers_alone(self.paint(looks) if self.paint else self.scene))
            lines = self.lines or under(self.scene)
            return (
                f'<div class="layerlab-picture" data-key="picture">{picture}</div><div data-key="lines">{lines}</div>'
            )

        def press(key: str, _: object) -> None:
            opened.symmetric_difference_update({key})

        return Living(page, press)

    def figure(self) -> "Figure":
        """Return it as a matplotlib figure, for slides and paper."""
        return figure(self.scene)

    def __str__(self) -> str:
        return text(self.scene)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        html = img(self.scene) + FOLLOW + (self.lines or under(self.scene))
        if self.paint is None:
            return {"text/plain": str(self), "text/html": html}
        return bundle(self.widget, str(self), html)
