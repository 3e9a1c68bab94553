"""Extended attributes: which attributes the files of a layer have, once an engine has unpacked the layer.

An engine sets each attribute, and leaves out those that the file system has no place for. Overlayfs stores its own
marks as attributes in trusted.overlay. It obeys these marks, and does not show them as attributes (overlayfs.rst of
the kernel).
Measured with Docker 20.10 and Podman 4.3 on Linux 6.18, ext4; the numbers are those of the kernel's xattr and acl code.
"""

import struct
from collections.abc import Iterator, Mapping

from layerlab.archive import policy
from layerlab.archive.policy import refusal
from layerlab.model import capability
from layerlab.model.entry import NO_XATTRS, OPAQUE_MARK, READ_ONLY, Entry, whiteout_of
from layerlab.model.frozen import ReadOnly
from layerlab.model.tar import OWN, OWN_ESCAPED

# The namespaces of xattr(7). In the fourth one, system, only access lists have a place.
SPACES = ("user", "trusted", "security")
# XATTR_NAME_MAX and XATTR_SIZE_MAX (include/uapi/linux/limits.h).
LONGEST_KEY, LONGEST_VALUE = 255, 65_536
CAPABILITIES = {20: b"\2", 24: b"\3"}
"""The version of a file's capabilities, by their length; it is the fourth byte (uapi/linux/capability.h)."""
ACCESS, DEFAULT = "system.posix_acl_access", "system.posix_acl_default"
ACL_HEAD, ACL_ENTRY, ACL_VERSION = 4, 8, b"\2\0\0\0"
# An entry of an access list: its tag, its rights, and a user or group (uapi/linux/posix_acl_xattr.h).
ENTRY = struct.Struct("<HHI")
OWNER, GROUP, MASK, OTHERS = 1, 4, 0x10, 0x20
PLAIN_ACL = ACL_HEAD + 3 * ACL_ENTRY  # only owner, group and others: the kernel keeps these in the mode alone
OPAQUE, WHITEOUT, REDIRECT, METACOPY = (f"{OWN}{name}" for name in ("opaque", "whiteout", "redirect", "metacopy"))


def unpacked(entries: Mapping[str, Entry]) -> Mapping[str, Entry]:
    """Return a layer's entries with the attributes that they have once unpacked; overlayfs's marks become entries.

    Attributes that only some kernels obey raise ArchiveError.

    >>> stated = Entry("directory", 0o755, xattrs={"trusted.overlay.opaque": b"y", "com.apple.x": b"1", "user.a": b"2"})
    >>> {name: dict(entry.xattrs) for name, entry in unpacked({"etc": stated}).items()}
    {'etc': {'user.a': b'2'}, 'etc/.wh..wh..opq': {}}
    """
    if not any(entry.xattrs for entry in entries.values()):
        return entries
    return {name: entry for stated in entries.items() for name, entry in _unpacked(*stated)}


def _unpacked(name: str, entry: Entry) -> Iterator[tuple[str, Entry]]:
    if not entry.xattrs:
        yield name, entry
        return
    kept = {key: value for key, value in entry.xattrs.items() if _has_place(key, value, entry.kind)}
    if REDIRECT in kept and entry.kind == "directory":
        raise refusal(policy.REDIRECT, name)
    if METACOPY in kept and entry.kind == "file":
        raise refusal(policy.METACOPY, name)
    if WHITEOUT in kept and entry.kind == "file" and not entry.size:
        yield whiteout_of(name), entry._replace(kind="whiteout", xattrs=NO_XATTRS, nlink=1)
        return
    if ACCESS in kept:
        kept[ACCESS] = _with_mode(kept[ACCESS], entry.mode)
    shown = {_name(key): value for key, value in kept.items() if not key.startswith(OWN) or key.startswith(OWN_ESCAPED)}
    yield name, entry._replace(xattrs=ReadOnly(shown, READ_ONLY) if shown else NO_XATTRS)
    if kept.get(OPAQUE) == b"y" and entry.kind == "directory" and name:
        yield f"{name}/{OPAQUE_MARK}", Entry("opaque", 0, inode=-entry.inode)


def check_attributes(name: str, xattrs: Mapping[str, bytes], kind: str) -> None:
    """Refuse attributes that every kernel refuses, because engines then refuse the whole layer.

    Each member is checked when it is unpacked: a later one may replace the file, or take an attribute away.
    """
    for key, value in xattrs.items():
        if _impossible(key, value, kind):
            raise refusal(policy.ATTRIBUTE, f"{name}: {key}")


def of_the_root(xattrs: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return the attributes of an entry for "." that a directory can have: engines do not set any of them."""
    return {key: value for key, value in xattrs.items() if not _impossible(key, value, "directory")}


def _impossible(key: str, value: bytes, kind: str) -> bool:
    """Tell whether every kernel refuses an attribute."""
    space, _, rest = key.partition(".")
    nameless = not key or (space in SPACES and not rest and key != space)
    if space == "user" and kind not in ("file", "directory"):
        # Only files and directories can have one. The kernel says that before it looks at the rest of the name, and
        # engines then leave the attribute out.
        nameless = False
    wrong = nameless or len(key.encode()) > LONGEST_KEY or len(value) > LONGEST_VALUE
    if key == capability.NAME:
        wrong = value[3:4] != CAPABILITIES.get(len(value))
    elif key in (ACCESS, DEFAULT):
        entries, odd = divmod(len(value) - ACL_HEAD, ACL_ENTRY)
        refused = bool(odd) or (entries > 0 and key == DEFAULT and kind not in ("directory", "symlink"))
        wrong = entries < 0 or (refused and value[:ACL_HEAD] == ACL_VERSION)
    return wrong


def _has_place(key: str, value: bytes, kind: str) -> bool:
    """Tell whether the file system has a place for an attribute; else engines leave it out."""
    space, dot, _ = key.partition(".")
    if key in (ACCESS, DEFAULT):
        plain = len(value) == PLAIN_ACL and key == ACCESS
        return kind != "symlink" and value[:ACL_HEAD] == ACL_VERSION and len(value) > ACL_HEAD and not plain
    if space == "user" and kind not in ("file", "directory"):
        return False
    return bool(dot) and space in SPACES


def _with_mode(access: bytes, mode: int) -> bytes:
    """Return an access list after chmod(2): owner, others, and mask (or group if there is no mask) follow the mode.

    The kernel does so (fs/posix_acl.c, __posix_acl_chmod_masq), and Docker sets the mode last.
    """
    entries = [[*ENTRY.unpack_from(access, at)] for at in range(ACL_HEAD, len(access), ACL_ENTRY)]
    masked = any(entry[0] == MASK for entry in entries)
    bits = {OWNER: mode >> 6 & 7, MASK if masked else GROUP: mode >> 3 & 7, OTHERS: mode & 7}
    return access[:ACL_HEAD] + b"".join(ENTRY.pack(tag, bits.get(tag, given), who) for tag, given, who in entries)


def _name(key: str) -> str:
    """Return the name under which overlayfs shows an attribute: it takes one level off an escaped mark of its own."""
    return f"{OWN}{key.removeprefix(OWN_ESCAPED)}" if key.startswith(OWN_ESCAPED) else key
