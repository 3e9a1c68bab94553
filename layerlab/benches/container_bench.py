"""Container bench: one thing of an image, one operation on it, and what moves into the thin layer."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from layerlab.benches.example import CATALOG, SITE, shop
from layerlab.benches.stack_bench import StackBench, Started, known, paths
from layerlab.benches.verbs import CONTAINER, IMAGE, TYPED, VERBS, Act, TranscriptLine
from layerlab.model.container import Container
from layerlab.model.content import filler
from layerlab.model.entry import Entry, File, HardLink
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.picture import thin_entries
from layerlab.picture.moment import Moment
from layerlab.picture.shapes import Looks, Scene

OPERATIONS = ("read", "append", "chmod", "touch", "open", "delete", "delete-tree", "make", "rename")
# The shop has no hard links, so the bench adds one file under two names: a write to one name breaks the link.
LINKS, LINK_SIZE = ("srv/h1", "srv/h2"), 102_400
SUBJECTS = (CATALOG, f"{SITE}index.html", SITE, *LINKS)

_EXAMPLE = TranscriptLine(
    'image = shop().images["shop"].with_layer(Layer.of({"srv/h1": File(filler(102_400)), '
    '"srv/h2": HardLink("srv/h1")}), "RUN ln h1 h2")',
    "printf 'FROM shop\\nCOPY h1 /srv/\\nRUN ln /srv/h1 /srv/h2\\n' | docker build --tag shop --file - .",
)
_GIVEN = TranscriptLine("# image is the one that the bench was given", "# on the same image, tagged shop")
_ON_A_HOST = (
    TranscriptLine("host = Host()", "# on an empty host"),
    TranscriptLine(f'host.add(image, "{IMAGE}")', "docker images"),
)


@dataclass(frozen=True, slots=True)
class Operation(Moment):
    """A moment of the container bench, with the thin layer's entries before the last operation and after it.

    >>> Operation().held
    {}
    """

    was: Mapping[str, Entry] = field(default_factory=dict)
    held: Mapping[str, Entry] = field(default_factory=dict)


class ContainerBench(StackBench):
    """One container, and its thin layer name by name after every operation on a file, a directory or a hard link.

    Without `image` it runs on the shop with two hard links in one more layer. `verbs` are the operations that a lesson
    has introduced. An unknown one raises ValueError. With `prompt`, docker commands can be typed too.

    >>> table = ContainerBench()
    >>> table.do("chmod", path="var/lib/shop/catalog.db")
    >>> print(table.now.sentence)
    Into web's thin layer: a copy of catalog.db and 3 directories. Cost: 20.0 MB. \
No byte of the file changed, and still the whole file is copied.
    """

    def __init__(
        self,
        verbs: Iterable[str] = OPERATIONS,
        *,
        image: Image | None = None,
        steps: bool = True,
        prompt: bool = False,
    ) -> None:
        operations = known(verbs, OPERATIONS, "operation")
        self.subjects = list(SUBJECTS) if image is None else paths(image)
        # No verbs for the stack bench: its limit is for buttons, and here the operations are one list.
        super().__init__((), image=image, steps=steps, prompt=prompt)
        self.verbs = tuple(VERBS[key] for key in operations)

    def _start(self, _host: Host | None, image: Image | None) -> tuple[Callable[[], dict[str, Any]], Started]:
        given = {} if image is None else {"image": image}
        run = VERBS["run"].written(VERBS["run"].complete(_holding(image or example()), Act("run")))
        # Each start has a new dictionary, because the transcript's lines add names to it.
        return lambda: {**given}, (_EXAMPLE if image is None else _GIVEN, *_ON_A_HOST, run)

    def begin(self) -> Operation:
        """Return the moment in which the container has written nothing."""
        return self._told(super().begin(), {}, f"{CONTAINER} has written nothing: its thin layer is empty.")

    def after(self, act: Act) -> Operation:
        """Do an operation and return the moment after."""
        was, now = self.now.held, super().after(act)
        return self._told(now, was, now.sentence)

    def refused(self, reason: str) -> Operation:
        """Return the present moment, in which nothing moved."""
        now = super().refused(reason)
        return self._told(now, self.now.held, now.sentence)

    def allowed(self, act: Act) -> Act:
        """Return a typed act on the container's files; any other raises ValueError."""
        # The picture is of this one container, so it has to stay, and to run.
        if not TYPED[act.verb].inside or act.container != CONTAINER:
            raise ValueError(f"this bench is for the files of {CONTAINER}: take the stack bench, bench('stack')")
        return act

    def _told(self, now: Moment, was: Mapping[str, Entry], sentence: str) -> Operation:
        held = self.container.layer.entries
        return Operation(now.images, now.containers, now.history, sentence, now.places, was=was, held=held)

    @property
    def container(self) -> Container:
        """The one container."""
        return self.host.containers[CONTAINER]

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture of the present moment, with the thin layer's names in place of the columns of bytes."""
        return thin_entries.scene(self.now, CONTAINER, self.now.was, self.now.held, looks)

    @cached_property
    def widget(self) -> Any:
        """The live bench: what, the operation, picture, sentence, balance and transcript."""
        from layerlab.benches.bench_view import container_view

        return container_view(self)


def example() -> Image:
    """Return the shop with one more layer: a file of 102,400 bytes under two names.

    >>> example().view()["srv/h2"].nlink, example().size - shop().images["shop"].size
    (2, 102400)
    """
    links = Layer.of({LINKS[0]: File(filler(LINK_SIZE)), LINKS[1]: HardLink(LINKS[0])})
    return shop().images["shop"].with_layer(links, "RUN ln h1 h2")


def _holding(image: Image) -> Host:
    host = Host()
    host.add(image, IMAGE)
    return host
