"""What Docker and Podman make of the layers of tests/archive/layers.py, measured anew or written to tests/data.

`python -m tests.engines.record` writes, as root, with the engines installed.
"""

import json
import os
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import docker

from layerlab.proof.kernel import entry
from tests.archive.build import docker as archive
from tests.archive.build import write
from tests.archive.layers import CASES, PACKED, TEXT
from tests.archive.unpacked import Tree, told
from tests.engines.machine import Machine, running

RECORD = Path(__file__).parents[1] / "data" / "engine-layers.json"
Answer = Tree | str


def answers(machine: Machine, folder: Path) -> dict[str, dict[str, Answer]]:
    """Return each case's answers by engine: the tree that it shows, or what it said."""
    archives = {name: archive(*layers) for name, layers in CASES.items()}
    archives |= {name: archive(TEXT, stored=(data,)) for name, data in PACKED.items()}
    found = {}
    for name, documents in archives.items():
        path = write(folder / "it.tar", documents)
        found[name] = {"Docker": _docker(machine, path, folder), "Podman": _podman(machine, path)}
    return found


def _docker(machine: Machine, path: Path, folder: Path) -> Answer:
    client = machine.docker
    try:
        with path.open("rb") as file:
            for line in client.load_image(file):
                if "error" in line:
                    return "refused"
        (image,) = client.images()
        data = client.inspect_image(image["Id"])["GraphDriver"]["Data"]
        # The kernel merges two folders at least.
        (folder / "empty").mkdir(exist_ok=True)
        folders = [data["UpperDir"], *filter(None, data.get("LowerDir", "").split(":")), str(folder / "empty")]
        (folder / "merged").mkdir(exist_ok=True)
        machine.run("mount", "-t", "overlay", "x", "-o", f"ro,lowerdir={':'.join(folders)}", folder / "merged")
        try:
            return tree(folder / "merged")
        finally:
            machine.run("umount", folder / "merged")
    except docker.errors.APIError:
        return "refused"
    finally:
        for image in client.images(all=True):
            client.remove_image(image["Id"], force=True)


def _podman(machine: Machine, path: Path) -> Answer:
    try:
        machine.run("podman", "load", "--quiet", "--input", path)
    except AssertionError:
        return "refused"
    try:
        (image,) = machine.asked("podman", "images", "--format", "json")
        root = Path(machine.run("podman", "image", "mount", image["Id"]).strip())
        found = tree(root)
        machine.run("podman", "image", "unmount", image["Id"])
        return found
    finally:
        machine.run("podman", "rmi", "--all", "--force")


def tree(root: Path) -> Tree:
    """Return what lies under a folder by path."""
    found = {}
    for folder, folders, files in os.walk(os.fsencode(root)):
        for name in sorted(folders + files):
            path = os.path.join(folder, name)
            with suppress(FileNotFoundError):  # a whiteout is listed where nothing lies below it
                found[os.fsdecode(os.path.relpath(path, os.fsencode(root)))] = (path, entry(os.lstat(path)))
    first: dict[int, str] = {}
    rows: dict[str, list[Any]] = {}
    for at, (path, one) in sorted(found.items()):
        xattrs = {
            key: os.getxattr(path, key, follow_symlinks=False) for key in os.listxattr(path, follow_symlinks=False)
        }
        xattrs = {key: value for key, value in xattrs.items() if not key.startswith("trusted.overlay.")}
        target = os.fsdecode(os.readlink(path)) if one.kind == "symlink" else ""
        data = Path(os.fsdecode(path)).read_bytes() if one.kind == "file" else b""
        # A directory that no header states is as old as the answer.
        mtime = 0 if abs(time.time() - one.mtime) < 86400 else one.mtime
        rows[at] = told(one._replace(mtime=mtime, xattrs=xattrs, target=target), data, first, at)
    return rows


def main() -> int:
    """Write the answers."""
    with (
        tempfile.TemporaryDirectory(prefix="ll-", ignore_cleanup_errors=True) as folder,
        running(Path(folder)) as engines,
    ):
        (Path(folder) / "work").mkdir()
        found = answers(engines, Path(folder) / "work")
    lines = [f"{json.dumps(name)}: {json.dumps(one(each), sort_keys=True)}" for name, each in found.items()]
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    return 0


def one(answer: dict[str, Answer]) -> Answer | dict[str, Answer]:
    """Return the one answer of both engines, or each engine's where they differ."""
    return answer["Docker"] if answer["Docker"] == answer["Podman"] else answer


if __name__ == "__main__":
    sys.exit(main())
