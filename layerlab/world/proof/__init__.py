"""Proof: random programs run in a container and on a real overlay mount, and everything compared after every step."""
