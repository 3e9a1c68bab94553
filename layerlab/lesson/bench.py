"""Bench: a host that one acts on with verbs, and the picture of it after every step.

The state is the list of acts alone: going back a step starts anew and repeats all but the last.
"""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from traitlets import Any as AnyTrait
from traitlets import HasTraits

from layerlab.lesson.example import layer_label, shop
from layerlab.lesson.show import bundle
from layerlab.lesson.verbs import START, VERBS, Line, Verb
from layerlab.model.host import Host
from layerlab.picture.html import status
from layerlab.picture.moment import Moment
from layerlab.picture.observe import moment
from layerlab.picture.scene import scene
from layerlab.picture.shapes import Scene
from layerlab.picture.svg import img
from layerlab.picture.text import text

KINDS = ("stack",)


def bench(kind: str = "stack", verbs: Iterable[str] = ("run", "append")) -> "Bench":
    """Return a bench that holds the shop, with a button for each of `verbs` and one to start over.

    End a cell with it to see it. An unknown kind or verb raises ValueError.

    >>> table = bench("stack", verbs=["run", "append"])
    >>> table.do("run")
    >>> table.now.sentence, table.now.balance
    ('web costs 0 B until it writes.', '319 layers + 0 thin = 319 MB')
    """
    if kind not in KINDS:
        raise ValueError(f"no bench is called {kind!r}: take one of {', '.join(KINDS)}")
    if unknown := [verb for verb in verbs if verb not in VERBS]:
        raise ValueError(f"no verb is called {unknown[0]!r}: take one of {', '.join(VERBS)}")
    return Bench([VERBS[verb] for verb in verbs])


class Bench(HasTraits):
    """A host, the acts that led to it and its picture. Made by `bench`.

    `now` is the moment that the picture shows; whoever draws it observes this.
    """

    now = AnyTrait()

    def __init__(self, verbs: Iterable[Verb]) -> None:
        super().__init__()
        self.verbs = tuple(verbs)
        self.start_over()

    def start_over(self) -> None:
        """Go back to a host with the shop and no containers."""
        self._replay([])

    def undo(self) -> None:
        """Take the last act back; with none left, nothing happens."""
        self._replay(self.acts[:-1])

    def do(self, key: str, name: str | None = None) -> None:
        """Act with a verb, on the container `name` or on the one that its button takes.

        A refusal changes nothing and says why in the picture's sentence. An unknown verb raises KeyError.
        """
        verb = VERBS[key]
        self._act(verb, verb.target(self.host) if name is None else name)

    @property
    def transcript(self) -> list[Line]:
        """Every act so far in Python and as a docker command, the start first."""
        return [START, *(verb.written(name) for verb, name in self.acts)]

    @property
    def python(self) -> str:
        """The transcript as code for the next cell: it leads to the same host."""
        return "\n".join(["from layerlab import shop", *(line.python for line in self.transcript)])

    @property
    def scene(self) -> Scene:
        """The picture of the present moment, for any painter."""
        return scene(self.now)

    def __str__(self) -> str:
        return text(self.scene)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        return bundle(self.widget, str(self), img(self.scene) + status(self.now))

    @cached_property
    def widget(self) -> Any:
        """The live bench: buttons, picture, sentence, balance and transcript."""
        from layerlab.lesson.bench_view import view

        return view(self)

    def _replay(self, acts: list[tuple[Verb, str]]) -> None:
        self.host: Host = shop()
        self.acts: list[tuple[Verb, str]] = []
        now = moment(self.host, step="add shop", label=layer_label)
        for verb, name in acts:
            now = self._done(verb, name, now)
        self.now = now

    def _act(self, verb: Verb, name: str) -> None:
        try:
            self.now = self._done(verb, name, self.now)
        except (ValueError, OSError) as error:
            self.now = moment(self.host, self.now, refused=str(error), label=layer_label)

    def _done(self, verb: Verb, name: str, before: Moment) -> Moment:
        verb.do(self.host, name)
        self.acts.append((verb, name))
        return moment(self.host, before, step=verb.step.format(name=name), label=layer_label)
