"""Engines: a running Docker or Podman."""
