"""Random small Dockerfiles with a change after the first build, built by the model and by three real builders."""

import io
import json
import os
import random
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from layerlab import BuildError, Directory, File, Host, Image, Layer, Symlink, build, save, scratch
from layerlab.builds.dockerfile import Dockerfile
from layerlab.model.entry import Spec
from tests.engines.machine import Machine

TIME = 1_700_000_000
BUILDERS = ("classic", "buildkit", "podman")
# Another client of the same name may come first on PATH, one that has no BuildKit of its own.
DOCKER = "/usr/bin/docker"
APPLETS = ("sh", "cat", "ls", "rm", "chmod", "touch", "mkdir", "mv", "cp", "echo", "true", "false", "chown", "printf")


def base() -> Image:
    """Return an image with a shell and with the files that engines mount something on."""
    files: dict[str, Spec] = {
        "bin/busybox": File(Path("/bin/busybox").read_bytes(), mode=0o755),
        **{f"bin/{name}": Symlink("busybox") for name in APPLETS},
        **{f"{name}/": Directory() for name in ("app0", "dev", "proc", "run", "sys")},
        "tmp/": Directory(mode=0o1777),
        "etc/passwd": b"root:x:0:0:root:/:/bin/sh\n",
        **dict.fromkeys(("etc/hosts", "etc/resolv.conf", "etc/hostname"), b""),
        "etc/mtab": Symlink("/proc/mounts"),
    }
    return scratch.with_layer(Layer.of(files), "ADD tree /").with_config(
        env={"PATH": "/bin"}, created_by="ENV PATH=/bin"
    )


@dataclass(frozen=True)
class HostFile:
    """A file or folder of the context: its bytes (None for a folder), mode, time after TIME, and owner."""

    data: bytes | None = b""
    mode: int = 0o644
    time: int = 0
    owner: int = 0

    def spec(self) -> Spec:
        if self.data is None:
            return Directory(mode=self.mode, mtime=TIME + self.time, uid=self.owner, gid=self.owner)
        return File(self.data, mode=self.mode, mtime=TIME + self.time, uid=self.owner, gid=self.owner)


Tree = Mapping[str, HostFile]


@dataclass(frozen=True)
class Situation:
    """What is built twice: lines, files and arguments of the first build and of the second."""

    lines: tuple[tuple[str, ...], tuple[str, ...]]
    files: tuple[Tree, Tree]
    args: tuple[Mapping[str, str], Mapping[str, str]] = field(default_factory=lambda: ({}, {}))
    inside: bool = False
    """The Dockerfile lies in the context."""

    def __str__(self) -> str:
        return json.dumps(
            {
                "lines": self.lines,
                "files": [
                    {path: vars(each) | {"data": str(each.data)} for path, each in tree.items()} for tree in self.files
                ],
                "args": self.args,
                "inside": self.inside,
            },
            indent=1,
        )


# Random situations.

FILES: Tree = {
    "a.txt": HostFile(b"aaaa\n"),
    "b.txt": HostFile(b"bb\n"),
    "d": HostFile(None, 0o755),
    "d/x": HostFile(b"x"),
    "d/y": HostFile(b"yy", 0o755),
    "d/sub": HostFile(None, 0o755),
    "d/sub/z": HostFile(b"zzz"),
    "n.log": HostFile(b"log\n"),
}
LINES = (
    "COPY a.txt /a.txt",
    "COPY ./a.txt /srv/",
    "COPY a.txt b.txt /srv/",
    "COPY *.txt /t/",
    "COPY d /d",
    "COPY d /app0",
    "COPY d/sub /srv/sub/",
    "COPY . /ctx",
    "COPY --chown=1:2 d /own",
    "COPY --chown=1:2 a.txt /own/a",
    'COPY ["b.txt", "/b b"]',
    "ADD b.txt /added",
    "RUN true",
    "RUN echo one > /one",
    "RUN echo one > /r && rm /r",
    "RUN mkdir -p /m/n && touch /m/n/f",
    "RUN touch /etc/passwd",
    "RUN chmod 600 /etc/passwd; echo x >> /x",
    "RUN rm -rf /app0",
    "RUN echo $V$MODE > /v",
    "RUN echo 1 > /tmp/q && rm /tmp/q",
    'RUN ["/bin/sh", "-c", "echo exec > /exec"]',
    "RUN cp -a /bin/sh /mysh && mv /mysh /sh2",
    "RUN mkdir d2 && echo 1 > d2/f",
    "ENV MODE=a",
    'ENV MODE="a b" OTHER=$MODE',
    "LABEL l=1",
    "LABEL v=$V",
    'CMD ["true"]',
    "EXPOSE 80",
    "USER 0:0",
    "ARG V=1",
    "ARG V",
    "WORKDIR /w",
    "WORKDIR /app0",
    "WORKDIR rel",
    "VOLUME /vol",
    "STOPSIGNAL SIGINT",
    'ENTRYPOINT ["/bin/sh"]',
    'SHELL ["/bin/sh", "-ec"]',
    "MAINTAINER me",
    "HEALTHCHECK CMD true",
)


def situation(chance: random.Random) -> Situation:
    """Return a situation of a few lines and one or two changes, drawn by lot."""
    lines = ["FROM base", "COPY salt /salt", *some_lines(chance)]
    if chance.random() < 0.3:
        # Both stages have the salt, so that nothing of an earlier situation is found in a cache.
        second = ["COPY salt /salt", *some_lines(chance, 2)]
        second.insert(chance.randint(1, len(second)), "COPY --from=one /out /got")
        lines = ["FROM base AS one", *lines[1:], "RUN mkdir -p /out && cp /salt /out/o", "FROM base", *second]
    elif chance.random() < 0.15:
        lines = ["FROM base AS idle", "COPY salt /salt", "RUN echo idle > /idle", *lines]
    # A sort of its own for each situation, so that no cache of an earlier one answers.
    files = dict(FILES) | {"salt": HostFile(b"%030x" % chance.getrandbits(120), time=chance.randint(1, 1_000_000))}
    if chance.random() < 0.4:
        files[".dockerignore"] = HostFile(chance.choice((b"*.log\n", b"# none\n", b"d\n!d/x\n", b"**/x\nn.*\n")))
    now = Situation((tuple(lines), tuple(lines)), (files, files), inside=chance.random() < 0.5)
    if any("V" in line for line in lines) and chance.random() < 0.5:
        given = {"V": "1"}
        now = replace(now, args=(given, chance.choice((given, {"V": "2"}, {}))))
    for _ in range(chance.choice((1, 1, 2))):
        now = chance.choice(CHANGES)(now, chance)
    return now


def some_lines(chance: random.Random, least: int = 3) -> list[str]:
    return [chance.choice(LINES) for _ in range(chance.randint(least, 6))]


def _file(now: Situation, chance: random.Random, change: Callable[[HostFile], HostFile]) -> Situation:
    path = chance.choice([path for path, each in now.files[1].items() if each.data is not None and path != "salt"])
    return replace(now, files=(now.files[0], {**now.files[1], path: change(now.files[1][path])}))


def _touch(now: Situation, chance: random.Random) -> Situation:
    return _file(now, chance, lambda old: replace(old, time=old.time + 5_000))


def _content(now: Situation, chance: random.Random) -> Situation:
    data = chance.choice((b"new\n", b"other\n", b""))
    return _file(now, chance, lambda old: replace(old, data=data, time=old.time + 7_000))


def _stale(now: Situation, chance: random.Random) -> Situation:
    return _file(now, chance, lambda old: replace(old, data=bytes(reversed(old.data or b"")) or b""))


def _mode(now: Situation, chance: random.Random) -> Situation:
    mode = chance.choice((0o600, 0o755, 0o640))
    return _file(now, chance, lambda old: replace(old, mode=mode))


def _owner(now: Situation, chance: random.Random) -> Situation:
    return _file(now, chance, lambda old: replace(old, owner=1_000))


def _folder(now: Situation, chance: random.Random) -> Situation:
    path = chance.choice(("d", "d/sub"))
    return replace(now, files=(now.files[0], {**now.files[1], path: HostFile(None, 0o700)}))


def _new(now: Situation, chance: random.Random) -> Situation:
    path, each = chance.choice(
        (("d/new", HostFile(b"n")), ("d/empty", HostFile(None, 0o755)), ("new.txt", HostFile(b"n")))
    )
    return replace(now, files=(now.files[0], {**now.files[1], path: each}))


def _lines(now: Situation, change: Callable[[list[str]], None]) -> Situation:
    lines = list(now.lines[1])
    change(lines)
    return replace(now, lines=(now.lines[0], tuple(lines)))


def _place(lines: Sequence[str], chance: random.Random) -> int:
    places = [place for place, line in enumerate(lines) if not line.startswith("FROM") and "salt" not in line]
    return chance.choice(places) if places else len(lines)


def _insert(now: Situation, chance: random.Random) -> Situation:
    line = chance.choice((*LINES, "# a comment", "", "LABEL n=2", "ENV N=2"))
    return _lines(now, lambda lines: lines.insert(_place(lines, chance), line))


def _remove(now: Situation, chance: random.Random) -> Situation:
    def remove(lines: list[str]) -> None:
        del lines[_place(lines, chance)]

    return _lines(now, remove)


def _swap(now: Situation, chance: random.Random) -> Situation:
    def swap(lines: list[str]) -> None:
        place = _place(lines, chance)
        if place + 1 < len(lines) and not lines[place + 1].startswith("FROM"):
            lines[place : place + 2] = lines[place + 1], lines[place]

    return _lines(now, swap)


def _words(now: Situation, chance: random.Random) -> Situation:
    def rewrite(lines: list[str]) -> None:
        place = _place(lines, chance)
        line = lines[place]
        word = line.partition(" ")[0]
        lines[place] = chance.choice(
            (
                line.replace(" ", "  ", 1), line.replace(" ", " \\\n  ", 1), line + "  ", line.replace("=a", "=b"),
                line.replace(word, word.lower(), 1), line.replace("one", "two"), line.replace("=1", "=2"),
                line.replace("/w", "/w2"), line.replace("0:0", "0:1"), line.replace("80", "81"),
            )
        )  # fmt: skip

    return _lines(now, rewrite)


CHANGES = (
    _touch,
    _content,
    _content,
    _stale,
    _mode,
    _owner,
    _folder,
    _new,
    _insert,
    _insert,
    _remove,
    _swap,
    _words,
    _words,
)


# What the model says, and what a builder says.


@dataclass(frozen=True)
class Answer:
    """What happened to each line of both builds, and what is in each layer of the second; "failed" where it failed."""

    states: tuple[str, ...]
    layers: tuple[tuple[str, ...], ...] = ()


def modelled(now: Situation, builder: str, start: Image) -> Answer:
    """Return the model's answer."""
    host = Host()
    host.add(start, "base")
    told, image = [], None
    for number in (0, 1):
        files = {path + "/" * (each.data is None): each.spec() for path, each in now.files[number].items()}
        text = "\n".join(now.lines[number]) + "\n"
        if now.inside:
            files["Dockerfile"] = File(text.encode(), mtime=TIME + number)
        try:
            made = build(text, files, host=host, tag="made", builder=builder, args=now.args[number])
        except BuildError as error:
            done = [f"{step.state}" for step in error.steps if step.state not in ("no-step", "not-run")]
            told.append(failed(done, builder))
            continue
        image = made.image
        states = [str(step.state) for step in made.steps if builder != "podman" or step.state != "not-run"]
        told.append(" ".join(settled(states, text) if builder == "buildkit" else states))
    return Answer(tuple(told), listed(image, len(start.layers)) if image is not None else ())


def failed(done: Sequence[str], builder: str) -> str:
    """Return what is compared of a build that failed: of BuildKit's, that it failed.

    BuildKit works at all steps at once, so that chance decides what it prints of the others when one fails.
    """
    return "failed" if builder == "buildkit" else " ".join([*done, "failed"])


def listed(image: Image, below: int) -> tuple[tuple[str, ...], ...]:
    return tuple(
        tuple(
            sorted(
                f"{path} {entry.kind} {entry.mode:o} {entry.uid}:{entry.gid} "
                f"{entry.size if entry.kind == 'file' else ''}"
                for path, entry in layer.entries.items()
            )
        )
        for layer in image.layers[below:]
    )


class Real:
    """The three builders of a machine, with a folder for contexts."""

    def __init__(self, machine: Machine, folder: Path) -> None:
        self.machine, self.folder, self.count = machine, folder, 0
        self.start = base()
        save({"base": self.start}, folder / "base.tar", format="docker")
        self.run(DOCKER, "load", "--quiet", "--input", folder / "base.tar")
        self.run("podman", "load", "--quiet", "--input", folder / "base.tar")

    def run(self, *command: str | Path, buildkit: bool = False) -> subprocess.CompletedProcess[str]:
        environment = self.machine.environment | {"DOCKER_BUILDKIT": "1" if buildkit else "0", "LC_ALL": "C"}
        return subprocess.run(list(map(str, command)), env=environment, capture_output=True, text=True, check=False)

    def answer(self, now: Situation, builder: str) -> Answer:
        """Build both times, and return what the builder told."""
        self.count += 1
        context = self.folder / f"context-{self.count}"
        told, made = [], False
        for number in (0, 1):
            text = "\n".join(now.lines[number]) + "\n"
            written(context, now.files[number])
            dockerfile = context / "Dockerfile" if now.inside else self.folder / f"Dockerfile-{self.count}"
            dockerfile.write_text(text)
            os.utime(dockerfile, (TIME + number,) * 2)
            name = f"made-{self.count}"
            given = [word for key, value in now.args[number].items() for word in ("--build-arg", f"{key}={value}")]
            program = ["podman"] if builder == "podman" else [DOCKER]
            progress = ["--progress=plain"] if builder == "buildkit" else []
            ran = self.run(
                *program, "build", *progress, "--network=none", "--tag", name, "--file", dockerfile, *given, context,
                buildkit=builder == "buildkit",
            )  # fmt: skip
            output = ran.stdout + ran.stderr
            steps = self._steps(output, builder, text)
            if ran.returncode:
                done = [state for state in steps if state not in ("no-step", "not-run")]
                # The step that failed was begun, and is no row of the model.
                told.append(failed(done[:-1], builder))
            else:
                told.append(" ".join(steps))
                made = True
        layers = self._layers(name, builder) if made else ()
        self.run(*program, "rmi", "--force", name)
        shutil.rmtree(context)
        return Answer(tuple(told), layers)

    def _steps(self, output: str, builder: str, text: str) -> list[str]:
        if builder == "buildkit":
            return settled(list(buildkit_steps(output, text)), text)
        parts = re.split(r"(?m)^(?:\[\d+/\d+\] )?(?:Step|STEP) \d+/\d+ ?: ", output)[1:]
        states = {True: "hit", False: "run"}
        return ["from" if part.upper().startswith("FROM") else states["sing cache" in part] for part in parts]

    def _layers(self, name: str, builder: str) -> tuple[tuple[str, ...], ...]:
        path = self.folder / f"{name}.tar"
        if builder == "podman":
            self.run("podman", "save", "--quiet", "--format", "docker-archive", "--output", path, name)
        else:
            self.run(DOCKER, "save", "--output", path, name)
        with tarfile.open(path) as archive:
            manifest: list[dict[str, Any]] = json.loads(member(archive, "manifest.json"))
            layers = [member(archive, name) for name in manifest[0]["Layers"][1:]]
        path.unlink()
        return tuple(tuple(sorted(entries(layer))) for layer in layers)


def member(archive: tarfile.TarFile, name: str) -> bytes:
    found = archive.extractfile(name)
    assert found is not None
    return found.read()


def entries(layer: bytes) -> Iterator[str]:
    """Yield a layer's entries as `listed` writes them."""
    with tarfile.open(fileobj=io.BytesIO(layer)) as archive:
        for each in archive:
            name = each.name.strip("/")
            mark = name.rpartition("/")[2]
            kind = {tarfile.DIRTYPE: "directory", tarfile.SYMTYPE: "symlink"}.get(each.type, "file")
            if mark.startswith(".wh."):
                yield f"{name} {'opaque' if mark == '.wh..wh..opq' else 'whiteout'} 0 0:0 "
            else:
                size = each.size if kind == "file" else ""
                yield f"{name} {kind} {each.mode & 0o7777:o} {each.uid}:{each.gid} {size}"


def buildkit_steps(output: str, text: str) -> Iterator[str]:
    """Yield what happened to each line: BuildKit numbers the steps of each stage, and tells of them in any order."""
    # From ten steps on it puts a blank before the numbers of one digit.
    found = re.findall(r"(?m)^#(\d+) \[((?:\S+ +| )?\d+/\d+)\]", output)
    names = {number: " ".join(name.split()) for number, name in found}
    states = dict(re.findall(r"(?m)^#(\d+) (CACHED|DONE|ERROR|CANCELED)", output))
    by_name = {name: states.get(number, "") for number, name in names.items()}
    stages = Dockerfile.parse(text).stages
    for number, stage in enumerate(stages):
        place = 1
        yield "from"
        for each in stage.steps:
            if each.keyword not in ("RUN", "COPY", "ADD", "WORKDIR"):
                yield "no-step"
                continue
            place += 1
            # BuildKit writes "2/4", "one 2/4" or "stage-1 2/4"; the count behind the stroke is of no use here.
            starts = [f"{stage.name} {place}/", f"stage-{number} {place}/"] + (
                [f"{place}/"] if len(stages) == 1 else []
            )
            state = next((by_name[name] for name in by_name if name.startswith(tuple(starts))), None)
            if state in ("ERROR", "CANCELED"):
                return
            yield "not-run" if state is None else {"CACHED": "hit", "DONE": "run"}.get(state, "run")


def settled(states: list[str], text: str) -> list[str]:
    """Return states with a step that two stages share told of in the first: BuildKit names either of the two."""
    lines = [str(each) for stage in Dockerfile.parse(text).stages for each in stage.lines]
    first: dict[str, int] = {}
    for place, (line, state) in enumerate(zip(lines, states, strict=False)):
        before = first.setdefault(line, place)
        if states[before] == "not-run" and state in ("hit", "run"):
            states[before], states[place] = state, "not-run"
    return states


def written(context: Path, files: Tree) -> None:
    """Make a folder hold these files, and nothing else; what did not change keeps its inode, as for a real editor."""
    context.mkdir(exist_ok=True)
    for path in sorted(context.rglob("*"), reverse=True):
        if str(path.relative_to(context)) not in files:
            path.rmdir() if path.is_dir() else path.unlink()
    for name, each in sorted(files.items()):
        path = context / name
        path.mkdir(exist_ok=True) if each.data is None else path.write_bytes(each.data)
        os.chmod(path, each.mode)
        os.chown(path, each.owner, each.owner)
    for name, each in sorted(files.items(), reverse=True):
        os.utime(context / name, (TIME + each.time,) * 2)
    os.chmod(context, 0o755)
    os.utime(context, (TIME, TIME))


# Differences.


@dataclass(frozen=True)
class Disagreement:
    """A situation in which a builder and the model say something else."""

    situation: Situation
    builder: str
    model: Answer
    real: Answer

    def __str__(self) -> str:
        return f"{self.builder}\nmodel {self.model}\nreal  {self.real}\n{self.situation}"


def compared(real: Real, now: Situation, builder: str) -> Disagreement | None:
    model, found = modelled(now, builder, real.start), real.answer(now, builder)
    return None if model == found else Disagreement(now, builder, model, found)


def shrunk(real: Real, found: Disagreement) -> Disagreement:
    """Return a disagreement of fewer lines and files: one after the other is left out of both builds."""
    best = found
    for number in range(len(found.situation.lines[0]) - 1, 0, -1):
        lines = best.situation.lines
        # Without its salt a build would find the steps of the one before.
        if number >= len(lines[0]) or lines[0][number].startswith(("FROM", "COPY salt")):
            continue
        gone = lines[0][number]
        second = list(lines[1])
        if gone in second:
            second.remove(gone)
        first = lines[0][:number] + lines[0][number + 1 :]
        smaller = compared(real, salted(replace(best.situation, lines=(first, tuple(second)))), best.builder)
        best = smaller or best
    return best


def salted(now: Situation) -> Situation:
    """Return a situation that no cache has seen: with another salt."""
    salt = HostFile(os.urandom(15).hex().encode(), time=random.randint(1, 1_000_000))
    return replace(now, files=tuple({**tree, "salt": salt} for tree in now.files))  # type: ignore[arg-type]
