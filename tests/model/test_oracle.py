"""37 operations as Docker did them: the model's thin layer, diff, size and commit are the engine's.

The rows are in tests/data/copy-on-write.json. Directory sizes and link counts, and the link counts of whiteouts,
belong to the file system underneath and are not compared.
"""

import json
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import layerlab as ll
from layerlab.model.entry import Spec

ROWS: list[dict[str, Any]] = json.loads((Path(__file__).parent.parent / "data/copy-on-write.json").read_text())
COMMIT_REFUSED = "SAVE FAILED"
NO_LAYER = "NO NEW LAYER"


def fixture_image() -> ll.Image:
    """The image of the measurements; all mtimes are equal, as there."""
    files: dict[str, Spec] = {
        "tmp/": ll.Directory(0o1777),
        "t/f": b"aaaa\n",
        "t/g": ll.File(b"bbbb\n", mode=0o640),
        "t/s": ll.Symlink("f"),
        "t/h1": ll.filler(102_400),
        "t/h2": ll.HardLink("t/h1"),
        "t/d/x": b"x\n",
        "t/d/y": b"y\n",
        "t/d/sub/z": b"z\n",
        "t/e/q": b"q\n",
        "t/emptyd/": ll.Directory(),
        "t/big/blob": ll.filler(10_485_760),
    }
    return ll.scratch.with_layer(ll.Layer.of(files))


def fresh_container() -> ll.Container:
    host = ll.Host()
    host.add(fixture_image(), "oracle")
    return host.run("oracle")


def move(web: ll.Container, old: str, new: str) -> None:
    try:
        web.rename(old, new)
    except OSError:
        copy(web, old, new)
        web.rmtree(old)


def copy(web: ll.Container, old: str, new: str) -> None:
    entry = web.lstat(old)
    if entry.kind != "directory":
        web.write(new, web.read(old))
        return
    web.mkdir(new, entry.mode)
    for name in web.listdir(old):
        copy(web, f"{old}/{name}", f"{new}/{name}")
    web.utime(new, entry.mtime)


def remove(web: ll.Container, option: str, path: str = "") -> None:
    if option == "-r":
        web.rmtree(path)
    else:
        web.unlink(option)


def make_directories(web: ll.Container, option: str, path: str = "") -> None:
    if option != "-p":
        web.mkdir(option)
        return
    parts = path.split("/")
    for depth in range(2, len(parts) + 1):
        web.mkdir("/".join(parts[:depth]))


def touch(web: ll.Container, *words: str) -> None:
    if words[0] == "-r":
        web.utime(words[2], web.stat(words[1]).mtime)
    else:
        web.utime(words[0])


def link(web: ll.Container, *words: str) -> None:
    if words[0] == "-s":
        web.symlink(words[1], words[2])
    else:
        web.link(words[0], words[1])


def change_owner(web: ll.Container, *words: str) -> None:
    uid, gid = words[-2].split(":")
    web.chown(words[-1], int(uid), int(gid), follow_symlinks=words[0] != "-h")


def list_all(web: ll.Container, option: str, path: str) -> None:
    for name in web.listdir(path):
        if web.lstat(f"{path}/{name}").kind == "directory":
            list_all(web, option, f"{path}/{name}")


COMMANDS: dict[str, Callable[..., object]] = {
    "rm": remove,
    "rmdir": lambda web, path: web.rmdir(path),
    "mkdir": make_directories,
    "mv": move,
    "cp": copy,
    "chmod": lambda web, mode, path: web.chmod(path, int(mode, 8)),
    "chown": change_owner,
    "touch": touch,
    "ln": link,
    "mkfifo": lambda web, path: web.mknod(path, stat.S_IFIFO | 0o644),
    "mknod": lambda web, path, _kind, _major, _minor: web.mknod(path, stat.S_IFCHR | 0o644, 1 << 8 | 3),
    "truncate": lambda web, _option, size, path: (web.append(path, b""), web.truncate(path, 100 << 20)),
    "cat": lambda web, path: web.read(path),
    "ls": list_all,
    "true": lambda web: None,
}


def shell(web: ll.Container, line: str) -> None:
    """Run the few shell commands of the measurements on a container."""
    for command in line.split(";"):
        words = shlex.split(command.replace("> /dev/null", "").replace(">/dev/null", ""))
        if ">>" in words:
            web.append(words[-1], _echoed(words))
        elif ">" in words:
            web.write(words[-1], _echoed(words))
        else:
            COMMANDS[words[0]](web, *words[1:])


def _echoed(words: list[str]) -> bytes:
    return f"{words[1]}\n".encode() if words[0] == "echo" else b""


def upper_lines(layer: ll.Layer) -> list[str]:
    """The thin layer as the measurements list it: kind, path, size and links, a whiteout as `c PATH 0`."""
    lines = []
    for name, entry in layer.entries.items():
        if entry.kind == "whiteout":
            lines.append(f"c {name.replace('.wh.', '', 1)} 0")
        elif entry.kind == "directory":
            lines.append(f"d {name}")
        elif entry.kind != "opaque":
            letter = {"file": "f", "symlink": "l", "fifo": "p", "char": "c"}[entry.kind]
            lines.append(f"{letter} {name} {entry.size} {entry.nlink}")
    return sorted(lines)


def measured_upper_lines(upper: list[str]) -> list[str]:
    lines = []
    for line in upper:
        kind, path, size, links = line.split()
        if kind == "d":
            lines.append(f"d {path}")
        elif kind == "c" and path != "t/c":  # a whiteout
            lines.append(f"c {path} 0")
        else:
            lines.append(f"{kind} {path} {size} {links}")
    return sorted(lines)


def tar_lines(layer: ll.Layer) -> list[str]:
    """The layer's tar as the measurements list it; a later name of an inode is `h NAME -> FIRST`."""
    lines, first = [], dict[int, str]()
    for name, entry in layer.entries.items():
        original = first.setdefault(entry.inode, name)
        if original != name:
            lines.append(f"h {name} -> {original}")
        elif entry.kind == "symlink":
            lines.append(f"l {name} -> {entry.target}")
        elif entry.kind == "directory":
            lines.append(f"d {name}")
        elif entry.kind == "file" and entry.size:
            lines.append(f"f {name} {entry.size}")
        else:
            lines.append(f"{'o' if entry.kind in ('fifo', 'char') else 'f'} {name}")
    return sorted(lines)


@pytest.mark.parametrize("row", ROWS, ids=[row["name"] for row in ROWS])
def test_the_thin_layer_diff_size_and_commit_are_what_docker_reported(row: dict[str, Any]) -> None:
    web = fresh_container()
    image = web.image

    shell(web, row["op"])

    measured = row["docker"]
    assert sorted(measured["diff"], key=lambda line: line[2:]) == web.diff()
    assert measured["SizeRw"] == web.size_rw
    if measured["tar"] == COMMIT_REFUSED:
        with pytest.raises(ValueError, match=r"^/t/\.wh\.f: "):
            web.commit()
        return
    assert measured_upper_lines(measured["upper"]) == upper_lines(web.layer)
    marked = [name.rpartition("/")[0] for name, entry in web.layer.entries.items() if entry.kind == "opaque"]
    assert sorted(measured["opaque"]) == sorted(marked)
    committed = web.commit()
    if measured["tar"] == NO_LAYER:
        assert (image.layers, True) == (committed.layers, committed.history[-1].empty_layer)
    else:
        assert sorted(measured["tar"]) == tar_lines(committed.layers[-1])


def test_all_37_rows_are_tried() -> None:
    assert 37 == len(ROWS)
