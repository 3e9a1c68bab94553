"""From a Dockerfile to an image: what each line makes, and which lines a builder reuses.

Three builders (BuildKit, Docker's classic builder, Podman) are three sets of values over one engine, in `builders`.
As in the model's room, only the standard library is imported, and nothing is read or written outside the model.
"""
