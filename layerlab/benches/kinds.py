"""Kinds of benches: the table of them all, each something to act on and its picture after every step."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, overload

from layerlab.benches.build_bench import BuildBench
from layerlab.benches.container_bench import ContainerBench
from layerlab.benches.disks_bench import DisksBench
from layerlab.benches.path_finder import PathFinder
from layerlab.benches.process_bench import ProcessBench
from layerlab.benches.registry_bench import RegistryBench
from layerlab.benches.sharing_bench import SharingBench
from layerlab.benches.stack_bench import StackBench
from layerlab.benches.xray_bench import XRay

KINDS: Mapping[str, Callable[..., Any]] = {
    "stack": StackBench,
    "container": ContainerBench,
    "path": PathFinder,
    "sharing": SharingBench,
    "xray": XRay,
    "disks": DisksBench,
    "processes": ProcessBench,
    "registry": RegistryBench,
    "build": BuildBench,
}


# Each kind's own class, so that an editor offers a bench's verbs; the last one is for a kind found while running.
@overload
def bench(kind: Literal["stack"] = "stack", *given: Any, **options: Any) -> StackBench: ...
@overload
def bench(kind: Literal["container"], *given: Any, **options: Any) -> ContainerBench: ...
@overload
def bench(kind: Literal["path"], *given: Any, **options: Any) -> PathFinder: ...
@overload
def bench(kind: Literal["sharing"], *given: Any, **options: Any) -> SharingBench: ...
@overload
def bench(kind: Literal["xray"], *given: Any, **options: Any) -> XRay: ...
@overload
def bench(kind: Literal["disks"], *given: Any, **options: Any) -> DisksBench: ...
@overload
def bench(kind: Literal["processes"], *given: Any, **options: Any) -> ProcessBench: ...
@overload
def bench(kind: Literal["registry"], *given: Any, **options: Any) -> RegistryBench: ...
@overload
def bench(kind: Literal["build"], *given: Any, **options: Any) -> BuildBench: ...
@overload
def bench(kind: str, *given: Any, **options: Any) -> Any: ...
def bench(kind: str = "stack", *given: Any, **options: Any) -> Any:
    """Return a bench of a kind; the rest goes to that kind. End a cell with it to see it.

    An unknown kind raises ValueError.

    >>> table = bench("stack", verbs=["run", "append"])
    >>> table.do("run")
    >>> table.now.sentence, table.now.balance
    ('web costs 0 B until it writes.', '319 MB in layers + 0 B in thin layers = 319 MB')
    """
    if kind not in tuple(KINDS):  # a dictionary cannot look for a list
        raise ValueError(f"no bench is called {kind!r}: take one of {', '.join(KINDS)}")
    return KINDS[kind](*given, **options)
