"""Layers: random layers and archives, read by this package's reader, by Docker and by Podman, and compared."""
