"""What people believe, as the number that it leads to: kept apart from the models that compute it."""

PREDICTED = {
    "00.ten-containers": {"A": 319_371_253, "B": 569_371_253, "C": 3_193_712_530, "D": 3_513_083_783},
    "00.one-byte": {"A": 1, "B": 20_000_001, "C": 25_000_001, "D": 319_371_254},
}
TRUTHS = {"00.ten-containers": "A", "00.one-byte": "B"}
