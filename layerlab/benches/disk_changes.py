"""Disk changes: what each container of the disks bench can do to one file, in words, in Python and in a shell."""

from collections.abc import Mapping
from typing import NamedTuple

from layerlab.benches.example import CATALOG, CATALOG_SIZE
from layerlab.model.content import PAGE

# Where 4 KiB are overwritten: at a block's start, in the middle of the file.
MIDDLE = CATALOG_SIZE // 2 // PAGE * PAGE


class DiskChange(NamedTuple):
    """What each container does to catalog.db: the words for it, in Python, in a shell, and as part of a sentence.

    >>> CHANGES["nothing"].python
    ''
    """

    python: str
    shell: str
    did: str


def _overwritten(offset: int, length: int, did: str) -> DiskChange:
    python = f'each.write_at("{CATALOG}", {offset}, bytes({length}))'
    # dd counts whole blocks, and head writes just as many bytes as Python does.
    shell = f"head -c {length} /dev/zero | dd of=/{CATALOG} conv=notrunc bs={PAGE} seek={offset // PAGE}"
    return DiskChange(python, shell, did)


CHANGES: Mapping[str, DiskChange] = {
    "nothing": DiskChange("", "", "wrote nothing"),
    "change its mode": DiskChange(
        f'each.chmod("{CATALOG}", 0o600)', f"chmod 600 /{CATALOG}", "changed the file's mode"
    ),
    "add 1 byte": DiskChange(f'each.append("{CATALOG}", b"!")', f"printf ! >> /{CATALOG}", "added one byte"),
    "overwrite 4 KiB": _overwritten(MIDDLE, PAGE, "overwrote 4 KiB in the middle"),
    "overwrite 10 %": _overwritten(0, CATALOG_SIZE // 10, "overwrote a tenth of the file"),
    "overwrite half": _overwritten(0, CATALOG_SIZE // 2, "overwrote half of the file"),
    "overwrite all": _overwritten(0, CATALOG_SIZE, "overwrote the whole file"),
    "delete it": DiskChange(f'each.delete("{CATALOG}")', f"rm /{CATALOG}", "deleted the file"),
}
"""What each container can do to catalog.db, by the words of the list."""
