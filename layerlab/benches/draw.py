"""Draw: a picture of a host or of a comparison, for a cell that has nothing to do."""

from layerlab.benches.example import layer_label, slide_id
from layerlab.model.compare import Diff, Overlaps
from layerlab.model.host import Host
from layerlab.picture.comparison import show
from layerlab.picture.drawing import Drawing
from layerlab.picture.host_scene import scene
from layerlab.picture.html import status
from layerlab.picture.observe import moment


def draw(found: Host | Diff | Overlaps, step: str = "now", *, ids: bool = False) -> Drawing:
    """Return a picture of what is on a host, or of what `diff` or `overlaps` found.

    `step` is the word under a host's column of bytes. With `ids` the layers carry the ids that the slides give them. A
    notebook shows the picture even before a kernel runs; where one runs, a press on a layer of a host opens it. Its
    text form holds all that it says; `figure()` gives it for slides and paper.

    >>> print(draw(shop()))
    CONTAINERS  one thin layer each
      none yet
    READ-ONLY LAYERS  stored once, 0 at the bottom
      image shop  5 layers + metadata, 319 MB
      4  site            ##                    25.0 MB
      3  apache          #########             90.0 MB
      2  Ubuntu's files  ####################   204 MB
      1  empty                                     0 B
      0  empty                                     0 B
    BYTES ON THIS HOST  after each step
    > now  ####################  319 MB  layers
    319 MB in layers + 0 B in thin layers = 319 MB
    shop is here: 5 layers, 319 MB.
    """
    if not isinstance(found, Host):
        return show(found)
    now = moment(found, step=step, label=slide_id if ids else layer_label)
    return Drawing(scene(now), status(now), lambda looks: scene(now, looks))
