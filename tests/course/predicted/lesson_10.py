"""What people believe, as the answer that it leads to: kept apart from the models that compute it."""

from layerlab.course.answer import Count

KEY = 59
STORED = 329_371_253
PREDICTED = {
    "10.live": {"A": 15_000_000, "B": 22_000_000, "C": 27_000_000 + KEY, "D": 34_000_000 + KEY},
    "10.release": {"A": 1_000_000, "B": 26_000_000 + KEY, "C": 34_000_000 + KEY},
    "10.split": {
        "A": "one layer",
        "B": "the base, one layer",
        "C": "the base, the rest, what changes",
        "D": "the base, what changes, the rest",
    },
    "10.puzzle": {
        "A": (STORED, STORED),
        "B": (35_000_000, STORED),
        "C": (35_000_000, 35_000_000),
        "D": (623_742_506, 918_113_759),
    },
    "10.delete": {"A": 9_000_000, "B": 28_000_000 + KEY, "C": 34_000_000 + KEY},
    "10.secret": {"A": Count(0, "file"), "B": Count(2, "file"), "C": Count(4, "file")},
    "10.chmod": {"A": 0, "B": 1_000_000, "C": 15_000_000},
    "10.squash": {"A": 7_000_000, "B": 15_000_000, "C": 23_000_000, "D": 34_000_000 + KEY},
}
TRUTHS = {
    "10.live": "A",
    "10.release": "B",
    "10.split": "C",
    "10.puzzle": "B",
    "10.delete": "C",
    "10.secret": "B",
    "10.chmod": "B",
    "10.squash": "C",
}
