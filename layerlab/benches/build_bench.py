"""Build bench: a Dockerfile whose lines can be moved, files that can be touched and changed, and builds of both.

The state is the lines, the files and the builds so far. Each build is a real one on a host of its own, so that what a
line says is what the model's BuildKit did. Seconds are an assumption of this bench: no clock runs in it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from layerlab.benches.example import shop
from layerlab.benches.replay import Replay
from layerlab.benches.verbs import TranscriptLine, in_shell
from layerlab.builds.build import BuildError, BuildStep, build
from layerlab.builds.file_commands import CommandFailed
from layerlab.model.container import Container
from layerlab.model.content import filler
from layerlab.model.entry import File
from layerlab.model.host import Host
from layerlab.picture import events
from layerlab.picture.build_rows import BuildTry, CopiedFile, RowResult, scene
from layerlab.picture.shapes import Looks, Scene

LINES = (
    "FROM coreos/apache",
    "COPY site/ /var/www/",
    "COPY packages.txt /srv/",
    "RUN install",
    "RUN ls /var/www > /srv/index",
    'CMD ["apache2"]',
)
SECONDS: Mapping[str, int] = {"RUN install": 87, "RUN fetch": 87}
"""Assumed seconds of each line that runs; one that is not here takes 1, and metadata takes none."""
BUILT, KEY = "shop:2", "srv/key"
ASSUMED = "RUN install takes 87 s, each other step 1 s: no clock runs here"
# What a build takes at best after a page has changed: the COPY of the page, and the step after it.
GOAL = 2
PACKAGES = 30_000_000
FILES: Mapping[str, bytes] = {
    "packages.txt": b"apache2 php5\n",
    "site/index.html": b"<h1>The shop</h1>\n",
    "site/prices.html": b"<p>One: 5. Two: 9.</p>\n",
}
_START = TranscriptLine('table = bench("build")', "cd shop")
DAILY = " A page of the site changes every day."
MINUTE = 60
_FIRST = 1_000_000
_BUILD = ("build",)


@dataclass(frozen=True)
class Tried:
    """All that a build bench knows: lines, files with the news of each, and the builds; `refused` as in other benches.

    >>> Tried().tries
    ()
    """

    lines: tuple[str, ...] = LINES
    files: tuple[tuple[str, File], ...] = ()
    news: tuple[tuple[str, str], ...] = ()
    tries: tuple[BuildTry, ...] = ()
    said: str = ""
    refused: str = ""

    @property
    def by_path(self) -> dict[str, File]:
        """The files by path."""
        return dict(self.files)


class BuildBench(Replay):
    """A Dockerfile of the shop in a bad order. The task: a changed page is to build again in 2 s, and not in 90.

    `lines` are those of another Dockerfile, and `files` what its COPY lines take from.

    >>> table = BuildBench()
    >>> table.build()
    >>> table.change("site/index.html")
    >>> table.build()
    >>> table.scene.balance
    'build 1: 90 s, 30.0 MB of new layers; build 2: 90 s, 30.0 MB of new layers'
    >>> table.move(2, 4)
    >>> table.build()
    >>> table.change("site/index.html")
    >>> table.build()
    >>> table.scene.sentence
    'Build 4 took 2 s: 2 steps ran, 2 were reused. Only 2 s: RUN install was reused, because no line above it ran.'
    """

    def __init__(self, lines: Sequence[str] = LINES, files: Mapping[str, bytes] = FILES) -> None:
        super().__init__()
        self._begun_with = lines, files
        self._begun = tuple(lines), {path: File(data, mtime=_FIRST) for path, data in files.items()}
        self._hosts: dict[tuple[Any, ...], Host] = {}
        self.started = (_START,)
        self.start_over()

    def move(self, line: int, to: int) -> None:
        """Move a line of the Dockerfile to another place; both are numbers from 1, and FROM stays first."""
        self.act(("move", line, to))

    def touch(self, path: str) -> None:
        """Give a file another time."""
        self.act(("touch", path))

    def change(self, path: str) -> None:
        """Add one byte to a file."""
        self.act(("change", path))

    def chmod(self, path: str) -> None:
        """Give a file the mode 600, or 644 again."""
        self.act(("chmod", path))

    def build(self) -> None:
        """Build the image with BuildKit, and light each line as reused or run."""
        self.act(_BUILD)

    def example(self) -> "BuildBench | None":
        """Return a bench that built twice, with a changed page between; None for lines that are no page's."""
        path = "site/index.html"
        if path not in self.now.by_path:
            return None
        table = BuildBench(*self._begun_with)
        table.build()
        table.change(path)
        table.build()
        return table

    def begin(self) -> Tried:
        """Return the first moment: nothing is built."""
        lines, files = self._begun
        return Tried(lines, tuple(files.items()), said=f"Nothing was built yet.{DAILY if lines == LINES else ''}")

    def after(self, act: tuple[Any, ...]) -> Tried:
        """Return the moment after an act; what cannot be raises ValueError."""
        now: Tried = replace(self.now, refused="")
        verb, *given = act
        if verb == "move":
            return _moved(now, *given)
        if verb == "build":
            return self._built(now)
        if given[0] not in now.by_path:
            raise ValueError(f"no file is called {given[0]}: take one of {', '.join(now.by_path)}")
        return _with_file(now, verb, given[0])

    def refused(self, reason: str) -> Tried:
        """Return the present moment with the reason why nothing changed."""
        now: Tried = self.now
        return replace(now, refused=reason)

    def _built(self, now: Tried) -> Tried:
        # The host of all builds so far, made anew: after a step back the cache must not know what was undone.
        host = self._replayed()
        try:
            made = _build(now, host)
        except BuildError as error:
            raise ValueError(_why_stopped(error)) from error
        self._hosts[(*self.acts, _BUILD)] = host
        rows = tuple((step.line, _row(step)) for step in made)
        attempt = BuildTry(len(now.tries) + 1, rows)
        ran = sum(row.state == "run" for _, row in rows)
        reused = sum(row.state == "hit" for _, row in rows)
        were = "was" if reused == 1 else "were"
        said = f"Build {attempt.number} took {attempt.seconds} s: {_steps(ran)} ran, {reused} {were} reused."
        if attempt.seconds == GOAL and ("RUN install", "hit") in ((line, row.state) for line, row in rows):
            said += f" Only {GOAL} s: RUN install was reused, because no line above it ran."
        return replace(now, tries=(*now.tries, attempt), news=(), said=said)

    @property
    def host(self) -> Host:
        """The host of all builds so far, with the image of the last one."""
        # Kept by the acts up to the last build, because the acts after it build nothing.
        built = self.acts[: max((number for number, act in enumerate(self.acts, 1) if act == _BUILD), default=0)]
        if built not in self._hosts:
            self._hosts[built] = self._replayed()
        return self._hosts[built]

    def _replayed(self) -> Host:
        host = shop("coreos/apache")
        for act, moment in zip(self.acts, self.moments, strict=False):
            if act == _BUILD:
                _build(moment, host)
        return host

    def written(self, act: tuple[Any, ...]) -> TranscriptLine:
        """Return an act in Python and as what one does in a shell."""
        verb, *given = act
        if verb == "build":
            return TranscriptLine("table.build()", f"docker build --tag {BUILT} .")
        if verb == "move":
            return TranscriptLine(
                f"table.move({given[0]}, {given[1]})", f"# in the Dockerfile: line {given[0]} to place {given[1]}"
            )
        path = in_shell(given[0])
        shell = {
            "touch": f"touch {path}",
            "change": f"printf ! >> {path}",
            "chmod": f"chmod {self._mode(given[0])} {path}",
        }[verb]
        return TranscriptLine(f'table.{verb}("{given[0]}")', shell)

    def _mode(self, path: str) -> str:
        return f"{self.now.by_path[path].mode:o}"

    def drawn(self, looks: Looks) -> Scene:
        """Return the lines, the last two builds and the files."""
        now: Tried = self.now
        news = dict(now.news)
        files = [
            CopiedFile(path, file.entry().size, file.mode, news.get(path, "")) for path, file in now.by_path.items()
        ]
        sentence = events.refused(now.refused) if now.refused else now.said
        return scene(now.lines, files, now.tries, sentence, _assumed(now.lines), looks)

    @cached_property
    def widget(self) -> Any:
        """The live bench."""
        from layerlab.benches.build_view import view

        return view(self)


def _why_stopped(error: BuildError) -> str:
    """Return why a build stopped, without the words that every failed command gets."""
    return ", ".join(str(error).removeprefix("Dockerfile ").partition(": the command ended")[0].split(": "))


def _steps(count: int) -> str:
    return f"{count} step" if count == 1 else f"{count} steps"


def _install(box: Container, _words: Sequence[str]) -> None:
    for path in ("opt", "opt/packages"):
        box.mkdir(path)
    box.place("opt/packages/all", File(filler(PACKAGES, seed=6)).entry())


def _fetch(box: Container, _words: Sequence[str]) -> None:
    if KEY not in box.view():
        raise CommandFailed(f"needs /{KEY}", 1)
    if "opt" not in box.view():
        box.mkdir("opt")
    box.place("opt/packages", File(filler(PACKAGES, seed=6)).entry())


def _build(now: Tried, host: Host) -> tuple[BuildStep, ...]:
    text = "\n".join(now.lines) + "\n"
    programs = {"install": _install, "fetch": _fetch}
    return build(text, now.by_path, host=host, tag=BUILT, programs=programs).steps


def _assumed(lines: Sequence[str]) -> str:
    """Say how long the steps take, because no clock runs here."""
    long = [f"{line} takes {SECONDS[line]} s, " for line in lines if line in SECONDS]
    return f"{''.join(long)}each other step 1 s: no clock runs here"


def _row(step: BuildStep) -> RowResult:
    if step.state != "run":
        return RowResult(step.state, step.why)
    return RowResult("run", step.why, SECONDS.get(step.line, 1), step.layer.size if step.layer is not None else 0)


def _moved(now: Tried, line: int, to: int) -> Tried:
    places = range(2, len(now.lines) + 1)
    if line not in places or to not in places:
        raise ValueError(f"line 1 is FROM and stays: the lines 2 to {len(now.lines)} can be moved among themselves")
    lines = list(now.lines)
    lines.insert(to - 1, lines.pop(line - 1))
    *copies, listing = LINES[1], LINES[2], LINES[4]
    if listing in lines and lines.index(listing) < max(map(lines.index, copies)):
        raise ValueError("RUN ls needs /var/www and /srv: both COPY lines have to stand above it")
    # A RUN install without its list would stay in the cache when the list changes.
    if {"RUN install", LINES[2]} <= {*lines} and lines.index("RUN install") < lines.index(LINES[2]):
        raise ValueError("RUN install reads packages.txt: the COPY of this file has to be above it")
    return replace(now, lines=tuple(lines), said=f"{lines[to - 1]} is line {to} now. Nothing was built since.")


def _with_file(now: Tried, verb: str, path: str) -> Tried:
    files = now.by_path
    old = files[path]
    assert isinstance(old.content, bytes)
    if verb == "touch":
        files[path] = replace(old, mtime=old.mtime + MINUTE)
        news, said = "touched", f"{path} has a new time and the same bytes."
    elif verb == "change":
        files[path] = replace(old, content=old.content + b"!", mtime=old.mtime + MINUTE)
        news, said = "changed", f"{path} is one byte longer."
    else:
        files[path] = replace(old, mode=0o600 if old.mode == 0o644 else 0o644)
        news, said = f"mode {files[path].mode:o}", f"{path} has the mode {files[path].mode:o} now."
    words = dict(now.news) | {path: news if verb != "chmod" else "new mode"}
    return replace(now, files=tuple(files.items()), news=tuple(words.items()), said=said)
