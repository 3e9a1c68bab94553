"""Faults: mistakes that are planted in the reader on purpose, to see that the comparison with engines finds each."""

from layerlab.proof.faults import Fault

HEADER = "a header says what Go's archive/tar reads in it"
TREE = "a layer shows what engines unpack"

FAULTS = (
    Fault(
        "a prefix is not put in front of a name", HEADER, "archive.tar_headers",
        "name = _prefix(block, magic, prefix) + name", "name = name",
    ),
    Fault(
        "a pax record of no value takes nothing back", HEADER, "archive.tar_headers",
        "for key, value in records.items() if value}", "for key, value in records.items()}",
    ),
    Fault(
        "a symlink of the same layer is not followed", TREE, "archive.tar_entries",
        'if entry and entry.kind == "symlink":', 'if entry and entry.kind == "fifo":',
    ),
    Fault("hard links are not counted", TREE, "archive.tar_entries", "nlink=len(names)", "nlink=1"),
    Fault(
        "the first header of a hard link counts", TREE, "archive.tar_entries",
        "mode=member.mode & 0o7777, mtime=mtime)", "mtime=mtime)",
    ),
    Fault(
        "device numbers are swapped", TREE, "archive.tar_entries",
        "makedev(major & MAJOR, minor & MINOR)", "makedev(minor & MINOR, major & MAJOR)",
    ),
)  # fmt: skip
