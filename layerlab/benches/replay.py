"""Replay: acts that lead from a start to the present moment; what every bench shares.

The state is the list of acts and nothing else, so a bench always shows what its transcript does. Moments are values and
are kept, because then a step back or forward is shown at once. Everything else that acts change, such as a host, is
made again from the acts when it is needed.
"""

import errno
import re
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any

from traitlets import Any as AnyTrait
from traitlets import HasTraits, Int

import layerlab
from layerlab.benches.verbs import TranscriptLine
from layerlab.model.oserror import OTHER_MOUNT
from layerlab.picture.html import under
from layerlab.picture.page import bundle
from layerlab.picture.shapes import STILL, Looks, Scene
from layerlab.picture.svg import FOLLOW, img, live
from layerlab.picture.text import text
from layerlab.words.printable import printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# What a refused act says, by the number of the kernel's error; {} is the path.
_WHY = {
    errno.ENOENT: "{} is not there: take one that is",
    errno.EISDIR: "{} is a directory: take a file in it, or delete the tree",
    errno.ENOTDIR: "{} is no directory: take a directory",
    errno.EEXIST: "{} is there already: delete it first",
    errno.EXDEV: "{} is a directory of the image, and the kernel renames none (EXDEV): copy it and delete the "
    "old one, as mv does",
}


class Replay(HasTraits):
    """A bench without its page: `now` is the moment that its picture shows; a page observes `said`.

    `said` counts how often something was shown. A refusal that happens again does not change `now`, but it has to be
    shown again.

    A kind of bench gives `begin`, `after` and `refused` (each returns a moment), `scene`, `started` (the lines that
    its transcript begins with) and `written` (an act as a line); everything else follows. An act is any value.
    `moments` holds the first moment and the one after each act, those that are undone too.
    """

    now = AnyTrait()
    said = Int()
    refusing = False
    acts: tuple[Any, ...] = ()
    undone: tuple[Any, ...] = ()
    moments: tuple[Any, ...] = ()
    started: tuple[TranscriptLine, ...] = ()

    def begin(self) -> Any:
        """Return the first moment; it is asked for once."""
        raise NotImplementedError

    def after(self, act: Any) -> Any:
        """Change the state and return the moment after; ValueError or OSError refuse the act."""
        raise NotImplementedError

    def refused(self, reason: str) -> Any:
        """Return the present moment with the reason why an act was refused."""
        raise NotImplementedError

    def written(self, act: Any) -> TranscriptLine:
        """Return an act in Python and as a docker command."""
        raise NotImplementedError

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture of the present moment as someone looks at it."""
        raise NotImplementedError

    @property
    def scene(self) -> Scene:
        """The picture of the present moment, for any painter."""
        return self.drawn(STILL)

    def shown(self, looks: Looks) -> str:
        """Return what a live page shows: the picture as SVG, or the HTML of a kind that shows something else too."""
        return live(self.drawn(looks))

    @property
    def status(self) -> str:
        """The lines under the picture as HTML, read out when they change."""
        return f'<div role="status">{under(self.scene)}</div>'

    def start_over(self) -> None:
        """Go back to the start, and forget every act."""
        # The first moment never changes, so it is computed once.
        self.moments = self.moments[:1] or (self.begin(),)
        self.go((), ())

    def undo(self) -> None:
        """Take the last act back; with none left, the present moment is said again."""
        if self.acts:
            self.go(self.acts[:-1], (*self.undone, self.acts[-1]))
        else:
            self.go(self.acts, self.undone)

    def redo(self) -> None:
        """Do again what was taken back last; with nothing left, the present moment is said again."""
        if self.undone:
            self.go((*self.acts, self.undone[-1]), self.undone[:-1])
        else:
            self.go(self.acts, self.undone)

    def go(self, acts: tuple[Any, ...], undone: tuple[Any, ...]) -> None:
        """Show the moment after `acts`, which have all been done before."""
        self.acts, self.undone = acts, undone
        self.show_now(self.moments[len(acts)])

    def show_now(self, moment: Any) -> None:
        """Show a moment, the one that is shown already too."""
        self.now = moment
        self.refusing = False
        self.said += 1

    def act(self, act: Any) -> None:
        """Do one act. A refusal changes nothing and says why in the picture's sentence."""
        try:
            now = self.after(act)
        # The model refuses with ValueError, and file operations with OSError as the kernel's do. Any other error is a
        # fault of the program, and is not caught.
        except (ValueError, OSError) as error:
            self.refuse(error)
            return
        self.acts, self.undone = (*self.acts, act), ()
        # A new act after a step back replaces the acts that were undone, so their moments go too.
        self.moments = (*self.moments[: len(self.acts)], now)
        self.show_now(now)

    def refuse(self, error: ValueError | OSError) -> None:
        """Say why an act was refused, and change nothing."""
        self.show_now(self.refused(reason(error)))
        self.refusing = True

    @property
    def transcript(self) -> list[TranscriptLine]:
        """Every act so far in Python and as a docker command, the start first."""
        return [*self.started, *map(self.written, self.acts)]

    @property
    def python(self) -> str:
        """The transcript as code for the next cell: it leads to the same state."""
        code = "\n".join(line.python for line in self.transcript)
        return "\n".join([*imports(code), code])

    def figure(self) -> "Figure":
        """Return the present picture as a matplotlib figure, for slides and paper."""
        from layerlab.picture.figure import figure

        return figure(self.scene)

    def __str__(self) -> str:
        return text(self.scene)

    def __repr__(self) -> str:
        return str(self)

    def example(self) -> "Replay | None":
        """Return a bench of this kind after a few acts, for a page without a kernel; None shows this bench there."""
        return None

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        shown = (None if self.acts else self.example()) or self
        acts = "; ".join(f"<code>{escape(line.docker)}</code>" for line in shown.transcript[1:])
        # Where nothing can be pressed, an untouched bench has nothing to say.
        told = f"<p>For example, after {acts}:</p>" if shown is not self else ""
        return bundle(self.widget, str(self), told + img(shown.scene) + FOLLOW + shown.status)

    @cached_property
    def widget(self) -> Any:
        """The live bench."""
        raise NotImplementedError


def imports(code: str) -> list[str]:
    """Return the import lines that a transcript needs.

    >>> imports("host = shop()")
    ['from layerlab import shop']
    """
    # Names in strings and after a dot are not imported, so both are left out.
    words = set(re.findall(r"(?<![.\w])[A-Za-z]\w*", re.sub(r'"[^"]*"', "", code)))
    # The order that ruff gives to imports: constants, then classes, then functions.
    names = sorted(words & set(layerlab.__all__), key=lambda name: (name.upper() != name, name.islower(), name))
    return [*(["import os"] if "os" in words else []), *([f"from layerlab import {', '.join(names)}"] if names else [])]


def reason(error: ValueError | OSError) -> str:
    """Return why an act was refused, in one line that says what to do instead.

    >>> reason(FileNotFoundError(2, "No such file or directory", "etc/motd"))
    '/etc/motd is not there: take one that is'
    """
    # An error without a number was raised by this package, with words for the learner.
    if not isinstance(error, OSError) or not error.errno:
        return str(error)
    where = f"/{printable(str(error.filename).strip('/'))}" if error.filename else "it"
    if error.strerror == OTHER_MOUNT:
        return (
            f"{where} is on another mount, and the kernel renames nothing across mounts: copy it and delete the old one"
        )
    return _WHY.get(error.errno, f"{{}}, {error.strerror}").format(where)
