"""Engines: a running Docker or Podman, and what this computer lacks."""
