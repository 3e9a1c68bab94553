"""What people believe, as the answer that it leads to: kept apart from the models that compute it."""

from layerlab.course.answer import Count

EVERY_ID = frozenset({"image id", "manifest digest", "DiffIDs", "ChainIDs"})
EVERY_LAYER = frozenset({"layer 0", "layer 1", "layer 2", "layer 3"})
NONE = frozenset({"none of them"})
PREDICTED = {
    "05.label": {
        "ABCD": EVERY_ID,
        "A": frozenset({"image id"}),
        "AB": frozenset({"image id", "manifest digest"}),
        "E": NONE,
    },
    "05.missing": {"A": Count(0, "layer"), "B": Count(2, "layer"), "C": Count(4, "layer")},
    "05.match": {
        "D": frozenset({"layer 0"}),
        "CD": frozenset({"layer 0", "layer 1"}),
        "ABCD": EVERY_LAYER,
        "E": NONE,
    },
    "05.none": {
        "A": (0, 25_000_000),
        "B": (0, 319_371_253),
        "C": (25_000_000, 0),
        "D": (319_371_253, 0),
    },
    "05.how-many": {"A": "3 DiffIDs, 3 ChainIDs", "B": "3 DiffIDs, 4 ChainIDs", "C": "4 DiffIDs, 4 ChainIDs"},
    "05.edited-metadata": {
        "A": "it is refused",
        "B": "it loads, as another image",
        "C": "it loads, as the same image",
    },
}
TRUTHS = {
    "05.label": "AB",
    "05.missing": "A",
    "05.match": "CD",
    "05.none": "A",
    "05.how-many": "B",
    "05.edited-metadata": "B",
}
