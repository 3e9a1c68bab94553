"""The situations of tests/data/builds.json: bases, contexts, and the change between a first and a second build."""

import io
import json
import tarfile
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

from layerlab import Directory, File, Host, Image, Layer, Symlink, scratch
from layerlab.model.entry import Spec

RECORD = json.loads((Path(__file__).parents[1] / "data/builds.json").read_text())
BUILDERS = ("classic", "buildkit", "podman")
TIME = 1_700_000_000

Context = dict[str, Spec]
MOUNTED: Mapping[str, Spec] = {
    "etc/hosts": b"",
    "etc/resolv.conf": b"",
    "etc/hostname": b"",
    "etc/mtab": Symlink("/proc/mounts"),
    "run/": Directory(),
}


def base(*, mounted: bool = True) -> Image:
    """Return the base of the record: with the files that engines mount something on, or without."""
    files: dict[str, Spec] = {
        "bin/sh": b"#!",
        "app0/": Directory(),
        "tmp/": Directory(mode=0o1777),
        "etc/passwd": b"root:x:0:0:root:/:/bin/sh\n",
        **(MOUNTED if mounted else {}),
    }
    return scratch.with_layer(Layer.of(files)).with_config(env={"PATH": "/bin"})


def host() -> Host:
    found = Host()
    found.add(base(mounted=False), "base:1")
    found.add(base(), "base:2")
    return found


def packed() -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        member = tarfile.TarInfo("inner.txt")
        member.size = 3
        archive.addfile(member, io.BytesIO(b"abc"))
    return data.getvalue()


# What the rows "instructions" and "more_instructions" copy.
SMALL: Mapping[str, Spec] = {
    "f.txt": b"hello\n",
    "passwd": b"root:x:0:0:root:/:/bin/sh\n",
    "src/a": b"a" * 100,
    "empty/": Directory(),
    "t.tar": packed(),
}


def saved(data: bytes, mode: int = 0o644, mtime: int = TIME, uid: int = 0) -> File:
    return File(data, mode=mode, mtime=mtime, uid=uid, gid=uid)


def files() -> Context:
    """Return the context of the rows "cache_matrix"."""
    return {
        "salt": saved(b"salt"),
        "app.txt": saved(b"hello\n"),
        "lib.txt": saved(b"lib\n"),
        "src/": Directory(mtime=TIME),
        "src/a": saved(b"a"),
        "src/sub/": Directory(mtime=TIME),
        "src/sub/b": saved(b"b"),
        "notes.log": saved(b"log\n"),
        ".dockerignore": saved(b"*.log\n"),
    }


def moved(files: Context, old: str, new: str) -> Context:
    return {(new if path == old else path): spec for path, spec in files.items()}


def stamped(files: Context, under: str, mtime: int) -> Context:
    made: Context = {}
    for path, spec in files.items():
        if not path.startswith(under):
            made[path] = spec
        elif isinstance(spec, Directory):
            made[path] = Directory(mode=spec.mode, mtime=mtime)
        else:
            assert isinstance(spec, File)
            made[path] = File(spec.content, mode=spec.mode, mtime=mtime)
    return made


NEW = TIME + 9_999
# What happens to the context before the second build, by the name of the row; rows without one change nothing there.
CHANGES: Mapping[str, Callable[[Context], Context]] = {
    "mtime_file": lambda files: files | {"app.txt": saved(b"hello\n", mtime=NEW)},
    "add_mtime": lambda files: files | {"app.txt": saved(b"hello\n", mtime=NEW)},
    "mtime_dir": lambda files: stamped(files, "src/", NEW),
    "content": lambda files: files | {"app.txt": saved(b"hellO\n", mtime=NEW)},
    "content_same_size_mtime": lambda files: files | {"app.txt": saved(b"hellO\n")},
    "content_second_copy": lambda files: files | {"src/a": saved(b"A", mtime=NEW)},
    "mode_x": lambda files: files | {"app.txt": saved(b"hello\n", mode=0o755)},
    "mode_600": lambda files: files | {"app.txt": saved(b"hello\n", mode=0o600)},
    "mode_dir": lambda files: files | {"src/": Directory(mode=0o700, mtime=TIME)},
    "owner_ctx": lambda files: files | {"app.txt": saved(b"hello\n", uid=1_000)},
    "rename_in_dir": lambda files: moved(files, "src/a", "src/z"),
    "file_renamed_same_bytes": lambda files: moved(files, "app.txt", "app3.txt"),
    "empty_subdir": lambda files: files | {"src/newdir/": Directory(mtime=NEW)},
    "new_file_in_dir": lambda files: files | {"src/new": saved(b"n", mtime=NEW)},
    "uncopied_file": lambda files: files | {"lib.txt": saved(b"LIB\n", mtime=NEW)},
    "ignored_file": lambda files: files | {"notes.log": saved(b"LOG LOG\n", mtime=NEW)},
    "dockerignore_comment": lambda files: files | {".dockerignore": saved(b"# c\n*.log\n", mtime=NEW)},
    "git_head": lambda files: files | {".git/HEAD": saved(b"y", mtime=NEW)},
    "ms_same_output": lambda files: files | {"lib.txt": saved(b"LIB2\n", mtime=NEW)},
    "ms_other_output": lambda files: files | {"app.txt": saved(b"new\n", mtime=NEW)},
}
# What is otherwise in the context from the start.
FIRST: Mapping[str, Context] = {
    "git_head": {".git/HEAD": saved(b"x")},
    "dockerfile_ignored": {".dockerignore": saved(b"*.log\nDockerfile\n")},
}
# Rows in which the Dockerfile lies in the context; in all others it is handed over by --file.
INSIDE = {"ignored_file", "dockerignore_comment", "dockerfile_in_ctx", "dockerfile_ignored", "git_head"}


def options(words: list[str]) -> dict[str, Any]:
    """Return the options of `docker build` as those of `build`."""
    given = dict(pair.split("=", 1) for flag, pair in pairwise(words) if flag == "--build-arg")
    return {"args": given, "no_cache": "--no-cache" in words}
