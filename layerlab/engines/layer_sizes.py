"""Layer sizes: which layer has which size, found out from the lines that an engine prints.

The API tells a size for each line of history and the DiffIDs of the layers. It does not tell which lines made a layer.
A line that only set metadata has 0 bytes, but a line whose layer only deletes files has 0 bytes too.
"""

from collections.abc import Sequence
from typing import NamedTuple

from layerlab.model.history import NO_RUN, SHELL

# The DiffIDs of layers that contain nothing, as several builders write them.
EMPTY = (
    "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef",  # 1,024 zero bytes: an empty tar
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",  # no bytes at all
    "sha256:076a27c79e5ace2a3d47f9dd2e83e4ff6ea8872b3c2218f66c92b89b55f36560",  # 512 zero bytes
)
# These instructions never make a layer. WORKDIR is not among them, because it may make a directory.
METADATA = (
    "ARG", "CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL", "STOPSIGNAL",
    "USER", "VOLUME",
)  # fmt: skip
# The classic builder marks a line of metadata with #(nop).
NOP = f"{SHELL}{NO_RUN}".rstrip()


class HistoryLine(NamedTuple):
    """One line of `docker history`: what made it, and how many bytes the engine counts for it.

    >>> HistoryLine("COPY site/ /", 25_000_000).size
    25000000
    """

    created_by: str
    size: int


def layer_sizes(diff_ids: Sequence[str], lines: Sequence[HistoryLine]) -> list[int] | None:
    """Return each layer's bytes, the oldest first; None if the lines, oldest first too, do not tell.

    >>> lines = HistoryLine("ADD /", 30), HistoryLine("ENV A=1", 0), HistoryLine("RUN rm x", 0)
    >>> layer_sizes(["sha256:01", "sha256:02"], lines)
    [30, 0]
    """
    some = [line.size for line in lines if line.size]
    full = [number for number, diff_id in enumerate(diff_ids) if diff_id not in EMPTY]
    if len(lines) == len(diff_ids):
        return [line.size for line in lines]
    # If as many lines have bytes as layers are not empty, the first such line made the first such layer, and so on.
    if len(some) == len(full):
        sizes = dict(zip(full, some, strict=True))
        return [sizes.get(number, 0) for number in range(len(diff_ids))]
    return _between(some, _gaps(lines), len(diff_ids) - len(some))


def _gaps(lines: Sequence[HistoryLine]) -> list[int]:
    """Return how many lines of 0 bytes may be layers: before each line of more bytes, and after the last one."""
    gaps = [0]
    for line in lines:
        if line.size:
            gaps.append(0)
        elif (line.created_by.removeprefix(NOP).split() or [""])[0] not in METADATA:
            gaps[-1] += 1
    return gaps


def _between(some: list[int], gaps: list[int], wanted: int) -> list[int] | None:
    """Put `wanted` layers of 0 bytes between the layers of `some`; None if there is more than one way."""
    if sum(gaps) != wanted:
        if wanted < 0 or wanted > sum(gaps) or (wanted and sum(map(bool, gaps)) > 1):
            return None
        gaps = [min(gap, wanted) for gap in gaps]
    sizes = []
    for gap, own in zip(gaps, [*some, 0], strict=True):
        sizes += [*[0] * gap, own]
    return sizes[:-1]
