"""What people believe, as the answer that it leads to: kept apart from the models that compute it."""

from layerlab.course.answer import Count

PREDICTED = {
    "06.layers": {"A": Count(2, "layer"), "B": Count(6, "layer"), "C": Count(11, "layer"), "D": Count(12, "layer")},
    "06.touch": {"A": "0, then 1", "B": "0, then 2", "C": "2, then 2", "D": "4, then 4"},
    "06.order": {
        "A": "right after FROM",
        "B": "between COPY packages.txt and RUN install",
        "C": "between RUN install and RUN ls",
        "D": "any place",
    },
    "06.apt": {"A": Count(0, "step"), "B": Count(1, "step"), "C": Count(2, "step")},
    "06.argument": {"A": Count(0, "place"), "B": Count(1, "place"), "C": Count(2, "place")},
    "06.stage": {"A": 5_000_000, "B": 55_000_000, "C": 299_371_253, "D": 349_371_253},
    "06.comment": {"A": Count(0, "line"), "B": Count(1, "line"), "C": Count(2, "line")},
}
TRUTHS = {
    "06.layers": "B",
    "06.touch": "B",
    "06.order": "C",
    "06.apt": "A",
    "06.argument": "B",
    "06.stage": "A",
    "06.comment": "C",
}
