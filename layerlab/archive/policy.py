"""Where engines and the OCI specification disagree, and what is done here: one table, a row for each case.

Docker and Podman are followed, since they are what learners run, unless that loses a valid image or shows again what
one has deleted. Measured with Docker 20.10, Podman 4.3 and umoci 0.4.7, but for four rows that follow what is known of
their tar readers: symlinks of the same layer, pax headers for all members, times before 1970 and the names of AUFS.
"""

from typing import NamedTuple

from layerlab.archive.errors import ArchiveError, shown


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
OPAQUE_ROOT = Case(
    "an opaque mark at the root", "ignored", "hides all lower layers", "as Docker and Podman", refused=False
)
GLOBAL_RECORDS = Case(
    "a pax header for all members that follow", "read and ignored", "read and ignored", "as all of them", refused=False
)
EARLY_TIME = Case(
    "a time before 1970", "becomes 1970-01-01", "becomes 1970-01-01", "as Docker and Podman", refused=False
)
AUFS = Case(
    "the bookkeeping of AUFS: names that start with .wh..wh.", "left out", "left out", "as all of them", refused=False
)
EARLY_WHITEOUT = Case(
    "a directory follows a whiteout of its own name in the same layer",
    "it merges with the lower one, whose files show again",
    "the lower one is hidden",
    "as umoci and the specification: what was deleted stays hidden",
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
BARE_WHITEOUT = Case("a whiteout of no name, .wh. alone", "refused", "refused", "refused", refused=True)
IN_WHITEOUT = Case(
    "an entry under a whiteout's name", "a directory of that name appears", "refused", "refused", refused=True
)
NOT_DIRECTORY = Case(
    "an entry lies under a name that is no directory", "refused; lost where the other name comes later", "refused",
    "refused", refused=True,
)  # fmt: skip
OUTSIDE = Case(
    "a name with .. in it", "kept inside the root", "kept inside the root", "refused: no builder writes one",
    refused=True,
)  # fmt: skip
ABSOLUTE = Case(
    "a name that starts at /", "taken as relative", "taken as relative", "as all of them: some builders write such",
    refused=False,
)  # fmt: skip
LONG_NAME = Case(
    "a name longer than a file system takes: 255 bytes, a path of 4,095", "refused", "refused", "refused", refused=True
)
NUMBER = Case(
    "a negative number, or an owner or device beyond 32 bits", "cut to 32 bits", "cut to 32 bits",
    "refused: it would be another owner or device", refused=True,
)  # fmt: skip
SPARSE = Case(
    "a sparse file in a pax form", "read with its holes", "read with its holes", "as all of them", refused=False
)
OLD_SPARSE = Case("a sparse file in GNU's old form", "refused", "refused", "refused", refused=True)
NO_TARGET = Case("a symlink to nothing", "refused", "refused", "refused", refused=True)

# Of attributes in layers.

OVERLAY = Case(
    "a mark of overlayfs as an attribute: trusted.overlay.opaque or .whiteout",
    "obeyed, and not listed",
    "not obeyed",
    "as Docker and Podman",
    refused=False,
)
REDIRECT = Case(
    "a directory that overlayfs has moved: trusted.overlay.redirect",
    "followed where the kernel does so by default",
    "left out",
    "refused: what it shows depends on the kernel",
    refused=True,
)
METACOPY = Case(
    "a file whose bytes overlayfs left in a lower layer: trusted.overlay.metacopy",
    "it cannot be opened",
    "left out",
    "refused",
    refused=True,
)
ATTRIBUTE = Case(
    "an attribute that no file can have: of that name, length or form", "refused", "refused", "refused", refused=True
)
NO_PLACE = Case(
    "an attribute that Linux has no place for, such as com.apple., or user. on a symlink",
    "left out; Podman refuses user. on what is no file and no directory",
    "left out, or refused as by Podman",
    "left out, as Docker",
    refused=False,
)
LABEL = Case("security.selinux", "Docker keeps it, Podman leaves it out", "left out", "kept, as Docker", refused=False)

ATTRIBUTES = (OVERLAY, REDIRECT, METACOPY, ATTRIBUTE, NO_PLACE, LABEL)

# Of archives, not of layers.

TWO_FILES = Case(
    "the archive has two files of this name",
    "equal ones are taken; of others Docker reads the last, Podman the first",
    "reads layouts in folders alone",
    "equal ones are taken, others refused",
    refused=True,
)
WRONG_NAME = Case(
    "a blob of a layout has another digest than its name says",
    "taken where manifest.json names it, else refused",
    "refused",
    "refused: image-layout.md says that it MUST match",
    refused=True,
)
LINK_OUT = Case(
    "a link leads out of the archive",
    "Docker stays inside the archive, Podman refuses",
    "reads layouts in folders alone",
    "refused",
    refused=True,
)
BLOBS_ELSEWHERE = Case(
    "a blob of a layout in a folder is a link to a store elsewhere",
    "followed",
    "followed",
    "followed, for its digest is verified; index.json and manifest.json must lie in the folder",
    refused=False,
)
NO_IMAGE = Case(
    "an index lists what is no image, or of a type that is not known",
    "skopeo takes the images by name",
    "takes the images by name",
    "left out by name, and never read: image-index.md says that it MUST NOT be an error",
    refused=False,
)
ABSENT = Case(
    "a blob of one image among others is not in the layout",
    "skopeo takes the whole images by name",
    "takes the whole images by name",
    "left out by name: image-layout.md says that blobs MAY be missing",
    refused=False,
)
LINES = Case(
    "a configuration has more lines of history than layers",
    "Docker refuses, Podman takes it",
    "taken",
    "taken",
    refused=False,
)
WORDS = Case(
    "Cmd or Entrypoint is text where a list is due",
    "Docker takes it, Podman refuses",
    "refused",
    "taken as a list of one, as Docker shows it",
    refused=False,
)
TRAILING = Case(
    "something follows the list in manifest.json",
    "Docker does not look at it, Podman refuses",
    "reads layouts in folders alone",
    "refused: it is no JSON",
    refused=True,
)

ARCHIVES = (
    TWO_FILES, WRONG_NAME, LINK_OUT, BLOBS_ELSEWHERE, NO_IMAGE, ABSENT, LINES, WORDS, TRAILING,
)  # fmt: skip
CASES = (
    NO_PARENT, OVER_SYMLINK, THROUGH_SYMLINK, OPAQUE_ROOT, GLOBAL_RECORDS, EARLY_TIME, AUFS, EARLY_WHITEOUT,
    LATE_WHITEOUT, TWICE, LINK_TO_LOWER, LINK_TO_DIRECTORY, BARE_WHITEOUT, IN_WHITEOUT, NOT_DIRECTORY, OUTSIDE,
    ABSOLUTE, LONG_NAME, NUMBER, SPARSE, OLD_SPARSE, NO_TARGET,
)  # fmt: skip


def refusal(case: Case, name: str) -> ArchiveError:
    """Return the error that refuses an entry for being such a case.

    >>> str(refusal(TWICE, "etc/motd"))
    "'etc/motd': the same path twice"
    """
    return ArchiveError(f"{shown(name)}: {case.case}")
