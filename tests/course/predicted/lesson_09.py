"""What people believe, as the answer that it leads to: kept apart from the models that compute it."""

from layerlab.course.answer import Count

BLOCKS, BLOCK = 4_883, 4_096

PREDICTED = {
    "09.middle": {"A": BLOCK, "B": 2 * BLOCK, "C": 131_072, "D": BLOCKS * BLOCK},
    "09.size": {"A": 0, "B": 2 * BLOCK, "C": 20_000_000, "D": 339_371_253},
    "09.chmod": {
        "A": frozenset({"overlay2"}),
        "AB": frozenset({"overlay2", "metacopy"}),
        "AE": frozenset({"overlay2", "vfs"}),
        "CD": frozenset({"btrfs", "xfs"}),
        "ABCDE": frozenset({"overlay2", "metacopy", "btrfs", "xfs", "vfs"}),
    },
    "09.pages": {
        "A": Count(0, "page"),
        "B": Count(BLOCKS, "page"),
        "C": Count(BLOCKS + 1, "page"),
        "D": Count(2 * BLOCKS, "page"),
    },
    "09.start": {"A": Count(0, "time"), "B": Count(1, "time"), "C": Count(2, "time")},
    "09.depth": {
        "AB": frozenset({"AUFS", "Docker"}),
        "AD": frozenset({"AUFS", "this kernel"}),
        "D": frozenset({"this kernel"}),
        "ABCD": frozenset({"AUFS", "Docker", "overlay2", "this kernel"}),
    },
}
TRUTHS = {
    "09.middle": "B",
    "09.size": "C",
    "09.chmod": "A",
    "09.pages": "D",
    "09.start": "C",
    "09.depth": "AB",
}
