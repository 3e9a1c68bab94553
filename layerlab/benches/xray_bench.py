"""X-ray: where an image's bytes are, which bytes are dead and which step hid them, and what a change would do.

Three tabs: Layers, Files (with deleted files whose bytes are still there) and What if. What a change costs is
counted on the image that it makes.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import cached_property, partial
from html import escape
from pathlib import Path
from typing import Any, Literal, NamedTuple

from layerlab.archive.load import load
from layerlab.benches.example import CATALOG, SITE, shop
from layerlab.benches.recipe import Recipe, never_held, together
from layerlab.benches.replay import Replay
from layerlab.benches.verbs import TranscriptLine, in_quotes, in_shell
from layerlab.model.entry import WHITEOUT, File, Spec
from layerlab.model.explain import Dead, Report, explain
from layerlab.model.history import made_by
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from layerlab.model.store import shared_layers, stored
from layerlab.model.whatif import Deletion, delete_within, deletions, squash
from layerlab.picture import events, fates, file_rows, whatif_bars
from layerlab.picture.html import under
from layerlab.picture.observe import step_label
from layerlab.picture.page import block, bundle
from layerlab.picture.shapes import Looks, Scene
from layerlab.picture.svg import FOLLOW, img
from layerlab.picture.text import text
from layerlab.picture.whatif_bars import Priced
from layerlab.words.printable import printable
from layerlab.words.sizes import size

Tab = Literal["Layers", "Files", "What if"]
TABS: tuple[Tab, ...] = ("Layers", "Files", "What if")
# How much of a deleted file is shown.
FIRST_BYTES, FIRST_LINES = 160, 3
MOST_FOUND, MOST_DELETIONS = 12, 5
SECRET = "etc/deploy.env"
LAYERS_SAID = "Each row is a layer. Hatched bytes are dead: stored, and hidden by a later layer, which the row names."


class Shown(NamedTuple):
    """What the bench shows: a tab, the deleted file that was read last, and the change that is looked at.

    Both are places in the bench's lists; no file was read where `file` is None. `refused` says why nothing changed.

    >>> Shown().tab
    'Layers'
    """

    tab: Tab = "Layers"
    file: int | None = None
    change: int = 0
    refused: str = ""


class Change(NamedTuple):
    """A way to make the layers otherwise: what is done, in words, the image that it makes, and how it is built."""

    words: str
    make: Callable[[], Image]
    recipe: Callable[[Image], Recipe]


class XRay(Replay):
    """An image in detail: what became of every byte, deleted files that can be read, and the sizes after changes.

    >>> bench = XRay()
    >>> bench.scene.balance
    '299 MB visible + 25.0 MB dead = 324 MB'
    >>> bench.show("What if")
    >>> bench.scene.sentence
    'The image shows the same files and is 20.0 MB smaller; on one disk with blog it takes 20.0 MB less.'
    """

    def __init__(
        self,
        image: Image | str | os.PathLike[str] | None = None,
        other: Image | None = None,
        other_name: str = "",
        *,
        report: Report | None = None,
    ) -> None:
        """Open an image, or an archive's first one; without one, the shop with four more steps, beside blog.

        `other` is an image on the same disk and `other_name` what to call it; where none is given, it is the archive's
        second image. `report` is what `explain` says about the image, for who has it already. While an archive is
        read, a notebook shows how far that is. What `load` refuses raises ArchiveError.
        """
        super().__init__()
        self.archive, self.name, start = _opened(image)
        self.started = (start,)
        if image is None:
            image = example()
            if other is None:
                other, other_name = shop("blog").images["blog"], "blog"
        if isinstance(image, Image):
            self._lay_open(image, other, other_name, report or explain(image))
        else:
            from layerlab.benches.progress_bar import progress_bar

            # Accounting takes long too, so the bar stays until it is done.
            with progress_bar(Path(image).name) as moved:
                first, *more = load(image, moved)
                self._lay_open(first, other or next(iter(more), None), other_name, explain(first))
                self.name = next(iter(first.names), first.id)
        self.start_over()

    def _lay_open(self, image: Image, other: Image | None, other_name: str, report: Report) -> None:
        """Compute everything that takes long before the bench is shown, so that every tab answers at once."""
        self.image = image
        self.other = other
        self.other_name = other_name or next(iter(other.names), "the other image") if other is not None else ""
        self.report = report
        self.labels = [step_label(image, number) for number in range(len(image.layers))]
        self.found = tuple(_found(self.report.dead))
        self.changes = tuple(self._changes())
        # Names of one file have one inode number, and count as one visible file.
        shown = {entry.inode: entry.kind for entry in image.view().values() if entry.kind in ("file", "symlink")}
        self.files = sum(kind == "file" for kind in shown.values())
        self._table = file_rows.rows(self.report, self.labels, len(shown))
        self._fates = fates.fates(self.report, self.labels, [layer.entries for layer in image.layers])
        self._before = self._price(image)
        self._after = [self._changed(change) for change in self.changes]

    def show(self, tab: str) -> None:
        """Show a tab: "Layers", "Files" or "What if". Another word is refused, and the sentence says so."""
        self.act(("show", tab))

    def read(self, place: int = 0) -> None:
        """Read the first bytes of one of the deleted files in `found`, from the layer that still holds it."""
        self.act(("read", place))

    def what_if(self, place: int) -> None:
        """Look at one of `changes`."""
        self.act(("what_if", place))

    def begin(self) -> Shown:
        """Return what is shown first: the layers, with nothing read."""
        return Shown()

    def after(self, act: tuple[str, Any]) -> Shown:
        """Return what is shown after an act."""
        verb, given = act
        now: Shown = self.now
        if verb == "show":
            if given not in TABS:
                raise ValueError(f"no tab is called {given!r}: take one of {', '.join(TABS)}")
            return now._replace(tab=given, refused="")
        count, what = (len(self.found), "deleted file") if verb == "read" else (len(self.changes), "change")
        if not 0 <= given < count:
            raise ValueError(f"there are {count} {what}s, counted from 0: {given} is none of them")
        if verb == "read":
            return Shown("Files", given, now.change)
        return Shown("What if", now.file, given)

    def refused(self, reason: str) -> Shown:
        """Return what is shown, with the reason why nothing changed."""
        now: Shown = self.now
        return now._replace(refused=reason)

    def written(self, act: tuple[str, Any]) -> TranscriptLine:
        """Return an act in Python, and what comes nearest to it in Docker."""
        verb, given = act
        docker = f"tar --extract --file {in_shell(self.archive)}  # each layer is a tar in it"
        if given == "Layers":
            docker = f"docker history {in_shell(self.name)}"
        elif verb == "what_if" or given == "What if":
            docker = "# docker answers no what-if: build it, then compare what docker images lists"
        return TranscriptLine(f"xray.{verb}({json.dumps(given)})", docker)

    def changed(self, place: int) -> Image:
        """Return the image that one of `changes` makes; it shows the same files."""
        return self.changes[place].make()

    def drawn(self, looks: Looks) -> Scene:
        """Return the picture of the present tab; Files has a table instead and shows the layers here."""
        if self.now.tab != "What if" or not self.changes:
            return fates.scene(self._fates, looks)
        change = self.changes[self.now.change]
        after, line = self._after[self.now.change]
        return whatif_bars.scene(change.words, line, self._before, after, self.other_name, looks)

    @property
    def sentence(self) -> str:
        """What the tab says in one line."""
        if self.now.refused:
            return events.refused(self.now.refused)
        if self.now.tab != "Files":
            return self._of_picture
        if self.now.file is not None:
            row = self.found[self.now.file]
            return f"Layer {row.by} hides /{printable(row.path)}, but layer {row.layer} contains it: see below."
        if not self.found:
            return "No deleted file is left to be found."
        count = f"{len(self.found):,} deleted files" if self.found[1:] else "1 deleted file"
        return f"{count} can still be read from a lower layer: choose one."

    @property
    def _of_picture(self) -> str:
        """The sentence under a drawing. Under the layers it says how to read them: a lesson may ask what is dead."""
        if self.now.tab == "Layers":
            return LAYERS_SAID
        return self.scene.sentence if self.changes else "There is nothing to change."

    def shown(self, looks: Looks) -> str:
        """Return the present tab as HTML: a drawing or a table."""
        return super().shown(looks) if self.now.tab != "Files" else self._files

    @property
    def status(self) -> str:
        """The lines under the picture as HTML, read out when they change."""
        return f'<div role="status">{under(self._captioned)}</div>'

    def __str__(self) -> str:
        if self.now.tab != "Files":
            return text(self._captioned)
        return "\n".join([*self._reading, file_rows.text(self._table), self._captioned.balance, self.sentence])

    __repr__ = __str__

    def _repr_mimebundle_(self, **_: object) -> dict[str, Any]:
        still = img(self._captioned) + FOLLOW if self.now.tab != "Files" else block(self._files)
        return bundle(self.widget, str(self), still + self.status)

    @cached_property
    def widget(self) -> Any:
        """The live bench: tabs, lists, buttons, the picture or table, and the lines under it."""
        from layerlab.benches.xray_view import view

        return view(self)

    @property
    def _captioned(self) -> Scene:
        """The picture with the tab's own sentence under it."""
        return replace(self.scene, sentence=self.sentence)

    @property
    def _files(self) -> str:
        reading = "\n".join(self._reading)
        return (f"<pre>{escape(reading)}</pre>" if reading else "") + file_rows.html(self._table)

    @property
    def _reading(self) -> list[str]:
        """The line of Python that reads the chosen file, and what it reads."""
        if self.now.file is None:
            return []
        row = self.found[self.now.file]
        entry = self.image.layers[row.layer].entries[row.path]
        line = f"image.layers[{row.layer}].entries[{row.path!r}]"
        if entry.kind == "symlink":
            return [f"{line}.target", printable(entry.target)]
        found = _lines(entry.content.read(0, FIRST_BYTES))
        more = ["..."] if found[FIRST_LINES:] else []
        return [f"{line}.content.read(0, {FIRST_BYTES})", *found[: FIRST_LINES - len(more)], *more]

    def _price(self, image: Image) -> Priced:
        """Return what an image takes that shows what this one shows."""
        visible = sum(layer.visible for layer in self.report.layers)
        others = [] if self.other is None else [self.other]
        return Priced(tuple(layer.size for layer in image.layers), visible, stored(image, others))

    def _changed(self, change: Change) -> tuple[Priced, str]:
        """Return what a change leads to, and the new line of history."""
        image = change.make()
        return self._price(image), change.recipe(image).said

    def _changes(self) -> Iterator[Change]:
        image, top = self.image, len(self.image.layers) - 1
        lines = made_by(image)
        for row in deletions(self.report)[:MOST_DELETIONS]:
            words = f"layer {row.into} never holds what layer {row.by} deletes now: {size(row.bytes)}"
            yield Change(words, partial(delete_within, image, row.by, row.into), partial(self._without, row))
        shared = shared_layers(image, self.other) if self.other is not None else 0
        # If no layer is shared, this is the same as squashing all. If all but one are shared, there is nothing to
        # squash.
        if 0 < shared < top:
            words = f"squash layers {shared} to {top}, and leave those that {self.other_name} shares"
            recipe = together(lines[shared:], all_of_them=False)
            yield Change(words, partial(squash, image, shared, top), lambda _: recipe)
        if top > 0:
            one = together(lines, all_of_them=True)
            yield Change("squash all layers into one", partial(squash, image, 0, top), lambda _: one)

    def _without(self, row: Deletion, after: Image) -> Recipe:
        """Return how the step of a layer is written that never holds what a later one deletes."""
        emptied = not any(entry.kind != "directory" for entry in after.layers[row.into].entries.values())
        return never_held(self.image, row.into, row.by, emptied=emptied)


def _opened(image: Image | str | os.PathLike[str] | None) -> tuple[str, str, TranscriptLine]:
    """Return the archive that docker would save or load of what an X-ray was given, its name, and how it is opened."""
    if image is None:
        return "shop.tar", "shop", TranscriptLine('xray = bench("xray")', "docker save --output shop.tar shop")
    if isinstance(image, Image):
        name = next(iter(image.names), "image")
        save = f"docker save --output image.tar {in_shell(name)}"
        return "image.tar", name, TranscriptLine('xray = bench("xray", image)', save)
    path = os.fspath(image)
    return (
        path,
        "",
        TranscriptLine(f'xray = bench("xray", "{in_quotes(path)}")', f"docker load --input {in_shell(path)}"),
    )


def _found(dead: Iterable[Dead]) -> list[Dead]:
    """Return deleted files whose bytes are still there, the largest first."""
    return [row for row in dead if row.reason in ("whiteout", "opaque")][:MOST_FOUND]


def _lines(data: bytes) -> list[str]:
    """Return bytes as lines of text or, where they are none, in hexadecimal.

    >>> _lines(b"A=1\\n"), _lines(bytes(3))
    (['A=1'], ['00 00 00'])
    """
    try:
        lines = data.decode().splitlines()
    except UnicodeDecodeError:
        # A character that cannot be printed, so that the bytes are shown in hexadecimal.
        lines = ["\0"]
    if all(line.replace("\t", " ").isprintable() for line in lines):
        return lines
    return [data[start : start + 32].hex(" ") for start in range(0, len(data), 32)]


def example() -> Image:
    """Return the shop with four more steps, as people write them, that leave dead bytes of several kinds.

    >>> example().size - shop().images["shop"].size
    5001004
    """
    image = shop().images["shop"]
    view = image.view()
    # A chmod in a build stores each file again, with the same bytes and another mode.
    pages = {path: File(entry.content, mode=0o640) for path, entry in view.items() if path.startswith(SITE)}
    image = image.with_layer(Layer.of({SECRET: b"DB_PASSWORD=open sesame\n"}), "COPY deploy.env /etc/")
    image = image.with_layer(Layer.of({**pages}), "RUN chmod -R u=rwX,g=rX,o= /var/www")
    apt: dict[str, Spec] = {"etc/apt/sources.list": b"deb [trusted=yes] file:/srv/apt ./\n" * 28}
    image = image.with_layer(Layer.of(apt), "RUN use-our-mirror")
    return image.with_layer(Layer.of({SECRET: WHITEOUT, CATALOG: WHITEOUT}), "RUN rm /etc/deploy.env catalog.db")
