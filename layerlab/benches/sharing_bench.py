"""Sharing bench: several images on common bases, containers that write, the ledger, and what a set would give back.

The state is four choices: how many containers, what each rewrites of its image, how much it adds, and what might go.
The host is made from them anew, so the same choices always lead to the same bytes.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from layerlab.benches.example import CATALOG, SITE, shop
from layerlab.benches.replay import Replay
from layerlab.benches.stack_bench import named
from layerlab.benches.verbs import TranscriptLine, in_quotes, in_script, in_shell, run
from layerlab.model.accounting import Usage
from layerlab.model.host import Host
from layerlab.model.image import Image
from layerlab.picture import events, ledger
from layerlab.picture.html import status
from layerlab.picture.moment import Moment
from layerlab.picture.observe import moment
from layerlab.picture.shapes import Looks, Scene
from layerlab.words.sizes import size

IMAGES = ("coreos/apache", "shop", "blog")
# Containers that a host may have, and those that still have a button each.
MOST_CONTAINERS, MOST_LISTED = 1_000, 8
NEW, MOST_NEW = "orders.log", 10**12
ALL = "all containers"
_LARGEST = ("usr/lib/locale/locale-archive", "usr/lib/libicudata.so.48.1.1")
REWRITTEN: Mapping[str, tuple[str, ...]] = {
    "nothing": (),
    "index.html": (f"{SITE}index.html",),
    "catalog.db": (CATALOG,),
    "the 2 largest files": _LARGEST,
}
"""What each container can rewrite of the example's images, and the paths that this copies up."""

# Files of another image that can be rewritten, and hosts whose books are kept for steps back.
MOST_FILES, MOST_KEPT = 3, 8


@dataclass(frozen=True)
class SharingChoices:
    """All that a sharing bench knows; `refused` is the reason why the last act changed nothing, else "".

    >>> SharingChoices().rewritten
    'nothing'
    """

    containers: int = 0
    rewritten: str = "nothing"
    new: int = 0
    going: frozenset[str] = frozenset()
    refused: str = ""


class SharingBench(Replay):
    """Images, containers on one of them, and a ledger of who takes which bytes.

    It holds the images of the example that are named, else `coreos/apache`, `shop` and `blog`, or all images of a
    `host` that is given. Containers run on `shop`, or on the last image where there is no `shop`. A host without
    images raises ValueError.

    >>> table = SharingBench("shop:1", "shop:2")
    >>> table.pick("shop:1", "shop:2")
    >>> table.scene.sentence
    'Removing shop:1 and shop:2 frees 319 MB together; one by one, 0 B + 0 B = 0 B.'
    """

    def __init__(self, *images: str, host: Host | None = None) -> None:
        super().__init__()
        self.images: Mapping[str, Image] = dict((host or shop(*(images or IMAGES))).images)
        if not self.images:
            raise ValueError("nothing to share: give a host with at least one image")
        self.on = "shop" if "shop" in self.images else list(self.images)[-1]
        self.files = _files(self.images[self.on])
        self.started = (
            (_START,) if host else (TranscriptLine(f"host = shop({_quoted(self.images)})", _built(self.images)),)
        )
        self._seen: dict[SharingChoices, tuple[Moment, Usage]] = {}
        self._drawn: tuple[tuple[SharingChoices, Looks], Scene] | None = None
        self.start_over()

    def run(self, containers: int) -> None:
        """Let so many containers run, 0 to 1,000; each does what is chosen for all."""
        self.act(("run", containers))

    def rewrite(self, what: str) -> None:
        """Let each container write one byte into files of its image: they are copied up whole.

        `what` is one of `files`: on the example "nothing", "index.html", "catalog.db" or "the 2 largest files".
        """
        self.act(("rewrite", what))

    def write(self, new: int) -> None:
        """Let each container write a new file of so many bytes."""
        self.act(("write", new))

    def pick(self, *names: str) -> None:
        """Choose the images and containers that might be removed together; nothing is removed."""
        self.act(("pick", *names))

    def begin(self) -> SharingChoices:
        """Return the choices of a new bench: no containers."""
        return SharingChoices()

    def after(self, act: tuple[Any, ...]) -> SharingChoices:
        """Return the choices after an act; what cannot be raises ValueError."""
        now: SharingChoices = replace(self.now, refused="")
        verb, *given = act
        if verb == "run":
            return self._run(now, *given)
        if verb == "pick":
            return replace(now, going=self._known(now, given))
        # Zero bytes and nothing are what the lists show without containers, so they are not refused.
        if not now.containers and given[0] not in (0, "nothing"):
            raise ValueError("images are read-only and nothing runs here: run a container first")
        return self._rewrite(now, *given) if verb == "rewrite" else _write(now, *given)

    def refused(self, reason: str) -> SharingChoices:
        """Return the present choices with the reason why nothing changed."""
        now: SharingChoices = self.now
        return replace(now, refused=reason)

    @property
    def names(self) -> list[str]:
        """What can be picked: the images, and each container or, where they are many, all of them."""
        return [*self.images, *self._containers(self.now)]

    @property
    def usage(self) -> Usage:
        """The books of the host."""
        return self._seen_and_counted[1]

    @property
    def going(self) -> frozenset[str]:
        """The names of all images and containers that are picked."""
        now: SharingChoices = self.now
        return now.going - {ALL} | (frozenset(self.usage.containers) if ALL in now.going else frozenset())

    @property
    def host(self) -> Host:
        """A new host as it is chosen, to go on with in the next cell."""
        return self._host(self.now)

    def _host(self, chosen: SharingChoices) -> Host:
        """Return the host that the transcript of some choices leads to."""
        host = Host()
        for name, image in self.images.items():
            host.add(image, name)
        names = {"host": host}
        # The lines of the transcript make the host, so the transcript cannot say anything else.
        for line in self._lines(replace(chosen, going=frozenset())):
            run(line.python, names)
        return host

    def drawn(self, looks: Looks) -> Scene:
        """Return the images, the containers and the ledger; drawn once, for the picture and for its lines."""
        if self._drawn is None or self._drawn[0] != (self.now, looks):
            self._drawn = (self.now, looks), self._draw(looks)
        return self._drawn[1]

    def _draw(self, looks: Looks) -> Scene:
        shown, usage = self._seen_and_counted
        # A layer is marked as going only if no image that stays uses it.
        freed = usage.freed(ledger.ids_of(usage, self.going))
        stacks = tuple(
            replace(each, layers=tuple(replace(one, note="goes" if one.key in freed else "") for one in each.layers))
            for each in shown.images
        )
        picture = ledger.beside(replace(shown, images=stacks), usage, self.going, looks)
        return replace(picture, sentence=self._sentence(picture.sentence))

    @property
    def status(self) -> str:
        """The lines under the picture as HTML, read out when they change."""
        return status(self.scene)

    @property
    def transcript(self) -> list[TranscriptLine]:
        """The choices as lines that lead to the same host; in Docker, a shell's loop stands for Python's."""
        return [*self.started, *self._lines(self.now)]

    @cached_property
    def widget(self) -> Any:
        """The live bench."""
        from layerlab.benches.sharing_view import view

        return view(self, MOST_CONTAINERS, ALL)

    @property
    def _seen_and_counted(self) -> tuple[Moment, Usage]:
        """The picture's moment and the host's usage; kept, because picking a set and stepping back change neither."""
        chosen = replace(self.now, going=frozenset(), refused="")
        if chosen not in self._seen:
            self._seen[chosen] = self._observed()
            if len(self._seen) > MOST_KEPT:
                # A dictionary keeps the order of its keys, so the first one is the oldest.
                del self._seen[next(iter(self._seen))]
        return self._seen[chosen]

    def _observed(self) -> tuple[Moment, Usage]:
        """Observe a host with one container, whose card and row are repeated, because all containers do the same."""
        now: SharingChoices = self.now
        host = self._host(replace(now, containers=min(now.containers, 1)))
        shown, usage = moment(host, label=named), host.usage()
        names = [f"web-{number}" for number in range(1, now.containers + 1)]
        cards = tuple(replace(each, name=name) for each in shown.containers for name in names)
        rows = {name: replace(row, name=name) for row in usage.containers.values() for name in names}
        return replace(shown, containers=cards), replace(usage, containers=rows)

    def _run(self, now: SharingChoices, containers: int) -> SharingChoices:
        if not 0 <= containers <= MOST_CONTAINERS:
            raise ValueError(f"{containers:,} containers cannot be drawn: take 0 to {MOST_CONTAINERS:,}")
        if not containers:
            # Without containers nobody writes.
            now = replace(now, rewritten="nothing", new=0)
        now = replace(now, containers=containers)
        # With fewer containers, some that were picked are not there any more.
        return replace(now, going=now.going & {*self.images, *self._containers(now)})

    def _rewrite(self, now: SharingChoices, what: str) -> SharingChoices:
        if what not in self.files:
            raise ValueError(f"{what!r} cannot be rewritten: take one of {', '.join(self.files)}")
        return replace(now, rewritten=what)

    def _known(self, now: SharingChoices, names: Iterable[str]) -> frozenset[str]:
        known = {*self.images, *self._containers(now)}
        for name in names:
            if name not in known:
                raise ValueError(f"no image or container is called {name}: take some of {', '.join(sorted(known))}")
        return frozenset(names)

    @staticmethod
    def _containers(now: SharingChoices) -> list[str]:
        if now.containers > MOST_LISTED:
            return [ALL]
        return [f"web-{number}" for number in range(1, now.containers + 1)]

    def _sentence(self, of_ledger: str) -> str:
        """Say why nothing changed, what would come back, or what sharing saves among the containers."""
        now: SharingChoices = self.now
        if now.refused:
            return events.refused(now.refused)
        if now.going or not now.containers:
            return of_ledger
        image = self.usage.images[self.on].size
        saved, copied = image * (now.containers - 1), now.containers * self._copied
        fresh = f" New files take {size(now.containers * now.new)} either way." if now.new else ""
        if now.containers == 1:
            first = f"web-1 copied {size(copied)} up" if copied else "web-1 copied nothing up"
            return f"{first}; alone it shares {self.on} with nobody.{fresh}"
        said = f"Against {now.containers:,} copies of {self.on} sharing saves {size(saved)}"
        if not copied:
            return f"{said}.{fresh}"
        paid = ", more than it saves" if copied > saved else " of that"
        return f"{said}; files copied up cost {size(copied)}{paid}.{fresh}"

    @property
    def _copied(self) -> int:
        """The bytes that each container copies up."""
        now: SharingChoices = self.now
        return next(iter(self.usage.containers.values())).size_rw - now.new if now.containers else 0

    def _lines(self, now: SharingChoices) -> Iterable[TranscriptLine]:
        each = f"for n in $(seq {now.containers}); do docker"
        if now.containers:
            python = f'web = host.run({_quote(self.on)}, name="web", count={now.containers})'
            yield TranscriptLine(python, f"{each} run --detach --name web-$n {in_shell(self.on)}; done")
        for path in self.files[now.rewritten]:
            python = f'for each in web: each.write_at({_quote(path)}, 0, b"!")'
            yield TranscriptLine(
                python, f"{each} exec web-$n sh -c 'printf ! | dd of=/{in_script(path)} conv=notrunc'; done"
            )
        if now.new:
            python = f'for each in web: each.write("{NEW}", b""); each.truncate("{NEW}", {now.new})'
            yield TranscriptLine(python, f"{each} exec web-$n truncate -s {now.new} /{NEW}; done")
        if now.going:
            names = [name for name in self.names if name in now.going and name != ALL]
            unpacked = ["*host.containers"] if ALL in now.going else []
            yield TranscriptLine(
                f"host.usage().reclaim({{{', '.join([*map(_quote, names), *unpacked])}}})",
                "docker system df --verbose  # no column adds up for a set",
            )


def _write(now: SharingChoices, new: int) -> SharingChoices:
    if not 0 <= new <= MOST_NEW:
        raise ValueError(f"{new:,} bytes do not fit: take 0 to {MOST_NEW:,}")
    return replace(now, new=new)


def _files(image: Image) -> Mapping[str, tuple[str, ...]]:
    """Return what containers can rewrite of an image: the example's files, else the largest ones."""
    view = image.view()
    known = {what: paths for what, paths in REWRITTEN.items() if all(path in view for path in paths)}
    if len(known) > 1:
        return known
    sizes = {path: entry.size for path, entry in view.items() if entry.kind == "file"}
    largest = sorted(sizes, key=lambda path: (-sizes[path], path))[:MOST_FILES]
    return known | {path: (path,) for path in largest}


def _built(images: Iterable[str]) -> str:
    return "; ".join(f"docker build --tag {name} ." for name in images)


def _quote(name: str) -> str:
    return f'"{in_quotes(name)}"'


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(map(_quote, names))


_START = TranscriptLine("# host holds the images of this bench and no containers", "# on a host with these images")
