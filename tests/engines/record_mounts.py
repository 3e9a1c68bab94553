"""What Docker and Podman answer in the situations of tests/model/mounting.py, asked anew or written to tests/data.

`python -m tests.engines.record_mounts` writes, as root, with the engines installed.
"""

import ctypes
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from layerlab import Bind, File, Folder, Image, Layer, Symlink, Tmpfs, save
from layerlab.model.entry import Spec
from layerlab.model.mounts import MountSpec
from layerlab.proof.kernel import Ground, Overlay, write_layer
from layerlab.proof.program import Side
from tests.engines.machine import Machine, running
from tests.model.mounting import CASES, Act, Answer, answers, images

RECORD = Path(__file__).parents[1] / "data" / "mounts.json"
PROGRAMS = ("sh", "sleep", "echo", "printf")
ENGINES = ("docker", "podman")


def programs() -> dict[str, Spec]:
    """What containers run."""
    tools: dict[str, Spec] = {f"bin/{name}": Symlink("busybox") for name in PROGRAMS}
    return {"bin/busybox": File(Path("/bin/busybox").read_bytes(), mode=0o755), **tools}


class Refused(Exception):  # noqa: N818
    """What an engine said when it did not do an act."""


class Asked:
    """An engine, doing acts in containers of its own."""

    def __init__(self, engine: str, machine: Machine, folder: Path) -> None:
        self.engine = engine
        self.machine = machine
        self.folder = folder
        self.containers: dict[str, str] = {}
        # Podman first asks the process to end, which the first process of a container does not hear.
        self._remove = ["rm", "--force", *(["--time=0"] if engine == "podman" else [])]

    def do(self, act: Act) -> Answer:
        """Do one act and return its answer."""
        verb, *rest = act
        try:
            if verb in self.containers:
                return self._step(verb, tuple(rest))
            return getattr(self, "_" + verb.replace(" ", "_"), self._none)(*rest)
        except Refused as refused:
            return ("refused", str(refused))

    def clear(self) -> None:
        """Remove what the acts left, but the images that all start from."""
        for command in (
            [*self._remove, "--volumes", *self._listed("ps", "--all", "--quiet")],
            ["volume", "rm", "--force", *self._listed("volume", "ls", "--quiet")],
            ["rmi", "--force", "made"],
        ):
            with suppress(Refused):
                self._ask(*command)

    # The acts.

    def _run(self, name: str, image: str, mounts: Mapping[str, MountSpec]) -> None:
        options = [word for path, spec in mounts.items() for word in self._option(path, spec)]
        made = self._ask("run", "--detach", "--network=none", f"--name={name}", *options, f"localhost/{image}")
        self.containers[name] = made.strip()

    def _option(self, path: str, spec: MountSpec) -> tuple[str, ...]:
        at = "/" + path.lstrip("/")
        if isinstance(spec, Tmpfs):
            words = [] if spec.mode is None else [f"mode={spec.mode:o}"]
            words += ["ro"] * spec.read_only
            return ("--tmpfs", ":".join([at, *filter(None, [",".join(words)])]))
        if isinstance(spec, Bind):
            return (
                "--mount",
                f"type=bind,source={self._place(str(spec.source))},target={at}" + ",readonly" * spec.read_only,
            )
        assert not isinstance(spec, Folder)
        name, _, ro = spec.partition(":")
        return ("--volume", f"{self._place(name) if name.startswith('/') else name}:{at}{':ro' * bool(ro)}")

    def _place(self, path: str) -> str:
        return f"{self.folder}{path}"

    def _stop(self, name: str) -> None:
        self._ask("stop", "--time=0", name)

    def _start(self, name: str) -> None:
        self._ask("start", name)

    def _rm(self, name: str, volumes: bool) -> None:
        self._ask(*self._remove, *["--volumes"] * volumes, name)
        del self.containers[name]

    def _rmi(self, name: str) -> None:
        self._ask("rmi", f"localhost/{name}")

    def _volume(self, name: str) -> None:
        self._ask("volume", "create", name)

    def _volume_rm(self, name: str) -> None:
        self._ask("volume", "rm", name)

    def _volumes(self) -> list[str]:
        names = self._listed("volume", "ls", "--quiet")
        return sorted("anonymous" if re.fullmatch("[0-9a-f]{64}", name) else name for name in names)

    def _folder(self, path: str, files: Mapping[str, Spec]) -> None:
        Path(self._place(path)).mkdir()
        write_layer(Layer.of(files), self._place(path), "")
        if "" not in files:
            os.utime(self._place(path))

    def _host(self, verb: str, path: str, *rest: Any) -> Answer:
        at = Path(self._place(path), *rest[:1])
        if not at.exists() and verb != "write":
            raise Refused("not there")
        if verb == "write":
            at.write_bytes(rest[1])
            return None
        return sorted(os.listdir(at)) if verb == "listdir" else at.read_bytes()

    def _commit(self, name: str, image: str) -> None:
        # Podman writes to /var/tmp here, whatever it is told, and that is no folder on every machine.
        (self.folder / "var" / "tmp").mkdir(parents=True, exist_ok=True)
        place = f'mount --bind "{self.folder}/var" /var && exec "$@"'
        self._ask("commit", name, f"localhost/{image}", within=("unshare", "--mount", "sh", "-c", place, "sh"))

    def _diff(self, name: str) -> list[str]:
        return sorted(self._ask("diff", name).splitlines(), key=lambda line: line[2:])

    def _size(self, name: str) -> int:
        return int(self._ask("inspect", "--size", "--format", "{{.SizeRw}}", name))

    def _cp(self, name: str, path: str) -> bytes:
        target = self.folder / "copied"
        self._ask("cp", f"{name}:/{path}", str(target))
        return target.read_bytes()

    def _print(self, name: str, text: str) -> None:
        self._ask("exec", name, "sh", "-c", f"printf '{text}' > /proc/1/fd/1")

    def _log(self, name: str) -> str:
        return self._ask("logs", name)

    def _none(self, *_: object) -> None:
        raise Refused("no such container")

    # What they are made of.

    def _ask(self, *words: str, within: tuple[str, ...] = ()) -> str:
        ran = subprocess.run(
            [*within, self.engine, *words], env=self.machine.environment, capture_output=True, text=True, check=False
        )
        if ran.returncode:
            raise Refused(self._words(ran.stderr))
        return ran.stdout

    def _words(self, said: str) -> str:
        """Return what an engine said, without ids and places, which differ each time."""
        lines = [
            line
            for line in said.replace(str(self.folder), "").replace(str(self.machine.folder), "").splitlines()
            if line
        ]
        said = next((line for line in reversed(lines) if not line.startswith(("See '", "Run '"))), "refused")
        for name, number in self.containers.items():
            said = said.replace(number, name)
        said = said.removeprefix("docker: ").removeprefix("Error response from daemon: ").removeprefix("Error: ")
        return re.sub(r"[0-9a-f]{12,64}", "ID", said)

    def _listed(self, *words: str) -> list[str]:
        return self._ask(*words).split()

    def _step(self, name: str, step: Act) -> Answer:
        """Do a step of a program in a container's mounts, with the kernel's own answers.

        A child goes there, because a process that has left its mounts does not come back.
        """
        process = self._ask("inspect", "--format", "{{.State.Pid}}", name).strip()
        side = Side(Overlay(Image(()), Ground(Path("/"), privileged=True)))
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.umask(0)
                _enter(f"/proc/{process}/ns/mnt")
                told = json.dumps(side.do(step), default=lambda data: {"bytes": data.decode("latin-1")})
            except BaseException as error:
                told = json.dumps(["crash", repr(error)])
            os.write(writing, told.encode())
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading, "rb") as pipe:
            told = json.loads(pipe.read())
        os.waitpid(child, 0)
        return told["bytes"] if isinstance(told, dict) and "bytes" in told else told


def _enter(namespace: str) -> None:
    number = os.open(namespace, os.O_RDONLY)
    library = ctypes.CDLL(None, use_errno=True)
    if library.setns(number, 0):
        raise OSError(ctypes.get_errno(), "setns")
    os.chdir("/")


def asked(machine: Machine, folder: Path) -> dict[str, dict[str, list[Answer]]]:
    """Return each situation's answers by engine."""
    for engine in ENGINES:
        # Each under the name that Podman gives an image that has no registry in its name.
        named = {f"localhost/{name}": image for name, image in images(programs()).items()}
        save(named, folder / f"{engine}.tar", format="docker")
        machine.run(engine, "load", "--quiet", "--input", folder / f"{engine}.tar")
    found: dict[str, dict[str, list[Answer]]] = {}
    for number, (name, case) in enumerate(CASES.items()):
        found[name] = {}
        for engine in ENGINES:
            place = folder / f"{engine}-{number}"
            place.mkdir()
            player = Asked(engine, machine, place)
            found[name][engine.capitalize()] = answers(player, case)
            player.clear()
            if any(act[0] == "rmi" for act in case):
                machine.run(engine, "load", "--quiet", "--input", folder / f"{engine}.tar")
    for engine in ENGINES:
        machine.run(engine, "rmi", "--force", *(f"localhost/{name}" for name in images({})))
    return found


def main() -> int:
    """Write the answers."""
    with (
        tempfile.TemporaryDirectory(prefix="ll-", ignore_cleanup_errors=True) as folder,
        running(Path(folder)) as engines,
    ):
        (Path(folder) / "work").mkdir()
        found = asked(engines, Path(folder) / "work")
    lines = [f"{json.dumps(name)}: {json.dumps(each, sort_keys=True)}" for name, each in found.items()]
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
