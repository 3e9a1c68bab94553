"""Drawing: a scene as a value to look at, in a notebook, in a terminal, on a slide."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from layerlab.picture.figure import figure
from layerlab.picture.html import under
from layerlab.picture.shapes import Scene
from layerlab.picture.svg import img
from layerlab.picture.text import text

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, repr=False)
class Drawing:
    """A still picture. A notebook shows it even before a kernel runs; its text holds all that the picture says.

    `lines` is the HTML under the picture; if it is "", the sentence and the balance line stand there.

    >>> Drawing(Scene((), "0 containers", "Nothing is here.", "0 layers = 0 B"))
    0 layers = 0 B
    Nothing is here.
    """

    scene: Scene
    lines: str = ""

    def figure(self) -> "Figure":
        """Return it as a matplotlib figure, for slides and paper."""
        return figure(self.scene)

    def __str__(self) -> str:
        return text(self.scene)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": img(self.scene) + (self.lines or under(self.scene))}
