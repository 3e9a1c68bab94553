"""Benches: a host, a container or an image to act on, each act in Python, in Docker and as a picture."""
