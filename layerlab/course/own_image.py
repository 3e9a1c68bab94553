"""Own image: the image that a learner makes lighter, with what a lesson has to know of it, and what was made of it."""

import difflib
import os
import posixpath
import re
from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from html import escape

from layerlab.archive.errors import ArchiveError
from layerlab.archive.load import load as load_archive
from layerlab.archive.save import save
from layerlab.course.starts import BASE_LAYERS, START, start_image
from layerlab.engines.anywhere import load
from layerlab.engines.client import engine
from layerlab.engines.engine_error import EngineError
from layerlab.model.arguments import words
from layerlab.model.entry import Entry
from layerlab.model.explain import Report, explain
from layerlab.model.history import BUILDKIT, base_height, command, made_by, ran
from layerlab.model.image import Image, sha256
from layerlab.model.layer import Layer
from layerlab.model.layerlab_error import LayerlabError
from layerlab.model.new_version import is_in, release_size
from layerlab.model.relayer import relayer
from layerlab.model.store import shared_layers, stored
from layerlab.picture.page import block, lined
from layerlab.words.digests import short_digest
from layerlab.words.plurals import counted, listed
from layerlab.words.printable import printable
from layerlab.words.sizes import size
from layerlab.words.tables import aligned

DEFAULT = "search"
MOST_STEPS, LONGEST_STEP, MOST_PLACES = 10, 60, 3
PREPARED = f"{', '.join(list(START)[:-1])} or {list(START)[-1]}"
# What a learner can give, said after a name that is nothing.
TAKEN = (
    f"Take a prepared image, {PREPARED}. Or take an archive, written as its file name. Or take an image of an engine, "
    "written as docker:NAME or podman:NAME."
)
# What an engine said of the solution for the prepared image, for a reader and a class without an engine.
LOADED = (
    "Podman 4.3.1 loaded the image of the solution: the same image id, and 15 MB in `podman images`. "
    "The image search is 34 MB."
)
# Four ways to make an image lighter, as a question lists them: the layers, the lowest first.
ONE_LAYER = "one layer"
BASE_AND_ONE = "the base, one layer"
CHANGES_BELOW = "the base, what changes, the rest"
CHANGES_ON_TOP = "the base, the rest, what changes"


class OwnImageError(LayerlabError, ValueError):
    """An image that a lesson cannot take, in one line that says why and what to give instead."""

    def _render_traceback_(self) -> list[str]:
        # A notebook asks an error for its own traceback. The learner made no mistake in Python: the line is enough.
        return [f"own_image: {self}".replace(". ", ".\n")]


class OwnImage:
    """An image with a name, how many of its lowest layers are its base, and which paths a new version changes.

    `lighter` is the image that a check called done, None before that. `others` counts the images that are in the same
    archive and were not taken. Made by `own_image`.

    >>> mine = own_image("orders")
    >>> mine.base, mine.changing, mine.release
    (2, ('srv/orders',), 12000000)
    """

    def __init__(self, name: str, image: Image, base: int, changing: tuple[str, ...], *, prepared: bool) -> None:
        self.name = name
        self.image = image
        self.base = base
        self.changing = changing
        self.prepared = prepared
        self.others = 0
        self.lighter: Image | None = None

    @cached_property
    def report(self) -> Report:
        """What became of each of its bytes."""
        return explain(self.image)

    @property
    def visible(self) -> int:
        """The bytes that a container shows."""
        return sum(layer.visible for layer in self.report.layers)

    @property
    def dead(self) -> int:
        """The bytes that no container shows."""
        return self.image.size - self.visible

    @property
    def live_share(self) -> str:
        """The part of its bytes that a container shows, in percent.

        >>> own_image("orders").live_share
        '64 %'
        """
        return f"{round(100 * self.report.live)} %"

    @property
    def release(self) -> int:
        """The bytes that a host with the last version pulls for the next one."""
        return release_size(self.image, self.changing, self.base)

    @property
    def changing_size(self) -> int:
        """The visible bytes that a new version changes."""
        items = _own_files(self.image, self.base)
        return sum({entry.inode: entry.size for path, entry in items if is_in(path, self.changing)}.values())

    @property
    def base_size(self) -> int:
        """The bytes of the layers of its base."""
        return sum(layer.size for layer in self.image.layers[: self.base])

    @cached_property
    def best(self) -> Image:
        """Its base, a layer of what stays, and a layer of what a new version changes: nothing hidden that can go."""
        return relayer(self.image, self.base, *self.changing)

    @property
    def squashed_beside_base(self) -> int:
        """The bytes of it, squashed to one layer, and its base on one disk."""
        return stored(self.image.squash(), self._below).total

    @property
    def _below(self) -> list[Image]:
        """The base as an image, nothing where there is none."""
        below = self.image
        while len(below.layers) > self.base and below.parent is not None:
            below = below.parent
        return [below] if self.base else []

    @cached_property
    def ways(self) -> dict[str, tuple[int, int]]:
        """Four ways to make it lighter, each with what `weigh` returns.

        >>> own_image("orders").ways[ONE_LAYER], own_image("orders").ways[CHANGES_ON_TOP]
        ((18500000, 18500000), (10500000, 1500000))
        """
        best = self.weigh(self.best)
        # The order of two layers changes nothing on the disk. A change of the lower one is pulled with the upper one.
        upside_down = sum(layer.size for layer in self.best.layers[self.base :]) if self.changing else 0
        return {
            ONE_LAYER: self.weigh(self.image.squash()),
            BASE_AND_ONE: self.weigh(relayer(self.image, self.base)),
            CHANGES_BELOW: (best[0], upside_down),
            CHANGES_ON_TOP: best,
        }

    @property
    def lightest(self) -> str:
        """The one of `ways` that takes the fewest bytes.

        >>> own_image("orders").lightest
        'the base, the rest, what changes'
        """
        return min(self.ways, key=lambda way: sum(self.ways[way]))

    def weigh(self, image: Image) -> tuple[int, int]:
        """Return the bytes that an image adds to a disk that has the base, and those that a new version of it pulls.

        >>> own_image("orders").weigh(own_image("orders").image)
        (21000000, 12000000)
        """
        shared = min(self.base, shared_layers(self.image, image))
        return stored(image, self._below).own, release_size(image, self.changing, shared)

    def weighed(self, made: Image) -> list[tuple[str, str, str]]:
        """Return the rows of a table that compares an image with this one: a name, and both numbers of `weigh`.

        >>> own_image("orders").weighed(own_image("orders").best)
        [('before', '21.0 MB', '12.0 MB'), ('yours', '10.5 MB', '1.50 MB')]
        """
        rows = (("before", self.image), ("yours", made))
        return [(name, size(added), size(pulled)) for name, image in rows for added, pulled in [self.weigh(image)]]

    @property
    def is_light(self) -> bool:
        """Whether no step above the base hides a byte that can go, and a new version pulls what it changes and no more.

        >>> own_image("orders").is_light, own_image(own_image("orders").best).is_light
        (False, True)
        """
        spared = any(row.layer >= self.base for row in self.report.dead)
        return not spared and self.release <= self.ways[CHANGES_ON_TOP][1]

    @property
    def key(self) -> str:
        """What tells it from other images in a file of answers; "" for the prepared image of the lesson."""
        if self.prepared and self.name == DEFAULT:
            return ""
        # Questions differ with the base and the paths too.
        told = " ".join((self.image.id, str(self.base), *self.changing))
        return short_digest(sha256(told.encode()))

    @property
    def steps(self) -> list[tuple[str, str]]:
        """What each step above the base stored, and its line, the oldest first; at most ten of them."""
        own = zip(self.image.layers[self.base :], made_by(self.image)[self.base :], strict=True)
        rows = [(f"{size(layer.size)}{places(layer)}", step(line)) for layer, line in own]
        more = len(rows) - MOST_STEPS
        return rows if more <= 0 else [("", f"{counted(more, 'step')} before these"), *rows[more:]]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """What a table says of it: each step with its size, under a line for the base."""
        below = (size(self.base_size), f"the base, {counted(self.base, 'layer')}")
        return [below, *self.steps, (size(self.image.size), "the whole image")]

    @property
    def sentence(self) -> str:
        """What a new version changes."""
        if not self.changing:
            return "What a new version changes is not known: give changing=[...]."
        paths = listed([f"/{printable(path)}" for path in self.changing])
        return f"A new version changes {paths}, {size(self.changing_size)}."

    @property
    def _said(self) -> list[str]:
        """The sentences under the table."""
        light = f"Its own steps hide no bytes, so there is nothing to mend. A prepared image has faults: {PREPARED}."
        return [*self._not_taken, self.sentence, *([light] if self.is_light else [])]

    @property
    def _not_taken(self) -> list[str]:
        """Say that an archive has more images; nothing where it has one."""
        if not self.others:
            return []
        told = printable(", ".join((*self.image.names, "/".join(self.image.platform.values()))))
        first = f"The archive has {counted(self.others + 1, 'image')}, and this is the first image, {told}."
        return [first, "For the second image, write own_image(load(FILE)[1]), with load from layerlab."]

    def __str__(self) -> str:
        table = aligned([["STEP", "SIZE"], *((text, each) for each, text in self.rows)])
        return "\n".join([f"IMAGE {self.name}", *table, *self._said])

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        first, *steps, last = [(escape(text), escape(each)) for each, text in self.rows]
        rows = [first, *((f"<code>{text}</code>", each) for text, each in steps), last]
        said = "".join(f"<p>{escape(line)}</p>" for line in self._said)
        html = f"<p><strong>{escape(self.name)}</strong></p>{lined(('step', 'size'), rows)}{said}"
        return {"text/plain": str(self), "text/html": block(html)}

    def ship(self, folder: str | os.PathLike[str] = ".") -> "ShipReport":
        """Save the lighter image, read it again, and load it into a Docker or Podman that runs here.

        The archive is `NAME-lighter.tar` in `folder`, and the engine calls the image `NAME:lighter`. Before a check
        has called an image done, and where no engine answers, nothing is loaded, and one line says what would be done.
        """
        file, name = f"{self.name}-lighter.tar", f"{self.name}:lighter"
        plan = f"docker load --input {file}"
        if self.lighter is None:
            then = f"After that, this cell saves {file} and runs `{plan}`, if Docker or Podman runs here."
            waits = f"Not yet: no check has said Done. {then}"
            return ShipReport((waits, LOADED) if self.prepared and self.name == DEFAULT else (waits,))
        path = os.path.join(folder, file)
        save({name: self.lighter}, path, format="docker")
        (again,) = load_archive(path)
        if (again.id, again.diff_ids, again.size) != (self.lighter.id, self.lighter.diff_ids, self.lighter.size):
            raise OwnImageError(f"{file}: the archive has another image than the one that was saved")
        told = f"Saved {file}, {size(again.size)}, image id {short_digest(again.id)}."
        lines = [f"{told} Reading it again gives the same ids and sizes."]
        try:
            here = engine()
        except EngineError:
            yourself = f"Load it yourself: `{plan}`, or `podman load --input {file}`."
            return ShipReport((*lines, f"No Docker or Podman answers here. {yourself}"))
        try:
            there = here.add(path, name)
        except EngineError as error:
            return ShipReport((*lines, f"It was not loaded: {error}."))
        same = there.id == again.id and there.diff_ids == again.diff_ids
        told = "the same ids" if same else f"another id, {short_digest(there.id)}"
        counted_here = f"{size(there.size)} as this engine counts"
        return ShipReport((*lines, f"{here.name} loaded it as {name}: {told}, {counted_here}."))


class ShipReport:
    """What became of a lighter image: a line for each thing that was done. Made by `OwnImage.ship`.

    >>> ShipReport(("Saved a.tar.",))
    Saved a.tar.
    """

    def __init__(self, lines: tuple[str, ...]) -> None:
        self.lines = lines

    def __str__(self) -> str:
        return "\n".join(self.lines)

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        # What is between backticks is code, in HTML too.
        lines = [re.sub("`(.+?)`", r"<code>\1</code>", escape(line)) for line in self.lines]
        html = "".join(f"<p>{line}</p>" for line in lines)
        return {"text/plain": str(self), "text/html": block(html)}


def own_image(
    image: str | os.PathLike[str] | Image = DEFAULT,
    base: int | None = None,
    changing: Iterable[str] | None = None,
    name: str = "",
) -> OwnImage:
    """Return the image that a learner makes lighter: a prepared one, or one's own.

    Prepared are "search", "orders" and "mailer". All other words are what `load` takes: an archive, "docker:shop",
    "podman:shop" or "registry:127.0.0.1:5000/shop:1". An image that was built here is given itself.

    `base` is how many of the lowest layers belong to the base that other images use too. Without it, these are the
    layers below the last CMD or ENTRYPOINT that has steps of the image above it, at least one. `changing` are the
    paths that a new version changes; without them it is what the last COPY or ADD brought.

    What cannot be taken raises OwnImageError, in one line.

    >>> own_image("mailer").base
    2
    >>> own_image("serch")
    Traceback (most recent call last):
    layerlab.course.own_image.OwnImageError: no image and no file is called 'serch': did you mean 'search'?
    """
    if isinstance(image, str) and image in START:
        found, changes = start_image(image), START[image].changing
        return _checked(OwnImage(name or image, found, BASE_LAYERS, changes, prepared=True), base, changing)
    images = (image,) if isinstance(image, Image) else _loaded(image)
    found = images[0]
    called = name or (_called(found) if isinstance(image, Image) else _called(found, os.fspath(image)))
    if not found.layers:
        raise OwnImageError(f"an image without layers cannot be made lighter. {TAKEN}")
    height = base_height(found) if base is None else base
    own = OwnImage(called, found, height, changed_last(found, height), prepared=False)
    own.others = len(images) - 1
    return _checked(own, base, changing)


def _loaded(image: str | os.PathLike[str]) -> tuple[Image, ...]:
    """Return the images of a name or a path, at least one; OwnImageError says what to give where there is none."""
    if not isinstance(image, str | os.PathLike):
        raise OwnImageError(f"an image is a text such as {DEFAULT!r}, a path or an image, not {image!r}")
    name = os.path.expanduser(os.fspath(image))
    try:
        return load(name)
    except LayerlabError as error:
        if not isinstance(error, ArchiveError):
            raise OwnImageError(f"{error}. Or take a prepared image: {PREPARED}.") from None
        if os.path.exists(name):
            raise OwnImageError(f"this file or folder cannot be read as an image: {error}. {TAKEN}") from None
    close = difflib.get_close_matches(name.lower(), START, n=1)
    if close:
        raise OwnImageError(f"no image and no file is called {name!r}: did you mean {close[0]!r}?")
    raise OwnImageError(f"no image and no file is called {name!r}. {TAKEN}")


def _checked(own: OwnImage, base: int | None, changing: Iterable[str] | None) -> OwnImage:
    """Return an image with what the learner says of it, once that is possible."""
    if base is not None:
        if not isinstance(base, int):
            raise OwnImageError(f"base is a number of layers, such as {own.base}, not {base!r}")
        own.base, own.prepared = base, False
    if changing is not None:
        own.changing = tuple(path.strip("/") for path in words(changing, "changing"))
        own.prepared = False
    try:
        _ = own.best
    except ValueError as error:
        raise OwnImageError(f"{own.name}: {error}") from None
    return own


def _called(image: Image, given: str = "") -> str:
    """Return a word to call an image by, which may also be the name of a file and of an image."""
    stated = next(iter(image.names), given.partition(":")[2] if ":" in given else "")
    word = stated.rpartition("/")[2].partition("@")[0].partition(":")[0]
    return word if word.replace("-", "").isalnum() and word == word.lower() else "image"


def step(line: str) -> str:
    """Return a line of history as a Dockerfile has it, cut where it is long.

    >>> step("RUN /bin/sh -c make # buildkit"), step("/bin/sh -c #(nop) COPY file:1 in /"), step("")
    ('RUN make', 'COPY file:1 in /', 'a step without a line')
    """
    words = f"RUN {ran(line)}" if ran(line) else command(line.removesuffix(BUILDKIT)).strip()
    text = printable(" ".join(words.split())) or "a step without a line"
    return text if len(text) <= LONGEST_STEP else f"{text[: LONGEST_STEP - 3]}..."


def places(layer: Layer) -> str:
    """Return in which places a layer has its bytes, the three largest; "" where they are in one.

    >>> places(Layer.of({"srv/a/x": b"1", "srv/a/y": b"2", "opt/b": b"333"}))
    ' (/opt/b 3 B, /srv/a 2 B)'
    """
    found: Counter[str] = Counter()
    for entry, path in {entry.inode: (entry, path) for path, entry in layer.entries.items()}.values():
        if entry.kind == "file" and entry.size:
            found["/".join(path.split("/")[:2])] += entry.size
    largest = found.most_common(MOST_PLACES)
    more = ["..."] if len(found) > MOST_PLACES else []
    told = ", ".join([*(f"/{printable(path)} {size(count)}" for path, count in largest), *more])
    return f" ({told})" if len(found) > 1 else ""


def changed_last(image: Image, base: int) -> tuple[str, ...]:
    """Return the path that the files of the last COPY or ADD have in common, or of the last step with visible files.

    >>> image = scratch.with_layer(Layer.of({"a": b"1"})).with_layer(Layer.of({"srv/x": b"2", "srv/y": b"3"}), "COPY")
    >>> changed_last(image, 1)
    ('srv',)
    """
    lines, shown = made_by(image), dict(_own_files(image, base))
    if not shown:
        return ()
    # A later chmod stores a copied file again. It is still the COPY that brings the file.
    brought = [
        [path for path in layer.entries if path in shown]
        for layer, line in zip(image.layers[base:], lines[base:], strict=True)
        if step(line).startswith(("COPY", "ADD"))
    ]
    top = max(map(_layer_of, shown.values()))
    last = [path for path, entry in shown.items() if _layer_of(entry) == top]
    paths = next((found for found in reversed(brought) if found), last)
    together = posixpath.commonpath(paths)
    return (together,) if together else tuple(sorted({path.partition("/")[0] for path in paths}))


def _own_files(image: Image, base: int) -> list[tuple[str, Entry]]:
    """Return what a container shows of the layers above the base, without directories."""
    items = image.view().items()
    return [(path, entry) for path, entry in items if entry.kind != "directory" and _layer_of(entry) >= base]


def _layer_of(entry: Entry) -> int:
    # As `union.merge` numbers inodes: the layer's number + 1 in the bits from 32 up.
    return (entry.inode >> 32) - 1
