"""Build line: one line of a stage as it is built: the parts of its key, what it does, and the image after it."""

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from layerlab.builds.builders import STEPS, Builder
from layerlab.builds.built_lines import Scope, line_of, words_as_list
from layerlab.builds.copying import Copying, kind_at, make_folders
from layerlab.builds.dockerfile import Instruction, expanded, words_of
from layerlab.builds.file_commands import BuildProgram, CommandShell, owner_of
from layerlab.builds.metadata import configured
from layerlab.model.build_cache import key_of
from layerlab.model.container import Container
from layerlab.model.entry import Entry
from layerlab.model.image import Image, Step
from layerlab.model.inode import FileSystem
from layerlab.model.layer import Layer
from layerlab.model.mounts import MountedAt, Volume, place_of


@dataclass
class BuiltStage:
    """A stage while it is built: its image so far, its key, and what lines after this one see.

    `keys` are those of all its steps.
    """

    image: Image
    key: str
    scope: Scope
    keys: list[str] = field(default_factory=list)
    waiting: tuple[str, tuple[int, int]] | None = None
    """The folder of the last WORKDIR, which the next RUN or COPY makes, with its owner."""
    ran: int = 0
    """The last line that ran, 0 where none has: what is on top of it has no key that is known."""


class BuildLine:
    """One line of a stage: `tree` has the files that it may copy, `programs` what RUN may call besides commands."""

    def __init__(
        self,
        each: Instruction,
        stage: BuiltStage,
        rules: Builder,
        tree: Mapping[str, Entry],
        programs: Mapping[str, BuildProgram],
        uptime: int = 0,
        hashed: Mapping[str, int] | None = None,
    ) -> None:
        self.each, self.stage, self.rules = each, stage, rules
        self.sort = STEPS.get(each.keyword, "metadata")
        self._scope, self._image = stage.scope, stage.image
        self._values = stage.scope.values(stage.image)
        self._workdir = str(stage.image.config.get("WorkingDir") or "/")
        self._user = str(stage.image.config.get("User") or "")
        self._programs, self._uptime = programs, uptime
        self.copying = self._copying(tree, hashed or {}) if self.sort == "copy" else None

    def _copying(self, tree: Mapping[str, Entry], hashed: Mapping[str, int]) -> Copying:
        chown = expanded(self.each.flags.get("chown", ""), self._values, self._scope.escape)
        words = words_as_list(self.each, self._values, self._scope.escape)
        return Copying.read(self.each, self.rules, words, tree, self._workdir, chown, hashed)

    # The key.

    @property
    def wanted(self) -> tuple[str, ...]:
        """The parts that this builder's key of such a line has; none: it is no step."""
        # A WORKDIR of / has nothing to make.
        nothing = self.sort == "workdir" and self.rules.workdir == "layer" and self.folder == "/"
        return () if nothing else self.rules.keys[self.sort]

    @cached_property
    def parts(self) -> dict[str, object]:
        """The parts of the key by name."""
        return {name: _PARTS[name](self) for name in self.wanted}

    @property
    def folder(self) -> str:
        """Where RUN starts, and what WORKDIR leads to."""
        if self.sort != "workdir":
            return self._workdir
        return self._scope.workdir(self._image, expanded(self.each.text, self._values, self._scope.escape))

    @property
    def _arguments(self) -> dict[str, str]:
        return self._scope.arguments(self._image)

    @property
    def _environment(self) -> dict[str, str]:
        return {**self._scope.env(self._image), **self._arguments}

    @property
    def _owner(self) -> str:
        return self.copying.chown if self.copying is not None else self._user

    @property
    def _line(self) -> str:
        return line_of(self.rules.name, self.each, self._scope, self._image, self._goal)

    @property
    def _goal(self) -> str:
        """What the history of a COPY ends with; the hash of the files stands before it, and is a part of its own."""
        if self.copying is None:
            return ""
        if self.rules.name != "classic":
            written = list(self.each.words) if self.each.words else words_of(self.each.text, self._scope.escape)
            return f"in {written[-1]} "
        return f"{f'--chown={self.copying.chown} ' if self.copying.chown else ''}in {self.copying.goal} "

    # What it does.

    def act(self) -> Layer | None:
        """Do what the line says, and return the layer that comes of it, None for none."""
        box = self._container()
        if self.sort == "metadata":
            return self._start_nothing(box) if self.rules.starts_for_metadata else None
        if self.sort == "workdir":
            return self._make_folder(box)
        if self.stage.waiting:
            make_folders(box, *self.stage.waiting)
        if self.sort == "run" or self.rules.workdir == "later":
            # Also where an earlier step removed it: the runtime makes the folder that a process starts in.
            make_folders(box, self._workdir, self._folder_owner(box))
        self.stage.waiting = None
        if self.copying is not None:
            self.copying.put(box)
        else:
            self._run(box)
        layer = box.layer
        return layer if layer.entries or self.sort == "copy" or self.rules.empty_layers else None

    def _container(self) -> Container:
        # What a RUN makes is newer than all that was there, so that `touch` changes something. What a COPY makes does
        # not depend on what is below, because a builder makes the same layer of it on every base.
        runs = self.sort == "run"
        time = self._image.newest + 1 if runs else 0
        places = (self._image.config.get("Volumes") or {}) if runs and self.rules.volumes else {}
        mounts = [
            MountedAt(place_of(place), Volume(f"v{number}", FileSystem(number), lambda: time, anonymous=True))
            for number, place in enumerate(sorted(places), start=1)
        ]
        return Container(self._image, "build", lambda: time, mounts)

    def _start_nothing(self, box: Container) -> Layer | None:
        """Make the folder that a process would start in, where an earlier step removed it; None where it is there."""
        make_folders(box, self._workdir, (0, 0))
        layer = box.layer
        return layer if layer.entries else None

    def _folder_owner(self, box: Container) -> tuple[int, int]:
        return owner_of(self._user, box) if self._user and self.rules.workdir_owner else (0, 0)

    def _make_folder(self, box: Container) -> Layer | None:
        owner = self._folder_owner(box)
        if self.rules.workdir == "later":
            self.stage.waiting = (self.folder, owner)
            return None
        make_folders(box, self.folder, owner)
        layer = box.layer
        return layer if layer.entries or self.rules.workdir == "layer" else None

    def _run(self, box: Container) -> None:
        for path, stays in self.rules.points:
            _mount_point(box, path, stays=stays)
        owner = owner_of(self._user, box) if self._user else (0, 0)
        env = {**self._arguments, **self._scope.env(self._image)}
        shell = CommandShell(box, env, self._workdir, owner, self._programs, self._uptime)
        shell.call(self._scope.argv(self.each, self._image))

    # The image after it.

    def changed(self, layer: Layer | None) -> Image:
        """Return the stage's image with the metadata, the history and the layer of this line."""
        config = configured(self.each, self._image, self._scope)
        if self.each.keyword == "ONBUILD" and not self.rules.tells_onbuild:
            return self._image.with_settings(config=config)
        files = ""
        if self.copying is not None:
            table = self.copying.files
            sort = "dir" if len(table) != 1 else "file"
            files = f"{'multi' if len(self.copying.sources) > 1 else sort}:{key_of('', table)} {self._goal}"
        text = line_of(self.rules.name, self.each, self._scope, self._image, files, self._arguments)
        author = {"author": self.each.text} if self.each.keyword == "MAINTAINER" else {}
        return self._image.stepped(Step(text, empty_layer=layer is None), layer, config, **author)


_PARTS: Mapping[str, Callable[[BuildLine], object]] = {
    "arguments": lambda line: line._arguments,
    "command": lambda line: line._scope.argv(line.each, line._image),
    "destination": lambda line: line.copying and line.copying.goal,
    "environment": lambda line: line._environment,
    "files": lambda line: line.copying and line.copying.files,
    "folder": lambda line: line.folder,
    "line": lambda line: line._line,
    "mode": lambda line: line.copying and line.copying.chmod,
    "owner": lambda line: line._owner,
    "sources": lambda line: line.copying and line.copying.names,
    "user": lambda line: line._user,
}


def _mount_point(box: Container, path: str, *, stays: bool) -> None:
    """Leave what the runtime leaves of a file that it mounts something on: its folder changes where it is missing."""
    if kind_at(box, path):
        return
    folder = posixpath.dirname(path)
    if kind_at(box, folder):
        box.utime(folder)
    else:
        make_folders(box, folder, (0, 0))
    if stays:
        box.write(path, b"")
