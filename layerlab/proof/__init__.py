"""Proof: random programs run in a container and on a real overlay mount, and everything compared after every step."""

from layerlab.proof.faults import FAULTS
from layerlab.proof.suite import caught, compare

__all__ = ["FAULTS", "caught", "compare"]
