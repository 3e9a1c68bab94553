"""What a bench says, against what it did: every line of a transcript, every sentence and every picture.

Sequences of acts are drawn anew in each run, so that each run tries others. What Docker accepts is asked of a model of
its states that shares nothing with layerlab; sentences are held against the host before and after the act.
"""

import os
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import pytest

from layerlab import HardLink, Host, Image, Layer, Symlink, filler, scratch
from layerlab.benches.example import SITE
from layerlab.benches.kinds import bench
from layerlab.benches.stack_bench import StackBench
from layerlab.benches.verbs import BUTTONS, VERBS
from layerlab.model.entry import Entry, Spec
from layerlab.words.sizes import size
from tests.benches.docker_states import Docker, RefusedError, Tree

# `make test` has 25 seconds for what is drawn; LAYERLAB_SECONDS=300 gives each of its tests more.
SECONDS = float(os.environ.get("LAYERLAB_SECONDS", "5"))
PATHS = ("srv/data", "srv/link", "srv/d/", "srv/d/x", "srv/h1", "srv/h2", "/srv/data", "srv/gone", "srv/away/x", "new")
# What is there more often than not stands here more than once.
CONTAINERS, IMAGES = ("web", "web", "web", "job"), ("app", "app", "app", "app-1", "web-image")
# What a step changes that Docker's own states do not hold: nothing here is refused by Docker.
OWN_REFUSALS = (
    "Take one from 0 to the top",
    "Take a lower layer",
    "layers are read-only",
    "has no configuration, so no image id",
    "the kernel renames none",
)


@cache
def app() -> Image:
    """Three small layers: a program, files of every kind, and one that replaces a file of the layer below it."""
    first = Layer.of({"bin/sh": filler(700), "srv/data": filler(2_000), "srv/d/x": b"x", "srv/d/y": b"yy"})
    links: dict[str, Spec] = {
        "srv/link": Symlink("data"),
        "srv/h1": filler(300),
        "srv/h2": HardLink("srv/h1"),
        "srv/d/x": b"new",
    }
    second = Layer.of(links)
    image = scratch.with_layer(first, "ADD tree /").with_layer(second, "COPY links /srv/")
    return image.with_layer(Layer.of({"etc/conf": b"a=1"}), "COPY conf /etc/").with_config(cmd=["sh"])


def tree_of(view: Any) -> Tree:
    """The files of a view as the model of Docker has them."""
    items = ((path, entry) for path, entry in view.items() if path)
    return {path: f"-> {entry.target}" if entry.kind == "symlink" else entry.kind for path, entry in items}


@dataclass(frozen=True)
class Thin:
    """A container at one moment."""

    state: str
    image: str
    held: dict[str, Entry]
    shown: dict[str, tuple[str, int]]
    size: int


@dataclass(frozen=True)
class Snapshot:
    """A host at one moment."""

    names: dict[str, str]
    nameless: frozenset[str]
    thin: dict[str, Thin]
    layers: dict[str, int]
    total: int


def snapshot(host: Host) -> Snapshot:
    images = [*host.images.values(), *host.untagged]
    layers = {key: layer.size for image in images for key, layer in zip(image.chain_ids, image.layers, strict=True)}
    thin = {
        name: Thin(
            each.state, each.image.id, dict(each.layer.entries),
            {path: (entry.kind, entry.size) for path, entry in each.view().items()}, each.size_rw,
        )
        for name, each in host.containers.items()
    }  # fmt: skip
    total = sum(layers.values()) + sum(each.size for each in thin.values())
    names = {name: image.id for name, image in host.images.items()}
    return Snapshot(names, frozenset(image.id for image in host.untagged), thin, layers, total)


def copies(before: Thin, after: Thin, image: Image, verb: str) -> set[str]:
    """The files that an act copied up: the image showed them, the thin layer had them not, and now it has."""
    if verb == "make":
        return set()
    below = image.view()
    fresh = {path for path, entry in after.held.items() if entry.kind == "file"} - before.held.keys()
    return {path for path in fresh if before.shown.get(path) == ("file", below[path].size if path in below else -1)}


def would_be(verb: str, given: dict[str, Any]) -> str:
    """The docker line that an act would have, if it were not refused."""
    filled = {"container": "web", "image": "app", "path": VERBS[verb].path, **given}
    path = filled["path"].lstrip("/")
    forms = (VERBS[verb].tree if path.endswith("/") else None) or VERBS[verb].forms
    return forms.docker.format(
        **{"height": 0, "number": 0, "tag": "app", "name": "other", **filled, "path": path.rstrip("/")}
    )


class Watch:
    """A bench, the model of Docker beside it, and which files were copied up in each container."""

    def __init__(self, table: StackBench) -> None:
        self.table = table
        self.docker = Docker()
        for name, image in table.host.images.items():
            self.docker.name(name, tree_of(image.view()))
        for name, each in table.host.containers.items():
            self.docker.take(f"docker run --detach --name {name} app")
            assert each.state == "running"
        self.copied: dict[str, set[str]] = {name: set() for name in table.host.containers}
        self.now = snapshot(table.host)
        self.known: dict[str, int] = {}
        self.same_images(self.now)

    def act(self, verb: str, **given: Any) -> None:
        """Act, and hold the bench against all that it says."""
        before, lines, moment = self.now, len(self.table.transcript), self.table.now
        self.table.do(verb, **given)
        after = self.now = snapshot(self.table.host)
        said = self.table.now.sentence
        if said.startswith("Refused: "):
            assert before == after, said
            assert lines == len(self.table.transcript)
            assert moment.history == self.table.now.history
            self.refused_too(verb, given, said)
        else:
            assert lines + 1 == len(self.table.transcript)
            act = self.table.acts[-1]
            self.docker.take(self.table.transcript[-1].docker)
            if verb == "name-height":  # the model of Docker knows no layers, and so not what a lower one holds
                self.docker.name(act.name, tree_of(self.table.host.images[act.name].view()))
            self.same_images(after)
            self.same_states(after)
            Sentence(self, before, after, act).check(said)
        self.same_picture(after)

    def refused_too(self, verb: str, given: dict[str, Any], said: str) -> None:
        """Docker refuses what the bench refuses: the line that the act would have had is tried."""
        if any(words in said for words in OWN_REFUSALS):
            return
        line = would_be(verb, given)
        if not line.startswith("#") and verb != "name-height":  # whose line names no image
            with pytest.raises(RefusedError):
                self.docker.take(line)

    def same_images(self, after: Snapshot) -> None:
        """What is built twice is the same image here; Docker gives a commit a new id each time, as it has a clock."""
        for name, image in after.names.items():
            self.docker.names[name] = self.known.setdefault(image, self.docker.names[name])

    def same_states(self, after: Snapshot) -> None:
        assert {name: box.running for name, box in self.docker.boxes.items()} == {
            name: each.state == "running" for name, each in after.thin.items()
        }
        assert set(self.docker.names) == set(after.names)
        for name, box in self.docker.boxes.items():
            shown = tree_of(self.table.host.containers[name].view())
            assert box.tree == shown, name

    def same_picture(self, after: Snapshot) -> None:
        now = self.table.now
        assert after.total == now.bytes.total
        assert {each.id: set(each.names) for each in now.images} == {
            key: {name for name, image in after.names.items() if image == key}
            for key in {*after.names.values(), *after.nameless}
        }
        assert {each.name: (each.state, each.size) for each in now.containers} == {
            name: (each.state, each.size) for name, each in after.thin.items()
        }
        for card in now.containers:
            drawn = {item.path for item in card.written if item.kind == "copied"}
            assert self.copied[card.name] & after.thin[card.name].held.keys() == drawn, card
        twin = str(self.table)
        if len(after.thin) <= 2:
            for name, each in after.thin.items():
                assert re.search(rf"{name} +{each.state} .* {re.escape(size(each.size))}\b", twin), twin


def same_file(view: Any, path: str, other: str) -> bool:
    """Whether two names of an image are hard links of one file."""
    return path != other and path in view and view[path].kind == "file" and view[path].inode == view[other].inode


@dataclass(frozen=True)
class Facts:
    """What an act changed in a thin layer: `below` is what the image shows."""

    verb: str
    was: Thin
    held: Thin
    fresh: dict[str, Entry]
    copied: set[str]
    below: Any
    at: str = "file"

    def paths(self, *kinds: str) -> list[str]:
        return [path for path, entry in self.fresh.items() if entry.kind in kinds]

    @property
    def things(self) -> set[str]:
        """What the act is about, in nouns: what is new, what is there no more, or what its path leads to."""
        gone = [self.was.shown[path] for path in self.was.shown.keys() - self.held.shown.keys()]
        kinds = {entry.kind for entry in self.fresh.values()} | {kind for kind, _ in gone}
        kinds = kinds or {self.at}
        return {"directory" if kind in ("directory", "opaque") else "file" for kind in kinds}

    @property
    def hidden(self) -> list[str]:
        return [path.replace(".wh.", "") for path in self.paths("whiteout")]

    def hides(self, *, directory: bool) -> bool:
        """Whether one name of the image was hidden, and is there no more."""
        (path,) = self.hidden
        return path not in self.held.shown and (self.below[path].kind == "directory") == directory

    @property
    def made(self) -> list[str]:
        return [*self.paths("file"), *(path.removesuffix("/.wh..wh..opq") for path in self.paths("opaque"))]


REASONS: dict[str, Callable[[Facts], object]] = {
    "A file is copied whole before its first change.": lambda it: it.verb == "append" and it.copied,
    "No byte of the file changed, and still the whole file is copied.": lambda it: (
        it.copied and all(it.held.held[path].size == it.was.shown[path][1] for path in it.copied)
    ),
    "Nothing was written. The whole file is copied when it is opened for writing.": lambda it: (
        it.verb == "open" and it.copied
    ),
    "The copy has the new name, and a whiteout hides the old one.": lambda it: (
        it.verb == "rename" and it.paths("file") and it.hidden[0] not in it.held.shown
    ),
    "A whiteout hides the file from this container. The image still contains the file.": lambda it: it.hides(
        directory=False
    ),
    "One whiteout hides the whole directory from this container.": lambda it: it.hides(directory=True),
    "The new THING takes the place of the whiteout. All that the image has there stays hidden.": lambda it: (
        it.made and all(path in it.below and path not in it.was.shown for path in it.made)
    ),
    "The old contents are replaced, so the file is not copied first.": lambda it: it.verb == "make" and not it.copied,
    "A directory above this THING hides all that the image has there.": lambda it: (
        it.made and all(path in it.below and path not in it.was.shown for path in it.made)
    ),
    "A directory is copied without the files in it.": lambda it: (
        len(it.paths("directory")) == len(it.fresh) > 0 and all(path in it.below for path in it.fresh)
    ),
    "Only it contains this THING already, so nothing is copied again.": lambda it: not it.fresh,
    "Only it had this THING, so nothing of the image is hidden.": lambda it: (
        not it.fresh and it.was.shown.keys() - it.held.shown.keys()
    ),
    "Only it has this THING.": lambda it: any(path not in it.below for path in it.fresh),
    "Only it contained this THING already, so only the name changed.": lambda it: it.verb == "rename" and not it.hidden,
    "Only it contained this THING already, so only the name changed. A whiteout hides the old name.": lambda it: (
        it.verb == "rename" and it.hidden
    ),
}


class Sentence:
    """A sentence held against the host before and after."""

    def __init__(self, watch: Watch, before: Snapshot, after: Snapshot, act: Any) -> None:
        self.watch, self.before, self.after, self.act = watch, before, after, act
        self.name = act.container or act.name
        self.was, self.held = before.thin.get(self.name), after.thin.get(self.name)

    def check(self, said: str) -> None:
        if self.act.verb == "run":
            self.watch.copied[self.act.name] = set()
        for pattern, holds in FORMS:
            if found := re.fullmatch(pattern, said):
                assert holds(self, *found.groups()), said
                return
        raise AssertionError(f"what does this say: {said}")

    @property
    def grown(self) -> int:
        return self.after.total - self.before.total

    @property
    def fresh_ids(self) -> set[str]:
        known = {*self.before.names.values(), *self.before.nameless}
        return {*self.after.names.values(), *self.after.nameless} - known

    def thin(self, moved: str | None, word: str, amount: str, why: str) -> bool:
        """Into the thin layer, its cost and its reason."""
        assert self.was is not None
        assert self.held is not None
        image = self.watch.table.host.containers[self.name].image
        fresh = {path: entry for path, entry in self.held.held.items() if path and path not in self.was.held}
        copied = copies(self.was, self.held, image, self.act.verb)
        self.remember(copied, image)
        listed = [each for part in (moved or "").split(" and ") for each in part.split(", ") if each]
        names = sorted(
            f"a copy of {path.rpartition('/')[2]}" if path in copied else path.rpartition("/")[2]
            for path, entry in fresh.items()
            if entry.kind not in ("whiteout", "opaque", "directory")
        )
        count = {
            kind: sum(entry.kind == kind for entry in fresh.values()) for kind in ("whiteout", "opaque", "directory")
        }
        assert names == sorted(
            each for each in listed if not re.fullmatch(r"a whiteout|an opaque mark|.*director.*", each)
        )
        assert count["whiteout"] == listed.count("a whiteout")
        assert count["opaque"] == listed.count("an opaque mark")
        folders = next((each.split()[0] for each in listed if "director" in each), "0")
        assert count["directory"] == (1 if folders == "a" else int(folders))
        cost = self.held.size - self.was.size
        assert self.grown == cost
        assert (word, amount) == (("Cost", size(cost)) if cost >= 0 else ("Freed", size(-cost)))
        return self.reason(why, fresh, copied, image)

    def remember(self, copied: set[str], image: Image) -> None:
        """Keep which files are copies: those copied now, and those from before that are still the same file."""
        assert self.held is not None
        kept = {path for path in self.watch.copied[self.name] if path in self.held.held}
        if self.act.verb == "rename":
            copied = {path for path in copied if path in image.view()}
        self.watch.copied[self.name] = kept | copied

    def reason(self, why: str, fresh: dict[str, Entry], copied: set[str], image: Image) -> bool:
        why, _, link = why.partition(" The link is broken: ")
        below = image.view()
        pairs = [(path, other) for path in copied for other in below if same_file(below, path, other)]
        assert bool(link) == bool(pairs), link
        if link:
            (other,) = {other for _, other in pairs}
            assert f"/{other} is still the image's file of {size(below[other].size)}." == link
        assert self.was is not None
        assert self.held is not None
        path = self.act.path.strip("/") or self.act.name
        # A symlink leads to another path, and what is there is what the act is about.
        at = (
            "file"
            if not path or path not in self.held.shown
            else self.watch.table.host.containers[self.name].stat(path).kind
        )
        facts = Facts(self.act.verb, self.was, self.held, fresh, copied, below, at)
        what = re.search(r"\b(?:this|new) (file|directory)\b", why)
        if what:
            assert what[1] in facts.things
        why = why.replace(f"Only {self.name} ", "Only it ").replace(f"{self.name}'s thin layer ", "Only it ")
        return bool(REASONS[re.sub(r"\b(this|new) (?:file|directory)\b", r"\1 THING", why)](facts))

    def layer(self, number: str, amount: str, *_: str) -> bool:
        (key,) = self.fresh_ids
        stack = next(each for each in self.watch.table.now.images if each.id == key)
        top = stack.layers[int(number)]
        return int(number) == len(stack.layers) - 1 and amount == size(top.size) and self.grown == top.size

    def freed(self, amount: str, *kept: str) -> bool:
        gone = {*self.before.names.values(), *self.before.nameless} - {*self.after.names.values(), *self.after.nameless}
        return bool(gone) and amount == size(-self.grown)

    def no_layer(self, *_: str) -> bool:
        return bool(self.fresh_ids) and self.before.layers.keys() == self.after.layers.keys()

    def stored_twice(self, name: str) -> bool:
        return self.grown == self.after.thin[name].size and len(self.fresh_ids) == 1

    def lost(self, amount: str, name: str) -> bool:
        return name not in self.after.thin and amount == size(self.before.thin[name].size) == size(-self.grown)

    def state(self, was: str, now: str) -> bool:
        assert self.was is not None
        assert self.held is not None
        return (was, now) == (self.was.state, self.held.state) and self.was.held == self.held.held


FORMS: list[tuple[str, Any]] = [
    (r"(?:Read from .*|Read in .*) Nothing moves into .*'s thin layer\. Cost: 0 B\.", lambda it: it.before == it.after),
    (r"(?:Into \w+'s thin layer: (.*?)\. )?(Cost|Freed): ([\d.]+ \w?B)(?: of \w+'s thin layer)?\. (.*)", Sentence.thin),
    (
        r"(\w+) costs 0 B until it writes\.",
        lambda it, name: it.after.thin[name].size == 0 and name not in it.before.thin,
    ),
    (r"Layer (\d+) adds (.*?)\. The layers below are unchanged\.", Sentence.layer),
    (r"Layer (\d+) adds (.*?), hides (.*?) in layers? (.*) and frees 0 B\.", Sentence.layer),
    (
        r"The new layer hides (.*?) in layers? (.*) and frees 0 B\.",
        lambda it, *_: it.grown == 0 and len(it.fresh_ids) == 1,
    ),
    (r"Freed (.*?)(?:\. The other .* are still used by .*)?\.", Sentence.freed),
    (r"The image has a new id and the same layers\.", Sentence.no_layer),
    (r"All layers of the image are stored already\.", Sentence.no_layer),
    (r".* has a configuration, so an id, of its own\. Its layers are stored already: 0 B\.", lambda it: it.grown == 0),
    (r"The same files are stored twice until (\w+) is removed\.", Sentence.stored_twice),
    (r"(.*?) of (\w+) is gone\. This is where data is lost\.", Sentence.lost),
    (r"(\w+) had written nothing, so nothing is lost\.", lambda it, name: it.before.thin[name].size == 0),
    (r"\w+ is stopped\. The thin layer is still there\.", lambda it: it.state("running", "stopped")),
    (r"\w+ is started\. The thin layer is as it was\.", lambda it: it.state("stopped", "running")),
    (r"\w+ is (running|stopped) already, so nothing changed\.", lambda it, state: it.state(state, state)),
    (r"Nothing changed\.", lambda it: it.before == it.after),
    (r"A name moved to another image\. No bytes moved\.", lambda it: it.before.layers == it.after.layers),
    (r".* is one more name for the same image\.", lambda it: it.grown == 0 and not it.fresh_ids),
    (r"The name .* is removed\. The image still has another name\.", lambda it: it.grown == 0),
]


def stack() -> StackBench:
    host = Host()
    host.add(app(), "app")
    table: StackBench = bench("stack", verbs=[], host=host)
    return table


def container() -> StackBench:
    host = Host()
    host.add(app(), "app")
    host.run("app", name="web")
    table: StackBench = bench("stack", verbs=[], host=host)
    return table


def any_act(pick: random.Random, verbs: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """One verb, on things that are there and things that are not."""
    verb = BUTTONS[pick.choice(verbs)]
    given: dict[str, Any] = {}
    if "container" in verb.takes:
        given["container"] = pick.choice(CONTAINERS)
    if "image" in verb.takes:
        given["image"] = pick.choice(IMAGES)
    if "path" in verb.takes:
        given["path"] = pick.choice(PATHS)
    if "height" in verb.takes:
        given["height"] = pick.choice([None, 0, 1, 2, 7])
    return verb.key, given


INSIDE = tuple(key for key, verb in VERBS.items() if verb.inside)


def seeds(seconds: float) -> Iterator[int]:
    """Seeds that nobody chose, as long as there is time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield random.randrange(1_000_000_000)


def follow(seed: int, start: Any, length: int, verbs: tuple[str, ...]) -> None:
    pick, watch = random.Random(seed), Watch(start())
    done = []
    for _ in range(length):
        verb, given = any_act(pick, verbs)
        done.append((verb, given))
        try:
            watch.act(verb, **given)
        except BaseException as error:
            error.add_note(f"seed {seed}: {done}")
            raise


@pytest.mark.parametrize(
    ("start", "verbs"),
    [(stack, tuple(VERBS)), (container, INSIDE), (container, tuple(VERBS))],
    ids=["stack", "files", "all"],
)
@pytest.mark.parametrize("length", [3, 30])
def test_no_bench_says_what_is_false(start: Any, verbs: tuple[str, ...], length: int) -> None:
    tried = 0
    for seed in seeds(SECONDS if length > 3 else SECONDS / 2):
        follow(seed, start, length, verbs)
        tried += 1
    assert tried


def every_sequence(length: int, most: int = 1_000_000) -> None:
    """Each sequence of so many verbs, or some of them, each verb on the usual container, image and file."""
    sequences = list(product(VERBS, repeat=length))
    for verbs in random.sample(sequences, min(most, len(sequences))):
        watch = Watch(container())
        for verb in verbs:
            path = {}
            if "path" in VERBS[verb].takes:
                path["path"] = "srv/d/" if VERBS[verb].path == SITE else "srv/data"
            try:
                watch.act(verb, **path)
            except BaseException as error:
                error.add_note(str(verbs))
                raise


def test_no_two_verbs_make_a_bench_say_what_is_false() -> None:
    every_sequence(2, most=150)  # of 484; make prove tries 2,000 of three


def test_the_sharing_bench_counts_what_its_host_holds() -> None:
    """Any choices, and the sentence that they give, held against a host that the transcript makes."""
    for seed in seeds(SECONDS / 3):
        pick, table = random.Random(seed), bench("sharing")
        for _ in range(4):
            act = pick.choice(["run", "rewrite", "write", "pick"])
            given: dict[str, list[Any]] = {
                "run": [pick.choice([0, 1, 2, 12, 1_001])],
                "rewrite": [pick.choice([*table.files, "no such file"])],
                "write": [pick.choice([0, 1, 5_000])],
                "pick": pick.sample(table.names, 2),
            }
            was, lines = books(table), len(table.transcript)
            getattr(table, act)(*given[act])
            if table.now.refused:
                assert (was, lines) == (books(table), len(table.transcript)), seed
            names: dict[str, Any] = {}
            exec(table.python, names)
            assert books(table) == books_of(names["host"]), seed
            saved_and_copied(table)


def books(table: Any) -> dict[str, int]:
    return {name: row.size_rw for name, row in table.usage.containers.items()} | {"": table.usage.total}


def books_of(host: Host) -> dict[str, int]:
    return {name: each.size_rw for name, each in host.containers.items()} | {"": host.usage().total}


def saved_and_copied(table: Any) -> None:
    """What sharing saves and what copies cost, as the sentence says, counted on a host."""
    found = re.match(
        r"Against ([\d,]+) copies of shop sharing saves ([\d.]+ \w?B)(?:; files copied up cost ([\d.]+ \w?B))?",
        table.scene.sentence,
    )
    if found is None:
        return
    host, count, new = table.host, len(table.host.containers), table.now.new
    assert found[1] == f"{count:,}"
    assert found[2] == size(host.images["shop"].size * (count - 1))
    copied = sum(each.size_rw - new for each in host.containers.values())
    assert (found[3] or "0 B") == size(copied)


def test_the_path_finder_ends_where_the_files_are() -> None:
    """Each look-up is taken to its end; what is found is what the merged view has at the path."""
    finder = bench("path", app())
    view = app().view()
    for path in [*view, "srv/gone", "srv/data/x", *finder.paths]:
        finder.choose(f"/{path}")
        finder.to_end()
        asked = sum(len(trace.asked) for trace in finder.now.traces)
        last = finder.now.traces[-1]
        assert (last.path in view) == (last.outcome == "found"), path
        assert f"asked {len(last.asked)} of {len(app().layers)} layers" == finder.scene.balance
        assert finder.now.seen == asked


def test_every_what_if_shows_the_same_files_for_the_bytes_that_it_names() -> None:
    table = bench("xray")
    shown = {path: entry._replace(inode=0, nlink=0) for path, entry in table.image.view().items()}
    for place in range(len(table.changes)):
        table.what_if(place)
        made = table.changed(place)
        assert shown == {path: entry._replace(inode=0, nlink=0) for path, entry in made.view().items()}
        assert f"is {size(table.image.size - made.size)} smaller" in table.sentence
        assert "&&" not in str(table) or "RUN " in str(table)
