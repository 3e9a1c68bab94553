"""Formats: what the documents of each kind of archive say is in it."""
