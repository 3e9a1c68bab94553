"""Build: an image from a Dockerfile and a context, and for each line whether it ran, and if so why.

A step runs again if its key is not in the cache of the builder. The key is a hash of what is below the step and of the
parts that the builder looks at (`builders`). The layers are real: their bytes depend on the Dockerfile, the context and
the images alone, because all that a step makes has a fixed time. So a RUN that runs again makes the same bytes here,
where a clock would make others.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from layerlab.builds.build_context import DOCKERFILE, BuildContext
from layerlab.builds.build_line import BuildLine, BuiltStage
from layerlab.builds.builders import BUILDERS, STEPS, Builder
from layerlab.builds.built_lines import Scope, is_port
from layerlab.builds.dockerfile import Dockerfile, DockerfileError, Instruction, Stage, expanded, words_of
from layerlab.builds.file_commands import BuildProgram, CommandFailed
from layerlab.builds.why import is_of_the_same_line, why
from layerlab.model.arguments import texts
from layerlab.model.build_cache import STATES, BuildCache, Cached, Parts, key_of
from layerlab.model.entry import Entry, Spec
from layerlab.model.host import Host
from layerlab.model.image import Image, scratch
from layerlab.model.layer import Layer
from layerlab.model.layerlab_error import LayerlabError

STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")
"""What Docker takes after AS (moby, frontend/dockerfile/instructions, parseBuildStageName)."""
# Why a step ran again although the words of its line are known.
OTHER_LINES, OTHER_BASE = "other lines above it", "another base below it"

BuildState = Literal["from", "hit", "run", "no-step", "not-run"]


class BuildError(LayerlabError, ValueError):
    """A build that cannot be done, in one line that names the line of the Dockerfile; `steps` are those before it.

    >>> build("FROM scratch\\nCOPY app /app", {})
    Traceback (most recent call last):
    layerlab.builds.build.BuildError: Dockerfile line 2: COPY: app is not in the context
    """

    def __init__(self, says: str, steps: "Sequence[BuildStep]" = ()) -> None:
        super().__init__(says)
        self.steps = tuple(steps)


@dataclass(frozen=True)
class BuildStep:
    """One line of the Dockerfile and what a build did with it.

    `state` is "from", "hit" (it was taken from the cache), "run", "no-step" (it changes metadata and is no step of its
    own for this builder) or "not-run" (no stage needs it, or it was done for another stage). `layer` is the layer that
    it made or took, which may be an empty one, or None. `why` says what of its key was new. `number` is its line.

    >>> step = build("FROM scratch\\nCOPY a /a", {"a": b"1"}).steps[1]
    >>> step.state, step.words
    ('run', 'runs')
    """

    line: str
    state: BuildState
    layer: Layer | None = None
    why: str = ""
    number: int = 0

    @property
    def words(self) -> str:
        """The state in the words of a picture."""
        return STATES[self.state]

    def __repr__(self) -> str:
        return f"<{self.words}: {self.line}{f': {self.why}' if self.why else ''}>"


@dataclass(frozen=True)
class Build:
    """What a build gave: the image, a row for each line, and how many bytes of the context the builder was sent.

    >>> context = {"site/index.html": b"hello"}
    >>> made = build("FROM scratch\\nLABEL shop=1\\nCOPY site /var/www", context)
    >>> [step.state for step in made.steps], made.image.size, made.sent
    (['from', 'no-step', 'run'], 5, 5)
    """

    image: Image
    steps: tuple[BuildStep, ...]
    sent: int = 0

    def __repr__(self) -> str:
        return "\n".join(f"{step.words:16}{step.line}{f'  ({step.why})' if step.why else ''}" for step in self.steps)


def build(
    dockerfile: str,
    context: Mapping[str, Spec] | None = None,
    *,
    host: Host | None = None,
    tag: str | None = None,
    builder: str = "buildkit",
    args: Mapping[str, str] | None = None,
    no_cache: bool = False,
    programs: Mapping[str, BuildProgram] | None = None,
) -> Build:
    """Build an image as `docker build` does, with the images and the cache of `host`, and give it the name `tag`.

    `context` maps paths to bytes or entries, as `Layer.of` takes them. A file given as bytes counts as saved whenever
    its bytes change; `File(..., mtime=...)` says its time. With a file named Dockerfile in it the context holds the
    Dockerfile, else that lies outside (`--file`). `builder` is "buildkit", "classic" or "podman", `args` are arguments.
    RUN knows a few commands on files; others are handed in as `programs`: functions of the container and the words.

    >>> host = Host()
    >>> host.add(scratch.with_layer(Layer.of({"etc/motd": b"hi"})), "base")
    >>> lines = "FROM base\\nCOPY app /app\\nRUN cat /app > /copy"
    >>> first = build(lines, {"app": b"one"}, host=host)
    >>> build(lines, {"app": b"two"}, host=host)
    base            FROM base
    runs            COPY app /app  (content of app)
    runs            RUN cat /app > /copy  (line 2 above it ran again)
    """
    if builder not in BUILDERS:
        raise BuildError(f"no builder is called {builder!r}: there are {', '.join(sorted(BUILDERS))}")
    parsed = Dockerfile.parse(dockerfile)
    given = texts(args, "args") if args is not None else {}
    rules, host = BUILDERS[builder], host if host is not None else Host()
    if rules.checks:
        _check_names(parsed)
    files = BuildContext.of(context if context is not None else {})
    host.builds.builds += 1
    if rules.adds_ignored and DOCKERFILE not in files.entries:
        # docker/cli, build.AddDockerfileToBuildContext. Docker draws a random name. Here builds are counted, because
        # nothing depends on chance.
        files = files.hiding(f".dockerfile.{key_of('', host.builds.builds)[:20]}")
    work = _Build(parsed, files, host, rules, given, no_cache, programs or {})
    try:
        image = work.stages()
    except (LayerlabError, OSError) as error:
        work.leave()
        raise BuildError(_with_its_line(work.at, error), work.rows) from error
    if tag is not None:
        host.add(image, tag)
    else:
        host.keep(image)
    work.leave()
    return Build(image, tuple(work.rows), work.bytes_sent)


def _with_its_line(at: Instruction, error: Exception) -> str:
    """Return an error's words with the line that it came from; one of the Dockerfile itself has them already."""
    if isinstance(error, DockerfileError):
        return str(error)
    says = str(error)
    if isinstance(error, CommandFailed):
        says = f"{at}: {error}: the command ended with code {error.code}"
    elif isinstance(error, OSError) and not isinstance(error, LayerlabError):
        says = f"{at.keyword}: {error.filename or ''}: {error.strerror}"
    return f"Dockerfile line {at.line}: {says}"


@dataclass
class _Build:
    dockerfile: Dockerfile
    context: BuildContext
    host: Host
    rules: Builder
    given: Mapping[str, str]
    no_cache: bool
    programs: Mapping[str, BuildProgram]
    rows: list[BuildStep] = field(default_factory=list)
    done: dict[str, BuiltStage] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)
    named: dict[str, Entry] = field(default_factory=dict)
    stale: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.at = self.dockerfile.instructions[0]
        self.files = self._files()
        self.bytes_sent = sum(entry.size for entry in self.files.values()) if self.rules.sends == "all" else 0

    @property
    def cache(self) -> BuildCache:
        return self.host.builds

    def _files(self) -> dict[str, Entry]:
        """Return the context as the builder has it: BuildKit keeps a file with the old size, time and mode."""
        files = dict(self.context.sent)
        if self.rules.sends != "changed":
            return files
        for path, entry in files.items():
            old = self.cache.sent.get(path)
            if old is not None and path in self.context.timed and _stat(old) == _stat(entry):
                if old.digest != entry.digest:
                    self.stale.add(path)
                files[path] = old
        return files

    def _hashed(self) -> dict[str, int]:
        """Return the modes of folders that BuildKit has: it sets a new one, but keeps the hash of the folder.

        fsutil, DiskWriter.HandleChange: a folder that is there is changed without telling those who hash.
        """
        if self.rules.sends != "changed":
            return {}
        return {path: entry.mode for path, entry in self.cache.sent.items() if entry.kind == "directory"}

    # Stages.

    def stages(self) -> Image:
        """Build the stages in order and return the last one's image."""
        outside: dict[str, str] = {}
        for each in self.dockerfile.arguments:
            self.at = each
            outside |= _defined(each, self.given, outside, self.dockerfile.escape)
            self.rows.append(BuildStep(str(each), "no-step", number=each.line))
        stages = self.dockerfile.stages
        needed = self._needed(stages, outside) if self.rules.skips_unused else set(range(len(stages)))
        last: BuiltStage | None = None
        for number, stage in enumerate(stages):
            if number not in needed:
                state: BuildState = "from" if self.rules.shows_unused else "not-run"
                self.rows.append(BuildStep(str(stage.start), state, number=stage.start.line))
                self.rows += [BuildStep(str(each), self._skipped(each), number=each.line) for each in stage.steps]
                continue
            last = self._stage(stage, outside)
            self.done[str(number)] = last
            if stage.name:
                self.done[stage.name] = last
        assert last is not None
        return last.image

    def leave(self) -> None:
        """Note what was built, in the cache and where the cache is the host's images there too, also if it failed."""
        for path in self.named:
            if path not in self._hashed() or self.files[path].kind != "directory":
                self.cache.sent[path] = self.files[path]
        if self.rules.cache == "own":
            return
        for stage in {id(each): each for each in self.done.values()}.values():
            if stage.keys:
                self.cache.keep(self.rules.name, stage.image, stage.keys)
                self.host.keep(stage.image)

    def _skipped(self, each: Instruction) -> BuildState:
        return "not-run" if self.rules.keys[STEPS.get(each.keyword, "metadata")] else "no-step"

    def _needed(self, stages: Sequence[Stage], outside: Mapping[str, str]) -> set[int]:
        names = {stage.name: number for number, stage in enumerate(stages) if stage.name}
        work, needed = [len(stages) - 1], set[int]()
        while work:
            number = work.pop()
            if number in needed:
                continue
            needed.add(number)
            asked = [expanded(stages[number].base, outside, self.dockerfile.escape).lower()]
            asked += [each.flags["from"].lower() for each in stages[number].steps if "from" in each.flags]
            for name in asked:
                found = names.get(name, int(name) if name.isdecimal() else None)
                if found is not None and found < number:
                    work.append(found)
        return needed

    def _stage(self, stage: Stage, outside: Mapping[str, str]) -> BuiltStage:
        self.at = stage.start
        base = expanded(stage.base, outside, self.dockerfile.escape)
        if not base:
            raise BuildError(f"base name ({stage.base}) should not be blank")
        below = self.done.get(base.lower())
        image = below.image if below is not None else self._image(base)
        key = below.key if below is not None else _start(image, self.rules)
        self.rows.append(BuildStep(str(stage.start), "from", number=stage.start.line))
        now = BuiltStage(
            image, key, Scope(outside=outside, escape=self.dockerfile.escape), [*(below.keys if below else ())]
        )
        now.ran = below.ran if below is not None else 0
        now.waiting = below.waiting if below is not None else None
        self.done[f"{stage.start.line} "] = now  # so that a failure leaves what was built of it
        triggers = image.config.get("OnBuild") or []
        if triggers:
            config = {name: value for name, value in image.config.items() if name != "OnBuild"}
            now.image = image.with_settings(config=config)
        lines = [
            replace(each, line=stage.start.line)
            for text in triggers
            for each in Dockerfile.parse(f"FROM scratch\n{text}").stages[0].steps
        ]
        for each in (*lines, *stage.steps):
            self.at = each
            if each.heredocs:
                raise BuildError(
                    f"{each.keyword}: a here-document (<<{next(iter(each.heredocs))}) is read by newer builders alone: "
                    "join the commands with &&"
                )
            self._line(now, each)
        del self.done[f"{stage.start.line} "]
        return now

    def _image(self, name: str) -> Image:
        return scratch if name == "scratch" else self.host.image(name)

    # One line.

    def _line(self, stage: BuiltStage, each: Instruction) -> None:
        _allowed(each, self.rules)
        if each.keyword == "ARG":
            stage.scope.declare(
                _defined(each, self.given, stage.scope.values(stage.image), stage.scope.escape, stage.scope.outside),
                each,
            )
        hashed = self._hashed() if "from" not in each.flags else {}
        work = BuildLine(each, stage, self.rules, self._tree(each), self.programs, self.cache.builds, hashed)
        if work.copying is not None and "from" not in each.flags:
            self._send(work.copying.paths)
        if not work.wanted:
            stage.image = work.changed(None)
            self.rows.append(BuildStep(str(each), "no-step", number=each.line))
            return
        parts = work.parts
        below = stage.image.id if self.rules.below == "image" else stage.key
        key = key_of(below, [each.keyword, parts])
        known = self.cache.steps[self.rules.name]
        cached = None if self.no_cache and key not in self.shared else known.get(key)
        if cached is not None:
            self._hit(stage, work, cached, key)
        else:
            reason = self._why(stage, each, below, parts)
            layer = work.act()
            stage.image = work.changed(layer)
            known.pop(key, None)
            known[key] = Cached(below, each.keyword, parts, stage.image, layer)
            stage.ran = each.line
            self.rows.append(BuildStep(str(each), "run", layer, reason, each.line))
        self.shared.add(key)
        stage.key = key
        stage.keys.append(key)

    def _hit(self, stage: BuiltStage, work: "BuildLine", cached: Cached, key: str) -> None:
        stage.waiting = None
        stage.image = cached.image if self.rules.adopts == "image" else work.changed(cached.layer)
        state: BuildState = "not-run" if self.rules.shares_steps and key in self.shared else "hit"
        told = sorted(self.stale & work.copying.paths) if work.copying is not None else []
        says = f"{told[0]} has the size and the time that it had, so it was not sent again" if told else ""
        if state == "not-run":
            says = "another stage has this step already"
        self.rows.append(BuildStep(str(work.each), state, cached.layer, says, work.each.line))

    def _why(self, stage: BuiltStage, each: Instruction, below: str, parts: Parts) -> str:
        if self.no_cache:
            return "the cache was not asked"
        known = self.cache.steps[self.rules.name]
        sort = (one for one in known.values() if one.keyword == each.keyword)
        same = [one for one in sort if is_of_the_same_line(parts, one.parts)]
        if here := [one for one in same if one.below == below]:
            return why(parts, [one.parts for one in here])
        if same and stage.ran:
            return f"line {stage.ran} above it ran again"
        if same:
            # The words are known, so something below the step is new: lines were moved, or there is another base.
            return OTHER_LINES if stage.keys or any(one.below == below for one in known.values()) else OTHER_BASE
        # The line as it was before it was changed is in no step of this build, so steps of this build are left out.
        earlier = (one for key, one in known.items() if key not in self.shared)
        replaced = [one.parts for one in earlier if one.keyword == each.keyword and one.below == below]
        if replaced:
            return why(parts, replaced)
        return "never built before"

    def _send(self, paths: set[str]) -> None:
        """Send what COPY names and the builder has not."""
        for path in sorted(paths - self.named.keys() - {""}) if self.rules.sends == "changed" else ():
            entry, old = self.files[path], self.cache.sent.get(path)
            if old is None or _stat(old) != _stat(entry) or old.digest != entry.digest:
                self.bytes_sent += entry.size
            self.named[path] = entry

    def _tree(self, each: Instruction) -> Mapping[str, Entry]:
        """Return the files that a COPY takes from: the context, another stage, or an image."""
        origin = each.flags.get("from")
        if origin is None:
            return self.files
        found = self.done.get(origin.lower())
        image = found.image if found is not None else self._image(origin)
        return dict(image.view().items())


def _stat(entry: Entry) -> tuple[object, ...]:
    return entry.kind, entry.mode, entry.size, entry.mtime, entry.target


def _start(image: Image, rules: Builder) -> str:
    """Return what the key of the first step says of the base image."""
    if rules.below == "image":
        return image.id
    texts = [step.created_by for step in image.history] if rules.below == "history" else []
    return key_of("", [list(image.diff_ids), texts])


def _check_names(parsed: Dockerfile) -> None:
    for stage in parsed.stages:
        if stage.name and not STAGE_NAME.fullmatch(stage.name):
            words = "name can't start with a number or contain symbols"
            raise DockerfileError(stage.start.line, f'invalid name for build stage: "{stage.name}", {words}')


def _allowed(each: Instruction, rules: Builder) -> None:
    if each.keyword == "RUN" and "mount" in each.flags:
        raise BuildError(
            "RUN --mount: this course's builder has no secret mounts. Copy the secret in a first stage that does not "
            "ship, and take the result from there with COPY --from"
        )
    known = {"COPY": {"from", "chown", "chmod"}, "ADD": {"chown", "chmod"}}.get(each.keyword, set())
    if each.keyword == "HEALTHCHECK":
        known = {"interval", "timeout", "start-period", "retries"}
    if unknown := sorted(each.flags.keys() - known):
        raise BuildError(f"{each.keyword}: unknown flag: {unknown[0]}")
    if "chmod" in each.flags and not rules.chmod:
        raise BuildError(f"{each.keyword}: the --chmod option requires BuildKit")
    words = words_of(each.text) if each.keyword in ("ARG", "ENV", "LABEL") else []
    # `ENV NAME some value` is the old form: a first word without = is the name, and all the rest is the value.
    if rules.checks and words and "=" in words[0] and any(word.startswith("=") for word in words):
        raise BuildError(f"{each.keyword} names can not be blank")
    wrong = [word for word in each.text.split() if not is_port(word)] if each.keyword == "EXPOSE" else []
    if rules.checks and wrong:
        raise BuildError(f"EXPOSE: invalid port: {wrong[0]}: take a number up to 65535, or two with a - between")


def _defined(
    each: Instruction,
    given: Mapping[str, str],
    seen: Mapping[str, str],
    escape: str,
    outside: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """Return the arguments that an ARG line declares and that have a value: given, its own, or from above FROM."""
    found: dict[str, str] = {}
    for word in words_of(each.text, escape):
        name, sign, value = word.partition("=")
        if name in given:
            found[name] = given[name]
        elif sign:
            found[name] = expanded(value, {**seen, **found}, escape)
        elif outside is not None and name in outside:
            found[name] = outside[name]
    return found
