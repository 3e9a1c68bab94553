"""Layer: a set of changes to a file system, frozen, and named by the hash of its tar.

A layer holds files, and marks that hide names of the layers below it: a whiteout hides one name, an opaque
mark hides all that lower layers hold in a directory (OCI image-spec 1.1, layer.md).
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import index
from typing import NoReturn

from layerlab.model import arguments, tar
from layerlab.model.content import Content
from layerlab.model.entry import (
    OPAQUE_MARK,
    WHITEOUT_PREFIX,
    Device,
    Directory,
    Entry,
    Fifo,
    File,
    HardLink,
    Spec,
    Symlink,
    Whiteout,
)
from layerlab.model.frozen import ReadOnly

READ_ONLY = "layers are read-only: write to a container instead"


@dataclass(frozen=True)
class Stored:
    """How a loaded layer is stored in its archive: its verified digests and where its bytes are.

    `diff_id` and `digest` are `sha256:<hex>`; `tar` is the uncompressed tar, `blob` the bytes as stored (the
    same where nothing is compressed), `media_type` the manifest's word for it.

    >>> tar = filler(1024)
    >>> Stored(tar.digest, tar, tar.digest, tar, "application/vnd.oci.image.layer.v1.tar").blob.size
    1024
    """

    diff_id: str
    tar: Content
    digest: str
    blob: Content
    media_type: str


class Layer:
    """A frozen set of entries, equal to every layer with the same `diff_id`.

    `entries` maps tar names without a trailing slash to entries; sizes are in bytes. A layer made here has the
    canonical tar of `layerlab.model.tar` and no `digest`, `blob_size` or `media_type`; one that was loaded keeps
    its archive's bytes.

    >>> layer = Layer.of({"etc/motd": b"hi"})
    >>> list(layer.entries), layer.size, layer.tar_size
    (['etc', 'etc/motd'], 2, 2560)
    >>> Layer.of({}).diff_id
    'sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef'
    """

    entries: Mapping[str, Entry]
    stored: Stored | None

    def __init__(self, entries: Mapping[str, Entry], stored: Stored | None = None) -> None:
        # Past `__setattr__`, which refuses every change of a layer.
        self.__dict__["entries"] = ReadOnly(entries, READ_ONLY)
        self.__dict__["stored"] = stored

    @classmethod
    def of(cls, files: Mapping[str, Spec]) -> "Layer":
        """Make a layer from names and what they stand for.

        A value is bytes, `filler(n)`, or a `File`, `Directory`, `Symlink`, `HardLink`, `Device`, `Fifo`, `WHITEOUT`
        or `OPAQUE`. Missing parents become directories, mode 0755, owner 0:0. A name that cannot be in a layer
        raises ValueError.

        >>> Layer.of({"bin/sh": Symlink("bash"), "etc/old": WHITEOUT, "srv/": OPAQUE}).entries
        {'bin': <directory drwxr-xr-x 0:0>, 'bin/sh': <symlink lrwxrwxrwx 0:0 -> bash>, \
'etc': <directory drwxr-xr-x 0:0>, 'etc/.wh.old': <whiteout w--------- 0:0>, 'srv': <directory drwxr-xr-x 0:0>, \
'srv/.wh..wh..opq': <opaque o--------- 0:0>}
        """
        return cls(_entries(files))

    @cached_property
    def diff_id(self) -> str:
        """The sha256 of the uncompressed tar, as `sha256:<hex>` (OCI image-spec 1.1, config.md)."""
        if self.stored:
            return self.stored.diff_id
        sha = hashlib.sha256()
        for chunk in tar.chunks(self.entries):
            sha.update(chunk)
        return "sha256:" + sha.hexdigest()

    @cached_property
    def size(self) -> int:
        """Bytes as Docker counts them: regular files, each inode once, plus the length of symlink targets."""
        # moby, pkg/directory: each inode is counted once, and directories have no size.
        inodes = {entry.inode: entry.size for entry in self.entries.values() if entry.kind in ("file", "symlink")}
        return sum(inodes.values())

    @cached_property
    def tar_size(self) -> int:
        """Bytes of the uncompressed tar, headers and padding included."""
        return self.stored.tar.size if self.stored else tar.size(self.entries)

    @cached_property
    def newest(self) -> int:
        """The latest mtime of any entry, in whole seconds; 0 for an empty layer."""
        return max((entry.mtime for entry in self.entries.values()), default=0)

    @property
    def digest(self) -> str | None:
        """The sha256 of the stored blob, or None for a layer made here."""
        return self.stored.digest if self.stored else None

    @property
    def blob_size(self) -> int | None:
        """Bytes of the stored blob, or None for a layer made here."""
        return self.stored.blob.size if self.stored else None

    @property
    def media_type(self) -> str | None:
        """The manifest's media type of the stored blob, or None for a layer made here."""
        return self.stored.media_type if self.stored else None

    @property
    def packed_size(self) -> int:
        """Bytes of the layer as a client sends it: as recorded, or those of the stored blob.

        Nothing is compressed to find it out. Where nothing is recorded, it is the size of the tar, as if compression
        saved nothing.
        """
        recorded = self.__dict__.get("_packed_size")
        if recorded is not None:
            return int(recorded)
        return self.tar_size if self.blob_size is None else self.blob_size

    def with_packed_size(self, size: int) -> "Layer":
        """Return the same layer with the number of bytes that it was measured to have when compressed.

        >>> Layer.of({"srv/page": bytes(1_000_000)}).with_packed_size(1_000).packed_size
        1000
        """
        if index(size) < 0:
            raise ValueError(f"a size is 0 or more bytes, not {size}")
        layer = Layer(self.entries, self.stored)
        # What was computed already is the same for both: the tar does not change.
        layer.__dict__.update(self.__dict__)
        layer.__dict__["_packed_size"] = size
        return layer

    def with_known_diff_id(self, diff_id: str) -> "Layer":
        """Return the same layer with the DiffID that was computed for it before: its bytes are not hashed again.

        >>> empty = "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"
        >>> Layer.of({}).with_known_diff_id(empty) == Layer.of({})
        True
        """
        layer = Layer(self.entries, self.stored)
        layer.__dict__.update(self.__dict__)
        layer.__dict__["diff_id"] = diff_id
        return layer

    def tar_chunks(self) -> Iterator[bytes]:
        """Yield the uncompressed tar a piece at a time: the very bytes that `diff_id` is the hash of."""
        return self.stored.tar.chunks() if self.stored else tar.chunks(self.entries)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Layer):
            return NotImplemented
        # Identity first: to compute a DiffID the whole tar is hashed.
        return self is other or self.diff_id == other.diff_id

    def __hash__(self) -> int:
        return hash(self.diff_id)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(READ_ONLY)

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(READ_ONLY)

    def __repr__(self) -> str:
        """Say how many files, folders and marks it has, their bytes, and the largest file.

        >>> Layer.of({"etc/motd": b"hi", "srv/data": filler(20_000_000)})
        <Layer: 4 files and folders, 20,000,002 B; largest srv/data, 20,000,000 B>
        >>> Layer.of({"motd": WHITEOUT}), Layer.of({})
        (<Layer: 1 mark that hides, 0 B>, <Layer: empty, 0 B>)
        """
        marks = sum(entry.kind in ("whiteout", "opaque") for entry in self.entries.values())
        rest = len(self.entries) - marks
        some = []
        if rest:
            some.append(f"{rest:,} {'file or folder' if rest == 1 else 'files and folders'}")
        if marks:
            some.append(f"{marks:,} {'mark that hides' if marks == 1 else 'marks that hide'}")
        files = [(-entry.size, name) for name, entry in self.entries.items() if entry.kind == "file" and entry.size]
        if not files:
            return f"<Layer: {' and '.join(some) or 'empty'}, 0 B>"
        most, name = min(files)
        # A name of an archive may contain control characters, which `repr` writes as escapes.
        return f"<Layer: {' and '.join(some)}, {self.size:,} B; largest {repr(name)[1:-1]}, {-most:,} B>"


def _entries(files: Mapping[str, Spec]) -> dict[str, Entry]:
    specs = {}
    arguments.mapping(files, "what Layer.of takes", "{'a': b'hi'}")
    for key, spec in files.items():
        name = _checked_name(key, spec)
        if name in specs:
            raise ValueError(f"{name!r} is named twice in one layer")
        specs[name] = spec
    # Parents first and the caller's entries last, so that a directory that was named keeps its attributes.
    specs = {**dict.fromkeys((parent for name in specs for parent in _parents(name)), Directory()), **specs}
    entries: dict[str, Entry] = {}
    links: dict[str, list[str]] = {}
    for inode, name in enumerate(tar.in_order(specs), start=1):
        spec = specs[name]
        for parent in _parents(name):
            if not isinstance(specs[parent], Directory):
                raise ValueError(f"{name!r} lies in {parent!r}, which is not a directory in this layer")
        if isinstance(spec, Whiteout):
            directory, _, base = name.rpartition("/")
            entries[_join(directory, WHITEOUT_PREFIX + base)] = Entry("whiteout", 0, inode=inode)
        elif isinstance(spec, HardLink):
            # Links wait, because the file that they name may come later in the order of the tar.
            links.setdefault(_checked_name(spec.target, spec), []).append(name)
        else:
            entries[name] = _entry(name, spec)._replace(inode=inode)
            if isinstance(spec, Directory) and spec.opaque and name:
                # The negative number belongs to no other entry: two entries of one inode would be hard links.
                entries[_join(name, OPAQUE_MARK)] = Entry("opaque", 0, inode=-inode)
    for target, names in links.items():
        _link(entries, target, names)
    return {name: entries[name] for name in tar.in_order(entries)}


def _link(entries: dict[str, Entry], target: str, names: list[str]) -> None:
    original = entries.get(target)
    if original is None or original.kind == "directory":
        raise ValueError(f"{names[0]!r} links to {target!r}, which is no file of this layer")
    shared = original._replace(nlink=1 + len(names))
    entries.update(dict.fromkeys([target, *names], shared))


def _entry(name: str, spec: Spec) -> Entry:
    if isinstance(spec, bytes | Content):
        return File(spec).entry()
    if not isinstance(spec, File | Directory | Symlink | Device | Fifo):
        raise TypeError(f"{name!r}: a file's content is bytes, as in b'hi', not {type(spec).__name__}")
    try:
        return _sound(spec.entry())
    except (TypeError, ValueError, OverflowError) as error:
        raise type(error)(f"{name!r}: {error}") from None


def _sound(entry: Entry) -> Entry:
    """Return `entry` if a file can have its numbers and attributes, else raise an error."""
    if not 0 <= index(entry.mode) <= 0o7777:
        raise ValueError(f"a mode holds permissions alone, 0o7777 at most, not {oct(entry.mode)}")
    if entry.kind in ("char", "block"):
        arguments.device(entry.rdev, "")
    elif entry.kind not in ("file", "directory", "symlink", "fifo"):
        raise ValueError(f'a device is of the kind "char" or "block", not {entry.kind!r}')
    if None in (arguments.owner(entry.uid), arguments.owner(entry.gid)):
        raise ValueError("an owner is 0 or more")
    arguments.offset(entry.mtime, "a time")
    for key, value in entry.xattrs.items():
        arguments.text(key, "an attribute's name")
        arguments.data(value, "an attribute's value")
    return entry


def _checked_name(key: str, spec: Spec) -> str:
    name = arguments.word(key, "a name in a layer").strip("/")
    parts = name.split("/") if name else []
    if key.endswith("/") and not isinstance(spec, Directory | Whiteout):
        raise ValueError(f"{key!r} ends in a slash, so it must be a directory")
    if not name and not isinstance(spec, Directory):
        raise ValueError("the root is a directory")
    for part in parts:
        if part in ("", ".", "..") or "\0" in part:
            raise ValueError(f"{key!r} is no name in a layer: {part!r} cannot be part of it")
        if part.startswith(WHITEOUT_PREFIX):
            raise ValueError(f"{key!r}: names that start with .wh. are marks: use WHITEOUT or OPAQUE")
    return name


def _parents(name: str) -> Iterator[str]:
    position = name.find("/")
    while position > 0:
        yield name[:position]
        position = name.find("/", position + 1)


def _join(directory: str, name: str) -> str:
    return f"{directory}/{name}" if directory else name
