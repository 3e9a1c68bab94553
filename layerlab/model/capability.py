"""Capability: the attribute `security.capability`, which the kernel alone of all attributes looks into.

The forms are those of the kernel's include/uapi/linux/capability.h: a word of revision and flag, two pairs of sets,
and, in revision 3, the user id of the root of the name space in which they count.
"""

from collections.abc import Mapping

from layerlab.model.entry import READ_ONLY
from layerlab.model.frozen import ReadOnly

NAME = "security.capability"

REVISION_2, REVISION_3 = 0x02000000, 0x03000000
EFFECTIVE = 1
# Sizes in bytes: a word and two pairs of words make 20, a user id makes 24. All words are little-endian (__le32).
SIZES = {REVISION_2: 20, REVISION_3: 24}


def accepted(value: bytes) -> bool:
    """Tell whether the kernel takes `value`: security/commoncap.c, cap_convert_nscap.

    A value of 0 bytes is not checked.

    >>> accepted(bytes.fromhex("01000002") + bytes(16)), accepted(b"all")
    (True, False)
    """
    # The user id -1 is no user, so the kernel refuses it as the root of a name space.
    return not value or (_well_formed(value) and value[20:] != b"\xff\xff\xff\xff")


def shown(value: bytes) -> bytes | None:
    """Return what the kernel gives who reads `value`, None where that is EINVAL: commoncap.c, cap_inode_getsecurity.

    Revision 3 with user id 0 of the machine's own name space means the same as revision 2, and is shown as revision 2.

    >>> shown(bytes.fromhex("01000003") + bytes(20)) == bytes.fromhex("01000002") + bytes(16)
    True
    """
    if not _well_formed(value):
        return None
    if len(value) == SIZES[REVISION_3] and not any(value[20:]):
        return (int.from_bytes(value[:4], "little") & EFFECTIVE | REVISION_2).to_bytes(4, "little") + value[4:20]
    return value


def as_shown(xattrs: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Return a file's attributes as the kernel shows them.

    >>> as_shown({"user.a": b"1"})
    {'user.a': b'1'}
    """
    value = xattrs.get(NAME)
    if value is None or (told := shown(value)) is None or told == value:
        return xattrs
    return ReadOnly({**xattrs, NAME: told}, READ_ONLY)


def _well_formed(value: bytes) -> bool:
    word = int.from_bytes(value[:4], "little")
    return SIZES.get(word & ~EFFECTIVE) == len(value)
