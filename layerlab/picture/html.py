"""HTML: the lines under a picture, which change as text and are read out once when they do."""

from html import escape

from layerlab.picture.moment import NOT_COUNTED, Moment
from layerlab.picture.shapes import Scene

_LINE = '<p style="margin:2px 8px">'
# A refusal has a mark, a word and a line at its side, because not everyone can tell it from other sentences by colour.
_REFUSED = '<p class="refused" style="margin:2px 8px;padding-left:8px;border-left:4px solid #c62828">'
_CROSS = '<span aria-hidden="true">✕ </span>'


def said(sentence: str) -> str:
    """Return the sentence under a picture as HTML; a refusal looks like one.

    >>> said("web costs 0 B until it writes.")
    '<p style="margin:2px 8px">web costs 0 B until it writes.</p>'
    >>> said("Refused: layers are read-only.")[-43:]
    '✕ </span>Refused: layers are read-only.</p>'
    """
    refused = sentence.startswith("Refused: ")
    return f"{_REFUSED + _CROSS if refused else _LINE}{escape(sentence)}</p>"


def status(shown: Moment | Scene) -> str:
    """Return the sentence, the balance line and what is not counted, as a polite live region.

    >>> print(status(Moment(sentence="web costs 0 B until it writes.")))
    <div role="status"><p style="margin:2px 8px">web costs 0 B until it writes.</p>\
<p style="margin:2px 8px"><strong>0 B in layers + 0 B in thin layers = 0 B</strong> \
<span style="opacity:.7">not counted here: volumes, logs, build cache</span></p></div>
    """
    uncounted = shown.uncounted if isinstance(shown, Moment) else NOT_COUNTED
    return (
        f'<div role="status">{said(shown.sentence)}'
        f'{_LINE}<strong>{escape(shown.balance)}</strong> <span style="opacity:.7">{uncounted}</span></p></div>'
    )


def under(scene: Scene) -> str:
    """Return the sentence and the balance line of a picture that stands still.

    >>> under(Scene((), "", "The same files.", "0 shared = 0 B"))
    '<p style="margin:2px 8px">The same files.</p><p style="margin:2px 8px"><strong>0 shared = 0 B</strong></p>'
    """
    return f"{said(scene.sentence)}{_LINE}<strong>{escape(scene.balance)}</strong></p>"
