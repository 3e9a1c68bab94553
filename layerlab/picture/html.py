"""HTML: the lines under a picture, which change as text and are read out once when they do."""

from html import escape

from layerlab.picture.moment import NOT_COUNTED, Moment
from layerlab.picture.shapes import Scene

_LINE = '<p style="margin:2px 8px">'


def status(shown: Moment | Scene) -> str:
    """Return the sentence, the balance line and what is not counted, as a polite live region.

    >>> print(status(Moment(sentence="web costs 0 B until it writes.")))
    <div role="status"><p style="margin:2px 8px">web costs 0 B until it writes.</p>\
<p style="margin:2px 8px"><strong>0 layers + 0 thin = 0 B</strong> \
<span style="opacity:.7">not counted here: volumes, logs, build cache</span></p></div>
    """
    return (
        f'<div role="status">{_LINE}{escape(shown.sentence)}</p>'
        f'{_LINE}<strong>{escape(shown.balance)}</strong> <span style="opacity:.7">{NOT_COUNTED}</span></p></div>'
    )


def under(scene: Scene) -> str:
    """Return the sentence and the balance line of a picture that stands still.

    >>> under(Scene((), "", "The same files.", "0 shared = 0 B"))
    '<p style="margin:2px 8px">The same files.</p><p style="margin:2px 8px"><strong>0 shared = 0 B</strong></p>'
    """
    return f"{_LINE}{escape(scene.sentence)}</p>{_LINE}<strong>{escape(scene.balance)}</strong></p>"
