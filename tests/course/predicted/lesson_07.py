"""What people believe, as the answer that it leads to: kept apart from the models that compute it."""

from layerlab.course.answer import Count

PREDICTED = {
    "07.pull": {
        "A": (294_373_073, 294_373_073),
        "B": (294_373_073, 90_001_820),
        # Packed layers, and then the manifest, 1,150 B, the metadata, 668 B, and the first answer of a registry, 2 B.
        "C": (92_591_852, 26_171_820),
        "D": (92_591_852, 92_591_852),
    },
    "07.hashes": {"A": Count(0, "pair"), "B": Count(1, "pair"), "C": Count(3, "pair")},
    "07.lower": {
        "A": (1_001_374, 1_001_376),
        "B": (1_001_374, 11_001_376),
        "C": (11_001_374, 11_001_376),
        "D": (13_001_374, 13_001_376),
    },
    "07.repository": {
        "A": (10_002_135, 10_002_135),
        "B": (10_002_135, 102_592_167),
        "C": (102_592_167, 102_592_167),
    },
    "07.forgot": {"A": (871, 871), "B": (92_591_184, 871), "C": (92_591_184, 92_591_184)},
    "07.latest": {"A": "none: web has stopped", "B": "the new one", "C": "the old one"},
    "07.stores": {
        "A": (294_371_253, 294_371_253),
        "B": (294_371_253, 92_590_032),
        "C": (386_961_285, 92_590_032),
        "D": (92_590_032, 92_590_032),
    },
}
TRUTHS = {
    "07.pull": "C",
    "07.hashes": "A",
    "07.lower": "B",
    "07.repository": "B",
    "07.forgot": "B",
    "07.latest": "C",
    "07.stores": "C",
}
