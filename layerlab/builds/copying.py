"""Copying: what COPY and ADD of a Dockerfile take, what of it is in the key, and how it gets into the container."""

import io
import posixpath
import re
import tarfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from layerlab.builds.build_context import Copied, cleaned, copied
from layerlab.builds.builders import Builder
from layerlab.builds.dockerfile import Instruction
from layerlab.builds.file_commands import mode_of, owner_of
from layerlab.model.container import Container
from layerlab.model.entry import Directory, Entry, File, Symlink
from layerlab.model.layerlab_error import LayerlabError

_TAR_STARTS = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ")
_NETWORK = re.compile(r"(https?|git|ftp)://")


class CopyError(LayerlabError, ValueError):
    """What cannot be copied, in one line.

    >>> build("FROM scratch\\nCOPY app /app", {})
    Traceback (most recent call last):
    layerlab.builds.build.BuildError: Dockerfile line 2: COPY: app is not in the context
    """


@dataclass(frozen=True)
class Copying:
    """One COPY or ADD: for each source as asked what it names, and where it all goes.

    A `goal` that ends in a slash is a folder. `chown` and `chmod` are as the flags say, "" for none.
    """

    each: Instruction
    rules: Builder
    sources: tuple[tuple[str, Sequence[Copied]], ...]
    goal: str
    chown: str = ""
    chmod: str = ""
    hashed: Mapping[str, int] = field(default_factory=dict)
    """The modes of folders that are in the key whatever the folders have now."""

    @classmethod
    def read(
        cls,
        each: Instruction,
        rules: Builder,
        words: Sequence[str],
        tree: Mapping[str, Entry],
        workdir: str,
        chown: str,
        hashed: Mapping[str, int],
    ) -> "Copying":
        """Find what a line copies in `tree`; `words` are its arguments with variables replaced."""
        if len(words) < 2:
            raise CopyError(f"{each.keyword} requires at least two arguments, but only one was provided")
        *asked, last = words
        goal = posixpath.normpath(posixpath.join(workdir, last))
        if last.endswith(("/", "/.")) or last == ".":
            goal = goal.rstrip("/") + "/"
        where = f"the stage {each.flags['from']}" if "from" in each.flags else "the context"
        sources = []
        for word in asked:
            if each.keyword == "ADD" and _NETWORK.match(word):
                raise CopyError(f"ADD: {word} lies in a network, and there is none here: put the file in the context")
            found = copied(tree, word)
            if not found:
                raise CopyError(f"{each.keyword}: {word} is not in {where}")
            sources.append((word, found))
        if rules.folder_slash and sum(len(found) for _, found in sources) > 1 and not goal.endswith("/"):
            raise CopyError(f"{each.keyword} of several files: what they go to must be a directory and end with a /")
        return cls(each, rules, tuple(sources), goal, chown, each.flags.get("chmod", ""), hashed)

    @property
    def found(self) -> list[Copied]:
        """What all sources name."""
        return [each for _, found in self.sources for each in found]

    @property
    def paths(self) -> set[str]:
        """The paths of all that is copied."""
        return {
            path
            for each in self.found
            for path in (each.path, *(posixpath.join(each.path, below) for below in each.below))
        }

    @property
    def names(self) -> list[str]:
        """The sources as paths from the top, and the stage that they are in."""
        return [cleaned(asked) for asked, _ in self.sources] + [self.each.flags.get("from", "")]

    @property
    def files(self) -> dict[str, list[object]]:
        """What is copied, for the key: for each name its kind, mode, owner and bytes, as far as the builder looks."""
        table: dict[str, list[object]] = {}
        for number, each in enumerate(self.found):
            above = each.path
            if not self.rules.names:
                # Such a builder hashes one file without its name. Of several files it hashes the names too, in order.
                above = f"{number} {posixpath.basename(each.path)}" if len(self.found) > 1 else ""
            if each.path and (self.rules.top_mode or each.entry.kind != "directory"):
                table[above] = self._row(each.path, each.entry)
            for path, entry in each.below.items():
                table[posixpath.join(above, path)] = self._row(posixpath.join(each.path, path), entry)
        return table

    def _row(self, path: str, entry: Entry) -> list[object]:
        mode, owner = self.hashed.get(path, entry.mode), "0:0"
        if self.rules.host_owner or "from" in self.each.flags:
            owner = f"{entry.uid}:{entry.gid}"
        if not self.rules.names:
            # Such a builder hashes the files as they go in, which is after --chmod and --chown.
            mode = self._mode(entry)
            if self.chown:
                owner = f"{self.chown}, was {_name(entry.uid)}:{_name(entry.gid)}"
        return [entry.kind, mode, owner, entry.digest or entry.target]

    def _mode(self, entry: Entry) -> int:
        return mode_of(self.chmod, entry) if self.chmod else entry.mode

    def put(self, box: Container) -> None:
        """Put everything into the container."""
        owner = owner_of(self.chown, box) if self.chown else None
        into = self.goal.endswith("/") or len(self.found) > 1
        goal = self.goal.rstrip("/") or "/"
        for each in self.found:
            if self.each.keyword == "ADD" and (inner := unpacked(each.entry)) is not None:
                self._put_folder(box, goal, inner, None)
            elif each.entry.kind == "directory":
                self._put_folder(box, goal, each.below, owner)
            else:
                inside = into or kind_at(box, goal) == "directory"
                name = posixpath.join(goal, posixpath.basename(each.path)) if inside else goal
                make_folders(box, posixpath.dirname(name), owner or (0, 0))
                box.place(name, self._given(each.entry, owner))

    def _given(self, entry: Entry, owner: tuple[int, int] | None) -> Entry:
        # Files keep the owners that they had in another stage. Those of the host mean nothing in an image.
        uid, gid = owner or ((entry.uid, entry.gid) if "from" in self.each.flags else (0, 0))
        return entry._replace(uid=uid, gid=gid, mode=self._mode(entry), nlink=1)

    def _put_folder(self, box: Container, goal: str, below: Mapping[str, Entry], owner: tuple[int, int] | None) -> None:
        if self.rules.repeats_folder and goal != "/" and kind_at(box, goal) == "directory":
            box.chmod(goal, box.stat(goal).mode)  # the same mode: it is copied up, and so in the layer
        # The folder itself gets the usual mode and belongs to root, whatever it was.
        make_folders(box, goal, owner or (0, 0))
        folders = []
        for path in sorted(below):
            entry, name = self._given(below[path], owner), posixpath.join(goal, path)
            if entry.kind == "directory":
                folders.append((name, entry))
                make_folders(box, name, (0, 0))
            else:
                box.place(name, entry)
        for name, entry in folders:
            box.chmod(name, entry.mode)
            box.chown(name, entry.uid, entry.gid)
            box.utime(name, entry.mtime)


def _name(number: int) -> str:
    """Return the name that Podman 4.3 hashes for an owner besides its number: it knows no user of the host but root."""
    return "" if number else "root"


def kind_at(box: Container, path: str) -> str:
    """Return what is at a path of a container, "" for nothing.

    >>> kind_at(Container(scratch, "build", clock=lambda: 1), "/")
    'directory'
    """
    try:
        return str(box.stat(path).kind)
    except (FileNotFoundError, NotADirectoryError):
        return ""


def make_folders(box: Container, path: str, owner: tuple[int, int]) -> None:
    """Make a folder and those above it that are missing, with an owner, mode 0755.

    >>> box = Container(scratch, "build", clock=lambda: 1)
    >>> make_folders(box, "/srv/site", (5, 5))
    >>> box.stat("srv/site").uid
    5
    """
    missing: list[str] = []
    while path not in ("/", "") and not kind_at(box, path):
        missing.append(path)
        path = posixpath.dirname(path)
    for each in reversed(missing):
        box.mkdir(each)
        if any(owner):
            box.chown(each, *owner)


def unpacked(entry: Entry) -> Mapping[str, Entry] | None:
    """Return what is in a tar, compressed or not, by path; None for what is no tar.

    >>> unpacked(Entry("file", 0o644)) is None
    True
    """
    if entry.kind != "file" or not entry.size:
        return None
    start = entry.content.read(0, 512)
    if not start.startswith(_TAR_STARTS) and start[257:262] != b"ustar":
        return None
    try:
        with tarfile.open(fileobj=io.BytesIO(entry.read())) as archive:
            return {name: inner for name, inner in _members(archive) if name}
    except (tarfile.TarError, OSError, EOFError):
        return None


def _members(archive: tarfile.TarFile) -> Iterator[tuple[str, Entry]]:
    for member in archive:
        name = cleaned(member.name)
        owner = (member.mode & 0o7777, member.uid, member.gid, int(member.mtime))
        if member.isdir():
            yield name, Directory(*owner).entry()
        elif member.issym():
            yield name, Symlink(member.linkname, *owner[1:]).entry()
        elif member.isfile():
            data = archive.extractfile(member)
            yield name, File(data.read() if data is not None else b"", *owner).entry()
