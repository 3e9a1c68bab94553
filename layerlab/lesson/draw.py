"""Draw: a still picture of a host, for a cell that has nothing to press."""

from layerlab.lesson.example import layer_label
from layerlab.model.host import Host
from layerlab.picture.html import status
from layerlab.picture.moment import Moment
from layerlab.picture.observe import moment
from layerlab.picture.scene import scene
from layerlab.picture.svg import img
from layerlab.picture.text import text


def draw(host: Host, step: str = "now") -> "Drawing":
    """Return a picture of what is on a host; `step` is the word under its column of bytes.

    A notebook shows it even before a kernel runs; its text form holds all that the picture says.

    >>> print(draw(shop()))
    CONTAINERS  one thin layer each
      none yet
    READ-ONLY LAYERS  stored once, 0 at the bottom
      image shop  = layers 0 to 4 + metadata, 319 MB
      4  site          ##                    25.0 MB
      3  87026dcb0044  #########             90.0 MB
      2  9cd978db300e  ####################   204 MB
      1  6170bb7b0ad1                            0 B
      0  511136ea3c5a                            0 B
    BYTES ON THIS HOST  after each step
      adding up SIZE: 319 MB
    > now  ####################  319 MB  layers
    319 layers + 0 thin = 319 MB
    shop is here: 5 layers, 319 MB.
    """
    return Drawing(moment(host, step=step, label=layer_label))


class Drawing:
    """A moment of a host, drawn. Made by `draw`."""

    def __init__(self, now: Moment) -> None:
        self.scene = scene(now)
        self._status = status(now)

    def __str__(self) -> str:
        return text(self.scene)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": str(self), "text/html": img(self.scene) + self._status}
