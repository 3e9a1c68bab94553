"""Happening: a host before and after what a question asks about; the card draws it, and the truth is read from it."""

from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from layerlab.model.host import Host
from layerlab.words.digests import short_digest

if TYPE_CHECKING:
    from layerlab.picture.moment import Moment
    from layerlab.picture.shapes import Looks, Scene


@dataclass(frozen=True)
class Happening:
    """A host as the question finds it, and what is then done on it.

    `start` makes the host anew each time, because a host can be changed. `act` does what the question asks about; it
    returns nothing, and nothing happens where a question only looks. `file` is the path of the file that the question
    is about: it is marked, and its layer is open, so that one can read its size. `hidden` tells whether the picture
    before says which bytes a later layer hides; where that is the answer, it must not. `note` is written below the
    picture, for a picture whose bytes are not those that the question asks for.

    >>> byte = Happening(shop, lambda host: host.run("shop", name="web").append("var/www/index.html", b"!"))
    >>> byte.after.containers["web"].size_rw, list(byte.start().containers)
    (5001, [])
    """

    has_bytes = True

    start: Callable[[], Host]
    act: Callable[[Host], object] | None = None
    file: str = ""
    hidden: bool = True
    note: str = ""

    @cached_property
    def after(self) -> Host:
        """The host on which it has happened."""
        host = self.start()
        if self.act is not None:
            self.act(host)
        return host

    @cached_property
    def _moments(self) -> "tuple[Moment, Moment]":
        # Imported when a card is drawn, because a question can be asked and answered without its picture.
        from layerlab.benches.stack_bench import named
        from layerlab.picture.observe import moment

        before = moment(self.start(), step="before" if self.act else "now", label=named)
        after = moment(self.after, before, step="after", label=named) if self.act else before
        return _drawn(before), _drawn(after)

    def scene(self, looks: "Looks", *, happened: bool = False, pressed: Set[str] = frozenset()) -> "Scene":
        """Return the picture: of the host before, or of the host after, once it has happened.

        On a live page a layer can be pressed: it opens, and closes again. `pressed` are the keys of those that were.
        """
        from layerlab.picture.host_scene import scene
        from layerlab.picture.shapes import caption, layers_alone

        before, after = self._moments
        layers, files = self._marked(before)
        # `^` and not `|`: a press closes a layer that is open from the start.
        before = before if self.hidden else _without_hidden(before)
        shown = after if happened else before
        bare = looks.live and not any(each.containers or each.places for each in self._moments)
        drawn = scene(shown, replace(looks, opened=layers ^ pressed, chosen=files, bare=bare))
        marks = tuple(mark for mark in drawn.marks if mark.kind != "ghost")
        if self.note:
            marks += (caption(8, drawn.height + 14, "THIS HOST", self.note, room=drawn.width - 16),)
            drawn = replace(drawn, height=drawn.height + 22)
        return layers_alone(replace(drawn, marks=marks))

    def _marked(self, before: "Moment") -> tuple[frozenset[str], frozenset[str]]:
        """Return the keys of the layers that are open, and of the file in them that is marked.

        If the path ends in a slash, it is a directory: all layers with files in it are open, and no file is marked.
        """

        def holds(paths: Iterable[str]) -> bool:
            return any(path.startswith(self.file) if self.file.endswith("/") else path == self.file for path in paths)

        found = [short_digest(layer.key) for layer in before.layers.values() if holds(path for path, _ in layer.files)]
        if not self.file or not found:
            return frozenset(), frozenset()
        if self.file.endswith("/"):
            return frozenset(f"layer:{key}" for key in found), frozenset()
        return frozenset({f"layer:{found[-1]}"}), frozenset({f"file:{found[-1]}/{self.file}"})


def _without_hidden(moment: "Moment") -> "Moment":
    """Leave out which bytes of a layer a later layer hides."""
    images = (replace(image, layers=tuple(replace(layer, dead=0) for layer in image.layers)) for image in moment.images)
    return replace(moment, images=tuple(images))


def _drawn(moment: "Moment") -> "Moment":
    """Leave out what a small picture has no room for, and the sum of printed sizes.

    The sum is the answer to some questions and a wrong answer to others. The name of the registry is the same for each
    image, and it would take the room of the sizes.
    """
    # Imported when a card is drawn, as the painters are.
    from layerlab.registries.registry import Registry

    registry = f"{Registry().name}/"
    images = (
        replace(image, names=tuple(name.removeprefix(registry) for name in image.names)) for image in moment.images
    )
    history = (replace(step, ghost=step.total) for step in moment.history)
    return replace(moment, images=tuple(images), history=tuple(history))
