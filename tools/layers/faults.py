"""Faults: mistakes that are planted in the reader on purpose, to see that the comparison with engines finds each."""

from layerlab.proof.faults import Fault

HEADER = "a header says what Go's archive/tar reads in it"
TREE = "a layer shows what engines unpack"

FAULTS = (
    Fault(
        "a prefix is not put in front of a name", HEADER, "world.headers",
        "name = _prefix(block, magic, prefix) + name", "name = name",
    ),
    Fault(
        "a pax record of no value takes nothing back", HEADER, "world.headers",
        "for key, value in records.items() if value}", "for key, value in records.items()}",
    ),
    Fault(
        "a symlink of the same layer is not followed", TREE, "world.changeset",
        'if entry and entry.kind == "symlink":', 'if entry and entry.kind == "fifo":',
    ),
    Fault("hard links are not counted", TREE, "world.changeset", "nlink=len(names)", "nlink=1"),
    Fault(
        "the first header of a hard link counts", TREE, "world.changeset",
        "mode=member.mode & 0o7777, mtime=mtime)", "mtime=mtime)",
    ),
    Fault(
        "device numbers are swapped", TREE, "world.changeset",
        "makedev(major & MAJOR, minor & MINOR)", "makedev(minor & MINOR, major & MAJOR)",
    ),
)  # fmt: skip
