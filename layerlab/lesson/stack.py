"""Stack bench: images, containers on them, and the bytes of the host after every step."""

from collections.abc import Iterable
from functools import cached_property
from typing import Any

from layerlab.lesson.example import layer_label, shop
from layerlab.lesson.replay import Replay
from layerlab.lesson.verbs import START, VERBS, Line, Verb
from layerlab.model.host import Host
from layerlab.picture.html import status
from layerlab.picture.moment import Moment
from layerlab.picture.observe import moment
from layerlab.picture.scene import scene
from layerlab.picture.shapes import Scene


class StackBench(Replay):
    """A host that one acts on with verbs, and its picture after every step.

    It holds the shop at the start, and has a button for each of `verbs`. An unknown verb raises ValueError.

    >>> table = StackBench(verbs=["run", "append"])
    >>> table.do("run")
    >>> table.now.sentence, table.now.balance
    ('web costs 0 B until it writes.', '319 layers + 0 thin = 319 MB')
    """

    imports = "from layerlab import shop"
    started = (START,)

    def __init__(self, verbs: Iterable[str] = ("run", "append")) -> None:
        super().__init__()
        verbs = tuple(verbs)
        if unknown := [verb for verb in verbs if verb not in VERBS]:
            raise ValueError(f"no verb is called {unknown[0]!r}: take one of {', '.join(VERBS)}")
        self.verbs = tuple(VERBS[verb] for verb in verbs)
        self.start_over()

    def do(self, key: str, name: str | None = None) -> None:
        """Act with a verb, on the container `name` or on the one that its button takes.

        A refusal changes nothing and says why in the picture's sentence. An unknown verb raises KeyError.
        """
        verb = VERBS[key]
        self.act((verb, verb.target(self.host) if name is None else name))

    def begin(self) -> Moment:
        """Return the first moment of a new host."""
        self.host: Host = shop()
        return moment(self.host, step="add shop", label=layer_label)

    def after(self, act: tuple[Verb, str]) -> Moment:
        """Act on the host and return the moment after."""
        verb, name = act
        verb.do(self.host, name)
        return moment(self.host, self.now, step=verb.step.format(name=name), label=layer_label)

    def refused(self, reason: str) -> Moment:
        """Return the present moment, in which nothing moved."""
        return moment(self.host, self.now, refused=reason, label=layer_label)

    def written(self, act: tuple[Verb, str]) -> Line:
        """Return an act in Python and as a docker command."""
        verb, name = act
        return verb.written(name)

    @property
    def scene(self) -> Scene:
        """The picture of the present moment, for any painter."""
        return scene(self.now)

    @property
    def status(self) -> str:
        """The sentence, the balance line and what is not counted."""
        return status(self.now)

    @cached_property
    def widget(self) -> Any:
        """The live bench: buttons, picture, sentence, balance and transcript."""
        from layerlab.lesson.bench_view import view

        return view(self)
