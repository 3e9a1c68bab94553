"""What people believe, as the answer that it leads to: kept apart from the models that compute it."""

PREDICTED = {
    "03.sum": {"A": 60_000_003, "B": 379_371_256, "C": 519_371_263, "D": 3_253_712_533},
    "03.column": {"A": "SIZE", "B": "UNIQUE SIZE", "C": "fair share", "D": "none of them"},
    "03.set": {"A": 0, "B": 25_000_000, "C": 319_371_253, "D": 638_742_506},
    "03.reclaimable": {"A": 25_000_000, "B": 221_247_502, "C": 319_371_253, "D": 613_742_506},
    "03.in-use": {"A": 0, "B": 10_000_000, "C": 108_123_751, "D": 304_371_253},
    "03.base": {"A": 344_371_253, "B": 419_371_253, "C": 444_371_253},
    "03.df": {"A": 321_371_253, "B": 361_371_253, "C": 441_371_253, "D": 680_742_506},
}
TRUTHS = {
    "03.sum": "B",
    "03.column": "C",
    "03.set": "C",
    "03.reclaimable": "A",
    "03.in-use": "A",
    "03.base": "C",
    "03.df": "B",
}
