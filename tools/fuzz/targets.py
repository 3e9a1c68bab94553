"""Targets: what is done with an input, and what must hold then, whatever the input is.

An input gives images or ArchiveError, in one line; what loads can also be looked at, explained, saved and loaded again
as the same image; and nothing is written but what was asked for. Any other outcome raises.
"""

import contextlib
import io
import itertools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from layerlab.archive.assemble import Named, docker_files, oci_files
from layerlab.archive.carried import lost
from layerlab.archive.errors import ArchiveError
from layerlab.archive.files import Part
from layerlab.archive.limits import Budget
from layerlab.archive.load import LIMITS, images_in, load
from layerlab.archive.save import save
from layerlab.archive.source import Source
from layerlab.archive.tar_entries import Unpacking
from layerlab.archive.tar_headers import Headers
from layerlab.cli.main import main
from layerlab.model.content import EMPTY, Literal
from layerlab.model.entry import Entry
from layerlab.model.explain import explain
from layerlab.model.image import Image
from layerlab.model.layer import Layer
from tools.fuzz.mutate import Mutator
from tools.fuzz.seeds import KINDS, wrapped

NAME = "fuzz/image:1"
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
CHANGING = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink", "os.truncate", "os.chmod",
            "os.chown", "os.utime", "os.setxattr", "os.mkfifo", "os.mknod", "subprocess.Popen", "os.system",
            "socket.connect")  # fmt: skip


class Broken(AssertionError):  # noqa: N818
    """Something that must hold does not."""


class Guard:
    """Watches for anything that writes while it is on; a file without a name in `folder` is none that stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder)
        self._seen: list[str] | None = None
        sys.addaudithook(self._hook)

    @contextlib.contextmanager
    def __call__(self) -> Iterator[None]:
        """Raise at the end if anything was written."""
        seen: list[str] = []
        self._seen = seen
        try:
            yield
        finally:
            self._seen = None
        if seen:
            raise Broken(f"something was written: {seen}")

    def _hook(self, event: str, args: tuple[Any, ...]) -> None:
        if self._seen is None:
            return
        if event in CHANGING or (event == "open" and args[2] & WRITING and args[0] != self._folder):
            self._seen.append(f"{event}{args}")


class Target:
    """One thing to fuzz: `seeds` are where it starts, `mutate` changes an input, `run` does with it what it is for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.guard = Guard(folder)

    def run(self, data: bytes) -> None:
        """Take one input. Raises where something does not hold."""
        raise NotImplementedError

    def mutate(self, mutator: Mutator, data: bytes, most: int) -> bytes:
        """Return a changed input."""
        raise NotImplementedError


class Archives(Target):
    """Whole archives, from a file, as `load` and the command line read them."""

    largest = 64 << 10

    def run(self, data: bytes) -> None:
        """Load an archive, and do all with its images that one does."""
        path = self.folder / "it"
        path.write_bytes(data)
        with self.guard():
            images = refused_in_one_line(lambda: load(path), f"{path}: ")
        if not images:
            return
        with self.guard():
            looked_at(images)
            for command in (["inspect"], ["inspect", "--json"], ["usage"], ["usage", "--json"]):
                printed(command, path)
        again(images, self.folder)

    def mutate(self, mutator: Mutator, data: bytes, most: int) -> bytes:
        """Return a changed archive."""
        return mutator.archive(data, most)


class Layers(Target):
    """Tars of layers: the reader of headers and the rules of a changeset."""

    largest = 32 << 10

    def run(self, data: bytes) -> None:
        """Read a layer whole and in pieces, look at it, and read what is written of it."""
        pieces = 1 + len(data) % 700
        whole = _outcome(data, len(data) or 1)
        split = _outcome(data, pieces)
        if isinstance(whole, str) or isinstance(split, str):
            if whole != split:
                raise Broken(f"in pieces of {pieces} bytes it is {split}, else {whole}")
            return
        if _facts(whole) != _facts(split):
            raise Broken(f"in pieces of {pieces} bytes it is {split}, else {whole}")
        layer = Layer(whole)
        looked_at([Image([layer, layer])])
        if any(lost(name, entry) for name, entry in whole.items() if entry.kind == "directory" and ".wh." in name):
            return  # a directory that got its name and its set-gid bit from what lies in it cannot be stated
        made = b"".join(Layer(whole).tar_chunks())
        written = _outcome(made, len(made))
        if isinstance(written, str) or _facts(written) != _facts(whole):
            raise Broken(f"what is written of it is another layer: {written}")

    def mutate(self, mutator: Mutator, data: bytes, most: int) -> bytes:
        """Return a changed layer."""
        return mutator.layer(data, most)


class Documents(Target):
    """JSON documents: each kind in its place in an archive, in memory."""

    largest = 8 << 10

    def run(self, data: bytes) -> None:
        """Read an archive in which one document is the input; its first byte tells which."""
        files = wrapped(KINDS[data[0] % len(KINDS)] if data else KINDS[0], data[1:])
        with self.guard():
            images = refused_in_one_line(lambda: images_in(Memory(files)))
        if images:
            looked_at(images)
            for image in images:
                _in_memory(image)

    def mutate(self, mutator: Mutator, data: bytes, most: int) -> bytes:
        """Return the document changed, once in a while as another kind of document."""
        kind = mutator.kind(data[:1], len(KINDS))
        return kind + mutator.document(data[1:], most - 1)


TARGETS: dict[str, type[Archives] | type[Layers] | type[Documents]] = {
    "archives": Archives, "layers": Layers, "documents": Documents
}  # fmt: skip


class Memory(Source):
    """An archive that lies in memory."""

    def __init__(self, files: dict[str, bytes]) -> None:
        super().__init__(LIMITS)
        self._parts = {name: Part(Literal(data), 0, len(data)) for name, data in files.items()}

    def get(self, name: str) -> Part | None:
        """Return the content under `name`, or None where there is none."""
        return self._parts.get(name)

    def holders(self, name: str) -> list[str]:
        """Return the folders at its top in which there is something called `name`, in order."""
        return sorted(key.removesuffix(f"/{name}") for key in self._parts if key.endswith(f"/{name}"))


def refused_in_one_line(read: Callable[[], tuple[Image, ...]], start: str = "") -> tuple[Image, ...]:
    """Return what is read, () where it is refused as it should be."""
    try:
        images = read()
    except ArchiveError as error:
        text = str(error)
        if not text.startswith(start) or not text.isprintable() or len(text) <= len(start) + 3:
            raise Broken(f"no clear line: {text!r}") from error
        return ()
    if not images:
        raise Broken("neither images nor an error")
    for line in getattr(images, "skipped", ()):
        if not line.isprintable():
            raise Broken(f"no clear line of what is left out: {line!r}")
    return images


def looked_at(images: tuple[Image, ...] | list[Image]) -> None:
    """Do with images all that one does to see what is in them."""
    for image in images:
        str(image), dict(image.platform), image.chain_ids, image.size, image.newest, image.parent
        image.with_config(env={"A": "1"}, labels={"a": "b"}, expose=["1"]).id  # noqa: B018
        for path, entry in image.view().items():
            repr(entry)
            image.view()[path]
        report = explain(image)
        if sum(split.visible + split.dead for split in report.layers) != image.size:
            raise Broken("bytes that live and dead ones are not all")
        image.squash().id  # noqa: B018


def printed(command: list[str], path: Path) -> None:
    """Run the command line, which must say all of it in text that a terminal does not obey."""
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        code = main([*command, str(path)])
    text = out.getvalue()
    if code or err.getvalue() or not all(line.isprintable() for line in text.splitlines()):
        raise Broken(f"{command}: {code}, {err.getvalue()!r}, {text!r}")
    text.encode("ascii" if "--json" in command else "utf-8")


def again(images: tuple[Image, ...], folder: Path) -> None:
    """Save each image in both formats, and load it again: it must be the same."""
    for image in images:
        for form, name in (("oci", "oci.tar"), ("docker", "docker.tar")):
            path = folder / name
            save({NAME: image}, path, form)  # type: ignore[arg-type]
            _same(image, load(path), form)
            path.unlink()


def _in_memory(image: Image) -> None:
    for form, files in (("oci", oci_files), ("docker", docker_files)):
        made = {name: content.read() for name, content in files([Named(image, (NAME,))]).items()}
        _same(image, images_in(Memory(made)), form)


def _same(image: Image, loaded: tuple[Image, ...], form: str) -> None:
    if [image.id] != [each.id for each in loaded] or image.diff_ids != loaded[0].diff_ids:
        raise Broken(f"saved as {form} and loaded again it is {loaded}, not {image}")
    if loaded[0].names != (NAME,):
        raise Broken(f"saved as {form} it is called {loaded[0].names}")


Outcome = dict[str, Entry] | str


def _outcome(data: bytes, pieces: int) -> Outcome:
    """Return the entries of a layer that is fed in pieces, or what it is refused for."""
    budget = Budget(LIMITS, len(data))
    changeset = Unpacking(Literal(data), budget)
    headers = Headers(changeset.add, budget)
    try:
        for start, stop in itertools.pairwise([*range(0, len(data), pieces), len(data)]):
            headers.feed(data[start:stop])
        headers.finish()
        changeset.finish()
    except ArchiveError as error:
        if not str(error).isprintable():
            raise Broken(f"no clear line: {error!s}") from error
        return str(error)
    return changeset.entries


def _facts(entries: dict[str, Entry]) -> dict[str, object]:
    """Return what an entry says whatever the order of the tar: the inode of a file is the first name of it.

    A directory has one name, and those that no member states have no number.
    """
    first: dict[int, str] = {}
    for name in sorted(entries):
        if entries[name].kind != "directory":
            first.setdefault(entries[name].inode, name)
    return {
        name: (entry._replace(inode=0, content=EMPTY), first.get(entry.inode), entry.content.read())
        for name, entry in entries.items()
    }
