"""Builders: in what Docker's classic builder, BuildKit and Podman differ, as data.

One engine (`build`) does the work for the three. What each row says was measured: Docker 20.10 with the BuildKit in it,
Podman 4.3. The words of the parts of a key are also those in which a build says why a step ran again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

# The three sorts of instruction that can be a step of every builder; all others change metadata alone.
STEPS: Mapping[str, str] = {"RUN": "run", "COPY": "copy", "ADD": "copy", "WORKDIR": "workdir"}


@dataclass(frozen=True)
class Builder:
    """One builder's rules.

    The key of a step is what is below it and the parts that `keys` names for its sort ("run", "copy", "workdir",
    "metadata"; no parts: not a step). `below` says what of the base image is in the key of the first step; with
    "image" each later step has the id of the image below it, else all steps below.

    >>> BUILDERS["buildkit"].keys["run"]
    ('command', 'environment', 'user', 'folder')
    """

    name: str
    below: Literal["image", "layers", "history"]
    keys: Mapping[str, tuple[str, ...]]
    names: bool
    """The name of a copied file in the context is in the key, also where it gets another."""
    top_mode: bool
    """The mode of a copied folder itself is in the key, although the image never gets it."""
    host_owner: bool
    """Who owns a file on the host is in the key, although the image never gets it."""
    adopts: Literal["image", "layer"]
    """What a hit takes: the image of that time with all its metadata, or the layer alone."""
    cache: Literal["images", "own"]
    """Where the cache is: in the host's images, so that it goes with them, or beside them."""
    sends: Literal["all", "changed", "nothing"]
    """What goes to the builder of the context: all of it, or what COPY names and has another size, time or mode."""
    skips_unused: bool
    """A stage that the last one does not need is not built."""
    shows_unused: bool
    """The FROM of such a stage is still told of."""
    shares_steps: bool
    """A step that an earlier stage has too is done once."""
    empty_layers: bool
    """A RUN that changes nothing makes a layer, an empty one."""
    workdir: Literal["layer", "new", "later"]
    """WORKDIR makes a layer always, where the folder is new, or never: the next RUN or COPY makes the folder."""
    starts_for_metadata: bool
    """A line that changes metadata makes a container too, and so the folder of WORKDIR where a RUN removed it."""
    workdir_owner: bool
    """The folder of WORKDIR belongs to USER."""
    repeats_folder: bool
    """A folder that is copied onto one that is there is in the layer once more."""
    volumes: bool
    """What RUN writes into a VOLUME is thrown away. If not, VOLUME does nothing during the build."""
    chmod: bool
    """COPY --chmod is known."""
    checks: bool
    """A port that is none, a variable without a name and a stage whose name is a number are refused."""
    folder_slash: bool
    """What several files are copied to must end in a slash."""
    adds_ignored: bool
    """A Dockerfile outside the context gets a random name, and .dockerignore a line with it."""
    tells_onbuild: bool
    """The history has a line for ONBUILD."""
    points: tuple[tuple[str, bool], ...] = ()
    """Files that a RUN needs as mount points; if one is missing, its folder changes, and with True the file stays."""


BUILDERS: Mapping[str, Builder] = {
    "classic": Builder(
        name="classic",
        below="image",
        keys={
            "metadata": ("line",),
            "workdir": ("line",),
            "run": ("arguments", "command"),
            "copy": ("line", "files"),
        },
        names=True,
        top_mode=True,
        host_owner=False,
        adopts="image",
        cache="images",
        sends="all",
        skips_unused=False,
        shows_unused=True,
        shares_steps=False,
        empty_layers=False,
        workdir="new",
        starts_for_metadata=True,
        workdir_owner=False,
        repeats_folder=True,
        volumes=True,
        chmod=False,
        checks=True,
        folder_slash=True,
        adds_ignored=True,
        tells_onbuild=True,
    ),
    "buildkit": Builder(
        name="buildkit",
        below="layers",
        keys={
            "metadata": (),
            "workdir": ("folder", "owner"),
            "run": ("command", "environment", "user", "folder"),
            "copy": ("sources", "destination", "owner", "mode", "files"),
        },
        names=True,
        top_mode=False,
        host_owner=False,
        adopts="layer",
        cache="own",
        sends="changed",
        skips_unused=True,
        shows_unused=True,
        shares_steps=True,
        empty_layers=True,
        workdir="layer",
        starts_for_metadata=False,
        workdir_owner=True,
        repeats_folder=False,
        volumes=False,
        chmod=True,
        checks=True,
        folder_slash=False,
        adds_ignored=False,
        tells_onbuild=False,
        points=(("etc/hosts", False), ("etc/resolv.conf", False)),
    ),
    "podman": Builder(
        name="podman",
        below="history",
        keys={
            "metadata": ("line",),
            "workdir": ("line",),
            "run": ("arguments", "line"),
            "copy": ("line", "files"),
        },
        names=False,
        top_mode=False,
        host_owner=True,
        adopts="image",
        cache="images",
        sends="nothing",
        skips_unused=True,
        shows_unused=False,
        shares_steps=False,
        empty_layers=True,
        workdir="later",
        starts_for_metadata=False,
        workdir_owner=True,
        repeats_folder=False,
        volumes=True,
        chmod=True,
        checks=False,
        folder_slash=False,
        adds_ignored=False,
        tells_onbuild=True,
        points=(("etc/hostname", True), ("run/.containerenv", False)),
    ),
}
