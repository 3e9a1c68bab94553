"""Layers with extended attributes, and what shows of these: as Docker 20.10 and Podman 4.3 unpack them on Linux 6.18.

`tests/engines/test_attributes.py` asks the engines again.
"""

import struct
import tarfile
from typing import Any, NamedTuple

from tests.archive.build import folder, member, symlink, tar

CAPABILITY = bytes.fromhex("0100000200040000000000000000000000000000")
LOWER = tar(folder("a"), member("a/hidden", b"1"), member("plain", b"5"), folder("w"), member("w/gone", b"3"))
ACL = struct.pack("<I", 2) + b"".join(
    struct.pack("<HHI", tag, bits, who)
    for tag, bits, who in ((1, 6, 0xFFFFFFFF), (2, 6, 5), (4, 4, 0xFFFFFFFF), (16, 6, 0xFFFFFFFF), (32, 4, 0xFFFFFFFF))
)
ACL_OF_644 = ACL[:30] + b"\4" + ACL[31:]
PLAIN_ACL = ACL[:12] + ACL[20:28] + ACL[36:]


def stating(one: tuple[tarfile.TarInfo, bytes], attributes: dict[str, bytes]) -> bytes:
    """Return the blocks of a member with attributes."""
    records = b"".join(_record(f"SCHILY.xattr.{key}".encode(), value) for key, value in attributes.items())
    return tar(member("PaxHeaders/x", records, type=b"x"), one)[:-1024]


def _record(key: bytes, value: bytes) -> bytes:
    rest = b" " + key + b"=" + value + b"\n"
    length = len(rest)
    while len(str(length)) + len(rest) != length:
        length = len(str(length)) + len(rest)
    return str(length).encode() + rest


class Case(NamedTuple):
    """A layer, over LOWER if `over`; the attributes that show by path, and the paths that do not show at all.

    Podman refuses some, and shows others in another way if `differs`.
    """

    layer: bytes
    shown: dict[str, dict[str, bytes]]
    hidden: tuple[str, ...] = ()
    over: bool = True
    podman: bool = True
    differs: bool = False


def layer(*parts: bytes) -> bytes:
    return b"".join(parts) + bytes(1024)


def alone(one: tuple[tarfile.TarInfo, bytes], stated: dict[str, bytes], shown: dict[str, bytes], **more: Any) -> Case:
    """Return a case of one member."""
    return Case(layer(stating(one, stated)), {one[0].name: shown}, over=False, **more)


def own(**marks: bytes) -> dict[str, bytes]:
    return {f"trusted.overlay.{name}": value for name, value in marks.items()}


FILE, FOLDER, LINK, FIFO = member("app", b"x"), folder("app"), symlink("app", "g"), member("app", type=tarfile.FIFOTYPE)
DEVICE = member("app", type=tarfile.CHRTYPE, devmajor=1, devminor=3)
OTHERS = {"trusted.x": b"v", "security.foo": b"v"}
HAD = {"user.k": b"v", **OTHERS}
ACCESS, DEFAULT = ({f"system.posix_acl_{name}": ACL} for name in ("access", "default"))

SHOWN = {
    "an opaque directory": Case(
        layer(stating(folder("a"), own(opaque=b"y")), tar(member("a/new"))[:-1024]), {"a": {}, "a/new": {}},
        ("a/hidden",),
    ),
    "a directory with files that are whiteouts": Case(
        layer(stating(folder("w"), own(opaque=b"x")), stating(member("w/gone"), own(whiteout=b"y"))), {"w": {}},
        ("w/gone",),
    ),
    "opaque in another word": Case(layer(stating(folder("a"), own(opaque=b"n"))), {"a": {}, "a/hidden": {}}),
    "opaque in more words": Case(layer(stating(folder("a"), own(opaque=b"yy"))), {"a": {}, "a/hidden": {}}),
    "an opaque root": Case(layer(stating(folder("./"), own(opaque=b"y"))), {"a/hidden": {}}),
    "an opaque file": Case(layer(stating(member("plain", b"6"), own(opaque=b"y"))), {"plain": {}}),
    "a whiteout at the root": Case(layer(stating(member("plain"), own(whiteout=b"n"))), {}, ("plain",)),
    "a whiteout in the lowest layer": Case(
        layer(stating(folder("w"), own(opaque=b"x")), stating(member("w/none"), own(whiteout=b"y"))), {"w": {}},
        ("w/none",), over=False,
    ),
    "a whiteout that holds bytes": Case(layer(stating(member("plain", b"zz"), own(whiteout=b"y"))), {"plain": {}}),
    "a whiteout that is a symlink": Case(layer(stating(symlink("plain", "x"), own(whiteout=b"y"))), {"plain": {}}),
    "a whiteout that is a directory": Case(layer(stating(folder("a"), own(whiteout=b"y"))), {"a": {}, "a/hidden": {}}),
    "a directory without its bytes": Case(layer(stating(folder("a"), own(metacopy=b"y"))), {"a": {}, "a/hidden": {}}),
    "a file that was moved": Case(layer(stating(member("plain", b"6"), own(redirect=b"/a"))), {"plain": {}}),
    "other marks": alone(
        FILE, {**own(origin=b"\0x", impure=b"y", nlink=b"U+1", upper=b"z", uuid=b"u", xyz=b"1"), "user.k": b"v"},
        {"user.k": b"v"},
    ),
    "marks of overlayfs within": alone(
        FILE, {"trusted.overlay.overlay.opaque": b"y", "trusted.overlay.overlay.x": b"1"},
        {"trusted.overlay.opaque": b"y", "trusted.overlay.x": b"1"},
    ),
    "marks of a user": Case(
        layer(stating(folder("a"), {"user.overlay.opaque": b"y"})), {"a": {"user.overlay.opaque": b"y"}, "a/hidden": {}}
    ),
    "attributes of other systems": alone(
        FILE,
        {
            "com.apple.provenance": b"1", "system.nfs4_acl": b"1", "btrfs.compression": b"1", "afs.x": b"1",
            "os2.x": b"1", "system.": b"1", "system.x": b"1", "user": b"1", "user.ok": b"1",
        },
        {"user.ok": b"1"},
    ),
    "attributes of a file": alone(FILE, HAD, HAD),
    "attributes of a directory": alone(FOLDER, {**HAD, "com.apple.x": b"1"}, HAD),
    "attributes of a symlink": alone(LINK, OTHERS, OTHERS),
    "a user's attribute of a symlink": alone(LINK, HAD, OTHERS, podman=False),
    "a user's attribute of a fifo": alone(FIFO, HAD, OTHERS, podman=False),
    "a user's attribute of a device": alone(DEVICE, HAD, OTHERS, podman=False),
    "capabilities": alone(FILE, {"security.capability": CAPABILITY}, {"security.capability": CAPABILITY}),
    "capabilities of a symlink": alone(LINK, {"security.capability": CAPABILITY}, {"security.capability": CAPABILITY}),
    "a label": alone(FILE, {"security.selinux": b"a:b:c:s0"}, {"security.selinux": b"a:b:c:s0"}, differs=True),
    "an access list": alone(member("app", b"x", mode=0o664), ACCESS, ACCESS),
    "an access list that says another mode than the header": alone(
        FILE, ACCESS, {"system.posix_acl_access": ACL_OF_644}, differs=True
    ),
    "an access list that says what the mode says": alone(FILE, {"system.posix_acl_access": PLAIN_ACL}, {}),
    "an access list of another version": alone(FILE, {"system.posix_acl_access": b"\1" + ACL[1:]}, {}),
    "an access list of another version, for what comes": alone(FILE, {"system.posix_acl_default": b"\1" + ACL[1:]}, {}),
    "an empty access list for what comes, of a file": alone(FILE, {"system.posix_acl_default": ACL[:4]}, {}),
    "an empty access list": alone(FILE, {"system.posix_acl_access": ACL[:4]}, {}),
    "an access list of a symlink": alone(LINK, ACCESS, {}),
    "an access list for what comes": alone(FOLDER, DEFAULT, DEFAULT),
}  # fmt: skip

REFUSED = {
    "no name": (FILE, {"": b"1"}),
    "too long a name": (FILE, {"user." + "k" * 251: b"1"}),
    "no name in user.": (FILE, {"user.": b"1"}),
    "no name in trusted.": (FILE, {"trusted.": b"1"}),
    "no name in security.": (FOLDER, {"security.": b"1"}),
    "too long a value": (FILE, {"user.a": b"v" * 65_537}),
    "too long a value, where there is no place for it": (LINK, {"com.apple.x": b"v" * 65_537}),
    "capabilities of version 1": (FILE, {"security.capability": bytes.fromhex("010000010004000000000000")}),
    "capabilities that are too long": (FILE, {"security.capability": CAPABILITY + b"\0"}),
    "capabilities that are none": (LINK, {"security.capability": b"x"}),
    "an access list that is cut off": (FILE, {"system.posix_acl_access": ACL[:-1]}),
    "an access list that is none, of a symlink": (LINK, {"system.posix_acl_access": b"1"}),
    "an access list that is cut off, of a symlink": (LINK, {"system.posix_acl_access": ACL[:-1]}),
    "an access list that is none": (FILE, {"system.posix_acl_access": b"1"}),
    "an access list for what comes, of a file": (FILE, DEFAULT),
}
