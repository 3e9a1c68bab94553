"""Told: what an act in a container did to its thin layer, in words that come from comparing the layer's entries."""

from collections.abc import Iterable, Mapping

from layerlab.benches.verbs import TYPED, Act
from layerlab.model.container import Container
from layerlab.model.entry import OPAQUE_MARK, Entry, hidden_by, whiteout_of
from layerlab.picture.observe import called
from layerlab.words.plurals import listed
from layerlab.words.printable import printable
from layerlab.words.sizes import size

_AGAIN = "{name}'s thin layer contains this {what} already, so nothing is copied again."
_BARE = "A directory is copied without the files in it."
_COPIED_FIRST = "A file is copied whole before its first change."
_OWN = "Only {name} had this {what}, so nothing of the image is hidden."
_ONLY = "Only {name} has this {what}."
_OVER = "The new {what} takes the place of the whiteout. All that the image has there stays hidden."
_REPLACED = "The old contents are replaced, so the file is not copied first."
_UNDER = "A directory above this {what} hides all that the image has there."
_TREE = "One whiteout hides the whole directory from this container."
_RENAMED = "{name}'s thin layer contained this {what} already, so only the name changed."
_HIDES_OLD = "A whiteout hides the old name."


def told(container: Container, act: Act, was: Mapping[str, Entry], read: str = "", outside: str = "") -> str:
    """Say what an act moved into a thin layer, what that cost, and why.

    `was` holds the thin layer's entries before the act; `read` is what the picture says of a read, and `outside` what
    it says of volumes and other places that are no part of a thin layer.

    >>> web = shop().run("shop", name="web")
    >>> web.delete("var/www/index.html")
    >>> told(web, Act("delete", path="var/www/index.html"), {})[:67]
    "Into web's thin layer: a whiteout and 2 directories. Cost: 0 B. A w"
    """
    effect = TYPED[act.verb].effect
    if effect == "read":
        return f"{read} Nothing moves into {container.name}'s thin layer. Cost: 0 B."
    now = container.layer.entries
    mount = container.mounted_at(act.where or act.name, follow=effect != "delete")
    if outside and now.keys() == was.keys():
        return outside
    if mount is not None and now.keys() == was.keys():
        place = called(mount, container.name)
        return f"The change is in {place}. {container.name}'s thin layer is unchanged. Cost: 0 B."
    fresh = {path: entry for path, entry in now.items() if path and path not in was}
    # Measured on the thin layer and not looked up by verb, so the sentence cannot differ from the picture.
    cost = thin_bytes(now.values()) - thin_bytes(was.values())
    moved = f"Into {container.name}'s thin layer: {_moved(container, fresh)}." if fresh else ""
    spent = f"Cost: {size(cost)}." if cost >= 0 else f"Freed: {size(-cost)} of {container.name}'s thin layer."
    return " ".join(filter(None, [moved, spent, _why(container, act, was, fresh), _broken_link(container, fresh)]))


def thin_bytes(entries: Iterable[Entry]) -> int:
    """Return the bytes of a thin layer's entries; a file with several names counts once.

    >>> thin_bytes(Layer.of({"a": b"123", "b": HardLink("a")}).entries.values())
    3
    """
    # Names of one file have one inode number, so the file is in the dictionary once.
    return sum({entry.inode: entry.size for entry in entries if entry.kind != "directory"}.values())


def _moved(container: Container, fresh: Mapping[str, Entry]) -> str:
    """Return what is new in the thin layer in words: files by name, marks, and directories by their number."""
    words, folders = [], 0
    view, copied = container.image.view(), container.copied
    for path, entry in fresh.items():
        if entry.kind == "whiteout":
            words.append("a whiteout")
        elif entry.kind == "opaque":
            words.append("an opaque mark")
        elif entry.kind == "directory":
            folders += 1
        else:
            name = printable(path.rpartition("/")[2])
            words.append(f"a copy of {name}" if path in copied and path in view else name)
    if folders:
        words.append("a directory" if folders == 1 else f"{folders} directories")
    return listed(words)


def _why(container: Container, act: Act, was: Mapping[str, Entry], fresh: Mapping[str, Entry]) -> str:
    """Say why, from what is new: a copy, a whiteout, a directory, a file that only this container has, or nothing."""
    name, marks = container.name, [hidden_by(path) for path, entry in fresh.items() if entry.kind == "whiteout"]
    effect = TYPED[act.verb].effect
    if effect == "delete":
        if not marks:
            return _OWN.format(name=name, what=_what_was(act, was))
        below = container.image.view().get(marks[0])
        return _TREE if below is not None and below.kind == "directory" else TYPED["delete"].why
    copies = [path for path in fresh if path in container.copied]
    if effect == "rename":
        return _why_moved(name, _what_was(act, was), copies, marks)
    if copies:
        return TYPED[act.verb].why or _COPIED_FIRST
    files = [path for path, entry in fresh.items() if entry.kind not in ("directory", "whiteout", "opaque")]
    made = [*files, *(path for path in fresh if effect == "make" and path == act.where)]
    if not made and effect == "make":
        return _REPLACED
    if not made:
        return _BARE if fresh else _AGAIN.format(name=name, what=_what(container.stat(act.where or act.name).kind))
    what = _what(fresh[made[0]].kind)
    if whiteout_of(made[0]) in was:
        return _OVER.format(what=what)
    if made[0] not in container.image.view():
        return _ONLY.format(name=name, what=what)
    return _UNDER.format(what=what) if _covered(made[0], was) else _REPLACED


def _what(kind: str) -> str:
    """Return the noun for an entry's kind; a path that ends in a slash is a directory's."""
    return "directory" if kind in ("directory", "opaque", "/") else "file"


def _what_was(act: Act, was: Mapping[str, Entry]) -> str:
    """Return the noun for what an act took away from its path."""
    gone = was.get(act.where)
    return _what(gone.kind if gone else act.path[-1:])


def _why_moved(name: str, what: str, copies: list[str], marks: list[str]) -> str:
    if copies:
        return TYPED["rename"].why
    return " ".join([_RENAMED.format(name=name, what=what), *([_HIDES_OLD] if marks else [])])


def _covered(path: str, was: Mapping[str, Entry]) -> bool:
    """Tell whether a directory on the way to a path was opaque or new, so that no file of the image showed there."""
    parents = [path[:place] for place, letter in enumerate(path) if letter == "/"]
    return any(whiteout_of(each) in was or f"{each}/{OPAQUE_MARK}" in was for each in parents)


def _broken_link(container: Container, fresh: Mapping[str, Entry]) -> str:
    """Return what became of a hard link's other names in the image, where this one was just copied up."""
    view = container.image.view()
    for path in container.copied & fresh.keys():
        entry = view.get(path)
        if entry is None or entry.nlink < 2:
            continue
        # A higher layer may have replaced the file's other names, and the count of its links does not tell.
        others = [other for other, each in view.items() if each.inode == entry.inode and other != path]
        if others:
            return f"The link is broken: /{printable(others[0])} is still the image's file of {size(entry.size)}."
    return ""
