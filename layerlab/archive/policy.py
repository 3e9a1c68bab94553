"""What is loaded and what is refused, and why: one table, a row for each case that is not plain.

The rule: what both Docker and Podman load is loaded, with the same ids, files and sizes. What both refuse is refused,
with the reason. Where the two differ, or the OCI specification says MUST, a row says what is done here and why. Always
strict are digests, DiffIDs and the sizes that descriptors state, links that lead out of an archive's folder, and the
limits. Measured with Docker 20.10.24, Podman 4.3.1 and umoci 0.4.7.
"""

from typing import NamedTuple

from layerlab.archive.errors import ArchiveError
from layerlab.words.printable import shown


class Case(NamedTuple):
    """One case: what Docker and Podman do, what umoci does, what is done here, and whether that refuses the layer."""

    case: str
    engines: str
    umoci: str
    here: str
    refused: bool


NO_PARENT = Case(
    "a layer lacks the parent directory of an entry",
    "a new root directory, mode 0755; mode and owner of the lower one are lost",
    "the lower one is kept",
    "as Docker and Podman",
    refused=False,
)
OVER_SYMLINK = Case(
    "an entry lies under a name that is a symlink in a lower layer",
    "a directory replaces the symlink",
    "written through the symlink",
    "as Docker and Podman",
    refused=False,
)
THROUGH_SYMLINK = Case(
    "an entry lies under a name that is a symlink in the same layer",
    "written through the symlink, never out of the root",
    "written through the symlink",
    "as all of them",
    refused=False,
)
DANGLING = Case(
    "an entry lies under a symlink that leads to nothing in the same layer", "refused", "makes the directory",
    "refused", refused=True,
)  # fmt: skip
SPELLINGS = Case(
    "one place under two spellings in a layer: through a symlink, or with and without a slash in front",
    "directories merge, of others the later one stays",
    "the same",
    "as all of them",
    refused=False,
)
GONE = Case(
    "another entry has taken the place of a directory with directories in it", "refused: they set its time at the end",
    "accepted", "refused", refused=True,
)  # fmt: skip
ROOT = Case(
    "an entry for the root, ./",
    "ignored; mode and owner of the root are those that each engine chooses",
    "mode and owner of the root",
    "as umoci and the specification",
    refused=False,
)
OPAQUE_ROOT = Case(
    "an opaque mark at the root", "ignored", "hides all lower layers", "as Docker and Podman", refused=False
)
GLOBAL_RECORDS = Case(
    "a pax header for all members that follow", "read and ignored, but its name counts among the others",
    "refused", "as Docker and Podman", refused=False,
)  # fmt: skip
FAR_TIME = Case(
    "a time before 1970, or after April 2262", "becomes 1970-01-01, but for a symlink", "kept",
    "as Docker and Podman", refused=False,
)  # fmt: skip
AUFS = Case(
    "the bookkeeping of AUFS: names that start with .wh..wh.",
    "whiteouts of names that start with .wh., which hide nothing",
    "left out",
    "as Docker and Podman",
    refused=False,
)
EARLY_WHITEOUT = Case(
    "a directory follows a whiteout of its own name in the same layer",
    "it merges with the lower one, whose files show again",
    "the lower one is hidden",
    "as umoci and the specification: what was deleted stays hidden",
    refused=False,
)
CHILD_OF_WHITEOUT = Case(
    "an entry lies in a directory that its own layer deletes, and no entry for the directory comes between", "refused",
    "accepted, and hides what lies below", "refused", refused=True,
)  # fmt: skip
NEEDLESS_MARK = Case(
    "a whiteout or opaque mark lies under a name that its own layer deletes, or under a file",
    "Docker refuses a whiteout there, Podman ignores it",
    "ignored",
    "ignored, as Podman: what it hides is hidden already",
    refused=False,
)
LATE_WHITEOUT = Case(
    "a whiteout follows the name it hides in the same layer", "refused", "accepted", "refused", refused=True
)
TWICE = Case("the same path twice", "refused", "accepted", "refused", refused=True)
LINK_TO_LOWER = Case(
    "a hard link to a file that no earlier entry of the layer names", "refused", "works for a lower layer's file",
    "refused", refused=True,
)  # fmt: skip
LINK_TO_DIRECTORY = Case("a hard link to a directory", "refused", "refused", "refused", refused=True)
LINK_HEADER = Case(
    "a hard link's header states another owner, mode, time or attribute than its file's",
    "the last header counts; in Docker a capability goes too, if the last header does not repeat it",
    "the first header counts",
    "as Podman: the last header counts, and attributes add up",
    refused=False,
)
BARE_WHITEOUT = Case("a whiteout of no name, .wh. alone", "refused", "refused", "refused", refused=True)
IN_WHITEOUT = Case(
    "an entry under a whiteout's name", "a directory of that name appears", "a directory of that name appears",
    "as all of them", refused=False,
)  # fmt: skip
NOT_DIRECTORY = Case("an entry lies under a name that is no directory", "refused", "refused", "refused", refused=True)
OUTSIDE = Case(
    "a name with .. in it, in a layer", "kept inside the root", "kept inside the root", "as all of them", refused=False
)
ABSOLUTE = Case(
    "a name that starts at /", "taken as relative", "taken as relative", "as all of them: some builders write such",
    refused=False,
)  # fmt: skip
LONG_NAME = Case(
    "a name longer than a file system takes: 255 bytes, a path of 4,095", "refused", "refused", "refused", refused=True
)
NUMBER = Case(
    "an owner or device that is negative or beyond 32 bits", "cut to 32 bits; an owner of -1 is left as it is",
    "cut to 32 bits", "as Docker and Podman", refused=False,
)  # fmt: skip
SPARSE = Case(
    "a sparse file in a pax form", "read with its holes", "read with its holes", "as all of them", refused=False
)
OLD_SPARSE = Case("a sparse file in GNU's old form", "refused", "refused", "refused", refused=True)
NO_TARGET = Case("a symlink to nothing", "refused", "refused", "refused", refused=True)

CASES = (
    NO_PARENT, OVER_SYMLINK, THROUGH_SYMLINK, DANGLING, SPELLINGS, GONE, ROOT, OPAQUE_ROOT, GLOBAL_RECORDS, FAR_TIME,
    AUFS, EARLY_WHITEOUT, CHILD_OF_WHITEOUT, NEEDLESS_MARK, LATE_WHITEOUT, TWICE, LINK_TO_LOWER, LINK_TO_DIRECTORY,
    LINK_HEADER, BARE_WHITEOUT, IN_WHITEOUT, NOT_DIRECTORY, OUTSIDE, ABSOLUTE, LONG_NAME, NUMBER, SPARSE, OLD_SPARSE,
    NO_TARGET,
)  # fmt: skip


def refusal(case: Case, name: str) -> ArchiveError:
    """Return the error that refuses an entry for being such a case.

    >>> str(refusal(TWICE, "etc/motd"))
    "'etc/motd': the same path twice"
    """
    return ArchiveError(f"{shown(name)}: {case.case}")
