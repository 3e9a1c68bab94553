"""Bench facts: the kinds of facts that are read from a bench that has more than a host.

A build bench has builds, a registry bench a build machine, a registry and a server, a process bench the processes of
its containers, and a disks bench a disk for each storage driver.
"""

from collections.abc import Mapping

from layerlab.benches.build_bench import BuildBench
from layerlab.benches.disk_changes import CHANGES
from layerlab.benches.disks_bench import DisksBench
from layerlab.benches.example import CATALOG
from layerlab.benches.process_bench import PROGRAMS, ProcessBench
from layerlab.benches.registry_bench import RegistryBench
from layerlab.course.levels.reading import FactKind, Reading, in_bytes, number, said
from layerlab.drivers.page_cache import PageCache
from layerlab.namespaces.process import ContainerProcesses
from layerlab.words.digests import short_digest


def _ran(bench: BuildBench, *_: str) -> Reading | None:
    if not bench.now.tries:
        return None
    return number(sum(row.state == "run" for _, row in bench.now.tries[-1].rows), "step")


def _why(bench: BuildBench, *_: str) -> Reading | None:
    if not bench.now.tries:
        return None
    reasons = [row.why for _, row in bench.now.tries[-1].rows if row.state == "run"]
    return said(reasons[0] if reasons else "nothing, as none ran")


def _tag(bench: RegistryBench, _: str, path: str) -> Reading:
    places = bench.places
    if path not in places.tags:
        return said("not there")
    image = places.registry.image(path)
    same = [name for name, each in places.build.images.items() if each == image]
    digits = short_digest(image.id)
    # The digits are those that the picture has beside each name.
    return Reading(image.id, f"the {same[0]} of the build machine" if same else f"an older image, {digits}", digits)


def _sent(bench: RegistryBench, *_: str) -> Reading:
    return in_bytes(bench.places.up)


def _fetched(bench: RegistryBench, *_: str) -> Reading:
    return in_bytes(bench.places.down)


def _machine(bench: RegistryBench, *_: str) -> Reading:
    return said("a new one" if ("forget",) in bench.acts else "the first one")


def _on_server(bench: RegistryBench, *_: str) -> Reading:
    host = bench.places.server
    return number(len({image.id for image in (*host.images.values(), *host.untagged)}))


def _code(bench: ProcessBench, of: str, _: str) -> Reading:
    code = bench.live.trees[of].code
    return said("not there yet" if code is None else str(code))


def _took(bench: ProcessBench, of: str, _: str) -> Reading:
    waited = bench.live.trees[of].waited
    return said("not there yet" if waited is None else f"{waited:g} s")


def _program(bench: ProcessBench, of: str, _: str) -> Reading:
    text = bench.live.trees[of].text
    # Its words in the list are shorter than its text, and say more.
    words = next((name for name, each in PROGRAMS.items() if each == text), text)
    return Reading(text, words, text)


def _zombies(bench: ProcessBench, of: str, _: str) -> Reading:
    return number(bench.live.trees[of].zombies)


def _running(bench: ProcessBench, of: str, path: str) -> Reading:
    rows = bench.live.trees[of].table
    return number(sum(row.command == path and row.state != "Z" for row in rows))


def _ended(bench: ProcessBench, of: str, path: str) -> Reading:
    return number(_ends(bench.live.trees[of], path))


def _ends(tree: ContainerProcesses, command: str) -> int:
    return sum(f"({command}) ends" in line for line in tree.story)


def _each(bench: DisksBench, *_: str) -> Reading:
    return said(CHANGES[bench.now.change].did)


def _many(bench: DisksBench, *_: str) -> Reading:
    return number(bench.now.containers)


def _stored(bench: DisksBench, *_: str) -> Reading:
    return in_bytes(bench.row.containers)


def _pages(bench: DisksBench, *_: str) -> Reading:
    host, now = bench.host, bench.now
    if now.containers < 2:
        return said("not shared")
    cache = PageCache(host, now.driver)
    for name in ("web-1", "web-2"):
        if CATALOG in host.containers[name].view():
            cache.read(name, CATALOG)
    return said("shared" if cache.shared("web-1", "web-2", CATALOG) else "not shared")


BENCH_FACTS: Mapping[str, FactKind] = {
    "ran": FactKind("build", "ran", "The last build ran", _ran),
    "why": FactKind("build", "first step ran for", "The reason for the first step that ran is", _why),
    "tag": FactKind("registry", "{name}", "In the registry, {path} is", _tag),
    "sent": FactKind(
        "registry",
        "bytes sent to it",
        "The bytes sent to the registry are",
        _sent,
    ),
    "machine": FactKind("build machine", "is", "The build machine is", _machine),
    "fetched": FactKind(
        "server",
        "bytes fetched",
        "The bytes that the server fetched are",
        _fetched,
    ),
    "on server": FactKind("server", "images", "The number of images on the server is", _on_server),
    "code": FactKind("container", "exit code", "The exit code of {of} is", _code),
    "took": FactKind("container", "docker stop took", "The time that docker stop of {of} took is", _took),
    "program": FactKind("container", "program", "The program of {of} is", _program),
    "zombies": FactKind("container", "zombies", "The number of zombies in {of} is", _zombies),
    "running": FactKind("container", "running {name}", "The number of running {path} in {of} is", _running),
    "ended": FactKind("container", "ended {name}", "The number of {path} in {of} that have ended is", _ended),
    "many": FactKind("containers", "how many", "The number of containers is", _many),
    "each": FactKind("containers", "each", "Each container", _each),
    "pages": FactKind("containers", "memory pages of catalog.db", "In memory, the pages of catalog.db are", _pages),
    "stored": FactKind(
        "disk",
        "bytes of all containers",
        "The containers take on the disk",
        _stored,
    ),
}
"""The kinds of facts of a bench that has more than a host, by their names."""
