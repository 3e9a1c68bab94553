"""Shortest: every shortest way to a level's goal, found by trying all that can be pressed, breadth first."""

from collections.abc import Callable, Hashable, Iterator
from itertools import product
from typing import Any, NamedTuple

from layerlab.benches.stack_bench import copied
from layerlab.benches.verbs import SPOKEN, VERBS, Act, Target, run
from layerlab.course.levels.bench_level import LEVEL_BENCHES, OtherLevelBench
from layerlab.course.levels.level import AnyLevel, BenchLevel, Level
from layerlab.model.container import Container
from layerlab.model.host import Host
from layerlab.words.digests import short_digest

Way = tuple[Any, ...]
# A level is a few acts long. A longer search would take minutes.
MOST_ACTS, MOST_STATES = 6, 10_000


class Search(NamedTuple):
    """How to search: the first state, what is solved, what can be done in a state, and what tells states apart."""

    first: Any
    solved: Callable[[Any], bool]
    steps: Callable[[Any], Iterator[tuple[Any, Any]]]
    alike: Callable[[Any], Hashable]


def shortest(level: AnyLevel, most: int = MOST_ACTS, states: int = MOST_STATES) -> list[Way]:
    """Return all ways of the least number of acts that solve a level.

    There are none if `most` acts are too few, or if more than `states` different states would have to be looked at. On
    a host, each verb of the level is tried on each container, image, layer and path that its lists offer; on another
    bench, each act that it offers.

    >>> from layerlab.course.levels.facts import Fact
    >>> shortest(Level("", "", (), (Fact("containers"),), ("run",)))
    [()]
    """
    search = _on_bench(level) if isinstance(level, BenchLevel) else _on_host(level)
    reached: dict[Hashable, tuple[Any, list[Way]]] = {search.alike(search.first): (search.first, [()])}
    seen = set(reached)
    for _ in range(most + 1):
        if found := [way for state, ways in reached.values() if search.solved(state) for way in ways]:
            return found
        after: dict[Hashable, tuple[Any, list[Way]]] = {}
        for state, ways in reached.values():
            for step, then in search.steps(state):
                if (key := search.alike(then)) not in seen:
                    _, known = after.setdefault(key, (then, []))
                    known += [(*way, step) for way in ways]
            if len(seen) + len(after) > states:
                return []
        reached, seen = after, seen | after.keys()
    return []


def _on_host(level: AnyLevel) -> Search:
    assert isinstance(level, Level)
    return Search(level.first, level.solved, lambda host: steps(host, level), alike)


def _on_bench(level: BenchLevel) -> Search:
    """Return a search whose states are a bench's acts with its moments; one bench is put into each of them."""
    table = LEVEL_BENCHES[level.bench](level)

    def put(state: tuple[Way, Way]) -> OtherLevelBench:
        acts, table.moments = state
        table.go(acts, ())
        return table

    def offered(state: tuple[Way, Way]) -> Iterator[tuple[Any, tuple[Way, Way]]]:
        for act in list(put(state).offered()):
            put(state).act(act)
            if not table.refusing:
                yield act, (table.acts, table.moments)

    first = table.acts, table.moments
    return Search(first, lambda each: level.solved(put(each)), offered, lambda each: put(each).alike)


def steps(host: Host, level: Level) -> Iterator[tuple[str, Host]]:
    """Yield each act that a level's bench does on a host, as a docker line, with the host after it."""
    for act in acts(host, level):
        then = copied(host)
        try:
            whole = VERBS[act.verb].complete(then, act)
            it = f'host.containers["{whole.container}"]'
            line = VERBS[act.verb].written(whole._replace(it=it))
            run(line.python, {**SPOKEN, "host": then})
        # What is refused leads nowhere.
        except (ValueError, OSError):
            continue
        yield line.docker, then


def acts(host: Host, level: Level) -> Iterator[Act]:
    """Yield each act that can be asked of a level's bench, those that are refused too."""
    images = [*host.images, *(short_digest(image.id) for image in host.untagged)]
    for key in level.verbs:
        verb = VERBS[key]

        def of(target: Target, options: list[str], takes: tuple[Target, ...] = verb.takes) -> list[str]:
            return options if target in takes else [""]

        paths = list(level.paths) or [verb.path]
        asked = product(of("container", list(host.containers)), of("image", images), of("path", paths))
        for container, image, path in asked:
            top = len(host.image(image).layers) - 1 if "height" in verb.takes else 1
            for height in range(top):
                yield Act(key, container, image, height, path)


def alike(host: Host) -> Hashable:
    """Return what two hosts have in common if nobody can tell them apart by images, containers, files and modes.

    >>> from layerlab import shop
    >>> alike(shop()) == alike(shop()), alike(shop()) == alike(shop("blog"))
    (True, False)
    """
    names = frozenset((name, image.id) for name, image in host.images.items())
    nameless = frozenset(image.id for image in host.untagged)
    boxes = frozenset((name, each.image.id, each.state, _written(each)) for name, each in host.containers.items())
    return names, nameless, boxes


def _written(container: Container) -> Hashable:
    entries = container.layer.entries.items()
    return frozenset((path, each.kind, each.mode, each.size, each.target) for path, each in entries)
