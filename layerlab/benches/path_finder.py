"""Path finder: pick a path and follow its look-up through the layers, one layer at a time.

The state is the path and how many layers were asked. A symlink ends one look-up, and the next one starts at the top.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from itertools import islice
from typing import Any, NamedTuple

from layerlab.benches.example import CATALOG, SITE, shop
from layerlab.benches.replay import Replay
from layerlab.benches.stack_bench import named
from layerlab.benches.verbs import TranscriptLine, in_shell
from layerlab.model.container import Container
from layerlab.model.entry import WHITEOUT, Spec, hidden_by
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.model.trace import Trace, hops
from layerlab.picture import events
from layerlab.picture.path import SearchedStack, scene
from layerlab.picture.shapes import Looks, Scene
from layerlab.words.printable import printable

PYTHON_FILES = "usr/lib/python2.7"
# Paths of each kind in the list: more would make it long without showing anything new.
OF_EACH_KIND = 2
_START = TranscriptLine('finder = bench("path")', "docker run --detach --name web shop")
_GIVEN = TranscriptLine('finder = bench("path", target)', "# in what the bench was given")


class Look(NamedTuple):
    """How far a look-up is: the path, a trace for each symlink on the way and one for the end, and the layers asked.

    `seen` counts over all traces. `refused` says why there is nothing to look up, else "".

    >>> Look("etc", ()).most
    0
    """

    path: str
    traces: tuple[Trace, ...]
    seen: int = 0
    refused: str = ""

    @property
    def most(self) -> int:
        """How many layers are asked over all traces."""
        return sum(len(trace.asked) for trace in self.traces)


class PathFinder(Replay):
    """An image or a container, a path, and the look-up of that path as far as it has come.

    >>> finder = PathFinder()
    >>> finder.choose("var/lib/shop/catalog.db")
    >>> finder.to_end()
    >>> finder.scene.sentence, finder.scene.balance
    ('The whiteout in layer 5 ends the look-up: No such file or directory.', 'asked 2 of 7 layers')
    """

    def __init__(self, target: Image | Container | None = None) -> None:
        """Take an image or a container; without one, a container of the shop that changed a few files."""
        super().__init__()
        self.target = target if target is not None else example()
        image = self.target if isinstance(self.target, Image) else self.target.image
        labels = tuple(named(image, number) for number in range(len(image.layers)))
        self.started = (_START if target is None else _GIVEN,)
        self.stack = SearchedStack(labels, "" if isinstance(self.target, Image) else self.target.name)
        self.paths = tuple(ready(self.target))
        self.start_over()

    def choose(self, path: str) -> None:
        """Look up another path, from the top. A loop of symlinks is refused, and the sentence says so."""
        self.act(("choose", path.lstrip("/")))

    def described(self, path: str) -> str:
        """Return a path as a list shows it: where it leads is named too, because the picture follows symlinks.

        >>> PathFinder().described("bin/sh")
        '/bin/sh, a link to /bin/dash'
        """
        goal = hops(self.target, path)[-1].path
        return f"/{printable(path)}" + (f", a link to /{printable(goal)}" if goal != path else "")

    def step(self) -> None:
        """Ask the next layer; at the end, how it ended is said again."""
        self._ask("step")

    def to_end(self) -> None:
        """Ask as many layers as the look-up takes, through every symlink; at the end, that is said again."""
        self._ask("to_end")

    def ask(self, layer: int) -> None:
        """Ask all layers down to one, by its number, as far as the look-up gets before a symbolic link or its end."""
        trace, seen = self.here
        # Each layer is a step of its own, so that stepping back goes back by one layer.
        for _ in range(max(1, sum(glance.layer >= layer for glance in trace.asked[seen:]))):
            self.step()

    def _ask(self, act: str) -> None:
        if self.ended:
            # The end is said again, and nothing is added to the transcript, because nothing was done.
            self.show_now(self.now)
        else:
            self.act((act,))

    @property
    def docker(self) -> str:
        """The docker command that runs something where the look-up is done."""
        if isinstance(self.target, Container):
            return f"docker exec {in_shell(self.target.name)}"
        return "docker run --rm image"

    @property
    def ended(self) -> bool:
        """Whether no layer is left to ask."""
        return bool(self.now.seen == self.now.most)

    def begin(self) -> Look:
        """Return the first of the ready paths, with no layer asked."""
        return Look(self.paths[0], hops(self.target, self.paths[0]))

    def after(self, act: tuple[str, ...]) -> Look:
        """Return where the look-up stands after an act."""
        now: Look = self.now
        if act[0] == "choose":
            return Look(act[1], hops(self.target, act[1]))
        return now._replace(seen=now.seen + 1 if act[0] == "step" else now.most, refused="")

    def refused(self, reason: str) -> Look:
        """Return where the look-up stands, with the reason why nothing changed."""
        now: Look = self.now
        return now._replace(refused=reason)

    def written(self, act: tuple[str, ...]) -> TranscriptLine:
        """Return an act in Python and as a docker command: `stat` looks a path up through all layers at once."""
        return TranscriptLine(
            f"finder.{act[0]}({', '.join(map(json.dumps, act[1:]))})",
            f"{self.docker} stat -L /{in_shell(self.now.path)}",
        )

    @property
    def here(self) -> tuple[Trace, int]:
        """The trace that the look-up is in, one for each symbolic link on its way, and how many layers it has asked."""
        now: Look = self.now
        # `seen` counts over all traces, so the layers of earlier traces are taken off.
        left = now.seen
        for trace in now.traces:
            if left <= len(trace.asked) or trace is now.traces[-1]:
                break
            left -= len(trace.asked)
        return trace, left

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture of the present moment as someone looks at it."""
        now: Look = self.now
        trace, seen = self.here
        picture = scene(trace, self.stack, seen, looks)
        return replace(picture, sentence=events.refused(now.refused)) if now.refused else picture

    @cached_property
    def widget(self) -> Any:
        """The live bench: a list of paths, buttons, the picture and the lines under it."""
        from layerlab.benches.path_finder_view import view

        return view(self)


def example() -> Container:
    """Return a container on the shop and one more layer in which a look-up can end in every way.

    >>> example().diff()[-2:]
    ['C /var/www/index.html', 'D /var/www/picture-001.jpg']
    """
    image = shop().images["shop"]
    cleaned: dict[str, Spec] = {CATALOG: WHITEOUT, "var/cache": b"", "etc/apt/sources.list": b"deb file:/srv/apt ./\n"}
    host = Host()
    host.add(image.with_layer(Layer.of(cleaned), "RUN cleanup"), "shop")
    web = host.run("shop", name="web")
    web.append(f"{SITE}index.html", b"!")
    web.unlink(f"{SITE}picture-001.jpg")
    # A directory that is deleted and made again is opaque: nothing of the image shows in it.
    web.rmtree(PYTHON_FILES)
    web.mkdir(PYTHON_FILES)
    return web


def ready(target: Image | Container) -> Iterator[str]:
    """Yield paths whose look-ups differ: in one layer or several, hidden in each way, linked, merged, missing.

    None of them leads into a loop of symlinks.

    >>> image = scratch.with_layer(Layer.of({"a": b"1", "b": b"2"})).with_layer(Layer.of({"a": WHITEOUT}))
    >>> list(ready(image))
    ['a', 'b', 'no-such-file']
    """
    layers = target.layers if isinstance(target, Image) else (*target.image.layers, target.layer)
    holders: dict[str, list[str]] = {}
    hidden: list[str] = []
    closed: list[str] = []
    # From the top, so that the first kind in a path's list is the one that a container shows.
    for layer in reversed(layers):
        for path, entry in layer.entries.items():
            if entry.kind == "whiteout":
                hidden.append(hidden_by(path))
            elif entry.kind == "opaque":
                closed.append(hidden_by(path))
            elif path:
                holders.setdefault(path, []).append(entry.kind)
    again = {path: set(kinds) for path, kinds in holders.items() if len(kinds) > 1}
    once = [path for path, kinds in holders.items() if kinds == ["file"]]
    merged = [path for path, kinds in again.items() if kinds == {"directory"}]
    of_each_kind = (
        [path for path, kinds in again.items() if "directory" not in kinds],
        [path for path in hidden if path in holders],
        _under(closed, once),
        _under([path for path, kinds in again.items() if len(kinds) > 1], once),
        [path for path, kinds in holders.items() if kinds[0] == "symlink"],
        sorted(merged, key=lambda path: -len(holders[path]))[:1],
        once[-1:],
        ["no-such-file"],
    )
    for path in dict.fromkeys(path for paths in of_each_kind for path in paths[:OF_EACH_KIND]):
        # `hops` raises OSError where symlinks lead in a loop. Such a path is left out of the list.
        with suppress(OSError):
            hops(target, path)
            yield path


def _under(directories: list[str], paths: list[str]) -> list[str]:
    """Return the first of `paths` in each directory."""
    firsts = (next((path for path in paths if path.startswith(f"{directory}/")), "") for directory in directories)
    return [path for path in islice(firsts, OF_EACH_KIND) if path]
