"""Facts: what a level's goal checks. One reading gives the value to compare and the words to show.

The goal's picture, the sentence about what still differs and the check all come from this one reading, so they cannot
say different things.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from layerlab.benches.verbs import in_quotes
from layerlab.course.levels.bench_facts import BENCH_FACTS
from layerlab.course.levels.host_facts import HOST_FACTS
from layerlab.course.levels.reading import About, FactKind, LevelError, Reading, same_value, told_apart
from layerlab.model.host import Host
from layerlab.picture.observe import moment
from layerlab.words.printable import printable

FACT_KINDS: Mapping[str, FactKind] = {**HOST_FACTS, **BENCH_FACTS}
"""All kinds of facts, by their names."""


class Fact(NamedTuple):
    """One thing that can be read from a host or a bench: what kind of fact, of which container or image and path.

    >>> fact = Fact("thin", "web")
    >>> fact, fact.sentence(fact.read(shop()))
    (Fact("thin", "web"), 'There is no container web.')
    """

    kind: str
    of: str = ""
    path: str = ""

    @property
    def about(self) -> About:
        """What it is of, such as the host or a container; an unknown kind raises LevelError."""
        return _kind(self).about

    @property
    def label(self) -> str:
        """What it is of its container, image or host, in a word or two."""
        return _kind(self).label.format(name=printable(self.path.rpartition("/")[2]))

    def read(self, place: Any) -> Reading | None:
        """Return what it is on a host, or on a bench; None if its container, its image or its build is not there."""
        kind = _kind(self)
        if self.kind in HOST_FACTS and not isinstance(place, Host):
            place = place.host
        return kind.read(place, self.of, self.path)

    @property
    def thing(self) -> str:
        """What it is of, with its name."""
        return f"{self.about} {self.of}".rstrip()

    def sentence(self, found: Reading | None) -> str:
        """Return a reading as a sentence."""
        return f"There is no {self.thing}." if found is None else f"{self._lead} {found.words}."

    def difference(self, now: Reading | None, goal: Reading | None) -> str:
        """Return in words how a reading differs from the goal's, "" where the values are equal.

        >>> Fact("thin", "job").difference(Reading(5, "5 B", "5 B"), Reading(0, "0 B", "0 B"))
        "job's thin layer contains 5 B; the goal says 0 B."
        """
        if same_value(now, goal):
            return ""
        if now is None:
            return self.sentence(now)
        if goal is None:
            return f"{self._lead} {now.words}; in the goal there is no {self.thing}."
        ours, theirs = told_apart(now, goal)
        return f"{self._lead} {ours}; the goal says {theirs}."

    @property
    def _lead(self) -> str:
        return _kind(self).lead.format(of=self.of, path=printable(self.path))

    def __repr__(self) -> str:
        # The form in which levels are written.
        words = [self.kind, self.of, self.path]
        while words[1:] and not words[-1]:
            words.pop()
        quoted = [f'"{in_quotes(word)}"' for word in words]
        return f"Fact({', '.join(quoted)})"


def _kind(fact: Fact) -> FactKind:
    if fact.kind not in FACT_KINDS:
        raise LevelError(f"no kind of fact is called {fact.kind!r}: take one of {', '.join(FACT_KINDS)}")
    return FACT_KINDS[fact.kind]


def facts_of(host: Host) -> tuple[Fact, ...]:
    """Return the facts of a host that a goal can check: of the host, of each container and of each image.

    >>> facts_of(shop())[:3]
    (Fact("containers"), Fact("images"), Fact("layers"))
    """
    return tuple(dict.fromkeys(_all_of(host)))


def _all_of(host: Host) -> Iterator[Fact]:
    yield from map(Fact, ("containers", "images", "layers", "bytes"))
    written = {card.name: [item.path.rstrip("/") for item in card.written] for card in moment(host).containers}
    for name in host.containers:
        yield from (Fact(kind, name) for kind in ("state", "runs on", "thin"))
        yield from (Fact("file", name, path) for path in _first(written[name]))
    for name, image in host.images.items():
        yield from (Fact(kind, name) for kind in ("image", "size", "depth"))
        top = image.layers[-1].entries.items() if image.layers else ()
        files = [path for path, entry in top if entry.kind == "file"]
        changed = [path for paths in written.values() for path in paths]
        yield from (Fact("shows", name, path) for path in _first([*changed, *files]))
        yield from (Fact("kept", name, path) for path in _first(changed))


def _first(paths: Iterable[str], most: int = 3) -> list[str]:
    # A list of facts has to be read to the end, so it has a few paths of each thing.
    return list(dict.fromkeys(paths))[:most]
