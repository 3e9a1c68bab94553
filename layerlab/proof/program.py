"""Program: layers to start from and file operations to do, as plain data that can be run, stored and printed."""

import contextlib
import errno
import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from layerlab.model.container import Container
from layerlab.model.entry import Entry, Spec
from layerlab.model.handle import Handle
from layerlab.model.image import Image, scratch
from layerlab.model.inode import FileSystem
from layerlab.model.layer import Layer
from layerlab.model.mounts import Folder, MountedAt, Tmpfs
from layerlab.proof.kernel import KernelHandle, Overlay
from layerlab.proof.snapshot import NOW, Seen, short

ProofStep = tuple[Any, ...]
"""A verb of `Container` and its arguments; `open` and the verbs of a handle have the handle's number first.

The flags of `open` are a text such as "O_RDWR|O_CREAT": systems number them differently.
"""

Returned = Any
"""What a step gave: a plain value, or ("error", "ENOENT"); "OverflowError" or "ValueError" where `os` refuses it."""

ON_HANDLES = {
    "handle_read": "read",
    "handle_pread": "pread",
    "handle_write": "write",
    "handle_pwrite": "pwrite",
    "handle_truncate": "truncate",
    "handle_close": "close",
}


class PlannedMount(NamedTuple):
    """A mount that is made before the first step: its path, the number of a folder, and whether it is read-only.

    Without a folder it is a tmpfs. A path that is missing is made, and a tmpfs has this `mode` there.
    """

    path: str
    folder: int | None
    read_only: bool = False
    mode: int = 0o755


@dataclass(frozen=True)
class Program:
    """Layers, oldest first, as `Layer.of` takes them, and the steps to do on top of them.

    `folders` are the host's, each as `Layer.of` takes files, and `mounts` put them and memory over the layers.
    """

    layers: tuple[dict[str, Spec], ...]
    steps: tuple[ProofStep, ...] = ()
    folders: tuple[dict[str, Spec], ...] = ()
    mounts: tuple[PlannedMount, ...] = ()

    def image(self) -> Image:
        """Return the image that the program starts from."""
        image = scratch
        for files in self.layers:
            image = image.with_layer(Layer.of(files))
        return image


def container(program: Program) -> Container:
    """Return a container whose clock is later than `NOW`, so that its own times are told from given ones."""
    seconds = NOW

    def clock() -> int:
        nonlocal seconds
        seconds += 1
        return seconds

    folders = [_folder(number, files, clock) for number, files in enumerate(program.folders, start=1)]
    mounts = [
        MountedAt(path, Tmpfs(mode) if folder is None else folders[folder], read_only, len(folders) + number)
        for number, (path, folder, read_only, mode) in enumerate(program.mounts, start=1)
    ]
    return Container(program.image(), "proof", clock, mounts)


def _folder(number: int, files: dict[str, Spec], clock: Callable[[], int]) -> Folder:
    filesystem = FileSystem(number)
    folder = Folder(f"/{number}", filesystem, filesystem.root, clock)
    folder.put(files)
    return folder


class Side:
    """A container or an overlay with the handles that a program has open on it."""

    def __init__(self, files: Container | Overlay) -> None:
        self.files = files
        self.handles: dict[int, Handle | KernelHandle] = {}

    def do(self, step: ProofStep) -> Returned:
        """Do one step and return its answer in the words that both sides share."""
        try:
            return _plain(self._do(step))
        except OSError as error:
            name = errno.errorcode.get(error.errno or 0, str(error))
            return ("error", "ENOTSUP" if name == "EOPNOTSUPP" else name)  # one number and two names on Linux
        except (OverflowError, ValueError) as error:  # what `os` refuses before it asks the kernel
            return ("error", "OverflowError" if isinstance(error, OverflowError) else "ValueError")

    def _do(self, step: ProofStep) -> Any:
        verb, *arguments = step
        if verb == "open":
            number, path, flags, mode = arguments
            if number in self.handles:
                self.handles.pop(number).close()
            self.handles[number] = self.files.open(path, flag_bits(flags), mode)
            return self._close_pipe(number, path)
        if verb in ON_HANDLES:
            handle = self.handles.get(arguments.pop(0))
            return "no handle" if handle is None else getattr(handle, ON_HANDLES[verb])(*arguments)
        return getattr(self.files, verb)(*arguments)

    def _close_pipe(self, number: int, path: str) -> str | None:
        """Close a pipe at once: what can be done with it depends on who else has it open."""
        with contextlib.suppress(OSError):
            if self.files.stat(path).kind == "fifo":
                self.handles.pop(number).close()
                return "pipe"
        return None

    def close(self) -> None:
        """Close what the program left open."""
        for handle in self.handles.values():
            handle.close()


def _plain(value: Any) -> Returned:
    if isinstance(value, Entry):
        mtime = min(value.mtime, NOW)
        shown = Seen(
            value.kind, value.mode, value.uid, value.gid, mtime, value.nlink, value.size, value.rdev,
        )  # fmt: skip
        return list(shown[:8])
    return short(value) if isinstance(value, bytes) else value


def flag_bits(flags: str) -> int:
    """Return open flags as this system's number; AttributeError where it lacks one.

    >>> flag_bits("O_RDONLY|O_EXCL") == os.O_EXCL
    True
    """
    bits = 0
    for name in flags.split("|"):
        bits |= getattr(os, name)
    return bits


def call(step: ProofStep) -> str:
    """Return a step as the line of Python that does it on a container called `web`.

    >>> call(("chmod", "etc/motd", 0o600)), call(("handle_read", 2, -1))
    ("web.chmod('etc/motd', 0o600)", 'h2.read(-1)')
    """
    verb, *arguments = step
    if verb == "open":
        number, path, flags, mode = arguments
        names = " | ".join(f"os.{name}" for name in flags.split("|"))
        return f"h{number} = web.open({path!r}, {names}, {oct(mode)})"
    if verb in ON_HANDLES:
        return f"h{arguments[0]}.{ON_HANDLES[verb]}({', '.join(map(repr, arguments[1:]))})"
    octal = {"chmod": 1, "mkdir": 1}.get(verb)
    shown = [oct(value) if place == octal else repr(value) for place, value in enumerate(arguments)]
    return f"web.{verb}({', '.join(shown)})"
