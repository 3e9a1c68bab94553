"""Proof: random programs run in a container and on a real overlay mount, and everything compared after every step."""

from layerlab.world.proof.faults import FAULTS
from layerlab.world.proof.suite import caught, compare

__all__ = ["FAULTS", "caught", "compare"]
