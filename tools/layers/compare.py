"""Compare: where this package's reader and an engine differ, and which of these differences the policy explains."""

import os
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from layerlab.archive import policy
from layerlab.archive.policy import Case as Policy
from layerlab.model import capability
from layerlab.model.entry import after_chown
from tools.layers.raw import Drawn
from tools.layers.seen import Held, Name, Refused, Seen, Settings, Shown, unlike

VARIES = re.compile(r"\w?'[^']*'|\"[^\"]*\"|\S*/\S*|\S*\d\S*|\b[0-9a-f]{6,}\b")


class Difference(NamedTuple):
    """What this package makes of a layer and what the engines of these names make of it."""

    drawn: Drawn
    mine: Seen
    theirs: Mapping[str, Seen]

    @property
    def engines(self) -> str:
        """The engines' names, as people say them."""
        return " and ".join(self.theirs)

    @property
    def nature(self) -> str:
        """What kind of difference it is: equal for layers that differ for one cause, as far as one can tell."""
        (theirs, *_) = self.theirs.values()
        if isinstance(theirs, Refused):
            return f"{self.engines} refused it: {_worn(theirs.why)}"
        if isinstance(self.mine, Refused):
            return f"{self.engines} took it, refused here: {_worn(self.mine.why)}"
        kinds = {KINDS.get(field, field) for field in _fields(self.mine, theirs)}
        return f"{self.engines}: {', '.join(sorted(kinds))}"


def _worn(text: str) -> str:
    return " ".join(VARIES.sub("*", text).split())[:160]


def _fields(mine: Seen, theirs: Seen) -> Iterator[str]:
    """Yield the names of what two readers do not agree on who both take it."""
    if isinstance(mine, Held) and isinstance(theirs, Held):
        if mine.images.keys() != theirs.images.keys():
            yield "ids"
        for key in mine.images.keys() & theirs.images.keys():
            if theirs.images[key]:
                yield from _unequal(Settings._fields, mine.images[key], theirs.images[key])
    if isinstance(mine, Shown) and isinstance(theirs, Shown):
        for one, other in unlike(mine.tree, theirs.tree).values():
            if one and other:
                yield from _unequal(Name._fields, one, other)
            else:
                yield "a name more" if other else "a name not there"
        yield from (field for field in ("size", "tar") if getattr(theirs, field) not in (None, getattr(mine, field)))


KINDS = dict.fromkeys(("mode", "uid", "gid", "mtime"), "attributes")
KINDS |= dict.fromkeys(("kind", "size", "target", "rdev", "data"), "content") | dict.fromkeys(
    ("nlink", "linked"), "links"
)


def _unequal(fields: tuple[str, ...], one: object, other: object) -> Iterator[str]:
    return (field for field in fields if getattr(one, field) != getattr(other, field))


def differences(drawn: Drawn, mine: Seen, theirs: Mapping[str, Seen]) -> list[Difference]:
    """Return how engines differ: one difference for engines that differ alike."""
    alone = [Difference(drawn, mine, {name: seen}) for name, seen in theirs.items() if _differ(mine, seen)]
    if len(alone) == len(theirs) > 1 and len({_kind(each) for each in alone}) == 1:
        return [Difference(drawn, mine, theirs)]
    return alone


def _differ(mine: Seen, theirs: Seen) -> bool:
    if isinstance(mine, Refused) or isinstance(theirs, Refused):
        return type(mine) is not type(theirs)
    return any(_fields(mine, theirs))


def _kind(difference: Difference) -> str:
    (theirs,) = difference.theirs.values()
    return "refused" if isinstance(theirs, Refused) else difference._replace(theirs={"": theirs}).nature


class Explained(NamedTuple):
    """A case of the policy in which another thing is done here than by an engine, and when a difference is that one."""

    case: Policy
    holds: Callable[[Difference], bool]


def _refused_here(case: Policy) -> Explained:
    """Return the row of a case that engines take, or not always refuse, and that is refused here."""
    return Explained(case, lambda found: isinstance(found.mine, Refused) and case.case in found.mine.why)


def _refused_by_all(case: Policy, words: str) -> Explained:
    """Return the row of a case that all engines refuse with these words."""
    return Explained(
        case,
        lambda found: all(isinstance(theirs, Refused) and words in theirs.why for theirs in found.theirs.values()),
    )


def _refused_by(case: Policy, name: str, *words: str) -> Explained:
    """Return the row of a case that the engine of this name alone refuses, with these words."""

    def holds(found: Difference) -> bool:
        theirs = found.theirs.get(name)
        return len(found.theirs) == 1 and isinstance(theirs, Refused) and all(word in theirs.why for word in words)

    return Explained(case, holds)


def _from_root(name: str) -> str:
    """Return a name as a path from the root, without dots and with one slash where it starts."""
    return "/" + posixpath.normpath(name).strip("/")


def _shown_again(difference: Difference) -> bool:
    """Tell whether all names that differ lie in a directory that stands after a whiteout of its own."""
    mine = difference.mine
    if not isinstance(mine, Shown) or not all(isinstance(seen, Shown) for seen in difference.theirs.values()):
        return False
    marks = [os.fsdecode(raw.name) for raw in difference.drawn.members if b".wh." in raw.name]
    gone = {_from_root(mark.replace(".wh.", "")) for mark in marks}
    names = {
        at for seen in difference.theirs.values() if isinstance(seen, Shown) for at in unlike(mine.tree, seen.tree)
    }
    again = {at for at in names if any(f"/{at}/".startswith(f"{name}/") for name in gone)}
    made = {at for at in names if any(name.startswith(f"{at}/") for name in _header_names(difference))}
    return bool(again) and names == again | made


def _without(name: str, key: str) -> Callable[[Difference], bool]:
    """Return what tells whether the engine of this name alone shows another thing: it lacks an attribute."""

    def holds(difference: Difference) -> bool:
        mine, theirs = difference.mine, difference.theirs.get(name)
        if not isinstance(mine, Shown) or not isinstance(theirs, Shown) or len(difference.theirs) > 1:
            return False
        return {*_fields(mine, theirs)} == {"xattrs"} and all(
            one and other and {**other.xattrs, key: one.xattrs.get(key)} == one.xattrs
            for one, other in unlike(mine.tree, theirs.tree).values()
        )

    return holds


def _header_names(difference: Difference) -> list[str]:
    """Return the names of the pax headers for all members."""
    headers = [raw for raw in difference.drawn.members if raw.type == b"g"]
    # A prefix may not count, and a field ends at its first NUL.
    fields = [(raw.name.partition(b"\0")[0], raw.prefix.partition(b"\0")[0]) for raw in headers]
    names = [name for base, prefix in fields for name in (base, prefix + b"/" + base)]
    names += [name for raw in headers for name in re.findall(rb"^\d+ path=(.*)$", raw.body, re.MULTILINE)]
    return [posixpath.normpath(os.fsdecode(name)).strip("/") for name in names]


def _of_a_global_header(difference: Difference) -> bool:
    """Tell whether all that Podman shows otherwise comes of the name of a pax header for all members.

    Podman removes what the layer has of that name, and makes the folder above it.
    """
    mine, theirs = difference.mine, difference.theirs.get("Podman")
    if not isinstance(mine, Shown) or len(difference.theirs) > 1:
        return False
    names = [*_header_names(difference)]
    # Podman makes the folder of a name of AUFS, and not the name itself, so that only the folder's time is new.
    hidden = {whiteout.replace(".wh.", "") for whiteout in names if posixpath.basename(whiteout).startswith(".wh.")}
    folders = {posixpath.dirname(name) for name in names if posixpath.basename(name).startswith(".wh..wh.")}
    if isinstance(theirs, Refused):  # Podman reads it as a whiteout, here of a name that is there
        # Or it is the root, which cannot be removed for the name.
        busy = "" in names and "device or resource busy" in theirs.why
        return busy or (
            any(posixpath.basename(each).startswith(".wh.") for each in names) and "file exists" in theirs.why
        )
    if not isinstance(theirs, Shown):
        return False
    return all(
        # A folder above it that a lower layer has is in this layer too then, with a time and an owner of its own.
        (other is not None and other.kind == "directory" and any(name.startswith(f"{at}/") for name in names))
        or at in folders
        or at in hidden
        or (other is None and any(f"{at}/".startswith(f"{name}/") for name in names if name))
        for at, (_, other) in unlike(mine.tree, theirs.tree).items()
    )


def _of_an_access_list(difference: Difference) -> bool:
    """Tell whether all that Podman shows otherwise are modes, and lists that a mode cuts, of files with such a list."""
    mine, theirs = difference.mine, difference.theirs.get("Podman")
    if not isinstance(mine, Shown) or not isinstance(theirs, Shown) or len(difference.theirs) > 1:
        return False
    stated = any(b"system.posix_acl_access" in raw.body for raw in difference.drawn.members)
    return stated and {*_fields(mine, theirs)} <= {"mode", "xattrs"}


DECIDED = (*policy.CASES, *policy.ATTRIBUTES, *policy.ARCHIVES)


def _refused_for(case: Policy, words: str) -> Explained:
    """Return the row of a case that is refused here in these words."""
    return Explained(case, lambda found: isinstance(found.mine, Refused) and words in found.mine.why)


def _around(case: Policy, *words: str) -> Explained:
    """Return the row of a case around the layers that Docker alone refuses, with these words."""
    row = _refused_by(case, "Docker", *words)
    return Explained(case, lambda found: isinstance(found.mine, Held) and row.holds(found))


def _of_a_replaced_folder(difference: Difference) -> bool:
    """Tell whether a file of an image is missing here because a member has the name of the folder it lay in."""
    if not isinstance(difference.mine, Refused) or "is not in the archive" not in difference.mine.why:
        return False
    names = [_from_root(os.fsdecode(raw.name)) for raw in difference.drawn.members if raw.type != b"5"]
    return any(other.startswith(f"{name}/") for name in names for other in names)


def _of_a_layout(difference: Difference) -> bool:
    """Tell whether Docker alone refuses a layout for a blob that is not there: it looks at manifest.json alone."""
    theirs = difference.theirs.get("Docker")
    if not isinstance(theirs, Refused) or len(difference.theirs) > 1 or not isinstance(difference.mine, Held):
        return False
    named = {_from_root(os.fsdecode(raw.name)) for raw in difference.drawn.members}
    return "/index.json" in named and "no such file or directory" in theirs.why


def _of_links(difference: Difference) -> bool:
    """Tell whether Podman alone refuses an archive with links in it: it reads a link's own bytes, which are none."""
    theirs = difference.theirs.get("Podman")
    if not isinstance(theirs, Refused) or len(difference.theirs) > 1 or not isinstance(difference.mine, Held):
        return False
    return any(raw.type in b"12" for raw in difference.drawn.members) and any(words in theirs.why for words in EMPTY)


def _nameless(difference: Difference) -> bool:
    """Tell whether Docker alone shows other names, for it leaves out those that look like a digest."""
    mine, theirs = difference.mine, difference.theirs.get("Docker")
    if not isinstance(mine, Held) or not isinstance(theirs, Held) or len(difference.theirs) > 1:
        return False
    pairs = [(mine.images[key], other) for key, other in theirs.images.items() if key in mine.images]
    more = {name for one, other in pairs if one and other for name in {*one.names} ^ {*other.names}}
    return {*_fields(mine, theirs)} == {"names"} and all(name.startswith("sha256:") for name in more)


def _of_link_header(difference: Difference) -> bool:
    """Tell whether Docker alone shows files without the capability or set-id bits that they have here."""
    mine, theirs = difference.mine, difference.theirs.get("Docker")
    if not isinstance(mine, Shown) or not isinstance(theirs, Shown) or len(difference.theirs) > 1:
        return False
    linked = any(raw.type == b"1" for raw in difference.drawn.members)
    return linked and all(
        one and other and _after_chown(one) == _after_chown(other)
        for one, other in unlike(mine.tree, theirs.tree).values()
    )


def _after_chown(name: Name) -> Name:
    xattrs = {key: value for key, value in name.xattrs.items() if key != capability.NAME}
    return name._replace(mode=oct(after_chown(int(name.mode, 8))), xattrs=xattrs)


def _bare(difference: Difference) -> bool:
    """Tell whether Podman refuses an archive for it has no manifest.json, which is taken here as one image's files."""
    mine, theirs = difference.mine, difference.theirs.get("Podman")
    if not isinstance(mine, Held) or not isinstance(theirs, Refused) or len(mine.images) != 1:
        return False
    # The one layer is the archive itself, so that nothing in the archive names it.
    (image,) = mine.images.values()
    names = [diff_id.rpartition(":")[2].encode() for diff_id in image.diff_ids] if image else []
    unnamed = not any(name in raw.body for name in names for raw in difference.drawn.members)
    return unnamed and "loading tar component manifest.json" in theirs.why


def _gzip_members(difference: Difference) -> bool:
    """Tell whether Podman alone refuses an archive that is packed by gzip in an odd way."""
    theirs = difference.theirs.get("Podman")
    alone = isinstance(theirs, Refused) and isinstance(difference.mine, Held) and len(difference.theirs) == 1
    return alone and difference.drawn.packing.startswith("gzip")


def _one_broken(difference: Difference) -> bool:
    """Tell whether Podman alone has the images before one that is refused here."""
    mine, theirs = difference.mine, difference.theirs.get("Podman")
    if not isinstance(mine, Refused) or not isinstance(theirs, Held) or len(difference.theirs) > 1:
        return False
    return re.search(r"manifest\.json: item [1-9]", mine.why) is not None


EMPTY = ("blob size mismatch", "unexpected EOF", "Digest did not match", "unexpected end of JSON", "does not exist")
EXPLAINED = (
    *(_refused_here(case) for case in DECIDED if case.refused and not case.engines.startswith("refused")),
    _refused_by_all(policy.NO_ROOM, "no space left on device"),
    Explained(policy.EARLY_WHITEOUT, _shown_again),
    Explained(policy.GLOBAL_RECORDS, _of_a_global_header),
    Explained(policy.LABEL, _without("Podman", "security.selinux")),
    Explained(policy.ACCESS_LIST, _of_an_access_list),
    Explained(policy.LINK_HEADER, _of_link_header),
    _refused_by(policy.NEEDLESS_MARK, "Docker", "mknod"),
    _refused_by(policy.NO_PLACE, "Podman", "lsetxattr", "operation not permitted"),
    Explained(policy.LINKS, _of_links),
    _refused_by(policy.NO_CHECK, "Podman", "xz: invalid flags"),
    _refused_for(policy.TRAILING, "no JSON: Extra data"),
    _refused_for(policy.WRONG_NAME, "wrong digest"),
    _refused_for(policy.SOURCE_SIZE, "wrong size"),
    _refused_for(policy.DOTS, "is no name of a file in the archive"),
    _refused_by(policy.SPELLED, "Podman", "file does not exist"),
    _refused_by(policy.SPELLED, "Podman", "ome layer tarfiles are missing"),
    _refused_by(policy.SYSTEM, "Docker", "unknown operating system"),
    _refused_by(policy.SYSTEM, "Docker", "cannot load windows image"),
    _refused_by(policy.SYSTEM, "Docker", "ended the connection"),
    _around(policy.OUTER_ATTRIBUTE, "numerical result out of range"),
    _around(policy.OUTER_ATTRIBUTE, "invalid argument"),
    _around(policy.LINK_TO_NOTHING, "link", "no such file or directory"),
    _around(policy.LINK_TO_NOTHING, "link", "operation not permitted"),
    _around(policy.LINK_TO_NOTHING, "not a directory"),
    Explained(policy.ABSENT, _of_a_layout),
    Explained(policy.REPLACED, _of_a_replaced_folder),
    _refused_for(policy.TYPE, "a member of unknown type"),
    _refused_for(policy.TAG_AND_DIGEST, "no image can be called"),
    Explained(policy.NAMELESS, _nameless),
    Explained(policy.ONE_BROKEN, _one_broken),
    Explained(policy.BARE, _bare),
    Explained(policy.GZIP_MEMBERS, _gzip_members),
    _refused_by(policy.WORDS, "Podman", "cannot unmarshal string", "of type []string"),
)
"""The differences that the policy has decided on."""


def explanation(difference: Difference) -> Policy | None:
    """Return the case of the policy that explains a difference, None where none does."""
    found = next((row.case for row in EXPLAINED if row.holds(difference)), None)
    if found:
        return found
    # A layer may have several causes: of each engine one of its own, or one for some names and one for others.
    alone = [difference._replace(theirs={name: seen}) for name, seen in difference.theirs.items()]
    pieces = alone if len(alone) > 1 else list(_by_name(difference))
    if len(pieces) < 2:
        return None
    cases = [explanation(piece) for piece in pieces]
    return cases[0] if all(cases) else None


def _by_name(difference: Difference) -> Iterator[Difference]:
    """Yield a difference for each name that one engine shows otherwise, as if all else were equal."""
    mine, ((engine, theirs),) = difference.mine, difference.theirs.items()
    if not isinstance(mine, Shown) or not isinstance(theirs, Shown):
        return
    if theirs.size not in (None, mine.size) or theirs.tar not in (None, mine.tar):
        return  # which name made it differ is not known
    for at, (_, other) in unlike(mine.tree, theirs.tree).items():
        rest = {name: entry for name, entry in mine.tree.items() if name != at}
        tree = rest if other is None else {**rest, at: other}
        yield difference._replace(theirs={engine: theirs._replace(tree=tree)})
