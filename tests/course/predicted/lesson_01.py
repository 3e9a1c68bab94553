"""What people believe, as the answer that it leads to: kept apart from the models that compute it."""

from layerlab.course.answer import Count

PREDICTED = {
    "01.merge": {"A": Count(1, "file"), "B": Count(3, "file"), "C": Count(4, "file")},
    "01.delete": {"A": 299_371_253, "B": 319_371_253, "C": 339_371_253},
    "01.height": {
        "A": frozenset({"no more than the id of layer 3"}),
        "D": frozenset({"a new id"}),
        "CD": frozenset({"new metadata", "a new id"}),
        "BCD": frozenset({"copies of the layers", "new metadata", "a new id"}),
    },
    "01.change": {"A": 1, "B": 20_000_001, "C": 25_000_001, "D": 319_371_254},
    "01.which-layer": {"A": "that of layer 2", "B": "that of layer 0", "C": "no file at all"},
    "01.metadata": {
        "AD": frozenset({"files", "size"}),
        "ACD": frozenset({"files", "layers", "size"}),
        "ABCD": frozenset({"files", "id", "layers", "size"}),
    },
    "01.write-image": {
        "A": "a new layer 5 contains the new bytes",
        "B": "a view is read-only: write to a container instead",
        "C": "layer 4 contains the new bytes",
    },
    "01.kernel": {
        "AD": frozenset({"the web server", "the shell"}),
        "ABD": frozenset({"the web server", "the C library", "the shell"}),
        "ABCD": frozenset({"the web server", "the C library", "the kernel", "the shell"}),
    },
}
TRUTHS = {
    "01.merge": "C",
    "01.delete": "B",
    "01.height": "CD",
    "01.change": "B",
    "01.which-layer": "A",
    "01.metadata": "ACD",
    "01.write-image": "B",
    "01.kernel": "ABD",
}
