"""What people believe, as the answer that it leads to: kept apart from the models that compute it."""

from layerlab.course.answer import Count

PREDICTED = {
    "02.other": {
        "A": frozenset({"web"}),
        "AB": frozenset({"web", "job"}),
        "AC": frozenset({"web", "mail"}),
        "ABC": frozenset({"web", "job", "mail"}),
    },
    "02.one-byte": {"A": 4, "B": 20_000_004, "C": 40_000_004, "D": 80_000_004},
    "02.rmtree": {
        "A": Count(0, "whiteout"),
        "B": Count(1, "whiteout"),
        "C": Count(1_000, "whiteout"),
        "D": Count(1_001, "whiteout"),
    },
    "02.stop": {
        "A": (0, 0, 0, 0),
        "B": (1_000_000, 0, 0, 0),
        "C": (1_000_000, 1_000_000, 1_000_000, 0),
        "D": (1_000_000, 1_000_000, 1_000_000, 1_000_000),
    },
    "02.chmod": {"BCA": ("job", "mail", "web"), "CAB": ("mail", "web", "job"), "ABC": ("web", "job", "mail")},
    "02.rename": {"A": 0, "B": 5_000_000, "C": 25_000_000},
    "02.hard-link": {"A": Count(0, "byte"), "B": Count(102_400, "byte"), "C": Count(102_401, "byte")},
    "02.volume": {"A": "a layer of the image", "B": "the thin layer of web", "C": "a volume"},
    "02.in-use": {
        "A": "nothing, Docker refuses",
        "B": "the image and the containers are removed",
        "C": "the image is removed, and the containers stay",
    },
    "02.commit": {
        "B": frozenset({"report"}),
        "AB": frozenset({"report", "today"}),
        "ABC": frozenset({"report", "today", "session"}),
    },
    "02.mount": {
        "A": "1 in web, 1 in the folder",
        "B": "1,000 in web, 1 in the folder",
        "C": "1,001 in web, 1 in the folder",
        "D": "1,001 in web, 1,001 in the folder",
    },
    "02.again": {"A": Count(0, "container"), "B": Count(1, "container"), "C": Count(3, "container")},
}
TRUTHS = {
    "02.other": "A",
    "02.one-byte": "C",
    "02.rmtree": "B",
    "02.stop": "C",
    "02.chmod": "BCA",
    "02.rename": "B",
    "02.hard-link": "B",
    "02.volume": "C",
    "02.in-use": "A",
    "02.commit": "B",
    "02.mount": "A",
    "02.again": "C",
}
