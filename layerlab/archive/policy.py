"""What is loaded and what is refused, and why: one table, with a row for each case in which readers could differ.

The rule: what both Docker and Podman load is loaded, with the same ids, files and sizes. What both refuse is refused,
with the reason. Where the two differ, or the OCI specification says MUST, a row says what is done here and why. Some
faults are always refused: a wrong digest, DiffID or size of a descriptor, a link that leads out of an archive's folder,
and whatever is beyond the limits. Measured with Docker 20.10.24, Podman 4.3.1 and umoci 0.4.7.
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
    "a pax header for all members that follow",
    "read and ignored, but its name counts among the others; Podman "
    "removes what the layer has of that name, and makes the directory above it",
    "refused",
    "as Docker",
    refused=False,
)
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
    "the last header counts; a capability and set-id bits go that it does not repeat, in Podman only with the owner",
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

# The cases that concern attributes of files in layers.

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
ACCESS_LIST = Case(
    "an access list that says another mode than the header",
    "Docker ends with the mode of the header, Podman with that of the list",
    "the mode of the list",
    "as Docker",
    refused=False,
)
NOT_TEXT = Case("an attribute whose name is not UTF-8", "taken", "taken", "refused: POSIX has text there", refused=True)
NO_ROOM = Case(
    "more attributes than a file has room for: 4 KiB on ext4",
    "refused there, taken on other file systems",
    "refused there, taken on other file systems",
    "taken",
    refused=False,
)

ATTRIBUTES = (OVERLAY, REDIRECT, METACOPY, ATTRIBUTE, NO_PLACE, LABEL, ACCESS_LIST, NOT_TEXT, NO_ROOM)

# The cases that concern the archive around the layers.

TWO_FILES = Case(
    "the archive has two files of this name",
    "equal ones are taken; of others Docker reads the last, Podman the first",
    "reads layouts in folders alone",
    "equal ones are taken, others refused",
    refused=True,
)
WRONG_NAME = Case(
    "a blob or a configuration has another digest than its name says",
    "taken where manifest.json names it, else refused",
    "refused",
    "refused: image-layout.md says that it MUST match",
    refused=True,
)
SOURCE_SIZE = Case(
    "LayerSources states another size than the layer has",
    "taken: neither looks",
    "reads layouts in folders alone",
    "refused: a size that is stated is verified",
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
    "Docker 20.10 reads manifest.json alone and refuses; Podman takes the whole images, skopeo by name",
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

DOTS = Case(
    "a name with .. in it",
    "Docker keeps it inside the archive, Podman takes names alone",
    "reads layouts in folders alone",
    "refused: no builder writes one",
    refused=True,
)
NOTHING = Case(
    "the archive holds no image",
    "Docker loads nothing and says nothing, Podman refuses",
    "has no image to name",
    "refused: a list of no images explains nothing",
    refused=True,
)
LINKS = Case(
    "a layer or a document of a docker-archive is a link",
    "Docker follows both kinds, Podman only a symlink of a layer that names it without ..",
    "reads layouts in folders alone",
    "followed, as Docker",
    refused=False,
)
LINK_TO_LATER = Case(
    "a hard link of the archive comes before the file that it names",
    "refused",
    "reads layouts in folders alone",
    "refused",
    refused=True,
)
SPELLED = Case(
    "manifest.json spells the name of a member otherwise: with a slash in front, or ./ where the member has none",
    "Docker takes it, Podman looks for the spelling",
    "reads layouts in folders alone",
    "taken, as Docker",
    refused=False,
)
ONE_BROKEN = Case(
    "one image of several in manifest.json cannot be read",
    "Docker refuses all, Podman ends with an error and keeps those before it",
    "reads layouts in folders alone",
    "refused, as Docker: a list that is cut short misleads",
    refused=True,
)
SYSTEM = Case(
    "a configuration is for Windows, or for a system that is not known",
    "Docker on Linux refuses, or ends the connection; Podman takes it",
    "taken",
    "taken, as Podman: nothing is run here",
    refused=False,
)
NAMELESS = Case(
    "an image is called sha256 with a tag, which Docker takes for an id",
    "Docker leaves out the name, Podman keeps it",
    "reads layouts in folders alone",
    "kept, as Podman",
    refused=False,
)
TAG_AND_DIGEST = Case(
    "an image's name has both a tag and a digest",
    "Docker takes the image without a name, Podman refuses",
    "reads layouts in folders alone",
    "refused, as Podman: no image can have such a name",
    refused=True,
)
LINK_TO_NOTHING = Case(
    "a member that cannot be unpacked and that no image needs: a hard link to nothing or to a folder, a "
    "name under a file",
    "Docker refuses, Podman does not look at it",
    "reads layouts in folders alone",
    "not looked at, as Podman",
    refused=False,
)
REPLACED = Case(
    "a later link or file of the archive has the name of a folder with a file that an image needs",
    "Docker refuses: it takes the folder's place; Podman looks for whole names alone",
    "reads layouts in folders alone",
    "refused, as Docker",
    refused=True,
)
OUTER_ATTRIBUTE = Case(
    "an attribute of a member of the archive around the layers that no file can have",
    "Docker refuses, Podman does not look at it",
    "reads layouts in folders alone",
    "not looked at, as Podman: it says nothing of an image",
    refused=False,
)
TYPE = Case(
    "a member of unknown type in the archive around the layers",
    "Docker refuses, Podman does not look at it",
    "reads layouts in folders alone",
    "refused, as Docker",
    refused=True,
)
BARE = Case(
    "a tar without manifest.json and index.json",
    "Podman refuses; Docker too, or it loads nothing and says nothing",
    "reads layouts in folders alone",
    "taken as the files of one image, as docker import takes them",
    refused=False,
)
GZIP_MEMBERS = Case(
    "the archive as a whole is gzip of several members, or of an empty one and others",
    "Docker reads all, Podman the first",
    "reads layouts in folders alone",
    "read to the end, as Docker: RFC 1952 says that a file is members one after the other",
    refused=False,
)
NO_CHECK = Case(
    "xz without a checksum",
    "Docker takes it, Podman refuses",
    "refused",
    "taken, as Docker",
    refused=False,
)

ONE_NAME = Case(
    "two images in manifest.json have one name",
    "Docker gives it to the last one; Podman loads the first alone",
    "reads layouts in folders alone",
    "the last one has it, as for Docker",
    refused=False,
)
AMBIGUOUS = Case(
    "a manifest with fields of an index or of schema 1, or an index with those of a manifest",
    "Podman and skopeo refuse; Docker 20.10 reads manifest.json alone",
    "taken for what its media type says",
    "refused, as Podman: two readers would see two images",
    refused=True,
)
NO_ROOTFS = Case(
    "a configuration without rootfs",
    "refused in manifest.json; Podman takes one in a layout if it has no layers",
    "refused",
    "refused: config.md says that it is REQUIRED",
    refused=True,
)
NO_VERSION = Case(
    "a layout whose file oci-layout is missing, or states another version",
    "Podman and skopeo do not look at it",
    "refused",
    "not looked at, as Podman: the index says what there is",
    refused=False,
)
DEEP = Case(
    "an image of more than 125 layers", "Docker refuses, Podman takes it", "taken",
    "taken, up to the limit of 500: nothing is mounted here", refused=False,
)  # fmt: skip
ZSTD = Case(
    "zstd",
    "Docker 20.10 refuses, later ones and Podman take it",
    "refused",
    "taken: layer.md names it",
    refused=False,
)
LARGE_WINDOW = Case(
    "xz or zstd with a window of more than 128 MiB",
    "both take xz; of zstd Podman takes 512 MiB at most",
    "refused",
    "refused: a reader would need as much memory",
    refused=True,
)
PACKED_TWICE = Case(
    "the archive as a whole is compressed twice",
    "Docker refuses, Podman unpacks both",
    "reads layouts in folders alone",
    "refused, as Docker, with the reason",
    refused=True,
)

ARCHIVES = (
    DOTS, NOTHING, LINKS, NO_CHECK, TWO_FILES, WRONG_NAME, SOURCE_SIZE, LINK_OUT, BLOBS_ELSEWHERE, NO_IMAGE, ABSENT,
    LINES, WORDS, TRAILING, LINK_TO_LATER, SPELLED, ONE_BROKEN, SYSTEM, NAMELESS, GZIP_MEMBERS, TAG_AND_DIGEST,
    LINK_TO_NOTHING, OUTER_ATTRIBUTE, TYPE, BARE, REPLACED, ONE_NAME, AMBIGUOUS, NO_ROOTFS, NO_VERSION, DEEP, ZSTD,
    LARGE_WINDOW, PACKED_TWICE,
)  # fmt: skip
CASES = (
    NO_PARENT, OVER_SYMLINK, THROUGH_SYMLINK, DANGLING, SPELLINGS, GONE, ROOT, OPAQUE_ROOT, GLOBAL_RECORDS, FAR_TIME,
    AUFS, EARLY_WHITEOUT, CHILD_OF_WHITEOUT, NEEDLESS_MARK, LATE_WHITEOUT, TWICE, LINK_TO_LOWER, LINK_TO_DIRECTORY,
    LINK_HEADER, BARE_WHITEOUT, IN_WHITEOUT, NOT_DIRECTORY, OUTSIDE, ABSOLUTE, LONG_NAME, NUMBER, SPARSE, OLD_SPARSE,
    NO_TARGET,
)  # fmt: skip


def refusal(case: Case, name: str) -> ArchiveError:
    """Return the error that refuses the entry `name` because of this case.

    >>> str(refusal(TWICE, "etc/motd"))
    "'etc/motd': the same path twice"
    """
    return ArchiveError(f"{shown(name)}: {case.case}")
