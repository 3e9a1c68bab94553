"""Container bench: one thing of an image, one operation on it, and what moves into the thin layer."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from layerlab.benches.example import CATALOG, SITE, shop
from layerlab.benches.stack_bench import StackBench, known, paths
from layerlab.benches.verbs import CONTAINER, IMAGE, VERBS, Act, TranscriptLine, Verb
from layerlab.model.container import Container
from layerlab.model.content import filler
from layerlab.model.entry import WHITEOUT_PREFIX, Entry, File, HardLink
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.picture import thin_entries as thin
from layerlab.picture.moment import Moment
from layerlab.picture.shapes import Looks, Scene
from layerlab.words.printable import printable
from layerlab.words.sizes import size

OPERATIONS = ("read", "append", "chmod", "touch", "open", "delete", "rmtree", "make", "rename")
LINKS, LINK_SIZE = ("srv/h1", "srv/h2"), 102_400
SUBJECTS = (CATALOG, f"{SITE}index.html", SITE, *LINKS)

_EXAMPLE = TranscriptLine(
    'image = shop().images["shop"].with_layer(Layer.of({"srv/h1": File(filler(102_400)), '
    '"srv/h2": HardLink("srv/h1")}), "RUN ln h1 h2")',
    "printf 'FROM shop\\nCOPY h1 /srv/\\nRUN ln /srv/h1 /srv/h2\\n' | docker build --tag shop --file - .",
)
_GIVEN = TranscriptLine("# image is the one that the bench was given", "# on the same image, tagged shop")
_AGAIN = "It is in the thin layer already, so nothing is copied again."
_BARE = "A directory is copied without what is in it."
_REPLACED = "What it held is replaced, so it is not copied first."


@dataclass(frozen=True, slots=True)
class Operation(Moment):
    """A moment of the container bench: also what the thin layer held before the last operation, and what it holds.

    >>> Operation().held
    {}
    """

    was: Mapping[str, Entry] = field(default_factory=dict)
    held: Mapping[str, Entry] = field(default_factory=dict)


class ContainerBench(StackBench):
    """One container, and its thin layer name by name after every operation on a file, a directory or a hard link.

    Without `image` it runs on the shop with two hard links in one more layer. `verbs` are the operations that a lesson
    has introduced. An unknown one raises ValueError.

    >>> table = ContainerBench()
    >>> table.do("chmod", path="var/lib/shop/catalog.db")
    >>> print(table.now.sentence)
    Into the thin layer: a copy of catalog.db and 3 directories. Cost: 20.0 MB. \
No byte of it changed, and still the file is copied whole.
    """

    def __init__(self, verbs: Iterable[str] = OPERATIONS, *, image: Image | None = None, steps: bool = True) -> None:
        operations = known(verbs, OPERATIONS, "operation")
        base = example() if image is None else image
        host = Host()
        host.add(base, IMAGE)
        host.run(IMAGE, name=CONTAINER)
        self.subjects = list(SUBJECTS) if image is None else paths(base)
        super().__init__((), host=host, steps=steps)
        self.verbs = tuple(VERBS[key] for key in operations)
        run = VERBS["run"].written(Act("run", image=IMAGE, name=CONTAINER), "")
        add = (
            TranscriptLine("host = Host()", "# on an empty host"),
            TranscriptLine(f'host.add(image, "{IMAGE}")', "docker images"),
        )
        self.started = (_EXAMPLE if image is None else _GIVEN, *add, run)

    def begin(self) -> Operation:
        """Return the moment in which the container has written nothing."""
        return self._told(super().begin(), {}, f"{CONTAINER} has written nothing: its thin layer is empty.")

    def after(self, act: Act) -> Operation:
        """Do an operation and return the moment after."""
        was, size_rw = self.now.held, self.container.size_rw
        now = super().after(act)
        said = told(self.container, act, was, self.container.size_rw - size_rw)
        return self._told(now, was, f"{now.sentence} {said}" if act.verb == "read" else said)

    def refused(self, reason: str) -> Operation:
        """Return the present moment, in which nothing moved."""
        now = super().refused(reason)
        return self._told(now, self.now.held, now.sentence)

    def _told(self, now: Moment, was: Mapping[str, Entry], sentence: str) -> Operation:
        held = self.container.layer.entries
        return Operation(now.images, now.containers, now.history, sentence, was, held)

    def written(self, act: Act) -> TranscriptLine:
        """Return an act in Python and as a docker command."""
        return VERBS[act.verb].written(act, CONTAINER)

    @property
    def container(self) -> Container:
        """The one container."""
        return self.host.containers[CONTAINER]

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture of the present moment, the thin layer's names where the bytes of steps stand."""
        return thin.scene(self.now, CONTAINER, self.now.was, self.now.held, looks)

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


def told(container: Container, act: Act, was: Mapping[str, Entry], cost: int) -> str:
    """Say what an operation moved into the thin layer, what that cost, and why.

    `was` holds the thin layer's entries before it, `cost` how many bytes it grew.

    >>> web = shop().run("shop", name="web")
    >>> web.unlink("var/www/index.html")
    >>> told(web, Act("delete", path="var/www/index.html"), {}, 0)[:60]
    'Into the thin layer: a whiteout and 2 directories. Cost: 0 B'
    """
    fresh = {path: entry for path, entry in container.layer.entries.items() if path and path not in was}
    if act.verb == "read":
        return "Nothing moves into the thin layer. Cost: 0 B."
    moved = f"Into the thin layer: {_listed(container, act, was, fresh)}." if fresh else ""
    spent = f"Cost: {size(cost)}." if cost >= 0 else f"Freed: {size(-cost)} of {container.name}'s own."
    said = [moved, spent, _why(VERBS[act.verb], act, was, fresh), _other(container, act, was)]
    return " ".join(filter(None, said))


def _listed(container: Container, act: Act, was: Mapping[str, Entry], fresh: Mapping[str, Entry]) -> str:
    """Return what is new in the thin layer in words: files by name, marks, and directories by their number."""
    view = container.image.view()
    words, folders = [], 0
    for path, entry in fresh.items():
        if entry.kind == "whiteout":
            words.append("a whiteout")
        elif entry.kind == "opaque":
            words.append("an opaque mark")
        elif entry.kind == "directory":
            folders += 1
        else:
            copied = path in view and act.verb != "make" and not _hidden(path, was)
            name = printable(path.rpartition("/")[2])
            words.append(f"a copy of {name}" if copied else name)
    if folders:
        words.append("a directory" if folders == 1 else f"{folders} directories")
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _hidden(path: str, was: Mapping[str, Entry]) -> bool:
    parent, slash, base = path.rpartition("/")
    return f"{parent}{slash}{WHITEOUT_PREFIX}{base}" in was


def _why(verb: Verb, act: Act, was: Mapping[str, Entry], fresh: Mapping[str, Entry]) -> str:
    if _hidden(act.where, was):
        return VERBS["make"].why
    if verb.key == "make":
        return _REPLACED
    if fresh and act.path.endswith("/") and verb.key != "rmtree":
        return _BARE
    return verb.why if fresh else _AGAIN


def _other(container: Container, act: Act, was: Mapping[str, Entry]) -> str:
    """Return what became of a hard link's other names in the image, where this one was just copied up."""
    view = container.image.view()
    entry = view.get(act.where)
    if entry is None or entry.kind == "directory" or entry.nlink < 2:
        return ""
    if act.where not in container.layer.entries or act.where in was or _hidden(act.where, was):
        return ""
    others = [path for path, each in view.items() if each.inode == entry.inode and path != act.where]
    return f"The link is broken: /{printable(others[0])} is still the image's file of {size(entry.size)}."
