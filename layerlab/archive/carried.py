"""Carried: what a tar can contain of an entry. An entry that a tar would change is not saved.

The bounds are those of the reader here and of the tars that engines write. Engines put attributes into pax records
(POSIX.1-2017, pax). The key of a record ends at the first "=", and an empty value means that there is no attribute.
"""

from collections.abc import Iterable

from layerlab.archive.attributes import check_attributes, unpacked
from layerlab.archive.errors import ArchiveError, at
from layerlab.archive.tar_entries import EARLIEST, LATEST, LONGEST_PATH
from layerlab.model.arguments import NO_ID
from layerlab.model.entry import WHITEOUT_PREFIX, Entry
from layerlab.model.image import Image
from layerlab.model.lookup import NAME_MAX, PATH_MAX
from layerlab.model.tar import major, minor, stated
from layerlab.words.printable import shown


def refuse_lossy(images: Iterable[Image]) -> None:
    """Raise ArchiveError for the first entry of a layer made here that would be different after loading.

    >>> refuse_lossy([scratch.with_layer(Layer.of({"a": File(b"", mtime=-1)}))])
    Traceback (most recent call last):
    layerlab.archive.errors.ArchiveError: 'a': no tar that engines read holds a time before 1970
    """
    seen: set[int] = set()
    for image in images:
        for layer in image.layers:
            # A layer that was loaded from a tar fits into one.
            if layer.stored is None and id(layer) not in seen:
                seen.add(id(layer))
                for name, entry in layer.entries.items():
                    if why := lost(name, entry):
                        with at(shown(name)):
                            raise ArchiveError(f"no tar that engines read holds {why}")
        try:
            image.config_json  # noqa: B018 - it is made now, to see that it can be made
        except UnicodeEncodeError:
            raise ArchiveError("the configuration has text that is no Unicode") from None


def lost(name: str, entry: Entry) -> str:
    """Return the part of an entry that a tar cannot contain, "" if it can contain all.

    >>> lost("a", File(b"", xattrs={"trusted.a=b": b"1"}).entry())
    "an attribute called 'trusted.a=b'"
    """
    if why := _lost_name(name, entry):
        return why
    if not 0 <= entry.mode <= 0o7777:
        return f"the mode {oct(entry.mode)}"
    if not (0 <= entry.uid < NO_ID and 0 <= entry.gid < NO_ID):
        return f"the owner {entry.uid}:{entry.gid}"
    if not (EARLIEST if entry.kind == "symlink" else 0) <= entry.mtime <= LATEST:
        return "a time before 1970" if entry.mtime < 0 else f"a time after April 2262: {entry.mtime}"
    if not (0 <= entry.rdev and major(entry.rdev) < 1 << 12 and minor(entry.rdev) < 1 << 20):
        return f"the device {entry.rdev}"
    if entry.kind == "symlink" and not 0 < _size(entry.target) < PATH_MAX:
        return "a symlink's target that is empty or longer than 4,095 bytes"
    for key, value in entry.xattrs.items():
        if not key or "=" in key or "\0" in key or _size(key) > NAME_MAX or not _is_unicode(key):
            return f"an attribute called {shown(key)}"
        if not value:
            return f"an attribute without bytes: {shown(key)}"
    return _left_out(name, entry) if entry.xattrs else ""


def _lost_name(name: str, entry: Entry) -> str:
    if len(name) * 4 > NAME_MAX and (_size(name) >= LONGEST_PATH or any(_too_long(part) for part in name.split("/"))):
        return "a name longer than a file system takes: 255 bytes, a path of 4,095"
    if entry.kind == "directory" and name.rpartition("/")[2].startswith(WHITEOUT_PREFIX):
        return "a directory whose name starts with .wh., which marks a whiteout"
    return ""


def _left_out(name: str, entry: Entry) -> str:
    """Return the attribute that engines refuse, leave out or change when they unpack the entry, "" if there is none."""
    for key, value in entry.xattrs.items():
        try:
            check_attributes(name, {stated(key): value}, entry.kind)
            kept = unpacked({name: entry._replace(xattrs={stated(key): value})})
        except ArchiveError:
            return f"an attribute that engines refuse: {shown(key)}"
        if kept != {name: entry._replace(xattrs={key: value})}:
            return f"an attribute that engines leave out or change: {shown(key)}"
    return ""


def _size(name: str) -> int:
    return len(name) if name.isascii() else len(name.encode("utf-8", "surrogateescape"))


def _too_long(part: str) -> bool:
    return _size(part.removeprefix(WHITEOUT_PREFIX)) > NAME_MAX


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
